"""A hub for a class: JupyterHub with nbgrader's exchange and a gradebook in PostgreSQL, on one machine.

``make hub`` starts it. What belongs to it lies in one folder (:class:`~csmodels_helpers.hub.settings.Hub`).
Started by an administrator, every person has a system account of their own, and the course has one, which
alone reads hand-ins, gradebook and solutions. Started by anybody else, to try it, all of it is one account.
"""
