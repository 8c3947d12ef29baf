"""The month on one page: each KPI with its interval, its direction and its status against the target."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_intervals import difference_ends, nps_ends, t_interval, wilson
from csmodels_helpers.metrics_plots import row_axes
from csmodels_helpers.metrics_words import digits_of_mean, rounded
from csmodels_helpers.monitoring_series import refuse_missing_time, refuse_more, say_times
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_column, check_confidence, number
from csmodels_helpers.tally import Moments, moments
from csmodels_helpers.uncertainty import part_sums, spread, without_groups, z_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Dashboard", "Kpi", "dashboard"]

Floats = npt.NDArray[np.float64]
Row = tuple[float, float, float]

_REACH = 6.0  # give-or-takes shown on either side of the target
_COLOURS = {"met": ("blue", "o"), "unclear": ("grey", "D"), "missed": ("orange", "X")}
_SIGNS = {"better": "▲", "worse": "▼", "same": "=", "break": "|", "unknown": "?"}


@dataclass(frozen=True)
class Kpi:
    """One line of a dashboard: how it is counted and what it should be.

    Parameters
    ----------
    name : str
        As it is to be shown.
    count : str
        Column that is summed: satisfied, complaints, lost, promoters; without ``n`` the column whose mean is
        taken.
    n : str, optional
        Column that it is divided by: answers, orders, customers. Saying which one is half of a KPI's
        definition.
    minus : str, optional
        Column that is taken off first: with promoters − detractors over answers the KPI is the NPS, in
        points.
    target : float
        What it should reach, or stay below: a share 0–1, NPS points, or the unit of the column.
    better : {"high", "low"}, default "high"
        Which direction is good.
    breaks : tuple, default ()
        Times from which it was defined anew: values on both sides are not compared.
    """

    name: str
    count: str
    n: str | None = None
    minus: str | None = None
    target: float = math.nan
    better: Literal["high", "low"] = "high"
    breaks: tuple[Any, ...] = ()

    @property
    def unit(self) -> str:
        """What its values are: ``"share"``, ``"points"`` or ``"mean"``.

        Returns
        -------
        str
            One of the three.

        Examples
        --------
        >>> Kpi("NPS", "promoters", "answers", minus="detractors", target=30).unit
        'points'
        """
        if self.n is None:
            return "mean"
        return "share" if self.minus is None else "points"


@dataclass(frozen=True, eq=False)
class Dashboard(Result):
    """KPIs of one month against their targets and the month before.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a KPI: ``kpi``, ``unit`` (share 0–1, points, mean), ``value``, ``low``, ``high``, ``target``,
        ``better``, ``status`` (``met``: the whole interval is on the good side of the target; ``missed``: on
        the bad side;
        ``unclear``), ``change`` from the earlier month with ``change_low``, ``change_high``, ``direction``
        (``better``, ``worse``, ``same``: no change shown; ``break``: defined anew in between; ``unknown``: no
        interval), ``n``, ``n_missing`` (rows).
    now, before : object
        The two times.
    confidence : float
        Level of the intervals.
    """

    now: Any
    before: Any
    confidence: float

    def _rows(self) -> list[dict[str, Any]]:
        return [{str(k): v for k, v in row.items()} for row in self.table.to_dict("records")]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw how far each KPI is from its target, in its own give-or-take; right is good.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        rows = self._rows()
        ax = row_axes(ax, round(1.6 * len(rows)) + 2)
        places = range(len(rows) - 1, -1, -1)
        for y, row in zip(places, rows, strict=True):
            self._draw(ax, y, row)
        ax.axvline(0, color=plots.PALETTE["grey"], linestyle="--")
        ax.set_yticks(list(places), [self._label(row) for row in rows], fontsize="small")
        ax.set_ylim(-0.6, len(rows) - 0.4)
        ax.set_xlim(-_REACH - 1, _REACH + 1)
        ax.set_xticks(range(-6, 7, 3), [str(v).replace("-", "−") for v in range(-6, 7, 3)])
        kinds = dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
        plots.lay_out(ax.get_figure(root=True))  # only then is the room beside the long labels known
        plots.legend_below(ax, list(kinds.values()), inches=0.75)
        xlabel = text("monitoring.axis.distance")
        ylabel = text("monitoring.axis.kpi", before=self._time(self.before))
        return plots.label(ax, title=self._title(), xlabel=xlabel, ylabel=ylabel, alt=self.explain())

    def _draw(self, ax: Axes, y: int, row: dict[str, Any]) -> None:
        half = (row["high"] - row["low"]) / 2
        if not half > 0:
            return
        sign = 1 if row["better"] == "high" else -1
        value, one, two = (sign * (row[name] - row["target"]) / half for name in ("value", "low", "high"))
        colour, marker = _COLOURS[row["status"]]
        label = text(f"monitoring.status.{row['status']}")
        style: dict[str, Any] = {"color": plots.PALETTE[colour], "label": label}
        if abs(value) > _REACH:  # off the figure: an arrow at its edge, the number stands in the label
            edge = math.copysign(_REACH + 0.5, value)
            ax.plot([edge], [y], linestyle="none", marker=">" if value > 0 else "<", markersize=9, **style)
            return
        arms = np.array([[value - min(one, two)], [max(one, two) - value]])
        ax.errorbar([value], [y], xerr=arms, fmt=marker, markersize=8, capsize=4, **style)

    def _label(self, row: dict[str, Any]) -> str:
        said = self._said(row) | {"direction": text(f"monitoring.short.{row['direction']}")}
        return text("monitoring.dashboard.label", sign=_SIGNS[row["direction"]], **said)

    def _said(self, row: dict[str, Any]) -> dict[str, str]:
        unit = row["unit"]
        half = (row["high"] - row["low"]) / 2 * (100 if unit == "share" else 1)
        digits = digits_of_mean(half) if half > 0 else 1
        said = {
            name: rounded((100 if unit == "share" else 1) * row[name], digits)
            for name in ("value", "low", "high")
        }
        factor = 100 if unit == "share" else 1
        said["target"] = f"{round(factor * row['target'], 6):g}".replace("-", "−")
        if unit == "share":
            said = {name: f"{value} %" for name, value in said.items()} | {"low": said["low"]}
        words = {name: text(f"monitoring.{name}.{row[name]}") for name in ("status", "direction")}
        return said | words | {"name": str(row["kpi"])}

    def _title(self) -> str:
        status = self.table["status"]
        counts = {name: int((status == name).sum()) for name in ("met", "missed", "unclear")}
        return text("monitoring.title.dashboard", now=self._time(self.now), count=len(status), **counts)

    def _time(self, value: Any) -> str:
        return say_times([value])[0]

    def explain(self) -> str:
        """Say for each KPI where it stands and where it goes.

        Returns
        -------
        str
            A sentence for each KPI.
        """
        sentences = [text("monitoring.dashboard.line", **self._said(row)) for row in self._rows()]
        said = {
            "now": self._time(self.now),
            "before": self._time(self.before),
            "level": f"{100 * self.confidence:g}",
        }
        missing = int(self.table["n_missing"].max())
        note = text("monitoring.explain.missing", rows=missing) if missing else ""
        return join(text("monitoring.dashboard.intro", **said), *sentences, note)


def dashboard(
    data: Any,
    kpis: Sequence[Kpi],
    *,
    time: str,
    now: Any = None,
    before: Any = None,
    respondent: str | None = None,
    confidence: float = 0.95,
) -> Dashboard:
    """Put KPIs of one month beside their targets and the month before, each with its interval.

    Parameters
    ----------
    data : frame
        One row a store and month (or an answer), with the columns that the KPIs name.
    kpis : sequence of Kpi
        Score, complaint rate, churn, NPS, repair and return rate, …
    time : str
        Column of months.
    now, before : object, optional
        The month that is shown and the one it is compared with; by default the last and the one before it.
    respondent : str, optional
        Column of what was sampled (stores, customers) and stands in the data month after month: intervals are
        then the delete-a-group jackknife's, and those of changes know that it is the same stores.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    Dashboard
        Values, status and direction.

    Raises
    ------
    ArgumentError
        If there is no KPI, a target is missing, or a month does not occur.
    DataError
        If a count is negative or above its ``n``, or ``n`` is 0 in one of the two months.

    Notes
    -----
    Without ``respondent``: Wilson's interval (shares), Rocks's (NPS), Student's (means), and for changes
    Newcombe's combination of the two. Status and direction say only what the interval shows; "no change
    shown" is not "no change". A direction from one month to the next is the most nervous use of numbers:
    whether a change is more than the usual noise between months, a control chart tells (:func:`p_chart`).

    References
    ----------
    Newcombe, R. G. (1998). *Statistics in Medicine* 17, 873–890. ISO 10004:2018, *Guidelines for monitoring
    and measuring customer satisfaction*.

    Examples
    --------
    >>> months = pd.DataFrame({"month": [1, 2], "n": [400, 420], "satisfied": [320, 360]})
    >>> found = dashboard(months, [Kpi("Satisfied", "satisfied", "n", target=0.8)], time="month")
    >>> found.table[["status", "direction"]].iloc[0].tolist()
    ['met', 'better']
    """
    level = check_confidence(confidence)
    wanted = list(kpis)
    if not wanted:
        raise ArgumentError("kpis", wanted, text("monitoring.allowed.kpis"))
    rows: list[dict[str, Any]] = []
    times: list[Any] = []
    for kpi in wanted:
        made = _sums(data, kpi, time, respondent)
        labels = [label for label, _ in made.split(time)]
        times = _pair(labels, now, before)
        rows.append(_row(data, kpi, made, time, labels, times, respondent is not None, level))
    return Dashboard(pd.DataFrame(rows), times[0], times[1], level)


def _sums(data: Any, kpi: Kpi, time: str, respondent: str | None) -> Moments:
    """Check one KPI's columns and add them up by month."""
    if not isinstance(kpi, Kpi):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError("kpis", kpi, text("monitoring.allowed.kpis"))
    if math.isnan(kpi.target):
        raise ArgumentError("target", kpi.target, text("monitoring.allowed.target", name=kpi.name))
    if kpi.better not in ("high", "low"):
        raise ArgumentError("better", kpi.better, "'high' | 'low'")
    if kpi.minus is not None and kpi.n is None:
        raise ArgumentError("minus", kpi.minus, text("monitoring.allowed.minus"))
    columns = [c for c in (kpi.count, kpi.minus, kpi.n) if c is not None]
    rule = number(missing=True) if kpi.n is None else number(0, missing=True)
    for column in columns:
        check_column(data, column, rule)
    for part in (kpi.count, kpi.minus):
        if part is not None and kpi.n is not None:
            refuse_more(data, part, kpi.n)
    made = moments(data, columns, segment=time, respondent=respondent)
    if len(made.keys) == 0:
        raise DataError(kpi.count, 0, "—", None, text("survey.allowed.rows"))
    refuse_missing_time(data, time, made.keys[time])
    return made


def _same_time(label: Any, value: Any) -> bool:
    if isinstance(label, pd.Timestamp):
        try:
            return label == pd.Timestamp(value)
        except (TypeError, ValueError):
            return False
    return bool(label == value)


def _place(labels: Sequence[Any], value: Any, name: str) -> int:
    for i, label in enumerate(labels):
        if _same_time(label, value):
            return i
    said = say_times(list(labels))
    raise ArgumentError(name, value, text("monitoring.allowed.time", first=said[0], last=said[-1]))


def _pair(labels: Sequence[Any], now: Any, before: Any) -> list[Any]:
    """Return the month shown and the one it is compared with."""
    if len(labels) < 2:
        raise ArgumentError("time", list(labels), text("monitoring.allowed.two_times"))
    one = len(labels) - 1 if now is None else _place(labels, now, "now")
    two = one - 1 if before is None else _place(labels, before, "before")
    if two < 0 or two >= one:
        raise ArgumentError("before", before, text("monitoring.allowed.before"))
    return [labels[one], labels[two]]


def _row(
    data: Any,
    kpi: Kpi,
    made: Moments,
    time: str,
    labels: list[Any],
    times: list[Any],
    clustered: bool,
    level: float,
) -> dict[str, Any]:
    i, j = (_place(labels, each, "now") for each in times)
    parts = [part for _, part in made.split(time)]
    for place in (i, j):
        _check_some(kpi, parts[place], labels[place])
    if clustered:
        rows_by_group, sums_by_group = part_sums(parts)
        n, sums = without_groups(rows_by_group, np.stack(sums_by_group, axis=1))
        values = _values(kpi, sums, n)
        found = [spread(v, level) for v in (values[:, i], values[:, j], values[:, i] - values[:, j])]
        *ends, change = ((float(one.estimate), float(one.low), float(one.high)) for one in found)
    else:
        ends = [_closed(kpi, parts[k], level) for k in (i, j)]
        change = (ends[0][0] - ends[1][0], *difference_ends(ends[0], ends[1]))
    value, low, high = ends[0]
    broken = any(j < _place(labels, each, "breaks") <= i for each in kpi.breaks)
    if broken:
        change = (math.nan,) * 3
    sign = 1 if kpi.better == "high" else -1
    row: dict[str, Any] = {"kpi": kpi.name, "unit": kpi.unit, "value": value, "low": low, "high": high}
    row |= {"target": float(kpi.target), "better": kpi.better}
    row["status"] = _side(sign * (low - kpi.target), sign * (high - kpi.target), "met", "missed", "unclear")
    row |= dict(zip(("change", "change_low", "change_high"), change, strict=True))
    row["direction"] = (
        "break" if broken else _side(sign * change[1], sign * change[2], "better", "worse", "same")
    )
    if not broken and math.isnan(change[1]):
        row["direction"] = "unknown"
    size = parts[i].n if kpi.n is None else float(parts[i].sums[:, -1].sum())
    return row | {"n": int(size), "n_missing": parts[i].left_out}


def _side(one: float, two: float, good: str, bad: str, between: str) -> str:
    if min(one, two) > 0:
        return good
    return bad if max(one, two) < 0 else between


def _check_some(kpi: Kpi, part: Moments, label: Any) -> None:
    column = kpi.n or kpi.count
    size = part.n if kpi.n is None or part.n == 0 else float(part.sums[:, -1].sum())
    if not size > 0:
        advice = text("monitoring.advice.zero", times=say_times([label])[0])
        raise DataError(column, part.n + part.left_out, "—", 0, text("monitoring.allowed.some"), advice)


def _values(kpi: Kpi, sums: Floats, n: Floats) -> Floats:
    """Compute the KPI from sums of shape (…, columns)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if kpi.n is None:
            return sums[..., 0] / n
        if kpi.minus is None:
            return sums[..., 0] / sums[..., -1]
        return 100 * (sums[..., 0] - sums[..., 1]) / sums[..., -1]


def _closed(kpi: Kpi, part: Moments, level: float) -> Row:
    sums = part.sums.sum(axis=0)
    if kpi.n is None:
        spread = float(part.covariance().to_numpy()[0, 0]) / part.n if part.n > 1 else math.nan
        found = t_interval(float(sums[0] / part.n), spread, part.n - 1, (-math.inf, math.inf), level)
    elif kpi.minus is None:
        found = wilson(float(sums[0]), float(sums[1]), level)
    else:
        up, down, n = (float(v) for v in sums)
        found = nps_ends(up / n, down / n, n, z_quantile(level), level)
    return found.score, found.low, found.high
