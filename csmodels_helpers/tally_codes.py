"""Columns as codes: number the values, add up the rows that are alike."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from csmodels_helpers.tally_groups import GROUP, GROUPS, Ints
from csmodels_helpers.tally_values import plain_series

__all__: list[str] = []


@dataclass(frozen=True)
class Coded:
    """A column as numbers.

    Parameters
    ----------
    codes : numpy.ndarray
        For each row the position of its value in ``values``.
    values : pandas.Series
        The distinct values; from :func:`coded` in order, a missing one last.
    """

    codes: Ints
    values: pd.Series[Any]

    def renamed(self, values: Sequence[Any]) -> Coded:
        """Put another value in the place of each; several may become the same one.

        Parameters
        ----------
        values : sequence
            As many as there are distinct values, in their order.

        Returns
        -------
        Coded
            The same rows.

        Examples
        --------
        >>> found = coded(pd.Series(["hate", "like", "love"])).renamed(["no", "yes", "yes"])
        >>> found.codes.tolist(), found.values.tolist()
        ([0, 1, 1], ['no', 'yes'])
        """
        found = coded(list(values))
        return Coded(found.codes[self.codes], found.values)

    def ordered(self) -> Coded:
        """Put the values in order and number the rows by it.

        Returns
        -------
        Coded
            The same rows; values of a kind that has no order stay as they came.
        """
        place, values = _in_order(self.values)
        return Coded(place[self.codes], values)


def coded(values: Any, column: str = "", data: Any = None) -> Coded:
    """Give the values of a column numbers in their order; the dtype depends on the values alone.

    Parameters
    ----------
    values : pandas.Series or list
        The column.
    column : str, optional
        Its name, for an error.
    data : frame, optional
        The user's frame, whose row an error names.

    Returns
    -------
    Coded
        Codes and distinct values.

    Raises
    ------
    DataError
        If text and numbers are mixed.

    Examples
    --------
    >>> found = coded(pd.Series(["b", None, "a", "b"]))
    >>> found.codes.tolist(), found.values.tolist()
    ([1, 2, 0, 1], ['a', 'b', nan])
    """
    return coded_as_they_come(values, column, data).ordered()


def coded_as_they_come(values: Any, column: str = "", data: Any = None) -> Coded:
    """Give the values numbers as they come: with millions of rows each pass over the codes is felt."""
    if isinstance(values, pd.Series) and isinstance(values.dtype, pd.CategoricalDtype):
        numbers, known = values.cat.codes.to_numpy(), values.cat.categories.tolist()
        used = np.bincount(numbers.astype(np.intp) + 1, minlength=len(known) + 1)[1:] > 0
        if not used.all():  # a category that nobody chose must not decide about the dtype
            numbers = np.append(np.cumsum(used) - 1, -1)[numbers]
            known = [value for value, there in zip(known, used, strict=True) if there]
    else:
        # As objects True and 1 would be one value, so these are looked at one by one.
        if not isinstance(values, pd.Series) or values.dtype == object:
            values = plain_series(list(values), column, data)
        numbers, distinct = pd.factorize(values, use_na_sentinel=True)
        known = distinct.tolist()
    if len(numbers) and numbers.min() < 0:
        numbers = np.where(numbers < 0, len(known), numbers)
        known = [*known, None]
    codes: Any = numbers  # of any width: the categories of a few values come in bytes
    return Coded(codes, plain_series(known, column, data))


def _in_order(values: pd.Series[Any]) -> tuple[Ints, pd.Series[Any]]:
    """Sort distinct values, a missing one last, and say where each has gone."""
    plain = values
    with contextlib.suppress(TypeError):
        plain = values.sort_values(kind="stable", na_position="last")
    place = np.empty(len(plain), dtype=np.int64)
    place[plain.index.to_numpy()] = np.arange(len(plain))
    return place, plain.reset_index(drop=True)


def add_up(keys: Mapping[str, Coded], groups: Ints | None, sums: Mapping[str, Any]) -> pd.DataFrame:
    """Add up the rows that have the same keys and group.

    Parameters
    ----------
    keys : dict of Coded
        Columns by name.
    groups : numpy.ndarray or None
        The respondent group of each row; None puts all rows into group 0.
    sums : dict of numpy.ndarray or None
        What is to be added, by name; None counts the rows.

    Returns
    -------
    pandas.DataFrame
        One row a combination, sorted: the keys, ``respondent_group``, the sums.

    Examples
    --------
    >>> scores = coded(pd.Series([5, 4, 5]))
    >>> add_up({"score": scores}, np.array([0, 0, 0]), {"n": None})
       score  respondent_group  n
    0      4                 0  1
    1      5                 0  2
    """
    columns: list[tuple[Any, int]] = [(key.codes, len(key.values)) for key in keys.values()]
    if groups is not None:
        columns.append((groups, GROUPS))
    found, added = _add_up_codes(columns, sums)
    in_order = [_in_order(key.values) for key in keys.values()]
    ranks = [place[codes] for (place, _), codes in zip(in_order, found, strict=False)]
    found_groups = found[-1] if groups is not None else np.zeros(len(found[0]), dtype=np.int64)
    order = np.lexsort([found_groups, *reversed(ranks)])
    cells: dict[str, Any] = {
        name: values.array.take(rank[order])
        for name, (_, values), rank in zip(keys, in_order, ranks, strict=True)
    }
    cells[GROUP] = np.asarray(found_groups[order], dtype=np.int64)
    return pd.DataFrame(cells | {name: values[order] for name, values in added.items()})


def _add_up_codes(
    columns: list[tuple[Any, int]], sums: Mapping[str, Any]
) -> tuple[list[Ints], dict[str, Any]]:
    """Codes of the combinations that occur, column by column, and the sums of each."""
    size = math.prod(many for _, many in columns)
    rows = len(columns[0][0])
    if size > max(4 * rows, 2**16):
        place, first = number_rows(columns)
        found = [np.asarray(codes[first], dtype=np.int64) for codes, _ in columns]
        return found, {name: _sum_by(place, values, len(first)) for name, values in sums.items()}
    # Few enough combinations to count them all, also those that do not occur.
    code = np.zeros(rows, dtype=np.int64)
    for codes, many in columns:
        code *= many
        code += codes
    there = np.bincount(code, minlength=size)
    present = np.flatnonzero(there)
    added = {name: (there if v is None else _sum_by(code, v, size))[present] for name, v in sums.items()}
    found, rest = list[Ints](), present
    for _, many in reversed(columns):
        found.append(rest % many if many else rest)
        rest = rest // max(many, 1)
    return found[::-1], added


def _sum_by(place: Ints, values: Any, size: int) -> Any:
    if values is None:
        return np.bincount(place, minlength=size)
    total = np.zeros(size, dtype=values.dtype)
    np.add.at(total, place, values)
    return total


def number_rows(columns: Sequence[tuple[Ints, int]]) -> tuple[Ints, Ints]:
    """Give the distinct combinations of columns of codes numbers, in order.

    Parameters
    ----------
    columns : sequence of tuple
        Codes from 0 and how many different ones there may be, a column each.

    Returns
    -------
    tuple of numpy.ndarray
        For each row the number of its combination; for each combination the first row that has it.

    Examples
    --------
    >>> place, first = number_rows([(np.array([1, 0, 1]), 2), (np.array([5, 7, 5]), 100)])
    >>> place.tolist(), first.tolist()
    ([1, 0, 1], [1, 0])
    """
    place, size = number_combinations(columns)
    first = np.empty(size, dtype=np.int64)
    first[place[::-1]] = np.arange(len(place))[::-1]
    return place, first


def number_combinations(columns: Sequence[tuple[Ints, int]]) -> tuple[Ints, int]:
    """Do as :func:`number_rows` does, and say only how many combinations there are."""
    code, size = columns[0]
    for codes, many in columns[1:]:
        if size * many >= 2**62:
            code, size = _numbered(code, size)
        code, size = code * many + codes, size * many
    return _numbered(code, size)


def _numbered(code: Ints, size: int) -> tuple[Ints, int]:
    """Give the codes that occur numbers, in order, and count them."""
    if size <= max(4 * len(code), 2**16):
        there = np.zeros(size, dtype=bool)
        there[code] = True
        return (np.cumsum(there) - 1)[code], int(there.sum())
    numbers, distinct = pd.factorize(code)
    place = np.empty(len(distinct), dtype=np.int64)
    place[np.argsort(distinct)] = np.arange(len(distinct))
    return place[numbers], len(distinct)
