"""Before and after, beside a part of the business that was left alone: difference in differences."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_intervals import Floats, Interval, t_interval
from csmodels_helpers.metrics_plots import hundredfold, table_cell
from csmodels_helpers.metrics_scores import score_row, top_box
from csmodels_helpers.metrics_words import digits_of_mean, rounded, said_interval, say_score, shared_digits
from csmodels_helpers.results import Result
from csmodels_helpers.survey import (
    check_column,
    check_confidence,
    check_scale,
    check_segment,
    number,
)
from csmodels_helpers.survey import (
    scale as scale_rule,
)
from csmodels_helpers.tally import GROUP, counts, jackknife_variance
from csmodels_helpers.uncertainty import group_sums, without_groups

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["DifferenceInDifferences", "difference_in_differences"]


@dataclass(frozen=True, eq=False)
class DifferenceInDifferences(Result):
    """Before and after, with an unchanged group.

    Parameters
    ----------
    table : pandas.DataFrame
        Three rows (``changed``, ``unchanged``, ``effect``): ``label``, ``before``, ``after``, ``score``
        (the movement; in the last row the difference of the two movements), ``low``, ``high``,
        ``give_or_take``, ``n``, ``n_missing``.
    changed, unchanged : object
        The two groups.
    before, after : object
        The two periods.
    share : bool
        Whether the values are shares 0–1.
    confidence : float
        Level of the intervals.
    column : str
        Name of the column that is compared. Of one that ends in "%", such as "came back, %", the movements
        are said in points.
    """

    changed: Any
    unchanged: Any
    before: Any
    after: Any
    share: bool
    confidence: float
    column: str

    @property
    def _points(self) -> bool:
        """Whether the column holds per cent, by its name: a movement of it is then one in points."""
        return not self.share and self.column.rstrip(" )）").endswith("%")

    @property
    def _metric(self) -> str:
        return "share_points" if self.share or self._points else "mean"

    @property
    def _part(self) -> float:
        """What turns the unit of the table into that of the sentence: points are said from shares."""
        return 0.01 if self._points else 1.0

    def _digits(self) -> int:
        """Decimals: points whole, means as the give-or-take allows, more where rounding would mislead."""
        score, low, high, margin = (
            self._part * table_cell(self.table, "effect", name)
            for name in ("score", "low", "high", "give_or_take")
        )
        whole = self._metric == "share_points" or not margin > 0
        least = None if whole else digits_of_mean(margin)
        return shared_digits(self._metric, [(score, low, high)], least=least)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw both groups before and after, and where the changed one would have been.

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
        for row, colour, marker in zip(("changed", "unchanged"), ("orange", "blue"), "os", strict=True):
            ends = self.table.loc[row, ["before", "after"]].to_numpy(dtype=np.float64)
            label = str(self.table.loc[row, "label"])
            ax.plot([0, 1], ends, marker=marker, color=plots.PALETTE[colour], label=label)
        start, moved = (
            table_cell(self.table, "changed", "before"),
            table_cell(self.table, "unchanged", "score"),
        )
        label = text("metrics.legend.counterfactual", changed=self.changed, unchanged=self.unchanged)
        ax.plot(
            [0, 1],
            [start, start + moved],
            "--",
            marker="o",
            markerfacecolor="white",
            color=plots.PALETTE["orange"],
            label=label,
        )
        ax.set_xticks([0, 1], [str(self.before), str(self.after)])
        ax.set_xlim(-0.2, 1.2)
        if self.share:
            hundredfold(ax.yaxis, " %")
        plots.legend_below(ax)
        return plots.label(
            ax,
            title=self._title(),
            xlabel=text("metrics.axis.period"),
            ylabel=text("metrics.axis.share_of", column=self.column) if self.share else self.column,
            alt=self.explain(),
        )

    def _adds_up(self, digits: int) -> bool:
        """Whether the two movements as written differ by the effect as written (19 less 4 is not 16)."""
        moved, control, score = (
            float(rounded((100 if self.share else 1) * float(each), digits).replace("−", "-"))
            for each in self.table["score"]
        )
        return abs(moved - control - score) < 10.0 ** -(digits + 3)

    def _title(self) -> str:
        score, low, high = (table_cell(self.table, "effect", name) for name in ("score", "low", "high"))
        title = text(
            f"metrics.title.{'did_short' if score < 0 else 'did'}",
            column=re.sub(r"[\s,，(（]*%\s*[)）]?$", "", self.column) if self._points else self.column,
            changed=self.changed,
            unchanged=self.unchanged,
            score=say_score(self._part * abs(score), self._metric, self._digits()),
        )
        return text("metrics.title.within_chance", title=title) if low <= 0 <= high else title

    def explain(self) -> str:
        """Say both movements and the effect with its give-or-take.

        Returns
        -------
        str
            Two sentences, the second with the assumption.
        """
        digits = self._digits()
        effect, moved, control = (
            {name: self._part * table_cell(self.table, row, name) for name in ("score", "low", "high")}
            for row in ("effect", "changed", "unchanged")
        )
        margin = self._part * table_cell(self.table, "effect", "give_or_take")
        movements = digits + (not self._adds_up(digits))
        said = text(
            "metrics.explain.did",
            changed=self.changed,
            unchanged=self.unchanged,
            moved=say_score(moved["score"], self._metric, movements),
            control=say_score(control["score"], self._metric, movements),
            margin=say_score(margin, self._metric, digits),
            level=f"{100 * self.confidence:g}",
            **said_interval(effect, "score", self._metric, digits),
        )
        return join(said, text("metrics.explain.did_note"))


def difference_in_differences(
    data: Any,
    column: str,
    *,
    group: str,
    changed: Any,
    unchanged: Any = None,
    time: str,
    before: Any,
    after: Any,
    scale: tuple[int, int] | None = None,
    top: int | None = None,
    respondent: str | None = None,
    confidence: float = 0.95,
) -> DifferenceInDifferences:
    """Estimate what a change was worth, by a group in which nothing was changed.

    Parameters
    ----------
    data : frame
        One row an answer.
    column : str
        What is compared: numbers, or missing.
    group, time : str
        Columns with the groups (such as regions) and the periods.
    changed : object
        The group in which something was changed.
    unchanged : object, optional
        The group to compare with; without it, all other groups together.
    before, after : object
        The two values of ``time``.
    scale : tuple of int, optional
        Check that answers are whole numbers on it.
    top : int, optional
        With ``scale``: compare shares in the top boxes instead of means.
    respondent : str, optional
        Column that says who answered; needed where the same customers answer before and after.
    confidence : float, default 0.95
        Level of the interval.

    Returns
    -------
    DifferenceInDifferences
        In the unit of the column, or as shares 0–1.

    Raises
    ------
    DataError
        If a value is no number or off the scale.
    ArgumentError
        If a group or period does not occur, or has fewer than two answers.

    Notes
    -----
    (after − before) of the changed minus (after − before) of the unchanged group. Variance Σ s²/n over the
    four cells with Satterthwaite's degrees of freedom; if respondents answer repeatedly, the delete-a-group
    jackknife with G − 1. It holds if both groups would have moved alike (parallel trends), and its interval
    covers chance among respondents only, not a shock to one of the two regions (Donald and Lang 2007, *Rev.
    Econ. Stat.* 89, 221–233).

    Examples
    --------
    >>> answers = pd.DataFrame({"region": list("NNNNSSSS"), "period": [0, 0, 1, 1, 0, 0, 1, 1]})
    >>> answers["csat"] = [3, 4, 5, 4, 3, 2, 3, 3]
    >>> found = difference_in_differences(
    ...     answers, "csat", group="region", changed="N", time="period", before=0, after=1
    ... )
    >>> float(found.table.loc["effect", "score"])
    0.5
    """
    level = check_confidence(confidence)
    cut: int | None = None
    rule = number(missing=True)
    if scale is not None or top is not None:
        bounds = check_scale(scale)
        rule = scale_rule(*bounds, missing=True)
        cut = None if top is None else bounds[1] - top_box(top, bounds) + 1
    check_column(data, column, rule)
    tallied = counts(data, [group, time, column], respondent=respondent)
    cells = tallied.cells
    groups = cells[group].dropna().drop_duplicates().tolist()
    periods = cells[time].dropna().drop_duplicates().tolist()
    check_segment(changed, groups, name="changed")
    if unchanged is not None:
        check_segment(unchanged, groups, name="unchanged")
    if unchanged == changed or len(groups) < 2 or before == after:
        raise ArgumentError("unchanged", unchanged, text("metrics.allowed.control"))
    for name, value in (("before", before), ("after", after)):
        check_segment(value, periods, name=name)
    others = [g for g in groups if g != changed] if unchanged is None else [unchanged]
    kept = cells[cells[group].isin([changed, *others]) & cells[time].isin([before, after])]
    x = kept[column].to_numpy(dtype=np.float64, na_value=math.nan)
    silent = np.isnan(x)
    x = x if cut is None else np.where(silent, np.nan, (x >= cut).astype(np.float64))
    # Cell 0 changed before, 1 changed after, 2 unchanged before, 3 unchanged after.
    place = 2 * (kept[group] != changed).to_numpy(dtype=np.int64) + (kept[time] == after).to_numpy(
        dtype=np.int64
    )
    n_all = kept["n"].to_numpy(dtype=np.float64)
    missing = np.bincount(place[silent], n_all[silent], 4)
    x, place, n_all = x[~silent], place[~silent], n_all[~silent]
    n = np.bincount(place, n_all, 4)
    if (n < 2).any():
        cell = int(np.argmin(n))
        side = changed if cell < 2 else ", ".join(str(other) for other in others)
        where = f"{group} = {side}, {time} = {after if cell % 2 else before}"
        advice = text("metrics.advice.silent_cell", cell=where, n=int(n[cell]), missing=int(missing[cell]))
        raise ArgumentError("data", int(n[cell]), text("metrics.allowed.did_answers"), advice)
    respondents = kept[GROUP].to_numpy(dtype=np.int64)[~silent] if tallied.repeated else None
    mean, moved = _movements(x, place, n_all, respondents, level)
    rest = text("metrics.legend.others") if unchanged is None and len(others) > 1 else others[0]
    labels = [changed, rest, f"{changed} − {rest}"]
    rows: list[dict[str, Any]] = []
    for i, found in enumerate(moved):
        own = slice(2 * i, 2 * i + 2) if i < 2 else slice(0, 4)
        ends = (mean[2 * i], mean[2 * i + 1]) if i < 2 else (math.nan, math.nan)
        row = score_row("label", labels[i], found, int(n[own].sum()), int(missing[own].sum()), 0.0)
        rows.append({"label": row.pop("label"), "before": ends[0], "after": ends[1], **row})
    table = pd.DataFrame(rows, index=["changed", "unchanged", "effect"]).drop(columns="n_effective")
    return DifferenceInDifferences(table, changed, rest, before, after, cut is not None, level, column)


def _movements(
    x: Floats,
    place: npt.NDArray[np.int64],
    w: Floats,
    respondents: npt.NDArray[np.int64] | None,
    level: float,
) -> tuple[Floats, list[Interval]]:
    """Means of the four cells; movements of the changed and the unchanged group, and their difference."""
    n = np.bincount(place, w, 4)
    mean = np.bincount(place, w * x, 4) / n
    spread = np.bincount(place, w * (x - mean[place]) ** 2, 4) / (n - 1) / n
    replicates = None if respondents is None else _cell_replicates(respondents, place, w, w * x)
    found: list[Interval] = []
    for signs in ((-1.0, 1.0, 0.0, 0.0), (0.0, 0.0, -1.0, 1.0), (-1.0, 1.0, 1.0, -1.0)):
        c = np.array(signs)
        if replicates is None:
            parts = c**2 * spread
            variance = float(parts.sum())
            df = variance**2 / float((parts**2 / (n - 1)).sum()) if variance > 0 else 0.0
        else:
            variance = jackknife_variance(replicates @ c) if len(replicates) > 1 else math.nan
            df = len(replicates) - 1
        found.append(t_interval(float(c @ mean), variance, df, (-math.inf, math.inf), level))
    return mean, found


def _cell_replicates(groups: npt.NDArray[Any], place: npt.NDArray[np.int64], w: Floats, wx: Floats) -> Floats:
    """Means of the four cells with one group of respondents left out at a time: shape (G, 4)."""
    n, sums = without_groups(*(group_sums(groups, values, place, 4) for values in (w, wx)))
    return np.zeros((0, 4)) if (n[1:] <= 0).any() else sums[1:] / n[1:]
