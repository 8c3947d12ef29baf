"""The scores of a class for people and for learning platforms: ``nbgrader export --exporter …``.

:class:`Scores` (the default of the course): nbgrader's own columns as CSV. :class:`Excel`: a workbook.
:class:`Canvas` and :class:`Moodle`: what their gradebooks import. nbgrader puts its values between commas as
they are: a comma or a line break in a name shifts the columns, and a name that begins with ``=`` is a formula
to whoever opens the file. Behind this door: ``export_marks``, ``export_sheets``, ``export_lms``.
"""

from __future__ import annotations

from csmodels_helpers.grading.export_lms import Canvas, Moodle
from csmodels_helpers.grading.export_marks import COLUMNS, plain_text, read_marks, rows
from csmodels_helpers.grading.export_sheets import Excel, Scores

__all__ = ["COLUMNS", "Canvas", "Excel", "Moodle", "Scores", "plain_text", "read_marks", "rows"]
