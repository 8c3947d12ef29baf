"""Gaps against statsmodels and scipy, the confirmatory model against semopy."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
import peers
import pytest
import semopy
from peers import Peer
from statsmodels.formula.api import ols
from statsmodels.stats.weightstats import DescrStatsW

from csmodels_helpers import servqual
from csmodels_helpers.datasets import load_dataset

BANK = {
    "image": [f"image_{i}" for i in range(1, 6)],
    "quality": [f"quality_{i}" for i in range(1, 8)],
    "loyalty": [f"loyalty_{i}" for i in range(1, 4)],
}


def answers() -> Any:
    return load_dataset("software_servqual/answers")


def per_person(frame: Any, first: str, second: str, items: Any) -> Any:
    """Mean difference of each respondent over a dimension; missing where an answer is."""
    one, two = (frame[[f"{kind}_{item}" for item in items]].astype(float) for kind in (first, second))
    return (one.to_numpy() - two.to_numpy()).mean(axis=1)


def gaps() -> tuple[Any, Any]:
    ours = servqual.analyze(answers(), expected="desired_{item}", respondent=None).table
    ours = ours.set_index("dimension").loc[list(servqual.DIMENSIONS), "gap"]
    each = [per_person(answers(), "perceived", "desired", items) for items in servqual.DIMENSIONS.values()]
    return ours, [DescrStatsW(gap[~np.isnan(gap)]).mean for gap in each]


def gap_errors() -> tuple[Any, Any]:
    options = {"expected": "desired_{item}", "respondent": "respondent"}
    ours = servqual.analyze(answers(), **options).table.set_index("dimension")
    theirs = []
    for items in servqual.DIMENSIONS.values():
        frame = answers()[["respondent"]].assign(gap=per_person(answers(), "perceived", "desired", items))
        frame = frame.dropna()
        groups = {"groups": pd.factorize(frame["respondent"])[0]}
        theirs.append(ols("gap ~ 1", frame).fit(cov_type="cluster", cov_kwds=groups).bse["Intercept"])
    return ours.loc[list(servqual.DIMENSIONS), "error"], theirs


def zone() -> tuple[Any, Any]:
    table = servqual.zone_of_tolerance(answers()).table.set_index("dimension")
    ours, theirs = [], []
    for dimension, items in servqual.DIMENSIONS.items():
        columns = [f"{kind}_{item}" for kind in ("perceived", "desired", "adequate") for item in items]
        known = answers().dropna(subset=columns)
        for name, second in (("mss", "desired"), ("msa", "adequate")):
            ours.append(table.loc[dimension, name])
            theirs.append(DescrStatsW(per_person(known, "perceived", second, items)).mean)
    return ours, theirs


def change() -> tuple[Any, Any]:
    options = {"group": "region", "changed": "south", "unchanged": "north", "time": "period"}
    options |= {"before": "before", "after": "after", "respondent": "respondent"}
    ours = servqual.before_after(answers(), expected="desired_{item}", **options).table
    theirs = []
    for items in servqual.DIMENSIONS.values():
        frame = answers().assign(gap=per_person(answers(), "perceived", "desired", items))
        one, two = (frame.loc[frame["period"] == period] for period in ("before", "after"))
        wide = one.merge(two, on=["respondent", "region"], suffixes=("_before", "_after"))
        wide = wide.assign(
            change=wide["gap_after"] - wide["gap_before"], south=(wide["region"] == "south") * 1
        )
        wide = wide[["change", "south"]]
        fit = ols("change ~ south", wide.dropna()).fit(cov_type="HC2")
        theirs.append((fit.params["south"], fit.bse["south"]))
    ours = ours.set_index("dimension").loc[list(servqual.DIMENSIONS), ["effect", "error"]]
    return ours, theirs


def importance_performance() -> tuple[Any, Any]:
    options = {"importance": "desired_{item}", "draws": 20}
    ours = servqual.importance_performance(answers(), **options).table.set_index("item")
    theirs = []
    for item in servqual.ITEMS:
        known = answers().dropna(subset=[f"desired_{item}", f"perceived_{item}"])
        for kind in ("desired", "perceived"):
            theirs.append(DescrStatsW(known[f"{kind}_{item}"].astype(float)).mean)
    return ours.loc[list(servqual.ITEMS), ["importance", "performance"]].to_numpy().ravel(), theirs


@cache
def by_semopy(name: str) -> tuple[Any, Any]:
    """Fit both; loadings, correlations of the factors, and the measures of fit."""
    if name == "bank_ecsi":
        frame, dimensions, pattern, scale = load_dataset("bank_ecsi"), BANK, "{item}", None
    else:
        frame, dimensions, pattern, scale = answers(), servqual.DIMENSIONS, "perceived_{item}", (1, 7)
    ours = servqual.confirmatory_factors(frame, answers=pattern, dimensions=dimensions, scale=scale)
    columns = {d: [pattern.format(item=item) for item in items] for d, items in dimensions.items()}
    known = frame[[item for items in columns.values() for item in items]].dropna().astype(float)
    model = semopy.Model("\n".join(f"{d} =~ {' + '.join(items)}" for d, items in columns.items()))
    model.fit(known)
    found = model.inspect(std_est=True).set_index(["lval", "rval"])["Est. Std"].astype(float)
    loadings = [found[item, d] for d, items in columns.items() for item in items]
    pairs = ours.correlations[["first", "second"]].to_numpy()
    between = [found[(a, b) if (a, b) in found.index else (b, a)] for a, b in pairs]
    fit = semopy.calc_stats(model).iloc[0]
    return ours, (loadings, between, [fit[key] for key in ("DoF", "chi2", "CFI", "TLI", "RMSEA")])


def loadings(name: str) -> tuple[Any, Any]:
    ours, (theirs, between, _) = by_semopy(name)
    return [*ours.table["loading"], *ours.correlations["correlation"]], [*theirs, *between]


def fit(name: str) -> tuple[Any, Any]:
    ours, (*_, theirs) = by_semopy(name)
    df, chi2, *known = theirs
    found = [ours.fit[key] for key in ("cfi", "tli", "rmsea")]
    return [ours.fit["df"], ours.fit["chi2"] / ours.fit["df"], *found], [df, chi2 / df, *known]


MODELS = ("software_servqual, 22 items, five factors", "bank_ecsi, 15 items, three factors")
PEERS = (
    Peer(
        "servqual.analyze",
        "statsmodels DescrStatsW",
        "software_servqual, five dimensions, the gap",
        1e-9,
        gaps,
    ),
    Peer(
        "servqual.analyze",
        "statsmodels ols with errors by respondent",
        "software_servqual, five dimensions",
        0.25,
        gap_errors,
        relative=True,
        note="ours leaves out groups of respondents, so both are estimates",
    ),
    Peer(
        "servqual.zone_of_tolerance",
        "statsmodels DescrStatsW",
        "software_servqual, superiority and adequacy",
        1e-9,
        zone,
    ),
    Peer("servqual.before_after", "statsmodels ols with HC2", "software_servqual", 1e-9, change),
    Peer(
        "servqual.importance_performance",
        "statsmodels DescrStatsW",
        "software_servqual, 22 items, both means",
        1e-9,
        importance_performance,
    ),
    *(
        Peer(
            "servqual.confirmatory_factors",
            "semopy Model",
            f"{data}: standardised loadings, correlations of factors",
            2e-3,
            partial(loadings, data.partition(",")[0]),
        )
        for data in MODELS
    ),
    *(
        Peer(
            "servqual.confirmatory_factors",
            "semopy calc_stats",
            f"{data}: CFI, TLI, RMSEA, chi-square over its degrees of freedom",
            1e-3,
            partial(fit, data.partition(",")[0]),
            note="its RMSEA divides by n − 1, ours by n",
        )
        for data in MODELS
    ),
)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: f"{peer.function}, {peer.peer}")
def test_servqual_against_peers(peer: Peer) -> None:
    peers.check(peer)
