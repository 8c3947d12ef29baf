"""The tools of module 08: published numbers, real coverage, every engine, and bad input."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.sparse import coo_matrix, identity
from scipy.sparse.linalg import spsolve
from statsmodels.duration.survfunc import SurvfuncRight

from csmodels_helpers import (
    monitoring,
    monitoring_chain,
    monitoring_dashboard,
    monitoring_rules,
    monitoring_styles,
    monitoring_vignettes,
    uncertainty,
)
from csmodels_helpers.datasets import load_dataset
from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import set_language
from csmodels_helpers.metrics import wilson
from csmodels_helpers.monitoring import Kpi
from csmodels_helpers.tally import respondent_groups


def ends_of(values) -> tuple[float, float]:
    """Return the ends of the 95 % interval, from values of the whole and without each group."""
    found = uncertainty.spread(values, 0.95)
    return float(found.low), float(found.high)


pytestmark = pytest.mark.usefixtures("course_style")


def series(values, **more) -> pd.DataFrame:
    return pd.DataFrame({"month": np.arange(1, len(values) + 1), "x": values, **more})


def covered(low, high, truth) -> float:
    rate = float(np.mean((np.asarray(low) <= truth) & (truth <= np.asarray(high))))
    print(f"coverage {rate:.4f}")
    return rate


def assert_covers(low, high, truth):
    """Whether intervals hold the truth in as many of all cases as a binomial test lets pass for 95 %."""
    few, many = stats.binom.interval(0.998, len(low), 0.95)
    assert few <= len(low) * covered(low, high, truth) <= many


# ------------------------------------------------------------------------ numbers from elsewhere

# Montgomery, Introduction to Statistical Quality Control, table 7.1: defectives in 30 samples of 50.
ORANGE_JUICE = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11]
ORANGE_JUICE += [20, 18, 24, 15, 9, 12, 7, 13, 9, 6]


def test_p_chart_reproduces_montgomery():
    found = monitoring.p_chart(
        series(ORANGE_JUICE, n=50), "x", n="n", time="month", dispersion="binomial", rules="beyond-limits"
    )
    row = found.table.iloc[0]
    assert (row["centre"], row["lower"], row["upper"]) == pytest.approx((0.2313, 0.0524, 0.4102), abs=5e-5)
    assert found.signals["month"].tolist() == [15, 23]
    assert "15 above the centre; 23 above the centre" in found.explain()


def test_xmr_reproduces_nist_and_another_implementation():
    # NIST/SEMATECH e-Handbook 6.3.2.2 (there with 3/1.128 in place of Wheeler's 2.66, hence the tolerance).
    flow = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
    row = monitoring.xmr(series(flow), "x", time="month").table.iloc[0]
    assert row[["centre", "lower", "upper"]].tolist() == pytest.approx([50.81, 45.8159, 55.8041], abs=1e-3)
    # The example of the README of the package spc-plotly.
    counts = [2478, 2350, 2485, 2296, 2359, 2567, 3089, 2668, 1788, 2854, 2365, 1883, 1959, 1927, 2640, 2626]
    counts += [2144, 2409, 4412, 3287, 3049, 3364, 3078, 2972, 3415, 2753, 3102, 2191, 3693, 4385, 4699]
    counts += [3031, 2659, 3885, 2628, 2621, 3071, 2002]
    found = monitoring.xmr(series(counts), "x", time="month")
    assert found.table["moving_range"].mean() == pytest.approx(571.8918918918919)
    row = found.table.iloc[0]
    assert (row["centre"], row["upper"]) == pytest.approx((2820.6315789, 4341.864011379801))


def test_ewma_reproduces_nist():
    # NIST/SEMATECH e-Handbook 6.3.2.4, which cuts the limits off after four digits: 52.58843, 47.41157.
    x = [52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5]
    x += [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
    z = [50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33]
    z += [50.11, 49.36, 49.52, 50.05, 49.38, 49.92, 50.73, 51.23, 51.94, 51.99]
    given = {"time": "month", "smoothing": 0.3, "target": 50, "sigma": 2.0539}
    found = monitoring.ewma(series(x), "x", limits="asymptotic", **given)
    assert found.table["ewma"].tolist() == pytest.approx(z, abs=0.0051)
    assert found.table[["lower", "upper"]].iloc[0].tolist() == pytest.approx([47.4115, 52.5884], abs=2e-4)
    assert found.signals.empty
    exact = monitoring.ewma(series(x), "x", **given).table
    # The first average is 0.3 of one value, so its error is 0.3 sigma.
    assert exact["upper"].iloc[0] == pytest.approx(50 + 3 * 0.3 * 2.0539)
    assert exact["upper"].iloc[-1] == pytest.approx(52.5884, abs=1e-3)


def test_laney_follows_his_formula():
    rng = np.random.default_rng(1)
    n = rng.integers(500, 1500, 24)
    x = rng.binomial(n, np.clip(0.3 + 0.04 * rng.normal(size=24), 0, 1))
    p = x / n
    centre = x.sum() / n.sum()
    sigma = np.sqrt(centre * (1 - centre) / n)
    z = (p - centre) / sigma
    ratio = np.abs(np.diff(z)).mean() / 1.128
    found = monitoring.p_chart(series(x, n=n), "x", n="n", time="month")
    assert found.phases["sigma_z"].iloc[0] == pytest.approx(ratio)
    assert found.table["upper"].tolist() == pytest.approx((centre + 3 * sigma * ratio).tolist())
    assert 2 < ratio < 5
    plain = monitoring.p_chart(series(rng.binomial(1000, 0.3, 200), n=1000), "x", n="n", time="month")
    assert plain.phases["sigma_z"].iloc[0] == pytest.approx(1, abs=0.12)


def run_length(rules):
    """Points until the first false alarm, on average: the Markov chain of Champ and Woodall.

    A state is what the rules still need to know: sides and zones of the last four points, and the length of
    the run. Zones are 0 to 1, 1 to 2 and 2 to 3 sigma; what lies beyond ends the chain.
    """
    chance = np.diff(stats.norm.cdf([0, 1, 2, 3]))
    zones = [(side, zone) for side in (-1, 1) for zone in (0, 1, 2)]
    start = ((), (0, 0))
    states, todo, moves = {start: 0}, [start], []
    while todo:
        state = todo.pop()
        last, (own, length) = state
        for side, zone in zones:
            seen = (*last, (side, zone))
            run = (side, length + 1 if side == own else 1)

            def within(points, beyond, seen=seen, side=side):
                return sum(s == side and z >= beyond for s, z in seen[-points:])

            alarm = "run-of-8" in rules and run[1] >= 8
            alarm |= "two-of-three" in rules and zone >= 2 and within(3, 2) >= 2
            alarm |= "four-of-five" in rules and zone >= 1 and within(5, 1) >= 4
            if not alarm:
                # Without the rules that need them, points and runs are forgotten.
                kept = seen[-4:] if {"two-of-three", "four-of-five"} & set(rules) else ()
                new = (kept, run if "run-of-8" in rules else (0, 0))
                if new not in states:
                    states[new] = len(states)
                    todo.append(new)
                moves.append((states[state], states[new], chance[zone]))
    rows, columns, values = zip(*moves, strict=True)
    stay = coo_matrix((values, (rows, columns)), shape=(len(states),) * 2).tocsc()
    return spsolve(identity(len(states), format="csc") - stay, np.ones(len(states)))[0]


@pytest.mark.parametrize(
    ("rules", "published"),
    [
        # Champ and Woodall (1987, Technometrics 29), table 1: no shift, limits known.
        ("beyond-limits", 370.40),
        (monitoring.DEFAULT_RULES, 152.73),
        ("western-electric", 91.75),
    ],
)
def test_false_alarms_come_as_often_as_champ_and_woodall_computed(rules, published):
    assert run_length(monitoring_rules.check_rules(rules)) == pytest.approx(published, abs=0.005)
    z = np.random.default_rng(2).standard_normal((3000, 1500))
    found = monitoring_rules.find_signals(z, monitoring_rules.check_rules(rules))
    signal = np.logical_or.reduce(list(found.values()))
    runs = np.where(signal.any(axis=1), signal.argmax(axis=1) + 1, z.shape[1])
    # Runs cut off at the end of the series are too short: E min(T, m) = E T (1 − exp(−m / E T)), nearly.
    expected = published * (1 - math.exp(-z.shape[1] / published))
    assert runs.mean() == pytest.approx(expected, abs=3.5 * runs.std() / math.sqrt(len(runs)))


PATTERNS = {
    "beyond-limits": [0.1, -0.2, 3.1],
    "two-of-three": [0.1, 0.5, 2.1, 2.2],
    "four-of-five": [1.1, 1.2, 0.3, 1.4, 1.5],
    "run-of-8": [0.1] * 8,
    "run-of-9": [0.1] * 9,
    "trend-of-6": [-1.2, -0.9, -0.3, 0.2, 0.4, 0.8],
    "alternating-14": [0.2, -0.1] * 7,
    "hugging-15": [0.5, -0.4, 0.1] * 5,
    "mixture-8": [1.2, -1.3, 1.1, -1.5, 1.4, 1.2, -1.2, -1.1],
}


def test_limits_from_few_points_ring_more_often_and_firm_ones_as_published():
    # 370 points a false alarm with known limits; five thousand points know them.
    firm = monitoring.false_alarms(6000, baselines=[5000], rules="beyond-limits", series=300, seed=1)
    assert firm.table["per_100"].iloc[0] == pytest.approx(100 / 370.4, abs=0.035)
    soft = monitoring.false_alarms(36, baselines=[12, 24], seed=1)
    twelve, longer = soft.table["per_100"]
    assert twelve > longer > 100 / 152.7
    # The course ends where the table says, and never falls.
    for baseline, own in soft.course.groupby("baseline"):
        assert own["share"].is_monotonic_increasing
        assert own["point"].tolist() == list(range(baseline + 1, 37))
    assert soft.course.groupby("baseline")["share"].last().tolist() == soft.table["ever"].tolist()


def test_false_alarms_are_those_of_the_chart():
    noise = np.random.default_rng(7).normal(size=(40, 30))
    charts = [monitoring.xmr(series(row), "x", time="month", baseline=10) for row in noise]
    rung = [each.table["signal"].iloc[10:].any() for each in charts]
    found = monitoring.false_alarms(30, baselines=[10], series=40, seed=7)
    assert found.table["ever"].iloc[0] == np.mean(rung)


@pytest.mark.parametrize("rule", monitoring.RULES)
def test_each_rule_marks_the_last_point_of_its_pattern_and_no_shorter_one(rule):
    z = np.array(PATTERNS[rule])
    flags = monitoring_rules.find_signals(z, [rule])[rule]
    assert flags[-1]
    assert not flags[:-1].any()
    assert monitoring_rules.find_signals(-z, [rule])[rule][-1]
    gap = np.insert(z, len(z) - 1, np.nan)
    if rule != "beyond-limits":
        broken = np.where(np.arange(len(z)) == len(z) - 2, np.nan, z)
        assert not monitoring_rules.find_signals(broken, [rule])[rule].any()
    assert monitoring_rules.find_signals(gap, ["beyond-limits"])["beyond-limits"][-1] == (
        rule == "beyond-limits"
    )


@pytest.mark.parametrize("count", [0, 1, 10, 250])
def test_garwoods_interval_of_a_count(count):
    # By its definition: at the lower end so many or more, at the upper so many or fewer have chance 2.5 %.
    frame = pd.DataFrame({"c": [count], "orders": [100]})
    row = monitoring.complaint_rate(frame, "c", per="orders").table.iloc[0]
    assert stats.poisson.cdf(count, 100 * row["high"]) == pytest.approx(0.025)
    if count:
        assert stats.poisson.sf(count - 1, 100 * row["low"]) == pytest.approx(0.025)
    else:
        assert row["low"] == 0


def test_kaplan_meier_is_that_of_statsmodels():
    rng = np.random.default_rng(3)
    cases = complaints(rng, 300)
    found = monitoring.complaint_loop(
        cases, opened="opened", answered="answered", as_of=60, deadline=7, method="kaplan-meier"
    ).table.iloc[0]
    time = cases["answered"].fillna(60) - cases["opened"]
    peer = SurvfuncRight(time, cases["answered"].notna())
    place = np.searchsorted(peer.surv_times, 7, side="right") - 1
    assert found["score"] == pytest.approx(1 - peer.surv_prob[place])
    s, error = peer.surv_prob[place], peer.surv_prob_se[place]
    arm = stats.norm.ppf(0.975) * error / s / abs(math.log(s))
    assert (found["low"], found["high"]) == pytest.approx((1 - s ** math.exp(-arm), 1 - s ** math.exp(arm)))


@pytest.mark.parametrize(
    ("own", "one", "two", "places"),
    [
        # King and Wand (2007, Political Analysis 15), table 1: thirteen orders of two vignettes, in numbers
        # those of the R package anchors by the same authors (demo anchors.vign2, data table1).
        (1, 2, 3, (1, 1)),
        (3, 3, 4, (2, 2)),
        (3, 2, 4, (3, 3)),
        (4, 2, 4, (4, 4)),
        (4, 2, 3, (5, 5)),
        (2, 3, 3, (1, 1)),
        (2, 2, 2, (2, 4)),
        (3, 2, 2, (5, 5)),
        (1, 3, 2, (1, 1)),
        (2, 3, 2, (1, 4)),
        (3, 4, 2, (1, 5)),
        (3, 3, 2, (2, 5)),
        (4, 3, 2, (5, 5)),
    ],
)
def test_places_among_vignettes_are_those_of_king_and_wand(own, one, two, places):
    first, last = monitoring_vignettes._places(np.array([float(own)]), np.array([[one, two]], dtype=float))
    assert (first[0], last[0]) == places


# ------------------------------------------------------------------------------------- coverage
# Every stated 95 % must hold the truth in about 95 of 100 simulated surveys. Where one call a survey would
# take long, the surveys are phases or segments of one frame, or the parts of a function are called as it
# calls them (and compared with it).


def many_phases(draw, phases, points, chart):
    rng = np.random.default_rng(4)
    frame = draw(rng, phases * points)
    breaks = list(range(points + 1, phases * points + 1, points))
    table = chart(frame, breaks).phases
    assert len(table) == phases
    return table


def test_centre_of_an_xmr_chart_covers():
    table = many_phases(
        lambda rng, n: series(rng.normal(50, 4, n)),
        250,
        10,
        lambda frame, breaks: monitoring.xmr(frame, "x", time="month", breaks=breaks),
    )
    assert_covers(table["centre_low"], table["centre_high"], 50)


@pytest.mark.parametrize(("dispersion", "noise"), [("laney", 0.04), ("laney", 0.0), ("binomial", 0.0)])
def test_centre_of_a_p_chart_covers(dispersion, noise):
    def draw(rng, size):
        n = rng.integers(200, 600, size)
        return series(rng.binomial(n, np.clip(0.3 + noise * rng.normal(size=size), 0, 1)), n=n)

    def chart(frame, breaks):
        return monitoring.p_chart(frame, "x", n="n", time="month", breaks=breaks, dispersion=dispersion)

    table = many_phases(draw, 250, 12, chart)
    assert_covers(table["centre_low"], table["centre_high"], 0.3)


def test_binomial_limits_under_noise_between_months_would_not_cover():
    def draw(rng, size):
        return series(rng.binomial(400, np.clip(0.3 + 0.04 * rng.normal(size=size), 0, 1)), n=400)

    def chart(frame, breaks):
        return monitoring.p_chart(frame, "x", n="n", time="month", breaks=breaks, dispersion="binomial")

    table = many_phases(draw, 200, 12, chart)
    assert covered(table["centre_low"], table["centre_high"], 0.3) < 0.85


STEP_SHARES = np.array([0.97, 0.9, 0.84, 0.94, 0.99, 0.92])


def journeys(rng, people, together):
    """Failures strike independently, or the unlucky meet them at several steps."""
    luck = rng.random((people, 1)) < 0.25
    shares = np.where(luck, STEP_SHARES - 3 * together, STEP_SHARES + together)
    return rng.random((people, len(STEP_SHARES))) < shares


def journey_frame(passed) -> pd.DataFrame:
    people, steps = passed.shape
    who, step = np.repeat(np.arange(people), steps), np.tile(np.arange(steps), people)
    return pd.DataFrame({"who": who, "step": step, "ok": passed.ravel()})


def by_parts(passed):
    """Do for each step what `journey` does with respondents."""
    people = np.full(passed.shape[1], float(len(passed)))
    ends = np.array([(e.low, e.high) for e in (wilson(int(k), len(passed)) for k in passed.sum(axis=0))])
    pulls = np.zeros((100, passed.shape[1]))
    np.add.at(pulls, respondent_groups(np.arange(len(passed))), passed - passed.mean(axis=0))
    shares = passed.mean(axis=0)
    covariance = monitoring_chain.log_covariance(shares, people, pulls, 0.95)
    whole = monitoring_chain.product_interval(shares, people, covariance, 0.95)
    return whole, monitoring_chain._gain(shares, ends, people, covariance, 2, 0.95)


@pytest.mark.parametrize(("people", "together"), [(60, 0.0), (250, 0.0), (250, 0.05), (2000, 0.05)])
def test_journey_covers(people, together):
    rng = np.random.default_rng(5)
    # 0.25 (p − 3t) + 0.75 (p + t) = p; at the top the share is cut off at 1.
    shares = 0.25 * (STEP_SHARES - 3 * together) + 0.75 * np.minimum(STEP_SHARES + together, 1)
    found = [by_parts(journeys(rng, people, together)) for _ in range(400)]
    assert_covers([f.low for f, _ in found], [f.high for f, _ in found], shares.prod())
    gain = shares.prod() * (1 - shares[2]) / shares[2]
    assert_covers([g.low for _, g in found], [g.high for _, g in found], gain)
    passed = journeys(rng, people, together)
    product, third = by_parts(passed)
    whole = monitoring.journey(journey_frame(passed), step="step", passed="ok", respondent="who")
    assert (whole.overall.low, whole.overall.high) == pytest.approx((product.low, product.high))
    assert whole.table.loc[2, ["gain_low", "gain_high"]].tolist() == pytest.approx([third.low, third.high])


@pytest.mark.parametrize(
    ("steps", "share", "n"), [(12, 0.95, 60), (12, 0.99, 100), (2, 0.5, 40), (5, 0.8, 200)]
)
def test_counted_steps_cover(steps, share, n):
    rng = np.random.default_rng(25)
    size = np.full(steps, float(n))
    found = []
    for _ in range(1000):
        p = rng.binomial(n, share, steps) / n
        covariance = monitoring_chain.log_covariance(p, size, None, 0.95)
        found.append(monitoring_chain.product_interval(p, size, covariance, 0.95))
    assert_covers([f.low for f in found], [f.high for f in found], share**steps)


def test_a_journey_that_takes_answers_for_independent_is_too_sure():
    rng = np.random.default_rng(6)
    frame = journey_frame(journeys(rng, 2000, 0.05))
    known = monitoring.journey(frame, step="step", passed="ok", respondent="who").overall
    unknown = monitoring.journey(frame, step="step", passed="ok").overall
    assert known.score == pytest.approx(unknown.score)
    assert known.give_or_take > 1.1 * unknown.give_or_take


@pytest.mark.parametrize("clustered", [False, True])
def test_complaint_rate_covers(clustered):
    rng = np.random.default_rng(7)
    surveys, stores = 300, 40
    orders = rng.integers(100, 900, surveys * stores)
    own = rng.gamma(4, 0.25, surveys * stores) if clustered else 1.0
    frame = pd.DataFrame({"survey": np.repeat(np.arange(surveys), stores), "orders": orders})
    frame["c"], frame["store"] = rng.poisson(0.02 * own * orders), np.arange(len(frame))
    more = {"respondent": "store"} if clustered else {}
    table = monitoring.complaint_rate(frame, "c", per="orders", segment="survey", **more).table
    assert_covers(table["low"], table["high"], 0.02)
    if clustered:
        naive = monitoring.complaint_rate(frame, "c", per="orders", segment="survey").table
        assert covered(naive["low"], naive["high"], 0.02) < 0.9


def complaints(rng, n, as_of=60.0) -> pd.DataFrame:
    opened = rng.integers(0, int(as_of), n).astype(float)
    answered = opened + np.ceil(rng.exponential(6, n))
    return pd.DataFrame({"opened": opened, "answered": np.where(answered <= as_of, answered, np.nan)})


@pytest.mark.parametrize("method", ["due", "kaplan-meier"])
def test_complaint_loop_covers_and_the_share_of_the_answered_is_too_high(method):
    rng = np.random.default_rng(8)
    surveys, truth = 250, 1 - math.exp(-7 / 6)
    frame = complaints(rng, surveys * 100).assign(survey=np.repeat(np.arange(surveys), 100))
    table = monitoring.complaint_loop(
        frame, opened="opened", answered="answered", as_of=60, deadline=7, segment="survey", method=method
    ).table
    assert_covers(table["low"], table["high"], truth)
    assert table["score"].mean() == pytest.approx(truth, abs=0.005)
    assert table["of_closed"].mean() > truth + 0.03


def test_clustered_complaints_cover():
    rng = np.random.default_rng(9)
    customers, each = 80, 4
    rows = 200 * customers
    late = np.where(rng.random(rows) < 0.4, rng.random(rows) < 0.9, rng.random(rows) < 0.2)[:, None]
    late = np.where(rng.random((rows, each)) < 0.8, late, ~late)
    frame = pd.DataFrame({"who": np.repeat(np.arange(rows), each), "opened": 0.0})
    frame["answered"], frame["survey"] = np.where(late.ravel(), 9.0, 2.0), frame["who"] // customers
    given = {"opened": "opened", "answered": "answered", "as_of": 30, "deadline": 5, "segment": "survey"}
    truth = 1 - (0.48 * 0.8 + 0.52 * 0.2)
    table = monitoring.complaint_loop(frame, respondent="who", **given).table
    assert_covers(table["low"], table["high"], truth)
    naive = monitoring.complaint_loop(frame, **given).table
    assert covered(naive["low"], naive["high"], truth) < 0.93


CUTS = np.array([-1.5, -0.5, 0.5, 1.5])
REVERSED = ["c", "d"]


def styled(rng, n, acquiescence, extremity, mean=0.4):
    """Answers 1–5 to two items and two reversed ones."""
    t = mean + 0.6 * rng.standard_normal((n, 1)) + 0.8 * rng.standard_normal((n, 4))
    t[:, 2:] *= -1
    return 1 + np.searchsorted(CUTS, extremity * t + acquiescence)


def style_scores(answers):
    """Do what `response_styles` does with two segments of equal size."""
    n = np.zeros((100, 2))
    sums = np.zeros((100, 2, 16))
    size = len(answers[0])
    groups = respondent_groups(np.arange(2 * size))
    for j, own in enumerate(answers):
        at_most = (own[:, :, None] <= np.arange(1, 5)).reshape(size, 16)
        np.add.at(n[:, j], groups[j * size : (j + 1) * size], 1)
        np.add.at(sums[:, j], groups[j * size : (j + 1) * size], at_most)
    there = n.sum(axis=1) > 0
    n = np.concatenate([n.sum(axis=0)[None], n.sum(axis=0) - n[there]])
    sums = np.concatenate([sums.sum(axis=0)[None], sums.sum(axis=0) - sums[there]])
    plus = np.array([True, True, False, False])
    return monitoring_styles._scores(monitoring_styles._shares(n, sums, 4, 4), n, plus, (1, 5), 0)


def style_frame(answers):
    frame = pd.DataFrame(np.concatenate(answers), columns=list("abcd"))
    return frame.assign(country=np.repeat(["A", "B"], len(answers[0])))


def test_response_styles_cover():
    rng = np.random.default_rng(10)

    def draw(n):
        return styled(rng, n, 0.0, 0.9), styled(rng, n, 0.4, 1.4)

    truths = {name: values[0] for name, values in style_scores(draw(400_000)).items()}
    assert truths["same_style"][1] - truths["same_style"][0] == pytest.approx(0, abs=0.01)
    assert truths["balanced"][1] - truths["balanced"][0] > 0.1
    ends = {name: [] for name in truths}
    gaps = {name: [] for name in truths}
    for _ in range(200):
        for name, values in style_scores(draw(300)).items():
            ends[name].append(ends_of(values[:, 1]))
            gaps[name].append(ends_of(values[:, 1] - values[:, 0]))
    for name, truth in truths.items():
        low, high = np.array(ends[name], dtype=float).T
        assert_covers(low, high, truth[1])
        low, high = np.array(gaps[name], dtype=float).T
        assert_covers(low, high, truth[1] - truth[0])


def test_response_styles_are_their_parts():
    answers = styled(np.random.default_rng(11), 150, 0, 0.9), styled(np.random.default_rng(12), 150, 0.4, 1.4)
    found = monitoring.response_styles(
        style_frame(answers), list("abcd"), reverse=REVERSED, scale=(1, 5), segment="country"
    )
    scores = style_scores(answers)
    for name, values in scores.items():
        assert found.table[name].tolist() == pytest.approx(values[0].tolist()), name
        low, high = ends_of(values[:, 1])
        assert found.table.loc[1, [f"{name}_low", f"{name}_high"]].tolist() == pytest.approx([low, high]), (
            name
        )
    # By hand: means of the answers themselves.
    for j, own in enumerate(answers):
        plus, minus = own[:, :2].mean(), own[:, 2:].mean()
        row = found.table.iloc[j]
        assert row["acquiescence"] == pytest.approx((plus + minus) / 2 - 3)
        assert row["balanced"] == pytest.approx(3 + (plus - minus) / 2)
        assert row["as_asked"] == pytest.approx(plus)
        assert row["extremity"] == pytest.approx(np.isin(own, (1, 5)).mean())
    assert found.table.loc[0, "same_style"] == pytest.approx(found.table.loc[0, "balanced"], abs=0.05)
    turned = monitoring.response_styles(
        style_frame(answers), list("abcd"), reverse=REVERSED, scale=(1, 5), segment="country", reference="B"
    )
    assert turned.differences["segment"].tolist() == ["A"] * 3
    gap = found.differences.set_index("score")["difference"]
    assert turned.differences.set_index("score")["difference"]["balanced"] == pytest.approx(-gap["balanced"])


def placed(rng, n, shift, stretch, mean=0.3):
    own = mean + 0.9 * rng.standard_normal((n, 1))
    rated = np.array([-0.9, 0.1, 1.1]) + 0.4 * rng.standard_normal((n, 3))
    return 1.0 + np.searchsorted(CUTS, stretch * np.hstack([own, rated]) + shift)


def compare_places(one, two):
    def each(answers):
        first, last = monitoring_vignettes._places(answers[:, 0], answers[:, 1:])
        part = monitoring_vignettes._spread(first, last, 7)
        return {
            "anchored": monitoring_vignettes._Placed(part, np.ones(len(part)), np.zeros(len(part), int))
        } | {
            name: monitoring_vignettes._Placed(part, np.ones(len(part)), np.zeros(len(part), int))
            for name in ("low", "high")
        }

    return monitoring_vignettes._compare("B", "anchored", each(one), each(two), False, 0.95)


def test_anchored_comparison_covers():
    rng = np.random.default_rng(13)
    truth = np.mean(
        [
            compare_places(placed(rng, 100_000, 0.4, 1.4, 0.6), placed(rng, 100_000, 0, 0.9))["probability"]
            for _ in range(3)
        ]
    )
    found = [compare_places(placed(rng, 90, 0.4, 1.4, 0.6), placed(rng, 140, 0, 0.9)) for _ in range(800)]
    assert_covers([f["low"] for f in found], [f["high"] for f in found], truth)


def vignette_frame(seed=14, n=120):
    rng = np.random.default_rng(seed)
    answers = np.concatenate([placed(rng, n, 0, 0.9), placed(rng, n, 0.4, 1.4)])
    frame = pd.DataFrame(answers, columns=["own", "v1", "v2", "v3"])
    return frame.assign(country=np.repeat(["A", "B"], n), who=np.arange(2 * n))


def anchor(frame, **more):
    return monitoring.anchoring_vignettes(
        frame, "own", ["v1", "v2", "v3"], scale=(1, 5), segment="country", **more
    )


def test_anchored_comparison_is_mann_whitney_and_knows_who_repeats():
    frame = vignette_frame()
    found = anchor(frame).comparison.set_index("measure")
    a, b = (frame.loc[frame.country == c, "own"] for c in "AB")
    u = stats.mannwhitneyu(b, a).statistic / len(a) / len(b)
    assert found.loc["own_answer", "probability"] == pytest.approx(u)
    one, two = (frame.loc[frame.country == c].to_numpy()[:, :4].astype(float) for c in "BA")
    parts = compare_places(one, two)
    row = found.loc["anchored"]
    assert row[["probability", "low", "high"]].tolist() == pytest.approx(
        [parts["probability"], parts["low"], parts["high"]]
    )
    assert row["bound_low"] <= row["probability"] <= row["bound_high"]
    thrice = pd.concat([frame] * 3, ignore_index=True)
    clustered = anchor(thrice, respondent="who").comparison.set_index("measure").loc["anchored"]
    assert clustered["probability"] == pytest.approx(row["probability"])
    width = (clustered["high"] - clustered["low"]) / (row["high"] - row["low"])
    assert width == pytest.approx(1, abs=0.25)


def test_a_range_is_shared_out_evenly():
    answers = pd.DataFrame({"country": ["A", "B"], "own": [2, 5], "v1": [2, 1], "v2": [2, 3], "v3": [4, 4]})
    found = anchor(answers)
    shares = found.table[[f"c_{i}" for i in range(1, 8)]].to_numpy()
    # A's own answer is level with the first two vignettes: 2 to 4. B stands above all.
    assert shares[0].tolist() == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3, 0, 0, 0])
    assert shares[1].tolist() == [0, 0, 0, 0, 0, 0, 1]
    assert found.comparison["probability"].tolist() == [1, 1]
    level = (
        anchor(answers.assign(own=[2, 2], v1=[2, 2], v2=[2, 3]))
        .comparison.set_index("measure")
        .loc["anchored"]
    )
    # A somewhere from 2 to 4, B at 2: level in a third of the cases, below in the others.
    assert level["probability"] == pytest.approx(1 / 6)
    assert (level["bound_low"], level["bound_high"]) == (0, 0.5)


def test_ranges_are_counted_and_can_be_omitted():
    frame = vignette_frame()
    all_, single = anchor(frame).table, anchor(frame, ranges="omit").table
    places = [
        monitoring_vignettes._places(*(f.to_numpy(dtype=float) for f in (g["own"], g[["v1", "v2", "v3"]])))
        for _, g in frame.groupby("country")
    ]
    assert all_["n_range"].tolist() == [int((first < last).sum()) for first, last in places]
    assert all_["n_range"].min() > 0
    inverted = (frame["v1"] > frame["v2"]) | (frame["v2"] > frame["v3"])
    assert all_["n_inverted"].tolist() == inverted.groupby(frame["country"]).sum().tolist()
    shares = [f"c_{i}" for i in range(1, 8)]
    assert all_[shares].sum(axis=1).tolist() == pytest.approx([1, 1])
    first, last = places[0]
    counted = [float((first[first == last] == i).mean()) for i in range(1, 8)]
    assert single.loc[0, shares].tolist() == pytest.approx(counted)


@pytest.mark.parametrize("kind", ["score", "yes_no"])
def test_decayed_mean_covers(kind):
    rng = np.random.default_rng(15)
    surveys, n = 400, 80
    x = rng.normal(7, 2, surveys * n) if kind == "score" else (rng.random(surveys * n) < 0.7).astype(float)
    frame = pd.DataFrame(
        {"x": x, "day": np.tile(np.arange(n), surveys), "survey": np.repeat(np.arange(surveys), n)}
    )
    table = monitoring.decayed_mean(frame, "x", time="day", half_life=12, segment="survey").table
    assert table["n_effective"].iloc[0] == pytest.approx(2.885 * 12, rel=0.03)
    assert_covers(table["low"], table["high"], 7 if kind == "score" else 0.7)


def test_decayed_mean_of_repeat_respondents_covers():
    rng = np.random.default_rng(16)
    surveys, people, each = 250, 60, 4
    own = np.repeat(rng.normal(7, 2, surveys * people), each)
    frame = pd.DataFrame(
        {"x": own + rng.normal(0, 1, len(own)), "who": np.repeat(np.arange(surveys * people), each)}
    )
    frame["day"], frame["survey"] = rng.integers(0, 60, len(frame)), frame["who"] // people
    given = {"time": "day", "half_life": 20, "segment": "survey", "as_of": 60}
    table = monitoring.decayed_mean(frame, "x", respondent="who", **given).table
    assert_covers(table["low"], table["high"], 7)
    naive = monitoring.decayed_mean(frame, "x", **given).table
    assert covered(naive["low"], naive["high"], 7) < 0.9


def test_decayed_mean_is_the_weighted_mean():
    rng = np.random.default_rng(17)
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=50),
            "day": pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 90, 50), "D"),
        }
    )
    age = (pd.Timestamp("2025-04-30") - frame["day"]).dt.days
    w = 0.5 ** (age / 30)
    row = monitoring.decayed_mean(frame, "x", time="day", half_life=30, as_of="2025-04-30").table.iloc[0]
    assert row["score"] == pytest.approx(np.average(frame["x"], weights=w))
    assert row["n_effective"] == pytest.approx(w.sum() ** 2 / (w**2).sum())
    assert row["plain"] == pytest.approx(frame["x"].mean())
    flat = monitoring.decayed_mean(frame, "x", time="day", half_life=1e9).table.iloc[0]
    low, high = stats.t.interval(0.95, 49, frame["x"].mean(), stats.sem(frame["x"]))
    assert (flat["low"], flat["high"]) == pytest.approx((low, high), abs=1e-6)


@pytest.mark.parametrize(
    "kpi", [Kpi("rate", "up", "n", target=0.5), Kpi("nps", "up", "n", minus="down", target=0)]
)
def test_dashboard_of_stores_covers(kpi):
    rng = np.random.default_rng(18)
    stores = 60
    groups = respondent_groups(np.arange(stores))
    values, changes = [], []
    truth = 0.5 if kpi.minus is None else 30.0
    for _ in range(600):
        n = rng.integers(20, 90, (2, stores)).astype(float)
        p = np.clip(0.5 + 0.08 * rng.standard_normal(stores), 0, 1)
        up = rng.binomial(n.astype(int), p)
        down = rng.binomial((n - up).astype(int), 0.4)
        columns = [up, n] if kpi.minus is None else [up, down, n]
        sums = np.zeros((100, 2, len(columns)))
        for month in range(2):
            np.add.at(sums[:, month], groups, np.stack([c[month] for c in columns], axis=1))
        there = sums[:, 0, -1] > 0
        total = sums.sum(axis=0)
        out = monitoring_dashboard._values(
            kpi, np.concatenate([total[None], total - sums[there]]), np.ones((1, 2))
        )
        values.append(ends_of(out[:, 1]))
        changes.append(ends_of(out[:, 1] - out[:, 0]))
    low, high = np.array(values, dtype=float).T
    assert_covers(low, high, truth)
    low, high = np.array(changes, dtype=float).T
    assert_covers(low, high, 0)


# ---------------------------------------------------------------------------------- control charts


def test_a_break_starts_everything_afresh():
    x = [10, 12, 11, 13, 12, 11, 12, 10, 30, 32, 31, 33, 32, 31]
    whole = monitoring.xmr(series(x), "x", time="month")
    assert len(whole.signals) > 0
    found = monitoring.xmr(series(x), "x", time="month", breaks=[9])
    assert found.signals.empty
    assert not found.table["range_signal"].any()
    assert found.table["phase"].tolist() == [0] * 8 + [1] * 6
    assert found.phases["centre"].tolist() == pytest.approx([11.375, 31.5])
    assert math.isnan(found.table.loc[8, "moving_range"])
    assert "defined anew in 9" in found.explain()
    short = monitoring.xmr(series(x[:11]), "x", time="month", breaks=[9])
    assert short.table.loc[8:, "upper"].isna().all()
    assert "too few points" in short.explain()
    assert "none of 8 points" in short.explain()
    # A run of eight does not go on across the break.
    run = [1, -1] * 4 + [0.3] * 7
    seven = monitoring.xmr(series([*run, 0.3, -0.1]), "x", time="month", breaks=[9], rules="run-of-8")
    assert seven.phases["n_baseline"].tolist() == [8, 9]


def test_a_fixed_baseline_finds_what_limits_over_all_points_hide():
    rng = np.random.default_rng(19)
    x = np.concatenate([rng.normal(0, 1, 12), rng.normal(2.4, 1, 24)])
    by_count = monitoring.xmr(series(x), "x", time="month", baseline=12)
    by_times = monitoring.xmr(series(x), "x", time="month", baseline=(1, 12))
    pd.testing.assert_frame_equal(by_count.table, by_times.table)
    assert by_count.phases["n_baseline"].tolist() == [12]
    assert by_count.table.loc[0, "centre"] == pytest.approx(x[:12].mean())
    assert by_count.table.loc[0, "upper"] == pytest.approx(
        x[:12].mean() + 2.66 * np.abs(np.diff(x[:12])).mean()
    )
    assert by_count.signals["month"].min() > 12
    median = monitoring.xmr(series(x), "x", time="month", baseline=12, ranges="median").table.iloc[0]
    spread = np.median(np.abs(np.diff(x[:12])))
    assert median["upper"] == pytest.approx(x[:12].mean() + 3.145 * spread)
    assert median["range_upper"] == pytest.approx(3.865 * spread)


def test_months_that_are_ordered_categories_keep_their_order():
    names = ["Nov", "Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct"]
    values = np.array([10.0, 12, 11, 13, 12, 11, 30, 32, 31, 33, 32, 31])
    frame = pd.DataFrame({"month": pd.Categorical(names, names, ordered=True), "x": values})[::-1]
    given_ = {"time": "month", "baseline": ("Nov", "Apr"), "breaks": ["May"]}
    found = monitoring.xmr(frame, "x", **given_)
    assert found.table["month"].tolist() == names
    assert found.table["value"].tolist() == values.tolist()
    assert found.phases[["first", "last", "n_baseline"]].to_numpy().tolist() == [
        ["Nov", "Apr", 6],
        ["May", "Oct", 6],
    ]
    in_polars = pl.from_pandas(frame).with_columns(pl.col("month").cast(pl.Enum(names)))
    in_polars = monitoring.xmr(in_polars, "x", **given_)
    pd.testing.assert_frame_equal(in_polars.table, found.table)
    with pytest.raises(ArgumentError, match="a time from Nov to Oct"):
        monitoring.xmr(frame, "x", time="month", breaks=["Juli"])


def test_a_missing_month_ends_runs_and_ranges_and_is_reported():
    x = [1.0, 2, 1, 2, 1, 2, np.nan, 5, 2, 1]
    found = monitoring.xmr(series(x), "x", time="month")
    assert found.n_missing == 1
    assert found.table["moving_range"].isna().tolist() == [True] + [False] * 5 + [True, True, False, False]
    assert "missing: 1." in found.explain()
    smooth = monitoring.ewma(series(x), "x", time="month").table
    assert smooth.loc[6, "ewma"] == smooth.loc[5, "ewma"]
    assert not smooth.loc[6, "signal"]


def test_points_above_and_below_come_from_ewma_of_a_small_lasting_change():
    rng = np.random.default_rng(20)
    shift = np.concatenate([np.zeros(20), np.ones(20)])
    found, single = 0, 0
    for _ in range(60):
        frame = series(rng.standard_normal(40) + shift)
        found += monitoring.ewma(frame, "x", time="month", target=0, sigma=1).table["signal"][20:35].any()
        single += (np.abs(frame["x"][20:35]) > 3).any()
    assert found > 40 > single + 10


def test_ordinary_p_chart_raises_false_alarms_where_laney_does_not():
    frame = load_dataset("retail_monthly")
    given = {"n": "n", "time": "month", "baseline": ("2023-01", "2023-12")}
    plain = monitoring.p_chart(frame, "satisfied", dispersion="binomial", **given)
    laney = monitoring.p_chart(frame, "satisfied", **given)
    assert plain.table["signal"][:12].any()
    assert not laney.table["signal"][:17].any()
    assert laney.signals["month"].iloc[0] == pd.Timestamp("2024-06-01")
    assert laney.n_missing == frame["n"].isna().sum() > 0
    assert laney.table["n"].tolist() == frame.groupby("month")["n"].sum().tolist()
    assert "times as much as the luck of the draw" in laney.explain()


def test_limits_of_shares_stay_between_0_and_1():
    frame = series([1, 0, 2, 0, 1, 0, 3, 0], n=20)
    table = monitoring.p_chart(frame, "x", n="n", time="month", dispersion="binomial").table
    assert table["lower"].tolist() == [0.0] * 8
    assert (table["upper"] <= 1).all()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=6, max_size=20).filter(lambda x: 0 < sum(x) < 50 * len(x)))
def test_counting_failures_mirrors_counting_successes(x):
    frame = series(x, n=50).assign(y=lambda f: 50 - f["x"])
    if len(set(x)) == 1:
        return
    one, two = (monitoring.p_chart(frame, c, n="n", time="month").table for c in "xy")
    assert one["signal"].tolist() == two["signal"].tolist()
    assert one["upper"].tolist() == pytest.approx((1 - two["lower"]).tolist())


# ------------------------------------------------------------------------- chains and complaints


def test_twelve_moments_of_truth():
    steps = pd.DataFrame({"step": [f"s{i:02}" for i in range(12)], "right": [95] * 11 + [90], "asked": 100})
    found = monitoring.journey(steps, step="step", passed="right", n="asked")
    assert found.overall.score == pytest.approx(0.95**11 * 0.9)
    assert found.first == "s11"
    assert found.table["cumulative"].tolist() == pytest.approx(np.cumprod([0.95] * 11 + [0.9]).tolist())
    assert found.table["gain"].iloc[-1] == pytest.approx(0.95**11 * 0.1)
    assert found.table["rank"].iloc[-1] == 1
    assert not found.clear
    assert "not beyond chance" in found.explain()
    # By hand: independent steps, a gamma of the same mean and variance with half a failure added.
    p = steps["right"] / 100
    mean, variance = -np.log(p).sum() + 0.005, ((1 - p) / p / 100).sum() + 0.01**2 / 2
    low = math.exp(-stats.gamma.ppf(0.975, mean**2 / variance, scale=variance / mean))
    assert found.overall.low == pytest.approx(low)
    clear = steps.assign(right=[99] * 11 + [60])
    assert monitoring.journey(clear, step="step", passed="right", n="asked").clear


def test_a_step_that_nobody_passes_leaves_nothing():
    steps = pd.DataFrame({"step": ["a", "b"], "right": [0, 9], "asked": 10})
    found = monitoring.journey(steps, step="step", passed="right", n="asked")
    assert (found.overall.score, found.overall.low) == (0, 0)
    assert found.overall.high == pytest.approx(wilson(0, 10).high)
    perfect = monitoring.journey(steps.assign(right=10), step="step", passed="right", n="asked")
    assert (perfect.overall.score, perfect.overall.high) == (1, 1)
    assert perfect.overall.low < 0.8
    assert perfect.table["gain"].tolist() == [0, 0]


def test_steps_keep_their_order_and_missing_judgements_are_counted():
    frame = pd.DataFrame({"step": ["order", "buy", "use"] * 20, "ok": ([1, 1, 0] * 19) + [None, 1, 1]})
    found = monitoring.journey(frame, step="step", passed="ok")
    assert found.table["step"].tolist() == ["order", "buy", "use"]
    assert found.table["n_missing"].tolist() == [1, 0, 0]
    assert "missing" in found.explain()
    given_ = monitoring.journey(frame, step="step", passed="ok", order=["use", "buy", "order"])
    assert given_.table["step"].tolist() == ["use", "buy", "order"]
    ordered = frame.assign(step=pd.Categorical(frame["step"], ["buy", "use", "order"], ordered=True))
    assert monitoring.journey(ordered, step="step", passed="ok").table["step"].tolist() == [
        "buy",
        "use",
        "order",
    ]
    as_bool = frame.assign(ok=frame["ok"].map({1: True, 0: False}).astype("boolean"))
    pd.testing.assert_frame_equal(monitoring.journey(as_bool, step="step", passed="ok").table, found.table)


def test_internal_chain():
    work = pd.DataFrame({"step": ["a", "b"], "in": [200, 100], "ok": [180, 80], "mended": [20, 10]})
    found = monitoring.internal_chain(work, step="step", received="in", right="ok", reworked="mended")
    assert found.overall.score == pytest.approx(0.72)
    assert found.final == pytest.approx(0.9)
    assert found.table["next"].tolist() == ["b", "the customer"]
    assert "90 %" in found.explain()
    halves = pd.concat([work.assign(**{c: work[c] / 2 for c in ("in", "ok", "mended")})] * 2)
    again = monitoring.internal_chain(halves, step="step", received="in", right="ok", reworked="mended")
    pd.testing.assert_frame_equal(again.table, found.table)


def test_the_denominator_turns_the_order():
    frame = load_dataset("retail_monthly")
    found = monitoring.complaint_rate(
        frame, "complaints", per={"order": "orders", "customer": "customers"}, segment="format"
    )
    assert "per order most in suburb, per customer most in city" in found.explain()
    sums = frame.groupby("format")[["complaints", "orders", "customers"]].sum()
    rates = found.table.set_index(["per", "format"])["rate"]
    assert rates["order", "city"] == pytest.approx(
        sums.loc["city", "complaints"] / sums.loc["city", "orders"]
    )
    assert rates["customer", "city"] == pytest.approx(
        sums.loc["city", "complaints"] / sums.loc["city", "customers"]
    )


def test_open_cases_are_counted_honestly():
    cases = pd.DataFrame(
        {
            "opened": ["2025-06-01", "2025-06-01", "2025-06-10", "2025-06-28", "2025-06-29", "2025-06-25"],
            "answered": ["2025-06-03", "2025-06-20", None, "2025-06-29", None, "2025-06-30"],
            "owner": ["Li", "Li", None, "Li", "Li", "Li"],
        }
    )
    given_ = {"opened": "opened", "answered": "answered", "as_of": "2025-06-30", "deadline": 5}
    found = monitoring.complaint_loop(cases, **given_).table.iloc[0]
    counted = ["in_time", "late", "overdue", "not_due_answered", "not_due_open", "due", "n"]
    assert found[counted].tolist() == [2, 1, 1, 1, 1, 4, 6]
    assert found["score"] == pytest.approx(2 / 4)
    assert found["of_closed"] == pytest.approx(3 / 4)
    by_owner = monitoring.complaint_loop(cases, segment="owner", **given_)
    assert by_owner.table["overdue"].tolist() == [0, 1]
    assert "nobody in charge 0 %" in by_owner.explain()
    dates = cases.assign(opened=pd.to_datetime(cases["opened"]), answered=pd.to_datetime(cases["answered"]))
    pd.testing.assert_frame_equal(
        monitoring.complaint_loop(dates, segment="owner", **given_).table, by_owner.table
    )
    own = cases.assign(days=[1, 30, 5, 1, 1, 5])
    row = monitoring.complaint_loop(own, **{**given_, "deadline": "days"}).table.iloc[0]
    assert row[counted].tolist() == [2, 1, 2, 1, 0, 5, 6]


# ------------------------------------------------------------------------------------- dashboard


def stores(rng=None) -> pd.DataFrame:
    rng = rng or np.random.default_rng(21)
    n = rng.integers(40, 120, 60)
    up = rng.binomial(n, 0.6)
    frame = pd.DataFrame(
        {"month": np.repeat([1, 2, 3], 20), "store": np.tile(np.arange(20), 3), "n": n, "up": up}
    )
    return frame.assign(down=rng.binomial(n - up, 0.5), score=rng.normal(70, 5, 60))


KPIS = [
    Kpi("Satisfied", "up", "n", target=0.5),
    Kpi("NPS", "up", "n", minus="down", target=90),
    Kpi("Complaints", "down", "n", target=0.2, better="low"),
    Kpi("Score", "score", target=70),
]


def test_dashboard_in_closed_form():
    frame = stores()
    found = monitoring.dashboard(frame, KPIS, time="month").table.set_index("kpi")
    last = frame[frame.month == 3].sum()
    expected = wilson(int(last["up"]), int(last["n"]))
    assert found.loc["Satisfied", ["low", "high"]].tolist() == pytest.approx([expected.low, expected.high])
    assert found["status"].tolist() == ["met", "missed", "unclear", "unclear"]
    assert found.loc["NPS", "value"] == pytest.approx(100 * (last["up"] - last["down"]) / last["n"])
    mean = frame.loc[frame.month == 3, "score"]
    assert found.loc["Score", ["low", "high"]].tolist() == pytest.approx(
        list(stats.t.interval(0.95, 19, mean.mean(), stats.sem(mean)))
    )
    before = frame[frame.month == 2].sum()
    assert found.loc["Satisfied", "change"] == pytest.approx(
        last["up"] / last["n"] - before["up"] / before["n"]
    )


def test_dashboard_knows_that_the_stores_are_the_same():
    rng = np.random.default_rng(22)
    frame = stores(rng)
    frame["up"] = rng.binomial(frame["n"], np.tile(np.linspace(0.2, 0.9, 20), 3))
    frame["down"] = 0
    known = monitoring.dashboard(frame, KPIS[:1], time="month", respondent="store").table.iloc[0]
    unknown = monitoring.dashboard(frame, KPIS[:1], time="month").table.iloc[0]
    assert known["high"] - known["low"] > 1.5 * (unknown["high"] - unknown["low"])
    width = known["change_high"] - known["change_low"]
    assert width < 1.3 * (unknown["change_high"] - unknown["change_low"])


def test_a_kpi_that_was_defined_anew_is_not_compared():
    frame = stores()
    for start, direction in ((3, "break"), (2, "same")):
        kpi = Kpi("Satisfied", "up", "n", target=0.5, breaks=(start,))
        row = monitoring.dashboard(frame, [kpi], time="month").table.iloc[0]
        assert (row["direction"] == "break") == (direction == "break")
        assert math.isnan(row["change"]) == (direction == "break")
    kpi = Kpi("Satisfied", "up", "n", target=0.5, breaks=(2,))
    assert monitoring.dashboard(frame, [kpi], time="month", before=1).table["direction"][0] == "break"


def test_direction_and_status_turn_with_what_is_good():
    frame = pd.DataFrame({"month": [1, 2], "n": 1000, "c": [100, 300]})
    high = monitoring.dashboard(frame, [Kpi("k", "c", "n", target=0.2)], time="month").table.iloc[0]
    low = monitoring.dashboard(
        frame, [Kpi("k", "c", "n", target=0.2, better="low")], time="month"
    ).table.iloc[0]
    assert (high["status"], high["direction"]) == ("met", "better")
    assert (low["status"], low["direction"]) == ("missed", "worse")


# ---------------------------------------------------------------------------------- the analyses


def retail() -> pd.DataFrame:
    frame = load_dataset("retail_monthly")
    return frame[frame["month"] < "2024-07-01"].reset_index(drop=True)


ITEMS = [f"item_{i:02}" for i in range(1, 13)]


def loop_frame() -> pd.DataFrame:
    rng = np.random.default_rng(23)
    frame = complaints(rng, 200)
    days = pd.to_timedelta(frame["answered"], unit="D")
    frame["answered"] = (pd.Timestamp("2025-01-01") + days).dt.floor("D")
    frame["opened"] = pd.Timestamp("2025-01-01") + pd.to_timedelta(frame["opened"], unit="D")
    return frame.assign(owner=rng.choice(["Li", "Marta"], 200), who=rng.integers(0, 90, 200))


ANALYSES = {
    "xmr": (retail, lambda f: monitoring.xmr(f, "returns", n="orders", time="month")),
    "p": (retail, lambda f: monitoring.p_chart(f, "satisfied", n="n", time="month", baseline=12)),
    "ewma": (retail, lambda f: monitoring.ewma(f, "complaints", n="orders", time="month")),
    "journey": (
        lambda: journey_frame(journeys(np.random.default_rng(24), 80, 0.02)),
        lambda f: monitoring.journey(f, step="step", passed="ok", respondent="who", order=range(6)),
    ),
    "chain": (
        retail,
        lambda f: monitoring.internal_chain(
            f, step="format", received="orders", right="customers", order=["city", "suburb"]
        ),
    ),
    "rate": (
        retail,
        lambda f: monitoring.complaint_rate(
            f, "complaints", per="orders", segment="format", respondent="store"
        ),
    ),
    "loop": (
        loop_frame,
        lambda f: monitoring.complaint_loop(
            f,
            opened="opened",
            answered="answered",
            as_of="2025-03-02",
            deadline=7,
            segment="owner",
            respondent="who",
        ),
    ),
    "styles": (
        lambda: load_dataset("countries_style")[:400],
        lambda f: monitoring.response_styles(
            f, ITEMS, reverse=ITEMS[6:], scale=(1, 5), segment="country", respondent="respondent"
        ),
    ),
    "vignettes": (
        lambda: load_dataset("countries_style")[:400],
        lambda f: monitoring.anchoring_vignettes(
            f, "item_01", ["vignette_1", "vignette_2", "vignette_3"], scale=(1, 5), segment="country"
        ),
    ),
    "decay": (
        retail,
        lambda f: monitoring.decayed_mean(f, "returns", time="month", half_life=90, segment="format"),
    ),
    "dashboard": (
        retail,
        lambda f: monitoring.dashboard(
            f,
            [Kpi("NPS", "promoters", "n", minus="detractors", target=20), Kpi("S", "returns", target=90)],
            time="month",
            respondent="store",
        ),
    ),
}


def test_stores_in_any_order_give_the_same_chart():
    frame = retail()
    mixed = frame.sample(frac=1, random_state=1)
    for name in ("xmr", "p", "ewma", "dashboard"):
        one, two = (ANALYSES[name][1](f).table for f in (frame, mixed))
        pd.testing.assert_frame_equal(one, two)


# ------------------------------------------------------------------------------ what people read


def work() -> pd.DataFrame:
    frame = pd.DataFrame({"step": ["sales", "planning", "purchasing"], "in": [400, 398, 396]})
    return frame.assign(ok=[372, 330, 366], mended=[25, 60, 24])


FIGURES = {
    **{name: (lambda name=name: ANALYSES[name][1](ANALYSES[name][0]())) for name in ANALYSES},
    "break": lambda: monitoring.xmr(retail(), "satisfied", n="n", time="month", breaks=["2024-03"]),
    "mended": lambda: monitoring.internal_chain(
        work(), step="step", received="in", right="ok", reworked="mended"
    ),
    "one rate": lambda: monitoring.complaint_rate(retail(), "complaints", per="orders"),
    "turned": lambda: monitoring.complaint_rate(
        retail(), "complaints", per={"order": "orders", "customer": "customers"}, segment="format"
    ),
    "one loop": lambda: monitoring.complaint_loop(
        loop_frame(),
        opened="opened",
        answered="answered",
        as_of="2025-03-02",
        deadline=7,
        method="kaplan-meier",
    ),
    "decayed share": lambda: monitoring.decayed_mean(
        retail().assign(big=lambda f: f["orders"] > 1400), "big", time="month", half_life=90
    ),
    "target": lambda: monitoring.ewma(series([1.0, 2, 1, 2, 9, 9]), "x", time="month", target=1.5, sigma=0.5),
    "false alarms": lambda: monitoring.false_alarms(24, baselines=[6, 12], series=50),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_result_speaks_and_draws_in_both_languages(name, speaks_and_draws):
    speaks_and_draws(FIGURES[name]())


def test_moving_ranges_have_a_figure_of_their_own():
    calm = monitoring.xmr(retail(), "returns", n="orders", time="month")
    assert "no step beyond the usual" in calm.plot(which="ranges").get_title(loc="left")
    loud = monitoring.xmr(series([1.0, 2, 1, 2, 1, 30, 31, 30, 31]), "x", time="month")
    assert "one sudden step beyond the usual, 6" in loud.plot(which="ranges").get_title(loc="left")
    twice = monitoring.xmr(series([*([1.0, 2] * 10), 40, 1, *([2.0, 1] * 10)]), "x", time="month")
    assert "2 sudden steps" in twice.plot(which="ranges").get_title(loc="left")
    with pytest.raises(ArgumentError, match="'values'"):
        monitoring.ewma(series([1.0, 2, 1, 2, 1]), "x", time="month").plot(which="ranges")


def test_titles_say_the_finding():
    def title(result):
        return result.plot().get_title(loc="left").replace("\n", " ")

    noise = monitoring.xmr(series([1.0, 2, 1, 2, 1, 2]), "x", time="month")
    assert title(noise) == "x: no signal in 6 points, only the usual noise"
    one = monitoring.xmr(series([1.0, 2, 1, 2, 1, 2, 9]), "x", time="month", baseline=6)
    assert title(one) == "x: one signal in 7 points, at month 7"
    more = monitoring.xmr(series([1.0, 2, 1, 2, 1, 2, 9, 1, 9]), "x", time="month", baseline=6)
    assert title(more) == "x: 2 signals in 9 points, the first at month 7"
    named = series([1.0, 2, 1, 2, 1, 2, 9]).assign(month=lambda f: "week " + f["month"].astype("str"))
    text_ = monitoring.xmr(named, "x", time="month", baseline=6)
    assert title(text_) == "x: one signal in 7 points, week 7"
    anew = monitoring.xmr(series([1.0, 2, 1, 2, 1, 2, 9, 8, 9, 8, 9, 8]), "x", time="month", breaks=[7])
    assert title(anew) == "x: no signal in 12 points, each within its own definition"
    frame = load_dataset("countries_style")
    assert title(
        monitoring.response_styles(frame, ITEMS, reverse=ITEMS[6:], scale=(1, 5), segment="country")
    ).startswith("The difference is one of answering style")
    real = frame.assign(**{i: np.where(frame.country == "Norland", 2, 4) for i in ITEMS[:6]})
    real = real.assign(**{i: np.where(frame.country == "Norland", 4, 2) for i in ITEMS[6:]})
    assert title(
        monitoring.response_styles(real[:300], ITEMS, reverse=ITEMS[6:], scale=(1, 5), segment="country")
    ).startswith("A difference remains")
    many = monitoring.p_chart(
        load_dataset("retail_monthly"), "satisfied", n="n", time="month", dispersion="binomial"
    )
    assert "2024-06" in many.explain()
    edge = monitoring.dashboard(stores(), KPIS, time="month")
    assert title(edge) == "3: of 4 targets 1 met, 1 missed, 2 not clear"
    assert edge.plot().get_ylabel() == "KPI (better, worse: than in 2)"


def test_no_line_leads_over_a_change_of_the_definition():
    x = [1.0, 2, 1, 2, 1, 2, 9, 8, 9, 8, 9, 8]
    for chart, lines in (({}, [12]), ({"breaks": [7]}, [6, 6])):
        ax = monitoring.xmr(series(x), "x", time="month", **chart).plot()
        values = [line for line in ax.get_lines() if line.get_marker() == "o"]
        assert [len(line.get_xdata()) for line in values] == lines
        names = [words.get_text() for words in ax.get_legend().get_texts()]
        assert names.count("value") == 1


def test_the_title_of_a_loop_names_one_segment_or_counts_those_that_are_alike():
    def title(late):
        rows = [(who, 1.0, 9.0 if i < n else 2.0) for who, n in late.items() for i in range(4)]
        frame = pd.DataFrame(rows, columns=["who", "opened", "answered"])
        return loop(frame, segment="who").plot().get_title(loc="left").replace("\n", " ")

    assert title({"A": 3, "B": 0, "C": 1}) == "Answered in time: from 25 % (A) to 100 % (B)"
    assert title({"A": 3, "B": 0, "C": 0}) == "Answered in time: from 25 % (A) to 100 % (2 of 3)"
    assert title({"A": 3, "B": 3, "C": 0}) == "Answered in time: from 25 % (2 of 3) to 100 % (C)"
    assert title({"A": 1, "B": 1, "C": 1}) == "Answered in time: 75 % in all 3 groups"


def test_the_axis_of_complaint_rates_says_per_100_of_what():
    said = {
        per: monitoring.complaint_rate(retail(), "complaints", per=columns).plot().get_xlabel()
        for per, columns in (("one", "orders"), ("two", {"order": "orders", "customer": "customers"}))
    }
    assert said == {"one": "Complaints per 100 (orders)", "two": "Complaints per 100 (order, customer)"}


def test_the_title_of_a_decayed_mean_has_the_decimals_of_its_interval():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"day": range(400), "x": rng.normal(75, 6, 400) + np.repeat([4, 0], 200)})
    found = monitoring.decayed_mean(frame, "x", time="day", half_life=100)
    row = found.table.iloc[0]
    assert 0.3 < (row["high"] - row["low"]) / 2 < 0.95
    title = found.plot().get_title(loc="left").replace("\n", " ")
    assert (
        title == f"x: {row['score']:.1f} with recent answers weighted more, {row['plain']:.1f} with all alike"
    )
    near = monitoring.decayed_mean(frame, "x", time="day", half_life=9000)
    row = near.table.iloc[0]
    assert f"{row['score']:.1f}" == f"{row['plain']:.1f}"  # unlike ones are not shown as alike
    assert f"{row['score']:.2f} with recent" in near.plot().get_title(loc="left")


# ------------------------------------------------------------------------------------- bad input

MONTHS = pd.DataFrame({"month": [1, 2, 3, 4, 5, 6], "n": 50, "x": [5, 6, 5, 7, 5, 6]}, index=list("abcdef"))
CASES = pd.DataFrame({"opened": [1.0, 2], "answered": [3.0, None]}, index=["p", "q"])
PAIR = pd.DataFrame({"g": ["A", "B"], "own": [3, 4], "v": [2, 2]})


def months(**columns):
    return MONTHS.assign(**columns)


def loop(frame, **more):
    given_ = {"opened": "opened", "answered": "answered", "as_of": 10, "deadline": 5}
    return monitoring.complaint_loop(frame, **{**given_, **more})


def p(frame, **more):
    return monitoring.p_chart(frame, "x", n="n", time="month", **more)


def xmr(frame, **more):
    return monitoring.xmr(frame, "x", time="month", **more)


def dash(kpi, frame=MONTHS, **more):
    return monitoring.dashboard(frame, [kpi], time="month", **more)


BAD = {
    "no answers in a month": (
        lambda: p(months(n=[50, 50, 0, 50, 50, 50], x=[5, 6, 0, 7, 5, 6])),
        DataError,
        "n 3",
    ),
    "more than its n": (lambda: p(months(x=[5, 6, 51, 7, 5, 6])), DataError, "x c 51"),
    "negative": (lambda: p(months(x=[5, 6, -1, 7, 5, 6])), DataError, "x c -1"),
    "text": (lambda: xmr(months(x=[5, 6, "many", 7, 5, 6])), DataError, "x c many"),
    "two rows a month": (lambda: xmr(months(month=[1, 1, 3, 4, 5, 6])), DataError, "month b"),
    "no time": (lambda: xmr(months(month=[1, 2, None, 4, 5, 6])), DataError, "month c"),
    "no rows": (lambda: xmr(MONTHS[:0]), DataError, "x"),
    "few points": (lambda: xmr(MONTHS[:4]), DataError, "month 5"),
    "only gaps": (lambda: xmr(months(x=[math.nan] * 6)), DataError, "x"),
    "no variation": (lambda: xmr(months(x=5)), DataError, "x 5"),
    "all or nothing": (lambda: p(months(x=0)), DataError, "x 0"),
    "unknown column": (lambda: monitoring.xmr(MONTHS, "y", time="month"), UnknownNameError, "y"),
    "unknown rule": (lambda: xmr(MONTHS, rules="run-of-7"), UnknownNameError, "run-of-7"),
    "no rules": (lambda: xmr(MONTHS, rules=[]), ArgumentError, "rules"),
    "short baseline": (lambda: xmr(MONTHS, baseline=4), ArgumentError, "baseline 4"),
    "text baseline": (lambda: xmr(MONTHS, baseline="2024"), ArgumentError, "baseline"),
    "baseline elsewhere": (lambda: xmr(MONTHS, baseline=(4, 6)), ArgumentError, "baseline"),
    "baseline of another kind": (lambda: xmr(MONTHS, baseline=("a", "b")), ArgumentError, "baseline"),
    "break outside": (lambda: xmr(MONTHS, breaks=[7]), ArgumentError, "breaks 7"),
    "break at the start": (lambda: xmr(MONTHS, breaks=[1]), ArgumentError, "breaks 1"),
    "break without list": (lambda: xmr(MONTHS, breaks="3"), ArgumentError, "breaks"),
    "ranges": (lambda: xmr(MONTHS, ranges="mode"), ArgumentError, "ranges mode"),
    "dispersion": (lambda: p(MONTHS, dispersion="none"), ArgumentError, "dispersion none"),
    "confidence": (lambda: p(MONTHS, confidence=95), ArgumentError, "0.95"),
    "smoothing": (
        lambda: monitoring.ewma(MONTHS, "x", time="month", smoothing=1.5),
        ArgumentError,
        "smoothing",
    ),
    "width": (lambda: monitoring.ewma(MONTHS, "x", time="month", width=0), ArgumentError, "width"),
    "sigma": (lambda: monitoring.ewma(MONTHS, "x", time="month", sigma=-1), ArgumentError, "sigma"),
    "limits": (lambda: monitoring.ewma(MONTHS, "x", time="month", limits="wide"), ArgumentError, "limits"),
    "half passed": (
        lambda: monitoring.journey(months(x=[1, 0, 0.5, 1, 1, 0]), step="month", passed="x"),
        DataError,
        "x c 0.5",
    ),
    "no step": (
        lambda: monitoring.journey(months(month=[1, 2, None, 4, 5, 6], x=1), step="month", passed="x"),
        DataError,
        "month c",
    ),
    "silent step": (
        lambda: monitoring.journey(months(x=[1, None, 1, 1, 1, 1]), step="month", passed="x"),
        DataError,
        "x",
    ),
    "respondents of counts": (
        lambda: monitoring.journey(MONTHS, step="month", passed="x", n="n", respondent="n"),
        ArgumentError,
        "respondent n",
    ),
    "order": (
        lambda: monitoring.journey(MONTHS, step="month", passed="x", n="n", order=[1, 2]),
        ArgumentError,
        "order",
    ),
    "empty step": (
        lambda: monitoring.internal_chain(
            months(n=[50, 0, 9, 9, 9, 9], x=0), step="month", received="n", right="x"
        ),
        DataError,
        "n 2",
    ),
    "too much mended": (
        lambda: monitoring.internal_chain(months(m=46), step="month", received="n", right="x", reworked="m"),
        DataError,
        "m 46",
    ),
    "no denominator": (lambda: monitoring.complaint_rate(months(n=0), "x", per="n"), DataError, "n 0"),
    "nothing to divide by": (lambda: monitoring.complaint_rate(MONTHS, "x", per={}), ArgumentError, "per"),
    "answered before": (lambda: loop(CASES.assign(answered=[3.0, 1.0])), DataError, "answered q 1"),
    "opened later": (lambda: loop(CASES.assign(opened=[1.0, 11.0])), DataError, "opened q 11"),
    "not opened": (lambda: loop(CASES.assign(opened=[1.0, None])), DataError, "opened q"),
    "no date": (
        lambda: loop(CASES.assign(opened=["2025-01-01", "soon"], answered=None), as_of="2025-02-01"),
        DataError,
        "opened q soon",
    ),
    "day of export": (lambda: loop(CASES, as_of="2025-01-01"), ArgumentError, "as_of"),
    "nothing due": (lambda: loop(CASES, deadline=50), DataError, "opened 2"),
    "no such column": (lambda: loop(CASES, deadline="days"), UnknownNameError, "days"),
    "deadline": (lambda: loop(CASES, deadline=-1), ArgumentError, "deadline"),
    "method": (lambda: loop(CASES, method="all"), ArgumentError, "method all"),
    "deadlines": (
        lambda: loop(CASES.assign(days=5), deadline="days", method="kaplan-meier"),
        ArgumentError,
        "deadline days",
    ),
    "not balanced": (
        lambda: monitoring.response_styles(PAIR, ["own", "v"], reverse=[], scale=(1, 5), segment="g"),
        ArgumentError,
        "reverse 2",
    ),
    "off the scale": (
        lambda: monitoring.response_styles(PAIR, ["own", "v"], reverse=["v"], scale=(1, 3), segment="g"),
        DataError,
        "own 1 4",
    ),
    "one country": (
        lambda: monitoring.response_styles(PAIR[:1], ["own", "v"], reverse=["v"], scale=(1, 5), segment="g"),
        ArgumentError,
        "segment",
    ),
    "silent country": (
        lambda: monitoring.response_styles(
            PAIR.assign(v=[2, None]), ["own", "v"], reverse=["v"], scale=(1, 5), segment="g"
        ),
        DataError,
        "own, v",
    ),
    "no vignette": (
        lambda: monitoring.anchoring_vignettes(PAIR, "own", [], scale=(1, 5), segment="g"),
        ArgumentError,
        "vignettes",
    ),
    "ranges of vignettes": (
        lambda: monitoring.anchoring_vignettes(PAIR, "own", ["v"], scale=(1, 5), segment="g", ranges="x"),
        ArgumentError,
        "ranges x",
    ),
    "unknown reference": (
        lambda: monitoring.anchoring_vignettes(PAIR, "own", ["v"], scale=(1, 5), segment="g", reference="C"),
        ArgumentError,
        "reference C",
    ),
    "silent in vignettes": (
        lambda: monitoring.anchoring_vignettes(
            PAIR.assign(v=[2, None]), "own", ["v"], scale=(1, 5), segment="g"
        ),
        DataError,
        "own, v",
    ),
    "nobody's country": (
        lambda: monitoring.anchoring_vignettes(
            PAIR.assign(g=["A", None]), "own", ["v"], scale=(1, 5), segment="g"
        ),
        DataError,
        "g",
    ),
    "half-life": (
        lambda: monitoring.decayed_mean(MONTHS, "x", time="month", half_life=0),
        ArgumentError,
        "half_life",
    ),
    "later than now": (
        lambda: monitoring.decayed_mean(MONTHS, "x", time="month", half_life=2, as_of=4),
        DataError,
        "month 5",
    ),
    "times of text": (
        lambda: monitoring.decayed_mean(months(month="May"), "x", time="month", half_life=2),
        DataError,
        "month May",
    ),
    "baseline of four": (lambda: monitoring.false_alarms(36, baselines=[4]), ArgumentError, "baselines 35"),
    "nothing to judge": (lambda: monitoring.false_alarms(36, baselines=[36]), ArgumentError, "baselines 36"),
    "no baseline": (lambda: monitoring.false_alarms(36, baselines=[]), ArgumentError, "baselines"),
    "no series": (lambda: monitoring.false_alarms(series=0), ArgumentError, "series 0"),
    "no KPI": (lambda: monitoring.dashboard(MONTHS, [], time="month"), ArgumentError, "kpis"),
    "no target": (lambda: dash(Kpi("k", "x", "n")), ArgumentError, "target"),
    "good": (lambda: dash(Kpi("k", "x", "n", target=1, better="up")), ArgumentError, "better up"),
    "minus": (lambda: dash(Kpi("k", "x", minus="n", target=1)), ArgumentError, "minus n"),
    "no such month": (lambda: dash(Kpi("k", "x", "n", target=1), now=9), ArgumentError, "now 9"),
    "before": (lambda: dash(Kpi("k", "x", "n", target=1), now=2, before=3), ArgumentError, "before 3"),
    "first month": (lambda: dash(Kpi("k", "x", "n", target=1), now=1), ArgumentError, "before"),
    "one month": (lambda: dash(Kpi("k", "x", "n", target=1), MONTHS[:1]), ArgumentError, "time"),
    "no answers now": (
        lambda: dash(Kpi("k", "x", "n", target=1), months(n=[9, 9, 9, 9, 9, 0], x=0)),
        DataError,
        "n 0",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_both_languages(case):
    call, error, words = BAD[case]
    said = {}
    for language in ("en", "zh_CN"):
        set_language(language)
        with pytest.raises(error) as caught:
            call()
        said[language] = str(caught.value)
        for word in words.split():
            assert word in said[language], (language, word, said[language])
        assert "{" not in said[language].replace("{'", "").replace("={", "").replace("{}", "")
    assert any("\u4e00" <= sign <= "\u9fff" for sign in said["zh_CN"])
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in said["en"])


def test_errors_name_row_and_value():
    with pytest.raises(DataError) as caught:
        p(months(n=[50, 50, 0, 50, 50, 50], x=[5, 6, 0, 7, 5, 6]))
    assert (caught.value.column, caught.value.rows, caught.value.row, caught.value.value) == ("n", 1, "c", 0)
    assert "A share of nothing is not 0" in str(caught.value)
    with pytest.raises(DataError) as caught:
        xmr(months(month=[1, 1, 3, 4, 5, 6]))
    assert (caught.value.rows, caught.value.row, caught.value.value) == (2, "b", "1")
    # A closed store beside open ones is no month without answers.
    closed = pd.concat([MONTHS, MONTHS.assign(n=0, x=0)])
    pd.testing.assert_frame_equal(p(closed).table, p(MONTHS).table)


def test_results_cannot_be_changed():
    found = xmr(MONTHS)
    with pytest.raises(AttributeError):
        found.kind = "p"
