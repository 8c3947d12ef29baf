"""Exports for learning platforms and as a workbook: read back as importers read, compared with the book."""

from __future__ import annotations

import csv
import datetime as dt
import logging
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from nbgrader.api import Gradebook
from sample import NAME

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course
from csmodels_helpers.grading.export import Canvas, Excel, Moodle, Scores, read_marks

pytestmark = pytest.mark.filterwarnings("ignore:::nbgrader", "ignore:::nbconvert", "ignore:::traitlets")

DUE = dt.datetime(2026, 5, 1, 12)
KANO, NOTE = "m05_kano", "m06_note"
# id, last name, first name, mail, points of the first assignment (None: not handed in; "waits": by hand).
CLASS: list[tuple[str, Any, Any, str | None, Any]] = [
    ("ann", 'O\'Neil, "Ann"', "Ann\nB.", "ann@example.org", 7.25),
    ("bo", "=HYPERLINK(1)", "+Bo\\", "Bo@example.org", 3.0),
    ("li", "李", "雷", "li@example.org", "waits"),
    ("max", "Müller; Łuk", None, "max@example.org", None),
    ("nil", "No", "Mail", None, 8.0),
    ("zoe", None, None, "zoe@example.org", 10 / 3),
]
MARKS = {"ann": 6.0, "bo": 3.0, "nil": 8.0, "zoe": 10 / 3}  # ann was late: 1.25 points


@pytest.fixture
def book(tmp_path: Path) -> Generator[Gradebook]:
    path = course.gradebook_path(tmp_path)
    course.make_gradebook(path)
    with Gradebook(f"sqlite:///{path}", "csmodels") as opened:
        fill(opened)
        yield opened


def fill(book: Gradebook) -> None:
    for number, name in enumerate((KANO, NOTE)):
        book.add_assignment(name, duedate=DUE + dt.timedelta(days=number))
        book.add_notebook(name, name)
        book.add_grade_cell("test", name, name, max_score=8.0, cell_type="code")
        book.add_grade_cell("note", name, name, max_score=3.0, cell_type="markdown")
        book.add_solution_cell("note", name, name)
    for number, (student, last, first, email, points) in enumerate(CLASS):
        book.add_student(student, last_name=last, first_name=first, email=email, lms_user_id=str(70 + number))
        if points is None:
            continue
        paper = book.add_submission(KANO, student, timestamp=DUE).notebooks[0]
        test, note = sorted(paper.grades, key=lambda grade: grade.cell.name, reverse=True)
        test.auto_score, test.needs_manual_grade = (1.0 if points == "waits" else float(points)), False
        note.auto_score, note.needs_manual_grade = (0.0, points == "waits")
        paper.late_submission_penalty = 1.25 if student == "ann" else None
        paper.comments[0].manual_comment = '=Which\n"plums", C:\\' if student == "ann" else None
    book.db.commit()


def table(file: Path, **form: Any) -> list[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as content:
        return list(csv.reader(content, strict=True, **form))


def php(file: Path, delimiter: str = ",") -> list[list[str]]:
    """Read as PHP's fgetcsv: what follows a backslash ends no value."""
    return table(file, delimiter=delimiter, escapechar="\\")


def moodle_takes(rows: list[list[str]]) -> dict[str, list[str]]:
    """Give marks to students as load_data.php does: a row without an id goes to whom the last was about."""
    given: dict[str, list[str]] = {}
    student = ""
    for row in rows[1:]:
        student = row[2] if row[2] not in ("", "0") else student
        assert student, "Moodle ends the import"
        given[student] = row[3:]
    return given


def canvas_takes(rows: list[list[str]], column: str) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return points possible and marks as gradebook_importer.rb reads them."""
    header = rows[0]
    assert "Student" in header[0] and "ID" in header[1] and header[2:5] == [*header[2:4], "Section"]
    titles = [title for title in header[5:] if "Score" not in title]
    possible: dict[str, str] = {}
    given: dict[str, dict[str, str]] = {}
    for row in rows[1:]:
        values = {title: row[header.index(title)] for title in titles}
        if "Points Possible" in row[0]:
            possible = values
        elif any(cell.strip() not in ("", "Manual Posting") for cell in row):
            given[row[header.index(column)]] = values
    return possible, given


def no_formula(rows: list[list[str]]) -> None:
    for cell in (cell for row in rows for cell in row):
        bare = cell.lstrip()
        assert bare == "-" or bare[:1] not in set("=+-@＝＋－＠") - {""}, cell


# ---------------------------------------------------------------------------------------------- the marks


def test_marks_are_those_of_the_scores(book: Gradebook, tmp_path: Path) -> None:
    Scores(to=str(tmp_path / "scores.csv")).export(book)
    with (tmp_path / "scores.csv").open(encoding="utf-8-sig", newline="") as file:
        scores = {(r["assignment"], r["student_id"]): float(r["score"]) for r in csv.DictReader(file)}
    marks = read_marks(book)
    assert marks.assignments == {KANO: 11.0, NOTE: 11.0}
    assert {key: mark.points for key, mark in marks.given.items()} == {
        (KANO, student): pytest.approx(scores[KANO, student]) for student in [*MARKS, "li"]
    }
    assert {student: marks.given[KANO, student].points for student in MARKS} == pytest.approx(MARKS)
    assert [key for key, mark in marks.given.items() if mark.waiting] == [(KANO, "li")]


def test_what_has_no_score_yet_waits(book: Gradebook) -> None:
    # As a stopped autograde of nbgrader leaves it: recorded, no score, nobody asked to look.
    grade = book.find_grade("test", KANO, KANO, "bo")
    grade.auto_score, grade.needs_manual_grade = None, False
    book.db.commit()
    assert read_marks(book).given[KANO, "bo"].waiting


@pytest.mark.parametrize("exporter", [Moodle, Canvas, Excel])
def test_what_is_not_there_is_said(book: Gradebook, tmp_path: Path, exporter: type) -> None:
    to = str(tmp_path / "grades.xlsx")
    with pytest.raises(CourseError, match=r"does not know the student nobody. There are: ann, bo, li"):
        exporter(to=to, student=["ann", "nobody"]).export(book)
    with pytest.raises(CourseError, match=r"m44 is none of the assignments.*m05_kano, m06_note"):
        exporter(to=to, assignment=["m44"]).export(book)
    with pytest.raises(CourseError, match="could not be written"):
        exporter(to=str(tmp_path / "nowhere" / "g.xlsx")).export(book)
    book.update_or_create_assignment("m07_empty")
    with pytest.raises(CourseError, match="m07_empty has no points"):
        exporter(to=to, unit="percent").export(book)
    for student in book.students:
        book.remove_student(student.id)
    with pytest.raises(CourseError, match="nothing to export"):
        exporter(to=to).export(book)
    assert not list(tmp_path.glob("grades*")) and not list(tmp_path.glob(".*"))


# ------------------------------------------------------------------------------------------------- Moodle


def test_moodle_gives_each_mark_to_its_student(
    book: Gradebook, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "moodle.csv"
    Moodle(to=str(file), log=logging.getLogger("export")).export(book)
    rows = php(file)
    assert rows[0] == ["First name", "Last name", "Email address", KANO, NOTE]
    assert {len(row) for row in rows} == {5}
    no_formula(rows)
    given = moodle_takes(rows)
    assert given == {
        "ann@example.org": ["6", "-"],
        "Bo@example.org": ["3", "-"],
        "li@example.org": ["-", "-"],
        "max@example.org": ["-", "-"],
        "zoe@example.org": ["3.33333", "-"],
    }
    said = caplog.text
    assert "1 students are not in the file" in said and "No Mail (nil)" in said
    assert "m05_kano: 1 hand-ins wait for points by hand" in said and "李 雷 (li)" in said
    assert "--Moodle.waiting=include" in said
    assert "ann" not in said and "O'Neil" not in said


def test_moodle_would_give_a_row_without_id_to_the_student_above() -> None:
    # Why such rows are left out. The rule is Moodle's; this only shows what our reader of it does.
    assert moodle_takes([["", "", "id", "x"], ["", "", "ann", "7"], ["", "", "", "0"]]) == {"ann": ["0"]}


def test_moodle_in_other_ways(book: Gradebook, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "moodle.csv"
    log = logging.getLogger("export")
    ways: dict[str, Any] = {"student_by": "id", "decimal": ",", "unit": "percent", "missing": "zero"}
    ways |= {"waiting": "include", "feedback": True, "columns": {KANO: "Aufgabe: Kano"}, "assignment": [KANO]}
    Moodle(to=str(file), log=log, **ways).export(book)
    rows = php(file, ";")
    assert rows[0] == ["First name", "Last name", "Username", "Aufgabe: Kano", "Aufgabe: Kano (feedback)"]
    given = moodle_takes(rows)
    assert {student: values[0] for student, values in given.items()} == {
        "ann": "54,54545",
        "bo": "27,27273",
        "li": "9,09091",
        "max": "0",
        "nil": "72,72727",
        "zoe": "30,30303",
    }
    plain = {row[2]: row[4] for row in table(file, delimiter=";")}
    assert plain["ann"] == ('note: =Which\n"plums", C:\\ \n1.25 points are taken off because it came late.')
    assert {plain[student] for student in ("bo", "max", "nil")} == {""}
    assert "their marks are in the file without these points: 李 雷 (li)" in caplog.text
    Moodle(to=str(file), log=log, student_by="lms_user_id", student=["li", "max"]).export(book)
    assert [row[2] for row in table(file)] == ["ID number", "73", "72"]
    Moodle(to=str(file), log=log, student_by="id", column="ID number").export(book)
    assert table(file)[0][2] == "ID number"


def test_ids_that_moodle_cannot_take(
    book: Gradebook, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("0", "=1+1", "two\nlines", " "):
        book.add_student(name, last_name=f"Name of {name!r}", email=f"{len(name)}{name.strip()}@example.org")
    file = tmp_path / "moodle.csv"
    log = logging.getLogger("export")
    Moodle(to=str(file), log=log, student_by="id").export(book)
    assert {*moodle_takes(table(file))} == {student for student, *_ in CLASS}
    assert "4 students are not in the file" in caplog.text and "Name of '=1+1' (=1+1)" in caplog.text
    book.add_student("ann2", last_name="Other", email=" ANN@example.org")
    with pytest.raises(CourseError, match=r"the same email .*\(ann\).*Other \(ann2\)"):
        Moodle(to=str(file), log=log).export(book)


def test_moodle_refuses_what_is_above_its_most(
    book: Gradebook, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = logging.getLogger("export")
    book.find_grade("test", KANO, KANO, "bo").manual_score = 101.0
    book.db.commit()
    Moodle(to=str(tmp_path / "m.csv"), log=log, student=["zoe"]).export(book)
    assert "refuses" not in caplog.text
    Moodle(to=str(tmp_path / "m.csv"), log=log).export(book)
    assert "above 100, and Moodle refuses the whole file" in caplog.text


# ------------------------------------------------------------------------------------------------- Canvas


def test_canvas_from_nothing(book: Gradebook, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    book.add_student("pp", last_name="Points Possible", first_name="")
    file = tmp_path / "canvas.csv"
    log = logging.getLogger("export")
    Canvas(to=str(file), log=log, columns={KANO: "Kano exercise (4711)"}).export(book)
    rows = table(file)
    no_formula(rows)
    assert all("\n" not in cell for row in rows for cell in row), "Canvas looks at the first lines"
    possible, given = canvas_takes(rows, "SIS Login ID")
    assert possible == {"Kano exercise (4711)": "11", NOTE: "11"}
    assert {student: values["Kano exercise (4711)"] for student, values in given.items()} == {
        "ann": "6",
        "bo": "3",
        "li": "",
        "max": "",
        "nil": "8",
        "zoe": "3.33333",
        "pp": "",
    }
    assert {row[0]: row[3] for row in rows if row[3] in ("li", "zoe")} == {"李, 雷": "li", "zoe": "zoe"}
    Canvas(to=str(file), log=log, student_by="lms_user_id", column="ID", unit="percent").export(book)
    possible, given = canvas_takes(table(file), "ID")
    assert possible == {KANO: "100", NOTE: "100"}
    assert {student: values[KANO] for student, values in given.items()} == {
        "70": "54.54545",
        "71": "27.27273",
        "72": "",
        "73": "",
        "74": "72.72727",
        "75": "30.30303",
    }
    assert "Points Possible (pp)" in caplog.text, "who has no id there is told"


EXPORTED = """\
Student,ID,SIS User ID,SIS Login ID,Section,Pet,Kano (17),m06_note (18),Old one (19),Final Score
,,,,,,Manual Posting,,,
    Points Possible,,,,,,11.00,11.00,5.00,(read only)
"O'Neil, Ann",901,s1,ANN,"A, B",=cat,5.00,2.00,4.00,80.00
"=HYPERLINK(1), Bo",902,s2,bo,A,,,,3.00,
李雷,903,s3,li,A,,9.00,,,
Max,904,s4,max,A,,N/A,,,
Zoe,905,s5,zoe,A,,EX,,,
"Student, Test",906,,7f3a,A,,,,,
"""


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    file = tmp_path / "from canvas.csv"
    file.write_text(EXPORTED, encoding="utf-8")
    return file


def test_a_file_of_canvas_is_filled_in(
    book: Gradebook, tmp_path: Path, exported: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "to canvas.csv"
    log = logging.getLogger("export")
    Canvas(to=str(file), log=log, fill=str(exported), columns={KANO: "Kano"}).export(book)
    before, after = table(exported), table(file)
    assert len(before) == len(after)
    changed = {
        (row, place): (old, new)
        for row, (olds, news) in enumerate(zip(before, after, strict=True))
        for place, (old, new) in enumerate(zip(olds, news, strict=True))
        if old != new
    }
    assert changed == {
        (3, 6): ("5.00", "6"),
        (4, 6): ("", "3"),
        (4, 0): ("=HYPERLINK(1), Bo", "'=HYPERLINK(1), Bo"),
    }
    said = caplog.text
    assert "No Mail (nil)" in said and 'not in the column "SIS Login ID"' in said
    assert "1 cells stay as Canvas has them" in said and "zoe, m05_kano (EX)" in said
    assert "1 rows of" in said and "Student, Test" in said
    assert "李 雷 (li)" in said, "waits: what Canvas has stays"
    assert exported.read_text(encoding="utf-8") == EXPORTED

    Canvas(to=str(file), log=log, fill=str(exported), columns={KANO: "Kano (17)"}, missing="zero").export(
        book
    )
    assert {row[3]: row[7] for row in table(file)[3:8]} == {
        "ANN": "0",
        "bo": "0",
        "li": "0",
        "max": "0",
        "zoe": "0",
    }
    assert table(file)[6][6] == "N/A"


def test_semicolons_and_other_points(book: Gradebook, tmp_path: Path, exported: Path) -> None:
    words = "Student;ID;SIS Login ID;Section;Kano (17)\nPoints Possible;;;;22,00\nAnn;901;ann;A;\n"
    exported.write_text(words, encoding="utf-8-sig")
    file = tmp_path / "to canvas.csv"
    ways: dict[str, Any] = {
        "to": str(file),
        "fill": str(exported),
        "columns": {KANO: "Kano"},
        "assignment": [KANO],
    }
    with pytest.raises(CourseError, match=r"11 points here and 22 in Canvas.*unit=percent"):
        Canvas(**ways).export(book)
    assert not file.exists()
    Canvas(unit="percent", **ways).export(book)
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert table(file, delimiter=";")[2] == ["Ann", "901", "ann", "A", "12"]


@pytest.mark.parametrize(
    ("edit", "ways", "said"),
    [
        (("Student,ID", "Name,ID"), {}, "no gradebook of Canvas"),
        (("李雷,903", "李雷,,903"), {}, "row 6: there are 11 values, and the first row has 10 columns"),
        (("bo,A", "ann,A"), {}, '"ann" stands twice in the column "SIS Login ID"'),
        (("SIS Login ID", "SIS Integration"), {}, '"SIS Login ID" must be there once'),
        (("Old one (19)", "Kano (19)"), {}, r"several columns are called \"Kano\": Kano \(17\), Kano \(19\)"),
        (("11.00,11.00", ",11.00"), {}, r"has no number for \"Kano \(17\)\""),
        (("", ""), {"columns": {KANO: "Kanu"}}, r"no column for m05_kano. There are: Kano \(17\), m06_note"),
        (("", ""), {"columns": {KANO: "m06_note"}}, 'the same column "m06_note"'),
        (("", ""), {"columns": {"m04": "x"}}, "m04 is none of the assignments"),
        (("", ""), {"columns": {}, "assignment": [KANO]}, "no column for m05_kano"),
        (("", ""), {"columns": {KANO: "Final Score"}}, 'no number for "Final Score"'),
    ],
)
def test_a_file_that_cannot_be_filled_in(
    book: Gradebook, tmp_path: Path, exported: Path, edit: tuple[str, str], ways: dict[str, Any], said: str
) -> None:
    exported.write_text(EXPORTED.replace(*edit, 1) if edit[0] else EXPORTED, encoding="utf-8")
    ways = {"columns": {KANO: "Kano"}} | ways
    with pytest.raises(CourseError, match=said):
        Canvas(to=str(tmp_path / "new.csv"), fill=str(exported), **ways).export(book)
    assert not (tmp_path / "new.csv").exists()


def test_nobody_in_it_is_a_column_of_another_kind(book: Gradebook, tmp_path: Path, exported: Path) -> None:
    to, header = tmp_path / "new.csv", "Student,ID,SIS Login ID,Section,Kano (17)\nPoints Possible,,,,11\n"
    for login, said in (
        ("ann@example.org", r"mail addresses \(\"ann@example.org\"\).*student_by=email"),
        ("4711", 'holds "4711", the gradebook knows "zoe".*--Canvas.column'),
    ):
        exported.write_text(f"{header}Ann,901,{login},A,\n", encoding="utf-8")
        with pytest.raises(CourseError, match=said):
            Canvas(to=str(to), fill=str(exported), columns={KANO: "Kano"}, assignment=[KANO]).export(book)
    assert not to.exists()


def test_no_file_to_fill_in(
    book: Gradebook, tmp_path: Path, exported: Path, caplog: pytest.LogCaptureFixture
) -> None:
    to = str(tmp_path / "new.csv")
    with pytest.raises(CourseError, match="cannot be read"):
        Canvas(to=to, fill=str(tmp_path / "nowhere.csv")).export(book)
    with pytest.raises(CourseError, match="overwritten by itself"):
        Canvas(to=str(exported), fill=str(exported)).export(book)
    exported.write_bytes("Student,ID,Section,Köln".encode("cp1252"))
    with pytest.raises(CourseError, match="cannot be read"):
        Canvas(to=to, fill=str(exported)).export(book)
    # Of those that nobody asked for by name, what Canvas does not have is told.
    exported.write_text(EXPORTED, encoding="utf-8")
    Canvas(to=to, fill=str(exported), log=logging.getLogger("export")).export(book)
    assert "has no column for m05_kano, so it was not exported" in caplog.text


# -------------------------------------------------------------------------------------------- the workbook


def test_a_workbook_has_text_and_numbers_and_no_formula(book: Gradebook, tmp_path: Path) -> None:
    book.add_student("=1+1", last_name="bell\x07", first_name="@now", email="-3")
    file = tmp_path / "grades.xlsx"
    Excel(to=str(file)).export(book)
    opened: Any = openpyxl.load_workbook(file)
    marks, every = opened.worksheets
    assert (marks.title, every.title) == ("Marks", "Rows")
    cells = [cell for sheet in (marks, every) for row in sheet.iter_rows() for cell in row]
    assert "f" not in {cell.data_type for cell in cells}
    found = {row[0]: row[1:] for row in marks.iter_rows(values_only=True)}
    assert found.pop("student_id") == ("last_name", "first_name", "email", KANO, NOTE)
    assert found.pop("=1+1") == ("bell\ufffd", "@now", "-3", None, None)
    assert next(cell for cell in cells if cell.value == "=1+1").quotePrefix
    for student, last, first, email, points in CLASS:
        want = pytest.approx(MARKS[student], abs=1e-5) if student in MARKS else None
        assert found[student] == (*(value or None for value in (last, first, email)), want, None), points
    scores = {(row[0], row[3]): row[9] for row in every.iter_rows(min_row=2, values_only=True)}
    assert scores[KANO, "ann"] == 6.0 and len(scores) == 2 * (len(CLASS) + 1)
    # What the first sheet leaves out as unfinished is named in the second, where nbgrader's score stands.
    waits = {(row[0], row[3]) for row in every.iter_rows(min_row=2, values_only=True) if row[11]}
    assert (
        waits
        == {(name, who) for (name, who), mark in read_marks(book).given.items() if mark.waiting}
        != set()
    )
    with pytest.raises(CourseError, match=r"grades\.csv: a workbook's name ends in \.xlsx"):
        Excel(to=str(tmp_path / "grades.csv")).export(book)


# --------------------------------------------------------------------------------------------- the command


@pytest.mark.grading
@pytest.mark.thorough
def test_the_commands_of_the_page(sample: Path, exported: Path) -> None:
    path = course.gradebook_path(sample)
    course.make_gradebook(path)
    with Gradebook(f"sqlite:///{path}", "csmodels") as opened:
        fill(opened)

    door = "csmodels_helpers.grading.export"

    def run(exporter: str, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "nbgrader", "export", f"--exporter={door}.{exporter}", *options],
            cwd=sample,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    def export(exporter: str, *options: str) -> str:
        done = run(exporter, *options)
        assert done.returncode == 0, done.stderr
        return done.stderr

    said = export("Moodle", "--to", "grades.csv", "--Moodle.feedback=True", f"--assignment=['{KANO}']")
    assert "No Mail (nil)" in said
    assert moodle_takes(php(sample / "grades.csv"))["zoe@example.org"] == ["3.33333", ""]
    options = ("--Canvas.fill", str(exported), "--Canvas.columns", f"{KANO}=Kano", "--to", "canvas.csv")
    export("Canvas", *options)
    assert table(sample / "canvas.csv")[3][6] == "6"
    export("Excel", "--to", "grades.xlsx", "--Excel.unit=percent")
    assert (sample / "grades.xlsx").read_bytes().startswith(b"PK")
    assert NAME not in said
    for way, sentence in (("Moodle", "m44 is none of the assignments"), ("Canvas", "cannot be read: ")):
        refused = run(way, "--assignment=m44" if way == "Moodle" else "--Canvas.fill=nowhere.csv")
        assert refused.returncode == 1 and sentence in refused.stderr
        assert "Traceback" not in refused.stderr
