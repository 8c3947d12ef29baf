"""How long does grading take? ``make bench`` measures six ways of grading one class in one run.

The class is made from the bank of known answers to m05_kano: right, right in other ways, wrong in known ways,
unfinished. It is graded

- by nobody: the cells' own code in a warm process, which is the floor, without and with displays;
- by nbgrader as it comes: ``nbgrader autograde`` with its own settings;
- by otter-grader 7 (``otter.execute.grade_notebook``), in the environment ``build/bench``;
- by ``csmodels grade`` with one worker and with two, in the sandbox;
- by the same with ``--dask``, on a cluster of two worker processes on this machine.

Each way runs in processes of its own, in turns, so that a machine that gets slower or faster decides nothing.
Scores have to be the stated ones everywhere. Results go to ``benchmarks/results.md``.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import compileall
import contextlib
import datetime as dt
import io
import itertools
import json
import os
import platform
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results.md"
OTTER = ROOT / "build" / "bench" / "bin" / "python"
NAME = "m05_kano"
KINDS = ("right", "otherway", "wrong", "otherway", "wrong", "unfinished", "wrong", "right", "otherway")
FULL = 30  # trainees in the class
EVERY = 0.05  # seconds between two looks at the memory
WAYS = {
    "floor": "floor: the cells' code, nothing shown",
    "shell": "floor: the same in an IPython shell, with displays",
    "stock": "nbgrader as it comes, serial",
    "otter": "otter-grader, serial",
    "ours-1": "csmodels grade, 1 worker, sandbox",
    "ours-2": "csmodels grade, 2 workers, sandbox",
    "ours-2-dask": "csmodels grade, Dask cluster of 2 processes, sandbox",
}
FASTER, FLOORS, BOOKKEEPING, CLUSTER = 25.0, 2.0, 0.1, 0.9  # the goals


# ---------------------------------------------------------------------------------------------- the class


def make_class(number: int) -> tuple[dict[str, dict[str, str]], dict[str, float]]:
    """Make trainees up, as the demo class is made, only more of them.

    Parameters
    ----------
    number : int
        How many.

    Returns
    -------
    answers : dict of dict
        Trainee → solution cell → its source; cells that are not named stay as released.
    expected : dict of float
        Trainee → the score that the tests must give.
    """
    from csmodels_helpers.grading import course
    from csmodels_helpers.grading.contract import graded_cells
    from csmodels_helpers.grading.demo import without_markers

    source = course.read_notebook(ROOT / "solutions" / NAME / f"{NAME}.ipynb")
    tests = [cell for cell in graded_cells(source) if not cell.written]
    points: dict[str, float] = defaultdict(float)
    for test in tests:
        points[test.item] += test.points
    bank = course.read_bank(ROOT / "tests" / "course" / "answers" / f"{NAME[:3]}.py")
    right = {
        str(cell["id"]): without_markers(cell["source"])
        for cell in source["cells"]
        if course.stamp(cell).get("solution")
    }
    half = list(points)[: (len(points) + 1) // 2]
    done = {test.solution for test in tests if test.item in half}
    answers: dict[str, dict[str, str]] = {}
    expected: dict[str, float] = {}
    seen = Counter[str]()
    for place in range(number):
        kind = KINDS[place % len(KINDS)]
        turn, seen[kind] = seen[kind], seen[kind] + 1
        mine, lost = dict(right), 0.0
        if kind == "otherway":
            for entry in bank.values():
                ways = list(entry.right.values())
                mine[entry.cell] = ways[turn % len(ways)] if ways else mine[entry.cell]
        elif kind == "wrong":
            for item in list(bank)[turn % 4 :: 4]:
                names = list(bank[item].wrong)
                chosen = names[turn % len(names)]
                mine[bank[item].cell] = bank[item].wrong[chosen]
                lost += bank[item].lost.get(chosen, points[item])
        elif kind == "unfinished":
            kept = done if turn % 2 == 0 else set[str]()
            mine = {cell: code for cell, code in right.items() if cell in kept}
            lost = sum(points[item] for item in points if turn % 2 or item not in half)
        name = f"{place + 1:02}-{kind}"
        answers[name], expected[name] = mine, sum(points.values()) - lost
    return answers, expected


def prepare(folder: Path, number: int, *, others: bool = True) -> dict[str, float]:
    """Lay everything out that the ways of grading read.

    Parameters
    ----------
    folder : Path
        An empty folder.
    number : int
        Trainees.
    others : bool
        Whether other graders will read them, too.

    Returns
    -------
    dict of float
        Trainee → the score that the tests must give.
    """
    from csmodels_helpers.grading import course
    from csmodels_helpers.grading.intake import read_folder, read_source
    from csmodels_helpers.grading.release import generate

    # Nobody should compile the package anew for each kernel; make bench does it for the libraries.
    compileall.compile_dir(ROOT / "csmodels_helpers", quiet=2)
    answers, expected = make_class(number)
    released = generate(ROOT, folder / "release", [NAME])[NAME]
    source = read_source(ROOT, NAME, released)
    shutil.copytree(ROOT / "solutions" / NAME, folder / "ours" / "solutions" / NAME)
    cells: dict[str, Any] = {}
    for student, mine in answers.items():
        notebook = course.read_notebook(released)
        for cell in notebook["cells"]:
            cell["source"] = mine.get(str(cell["id"]), cell["source"])
        place = folder / "ours" / "grading" / "submitted" / student / NAME
        place.mkdir(parents=True)
        content = json.dumps(notebook, ensure_ascii=False, indent=1)
        (place / f"{NAME}.ipynb").write_text(content, encoding="utf-8")
        if not others:
            continue
        clean = read_folder(place, source).notebook
        cells[student] = [_bare(cell) for cell in clean["cells"] if cell["cell_type"] == "code"]
        _for_otter(folder / "otter", student, clean)
    if others:
        (folder / "cells.json").write_text(json.dumps(cells), encoding="utf-8")
        _prepare_stock(folder / "stock")
    return expected


def _bare(cell: dict[str, Any]) -> dict[str, Any]:
    """Keep of a cell what the floor needs."""
    stamp = cell["metadata"].get("nbgrader", {})
    kind = "tests" if stamp.get("grade") else "answers" if stamp.get("solution", True) else "given"
    return {"source": cell["source"], "kind": kind, "points": stamp.get("points", 0), "name": cell["id"]}


def _prepare_stock(folder: Path) -> None:
    """Make a course folder of nbgrader's own, and release the assignment in it."""
    shutil.copytree(ROOT / "solutions" / NAME, folder / "source" / NAME)
    # Concerns the release alone: our rubric stands where nbgrader would rather not have one.
    options = ["--ClearMarkScheme.enforce_metadata=False"]
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", NAME, "--create", *options]
    done = subprocess.run(
        command, cwd=folder, env=surroundings(folder), capture_output=True, encoding="utf-8"
    )
    if done.returncode:
        raise SystemExit(f"nbgrader cannot release {NAME}:\n{done.stderr}")


def _for_otter(folder: Path, student: str, notebook: dict[str, Any]) -> None:
    """Write a notebook and its tests as otter-grader wants them: tests in files, named by the cells."""
    tests = folder / "tests"
    tests.mkdir(parents=True, exist_ok=True)
    cells: list[dict[str, Any]] = []
    for cell in notebook["cells"]:
        stamp = cell["metadata"].get("nbgrader", {})
        if cell["cell_type"] == "code" and stamp.get("grade"):
            (tests / f"{cell['id']}.py").write_text(_test_file(cell), encoding="utf-8")
            cell = {**cell, "source": "", "metadata": {"otter": {"tests": [cell["id"]]}}}
        cells.append(cell)
    (folder / f"{student}.ipynb").write_text(json.dumps({**notebook, "cells": cells}), encoding="utf-8")


def _test_file(cell: dict[str, Any]) -> str:
    """Make an exception-based test of a test cell: what it uses becomes the test's arguments."""
    from csmodels_helpers.grading.contract import bound_names

    tree = ast.parse(cell["source"])
    loaded = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    given = sorted(loaded - bound_names(tree) - {*dir(builtins)})
    local = {arg.arg for node in ast.walk(tree) if isinstance(node, ast.arguments) for arg in node.args}
    loops = {
        name.id
        for node in ast.walk(tree)
        if isinstance(node, ast.comprehension)
        for name in ast.walk(node.target)
        if isinstance(name, ast.Name)
    }
    arguments = ", ".join(name for name in given if name not in local | loops)
    points = cell["metadata"]["nbgrader"]["points"]
    return (
        "from otter.test_files import test_case\n\n"
        f"OK_FORMAT = False\nname = {cell['id']!r}\npoints = None\n\n\n"
        f"@test_case(points={points}, hidden=True)\ndef test({arguments}):\n"
        + textwrap.indent(cell["source"], "    ")
        + "\n"
    )


def surroundings(folder: Path) -> dict[str, str]:
    """Return the variables of a process that nobody's settings reach."""
    left_out = ("JUPYTER_", "IPYTHON", "COURSE_", "CSMODELS_", "NBGRADER_", "MPLBACKEND", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    nowhere = str(folder / "settings")
    programs = str(Path(sys.executable).parent)
    return {
        **kept,
        "PATH": os.pathsep.join([programs, kept.get("PATH", "")]),
        "JUPYTER_CONFIG_DIR": nowhere,
        "IPYTHONDIR": nowhere,
        "CSMODELS_LANGUAGE": "en",
        "PYTHONUTF8": "1",
    }


# ------------------------------------------------------------------------- one way of grading, from outside


@dataclass
class Run:
    """What one run of one way of grading took.

    Parameters
    ----------
    scores : dict of float
        Trainee → score.
    start, wall : float
        Seconds on the clock: until the first submission could begin, and for all submissions.
    start_cpu, cpu : float
        The same in seconds of processor time, of all processes together.
    each : list of float
        Seconds on the clock for each submission, where they come one by one.
    more : dict
        What only this way of grading can tell.
    waited, grouped : float or None
        Processor time of the whole run, once as processes count their children that ended, once as the
        machine counts a group of processes.
    peak : float
        Megabytes at the peak, if somebody looked.
    """

    scores: dict[str, float]
    start: float
    wall: float
    start_cpu: float
    cpu: float
    each: list[float] = field(default_factory=list[float])
    more: dict[str, Any] = field(default_factory=dict[str, Any])
    waited: float | None = None
    grouped: float | None = None
    peak: float = 0.0


class Group:
    """A cgroup that counts the processor time of everything in it, where this machine has such (version 1).

    Version 2 will not do: the sandbox puts its processes into another group, and there is only one tree.
    """

    def __init__(self) -> None:
        self.folder: Path | None = None
        with contextlib.suppress(OSError):
            for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
                _, kinds, place = line.split(":", 2)
                if "cpuacct" in kinds.split(","):
                    folder = Path("/sys/fs/cgroup", kinds, place.strip("/"), f"csmodels-bench-{os.getpid()}")
                    folder.mkdir(exist_ok=True)
                    self.folder = folder

    def join(self) -> None:
        """Put this process into it."""
        if self.folder is not None:
            (self.folder / "cgroup.procs").write_text("0", encoding="ascii")

    def close(self) -> float | None:
        """Remove it and return its seconds."""
        if self.folder is None:
            return None
        seconds = int((self.folder / "cpuacct.usage").read_text(encoding="ascii")) / 1e9
        for _ in range(100):
            with contextlib.suppress(OSError):
                self.folder.rmdir()
                break
            time.sleep(0.02)
        return seconds


def tree(pid: int | None = None) -> list[psutil.Process]:
    """List a process and all below it."""
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def tree_cpu(pid: int | None = None) -> float:
    """Add up the processor time of a process and all below it; who waited for a child has its time."""
    total = 0.0
    for process in tree(pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def tree_memory(pid: int) -> float:
    """Add up megabytes of a process and all below it; what they share counts once, where it can be seen."""
    total = 0
    for process in tree(pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            try:
                total += process.memory_full_info().pss
            except (psutil.AccessDenied, AttributeError):
                total += process.memory_info().rss
    return total / 1e6


@dataclass
class Finished:
    """A command that has ended.

    Parameters
    ----------
    lines : list
        Seconds since the start, and what was printed.
    cpu_before : float
        Processor time until the line that began the work.
    begun, wall, waited : float
        Seconds: until that line, on the clock, of processor time.
    grouped : float or None
        As in :class:`Run`.
    peak : float
        As in :class:`Run`.
    """

    lines: list[tuple[float, str]]
    cpu_before: float
    begun: float
    wall: float
    waited: float
    grouped: float | None
    peak: float


def launch(
    command: list[str],
    folder: Path,
    environment: dict[str, str],
    *,
    begins: Callable[[str], bool] = lambda _: False,
    look: bool = False,
    every: float = EVERY,
) -> Finished:
    """Run a command and count what it and all its children use.

    Parameters
    ----------
    command : list of str
        The program.
    folder : Path
        Where it runs.
    environment : dict of str
        Its variables.
    begins : callable
        Knows the first line of output that is about a submission.
    look : bool
        Look at the memory all the time, which itself costs time.
    every : float
        Seconds between two looks.

    Returns
    -------
    Finished
        What was counted.
    """
    group = Group()
    since = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        preexec_fn=group.join,
    )
    peaks = [0.0]
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(every):
            peaks.append(tree_memory(process.pid))

    watcher = threading.Thread(target=watch, daemon=True)
    if look:
        watcher.start()
    lines: list[tuple[float, str]] = []
    begun = cpu_before = 0.0
    assert process.stdout is not None
    try:
        for line in process.stdout:
            lines.append((time.perf_counter() - since, line.rstrip()))
            if not begun and begins(line):
                begun, cpu_before = lines[-1][0], tree_cpu(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:  # stopped by hand
        for one in tree(process.pid):
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        process.wait()
        group.close()
        raise
    wall = time.perf_counter() - since
    process.returncode = os.waitstatus_to_exitcode(status)
    stop.set()
    if look:
        watcher.join()
    grouped = group.close()
    if process.returncode:
        said = "\n".join(line for _, line in lines[-30:])
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{said}")
    waited = usage.ru_utime + usage.ru_stime
    return Finished(lines, cpu_before, begun, wall, waited, grouped, max(peaks))


def measure(way: str, folder: Path, students: list[str], *, look: bool = False, every: float = EVERY) -> Run:
    """Grade these trainees once in this way."""
    if way == "stock":
        return _measure_stock(folder, students, look=look)
    environment = surroundings(folder)
    python = sys.executable
    if way == "profile":
        environment["MPLBACKEND"] = "agg"  # as workers have it
    if way == "otter":
        python = str(OTTER)
        environment["PYTHONPATH"] = str(ROOT)
    if way in ("floor", "shell"):  # one core, as workers have
        threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        environment |= dict.fromkeys(threads, "1")
    if not way.startswith("ours"):
        environment["NBGRADER_EXECUTION"] = "autograde"
    target = folder / "run.json"
    target.unlink(missing_ok=True)
    task = json.dumps({"way": way, "folder": str(folder), "students": students, "since": time.time()})
    done = launch([python, str(Path(__file__)), "--part", task], folder, environment, look=look, every=every)
    run = Run(**json.loads(target.read_text(encoding="utf-8")))
    run.waited, run.grouped, run.peak = done.waited, done.grouped, done.peak
    if way.startswith(("ours", "profile")):
        url = f"sqlite:///{folder / 'graded' / 'grading' / 'gradebook.db'}"
        run.scores = _gradebook(url, students)
    return run


def _measure_stock(folder: Path, students: list[str], *, look: bool) -> Run:
    """Run ``nbgrader autograde``; where it is can be seen from what it prints."""
    base = folder / "graded"
    shutil.rmtree(base, ignore_errors=True)
    shutil.copytree(folder / "stock", base)
    for student in students:
        place = Path("submitted", student)
        shutil.copytree(folder / "ours" / "grading" / place, base / place)

    def about(line: str) -> str:
        found = [student for student in students if f"/{student}/" in line or f"/{student} " in line]
        return found[0] if found else ""

    command = [sys.executable, "-m", "nbgrader", "autograde", NAME]
    done = launch(
        command,
        base,
        surroundings(folder),
        begins=lambda line: "submitted" in line and bool(about(line)),
        look=look,
    )
    first: dict[str, float] = {}
    for seconds, line in done.lines:
        if about(line):
            first.setdefault(about(line), seconds)
    edges = [*first.values(), done.wall]
    scores = _gradebook(f"sqlite:///{base / 'gradebook.db'}", students)
    return Run(
        scores,
        done.begun,
        done.wall - done.begun,
        done.cpu_before,
        done.waited - done.cpu_before,
        [after - before for before, after in itertools.pairwise(edges)],
        waited=done.waited,
        grouped=done.grouped,
        peak=done.peak,
    )


def _gradebook(url: str, students: Iterable[str]) -> dict[str, float]:
    from nbgrader.api import Gradebook

    with Gradebook(url) as gradebook:
        return {student: float(gradebook.find_submission(NAME, student).score) for student in students}


# -------------------------------------------------------------------------- one way of grading, from inside


def part(task: dict[str, Any]) -> None:
    """Grade in this process, in the way that the task names, and write down what it took."""
    folder, students, way = Path(task["folder"]), task["students"], task["way"]
    if way == "otter":
        run = _by_otter(folder, students, task["since"])
    elif way in ("floor", "shell"):
        run = _by_nobody(folder, students, task["since"], shown=way == "shell")
    elif way == "profile":
        run = _step_by_step(folder, students)
    else:
        _, number, *dask = way.split("-")
        run = _by_us(folder, students, task["since"], int(number), dask=bool(dask))
    (folder / "run.json").write_text(json.dumps(vars(run)), encoding="utf-8")


def _by_nobody(folder: Path, students: list[str], since: float, *, shown: bool) -> Run:
    """Run the cells of one submission after another: nothing is read, contained, judged apart or recorded."""
    cells = json.loads((folder / "cells.json").read_text(encoding="utf-8"))
    run_cell = _in_shell() if shown else _in_namespace()
    kinds: dict[str, float] = defaultdict(float)

    def run(student: str) -> float:
        score = 0.0
        for cell in cells[student]:
            begun = time.process_time()
            fine = run_cell(cell["source"])
            kinds[cell["kind"]] += time.process_time() - begun
            score += cell["points"] if fine and cell["kind"] == "tests" else 0.0
        return score

    run(students[0])  # everything is imported now, and read
    kinds.clear()
    start, start_cpu, cpu = time.time() - since, time.process_time(), 0.0
    scores: dict[str, float] = {}
    each: list[float] = []
    for student in students:
        run_cell(None)  # not counted: a fork would begin with nothing
        begun, used = time.perf_counter(), time.process_time()
        scores[student] = run(student)
        each.append(time.perf_counter() - begun)
        cpu += time.process_time() - used
    return Run(scores, start, sum(each), start_cpu, cpu, each, {"kinds": dict(kinds)})


def _in_namespace() -> Callable[[str | None], bool]:
    """Return what runs a cell with plain ``exec``; None begins a new notebook."""
    namespace: dict[str, Any] = {"__name__": "__main__"}

    def run_cell(source: str | None) -> bool:
        if source is None:
            namespace.clear()
            namespace["__name__"] = "__main__"
            return True
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                exec(compile(source, "<cell>", "exec"), namespace)
        except Exception:
            return False
        return True

    return run_cell


def _in_shell() -> Callable[[str | None], bool]:
    """Return what runs a cell in an IPython shell, tables and errors formatted as in a notebook."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from traitlets.config import Config

    config: Any = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)

    def run_cell(source: str | None) -> bool:
        if source is None:
            shell.reset()
            return True
        with capture_output():
            return bool(shell.run_cell(source, store_history=True).success)

    return run_cell


def _by_otter(folder: Path, students: list[str], since: float) -> Run:
    """Grade one notebook after the other in this process, which otter-grader has warmed up with one."""
    from otter.execute import grade_notebook

    tests = folder / "otter" / "tests"

    def score(student: str) -> float:
        notebook = folder / "otter" / f"{student}.ipynb"
        with contextlib.redirect_stdout(io.StringIO()):
            return float(grade_notebook(str(notebook), test_dir=str(tests), tests_glob=[]).total)

    def used() -> float:
        both = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in both)

    score(students[0])
    start, start_cpu = time.time() - since, used()
    scores: dict[str, float] = {}
    each: list[float] = []
    for student in students:
        begun = time.perf_counter()
        scores[student] = score(student)
        each.append(time.perf_counter() - begun)
    versions = {name: version(name) for name in ("otter-grader", "pandas", "numpy", "ipykernel")}
    return Run(scores, start, sum(each), start_cpu, used() - start_cpu, each, {"versions": versions})


@contextlib.contextmanager
def _cluster(folder: Path, number: int) -> Generator[str]:
    """Start a scheduler and workers with one thread each; return the address."""
    from distributed import Client

    dask, file = str(Path(sys.executable).with_name("dask")), folder / "scheduler.json"
    file.unlink(missing_ok=True)
    quiet = {"cwd": folder, "stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    here = ["--host", "127.0.0.1", "--no-dashboard"]
    started: list[subprocess.Popen[bytes]] = []
    try:
        command = [dask, "scheduler", *here, "--port", "0", "--scheduler-file", str(file)]
        started.append(subprocess.Popen(command, **quiet))
        while not file.is_file() or not file.read_bytes().strip():
            time.sleep(0.01)
        address = str(json.loads(file.read_bytes())["address"])
        command = [dask, "worker", address, *here, "--nthreads", "1", "--local-directory", str(folder)]
        started += [subprocess.Popen(command, **quiet) for _ in range(number)]
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(number)
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait()


def _by_us(folder: Path, students: list[str], since: float, jobs: int, *, dask: bool = False) -> Run:
    """Grade with ``csmodels_helpers.grading.grade.grade`` as it is; only its parts are wrapped in clocks."""
    from csmodels_helpers.grading import cluster, worker
    from csmodels_helpers.grading import grade as module

    base = _fresh(folder, students)
    spent: dict[str, float] = defaultdict(float)
    told: list[tuple[float, float]] = []  # of each result its seconds alone: notebooks would fill the memory
    marks: dict[str, float] = {}
    done: list[float] = []

    def mark() -> None:
        """All workers are ready."""
        marks.update(wall=time.perf_counter(), start=time.time() - since, cpu=tree_cpu())

    together = threading.Barrier(jobs, action=mark)

    class Worker(worker.Worker):
        """Waits until all others are warm, so that the start can be told from the work."""

        waiting = True

        def _start(self) -> Any:
            channel = super()._start()
            if self.waiting:
                self.waiting = False
                together.wait()
            return channel

        def grade(self, submission: Any) -> Any:
            result = super().grade(submission)
            told.append((result.cpu, result.judge_cpu))
            return result

    class Bar:
        """Sees each submission that is finished, recorded and written."""

        def __init__(self, _: int) -> None:
            pass

        def update(self) -> None:
            done.append(time.perf_counter())
            if len(done) == len(students):
                marks.update(end=tree_cpu(), own_end=time.process_time())

        def close(self) -> None:
            pass

    @contextlib.contextmanager
    def clock(step: str) -> Generator[None]:
        begun = time.thread_time()
        marks.setdefault("own", time.process_time())
        try:
            yield
        finally:
            spent[step] += time.thread_time() - begun

    class Elsewhere(cluster._Run):
        """The same on a cluster: when the first submission is sent, all judges are warm."""

        def results(self, todo: Any) -> Any:
            mark()
            for folder, submission, key, result in super().results(todo):
                told.append((result.cpu, result.judge_cpu))
                yield folder, submission, key, result

    module.Worker, cluster._Run = Worker, Elsewhere
    _put_clocks(module, clock)
    with _cluster(folder, jobs) if dask else contextlib.nullcontext("") as address:
        report = module.grade(base, NAME, jobs=0 if dask else jobs, progress=Bar, dask=address)
    if report.failed or len(report.changes) != len(students):
        raise SystemExit("\n".join(report.lines()))
    edges = [marks["wall"], *done]
    more = {
        "pieces": dict(spent),
        "own": marks["own_end"] - marks["own"],
        "told": sum(run + judge for run, judge in told),
        "run": sum(run for run, _ in told),
        "judge": sum(judge for _, judge in told),
    }
    each = [after - before for before, after in itertools.pairwise(edges)] if jobs == 1 else []
    cpu = marks["end"] - marks["cpu"]
    return Run({}, marks["start"], done[-1] - marks["wall"], marks["cpu"], cpu, each, more)


def _put_clocks(module: Any, clock: Callable[[str], Any]) -> None:
    """Wrap what the grading process does for each submission."""

    def timed(step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def inner(*args: Any, **kwargs: Any) -> Any:
            with clock(step):
                return function(*args, **kwargs)

        return inner

    module.read_folder = timed("intake", module.read_folder)
    module.key_of = timed("intake", module.key_of)
    module.Recorder.save = timed("gradebook", module.Recorder.save)
    module._write_beside = timed("files", module._write_beside)


def _fresh(folder: Path, students: Iterable[str]) -> Path:
    """Make a course folder in which nothing is graded yet."""
    base = folder / "graded"
    shutil.rmtree(base, ignore_errors=True)
    shutil.copytree(folder / "ours" / "solutions", base / "solutions")
    for student in students:
        place = Path("grading", "submitted", student)
        shutil.copytree(folder / "ours" / place, base / place)
    return base


# ------------------------------------------------------------------------------------ where the time goes


class Watch:
    """Seconds of each step; what a step within a step takes counts for the inner one alone."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inner = [0.0]

    @contextlib.contextmanager
    def __call__(self, step: str) -> Generator[None]:
        """Take the time of a step."""
        begun = time.perf_counter()
        self._inner.append(0.0)
        try:
            yield
        finally:
            took = time.perf_counter() - begun
            self.seconds[step] += took - self._inner.pop()
            self._inner[-1] += took


STEPS = {
    "intake": "",
    "fork of the judge": "",
    "fork into the sandbox": "",
    "end of the trainee's process": "",
    "cells that come with the assignment": "given",
    "the trainee's cells": "answers",
    "calls and values": "",
    "judging": "tests",
    "packing": "",
    "gradebook": "",
    "files": "",
}
"""Step → kind of cells that the floor runs at the same place."""


def _step_by_step(folder: Path, students: list[str]) -> Run:
    """Do in one process, one after the other, what grader, worker and judge do, with a clock on each step.

    The trainee's process is the real one. The judge's is forked and thrown away at once; the judging happens
    here, on a copy of what the fork would have had.
    """
    from csmodels_helpers.grading import grade as module
    from csmodels_helpers.grading import judge, judge_runner, sandbox
    from csmodels_helpers.grading.protocol import pack, unpack
    from csmodels_helpers.grading.worker import Result

    watch, turn = Watch(), threading.RLock()
    steps = {"run": "the trainee's cells", "names": "calls and values", "call": "calls and values"}
    zygotes: list[Any] = []

    @contextlib.contextmanager
    def alone(step: str) -> Generator[None]:
        with turn, watch(step):  # the grader's threads wait for each other here
            yield

    class Runner(judge_runner.Runner):
        """Has a clock on each thing that the judge asks of it."""

        given: tuple[str, ...] = ()

        def start(self) -> None:
            with watch("fork into the sandbox"):
                super().start()

        def end(self) -> dict[str, Any]:
            with watch("end of the trainee's process"):
                return super().end()

        def ask(self, request: dict[str, Any], outputs: Any = None) -> dict[str, Any]:
            comes_with = request["do"] == "run" and request["source"] in self.given
            with watch("cells that come with the assignment" if comes_with else steps[request["do"]]):
                return super().ask(request, outputs)

    class Worker:
        """Judges in this process."""

        def __init__(self, source: Any, _: Any) -> None:
            given = [cell["source"] for cell in source.cells if judge._comes_with(cell)]
            self.zygote = judge_runner.start_zygote(given, sandbox.Limits(), True)
            self.exam = judge.Exam(
                list(source.cells), {}, {cell["id"]: cell["source"] for cell in source.released}
            )
            self.zygote.wait()
            zygotes.append(self.zygote)
            Runner.given = tuple(given)
            self.warm = False

        def grade(self, submission: Any) -> Any:
            with turn:
                if not self.warm:  # a rehearsal
                    before = dict(watch.seconds)
                    self._judge(submission)
                    watch.seconds.clear()
                    watch.seconds.update(before)
                    self.warm = True
                return self._judge(submission)

        def _judge(self, submission: Any) -> Any:
            with watch("packing"):
                request = unpack(pack({"notebook": submission.notebook, "files": dict(submission.files)}))
            with watch("fork of the judge"):
                child = os.fork()
                if child == 0:
                    os._exit(0)
                os.waitpid(child, 0)
            with watch("judging"):
                limits = judge_runner.CellLimits()
                one = judge.Judge(self.exam, Runner(self.zygote, request["files"], limits), limits)
                one.namespace = dict(self.exam.namespace)
                result = one.grade(request["notebook"])
            with watch("packing"):
                result = unpack(pack(result))  # the worker passes on what the judge packed
            return Result(result["notebook"], "graded", result["reasons"], cpu=result["cpu"])

        def close(self) -> None:
            pass

    module.Worker = Worker
    judge._cpu_limit = lambda seconds: contextlib.nullcontext()  # a signal needs the main thread
    _put_clocks(module, alone)
    module.grade(_fresh(folder, students), NAME, jobs=1)
    for zygote in zygotes:
        zygote.stop()
    return Run({}, 0, sum(watch.seconds.values()), 0, 0, [], {"steps": dict(watch.seconds)})


# ------------------------------------------------------------------------------------------------- a report


@dataclass
class Summary:
    """All runs of one way of grading.

    Parameters
    ----------
    way : str
        One of :data:`WAYS`.
    runs : list of Run
        The runs.
    """

    way: str
    runs: list[Run] = field(default_factory=list[Run])

    @property
    def number(self) -> int:
        """Submissions graded in all runs together."""
        return sum(len(run.scores) for run in self.runs)

    def a_submission(self, pick: Callable[[Run], float]) -> float:
        """Return the seconds a submission of something, over all runs."""
        return sum(pick(run) for run in self.runs) / self.number

    @property
    def wall(self) -> float:
        """Seconds on the clock a submission, the start apart."""
        return self.a_submission(lambda run: run.wall)

    @property
    def cpu(self) -> float:
        """Seconds of processor time a submission, the start apart."""
        return self.a_submission(lambda run: run.cpu)

    @property
    def start(self) -> float:
        """Seconds on the clock before the first submission."""
        return statistics.median(run.start for run in self.runs)

    @property
    def median(self) -> float | None:
        """Median of the seconds of single submissions."""
        each = [seconds for run in self.runs for seconds in run.each]
        return statistics.median(each) if each else None

    @property
    def spread(self) -> str:
        """The fastest and the slowest run, a submission."""
        rates = [run.wall / len(run.scores) for run in self.runs]
        return f"{min(rates):.3f} to {max(rates):.3f}"

    def whole(self, number: int) -> float:
        """Return the seconds on the clock for a class of this size, the start included."""
        return self.start + number * self.wall


def table(rows: list[list[str]]) -> list[str]:
    """Set rows as a Markdown table; the first is its head, numbers stand right."""
    rule = ["---", *["--:"] * (len(rows[0]) - 1)]
    return [f"| {' | '.join(row)} |" for row in [rows[0], rule, *rows[1:]]]


def compare(found: dict[str, Summary], peaks: dict[str, float]) -> list[str]:
    """Set the ways of grading side by side."""
    head = [
        "seconds a submission",
        "submissions",
        "wall",
        "median",
        "runs",
        "CPU",
        "start",
        "start CPU",
        "peak MB",
    ]
    rows = [head]
    for way, one in found.items():
        median = one.median
        rows.append(
            [
                WAYS[way],
                str(one.number),
                f"**{one.wall:.3f}**",
                "–" if median is None else f"{median:.3f}",
                one.spread,
                f"{one.cpu:.3f}",
                f"{one.start:.1f}",
                f"{statistics.median(run.start_cpu for run in one.runs):.1f}",
                f"{peaks[way]:.0f}" if way in peaks else "–",
            ]
        )
    return table(rows)


def workers_cpu(one: Summary) -> float:
    """Return what the workers' processes used a submission, with everything: forks, waiting, messages."""
    return one.cpu - one.a_submission(lambda run: run.more["own"])


def ratios(found: dict[str, Summary], number: int) -> list[str]:
    """Set the ratios beside the goals."""
    stock, otter, two, one = (found[way] for way in ("stock", "otter", "ours-2", "ours-1"))
    told = one.a_submission(lambda run: run.more["told"])
    own = one.a_submission(lambda run: run.more["own"])
    rows = [["goal", "measured", ""]]

    def row(goal: str, value: float, *, most: float | None = None, least: float | None = None) -> None:
        word = "–"
        if most is not None:
            word = "met" if value <= most else "**missed**"
        elif least is not None:
            word = "met" if value >= least else "**missed**"
        rows.append([goal, f"{value:.3f}" if value < 1 else f"{value:.2f}", word])

    faster = f"at least {FASTER:g} times as fast as nbgrader"
    row(f"2 workers {faster}, on the clock", stock.wall / two.wall, least=FASTER)
    row(
        f"the same for a class of {number}, from start to end",
        stock.whole(number) / two.whole(number),
        least=FASTER,
    )
    row("1 worker against nbgrader", stock.wall / one.wall)
    row("2 workers against otter-grader", otter.wall / two.wall)
    row("2 workers against 1", one.wall / two.wall)
    here, there = (statistics.median(run.wall for run in way.runs) for way in (two, found["ours-2-dask"]))
    goal = f"a Dask cluster of 2 processes at least {CLUSTER:g} times as fast as 2 workers"
    row(goal, here / there, least=CLUSTER)
    within = f"within {FLOORS:g} times the floor's CPU seconds"
    floor, shell = found["floor"].cpu, found["shell"].cpu
    row(f"run and judge, as results tell, {within}", told / floor, most=FLOORS)
    row("the same, floor with displays", told / shell, most=FLOORS)
    row(f"all of the workers' processes {within}", workers_cpu(one) / floor, most=FLOORS)
    row("the same, floor with displays", workers_cpu(one) / shell, most=FLOORS)
    row(f"the grading process itself within {BOOKKEEPING:g} CPU seconds a submission", own, most=BOOKKEEPING)
    for piece in ("intake", "gradebook", "files"):
        row(f"… {piece}", one.a_submission(lambda run, piece=piece: run.more["pieces"].get(piece, 0)))
    return table(rows)


def counted(found: dict[str, Summary]) -> list[str]:
    """Show the processor time of whole runs, counted in three ways that should agree."""
    rows = [["CPU seconds of whole runs", "start + work", "children waited for", "cgroup"]]
    for way, one in found.items():
        inside = sum(run.start_cpu + run.cpu for run in one.runs)
        waited = sum(run.waited or 0 for run in one.runs)
        groups = [run.grouped for run in one.runs if run.grouped is not None]
        grouped = f"{sum(groups):.1f}" if len(groups) == len(one.runs) else "–"
        rows.append([WAYS[way], f"{inside:.1f}", f"{waited:.1f}", grouped])
    return table(rows)


def anatomy(profile: Run, found: dict[str, Summary]) -> list[str]:
    """Show where the time of a submission goes."""
    steps, number = profile.more["steps"], len(profile.scores)

    def kinds(one: Summary, kind: str) -> str:
        return f"{one.a_submission(lambda run: run.more['kinds'].get(kind, 0)):.4f}"

    rows = [["seconds a submission", "csmodels grade", "floor", "floor with displays"]]
    for step, kind in STEPS.items():
        floors = [kinds(found[way], kind) for way in ("floor", "shell")] if kind else ["", ""]
        rows.append([step, f"{steps.get(step, 0) / number:.4f}", *floors])
    sums = [profile.wall / number, found["floor"].cpu, found["shell"].cpu]
    rows.append(["**sum**", *(f"**{value:.4f}**" for value in sums)])
    return table(rows)


def machine(found: dict[str, Summary], load: float) -> str:
    """Say on what was measured."""
    model = platform.machine()
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    memory = psutil.virtual_memory().total / 2**30
    versions = {name: version(name) for name in ("pandas", "numpy", "ipython", "nbgrader")}
    there = dict(found["otter"].runs[0].more["versions"])
    versions["otter-grader"] = there.pop("otter-grader")
    other = [f"{name} {number}" for name, number in there.items() if version(name) != number]
    if other:
        say(f"Not like with like: otter-grader ran with {', '.join(other)}.")
    listed = ", ".join(f"{name} {number}" for name, number in versions.items())
    return (
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, {os.cpu_count()} cores ({model}), {memory:.0f} GiB, load "
        f"{load:.1f} at the beginning; Python {platform.python_version()}, {listed}."
    )


def differences(found: Iterable[Summary | Run], expected: dict[str, float]) -> list[str]:
    """List the scores that are not the stated ones."""
    lines: list[str] = []
    for one in found:
        runs = one.runs if isinstance(one, Summary) else [one]
        way = WAYS[one.way] if isinstance(one, Summary) else "step by step"
        for run in runs:
            for student, score in run.scores.items():
                if abs(score - expected[student]) > 1e-6:
                    lines.append(f"{way}: {student} has {score:g} and should have {expected[student]:g}")
    return sorted(set(lines))


def write(path: Path, lines: list[str]) -> None:
    """Put the results between their markers; what stands around them stays."""
    before, _, rest = path.read_text(encoding="utf-8").partition("<!-- grading -->")
    _, closing, after = rest.partition("<!-- /grading -->")
    if not closing:
        raise SystemExit(f"{path} lacks its markers <!-- grading --> and <!-- /grading -->.")
    body = "\n".join(["<!-- grading -->", *lines, "<!-- /grading -->"])
    path.write_text(before + body + after, encoding="utf-8")


# ---------------------------------------------------------------------------------------------------- main


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


def rounds(folder: Path, students: list[str], number: int) -> dict[str, Summary]:
    """Take turns. nbgrader and otter-grader, which take long, grade a third of the class in each round."""
    found = {way: Summary(way) for way in WAYS}
    turns = ("floor", "shell", "ours-1", "ours-2", "ours-2-dask", "otter", "stock")
    for turn in range(number + 1):
        last = turn == number  # once more the floor, to see whether the machine has changed
        for way in ("floor", "shell") if last else turns:
            some = students[turn :: max(number, 3)] if way in ("stock", "otter") else students
            run = measure(way, folder, some)
            found[way].runs.append(run)
            rate = run.wall / len(some)
            say(f"{turn + 1}/{number}  {WAYS[way]}: {rate:.3f} s a submission, start {run.start:.1f} s")
    return found


def main(arguments: list[str] | None = None) -> int:
    """Measure and report; 1 if a score is not the stated one."""
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__.partition("\n")[0] if __doc__ else ""
    )
    parser.add_argument("--quick", action="store_true", help="few submissions, once; writes no results")
    parser.add_argument("--students", type=int, help=f"size of the class ({FULL}; --quick 6)")
    parser.add_argument("--rounds", type=int, help="how often each takes its turn (3; --quick 1)")
    parser.add_argument("--output", type=Path, help="where the results go (benchmarks/results.md)")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.part:
        part(json.loads(options.part))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not OTTER.is_file():
        raise SystemExit("otter-grader is not there: start this with make bench, which installs it.")
    number = options.students or (6 if options.quick else FULL)
    turns = options.rounds or (1 if options.quick else 3)
    begun, load = time.monotonic(), os.getloadavg()[0]
    if load > 0.5:
        say(f"The machine is busy (load {load:.1f}): the numbers will say little.")
    with tempfile.TemporaryDirectory(prefix="csmodels-bench-") as name:
        folder = Path(name)
        expected = prepare(folder, number)
        students = list(expected)
        profile = measure("profile", folder, students)
        say(f"step by step: {profile.wall / number:.3f} s a submission")
        found = rounds(folder, students, turns)
        peaks: dict[str, float] = {}
        for way in WAYS:
            some = students[: 1 if options.quick else 3] if way in ("stock", "otter") else students
            peaks[way] = measure(way, folder, some, look=True).peak
    wrong = differences([profile, *found.values()], expected)
    lines = [
        machine(found, load),
        f"A class of {number}, {turns} turns.",
        "",
        *compare(found, peaks),
        "",
        *ratios(found, number),
        "",
        *counted(found),
        "",
        *anatomy(profile, found),
    ]
    say("\n" + "\n".join(lines) + "\n")
    say(f"{time.monotonic() - begun:.0f} s in all.")
    for line in wrong:
        say(line)
    if wrong:
        say("Scores differ: nothing is written.")
        return 1
    target = options.output or (None if options.quick else RESULTS)
    if target is not None:
        write(target, lines)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
