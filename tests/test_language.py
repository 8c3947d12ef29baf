"""Two languages: every message is there in both, says the same things, and is set as Chinese is."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import csmodels_helpers
from csmodels_helpers import language
from csmodels_helpers.errors import ArgumentError

PACKAGE = Path(csmodels_helpers.__file__).parent
MESSAGES = sorted((PACKAGE / "messages").glob("*.toml"))
TEXTS = [*MESSAGES, *sorted((PACKAGE / "checks").glob("*.toml"))]

CHINESE = re.compile(r"[\u4e00-\u9fff]")
# A comma, colon or bracket of the Latin keyboard that touches a Chinese sign.
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,:;?!]|[,;?!][\u4e00-\u9fff]|[\u4e00-\u9fff]\(|\)[\u4e00-\u9fff]")
# Markdown sees no end of bold between a punctuation mark and a letter, and Chinese has no space there.
NOT_BOLD = re.compile(r"\*\*[^*]*[。，：；！？、]\*\*")


def pairs(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Go through the messages of a file: tables that hold en or zh_CN."""
    if isinstance(node, dict):
        if {"en", "zh_CN"} & set(node):
            yield path, node
        else:
            for name, entry in node.items():
                yield from pairs(entry, f"{path}.{name}" if path else name)


def faults(strings: dict[str, str]) -> list[str]:
    """Say what is wrong with one message."""
    if set(strings) != {"en", "zh_CN"} or not all(words.strip() for words in strings.values()):
        return ["is not there in both languages"]
    found: list[str] = []
    asked = [{name for _, name, *_ in string.Formatter().parse(words) if name} for words in strings.values()]
    if asked[0] != asked[1]:
        found.append(f"fills in other values: {asked[0] ^ asked[1]}")
    if re.search(r"[A-Za-z]{2}", re.sub(r"{[^}]*}", "", strings["en"])) and not CHINESE.search(
        strings["zh_CN"]
    ):
        found.append("is not translated")
    plain = re.sub(r"`[^`]*`", "", strings["zh_CN"])
    found += [f'half-width "{sign}"' for sign in HALF_WIDTH.findall(plain)]
    found += [f'not bold: "{words}"' for words in NOT_BOLD.findall(plain)]
    return found


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.name)
def test_messages_are_whole_in_both_languages(file: Path) -> None:
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    found = [f"{path} {fault}" for path, strings in pairs(content) for fault in faults(strings)]
    assert found == []
    assert any(True for _ in pairs(content))


@pytest.mark.parametrize(
    ("chinese", "said"),
    [
        ("第 {row} 行。", []),
        ("第 {row} 行,请更正。", ['half-width "行,"']),
        ("请更正(第 {row} 行)。", ['half-width "正("']),
        ("请运行 `f(甲,乙)`：{row}。", []),
        ("**第 {row} 行**。请更正。", []),
        ("**第 {row} 行。**请更正。", ['not bold: "**第 {row} 行。**"']),
        ("某一行。", ["fills in other values: {'row'}"]),
        ("{row} OK", ["is not translated"]),
        (" ", ["is not there in both languages"]),
    ],
)
def test_faults_are_seen(chinese: str, said: list[str]) -> None:
    assert faults({"en": "Row {row}.", "zh_CN": chinese}) == said


def used_keys() -> Iterator[tuple[str, str]]:
    """Find every ``text("…")`` of the package with a plain key."""
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "text" and node.args:
                key = node.args[0]
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield file.name, key.value


def test_every_message_that_the_package_uses_exists() -> None:
    known = {
        f"{file.stem}.{path}"
        for file in MESSAGES
        for path, _ in pairs(tomllib.loads(file.read_text(encoding="utf-8")))
    }
    used = list(used_keys())
    assert len(used) > 100
    assert [(file, key) for file, key in used if key not in known] == []


def test_the_language_is_chosen_by_its_code() -> None:
    with pytest.raises(ArgumentError, match=r"'en' \| 'zh_CN'"):
        language.set_language("zh")
    assert language.get_language() == "en"


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("south", "south 的 α 为 0.79"),
        ("华东", "华东的 α 为 0.79"),
        ("华东（新）", "华东（新）的 α 为 0.79"),
        (7, "7 的 α 为 0.79"),
    ],
)
def test_chinese_values_stand_without_spaces(
    where: object, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "_current", "zh_CN")
    assert language.text("reliability.title.alpha_one", segment=where, value="0.79") == said


def test_a_space_before_a_chinese_value_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "_current", "zh_CN")
    assert language.text("errors.unknown.near", names="满意") == "您是不是指满意？"
    assert language.text("errors.unknown.near", names="kano") == "您是不是指 kano？"


@pytest.mark.parametrize(
    ("unit", "named", "counted"),
    [
        ("month", "月", "个月"),
        ("months", "月", "个月"),
        ("years", "年", "年"),
        ("points", "分", "分"),
        ("CNY", "元", "元"),
        ("thousand yuan", "千元", "千元"),
        ("million EUR", "百万欧元", "百万欧元"),
        ("million CNY a year", "百万元/年", "百万元/年"),
        # With one word that is not known a unit stays whole, and so does one that is Chinese already.
        ("thousand months", "thousand months", "thousand months"),
        ("million tons", "million tons", "million tons"),
        ("EUR a head", "EUR a head", "EUR a head"),
        ("points of the scale", "points of the scale", "points of the scale"),
        ("%", "%", "%"),
        ("千元", "千元", "千元"),
        (None, "", ""),
    ],
)
def test_units_are_said_in_chinese(
    unit: str | None, named: str, counted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert language.unit_words(unit) == language.unit_words(unit, counted=True) == (unit or "")
    monkeypatch.setattr(language, "_current", "zh_CN")
    assert (language.unit_words(unit), language.unit_words(unit, counted=True)) == (named, counted)
