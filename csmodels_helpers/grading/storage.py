"""What a disk can refuse, said in one sentence: no room, no right to write, a damaged place."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

from csmodels_helpers.errors import CourseError
from csmodels_helpers.language import text

__all__ = ["FOR_ALL", "full_disk", "refusals", "sync_folder"]

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)
_SQLITE = {
    "disk is full": "full",
    "readonly database": "closed",
    "unable to open database file": "closed",
    "disk I/O error": "closed",  # a full disk, too, where SQLite keeps its log
}
FOR_ALL = (*_FULL, errno.EROFS)
"""Numbers of the errors that the next file would meet as well."""

_LITTLE = 1_000_000  # bytes of room that nothing can be done with


@contextlib.contextmanager
def refusals(folder: str | Path) -> Generator[None]:
    """Say in one sentence what a disk refused; any other error goes on as it is.

    Parameters
    ----------
    folder : str or Path
        The folder that is worked in, which is named where the system does not say what it refused.

    Yields
    ------
    None
        While something is read or written.

    Raises
    ------
    CourseError
        In place of an error of the file system or of SQLite.

    Examples
    --------
    >>> with refusals("grading"):
    ...     raise OSError(errno.EROFS, "Read-only file system", "grading/gradebook.db")
    Traceback (most recent call last):
        ...
    csmodels_helpers.errors.CourseError: grading/gradebook.db cannot be read or written (Read-only file
    system). Nothing that was there before is lost. See to it that you may write there, then run the same
    command again.
    """
    try:
        yield
    except CourseError:
        raise
    except Exception as error:
        found = _refusal(error)
        if found is None:
            raise
        kind, file, reason = found
        full = full_disk(folder)
        if full is not None:
            raise CourseError(text("storage.full", path=full)) from error
        raise CourseError(text(f"storage.{kind}", path=file or folder, reason=reason)) from error


def _refusal(error: Exception) -> tuple[str, str, str] | None:
    """Return what kind of refusal an error is, of which file, and why; None for any other error."""
    if isinstance(error, OSError):
        kind = "full" if error.errno in _FULL else "closed" if error.errno in _CLOSED else ""
        file: Any = error.filename
        named = os.fsdecode(file) if isinstance(file, str | bytes | os.PathLike) else ""
        return (kind, named, error.strerror or str(error)) if kind else None
    original = getattr(error, "orig", None)  # SQLAlchemy's name for what its driver raised
    if isinstance(original or error, sqlite3.OperationalError):
        reason = str(original or error)
        kind = next((kind for words, kind in _SQLITE.items() if words in reason), "")
        return (kind, "", reason) if kind else None
    return None


def full_disk(folder: str | Path) -> Path | None:
    """Return what lies on a full disk; not every library says so when it fails, and SQLite has many words.

    Parameters
    ----------
    folder : str or Path
        The folder that is worked in.

    Returns
    -------
    Path or None
        The folder for temporary files, or this one; None if there is room.

    Examples
    --------
    >>> full_disk("no such folder") in (None, Path(tempfile.gettempdir()))
    True
    """
    for place in (Path(tempfile.gettempdir()), Path(folder)):
        with contextlib.suppress(OSError):
            if shutil.disk_usage(place).free < _LITTLE and os.access(place, os.W_OK):
                return place
    return None


def sync_folder(folder: Path) -> None:
    """See to it that a new name in a folder is on the disk.

    Parameters
    ----------
    folder : Path
        The folder.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sync_folder(Path(folder))
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
