"""Looking for mistakes in a file of items, ``checks/mNN.toml``."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any, cast

from csmodels_helpers.check_comparison import Rules, same_number
from csmodels_helpers.check_feedback import ITEM_ID, NAME, REASONS
from csmodels_helpers.check_items import KINDS
from csmodels_helpers.check_kinds import kind_of, parse_number
from csmodels_helpers.language import LANGUAGES, text

__all__ = ["validate_file"]

# The fields of an item and of its misconceptions: those that must be there, and those that may, by kind.
_ITEM = {"anchor", "section", "hint", "step"}
_ITEM_MUST = {
    "choice": {*_ITEM, "question", "options", "answer", "right"},
    "number": {*_ITEM, "question", "answer", "right"},
    "graded": _ITEM,
}
_ITEM_MAY = {"choice": set[str](), "number": {"tolerance"}, "graded": {"right", "objective"}}
_MISTAKE_MUST = {
    "choice": {"name", "message", "option"},
    "number": {"name", "message", "value"},
    "graded": {"name", "message"},
}
_MISTAKE_MAY = {"choice": set[str](), "number": {"tolerance"}, "graded": {"option"}}
# Those among them that are texts in two languages.
_TEXTS = {"section", "question", "hint", "step", "right", "name", "message"}
_PLACEHOLDER = re.compile(r"\{\w+\}")


def validate_file(path: str | Path) -> list[str]:
    """Look for mistakes in a file of items: ids, languages, placeholders, options, anchors, answers.

    Parameters
    ----------
    path : str or Path
        A file such as ``checks/m05.toml``.

    Returns
    -------
    list of str
        What is wrong, each naming the place; empty if nothing is.

    Examples
    --------
    >>> validate_file("m05.txt")
    ["m05.txt: the file's name should be mNN.toml"]
    """
    file = Path(path)
    if not re.fullmatch(r"m\d\d\.toml", file.name):
        return [text("check.lint.name", file=file.name)]
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return [text("check.lint.read", file=file.name, reason=error)]
    module = file.stem
    problems: list[str] = []
    if not str(content.get("lesson", "")).startswith(f"{module}_"):
        problems.append(text("check.lint.lesson", file=file.name, module=module))
    for name in sorted(set(content) - {"lesson", "items"}):
        problems.append(text("check.lint.unknown", where=file.name, field=name))
    items = content.get("items", {})
    if not isinstance(items, dict):
        return [*problems, text("check.lint.table", where=f"{file.name}: items")]
    for name, entry in cast("dict[str, Any]", items).items():
        where = f"{file.name}: {name}"
        match = ITEM_ID.fullmatch(name)
        if match is None or match[1] != module:
            problems.append(text("check.lint.id", where=where, module=module))
        if not isinstance(entry, dict):
            problems.append(text("check.lint.table", where=where))
            continue
        problems += _lint_item(where, cast("dict[str, Any]", entry))
    return problems


def _lint_item(where: str, entry: dict[str, Any]) -> list[str]:
    kind = entry.get("kind")
    if kind not in KINDS:
        return [text("check.lint.kind", where=where)]
    may = {"kind", "misconceptions", *_ITEM_MAY[kind]}
    problems = _lint_fields(where, entry, _ITEM_MUST[kind], may)
    mistakes: Any = entry.get("misconceptions", {})
    if not isinstance(mistakes, dict):
        return [*problems, text("check.lint.table", where=f"{where}: misconceptions")]
    good: dict[str, dict[str, Any]] = {}
    for name, mistake in cast("dict[str, Any]", mistakes).items():
        place = f"{where}/{name}"
        if not NAME.fullmatch(name):
            problems.append(text("check.lint.misconception_id", where=place))
        if name in REASONS:
            problems.append(text("check.lint.reserved", where=place, name=name))
        if not isinstance(mistake, dict):
            problems.append(text("check.lint.table", where=place))
            continue
        good[name] = fields = cast("dict[str, Any]", mistake)
        problems += _lint_fields(place, fields, _MISTAKE_MUST[kind], {*_ITEM, *_MISTAKE_MAY[kind]})
        if ("anchor" in fields) != ("section" in fields):
            problems.append(text("check.lint.both", where=place))
    if kind == "choice":
        return problems + _lint_choice(where, entry, good)
    if kind == "number":
        return problems + _lint_number(where, entry, good)
    return problems + _lint_twice(where, [m["option"] for m in good.values() if "option" in m])


def _lint_fields(where: str, entry: dict[str, Any], must: set[str], may: set[str]) -> list[str]:
    there = set(entry)
    problems = [text("check.lint.missing", where=where, field=f) for f in sorted(must - there)]
    problems += [text("check.lint.unknown", where=where, field=f) for f in sorted(there - must - may)]
    for name in sorted(_TEXTS & there & (must | may)):
        problems += _lint_text(where, name, entry[name])
    anchor = entry.get("anchor", "a")
    if not (isinstance(anchor, str) and NAME.fullmatch(anchor)):
        problems.append(text("check.lint.anchor", where=where))
    return problems


def _lint_text(where: str, name: str, strings: Any) -> list[str]:
    if not isinstance(strings, dict):
        return [text("check.lint.languages", where=where, field=name)]
    said = cast("dict[str, Any]", strings)
    if set(said) != set(LANGUAGES) or not all(isinstance(s, str) and s.strip() for s in said.values()):
        return [text("check.lint.languages", where=where, field=name)]
    found = {language: sorted(set(_PLACEHOLDER.findall(said[language]))) for language in LANGUAGES}
    problems: list[str] = []
    if len({tuple(names) for names in found.values()}) > 1:
        problems.append(text("check.lint.placeholders", where=where, field=name))
    known = {"{got}"} if name == "message" else set[str]()
    for placeholder in sorted({p for names in found.values() for p in names} - known):
        problems.append(
            text("check.lint.placeholder", where=where, field=name, name=placeholder, known="{got}")
        )
    return problems


def _lint_choice(where: str, entry: dict[str, Any], mistakes: dict[str, dict[str, Any]]) -> list[str]:
    options: Any = entry.get("options")
    if not isinstance(options, dict):
        return [] if options is None else [text("check.lint.table", where=f"{where}: options")]
    letters = [str(letter) for letter in cast("dict[str, Any]", options)]
    problems = [p for o in letters for p in _lint_text(where, f"options.{o}", cast("Any", options)[o])]
    if len(letters) < 2:
        problems.append(text("check.lint.few", where=where))
    answer = entry.get("answer")
    if answer not in letters:
        return [*problems, text("check.lint.answer", where=where)]
    wrong = [letter for letter in letters if letter != answer]
    told = [mistake["option"] for mistake in mistakes.values() if "option" in mistake]
    problems += [
        text("check.lint.option", where=where, option=option) for option in told if option not in wrong
    ]
    problems += [text("check.lint.uncovered", where=where, option=o) for o in wrong if o not in told]
    problems += _lint_twice(where, told)
    right: Any = cast("dict[str, Any]", options)[answer]
    if isinstance(right, dict):
        said = str(cast("dict[str, Any]", right).get("en", ""))
        number = parse_number(said)
        if number is not None:
            problems += _lint_secret(where, entry, mistakes, said.strip())
    return problems


def _lint_number(where: str, entry: dict[str, Any], mistakes: dict[str, dict[str, Any]]) -> list[str]:
    answer, tolerance = entry.get("answer"), entry.get("tolerance", 1e-6)
    problems: list[str] = []
    for name, value in (("answer", answer), ("tolerance", tolerance)):
        if value is not None and kind_of(value) != "number":
            problems.append(text("check.lint.number", where=where, field=name))
    if problems or answer is None:
        return problems
    seen: list[Any] = []
    for name, mistake in mistakes.items():
        value = mistake.get("value")
        near = mistake.get("tolerance", tolerance)
        if value is None:
            continue
        if kind_of(value) != "number" or kind_of(near) != "number":
            problems.append(text("check.lint.number", where=f"{where}/{name}", field="value"))
            continue
        if same_number(value, answer, Rules(float(tolerance))):
            problems.append(text("check.lint.right", where=f"{where}/{name}"))
        if any(same_number(value, other, Rules(float(near))) for other in seen):
            problems.append(text("check.lint.twice", where=where, what=value))
        seen.append(value)
    return problems + _lint_secret(where, entry, mistakes, str(answer))


def _lint_secret(
    where: str, entry: dict[str, Any], mistakes: dict[str, dict[str, Any]], answer: str
) -> list[str]:
    """Find diagnoses and hints that contain the answer: only the worked step may lead there."""
    pattern = re.compile(rf"(?<![\d.]){re.escape(answer)}(?!\d|\.\d)")
    problems: list[str] = []
    for place, fields in [(where, entry), *((f"{where}/{name}", m) for name, m in mistakes.items())]:
        for name in ("name", "message", "hint"):
            said: Any = fields.get(name)
            if isinstance(said, dict) and any(
                pattern.search(str(s)) for s in cast("dict[str, Any]", said).values()
            ):
                problems.append(text("check.lint.gives_away", where=place, field=name))
    return problems


def _lint_twice(where: str, told: list[Any]) -> list[str]:
    twice = [option for option, n in Counter(told).items() if n > 1]
    return [text("check.lint.twice", where=where, what=option) for option in twice]
