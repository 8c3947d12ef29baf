"""Every submission of the corpus ends in its stated outcome, alone and in a class, with either command."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from corpus import CORPUS, FULL, NAME, POINTS, RIGHT, Case, HandIn, make_corpus_course
from test_feedback_pages import assert_harmless

from csmodels_helpers.grading import course, sandbox
from csmodels_helpers.grading.grade import Report, course_directory, grade, prepare
from csmodels_helpers.grading.intake import Source, read_folder, read_source
from csmodels_helpers.grading.judge_runner import CellLimits
from csmodels_helpers.grading.record import scores
from csmodels_helpers.grading.release import generate, release
from csmodels_helpers.grading.worker import Settings, Worker

pytestmark = [
    pytest.mark.grading,
    pytest.mark.filterwarnings("ignore:::nbgrader", "ignore:::nbconvert", "ignore:::traitlets"),
]

# Tight, so that endless loops take seconds; nothing honest in the corpus needs more.
SETTINGS = Settings(
    limits=sandbox.Limits(memory=2**30, cpu_seconds=20, file_bytes=2**25, work_bytes=2**26),
    cell=CellLimits(work=4.0, idle=3.0, test=5.0),
)


def kind(case: Case) -> str:
    return case.build.__module__.rpartition(".")[2].removesuffix("_cases")


def name_of(case: Case) -> str:
    return f"{kind(case)}-{case.name.replace(' ', '-')}"


def write(root: Path, released: Path, student: str, case: Case | None = None) -> HandIn:
    """Write what a case hands in; without a case everything is right."""
    folder = root / "grading" / "submitted" / student / NAME
    folder.mkdir(parents=True)
    hand_in = HandIn(folder, course.read_notebook(released))
    for item, source in RIGHT.items():
        hand_in.answer(item, source)
    if case is not None:
        case.build(hand_in)
    if case is None or case.writes:
        hand_in.write()
    return hand_in


def clear(folder: Path) -> None:
    """Remove a hand-in, also what its builder closed."""
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)
    shutil.rmtree(folder)


@pytest.fixture(scope="module", autouse=True)
def checks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let every process read the messages of the corpus's items."""
    root = make_corpus_course(tmp_path_factory.mktemp("checks"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSMODELS_CHECKS", str(root / "checks"))
        yield


# ------------------------------------------------------------------------------------------- one by one


class Classroom:
    """The corpus's course, with one worker that grades everything."""

    def __init__(self, root: Path) -> None:
        self.root = make_corpus_course(root)
        self.released = generate(root, root / "release", [NAME])[NAME]
        self.source: Source = read_source(root, NAME, self.released)
        self.worker = Worker(self.source, SETTINGS)


@pytest.fixture(scope="module")
def classroom(checks: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Classroom]:
    room = Classroom(tmp_path_factory.mktemp("corpus"))
    yield room
    room.worker.close()


def state(root: Path) -> dict[str, tuple[int, int]]:
    """Return what lies in a folder, with sizes and times of change."""
    found: dict[str, tuple[int, int]] = {}
    for above, folders, files in os.walk(root):
        for name in [*folders, *files]:
            info = os.lstat(Path(above) / name)
            found[f"{above}/{name}"] = (info.st_size if name in files else 0, info.st_mtime_ns)
    return found


# One in six on every run of the tests, the others on the build machine: `make thorough`.
@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=name_of(case), marks=[pytest.mark.thorough] if n % 6 else [])
        for n, case in enumerate(CORPUS.cases.values())
    ],
)
def test_ends_in_its_stated_outcome_and_changes_nothing_else(case: Case, classroom: Classroom) -> None:
    hand_in = write(
        classroom.root, classroom.released, f"student-{list(CORPUS.cases).index(case.name)}", case
    )
    try:
        before = state(classroom.root)
        submission = read_folder(hand_in.folder, classroom.source)
        result = classroom.worker.grade(submission)
        assert state(classroom.root) == before
    finally:
        clear(hand_in.folder.parent)
    assert result.outcome == case.outcome, result.message
    got = scores(result)
    assert all(value is None or isinstance(value, float) for value in got.values())
    if case.outcome != "graded":
        assert submission.refused == case.reason or not case.reason, submission.refused
        assert set(got.values()) == {0.0}
        return
    lost = {item for item in POINTS if got[f"m97-{item}-test"] == 0}
    assert lost == set(case.lost), result.reasons
    assert sum(value or 0 for value in got.values()) == case.score
    if case.reason:
        for item in case.lost:
            said = [why for name, why in result.reasons.items() if name.startswith(f"m97-{item}-")]
            assert any(why.rpartition("/")[2] == case.reason for why in said), result.reasons


# ------------------------------------------------------------------------------------------- a class


class Class:
    """Cases handed in as one class, with honest trainees first, in the middle and last.

    All that have to do with the page, and every so many of the others.
    """

    def __init__(self, root: Path, every: int) -> None:
        self.root = make_corpus_course(root)
        self.cases: dict[str, Case | None] = {"a-honest": None, "page-honest": None, "z-honest": None}
        for number, case in enumerate(CORPUS.cases.values()):
            told = kind(case) == "page" or case.shows or case.hides or number % 8 == 0
            if not told and number % every:
                continue
            self.cases[f"{'page' if told else 'case'}-{number}"] = case
        released = generate(root, root / "release", [NAME])[NAME]
        for student, case in self.cases.items():
            write(root, released, student, case)
        self.before = state(root / "grading" / "submitted")
        self.report = self.grade()

    def grade(self) -> Report:
        return grade(self.root, NAME, jobs=2, settings=SETTINGS)

    def book(self, query: str) -> list[Any]:
        return book(self.root, query)


def book(root: Path, query: str) -> list[Any]:
    connection = sqlite3.connect(f"file:{root / 'grading' / 'gradebook.db'}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


# A grade that nobody gave and that nobody has to give would be no number at all.
SCORES = """
    select submitted_assignment.student_id, sum(grade.auto_score),
           sum(grade.auto_score is null and not grade.needs_manual_grade), count(*)
    from grade join submitted_notebook on grade.notebook_id = submitted_notebook.id
    join submitted_assignment on submitted_notebook.assignment_id = submitted_assignment.id
    group by submitted_assignment.student_id
"""


@pytest.fixture(
    scope="module",
    params=[pytest.param(8, id="a part"), pytest.param(1, id="all", marks=pytest.mark.guards)],
)
def graded(request: pytest.FixtureRequest, checks: None, tmp_path_factory: pytest.TempPathFactory) -> Class:
    return Class(tmp_path_factory.mktemp("class"), request.param)


def test_a_class_of_all_of_them(graded: Class) -> None:
    """Each gets its own score, as if it were alone, and nobody is left out."""
    assert graded.report.kept == 0
    assert {change.student for change in graded.report.changes} == set(graded.cases)
    found = {student: (points, without, n) for student, points, without, n in graded.book(SCORES)}
    stated = {student: FULL if case is None else case.score for student, case in graded.cases.items()}
    assert found == {student: (points, 0, len(POINTS) + 1) for student, points in stated.items()}
    outcomes = dict(graded.book("select student, outcome from csmodels_graded"))
    assert outcomes == {s: "graded" if c is None else c.outcome for s, c in graded.cases.items()}
    assert state(graded.root / "grading" / "submitted") == graded.before


def test_a_second_run_grades_nothing(graded: Class) -> None:
    before = graded.book(SCORES)
    report = graded.grade()
    assert report.kept == len(graded.cases)
    assert report.changes == []
    assert graded.book(SCORES) == before


# --------------------------------------------------------------------------------------- the pages


@pytest.fixture(scope="module")
def pages(graded: Class) -> dict[str, str]:
    """Make the feedback pages of those who look for a way onto them, and of a part of the others."""
    halves = ("--student=page-*[02468]", "--student=page-*[!02468]")
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda half: nbgrader(graded.root, "generate_feedback", NAME, half), halves))
    folder = graded.root / "grading" / "feedback"
    return {path.parts[-3]: path.read_text(encoding="utf-8") for path in folder.glob("*/*/*.html")}


def nbgrader(root: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command],
        cwd=root,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=280,
        check=False,
    )
    return done.stderr


def bare(words: str) -> str:
    return re.sub(r"[\s'\"\\]|<[^>]*>", "", html.unescape(words))


def hidden_lines() -> list[str]:
    """List the lines of hidden tests and mark schemes, and what they expect."""
    root = Path(os.environ["CSMODELS_CHECKS"]).parent
    cells = course.read_notebook(root / "solutions" / NAME / f"{NAME}.ipynb")["cells"]
    lines: list[str] = ["0.15625", "Ms Schmidt", "MARK SCHEME ===\n2 points: ask again"]
    for cell in cells:
        for region in re.findall(
            r"BEGIN (?:HIDDEN TESTS|MARK SCHEME)(.*?)END (?:HIDDEN TESTS|MARK SCHEME)", cell["source"], re.S
        ):
            lines += [line for line in region.splitlines() if len(bare(line)) >= 12]
    return [bare(line) for line in lines]


def test_everybody_gets_a_page(graded: Class, pages: dict[str, str]) -> None:
    wanted = {student for student in graded.cases if student.startswith("page")}
    assert [graded.cases[student] for student in wanted - {*pages}] == []
    assert {*pages} == wanted


def test_what_a_page_shows_and_hides(graded: Class, pages: dict[str, str]) -> None:
    wrong: list[str] = []
    for student, page in pages.items():
        case = graded.cases[student]
        if case is not None:
            wrong += [f"{case.name}: {part!r} is missing" for part in case.shows if part not in page]
            wrong += [f"{case.name}: {part!r} is there" for part in case.hides if part in page]
    assert wrong == []


def test_no_page_runs_anything_or_shows_a_hidden_line(graded: Class, pages: dict[str, str]) -> None:
    hidden = hidden_lines()
    assert len(hidden) > 8
    for student, page in pages.items():
        case = graded.cases[student]
        name = student if case is None else case.name
        try:
            assert_harmless(page)
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from error
        told = bare(page)
        assert [line for line in hidden if line in told] == [], name


def test_each_lost_item_has_its_message(graded: Class, pages: dict[str, str]) -> None:
    for student, page in pages.items():
        case = graded.cases[student]
        soup = BeautifulSoup(page, "html.parser")
        if case is not None and case.outcome != "graded":
            said = soup.select_one(".refused")
            assert said is not None and len(said.get_text().strip()) > 20, case.name
            continue
        lost = case.lost if case is not None else ()
        cards = [card for card in soup.select(".verdict.wrong") if "words" not in card.get("class", [])]
        messages = [" ".join(p.get_text().strip() for p in card.select("p:not(.label)")) for card in cards]
        # One more where nothing was written in the free text; nbgrader's note on it is nobody's comment.
        assert len(lost) <= len(cards) <= len(lost) + 1, (case and case.name, messages)
        assert "No response" not in page, case and case.name
        assert all(len(message) > 20 for message in messages), (case and case.name, messages)


# ------------------------------------------------------------------------------------- nbgrader's command

SOME = (
    *("test cell edited to pass", "answer cell deleted", "schema version 99"),
    *("answer cell copied and the copy changed", "3,000 cells", "unfinished: everything blank"),
    *("invalid JSON", "notebook of format 3", "link to the solutions", "pipe instead of the notebook"),
    *("several notebooks, none of the right name", "pandas.py beside the notebook"),
    *("data file beside the notebook", "script in the message of an exception", "os._exit"),
    "10,000 small files",
)


def test_the_same_scores_from_nbgrader_itself(checks: None, tmp_path: Path) -> None:
    """``nbgrader autograde`` goes through the same intake, judge and writer."""
    root = make_corpus_course(tmp_path)
    release(root)
    prepare(root, NAME, course_directory(root))
    released = root / "exercises" / NAME / f"{NAME}.ipynb"
    stated = {"a-honest": FULL, "z-honest": FULL}
    for student in stated:
        write(root, released, student)
    for number, name in enumerate(SOME):
        write(root, released, f"s{number:03}", CORPUS.cases[name])
        stated[f"s{number:03}"] = CORPUS.cases[name].score
    said = nbgrader(root, "autograde", NAME)
    found = {student: (points, without) for student, points, without, _ in book(root, SCORES)}
    assert found == {student: (points, 0) for student, points in stated.items()}, said[-3_000:]


def test_the_corpus_is_what_it_says() -> None:
    """Enough of each kind, and every name fits a table."""
    kinds = [kind(case) for case in CORPUS.cases.values()]
    for one, least in (("notebook", 60), ("file", 50), ("page", 40)):
        assert kinds.count(one) >= least
    for case in CORPUS.cases.values():
        assert case.outcome in ("graded", "refused"), case.name
        assert set(case.lost) <= set(POINTS), case.name
        assert len(case.name) <= 70 and not set(case.name) & set("|\n<>"), case.name
    assert {*SOME} <= {*CORPUS.cases}
    json.dumps(sorted(CORPUS.cases))
