"""Start a hub, keep its parts running, stop them in order."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Container, Generator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading.course import ROOT
from csmodels_helpers.grading.roster import Roster
from csmodels_helpers.grading.sandbox_limits import prctl
from csmodels_helpers.hub import accounts, answers, health, passwords, postgres, proxy, settings, versions
from csmodels_helpers.hub.course import Order
from csmodels_helpers.hub.people import PREFIX, members, read_class
from csmodels_helpers.hub.settings import COURSE_ID, Hub
from csmodels_helpers.language import text

__all__ = ["app"]

_HERE = ROOT / "deploy" / "hub"
_SAMPLE = _HERE / "roster.csv"
_EVERYWHERE = ("0.0.0.0", "::", "")
# What the machine says of another hub or database must not reach ours.
_STRANGE = ("JUPYTER", "CONFIGPROXY_", "PG", "CSMODELS_HUB", "OAUTH")
_PATIENCE = 120.0
_WRONG_SETTINGS = 78  # sysexits(3); systemd does not try again (deploy/hub/csmodels-hub.service)
_PR_SET_CHILD_SUBREAPER = 36

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=text("hub.help.command"))
def start(
    roster: Annotated[Path | None, typer.Option(help=text("hub.help.roster"))] = None,
    state: Annotated[Path | None, typer.Option(help=text("hub.help.state"))] = None,
    port: Annotated[int, typer.Option(min=1, max=65532, help=text("hub.help.port"))] = 8000,
    address: Annotated[str, typer.Option(help=text("hub.help.address"))] = "127.0.0.1",
    tls_key: Annotated[Path | None, typer.Option(help=text("hub.help.tls"))] = None,
    tls_cert: Annotated[Path | None, typer.Option(help=text("hub.help.tls"))] = None,
    new_password: Annotated[list[str] | None, typer.Option(help=text("hub.help.new_password"))] = None,
    reload: Annotated[bool, typer.Option("--reload", help=text("hub.help.reload"))] = False,
) -> None:
    """Start the hub, or tell the one that runs who belongs to it by now."""
    code = _WRONG_SETTINGS
    try:
        if reload:
            _take_in(roster, state, tuple(new_password or ()))
            return
        hub, people = _settle(roster, state)
        code = 1  # what may be better a little later
        hub = replace(hub, port=port, address=address)
        hub = replace(hub, tls_key=_file(tls_key), tls_cert=_file(tls_cert), anew=tuple(new_password or ()))
        _look(hub)
        run(hub, people)
    except CourseError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(code) from error


def _file(path: Path | None) -> str:
    if path is None:
        return ""
    if not path.is_file():
        raise CourseError(text("hub.tls.missing", path=path.absolute()))
    return str(path.absolute())


def _settle(roster: Path | None, state: Path | None) -> tuple[Hub, Roster]:
    """Find out where the hub is and who belongs to it; without any names it is one to try."""
    separate = os.geteuid() == 0
    usual = settings.usual(separate)
    place = names = (state or usual).absolute()
    file = roster or next(filter(Path.is_file, Hub(place, separate).rosters), None)
    if file is None:
        file = _SAMPLE
        if state is None:
            place = place.with_name(place.name + "-sample")  # the made-up people are no part of a class
        typer.echo(text("hub.say.sample", path=names / "roster.csv", sample=_SAMPLE))
    people = read_class(file)
    prefix = accounts.free_prefix(place) if separate else PREFIX
    who = tuple(members(people, prefix).values())
    return Hub(place, separate, who, prefix, roster=str(file.absolute())), people


def _look(hub: Hub) -> None:
    """Refuse what cannot go well before anything is made."""
    if bool(hub.tls_key) != bool(hub.tls_cert):
        raise CourseError(text("hub.tls.half"))
    if not hub.tls_cert and hub.address not in ("127.0.0.1", "localhost", "::1"):
        raise CourseError(text("hub.tls.open", address=hub.address))
    _look_at_ids(hub)
    if hub.address in _EVERYWHERE:
        try:  # JupyterHub goes to its own proxy by this name
            socket.getaddrinfo(socket.gethostname(), hub.port)
        except OSError as error:
            raise CourseError(text("hub.address.name", name=socket.gethostname())) from error
    for name, number in hub.ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((hub.address if name == "public" else "127.0.0.1", number))
            except PermissionError as error:
                raise CourseError(text("hub.port.low", port=number)) from error
            except OSError as error:
                if hub.lock.exists():
                    with _alone(hub):  # or it is ours that uses it
                        pass
                raise CourseError(text("hub.port.taken", port=number, other=hub.port + 10)) from error
    postgres.programs()
    shut = [path for path in hub.state.parents if path.exists() and not path.stat().st_mode & stat.S_IXOTH]
    if hub.separate and shut:
        raise CourseError(text("hub.state.closed", path=shut[0], state=hub.state))


def _look_at_ids(hub: Hub) -> None:
    known = {member.id for member in hub.people}
    for one in hub.anew:
        if one not in known:
            raise CourseError(text("hub.password.unknown", id=one))


def _take_in(roster: Path | None, state: Path | None, anew: tuple[str, ...]) -> None:
    """Bring a hub that runs up to its roster.

    What is wrong is said here, and the hub goes on as before. Else it finds new settings (:func:`_watch`).
    """
    before = health.find(state)
    if not _runs(before):
        raise CourseError(text("hub.reload.nobody", path=before.state))
    if not _is_open(before):
        raise CourseError(text("hub.reload.shut", log=before.log))
    file = roster or next(filter(Path.is_file, (Path(before.roster), *before.rosters)), Path(before.roster))
    people = read_class(file)
    who = tuple(members(people, before.prefix).values())
    hub = replace(before, people=who, anew=anew, roster=str(file.absolute()))
    _look_at_ids(hub)
    log = hub.log.stat().st_ino
    if _in_order(hub, people) != before:
        end = time.monotonic() + _PATIENCE
        while hub.log.stat().st_ino == log or settings.load(hub.settings).anew or not _is_open(hub):
            if time.monotonic() > end or not _runs(hub):
                raise CourseError(text("hub.say.failed", log=hub.log, last=_last_error(hub)))
            time.sleep(0.2)
    known = {member.id for member in before.people}
    names = {member.id for member in who}
    came, went = sorted(names - known), sorted(known - names)
    listed = {name: ", ".join(ids) or "—" for name, ids in (("came", came), ("went", went))}
    typer.echo(text("hub.reload.done", n=len(who), path=file, **listed))


def _runs(hub: Hub) -> bool:
    try:
        with _alone(hub):
            return False
    except CourseError:
        return True


def run(hub: Hub, people: Roster) -> None:
    """Bring everything in order, start the hub, and stop it when told to.

    Parameters
    ----------
    hub : Hub
        What to start.
    people : Roster
        The class.

    Raises
    ------
    CourseError
        If a part cannot be made or does not start.
    """
    signal.signal(signal.SIGTERM, _leave)
    # What a shell starts in the background ignores this one, and so does all that it starts in turn; but
    # JupyterHub stops servers by it.
    signal.signal(signal.SIGINT, _leave)
    _adopt()
    with contextlib.ExitStack() as undo:
        undo.callback(_end_strays)
        hub.state.mkdir(parents=True, exist_ok=True)
        undo.enter_context(_alone(hub))
        undo.callback(_stop_postgres, hub)
        hub = _in_order(hub, people)
        parts = undo.enter_context(contextlib.ExitStack())
        with contextlib.suppress(KeyboardInterrupt):
            _keep(hub, parts)
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, signal.SIG_IGN)  # once is enough: nothing of what follows may be left out
        typer.echo(text("hub.say.stopping"))


def _leave(number: int, frame: Any) -> None:
    raise KeyboardInterrupt


def _keep(hub: Hub, parts: contextlib.ExitStack) -> None:
    """Run JupyterHub; one that dies is started again, and finds the servers of the people as they were.

    So is one that is to read other settings, which it does only when it starts.
    """
    welcome = _welcome(hub)
    while True:
        child = parts.enter_context(_jupyterhub(hub))
        _wait_until_open(hub, child)
        for line in welcome:
            typer.echo(line)
        sys.stdout.flush()
        welcome = []
        if settings.load(hub.settings) == hub:
            settings.save(replace(hub, anew=()))  # by the next one, a new password may have been changed
        hub = replace(hub, anew=())
        code = _watch(hub, child)
        if code is None:
            child.kill()  # told to stop, it would end the servers of the people
        parts.close()
        before, hub = hub, settings.load(hub.settings)
        _end(_servers({member.id for member in before.people} - {member.id for member in hub.people}))
        taken_in = text("hub.say.changed", n=len(hub.people))
        typer.echo(taken_in if code is None else text("hub.say.ended", code=code, log=_earlier(hub)))


@contextlib.contextmanager
def _alone(hub: Hub) -> Generator[None]:
    """Keep a second hub off the same folder."""
    with hub.lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CourseError(text("hub.state.taken", path=hub.state)) from error
        yield


def _in_order(hub: Hub, people: Roster) -> Hub:
    """Make what is missing: proxy, accounts, folders, course, gradebook, passwords."""
    typer.echo(text("hub.say.ready", path=hub.state))
    program = proxy.install(Path(sys.prefix) / "csmodels-proxy")
    if hub.separate:
        accounts.make_accounts(hub)
        accounts.close_course(hub)
    else:
        typer.echo(text("hub.say.together"))
    accounts.make_folders(hub)
    order = _order(hub, people)
    said = accounts.as_grader(hub, "csmodels_helpers.hub.course", said=json.dumps(asdict(order)))
    if said:
        typer.echo(said)
    passwords.draw(hub.passwords, hub.people, hub.anew)
    hub = replace(hub, proxy=tuple(proxy.command(program)))
    settings.save(hub)
    return hub


def _order(hub: Hub, people: Roster) -> Order:
    return Order(
        root=str(hub.course),
        checkout=str(ROOT),
        exchange=str(hub.exchange),
        postgres=str(hub.postgres),
        database=hub.database,
        people=[asdict(person) for person in people.people.values()],
        accounts={member.id: member.account for member in hub.people} if hub.separate else {},
    )


@contextlib.contextmanager
def _jupyterhub(hub: Hub) -> Generator[subprocess.Popen[bytes]]:
    """Run JupyterHub; it ends the servers of the people and the proxy when it is told to stop."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_STRANGE)}
    # Should this process be killed, JupyterHub stops in order, and the next start finds nothing in its way.
    command = [
        *settings.TOGETHER,
        sys.executable,
        "-m",
        "jupyterhub",
        "-f",
        str(_HERE / "jupyterhub_config.py"),
    ]
    if hub.log.exists():
        hub.log.replace(_earlier(hub))
    with hub.log.open("wb") as log:
        child = subprocess.Popen(
            command,
            cwd=hub.private,
            env=kept | {settings.VARIABLE: str(hub.settings)} | versions.variable(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is ours: the parts stop in order
        )
    try:
        yield child
    finally:
        child.terminate()
        if _ended(child, 60) is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _earlier(hub: Hub) -> Path:
    return hub.log.with_suffix(".log.1")


def _wait_until_open(hub: Hub, child: subprocess.Popen[bytes]) -> None:
    """Wait until the hub and the server of the course answer behind the proxy."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and child.poll() is None:
        _bury(child)
        if _is_open(hub):
            return
        time.sleep(0.2)
    raise CourseError(text("hub.say.failed", log=hub.log, last=_last_error(hub)))


def _is_open(hub: Hub) -> bool:
    return all(_answers(f"{hub.url}{path}") for path in ("hub/health", f"services/{COURSE_ID}/api"))


def _answers(url: str) -> bool:
    try:
        answers.read(url, seconds=5)
    except OSError:
        return False
    return True


def _last_error(hub: Hub) -> str:
    lines = hub.log.read_text(encoding="utf-8", errors="replace").splitlines()
    # The proxy only tells that the hub does not answer, which is what we want to know the reason of.
    lines = [line for line in lines if "[ConfigProxy]" not in line]
    bad = [line for line in lines if line.startswith(("[C", "[E")) or "Error" in line]
    return (bad or lines or ["—"])[-1]


def _watch(hub: Hub, child: subprocess.Popen[bytes]) -> int | None:
    """Wait for the end of JupyterHub and return its code; start the database server again if it dies.

    None if JupyterHub runs, and somebody has written other settings (:func:`_take_in`).
    """
    said = ""
    while True:
        if (code := _ended(child, 1)) is not None:
            return code
        if settings.load(hub.settings) != hub:
            return None
        if postgres.is_running(hub.postgres):
            said = ""
            continue
        try:
            accounts.as_grader(hub, "csmodels_helpers.hub.postgres", "start", str(hub.postgres))
            said = text("hub.say.database")
        except CourseError as error:  # processes of the one that died may still be about to end
            if said == str(error):
                continue
            said = str(error)
        typer.echo(said)
        sys.stdout.flush()


def _adopt() -> None:
    """Become the parent of whatever loses its own: servers of people outlive a JupyterHub that is killed."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _bury(child: subprocess.Popen[bytes]) -> None:
    """Take notice of the dead that are ours by now: JupyterHub holds them for alive until then."""
    while (found := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
        if found.si_pid == child.pid:
            return  # its end is awaited elsewhere
        os.waitpid(found.si_pid, os.WNOHANG)


def _ended(child: subprocess.Popen[bytes], seconds: float) -> int | None:
    """Wait for the end of JupyterHub; None if it has not come by then."""
    end = time.monotonic() + seconds
    while (code := child.poll()) is None and time.monotonic() < end:
        _bury(child)
        time.sleep(0.1)
    return code


def _end_strays() -> None:
    """End what JupyterHub has left behind; it is ours by now."""
    _end(psutil.Process().children(recursive=True))


def _servers(ids: Container[str]) -> list[psutil.Process]:
    """Return what runs in the servers of people."""
    found: list[psutil.Process] = []
    for one in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if one.environ().get("JUPYTERHUB_USER", "") in ids:
                found.append(one)
    return found


def _end(processes: list[psutil.Process]) -> None:
    for signal_it in (psutil.Process.terminate, psutil.Process.kill):
        for one in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                signal_it(one)
        _, processes = psutil.wait_procs(processes, timeout=10)


def _stop_postgres(hub: Hub) -> None:
    if postgres.is_running(hub.postgres):
        accounts.as_grader(hub, "csmodels_helpers.hub.postgres", "stop", str(hub.postgres))


def _welcome(hub: Hub) -> list[str]:
    instructors = [member.id for member in hub.people if member.instructor]
    return [
        text("hub.say.open", url=hub.url, n=len(hub.people), instructors=", ".join(instructors)),
        text("hub.say.passwords", path=hub.passwords),
        text("hub.say.stop", log=hub.log),
    ]
