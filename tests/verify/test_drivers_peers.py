"""Importance of drivers against pingouin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pingouin
import pytest

from csmodels_helpers import drivers
from csmodels_helpers.datasets import load_dataset


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_lmg_is_that_of_pingouin(seed):
    rng = np.random.default_rng(seed)
    names = [f"x{i}" for i in range(6)]
    frame = pd.DataFrame(rng.normal(size=(200, 6)) + rng.normal(size=(200, 1)), columns=names)
    frame["y"] = frame[names] @ rng.normal(size=6) + rng.normal(size=200)
    theirs = pingouin.linear_regression(frame[names], frame["y"], relimp=True).set_index("names")
    ours = drivers.importance(frame, "y", names)
    parts = ours.table.set_index("driver").loc[names]
    assert parts["importance"].to_numpy() == pytest.approx(theirs.loc[names, "relimp"].to_numpy())
    assert 100 * parts["share"].to_numpy() == pytest.approx(theirs.loc[names, "relimp_perc"].to_numpy())
    assert ours.r2["estimate"] == pytest.approx(theirs["r2"].iloc[0])


def test_partial_correlations_are_those_of_pingouin():
    answers = load_dataset("airline_attributes/answers").dropna()
    names = ["punctuality", "cabin_crew", "seat_comfort", "legroom"]
    ours = drivers.correlation_trap(answers, "overall", names).table.set_index("driver")
    for name in names:
        others = [other for other in names if other != name]
        theirs = pingouin.partial_corr(answers, name, "overall", covar=others)["r"].iloc[0]
        assert ours.loc[name, "partial"] == pytest.approx(theirs, abs=1e-6)
