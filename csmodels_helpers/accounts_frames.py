"""What the functions for accounts share: tables with one row an account, names in sentences, colours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import text
from csmodels_helpers.metrics_words import rounded, with_unit
from csmodels_helpers.survey import Rule, check_column, check_unique, identifier, row_values

__all__: list[str] = []

NAMES_SPELT_OUT = 6
"""How many accounts a sentence names before it says "and 5 more"."""


def one_row_each(data: Any, account: str, columns: Mapping[str, Rule]) -> pd.DataFrame:
    """Fetch columns of a table with one row an account, checked: no id missing or twice, at least one row."""
    check_column(data, account, identifier())
    for column, rule in columns.items():
        check_column(data, column, rule)
    table = row_values(data, [account, *columns])
    if table.empty:
        raise DataError(account, 0, "—", None, text("survey.allowed.rows"))
    check_unique(data, account, rows=table, advice=text("accounts.advice.twice"))
    for column, rule in columns.items():
        if rule.kind in ("number", "scale"):
            table[column] = table[column].astype("float64")
    return table


def check_choice(name: str, value: object, allowed: Iterable[str]) -> None:
    """Refuse a named option that does not exist."""
    known = list(allowed)
    if value not in known:
        raise ArgumentError(name, value, " | ".join(repr(choice) for choice in known))


def is_number(value: Any) -> bool:
    """Whether a value is a finite number, and no yes/no."""
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return number and bool(np.isfinite(value))


def check_share(name: str, value: Any) -> float:
    """Check a number above 0 and below 1, such as ``vary``."""
    if not is_number(value) or not 0 < float(value) < 1:
        raise ArgumentError(name, value, text("accounts.allowed.vary"))
    return float(value)


def listed(names: Iterable[Any], most: int = NAMES_SPELT_OUT) -> str:
    """Write names one after another; of many the first few and how many more there are."""
    said = [str(name) for name in names]
    joined = text("accounts.sign.list").join(said[:most])
    return text("accounts.sign.more", names=joined, more=len(said) - most) if len(said) > most else joined


def money(amount: float) -> str:
    """Write an amount with three digits that count."""
    said = rounded(amount, _places(amount))
    return said.rstrip("0").rstrip(".") if "." in said else said


def money_range(low: float, high: float, unit: str | None) -> dict[str, str]:
    """Write the ends of a range with the decimals of the larger one, the unit behind the second.

    An end of nothing at all is "0".
    """
    places = _places(max(low, high, key=abs))
    while places and all(rounded(end, places).endswith("0") for end in (low, high)):
        places -= 1
    least, most = ("0" if end == 0 else rounded(end, places) for end in (low, high))
    return {"low": least, "high": with_unit(most, unit)}


def _places(amount: float) -> int:
    if amount == 0 or not np.isfinite(amount):
        return 0
    return min(max(0, 2 - int(np.floor(np.log10(abs(amount) + 1e-12)))), 2)
