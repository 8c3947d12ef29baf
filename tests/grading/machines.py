"""Three machines to grade on: network namespaces of the project's own, else three addresses of this one."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

DASK = [str(Path(sys.executable).with_name("dask"))]


def until(there: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """Wait for something as long as it takes, and return it."""
    end = time.monotonic() + seconds
    while not (found := there()):
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.02)
    return found


@dataclass
class Machine:
    """Where a program can run.

    Parameters
    ----------
    address : str
        Its own.
    enter : list of str
        What stands before a command that is to run there.
    """

    address: str
    enter: list[str] = field(default_factory=list[str])


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextlib.contextmanager
def machines() -> Generator[tuple[str, list[Machine]]]:
    """Make three machines; says by which rule they are made.

    "namespaces" needs an administrator, `ip` and `nsenter`, and a system that lets them: each machine then
    has a network of its own, on a bridge to this one. Elsewhere, "loopback": 127.0.0.2, .3 and .4.
    """
    undo = contextlib.ExitStack()
    with undo:
        try:
            found = _namespaces(undo)
        except (OSError, subprocess.CalledProcessError):
            undo.close()
            yield "loopback", [Machine(f"127.0.0.{number}") for number in (2, 3, 4)]
        else:
            yield "namespaces", found


def _namespaces(undo: contextlib.ExitStack) -> list[Machine]:
    if os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("nsenter"):
        raise OSError("no administrator, or no programs for it")
    mine = os.getpid()
    net, bridge = f"198.18.{mine % 250}", f"csmb{mine % 10**7}"  # a range that no network uses (RFC 2544)
    _ip("link", "add", bridge, "type", "bridge")
    undo.callback(_ip, "link", "del", bridge)
    _ip("addr", "add", f"{net}.1/24", "dev", bridge)
    _ip("link", "set", bridge, "up")
    found: list[Machine] = []
    for number in (2, 3, 4):
        space, outer = f"csm-{mine}-{number}", f"csm{mine % 10**7}v{number}"
        _ip("netns", "add", space)
        undo.callback(_ip, "netns", "del", space)
        _ip("link", "add", outer, "type", "veth", "peer", "name", "eth0", "netns", space)
        _ip("link", "set", outer, "master", bridge, "up")
        _ip("-n", space, "addr", "add", f"{net}.{number}/24", "dev", "eth0")
        _ip("-n", space, "link", "set", "eth0", "up")
        _ip("-n", space, "link", "set", "lo", "up")
        found.append(Machine(f"{net}.{number}", ["nsenter", f"--net=/run/netns/{space}"]))
    return found


HERE = Machine("127.0.0.1")


class Cluster:
    """A Dask scheduler and its workers, started as people start them; a context.

    Parameters
    ----------
    folder : Path
        For their logs; they know nothing of the course folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.address = ""
        self.scheduler: Any = None
        self._all: list[Any] = []

    def _start(self, machine: Machine, *words: str, **environment: str) -> Any:
        # Of this process's settings they get none: what they need must come from the grader.
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("CSMODELS_", "COURSE_", "DASK_"))}
        with (self.folder / f"{len(self._all)}.log").open("wb") as log:
            process = subprocess.Popen(
                [*machine.enter, *DASK, *words, "--host", machine.address],
                cwd=self.folder,
                env={**kept, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._all.append(process)
        return process

    def start_scheduler(self, machine: Machine = HERE) -> None:
        """Start a scheduler; what it is called is not known before."""
        file = self.folder / "scheduler.json"
        file.unlink(missing_ok=True)
        options = ("--port", "0", "--no-dashboard", "--scheduler-file", str(file))
        self.scheduler = self._start(machine, "scheduler", *options)

        def address() -> str:
            with contextlib.suppress(OSError, ValueError):
                return str(json.loads(file.read_text(encoding="utf-8"))["address"])
            return ""

        self.address = until(address, "the scheduler")

    def start_worker(self, machine: Machine = HERE, *options: str, **environment: str) -> Any:
        """Start a worker; it is not there yet."""
        local = ("--local-directory", str(self.folder / "local"), "--no-dashboard")
        return self._start(machine, "worker", self.address, *local, *options, **environment)

    def wait(self, number: int) -> list[str]:
        """Wait until so many workers are there."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            until(lambda: len(client.nthreads()) >= number, f"{number} workers")
            return [*client.nthreads()]

    def processes(self, *words: str) -> list[psutil.Process]:
        """Return all that runs below the workers and has these words in its command line."""
        found: list[psutil.Process] = []
        for process in self._all:
            with contextlib.suppress(psutil.NoSuchProcess):
                for one in psutil.Process(process.pid).children(recursive=True):
                    with contextlib.suppress(psutil.NoSuchProcess):
                        if all(word in " ".join(one.cmdline()) for word in words):
                            found.append(one)
        return found

    def judges(self) -> list[psutil.Process]:
        """Return the judges that the workers have."""
        return self.processes("csmodels_helpers.grading.judge")

    def close(self) -> None:
        """End all of it."""
        below = self.processes()
        for process in self._all:
            process.kill()
        for one in below:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        for process in self._all:
            process.wait()
        self._all.clear()

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
