"""The shipped files are what their generators write, and the planted truths are in them."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from csmodels_helpers.datasets import load_dataset, load_tables

DATASETS = Path(__file__).resolve().parents[2] / "datasets"
MODULES = sorted(path.stem for path in (DATASETS / "generate").glob("*.py"))
NAMES = [name for name in MODULES if name not in ("all", "common")]
PACKAGE = json.loads((DATASETS / "datapackage.json").read_text(encoding="utf-8"))
FOLDERS = {r["name"].partition("/")[0] for r in PACKAGE["resources"] if "/" in r["name"]}


@pytest.fixture(scope="module")
def generators() -> dict[str, ModuleType]:
    """Import the generators by path; their folder is no package."""
    sys.path.insert(0, str(DATASETS / "generate"))
    try:
        return {name: importlib.import_module(name) for name in MODULES}
    finally:
        sys.path.remove(str(DATASETS / "generate"))
        # Such plain names must not answer somebody else's import.
        for name in MODULES:
            sys.modules.pop(name, None)


def shipped(name: str):
    """Load what a generator wrote: a table, or a folder of tables or raw files under their full names."""
    raw = [r for r in PACKAGE["resources"] if r["name"].startswith(f"{name}/") and r["type"] == "file"]
    if raw:
        return {r["name"]: (DATASETS / r["path"]).read_bytes() for r in raw}
    if name not in FOLDERS:
        return load_dataset(name)
    return {f"{name}/{table}": frame for table, frame in load_tables(name).items()}


@pytest.mark.parametrize("name", NAMES)
def test_regenerating_gives_the_shipped_bytes(generators, name):
    module = generators[name]
    made = generators["common"].tables(name, module.make(module.SEED))
    loaded = generators["common"].tables(name, shipped(name))
    assert list(made) == list(loaded)
    for table, frame in made.items():
        path, content = generators["common"].file_of(table, frame)
        assert content == path.read_bytes()
        if not isinstance(frame, bytes):
            pd.testing.assert_frame_equal(frame, loaded[table])


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_data_recover_every_planted_truth(generators, name):
    recovered = generators["all"].recoveries(generators[name], generators[name].SEED)
    assert recovered
    assert {what: found for what, found in recovered.items() if not found.ok} == {}
    # The same from the file, so that no truth hides in what only the generator sees.
    from_file = generators[name].recover(shipped(name))
    assert {what: found for what, found in from_file.items() if not found.ok} == {}


@pytest.mark.parametrize("name", NAMES)
def test_another_seed_gives_other_data(generators, name):
    module, tables = generators[name], generators["common"].tables
    one, two = (tables(name, module.make(seed)) for seed in (module.SEED, module.SEED + 1))
    same = all(
        frame == two[table] if isinstance(frame, bytes) else frame.equals(two[table])
        for table, frame in one.items()
    )
    assert same == (module.SEED == 0)


def test_recovery_can_fail(generators):
    orders = load_dataset("retailer_orders")
    shuffled = orders.assign(
        delivery_days=np.random.default_rng(1).permutation(orders["delivery_days"].to_numpy())
    )
    found = generators["retailer_orders"].recover(shuffled)
    assert not found["delivery days, difference in differences"].ok
    assert not found["drivers by correlation with csat"].ok


def test_kano_shares_are_percentages_with_the_stated_lead(generators):
    kano = generators["restaurant_kano"]
    assert {*kano.PLANTED_SHARES, kano.DRIFTING} == set(kano.FEATURES)
    leads = {
        (feature, segment): sorted(shares)[-1] - sorted(shares)[-2]
        for feature, by_segment in kano.PLANTED_SHARES.items()
        for segment, shares in by_segment.items()
    }
    every = [shares for by_segment in kano.PLANTED_SHARES.values() for shares in by_segment.values()]
    every += kano.DRIFT_SHARES.values()
    assert {sum(shares) for shares in every} == {100}
    assert [cell for cell, lead in leads.items() if lead < kano.MINIMUM_LEAD] == [kano.TIE]
    assert leads[kano.TIE] <= 2
    for wave, shares in kano.DRIFT_SHARES.items():
        assert kano.CLASSES[int(np.argmax(shares))] == kano.DRIFT_CLASSES[wave]
        assert sorted(shares)[-1] - sorted(shares)[-2] >= kano.MINIMUM_LEAD


def test_kano_cells_belong_to_their_class_and_are_complete(generators):
    kano = generators["restaurant_kano"]
    for letter, cells in kano.CELL_WEIGHTS.items():
        assert sum(cells.values()) == pytest.approx(1)
        assert {kano.EVALUATION[kano.WORDS.index(f)][kano.WORDS.index(d)] for f, d in cells} == {letter}
    assert sum(len(cells) for cells in kano.CELL_WEIGHTS.values()) == 25


def test_kano_card_states_the_planted_classes(generators):
    kano = generators["restaurant_kano"]
    card = (DATASETS / "restaurant_kano.md").read_text(encoding="utf-8")
    for feature, by_segment in kano.PLANTED_SHARES.items():
        cells = []
        for segment, shares in by_segment.items():
            lead = sorted(shares)[-1] - sorted(shares)[-2]
            tie = (feature, segment) == kano.TIE
            cells.append("tie A, I" if tie else f"{kano.planted_class(feature, segment)} {lead}")
        assert f"| `{feature}` | {' | '.join(cells)} |" in card
    assert f"Seed {kano.SEED}" in card


def test_kano_answers_of_one_guest_hang_together():
    answers = load_dataset("restaurant_kano")
    likes = answers.assign(like=answers["functional"].eq("like").astype(float))
    wide = likes.pivot_table(index="respondent", columns="feature", values="like")
    correlation = wide.corr().to_numpy()
    assert 0.05 < correlation[np.triu_indices(14, k=1)].mean() < 0.2


def test_kano_design_is_balanced():
    answers = load_dataset("restaurant_kano")
    people = answers.drop_duplicates("respondent")
    sizes = people.groupby(["wave", "segment", "branch"]).size()
    assert len(sizes) == 18
    assert set(sizes) == {100}
    assert answers.groupby("respondent")["feature"].nunique().eq(14).all()
    for column in ("wave", "segment", "branch", "repurchase"):
        assert answers.groupby("respondent")[column].nunique().eq(1).all()


def test_kano_tie_is_not_significant():
    generator_table = load_dataset("restaurant_kano").query(
        "feature == 'open_kitchen' and segment == 'business'"
    )
    pairs = generator_table.groupby(["functional", "dysfunctional"], observed=False).size()
    attractive = sum(pairs["like", word] for word in ("must-be", "neutral", "live-with"))
    middle = ("must-be", "neutral", "live-with")
    indifferent = sum(pairs[f, d] for f in middle for d in middle)
    assert abs(attractive - indifferent) < 1.96 * np.sqrt(attractive + indifferent)


def test_retailer_constants_follow_from_the_model(generators):
    retailer = generators["retailer_orders"]
    frame, _ = retailer.make_with_latent(seed=7, orders=400_000)
    top2 = frame["csat"].ge(4).astype(float).where(frame["csat"].notna())
    change, error = retailer.did(frame, top2)
    assert change == pytest.approx(retailer.TOP2_LIFT, abs=3 * error)
    assert error < 0.004
    pairs = frame[frame["nps"].notna() & frame["nps_previous"].notna()]
    paired = retailer.net_promoter(pairs["nps"]) - retailer.net_promoter(pairs["nps_previous"])
    for region, planted in retailer.NPS_PAIRED_CHANGE.items():
        own = paired[pairs["region"].eq(region)]
        assert own.mean() == pytest.approx(planted, abs=3 * own.std() / np.sqrt(len(own)))


def test_retailer_columns_agree_with_each_other():
    orders = load_dataset("retailer_orders")
    assert orders.groupby("customer")["region"].nunique().eq(1).all()
    assert orders["customer"].duplicated().any()
    late = orders["complaint"].eq("late")
    assert (orders.loc[late, "delivery_days"] > orders.loc[late, "promised_days"]).all()
    assert orders["period"].eq("after").equals(orders["date"].ge(pd.Timestamp("2025-07-01")))
    asked = orders[orders["nps_previous"].notna()]
    assert asked["customer"].is_unique
    assert asked["date"].between("2025-07-01", "2025-09-30").all()
    both = asked.dropna(subset=["nps"])
    assert both["nps"].corr(both["nps_previous"]) > 0.25


def test_survey_and_accounts_agree():
    accounts, survey = load_dataset("key_accounts"), load_dataset("first_survey")
    assert len(accounts) == 12
    assert set(survey["account"]) == set(accounts["account"])
    asked = survey.groupby("account").size()
    assert (asked <= accounts.set_index("account")["contacts"]).all()
    assert survey.groupby("account")["role"].agg(lambda roles: (roles == "decider").sum()).eq(1).all()
    assert survey.loc[survey["csat"].isna(), ["nps", "comment"]].isna().all(axis=None)
    assert survey["comment"].str.contains(r"[\u4e00-\u9fff]", na=False).any()


def test_cards_state_the_planted_numbers(generators):
    survey, accounts = generators["first_survey"], generators["key_accounts"]
    retailer = generators["retailer_orders"]
    promoters, passives, detractors = survey.PROMOTERS, survey.PASSIVES, survey.DETRACTORS
    nps = 100 * (promoters - detractors) / survey.ANSWERED
    stated = {
        "first_survey": [
            f"{promoters} promoters, {passives} passives, {detractors} detractors: NPS {nps:+.1f}.",
            f"{survey.ANSWERED} of 40 answered; {survey.TOP2} of the {survey.ANSWERED} gave 4 or 5",
            *survey.SILENT_DECIDERS,
        ],
        "key_accounts": [str(accounts.TOTAL_REVENUE), str(accounts.REVENUE_ENDING_2026), accounts.LARGEST],
        "retailer_orders": [
            f"delivery −{-retailer.EFFECT_DELIVERY:.2f}",
            f"quality +{retailer.EFFECT_QUALITY:.2f}",
            f"expectation −{-retailer.EFFECT_EXPECTATION:.2f}",
            f"{100 * retailer.TOP2_LIFT:.1f} points",
            f"{100 * retailer.NPS_PAIRED_CHANGE['north']:+.1f} in the north",
            f"by {-retailer.PRICE_DOUBT} points",
            f"{retailer.UNANSWERED:.0%}".replace("%", " %"),
            f"Seed {retailer.SEED}",
        ],
        "restaurant_kano": [f"rises by {100 * generators['restaurant_kano'].REPURCHASE_RISE:.0f} points"],
    }
    for name, numbers in stated.items():
        truth = (DATASETS / f"{name}.md").read_text(encoding="utf-8").partition("## Planted truth")[2]
        for number in numbers:
            assert number in truth, (name, number)


def test_telco_is_the_source_without_row_names(generators):
    source = generators["telco_churn"].source()
    shipped = pd.read_csv(DATASETS / "telco_churn.csv", keep_default_na=False, na_values=[""])
    assert shipped.columns.tolist() == [name for name in source if name != "rownames"]
    for name in shipped:
        assert shipped[name].astype("object").equals(source[name].astype("object")), name
    assert shipped.shape == (7043, 20)
    assert shipped["total_charges"].isna().sum() == 11
    loaded = load_dataset("telco_churn")
    assert loaded.loc[loaded["total_charges"].isna(), "tenure"].eq(0).all()


def test_everything_is_written_again_in_place(generators, tmp_path, monkeypatch, capsys):
    shutil.copytree(DATASETS, tmp_path, ignore=shutil.ignore_patterns("generate"), dirs_exist_ok=True)
    package = json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        resource["hash"] = "sha256:stale"
        if "rows" in resource:
            resource["rows"] = 0
    (tmp_path / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    (tmp_path / "restaurant_kano.csv").write_text("stale\n", encoding="utf-8")
    monkeypatch.setattr(generators["common"], "DATASETS", tmp_path)
    monkeypatch.setattr(generators["common"], "PACKAGE", tmp_path / "datapackage.json")
    generators["all"].write_all()
    assert "restaurant_kano: 25200 rows" in capsys.readouterr().out
    for path in sorted(tmp_path.rglob("*")):
        if path.is_file():
            original = DATASETS / path.relative_to(tmp_path)
            assert path.read_bytes() == original.read_bytes(), path.name


def test_check_runs_and_reports(tmp_path):
    done = subprocess.run(
        [sys.executable, str(DATASETS / "generate" / "all.py"), "--check", "--seeds", "1", "restaurant_kano"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    assert "1/1 order" in done.stdout
    assert "restaurant_kano: drift family wave 1" in done.stdout


def test_a_truth_recovered_too_seldom_is_reported(generators, capsys):
    report = generators["all"].report
    assert report("demo", {"a": (93, "interval"), "b": (95, "order")}, 100)
    assert not report("demo", {"a": (92, "interval")}, 100)
    assert not report("demo", {"b": (94, "order")}, 100)
    assert "SHORT 94/100 order" in capsys.readouterr().out
