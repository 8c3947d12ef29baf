"""The glossary and the table of what is taught where, held to the lessons; core-only copies."""

from __future__ import annotations

import json

import pytest

from csmodels_helpers import notebooks_pages as pages
from csmodels_helpers.notebooks import core_only, page_problems
from csmodels_helpers.notebooks_cells import ROOT, cell_source, cell_tags

DOCS = ROOT / "docs"
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def glossary() -> list[dict[str, str]]:
    return pages.read_table(DOCS / "glossary.csv", pages.GLOSSARY)


def coverage() -> list[dict[str, str]]:
    return pages.read_table(DOCS / "coverage.csv", pages.COVERAGE)


def test_every_term_and_every_idea_is_where_the_tables_say() -> None:
    assert [str(problem) for problem in page_problems(glossary(), coverage())] == []


def test_the_pages_are_those_of_the_tables() -> None:
    assert (DOCS / "glossary.md").read_text(encoding="utf-8") == pages.glossary_page(glossary())
    assert (DOCS / "coverage.md").read_text(encoding="utf-8") == pages.coverage_page(coverage())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"term": "no such term"}, "does not say no such term"),
        ({"chinese": "没有这个词"}, "does not say 没有这个词"),
        ({"cell": "nowhere"}, "is not there"),
        ({"meaning": ""}, "empty field"),
        ({"cell": "kano-segment-mistake"}, "does not say must-be"),
    ],
)
def test_a_term_that_is_not_introduced_there_is_reported(change: dict[str, str], said: str) -> None:
    row = {"term": "must-be", "chinese": "必备型", "lesson": "m05_kano", "cell": "kano-pair-explain"}
    row |= {"meaning": "Missed if absent."}
    assert said in " ".join(str(problem) for problem in page_problems([row | change], []))


def test_a_term_used_before_it_is_introduced_is_reported() -> None:
    row = {"term": "must-be", "chinese": "必备型", "lesson": "m05_kano", "cell": "kano-board-explain"}
    lesson = {"a-explain": "A must-be (必备型) wish.", "kano-board-explain": "must-be (必备型)"}
    found = list(pages._glossary_findings([row | {"meaning": "x"}], {"m05_kano": lesson}))
    assert ["stands earlier, in m05_kano:a-explain" in what for _, what, _ in found] == [True]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cells": "m05_kano:nowhere"}, "is not there"),
        ({"cells": ""}, "lacks"),
        ({"helper": "kano.no_such_function"}, "is computed by"),
        ({"item": "m05-no-such-item"}, "is practised in"),
    ],
)
def test_an_idea_that_is_nowhere_is_reported(change: dict[str, str], said: str) -> None:
    row = {
        "source": "a.txt",
        "chinese": "魅力型",
        "english": "delight",
        "cells": "m05_kano:kano-pair-explain",
    }
    row |= {"helper": "kano.analyze", "item": "m05-settled"}
    assert page_problems([], [row]) == []
    assert said in " ".join(str(problem) for problem in page_problems([], [row | change]))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_core_stands_alone(path) -> None:
    whole = json.loads(path.read_text(encoding="utf-8"))["cells"]
    made = json.loads(core_only(path.read_text(encoding="utf-8")))["cells"]
    kept = [cell for cell in whole if "deeper" not in cell_tags(cell)]
    assert [cell["id"] for cell in made] == [cell["id"] for cell in kept]
    assert [cell_source(cell) for cell in made[1:]] == [cell_source(cell) for cell in kept[1:]]
    assert "deeper" not in cell_source(made[0]).split("\n\n")[1]


def test_a_link_into_a_deeper_cell_is_refused() -> None:
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "[there](#cell-id=b)"},
        {"cell_type": "markdown", "id": "b", "metadata": {"tags": ["deeper"]}, "source": "b"},
    ]
    with pytest.raises(ValueError, match="a links to #cell-id=b"):
        core_only(json.dumps({"cells": cells}))
