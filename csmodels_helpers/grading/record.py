"""The gradebook, written by one writer: a submission is recorded whole, in one transaction, or not at all."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import nbgrader.api as api
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum
from sqlalchemy import Column, DateTime, Float, MetaData, String, Table, Text, event, select
from sqlalchemy.orm import selectinload

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course, database, late
from csmodels_helpers.grading.worker import Result
from csmodels_helpers.language import text

__all__ = ["GRADED", "Change", "Known", "Recorder", "scores", "written"]

# Of grades and of comments: what :meth:`Recorder.grades` tells.
_BY_CELL = ("auto_score", "manual_score", "extra_credit", "needs_manual_grade", "manual_comment")

# Beside nbgrader's own tables, which stay as they are. The key says what a grade was given for: if the
# hand-in, the assignment and the course are the same, there is nothing to do again.
_METADATA = MetaData()
GRADED = Table(
    "csmodels_graded",
    _METADATA,
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("key", String(64), nullable=False),
    Column("submission", String(64), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reasons", Text, nullable=False),
    Column("seconds", Float),
    Column("at", DateTime, nullable=False),
)
"""What a grade was given for, and what came of it."""


@dataclass(frozen=True)
class Known:
    """What is recorded of a submission.

    Parameters
    ----------
    key, submission : str
        What the grade is for: all of it, and the hand-in alone.
    outcome : str
        As in :class:`Result`.
    """

    key: str
    submission: str
    outcome: str


@dataclass(frozen=True)
class Change:
    """What recording a submission did to its score.

    Parameters
    ----------
    student : str
        Whose.
    outcome : str
        As in :class:`Result`.
    before, after : float or None
        The score, late penalty not taken off; None if there was none.
    points : float
        The most that can be had.
    waiting : float
        Points that wait to be given by hand.
    message : str
        What went wrong, if anything did.
    kept : bool
        Whether an earlier hand-in counts, so that nothing was changed.
    """

    student: str
    outcome: str
    before: float | None
    after: float
    points: float
    waiting: float
    message: str = ""
    kept: bool = False

    @property
    def changed(self) -> bool:
        """Whether there was another score before."""
        return self.before is not None and abs(self.before - self.after) > 1e-9


class Recorder:
    """Writes the grades of an assignment.

    Parameters
    ----------
    db_url : str
        The gradebook.
    course_id : str
        The course.
    assignment : str
        The assignment, which the gradebook must know.
    config : traitlets.config.Config, optional
        nbgrader's settings, with those of :class:`late.LatePolicy` and :class:`late.Resubmission`.
    extensions : dict of timedelta, optional
        As :func:`late.read_extensions` returns it: the whole list, others have none. Without it the
        extensions in the gradebook hold.
    """

    def __init__(
        self,
        db_url: str,
        course_id: str,
        assignment: str,
        config: Any = None,
        extensions: dict[tuple[str, str], dt.timedelta] | None = None,
    ) -> None:
        self.gradebook = api.Gradebook(db_url, course_id)
        self.assignment, self._extensions = assignment, extensions
        self.late = late.LatePolicy(config=config)
        self.counts = str(late.Resubmission(config=config).counts)
        engine: Any = self.gradebook.engine
        if engine.dialect.name == "sqlite":
            # The Formgrader may read while we write, and wait while it writes.
            event.listen(engine, "connect", _for_two)
            engine.dispose()
        self.dialect = str(engine.dialect.name)
        database.make_tables(engine, _METADATA)
        try:
            self._load()
        except api.MissingEntry as error:
            raise CourseError(text("grade.record.unknown", name=assignment)) from error

    def _load(self) -> None:
        found: Any = self.gradebook.find_assignment(self.assignment)
        self._assignment_id, self._duedate = found.id, found.duedate
        notebook: Any = self.gradebook.find_notebook(self.assignment, self.assignment)
        self._notebook_id = notebook.id
        self._points = {cell.name: float(cell.max_score) for cell in notebook.grade_cells}
        self._grade_cells = {cell.name: cell.id for cell in notebook.grade_cells}
        self._solution_cells = {cell.name: cell.id for cell in notebook.solution_cells}
        cells = [*self._grade_cells.items(), *self._solution_cells.items()]
        self._names = {number: name for name, number in cells}

    def close(self) -> None:
        """Close the gradebook."""
        self.gradebook.close()
        self.gradebook.engine.dispose()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def known(self) -> dict[str, Known]:
        """Return student → what is recorded."""
        columns = (GRADED.c.student, GRADED.c.key, GRADED.c.submission, GRADED.c.outcome)
        mine = GRADED.c.assignment == self.assignment
        rows = self.gradebook.db.execute(select(*columns).where(mine)).all()
        self.gradebook.db.rollback()
        return {student: Known(*rest) for student, *rest in rows}

    def waiting(self) -> set[tuple[str, str]]:
        """Return the written answers of the class that wait for a person: student and cell.

        Not those of hand-ins that could not be graded: these are graded again, not read.
        """
        written = {number for name, number in self._grade_cells.items() if name in self._solution_cells}
        entry, paper, grade = api.SubmittedAssignment, api.SubmittedNotebook, api.Grade
        mine = (GRADED.c.assignment == self.assignment) & (GRADED.c.student == entry.student_id)
        query = (
            select(entry.student_id, grade.cell_id)
            .join(paper, paper.assignment_id == entry.id)
            .join(grade, grade.notebook_id == paper.id)
            .outerjoin(GRADED, mine)
            .where(entry.assignment_id == self._assignment_id, grade.cell_id.in_(written))
            .where(grade.needs_manual_grade, GRADED.c.outcome.is_distinct_from("failed"))
        )
        found = {(student, self._names[cell]) for student, cell in self.gradebook.db.execute(query).all()}
        self.gradebook.db.rollback()
        return found

    def refused(self, student: str) -> Change | None:
        """Return what there is to say of somebody whose name this gradebook does not take.

        Parameters
        ----------
        student : str
            Whose.

        Returns
        -------
        Change or None
            "failed", with what to do; None for all others.
        """
        reason = database.too_long(student, self.dialect)
        points = sum(self._points.values())
        return Change(student, "failed", None, 0.0, points, 0.0, reason) if reason else None

    def save(
        self,
        student: str,
        result: Result,
        key: str,
        submission: str,
        *,
        timestamp: dt.datetime | None = None,
        withdrawn: Collection[str] = (),
        before: Mapping[str, str] | None = None,
    ) -> Change:
        """Record a submission in one transaction.

        Manual scores and comments stay. If the hand-in is another one than they were given for, they are
        marked to be looked at again, but for written answers whose text is the same.

        Parameters
        ----------
        student : str
            Whose.
        result : Result
            What came of it.
        key, submission : str
            What the grade is for: all of it, and the hand-in alone.
        timestamp : datetime, optional
            When it was handed in, in UTC.
        withdrawn : collection of str
            Hand-ins that count no more, whichever counts else.
        before : dict of str, optional
            Written answers as the graded notebook has them until now, by :func:`written`.

        Returns
        -------
        Change
            The score before and after.
        """
        session = self.gradebook.db
        try:
            old = session.execute(select(GRADED).where(self._mine(student))).first()
            entry = self._entry(student, timestamp)
            paper = entry.notebooks[0]
            points_before = _score(paper.grades) if old is not None else None
            same = old is not None and old.submission == submission
            given = scores(result)
            counts = old is not None and old.submission not in withdrawn
            if counts and self._keeps_old(old, same, result, given, paper.grades):
                session.rollback()
                session.execute(GRADED.update().where(self._mine(student)).values(key=key))
                session.commit()
                points = sum(self._points.values())
                return Change(student, "graded", points_before, points_before or 0.0, points, 0.0, kept=True)
            texts = written(result.notebook).items()
            unchanged = {name for name, words in texts if before and before.get(name) == words}
            for grade in paper.grades:
                name = self._names[grade.cell_id]
                self._grade(grade, given.get(name), result, same or name in unchanged)
            self._comment(paper.comments, result)
            self._set_late(entry)
            self._mark(old is not None, student, key, submission, result)
            change = Change(
                student,
                result.outcome,
                points_before,
                _score(paper.grades),
                sum(self._points.values()),
                sum(self._points[self._names[g.cell_id]] for g in paper.grades if g.needs_manual_grade),
                result.message,
            )
            session.commit()
        except BaseException:
            session.rollback()
            raise
        session.expunge_all()  # flat memory
        return change

    def grades(self, student: str) -> list[dict[str, Any]] | None:
        """Return what the gradebook says of a submission: cell by cell, as JSON can hold it.

        Parameters
        ----------
        student : str
            Whose.

        Returns
        -------
        list of dict or None
            None if the gradebook has no such submission.
        """
        session = self.gradebook.db
        query = self._submissions().where(api.SubmittedAssignment.student_id == student)
        entry: Any = session.execute(query).scalar_one_or_none()
        # By name: of a written answer nbgrader has a grade and a comment.
        found: dict[str, dict[str, Any]] = {}
        for paper in entry.notebooks if entry is not None else ():
            for row in (*paper.grades, *paper.comments):
                about = {name: getattr(row, name) for name in _BY_CELL if hasattr(row, name)}
                cell = self._names.get(row.cell_id, str(row.cell_id))
                found.setdefault(cell, {"cell": cell}).update(about)
        session.rollback()
        session.expunge_all()
        return [found[cell] for cell in sorted(found)] if entry is not None else None

    def remove(self, student: str) -> None:
        """Take a submission out of the gradebook, in one transaction.

        nbgrader's own ``remove_submission`` takes several: whatever dies between them leaves a submission
        without its notebook, which the Formgrader cannot show.

        Parameters
        ----------
        student : str
            Whose.
        """
        session = self.gradebook.db
        try:
            query = self._submissions().where(api.SubmittedAssignment.student_id == student)
            entry: Any = session.execute(query).scalar_one_or_none()
            if entry is not None:
                for paper in entry.notebooks:
                    for row in (*paper.grades, *paper.comments, paper):
                        session.delete(row)
                session.delete(entry)
            session.execute(GRADED.delete().where(self._mine(student)))
            session.commit()
        except BaseException:
            session.rollback()
            raise
        session.expunge_all()

    def refresh_late(self) -> dict[str, tuple[float, float]]:
        """Work out anew what lateness costs, as due date, extensions or policy may have changed.

        Returns
        -------
        dict of tuple
            Student → points taken off before and now, where they differ.
        """
        session = self.gradebook.db
        graded = select(GRADED.c.student).where(GRADED.c.assignment == self.assignment)
        entries = session.execute(self._submissions().where(api.SubmittedAssignment.student_id.in_(graded)))
        changed: dict[str, tuple[float, float]] = {}
        for entry in entries.scalars().all():
            before = entry.notebooks[0].late_submission_penalty or 0.0
            self._set_late(entry)
            after = entry.notebooks[0].late_submission_penalty or 0.0
            if abs(before - after) > 1e-9:
                changed[entry.student_id] = (before, after)
        session.commit()
        session.expunge_all()
        return changed

    def _submissions(self) -> Any:
        """Return the query for what nbgrader knows of this assignment's submissions, with grades."""
        papers = selectinload(api.SubmittedAssignment.notebooks)
        return (
            select(api.SubmittedAssignment)
            .where(api.SubmittedAssignment.assignment_id == self._assignment_id)
            .options(
                papers.selectinload(api.SubmittedNotebook.grades),
                papers.selectinload(api.SubmittedNotebook.comments),
            )
        )

    def _keeps_old(
        self, old: Any, same: bool, result: Result, given: dict[str, float | None], grades: Iterable[Any]
    ) -> bool:
        """Say whether an earlier hand-in counts, not this one."""
        if self.counts == "newest" or old is None or old.outcome != "graded" or same:
            return False
        if self.counts == "first":
            return True
        now = sum(score or 0.0 for score in given.values())
        return result.outcome != "graded" or now < sum(grade.auto_score or 0.0 for grade in grades)

    def _mine(self, student: str) -> Any:
        return (GRADED.c.assignment == self.assignment) & (GRADED.c.student == student)

    def _entry(self, student: str, timestamp: Any) -> Any:
        """Return nbgrader's record of a submission, made if there is none, with all its grades."""
        session = self.gradebook.db
        if session.get(api.Student, student) is None:
            session.add(api.Student(id=student))
            session.flush()
        query = self._submissions().where(api.SubmittedAssignment.student_id == student)
        entry: Any = session.execute(query).scalar_one_or_none()
        if entry is None:
            entry = api.SubmittedAssignment(assignment_id=self._assignment_id, student_id=student)
            session.add(entry)
            paper = api.SubmittedNotebook(notebook_id=self._notebook_id, assignment=entry)
            session.add(paper)
        else:
            paper = entry.notebooks[0]
        graded = {grade.cell_id for grade in paper.grades}
        commented = {comment.cell_id for comment in paper.comments}
        for cell in self._grade_cells.values():
            if cell not in graded:
                session.add(api.Grade(cell_id=cell, notebook=paper))
        for cell in self._solution_cells.values():
            if cell not in commented:
                session.add(api.Comment(cell_id=cell, notebook=paper))
        if timestamp is not None:
            entry.timestamp = timestamp
        session.flush()
        return entry

    @staticmethod
    def _grade(grade: Any, score: float | None, result: Result, same: bool) -> None:
        grade.auto_score = score if result.outcome != "failed" else 0.0
        if result.outcome == "failed":
            grade.needs_manual_grade = True
        elif grade.manual_score is not None:
            # Given by hand for another text: somebody should look at it again.
            grade.needs_manual_grade = grade.needs_manual_grade if same else True
        else:
            grade.needs_manual_grade = score is None

    def _comment(self, comments: Iterable[Any], result: Result) -> None:
        blank = {
            str(course.stamp(cell).get("grade_id"))
            for cell in result.notebook["cells"]
            if course.stamp(cell).get("solution") and _blank(cell)
        }
        # By the notebook: a server returns rows in an order of its own.
        names = (str(course.stamp(cell).get("grade_id")) for cell in result.notebook["cells"])
        first = next((name for name in names if name in self._solution_cells), None)
        for comment in comments:
            name = self._names[comment.cell_id]
            if result.outcome != "graded":
                comment.auto_comment = result.message if name == first else None
            else:
                comment.auto_comment = "No response." if name in blank else None  # as nbgrader says

    def _set_late(self, entry: Any) -> None:
        """Write what lateness costs by the due date, the extension and the policy of today."""
        if self._extensions is not None:
            given = self._extensions.get((entry.student_id, self.assignment))
            entry.extension = given or None
        paper, late_for = entry.notebooks[0], 0.0
        if entry.timestamp is not None and self._duedate is not None:
            due = self._duedate + (entry.extension or dt.timedelta())
            late_for = (entry.timestamp - due).total_seconds()
        score = _score(paper.grades)
        taken = self.late.late_submission_penalty(entry.student_id, score, late_for) if late_for > 0 else 0.0
        paper.late_submission_penalty = min(max(0.0, taken), score) or None

    def _mark(self, there: bool, student: str, key: str, submission: str, result: Result) -> None:
        values = {
            "key": key,
            "submission": submission,
            "outcome": result.outcome,
            "reasons": json.dumps(result.reasons, ensure_ascii=False, sort_keys=True),
            "seconds": result.cpu,
            "at": dt.datetime.now(dt.UTC).replace(tzinfo=None),
        }
        statement = (
            GRADED.update().where(self._mine(student)).values(**values)
            if there
            else GRADED.insert().values(assignment=self.assignment, student=student, **values)
        )
        self.gradebook.db.execute(statement)


def _for_two(connection: Any, _: object) -> None:
    connection.execute("pragma busy_timeout=60000")
    connection.execute("pragma journal_mode=wal")


def _score(grades: Iterable[Any]) -> float:
    """Add up as nbgrader does: manual before automatic, extra credit on top."""
    total = 0.0
    for grade in grades:
        given = grade.manual_score if grade.manual_score is not None else grade.auto_score
        total += 0.0 if given is None else float(given) + float(grade.extra_credit or 0.0)
    return total


def scores(result: Result) -> dict[str, float | None]:
    """Return the score of each test cell and written answer.

    Parameters
    ----------
    result : Result
        What came of a submission.

    Returns
    -------
    dict of float
        Cell → score; None where somebody has to read it.

    Examples
    --------
    >>> scores(Result({"cells": []}, "graded"))
    {}
    """
    found: dict[str, float | None] = {}
    for cell in result.notebook["cells"]:
        stamp = course.stamp(cell)
        if not stamp.get("grade"):
            continue
        name, points = str(stamp["grade_id"]), float(stamp["points"])
        if result.outcome != "graded":
            found[name] = 0.0
        elif stamp.get("solution"):
            found[name] = 0.0 if _blank(cell) else None
        else:
            found[name] = 0.0 if name in result.reasons else points
    return found


def written(notebook: dict[str, Any]) -> dict[str, str]:
    r"""Return the text of each written answer.

    Parameters
    ----------
    notebook : dict
        A graded notebook.

    Returns
    -------
    dict of str
        Cell → text.

    Examples
    --------
    >>> stamp = {"grade_id": "m04-note-answer", "grade": True, "solution": True}
    >>> written({"cells": [{"metadata": {"nbgrader": stamp}, "source": ["Plums.\n", "Pears."]}]})
    {'m04-note-answer': 'Plums.\nPears.'}
    """
    stamps = ((course.stamp(cell), cell) for cell in notebook["cells"])
    return {
        str(stamp["grade_id"]): "".join(cell["source"])
        for stamp, cell in stamps
        if stamp.get("grade") and stamp.get("solution")
    }


def _blank(cell: dict[str, Any]) -> bool:
    stamp = course.stamp(cell)
    node = NotebookNode({**cell, "metadata": NotebookNode({"nbgrader": stamp})})
    return stamp.get("checksum") == compute_checksum(node)
