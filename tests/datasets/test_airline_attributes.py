"""The airline's and the bank's data: the cards say what is planted, and large samples have it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from csmodels_helpers import drivers
from csmodels_helpers.datasets import load_dataset, load_tables
from csmodels_helpers.tally import moments

DATASETS = Path(__file__).resolve().parents[2] / "datasets"


@pytest.fixture(scope="module")
def generators():
    sys.path.insert(0, str(DATASETS / "generate"))
    try:
        import airline_attributes
        import bank_ecsi
        import housing_satisfaction
    finally:
        sys.path.remove(str(DATASETS / "generate"))
    return {"airline": airline_attributes, "bank": bank_ecsi, "housing": housing_satisfaction}


def truth_of(name: str) -> str:
    return (DATASETS / f"{name}.md").read_text(encoding="utf-8").partition("## Planted truth")[2]


def test_the_airlines_card_states_what_is_planted(generators):
    airline, card = generators["airline"], truth_of("airline_attributes")

    def signed(x: float) -> str:
        return f"{x:+.0f}".replace("-", "−") if x else "0"

    for name, effects in airline.EFFECTS.items():
        if any(effects):
            row = [f"`{name}`", *map(signed, effects), airline.CLASSES[name]]
            assert f"| {' | '.join(row)} |" in card
    classes = list(airline.CLASSES.values())
    assert {c: classes.count(c) for c in set(classes)} == {"both": 3, "penalty": 2, "reward": 2, "none": 9}
    for number in (airline.CHURN_PER_POINT, airline.MONITORING_EFFECT, airline.TRAINING_EFFECT):
        assert str(number).replace("-", "−") in card
    assert f"base is {airline.BASE:.0f} " in card
    assert f"deviation of {airline.REST_SD:.0f}" in card
    assert f"{airline.BUDGET:,} thousand EUR" in card
    assert f"Seed {airline.SEED}." in card


def test_a_large_airline_has_the_planted_order_and_plan(generators):
    airline = generators["airline"]
    made = airline.make(7, 100_000)
    answers, levers = made["airline_attributes/answers"], made["airline_attributes/levers"]
    tallied = moments(answers, [*airline.ATTRIBUTES, "overall"], apart=True)
    ranking = drivers.importance(tallied, "overall", airline.ATTRIBUTES)
    assert ranking.table["driver"][:2].tolist() == [airline.FIRST, airline.SECOND]
    trap = drivers.correlation_trap(tallied, "overall", airline.ATTRIBUTES).table
    assert trap["correlation"].min() > 0.15  # everything correlates
    assert set(trap.nlargest(2, "vif")["driver"]) == set(airline.COLLINEAR)
    plan = drivers.spend(airline.gains(levers, trap), airline.BUDGET).table
    assert set(plan.loc[plan["chosen"], "lever"]) == set(airline.BEST_PLAN)
    points = answers["overall"].dropna()
    assert (points.isin([0, 100])).mean() < 0.005  # the ends of the scale cut hardly anything off


def test_the_airlines_tables_hang_together():
    tables = load_tables("airline_attributes")
    answers, levers = tables["answers"], tables["levers"]
    assert levers["attribute"].isin(answers.columns).all()
    assert (levers["lift_low"] < levers["lift"]).all()
    assert (levers["lift"] < levers["lift_high"]).all()
    for treated in ("monitored", "crew_trained"):
        assert answers.groupby("route")[treated].nunique().eq(1).all()
        assert answers.groupby(treated)["churned"].mean().is_monotonic_decreasing


def test_the_banks_card_states_the_paths(generators):
    bank, card = generators["bank"], truth_of("bank_ecsi")
    for (start, end), value in bank.PATHS.items():
        assert f"| {start} → {end} | {value:.2f} |" in card
    assert f"Seed {bank.SEED}." in card
    answers = load_dataset("bank_ecsi")
    assert answers.shape == (500, 25)
    assert answers[list(bank.model().items)].isin([*range(1, 11), np.nan]).all(axis=None)


def test_housing_is_the_source(generators):
    housing = generators["housing"]
    shipped = load_dataset("housing_satisfaction")
    for old, new in housing.NAMES.items():
        assert shipped[new].astype("str").tolist() == housing.source()[old].astype("str").tolist()
