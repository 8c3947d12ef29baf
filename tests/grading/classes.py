"""Classes of any size, put into a gradebook row by row: nothing is run and nothing judged."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbgrader.api as api
from sqlalchemy import create_engine

from csmodels_helpers.grading import course
from csmodels_helpers.grading.contract import graded_cells
from csmodels_helpers.grading.record import GRADED

Person = tuple[str, str | None, str | None]
"""Id, first and last name."""


@dataclass
class Paper:
    """A hand-in: cell → score, None for an answer that waits; ``manual`` marks go before."""

    scores: dict[str, float | None]
    outcome: str = "graded"
    reasons: dict[str, str] = field(default_factory=dict[str, str])
    message: str = ""
    manual: dict[str, float] = field(default_factory=dict[str, float])
    penalty: float | None = None
    extension: dt.timedelta | None = None
    noted: bool = True


def cells_of(root: Path, name: str) -> dict[str, float]:
    """Return the graded cells of an assignment with their points."""
    notebook = course.read_notebook(root / "solutions" / name / f"{name}.ipynb")
    return {cell.cell: cell.points for cell in graded_cells(notebook)}


def make_class(
    root: Path,
    people: Iterable[Person],
    assignments: Mapping[str, Mapping[str, float]],
    papers: Mapping[tuple[str, str], Paper],
    due: Mapping[str, dt.datetime] | None = None,
) -> Path:
    """Write a gradebook anew and return where it is."""
    path = course.gradebook_path(root)
    path.unlink(missing_ok=True)
    course.make_gradebook(path)
    rows: dict[Any, list[dict[str, Any]]] = {}

    def add(table: Any, **values: Any) -> str:
        rows.setdefault(getattr(table, "__table__", table), []).append(values)
        return str(values.get("id", ""))

    number = 0

    def new() -> str:
        nonlocal number
        number += 1
        return f"{number:032x}"

    for student, first, last in people:
        mail = f"{student}@example.org"
        add(api.Student, id=student, first_name=first, last_name=last, email=mail, lms_user_id=None)
    ids: dict[tuple[str, str], str] = {}
    places: dict[str, tuple[str, str]] = {}
    for name, cells in assignments.items():
        own = new()
        when = (due or {}).get(name)
        add(api.Assignment, id=own, name=name, duedate=when, course_id="csmodels")
        book = add(api.Notebook, id=new(), name=name, assignment_id=own, kernelspec="{}")
        places[name] = own, book
        for cell, points in cells.items():
            kind = "markdown" if cell.endswith("-answer") else "code"
            ids[name, cell] = add(api.BaseCell, id=new(), name=cell, notebook_id=book, type="GradeCell")
            add(api.GradeCell, id=ids[name, cell], max_score=points, cell_type=kind)
        answer = add(api.BaseCell, id=new(), name="first", notebook_id=book, type="SolutionCell")
        add(api.SolutionCell, id=answer)
        ids[name, ""] = answer
    for (name, student), paper in papers.items():
        own, book = places[name]
        entry = new()
        add(
            api.SubmittedAssignment,
            id=entry,
            assignment_id=own,
            student_id=student,
            timestamp=None,
            extension=paper.extension,
        )
        sheet = new()
        add(
            api.SubmittedNotebook,
            id=sheet,
            notebook_id=book,
            assignment_id=entry,
            late_submission_penalty=paper.penalty,
        )
        for cell, score in paper.scores.items():
            add(
                api.Grade,
                id=new(),
                notebook_id=sheet,
                cell_id=ids[name, cell],
                auto_score=score,
                manual_score=paper.manual.get(cell),
                extra_credit=None,
                needs_manual_grade=score is None and cell not in paper.manual,
            )
        if paper.message:
            about = {"auto_comment": paper.message, "manual_comment": None}
            add(api.Comment, id=new(), notebook_id=sheet, cell_id=ids[name, ""], **about)
        if paper.noted:
            add(
                GRADED,
                assignment=name,
                student=student,
                key="k",
                submission="s",
                seconds=0.1,
                outcome=paper.outcome,
                reasons=json.dumps(paper.reasons),
                at=dt.datetime(2026, 5, 1),
            )
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        GRADED.create(connection)
        if not connection.execute(api.Course.__table__.select()).all():
            connection.execute(api.Course.__table__.insert(), [{"id": "csmodels"}])
        for table, values in rows.items():
            connection.execute(table.insert(), values)
    engine.dispose()
    return path


def random_papers(
    people: Iterable[Person], assignments: Mapping[str, Mapping[str, float]], seed: int = 1
) -> dict[tuple[str, str], Paper]:
    """Hand in for everybody: the able get more right, written answers are marked."""
    draw = random.Random(seed)
    found: dict[tuple[str, str], Paper] = {}
    for student, _, _ in people:
        able = draw.gauss(0, 1)
        for name, cells in assignments.items():
            scores: dict[str, float | None] = {}
            reasons: dict[str, str] = {}
            for place, (cell, points) in enumerate(cells.items()):
                right = able + draw.gauss(0, 1) > -1 + place / 5
                scores[cell] = points if right else 0.0
                if not right:
                    reasons[cell] = f"{cell.removesuffix('-test')}/value"
            found[name, student] = Paper(scores, reasons=reasons)
    return found
