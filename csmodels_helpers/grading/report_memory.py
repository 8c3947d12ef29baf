"""What a class report remembers: numbers in place of names, and what the last report said.

Two files. ``report-names.json`` lies beside the gradebook and says whose number is whose; it is drawn at
random and belongs to the instructor alone. The snapshot lies beside the page and knows numbers only.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading.report_data import ClassData
from csmodels_helpers.language import text

__all__ = ["NAMES", "Difference", "Memory", "Numbers", "replace", "state"]

NAMES = "report-names.json"
"""The list of numbers, in the folder of the gradebook."""

Scores = dict[str, dict[str, list[Any]]]
"""Assignment → number → outcome, score, answers that wait."""


def replace(path: Path, content: str, *, encoding: str = "utf-8", private: bool = False) -> None:
    """Write a file, whole or not at all.

    Parameters
    ----------
    path : Path
        The file.
    content : str
        What it holds from now on.
    encoding : str, default "utf-8"
        Signs that it does not have become question marks.
    private : bool, default False
        Whether nobody else on this machine may read it.

    Raises
    ------
    CourseError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     replace(Path(folder) / "a.txt", "old")
    ...     replace(Path(folder) / "a.txt", "new")
    ...     [(file.name, file.read_text()) for file in Path(folder).iterdir()]
    [('a.txt', 'new')]
    """
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.unlink(missing_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
        with open(handle, "w", encoding=encoding, errors="replace", newline="") as file:  # noqa: PTH123
            file.write(content)
        beside.replace(path)
    except OSError as error:
        raise CourseError(text("report.unwritten", path=path, reason=error)) from error
    finally:
        beside.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        content: Any = json.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise CourseError(text("report.memory", path=path, reason=error)) from error
    if not isinstance(content, dict) or not isinstance(cast("dict[str, Any]", content).get("list"), str):
        raise CourseError(text("report.memory", path=path, reason=text("report.memory_other")))
    return cast("dict[str, Any]", content)


class Numbers:
    """The number of each trainee: drawn at random once, the same in every report.

    Parameters
    ----------
    folder : Path
        Where ``report-names.json`` lies.

    Raises
    ------
    CourseError
        If the list is there and cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first = Numbers(Path(folder)).of(["anna", "bo"])
    ...     first == Numbers(Path(folder)).of(["bo", "anna"])
    True
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAMES
        content = _read(self.path)
        self.list = secrets.token_hex(8) if content is None else str(content["list"])
        self._numbers: dict[str, int] = {}
        if content is None:
            return
        known: Any = content.get("trainees")
        numbers: list[Any] = list(known.values()) if isinstance(known, dict) else [None]
        if not all(type(number) is int and number > 0 for number in numbers) or len({*numbers}) < len(
            numbers
        ):
            raise CourseError(text("report.memory", path=self.path, reason=text("report.memory_numbers")))
        self._numbers = known

    def of(self, students: Iterable[str]) -> dict[str, int]:
        """Return student → number; who has none gets one, and the list is written.

        Parameters
        ----------
        students : iterable of str
            Ids.

        Returns
        -------
        dict of int
            Of everybody on the list.
        """
        new = [student for student in dict.fromkeys(students) if student not in self._numbers]
        if new:
            taken = {*self._numbers.values()}
            # At least twice as many as trainees: a high number does not tell who came last.
            most = 99
            while most < 2 * (len(taken) + len(new)):
                most = 10 * most + 9
            free = [number for number in range(1, most + 1) if number not in taken]
            drawn = random.SystemRandom().sample(free, len(new))
            self._numbers = {**self._numbers, **dict(zip(new, drawn, strict=True))}
            content = {"about": text("report.names_about"), "list": self.list, "trainees": self._numbers}
            replace(self.path, json.dumps(content, ensure_ascii=False, indent=1) + "\n", private=True)
        return dict(self._numbers)


@dataclass(frozen=True)
class Difference:
    """What is another one than in the last report.

    Parameters
    ----------
    kind : str
        "new" (handed in), "graded" (newly, or marked by hand), "score", "lost" (refused or failed now) or
        "gone" (no longer in the gradebook).
    assignment : str
        Which.
    number : int
        Whose.
    before, after : float or None
        The score.
    """

    kind: str
    assignment: str
    number: int
    before: float | None
    after: float | None


def state(data: ClassData, numbers: dict[str, int]) -> Scores:
    """Return what the next report compares with: no name, no id, no time.

    Parameters
    ----------
    data : ClassData
        The class.
    numbers : dict of int
        As :meth:`Numbers.of` returns it.

    Returns
    -------
    dict
        Assignment → number → outcome, score, answers that wait.

    Examples
    --------
    >>> from csmodels_helpers.grading.report_data import NOBODY
    >>> state(NOBODY, {})
    {}
    """
    waits = data.grades.groupby(["assignment", "student"])["waiting"].sum().to_dict()
    found: Scores = {assignment.name: {} for assignment in data.assignments}
    for (assignment, student), handed in sorted(data.handins.items(), key=lambda one: numbers[one[0][1]]):
        open_ = int(waits.get((assignment, student), 0)) if handed.outcome == "graded" else 0
        found[assignment][str(numbers[student])] = [handed.outcome, round(handed.score, 6), open_]
    return found


class Memory:
    """The snapshot of a page: the last report, and the one before that was another one.

    Parameters
    ----------
    path : Path
        The JSON file beside the page.
    list_ : str
        Which list of numbers is meant; of another one nothing can be compared.

    Raises
    ------
    CourseError
        If the file is there and cannot be read.
    """

    def __init__(self, path: Path, list_: str) -> None:
        self.path, self._list = path, list_
        self.reports: list[dict[str, Any]] = []
        self.other = False
        content = _read(path)
        if content is not None:
            self.other = content["list"] != list_
            kept: Any = content.get("reports")
            if not _is_whole(kept):
                raise CourseError(text("report.memory", path=path, reason=text("report.memory_other")))
            self.reports = [] if self.other else kept

    def compare(self, now: Scores) -> tuple[str, list[Difference]]:
        """Say what changed since the last report, or since the one before if nothing did.

        So a page that is made again, in another language or without names, tells the same.

        Parameters
        ----------
        now : dict
            As :func:`state` returns it.

        Returns
        -------
        tuple
            When the report was made that is compared with, "" if there was none; and the differences.
        """
        for report in reversed(self.reports):
            found = _differences(report["scores"], now)
            if found or report is self.reports[0]:
                return str(report["at"]), found
        return "", []

    def keep(self, now: Scores, at: dt.datetime) -> None:
        """Write what the next report compares with; assignments that are not in this one stay.

        Parameters
        ----------
        now : dict
            As :func:`state` returns it.
        at : datetime
            When.
        """
        last = self.reports[-1] if self.reports else None
        if last is not None and not _differences(last["scores"], now) and {*now} <= {*last["scores"]}:
            return
        whole = {**(last["scores"] if last else {}), **now}
        report = {"at": at.isoformat(timespec="minutes"), "scores": whole}
        reports = [*([last] if last else []), report]
        replace(self.path, json.dumps({"list": self._list, "reports": reports}) + "\n")


def _is_whole(reports: Any) -> bool:
    try:
        return all(
            isinstance(report["at"], str)
            and all(
                int(number) > 0 and isinstance(outcome, str) and isinstance(score + waits, int | float)
                for rows in report["scores"].values()
                for number, (outcome, score, waits) in rows.items()
            )
            for report in reports
        )
    except (TypeError, ValueError, KeyError, AttributeError):
        return False


def _differences(before: Scores, now: Scores) -> list[Difference]:
    found: list[Difference] = []
    for assignment, rows in now.items():
        old = before.get(assignment, {})
        for number in {**old, **rows}:
            kind, scores = _difference(old.get(number), rows.get(number))
            if kind:
                found.append(Difference(kind, assignment, int(number), *scores))
    return found


def _difference(
    old: list[Any] | None, new: list[Any] | None
) -> tuple[str, tuple[float | None, float | None]]:
    if new is None:
        return "gone", (old[1] if old else None, None)
    if old is None:
        return "new", (None, new[1])
    scores = (old[1], new[1])
    if new[0] == "graded" and (old[0] != "graded" or new[2] < old[2]):
        return "graded", scores
    if new[0] != old[0]:
        return "lost", scores
    return ("score" if abs(old[1] - new[1]) > 1e-9 else ""), scores
