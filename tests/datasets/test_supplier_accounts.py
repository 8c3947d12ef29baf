"""The supplier's tables are one world: keys hold, and the smaller data sets stand in it as they are."""

from __future__ import annotations

import json
from functools import reduce
from pathlib import Path

import pandas as pd
import pytest

from csmodels_helpers.datasets import load_dataset, load_tables

DATASETS = Path(__file__).resolve().parents[2] / "datasets"
PACKAGE = json.loads((DATASETS / "datapackage.json").read_text(encoding="utf-8"))
RESOURCES = {r["name"]: r for r in PACKAGE["resources"] if r["name"].startswith("supplier_accounts/")}
KEYS = [
    (name, key["fields"], key["reference"]["resource"], key["reference"]["fields"])
    for name, resource in RESOURCES.items()
    for key in resource["schema"].get("foreignKeys", [])
]


@pytest.fixture(scope="module")
def tables():
    return load_tables("supplier_accounts")


@pytest.mark.parametrize(("name", "fields", "other", "reference"), KEYS)
def test_every_key_is_found_in_the_other_table(name, fields, other, reference):
    mine, theirs = load_dataset(name), load_dataset(other)
    known = set(theirs[reference].itertuples(index=False, name=None))
    lost = set(mine[fields].itertuples(index=False, name=None)) - known
    assert lost == set()


def test_there_are_keys_to_check():
    assert len(KEYS) == 11
    assert {name for name, *_ in KEYS} == set(RESOURCES) - {
        "supplier_accounts/accounts",
        "supplier_accounts/activity_rates",
    }


def test_all_tables_join(tables):
    """One row an account, with something from each of the nine tables, and nothing lost on the way."""
    activities = tables["activities"].merge(tables["activity_rates"], on="activity", validate="m:1")
    activities["cost"] = activities["quantity"] * activities["unit_cost_cny"]
    people = tables["contacts"].merge(tables["surveys"], on=["contact", "account", "role"], validate="1:m")
    needs = tables["needs"].merge(
        people[people["quarter"] == "2025Q4"], on=["contact", "account"], validate="m:1"
    )
    assert len(people) == len(tables["surveys"])
    assert len(needs) == len(tables["needs"])
    assert needs["csat"].notna().all()
    complaints = tables["complaints"].merge(tables["contacts"], on=["contact", "account"], validate="m:1")
    assert len(complaints) == len(tables["complaints"])
    parts = [
        tables["accounts"].set_index("account"),
        tables["contracts"].set_index("account").add_prefix("contract_of_"),
        people.groupby("account")["csat"].mean(),
        needs.groupby("account")["perceived"].mean(),
        complaints.groupby("account")["complaint"].count(),
        tables["revenue"].groupby("account")["revenue_cny_million"].sum().rename("two_years"),
        activities.groupby("account")["cost"].sum(),
    ]
    joined = reduce(lambda one, two: one.join(two, how="left", validate="1:1"), parts)
    assert len(joined) == 60
    assert joined[["csat", "perceived", "two_years", "cost", "contract_of_end"]].notna().all(axis=None)
    assert (joined["contract_end"] == joined["contract_of_end"]).all()
    assert (joined["two_years"] > joined["revenue_cny_million"]).all()


def test_the_smaller_data_sets_stand_in_it_as_they_are(tables):
    key = load_dataset("key_accounts")
    pd.testing.assert_frame_equal(tables["accounts"].head(12), key, check_dtype=True)
    first = load_dataset("first_survey")
    last = tables["surveys"].query("quarter == '2025Q4' and account in @key.account")
    pd.testing.assert_frame_equal(last[first.columns].reset_index(drop=True), first)


def test_sizes_are_as_designed(tables):
    assert {
        name: len(frame) for name, frame in tables.items() if name in ("accounts", "contacts", "contracts")
    } == {
        "accounts": 60,
        "contacts": 420,
        "contracts": 60,
    }
    assert tables["surveys"]["quarter"].nunique() == 8
    counted = tables["contacts"].groupby("account").size()
    assert (counted == tables["accounts"].set_index("account")["contacts"]).all()
    deciders = tables["contacts"].query("role == 'decider'").groupby("account").size()
    assert deciders.eq(1).all()
    assert len(deciders) == 60


def test_the_books_agree(tables):
    year = tables["revenue"][tables["revenue"]["quarter"].astype("str").str.startswith("2025")]
    sums = year.groupby("account")["revenue_cny_million"].sum().round(6)
    assert (sums == tables["accounts"].set_index("account")["revenue_cny_million"]).all()
    assert (tables["revenue"]["cost_of_goods_cny_million"] < tables["revenue"]["revenue_cny_million"]).all()
    complaints = tables["complaints"]
    assert (complaints["closed"].isna() | (complaints["closed"] >= complaints["opened"])).all()
    assert complaints["opened"].is_monotonic_increasing
    silent = tables["surveys"]["csat"].isna()
    assert tables["surveys"].loc[silent, ["nps", "comment"]].isna().all(axis=None)


def test_the_silent_have_not_been_visited(tables):
    contacts = tables["contacts"].set_index("contact")
    away = (pd.Timestamp("2025-12-31") - contacts["last_visit"]).dt.days
    silent = ["K01-01", "K05-01", "K09-01"]
    assert away[silent].min() > 270 > away.drop(silent).max()
