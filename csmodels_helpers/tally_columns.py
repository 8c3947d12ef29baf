"""What both kinds of tally ask of their columns, and what merging asks of two tallies."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from csmodels_helpers.errors import ArgumentError, CourseError, DataError, UnknownNameError
from csmodels_helpers.language import text
from csmodels_helpers.tally_groups import GROUP
from csmodels_helpers.tally_parts import (
    ClashError,
    Merge,
    Work,
    count_different,
    each_part,
    merged_parts,
    schema_of,
)
from csmodels_helpers.tally_values import (
    first_row,
    is_missing,
    kind_of,
    list_values,
    plain_series,
)

__all__: list[str] = []

ID, WEIGHT, SQUARE = "_respondent_id", "_weight", "_weight_squared"
RESERVED = (GROUP, "n", "w", "w2", "left_out", ID, WEIGHT, SQUARE)


def column_names(columns: Sequence[str], parameter: str) -> tuple[str, ...]:
    names = tuple([columns] if isinstance(columns, str) else columns)
    if not names or len(set(names)) < len(names):
        raise ArgumentError(parameter, columns, text("tally.columns.allowed"))
    reserved = [name for name in names if name in RESERVED]
    if reserved and parameter != "columns":
        allowed = text("tally.reserved.allowed", names=", ".join(RESERVED[:5]))
        raise ArgumentError(parameter, reserved[0], allowed, text("tally.reserved.advice"))
    return names


def given(name: str | None) -> list[str]:
    return [] if name is None else [name]


def known_columns(data: Any, wanted: Sequence[str]) -> Any:
    schema = schema_of(data)
    for column in wanted:
        if column not in schema.names():
            raise UnknownNameError(text("tally.kinds.column"), column, list(schema.names()))
    return schema


def category_levels(schema: Mapping[str, Any], columns: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    return {c: tuple(schema[c].categories) for c in columns if isinstance(schema[c], nw.Enum)}


def merge_levels(tallies: Sequence[Mapping[str, tuple[Any, ...]]]) -> Mapping[str, tuple[Any, ...]]:
    merged: dict[str, tuple[Any, ...]] = {}
    for levels in tallies:
        for column, order in levels.items():
            if merged.setdefault(column, order) != order:
                allowed = text("tally.merge.levels", levels=merged[column])
                raise ArgumentError("other", order, allowed)
    return merged


def merge_repeated(one: bool | None, two: bool | None) -> bool | None:
    # None (nobody said who answered) wins: a tally with strangers in it has no respondent groups.
    return None if one is None or two is None else True


def stack_cells(frames: list[pd.DataFrame], keys: tuple[str, ...], rest: list[str]) -> pd.DataFrame:
    """Put the cells of tallies under each other without letting pandas guess a dtype."""
    stacked: dict[str, Any] = {}
    for column in keys:
        values: list[Any] = [v for frame in frames for v in frame[column].tolist()]
        try:
            stacked[column] = plain_series(values, column)
        except DataError as error:
            allowed = text("tally.merge.kinds", column=column)
            raise ArgumentError("other", error.value, allowed) from None
    for column in rest:
        stacked[column] = np.concatenate([frame[column].to_numpy() for frame in frames])
    return pd.DataFrame(stacked)


def repeats_in(frame: Any, column: str) -> bool:
    found = frame.select(nw.col(column).n_unique().alias("ids"), nw.len().alias("rows"))
    if isinstance(found, nw.LazyFrame):
        found = found.collect()
    return int(found["ids"][0]) < int(found["rows"][0]) if len(found) else False


@dataclass(frozen=True)
class Ids:
    """Who answered in a part of a cluster's frame, or in several.

    Parameters
    ----------
    rows : int
        How many rows there are.
    repeated : bool
        Whether somebody stands in more than one row of a part.
    spans : tuple
        The smallest and the largest id of each part that has rows.
    """

    rows: int
    repeated: bool
    spans: tuple[tuple[Any, Any], ...]


def ids_of_part(part: Any, column: str, repeated: bool) -> Ids:
    ids: Any = nw.from_native(part, eager_only=True).get_column(column)
    if isinstance(ids.dtype, nw.Categorical | nw.Enum):
        ids = ids.cast(nw.String)
    return Ids(len(ids), repeated, ((ids.min(), ids.max()),) if len(ids) else ())


def merge_ids(found: Sequence[Ids]) -> Ids:
    rows, repeated = sum(ids.rows for ids in found), any(ids.repeated for ids in found)
    return Ids(rows, repeated, tuple(span for ids in found for span in ids.spans))


def repeats_across(data: Any, column: str, ids: Ids) -> bool:
    """Tell whether somebody stands in several rows, also of different parts.

    Where ids are sorted, as in most exports, the parts' spans tell. Else the cluster counts different ids,
    for which it moves them between its workers, though not here.
    """
    try:
        apart = all(one[1] < two[0] for one, two in pairwise(sorted(ids.spans)))
    except TypeError:  # text in one part, numbers in another
        apart = False
    return ids.repeated or (not apart and count_different(data, [column]) < ids.rows)


def id_checks(respondent: str | None) -> list[tuple[str, str]]:
    """List what :func:`check_ids` may find, in its order."""
    return [
        (column, text(f"tally.id.{rule}")) for column in given(respondent) for rule in ("allowed", "whole")
    ]


def merged_tallies(
    data: Any,
    columns: Sequence[str],
    keys: Sequence[str],
    work: Work,
    merge: Merge,
    *,
    checks: Sequence[tuple[str, str]],
    given: Sequence[Any] | None = None,
) -> Any:
    """Do as :func:`merged_parts`; keys of unlike kinds are told as of the whole column."""
    try:
        return merged_parts(data, columns, work, merge, given=given, checks=checks)
    except ClashError as error:
        raise _explained(data, keys, error) from None
    except DataError as error:
        if error.allowed == text("tally.kind.allowed"):
            raise _explained(data, keys, error) from None
        raise


def _explained(data: Any, columns: Sequence[str], clash: CourseError) -> CourseError:
    """Say which column holds values of two kinds, or categories in two orders."""
    parts: list[tuple[int, _Kinds, _Orders]] = each_part(data, columns, partial(_kinds_of_part, columns))
    for column in columns:
        kinds: dict[str, list[tuple[int, int, Any]]] = {}
        before = 0
        for rows, found, _ in parts:
            for kind, (n, first, value) in found[column].items():
                kinds.setdefault(kind, []).append((n, before + first, value))
            before += rows
        if len(kinds) > 1:
            common = max(sorted(kinds), key=lambda kind: sum(n for n, *_ in kinds[kind]))
            odd = [one for kind, all_ in kinds.items() if kind != common for one in all_]
            _, row, value = min(odd, key=lambda one: one[1])
            return DataError(column, sum(n for n, *_ in odd), row, value, text("tally.kind.allowed"))
        orders = list(dict.fromkeys(found[column] for _, _, found in parts if column in found))
        if len(orders) > 1:
            one, two = (list(order) for order in orders[:2])
            return CourseError(text("tally_parts.levels", column=column, one=one, two=two))
    return clash


_Kinds = dict[str, dict[str, tuple[int, int, Any]]]
_Orders = dict[str, tuple[Any, ...]]


def _kinds_of_part(columns: Sequence[str], part: Any, _: Any) -> tuple[int, _Kinds, _Orders]:
    """Rows of a part; of each column its kinds of values (how many, the first row and value) and levels."""
    frame: Any = nw.from_native(part, eager_only=True)
    kinds: _Kinds = {}
    for column in columns:
        kinds[column] = {}
        for row, value in enumerate(frame.get_column(column).to_list()):
            if not is_missing(value):
                n, first, sample = kinds[column].get(kind_of(value), (0, row, value))
                kinds[column][kind_of(value)] = (n + 1, first, sample)
    return len(frame), kinds, category_levels(frame.collect_schema(), columns)


def check_ids(data: Any, frame: Any, column: str, name: str | None = None) -> None:
    dtype = frame.collect_schema()[column]
    bad = nw.col(column).is_null()
    if dtype.is_float():
        bad = bad | nw.col(column).is_nan()
    label = name or column
    _refuse(data, frame, column, bad, is_missing, label, text("tally.id.allowed"), text("tally.id.advice"))
    if dtype.is_float():
        odd = nw.col(column) != nw.col(column).round(0)
        _refuse(data, frame, column, odd, lambda v: v != round(v), label, text("tally.id.whole"))


def check_weight_column(data: Any, frame: Any, column: str, dtype: Any) -> None:
    if not dtype.is_numeric():
        check_numbers(data, frame, column)
    number = nw.col(column).cast(nw.Float64)
    bad = number.is_null() | number.is_nan() | (number < 0) | (number == math.inf)

    def wrong(value: Any) -> bool:
        return is_missing(value) or not 0 <= float(value) < math.inf

    _refuse(data, frame, column, bad, wrong, column, text("tally.weight.allowed"))


def check_numbers(data: Any, frame: Any, column: str) -> None:
    """Refuse text in a column that should hold numbers, unless all of it happens to be numbers."""

    def wrong(value: Any) -> bool:
        return not is_missing(value) and kind_of(value) not in ("number", "bool")

    values = list_values(frame, column)
    bad = [i for i, value in enumerate(values) if wrong(value)]
    if bad:
        raise DataError(
            column, len(bad), first_row(data, bad[0]), values[bad[0]], text("tally.number.allowed")
        )


def refuse_infinite(data: Any, frame: Any, names: tuple[str, ...]) -> None:
    for column in names:
        values = list_values(frame, column)
        bad = [i for i, v in enumerate(values) if not is_missing(v) and math.isinf(v)]
        if bad:
            raise DataError(
                column, len(bad), first_row(data, bad[0]), values[bad[0]], text("tally.number.allowed")
            )


def _refuse(
    data: Any,
    frame: Any,
    column: str,
    bad: nw.Expr,
    wrong: Callable[[Any], bool],
    name: str,
    allowed: str,
    advice: str = "",
) -> None:
    """Raise a DataError if the expression ``bad`` holds anywhere; only then look for the first row."""
    found = frame.select(bad.cast(nw.Int64).sum().alias("rows"))
    if isinstance(found, nw.LazyFrame):
        found = found.collect()
    rows = int(found["rows"][0] or 0) if len(found) else 0  # some engines say null for a sum of nothing
    if rows:
        values = list_values(frame, column)
        first = next(i for i, value in enumerate(values) if wrong(value))
        raise DataError(name, rows, first_row(data, first), values[first], allowed, advice)
