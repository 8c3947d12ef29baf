"""A PostgreSQL server of the hub's own: Debian's programs, a socket in a closed folder, no port, no password.

It runs under the account that calls :func:`start`, and lets nobody else in.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from csmodels_helpers.errors import CourseError
from csmodels_helpers.language import text

__all__ = ["is_running", "programs", "start", "stop"]

_LONGEST = 107 - len("/.s.PGSQL.5432")  # what Linux allows for the path of a socket
_ASK = "select 1 from pg_database where datname = 'gradebook'"


def programs(version: str = "") -> Path:
    """Find PostgreSQL: Debian keeps its programs off PATH, in a folder for each version.

    Parameters
    ----------
    version : str, optional
        The version that the data are of; by default the newest that is there.

    Returns
    -------
    Path
        The folder with ``initdb`` and ``pg_ctl``.

    Raises
    ------
    CourseError
        If it is not there.

    Examples
    --------
    >>> (programs() / "initdb").is_file()
    True
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    folders = [path.parent for path in found]
    other = shutil.which("initdb")
    if other:
        folders.insert(0, Path(other).resolve().parent)
    if version:
        folders = [folder for folder in folders if _version(folder) == version]
    if not folders:
        raise CourseError(text(f"hub.postgres.{'version' if version else 'missing'}", version=version))
    return folders[-1]


def _version(folder: Path) -> str:
    said = subprocess.run([str(folder / "initdb"), "--version"], capture_output=True, text=True, check=False)
    return (said.stdout.split() or [""])[2:3][0].split(".")[0]


def start(folder: str | Path) -> None:
    """Start the server; its data are made first if there are none. One that runs already is kept.

    Parameters
    ----------
    folder : str or Path
        For its data and its socket; open to this account alone.

    Raises
    ------
    CourseError
        If it does not start.

    Examples
    --------
    >>> start("a" * 200)
    Traceback (most recent call last):
        ...
    csmodels_helpers.errors.CourseError: The name of the folder . is too long for a socket. Choose a shorter
    one with --state.
    """
    place = Path(folder)
    data = place / "data"
    if len(os.fsencode(place)) > _LONGEST:
        raise CourseError(text("hub.postgres.long", path=place.parent))
    if not (data / "PG_VERSION").is_file():
        # Made beside and renamed: what an interrupted initdb leaves is no server's data.
        new = place / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        _run(place, programs() / "initdb", "-D", str(new), "-A", "peer", "-E", "UTF8", "--no-locale")
        new.rename(data)
    if not is_running(place):
        options = f"-c listen_addresses= -c unix_socket_permissions=0700 -c unix_socket_directories='{place}'"
        log = str(place / "server.log")
        _run(
            place,
            _own(place) / "pg_ctl",
            "-D",
            str(data),
            "-w",
            "-t",
            "120",
            "-o",
            options,
            "-l",
            log,
            "start",
        )
    if not _run(place, _own(place) / "psql", "-h", str(place), "-At", "-c", _ASK, "postgres"):
        _run(place, _own(place) / "createdb", "-h", str(place), "gradebook")


def stop(folder: str | Path) -> None:
    """Stop the server; connections are ended, what was recorded is kept.

    Parameters
    ----------
    folder : str or Path
        As for :func:`start`.

    Examples
    --------
    >>> stop("nowhere")
    """
    place = Path(folder)
    if is_running(place):
        _run(place, _own(place) / "pg_ctl", "-D", str(place / "data"), "-w", "-m", "fast", "stop")


def is_running(folder: str | Path) -> bool:
    """Say whether the server runs; every account that may read the folder can ask.

    Parameters
    ----------
    folder : str or Path
        As for :func:`start`.

    Returns
    -------
    bool
        False too if there are no data yet.

    Examples
    --------
    >>> is_running("nowhere")
    False
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int((Path(folder) / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        return "postgres" in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    return False


def _own(place: Path) -> Path:
    """Return the programs of the version that made the data."""
    return programs((place / "data" / "PG_VERSION").read_text(encoding="utf-8").strip())


def _run(place: Path, program: Path, *words: str) -> str:
    # Not a pipe: the server inherits what its starter says, and would keep a pipe open.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            [str(program), *words],
            cwd=place,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            check=False,
        )
        said.seek(0)
        lines = said.read().decode("utf-8", "replace").strip().splitlines()
    if done.returncode:
        reason = lines[-1] if lines else str(done.returncode)
        log = place / "server.log"
        raise CourseError(text("hub.postgres.failed", program=program.name, reason=reason, log=log))
    return lines[-1] if lines else ""


if __name__ == "__main__":
    try:
        {"start": start, "stop": stop}[sys.argv[1]](sys.argv[2])
    except CourseError as problem:
        raise SystemExit(str(problem)) from problem
