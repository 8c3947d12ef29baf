"""A class is graded on a Dask cluster: real schedulers and workers, which are killed on the way."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import dask
import pytest
from machines import HERE, Cluster, machines, until
from sample import NAME
from test_grade import FULL, hand_in, rows, scores
from typer.testing import CliRunner

import csmodels_helpers
from csmodels_helpers.cli import app
from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import cluster, course
from csmodels_helpers.grading import grade as grader
from csmodels_helpers.grading.protocol import pack
from csmodels_helpers.grading.worker import Settings

# Dask closes sockets when it likes, in threads of its own.
pytestmark = [pytest.mark.grading, pytest.mark.filterwarnings("ignore::ResourceWarning")]

SECRET = "88127301"

# A worker that judges at once, says that all is right, and dies of a certain hand-in.
TOY = """
import os, signal
from csmodels_helpers.grading import cluster, sandbox
from csmodels_helpers.grading.protocol import pack, unpack

class Toy:
    def __init__(self, task):
        pass
    def warm(self):
        pass
    stop = close = warm
    def ask(self, request):
        notebook = unpack(request)["notebook"]
        if "hemlock" in str(notebook):
            os.kill(os.getpid(), signal.SIGKILL)
        result = pack({"notebook": notebook, "reasons": {}, "cpu": 0.0})
        return pack({"result": result, "wall": 0.0, "judge_cpu": 0.0})

cluster.Worker = Toy
namespaces = not os.environ.get("BARE")
found = sandbox.Isolation(namespaces=namespaces, seccomp=True, cgroups="", missing=())
sandbox.isolation = lambda: found
"""


class Bar:
    """Does something as soon as the first hand-in is recorded."""

    def __init__(self, then: Callable[[], object]) -> None:
        self.then: Callable[[], object] | None = then

    def __call__(self, _: int) -> Bar:
        return self

    def update(self) -> None:
        then, self.then = self.then, None
        if then is not None:
            then()

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Generator[Cluster]:
    """Start a scheduler and two workers on three addresses."""
    with machines() as (rule, (first, second, third)):
        print(f"Three addresses, by the rule: {rule}.")
        with Cluster(tmp_path_factory.mktemp("three") / "cluster") as found:
            found.start_scheduler(first)
            found.start_worker(second, "--nthreads", "1")
            found.start_worker(third, "--nthreads", "1")
            places = found.wait(2)
            hosts = {place.split("//")[1].split(":")[0] for place in (found.address, *places)}
            assert hosts == {first.address, second.address, third.address}
            yield found


@pytest.fixture
def toy(tmp_path: Path) -> Generator[Cluster]:
    """Start a scheduler whose workers only pretend to judge."""
    with Cluster(tmp_path / "cluster") as found:
        (found.folder / "toy.py").write_text(TOY, encoding="utf-8")
        found.start_scheduler()
        yield found


TOYS = ("--preload", "toy.py", "--nthreads", "1")


def test_the_same_rows_as_on_one_machine_though_a_worker_dies(
    sample: Path, three: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        wrong = {"low": "lowest = 'tea'", "share": "def share(*_):\n    return 0.75"} if number % 2 else {}
        hand_in(sample, f"student-{number}", **wrong)
    hand_in(sample, "spins", mean="raise SystemExit")
    hand_in(sample, "cheat", top="def top(scores):\n    return 7 if 7 in scores else 31")
    (sample / "grading" / "submitted" / "empty" / NAME).mkdir(parents=True)
    # Tests and messages of one's own are on this machine alone, in a folder that is not where it usually is.
    private = sample / "private"
    private.mkdir()
    shutil.move(sample / "checks", private / "checks")
    monkeypatch.delenv("CSMODELS_CHECKS")
    monkeypatch.setenv("COURSE_PRIVATE_TESTS", str(private))
    secret = f'check.equal("m98-top", check.run("m98-top", top, [4, {SECRET}, 5]), {SECRET})'
    cell = {"cell_type": "code", "id": "m98-top-test", "metadata": {}, "source": secret, "outputs": []}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (private / f"{NAME}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")

    grader.grade(sample, NAME, jobs=2)
    here = rows(sample)
    assert scores(sample)["cheat"] == FULL - 3 and len(here) > 100
    graded = sample / "grading" / "autograded"
    pages = {p.parts[-3]: course.read_notebook(p)["cells"] for p in graded.rglob(f"{NAME}.ipynb")}
    shutil.rmtree(graded)
    for file in (sample / "grading").glob("gradebook.db*"):
        file.unlink()

    def kill_one() -> None:
        worker = psutil_parent(three.judges()[0])
        worker.kill()

    report = grader.grade(sample, NAME, dask=three.address, progress=Bar(kill_one))
    assert {c.student: c.outcome for c in report.changes if c.outcome != "graded"} == {"empty": "refused"}
    assert len(report.changes) == 9 and report.remarks == []
    assert rows(sample) == here
    assert {p.parts[-3]: course.read_notebook(p)["cells"] for p in graded.rglob(f"{NAME}.ipynb")} == pages
    # With the last hand-in everything ends that was started for it, and the tests of one's own are gone.
    until(lambda: not three.judges(), "the judges to end")
    written = [p for folder in (three.folder, sample / "grading") for p in folder.rglob("*") if p.is_file()]
    assert len(written) > 12
    assert [p for p in written if SECRET.encode() in p.read_bytes()] == []
    # Nothing is left to do, so nobody needs a cluster.
    assert grader.grade(sample, NAME, dask="tcp://127.0.0.1:9").kept == 9


def psutil_parent(process: Any) -> Any:
    found = process.parent()
    assert found is not None
    return found


@pytest.mark.thorough
def test_ctrl_c_leaves_no_judge_behind(sample: Path, three: Cluster) -> None:
    for number in range(5):
        hand_in(sample, f"student-{number}", mean="while True:\n    pass" if number else "mean_score = 4")
    three.wait(2)
    command = [sys.executable, "-m", "csmodels_helpers.cli", "grade", NAME, "--dask", three.address]
    process = subprocess.Popen(command, cwd=sample, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until(lambda: list((sample / "grading" / "autograded").rglob("*.ipynb")), "the first grade")
    assert len(three.judges()) >= 2
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130 and "Stopped. What is graded is recorded" in said
    assert "Traceback" not in said and "distributed" not in said
    assert 0 < len(scores(sample)) < 5
    until(lambda: not three.judges(), "the judges to end", 15)


@pytest.mark.thorough
def test_who_kills_workers_ends_as_failed_and_drags_nobody_along(sample: Path, toy: Cluster) -> None:
    for number in range(8):
        hand_in(sample, f"student-{number}")
    hand_in(sample, "a-killer", note="hemlock")
    toy.start_worker(HERE, "--preload", "toy.py", "--nthreads", "3")  # a nanny starts it anew
    toy.wait(1)
    report = grader.grade(sample, NAME, dask=toy.address)
    assert [c.student for c in report.failed] == ["a-killer"]
    assert "3 workers of the cluster died over this hand-in" in "\n".join(report.lines())
    assert {s: score for s, score in scores(sample).items() if s != "a-killer"} == {
        f"student-{number}": FULL for number in range(8)
    }


@pytest.mark.thorough
def test_a_scheduler_that_goes_away_costs_nothing_that_is_recorded(
    sample: Path, toy: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT", 1.0)
    students = [f"student-{number:02}" for number in range(14)]
    for student in students:
        hand_in(sample, student)
    for _ in range(2):
        toy.start_worker(HERE, *TOYS)
    toy.wait(2)
    with pytest.raises(CourseError, match=r"scheduler at tcp://.* is gone. What is graded is recorded"):
        grader.grade(sample, NAME, dask=toy.address, progress=Bar(toy.scheduler.kill))
    done = scores(sample)
    assert 0 < len(done) < 14
    with pytest.raises(CourseError, match="No Dask scheduler answers at"):
        grader.grade(sample, NAME, dask=toy.address)
    toy.close()
    toy.start_scheduler()
    toy.start_worker(HERE, *TOYS)
    toy.wait(1)
    report = grader.grade(sample, NAME, dask=toy.address)
    assert report.kept == len(done) and report.failed == []
    assert scores(sample) == dict.fromkeys(students, FULL)


def test_workers_that_are_not_like_this_machine_are_named(sample: Path, toy: Cluster, tmp_path: Path) -> None:
    for number in range(6):
        hand_in(sample, f"student-{number}")
    package = Path(csmodels_helpers.__file__).parent
    now = csmodels_helpers.__version__
    others = {name: tmp_path / name / "csmodels_helpers" for name in ("older", "ancient", "mended")}
    for target in others.values():
        shutil.copytree(package, target, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(course.ROOT / "datasets", target.with_name("datasets"))
    version = others["older"] / "__init__.py"
    version.write_text(version.read_text(encoding="utf-8").replace(now, "0.0.9"), encoding="utf-8")
    (others["ancient"] / "grading" / "cluster.py").unlink()
    with (others["mended"] / "kano.py").open("a", encoding="utf-8") as file:
        file.write("# mended\n")
    for target in others.values():
        toy.start_worker(HERE, "--nthreads", "1", "--no-nanny", PYTHONPATH=str(target.parent))
    bare = toy.start_worker(HERE, *TOYS, BARE="1")
    toy.start_worker(HERE, *TOYS)
    places = toy.wait(5)
    with pytest.raises(CourseError) as raised:
        grader.grade(sample, NAME, dask=toy.address)
    first, *lines = str(raised.value).splitlines()
    assert "not like this machine, so nothing was graded" in first and scores(sample) == {}
    assert len(lines) == 4 and all(any(place in line for place in places) for line in lines)
    said = "\n".join(lines)
    assert f"csmodels 0.0.9 (here {now})" in said
    assert "csmodels is not there, or an older one (ModuleNotFoundError(" in said
    assert f"another state of csmodels {now}" in said
    assert said.count("no sandbox") == 1 and bare.poll() is None


@pytest.mark.thorough
def test_a_worker_without_a_sandbox_serves_those_who_trust_and_late_ones_are_looked_at(
    sample: Path, toy: Cluster
) -> None:
    for number in range(12):
        hand_in(sample, f"student-{number}")
    toy.start_worker(HERE, *TOYS, BARE="1")
    toy.wait(1)
    with pytest.raises(CourseError, match="no sandbox, where a hand-in could"):
        grader.grade(sample, NAME, dask=toy.address)
    trusting = Settings(contained=False)
    assert len(grader.grade(sample, NAME, dask=toy.address, settings=trusting).changes) == 12
    toy.close()
    toy.start_scheduler()
    toy.start_worker(HERE, *TOYS)
    toy.wait(1)

    def come_late() -> None:
        toy.start_worker(HERE, *TOYS, BARE="1")
        toy.wait(2)

    report = grader.grade(sample, NAME, dask=toy.address, force=True, progress=Bar(come_late))
    assert len(report.changes) == 12 and report.failed == []
    (remark,) = report.remarks
    assert remark.startswith("A worker came later and was not used. tcp://") and "no sandbox" in remark
    assert remark in report.lines()


def test_no_worker_is_said_in_time(sample: Path, toy: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(8):
        hand_in(sample, f"student-{number}")
    with pytest.raises(CourseError, match="has no worker, so nothing was graded"):
        grader.grade(sample, NAME, dask=toy.address)
    monkeypatch.setattr(cluster, "PATIENCE", 1.0)
    worker = toy.start_worker(HERE, *TOYS, "--no-nanny")
    toy.wait(1)
    with pytest.raises(CourseError, match=r"has had no worker for 1 seconds\. What is graded"):
        grader.grade(sample, NAME, dask=toy.address, progress=Bar(worker.kill))
    assert 0 < len(scores(sample)) < 8


def test_what_can_be_wrong_with_an_address(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(sample, "anna")
    monkeypatch.setattr(cluster, "CONNECT", 1.0)
    monkeypatch.chdir(sample)
    for words, said in (
        (["--dask", "grader:8786"], '"grader:8786" is no address of a Dask scheduler'),
        (["--dask", "tcp://127.0.0.1:9"], "No Dask scheduler answers at tcp://127.0.0.1:9, so nothing was"),
        (["--dask", "tls://127.0.0.1:9"], "settings on this machine name no certificates"),
        (["--dask", "tcp://127.0.0.1:9", "--jobs", "2"], "Leave one of them out."),
    ):
        done = CliRunner().invoke(app, ["grade", "m98", *words])
        assert done.exit_code == 1 and said in done.output and "Traceback" not in done.output
    with dask.config.set({"distributed.comm.require-encryption": True}):
        done = CliRunner().invoke(app, ["grade", "m98", "--dask", "tcp://127.0.0.1:9"])
    assert done.exit_code == 1 and "Write tls:// in place of tcp://" in done.output
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = CliRunner().invoke(app, ["grade", "m98", "--dask", "tcp://127.0.0.1:9"])
    assert done.exit_code == 1 and "needs the library distributed" in done.output


def test_judges_that_nobody_asks_any_more_end(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []

    class Idle:
        def __init__(self, task: dict[str, Any]) -> None:
            assert task == {"cells": []}

        def warm(self) -> None:
            pass

        def ask(self, request: bytes) -> bytes:
            return request

        def stop(self) -> None:
            ended.append("stop")

        def close(self) -> None:
            ended.append("close")

    monkeypatch.setattr(cluster, "Worker", Idle)
    assert asyncio.run(cluster._begin("run", pack({"cells": []}), 2)) == ""
    assert cluster._judge("run", b"1") == b"1" and ended == []
    monkeypatch.setattr(cluster, "IDLE", 0.01)
    assert cluster._judge("run", b"2") == b"2"
    until(lambda: "run" not in cluster._runs, "the run to be forgotten", 5)
    until(lambda: sorted(ended) == ["close", "close", "stop", "stop"], "the judges to end", 5)
    assert cluster._judge("run", b"3") == b""


def test_a_start_that_fails_is_a_reason_and_no_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def __init__(self, _: object) -> None:
            pass

        def warm(self) -> None:
            raise CourseError("No memory.")

        def stop(self) -> None:
            pass

        close = stop

    monkeypatch.setattr(cluster, "Worker", Broken)
    assert asyncio.run(cluster._begin("run", pack({"cells": []}), 2)) == "No memory."
    assert "run" not in cluster._runs and os.getpid()


def test_libraries_that_differ_are_named() -> None:
    here = cluster.facts()
    assert {"pandas", "numpy", "nbgrader", "jupyterlab"} <= {*here["libraries"]}
    assert not {"pytest", "distributed", "ruff"} & {*here["libraries"]}, "extras decide no grade"
    there = {**here, "libraries": {**here["libraries"], "pandas": "2.0.0"}}
    del there["libraries"]["numpy"]
    assert cluster.differences(here, there) == [
        "no numpy",
        f"pandas 2.0.0 (here {here['libraries']['pandas']})",
    ]
    many = cluster.differences(here, {**here, "libraries": {}})
    assert len(many) == 5 and many[-1] == f"{len(here['libraries']) - 4} more libraries"
    newer = {**here, "python": "3.99"}
    assert cluster.differences(here, newer) == [f"Python 3.99 (here {here['python']})"]
