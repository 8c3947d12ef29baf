"""What the mobile operator's customers must look like beyond what is checked of every generator."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from csmodels_helpers import loyalty
from csmodels_helpers.datasets import load_dataset

DATASETS = Path(__file__).resolve().parents[2] / "datasets"


@pytest.fixture(scope="module")
def mobile() -> ModuleType:
    """Import the generator by path; its folder is no package."""
    before = set(sys.modules)
    sys.path.insert(0, str(DATASETS / "generate"))
    try:
        return importlib.import_module("mobile_loyalty")
    finally:
        sys.path.remove(str(DATASETS / "generate"))
        for name in ({"common", "mobile_loyalty"} - before) & set(sys.modules):
            sys.modules.pop(name)


def test_constants_follow_from_the_model(mobile, monkeypatch):
    monkeypatch.setattr(mobile, "INTERVIEWED", mobile.CUSTOMERS)
    frame = mobile.make(seed=7, customers=60_000)
    shares = frame["interview_type"].value_counts(normalize=True)
    for kind, share in mobile.TYPE_SHARES.items():
        assert shares[kind] == pytest.approx(share, abs=3 * np.sqrt(share * (1 - share) / 60_000))
    ruled = frame.assign(type=loyalty.classify(frame).customers["type"].to_numpy()).dropna(subset=["type"])
    right = float((ruled["type"] == ruled["interview_type"]).mean())
    assert right == pytest.approx(mobile.RULE_RIGHT, abs=0.005)
    found = loyalty.curve(frame, loyalty="intention", segment="market").elasticity.set_index("market")
    for market, elasticity in mobile.ELASTICITY.items():
        error = (found.loc[market, "high"] - found.loc[market, "low"]) / 4
        assert found.loc[market, "elasticity"] == pytest.approx(elasticity, abs=3.5 * error)
    assert mobile.MOVES.sum(axis=1).tolist() == pytest.approx([1] * 6)
    assert sum(mobile.TYPE_SHARES.values()) == pytest.approx(1)


def test_the_table_agrees_with_itself():
    frame = load_dataset("mobile_loyalty")
    interviewed = frame[frame["interview_type"].notna()]
    assert len(interviewed) == 1200
    assert interviewed["interview_type_month_12"].notna().all()
    assert frame.loc[frame["interview_type"].isna(), "interview_type_month_12"].isna().all()
    gone = interviewed["interview_type_month_12"].eq("left")
    assert (gone == interviewed["month_left"].le(12)).all()
    assert interviewed.loc[interviewed["interview_type"].eq("monopoly"), "market"].eq("sole").all()
    # False loyalty: until the rival opens nobody stays as they do, afterwards nobody leaves as they do.
    month = frame["month_left"]
    sole, contested = (frame["market"].eq(name) for name in ("sole", "contested"))
    assert month[sole].le(17).mean() < month[contested].le(17).mean() - 0.05
    assert month[sole].le(36).mean() > month[contested].le(36).mean() + 0.05


def test_the_card_states_the_planted_numbers(mobile):
    card = (DATASETS / "mobile_loyalty.md").read_text(encoding="utf-8").partition("## Planted truth")[2]
    for kind, hazards in mobile.HAZARDS.items():
        cells = " | ".join(f"{100 * h:.1f} %" for h in hazards)
        assert f"| {kind} | {cells} |" in card
        assert f"{kind} {100 * mobile.TYPE_SHARES[kind]:.1f} %" in card
    assert f"right for {100 * mobile.RULE_RIGHT:.1f} %" in card
    for market, elasticity in mobile.ELASTICITY.items():
        assert f"{elasticity:.2f} in\n  `{market}`" in card or f"{elasticity:.2f} in `{market}`" in card
    assert ", ".join(mobile.ORDER_36[:5]) in card.replace("\n ", "")
    for column, share in mobile.SKIPPED.items():
        assert f"{column} {100 * share:.0f} %" in card
    assert f"Seed {mobile.SEED}" in card
