"""The raw exports are as messy as the card says, and the clean tables come back from them."""

from __future__ import annotations

import importlib
import sys
from collections import Counter
from pathlib import Path

import pytest

from csmodels_helpers.survey_export import ExportError, read_export

DATASETS = Path(__file__).resolve().parents[2] / "datasets"


@pytest.fixture(scope="module")
def generator():
    """Import the generator by path; its folder is no package."""
    before = set(sys.modules)
    sys.path.insert(0, str(DATASETS / "generate"))
    try:
        return importlib.import_module("capstone_export")
    finally:
        sys.path.remove(str(DATASETS / "generate"))
        # Such plain names must not answer somebody else's import.
        for name in ("capstone_export", "supplier_accounts", "key_accounts", "first_survey", "common"):
            if name not in before:
                sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def folder(generator, tmp_path_factory):
    folder = tmp_path_factory.mktemp("capstone_export")
    for name, content in generator.make().items():
        (folder / Path(name).name).write_bytes(content)
    return folder


def test_the_mess_is_as_the_card_says(generator, folder):
    fourth = (folder / "survey_2025q4.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        fourth.decode("utf-8")
    rows = [row.split(",") for row in fourth.decode("gb18030").splitlines()]
    assert sum(count > 1 for count in Counter(row[4] for row in rows).values()) == generator.SENT_TWICE
    assert sum(row[8] == "11" for row in rows) == generator.OUT_OF_RANGE
    third = (folder / "survey_2025q3.csv").read_bytes()
    assert third.startswith(b"\xef\xbb\xbf")
    lines = third.decode("utf-8-sig").splitlines()
    assert lines[1].startswith(",,,Contact")
    assert len(lines) - len(set(lines)) == generator.COPIED
    assert len((folder / "complaints.csv").read_text(encoding="utf-8").splitlines()[0].split(";")) == 6
    card = (DATASETS / "capstone_export.md").read_text(encoding="utf-8").partition("## Planted truth")[2]
    stated = (
        f"{generator.SENT_TWICE} people sent it twice",
        f"{generator.OUT_OF_RANGE} answers to `nps` are 11",
    )
    for words in (*stated, f"{generator.COPIED} rows stand twice", f"Seed {generator.SEED}"):
        assert words in card


def test_without_the_cleaning_steps_the_files_are_refused(folder):
    columns = {"1、您的联系人编号": "respondent", "5、您向同行推荐我们的可能性（0–10）": "nps"}
    file = folder / "survey_2025q4.csv"
    with pytest.raises(ExportError, match=r"11.*is not a whole number from 0 to 10"):
        read_export(file, columns)
    with pytest.raises(ExportError, match=r'duplicates="first"'):
        read_export(file, columns, invalid="missing")
    with pytest.raises(ExportError, match="from 1 to 5"):
        read_export(folder / "survey_2025q3.csv", "csat")


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_the_clean_tables_come_back(generator, seed):
    files, truth = generator.make_with_latent() if seed is None else generator.make_with_latent(seed)
    found = generator.recover(files, truth)
    assert len(found) == 5
    assert {what: each for what, each in found.items() if not each.ok} == {}


def test_a_difference_would_be_seen(generator):
    files, truth = generator.make_with_latent()
    truth["fourth"].loc[0, "csat"] += 1
    assert not generator.recover(files, truth)["clean table fourth"].ok


def test_the_silent_deciders_stand_in_no_export(generator, folder):
    found = generator.clean(folder)
    deciders = found["contacts"].query("role == 'decider'")
    silent = set(deciders["contact"]) - set(found["fourth"]["contact"]) - set(found["third"]["contact"])
    assert {"K01-01", "K05-01", "K09-01"} <= silent


def test_the_same_bytes_every_time(generator, folder):
    assert {Path(n).name: c for n, c in generator.make().items()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }
