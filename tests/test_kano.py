"""Kano: published numbers, properties of the tally, rules, intervals that hold, figures that say it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import duckdb
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.transforms import Bbox

from csmodels_helpers import kano, plots
from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import LANGUAGES, set_language, text

matplotlib.use("Agg")
quick = settings(max_examples=20, deadline=None, derandomize=True, database=None)
ENGINES = ("pandas", "polars", "lazy", "duckdb", "arrow")
PAIRS = {
    code: [(f, d) for f in kano.ANSWERS for d in kano.ANSWERS if kano.evaluation_table().loc[f, d] == code]
    for code in kano.CATEGORIES
}


@pytest.fixture(autouse=True)
def _clean():
    yield
    plt.close("all")
    set_language("en")


def published(feature="brakes", **counts):
    return pd.DataFrame({"feature": [feature], **{code: [counts.get(code, 0)] for code in kano.CATEGORIES}})


def row(**counts):
    options = {key: counts.pop(key) for key in ("rule", "difference", "confidence") if key in counts}
    return kano.from_counts(published(**counts), **options).table.iloc[0]


def survey(shares, respondents=200, seed=1, **columns):
    """Answers of ``respondents`` people on the features of ``shares`` (feature → shares of M O A I R Q)."""
    rng = np.random.default_rng(seed)
    frames = []
    for feature, share in shares.items():
        codes = rng.choice(list(kano.CATEGORIES), size=respondents, p=share)
        pairs = [PAIRS[code][rng.integers(len(PAIRS[code]))] for code in codes]
        frames.append(
            pd.DataFrame(
                {
                    "respondent": np.arange(respondents),
                    "feature": feature,
                    "functional": [f for f, _ in pairs],
                    "dysfunctional": [d for _, d in pairs],
                    **columns,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


SHARES = {
    "fresh_food": (0.45, 0.2, 0.15, 0.12, 0.05, 0.03),
    "dessert": (0.1, 0.15, 0.45, 0.2, 0.06, 0.04),
    "music": (0.05, 0.1, 0.2, 0.4, 0.2, 0.05),
}


@st.composite
def answers(draw, minimum=1):
    one = st.tuples(
        st.integers(0, 40),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from([*kano.ANSWERS, None]),
        st.sampled_from([*kano.ANSWERS, None]),
    )
    rows = draw(st.lists(one, min_size=minimum, max_size=60))
    return pd.DataFrame(rows, columns=["respondent", "feature", "functional", "dysfunctional"])


# ----------------------------------------------------------------------------------- evaluation table


def test_the_standard_table_is_the_published_one():
    rows = ["".join(line) for line in kano.evaluation_table().to_numpy()]
    assert rows == ["QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"]


def test_pouliot_turns_exactly_two_indifferent_cells_questionable():
    standard, pouliot = kano.evaluation_table(), kano.evaluation_table("pouliot")
    changed = {(f, d) for f in kano.ANSWERS for d in kano.ANSWERS if standard.loc[f, d] != pouliot.loc[f, d]}
    assert changed == {("must-be", "must-be"), ("live-with", "live-with")}
    assert {standard.loc[pair] for pair in changed} == {"I"}
    assert {pouliot.loc[pair] for pair in changed} == {"Q"}


@pytest.mark.parametrize("table", kano.TABLES)
def test_swapping_the_two_questions_turns_wanting_into_reverse(table):
    for functional in kano.ANSWERS:
        for dysfunctional in kano.ANSWERS:
            here = kano.classify(functional, dysfunctional, table=table)
            there = kano.classify(dysfunctional, functional, table=table)
            allowed = {"A": "R", "O": "R", "M": "R", "R": "AOM", "I": "I", "Q": "Q"}[here]
            assert there in allowed


def test_pouliot_changes_no_count_of_better_or_worse():
    data = survey(SHARES)
    one, two = kano.analyze(data).table, kano.analyze(data, table="pouliot").table
    for code in "MOAR":
        assert one[code].tolist() == two[code].tolist()
    assert (two["Q"] > one["Q"]).all()
    assert (two["Q"] + two["I"] == one["Q"] + one["I"]).all()
    assert (two["better"] > one["better"]).all()


def test_classify_takes_scalars_series_and_other_words():
    assert kano.classify("must-be", "dislike") == "M"
    both = kano.classify(
        pd.Series(["like", None, "neutral"], index=[7, 8, 9]),
        pd.Series(["dislike", "like", "neutral"], index=[7, 8, 9]),
    )
    assert both.index.tolist() == [7, 8, 9]
    assert both.tolist() == ["O", None, "I"]
    assert kano.classify("我很喜欢", "我很不喜欢", answers=kano.CHINESE_ANSWERS) == "O"


def test_classify_says_which_answer_is_unknown():
    given_ = pd.Series(["like", "gut", "nett"], index=[4, 5, 6], name="Q4")
    with pytest.raises(DataError) as caught:
        kano.classify(given_, pd.Series(["like"] * 3, index=[4, 5, 6]))
    error = caught.value
    assert (error.column, error.rows, error.row, error.value) == ("Q4", 2, 5, "gut")
    assert "live-with" in str(error)
    assert "answers={'gut': \"like\"}" in str(error)
    with pytest.raises(DataError, match='"dysfunctional"'):
        kano.classify("like", "nope")


def test_classify_refuses_series_that_do_not_belong_together():
    with pytest.raises(ArgumentError, match="2"):
        kano.classify(["like", "like"], ["like"])
    with pytest.raises(ArgumentError):
        kano.classify(pd.Series(["like"], index=[1]), pd.Series(["like"], index=[2]))
    with pytest.raises(ArgumentError, match="answers"):
        kano.classify("gut", "gut", answers={"gut": "good"})
    with pytest.raises(ArgumentError, match="table"):
        kano.evaluation_table("other")


# --------------------------------------------------------------------------------------------- tally


@quick
@given(answers(), answers())
def test_tallies_of_parts_merge_to_the_tally_of_the_whole(one, two):
    whole = kano.tally(pd.concat([one, two], ignore_index=True))
    for merged in (kano.tally(one).merge(kano.tally(two)), kano.tally(two).merge(kano.tally(one))):
        pd.testing.assert_frame_equal(merged.answers.cells, whole.answers.cells)
        pd.testing.assert_frame_equal(kano.estimate(merged).table, kano.estimate(whole).table)


@quick
@given(answers(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(data, random):
    order = list(range(len(data)))
    random.shuffle(order)
    one, two = kano.analyze(data), kano.analyze(data.iloc[order])
    pd.testing.assert_frame_equal(one.table, two.table)


@quick
@given(answers())
def test_counts_add_up_and_shares_stay_in_bounds(data):
    table = kano.analyze(data).table
    assert (table[list(kano.CATEGORIES)].sum(axis=1) == table["n"]).all()
    assert int((table["n"] + table["n_missing"]).sum()) == len(data)
    some = table[table["better"].notna()]
    assert ((some["better_low"] >= 0) & (some["better_high"] <= 1)).all()
    assert ((some["worse_low"] >= -1) & (some["worse_high"] <= 0)).all()
    inside = (some["better_low"] <= some["better"] + 1e-12) & (some["better"] <= some["better_high"] + 1e-12)
    assert inside.all()
    assert (
        (some["worse_low"] <= some["worse"] + 1e-12) & (some["worse"] <= some["worse_high"] + 1e-12)
    ).all()
    meaningful = table[["M", "O", "A", "I"]].sum(axis=1)
    assert (table["better"].isna() == (meaningful == 0)).all()
    named = table[table["n"] > 0]
    assert named["lead"].between(0, 100).all()
    assert (named["lead"] - named["category_strength"]).abs().max() < 1e-9 or named.empty
    assert named["total_strength"].between(0, 100).all()
    assert ((table["note"] == "") == table["better"].notna()).all()


@quick
@given(answers())
def test_the_tally_agrees_with_classifying_each_row(data):
    data = data.assign(category=kano.classify(data["functional"], data["dysfunctional"]))
    table = kano.analyze(data).table.set_index("feature")
    for feature, part in data.groupby("feature"):
        for code in kano.CATEGORIES:
            assert table.loc[feature, code] == (part["category"] == code).sum()


@pytest.mark.parametrize("engine", ENGINES)
def test_engines_agree(engine):
    data = survey(SHARES, segment="x", importance=5).assign(wave=lambda d: d["respondent"] % 3)
    data.loc[::17, "functional"] = None
    expected = kano.analyze(data, segment="segment", wave="wave", importance="importance")
    table = pa.Table.from_pandas(data, preserve_index=False)
    frame = {
        "pandas": data.astype({"functional": "category", "feature": "category"}),
        "polars": pl.DataFrame(pl.from_arrow(table)),
        "lazy": pl.LazyFrame(pl.from_arrow(table)),
        "duckdb": duckdb.from_arrow(table),
        "arrow": table,
    }[engine]
    got = kano.analyze(frame, segment="segment", wave="wave", importance="importance")
    pd.testing.assert_frame_equal(got.table, expected.table)
    steady = [kano.stability(r, draws=100).winners for r in (got, expected)]
    pd.testing.assert_frame_equal(*steady)


def test_columns_and_words_may_have_other_names():
    data = survey(SHARES)
    other = data.rename(
        columns={"feature": "项目", "functional": "正", "dysfunctional": "反", "respondent": "id"}
    )
    back = {answer: word for word, answer in kano.CHINESE_ANSWERS.items()}
    for column in ("正", "反"):
        other[column] = other[column].map(back)
    got = kano.analyze(
        other,
        feature="项目",
        functional="正",
        dysfunctional="反",
        respondent="id",
        answers=kano.CHINESE_ANSWERS,
    )
    pd.testing.assert_frame_equal(got.table, kano.analyze(data).table)
    # A tally of one export merges with that of another whose headers differ.
    both = kano.tally(data).merge(got.counted)
    assert kano.estimate(both).table["n"].tolist() == [400, 400, 400]


@pytest.mark.parametrize("engine", ["pandas", "polars", "lazy"])
def test_an_unknown_answer_names_column_row_value_and_remedy(engine):
    data = survey({"a": SHARES["music"]}, respondents=6)
    data.loc[[3, 5], "dysfunctional"] = "喜欢吧"
    frame = {"pandas": data.set_index(data.index + 100), "polars": pl.from_pandas(data)}.get(
        engine, pl.from_pandas(data).lazy()
    )
    with pytest.raises(DataError) as caught:
        kano.analyze(frame)
    error = caught.value
    expected = ("dysfunctional", 2, 103 if engine == "pandas" else 3, "喜欢吧")
    assert (error.column, error.rows, error.row, error.value) == expected
    assert "answers={'喜欢吧'" in str(error)
    assert kano.analyze(frame, answers={"喜欢吧": "like"}).table["n"].tolist() == [6]


def test_bad_frames_are_refused():
    data = survey({"a": SHARES["music"]}, respondents=6)
    with pytest.raises(UnknownNameError, match="importanse"):
        kano.analyze(data, importance="importanse")
    with pytest.raises(ArgumentError, match="different columns"):
        kano.analyze(data, dysfunctional="functional")
    with pytest.raises(DataError) as caught:
        kano.analyze(data.assign(feature=["a", None, "a", "a", "a", "a"]))
    assert (caught.value.column, caught.value.row, caught.value.rows) == ("feature", 1, 1)
    with pytest.raises(DataError) as caught:
        kano.analyze(data.assign(importance=["9", "8", "7", "7", "7", "7"]), importance="importance")
    assert (caught.value.column, caught.value.rows, caught.value.value) == ("importance", 6, "9")
    with pytest.raises(ArgumentError):
        kano.tally(data).merge(kano.tally(data.assign(s=1), segment="s"))
    with pytest.raises(ArgumentError):
        kano.tally(data).merge(kano.tally(data.assign(importance=1), importance="importance"))


@pytest.mark.parametrize("bad", [95, 0, 1, -0.1, True, "0.95"])
def test_confidence_is_a_share(bad):
    with pytest.raises(ArgumentError, match="confidence"):
        row(M=3, confidence=bad)


@pytest.mark.parametrize("option", ["rule", "difference"])
def test_choices_are_checked(option):
    with pytest.raises(ArgumentError, match=option):
        row(M=3, **{option: "best"})


# ------------------------------------------------------------------------------------------ estimate


def test_published_counts():
    got = row(M=95, O=123, A=45, I=33)
    assert got["better"] == pytest.approx(0.568, abs=5e-4)
    assert got["worse"] == pytest.approx(-0.736, abs=5e-4)
    assert (got["category"], got["second"], got["n"]) == ("O", "M", 296)
    assert got["lead"] == pytest.approx(100 * 28 / 296)
    assert got["category_strength"] == got["lead"]
    assert got["total_strength"] == pytest.approx(100 * 263 / 296)
    assert got["position"] == "O"
    # |a − b| = 28 lies above Fong's 19.4 and below 1.96·√218 = 28.9.
    assert bool(row(M=95, O=123, A=45, I=33, difference="fong")["significant"])
    assert not got["significant"]
    assert bool(row(M=95, O=123, A=45, I=33, confidence=0.9)["significant"])


def test_fongs_bound_is_the_published_one():
    # The bound for a + b = 218, n = 296 is 19.4: 109 ± 10 lie 20 apart, 109 ± 9 lie 18 apart.
    rest = {"A": 45, "I": 33}
    assert bool(row(O=119, M=99, **rest, difference="fong")["significant"])
    assert not row(O=118, M=100, **rest, difference="fong")["significant"]


def test_reverse_and_questionable_leave_the_denominator_only():
    bare, full = row(M=30, O=20, A=40, I=10), row(M=30, O=20, A=40, I=10, R=38, Q=22)
    for name in ("better", "better_low", "better_high", "worse", "worse_low", "worse_high"):
        assert bare[name] == full[name]
    assert full["n"] == 160
    assert full["total_strength"] == pytest.approx(100 * 90 / 160)
    assert full["lead"] == pytest.approx(100 * (40 - 38) / 160)
    assert full["second"] == "R"


def test_wilson_intervals_on_the_meaningful_answers():
    got = row(M=81, I=182, Q=40)  # 81 of 263: .2553 to .3662, 0 of 263: from 0
    assert (-got["worse_high"], -got["worse_low"]) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert got["better_low"] == pytest.approx(0, abs=1e-12)
    assert got["better_high"] > 0
    # A zero is a zero, not −0.
    assert not np.signbit(row(A=5)["worse"])


def test_nobody_answered_is_a_note_and_no_exception():
    got = row()
    assert got["n"] == 0
    assert pd.isna(got["category"])
    assert pd.isna(got["better"])
    assert not got["significant"]
    assert got["note"] == "no complete answers"
    got = row(R=7, Q=2)
    assert (got["category"], got["second"]) == ("R", "Q")
    assert pd.isna(got["worse_low"])
    assert pd.isna(got["position"])
    assert "Reverse" in got["note"]
    result = kano.from_counts(published(R=7))
    assert "undefined" in result.explain()
    assert result.plot().get_title(loc="left") + result.plot().get_title()


def test_a_segment_without_complete_answers_stays_in_the_table():
    data = survey({"a": SHARES["music"]}, respondents=30).assign(segment="full")
    empty = data.head(4).assign(segment="empty", functional=None, respondent=[90, 91, 92, 93])
    result = kano.analyze(pd.concat([data, empty]), segment="segment")
    got = result.table.set_index("segment")
    assert got.loc["empty", ["n", "n_missing"]].tolist() == [0, 4]
    assert np.isnan(got.loc["empty", "functional_score"])
    assert got.loc["full", "n"] == 30
    steady = kano.stability(result, draws=100).table.set_index("segment")
    assert steady.loc["empty", "none"] == 1
    assert np.isnan(steady.loc["empty", "stability"])
    result.plot()
    kano.plot_shares(result)
    assert "nothing can be compared" in kano.compare(result, "a", "full", "empty").explain()


@pytest.mark.parametrize(
    ("counts", "mode", "within", "two_step"),
    [
        ({"M": 20, "O": 20, "A": 20, "I": 20}, "M", "M", "M"),
        ({"O": 30, "A": 30, "I": 30}, "O", "O", "O"),
        ({"A": 30, "I": 30}, "A", "A", "I"),  # 30 is not more than 30
        ({"R": 30, "Q": 30}, "R", "R", "R"),
        ({"I": 30, "R": 30}, "I", "I", "I"),
        ({"M": 45, "O": 0, "A": 50, "I": 5}, "A", "M", "A"),  # exactly 5 points
        ({"M": 44, "A": 50, "I": 6}, "A", "A", "A"),  # 6 points
        ({"A": 48, "I": 52}, "I", "A", "I"),
        ({"M": 20, "O": 18, "A": 22, "I": 40}, "I", "I", "A"),
        ({"M": 38, "O": 38, "A": 40, "I": 10}, "A", "M", "A"),
        ({"I": 45, "Q": 50, "M": 5}, "Q", "I", "Q"),
    ],
)
def test_rules_on_constructed_ties(counts, mode, within, two_step):
    got = [row(**counts, rule=rule)["category"] for rule in kano.RULES]
    assert got == [mode, within, two_step]


def test_a_class_that_is_not_the_largest_has_a_negative_lead_and_is_not_significant():
    got = row(M=20, O=18, A=22, I=240, rule="within-5")
    assert got["lead"] > 0
    got = row(M=80, O=60, A=70, I=90, rule="two-step")
    assert (got["category"], got["second"]) == ("M", "I")
    assert got["lead"] == pytest.approx(-100 * 10 / 300)
    assert got["category_strength"] == pytest.approx(100 * 10 / 300)
    assert not got["significant"]


@pytest.mark.parametrize(
    ("counts", "position"),
    [({"A": 6, "I": 4}, "A"), ({"O": 9}, "O"), ({"M": 9}, "M"), ({"I": 9}, "I"), ({"A": 5, "M": 5}, "O")],
)
def test_position_is_the_quadrant(counts, position):
    assert row(**counts)["position"] == position


def test_dumouchel_coordinates_by_hand():
    data = pd.DataFrame(
        {
            "respondent": [1, 2, 3, 4, 5],
            "feature": "a",
            "functional": ["like", "must-be", "neutral", "live-with", "dislike"],
            "dysfunctional": ["dislike", "live-with", "neutral", "must-be", "like"],
        }
    )
    got = kano.analyze(data).table.iloc[0]
    f, d = np.array([4, 2, 0, -1, -2]), np.array([4, 2, 0, -1, -2])
    assert got["functional_score"] == pytest.approx(f.mean())
    assert got["functional_se"] == pytest.approx(f.std(ddof=1) / np.sqrt(5))
    assert got["dysfunctional_score"] == pytest.approx(d.mean())
    assert got["dysfunctional_se"] == pytest.approx(d.std(ddof=1) / np.sqrt(5))
    one = kano.analyze(data.head(1)).table.iloc[0]
    assert (one["functional_score"], one["dysfunctional_score"]) == (4, 4)
    assert np.isnan(one["functional_se"])
    assert np.isnan(row(M=4)["functional_score"])


def test_importance_is_the_mean_of_those_who_gave_one():
    data = survey({"a": SHARES["music"], "b": SHARES["music"]}, respondents=4)
    data["importance"] = [1.0, 2.0, 6.0, np.nan, 9.0, 9.0, 9.0, 9.0]
    got = kano.analyze(data, importance="importance").table
    assert got["importance"].tolist() == [3, 9]
    assert got["importance_se"].tolist() == pytest.approx([np.std([1, 2, 6], ddof=1) / np.sqrt(3), 0])
    assert "importance" not in kano.analyze(data).table


def test_ordered_waves_keep_their_order():
    data = survey({"a": SHARES["music"]}, respondents=30)
    names = ["spring", "autumn", "winter"]
    data["wave"] = pd.Categorical.from_codes(data["respondent"] % 3, names, ordered=True)
    assert kano.analyze(data, wave="wave").table["wave"].tolist() == names
    counts = pd.concat([published(M=3)] * 3).assign(wave=pd.Categorical(names, names, ordered=True))
    assert kano.from_counts(counts, wave="wave").table["wave"].tolist() == names


def test_published_counts_are_checked():
    with pytest.raises(DataError) as caught:
        kano.from_counts(published(M=3.5))
    assert (caught.value.column, caught.value.value) == ("M", 3.5)
    for bad in (-1, None, "many"):
        with pytest.raises(DataError):
            kano.from_counts(published(M=bad))
    with pytest.raises(UnknownNameError):
        kano.from_counts(published(M=3).drop(columns="Q"))
    twice = pd.concat([published(M=3, O=1), published(M=2)])
    assert kano.from_counts(twice).table[["M", "O", "n"]].to_numpy().tolist() == [[5, 1, 6]]
    assert kano.from_counts(pl.from_pandas(published(M=3))).table["n"].tolist() == [3]


# ----------------------------------------------------------------------- intervals and tests, simulated


def counted(samples):
    frame = pd.DataFrame(samples, columns=list(kano.CATEGORIES))
    return frame.assign(feature=np.arange(len(frame)))


@pytest.mark.parametrize("share", list(SHARES.values()), ids=list(SHARES))
@pytest.mark.parametrize("n", [60, 400])
def test_better_and_worse_cover_the_truth_93_to_97_times_of_100(share, n):
    samples = np.random.default_rng(7).multinomial(n, share, size=4000)
    table = kano.from_counts(counted(samples)).table
    meaningful = sum(share[:4])
    for name, truth in (
        ("better", (share[1] + share[2]) / meaningful),
        ("worse", -(share[0] + share[1]) / meaningful),
    ):
        covered = table[f"{name}_low"].le(truth) & table[f"{name}_high"].ge(truth)
        assert 0.93 <= covered.mean() <= 0.97, (name, covered.mean())


def false_alarms(share, difference, confidence, n=300):
    samples = np.random.default_rng(11).multinomial(n, share, size=20_000)
    table = kano.from_counts(counted(samples), difference=difference, confidence=confidence).table
    return table["significant"].mean()


@pytest.mark.parametrize("together", [0.7, 0.9])
def test_z_keeps_its_level_and_fong_has_twice_the_nominal_one(together):
    tied, rest = together / 2, (1 - together) / 4
    share = (tied, tied, rest, rest, rest, rest)
    assert false_alarms(share, "z", 0.95) == pytest.approx(0.05, abs=0.01)
    assert false_alarms(share, "z", 0.90) == pytest.approx(0.10, abs=0.015)
    # 1.65 is the two-sided 10 % point of a normal variable.
    assert 0.17 <= false_alarms(share, "fong", 0.95) <= 0.25


def test_three_tied_classes_make_z_cautious_not_liberal():
    assert false_alarms((0.25, 0.25, 0.25, 0.15, 0.05, 0.05), "z", 0.95) <= 0.05


# ----------------------------------------------------------------------------------------- stability


def alike(respondents, share, seed):
    """Five features on which each respondent gives the same answers."""
    one = survey({"f0": share}, respondents, seed)
    return pd.concat([one.assign(feature=f"f{i}") for i in range(5)], ignore_index=True)


def test_stability_moves_whole_respondents():
    close = (0.41, 0.39, 0.1, 0.1, 0, 0)
    tied = kano.stability(kano.analyze(alike(300, close, 3)), draws=1000)
    # Answers that agree within a respondent win and lose together …
    assert (tied.winners.eq(tied.winners[0], axis=0)).all(axis=None)
    # … so the number of must-be features is 0 or 5 and its variance 25·p·q, five times the independent one.
    must_be = (tied.winners == "M").sum(axis=1)
    p = tied.table.loc[0, "M"]
    assert 0.05 < p < 0.95
    assert must_be.var(ddof=0) == pytest.approx(25 * p * (1 - p), rel=0.01)
    apart = kano.stability(kano.analyze(survey({f"f{i}": close for i in range(5)}, 300)), draws=1000)
    assert apart.winners.ne(apart.winners[0], axis=0).any(axis=1).mean() > 0.3


def test_repeated_answers_of_one_respondent_are_no_new_evidence():
    close = (0.45, 0.35, 0.1, 0.1, 0, 0)
    once = survey({"a": close}, 200, seed=5)
    nine = pd.concat([once] * 9, ignore_index=True)
    one, two = (kano.stability(kano.analyze(d), draws=1000).table.loc[0, "M"] for d in (once, nine))
    assert one == two
    # As if they were other people, the lead would look nine times as well founded.
    strangers = nine.assign(respondent=np.arange(len(nine)))
    assert kano.stability(kano.analyze(strangers), draws=1000).table.loc[0, "M"] > one


def test_stability_agrees_with_drawing_respondents_one_by_one():
    data = survey({"a": (0.42, 0.36, 0.12, 0.1, 0, 0)}, 400, seed=8)
    share = kano.stability(kano.analyze(data)).table.loc[0, "stability"]
    c = kano.analyze(data).table.loc[0, list(kano.CATEGORIES)].to_numpy(dtype=float)
    samples = np.random.default_rng(1).multinomial(400, c / c.sum(), size=4000)
    direct = (samples.argmax(axis=1) == c.argmax()).mean()
    assert share == pytest.approx(direct, abs=0.05)


def test_stability_table_seed_and_rule():
    result = kano.analyze(survey(SHARES), rule="two-step")
    one, two = kano.stability(result, draws=300, seed=4), kano.stability(result, draws=300, seed=4)
    pd.testing.assert_frame_equal(one.table, two.table)
    assert one.winners.shape == (300, 3)
    assert one.table[[*kano.CATEGORIES, "none"]].sum(axis=1).tolist() == pytest.approx([1, 1, 1])
    assert one.table["category"].tolist() == result.table["category"].tolist()
    different = kano.stability(kano.analyze(survey(SHARES, 40)), draws=300, seed=5).winners
    again = kano.stability(kano.analyze(survey(SHARES, 40)), draws=300, seed=6).winners
    assert not different.equals(again)
    # The rule is applied in each draw: A 35 %, M 33 % is must-be within 5 points nearly always.
    data = survey({"a": (0.33, 0.1, 0.35, 0.22, 0, 0)}, 3000)
    shares = [
        kano.stability(kano.analyze(data, rule=rule), draws=300).table.loc[0, "M"] for rule in kano.RULES
    ]
    assert shares[1] > 0.9 > shares[0]
    assert kano.stability(kano.tally(data), draws=300).table.loc[0, "M"] == shares[0]


def test_stability_needs_respondents():
    for result in (
        kano.from_counts(published(M=9)),
        kano.analyze(survey(SHARES), respondent=None),
        kano.analyze(survey(SHARES, 1)),
    ):
        with pytest.raises(ArgumentError, match="respondent="):
            kano.stability(result)
    with pytest.raises(ArgumentError, match="draws"):
        kano.stability(kano.analyze(survey(SHARES)), draws=10)
    with pytest.raises(ArgumentError, match="KanoResult"):
        kano.stability(survey(SHARES))


# ------------------------------------------------------------------------------------------- compare


def test_compare_is_newcombes_interval_between_segments():
    # Newcombe (1998), example (a): 56/70 − 48/80, method 10: .0524 to .3339.
    data = pd.DataFrame(
        {"feature": "x", "segment": ["b", "a"], "A": [56, 48], "I": [14, 32], "M": 0, "O": 0, "R": 0, "Q": 0}
    )
    result = kano.from_counts(data, segment="segment")
    got = kano.compare(result, "x", "a", "b").table.set_index("quantity").loc["better"]
    assert got["difference"] == pytest.approx(0.2)
    assert (got["low"], got["high"]) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert bool(got["significant"])
    back = kano.compare(result, "x", "b", "a").table.set_index("quantity").loc["better"]
    assert (back["low"], back["high"]) == pytest.approx((-0.3339, -0.0524), abs=5e-5)


def test_worse_differences_are_mirrored():
    data = pd.concat([published(M=56, I=14), published(M=48, I=32)]).assign(segment=["b", "a"])
    got = kano.compare(kano.from_counts(data, segment="segment"), "brakes", "a", "b").table
    got = got.set_index("quantity").loc["worse"]
    assert (got["a"], got["b"]) == pytest.approx((-0.6, -0.8))
    assert (got["low"], got["difference"], got["high"]) == pytest.approx((-0.3339, -0.2, -0.0524), abs=5e-5)


def two_waves(same_people, keep=0.8, people=400, surveys=200):
    """``surveys`` surveys of two waves without any change, one beside the other as features."""
    rng = np.random.default_rng(17)
    p = (0.3, 0.2, 0.3, 0.2, 0, 0)
    first, other = rng.choice(6, size=(2, surveys, people), p=p)
    stay = rng.random((surveys, people)) < (keep if same_people else 0)
    functional, dysfunctional = np.array([PAIRS[code][0] for code in kano.CATEGORIES]).T
    frames = []
    for wave, codes in ((1, first), (2, np.where(stay, first, other))):
        who = np.arange(people) + (0 if same_people else wave * people)
        frames.append(
            pd.DataFrame(
                {
                    "respondent": np.tile(who, surveys),
                    "wave": wave,
                    "feature": np.repeat(np.arange(surveys), people),
                    "functional": functional[codes.ravel()],
                    "dysfunctional": dysfunctional[codes.ravel()],
                }
            )
        )
    return kano.analyze(pd.concat(frames), wave="wave")


@pytest.mark.parametrize("same_people", [True, False])
def test_waves_of_the_same_and_of_other_people_are_both_covered(same_people):
    result = two_waves(same_people)
    tables = [kano.compare(result, feature, 1, 2).table for feature in range(200)]
    both = pd.concat(tables)
    covered = both.assign(inside=both["low"].le(0) & both["high"].ge(0)).groupby("quantity")["inside"].mean()
    assert covered[["better", "worse", "M", "O", "A", "I"]].between(0.91, 0.99).all(), covered
    # A panel knows more, and the interval uses that the same people answered.
    better = both[both["quantity"] == "better"]
    width = (better["high"] - better["low"]).mean()
    assert width == pytest.approx(0.0617 if same_people else 0.138, rel=0.05)


def test_compare_finds_out_what_is_compared():
    data = survey({"a": SHARES["music"]}, 120).assign(
        segment=lambda d: np.where(d["respondent"] % 2, "x", "y"), wave=lambda d: d["respondent"] % 3
    )
    both = kano.analyze(data, segment="segment", wave="wave")
    assert kano.compare(both, "a", 0, 2).by == "wave"
    assert kano.compare(both, "a", "x", "y", wave=1).by == "segment"
    pooled = kano.compare(both, "a", 0, 2).table
    alone = kano.compare(kano.analyze(data, wave="wave"), "a", 0, 2).table
    pd.testing.assert_frame_equal(pooled, alone)
    with pytest.raises(ArgumentError, match="not pooled"):
        kano.compare(both, "a", "x", "y")
    with pytest.raises(ArgumentError, match="by"):
        kano.compare(both, "a", "x", 2)
    with pytest.raises(UnknownNameError, match="wifi"):
        kano.compare(both, "wifi", 0, 2)
    with pytest.raises(UnknownNameError):
        kano.compare(both, "a", 0, 7, by="wave")
    with pytest.raises(UnknownNameError):
        kano.compare(both, "a", "x", "y", wave=9)
    with pytest.raises(ArgumentError, match="segment"):
        kano.compare(kano.analyze(data), "a", "x", "y")


# ------------------------------------------------------------------------------------ plots and words


def figures():
    data = survey(SHARES).assign(
        segment=lambda d: np.where(d["respondent"] % 2, "family", "couple"),
        wave=lambda d: d["respondent"] % 3 + 1,
    )
    whole, waves = kano.analyze(data), kano.analyze(data, wave="wave")
    segments = kano.analyze(data, segment="segment")
    return {
        "map": lambda: whole.plot(guess={"fresh food": 30, "dessert": (60, 20), "music": None}),
        "segments": lambda: segments.plot(highlight=["fresh_food"]),
        "one": lambda: segments.plot(segment="family", errors=False),
        "shares": lambda: kano.plot_shares(whole),
        "drift": lambda: kano.plot_drift(waves, "fresh_food"),
        "pair": lambda: kano.plot_pair("must-be", "dislike"),
        "stability": lambda: kano.stability(whole, draws=100).plot(),
        "comparison": lambda: kano.compare(waves, "fresh_food", 1, 3).plot(),
    }


def title(ax):
    return ax.get_title(loc="left") or ax.get_title()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", list(figures()))
def test_figures_are_labelled_and_drawn_in_both_languages(name, language):
    plots.use_style()
    set_language(language)
    ax = figures()[name]()
    assert title(ax)
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    alt = plots.alt_text(ax.figure)
    assert alt.endswith("。" if language == "zh_CN" else ".")
    assert "{" not in alt + title(ax)
    ax.figure.canvas.draw()  # a missing glyph warns, and warnings are errors
    # Nothing is cut off: the title ends inside the figure.
    written = max((ax.title, ax._left_title), key=lambda t: len(t.get_text()))
    assert written.get_window_extent().x1 <= ax.figure.bbox.x1 + 1


@pytest.mark.parametrize("width", [6, 10])
def test_names_on_the_map_do_not_overlap(width):
    plots.use_style()
    rng = np.random.default_rng(2)
    samples = rng.multinomial(500, (0.2, 0.2, 0.2, 0.2, 0.1, 0.1), size=14) + rng.integers(0, 60, (14, 6))
    table = counted(samples).assign(feature=[f"a rather long name {i}" for i in range(14)])
    ax = kano.from_counts(table).plot(plt.subplots(figsize=(width, 0.7 * width))[1])
    ax.figure.draw_without_rendering()
    boxes = [t.get_window_extent() for t in ax.texts if t.get_text().startswith("a rather")]
    assert len(boxes) == 14
    room = ax.get_window_extent()
    for i, a in enumerate(boxes):
        assert room.x0 <= a.x0
        assert a.x1 <= room.x1
        for b in boxes[i + 1 :]:
            w, h = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
            assert w <= 1 or h <= 1, "two names overlap"


def one_line(ax):
    said = title(ax).replace("\n", " ").replace("\u00a0", " ")
    return re.sub("(?<=[，、：；]) ", "", said)


def grouped(*rows):
    """Features with their counts in two segments: name, segment, counts."""
    return pd.concat([published(name, **n).assign(who=who) for name, who, n in rows])


HIGHLIGHTED = [
    ("fresh_food", "business", {"O": 60, "I": 20}),
    ("music", "business", {"R": 60, "I": 20}),
    ("clean", "business", {"O": 70, "A": 10}),
    ("room", "business", {"A": 41, "I": 39}),
    ("fresh_food", "family", {"M": 60, "I": 20}),
    ("music", "family", {"A": 41, "I": 39}),
    ("clean", "family", {"M": 70, "A": 10}),
    ("room", "family", {"M": 41, "I": 9}),
]


@pytest.mark.parametrize(
    ("language", "segment", "highlight", "said"),
    [
        (
            "en",
            "business",
            ["fresh_food", "music"],
            "business: fresh food came out as one-dimensional, music as reverse",
        ),
        (
            "en",
            "business",
            ["room", "clean", "fresh_food"],
            "business: clean and fresh food came out as one-dimensional, room may be attractive",
        ),
        (
            "en",
            "family",
            ["fresh_food", "clean", "room"],
            "family: fresh food, clean and room came out as must-be",
        ),
        ("en", None, ["music"], "music came out as reverse (business), perhaps attractive (family)"),
        ("zh_CN", "business", ["fresh_food", "music"], "business：“fresh food”属期望型，“music”属反向"),
        ("zh_CN", "family", ["music"], "family：“music”可能属魅力型"),
        (
            "zh_CN",
            "family",
            ["fresh_food", "clean", "room"],
            "family：“fresh food”、“clean”和“room”属必备型",
        ),
        ("zh_CN", None, ["music"], "“music”的类别：反向（business）、可能为魅力型（family）"),
    ],
)
def test_the_title_of_a_highlighted_map_is_the_finding(language, segment, highlight, said):
    plots.use_style()
    set_language(language)
    result = kano.from_counts(grouped(*HIGHLIGHTED), segment="who")
    ax = result.plot(segment=segment, highlight=highlight)
    assert one_line(ax) == said
    if segment:
        assert plots.alt_text(ax.figure).startswith("Segment " if language == "en" else "客群 ")
        assert segment in plots.alt_text(ax.figure)[:20]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [5, 7.2, 12])
def test_the_title_of_a_highlighted_map_takes_two_lines(language, width):
    plots.use_style()
    set_language(language)
    names = [f"a_rather_long_name_{i}" for i in range(6)]
    rows = [published(name, **{code: 60}) for name, code in zip(names, "MOAIRM", strict=True)]
    result = kano.from_counts(pd.concat(rows).assign(Q=1, who="business"), segment="who")
    ax = result.plot(plt.subplots(figsize=(width, 4.4))[1], highlight=names)
    assert title(ax).count("\n") <= 1
    assert one_line(ax).startswith("business")
    assert "name 0" in one_line(ax)
    alike = [published(name, M=60, I=20).assign(who="business") for name in names]
    ax = kano.from_counts(pd.concat(alike), segment="who").plot(
        plt.subplots(figsize=(width, 4.4))[1], highlight=names
    )
    assert title(ax).count("\n") <= 1
    assert kano.category_name("M") in one_line(ax)


def test_the_map_of_one_group_says_whose_it_is():
    data = grouped(*HIGHLIGHTED).assign(year=[1, 1, 1, 1, 2, 2, 2, 2])
    result = kano.from_counts(data, segment="who", wave="year")
    shown = {
        "business, wave 1: ": result.plot(segment="business"),
        "wave 2": result.plot(wave=2),
    }
    for start, ax in shown.items():
        assert start in one_line(ax)
    assert plots.alt_text(shown["business, wave 1: "].figure).startswith("Segment business, wave 1. ")
    only_wave = kano.from_counts(data.drop(columns="who"), wave="year").plot(wave=2)
    assert plots.alt_text(only_wave.figure).startswith("Wave 2. ")
    assert one_line(only_wave).startswith("wave 2: ")
    bars = kano.plot_shares(result, segment="family")
    assert one_line(bars).startswith("family")
    assert plots.alt_text(bars.figure).startswith("Segment family")
    drift = kano.plot_drift(result, "music", segment="family")
    assert one_line(drift).startswith("music (family) stays")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_highlighted_map_speaks_of_its_features_first(language):
    set_language(language)
    result = kano.analyze(survey(SHARES))
    ax = result.plot(highlight=["music", "fresh_food"])
    alt = plots.alt_text(ax.figure)
    assert alt.startswith("music")
    assert alt.index("music") < alt.index("fresh food") < alt.index("dessert")
    assert result.explain() in alt
    row = result.table.set_index("feature").loc["music"]
    before_guess = alt.split(";" if language == "en" else "；")[0]
    assert f"{-100 * row['worse']:.0f} %" in before_guess
    assert f"{100 * row['better']:.0f} %" in before_guess
    said = one_line(ax)
    assert "fresh food" in said
    assert kano.category_name(row["category"]) in said
    assert "%" not in said
    assert text("kano.map.others") in [entry.get_text() for entry in ax.get_legend().get_texts()]
    assert plots.alt_text(result.plot().figure) == result.explain()


def test_names_stand_beside_their_intervals_not_on_them():
    plots.use_style()
    ax = kano.analyze(survey(SHARES)).plot()
    ax.figure.draw_without_rendering()
    names = {t.get_text(): t.get_window_extent() for t in ax.texts}
    for line in ax.lines:
        if line.get_gid() == "interval":
            ends = Bbox(ax.transData.transform(line.get_xydata())).padded(0.5)
            assert not [name for name, box in names.items() if box.overlaps(ends)]


def test_the_map_puts_points_where_the_table_says():
    result = kano.from_counts(published(M=95, O=123, A=45, I=33))
    ax = result.plot(errors=False)
    points = [line for line in ax.lines if line.get_marker() == "D"]
    assert [p.get_xydata()[0].tolist() for p in points] == [pytest.approx([73.65, 56.76], abs=0.005)]
    lines = len(ax.lines)
    assert len(result.plot().lines) == lines + 2


def test_guesses_are_hollow_and_checked():
    result = kano.analyze(survey(SHARES))
    ax = result.plot(guess={"fresh food": 30, "music": (10, 90)})
    stars = [line for line in ax.lines if line.get_marker() == "*"]
    assert [s.get_markerfacecolor() for s in stars] == ["none", "none"]
    fresh = result.table.set_index("feature").loc["fresh_food", "better"]
    assert stars[0].get_xydata()[0].tolist() == pytest.approx([30, 100 * fresh])
    assert stars[1].get_xydata()[0].tolist() == [10, 90]
    assert (
        "Your guess: fresh food 30 % annoyed without it; "
        "music 10 % annoyed without it, 90 % pleased with it." in plots.alt_text(ax.figure)
    )
    ax.figure.draw_without_rendering()
    names = [t.get_window_extent() for t in ax.texts if t.get_text() in ("fresh food", "music")]
    middles = ax.transData.transform([star.get_xydata()[0] for star in stars])
    assert not any(name.contains(*middle) for name in names for middle in middles)
    assert "guess" not in plots.alt_text(result.plot(guess={"music": None}).figure)

    class Slider:
        value = {"music": 5}  # noqa: RUF012

    assert len([line for line in result.plot(guess=Slider()).lines if line.get_marker() == "*"]) == 1
    for bad in (101, -1, "many", (1, 2, 3), True):
        with pytest.raises(ArgumentError, match="percentage"):
            result.plot(guess={"music": bad})
    with pytest.raises(ArgumentError, match="guess"):
        result.plot(guess=40)
    with pytest.raises(UnknownNameError, match="music"):
        result.plot(guess={"musik": 40})
    with pytest.raises(UnknownNameError, match="dessert"):
        result.plot(highlight=["desert"])
    with pytest.raises(ArgumentError):
        result.plot(segment="family")


def test_labels_rename_features_in_figures_only():
    result = kano.analyze(survey(SHARES))
    ax = result.plot(labels={"fresh_food": "新鲜食材"})
    assert "新鲜食材" in {t.get_text() for t in ax.texts}
    assert "fresh_food" in set(result.table["feature"])


def test_the_pair_lights_up_its_cell():
    ax = kano.plot_pair("like", "neutral", table="pouliot")
    shades = np.asarray(ax.collections[0].get_array())[:, :, 3]
    assert np.argwhere(shades == 1).tolist() == [[0, 2]]  # row, column
    assert [(p.get_x(), p.get_y(), p.get_clip_on()) for p in ax.patches] == [(2, 0, False)]
    assert "attractive" in title(ax)
    with pytest.raises(ArgumentError, match="answer"):
        kano.plot_pair("love", "neutral")


def test_drift_names_the_path_and_needs_waves():
    waves = pd.concat([published("wifi", A=60, O=15, M=5, I=20), published("wifi", M=60, O=20, A=10, I=10)])
    result = kano.from_counts(waves.assign(wave=[1, 2]), wave="wave")
    assert title(kano.plot_drift(result, "wifi")) == "wifi moves: attractive → must-be"
    still = kano.from_counts(waves.tail(1).assign(wave=2), wave="wave")
    assert title(kano.plot_drift(still, "wifi")) == "wifi stays must-be"
    with pytest.raises(ArgumentError, match="wave="):
        kano.plot_drift(kano.from_counts(waves), "wifi")
    with pytest.raises(UnknownNameError):
        kano.plot_drift(result, "wlan")


def test_explain_says_the_computed_numbers():
    said = kano.from_counts(pd.concat([published("a_b", M=60, I=40), published("c", A=51, I=49)])).explain()
    assert "1 must-be (a b), 1 attractive (c)" in said
    assert "Leaving out a b would annoy most, 60 %" in said
    assert "having c pleases most, 51 %" in said
    assert "1 of 2 the leading class is ahead by no more than chance explains (c)" in said
    segments = pd.concat([published("a", M=60, I=40), published("a", A=70, I=30)]).assign(who=["x", "y"])
    assert "differs between groups for 1 of them (a)" in kano.from_counts(segments, segment="who").explain()
    segments["A"] = 0
    assert "must-be" not in kano.from_counts(segments, segment="who").explain()


def test_every_message_stands_in_both_languages_with_the_same_values():
    import string

    path = Path(kano.__file__).parent / "messages" / "kano.toml"
    found = []

    def walk(node, name):
        if "en" in node:
            assert set(node) == set(LANGUAGES), name
            names = [{p[1] for p in string.Formatter().parse(node[lang]) if p[1]} for lang in LANGUAGES]
            assert names[0] == names[1], name
            found.append(name)
        else:
            for key, child in node.items():
                walk(child, f"{name}.{key}")

    walk(tomllib.loads(path.read_text(encoding="utf-8")), "kano")
    modules = Path(kano.__file__).parent.glob("kano*.py")
    source = "".join(module.read_text(encoding="utf-8") for module in modules)
    for name in found:
        stem = name.rsplit(".", 1)[0]
        assert f'"{name}"' in source or f'"{stem}.{{' in source, f"{name} is never used"


# ------------------------------------------------------------------------------- the course's own data


def test_the_restaurant_is_recovered():
    from csmodels_helpers.datasets import load_dataset

    data = load_dataset("restaurant_kano")
    result = kano.analyze(data, segment="segment", importance="importance")
    classes = kano.classify(data["functional"], data["dysfunctional"])
    assert classes.value_counts().to_dict() == result.table[list(kano.CATEGORIES)].sum().to_dict()
    got = result.table.set_index(["feature", "segment"])
    fresh = {
        segment: got.loc[("fresh_ingredients", segment), "category"]
        for segment in ("family", "business", "student")
    }
    assert fresh == {"family": "M", "business": "O", "student": "A"}
    assert got.loc[("fresh_ingredients", "family"), "significant"]
    assert not got.loc[("open_kitchen", "business"), "significant"]
    waves = kano.analyze(data, wave="wave").table.set_index(["feature", "wave"])
    assert [waves.loc[("mobile_ordering", wave), "category"] for wave in (1, 2, 3)] == ["A", "O", "M"]
