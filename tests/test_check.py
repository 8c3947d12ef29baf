"""The voice of the course: what passes, what fails, and with which words."""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
import json
import math
import pickle
import re
import shutil
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import ipywidgets
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
import seaborn as sns
from hypothesis import given, settings

from csmodels_helpers import check, check_tries, progress
from csmodels_helpers.check import CheckFailed
from csmodels_helpers.check_items import Misconception
from csmodels_helpers.errors import ArgumentError, CourseError, UnknownNameError
from csmodels_helpers.language import set_language
from csmodels_helpers.notebooks_client import Client

ITEMS = Path(__file__).with_name("check_items")
README = Path(check.__file__).with_name("checks") / "README.md"


@pytest.fixture(autouse=True)
def fixture_items(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Find the items of these tests; work where no work folder is around, in English."""
    monkeypatch.setenv("CSMODELS_CHECKS", str(ITEMS))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(progress, "_memory", {})
    monkeypatch.setattr(check_tries, "_failures", {})
    yield
    set_language("en")
    plt.close("all")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Make the folder around the tests a work folder."""
    (tmp_path / ".csmodels.json").write_text("{}", encoding="utf-8")
    return tmp_path


def failure(function: Any, *args: Any, **kwargs: Any) -> CheckFailed:
    with pytest.raises(CheckFailed) as caught:
        function(*args, **kwargs)
    return caught.value


def equal(got: Any, expected: Any, **kwargs: Any) -> None:
    check.equal("m98-better", got, expected, **kwargs)


def unequal(got: Any, expected: Any, **kwargs: Any) -> CheckFailed:
    return failure(equal, got, expected, **kwargs)


# ----------------------------------------------------------------------------- reasonable answers

TABLE = pd.DataFrame({"dish": ["soup", "cake"], "better": [0.25, 0.5], "n": [4, 6]})


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (3.0, 3),
        (3, 3.0),
        (np.int8(3), 3),
        (np.float32(0.5), 0.5),
        (np.array(3), 3),
        (Decimal("0.5"), 0.5),
        (0.0, -0.0),
        (math.nan, math.nan),
        (np.float64("nan"), math.nan),
        (math.inf, math.inf),
        (None, None),
        (np.True_, True),
        (np.str_("M"), "M"),
        ((1, 2), [1, 2]),
        (np.array([1.0, 2.0]), [1, 2]),
        (range(1, 3), [1, 2]),
        (pd.Series([1, 2], index=["x", "y"]), [1, 2]),
        (pd.Index(["a", "b"]), ["a", "b"]),
        (pd.Categorical(["a", "b"]), ["a", "b"]),
        ([[1, 2], [3, 4]], np.array([[1, 2], [3, 4]])),
        ([1, None], [1, math.nan]),
        (pd.Series([1, pd.NA], dtype="Int64"), [1, None]),
        (pd.Series({"a": 1, "b": 2}), {"b": 2, "a": 1}),
        ({"b": 2.0, "a": 1}, pd.Series({"a": 1, "b": 2})),
        ({np.int64(1): 5}, {1: 5}),
        (["a", "b"], {"b", "a"}),
        ([], []),
        ({}, {}),
        (dt.date(2026, 3, 1), pd.Timestamp("2026-03-01")),
        (np.datetime64("2026-03-01"), dt.datetime(2026, 3, 1)),
        (np.array(["2026-03-01", "NaT"], dtype="datetime64[D]"), [pd.Timestamp("2026-03-01"), None]),
        (dt.timedelta(days=1), pd.Timedelta("1 day")),
        (pd.Period("2026-03"), pd.Period("2026-03")),
        (pd.Series([7, 8]), pd.Series([7, 8], index=[3, 9])),
        ([7, 8], pd.Series([7, 8], index=[3, 9])),
        (pd.Series({"a": 1, "b": 2}).rename_axis("k").reset_index(name="v"), pd.Series({"a": 1, "b": 2})),
        (TABLE[["n", "better", "dish"]], TABLE),
        (TABLE.astype({"n": float}), TABLE),
        (TABLE.set_index("dish"), TABLE),
        (TABLE, TABLE.set_index("dish")),
        (TABLE.set_axis([7, 3]), TABLE),
        (TABLE.astype({"dish": "category"}), TABLE),
        (TABLE["n"], TABLE[["n"]]),
        (pd.DataFrame(columns=["a"]), pd.DataFrame(columns=["a"])),
        (1 + 2j, 1 + 2j),
    ],
)
def test_a_reasonable_answer_passes(got: Any, expected: Any) -> None:
    equal(got, expected)


def test_order_counts_only_where_it_is_asked_for() -> None:
    assert "Order." in unequal([2, 1], [1, 2]).message
    equal([2, 1], [1, 2], ordered=False)
    assert "Order." in unequal(TABLE[::-1], TABLE).message
    equal(TABLE[::-1], TABLE, ordered=False)
    unequal(TABLE.assign(n=[6, 4]), TABLE, ordered=False)  # right columns, other rows
    unequal([1, 1, 2], [1, 2, 2], ordered=False)
    # Sorting parts these neighbours, the tolerance does not.
    equal([[1.0, 5], [1.0 + 1e-9, 3]], [[1.0 + 1e-9, 5], [1.0, 3]], ordered=False)


def test_the_kind_of_container_counts_only_where_it_is_asked_for() -> None:
    equal(pd.Series([1, 2]), [1, 2])
    assert unequal(pd.Series([1, 2]), [1, 2], container="same").reason == "type"


# -------------------------------------------------------------------------------------- the ladder


@pytest.mark.parametrize(
    ("got", "expected", "reason", "words"),
    [
        (None, 3, "not-answered", "Not answered yet"),
        (..., 3, "not-answered", "Not answered yet"),
        (None, math.nan, "not-answered", "Not answered yet"),
        ([None, None], [1, 2], "not-answered", "Not answered yet"),
        ([1, ...], [1, 2], "not-answered", "Not answered yet"),
        ({"a": None}, {"a": 1}, "not-answered", "Not answered yet"),
        ({"a": ..., "b": 1}, {"a": 1, "b": 1}, "not-answered", "Not answered yet"),
        (True, 1, "type", "a yes or no is no number"),
        (1, True, "type", "True or False is expected"),
        ("0.5", 0.5, "type", "Leave the quotes out"),
        ("half", 0.5, "type", "is text; a number is expected"),
        (len, 3, "type", "Call it"),
        (pd.Series([3]), 3, "type", "single entry"),
        ([3], 3, "type", "single entry"),
        ({"a": 1}, [1], "type", "is a dictionary; a list is expected"),
        ([1], {"a": 1}, "type", "a dictionary is expected"),
        ("ab", ["a", "b"], "type", "is text; a list is expected"),
        ([1, "x"], [1, 2], "type", "The entry `[1]` is text"),
        ([1], pd.DataFrame({"a": [1]}), "type", "a table"),
        ([1, 2], pd.Series({"a": 1, "b": 2}), "type", "a Series with labels is expected"),
        (iter([1]), [1], "type", "list_iterator"),
        ([1], [1, 2], "shape", "has 1; more are expected"),
        ([1, 2, 3], [1, 2], "shape", "has 3; fewer are expected"),
        ({"a": 1}, {"a": 1, "b": 2}, "shape", "lacks 1 of the expected names"),
        ({"a": 1, "x": 2}, {"a": 1, "b": 2}, "shape", "not expected: `x`"),
        ({"A ": 1}, {"a": 1}, "shape", "capital letters or spaces: `A `"),
        (pd.Series([1, 2], index=["a", "a"]), {"a": 1}, "shape", "more than once: `a`"),
        (TABLE[["dish", "n"]], TABLE, "shape", "lacks these columns: `better`"),
        (TABLE.assign(x=1), TABLE, "shape", "not expected: `x`"),
        (TABLE[:1], TABLE, "shape", "has 1; more are expected"),
        (4, 3, "value", "the value does not fit"),
        (math.nan, 3, "value", "the value does not fit"),
        (3, math.nan, "value", "the value does not fit"),
        (-math.inf, math.inf, "value", "the value does not fit"),
        (0.57, 0.568, "value", "rounded too much"),
        ("must-be ", "Must-be", "value", "only in capital letters or spaces"),
        ([1, 5, 9], [1, 2, 3], "value", "Your answer: 2 of 3 values do not fit; the first one is at `[1]`"),
        ({"a": 1, "b": 0}, {"a": 1, "b": 2}, "value", "1 of 2 values"),
        (TABLE.assign(n=[4, 7]), TABLE, "value", "`n`: 1 of 2 values do not fit; the first one is in row 1"),
        (TABLE.assign(n=["4", "6"]), TABLE, "type", "Leave the quotes out"),
        ([[1, 2], [3, 5]], np.array([[1, 2], [3, 4]]), "value", "`[1][1]`"),
        (pd.Timestamp("2026-03-02"), dt.date(2026, 3, 1), "value", "does not fit"),
        ({1, 2}, {1, 3}, "value", "some of its values"),
    ],
)  # fmt: skip
def test_the_ladder(got: Any, expected: Any, reason: str, words: str) -> None:
    caught = unequal(got, expected)
    assert (caught.reason, caught.misconception) == (reason, None)
    assert words in caught.message
    set_language("zh_CN")
    chinese = unequal(got, expected).message
    assert chinese != caught.message and re.search("[一-鿿]", chinese)


def test_whole_numbers_beyond_the_precision_of_floats_are_told_apart() -> None:
    big = 2**53
    unequal(big + 1, big)
    unequal(np.array([big + 1]), np.array([big]))
    unequal([10**20 + 1], [10**20])
    equal(float(big), big)
    unequal(pd.Series([1_234_567_890_124.0]), pd.Series([1_234_567_890_123]))
    unequal(np.array([2.0**53]), np.array([big + 1]))  # as floats they are the same


@pytest.mark.parametrize("kind", [list, np.array, pd.Series])
def test_what_is_not_finite_is_compared_as_it_is(kind: Any) -> None:
    values = [math.inf, -math.inf, math.nan, 1.5]
    equal(kind(values), kind(values))
    for place, other in ((0, -math.inf), (1, 1e308), (2, 0.0), (3, math.nan), (3, math.inf)):
        unequal(kind([other if n == place else v for n, v in enumerate(values)]), kind(values))


@pytest.mark.parametrize("wrap", [lambda v: v, lambda v: [v], lambda v: np.array([v])])
def test_the_border_of_the_tolerance_belongs_to_it(wrap: Any) -> None:
    # In binary, 1.1 - 1.0 is more than 0.1 and 0.3 - 0.2 less.
    equal(wrap(1.1), wrap(1.0), tolerance=0.1)
    equal(wrap(0.3), wrap(0.2), tolerance=0.1)
    unequal(wrap(1.1001), wrap(1.0), tolerance=0.1)
    unequal(wrap(1e-6 + 1e-8), wrap(0.0))
    equal(wrap(1e-6), wrap(0.0))
    equal(wrap(0.57), wrap(0.568), rounding=2)
    unequal(wrap(0.574), wrap(0.568), rounding=2)
    equal(wrap(12), wrap(10), tolerance=2)
    unequal(wrap(13), wrap(10), tolerance=2)


def test_missing_keys_are_not_told() -> None:
    assert "Huarui" not in str(unequal({"a": 1}, {"a": 1, "Huarui": 2}))
    assert "Huarui" not in str(unequal({"x": 1}, pd.Series({"Huarui": 1})))


def test_authors_hear_of_their_own_mistakes() -> None:
    with pytest.raises(UnknownNameError, match='Did you mean "kept-reverse"'):
        equal(1, 1, wrong={"kept-revers": 2})
    with pytest.raises(UnknownNameError):
        check.condition("m98-better", True, "nobody-knows")
    with pytest.raises(UnknownNameError, match="m98-better"):
        check.equal("m98-bettr", 1, 1)
    with pytest.raises(UnknownNameError):
        check.equal("m97-better", 1, 1)
    with pytest.raises(ArgumentError):
        check.equal("better", 1, 1)
    with pytest.raises(CourseError, match="gives the right value"):
        equal(1, 1, wrong={"kept-reverse": 1.0})
    for wrong in ({"tolerance": -1}, {"tolerance": math.nan}, {"rounding": 16}, {"container": "list"}):
        with pytest.raises(ArgumentError):
            equal(1, 1, **wrong)
    with pytest.raises(ArgumentError):
        check.choice("m98-better", "A", "E")
    with pytest.raises(ArgumentError):
        check.ask("m98-better")


# --------------------------------------------------------------------------------- misconceptions


def test_a_misconception_is_recognised_and_named() -> None:
    caught = unequal(0.45, 0.5, wrong={"must-be-forgotten": 0.83, "kept-reverse": 0.4601})
    assert caught.reason == "value"
    caught = unequal(np.float64(0.4545), 0.5, wrong={"must-be-forgotten": 0.83, "kept-reverse": 0.4545})
    assert (caught.reason, caught.misconception) == ("misconception", "kept-reverse")
    assert caught.message == (
        "**Denominator.** You kept Reverse: 0.4545 is too small.\n"
        "Hint: Count only A, O, M and I.\n"
        "*m98 › Who leaves the denominator*"
    )
    assert (caught.item, caught.anchor, caught.lesson) == ("m98-better", "tests-denominator", "m98_tests")
    assert str(caught) == f"[m98-better/kept-reverse] {caught.message}"


def test_a_misconception_may_have_its_own_hint_and_anchor() -> None:
    caught = unequal({"a": 1}, {"a": 2}, wrong={"must-be-forgotten": {"a": 1}})
    assert caught.message == "**Must-be.** You left `M` out.\nHint: Four classes count.\n*m98 › Four classes*"
    assert (caught.anchor, caught.section) == ("tests-classes", "Four classes")


def test_the_mistake_of_returning_nothing_can_be_named() -> None:
    assert unequal(None, 3, wrong={"kept-reverse": None}).misconception == "kept-reverse"


def test_both_languages() -> None:
    set_language("zh_CN")
    assert unequal(0.25, 0.5, wrong={"kept-reverse": 0.25}).message == (
        "**分母**。您保留了反向回答:0.25 太小了。\n提示：只数 A、O、M 和 I。\n*m98 › 谁不算在分母里*"
    )
    assert "正确" in check.ask("m98-pairs", answer="C").message


def test_a_failure_survives_a_journey_between_processes() -> None:
    caught = unequal(1, 2, wrong={"kept-reverse": 1})
    again = pickle.loads(pickle.dumps(caught))
    assert (str(again), vars(again)) == (str(caught), vars(caught))


def test_tags_can_be_read() -> None:
    tag = check.read_tag(str(unequal(1, 2, wrong={"kept-reverse": 1})))
    assert tag is not None
    assert (tag.item, tag.misconception, tag.reason) == ("m98-better", "kept-reverse", "misconception")
    assert tag.message.startswith("**Denominator.**")
    tag = check.read_tag(str(unequal(1, 2)))
    assert tag is not None and (tag.misconception, tag.reason) == (None, "value")
    assert check.read_tag("[x/y] no") is None and check.read_tag("") is None


# --------------------------------------------------------------------------- properties of `equal`

numbers = st.one_of(st.integers(-(10**20), 10**20), st.floats(allow_nan=True, allow_infinity=True, width=64))
scalars = st.one_of(
    numbers,
    st.booleans(),
    st.text(max_size=8),
    st.dates(dt.date(1990, 1, 1), dt.date(2060, 1, 1)),
    numbers.map(np.asarray).map(lambda a: a[()] if a.dtype != object else 1),
)
columns = st.one_of(
    st.lists(st.floats(), min_size=3, max_size=3),
    st.lists(st.integers(-(2**62), 2**62), min_size=3, max_size=3),
    st.lists(st.text(max_size=4), min_size=3, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
)
frames = st.dictionaries(st.text(min_size=1, max_size=4), columns, max_size=4).map(
    lambda data: pd.DataFrame(data, index=None if data else range(0))
)
series = st.one_of(
    columns.map(pd.Series),
    st.dictionaries(st.text(max_size=3), st.floats(), max_size=4).map(lambda d: pd.Series(d, dtype=float)),
)
containers = st.recursive(
    st.one_of(scalars, hnp.arrays(st.sampled_from(["f8", "i8", "?"]), st.integers(0, 5)), series, frames),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(st.text(max_size=3), st.integers(), st.booleans()), inner, max_size=3),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(containers)
def test_equal_is_reflexive(value: Any) -> None:
    equal(value, value)
    equal(copy.deepcopy(value), value, ordered=False)
    equal(copy.deepcopy(value), value, container="same")


@settings(max_examples=150, deadline=None)
@given(frames.filter(lambda frame: frame.shape[1] > 0), st.randoms(use_true_random=False))
def test_a_table_may_be_shuffled(frame: pd.DataFrame, random: Any) -> None:
    rows, names = list(range(len(frame))), list(frame.columns)
    random.shuffle(rows), random.shuffle(names)
    equal(frame.iloc[rows][names], frame, ordered=False)


def _leaves(value: Any) -> Iterator[tuple[Any, ...]]:
    """Give the path to each number in lists, tuples and dictionaries."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield ()
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from ((key, *path) for path in _leaves(inner))
    elif isinstance(value, list | tuple):
        for n, inner in enumerate(value):
            yield from ((n, *path) for path in _leaves(inner))


def _spoil(value: Any, path: tuple[Any, ...], by: float) -> Any:
    if not path:
        if math.isnan(value) or math.isinf(value):
            return 1.0
        return value + (1 + round(by)) if isinstance(value, int) else value + by * (1 + abs(value))
    if isinstance(value, dict):
        return {k: _spoil(v, path[1:], by) if k == path[0] else v for k, v in value.items()}
    return type(value)(_spoil(v, path[1:], by) if n == path[0] else v for n, v in enumerate(value))


plain = st.recursive(
    st.one_of(st.integers(-(10**20), 10**20), st.floats(-1e12, 1e12)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(plain, st.floats(2e-6, 100), st.booleans(), st.data())
def test_a_wrong_value_never_passes(value: Any, by: float, ordered: bool, data: Any) -> None:
    paths = list(_leaves(value))
    if not paths:
        unequal([1], value) if value != [] else unequal({"a": 1}, value)
        return
    # One entry is changed; where order is free, none of the others may happen to be the new one's match.
    spoilt = _spoil(value, data.draw(st.sampled_from(paths)), by)
    unequal(spoilt, value, ordered=ordered)


@settings(max_examples=100, deadline=None)
@given(hnp.arrays("f8", st.integers(1, 30), elements=st.floats(-1e9, 1e9)), st.data())
def test_fast_and_slow_comparison_agree(array: Any, data: Any) -> None:
    other = array.copy()
    place = data.draw(st.integers(0, len(array) - 1))
    other[place] += data.draw(st.sampled_from([0.0, 1e-7, 1e-3, 1.0, 2e6, math.nan, math.inf]))

    def passes(got: Any, expected: Any) -> bool:
        with contextlib.suppress(CheckFailed):
            equal(got, expected)
            return True
        return False

    assert passes(other, array) == passes(list(other), list(array))


long_text = st.text(st.characters(codec="ascii", categories=["L"]), min_size=12, max_size=16)
secret = st.one_of(
    st.integers(10**7, 10**12), st.floats(10, 1e6).filter(lambda x: len(repr(x)) > 8), long_text
)
secrets = st.one_of(
    secret,
    st.lists(secret, min_size=1, max_size=3),
    st.dictionaries(st.sampled_from("abc"), secret, min_size=1),
    st.lists(secret, min_size=2, max_size=2).map(lambda v: pd.DataFrame({"x": pd.Series(v, dtype=object)})),
)
guesses = st.one_of(
    st.sampled_from(
        [None, ..., True, 0, 0.5, "x", [], [1], {"a": 1}, {"q": 1}, len, pd.Series([1]), TABLE,
         pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"X": [1, 2]}), [1, 2, 3], {1}]
    ),
    secrets,
)  # fmt: skip


def _said(value: Any) -> list[str]:
    if isinstance(value, pd.DataFrame):
        return _said(value["x"].tolist())
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [words for part in inner for words in _said(part)]
    return [str(value), repr(value)]


@settings(max_examples=200, deadline=None)
@given(secrets, guesses, st.sampled_from(["en", "zh_CN"]), st.booleans())
def test_no_message_contains_the_expected_value(
    expected: Any, got: Any, language: str, ordered: bool
) -> None:
    set_language(language)
    try:
        check.equal("m98-better", got, expected, ordered=ordered, wrong={"kept-reverse": "x"})
    except CheckFailed as caught:
        for words in _said(expected):
            assert words not in str(caught)
        for words in [repr(expected), str(expected)]:
            assert words not in str(caught)
    finally:
        set_language("en")


# ------------------------------------------------------------------------------------ other checks


@pytest.mark.parametrize("got", ["B", " b ", "b", "B", np.str_("B")])
def test_a_choice_may_be_written_in_several_ways(got: Any) -> None:
    check.choice("m98-better", got, "B")


@pytest.mark.parametrize(
    ("got", "reason", "words"),
    [
        (None, "not-answered", "Not answered yet"),
        (..., "not-answered", "Not answered yet"),
        ("  ", "not-answered", "Not answered yet"),
        ("E", "type", "`E` is not among them. Allowed: A, B, C, D"),
        (2, "type", "is a number"),
        (["B"], "type", "is a list"),
        ("A", "value", "Another option"),
        ("d", "misconception", "**Denominator.** You kept Reverse: D is too small."),
    ],
)
def test_a_choice_that_fails(got: Any, reason: str, words: str) -> None:
    caught = failure(check.choice, "m98-better", got, "B")
    assert caught.reason == reason and words in caught.message


def test_the_form_of_a_choice_is_all_that_form_only_looks_at(work: Path) -> None:
    for got in ("B", " b ", "Ｂ"):
        assert check.choice("m98-better", got, options="ABC", form_only=True) == "B"
    for got in (False, np.False_):
        assert check.choice("m98-better", got, options=[True, False], form_only=True) is False
    # No word on right or wrong, and none of it is a try.
    for _ in range(3):
        caught = failure(check.choice, "m98-better", "D", options="ABC", form_only=True)
        assert (caught.reason, caught.misconception, caught.level) == ("type", None, 1)
        assert "`D` is not among them. Allowed: A, B, C." in caught.message
    assert not (work / "progress.json").exists()
    with pytest.raises(ArgumentError):
        check.choice("m98-better", "B", "B", form_only=True)
    with pytest.raises(ArgumentError):
        check.choice("m98-better", "B")


@pytest.mark.parametrize(
    ("got", "reason", "words"),
    [
        (None, "not-answered", "Not answered yet"),
        (..., "not-answered", "Not answered yet"),
        ("True", "type", "What stands there is `'True'` (text). Write `True` or `False`, without quotes."),
        (1, "type", "`1` (a number)"),
        (math.nan, "type", "`nan` (a number)"),
        ((True,), "type", "(a tuple)"),
    ],
)
def test_true_and_false_are_no_words(got: Any, reason: str, words: str) -> None:
    caught = failure(check.choice, "m98-better", got, options=[True, False], form_only=True)
    assert caught.reason == reason and words in caught.message


@pytest.mark.parametrize(
    ("got", "reason", "words"),
    [
        (None, "not-answered", "Not answered yet"),
        (["A", "M"], "type", "is a list; a dictionary is expected"),
        (("A", "M"), "type", "is a tuple; a dictionary is expected"),
        (np.array(["A", "M"]), "type", "is an array; a dictionary is expected"),
        ({}, "shape", "Missing: `soup`, `cake`. Write"),
        ({"soup": "A"}, "shape", "Missing: `cake`. Write"),
        ({"soup": "A", "cakes": "M"}, "shape", "Missing: `cake`; there, but not asked for: `cakes`."),
        (pd.Series({"soup": "A", "Cake": "M"}), "shape", "not asked for: `Cake`"),
    ],
)
def test_the_names_of_a_dictionary(work: Path, got: Any, reason: str, words: str) -> None:
    caught = failure(check.names, "m98-better", got, ["soup", "cake"])
    assert (caught.reason, caught.level) == (reason, 1) and words in caught.message
    assert not (work / "progress.json").exists()
    set_language("zh_CN")
    assert failure(check.names, "m98-better", got, ["soup", "cake"]).message != caught.message


def test_names_do_not_look_at_what_stands_there() -> None:
    check.names("m98-better", {"soup": None, "cake": 3, "tea": 1}, ["soup", "cake"])
    check.names("m98-better", pd.Series({"soup": "A", "cake": "M"}), ["cake"])


def test_a_choice_of_words() -> None:
    check.choice("m98-better", "must-be", "Must-be", options=["Must-be", "Attractive"])
    assert "Must-be, Attractive" in failure(
        check.choice, "m98-better", "M", "Must-be", options=["Must-be", "Attractive"]
    ).message  # fmt: skip


def test_a_condition() -> None:
    check.condition("m98-better", np.True_)
    assert failure(check.condition, "m98-better", False).reason == "value"
    assert failure(check.condition, "m98-better", False, "kept-reverse").misconception == "kept-reverse"
    assert failure(check.condition, "m98-better", None).reason == "not-answered"


def divide(a: float, b: float = 0) -> float:
    return a / b


def test_run_returns_the_value_and_explains_an_error() -> None:
    assert check.run("m98-better", divide, 6, b=3) == 2
    assert check.run("m98-better", lambda item, function: item + function, item=1, function=2) == 3
    caught = failure(check.run, "m98-better", divide, 6)
    line = divide.__code__.co_firstlineno + 1
    assert caught.reason == "raised"
    assert "`ZeroDivisionError` (division by zero)." in caught.message
    assert f"line {line} of its cell: `return a / b`" in caught.message
    assert failure(check.run, "m98-better", None, 6).reason == "not-answered"
    assert failure(check.run, "m98-better", ...).reason == "not-answered"
    assert failure(check.run, "m98-better", 5).reason == "type"
    assert "SystemExit" in failure(check.run, "m98-better", exit, 3).message
    assert "takes no arguments" in failure(check.run, "m98-better", {}.clear, 1).message
    set_language("zh_CN")
    assert "（division by zero）中断。出错位置" in failure(check.run, "m98-better", divide, 6).message


def test_an_error_in_a_library_is_placed_in_the_trainees_own_line() -> None:
    def mean_of(frame: pd.DataFrame) -> Any:
        return frame["price"].mean()

    caught = failure(check.run, "m98-better", mean_of, TABLE)
    assert '`return frame["price"].mean()`' in caught.message


def test_the_trainees_own_interrupt_is_not_swallowed() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check.run("m98-better", stop)


def _clear(x: Any) -> None:
    x.clear()


def _add_column(frame: Any) -> None:
    frame["new"] = 1


def _retype(frame: Any) -> None:
    frame["n"] = frame["n"].astype(float)


def _rename(frame: Any) -> None:
    frame.index.name = "row"


def _set_entry(x: Any) -> None:
    x[0] = 9


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        (_clear, [1, 2]),
        (_clear, {"a": 1}),
        (_clear, {1, 2}),
        (_add_column, TABLE),
        (_retype, TABLE),
        (_rename, TABLE),
        (_set_entry, np.array([1, 2])),
        (_set_entry, pd.Series([1, 2])),
        (lambda x: x[0].append(1), [[1]]),
    ],
)
def test_a_changed_argument_is_noticed(function: Any, argument: Any) -> None:
    before = copy.deepcopy(argument)
    for checked in (check.run, check.unchanged):
        caught = failure(checked, "m98-better", function, argument)
        assert caught.reason == "changed" and "argument 1" in caught.message
    assert "argument `x`" in failure(check.run, "m98-better", lambda x: x.append(1), x=[1]).message
    assert repr(before) == repr(argument)  # the author's own data stays as it was
    check.run("m98-better", function, argument_copy := copy.deepcopy(argument), in_place=True)
    assert repr(before) != repr(argument_copy)


class InPlaceElsewhere(check.Remote):
    """A function in another process: it gets copies, and says how it left them."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def reply(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> check.Reply:
        args = copy.deepcopy(args)
        value = self.function(*args)
        return check.Reply(value, changed=(0,), after={0: args[0]})


def _add_column(table: pd.DataFrame) -> None:
    table["more"] = 1
    if "score" in table:
        del table["score"]


@pytest.mark.parametrize(
    ("function", "argument", "after"),
    [
        (lambda x: x.append(2), [1], [1, 2]),
        (lambda x: x.update(b=2), {"a": 1}, {"a": 1, "b": 2}),
        (lambda x: x.add(2), {1}, {1, 2}),
        (lambda x: x.sort(), np.array([3, 1]), np.array([1, 3])),
        (
            _add_column,
            pd.DataFrame({"score": [1], "who": [2]}),
            pd.DataFrame({"who": [2], "more": [1]}),
        ),
    ],
)
def test_a_change_in_place_comes_back_from_another_process(function: Any, argument: Any, after: Any) -> None:
    check.run("m98-better", InPlaceElsewhere(function), argument, in_place=True)
    assert repr(argument) == repr(after)
    assert (
        failure(check.run, "m98-better", InPlaceElsewhere(function), copy.deepcopy(after)).reason == "changed"
    )


def test_what_cannot_come_back_is_the_authors_mistake() -> None:
    column = pd.Series([1, 2])
    with pytest.raises(CourseError, match="Series in place does not come back"):
        check.run("m98-better", InPlaceElsewhere(lambda x: x.pop(0)), column, in_place=True)


@pytest.mark.parametrize("argument", [TABLE, np.array([1, math.nan]), [math.nan], {"a": [1]}, iter([1])])
def test_an_unchanged_argument_passes(argument: Any) -> None:
    assert check.unchanged("m98-better", lambda x: str(type(x)), argument) == str(type(argument))


class Box:
    def __init__(self) -> None:
        self.inside = [1]


def test_an_object_without_equality_is_judged_by_what_it_holds() -> None:
    check.run("m98-better", lambda box: None, Box())
    assert failure(check.run, "m98-better", lambda box: box.inside.append(2), Box()).reason == "changed"


def test_raises() -> None:
    check.raises("m98-better", ValueError, int, "x")
    check.raises("m98-better", ArithmeticError, divide, 1)
    caught = failure(check.raises, "m98-better", ValueError, int, "3", misconception="kept-reverse")
    assert caught.misconception == "kept-reverse"
    assert "went through" in failure(check.raises, "m98-better", ValueError, int, "3").message
    caught = failure(check.raises, "m98-better", ValueError, divide, 1)
    assert caught.reason == "raised" and "`ZeroDivisionError` (division by zero)" in caught.message


def test_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    def greet(name: str, end: str = "\n") -> None:
        print("Hello,", name, end=end)

    for end in ("", "\n", "  \n\n"):
        check.stdout("m98-better", greet, "Wang", expected="Hello, Wang", end=end)
    assert "line 1" in failure(check.stdout, "m98-better", greet, "Li", expected="Hello, Wang").message
    assert "capital" in failure(check.stdout, "m98-better", greet, "wang", expected="Hello, Wang").message
    assert "line 2" in failure(check.stdout, "m98-better", greet, "Li", expected="Hello, Li\nBye").message
    assert "Returned, not printed" in failure(check.stdout, "m98-better", str, 5, expected="5").message
    assert "prints nothing" in failure(check.stdout, "m98-better", str, 6, expected="5").message
    assert failure(check.stdout, "m98-better", divide, 1, expected="").reason == "raised"
    assert capsys.readouterr().out == ""


class Elsewhere(check.Remote):
    """A function in another process, as the grader gives it: only its replies are known."""

    def __init__(self, reply: check.Reply) -> None:
        self.answer = reply

    def reply(self, args: Any, kwargs: Any) -> check.Reply:
        return self.answer


def test_a_remote_function_gets_the_same_verdicts() -> None:
    stopped = check.Stopped("MyError", "no", ("MyError", "ValueError", "Exception"), 3, "raise MyError")
    assert check.run("m98-better", Elsewhere(check.Reply(4))) == 4
    assert "line 3" in failure(check.run, "m98-better", Elsewhere(check.Reply(stopped=stopped))).message
    changed = Elsewhere(check.Reply(4, changed=(0, "data")))
    assert "argument 1, argument `data`" in failure(check.run, "m98-better", changed).message
    assert check.run("m98-better", changed, in_place=True) == 4
    check.raises("m98-better", ValueError, Elsewhere(check.Reply(stopped=stopped)))
    assert failure(check.raises, "m98-better", KeyError, Elsewhere(check.Reply(stopped=stopped)))
    check.stdout("m98-better", Elsewhere(check.Reply(printed="5\n")), expected="5")
    drawn = check.Picture([{"title": "T", "xlabel": "", "ylabel": "", "kinds": ["bar"], "bars": [["a", 1.0]],
                            "lines": [], "points": [], "sideways": False}])  # fmt: skip
    check.figure("m98-better", Elsewhere(check.Reply(drawn)), title=True, marks={"a": 1})
    assert "Call it" in unequal(Elsewhere(check.Reply(4)), 4).message


# ----------------------------------------------------------------------------------------- figures


def bars(lying: bool = False) -> Any:
    _, ax = plt.subplots()
    (ax.barh if lying else ax.bar)(["soup", "cake"], [3, 5])
    ax.set_title("Cake leads")
    (ax.set_ylabel if lying else ax.set_xlabel)("Dish")
    (ax.set_xlabel if lying else ax.set_ylabel)("Guests")
    return ax


@pytest.mark.parametrize("drawing", [bars, lambda: bars(True), lambda: bars().figure])
def test_a_figure_passes_however_it_is_drawn(drawing: Any) -> None:
    wanted = {"title": ["cake"], "xlabel": "dish", "ylabel": True, "kind": "bar"}
    check.figure("m98-better", drawing, **wanted, marks={"cake": 5, "soup": 3})
    check.figure("m98-better", drawing(), **wanted, marks=[3, 5])
    check.figure("m98-better", check.picture(drawing()), **wanted)


def test_a_seaborn_figure_passes() -> None:
    frame = pd.DataFrame({"dish": ["soup", "cake", "cake"], "guests": [3, 4, 6]})
    ax = sns.barplot(frame, x="dish", y="guests", errorbar=None)
    check.figure("m98-better", ax, kind="bar", marks={"soup": 3, "cake": 5})
    plt.figure()
    check.figure("m98-better", sns.scatterplot(x=[1, 2], y=[3, 4]), kind="point", marks=[(2, 4), (1, 3)])
    plt.figure()
    check.figure("m98-better", sns.lineplot(x=[1, 2], y=[3, 4]), kind="line", marks={1: 3, 2: 4})
    plt.figure()
    check.figure("m98-better", sns.heatmap([[1, 2], [3, 4]]), kind="image")
    with plt.rc_context({"figure.constrained_layout.use": False}):  # seaborn lays such figures out itself
        check.figure("m98-better", sns.relplot(x=[1, 2], y=[3, 4]), kind="point")


def test_bars_over_numbers() -> None:
    scores = pd.Series({1: 10, 2: 30})
    _, (one, two, three) = plt.subplots(1, 3)
    scores.plot.bar(ax=one)
    two.bar([1, 2], [10, 30])
    scores.plot.barh(ax=three)
    for shown in check.picture(one).axes:
        drawn = check.Picture([shown])
        check.figure("m98-better", drawn, kind="bar", marks={1: 10, 2: 30})
        check.figure("m98-better", drawn, kind="bar", marks={"1": 10, "2": 30})
        assert failure(check.figure, "m98-better", drawn, marks={1: 30, 2: 10}).reason == "value"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"kind": "line"}, "shows bars; a line is expected"),
        ({"marks": {"soup": 3, "cake": 4}}, "values drawn"),
        ({"marks": [3, 5, 7]}, "values drawn"),
        ({"title": ["soup"]}, "title does not say"),
        ({"xlabel": "guests"}, "horizontal axis does not say"),
    ],
)
def test_a_figure_that_fails(wanted: Any, words: str) -> None:
    caught = failure(check.figure, "m98-better", bars(), **wanted)
    assert words in caught.message


def test_a_figure_that_is_none() -> None:
    _, empty = plt.subplots()
    bare = plt.subplots()[1]
    bare.bar(["a"], [1])
    assert failure(check.figure, "m98-better", None).reason == "not-answered"
    assert "what came is a list" in failure(check.figure, "m98-better", [1]).message
    assert "Nothing is drawn" in failure(check.figure, "m98-better", empty).message
    for name, words in {"title": "no title", "xlabel": "horizontal", "ylabel": "vertical"}.items():
        assert words in failure(check.figure, "m98-better", bare, **{name: True}).message
    assert failure(check.figure, "m98-better", lambda: divide(1)).reason == "raised"
    with pytest.raises(ArgumentError):
        check.figure("m98-better", bare, kind="pie")  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------ three levels


def test_help_grows_with_each_failure_and_a_pass_resets_it(work: Path) -> None:
    diagnosis = "**Not right yet.** Your answer is of the right kind, but the value does not fit."
    hint, step = "Hint: Count only A, O, M and I.", "Worked step: With 2 A, 3 O, 4 M, 1 I"
    first, second, third, fourth = (unequal(1, 2) for _ in range(4))
    assert first.message == f"{diagnosis}\n*m98 › Who leaves the denominator*"
    assert hint in second.message and step not in second.message
    assert hint in third.message and step in third.message and third.message == fourth.message
    assert [f.level for f in (first, second, third, fourth)] == [1, 2, 3, 3]
    equal(2, 2)
    assert unequal(1, 2).level == 1
    kept = json.loads((work / "progress.json").read_text(encoding="utf-8"))["entries"]
    assert kept["check/m98-better"]["value"] == {"tries": 6, "fails": 1, "passed": True}


def test_an_empty_stub_is_no_try(work: Path) -> None:
    for _ in range(3):
        assert unequal(None, 2).level == 1
    assert not (work / "progress.json").exists()


def test_the_calls_before_the_failing_one_take_no_help_back(work: Path) -> None:
    def cell() -> None:
        equal(1, 1)
        equal(1, 3)

    assert [failure(cell).level for _ in range(3)] == [1, 2, 3]


def test_running_all_test_cells_once_is_one_try(work: Path) -> None:
    def run_all(got: int, *, cells: int = 3) -> list[int]:
        return [unequal(got, 10 + cell).level for cell in range(cells)]

    assert [run_all(1) for _ in range(4)] == [[1] * 3, [2] * 3, [3] * 3, [3] * 3]
    # The first cell passes: what it had built up is gone, the others keep theirs.
    equal(10, 10)
    assert unequal(1, 11).level == 3
    assert unequal(1, 10).level == 1
    for cell in range(3):
        equal(10 + cell, 10 + cell)
    assert run_all(1) == [1] * 3


def test_after_a_restart_help_goes_on_from_where_it_was(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [unequal(1, 2).level for _ in range(2)] == [1, 2]
    monkeypatch.setattr(check_tries, "_failures", {})
    assert [unequal(1, 2).level, unequal(1, 3).level] == [3, 3]


@pytest.mark.parametrize("mended", [False, True])
def test_after_a_restart_all_calls_have_counted_once(
    work: Path, monkeypatch: pytest.MonkeyPatch, mended: bool
) -> None:
    for right in (2, 3, 4):
        assert unequal(1, right).level == 1
    if mended:
        equal(2, 2)  # the other two still fail
    monkeypatch.setattr(check_tries, "_failures", {})
    assert unequal(1, 3).level == 2


def test_a_function_that_no_longer_stops_takes_its_help_back_and_passes_nothing(work: Path) -> None:
    def cell(function: Any) -> None:
        equal(check.run("m98-better", function, 6, 3), 2)
        equal(check.run("m98-better", function, 6, 0), None, wrong={"kept-reverse": 0})

    def kept() -> dict[str, Any]:
        entries = json.loads((work / "progress.json").read_text(encoding="utf-8"))["entries"]
        return entries["check/m98-better"]["value"]

    # It stops at the second call alone: the first one, which passes, takes nothing back.
    assert [failure(cell, divide).level for _ in range(3)] == [1, 2, 3]
    assert check.run("m98-better", lambda a, b: 0, 6, 0) == 0
    assert kept()["fails"] == 0
    progress.record("check/m98-better", {"tries": 4, "fails": 0, "passed": False})
    assert failure(check.run, "m98-better", divide, 6).level == 1
    check.run("m98-better", lambda a: a, 6)
    assert (kept()["fails"], kept()["passed"]) == (0, False)


def test_what_is_no_function_is_counted_at_its_own_call(work: Path) -> None:
    assert [failure(check.run, "m98-better", 5, 6).level for _ in range(2)] == [1, 2]
    check.run("m98-better", abs, 6)
    assert failure(check.run, "m98-better", 5, 6).level == 1


def test_long_arguments_tell_calls_apart(work: Path) -> None:
    def stops_at_the_end(values: list[int]) -> int:
        return values[0] // values[-1]

    def cell() -> None:
        for last in (1, 0):
            check.run("m98-better", stops_at_the_end, [7] * 1000 + [last])

    assert [failure(cell).level for _ in range(3)] == [1, 2, 3]


def test_while_grading_the_help_is_always_the_same(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    failures = [unequal(1, 2) for _ in range(4)]
    assert {f.level for f in failures} == {2} and len({f.message for f in failures}) == 1
    assert "Hint: " in failures[0].message and "Worked step" not in failures[0].message
    assert not (work / "progress.json").exists()
    assert [check.ask("m98-pairs", answer="A").level for _ in range(4)] == [1, 2, 2, 2]


def test_outside_a_work_folder_too() -> None:
    assert [unequal(1, 2).level for _ in range(4)] == [2, 2, 2, 2]


def test_a_notice_about_the_file_reaches_the_trainee(work: Path) -> None:
    (work / "progress.json").write_text("{broken", encoding="utf-8")
    assert 'kept as "progress.unreadable.json"' in unequal(1, 2).message
    assert "unreadable" not in unequal(1, 2).message


def test_hints_open_one_after_another(work: Path) -> None:
    first, second, third = (check.hint("m98-better") for _ in range(3))
    assert repr(first) == "Hint: Count only A, O, M and I.\nm98 › Who leaves the denominator"
    assert "Worked step" in repr(second) and "no more hints" in repr(third)
    assert first.correct is None and "✓" not in first._repr_html_()


# -------------------------------------------------------------------------------- micro-questions


def test_ask_diagnoses_each_answer_and_helps_more_each_time() -> None:
    first = check.ask("m98-pairs", answer="A")
    second = check.ask("m98-pairs", answer=" b")
    third = check.ask("m98-pairs", answer="A")
    assert repr(first) == ("Reverse. You kept those who want the opposite.\nm98 › Who leaves the denominator")
    assert (first.correct, first.misconception, first.level) == (False, "kept-reverse", 1)
    assert (second.misconception, second.level) == ("kept-questionable", 2)
    assert "Hint: Two classes leave." in second.message and "540" not in second.message
    assert "Worked step: 600 − 38 − 22 = 540." in third.message
    right = check.ask("m98-pairs", answer="c")
    assert repr(right) == "Right. Neither says anything about better."
    assert (right.correct, right.misconception, right.level) == (True, None, 0)
    assert check.ask("m98-pairs", answer="A").level == 1


@pytest.mark.parametrize("answer", ["", "E", 3, True])
def test_what_cannot_be_judged_is_no_try(answer: Any) -> None:
    said = check.ask("m98-pairs", answer=answer)
    assert (said.correct, said.level) == (None, 0)
    assert check.ask("m98-pairs", answer="A").level == 1


@pytest.mark.parametrize(
    ("answer", "correct", "words"),
    [
        (0.5, True, "Right"),
        ("0.503", True, "Right"),
        (".5", True, "Right"),
        ("0.5", True, "Right"),
        (Decimal("0.505"), True, "Right"),
        (0.506, False, "does not fit"),
        (50, False, "50 is the share in percent"),
        ("50.0", False, "50 is the share in percent"),
        ("−0.5", False, "does not fit"),
        (True, None, "True and False are no numbers here"),
        ("0,5", None, "cannot be read as a number"),
        ("50 %", True, "Right"),
        ("50\uff05", True, "Right"),
        ("0.5 %", False, "a hundred times too large or too small"),
        ("%", None, "cannot be read as a number"),
        ("nan", None, "cannot be read as a number"),
        (math.nan, None, "cannot be read as a number"),
        ([0.5], None, "cannot be read as a number"),
        (" ", None, "Write a number first"),
    ],
)
def test_ask_for_a_number(answer: Any, correct: bool | None, words: str) -> None:
    said = check.ask("m98-share", answer=answer)
    assert said.correct is correct and words in repr(said)


def _state(question: check.Question) -> str:
    """Everything that a front end gets to see, without the ids of the widgets."""
    seen: list[Any] = []

    def visit(widget: Any) -> None:
        state = widget.get_state()
        children = state.pop("children", [])
        for name, value in list(state.items()):
            if isinstance(value, str) and value.startswith("IPY_MODEL_"):
                state[name] = ""
        seen.append({name: value for name, value in state.items() if name not in ("layout", "style")})
        for child in getattr(widget, "children", children):
            visit(child)

    visit(question._box)
    return json.dumps(seen, default=str)


def test_the_widget_works_and_does_not_know_the_answer(tmp_path: Path, monkeypatch: Any) -> None:
    question = check.ask("m98-pairs")
    assert isinstance(question, check.Question)
    before = _state(question)
    for secret_text in ("600 −", "Neither says", "Two classes", "want the opposite"):
        assert secret_text not in before
    # The same question with another right answer looks exactly the same from outside.
    other = (ITEMS / "m98.toml").read_text(encoding="utf-8").replace('answer = "C"', 'answer = "B"')
    (tmp_path / "m98.toml").write_text(other, encoding="utf-8")
    monkeypatch.setenv("CSMODELS_CHECKS", str(tmp_path))
    twin = check.ask("m98-pairs")
    assert isinstance(twin, check.Question) and _state(twin) == before
    assert {**question._repr_mimebundle_(), "application/vnd.jupyter.widget-view+json": 0} == {
        **twin._repr_mimebundle_(),
        "application/vnd.jupyter.widget-view+json": 0,
    }


def test_the_widget_answers() -> None:
    question = check.ask("m98-pairs")
    assert isinstance(question, check.Question)
    assert [label for label, _ in question.field.options] == ["A  578 pairs", "B  562 pairs", "C  540 pairs"]
    assert isinstance(question.field, ipywidgets.RadioButtons) and question.field.value is None
    assert 'aria-live="polite"' in question.feedback.value
    question.button.click()
    assert "Choose one first" in question.feedback.value
    question.field.value = "A"
    question.button.click()
    assert "<strong>Reverse.</strong>" in question.feedback.value and "Hint" not in question.feedback.value
    question.button.click()
    assert "Hint: Two classes leave." in question.feedback.value
    question.field.value = "C"
    question.button.click()
    assert "✓ <strong>Right.</strong>" in question.feedback.value
    assert 'aria-live="polite"' in question.feedback.value


def test_the_number_widget_answers() -> None:
    question = check.ask("m98-share")
    assert isinstance(question, check.Question)
    assert question.field.placeholder == "for example 0.25"
    question.button.click()
    assert "Write a number first" in question.feedback.value
    question.field.value = "<b>50"
    question.button.click()
    assert "&lt;b&gt;50" in question.feedback.value and "<b>" not in question.feedback.value
    question.field.value = "50"
    question.button.click()
    assert "in percent" in question.feedback.value


def test_a_page_without_a_kernel_shows_the_question() -> None:
    question = check.ask("m98-pairs")
    assert repr(question).startswith("How many pairs <stand> in the denominator?\nA  578 pairs\n")
    bundle = question._repr_mimebundle_()
    assert "&lt;stand&gt; in the <strong>denominator</strong>" in bundle["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_markup_does_not_eat_multiplications() -> None:
    said = check.Feedback("m98-better", None, "**Bold.** 2 * 3 * 4 and `a * b * c` and *so* <i> a*b*c")
    assert repr(said) == "Bold. 2 * 3 * 4 and `a * b * c` and so <i> a*b*c"
    assert "<strong>Bold.</strong> 2 * 3 * 4 and <code>a * b * c</code> and <em>so</em> &lt;i&gt;" in (
        said._repr_html_()
    )


# ------------------------------------------------------------------------------- the file of items


def test_misconceptions_are_listed_for_reports() -> None:
    table = check.misconceptions("m98").set_index(["item", "misconception"])
    assert len(table) == 5
    assert table.loc[("m98-better", "must-be-forgotten"), "anchor"] == "tests-classes"
    assert table.loc[("m98-better", "kept-reverse"), "anchor"] == "tests-denominator"
    with pytest.raises(UnknownNameError):
        check.misconceptions("m97")


def test_an_author_sees_an_edit_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "m98.toml"
    shutil.copy(ITEMS / "m98.toml", file)
    monkeypatch.setenv("CSMODELS_CHECKS", str(tmp_path))
    assert "Reverse." in repr(check.ask("m98-pairs", answer="A"))
    content = file.read_text(encoding="utf-8").replace('en = "Reverse"', 'en = "Edited"')
    file.write_text(content, encoding="utf-8")
    assert "Edited." in repr(check.ask("m98-pairs", answer="A"))
    file.write_text("broken", encoding="utf-8")
    with pytest.raises(CourseError, match=r"m98\.toml cannot be read"):
        check.ask("m98-pairs", answer="A")


def test_the_items_of_the_tests_and_of_the_note_are_valid(tmp_path: Path) -> None:
    assert check.validate_file(ITEMS / "m98.toml") == []
    example = re.search(r"```toml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None and tomllib.loads(example[1])["items"]
    (tmp_path / "m05.toml").write_text(example[1], encoding="utf-8")
    assert check.validate_file(tmp_path / "m05.toml") == []


@pytest.mark.parametrize("module", [f"m{number:02}" for number in range(11)])
def test_every_pointer_names_a_heading_of_its_lesson(module: str) -> None:
    content = tomllib.loads(README.with_name(f"{module}.toml").read_text(encoding="utf-8"))
    lesson = Path(check.__file__).parents[1] / "notebooks" / f"{content['lesson']}.ipynb"
    heading: dict[str, str] = {}  # cell → the heading that it stands under
    last = ""
    for cell in nbformat.read(lesson, as_version=4).cells:
        if cell.cell_type == "markdown":
            last = ([line for line in cell.source.splitlines() if line.startswith("#")] or [last])[-1]
        heading[cell.id] = last.lstrip("# ")
    for name, item in content["items"].items():
        for entry in (item, *item.get("misconceptions", {}).values()):
            if "anchor" in entry:
                assert heading.get(entry["anchor"]) == entry["section"]["en"], (name, entry["anchor"])


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('lesson = "m98_tests"', 'lesson = "m97_tests"', 'does not begin with "m98_"'),
        ('lesson = "m98_tests"', 'lesson = "m98_tests"\nextra = 1', "extra is not known here"),
        ("[items.m98-share]", "[items.m97-share]", "the id should be"),
        ('kind = "number"', 'kind = "text"', "kind should be"),
        ("answer = 0.5\n", "", "answer is missing"),
        ("answer = 0.5\n", 'answer = "x"\n', "answer should be a number"),
        ('answer = "C"', 'answer = "E"', "not one of the options"),
        ('kind = "graded"', 'kind = "graded"\nanswer = 1', "answer is not known here"),
        (', zh_CN = "Better 有多大?"', "", "question needs a text in en and in zh_CN"),
        ('zh_CN = "562 对"', 'zh_CN = " "', "options.B needs a text"),
        ("您保留了反向回答:{got}", "您保留了反向回答:", "other placeholders in en than in zh_CN"),
        ("You left `M` out.", "You left {M} out.", "placeholder {M}"),
        ('hint = { en = "Two classes leave.", zh_CN = "有两类要去掉。" }\n', "", "hint is missing"),
        ('anchor = "tests-classes"\n', "", "anchor and section go together"),
        ('anchor = "tests-classes"', 'anchor = "Four classes"', "anchor should be the id"),
        ('option = "B"\n', 'option = "A"\n', "wrong option B has no misconception"),
        ('option = "B"\n', 'option = "A"\n', "A gives two misconceptions away"),
        ('option = "B"\n', 'option = "C"\n', "option C is not one of the wrong options"),
        ('option = "B"\n', "", "option is missing"),
        ("value = 50", "value = 0.503", "its value is the right answer"),
        ("misconceptions.percent", "misconceptions.value", "reserved"),
        ("misconceptions.percent", "misconceptions.Percent", "should be small letters"),
        ("A and O stand", "A and O give 0.5: they stand", "hint contains the answer"),
        ("You kept those who want", "Mistaken [", None),
        ('section = { en = "Four', 'sektion = { en = "Four', "sektion is not known here"),
    ],
)
def test_the_lint_sees(tmp_path: Path, old: str, new: str, problem: str | None) -> None:
    content = (ITEMS / "m98.toml").read_text(encoding="utf-8")
    assert old in content
    (tmp_path / "m98.toml").write_text(content.replace(old, new, 1), encoding="utf-8")
    problems = check.validate_file(tmp_path / "m98.toml")
    if problem is None:
        assert problems == []
    else:
        assert any(problem in found for found in problems), problems
        set_language("zh_CN")
        assert len(check.validate_file(tmp_path / "m98.toml")) == len(problems)


def test_the_lint_says_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "m98.toml").write_text("lesson = ", encoding="utf-8")
    assert "cannot be read" in check.validate_file(tmp_path / "m98.toml")[0]
    assert "cannot be read" in check.validate_file(tmp_path / "m97.toml")[0]


# ---------------------------------------------------------------------------------- a real kernel

CELLS = {
    "setup": "from csmodels_helpers import check\nimport pandas as pd",
    "function": "def better(counts):\n    total = counts['A'] + counts['O']\n    return total / counts['Z']",
    "mistake": "check.equal('m98-better', 0.25, 0.5, wrong={'kept-reverse': 0.25})",
    "mistake-again": "check.equal('m98-better', 0.25, 0.5, wrong={'kept-reverse': 0.25})",
    "raised": "check.equal('m98-better', check.run('m98-better', better, {'A': 1, 'O': 2}), 0.5)",
    "passed": "check.equal('m98-better', 0.5, 0.5)",
    "ask": "check.ask('m98-pairs')",
    "answer": "check.ask('m98-pairs', answer='A')",
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    folder = tmp_path_factory.mktemp("work")
    (folder / ".csmodels.json").write_text("{}", encoding="utf-8")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source, id=name) for name, source in CELLS.items()]
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSMODELS_CHECKS", str(ITEMS))
        patch.delenv("NBGRADER_EXECUTION", raising=False)
        client = Client(
            notebook, timeout=60, startup_timeout=60, kernel_name="python3", allow_errors=True,
            resources={"metadata": {"path": str(folder)}},
        )  # fmt: skip
        client.execute()
    return {cell["id"]: cell["outputs"] for cell in notebook.cells}


def test_a_kernel_shows_only_the_message(outputs: dict[str, list[Any]]) -> None:
    assert outputs["setup"] == outputs["function"] == outputs["passed"] == []
    (error,) = outputs["mistake"]
    message = "**Denominator.** You kept Reverse: 0.25 is too small.\n*m98 › Who leaves the denominator*"
    assert error["ename"] == "CheckFailed"
    assert error["evalue"] == f"[m98-better/kept-reverse] {message}"
    assert error["traceback"] == [
        "\x1b[1mDenominator.\x1b[0m You kept Reverse: 0.25 is too small.",
        "\x1b[3mm98 › Who leaves the denominator\x1b[0m",
    ]
    (again,) = outputs["mistake-again"]
    assert again["traceback"][1] == "Hint: Count only A, O, M and I."
    tag = check.read_tag(again["evalue"])
    assert tag is not None and tag.misconception == "kept-reverse"


def test_a_kernel_names_the_trainees_own_line(outputs: dict[str, list[Any]]) -> None:
    (error,) = outputs["raised"]
    assert (
        "`KeyError` ('Z'). It happened in line 3 of its cell: `return total / counts['Z']`" in error["evalue"]
    )
    assert "csmodels" not in "".join(error["traceback"])


def test_a_kernel_shows_questions_and_feedback(outputs: dict[str, list[Any]]) -> None:
    (shown,) = outputs["ask"]
    assert {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"} <= set(shown["data"])
    (said,) = outputs["answer"]
    assert "<strong>Reverse.</strong>" in said["data"]["text/html"]
    assert said["data"]["text/plain"].startswith("Reverse. You kept")


def test_a_name_that_asks_gets_no_full_stop() -> None:
    message = {"en": "Of {got}.", "zh_CN": "{got}。"}
    asking = Misconception("of-whom", {"name": {"en": "Of whom?", "zh_CN": "谁的？"}, "message": message})
    assert asking.diagnosis(3) == "**Of whom?** Of 3."
    telling = Misconception("of-all", {"name": {"en": "Of all", "zh_CN": "全部"}, "message": message})
    assert telling.diagnosis(3) == "**Of all.** Of 3."
