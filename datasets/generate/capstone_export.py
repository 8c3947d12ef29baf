"""Generate ``capstone_export``: the supplier's world as four systems export it, with all that goes wrong.

The files are raw on purpose (encodings, header rows, separators), so :func:`make` returns bytes, and
:func:`clean` holds the cleaning steps that the card describes. What they must give is :func:`truth`.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
import supplier_accounts
from common import Recovery, order, rng

from csmodels_helpers.survey_export import read_export

NAME = "capstone_export"
SEED = 20260110

WENJUANXING, SURVEYMONKEY = f"{NAME}/survey_2025q4.csv", f"{NAME}/survey_2025q3.csv"
BOOK, COMPLAINTS = f"{NAME}/accounts.xlsx", f"{NAME}/complaints.csv"
TITLE = "大客户档案 2025（截至 12 月 31 日）"

# How many of each kind of mess.
SENT_TWICE, OUT_OF_RANGE, COPIED = 9, 4, 6
CSAT = {1: "很不满意", 2: "不满意", 3: "一般", 4: "满意", 5: "很满意"}
ROLES = {"decider": "决策者", "user": "使用者", "buyer": "采购", "technical": "技术"}
TOPICS = {"late delivery": "Lieferverzug", "leak": "Leckage", "wrong part": "Falschteil"}
TOPICS |= {"invoice": "Rechnung", "documentation": "Dokumentation", "hotline": "Hotline"}


def _answers(random: np.random.Generator, surveys: pd.DataFrame, quarter: str, bad_in: str) -> pd.DataFrame:
    """Return who answered, in the order of arrival; some answers are off the scale, so missing in truth."""
    own = surveys[(surveys["quarter"] == quarter) & surveys["csat"].notna()]
    own = own.sample(frac=1, random_state=np.random.RandomState(random.integers(2**31))).reset_index(
        drop=True
    )
    own = own[["contact", "account", "role", "csat", "nps", "comment"]]
    own["csat"] = own["csat"].astype("int64")
    bad = random.choice(len(own), OUT_OF_RANGE, replace=False)
    own["wrong"] = np.isin(np.arange(len(own)), bad)
    own[bad_in] = own[bad_in].astype("float64").where(~own["wrong"])
    return own


def _seven(random: np.random.Generator, csat: pd.Series[Any]) -> pd.Series[Any]:
    """Ask the same on 1–7: two of the seven answers may stand for one of five."""
    options = {1: (1, 2), 2: (2, 3), 3: (4, 4), 4: (5, 6), 5: (6, 7)}
    return csat.map(lambda x: float(random.choice(options[x])), na_action="ignore")


def _draw(seed: int) -> tuple[dict[str, pd.DataFrame], np.random.Generator]:
    random = rng(seed)
    world = supplier_accounts.make(int(random.integers(2**31)) if seed != SEED else supplier_accounts.SEED)
    tables = {name.partition("/")[2]: frame for name, frame in world.items()}
    fourth = _answers(random, tables["surveys"], "2025Q4", "nps")
    third = _answers(random, tables["surveys"], "2025Q3", "csat")
    third["csat"] = _seven(random, third["csat"])
    complaints = tables["complaints"][["complaint", "account", "contact", "opened", "topic"]].copy()
    complaints["cost_cny"] = np.round(200 + 9000 * random.random(len(complaints)) ** 2, 2)
    drawn = {"fourth": fourth, "third": third, "complaints": complaints}
    return {**drawn, "accounts": tables["accounts"], "contacts": tables["contacts"]}, random


def truth(drawn: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the clean tables that must come back."""
    surveys = {
        name: drawn[name][["contact", "csat", "nps"]].sort_values("contact", ignore_index=True)
        for name in ("fourth", "third")
    }
    accounts = drawn["accounts"][["account", "name_zh", "industry", "revenue_cny_million", "contract_end"]]
    contacts = drawn["contacts"][["contact", "account", "role"]]
    return {**surveys, "accounts": accounts, "contacts": contacts, "complaints": drawn["complaints"]}


# --------------------------------------------------------------------------------------------- files


def _csv(rows: Iterable[Sequence[Any]], encoding: str, delimiter: str = ",") -> bytes:
    def cell(value: Any) -> str:
        said = "" if value is None or value != value else str(value)
        quoted = any(sign in said for sign in (delimiter, '"', "\n"))
        return '"' + said.replace('"', '""') + '"' if quoted else said

    return "\r\n".join([delimiter.join(map(cell, row)) for row in rows] + [""]).encode(encoding)


def _wenjuanxing(random: np.random.Generator, own: pd.DataFrame) -> bytes:
    """Write one header row, labels, "(空)" and double submissions; GB18030."""
    heads = [
        "序号",
        "提交答卷时间",
        "所用时间",
        "来源",
        "1、您的联系人编号",
        "2、贵公司的客户编号",
        "3、您在采购中的角色",
    ]
    heads += ["4、您对我们的总体满意度", "5、您向同行推荐我们的可能性（0–10）", "6、您还想说什么？"]
    rows: list[list[Any]] = []
    early = set(random.choice(len(own), SENT_TWICE, replace=False).tolist())
    for i, answer in enumerate(own.to_dict("records")):
        said = answer["comment"] if isinstance(answer["comment"], str) else "(空)"
        nps = 11 if answer["wrong"] else int(answer["nps"])
        head = [answer["contact"], answer["account"], ROLES[answer["role"]]]
        if i in early:
            # Sent too early: other answers, corrected by a second submission further down.
            rows.append([*head, CSAT[1 + answer["csat"] % 5], "(空)", "(空)"])
        rows.append([*head, CSAT[answer["csat"]], nps, said])
    start = np.datetime64("2025-11-03T08:00:00")
    lines = [heads]
    for i, row in enumerate(rows):
        at = pd.Timestamp(start + np.timedelta64(1900 * i + int(random.integers(0, 900)), "s"))
        seconds = f"{int(random.integers(35, 400))}秒"
        lines.append(
            [i + 1, at.strftime("%Y/%m/%d %H:%M:%S"), seconds, str(random.choice(["微信", "链接"])), *row]
        )
    return _csv(lines, "gb18030")


def _surveymonkey(random: np.random.Generator, own: pd.DataFrame) -> bytes:
    """Write two header rows, ratings on 1–7 and labelled recommendations; UTF-8 with a byte order mark."""
    top = ["Respondent ID", "Collector ID", "Start Date", "Please check your details", ""]
    top += ["All in all, how satisfied are you with us? (1 = not at all, 7 = completely)"]
    top += ["How likely are you to recommend us?", "Anything else?"]
    sub = ["", "", "", "Contact", "Company", "Response", "Response", "Open-Ended Response"]
    labels = {0: "0 - Not at all likely", 10: "10 - Extremely likely"}
    lines: list[list[Any]] = [top, sub]
    for i, answer in enumerate(own.to_dict("records")):
        rating = (0, 8)[i % 2] if answer["wrong"] else int(answer["csat"])
        nps = labels.get(int(answer["nps"]), int(answer["nps"]))
        day = f"08/{1 + i % 28:02d}/2025"
        details = [114_800_000_000 + 17 * i, 459, day, answer["contact"], answer["account"]]
        said = answer["comment"] if isinstance(answer["comment"], str) else ""
        lines.append([*details, rating, nps, said])
    # The same file was appended to itself by mistake: some rows stand twice, cell for cell.
    copies = random.choice(np.arange(2, len(lines)), COPIED, replace=False)
    return _csv([*lines, *(lines[i] for i in sorted(copies))], "utf-8-sig")


def _complaints(random: np.random.Generator, own: pd.DataFrame) -> bytes:
    """Write what the German service partner keeps: semicolons, decimal commas, dates with dots."""
    lines: list[list[Any]] = [["Nr.", "Kunde", "Kontakt", "Eingang", "Grund", "Kosten CNY"]]
    for row in own.to_dict("records"):
        cost = f"{row['cost_cny']:,.2f}".translate(str.maketrans(",.", ".,"))
        facts = [row["complaint"], row["account"], row["contact"], row["opened"].strftime("%d.%m.%Y")]
        lines.append([*facts, TOPICS[row["topic"]], cost])
    copies = random.choice(np.arange(1, len(lines)), COPIED, replace=False)
    return _csv([*lines, *(lines[i] for i in sorted(copies))], "utf-8", ";")


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
RELATIONS = "application/vnd.openxmlformats-package.relationships+xml"
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts>'
    '<fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="1"><xf xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def _excel(sheets: dict[str, tuple[list[list[Any]], list[str]]]) -> bytes:
    """Write a workbook of text and numbers with merged cells, the same bytes on every machine.

    Nothing is compressed, as compressors differ between versions, and no time is stamped.
    """
    parts = {f"xl/worksheets/sheet{i}.xml": _sheet(*sheet) for i, sheet in enumerate(sheets.values(), 1)}
    names = "".join(
        f'<sheet name="{escape(name)}" sheetId="{i}" r:id="rId{i}"/>' for i, name in enumerate(sheets, 1)
    )
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{names}</sheets></workbook>'
    )
    parts["xl/styles.xml"] = STYLES
    links = [("worksheet", f"worksheets/sheet{i}.xml") for i in range(1, len(sheets) + 1)]
    parts["xl/_rels/workbook.xml.rels"] = _links([*links, ("styles", "styles.xml")])
    parts["_rels/.rels"] = _links([("officeDocument", "xl/workbook.xml")])
    types = [(f"worksheets/sheet{i}", "worksheet") for i in range(1, len(sheets) + 1)]
    types += [("workbook", "sheet.main"), ("styles", "styles")]
    listed = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="{KIND}.{name}+xml"/>' for part, name in types
    )
    default = f'<Default Extension="rels" ContentType="{RELATIONS}"/>'
    default += '<Default Extension="xml" ContentType="application/xml"/>'
    parts["[Content_Types].xml"] = f'<Types xmlns="{PACKAGE}/content-types">{default}{listed}</Types>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(parts):
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.create_system = 3
            archive.writestr(entry, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + parts[name])
    return out.getvalue()


def _links(targets: Sequence[tuple[str, str]]) -> str:
    inside = "".join(
        f'<Relationship Id="rId{i}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inside}</Relationships>'


def _sheet(rows: list[list[Any]], merged: list[str]) -> str:
    lines = "".join(_excel_row(number, row) for number, row in enumerate(rows, 1))
    areas = "".join(f'<mergeCell ref="{area}"/>' for area in merged)
    areas = f'<mergeCells count="{len(merged)}">{areas}</mergeCells>' if merged else ""
    return f'<worksheet xmlns="{MAIN}"><sheetData>{lines}</sheetData>{areas}</worksheet>'


def _excel_row(number: int, row: Sequence[Any]) -> str:
    cells: list[str] = []
    for column, value in enumerate(row):
        place = f"{chr(65 + column)}{number}"
        if value is None:
            continue
        if isinstance(value, int | float | np.number):
            cells.append(f'<c r="{place}"><v>{value}</v></c>')
        else:
            cells.append(f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>')
    return f'<row r="{number}">{"".join(cells)}</row>'


def _book(drawn: dict[str, pd.DataFrame]) -> bytes:
    """Write a title, merged group names over two header rows, and money as text with thousands separators."""
    blank = [None] * 4
    accounts: list[list[Any]] = [
        [TITLE, *blank],
        ["客户", None, None, "经营", None],
        ["编号", "名称", "行业", "2025 年销售额（元）", "合同到期"],
    ]
    for row in drawn["accounts"].to_dict("records"):
        revenue = f"{round(row['revenue_cny_million'] * 1e6):,}"
        end = row["contract_end"]
        accounts.append(
            [row["account"], row["name_zh"], row["industry"], revenue, f"{end.year}/{end.month}/{end.day}"]
        )
    contacts: list[list[Any]] = [["客户编号", "联系人", "角色"]]
    merged: list[str] = []
    for account, own in drawn["contacts"].groupby("account", sort=True):
        first = len(contacts) + 1
        for row in own.to_dict("records"):
            contacts.append(
                [account if len(contacts) + 1 == first else None, row["contact"], ROLES[row["role"]]]
            )
        merged.append(f"A{first}:A{len(contacts)}")
    return _excel({"客户": (accounts, ["A1:E1", "A2:C2", "D2:E2"]), "联系人": (contacts, merged)})


def make_with_latent(seed: int = SEED) -> tuple[dict[str, bytes], dict[str, pd.DataFrame]]:
    """Draw the files, and the clean tables behind them."""
    drawn, random = _draw(seed)
    files = {
        BOOK: _book(drawn),
        COMPLAINTS: _complaints(random, drawn["complaints"]),
        SURVEYMONKEY: _surveymonkey(random, drawn["third"]),
        WENJUANXING: _wenjuanxing(random, drawn["fourth"]),
    }
    return files, truth(drawn)


def make(seed: int = SEED) -> dict[str, bytes]:
    """Draw the files."""
    return make_with_latent(seed)[0]


# ------------------------------------------------------------------------------------------ cleaning


def clean(folder: Path) -> dict[str, pd.DataFrame]:
    """Clean the four files with ``read_export`` and the steps that the card describes."""
    columns = {
        "1、您的联系人编号": "respondent",
        "4、您对我们的总体满意度": "csat",
        "5、您向同行推荐我们的可能性（0–10）": "nps",
    }
    file = folder / Path(WENJUANXING).name
    fourth = read_export(file, columns, duplicates="last", invalid="missing")
    top = "All in all, how satisfied are you with us? (1 = not at all, 7 = completely)"
    columns = {"Contact": "respondent", top: "csat", "How likely are you to recommend us?": "nps"}
    file = folder / Path(SURVEYMONKEY).name
    third = read_export(file, columns, scales={"csat": (1, 7)}, duplicates="first", invalid="missing")
    found = {
        name: frame.rename(columns={"respondent": "contact"})
        .sort_values("contact", ignore_index=True)
        .astype({"csat": "float64", "nps": "float64"})
        for name, frame in (("fourth", fourth), ("third", third))
    }
    file = folder / Path(BOOK).name
    columns = {
        "编号": "account",
        "名称": "name_zh",
        "行业": "industry",
        "2025 年销售额（元）": "revenue",
        "合同到期": "end",
    }
    accounts = read_export(file, columns, skip_rows=1)
    found["accounts"] = pd.DataFrame(
        {
            "account": accounts["account"],
            "name_zh": accounts["name_zh"],
            "industry": accounts["industry"],
            "revenue_cny_million": (accounts["revenue"] / 1e6).round(1),
            "contract_end": pd.to_datetime(accounts["end"], format="%Y/%m/%d").astype("datetime64[us]"),
        }
    )
    columns = {"联系人": "contact", "客户编号": "account", "角色": "role"}
    contacts = read_export(file, columns, sheet="联系人")
    back = {word: role for role, word in ROLES.items()}
    found["contacts"] = contacts.assign(role=contacts["role"].map(back).astype("str"))
    columns = {"Nr.": "respondent", "Kunde": "account", "Kontakt": "contact", "Eingang": "opened"}
    columns |= {"Grund": "topic", "Kosten CNY": "cost_cny"}
    file = folder / Path(COMPLAINTS).name
    complaints = read_export(file, columns, decimal=",", duplicates="first").rename(
        columns={"respondent": "complaint"}
    )
    back = {word: topic for topic, word in TOPICS.items()}
    found["complaints"] = complaints.assign(
        opened=pd.to_datetime(complaints["opened"], format="%d.%m.%Y").astype("datetime64[us]"),
        topic=complaints["topic"].map(back).astype("str"),
    )
    return found


def recover(made: dict[str, bytes], wanted: dict[str, pd.DataFrame] | None = None) -> dict[str, Recovery]:
    """Look whether the clean tables come back, cell by cell."""
    wanted = make_with_latent()[1] if wanted is None else wanted
    with tempfile.TemporaryDirectory() as folder:
        for name, content in made.items():
            (Path(folder) / Path(name).name).write_bytes(content)
        found = clean(Path(folder))
    return {
        f"clean table {name}": order(_difference(found[name], table), "none")
        for name, table in wanted.items()
    }


def _difference(found: pd.DataFrame, wanted: pd.DataFrame) -> str:
    """Say what the first difference is, "none" if there is none."""
    try:
        pd.testing.assert_frame_equal(
            found.reset_index(drop=True), wanted.reset_index(drop=True), check_dtype=False
        )
    except AssertionError as error:
        return str(error)[:200]
    return "none"
