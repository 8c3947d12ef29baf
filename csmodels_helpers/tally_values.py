"""Values of any engine as plain ones: numbers, text, yes/no, dates and one kind of missing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers.errors import DataError
from csmodels_helpers.language import text

__all__ = ["first_row"]

Floats = npt.NDArray[np.float64]

_EXACT = 2**53


def first_row(data: Any, position: int) -> Any:
    """Name a row as its owner would: by the index label of a pandas frame, else by its position.

    Parameters
    ----------
    data : frame
        The frame that the user gave.
    position : int
        Row number from 0.

    Returns
    -------
    object
        Index label or position.

    Examples
    --------
    >>> first_row(pd.DataFrame({"score": [4, 9]}, index=["a", "b"]), 1)
    'b'
    """
    native: Any = nw.to_native(data, pass_through=True)
    if isinstance(native, pd.DataFrame):
        return native.index[position]
    return position


def is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)


def kind_of(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "bool"
    if isinstance(value, int | float | Decimal | np.number):
        return "number"
    if isinstance(value, str):
        return "text"
    return "time" if isinstance(value, dt.date) else "other"


def plain_series(values: list[Any], column: str, data: Any = None) -> pd.Series[Any]:
    """Give values from any engine one dtype that depends on the values alone."""
    types = set(map(type, values))  # most columns hold one type, and nothing needs to be looked at one by one
    if types == {str}:
        return pd.Series(values, dtype="str")
    if types == {int} and min(values) >= -(2**63) and max(values) < 2**63:
        return pd.Series(values, dtype="int64")
    known = [v for v in values if not is_missing(v)]
    kinds = sorted({kind_of(v) for v in known})
    if len(kinds) > 1:
        native = None if data is None else list_values(nw.from_native(data), column)
        common = max(kinds, key=lambda kind: sum(kind_of(v) == kind for v in native or known))
        odd = [i for i, v in enumerate(native or values) if not is_missing(v) and kind_of(v) != common]
        row = first_row(data, odd[0]) if data is not None else odd[0]
        raise DataError(column, len(odd), row, (native or values)[odd[0]], text("tally.kind.allowed"))
    gaps = len(known) < len(values)
    kind = kinds[0] if kinds else "none"
    clean = [np.nan if is_missing(v) else v for v in values]
    if kind == "none":
        return pd.Series(clean, dtype="float64" if gaps else object)
    if kind == "text":
        return pd.Series(clean, dtype="str")
    if kind == "bool":
        # Not object: pandas does not sort a mixture of bool and NaN reliably.
        return pd.Series(
            [pd.NA if is_missing(v) else bool(v) for v in values], dtype="boolean" if gaps else bool
        )
    if kind == "number":
        return _plain_numbers(clean, known, gaps)
    if kind == "time":
        times = pd.Series([pd.NaT if is_missing(v) else pd.Timestamp(v) for v in values])
        return times.dt.as_unit("us")
    return pd.Series(clean, dtype=object)


def _plain_numbers(clean: list[Any], known: list[Any], gaps: bool) -> pd.Series[Any]:
    if all(v == v // 1 for v in known):
        whole = [v if isinstance(v, float) and v != v else int(v) for v in clean]
        largest = max(abs(int(v)) for v in known)
        if not gaps and largest < 2**63:
            return pd.Series(whole, dtype="int64")
        if largest > _EXACT:  # where a float64 would make neighbours equal
            return pd.Series([pd.NA if is_missing(v) else v for v in whole], dtype="Int64")
        return pd.Series(whole, dtype="float64")
    return pd.Series([float(v) for v in clean], dtype="float64")


def list_values(frame: Any, column: str) -> list[Any]:
    part = frame.select(column)
    if isinstance(part, nw.LazyFrame):
        part = part.collect()
    return part.get_column(column).to_list()


def as_numbers(series: Any) -> Any:
    """Return a column as numbers of any width, missing ones as NaN."""
    if series.dtype.is_numeric():
        values = series.to_numpy()
        if values.dtype.kind in "iuf":
            return values
    return _floats(series)


def _floats(series: Any) -> Floats:
    dtype = series.dtype
    if dtype.is_numeric() or dtype == nw.Boolean:
        return np.asarray(series.cast(nw.Float64).to_numpy(), dtype=np.float64)
    return np.array([np.nan if is_missing(v) else float(v) for v in series.to_list()], dtype=np.float64)
