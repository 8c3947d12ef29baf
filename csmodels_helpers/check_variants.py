"""The same question on other data, for practice: as often as wanted, and never graded.

``checks/variants/mNN.json`` is made from the solutions by ``make exercises``
(:mod:`csmodels_helpers.grading.variants`); the answers in it are those to the variants, not to the items.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from csmodels_helpers.check_feedback import CheckFailed, Feedback
from csmodels_helpers.check_items import Item, find_item, pick
from csmodels_helpers.check_tries import practising
from csmodels_helpers.errors import ArgumentError, UnknownNameError
from csmodels_helpers.language import text

__all__ = ["Variant", "variant"]

FOLDER = Path(__file__).resolve().parent / "checks" / "variants"


class Variant:
    """An item's question on other data, as :func:`variant` returns it.

    Attributes
    ----------
    item : str
        The item.
    question : str
        What is asked, in Markdown.
    arguments : tuple
        What your function is called with; empty if the item asks for no function.

    Examples
    --------
    >>> variant("m05-share", 1).item
    'm05-share'
    """

    def __init__(self, item: Item, entry: Mapping[str, Any]) -> None:
        self.item = item.id
        self._known, self._entry = item, entry
        self.arguments: tuple[Any, ...] = ast.literal_eval(entry.get("arguments", "()"))
        self.question = pick(entry.get("question")) or text("check.variant.call", call=self._call())
        self.question += "\n\n" + text("check.variant.how", answer=entry.get("function") or "…")

    def _call(self) -> str:
        return f"{self._entry['function']}({', '.join(map(repr, self.arguments))})"

    def check(self, answer: Any) -> Feedback:
        """Judge an answer: a function where the item asks for one, else the value.

        Parameters
        ----------
        answer : object
            Your function, or your answer.

        Returns
        -------
        Feedback
            Right, or which mistake it looks like. It is not recorded.

        Examples
        --------
        >>> variant("m05-share", 1).check(lambda counts: None).correct
        False
        """
        from csmodels_helpers import check

        entry = self._entry
        expected = ast.literal_eval(entry["expected"])
        wrong = {name: ast.literal_eval(value) for name, value in entry.get("wrong", {}).items()}
        rules: dict[str, Any] = entry.get("rules", {})
        with practising():
            try:
                got = answer
                if "function" in entry:
                    got = check.run(self.item, answer, *self.arguments)
                elif "options" in entry:
                    got = check.choice(self.item, answer, options=entry["options"], form_only=True)
                check.equal(self.item, got, expected, wrong=wrong, **rules)
            except CheckFailed as failure:
                level = failure.level
                return Feedback(self.item, False, failure.message, failure.misconception, level)
        return Feedback(self.item, True, text("check.variant.right"))

    def __repr__(self) -> str:
        return self.question

    def _repr_markdown_(self) -> str:
        return self.question


def variant(item: str, seed: int = 1) -> Variant:
    """Ask an item again, on other data; show the last line of a cell, then call ``.check(…)`` on it.

    Parameters
    ----------
    item : str
        An item of an assignment, such as ``"m05-settled"``.
    seed : int, default 1
        1, 2, 3, …: another number, other data. There are about twenty of each item; then they come again.

    Returns
    -------
    Variant
        The question, which shows itself; ``.check(answer)`` judges an answer.

    Raises
    ------
    UnknownNameError
        If the item is not known or is not asked on other data, such as an answer in words.
    ArgumentError
        If the seed is no whole number.

    Examples
    --------
    >>> again = variant("m05-share", 3)
    >>> again.check(lambda counts: {"better": 0.5, "worse": 0.5}).correct
    False
    """
    known = find_item(item)
    if isinstance(seed, bool) or not isinstance(seed, int):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError("seed", seed, text("check.variant.seed"))
    entries = _variants(known.module)
    if item not in entries:
        raise UnknownNameError(text("check.variant.kind"), item, list(entries))
    asked = entries[item]["asked"]
    return Variant(known, asked[(seed - 1) % len(asked)])


def answers_of_others(item: Item) -> dict[str, str]:
    """Return the names that the answers to the other items of the assignment set → their item."""
    entries = _variants(item.module)
    own: list[str] = entries.get(item.id, {}).get("sets", [])
    return {name: other for other, entry in entries.items() for name in entry["sets"] if name not in own}


@lru_cache
def _variants(module: str) -> dict[str, dict[str, Any]]:
    file = FOLDER / f"{module}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
