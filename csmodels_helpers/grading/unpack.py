"""Go through a folder of hand-ins and the archives in it, and read what may belong to one.

Nothing is written under a name that a stranger chose, so that no path in an archive leads anywhere. What is
read lies as files named by their SHA-256 in one folder; sizes and depth are limited, and what cannot be read
is named and left.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import lzma
import os
import re
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from csmodels_helpers.grading import course, intake
from csmodels_helpers.receipt import NAME, SUMMARY

__all__ = ["KINDS", "Found", "Trouble", "is_notebook", "unpack"]

KINDS = (
    *("broken_zip", "encrypted", "bomb", "path", "link", "special", "unreadable", "large", "crowd", "deep"),
    *("twice", "archive", "mail"),
)
"""Why something is left; each has its message ``collect.trouble.…``."""

_MOST_ENTRIES = 20_000  # of an archive, and of a folder with all below it
_MOST_DEPTH = 3  # the download of a platform, in it somebody's zip of zips
_MOST_ARCHIVE_BYTES = 200_000_000  # of an archive in an archive
_MOST_BYTES = 8_000_000_000  # of all that an archive says that it holds
_PLAIN_BYTES, _MOST_RATIO = 100_000_000, 200  # text shrinks to a tenth; a bomb to a thousandth

_ARCHIVES = re.compile(r"\.(rar|7z|tar|gz|tgz|bz2|xz|zst|iso)$", re.IGNORECASE)
_MAILS = re.compile(r"\.(eml|msg|mbox)$", re.IGNORECASE)
_DRIVE = re.compile(r"^[A-Za-z]:")
_NOT_THEIRS = frozenset({"__macosx", "__pycache__", "thumbs.db", "desktop.ini", "node_modules"})
# What zipfile and its decompressors raise for damaged archives, beside BadZipFile.
_DAMAGED = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, ValueError),
    *(OSError, struct.error, OverflowError, IndexError, KeyError, MemoryError, AttributeError, TypeError),
    *(zlib.error, lzma.LZMAError),
)


@dataclass(frozen=True)
class Found:
    """A file that may belong to a hand-in.

    Parameters
    ----------
    path : tuple of str
        Folders, archives and the file, below the folder that is gone through.
    content : Path
        Where its content lies.
    sha : str
        SHA-256 of the content.
    size : int
        Bytes.
    time : float or None
        When it was changed last, as the file system or the archive says, in seconds of the epoch.
    """

    path: tuple[str, ...]
    content: Path
    sha: str
    size: int
    time: float | None

    @property
    def name(self) -> str:
        """Its name."""
        return self.path[-1]


@dataclass(frozen=True)
class Trouble:
    """Something that was left.

    Parameters
    ----------
    path : tuple of str
        As for :class:`Found`.
    kind : str
        One of :data:`KINDS`.
    """

    path: tuple[str, ...]
    kind: str


def is_notebook(name: str) -> bool:
    """Say whether a file calls itself a notebook; mail programs and browsers add to the name.

    Parameters
    ----------
    name : str
        Its name.

    Returns
    -------
    bool
        Whether ".ipynb" is in it.

    Examples
    --------
    >>> is_notebook("m04.ipynb.txt"), is_notebook("M04.IPYNB"), is_notebook("m04.json")
    (True, True, False)
    """
    return ".ipynb" in name.lower()


def unpack(folder: str | Path, contents: str | Path, *, without: tuple[Path, ...] = ()) -> Any:
    """Read what may belong to hand-ins.

    Parameters
    ----------
    folder : str or Path
        The folder; one archive will do as well.
    contents : str or Path
        An existing folder for what is read.
    without : tuple of Path, optional
        Files that are no hand-ins, such as the roster.

    Returns
    -------
    tuple
        A list of :class:`Found`, a list of :class:`Trouble`, and a list of paths of other files, all in the
        order of their paths.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as place:
    ...     kept = Path(place) / "kept"
    ...     for name in ("in", "kept"):
    ...         (Path(place) / name).mkdir()
    ...     for name in ("m04.ipynb", "m04.rar", "notes.pdf"):
    ...         _ = (Path(place) / "in" / name).write_text("{}", encoding="utf-8")
    ...     found, troubles, others = unpack(Path(place) / "in", kept)
    >>> found[0].path, troubles, others
    (('m04.ipynb',), [Trouble(path=('m04.rar',), kind='archive')], [('notes.pdf',)])
    """
    work = _Unpack(Path(contents), {_same(path) for path in without} - {None})
    root = Path(folder)
    if root.is_dir():
        work.folder(root, ())
    else:
        work.file(root, (root.name,))
    return work.found, work.troubles, work.others


def _same(path: Path) -> tuple[int, int] | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_dev, about.st_ino


def _ignored(name: str) -> bool:
    """Whether a name is that of a file manager's, Jupyter's or Git's own."""
    return name.startswith((".", "~$")) or name.casefold() in _NOT_THEIRS or not intake.is_theirs(name)


class _Unpack:
    """Goes through folders and archives."""

    def __init__(self, contents: Path, without: set[tuple[int, int] | None]) -> None:
        self.contents, self.without = contents, without
        self.found: list[Found] = []
        self.troubles: list[Trouble] = []
        self.others: list[tuple[str, ...]] = []
        self._seen = 0

    def folder(self, place: Path, path: tuple[str, ...]) -> None:
        try:
            with os.scandir(place) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            self._left(path or (place.name,), "unreadable")
            return
        for entry in listed:
            if _ignored(entry.name):
                continue
            self._seen += 1
            if self._seen > _MOST_ENTRIES:
                self._left(path or (place.name,), "crowd")
                return
            own = (*path, _fair(entry.name))
            try:
                if entry.is_symlink():
                    self._left(own, "link")
                elif entry.is_dir():
                    self.folder(Path(entry.path), own)
                elif entry.is_file():
                    self.file(Path(entry.path), own)
                else:
                    self._left(own, "special")
            except OSError:
                self._left(own, "unreadable")

    def file(self, place: Path, path: tuple[str, ...]) -> None:
        """Take a file of the disk."""
        if _same(place) in self.without:
            return
        try:
            with place.open("rb") as file:
                about = os.fstat(file.fileno())
                if not stat.S_ISREG(about.st_mode):
                    self._left(path, "special")
                    return
                self._take(file, path, about.st_size, about.st_mtime, depth=0)
        except OSError:
            self._left(path, "unreadable")

    def _take(
        self, file: IO[bytes], path: tuple[str, ...], size: int, time: float | None, *, depth: int
    ) -> None:
        name = path[-1]
        if ".zip" in name.lower():
            self._archive(file, path, size, depth)
        elif _ARCHIVES.search(name):
            self._left(path, "archive")
        elif _MAILS.search(name):
            self._left(path, "mail")
        elif is_notebook(name):
            self._keep(file, path, course.MAX_BYTES, time)
        elif Path(name).suffix.lower() in intake.SUFFIXES or name in (NAME, SUMMARY):
            self._keep(file, path, intake.MOST_FILE_BYTES, time)
        else:
            self.others.append(path)

    def _keep(self, file: IO[bytes], path: tuple[str, ...], most: int, time: float | None) -> None:
        content = file.read(most + 1)
        if len(content) > most:
            self._left(path, "large")
            return
        sha = hashlib.sha256(content).hexdigest()
        place = self.contents / sha
        if not place.exists():
            place.write_bytes(content)
        self.found.append(Found(path, place, sha, len(content), time))

    def _left(self, path: tuple[str, ...], kind: str) -> None:
        self.troubles.append(Trouble(path, kind))

    # ------------------------------------------------------------------------------------- archives

    def _archive(self, file: IO[bytes], path: tuple[str, ...], size: int, depth: int) -> None:
        if depth == _MOST_DEPTH:
            self._left(path, "deep")
            return
        try:
            with zipfile.ZipFile(file) as archive:
                kind = _refusal(archive.infolist(), size)
                if kind is not None:
                    self._left(path, kind)
                    return
                self._members(archive, path, depth)
        except _DAMAGED:
            self._left(path, "broken_zip")

    def _members(self, archive: zipfile.ZipFile, path: tuple[str, ...], depth: int) -> None:
        locked = False
        seen: set[tuple[str, ...]] = set()

        for info in sorted(archive.infolist(), key=lambda info: info.filename):
            name = _member_name(info)
            parts = tuple(_fair(part) for part in re.split(r"[/\\]", name) if part not in ("", "."))
            if any(_ignored(part) for part in parts if part != "..") or not parts:
                continue
            own = (*path, *parts)
            if name.startswith(("/", "\\")) or _DRIVE.match(name) or ".." in parts:
                self._left((*path, parts[-1]), "path")
            elif info.is_dir() or name.endswith("\\"):
                continue
            elif stat.S_ISLNK(info.external_attr >> 16):
                self._left(own, "link")
            elif info.flag_bits & 1:
                if not locked:  # the whole archive mostly: said once
                    self._left(path, "encrypted")
                locked = True
            elif own in seen:
                self._left(own, "twice")
            else:
                seen.add(own)
                try:
                    with archive.open(info) as member:
                        self._member(member, own, info, depth)
                except _DAMAGED:
                    self._left(own, "unreadable" if ".zip" not in parts[-1].lower() else "broken_zip")

    def _member(self, member: IO[bytes], own: tuple[str, ...], info: zipfile.ZipInfo, depth: int) -> None:
        if ".zip" not in own[-1].lower():
            self._take(member, own, info.file_size, _member_time(info), depth=depth + 1)
            return
        with tempfile.TemporaryFile(dir=self.contents) as copy:
            size = 0
            for piece in iter(lambda: member.read(1 << 20), b""):
                size += len(piece)
                if size > _MOST_ARCHIVE_BYTES:
                    self._left(own, "bomb")
                    return
                copy.write(piece)
            copy.seek(0)
            self._archive(copy, own, size, depth + 1)


def _refusal(members: list[zipfile.ZipInfo], size: int) -> str | None:
    """Say why an archive is not opened at all: by what it says of itself, before anything is unpacked.

    What says less than it holds is cut off: zipfile reads no more of a member than it says.
    """
    if len(members) > _MOST_ENTRIES:
        return "crowd"
    whole = sum(member.file_size for member in members)
    if whole > _MOST_BYTES or (whole > _PLAIN_BYTES and whole > _MOST_RATIO * max(1, size)):
        return "bomb"
    return None


def _member_name(info: zipfile.ZipInfo) -> str:
    """Return a member's name; without a mark that it is UTF-8, it is in the encoding of somebody's system."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _member_time(info: zipfile.ZipInfo) -> float | None:
    for kind, content in _extra(info.extra):
        if kind == 0x5455 and len(content) >= 5 and content[0] & 1:  # seconds of the epoch
            return float(struct.unpack("<i", content[1:5])[0])
    try:
        # Of the clock on somebody's wall; the instructor's is the nearest guess.
        return dt.datetime(*info.date_time).timestamp() if info.date_time[0] > 1980 else None
    except (ValueError, OverflowError, OSError):
        return None


def _extra(extra: bytes) -> Iterator[tuple[int, bytes]]:
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        yield kind, extra[4 : 4 + size]
        extra = extra[4 + size :]


def _fair(name: str) -> str:
    """Make a stranger's name fit to be shown: no control signs, no half of a surrogate pair."""
    shown = name.encode("utf-8", "replace").decode("utf-8")
    return "".join(
        "\ufffd" if ord(sign) < 32 or sign in "\u202e\u2066\u2067\u2068\x7f" else sign for sign in shown
    )
