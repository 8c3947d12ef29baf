"""The software firm's tables hang together, and its card states what was planted."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from csmodels_helpers import servqual
from csmodels_helpers.datasets import load_tables

DATASETS = Path(__file__).resolve().parents[2] / "datasets"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """Import the generator by path; its folder is no package."""
    sys.path.insert(0, str(DATASETS / "generate"))
    try:
        return importlib.import_module("software_servqual")
    finally:
        sys.path.remove(str(DATASETS / "generate"))
        for name in ("software_servqual", "common"):
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def tables():
    return load_tables("software_servqual")


def test_tables_meet_in_dimension_item_region_and_period(tables):
    dimension_of = {item: name for name, items in servqual.DIMENSIONS.items() for item in items}
    for name in ("beliefs", "specifications"):
        assert tables[name]["item"].map(dimension_of).eq(tables[name]["dimension"]).all()
    assert set(tables["specifications"]["item"]) == set(servqual.ITEMS)
    for name in ("beliefs", "specifications", "service_log", "promises"):
        assert set(tables[name]["dimension"]) == set(servqual.DIMENSIONS)
    for column in ("region", "period"):
        assert set(tables["answers"][column]) == set(tables["service_log"][column])
    assert tables["service_log"].groupby("case")["dimension"].nunique().eq(5).all()
    assert tables["service_log"].groupby("case")["staffed"].nunique().eq(1).all()
    assert tables["beliefs"].groupby("manager")["item"].nunique().eq(22).all()


def test_each_customer_is_one_person_in_one_region(tables):
    answers = tables["answers"]
    assert answers["respondent"].nunique() == 800
    assert not answers.duplicated(["respondent", "period"]).any()
    assert answers.groupby("respondent")["region"].nunique().eq(1).all()
    assert answers.query("period == 'before'")["respondent"].nunique() == 800
    assert 650 < (answers["period"] == "after").sum() < 800


def test_points_sum_to_a_hundred_or_are_missing_altogether(tables):
    points = tables["answers"].filter(like="weight_")
    given = points.dropna()
    assert given.sum(axis=1).eq(100).all()
    assert len(given) + points.isna().all(axis=1).sum() == len(points)
    assert (given % 5 == 0).all(axis=None)


def test_short_staffed_shifts_answer_late(tables):
    cases = tables["service_log"].drop_duplicates("case")
    hours = cases.groupby("staffed")["first_response_hours"].median()
    assert hours["short"] > 3 * hours["full"]


def test_constants_follow_from_the_model(generator):
    made = generator.make(11, people=20_000, managers=2_000, cases=8_000)
    tables = {name.partition("/")[2]: frame for name, frame in made.items()}
    found = generator.recover(made)
    # A hundred times the data, so an interval is a tenth as wide; two of 16 may miss by chance.
    missed = [name for name, each in found.items() if not each.ok]
    assert len(missed) <= 2, missed
    before = tables["answers"].query("period == 'before'")
    items = servqual.DIMENSIONS["empathy"]
    gap = np.mean([(before[f"perceived_{i}"] - before[f"desired_{i}"]).mean() for i in items])
    assert gap == pytest.approx(generator.GAPS[4], abs=0.03)


def test_the_card_states_the_planted_numbers(generator):
    card = " ".join((DATASETS / "software_servqual.md").read_text(encoding="utf-8").split())
    for name, gap in zip(generator.DIMENSIONS, generator.GAPS, strict=True):
        assert f"{name.capitalize()} {gap:.2f}".replace("-", "−") in card
    for gap, value in generator.INTERNAL.items():
        assert f"gap {gap} {value:.2f}".replace("-", "−") in card
    assert f"weighted overall gap is {generator.WEIGHTED_OVERALL:.2f}".replace("-", "−") in card
    assert f"lose {generator.STAFFING_LOSS:.2f} points" in card
    assert f"smaller by {generator.EFFECTS[2]:.2f} points" in card
    assert f"that of Reliability by {generator.EFFECTS[1]:.2f}" in card
    assert f"Seed {generator.SEED}" in card
