"""Regressions, paths and shares against statsmodels, semopy and scipy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import peers
import pytest
import semopy
import statsmodels.api as sm
from peers import Peer
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from csmodels_helpers import expectation
from csmodels_helpers.datasets import load_dataset

NAMES = {
    "confirmation": "disconfirmation",
    "usefulness": "usefulness",
    "satisfaction": "satisfaction",
    "intention": "intention",
}


def calls(*columns: str) -> Any:
    return load_dataset("appliance_service").dropna(subset=list(columns))


def slopes() -> tuple[Any, Any]:
    frame = calls("satisfaction", "expected", "delivered")
    ours = expectation.regress(frame, "satisfaction", ["expected", "delivered"])
    fit = sm.OLS(frame["satisfaction"], sm.add_constant(frame[["expected", "delivered"]])).fit()
    return [*ours.table["estimate"], ours.r_squared], [*fit.params, fit.rsquared]


def slope_errors() -> tuple[Any, Any]:
    frame = calls("satisfaction", "expected", "delivered")
    ours = expectation.regress(frame, "satisfaction", ["expected", "delivered"], respondent="customer").table
    groups = {"groups": pd.factorize(frame["customer"])[0]}
    fit = sm.OLS(frame["satisfaction"], sm.add_constant(frame[["expected", "delivered"]]))
    return ours["error"], fit.fit(cov_type="cluster", cov_kwds=groups).bse


def bent() -> tuple[Any, Any]:
    options = {"expected": "expected", "perceived": "delivered", "segment": "line"}
    ours = expectation.asymmetry(load_dataset("appliance_service"), "satisfaction", **options).table
    found, theirs = [], []
    for line, own in calls("satisfaction", "expected", "delivered").groupby("line", observed=True):
        gap = own["delivered"] - own["expected"]
        parts = {"expectation": own["expected"], "gain": gap.clip(lower=0), "loss": gap.clip(upper=0)}
        fit = sm.OLS(own["satisfaction"], sm.add_constant(pd.DataFrame(parts))).fit()
        rows = ours[ours["line"] == line].set_index("term")["estimate"]
        found += rows[["intercept", "expectation", "gain", "loss", "difference"]].tolist()
        theirs += [*fit.params, fit.params["loss"] - fit.params["gain"]]
    return found, theirs


def gap() -> tuple[Any, Any]:
    frame = calls("expected", "delivered")
    ours = expectation.disconfirmation(frame, perceived="delivered", expected="expected").table
    found = stats.ttest_rel(frame["delivered"], frame["expected"])
    return ours["score"] / ours["error"], [found.statistic]


def top() -> tuple[Any, Any]:
    ours = expectation.ceiling(load_dataset("appliance_service"), "rating", scale=(1, 7)).table
    rating = calls("rating")["rating"].astype(int)
    theirs = []
    for end in (1, 7):
        count = (rating == end).sum()
        theirs += [count / len(rating), *proportion_confint(count, len(rating), method="wilson")]
    return ours[["bottom", "bottom_low", "bottom_high", "top", "top_low", "top_high"]], theirs


def paths_by_semopy() -> tuple[Any, Any]:
    frame = calls(*NAMES.values())[list(NAMES.values())].astype(float)
    ours = expectation.confirmation_model(frame, **NAMES).table
    direct = ours[ours["kind"] == "direct"]
    model = semopy.Model(
        "usefulness ~ disconfirmation\nsatisfaction ~ disconfirmation + usefulness\n"
        "intention ~ usefulness + satisfaction"
    )
    model.fit((frame - frame.mean()) / frame.std())
    found = model.inspect().query("op == '~'").set_index(["rval", "lval"])["Estimate"]
    pairs = zip(direct["cause"], direct["effect"], strict=True)
    return direct["estimate"], [float(found[NAMES[cause], NAMES[effect]]) for cause, effect in pairs]


def moves() -> tuple[Any, Any]:
    frame = calls("before", "after")
    ours = expectation.transitions(frame, before="before", after="after", absorbing=["gone"]).table
    ours = ours[ours["before"] != "gone"]
    total = ours.groupby("before", observed=True)["n"].transform("sum")
    pairs = zip(ours["n"].astype(int), total.astype(int), strict=True)
    theirs = [(x / n, *proportion_confint(x, n, method="wilson")) for x, n in pairs]
    return ours[["share", "low", "high"]], theirs


def regress_simulated() -> tuple[Any, Any]:
    ours, theirs = [], []
    for seed in (1, 2, 3):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame(rng.normal(size=(150, 4)) @ rng.normal(size=(4, 4)), columns=list("abcy"))
        ours += expectation.regress(frame, "y", ["a", "b", "c"]).table["estimate"].tolist()
        theirs += sm.OLS(frame["y"], sm.add_constant(frame[["a", "b", "c"]])).fit().params.tolist()
    return ours, theirs


CALLS = "appliance_service"
PEERS = (
    Peer("expectation.regress", "statsmodels OLS", f"{CALLS}: slopes and R²", 1e-9, slopes),
    Peer("expectation.regress", "statsmodels OLS", "three predictors, seeds 1 to 3", 1e-9, regress_simulated),
    Peer(
        "expectation.regress",
        "statsmodels OLS with errors by customer",
        CALLS,
        0.25,
        slope_errors,
        relative=True,
        note="ours leaves out groups of respondents, so both are estimates",
    ),
    Peer("expectation.asymmetry", "statsmodels OLS", f"{CALLS}, gains and losses by line", 1e-9, bent),
    Peer(
        "expectation.disconfirmation",
        "scipy ttest_rel",
        f"{CALLS}: t, the mean gap over its error",
        0.25,
        gap,
        relative=True,
        note="ours leaves out groups of respondents, so both errors are estimates",
    ),
    Peer("expectation.ceiling", "statsmodels proportion_confint", f"{CALLS}: ends of the scale", 1e-12, top),
    Peer("expectation.confirmation_model", "semopy Model", f"{CALLS}: direct paths", 1e-3, paths_by_semopy),
    Peer("expectation.transitions", "statsmodels proportion_confint", CALLS, 1e-12, moves),
)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: f"{peer.function}, {peer.peer}")
def test_expectation_against_peers(peer: Peer) -> None:
    peers.check(peer)
