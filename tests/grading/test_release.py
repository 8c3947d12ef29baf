"""The release: byte-identical when made again, complete, and nothing in it that trainees must not see."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course, release

pytestmark = pytest.mark.filterwarnings("ignore:::nbgrader", "ignore:::nbconvert", "ignore:::traitlets")

NAME = "m98_sample"
SECRETS = (
    "yes / (yes + no)",
    '"B"',
    "4.0",
    "default=None",
    "price of tea",
    "plum orchard",
    "5, 27, 8",
    "[31, 17, 23]",
    "BEGIN",
    "MARK SCHEME",
)


def test_twice_gives_the_same_bytes_and_gives_nothing_away(sample: Path) -> None:
    assert release.release(sample) == [f"{NAME}/{NAME}.ipynb"]
    file = sample / "exercises" / NAME / f"{NAME}.ipynb"
    first = file.read_bytes()
    assert release.release(sample) == []
    (sample / "exercises" / "m97_gone").mkdir()
    (sample / "exercises" / "m97_gone" / "old.txt").write_text("old", encoding="utf-8")
    file.write_bytes(b"{}")
    assert release.release(sample, check=True) == ["m97_gone/old.txt", f"{NAME}/{NAME}.ipynb"]
    assert file.read_bytes() == b"{}", "--check must not write"
    release.release(sample)
    assert file.read_bytes() == first
    assert not (sample / "exercises" / "m97_gone").exists()
    words = first.decode()
    assert first.endswith(b"}\n")
    for secret in SECRETS:
        assert secret not in words and json.dumps(secret)[1:-1] not in words, secret
    assert not (sample / "exercises" / "gradebook.db").exists()
    assert not (sample / "grading" / "gradebook.db").exists(), "the real gradebook is not touched"


def test_release_keeps_ids_stubs_and_locks(sample: Path) -> None:
    release.release(sample)
    made = course.read_notebook(sample / "exercises" / NAME / f"{NAME}.ipynb")
    source = course.read_notebook(sample / "solutions" / NAME / f"{NAME}.ipynb")
    assert [cell["id"] for cell in made["cells"]] == [cell["id"] for cell in source["cells"]]
    cells = {cell["id"]: cell for cell in made["cells"]}
    compile(cells["m98-share-answer"]["source"], "stub", "exec")
    assert "在这里写代码" in cells["m98-share-answer"]["source"], "a function that returns nothing yet"
    assert "在这里写代码" not in cells["m98-pick-answer"]["source"], "a name to fill says enough"
    assert cells["m98-note-answer"]["source"] == course.TEXT_STUB
    assert cells["m98-share-test"]["metadata"]["editable"] is False


@pytest.mark.parametrize(
    ("cell", "old", "new", "said"),
    [
        ("m98-share-test", "BEGIN HIDDEN TESTS", "BEGIN HIDEN TESTS", "looks like a marker"),
        ("m98-share-test", "### END HIDDEN TESTS", "", "m98_sample"),
        ("m98-pick-answer", "### BEGIN SOLUTION", "### BEGIN SOLUTON", "looks like a marker"),
        ("m98-note-task", "BEGIN MARK SCHEME", "BEGIN MARKING SCHEME", "looks like a marker"),
    ],
)
def test_a_marker_that_does_not_work_is_refused(
    remake, sample: Path, cell: str, old: str, new: str, said: str
) -> None:
    def edit(cells: dict) -> None:
        assert old in cells[cell]["source"]
        cells[cell]["source"] = cells[cell]["source"].replace(old, new)

    release.release(sample)
    before = (sample / "exercises" / NAME / f"{NAME}.ipynb").read_bytes()
    remake(edit)
    with pytest.raises(CourseError, match=said):
        release.release(sample)
    assert (sample / "exercises" / NAME / f"{NAME}.ipynb").read_bytes() == before


@pytest.mark.parametrize("place", ["output", "metadata", "attachment", "source"])
def test_a_secret_anywhere_in_the_release_is_found(sample: Path, place: str) -> None:
    source = course.read_notebook(sample / "solutions" / NAME / f"{NAME}.ipynb")
    release.release(sample)
    made = course.read_notebook(sample / "exercises" / NAME / f"{NAME}.ipynb")
    assert release.leaks(source, made) == []
    secret = "2 points: it names the plum orchard."
    cell = made["cells"][1]
    if place == "output":
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": [f"> {secret}"]}]
    elif place == "metadata":
        cell["metadata"]["note"] = {secret: 1}
    elif place == "attachment":
        cell["attachments"] = {"a.txt": {"text/plain": secret}}
    else:
        cell["source"] += f"\n{secret}"
    assert any("plum orchard" in problem for problem in release.leaks(source, made))


# ----------------------------------------------------------------------------------------- gradebook


def _nbgrader(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=root,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def _failing_alembic(folder: Path) -> Path:
    folder.mkdir()
    program = folder / "alembic"
    program.write_text("#!/bin/sh\necho 'no such revision' >&2\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    return folder


def test_a_failing_alembic_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = _failing_alembic(tmp_path / "bin")
    monkeypatch.setattr(course, "programs_first", lambda: None)
    course._blank_gradebook.cache_clear()
    monkeypatch.setenv("PATH", str(programs))
    book = tmp_path / "grading" / "gradebook.db"
    with pytest.raises(CourseError, match=r"could not be made: .*(no such revision|exit status 1)"):
        course.make_gradebook(book)
    assert not book.parent.exists()
    # One that answers nothing and reports success: nbgrader would write an empty version.
    (programs / "alembic").write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    with pytest.raises(CourseError, match="could not be made"):
        course.make_gradebook(book)
    assert not book.parent.exists()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(CourseError, match="could not be made"):
        course.make_gradebook(book)
    assert not book.parent.exists()
    monkeypatch.undo()
    assert course.make_gradebook(book) is True
    assert course.make_gradebook(book) is False


# From Python 3.13 on the connections are told about that nbgrader leaves open when alembic fails.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_half_made_gradebook_of_nbgrader_itself_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nbgrader.api import Gradebook

    book = tmp_path / "gradebook.db"
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path / "empty"))
        with pytest.raises(FileNotFoundError):
            Gradebook(f"sqlite:///{book}")
    assert book.exists(), "nbgrader leaves a half-made one; if it no longer does, this guard can go"
    assert course.make_gradebook(book) is True
    with Gradebook(f"sqlite:///{book}") as made:
        made.add_assignment("m98_sample")
        made.add_student("a")
        made.add_submission("m98_sample", "a")
        made.db.execute(__import__("sqlalchemy").text("delete from alembic_version"))
        made.db.commit()
    with pytest.raises(CourseError, match="has submissions but no version"):
        course.make_gradebook(book)


@pytest.mark.grading
def test_nbgrader_works_without_its_programs_on_path(sample: Path) -> None:
    # Only the interpreter is named; alembic is found through our settings.
    done = _nbgrader(sample, "generate_assignment", NAME, PATH="/usr/bin:/bin")
    assert done.returncode == 0, done.stderr
    assert (sample / "grading" / "gradebook.db").is_file()
    assert (sample / "exercises" / NAME / f"{NAME}.ipynb").is_file()
    assert not (sample / "gradebook.db").exists()


@pytest.mark.grading
def test_course_dir_goes_before_the_folder_one_stands_in(
    sample: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # The folder one stands in is a course as well, and the other one has no settings of its own.
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (sample / "nbgrader_config.py").rename(elsewhere / "nbgrader_config.py")
    (elsewhere / "solutions").mkdir()
    done = _nbgrader(elsewhere, "generate_assignment", NAME, f"--course-dir={sample}")
    assert done.returncode == 0, done.stderr
    assert (sample / "grading" / "gradebook.db").is_file()
    assert sorted(path.name for path in elsewhere.iterdir()) == ["nbgrader_config.py", "solutions"]


# ---------------------------------------------------------------------------------------- this course


@pytest.mark.parametrize("name", course.assignments())
def test_exercises_are_what_solutions_give(name: str, tmp_path: Path) -> None:
    made = release.generate(course.ROOT, tmp_path, [name])[name]
    committed = course.ROOT / "exercises" / name / f"{name}.ipynb"
    assert committed.is_file() and made.read_bytes() == committed.read_bytes(), "run `make exercises`"
    source = course.read_notebook(course.ROOT / "solutions" / name / f"{name}.ipynb")
    shown = course.read_notebook(committed)
    # Told apart from release.leaks on purpose: cell by cell, by position of the markers alone.
    for cell, released in zip(source["cells"], shown["cells"], strict=True):
        inside = False
        open_lines, hidden = set(), []
        for line in cell["source"].splitlines():
            if re.search(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)", line):
                inside = "BEGIN" in line
            elif inside:
                hidden.append(line)
            else:
                open_lines.add(line)
        for line in hidden:
            assert not line.strip() or line in open_lines or line not in released["source"].splitlines(), line
