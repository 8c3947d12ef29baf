"""Rows of a frame as plain Python values: for models that need rows, and for errors that name one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from csmodels_helpers.tally import first_row
from csmodels_helpers.tally_parts import each_part, on_cluster, refuse_cluster

__all__ = ["Found", "column_values", "distinct_values", "find_rows", "row_values"]


def column_values(data: Any, column: str) -> pd.Series[Any]:
    """Fetch one column as plain Python values, rows numbered from 0; for error messages, not for sums.

    Parameters
    ----------
    data : frame
        Any frame that narwhals knows.
    column : str
        Its column.

    Returns
    -------
    pandas.Series of object
        The values as they came.

    Examples
    --------
    >>> column_values(pd.DataFrame({"csat": [5, 4]}), "csat").tolist()
    [5, 4]
    """
    return row_values(data, [column])[column]


def row_values(data: Any, columns: Iterable[str]) -> pd.DataFrame:
    """Fetch columns as plain Python values, rows numbered from 0; for models that need rows.

    All columns come in one fetch: an engine may give its rows in another order the next time.

    Parameters
    ----------
    data : frame
        Any frame that narwhals knows.
    columns : iterable of str
        Its columns; one that is named twice comes once.

    Returns
    -------
    pandas.DataFrame of object
        The values as they came.

    Examples
    --------
    >>> row_values(pd.DataFrame({"who": ["a", "b"], "csat": [5, 4]}), ["who", "csat"]).to_numpy().tolist()
    [['a', 5], ['b', 4]]
    """
    names = list(dict.fromkeys(columns))
    refuse_cluster(data, names)
    part: Any = nw.from_native(data).select(*names)
    if isinstance(part, nw.LazyFrame):
        part = part.collect()
    return pd.DataFrame({name: pd.Series(part.get_column(name).to_list(), dtype=object) for name in names})


@dataclass(frozen=True)
class Found:
    """The rows that :func:`find_rows` looked for.

    Parameters
    ----------
    rows : int
        How many there are.
    row : object
        The one asked for, as its owner names it: see :func:`csmodels_helpers.tally.first_row`.
    values : dict
        What stands in it.
    """

    rows: int
    row: Any
    values: dict[str, Any]


def find_rows(
    data: Any, columns: str | Sequence[str], wanted: Callable[[pd.DataFrame], Any], *, nth: int = 0
) -> Found | None:
    """Look for rows by what stands in them; those of a Dask or Spark frame are looked at where they lie.

    Parameters
    ----------
    data : frame
        Any frame that narwhals knows.
    columns : str or sequence of str
        The columns to look at.
    wanted : callable
        Takes these columns as :func:`row_values` fetches them, and says yes or no for each row.
    nth : int, default 0
        Which of them to name: 0 is the first. If there are fewer, the last.

    Returns
    -------
    Found or None
        How many, and the one to name; None if there is no such row.

    Examples
    --------
    >>> find_rows(pd.DataFrame({"csat": [5, 9, 8]}), "csat", lambda rows: rows["csat"] > 5)
    Found(rows=2, row=1, values={'csat': 9})
    """
    names = [columns] if isinstance(columns, str) else list(columns)
    if not on_cluster(data):
        _, rows, found = _find_in(names, wanted, nth, data, None)
    else:
        parts: list[tuple[int, int, _Places]] = each_part(data, names, partial(_find_in, names, wanted, nth))
        before, rows, found = 0, 0, []
        for size, here, places in parts:
            found += [(before + row, values) for row, values in places]
            before, rows = before + size, rows + here
    return Found(rows, *found[min(nth, rows - 1)]) if rows else None


_Places = list[tuple[Any, dict[str, Any]]]


def _find_in(
    names: list[str], wanted: Callable[[pd.DataFrame], Any], nth: int, data: Any, _: Any
) -> tuple[int, int, _Places]:
    """Rows in all, rows wanted, and where the first of these are."""
    rows = row_values(data, names)
    places = np.flatnonzero(np.asarray(wanted(rows), dtype=bool))
    first = [
        (first_row(data, int(i)), {name: rows[name].iloc[i] for name in names}) for i in places[: nth + 1]
    ]
    return len(rows), len(places), first


def distinct_values(data: Any, column: str) -> list[Any]:
    """Fetch the distinct values of a column in the order in which they first occur.

    Parameters
    ----------
    data : frame
        Any frame that narwhals knows.
    column : str
        Its column.

    Returns
    -------
    list
        Each value once.

    Examples
    --------
    >>> distinct_values(pd.DataFrame({"step": ["find", "buy", "find"]}), "step")
    ['find', 'buy']
    """
    if not on_cluster(data):
        return _distinct_in(column, data, None)
    parts: list[list[Any]] = each_part(data, [column], partial(_distinct_in, column))
    return list(dict.fromkeys(value for part in parts for value in part))


def _distinct_in(column: str, data: Any, _: Any) -> list[Any]:
    return list(dict.fromkeys(column_values(data, column)))
