"""The scores as CSV: names of all kinds come back as they went in, and no spreadsheet runs them."""

from __future__ import annotations

import csv
import datetime as dt
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin
from sqlalchemy import event
from traitlets.config import Config

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course
from csmodels_helpers.grading.export import COLUMNS, Scores, plain_text, rows

pytestmark = pytest.mark.filterwarnings("ignore:::nbgrader", "ignore:::nbconvert", "ignore:::traitlets")

DUE = dt.datetime(2026, 5, 1, 12)
NAMES = [
    ("a1", "=cmd|' /C calc'!A0", "Ann"),
    ("a2", "O'Neil, Ann", 'the "second"'),
    ("a3", "李", "雷"),
    ("a4", "Two\nlines", "and\r\nmore"),
    ("a5", " ＠SUM(1+1)", "-2+3"),
    ("a6", "\t=1", "+49 30"),
    ("a7", None, None),
]


def fill(book: Gradebook, students: list[tuple[str, Any, Any]], *, assignments: int = 1) -> None:
    """Add assignments, and hand in for each student but the last one; 5.5 points, two cells of 4 at most."""
    for number in range(assignments):
        name = f"m{number:02}_sample"
        book.add_assignment(name, duedate=None if number else DUE)
        book.add_notebook(name, name)
        for cell in ("one", "two"):
            book.add_grade_cell(cell, name, name, max_score=4.0, cell_type="code")
    for student, last, first in students:
        book.add_student(student, last_name=last, first_name=first, email=f"{student}@example.org")
    for number in range(assignments):
        name = f"m{number:02}_sample"
        for student, _, _ in students[:-1]:
            handed_in = book.add_submission(name, student, timestamp=DUE)
            handed_in.notebooks[0].grades[0].auto_score = 1.0
            handed_in.notebooks[0].grades[1].auto_score = 1.0
            handed_in.notebooks[0].grades[1].manual_score = 4.0
            handed_in.notebooks[0].grades[1].extra_credit = 0.5
            handed_in.notebooks[0].late_submission_penalty = 1.25
        book.db.commit()


@pytest.fixture
def book(tmp_path: Path) -> Generator[Gradebook]:
    path = course.gradebook_path(tmp_path)
    course.make_gradebook(path)
    with Gradebook(f"sqlite:///{path}", "csmodels") as opened:
        yield opened


def written(book: Gradebook, file: Path, plugin: type = Scores, **choice: list[str]) -> list[dict[str, str]]:
    plugin(to=str(file), **choice).export(book)
    with file.open(encoding="utf-8-sig", newline="") as content:
        return list(csv.DictReader(content))


def test_names_of_all_kinds_come_back(book: Gradebook, tmp_path: Path) -> None:
    fill(book, NAMES)
    found = {row["student_id"]: row for row in written(book, tmp_path / "grades.csv")}
    assert len(found) == len(NAMES) and all({*row} == {*COLUMNS} for row in found.values())
    guarded = {"=cmd|' /C calc'!A0", " ＠SUM(1+1)", "-2+3", "\t=1", "+49 30"}
    for student, last, first in NAMES:
        for column, name in (("last_name", last), ("first_name", first)):
            said = found[student][column]
            assert said == (f"'{name}" if name in guarded else name or "")
    content = (tmp_path / "grades.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfassignment,duedate,timestamp,student_id,")
    assert not list(tmp_path.glob(".*.new"))


def test_nbgrader_itself_breaks_these_rows(book: Gradebook, tmp_path: Path) -> None:
    # Why there is a plugin of ours. If this ever fails, look whether it can go.
    fill(book, NAMES)
    stock = written(book, tmp_path / "stock.csv", CsvExportPlugin)
    assert len(stock) > len(NAMES), "a line break in a name makes two rows of one"
    comma = next(row for row in stock if row["student_id"] == "a2")
    assert comma["last_name"] == "O'Neil" and comma["first_name"] == " Ann", "a comma shifts the columns"
    assert any((row["last_name"] or "").startswith("=cmd") for row in stock), "a spreadsheet would run this"


def test_where_names_are_plain_it_says_what_nbgrader_says(book: Gradebook, tmp_path: Path) -> None:
    students = [("a1", "Berg", "Ann"), ("a2", "Adam", "Bob"), ("a3", "李", "雷"), ("a4", None, None)]
    fill(book, students, assignments=3)
    submission = book.find_submission("m01_sample", "a1")
    submission.timestamp = None
    submission.notebooks[0].late_submission_penalty = 99.0
    submission.extension = dt.timedelta(days=1)
    book.db.commit()
    ours = written(book, tmp_path / "ours.csv")
    assert ours == written(book, tmp_path / "stock.csv", CsvExportPlugin)
    scores = {row["assignment"]: float(row["score"]) for row in ours if row["student_id"] == "a1"}
    assert scores == {"m00_sample": 4.25, "m01_sample": 0.0, "m02_sample": 4.25}
    first = next(row for row in ours if row["student_id"] == "a2" and row["assignment"] == "m00_sample")
    assert [first[column] for column in COLUMNS[-4:]] == ["5.5", "1.25", "4.25", "8.0"]
    choice = {"student": ["a1", "a3"], "assignment": ["m02_sample"]}
    some = written(book, tmp_path / "some.csv", **choice)
    assert some == written(book, tmp_path / "stock.csv", CsvExportPlugin, **choice)
    assert len(some) == 2


def test_numbers_stay_numbers(book: Gradebook, tmp_path: Path) -> None:
    fill(book, NAMES[:2])
    for grade in book.find_submission("m00_sample", "a1").notebooks[0].grades:
        grade.manual_score = -2.0
    book.db.commit()
    row = next(row for row in written(book, tmp_path / "g.csv") if row["student_id"] == "a1")
    assert row["raw_score"] == "-3.5" and row["score"] == "0.0"


def test_the_number_of_queries_does_not_grow_with_the_class(book: Gradebook) -> None:
    asked: list[str] = []
    event.listen(book.db.get_bind(), "before_cursor_execute", lambda *about: asked.append(about[2]))
    counts = []
    for size in (3, 40):
        fill(book, [(f"s{size}-{n}", "Li", "Lei") for n in range(size)], assignments=0 if counts else 2)
        asked.clear()
        counts.append((len(list(rows(book))), len(asked)))
    assert counts == [(6, 5), (86, 5)]


def test_a_file_is_whole_or_as_it_was(
    book: Gradebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(book, NAMES)
    file = tmp_path / "grades.csv"
    file.write_text("old", encoding="utf-8")

    def broken(*_: object, **__: object) -> Generator[tuple[str]]:
        yield ("x",)
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr("csmodels_helpers.grading.export_sheets.rows", broken)
        with pytest.raises(CourseError, match=r"grades\.csv: no space left"):
            Scores(to=str(file)).export(book)
    assert file.read_text(encoding="utf-8") == "old"
    with pytest.raises(CourseError, match="could not be written"):
        Scores(to=str(tmp_path / "nowhere" / "grades.csv")).export(book)
    assert not list(tmp_path.rglob(".*.new"))
    monkeypatch.chdir(tmp_path)
    Scores().export(book)
    assert file.stat().st_size > 100, "the name that nbgrader uses"


@given(st.text(alphabet=st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Z", "Cc"))))
def test_nothing_that_begins_like_a_formula_stays(value: str) -> None:
    said = plain_text(value)
    assert said in (value, f"'{value}")
    assert said.lstrip()[:1] not in set("=+-@＝＋－＠") - {""} and said[:1] not in ("\t", "\r")
    if value[:1].isalnum():
        assert said == value


def test_it_is_the_exporter_of_the_course(tmp_path: Path) -> None:
    config: Any = Config()
    course.configure(config, tmp_path)
    assert config.ExportApp.plugin_class == "csmodels_helpers.grading.export.Scores"


@pytest.mark.grading
def test_the_plain_command_uses_it(sample: Path) -> None:
    path = course.gradebook_path(sample)
    course.make_gradebook(path)
    with Gradebook(f"sqlite:///{path}", "csmodels") as book:
        fill(book, NAMES)
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "export", "--to", "grades.csv"],
        cwd=sample,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with (sample / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {row["student_id"] for row in csv.DictReader(file)} == {name for name, _, _ in NAMES}
