"""The mean over accounts and how alike their contacts are against pingouin and statsmodels."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import peers
import pingouin
import pytest
from peers import Peer
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from csmodels_helpers import accounts
from csmodels_helpers.datasets import load_dataset


def quarter() -> pd.DataFrame:
    frame = load_dataset("supplier_accounts/surveys")
    last = frame.loc[frame["quarter"] == frame["quarter"].max(), ["account", "csat"]]
    return last.assign(account=last["account"].astype(str))


def balanced() -> tuple[Any, Any]:
    ours, theirs = [], []
    for seed in (1, 2, 3):
        rng = np.random.default_rng(seed)
        level = rng.normal(3, 0.7, 30)
        values = np.clip(np.rint(level[:, None] + rng.normal(size=(30, 5))), 1, 5)
        frame = pd.DataFrame(
            {
                "account": np.repeat(np.arange(30), 5),
                "rater": np.tile(np.arange(5), 30),
                "csat": values.ravel(),
            }
        )
        ours.append(accounts.overall_satisfaction(frame[["account", "csat"]], "csat").icc)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The inplace keyword")  # pingouin 0.7 on pandas 3.1
            table = pingouin.intraclass_corr(frame, targets="account", raters="rater", ratings="csat")
        theirs.append(table.set_index("Type")["ICC"].filter(regex="1,1|ICC1$").item())
    return ours, theirs


def shipped() -> tuple[Any, Any]:
    ours = accounts.overall_satisfaction(quarter(), "csat").icc
    frame = quarter().dropna()
    table = anova_lm(ols("csat ~ account", frame.astype({"csat": float})).fit())
    n = frame["account"].value_counts()
    size = (n.sum() - (n**2).sum() / n.sum()) / (len(n) - 1)
    between, within = table.loc["account", "mean_sq"], table.loc["Residual", "mean_sq"]
    return [ours], [(between - within) / (between + (size - 1) * within)]


def clustered() -> tuple[Any, Any]:
    ours = accounts.overall_satisfaction(quarter(), "csat").table.loc["accounts"]
    frame = quarter().dropna().astype({"csat": float})
    groups = {"groups": pd.factorize(frame["account"])[0]}
    fit = ols("csat ~ 1", frame).fit(cov_type="cluster", cov_kwds=groups, use_t=True)
    low, high = fit.conf_int().loc["Intercept"]
    mean = fit.params["Intercept"]
    return [ours["score"], ours["low"], ours["high"]], [mean, low, high]


PEERS = (
    Peer(
        "accounts.overall_satisfaction",
        "pingouin intraclass_corr, ICC(1,1)",
        "30 accounts of 5 contacts, seeds 1 to 3",
        1e-9,
        balanced,
    ),
    Peer(
        "accounts.overall_satisfaction",
        "statsmodels anova_lm",
        "supplier_accounts, last quarter: intraclass correlation",
        1e-9,
        shipped,
    ),
    Peer(
        "accounts.overall_satisfaction",
        "statsmodels ols with errors by account",
        "supplier_accounts, last quarter: mean and interval",
        1e-3,
        clustered,
        note="ours leaves out one account at a time",
    ),
)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: f"{peer.function}, {peer.peer}")
def test_accounts_against_peers(peer: Peer) -> None:
    peers.check(peer)
