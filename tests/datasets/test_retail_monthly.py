"""The monthly numbers of the stores hang together, and the card says what is planted."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pandas as pd
import pytest

from csmodels_helpers.datasets import data_card, load_dataset

FOLDER = Path(__file__).resolve().parents[2] / "datasets" / "generate"


@pytest.fixture(scope="module")
def generator():
    """Import the generator by path; its folder is no package."""
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module("retail_monthly")
    finally:
        sys.path.remove(str(FOLDER))
        # Such plain names must not answer somebody else's import.
        for name in ("retail_monthly", "common"):
            sys.modules.pop(name, None)


def test_every_store_has_every_month_and_one_format():
    frame = load_dataset("retail_monthly")
    assert len(frame) == 36 * 40
    assert not frame.duplicated(["month", "store"]).any()
    assert frame.groupby("store")["format"].nunique().eq(1).all()
    assert frame.groupby("format")["store"].nunique().to_dict() == {"city": 16, "suburb": 24}
    assert frame["month"].min() == pd.Timestamp("2023-01-01")


def test_counts_are_parts_of_their_wholes():
    frame = load_dataset("retail_monthly")
    answered = frame[frame["n"].notna()]
    assert (frame["customers"] <= frame["orders"]).all()
    assert (answered["n"] <= answered["orders"]).all()
    assert (answered["satisfied"] <= answered["n"]).all()
    assert (answered["promoters"] <= answered["satisfied"]).all()
    assert (answered["detractors"] <= answered["n"] - answered["satisfied"]).all()
    for kind in ("complaints", "repairs", "returns"):
        assert (frame[kind] <= frame["orders"]).all()
    assert (frame["lost"] <= frame["customers"]).all()


def test_where_the_survey_was_down_all_its_counts_are_missing():
    frame = load_dataset("retail_monthly")
    gaps = frame[["n", "satisfied", "promoters", "detractors"]].isna()
    assert gaps.nunique(axis=1).eq(1).all()
    assert 3 < gaps["n"].sum() < 30


def test_the_card_states_the_planted_numbers(generator):
    truth = str(data_card("retail_monthly", truth=True)).partition("## Planted truth")[2]
    usual, drop = generator.SATISFIED, generator.SATISFIED_SHIFT
    for said in (
        f"falls by {-100 * drop:.0f} points, from {100 * usual:.0f} % to {100 * (usual + drop):.0f} %",
        f"{100 * (generator.COMPLAINTS_SHIFT - 1):.0f} % more",
        f"{100 * generator.SATISFIED_MONTH_SD:.1f} points (standard deviation)",
        f"{generator.COMPLAINTS_BY_FORMAT['city']} in the city",
        f"{100 * generator.SURVEY_DOWN:.1f} % of store-months",
        f"Seed {generator.SEED}",
        "June 2024",
        "March 2025",
    ):
        assert said in truth, said
    assert (generator.SATISFIED_SHIFT_AT, generator.COMPLAINTS_SHIFT_AT) == ("2024-06", "2025-03")
    assert generator.FOUND_WITHIN == {"satisfied": 3, "complaints": 8}
