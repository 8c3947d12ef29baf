"""What does a trainee on a hub cost? A part of ``make bench``, and the source of ``docs/scale.md``.

A real JupyterHub on this machine starts servers as it does for trainees, one alone and five at once; each
runs the imports of a lesson and then the whole lesson. Then what a hand-in leaves on the disk and in the
gradebook. What 100, 1,000 and 10,000 trainees need is computed from that and from the other parts of
``benchmarks/results.md``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import psutil
import requests
import websocket

import grading
from csmodels_helpers.notebooks_client import Client
from models import RESULTS, machine, say, set_table, write

ROOT = Path(__file__).resolve().parents[1]
SCALE = ROOT / "docs" / "scale.md"
LESSON = ROOT / "notebooks" / "m05_kano.ipynb"
IMPORTS = (
    "import pandas as pd, matplotlib.pyplot as plt, seaborn, scipy, statsmodels.api\n"
    "from csmodels_helpers import kano, plots, check\n"
    "plots.use_style()"
)
AT_ONCE, TURNS = (1, 5), 3
USERS = 1_000  # accounts in the hub's database, to see what each costs the hub
CLASS = 30
TRAINEES = (100, 1_000, 10_000)
MONDAY, CORES = 10, (1, 8, 64)  # minutes in which all sign in; cores that grade
TOKEN = uuid.uuid4().hex

# Without the proxy, which passes on what comes: hub and servers are spoken to at their own ports.
HUB = """
from jupyterhub.proxy import Proxy


class Straight(Proxy):
    should_start = False

    async def get_all_routes(self):
        return {{}}

    async def add_route(self, routespec, target, data):
        pass

    async def delete_route(self, routespec):
        pass


c = get_config()
c.JupyterHub.proxy_class = Straight
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.db_url = "sqlite:///hub.sqlite"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/homes/{{username}}"
c.Spawner.cmd = ["{server}"]
c.Spawner.args = ["--allow-root"]
c.Spawner.start_timeout = c.Spawner.http_timeout = 300
c.JupyterHub.concurrent_spawn_limit = 64
c.JupyterHub.services = [{{"name": "bench", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [
    {{"name": "bench", "services": ["bench"], "scopes": ["admin:users", "admin:servers", "access:servers"]}}
]
"""


@dataclass
class Stage:
    """What servers needed up to a point, one number for each of them."""

    seconds: list[float] = field(default_factory=list[float])
    cpu: list[float] = field(default_factory=list[float])
    megabytes: list[float] = field(default_factory=list[float])


# --------------------------------------------------------------------------------------------- servers


class Hub:
    """A running hub.

    Parameters
    ----------
    folder : Path
        For its database and the homes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        programs = Path(sys.executable).parent
        self.address = f"http://127.0.0.1:{port}"
        server = programs / "jupyterhub-singleuser"
        text = HUB.format(port=port, folder=folder, token=TOKEN, server=server)
        (folder / "config.py").write_text(text, encoding="utf-8")
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "-f", "config.py"],
                cwd=folder,
                env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def ask(self, method: str, path: str, **words: Any) -> requests.Response:
        """Ask the hub's API."""
        headers = {"Authorization": f"token {TOKEN}"}
        return requests.request(method, self.address + path, headers=headers, timeout=300, **words)

    def wait(self) -> None:
        """Wait until it answers."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(requests.ConnectionError):
                if self.ask("GET", "/hub/api/").ok:
                    return
            time.sleep(0.05)
        raise SystemExit(f"The hub does not start: {(self.folder / 'log').read_text(encoding='utf-8')}")

    def end(self) -> None:
        """End it with all its servers."""
        below = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(30)
        for one in below:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()

    def server(self, user: str) -> psutil.Process:
        """Return the process of somebody's server."""
        for one in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if one.environ().get("JUPYTERHUB_USER") == user and "singleuser" in " ".join(one.cmdline()):
                    return one
        raise SystemExit(f"{user} has no server")


@contextlib.contextmanager
def hub() -> Generator[Hub]:
    """Run a hub, and leave nothing of it."""
    with tempfile.TemporaryDirectory(prefix="csmodels-bench-") as name:
        found = Hub(Path(name))
        try:
            found.wait()
            yield found
        finally:
            found.end()


def used(process: psutil.Process) -> tuple[float, float]:
    """Return CPU seconds and megabytes (PSS: shared pages count in part) of a process and all below it."""
    cpu = memory = 0.0
    for one in (process, *process.children(recursive=True)):
        times, whole = one.cpu_times(), one.memory_full_info()
        cpu += times.user + times.system
        memory += whole.pss / 1e6
    return cpu, memory


def start(running: Hub, users: list[str]) -> dict[str, float]:
    """Start servers at once and return the seconds until each is ready."""
    begun, took = time.monotonic(), dict[str, float]()
    for user in users:
        (running.folder / "homes" / user).mkdir(parents=True)
        assert running.ask("POST", f"/hub/api/users/{user}").ok
    begun = time.monotonic()
    for user in users:
        assert running.ask("POST", f"/hub/api/users/{user}/server").ok
    while len(took) < len(users):
        for user in users:
            if user not in took and running.ask("GET", f"/hub/api/users/{user}").json()["server"]:
                took[user] = time.monotonic() - begun
        time.sleep(0.2)  # to look is work for the hub
        if time.monotonic() > begun + 300:
            raise SystemExit(f"Servers do not start: {(running.folder / 'log').read_text(encoding='utf-8')}")
    return took


class Kernel:
    """A kernel of somebody's server, spoken to as a browser does.

    Parameters
    ----------
    running : Hub
        Where the server is.
    user : str
        Whose.
    """

    def __init__(self, running: Hub, user: str) -> None:
        kernels = running.server(user).environ()["JUPYTERHUB_SERVICE_URL"] + "api/kernels"
        headers = {"Authorization": f"token {TOKEN}"}
        answer = requests.post(kernels, json={"name": "python3"}, headers=headers, timeout=300)
        assert answer.ok, answer.text
        place = f"{kernels.replace('http', 'ws', 1)}/{answer.json()['id']}/channels"
        self.link = websocket.create_connection(place, header=[f"Authorization: token {TOKEN}"], timeout=300)

    def send(self, code: str) -> str:
        """Ask for code to be run and return the name of the request."""
        name = uuid.uuid4().hex
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
        content |= {"allow_stdin": False, "stop_on_error": False}
        header = {
            "msg_id": name,
            "msg_type": "execute_request",
            "session": "x",
            "username": "",
            "version": "5.3",
        }
        self.link.send(
            json.dumps(
                {
                    "header": header,
                    "parent_header": {},
                    "metadata": {},
                    "content": content,
                    "channel": "shell",
                }
            )
        )
        return name

    def finish(self, name: str) -> None:
        """Wait until it is done, and stop at an error."""
        while True:
            found = json.loads(self.link.recv())
            if found["parent_header"].get("msg_id") != name:
                continue
            if found["msg_type"] == "error":
                raise SystemExit("\n".join(found["content"]["traceback"]))
            if found["msg_type"] == "status" and found["content"]["execution_state"] == "idle":
                return


def servers(number: int) -> tuple[dict[str, Stage], float]:
    """Start servers at once and let all of them do the same; also the hub's own CPU seconds for a start."""
    stages = {name: Stage() for name in ("ready", "imports", "lesson")}
    lesson = nbformat.read(LESSON, as_version=4)
    cells = [cell.source for cell in lesson.cells if cell.cell_type == "code"]
    users = [f"u{place}" for place in range(number)]
    with hub() as running:
        own = psutil.Process(running.process.pid)
        before = sum(own.cpu_times()[:2])
        took = start(running, users)
        hub_cpu = (sum(own.cpu_times()[:2]) - before) / number
        processes = {user: running.server(user) for user in users}
        _note(stages["ready"], processes, list(took.values()))
        kernels: dict[str, Kernel] = {}
        for name, work in (("imports", [IMPORTS]), ("lesson", cells)):
            begun = time.monotonic()
            for user in users:
                kernels.setdefault(user, Kernel(running, user))
            for code in work:
                for kernel, request in [(kernel, kernel.send(code)) for kernel in kernels.values()]:
                    kernel.finish(request)
            _note(stages[name], processes, [time.monotonic() - begun] * number)
    return stages, hub_cpu


def _note(stage: Stage, processes: dict[str, psutil.Process], seconds: list[float]) -> None:
    found = [used(process) for process in processes.values()]
    stage.seconds += seconds
    stage.cpu += [cpu for cpu, _ in found]
    stage.megabytes += [memory for _, memory in found]


@dataclass
class HubCost:
    """What the hub itself needs: megabytes with nobody and for an account, CPU seconds to start a server."""

    nobody: float
    account: float
    start: float = 0.0


def accounts(number: int) -> HubCost:
    """Measure the hub's own memory with nobody and with so many accounts."""
    with hub() as running:
        process = psutil.Process(running.process.pid)
        before = process.memory_info().rss / 1e6
        for first in range(0, number, 100):
            names = [f"s{place:05}" for place in range(first, min(first + 100, number))]
            assert running.ask("POST", "/hub/api/users", json={"usernames": names}).ok
        running.ask("GET", "/hub/api/users?limit=200")
        return HubCost(before, (process.memory_info().rss / 1e6 - before) / number)


# --------------------------------------------------------------------------------------------- storage


def size(*folders: Path) -> float:
    """Return megabytes of the files in folders."""
    return sum(one.stat().st_size for folder in folders for one in folder.rglob("*") if one.is_file()) / 1e6


@dataclass
class Storage:
    """Megabytes: a home, new and with all lessons run; a hand-in, graded too, and in the gradebook."""

    new: float
    run: float
    hand_in: float
    graded: float
    row: float


def storage(number: int, lessons: list[Path]) -> Storage:
    """Measure what a trainee and a hand-in leave on the disk."""
    with tempfile.TemporaryDirectory(prefix="csmodels-bench-") as name:
        folder = Path(name)
        home = folder / "work"
        csmodels = [sys.executable, "-m", "csmodels_helpers.cli"]
        subprocess.run([*csmodels, "update", "--work", str(home)], check=True, capture_output=True)
        new = size(home)
        for lesson in lessons:
            book = nbformat.read(home / lesson.name, as_version=4)
            Client(
                book, kernel_name="python3", timeout=300, resources={"metadata": {"path": str(home)}}
            ).execute()
            nbformat.write(book, home / lesson.name)
        run = size(home)
        expected = grading.prepare(folder, number, others=False)
        done = grading.measure("ours-2", folder, list(expected))
        wrong = grading.differences([done], expected)
        if wrong:
            raise SystemExit("\n".join([*wrong, "Scores differ: nothing is written."]))
        base = folder / "graded" / "grading"
        with sqlite3.connect(base / "gradebook.db") as link:
            link.execute("vacuum")
            link.execute("pragma wal_checkpoint(truncate)")
        whole = (base / "gradebook.db").stat().st_size / 1e6
        with sqlite3.connect(base / "gradebook.db") as link:
            # Without the hand-ins: what the assignment itself takes does not grow with the class.
            for table in ("comment", "grade", "submitted_notebook", "submitted_assignment", "student"):
                link.execute(f"delete from {table}")
            link.commit()
            link.execute("vacuum")
            link.execute("pragma wal_checkpoint(truncate)")
        empty = (base / "gradebook.db").stat().st_size / 1e6
        hand_in = size(base / "submitted") / number
        return Storage(new, run, hand_in, size(base / "autograded") / number, (whole - empty) / number)


# -------------------------------------------------------------------------------------------- the report


def known() -> dict[str, float]:
    """Read from the other parts of the results how long grading and the report take."""
    text = RESULTS.read_text(encoding="utf-8")
    found: dict[str, float] = {}
    for key, row in (
        ("worker", "csmodels grade, 1 worker, sandbox"),
        ("dask", "csmodels grade, Dask cluster of 2"),
    ):
        line = next(line for line in text.splitlines() if line.startswith(f"| {row}"))
        found[key] = float(re.findall(r"\*\*([\d.]+)\*\*", line)[0])
    part = text.partition("<!-- class_size -->")[2].partition("<!-- /class_size -->")[0]
    rows = [line.split("|") for line in part.splitlines() if re.match(r"\| [\d,]+ \|", line)]
    line = next(line for line in text.splitlines() if line.startswith("| the grading process itself"))
    found["writer"] = float(line.split("|")[2].strip(" *"))
    if rows:  # not before `make bench` has measured large classes
        found["report"] = float(rows[-1][5].strip(" *")) / float(rows[-1][1].replace(",", ""))
    return found


def middle(values: list[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def measured(stages: dict[int, dict[str, Stage]], hub_cost: HubCost, disk: Storage) -> list[str]:
    """Set out what was measured."""
    names = {"ready": "server ready", "imports": "imports of a lesson", "lesson": "the whole lesson 05"}
    rows = [["up to", "servers at once", "s on the clock", "CPU s each", "MB each (PSS)"]]
    for key, name in names.items():
        for number, found in stages.items():
            stage = found[key]
            numbers = (middle(stage.seconds), middle(stage.cpu), middle(stage.megabytes))
            rows.append(
                [name, str(number), f"{numbers[0]:.1f}", f"{numbers[1]:.1f}", f"**{numbers[2]:.0f}**"]
            )
    more = [["on the disk and in the hub", ""]]
    for name, value in (
        ("home, new", f"{disk.new:.1f} MB"),
        ("home, all lessons run and saved", f"{disk.run:.1f} MB"),
        ("a hand-in in the exchange", f"{disk.hand_in * 1000:.0f} kB"),
        ("the same, graded", f"{disk.graded * 1000:.0f} kB"),
        ("the same, in the gradebook", f"{disk.row * 1000:.1f} kB"),
        ("the hub itself, with nobody", f"{hub_cost.nobody:.0f} MB"),
        (f"an account in the hub, of {USERS:,}", f"{hub_cost.account * 1000:.0f} kB"),
        ("the hub's own work for a start", f"{hub_cost.start:.2f} CPU s"),
    ):
        more.append([name, value])
    return [*set_table(rows), "", *set_table(more)]


def needed(stages: dict[int, dict[str, Stage]], hub_cost: HubCost, disk: Storage) -> list[str]:
    """Compute what classes need."""
    found, facts = stages[max(stages)], known()
    idle, work = middle(found["ready"].megabytes), middle(found["lesson"].megabytes)
    begin = middle(found["imports"].cpu)
    tasks = len([*(ROOT / "exercises").glob("m*")])
    heads = [["for trainees", *(f"{number:,}" for number in TRAINEES)]]

    def row(name: str, value: Any, shown: str) -> None:
        heads.append([name, *(format(value(number), shown) for number in TRAINEES)])

    row("memory, GB: all signed in, nothing opened", lambda n: n * idle / 1000, ",.0f")
    row("memory, GB: all at work in a lesson", lambda n: n * work / 1000, ",.0f")
    row("memory, GB: a third at work, the others signed in", lambda n: n * (work + 2 * idle) / 3000, ",.0f")
    row(
        f"cores, while all start and open a lesson within {MONDAY} min",
        lambda n: n * begin / MONDAY / 60,
        ",.1f",
    )
    row(
        f"of them the hub's own one, all in {MONDAY} min: share of it",
        lambda n: n * hub_cost.start / MONDAY / 60,
        ".0%",
    )
    row("the hub itself, MB", lambda n: hub_cost.nobody + n * hub_cost.account, ",.0f")
    row("homes, GB", lambda n: n * disk.run / 1000, ",.1f")
    row(f"exchange, GB: {tasks} hand-ins each", lambda n: n * tasks * disk.hand_in / 1000, ",.1f")
    row("class folder, GB: the same, collected and graded", _class(disk, tasks), ",.1f")
    row("gradebook, GB", lambda n: n * tasks * disk.row / 1000, ",.2f")

    def minutes(number: int, cores: int) -> float:
        """Return how long workers take together, or the one process that writes, whoever is slower."""
        return number * max(2 * facts["dask"] / cores, facts["writer"]) / 60

    for cores in CORES:
        name = f"grading one exercise of all, minutes on {cores} {'core' if cores == 1 else 'cores'}"
        row(name, lambda n, cores=cores: minutes(n, cores), ",.1f")
    if "report" in facts:
        row("class report, s", lambda n: n * facts["report"], ",.0f")
    return set_table(heads)


def _class(disk: Storage, tasks: int) -> Any:
    return lambda number: number * tasks * (disk.hand_in + disk.graded) / 1000


def main(arguments: list[str] | None = None) -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true", help="few servers, once; writes no results")
    options = parser.parse_args(arguments)
    lines = [machine("jupyterhub", "jupyterlab", "ipykernel", "nbgrader"), ""]
    at_once, turns = ((1, 2), 1) if options.quick else (AT_ONCE, TURNS)
    stages: dict[int, dict[str, Stage]] = {}
    starts: list[float] = []
    for turn in range(turns):
        for number in at_once:
            found, hub_cpu = servers(number)
            starts.append(hub_cpu)
            say(f"turn {turn + 1}: {number} at once: {middle(found['ready'].seconds):.1f} s until ready")
            for name, stage in found.items():
                into = stages.setdefault(number, {}).setdefault(name, Stage())
                into.seconds += stage.seconds
                into.cpu += stage.cpu
                into.megabytes += stage.megabytes
    hub_cost = accounts(100 if options.quick else USERS)
    hub_cost.start = middle(starts)
    lessons = sorted((ROOT / "notebooks").glob("m*.ipynb"))
    disk = storage(6 if options.quick else CLASS, lessons[:1] if options.quick else lessons)
    lines += measured(stages, hub_cost, disk)
    table = needed(stages, hub_cost, disk)
    say("\n" + "\n".join([*lines, "", *table]) + "\n")
    if not options.quick:
        write(lines, "scale")
        write(table, "needed", SCALE)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
