"""Key accounts: known numbers, silence, the coverage of every interval, and the account page."""

from __future__ import annotations

import math
from html.parser import HTMLParser

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csmodels_helpers import (
    accounts,
    accounts_frames,
    accounts_overall,
    accounts_satisfaction,
    kano,
    metrics,
    plots,
    progress,
)
from csmodels_helpers.datasets import load_dataset
from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import set_language

ROLES = ("decider", "user", "user", "buyer", "technical")


pytestmark = pytest.mark.usefixtures("course_style")


@pytest.fixture
def chinese():
    set_language("zh_CN")
    yield
    set_language("en")


def first_survey() -> pd.DataFrame:
    return load_dataset("first_survey")


# ------------------------------------------------------------------------ numbers from elsewhere


def test_intraclass_correlation_is_that_of_shrout_and_fleiss_1979():
    # Psychological Bulletin 86, 420-428, table 2: six targets, four judges; ICC(1,1) = .17.
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    frame = pd.DataFrame([(i, x) for i, row in enumerate(ratings) for x in row], columns=["account", "x"])
    assert accounts.overall_satisfaction(frame, "x", scale=(1, 10)).icc == pytest.approx(0.17, abs=0.005)


def test_equal_accounts_give_the_t_interval_of_their_means():
    from scipy import stats

    frame = pd.DataFrame({"account": np.repeat(np.arange(7), 4)})
    frame["x"] = np.random.default_rng(1).integers(1, 6, 28)
    means = frame.groupby("account")["x"].mean()
    low, high = stats.t.interval(0.95, 6, means.mean(), stats.sem(means))
    found = accounts.overall_satisfaction(frame, "x").table.loc["accounts"]
    assert (found["score"], found["low"], found["high"]) == pytest.approx((means.mean(), low, high))
    one = accounts.overall_satisfaction(frame.assign(account=np.arange(28)), "x").table
    assert one.loc["accounts", "low"] == pytest.approx(one.loc["contacts", "low"])


def test_the_silent_deciders_of_the_first_survey():
    found = accounts.satisfaction(first_survey(), "csat", respondent="contact")
    table = found.table.set_index("account")
    assert table.index[table["score"].isna()].tolist() == ["K01", "K05", "K09"]
    # Huarui: decider silent, users 5 and 4, technical 4, nobody known as buyer.
    huarui = table.loc["K01"]
    assert huarui["possible_low"] == pytest.approx((0.4 * 1 + 0.2 * 4.5 + 0.2 * 4) / 0.8)
    assert huarui["possible_high"] == pytest.approx((0.4 * 5 + 0.2 * 4.5 + 0.2 * 4) / 0.8)
    assert math.isnan(huarui["low"])
    assert (huarui["n_asked"], huarui["n_answered"], huarui["silent"]) == (4, 3, "decider")
    assert "nobody answered as decider" in huarui["note"]
    # Linhai: decider 2, user 3, technical 3.
    assert table.loc["K07", "score"] == pytest.approx((0.4 * 2 + 0.2 * 3 + 0.2 * 3) / 0.8)
    # Luoxi: the technical contact is silent, so the score is that of the others, and that is said.
    luoxi = table.loc["K11"]
    assert luoxi["score"] == 4
    assert luoxi["possible_low"] == pytest.approx((0.4 * 4 + 0.2 * 4 + 0.2 * 1) / 0.8)
    assert "Silent: technical" in luoxi["note"]
    assert "No score for K01, K05, K09: their deciders are silent" in found.explain()
    assert "K07 is least satisfied with 2.5" in found.explain()
    # The average over those who answered would have called Huarui content.
    assert first_survey().query("account == 'K01'")["csat"].mean() > 4


@pytest.mark.parametrize(("rule", "score"), [("weighted", 3.4), ("minimum", 2.0), ("veto", 2.0)])
def test_rules(rule, score):
    frame = unit([2, 5, 5, 4, 4])  # weighted: .4*2 + .2*5 + .2*4 + .2*4
    assert accounts.satisfaction(frame, "x", rule=rule).table.loc[0, "score"] == pytest.approx(score)
    # A content decider vetoes nothing.
    content = unit([5, 3, 3, 4, 1])
    expected = {"weighted": 3.6, "minimum": 1.0, "veto": 3.6}[rule]
    assert accounts.satisfaction(content, "x", rule=rule).table.loc[0, "score"] == pytest.approx(expected)


def unit(answers, account="A") -> pd.DataFrame:
    return pd.DataFrame({"account": account, "role": list(ROLES), "x": answers})


def test_margin_by_hand_and_the_account_that_falls():
    books, done = money()
    found = accounts.account_margin(books, done, rates={"visit": 2, "rush": 5}, vary=0.5, unit="kCNY")
    table = found.table.set_index("account")
    assert table["margin"].to_dict() == {"A": 100 - 60 - 8, "B": 90 - 50 - 52, "C": 20 - 10}
    assert table.loc["B", ["margin_low", "margin_high"]].tolist() == [40 - 78, 40 - 26]
    assert table["cumulative"].tolist() == [32, 42, 30]
    assert found.table["account"].tolist() == ["A", "C", "B"]
    assert (table.loc["B", "gross_rank"], table.loc["B", "rank"]) == (1, 3)
    assert found.idle == ["C"]
    assert found.activities.loc["B"].to_dict() == {"visit": 2, "rush": 50}
    said = found.explain()
    assert "B is number 1 by gross margin and number 3 after" in said
    assert "Nothing is recorded as done for C." in said
    assert "210 kCNY" in said
    # Rows of the same activity add up, in any number of rows.
    split = pd.concat([done, done]).assign(quantity=lambda d: d["quantity"] / 2)
    again = accounts.account_margin(books, split, rates={"visit": 2, "rush": 5}, vary=0.5)
    pd.testing.assert_frame_equal(again.table, found.table)


def money():
    books = pd.DataFrame(
        {"account": list("ABC"), "revenue": [100.0, 90.0, 20.0], "cost_of_goods": [60.0, 50.0, 10.0]}
    )
    done = pd.DataFrame(
        {"account": list("ABB"), "activity": ["visit", "rush", "visit"], "quantity": [4, 10, 1]}
    )
    return books, done


def test_revenue_at_risk_by_bands_and_by_retention():
    frame = pd.DataFrame({"account": list("AB"), "revenue": [40.0, 10.0], "band": ["low", "high"]})
    found = accounts.revenue_at_risk(frame)
    assert (found.low, found.high, found.revenue) == pytest.approx((0 + 2, 2 + 5, 50))
    assert found.table["account"].tolist() == ["B", "A"]
    assert (found.some_low, found.some_high) == pytest.approx((0.2, 1 - 0.95 * 0.5))
    rates = frame.assign(low=[0.95, 0.5], high=[1.0, 0.8])
    same = accounts.revenue_at_risk(rates, retention=("low", "high"))
    assert (same.low, same.high) == pytest.approx((found.low, found.high))
    own = accounts.revenue_at_risk(frame, bands={"low": (0, 0), "high": (1, 1)})
    assert (own.low, own.high) == (10, 10)


def test_known_loss_bands_and_units_are_said_in_chinese(chinese):
    frame = pd.DataFrame(
        {"account": list("ABC"), "revenue": [40.0, 10.0, 1.0], "band": ["low", "high", "silent"]}
    )
    bands = {**accounts.LOSS_BANDS, "silent": (0.0, 0.5)}
    found = accounts.revenue_at_risk(frame, bands=bands, unit="million CNY")
    ax = found.plot()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["B · 高", "A · 低", "C · silent"]
    assert ax.get_xlabel() == "一年内预期损失（百万元）"
    assert "51 百万元的收入中，一年内预期有 2.0 至 7.5 百万元面临风险" in found.explain()


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (9.887, 71.83, "9.9 to 71.8 CNY"),
        (0, 19.2, "0 to 19.2 CNY"),
        (0.04, 71.8, "0.0 to 71.8 CNY"),
        (2, 7, "2 to 7 CNY"),
        (0.5, 7, "0.5 to 7.0 CNY"),
        (-0.31, 200, "0 to 200 CNY"),
        (123.4, 999.6, "123 to 1000 CNY"),
    ],
)
def test_both_ends_of_a_range_have_the_same_decimals(low, high, said):
    assert "{low} to {high}".format(**accounts_frames.money_range(low, high, "CNY")) == said


def test_health_is_the_composite_of_module_01():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"account": [f"K{i:02d}" for i in range(8)], "a": rng.uniform(1, 5, 8)})
    frame["b"] = rng.uniform(0, 10, 8)
    weights = {"a": 0.6, "b": 0.4}
    found = accounts.health(frame, weights=weights, ends={"a": (1, 5), "b": (10, 0)}, draws=500)
    scaled = frame.assign(a=25 * (frame["a"] - 1), b=10 * (10 - frame["b"]))
    other = metrics.composite(scaled, item="account", weights=weights, draws=500).table
    assert found.table["account"].tolist() == other["account"].tolist()
    assert found.table["health"].tolist() == pytest.approx(other["score"].tolist())
    for ours, theirs in (
        ("rank_best", "rank_best"),
        ("rank_worst", "rank_worst"),
        ("health_low", "score_low"),
    ):
        assert found.table[ours].tolist() == pytest.approx(other[theirs].tolist())


def test_health_of_an_account_that_was_not_measured():
    frame = pd.DataFrame({"account": list("ABC"), "a": [5.0, None, 1.0], "b": [5.0, 5.0, 2.0]})
    found = accounts.health(frame, weights={"a": 0.5, "b": 0.5}, ends={"a": (1, 5), "b": (1, 5)})
    table = found.table.set_index("account")
    assert table["band"].to_dict() == {"A": "good", "C": "risk", "B": ""}
    assert table.loc["B", ["possible_low", "possible_high"]].tolist() == [50, 100]
    assert table.loc["B", "lacking"] == "a"
    assert math.isnan(table.loc["B", "health"])
    assert table.loc["C", "share_last"] == 1
    assert "No health for B" in found.explain()
    nobody = accounts.health(
        frame.assign(a=None), weights={"a": 0.5, "b": 0.5}, ends={"a": (1, 5), "b": (1, 5)}
    )
    assert nobody.table["health"].isna().all()
    nobody.plot()


def test_tiers_by_three_rules_and_close_calls():
    frame = pd.DataFrame(
        {"account": list("ABCD"), "value": [9, 8, 4.0, 1], "behaviour": [9, 1, 5, 9], "need": [9, 1, 5, 9]}
    )
    cuts = dict.fromkeys(("value", "behaviour", "need"), (3.0, 7.0))
    tier = {
        r: accounts.tiers(frame, cuts=cuts, rule=r).table.set_index("account")["tier"]
        for r in accounts.TIER_RULES
    }
    assert tier["points"].reindex(list("ABCD")).tolist() == ["high", "medium", "medium", "medium"]
    assert tier["value"].reindex(list("ABCD")).tolist() == ["high", "high", "medium", "low"]
    assert tier["lowest"].reindex(list("ABCD")).tolist() == ["high", "low", "medium", "low"]
    near = accounts.tiers(frame.assign(value=[9, 8, 3.01, 1]), cuts=cuts, rule="value").table.set_index(
        "account"
    )
    assert near["clear"].to_dict() == {"A": True, "B": True, "C": False, "D": True}
    assert near.loc["C", ["tier_low", "tier_high"]].tolist() == ["low", "medium"]
    thirds = accounts.tiers(frame.assign(value=[1, 2, 3, 4]), rule="value").table
    assert (
        thirds["tier"].tolist() == ["high", "high", "low", "low"] or thirds["tier"].value_counts().max() < 4
    )


def test_portfolios():
    frame = pd.DataFrame({"account": list("ABCD"), "x": [80, 20, 80, 20], "y": [90, 90, 10, 10]})
    for model, names in accounts.PORTFOLIOS.items():
        found = accounts.portfolio(frame, x="x", y="y", model=model, cut=(50, 50))
        assert found.table["quadrant"].tolist() == list(names)
        assert found.table["clear"].all()
    moved = accounts.portfolio(frame.assign(x=[51, 20, 80, 20]), x="x", y="y", cut=(50, 50))
    assert moved.table["clear"].tolist() == [False, True, True, True]
    assert "Within 5 % of a line: 1 of 4." in moved.explain()
    assert accounts.portfolio(frame, x="x", y="y").cut == (50, 50)  # the medians


def legend(ax):
    return {
        words.get_text(): mark
        for mark, words in zip(ax.get_legend().legend_handles, ax.get_legend().get_texts(), strict=True)
    }


def test_the_legend_of_a_portfolio_tells_what_hollow_means():
    frame = pd.DataFrame({"account": list("ABCD"), "x": [51, 20, 80, 20], "y": [90, 90, 10, 10]})
    near = legend(accounts.portfolio(frame, x="x", y="y", cut=(50, 40)).plot())
    hollow = {name for name, mark in near.items() if mark.get_markerfacecolor() == "white"}
    # The one account that is key and easy lies near a line, and its class is shown filled all the same.
    assert hollow == {"hollow: near a line, may change"}
    assert {"key, easy", "limits of high"} < set(near)
    clear = legend(accounts.portfolio(frame.assign(x=[80, 20, 80, 20]), x="x", y="y").plot())
    assert "hollow: near a line, may change" not in clear
    assert "medians" in clear


def gap_table() -> pd.DataFrame:
    rows = [("A", "parts", -1.0), ("A", "portal", -2.0), ("B", "parts", -0.5), ("B", "quotes", 0.3)]
    return pd.DataFrame(rows, columns=["account", "item", "gap"])


def test_actions_join_what_the_other_models_say():
    gaps = gap_table()
    pairs = pd.DataFrame({"respondent": range(6), "feature": ["parts", "portal", "quotes"] * 2})
    pairs = pairs.assign(
        functional=["must-be", "neutral", "like"] * 2, dysfunctional=["dislike", "neutral", "dislike"] * 2
    )
    classes = kano.analyze(pairs).table
    loyalty = pd.DataFrame({"account": ["A", "B"], "type": ["trust", "monopoly"]})
    trend = pd.DataFrame({"account": ["A", "B"], "trend": ["stable", "falling"]})
    revenue = pd.DataFrame({"account": ["A", "B"], "revenue": [10.0, 40.0]})
    found = accounts.rank_actions(gaps, kano=classes, loyalty=loyalty, trend=trend, revenue=revenue)
    table = found.table
    assert table["item"].tolist() == ["parts", "parts", "portal"]
    # 0.5 · must-be 3 · monopoly 2 · falling 1.5 · 40, and 1 · 3 · 1 · 1 · 10, and 2 · 0.2 · 10.
    assert table["urgency"].tolist() == pytest.approx([180, 30, 4])
    assert table["share"].sum() == pytest.approx(1)
    assert found.met == 1
    assert table.loc[0, "reason"] == "0.5 below expectation, must-be, loyalty type monopoly, account falling"
    assert table.loc[0, ["rank_best", "rank_worst"]].tolist() == [1, 1]
    assert "First comes parts at B" in found.explain()
    # Each table is optional, and what is not known counts 1.
    alone = accounts.rank_actions(gaps).table
    assert alone["urgency"].tolist() == [2, 1, 0.5]
    assert alone["category"].isna().all()
    # Classes that differ by account.
    own = pd.DataFrame({"account": ["A", "B"], "feature": "parts", "category": ["I", "M"]})
    by_account = accounts.rank_actions(gaps, kano=own).table.set_index(["account", "item"])["urgency"]
    assert by_account["B", "parts"] == pytest.approx(1.5)
    assert by_account["A", "parts"] == pytest.approx(0.2)
    nothing = accounts.rank_actions(gaps.assign(gap=1.0))
    assert nothing.table.empty
    assert "nothing to do" in nothing.explain()
    nothing.plot()


# ------------------------------------------------------------------------------------- coverage


# The intervals are simulated from the counts on which they depend; that the public functions give the same
# from a frame is tested with each.


def covered(low, high, truth) -> float:
    return float(np.mean((np.asarray(low) <= truth) & (truth <= np.asarray(high))))


UNITS = {
    "equal": ([50, 50, 50, 50], 0.97),
    "apart": ([35, 70, 60, 65], 0.97),
    # Two roles tie for the lowest, between the two cases for which the ends are exact.
    "between": ([40, 40, 60, 60], 0.99),
}
N = np.array([1.0, 2.0, 1.0, 1.0])  # answers of the decider, the users, the buyer, the technician
WEIGHTS = np.array(list(accounts.ROLE_WEIGHTS.values()))


def one_survey(draw, size=12, spread="additive"):
    """Draw one survey of twelve units: means by role, and the tally of all of them."""
    answers = [[draw(role, int(n)) for role, n in enumerate(N)] for _ in range(size)]
    mean = np.array([[role.mean() for role in account] for account in answers])
    within = sum(((role - role.mean()) ** 2).sum() for account in answers for role in account)
    tall = np.tile(N, (size, 1))
    variance, df = accounts_satisfaction.pooled(tall, mean, within, spread)
    tallied = accounts_satisfaction._Answers(list(range(size)), tall, tall, mean, variance, df)
    return answers, tallied


def ends(tallied, rule, bounds):
    there, needed = np.ones(4, dtype=bool), np.array([True, False, False, False])
    sums = accounts_satisfaction._sums(WEIGHTS, there, needed, rule)
    found = [accounts_satisfaction._smallest(sums, m, N, tallied, 0.95, bounds) for m in tallied.mean]
    return np.array(found)


@pytest.mark.parametrize("spread", ["additive", "within"])
@pytest.mark.parametrize("case", UNITS)
@pytest.mark.parametrize("rule", accounts.RULES)
def test_scores_of_units_cover(rule, case, spread):
    means, most = UNITS[case]
    rng, rates = np.random.default_rng(3), []
    weighted = float(np.array(means) @ WEIGHTS)
    truth = {"weighted": weighted, "minimum": min(means), "veto": min(weighted, means[0])}[rule]
    for _ in range(300):
        answers, tallied = one_survey(
            lambda role, n: np.rint(means[role] + 8 * rng.standard_normal(n)), spread=spread
        )
        found = ends(tallied, rule, (0, 100))
        rates.append(covered(found[:, 1], found[:, 2], truth))
    print(f"coverage {np.mean(rates):.4f}")
    assert 0.93 <= np.mean(rates) <= (most if rule != "weighted" else 0.97)
    frame = as_frame(answers)
    table = accounts.satisfaction(frame, "x", scale=(0, 100), rule=rule, spread=spread).table
    assert table[["score", "low", "high"]].to_numpy() == pytest.approx(found)


def test_the_spread_is_that_of_the_analysis_of_variance():
    import statsmodels.formula.api as smf

    rng = np.random.default_rng(6)
    frame = asked().assign(csat=rng.integers(1, 6, 40)).sample(31, random_state=2)
    fit = smf.ols("csat ~ C(account) + C(role)", frame).fit()
    found = accounts.satisfaction(frame, "csat", required=())
    assert found.spread == pytest.approx(np.sqrt(fit.mse_resid))
    cells = frame.groupby(["account", "role"])["csat"]
    within = ((frame["csat"] - cells.transform("mean")) ** 2).sum() / (cells.size() - 1).sum()
    assert accounts.satisfaction(frame, "csat", required=(), spread="within").spread == pytest.approx(
        np.sqrt(within)
    )
    known = accounts.satisfaction(frame, "csat", required=(), spread=0.5).table.dropna()
    assert (known["high"] - known["low"]).max() < 2 * 1.96 * 0.5 + 1e-9


def as_frame(answers) -> pd.DataFrame:
    rows = [
        (i, name, x)
        for i, account in enumerate(answers)
        for name, role in zip(accounts.ROLE_WEIGHTS, account, strict=True)
        for x in role
    ]
    return pd.DataFrame(rows, columns=["account", "role", "x"])


def test_scores_on_five_points_cover():
    rng, rates = np.random.default_rng(5), []
    shares = np.array([0.05, 0.1, 0.25, 0.4, 0.2])
    truth = float(np.arange(1, 6) @ shares)
    for _ in range(300):
        _, tallied = one_survey(lambda role, n: rng.choice(np.arange(1.0, 6.0), n, p=shares))
        found = ends(tallied, "weighted", (1, 5))
        rates.append(covered(found[:, 1], found[:, 2], truth))
    print(f"coverage {np.mean(rates):.4f}")
    assert 0.93 <= np.mean(rates) <= 0.97


@pytest.mark.parametrize(("groups", "likeness"), [(12, 1.0), (60, 0.7), (25, 0.0)])
def test_means_over_accounts_cover_and_naive_ones_do_not(groups, likeness):
    rng = np.random.default_rng(groups)
    hits, naive, times = 0, 0, 1000
    for _ in range(times):
        size = rng.integers(3, 9, groups)
        who = np.repeat(np.arange(groups), size)
        x = np.rint(50 + 8 * (likeness * rng.standard_normal(groups)[who] + rng.standard_normal(len(who))))
        found = accounts_overall.estimate_clustered(
            size.astype(float), np.bincount(who, x), float(x @ x), 0.95, (0, 100)
        )
        hits += found.accounts["low"] <= 50 <= found.accounts["high"]
        naive += found.contacts["low"] <= 50 <= found.contacts["high"]
    print(f"coverage {hits / times:.4f} against {naive / times:.4f}")
    assert 0.93 <= hits / times <= 0.97
    assert (naive / times < 0.85) == (likeness > 0)
    frame = pd.DataFrame({"account": who, "x": x.astype(int)})
    table = accounts.overall_satisfaction(frame, "x", scale=(0, 100)).table
    assert table.loc["accounts", "low"] == pytest.approx(found.accounts["low"])


# ----------------------------------------------------------------------------------- invariances

answer = st.one_of(st.none(), st.integers(1, 5))


@given(st.lists(answer, min_size=5, max_size=5))
@settings(max_examples=40, deadline=None)
def test_rules_are_ordered_and_stay_in_their_range(answers):
    frame = unit(pd.Series(answers, dtype="float64"))
    rows = {rule: accounts.satisfaction(frame, "x", rule=rule).table.iloc[0] for rule in accounts.RULES}
    for row in rows.values():
        assert 1 <= row["possible_low"] <= row["possible_high"] <= 5
        assert math.isnan(row["score"]) == (answers[0] is None)
    order = [rows[rule]["possible_low"] for rule in ("minimum", "veto", "weighted")]
    assert order[0] <= order[1] + 1e-9
    assert order[1] <= order[2] + 1e-9
    if answers[0] is not None:
        assert rows["minimum"]["score"] <= rows["veto"]["score"] + 1e-9
        assert rows["veto"]["score"] <= rows["weighted"]["score"] + 1e-9
        assert rows["veto"]["score"] <= answers[0]
    if None not in answers:
        for row in rows.values():
            assert row["possible_low"] == pytest.approx(row["score"])
            assert row["possible_high"] == pytest.approx(row["score"])


def clients() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    made = pd.DataFrame(
        {"account": [f"K{i:02d}" for i in range(9)], "revenue": rng.uniform(1, 40, 9).round(1)}
    )
    made["cost_of_goods"] = (0.6 * made["revenue"]).round(1)
    made["band"] = rng.choice(list(accounts.LOSS_BANDS), 9)
    made["value"], made["behaviour"], made["need"] = (rng.integers(1, 10, 9) for _ in range(3))
    made["csat"], made["nps"] = rng.uniform(1, 5, 9).round(1), rng.uniform(0, 10, 9).round(1)
    return made


def asked() -> pd.DataFrame:
    frame = first_survey()[["account", "contact", "role", "csat"]]
    return frame.astype({"csat": "float64"})


HEALTH = {"weights": {"csat": 0.5, "nps": 0.5}, "ends": {"csat": (1, 5), "nps": (0, 10)}}
DONE = pd.DataFrame(
    {
        "account": ["K00", "K01", "K01", "K05"],
        "activity": ["visit", "rush", "visit", "rush"],
        "quantity": [4, 10, 1, 9],
    }
)
ANALYSES = {
    "satisfaction": (asked, lambda f: accounts.satisfaction(f, "csat", respondent="contact")),
    "minimum": (asked, lambda f: accounts.satisfaction(f, "csat", rule="minimum", required=())),
    "overall": (asked, lambda f: accounts.overall_satisfaction(f, "csat")),
    "margin": (clients, lambda f: accounts.account_margin(f, DONE, rates={"visit": 0.1, "rush": 0.9})),
    "risk": (clients, lambda f: accounts.revenue_at_risk(f, unit="million CNY")),
    "health": (clients, lambda f: accounts.health(f, **HEALTH)),
    "tiers": (clients, accounts.tiers),
    "fiocca": (clients, lambda f: accounts.portfolio(f, x="value", y="revenue")),
    "krapfel": (clients, lambda f: accounts.portfolio(f, x="value", y="revenue", model="krapfel")),
    "actions": (gap_table, accounts.rank_actions),
}


@pytest.mark.parametrize("name", ANALYSES)
def test_every_result_draws_and_explains_in_both_languages(name, speaks_and_draws):
    make, analyse = ANALYSES[name]
    speaks_and_draws(lambda: analyse(make()))


# ------------------------------------------------------------------------------------- bad input


def test_a_contact_twice_and_an_unknown_role():
    frame = asked()
    twice = pd.concat([frame, frame.tail(2)], ignore_index=True)
    with pytest.raises(DataError) as caught:
        accounts.satisfaction(twice, "csat", respondent="contact")
    assert (caught.value.column, caught.value.rows, caught.value.row) == ("contact", 2, 40)
    assert "one survey wave" in str(caught.value)
    with pytest.raises(DataError, match=r"'gatekeeper'.*one of 'decider'"):
        accounts.satisfaction(frame.assign(role=["gatekeeper", *frame["role"].tolist()[1:]]), "csat")
    with pytest.raises(DataError, match="1 to 5"):
        accounts.satisfaction(frame.assign(csat=9), "csat")
    with pytest.raises(ArgumentError, match=r"sum to 0\.9"):
        accounts.satisfaction(
            frame, "csat", weights={"decider": 0.5, "user": 0.2, "buyer": 0.1, "technical": 0.1}
        )
    with pytest.raises(ArgumentError, match="'minimum'"):
        accounts.satisfaction(frame, "csat", rule="mean")
    with pytest.raises(ArgumentError, match="roles that have a weight"):
        accounts.satisfaction(frame, "csat", required=("boss",))
    for wrong in ("pooled", 0, -1, True):
        with pytest.raises(ArgumentError, match="standard deviation above 0"):
            accounts.satisfaction(frame, "csat", spread=wrong)
    with pytest.raises(DataError, match="at least one row"):
        accounts.satisfaction(frame.head(0), "csat")
    with pytest.raises(DataError, match="at least one answer"):
        accounts.overall_satisfaction(frame.assign(csat=np.nan), "csat")


def test_a_retention_rate_outside_0_to_1():
    frame = pd.DataFrame(
        {"account": list("AB"), "revenue": 10.0, "low": [0.9, 90], "high": [0.95, 0.99]}, index=["r1", "r2"]
    )
    with pytest.raises(DataError) as caught:
        accounts.revenue_at_risk(frame, retention=("low", "high"))
    assert (caught.value.column, caught.value.row, caught.value.value) == ("low", "r2", 90)
    assert "from 0 to 1" in str(caught.value)
    with pytest.raises(DataError, match='not above "high"'):
        accounts.revenue_at_risk(frame.assign(low=0.96, high=0.95), retention=("low", "high"))
    for wrong in (
        {"band": None},
        {"retention": "low"},
        {"bands": {"low": (0.5, 0.1)}},
        {"bands": {"low": (0, 20)}},
        {"bands": {}},
    ):
        with pytest.raises(ArgumentError):
            accounts.revenue_at_risk(frame.assign(band="low"), **wrong)
    with pytest.raises(DataError, match="'huge'"):
        accounts.revenue_at_risk(frame.assign(band="huge"))


def test_keys_that_do_not_hold():
    books, done = money()
    rates = {"visit": 1, "rush": 1}
    with pytest.raises(DataError, match=r'Column "account".*with \'Z\'.*stands in the first table'):
        accounts.account_margin(books, done.replace("A", "Z"), rates=rates)
    with pytest.raises(DataError, match="'rush'"):
        accounts.account_margin(books, done, rates={"visit": 1})
    with pytest.raises(DataError, match="one row an account"):
        accounts.account_margin(pd.concat([books, books]), done, rates=rates)
    for wrong in ({"rates": {"visit": -1, "rush": 1}}, {"rates": {}}, {"rates": rates, "vary": 25}):
        with pytest.raises(ArgumentError):
            accounts.account_margin(books, done, **wrong)
    with pytest.raises(DataError):
        accounts.account_margin(books.assign(revenue=-1), done, rates=rates)


def test_other_arguments_that_are_refused():
    frame = clients()
    for call in (
        lambda: accounts.health(frame, weights={"csat": 1.0}, ends={"csat": (1, 1)}),
        lambda: accounts.health(frame, weights={"csat": 1.0}, ends={}),
        lambda: accounts.health(frame, **HEALTH, draws=0),
        lambda: accounts.health(frame, **HEALTH, vary=1),
        lambda: accounts.tiers(frame, cuts={"value": (5, 1), "behaviour": (1, 2), "need": (1, 2)}),
        lambda: accounts.tiers(frame, cuts={"value": (1, 5)}),
        lambda: accounts.tiers(frame, value="need"),
        lambda: accounts.tiers(frame, rule="gold"),
        lambda: accounts.portfolio(frame, x="value", y="value"),
        lambda: accounts.portfolio(frame, x="value", y="need", model="bcg"),
        lambda: accounts.portfolio(frame, x="value", y="need", cut=5),
        lambda: accounts.rank_actions(gap_table(), factors={"category": {"M": -1}}),
        lambda: accounts.rank_actions(gap_table(), draws=0),
    ):
        with pytest.raises(ArgumentError):
            call()
    with pytest.raises(DataError, match="from 1 to 5"):
        accounts.health(frame.assign(csat=7.0), **HEALTH)  # nothing is cut off
    with pytest.raises(DataError, match="one row for each"):
        accounts.rank_actions(pd.concat([gap_table(), gap_table()]))
    with pytest.raises(DataError, match="'angry'"):
        accounts.rank_actions(gap_table(), loyalty=pd.DataFrame({"account": ["A"], "type": ["angry"]}))
    with pytest.raises(UnknownNameError, match='Did you mean "csat"'):
        accounts.satisfaction(asked(), "cast")


def test_messages_come_in_chinese(chinese):
    with pytest.raises(DataError, match="请先选定一期调查"):
        frame = asked()
        accounts.satisfaction(pd.concat([frame, frame]), "csat", respondent="contact")
    with pytest.raises(DataError, match="第一张表中已有的客户"):
        books, done = money()
        accounts.account_margin(books, done.replace("A", "Z"), rates={"visit": 1, "rush": 1})
    with pytest.raises(ArgumentError, match="小的在前"):
        accounts.revenue_at_risk(clients(), bands={"low": (1, 0)})


# -------------------------------------------------------------------------------------- the page


class Page(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.text = [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def a_page(**more):
    results = {"Whose voice": accounts.satisfaction(asked(), "csat"), "In one line": "Go & see them <soon>."}
    notes = {
        "m01": "first line\nsecond <b>line</b>",
        "m05": {"question": "Which need?", "note": "seals in 4 h"},
    }
    decision = {"action": "Visit the decider", "owner": "Lin Yue"}
    facts = {"Revenue": "38.4 million CNY"}
    return accounts.page(
        "K01", name="Huarui 华瑞", facts=facts, notes=notes, results=results, decision=decision, **more
    )


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_page_stands_alone_and_is_accessible(language, tmp_path):
    set_language(language)
    found = a_page()
    parsed = Page(found.html)
    assert parsed.open == []
    assert ("html", {"lang": "zh-CN" if language == "zh_CN" else "en"}) in parsed.tags
    images = [attrs for tag, attrs in parsed.tags if tag == "img"]
    assert len(images) == 1
    assert images[0]["src"].startswith("data:image/png;base64,")
    assert "K01" in images[0]["alt"]
    assert not {"script", "link", "iframe"} & {tag for tag, _ in parsed.tags}
    assert "http" not in found.html
    assert "@media print" in found.html
    assert "second <b>line</b>" in parsed.text  # escaped, so it is text
    assert "Go & see them <soon>." in parsed.text
    assert "seals in 4 h" in parsed.text
    assert ("open" if language == "en" else "待定") in parsed.text
    levels = [tag for tag, _ in parsed.tags if tag in ("h1", "h2")]
    assert levels == ["h1", "h2", "h2"]
    assert found.save(tmp_path / "K01.html").read_text(encoding="utf-8") == found.html
    assert plt.get_fignums() == []
    assert "srcdoc" in found._repr_html_()
    assert ("2 of 10" if language == "en" else "10 个模块中有 2 个") in repr(found)


def test_the_page_takes_what_the_lessons_recorded():
    entry = {"question": "Who signs?", "note": "The plant manager."}
    progress.record("account/m02/K01", entry)
    progress.record("account/m02/K02", {"question": "Who signs?", "note": "Somebody else."})
    table = accounts.page("K01").table.set_index("module")
    assert table.loc["m02", ["question", "note"]].tolist() == list(entry.values())
    assert table["note"].notna().sum() == 1
    assert accounts.page("K99").table["note"].isna().all()


def test_what_the_page_refuses():
    with pytest.raises(UnknownNameError, match="m01"):
        accounts.page("K01", notes={"m1": "x"})
    with pytest.raises(ArgumentError, match="a text"):
        accounts.page("K01", notes={"m01": 3})
    with pytest.raises(UnknownNameError, match='Did you mean "owner"'):
        accounts.page("K01", decision={"owners": "x"})
    with pytest.raises(ArgumentError, match="result of an analysis"):
        accounts.page("K01", results={"x": pd.DataFrame()})


# ------------------------------------------------------------------------------ weights of one's own


def relations() -> pd.DataFrame:
    rows = {"account": ["A", "B", "C"], "csat": [4.0, 3.0, None], "late": [5.0, 1.0, 0.0]}
    return pd.DataFrame(rows)


OWN = {"published": {"csat": 0.8, "late": 0.2}, "ends": {"csat": (1, 5), "late": (10, 0)}}


def test_leaving_out_what_is_missing_gives_a_place():
    ax = accounts.plot_weights(relations(), {"csat": 4, "late": 1}, **OWN)
    alt = plots.alt_text(ax.figure)
    assert "With these weights: 1 A, 2 B." in alt
    assert "No place, an indicator is missing: C." in alt
    ax = accounts.plot_weights(relations(), {"csat": 0, "late": 3}, shown="C", **OWN)
    assert plots.alt_text(ax.figure).startswith("With these weights: 1 C, 2 B, 3 A.")
    assert "with the published weights it has no place" in ax.get_title(loc="left").replace("\n", " ")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["C  1 (—)", "B  2 (2)", "A  3 (1)"]


def test_published_weights_give_the_places_of_health():
    places = accounts.health(relations(), weights=OWN["published"], ends=OWN["ends"]).table
    ax = accounts.plot_weights(relations(), {"csat": 8, "late": 2}, shown="B", **OWN)
    labels = [label.get_text().split()[0] for label in ax.get_yticklabels()]
    assert labels == places["account"].tolist()
    assert "B is number 2 of 2; with the published weights number 2." in plots.alt_text(ax.figure)


def test_a_place_that_has_not_changed_is_seen_around_the_mark():
    ax = accounts.plot_weights(relations(), {"csat": 8, "late": 2}, shown="B", **OWN)
    sizes = {line.get_markersize() for line in ax.get_lines() if line.get_marker() in ("o", "D")}
    (ring,) = [line for line in ax.get_lines() if line.get_markerfacecolor() == "none"]
    assert ring.get_markersize() == max(sizes) > sorted(sizes)[-2] + 2


def test_an_account_without_a_place_has_a_range(chinese):
    ax = accounts.plot_weights(relations(), {"csat": 1, "late": 1}, shown="C", **OWN)
    assert "C 没有名次：50 至 100 皆有可能。" in plots.alt_text(ax.figure)


def test_without_any_weight_nobody_has_a_place():
    ax = accounts.plot_weights(relations(), {"csat": 0, "late": 0}, shown="A", **OWN)
    assert plots.alt_text(ax.figure) == "No indicator has a weight, so nobody has a place."
    assert len(ax.get_yticklabels()) == 3


def test_what_weights_of_ones_own_refuse():
    with pytest.raises(ArgumentError, match="0 or more"):
        accounts.plot_weights(relations(), {"csat": -1}, **OWN)
    with pytest.raises(UnknownNameError, match='"D"'):
        accounts.plot_weights(relations(), {"csat": 1}, shown="D", **OWN)


def test_results_cannot_be_changed():
    with pytest.raises(AttributeError):
        accounts.overall_satisfaction(asked(), "csat").icc = 0
