"""The capstone takes a trainee's own files: one cell is changed, and every later cell runs as it is."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from csmodels_helpers import notebooks
from csmodels_helpers.datasets import export_path
from csmodels_helpers.notebooks_cells import ROOT

LESSON = ROOT / "notebooks" / "m10_capstone.ipynb"
CELL = "board-source"

pytestmark = [pytest.mark.lessons, pytest.mark.xdist_group("m10_capstone-own")]


def reworded(name: str, target: Path, words: dict[str, str], encoding: str) -> Path:
    """Copy a CSV of the raw export under another name, with other headers."""
    text = export_path(f"capstone_export/{name}").read_bytes().decode(encoding)
    for old, new in words.items():
        assert old in text
        text = text.replace(old, new, 1)
    target.write_bytes(text.encode(encoding))
    return target


def renamed_book(target: Path) -> Path:
    """Copy the workbook with other headers and another name of a sheet."""
    words = {
        "编号": "Konto",
        "名称": "Firma",
        "2025 年销售额（元）": "Umsatz",
        "合同到期": "Ende",
        "角色": "Rolle",
    }
    with (
        zipfile.ZipFile(export_path("capstone_export/accounts.xlsx")) as old,
        zipfile.ZipFile(target, "w") as new,
    ):
        for part in old.namelist():
            text = old.read(part).decode("utf-8")
            for word, other in {**words, 'name="联系人"': 'name="Leute"'}.items():
                text = (
                    text.replace(f"<t>{word}</t>", f"<t>{other}</t>")
                    if "=" not in word
                    else text.replace(word, other)
                )
            new.writestr(part, text)
    return target


def export_copies(folder: Path) -> dict[str, Any]:
    """Copy the four messy files under other names, with other headers."""
    words = {
        "1、您的联系人编号": "谁",
        "4、您对我们的总体满意度": "满不满意",
        "5、您向同行推荐我们的可能性（0–10）": "推荐吗",
    }
    fourth = reworded("survey_2025q4.csv", folder / "herbst.txt", words, "gb18030")
    top = "All in all, how satisfied are you with us? (1 = not at all, 7 = completely)"
    words = {"Contact": "Person", top: "Happy", "How likely are you to recommend us?": "Tell"}
    third = reworded("survey_2025q3.csv", folder / "sommer.txt", words, "utf-8-sig")
    words = {"Nr.": "Fall", "Kunde": "Konto", "Eingang": "Am"}
    cases = reworded("complaints.csv", folder / "faelle.txt", words, "utf-8")
    book = renamed_book(folder / "buch.xlsx")
    columns = {"Konto": "account", "Firma": "name", "Umsatz": "revenue", "Ende": "contract_end"}
    once = {"invalid": "missing"}
    return {
        "accounts": {
            "file": str(book),
            "columns": columns,
            "skip_rows": 1,
            "factors": {"revenue": 1e-6},
            "dates": "%Y/%m/%d",
        },
        "contacts": {
            "file": str(book),
            "sheet": "Leute",
            "columns": {"联系人": "contact", "客户编号": "account", "Rolle": "role"},
        },
        "answers": [
            {
                "file": str(third),
                "columns": {"Person": "contact", "Happy": "csat", "Tell": "nps"},
                "wave": "2025Q3",
                "scales": {"csat": (1, 7)},
                "duplicates": "first",
                **once,
            },
            {
                "file": str(fourth),
                "columns": {"谁": "contact", "满不满意": "csat", "推荐吗": "nps"},
                "wave": "2025Q4",
                "duplicates": "last",
                **once,
            },
        ],
        "complaints": {
            "file": str(cases),
            "columns": {"Fall": "complaint", "Konto": "account", "Am": "opened"},
            "decimal": ",",
            "duplicates": "first",
            "dates": "%d.%m.%Y",
        },
    }


def small_firm(folder: Path) -> dict[str, Any]:
    """Three plain files with the columns that are needed and no others."""
    files = {
        "firms": "Nr,Firm,Sales\n1,Arno,40\n2,Beta,25\n3,Cato,12\n4,Dora,9\n5,Emil,2",
        "people": "Who,Nr,Part\na,1,Decider\nb,1,User\nc,2,Decision-maker\nd,2,Engineer\n"
        "e,3,拍板人\nf,3,用户\ng,4,Decider\nh,5,Decider\ni,5,Procurement",
        "form": "Who,Happy\nb,4\nc,2\nd,3\ne,5\nf,4\ng,3",
    }
    for name, lines in files.items():
        (folder / name).write_text(lines + "\n", encoding="utf-8")
    return {
        "accounts": {
            "file": str(folder / "firms"),
            "columns": {"Nr": "account", "Firm": "name", "Sales": "revenue"},
        },
        "contacts": {
            "file": str(folder / "people"),
            "columns": {"Who": "contact", "Nr": "account", "Part": "role"},
        },
        "answers": {"file": str(folder / "form"), "columns": {"Who": "contact", "Happy": "csat"}},
    }


def with_own_files(source: dict[str, Any], target: Path) -> Path:
    """Write the lesson with the one cell changed."""
    lesson = json.loads(LESSON.read_text(encoding="utf-8"))
    (cell,) = [cell for cell in lesson["cells"] if cell["id"] == CELL]
    assert 'SOURCE, AS_OF, UNIT = "course"' in "".join(cell["source"])
    cell["source"] = f'SOURCE, AS_OF, UNIT = {source!r}, "2025-12-31", "million CNY"'
    target.write_text(json.dumps(lesson), encoding="utf-8")
    return target


@pytest.mark.parametrize(
    ("make", "names"),
    [
        pytest.param(export_copies, "华瑞 东曜 霖海", marks=pytest.mark.thorough),
        (small_firm, "Arno Beta Cato"),
    ],
)
def test_one_cell_is_enough(make: Any, names: str, tmp_path: Path) -> None:
    run = notebooks.execute(with_own_files(make(tmp_path), tmp_path / "m10_own.ipynb"))
    assert not run.error
    outputs = {cell["id"]: cell["outputs"] for cell in run.notebook["cells"] if cell["cell_type"] == "code"}
    shown = "".join("".join(out.get("data", {}).get("text/html", "")) for out in outputs["board-review"])
    for name in names.split():
        assert f"{name}（" in shown or f"{name} (" in shown
    assert "Huarui" not in shown
    assert all(len(figure["alt"]) > 40 for figure in run.figures)


def test_the_other_cells_are_those_of_the_lesson(tmp_path: Path) -> None:
    changed = json.loads(with_own_files({}, tmp_path / "m10_own.ipynb").read_text(encoding="utf-8"))
    lesson = json.loads(LESSON.read_text(encoding="utf-8"))
    pairs = zip(changed["cells"], lesson["cells"], strict=True)
    assert [own["id"] for own, given in pairs if own != given] == [CELL]
