"""Are complaints answered by their deadline? Rows are read here, as each case has its own days."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_intervals import Interval, share_interval, take_sample
from csmodels_helpers.metrics_plots import draw_points, hundredfold, row_axes
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.monitoring_series import check_amount
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_column, check_confidence, number
from csmodels_helpers.tally import Counts, counts, first_row
from csmodels_helpers.tally_parts import refuse_cluster
from csmodels_helpers.uncertainty import z_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ComplaintLoop", "complaint_loop"]

Floats = npt.NDArray[np.float64]

STATES = ("in_time", "late", "overdue", "not_due_answered", "not_due_open")
"""Answered in time; answered late; open past its deadline; opened too recently to be late, answered or
open."""


@dataclass(frozen=True, eq=False)
class ComplaintLoop(Result):
    """How many complaints are answered by their deadline, with open ones counted honestly.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a segment: the segment column, ``n`` (cases), the counts ``in_time``, ``late``, ``overdue``,
        ``not_due_answered``, ``not_due_open``, ``due`` (the first three), ``score`` (share answered in time),
        ``low``, ``high``, ``of_closed`` (the flattering share among answered cases alone).
    segment : str or None
        Name of the segment column, such as owner or channel.
    deadline : str
        The deadline in words.
    method : {"due", "kaplan-meier"}
        How the share was estimated.
    confidence : float
        Level of the intervals.
    """

    segment: str | None
    deadline: str
    method: str
    confidence: float

    def _labels(self) -> list[str]:
        if self.segment is None:
            return [text("monitoring.axis.cases")]
        return [text("monitoring.axis.nobody") if pd.isna(v) else str(v) for v in self.table[self.segment]]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the share answered in time with its interval, and the share among answered cases.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        labels = self._labels()
        ax = row_axes(ax, len(labels) + 1)
        draw_points(ax, self.table, labels)
        ax.containers[0].set_label(text("monitoring.legend.in_time"))
        y = np.arange(len(labels))[::-1]
        naive = self.table["of_closed"].to_numpy(dtype=np.float64)
        label = text("monitoring.legend.of_closed")
        ax.plot(
            naive,
            y,
            linestyle="none",
            marker="D",
            markerfacecolor="white",
            color=plots.PALETTE["orange"],
            label=label,
        )
        hundredfold(ax.xaxis, " %")
        plots.legend_below(ax, ax.get_legend_handles_labels()[0])
        ylabel = text("metrics.axis.group") if self.segment is None else self.segment
        xlabel = text("monitoring.axis.in_time")
        return plots.label(ax, title=self._title(), xlabel=xlabel, ylabel=ylabel, alt=self.explain())

    def _title(self) -> str:
        rows = self.table
        if self.segment is None or len(rows) < 2:
            return text("monitoring.title.loop", **self._numbers(rows.iloc[0]))
        score = rows["score"].to_numpy(dtype=np.float64)
        low, high = (rounded(100 * float(end), 0) for end in (score.min(), score.max()))
        if low == high:
            return text("monitoring.title.loop_alike", low=low, count=len(rows))
        ends = {"low_segment": self._who(low), "high_segment": self._who(high)}
        return text("monitoring.title.loop_segments", low=low, high=high, **ends)

    def _who(self, said: str) -> str:
        """Name the segment with a score as it is said, or count those that share it."""
        scores = self.table["score"].to_numpy(dtype=np.float64)
        alike = [
            label
            for label, score in zip(self._labels(), scores, strict=True)
            if rounded(100 * float(score), 0) == said
        ]
        if len(alike) == 1:
            return alike[0]
        return text("monitoring.part.tied", tied=len(alike), count=len(scores))

    def _numbers(self, row: Any) -> dict[str, object]:
        said: dict[str, object] = {
            name: rounded(100 * float(row[name]), 0) for name in ("score", "low", "high", "of_closed")
        }
        counted = {name: int(row[name]) for name in ("n", "due", *STATES)}
        return said | counted | {"deadline": self.deadline, "level": f"{100 * self.confidence:g}"}

    def explain(self) -> str:
        """Say how many are answered in time and what became of the open ones.

        Returns
        -------
        str
            Two or three sentences.
        """
        rows = self.table
        sums = {name: int(rows[name].sum()) for name in ("n", "due", *STATES)}
        if self.segment is None:
            first = text("monitoring.explain.loop", **self._numbers(rows.iloc[0]))
        else:
            labels = self._labels()
            order = rows["score"].sort_values(kind="stable").index[:6]
            parts = [
                text("monitoring.explain.loop_part", name=labels[int(i)], **self._numbers(rows.loc[i]))
                for i in order
            ]
            said = text("monitoring.sign.list").join(parts)
            level = f"{100 * self.confidence:g}"
            first = text("monitoring.explain.loop_segments", parts=said, deadline=self.deadline, level=level)
        return join(
            first, text("monitoring.explain.loop_open", **sums), text("monitoring.explain.loop_naive")
        )


def complaint_loop(
    data: Any,
    *,
    opened: str,
    answered: str,
    as_of: Any,
    deadline: float | str,
    segment: str | None = None,
    respondent: str | None = None,
    method: Literal["due", "kaplan-meier"] = "due",
    confidence: float = 0.95,
) -> ComplaintLoop:
    """Check complaints against their deadline: the share answered in time, by owner or channel.

    Parameters
    ----------
    data : frame
        One row a complaint.
    opened, answered : str
        When it came in and when the customer had the answer: both dates (with or without time of day), or
        both numbers of days. A missing ``answered`` is an open case.
    as_of : date, str or float
        The day of the export: nothing is known of what happened later.
    deadline : float or str
        Days to answer, or the column that holds them.
    segment : str, optional
        Column of owners or channels; a case without one is shown as such.
    respondent : str, optional
        Column of customers, where some complain repeatedly.
    method : {"due", "kaplan-meier"}, default "due"
        ``"due"``: of all cases whose deadline has passed, the share answered by it. Every case weighs the
        same and anybody can check it by hand, hence the default. ``"kaplan-meier"`` also uses what is known
        of the recent cases; it needs one deadline for all.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    ComplaintLoop
        Shares 0–1.

    Raises
    ------
    DataError
        If a case has no opening day, was answered before it was opened, is later than ``as_of``, or no case
        of a segment is due.
    ArgumentError
        If ``as_of``, ``deadline`` or ``method`` does not fit.

    Notes
    -----
    A case opened t days before ``as_of`` is due if t ≥ deadline. Open ones that are due have missed it,
    whatever happens yet; the younger ones are censored, and counted as such. The usual share "in time among
    the answered" leaves the overdue ones out and is too high. Interval: Wilson's (clustered: with the
    effective number of cases), or Greenwood's on the log-log scale.

    References
    ----------
    ISO 10002:2018, *Guidelines for complaints handling in organizations*. Kaplan, E. L. and Meier, P. (1958).
    *JASA* 53, 457–481. Kalbfleisch, J. D. and Prentice, R. L. (2002). *The Statistical Analysis of Failure
    Time Data*, 2nd ed., 1.4.

    Examples
    --------
    >>> cases = pd.DataFrame({"opened": [1, 2, 3, 4, 9], "answered": [3, 9, None, 6, None]})
    >>> found = complaint_loop(cases, opened="opened", answered="answered", as_of=10, deadline=5)
    >>> found.table[["in_time", "late", "overdue", "not_due_open"]].iloc[0].tolist()
    [2, 1, 1, 1]
    >>> found.table[["score", "of_closed"]].iloc[0].round(2).tolist()
    [0.5, 0.67]
    """
    level = check_confidence(confidence)
    if method not in ("due", "kaplan-meier"):
        raise ArgumentError("method", method, "'due' | 'kaplan-meier'")
    if method == "kaplan-meier" and isinstance(deadline, str):
        raise ArgumentError("deadline", deadline, text("monitoring.allowed.one_deadline"))
    cases = _read_cases(data, opened, answered, as_of, deadline, [c for c in (segment, respondent) if c])
    keys = [segment] if segment else []
    tallied = counts(cases, [*keys, "_state"], respondent=respondent)
    times: dict[Any, pd.DataFrame] = {}
    if method == "kaplan-meier":
        times = dict(_by_label(counts(cases, [*keys, "_state", "_days"]), segment))
    rows: list[dict[str, Any]] = []
    for label, cells in _by_label(tallied, segment):
        state = cells.groupby("_state")["n"].sum().reindex(STATES, fill_value=0)
        due = int(state[list(STATES[:3])].sum())
        if due == 0:
            where = f"{segment} = {label!r}" if segment else text("metrics.axis.all")
            advice = text("monitoring.advice.not_due", segment=where, rows=int(state.sum()))
            raise DataError(opened, int(state.sum()), "—", None, text("monitoring.allowed.due"), advice)
        if not times:
            known = cells[cells["_state"].isin(STATES[:3])]
            x = np.asarray(known["_state"] == "in_time", dtype=np.float64)
            found = share_interval(take_sample(known, x, tallied), level)
        else:
            found = _kaplan_meier(times[label], float(deadline), level)
        closed = int(state[["in_time", "late", "not_due_answered"]].sum())
        row: dict[str, Any] = {segment: label} if segment else {}
        row |= {"n": int(state.sum()), **{name: int(state[name]) for name in STATES}, "due": due}
        early = int(state["in_time"] + state["not_due_answered"])
        row |= {"score": found.score, "low": found.low, "high": found.high}
        rows.append(row | {"of_closed": early / closed if closed else math.nan})
    words = deadline if isinstance(deadline, str) else text("monitoring.sign.days", days=f"{deadline:g}")
    return ComplaintLoop(pd.DataFrame(rows), segment, words, method, level)


def _by_label(tallied: Counts, segment: str | None) -> list[tuple[Any, pd.DataFrame]]:
    """Cells of each segment, sorted; None stands for cases without one."""
    if segment is None:
        return [(None, tallied.cells)]
    codes, labels = pd.factorize(tallied.cells[segment], use_na_sentinel=True, sort=True)
    found: list[tuple[Any, pd.DataFrame]] = [
        (label, tallied.cells[codes == i]) for i, label in enumerate(labels)
    ]
    return [*found, (None, tallied.cells[codes < 0])] if (codes < 0).any() else found


def _read_cases(
    data: Any, opened: str, answered: str, as_of: Any, deadline: float | str, keys: list[str]
) -> pd.DataFrame:
    """Turn each case into a state and the days for which it was watched."""
    wanted: list[str] = list(
        dict.fromkeys([opened, answered, *keys, *([deadline] if isinstance(deadline, str) else [])])
    )
    refuse_cluster(data, wanted)
    frame: Any = nw.from_native(data)
    known = list(frame.collect_schema().names())
    for column in wanted:
        if column not in known:
            raise UnknownNameError(text("survey.kinds.column"), column, known)
    part: Any = frame.select(*wanted)
    if isinstance(part, nw.LazyFrame):
        part = part.collect()
    if len(part) == 0:
        raise DataError(opened, 0, "—", None, text("survey.allowed.rows"))
    lists: dict[Any, list[Any]] = {c: part.get_column(c).to_list() for c in wanted}
    start, end, now = _days(data, opened, lists[opened], answered, lists[answered], as_of)
    _refuse(data, opened, lists[opened], np.isnan(start), "monitoring.allowed.opened")
    _refuse(data, answered, lists[answered], end < start, "monitoring.allowed.after_opening")
    for column, days in ((opened, start), (answered, end)):
        _refuse(data, column, lists[column], days > now, "monitoring.allowed.before_as_of", as_of=as_of)
    allowed_days = _deadlines(data, deadline, lists, len(start))
    closed, watched = ~np.isnan(end), np.where(np.isnan(end), now, end) - start
    due = now - start >= allowed_days
    state = np.select(
        [due & closed & (watched <= allowed_days), due & closed, due, closed], STATES[:4], STATES[4]
    )
    return pd.DataFrame({**{c: pd.Series(lists[c]) for c in keys}, "_state": state, "_days": watched})


def _deadlines(data: Any, deadline: float | str, lists: Mapping[Any, list[Any]], rows: int) -> Floats:
    if isinstance(deadline, str):
        check_column(data, deadline, number(0))
        return np.array(lists[deadline], dtype=np.float64)
    check_amount("deadline", deadline, zero=True)
    return np.full(rows, float(deadline))


def _days(
    data: Any, opened: str, start: list[Any], answered: str, end: list[Any], as_of: Any
) -> tuple[Floats, Floats, float]:
    """Both columns and the day of the export as days from one origin; a missing one is NaN."""
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in start if v is not None)
    if numbers:
        for column in (opened, answered):
            check_column(data, column, number(missing=True))
        if isinstance(as_of, bool) or not isinstance(as_of, int | float | np.number):
            raise ArgumentError("as_of", as_of, text("monitoring.allowed.as_of_number"))
        first, last = (
            np.array([math.nan if v is None else v for v in c], dtype=np.float64) for c in (start, end)
        )
        return first, last, float(as_of)
    try:
        now = pd.Timestamp(as_of)
    except (TypeError, ValueError):
        raise ArgumentError("as_of", as_of, text("monitoring.allowed.as_of")) from None
    found: list[Floats] = []
    for column, values in ((opened, start), (answered, end)):
        dates = pd.to_datetime(pd.Series(values, dtype=object), errors="coerce")
        lost = dates.isna() & ~pd.Series(values, dtype=object).isna()
        _refuse(data, column, values, lost.to_numpy(), "monitoring.allowed.date")
        found.append(np.asarray((dates - pd.Timestamp(0)) / pd.Timedelta(days=1), dtype=np.float64))
    return found[0], found[1], float((now - pd.Timestamp(0)) / pd.Timedelta(days=1))


def _refuse(data: Any, column: str, values: list[Any], bad: Any, key: str, **said: Any) -> None:
    rows = np.flatnonzero(bad)
    if len(rows):
        first = int(rows[0])
        raise DataError(column, len(rows), first_row(data, first), values[first], text(key, **said))


def _kaplan_meier(cells: pd.DataFrame, deadline: float, level: float) -> Interval:
    """Share answered by the deadline, with Greenwood's variance on the log-log scale."""
    days = cells["_days"].to_numpy(dtype=np.float64)
    n = cells["n"].to_numpy(dtype=np.float64)
    answered = cells["_state"].isin(["in_time", "late", "not_due_answered"]).to_numpy()
    survival, hazard = 1.0, 0.0
    for day in np.unique(days[answered & (days <= deadline)]):
        at_risk = float(n[days >= day].sum())
        events = float(n[answered & (days == day)].sum())
        survival *= 1 - events / at_risk
        hazard += events / (at_risk * (at_risk - events)) if at_risk > events else math.inf
    if survival in (0.0, 1.0):
        return Interval(1 - survival, math.nan, math.nan, level)
    z = z_quantile(level)
    arm = z * math.sqrt(hazard) / abs(math.log(survival))
    low, high = (1 - survival ** math.exp(-sign * arm) for sign in (1, -1))
    return Interval(1 - survival, low, high, level)
