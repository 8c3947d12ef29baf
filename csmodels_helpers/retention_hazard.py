"""Who leaves when: the hazard by period, from counted histories."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text, unit_words
from csmodels_helpers.metrics_intervals import difference_ends, wilson
from csmodels_helpers.metrics_scores import score_table
from csmodels_helpers.metrics_words import axis_with_unit
from csmodels_helpers.results import Result
from csmodels_helpers.retention_lives import Floats, at_risk, refuse, segment_labels, tally_lives
from csmodels_helpers.retention_plots import draw_hazard, shared_percent
from csmodels_helpers.survey import check_confidence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Hazard", "hazard"]


@dataclass(frozen=True, eq=False)
class Hazard(Result):
    """Who leaves when: the risk of leaving in one unit of time, by period.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a segment and period: the segment column, ``period`` (text), ``first``, ``last``,
        ``n_events``, ``exposure`` (customers at risk, added over the units of the period), ``hazard`` (share
        of those at risk who leave in one unit, 0–1), ``low``, ``high``, and against the period before
        ``change``, ``change_low``, ``change_high`` (NaN in the first).
    segment : str or None
        Name of the segment column.
    unit : str or None
        One unit of time, such as ``"month"``.
    confidence : float
        Level of the intervals.

    See Also
    --------
    hazard : makes one.
    """

    segment: str | None
    unit: str | None
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the hazard of each period with its interval.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        label = axis_with_unit("retention.axis.hazard", self.unit)
        xlabel = axis_with_unit("retention.axis.period", self.unit)
        parts = [part for _, part in self._parts()]
        names = [name for name, _ in self._parts()]
        return draw_hazard(
            ax, parts, names, title=self._title(), xlabel=xlabel, ylabel=label, alt=self.explain()
        )

    def explain(self) -> str:
        """Say the largest change from one period to the next, or that none is shown.

        Returns
        -------
        str
            One or two sentences.
        """
        shared = {"level": f"{100 * self.confidence:g}", "unit": self._a_unit()}
        total = text(
            "retention.explain.hazard_all",
            events=int(self.table["n_events"].sum()),
            exposure=int(self.table["exposure"].sum()),
            **shared,
        )
        jump = self._jump()
        if jump is None:
            return join(text("retention.explain.hazard_none"), total)
        name, before, row = jump
        said = shared_percent([(before["hazard"], row["hazard"])], least=1)
        points = shared_percent([(row["change"], row["change_low"], row["change_high"])], least=1)
        sentence = text(
            "retention.explain.hazard_jump",
            segment=name,
            earlier=self._in(before["period"]),
            when=self._in(row["period"]),
            old=said(before["hazard"]),
            new=said(row["hazard"]),
            low=points(row["change_low"]).removesuffix(" %"),
            high=points(row["change_high"]).removesuffix(" %"),
            **shared,
        )
        return join(sentence, total)

    def _a_unit(self) -> str:
        key = "retention.sign.a_unit" if self.unit else "retention.sign.a_period"
        return text(key, unit=unit_words(self.unit))

    def _in(self, period: str) -> str:
        key = "retention.sign.in_unit" if self.unit else "retention.sign.in_period"
        return text(key, unit=unit_words(self.unit, counted=True), period=period)

    def _title(self) -> str:
        jump = self._jump()
        if jump is None:
            return text("retention.title.hazard_none")
        name, before, row = jump
        said = shared_percent([(before["hazard"], row["hazard"])], least=1)
        key = "retention.title.hazard_up" if row["change"] > 0 else "retention.title.hazard_down"
        return text(
            key,
            segment=name,
            when=self._in(row["period"]),
            old=said(before["hazard"]),
            new=said(row["hazard"]),
            unit=self._a_unit(),
        )

    def _parts(self) -> list[tuple[str, pd.DataFrame]]:
        if self.segment is None:
            return [(text("retention.axis.all"), self.table)]
        first = self.table.drop_duplicates(self.segment)
        labels = segment_labels(first, self.segment)
        values = self.table[self.segment]
        return [
            (name, self.table[values.isna() if pd.isna(value) else values == value])
            for name, value in zip(labels, first[self.segment], strict=True)
        ]

    def _jump(self) -> tuple[str, dict[Any, Any], dict[Any, Any]] | None:
        """Give the largest change whose interval leaves 0 out, with the period before it."""
        best: tuple[str, dict[Any, Any], dict[Any, Any]] | None = None
        for name, part in self._parts():
            rows = part.to_dict("records")
            for before, row in itertools.pairwise(rows):
                shown = row["change_low"] > 0 or row["change_high"] < 0
                if shown and (best is None or abs(row["change"]) > abs(best[2]["change"])):
                    best = name, before, row
        return best


def hazard(
    data: Any,
    *,
    time: str,
    event: str | None = None,
    until: float | None = None,
    entry: str | None = None,
    periods: Sequence[tuple[int, int]] | None = None,
    segment: str | None = None,
    respondent: str | None = None,
    unit: str | None = None,
    confidence: float = 0.95,
) -> Hazard:
    """Estimate the risk of leaving in one unit of time, period by period.

    Parameters
    ----------
    data : frame
        One row a customer; any frame that narwhals knows.
    time, event, until, entry, segment, respondent
        As in :func:`survival`; times (and entries) are whole numbers here.
    periods : sequence of tuple of int, optional
        First and last unit of each period, both belonging to it, such as ``[(1, 17), (18, 18), (19, 36)]``;
        one after another without overlap. By default each unit of time is a period.
    unit : str, optional
        One unit of time, such as ``"month"``, written as it is given.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    Hazard
        Shares 0–1 of those at risk.

    Raises
    ------
    DataError
        As :func:`survival`, or if a time or entry is no whole number.
    ArgumentError
        If periods are empty, turned round or overlap.

    Notes
    -----
    hazard = exits in the period / Σ over its units of the customers at risk, with a Wilson interval:
    given who is at risk, the exits of a unit are binomial (Brown 1975, *Biometrics* 31, 863–872). A
    change between two periods has Newcombe's interval (1998, *Statistics in Medicine* 17, 873–890, method
    10); the two estimates are uncorrelated though the customers are the same, as each unit counts only
    those still at risk.

    Examples
    --------
    >>> customers = pd.DataFrame({"month_left": [3, 18, 18, None, None]})
    >>> found = hazard(customers, time="month_left", until=24, periods=[(1, 17), (18, 18)])
    >>> found.table[["period", "n_events", "exposure", "hazard"]].round(3)
      period  n_events  exposure  hazard
    0   1–17         1        71   0.014
    1     18         2         4   0.500
    """
    level = check_confidence(confidence)
    lives = tally_lives(data, time, event, until, entry, segment, respondent)
    for column in (time, entry):
        if column is not None and not _whole(lives.tallied.cells[column]).all():
            refuse(data, [column], lambda rows, c=column: ~_whole(rows[c]), text("retention.allowed.whole"))
    parts = lives.parts()
    given = periods
    if given is None:
        first = min(float(np.where(np.isinf(start), 0, start).min()) for _, start, *_ in parts)
        last = max(float(end.max()) for _, _, end, *_ in parts)
        given = [(u, u) for u in range(int(first) + 1, int(last) + 1)]
    spans = _check_periods(given)
    rows: list[dict[str, Any]] = []
    for label, start, end, gone, n in parts:
        named: dict[str, Any] = {} if segment is None else {segment: label}
        rows += [named | row for row in _periods(start, end, gone, n, spans, level)]
    return Hazard(score_table(rows, lives.tallied, segment), segment, unit, level)


def _whole(values: pd.Series[Any]) -> pd.Series[bool]:
    return values.map(lambda v: pd.isna(v) or float(v).is_integer()).astype(bool)


def _check_periods(periods: Any) -> list[tuple[int, int]]:
    spans: list[Any] = [tuple(span) if isinstance(span, Sequence) else (span,) for span in periods]
    ends = [end for span in spans for end in span]
    whole = all(isinstance(end, int | np.integer) and not isinstance(end, bool) for end in ends)
    pairs = bool(spans) and whole and all(len(span) == 2 and span[0] <= span[1] for span in spans)
    if not pairs or any(one[1] >= two[0] for one, two in itertools.pairwise(spans)):
        raise ArgumentError("periods", list(periods), text("retention.allowed.periods"))
    return [(int(first), int(last)) for first, last in spans]


def _periods(
    entry: Floats, time: Floats, gone: Floats, n: Floats, spans: list[tuple[int, int]], level: float
) -> list[dict[str, Any]]:
    """Count exits and exposure of each period of one segment."""
    rows: list[dict[str, Any]] = []
    before: tuple[float, float, float] | None = None
    for first, last in spans:
        exposure = float(at_risk(entry, time, n, np.arange(first, last + 1, dtype=np.float64)).sum())
        events = float(n[(gone > 0) & (time >= first) & (time <= last)].sum())
        found = (math.nan, math.nan, math.nan)
        if exposure > 0:
            share = wilson(events, exposure, level)
            found = (share.score, share.low, share.high)
        change = (math.nan, math.nan, math.nan)
        if before is not None:
            change = (found[0] - before[0], *difference_ends(found, before))
        before = found
        row: dict[str, Any] = {"period": f"{first}" if first == last else f"{first}–{last}"}
        row |= {"first": first, "last": last, "n_events": int(events), "exposure": int(exposure)}
        row |= dict(zip(("hazard", "low", "high"), found, strict=True))
        rows.append(row | dict(zip(("change", "change_low", "change_high"), change, strict=True)))
    return rows
