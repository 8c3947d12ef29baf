"""Collect hand-ins without a hub: ``csmodels collect FOLDER --roster roster.csv``.

A folder of mail attachments or a platform's download is read; each hand-in is kept, and the newest of each
person is put where the grader looks for it. Which exercise a notebook is, its cells say. Whose it is, the
receipt says, or an id, a mail address or a full name in its path; what leaves a doubt is left to a person.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import csmodels_helpers
from csmodels_helpers import receipt as receipts
from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course, intake
from csmodels_helpers.grading.collected import FILES, Entry, Store, newest, write_whole
from csmodels_helpers.grading.export import plain_text
from csmodels_helpers.grading.grade import course_directory, full_name
from csmodels_helpers.grading.hand_ins import (
    Exercises,
    HandIn,
    as_utf8,
    cells_of,
    find_owner,
    gather,
    give_data,
    time_of,
)
from csmodels_helpers.grading.matches import ASIDE, Match, Matches
from csmodels_helpers.grading.path_names import given
from csmodels_helpers.grading.roster import Roster, enrol, read_roster
from csmodels_helpers.grading.storage import FOR_ALL
from csmodels_helpers.grading.unpack import KINDS, Trouble, unpack
from csmodels_helpers.language import join, text

__all__ = ["COLUMNS", "Left", "Report", "collect"]

COLUMNS = (
    *("assignment", "student", "name", "file", "result", "time", "time_from", "matched_by", "receipt"),
    *("version", "remarks"),
)
"""The columns of ``collected.csv``."""

_ORDER = (
    *("unknown", "ambiguous", "notebook", "nothing", "lesson", "other", *KINDS, "occupied", "record"),
)  # in which a summary counts what is left
_MOST_NAMED = 12


@dataclass(frozen=True)
class Left:
    """Something that is left for the instructor to do.

    Parameters
    ----------
    file : str
        Which file.
    kind : str
        What is wrong with it.
    message : str
        What it is and what to do, in the language in force.
    """

    file: str
    kind: str
    message: str


@dataclass
class Report:
    """What a run did.

    Parameters
    ----------
    roster : Roster
        The class.
    base : Path
        The working folder.
    matched, new : int
        Hand-ins in the folder whose owner is known, and how many of them came now.
    withdrawn : int
        Hand-ins of earlier runs that are nobody's now.
    left : list of Left
        What is left to do.
    remarks : list of str
        What is good to know.
    handed_in : dict of set
        Assignment → who has handed in, in this run or before.
    """

    roster: Roster
    base: Path
    matched: int = 0
    new: int = 0
    withdrawn: int = 0
    left: list[Left] = field(default_factory=list[Left])
    remarks: list[str] = field(default_factory=list[str])
    handed_in: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    def lines(self) -> list[str]:
        """Say what was done and what is left to do, in the language in force."""
        parts = [text("collect.count.matched", n=self.matched, new=self.new)]
        if self.withdrawn:
            parts.append(text("collect.count.withdrawn", n=self.withdrawn))
        counts = Counter(one.kind for one in self.left)
        for kind, n in sorted(counts.items(), key=lambda pair: _ORDER.index(pair[0])):
            parts.append(text(f"collect.count.{kind}.{'one' if n == 1 else 'many'}", n=n))
        lines = [text("collect.comma").join(parts) + text("collect.stop")]
        for name, students in self.handed_in.items():
            missing = [person.shown for own, person in self.roster.people.items() if own not in students]
            there = len(self.roster.people) - len(missing)
            said = text("collect.in", name=name, n=there, all=len(self.roster.people))
            if missing:
                more = (
                    [text("collect.more", n=len(missing) - _MOST_NAMED)] if len(missing) > _MOST_NAMED else []
                )
                said = join(said, text("collect.not_yet", who=", ".join([*missing[:_MOST_NAMED], *more])))
            lines.append(said)
        if self.left:
            lines += [text("collect.todo"), *(f"  {one.message}" for one in self.left)]
        if self.remarks:
            lines += [text("collect.remarks"), *(f"  {remark}" for remark in self.remarks)]
        lines.append(text("collect.list", path=self.base / "collected.csv"))
        for name in self.handed_in:
            lines.append(text("collect.next", name=name))
        return lines


# ----------------------------------------------------------------------------------------------- collect


def collect(
    folder: str | Path,
    roster: str | Path,
    *,
    root: str | Path = course.ROOT,
    assignment: str | None = None,
    matches: Iterable[str] = (),
    config: Any = None,
    now: dt.datetime | None = None,
    progress: Callable[[int], Any] | None = None,
) -> Report:
    """Collect the hand-ins of a folder.

    Parameters
    ----------
    folder : str or Path
        A folder of attachments, or the download of a platform, unpacked or not.
    roster : str or Path
        The class, as :func:`roster.read_roster` reads it.
    root : str or Path, optional
        The course folder.
    assignment : str, optional
        Only this one, such as "m04"; all by default.
    matches : iterable of str
        Decisions of the instructor, ``FILE=ID`` or ``FILE=-``.
    config : traitlets.config.Config, optional
        nbgrader's settings that go before those of the course folder.
    now : datetime, optional
        The time of the run.
    progress : callable, optional
        Gets the number of hand-ins to keep and returns an object with ``update()`` and ``close()``.

    Returns
    -------
    Report
        What was done, and what is left to do.

    Raises
    ------
    CourseError
        If the folder, the roster or a decision cannot be read; then nothing was changed.

    Examples
    --------
    >>> collect("nowhere", "roster.csv")
    Traceback (most recent call last):
        ...
    csmodels_helpers.errors.CourseError: There is no folder nowhere. Name the folder (or the zip) with the
    hand-ins.
    """
    base, place = Path(root).resolve(), Path(folder)
    when = (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC)
    if not place.exists():
        raise CourseError(text("collect.no_folder", path=folder))
    known = course.assignments(base)
    wanted = full_name(base, assignment) if assignment else None
    if not known or (wanted is not None and wanted not in known):
        name = assignment or "m*"
        raise CourseError(text("grading.intake.unknown", name=name, known=", ".join(known) or "-"))
    people = read_roster(roster, assignments=known)
    directory = course_directory(base, config)
    store = Store(directory)
    inside = place.resolve()
    if store.base.is_relative_to(inside) or inside.is_relative_to(store.base):
        raise CourseError(text("collect.inside", path=folder, work=store.base))
    decisions = Matches(store.base / "matches.csv", matches)
    report = Report(people, store.base)
    with store.alone() as unfinished:
        run = _Run(Exercises(base), people, store, decisions, wanted, when, report, unfinished)
        run.command = _command(folder, roster, assignment, root)
        run.read(place, Path(roster))
        url = str(directory.db_url)
        if url.startswith("sqlite:///"):
            course.make_gradebook(url.removeprefix("sqlite:///"))
        enrol(people, url, str(directory.course_id))
        decisions.save()
        bar = progress(len(run.hand_ins)) if progress is not None else None
        try:
            run.keep(bar)
        finally:
            if bar is not None:
                bar.close()
        run.settle()
        _write_list(run)
    return report


class _Run:
    """One run of :func:`collect`."""

    def __init__(
        self,
        exercises: Exercises,
        roster: Roster,
        store: Store,
        decisions: Matches,
        wanted: str | None,
        now: dt.datetime,
        report: Report,
        unfinished: Path,
    ) -> None:
        self.exercises, self.roster, self.store, self.decisions = exercises, roster, store, decisions
        self.wanted, self.now, self.report, self.unfinished = wanted, now, report, unfinished
        self.place, self.command = Path(), "csmodels collect"
        self.hand_ins: list[HandIn] = []
        self.strangers: list[tuple[HandIn, str]] = []
        self.touched: set[tuple[str, str]] = set()
        self.aside: list[HandIn] = []
        self.withdrawn: list[Entry] = []
        self.worked: list[Match] = []  # decisions that changed something in this run

    # ------------------------------------------------------------------------------------------- reading

    def read(self, place: Path, roster: Path) -> None:
        """Read the folder, and find out what each hand-in is and whose; nothing is written yet."""
        self.place = place
        contents = self.unfinished / "contents"
        contents.mkdir()
        without = (roster, self.decisions.file)
        found, troubles, others = unpack(place, contents, without=without)
        hand_ins, waiting, empty = gather(found)
        taken = [one for one in hand_ins if self._recognise(one)]
        self._say_lessons({_parcel(one.found.path) for one in taken} - {()})
        for one in taken:
            self._find_owner(one)
        rest = give_data(taken, waiting, self.roster)
        self.hand_ins = self._without_blanks([one for one in taken if one.student])
        papers = [one.found.path for one in hand_ins]
        for trouble in (*troubles, *empty, *_only_others(others, papers, troubles)):
            self._trouble(trouble)
        self._passed_over([*others, *(one.path for one in rest)])
        unused = self.decisions.unused()
        if unused:
            paths = ", ".join(
                sorted({"/".join(path) for path in papers} | {one.file for one in self.report.left})
            )
            raise CourseError(text("collect.match.nothing", file=unused[0].file, there=paths or "—"))

    def _recognise(self, hand_in: HandIn) -> bool:
        """Find out which exercise it is, and whether it can be graded; say it if not."""
        content, encoding = as_utf8(hand_in.found.content.read_bytes())
        hand_in.content = hand_in.found.content
        if encoding:
            hand_in.content = hand_in.found.content.with_suffix(".utf-8")
            hand_in.content.write_bytes(content)
        cells = cells_of(content)
        name = self.exercises.which(cells)
        aside = self._is_aside(hand_in)
        if name not in self.exercises.sources:
            if not aside:
                self._not_ours(hand_in, content, name if cells else "")
            return False
        if self.wanted not in (None, name):
            self.report.remarks.append(text("collect.remark.elsewhere", file=hand_in.path, name=name))
            return False
        hand_in.assignment = name
        if aside:
            self.aside.append(hand_in)
        look = intake.look(content, self.exercises.sources[name])
        if look.refused is not None:
            if not aside:
                self._refused(hand_in, look.refused)
            return False
        hand_in.blank = self.exercises.is_blank(name, look.empty)
        if encoding:
            hand_in.notes.append(["encoding", encoding])
        if hand_in.given.late:
            hand_in.notes.append(["late", ""])
        if hand_in.blank:
            hand_in.notes.append(["blank", ""])
        self._version(hand_in, content)
        return not aside

    def _is_aside(self, hand_in: HandIn) -> bool:
        match = self.decisions.find(hand_in.path, hand_in.found.sha)
        return match is not None and match.id == ASIDE

    def _not_ours(self, hand_in: HandIn, content: bytes, name: str) -> None:
        whole = next(iter(self.exercises.sources.values()))
        reason = "" if name else intake.look(content, whole).refused
        if reason and reason != "other":
            self._refused(hand_in, reason)
        else:
            self.strangers.append((hand_in, name or "other"))

    def _say_lessons(self, parcels: set[tuple[str, ...]]) -> None:
        """Ask for the exercise in place of a lesson, but not where both came: that is a whole work folder."""
        for hand_in, kind in self.strangers:
            if _parcel(hand_in.found.path) in parcels:
                self.report.remarks.append(text("collect.remark.stranger", file=hand_in.path))
            else:
                command = f"{self.command} {_option(hand_in.path, ASIDE)}"
                self._left(hand_in.found.path, kind, text(f"collect.trouble.{kind}", command=command))

    def _refused(self, hand_in: HandIn, reason: str) -> None:
        owner = find_owner(hand_in, self.roster)
        who = self.roster.people[owner.student].shown if owner.student else ""
        key = "collect.trouble.notebook_of" if who else "collect.trouble.notebook"
        said = text(key, who=who, reason=text(f"grading.refused.{reason}"))
        self._left(hand_in.found.path, "notebook", said)

    def _version(self, hand_in: HandIn, content: bytes) -> None:
        from packaging.version import InvalidVersion, Version

        try:
            about: Any = json.loads(content)["metadata"]["csmodels"]
            version, release = str(about["version"])[:40], str(about.get("source_sha256", ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            if hand_in.receipt is None:
                return
            version, release = hand_in.receipt.course_version[:40], hand_in.receipt.release
        hand_in.version = version
        try:
            difference = Version(version), Version(csmodels_helpers.__version__)
        except InvalidVersion:
            return
        if difference[0] != difference[1]:
            hand_in.notes.append(["older" if difference[0] < difference[1] else "newer", version])
        elif release and release != self.exercises.prints.get(hand_in.assignment, release):
            hand_in.notes.append(["other-state", ""])

    def _find_owner(self, hand_in: HandIn) -> None:
        match = self.decisions.find(hand_in.path, hand_in.found.sha)
        if match is not None:
            own = self.roster.by_id(match.id)
            if own is None:
                near = ", ".join(person.id for person in self.roster.near([match.id])) or "—"
                raise CourseError(text("collect.match.id", file=match.file, id=match.id, near=near))
            hand_in.student, hand_in.how = own, "match"
            return
        owner = find_owner(hand_in, self.roster)
        hand_in.student, hand_in.how = owner.student, owner.how
        if owner.kind:
            who = ", ".join(person.shown for person in owner.candidates)
            key = f"collect.trouble.{owner.kind}" + ("" if who or owner.kind == "ambiguous" else "_quite")
            example = owner.candidates[0].id if len(owner.candidates) == 1 else "ID"
            command = f"{self.command} {_option(hand_in.path, example)}"
            said = text(key, who=who, command=command, nobody=_option(hand_in.path, ASIDE))
            self._left(hand_in.found.path, owner.kind, said)

    def _without_blanks(self, hand_ins: list[HandIn]) -> list[HandIn]:
        """Leave out untouched exercises of somebody who sent a whole work folder."""
        written = {(one.found.path[0], one.student) for one in hand_ins if not one.blank}
        kept: list[HandIn] = []
        for one in hand_ins:
            beside = len(one.found.path) > 1 and (one.found.path[0], one.student) in written
            if one.blank and one.receipt is None and beside:
                self.report.remarks.append(text("collect.remark.untouched", file=one.path))
            else:
                kept.append(one)
        return kept

    def _trouble(self, trouble: Trouble) -> None:
        path = "/".join(trouble.path)
        if self.decisions.decided(path):  # of two files of one name, say
            return
        match = self.decisions.find(path, _sha_of(self.place, trouble.path))
        if match is None or match.id != ASIDE:
            self._left(trouble.path, trouble.kind, text(f"collect.trouble.{trouble.kind}"))

    def _left(self, path: tuple[str, ...], kind: str, message: str) -> None:
        file = "/".join(path)
        self.report.left.append(Left(file, kind, text("collect.one", file=file, said=message)))

    def _passed_over(self, paths: list[tuple[str, ...]]) -> None:
        told = {one.file for one in self.report.left}
        names = sorted({"/".join(path) for path in paths} - told)
        if names:
            more = [text("collect.more", n=len(names) - _MOST_NAMED)] if len(names) > _MOST_NAMED else []
            shown = ", ".join([*names[:_MOST_NAMED], *more])
            self.report.remarks.append(text("collect.remark.others", files=shown))

    # ------------------------------------------------------------------------------------------- writing

    def keep(self, bar: Any = None) -> None:
        """Keep what is new."""
        kept = {
            name: {(entry.student, entry.key): entry for entries in found.values() for entry in entries}
            for name in self.exercises.sources
            if (found := self.store.entries(name))
        }
        self.report.matched = len(self.hand_ins)
        for one in self.aside:
            self._withdraw(one, kept.get(one.assignment, {}))
        for one in self.hand_ins:
            if bar is not None:
                bar.update()
            mine = kept.setdefault(one.assignment, {})
            self.touched.add((one.assignment, one.student))
            if one.how == "match":
                self._take_back(one, mine)
            if (one.student, one.key) in mine:
                continue
            time, said = time_of(one, self.now)
            entry = Entry(
                *(one.assignment, one.student, one.key, one.path, time, said, one.how),
                number=one.given.number,
                late=one.given.late,
                blank=one.blank,
                receipt=one.receipt.code if one.receipt is not None else "",
                version=one.version,
                notes=one.notes,
            )
            files: dict[str, Path | bytes] = {
                name: found.content for name, found in one.data.items() if _is_fair(name)
            }
            files[f"{one.assignment}.ipynb"] = one.content
            self.store.add(entry, files, self.unfinished, one.receipt_bytes)
            mine[one.student, one.key] = entry
            self.report.new += 1
            self._worked(one)
        self._say_idle()

    def _withdraw(self, one: HandIn, mine: dict[tuple[str, str], Entry]) -> None:
        """Withdraw what was collected from a file that the instructor says is nobody's."""
        match = self.decisions.find(one.path, one.found.sha)
        if match is None:
            return
        # The same notebook may have come in another file as well, which is still somebody's.
        others = {(each.student, each.key) for each in self.hand_ins if each.assignment == one.assignment}
        for place, entry in list(mine.items()):
            copy = self.store.place(entry) / FILES / f"{one.assignment}.ipynb"
            named = match.fits(entry.file, one.found.sha) and place not in others
            if named and copy.is_file() and _sha(copy) == _sha(one.content):
                self.store.withdraw(entry)
                del mine[place]
                self.touched.add((one.assignment, entry.student))
                self.withdrawn.append(entry)
                self.report.withdrawn += 1
                self._worked(one)

    def _worked(self, one: HandIn) -> None:
        match = self.decisions.find(one.path, one.found.sha)
        if match is not None:
            self.worked.append(match)

    def _say_idle(self) -> None:
        """Name new decisions that changed nothing of what is collected."""
        taken = [self.decisions.find(one.path, one.found.sha) for one in self.hand_ins]
        for match in self.decisions.new:
            if not any(match is one for one in self.worked):
                if match in self.decisions.known or any(match is one for one in taken):
                    key = "same"
                else:
                    key = "aside" if match.id == ASIDE else "idle"
                self.report.remarks.append(text(f"collect.match.{key}", file=match.file, id=match.id))

    def _take_back(self, one: HandIn, mine: dict[tuple[str, str], Entry]) -> None:
        """Take a file from somebody whom it was counted for before the instructor said whose it is."""
        for (student, key), entry in list(mine.items()):
            if key == one.key and student != one.student and entry.file == one.path:
                self.store.withdraw(entry)
                del mine[student, key]
                self.touched.add((one.assignment, student))
                before = self._shown(student)
                now = self._shown(one.student)
                said = text("collect.remark.taken_back", file=one.path, before=before, now=now)
                self.report.remarks.append(said)
                self._worked(one)

    def settle(self) -> None:
        """Put what counts into place, for all that is kept: a run that died may have left some of it."""
        for name in self.exercises.sources:
            if self.wanted not in (None, name):
                continue
            touched = {own for other, own in self.touched if other == name}
            # Also who has withdrawn ones alone: a run may have died before it took them out of submitted/.
            students = {*self.store.entries(name), *self.store.withdrawn(name)} | touched
            for student in sorted(students):
                try:
                    taken = self.store.settle(name, student, self.unfinished)
                except (CourseError, OSError) as error:
                    if isinstance(error, OSError) and error.errno in FOR_ALL:
                        raise
                    self._left((student, name), "occupied", str(error))
                    continue
                if taken is not None:
                    said = text("collect.remark.taken_in", who=self._shown(student), file=taken.file)
                    self.report.remarks.append(said)
            entries = self.store.entries(name)
            if entries or touched:
                self.report.handed_in[name] = {*entries}
            self._say_withdrawn(name, entries)
            for student, listed in sorted(entries.items()):
                if (name, student) in self.touched:
                    self.report.remarks += self._said_of(student, listed)
        for record in sorted(self.store.unreadable):
            path = record.relative_to(self.store.base).parts
            self._left(path, "record", text("collect.trouble.record"))

    def _say_withdrawn(self, name: str, entries: dict[str, list[Entry]]) -> None:
        for entry in self.withdrawn:
            if entry.assignment == name:
                left = entries.get(entry.student)
                now = text("collect.remark.now", file=newest(left).file) if left else ""
                said = text(
                    "collect.remark.withdrawn",
                    who=self._shown(entry.student),
                    file=entry.file,
                    now=now or text("collect.remark.none_now"),
                )
                self.report.remarks.append(said)

    def _said_of(self, student: str, entries: list[Entry]) -> Iterator[str]:
        counts = newest(entries)
        who = self._shown(student)
        if len(entries) > 1:
            said = text(
                f"collect.time.{_time_key(counts, entries)}", time=f"{counts.time:%Y-%m-%d %H:%M} UTC"
            )
            yield text("collect.remark.several", who=who, n=len(entries), file=counts.file, time=said)
        for entry in entries:
            for kind, value in entry.notes:
                yield text("collect.remark.note", who=who, file=entry.file, said=_note(kind, value))

    def _shown(self, student: str) -> str:
        person = self.roster.people.get(student)
        return person.shown if person is not None else student


def _parcel(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the archive or folder that a file came in; () for a file that lies about."""
    archives = [place for place, part in enumerate(path) if ".zip" in part.lower()]
    return path[: archives[-1] + 1] if archives else path[:1] if len(path) > 1 else ()


def _sha(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sha_of(place: Path, path: tuple[str, ...]) -> str:
    """Return the SHA-256 of the file on the disk that a path leads to or through; "" if it cannot be read."""
    for part in ("", *path):
        place = place / part if place.is_dir() else place
        if place.is_file() and not place.is_symlink():
            try:
                return _sha(place)
            except OSError:
                return ""
    return ""


def _only_others(
    others: list[tuple[str, ...]], papers: list[tuple[str, ...]], troubles: list[Trouble]
) -> list[Trouble]:
    """Find people of whom a platform has files, and no notebook among them."""
    there = {given(path).segments[:1] for path in (*papers, *(one.path for one in troubles))}
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for path in others:
        about = given(path)
        if about.system and about.segments[:1] not in there:
            found.setdefault(about.segments[:1], path)
    return [Trouble(path, "nothing") for path in found.values()]


def _is_fair(name: str) -> bool:
    return intake.is_theirs(name) and name not in (receipts.NAME, receipts.SUMMARY) and "/" not in name


def _quoted(words: str) -> str:
    """Write something as a shell takes it: between double quotes, if nothing in it means something there."""
    return shlex.quote(words) if set(words) & set('"$`\\!') else f'"{words}"'


def _option(path: str, own: str) -> str:
    return f"--match {_quoted(f'{path}={own}')}"


def _command(folder: str | Path, roster: str | Path, assignment: str | None, root: str | Path) -> str:
    """Return the command that this run was, without its decisions."""
    base, here = Path(root).resolve(), Path.cwd()
    usual = [base / "grading" / f"roster{suffix}" for suffix in (".csv", ".xlsx")]
    options = {"--assignment": assignment}
    if Path(roster).resolve() not in usual:
        options["--roster"] = str(roster)
    if base != (here if (here / "solutions").is_dir() else course.ROOT).resolve():
        options["--course"] = str(root)
    words = [str(folder), *(word for name, value in options.items() if value for word in (name, value))]
    shown = (shlex.quote(word) if shlex.quote(word) == word else _quoted(word) for word in words)
    return " ".join(("csmodels collect", *shown))


def _time_key(counts: Entry, entries: list[Entry]) -> str:
    numbered = counts.number is not None and sum(entry.number is not None for entry in entries) > 1
    return "number" if numbered and counts.time_from != "receipt" else counts.time_from


def _note(kind: str, value: str) -> str:
    return text(f"collect.note.{kind}", value=value, version=csmodels_helpers.__version__)


# ----------------------------------------------------------------------------------------------- the list


def _write_list(run: _Run) -> None:
    """Write what is collected, of all runs, and what is left to do of this one."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(COLUMNS)
    for name in run.exercises.sources:
        live, gone = run.store.entries(name), run.store.withdrawn(name)
        for student in sorted({*live, *gone}):
            entries = live.get(student, [])
            results = {entry.key: "earlier" for entry in entries}
            if entries:
                results[newest(entries).key] = "counts"
            # What was withdrawn and came back is listed once.
            entries += {
                entry.key: entry for entry, _ in gone.get(student, []) if entry.key not in results
            }.values()
            person = run.roster.people.get(student)
            for entry in sorted(entries, key=lambda entry: (entry.time, entry.key)):
                result = results.get(entry.key, "withdrawn")
                row = (
                    *(name, student, person.name if person is not None else "", entry.file),
                    *(result, f"{entry.time:%Y-%m-%d %H:%M:%S} UTC"),
                    *(entry.time_from, entry.how, entry.receipt, entry.version),
                    join(*(_note(kind, value) for kind, value in entry.notes)),
                )
                writer.writerow([plain_text(cell) for cell in row])
    for one in run.report.left:
        blank = [""] * (len(COLUMNS) - 6)
        row = ["", "", "", one.file, one.kind, *blank, one.message]
        writer.writerow([plain_text(cell) for cell in row])
    write_whole(run.store.base / "collected.csv", lines.getvalue().encode("utf-8-sig", "replace"))
