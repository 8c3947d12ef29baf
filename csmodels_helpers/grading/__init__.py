"""Grading with nbgrader: settings, release, contract of the test cells, feedback pages, a demo class.

For instructors and authors; nothing here is needed to work through a lesson. See ``docs/grading.md``.
"""
