"""Grades of hand-ins that ``csmodels collect`` withdrew: out of the gradebook, and kept beside the hand-in.

Nobody's grade goes because a folder is missing: it goes if what it was given for is what was withdrawn, and
nothing else of the same person is kept or lies in ``submitted/``.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csmodels_helpers.grading.collected import FILES, Store, write_whole
from csmodels_helpers.grading.intake import Source, read_folder
from csmodels_helpers.grading.record import Recorder
from csmodels_helpers.language import join, text

__all__ = ["Gone", "Withdrawn"]

MARKS = "marks.json"


@dataclass(frozen=True)
class Gone:
    """A grade that was taken out of the gradebook.

    Parameters
    ----------
    student : str
        Whose.
    before : float
        The score, late penalty not taken off.
    marks : dict of float
        Cell → points given by hand.
    place : Path
        Where all of it is kept.

    Examples
    --------
    >>> print(Gone("li", 10.0, {"m04-note-answer": 1.5}, Path("graded")).message)
    li: 10 → no hand-in any more, as it was withdrawn. Points by hand that went with it: m04-note-answer 1.5.
    Grade, comments and pages are kept in graded.
    """

    student: str
    before: float
    marks: dict[str, float]
    place: Path

    @property
    def message(self) -> str:
        """What went and where it is, in the language in force."""
        marks = ", ".join(f"{cell} {points:g}" for cell, points in self.marks.items())
        said = text("grade.run.gone_marks", marks=marks) if marks else ""
        gone = text("grade.run.gone", student=self.student, before=f"{self.before:g}")
        return join(*filter(None, (gone, said, text("grade.run.gone_kept", place=self.place))))


class Withdrawn:
    """What was withdrawn of an assignment.

    Parameters
    ----------
    directory : nbgrader.coursedir.CourseDirectory
        As :func:`grade.course_directory` returns it.
    source : Source
        The assignment.
    """

    def __init__(self, directory: Any, source: Source) -> None:
        self._directory, self.assignment = directory, source.name
        store = Store(directory)
        # What a hand-in is for the gradebook → where it is kept.
        self._places: dict[str, dict[str, Path]] = {
            student: {read_folder(place / FILES, source).key: place for _, place in listed}
            for student, listed in store.withdrawn(source.name).items()
        }
        self.alone = {
            student
            for student in self._places
            if not any(
                not place.name.startswith(".")
                for place in (store.collected / source.name / student).iterdir()
            )
            and not os.path.lexists(store.submitted(student, source.name))
        }
        """Who has nothing but what was withdrawn."""

    def keys(self, student: str) -> set[str]:
        """Return what was withdrawn of a student, as the gradebook knows hand-ins."""
        return {*self._places.get(student, ())}

    def take_out(self, recorder: Recorder, wanted: set[str]) -> list[Gone]:
        """Take the grades out of the gradebook of whom nothing is left but what was withdrawn.

        What is kept is written before: a run that dies is completed by the next.

        Parameters
        ----------
        recorder : Recorder
            The writer of the assignment.
        wanted : set of str
            Only these students; all if it is empty.

        Returns
        -------
        list of Gone
            What went.
        """
        gone: list[Gone] = []
        for student, known in sorted(recorder.known().items()):
            place = self._places.get(student, {}).get(known.submission)
            if student not in self.alone or place is None or (wanted and student not in wanted):
                continue
            rows = recorder.grades(student)
            kept = place / "graded"
            kept.mkdir(exist_ok=True)
            if rows is not None:
                write_whole(
                    _free(kept / MARKS), (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode()
                )
            for kind in ("autograded", "feedback"):
                self._move(kind, student, kept)
            recorder.remove(student)
            if rows is not None:
                given = [row for row in rows if row.get("manual_score") is not None]
                marks = {str(row["cell"]): float(row["manual_score"]) for row in given}
                gone.append(Gone(student, _score(rows), marks, kept))
        return gone

    def _move(self, kind: str, student: str, kept: Path) -> None:
        pattern = getattr(self._directory, f"{kind}_directory")
        folder = Path(self._directory.format_path(pattern, student, self.assignment))
        if folder.is_dir():
            shutil.move(folder, _free(kept / kind))
            with contextlib.suppress(OSError):  # other assignments of the student are there
                folder.parent.rmdir()


def _free(path: Path) -> Path:
    """Return a name that nothing has yet: a hand-in may come back and be withdrawn again."""
    while path.exists():
        path = path.with_name(f"{path.stem}+{path.suffix}")
    return path


def _score(rows: list[dict[str, Any]]) -> float:
    total = 0.0
    for row in rows:
        points = row.get("manual_score") if row.get("manual_score") is not None else row.get("auto_score")
        if points is not None:
            total += float(points) + float(row.get("extra_credit") or 0.0)
    return total
