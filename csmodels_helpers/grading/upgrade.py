"""A gradebook of an older nbgrader becomes one of the nbgrader that is installed, with a copy kept beside.

nbgrader opens an older one without a word and stops later at the first column that is not there.
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from csmodels_helpers.errors import CourseError
from csmodels_helpers.language import text

__all__ = ["copy_gradebook", "free_name", "revisions", "upgrade_gradebook"]

_COUNTED = ("student", "assignment", "submitted_assignment", "submitted_notebook", "grade", "comment")


@cache
def revisions() -> tuple[str, ...]:
    """Return the versions of a gradebook that the installed nbgrader knows, newest first.

    Returns
    -------
    tuple of str
        As ``alembic`` counts them.

    Examples
    --------
    >>> revisions()[-1]
    'b6d005d67074'
    """
    from alembic.script import ScriptDirectory
    from nbgrader import dbutil

    found: Any = ScriptDirectory(dbutil.ALEMBIC_DIR).walk_revisions()
    return tuple(str(one.revision) for one in found)


def copy_gradebook(source: Path, target: Path) -> None:
    """Copy a SQLite gradebook while others may write to it, by SQLite's own online backup.

    Parameters
    ----------
    source : Path
        The gradebook.
    target : Path
        Where to; a gradebook that is there is replaced, in one transaction.

    Raises
    ------
    sqlite3.Error
        If the source is none or damaged, or the target cannot be written.

    Examples
    --------
    >>> copy_gradebook(Path("no such folder", "gradebook.db"), Path("copy.db"))
    Traceback (most recent call last):
        ...
    sqlite3.OperationalError: unable to open database file
    """
    place = source.resolve()
    ways = [f"{place.as_uri()}?mode=ro"]
    if not place.with_name(f"{place.name}-wal").exists():
        # In a folder that nobody may write to, SQLite opens it only so; without a log there is no writer.
        ways.append(f"{place.as_uri()}?mode=ro&immutable=1")
    found = ""
    for number, way in enumerate(ways, 1):
        try:
            with contextlib.closing(sqlite3.connect(way, uri=True, timeout=60)) as old:
                old.execute("select count(*) from sqlite_master").fetchone()
                with contextlib.closing(sqlite3.connect(target, timeout=60)) as new:
                    old.backup(new)
                    with contextlib.suppress(sqlite3.OperationalError):  # somebody else has it open
                        new.execute("pragma journal_mode=delete")  # one file, without a log beside it
                    found = str(new.execute("pragma integrity_check").fetchone()[0])
            break
        except sqlite3.OperationalError:
            if number == len(ways):
                raise
    if found != "ok":
        raise sqlite3.DatabaseError(found.splitlines()[0])


def free_name(path: Path) -> Path:
    """Return a name that nothing has yet: the given one, or one with a number behind it.

    Parameters
    ----------
    path : Path
        The name wanted.

    Returns
    -------
    Path
        In the same folder.

    Examples
    --------
    >>> free_name(Path("no such folder", "a.db")).name
    'a.db'
    """
    found, number = path, 1
    while found.exists() or found.is_symlink():
        number += 1
        found = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return found


def upgrade_gradebook(path: Path) -> Path:
    """Bring a SQLite gradebook to the version of the installed nbgrader, by nbgrader's own scripts.

    They run on a copy. The gradebook is replaced only when the copy is complete and has as many rows.

    Parameters
    ----------
    path : Path
        The gradebook.

    Returns
    -------
    Path
        A copy of what it was, beside it.

    Raises
    ------
    CourseError
        If that fails; the gradebook is as it was.

    Examples
    --------
    >>> upgrade_gradebook(Path("no such folder", "gradebook.db"))
    Traceback (most recent call last):
        ...
    csmodels_helpers.errors.CourseError: The gradebook no such folder/gradebook.db is one of an older nbgrader
    and could not be upgraded: unable to open database file. It is as it was. Keep a copy and ask for help
    with this sentence.
    """
    from nbgrader import dbutil
    from nbgrader.api import Gradebook

    from csmodels_helpers.grading import course

    course.programs_first()
    kept = free_name(path.with_name(f"{path.stem}-before-upgrade{path.suffix}"))
    # Elsewhere: a % in the path of a course folder is more than alembic's settings can take.
    with (
        tempfile.TemporaryDirectory(prefix="csmodels-upgrade-") as folder,
        course.quiet_stderr() as said,
    ):
        old, new = Path(folder) / "old.db", Path(folder) / "new.db"
        beside = path.with_name(f".{kept.name}.new")
        try:
            copy_gradebook(path, old)
            copy_gradebook(path, new)
            dbutil.upgrade(f"sqlite:///{new}")
            Gradebook(f"sqlite:///{new}", "csmodels").close()  # makes the tables that scripts leave to it
            if course.state(new) != "complete" or _counts(new) != _counts(old):
                raise CourseError("nbgrader db upgrade")
            copy_gradebook(old, beside)
            beside.replace(kept)
            copy_gradebook(new, path)
        except Exception as error:
            reason = said() or str(error)
            raise CourseError(text("backup.upgrade.failed", path=path, reason=reason)) from error
        finally:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
    return kept


def _counts(path: Path) -> list[int]:
    """Count the rows that an upgrade must not lose; cells change their tables on the way."""
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        # The names are ours, not somebody's input.
        return [connection.execute(f"select count(*) from {table}").fetchone()[0] for table in _COUNTED]
