"""The demo class through nbgrader itself: every score as expected; twice; after a stop in the middle."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course, demo

pytestmark = [pytest.mark.filterwarnings("ignore:::nbgrader", "ignore:::nbconvert", "ignore:::traitlets")]

NAME = "m98_sample"
SCRIPT = "import sys; from csmodels_helpers.grading import demo; demo.run(sys.argv[1], quiet=True)"


def test_the_class_has_twelve_of_all_kinds(sample: Path) -> None:
    source = course.read_notebook(sample / "solutions" / NAME / f"{NAME}.ipynb")
    made = demo.trainees(source, course.read_bank(sample / "tests/course/answers/m98.py"))
    assert len(made) == 12 and len({trainee.name for trainee in made}) == 12
    expected = {trainee.name: trainee.expected for trainee in made}
    # share 2, pick 1, mean 2, top 3, low 1; the note is marked by people.
    assert expected["right-1"] == expected["otherway-2"] == 9
    assert (expected["wrong-1"], expected["wrong-2"], expected["wrong-3"]) == (7, 8, 7)
    assert (expected["unfinished-1"], expected["unfinished-2"]) == (5, 0)
    assert (expected["broken-1"], expected["broken-2"]) == (0, 7)


def test_what_is_no_demo_is_left_alone(sample: Path) -> None:
    precious = sample / "grading" / "demo" / "thesis.txt"
    precious.parent.mkdir(parents=True)
    precious.write_text("mine", encoding="utf-8")
    with pytest.raises(CourseError, match="is no demo class"):
        demo.run(sample)
    assert precious.read_text(encoding="utf-8") == "mine"
    with pytest.raises(CourseError, match='no assignment "m97_none"'):
        demo.run(sample, "m97_none")


@pytest.mark.grading
@pytest.mark.thorough
def test_stopped_in_the_middle_and_run_again(sample: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(sample)], start_new_session=True, stderr=subprocess.DEVNULL
    )
    folder = sample / "grading" / "demo"
    until = time.monotonic() + 240
    while not list(folder.glob("autograded/*/*/*.ipynb")) and time.monotonic() < until:
        assert child.poll() is None, "the demo ended before it could be stopped"
        time.sleep(0.2)
    os.killpg(child.pid, signal.SIGINT)  # as Ctrl-C does: to the whole group
    assert child.wait(60) != 0
    graded = demo.run(sample, quiet=True)
    assert [(entry.name, entry.score) for entry in graded] == [(e.name, e.expected) for e in graded]
    assert all(entry.ok for entry in graded)
    assert len(list(folder.glob("feedback/*/*/*.html"))) == 12
    with (folder / "grades.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["student_id"]: float(row["score"]) for row in rows} == {e.name: e.expected for e in graded}
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course.gradebook_path(folder, work='')}") as book:
        broken = book.find_submission_notebook(NAME, NAME, "broken-1")
        assert [grade.auto_score for grade in broken.grades] == [0] * 6
        assert any("JSON" in (comment.auto_comment or "") for comment in broken.comments)
    assert not (sample / "grading" / "gradebook.db").exists(), "the demo has a gradebook of its own"


@pytest.mark.grading
@pytest.mark.skipif(not course.assignments(), reason="no assignment yet")
def test_the_course_itself() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "csmodels_helpers.grading.demo"],
        cwd=course.ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=1500,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" yes") == 12
