"""A hub as an administrator starts it, and the people of a class in a real browser."""

from __future__ import annotations

import contextlib
import csv
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from csmodels_helpers.hub import proxy
from csmodels_helpers.hub.settings import Hub, load

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180.0


def until(there: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Wait for something as long as it takes, and return it."""
    end = time.monotonic() + seconds
    while not (found := there()):
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.1)
    return found


def four_ports() -> int:
    """Return the first of four free ports in a row."""
    for first in range(20000 + os.getpid() % 5000, 60000, 7):
        with contextlib.ExitStack() as probes, contextlib.suppress(OSError):
            for number in range(first, first + 4):
                probes.enter_context(socket.socket()).bind(("127.0.0.1", number))
            return first
    raise AssertionError("no four free ports")


# The accounts of the people have to reach Python and the course. Where these lie in somebody's closed home,
# the hub gets a view of the file system of its own, in which the folders above are open and empty.
_REACH = """
set -eu
number=0
for shut in $SHUT; do
    number=$((number + 1)); aside="$ASIDE/$number"; mkdir -p "$aside"
    for wanted in $WANTED; do
        case "$wanted" in "$shut"/*)
            mkdir -p "$aside$wanted"; mount --bind "$wanted" "$aside$wanted" ;; esac
    done
    mount -t tmpfs -o mode=755 tmpfs "$shut"
    for wanted in $WANTED; do
        case "$wanted" in "$shut"/*)
            mkdir -p "$wanted"; mount --bind "$aside$wanted" "$wanted" ;; esac
    done
done
exec "$@"
"""


def reachable(aside: Path) -> list[str]:
    """Return what stands before a command that other accounts take part in."""
    wanted = {Path(sys.base_prefix).resolve(), ROOT, Path(sys.prefix).resolve()}
    shut = {
        next((above for above in reversed(path.parents) if not above.stat().st_mode & 0o001), None)
        for path in wanted
    } - {None}
    if not shut:
        return []
    said = {"SHUT": shut, "WANTED": wanted, "ASIDE": {aside}}
    variables = [f"{name}={' '.join(sorted(map(str, paths)))}" for name, paths in said.items()]
    return ["unshare", "--mount", "env", *variables, "sh", "-c", _REACH, "reach"]


@dataclass
class Running:
    """A hub that runs."""

    hub: Hub
    process: subprocess.Popen[bytes]
    said: Path
    enter: list[str] = field(default_factory=list[str])

    @property
    def url(self) -> str:
        return self.hub.url.rstrip("/")

    def passwords(self) -> dict[str, str]:
        with self.hub.passwords.open(encoding="utf-8-sig", newline="") as lines:
            return {row["id"]: row["password"] for row in csv.DictReader(lines)}

    def account(self, own_id: str) -> str:
        return next(member.account for member in self.hub.people if member.id == own_id)

    def home(self, own_id: str) -> Path:
        return self.hub.home(self.account(own_id))

    def as_account(self, account: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command as one of the hub's accounts, in its view of the file system."""
        become = (
            ["setpriv", "--reuid", account, "--regid", _group(account), "--init-groups"] if account else []
        )
        return subprocess.run(
            [*self.enter, *become, *command], cwd="/", capture_output=True, text=True, check=False
        )

    def query(self, sql: str) -> str | None:
        """Ask the gradebook's database as the course does; None if it does not answer."""
        words = ("psql", "-h", str(self.hub.postgres), "-At", "-c", sql, "gradebook")
        done = self.as_account(self.hub.grader, *words)
        return None if done.returncode else done.stdout.strip()


@contextlib.contextmanager
def running(state: Path, roster: Path, port: int, *options: str, as_user: str = "") -> Iterator[Running]:
    """Start a hub and wait until it is open; all of it is gone afterwards."""
    proxy.install(Path(sys.prefix) / "csmodels-proxy")  # other accounts may not write there
    with tempfile.TemporaryDirectory(prefix="csm-reach-", dir="/tmp") as aside, _as_it_was():
        enter = reachable(Path(aside)) if os.geteuid() == 0 else []
        become = (
            ["setpriv", "--reuid", as_user, "--regid", _group(as_user), "--clear-groups"] if as_user else []
        )
        words = ["--state", str(state), "--roster", str(roster), "--port", str(port), *options]
        command = [*enter, *become, sys.executable, "-m", "csmodels_helpers.hub", *words]
        hub = Hub(state, os.geteuid() == 0 and not as_user, (), port=port)
        said = state.parent / "said.txt"
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("CSMODELS_", "PYTEST_"))}
        with said.open("wb") as lines:
            process = subprocess.Popen(
                command,
                cwd="/",
                env=kept,
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=lines,
                start_new_session=True,
            )
            try:
                found = Running(hub, process, said, enter)

                def is_open() -> bool:
                    text = said.read_text(encoding="utf-8")
                    log = hub.log.read_text(encoding="utf-8") if hub.log.exists() else ""
                    assert process.poll() is None, f"{text}\n{log[-6000:]}"
                    return "The hub is open" in text

                until(is_open, "the hub")
                found.hub = load(hub.settings)
                yield found
            finally:
                _end(process, state)


@contextlib.contextmanager
def _as_it_was() -> Iterator[None]:
    """Open what the hub closes in the checkout again; a checkout that is closed itself is open meanwhile."""
    before = {path: path.stat() for path in (ROOT, *ROOT.iterdir()) if path.is_dir()}
    ROOT.chmod(ROOT.stat().st_mode & 0o7777 | 0o055)
    (ROOT / "solutions").chmod(0o755)  # a hub of this machine may have closed it
    try:
        yield
    finally:
        for path, found in before.items():
            os.chown(path, found.st_uid, found.st_gid)
            path.chmod(found.st_mode & 0o7777)


def _group(user: str) -> str:
    return str(pwd.getpwnam(user).pw_gid)


def _end(process: subprocess.Popen[bytes], state: Path) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(60)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for one in left_over(state):
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()


def left_over(state: Path) -> list[psutil.Process]:
    """Return what still runs for a hub: by its folder in the command line or as the current one."""
    found: list[psutil.Process] = []
    for one in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if one.pid != os.getpid() and (
                one.cwd().startswith(f"{state}") or f"{state}" in " ".join(one.cmdline())
            ):
                found.append(one)
    return found


@contextlib.contextmanager
def folder(owner: str = "") -> Iterator[Path]:
    """Make a folder for a hub with a short name that all accounts may enter; accounts in it go with it."""
    place = Path(tempfile.mkdtemp(prefix="csm-hub-", dir="/tmp"))
    place.chmod(0o755)
    if owner:
        os.chown(place, pwd.getpwnam(owner).pw_uid, -1)
    try:
        yield place
    finally:
        for entry in pwd.getpwall():
            if entry.pw_dir.startswith(f"{place}/"):
                subprocess.run(["userdel", entry.pw_name], check=True, capture_output=True)
        shutil.rmtree(place)
