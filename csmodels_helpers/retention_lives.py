"""Histories of customers, counted: when they entered, left or were last seen."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import text
from csmodels_helpers.metrics_scores import counted_columns
from csmodels_helpers.survey import check_column, check_unique, find_rows, number
from csmodels_helpers.tally import Counts, counts

__all__: list[str] = []

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Lives:
    """Counted histories: how many customers entered, left or were last seen when, segment by segment."""

    tallied: Counts
    time: str
    event: str | None
    entry: str | None
    segment: str | None
    until: float | None

    def parts(self) -> list[tuple[Any, Floats, Floats, Floats, Floats]]:
        """Segment, entry (−∞ without one), time, event (1 or 0) and number of customers, in order."""
        cells = self.tallied.total()
        if self.segment is None:
            return [(None, *self._columns(cells))]
        groups = cells.groupby(self.segment, observed=True, dropna=False, sort=True)
        return [(None if pd.isna(label) else label, *self._columns(part)) for label, part in groups]

    def _columns(self, cells: pd.DataFrame) -> tuple[Floats, Floats, Floats, Floats]:
        time = cells[self.time].to_numpy(dtype=np.float64, na_value=math.nan)
        gone = ~np.isnan(time)
        if self.event is not None:
            gone = cells[self.event].to_numpy(dtype=np.float64) > 0
        if self.until is not None:
            time = np.where(np.isnan(time), self.until, time)
        entry = np.full(len(time), -math.inf)
        if self.entry is not None:
            entry = cells[self.entry].to_numpy(dtype=np.float64)
        return entry, time, gone.astype(np.float64), cells["n"].to_numpy(dtype=np.float64)


def tally_lives(
    data: Any,
    time: str,
    event: str | None,
    until: float | None,
    entry: str | None,
    segment: str | None,
    respondent: str | None,
) -> Lives:
    """Count the histories and refuse those that cannot be."""
    if (event is None) == (until is None):
        raise ArgumentError("event", event, text("retention.allowed.event_or_until"))
    check_column(data, time, number(0, until, missing=until is not None))
    if entry is not None:
        check_column(data, entry, number())
    columns = counted_columns(segment, *([] if entry is None else [entry]), time)
    tallied = counts(data, columns if event is None else [*columns, event], respondent=respondent)
    if tallied.cells.empty:
        raise DataError(time, 0, "—", None, text("survey.allowed.rows"))
    if respondent and tallied.repeated:
        check_unique(data, respondent, advice=text("loyalty.advice.once"))
    if event is not None and not _yes_or_no(tallied.cells[event]).all():
        refuse(data, [event], lambda rows: ~_yes_or_no(rows[event]), text("retention.allowed.event"))
    if entry is not None:
        cells = tallied.cells

        def late(rows: pd.DataFrame) -> pd.Series[bool]:
            return rows[entry] >= rows[time].fillna(math.inf if until is None else until)

        if late(cells).any():
            allowed, advice = text("retention.allowed.entry", time=time), text("retention.advice.entry")
            refuse(data, [entry, time], late, allowed, advice)
    return Lives(tallied, time, event, entry, segment, until)


def _yes_or_no(values: pd.Series[Any]) -> pd.Series[bool]:
    return values.map(lambda v: not pd.isna(v) and not isinstance(v, str) and v in (0, 1)).astype(bool)


def refuse(
    data: Any,
    columns: list[str],
    wrong: Callable[[pd.DataFrame], pd.Series[bool]],
    allowed: str,
    advice: str = "",
) -> None:
    """Raise the error for the rows in which the first of the columns is wrong, if there are any."""
    bad = find_rows(data, columns, wrong)
    if bad is not None:
        raise DataError(columns[0], bad.rows, bad.row, bad.values[columns[0]], allowed, advice)


def at_risk(entry: Floats, time: Floats, n: Floats, when: Floats) -> Floats:
    """Count who entered before each moment and had not left before it."""
    return _from(time, n, when) - _from(entry, n, when)


def _from(values: Floats, n: Floats, when: Floats) -> Floats:
    """Sum of ``n`` over the values that are at or after each moment."""
    by_value = np.argsort(values, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(n[by_value])])
    return before[-1] - before[np.searchsorted(values[by_value], when, side="left")]


def segment_labels(groups: pd.DataFrame, segment: str | None) -> list[str]:
    """Names of segments as a figure shows them."""
    if segment is None:
        return [text("retention.axis.all")]
    return [text("metrics.axis.missing") if pd.isna(v) else str(v) for v in groups[segment]]
