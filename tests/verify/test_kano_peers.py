"""Shares of Kano classes and their differences against statsmodels."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import peers
import pytest
from peers import Peer
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from csmodels_helpers import kano
from csmodels_helpers.datasets import load_dataset


@cache
def restaurant() -> Any:
    return kano.analyze(load_dataset("restaurant_kano"), segment="segment", wave="wave")


def coefficients() -> tuple[Any, Any]:
    table = restaurant().table
    theirs = []
    for row in table.to_dict("records"):
        n = row["A"] + row["O"] + row["M"] + row["I"]
        for sign, count in ((1, row["A"] + row["O"]), (-1, row["M"] + row["O"])):
            ends = sorted(sign * end for end in proportion_confint(count, n, method="wilson"))
            theirs.append((sign * count / n, *ends))
    names = ["better", "better_low", "better_high", "worse", "worse_low", "worse_high"]
    return table[names].to_numpy().ravel(), np.ravel(theirs)


def lead() -> tuple[Any, Any]:
    theirs = []
    for row in restaurant().table.to_dict("records"):
        first, second = sorted((row[code] for code in kano.CATEGORIES), reverse=True)[:2]
        found = mcnemar([[0, first], [second, 0]], exact=False, correction=False)
        theirs.append(found.pvalue < 0.05)
    return restaurant().table["significant"].astype(bool), theirs


def segments() -> tuple[Any, Any]:
    ours, theirs = [], []
    for feature, table in restaurant().table.groupby("feature", observed=True):
        found = kano.compare(restaurant(), feature, "business", "family", wave=3).table.set_index("quantity")
        rows = table[table["wave"] == 3].set_index("segment")
        one, two = rows.loc["business"], rows.loc["family"]
        for code in kano.CATEGORIES:
            ours.append(found.loc[code, ["low", "high"]].tolist())
            theirs.append(
                confint_proportions_2indep(two[code], two["n"], one[code], one["n"], method="newcomb")
            )
    return ours, theirs


KANO = "restaurant_kano, every feature by segment and wave"
PEERS = (
    Peer("kano.analyze", "statsmodels proportion_confint", f"{KANO}: better and worse", 1e-12, coefficients),
    Peer("kano.analyze", "statsmodels mcnemar", f"{KANO}: is the first class ahead?", 0, lead),
    Peer(
        "kano.compare",
        "statsmodels confint_proportions_2indep",
        "restaurant_kano, shares of all classes, two segments",
        1e-12,
        segments,
    ),
)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: f"{peer.function}, {peer.peer}")
def test_kano_against_peers(peer: Peer) -> None:
    peers.check(peer)
