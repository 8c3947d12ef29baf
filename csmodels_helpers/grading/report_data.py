"""What a class report is made of, read from the gradebook in a handful of queries; nothing is written."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbgrader.api
import pandas as pd
from sqlalchemy import create_engine, func, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course, late
from csmodels_helpers.grading.contract import graded_cells
from csmodels_helpers.grading.grade import course_directory, folders_of
from csmodels_helpers.grading.record import GRADED
from csmodels_helpers.grading.storage import refusals
from csmodels_helpers.language import text

__all__ = [
    "GRADES",
    "NOBODY",
    "Assignment",
    "ClassData",
    "HandIn",
    "Item",
    "Person",
    "read",
    "working_folder",
]

api: Any = nbgrader.api  # its classes have no types

GRADES = ("assignment", "student", "item", "score", "earned", "points", "waiting", "again")
"""The columns of :attr:`ClassData.grades`."""


@dataclass(frozen=True)
class Person:
    """A trainee.

    Parameters
    ----------
    id : str
        As in the gradebook.
    first, last : str
        Names, empty if the gradebook has none.
    """

    id: str
    first: str = ""
    last: str = ""


@dataclass(frozen=True)
class Item:
    """A graded item: its test cells, or one written answer.

    Parameters
    ----------
    name : str
        Such as "m05-better".
    track : str
        "core" or "deeper"; "" if ``solutions/`` does not say it.
    points : float
        All of its cells together.
    """

    name: str
    track: str
    points: float


@dataclass(frozen=True)
class Assignment:
    """An assignment that the gradebook knows.

    Parameters
    ----------
    name : str
        Such as "m05_kano".
    due : datetime or None
        Its due date, in UTC.
    items : tuple of Item
        In the order of the notebook.
    """

    name: str
    due: dt.datetime | None
    items: tuple[Item, ...]

    @property
    def points(self) -> float:
        """What can be had."""
        return sum(item.points for item in self.items)


@dataclass(frozen=True)
class HandIn:
    """What one trainee handed in for one assignment.

    Parameters
    ----------
    outcome : str
        "graded", "refused", "failed" (for a reason that is not the trainee's), "unscored" (the gradebook has
        it without scores) or "new" (it lies in the folder and is not graded yet).
    score : float
        As nbgrader counts: extra credit added, lateness taken off.
    message : str
        Why it was refused or failed, in the language in which it was graded.
    reasons : dict of str
        Cell → why it has no points.
    """

    outcome: str
    score: float = 0.0
    message: str = ""
    reasons: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class ClassData:
    """A class as its gradebook has it.

    Parameters
    ----------
    assignments : tuple of Assignment
        By name.
    people : dict of Person
        By id: everybody in the gradebook or with something in the folder of hand-ins.
    handins : dict of HandIn
        By assignment and student.
    grades : pandas.DataFrame
        One row a hand-in and item, with the columns of :data:`GRADES`: ``score`` with extra credit and
        ``earned`` without, missing while ``waiting`` for a mark; ``again`` where a mark was given for an
        earlier text.
    extensions : dict of timedelta
        By assignment and student; of zero length are none.
    """

    assignments: tuple[Assignment, ...]
    people: dict[str, Person]
    handins: dict[tuple[str, str], HandIn]
    grades: pd.DataFrame
    extensions: dict[tuple[str, str], dt.timedelta]

    def outcomes(self, assignment: str, *wanted: str) -> list[str]:
        """Return who has a hand-in with one of these outcomes (any, if none is named)."""
        return [
            student
            for (name, student), handed in self.handins.items()
            if name == assignment and (not wanted or handed.outcome in wanted)
        ]


NOBODY = ClassData((), {}, {}, pd.DataFrame(columns=list(GRADES)), {})
"""A class without anybody and anything."""


def read(root: str | Path, names: Sequence[str] = ()) -> ClassData:
    """Read a class from the gradebook of a course folder.

    Parameters
    ----------
    root : str or Path
        The course folder.
    names : sequence of str, optional
        Only these assignments, such as "m05_kano" or "m05".

    Returns
    -------
    ClassData
        Nine queries, however large the class.

    Raises
    ------
    CourseError
        If there is no gradebook, it cannot be read, or it does not know an assignment.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = course.make_gradebook(course.gradebook_path(folder))
    ...     read(folder).people
    {}
    """
    base = Path(root).resolve()
    directory = course_directory(base)
    url = str(directory.db_url)
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file():
        raise CourseError(text("report.no_gradebook", path=url.removeprefix("sqlite:///")))
    # Not through nbgrader's Gradebook, which makes tables where there are none.
    try:
        engine = create_engine(url)
    except (SQLAlchemyError, ImportError) as error:
        raise CourseError(text("report.unreadable", path=url.partition(":")[0], reason=error)) from error
    where = engine.url.database or engine.url.render_as_string()
    try:
        with refusals(Path(where).parent), engine.connect() as connection:
            tables_there = inspect(connection).get_table_names()
            if api.SubmittedAssignment.__tablename__ not in tables_there:
                raise CourseError(text("report.no_gradebook", path=where))
            tables = _Tables(connection, names)
            graded = tables.graded() if GRADED.name in tables_there else ([], [])
    except SQLAlchemyError as error:
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        raise CourseError(text("report.unreadable", path=where, reason=reason)) from error
    finally:
        engine.dispose()
    return _assembled(base, directory, tables, graded)


def working_folder(directory: Any) -> Path:
    """Return the folder of the class, which holds what was handed in.

    Parameters
    ----------
    directory : nbgrader.coursedir.CourseDirectory
        As :func:`grade.course_directory` returns it.

    Returns
    -------
    Path
        Such as ``grading``.

    Examples
    --------
    >>> working_folder(course_directory(course.ROOT)).name
    'grading'
    """
    return Path(directory.format_path(directory.submitted_directory, "x", "y")).parents[2]


class _Tables:
    """The rows of the gradebook, a query each; ids are nbgrader's, names ours."""

    def __init__(self, connection: Any, names: Sequence[str]) -> None:
        def ask(statement: Any) -> list[Any]:
            return connection.execute(statement).all()

        known = select(api.Assignment.id, api.Assignment.name, api.Assignment.duedate)
        self.assignments = ask(known.order_by(api.Assignment.name))
        if names:
            chosen = _chosen(names, [row.name for row in self.assignments])
            self.assignments = [row for row in self.assignments if row.name in chosen]
        mine = [row.id for row in self.assignments]
        self.students = ask(select(api.Student.id, api.Student.first_name, api.Student.last_name))
        self.cells: list[Any] = []
        for kind in (api.GradeCell, api.TaskCell):
            columns = (kind.id, kind.name, kind.max_score, api.Notebook.assignment_id)
            cells = select(*columns).join(api.Notebook, kind.notebook_id == api.Notebook.id)
            self.cells += ask(cells.where(api.Notebook.assignment_id.in_(mine)))
        paper, entry, grade = api.SubmittedNotebook, api.SubmittedAssignment, api.Grade
        self.entries = ask(
            select(entry.id, entry.assignment_id, entry.student_id, entry.extension).where(
                entry.assignment_id.in_(mine)
            )
        )
        of_mine = select(entry.id).where(entry.assignment_id.in_(mine))
        self.penalties = ask(
            select(paper.assignment_id, func.sum(paper.late_submission_penalty))
            .where(paper.assignment_id.in_(of_mine))
            .group_by(paper.assignment_id)
        )
        scores = (grade.auto_score, grade.manual_score, grade.extra_credit, grade.needs_manual_grade)
        self.grades = ask(
            select(paper.assignment_id, grade.cell_id, *scores)
            .join(paper, grade.notebook_id == paper.id)
            .where(paper.assignment_id.in_(of_mine))
        )
        self._ask, self._of_mine = ask, of_mine

    def graded(self) -> tuple[list[Any], list[Any]]:
        """Return what ``csmodels grade`` noted, and what it wrote beside hand-ins without a grade."""
        names = [row.name for row in self.assignments]
        columns = (GRADED.c.assignment, GRADED.c.student, GRADED.c.outcome, GRADED.c.reasons)
        rows = self._ask(select(*columns).where(GRADED.c.assignment.in_(names)))
        paper, entry, comment = api.SubmittedNotebook, api.SubmittedAssignment, api.Comment
        said = (
            select(api.Assignment.name, entry.student_id, comment.auto_comment)
            .join(paper, comment.notebook_id == paper.id)
            .join(entry, paper.assignment_id == entry.id)
            .join(api.Assignment, entry.assignment_id == api.Assignment.id)
            .join(
                GRADED,
                (GRADED.c.assignment == api.Assignment.name) & (GRADED.c.student == entry.student_id),
            )
            .where(entry.id.in_(self._of_mine), GRADED.c.outcome != "graded")
            .where(comment.auto_comment.is_not(None))
        )
        return rows, self._ask(said)


def _chosen(names: Iterable[str], known: list[str]) -> set[str]:
    chosen: set[str] = set()
    for name in names:
        found = [one for one in known if one == name or one.startswith(f"{name}_")]
        if len(found) != 1:
            raise CourseError(text("report.unknown", name=name, known=", ".join(known) or "-"))
        chosen.update(found)
    return chosen


def _assembled(base: Path, directory: Any, tables: _Tables, graded: tuple[list[Any], list[Any]]) -> ClassData:
    people = {
        row.id: Person(row.id, (row.first_name or "").strip(), (row.last_name or "").strip())
        for row in tables.students
    }
    names = {row.id: row.name for row in tables.assignments}
    tests = {name: _source(base, name) for name in names.values()}
    cells: dict[str, list[tuple[str, str, str, float]]] = {name: [] for name in names.values()}
    for cell in tables.cells:
        name = names[cell.assignment_id]
        _, item, track = tests[name].get(cell.name, (0, cell.name, ""))
        cells[name].append((cell.id, item, track, float(cell.max_score or 0)))
    assignments = tuple(
        Assignment(row.name, row.duedate, _items(cells[row.name], tests[row.name]))
        for row in tables.assignments
    )
    entries = {row.id: (names[row.assignment_id], row.student_id) for row in tables.entries}
    marks = _marks(
        tables.grades, entries, {cell: (item, most) for c in cells.values() for cell, item, _, most in c}
    )
    noted = {(row.assignment, row.student): row for row in graded[0]}
    said = {(row.name, row.student_id): row.auto_comment for row in graded[1]}
    penalties = {entries[own]: float(taken or 0) for own, taken in tables.penalties}
    totals = marks.groupby(["assignment", "student"])[["score", "unscored"]].sum()
    sums = {key: (score, unscored) for key, score, unscored in totals.itertuples()}
    handins: dict[tuple[str, str], HandIn] = {}
    for key in entries.values():
        row = noted.get(key)
        score, unscored = sums.get(key, (0.0, 1))
        outcome = row.outcome if row is not None else "unscored" if unscored else "graded"
        score = max(0.0, float(score) - penalties.get(key, 0.0))
        reasons = json.loads(row.reasons) if row is not None else {}
        handins[key] = HandIn(outcome, score, str(said.get(key) or ""), reasons)
    for name in names.values():
        for folder in folders_of(directory, name):
            student = folder.parent.name
            handins.setdefault((name, student), HandIn("new"))
            people.setdefault(student, Person(student))
    return ClassData(
        assignments, people, handins, marks[list(GRADES)], _extensions(directory, tables, entries)
    )


def _source(base: Path, name: str) -> dict[str, tuple[int, str, str]]:
    """Return cell → place, item and track, as far as ``solutions/`` says it."""
    path = base / "solutions" / name / f"{name}.ipynb"
    try:
        cells = graded_cells(course.read_notebook(path))
    except (OSError, ValueError, SyntaxError):
        return {}  # an assignment without our source still has scores
    return {cell.cell: (place, cell.item or cell.cell, cell.track) for place, cell in enumerate(cells)}


def _items(
    cells: list[tuple[str, str, str, float]], tests: dict[str, tuple[int, str, str]]
) -> tuple[Item, ...]:
    places: dict[str, int] = {}
    for place, item, _ in tests.values():
        places.setdefault(item, place)
    found: dict[str, Item] = {}
    for _, name, track, most in cells:
        before = found.get(name, Item(name, track, 0.0))
        found[name] = Item(name, before.track, before.points + most)
    return tuple(sorted(found.values(), key=lambda item: (places.get(item.name, len(places)), item.name)))


def _marks(
    rows: list[Any], entries: dict[str, tuple[str, str]], cells: dict[str, tuple[str, float]]
) -> pd.DataFrame:
    """Add the cells of an item up; ``unscored`` counts those that nothing was recorded for."""
    columns = ["entry", "cell", "auto", "manual", "extra", "needs"]
    frame = pd.DataFrame([tuple(row) for row in rows], columns=pd.Index(columns))
    frame = frame[frame["cell"].isin(list(cells))]
    for column in ("auto", "manual", "extra"):
        frame[column] = frame[column].astype(float)
    needs = frame["needs"].astype(bool)
    given = frame["manual"].fillna(frame["auto"])
    keys = [entries[entry] for entry in frame["entry"]]
    made = pd.DataFrame(
        {
            "assignment": [name for name, _ in keys],
            "student": [student for _, student in keys],
            "item": [cells[cell][0] for cell in frame["cell"]],
            "score": (given + frame["extra"].fillna(0.0)).fillna(0.0).to_numpy(),
            "earned": given.to_numpy(),
            "points": [cells[cell][1] for cell in frame["cell"]],
            "waiting": (needs & frame["manual"].isna()).to_numpy(),
            "again": (needs & frame["manual"].notna()).to_numpy(),
            "unscored": (given.isna() & ~needs).to_numpy(),
        }
    )
    made.loc[made["waiting"], "earned"] = float("nan")
    by = made.groupby(["assignment", "student", "item"], sort=False)
    summed = by[["score", "points"]].sum()
    for column in ("waiting", "again", "unscored"):
        summed[column] = by[column].any()
    # Of an item that waits in part, nothing is known yet.
    summed["earned"] = by["earned"].sum(min_count=1).where(by["earned"].count() == by.size())
    return summed.reset_index()


def _extensions(
    directory: Any, tables: _Tables, entries: dict[str, tuple[str, str]]
) -> dict[tuple[str, str], dt.timedelta]:
    listed = late.read_extensions(working_folder(directory) / "extensions.csv")
    if listed is None:
        found = {entries[row.id]: row.extension for row in tables.entries if row.extension}
    else:
        names = {row.name for row in tables.assignments}
        found = {(name, student): days for (student, name), days in listed.items() if name in names}
    return {key: days for key, days in found.items() if days}
