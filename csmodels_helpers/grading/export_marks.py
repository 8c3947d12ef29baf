"""What the exports write: the rows of the gradebook, a mark a student, text that no spreadsheet runs."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csmodels_helpers.errors import CourseError
from csmodels_helpers.language import text

__all__ = ["COLUMNS", "Mark", "Marks", "Student", "number", "plain_text", "read_marks", "rows", "whole"]

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


# ------------------------------------------------------------------------------------- one mark a student


@dataclass(frozen=True)
class Student:
    """A student as the gradebook knows one.

    Parameters
    ----------
    id : str
        The name of the folder in ``submitted/``.
    last_name, first_name, email, lms_user_id : str
        As entered by ``nbgrader db student add``; "" where nothing was.
    """

    id: str
    last_name: str = ""
    first_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def said(self) -> str:
        """Whom we mean, in a message: the name and the id, or the id alone.

        Examples
        --------
        >>> Student("li", "李", "雷").said, Student("bo").said
        ('李 雷 (li)', 'bo')
        """
        name = " ".join(f"{self.last_name} {self.first_name}".split())
        return f"{name} ({self.id})" if name else self.id


@dataclass(frozen=True)
class Mark:
    """What a hand-in got.

    Parameters
    ----------
    points : float
        With what lateness costs taken off, never below 0.
    penalty : float
        What lateness costs.
    waiting : bool
        Whether something in it still has to be marked by hand, or it could not be graded.
    comments : str
        What was written to the student by hand, a line a cell.
    """

    points: float
    penalty: float
    waiting: bool
    comments: str = ""


@dataclass(frozen=True)
class Marks:
    """A gradebook as a table: students by assignments.

    Parameters
    ----------
    assignments : dict of float
        Assignment → the most points, in the order of due date and name.
    students : list of Student
        In the order of names.
    given : dict of Mark
        (assignment, student's id) → mark; nothing for whom handed in nothing.
    """

    assignments: dict[str, float]
    students: list[Student]
    given: dict[tuple[str, str], Mark]


def read_marks(gradebook: Any, *, students: list[str] | None = None, names: list[str] | None = None) -> Marks:
    """Read marks from a gradebook.

    Parameters
    ----------
    gradebook : nbgrader.api.Gradebook
        An open gradebook.
    students, names : list of str, optional
        Only these students or assignments; all by default.

    Returns
    -------
    Marks
        With the same points as :func:`rows`.

    Raises
    ------
    CourseError
        If the gradebook does not know one of them, or there is nothing to export.

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
    ...         marks = read_marks(book)
    >>> [student.said for student in marks.students], marks.given
    (['李 雷 (li)'], {})
    """
    import nbgrader.api
    from sqlalchemy import and_, case, func, or_

    api: Any = nbgrader.api  # its classes have no types
    ask = gradebook.db.query
    accounts: dict[str, str | None] = dict(ask(api.Student.id, api.Student.lms_user_id).all())
    known = {row[0] for row in ask(api.Assignment.name)}
    for kind, wanted, there in (("student", students, {*accounts}), ("assignment", names, known)):
        strange = [name for name in wanted or () if name not in there]
        if strange:
            listed = ", ".join(sorted(there)) or "—"
            raise CourseError(text(f"export.unknown_{kind}", names=", ".join(strange), known=listed))
    grade, comment, entry, paper = (
        *(api.Grade, api.Comment),
        *(api.SubmittedAssignment, api.SubmittedNotebook),
    )
    nothing = and_(grade.auto_score.is_(None), grade.manual_score.is_(None))
    waits = func.sum(case((or_(grade.needs_manual_grade.is_(True), nothing), 1), else_=0))
    waiting = {
        (name, student): bool(open_cells) or not cells
        for name, student, open_cells, cells in ask(
            api.Assignment.name, entry.student_id, waits, func.count(grade.id)
        )
        .join(entry, entry.assignment_id == api.Assignment.id)
        .outerjoin(paper, paper.assignment_id == entry.id)
        .outerjoin(grade, grade.notebook_id == paper.id)
        .group_by(api.Assignment.name, entry.student_id)
    }
    comments: dict[tuple[str, str], list[str]] = {}
    for name, student, cell, words in (
        ask(api.Assignment.name, entry.student_id, api.BaseCell.name, comment.manual_comment)
        .join(entry, entry.assignment_id == api.Assignment.id)
        .join(paper, paper.assignment_id == entry.id)
        .join(comment, comment.notebook_id == paper.id)
        .join(api.BaseCell, api.BaseCell.id == comment.cell_id)
        .order_by(api.BaseCell.name)
    ):
        if words and words.strip():
            comments.setdefault((name, student), []).append(f"{cell}: {words.strip()}")
    assignments: dict[str, float] = {}
    people: dict[str, Student] = {}
    given: dict[tuple[str, str], Mark] = {}
    for row in rows(gradebook, students=students, names=names):
        name, _, _, student, last, first, email, _, penalty, points, most = row
        assignments[name] = float(most or 0.0)
        people[student] = Student(student, last or "", first or "", email or "", accounts[student] or "")
        key = (name, student)
        if key in waiting:
            given[key] = Mark(points, penalty, waiting[key], "\n".join(comments.get(key, ())))
    if not people:
        raise CourseError(text("export.nothing"))
    return Marks(assignments, list(people.values()), given)


# ------------------------------------------------------------------------------------------------ writing


def number(value: float, comma: bool = False) -> str:
    """Write a number for an importer: at most five decimals, as many as Moodle keeps, and no exponent.

    Parameters
    ----------
    value : float
        Points, say.
    comma : bool, default False
        Whether the decimals come after a comma.

    Returns
    -------
    str
        The number.

    Examples
    --------
    >>> number(0.1 + 0.2), number(100.0), number(7.25, comma=True), number(-0.0)
    ('0.3', '100', '7,25', '0')
    """
    said = f"{value:.5f}".rstrip("0").rstrip(".")
    said = "0" if said == "-0" else said
    return said.replace(".", ",") if comma else said


@contextlib.contextmanager
def whole(target: Path) -> Generator[Path]:
    """Give a file beside the target to write to; it takes the target's name once it is complete.

    Parameters
    ----------
    target : Path
        Where the file goes.

    Yields
    ------
    Path
        Where to write.

    Raises
    ------
    CourseError
        If it cannot be written; the target is as it was.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with whole(Path(folder) / "grades.csv") as beside:
    ...         written = beside.write_text("a,b")
    ...     [path.name for path in Path(folder).iterdir()]
    ['grades.csv']
    """
    beside = target.with_name(f".{target.name}.new")
    try:
        yield beside
        beside.replace(target)
    except OSError as error:
        raise CourseError(text("grading.export.failed", path=target, reason=error)) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
