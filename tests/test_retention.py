"""Survival, hazards, lifetime value, purchase counts: known numbers, coverage, bad input."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from csmodels_helpers import retention, retention_purchases, retention_survival
from csmodels_helpers.datasets import load_dataset
from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import set_language
from csmodels_helpers.retention_lives import Lives
from csmodels_helpers.tally import counts

pytestmark = pytest.mark.usefixtures("course_style")


@pytest.fixture(scope="module")
def mobile() -> pd.DataFrame:
    return load_dataset("mobile_loyalty")


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    return load_dataset("cdnow")


def as_expected(low, high, truth):
    """Whether 95 % intervals cover as often as chance allows."""
    inside = int(((np.asarray(low) <= truth) & (np.asarray(high) >= truth)).sum())
    rate = inside / len(low)
    print(f"coverage {rate:.4f}")
    return stats.binomtest(inside, len(low), 0.95).pvalue > 0.01 or 0.93 <= rate <= 0.97


# ---------------------------------------------------------------------------------------- survival

# Freireich et al. (1963, Blood 21, 699–716): weeks of remission under 6-MP, the textbook example of
# Kaplan–Meier (Cox and Oakes 1984, table 1.1).
WEEKS = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
RELAPSED = [1] * 9 + [0] * 12


def test_kaplan_meier_reproduces_the_leukaemia_trial():
    frame = pd.DataFrame({"weeks": WEEKS, "relapse": RELAPSED})
    found = retention.survival(frame, time="weeks", event="relapse").table
    assert found["time"].tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert found["n_risk"].tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert found["survival"].round(4).tolist() == [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]


def test_telco_as_arithmetic_and_why_it_is_not_more():
    telco = load_dataset("telco_churn")
    everybody = retention.survival(telco, time="tenure", event="churn", unit="months")
    found = everybody.at([12, 24, 48, 72])["survival"]
    assert found.tolist() == pytest.approx([0.8432, 0.7887, 0.7088, 0.5928], abs=5e-5)
    # "Left within the last month": only the last month of each was watched.
    watched = telco.assign(entry=telco["tenure"] - 1)
    late = retention.survival(watched, time="tenure", event="churn", entry="entry", unit="months")
    one = watched["tenure"] == 1
    assert late.table.loc[0, "survival"] == pytest.approx(1 - telco.loc[one, "churn"].mean())
    assert late.at([72])["survival"].iloc[0] < 0.001 * found.iloc[3]
    assert "from the time at which watching them began" in late.explain()


def test_survival_is_that_of_statsmodels_with_and_without_delayed_entry():
    from statsmodels.duration.survfunc import SurvfuncRight

    rng = np.random.default_rng(3)
    entry = rng.integers(0, 10, 400)
    time = entry + rng.integers(1, 20, 400)
    gone = rng.random(400) < 0.5
    frame = pd.DataFrame({"entry": entry, "time": time, "gone": gone})
    for column in (None, "entry"):
        ours = retention.survival(frame, time="time", event="gone", entry=column, interval="plain").table
        theirs = SurvfuncRight(time, gone, entry=entry if column else None)
        np.testing.assert_allclose(ours["survival"], theirs.surv_prob, rtol=1e-10)
        np.testing.assert_array_equal(ours["n_risk"], theirs.n_risk)
        half = (ours["high"] - ours["survival"]).to_numpy()
        open_ = (ours["high"] < 1) & (ours["survival"] > 0.01)
        expected = stats.norm.ppf(0.975) * theirs.surv_prob_se
        np.testing.assert_allclose(half[open_], expected[open_], rtol=1e-8)


def test_forms_of_the_interval():
    frame = pd.DataFrame({"weeks": WEEKS, "relapse": RELAPSED})
    ends = {
        form: retention.survival(frame, time="weeks", event="relapse", interval=form).table.iloc[0]
        for form in ("log-log", "log", "plain")
    }
    # R's survfit at week 6 (survival 0.857, se 0.0764): log .720–1.000, log-log .620–.952, plain .707–1.000.
    assert ends["log"][["low", "high"]].round(3).tolist() == [0.72, 1.0]
    assert ends["log-log"][["low", "high"]].round(3).tolist() == [0.62, 0.952]
    assert ends["plain"][["low", "high"]].round(3).tolist() == [0.707, 1.0]


def test_until_says_the_same_as_an_event_column(mobile):
    said = mobile.assign(gone=mobile["month_left"].notna(), month=mobile["month_left"].fillna(36))
    one = retention.survival(mobile, time="month_left", until=36, segment="market", respondent="customer")
    two = retention.survival(said, time="month", event="gone", segment="market")
    pd.testing.assert_frame_equal(one.table, two.table)
    assert one.groups["n"].sum() == 5000
    assert (one.table.groupby("market")["n_events"].sum() == one.groups.set_index("market")["n_events"]).all()


def test_reading_the_curve():
    frame = pd.DataFrame({"month": [2, 5, 9], "gone": [1, 1, 0]})
    found = retention.survival(frame, time="month", event="gone")
    assert found.at([0, 1.9, 2, 5, 9]).survival.tolist() == pytest.approx([1, 1, 2 / 3, 1 / 3, 1 / 3])
    assert found.at([9.1]).survival.isna().all()
    assert found.groups.loc[0, ["n", "n_events", "watched_until", "median"]].tolist() == [3, 2, 9, 5]
    nobody = retention.survival(frame.assign(gone=0), time="month", event="gone")
    assert nobody.at([9]).survival.tolist() == [1]
    assert np.isnan(nobody.groups.loc[0, "median"])
    assert nobody.plot().get_title(loc="left") == "At time 9 100 % are still customers"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=30))
def test_survival_falls_and_without_censoring_is_the_share_still_there(rows):
    frame = pd.DataFrame(rows, columns=["time", "gone"])
    share = retention.survival(frame, time="time", event="gone").table
    assert share["survival"].is_monotonic_decreasing
    assert share["survival"].between(0, 1).all()
    known = share.dropna()
    assert ((known["low"] <= known["survival"] + 1e-12) & (known["survival"] <= known["high"] + 1e-12)).all()
    every = retention.survival(frame.assign(gone=True), time="time", event="gone").table
    still = [(frame["time"] > t).mean() for t in every["time"]]
    assert every["survival"].tolist() == pytest.approx(still)


def surveys(rng, times, n, entry=False):
    """Draw customers who leave with probability 0.05 a month and are watched for up to 20 months."""
    leaves = rng.geometric(0.05, times * n)
    last = rng.integers(8, 21, times * n)
    frame = pd.DataFrame({"time": np.minimum(leaves, last), "gone": leaves <= last})
    frame["survey"] = np.repeat(np.arange(times), n)
    if entry:
        frame["entry"] = rng.integers(0, 6, times * n)
        # Who left before coming under watch is not in the table.
        frame = frame[frame["time"] > frame["entry"]]
    return frame


@pytest.mark.parametrize("entry", [False, True])
def test_survival_covers(entry):
    frame = surveys(np.random.default_rng(1), 250, 120, entry)
    found = retention.survival(
        frame, time="time", event="gone", segment="survey", entry="entry" if entry else None
    ).at([10])
    assert as_expected(found["low"], found["high"], 0.95**10)
    if entry:
        naive = retention.survival(frame, time="time", event="gone", segment="survey").at([10])
        assert not as_expected(naive["low"], naive["high"], 0.95**10)


def test_a_naive_curve_of_those_who_lasted_is_too_high():
    frame = surveys(np.random.default_rng(2), 1, 20_000, entry=True)
    right = retention.survival(frame, time="time", event="gone", entry="entry").at([10])["survival"].iloc[0]
    naive = retention.survival(frame, time="time", event="gone").at([10])["survival"].iloc[0]
    assert right == pytest.approx(0.95**10, abs=0.02)
    assert naive > right + 0.03


def test_hazards_and_their_changes_cover():
    rng, times, n = np.random.default_rng(4), 300, 150
    time = rng.geometric(0.03, times * n)
    jumps = (time > 5) & (rng.random(times * n) < 0.2)  # at 6 a fifth of those still there go
    time = np.where(jumps, 6, time)
    frame = pd.DataFrame({"time": np.minimum(time, 12), "gone": time <= 12})
    frame["survey"] = np.repeat(np.arange(times), n)
    found = retention.hazard(
        frame, time="time", event="gone", segment="survey", periods=[(1, 5), (6, 6), (7, 12)]
    ).table
    truth = {1: 0.03, 6: 1 - 0.97 * 0.8, 7: 0.03}
    for first, share in truth.items():
        part = found[found["first"] == first]
        assert as_expected(part["low"], part["high"], share)
    part = found[found["first"] == 6]
    assert as_expected(part["change_low"], part["change_high"], truth[6] - 0.03)


def test_merged_tallies_are_the_whole(mobile):
    frame = mobile.assign(entry=np.where(mobile["customer"] % 2 == 0, 0, 1))
    frame = frame[frame["month_left"].fillna(36) > frame["entry"]]
    whole = retention.survival(frame, time="month_left", until=36, entry="entry")
    parts = [counts(part, ["entry", "month_left"]) for part in (frame[:2000], frame[2000:])]
    merged = Lives(parts[0].merge(parts[1]), "month_left", None, "entry", None, 36)
    ((_, *history),) = merged.parts()
    found = retention_survival._product_limit(*history, "log-log", 0.95)
    pd.testing.assert_frame_equal(found, whole.table)


# ------------------------------------------------------------------------------------------ hazard


def test_hazard_is_exits_over_exposure():
    frame = pd.DataFrame({"left": [1, 3, 3, None, None]})
    found = retention.hazard(frame, time="left", until=4).table
    assert found["exposure"].tolist() == [5, 4, 4, 2]
    assert found["n_events"].tolist() == [1, 0, 2, 0]
    whole = retention.hazard(frame, time="left", until=4, periods=[(1, 4)]).table
    assert whole.loc[0, ["n_events", "exposure"]].tolist() == [3, 15]
    low, high = stats.binomtest(3, 15).proportion_ci(method="wilson")
    assert whole.loc[0, ["low", "high"]].tolist() == pytest.approx([low, high])
    late = retention.hazard(frame.assign(start=[0, 2, 0, 3, 0]), time="left", until=4, entry="start").table
    assert late["exposure"].tolist() == [3, 2, 3, 2]
    # The product of 1 − hazard is Kaplan–Meier.
    curve = retention.survival(frame, time="left", until=4).at([1, 2, 3, 4])["survival"]
    assert (1 - found["hazard"]).cumprod().tolist() == pytest.approx(curve.tolist())


def test_the_rival_shows_in_month_18(mobile):
    found = retention.hazard(
        mobile,
        time="month_left",
        until=36,
        segment="market",
        periods=[(1, 17), (18, 18), (19, 36)],
        unit="month",
    )
    rows = found.table.set_index(["market", "first"])
    assert rows.loc[("sole", 18), "change_low"] > 0.1
    assert found.plot().get_title(loc="left").startswith("sole: leaving jumps from 0.")
    assert "in month 18; the change is" in found.explain()


def test_no_change_is_no_news():
    rng = np.random.default_rng(7)
    time = rng.geometric(0.05, 400)
    frame = pd.DataFrame({"time": np.minimum(time, 10), "gone": time <= 10})
    found = retention.hazard(frame, time="time", event="gone", periods=[(1, 5), (6, 10)])
    assert "No change" in found.plot().get_title(loc="left")
    assert found.explain().startswith("No change of the hazard")


# ------------------------------------------------------------------------------------------- value


def test_margin_multiples_at_ten_per_cent():
    found = [retention.clv(1, retention=r, discount=0.1).multiple for r in (0.6, 0.7, 0.8, 0.9)]
    assert [round(value, 2) for value in found] == [1.20, 1.75, 2.67, 4.50]


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 0.99), st.floats(0.01, 0.5), st.integers(1, 60))
def test_forms_of_clv_are_the_sums_that_they_stand_for(r, i, years):
    shared = {"retention": r, "discount": i}
    q = r / (1 + i)
    later = retention.clv(7, horizon=years, **shared).clv
    now = retention.clv(7, form="immediate", horizon=years, **shared).clv
    assert later == pytest.approx(sum(7 * q**t for t in range(1, years + 1)))
    assert now == pytest.approx(sum(7 * q**t for t in range(years)))
    assert retention.clv(7, **shared).clv == pytest.approx(7 * r / (1 + i - r))
    assert retention.clv(7, form="immediate", **shared).clv == pytest.approx(7 * (1 + i) / (1 + i - r))
    assert retention.clv(7, form="immediate", **shared).clv == pytest.approx(
        7 + retention.clv(7, **shared).clv
    )


def test_certain_customers_need_a_horizon():
    assert retention.clv(5, retention=1, discount=0, horizon=4).clv == 20
    assert retention.clv(5, retention=1, discount=0, horizon=4, form="immediate").clv == 20
    assert retention.clv(5, retention=1, discount=0.1).clv == pytest.approx(50)
    assert retention.clv(5, retention=0, discount=0.1).clv == 0


def test_the_range_of_clv_is_reached_at_its_corners():
    ranges = {"margin": (80, 120), "retention": (0.7, 0.85), "discount": (0.08, 0.12)}
    found = retention.clv(100, retention=0.8, discount=0.1, ranges=ranges)
    assert found.low == pytest.approx(80 * 0.7 / (1.12 - 0.7))
    assert found.high == pytest.approx(120 * 0.85 / (1.08 - 0.85))
    assert found.table["input"].tolist()[0] == "retention"
    one = found.table.set_index("input").loc["margin"]
    assert (one["clv_low"], one["clv_high"]) == pytest.approx((0.8 * found.clv, 1.2 * found.clv))
    loss = retention.clv(-10, retention=0.8, discount=0.1, ranges={"retention": (0.7, 0.9)})
    assert loss.low < loss.clv < loss.high < 0


def test_the_quoted_table_by_its_three_readings():
    found = retention.retention_claim([0.8, 0.96]).table.set_index(["retention", "reading"])
    assert found.loc[(0.8, "points"), "increase"] == pytest.approx((0.85 / 0.25) / (0.8 / 0.3) - 1)
    assert found.loc[(0.8, "relative"), "new_retention"] == pytest.approx(0.84)
    assert found.loc[(0.8, "defections"), "new_retention"] == pytest.approx(0.81)
    assert found.loc[(0.8, "points"), "quoted"]
    assert not found.loc[(0.8, "defections"), "quoted"]
    # 96 % and 5 points is 101 %: no such rate, and it is said so.
    assert np.isnan(found.loc[(0.96, "points"), "increase"])
    assert "as it would be above 100 %: 2." in retention.retention_claim([0.8, 0.96]).explain()
    # From 60 % on, "5 % fewer leave" is nowhere near what is quoted.
    grid = retention.retention_claim(np.linspace(0.6, 0.95, 36).tolist()).table
    assert not grid.loc[grid["reading"] == "defections", "quoted"].any()


# --------------------------------------------------------------------------------------- purchases


def test_bg_nbd_reproduces_fader_hardie_and_lee_2005(cdnow):
    found = retention.bg_nbd(cdnow, respondent="ID")
    assert found.parameters.round(3).tolist() == [0.243, 4.414, 0.793, 2.426]
    assert found.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    # The interval whose coverage is simulated below.
    half = stats.norm.ppf(0.975) * np.sqrt(np.diag(found.covariance))
    logs = np.log(found.table[["low", "estimate", "high"]].to_numpy())
    np.testing.assert_allclose(logs[:, 1] - logs[:, 0], half, rtol=1e-9)
    np.testing.assert_allclose(logs[:, 2] - logs[:, 1], half, rtol=1e-9)
    # The authors' spreadsheet (Implementing the BG/NBD model in Excel): expected repeat purchases of a new
    # customer by week, and of the first customer (2 purchases, the last in week 30.43 of 38.86) in 39 weeks.
    weeks = [0.1429, 1.0, 3.0, 31.8571, 32.0, 78.0]
    expected = [0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576]
    assert found.expected(weeks)["purchases"].tolist() == pytest.approx(expected, abs=5e-4)
    ahead = found.predict(cdnow.head(3), 39, respondent="ID")
    assert ahead["ID"].tolist() == [1, 2, 3]
    assert ahead["purchases"].iloc[0] == pytest.approx(1.226, abs=5e-4)
    assert ahead["p_alive"].iloc[2] == 1


def test_gradient_and_probabilities_are_right(cdnow):
    x, tx, t = (cdnow[c].head(50).to_numpy(float) for c in ("frequency", "recency", "T"))
    logs = np.log([0.3, 4.0, 0.9, 2.0])
    n = np.ones(50)
    _, gradient = retention_purchases._negative(logs, x, tx, t, n)
    steps = 1e-6 * np.eye(4)
    numeric = [
        (
            retention_purchases._negative(logs + s, x, tx, t, n)[0]
            - retention_purchases._negative(logs - s, x, tx, t, n)[0]
        )
        / 2e-6
        for s in steps
    ]
    np.testing.assert_allclose(gradient, numeric, rtol=1e-5, atol=1e-5)
    parameters = np.array([0.243, 4.414, 1.3, 2.426])
    ages = np.array([30.0])
    chances = [float(retention_purchases.purchase_probability(parameters, k, ages)[0]) for k in range(400)]
    assert sum(chances) == pytest.approx(1, abs=1e-6)
    mean = float(retention_purchases.expected_purchases(parameters, ages)[0])
    assert np.arange(400) @ chances == pytest.approx(mean, rel=1e-4)
    # Without an end of custom the count is negative binomial (lifetimes and the paper agree in this limit).
    lasting = np.array([0.243, 4.414, 1e-6, 5.0])
    nb = stats.nbinom(0.243, 4.414 / 34.414).pmf(2)
    assert float(retention_purchases.purchase_probability(lasting, 2, ages)[0]) == pytest.approx(nb, rel=1e-4)


def test_expected_purchases_near_a_of_one_and_by_integration():
    r, alpha, b, t = 0.243, 4.414, 2.426, 30.0
    near = [
        float(retention_purchases.expected_purchases(np.array([r, alpha, a, b]), np.array([t]))[0])
        for a in (0.999, 1.0, 1.001)
    ]
    assert near[0] > near[1] > near[2]
    assert near[1] == pytest.approx((near[0] + near[2]) / 2, rel=1e-5)
    # E[X(t)] = E[(1 − exp(−λpt))/p] over λ ~ gamma and p ~ beta.
    a = 1.3
    value, _ = integrate.quad(
        lambda p: stats.beta(a, b).pdf(p) * (1 - (alpha / (alpha + p * t)) ** r) / p, 0, 1
    )
    ours = retention_purchases.expected_purchases(np.array([r, alpha, a, b]), np.array([t]))[0]
    assert ours == pytest.approx(value, rel=1e-6)


def purchases(rng, n, r=0.8, alpha=5.0, a=1.2, b=3.0):
    """Draw customers of a BG/NBD world, watched for 25 to 39 weeks."""
    age = rng.uniform(25, 39, n)
    rate, drop = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
    gaps = np.cumsum(rng.exponential(1, (n, 120)) / rate[:, None], axis=1)
    survived = np.cumprod(rng.random((n, 120)) >= drop[:, None], axis=1)
    # The k-th purchase happens if it is in time and the customer was not lost after an earlier one.
    alive = np.concatenate([np.ones((n, 1)), survived[:, :-1]], axis=1)
    made = (gaps <= age[:, None]) & (alive > 0)
    x = made.sum(axis=1)
    tx = np.where(x > 0, gaps[np.arange(n), np.maximum(x - 1, 0)], 0)
    return pd.DataFrame({"frequency": x, "recency": tx, "T": age})


def test_bg_nbd_intervals_cover():
    rng, times = np.random.default_rng(1), 200
    truth = np.array([0.8, 5.0, 1.2, 3.0])
    mean = float(retention_purchases.expected_purchases(truth, np.array([52.0]))[0])
    ends, ahead = [], []
    for _ in range(times):
        frame = purchases(rng, 700)
        columns = [frame[c].to_numpy(float) for c in frame]
        logs, covariance = retention_purchases._fit(*columns, np.ones(len(frame)))
        half = 1.959964 * np.sqrt(np.diag(covariance))
        ends.append((np.exp(logs - half), np.exp(logs + half)))
        table = pd.DataFrame({"estimate": np.exp(logs)})
        model = retention.PurchaseModel(
            table, 0.0, 700, 1, covariance, frame, ("frequency", "recency", "T"), None, 0.95
        )
        ahead.append(model.expected([52.0]).iloc[0])
    found = pd.DataFrame(ahead)
    assert as_expected(found["low"], found["high"], mean)
    low, high = (np.array([pair[end] for pair in ends]) for end in (0, 1))
    for place in range(4):
        assert as_expected(low[:, place], high[:, place], truth[place])


def test_a_bad_fit_has_no_interval_and_says_so():
    # Everybody buys once a week to the end: nobody leaves, so a and b have no finite best value.
    frame = pd.DataFrame({"frequency": [20.0] * 30, "recency": [20.0] * 30, "T": [20.0] * 30})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = retention.bg_nbd(frame)
    assert found.table["low"].isna().all()
    assert "do not fix" in found.explain()


# ----------------------------------------------------------------------------------------- figures


ANALYSES = {
    "survival": lambda m, c: retention.survival(m, time="month_left", until=36, unit="months"),
    "survival market": lambda m, c: retention.survival(
        m, time="month_left", until=36, segment="market", respondent="customer"
    ),
    "hazard": lambda m, c: retention.hazard(m, time="month_left", until=36, segment="market", unit="month"),
    "hazard periods": lambda m, c: retention.hazard(
        m, time="month_left", until=36, periods=[(1, 17), (18, 18)]
    ),
    "clv": lambda m, c: retention.clv(
        420, retention=0.8, discount=0.1, ranges={"retention": (0.7, 0.9)}, unit="CNY"
    ),
    "clv years": lambda m, c: retention.clv(420, retention=0.8, discount=0.1, form="immediate", horizon=5),
    "claim": lambda m, c: retention.retention_claim([0.7, 0.8, 0.9, 0.97]),
    "purchases": lambda m, c: retention.bg_nbd(c, unit="weeks"),
}


@pytest.mark.parametrize("name", ANALYSES)
def test_every_result_draws_and_explains_in_both_languages(name, mobile, cdnow, speaks_and_draws):
    speaks_and_draws(ANALYSES[name](mobile, cdnow))


def test_titles_and_marks(mobile):
    found = retention.survival(mobile, time="month_left", until=36, segment="market", unit="months")
    ax = found.plot(mark={18: "rival opens"})
    assert ax.get_title(loc="left").replace("\n", " ").startswith("After 36 months ")
    assert "rival opens" in [note.get_text() for note in ax.texts]
    same = mobile.assign(half=np.where(mobile["customer"] % 2 == 0, "even", "odd"))
    halves = retention.survival(same, time="month_left", until=36, segment="half")
    assert "within chance" in halves.plot().get_title(loc="left").replace("\n", " ")


# --------------------------------------------------------------------------------------- bad input


def lives(**columns) -> pd.DataFrame:
    return pd.DataFrame({"time": [3, 5, 8], "gone": [1, 0, 1], "who": [1, 2, 3]}, index=list("abc")).assign(
        **columns
    )


def buyers(**columns) -> pd.DataFrame:
    frame = {"frequency": [1, 2, 0, 1, 1, 3], "recency": [4, 5, 0, 2, 9, 9], "T": [10] * 6, "who": range(6)}
    return pd.DataFrame(frame, index=list("abcdef")).assign(**columns)


def survive(frame, **more):
    return retention.survival(frame, time="time", event="gone", **more)


BAD = {
    "both": (lambda: survive(lives(), until=9), ArgumentError, ("event='gone'", "either event=")),
    "neither": (lambda: retention.survival(lives(), time="time"), ArgumentError, ("either event=",)),
    "missing time": (
        lambda: survive(lives(time=[3, None, 8])),
        DataError,
        ('Column "time"', "row b"),
    ),
    "negative": (lambda: survive(lives(time=[3, -1, 8])), DataError, ("row b with -1", "0 or more")),
    "after the end": (
        lambda: retention.survival(lives(), time="time", until=7),
        DataError,
        ("row c with 8", "from 0 to 7"),
    ),
    "event": (
        lambda: survive(lives(gone=["yes", "no", "yes"])),
        DataError,
        ("3 rows", "row a with 'yes'", "1 or yes"),
    ),
    "event missing": (lambda: survive(lives(gone=[1, None, 0])), DataError, ("row b", "none missing")),
    "event 2": (lambda: survive(lives(gone=[1, 2, 0])), DataError, ("row b with 2",)),
    "entry": (
        lambda: survive(lives(entry=[0, 5, 2]), entry="entry"),
        DataError,
        ('Column "entry"', "row b with 5", "before the time"),
    ),
    "twice": (
        lambda: survive(lives(who=[1, 2, 2]), respondent="who"),
        DataError,
        ('Column "who"', "row c with 2", "one row a customer"),
    ),
    "interval": (lambda: survive(lives(), interval="wald"), ArgumentError, ("'log-log'",)),
    "no rows": (lambda: survive(lives()[:0]), DataError, ("no rows",)),
    "column": (lambda: retention.survival(lives(), time="tim", event="gone"), UnknownNameError, ('"time"',)),
    "confidence": (lambda: survive(lives(), confidence=95), ArgumentError, ("0.95",)),
    "whole": (
        lambda: retention.hazard(lives(time=[3, 2.5, 8]), time="time", event="gone"),
        DataError,
        ("row b with 2.5", "whole number of periods"),
    ),
    "periods": (
        lambda: retention.hazard(lives(), time="time", event="gone", periods=[(1, 4), (4, 6)]),
        ArgumentError,
        ("without overlap",),
    ),
    "periods turned": (
        lambda: retention.hazard(lives(), time="time", event="gone", periods=[(4, 1)]),
        ArgumentError,
        ("first and last",),
    ),
    "no periods": (
        lambda: retention.hazard(lives(), time="time", event="gone", periods=[]),
        ArgumentError,
        ("periods=[]",),
    ),
    "retention": (
        lambda: retention.clv(100, retention=80, discount=0.1),
        ArgumentError,
        ("retention=80", "from 0 to 1", "Write 0.8 for 80 %"),
    ),
    "retention below 0": (
        lambda: retention.clv(100, retention=-0.1, discount=0.1),
        ArgumentError,
        ("retention=-0.1",),
    ),
    "retention no number": (
        lambda: retention.clv(100, retention=float("nan"), discount=0.1),
        ArgumentError,
        ("retention=nan",),
    ),
    "discount": (
        lambda: retention.clv(100, retention=0.8, discount=-0.1),
        ArgumentError,
        ("discount=-0.1",),
    ),
    "margin": (
        lambda: retention.clv(float("inf"), retention=0.8, discount=0.1),
        ArgumentError,
        ("margin=inf",),
    ),
    "endless": (
        lambda: retention.clv(100, retention=1, discount=0),
        ArgumentError,
        ("no end", "horizon"),
    ),
    "form": (
        lambda: retention.clv(100, retention=0.8, discount=0.1, form="simple"),
        ArgumentError,
        ("'from-next-year' | 'immediate'",),
    ),
    "horizon": (
        lambda: retention.clv(100, retention=0.8, discount=0.1, horizon=0),
        ArgumentError,
        ("horizon=0",),
    ),
    "range": (
        lambda: retention.clv(100, retention=0.8, discount=0.1, ranges={"retention": (0.85, 0.9)}),
        ArgumentError,
        ("around the value stated",),
    ),
    "range name": (
        lambda: retention.clv(100, retention=0.8, discount=0.1, ranges={"churn": (0.1, 0.3)}),
        ArgumentError,
        ("margin, retention, discount",),
    ),
    "range end": (
        lambda: retention.clv(100, retention=0.8, discount=0.1, ranges={"retention": (0.7, 1.2)}),
        ArgumentError,
        ("retention=1.2",),
    ),
    "claim rate": (lambda: retention.retention_claim([60]), ArgumentError, ("retention=60",)),
    "claim none": (lambda: retention.retention_claim([]), ArgumentError, ("retention=[]",)),
    "claim step": (lambda: retention.retention_claim(step=5), ArgumentError, ("step=5",)),
    "claim form": (lambda: retention.retention_claim(form="x"), ArgumentError, ("form='x'",)),
    "claim band": (
        lambda: retention.retention_claim(claim=(0.8, 0.2)),
        ArgumentError,
        ("lower one first",),
    ),
    "recency after age": (
        lambda: retention.bg_nbd(buyers(recency=[4, 11, 0, 2, 9, 9])),
        DataError,
        ('Column "recency"', "row b with 11.0", "at most T"),
    ),
    "recency without repeat": (
        lambda: retention.bg_nbd(buyers(recency=[4, 5, 3, 2, 9, 9])),
        DataError,
        ("row c with 3.0",),
    ),
    "frequency": (
        lambda: retention.bg_nbd(buyers(frequency=[1, 2.5, 0, 1, 1, 3])),
        DataError,
        ("row b with 2.5",),
    ),
    "age": (
        lambda: retention.bg_nbd(buyers(T=[10, 10, 0, 10, 10, 10])),
        DataError,
        ('Column "T"', "row c with 0.0"),
    ),
    "few": (
        lambda: retention.bg_nbd(buyers(frequency=[1, 0, 0, 0, 0, 0], recency=[4, 0, 0, 0, 0, 0])),
        DataError,
        ("at least five",),
    ),
    "buyer twice": (
        lambda: retention.bg_nbd(buyers(who=[1, 2, 3, 4, 5, 1]), respondent="who"),
        DataError,
        ("row f with 1",),
    ),
    "ahead": (
        lambda: retention.bg_nbd(buyers()).predict(buyers(), -1),
        ArgumentError,
        ("time=-1",),
    ),
    "times": (lambda: retention.bg_nbd(buyers()).expected([-1]), ArgumentError, ("times=[-1.0]",)),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_in_both_languages(name):
    call, kind, words = BAD[name]
    with pytest.raises(kind) as english:
        call()
    for word in words:
        assert word in str(english.value)
    set_language("zh_CN")
    with pytest.raises(kind) as chinese:
        call()
    assert str(chinese.value) != str(english.value)
    assert any("\u4e00" <= sign <= "\u9fff" for sign in str(chinese.value))


def test_lines_and_marks_at_the_ends_of_survival_are_whole():
    customers = pd.DataFrame({"month_left": [1.0, 2, 3, None]})
    ax = retention.survival(customers, time="month_left", until=12).plot()
    (left, _), (low, high) = ax.get_xlim(), ax.get_ylim()
    assert left < 0 and low < 0 and high > 1


def test_units_of_time_are_said_in_chinese():
    set_language("zh_CN")
    customers = pd.DataFrame({"month_left": [1.0] * 2 + [18.0] * 30 + [None] * 68})
    known = {"time": "month_left", "until": 36}
    curve = retention.survival(customers, unit="months", **known)
    assert curve.plot().get_xlabel() == "时间（月）"
    assert curve.explain().startswith("36 个月后，仍是客户的占比")
    risk = retention.hazard(customers, periods=[(1, 17), (18, 18), (19, 36)], unit="month", **known)
    ax = risk.plot()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("时期（月）", "每月流失率（占期初客户）")
    assert "：每月流失率从 30.6 % 降至第 19–36 个月的 0.0 %" in ax.get_title(loc="left").replace("\n", "")
    assert "第 18 个月每月离开 30.6 %，第 19–36 个月为 0.0 %" in risk.explain()
    found = retention.clv(300, retention=0.8, discount=0.1, unit="thousand EUR")
    assert "单个客户价值 800 千欧元" in found.explain()
