"""Items on other data: what the package brings is what the solutions make, and it is judged right."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from csmodels_helpers import check, check_variants, progress
from csmodels_helpers.errors import ArgumentError, UnknownNameError
from csmodels_helpers.grading import course, variants
from csmodels_helpers.language import set_language

NAMES = course.assignments()
ITEM = "m05-share"

pytestmark = pytest.mark.lessons


def entries(name: str) -> dict[str, list[dict[str, Any]]]:
    file = check_variants.FOLDER / f"{name[:3]}.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    return {item: entry["asked"] for item, entry in content.items()}


@pytest.mark.parametrize("name", NAMES)
def test_the_package_brings_what_the_solutions_make(name: str) -> None:
    committed = (check_variants.FOLDER / f"{name[:3]}.json").read_text(encoding="utf-8")
    assert committed == variants.make(name), "run `make exercises`"


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_is_right_on_other_data_and_mistakes_are_named(name: str) -> None:
    source = variants.Source(name)
    given = source.prepared()
    for item, asked in entries(name).items():
        assert item in source.bank
        function = source.function(item)
        written: Any = None
        if function is not None:
            module = ModuleType("__main__")
            module.__dict__.update(given.__dict__)
            variants.execute(source.answer(item), module)
            written = module.__dict__[function]
        told: set[str | None] = set()
        for seed, entry in enumerate(asked, 1):
            again = check.variant(item, seed)
            assert "practice" in again.question.casefold()
            expected = ast.literal_eval(entry["expected"])
            right = again.check(written or expected)
            assert right.correct, f"{item}, {seed}: {right}"
            for mistake, value in entry["wrong"].items():
                mistaken = ast.literal_eval(value)
                said = again.check((lambda *_, m=mistaken: m) if written else mistaken)
                assert said.correct is False, f"{item}, {seed}, {mistake}"
                told.add(said.misconception)
        assert len(told - {None}) >= 2, f"{item}: these data tell fewer than two mistakes apart"


@pytest.mark.parametrize("name", NAMES)
def test_a_choice_is_not_always_the_same(name: str) -> None:
    for item, asked in entries(name).items():
        assert len({entry["expected"] for entry in asked}) > 1, item


def test_every_item_is_asked_again() -> None:
    for name in NAMES:
        assert set(entries(name)) == {test.item for test in variants.Source(name).tests}


def test_practice_is_not_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".csmodels.json").write_text("{}", encoding="utf-8")  # a work folder
    monkeypatch.chdir(tmp_path)
    assert progress.location() is not None
    for _ in range(3):
        said = check.variant(ITEM, 2).check(lambda counts: {"better": 2, "worse": 2})
    assert said.correct is False and said.level == 2
    assert not check.variant(ITEM, 2).check(None).correct
    assert progress.entries() == {}


def test_seeds_go_round_and_nonsense_is_named() -> None:
    n = len(entries("m05_kano")[ITEM])
    assert check.variant(ITEM, 1).arguments == check.variant(ITEM, n + 1).arguments
    assert check.variant(ITEM, 1).arguments != check.variant(ITEM, 2).arguments
    with pytest.raises(ArgumentError, match="seed"):
        check.variant(ITEM, 1.5)  # pyright: ignore[reportArgumentType]
    with pytest.raises(UnknownNameError, match="m05-settled"):
        check.variant("m05-newer", 1)
    with pytest.raises(UnknownNameError, match="other data"):
        check.variant("m05-recall-interval", 1)


def test_a_question_is_asked_in_both_languages() -> None:
    again = check.variant("m05-settled", 4)
    set_language("zh_CN")
    try:
        chinese = check.variant("m05-settled", 4)
        assert "练习" in chinese.question and "| A |" in chinese.question
        assert "正确" in repr(
            chinese.check(ast.literal_eval(entries("m05_kano")["m05-settled"][3]["expected"]))
        )
    finally:
        set_language("en")
    assert again.question != chinese.question
    assert not again.check("F").correct


def test_what_cannot_be_drawn_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Without(variants.Source):
        def __init__(self, name: str) -> None:
            super().__init__(name)
            del self.questions["m05-settled"]

    monkeypatch.setattr(variants, "Source", Without)
    with pytest.raises(Exception, match="m05-settled"):
        variants.make("m05_kano")
