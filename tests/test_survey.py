"""Validation names the column, the rows and what is allowed, and changes nothing."""

from __future__ import annotations

import copy
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from csmodels_helpers import survey
from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import set_language
from csmodels_helpers.tally import moments

SCHEMA = {
    "who": survey.identifier(unique=True),
    "region": survey.choice(["north", "south"]),
    "csat": survey.scale(1, 5, missing=True),
    "days": survey.number(0, 60),
}


def answers() -> pd.DataFrame:
    made = {"who": ["a", "b", "c"], "region": ["north", "south", "south"], "csat": [5, None, 1]}
    return pd.DataFrame(made | {"days": [1.5, 0, 60], "note": [1, "x", None]}, index=["r1", "r2", "r3"])


def test_a_good_frame_comes_back_as_it_is():
    frame = answers()
    before = copy.deepcopy(frame)
    assert survey.validate(frame, SCHEMA) is frame
    pd.testing.assert_frame_equal(frame, before)
    lazy = pl.LazyFrame({"csat": [1, None]})
    assert survey.validate(lazy, {"csat": survey.scale(1, 5, missing=True)}) is lazy
    relation = duckdb.sql("SELECT 2.5 AS days")
    assert survey.validate(relation, {"days": survey.number(0, 3)}) is relation


@pytest.mark.parametrize(
    ("column", "values", "rows", "row", "value", "words"),
    [
        ("csat", [5, 6, 0], 2, "r2", 6, "from 1 to 5, or a missing value. Was another scale used"),
        ("csat", [5, "four", "9"], 2, "r2", "four", "The column holds text"),
        ("csat", [5, 4.5, 1], 1, "r2", 4.5, "a whole number from 1 to 5"),
        ("csat", [True, 4, 1], 1, "r1", True, "a whole number"),
        ("days", [1, 2, np.nan], 1, "r3", None, "missing=True"),
        ("days", [1, -0.1, np.inf], 2, "r2", -0.1, "a number from 0 to 60"),
        ("region", ["north", "North", None], 2, "r2", "North", "one of 'north', 'south'"),
        ("who", ["a", None, "c"], 1, "r2", None, "an id"),
        ("who", ["a", "b", "a"], 1, "r3", "a", "occurs once"),
        ("who", [1, 2.5, 3], 1, "r2", 2.5, "whole number or text"),
    ],
)
def test_a_bad_value_is_named(column, values, rows, row, value, words):
    frame = answers()
    frame[column] = pd.Series(values, index=frame.index, dtype=object)
    before = copy.deepcopy(frame)
    with pytest.raises(DataError) as caught:
        survey.validate(frame, SCHEMA)
    pd.testing.assert_frame_equal(frame, before)
    error = caught.value
    assert (error.column, error.rows, error.row) == (column, rows, row)
    assert pd.isna(error.value) if value is None else error.value == value
    assert words in str(error)
    if column != "who":  # the quick check that models use agrees
        with pytest.raises(DataError) as quick:
            survey.check_column(frame, column, SCHEMA[column])
        assert str(quick.value) == str(error)


def test_a_column_that_is_not_there():
    with pytest.raises(UnknownNameError, match='Did you mean "csat"'):
        survey.validate(answers(), {"csta": survey.scale(1, 5)})
    with pytest.raises(UnknownNameError, match='Did you mean "csat"'):
        survey.check_column(answers(), "csta", survey.scale(1, 5))
    with pytest.raises(ArgumentError, match=r"survey\.scale"):
        survey.validate(answers(), {"csat": (1, 5)})


@pytest.mark.parametrize("made", [pl.DataFrame, pl.LazyFrame])
def test_other_engines_name_the_row_by_its_position(made):
    with pytest.raises(DataError) as caught:
        survey.validate(made({"csat": [1, 2, 11]}), {"csat": survey.scale(0, 10)})
    assert caught.value.row == 2


def test_rules_themselves_are_checked():
    for wrong in ((5, 1), (1, 1), (1.5, 5), ("1", 5), (False, True)):
        with pytest.raises(ArgumentError):
            survey.scale(*wrong)
    for wrong in ("15", (1, 3, 5), 5, None):
        with pytest.raises(ArgumentError):
            survey.check_scale(wrong)
    for wrong in ([], ["a", "a"], ["a", None], ["a", float("nan")]):
        with pytest.raises(ArgumentError):
            survey.choice(wrong)
    with pytest.raises(ArgumentError):
        survey.number(5, 1)
    assert survey.number().allowed() == "a number"
    assert survey.number(max=3).allowed() == "a number of 3 or less"


def test_confidence():
    assert survey.check_confidence(0.9) == 0.9
    with pytest.raises(ArgumentError, match=r"Write 0\.95 for 95 %"):
        survey.check_confidence(95)
    for wrong in (0, 1, -0.5, 100, "0.95", None, True, float("nan")):
        with pytest.raises(ArgumentError, match="between 0 and 1"):
            survey.check_confidence(wrong)


def test_weights():
    names = ["speed", "price"]
    assert list(survey.check_weights({"price": 0.4, "speed": 0.6}, names)) == names
    assert survey.check_weights({"price": 40, "speed": 60}, names, total=100) == {"speed": 60, "price": 40}
    assert survey.check_weights({"price": 4, "speed": 6}, names, total=None) == {"speed": 6, "price": 4}
    normal = survey.check_weights({"price": 1, "speed": 3}, names, total=100, normalize=True)
    assert normal == {"speed": 75, "price": 25}
    # Thirds written with many digits are meant to sum to 1.
    survey.check_weights(dict.fromkeys("abc", 0.3333333), "abc")
    with pytest.raises(ArgumentError, match=r"sum to 0\.95\. Correct them"):
        survey.check_weights({"price": 0.4, "speed": 0.55}, names)
    with pytest.raises(ArgumentError, match="divide them by 100"):
        survey.check_weights({"price": 40, "speed": 60}, names)
    with pytest.raises(ArgumentError, match=r"Lacking: price\. Not asked for: prize\."):
        survey.check_weights({"prize": 0.4, "speed": 0.6}, names)
    for wrong in (-0.1, float("nan"), float("inf"), "0.4", None, True):
        with pytest.raises(ArgumentError, match="0 or more"):
            survey.check_weights({"price": wrong, "speed": 0.6}, names, normalize=True)
    with pytest.raises(ArgumentError, match="above 0"):
        survey.check_weights({"price": 0, "speed": 0}, names, normalize=True)


def test_segment():
    assert survey.check_segment(2, [1, 2]) == 2
    with pytest.raises(ArgumentError, match="a segment that occurs: 'north'"):
        survey.check_segment("west", ["north"])


def test_messages_come_in_chinese():
    set_language("zh_CN")
    try:
        with pytest.raises(ArgumentError, match=r"请写作 0\.95"):
            survey.check_confidence(95)
        with pytest.raises(DataError, match="1 到 5 的整数"):
            survey.validate(pd.DataFrame({"csat": [7]}), {"csat": survey.scale(1, 5)})
    finally:
        set_language("en")


def test_a_nullable_column_may_lack_a_choice():
    frame = pd.DataFrame({"region": pd.array(["north", pd.NA], dtype="string").astype(object)})
    survey.check_column(frame, "region", survey.choice(["north"], missing=True))
    with pytest.raises(DataError, match="region"):
        survey.check_column(frame, "region", survey.choice(["north"]))


def test_rows_come_in_one_fetch_so_that_they_stay_rows():
    runs = []

    def other_order(frame: pl.DataFrame) -> pl.DataFrame:
        runs.append(len(frame))
        return frame.reverse() if len(runs) % 2 else frame  # as an engine that works in parallel may do

    made = pl.DataFrame({"who": [1, 2, 3], "csat": [10, 20, 30]})
    lazy = made.lazy().map_batches(other_order, projection_pushdown=False)
    rows = survey.row_values(lazy, ["who", "csat", "who"])
    assert rows.columns.tolist() == ["who", "csat"]
    assert (rows["csat"] == 10 * rows["who"]).all()
    assert rows.index.tolist() == [0, 1, 2]
    assert len(runs) == 1


def test_answers_of_any_type_become_floats():
    given = [5, 2.5, True, Decimal("1.5"), np.int8(3), None, np.nan, pd.NA]
    expected = [5, 2.5, 1, 1.5, 3, np.nan, np.nan, np.nan]
    np.testing.assert_array_equal(survey.to_floats(given), expected)
    np.testing.assert_array_equal(
        survey.to_floats(pd.Series(given, dtype=object, index=range(8, 16))), expected
    )
    assert survey.to_floats(pd.Series([1, None], dtype="Int64")).dtype == np.float64


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ["who, wave", "1 row", "c", "a · 2", "once"]), ("zh_CN", ["a · 2", "只出现一次"])],
)
def test_who_stands_in_two_rows_is_named(language, words):
    frame = pd.DataFrame({"who": ["a", "a", "a"], "wave": [1, 2, 2]}, index=["x", "y", "c"])
    survey.check_unique(frame[:2], ["who", "wave"])
    set_language(language)
    try:
        with pytest.raises(DataError) as told:
            survey.check_unique(frame, ["who", "wave"], advice="Keep one.")
    finally:
        set_language("en")
    assert (told.value.rows, told.value.row) == (1, "c")
    assert [word for word in words if word not in str(told.value)] == []
    assert str(told.value).endswith("Keep one.")


def test_only_the_rows_that_count_may_not_repeat():
    frame = pl.DataFrame({"who": [1, 1, 2, 2], "wave": ["old", "new", "new", "new"]})
    rows = survey.row_values(frame, ["who", "wave"])
    survey.check_unique(frame, "who", rows=rows[:1])
    with pytest.raises(DataError) as told:
        survey.check_unique(frame, "who", rows=rows[rows["wave"] == "new"])
    assert (told.value.rows, told.value.row, told.value.value) == (1, 3, 2)


def test_a_tally_takes_the_place_of_a_frame():
    from csmodels_helpers import drivers, expectation, reliability

    random = np.random.default_rng(5)
    common = random.normal(size=300)
    table = pd.DataFrame({c: common + random.normal(size=300) for c in ("a", "b", "c", "d", "other")})
    made = moments(table, list(table), apart=True)
    halves = [moments(table.iloc[half], list(table)) for half in (slice(0, 120), slice(120, None))]
    for call in (
        lambda data: reliability.alpha(data, ["a", "b", "c"]),
        lambda data: reliability.omega(data, ["a", "b", "c", "d"]),
        lambda data: reliability.gap_reliability(data, perceived=["a", "b"], expected=["c", "d"]),
        lambda data: drivers.importance(data, "d", ["a", "b", "c"]),
        lambda data: expectation.regress(data, "d", ["a", "b"]),
    ):
        pd.testing.assert_frame_equal(call(made).table, call(table).table)
        merged = call(
            halves[0].merge(halves[1])
        ).table  # nobody said who answered: the same, without intervals
        for column in set(merged) & {"alpha", "omega", "importance", "estimate"}:
            np.testing.assert_allclose(merged[column], call(table).table[column])
    with pytest.raises(ArgumentError, match="respondent"):
        survey.take_moments(made, ["a"], respondent="b")


def test_the_advice_on_weights_names_only_arguments_that_there_are():
    from csmodels_helpers import servqual

    answers = pd.DataFrame({"expected_q": [7, 6], "perceived_q": [5, 6], "expected_r": [7, 7]})
    answers["perceived_r"] = [6, 5]
    with pytest.raises(ArgumentError, match=r"They sum to 90\. Correct them, or divide each by 0\.9") as told:
        servqual.analyze(
            answers, dimensions={"speed": ["q"], "care": ["r"]}, weights={"speed": 50, "care": 40}
        )
    assert "normalize" not in str(told.value)
    with pytest.raises(ArgumentError, match="normalize=True"):
        survey.check_weights({"speed": 0.6, "price": 0.3}, ["speed", "price"])
