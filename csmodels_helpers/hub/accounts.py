"""System accounts of a hub, its folders, and who may read what. Everything here is an administrator's."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading.course import ROOT
from csmodels_helpers.hub.people import PREFIX, Member
from csmodels_helpers.hub.settings import Hub
from csmodels_helpers.language import text

__all__ = ["as_grader", "as_person", "free_prefix", "make_folders"]

# Debian keeps useradd there, and `su` does not put it on PATH.
_PROGRAMS = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
_CLOSED = ("solutions", "tests", ".git", "grading", "work", "build")


def free_prefix(state: Path) -> str:
    """Find out how the accounts of a hub begin: as before, else as those of no other hub on this machine.

    Parameters
    ----------
    state : Path
        The folder of the hub.

    Returns
    -------
    str
        "csm", "csm2", …

    Examples
    --------
    >>> free_prefix(Path("nowhere")).startswith("csm")
    True
    """
    for number in itertools.count(1):
        prefix = PREFIX if number == 1 else f"{PREFIX}{number}"
        try:
            found = pwd.getpwnam(f"{prefix}grader")
        except KeyError:
            # Those of a folder that moved here keep the names that its homes have.
            homes = [path.name for path in (state / "home").glob("*")] if (state / "home").is_dir() else []
            return homes[0].partition("-")[0] if homes else prefix
        if Path(found.pw_dir) == state / "grader":
            return prefix
    raise AssertionError


def make_accounts(hub: Hub) -> list[str]:
    """Make the system accounts that are missing; none that was there before is changed.

    Parameters
    ----------
    hub : Hub
        The hub, with its people.

    Returns
    -------
    list of str
        The accounts that were made.

    Raises
    ------
    CourseError
        If an account of that name is somebody else's, or the system refuses to make one.
    """
    made: list[str] = []
    before: dict[str, tuple[int, int]] = {}  # whose a home was on the machine that a backup comes from
    wanted = {hub.grader: hub.grader_home} | {one.account: hub.home(one.account) for one in hub.people}
    # Who was taken off keeps an account: else their files would be those of whoever gets the number next.
    left = (hub.state / "home").glob(f"{hub.prefix}-*")
    for name, home in (wanted | {path.name: path for path in left}).items():
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            if home.exists():
                before[name] = (home.stat().st_uid, home.stat().st_gid)
            _make(name, home)
            made.append(name)
        else:
            if Path(found.pw_dir) != home:
                raise CourseError(text("hub.account.foreign", name=name, home=found.pw_dir, ours=home))
    _take_over(hub, before)
    return made


def _make(name: str, home: Path) -> None:
    program = shutil.which("useradd", path=_PROGRAMS)
    if program is None:
        raise CourseError(text("hub.account.program"))
    home.parent.mkdir(parents=True, exist_ok=True)
    options = ("--home-dir", str(home), "--shell", "/bin/bash", "--user-group", "--comment", "csmodels hub")
    command = [program, *options, "--no-create-home" if home.exists() else "--create-home", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CourseError(text("hub.account.refused", name=name, reason=done.stderr.strip()))
    home.chmod(0o700)


def _take_over(hub: Hub, before: Mapping[str, tuple[int, int]]) -> None:
    """Give what came from a backup to the accounts of this machine, whose numbers may be others."""
    users, groups = dict[int, int](), dict[int, int]()
    for name, (user, group) in before.items():
        entry = pwd.getpwnam(name)
        users[user], groups[group] = entry.pw_uid, entry.pw_gid
    homes = hub.state / "home"
    stayed = {path.name for path in homes.glob("*")} - {*before}  # of accounts that this machine had
    theirs = {pwd.getpwnam(name).pw_uid for name in stayed if name.startswith(f"{hub.prefix}-")}
    for folder, folders, files in os.walk(hub.state) if users else ():
        inside = homes in (Path(folder), *Path(folder).parents)
        if Path(folder) == homes:
            folders[:] = [name for name in folders if name not in stayed]
        # Each entry once, as one of its folder: an old number may be the new one of somebody else.
        for path in (Path(folder, name) for name in (*folders, *files)):
            found = path.lstat()
            if found.st_uid in users and (inside or found.st_uid not in theirs):
                os.chown(path, users[found.st_uid], groups.get(found.st_gid, -1), follow_symlinks=False)


def make_folders(hub: Hub) -> None:
    """Make the folders of a hub, each as open as it has to be.

    Parameters
    ----------
    hub : Hub
        The hub; its accounts are there.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     hub = Hub(Path(folder), separate=False)
    ...     make_folders(hub)
    ...     oct(hub.private.stat().st_mode & 0o777), oct(hub.exchange.stat().st_mode & 0o7777)
    ('0o700', '0o1777')
    """
    grader = pwd.getpwnam(hub.grader) if hub.grader else None
    # All of them lie in a folder that is the administrator's alone: nobody can put a link in their place.
    # What lies deeper the grader makes (csmodels_helpers.hub.course).
    wanted: Iterable[tuple[Path, int, bool]] = (
        (hub.state, 0o711, False),
        (hub.private, 0o700, False),
        (hub.state / "home", 0o711, False),
        (hub.grader_home, 0o700, True),
        (hub.course, 0o700, True),
        (hub.postgres, 0o700, True),
        # The sticky bit is ours: without it anybody could put another folder in place of the course's.
        (hub.exchange, 0o1777, True),
    )
    for path, mode, graders in wanted:
        path.mkdir(exist_ok=True, parents=path == hub.state)
        if grader is not None:
            os.chown(path, grader.pw_uid if graders else 0, grader.pw_gid if graders else 0)
        path.chmod(mode)
    for path in filter(Path.is_file, hub.rosters):
        path.chmod(0o600)  # names and mail addresses of all
    for member in hub.people if grader is None else ():
        hub.home(member.account).mkdir(mode=0o700, exist_ok=True)


def close_course(hub: Hub) -> list[Path]:
    """Close what nobody but the grader may read in the checkout; the solutions are open to the grader.

    Parameters
    ----------
    hub : Hub
        The hub; its accounts are there.

    Returns
    -------
    list of Path
        What was open.
    """
    group = pwd.getpwnam(hub.grader).pw_gid
    closed: list[Path] = []
    for name in _CLOSED:
        path = ROOT / name
        if not path.is_dir():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        wanted = mode & ~0o077 | (0o050 if name == "solutions" else 0)
        if name == "solutions":
            os.chown(path, -1, group)
        if mode != wanted:
            path.chmod(wanted)
            closed.append(path)
    return closed


def as_grader(hub: Hub, *arguments: str, said: str = "") -> str:
    """Run a module of the package under the account of the course.

    Parameters
    ----------
    hub : Hub
        The hub.
    *arguments : str
        The module and what it is given.
    said : str, optional
        What it reads from its standard input.

    Returns
    -------
    str
        What it says.

    Raises
    ------
    CourseError
        If it fails, with its own sentence; also if that account can read neither Python nor the course.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     hub = Hub(Path(folder), separate=False)
    ...     make_folders(hub)
    ...     as_grader(hub, "csmodels_helpers.hub.postgres", "stop", "nowhere")
    ''
    """
    return _as(hub.grader, hub.grader_home, hub.course, arguments, said)


def as_person(hub: Hub, member: Member, *arguments: str, said: str = "") -> str:
    """Run a module of the package under the account of a person.

    Parameters
    ----------
    hub : Hub
        The hub.
    member : Member
        The person.
    *arguments : str
        The module and what it is given.
    said : str, optional
        What it reads from its standard input.

    Returns
    -------
    str
        What it says.

    Raises
    ------
    CourseError
        As for :func:`as_grader`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     hub = Hub(Path(folder), separate=False)
    ...     one = Member("s01", "Anna Berg", "s01")
    ...     hub.home("s01").mkdir(parents=True)
    ...     as_person(hub, one, "csmodels_helpers.hub.postgres", "stop", "nowhere")
    ''
    """
    home = hub.home(member.account)
    return _as(member.account if hub.separate else "", home, home, arguments, said)


def _as(account: str, home: Path, cwd: Path, arguments: tuple[str, ...], said: str) -> str:
    command = [sys.executable, "-m", *arguments]
    variables = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home)}
    variables |= {name: value for name, value in os.environ.items() if name in ("CSMODELS_LANGUAGE", "LANG")}
    user: dict[str, Any] = {}
    if account:
        user = {"user": account, "group": account, "extra_groups": []}
    if user and not _can_read(command[:1], variables, user):
        raise CourseError(text("hub.account.closed", path=ROOT, python=Path(sys.executable).resolve()))
    done = subprocess.run(
        command,
        cwd=cwd,
        env=variables,
        input=said,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
        **user,
    )
    if done.returncode:
        raise CourseError(done.stdout.strip() or f"{arguments[0]}: {done.returncode}")
    return done.stdout.strip()


def _can_read(python: list[str], variables: dict[str, str], user: dict[str, Any]) -> bool:
    try:
        tried = subprocess.run(
            [*python, "-c", "import csmodels_helpers, jupyterhub"],
            cwd="/",
            env=variables,
            capture_output=True,
            check=False,
            **user,
        )
    except PermissionError:
        return False
    return tried.returncode == 0
