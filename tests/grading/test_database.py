"""The gradebook in PostgreSQL: a real server gives the same rows as a file, and may go away in the middle."""

from __future__ import annotations

import csv
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from machines import until
from nbgrader.api import Gradebook
from postgres import Server, use
from sample import NAME
from sqlalchemy import MetaData, create_engine
from test_grade import FULL, RIGHT, hand_in, rows, rows_of

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course, database
from csmodels_helpers.grading import grade as grader
from csmodels_helpers.grading.release import generate

pytestmark = pytest.mark.grading


def nbgrader(root: Path, *command: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    return done.stderr


@pytest.mark.thorough
def test_the_same_rows_as_in_a_file_and_nbgraders_own_commands(
    sample: Path, postgres: Server, quick: None
) -> None:
    late = "get_config().LatePolicy.percent_per_day = 10\n"
    config = sample / "nbgrader_config.py"
    config.write_text(config.read_text(encoding="utf-8") + late, encoding="utf-8")
    hand_in(sample, "anna")
    hand_in(sample, "李雷", low="lowest = 'tea'", note="")
    folder = hand_in(sample, "late one", mean="mean_score = 3.2")
    (folder / "timestamp.txt").write_text("2026-11-22 12:00:00 UTC", encoding="utf-8")
    (sample / "grading" / "submitted" / "empty" / NAME).mkdir(parents=True)

    def due(url: str) -> None:
        with Gradebook(url, "csmodels") as book:
            book.update_or_create_assignment(NAME, duedate="2026-11-20 18:00:00 UTC")

    def told(url: str) -> list[Any]:
        """Return what the Formgrader asks for."""
        with Gradebook(url, "csmodels") as book:
            asked = [book.student_dicts(), book.submission_dicts(NAME)]
            asked.append(book.notebook_submission_dicts(NAME, NAME))
            dropped = {"id", "index"}
            return [
                sorted(({k: v for k, v in one.items() if k not in dropped} for one in some), key=repr)
                for some in asked
            ]

    def exported(name: str) -> list[list[str]]:
        nbgrader(sample, "export", "--to", str(sample / name))
        with (sample / name).open(encoding="utf-8-sig", newline="") as file:
            return sorted(csv.reader(file))

    # Marked and regraded, in a file.
    def graded(url: str) -> list[tuple[Any, ...]]:
        grader.grade(sample, NAME, jobs=2)
        due(url)
        assert grader.grade(sample, NAME, jobs=1).kept == 4
        with Gradebook(url, "csmodels") as book:
            grade = book.find_grade("m98-note-answer", NAME, NAME, "anna")
            grade.manual_score, grade.needs_manual_grade = 1.5, False
            book.find_comment("m98-note-answer", NAME, NAME, "anna").manual_comment = "哪种李子？"
            book.db.commit()
        hand_in(sample, "anna", top="def top(scores):\n    return scores[1]")
        report = grader.grade(sample, NAME, jobs=1)
        assert [(c.student, c.before, c.after) for c in report.changes] == [("anna", 10.5, 7.5)]
        hand_in(sample, "anna")
        with Gradebook(url, "csmodels") as book:
            return rows_of(book)

    file = f"sqlite:///{course.gradebook_path(sample)}"
    in_file = graded(file)
    assert ("late one", "m98-mean-test", 0.0, None, False, pytest.approx(1.4)) in in_file
    of_file, csv_of_file = told(file), exported("file.csv")
    course.gradebook_path(sample).unlink()
    for beside in (sample / "grading").glob("gradebook.db*"):
        beside.unlink()

    name = postgres.database()
    url = postgres.url(name)
    use(sample, url)
    assert graded(url) == in_file
    assert told(url) == of_file and exported("server.csv") == csv_of_file
    nbgrader(sample, "generate_feedback", NAME)
    page = sample / "grading" / "feedback" / "anna" / NAME / f"{NAME}.html"
    assert "哪种李子" in page.read_text(encoding="utf-8")
    # nbgrader's own grading goes on from there, and its own check of the tables finds them as it wants them.
    hand_in(sample, "emil", low="lowest = 'tea'")
    (sample / "exercises").symlink_to(sample / "release" / "exercises")
    nbgrader(sample, "autograde", NAME, "--student", "emil")
    with Gradebook(url, "csmodels") as book:
        assert book.find_submission(NAME, "emil").score == FULL - 1
    nbgrader(sample, "db", "upgrade")
    assert not list((sample / "grading").glob("gradebook.db*")), "no file beside the server"


def test_a_server_that_goes_away_costs_nothing_that_is_recorded(
    sample: Path, postgres: Server, quick: None
) -> None:
    students = [f"student-{number:02}" for number in range(12)]
    for number, student in enumerate(students):
        hand_in(sample, student, low="lowest = 'tea'" if number % 3 else RIGHT["low"])
    grader.grade(sample, NAME, jobs=2)
    undisturbed = rows(sample)
    assert len(undisturbed) == 12 * 12
    url = postgres.url(postgres.database())
    use(sample, url, before=False)  # nbgrader's own way to name it works as well

    class Bar:
        seen = 0

        def __init__(self, _: int) -> None:
            pass

        def update(self) -> None:
            Bar.seen += 1
            if Bar.seen == 4:
                postgres.kill()

        def close(self) -> None:
            pass

    with pytest.raises(CourseError) as raised:
        grader.grade(sample, NAME, jobs=2, progress=Bar)
    said = str(raised.value)
    assert said.startswith("The gradebook postgresql+psycopg://grader:***@") and "\n" not in said
    assert "What is graded is recorded; when it is there again, run the same command" in said
    with pytest.raises(CourseError, match="does not answer or refuses: connection"):
        grader.grade(sample, NAME, jobs=2)
    # nbgrader, which makes the release, would advise to upgrade the gradebook.
    with pytest.raises(CourseError, match="does not answer or refuses: connection"):
        generate(sample, sample / "elsewhere", [NAME], db_url=url)
    postgres.start()
    report = grader.grade(sample, NAME, jobs=2)
    assert (report.kept, len(report.changes)) == (4, 8)
    with Gradebook(url, "csmodels") as book:
        assert rows_of(book) == undisturbed


def test_names_that_a_server_does_not_take_stop_nobody(sample: Path, postgres: Server, quick: None) -> None:
    use(sample, postgres.url(postgres.database()))
    broken = os.fsdecode(b"b\xff")
    for student in ("anna", "n" * 128, "x" * 129, broken):
        hand_in(sample, student)
    report = grader.grade(sample, NAME, jobs=1)
    assert {c.student[:2]: c.outcome for c in report.changes} == {
        "an": "graded",
        "nn": "graded",
        "xx": "failed",
        broken: "failed",
    }
    said = "\n".join(report.lines())
    assert "not graded. the name of the folder has 129 characters, the gradebook takes 128." in said
    assert "the name of the folder is not UTF-8" in said


def tables(found: Server, name: str) -> set[str]:
    return {
        row[0] for row in found.execute(name, "select tablename from pg_tables where schemaname = 'public'")
    }


def test_many_that_start_at_once_make_one_gradebook(postgres: Server) -> None:
    name = postgres.database()
    url = postgres.url(name)
    done: list[bool] = []
    together = threading.Barrier(6)

    def begin() -> None:
        together.wait()
        done.append(database.ready(url))
        engine = create_engine(url)
        from csmodels_helpers.grading.record import _METADATA

        database.make_tables(engine, _METADATA)
        engine.dispose()

    threads = [threading.Thread(target=begin) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False] * 5 + [True]
    assert {"assignment", "grade", "alembic_version", "csmodels_graded"} <= tables(postgres, name)
    # As nbgrader makes it, and with nothing left to do for it.
    other = postgres.database()
    Gradebook(postgres.url(other), "csmodels").close()
    about = "select table_name, column_name, data_type, is_nullable from information_schema.columns "
    about += "where table_schema = 'public' and table_name <> 'csmodels_graded' order by 1, 2"
    assert postgres.execute(name, about) == postgres.execute(other, about)
    for statement in ("select version_num from alembic_version", "select id from course"):
        assert postgres.execute(name, statement) == postgres.execute(other, statement) != []


def test_one_releases_at_a_time(postgres: Server) -> None:
    url = postgres.url(postgres.database())
    order: list[str] = []
    waiting = threading.Event()

    def second() -> None:
        waiting.set()
        with database.alone(url):
            order.append("second")

    with database.alone(url):
        thread = threading.Thread(target=second)
        thread.start()
        waiting.wait()
        locks = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        until(lambda: postgres.execute("postgres", locks) != [(0,)], "the second one to wait", 20)
        order.append("first")
    thread.join(20)
    assert order == ["first", "second"]


def test_half_a_gradebook_is_made_whole_and_another_programs_is_left_alone(postgres: Server) -> None:
    # nbgrader was ended between the tables and their version.
    half = postgres.database()
    Gradebook(postgres.url(half), "csmodels").close()
    version = postgres.execute(half, "select version_num from alembic_version")
    postgres.execute(half, "drop table alembic_version")
    assert database.ready(postgres.url(half)) and not database.ready(postgres.url(half))
    assert postgres.execute(half, "select version_num from alembic_version") == version

    old = postgres.database()
    Gradebook(postgres.url(old), "csmodels").close()
    postgres.execute(old, "drop table alembic_version; alter table student drop column lms_user_id")
    with pytest.raises(CourseError, match=r"no version, and its table student is not as this nbgrader"):
        database.ready(postgres.url(old))

    hub = postgres.database()
    postgres.execute(hub, "create table alembic_version (version_num varchar(32))")
    postgres.execute(hub, "insert into alembic_version values ('4621fec11365')")
    with pytest.raises(CourseError, match="is another program's"):
        database.ready(postgres.url(hub))
    assert tables(postgres, hub) == {"alembic_version"}

    # An end in the middle leaves nothing.
    empty = postgres.database()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "head", lambda: "x" * 40)  # longer than the column
        with pytest.raises(CourseError, match="value too long"):
            database.ready(postgres.url(empty))
    assert tables(postgres, empty) == set()


def test_what_can_be_wrong_with_an_address(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(sample, "anna")
    for url, said in (
        ("grades", r'^"CourseDirectory.db_url" is no address of a gradebook'),
        ("postgres://anna:secret@db/grades", r'"postgres://anna:\*\*\*@db/grades" is no address'),
        ("postgresql+asyncpgx://db/grades", "is no address of a gradebook"),
        ("postgresql+pg8000://anna:secret@db/grades", r"anna:\*\*\*@db/grades needs the library pg8000"),
        (
            "postgresql+psycopg://anna:secret@/g?host=/nowhere",
            "does not answer or refuses: connection",
        ),
    ):
        with pytest.raises(CourseError, match=said) as raised:
            database.ready(url)
        assert "secret" not in str(raised.value)
    use(sample, "postgresql+psycopg://anna:secret@/g?host=/nowhere")
    said = nbgrader(sample, "export", code=1)
    assert "does not answer" in said and "secret" not in said and "Traceback" not in said


def test_a_file_is_made_as_before(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "gradebook.db"
    assert database.ready(f"sqlite:///{file}") and not database.ready(f"sqlite:///{file}")
    engine = create_engine(f"sqlite:///{file}")
    database.make_tables(engine, MetaData())
    engine.dispose()
    with sqlite3.connect(file) as link:
        assert link.execute("select count(*) from alembic_version").fetchone() == (1,)
    link.close()
