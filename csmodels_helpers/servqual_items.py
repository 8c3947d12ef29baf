"""The instrument: dimensions, items and the columns of an export that hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers.errors import ArgumentError, UnknownNameError
from csmodels_helpers.language import text
from csmodels_helpers.metrics_words import digits_of_mean, rounded
from csmodels_helpers.survey import check_columns, check_scale, to_floats
from csmodels_helpers.survey import scale as scale_rule

__all__ = ["DIMENSIONS", "ITEMS", "dimension_name", "item_text"]

Floats = npt.NDArray[np.float64]

DIMENSIONS: dict[str, tuple[str, ...]] = {
    "tangibles": ("T1", "T2", "T3", "T4"),
    "reliability": ("Rel5", "Rel6", "Rel7", "Rel8", "Rel9"),
    "responsiveness": ("Resp10", "Resp11", "Resp12", "Resp13"),
    "assurance": ("A14", "A15", "A16", "A17"),
    "empathy": ("E18", "E19", "E20", "E21", "E22"),
}
"""The five dimensions of SERVQUAL and their items."""

ITEMS: tuple[str, ...] = tuple(item for items in DIMENSIONS.values() for item in items)
"""The 22 items in their order."""

OVERALL = "overall"


def dimension_name(dimension: str) -> str:
    """Say a dimension in the language in force.

    Parameters
    ----------
    dimension : str
        One of :data:`DIMENSIONS`, ``"overall"``, or any other name, which is returned as it is.

    Returns
    -------
    str
        The name in words.

    Examples
    --------
    >>> dimension_name("responsiveness")
    'Responsiveness'
    """
    return text(f"servqual.dimension.{dimension}") if dimension in (*DIMENSIONS, OVERALL) else str(dimension)


def item_text(item: str) -> str:
    """Say what an item asks, in the language in force.

    Parameters
    ----------
    item : str
        One of :data:`ITEMS`.

    Returns
    -------
    str
        A statement with which respondents agree more or less. The words are this course's own.

    Raises
    ------
    UnknownNameError
        If there is no such item.

    Examples
    --------
    >>> item_text("Resp11")
    'Support answers a request promptly.'
    """
    if item not in ITEMS:
        raise UnknownNameError(text("servqual.words.item"), item, list(ITEMS))
    return text(f"servqual.item.{item}")


@dataclass(frozen=True)
class Instrument:
    """Dimensions and items of a survey, checked.

    Parameters
    ----------
    dimensions : dict of tuple of str
        Dimension → items.
    signs : dict of float
        Item → −1 if it was asked the other way round, else 1.
    scale : tuple of int
        Lowest and highest answer.
    """

    dimensions: dict[str, tuple[str, ...]]
    signs: dict[str, float]
    scale: tuple[int, int]

    @property
    def items(self) -> list[str]:
        """All items in their order."""
        return [item for items in self.dimensions.values() for item in items]

    def turned(self, item: str, values: Any) -> Any:
        """Turn answers (or their mean) round if the item was asked the other way round."""
        return values if self.signs[item] > 0 else sum(self.scale) - values


def instrument(dimensions: Any, reverse: Sequence[str], scale: Any) -> Instrument:
    """Check what describes the instrument."""
    given = DIMENSIONS if dimensions is None else dimensions
    allowed = text("servqual.allowed.dimensions")
    if not isinstance(given, Mapping) or not given or any(isinstance(v, str) for v in given.values()):
        raise ArgumentError("dimensions", given, allowed)
    known = {str(name): tuple(str(item) for item in items) for name, items in given.items()}
    items = [item for each in known.values() for item in each]
    if OVERALL in known or not all(known.values()) or len(set(items)) < len(items):
        raise ArgumentError("dimensions", given, allowed)
    listed = [reverse] if isinstance(reverse, str) else list(reverse)
    for item in listed:
        if item not in items:
            raise UnknownNameError(text("servqual.words.item"), item, items)
    return Instrument(known, {item: -1.0 if item in listed else 1.0 for item in items}, check_scale(scale))


def columns_of(pattern: Any, names: Sequence[str], argument: str, field: str = "item") -> dict[str, str]:
    """Return the column of each item or dimension, by a pattern such as "perceived_{item}" or a mapping."""
    if isinstance(pattern, str) and f"{{{field}}}" in pattern:
        return {name: pattern.replace(f"{{{field}}}", name) for name in names}
    if isinstance(pattern, Mapping) and all(name in pattern for name in names):
        return {name: str(pattern[name]) for name in names}
    raise ArgumentError(argument, pattern, text(f"servqual.allowed.columns_{field}", argument=argument))


def check_answers(data: Any, columns: Mapping[str, str], scale: tuple[int, int]) -> None:
    """Check that each column holds whole numbers on the scale, or missing ones."""
    check_columns(data, columns.values(), scale_rule(*scale, missing=True))


def dimension_scores(made: Instrument, rows: pd.DataFrame, columns: Mapping[str, str]) -> Floats:
    """Average the items of each dimension, NaN where one is missing: shape (rows, dimensions)."""
    scores = [
        np.mean([made.turned(item, to_floats(rows[columns[item]])) for item in items], axis=0)
        for items in made.dimensions.values()
    ]
    return np.stack(scores, axis=1)


def say_points(value: float, digits: int = 2) -> str:
    """Write points of the scale."""
    return rounded(float(value), digits)


def digits_for(low: float, high: float) -> int:
    """Decimals that an interval supports, at least one."""
    margin = (high - low) / 2
    return max(1, digits_of_mean(margin)) if margin > 0 else 2


def say_with_interval(value: float, low: float, high: float, confidence: float) -> str:
    """Write a number of points with its interval."""
    if np.isnan(low):
        return say_points(value)
    digits = digits_for(low, high)
    return text(
        "servqual.words.interval",
        value=say_points(value, digits),
        low=say_points(low, digits),
        high=say_points(high, digits),
        level=f"{100 * confidence:g}",
    )
