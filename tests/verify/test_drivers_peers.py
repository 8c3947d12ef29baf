"""Importance and regressions of drivers against pingouin, statsmodels and scikit-learn."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import peers
import pingouin
import pytest
import statsmodels.api as sm
from peers import Peer
from sklearn.decomposition import FactorAnalysis
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.multivariate.factor import Factor
from statsmodels.stats.outliers_influence import variance_inflation_factor

from csmodels_helpers import drivers
from csmodels_helpers.datasets import load_dataset

RATED = ["punctuality", "cabin_crew", "cleanliness", "seat_comfort", "legroom", "wifi"]
FEW = ["punctuality", "cabin_crew", "seat_comfort", "legroom"]


def airline(*columns: str) -> pd.DataFrame:
    frame = load_dataset("airline_attributes/answers")[[*columns, "overall"]].dropna()
    return frame.astype(float)


def simulated(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    names = [f"x{i}" for i in range(6)]
    frame = pd.DataFrame(rng.normal(size=(200, 6)) + rng.normal(size=(200, 1)), columns=names)
    frame["overall"] = frame[names] @ rng.normal(size=6) + rng.normal(size=200)
    return frame


def lmg() -> tuple[Any, Any]:
    ours, theirs = [], []
    for frame in (airline(*RATED), *map(simulated, (1, 2, 3))):
        names = [name for name in frame if name != "overall"]
        found = pingouin.linear_regression(frame[names], frame["overall"], relimp=True).set_index("names")
        table = drivers.importance(frame, "overall", names)
        parts = table.table.set_index("driver").loc[names]
        ours += [*parts["importance"], *parts["share"], table.r2["estimate"]]
        theirs += [*found.loc[names, "relimp"], *found.loc[names, "relimp_perc"] / 100, found["r2"].iloc[0]]
    return ours, theirs


def simple_methods() -> tuple[Any, Any]:
    frame = airline(*RATED)
    z = (frame - frame.mean()) / frame.std()
    beta = sm.OLS(z["overall"], z[RATED]).fit().params
    r = [pingouin.corr(frame[name], frame["overall"])["r"].iloc[0] for name in RATED]
    ours = [
        drivers.importance(frame, "overall", RATED, method=method).table.set_index("driver")
        for method in ("standardized", "correlation")
    ]
    found = [table.loc[RATED, "importance"].to_numpy() for table in ours]
    return np.abs(found), np.abs([beta.to_numpy(), r])


def trap() -> tuple[Any, Any]:
    frame = airline(*FEW)
    ours = drivers.correlation_trap(frame, "overall", FEW).table.set_index("driver").loc[FEW]
    x = sm.add_constant(frame[FEW])
    fit = sm.OLS(frame["overall"], x).fit()
    vif = [variance_inflation_factor(x.to_numpy(), i + 1) for i in range(len(FEW))]
    return [*ours["slope"], *ours["vif"]], [*fit.params[FEW], *vif]


def partial_correlations() -> tuple[Any, Any]:
    frame = airline(*FEW)
    ours = drivers.correlation_trap(frame, "overall", FEW).table.set_index("driver").loc[FEW]
    others = {name: [other for other in FEW if other != name] for name in FEW}
    theirs = [
        pingouin.partial_corr(frame, name, "overall", covar=covar)["r"].iloc[0]
        for name, covar in others.items()
    ]
    return ours["partial"], theirs


def dummies() -> tuple[Any, Any]:
    frame = airline(*FEW)
    ours = drivers.penalty_reward(frame, "overall", FEW, scale=(1, 7)).table.set_index("driver").loc[FEW]
    low, high = (frame[FEW] <= 2).add_suffix("_low"), (frame[FEW] >= 6).add_suffix("_high")
    x = sm.add_constant(pd.concat([low, high], axis=1).astype(float))
    fit = sm.OLS(frame["overall"], x).fit()
    return [*ours["penalty"], *ours["reward"]], fit.params[1:]


def housing() -> tuple[Any, Any]:
    frame = load_dataset("housing_satisfaction")
    ours = drivers.ordinal(
        frame,
        "satisfaction",
        ["influence", "housing", "contact"],
        frequency="tenants",
        references={"housing": "Tower"},
    )
    rows = frame.loc[frame.index.repeat(frame["tenants"])]
    levels = [("influence", ["Medium", "High"]), ("housing", ["Apartment", "Atrium", "Terrace"])]
    x = {f"{c}: {v}": (rows[c] == v) * 1.0 for c, values in [*levels, ("contact", ["High"])] for v in values}
    y = rows["satisfaction"].cat.codes
    return by_statsmodels(ours, y, pd.DataFrame(x))


def by_statsmodels(ours: Any, y: Any, x: pd.DataFrame) -> tuple[Any, Any]:
    model = OrderedModel(y, x, distr="logit")
    fit = model.fit(method="bfgs", disp=0, gtol=1e-7, maxiter=500)
    cuts = model.transform_threshold_params(fit.params.to_numpy())[1:-1]
    table = ours.table.set_index("term").loc[list(x)]
    found = [*table["coefficient"], *table["error"], *ours.thresholds["estimate"], ours.log_likelihood]
    k = x.shape[1]
    return found, [*fit.params.iloc[:k], *fit.bse.iloc[:k], *cuts, fit.llf]


def ordinal_simulated() -> tuple[Any, Any]:
    ours, theirs = [], []
    for seed in (1, 2, 3):
        frame = simulated(seed)
        frame["csat"] = pd.qcut(frame["overall"], 4, labels=[1, 2, 3, 4]).astype(int)
        names = ["x0", "x1", "x2"]
        one, two = by_statsmodels(drivers.ordinal(frame, "csat", names), frame["csat"], frame[names])
        ours += one
        theirs += two
    return ours, theirs


def same_turn(found: Any, other: Any) -> tuple[Any, Any]:
    """Set the factors of another solution in our order and direction."""
    ours, theirs = np.asarray(found, dtype=float), np.asarray(other, dtype=float)
    products = ours.T @ theirs
    order = np.abs(products).argmax(axis=1)
    assert len(set(order)) == len(order)
    return ours, theirs[:, order] * np.sign(products[np.arange(len(order)), order])


def factors() -> tuple[Any, Any, Any]:
    frame = load_dataset("software_servqual/answers")
    items = [name for name in frame if name.startswith(("perceived_Resp", "perceived_T"))]
    frame = frame[items].dropna()
    found = drivers.factor_analysis(frame, items, factors=2, rotation="varimax").loadings
    return frame[items].astype(float), items, found.loc[items, ["factor_1", "factor_2"]]


def factors_by_sklearn() -> tuple[Any, Any]:
    frame, _, ours = factors()
    z = (frame - frame.mean()) / frame.std(ddof=0)
    kind = FactorAnalysis(2, tol=1e-8, max_iter=50_000, svd_method="lapack")
    found, theirs = np.asarray(ours, dtype=float), kind.fit(z).components_.T
    return found @ found.T, theirs @ theirs.T


def factors_by_statsmodels() -> tuple[Any, Any]:
    frame, items, ours = factors()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its search often ends with "did not converge", near the maximum
        start = (np.linspace([0.8, 0.1], [0.1, 0.8], len(items)), np.full(len(items), 0.5))
        fitted = Factor(frame.to_numpy(), 2, method="ml").fit(start=start)
    fitted.rotate("varimax")
    return same_turn(ours, fitted.loadings)


AIRLINE = "airline_attributes"
PEERS = (
    Peer(
        "drivers.importance",
        "pingouin linear_regression(relimp=True)",
        f"{AIRLINE}, six drivers; six drivers, seeds 1 to 3",
        1e-9,
        lmg,
    ),
    Peer(
        'drivers.importance(method="standardized", "correlation")',
        "pingouin corr, and OLS of statsmodels",
        AIRLINE,
        1e-9,
        simple_methods,
    ),
    Peer("drivers.correlation_trap", "statsmodels OLS, variance_inflation_factor", AIRLINE, 1e-9, trap),
    Peer("drivers.correlation_trap", "pingouin partial_corr", AIRLINE, 1e-9, partial_correlations),
    Peer("drivers.penalty_reward", "statsmodels OLS on dummies", AIRLINE, 1e-9, dummies),
    Peer("drivers.ordinal", "statsmodels OrderedModel", "housing_satisfaction, 1,681 rows", 1e-5, housing),
    Peer(
        "drivers.ordinal", "statsmodels OrderedModel", "three drivers, seeds 1 to 3", 1e-5, ordinal_simulated
    ),
    Peer(
        "drivers.factor_analysis",
        "scikit-learn FactorAnalysis",
        "software_servqual, eight items: correlations that two factors make",
        1e-4,
        factors_by_sklearn,
        note="theirs turns without Kaiser's norming, so what no turn changes is compared",
    ),
    Peer(
        'drivers.factor_analysis(rotation="varimax")',
        "statsmodels Factor",
        "software_servqual, eight items, two factors",
        1e-4,
        factors_by_statsmodels,
        note="both are turned by statsmodels",
    ),
)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: f"{peer.function}, {peer.peer}")
def test_drivers_against_peers(peer: Peer) -> None:
    peers.check(peer)
