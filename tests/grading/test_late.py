"""Lateness: what it costs, and who may take longer."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Generator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from traitlets import TraitError
from traitlets.config import Config

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course, late
from csmodels_helpers.language import set_language

pytestmark = pytest.mark.filterwarnings("ignore:::nbgrader", "ignore:::nbconvert", "ignore:::traitlets")

DAY = 86_400
DUE = dt.datetime(2026, 5, 1, 12)
NAME = "m98_sample"

SCORES = st.floats(0, 1_000)
SECONDS = st.floats(0, 400 * DAY)
PERCENT = st.floats(0, 100)


# ------------------------------------------------------------------------------------------- arithmetic


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, 0),
        (900, 0),  # the grace time to the second
        (901, 2),
        (900 + DAY, 2),
        (901 + DAY, 4),
        (900 + 4 * DAY, 8),
        (901 + 4 * DAY, 10),
        (90 * DAY, 10),  # half of the score at most
        (math.inf, 10),
        (math.nan, 0),
    ],
)
def test_each_day_begun_after_the_grace_time_costs_its_share(seconds: float, expected: float) -> None:
    assert late.penalty(20, seconds, percent_per_day=10, most_percent=50) == expected


@given(SCORES, SECONDS)
def test_by_default_lateness_costs_nothing(score: float, seconds: float) -> None:
    assert late.LatePolicy().late_submission_penalty("li", score, seconds) == 0


@example(score=1.7e308, seconds=1e9, grace=0.0, percent=100.0, most=100.0)  # overflows on the way
@given(st.floats(), st.floats(), st.floats(0), st.floats(0), PERCENT)
def test_it_is_always_a_number_from_zero_to_the_score(
    score: float, seconds: float, grace: float, percent: float, most: float
) -> None:
    taken = late.penalty(score, seconds, grace_minutes=grace, percent_per_day=percent, most_percent=most)
    assert isinstance(taken, float) and 0 <= taken <= max(0.0, 0.0 if math.isnan(score) else score)


@given(SCORES, SECONDS, SECONDS, st.floats(0, 200), PERCENT, PERCENT)
def test_later_never_costs_less(
    score: float, one: float, other: float, grace: float, percent: float, most: float
) -> None:
    policy = late.LatePolicy(grace_minutes=grace, percent_per_day=percent, most_percent=most)
    early, later = (policy.late_submission_penalty("li", score, s) for s in sorted((one, other)))
    assert early <= later <= score * most / 100 * (1 + 1e-12)


@given(st.integers(1, 400 * DAY), st.integers(0, 600), st.integers(0, 100), st.integers(0, 100))
def test_it_is_the_share_that_the_documentation_says(
    seconds: int, grace: int, percent: int, most: int
) -> None:
    begun = max(0, -((60 * grace - seconds) // DAY))
    share = Fraction(min(most, percent * begun), 100)
    taken = late.penalty(30, seconds, grace_minutes=grace, percent_per_day=percent, most_percent=most)
    assert taken == pytest.approx(float(30 * share))


def test_rates_come_from_the_settings_and_impossible_ones_are_refused() -> None:
    config: Any = Config()
    config.LatePolicy.percent_per_day = 25
    policy = late.LatePolicy(config=config)
    assert policy.late_submission_penalty("li", 8, DAY) == 2
    for wrong in ({"percent_per_day": -1}, {"most_percent": 101}, {"grace_minutes": -1}):
        with pytest.raises(TraitError):
            late.LatePolicy(**wrong)


# ------------------------------------------------------------------------------------------ extensions


def extensions(tmp_path: Path, content: str | bytes) -> dict[tuple[str, str], dt.timedelta] | None:
    file = tmp_path / "extensions.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return late.read_extensions(file)


def test_extensions_are_read(tmp_path: Path) -> None:
    assert late.read_extensions(tmp_path / "none.csv") is None
    rows = (
        "\ufeffassignment, student,days,why",
        'm05_kano,"O\'Neil, Ann",2,ill',
        "",
        "m05_kano, 李雷 ,0.5,",
        ",,,",
    )
    content = "\r\n".join(rows)
    assert extensions(tmp_path, content) == {
        ("O'Neil, Ann", "m05_kano"): dt.timedelta(days=2),
        ("李雷", "m05_kano"): dt.timedelta(hours=12),
    }
    assert extensions(tmp_path, "student,assignment,days\n") == {}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", 'row 1: the column "student" must be there once'),
        ("student;assignment;days\nli;m05_kano;2", 'row 1: the column "student"'),
        ("student,assignment,days,days\n", 'the column "days" must be there once'),
        ("student,assignment,days\nli,m05_kano,-1", 'row 2, column "days": "-1" is not allowed'),
        (
            "student,assignment,days\nli,m05_kano,two",
            'row 2, column "days": "two" is not allowed. Allowed: a number',
        ),
        ("student,assignment,days\nli,m05_kano,", 'column "days": "" is not allowed'),
        ("student,assignment,days\nli,m05_kano,nan", '"nan" is not allowed'),
        ("student,assignment,days\nli,m05_kano,1e3", '"1e3" is not allowed'),
        ("student,assignment,days\nli,m05_kano,367", "from 0 to 366"),
        ("student,assignment,days\n\nli,m05_kano,2,5", "row 3: there are 4 values, and the first row has 3"),
        ("student,assignment,days\nli,m05_kano", "row 2: there are 2 values"),
        ("student,assignment,days\n,m05_kano,2", 'row 2, column "student": "" is not allowed'),
        ("student,assignment,days\nli,,2", 'row 2, column "assignment"'),
        ("student,assignment,days\nli,a,2\nli,a,3", 'row 3, column "student": "li"'),
        ("学生".encode("gbk"), "Save it as CSV in UTF-8"),
        ('student,assignment,days\n"li,a,2', "cannot be read"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, content: str | bytes, said: str) -> None:
    with pytest.raises(CourseError) as error:
        extensions(tmp_path, content)
    assert said in str(error.value) and str(tmp_path / "extensions.csv") in str(error.value)
    try:
        set_language("zh_CN")
        with pytest.raises(CourseError, match="extensions"):
            extensions(tmp_path, content)
    finally:
        set_language("en")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="cannot be read"):
        late.read_extensions(tmp_path)


# ------------------------------------------------------------------------------------------- gradebook


@pytest.fixture
def book(tmp_path: Path) -> Generator[Gradebook]:
    path = course.gradebook_path(tmp_path)
    course.make_gradebook(path)
    with Gradebook(f"sqlite:///{path}", "csmodels") as opened:
        opened.add_assignment(NAME, duedate=DUE)
        opened.add_notebook(NAME, NAME)
        opened.add_grade_cell("one", NAME, NAME, max_score=10.0, cell_type="code")
        for student in ("ann", "bob"):
            opened.add_student(student)
            made = opened.add_submission(NAME, student, timestamp=DUE + dt.timedelta(hours=30))
            made.notebooks[0].grades[0].auto_score = 10.0
        opened.db.commit()
        yield opened


def test_nbgrader_takes_the_penalty_off(book: Gradebook, tmp_path: Path) -> None:
    from nbformat.v4 import new_notebook
    from nbgrader.preprocessors import AssignLatePenalties

    config: Any = Config()
    course.configure(config, tmp_path)
    book.grant_extension(NAME, "ann", days=1)
    book.grant_extension(NAME, "bob", days=2)
    about = {"notebook": NAME, "assignment": NAME, "db_url": str(book.db.get_bind().url)}
    for percent, expected in ((0, 0.0), (15, 1.5)):
        config.LatePolicy.percent_per_day = percent
        for student in ("ann", "bob"):
            AssignLatePenalties(config=config).preprocess(
                new_notebook(), {"nbgrader": {**about, "student": student}}
            )
        book.db.expire_all()
        ann, bob = (book.find_submission(NAME, student).notebooks[0] for student in ("ann", "bob"))
        assert ann.late_submission_penalty == expected
        assert not bob.late_submission_penalty, "not late at all: nbgrader asks nobody"
