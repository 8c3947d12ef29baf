"""Loading, listing and describing the data sets."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from csmodels_helpers import datasets
from csmodels_helpers.datasets import (
    DatasetFileError,
    data_card,
    export_path,
    list_datasets,
    load_dataset,
    load_tables,
)
from csmodels_helpers.errors import ArgumentError, CourseError, UnknownNameError
from csmodels_helpers.language import set_language

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "datasets"
PACKAGE = json.loads((FOLDER / "datapackage.json").read_text(encoding="utf-8"))
RESOURCES = {resource["name"]: resource for resource in PACKAGE["resources"]}
TABLES = {name: resource for name, resource in RESOURCES.items() if resource["type"] == "table"}
COLUMNS = [(name, field["name"]) for name, r in TABLES.items() for field in r["schema"]["fields"]]


@pytest.fixture
def chinese():
    set_language("zh_CN")
    yield
    set_language("en")


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """Work on a copy of the files."""
    folder = tmp_path / "datasets"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("generate"))
    monkeypatch.setattr(datasets, "_folder", lambda: folder)
    return folder


@pytest.mark.parametrize("name", RESOURCES)
def test_checksum_and_size_are_as_stated(name):
    resource = RESOURCES[name]
    content = (FOLDER / resource["path"]).read_bytes()
    assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert resource["bytes"] == len(content) <= 2_000_000


@pytest.mark.parametrize("name", TABLES)
def test_tables_have_one_kind_of_line_end_and_the_shape_stated(name):
    resource = TABLES[name]
    assert b"\r" not in (FOLDER / resource["path"]).read_bytes()
    frame = load_dataset(name)
    assert frame.shape == (resource["rows"], len(resource["schema"]["fields"]))


@pytest.mark.parametrize(("name", "column"), COLUMNS)
def test_column_agrees_with_datapackage_and_card(name, column):
    field = next(f for f in RESOURCES[name]["schema"]["fields"] if f["name"] == column)
    values = load_dataset(name)[column]
    limits = field["constraints"]
    assert field["title"]
    assert field["title_zh_CN"]
    assert values.isna().mean() == pytest.approx(field["missing"], abs=5e-5)
    assert not (limits["required"] and values.isna().any())
    known = values.dropna()
    if "categories" in field:
        assert isinstance(values.dtype, pd.CategoricalDtype)
        assert list(values.cat.categories) == field["categories"]
        assert values.cat.ordered
        assert set(known) == set(field["categories"])
    else:
        expected = {
            "integer": "int64" if limits["required"] else "float64",
            "number": "float64",
            "boolean": "bool",
            "date": "datetime64[us]",
            "string": "str",
        }
        assert values.dtype == expected[field["type"]]
    if "enum" in limits:
        assert set(known) == set(limits["enum"])
    if "minimum" in limits:
        low = pd.Timestamp(limits["minimum"]) if field["type"] == "date" else limits["minimum"]
        assert known.min() >= low
    if "maximum" in limits:
        high = pd.Timestamp(limits["maximum"]) if field["type"] == "date" else limits["maximum"]
        assert known.max() <= high
    if "pattern" in limits:
        assert known.str.fullmatch(limits["pattern"]).all()
    if limits.get("unique"):
        assert known.is_unique
    _, _, table = name.partition("/")
    marker = f"<!-- columns{f' of {table}' if table else ''}:"
    columns = str(data_card(name)).partition(marker)[2]
    row = next(r for r in columns.splitlines() if r.startswith(f"| `{column}` |"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[4] == (f"{values.isna().mean():.1%}" if values.isna().any() else "none")
    for level in [*field.get("categories", []), *limits.get("enum", [])]:
        assert f"`{level}`" in cells[2]
    assert field["title"] in cells[1]
    assert field["title_zh_CN"] in cells[1]


@pytest.mark.parametrize("name", TABLES)
def test_rows_are_distinct_by_their_key(name):
    key = TABLES[name]["schema"].get("primaryKey")
    if key:
        assert not load_dataset(name).duplicated(key).any()


@pytest.mark.parametrize("name", RESOURCES)
def test_card_has_its_parts(name):
    card = str(data_card(name, truth=True))
    assert card.startswith(f"# {name.partition('/')[0]}\n\n中文摘要")
    headings = [line for line in card.splitlines() if line.startswith("## ")]
    assert headings[-1] == "## Planted truth"
    assert "## Who, what, when" in headings
    assert "## Licence and use" in headings
    use = card.partition("## Licence and use")[2]
    for module in RESOURCES[name]["modules"]:
        assert module in use


def test_card_keeps_the_answers_back(chinese):
    set_language("en")
    card = data_card("restaurant_kano")
    assert "41 % M" not in str(card)
    assert 'data_card("restaurant_kano", truth=True)' in str(card)
    assert str(card) == repr(card)
    # In a lesson the card's headings stand below the lesson's own.
    assert card._repr_markdown_() == str(card).replace("\n#", "\n####").replace("# ", "#### ", 1)
    assert "41 % M" in str(data_card("restaurant_kano", truth=True))
    set_language("zh_CN")
    assert "会透露答案" in str(data_card("restaurant_kano"))


def test_listing_names_every_data_set(chinese):
    listing = list_datasets()
    assert listing["name"].tolist() == list(RESOURCES)
    assert "大客户" in listing["what"].iloc[0]
    set_language("en")
    assert list_datasets()["what"].iloc[0] == "The supplier's twelve key accounts"
    assert listing.set_index("name").loc["telco_churn", "licence"] == "MIT, Apache-2.0"


def test_every_file_in_the_folder_is_described():
    endings = (".csv", ".xlsx")
    files = {p.relative_to(FOLDER).as_posix() for p in FOLDER.rglob("*.*") if p.suffix in endings}
    assert files == {resource["path"] for resource in RESOURCES.values()}


def test_a_raw_export_has_a_path_and_is_no_table(copied):
    name = "capstone_export/accounts.xlsx"
    assert export_path(name).read_bytes()[:2] == b"PK"
    with pytest.raises(ArgumentError, match=r'export_path\("capstone_export/accounts.xlsx"\)'):
        load_dataset(name)
    with pytest.raises(UnknownNameError):
        load_tables("capstone_export")
    listed = list_datasets().set_index("name").loc[name]
    assert (listed["rows"], listed["columns"]) == (0, 0)
    (copied / name).write_bytes(b"PK")
    with pytest.raises(DatasetFileError):
        export_path(name)


def test_numbers_known_elsewhere():
    telco = load_dataset("telco_churn")
    assert len(telco) == 7043
    assert telco["total_charges"].isna().sum() == 11
    assert telco["churn"].sum() == 1869


def test_each_call_gives_a_fresh_frame():
    first = load_dataset("first_survey")
    original = load_dataset("first_survey")
    first.loc[:, "csat"] = 1.0
    first.loc[0, "role"] = "user"
    first["extra"] = 0
    first.pop("nps")
    pd.testing.assert_frame_equal(load_dataset("first_survey"), original)


def test_answer_words_have_their_order():
    answers = load_dataset("restaurant_kano")
    assert (answers["functional"] <= "must-be").sum() == answers["functional"].isin(["like", "must-be"]).sum()


@pytest.mark.parametrize("function", [load_dataset, data_card])
def test_unknown_name_offers_the_nearest(function):
    with pytest.raises(UnknownNameError) as caught:
        function("retail_orders")
    assert 'data set "retail_orders"' in str(caught.value)
    assert 'Did you mean "retailer_orders"' in str(caught.value)


def test_unknown_name_in_chinese(chinese):
    with pytest.raises(UnknownNameError, match="数据集"):
        load_dataset("no such thing")


def test_changed_file_is_refused(copied):
    load_dataset("retailer_orders")
    path = copied / "retailer_orders.csv"
    path.write_bytes(path.read_bytes().replace(b"north", b"North", 1))
    with pytest.raises(DatasetFileError) as caught:
        load_dataset("retailer_orders")
    message = str(caught.value)
    assert caught.value.file == "retailer_orders.csv"
    assert "git checkout -- datasets/retailer_orders.csv" in message
    assert "install csmodels again" in message
    assert RESOURCES["retailer_orders"]["hash"][7:19] in message
    assert isinstance(caught.value, CourseError)
    load_dataset("key_accounts")


def test_line_ends_changed_by_an_editor_are_refused(copied):
    path = copied / "key_accounts.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(DatasetFileError):
        load_dataset("key_accounts")


def test_changed_file_is_refused_in_chinese(copied, chinese):
    (copied / "first_survey.csv").write_bytes(b"account\n")
    with pytest.raises(DatasetFileError, match="不一致"):
        load_dataset("first_survey")


def test_missing_files_are_named(copied):
    (copied / "first_survey.csv").unlink()
    with pytest.raises(DatasetFileError, match=r"first_survey\.csv of the data set is missing"):
        load_dataset("first_survey")
    (copied / "first_survey.md").unlink()
    with pytest.raises(DatasetFileError, match=r"first_survey\.md"):
        data_card("first_survey")


def test_no_folder_at_all(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets, "_PACKAGE", tmp_path / "csmodels_helpers")
    with pytest.raises(DatasetFileError, match="not found"):
        list_datasets()


def test_wheel_carries_the_data(tmp_path):
    """Build the wheel, unpack it and load everything from there, without the checkout."""
    pytest.importorskip("hatchling")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from csmodels_helpers import datasets as d\n"
        "assert Path(d.__file__).is_relative_to(sys.argv[1]), d.__file__\n"
        "assert d._folder() == Path(sys.argv[1], 'csmodels_helpers', '_datasets'), d._folder()\n"
        "names = list(d.list_datasets()['name'])\n"
        "assert all(str(d.data_card(name)) for name in names)\n"
        "assert d.export_path('capstone_export/accounts.xlsx').is_file()\n"
        "tables = [name for name in names if not name.startswith('capstone_export/')]\n"
        "print(sum(len(d.load_dataset(name)) for name in tables))\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str((tmp_path / "site").resolve())],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == sum(resource["rows"] for resource in TABLES.values())
