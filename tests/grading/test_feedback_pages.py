"""The feedback page: nothing hidden, nothing hostile, one plain sentence for each failure, both languages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.notebooknode import from_dict
from nbgrader.api import Gradebook

from csmodels_helpers.grading import course, feedback, release
from csmodels_helpers.grading.demo import without_markers
from csmodels_helpers.language import set_language

pytestmark = pytest.mark.filterwarnings("ignore:::nbgrader", "ignore:::nbconvert", "ignore:::traitlets")

NAME = "m98_sample"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")


def graded(sample: Path, **outputs: Any) -> Any:
    """Return the source as an autograded notebook: full scores, but where a test cell has an error."""
    notebook = from_dict(course.read_notebook(sample / "solutions" / NAME / f"{NAME}.ipynb"))
    for cell in notebook.cells:
        stamp = cell.metadata.nbgrader
        if stamp.solution:
            cell.source = without_markers(cell.source)
        error = outputs.get(cell.id.replace("-", "_"))
        if cell.cell_type == "code":
            cell.outputs = [from_dict(entry) for entry in error or []]
        if stamp.grade:
            stamp["score"] = 0 if error else stamp.points
    return notebook


def failure(ename: str, evalue: str, traceback: list[str] | None = None) -> list[dict[str, Any]]:
    return [{"output_type": "error", "ename": ename, "evalue": evalue, "traceback": traceback or []}]


def html_of(notebook: Any, waiting: set[str] | None = None) -> str:
    page = feedback._page(notebook, waiting or set())
    page |= {
        "student": "<b>ann</b>",
        "assignment": NAME,
        "score": 5,
        "max_score": 11,
        "late_penalty": 0,
        "refused": "",
    }
    exporter = feedback.FeedbackExporter()
    return exporter.from_notebook_node(nbformat.v4.new_notebook(), {"feedback": page, "metadata": {}})[0]


HIDDEN = ("5, 27, 8", "5 / 32", "31, 17, 23", "2 points: it names", "BEGIN", "MARK SCHEME")


def test_bold_is_bold_in_both_languages(sample: Path) -> None:
    tagged = {"en": "**Denominator.** You kept", "zh_CN": "**分母**。您保留了"}
    for language, words in tagged.items():
        set_language(language)
        outputs = failure("CheckFailed", f"[m98-share/kept-silent] {words}")
        page = BeautifulSoup(html_of(graded(sample, m98_share_test=outputs)), "html.parser")
        (card,) = page.select(".verdict.wrong")
        assert card.strong is not None and "**" not in page.get_text()


def test_a_cell_with_the_title_alone_leaves_no_empty_card(sample: Path) -> None:
    notebook = graded(sample)
    notebook.cells[0].source = "# A sample"
    page = BeautifulSoup(html_of(notebook), "html.parser")
    assert all(card.get_text().strip() for card in page.select(".card"))


def test_a_failed_check_shows_its_diagnosis_and_nothing_of_the_test(sample: Path) -> None:
    value = "[m98-share/kept-silent] **Denominator.** You kept those who said nothing: 0.125.\nsecret 5 / 32"
    trace = ["secret trace: check.equal(share(5, 27, 8), 5 / 32)"]
    words = html_of(graded(sample, m98_share_test=failure("CheckFailed", value, trace)))
    for secret in (*HIDDEN, "secret", "0.125", "check.equal"):
        assert secret not in words, secret
    soup = BeautifulSoup(words, "html.parser")
    card = soup.select_one(".verdict.wrong")
    assert card is not None
    said = " ".join(card.get_text(" ").split())
    assert "Not yet · 1 · The share" in said and "0 / 2" in said
    assert "Denominator. You kept those who said nothing: …." in said
    assert "Hint: Count only those who answered." in said
    link = card.select_one("a")
    assert link is not None and link["href"] == "m98_sample.ipynb#sample-mistake"
    assert link.get_text() == "m98 › Who counts"
    assert "Worth another look" in words
    assert len(soup.select(".verdict.right")) == 5


def test_every_reason_has_a_sentence_in_both_languages(sample: Path) -> None:
    for reason in feedback.REASONS:
        errors = failure("CheckFailed", f"[m98-share/{reason}] secret")
        for language, hint in (("en", "Hint:"), ("zh_CN", "提示")):
            set_language(language)
            words = html_of(graded(sample, m98_share_test=errors))
            assert "secret" not in words and hint in words
            assert ('lang="zh-CN"' in words) == (language == "zh_CN")


def test_a_missing_name_is_one_sentence(sample: Path) -> None:
    errors = {"m98_share_test": failure("NameError", "name 'share' is not defined")}
    words = html_of(graded(sample, **errors))
    assert "Your answer to “1 · The share” does not define <code>share</code>." in words
    errors["m98_share_answer"] = failure(
        "SyntaxError", "invalid syntax (1.py, line 3)", ["  Cell In[2], line 3\n"]
    )
    words = html_of(graded(sample, **errors))
    assert "because its cell stopped with SyntaxError" in words


@pytest.mark.parametrize(
    ("ename", "evalue"),
    [
        ("NameError", "name 'secret_27' is not defined"),
        ("ValueError", "secret 27"),
        ("Secret27", "secret"),
        ("CheckFailed", "[m98-share/secret27] secret 27"),
        ("CheckFailed", "[m98-secret/kept-silent] secret 27"),
        ("CheckFailed", "secret 27"),
        ("TimeoutError", "secret"),
        ("DeadKernelError", "secret"),
    ],
)
def test_no_text_of_the_trainees_own_error_comes_back_from_a_test_cell(
    sample: Path, ename: str, evalue: str
) -> None:
    # The function could put the arguments of a hidden call into its error.
    words = html_of(graded(sample, m98_share_test=failure(ename, evalue, ["secret"])))
    assert "secret" not in words.lower()
    card = BeautifulSoup(words, "html.parser").select_one(".verdict.wrong p")
    assert card is not None and len(card.get_text()) > 20


def test_other_outputs_of_test_cells_are_not_shown(sample: Path) -> None:
    printed = [{"output_type": "stream", "name": "stdout", "text": "secret 27"}]
    assert "secret" not in html_of(graded(sample, m98_share_test=printed))


@pytest.mark.parametrize(
    "told",
    [
        'check.choice("m98-pick", pick, "B", options="ABC")',
        '[\'\', \'check.choice("m98-pick", pick, "B", options="ABC")\\n\']',
        "<pre>check.choice(&quot;m98-pick&quot;, pick, &quot;B&quot;, options=&quot;ABC&quot;)</pre>",
    ],
)
@pytest.mark.parametrize("kind", ["stream", "text/html", "text/plain", "error"])
def test_an_output_that_repeats_a_hidden_test_is_withheld(sample: Path, told: str, kind: str) -> None:
    output: dict[str, Any] = {"output_type": "stream", "name": "stdout", "text": told}
    if kind == "error":
        output = failure("ValueError", told, [told])[0]
    elif kind != "stream":
        output = {"output_type": "display_data", "data": {kind: told}, "metadata": {}}
    words = html_of(graded(sample, m98_low_answer=[output]))
    assert "options=" not in words
    assert "it repeats a hidden check" in words


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://example.org/a.png'>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href=' JaVaScRiPt:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<form action='https://example.org'><button>alert</button></form>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<style>body{background:url(https://example.org)}</style>",
    "<div style='position:fixed;background:url(https://example.org/a)'>x</div>",
    "<meta http-equiv=refresh content='0;url=https://example.org'>",
    "<base href='https://example.org'>",
    "<details ontoggle=alert(1) open>x</details>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "</main></body><script>alert(1)</script>",
    "<object data='x.swf'></object><embed src=x>",
]


def assert_harmless(words: str) -> None:
    soup = BeautifulSoup(words, "html.parser")
    assert not soup.find_all(
        ["script", "iframe", "object", "embed", "form", "svg", "math", "base", "link", "button"]
    )
    assert len(soup.find_all("style")) <= 1 and len(soup.find_all("meta")) <= 3
    for element in soup.find_all(True):
        for name, value in element.attrs.items():
            assert not name.startswith("on"), element
            said = str(value).lower().replace(" ", "")
            assert "javascript:" not in said and "url(" not in said and "position" not in said, element
            if name == "src":
                assert said.startswith("data:image/"), element
            if name == "href":
                assert not said.startswith("data:"), element
    for image in soup.find_all("img"):
        assert image.get("alt"), image


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_html_is_harmless_wherever_it_stands(sample: Path, hostile: str) -> None:
    notebook = graded(
        sample,
        m98_low_answer=[
            {"output_type": "display_data", "data": {"text/html": hostile}, "metadata": {}},
            {"output_type": "display_data", "data": {"text/markdown": hostile}, "metadata": {}},
            {"output_type": "display_data", "data": {"text/plain": hostile}, "metadata": {}},
            {"output_type": "display_data", "data": {"image/png": f"'>{hostile}"}, "metadata": {}},
            {"output_type": "display_data", "data": {"image/svg+xml": hostile}, "metadata": {}},
            {"output_type": "display_data", "data": {"application/javascript": hostile}, "metadata": {}},
            {"output_type": "stream", "name": "stdout", "text": hostile},
            *failure(hostile, hostile, [hostile]),
        ],
    )
    cells = {cell.id: cell for cell in notebook.cells}
    cells["m98-note-answer"].source = f"{hostile}\n\n[x](javascript:alert(1))"
    cells["m98-low-answer"].source = f"# {hostile}"
    cells["m98-low-task"].source = f"## {hostile}"
    cells["m98-pick-answer"].metadata.nbgrader["comment"] = hostile
    words = html_of(notebook)
    assert_harmless(words)
    assert "<b>ann</b>" not in words


def test_honest_output_stays(sample: Path) -> None:
    pixel = "iVBORw0KGgo="
    table = "<table><tr><th>class</th></tr><tr><td>must-be</td></tr></table>"
    figure = (
        f"<img alt='Freshness leads.' style='max-width:100%;width:720px' src='data:image/png;base64,{pixel}'>"
    )
    words = html_of(
        graded(
            sample,
            m98_low_answer=[
                {"output_type": "display_data", "data": {"text/html": table}, "metadata": {}},
                {"output_type": "display_data", "data": {"text/html": figure}, "metadata": {}},
                {
                    "output_type": "display_data",
                    "data": {"image/png": pixel, "text/plain": "Worse falls."},
                    "metadata": {},
                },
                *failure(
                    "ValueError",
                    "no such dish",
                    ["-----", "Cell In[3], line 7\n----> 7 f()", *["frame"] * 50],
                ),
            ],
        ),
        {"m98-note-answer"},
    )
    for kept in (
        "must-be",
        "Freshness leads.",
        "Worse falls.",
        "Cell In[3], line 7",
        "ValueError: no such dish",
    ):
        assert kept in words, kept
    assert words.count("frame") == 0
    assert "Waiting for your instructor" in words and "2 not marked yet" in words


def test_the_page_needs_no_network(sample: Path) -> None:
    words = html_of(graded(sample))
    assert not re.search(r"(src|href)=[\"'](https?:)?//", words)
    assert "@import" not in words and "url(" not in words
    assert "default-src 'none'" in words


@pytest.mark.grading
@pytest.mark.thorough
def test_the_plain_command_makes_the_page(sample: Path) -> None:
    released = release.generate(sample, sample / "release")[NAME]
    folder = sample / "grading" / "submitted"
    notebook = course.read_notebook(released)
    cells = {cell["id"]: cell for cell in notebook["cells"]}
    cells["m98-share-answer"]["source"] = (
        "def share(yes, no, silent):\n    return yes / (yes + no + silent)\n"
    )
    cells["m98-pick-answer"]["source"] = (
        "import warnings\nwarnings.warn('honest')\npick = 'B'\nhistory = In\n"
    )
    cells["m98-top-answer"]["source"] = (
        "import warnings\ndef top(scores):\n    warnings.warn('honest')\n    return max(scores)\n"
    )
    cells["m98-low-answer"]["source"] = "print(In)\nx = (\n"
    cells["m98-note-answer"]["source"] = "We wait. <script>alert(1)</script>"
    import json

    (folder / "ann" / NAME).mkdir(parents=True)
    (folder / "ann" / NAME / f"{NAME}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    (folder / "bob" / NAME).mkdir(parents=True)
    (folder / "bob" / NAME / f"{NAME}.ipynb").write_text("{", encoding="utf-8")
    first = ["generate_assignment", NAME, "--force"]
    for command in (first, ["autograde", NAME], ["generate_feedback", NAME]):
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *command],
            cwd=sample,
            env={**os.environ, "CSMODELS_LANGUAGE": "zh_CN"},
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    words = (sample / "grading" / "feedback" / "ann" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert_harmless(words)
    for secret in HIDDEN:
        assert secret not in words, secret
    assert "您保留了没有回答的人" in words and 'lang="zh-CN"' in words
    soup = BeautifulSoup(words, "html.parser")
    # pick, and top although it warns; mean is blank, low stops, share is wrong.
    assert len(soup.select(".verdict.right")) == 2, soup.get_text()
    # Points by hand, given after the page was made, are on the next one.
    with Gradebook(f"sqlite:///{course.gradebook_path(sample)}") as book:
        mark = book.find_grade("m98-note-answer", NAME, NAME, "ann")
        mark.manual_score, mark.needs_manual_grade = 1.5, False
        book.db.commit()
    again = [sys.executable, "-m", "nbgrader", "generate_feedback", NAME]
    chinese = {**os.environ, "CSMODELS_LANGUAGE": "zh_CN"}
    subprocess.run(again, cwd=sample, env=chinese, capture_output=True, timeout=300, check=True)
    words = (sample / "grading" / "feedback" / "ann" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert "1.5" in words
    assert len(soup.select(".verdict.wrong")) == 3
    assert len(soup.select(".verdict.waiting")) == 1
    refused_page = (sample / "grading" / "feedback" / "bob" / NAME / f"{NAME}.html").read_text(
        encoding="utf-8"
    )
    assert "JSON" in refused_page and "无法评分" in refused_page

    with Gradebook(f"sqlite:///{course.gradebook_path(sample)}") as book:
        grades = book.find_submission_notebook(NAME, NAME, "bob").grades
        assert [grade.auto_score for grade in grades] == [0] * 6
