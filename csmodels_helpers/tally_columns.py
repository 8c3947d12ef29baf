"""What both kinds of tally ask of their columns, and what merging asks of two tallies."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import text
from csmodels_helpers.tally_groups import GROUP
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


def known_columns(frame: Any, wanted: Sequence[str]) -> Any:
    schema = frame.collect_schema()
    for column in wanted:
        if column not in schema.names():
            raise UnknownNameError(text("tally.kinds.column"), column, list(schema.names()))
    return schema


def category_levels(schema: Mapping[str, Any], columns: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    return {c: tuple(schema[c].categories) for c in columns if isinstance(schema[c], nw.Enum)}


def merge_levels(
    one: Mapping[str, tuple[Any, ...]], two: Mapping[str, tuple[Any, ...]]
) -> Mapping[str, tuple[Any, ...]]:
    for column in one.keys() & two.keys():
        if one[column] != two[column]:
            raise ArgumentError("other", two[column], text("tally.merge.levels", levels=one[column]))
    return {**one, **two}


def merge_repeated(one: bool | None, two: bool | None) -> bool | None:
    # None (nobody said who answered) wins: a tally with strangers in it has no respondent groups.
    return None if one is None or two is None else True


def stack_cells(frames: list[pd.DataFrame], keys: tuple[str, ...], rest: list[str]) -> pd.DataFrame:
    """Put two tallies' cells under each other without letting pandas guess a dtype."""
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
