"""Own files, the overview of all accounts, and the review as one HTML file."""

from __future__ import annotations

import math
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from csmodels_helpers import accounts, monitoring, plots, progress
from csmodels_helpers.accounts_html import result_section
from csmodels_helpers.datasets import export_path, load_tables
from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import set_language
from csmodels_helpers.survey import ExportError

pytestmark = pytest.mark.usefixtures("course_style")

DAY = "2025-12-31"


@pytest.fixture(scope="module")
def course() -> dict[str, pd.DataFrame]:
    return accounts.read_files()


def firm() -> dict[str, pd.DataFrame]:
    """Four accounts with other ids, and all that may be known of them."""
    book = pd.DataFrame(
        {
            "account": [7, 8, 9, 10],
            "name": ["Arno", "Beta", "Cato & Co", "Dora"],
            "revenue": [40.0, 20.0, 10.0, 5.0],
            "cost_of_goods": [30.0, 10.0, 5.0, 1.0],
            "contract_end": pd.to_datetime(["2026-06-30", "2027-06-30", "2026-12-31", None]),
            "alternatives": [2, 1, 0, 3],
            "owner": ["Lin", None, "Lin", "Zhou"],
            "region": ["north", "south", None, "west"],
        }
    )
    people = [("a", 7, "decider"), ("b", 7, "user"), ("c", 8, "decider"), ("d", 8, "user")]
    people += [("e", 9, "decider"), ("f", 9, "technical"), ("g", 10, "user")]
    said = [
        ("b", 4, "1"),
        ("c", 2, "1"),
        ("c", 2, "2"),
        ("b", 5, "2"),
        ("d", 3, "2"),
        ("e", 4, "2"),
        ("g", 5, "2"),
    ]
    cases = [(8, "2025-01-01", "2025-03-01"), (8, "2025-02-01", None), (8, "2025-03-01", "2025-03-05")]
    cases += [(7, "2025-01-01", None), (9, "2025-12-30", None)]
    complaints = pd.DataFrame(cases, columns=["account", "opened", "closed"]).assign(due_days=10)
    for column in ("opened", "closed"):
        complaints[column] = pd.to_datetime(complaints[column])
    return {
        "accounts": book,
        "contacts": pd.DataFrame(people, columns=["contact", "account", "role"]),
        "answers": pd.DataFrame(said, columns=["contact", "csat", "wave"]).assign(nps=[8, 2, 3, 9, 6, 7, 9]),
        "complaints": complaints,
    }


# ---------------------------------------------------------------------------------------- own files


def raw_export() -> dict[str, Any]:
    book = export_path("capstone_export/accounts.xlsx")
    top = "All in all, how satisfied are you with us? (1 = not at all, 7 = completely)"
    third = {"Contact": "contact", top: "csat", "How likely are you to recommend us?": "nps"}
    fourth = {
        "1、您的联系人编号": "contact",
        "4、您对我们的总体满意度": "csat",
        "5、您向同行推荐我们的可能性（0–10）": "nps",
    }
    columns = {
        "编号": "account",
        "名称": "name",
        "2025 年销售额（元）": "revenue",
        "合同到期": "contract_end",
    }
    return {
        "accounts": {
            "file": book,
            "columns": columns,
            "skip_rows": 1,
            "factors": {"revenue": 1e-6},
            "dates": "%Y/%m/%d",
        },
        "contacts": {
            "file": book,
            "sheet": "联系人",
            "columns": {"联系人": "contact", "客户编号": "account", "角色": "role"},
        },
        "answers": [
            {
                "file": export_path("capstone_export/survey_2025q3.csv"),
                "columns": third,
                "wave": "2025Q3",
                "scales": {"csat": (1, 7)},
                "duplicates": "first",
                "invalid": "missing",
            },
            {
                "file": export_path("capstone_export/survey_2025q4.csv"),
                "columns": fourth,
                "wave": "2025Q4",
                "duplicates": "last",
                "invalid": "missing",
            },
        ],
        "complaints": {
            "file": export_path("capstone_export/complaints.csv"),
            "columns": {"Nr.": "complaint", "Kunde": "account", "Eingang": "opened"},
            "decimal": ",",
            "duplicates": "first",
            "dates": "%d.%m.%Y",
        },
    }


def test_the_messy_export_gives_the_clean_tables(course):
    found = accounts.read_files(raw_export())
    for name, columns in {
        "contacts": ["contact", "account", "role"],
        "accounts": ["account", "contract_end"],
        "complaints": ["complaint", "account", "opened"],
    }.items():
        pd.testing.assert_frame_equal(found[name][columns], course[name][columns])
    pd.testing.assert_series_equal(found["accounts"]["revenue"], course["accounts"]["revenue"])
    assert found["accounts"]["name"].tolist() == course["accounts"]["name_zh"].tolist()
    for wave, column in (("2025Q4", "csat"), ("2025Q3", "nps")):
        ours, theirs = (
            t["answers"][t["answers"]["wave"] == wave].reset_index(drop=True) for t in (found, course)
        )
        pd.testing.assert_series_equal(ours["contact"], theirs["contact"])
        pd.testing.assert_series_equal(ours[column], theirs[column])
    last = found["answers"].query("wave == '2025Q4'")
    assert last["nps"].isna().sum() == 4


def test_words_for_roles_and_own_values(tmp_path):
    (tmp_path / "people").write_text(
        "who,firm,part\na,1,Boss\nb,1,PROCUREMENT\nc,1,使用者\n", encoding="utf-8"
    )
    (tmp_path / "book").write_text("firm,label,money,end\n1,Arno,3,2026-01-31\n", encoding="utf-8")
    (tmp_path / "form").write_text("who,happy\na,4\n", encoding="utf-8")
    source: dict[str, Any] = {
        "accounts": {
            "file": tmp_path / "book",
            "columns": {"firm": "account", "label": "name", "money": "revenue", "end": "contract_end"},
        },
        "contacts": {
            "file": tmp_path / "people",
            "columns": {"who": "contact", "firm": "account", "part": "role"},
            "values": {"role": {"boss": "decider"}},
        },
        "answers": {"file": tmp_path / "form", "columns": {"who": "contact", "happy": "csat"}},
    }
    found = accounts.read_files(source)
    assert found["contacts"]["role"].tolist() == ["decider", "buyer", "user"]
    assert found["accounts"]["contract_end"].tolist() == [pd.Timestamp("2026-01-31")]
    assert found["answers"]["wave"].tolist() == [""]
    assert "complaints" not in found

    def changed(table: str, **settings: Any) -> dict[str, Any]:
        return {**source, table: {**source[table], **settings}}

    refused: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({**source, "people": {}}, UnknownNameError, "contacts"),
        ({key: value for key, value in source.items() if key != "answers"}, ArgumentError, '"answers"'),
        (changed("accounts", colums={}), UnknownNameError, '"columns"'),
        ({**source, "accounts": "book.csv"}, ArgumentError, '"file" and "columns"'),
        (changed("contacts", columns={"who": "contact", "part": "rol"}), UnknownNameError, '"role"'),
        (changed("contacts", columns={"who": "contact", "part": "role"}), ArgumentError, '"account"'),
        (changed("contacts", values={}), DataError, "Boss"),
        (changed("contacts", file=tmp_path / "none"), UnknownNameError, "none"),
        (changed("accounts", dates="%d.%m.%Y"), DataError, "2026-01-31"),
        (changed("answers", scales={"csat": (1, 3)}), ExportError, "4"),
    ]
    for wrong, error, words in refused:
        with pytest.raises(error, match=words):
            accounts.read_files(wrong)
    with pytest.raises(ArgumentError, match='"course"'):
        accounts.read_files("own.csv")


def test_tables_that_do_not_fit_together():
    tables = firm()
    strange = tables["answers"].assign(contact=["z", *tables["answers"]["contact"].tolist()[1:]])
    with pytest.raises(DataError, match=r"'z'.*contact of the table"):
        accounts.overview({**tables, "answers": strange}, as_of=DAY)
    twice = pd.concat([tables["accounts"], tables["accounts"].head(1)], ignore_index=True)
    with pytest.raises(DataError, match="one row an account"):
        accounts.overview({**tables, "accounts": twice}, as_of=DAY)
    again = tables["answers"].assign(wave="1")
    with pytest.raises(DataError, match="duplicates="):
        accounts.overview({**tables, "answers": again}, as_of=DAY)
    with pytest.raises(DataError, match="revenue"):
        accounts.overview({**tables, "accounts": tables["accounts"].assign(revenue="much")}, as_of=DAY)
    with pytest.raises(ArgumentError, match='"contacts"'):
        accounts.overview({key: tables[key] for key in ("accounts", "answers")}, as_of=DAY)


# --------------------------------------------------------------------------------------- the overview


def test_signs_bands_and_gains_by_hand():
    found = accounts.overview(firm(), as_of=DAY)
    table = found.table.set_index("account")
    # Arno's decider was silent twice and it may go; Beta is dissatisfied and late; Cato has no alternative.
    signs = {
        name: [None if pd.isna(v) else bool(v) for v in table[name].reindex([7, 8, 9, 10])]
        for name in accounts.SIGNS
    }
    assert signs == {
        "silent": [True, False, False, None],
        "late": [False, True, False, False],
        "dissatisfied": [None, True, False, None],
        "free": [True, False, False, None],
    }
    assert table["band"].to_dict() == {7: "high", 8: "high", 9: "low", 10: "low"}
    assert table.loc[7, ["at_risk_low", "at_risk_high"]].tolist() == pytest.approx([8, 20])
    assert table.loc[7, ["gain_low", "gain_high"]].tolist() == pytest.approx([40 * 0.15, 40 * 0.3])
    assert table["action"].to_dict() == {7: "silent", 8: "late", 9: "", 10: ""}
    assert table["margin"].to_dict() == {7: 10, 8: 10, 9: 5, 10: 4}
    assert found.table["account"].tolist() == [7, 8, 9, 10]
    assert math.isnan(table.loc[7, "satisfaction"])
    # Decider 2 and user 3, weights .4 and .2.
    assert table.loc[8, "satisfaction"] == pytest.approx((0.4 * 2 + 0.2 * 3) / 0.6)
    assert found.waves == ["1", "2"]
    fewer = accounts.overview(firm(), as_of=DAY, signs=["free"], top=2)
    assert fewer.table["account"].tolist() == [7, 8]
    assert fewer.table["signs"].tolist() == [1, 0]


def test_the_planted_truth_of_the_supplier(course):
    found = accounts.overview(course, as_of=DAY)
    table = found.table.set_index("account")
    assert table.index[:3].tolist() == ["K01", "K05", "K07"]
    assert table.index[table["silent"].astype(bool)].tolist() == ["K01", "K05", "K09"]
    assert table.loc["K07", "band"] == "critical"
    assert sorted(table.index) == [f"K{i:02d}" for i in range(1, 13)]
    for sign in accounts.SIGNS:
        kept = [each for each in accounts.SIGNS if each != sign]
        other = accounts.overview(course, as_of=DAY, signs=kept)
        assert set(other.table["account"].head(3)) == {"K01", "K05", "K07"}
    # Margin as account_margin has it.
    raw = load_tables("supplier_accounts")
    year = raw["revenue"][raw["revenue"]["quarter"].astype("str") >= "2025Q1"]
    books = year.groupby("account", as_index=False)[
        ["revenue_cny_million", "cost_of_goods_cny_million"]
    ].sum()
    done = raw["activities"][raw["activities"]["quarter"].astype("str") >= "2025Q1"]
    rates = raw["activity_rates"].set_index("activity")["unit_cost_cny"].div(1e6).to_dict()
    margin = accounts.account_margin(
        books, done, rates=rates, revenue="revenue_cny_million", cost_of_goods="cost_of_goods_cny_million"
    ).table.set_index("account")["margin"]
    assert table["margin"].to_dict() == pytest.approx(margin.reindex(table.index).to_dict())


def test_lateness_is_that_of_the_complaint_loop(course):
    columns = {"opened": "opened", "answered": "closed", "deadline": "due_days", "as_of": DAY}
    loop = monitoring.complaint_loop(course["complaints"], **columns, segment="account").table
    late = loop[(loop["due"] >= 3) & (loop["score"] < 0.5)]["account"]
    found = accounts.overview(course, as_of=DAY, top=None).table
    assert set(found.loc[found["late"].astype(bool), "account"]) == set(late)


def test_what_no_table_holds_is_missing_and_said():
    tables = firm()
    bare = {
        "accounts": tables["accounts"][["account", "name", "revenue"]],
        "contacts": tables["contacts"],
        "answers": tables["answers"][["contact", "csat"]].drop_duplicates("contact", keep="last"),
    }
    found = accounts.overview(bare, as_of=DAY)
    assert found.table["margin"].isna().all()
    assert found.table[["late", "free"]].isna().all(axis=None)
    assert "Not known for any account: answers late, free to leave." in found.explain()
    assert set(found.health.weights) == {"satisfaction", "response", "breadth"}
    assert sum(found.health.weights.values()) == pytest.approx(1)
    made = accounts.review(found)
    assert "not known" in made.html
    assert "Not known: answers late, free to leave." in made.pitch(8)[4]


def test_overview_in_both_languages(speaks_and_draws, course):
    speaks_and_draws(lambda: accounts.overview(course, as_of=DAY, unit="million CNY"))
    set_language("zh_CN")
    try:
        assert "华瑞" in accounts.overview(course, as_of=DAY).explain()
    finally:
        set_language("en")


def test_what_the_overview_refuses():
    tables = firm()
    for wrong in (
        {"as_of": "soon"},
        {"as_of": DAY, "signs": ["angry"]},
        {"as_of": DAY, "signs": []},
        {"as_of": DAY, "signs": ["late", "late"]},
        {"as_of": DAY, "top": 0},
        {"as_of": DAY, "bands": {"low": (0, 1)}},
    ):
        with pytest.raises(ArgumentError):
            accounts.overview(tables, **wrong)
    with pytest.raises(DataError, match="1 to 4"):
        accounts.overview(tables, as_of=DAY, scale=(1, 4))
    empty = {**tables, "accounts": tables["accounts"].head(0)}
    with pytest.raises(DataError):
        accounts.overview(empty, as_of=DAY)


# ----------------------------------------------------------------------------------------- the review


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_review_stands_alone_and_is_accessible(language, tmp_path):
    set_language(language)
    try:
        found = accounts.overview(firm(), as_of=DAY, unit="million CNY")
        cards = {7: {"action": "Visit <them> & ask", "owner": "Lin", "cost": "2 days", "stop": "in May"}}
        made = accounts.review(
            found, title="Four accounts", decisions=cards, notes={7: {"m05": "Seals in 4 h"}}
        )
        said = repr(made)
    finally:
        set_language("en")
    page = Page(made.html)
    assert page.open == []
    assert ("html", {"lang": "zh-CN" if language == "zh_CN" else "en"}) in page.tags
    images = [attrs for tag, attrs in page.tags if tag == "img"]
    assert len(images) == 3
    for image in images:
        assert str(image["src"]).startswith("data:image/png;base64,")
        assert len(str(image["alt"])) > 40
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert "http" not in made.html
    assert "url(" not in made.html
    assert "@media print" in made.html
    assert "break-before:page" in made.html
    assert sum(attrs.get("class") == "account" for tag, attrs in page.tags if tag == "section") == 4
    levels = [tag for tag, _ in page.tags if tag in ("h1", "h2", "h3")]
    assert levels[0] == "h1"
    assert levels.count("h1") == 1
    assert "Visit <them> & ask" in page.text
    assert "Cato & Co" in page.text
    assert "Seals in 4 h" in page.text
    assert "south" in page.text  # a fact that nobody named
    assert made.save(tmp_path / "review.html").read_text(encoding="utf-8") == made.html
    assert "srcdoc" in made._repr_html_()
    assert "Four accounts" in said
    assert plt.get_fignums() == []


def test_fewer_pages_other_results_and_recorded_notes():
    progress.record("account/m02/8", {"question": "Who signs?", "note": "The plant manager."})
    progress.record("account/m10/8", {"question": "Open?", "note": "When we stop."})
    found = accounts.overview(firm(), as_of=DAY)
    made = accounts.review(found, accounts=[8], date="1 May 2026", results={"In a word": "Go & see."})
    page = Page(made.html)
    assert sum(attrs.get("class") == "account" for tag, attrs in page.tags if tag == "section") == 1
    for words in ("1 May 2026", "Go & see.", "The plant manager.", "When we stop."):
        assert words in page.text
    assert [tag for tag, _ in page.tags].count("img") == 1


def test_a_pitch_says_what_is_open():
    found = accounts.overview(firm(), as_of=DAY, unit="million CNY")
    pitch = accounts.review(found, accounts=[], decisions={8: {"cost": "2 days", "stop": "in May"}}).pitch(8)
    assert len(pitch) == 5
    assert "pays 20 million CNY a year, of which 10 million CNY are left" in pitch[0]
    assert "2 of 2 people answered" in pitch[1]
    assert "Owner: open. Cost: 2 days." in pitch[2]
    assert "in May" in pitch[3]
    assert "answers late, score low" in pitch[4]
    silent = accounts.review(found, accounts=[]).pitch(7)
    assert "nobody who decides: no score" in silent[1]
    assert "Owner: Lin." in silent[2]
    calm = accounts.review(found, accounts=[]).pitch(9)
    assert "none expected" in calm[3]
    assert "No warning sign." in calm[4]


def test_what_the_review_refuses(course):
    found = accounts.overview(firm(), as_of=DAY)
    with pytest.raises(UnknownNameError, match="K01"):
        accounts.review(found, accounts=["K01"])
    with pytest.raises(UnknownNameError, match="99"):
        accounts.review(found, decisions={99: {}})
    with pytest.raises(UnknownNameError, match='Did you mean "owner"'):
        accounts.review(found, decisions={7: {"owners": "x"}})
    with pytest.raises(ArgumentError, match=r"accounts\.overview"):
        accounts.review(found.table)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ArgumentError, match="result of an analysis"):
        accounts.review(found, results={"x": pd.DataFrame()})
    with pytest.raises(UnknownNameError, match="99"):
        accounts.review(found, accounts=[]).pitch(99)


def test_nobody_has_a_sign(course):
    tables = firm()
    calm = {**tables, "accounts": tables["accounts"].iloc[[2]], "contacts": tables["contacts"].iloc[[4, 5]]}
    calm["answers"], calm["complaints"] = tables["answers"].iloc[[5]], tables["complaints"].iloc[[4]]
    made = accounts.review(accounts.overview(calm, as_of=DAY))
    assert "No account shows a warning sign." in made.html


def test_a_file_beside_the_notebook_is_ignored_by_git():
    ignored = (Path(__file__).parent.parent / ".gitignore").read_text(encoding="utf-8").split()
    assert "account-review.html" in ignored


def test_a_script_that_sets_no_style_gets_the_courses_figures():
    result = accounts.overview(accounts.read_files(), as_of="2025-12-31", top=3)
    with plt.rc_context():
        plots.set_style()
        styled = result_section("Signs", result)
    with plt.rc_context():
        plt.rcdefaults()
        assert result_section("Signs", result) == styled
