"""The two countries have the same satisfaction behind their answers, and the card says what is planted."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

from csmodels_helpers.datasets import data_card, load_dataset

FOLDER = Path(__file__).resolve().parents[2] / "datasets" / "generate"


@pytest.fixture(scope="module")
def generator():
    """Import the generator by path; its folder is no package."""
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module("countries_style")
    finally:
        sys.path.remove(str(FOLDER))
        # Such plain names must not answer somebody else's import.
        for name in ("countries_style", "common"):
            sys.modules.pop(name, None)


def test_both_countries_are_of_the_same_size_and_mixed():
    frame = load_dataset("countries_style")
    assert frame["country"].value_counts().to_dict() == {"Norland": 1000, "Sudland": 1000}
    assert frame["respondent"].is_unique
    assert frame["country"][:1000].nunique() == 2
    answers = frame.filter(regex="item|vignette")
    assert answers.shape[1] == 15
    assert answers.isin([1, 2, 3, 4, 5]).where(answers.notna(), True).all(axis=None)
    assert 0.001 < answers.isna().mean(axis=None) < 0.006


def test_items_are_balanced_and_reversed_ones_run_against_the_others(generator):
    frame = load_dataset("countries_style")
    ease = dict(zip(generator.ITEMS, generator.ITEM_EASE, strict=True))
    assert sum(ease[i] for i in generator.REVERSED) == pytest.approx(0)
    assert sum(generator.ITEM_EASE) == pytest.approx(0)
    for _, own in frame.groupby("country"):
        likeness = own[list(generator.ITEMS)].corr().to_numpy()
        turned = np.where([i in generator.REVERSED for i in generator.ITEMS], -1, 1)
        signed = likeness * np.outer(turned, turned)
        assert signed[np.triu_indices(12, 1)].min() > 0.05


def test_vignettes_stand_in_order(generator):
    means = load_dataset("countries_style")[list(generator.VIGNETTES)].mean()
    assert means.is_monotonic_increasing


def test_the_card_states_the_planted_numbers(generator):
    truth = str(data_card("countries_style", truth=True)).partition("## Planted truth")[2]
    for said in (
        f"mean {generator.MEAN:.2f}, spread over customers {generator.CUSTOMER_SD:.2f}",
        *(f"{c} {generator.ACQUIESCENCE[c]:.2f}" for c in generator.COUNTRIES),
        *(f"{c} {generator.EXTREMITY[c]:.2f}" for c in generator.COUNTRIES),
        "−1.10, 0.05 and 1.20",
        f"probability {100 * generator.SKIPPED:.1f} %",
        f"Seed {generator.SEED}",
    ):
        assert said in truth, said
    assert list(generator.VIGNETTES.values()) == [-1.10, 0.05, 1.20]
    assert generator.SATISFACTION_DIFFERENCE == 0
