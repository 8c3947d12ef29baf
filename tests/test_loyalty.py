"""Types of loyalty, fourfold tables, the curve, transitions: known numbers, coverage, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from csmodels_helpers import (
    loyalty,
    loyalty_confusion,
    loyalty_curve,
    loyalty_transitions,
    plots,
    retention,
)
from csmodels_helpers.datasets import load_dataset
from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import set_language
from csmodels_helpers.tally import moments

pytestmark = pytest.mark.usefixtures("course_style")


@pytest.fixture(scope="module")
def mobile() -> pd.DataFrame:
    frame = load_dataset("mobile_loyalty")
    types = loyalty.classify(frame, respondent="customer").customers["type"]
    return frame.assign(type=types.to_numpy())


def as_expected(inside, times):
    """Whether a count of covering 95 % intervals is what chance allows."""
    rate = inside / times
    print(f"coverage {rate:.4f}")
    return stats.binomtest(int(inside), times, 0.95).pvalue > 0.01 or 0.93 <= rate <= 0.97


# ---------------------------------------------------------------------------------------- the rule


def customer(**answers) -> dict:
    return {"attitude": 2, "repeat_share": 0.9, "barriers": 2, "incentives": 2, "kinship": 2, **answers}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, "inertia"),
        ({"kinship": 5}, "kinship"),
        ({"attitude": 5}, "trust"),
        ({"barriers": 5}, "monopoly"),
        ({"incentives": 5}, "benefit"),
        ({"attitude": 5, "repeat_share": 0.79}, "latent"),
        ({"repeat_share": 0.79, "barriers": 7, "kinship": 7}, "none"),
        # Several reasons at once: a tie, then liking, then the barrier, then the reward.
        ({"kinship": 7, "attitude": 7, "barriers": 7, "incentives": 7}, "kinship"),
        ({"attitude": 7, "barriers": 7, "incentives": 7}, "trust"),
        ({"barriers": 7, "incentives": 7}, "monopoly"),
        # A threshold belongs to high, the answer before it does not.
        ({"attitude": 4}, "inertia"),
        ({"attitude": 4, "repeat_share": 0.8}, "inertia"),
        ({"attitude": None}, None),
    ],
)
def test_the_rule(answers, expected):
    frame = pd.DataFrame([customer(**answers), customer(attitude=7)])
    found = loyalty.classify(frame).customers["type"].tolist()
    assert found[1] == "trust"
    assert (found[0] == expected) if expected else pd.isna(found[0])


def test_precedence_and_thresholds_are_options():
    frame = pd.DataFrame([customer(attitude=7, barriers=7, kinship=7)])
    order = ("monopoly", "trust", "kinship", "benefit")
    assert loyalty.classify(frame, precedence=order).customers["type"].tolist() == ["monopoly"]
    found = loyalty.classify(frame, high_attitude=5, high_kinship=7, high_repeat=0.95)
    assert found.customers["type"].tolist() == ["latent"]
    assert found.thresholds["repeat_share"] == 0.95


def test_every_customer_has_a_reason_in_both_languages(mobile):
    said = loyalty.classify(mobile, respondent="customer").customers
    assert said["customer"].tolist() == mobile["customer"].tolist()
    row = said[said["type"] == "monopoly"].iloc[0]
    own = mobile[mobile["customer"] == row["customer"]].iloc[0]
    assert f"(barriers {own['barriers']:g}, high from 5)" in row["reason"]
    assert f"repeat share {own['repeat_share']:g})" in row["reason"]
    assert said.loc[said["type"].isna(), "reason"].eq("Not classified: an answer is missing.").all()
    set_language("zh_CN")
    chinese = loyalty.classify(mobile).customers["reason"]
    assert chinese.str.contains("。", regex=False).all()
    assert (chinese != said["reason"]).all()


def test_shares_of_types_are_wilson_shares_of_the_classified(mobile):
    found = loyalty.classify(mobile)
    assert found.n + found.n_missing == len(mobile)
    assert found.table["n"].sum() == found.n
    row = found.table.set_index("type").loc["trust"]
    low, high = stats.binomtest(int(row["n"]), found.n).proportion_ci(method="wilson")
    assert (row["low"], row["high"]) == pytest.approx((low, high))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(*[st.integers(1, 7)] * 4, st.integers(0, 100)), min_size=1, max_size=8))
def test_more_of_a_reason_never_takes_it_away(rows):
    frame = pd.DataFrame(rows, columns=["attitude", "barriers", "incentives", "kinship", "repeat_share"])
    frame["repeat_share"] = frame["repeat_share"] / 100
    before = loyalty.classify(frame).customers["type"]
    tied = loyalty.classify(frame.assign(kinship=7)).customers["type"]
    assert set(tied) <= {"kinship", "latent", "none"}
    # Who buys little stays what they were, whatever else is asked.
    little = frame["repeat_share"] < 0.8
    assert (before[little] == tied[little]).all()


# --------------------------------------------------------------------------------------- confusion


def test_the_corrected_shares_are_tenenbeins():
    # Written down anew from the formula: assigned shares times what the interviews say of each.
    frame = pd.DataFrame(
        {
            "type": ["a"] * 60 + ["b"] * 40,
            "true_type": ["a"] * 24 + ["b"] * 6 + [None] * 30 + ["b"] * 15 + ["a"] * 5 + [None] * 20,
        }
    )
    found = loyalty.confusion(frame)
    assert found.matrix.loc["a", "a"] == 24
    assert found.matrix.loc["b", "a"] == 6
    assert found.shares.set_index("type")["share"].to_dict() == pytest.approx(
        {"a": 0.6 * 0.8 + 0.4 * 0.25, "b": 0.6 * 0.2 + 0.4 * 0.75}
    )
    assert found.accuracy.score == pytest.approx(39 / 50)
    assert (found.n_known, found.n_unknown, found.n_missing) == (50, 50, 0)


def test_a_rule_that_is_never_wrong_is_corrected_to_itself():
    frame = pd.DataFrame({"type": ["trust"] * 30 + ["latent"] * 70})
    frame["true_type"] = frame["type"].where(frame.index % 2 == 0)
    found = loyalty.confusion(frame)
    assert found.shares["share"].tolist() == pytest.approx(found.shares["predicted"].tolist())
    assert found.accuracy.score == 1


def test_without_the_truth_of_an_assigned_type_there_is_no_correction():
    frame = pd.DataFrame({"type": ["a", "a", "b"], "true_type": ["a", "a", None]})
    found = loyalty.confusion(frame)
    assert found.shares["share"].isna().all()
    assert "cannot be corrected" in found.explain()


RULE = np.array([[0.85, 0.05, 0.10], [0.10, 0.75, 0.15], [0.02, 0.06, 0.92]])
TRUTH = np.array([0.5, 0.3, 0.2])


@pytest.mark.parametrize(("customers", "interviewed"), [(2000, 400), (600, 150)])
def test_corrected_shares_and_accuracy_cover(customers, interviewed):
    rng, names = np.random.default_rng(4), ["a", "b", "c"]
    inside, times = np.zeros(3), 300
    for _ in range(times):
        cells = (TRUTH[:, None] * RULE).ravel()
        known = rng.multinomial(interviewed, cells).reshape(3, 3).astype(float)
        rest = rng.multinomial(customers - interviewed, TRUTH @ RULE).astype(float)
        found = loyalty_confusion._corrected(known, known.sum(axis=0) + rest, names, names, 0.95)
        inside += (found["low"] <= TRUTH) & (found["high"] >= TRUTH)
        assert (rest > 0).all()
    assert all(as_expected(hits, times) for hits in inside), inside
    # What the rule assigns, uncorrected, is off by more than its own interval.
    assert abs(float((TRUTH @ RULE)[2]) - TRUTH[2]) > 0.05


def test_mobile_shares_come_out_corrected(mobile):
    found = loyalty.confusion(mobile, truth="interview_type", respondent="customer")
    trust = found.shares.set_index("type").loc["trust"]
    assert trust["predicted"] > trust["high"]
    assert "the share of trust is" in found.explain()


# --------------------------------------------------------------------------------------- quadrants


def test_quadrants_share_out_everybody(mobile):
    found = loyalty.dick_basu(mobile, segment="market").table
    assert found.groupby("market")["share"].sum().tolist() == pytest.approx([1, 1])
    assert found["n"].sum() + found.drop_duplicates("market")["n_missing"].sum() == len(mobile)
    plain = mobile.dropna(subset=["attitude"])
    spurious = ((plain["attitude"] < 5) & (plain["repeat_share"] >= 0.8)).mean()
    every = loyalty.dick_basu(mobile).table.set_index("quadrant")
    assert every.loc["spurious", "share"] == pytest.approx(spurious)


def test_hostages_live_where_nobody_else_sells(mobile):
    found = loyalty.jones_sasser(
        mobile, loyalty="intention", high_satisfaction=8, high_loyalty=8, segment="market"
    )
    shares = found.table.set_index(["market", "quadrant"])["share"]
    assert shares["sole", "hostages"] > 0.5
    assert shares["contested", "hostages"] < 0.02


def test_quadrant_shares_cover_with_repeated_respondents():
    rng, times = np.random.default_rng(8), 200
    people, answers = 60, 4
    own = rng.random((times * people, 1)) < 0.4
    copied = rng.random((times * people, answers)) < 0.7
    high = np.where(copied, own, rng.random((times * people, answers)) < 0.4).ravel()
    frame = pd.DataFrame(
        {
            "survey": np.repeat(np.arange(times), people * answers),
            "who": np.repeat(np.arange(times * people), answers),
            "satisfaction": np.where(high, 9, 3),
            "loyalty": 9,
        }
    )
    options = {"high_satisfaction": 8, "high_loyalty": 8, "segment": "survey"}
    for respondent, enough in (("who", True), (None, False)):
        table = loyalty.jones_sasser(frame, respondent=respondent, **options).table
        apostles = table[table["quadrant"] == "apostles"]
        inside = ((apostles["low"] <= 0.4) & (apostles["high"] >= 0.4)).sum()
        assert as_expected(inside, times) == enough


# ------------------------------------------------------------------------------------------- curve


def drawn(rng, n, slope=0.5, people=None):
    """Answers with a known elasticity: slope · 5 / (2 + slope · 5) at a mean satisfaction of 5."""
    x = rng.binomial(8, 0.5, n) + 1.0
    y = 2 + slope * x + rng.normal(0, 1, n)
    return pd.DataFrame({"satisfaction": x, "loyalty": y, "who": rng.integers(0, people or n, n)})


def test_elasticity_at_the_means_is_that_of_least_squares():
    frame = drawn(np.random.default_rng(2), 300)
    fit = stats.linregress(frame["satisfaction"], frame["loyalty"])
    found = loyalty.curve(frame).elasticity.loc[0]
    expected = fit.slope * frame["satisfaction"].mean() / frame["loyalty"].mean()
    assert found["elasticity"] == pytest.approx(expected)
    # Delta method by hand, about as wide as the jackknife.
    assert (found["high"] - found["low"]) / 2 == pytest.approx(
        1.96 * fit.stderr * frame["satisfaction"].mean() / frame["loyalty"].mean(), rel=0.35
    )


def test_arc_elasticity_is_allens():
    frame = pd.DataFrame({"satisfaction": [8] * 20 + [10] * 20, "loyalty": [6.0] * 20 + [9.0] * 20})
    found = loyalty.curve(frame, form="arc", between=(8, 10)).elasticity
    assert found.loc[0, "elasticity"] == pytest.approx((3 / 15) / (2 / 18))
    nobody = loyalty.curve(frame, form="arc", between=(7, 10)).elasticity
    assert nobody.loc[0].isna()[["elasticity", "low", "high"]].all()


def test_the_zero_of_a_scale_decides_the_elasticity():
    frame = drawn(np.random.default_rng(3), 200)
    moved = frame.assign(satisfaction=frame["satisfaction"] - 1)
    one = loyalty.curve(frame).elasticity.loc[0, "elasticity"]
    two = loyalty.curve(moved, scale=(0, 9)).elasticity.loc[0, "elasticity"]
    assert two < 0.9 * one
    assert "coded alike" in loyalty.curve(frame).explain()


def test_an_interval_that_leaves_the_figure_has_an_arrow():
    rng = np.random.default_rng(4)
    many = pd.DataFrame({"satisfaction": np.repeat(range(3, 11), 40)})
    many["loyalty"] = many["satisfaction"] - 2 + rng.normal(0, 0.3, len(many))
    two = pd.DataFrame({"satisfaction": [2, 2], "loyalty": [0.0, 1.0]})
    ax = loyalty.curve(pd.concat([many, two])).plot()
    low, high = ax.get_ylim()
    assert -1 < low < 0 and high > 8  # the interval goes from −5.9 to 6.9
    (arrow,) = [line for line in ax.get_lines() if line.get_marker() == "v"]
    assert arrow.get_xdata()[0] == 2 and low < arrow.get_ydata()[0] < 0.2
    assert [words.get_text() for words in ax.get_legend().get_texts()] == ["interval goes on"]
    whole = loyalty.curve(many).plot()
    assert whole.get_legend() is None
    assert not [line for line in whole.get_lines() if line.get_marker() in ("v", "^")]


@pytest.mark.parametrize(("form", "between"), [("at-means", None), ("arc", (4, 6))])
def test_elasticities_cover(form, between):
    rng, times, n = np.random.default_rng(6), 200, 200
    frame = drawn(rng, n * times).assign(survey=np.repeat(np.arange(times), n))
    truth = 2.5 / 4.5 if form == "at-means" else (1 / 9) / (2 / 10)
    found = loyalty.curve(frame, form=form, between=between, segment="survey").elasticity
    assert as_expected(((found["low"] <= truth) & (truth <= found["high"])).sum(), times)


def test_elasticity_of_repeated_respondents_covers():
    rng, times, people, answers = np.random.default_rng(12), 200, 60, 4
    own = np.repeat(rng.normal(0, 1, times * people), answers)
    x = np.repeat(rng.binomial(8, 0.5, times * people) + 1.0, answers)
    frame = pd.DataFrame({"satisfaction": x, "loyalty": 2 + 0.5 * x + own + rng.normal(0, 0.3, len(x))})
    frame["who"] = np.repeat(np.arange(times * people), answers)
    frame["survey"] = np.repeat(np.arange(times), people * answers)
    for respondent, enough in (("who", True), (None, False)):
        found = loyalty.curve(frame, segment="survey", respondent=respondent).elasticity
        inside = ((found["low"] <= 2.5 / 4.5) & (found["high"] >= 2.5 / 4.5)).sum()
        assert as_expected(inside, times) == enough


def test_level_means_are_t_intervals_and_cover():
    rng, times = np.random.default_rng(5), 200
    values = rng.exponential(2, (times, 80))
    frame = pd.DataFrame(
        {"satisfaction": 7, "loyalty": values.ravel(), "survey": np.repeat(range(times), 80)}
    )
    found = loyalty.curve(frame, segment="survey").table
    low, high = stats.t.interval(0.95, 79, values[0].mean(), stats.sem(values[0]))
    assert (found.loc[0, "low"], found.loc[0, "high"]) == pytest.approx((low, high))
    assert as_expected(((found["low"] <= 2) & (found["high"] >= 2)).sum(), times)


def test_the_curve_of_merged_tallies_is_that_of_the_whole():
    frame = drawn(np.random.default_rng(9), 300, people=80)
    parts = [
        moments(part, ["loyalty"], segment=["satisfaction"], respondent="who")
        for part in (frame[:100], frame[100:])
    ]
    whole = loyalty.curve(frame, respondent="who")
    merged = parts[0].merge(parts[1])
    keys = merged.keys["satisfaction"].to_numpy(dtype=np.float64)
    known = merged.keys["n"].to_numpy() > 0
    found = loyalty_curve._elasticity(merged, keys, known, None, 0.95)
    assert found == pytest.approx(whole.elasticity.loc[0, ["elasticity", "low", "high"]].to_dict())
    rows = pd.DataFrame(loyalty_curve._levels(merged, keys, known, 0.95))
    pd.testing.assert_frame_equal(rows, whole.table)


# ------------------------------------------------------------------------------------- transitions


CHAIN = np.array([[0.8, 0.15, 0.05], [0.2, 0.6, 0.2], [0.0, 0.0, 1.0]])


def moved(rng, n) -> pd.DataFrame:
    before = rng.integers(0, 2, n)
    after = (rng.random(n)[:, None] >= np.cumsum(CHAIN, axis=1)[before]).sum(axis=1)
    names = np.array(["a", "b", "left"])
    return pd.DataFrame({"may": names[before], "june": names[after]})


def test_rows_sum_to_one_also_far_ahead():
    seen = loyalty.transitions(moved(np.random.default_rng(1), 500), before="may", after="june")
    for steps in (1, 2, 5, 40):
        ahead = seen.ahead(steps).matrix
        assert ahead.sum(axis=1).tolist() == pytest.approx([1, 1, 1])
        np.testing.assert_allclose(ahead, np.linalg.matrix_power(seen.matrix.to_numpy(), steps), atol=1e-12)
    assert seen.ahead(400).matrix["left"].tolist() == pytest.approx([1, 1, 1], abs=1e-6)


def test_one_step_is_counted_shares_with_wilson_intervals():
    frame = pd.DataFrame({"may": ["a"] * 10 + ["b"] * 4, "june": ["a"] * 7 + ["b"] * 3 + ["b"] * 4})
    found = loyalty.transitions(frame, before="may", after="june").table.set_index(["before", "after"])
    low, high = stats.binomtest(3, 10).proportion_ci(method="wilson")
    assert found.loc[("a", "b"), "share"] == 0.3
    assert tuple(found.loc[("a", "b"), ["low", "high"]]) == pytest.approx((low, high))


@pytest.mark.parametrize("steps", [1, 3])
def test_transition_shares_cover(steps):
    rng, times, names = np.random.default_rng(3), 200, ["a", "b", "left"]
    truth = np.linalg.matrix_power(CHAIN, steps)[:2]
    inside = np.zeros((2, 3))
    for _ in range(times):
        n = np.array([rng.multinomial(150, CHAIN[0]), rng.multinomial(150, CHAIN[1]), [0, 0, 0]])
        table = loyalty_transitions._table(pd.DataFrame(n, names, names), steps, 0.95)
        low, high = (table[name].to_numpy().reshape(3, 3)[:2] for name in ("low", "high"))
        inside += (low <= truth) & (truth <= high)
    assert all(as_expected(hits, times) for hits in inside.ravel()), inside


def test_the_first_year_is_too_hopeful_about_the_third(mobile):
    first = mobile[mobile["interview_type"].notna()]
    seen = loyalty.transitions(first, before="interview_type", after="interview_type_month_12")
    hoped = seen.ahead(3).matrix.loc["monopoly", "left"]
    came = first.loc[first["interview_type"] == "monopoly", "month_left"].notna().mean()
    assert hoped < 0.15
    assert came > 0.7


# ----------------------------------------------------------------------------------------- figures


ANALYSES = {
    "classify": lambda f: loyalty.classify(f, respondent="customer"),
    "confusion": lambda f: loyalty.confusion(f, truth="interview_type"),
    "dick-basu": lambda f: loyalty.dick_basu(f),
    "dick-basu market": lambda f: loyalty.dick_basu(f, segment="market", weights="monthly_margin"),
    "jones-sasser": lambda f: loyalty.jones_sasser(
        f, loyalty="intention", high_satisfaction=8, high_loyalty=8, respondent="customer"
    ),
    "jones-sasser market": lambda f: loyalty.jones_sasser(
        f, loyalty="intention", high_satisfaction=8, high_loyalty=8, segment="market"
    ),
    "curve": lambda f: loyalty.curve(f, loyalty="intention", segment="market", respondent="customer"),
    "curve one": lambda f: loyalty.curve(
        f, loyalty="intention", form="arc", between=(6, 9), respondent="customer"
    ),
    "transitions": lambda f: loyalty.transitions(
        f, before="interview_type", after="interview_type_month_12", respondent="customer"
    ),
    "three steps": lambda f: loyalty.transitions(
        f, before="interview_type", after="interview_type_month_12", steps=3
    ),
}


@pytest.mark.parametrize("name", ANALYSES)
def test_every_result_draws_and_explains_in_both_languages(name, mobile, speaks_and_draws):
    speaks_and_draws(ANALYSES[name](mobile))


def test_titles_say_the_finding(mobile):
    assert "Spurious loyalty" in ANALYSES["dick-basu market"](mobile).plot().get_title(loc="left")
    assert "hostages" in ANALYSES["jones-sasser"](mobile).plot().get_title(loc="left")
    title = ANALYSES["curve"](mobile).plot().get_title(loc="left").replace("\n", " ")
    assert title.startswith("Loyalty rises with satisfaction most in contested (elasticity 1.9")
    same = drawn(np.random.default_rng(1), 400).assign(g=np.tile(["x", "y"], 200))
    assert "within chance" in loyalty.curve(same, segment="g").plot().get_title(loc="left").replace("\n", " ")


def test_names_of_types_are_translated_and_others_are_not():
    assert loyalty.type_name("monopoly") == "monopoly"
    set_language("zh_CN")
    assert [loyalty.type_name(name) for name in loyalty.TYPES] == [
        "垄断忠诚",
        "亲缘忠诚",
        "利益忠诚",
        "惰性忠诚",
        "信赖忠诚",
        "潜在忠诚",
    ]
    assert loyalty.type_name("gold") == "gold"


# --------------------------------------------------------------------------------------- bad input


def frame_of(**columns) -> pd.DataFrame:
    return pd.DataFrame([customer(), customer()]).assign(**{"customer": [1, 2], **columns})


BAD_DATA = {
    "off the scale": (
        lambda: loyalty.classify(frame_of(attitude=[8, 3])),
        DataError,
        ("attitude", "row 0 with 8", "1 to 7"),
    ),
    "per cent": (
        lambda: loyalty.classify(frame_of(repeat_share=[0.9, 90])),
        DataError,
        ("repeat_share", "row 1 with 90"),
    ),
    "twice": (
        lambda: loyalty.classify(frame_of(customer=[7, 7]), respondent="customer"),
        DataError,
        ("customer", "row 1 with 7", "one row a customer"),
    ),
    "nobody complete": (
        lambda: loyalty.classify(frame_of(attitude=[None, None])),
        DataError,
        ("2 rows", "at least one customer"),
    ),
    "unknown column": (
        lambda: loyalty.classify(frame_of().drop(columns="kinship")),
        UnknownNameError,
        ("kinship",),
    ),
    "same column": (
        lambda: loyalty.classify(frame_of(), barriers="attitude"),
        ArgumentError,
        ("different columns",),
    ),
    "threshold": (
        lambda: loyalty.classify(frame_of(), high_attitude=8),
        ArgumentError,
        ("high_attitude=8", "above 1 and at most 7"),
    ),
    "repeat threshold": (
        lambda: loyalty.classify(frame_of(), high_repeat=80),
        ArgumentError,
        ("high_repeat=80",),
    ),
    "precedence": (
        lambda: loyalty.classify(frame_of(), precedence=("trust", "kinship")),
        ArgumentError,
        ("each once",),
    ),
    "no truth": (
        lambda: loyalty.confusion(pd.DataFrame({"type": ["a"], "true_type": [None]})),
        DataError,
        ("true_type", "both"),
    ),
    "order": (
        lambda: loyalty.confusion(pd.DataFrame({"type": ["a"], "true_type": ["b"]}), order=["a"]),
        UnknownNameError,
        ('"b"',),
    ),
    "text": (
        lambda: loyalty.dick_basu(frame_of(attitude=["high", "low"])),
        DataError,
        ("attitude", "'high'"),
    ),
    "cut": (
        lambda: loyalty.dick_basu(frame_of(), high_attitude="5"),
        ArgumentError,
        ("high_attitude='5'",),
    ),
    "one column": (
        lambda: loyalty.jones_sasser(
            frame_of(), satisfaction="attitude", loyalty="attitude", high_satisfaction=5, high_loyalty=5
        ),
        ArgumentError,
        ("different columns",),
    ),
    "silent segment": (
        lambda: loyalty.dick_basu(frame_of(attitude=[None, 3], region=["n", "s"]), segment="region"),
        DataError,
        ("region = 'n'",),
    ),
    "curve scale": (
        lambda: loyalty.curve(frame_of(satisfaction=[0, 4], loyalty=[1, 2])),
        DataError,
        ("satisfaction", "1 to 10"),
    ),
    "curve silent": (
        lambda: loyalty.curve(
            frame_of(satisfaction=[3, 4], loyalty=[1, None], region=["n", "s"]), segment="region"
        ),
        DataError,
        ("region = 's'", "in each segment"),
    ),
    "form": (
        lambda: loyalty.curve(frame_of(satisfaction=[3, 4], loyalty=[1, 2]), form="log-log"),
        ArgumentError,
        ("'at-means' | 'arc'",),
    ),
    "between": (
        lambda: loyalty.curve(frame_of(satisfaction=[3, 4], loyalty=[1, 2]), form="arc"),
        ArgumentError,
        ("between", "two levels"),
    ),
    "between order": (
        lambda: loyalty.curve(frame_of(satisfaction=[3, 4], loyalty=[1, 2]), form="arc", between=(9, 3)),
        ArgumentError,
        ("between",),
    ),
    "steps": (
        lambda: loyalty.transitions(pd.DataFrame({"a": ["x"], "b": ["x"]}), before="a", after="b", steps=0),
        ArgumentError,
        ("steps=0",),
    ),
    "no steps": (
        lambda: loyalty.transitions(pd.DataFrame({"a": ["x"], "b": [None]}), before="a", after="b"),
        DataError,
        ("both columns",),
    ),
    "state": (
        lambda: loyalty.transitions(
            pd.DataFrame({"a": ["x"], "b": ["y"]}), before="a", after="b", order=["x"]
        ),
        UnknownNameError,
        ('state "y"',),
    ),
}


@pytest.mark.parametrize("name", BAD_DATA)
def test_bad_input_is_refused_in_both_languages(name):
    call, kind, words = BAD_DATA[name]
    with pytest.raises(kind) as english:
        call()
    for word in words:
        assert word in str(english.value)
    set_language("zh_CN")
    with pytest.raises(kind) as chinese:
        call()
    assert str(chinese.value) != str(english.value)
    assert any("\u4e00" <= sign <= "\u9fff" for sign in str(chinese.value))


# ---------------------------------------------------------------------------------------- one customer


@pytest.fixture(scope="module")
def risk(mobile):
    known = mobile[mobile["type"].isin(loyalty.TYPES)]
    periods = [(1, 17), (18, 18), (19, 36)]
    return retention.hazard(known, time="month_left", until=36, segment="type", periods=periods, unit="month")


@pytest.mark.parametrize(
    ("answers", "period", "said"),
    [
        ({"attitude": 3, "barriers": 6}, "1–17", "monopoly: of such customers 0.4 %"),
        ({"attitude": 3, "barriers": 6}, "18", "monopoly: of such customers 27.1 % leave a month (month 18)"),
        ({"attitude": 5, "barriers": 6}, "18", "trust: of such customers 3.5 % leave a month (month 18)"),
        ({"attitude": 3, "barriers": 2}, "18", "inertia: of such customers 3.7 % leave a month (month 18)"),
        ({"attitude": 3, "barriers": 2, "incentives": 6}, "18", "benefit: of such customers 9.5 %"),
        ({"attitude": 6, "barriers": 2, "repeat_share": 0.4}, "18", "latent: of such customers 0.9 %"),
    ],
)
def test_one_customer(risk, answers, period, said) -> None:
    ax = loyalty.plot_customer(risk, **answers, period=period)
    assert said in plots.alt_text(ax.figure)
    lit = [line for line in ax.get_lines() if line.get_marker() == "D"]
    (own,) = risk.table.query("type == @said.split(':')[0] and period == @period").to_dict("records")
    assert [line.get_xdata().tolist() for line in lit] == [[own["hazard"]]]


def test_one_customer_is_drawn_on_the_same_scale_in_all_periods(risk) -> None:
    ends = {
        loyalty.plot_customer(risk, attitude=4, barriers=4, period=period).get_xlim()
        for period in ("1–17", "18", "19–36")
    }
    assert len(ends) == 1


def test_one_customer_in_chinese(risk) -> None:
    set_language("zh_CN")
    words = plots.alt_text(loyalty.plot_customer(risk, attitude=3, barriers=6, period="18").figure)
    assert "垄断忠诚：此类客户每月流失 27.1 %（第 18 个月）" in words


def test_the_interval_of_one_customer_lies_over_its_mark(risk) -> None:
    ax = loyalty.plot_customer(risk, attitude=3, barriers=6, period="1–17")
    (own,) = risk.table.query("type == 'monopoly' and period == '1–17'").to_dict("records")
    (mark,) = [line for line in ax.get_lines() if line.get_marker() == "D"]
    bars = {tuple(bar.get_segments()[0][:, 0]): bar for bar in ax.collections if len(bar.get_segments()) == 1}
    assert bars[own["low"], own["high"]].get_zorder() > mark.get_zorder()


def test_one_customer_bad_input(risk) -> None:
    with pytest.raises(UnknownNameError, match="17"):
        loyalty.plot_customer(risk, attitude=3, barriers=6, period="17")
    with pytest.raises(UnknownNameError, match="none"):
        loyalty.plot_customer(risk, attitude=3, barriers=6, repeat_share=0.2, period="18")
    with pytest.raises(DataError, match="attitude"):
        loyalty.plot_customer(risk, attitude=8, barriers=6, period="18")
