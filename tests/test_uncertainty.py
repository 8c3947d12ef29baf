"""The jackknife and the bootstrap of functions of means and covariances."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from csmodels_helpers import uncertainty
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import set_language
from csmodels_helpers.tally import moments, respondent_groups


def survey(seed: int, n: int = 600) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    x = random.normal(size=n)
    return pd.DataFrame({"who": np.arange(n), "x": 5 + x, "y": 0.6 * x + 0.8 * random.normal(size=n)})


def correlation(stack: uncertainty.Stack) -> np.ndarray:
    return stack.correlation[:, 0, 1][:, None]


def test_the_stack_holds_what_the_tallies_without_a_group_say():
    made = moments(survey(1), ["x", "y"], respondent="who")
    stack = uncertainty.leave_groups_out(made)
    for place, part in enumerate([made, *made.leave_one_out()]):
        assert stack.n[place] == part.n
        np.testing.assert_allclose(stack.mean[place], part.mean(), rtol=1e-12)
    np.testing.assert_allclose(stack.covariance[0], survey(1)[["x", "y"]].cov(), rtol=1e-12)
    assert len(stack.n) == 1 + len(np.unique(made.keys["respondent_group"]))


def test_large_numbers_with_a_small_spread_keep_their_digits():
    one, moved = survey(2), survey(2).assign(x=lambda frame: frame["x"] + 100_000)
    found = [
        uncertainty.leave_groups_out(moments(f, ["x", "y"], respondent="who")).covariance
        for f in (one, moved)
    ]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-4)


def test_segments_are_added_up():
    frame = survey(3).assign(region=["north", "south"] * 300)
    whole = uncertainty.leave_groups_out(moments(frame, ["x", "y"], respondent="who"))
    parts = uncertainty.leave_groups_out(moments(frame, ["x", "y"], respondent="who", segment="region"))
    np.testing.assert_allclose(whole.covariance, parts.covariance, rtol=1e-10)


def test_a_respondent_is_left_out_of_all_parts_at_once():
    # Everybody is in both parts, but not with the same answers missing, and some have none at all.
    frame = survey(4, 240)
    frame.loc[::7, "x"] = np.nan
    frame.loc[::5, "y"] = np.nan
    parts = [moments(frame, names, respondent="who") for names in (["x"], ["y", "x"])]
    groups = respondent_groups(frame["who"])
    answered = frame[["x", "y"]].notna()
    there = np.unique(groups[answered["x"] | (answered["x"] & answered["y"])])
    expected = [[], []]
    for out in (None, *there):
        kept = frame[groups != out] if out is not None else frame
        expected[0].append([kept["x"].mean()])
        expected[1].append(kept[["y", "x"]].dropna().mean().tolist())
    for found, means in zip(uncertainty.part_means(parts), expected, strict=True):
        np.testing.assert_allclose(found, means, rtol=1e-12)


def test_cells_keep_their_place_whatever_their_number():
    groups, values = np.array([3, 3, 8]), np.array([1.0, 2.0, 4.0])
    for size in (1, 2):
        cells = np.array([0, 1, 1]) if size == 2 else np.zeros(3, dtype=int)
        found = uncertainty.group_sums(groups, values, cells, size)
        assert found.shape == (100, size)
        assert found.sum() == 7
        (left,) = uncertainty.without_groups(found)
        assert left.shape == (3, size)  # all of them, without group 3, without group 8
        assert left.sum(axis=1).tolist() == [7, 4, 3]


def test_the_interval_of_a_correlation_holds_the_truth_as_often_as_it_says():
    inside = 0
    for seed in range(400):
        made = moments(survey(10_000 + seed, 300), ["x", "y"], apart=True)
        found = uncertainty.estimates(made, correlation, ["r"]).loc["r"]
        inside += found["low"] <= 0.6 <= found["high"]
    assert stats.binomtest(int(inside), 400, 0.95).pvalue > 0.01, inside


def test_jackknife_and_bootstrap_agree():
    made = moments(survey(4), ["x", "y"], respondent="who")
    error = uncertainty.estimates(made, correlation, ["r"]).loc["r", "error"]
    drawn = correlation(uncertainty.resample(made, 4000, seed=3))[1:, 0]
    assert drawn.std() == pytest.approx(error, rel=0.1)
    again = correlation(uncertainty.resample(made, 4000, seed=3))[1:, 0]
    np.testing.assert_array_equal(drawn, again)


def test_a_single_group_has_an_estimate_and_no_interval():
    found = uncertainty.estimates(moments(survey(5), ["x"]), lambda stack: stack.mean, ["x"]).loc["x"]
    assert np.isfinite(found["estimate"])
    assert found[["error", "low", "high"]].isna().all()


def test_wilson_is_that_of_statsmodels_and_stays_between_0_and_1():
    from statsmodels.stats.proportion import proportion_confint

    n = np.repeat([1, 7, 20, 263, 10**6], 11)
    k = np.round(n * np.tile(np.linspace(0, 1, 11), 5))
    for level in (0.8, 0.95, 0.99):
        low, high = uncertainty.wilson_ends(k, n, level)
        theirs = proportion_confint(k, n, alpha=1 - level, method="wilson")
        np.testing.assert_allclose([low, high], theirs, rtol=1e-12, atol=1e-15)
        assert ((low >= 0) & (low <= k / n) & (k / n <= high) & (high <= 1)).all()
    assert np.isnan(uncertainty.wilson_ends([0], [0], 0.95)).all()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_bad_input_is_told(language):
    set_language(language)
    try:
        made = moments(survey(6), ["x"])
        said = {"en": "at least two groups", "zh_CN": "至少来自两组"}[language]
        with pytest.raises(ArgumentError, match=said):
            uncertainty.resample(made)
        with pytest.raises(ArgumentError, match="draws=0"):
            uncertainty.resample(made, 0)
        nothing = moments(pd.DataFrame({"x": [np.nan]}), ["x"])
        said = {"en": "no value is missing", "zh_CN": "没有缺失值"}[language]
        with pytest.raises(ArgumentError, match=said):
            uncertainty.leave_groups_out(nothing)
    finally:
        set_language("en")
