"""Expectation confirmation: known numbers, the coverage of every interval, the case data, and bad input."""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from csmodels_helpers import expectation
from csmodels_helpers.datasets import load_dataset
from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import set_language

pytestmark = pytest.mark.usefixtures("course_style")


def calls(rng, n, *, gain=0.4, loss=0.8, per_customer=1, spread=0.0) -> pd.DataFrame:
    """Service calls with a bent line; customers who call repeatedly differ from each other."""
    who = np.repeat(np.arange(-(-n // per_customer)), per_customer)[:n]
    expected = rng.normal(70, 6, n)
    delivered = rng.normal(71, 9, n)
    d = delivered - expected
    own = spread * rng.standard_normal(who.max() + 1)[who]
    satisfaction = 50 + 0.2 * expected + gain * np.maximum(d, 0) - loss * np.maximum(-d, 0)
    satisfaction += own + rng.normal(0, 4, n)
    return pd.DataFrame({"who": who, "e": expected, "p": delivered, "s": satisfaction})


def by_term(result) -> pd.DataFrame:
    return result.table.set_index("term")


# ------------------------------------------------------------------------ numbers from elsewhere


def test_slopes_are_those_of_statsmodels():
    frame = calls(np.random.default_rng(1), 300)
    fit = sm.OLS(frame["s"], sm.add_constant(frame[["p", "e"]])).fit()
    found = expectation.regress(frame, "s", ["p", "e"])
    assert by_term(found)["estimate"].tolist() == pytest.approx(fit.params.tolist())
    assert found.r_squared == pytest.approx(fit.rsquared)
    d = frame["p"] - frame["e"]
    bent = pd.DataFrame({"e": frame["e"], "gain": d.clip(lower=0), "loss": -(-d).clip(lower=0)})
    fit = sm.OLS(frame["s"], sm.add_constant(bent)).fit()
    found = by_term(expectation.asymmetry(frame, "s", expected="e", perceived="p"))["estimate"]
    assert found[["intercept", "expectation", "gain", "loss"]].tolist() == pytest.approx(fit.params.tolist())
    assert found["difference"] == pytest.approx(found["loss"] - found["gain"])
    assert found["ratio"] == pytest.approx(found["loss"] / found["gain"])


def test_jackknife_errors_are_near_the_robust_ones_of_statsmodels():
    frame = calls(np.random.default_rng(2), 4000)
    fit = sm.OLS(frame["s"], sm.add_constant(frame[["p", "e"]])).fit(cov_type="HC3")
    found = by_term(expectation.regress(frame, "s", ["p", "e"]))["error"]
    assert found.tolist() == pytest.approx(fit.bse.tolist(), rel=0.2)


def test_paths_are_those_of_statsmodels():
    c, names = (
        load_dataset("appliance_service"),
        ["disconfirmation", "usefulness", "satisfaction", "intention"],
    )
    found = model_of(c, standardized=True)
    z = c[names].dropna()
    z = (z - z.mean()) / z.std()
    direct = found.table[found.table["kind"] == "direct"].set_index(["cause", "effect"])["estimate"]
    roles = dict(zip(("confirmation", "usefulness", "satisfaction", "intention"), names, strict=True))
    for child, parents in {
        "usefulness": ["confirmation"],
        "satisfaction": ["confirmation", "usefulness"],
        "intention": ["usefulness", "satisfaction"],
    }.items():
        fit = sm.OLS(z[roles[child]], z[[roles[p] for p in parents]]).fit()
        assert [direct[p, child] for p in parents] == pytest.approx(fit.params.tolist())
        assert found.r_squared[child] == pytest.approx(fit.rsquared)
    # Sewall Wright's rule: an effect is the sum over all ways, each the product of its steps.
    short = {f"{cause[0]}{effect[0]}": value for (cause, effect), value in direct.items()}
    ways = short["cu"] * short["ui"] + short["cs"] * short["si"] + short["cu"] * short["us"] * short["si"]
    total = found.table.set_index(["cause", "effect", "kind"])["estimate"]
    assert total["confirmation", "intention", "total"] == pytest.approx(ways)
    assert total["confirmation", "intention", "indirect"] == pytest.approx(ways)
    assert total["usefulness", "intention", "total"] == pytest.approx(short["ui"] + short["us"] * short["si"])
    # Of satisfaction the ways add up to what the regression on confirmation alone gives.
    alone = sm.OLS(z["satisfaction"], z["disconfirmation"]).fit().params.iloc[0]
    assert total["confirmation", "satisfaction", "total"] == pytest.approx(alone)


def test_land_of_oz():
    # Kemeny, Snell and Thompson, Introduction to Finite Mathematics: rain, nice, snow in the Land of Oz.
    oz = pd.DataFrame(
        [[0.5, 0.25, 0.25], [0.5, 0, 0.5], [0.25, 0.25, 0.5]],
        index=["rain", "nice", "snow"],
        columns=["rain", "nice", "snow"],
    )
    chain = expectation.from_matrix(oz)
    assert chain.long_run().table["share"].tolist() == pytest.approx([0.4, 0.2, 0.4])
    later = chain.steps_ahead(6, "rain").table.query("step == 6")["share"]
    assert later.tolist() == pytest.approx([0.4, 0.2, 0.4], abs=5e-4)


def test_drunkards_walk():
    # Grinstead and Snell, Introduction to Probability, examples 11.13 to 11.15.
    walk = {i: {i - 1: 0.5, i + 1: 0.5} for i in (1, 2, 3)} | {0: {0: 1.0}, 4: {4: 1.0}}
    found = expectation.from_matrix(walk).long_run()
    assert found.steps.set_index("before")["steps"].loc[[1, 2, 3]].tolist() == pytest.approx([3, 4, 3])
    shares = found.table.set_index(["before", "state"])["share"]
    assert [shares[i, 0] for i in (1, 2, 3)] == pytest.approx([0.75, 0.5, 0.25])
    assert [shares[i, 4] for i in (1, 2, 3)] == pytest.approx([0.25, 0.5, 0.75])


def test_best_promise_is_the_newsvendors_quantile_and_beats_all_others():
    found = expectation.best_promise(80, 10, attraction=0.5, gain=0.4, loss=0.8)
    # q = (0.5 − 0.4)/(0.8 − 0.4) = ¼, and the lower quartile of N(80, 10) is 73.255.
    assert (found.promise, found.disappointed) == pytest.approx((73.2551, 0.25), abs=1e-4)
    drawn = np.random.default_rng(3).normal(80, 10, 200_000)

    def worth(promise):
        d = drawn - promise
        return 0.5 * promise + (0.4 * np.maximum(d, 0) - 0.8 * np.maximum(-d, 0)).mean()

    values = {promise: worth(promise) for promise in (60, 70, 73.2551, 76, 90)}
    assert max(values, key=lambda p: values[p]) == 73.2551
    at_70 = found.table.set_index("promise").loc[70.0]
    assert at_70["value"] == pytest.approx(values[70], abs=0.05)
    assert at_70["disappointed"] == pytest.approx((drawn < 70).mean(), abs=0.005)


# ------------------------------------------------------------------------------------- coverage


def covered(table, truth, low="low", high="high") -> bool:
    """Whether as many intervals hold the truth as of so many good ones may (two-sided, at 1 %)."""
    hits = int(((table[low] <= truth) & (truth <= table[high])).sum())
    print(f"coverage {hits / len(table):.4f} of {len(table)}")
    return stats.binomtest(hits, len(table), 0.95).pvalue > 0.01


SURVEYS = 250


def surveys(draw, times=SURVEYS, seed=5) -> pd.DataFrame:
    """Draw many surveys into one frame, each with customers of its own."""
    rng = np.random.default_rng(seed)
    return pd.concat([draw(rng).assign(survey=i) for i in range(times)], ignore_index=True)


@pytest.mark.parametrize(("n", "per_customer", "spread"), [(100, 1, 0.0), (240, 3, 3.0)])
def test_asymmetry_covers(n, per_customer, spread):
    frame = surveys(lambda rng: calls(rng, n, per_customer=per_customer, spread=spread))
    frame["customer"] = frame["survey"] * n + frame["who"]
    respondent = "customer" if per_customer > 1 else None
    found = expectation.asymmetry(
        frame, "s", expected="e", perceived="p", segment="survey", respondent=respondent
    ).table
    for term, truth in (("gain", 0.4), ("loss", 0.8), ("difference", 0.4), ("expectation", 0.2)):
        assert covered(found[found["term"] == term], truth), term
    ratio = found[found["term"] == "ratio"]
    assert ratio["low"].notna().mean() > 0.95
    assert covered(ratio.dropna(), 2.0)


def test_regression_covers():
    frame = surveys(lambda rng: calls(rng, 120, gain=0.5, loss=0.5, per_customer=2, spread=4.0), 200)
    frame["who"] += frame["survey"] * 120
    tables = [
        by_term(expectation.regress(f, "s", ["p", "e"], respondent="who")) for _, f in frame.groupby("survey")
    ]
    for term, truth in (("p", 0.5), ("e", -0.3)):
        assert covered(pd.DataFrame([t.loc[term] for t in tables]), truth)


def test_disconfirmation_covers():
    def draw(rng):
        frame = calls(rng, 90, per_customer=2)
        d = frame["p"] - frame["e"]
        return frame.assign(d=d / 10 + rng.normal(0, 1, 90))

    found = expectation.disconfirmation(
        surveys(draw), perceived="p", expected="e", stated="d", segment="survey"
    ).table
    assert covered(found, 1.0)
    assert covered(found, 0.1, "stated_low", "stated_high")
    sd = math.hypot(6, 9)
    rho = (sd / 10) / math.hypot(sd / 10, 1)
    assert covered(found, rho, "correlation_low", "correlation_high")


def test_ceiling_covers():
    def draw(rng):
        return pd.DataFrame({"r": np.clip(np.rint(rng.normal(5.5, 1.2, 80)), 1, 7)})

    big = np.clip(np.rint(np.random.default_rng(1).normal(5.5, 1.2, 4_000_000)), 1, 7)
    truth = float((big == 7).mean())
    found = expectation.ceiling(surveys(draw, 500), "r", scale=(1, 7), segment="survey").table
    assert covered(found, truth, "top_low", "top_high")


@pytest.mark.thorough
def test_confirmation_model_covers():
    def draw(rng, n=150):
        c = rng.normal(size=n)
        u = 0.6 * c + rng.normal(size=n)
        s = 0.5 * c + 0.3 * u + rng.normal(size=n)
        return pd.DataFrame({"c": c, "u": u, "s": s, "i": 0.4 * u + 0.5 * s + rng.normal(size=n)})

    rng, found = np.random.default_rng(8), []
    for _ in range(200):
        one = expectation.confirmation_model(
            draw(rng), confirmation="c", usefulness="u", satisfaction="s", intention="i", standardized=False
        )
        found.append(one.table.set_index(["cause", "effect", "kind"]))
    for key, truth in (
        (("usefulness", "satisfaction", "direct"), 0.3),
        (("confirmation", "satisfaction", "indirect"), 0.18),
        (("confirmation", "intention", "total"), 0.58),
    ):
        assert covered(pd.DataFrame([t.loc[key] for t in found]), truth), key


CHAIN = pd.DataFrame(
    [[0.7, 0.2, 0.1], [0.3, 0.5, 0.2], [0.0, 0.0, 1.0]], index=list("rig"), columns=list("rig")
)


def walks(rng, customers, steps) -> pd.DataFrame:
    """Draw customers who walk along the chain until they are gone."""
    state, here, parts = np.zeros(customers, dtype=int), np.arange(customers), []
    for _ in range(steps):
        after = (rng.random(len(here))[:, None] > CHAIN.to_numpy()[state].cumsum(axis=1)).sum(axis=1)
        names = np.array(list("rig"))
        parts.append(pd.DataFrame({"who": here, "before": names[state], "after": names[after]}))
        here, state = here[after < 2], after[after < 2]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.thorough
@pytest.mark.parametrize("respondent", [None, "who"])
def test_chain_covers(respondent):
    truth = expectation.from_matrix(CHAIN)
    later = truth.steps_ahead(3, "r").table.query("step == 3").set_index("state")["share"]
    until = truth.long_run().steps.set_index("before")["steps"]
    rng, rows, ends, steps = np.random.default_rng(4), [], [], []
    for _ in range(200):
        chain = expectation.transitions(
            walks(rng, 150, 3), before="before", after="after", absorbing=["g"], respondent=respondent
        )
        rows.append(chain.table.set_index(["before", "after"]).loc[("r", "i")])
        ends.append(chain.steps_ahead(3, "r").table.query("step == 3").set_index("state").loc["g"])
        steps.append(chain.long_run().steps.set_index("before").loc["r"])
    assert covered(pd.DataFrame(rows), 0.2)
    assert covered(pd.DataFrame(ends), later["g"])
    assert covered(pd.DataFrame(steps), until["r"])


def test_settled_shares_cover():
    p = np.array([[0.8, 0.2], [0.4, 0.6]])
    rng, found = np.random.default_rng(6), []
    for _ in range(200):
        before = rng.choice(2, 200)
        after = (rng.random(200) > p[before, 0]).astype(int)
        chain = expectation.transitions(pd.DataFrame({"b": before, "a": after}), before="b", after="a")
        found.append(chain.long_run().table.iloc[0])
    assert covered(pd.DataFrame(found), 2 / 3)


def test_intervals_that_forget_who_called_are_too_narrow():
    def draw(rng):
        own = np.repeat(rng.normal(0, 6, 40), 5)
        return pd.DataFrame({"p": 70 + own + rng.normal(0, 3, 200), "e": 69.0, "who": np.arange(200) // 5})

    frame = surveys(draw)
    frame["who"] += 200 * frame["survey"]
    given = {"perceived": "p", "expected": "e", "segment": "survey"}
    assert covered(expectation.disconfirmation(frame, respondent="who", **given).table, 1.0)
    assert not covered(expectation.disconfirmation(frame, **given).table, 1.0)


# ------------------------------------------------------------------------------------- case data


def model_of(frame, **more):
    return expectation.confirmation_model(
        frame,
        confirmation="disconfirmation",
        usefulness="usefulness",
        satisfaction="satisfaction",
        intention="intention",
        respondent="customer",
        **more,
    )


def test_the_bounded_rating_fakes_what_the_open_line_does_not_show():
    frame = load_dataset("appliance_service")
    given = {"expected": "expected", "perceived": "delivered", "segment": "line", "respondent": "customer"}
    line = expectation.asymmetry(frame, "satisfaction", **given)
    rating = expectation.asymmetry(frame, "rating", **given)
    low = {
        name: result.table.query("term == 'difference'").set_index("line")["low"]
        for name, result in (("line", line), ("rating", rating))
    }
    assert low["line"]["vacuum cleaner"] < 0 < low["line"]["washing machine"]
    assert (low["rating"] > 0).all()
    assert "no asymmetry is shown" in line.explain()
    assert "for washing machine, not shown for the rest" in title(line.plot())
    assert title(rating.plot()) == "Losses weigh more than gains in every group"
    ends = expectation.ceiling(
        frame, "rating", scale=(1, 7), perceived="delivered", expected="expected"
    ).table
    assert ends.loc[0, "limited"]
    assert ends.loc[0, "top_better"] > 0.5 > 5 * ends.loc[0, "top_worse"] - 0.1


def test_the_gap_depends_on_its_parts_exactly():
    frame = load_dataset("appliance_service")
    frame = frame.assign(gap=frame["delivered"] - frame["expected"])
    with pytest.raises(ArgumentError, match="delivered − expected − gap is the same in every row"):
        expectation.regress(frame, "satisfaction", ["delivered", "expected", "gap"])
    # What customers state is not computed from the two, so it can stand beside them.
    beside = expectation.regress(frame, "satisfaction", ["delivered", "expected", "disconfirmation"])
    assert beside.table["error"].notna().all()
    # Any two of the three say the same: b·P + c·E = b·gap + (b + c)·E.
    two = by_term(expectation.regress(frame, "satisfaction", ["delivered", "expected"]))["estimate"]
    other = by_term(expectation.regress(frame, "satisfaction", ["gap", "expected"]))["estimate"]
    assert other["gap"] == pytest.approx(two["delivered"])
    assert other["expected"] == pytest.approx(two["delivered"] + two["expected"])


# ---------------------------------------------------------------------------------- the analyses


def small_frame() -> pd.DataFrame:
    rng = np.random.default_rng(21)
    frame = calls(rng, 240, per_customer=2).round(0)
    frame["line"] = np.where(frame["who"] % 2, "B", "A")
    frame["felt"] = np.clip(np.rint((frame["p"] - frame["e"]) / 6 + rng.normal(0, 0.5, 240)), -3, 3)
    frame["u"] = np.clip(np.rint(4 + 0.4 * frame["felt"] + rng.normal(0, 1, 240)), 1, 7)
    frame["i"] = np.clip(np.rint(4 + 0.05 * (frame["s"] - 62) + rng.normal(0, 1, 240)), 1, 7)
    frame["r"] = np.clip(np.rint((frame["s"] - 35) / 5), 1, 7)
    frame["before"] = rng.choice(["regular", "kept"], 240)
    frame["after"] = rng.choice(["regular", "kept", "gone"], 240, p=[0.6, 0.2, 0.2])
    for column in ("s", "e", "felt", "u", "i", "r"):
        frame.loc[rng.random(240) < 0.05, column] = np.nan
    return frame


ANALYSES = {
    "gap": lambda f: expectation.disconfirmation(
        f, perceived="p", expected="e", stated="felt", segment="line", respondent="who"
    ),
    "one gap": lambda f: expectation.disconfirmation(f, perceived="p", expected="e", respondent="who"),
    "regress": lambda f: expectation.regress(f, "s", ["p", "e"], respondent="who"),
    "asymmetry": lambda f: expectation.asymmetry(
        f, "s", expected="e", perceived="p", segment="line", respondent="who"
    ),
    "stated": lambda f: expectation.asymmetry(f, "s", expected="e", stated="felt", respondent="who"),
    "ceiling": lambda f: expectation.ceiling(
        f, "r", scale=(1, 7), perceived="p", expected="e", segment="line", respondent="who"
    ),
    "plain ceiling": lambda f: expectation.ceiling(f, "r", scale=(1, 7)),
    "transitions": lambda f: expectation.transitions(
        f, before="before", after="after", absorbing=["gone"], respondent="who"
    ),
    "steps": lambda f: expectation.transitions(
        f, before="before", after="after", absorbing=["gone"], respondent="who"
    ).steps_ahead(4),
    "long run": lambda f: expectation.transitions(
        f, before="before", after="after", absorbing=["gone"]
    ).long_run(),
    "model": lambda f: expectation.confirmation_model(
        f, confirmation="felt", usefulness="u", satisfaction="s", intention="i", respondent="who"
    ),
}
SIMULATIONS = {
    "adaptation": lambda: expectation.simulate_adaptation(80, 90),
    "no promise": lambda: expectation.simulate_adaptation([90, 70, 70], periods=3),
    "best promise": lambda: expectation.best_promise(80, 10, attraction=0.5),
    "endless promise": lambda: expectation.best_promise(80, 10, attraction=2),
    "no good promise": lambda: expectation.best_promise(80, 10, attraction=0.1),
    "settled": lambda: expectation.from_matrix({"a": {"a": 0.5, "b": 0.5}, "b": {"a": 1.0}}).long_run(),
    "stated chain": lambda: expectation.from_matrix({"a": {"a": 0.5, "b": 0.5}, "b": {"b": 1.0}}),
}


def test_missing_answers_are_counted():
    frame = small_frame()
    found = expectation.asymmetry(frame, "s", expected="e", perceived="p").table
    gaps = int(frame[["s", "e", "p"]].isna().any(axis=1).sum())
    assert (found["n_missing"] == gaps).all()
    assert (found["n"] == 240 - gaps).all()
    lost = frame.assign(after=frame["after"].where(frame["who"] > 10))
    chain = expectation.transitions(lost, before="before", after="after", absorbing=["gone"])
    assert chain.n_missing == 22
    assert chain.counted.sum() == 218
    assert "22 incomplete" in chain.explain()


# ------------------------------------------------------------------------------- what people read


def title(ax) -> str:
    return ax.get_title(loc="left").replace("\n", " ")


@pytest.mark.parametrize("name", [*ANALYSES, *SIMULATIONS])
def test_every_result_draws_and_explains_in_both_languages(name, speaks_and_draws):
    speaks_and_draws(ANALYSES[name](small_frame()) if name in ANALYSES else SIMULATIONS[name]())


def test_an_unclear_gain_gives_no_ratio():
    frame = calls(np.random.default_rng(3), 60, gain=0.0, loss=0.8)
    found = expectation.asymmetry(frame, "s", expected="e", perceived="p")
    assert math.isnan(by_term(found).loc["ratio", "low"])
    assert "no ratio" in found.explain()
    found.plot()


def test_order_of_states_is_that_of_the_categories():
    frame = load_dataset("appliance_service")
    chain = expectation.transitions(frame, before="before", after="after", absorbing=["gone"])
    assert chain.states == ["regular", "indifferent", "kept", "gone"]
    assert chain.matrix.sum(axis=1).tolist() == pytest.approx([1] * 4)


# ------------------------------------------------------------------------------------ properties


@given(
    delivered=st.floats(0, 100),
    promise=st.floats(0, 100),
    belief=st.floats(0, 1),
    adaptation=st.floats(0.01, 1),
)
@settings(max_examples=60, deadline=None)
def test_expectation_goes_to_what_is_delivered(delivered, promise, belief, adaptation):
    found = expectation.simulate_adaptation(
        delivered, promise, periods=400, start=50, belief=belief, adaptation=adaptation
    ).table
    assert (found["disconfirmation"] == found["delivered"] - found["expectation"]).all()
    last = found.iloc[-1]
    assert last["next_level"] == pytest.approx(delivered, abs=2)
    assert last["expectation"] == pytest.approx(delivered + belief * (promise - delivered), abs=2)


def test_a_surprise_pleases_once():
    found = expectation.simulate_adaptation([84] * 6, start=70, neutral=70, periods=6).table
    assert (found["satisfaction"].diff().dropna() < 0).all()
    back = expectation.simulate_adaptation([84] * 5 + [70], start=70, neutral=70, periods=6).table
    # The ordinary service, after five extraordinary ones, is a disappointment.
    assert back["satisfaction"].iloc[-1] < 70 - 0.8 * 8
    over = expectation.simulate_adaptation(80, 96, start=80, belief=1, periods=1).table.loc[0]
    assert over["satisfaction"] == pytest.approx(60 - 0.8 * 16)


def test_satisfaction_that_moves_within_a_point_stays():
    # 61.46 at first, 60.74 in the end: more than half a point, and shown as 61 both times.
    found = expectation.simulate_adaptation(72, 85, start=70, belief=0.49, loss=0.773, neutral=65.6)
    ends = found.table["satisfaction"].iloc[[0, -1]]
    assert [f"{end:.0f}" for end in ends] == ["61", "61"]
    assert title(found.plot()) == "Satisfaction stays at 61"
    assert found.explain().endswith("satisfaction is as before: 61.")


@given(st.floats(0.05, 0.35), st.floats(0.4, 1.5))
@settings(max_examples=30, deadline=None)
def test_the_more_losses_weigh_the_more_modest_the_promise(gain, loss):
    one = expectation.best_promise(80, 10, attraction=0.39, gain=gain, loss=loss)
    two = expectation.best_promise(80, 10, attraction=0.39, gain=gain, loss=loss + 0.5)
    assert two.promise < one.promise
    assert one.promise <= 100


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_steps_ahead_is_a_power_of_the_matrix(seed):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(4), 4)
    names = list("abcd")
    chain = expectation.from_matrix(pd.DataFrame(p, index=names, columns=names))
    found = chain.steps_ahead(5, {"a": 0.5, "c": 0.5}).table.query("step == 5")["share"]
    wanted = np.array([0.5, 0, 0.5, 0]) @ np.linalg.matrix_power(p, 5)
    assert found.tolist() == pytest.approx(wanted.tolist())
    settled = chain.long_run().table["share"].to_numpy()
    assert settled @ p == pytest.approx(settled)


# ------------------------------------------------------------------------------------- bad input

FRAME = pd.DataFrame({"p": [1.0, 2, 3, 4, 5, 6], "e": [2.0, 1, 4, 3, 6, 5], "s": [1.0, 5, 2, 6, 3, 7]})
STEPS = pd.DataFrame({"b": ["r", "r", "k"], "a": ["r", "g", "k"]})

BAD = [
    (lambda: expectation.regress(FRAME, "s", []), ArgumentError, "one or more columns", "一个或多个列"),
    (lambda: expectation.regress(FRAME, "s", ["q"]), UnknownNameError, '"q"', "“q”"),
    (lambda: expectation.regress(FRAME, "s", ["p", "p"]), ArgumentError, "twice", "不重复"),
    (
        lambda: expectation.regress(FRAME.assign(p=3), "s", ["p", "e"]),
        ArgumentError,
        "p is the same",
        "p 在每一行",
    ),
    (
        lambda: expectation.regress(FRAME.head(3), "s", ["p", "e"]),
        ArgumentError,
        "at least 4 rows",
        "至少 4 行",
    ),
    (lambda: expectation.regress(FRAME.head(0), "s", ["p"]), DataError, "at least one row", "至少有一行"),
    (lambda: expectation.regress(FRAME.assign(p=list("abcdef")), "s", ["p"]), DataError, "a number", "数值"),
    (
        lambda: expectation.regress(FRAME.assign(q=3 * FRAME.p - 2 * FRAME.e + 7), "s", ["p", "e", "q"]),
        ArgumentError,
        "p − 0.667 e − 0.333 q",
        "不能推出",
    ),
    (
        lambda: expectation.asymmetry(FRAME, "s", expected="e"),
        ArgumentError,
        "either perceived= or stated=",
        "二者择一",
    ),
    (
        lambda: expectation.asymmetry(FRAME.assign(p=FRAME.e + 1), "s", expected="e", perceived="p"),
        ArgumentError,
        "less than they expected",
        "低于期望",
    ),
    (
        lambda: expectation.asymmetry(FRAME.assign(p=FRAME.e - 1), "s", expected="e", perceived="p"),
        ArgumentError,
        "more than they expected",
        "高于期望",
    ),
    (
        lambda: expectation.disconfirmation(
            FRAME.assign(line=["A"] * 5 + ["B"]), perceived="p", expected="e", segment="line"
        ),
        ArgumentError,
        "Look at line = 'B'",
        "请查看 line = 'B'",
    ),
    (lambda: expectation.ceiling(FRAME, "s", scale=(1, 5)), DataError, "from 1 to 5", "1 到 5"),
    (lambda: expectation.ceiling(FRAME, "s", scale=(1, 7), limit=15), ArgumentError, "limit=15", "limit=15"),
    (
        lambda: expectation.ceiling(FRAME, "s", scale=(1, 7), perceived="p"),
        ArgumentError,
        "both perceived= and expected=",
        "同时给出",
    ),
    (lambda: expectation.simulate_adaptation([80, 90], periods=3), ArgumentError, "3 of them", "3 个"),
    (lambda: expectation.simulate_adaptation(80, adaptation=1.2), ArgumentError, "from 0 to 1", "0 到 1"),
    (lambda: expectation.simulate_adaptation(math.nan), ArgumentError, "finite", "有限"),
    (lambda: expectation.simulate_adaptation(80, periods=0), ArgumentError, "periods=0", "periods=0"),
    (lambda: expectation.best_promise(80, 0, attraction=1), ArgumentError, "above 0", "大于 0"),
    (
        lambda: expectation.best_promise(80, 9, attraction=1, belief=0),
        ArgumentError,
        "nobody believes",
        "没人相信",
    ),
    (lambda: expectation.best_promise(80, 9, attraction=-1), ArgumentError, "0 or more", "不小于 0"),
    (
        lambda: expectation.best_promise(80, 9, attraction=1, promises=(90, 20)),
        ArgumentError,
        "lower one first",
        "小的在前",
    ),
    (
        lambda: expectation.transitions(STEPS, before="b", after="a"),
        ArgumentError,
        "Nobody leaves “g”",
        "无人离开“g”",
    ),
    (
        lambda: expectation.transitions(STEPS, before="b", after="a", absorbing=["g", "k"]),
        DataError,
        "which absorbing= says nobody leaves",
        "absorbing= 声明无人离开该状态",
    ),
    (
        lambda: expectation.transitions(STEPS, before="b", after="a", absorbing=["x"]),
        ArgumentError,
        "absorbing='x'",
        "absorbing='x'",
    ),
    (
        lambda: expectation.transitions(STEPS, before="b", after="b"),
        ArgumentError,
        "another column",
        "不同的列",
    ),
    (
        lambda: expectation.transitions(STEPS.assign(a=None), before="b", after="a"),
        DataError,
        "a state before and a state after",
        "同时有之前与之后",
    ),
    (
        lambda: expectation.transitions(STEPS, before="b", after="a", absorbing=["g"]).long_run(),
        ArgumentError,
        "can be reached from every state",
        "都能到达的吸收状态",
    ),
    (
        lambda: expectation.from_matrix({"a": {"a": 0.5, "b": 0.4}, "b": {"b": 1}}),
        ArgumentError,
        "sums to 0.9",
        "总和为 0.9",
    ),
    (lambda: expectation.from_matrix({"a": {"b": 1.0}}), ArgumentError, "same states", "相同的状态"),
    (
        lambda: expectation.from_matrix({"a": {"a": 1.0}, "b": {"b": 1.0}}, absorbing=[]).long_run(),
        ArgumentError,
        "reached from every other",
        "从任一状态都能到达",
    ),
    (
        lambda: expectation.from_matrix({"a": {"a": 0.5, "b": 0.5}, "b": {"b": 1.0}}).steps_ahead(0),
        ArgumentError,
        "steps=0",
        "steps=0",
    ),
    (
        lambda: expectation.from_matrix({"a": {"a": 0.5, "b": 0.5}, "b": {"b": 1.0}}).steps_ahead(
            2, {"a": 0.5}
        ),
        ArgumentError,
        "sum to 1",
        "总和为 1",
    ),
    (
        lambda: expectation.confirmation_model(
            FRAME, confirmation="p", usefulness="p", satisfaction="s", intention="e"
        ),
        ArgumentError,
        "four different columns",
        "四个不同的列",
    ),
    (
        lambda: expectation.confirmation_model(
            FRAME.assign(u=2 * FRAME.p), confirmation="p", usefulness="u", satisfaction="s", intention="e"
        ),
        ArgumentError,
        "p − 0.5 u is the same",
        "p − 0.5 u",
    ),
    (lambda: expectation.regress(FRAME, "s", ["p"], confidence=95), ArgumentError, "0.95 for 95", "0.95"),
]


@pytest.mark.parametrize(("analyse", "error", "english", "chinese"), BAD)
def test_bad_input_is_refused_in_both_languages(analyse, error, english, chinese):
    for language, words in (("en", english), ("zh_CN", chinese)):
        set_language(language)
        with pytest.raises(error) as caught:
            analyse()
        assert words in str(caught.value)
        assert not re.search(r"{\w+}", str(caught.value))


def test_the_first_wrong_row_is_named_as_its_owner_names_it():
    frame = FRAME.assign(s=[1, 5, 9, 6, 3, 8]).set_index(pd.Index(list("uvwxyz")))
    with pytest.raises(DataError) as caught:
        expectation.ceiling(frame, "s", scale=(1, 7))
    assert (caught.value.column, caught.value.rows, caught.value.row, caught.value.value) == ("s", 2, "w", 9)
    steps = STEPS.set_index(pd.Index(["u", "v", "w"]))
    with pytest.raises(DataError) as caught:
        expectation.transitions(steps, before="b", after="a", absorbing=["g", "k"])
    assert (caught.value.row, caught.value.value) == ("w", "k")
    infinite = FRAME.assign(p=[1.0, 2, math.inf, 4, 5, 6])
    with pytest.raises(DataError) as caught:
        expectation.asymmetry(infinite, "s", expected="e", perceived="p")
    assert (caught.value.column, caught.value.row) == ("p", 2)
