"""How often does a chart ring although nothing happened? The price of limits from few points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import hundredfold
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.monitoring_charts import LIMIT
from csmodels_helpers.monitoring_rules import DEFAULT_RULES, check_rules, find_signals
from csmodels_helpers.monitoring_series import LEAST
from csmodels_helpers.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["FalseAlarms", "false_alarms"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FalseAlarms(Result):
    """How many quiet series have a signal on their XmR chart.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a baseline: ``baseline`` (points that make the limits), ``judged`` (points after them),
        ``ever`` (share of series with at least one signal among these), ``per_100`` (signals in 100 points).
    course : pandas.DataFrame
        One row a baseline and judged point: ``baseline``, ``point``, ``share`` of series that have had a
        signal up to and with it.
    rules : tuple of str
        The rules that were asked for.
    series : int
        How many series were drawn.
    """

    course: pd.DataFrame
    rules: tuple[str, ...]
    series: int

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the share of quiet series that have had a signal, point by point.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        ax = plots.axes(ax)
        colours = list(plots.PALETTE.values())
        for i, (baseline, own) in enumerate(self.course.groupby("baseline", sort=False)):
            label = text("monitoring.legend.from_points", points=baseline)
            style: dict[str, Any] = {"marker": plots.MARKERS[i % len(plots.MARKERS)], "markersize": 4}
            ax.plot(own["point"], own["share"], color=colours[i % 6], label=label, **style)
        ax.set_ylim(bottom=0)
        hundredfold(ax.yaxis, " %")
        plots.legend_below(ax)
        first = self.table.iloc[0]
        said = {"baseline": int(first["baseline"]), "ever": rounded(100 * first["ever"], 0)}
        title = text("monitoring.title.false_alarms", **said)
        xlabel, ylabel = (text(f"monitoring.axis.{name}") for name in ("point", "rung"))
        return plots.label(ax, title=title, xlabel=xlabel, ylabel=ylabel, alt=self.explain())

    def explain(self) -> str:
        """Say how many quiet series ring, baseline by baseline.

        Returns
        -------
        str
            One sentence a baseline, after one that says what was drawn.
        """
        parts = [
            text(
                "monitoring.explain.false_alarms_part",
                baseline=int(row["baseline"]),
                judged=int(row["judged"]),
                ever=rounded(100 * row["ever"], 0),
                per=rounded(row["per_100"], 1),
            )
            for row in self.table.to_dict("records")
        ]
        return join(text("monitoring.explain.false_alarms", series=self.series), *parts)


def false_alarms(
    points: int = 36,
    *,
    baselines: Sequence[int] = (12, 24),
    rules: str | Sequence[str] = DEFAULT_RULES,
    series: int = 10_000,
    seed: int = 1,
) -> FalseAlarms:
    """Draw series in which nothing happens, chart them (XmR), and count the signals.

    Parameters
    ----------
    points : int, default 36
        Length of a series.
    baselines : sequence of int, default (12, 24)
        How many of the first points make the limits; the signals after them are counted.
    rules : str or sequence of str, default ("beyond-limits", "run-of-8")
        As in :func:`csmodels_helpers.monitoring.xmr`.
    series : int, default 10,000
        How many series are drawn.
    seed : int, default 1
        Start of the random numbers.

    Returns
    -------
    FalseAlarms
        Shares 0–1.

    Raises
    ------
    ArgumentError
        If a baseline has fewer than five points or leaves none to judge, or nothing is drawn.
    UnknownNameError
        If there is no such rule.

    Notes
    -----
    Values are independent and normal, limits x̄ ± 2.66 · mR̄ of the baseline. The published one false alarm
    in 153 points (limits and run of eight, Champ and Woodall 1987) holds for *known* limits. Limits from few
    points are themselves off, and then alarm again and again; so the first ones are provisional, and are
    computed anew when more quiet points are there (Quesenberry 1993).

    References
    ----------
    Quesenberry, C. P. (1993). The effect of sample size on estimated limits for X̄ and X control charts.
    *J. Quality Technology* 25, 237–247.

    Examples
    --------
    >>> found = false_alarms(36, baselines=[12, 24], series=2000, seed=1)
    >>> found.table["ever"].round(1).tolist()
    [0.4, 0.1]
    """
    named = check_rules(rules)
    wanted = list(baselines)
    if not wanted or any(not LEAST <= each < points for each in wanted):
        allowed = text("monitoring.allowed.quiet_baselines", least=LEAST, most=points - 1)
        raise ArgumentError("baselines", wanted, allowed)
    if series < 1:
        raise ArgumentError("series", series, text("monitoring.allowed.positive"))
    noise = np.random.default_rng(seed).normal(size=(series, points))
    rows: list[dict[str, Any]] = []
    courses: list[pd.DataFrame] = []
    for baseline in wanted:
        rung = _rung(noise, baseline, named)
        ever = np.logical_or.accumulate(rung, axis=1).mean(axis=0)
        place = np.arange(baseline + 1, points + 1)
        courses.append(pd.DataFrame({"baseline": baseline, "point": place, "share": ever}))
        row = {"baseline": baseline, "judged": points - baseline}
        rows.append(row | {"ever": float(ever[-1]), "per_100": 100 * float(rung.mean())})
    return FalseAlarms(pd.DataFrame(rows), pd.concat(courses, ignore_index=True), named, series)


def _rung(noise: Floats, baseline: int, rules: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Whether each point after the baseline has a signal; shape (series, points after it)."""
    usual = noise[:, :baseline]
    step = np.abs(np.diff(usual, axis=1)).mean(axis=1, keepdims=True)
    z = 3 * (noise - usual.mean(axis=1, keepdims=True)) / (LIMIT * step)
    return np.logical_or.reduce(list(find_signals(z, rules).values()))[:, baseline:]
