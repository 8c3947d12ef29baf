"""The class report: what it counts, what it says, what it keeps to itself, and that it stands alone."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import json
import re
from collections.abc import Generator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from classes import Paper, Person, cells_of, make_class, random_papers
from nbgrader.api import Gradebook
from sample import NAME
from sqlalchemy import event
from sqlalchemy.engine import Engine
from test_grade import hand_in
from typer.testing import CliRunner

from csmodels_helpers.cli import app
from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course, report_data, report_findings, report_memory
from csmodels_helpers.grading import grade as grader
from csmodels_helpers.grading.report import Written, write
from csmodels_helpers.language import set_language

pytestmark = pytest.mark.filterwarnings("ignore:::nbgrader", "ignore:::nbconvert", "ignore:::traitlets")

NOW = dt.datetime(2026, 5, 4, 6, tzinfo=dt.UTC)
AT = NOW.replace(tzinfo=None)
TWELVE: list[Person] = [(f"trainee-{n:02}", f"First-{n:02}", f"Last-{n:02}") for n in range(12)]
OTHER = "m97_other"
CELLS = {f"m97-{letter}": 2.0 for letter in "abcd"}


@pytest.fixture(autouse=True)
def english() -> Generator[None]:
    yield
    set_language("en")


def full(cells: dict[str, float], **scores: float | None) -> Paper:
    """Return a hand-in with all points, but for what is given ("a" means "m97-a")."""
    changed = {
        next(c for c in cells if c.removesuffix("-test").removesuffix("-answer").endswith(f"-{k}")): v
        for k, v in scores.items()
    }
    return Paper({**cells, **changed})


def page_of(written: Written) -> str:
    return written.page.read_text(encoding="utf-8")


def words(html: str) -> str:
    """Return what a reader sees, on one line."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL).split())


def table_of(written: Written) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written.table.read_bytes().decode("utf-8-sig"), newline="")))


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


# ---------------------------------------------------------------------------------- from real commands


@pytest.mark.grading
def test_a_graded_class_in_both_languages(sample: Path) -> None:
    kept = "def share(yes, no, silent):\n    return yes / (yes + no + silent)"
    hand_in(sample, "anna")
    for student in ("bo", "chen"):
        hand_in(sample, student, share=kept)
    (sample / "grading" / "submitted" / "dirk" / NAME).mkdir(parents=True)
    grader.grade(sample, NAME, jobs=1)
    hand_in(sample, "emil")
    done = CliRunner().invoke(app, ["report", "--course", str(sample), "--assignment", "m98"])
    assert done.exit_code == 0, done.output
    assert "Now: answers to mark 3; hand-ins to grade 1; hand-ins refused 1." in done.output
    html = (sample / "grading" / "report.html").read_text(encoding="utf-8")
    said = words(html)
    assert "Most frequent: “Denominator” in m98, 2 of 3 graded hand-ins (67 %)." in said
    assert (
        "67 % 2 of 3 Denominator m98-share You kept those who said nothing: …. "
        "m98 › Who counts #sample-mistake" in said
    )
    assert "dirk m98 refused, 0 points There is no notebook under the expected name." in said
    assert "m98 1 csmodels grade m98" in said

    page = sample / "zh.html"
    words_ = ["--language", "zh_CN", "report", "--course", str(sample), "--to", str(page), "--hide-names"]
    done = CliRunner().invoke(app, words_)
    assert done.exit_code == 0, done.output
    said = words(page.read_text(encoding="utf-8"))
    assert "没有找到应有名称的笔记本" in said, "graded in English, told in Chinese"
    assert "“分母”：3 份已评分的提交中有 2 份（67 %）" in said
    assert 'lang="zh-CN"' in page.read_text(encoding="utf-8")
    for name in ("anna", "chen", "dirk", "emil"):
        assert name not in said

    # One grade by hand, one hand-in graded: the next report says so.
    set_language("en")
    grader.grade(sample, NAME, jobs=1)
    with Gradebook(f"sqlite:///{course.gradebook_path(sample)}", "csmodels") as book:
        grade = book.find_grade("m98-note-answer", NAME, NAME, "anna")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        book.db.commit()
    said = words(page_of(write(sample)))
    assert "newly graded or marked 2. newly graded or marked 2 Trainee" in said
    assert "anna m98 9 10.5" in said and "emil m98 0 9" in said


@pytest.mark.grading
def test_what_the_command_says_without_a_gradebook(sample: Path) -> None:
    done = CliRunner().invoke(app, ["report", "--course", str(sample)])
    assert done.exit_code == 1 and done.output.count("\n") == 1
    assert "There is no gradebook at" in done.output and "csmodels grade m05" in done.output
    assert not (sample / "grading" / "report.html").exists()


# ------------------------------------------------------------------------------------------- the page


def test_it_needs_no_other_file_and_can_be_read_aloud(sample: Path) -> None:
    people = [
        *TWELVE,
        ("x<script>alert(1)</script>", "<b>Bob</b>", "<img src=x onerror=alert(1)>"),
        ("李雷", None, None),
    ]
    cells = {NAME: cells_of(sample, NAME), OTHER: CELLS}
    papers = random_papers(people, cells)
    papers[NAME, "李雷"] = Paper(dict.fromkeys(cells[NAME], 0.0), "failed", message="<i>no</i>")
    papers.pop((OTHER, people[12][0]))
    make_class(sample, people, cells, papers)
    written = write(sample, now=NOW)
    html = page_of(written)
    elements = Elements(html).found
    for tag, attributes in elements:
        assert tag not in ("script", "link", "iframe", "object", "a", "b", "i"), tag
        assert "href" not in attributes and not any(name.startswith("on") for name in attributes)
        assert not attributes.get("src") or str(attributes["src"]).startswith("data:image/png;base64,")
    without_pictures = re.sub(r"base64,[^\"]*", "", html)
    assert not re.search(r"https?:|url\(|@import|//[a-z]", without_pictures)
    assert "x&lt;script&gt;alert(1)&lt;/script&gt;" in html and "&lt;i&gt;no&lt;/i&gt;" in html
    images = [attributes for tag, attributes in elements if tag == "img"]
    assert len(images) == 1
    assert "Median of each row: m97 no track" in str(images[0]["alt"]) and "m98 core" in str(images[0]["alt"])
    levels = [int(tag[1]) for tag, _ in elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1 and levels.count(1) == 1 and levels.count(2) == 5
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert all(attributes.get("scope") for tag, attributes in elements if tag == "th")
    assert all(attributes.get("aria-label") for tag, attributes in elements if tag == "table")
    assert not re.search(r"\bnan\b|\bNone\b|\{\w+\}", words(html))


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("size", [0, 1, 2])
def test_hardly_anybody(sample: Path, size: int, language: str) -> None:
    people = TWELVE[:size]
    cells = {NAME: cells_of(sample, NAME), OTHER: CELLS}
    papers = random_papers(people, {NAME: cells[NAME]})
    make_class(sample, people, cells, papers)
    set_language(language)
    written = write(sample, now=NOW)
    said = words(page_of(written))
    assert not re.search(r"\bnan\b|\bNone\b|\{\w+\}", said)
    assert len(table_of(written)) == size * (6 + 4)
    if language == "en":
        assert f"Trainees {size}, assignments 2, hand-ins {size}" in said
        assert ("Nothing is graded yet." in said) is (size == 0)
        assert (f"No alpha: {size} complete hand-ins, fewer than 10." in said) is (size > 0)


def test_a_gradebook_without_anything(sample: Path) -> None:
    course.make_gradebook(course.gradebook_path(sample))
    said = words(page_of(write(sample, now=NOW)))
    assert "Trainees 0, assignments 0" in said and "Nothing waits for you." in said


def test_what_cannot_be_done_is_said_in_a_sentence(sample: Path, tmp_path: Path) -> None:
    path = make_class(sample, TWELVE, {OTHER: CELLS}, {})
    for to, match in (
        (tmp_path / "page.txt", r"ends in \.html"),
        (tmp_path / "no" / "a.html", "could not be written"),
    ):
        with pytest.raises(CourseError, match=match):
            write(sample, to)
    with pytest.raises(CourseError, match=r'no assignment "m05"\. It has: m97_other'):
        write(sample, assignments=["m05"])
    path.write_bytes(b"This is no database, but it is long enough to be taken for one." * 40)
    with pytest.raises(CourseError, match="cannot be read: file is not a database"):
        write(sample)
    path.write_bytes(b"")
    with pytest.raises(CourseError, match="There is no gradebook"):
        write(sample)
    assert path.read_bytes() == b"" and not list(tmp_path.rglob(".*.new"))


def test_the_gradebook_is_only_read_in_a_number_of_queries_that_does_not_grow(sample: Path) -> None:
    asked: list[str] = []
    event.listen(Engine, "before_cursor_execute", lambda *about: asked.append(about[2]))
    counts: list[int] = []
    for size in (3, 60):
        people = [(f"s{n}", f"F{n}", f"L{n}") for n in range(size)]
        path = make_class(sample, people, {OTHER: CELLS}, random_papers(people, {OTHER: CELLS}))
        before = path.read_bytes()
        asked.clear()
        write(sample, now=NOW)
        counts.append(len([one for one in asked if one.lstrip().upper().startswith("SELECT")]))
        assert path.read_bytes() == before
    assert counts[0] == counts[1] <= 12


# ----------------------------------------------------------------------------------------- what waits


def test_what_waits(sample: Path) -> None:
    cells = cells_of(sample, NAME)
    note = "m98-note-answer"
    again = full(cells, note=None)
    again.manual = {note: 1.0}
    papers = {(NAME, TWELVE[n][0]): full(cells, note=None) for n in range(3)}
    papers[NAME, TWELVE[3][0]] = again
    papers[NAME, TWELVE[4][0]] = Paper(dict.fromkeys(cells, 0.0), "refused", message="Das Heft fehlt.")
    papers[NAME, TWELVE[5][0]] = Paper(
        {**dict.fromkeys(cells, 0.0), note: None}, "failed", message="Out of memory."
    )
    papers[NAME, TWELVE[6][0]] = Paper({}, noted=False)
    path = make_class(sample, TWELVE, {NAME: cells}, papers)
    with Gradebook(f"sqlite:///{path}", "csmodels") as book:
        book.find_grade(note, NAME, NAME, TWELVE[3][0]).needs_manual_grade = True
        book.db.commit()
    folder = sample / "grading" / "submitted" / "somebody-new" / NAME
    folder.mkdir(parents=True)
    todo = report_findings.todo(report_data.read(sample), AT)
    assert [(w.answers, w.handins, w.again) for w in todo.waiting] == [(4, 4, 1)]
    assert todo.ungraded == {NAME: 1}
    assert {(t.student, t.outcome) for t in todo.trouble} == {
        (TWELVE[4][0], "refused"),
        (TWELVE[5][0], "failed"),
        (TWELVE[6][0], "unscored"),
    }
    said = words(page_of(write(sample, now=NOW)))
    assert (
        "Now: answers to mark 4; hand-ins to grade 1; hand-ins refused 1; "
        "hand-ins without a grade for another reason 2" in said
    )
    assert "Das Heft fehlt." in said and "Out of memory. Run csmodels grade m98_sample again." in said
    assert "no score of a test. Run csmodels grade m98_sample ." in said
    hidden = words(page_of(write(sample, now=NOW, hide_names=True)))
    assert "Das Heft fehlt" not in hidden and "Out of memory" not in hidden, "they could name somebody"


def test_who_has_fallen_behind(sample: Path) -> None:
    day = dt.timedelta(days=1)
    names = ["m90_due", "m91_later", "m92_half", "m93_few", "m94_nobody"]
    cells = {name: {f"{name[:3]}-a": 2.0, f"{name[:3]}-b": 2.0} for name in names}
    ids = [student for student, _, _ in TWELVE]
    papers: dict[tuple[str, str], Paper] = {}
    for name, who in zip(names, (ids[:10], ids[:10], ids[:6], ids[:5]), strict=False):
        papers.update({(name, student): Paper(dict(cells[name])) for student in who})
    # The lowest tenth of ten is one; with a tie both, and once is not twice.
    for name, student, lost in (
        ("m90_due", 1, 2.0),
        ("m91_later", 1, 1.0),
        ("m91_later", 2, 1.0),
        ("m90_due", 2, 1.0),
    ):
        paper = papers[name, ids[student]]
        paper.scores[f"{name[:3]}-a"] = 2.0 - lost
    due = {"m90_due": AT - day, "m91_later": AT + day, "m94_nobody": AT - day}
    make_class(sample, TWELVE, cells, papers, due)
    extensions = sample / "grading" / "extensions.csv"
    extensions.write_text(
        f"student,assignment,days\n{ids[10]},m90_due,2\n{ids[11]},m90_due,0.5\n{ids[0]},m90_due,2\n"
        f"{ids[11]},m92_half,2\nsombody,m93_few,1\n",
        encoding="utf-8",
    )
    todo = report_findings.todo(report_data.read(sample), AT)
    assert todo.nobody == ["m94_nobody"]
    behind = {b.student: (b.missing, b.last) for b in todo.behind}
    assert behind.pop(ids[1]) == ((), ("m90_due", "m91_later"))
    assert behind == {
        **{
            ids[n]: (("m92_half",), ()) for n in (6, 7, 8, 9, 10)
        },  # half of the class has it; five do not count
        ids[11]: (("m90_due",), ()),  # the extension is over, too; that of m92 has no end
    }
    assert [(e.student, e.assignment, e.state) for e in todo.extensions] == [
        ("sombody", "m93_few", "unknown"),
        (ids[10], "m90_due", "open"),
        (ids[11], "m92_half", "open"),
        (ids[11], "m90_due", "over"),
        (ids[0], "m90_due", "in"),
    ]
    said = words(page_of(write(sample, now=NOW)))
    assert "Extensions for which nothing has come yet: 4. With a hand-in: 1." in said
    assert "First-10 Last-10 (trainee-10) m90 2 2026-05-05 06:00 UTC under way" in said
    assert "nothing came: m94." in said
    extensions.unlink()
    assert report_findings.todo(report_data.read(sample), AT).extensions == []


# ------------------------------------------------------------------------------------ what was found


def test_twice_among_the_lowest_of_many_is_no_news(sample: Path) -> None:
    names = [f"m{n}_x" for n in range(80, 88)]
    papers = {(name, s): Paper({"a": 1.0, "b": 1.0}) for name in names for s, _, _ in TWELVE[:5]}
    for student, times in ((0, 2), (1, 3)):
        for name in names[4 * student :][:times]:
            papers[name, TWELVE[student][0]].scores["a"] = 0.0
    make_class(sample, TWELVE[:5], {name: {"a": 1.0, "b": 1.0} for name in names}, papers)
    behind = report_findings.todo(report_data.read(sample), AT).behind
    assert [(b.student, len(b.last)) for b in behind] == [(TWELVE[1][0], 3)]


def test_misconceptions_are_counted_by_trainee(sample: Path) -> None:
    cells = cells_of(sample, NAME)
    reasons = [
        {"m98-share-test": "m98-share/kept-silent", "m98-pick-test": "m98-share/kept-silent"},
        {"m98-share-test": "m98-share/kept-silent", "m98-pick-test": "m98-pick/kept-silent"},
        {"m98-share-test": "m98-share/not-answered", "m98-pick-test": "m98-gone/kept-silent"},
        {"m98-share-answer": "time", "m98-top-test": "NameError", "m98-low-test": "m98-low/value"},
    ]
    papers = {(NAME, TWELVE[n][0]): Paper(dict(cells), reasons=r) for n, r in enumerate(reasons)}
    papers[NAME, TWELVE[5][0]] = Paper(dict.fromkeys(cells, 0.0), "refused", reasons[0])
    make_class(sample, TWELVE, {NAME: cells}, papers)
    found, otherwise = report_findings.mistakes(report_data.read(sample))
    assert [(m.item, m.misconception, m.people, m.of, m.share) for m in found] == [
        ("m98-share", "kept-silent", 2, 4, 0.5),
        ("m98-pick", "kept-silent", 1, 4, 0.25),
    ]
    assert found[0].message == "You kept those who said nothing: …." and found[0].section == "Who counts"
    assert otherwise == {"unanswered": 1, "other": 2, "ended": 1, "error": 1}
    said = words(page_of(write(sample, now=NOW)))
    assert "another value 2" in said and "Python error 1" in said


def test_results_by_track(sample: Path) -> None:
    cells = cells_of(sample, NAME)  # core: share 2, pick 1, low 1, note 2; deeper: mean 2, top 3
    papers = {
        (NAME, TWELVE[0][0]): full(cells, share=0.0),
        (NAME, TWELVE[1][0]): full(cells, top=0.0, note=1.0),
    }
    papers[NAME, TWELVE[1][0]].penalty = 5.0
    papers[NAME, TWELVE[2][0]] = Paper(dict.fromkeys(cells, 0.0), "refused")
    path = make_class(sample, TWELVE, {NAME: cells}, papers)
    with Gradebook(f"sqlite:///{path}", "csmodels") as book:
        book.find_grade("m98-top-test", NAME, NAME, TWELVE[0][0]).extra_credit = 0.5
        book.db.commit()
    data = report_data.read(sample)
    assert data.handins[NAME, TWELVE[0][0]].score == 9.5, "extra credit is a score, and no result of an item"
    assert data.handins[NAME, TWELVE[1][0]].score == 2.0, "seven points, five of them lost by lateness"
    shares = report_findings.results(data)
    assert {(r.student, r.track): round(r.share, 4) for r in shares.itertuples()} == {
        (TWELVE[0][0], "core"): round(4 / 6, 4),
        (TWELVE[1][0], "core"): round(5 / 6, 4),
        (TWELVE[0][0], "deeper"): 1.0,
        (TWELVE[1][0], "deeper"): 0.4,
    }
    summed = report_findings.tracks(shares)
    assert summed["median"].tolist() == pytest.approx([0.75, 0.7])
    said = words(page_of(write(sample, now=NOW)))
    assert "m98 core 2 75 % 71 % – 79 % 67 % – 83 %" in said


def test_an_item_that_waits_is_left_out_for_everybody(sample: Path) -> None:
    cells = cells_of(sample, NAME)
    papers = {
        (NAME, student): full(cells, note=0.0 if n < 2 else None) for n, (student, _, _) in enumerate(TWELVE)
    }
    make_class(sample, TWELVE, {NAME: cells}, papers)
    table = report_findings.items(report_data.read(sample))[0]
    note = table.rows[-1]
    assert (note.remark, note.waits, note.n) == ("waiting", 10, 2) and np.isnan(note.share)
    assert table.waiting == ["m98-note-answer"]
    assert report_findings.results(report_data.read(sample))["share"].min() == 1.0
    assert "Left out for everybody" in words(page_of(write(sample, now=NOW)))
    # One in twelve is not more than one in ten: the others count, and that one has no complete row.
    for n, (student, _, _) in enumerate(TWELVE[:-1]):
        papers[NAME, student] = full(cells, note=float(n % 3), share=float(n % 2))
    path = make_class(sample, TWELVE, {NAME: cells}, papers)
    with Gradebook(f"sqlite:///{path}", "csmodels") as book:
        # A score of the grader's own does not make up for the mark.
        book.find_grade("m98-note-answer", NAME, NAME, TWELVE[-1][0]).auto_score = 0.0
        book.db.commit()
    table = report_findings.items(report_data.read(sample))[0]
    assert (table.rows[-1].n, table.rows[-1].waits, table.rows[-1].remark) == (11, 1, "")
    assert table.complete == 11 and not np.isnan(table.alpha)


def test_items_against_numbers_computed_here(sample: Path) -> None:
    draw = np.random.default_rng(5)
    able = draw.normal(size=40)
    scores = {cell: np.where(able + draw.normal(size=40) > 0, 2.0, 0.0) for cell in CELLS}
    scores["m97-d"] = np.where(able + 0.3 * draw.normal(size=40) < 0, 2.0, 0.0)  # the wrong way round
    matrix = pd.DataFrame(scores)
    cells = {**CELLS, "m97-e": 1.0, "m97-f": 1.0}
    people = [(f"s{n:02}", f"F{n}", f"L{n}") for n in range(40)]
    papers = {
        (OTHER, student): Paper({**matrix.iloc[n].to_dict(), "m97-e": 1.0, "m97-f": 0.0})
        for n, (student, _, _) in enumerate(people)
    }
    make_class(sample, people, {OTHER: cells}, papers)
    table = report_findings.items(report_data.read(sample))[0]
    k = 4
    alpha = k / (k - 1) * (1 - matrix.var().sum() / matrix.sum(axis=1).var())
    assert table.alpha == pytest.approx(alpha) and table.low < alpha < table.high
    assert (table.complete, table.entering, table.constant) == (40, 4, ["m97-e", "m97-f"])
    for row in table.rows[:4]:
        rest = matrix.drop(columns=row.name).sum(axis=1)
        assert row.r == pytest.approx(np.corrcoef(matrix[row.name], rest)[0, 1])
        assert row.share == pytest.approx(matrix[row.name].mean() / 2) and row.n == 40
    assert [row.remark for row in table.rows[3:]] == ["against", "all", "none"]
    said = words(page_of(write(sample, now=NOW)))
    assert "The same for everybody, so not in alpha: m97-e, m97-f." in said
    assert "Read again, as stronger trainees do worse on them: m97-d." in said

    # Nine are too few for either number, ten are not.
    for size in (9, 10):
        few = people[:size]
        make_class(
            sample, few, {OTHER: cells}, {key: p for key, p in papers.items() if key[1] < f"s{size:02}"}
        )
        table = report_findings.items(report_data.read(sample))[0]
        assert bool(np.isnan(table.alpha)) is (size == 9)
        assert all(np.isnan(row.r) for row in table.rows[:4]) is (size == 9)
        assert ("No alpha: 9 complete" in words(page_of(write(sample, now=NOW)))) is (size == 9)


def test_nothing_differs(sample: Path) -> None:
    papers = {(OTHER, student): full(CELLS) for student, _, _ in TWELVE}
    make_class(sample, TWELVE, {OTHER: CELLS}, papers)
    said = words(page_of(write(sample, now=NOW)))
    assert "No alpha: of 12 complete hand-ins, fewer than two items differ" in said
    assert "The same for everybody, so not in alpha: m97-a, m97-b, m97-c, m97-d." in said
    assert "m97 no track: the median of 12 hand-ins is 100 % of the points" in page_of(write(sample, now=NOW))


# ------------------------------------------------------------------------------------- what is new


def test_what_changed_since_the_last_report(sample: Path) -> None:
    ids = [student for student, _, _ in TWELVE]
    later = NOW + dt.timedelta(days=7)

    def report(papers: dict[tuple[str, str], Paper], **how: Any) -> str:
        make_class(sample, TWELVE, {OTHER: CELLS, "m96_else": {"m96-a": 1.0}}, papers)
        return words(page_of(write(sample, **how))).partition("5 · Since the last report ")[2]

    papers = {(OTHER, student): full(CELLS) for student in ids[:6]}
    papers[OTHER, ids[1]] = full(CELLS, a=None)
    assert report(papers, now=NOW).startswith("This is the first report at this place")
    assert report(papers, now=later).startswith("Nothing changed since 2026-05-04 06:00 UTC.")
    papers[OTHER, ids[0]] = full(CELLS, a=1.0)
    papers[OTHER, ids[1]] = full(CELLS, a=0.5)
    papers[OTHER, ids[2]] = Paper(dict.fromkeys(CELLS, 0.0), "refused")
    papers[OTHER, ids[7]] = full(CELLS)
    del papers[OTHER, ids[3]]
    said = report(papers, now=later)
    assert said.startswith(
        "Since 2026-05-04 06:00 UTC: new hand-ins 1, newly graded or marked 1, changed scores 1, "
        "without a grade now 1, no longer in the gradebook 1."
    )
    for line in (
        "(trainee-07) m97 — 8",
        "(trainee-01) m97 6 6.5",
        "(trainee-00) m97 8 7",
        "(trainee-02) m97 8 0",
        "(trainee-03) m97 8 —",
    ):
        assert line in said
    # Made again, it says the same; without names, too.
    assert report(papers, now=later) == said
    assert "(trainee" not in report(papers, now=later, hide_names=True)
    # A report on one assignment does not forget the others.
    papers["m96_else", ids[0]] = Paper({"m96-a": 1.0})
    assert "m96 — 1" in report(papers, now=later, assignments=["m96"])
    papers[OTHER, ids[0]] = full(CELLS)
    assert "changed scores 1." in report(papers, now=later + dt.timedelta(days=1))


def test_a_page_elsewhere_has_a_memory_of_its_own(sample: Path, tmp_path: Path) -> None:
    make_class(sample, TWELVE, {OTHER: CELLS}, {})
    write(sample, now=NOW)
    written = write(sample, tmp_path / "class.html", now=NOW)
    assert "This is the first report" in words(page_of(written))
    assert {written.table.name, written.snapshot.name} == {"class.csv", "class.json"}
    assert written.names == sample / "grading" / "report-names.json"


def test_a_memory_that_is_damaged_or_another_one(sample: Path) -> None:
    make_class(sample, TWELVE, {OTHER: CELLS}, {(OTHER, TWELVE[0][0]): full(CELLS)})
    written = write(sample, now=NOW)
    whole = written.snapshot.read_text(encoding="utf-8")
    for content in (
        "{",
        "[]",
        "{}",
        '{"list": "x", "reports": [{"at": 1}]}',
        '{"list": "x", "reports": [{"at": "y", "scores": {"m": {"1": [1, "2", 3]}}}]}',
    ):
        written.snapshot.write_text(content, encoding="utf-8")
        with pytest.raises(CourseError, match=r"report\.json cannot be read"):
            write(sample, now=NOW)
        assert written.snapshot.read_text(encoding="utf-8") == content
    written.snapshot.write_text(whole, encoding="utf-8")
    listed = written.names.read_text(encoding="utf-8")
    for content in (
        '{"list": "x", "trainees": {"a": 1, "b": 1}}',
        '{"list": "x", "trainees": {"a": "1"}}',
        '{"list": "x"}',
    ):
        written.names.write_text(content, encoding="utf-8")
        with pytest.raises(CourseError, match=r"report-names\.json cannot be read: each trainee"):
            write(sample, now=NOW)
    written.names.unlink()
    assert "had other numbers for the trainees" in words(page_of(write(sample, now=NOW)))
    assert written.names.read_text(encoding="utf-8") != listed


# --------------------------------------------------------------------------------------- names


def test_hidden_names_are_nowhere(sample: Path) -> None:
    people = [(f"secret-id-{n:03}", f"Vorname{n:03}", f"Nachname{n:03}") for n in range(60)]
    cells = {NAME: cells_of(sample, NAME), OTHER: CELLS}
    papers = random_papers(people, cells)
    papers[NAME, people[0][0]] = Paper(
        dict.fromkeys(cells[NAME], 0.0), "failed", message="secret-id-000 died"
    )
    papers.pop((OTHER, people[1][0]))
    make_class(sample, people, cells, papers)
    (sample / "grading" / "extensions.csv").write_text(
        f"student,assignment,days\nsecret-id-unknown,{OTHER},2\n", encoding="utf-8"
    )
    hidden = write(sample, now=NOW, hide_names=True)
    first = table_of(hidden)
    for (name, student), paper in list(papers.items())[:9]:
        papers[name, student] = Paper(dict.fromkeys(paper.scores, 0.0))
    make_class(sample, people, cells, papers)
    hidden = write(sample, now=NOW, hide_names=True)
    for path in (hidden.page, hidden.table, hidden.snapshot):
        content = path.read_text(encoding="utf-8")
        assert not re.search(r"secret|vorname|nachname|example\.org", content, re.IGNORECASE), path
        assert str(sample) not in content
    numbers = json.loads(hidden.names.read_text(encoding="utf-8"))["trainees"]
    assert len({*numbers.values()}) == 61 and hidden.names.stat().st_mode & 0o077 == 0
    # The order says nothing either: rows go by number, and numbers are drawn.
    shown = list(dict.fromkeys(row["student_id"] for row in table_of(hidden)))
    assert shown == sorted(shown) and re.fullmatch(r"Trainee \d{3}", shown[0])
    assert shown == list(dict.fromkeys(row["student_id"] for row in first)), "the same in every report"
    drawn = [numbers[student] for student, _, _ in people]
    assert drawn != sorted(drawn) and abs(np.corrcoef(drawn, range(60))[0, 1]) < 0.6
    set_language("zh_CN")
    again = write(sample, sample / "zh.html", now=NOW, hide_names=True)
    assert [row["student_id"].removeprefix("学员 ") for row in table_of(again)] == [
        row["student_id"].removeprefix("Trainee ") for row in table_of(hidden)
    ]
    assert any("report-names.json" in line for line in again.lines())


def test_who_comes_later_does_not_get_the_next_number(tmp_path: Path) -> None:
    first = report_memory.Numbers(tmp_path).of([f"s{n}" for n in range(20)])
    both = report_memory.Numbers(tmp_path).of([f"s{n}" for n in range(40)])
    assert {name: both[name] for name in first} == first
    assert max(both.values()) <= 99 and len({*both.values()}) == 40
    assert min(both[f"s{n}"] for n in range(20, 40)) < max(first.values())
    assert max(report_memory.Numbers(tmp_path).of([f"s{n}" for n in range(120)]).values()) > 99


# ------------------------------------------------------------------------------------------- the CSV


def test_the_table_has_a_row_for_each_trainee_and_item(sample: Path) -> None:
    cells = cells_of(sample, NAME)
    people: list[Person] = [
        ("a1", "=1+1", '=cmd|" /C calc"!A0'),
        ("李雷", "雷", "李"),
        ("c3", None, None),
        ("d4", "D", "Two\nlines"),
    ]
    papers = {
        (NAME, "a1"): Paper(
            {**cells, "m98-share-test": 0.0, "m98-note-answer": None},
            reasons={"m98-share-test": "m98-share/kept-silent"},
        )
    }
    papers[NAME, "李雷"] = Paper(dict.fromkeys(cells, 0.0), "refused")
    make_class(sample, people, {NAME: cells}, papers)
    (sample / "grading" / "submitted" / "c3" / NAME).mkdir(parents=True)
    written = write(sample, now=NOW)
    assert written.table.read_bytes().startswith(b"\xef\xbb\xbfassignment,student_id,")
    rows = {(row["student_id"], row["item"]): row for row in table_of(written)}
    assert len(rows) == 4 * 6
    first = rows["a1", "m98-share"]
    assert (first["last_name"], first["first_name"]) == ("'" + '=cmd|" /C calc"!A0', "'=1+1")
    assert (first["score"], first["max_score"], first["state"], first["reasons"]) == (
        "0.0",
        "2.0",
        "graded",
        "kept-silent",
    )
    assert (rows["a1", "m98-note-answer"]["score"], rows["a1", "m98-note-answer"]["state"]) == ("", "waiting")
    assert rows["a1", "m98-top"]["track"] == "deeper"
    states = {student: rows[student, "m98-pick"]["state"] for student, _, _ in people}
    assert states == {"a1": "graded", "李雷": "refused", "c3": "new", "d4": "missing"}
    assert rows["d4", "m98-pick"]["last_name"] == "Two\nlines"
