"""The items of lessons and exercises, read from ``checks/mNN.toml``."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import pandas as pd

from csmodels_helpers.check_feedback import ITEM_ID
from csmodels_helpers.check_kinds import loose, short
from csmodels_helpers.errors import ArgumentError, CourseError, UnknownNameError
from csmodels_helpers.language import get_language, text

__all__ = ["misconceptions"]

KINDS = ("choice", "number", "graded")

_FOLDER = Path(__file__).resolve().parent / "checks"
# An instructor's private tests, and our own tests, bring their items in a folder of their own.
_EXTRA_FOLDER = "CSMODELS_CHECKS"
# What came from such a folder on another machine: module → its file.
_given: dict[str, str] = {}


@dataclass(frozen=True)
class Misconception:
    """A mistake that people make with an item."""

    id: str
    entry: dict[str, Any]

    def says(self, name: str) -> str:
        """Return one of its texts, empty if it has none of its own."""
        return pick(self.entry.get(name))

    def diagnosis(self, got: Any) -> str:
        """Say which mistake the value ``got`` gives away."""
        message = self.says("message").replace("{got}", short(got))
        name = self.says("name")
        key = "check.misconception_asked" if name.endswith(("?", "？", "!", "！")) else "check.misconception"
        return text(key, name=name, message=message)


@dataclass(frozen=True)
class Item:
    """A question of a lesson, or an item of an exercise, as the module's file describes it."""

    id: str
    module: str
    lesson: str
    entry: dict[str, Any]

    @property
    def kind(self) -> str:
        """One of :data:`KINDS`."""
        return str(self.entry.get("kind", "graded"))

    @property
    def misconceptions(self) -> dict[str, Misconception]:
        """Id → misconception."""
        found = self.entry.get("misconceptions", {})
        return {name: Misconception(name, entry) for name, entry in found.items()}

    def misconception(self, name: str) -> Misconception:
        """Look a misconception up; a name without one is an author's mistake."""
        known = self.misconceptions
        if name not in known:
            raise UnknownNameError(text("check.author.misconception", item=self.id), name, list(known))
        return known[name]

    def by_option(self, option: str) -> Misconception | None:
        """Find the misconception that a wrong option gives away."""
        found = self.misconceptions.values()
        return next((m for m in found if loose(str(m.entry.get("option", ""))) == loose(option)), None)

    def says(self, name: str, mistake: Misconception | None = None) -> str:
        """Return a text of the item, or the misconception's own in its place."""
        return (mistake.says(name) if mistake else "") or pick(self.entry.get(name))

    def anchor(self, mistake: Misconception | None) -> str:
        """Return the id of the cell to reread."""
        return str((mistake.entry.get("anchor") if mistake else None) or self.entry.get("anchor", ""))

    def help(self, level: int, mistake: Misconception | None = None) -> list[str]:
        """Return the hint from level 2, the worked step from level 3, where there are any."""
        said, step = self.says("hint", mistake), self.says("step", mistake)
        lines = [text("check.hint", hint=said)] if level >= 2 and said else []
        return [*lines, text("check.step", step=step)] if level >= 3 and step else lines

    def reread(self, mistake: Misconception | None = None) -> str:
        """Say which section to reread, if there is one."""
        section = self.says("section", mistake)
        return text("check.reread", module=self.module, section=section) if section else ""

    def message(self, diagnosis: str, level: int, mistake: Misconception | None = None) -> str:
        """Put the parts of a message under each other."""
        parts = [diagnosis, *self.help(level, mistake), self.reread(mistake)]
        return "\n".join(filter(None, parts))


def pick(strings: Any) -> str:
    """Return the text in the language in force (what is missing is the lint's business)."""
    if not isinstance(strings, dict):
        return ""
    known = cast("dict[str, Any]", strings)
    return str(known.get(get_language()) or known.get("en") or "").strip()


def _folders() -> list[Path]:
    extra = os.environ.get(_EXTRA_FOLDER)
    return [*([Path(extra)] if extra else []), _FOLDER]


@lru_cache(maxsize=32)
def _parsed(path: Path, changed: int) -> dict[str, Any]:
    # The time of the last change is part of the key: an author sees an edit without a restart.
    return tomllib.loads(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=32)
def _parsed_text(content: str) -> dict[str, Any]:
    return tomllib.loads(content)


def give(files: dict[str, str]) -> None:
    """Take items from texts: a judge on another machine has no folder with those of an instructor's own.

    Parameters
    ----------
    files : dict of str
        Module, such as ``"m05"`` → what ``m05.toml`` holds; goes before all folders.
    """
    _given.clear()
    _given.update(files)


def _read(module: str) -> dict[str, Any]:
    """Return a module's file; a name without one is an author's mistake."""
    if module == "m99":
        return _EXAMPLES
    if module in _given:
        try:
            return _parsed_text(_given[module])
        except ValueError as error:
            raise CourseError(text("check.author.broken", file=f"{module}.toml", reason=error)) from error
    for folder in _folders():
        path = folder / f"{module}.toml"
        if path.is_file():
            try:
                return _parsed(path, path.stat().st_mtime_ns)
            except (OSError, ValueError) as error:
                raise CourseError(text("check.author.broken", file=path.name, reason=error)) from error
    known = sorted({path.stem for folder in _folders() for path in folder.glob("m*.toml")})
    raise UnknownNameError(text("check.author.item"), module, known)


def find_item(item: str) -> Item:
    """Look an item up in its module's file; a name without one is an author's mistake."""
    match = ITEM_ID.fullmatch(item)
    if match is None:
        raise ArgumentError("item", item, text("check.author.item_name"))
    content = _read(match[1])
    found = content.get("items", {})
    if item not in found:
        raise UnknownNameError(text("check.author.item"), item, list(found))
    return Item(item, match[1], str(content.get("lesson", "")), found[item])


# Two small items for trying the functions out: the examples in the docstrings use them.
_EXAMPLES: dict[str, Any] = {
    "lesson": "m99_examples",
    "items": {
        "m99-better": {
            "kind": "graded",
            "anchor": "examples-denominator",
            "section": {"en": "Who leaves the denominator", "zh_CN": "谁不算在分母里"},
            "hint": {"en": "Count only A, O, M and I.", "zh_CN": "只数 A、O、M 和 I。"},
            "step": {"en": "5 of 2 + 3 + 4 + 1 answers.", "zh_CN": "2 + 3 + 4 + 1 个回答中的 5 个。"},
            "misconceptions": {
                "kept-reverse": {
                    "option": "B",
                    "name": {"en": "Denominator", "zh_CN": "分母"},
                    "message": {"en": "You kept Reverse.", "zh_CN": "您保留了反向回答。"},
                }
            },
        },
        "m99-answers": {
            "kind": "choice",
            "anchor": "examples-denominator",
            "section": {"en": "Who leaves the denominator", "zh_CN": "谁不算在分母里"},
            "question": {"en": "How many answers count?", "zh_CN": "多少个回答要计入?"},
            "options": {"A": {"en": "540", "zh_CN": "540"}, "B": {"en": "600", "zh_CN": "600"}},
            "answer": "A",
            "hint": {"en": "Take the Reverse ones away.", "zh_CN": "减去反向回答。"},
            "step": {"en": "600 − 60 = 540.", "zh_CN": "600 − 60 = 540。"},
            "right": {"en": "600 − 60.", "zh_CN": "600 − 60。"},
            "misconceptions": {
                "kept-reverse": {
                    "option": "B",
                    "name": {"en": "Denominator", "zh_CN": "分母"},
                    "message": {"en": "You kept Reverse.", "zh_CN": "您保留了反向回答。"},
                }
            },
        },
    },
}


def misconceptions(module: str) -> pd.DataFrame:
    """List the misconceptions of a module, for reports.

    Parameters
    ----------
    module : str
        Such as ``"m05"``.

    Returns
    -------
    pandas.DataFrame
        One row a misconception, with the columns ``item``, ``kind``, ``misconception``, ``name``,
        ``message``, ``hint``, ``anchor`` and ``section``, texts in the language in force.

    Raises
    ------
    UnknownNameError
        If the module has no file.

    Examples
    --------
    >>> misconceptions("m99")[["item", "misconception", "name"]]
              item misconception         name
    0   m99-better  kept-reverse  Denominator
    1  m99-answers  kept-reverse  Denominator
    """
    rows: list[dict[str, str]] = []
    for name in _read(module).get("items", {}):
        item = find_item(name)
        rows += [
            {
                "item": name,
                "kind": item.kind,
                "misconception": mistake.id,
                "name": mistake.says("name"),
                "message": mistake.says("message"),
                "hint": item.says("hint", mistake),
                "anchor": item.anchor(mistake),
                "section": item.says("section", mistake),
            }
            for mistake in item.misconceptions.values()
        ]
    columns = ["item", "kind", "misconception", "name", "message", "hint", "anchor", "section"]
    return pd.DataFrame(rows, columns=columns)
