"""A gradebook of an older nbgrader: made by nbgrader's own scripts, up to an earlier revision."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import nbgrader
import pytest
from nbgrader import dbutil
from nbgrader.api import Gradebook
from sample import NAME, sample_cells
from test_grade import FULL, hand_in

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import backup as keeper
from csmodels_helpers.grading import course, upgrade

pytestmark = pytest.mark.filterwarnings("ignore:::nbgrader", "ignore:::nbconvert", "ignore:::traitlets")

# With the tables of nbgrader 0.4, as nbgrader's own tests keep it; no revision is stamped in it.
FIRST = Path(str(nbgrader.__file__)).parent / "tests" / "apps" / "files" / "gradebook.db"
OLDER = upgrade.revisions()[1:]


def scripts(url: str, revision: str = "head") -> None:
    """Run nbgrader's scripts as ``dbutil.upgrade`` does, but without starting a process for it."""
    from alembic import command
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", dbutil.ALEMBIC_DIR)
    settings.set_main_option("sqlalchemy.url", url)
    settings.config_file_name = os.devnull
    with mock.patch("logging.config.fileConfig"):  # it would turn the loggers of other tests off
        command.upgrade(settings, revision)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dbutil, "upgrade", scripts)


def old_gradebook(path: Path, revision: str) -> None:
    """Make a gradebook of an earlier revision ("": before there were any), with a class in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Elsewhere first: alembic's settings take no % in a path, and the course's folder may have one.
    made = Path(tempfile.mkdtemp(dir=path.parents[1])) / "made.db"
    shutil.copyfile(FIRST, made)
    if revision:
        scripts(f"sqlite:///{made}", revision)
    cells = revision in OLDER[:2]  # with a table of their own for what cells have in common
    with contextlib.closing(sqlite3.connect(made)) as connection, connection:
        run = connection.execute
        run("insert into student (id, last_name) values ('li', '李'), ('bo', null)")
        run(
            "insert into assignment (id, name, duedate) values ('a', ?, '2017-06-01 12:00:00.000000')",
            (NAME,),
        )
        run("insert into notebook (id, name, assignment_id) values ('n', ?, 'a')", (NAME,))
        for cell in sample_cells():
            stamp, name = cell["metadata"]["nbgrader"], cell["id"]
            row = (f"o-{name}", name, cell["cell_type"], stamp["locked"])
            run("insert into source_cell values (?, ?, ?, ?, '', null, 'n')", row)
            if stamp["grade"]:
                row = (stamp["points"], cell["cell_type"])
                if cells:
                    run("insert into base_cell values (?, ?, 'n', 'GradeCell')", (f"g-{name}", name))
                    run(
                        "insert into grade_cells (id, max_score, cell_type) values (?, ?, ?)",
                        (f"g-{name}", *row),
                    )
                else:
                    run("insert into grade_cell values (?, ?, ?, ?, 'n')", (f"g-{name}", name, *row))
            if stamp["solution"]:
                if cells:
                    run("insert into base_cell values (?, ?, 'n', 'SolutionCell')", (f"s-{name}", name))
                    run("insert into solution_cells values (?)", (f"s-{name}",))
                else:
                    run("insert into solution_cell values (?, ?, 'n')", (f"s-{name}", name))
        run("insert into submitted_assignment (id, assignment_id, student_id) values ('sa', 'a', 'li')")
        run(
            "insert into submitted_notebook (id, assignment_id, notebook_id, flagged)"
            " values ('sn', 'sa', 'n', 0)"
        )
        columns = "id, notebook_id, cell_id, auto_score, manual_score, needs_manual_grade"
        run(f"insert into grade ({columns}) values ('gr', 'sn', 'g-m98-note-answer', null, 1.5, 0)")
        run("insert into comment values ('c', 'sn', 's-m98-note-answer', null, 'Which plums?')")
    made.rename(path)
    made.parent.rmdir()


def said_of(path: Path) -> list[Any]:
    with Gradebook(f"sqlite:///{path}", "csmodels") as book:
        entry = book.find_submission(NAME, "li")
        comment = book.find_comment("m98-note-answer", NAME, NAME, "li")
        found = [entry.score, entry.max_score, comment.manual_comment, book.find_student("li").last_name]
        return [*found, len(book.students), book.find_assignment(NAME).duedate.year]


SAID = [1.5, FULL + 2, "Which plums?", "李", 2, 2017]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("revision", [*OLDER, ""])
def test_it_is_upgraded_and_a_copy_is_kept(
    tmp_path: Path, revision: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "50 % of a course" / "gradebook.db"
    old_gradebook(path, revision)
    assert course.state(path) == "old"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        before = list(connection.iterdump())
        connection.execute("pragma journal_mode=wal")
    assert course.make_gradebook(path) is False
    assert "was one of an older nbgrader and was upgraded" in caplog.text
    assert "gradebook-before-upgrade.db" in caplog.text
    assert course.state(path) == "complete" and said_of(path) == SAID
    kept = path.with_name("gradebook-before-upgrade.db")
    with contextlib.closing(sqlite3.connect(kept)) as connection:
        assert list(connection.iterdump()) == before
    caplog.clear()
    assert course.make_gradebook(path) is False and caplog.text == "", "once is enough"
    assert not list(path.parent.glob(".*"))


@pytest.mark.usefixtures("quick")
def test_a_copy_is_not_overwritten_by_that_of_another(tmp_path: Path) -> None:
    path = tmp_path / "gradebook.db"
    path.with_name("gradebook-before-upgrade.db").write_text("of last year")
    old_gradebook(path, "")
    before = path.read_bytes()
    course.make_gradebook(path)
    found = {one.name: one.read_bytes() for one in tmp_path.glob("*-before-*")}
    assert found["gradebook-before-upgrade.db"] == b"of last year"
    assert len(found["gradebook-before-upgrade-2.db"]) == len(before)


def test_one_that_cannot_be_upgraded_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "gradebook.db"
    old_gradebook(path, OLDER[2])
    before = path.read_bytes()
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("alter table student add column lms_user_id text")  # a script stops at it
    with pytest.raises(CourseError, match=r"could not be upgraded: .*lms_user_id.*It is as it was"):
        course.make_gradebook(path)
    path.write_bytes(before)

    def loses_rows(url: str) -> None:
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
            connection.execute("delete from comment")

    def upgrade_and_lose(url: str) -> None:
        scripts(url)
        loses_rows(url)

    monkeypatch.setattr(dbutil, "upgrade", upgrade_and_lose)
    with pytest.raises(CourseError, match="could not be upgraded"):
        course.make_gradebook(path)
    assert path.read_bytes() == before and [one.name for one in tmp_path.iterdir()] == ["gradebook.db"]


def test_one_of_a_newer_nbgrader_is_left_alone(sample: Path) -> None:
    path = course.gradebook_path(sample)
    course.make_gradebook(path)
    whole = keeper.backup(sample, sample / "whole.zip")
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update alembic_version set version_num = 'ffffffffffff'")
    before = path.read_bytes()
    with pytest.raises(CourseError, match="was made by a newer nbgrader"):
        course.make_gradebook(path)
    made = keeper.backup(sample)
    assert made.manifest["revision"] == "ffffffffffff"
    shutil.rmtree(sample / "grading")
    with pytest.raises(CourseError, match="newer than the one here"):
        keeper.restore(made.path, sample)
    assert list((sample / "grading").iterdir()) == []
    keeper.restore(whole.path, sample)
    assert path.is_file() and path.read_bytes() != before


@pytest.mark.grading
def test_grading_and_restoring_upgrade_it(sample: Path) -> None:
    path = course.gradebook_path(sample)
    hand_in(sample, "li")
    old_gradebook(path, OLDER[2])
    made = keeper.backup(sample)
    assert made.manifest["revision"] == OLDER[2]
    kept = path.with_name("gradebook-before-upgrade.db")
    command = [sys.executable, "-m", "csmodels_helpers.cli", "grade", NAME, "--jobs", "1"]
    done = subprocess.run(
        command, cwd=sample, capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    assert done.returncode == 0 and "1 graded" in done.stdout, done.stderr
    assert "was one of an older nbgrader and was upgraded" in done.stderr and kept.is_file()
    with Gradebook(f"sqlite:///{path}", "csmodels") as book:
        entry = book.find_submission(NAME, "li")
        assert (entry.score, entry.needs_manual_grade) == (FULL + 1.5, True), (
            "the mark stays, to be looked at"
        )

    done_ = keeper.restore(made.path, sample, force=True)
    assert done_.upgraded and "was one of an older nbgrader" in "\n".join(done_.lines())
    assert said_of(path) == SAID and kept.is_file()
    assert (done_.aside[0] / "autograded").is_dir()
