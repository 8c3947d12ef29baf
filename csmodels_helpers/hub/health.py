"""Look at a running hub: ``csmodels doctor --hub``, by the administrator, on the machine of the hub.

What a person or the course may do is tried under that account (``python -m csmodels_helpers.hub.health``).
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import psutil

from csmodels_helpers.doctor import Finding, Level, check_isolation
from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading.course import ROOT
from csmodels_helpers.hub import accounts, answers, settings, versions
from csmodels_helpers.hub.people import members, read_class
from csmodels_helpers.hub.settings import COURSE_ID, Hub
from csmodels_helpers.language import text

__all__ = ["check_disk", "check_roster", "find", "open_homes", "run"]


def find(state: str | Path | None = None) -> Hub:
    """Find the hub that was started last.

    Parameters
    ----------
    state : str or Path, optional
        Its folder; by default the one that ``make hub`` takes, or that of the hub to try.

    Returns
    -------
    Hub
        As it was started.

    Raises
    ------
    CourseError
        If there is none, or somebody else asks than its administrator.

    Examples
    --------
    >>> try:
    ...     find("/nowhere")
    ... except CourseError as error:
    ...     print(str(error).partition(". ")[0])
    No hub was ever started in /nowhere
    """
    place = Path(state).absolute() if state else settings.usual(separate=os.geteuid() == 0)
    folders = [place] if state else [place, place.with_name(place.name + "-sample")]
    try:
        found = [file for folder in folders if (file := Hub(folder, separate=True).settings).exists()]
        if found:
            return settings.load(max(found, key=lambda file: file.stat().st_mtime))
    except PermissionError as error:
        raise CourseError(text("hub_doctor.closed", path=place)) from error
    raise CourseError(text("hub_doctor.nowhere", path=place))


def run(hub: Hub) -> list[Finding]:
    """Do all the checks.

    Parameters
    ----------
    hub : Hub
        What to look at.

    Returns
    -------
    list of Finding
        One finding a check, in a fixed order.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:  # nothing runs there
    ...     found = run(Hub(Path(folder), separate=False, port=1))
    >>> [(finding.check, finding.level) for finding in found if finding.check in ("Hub", "Gradebook")]
    [('Hub', 'fatal'), ('Gradebook', 'fatal')]
    """
    return [
        _check_answer(hub, "hub", f"http://127.0.0.1:{hub.ports['hub']}/hub/api"),
        _check_answer(hub, "proxy", f"{hub.url}hub/api"),
        _check_answer(hub, "course", f"{hub.url}services/{COURSE_ID}/api"),
        _check_versions(hub),
        *_as_grader(hub),
        *_as_trainee(hub),
        *check_roster(hub),
        check_disk(hub),
    ]


def _finding(name: str, level: Level, case: str, **values: object) -> Finding:
    remedy = "" if level == "good" else text(f"hub_doctor.{name}.{case}.remedy", **values)
    result = text(f"hub_doctor.{name}.{case}.result", **values)
    return Finding(text(f"hub_doctor.{name}.name"), level, result, remedy)


# -------------------------------------------------------------------------------- what everybody can ask


def _check_answer(hub: Hub, name: str, url: str) -> Finding:
    try:
        said: dict[str, Any] = json.loads(answers.read(url, seconds=10))
        return _finding(name, "good", "good", version=said["version"], url=hub.url)
    except (OSError, ValueError, KeyError) as error:
        reason = getattr(error, "reason", None) or error
        return _finding(name, "fatal", "gone", url=url, reason=reason, log=hub.log)


def _check_versions(hub: Hub) -> Finding:
    here = versions.installed()
    others: defaultdict[str, list[str]] = defaultdict(list)
    number = 0
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            said = process.environ()
            name = _part(hub, said, process.cmdline())
            if name:
                number += 1
                for package, version in versions.read(said).items():
                    if version != here.get(package):
                        others[f"{package} {version}"].append(name)
    shown = ", ".join(f"{package} {version}" for package, version in here.items())
    if not number:
        return _finding("versions", "warning", "none")
    if others:
        found = "; ".join(
            f"{version}: {', '.join(sorted(names))}" for version, names in sorted(others.items())
        )
        return _finding("versions", "fatal", "differ", found=found, here=shown)
    return _finding("versions", "good", "good", here=shown, number=number)


def _part(hub: Hub, said: dict[str, str], words: list[str]) -> str:
    """Say which part of a hub a process is: the hub, the course, or the server of a person; "" if none."""
    if "jupyterhub" in words and said.get(settings.VARIABLE) == str(hub.settings):
        return "JupyterHub"
    if "jupyterhub.singleuser" in words and said.get("CSMODELS_EXCHANGE") == str(hub.exchange):
        return said.get("JUPYTERHUB_SERVICE_NAME") or said.get("JUPYTERHUB_USER", "")
    return ""


def check_roster(hub: Hub) -> list[Finding]:
    """Look at the roster that the hub takes in when it is started the next time.

    Parameters
    ----------
    hub : Hub
        The hub.

    Returns
    -------
    list of Finding
        What is wrong with it; a warning if it is another one than at the start. Nothing if there is none in
        the folder of the hub.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:  # nobody in it is an instructor
    ...     _ = Path(folder, "roster.csv").write_text("id,name", encoding="utf-8")
    ...     [finding.level for finding in check_roster(Hub(Path(folder), separate=True))]
    ['fatal']
    """
    file = next(filter(Path.is_file, hub.rosters), None)
    if file is None:
        return []
    try:
        wanted = {*members(read_class(file), hub.prefix).values()}
    except CourseError as error:
        return [_finding("roster", "fatal", "wrong", reason=" ".join(str(error).splitlines()))]
    if changed := sorted({member.id for member in wanted ^ {*hub.people}}):
        return [_finding("roster", "warning", "changed", ids=", ".join(changed))]
    return [_finding("roster", "good", "good", number=len(wanted))]


def open_homes(hub: Hub) -> list[Path]:
    """Find home folders that others than their owner may enter, or that are somebody else's.

    Parameters
    ----------
    hub : Hub
        The hub; its accounts are there.

    Returns
    -------
    list of Path
        The folders.

    Examples
    --------
    >>> open_homes(Hub(Path("/nowhere"), separate=True))
    []
    """
    return [
        home
        for home in sorted((hub.state / "home").glob(f"{hub.prefix}-*"))
        if home.stat().st_mode & 0o077 or _owner(home) != home.name
    ]


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except KeyError:  # a number that nobody has
        return ""


def check_disk(hub: Hub, free: float | None = None) -> Finding:
    """Look at the free disk space where homes, hand-ins and gradebook lie.

    Parameters
    ----------
    hub : Hub
        The hub.
    free : float, optional
        Free bytes; measured by default.

    Returns
    -------
    Finding
        A warning below 2 GB, fatal below 0.5 GB.

    Examples
    --------
    >>> [check_disk(Hub(Path("/"), True), gigabytes * 1e9).level for gigabytes in (4, 1, 0.3)]
    ['good', 'warning', 'fatal']
    """
    gigabytes = (shutil.disk_usage(hub.state).free if free is None else free) / 1e9
    level: Level = "fatal" if gigabytes < 0.5 else "warning" if gigabytes < 2 else "good"
    case = "good" if level == "good" else "low"
    return _finding("disk", level, case, free=f"{gigabytes:.1f}", path=hub.state)


# ------------------------------------------------------------------------- what is tried under an account


def _as_grader(hub: Hub) -> list[Finding]:
    try:
        said = accounts.as_grader(hub, __name__, "grader", said=json.dumps({"database": hub.database}))
    except (CourseError, OSError, KeyError) as error:
        return [_finding("database", "fatal", "account", account=hub.grader, reason=error)]
    return _read(said)


def _as_trainee(hub: Hub) -> list[Finding]:
    trainees = [member for member in hub.people if not member.instructor]
    if not trainees:
        return []
    one = trainees[0]
    inner = (hub.course, hub.postgres, hub.private, hub.passwords, hub.grader_home)
    outer = (ROOT / "solutions", ROOT / "tests", ROOT / ".git")
    order = {
        "exchange": str(hub.exchange),
        "separate": hub.separate,
        "closed": [str(path) for path in (*inner, *outer)],
        "open": [str(path) for path in open_homes(hub)],
    }
    try:
        said = accounts.as_person(hub, one, __name__, "trainee", said=json.dumps(order))
    except (CourseError, OSError, KeyError) as error:
        return [_finding("exchange", "fatal", "account", account=one.account, reason=error)]
    return _read(said)


def _read(said: str) -> list[Finding]:
    return [Finding(**one) for one in json.loads(said.splitlines()[-1])]


def _try_as_grader(order: dict[str, Any]) -> list[Finding]:
    isolation = check_isolation()
    if isolation.level != "good":  # on a hub somebody grades, so it is no matter of taste
        isolation = replace(isolation, level="fatal")
    return [_check_database(order["database"]), isolation]


def _check_database(url: str) -> Finding:
    from sqlalchemy import create_engine
    from sqlalchemy import text as sql
    from sqlalchemy.exc import ProgrammingError

    from csmodels_helpers.grading import database

    engine = create_engine(f"{url}&connect_timeout=10")
    try:
        with database.explained(url), engine.connect() as connection:
            try:
                found = connection.execute(sql("select version_num from alembic_version")).scalar()
                number = connection.execute(sql("select count(*) from student")).scalar()
            except ProgrammingError:  # no such table
                found = number = None
    except CourseError as error:
        return _finding("database", "fatal", "gone", reason=error)
    finally:
        engine.dispose()
    if found != database.head():
        return _finding("database", "fatal", "schema", found=found or "—", wanted=database.head())
    return _finding("database", "good", "good", version=found, number=number)


def _try_as_trainee(order: dict[str, Any]) -> list[Finding]:
    exchange = Path(order["exchange"])
    findings = [_check_exchange(exchange, order["separate"])]
    if not order["separate"]:
        return [*findings, _finding("apart", "warning", "together")]
    open_to_all = [path for path in order["closed"] if os.access(path, os.R_OK)] + order["open"]
    if open_to_all:
        return [*findings, _finding("apart", "fatal", "open", paths=", ".join(open_to_all))]
    return [*findings, _finding("apart", "good", "good")]


def _check_exchange(exchange: Path, separate: bool) -> Finding:
    inside = exchange / COURSE_ID
    inbound, outbound = inside / "inbound", inside / "outbound"
    try:
        os.stat(f"{inside}/feedback/.")  # noqa: PTH116 - pathlib leaves the point out, which asks to enter
        os.listdir(outbound)  # noqa: PTH208 - whether it may be read, not what is in it
        # What nbgrader does when a trainee submits; a name that it does not take for a hand-in.
        Path(tempfile.mkdtemp(prefix=".doctor-", dir=inbound)).rmdir()
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}"
        return _finding("exchange", "fatal", "closed", reason=reason)
    if separate:
        if os.access(inbound, os.R_OK):
            return _finding("exchange", "fatal", "listed", path=inbound)
        for folder in (exchange, inbound):
            if not folder.stat().st_mode & stat.S_ISVTX:
                return _finding("exchange", "fatal", "sticky", path=folder)
        for folder in (inside, outbound):
            if os.access(folder, os.W_OK):
                return _finding("exchange", "fatal", "writable", path=folder)
    return _finding("exchange", "good", "good", path=exchange)


if __name__ == "__main__":
    tries: dict[str, Callable[[dict[str, Any]], list[Finding]]] = {
        "grader": _try_as_grader,
        "trainee": _try_as_trainee,
    }
    print(json.dumps([asdict(one) for one in tries[sys.argv[1]](json.load(sys.stdin))]))
