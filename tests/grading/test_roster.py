"""Rosters as offices write them, and whom a path names: exactly, or nobody."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st
from nbgrader.api import Gradebook

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course
from csmodels_helpers.grading.path_names import given
from csmodels_helpers.grading.roster import Person, Roster, enrol, read_roster

CLASS = [
    Person("20240017", "张三"),
    Person("20240018", "王新建"),
    Person("20240019", "Zhang, San"),
    Person("20240020", "Anna Berg", mail="anna@uni.edu"),
    Person("7", "Kano Taro"),
    Person("bo", "Bo Ek"),
    Person("s-1234", "O'Neil, Ann"),
    Person("20240025", "欧阳娜娜"),
    Person("20240026", "Maria del Mar Lopez"),
]


@pytest.fixture(scope="module")
def roster() -> Roster:
    return Roster(CLASS, ["m04_servqual", "m05_kano"])


@pytest.mark.parametrize(
    ("name", "ids", "mails", "names"),
    [
        ("张三作业m04.ipynb", "", "", "20240017"),
        ("m04张三.ipynb", "", "", "20240017"),
        ("第4次作业-王新建（最终版）.ipynb", "", "", "20240018"),
        ("张三丰 m04.ipynb", "", "", ""),
        ("三 张.zip", "", "", "20240017"),
        ("娜娜 欧阳", "", "", "20240025"),
        ("娜娜 m04.ipynb", "", "", ""),
        ("Zhang San m04.ipynb", "", "", "20240019"),
        ("ＳＡＮ　ＺＨＡＮＧ (2).ipynb", "", "", "20240019"),
        ("zhangsan", "", "", "20240019"),
        ("Zhang San servqual.ipynb", "", "", "20240019"),
        ("Anna Berg Larsson m04.ipynb", "", "", ""),
        ("Mary Anna Berg.ipynb", "", "", ""),
        ("anna-berg_m04_final-Copy1.ipynb", "", "", "20240020"),
        ("anna@uni.edu_m04.ipynb", "", "20240020", ""),
        ("hanna@uni.edu.ipynb", "", "", ""),
        ("anna@uni.edu.cn m04.ipynb", "", "", ""),
        ("Ann O’Neil homework.ipynb", "", "", "s-1234"),
        ("S-1234 final.ipynb", "s-1234", "", ""),
        ("Lopez, Maria del Mar", "", "", "20240026"),
        ("m04_20240020_2.zip", "20240020", "", ""),
        ("20240020_2024002.ipynb", "20240020", "", ""),
        ("120240020.ipynb", "", "", ""),
        # Numbers of copies and exercises are nobody's id, and an exercise is nobody's name.
        ("7.ipynb", "7", "", ""),
        ("m04 (7).ipynb", "", "", ""),
        ("m04 version 7 of 9.ipynb", "", "", ""),
        ("m05_kano-Copy1.ipynb", "", "", ""),
        ("Taro Kano m05_kano.ipynb", "", "", "7"),
        ("Taro m05_kano.ipynb", "", "", ""),
        ("bo.ipynb", "bo", "", ""),
        ("bo derek.ipynb", "", "", ""),
    ],
)
def test_whom_a_name_of_a_file_names(roster: Roster, name: str, ids: str, mails: str, names: str) -> None:
    found = roster.in_path([name])
    assert [" ".join(sorted(each)) for each in (found.ids, found.mails, found.names)] == [ids, mails, names]


@hypothesis_given(st.text(max_size=60))
def test_any_name_of_a_file_is_read(name: str) -> None:
    roster = Roster(CLASS, ["m04_servqual"])
    found = roster.in_path([name])
    assert (found.ids | found.mails | found.names) <= {*roster.people}
    assert len(roster.near([name])) <= 3
    assert given([name or "x"]).segments


def test_whom_a_path_might_mean_is_only_offered(roster: Roster) -> None:
    assert next(person.id for person in roster.near(["Anna Berg-Larsson m04.ipynb"])) == "20240020"
    assert [person.id for person in roster.near(["Ana Berg.ipynb"])] == ["20240020"]
    assert roster.near(["m04_servqual.ipynb"]) == []


@pytest.mark.parametrize(
    ("path", "segments", "about"),
    [
        ("Zhang San_123_assignsubmission_file_/m04.zip", "Zhang San|m04.zip", ("moodle", None, False)),
        ("a-20240017.zip/Li_9_assignsubmission_file_/x/m.ipynb", "Li|x|m.ipynb", ("moodle", None, False)),
        ("Li_9_assignsubmission_file_m04.ipynb", "Li|m04.ipynb", ("moodle", None, False)),
        ("sub.zip/zhangsan_12345_67890_m04-1.ipynb", "zhangsan|m04.ipynb", ("canvas", 67890001, False)),
        ("bergann_LATE_1_2_m04.ipynb", "bergann|m04.ipynb", ("canvas", 2000, True)),
        ("m04_20240017_2.zip", "m04_20240017_2.zip", ("", None, False)),
        ("张三/m04.ipynb", "张三|m04.ipynb", ("", None, False)),
    ],
)
def test_what_a_platform_adds_is_taken_off(
    path: str, segments: str, about: tuple[str, int | None, bool]
) -> None:
    found = given(path.split("/"))
    assert "|".join(found.segments) == segments and found.file == segments.rpartition("|")[2]
    assert (found.system, found.number, found.late) == about


ROWS = [["学号", "姓名", "邮箱"], ["20240017", "张三", "zs@uni.edu"], ["0042", "Berg, Anna", ""]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_encodings_and_separators(tmp_path: Path, encoding: str, mark: str) -> None:
    words = "\r\n".join(mark.join(f'"{cell}"' for cell in row) for row in ROWS)
    (tmp_path / "r.csv").write_bytes(words.encode(encoding))
    people = read_roster(tmp_path / "r.csv").people
    assert [(p.id, p.name, p.mail, p.row) for p in people.values()] == [
        ("20240017", "张三", "zs@uni.edu", 2),
        ("0042", "Berg, Anna", "", 3),
    ]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("id,name,email", "Anna"),
        ("Student ID,First Name,Last_name", "Anna Berg"),
        ("First name,Surname,ID number", "20240017 Anna"),
        ("ID,full name,group", "Anna"),
        ("编号,名字,班级", "Anna"),
    ],
)
def test_headers(tmp_path: Path, header: str, name: str) -> None:
    (tmp_path / "r.csv").write_text(f"{header}\n20240017,Anna,Berg\n", encoding="utf-8")
    assert [person.name for person in read_roster(tmp_path / "r.csv").people.values()] == [name]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name,email\nAnna,a@b.c\n", 'row 1: no column says the id.*"name", "email"'),
        ("id,email\n1,a@b.c\n", "row 1: no column says the name"),
        ("id,name,name\n1,a,b\n", 'row 1: the column "name" is there more than once'),
        ("id,name\n", "has a header and nobody in it"),
        ("id,name\ns1,Anna\nS1,Bo\n", 'row 3: the id "S1" stands in row 2 already'),
        ("id,name\n,Anna\n", "row 2: the id is empty"),
        ("id,name\n../x,Anna\na b,Bo\n", 'row 2: "../x" cannot be an id(.|\n)*row 3: "a b" cannot'),
        ("id,name\n2.0E+08,Anna\n", 'row 2: a spreadsheet has shortened the id to "2.0E[+]08"'),
        ("id,name\n1,Berg, Anna\n", "row 2: there are 3 values, and the first row has 2"),
    ],
)
def test_a_wrong_roster_is_told_by_row(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "r.csv").write_text(content, encoding="utf-8")
    with pytest.raises(CourseError, match=said):
        read_roster(tmp_path / "r.csv")


def test_what_is_no_roster(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="cannot be read"):
        read_roster(tmp_path / "nowhere.csv")
    (tmp_path / "r.xlsx").write_bytes(b"no workbook")
    with pytest.raises(CourseError, match=r"r\.xlsx cannot be read: .*Save it as CSV"):
        read_roster(tmp_path / "r.xlsx")


def test_the_class_is_in_the_gradebook_and_nothing_is_lost_there(tmp_path: Path) -> None:
    path = course.gradebook_path(tmp_path)
    course.make_gradebook(path)
    url = f"sqlite:///{path}"
    with Gradebook(url, "csmodels") as book:
        book.add_student("bo", first_name="B.", last_name="Ek", email="bo@old.org")
        book.add_student("gone", first_name="G", last_name="One")
    roster = Roster([Person("bo", "Bo Ek", "Bo", "Ek"), Person("zs", "张三", mail="zs@uni.edu")])
    assert enrol(roster, url, "csmodels") == 2
    content = path.read_bytes()
    assert enrol(roster, url, "csmodels") == 0 and path.read_bytes() == content
    with Gradebook(url, "csmodels") as book:
        found = {s.id: (s.first_name, s.last_name, s.email) for s in book.students}
    assert found == {
        "bo": ("Bo", "Ek", "bo@old.org"),
        "gone": ("G", "One", None),
        "zs": ("", "张三", "zs@uni.edu"),
    }
