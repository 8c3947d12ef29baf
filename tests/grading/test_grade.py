"""A class is graded, again, on from where it stopped; with manual marks, late, with tests of one's own."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from sample import NAME
from typer.testing import CliRunner

import csmodels_helpers
from csmodels_helpers.cli import app
from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course, sandbox
from csmodels_helpers.grading import grade as grader
from csmodels_helpers.grading.contract import graded_cells
from csmodels_helpers.grading.record import Recorder
from csmodels_helpers.grading.release import generate
from csmodels_helpers.grading.worker import Result, Worker

pytestmark = pytest.mark.grading

RIGHT = {
    "share": "def share(yes, no, silent):\n    return yes / (yes + no)",
    "pick": "pick = 'B'",
    "mean": "mean_score = 4",
    "top": "def top(scores):\n    return max(scores)",
    "low": "lowest = 'price of tea'",
}
FULL = 9.0


def hand_in(root: Path, student: str, note: str = "We plant plums.", **answers: str) -> Path:
    """Hand in right answers, but for those that are given."""
    released = root / "release"
    if not released.is_dir():
        generate(root, released, [NAME])
    notebook = course.read_notebook(released / "exercises" / NAME / f"{NAME}.ipynb")
    for cell in notebook["cells"]:
        item = cell["id"].removeprefix("m98-").removesuffix("-answer")
        if item in RIGHT:
            cell["source"] = answers.get(item, RIGHT[item])
        if item == "note" and note:
            cell["source"] = note
    folder = root / "grading" / "submitted" / student / NAME
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return folder


def gradebook(root: Path, name: str = "gradebook.db") -> Gradebook:
    return Gradebook(f"sqlite:///{course.gradebook_path(root).with_name(name)}", "csmodels")


def rows(root: Path, name: str = "gradebook.db") -> list[tuple[Any, ...]]:
    """Return what the gradebook says, without ids."""
    with gradebook(root, name) as book:
        return rows_of(book)


def rows_of(book: Gradebook) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for submission in book.assignment_submissions(NAME):
        paper = submission.notebooks[0]
        for grade in paper.grades:
            found.append(
                (
                    *(submission.student.id, grade.name, grade.auto_score, grade.manual_score),
                    *(grade.needs_manual_grade, paper.late_submission_penalty),
                )
            )
        for comment in paper.comments:
            found.append((submission.student.id, comment.name, comment.auto_comment, comment.manual_comment))
    return sorted(found, key=repr)


def scores(root: Path) -> dict[str, float]:
    with gradebook(root) as book:
        return {s.student.id: s.score for s in book.assignment_submissions(NAME)}


def nbgrader(root: Path, *command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command], cwd=root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_a_class_is_graded_once_and_what_is_new_later(sample: Path) -> None:
    hand_in(sample, "anna")
    hand_in(sample, "bo", share="def share(yes, no, silent):\n    return yes / (yes + no + silent)")
    hand_in(sample, "chen", note="")
    (sample / "grading" / "submitted" / "dirk" / NAME).mkdir(parents=True)
    report = grader.grade(sample, NAME, jobs=2)
    assert {c.student: (c.outcome, c.after, c.waiting) for c in report.changes} == {
        "anna": ("graded", FULL, 2.0),
        "bo": ("graded", FULL - 2, 2.0),
        "chen": ("graded", FULL, 0.0),
        "dirk": ("refused", 0.0, 0.0),
    }
    assert scores(sample) == {"anna": FULL, "bo": FULL - 2, "chen": FULL, "dirk": 0.0}
    said = "\n".join(report.lines())
    assert "3 graded, 1 scored 0 with a reason" in said and "dirk: 0 points. There is no notebook" in said
    assert "2 written answers wait" in said
    graded = sample / "grading" / "autograded" / "bo" / NAME / f"{NAME}.ipynb"
    assert course.read_notebook(graded)["metadata"]["csmodels"]["reasons"] == {
        "m98-share-test": "m98-share/kept-silent"
    }

    again = grader.grade(sample, NAME, jobs=1)
    assert (again.changes, again.kept) == ([], 4)
    hand_in(sample, "emil")
    hand_in(sample, "bo")
    later = grader.grade(sample, NAME, jobs=1)
    assert {(c.student, c.before, c.after) for c in later.changes} == {
        ("bo", FULL - 2, FULL),
        ("emil", None, FULL),
    }
    assert "  bo: 7 → 9 points" in later.lines()
    graded.unlink()
    assert [c.student for c in grader.grade(sample, NAME, jobs=1).changes] == ["bo"]
    assert graded.is_file()


class Bar:
    """Counts, as a bar of progress does."""

    def __init__(self, most: int) -> None:
        self.most, self.done = most, 0
        bars.append(self)

    def update(self) -> None:
        self.done += 1

    def close(self) -> None:
        pass


bars: list[Bar] = []


@pytest.mark.thorough
def test_what_is_said_at_the_end_is_of_the_class(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def said(**options: Any) -> tuple[str, str]:
        lines = grader.grade(sample, NAME, jobs=1, progress=Bar, **options).lines()
        bar = bars.pop()
        assert bar.done == bar.most, "it ends full"
        return lines[0], next((line.partition(":")[0] for line in lines if "written answer" in line), "")

    hand_in(sample, "anna")
    assert said() == (f"{NAME}: 1 graded, 0 failed, 0 unchanged.", "1 written answer waits for you")
    for student in ("bo", "chen"):
        hand_in(sample, student)
    hand_in(sample, "dirk", note="")
    assert said()[1] == "3 written answers wait for you, 2 of them new"
    unchanged = f"{NAME}: 0 graded, 0 failed, 4 unchanged."
    assert said() == (unchanged, "3 written answers wait for you")
    assert said(students=["dirk"])[1] == "3 written answers wait for you", "the class's"
    assert said(force=True)[1] == "3 written answers wait for you", "none of them is new"
    with monkeypatch.context() as patch:
        patch.setattr(Worker, "grade", lambda self, s: Result(s.notebook, "failed", message="No memory."))
        hand_in(sample, "emil")
        assert said()[1] == "3 written answers wait for you", "what failed is not to be read"
    with gradebook(sample) as book:
        for student in ("anna", "bo", "chen"):
            grade = book.find_grade("m98-note-answer", NAME, NAME, student)
            grade.manual_score, grade.needs_manual_grade = 2.0, False
        book.db.commit()
    assert said()[1] == "1 written answer waits for you"
    with gradebook(sample) as book:
        grade = book.find_grade("m98-note-answer", NAME, NAME, "emil")
        grade.manual_score, grade.needs_manual_grade = 2.0, False
        book.db.commit()
    assert said()[1] == ""


def test_manual_marks_stay_and_a_mended_test_says_whose_grade_changes(
    sample: Path, remake: Callable[..., Path]
) -> None:
    hand_in(sample, "anna", top="def top(scores):\n    return scores[1]")
    hand_in(sample, "bo")
    grader.grade(sample, NAME, jobs=1)
    with gradebook(sample) as book:
        for student in ("anna", "bo"):
            grade = book.find_grade("m98-note-answer", NAME, NAME, student)
            grade.manual_score, grade.needs_manual_grade = 1.5, False
            book.find_comment("m98-note-answer", NAME, NAME, student).manual_comment = "Which plums?"
            book.db.commit()

    def mend(cells: dict[str, dict[str, Any]]) -> None:
        source = cells["m98-top-test"]["source"]
        cells["m98-top-test"]["source"] = source.replace("[31, 17, 23]), 31", "[3, 17, 2]), 17")

    remake(mend)
    report = grader.grade(sample, NAME, jobs=1)
    assert [(c.student, c.before, c.after) for c in report.changes if c.changed] == [("anna", 7.5, 10.5)]
    with gradebook(sample) as book:
        grade = book.find_grade("m98-note-answer", NAME, NAME, "anna")
        assert (grade.manual_score, grade.needs_manual_grade) == (1.5, False)
        assert book.find_comment("m98-note-answer", NAME, NAME, "anna").manual_comment == "Which plums?"

    # Another hand-in with the same text for the note: there is nothing to look at again.
    hand_in(sample, "anna", low="lowest = 'tea'")
    assert [c.student for c in grader.grade(sample, NAME, jobs=1).changes] == ["anna"]
    with gradebook(sample) as book:
        grade = book.find_grade("m98-note-answer", NAME, NAME, "anna")
        assert (grade.manual_score, grade.needs_manual_grade) == (1.5, False)

    # Another text for the same note: the mark stays, and somebody is asked to look at it again.
    hand_in(sample, "anna", note="Plums and cherries.")
    grader.grade(sample, NAME, jobs=1)
    with gradebook(sample) as book:
        grade = book.find_grade("m98-note-answer", NAME, NAME, "anna")
        assert (grade.manual_score, grade.needs_manual_grade) == (1.5, True)
        code = book.find_grade("m98-top-test", NAME, NAME, "anna")
        code.manual_score, code.needs_manual_grade = 1.0, False
        book.db.commit()
        assert not book.find_grade("m98-note-answer", NAME, NAME, "bo").needs_manual_grade

    # Once it waits, the same text again is no reason to stop waiting; points for code are looked at again.
    hand_in(sample, "anna", note="Plums and cherries.", mean="mean_score = 5")
    grader.grade(sample, NAME, jobs=1)
    with gradebook(sample) as book:
        for cell in ("m98-note-answer", "m98-top-test"):
            assert book.find_grade(cell, NAME, NAME, "anna").needs_manual_grade


@pytest.mark.thorough
def test_a_failed_regrade_shows_as_failed_and_is_tried_again(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(sample, "anna")
    grader.grade(sample, NAME, jobs=1)
    with monkeypatch.context() as patch:
        patch.setattr(Worker, "grade", lambda self, s: Result(s.notebook, "failed", message="No memory."))
        report = grader.grade(sample, NAME, jobs=1, force=True)
    assert [c.student for c in report.failed] == ["anna"]
    with gradebook(sample) as book:
        grades = book.find_submission_notebook(NAME, NAME, "anna").grades
        assert {(g.auto_score, g.needs_manual_grade) for g in grades} == {(0.0, True)}
        comments = book.find_submission_notebook(NAME, NAME, "anna").comments
        assert [c.auto_comment for c in comments if c.auto_comment] == ["No memory."]
    assert "  anna: not graded. No memory." in report.lines()
    assert [(c.student, c.after) for c in grader.grade(sample, NAME, jobs=1).changes] == [("anna", FULL)]
    assert scores(sample) == {"anna": FULL}


def test_half_a_record_is_none(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for student in ("anna", "bo"):
        hand_in(sample, student)
    grader.grade(sample, NAME, jobs=1)
    before = rows(sample)

    def broken(self: Recorder, *_: Any) -> None:
        raise RuntimeError("The disk is full.")

    directory = grader.course_directory(sample)
    with grader.recorder_of(directory, NAME) as recorder:
        nothing = Result({"cells": []}, "failed", message="No memory.")
        with monkeypatch.context() as patch:
            patch.setattr(Recorder, "_mark", broken)
            with pytest.raises(RuntimeError, match="disk"):
                recorder.save("anna", nothing, "key", "submission")
        recorder.refresh_late()  # the next transaction takes nothing of it along
    assert rows(sample) == before


@pytest.mark.thorough
def test_another_version_of_the_course_grades_anew(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(sample, "anna")
    grader.grade(sample, NAME, jobs=1)
    assert grader.grade(sample, NAME, jobs=1).kept == 1
    monkeypatch.setattr(csmodels_helpers, "__version__", "99.0")
    assert [c.student for c in grader.grade(sample, NAME, jobs=1).changes] == ["anna"]


@pytest.mark.thorough
def test_whatever_kills_it_a_second_run_ends_in_the_same_gradebook(sample: Path) -> None:
    for number in range(6):
        wrong = {"low": "lowest = 'tea'"} if number % 2 else {}
        hand_in(sample, f"student-{number}", **wrong)
    grader.grade(sample, NAME, jobs=2)
    undisturbed = rows(sample)
    assert len(undisturbed) > 60
    for file in (sample / "grading").glob("gradebook.db*"):
        file.unlink()
    command = [sys.executable, "-m", "csmodels_helpers.cli", "grade", NAME, "--jobs", "2"]
    process = subprocess.Popen(command, cwd=sample, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    graded = sample / "grading" / "autograded"
    for file in graded.rglob("*.ipynb"):
        file.unlink()
    deadline = time.monotonic() + 90
    while not list(graded.rglob("*.ipynb")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()
    done = len(list(graded.rglob("*.ipynb")))
    assert 0 < done < 6
    report = grader.grade(sample, NAME, jobs=2)
    assert report.kept + len(report.changes) == 6 and report.kept >= done
    assert rows(sample) == undisturbed


def test_late_work_and_extensions(sample: Path) -> None:
    config = sample / "nbgrader_config.py"
    as_it_comes = config.read_text(encoding="utf-8")
    for student in ("anna", "bo", "chen"):
        folder = hand_in(sample, student)
        moment = "2026-11-20 10:00:00 UTC" if student == "anna" else "2026-11-22 12:00:00 UTC"
        (folder / "timestamp.txt").write_text(moment, encoding="utf-8")
    grader.grade(sample, NAME, jobs=1)

    def late(policy: str, extensions: str | None, duedate: str) -> tuple[grader.Report, dict[str, float]]:
        """Set all that decides on lateness, grade again, and return the penalties."""
        config.write_text(as_it_comes + policy, encoding="utf-8")
        if extensions is not None:
            file = sample / "grading" / "extensions.csv"
            file.write_text("student,assignment,days\n" + extensions, encoding="utf-8")
        with gradebook(sample) as book:
            book.update_or_create_assignment(NAME, duedate=duedate)
        report = grader.grade(sample, NAME, jobs=1)
        assert (report.changes, report.kept) == ([], 3), "nothing is run again for it"
        with gradebook(sample) as book:
            papers = {s: book.find_submission_notebook(NAME, NAME, s) for s in ("anna", "bo", "chen")}
            return report, {s: paper.late_submission_penalty for s, paper in papers.items()}

    ten = "get_config().LatePolicy.percent_per_day = 10\n"
    friday, sunday = "2026-11-20 18:00:00 UTC", "2026-11-22 18:00:00 UTC"
    two_days = pytest.approx(0.2 * FULL)
    assert late("", None, friday)[1] == {"anna": None, "bo": None, "chen": None}
    report, penalties = late(ten, "chen,m98_sample,7\n", friday)
    assert penalties == {"anna": None, "bo": two_days, "chen": None}
    assert "bo: lateness cost 0 points, now 1.8." in report.lines()
    with gradebook(sample) as book:
        chen = book.find_submission(NAME, "chen")
        assert chen.extension == dt.timedelta(days=7) and chen.total_seconds_late == 0
    assert late(ten, None, friday)[0].late == {}
    # The file is the whole list: who stands in it no more has no extension.
    assert late(ten, "bo,m98_sample,1\n", friday)[1] == {
        "anna": None,
        "bo": pytest.approx(0.1 * FULL),
        "chen": two_days,
    }
    assert late(ten, "", sunday)[1] == {"anna": None, "bo": None, "chen": None}


@pytest.mark.parametrize(
    ("counts", "worse", "better"),
    [
        ("newest", FULL - 3, FULL),
        pytest.param("best", FULL - 2, FULL, marks=pytest.mark.thorough),
        pytest.param("first", FULL - 2, FULL - 2, marks=pytest.mark.thorough),
    ],
)
def test_which_hand_in_counts_is_a_setting(sample: Path, counts: str, worse: float, better: float) -> None:
    config = sample / "nbgrader_config.py"
    setting = f"get_config().Resubmission.counts = {counts!r}\n"
    config.write_text(config.read_text(encoding="utf-8") + setting, encoding="utf-8")
    hand_in(sample, "anna", mean="mean_score = 5")
    grader.grade(sample, NAME, jobs=1)
    graded = sample / "grading" / "autograded" / "anna" / NAME / f"{NAME}.ipynb"
    before = graded.read_bytes()
    hand_in(sample, "anna", top="def top(scores):\n    return None")
    grader.grade(sample, NAME, jobs=1)
    assert scores(sample) == {"anna": worse}
    assert (graded.read_bytes() == before) == (counts != "newest")
    assert grader.grade(sample, NAME, jobs=1).kept == 1
    hand_in(sample, "anna")
    nbgrader(sample, "generate_assignment", NAME, "--force")
    nbgrader(sample, "autograde", NAME, "--force")
    assert scores(sample) == {"anna": better}


def test_tests_of_ones_own_are_read_by_the_judge_alone(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(sample, "anna", top="def top(scores):\n    return 7 if 7 in scores else 31")
    hand_in(sample, "bo")
    assert [c.after for c in grader.grade(sample, NAME, jobs=1).changes] == [FULL, FULL]
    private = sample / "private"
    private.mkdir()
    secret = 'check.equal("m98-top", check.run("m98-top", top, [4, 88127301, 5]), 88127301)'
    cell = {"cell_type": "code", "id": "m98-top-test", "metadata": {}, "source": secret, "outputs": []}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (private / f"{NAME}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    monkeypatch.setenv("COURSE_PRIVATE_TESTS", str(private))
    report = grader.grade(sample, NAME, jobs=1)
    assert {c.student: c.after for c in report.changes} == {"anna": FULL - 3, "bo": FULL}
    written = [path for path in (sample / "grading").rglob("*") if path.is_file()]
    assert len(written) > 4
    assert not [path for path in written if b"88127301" in path.read_bytes()]

    cell["id"] = "m98-nothing"
    (private / f"{NAME}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    with pytest.raises(CourseError, match=r"m98-nothing.*no test cell.*m98-share-test"):
        grader.grade(sample, NAME, jobs=1)
    monkeypatch.setenv("COURSE_PRIVATE_TESTS", str(private / "nowhere"))
    with pytest.raises(CourseError, match=r"nowhere.*no folder"):
        grader.grade(sample, NAME, jobs=1)


@pytest.mark.thorough
def test_the_formgraders_way_gives_the_same(sample: Path) -> None:
    hand_in(sample, "anna")
    hand_in(sample, "bo", mean="mean_score = 3.2", low="raise SystemExit")
    folder = sample / "grading" / "submitted" / "chen" / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").write_text("{", encoding="utf-8")
    grader.grade(sample, NAME, jobs=1)
    ours = rows(sample)
    shutil.rmtree(sample / "grading" / "autograded")
    # Nobody has released anything, as in a fresh clone: exercises/ is there, this gradebook knows nothing.
    generate(sample, sample / "release", [NAME])
    shutil.copytree(sample / "release" / "exercises", sample / "exercises")
    another = course.gradebook_path(sample).with_name("another.db")
    nbgrader(sample, "autograde", NAME, f"--db=sqlite:///{another}")
    assert rows(sample, another.name) == ours
    assert course.read_notebook(sample / "grading" / "autograded" / "chen" / NAME / f"{NAME}.ipynb")


def test_only_some_and_without_a_sandbox(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CourseError, match="Nothing was handed in"):
        grader.grade(sample, NAME, jobs=1)
    hand_in(sample, "anna")
    hand_in(sample, "bo")
    bare = sandbox.Isolation(namespaces=False, seccomp=False, cgroups="", missing=("namespaces",))
    monkeypatch.setattr(sandbox, "isolation", lambda: bare)
    monkeypatch.chdir(sample)
    refused = CliRunner().invoke(app, ["grade", "m98"])
    assert refused.exit_code == 1 and "no sandbox, so nothing was graded" in refused.output
    assert scores(sample) == {}
    done = CliRunner().invoke(app, ["grade", "m98", "--without-sandbox", "--student", "bo", "--jobs", "1"])
    assert done.exit_code == 0, done.output
    assert "m98_sample: 1 graded" in done.output
    assert scores(sample) == {"bo": FULL}
    assert "There is no assignment" in CliRunner().invoke(app, ["grade", "m44"]).output


def test_exports_are_safe_in_a_spreadsheet(sample: Path) -> None:
    hand_in(sample, "=1+1")
    grader.grade(sample, NAME, jobs=1)
    target = sample / "grades.csv"
    nbgrader(sample, "export", "--to", str(target))
    with target.open(encoding="utf-8-sig", newline="") as file:
        (row,) = list(csv.DictReader(file))
    assert (row["student_id"], float(row["raw_score"])) == ("'=1+1", FULL)


def test_points_of_the_sample() -> None:
    from sample import sample_cells

    assert sum(test.points for test in graded_cells({"cells": sample_cells()}) if not test.written) == FULL
