"""docs/grading-stock.csv has every case of the corpus, and docs/grading.md counts what is in it."""

from __future__ import annotations

from corpus import CORPUS
from corpus.stock import COLUMNS, MARKED, PAGE, TABLE, meaning, read, row, summary


def test_every_case_has_its_row() -> None:
    """After a change of the corpus: ``PYTHONPATH=tests/grading python -m corpus.stock``."""
    rows = read(TABLE)
    assert [entry["case"] for entry in rows] == list(CORPUS.cases)
    for entry in rows:
        case = CORPUS.cases[entry["case"]]
        ours = row(case, None)
        assert {column: entry[column] for column in COLUMNS[:4]} == {c: ours[c] for c in COLUMNS[:4]}
        assert (meaning(entry) == "not tried") == (not case.stock), entry


def test_the_page_counts_them() -> None:
    """After a change of the table: ``python -m corpus.stock --summary``."""
    found = MARKED.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    assert found[2] == summary(read(TABLE)) + "\n"


def test_an_outcome_is_compared_with_what_is_right() -> None:
    def said(outcome: str, points: str) -> str:
        return meaning({"case": "", "our points": "7", "stock outcome": outcome, "stock points": points})

    assert said("full marks", "8") == "more"
    assert said("graded", "7") == "same"
    assert said("0", "0") == "less"
    assert said("no score (NULL), class stops", "") == "class stops"
    assert said("graded, other trainee loses", "7") == "other trainee loses"
