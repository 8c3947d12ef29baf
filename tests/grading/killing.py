"""What ``test_nothing_lost`` kills, when, and how it sees that nothing was lost.

A *victim* is a command together with those of its processes that are killed; a *point* says when: at a share
of the time in which an undisturbed run has such a process, or right after a file changes. Both are drawn from
a seed. Nothing in the package knows of this: a point is a wait outside of it, followed by SIGKILL.

To add a victim, add a line to :data:`VICTIMS`, and to :data:`STATES` if it needs another beginning.
:func:`told` reads any database that SQLAlchemy does, table by table: a gradebook on a server is compared as a
file is.
"""

from __future__ import annotations

import contextlib
import ctypes
import datetime as dt
import hashlib
import itertools
import json
import math
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from machines import HERE, Cluster
from nbgrader.api import Gradebook
from postgres import Server, server
from sample import NAME, make_course
from sqlalchemy import MetaData, create_engine, select
from test_grade import hand_in

from csmodels_helpers.grading import course

# ----------------------------------------------------------------------------------------------- the class

DUE = "2026-11-20 18:00:00 UTC"
POLICY = "get_config().LatePolicy.percent_per_day = 10\n"

# Twenty trainees: what differs from right answers in each one's cells.
CLASS: dict[str, dict[str, str]] = {
    "s01-right": {},
    "s02-other-way": {"share": "def share(yes, no, silent):\n    return yes / sum([yes, no])"},
    "s03-silent": {"share": "def share(yes, no, silent):\n    return yes / (yes + no + silent)"},
    "s04-pick": {"pick": "pick = 'C'"},
    "s05-mean": {"mean": "mean_score = 3.2"},
    "s06-no-note": {"note": ""},
    "s07-half": {"top": "def top(scores):\n    pass", "low": "lowest = ..."},
    "s08-syntax": {"share": "def share(yes, no silent):\n    return yes"},
    "s09-damaged": {},
    "s10-empty": {},
    "s11-exit": {"mean": "import os\nos._exit(0)"},
    "s12-kill": {"mean": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"},
    "s13-crash": {"mean": "import ctypes\nctypes.string_at(0)"},
    "s14-flood": {"low": "lowest = 'price of tea'\nfor _ in range(30):\n    print('x' * 100_000)"},
    "s15-depth": {"top": "def top(scores):\n    return top(scores)"},
    "s16-forks": {
        "pick": "import os\nif any(os.fork() == 0 for _ in range(20)):\n    os._exit(0)\npick = 'B'",
    },
    "s17-short": {},
    "s18-name": {},
    "s19-link": {},
    "s20-late": {"low": "lowest = open('tea.csv').read()"},
}
EARLIER = ("s01-right", "s03-silent", "s04-pick", "s07-half", "s13-crash")
"""Who was graded and marked before with another hand-in, so that old grades and notebooks lie there."""


def make_class(root: Path, url: str = "") -> Path:
    """Make a course in which some are graded, some have handed in anew, and most wait."""
    from csmodels_helpers.grading import grade as grader

    make_course(root)
    config = root / "nbgrader_config.py"
    config.write_text(config.read_text(encoding="utf-8") + POLICY, encoding="utf-8")
    if url:
        name_gradebook(root, url)
    for student in EARLIER:
        hand_in(root, student, note="Cherries.", low="lowest = 'tea'")
    grader.grade(root, NAME, jobs=1)
    with Gradebook(url or f"sqlite:///{course.gradebook_path(root)}", "csmodels") as book:
        book.update_or_create_assignment(NAME, duedate=DUE)
        for student in EARLIER[:3]:
            mark = book.find_grade("m98-note-answer", NAME, NAME, student)
            mark.manual_score, mark.needs_manual_grade = 1.5, False
            book.find_comment("m98-note-answer", NAME, NAME, student).manual_comment = "Which plums?"
        book.db.commit()
    hand_in_all(root)
    return root


def name_gradebook(root: Path, url: str) -> None:
    """Say in the settings of a course which gradebook is its own; the last word counts."""
    with (root / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(f"get_config().CourseDirectory.db_url = {url!r}\n")


def hand_in_all(root: Path) -> None:
    for student, answers in CLASS.items():
        hand_in(root, student, **answers)
    place = {student: root / "grading" / "submitted" / student / NAME for student in CLASS}
    notebook = {student: folder / f"{NAME}.ipynb" for student, folder in place.items()}
    notebook["s09-damaged"].write_bytes(notebook["s09-damaged"].read_bytes()[:900])
    notebook["s10-empty"].unlink()
    cells = course.read_notebook(notebook["s17-short"])
    cells["cells"] = [cell for cell in cells["cells"] if cell["id"] != "m98-pick-test"]
    notebook["s17-short"].write_text(json.dumps(cells), encoding="utf-8")
    notebook["s18-name"].rename(place["s18-name"] / "m98 (copy).ipynb")
    notebook["s19-link"].unlink()
    notebook["s19-link"].symlink_to(notebook["s01-right"])
    (place["s20-late"] / "tea.csv").write_text("price of tea", encoding="utf-8")
    (place["s20-late"] / "timestamp.txt").write_text("2026-11-22 12:00:00 UTC\n", encoding="utf-8")
    (place["s01-right"] / "timestamp.txt").write_text("2026-11-20 10:00:00 UTC\n", encoding="utf-8")


def make_inbox(root: Path) -> Path:
    """Make a course of which some is collected, some lies there by hand, and a folder of mail waits."""
    from csmodels_helpers.grading.collect import collect

    made = make_course(root / "made")
    hand_in_all(made)
    folders = sorted((made / "grading" / "submitted").iterdir())
    place = root / "course"
    make_course(place)
    shutil.copytree(made / "release" / "exercises", place / "exercises")
    roster = "".join(f"{student},Nom {student[4:]}\n" for student in CLASS)
    course.make_gradebook(course.gradebook_path(place))
    (place / "grading" / "roster.csv").write_text("id,name\n" + roster, encoding="utf-8")
    first, inbox = place / "first", place / "inbox"
    for number, folder in enumerate(folders):
        files = [path for path in sorted((folder / NAME).iterdir()) if not path.is_symlink()]
        for path in files:
            goal = inbox / folder.name / path.name
            if number % 3 == 0:  # as an archive
                goal = inbox / f"{folder.name}.zip"
                goal.parent.mkdir(exist_ok=True)
                with zipfile.ZipFile(goal, "a") as archive:
                    archive.writestr(
                        zipfile.ZipInfo(path.name, (2026, 11, 19, 9, number, 0)), path.read_bytes()
                    )
            else:
                goal.parent.mkdir(parents=True, exist_ok=True)
                goal.write_bytes(path.read_bytes())
            moment = dt.datetime(2026, 11, 19, 9, number, tzinfo=dt.UTC).timestamp()
            os.utime(goal, (moment, moment))
            if number < 5:  # an earlier one
                (first / folder.name).mkdir(parents=True, exist_ok=True)
                old = first / folder.name / path.name
                old.write_bytes(path.read_bytes().replace(b"plums", b"cherries"))
                os.utime(old, (moment - 90_000, moment - 90_000))
    (inbox / "s11-exit.zip").write_bytes(b"PK\3\4 no archive")
    by_hand = place / "grading" / "submitted" / "s02-other-way" / NAME
    shutil.copytree(made / "grading" / "submitted" / "s02-other-way" / NAME, by_hand)
    (by_hand / "timestamp.txt").write_text("2026-11-18 09:00:00 UTC\n", encoding="utf-8")
    collect(first, place / "grading" / "roster.csv", root=place)
    shutil.rmtree(made)
    return place


def make_work(root: Path) -> Path:
    """Make the work folder of a trainee who has handed in before."""
    from csmodels_helpers import workspace

    hand_in(make_course(root), "nora")
    shutil.move(root / "release" / "exercises", root / "exercises")
    (root / "notebooks").mkdir()
    workspace.update(root / "work", course=root)
    notebook = root / "work" / "exercises" / NAME / f"{NAME}.ipynb"
    shutil.copyfile(root / "grading" / "submitted" / "nora" / NAME / f"{NAME}.ipynb", notebook)
    course.make_gradebook(course.gradebook_path(root))
    return root


# ------------------------------------------------------------------------------------------ what is compared

LEFT_OUT = {
    # Drawn at random by nbgrader, a new one for each row. Rows that refer to another are compared with what
    # that one says, so nothing is lost by it.
    "assignment.id",
    "notebook.id",
    "base_cell.id",
    "submitted_assignment.id",
    "submitted_notebook.id",
    "grade.id",
    "comment.id",
    # How long it took, and when it was recorded.
    "csmodels_graded.seconds",
    "csmodels_graded.at",
}
"""The columns that two runs need not have in common."""


def told(url: str) -> dict[str, list[str]]:
    """Return table → what its rows say, all of them, whatever database it is."""
    engine = create_engine(url)
    try:
        metadata = MetaData()
        metadata.reflect(engine)
        with engine.connect() as connection:
            rows = {
                table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
                for table in metadata.tables.values()
            }
    finally:
        engine.dispose()
    keys = {
        (table.name, column.name): (key.column.table.name, key.column.name)
        for table in metadata.tables.values()
        for column in table.columns
        for key in column.foreign_keys
    }

    def say(table: str, row: Mapping[str, Any]) -> str:
        parts: list[str] = []
        for column, value in row.items():
            target = keys.get((table, column))
            if target is not None and value is not None:
                (other,) = (one for one in rows[target[0]] if one[target[1]] == value)
                value = f"[{say(target[0], other)}]"
            elif f"{table}.{column}" in LEFT_OUT:
                continue
            parts.append(f"{column}={value}")
        return ", ".join(parts)

    return {table: sorted(say(table, row) for row in found) for table, found in rows.items()}


_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?")


def _content(path: Path, inside: str) -> Any:
    content = path.read_bytes()
    if inside.startswith("autograded/") and path.suffix == ".ipynb":
        notebook = json.loads(content)
        notebook["metadata"]["csmodels"].pop("cpu")  # seconds of work
        return hashlib.sha256(json.dumps(notebook, sort_keys=True).encode()).hexdigest()
    if path.name in ("report.html", "report.json"):  # when it was made
        return hashlib.sha256(_MOMENT.sub("", content.decode()).encode()).hexdigest()
    return hashlib.sha256(content).hexdigest()


def state(root: Path, url: str = "") -> dict[str, Any]:
    """Return all that a course has: rows of the gradebook, and files and folders of the working folder."""
    work = root / "grading"
    url = url or f"sqlite:///{course.gradebook_path(root)}"
    found: dict[str, Any] = {f"table {name}": rows for name, rows in told(url).items()}
    for path in sorted(work.rglob("*")):
        inside = path.relative_to(work).as_posix()
        # The database is compared by what it says; SQLite makes its log and takes it away.
        if path.is_dir() or inside.startswith("gradebook.db") or path.name == ".lock":
            continue
        found[inside] = str(path.readlink()) if path.is_symlink() else _content(path, inside)
    for path in sorted((root / "work").rglob("*")):  # a trainee's
        if path.suffix == ".zip":  # its time is in it
            with zipfile.ZipFile(path) as archive:
                found[f"work: {path.name}"] = f"{archive.testzip()} {sorted(archive.namelist())}"
        elif path.is_file():
            found[f"work: {path.relative_to(root)}"] = _content(path, "")
    return found


def saved(file: Path, work: Path) -> dict[str, Any]:
    """Return what a backup holds, as :func:`state` does of a course."""
    from csmodels_helpers.grading.backup import check

    check(file)
    shutil.rmtree(work, ignore_errors=True)
    with zipfile.ZipFile(file) as archive:
        archive.extractall(work)
    return state(work)


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Name what differs, shortly."""
    found: list[str] = []
    for name in sorted({*one, *other}):
        before, after = one.get(name, "(not there)"), other.get(name, "(not there)")
        if before == after:
            continue
        if isinstance(before, list) and isinstance(after, list):
            found += [f"{name} lacks {row}" for row in before if row not in after]
            found += [f"{name} has {row}" for row in after if row not in before]
        else:
            found.append(f"{name}: {before} → {after}")
    return found


# --------------------------------------------------------------------------------------------- the processes


@dataclass(frozen=True)
class Process:
    """A process below this one."""

    pid: int
    parent: int
    words: str
    state: str


@contextlib.contextmanager
def adopting() -> Generator[None]:
    """Become the parent of what loses its own, so that nothing can get out of sight."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    assert prctl(36, 1, 0, 0, 0) == 0  # PR_SET_CHILD_SUBREAPER
    try:
        yield
    finally:
        prctl(36, 0, 0, 0, 0)


def below(pid: int) -> list[Process]:
    """List the processes below one, parents before children; what has ended is not among them."""
    every: dict[int, list[tuple[int, str]]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):  # it has ended meanwhile
                kind, parent = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
                every.setdefault(int(parent), []).append((int(folder.name), kind))
    found: list[Process] = []
    waiting = [pid]
    while waiting:
        parent = waiting.pop(0)
        for child, kind in every.get(parent, []):
            waiting.append(child)
            with contextlib.suppress(OSError):
                words = Path("/proc", str(child), "cmdline").read_bytes().replace(b"\0", b" ")
                found.append(Process(child, parent, words.decode(errors="replace"), kind))
    return [process for process in found if process.state != "Z"]


def _bury(spared: set[int]) -> None:
    """Take note of the end of processes that lost their parent: a server asks whether the old one lives."""
    for file in Path("/proc/self/task").glob("*/children"):
        for child in map(int, file.read_text().split()):
            if child not in spared:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(child, os.WNOHANG)


def _of_a_service(process: Process) -> bool:
    """Say whether a process is the business of Dask or PostgreSQL, which replace what they need."""
    words = process.words
    return "multiprocessing" in words or "/dask" in words or words.startswith("postgres: autovacuum")


def gone(before: Iterable[int], seconds: float) -> tuple[float, list[Process]]:
    """Wait until all processes but those of before have ended; return how long that took, and who is left."""
    known, begun = {*before}, time.monotonic()
    while True:
        _bury(known)
        new = [process for process in below(os.getpid()) if process.pid not in known]
        left = [process for process in new if not _of_a_service(process)]
        if not left or time.monotonic() - begun > seconds:
            break
        time.sleep(0.02)
    waited = time.monotonic() - begun
    for process in left:  # or they would disturb the next point
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
    return waited, left


# ----------------------------------------------------------------------------------------------- the victims

Prey = Callable[[list[Process], int], list[Process]]
"""Chooses among the processes below a command, whose pid is given, those that may be killed."""


def itself(processes: list[Process], pid: int) -> list[Process]:
    return [process for process in processes if process.pid == pid]


def running(module: str, generation: int = 0) -> Prey:
    """Choose processes of a module of the grader: those started as such, their children, and so on."""

    def choose(processes: list[Process], pid: int) -> list[Process]:
        mine = [process for process in processes if f"csmodels_helpers.grading.{module} " in process.words]
        depth: dict[int, int] = {}
        for process in mine:  # parents come first
            depth[process.pid] = depth.get(process.parent, -1) + 1
        return [process for process in mine if depth[process.pid] == generation]

    return choose


def dask_worker(processes: list[Process], _: int) -> list[Process]:
    """Choose workers of Dask; each has a nanny, which starts another."""
    nannies = {process.pid for process in processes if "/dask worker " in process.words}
    found = [process for process in processes if process.parent in nannies]
    return [process for process in found if "spawn_main" in process.words]


def database_server(processes: list[Process], _: int) -> list[Process]:
    """Choose the process of PostgreSQL whose end is the end of all."""
    return [process for process in processes if "/bin/postgres -D " in process.words]


@dataclass(frozen=True)
class Victim:
    """A command, and those of its processes that are killed.

    Parameters
    ----------
    name : str
        What is killed.
    state : str
        What there is at the beginning, a key of :data:`STATES`.
    command : tuple of str
        Arguments of ``csmodels``.
    prey : callable
        Chooses the processes.
    signs : tuple of str
        Files in the course folder after whose changes a death is most awkward, as patterns.
    weight : int
        How many of 100 points it gets.
    chain : int
        After how many deaths in a row a plain run follows: more than one where a death ends the command.
    says : str
        How the last line begins if the command itself ends early.
    """

    name: str
    state: str
    command: tuple[str, ...]
    prey: Prey
    signs: tuple[str, ...] = ()
    weight: int = 10
    chain: int = 1
    says: str = ""


GRADE = ("grade", NAME, "--jobs", "2")
BACKUP = ("backup", "--to", "kept.zip")
COMMIT, NOTEBOOK = "grading/gradebook.db-wal", f"grading/autograded/*/{NAME}/*{NAME}.ipynb*"
COLLECTED = ("grading/collected/.new-*/*", f"grading/collected/{NAME}/*/*", f"grading/submitted/*/{NAME}")
SAYS = "The gradebook postgresql+psycopg://"
VICTIMS = (
    Victim("grader", "class", GRADE, itself, (COMMIT, NOTEBOOK), 38, chain=4),
    Victim("judge", "class", GRADE, running("judge"), (NOTEBOOK,), 7),
    Victim("judge of one hand-in", "class", GRADE, running("judge", 1), (NOTEBOOK,), 4),
    Victim("zygote's guard", "class", GRADE, running("runner"), (NOTEBOOK,), 3),
    Victim("zygote", "class", GRADE, running("runner", 1), (NOTEBOOK,), 4),
    Victim("trainee's process", "class", GRADE, running("runner", 2), (NOTEBOOK,), 4),
    Victim("collect", "inbox", ("collect", "inbox"), itself, COLLECTED, 14, chain=4),
    Victim("report", "graded", ("report",), itself, ("grading/.report*", "grading/report*"), 6, chain=3),
    Victim("backup", "graded", BACKUP, itself, (".kept.zip-*/*", "kept.zip"), 8, chain=4),
    Victim("Dask worker", "class", ("grade", NAME, "--dask", "{dask}"), dask_worker, (NOTEBOOK,), 5),
    Victim(
        "database server", "on a server", GRADE, database_server, (NOTEBOOK,), 7, 3, "The gradebook postgres"
    ),
)

STATES: dict[str, Callable[[Path], Path]] = {"class": make_class, "inbox": make_inbox, "work": make_work}
"""How the beginnings are made; "graded" is the end of an undisturbed "class", "on a server" needs one."""


@dataclass(frozen=True)
class Point:
    """When to kill: at a share of the time that there is prey, or after the nth change of a sign."""

    victim: Victim
    share: float
    sign: str = ""
    number: int = 0
    delay: float = 0.0
    lot: float = 0.0  # which of several processes

    def __str__(self) -> str:
        when = (
            f"{self.sign} × {self.number} + {1000 * self.delay:.1f} ms" if self.sign else f"{self.share:.3f}"
        )
        return f"{self.victim.name} @ {when}"


@dataclass
class Undisturbed:
    """A run that nobody disturbs: how long it has prey, how often signs change, and what it ends in."""

    spans: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    changes: dict[str, int] = field(default_factory=dict[str, int])
    code: int = 0
    end: dict[str, Any] = field(default_factory=dict[str, Any])


class Sign:
    """Counts how often the files of a pattern change."""

    def __init__(self, root: Path, pattern: str) -> None:
        self.root, self.pattern = root, pattern
        self.changes, self._last = 0, self._look()

    def _look(self) -> list[tuple[str, int, int]]:
        found: list[tuple[str, int, int]] = []
        with contextlib.suppress(OSError):  # a folder that is gone before it is looked into
            for path in self.root.glob(self.pattern):
                with contextlib.suppress(OSError):
                    about = path.lstat()
                    found.append((str(path), about.st_size, about.st_mtime_ns))
        return sorted(found)

    def count(self) -> int:
        now = self._look()
        self.changes += now != self._last
        self._last = now
        return self.changes


@dataclass
class Struck:
    """What became of a point."""

    point: Point
    hit: bool
    code: int
    said: str
    waited: float
    left: list[Process]
    expected: int = 0  # exit code of an undisturbed run

    @property
    def problems(self) -> list[str]:
        """What is not as it should be."""
        found: list[str] = []
        if self.left:
            found.append(f"still there after {self.waited:.0f} s: {[one.words[:90] for one in self.left]}")
        if "Traceback" in self.said:
            found.append(f"a traceback: {self.said[-1500:]}")
        says = self.point.victim.says
        if says and self.code != self.expected and not self.said.splitlines()[-1].startswith(says):
            found.append(f"ended with {self.code} and without its sentence: {self.said[-600:]}")
        return found


@dataclass
class Chain:
    """Deaths of a command, one after the other in one course, and the plain run after them."""

    struck: list[Struck]
    seconds: float = 0.0
    lost: list[str] = field(default_factory=list[str])

    @property
    def problems(self) -> list[str]:
        """What is not as it should be; nothing if the plain run ended as an undisturbed one does."""
        return [*(f"{one.point}: {said}" for one in self.struck for said in one.problems), *self.lost]

    @property
    def hits(self) -> int:
        """How many of the points killed somebody."""
        return sum(one.hit for one in self.struck)

    def __str__(self) -> str:
        points = "; ".join(f"{one.point}{'' if one.hit else ' (nobody there)'}" for one in self.struck)
        problems = "".join(f"\n    {said}" for said in self.problems)
        return f"{'FAILED' if self.problems else 'ok'} {self.seconds:.1f} s  {points}{problems}"


class Range:
    """Where the points are run: beginnings, undisturbed runs, and a folder for each chain; a context.

    Parameters
    ----------
    base : Path
        An empty folder.
    """

    def __init__(self, base: Path) -> None:
        self.base = base
        self._starts: dict[str, Path] = {}
        self._undisturbed: dict[str, Undisturbed] = {}
        self._number = 0
        self._databases: dict[Path, str] = {}
        self._template = ""
        self._about = contextlib.ExitStack()
        self._server: Server | None = None
        self._cluster: Cluster | None = None
        self.temporary = base / "temporary"
        self.temporary.mkdir()

    def __enter__(self) -> Range:
        self._about.enter_context(adopting())
        return self

    def __exit__(self, *_: object) -> None:
        self._about.close()
        gone((), 0)

    # ---- services

    @property
    def server(self) -> Server:
        """A PostgreSQL server, started when first wanted, and again when it was killed."""
        if self._server is None:
            self._server = self._about.enter_context(server())
        elif not database_server(below(os.getpid()), 0):
            # It does not start while a process of the old one is there.
            while any(process.words.startswith("postgres: ") for process in below(os.getpid())):
                time.sleep(0.02)
            _bury(set())
            self._server.start()
        return self._server

    @property
    def dask(self) -> str:
        """The address of a Dask cluster with two workers."""
        if self._cluster is None:
            self._cluster = self._about.enter_context(Cluster(self.base / "cluster"))
            self._cluster.start_scheduler()
            for _ in range(2):
                self._cluster.start_worker(HERE, "--nthreads", "1")
        self._cluster.wait(2)
        return self._cluster.address

    # ---- runs

    def start(
        self, command: tuple[str, ...], root: Path, out: Path, enter: Sequence[str] = (), temporary: str = ""
    ) -> subprocess.Popen[bytes]:
        """Start a command in a course, behind a program that goes where the course is."""
        environment = {
            **os.environ,
            "CSMODELS_CHECKS": str(root / "checks"),
            "TMPDIR": temporary or str(self.temporary),
        }
        words = [word.format(dask=self.dask) if "{dask}" in word else word for word in command]
        module = words.pop(0) if words[0] == "nbgrader" else "csmodels_helpers.cli"
        with out.open("wb") as file:
            return subprocess.Popen(
                [*enter, sys.executable, "-m", module, *words],
                cwd=None if enter else root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    def run(self, command: tuple[str, ...], root: Path, *where: Any) -> tuple[int, str]:
        """Run a command to its end."""
        out = self.base / "said.txt"
        code = self.start(command, root, out, *where).wait(600)
        return code, out.read_text(encoding="utf-8", errors="replace")

    def fresh(self, name: str) -> Path:
        """Return a new copy of a beginning."""
        if name not in self._starts:
            self._starts[name] = self._make(name, self.base / f"state-{name}")
        self._number += 1
        place = self.base / f"run-{self._number}"
        shutil.copytree(self._starts[name], place, symlinks=True)
        if name == "on a server":
            database = self.server.database(self._template)
            self._databases[place] = self.server.url(database)
            name_gradebook(place, self._databases[place])
        return place

    def _make(self, name: str, place: Path) -> Path:
        if name == "graded":
            shutil.copytree(self.fresh("class"), place, symlinks=True)
            for command in (GRADE, ("report",)):  # the report draws the numbers of the trainees
                code, said = self.run(command, place)
                assert code == 0, said
            return place
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CSMODELS_CHECKS", str(place / "checks"))
            if name == "on a server":
                self._template = self.server.database()
                return make_class(place, self.server.url(self._template))
            return STATES[name](place)

    def undisturbed(self, victim: Victim) -> Undisturbed:
        """Run a command without disturbing it, once, and see what there is to kill, and when."""
        key = f"{victim.state}: {victim.command}"
        if key not in self._undisturbed:
            same = [one for one in VICTIMS if (one.state, one.command) == (victim.state, victim.command)]
            root, found = self.fresh(victim.state), Undisturbed()
            signs = {pattern: Sign(root, pattern) for one in same for pattern in one.signs}
            begun, looked = time.monotonic(), 0.0
            process = self.start(victim.command, root, self.base / "said.txt")
            while process.poll() is None:
                for sign in signs.values():
                    sign.count()
                now = time.monotonic() - begun
                if now - looked > 0.05:
                    looked, processes = now, below(os.getpid())
                    for one in same:
                        if one.prey(processes, process.pid):
                            found.spans[one.name] = (found.spans.get(one.name, (now, now))[0], now)
                time.sleep(0.001)
            said = (self.base / "said.txt").read_text(encoding="utf-8", errors="replace")
            assert "Traceback" not in said and process.returncode in (0, 1), said
            found.changes = {pattern: sign.changes for pattern, sign in signs.items()}
            found.code, found.end = process.returncode, self.end(root)
            self._drop(root)
            self._undisturbed[key] = found
        return self._undisturbed[key]

    def end(self, root: Path) -> dict[str, Any]:
        """Return all that there is in a course after a run."""
        found = state(root, self._databases.get(root, ""))
        for file in root.glob("*.zip"):  # a backup, whole wherever there is one
            found |= {f"in the backup: {name}": said for name, said in saved(file, root / "opened").items()}
        return found

    def _drop(self, root: Path) -> None:
        shutil.rmtree(root)
        self._databases.pop(root, None)

    # ---- points

    def points(self, victim: Victim, seed: int) -> Generator[Point]:
        """Draw points: half of them at any time, half of them right after a sign, where there are signs."""
        draw = random.Random(f"{seed} {victim.name}")
        changes = self.undisturbed(victim).changes
        signs = [sign for sign in victim.signs if changes.get(sign)]
        for turn in itertools.count():
            share, lot = draw.random(), draw.random()
            if signs and turn % 2:
                sign = signs[turn // 2 % len(signs)]
                # In a chain each one begins where the last one ended: together they come to the end.
                nth = draw.randint(1, max(1, changes[sign] // min(2, victim.chain)))
                yield Point(victim, share, sign, nth, draw.choice([0, 0.005]) * draw.random(), lot)
            else:
                yield Point(victim, share, lot=lot)

    def strike(self, point: Point, root: Path) -> Struck:
        """Start the command, kill at the point, and wait until all of it has ended."""
        victim = point.victim
        undisturbed = self.undisturbed(victim)
        first, last = undisturbed.spans[victim.name]
        wait, at = 0.9 * point.share * (last - first), first if victim.prey is itself else math.inf
        out = self.base / "said.txt"
        if root in self._databases:
            assert self.server  # it is there again
        sign = Sign(root, point.sign) if point.sign else None
        before = [process.pid for process in below(os.getpid())]
        process = self.start(victim.command, root, out)
        begun = time.monotonic()
        hit = False
        while process.poll() is None and not hit:
            now = time.monotonic() - begun
            if sign is None and at == math.inf and victim.prey(below(os.getpid()), process.pid):
                at = now  # however long the start took this time
            if sign is None and now < at + wait:
                time.sleep(0.002)
                continue
            if sign is not None and sign.count() < point.number:
                time.sleep(0.0003)
                continue
            time.sleep(point.delay)
            prey = victim.prey(below(os.getpid()), process.pid)
            if prey:  # else there is none just now, and the next one will do
                with contextlib.suppress(ProcessLookupError):
                    os.kill(prey[int(point.lot * len(prey))].pid, signal.SIGKILL)
                    hit = True
        code = process.wait(300)
        waited, left = gone(before, 30)
        said = out.read_text(encoding="utf-8", errors="replace")
        return Struck(point, hit, code, said, waited, left, undisturbed.code)

    def chains(self, victim: Victim, number: int, seed: int) -> Generator[Chain]:
        """Kill at so many points; whoever finds nobody there any more has another try, sooner."""
        points, again, hits, tries = self.points(victim, seed), list[Point](), 0, 0
        while hits < number:
            begun, chain = time.monotonic(), Chain([])
            root = self.fresh(victim.state)
            final: tuple[int, str] | None = None
            while len(chain.struck) < min(victim.chain, number - hits):
                tries += 1
                assert tries < 3 * number + 10, f"{victim.name}: nobody is there to be killed"
                point = again.pop() if again else next(points)
                chain.struck.append(self.strike(point, root))
                if not chain.struck[-1].hit:  # that run came to its end
                    again.append(replace(point, share=0.6 * point.share, number=-(-point.number // 2)))
                    final = chain.struck[-1].code, chain.struck[-1].said
                    break
                if (root / "kept.zip").exists():  # it had its name, so it is whole; the next one gets it
                    saved(root / "kept.zip", root / "opened")
                    (root / "kept.zip").unlink()
            self._finish(victim, root, chain, final)
            chain.seconds = time.monotonic() - begun
            hits += chain.hits
            yield chain

    def _finish(self, victim: Victim, root: Path, chain: Chain, final: tuple[int, str] | None) -> None:
        """Run the command once more, undisturbed, unless the last one was that; then compare."""
        undisturbed = self.undisturbed(victim)
        if root in self._databases:
            assert self.server
        code, said = final or self.run(victim.command, root)
        if "Traceback" in said or code != undisturbed.code:
            chain.lost.append(f"the plain run ended with {code}: {said[-1500:]}")
        chain.lost += differences(undisturbed.end, self.end(root))
        if not chain.problems:
            self._drop(root)
