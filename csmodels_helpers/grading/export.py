"""The scores of a class as CSV: nbgrader's own columns, fit for names of people and for spreadsheets.

nbgrader puts its values between commas as they are: a comma or a line break in a name shifts the columns,
and a name that begins with ``=`` is a formula to whoever opens the file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbgrader.plugins import ExportPlugin

from csmodels_helpers.errors import CourseError
from csmodels_helpers.language import text

__all__ = ["COLUMNS", "Scores", "plain_text", "rows"]

COLUMNS = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)
"""The columns, as nbgrader's CsvExportPlugin writes them."""

_FORMULA = frozenset("=+-@＝＋－＠")  # East Asian spreadsheets take the wide signs as well
_ENDS = frozenset("\t\r\n")


def plain_text(value: str) -> str:
    """Keep a spreadsheet from running a text: an apostrophe before it says that it is text.

    Parameters
    ----------
    value : str
        A name, say.

    Returns
    -------
    str
        The same, with an apostrophe before it where a spreadsheet could take it for a formula.

    Examples
    --------
    >>> plain_text("=1+1"), plain_text(" ＝1+1"), plain_text("O'Neil, Ann")
    ("'=1+1", "' ＝1+1", "O'Neil, Ann")
    """
    bare = value.lstrip()
    before = value[: len(value) - len(bare)]
    return f"'{value}" if bare[:1] in _FORMULA or _ENDS & {*before} else value


def rows(
    gradebook: Any, *, students: list[str] | None = None, names: list[str] | None = None
) -> Iterator[tuple[Any, ...]]:
    """Go through the scores of a gradebook: each assignment with each student, handed in or not.

    Five queries in all; nbgrader itself asks anew for every student of every assignment.

    Parameters
    ----------
    gradebook : nbgrader.api.Gradebook
        An open gradebook.
    students, names : list of str, optional
        Only these students or assignments; all by default.

    Yields
    ------
    tuple
        One value a column of :data:`COLUMNS`; None where nothing is known.

    Examples
    --------
    >>> from csmodels_helpers.grading import course
    >>> import tempfile
    >>> from nbgrader.api import Gradebook
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = course.make_gradebook(course.gradebook_path(folder))
    ...     with Gradebook(f"sqlite:///{course.gradebook_path(folder)}", "csmodels") as book:
    ...         assignment = book.add_assignment("m05_kano")
    ...         student = book.add_student("li", first_name="雷", last_name="李")
    ...         [(row[0], row[3], row[9]) for row in rows(book)]
    [('m05_kano', 'li', 0.0)]
    """
    import nbgrader.api
    from sqlalchemy import func

    api: Any = nbgrader.api  # its classes have no types
    ask = gradebook.db.query
    assignments = ask(
        api.Assignment.id, api.Assignment.name, api.Assignment.duedate, api.Assignment.max_score
    )
    people = ask(api.Student.id, api.Student.last_name, api.Student.first_name, api.Student.email)
    handed_in = {
        (assignment, student): (own, timestamp)
        for own, assignment, student, timestamp in ask(
            api.SubmittedAssignment.id,
            api.SubmittedAssignment.assignment_id,
            api.SubmittedAssignment.student_id,
            api.SubmittedAssignment.timestamp,
        )
    }
    # Two sums: with the grades beside them, penalties would count once a cell.
    penalties: dict[str, float] = dict(
        ask(api.SubmittedNotebook.assignment_id, func.sum(api.SubmittedNotebook.late_submission_penalty))
        .group_by(api.SubmittedNotebook.assignment_id)
        .all()
    )
    scores: dict[str, float] = dict(
        ask(api.SubmittedNotebook.assignment_id, func.sum(api.Grade.score))
        .join(api.Grade, api.Grade.notebook_id == api.SubmittedNotebook.id)
        .group_by(api.SubmittedNotebook.assignment_id)
        .all()
    )
    # The order of nbgrader; the id decides between namesakes, so that the same gradebook gives the same file.
    everyone = people.order_by(api.Student.last_name, api.Student.first_name, api.Student.id).all()
    for key, name, duedate, most in assignments.order_by(api.Assignment.duedate, api.Assignment.name):
        if names and name not in names:
            continue
        for student, last, first, email in everyone:
            if students and student not in students:
                continue
            own, timestamp = handed_in.get((key, student), (None, None))
            raw, penalty = (float(found.get(own) or 0.0) for found in (scores, penalties))
            score = max(0.0, raw - penalty)
            yield name, duedate, timestamp, student, last, first, email, raw, penalty, score, most


class Scores(ExportPlugin):
    """Write the scores as CSV that a spreadsheet opens rightly and does not run.

    ``nbgrader export`` uses it by default here; elsewhere
    ``nbgrader export --exporter csmodels_helpers.grading.export.Scores``.
    """

    def export(self, gradebook: Any) -> None:
        """Write the file, whole or not at all.

        Parameters
        ----------
        gradebook : nbgrader.api.Gradebook
            An open gradebook.

        Raises
        ------
        CourseError
            If the file cannot be written.
        """
        target = Path(str(self.to) or "grades.csv")
        beside = target.with_name(f".{target.name}.new")
        students, names = ([str(one) for one in wanted] for wanted in (self.student, self.assignment))
        self.log.info("Exporting grades to %s", target)
        try:
            # With a mark that it is UTF-8: without, spreadsheets show Chinese names in another encoding.
            with beside.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(COLUMNS)
                for row in rows(gradebook, students=students, names=names):
                    writer.writerow(_cell(value) for value in row)
            beside.replace(target)
        except OSError as error:
            raise CourseError(text("grading.export.failed", path=target, reason=error)) from error
        finally:
            beside.unlink(missing_ok=True)


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, str):
        return plain_text(value)
    return value if isinstance(value, int | float) else str(value)
