"""Survival and hazards against statsmodels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import peers
import pytest
import statsmodels.api as sm
from peers import Peer
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight

from csmodels_helpers import retention
from csmodels_helpers.datasets import load_dataset


def compared(frame: pd.DataFrame, entry: str | None = None) -> tuple[list[float], list[float]]:
    """Survival, numbers at risk, and the ends of the plain interval where it is not cut off at 0 or 1."""
    ours = retention.survival(frame, time="time", event="gone", entry=entry, interval="plain").table
    theirs = SurvfuncRight(frame["time"], frame["gone"], entry=None if entry is None else frame[entry])
    arm = stats.norm.ppf(0.975) * theirs.surv_prob_se
    ends = [(theirs.surv_prob + sign * arm).clip(0, 1) for sign in (-1, 1)]
    inside = (theirs.surv_prob > 0) & (theirs.surv_prob < 1)
    found = [ours["survival"], ours["n_risk"], ours.loc[inside, "low"], ours.loc[inside, "high"]]
    known = [theirs.surv_prob, theirs.n_risk, *(end[inside] for end in ends)]
    return np.concatenate(found).tolist(), np.concatenate(known).tolist()


def telco() -> tuple[Any, Any]:
    frame = load_dataset("telco_churn")
    return compared(pd.DataFrame({"time": frame["tenure"], "gone": frame["churn"].astype(bool)}))


def mobile() -> pd.DataFrame:
    frame = load_dataset("mobile_loyalty")
    return pd.DataFrame(
        {
            "market": frame["market"].astype(str),
            "gone": frame["month_left"].notna(),
            "time": frame["month_left"].fillna(36).astype(int),
        }
    )


def markets() -> tuple[Any, Any]:
    sides = [compared(own.reset_index(drop=True)) for _, own in mobile().groupby("market")]
    one, two = zip(*sides, strict=True)
    return np.concatenate(one), np.concatenate(two)


def late() -> tuple[Any, Any]:
    ours, theirs = [], []
    for seed in (1, 2, 3):
        rng = np.random.default_rng(seed)
        entry = rng.integers(0, 10, 400)
        frame = pd.DataFrame({"entry": entry, "time": entry + rng.integers(1, 20, 400)})
        one, two = compared(frame.assign(gone=rng.random(400) < 0.5), "entry")
        ours += one
        theirs += two
    return ours, theirs


def hazard() -> tuple[Any, Any]:
    frame = mobile()
    options = {"time": "time", "event": "gone", "periods": [(1, 17), (18, 36)], "segment": "market"}
    ours = retention.hazard(frame, **options).table
    months = frame.loc[frame.index.repeat(frame["time"])].reset_index()
    months["month"] = months.groupby("index").cumcount() + 1
    months["left"] = (months["month"] == months["time"]) & months["gone"]
    cell = months["market"] + (months["month"] >= 18).map({False: " early", True: " late"})
    x = pd.get_dummies(cell).astype(float)
    fit = sm.GLM(months["left"].astype(float), x, family=sm.families.Binomial()).fit()
    names = ours["market"].astype(str) + ours["first"].map({1: " early", 18: " late"})
    return ours["hazard"], [1 / (1 + np.exp(-fit.params[name])) for name in names]


MOBILE = "mobile_loyalty by market"
PEERS = (
    Peer("retention.survival", "statsmodels SurvfuncRight", "telco_churn, as arithmetic only", 1e-9, telco),
    Peer("retention.survival", "statsmodels SurvfuncRight", MOBILE, 1e-9, markets),
    Peer("retention.survival", "statsmodels SurvfuncRight", "delayed entry, seeds 1 to 3", 1e-9, late),
    Peer("retention.hazard", "statsmodels GLM on customer-months", MOBILE, 1e-6, hazard),
)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: f"{peer.function}, {peer.data}")
def test_retention_against_peers(peer: Peer) -> None:
    peers.check(peer)
