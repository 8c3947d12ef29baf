"""Alpha, omega and kappa against pingouin, statsmodels, semopy, scikit-learn and scipy."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import peers
import pingouin
import pytest
import semopy
from peers import Peer
from scipy import stats
from sklearn.metrics import cohen_kappa_score
from statsmodels.multivariate.factor import Factor

from csmodels_helpers import reliability
from csmodels_helpers.datasets import load_dataset


def one_factor(seed: int, n: int = 400, items: int = 6) -> pd.DataFrame:
    """Answers that share one factor, with loadings that differ."""
    rng = np.random.default_rng(seed)
    loadings = np.linspace(0.5, 0.9, items)
    values = rng.normal(size=(n, 1)) * loadings + rng.normal(size=(n, items)) * np.sqrt(1 - loadings**2)
    return pd.DataFrame(values, columns=[f"q{i}" for i in range(items)])


def scales() -> list[pd.DataFrame]:
    servqual, bank = load_dataset("software_servqual/answers"), load_dataset("bank_ecsi")
    blocks = [servqual.filter(regex="^perceived_Resp"), servqual.filter(regex="^desired_T")]
    blocks += [bank.filter(regex="^image"), bank.filter(regex="^quality")]
    return [block.dropna().astype(float) for block in blocks] + [one_factor(seed) for seed in (1, 2, 3)]


def alpha() -> tuple[Any, Any]:
    ours, theirs = [], []
    for frame in scales():
        table = reliability.alpha(frame, list(frame), interval="feldt").table
        ours.append(table.loc[0, ["alpha", "low", "high"]].tolist())
        found, ends = pingouin.cronbach_alpha(frame)
        theirs.append([found, *ends])
    # pingouin rounds the ends to three decimals.
    return np.column_stack([np.array(ours)[:, 0], np.round(np.array(ours, dtype=float)[:, 1:], 3)]), theirs


def gap_alphas() -> tuple[Any, Any]:
    frame = load_dataset("software_servqual/answers")
    names = [f"Resp{i}" for i in range(10, 14)]
    perceived, expected = ([f"{kind}_{name}" for name in names] for kind in ("perceived", "desired"))
    ours = reliability.gap_reliability(frame, perceived=perceived, expected=expected).table.set_index("what")
    known = frame[[*perceived, *expected]].dropna().astype(float)
    differences = pd.DataFrame(known[perceived].to_numpy() - known[expected].to_numpy())
    theirs = [pingouin.cronbach_alpha(part)[0] for part in (known[perceived], known[expected], differences)]
    rows = ["alpha_perceived", "alpha_expected", "alpha_differences"]
    return ours.loc[rows, "estimate"], theirs


def omega_statsmodels() -> tuple[Any, Any]:
    ours, theirs = [], []
    for frame in scales():
        ours += reliability.omega(frame, list(frame), method="ml").items["loading"].tolist()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its search warns of steps that are too short, at the maximum
            fitted = Factor(frame.to_numpy(), 1, method="ml").fit()
        theirs += np.abs(fitted.loadings.ravel()).tolist()
    return ours, theirs


def omega_semopy() -> tuple[Any, Any]:
    ours, theirs = [], []
    for frame in scales():
        ours.append(reliability.omega(frame, list(frame), method="ml").table.loc[0, "omega"])
        model = semopy.Model("f =~ " + " + ".join(frame))
        model.fit(frame)
        found = model.inspect(std_est=True)
        loading = found.loc[found["op"].eq("~") & found["rval"].eq("f")].set_index("lval")["Est. Std"]
        loading = loading[list(frame)].astype(float).to_numpy()
        sd = frame.std().to_numpy()
        common = (loading * sd).sum() ** 2
        theirs.append(common / (common + (sd**2 * (1 - loading**2)).sum()))
    return ours, theirs


def coders(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    one = rng.integers(1, 6, 300)
    near = np.clip(one + rng.integers(-1, 2, 300), 1, 5)
    return pd.DataFrame({"a": one, "b": np.where(rng.random(300) < 0.8, near, rng.integers(1, 6, 300))})


def kappa(weights: Any) -> tuple[Any, Any]:
    ours, theirs = [], []
    frames = [coders(seed) for seed in (1, 2, 3)]
    if weights is None:
        comments = load_dataset("retailer_comments")
        frames.append(comments[["coder_a", "coder_b"]].set_axis(["a", "b"], axis=1))
    for frame in frames:
        ours.append(reliability.kappa(frame, "a", "b", weights=weights).table.loc[0, "kappa"])
        theirs.append(cohen_kappa_score(frame["a"], frame["b"], weights=weights))
    return ours, theirs


def kappa_errors() -> tuple[Any, Any]:
    ours, theirs = [], []
    for weights in (None, "linear", "quadratic"):
        frame = coders(1)
        ours.append(reliability.kappa(frame, "a", "b", weights=weights).table.loc[0, "error"])
        drawn = stats.bootstrap(
            (frame["a"], frame["b"]),
            partial(cohen_kappa_score, weights=weights),
            paired=True,
            vectorized=False,
            n_resamples=400,
            method="percentile",
            rng=np.random.default_rng(1),
        )
        theirs.append(drawn.standard_error)
    return ours, theirs


SCALES = "software_servqual, bank_ecsi (two scales each), one factor simulated with seeds 1 to 3"
CODERS = "two coders of five grades, seeds 1 to 3"
PEERS = (
    Peer(
        'reliability.alpha(interval="feldt")',
        "pingouin cronbach_alpha",
        SCALES,
        1e-9,
        alpha,
        note="theirs rounds the ends to three decimals, so ours were too",
    ),
    Peer(
        "reliability.gap_reliability",
        "pingouin cronbach_alpha",
        "software_servqual, responsiveness: perceived, desired, differences",
        1e-9,
        gap_alphas,
    ),
    Peer('reliability.omega(method="ml")', "statsmodels Factor, loadings", SCALES, 1e-3, omega_statsmodels),
    Peer('reliability.omega(method="ml")', "semopy Model, omega of its loadings", SCALES, 1e-3, omega_semopy),
    Peer(
        "reliability.kappa",
        "scikit-learn cohen_kappa_score",
        f"{CODERS}; retailer_comments",
        1e-12,
        partial(kappa, None),
    ),
    *(
        Peer(
            f'reliability.kappa(weights="{weights}")',
            "scikit-learn cohen_kappa_score",
            CODERS,
            1e-12,
            partial(kappa, weights),
        )
        for weights in ("linear", "quadratic")
    ),
    Peer(
        "reliability.kappa",
        "scipy bootstrap of scikit-learn's kappa",
        "two coders of five grades: errors, with and without weights",
        0.2,
        kappa_errors,
        relative=True,
        note="ours is the formula for large samples",
    ),
)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: f"{peer.function}, {peer.peer}")
def test_reliability_against_peers(peer: Peer) -> None:
    peers.check(peer)
