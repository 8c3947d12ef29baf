"""Scores and their intervals against statsmodels and scipy."""

from __future__ import annotations

from typing import Any

import numpy as np
import peers
import pytest
from peers import Peer
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.proportion import proportion_confint, samplesize_confint_proportion
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from csmodels_helpers import metrics
from csmodels_helpers.datasets import load_dataset


def orders() -> Any:
    return load_dataset("retailer_orders")


def wilson() -> tuple[Any, Any]:
    rng = np.random.default_rng(1)
    n = rng.integers(1, 2000, 200)
    cases = [(int(rng.integers(0, size + 1)), int(size), float(rng.uniform(0.8, 0.999))) for size in n]
    ours = [metrics.wilson(*case) for case in cases]
    theirs = [proportion_confint(x, n, 1 - level, method="wilson") for x, n, level in cases]
    return [(found.low, found.high) for found in ours], theirs


def csat() -> tuple[Any, Any]:
    ours = metrics.csat(orders(), "csat", segment="region").table
    answers = orders().dropna(subset=["csat"])
    theirs = []
    for region in ours["region"]:
        own = answers.loc[answers["region"] == region, "csat"] >= 4
        theirs.append((own.mean(), *proportion_confint(own.sum(), len(own), method="wilson")))
    return ours[["score", "low", "high"]], theirs


def mean_with_ends(values: Any, weights: Any = None) -> list[float]:
    found = DescrStatsW(np.asarray(values, dtype=float), weights)
    return [found.mean, *found.tconfint_mean()]


def ces() -> tuple[Any, Any]:
    ours = metrics.ces(orders(), "ces", scale=(1, 7), easy="high").table
    return ours[["score", "low", "high"]], [mean_with_ends(orders()["ces"].dropna())]


def gap() -> tuple[Any, Any]:
    ours = metrics.difference(orders(), perceived="perception", expected="expectation").table
    return ours[["score", "low", "high"]], [mean_with_ends(orders()["perception"] - orders()["expectation"])]


def pseudo(answers: Any) -> Any:
    return 100.0 * ((answers >= 9).astype(int) - (answers <= 6).astype(int))


def nps() -> tuple[Any, Any]:
    ours = metrics.nps(orders(), "nps", segment="region").table
    known = orders().dropna(subset=["nps"])
    return ours["score"], [
        DescrStatsW(pseudo(known.loc[known["region"] == region, "nps"])).mean for region in ours["region"]
    ]


def compared() -> tuple[Any, Any]:
    ours = metrics.compare_nps(orders(), "nps", by="region", first="south", second="north").table
    known = orders().dropna(subset=["nps"])
    north, south = (DescrStatsW(pseudo(known.loc[known["region"] == r, "nps"])) for r in ("north", "south"))
    ends = CompareMeans(north, south).tconfint_diff(usevar="unequal")
    return ours.loc["difference", ["score", "low", "high"]], [north.mean - south.mean, *ends]


def effect() -> tuple[Any, Any]:
    options = {"group": "region", "changed": "south", "time": "period", "before": "before", "after": "after"}
    ours = metrics.difference_in_differences(orders(), "csat", **options).table.loc["effect"]
    frame = orders().dropna(subset=["csat"])
    frame = frame.assign(south=frame["region"] == "south", later=frame["period"] == "after")
    frame["csat"] = frame["csat"].astype(float)
    fit = ols("csat ~ south * later", frame.astype({"south": int, "later": int})).fit(cov_type="HC2")
    ends = fit.conf_int().loc["south:later"]
    return ours[["score", "low", "high"]], [fit.params["south:later"], *ends]


def index() -> tuple[Any, Any]:
    weights = {"item_01": 0.5, "item_02": 0.3, "item_03": 0.2}
    frame = load_dataset("countries_style")[list(weights)].dropna().astype(float)
    ours = metrics.index(frame, weights=weights, scale=(1, 5)).table
    theirs = DescrStatsW(frame.to_numpy() @ np.array(list(weights.values()))).mean
    return ours["score"], [100 * (theirs - 1) / 4]


def sizes() -> tuple[Any, Any]:
    margins = (0.01, 0.02, 0.03, 0.05, 0.1)
    ours = [metrics.sample_size(margin).table.loc[0, "n"] for margin in margins]
    return ours, np.ceil([samplesize_confint_proportion(0.5, margin) for margin in margins])


def shares_by_scipy() -> tuple[Any, Any]:
    cases = [(0, 20), (1, 29), (15, 148), (20, 20), (81, 263)]
    ours = [metrics.wilson(*case) for case in cases]
    theirs = [stats.binomtest(*case).proportion_ci(method="wilson") for case in cases]
    return [(found.low, found.high) for found in ours], [(found.low, found.high) for found in theirs]


ORDERS = "retailer_orders"
PEERS = (
    Peer("metrics.wilson", "statsmodels proportion_confint", "200 random shares and levels", 1e-12, wilson),
    Peer("metrics.wilson", "scipy binomtest", "five shares, none and all among them", 1e-12, shares_by_scipy),
    Peer("metrics.csat", "statsmodels proportion_confint", f"{ORDERS} by region", 1e-12, csat),
    Peer("metrics.ces", "statsmodels DescrStatsW.tconfint_mean", ORDERS, 1e-10, ces),
    Peer("metrics.difference", "statsmodels DescrStatsW.tconfint_mean", ORDERS, 1e-10, gap),
    Peer("metrics.nps", "statsmodels DescrStatsW", f"{ORDERS} by region, the score", 1e-9, nps),
    Peer(
        "metrics.compare_nps",
        "statsmodels CompareMeans.tconfint_diff",
        f"{ORDERS}, north less south",
        0.1,
        compared,
        note="theirs is Welch's interval, ours that of two multinomials: NPS points",
    ),
    Peer(
        "metrics.difference_in_differences",
        "statsmodels ols with HC2",
        ORDERS,
        1e-3,
        effect,
        note="theirs takes the normal quantile, ours Student's",
    ),
    Peer("metrics.index", "statsmodels DescrStatsW", "countries_style, three items, the score", 1e-9, index),
    Peer("metrics.sample_size", "statsmodels samplesize_confint_proportion", "five margins", 0, sizes),
)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: f"{peer.function}, {peer.peer}")
def test_metrics_against_peers(peer: Peer) -> None:
    peers.check(peer)
