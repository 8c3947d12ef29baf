"""One contract for all models: the same answers give the same result, whatever holds them.

Each public function that takes a frame stands in :data:`CASES` with a small survey that has missing answers,
repeated respondents and segments of words. What holds the answers (pandas in three kinds of dtypes, Polars
eager and lazy, DuckDB, Arrow, Parquet) and how a missing answer is written must change nothing: no number,
no dtype, no order of rows, no count of the missing. Tallies of more than a billion rows keep their digits.
"""

from __future__ import annotations

import dataclasses
import inspect
import io
from collections.abc import Callable
from functools import cache
from typing import Any

import duckdb
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
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
    plots,
    reliability,
    retention,
    servqual,
)
from csmodels_helpers.monitoring import Kpi
from csmodels_helpers.tally import counts, moments

# ------------------------------------------------------------------------------- the small surveys

N = 160
WORDS = ("north", "south", "west")


def some(rng: np.random.Generator, values: Any, share: float = 0.06) -> pd.Series[Any]:
    """Leave some answers out."""
    answers = pd.Series(values)
    return answers.where(rng.random(len(answers)) >= share)


def survey() -> pd.DataFrame:
    """Two rows a respondent: ratings that share a mood, words, weights."""
    rng = np.random.default_rng(5)
    mood = rng.normal(size=N)

    def rated(low: int, high: int) -> Any:
        spread = (high - low) / 5
        middle = (low + high) / 2
        return np.clip(np.rint(middle + spread * (mood + rng.normal(size=N))), low, high).astype(int)

    made = pd.DataFrame({"who": np.arange(N) // 2, "row": np.arange(N)[::-1]})
    made["region"] = rng.choice(WORDS[:2], N)
    made["wave"] = np.tile([1, 2], N // 2)
    made["w"] = rng.integers(1, 8, N) / 4
    for name, low, high in (("csat", 1, 5), ("nps", 0, 10), ("nps_before", 0, 10), ("ces", 1, 7)):
        made[name] = some(rng, rated(low, high))
    for q in range(1, 5):
        made[f"perceived_q{q}"] = some(rng, rated(1, 7), 0.03)
        made[f"expected_q{q}"] = some(rng, np.clip(rated(1, 7) + 1, 1, 7), 0.03)
        made[f"adequate_q{q}"] = some(rng, np.clip(made[f"expected_q{q}"] - 2, 1, 7), 0.03)
    made["points_care"] = rng.choice([40, 50, 60], N)
    made["points_speed"] = 100 - made["points_care"]
    made["felt"] = some(rng, np.clip(np.rint(mood + rng.normal(size=N)), -3, 3))
    made["state"] = some(rng, rng.choice(["kept", "regular"], N))
    made["later"] = some(rng, rng.choice(["gone", "kept", "regular"], N, p=[0.2, 0.3, 0.5]))
    made["first"] = some(rng, rng.choice(["price", "speed", "staff"], N))
    made["second"] = made["first"].where(rng.random(N) < 0.7, "speed")
    made["tone"] = some(rng, rng.choice(["negative", "neutral", "positive"], N))
    return made


def customers() -> pd.DataFrame:
    """One row a customer: loyalty, and when they left (missing: still there)."""
    rng = np.random.default_rng(6)
    made = pd.DataFrame({"customer": np.arange(1, N + 1), "market": rng.choice(WORDS[:2], N)})
    for name in ("attitude", "barriers", "incentives", "kinship"):
        made[name] = some(rng, rng.integers(1, 8, N), 0.03)
    made["repeat_share"] = some(rng, rng.integers(30, 101, N) / 100, 0.03)
    made["satisfaction"] = some(rng, rng.integers(1, 11, N), 0.03)
    made["loyalty"] = some(rng, np.clip(made["satisfaction"].fillna(5) + rng.integers(-3, 3, N), 1, 10), 0.03)
    made["margin"] = rng.integers(1, 60, N) / 4
    made["type"] = some(rng, rng.choice(["trust", "inertia", "monopoly"], N))
    made["true_type"] = made["type"].where(rng.random(N) < 0.8, "trust")
    made["month_left"] = some(rng, rng.integers(1, 25, N), 0.4)
    made["gone"] = made["month_left"].notna()
    made["joined"] = rng.integers(0, 2, N) / 4
    made["seen"] = made["month_left"].fillna(24)
    return made


def buyers() -> pd.DataFrame:
    """Repeat purchases of customers who each buy at a rate and may stop: what a purchase model wants."""
    rng = np.random.default_rng(7)
    rows: list[tuple[int, int, float, float]] = []
    for customer in range(N):
        age, rate, stop = 30.0 + customer % 9, rng.gamma(0.8, 0.12), rng.beta(1.2, 2.5)
        now, bought, last = 0.0, 0, 0.0
        while (now := now + rng.exponential(1 / rate)) < age:
            bought, last = bought + 1, round(now, 2)
            if rng.random() < stop:
                break
        rows.append((customer, bought, last, age))
    return pd.DataFrame(rows, columns=["customer", "frequency", "recency", "T"])


def pairs() -> pd.DataFrame:
    """Pairs of answers for the Kano model."""
    rng = np.random.default_rng(8)
    made = pd.DataFrame(
        {"respondent": np.arange(N) % 60, "feature": np.repeat(["music", "brakes", "seat", "clock"], 40)}
    )
    words = list(kano.ANSWERS)
    made["functional"] = some(rng, rng.choice(words, N, p=[0.4, 0.2, 0.2, 0.1, 0.1]))
    made["dysfunctional"] = some(rng, rng.choice(words, N, p=[0.1, 0.1, 0.2, 0.2, 0.4]))
    made["region"], made["year"] = rng.choice(WORDS[:2], N), rng.choice([2023, 2024], N)
    made["importance"] = some(rng, rng.integers(1, 10, N))
    return made


def classes() -> pd.DataFrame:
    """Count the classes, as published."""
    rows = [("brakes", "north", 95, 123, 45, 33, 0, 2), ("seat", "south", 20, 40, 60, 25, 3, 0)]
    return pd.DataFrame(rows, columns=["feature", "region", "M", "O", "A", "I", "R", "Q"])


def managers() -> pd.DataFrame:
    """Levels that managers believe, standards ask for, audits find and sales promise."""
    rng = np.random.default_rng(9)
    made = pd.DataFrame({"dimension": np.tile(["care", "speed"], 12), "who": np.repeat(np.arange(12), 2)})
    return made.assign(level=rng.integers(8, 15, 24) / 2)


def comments() -> pd.DataFrame:
    """Short comments with the tone that a person read in them."""
    words = {"negative": ("slow", "rude", "late"), "positive": ("fast", "kind", "early")}
    tones = ["negative", "positive"] * 30
    made = pd.DataFrame({"polarity": tones, "template": [f"t{i % 12}" for i in range(60)]})
    made["text"] = [f"the staff was {words[t][i % 3]} at desk {i % 7}" for i, t in enumerate(tones)]
    return made.assign(language=["en", "en", "en", "zh"] * 15)


def months() -> pd.DataFrame:
    """Two shops over twelve months."""
    rng = np.random.default_rng(10)
    month = np.repeat(pd.date_range("2024-01-01", periods=12, freq="MS").astype("datetime64[us]"), 2)
    made = pd.DataFrame({"month": month, "shop": ["S1", "S2"] * 12, "orders": rng.integers(900, 1200, 24)})
    made["late"] = some(rng, rng.binomial(made["orders"], 0.1), 0.04)
    made["mood"] = some(rng, rng.integers(60, 90, 24) / 2, 0.04)
    made["minutes"] = rng.integers(40, 60, 24) / 2
    return made


def complaints() -> pd.DataFrame:
    """When complaints came and were answered (missing: still open)."""
    rng = np.random.default_rng(11)
    opened = rng.integers(0, 60, N)
    answered = pd.Series(opened + np.ceil(rng.exponential(6, N)))
    made = pd.DataFrame({"opened": opened, "answered": answered.where(answered <= 60)})
    made = made.apply(lambda days: pd.Timestamp("2025-01-01") + pd.to_timedelta(days, unit="D"))
    made = made.astype("datetime64[us]")
    return made.assign(owner=rng.choice(["Li", "Marta"], N), who=rng.integers(0, 60, N))


def steps() -> pd.DataFrame:
    """Who passed which step of a journey."""
    rng = np.random.default_rng(12)
    made = pd.DataFrame({"who": np.repeat(np.arange(40), 3), "step": np.tile(["find", "buy", "use"], 40)})
    return made.assign(ok=rng.random(120) < 0.8, received=5, right=rng.integers(2, 6, 120))


def agreement() -> pd.DataFrame:
    """Ten items on a scale of five, three people to judge, in two countries."""
    rng = np.random.default_rng(13)
    made = pd.DataFrame({"who": np.arange(N), "country": rng.choice(WORDS[:2], N)})
    for i in range(1, 7):
        made[f"item_{i}"] = some(rng, rng.integers(1, 6, N), 0.03)
    for i, level in enumerate((2, 3, 4), start=1):
        made[f"vignette_{i}"] = some(rng, np.clip(level + rng.integers(-1, 2, N), 1, 5), 0.03)
    return made


def contacts() -> pd.DataFrame:
    """Answers of the people at key accounts; a decider or two are silent."""
    rng = np.random.default_rng(14)
    roles = ["decider", "user", "buyer", "technical"]
    rows = [(f"K{a}", f"K{a}-{role}", role, rng.integers(1, 6)) for a in range(8) for role in roles]
    made = pd.DataFrame(rows, columns=["account", "contact", "role", "csat"])
    made.loc[[0, 5, 13, 18], "csat"] = np.nan
    return made


def clients() -> pd.DataFrame:
    """One row a key account."""
    rng = np.random.default_rng(15)
    made = pd.DataFrame({"account": [f"K{i}" for i in range(8)], "revenue": rng.integers(4, 160, 8) / 4})
    made["cost_of_goods"] = made["revenue"] / 2
    made["band"] = rng.choice(list(accounts.LOSS_BANDS), 8)
    for name in ("value", "behaviour", "need"):
        made[name] = rng.integers(1, 10, 8)
    made["csat"] = some(rng, rng.integers(2, 11, 8) / 2, 0.1)
    made["nps"] = rng.integers(0, 11, 8)
    made["type"] = rng.choice(["trust", "monopoly", "benefit"], 8)
    return made.assign(trend=rng.choice(["falling", "stable"], 8))


def activities() -> pd.DataFrame:
    """List what was done for accounts."""
    rows = [("K0", "visit", 4), ("K1", "rush", 10), ("K1", "visit", 1), ("K5", "rush", 9)]
    return pd.DataFrame(rows, columns=["account", "activity", "quantity"])


def shortfalls() -> pd.DataFrame:
    """Gaps of accounts by need."""
    rows = [("K0", "seat", -1.0), ("K0", "clock", -2.0), ("K1", "seat", -0.5), ("K3", "brakes", 0.3)]
    return pd.DataFrame(rows, columns=["account", "item", "gap"])


def levers() -> pd.DataFrame:
    """List what could be bought for a budget."""
    rows = [("training", 60, 7.0, 5.0, 9.0), ("lounge", 50, 5.0, 4.5, 6.0), ("app", 50, 5.5, 5.0, 7.5)]
    return pd.DataFrame(rows, columns=["lever", "cost", "gain", "low", "high"])


# --------------------------------------------------------------------------------------- the cases

QUESTIONS = {"care": ["q1", "q2"], "speed": ["q3", "q4"]}
ITEMS = ["q1", "q2", "q3", "q4"]
FELT = [f"perceived_{item}" for item in ITEMS]
WANTED = [f"expected_{item}" for item in ITEMS]
RATED = [f"item_{i}" for i in range(1, 7)]
VIGNETTES = ["vignette_1", "vignette_2", "vignette_3"]
CHAIN = paths.Model(
    {"Quality": FELT[:2], "Value": FELT[2:], "Satisfaction": ["csat", "ces"]},
    [("Quality", "Value"), ("Quality", "Satisfaction"), ("Value", "Satisfaction")],
)
HEALTH = {"weights": {"csat": 0.5, "nps": 0.5}, "ends": {"csat": (1, 5), "nps": (0, 10)}}


def shown(data: Any, weights: dict[str, float]) -> pd.DataFrame:
    """Say in words what the picture of the ranking shows."""
    ax = accounts.plot_weights(data, weights, published=HEALTH["weights"], ends=HEALTH["ends"])
    said = plots.alt_text(ax.figure)
    plt.close("all")
    return pd.DataFrame({"said": [said]})


Make = Callable[[], pd.DataFrame]


@dataclasses.dataclass(frozen=True)
class Case:
    """A call of a public function: the frames it takes, and whether the order of their rows means nothing."""

    call: Callable[..., Any]
    makes: tuple[Make, ...] = (survey,)
    shuffled: bool = True

    def frames(self, form: Callable[[pd.DataFrame], Any] | None = None) -> list[Any]:
        return [held(make, form) for make in self.makes]


@cache
def held(make: Make, form: Callable[[pd.DataFrame], Any] | None) -> Any:
    """Make each frame once: a model must not change what it is given, or the next one goes wrong."""
    return make() if form is None else form(held(make, None))


# "module.function" or "module.function: how"; several for one function where its ways of counting differ.
CASES: dict[str, Case] = {
    "metrics.csat": Case(lambda f: metrics.csat(f, "csat", segment="region", respondent="who", weights="w")),
    "metrics.csat: mean": Case(
        lambda f: metrics.csat(f, "csat", statistic="mean", segment="region", respondent="who")
    ),
    "metrics.nps": Case(lambda f: metrics.nps(f, "nps", segment="region")),
    "metrics.ces": Case(
        lambda f: metrics.ces(f, "ces", scale=(1, 7), easy="high", segment="region", weights="w")
    ),
    "metrics.compare_nps": Case(lambda f: metrics.compare_nps(f, "nps", by="region", respondent="who")),
    "metrics.compare_nps: paired": Case(
        lambda f: metrics.compare_nps(f, "nps", before="nps_before", paired=True, respondent="row")
    ),
    "metrics.composite": Case(
        lambda f: metrics.composite(
            f, item="region", weights={"csat": 0.5, "ces": 0.5}, scale=(1, 7), draws=50, respondent="who"
        )
    ),
    "metrics.difference": Case(
        lambda f: metrics.difference(
            f, perceived=FELT[0], expected=WANTED[0], segment="region", respondent="who", weights="w"
        )
    ),
    "metrics.ratio": Case(
        lambda f: metrics.ratio(f, perceived=FELT[0], expected=WANTED[0], segment="region", respondent="who")
    ),
    "metrics.scale_dependence": Case(
        lambda f: metrics.scale_dependence(f, perceived=FELT[0], expected=WANTED[0], scale=(1, 7))
    ),
    "metrics.difference_in_differences": Case(
        lambda f: metrics.difference_in_differences(
            f, "nps", group="region", changed="north", time="wave", before=1, after=2, respondent="who"
        )
    ),
    "metrics.index": Case(
        lambda f: metrics.index(
            f, weights={"csat": 2, "ces": 1}, scale=(1, 7), segment="region", respondent="who"
        )
    ),
    "kano.analyze": Case(
        lambda f: kano.analyze(f, segment="region", wave="year", importance="importance"), (pairs,)
    ),
    "kano.tally": Case(lambda f: kano.estimate(kano.tally(f, segment="region"), rule="two-step"), (pairs,)),
    "kano.from_counts": Case(lambda f: kano.from_counts(f, segment="region"), (classes,)),
    "reliability.alpha": Case(
        lambda f: reliability.alpha(
            f, FELT, reverse=FELT[:1], scale=(1, 7), segment="region", respondent="who"
        )
    ),
    "reliability.omega": Case(lambda f: reliability.omega(f, FELT, respondent="who")),
    "reliability.omega: ml": Case(
        lambda f: reliability.omega(f, FELT, method="ml", segment="region", respondent="who")
    ),
    "reliability.gap_reliability": Case(
        lambda f: reliability.gap_reliability(
            f, perceived=FELT, expected=WANTED, segment="region", respondent="who"
        )
    ),
    "reliability.kappa": Case(lambda f: reliability.kappa(f, "first", "second")),
    "servqual.analyze": Case(
        lambda f: servqual.analyze(
            f, dimensions=QUESTIONS, weights="points_{dimension}", segment="region", respondent="who"
        )
    ),
    "servqual.tally": Case(
        lambda f: servqual.estimate(
            servqual.tally(f, dimensions=QUESTIONS, reverse=["q2"], variant="servperf", respondent="who")
        )
    ),
    "servqual.before_after": Case(
        lambda f: servqual.before_after(
            f,
            respondent="who",
            group="shop",
            changed="N",
            unchanged="S",
            time="wave",
            before=1,
            after=2,
            dimensions=QUESTIONS,
        ),
        (lambda: survey().assign(shop=np.where(np.arange(N) // 2 % 2, "N", "S")),),
    ),
    "servqual.confirmatory_factors": Case(
        lambda f: servqual.confirmatory_factors(f, dimensions=QUESTIONS, respondent="who")
    ),
    "servqual.importance_performance": Case(
        lambda f: servqual.importance_performance(
            f, importance="expected_{item}", items=ITEMS, draws=50, respondent="who"
        )
    ),
    "servqual.zone_of_tolerance": Case(
        lambda f: servqual.zone_of_tolerance(
            f, desired="expected_{item}", dimensions=QUESTIONS, respondent="who"
        )
    ),
    "servqual.internal_gaps": Case(
        lambda f, levels: servqual.internal_gaps(
            servqual.analyze(f, dimensions=QUESTIONS, respondent="who"),
            beliefs=levels,
            specifications=levels,
            service_log=levels,
            promises=levels,
            manager="who",
            case="who",
        ),
        (survey, managers),
    ),
    "expectation.disconfirmation": Case(
        lambda f: expectation.disconfirmation(
            f, perceived=FELT[0], expected=WANTED[0], stated="felt", segment="region", respondent="who"
        )
    ),
    "expectation.regress": Case(
        lambda f: expectation.regress(f, "csat", [FELT[0], WANTED[0]], respondent="who")
    ),
    "expectation.asymmetry": Case(
        lambda f: expectation.asymmetry(
            f, "csat", expected=WANTED[0], perceived=FELT[0], segment="region", respondent="who"
        )
    ),
    "expectation.asymmetry: stated": Case(
        lambda f: expectation.asymmetry(f, "csat", expected=WANTED[0], stated="felt", respondent="who")
    ),
    "expectation.ceiling": Case(
        lambda f: expectation.ceiling(
            f,
            FELT[0],
            scale=(1, 7),
            perceived=FELT[1],
            expected=WANTED[1],
            segment="region",
            respondent="who",
        )
    ),
    "expectation.confirmation_model": Case(
        lambda f: expectation.confirmation_model(
            f, confirmation="felt", usefulness="ces", satisfaction="csat", intention="nps", respondent="who"
        )
    ),
    "expectation.transitions": Case(
        lambda f: expectation.transitions(
            f, before="state", after="later", absorbing=["gone"], respondent="who"
        )
    ),
    "feedback.confusion": Case(
        lambda f: feedback.confusion(f, truth="first", predicted="second", segment="region", cluster="who")
    ),
    "feedback.degree": Case(
        lambda f: feedback.degree(f, "tone", segment="region", respondent="who", weights="w")
    ),
    "feedback.degree: rating": Case(
        lambda f: feedback.degree(
            f, "csat", values={1: "negative", 2: "negative", 3: "neutral", 4: "positive", 5: "positive"}
        )
    ),
    "feedback.topics": Case(
        lambda f: feedback.topics(f, ["first", "second"], segment="region", respondent="who", weights="w")
    ),
    "feedback.post_stratify": Case(
        lambda f, p: feedback.post_stratify(f, ["region", "wave"], p, score="csat", respondent="who"),
        (
            survey,
            lambda: pd.DataFrame(
                {"region": ["north", "north", "south", "south"], "wave": [1, 2, 1, 2], "n": [40, 30, 20, 50]}
            ),
        ),
    ),
    "feedback.train_classifier": Case(
        lambda f: feedback.train_classifier(f, folds=3, segment="language"), (comments,)
    ),
    "drivers.importance": Case(lambda f: drivers.importance(f, "csat", FELT, respondent="who")),
    "drivers.importance: relative weights": Case(
        lambda f: drivers.importance(f, "csat", FELT, method="johnson", respondent="who")
    ),
    "drivers.correlation_trap": Case(lambda f: drivers.correlation_trap(f, "csat", FELT, respondent="who")),
    "drivers.factor_analysis": Case(
        lambda f: drivers.factor_analysis(f, FELT, factors=1, respondent="region")
    ),
    "drivers.ordinal": Case(lambda f: drivers.ordinal(f, "csat", ["ces", "region"], respondent="who")),
    "drivers.penalty_reward": Case(
        lambda f: drivers.penalty_reward(f, "csat", FELT[:2], scale=(1, 7), respondent="who")
    ),
    "drivers.spend": Case(lambda f: drivers.spend(f, 100, low="low", high="high"), (levers,)),
    "paths.analyze": Case(lambda f: paths.analyze(f, CHAIN, respondent="who")),
    "paths.importance_performance": Case(
        lambda f: paths.importance_performance(
            f, CHAIN, "Satisfaction", scale=(1, 7), respondent="who", uncertainty="bootstrap", draws=50
        )
    ),
    "loyalty.classify": Case(lambda f: loyalty.classify(f, respondent="customer"), (customers,)),
    "loyalty.confusion": Case(lambda f: loyalty.confusion(f, respondent="customer"), (customers,)),
    "loyalty.curve": Case(lambda f: loyalty.curve(f, segment="market", respondent="customer"), (customers,)),
    "loyalty.dick_basu": Case(
        lambda f: loyalty.dick_basu(f, segment="market", weights="margin"), (customers,)
    ),
    "loyalty.jones_sasser": Case(
        lambda f: loyalty.jones_sasser(f, high_satisfaction=8, high_loyalty=8, respondent="customer"),
        (customers,),
    ),
    "loyalty.transitions": Case(
        lambda f: loyalty.transitions(f, before="true_type", after="type", steps=2, respondent="customer"),
        (customers,),
    ),
    "retention.survival": Case(
        lambda f: retention.survival(f, time="month_left", until=24, segment="market", respondent="customer"),
        (customers,),
    ),
    "retention.survival: entry": Case(
        lambda f: retention.survival(f, time="seen", event="gone", entry="joined"), (customers,)
    ),
    "retention.hazard": Case(
        lambda f: retention.hazard(f, time="seen", event="gone", segment="market", respondent="customer"),
        (customers,),
    ),
    "retention.bg_nbd": Case(lambda f: retention.bg_nbd(f, respondent="customer"), (buyers,)),
    "retention.bg_nbd: predict": Case(
        lambda f: fitted().predict(f, 12, respondent="customer"), (buyers,), shuffled=False
    ),
    "monitoring.xmr": Case(lambda f: monitoring.xmr(f, "late", n="orders", time="month"), (months,)),
    "monitoring.p_chart": Case(
        lambda f: monitoring.p_chart(f, "late", n="orders", time="month", baseline=8), (months,)
    ),
    "monitoring.ewma": Case(lambda f: monitoring.ewma(f, "late", n="orders", time="month"), (months,)),
    "monitoring.complaint_rate": Case(
        lambda f: monitoring.complaint_rate(f, "late", per="orders", segment="shop", respondent="shop"),
        (months,),
    ),
    "monitoring.complaint_loop": Case(
        lambda f: monitoring.complaint_loop(
            f,
            opened="opened",
            answered="answered",
            as_of="2025-03-02",
            deadline=7,
            segment="owner",
            respondent="who",
        ),
        (complaints,),
    ),
    "monitoring.decayed_mean": Case(
        lambda f: monitoring.decayed_mean(
            f, "mood", time="month", half_life=90, segment="shop", respondent="shop"
        ),
        (months,),
    ),
    "monitoring.dashboard": Case(
        lambda f: monitoring.dashboard(
            f,
            [Kpi("Late", "late", "orders", target=0.1, better="low"), Kpi("Mood", "mood", target=40)],
            time="month",
            respondent="shop",
        ),
        (months,),
    ),
    "monitoring.journey": Case(
        lambda f: monitoring.journey(
            f, step="step", passed="ok", respondent="who", order=["find", "buy", "use"]
        ),
        (steps,),
    ),
    "monitoring.internal_chain": Case(
        lambda f: monitoring.internal_chain(
            f, step="step", received="received", right="right", order=["find", "buy", "use"]
        ),
        (steps,),
    ),
    "monitoring.response_styles": Case(
        lambda f: monitoring.response_styles(
            f, RATED, reverse=RATED[3:], scale=(1, 5), segment="country", respondent="who"
        ),
        (agreement,),
    ),
    "monitoring.anchoring_vignettes": Case(
        lambda f: monitoring.anchoring_vignettes(
            f, "item_1", VIGNETTES, scale=(1, 5), segment="country", respondent="who"
        ),
        (agreement,),
    ),
    "accounts.satisfaction": Case(
        lambda f: accounts.satisfaction(f, "csat", respondent="contact"), (contacts,)
    ),
    "accounts.overall_satisfaction": Case(lambda f: accounts.overall_satisfaction(f, "csat"), (contacts,)),
    "accounts.account_margin": Case(
        lambda f, done: accounts.account_margin(f, done, rates={"visit": 0.1, "rush": 0.9}),
        (clients, activities),
    ),
    "accounts.revenue_at_risk": Case(accounts.revenue_at_risk, (clients,)),
    "accounts.health": Case(lambda f: accounts.health(f, **HEALTH), (clients,)),
    "accounts.plot_weights": Case(lambda f: shown(f, {"csat": 1, "nps": 3}), (clients,), shuffled=False),
    "accounts.tiers": Case(accounts.tiers, (clients,)),
    "accounts.portfolio": Case(
        lambda f: accounts.portfolio(f, x="value", y="revenue"), (clients,), shuffled=False
    ),
    "accounts.rank_actions": Case(
        lambda f, k: accounts.rank_actions(
            f, kano=kano.analyze(pairs()).table, loyalty=k, trend=k, revenue=k, draws=50
        ),
        (shortfalls, clients),
    ),
}
MODULES = (
    metrics,
    kano,
    reliability,
    servqual,
    expectation,
    feedback,
    drivers,
    paths,
    loyalty,
    retention,
    monitoring,
    accounts,
)
EXCEPTIONS = {
    "kano.classify": "takes two columns, or two answers, not a frame",
    "expectation.from_matrix": "takes a matrix of shares, not answers",
}


@cache
def fitted() -> Any:
    return retention.bg_nbd(buyers(), respondent="customer")


def test_every_public_function_that_takes_answers_is_a_case():
    taking, listed = set[str](), {name.partition(":")[0] for name in CASES}
    for module in MODULES:
        for name in module.__all__:
            function = getattr(module, name)
            if inspect.isfunction(function):
                first = next(iter(inspect.signature(function).parameters.values()), None)
                if first is not None and first.annotation == "Any":
                    taking.add(f"{module.__name__.rpartition('.')[2]}.{name}")
    assert taking - EXCEPTIONS.keys() == listed - {"servqual.internal_gaps"}
    assert taking >= EXCEPTIONS.keys()


# --------------------------------------------------------------------------------------- the engines


def arrow(frame: pd.DataFrame) -> pa.Table:
    """Whole numbers beside missing ones stay whole: null is no number."""
    return pa.Table.from_pandas(frame.convert_dtypes(), preserve_index=False)


def eager(frame: pd.DataFrame) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(arrow(frame)))


def categorical(frame: pd.DataFrame) -> pd.DataFrame:
    words = [column for column in frame if pd.api.types.is_string_dtype(frame[column])]
    return frame.astype(dict.fromkeys(words, "category"))


def nullable(frame: pd.DataFrame) -> pd.DataFrame:
    words = [column for column in frame if pd.api.types.is_string_dtype(frame[column])]
    return frame.convert_dtypes().astype(dict.fromkeys(words, "string[pyarrow]"))


def parquet(frame: pd.DataFrame) -> pl.LazyFrame:
    file = io.BytesIO()
    eager(frame).write_parquet(file)
    return pl.scan_parquet(io.BytesIO(file.getvalue()))


ENGINES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "nullable": nullable,
    "categorical": categorical,
    "polars": eager,
    "lazy": lambda frame: eager(frame).lazy(),
    "duckdb": lambda frame: duckdb.from_arrow(arrow(frame)),
    "arrow": arrow,
    "parquet": parquet,
}


def numbers(result: Any) -> dict[str, Any]:
    """All that a result says: its tables, and its counts and names; not the tally it keeps."""
    if isinstance(result, pd.DataFrame):
        return {"": result}
    kept = (pd.DataFrame, pd.Series, int, float, str, bool)
    return {name: value for name, value in vars(result).items() if isinstance(value, kept)}


def plain_words(value: Any) -> Any:
    """Make words of ordered categories, as which ordered segments come back: the same in the same order."""
    if isinstance(value, pd.DataFrame):
        ordered = [c for c in value if isinstance(value[c].dtype, pd.CategoricalDtype)]
        return value.astype(dict.fromkeys(ordered, "str"))
    return value


def assert_same(found: Any, expected: Any, what: str) -> None:
    one, two = ({name: plain_words(v) for name, v in numbers(made).items()} for made in (found, expected))
    assert one.keys() == two.keys()
    for name, value in one.items():
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(value, two[name], rtol=1e-9, atol=1e-9, obj=f"{what} {name}")
        elif isinstance(value, pd.Series):
            pd.testing.assert_series_equal(value, two[name], rtol=1e-9, atol=1e-9, obj=f"{what} {name}")
        elif isinstance(value, float):
            assert value == pytest.approx(two[name], rel=1e-9, nan_ok=True), (what, name)
        else:
            assert value == two[name], (what, name)


@cache
def expected_of(name: str) -> Any:
    """Compute what pandas with NumPy's dtypes gives."""
    return CASES[name].call(*CASES[name].frames())


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", CASES)
def test_every_engine_gives_the_same_result(name, engine):
    found = CASES[name].call(*CASES[name].frames(ENGINES[engine]))
    assert_same(found, expected_of(name), f"{name} {engine}")


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name].shuffled])
def test_order_of_rows_changes_nothing(name):
    # Tables with one row a respondent keep the order of the data; ``table`` is about all of them.
    first, *others = CASES[name].frames()
    found = CASES[name].call(first.sample(frac=1, random_state=1), *others)
    assert_same(found.table, expected_of(name).table, name)


# ------------------------------------------------------------------------------------------- dirt


def as_objects(frame: pd.DataFrame, gap: Any) -> pd.DataFrame:
    """Make columns of plain values, with one or several ways to say that nothing is there."""
    made = frame.astype(object)
    for column in made:
        empty = np.flatnonzero(frame[column].isna())
        for place, row in enumerate(empty):
            made.loc[row, column] = gap[place % len(gap)]
    return made


def polars_nan(frame: pd.DataFrame) -> pl.DataFrame:
    """NaN is a number to Polars, larger than any other."""
    return pl.DataFrame({c: frame[c].to_numpy() if frame[c].dtype == float else frame[c] for c in frame})


def arrow_nan(frame: pd.DataFrame) -> pa.Table:
    """Arrow keeps NaN and null apart as well; null stands for missing words and dates only."""
    made = {c: pa.array(frame[c], from_pandas=frame[c].dtype != float) for c in frame}
    return pa.table({c: v.cast(pa.float64()) if frame[c].dtype == float else v for c, v in made.items()})


def narrow(frame: pd.DataFrame) -> pd.DataFrame:
    """Whole numbers in as few bytes as hold them; unsigned where none is below 0."""
    made = frame.convert_dtypes()
    for column in made:
        if pd.api.types.is_integer_dtype(made[column]):
            kind = "signed" if (made[column] < 0).any() else "unsigned"
            made[column] = pd.to_numeric(made[column], downcast=kind)
            if frame[column].notna().all():
                made[column] = made[column].to_numpy(dtype=made[column].dtype.numpy_dtype)
    return made


def narrow_arrow(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(narrow(frame), preserve_index=False)


NOBODY = "nobody"


def with_nobody(frame: pd.DataFrame, ordered: bool) -> pd.DataFrame:
    """Words as categories, among them one that nobody has."""
    made = categorical(frame)
    for column in made:
        if isinstance(made[column].dtype, pd.CategoricalDtype):
            levels = sorted({*made[column].cat.categories, NOBODY})
            made[column] = pd.Categorical(frame[column], categories=levels, ordered=ordered)
    return made


def enum(frame: pd.DataFrame) -> pl.DataFrame:
    made, levels = eager(frame), with_nobody(frame, ordered=True)
    words = [column for column in levels if isinstance(levels[column].dtype, pd.CategoricalDtype)]
    return made.with_columns(pl.col(c).cast(pl.Enum(levels[c].cat.categories.tolist())) for c in words)


def duckdb_enum(frame: pd.DataFrame) -> Any:
    levels, table = with_nobody(frame, ordered=True), arrow(frame)
    columns = [
        f"{c}::ENUM{tuple(levels[c].cat.categories)} AS {c}"
        if isinstance(levels[c].dtype, pd.CategoricalDtype)
        else f'"{c}"'
        for c in levels
    ]
    return duckdb.from_arrow(table).select(", ".join(columns))


FORMS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "None": lambda frame: as_objects(frame, [None]),
    "NaN in objects": lambda frame: as_objects(frame, [np.nan]),
    "NA, None and NaN": lambda frame: as_objects(frame, [pd.NA, None, np.nan]),
    "Polars NaN": polars_nan,
    "lazy NaN": lambda frame: polars_nan(frame).lazy(),
    "Arrow NaN": arrow_nan,
    "DuckDB NaN": lambda frame: duckdb.from_arrow(arrow_nan(frame)),
    "narrow pandas": narrow,
    "narrow Polars": lambda frame: pl.DataFrame(pl.from_arrow(narrow_arrow(frame))),
    "narrow lazy": lambda frame: pl.LazyFrame(pl.from_arrow(narrow_arrow(frame))),
    "narrow DuckDB": lambda frame: duckdb.from_arrow(narrow_arrow(frame)),
    "a category nobody has": lambda frame: with_nobody(frame, ordered=False),
    "an ordered one": lambda frame: with_nobody(frame, ordered=True),
    "Enum": enum,
    "DuckDB ENUM": duckdb_enum,
}


# A category that nobody has is none of the segments: it is what the column could hold (as after a filter),
# not somebody who was asked and kept silent. The order of the categories is the order of the segments.
ORDERED = ("an ordered one", "Enum", "DuckDB ENUM")


QUICK = ("NA, None and NaN", "Polars NaN", "narrow Polars")
SOME_FIRST = [pytest.param(form, marks=() if form in QUICK else pytest.mark.thorough) for form in FORMS]


@pytest.mark.parametrize("form", SOME_FIRST)
@pytest.mark.parametrize("name", CASES)
def test_how_answers_are_written_changes_nothing(name, form):
    found = CASES[name].call(*CASES[name].frames(FORMS[form]))
    expected = expected_of(name)
    if name == "reliability.kappa" and form in ORDERED:  # a coding scheme has classes that nobody chose
        found, expected = found.table, expected.table
    assert_same(found, expected, f"{name} {form}")


IDS = ("who", "row", "customer", "respondent", "contact", "shop")


def named(frame: pd.DataFrame) -> pd.DataFrame:
    """Whole-number ids as text."""
    ids = [c for c in IDS if c in frame and pd.api.types.is_integer_dtype(frame[c])]
    return frame.assign(**{c: "r" + frame[c].astype(str) for c in ids})


def with_float_ids(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn ids into floats, as pandas does when it joins a table that lacks one."""
    return frame.astype({c: float for c in IDS if c in frame and pd.api.types.is_integer_dtype(frame[c])})


TEXT_IDS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "categorical": lambda frame: categorical(named(frame)),
    "arrow strings": lambda frame: nullable(named(frame)),
    "lazy": lambda frame: eager(named(frame)).lazy(),
    "duckdb": lambda frame: duckdb.from_arrow(arrow(named(frame))),
    "arrow": lambda frame: arrow(named(frame)),
}
WITH_IDS = [name for name, case in CASES.items() if any(set(IDS) & set(f) for f in case.frames())]


@pytest.mark.thorough
@pytest.mark.parametrize("name", WITH_IDS)
def test_ids_may_be_text_whole_numbers_or_whole_floats(name):
    case, expected = CASES[name], CASES[name].call(*CASES[name].frames(named))
    for engine, form in TEXT_IDS.items():
        assert_same(case.call(*case.frames(form)), expected, f"{name} {engine}")
    floats, whole = case.call(*case.frames(with_float_ids)), expected_of(name)
    if isinstance(whole, pd.DataFrame):  # one row an id, so the ids come back as they are
        pd.testing.assert_frame_equal(floats, whole, check_dtype=False)
    else:
        assert_same(floats.table, whole.table, name)


# -------------------------------------------------------------------------------- a billion answers

TIMES = 2**30


def doubled(made: Any) -> Any:
    """Merge a tally with itself until it holds 2³⁰ times as many answers."""
    for _ in range(30):
        made = made.merge(made)
    return made


def assert_counts_grow_and_numbers_stay(many: pd.DataFrame, few: pd.DataFrame, counted: set[str]) -> None:
    for column in few:
        if column in counted:
            assert many[column].dtype == few[column].dtype, column
            assert many[column].tolist() == [n * TIMES for n in few[column].tolist()], column
        elif pd.api.types.is_float_dtype(few[column]):
            np.testing.assert_allclose(many[column], few[column], rtol=1e-9, err_msg=column)
            assert np.isfinite(many[column]).all(), column
        else:
            assert many[column].tolist() == few[column].tolist(), column


def test_kano_of_a_billion_pairs():
    small = kano.tally(pairs(), segment="region", importance="importance")
    large = doubled(small)
    assert len(large.answers.cells) == len(small.answers.cells)  # what is computed takes no longer
    few, many = kano.estimate(small).table, kano.estimate(large).table
    assert many["n"].sum() > 10**9
    counted = {*kano.CATEGORIES, "n", "n_missing"}
    surer = {c for c in few if c.endswith(("_low", "_high", "_se"))} | {"significant"}
    assert_counts_grow_and_numbers_stay(many.drop(columns=surer), few.drop(columns=surer), counted)
    for score in ("better", "worse"):  # closed forms: so many answers leave next to no doubt
        low, high = many[f"{score}_low"], many[f"{score}_high"]
        assert ((low < many[score]) & (many[score] < high) & (high - low < 1e-4)).all()
    assert many["importance_se"].between(1e-9, 1e-3).all()


@pytest.mark.parametrize("points", [None, "points_{dimension}"])
def test_servqual_of_a_billion_respondents(points):
    small = servqual.tally(survey(), dimensions=QUESTIONS, weights=points, segment="region", respondent="who")
    large = doubled(small)
    assert [len(p.keys) for p in large.parts.values()] == [len(p.keys) for p in small.parts.values()]
    few, many = servqual.estimate(small), servqual.estimate(large)
    # The same respondents again and again: the jackknife knows that it has learnt nothing about others.
    assert_counts_grow_and_numbers_stay(many.table, few.table, {"n", "n_missing"})
    assert_counts_grow_and_numbers_stay(many.items, few.items, {"n", "n_missing"})
    assert many.table["n"].min() > 10**9


def test_means_covariances_and_models_of_a_billion_rows():
    small = moments(survey(), [*FELT, "csat"], respondent="who")
    large = doubled(small)
    assert (large.n, large.left_out) == (small.n * TIMES, small.left_out * TIMES)
    assert large.n > 10**9
    np.testing.assert_allclose(large.mean(), small.mean(), rtol=1e-12)
    lost_degree = (small.n - 1) / small.n * large.n / (large.n - 1)
    np.testing.assert_allclose(large.covariance(), small.covariance() * lost_degree, rtol=1e-9)
    for model in (drivers.importance, drivers.correlation_trap):
        few, many = (model(made, "csat", FELT) for made in (small, large))
        assert_counts_grow_and_numbers_stay(many.table, few.table, set())
        assert (many.n, many.n_missing) == (large.n, large.left_out)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32"])
def test_the_widest_answers_of_a_narrow_dtype_overflow_nothing(dtype):
    ends = np.iinfo(dtype)
    values = np.array([ends.max, ends.max, ends.min, 1], dtype=dtype)
    plain = pd.DataFrame({"x": values, "y": values[::-1].copy(), "who": np.arange(4)})
    wide = plain.astype({"x": "float64", "y": "float64"})
    for frame in (plain, pl.DataFrame(plain), pl.LazyFrame(plain), pa.Table.from_pandas(plain)):
        found, expected = (moments(f, ["x", "y"], respondent="who") for f in (frame, wide))
        np.testing.assert_array_equal(found.cross, expected.cross)
        np.testing.assert_array_equal(found.sums, expected.sums)
    high = plain[plain["x"] > 0]
    for frame in (high, pl.DataFrame(high), pl.LazyFrame(high), pa.Table.from_pandas(high)):
        weighted = counts(frame, ["y"], weights="x").total()
        assert weighted["w2"].sum() == (high["x"].astype(float) ** 2).sum()
