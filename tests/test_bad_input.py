"""Bad input as trainees make it: what is wrong, where, and what is allowed is told, in both languages.

Calls through the public functions, by kind of mistake. The words may change; what they must say may not: the
column, row or value at fault (``names``), and what is allowed.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from csmodels_helpers import (
    accounts,
    drivers,
    expectation,
    feedback,
    kano,
    loyalty,
    metrics,
    monitoring,
    paths,
    reliability,
    retention,
    servqual,
)
from csmodels_helpers.errors import ArgumentError, CourseError, DataError
from csmodels_helpers.language import set_language

HAN = re.compile("[\u4e00-\u9fff]")
# Names of our own columns, types and placeholders: nothing that a trainee has written.
INSIDE = re.compile(r"np\.|Timestamp|\b_\w+|NAType|dtype| — |\{|\bnan\b")


def assert_told(call: Any, error: type[CourseError], *names: object) -> CourseError:
    """Call it in both languages; the message must name what is at fault and what is allowed."""
    said: dict[str, CourseError] = {}
    for language in ("en", "zh_CN"):
        set_language(language)
        with pytest.raises(error) as caught:
            call()
        said[language] = caught.value
    set_language("en")
    for language, told in said.items():
        message = str(told)
        for name in names:
            assert str(name) in message, (language, name, message)
        assert told.allowed in message
        assert bool(HAN.search(message)) == (language == "zh_CN"), message
        assert not INSIDE.search(message), message
        assert len(message) < 420, message
    return said["en"]


@pytest.fixture(autouse=True)
def _english():
    yield
    set_language("en")


# ------------------------------------------------------------------------------------------ data

N = 120
DIMENSIONS = {"care": ["q1", "q2"], "speed": ["q3", "q4"]}
QUESTIONS = [f"perceived_{item}" for item in ("q1", "q2", "q3", "q4")]
MODEL = paths.Model(
    {"Quality": ["speed", "price"], "Value": ["staff"], "Loyalty": ["overall", "again"]},
    [("Quality", "Value"), ("Quality", "Loyalty"), ("Value", "Loyalty")],
)


def survey() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    mood = rng.normal(size=N)
    made = pd.DataFrame({"who": np.arange(N), "region": ["north", "south"] * (N // 2)})
    for name in ("speed", "price", "staff", "overall", "again", *QUESTIONS):
        made[name] = np.clip(np.rint(4 + mood + rng.normal(size=N)), 1, 7)
    for item in ("q1", "q2", "q3", "q4"):
        made[f"expected_{item}"] = np.clip(made[f"perceived_{item}"] + rng.integers(0, 3, N), 1, 7)
    made["month"] = np.repeat(np.arange(12), 10)
    made["topic"] = rng.choice(["price", "staff"], N)
    made["tone"] = rng.choice(["negative", "positive"], N)
    made["share"] = made["overall"] / 10
    return made


def silent_south(*columns: str) -> pd.DataFrame:
    made = survey()
    made.loc[made["region"] == "south", list(columns)] = np.nan
    return made


# ------------------------------------------------------------------------------ zone of tolerance


def zone_frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "who": [11, 12, 13, 14],
            "perceived_q1": [5, 4, 6, 3],
            "desired_q1": [6, 6, 4, 3],
            "adequate_q1": [4, 4, 4, 5],
        }
    )


def test_desired_not_above_adequate_is_undefined_and_reported_by_respondent():
    found = servqual.zone_of_tolerance(zone_frame(), dimensions={"care": ["q1"]}, respondent="who")
    rows = found.respondents.set_index("respondent")
    assert rows.loc[[13, 14], "position"].isna().all()  # equal, and below
    assert rows.loc[[13, 14], "zone"].tolist() == ["undefined", "undefined"]
    assert rows.loc[[11, 12], "position"].tolist() == [0.5, 0.0]
    # They have no position, and still differ from what they desire.
    assert rows["mss"].tolist() == [-1, -2, 2, 0]
    assert found.table.loc[0, ["n", "n_undefined"]].tolist() == [4, 2]
    for language, said in (("en", r"2 of 4"), ("zh_CN", r"4 个.*有 2 个")):
        set_language(language)
        assert re.search(said, found.explain())


def test_desired_not_above_adequate_may_be_refused():
    assert_told(
        lambda: servqual.zone_of_tolerance(
            zone_frame(), dimensions={"care": ["q1"]}, respondent="who", undefined="raise"
        ),
        DataError,
        "care",
        2,
        "(4.0, 4.0)",
    )


# -------------------------------------------------------------------------------- a constant item

CONSTANT = {
    "alpha": (DataError, lambda f: reliability.alpha(f, ["speed", "price", "staff"])),
    "alpha by segment": (
        DataError,
        lambda f: reliability.alpha(f, ["speed", "price", "staff"], segment="region"),
    ),
    "omega": (DataError, lambda f: reliability.omega(f, ["speed", "price", "staff"])),
    "gap": (
        DataError,
        lambda f: reliability.gap_reliability(f, perceived=["speed", "price"], expected=QUESTIONS[:2]),
    ),
    "factors": (ArgumentError, lambda f: drivers.factor_analysis(f, ["speed", "price", "staff"], factors=1)),
    "importance": (ArgumentError, lambda f: drivers.importance(f, "overall", ["speed", "price"])),
    "ordinal": (ArgumentError, lambda f: drivers.ordinal(f, "overall", ["speed", "price"])),
    "regress": (ArgumentError, lambda f: expectation.regress(f, "overall", ["speed", "price"])),
    "paths": (ArgumentError, lambda f: paths.analyze(f, MODEL)),
}


@pytest.mark.parametrize("name", CONSTANT)
def test_an_item_that_everybody_answers_alike(name):
    error, call = CONSTANT[name]
    assert_told(lambda: call(survey().assign(speed=4)), error, "speed")


def test_an_item_that_is_constant_in_one_segment_names_it():
    frame = survey()
    frame.loc[frame["region"] == "south", "speed"] = 4
    told = assert_told(lambda: CONSTANT["alpha by segment"][1](frame), DataError, "speed", "south", 4)
    assert told.rows == N // 2


# ----------------------------------------------------------------- fewer answers than parameters

THREE = ["speed", "price", "staff"]
FEW = {  # rows, the least that is asked for
    "importance": (4, 5, lambda f: drivers.importance(f, "overall", THREE)),
    "trap": (4, 5, lambda f: drivers.correlation_trap(f, "overall", THREE)),
    "penalty": (7, 8, lambda f: drivers.penalty_reward(f, "overall", THREE, scale=(1, 7))),
    "factors": (4, 5, lambda f: drivers.factor_analysis(f, THREE, factors=1)),
    "paths": (3, 4, lambda f: paths.analyze(f, MODEL)),
    "map": (3, 4, lambda f: paths.importance_performance(f, MODEL, "Loyalty", scale=(1, 7))),
    "regress": (4, 5, lambda f: expectation.regress(f, "overall", THREE)),
    "asymmetry": (
        4,
        5,
        lambda f: expectation.asymmetry(f, "overall", expected="speed", perceived="price"),
    ),
    "confirmation": (
        4,
        5,
        lambda f: expectation.confirmation_model(
            f, confirmation="speed", usefulness="price", satisfaction="overall", intention="again"
        ),
    ),
    "servqual": (9, 10, lambda f: servqual.confirmatory_factors(f, dimensions=DIMENSIONS)),
    "omega": (8, 9, lambda f: reliability.omega(f, QUESTIONS)),
    "alpha": (2, 3, lambda f: reliability.alpha(f, QUESTIONS)),
}


@pytest.mark.parametrize("name", FEW)
def test_fewer_answers_than_parameters(name):
    rows, least, call = FEW[name]
    told = assert_told(lambda: call(survey().head(rows)), ArgumentError, rows, least)
    assert (told.name, told.value) == ("data", rows)


def test_answers_that_are_missing_do_not_count():
    frame = survey().head(20)
    frame.loc[4:, "speed"] = np.nan
    assert_told(lambda: FEW["importance"][2](frame), ArgumentError, "data=4", 5, 16)


def test_fewer_answers_than_parameters_of_an_ordinal_model():
    # As many parameters as drivers and steps between the levels that occur.
    frame = survey().head(5).assign(overall=[1, 2, 3, 3, 1])
    told = assert_told(lambda: drivers.ordinal(frame, "overall", THREE), ArgumentError, "data=5", 6)
    assert isinstance(told.value, int)


def test_fewer_answers_than_parameters_in_one_segment_names_it():
    frame = survey().iloc[[0, 2, 4, 6, 8, 10, 1, 3, 5]]
    assert_told(
        lambda: expectation.asymmetry(
            frame, "overall", expected="speed", perceived="price", segment="region"
        ),
        ArgumentError,
        "south",
        "data=3",
    )


# --------------------------------------------------------------------- drivers that repeat others


def singular() -> pd.DataFrame:
    made = survey()
    return made.assign(total=made["speed"] + made["price"], twin=made["speed"])


SINGULAR = {
    "importance": lambda f, d: drivers.importance(f, "overall", d),
    "trap": lambda f, d: drivers.correlation_trap(f, "overall", d),
    "ordinal": lambda f, d: drivers.ordinal(f, "overall", d),
    "factors": lambda f, d: drivers.factor_analysis(f, [*d, "again"], factors=1),
    "regress": lambda f, d: expectation.regress(f, "overall", d),
}


@pytest.mark.parametrize("name", SINGULAR)
def test_a_driver_that_is_the_sum_of_two_others(name):
    call = SINGULAR[name]
    columns = ["speed", "price", "total"]
    told = assert_told(lambda: call(singular(), [*columns, "staff"]), ArgumentError, *columns)
    assert set(columns) <= set(told.value)


@pytest.mark.parametrize("name", SINGULAR)
def test_a_driver_that_stands_twice(name):
    call = SINGULAR[name]
    assert_told(lambda: call(singular(), ["speed", "price", "twin"]), ArgumentError, "speed", "twin")
    assert_told(lambda: call(singular(), ["speed", "speed"]), ArgumentError, "['speed', 'speed'")


def test_duplicates_elsewhere():
    frame = singular()
    assert_told(
        lambda: drivers.penalty_reward(frame, "overall", ["speed", "twin"], scale=(1, 7)),
        ArgumentError,
        "speed",
        "twin",
    )
    assert_told(
        lambda: servqual.confirmatory_factors(
            frame.assign(perceived_q2=frame["perceived_q1"]), dimensions=DIMENSIONS
        ),
        ArgumentError,
        "perceived_q1",
        "perceived_q2",
    )
    assert_told(
        lambda: expectation.confirmation_model(
            frame, confirmation="speed", usefulness="twin", satisfaction="overall", intention="again"
        ),
        ArgumentError,
        "speed",
        "twin",
    )


def test_duplicates_in_a_path_model():
    paths_ = [("A", "C"), ("B", "C")]
    twins = paths.Model({"A": ["speed"], "B": ["twin"], "C": ["overall"]}, paths_)
    assert_told(lambda: paths.analyze(singular(), twins), ArgumentError, "A, B")
    inside = paths.Model({"A": ["speed", "twin"], "B": ["staff"], "C": ["overall"]}, paths_)
    # Mode B regresses on the items of a construct; mode A takes each of them by itself.
    assert_told(lambda: paths.analyze(singular(), inside, mode="B"), ArgumentError, "'speed', 'twin'")
    assert paths.analyze(singular(), inside).table["low"].notna().all()


# ------------------------------------------------------------------------ a segment without answers

BY = {"segment": "region"}
SILENT = {
    "csat": (["overall"], lambda f: metrics.csat(f, "overall", scale=(1, 7), **BY)),
    "csat mean": (
        ["overall"],
        lambda f: metrics.csat(f, "overall", scale=(1, 7), statistic="mean", **BY),
    ),
    "nps": (["overall"], lambda f: metrics.nps(f, "overall", **BY)),
    "ces": (["overall"], lambda f: metrics.ces(f, "overall", scale=(1, 7), easy="high", **BY)),
    "compare_nps": (["overall"], lambda f: metrics.compare_nps(f, "overall", by="region")),
    "composite": (
        ["overall", "speed"],
        lambda f: metrics.composite(f, item="region", weights={"overall": 0.5, "speed": 0.5}),
    ),
    "difference": (
        ["overall", "speed"],
        lambda f: metrics.difference(f, perceived="overall", expected="speed", **BY),
    ),
    "ratio": (
        ["overall", "speed"],
        lambda f: metrics.ratio(f, perceived="overall", expected="speed", **BY),
    ),
    "index": (
        ["overall", "speed"],
        lambda f: metrics.index(f, weights={"overall": 1, "speed": 1}, scale=(1, 7), **BY),
    ),
    "alpha": (["speed", "price"], lambda f: reliability.alpha(f, ["speed", "price"], **BY)),
    "omega": (THREE, lambda f: reliability.omega(f, THREE, **BY)),
    "gap": (
        QUESTIONS[:2],
        lambda f: reliability.gap_reliability(
            f, perceived=QUESTIONS[:2], expected=["expected_q1", "expected_q2"], **BY
        ),
    ),
    "servqual": (["perceived_q1"], lambda f: servqual.analyze(f, dimensions=DIMENSIONS, **BY)),
    "ceiling": (["overall"], lambda f: expectation.ceiling(f, "overall", scale=(1, 7), **BY)),
    "degree": (["tone"], lambda f: feedback.degree(f, "tone", **BY)),
    "topics": (["topic"], lambda f: feedback.topics(f, "topic", **BY)),
    "confusion": (["tone"], lambda f: feedback.confusion(f, truth="tone", predicted="topic", **BY)),
    "curve": (
        ["overall", "speed"],
        lambda f: loyalty.curve(f, satisfaction="overall", loyalty="speed", **BY),
    ),
    "dick_basu": (
        [],
        lambda f: loyalty.dick_basu(f, attitude="overall", repeat_share="share", **BY),
    ),
    "jones_sasser": (
        [],
        lambda f: loyalty.jones_sasser(
            f, satisfaction="overall", loyalty="speed", high_satisfaction=5, high_loyalty=5, **BY
        ),
    ),
    "decayed_mean": (
        ["overall"],
        lambda f: monitoring.decayed_mean(f, "overall", time="month", half_life=3, **BY),
    ),
    "complaint_rate": (["speed"], lambda f: monitoring.complaint_rate(f, "overall", per="speed", **BY)),
    "response_styles": (
        THREE,
        lambda f: monitoring.response_styles(
            f, [*THREE, "again"], reverse=["staff", "again"], scale=(1, 7), **BY
        ),
    ),
    "vignettes": (
        ["overall"],
        lambda f: monitoring.anchoring_vignettes(f, "overall", ["staff", "again"], scale=(1, 7), **BY),
    ),
}
ALL_RATED = ("overall", "speed", "price", "perceived_q1", "tone", "topic", "share")


@pytest.mark.parametrize("name", SILENT)
def test_a_segment_in_which_nobody_answered(name):
    columns, call = SILENT[name]
    told = assert_told(
        lambda: call(silent_south(*ALL_RATED)), DataError, "region = 'south'", N // 2, *columns
    )
    assert told.rows == N // 2
    assert call(survey()) is not None  # it is the silence that is refused


@pytest.mark.parametrize(
    "call",
    [
        lambda f: expectation.disconfirmation(f, perceived="overall", expected="speed", **BY),
        lambda f: expectation.asymmetry(f, "overall", expected="speed", perceived="price", **BY),
    ],
)
def test_a_regression_by_segments_of_which_one_is_silent(call):
    told = assert_told(lambda: call(silent_south("overall")), ArgumentError, "data=0", "region = 'south'", 60)
    assert told.value == 0


def test_a_stratum_in_which_nobody_answered():
    population = {"north": 40, "south": 60}
    for frame, score in ((silent_south("overall"), "overall"), (survey().query("region == 'north'"), None)):
        assert_told(
            lambda frame=frame, score=score: feedback.post_stratify(frame, "region", population, score=score),
            ArgumentError,
            "south",
        )


def test_a_time_before_which_nobody_of_a_group_answered():
    frame = survey().assign(wave=np.repeat([1, 2], N // 2))
    frame.loc[(frame["region"] == "south") & (frame["wave"] == 1), "overall"] = np.nan
    assert_told(
        lambda: metrics.difference_in_differences(
            frame, "overall", group="region", changed="north", time="wave", before=1, after=2
        ),
        ArgumentError,
        "region = south",
        "wave = 1",
        30,
    )


def test_a_segment_that_does_not_occur_lists_those_that_do():
    assert_told(
        lambda: metrics.compare_nps(survey(), "overall", by="region", first="north", second="west"),
        ArgumentError,
        "second='west'",
        "'north', 'south'",
    )


def test_a_silent_group_of_a_kano_survey_stands_in_the_table_without_a_class():
    answers = pd.DataFrame({"respondent": range(4), "feature": "music", "region": list("nnss")})
    answers["functional"] = ["like", "like", None, None]
    answers["dysfunctional"] = ["dislike", "dislike", None, None]
    table = kano.analyze(answers, segment="region").table.set_index("segment")
    assert table.loc["s", ["n", "n_missing"]].tolist() == [0, 2]
    assert pd.isna(table.loc["s", "better"])
    assert table.loc["s", "note"]


# ----------------------------------------------------------------------------- a month of nothing


def month_frame() -> pd.DataFrame:
    made = pd.DataFrame({"month": pd.date_range("2024-01-01", periods=12, freq="MS")})
    return made.assign(late=[3, 4, 2, 5, 0, 3, 4, 2, 6, 3, 2, 4], n=90).assign(
        n=lambda f: f["n"].where(f["late"] > 0, 0)
    )


@pytest.mark.parametrize("chart", [monitoring.p_chart, monitoring.xmr, monitoring.ewma])
def test_a_month_in_which_there_was_nothing_to_count(chart):
    told = assert_told(lambda: chart(month_frame(), "late", n="n", time="month"), DataError, "n", "2024-05")
    assert (told.column, told.row, told.value) == ("n", 4, 0)


def test_a_rate_of_nothing():
    told = assert_told(
        lambda: monitoring.complaint_rate(month_frame(), "late", per="n", segment="month"),
        DataError,
        "month = 2024-05",
    )
    assert (told.column, told.rows) == ("n", 1)
    for call in (
        lambda f: monitoring.journey(f, step="month", passed="late", n="n"),
        lambda f: monitoring.internal_chain(f, step="month", received="n", right="late"),
    ):
        frame = month_frame().assign(month=[f"step {i}" for i in range(12)])
        told = assert_told(lambda call=call, frame=frame: call(frame), DataError, "step 4")
        assert told.column == "n"


# ------------------------------------------------------------------------------ a silent decider


def contacts() -> pd.DataFrame:
    rows = [("K1", "decider", 4), ("K1", "user", 5), ("K2", "decider", None), ("K2", "user", 5)]
    rows += [("K2", "buyer", 5), ("K3", "user", 4), ("K3", "buyer", 4)]
    made = pd.DataFrame(rows, columns=["account", "role", "score"])
    return made.assign(contact=range(len(made)))


@pytest.mark.parametrize("rule", ["weighted", "minimum", "veto"])
def test_a_silent_decider_is_reported_and_never_averaged_away(rule):
    found = accounts.satisfaction(contacts(), "score", rule=rule)
    table = found.table.set_index("account")
    assert table["score"].notna().tolist() == [True, False, False]
    assert table.loc[["K2", "K3"], ["low", "high"]].isna().all(axis=None)
    # Asked and silent, or nobody known in that role: both leave it open.
    assert table.loc[["K2", "K3"], "silent"].str.contains("decider").all()
    assert (table["possible_low"] < table["possible_high"]).tolist() == [False, True, True]
    for language in ("en", "zh_CN"):
        set_language(language)
        said, note = found.explain(), accounts.satisfaction(contacts(), "score").table["note"][1]
        assert "K2" in said
        assert "K3" in said
        assert bool(HAN.search(note)) == (language == "zh_CN")


def test_not_even_where_all_are_silent():
    found = accounts.satisfaction(contacts().assign(score=np.nan), "score")
    assert found.table["score"].isna().all()
    assert found.table["possible_low"].eq(1).all()
    assert found.table["possible_high"].eq(5).all()


# -------------------------------------------------------------------- a rate that cannot be one


@pytest.mark.parametrize("rate", [1.2, -0.1, 80, "0.8", float("inf")])
def test_a_retention_rate_outside_0_to_1(rate):
    for call in (
        lambda: retention.clv(100, retention=rate, discount=0.1),
        lambda: retention.retention_claim([0.7, rate]),
        lambda: retention.clv(100, retention=0.7, discount=0.1, ranges={"retention": (0.6, rate)}),
    ):
        assert_told(call, ArgumentError, repr(rate), 0, 1)


def test_a_percentage_is_told_how_to_be_written():
    assert_told(lambda: retention.clv(100, retention=80, discount=0.1), ArgumentError, "0.8", "80 %")
    with pytest.raises(ArgumentError) as told:
        retention.clv(100, retention=1.2, discount=0.1)
    assert "0.012" not in str(told.value)  # nobody means 1.2 %


def test_a_retention_rate_outside_0_to_1_in_a_column():
    rates = pd.DataFrame({"account": ["K1", "K2"], "revenue": [10, 20], "low": [0.7, 0.8]})
    for high, column, value in (([0.9, 1.2], "high", 1.2), ([0.9, 0.75], "low", 0.8)):
        told = assert_told(
            lambda high=high: accounts.revenue_at_risk(
                rates.assign(high=high), band=None, retention=("low", "high")
            ),
            DataError,
            column,
            value,
        )
        assert told.row == 1


# ---------------------------------------------------------------------------- an id stands twice


def customers() -> pd.DataFrame:
    made = pd.DataFrame({"customer": [7, 8, 8, 9], "type": list("abab"), "later": list("abba")})
    for name in ("attitude", "barriers", "incentives", "kinship", "frequency"):
        made[name] = [1, 2, 3, 4]
    return made.assign(repeat_share=0.5, time=[1, 2, 3, 4], gone=[1, 0, 1, 1], recency=[1.0, 2, 3, 4], T=5.0)


ONCE = {
    "classify": lambda f: loyalty.classify(f, respondent="customer"),
    "confusion": lambda f: loyalty.confusion(f, predicted="type", truth="later", respondent="customer"),
    "transitions": lambda f: loyalty.transitions(f, before="type", after="later", respondent="customer"),
    "survival": lambda f: retention.survival(f, time="time", event="gone", respondent="customer"),
    "hazard": lambda f: retention.hazard(f, time="time", event="gone", respondent="customer"),
    "purchases": lambda f: retention.bg_nbd(f, respondent="customer"),
}


@pytest.mark.parametrize("name", ONCE)
def test_a_customer_who_stands_in_two_rows(name):
    frame = customers().set_axis(["r1", "r2", "r3", "r4"])
    told = assert_told(lambda: ONCE[name](frame), DataError, "customer", "r3", 8)
    assert (told.column, told.rows, told.row, told.value) == ("customer", 1, "r3", 8)


def account_frame() -> pd.DataFrame:
    made = pd.DataFrame({"account": ["K1", "K2", "K1"], "band": "low"})
    return made.assign(**dict.fromkeys(("value", "behaviour", "need", "revenue", "cost_of_goods"), 2))


DONE = pd.DataFrame({"account": ["K1"], "activity": ["visit"], "quantity": [1]})
ACCOUNTS = {
    "tiers": accounts.tiers,
    "risk": accounts.revenue_at_risk,
    "portfolio": lambda f: accounts.portfolio(f, x="value", y="need"),
    "health": lambda f: accounts.health(f, weights={"value": 1.0}, ends={"value": (0, 9)}),
    "margin": lambda f: accounts.account_margin(f, DONE, rates={"visit": 1}),
}


@pytest.mark.parametrize("name", ACCOUNTS)
def test_an_account_that_stands_in_two_rows(name):
    told = assert_told(lambda: ACCOUNTS[name](account_frame()), DataError, "account", 2, "K1")
    assert (told.column, told.row, told.value) == ("account", 2, "K1")


def test_a_contact_a_lever_and_a_respondent_who_stand_twice():
    twice = contacts().assign(contact=[0, 1, 2, 3, 4, 5, 5])
    told = assert_told(
        lambda: accounts.satisfaction(twice, "score", respondent="contact"), DataError, "contact", 6, 5
    )
    assert told.row == 6
    levers = pd.DataFrame({"lever": ["app", "app"], "cost": [1, 2], "gain": [1, 2]})
    assert_told(lambda: drivers.spend(levers, 3), DataError, "lever", 1, "app")
    frame = pd.concat([survey().assign(wave=1), survey().assign(wave=2), survey().head(1).assign(wave=2)])
    frame = frame.reset_index(drop=True)
    for call in (
        lambda: servqual.before_after(
            frame,
            respondent="who",
            group="region",
            changed="north",
            unchanged="south",
            time="wave",
            before=1,
            after=2,
            dimensions=DIMENSIONS,
        ),
        lambda: metrics.compare_nps(frame, "overall", by="wave", paired=True, respondent="who"),
    ):
        told = assert_told(call, DataError, "who", 2 * N)
        assert told.rows == 1
