"""From files to hand-ins: which exercise a notebook is, what goes with it, when it came, and whose it is."""

from __future__ import annotations

import codecs
import datetime as dt
import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from csmodels_helpers import receipt as receipts
from csmodels_helpers.grading import course, intake
from csmodels_helpers.grading.path_names import Given, given
from csmodels_helpers.grading.roster import Person, Roster
from csmodels_helpers.grading.unpack import Found, Trouble, is_notebook
from csmodels_helpers.workspace import fingerprint

__all__: list[str] = []

_AHEAD = dt.timedelta(hours=1)  # what a clock may go wrong before its time is not believed
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass
class HandIn:
    """A notebook in the folder, with what lies beside it."""

    found: Found
    given: Given
    group: tuple[Any, ...]
    receipt: receipts.Receipt | None = None
    receipt_bytes: bytes | None = None
    sound: bool = False
    altered: tuple[str, ...] = ()
    data: dict[str, Found] = field(default_factory=dict[str, Found])
    content: Path = Path()  # in UTF-8; contents stay on the disk, as a class may bring gigabytes
    assignment: str = ""
    student: str = ""
    how: str = ""
    blank: bool = False
    version: str = ""
    notes: list[list[str]] = field(default_factory=list[list[str]])

    @property
    def path(self) -> str:
        return "/".join(self.found.path)

    @property
    def key(self) -> str:
        data = sorted((name, found.sha) for name, found in self.data.items())
        seal = self.receipt.seal if self.receipt is not None else ""
        whole = json.dumps([self.assignment, self.found.sha, data, seal])
        return hashlib.sha256(whole.encode()).hexdigest()


# --------------------------------------------------------------------------------------------- the course


class Exercises:
    """The exercises of a course: which one a notebook is, by its cells."""

    def __init__(self, root: Path) -> None:
        self.sources: dict[str, intake.Source] = {}
        self.prints: dict[str, str] = {}
        self._cells: dict[str, str] = {}
        for name in course.assignments(root):
            released = root / "exercises" / name / f"{name}.ipynb"
            there = released.is_file()
            source = intake.read_release(
                released if there else root / "solutions" / name / f"{name}.ipynb", name
            )
            self.sources[name] = source
            if there:
                self.prints[name] = fingerprint({"cells": list(source.cells)})
            for cell in source.cells:
                for own in (cell.get("id"), course.stamp(cell).get("grade_id")):
                    if isinstance(own, str):
                        self._cells[own] = name
        self._lessons = {
            str(cell.get("id"))
            for path in sorted((root / "notebooks").glob("*.ipynb"))
            for cell in cells_of(path.read_bytes())
        } - {*self._cells}

    def which(self, cells: list[dict[str, Any]]) -> str:
        """Return the exercise that most cells are of; "lesson" or "other" if it is none."""
        ids = [{cell.get("id"), course.stamp(cell).get("grade_id")} for cell in cells]
        votes = Counter(
            name for own in ids for name in {self._cells[one] for one in own if one in self._cells}
        )
        best = votes.most_common(2)
        if best and (len(best) == 1 or best[0][1] > best[1][1]):
            return best[0][0]
        return "lesson" if any(own & self._lessons for own in ids) else "other"

    def is_blank(self, name: str, empty: tuple[str, ...]) -> bool:
        """Say whether nothing is written, where a release says what was handed out."""
        answers = sum(bool(course.stamp(cell).get("solution")) for cell in self.sources[name].cells)
        return name in self.prints and len(empty) == answers


def cells_of(content: bytes) -> list[dict[str, Any]]:
    """Return the cells of a notebook that have metadata; none of what is no notebook."""
    try:
        found: Any = json.loads(content)
        cells: Any = found["cells"]
    except (ValueError, KeyError, TypeError, RecursionError, MemoryError):
        return []
    listed = cast("list[Any]", cells) if isinstance(cells, list) else []
    fair = [cast("dict[str, Any]", cell) for cell in listed if isinstance(cell, dict)]
    return [{"id": _text(cell.get("id")), "metadata": _dict(cell.get("metadata"))} for cell in fair]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _dict(value: Any) -> dict[str, Any]:
    said = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    stamp = said.get("nbgrader")
    own = cast("dict[str, Any]", stamp).get("grade_id") if isinstance(stamp, dict) else None
    return {"nbgrader": {"grade_id": own}} if isinstance(own, str) else {}


def as_utf8(content: bytes) -> tuple[bytes, str]:
    """Write a notebook that a mail program or an editor converted as UTF-8 again; say what it was."""
    if not content.startswith(_MARKS) and b"\0" not in content[:4]:
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            tried = ("gb18030",)
        else:
            return content, ""
    elif content.startswith(codecs.BOM_UTF8):
        tried = ("utf-8-sig",)
    else:
        tried = ("utf-16",) if content.startswith(_MARKS) else ("utf-16-le", "utf-16-be")
    for encoding in tried:
        try:
            words = content.decode(encoding)
            json.loads(words)
        except (ValueError, RecursionError):
            continue
        return words.encode("utf-8"), encoding.upper()
    return content, ""


# ------------------------------------------------------------------------------------------- the hand-ins


def gather(found: list[Found]) -> tuple[list[HandIn], dict[tuple[Any, ...], list[Found]], list[Trouble]]:
    """Make hand-ins of files: by a receipt, else each notebook; data files wait until it is known whose."""
    groups: dict[tuple[Any, ...], list[tuple[Found, Given]]] = {}
    for one in found:
        about = given(one.path)
        # Canvas puts the files of a hand-in beside each other, all with the name of the person.
        flat = about.system and given(one.path[-1:]).system
        groups.setdefault((one.path[:-1], about.segments[0] if flat else ""), []).append((one, about))
    hand_ins: list[HandIn] = []
    waiting: dict[tuple[Any, ...], list[Found]] = {}
    troubles: list[Trouble] = []
    for group, members in groups.items():
        named = {about.file: one for one, about in members}
        papers = [(one, about) for one, about in members if is_notebook(one.name)]
        content = named[receipts.NAME].content.read_bytes() if receipts.NAME in named else b""
        read = receipts.read(content) if content else None
        data = [one for one, about in members if _is_data(about.file, read is not None)]
        for one, about in papers:
            hand_in = HandIn(one, about, group)
            if read is not None and (len(papers) == 1 or about.file == f"{read[0].assignment}.ipynb"):
                _check(hand_in, read, content, named)
                hand_in.data = {given(each.path).file: each for each in data}
                data = []
            hand_ins.append(hand_in)
        if read is not None and not papers:
            troubles.append(Trouble(named[receipts.NAME].path, "nothing"))
        elif data:
            waiting[group] = data
    return hand_ins, waiting, troubles


def _is_data(name: str, with_receipt: bool) -> bool:
    ours = (receipts.NAME, receipts.SUMMARY)
    return not is_notebook(name) and not (name in ours and (with_receipt or name == receipts.NAME))


def _check(
    hand_in: HandIn, read: tuple[receipts.Receipt, bool], content: bytes, named: dict[str, Found]
) -> None:
    """Compare what lies there with the receipt."""
    hand_in.receipt, sealed = read
    hand_in.receipt_bytes = content
    if not sealed:
        hand_in.notes.append(["receipt-seal", ""])
    other = sorted(
        name for name, sha in hand_in.receipt.files.items() if name in named and named[name].sha != sha
    )
    missing = sorted({*hand_in.receipt.files} - {*named})
    if other:
        hand_in.notes.append(["receipt-other", ", ".join(other)])
    if missing:
        hand_in.notes.append(["receipt-missing", ", ".join(missing)])
    hand_in.sound = sealed and not other and not missing


def time_of(hand_in: HandIn, now: dt.datetime) -> tuple[dt.datetime, str]:
    """Return when it was handed in, and who says so: never later than now."""
    receipt = hand_in.receipt
    if receipt is not None and hand_in.sound:
        if receipt.time <= now + _AHEAD:
            return receipt.time, "receipt"
        hand_in.notes.append(["future", f"{receipt.time:%Y-%m-%d %H:%M} UTC"])
    if hand_in.found.time is not None and 0 < hand_in.found.time <= now.timestamp():
        when = dt.datetime.fromtimestamp(hand_in.found.time, dt.UTC)
        return when.replace(microsecond=0), "file"
    return now.replace(microsecond=0), "collected"


# ------------------------------------------------------------------------------------------------- whose


@dataclass(frozen=True)
class Owner:
    """Whose a hand-in is, or who might be meant."""

    student: str = ""
    how: str = ""
    kind: str = ""  # "unknown" or "ambiguous" if it is not clear
    candidates: tuple[Person, ...] = ()


def find_owner(hand_in: HandIn, roster: Roster) -> Owner:
    """Find whose it is. All that speaks of somebody must agree; else it is for a person to decide."""
    said: list[tuple[str, frozenset[str]]] = []
    receipt = hand_in.receipt
    if receipt is not None and not any(kind == "receipt-seal" for kind, _ in hand_in.notes):
        own = roster.by_id(receipt.id)
        named = roster.by_name(receipt.name)
        said.append(("receipt", frozenset({own}) if own else roster.by_mail(receipt.id)))
        # An id with a slip of the pen may be somebody else's: the name must not be another one's.
        said.append(("receipt", named))
        if own and not named and roster.people[own].name:
            hand_in.notes.append(["name", receipt.name])
        elif not said[0][1] and not named:
            hand_in.notes.append(["stranger", f"{receipt.id}, {receipt.name}"])
    evidence = roster.in_path(hand_in.given.segments)
    said += [("id", evidence.ids), ("mail", evidence.mails), ("name", evidence.names)]
    spoken = [(how, people) for how, people in said if people]
    if not spoken:
        near = roster.near([*hand_in.given.segments, *((receipt.name, receipt.id) if receipt else ())])
        return Owner(kind="unknown", candidates=tuple(near))
    agreed = frozenset[str].intersection(*(people for _, people in spoken))
    if len(agreed) == 1:
        # By the strongest that names one person alone.
        how = next((how for how, people in spoken if len(people) == 1), spoken[0][0])
        return Owner(next(iter(agreed)), how)
    everyone = sorted(agreed or {own for _, people in spoken for own in people})
    return Owner(kind="ambiguous", candidates=tuple(roster.people[own] for own in everyone))


def give_data(
    hand_ins: list[HandIn], waiting: dict[tuple[Any, ...], list[Found]], roster: Roster
) -> list[Found]:
    """Give data files to the hand-ins that they lie beside, where it is clear whose; return the rest."""
    rest: list[Found] = []
    for group, data in waiting.items():
        there = [one for one in hand_ins if one.group == group and one.receipt is None]
        students = {one.student for one in there}
        # A folder of its own: somebody's archive, or one with the name. Else a file of the instructor's that
        # lies about would be handed in.
        own = len(students) == 1 and "" not in students and _own_folder(group, students, roster)
        for one in data:
            about = given(one.path)
            named = roster.in_path([one.name])
            people = named.ids | named.mails | named.names
            takers = there if own else [each for each in there if people == frozenset({each.student})]
            for taker in takers:
                taker.data[about.file] = one
            if not takers:
                rest.append(one)
    return rest


def _own_folder(group: tuple[Any, ...], students: set[str], roster: Roster) -> bool:
    folder, person = group
    if person or any(".zip" in part.lower() for part in folder):
        return True
    named = roster.in_path(given(folder).segments)
    return bool(students & (named.ids | named.mails | named.names))
