"""What ``test_nothing_lost`` kills, when, and how it sees that nothing was lost.

A *victim* is a command together with those of its processes that are killed; a *point* says when: at a share
of the time in which an undisturbed run has such a process, or right after a file changes. Both are drawn from
a seed. Nothing in the package knows of this: a point is a wait outside of it, followed by SIGKILL.

To add a victim (a worker of a cluster, a database server), add a line to :data:`VICTIMS`, and to :data:`STATES`
if it needs another beginning. :func:`told` reads any database that SQLAlchemy does, table by table, so a
gradebook on a server is compared in the same way as a file.
"""

from __future__ import annotations

import contextlib
import ctypes
import datetime as dt
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from sample import NAME, make_course
from sqlalchemy import MetaData, create_engine, select
from test_grade import RIGHT, hand_in

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
    "s16-forks": {"pick": "import os\nif any(os.fork() == 0 for _ in range(20)):\n    os._exit(0)\npick = 'B'"},
    "s17-short": {},
    "s18-name": {},
    "s19-link": {},
    "s20-late": {"low": "lowest = open('tea.csv').read()"},
}
EARLIER = ("s01-right", "s03-silent", "s04-pick", "s07-half", "s13-crash")
"""Who was graded and marked before with another hand-in, so that old grades and notebooks lie there."""


def make_class(root: Path) -> Path:
    """Make a course in which some are graded, some have handed in anew, and most wait."""
    from csmodels_helpers.grading import grade as grader

    make_course(root)
    config = root / "nbgrader_config.py"
    config.write_text(config.read_text(encoding="utf-8") + POLICY, encoding="utf-8")
    for student in EARLIER:
        hand_in(root, student, note="Cherries.", low="lowest = 'tea'")
    grader.grade(root, NAME, jobs=1)
    with Gradebook(f"sqlite:///{course.gradebook_path(root)}", "csmodels") as book:
        book.update_or_create_assignment(NAME, duedate=DUE)
        for student in EARLIER[:3]:
            mark = book.find_grade("m98-note-answer", NAME, NAME, student)
            mark.manual_score, mark.needs_manual_grade = 1.5, False
            book.find_comment("m98-note-answer", NAME, NAME, student).manual_comment = "Which plums?"
        book.db.commit()
    hand_in_all(root)
    return root


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
                    archive.writestr(zipfile.ZipInfo(path.name, (2026, 11, 19, 9, number, 0)), path.read_bytes())
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
    every: dict[int, list[Process]] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        with contextlib.suppress(OSError):  # it has ended meanwhile
            kind, parent = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            every.setdefault(int(parent), []).append(Process(int(folder.name), int(parent), words, kind))
    found: list[Process] = []
    waiting = [pid]
    while waiting:
        children = every.get(waiting.pop(0), [])
        found += children
        waiting += [child.pid for child in children]
    return [process for process in found if process.state != "Z"]


def gone(before: Iterable[int], seconds: float) -> tuple[float, list[Process]]:
    """Wait until all processes below this one but those of before have ended; return how long, and who is left."""
    known, begun = {*before}, time.monotonic()
    while True:
        left = [process for process in below(os.getpid()) if process.pid not in known]
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
    """Choose processes of a module of the grader: those started as such, their children, theirs …"""

    def choose(processes: list[Process], pid: int) -> list[Process]:
        mine = [process for process in processes if f"csmodels_helpers.grading.{module} " in process.words]
        depth: dict[int, int] = {}
        for process in mine:  # parents come first
            depth[process.pid] = depth.get(process.parent, -1) + 1
        return [process for process in mine if depth[process.pid] == generation]

    return choose


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
    """

    name: str
    state: str
    command: tuple[str, ...]
    prey: Prey
    signs: tuple[str, ...] = ()
    weight: int = 10


GRADE = ("grade", NAME, "--jobs", "2")
COMMIT, NOTEBOOK = "grading/gradebook.db-wal", f"grading/autograded/*/{NAME}/*{NAME}.ipynb*"
VICTIMS = (
    Victim("grader", "class", GRADE, itself, (COMMIT, NOTEBOOK), 40),
    Victim("judge", "class", GRADE, running("judge"), weight=10),
    Victim("judge of one hand-in", "class", GRADE, running("judge", 1), weight=5),
    Victim("zygote's guard", "class", GRADE, running("runner"), weight=5),
    Victim("zygote", "class", GRADE, running("runner", 1), weight=5),
    Victim("trainee's process", "class", GRADE, running("runner", 2), weight=5),
    Victim(
        "collect",
        "inbox",
        ("collect", "inbox"),
        itself,
        ("grading/collected/.new-*/*", f"grading/collected/{NAME}/*/*", f"grading/submitted/*/{NAME}"),
        15,
    ),
    Victim("report", "graded", ("report",), itself, ("grading/.report*", "grading/report*"), 7),
    Victim("backup", "graded", ("backup", "--to", "kept.zip"), itself, (".kept.zip-*/*", "kept.zip"), 8),
)
"""To come: the server of a gradebook on PostgreSQL, workers of Dask."""

STATES: dict[str, Callable[[Path], Path]] = {"class": make_class, "inbox": make_inbox}
"""How the beginnings are made; "graded" is the end of an undisturbed "class"."""


@dataclass(frozen=True)
class Point:
    """When to kill: at a share of the time that there is prey, or after the nth change of a sign and a delay."""

    victim: Victim
    share: float
    sign: str = ""
    number: int = 0
    delay: float = 0.0
    lot: float = 0.0  # which of several processes

    def __str__(self) -> str:
        when = f"{self.sign} × {self.number} + {1000 * self.delay:.1f} ms" if self.sign else f"{self.share:.3f}"
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
    again: int = 0
    said_again: str = ""
    lost: list[str] = field(default_factory=list[str])

    @property
    def problems(self) -> list[str]:
        """What is not as it should be."""
        found = list(self.lost)
        if self.left:
            found.append(f"still there after {self.waited:.0f} s: {[one.words[:90] for one in self.left]}")
        if "Traceback" in self.said + self.said_again:
            found.append(f"a traceback: {self.said[-1500:]} … {self.said_again[-1500:]}")
        if self.again != self.expected:
            found.append(f"the run after it ended with {self.again}: {self.said_again[-600:]}")
        return found


class Range:
    """Where the points are run: beginnings, undisturbed runs, and a folder for each point."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self._starts: dict[str, Path] = {}
        self._undisturbed: dict[tuple[str, ...], Undisturbed] = {}
        self._number = 0
        self.temporary = base / "temporary"
        self.temporary.mkdir()

    def _start(self, command: list[str] | tuple[str, ...], root: Path, out: Path) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "CSMODELS_CHECKS": str(root / "checks"),
            "TMPDIR": str(self.temporary),
        }
        with out.open("wb") as file:
            return subprocess.Popen(
                [sys.executable, "-m", "csmodels_helpers.cli", *command],
                cwd=root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    def run(self, command: tuple[str, ...], root: Path) -> tuple[int, str]:
        """Run a command to its end."""
        out = self.base / "said.txt"
        code = self._start(command, root, out).wait(600)
        return code, out.read_text(encoding="utf-8", errors="replace")

    def fresh(self, name: str) -> Path:
        """Return a new copy of a beginning."""
        if name not in self._starts:
            place = self.base / f"state-{name}"
            if name == "graded":
                shutil.copytree(self.fresh("class"), place, symlinks=True)
                code, said = self.run(GRADE, place)
                assert code == 0, said
                code, said = self.run(("report",), place)  # draws the numbers of the trainees
                assert code == 0, said
                self._starts[name] = place
            else:
                with pytest.MonkeyPatch.context() as patch:
                    patch.setenv("CSMODELS_CHECKS", str(place / "checks"))
                    self._starts[name] = STATES[name](place)
        self._number += 1
        return Path(shutil.copytree(self._starts[name], self.base / f"run-{self._number}", symlinks=True))

    def undisturbed(self, victim: Victim) -> Undisturbed:
        """Run a command without disturbing it, once, and see what there is to kill, and when."""
        if victim.command not in self._undisturbed:
            root, found = self.fresh(victim.state), Undisturbed()
            preys = {one.name: one.prey for one in VICTIMS if one.command == victim.command}
            patterns = {sign for one in VICTIMS if one.command == victim.command for sign in one.signs}
            signs = {pattern: Sign(root, pattern) for pattern in patterns}
            begun, looked = time.monotonic(), 0.0
            process = self._start(victim.command, root, self.base / "said.txt")
            while process.poll() is None:
                for sign in signs.values():
                    sign.count()
                now = time.monotonic() - begun
                if now - looked > 0.05:
                    looked, processes = now, below(os.getpid())
                    for name, prey in preys.items():
                        if prey(processes, process.pid):
                            found.spans[name] = (found.spans.get(name, (now, now))[0], now)
            said = (self.base / "said.txt").read_text(encoding="utf-8", errors="replace")
            assert "Traceback" not in said and process.returncode in (0, 1), said
            found.changes = {pattern: sign.changes for pattern, sign in signs.items()}
            found.code, found.end = process.returncode, self._end(victim, root)
            shutil.rmtree(root)
            self._undisturbed[victim.command] = found
        return self._undisturbed[victim.command]

    def _end(self, victim: Victim, root: Path) -> dict[str, Any]:
        found = state(root)
        for file in root.glob("*.zip"):  # a backup, whole wherever there is one
            found |= {f"in the backup: {name}": said for name, said in saved(file, root / "opened").items()}
        return found

    def points(self, victim: Victim, number: int, seed: int) -> list[Point]:
        """Draw points: half of them at any time, half of them right after a sign, where there are signs."""
        draw = random.Random(f"{seed} {victim.name}")
        changes = self.undisturbed(victim).changes
        signs = [sign for sign in victim.signs if changes.get(sign)]
        found: list[Point] = []
        for turn in range(number):
            share, lot = draw.random(), draw.random()
            if signs and turn % 2:
                sign = signs[turn // 2 % len(signs)]
                nth = draw.randint(1, changes[sign])
                found.append(Point(victim, share, sign, nth, draw.choice([0, 0.005]) * draw.random(), lot))
            else:
                found.append(Point(victim, share, lot=lot))
        return found

    def strike(self, point: Point, root: Path) -> Struck:
        """Start the command, kill at the point, and wait until all of it has ended."""
        victim = point.victim
        first, last = self.undisturbed(victim).spans[victim.name]
        at = first + point.share * (last - first)
        out = self.base / "said.txt"
        with adopting():
            before = [process.pid for process in below(os.getpid())]
            sign = Sign(root, point.sign) if point.sign else None
            begun = time.monotonic()
            process = self._start(victim.command, root, out)
            hit = False
            while process.poll() is None and not hit:
                if sign is not None:
                    if sign.count() < point.number:
                        continue
                    time.sleep(point.delay)
                elif time.monotonic() - begun < at:
                    time.sleep(0.002)
                    continue
                prey = victim.prey(below(os.getpid()), process.pid)
                if prey:  # else there is none just now, and the next one will do
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(prey[int(point.lot * len(prey))].pid, signal.SIGKILL)
                        hit = True
            code = process.wait(300)
            waited, left = gone(before, 30)
        return Struck(point, hit, code, out.read_text(encoding="utf-8", errors="replace"), waited, left)

    def try_all(self, points: list[Point]) -> list[Struck]:
        """Kill one run after the other in one course; then a plain run, and compare."""
        victim = points[0].victim
        root = self.fresh(victim.state)
        found = [self.strike(point, root) for point in points]
        last = found[-1]
        if (root / "kept.zip").exists():  # it had its name, so it is whole: the next one gets another
            saved(root / "kept.zip", root / "opened")
            (root / "kept.zip").unlink()
        last.again, last.said_again = self.run(victim.command, root)
        undisturbed = self.undisturbed(victim)
        last.expected, last.lost = undisturbed.code, differences(undisturbed.end, self._end(victim, root))
        if not last.problems:
            shutil.rmtree(root)
        return found
