"""The after-sales calls: what the numbers of the generator lead to, and columns that agree."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from csmodels_helpers import expectation
from csmodels_helpers.datasets import data_card, load_dataset

GENERATE = Path(__file__).resolve().parents[2] / "datasets" / "generate"


@pytest.fixture(scope="module")
def generator():
    sys.path.insert(0, str(GENERATE))
    try:
        return importlib.import_module("appliance_service")
    finally:
        sys.path.remove(str(GENERATE))
        for name in ("appliance_service", "common"):
            sys.modules.pop(name, None)


def test_constants_follow_from_the_model(generator):
    frame = generator.make(seed=7, calls=200_000)
    assert frame["complaint"].mean() == pytest.approx(generator.COMPLAINT_SHARE, abs=0.003)
    model = expectation.confirmation_model(
        frame,
        confirmation="disconfirmation",
        usefulness="usefulness",
        satisfaction="satisfaction",
        intention="intention",
    ).table.set_index(["cause", "effect", "kind"])["estimate"]
    for (cause, effect), truth in generator.PATHS.items():
        assert model[cause, effect, "direct"] == pytest.approx(truth, abs=0.008)
    rating = expectation.asymmetry(
        frame[frame["line"] == generator.CONTROL], "rating", expected="expected", perceived="delivered"
    )
    ratio = rating.table.set_index("term").loc["ratio", "estimate"]
    assert ratio == pytest.approx(generator.RATING_RATIO_CONTROL, abs=0.06)
    chain = expectation.transitions(frame, before="before", after="after", absorbing=["gone"])
    planted = generator.transition_matrix()
    assert np.abs(chain.matrix.to_numpy() - planted.to_numpy()).max() < 0.01
    stays = frame[frame["complaint"]].groupby("called_back")["stays"].mean()
    assert stays[True] - stays[False] == pytest.approx(generator.STAY_LIFT, abs=0.015)


def test_a_customer_goes_on_where_the_last_call_ended():
    frame = load_dataset("appliance_service").sort_values(["customer", "call"])
    before, after = frame["before"].astype(str), frame["after"].astype(str)
    same = frame["customer"].eq(frame["customer"].shift())
    assert same.sum() > 500
    assert (before[same] == after.shift()[same]).all()
    assert not after.shift()[same].eq("gone").any()
    assert frame.groupby("customer")["line"].nunique().eq(1).all()
    assert (
        frame["date"].is_monotonic_increasing
        or frame.groupby("customer")["date"].is_monotonic_increasing.all()
    )


def test_columns_agree_with_each_other():
    frame = load_dataset("appliance_service")
    assert frame["stays"].equals(frame["after"].ne("gone"))
    assert not (frame["called_back"] & ~frame["complaint"]).any()
    kept = frame["after"].eq("kept")
    assert frame.loc[kept, "called_back"].all()
    assert frame["satisfaction"].dropna().between(1, 99).all()  # nothing is cut off
    assert frame["satisfaction"].isna().equals(frame["rating"].isna())
    shown = frame.dropna(subset=["rating"])
    assert shown["rating"].corr(shown["satisfaction"], method="spearman") > 0.95
    late = frame["delivered"] - frame["expected"]
    assert late[frame["complaint"]].mean() < late[~frame["complaint"]].mean() - 3


def test_the_card_states_the_planted_numbers(generator):
    truth = str(data_card("appliance_service", truth=True)).partition("## Planted truth")[2]
    numbers = [
        *(f"{path:.3f}" for path in generator.PATHS.values()),
        f"{100 * generator.COMPLAINT_SHARE:.1f} %",
        f"{generator.RATING_RATIO_CONTROL} times",
        f"{100 * generator.STAY_LIFT:.0f} points",
        f"b⁺ = {generator.GAIN[generator.ASYMMETRIC]}",
        f"b⁻ = {generator.LOSS[generator.ASYMMETRIC]}",
        f"b⁺ = b⁻ = {generator.GAIN[generator.CONTROL]}",
        f"Seed {generator.SEED}",
    ]
    assert [number for number in numbers if number not in truth] == []
    assert pd.Series(generator.START).sum() == pytest.approx(1)
