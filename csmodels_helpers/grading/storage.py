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

from csmodels_helpers.errors import CourseError
from csmodels_helpers.language import text

__all__ = ["refusals", "sync_folder"]

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)
_SQLITE = {
    "disk is full": "full",
    "readonly database": "closed",
    "unable to open database file": "closed",
    "disk I/O error": "closed",  # a full disk, too, where SQLite keeps its log
}
_LITTLE = 1_000_000  # bytes of room that nothing can be done with


@contextlib.contextmanager
def refusals(folder: str | Path) -> Generator[None]:
    """Say in one sentence what a disk refused; any other error goes on as it is.

    Parameters
    ----------
    folder : str or Path
        The working folder, which is named where the system does not say what it refused.

    Yields
    ------
    None

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
    csmodels_helpers.errors.CourseError: grading/gradebook.db cannot be read or written: Read-only file system.
    What was recorded before is not lost. See to it that you may write there, and run the same command again:
    it goes on where it stopped.
    """
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except OSError as error:
        if error.errno not in (*_FULL, *_CLOSED):
            raise
        kind = "full" if error.errno in _FULL else "closed"
        raise _refused(kind, folder, error.filename, error.strerror or str(error)) from error
    except (sqlite3.OperationalError, DBAPIError) as error:
        reason = str(error.orig if isinstance(error, DBAPIError) else error)
        kind = next((kind for words, kind in _SQLITE.items() if words in reason), "")
        if not kind:
            raise
        raise _refused(kind, folder, None, reason) from error


def _refused(kind: str, folder: str | Path, file: str | bytes | int | None, reason: str) -> CourseError:
    full = _without_room(Path(folder), Path(tempfile.gettempdir()))
    if full is not None:
        return CourseError(text("storage.full", path=full))
    place = os.fsdecode(file) if isinstance(file, str | bytes) else folder
    return CourseError(text(f"storage.{kind}", path=place, reason=reason))


def _without_room(*places: Path) -> Path | None:
    for place in places:
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
