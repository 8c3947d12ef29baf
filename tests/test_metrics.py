"""The measures of module 01: known numbers, the coverage of every interval, and bad input."""

from __future__ import annotations

import math
from fractions import Fraction

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from csmodels_helpers import (
    metrics,
    metrics_before_after,
    metrics_comparison,
    metrics_plots,
    metrics_words,
    plots,
    tally,
)
from csmodels_helpers.datasets import load_dataset
from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import set_language

SCALE = {"overall": 0.4, "expected": 0.3, "ideal": 0.3}


pytestmark = pytest.mark.usefixtures("course_style")


def cell(result, name="score", row=0):
    return float(result.table[name].iloc[row])


def ratings(values) -> pd.DataFrame:
    return pd.DataFrame({"x": values})


# ------------------------------------------------------------------------ numbers from elsewhere


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)],
)
def test_wilson_reproduces_newcombe_1998(successes, n, low, high):
    found = metrics.wilson(successes, n)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)
    table = metrics.csat(ratings([5] * successes + [1] * (n - successes)), "x")
    assert cell(table, "low") == pytest.approx(found.low, abs=1e-12)
    assert cell(table, "high") == pytest.approx(found.high, abs=1e-12)


def test_difference_of_shares_reproduces_newcombe_1998():
    # Statistics in Medicine 17, 873–890, table II, method 10: 56/70 − 48/80, 9/10 − 3/10, 10/10 − 0/20.
    for (a, m), (b, n), low, high in (
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ):
        one, two = (metrics.csat(ratings([5] * k + [1] * (t - k)), "x") for k, t in ((a, m), (b, n)))
        found = metrics.benchmark(one, {"two": two})
        assert cell(found, "low") == pytest.approx(low, abs=5e-5)
        assert cell(found, "high") == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize("shares", [(50, 30, 20), (8, 3, 1), (0, 0, 5), (12, 0, 0), (1, 1, 1)])
def test_nps_interval_is_the_adjusted_wald_of_rocks_2016(shares):
    promoters, passives, detractors = shares
    n = sum(shares) + 3
    p, d = (promoters + Fraction(3, 4)) / n, (detractors + Fraction(3, 4)) / n
    # An independent way: the three pseudo-answers as weighted data in statsmodels.
    weights = np.array([promoters + 0.75, passives + 1.5, detractors + 0.75])
    data = DescrStatsW(np.array([1.0, 0.0, -1.0]), weights=weights, ddof=0)
    assert data.mean == pytest.approx(float(p - d))
    half = stats.norm.ppf(0.975) * math.sqrt(data.var / n)
    found = metrics.nps_interval(*shares)
    assert found.score == pytest.approx(100 * (promoters - detractors) / sum(shares))
    assert found.low == pytest.approx(max(100 * (data.mean - half), -100))
    assert found.high == pytest.approx(min(100 * (data.mean + half), 100))
    table = metrics.nps(ratings([9] * promoters + [8] * passives + [0] * detractors), "x")
    assert cell(table, "low") == pytest.approx(found.low)
    assert cell(table, "give_or_take") == pytest.approx(found.give_or_take)


def test_boundaries_of_nps():
    found = metrics.nps(ratings(range(11)), "x").table.iloc[0]
    assert (found["promoters"] * 11, found["passives"] * 11, found["detractors"] * 11) == pytest.approx(
        (2, 2, 7)
    )
    assert found["score"] == pytest.approx(-500 / 11)  # passives stay in the denominator


def test_sample_sizes_reproduce_krejcie_and_morgan_1970():
    for population, n in ((100, 80), (1000, 278), (10_000, 370), (1_000_000, 384)):
        assert metrics.sample_size(0.05, population=population).table.loc[0, "n"] == n
    assert metrics.sample_size(0.05).table.loc[0, "n"] == 385
    assert metrics.sample_size(5, measure="nps").table.loc[0, "n"] == 1537


def test_twelve_accounts_are_a_census():
    found = metrics.sample_size(0.05, population=12, response_rate=0.75)
    assert found.table.loc[0, ["n", "census", "reachable"]].tolist() == [12, True, False]
    assert "non-response" in found.explain()
    assert "only about 9 answers" in found.explain()
    assert metrics.sample_size(0.3, population=12).table.loc[0, "n"] == 6


def test_mean_interval_is_the_t_interval_of_scipy():
    values = np.array([5, 4, 4, 3, 2, 5, 4, 1, 5, 4])
    low, high = stats.t.interval(0.9, 9, values.mean(), stats.sem(values))
    found = metrics.csat(ratings(values), "x", statistic="mean", confidence=0.9)
    assert (cell(found, "low"), cell(found, "high")) == pytest.approx((low, high))


def test_index_is_that_of_fornell_1996():
    answers = pd.DataFrame({"overall": [8, 9, 7, 10], "expected": [7, 9, 6, 8], "ideal": [8, 8, 6, None]})
    found = metrics.index(answers, weights=SCALE, scale=(1, 10)).table.iloc[0]
    rows = answers.dropna().to_numpy() @ np.array(list(SCALE.values()))
    rescaled = (rows - 1) / 9 * 100
    low, high = stats.t.interval(0.95, 2, rescaled.mean(), stats.sem(rescaled))
    assert (found["score"], found["low"], found["high"]) == pytest.approx(
        (rescaled.mean(), low, min(high, 100))
    )
    assert (found["n"], found["n_missing"]) == (3, 1)
    tenfold = metrics.index(answers, weights={k: 10 * v for k, v in SCALE.items()}, scale=(1, 10))
    assert cell(tenfold) == pytest.approx(found["score"])


def test_difference_in_differences_of_means_is_welch():
    rng = np.random.default_rng(3)
    answers = did_frame(rng, 40)
    found = did(answers)
    cells = [
        DescrStatsW(answers.loc[(answers.region == r) & (answers.period == t), "x"])
        for r, t in (("N", 0), ("N", 1), ("S", 0), ("S", 1))
    ]
    effect = cells[1].mean - cells[0].mean - cells[3].mean + cells[2].mean
    assert cell(found, row=2) == pytest.approx(effect)
    low, high = CompareMeans(cells[1], cells[0]).tconfint_diff(usevar="unequal")
    assert (cell(found, "low"), cell(found, "high")) == pytest.approx((low, high))
    slopes = pd.DataFrame({"d": answers.period, "t": answers.region == "N", "x": answers.x}).astype(float)
    design = np.column_stack([np.ones(len(slopes)), slopes.d, slopes.t, slopes.d * slopes.t])
    assert np.linalg.lstsq(design, slopes.x, rcond=None)[0][3] == pytest.approx(effect)


# ------------------------------------------------------------------------------------- coverage
# Every stated 95 % must hold the truth in 93 to 97 of 100 simulated surveys. Answers are discrete and samples
# finite, so the exact coverage swings between neighbouring n; the cases are spread over truths and sizes.


def covered(low, high, truth) -> float:
    return float(np.mean((np.asarray(low) <= truth) & (truth <= np.asarray(high))))


def simulate(draw, analyse, truth, replications, seed=7):
    """Coverage over replications, analysed as segments of one frame: one call, not thousands.

    ``draw(rng, replications)`` gives the rows of all surveys, one survey after another.
    """
    frame = draw(np.random.default_rng(seed), replications)
    frame = frame.assign(survey=np.arange(len(frame)) // (len(frame) // replications))
    table = analyse(frame).table
    assert len(table) == replications
    rate = covered(table["low"], table["high"], truth)
    print(f"coverage {rate:.4f}")
    return rate


@pytest.mark.parametrize(("n", "p"), [(30, 0.6), (60, 0.85), (120, 0.3), (400, 0.95)])
def test_csat_covers(n, p):
    def draw(rng, times):
        return pd.DataFrame({"x": rng.choice([5, 2], n * times, p=[p, 1 - p])})

    rate = simulate(draw, lambda f: metrics.csat(f, "x", segment="survey"), p, 1000)
    assert 0.93 <= rate <= 0.97


@pytest.mark.parametrize(
    ("n", "p"),
    [(20, (0.5, 0.3, 0.2)), (60, (0.62, 0.25, 0.13)), (300, (0.2, 0.3, 0.5)), (40, (0.8, 0.15, 0.05))],
)
def test_nps_covers(n, p):
    def draw(rng, times):
        return pd.DataFrame({"x": rng.choice([10, 8, 3], n * times, p=p)})

    rate = simulate(draw, lambda f: metrics.nps(f, "x", segment="survey"), 100 * (p[0] - p[2]), 1000)
    assert 0.93 <= rate <= 0.97


@pytest.mark.parametrize("n", [25, 100])
@pytest.mark.parametrize("p", [(0.05, 0.1, 0.2, 0.4, 0.25), (0.3, 0.2, 0.2, 0.2, 0.1)])
def test_means_and_ces_cover(n, p):
    truth = float(np.arange(1, 6) @ np.array(p))

    def draw(rng, times):
        return pd.DataFrame({"x": rng.choice(np.arange(1, 6), n * times, p=p)})

    for analyse in (
        lambda f: metrics.csat(f, "x", statistic="mean", segment="survey"),
        lambda f: metrics.ces(f, "x", scale=(1, 5), easy="high", segment="survey"),
    ):
        assert 0.93 <= simulate(draw, analyse, truth, 500) <= 0.97


def clustered(rng, respondents, answers, p, likeness):
    """Respondents who answer several times: each answer copies their own with probability ``likeness``."""
    own = rng.random(respondents) < p
    copied = rng.random((respondents, answers)) < likeness
    fresh = rng.random((respondents, answers)) < p
    satisfied = np.where(copied, own[:, None], fresh).ravel()
    return pd.DataFrame({"who": np.repeat(np.arange(respondents), answers), "satisfied": satisfied})


@pytest.mark.parametrize(
    ("respondents", "answers", "p", "likeness"),
    [(40, 6, 0.6, 0.7), (150, 5, 0.8, 0.6), (300, 4, 0.4, 0.9), (12, 8, 0.5, 0.5)],
)
def test_clustered_csat_and_nps_cover(respondents, answers, p, likeness):
    def draw(rng, times):
        made = clustered(rng, respondents * times, answers, p, likeness)
        # Each survey has its own people, so that their groups are drawn anew.
        return made.assign(x=np.where(made.satisfied, 5, 2), y=np.where(made.satisfied, 10, 3))

    def csat(f):
        return metrics.csat(f, "x", segment="survey", respondent="who")

    def nps(f):
        return metrics.nps(f, "y", segment="survey", respondent="who")

    assert 0.93 <= simulate(draw, csat, p, 400) <= 0.975
    assert 0.93 <= simulate(draw, nps, 100 * (2 * p - 1), 400) <= 0.975
    naive = simulate(draw, lambda f: metrics.csat(f, "x", segment="survey"), p, 400)
    assert naive < 0.9  # what the jackknife is for


def test_weighted_csat_covers():
    # Two strata answer with different zeal; the weights repair exactly that.
    def draw(rng, times):
        young = rng.random(150 * times) < 0.3
        x = np.where(rng.random(150 * times) < np.where(young, 0.5, 0.8), 5, 2)
        return pd.DataFrame({"x": x, "w": np.where(young, 0.5 / 0.3, 0.5 / 0.7)})

    def weighted(f):
        return metrics.csat(f, "x", segment="survey", weights="w")

    assert 0.93 <= simulate(draw, weighted, 0.65, 1000) <= 0.97
    assert simulate(draw, lambda f: metrics.csat(f, "x", segment="survey"), 0.65, 1000) < 0.85


@pytest.mark.parametrize(
    ("n", "p", "q"),
    [
        ((30, 30), (0.5, 0.3, 0.2), (0.4, 0.3, 0.3)),
        ((100, 60), (0.62, 0.25, 0.13), (0.45, 0.3, 0.25)),
        ((20, 200), (0.3, 0.4, 0.3), (0.6, 0.3, 0.1)),
    ],
)
def test_nps_comparison_of_two_samples_covers(n, p, q):
    rng = np.random.default_rng(5)
    counts = [rng.multinomial(size, share, 20_000) for size, share in zip(n, (p, q), strict=True)]
    centre, variance = np.zeros(20_000), np.zeros(20_000)
    for drawn, size, sign in zip(counts, n, (-1, 1), strict=True):
        up, down = (drawn[:, 0] + 0.75) / (size + 3), (drawn[:, 2] + 0.75) / (size + 3)
        centre, variance = centre + sign * (up - down), variance + (up + down - (up - down) ** 2) / (size + 3)
    half = stats.norm.ppf(0.975) * np.sqrt(variance)
    low, high = 100 * (centre - half), 100 * (centre + half)
    rate = covered(low, high, 100 * ((q[0] - q[2]) - (p[0] - p[2])))
    print(f"coverage {rate:.4f}")
    assert 0.93 <= rate <= 0.97
    # The formula above, written down anew, is what the function computes.
    for i in range(5):
        found = metrics.compare_nps(two_groups(counts[0][i], counts[1][i]), "x", by="g").table.loc[
            "difference"
        ]
        assert (found["low"], found["high"]) == pytest.approx((low[i], high[i]))


def two_groups(one, two) -> pd.DataFrame:
    values = np.repeat([10, 8, 3, 10, 8, 3], [*one, *two])
    return pd.DataFrame({"g": ["A"] * sum(one) + ["B"] * sum(two), "x": values})


MAY, JUNE = (0.3, 0.4, 0.3), (0.5, 0.3, 0.2)


def waves(rng, n, keep):
    """Keep the first answer with probability ``keep``, else answer anew."""
    first = rng.choice([10, 8, 3], n, p=MAY)
    return first, np.where(rng.random(n) < keep, first, rng.choice([10, 8, 3], n, p=JUNE))


def panel(rng, n, keep):
    first, second = waves(rng, n, keep)
    wave = np.repeat(["May", "June"], n)
    return pd.DataFrame({"who": np.tile(np.arange(n), 2), "g": wave, "x": np.concatenate([first, second])})


def compare_waves(frame, **more):
    found = metrics.compare_nps(frame, "x", by="g", first="May", second="June", **more)
    return found.table.loc["difference"]


@pytest.mark.parametrize(("n", "keep"), [(12, 0.3), (40, 0.6), (150, 0.8)])
def test_paired_nps_covers(n, keep):
    rng, found = np.random.default_rng(9), []
    for _ in range(2500):
        first, second = (np.select([x >= 9, x <= 6], [1.0, -1.0], 0.0) for x in waves(rng, n, keep))
        found.append(metrics_comparison._paired_interval(second - first, 0.95))
    rate = covered([f.low for f in found], [f.high for f in found], 100 * (1 - keep) * 0.3)
    print(f"coverage {rate:.4f}")
    assert 0.93 <= rate <= 0.97


def test_a_panel_compared_unpaired_knows_by_the_jackknife_who_answered_twice():
    rng = np.random.default_rng(10)
    ratios, strangers = [], []
    for _ in range(8):
        frame = panel(rng, 300, 0.7)
        jackknife = compare_waves(frame, respondent="who")["give_or_take"]
        ratios.append(jackknife / compare_waves(frame, paired=True, respondent="who")["give_or_take"])
        strangers.append(jackknife / compare_waves(frame)["give_or_take"])
    assert np.mean(ratios) == pytest.approx(1, abs=0.08)
    assert np.mean(strangers) < 0.75


STEPS = [
    (a, min(max(a + d, 1), 5), p * q)
    for a, p in ((3, 0.3), (4, 0.4), (5, 0.3))
    for d, q in ((-1, 0.3), (0, 0.4), (1, 0.3))
]


@pytest.mark.parametrize(
    ("function", "value"), [(metrics.ratio, lambda a, b: b / a), (metrics.difference, lambda a, b: b - a)]
)
def test_ratio_and_difference_cover(function, value):
    pairs = np.array([(a, b) for a, b, _ in STEPS])
    shares = [share for _, _, share in STEPS]

    def draw(rng, times):
        return pd.DataFrame(pairs[rng.choice(len(STEPS), 60 * times, p=shares)], columns=["a", "b"])

    truth = sum(share * value(a, b) for a, b, share in STEPS)
    rate = simulate(draw, lambda f: function(f, perceived="b", expected="a", segment="survey"), truth, 1000)
    assert 0.93 <= rate <= 0.97


def test_index_and_composite_cover():
    def draw(rng, times):
        own = rng.normal(0, 1, (80 * times, 1))
        x = np.clip(np.round(own + np.array([6.0, 7.0, 6.5]) + rng.normal(0, 1, (80 * times, 3))), 1, 10)
        return pd.DataFrame(x, columns=list(SCALE))

    truth = float(draw(np.random.default_rng(0), 10_000).to_numpy().mean(axis=0) @ list(SCALE.values()))

    def index(f):
        return metrics.index(f, weights=SCALE, scale=(1, 10), segment="survey")

    assert 0.93 <= simulate(draw, index, (truth - 1) / 9 * 100, 300) <= 0.97
    found = simulate(draw, lambda f: metrics.composite(f, weights=SCALE, item="survey", draws=1), truth, 300)
    assert 0.93 <= found <= 0.97


def did_arrays(rng, n, effect=0.5, panel_spread=0.0):
    """2n respondents, the first n in the north; each answers before and after."""
    who = np.tile(np.arange(2 * n), 2)
    place = 2 * (who >= n) + np.repeat([0, 1], 2 * n)
    own = np.tile(rng.normal(0, panel_spread, 2 * n), 2)
    mean = np.array([3.4, 3.7 + effect, 3.0, 3.3])[place]
    return mean + own + rng.normal(0, 1, 4 * n), place, who


def did_frame(rng, n, effect=0.5, panel_spread=0.0):
    x, place, who = did_arrays(rng, n, effect, panel_spread)
    return pd.DataFrame({"who": who, "region": np.where(place < 2, "N", "S"), "period": place % 2, "x": x})


def did(frame, **more):
    return metrics.difference_in_differences(
        frame, "x", group="region", changed="N", time="period", before=0, after=1, **more
    )


@pytest.mark.parametrize(("n", "spread"), [(15, 0.0), (60, 0.0), (60, 1.5), (200, 1.0)])
def test_difference_in_differences_covers(n, spread):
    rng, found = np.random.default_rng(12), []
    for i in range(1500):
        x, place, who = did_arrays(rng, n, panel_spread=spread)
        groups = tally.respondent_groups(pd.Series(who + 2 * n * i)) if spread else None
        found.append(metrics_before_after._movements(x, place, np.ones(len(x)), groups, 0.95)[1][2])
    rate = covered([f.low for f in found], [f.high for f in found], 0.5)
    print(f"coverage {rate:.4f}")
    assert 0.93 <= rate <= 0.97
    frame = did_frame(np.random.default_rng(1), n, panel_spread=spread)
    place = 2 * (frame["region"] == "S") + frame["period"]
    groups = tally.respondent_groups(frame["who"]) if spread else None
    x, place = frame["x"].to_numpy(), place.to_numpy()
    same = metrics_before_after._movements(x, place, np.ones(len(frame)), groups, 0.95)[1]
    table = did(frame, respondent="who" if spread else None).table
    assert table["low"].tolist() == pytest.approx([f.low for f in same])
    assert table["high"].tolist() == pytest.approx([f.high for f in same])


def test_benchmark_of_two_surveys_covers():
    def survey(rng, n, p, times=700):
        x = rng.choice([5, 2], n * times, p=[p, 1 - p])
        return metrics.csat(pd.DataFrame({"x": x, "s": np.arange(n * times) // n}), "x", segment="s")

    rng = np.random.default_rng(13)
    table = metrics.benchmark(survey(rng, 80, 0.7), {"two": survey(rng, 120, 0.6)}).table
    rate = covered(table["low"], table["high"], 0.1)
    print(f"coverage {rate:.4f}")
    assert 0.93 <= rate <= 0.97


# ----------------------------------------------------------------------------------- invariances


def survey_frame(n=400) -> pd.DataFrame:
    rng = np.random.default_rng(21)
    made = pd.DataFrame({"who": rng.integers(0, 150, n), "region": rng.choice(["north", "south"], n)})
    made["csat"] = pd.Series(rng.integers(1, 6, n)).where(rng.random(n) > 0.1)
    made["nps"] = pd.Series(rng.integers(0, 11, n)).where(rng.random(n) > 0.1)
    made["ces"] = rng.integers(1, 8, n)
    made["w"] = rng.integers(1, 8, n) / 4
    return made


ANALYSES = {
    "csat": lambda f: metrics.csat(f, "csat", segment="region", respondent="who", weights="w"),
    "mean": lambda f: metrics.csat(f, "csat", statistic="mean", segment="region"),
    "nps": lambda f: metrics.nps(f, "nps", segment="region", respondent="who"),
    "ces": lambda f: metrics.ces(f, "ces", scale=(1, 7), easy="high", segment="region", weights="w"),
    "ces-top": lambda f: metrics.ces(
        f, "ces", scale=(1, 7), easy="low", statistic="top-box", segment="region"
    ),
    "compare": lambda f: metrics.compare_nps(f, "nps", by="region", respondent="who", weights="w"),
    "ratio": lambda f: metrics.ratio(f, perceived="csat", expected="ces", segment="region", respondent="who"),
    "difference": lambda f: metrics.difference(f, perceived="csat", expected="ces", segment="region"),
    "index": lambda f: metrics.index(
        f, weights={"csat": 2, "ces": 1}, scale=(1, 7), segment="region", respondent="who"
    ),
    "composite": lambda f: metrics.composite(
        f, item="region", weights={"csat": 0.5, "ces": 0.5}, respondent="who"
    ),
    "scale": lambda f: metrics.scale_dependence(f, perceived="csat", expected="ces", scale=(1, 7)),
}


@pytest.mark.parametrize("name", ANALYSES)
def test_every_result_draws_and_explains_in_both_languages(name, speaks_and_draws):
    speaks_and_draws(ANALYSES[name](survey_frame()))


def test_scaling_the_weights_changes_nothing():
    frame = survey_frame()
    one = metrics.csat(frame, "csat", weights="w").table
    two = metrics.csat(frame.assign(w=1000 * frame["w"]), "csat", weights="w").table
    pd.testing.assert_frame_equal(one, two)
    equal = metrics.nps(frame.assign(w=3.0), "nps", weights="w").table
    pd.testing.assert_frame_equal(equal, metrics.nps(frame, "nps").table)


def test_turning_the_scale_round_turns_the_score_round():
    frame = survey_frame()
    back = frame.assign(ces=8 - frame["ces"])
    one = metrics.ces(frame, "ces", scale=(1, 7), easy="high", statistic="top-box").table
    two = metrics.ces(back, "ces", scale=(1, 7), easy="low", statistic="top-box").table
    pd.testing.assert_frame_equal(one, two)
    mean = metrics.ces(back, "ces", scale=(1, 7), easy="low").table
    assert mean["score"][0] == pytest.approx(
        8 - metrics.ces(frame, "ces", scale=(1, 7), easy="high").table["score"][0]
    )


def test_missing_answers_are_counted_not_dropped():
    frame = survey_frame()
    found = metrics.csat(frame, "csat").table.iloc[0]
    assert found["n"] + found["n_missing"] == len(frame)
    assert found["n_missing"] == frame["csat"].isna().sum() > 0
    assert f"{found['n_missing']:.0f} missing" in metrics.csat(frame, "csat").explain()
    pair = metrics.difference(frame, perceived="csat", expected="nps").table.iloc[0]
    assert pair["n_missing"] == (frame["csat"].isna() | frame["nps"].isna()).sum()


def test_segments_keep_their_order_and_a_missing_segment_is_shown():
    frame = survey_frame()
    frame["region"] = pd.Categorical(frame["region"], ["south", "north", "west"], ordered=True)
    frame.loc[:9, "region"] = None
    result = metrics.nps(frame, "nps", segment="region")
    assert [str(v) for v in result.table["region"]] == ["south", "north", "nan"]
    assert "(missing)" in result.explain()


def test_many_segments_are_summed_up():
    frame = survey_frame().assign(region=[f"r{i % 9}" for i in range(400)])
    assert "over 9 segments" in metrics.csat(frame, "csat", segment="region").explain()


def test_answers_of_one_respondent_have_no_interval():
    one = pd.DataFrame({"who": [1, 1, 1], "x": [9, 3, 10]})
    assert math.isnan(cell(metrics.nps(one, "x", respondent="who"), "low"))
    assert "No interval" in metrics.nps(one, "x", respondent="who").explain()
    assert math.isnan(cell(metrics.csat(one.assign(x=4), "x", statistic="mean"), "low"))
    metrics.nps(one, "x", respondent="who").plot()


def test_unanimous_repeat_answers_count_respondents_not_answers():
    same = pd.DataFrame({"who": np.repeat(np.arange(10), 20), "x": 5})
    groups = cell(metrics.csat(same, "x", respondent="who"), "n_effective")
    assert groups <= 10
    assert (
        cell(metrics.csat(same, "x", respondent="who"), "low") < 0.75 < cell(metrics.csat(same, "x"), "low")
    )


# ---------------------------------------------------------------------------- each measure's own


def test_ratio_and_its_failures():
    frame = pd.DataFrame({"b": [4, 5, 3], "a": [5, 4, 0]}, index=["x", "y", "z"])
    with pytest.raises(DataError, match="there is no C") as caught:
        metrics.ratio(frame, perceived="b", expected="a")
    assert (caught.value.row, caught.value.value, caught.value.rows) == ("z", 0, 1)
    with pytest.raises(DataError, match="its sign turns"):
        metrics.ratio(frame.assign(a=-1), perceived="b", expected="a")
    assert cell(metrics.difference(frame, perceived="b", expected="a")) == pytest.approx(1)
    found = metrics.ratio(frame.assign(a=[5, 4, 3]), perceived="b", expected="a").table.iloc[0]
    assert found["score"] == pytest.approx((0.8 + 1.25 + 1) / 3)
    assert (found["of_means"], found["share_met"]) == pytest.approx((1, 2 / 3))


def test_scale_dependence_of_c():
    # 2 of 3 against 4 of 5: C .667 < .8; and 2 of 2 against 4 of 4 both 1. Coded 0–10, 1 becomes 0.
    found = metrics.scale_dependence(
        pd.DataFrame({"b": [4, 2, 5], "a": [5, 3, 1]}), perceived="b", expected="a"
    )
    by_pair = found.table.set_index(["perceived", "expected"])
    assert by_pair.loc[(4, 5), ["ratio", "ratio_other"]].tolist() == pytest.approx([0.8, 0.75])
    assert by_pair.loc[(2, 3), ["ratio", "ratio_other"]].tolist() == pytest.approx([2 / 3, 0.5])
    assert math.isnan(by_pair.loc[(5, 1), "ratio_other"])
    assert found.undefined == 1
    assert "One answer loses its C" in found.explain()
    # 1/2 < 3/5 coded 1–5; coded 0–10 it is 0/2.5 < 5/10; but 3/2 > 5/4 becomes 5/2.5 > 10/7.5, and
    # 4/3 < 3/2 stays; an order that turns: 2/4 = .5 > 1/3 = .33; to find one at all, take all pairs.
    every = pd.DataFrame([(b, a) for b in range(1, 6) for a in range(1, 6)], columns=["b", "a"])
    all_pairs = metrics.scale_dependence(every, perceived="b", expected="a")
    # Nine of the ten open or close a tie; only 1 of 2 and 2 of 5 change places.
    assert (all_pairs.pairs, all_pairs.flips, all_pairs.ties) == (190, 10, 9)
    assert "5 answers lose their C" in all_pairs.explain()
    assert "10 change their order, 9 of these to or from a tie" in all_pairs.explain()
    order = all_pairs.table["difference"].rank().tolist()
    assert order == all_pairs.table["difference_other"].rank().tolist()


def test_composite_and_its_sensitivity():
    branches = pd.DataFrame({"b": ["A", "B", "C"], "speed": [4.4, 4.0, 3.0], "price": [3.4, 3.8, 3.0]})
    found = metrics.composite(branches, item="b", weights={"speed": 0.5, "price": 0.5})
    by_name = found.table.set_index("b")
    assert by_name["score"].tolist() == pytest.approx([3.9, 3.9, 3.0])
    assert by_name["rank"].tolist() == [1, 1, 3]
    assert by_name.loc["C", ["rank_best", "rank_worst"]].tolist() == [3, 3]
    assert by_name.loc["A", "rank_worst"] == 2
    assert by_name.loc["A", "share_first"] == pytest.approx(0.5, abs=0.05)
    clear = metrics.composite(branches, item="b", weights={"speed": 90, "price": 10}, total=100, vary=0.2)
    assert clear.table.loc[0, ["b", "share_first"]].tolist() == ["A", 1]
    again = metrics.composite(branches, item="b", weights={"speed": 90, "price": 10}, total=100, vary=0.2)
    pd.testing.assert_frame_equal(clear.table, again.table)
    with pytest.raises(ArgumentError, match=r"sum to 0\.9"):
        metrics.composite(branches, item="b", weights={"speed": 0.5, "price": 0.4})
    normal = metrics.composite(branches, item="b", weights={"speed": 9, "price": 1}, normalize=True)
    assert cell(normal) == pytest.approx(0.9 * 4.4 + 0.1 * 3.4)
    axis = "Weighted score{} (bars: weights ± 25 %; #: ranks)"
    assert found.plot().get_xlabel() == axis.format("")
    shares = {"speed": 0.5, "price": 0.5}
    own = metrics.composite(branches, item="b", weights=shares, unit="0–100")
    assert own.plot().get_xlabel() == axis.format(", 0–100")
    whole = metrics.composite(branches.round(), item="b", weights=shares, scale=(1, 5))
    assert whole.plot().get_xlabel() == axis.format(", 1–5")
    for wrong in ({"vary": 25}, {"vary": 0}, {"draws": 0}):
        with pytest.raises(ArgumentError):
            metrics.composite(branches, item="b", weights={"speed": 0.5, "price": 0.5}, **wrong)


def test_benchmark_by_segment_and_its_refusals():
    frame = survey_frame()
    now, past = metrics.nps(frame, "nps", segment="region"), metrics.nps(frame[200:], "nps", segment="region")
    found = metrics.benchmark(now, {"past": past, "industry": 90})
    assert found.table["exceeds"].tolist() == [False, True, False, True]
    assert found.table["region"].tolist() == ["north", "north", "south", "south"]
    assert "no difference is shown" in found.explain()
    found.plot()
    whole = metrics.csat(frame, "csat")
    exact = metrics.benchmark(whole, {"industry": 0.4}).table.iloc[0]
    assert (exact["low"], exact["high"]) == pytest.approx(
        (cell(whole, "low") - 0.4, cell(whole, "high") - 0.4)
    )
    with pytest.raises(ArgumentError, match=r"Write 0\.71 for 71 %"):
        metrics.benchmark(whole, {"industry": 71})
    with pytest.raises(ArgumentError, match="same measure"):
        metrics.benchmark(whole, {"nps": now})
    with pytest.raises(ArgumentError, match="same measure"):
        metrics.benchmark(whole, {"top 1": metrics.csat(frame, "csat", top=1)})
    with pytest.raises(ArgumentError, match="segment that occurs"):
        metrics.benchmark(now, {"past": metrics.nps(frame[frame.region == "north"], "nps", segment="region")})
    with pytest.raises(ArgumentError):
        metrics.benchmark(frame, {"x": 1})


def test_an_exact_benchmark_of_a_score_without_interval_shows_nothing():
    flat = metrics.csat(ratings([4, 4, 4]), "x", statistic="mean")
    assert metrics.benchmark(flat, {"industry": 3.0}).table["exceeds"].tolist() == [False]


def test_difference_in_differences_of_shares_plots_and_refuses():
    frame = did_frame(np.random.default_rng(2), 80).assign(x=lambda f: f.x.round().clip(1, 5))
    found = did(frame, scale=(1, 5), top=2)
    north = frame[frame.region == "N"].groupby("period")["x"].agg(lambda v: (v >= 4).mean())
    assert found.table.loc["changed", ["before", "after"]].tolist() == pytest.approx(north.tolist())
    assert " points, give or take " in found.explain()
    assert "moved alike" in found.explain()
    found.plot()
    three = pd.concat([frame, frame[frame.region == "S"].assign(region="W")])
    assert did(three).table.loc["unchanged", "n"] == 320
    assert did(three, unchanged="S").table.loc["unchanged", "n"] == 160
    for wrong in ({"unchanged": "N"}, {"unchanged": "east"}):
        with pytest.raises(ArgumentError):
            did(frame, **wrong)
    with pytest.raises(ArgumentError, match="segment that occurs"):
        metrics.difference_in_differences(
            frame, "x", group="region", changed="N", time="period", before=0, after=7
        )
    with pytest.raises(ArgumentError, match="two answers"):
        did(
            frame[~((frame.region == "S") & (frame.period == 1))].pipe(
                lambda f: pd.concat([f, frame.tail(1)])
            )
        )


def test_a_large_person_effect_needs_the_respondents():
    frame = did_frame(np.random.default_rng(4), 200, panel_spread=3)
    known, unknown = did(frame, respondent="who"), did(frame)
    assert known.table.loc["effect", "give_or_take"] < 0.5 * unknown.table.loc["effect", "give_or_take"]


def test_delivered_value():
    up = {"product": 60, "service": 25, "personnel": 10, "image": 5}
    down = {"money": 50, "time": 15, "energy": 5, "psychic": 10}
    found = metrics.delivered_value(up, down, ranges={"time": 30, "service": 5})
    assert (found.difference, found.ratio, found.benefits, found.costs) == (20, 1.25, 100, 80)
    first = found.table.iloc[0]
    # A cost of 15 cannot fall by 30: the range is cut at 0.
    assert first[["part", "value_low", "value_high"]].tolist() == ["time", -10, 35]
    assert found.table.iloc[1][["part", "value_low", "value_high"]].tolist() == ["service", 15, 25]
    assert "turn the sign" in found.explain()
    ax = found.tornado()
    assert plots.describe(ax.figure)["axes"][0]["patches"] == 16
    # Two of the eight have a range; the other rows say that they have none.
    assert [words.get_text() for words in ax.texts] == ["no range given"] * 6
    assert {words.xy[1] for words in ax.texts} == set(range(6))
    plain = metrics.delivered_value(up, down)
    assert plots.describe(plain.plot().figure)["axes"][0]["patches"] == 8
    for bad in ({"product": 60}, {**up, "price": 1}, {**up, "image": -1}, {**up, "image": "5"}):
        with pytest.raises(ArgumentError, match="product, service, personnel, image"):
            metrics.delivered_value(bad, down)
    with pytest.raises(ArgumentError, match="more than 0"):
        metrics.delivered_value(up, dict.fromkeys(down, 0))
    for bad in ({"speed": 1}, {"time": -1}):
        with pytest.raises(ArgumentError):
            metrics.delivered_value(up, down, ranges=bad)


def test_paired_nps_reports_who_is_not_paired():
    frame = panel(np.random.default_rng(1), 50, 0.5)
    lost = frame.drop(index=[0, 1, 60])
    found = metrics.compare_nps(lost, "x", by="g", first="May", second="June", paired=True, respondent="who")
    assert (found.n_unpaired, found.table.loc["difference", "n"]) == (3, 47)
    assert "3 did so only once" in found.explain()
    scores = found.table["score"]
    assert scores["second"] - scores["first"] == pytest.approx(scores["difference"])
    with pytest.raises(DataError, match="one row for each respondent"):
        metrics.compare_nps(
            pd.concat([frame, frame.head(1)]),
            "x",
            by="g",
            first="May",
            second="June",
            paired=True,
            respondent="who",
        )
    with pytest.raises(ArgumentError, match="who answered"):
        metrics.compare_nps(frame, "x", by="g", paired=True)
    with pytest.raises(ArgumentError, match="two values"):
        metrics.compare_nps(pd.concat([frame, frame.assign(g="July")]), "x", by="g")
    with pytest.raises(ArgumentError, match="segment that occurs"):
        metrics.compare_nps(frame, "x", by="g", first="May", second="Juli")
    nobody_moved = frame.assign(x=8)
    still = metrics.compare_nps(nobody_moved, "x", by="g", paired=True, respondent="who")
    assert not still.differs
    assert still.table.loc["difference", "give_or_take"] > 0


def test_answers_side_by_side_are_pairs():
    frame = panel(np.random.default_rng(1), 50, 0.5)
    wide = frame.pivot_table(index="who", columns="g", values="x").astype(float).reset_index()
    one = metrics.compare_nps(wide, "June", before="May").table
    two = metrics.compare_nps(
        frame, "x", by="g", first="May", second="June", paired=True, respondent="who"
    ).table
    columns = ["n", "score", "low", "high"]
    assert one.loc["difference", columns].tolist() == pytest.approx(two.loc["difference", columns].tolist())
    wide.loc[0, "May"], wide.loc[1, "June"], wide.loc[2, ["May", "June"]] = None, None, None
    found = metrics.compare_nps(wide, "June", before="May")
    assert (found.n_unpaired, *found.table.loc["difference", ["n", "n_missing"]]) == (2, 47, 3)
    scores = found.table["score"]
    assert scores["second"] - scores["first"] == pytest.approx(scores["difference"])
    for row in ("first", "second"):
        assert one.loc[row, columns].tolist() == pytest.approx(two.loc[row, columns].tolist())
    found.plot()
    # Three orders of each customer: no more than one customer's worth of news.
    thrice = pd.concat([wide] * 3, ignore_index=True)
    clustered_ = metrics.compare_nps(thrice, "June", before="May", respondent="who").table
    naive = metrics.compare_nps(thrice, "June", before="May").table
    wider = clustered_.loc["difference", "give_or_take"] / naive.loc["difference", "give_or_take"]
    assert wider == pytest.approx(math.sqrt(3), rel=0.25)
    for wrong in ({}, {"by": "who", "before": "May"}):
        with pytest.raises(ArgumentError, match="either by="):
            metrics.compare_nps(wide, "June", **wrong)


# ------------------------------------------------------------------------------ what people read


def drawn(result):
    ax = result.plot()
    ax.figure.canvas.draw()
    return ax


def title(ax) -> str:
    return ax.get_title(loc="left").replace("\n", " ")


def ticks(axis) -> list[str]:
    return [label.get_text() for label in axis.get_ticklabels()]


def shares(*counts) -> pd.DataFrame:
    """Segments with so many satisfied of so many answers."""
    rows = [(name, 5 if i < k else 1) for name, k, n in counts for i in range(n)]
    return pd.DataFrame(rows, columns=["s", "x"])


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [
        (-32.5, 0, "−33"),
        (32.5, 0, "33"),
        (-0.4, 0, "0"),
        (-0.3, 1, "−0.3"),
        (0.125, 2, "0.13"),
        (1.005, 2, "1.01"),
    ],
)
def test_halves_are_rounded_away_from_zero(value, digits, said):
    assert metrics_words.rounded(value, digits) == said


def test_an_nps_of_minus_32_and_a_half_is_minus_33_in_words():
    found = metrics.nps(ratings([10] * 9 + [8] * 9 + [0] * 22), "x")
    assert cell(found) == pytest.approx(-32.5)
    assert found.explain().startswith("NPS: −33,")


def test_a_decimal_is_added_where_rounding_would_mislead():
    # 373 of 760 against 344 of 773: an end just below 0, which "0 to 10" would hide.
    one, two = (metrics.csat(shares(("a", k, n)), "x") for k, n in ((373, 760), (344, 773)))
    found = metrics.benchmark(one, {"two": two, "exact": 0.4})
    assert -0.005 < cell(found, "low") < 0
    assert "Against two: 4.6 points, interval −0.4 to 9.5 points, so no difference" in found.explain()
    assert "Against exact: 9 points, interval 6 to 13 points" in found.explain()
    answers = pd.DataFrame({"a": [6, 7] * 800})
    narrow = metrics.index(answers, weights={"a": 1}, scale=(1, 10))
    assert "61.1, give or take 0.3 (95 % interval 60.8 to 61.4" in narrow.explain()
    close = metrics.csat(shares(("a", 450, 1000), ("b", 452, 1000)), "x", segment="s")
    assert "45.0 % (a), 45.2 % (b), within chance" in title(drawn(close))


def test_shares_differ_by_points_not_per_cent():
    frame = did_frame(np.random.default_rng(2), 80).assign(x=lambda f: f.x.round().clip(1, 5))
    found = did(frame, scale=(1, 5), top=2)
    assert "%" not in found.explain().replace("95 % interval", "")
    assert "points more than S would" in title(drawn(found))
    against = metrics.benchmark(metrics.csat(frame, "x"), {"industry": 0.4})
    assert "%" not in against.explain()
    ax = drawn(against)
    assert "points" in ax.get_xlabel()
    assert not any("%" in tick for tick in ticks(ax.xaxis))
    assert metrics_words.say_score(0.01, "share_points") == "1 point"
    assert metrics_words.say_score(-0.012, "share_points") == "−1 point"
    set_language("zh_CN")
    assert " 个百分点）。" in found.explain()


def test_tick_labels_are_true():
    # Ends that make matplotlib choose steps of 2.5 %.
    for low, high in ((0.475, 0.575), (0.41, 0.53), (-0.02, 0.11), (0.4, 0.404), (0, 1)):
        _, ax = plt.subplots()
        ax.plot([low, high], [0, 1])
        metrics_plots.hundredfold(ax.xaxis, " %")
        ax.figure.canvas.draw()
        for place, said in zip(ax.get_xticks(), ticks(ax.xaxis), strict=True):
            number = float(said.removesuffix(" %").replace("−", "-"))
            assert number == pytest.approx(100 * place, abs=1e-6)
    found = metrics.sample_size(0.025)
    assert "2.5 %" in found.explain()
    drawn(found)


def test_the_title_of_a_benchmark_says_the_finding():
    now = metrics.nps(ratings([10] * 100 + [8] * 60 + [3] * 40), "x")
    found = metrics.benchmark(now, {"own past": 10, "the industry": 60, "the rival": 29})
    assert (
        title(drawn(found)) == "NPS: above own past, below the industry, no difference shown from the rival"
    )
    two = metrics.csat(shares(("a", 90, 100), ("b", 50, 100)), "x", segment="s")
    found = metrics.benchmark(two, {"past": 0.5, "industry": 0.7})
    assert title(drawn(found)).endswith(
        "a above past and industry; b below industry, no difference shown from past"
    )
    many = metrics.benchmark(two, {f"year {i}": 0.1 * i for i in range(2, 7)})
    assert "of 10 comparisons 8 above, 1 below, 1 within chance" in title(drawn(many))
    set_language("zh_CN")
    assert "：" in title(drawn(found))
    assert "；b" in title(drawn(found)).replace(" b", "b")


def test_titles_say_how_much_and_axes_in_what():
    answers = [(w, 10 if i < k else 0) for w, k in (("spring", 20), ("summer", 80)) for i in range(100)]
    frame = pd.DataFrame(answers, columns=["when", "x"])
    up = metrics.compare_nps(frame, "x", by="when", first="spring", second="summer")
    down = metrics.compare_nps(frame, "x", by="when", first="summer", second="spring")
    assert title(drawn(up)) == "NPS: summer 120 points above spring"
    assert title(drawn(down)) == "NPS: spring 120 points below summer"
    months = metrics.nps(
        frame.assign(month=frame["when"].map({"spring": 3, "summer": 9})), "x", segment="month"
    )
    assert title(drawn(months)) == "NPS: from −60 (month 3) to 60 (month 9)"
    assert "month 3: −60" in months.explain()
    assert ticks(months.plot().yaxis) == ["3", "9"]
    index = metrics.index(frame, weights={"x": 1}, scale=(0, 10))
    mean = metrics.csat(frame, "x", scale=(0, 10), statistic="mean")
    found = [
        metrics.benchmark(s, {"past": 5}).plot().get_xlabel() for s in (metrics.nps(frame, "x"), index, mean)
    ]
    assert [label.split(",")[0] for label in found] == [
        "Difference in NPS points",
        "Difference in index points",
        "Difference in points of the scale",
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"margin": 0.05}, "±5 % takes 385 answers, half that margin 1,537"),
        ({"margin": 0.05, "population": 120}, "±5 % takes 92 of 120, half that margin 112"),
        ({"margin": 0.05, "population": 12}, "±5 % takes all 12: a census"),
        ({"margin": 5, "measure": "nps"}, "±5 takes 1,537 answers, half that margin 6,147"),
    ],
)
def test_the_title_of_a_sample_size_says_what_half_the_margin_costs(given, said):
    assert title(drawn(metrics.sample_size(**given))) == said


@pytest.mark.parametrize(
    ("expected", "perceived", "said"),
    [
        (5, 2, "the two change places"),
        (4, 2, "a tie in one, none in the other"),
        (3, 3, "here the order stays"),
        (1, 1, "coded 0–10, not everybody has one"),
        (2, 1, "C depends on the coding of the answers"),
    ],
)
def test_two_customers_beside_each_other(expected, perceived, said):
    frame = pd.DataFrame({"a": [2, expected], "b": [1, perceived]})
    found = metrics.scale_dependence(frame, perceived="b", expected="a")
    ax = drawn(found)
    assert said in title(ax)
    assert " 0 comparisons" not in found.explain()
    assert "1 answers" not in found.explain()
    assert "got 1, expected 2" in [each.get_text() for each in ax.texts]


def test_dots_of_a_few_pairs_and_the_two_that_turn_are_labelled():
    frame = pd.DataFrame({"a": [2, 5, 4, 3, 2, 4], "b": [1, 2, 2, 5, 2, 4]})
    few = drawn(metrics.scale_dependence(frame, perceived="b", expected="a"))
    assert {each.get_text() for each in few.texts} == {
        "got 1, expected 2",
        "got 2, expected 5",
        "got 2, expected 4",
        "got 5, expected 3",
        "got 2, expected 2; got 4, expected 4",  # one dot
    }
    boxes = [each.get_window_extent() for each in few.texts]
    assert not any(one.overlaps(two) for i, one in enumerate(boxes) for two in boxes[:i])
    every = pd.DataFrame([(b, a) for b in range(1, 6) for a in range(1, 6)], columns=["b", "a"])
    many = drawn(metrics.scale_dependence(every, perceived="b", expected="a"))
    assert {each.get_text() for each in many.texts} == {
        "got 1, expected 2",
        "got 2, expected 5",
    }
    frame = many.get_window_extent()
    for label in many.texts:
        assert frame.x0 <= label.get_window_extent().x0
        assert label.get_window_extent().x1 <= frame.x1
    calm = every[every["b"] == every["a"]]
    calm = pd.concat([calm, pd.DataFrame({"b": [2, 3, 4], "a": [5, 5, 5]})])
    assert not drawn(metrics.scale_dependence(calm, perceived="b", expected="a")).texts


def test_dots_carry_the_names_that_the_index_holds():
    frame = pd.DataFrame({"a": [2, 5, 2], "b": [1, 2, 1]}, index=["A", "B", "C"])
    found = metrics.scale_dependence(frame.iloc[:2], perceived="b", expected="a")
    assert {each.get_text() for each in drawn(found).texts} == {
        "A: got 1, expected 2",
        "B: got 2, expected 5",
    }
    assert found.explain().startswith("A got 1 and expected 2: C is 0.50 coded 1–5, and 0.00 coded 0–10.")
    shared = metrics.scale_dependence(frame, perceived="b", expected="a")
    assert "A, C: got 1, expected 2" in {each.get_text() for each in drawn(shared).texts}
    crowd = pd.DataFrame({"a": 2, "b": 1}, index=list("ABCD"))
    crowd = metrics.scale_dependence(crowd, perceived="b", expected="a")
    assert {each.get_text() for each in drawn(crowd).texts} == {"got 1, expected 2"}
    assert crowd.explain().startswith("Who got 1 and expected 2 has C = ")
    plain = metrics.scale_dependence(frame.reset_index(drop=True), perceived="b", expected="a")
    assert "who" not in plain.table
    set_language("zh_CN")
    assert "A：感知 1、期望 2" in {each.get_text() for each in drawn(found).texts}
    assert found.explain().startswith("A 感知 1、期望 2，")


@pytest.mark.parametrize("column", ["came back, %", "came back (%)", "came back %", "回头客（%）"])
def test_a_column_of_per_cent_moves_by_points(column):
    frame = did_frame(np.random.default_rng(8), 40).assign(x=lambda f: 20 * f["x"])
    found = metrics.difference_in_differences(
        frame.rename(columns={"x": column}),
        column,
        group="region",
        changed="N",
        time="period",
        before=0,
        after=1,
    )
    score = metrics_words.rounded(found.table.loc["effect", "score"], 0)
    name = column.split("（")[0] if "（" in column else "came back"
    assert title(drawn(found)) == f"{name}: N {score} points more than S would have led us to expect"
    assert f"worth {score} points, give or take" in found.explain()
    assert found.plot().get_ylabel() == column
    set_language("zh_CN")
    assert title(drawn(found)) == f"{name}：N 比按 S 推算的多 {score} 个百分点"


def test_a_half_at_an_end_is_not_rounded_away_beside_the_table():
    frame = pd.DataFrame({"x": [10] * 9 + [8] * 9 + [0] * 22 + [10] * 40, "month": [3] * 40 + [9] * 40})
    found = metrics.nps(frame, "x", segment="month")
    assert found.table["score"].tolist() == pytest.approx([-32.5, 100])
    assert title(drawn(found)) == "NPS: from −32.5 (month 3) to 100.0 (month 9)"
    assert "month 3: −32.5," in found.explain()


def test_a_numeric_column_is_said_as_exactly_as_its_give_or_take():
    rng = np.random.default_rng(8)
    frame = did_frame(rng, 40).rename(columns={"x": "price"})

    def compared(scale):
        return metrics.difference_in_differences(
            frame.assign(price=scale * frame["price"]),
            "price",
            group="region",
            changed="N",
            time="period",
            before=0,
            after=1,
        )

    for scale, digits in ((1000, 0), (20, 0), (10, 1), (1, 2), (0.1, 2), (0.01, 3)):
        found = compared(scale)
        score, margin = (found.table.loc["effect", name] for name in ("score", "give_or_take"))
        said = f"{metrics_words.rounded(score, digits)}, give or take {metrics_words.rounded(margin, digits)}"
        assert f"worth {said} (" in found.explain()
    ax = drawn(found)
    assert ax.get_ylabel() == "price"
    assert title(ax).startswith("price: N 0.")
    assert "more than S would have led us to expect" in title(ax)
    turned = metrics.difference_in_differences(
        frame.assign(price=-10 * frame["price"]),
        "price",
        group="region",
        changed="N",
        time="period",
        before=0,
        after=1,
    )
    assert "less than S would" in title(drawn(turned))
    assert "−" not in title(drawn(turned))
    nothing = frame.assign(price=rng.normal(0, 1, len(frame)).round(3))
    still = metrics.difference_in_differences(
        nothing, "price", group="region", changed="N", time="period", before=0, after=1
    )
    effect = still.table.loc["effect"]
    assert effect["low"] < 0 < effect["high"]
    assert title(drawn(still)).endswith(", within chance")


@pytest.mark.parametrize(
    ("margin", "digits"),
    [(130, 0), (11, 0), (9.73, 0), (6.2, 1), (0.97, 1), (0.35, 2), (0.08, 2), (0.004, 3)],
)
def test_decimals_of_a_mean(margin, digits):
    assert metrics_words.digits_of_mean(margin) == digits


def test_movements_have_a_decimal_more_where_they_would_not_add_up():
    # 44.5 to 63.9 per cent against 49.1 to 52.7: 19 less 4 is not 16.
    counts = (("N", 0, 445), ("N", 1, 639), ("S", 0, 491), ("S", 1, 527))
    rows = [(r, t, 5 if i < k else 1) for r, t, k in counts for i in range(1000)]
    found = did(pd.DataFrame(rows, columns=["region", "period", "x"]), scale=(1, 5), top=2)
    assert "N moved by 19.4 points, S by 3.6 points: the change itself is worth 16 points," in found.explain()
    counts = (("N", 0, 400), ("N", 1, 600), ("S", 0, 490), ("S", 1, 540))
    rows = [(r, t, 5 if i < k else 1) for r, t, k in counts for i in range(1000)]
    found = did(pd.DataFrame(rows, columns=["region", "period", "x"]), scale=(1, 5), top=2)
    assert "N moved by 20 points, S by 5 points: the change itself is worth 15 points," in found.explain()


def test_figures_are_as_high_as_their_rows_need():
    def height(result):
        return result.plot().figure.get_size_inches()[1]

    two = shares(("a", 5, 9), ("b", 4, 9))
    many = shares(*((f"s{i}", 5, 9) for i in range(12)))
    crowd = shares(*((f"s{i:03}", 2, 4) for i in range(100)))
    assert height(metrics.csat(two, "x")) == pytest.approx(2.4)
    assert height(metrics.csat(two, "x", segment="s")) == pytest.approx(2.4)
    assert (
        2.4
        < height(metrics.csat(many, "x", segment="s"))
        < height(metrics.csat(crowd, "x", segment="s"))
        <= 12
    )
    assert height(metrics.benchmark(metrics.csat(two, "x"), {"past": 0.5})) == pytest.approx(2.4)
    _, ax = plt.subplots(figsize=(5, 5))
    assert height(metrics.csat(two, "x")) < metrics.csat(two, "x").plot(ax).figure.get_size_inches()[1]


def test_labels_of_booleans_stay_as_they_are():
    frame = shares((True, 8, 10), (False, 3, 10))
    ax = drawn(metrics.csat(frame.assign(s=frame["s"].astype(bool)), "x", segment="s"))
    assert ticks(ax.yaxis) == ["False", "True"]


def test_a_title_of_two_segments_says_when_they_differ_by_chance():
    near, far = (shares(("north", 45, 100), ("south", k, 100)) for k in (49, 90))
    assert title(drawn(metrics.csat(near, "x", segment="s"))).endswith(
        ": 45 % (north), 49 % (south), within chance"
    )
    assert title(drawn(metrics.csat(far, "x", segment="s"))).endswith("from 45 % (north) to 90 % (south)")
    # Whoever stands in both segments would make the interval of the difference another one.
    known = metrics.csat(near.assign(who=np.arange(200) % 100), "x", segment="s", respondent="who")
    assert known.clustered
    assert "chance" not in title(drawn(known))
    three = pd.concat([near, near.assign(s="west")])
    assert "chance" not in title(drawn(metrics.csat(three, "x", segment="s")))
    set_language("zh_CN")
    assert title(drawn(metrics.csat(near, "x", segment="s"))).endswith("（south），差异在偶然范围内")


def test_amounts_have_no_needless_decimals():
    up = {"product": 40, "service": 12, "personnel": 6, "image": 5}
    down = {"money": 38, "time": 8, "energy": 3, "psychic": 4}
    found = metrics.delivered_value(up, down, ranges={"service": 7})
    assert found.explain().startswith("Delivered value 10: benefits 63 against costs 53, 1.19 to 1.")
    assert "from 3 to 17." in found.explain()
    assert title(drawn(found)).startswith("Delivered value 10;")
    assert drawn(found).get_xlabel().endswith("in the unit of the amounts")
    half = metrics.delivered_value({**up, "image": 5.5}, {**down, "psychic": 3.25})
    assert "Delivered value 11.25: benefits 63.5 against costs 52.25, 1.22 to 1." in half.explain()


@pytest.mark.parametrize(
    ("language", "unit", "axis", "amounts", "range_"),
    [
        (
            "en",
            "thousand yuan",
            "Delivered value (benefits − costs), thousand yuan",
            "Amount, thousand yuan",
            "from 3 to 17 thousand yuan.",
        ),
        ("zh_CN", "千元", "让渡价值（总价值 − 总成本，千元）", "金额（千元）", "从 3 到 17 千元。"),
    ],
)
def test_amounts_have_the_unit_that_is_given(language, unit, axis, amounts, range_):
    set_language(language)
    up = {"product": 40, "service": 12, "personnel": 6, "image": 5}
    down = {"money": 38, "time": 8, "energy": 3, "psychic": 4}
    found = metrics.delivered_value(up, down, ranges={"service": 7}, unit=unit)
    assert f" 10 {unit}" in title(drawn(found))
    assert f" 10 {unit}" in found.explain()
    assert range_ in found.explain()
    assert drawn(found).get_xlabel() == axis
    plain = metrics.delivered_value(up, down, unit=unit)
    assert drawn(plain).get_xlabel() == amounts
    assert title(drawn(plain)).endswith(f" 10 {unit}")


# ------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("analyse", "wrong"),
    [
        (lambda f: metrics.csat(f, "x"), [5, 0]),
        (lambda f: metrics.csat(f, "x"), [5, 4.5]),
        (lambda f: metrics.csat(f, "x"), [5, "very good"]),
        (lambda f: metrics.nps(f, "x"), [10, 11]),
        (lambda f: metrics.nps(f, "x"), [10, -1]),
        (lambda f: metrics.ces(f, "x", scale=(1, 5), easy="low"), [5, 7]),
        (lambda f: metrics.index(f, weights={"x": 1}, scale=(1, 10)), [5, 11]),
        (lambda f: metrics.composite(f, weights={"x": 1}, item="x"), [5, "good"]),
        (lambda f: metrics.difference(f, perceived="x", expected="x"), [5, "good"]),
        (lambda f: metrics.scale_dependence(f, perceived="x", expected="x"), [5, 6]),
    ],
)
def test_answers_off_the_scale_and_text_are_refused(analyse, wrong):
    for made in (ratings(pd.Series(wrong, dtype=object)), ratings(pd.Series(wrong, dtype=object)).iloc[::-1]):
        with pytest.raises(DataError) as caught:
            analyse(made)
        assert caught.value.column == "x"
        assert caught.value.row == 1
        assert caught.value.value == wrong[1]


def test_an_empty_segment_is_refused():
    frame = pd.DataFrame({"x": [5, None, None], "s": ["a", "b", "b"]})
    for analyse in (metrics.csat, metrics.nps):
        with pytest.raises(DataError, match=r"Nobody in s = 'b' answered \(2 rows\)"):
            analyse(frame, "x", segment="s")
    with pytest.raises(DataError, match="Nobody"):
        metrics.index(frame, weights={"x": 1}, scale=(1, 10), segment="s")
    with pytest.raises(DataError, match="at least one row"):
        metrics.csat(frame.head(0), "x")


def test_arguments_out_of_range_are_refused():
    frame = ratings([5, 4])
    every = (
        lambda: metrics.csat(frame, "x", confidence=95),
        lambda: metrics.nps(frame, "x", confidence=95),
        lambda: metrics.wilson(1, 2, 95),
        lambda: metrics.sample_size(0.05, confidence=95),
        lambda: metrics.ratio(frame, perceived="x", expected="x", confidence=95),
        lambda: metrics.composite(frame, item="x", weights={"x": 1}, confidence=95),
        lambda: metrics.index(frame, weights={"x": 1}, scale=(1, 5), confidence=95),
        lambda: metrics.compare_nps(frame, "x", by="x", confidence=95),
        lambda: metrics.difference_in_differences(
            frame, "x", group="x", changed=1, time="x", before=0, after=1, confidence=95
        ),
    )
    for call in every:
        with pytest.raises(ArgumentError, match=r"Write 0\.95 for 95 %"):
            call()
    for wrong in ({"top": 5}, {"top": 0}, {"top": True}, {"statistic": "median"}, {"scale": (5, 1)}):
        with pytest.raises(ArgumentError):
            metrics.csat(frame, "x", **wrong)
    with pytest.raises(ArgumentError, match="it was easy"):
        metrics.ces(frame, "x", scale=(1, 7), easy="yes")
    with pytest.raises(ArgumentError):
        metrics.ces(frame, "x", scale=(1, 7), easy="low", statistic="median")
    with pytest.raises(TypeError):
        metrics.ces(frame, "x")  # neither scale nor direction has a default
    for args in ((3, 2), (-1, 2), (0, 0)):
        with pytest.raises(ArgumentError):
            metrics.wilson(*args)
    for args in ((-1, 2, 3), (0, 0, 0)):
        with pytest.raises(ArgumentError):
            metrics.nps_interval(*args)
    with pytest.raises(UnknownNameError, match='Did you mean "x"'):
        metrics.csat(frame, "xx")
    with pytest.raises(ArgumentError, match=r"Write 0\.05 for 5 %"):
        metrics.sample_size(5)
    for wrong in (
        {"population": 0},
        {"population": 2.5},
        {"response_rate": 0},
        {"share": 1},
        {"measure": "ces"},
    ):
        with pytest.raises(ArgumentError):
            metrics.sample_size(0.05, **wrong)
    with pytest.raises(ArgumentError):
        metrics.sample_size(0, measure="nps")


def test_sample_size_explains_and_draws():
    found = metrics.sample_size(0.05, population=1000, response_rate=0.4)
    assert "278 answers out of 1000" in found.explain()
    assert "invite 695" in found.explain()
    found.plot()
    metrics.sample_size(5, measure="nps").plot()


def test_results_cannot_be_changed():
    found = metrics.nps(ratings([9]), "x")
    with pytest.raises(AttributeError):
        found.metric = "csat"


def test_the_retailer_has_the_columns_that_module_01_uses():
    orders = load_dataset("retailer_orders")
    found = metrics.csat(orders, "csat", segment="region", respondent="customer").table
    assert found["region"].tolist() == ["north", "south"]
    assert found["n"].sum() + found["n_missing"].sum() == len(orders)
    # Customers order more than once, so orders are fewer news than rows.
    assert (found["n_effective"] < found["n"]).all()
    pairs = metrics.compare_nps(orders, "nps", before="nps_previous", respondent="customer")
    assert pairs.table.loc["difference", "n"] == orders[["nps", "nps_previous"]].notna().all(axis=1).sum()
    assert cell(metrics.ces(orders, "ces", scale=(1, 7), easy="high")) > 1
