"""nbgrader's exchange where every trainee sees a folder of their own.

In containers all trainees are the same user, so file permissions keep nobody apart. What does is the mount: a
trainee's server gets ``inbound/<name>`` and ``feedback/<name>`` of the exchange, and may read ``outbound``.
Trainees use nbgrader's own exchange; these two classes are for those who collect, who see all of it. Whose a
hand-in is, its folder says: nobody but its owner, and the servers of instructors, can write there.
"""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.exchange.default.collect import ExchangeCollect
from nbgrader.exchange.default.release_feedback import ExchangeReleaseFeedback
from nbgrader.utils import ignore_patterns, parse_utc

from csmodels_helpers.language import text

__all__ = ["Collect", "HandedIn", "ReleaseFeedback", "handed_in", "is_whole", "without_secret"]

_LATER = timedelta(minutes=10)  # clocks of servers differ a little


class HandedIn:
    """A hand-in that lies in the exchange.

    Parameters
    ----------
    path : Path
        Its folder, ``inbound/<student>/<student>+<assignment>+<time>+<random>``.
    student : str
        Whose it is: the name of the folder above.
    time : datetime
        When it was handed in, as its name says; without a zone, in UTC.

    Examples
    --------
    >>> HandedIn(Path("li/li+m05_kano+2026-11-23 10:00:00 UTC+x"), "li", datetime(2026, 11, 23, 10)).student
    'li'
    """

    def __init__(self, path: Path, student: str, time: datetime) -> None:
        self.path, self.student, self.time = path, student, time


def handed_in(inbound: str | Path, assignment: str, student: str = "*") -> tuple[list[HandedIn], list[Path]]:
    """List what lies in the exchange for an assignment.

    Parameters
    ----------
    inbound : str or Path
        The folder with a folder for each trainee.
    assignment : str
        Its name.
    student : str, default "*"
        One trainee, or all.

    Returns
    -------
    tuple of list
        The hand-ins, and what lies in a trainee's folder but is named as another's or as none.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("li+m05_kano+2026-11-23 10:00:00 UTC+x", "bo+m05_kano+2026-11-23 10:00:00 UTC+y"):
    ...         Path(folder, "li", name).mkdir(parents=True)
    ...     found, strange = handed_in(folder, "m05_kano")
    >>> [one.student for one in found], [path.name[:2] for path in strange]
    (['li'], ['bo'])
    """
    found: list[HandedIn] = []
    strange: list[Path] = []
    for folder in sorted(Path(inbound).iterdir()):
        if student not in ("*", folder.name) or not folder.is_dir() or folder.is_symlink():
            continue
        for path in sorted(folder.iterdir()):
            words = path.name.removeprefix(f"{folder.name}+").split("+")
            time = _time(words[1]) if len(words) > 1 and path.name.startswith(f"{folder.name}+") else None
            if time is None or path.is_symlink() or not path.is_dir():
                strange.append(path)
            elif words[0] == assignment:
                found.append(HandedIn(path, folder.name, time))
    return found, strange


def is_whole(path: str | Path) -> bool:
    """Say whether a hand-in was written to its end, or its server was killed meanwhile.

    Parameters
    ----------
    path : str or Path
        Its folder.

    Returns
    -------
    bool
        Whether the time stands in it, which nbgrader writes when all files of the trainee are there.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     half = is_whole(folder)
    ...     _ = Path(folder, "timestamp.txt").write_text("2026-11-23 10:00:00 UTC", encoding="utf-8")
    ...     print(half, is_whole(folder))
    False True
    """
    time = Path(path, "timestamp.txt")
    return time.is_file() and time.stat().st_size > 0


def _time(words: str) -> datetime | None:
    try:
        return parse_utc(words)
    except ValueError:
        return None


class Collect(ExchangeCollect):
    """``nbgrader collect`` and the Formgrader's button, from folders of trainees.

    What cannot be copied is named and left where it is, and holds nobody else up; what was collected before
    stays until the newer one is there as a whole. Links are copied as links: grading takes them out.
    """

    coursedir: Any

    def init_src(self) -> None:
        """Choose a hand-in of each trainee, by nbgrader's rules."""
        if not self.coursedir.course_id:
            self.fail(text("exchange.course"))
        self.course_path = str(Path(self.root, self.coursedir.course_id))
        self.inbound_path = str(Path(self.course_path, "inbound"))
        if not os.access(self.inbound_path, os.R_OK | os.X_OK):
            self.fail(text("exchange.inbound", path=self.inbound_path))
        assignment = self.coursedir.assignment_id
        found, strange = handed_in(self.inbound_path, assignment, self.coursedir.student_id or "*")
        for path in strange:
            self.log.warning(text("exchange.strange", path=path, student=path.parent.name))
        of: defaultdict[str, list[HandedIn]] = defaultdict(list)
        for one in found:
            if is_whole(one.path):
                of[one.student].append(one)
            else:
                self.log.warning(text("exchange.half", path=one.path, student=one.student))
        due = self._due() if self.before_duedate else None
        self.src_records = [_counts(all_of_one, due) for all_of_one in of.values()]

    def _due(self) -> datetime | None:
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as book:
            try:
                found: Any = book.find_assignment(self.coursedir.assignment_id)
                return found.duedate
            except MissingEntry:
                return None

    def copy_files(self) -> None:
        """Copy what is new, one trainee after the other."""
        assignment = self.coursedir.assignment_id
        new = broken = 0
        for one in self.src_records:
            place = Path(
                self.coursedir.format_path(self.coursedir.submitted_directory, one.student, assignment)
            )
            there = self.coursedir.get_existing_timestamp(str(place)) if place.is_dir() else None
            if place.is_dir() and not (
                (self.update and (there is None or one.time > there))
                or (self.before_duedate and one.time != there)
            ):
                continue
            try:
                self._take(one, place)
                new += 1
            except (OSError, shutil.Error, RuntimeError) as error:
                broken += 1
                self.log.error(text("exchange.broken", path=one.path, reason=_first(error)))
        self.log.info(text("exchange.collected", n=len(self.src_records), new=new, broken=broken))

    def _take(self, one: HandedIn, place: Path) -> None:
        written = datetime.fromtimestamp(one.path.stat().st_ctime, UTC).replace(tzinfo=None)
        if written > one.time + _LATER:
            self.log.warning(
                text("exchange.time", path=one.path, claimed=f"{one.time:%F %T}", written=f"{written:%F %T}")
            )
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh, old = (place.with_name(f".{place.name}.{word}") for word in ("new", "old"))
        for left in (fresh, old):  # of a run that died
            shutil.rmtree(left, ignore_errors=True)
        try:
            self.do_copy(str(one.path), str(fresh))
            if place.is_dir():
                place.rename(old)
            fresh.rename(place)
        finally:
            if not place.is_dir() and old.is_dir():
                old.rename(place)
            for left in (fresh, old):
                shutil.rmtree(left, ignore_errors=True)

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copy a hand-in without following its links."""
        size = sum(
            path.lstat().st_size for path in Path(src).rglob("*") if path.is_file() or path.is_symlink()
        )
        most = 1000 * self.coursedir.max_dir_size
        if size > most:
            raise RuntimeError(text("exchange.large", size=size, most=most))
        left_out = ignore_patterns(
            exclude=self.coursedir.ignore,
            include=self.coursedir.include,
            max_file_size=self.coursedir.max_file_size,
            log=self.log,
        )
        shutil.copytree(src, dest, symlinks=True, ignore=left_out)


def _counts(all_of_one: list[HandedIn], due: datetime | None) -> HandedIn:
    """Choose: the newest in time if a due date counts and there is one, else the newest."""
    by_time = sorted(all_of_one, key=lambda one: one.time)
    in_time = [one for one in by_time if due is not None and one.time <= due]
    return (in_time or by_time)[-1]


def _first(error: Exception) -> str:
    """Say what went wrong in a line; copytree collects a list."""
    if isinstance(error, shutil.Error) and error.args and error.args[0]:
        return str(error.args[0][0][2])
    return str(error)


def without_secret(folders: Iterable[Path]) -> list[str]:
    """Name whose feedback cannot be released: nbgrader finds a hand-in by its secret, and stops without one.

    Parameters
    ----------
    folders : iterable of Path
        ``feedback/<student>/<assignment>``.

    Returns
    -------
    list of str
        The students whose hand-in came another way than by the exchange, or was graded before it came.

    Examples
    --------
    >>> without_secret([Path("feedback/li/m05_kano")])
    ['li']
    """
    return [folder.parent.name for folder in folders if not (folder / "submission_secret.txt").is_file()]


class ReleaseFeedback(ExchangeReleaseFeedback):
    """``nbgrader release_feedback`` into folders of trainees."""

    coursedir: Any

    def copy_files(self) -> None:
        """Put each trainee's pages where only their server looks."""
        whole, wanted = self.outbound_feedback_path, self.coursedir.student_id or "*"
        assignment = self.coursedir.assignment_id
        pages = Path(self.coursedir.format_path(self.coursedir.feedback_directory, "*", assignment))
        folders = sorted(pages.parents[1].glob(f"*/{assignment}"))
        left_out = without_secret(folders)
        for folder in folders:
            student = folder.parent.name
            if wanted not in ("*", student):
                continue
            if student in left_out:
                self.log.warning(text("exchange.no_secret", student=student))
                continue
            self.src_path = str(folder)
            self.dest_path = str(Path(whole, student))
            Path(self.dest_path).mkdir(exist_ok=True)
            super().copy_files()
