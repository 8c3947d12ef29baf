"""Shares of customers, agreement of types and the curve against statsmodels, scikit-learn and scipy."""

from __future__ import annotations

from typing import Any

import numpy as np
import peers
import pytest
from peers import Peer
from scipy import stats
from sklearn.metrics import accuracy_score, confusion_matrix
from statsmodels.stats.proportion import proportion_confint

from csmodels_helpers import loyalty
from csmodels_helpers.datasets import load_dataset


def mobile() -> Any:
    return load_dataset("mobile_loyalty")


def interviewed() -> Any:
    return mobile().dropna(subset=["interview_type", "interview_type_month_12"])


def with_ends(table: Any) -> tuple[Any, Any]:
    total = int(table["n"].sum())
    theirs = [(x / total, *proportion_confint(x, total, method="wilson")) for x in table["n"].astype(int)]
    return table[["share", "low", "high"]], theirs


def types() -> tuple[Any, Any]:
    return with_ends(loyalty.classify(mobile()).table)


def dick_basu() -> tuple[Any, Any]:
    return with_ends(loyalty.dick_basu(mobile()).table)


def jones_sasser() -> tuple[Any, Any]:
    options = {"loyalty": "intention", "high_satisfaction": 7, "high_loyalty": 4}
    return with_ends(loyalty.jones_sasser(mobile(), **options).table)


def confusion() -> tuple[Any, Any]:
    frame = mobile().dropna(subset=["interview_type"])
    frame = frame.assign(type=loyalty.classify(frame).customers["type"].to_numpy()).dropna(subset=["type"])
    ours = loyalty.confusion(frame, predicted="type", truth="interview_type")
    labels = ours.table["truth"].unique().tolist()
    assigned = ours.table["predicted"].unique().tolist()
    sides = frame["interview_type"].astype(str), frame["type"].astype(str)
    every = list(dict.fromkeys([*labels, *assigned]))
    counts = confusion_matrix(*sides, labels=every)
    theirs = counts[np.ix_([every.index(x) for x in labels], [every.index(x) for x in assigned])]
    return [*ours.table["n"], ours.accuracy.score], [*theirs.ravel(), accuracy_score(*sides)]


def transitions() -> tuple[Any, Any]:
    frame = interviewed()
    ours = loyalty.transitions(frame, before="interview_type", after="interview_type_month_12")
    sides = frame["interview_type"].astype(str), frame["interview_type_month_12"].astype(str)
    rows, columns = list(ours.counts.index), list(ours.counts.columns)
    counts = confusion_matrix(*sides, labels=columns)
    theirs = counts[[columns.index(row) for row in rows]]
    known = ours.table.dropna(subset=["n"])
    share = theirs[theirs.sum(axis=1) > 0] / theirs.sum(axis=1, keepdims=True)[theirs.sum(axis=1) > 0]
    known = known[known.groupby("before", observed=True)["n"].transform("sum") > 0]
    return [*ours.counts.to_numpy().ravel(), *known["share"]], [*theirs.ravel(), *share.ravel()]


def curve() -> tuple[Any, Any]:
    ours = loyalty.curve(mobile(), loyalty="intention", segment="market").elasticity
    known = mobile().dropna(subset=["satisfaction", "intention"])
    theirs = []
    for market in ours["market"]:
        own = known[known["market"] == market].astype({"satisfaction": float, "intention": float})
        slope = stats.linregress(own["satisfaction"], own["intention"]).slope
        theirs.append(slope * own["satisfaction"].mean() / own["intention"].mean())
    return ours["elasticity"], theirs


MOBILE = "mobile_loyalty"
PEERS = (
    Peer("loyalty.classify", "statsmodels proportion_confint", f"{MOBILE}: shares of types", 1e-12, types),
    Peer("loyalty.dick_basu", "statsmodels proportion_confint", MOBILE, 1e-12, dick_basu),
    Peer("loyalty.jones_sasser", "statsmodels proportion_confint", MOBILE, 1e-12, jones_sasser),
    Peer(
        "loyalty.confusion", "scikit-learn confusion_matrix", f"{MOBILE}: rule, interview", 1e-12, confusion
    ),
    Peer("loyalty.transitions", "scikit-learn confusion_matrix", f"{MOBILE}, a year on", 1e-12, transitions),
    Peer("loyalty.curve", "scipy linregress", f"{MOBILE} by market: elasticity at means", 1e-9, curve),
)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: f"{peer.function}, {peer.peer}")
def test_loyalty_against_peers(peer: Peer) -> None:
    peers.check(peer)
