"""Exports as services and people write them: what is read, what is reported, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csmodels_helpers import kano, metrics, survey_export
from csmodels_helpers.errors import ArgumentError, CourseError, DataError, UnknownNameError
from csmodels_helpers.language import set_language
from csmodels_helpers.survey_export import ExportError, explain_export, read_export
from csmodels_helpers.survey_export_answers import labelled, number

WORDS = ("我很喜欢", "理应如此", "无所谓", "勉强接受", "我很不喜欢")


@pytest.fixture(autouse=True)
def _english_again():
    yield
    set_language("en")


def csv(path: Path, rows, encoding="utf-8", delimiter=",", name="export.csv") -> Path:
    file = path / name
    lines = (
        delimiter.join(f'"{c}"' if delimiter in str(c) or "\n" in str(c) else str(c) for c in r) for r in rows
    )
    file.write_bytes("\r\n".join(lines).encode(encoding))
    return file


def excel(path: Path, rows, merged=(), sheets=("答卷",), name="export.xlsx") -> Path:
    book = openpyxl.Workbook()
    book.active.title = sheets[0]
    for row in rows:
        book.active.append(list(row))
    for area in merged:
        book.active.merge_cells(area)
    for sheet in sheets[1:]:
        book.create_sheet(sheet).append(["x"])
    book.save(path / name)
    return path / name


def notes(frame) -> str:
    return " ".join(frame.attrs["export"]["notes"])


# --------------------------------------------------------------------------- the sentence of the journeys


def kano_rows(bad=()):
    rows = [["序号", "region", "Q4 功能", "Q4 反功能", "Q5 功能", "Q5 反功能"]]
    rows += [[i, "北", WORDS[i % 5], WORDS[(i + 1) % 5], "我很喜欢", "无所谓"] for i in range(1, 21)]
    for row in bad:
        rows[row - 1][2] = "喜欢吧"
    return rows


def test_the_sentence_that_the_journeys_promise(tmp_path):
    file = excel(tmp_path, kano_rows(bad=(17, 18, 20)))
    with pytest.raises(ExportError) as caught:
        read_export(file, mapping="kano")
    assert str(caught.value) == (
        'export.xlsx, sheet 1, row 17, column "Q4 功能": answer "喜欢吧" is not one of '
        "我很喜欢, 理应如此, 无所谓, 勉强接受, 我很不喜欢 (3 rows). Map it with answers={...}."
    )
    assert isinstance(caught.value, DataError)
    assert (caught.value.row, caught.value.column, caught.value.rows) == (17, "Q4 功能", 3)
    frame = read_export(file, mapping="kano", answers={"喜欢吧": "我很喜欢"})
    assert frame.loc[frame["respondent"] == 16, "functional"].tolist() == ["like", "like"]
    one = csv(tmp_path, kano_rows(bad=(4,)))
    with pytest.raises(ExportError, match=r'^export\.csv, row 4, column "Q4 功能".*\(1 row\)'):
        read_export(one, mapping="kano")
    set_language("zh_CN")
    with pytest.raises(
        ExportError,
        match=r"工作表 1，第 17 行，列“Q4 功能”：回答“喜欢吧”不属于.*（3 行）。请用 answers={\.\.\.}",
    ):
        read_export(file, mapping="kano")


def test_a_trainees_kano_export_goes_straight_into_the_model(tmp_path):
    frame = read_export(excel(tmp_path, kano_rows()), mapping="kano")
    assert frame.columns.tolist() == ["respondent", "region", "feature", "functional", "dysfunctional"]
    assert len(frame) == 40
    assert frame.loc[:1, "feature"].tolist() == ["Q4", "Q5"]
    table = kano.analyze(frame, segment="region").table.set_index("feature")
    assert table.loc["Q5", "category"] == "A"
    assert table["n"].tolist() == [20, 20]
    # Every pair is the one that was written.
    codes = dict(zip(WORDS, kano.ANSWERS, strict=True))
    first = frame[frame["feature"] == "Q4"].set_index("respondent")
    assert [codes[WORDS[i % 5]] for i in range(1, 21)] == first["functional"].tolist()
    assert [codes[WORDS[(i + 1) % 5]] for i in range(1, 21)] == first["dysfunctional"].tolist()


@pytest.mark.parametrize(
    "present, absent", [("(functional)", "(dysfunctional)"), ("（有）", "（无）"), ("具备", "不具备")]
)
def test_kano_pairs_find_each_other_by_what_they_are_about(tmp_path, present, absent):
    heads = ["序号", f"4、备件 {present}", f"5、备件 {absent}", "6、为什么？"]
    frame = read_export(csv(tmp_path, [heads, [1, "like", "I dislike it", "x"]]), mapping="kano")
    assert frame.loc[0, ["feature", "functional", "dysfunctional"]].tolist() == ["备件", "like", "dislike"]
    with pytest.raises(ArgumentError, match="Without their other half: 备件"):
        read_export(csv(tmp_path, [heads[:2], [1, "like"]]), mapping="kano")


# ------------------------------------------------------------------------------------------- services


def test_wenjuanxing(tmp_path):
    heads = [
        "序号",
        "提交答卷时间",
        "所用时间",
        "来源",
        "1、您的部门",
        "2、您对我们满意吗？",
        "3、您会推荐我们吗？",
    ]
    body = [
        [1, "2025/11/03 09:12:44", "125秒", "微信", "采购", "非常满意", "10"],
        [2, "2025/11/03 10:01:02", "88秒", "链接", "生产", "一般", "-3"],
        [3, "2025/11/04 08:00:00", "61秒", "微信", "(空)", "(跳过)", "7"],
    ]
    frame = read_export(csv(tmp_path, [heads, *body], "gb18030"), mapping="nps")
    assert frame.attrs["export"]["source"] == "wenjuanxing"
    assert frame.attrs["export"]["encoding"] == "gb18030"
    assert frame["respondent"].tolist() == [1, 2, 3]
    assert frame["nps"].tolist()[::2] == [10, 7]
    assert np.isnan(frame["nps"][1])
    assert frame["1、您的部门"].isna().tolist() == [False, False, True]
    assert 'Column "nps": 1 answer is missing.' in notes(frame)
    csat = read_export(csv(tmp_path, [heads, *body], "gb18030"), mapping="csat")
    assert csat["csat"].tolist()[:2] == [5, 3]
    assert "问卷星" in explain_export(csat)


def test_surveymonkey_has_two_header_rows(tmp_path):
    top = [
        "Respondent ID",
        "Collector ID",
        "Start Date",
        "How likely are you to recommend us?",
        "Rate us",
        "",
        "",
    ]
    sub = ["", "", "", "Response", "Speed", "Price", "Other (please specify)"]
    body = [
        ["118000000001", "4", "11/03/2025", "10 - Extremely likely", "4", "3", ""],
        ["118000000002", "4", "11/03/2025", "0 - Not at all likely", "5", "2", "late, again"],
    ]
    frame = read_export(csv(tmp_path, [top, sub, *body], "utf-8-sig"), mapping="nps")
    about = frame.attrs["export"]
    assert (about["source"], about["header_rows"], about["encoding"]) == ("surveymonkey", 2, "utf-8-sig")
    assert frame["respondent"].tolist() == [118000000001, 118000000002]
    assert frame["nps"].tolist() == [10, 0]
    assert frame["Rate us · Speed"].tolist() == [4, 5]
    assert frame["Rate us · Other (please specify)"].tolist()[1] == "late, again"
    chosen = read_export(tmp_path / "export.csv", mapping={"Respondent ID": "respondent", "Price": "price"})
    assert chosen.columns.tolist() == ["respondent", "price"]
    assert "Not in the mapping, so left out: Collector ID" in notes(chosen)


def test_qualtrics_has_three_header_rows(tmp_path):
    names = ["StartDate", "Status", "Finished", "ResponseId", "Q1", "Q2"]
    texts = [
        "Start Date",
        "Response Type",
        "Finished",
        "Response ID",
        "How satisfied are you, overall?",
        "Why?",
    ]
    imports = [json.dumps({"ImportId": f"QID{i}"}).replace('"', '""') for i in range(6)]
    body = [
        ["2025-11-03", "IP Address", "True", "R_1", "Very satisfied", "fast"],
        ["2025-11-03", "Survey Preview", "True", "R_2", "Neither satisfied nor dissatisfied", ""],
        ["2025-11-04", "IP Address", "False", "R_3", "", ""],
    ]
    file = tmp_path / "export.csv"
    lines = [",".join(f'"{c}"' for c in row) for row in (names, texts, imports, *body)]
    file.write_text("\n".join(lines), encoding="utf-8")
    frame = read_export(file, mapping="csat")
    assert frame.attrs["export"]["source"] == "qualtrics"
    assert frame["respondent"].tolist() == ["R_1", "R_2", "R_3"]
    assert frame["csat"].tolist()[:2] == [5, 3]
    assert "Rows that are previews (Status), still here: 1." in notes(frame)
    assert "Rows that are unfinished (Finished), still here: 1." in notes(frame)
    # A column answers to its question as well as to its name.
    again = read_export(file, mapping={"How satisfied are you, overall?": "csat"})
    assert again["csat"].equals(frame["csat"])
    # The row of an error is the file's, below three header rows.
    file.write_text("\n".join([*lines, '"x","IP Address","True","R_4","so so",""']), encoding="utf-8")
    with pytest.raises(
        ExportError, match=r'row 7, column "Q1": answer "so so" is not a whole number from 1 to 5'
    ):
        read_export(file, mapping="csat")


def test_merged_cells_of_an_own_table(tmp_path):
    rows = [
        ["Suppliers 2025", None, None, None],
        ["Account", None, "Survey", None],
        ["id", "name", "csat", "nps"],
        ["K01", "华瑞", 5, 9],
        ["K01", "华瑞", 4, 8],
    ]
    file = excel(tmp_path, rows, merged=("A1:D1", "A2:B2", "C2:D2", "A4:A5"), sheets=("One", "Two"))
    frame = read_export(file, {"id": "account", "csat": "csat", "nps": "nps"}, skip_rows=1)
    assert frame.to_dict("list") == {"account": ["K01", "K01"], "csat": [5, 4], "nps": [9, 8]}
    assert "Merged cells filled with their value: 4." in notes(frame)
    assert "Other sheets were not read: Two." in notes(frame)
    assert "Rows skipped above the header: 1." in notes(frame)
    assert read_export(file, skip_rows=1).columns.tolist()[1] == "Account · name"
    with pytest.raises(UnknownNameError, match='Did you mean "Two"'):
        read_export(file, sheet="Too")
    with pytest.raises(ArgumentError, match="One, Two"):
        read_export(file, sheet=3)
    assert read_export(file, sheet="Two", header_rows=1).empty


def test_servqual_columns(tmp_path):
    heads = [
        "respondent",
        "T1 期望",
        "T1 感知",
        "Resp10 desired",
        "Resp10 adequate",
        "Resp10 perceived",
        "city",
    ]
    frame = read_export(
        csv(tmp_path, [heads, [1, 7, 5, 6, 4, 5, "Wuxi"], [2, 6, 6, 7, "", 3, "Wuxi"]]), "servqual"
    )
    expected = ["expected_T1", "perceived_T1", "desired_Resp10", "adequate_Resp10", "perceived_Resp10"]
    assert frame.columns.tolist() == ["respondent", *expected, "city"]
    with pytest.raises(
        ExportError, match=r'answer "8" is not a whole number from 1 to 7 \(1 row\). Was another scale'
    ):
        read_export(csv(tmp_path, [heads, [1, 8, 5, 6, 4, 5, "x"]]), "servqual")
    with pytest.raises(ArgumentError, match="code of an item"):
        read_export(csv(tmp_path, [["a", "b"], [1, 2]]), "servqual")


# --------------------------------------------------------------------------------- bytes and numbers


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
def test_encodings_are_found_and_reported(tmp_path, encoding, found):
    file = csv(tmp_path, [["编号", "意见"], [1, "备件太慢，请改进"], [2, "很好"]], encoding)
    frame = read_export(file)
    assert frame["意见"].tolist() == ["备件太慢，请改进", "很好"]
    assert frame.attrs["export"]["encoding"] == found
    assert f"encoding {found}" in explain_export(frame)
    assert ("GB18030, which fits almost any bytes" in notes(frame)) == (found == "gb18030")


def test_an_encoding_that_does_not_fit(tmp_path):
    file = tmp_path / "export.csv"
    file.write_bytes(b"name\ncaf\xe9\n\xff\xff\n")
    with pytest.raises(ArgumentError, match="cp1252"):
        read_export(file)
    assert read_export(file, encoding="cp1252")["name"][0] == "café"
    with pytest.raises(ArgumentError, match="encoding"):
        read_export(file, encoding="no such thing")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(tmp_path, delimiter):
    file = csv(tmp_path, [["a", "b", "c"], [1, "x, y; z", 2], [3, "y", 4]], delimiter=delimiter)
    frame = read_export(file)
    assert frame.shape == (2, 3)
    assert frame["b"][0] == "x, y; z"


@given(st.one_of(st.integers(-(10**9), 10**9), st.decimals(-(10**6), 10**6, places=2)))
@settings(max_examples=200, deadline=None)
def test_numbers_come_back_as_they_were_written(value):
    english, german = f"{value:,}", f"{value:,}".translate(str.maketrans(",.", ".,"))
    assert (
        number(english, ".") == number(german, ",") == number(str(value), ".") == pytest.approx(float(value))
    )
    assert number(value if isinstance(value, int) else float(value), ".") == pytest.approx(float(value))


def test_what_is_no_number():
    for wrong in ("1,23", "12,34,567", "1.234.567", "", "1 2", "3%", "5分", "−", True, None, "1e5"):
        assert number(wrong, ".") is None, wrong
    assert number("１２", ".") == 12  # full-width digits of a Chinese keyboard
    assert number("−3", ".") == -3
    for label, value in (
        ("10 - Extremely likely", 10),
        ("很可能（10）", 10),
        ("5 分", 5),
        ("9", 9),
        ("0分：绝不", 0),
    ):
        assert labelled(label) == value
    for wrong in ("7 of 10", "4.5 stars", "two", "a 3 b"):
        assert labelled(wrong) is None, wrong


def test_thousands_decimals_and_codes_with_a_leading_zero(tmp_path):
    frame = read_export(csv(tmp_path, [["revenue", "code"], ["1,234,567.5", "007"], ["12", "101"]]))
    assert frame["revenue"].tolist() == [1234567.5, 12]
    assert frame["code"].tolist() == ["007", "101"]
    german = read_export(csv(tmp_path, [["Umsatz"], ["1.234,5"], ["7,25"]], delimiter=";"), decimal=",")
    assert german["Umsatz"].tolist() == [1234.5, 7.25]
    mixed = read_export(csv(tmp_path, [["x"], ["1,5"], ["2"]], delimiter=";"))
    assert mixed["x"].tolist() == ["1,5", "2"]  # not a number in English, so nothing is guessed


# ----------------------------------------------------------------------- nothing silent, nothing lost


def test_duplicates_ask_for_a_decision(tmp_path):
    rows = [["序号", "推荐意愿"], [1, 9], [2, 8], [1, 3], [2, 8]]
    file = csv(tmp_path, rows)
    with pytest.raises(ExportError) as caught:
        read_export(file, "nps")
    assert str(caught.value) == (
        'export.csv, row 4, column "序号": "1" is not an id that occurs once (2 rows). It stands in row 2 '
        'already. Say which row counts: duplicates="first", "last" or "keep".'
    )
    assert read_export(file, "nps", duplicates="first")["nps"].tolist() == [9, 8]
    last = read_export(file, "nps", duplicates="last")
    assert last["nps"].tolist() == [3, 8]
    assert "Rows left out, as the respondent stands in several: 2; the last counts." in notes(last)
    assert len(read_export(file, "nps", duplicates="keep")) == 4
    assert "Rows equal to an earlier one in every cell, still here: 1." in notes(last)


def test_answers_off_the_scale(tmp_path):
    rows = [
        ["序号", "推荐意愿", "note"],
        [1, 9, "a"],
        [2, 11, "b"],
        [3, -1, "c"],
        [4, "x", "d"],
        [5, 7.5, "e"],
    ]
    with pytest.raises(
        ExportError, match=r'row 3, column "推荐意愿": answer "11" is not a whole number from 0 to 10 \(4'
    ):
        read_export(csv(tmp_path, rows), {"推荐意愿": "nps"})
    frame = read_export(tmp_path / "export.csv", {"推荐意愿": "nps", "序号": "who"}, invalid="missing")
    assert frame["nps"].notna().tolist() == [True, False, False, False, False]
    assert (
        'Column "nps": 4 answers that are not allowed count as missing, such as "11", "-1", "x", "7.5".'
        in notes(frame)
    )
    seven = read_export(csv(tmp_path, [["a"], [6], [7]]), {"a": "csat"}, scales={"csat": (1, 7)})
    assert seven["csat"].tolist() == [6, 7]


def test_answers_by_column_and_missing_codes(tmp_path):
    rows = [["who", "a", "b"], [1, "good", "99"], [2, "bad", "4"]]
    file = csv(tmp_path, rows)
    frame = read_export(
        file,
        {"who": "respondent", "a": "csat", "b": "ces"},
        answers={"csat": {"good": 5, "bad": 2}},
        scales={"ces": (1, 7)},
        missing=[99],
    )
    assert frame["csat"].tolist() == [5, 2]
    assert frame["ces"].tolist()[1] == 4
    assert metrics.csat(frame, "csat").table.loc[0, "score"] == 0.5
    assert 'Column "ces": 1 answer is missing.' in notes(frame)


def test_which_column_is_meant(tmp_path):
    rows = [["id", "Would you recommend us?", "Why would you recommend us?"], [1, 9, "fast"], [2, 8, "kind"]]
    frame = read_export(csv(tmp_path, rows), "nps")
    assert frame["nps"].tolist() == [9, 8]  # the text question is not the rating
    assert "No column says who answered" in notes(frame)
    assert frame["respondent"].tolist() == [2, 3]
    two = [["id", "Recommend us?", "Recommend our portal?"], [1, 9, 3]]
    with pytest.raises(ArgumentError, match='2 columns fit: "Recommend us\\?", "Recommend our portal\\?"'):
        read_export(csv(tmp_path, two), "nps")
    with pytest.raises(ArgumentError, match="0 columns fit"):
        read_export(csv(tmp_path, [["id", "x"], [1, 2]]), "csat")


def test_headers_that_repeat_or_lack(tmp_path):
    frame = read_export(csv(tmp_path, [["a", "a", "", "d"], [1, 2, 3, 4], ["", "", "", ""], [5, 6, 7, 8]]))
    assert frame.columns.tolist() == ["a", "a (2)", "column 3", "d"]
    assert "a (2), column 3" in notes(frame)
    assert "Empty rows left out: 1." in notes(frame)


def test_a_row_longer_than_the_header_is_refused(tmp_path):
    (tmp_path / "export.csv").write_text("a,b\n1,2\n3,late, again\n", encoding="utf-8")
    with pytest.raises(
        ExportError, match=r"row 3.*the row has 3 cells, the header 2 \(1 row\).*quotation marks"
    ):
        read_export(tmp_path / "export.csv")


def test_wrong_arguments_say_what_is_allowed(tmp_path):
    file = csv(tmp_path, [["region", "csat"], ["N", 4]])
    with pytest.raises(UnknownNameError, match=r'Did you mean "export\.csv"'):
        read_export(tmp_path / "exports.csv")
    with pytest.raises(UnknownNameError, match='Did you mean "region"'):
        read_export(file, {"regoin": "region"})
    with pytest.raises(UnknownNameError, match="csat"):
        read_export(file, {"csat": "csat"}, scales={"cast": (1, 5)})
    for wrong in (
        {"mapping": "npss"},
        {"mapping": {"csat": 3}},
        {"mapping": {"csat": ("x", "present")}},
        {"mapping": {"csat": "a", "region": "a"}},
        {"source": "excel"},
        {"decimal": ";"},
        {"duplicates": "drop"},
        {"invalid": "drop"},
        {"sheet": 1},
        {"skip_rows": -1},
        {"skip_rows": 2},
        {"header_rows": 4},
    ):
        with pytest.raises(ArgumentError):
            read_export(file, **wrong)
    (tmp_path / "old.xls").write_bytes(b"")
    with pytest.raises(ArgumentError, match="save it"):
        read_export(tmp_path / "old.xls")
    with pytest.raises(ArgumentError, match="unchanged"):
        explain_export(pd.DataFrame({"a": [1]}))
    for language in ("en", "zh_CN"):
        set_language(language)
        with pytest.raises(CourseError) as caught:
            read_export(file, "kano")
        assert ("成对的列" in str(caught.value)) == (language == "zh_CN")


def test_the_report_comes_in_chinese(tmp_path):
    set_language("zh_CN")
    frame = read_export(
        csv(tmp_path, [["序号", "推荐"], [1, "9分"], [1, "(空)"]], "gb18030"), "nps", duplicates="last"
    )
    said = explain_export(frame)
    assert said.startswith("export.csv：2 行，编码 gb18030。")
    assert "以最后一行为准" in said
    assert "缺失 1 个回答" in said


def test_all_columns_as_they_are(tmp_path):
    book = excel(
        tmp_path,
        [
            ["when", "n", "text", "yes"],
            [pd.Timestamp("2025-11-03"), 2, "a ", True],
            [None, None, None, None],
            [pd.Timestamp("2025-11-04"), 3.5, None, False],
        ],
    )
    frame = read_export(book)
    assert frame["when"].dt.day.tolist() == [3, 4]
    assert frame["n"].tolist() == [2, 3.5]
    assert frame["text"].tolist()[0] == "a"
    assert frame["yes"].tolist() == [True, False]
    assert survey_export.PRESETS == ("nps", "csat", "ces", "kano", "servqual")
