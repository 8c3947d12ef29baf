"""Does a hub lose anything when a whole class comes at once? ``make hub-load``.

A hub in a temporary folder, started as an administrator starts it, and 50 simulated trainees, each over HTTP
as a browser: sign in, start the server, fetch an exercise from nbgrader's Assignment List, write an answer of
their own into it, save twice, submit. In a second hub the same, while proxy, database, JupyterHub, the server
of the course and servers of trainees are killed. Whoever meets a failure reloads and tries again.

Afterwards an instructor collects, and what was collected is compared with what was sent, hash by hash. The
results go to ``benchmarks/results.md``. ``tests/hub/test_load.py`` does the same with few trainees.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from models import machine, say, set_table, write

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "hub"))

from hubserver import Running, folder, four_ports, left_over, running  # noqa: E402 - the tests' own

from csmodels_helpers import workspace  # noqa: E402

TRAINEES = 50
BOUND = 900.0
"""Seconds after which a class has failed, whatever it is doing."""
MEGABYTES = 220
"""What a trainee may need here, with what the page cache takes; checked before anything is started."""
NAME = "m01_what_satisfaction_is"
CELL = "m01-vans-answer"
FILE = f"exercises/{NAME}/{NAME}.ipynb"
STEPS = ("sign in", "server", "fetch", "open", "save", "save again", "submit")
PLAN = (
    ("starting", 0.15, 0.20),
    ("proxy", 0.15, 0.25),
    ("hub", 0.18, 0.28),
    ("starting", 0.18, 0.22),
    ("database", 0.20, 0.50),
    ("server", 0.35, 0.60),
    ("course", 0.40, 0.60),
    ("server", 0.50, 0.70),
    ("proxy", 0.55, 0.75),
    ("hub", 0.60, 0.80),
    ("server", 0.60, 0.80),
    ("database", 0.70, 0.90),
    ("server", 0.75, 0.85),
)
"""What is killed, and between which shares of all steps of all trainees."""


class PageError(Exception):
    """What a person sees as a page that does not come."""


# ------------------------------------------------------------------------------------------- people


@dataclass
class Person:
    """Somebody with a browser.

    Parameters
    ----------
    own_id, password : str
        What one signs in with.
    base : str
        The address of the hub, without a slash at its end.
    """

    own_id: str
    password: str
    base: str
    client: httpx.AsyncClient = field(init=False)
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    tries: int = 0
    doing: str = ""
    last: str = ""

    def __post_init__(self) -> None:
        self.client = httpx.AsyncClient(base_url=self.base, follow_redirects=True, timeout=60)

    async def ask(self, method: str, path: str, *, of: str = "", **said: Any) -> httpx.Response:
        """Send one request; ``of`` names the server whose cookie against forged requests goes with it."""
        headers = {"X-XSRFToken": self.cookie(of)} if method != "GET" else {}
        try:
            reply = await self.client.request(method, path, headers=headers, **said)
        except httpx.HTTPError as error:
            raise PageError(f"{method} {path}: {type(error).__name__}") from error
        if reply.status_code >= 400:
            raise PageError(f"{method} {path}: {reply.status_code}")
        return reply

    def cookie(self, of: str) -> str:
        """Return the cookie that a server has set against forged requests."""
        found = [one.value for one in self.client.cookies.jar if one.name == "_xsrf" and one.path == of]
        return found[0] or "" if found else ""

    async def sign_in(self) -> None:
        """Fill in the form."""
        await self.ask("GET", "/hub/login")
        form = {"username": self.own_id, "password": self.password, "_xsrf": self.cookie("/hub/")}
        reply = await self.ask("POST", "/hub/login", of="/hub/", data=form, follow_redirects=False)
        if reply.status_code != 302:
            raise PageError("the hub does not take the password")

    async def step(
        self, name: str, do: Callable[[], Awaitable[None]], again: Callable[[], Awaitable[None]]
    ) -> None:
        """Do something until it is done, however often; the time is that of the person."""
        begun, wait = time.monotonic(), 1.0
        self.doing, fresh = name, True
        while True:
            self.tries += 1
            try:
                if not fresh:
                    await again()
                await do()
                break
            except PageError as error:
                self.last, fresh = str(error), False
                await asyncio.sleep(wait)
                wait = min(wait * 1.5, 5.0)
        self.seconds[name] = time.monotonic() - begun
        self.doing = ""


@dataclass
class Trainee(Person):
    """Somebody who does an exercise; ``kept`` has the hash of each version that was saved."""

    kept: list[str] = field(default_factory=list[str])
    answer: str = ""
    notebook: dict[str, Any] = field(default_factory=dict[str, Any])
    submitted: int = 0

    @property
    def finished(self) -> bool:
        """Whether everything is done."""
        return STEPS[-1] in self.seconds

    @property
    def home(self) -> str:
        """Where the own server is."""
        return f"/user/{self.own_id}/"

    async def arrive(self) -> None:
        """Bring JupyterLab on the screen, from wherever one is: sign in, start the server, wait, go there."""
        reply = await self.ask("GET", f"/hub/spawn/{self.own_id}")
        if reply.url.path == "/hub/login":
            await self.sign_in()
            reply = await self.ask("GET", f"/hub/spawn/{self.own_id}")
        if reply.url.path.startswith("/hub/"):
            await self._wait()
        reply = await self.ask("GET", f"{self.home}lab")
        if "jupyter-config-data" not in reply.text:
            raise PageError(f"{reply.url.path} is no JupyterLab")

    async def _wait(self) -> None:
        """Look at the bar of the hub's page."""
        path = f"/hub/api/users/{self.own_id}/server/progress"
        try:
            async with self.client.stream("GET", path, params={"_xsrf": self.cookie("/hub/")}) as lines:
                if lines.status_code >= 400:
                    raise PageError(f"GET {path}: {lines.status_code}")
                async for line in lines.aiter_lines():
                    event = json.loads(line[6:]) if line.startswith("data: ") else {}
                    if event.get("failed"):
                        raise PageError(str(event.get("message")))
                    if event.get("ready"):
                        return
        except httpx.HTTPError as error:
            raise PageError(f"GET {path}: {type(error).__name__}") from error
        raise PageError("the hub went away while the server was starting")

    async def _listed(self) -> str:
        reply = await self.ask("GET", f"{self.home}assignments", params={"course_id": "csmodels"})
        value = reply.json()["value"]
        found = [one["status"] for one in value if one["assignment_id"] == NAME]
        if not found:
            raise PageError(f"{NAME} is not in the Assignment List")
        return "fetched" if "fetched" in found else found[0]

    async def _press(self, action: str) -> None:
        said = {"course_id": "csmodels", "assignment_id": NAME}
        reply = await self.ask("POST", f"{self.home}assignments/{action}", of=self.home, data=said)
        if not reply.json()["success"]:
            raise PageError(f"{action}: {reply.json()['value'][-300:]}")

    async def fetch(self) -> None:
        """Press Fetch, unless it stands among the fetched ones already."""
        if await self._listed() == "released":
            await self._press("fetch")

    async def open(self) -> None:
        """Open the notebook."""
        reply = await self.ask(
            "GET", f"{self.home}api/contents/{FILE}", params={"type": "notebook", "content": 1}
        )
        self.notebook = reply.json()["content"]

    async def save(self, words: str) -> None:
        """Write an answer, save, and keep the hash of what is on the disk."""
        self.answer = f"{self.own_id}: {words}"
        for cell in self.notebook["cells"]:
            if cell.get("id") == CELL:
                cell["source"] = self.answer
        model = {"type": "notebook", "format": "json", "content": self.notebook}
        await self.ask("PUT", f"{self.home}api/contents/{FILE}", of=self.home, json=model)
        reply = await self.ask("GET", f"{self.home}api/contents/{FILE}", params={"content": 1, "hash": 1})
        if not any(cell.get("source") == self.answer for cell in reply.json()["content"]["cells"]):
            raise PageError("what was saved is not there")
        self.kept.append(reply.json()["hash"])

    async def submit(self) -> None:
        """Press Submit; whoever sees no answer presses again."""
        self.submitted += 1
        await self._press("submit")

    async def work(self, done: Callable[[], Awaitable[None]]) -> None:
        """Do the whole exercise."""
        # A person's own text, unlike all others and longer than a line.
        words = hashlib.sha256(self.own_id.encode()).hexdigest() * 20
        steps: dict[str, Callable[[], Awaitable[None]]] = {
            "sign in": self.sign_in,
            "server": self.arrive,
            "fetch": self.fetch,
            "open": self.open,
            "save": lambda: self.save(f"a draft 草稿 {words}"),
            "save again": lambda: self.save(f"the last word 定稿 {words[::-1]}"),
            "submit": self.submit,
        }
        for name in STEPS:
            await self.step(name, steps[name], _nothing if name in ("sign in", "server") else self.arrive)
            await done()


async def _nothing() -> None:
    pass


@dataclass
class Instructor(Person):
    """Somebody who releases, looks at the Formgrader all the time, sets due dates, and collects."""

    due: list[str] = field(default_factory=list[str])
    here = "/services/csmodels/"

    async def arrive(self) -> None:
        """Open the Formgrader."""
        reply = await self.ask("GET", f"{self.here}formgrader")
        if reply.url.path == "/hub/login":
            await self.sign_in()
            await self.ask("GET", f"{self.here}formgrader")
        await self.ask("GET", f"{self.here}lab")

    async def press(self, action: str) -> None:
        """Release or collect."""

        async def do() -> None:
            reply = await self.ask(
                "POST", f"{self.here}formgrader/api/assignment/{NAME}/{action}", of=self.here
            )
            if not reply.json()["success"]:
                raise PageError(f"{action}: {reply.json()['log'][-500:]}")

        await self.step(action, do, self.arrive)

    async def administer(self) -> None:
        """Set one due date after another; each that was answered for must be in the gradebook."""
        for number in range(10**6):
            due = f"2099-01-01 {number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}"
            said = {"duedate_notimezone": due, "duedate_timezone": "+0000"}

            async def do(said: dict[str, str] = said) -> None:
                await self.ask("PUT", f"{self.here}formgrader/api/assignment/{NAME}", of=self.here, json=said)
                await self.ask("GET", f"{self.here}formgrader/api/submissions/{NAME}")

            self.due.append("")
            await self.step("gradebook", do, self.arrive)
            self.due[-1] = due
            await asyncio.sleep(1)


# --------------------------------------------------------------------------------------------- kills


@dataclass
class Kill:
    """What was killed, and how long it took until the hub was whole again."""

    victim: str
    at: float
    back: float = 0.0


class Killer:
    """Ends parts of a hub in the middle of what they do.

    Parameters
    ----------
    hub : Running
        The hub.
    """

    def __init__(self, hub: Running, trainees: list[Trainee], chance: random.Random) -> None:
        self.hub, self.trainees, self.chance = hub, trainees, chance
        self.done: list[Kill] = []

    def jupyterhub(self) -> int:
        """Return the process of JupyterHub itself."""
        below = psutil.Process(self.hub.process.pid).children()
        return next(
            (one.pid for one in below if any(w.endswith("jupyterhub_config.py") for w in _words(one))), 0
        )

    def servers(self) -> dict[str, psutil.Process]:
        """Return the servers of people, by id, and that of the course."""
        found: dict[str, psutil.Process] = {}
        for one in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                said = one.environ()
                if said.get("CSMODELS_EXCHANGE") == str(self.hub.hub.exchange) and _is_server(one):
                    found[
                        "course" if "JUPYTERHUB_SERVICE_NAME" in said else said.get("JUPYTERHUB_USER", "")
                    ] = one
        return found

    def victim(self, name: str) -> int:
        """Find what is to be killed; 0 if there is none at the moment."""
        private = self.hub.hub.private
        if name == "hub":
            return self.jupyterhub()
        if name in ("proxy", "database"):
            file = (
                private / "proxy.pid"
                if name == "proxy"
                else self.hub.hub.postgres / "data" / "postmaster.pid"
            )
            with contextlib.suppress(OSError, ValueError, IndexError):
                return int(file.read_text(encoding="utf-8").splitlines()[0])
            return 0
        servers = self.servers()
        if name == "course":
            return servers["course"].pid if "course" in servers else 0
        starting = {one.own_id for one in self.trainees if one.doing == "server"}
        at_work = {one.own_id for one in self.trainees if not one.finished} - starting
        among = sorted((starting if name == "starting" else at_work) & {*servers})
        return servers[self.chance.choice(among)].pid if among else 0

    async def carry_out(self, plan: list[tuple[str, float]], share: Callable[[], float]) -> None:
        """Kill what a plan says, when it says so; what is not there at that moment a little later."""
        async with asyncio.TaskGroup() as group:
            for name, at in plan:
                while share() < at or not (pid := self.victim(name)):
                    await asyncio.sleep(0.02)
                os.kill(pid, signal.SIGKILL)
                say(f"killed: {name}, at {share():.0%} of all steps")
                self.done.append(Kill(name, share()))
                if name not in ("starting", "server"):  # of those the owner starts another one
                    group.create_task(self._mended(self.done[-1], pid))

    async def _mended(self, kill: Kill, pid: int) -> None:
        begun = time.monotonic()
        while self.victim(kill.victim) in (0, pid) or not await self._answers(kill.victim):
            await asyncio.sleep(0.1)
        kill.back = time.monotonic() - begun

    async def _answers(self, name: str) -> bool:
        hub = self.hub.hub
        if name == "database":
            return await asyncio.to_thread(self.hub.query, "select 1") is not None
        addresses = {
            "proxy": f"{self.hub.url}/hub/health",
            "hub": f"{self.hub.url}/hub/health",
            "course": f"http://127.0.0.1:{hub.ports['service']}/services/csmodels/api",
        }
        with contextlib.suppress(httpx.HTTPError):
            async with httpx.AsyncClient() as client:
                return (await client.get(addresses[name])).status_code == 200
        return False


def _is_server(process: psutil.Process) -> bool:
    """Whether it is a server of a person, and no kernel or terminal of one."""
    return not {"jupyterhub.singleuser", "csmodels_helpers.hub.server"}.isdisjoint(_words(process))


def _words(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []


# --------------------------------------------------------------------------------------------- a class


@dataclass
class Result:
    """What a class has found: see the heads of the tables."""

    trainees: list[Trainee]
    kills: list[Kill]
    wall: float
    memory: dict[str, float]
    lost: list[str]
    collected: int
    hand_ins: int
    due_dates: int


def roster(path: Path, number: int) -> Path:
    """Write down a class of made-up people."""
    rows = ["id,name,email,role", "lin,林晓燕,lin@example.org,instructor"]
    rows += [f"t{n:02},Trainee {n},t{n:02}@example.org,trainee" for n in range(1, number + 1)]
    path.write_text("\n".join([*rows, ""]), encoding="utf-8")
    return path


async def crowd(hub: Running, number: int, plan: list[tuple[str, float]], seed: int) -> Result:
    """Let a class do an exercise at once, and look at what became of it."""
    words = hub.passwords()
    lin = Instructor("lin", words["lin"], hub.url)
    trainees = [Trainee(f"t{n:02}", words[f"t{n:02}"], hub.url) for n in range(1, number + 1)]
    killer = Killer(hub, trainees, random.Random(seed))
    done = 0

    def share() -> float:
        return done / number / len(STEPS)

    async def one_more() -> None:
        nonlocal done
        done += 1
        # Who is done with a step goes on when everything is dead that should be, mended or not.
        while len(killer.done) < len(plan) and plan[len(killer.done)][1] <= share():
            await asyncio.sleep(0.02)

    begun = time.monotonic()
    try:
        async with asyncio.timeout(BOUND):
            await lin.step("sign in", lin.sign_in, _nothing)
            await lin.step("Formgrader", lin.arrive, _nothing)
            await lin.press("release")
            begun = time.monotonic()
            async with asyncio.TaskGroup() as group:  # one that fails ends all of them
                works = (lin.administer(), killer.carry_out(plan, share), runs_on(hub))
                beside = [group.create_task(work) for work in works]
                await asyncio.gather(*(one.work(one_more) for one in trainees))
                await asyncio.wait_for(beside[1], 120)  # all that was killed must come back
                for task in beside:
                    task.cancel()
            wall = time.monotonic() - begun
            memory = await asyncio.to_thread(megabytes, hub, killer)
            await lin.press("collect")
    except TimeoutError:
        stuck = [f"{one.own_id}: {one.doing}: {one.last}" for one in (*trainees, lin) if one.doing]
        raise SystemExit(f"Not done after {BOUND:.0f} s:\n" + "\n".join(stuck)) from None
    finally:
        for one in (lin, *trainees):
            await one.client.aclose()
    lost, collected, hand_ins = look(hub, trainees)
    lost += [f"the {name} was not killed" for name in _missing(plan, killer.done)]
    lost += await asyncio.to_thread(due_dates, hub, lin)
    return Result(trainees, killer.done, wall, memory, lost, collected, hand_ins, len(lin.due))


def _missing(plan: list[tuple[str, float]], done: list[Kill]) -> list[str]:
    left = [kill.victim for kill in done]
    return [name for name, _ in plan if name not in left or left.remove(name)]


async def runs_on(hub: Running) -> None:
    """Stop waiting if the hub ends by itself."""
    while hub.process.poll() is None:
        await asyncio.sleep(1)
    raise SystemExit("The hub has ended by itself.")


def look(hub: Running, trainees: list[Trainee]) -> tuple[list[str], int, int]:
    """Compare what each has sent with what is there; return what is wrong, and how many were collected."""
    lost: list[str] = []
    inbound = hub.hub.exchange / "csmodels" / "inbound"
    submitted = hub.hub.course / "grading" / "submitted"
    sent: dict[str, list[Path]] = defaultdict(list)
    for place in sorted(inbound.iterdir()):
        sent[place.name.split("+")[0]].append(place)
    for one in trainees:
        want = one.kept[-1]
        mine = hub.home(one.own_id) / "work" / FILE
        if _mark(mine) != want:
            lost.append(f"{one.own_id}: the notebook in the work folder is not the one that was saved last")
        if (found := _mark(submitted / one.own_id / NAME / f"{NAME}.ipynb")) != want:
            lost.append(f"{one.own_id}: collected is {found or 'nothing'}, sent was {want}")
        elif one.answer not in _sources(submitted / one.own_id / NAME / f"{NAME}.ipynb"):
            lost.append(f"{one.own_id}: the answer is another one")
        whole = [place for place in sent[one.own_id] if _mark(place / f"{NAME}.ipynb") == want]
        if not 1 <= len(whole) <= len(sent[one.own_id]) <= one.submitted:
            lost.append(
                f"{one.own_id}: {len(whole)} of {len(sent[one.own_id])} hand-ins, {one.submitted} tries"
            )
    strangers = {path.name for path in submitted.iterdir()} ^ {one.own_id for one in trainees}
    lost += [
        f"{name}: in the course folder and not among the trainees, or the other way" for name in strangers
    ]
    lost += lessons(hub, trainees)
    return lost, len([*submitted.iterdir()]), sum(map(len, sent.values()))


def lessons(hub: Running, trainees: list[Trainee]) -> list[str]:
    """Say whose lessons are not those of the course: servers are killed while they bring them."""
    with folder() as place:
        workspace.update(place / "work", exercises=False)
        wanted = _files(place / "work")
    found = {one.own_id: _files(hub.home(one.own_id) / "work") for one in trainees}
    return [
        f"{own}: in work/ something is missing or half: {sorted(wanted.items() - files.items())[:3]}"
        for own, files in found.items()
        if not wanted.items() <= files.items()
    ]


def _files(work: Path) -> dict[str, str]:
    paths = (path for path in work.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(work).as_posix(): _mark(path) for path in paths}


def _mark(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _sources(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells]


def due_dates(hub: Running, lin: Instructor) -> list[str]:
    """Say whether the gradebook has the due date that it answered for last, or the one after it."""
    said = hub.query(f"select duedate from assignment where name = '{NAME}'") or ""
    answered = [due for due in lin.due if due]
    if not answered:
        return ["the instructor could not set a due date"]
    return (
        []
        if said >= answered[-1]
        else [f"due date: {answered[-1]} was answered for, {said} is in the gradebook"]
    )


def megabytes(hub: Running, killer: Killer) -> dict[str, float]:
    """Return what the parts take, in MB: proportional set size, in which shared memory counts once."""
    servers = killer.servers()
    course = [servers.pop("course")] if "course" in servers else []
    database = psutil.Process(killer.victim("database"))
    each = [_pss([one]) for one in servers.values()]
    parts = {
        "JupyterHub": _pss([psutil.Process(killer.jupyterhub())]),
        "proxy": _pss([psutil.Process(killer.victim("proxy"))]),
        "PostgreSQL": _pss([database, *database.children(recursive=True)]),
        "the course's server": _pss(course),
        "a trainee's server": statistics.median(each) if each else 0.0,
    }
    cpu = [sum(one.cpu_times()[:2]) for one in servers.values()]
    everything = _pss(left_over(hub.hub.state))
    return parts | {"everything": everything, "CPU seconds of a trainee's server": statistics.median(cpu)}


def _pss(processes: list[psutil.Process]) -> float:
    total = 0.0
    for one in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            total += one.memory_full_info().pss / 1e6
    return total


def simulate(number: int, kills: Sequence[tuple[str, float, float]], seed: int) -> Result:
    """Make a hub, let a class come, end the hub, and see that nothing of it is left.

    Parameters
    ----------
    number : int
        Trainees.
    kills : sequence of tuple
        What is killed on the way, as in :data:`PLAN`; () for nothing.
    seed : int
        Decides when, and whose server.

    Returns
    -------
    Result
        Times, memory, and what was lost.
    """
    chance = random.Random(seed)
    plan = sorted(((name, chance.uniform(low, high)) for name, low, high in kills), key=lambda one: one[1])
    with folder() as place, running(place / "hub", roster(place / "class.csv", number), four_ports()) as hub:
        try:
            result = asyncio.run(crowd(hub, number, plan, seed))
        except BaseException:
            print(hub.said.read_text(encoding="utf-8"), file=sys.stderr)
            print(hub.hub.log.read_text(encoding="utf-8", errors="replace")[-60000:], file=sys.stderr)
            raise
        result.lost += closed(hub)
        return result


def closed(hub: Running) -> list[str]:
    """End a hub as its administrator does, and say what of it still runs."""
    hub.process.send_signal(signal.SIGTERM)
    try:
        hub.process.wait(120)
    except subprocess.TimeoutExpired:
        return ["the hub does not stop"]
    return [f"still runs: {' '.join(one.cmdline())}" for one in left_over(hub.hub.state)]


# ------------------------------------------------------------------------------------------- results


def at(values: list[float], share: float) -> float:
    """Return the value that this share of all does not exceed."""
    return sorted(values)[max(0, -int(-len(values) * share // 1) - 1)]


def lines_of(calm: Result, rough: Result) -> list[str]:
    """Set both classes side by side.

    Parameters
    ----------
    calm, rough : Result
        Without and with kills.

    Returns
    -------
    list of str
        Lines of Markdown.
    """
    rows = [["seconds a trainee waits", "median", "95 of 100", "with kills: median", "95 of 100"]]
    for name in (*STEPS, "all of it"):
        row = [f"**{name}**" if name == "all of it" else name]
        for result in (calm, rough):
            times = [
                sum(one.seconds.values()) if name == "all of it" else one.seconds[name]
                for one in result.trainees
            ]
            row += [f"{at(times, 0.5):.1f}", f"{at(times, 0.95):.1f}"]
        rows.append(row)
    back: dict[str, list[Kill]] = defaultdict(list)
    for kill in rough.kills:
        back[kill.victim].append(kill)
    names = {
        "proxy": "proxy",
        "hub": "JupyterHub",
        "database": "PostgreSQL",
        "course": "the course's server",
        "starting": "a trainee's server while it starts",
        "server": "a trainee's server at work",
    }
    killed = [["killed", "times", "whole again after, s"]]
    for key, name in names.items():
        times = [kill.back for kill in back[key]]
        killed.append(
            [name, str(len(times)), f"{max(times):.1f}" if any(times) else "its owner's next click"]
        )
    memory = [["at the end of the class", "MB"]]
    memory += [[name, f"{value:.0f}"] for name, value in calm.memory.items() if not name.startswith("CPU")]
    kept = [["what was kept", "without kills", "with kills"]]
    kept += [
        [name, *(str(value(result)) for result in (calm, rough))]
        for name, value in (
            ("trainees", lambda one: len(one.trainees)),
            ("hand-ins collected, each the one sent (SHA-256)", lambda one: one.collected),
            ("hand-ins in the exchange (who saw no answer has submitted again)", lambda one: one.hand_ins),
            ("due dates written to the gradebook meanwhile", lambda one: one.due_dates),
            (
                "tries that met a failure",
                lambda one: sum(t.tries for t in one.trainees) - len(one.trainees) * len(STEPS),
            ),
            ("lost, doubled or half", lambda one: len(one.lost)),
            ("seconds until all had submitted", lambda one: round(one.wall)),
        )
    ]
    cpu = calm.memory["CPU seconds of a trainee's server"]
    after = f"A trainee's server uses {cpu:.1f} CPU seconds until then. No kernels were started."
    return [*set_table(rows), "", *set_table(killed), "", *set_table(kept), "", *set_table(memory), "", after]


def main(arguments: list[str] | None = None) -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="make hub-load")
    parser.add_argument("--trainees", type=int, default=TRAINEES, help="another number writes no results")
    parser.add_argument(
        "--seed", type=int, default=1, help="decides when something is killed, and whose server"
    )
    options = parser.parse_args(arguments)
    need, free = options.trainees * MEGABYTES / 1000, psutil.virtual_memory().available / 1e9
    if free < need:
        raise SystemExit(f"{options.trainees} trainees need {need:.1f} GB of memory, {free:.1f} are free.")
    begun = machine("jupyterhub", "jupyterlab", "nbgrader", "psycopg")
    found = [simulate(options.trainees, kills, options.seed) for kills in ((), PLAN)]
    lines = [begun, "", *lines_of(found[0], found[1])]
    say("\n" + "\n".join(lines) + "\n")
    lost = [line for result in found for line in result.lost]
    if lost:
        raise SystemExit("\n".join([*lost, "Something was lost: nothing is written."]))
    if options.trainees == TRAINEES:
        write(lines, "hub_load")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
