"""Rates, averages, survival and comparisons against statsmodels, scipy and pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import peers
import pytest
from peers import Peer
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.rates import confint_poisson
from statsmodels.stats.weightstats import DescrStatsW

from csmodels_helpers import monitoring
from csmodels_helpers.datasets import load_dataset


def months() -> pd.DataFrame:
    frame = load_dataset("retail_monthly")
    return frame.groupby("month", as_index=False)[["n", "satisfied", "complaints", "orders"]].sum()


def rates() -> tuple[Any, Any]:
    frame = load_dataset("retail_monthly").query("month == month.min()")
    ours = monitoring.complaint_rate(frame, "complaints", per="orders", segment="store").table
    theirs = [
        (row["complaints"] / row["n"], *confint_poisson(row["complaints"], row["n"], method="exact-c"))
        for row in ours.to_dict("records")
    ]
    return ours[["rate", "low", "high"]], theirs


def averages() -> tuple[Any, Any]:
    frame = months().assign(share=lambda f: f["satisfied"] / f["n"])
    ours = monitoring.ewma(frame, "share", time="month", smoothing=0.3, target=0.8, sigma=0.02).table
    theirs = pd.concat([pd.Series([0.8]), frame["share"]]).ewm(alpha=0.3, adjust=False).mean()
    return ours["ewma"], theirs.iloc[1:]


def decayed() -> tuple[Any, Any]:
    frame = load_dataset("retailer_orders").dropna(subset=["csat"])
    ours = monitoring.decayed_mean(frame, "csat", time="date", half_life=30).table
    age = (frame["date"].max() - frame["date"]) / pd.Timedelta(days=1)
    found = DescrStatsW(frame["csat"].astype(float), 0.5 ** (age / 30))
    return ours["score"], [found.mean]


def loop() -> tuple[Any, Any]:
    frame = load_dataset("supplier_accounts/complaints")
    as_of = pd.Timestamp("2025-12-31")
    options = {"opened": "opened", "answered": "closed", "as_of": as_of, "method": "kaplan-meier"}
    time = (frame["closed"].fillna(as_of) - frame["opened"]).dt.days
    peer = SurvfuncRight(time, frame["closed"].notna())
    ours, theirs = [], []
    for deadline in (5, 10, 15, 20):
        ours.append(monitoring.complaint_loop(frame, deadline=deadline, **options).table["score"].iloc[0])
        theirs.append(1 - peer.surv_prob[np.searchsorted(peer.surv_times, deadline, side="right") - 1])
    return ours, theirs


def superiority() -> tuple[Any, Any]:
    frame = load_dataset("countries_style")
    vignettes = ["vignette_1", "vignette_2", "vignette_3"]
    ours = monitoring.anchoring_vignettes(frame, "item_01", vignettes, scale=(1, 5), segment="country")
    known = frame.dropna(subset=["item_01", *vignettes])
    one, two = (known.loc[known["country"] == c, "item_01"].astype(float) for c in ("Norland", "Sudland"))
    u = stats.mannwhitneyu(two, one).statistic
    rows = ours.comparison.set_index("measure")
    return [rows.loc["own_answer", "probability"]], [u / (len(one) * len(two))]


def as_asked() -> tuple[Any, Any]:
    frame = load_dataset("countries_style")
    items = [name for name in frame if name.startswith("item_")]
    ours = monitoring.response_styles(frame, items, reverse=items[6:], scale=(1, 5), segment="country").table
    known = frame.dropna(subset=items)
    theirs = []
    for country in ours["country"]:
        own = known.loc[known["country"] == country, items].astype(float)
        plain = own[items[:6]].mean(axis=1)
        turned = pd.concat([own[items[:6]], 6 - own[items[6:]]], axis=1).mean(axis=1)
        theirs.append((DescrStatsW(plain).mean, DescrStatsW(turned).mean))
    return ours[["as_asked", "balanced"]], theirs


def chain() -> tuple[Any, Any]:
    frame = pd.DataFrame({"step": list("abc"), "passed": [180, 150, 95], "n": [200, 160, 120]})
    ours = monitoring.journey(frame, step="step", passed="passed", n="n").table.iloc[:3]
    pairs = zip(frame["passed"], frame["n"], strict=True)
    theirs = [(x / n, *proportion_confint(x, n, method="wilson")) for x, n in pairs]
    return ours[["share", "low", "high"]], theirs


def p_chart() -> tuple[Any, Any]:
    options = {"n": "n", "time": "month", "dispersion": "binomial"}
    ours = monitoring.p_chart(months(), "satisfied", **options).phases.iloc[0]
    x, n = months()["satisfied"].sum(), months()["n"].sum()
    theirs = [x / n, *proportion_confint(x, n, method="wilson")]
    return [ours["centre"], ours["centre_low"], ours["centre_high"]], theirs


PEERS = (
    Peer(
        "monitoring.complaint_rate",
        'statsmodels confint_poisson(method="exact-c")',
        "retail_monthly, first month by store",
        1e-9,
        rates,
    ),
    Peer(
        "monitoring.ewma",
        "pandas ewm(adjust=False)",
        "retail_monthly, share of the satisfied",
        1e-12,
        averages,
    ),
    Peer(
        'monitoring.p_chart(dispersion="binomial")',
        "statsmodels proportion_confint",
        "retail_monthly: centre and its interval",
        1e-9,
        p_chart,
    ),
    Peer("monitoring.decayed_mean", "statsmodels DescrStatsW", "retailer_orders, the mean", 1e-9, decayed),
    Peer(
        'monitoring.complaint_loop(method="kaplan-meier")',
        "statsmodels SurvfuncRight",
        "supplier_accounts, deadlines of 5 to 20 days",
        1e-12,
        loop,
    ),
    Peer(
        "monitoring.anchoring_vignettes",
        "scipy mannwhitneyu",
        "countries_style: own answers of two countries",
        1e-12,
        superiority,
    ),
    Peer("monitoring.response_styles", "statsmodels DescrStatsW", "countries_style, means", 1e-9, as_asked),
    Peer("monitoring.journey", "statsmodels proportion_confint", "three steps", 1e-12, chain),
)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: f"{peer.function}, {peer.peer}")
def test_monitoring_against_peers(peer: Peer) -> None:
    peers.check(peer)
