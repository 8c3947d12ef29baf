"""Every hand-in of a class, kept as it came, and the one that counts put where nbgrader looks for it.

``grading/collected/<assignment>/<id>/<time>-<key>/`` holds one hand-in for good: ``files/`` as they go to
``grading/submitted/<id>/<assignment>/``, ``hand-in.json`` with what is known of it, ``receipt.json`` if it
had one. Nothing in there is ever changed.

The order of writing makes a run that dies harmless, whenever it dies:

1. A hand-in is written whole into a folder beside, and only then gets its name, in one step. Without its
   name it is as if it had not been read: the next run reads it again.
2. Only what has its name in ``collected/`` is put into ``submitted/``, and what lies in ``submitted/`` from
   elsewhere is taken into ``collected/`` before anything takes its place. So whatever is lost of
   ``submitted/`` at any moment is in ``collected/``, and the next run puts it back.
3. Which hand-in counts is worked out anew each time, from all that is in ``collected/``: no list has to be
   kept in step.
"""

from __future__ import annotations

import contextlib
import ctypes
import datetime as dt
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading.late import timestamp
from csmodels_helpers.grading.storage import sync_folder
from csmodels_helpers.language import text

__all__ = ["FILES", "Entry", "Store", "newest", "write_whole"]

RECORD, FILES, TIMESTAMP = "hand-in.json", "files", "timestamp.txt"
_NEW, _GONE = ".new-", ".withdrawn-"
_NAMED = 8  # signs of the key in the name of a folder
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


@dataclass(frozen=True)
class Entry:
    """A hand-in that is kept.

    Parameters
    ----------
    assignment, student : str
        Of what, and whose.
    key : str
        SHA-256 of what was handed in.
    file : str
        Where it was found.
    time : datetime
        When it was handed in, in UTC.
    time_from : {"receipt", "file", "collected", "submitted"}
        Who says so: the receipt; the file or the archive it was in; nobody, so the time when it was
        collected; what lay in ``submitted/``.
    how : {"receipt", "id", "mail", "name", "match", "submitted"}
        How it was found whose it is.
    number : int or None
        A platform's number: a higher one is newer.
    late : bool
        Whether a platform says that it came late.
    blank : bool
        Whether nothing is written in it.
    receipt : str
        The receipt's code, "" without one.
    version : str
        The version of the course it was made with, "" if it does not say.
    notes : list of list
        What is to be said of it: kinds with a value.
    """

    assignment: str
    student: str
    key: str
    file: str
    time: dt.datetime
    time_from: str
    how: str
    number: int | None = None
    late: bool = False
    blank: bool = False
    receipt: str = ""
    version: str = ""
    notes: list[list[str]] = field(default_factory=list[list[str]])

    @property
    def name(self) -> str:
        """The name of its folder."""
        return f"{self.time:%Y%m%dT%H%M%SZ}-{self.key[:_NAMED]}"

    def to_bytes(self) -> bytes:
        """Write what is known of it as JSON."""
        content = asdict(self) | {"time": self.time.strftime("%Y-%m-%dT%H:%M:%SZ")}
        return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _entry(content: bytes) -> Entry:
    found: dict[str, Any] = json.loads(content.decode("utf-8"))
    found["time"] = dt.datetime.strptime(found["time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    return Entry(**found)


def newest(entries: Iterable[Entry]) -> Entry:
    """Return the hand-in that counts: the newest with an answer in it.

    By time; but a platform that numbers hand-ins knows better than the times of downloaded files which of
    its own came later. What somebody put into ``submitted/`` by hand counts before others of the same time.

    Parameters
    ----------
    entries : iterable of Entry
        One person's for one assignment, at least one.

    Returns
    -------
    Entry
        The one that counts.

    Examples
    --------
    >>> def one(key, hour, number=None, blank=False):
    ...     when = dt.datetime(2026, 12, 1, hour, tzinfo=dt.UTC)
    ...     return Entry("m04", "li", key, "", when, "file", "id", number, blank=blank)
    >>> newest([one("a", 9), one("b", 10), one("c", 11, blank=True)]).key
    'b'
    >>> newest([one("first", 12, number=1), one("second", 11, number=2)]).key
    'second'
    """
    listed = sorted(entries, key=lambda entry: (entry.number is None, entry.number or 0, entry.key))
    times: dict[str, dt.datetime] = {}
    latest = dt.datetime.min.replace(tzinfo=dt.UTC)
    for entry in listed:
        times[entry.key] = entry.time
        if entry.number is not None and entry.time_from != "receipt":
            times[entry.key] = latest = max(latest, entry.time)
    return max(
        listed,
        key=lambda entry: (
            *(not entry.blank, times[entry.key], entry.how == "submitted"),
            *(entry.number or 0, entry.key),
        ),
    )


class Store:
    """What is collected for a course.

    Parameters
    ----------
    directory : nbgrader.coursedir.CourseDirectory
        As :func:`grade.course_directory` returns it.
    """

    def __init__(self, directory: Any) -> None:
        self._directory = directory
        self.base = self.submitted("x", "y").parents[2]
        self.collected = self.base / "collected"
        self.unreadable: set[Path] = set()

    def submitted(self, student: str, assignment: str) -> Path:
        """Return where nbgrader looks for a hand-in."""
        directory = self._directory
        return Path(directory.format_path(directory.submitted_directory, student, assignment))

    @contextlib.contextmanager
    def alone(self) -> Generator[Path]:
        """Keep others out, clear away what a run that died left, and give a folder for unfinished things."""
        self.collected.mkdir(parents=True, exist_ok=True)
        with (self.collected / ".lock").open("ab") as lock:
            if not _locked(lock):
                raise CourseError(text("collect.busy", path=self.collected))
            for left in self.collected.glob(f"{_NEW}*"):
                shutil.rmtree(left, ignore_errors=True)
            with tempfile.TemporaryDirectory(prefix=_NEW, dir=self.collected) as folder:
                yield Path(folder)

    def assignments(self) -> list[str]:
        """Name the assignments of which something is kept."""
        return sorted(place.name for place in self.collected.glob("m*") if place.is_dir())

    def entries(self, assignment: str, student: str = "*") -> dict[str, list[Entry]]:
        """Return student → hand-ins that are kept; of one student, or of all."""
        found: dict[str, list[Entry]] = {}
        for record in sorted((self.collected / assignment).glob(f"{student}/*/{RECORD}")):
            if record.parent.name.startswith("."):
                continue
            try:
                entry = _entry(record.read_bytes())
            except (OSError, ValueError, KeyError, TypeError):
                self.unreadable.add(record)
                continue
            found.setdefault(record.parents[1].name, []).append(entry)
        return found

    def withdrawn(self, assignment: str) -> dict[str, list[tuple[Entry, Path]]]:
        """Return student → hand-ins that were withdrawn, each with the folder where it is kept."""
        found: dict[str, list[tuple[Entry, Path]]] = {}
        for record in sorted((self.collected / assignment).glob(f"*/{_GONE}*/{RECORD}")):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                entry = _entry(record.read_bytes())
                found.setdefault(record.parents[1].name, []).append((entry, record.parent))
        return found

    def place(self, entry: Entry) -> Path:
        """Return the folder of a hand-in."""
        return self.collected / entry.assignment / entry.student / entry.name

    def add(
        self, entry: Entry, files: Mapping[str, Path | bytes], unfinished: Path, receipt: bytes | None = None
    ) -> None:
        """Keep a hand-in.

        Parameters
        ----------
        entry : Entry
            What is known of it.
        files : dict of Path or bytes
            Name → content, or where it lies.
        unfinished : Path
            The folder that :meth:`alone` gave.
        receipt : bytes, optional
            The receipt.
        """
        with tempfile.TemporaryDirectory(dir=unfinished, ignore_cleanup_errors=True) as name:
            folder = Path(name) / "hand-in"
            (folder / FILES).mkdir(parents=True)
            if TIMESTAMP not in files:
                files = {**files, TIMESTAMP: f"{entry.time:%Y-%m-%d %H:%M:%S} UTC\n".encode()}
            for file, content in files.items():
                _write(folder / FILES / file, content)
            if receipt is not None:
                _write(folder / "receipt.json", receipt)
            _write(folder / RECORD, entry.to_bytes())
            target = self.place(entry)
            target.parent.mkdir(parents=True, exist_ok=True)
            folder.rename(target)
            sync_folder(target.parent)

    def withdraw(self, entry: Entry) -> None:
        """Set a hand-in aside that turned out to be another's or nobody's; it is kept, and counts no more."""
        place = self.place(entry)
        names = (f"{_GONE}{place.name}{'+' * again}" for again in range(100))  # it may be the second time
        place.rename(next(free for name in names if not (free := place.with_name(name)).exists()))

    def settle(self, assignment: str, student: str, unfinished: Path) -> Entry | None:
        """Put what counts into ``submitted/``, after taking in what lies there from elsewhere.

        Parameters
        ----------
        assignment, student : str
            Of what, and whose.
        unfinished : Path
            The folder that :meth:`alone` gave.

        Returns
        -------
        Entry or None
            What lay there from elsewhere and was taken in now, if anything.

        Raises
        ------
        CourseError
            If a link or a file lies there in place of a folder.
        """
        target = self.submitted(student, assignment)
        if target.is_symlink() or (target.exists() and not target.is_dir()):
            raise CourseError(text("collect.occupied", path=target))
        mine = self.collected / assignment / student
        trees = {place.name: _tree(place / FILES) for place in mine.iterdir() if (place / RECORD).is_file()}
        there = _tree(target)
        taken = None
        if there and there not in trees.values():
            taken = self._take_in(target, assignment, student, there, unfinished)
            trees[taken.name] = there
        entries = self.entries(assignment, student).get(student, [])
        if not entries:  # all of them withdrawn
            if there:
                target.rename(Path(tempfile.mkdtemp(dir=unfinished)) / "old")
            return taken
        counts = newest(entries)
        if trees[counts.name] != there:
            fresh = Path(tempfile.mkdtemp(dir=unfinished)) / "new"
            shutil.copytree(self.place(counts) / FILES, fresh, symlinks=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            _swap(fresh, target)
        return taken

    def _take_in(
        self, target: Path, assignment: str, student: str, tree: dict[str, str], unfinished: Path
    ) -> Entry:
        said = timestamp(target)
        if said is not None and said.tzinfo is None:
            said = said.replace(tzinfo=dt.UTC)
        changed = max((path.lstat().st_mtime for path in target.rglob("*")), default=0.0)
        when = said or dt.datetime.fromtimestamp(changed, dt.UTC)
        key = hashlib.sha256(json.dumps(["submitted", tree], sort_keys=True).encode()).hexdigest()
        file = target.relative_to(self.base).as_posix()
        entry = Entry(assignment, student, key, file, when.replace(microsecond=0), "submitted", "submitted")
        with tempfile.TemporaryDirectory(dir=unfinished, ignore_cleanup_errors=True) as name:
            folder = Path(name) / "hand-in"
            shutil.copytree(target, folder / FILES, symlinks=True)
            _write(folder / RECORD, entry.to_bytes())
            self.place(entry).parent.mkdir(parents=True, exist_ok=True)
            folder.rename(self.place(entry))
        return entry


# ------------------------------------------------------------------------------------------- the files


def _tree(folder: Path) -> dict[str, str]:
    """Return path → SHA-256 of what lies below a folder; links by where they lead."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"link to {path.readlink()}"
        elif path.is_file():
            with path.open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _write(path: Path, content: Path | bytes) -> None:
    with path.open("xb") as file:
        if isinstance(content, bytes):
            file.write(content)
        else:
            with content.open("rb") as source:
                shutil.copyfileobj(source, file)
        file.flush()
        os.fsync(file.fileno())


def write_whole(path: Path, content: bytes) -> bool:
    """Write a file in one step, if it is not the same already.

    Parameters
    ----------
    path : Path
        The file.
    content : bytes
        What shall stand in it.

    Returns
    -------
    bool
        Whether it was written.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "list.csv"
    ...     write_whole(file, b"a"), write_whole(file, b"a")
    (True, False)
    """
    if path.is_file() and path.read_bytes() == content:
        return False
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    try:
        _write(beside, content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return True


def _swap(fresh: Path, target: Path) -> None:
    """Put a folder in place of another one; on Linux in one step, so that there is never none."""
    if target.exists():
        if _exchange(fresh, target):
            return  # the old one lies among the unfinished things now, which are cleared away
        target.rename(fresh.with_name("old"))
    fresh.rename(target)


def _exchange(one: Path, other: Path) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    try:
        rename: Any = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    names = os.fsencode(one), os.fsencode(other)
    return rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0


def _locked(file: Any) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows, where nothing is graded either
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
