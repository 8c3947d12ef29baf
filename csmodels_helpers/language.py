"""Every message in English and in Chinese.

The strings stand in ``csmodels_helpers/messages/<module>.toml``, one table a key with ``en`` and
``zh_CN``. Data values and category codes are never translated.
"""

from __future__ import annotations

import os
import re
import string
import tomllib
from functools import cache
from importlib import resources
from typing import Any

__all__ = ["LANGUAGES", "get_language", "join", "pick", "set_language", "text", "translations", "unit_words"]

LANGUAGES = ("en", "zh_CN")


def _initial() -> str:
    wanted = os.environ.get("CSMODELS_LANGUAGE", "en")
    return wanted if wanted in LANGUAGES else "en"


_current = _initial()


def set_language(language: str) -> None:
    """Choose the language of messages, figure labels and explanations.

    Parameters
    ----------
    language : {"en", "zh_CN"}
        English or simplified Chinese. The environment variable ``CSMODELS_LANGUAGE`` sets the start value.

    Raises
    ------
    ArgumentError
        For any other language.

    Examples
    --------
    >>> set_language("zh_CN")
    >>> get_language()
    'zh_CN'
    >>> set_language("en")
    """
    global _current
    if language not in LANGUAGES:
        from csmodels_helpers.errors import ArgumentError

        raise ArgumentError("language", language, " | ".join(repr(name) for name in LANGUAGES))
    _current = language


def get_language() -> str:
    """Return the language in force, ``"en"`` or ``"zh_CN"``.

    Returns
    -------
    str
        The code that :func:`set_language` took.

    Examples
    --------
    >>> get_language()
    'en'
    """
    return _current


def pick(strings: dict[str, str]) -> str:
    """Choose the string of the language in force from ``{"en": …, "zh_CN": …}``.

    Parameters
    ----------
    strings : dict of str
        One string a language.

    Returns
    -------
    str
        The string in the language in force.

    Examples
    --------
    >>> pick({"en": "yes", "zh_CN": "是"})
    'yes'
    """
    return strings[_current]


def join(*sentences: str) -> str:
    """Put sentences one after another: English ones with a space between, Chinese ones without.

    Parameters
    ----------
    *sentences : str
        Whole sentences; empty ones are left out.

    Returns
    -------
    str
        One paragraph.

    Examples
    --------
    >>> join("One.", "", "Two.")
    'One. Two.'
    """
    return (" " if _current == "en" else "").join(sentence for sentence in sentences if sentence)


@cache
def _messages(module: str) -> dict[str, Any]:
    source = resources.files("csmodels_helpers") / "messages" / f"{module}.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


def text(key: str, **values: object) -> str:
    """Look a message up and fill in its values.

    Parameters
    ----------
    key : str
        ``"<module>.<name>"``; the first part names the file ``messages/<module>.toml``.
    **values : object
        Filled into the ``{placeholders}`` of the message.

    Returns
    -------
    str
        The message in the language in force.

    Raises
    ------
    KeyError
        If there is no such message: a mistake in this package, not in the user's data.

    Examples
    --------
    >>> text("errors.unknown.near", names='"kano"')
    'Did you mean "kano"?'
    """
    words = pick(translations(key))
    return words.format(**values) if _current == "en" else _filled_chinese(words, values)


def translations(key: str) -> dict[str, str]:
    """Look a message up in every language, to know one again that was kept in another.

    Parameters
    ----------
    key : str
        As :func:`text` takes it.

    Returns
    -------
    dict of str
        One string a language, its ``{placeholders}`` not filled in.

    Examples
    --------
    >>> translations("grade.run.grading")
    {'en': 'Grading', 'zh_CN': '评分'}
    """
    module, _, rest = key.partition(".")
    node: Any = _messages(module)
    for part in rest.split("."):
        node = node[part]
    return node


_UNIT = re.compile(r"((?P<scale>\w+) )?(?P<word>\w+?)s?( a (?P<each>\w+))?")


def unit_words(unit: str | None, *, counted: bool = False) -> str:
    """Say a unit such as "months" or "million CNY a year" in the language in force.

    Parameters
    ----------
    unit : str or None
        As the user gave it; one with a word that is not in ``messages/units.toml`` stays as it is, whole.
    counted : bool, default False
        Whether a number stands before it: Chinese counts months otherwise than it names them.

    Returns
    -------
    str
        The unit, empty if there is none.

    Examples
    --------
    >>> set_language("zh_CN")
    >>> [unit_words(unit) for unit in ("thousand EUR", "million CNY a year", "parsecs")]
    ['千欧元', '百万元/年', 'parsecs']
    >>> unit_words("months"), unit_words("months", counted=True)
    ('月', '个月')
    >>> set_language("en")
    """
    found = _UNIT.fullmatch(unit or "")
    if _current == "en" or not found:
        return unit or ""
    scale, word, each = found.group("scale", "word", "each")
    known = _messages("units")
    words = known["money"]
    if not scale:
        words = words | known["other"] | (known["counted"] if counted else {})
    parts = [(scale, known["scale"]), (word, words), (each, known["other"])]
    if any(part and part not in among for part, among in parts):
        return unit or ""
    said = [pick(among[part]) if part else "" for part, among in parts]
    return said[0] + said[1] + (f"/{said[2]}" if each else "")


def _filled_chinese(words: str, values: dict[str, object]) -> str:
    """Fill in values; the space around a Latin one goes where the value turns out to be Chinese."""
    said = ""
    for literal, name, specification, _ in string.Formatter().parse(words):
        spaced = literal.startswith(" ") and _is_chinese(said[-1:]) and _is_chinese(literal[1:2])
        said += literal[1:] if spaced else literal
        if name is not None:
            value = format(values[name], specification or "")
            if said.endswith(" ") and _is_chinese(said[-2:-1]) and _is_chinese(value[:1]):
                said = said[:-1]
            said += value
    return said


def _is_chinese(sign: str) -> bool:
    """Whether a sign is Chinese, or a full-width mark."""
    return "\u3000" <= sign <= "\u303f" or "\u4e00" <= sign <= "\u9fff" or "\uff00" <= sign <= "\uffef"
