"""Grade every case with nbgrader as it comes, and write what happens to ``docs/grading-stock.csv``.

``PYTHONPATH=tests/grading python -m corpus.stock`` goes on where it stopped; ``--again`` starts anew, and
names of cases after it limit it to those. It takes some ten seconds a case, one after the other.

nbgrader runs what is handed in with the rights of whoever grades. Each case therefore has a container of its
own, which ends with it: namespaces without a network, a file system of read-only system folders and a
throw-away course in memory, a user without any rights, limits for memory, processes, files and time. Without
these nothing is run. An honest trainee is handed in after each case: does the class go on?
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sample import make_course

from corpus import CORPUS, FULL, NAME, POINTS, RIGHT, Case, HandIn
from corpus.assignment import cells
from csmodels_helpers.grading import course, sandbox
from csmodels_helpers.grading.sandbox_limits import make_cgroup, remove_cgroup

COLUMNS = ("case", "kind", "our outcome", "our points", "stock outcome", "stock points")
TABLE = course.ROOT / "docs" / "grading-stock.csv"
PAGE = course.ROOT / "docs" / "grading.md"  # where the table is counted
MARKED = re.compile(r"(<!-- stock -->\n)(.*?)(<!-- /stock -->)", re.DOTALL)
SECONDS = 90  # for a case and the honest trainee after it; up to three times as many on a busy machine
SPARE = 2_000_000_000  # bytes of the machine's memory below which a case is ended
WHO = "60123"  # a user that has nothing
LIMITS = ("--as=4294967296", "--nproc=200", "--fsize=300000000", "--cpu=60", "--core=0", "--nofile=512")

CONFIG = """
c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"
c.CourseDirectory.db_url = "sqlite:///{root}/grading/gradebook.db"
"""


# -------------------------------------------------------------------------------------------- the course


def plain_course(root: Path) -> None:
    """Write the assignment with settings of nbgrader's own, but for the folders, and release it."""
    changed = cells()
    for cell in changed:
        # As it comes, nbgrader allows a mark scheme in task cells only.
        cell["source"] = cell["source"].partition("\n\n=== BEGIN MARK SCHEME")[0]
    make_course(root, changed, name=NAME, items=[*POINTS, "note"])
    (root / "grading").mkdir()
    _settings(root)
    said = _nbgrader(root, str(root), "generate_assignment", NAME)
    if not (root / "exercises" / NAME).is_dir():
        raise SystemExit(said)


def _settings(root: Path) -> None:
    (root / "nbgrader_config.py").write_text(CONFIG.format(root=str(root)), encoding="utf-8")


def hand_in(root: Path, student: str, case: Case | None) -> None:
    folder = root / "grading" / "submitted" / student / NAME
    folder.mkdir(parents=True)
    made = HandIn(folder, course.read_notebook(root / "exercises" / NAME / f"{NAME}.ipynb"))
    for item, source in RIGHT.items():
        made.answer(item, source)
    if case is not None:
        case.build(made)
    if case is None or case.writes:
        made.write()


# --------------------------------------------------------------------------------------------- inside


def inside(name: str) -> None:
    """Grade one case; runs in the container, as a user without rights, and tells what came of it."""
    root = Path("/tmp/course")
    shutil.copytree("/course", root)
    Path("/tmp/home").mkdir()
    _settings(root)
    hand_in(root, "a-case", CORPUS.cases[name])
    hand_in(root, "z-honest", None)
    print(json.dumps({"begun": True}), flush=True)
    said = _nbgrader(root, "/tmp/home", "autograde", NAME)
    print(json.dumps({"found": _read(root / "grading" / "gradebook.db"), "said": said[-400:]}), flush=True)


def _nbgrader(root: Path, home: str, *command: str) -> str:
    environment = {
        "PATH": f"{Path(sys.prefix) / 'bin'}:/usr/bin:/bin",
        "HOME": home,
        "LANG": "C.UTF-8",
        "CSMODELS_CHECKS": str(root / "checks"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLCONFIGDIR": home,
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command],
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return done.stdout


def _read(gradebook: Path) -> dict[str, Any]:
    """Return student → points of the tests; None where one of them has no score."""
    query = """
        select submitted_assignment.student_id, sum(grade.auto_score), sum(grade.auto_score is null), count(*)
        from grade join submitted_notebook on grade.notebook_id = submitted_notebook.id
        join submitted_assignment on submitted_notebook.assignment_id = submitted_assignment.id
        join base_cell on base_cell.id = grade.cell_id where base_cell.name not like '%note%'
        group by submitted_assignment.student_id
    """
    import sqlite3

    try:
        with contextlib.closing(sqlite3.connect(f"file:{gradebook}?mode=ro", uri=True)) as book:
            rows = book.execute(query).fetchall()
    except sqlite3.Error as error:
        return {"broken": str(error)}
    return {student: None if without else points for student, points, without, _ in rows}


# ------------------------------------------------------------------------------------------ the container


def contain(folder: str, released: str, name: str) -> None:
    """Build the container around this process, which is the first of its namespaces, and go inside."""
    new = Path(folder)
    _run("mount", "--make-rprivate", "/")
    _run("mount", "-t", "tmpfs", "-o", "size=16m,mode=755", "none", str(new))
    tests = Path(__file__).resolve().parents[1]
    binds = {path: new / str(path).lstrip("/") for path in [*sandbox.readable_paths(), tests]}
    for path, place in {**binds, Path(released): new / "course"}.items():
        place.mkdir(parents=True, exist_ok=True)
        _run("mount", "--bind", str(path), str(place))
        _run("mount", "-o", "remount,bind,ro,nosuid,nodev", str(place))
    for path in (Path("/", one) for one in ("bin", "sbin", "lib", "lib32", "lib64", "libx32")):
        if path.is_symlink():
            (new / path.name).symlink_to(path.readlink())
    for one in ("proc", "tmp", "dev"):
        (new / one).mkdir(exist_ok=True)
    _run("mount", "-t", "proc", "-o", "nosuid,nodev,noexec", "proc", str(new / "proc"))
    for one in ("null", "zero", "full", "random", "urandom"):
        (new / "dev" / one).touch()
        _run("mount", "--bind", f"/dev/{one}", str(new / "dev" / one))
    (new / "dev" / "shm").mkdir()
    for place, size in (("dev/shm", "64m"), ("tmp", "900m")):
        _run("mount", "-t", "tmpfs", "-o", f"size={size},mode=1777,nosuid,nodev", "none", str(new / place))
    _run("ip", "link", "set", "lo", "up")
    os.chdir(new)
    _run("pivot_root", ".", ".")
    _run("umount", "-l", ".")
    os.chdir("/tmp")
    _run("mount", "-o", "remount,ro", "/")
    who = [f"--reuid={WHO}", f"--regid={WHO}", "--clear-groups"] if os.getuid() == 0 else []
    rights = [*who, "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
    command = [sys.executable, "-s", "-m", "corpus.stock", "--inside", name]
    os.execvpe(
        "setpriv",
        ["setpriv", *rights, "prlimit", *LIMITS, "nice", "-n", "5", *command],
        {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "HOME": "/tmp",
            "PYTHONPATH": str(tests),
        },
    )


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)


def run(released: Path, name: str) -> dict[str, Any]:
    """Run one case in a container and return what it told; all of it may be forged.

    Parameters
    ----------
    released : Path
        The course, as :func:`plain_course` makes it.
    name : str
        The case.

    Returns
    -------
    dict
        ``begun``, ``found`` and ``said``; ``hangs`` if it was ended.
    """
    folder = tempfile.mkdtemp(prefix="csmodels-stock-")
    own = "-Ur" if os.getuid() else "-m"
    spaces = ["unshare", own, "-mpinuf", "--kill-child=KILL", "--propagation=private"]
    command = [*spaces, sys.executable, "-m", "corpus.stock", "--contain", folder, str(released), name]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            # It waits for the word to go, so that its control group holds all that it starts.
            ["/bin/sh", "-c", 'read go && exec "$@"', "sh", *command],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        try:
            make_cgroup(process.pid, 300, 5_000_000_000)
            assert process.stdin is not None
            process.stdin.write(b"go\n")
            process.stdin.close()
            hangs = _watch(process)
        finally:
            if process.poll() is None:  # its number is nobody else's yet
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            remove_cgroup(process.pid)
            shutil.rmtree(folder, ignore_errors=True)
        told: dict[str, Any] = {"hangs": hangs}
        out.seek(0)
        for line in out.read(1_000_000).decode("utf-8", "replace").splitlines():
            with contextlib.suppress(ValueError):
                entry = json.loads(line)
                told |= entry if isinstance(entry, dict) else {}
        err.seek(0)
        if "begun" not in told:
            told.setdefault("broken", err.read(100_000).decode("utf-8", "replace")[-400:])
    return told


def _watch(process: subprocess.Popen[bytes]) -> bool:
    """Wait for the end; say whether it had to be brought about."""
    spent, seen = 0.0, time.monotonic()
    while process.poll() is None:
        now = time.monotonic()
        share = (os.cpu_count() or 1) / max(0.1, os.getloadavg()[0])
        spent, seen = spent + (now - seen) * min(1.0, max(1 / 3, share)), now
        if spent > SECONDS or _spare_memory() < SPARE:
            return True
        time.sleep(0.2)
    return False


def _spare_memory() -> int:
    lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))


# ---------------------------------------------------------------------------------------------- the table


def kind(case: Case) -> str:
    return case.build.__module__.rpartition(".")[2].removesuffix("_cases")


def row(case: Case, told: dict[str, Any] | None) -> dict[str, str]:
    """Put what happened into a row of the table."""
    ours = case.outcome if case.outcome != "graded" else "full marks" if not case.lost else "graded"
    outcome, points = "not tried", ""
    if told is not None:
        outcome, points = _words(told)
    values = (case.name, kind(case), ours, f"{case.score:g}", outcome, points)
    return dict(zip(COLUMNS, values, strict=True))


def _words(told: dict[str, Any]) -> tuple[str, str]:
    if "begun" not in told:
        return "could not be tried", ""
    found: Any = told.get("found")
    book: dict[str, Any] = found if isinstance(found, dict) else {}
    points, honest = book.get("a-case"), book.get("z-honest")
    if told["hangs"]:
        return "hangs", ""
    if "broken" in book:
        return "gradebook is broken", ""
    parts: list[str] = []
    if "a-case" not in book:
        parts.append("no record")
    elif points is None:
        parts.append("no score (NULL)")
    elif points > FULL:
        parts.append("more than full marks")
    else:
        parts.append("full marks" if points == FULL else "0" if points == 0 else "graded")
    if "z-honest" not in book or honest is None:
        parts.append("class stops")
    elif honest < FULL:
        parts.append("other trainee loses")
    shown = f"{float(points):g}" if isinstance(points, int | float) else ""
    return ", ".join(parts), shown


OUTCOMES = {
    "class stops": "the whole class stops there",
    "other trainee loses": "another trainee loses points",
    "hangs": "grading never ends",
    "broken": "the gradebook is broken",
    "no score": "has no score",
    "no record": "is not recorded at all",
    "more": "gets more points than here",
    "less": "gets fewer points than here",
    "same": "gets the same score",
    "not tried": "not tried: too much for the container",
}


def meaning(entry: dict[str, str]) -> str:
    """Say in one word of :data:`OUTCOMES` what the stock tool makes of a case, beside what is right."""
    outcome, points = entry["stock outcome"], entry["stock points"]
    found = next((word for word in OUTCOMES if word in outcome), "")
    if found:
        return found
    if not points:
        raise ValueError(f"{entry['case']}: {outcome}")
    difference = float(points) - float(entry["our points"])
    return "more" if difference > 0 else "less" if difference < 0 else "same"


def summary(rows: list[dict[str, str]]) -> str:
    """Count the cases by what the stock tool makes of them, in a table of Markdown.

    Parameters
    ----------
    rows : list of dict
        The rows of ``docs/grading-stock.csv``.

    Returns
    -------
    str
        The table.
    """
    lines = ["| with nbgrader as it comes, the hand-in | cases | for instance |", "| --- | --: | --- |"]
    for word, words in OUTCOMES.items():
        cases = [entry["case"] for entry in rows if meaning(entry) == word]
        if cases:
            some = cases[:: max(1, len(cases) // 4)][:4]
            lines.append(f"| {words} | {len(cases)} | {'; '.join(some)} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m corpus.stock", description="See the module.")
    parser.add_argument("--again", action="store_true", help="start anew")
    parser.add_argument("--summary", action="store_true", help="only count what is there, in docs/grading.md")
    parser.add_argument("--contain", nargs=2, metavar="FOLDER", help=argparse.SUPPRESS)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--table", type=Path, default=TABLE, help="where to write it")
    parser.add_argument("case", nargs="*", help="only these")
    options = parser.parse_args()
    if options.contain:
        contain(*options.contain, options.case[0])
    if options.inside:
        inside(options.case[0])
        return 0
    if options.summary:
        page, table = PAGE.read_text(encoding="utf-8"), summary(read(options.table))
        PAGE.write_text(MARKED.sub(lambda found: f"{found[1]}{table}\n{found[3]}", page), encoding="utf-8")
        return 0
    if not sandbox.isolation().namespaces:
        print("There are no namespaces here, so nothing was tried.", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # which takes the container along
    known: dict[str, dict[str, str]] = {}
    if options.table.is_file() and not options.again:
        known = {entry["case"]: entry for entry in read(options.table)}
    # What trainees' code does comes last: in endless loops nbgrader waits half a minute for each cell.
    wanted = options.case or sorted(CORPUS.cases, key=lambda name: kind(CORPUS.cases[name]) == "code")
    with tempfile.TemporaryDirectory(prefix="csmodels-stock-") as folder:
        released = Path(folder)
        released.chmod(0o755)
        plain_course(released)
        for name in wanted:
            case = CORPUS.cases[name]
            if name not in known or options.case:
                told = run(released, name) if case.stock else None
                known[name] = row(case, told)
                print(*known[name].values(), sep=" | ", flush=True)
                if told and "begun" not in told:
                    print(told.get("broken"), file=sys.stderr)
            ours = row(case, None)  # which may have changed
            known[name] |= {column: ours[column] for column in COLUMNS[:4]}
            _write(options.table, known)
    return 0


def read(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(table: Path, known: dict[str, dict[str, str]]) -> None:
    rows = [known[name] for name in CORPUS.cases if name in known]
    beside = table.with_name(f".{table.name}.new")
    with beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    beside.replace(table)


if __name__ == "__main__":
    raise SystemExit(main())
