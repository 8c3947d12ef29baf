"""A series of months for a control chart: read it in order, find its baseline and its breaks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import text
from csmodels_helpers.survey import Found, check_column, find_rows, number
from csmodels_helpers.tally import moments
from csmodels_helpers.tally_parts import on_cluster

__all__: list[str] = []

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

LEAST = 5
"""Fewest points that give limits (Wheeler 2000: useful with five or six, firm with about seventeen)."""


@dataclass(frozen=True)
class Series:
    """Values in the order of their times; NaN where one is missing."""

    times: pd.Series[Any]
    order: list[Any]  # what times are compared by: the place in their categories if these are ordered
    levels: tuple[Any, ...] | None
    value: Floats
    count: Floats
    n: Floats
    missing: int  # rows in which a value is missing

    def place(self, time: Any, name: str) -> Any:
        """Turn a time that the caller gave into what times are compared by."""
        try:
            if self.levels is not None:
                return self.levels.index(time)
            if pd.api.types.is_datetime64_any_dtype(self.times.dtype):
                return pd.Timestamp(time)
            _ = time < self.order[0]
        except (TypeError, ValueError):
            said = say_times(self.times)
            allowed = text("monitoring.allowed.time", first=said[0], last=said[-1])
            raise ArgumentError(name, time, allowed) from None
        return time

    def baseline(self, baseline: Any, phase: npt.NDArray[np.int64]) -> Flags:
        """Tell which points the limits are computed from."""
        allowed = text("monitoring.allowed.baseline", least=LEAST)
        every = np.ones(len(self.value), dtype=bool)
        if baseline is None:
            return every
        if isinstance(baseline, int | np.integer) and not isinstance(baseline, bool):
            if baseline < LEAST or baseline > len(self.value):
                raise ArgumentError("baseline", baseline, allowed)
            return pd.Series(phase).groupby(phase).cumcount().to_numpy() < baseline
        if isinstance(baseline, str) or not isinstance(baseline, Sequence) or len(baseline) != 2:
            raise ArgumentError("baseline", baseline, allowed)
        first, last = (self.place(time, "baseline") for time in baseline)
        inside = np.array([first <= time <= last for time in self.order])
        if inside.sum() < LEAST:
            raise ArgumentError("baseline", tuple(baseline), allowed)
        # A phase without any of these points has only itself to go by.
        return inside | ~np.isin(phase, phase[inside])

    def phases(self, breaks: Sequence[Any]) -> npt.NDArray[np.int64]:
        """Give each point the number of its stretch; a break is the first time of a new definition."""
        if isinstance(breaks, str) or not isinstance(breaks, Sequence):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentError("breaks", breaks, text("monitoring.allowed.breaks"))
        phase = np.zeros(len(self.value), dtype=np.int64)
        for each in breaks:
            place = self.place(each, "breaks")
            after = np.array([time >= place for time in self.order])
            if after.all() or not after.any():
                names = say_times(self.times)
                raise ArgumentError(
                    "breaks", each, text("monitoring.allowed.time", first=names[1], last=names[-1])
                )
            phase += after
        return phase


def say_times(times: Any) -> list[str]:
    """Write times as people do: months as 2025-04, days as 2025-04-17, anything else as it is."""
    values = pd.Series(times)
    if not pd.api.types.is_datetime64_any_dtype(values.dtype):
        return [f"{v:g}" if isinstance(v, float) else str(v) for v in values]
    monthly = bool((values.dt.day == 1).all() and (values.dt.normalize() == values).all())
    return values.dt.strftime("%Y-%m" if monthly else "%Y-%m-%d").tolist()


def read_series(data: Any, value: str, time: str, n: str | None, *, below: bool = False) -> Series:
    """Take one value for each time: as it stands, or as the sum of ``value`` over that of ``n``.

    ``below`` says that ``value`` counts some of ``n`` and cannot be larger.
    """
    columns = [value] if n is None else [value, n]
    for column in columns:
        check_column(data, column, number(missing=True) if n is None else number(0, missing=True))
    if n is not None and below:
        refuse_more(data, value, n)
    made = moments(data, columns, segment=time)
    if len(made.keys) == 0:
        raise DataError(value, 0, "—", None, text("survey.allowed.rows"))
    keys = made.keys
    refuse_missing_time(data, time, keys[time])
    levels = made.levels.get(time)
    order = keys[time].tolist() if levels is None else [levels.index(v) for v in keys[time]]
    sort = np.array(sorted(range(len(order)), key=lambda i: order[i]))
    keys, sums = keys.iloc[sort].reset_index(drop=True), made.sums[sort]
    rows = keys["n"].to_numpy(dtype=np.int64)
    empty = rows == 0
    count, total = sums[:, 0].astype(np.float64), np.ones(len(sums))
    if n is None:
        _refuse_repeated(data, time, keys[rows + keys["left_out"].to_numpy() > 1])
    else:
        total = sums[:, 1].astype(np.float64)
        _refuse_zero(data, time, n, keys[time][(total == 0) & ~empty])
    found = np.divide(count, total, out=np.full(len(count), np.nan), where=~empty & (total > 0))
    if empty.all():
        raise DataError(value, made.left_out, "—", None, text("monitoring.allowed.values"))
    return Series(keys[time], [order[i] for i in sort], levels, found, count, total, made.left_out)


def _rows_at(data: Any, time: str, values: Any, nth: int) -> Found | None:
    wanted = {str(v) for v in pd.Series(values)}

    def there(rows: pd.DataFrame) -> list[bool]:
        return [str(v) in wanted for v in pd.Series(rows[time].tolist())]

    return find_rows(data, time, there, nth=nth)


def refuse_missing_time(data: Any, time: str, values: pd.Series[Any]) -> None:
    gaps = find_rows(data, time, lambda rows: rows[time].isna()) if values.isna().any() else None
    if gaps is not None:
        raise DataError(time, gaps.rows, gaps.row, None, text("monitoring.allowed.every_time"))


def _refuse_repeated(data: Any, time: str, keys: pd.DataFrame) -> None:
    if len(keys):
        found = _rows_at(data, time, keys[time], 1)
        value = say_times(keys[time])[0]
        allowed, advice = text("monitoring.allowed.one_row"), text("monitoring.advice.one_row")
        n, row = (2, "—") if found is None else (max(found.rows, 2), found.row)
        raise DataError(time, n, row, value, allowed, advice)


def _refuse_zero(data: Any, time: str, n: str, times: pd.Series[Any]) -> None:
    if len(times):
        found = _rows_at(data, time, times, 0)
        rows, row = (1, "—") if found is None else (found.rows, found.row)
        advice = text("monitoring.advice.zero", times=", ".join(say_times(times)))
        raise DataError(n, rows, row, 0, text("monitoring.allowed.some"), advice)


def refuse_more(data: Any, part: str, whole: str) -> None:
    """Refuse rows in which a part is larger than its whole."""
    if not on_cluster(data):
        frame: Any = nw.from_native(data).select(part, whole)
        suspects: Any = frame.filter(nw.col(part) > nw.col(whole)).select(nw.len().alias("rows"))
        if isinstance(suspects, nw.LazyFrame):
            suspects = suspects.collect()
        if int(suspects["rows"][0]) == 0:
            return
    # To Polars NaN is larger than any number; here it is a missing value.
    bad = find_rows(data, [part, whole], lambda rows: pd.to_numeric(rows[part]) > pd.to_numeric(rows[whole]))
    if bad is not None:
        allowed = text("monitoring.allowed.part", whole=whole)
        raise DataError(part, bad.rows, bad.row, bad.values[part], allowed)


def check_amount(name: str, given: Any, top: float = math.inf, *, zero: bool = False) -> None:
    """Refuse what is no number above 0 (or of 0), or one above ``top``."""
    number_given = isinstance(given, int | float | np.number) and not isinstance(given, bool)
    if number_given and (0 < given <= top or (zero and given == 0)) and given < math.inf:
        return
    key = "deadline" if zero else "positive" if math.isinf(top) else "smoothing"
    raise ArgumentError(name, given, text(f"monitoring.allowed.{key}"))
