"""Before and after: what a change did to the gaps of the same respondents, beside a region left alone.

Who answered both times is a matter of the respondent, so this module reads rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import draw_points, row_axes
from csmodels_helpers.results import Result
from csmodels_helpers.servqual_items import (
    OVERALL,
    Floats,
    Instrument,
    check_answers,
    columns_of,
    digits_for,
    dimension_name,
    dimension_scores,
    instrument,
    say_points,
    say_with_interval,
)
from csmodels_helpers.survey import (
    check_column,
    check_confidence,
    check_segment,
    check_unique,
    identifier,
    row_values,
)
from csmodels_helpers.tally import first_row
from csmodels_helpers.uncertainty import t_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ServqualChange", "before_after"]

# Two by two: the changed group before and after, the unchanged one before and after.
CELLS = ("changed_before", "changed_after", "unchanged_before", "unchanged_after")


@dataclass(frozen=True, eq=False)
class ServqualChange(Result):
    """What a change did to each dimension's gap.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a dimension, then ``overall`` (their mean): ``dimension``, ``changed_before``,
        ``changed_after``, ``unchanged_before``, ``unchanged_after`` (mean gaps of those who answered both
        times, in points), ``effect`` (movement of the changed minus movement of the unchanged), ``error``,
        ``low``, ``high``, ``n_changed``, ``n_unchanged`` (respondents; of ``overall`` the fewest),
        ``n_missing`` (respondents who did not answer all of the dimension both times).
    changed, unchanged : object
        The two groups.
    before, after : object
        The two periods.
    confidence : float
        Level of the intervals.
    """

    changed: Any
    unchanged: Any
    before: Any
    after: Any
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the effect on each dimension with its interval.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        ax = row_axes(ax, len(self.table))
        shown = self.table.rename(columns={"effect": "score"})
        draw_points(ax, shown, [dimension_name(name) for name in shown["dimension"]])
        ax.axvline(0, color=plots.PALETTE["grey"], lw=1)
        row = self._most()
        digits = digits_for(row["low"], row["high"])
        key = "servqual.title.effect" if row["effect"] >= 0 else "servqual.title.effect_worse"
        value = say_points(abs(row["effect"]), digits)
        title = text(key, dimension=dimension_name(row["dimension"]), changed=self.changed, value=value)
        if row["low"] <= 0 <= row["high"]:
            title = text("servqual.title.no_effect", changed=self.changed)
        xlabel = text("servqual.axis.effect", changed=self.changed, unchanged=self.unchanged)
        ylabel = text("servqual.axis.dimension")
        return plots.label(ax, title=title, xlabel=xlabel, ylabel=ylabel, alt=self.explain())

    def _most(self) -> dict[Any, Any]:
        """Dimension that moved most against the unchanged group."""
        rows = [row for row in self.table.to_dict("records") if row["dimension"] != OVERALL]
        return max(rows, key=lambda row: abs(row["effect"]))

    def explain(self) -> str:
        """Say where the change worked, and on what that rests.

        Returns
        -------
        str
            Three sentences.
        """
        row = self._most()
        moved = {
            name: say_points(row[f"{name}_after"] - row[f"{name}_before"], 2)
            for name in ("changed", "unchanged")
        }
        said = text(
            "servqual.explain.effect",
            dimension=dimension_name(row["dimension"]),
            changed=self.changed,
            unchanged=self.unchanged,
            moved=moved["changed"],
            control=moved["unchanged"],
            value=say_with_interval(row["effect"], row["low"], row["high"], self.confidence),
        )
        last = self.table.to_dict("records")[-1]
        whole = text(
            "servqual.explain.effect_overall",
            value=say_with_interval(last["effect"], last["low"], last["high"], self.confidence),
            n=last["n_changed"] + last["n_unchanged"],
            missing=last["n_missing"],
        )
        return join(said, whole, text("servqual.explain.effect_note"))


def before_after(
    data: Any,
    *,
    respondent: str,
    group: str,
    changed: Any,
    unchanged: Any,
    time: str,
    before: Any,
    after: Any,
    perceived: str | Mapping[str, str] = "perceived_{item}",
    expected: str | Mapping[str, str] = "expected_{item}",
    dimensions: Mapping[str, Sequence[str]] | None = None,
    reverse: Sequence[str] = (),
    scale: tuple[int, int] = (1, 7),
    confidence: float = 0.95,
) -> ServqualChange:
    """Estimate what a change did to the gaps: difference in differences over respondents asked twice.

    Parameters
    ----------
    data : frame
        One row a respondent and period; any frame that narwhals knows.
    respondent : str
        Column that says who answered; nobody twice in one period.
    group, time : str
        Columns with the group (such as the region) and the period.
    changed, unchanged : object
        The group in which something was changed, and the one to compare with.
    before, after : object
        The two values of ``time``.
    perceived, expected, dimensions, reverse, scale : optional
        As in :func:`csmodels_helpers.servqual.analyze`.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    ServqualChange
        Effects in points of the scale; above 0 the gap became smaller.

    Raises
    ------
    UnknownNameError
        If a column is not there.
    DataError
        If an answer is off the scale, or a respondent stands twice in one period or in both groups.
    ArgumentError
        If a group or period does not occur, or fewer than two respondents of a group answered both times.

    Notes
    -----
    Mean over respondents of (gap after − gap before), changed minus unchanged group; overall is the mean of
    the dimensions. Who answered once is left out and counted. Each group's variance is that of the mean
    movement, s²/n; the t interval has Satterthwaite's degrees of freedom. The effect is that of the change
    if both groups would have moved alike without it.

    Examples
    --------
    >>> answers = pd.DataFrame({"who": [1, 2, 3, 4] * 2, "region": ["N", "N", "S", "S"] * 2})
    >>> answers["wave"] = ["before"] * 4 + ["after"] * 4
    >>> answers = answers.assign(expected_q=6, perceived_q=[3, 4, 4, 4, 5, 5, 4, 5])
    >>> found = before_after(
    ...     answers, respondent="who", group="region", changed="N", unchanged="S",
    ...     time="wave", before="before", after="after", dimensions={"speed": ["q"]},
    ... )
    >>> float(found.table.loc[0, "effect"])
    1.0
    """
    level = check_confidence(confidence)
    made = instrument(dimensions, reverse, scale)
    columns = [columns_of(perceived, made.items, "perceived"), columns_of(expected, made.items, "expected")]
    for each in columns:
        check_answers(data, each, made.scale)
    check_column(data, respondent, identifier())
    rows = row_values(data, [respondent, group, time, *(c for each in columns for c in each.values())])
    for name, value in (("changed", changed), ("unchanged", unchanged)):
        check_segment(value, pd.unique(rows[group].dropna()), name=name)
    for name, value in (("before", before), ("after", after)):
        check_segment(value, pd.unique(rows[time].dropna()), name=name)
    if changed == unchanged or before == after:
        raise ArgumentError("unchanged", unchanged, text("servqual.allowed.control"))
    gaps = dimension_scores(made, rows, columns[0]) - dimension_scores(made, rows, columns[1])
    place = _cells(rows, group, time, (changed, unchanged), (before, after))
    pairs, sides = _pairs(data, rows, gaps, place, respondent, time)
    table = _effects(made, pairs, sides, level)
    return ServqualChange(table, changed, unchanged, before, after, level)


def _cells(
    rows: pd.DataFrame, group: str, time: str, groups: tuple[Any, Any], times: tuple[Any, Any]
) -> pd.DataFrame:
    """Code the side (0 changed) and period (0 before) of each row; −1 for what is not compared."""
    side, period = (
        pd.Series([list(known).index(v) if v in known else -1 for v in rows[column]])
        for column, known in ((group, groups), (time, times))
    )
    return pd.DataFrame({"side": side, "period": period})


def _pairs(
    data: Any, rows: pd.DataFrame, gaps: Floats, place: pd.DataFrame, respondent: str, time: str
) -> tuple[pd.DataFrame, pd.Series[Any]]:
    """One row a respondent: gaps before and after (missing if not answered), and the side."""
    kept = ((place["side"] >= 0) & (place["period"] >= 0)).to_numpy()
    allowed, advice = text("servqual.allowed.once"), text("servqual.advice.once")
    check_unique(data, [respondent, time], rows=rows[kept], allowed=allowed, advice=advice)
    frame = place[kept].assign(who=rows.loc[kept, respondent], row=np.flatnonzero(kept))
    sides = frame.groupby("who", sort=False)["side"].agg(["min", "max"])
    both = sides["min"] != sides["max"]
    if both.any():
        who = both[both].index[0]
        row = int(frame.loc[frame["who"] == who, "row"].iloc[1])
        raise DataError(
            respondent, int(both.sum()), first_row(data, row), who, text("servqual.allowed.one_group")
        )
    wide: dict[tuple[int, int], pd.Series[Any]] = {}
    for period in (0, 1):
        part = frame[frame["period"] == period]
        for j in range(gaps.shape[1]):
            wide[period, j] = pd.Series(gaps[part["row"].to_numpy(dtype=np.int64), j], index=part["who"])
    found = pd.DataFrame(wide, index=sides.index)
    return found, sides["min"]


def _effects(made: Instrument, pairs: pd.DataFrame, sides: pd.Series[Any], level: float) -> pd.DataFrame:
    d = len(made.dimensions)
    side = sides.to_numpy()
    values = pairs.to_numpy(dtype=np.float64).reshape(len(pairs), 2, d)
    values = np.where(np.isnan(values).any(axis=1, keepdims=True), np.nan, values)
    n = np.array([[np.isfinite(values[side == s, 0, j]).sum() for j in range(d)] for s in (0, 1)])
    if (n < 2).any():
        raise ArgumentError("data", n.min(axis=1).tolist(), text("servqual.allowed.both_times"))
    # Shape (sides, periods, dimensions), then the mean of the dimensions beside them.
    means = np.stack([np.nanmean(values[side == s], axis=0) for s in (0, 1)])
    means = np.concatenate([means, means.mean(axis=2, keepdims=True)], axis=2)
    effect = means[0, 1] - means[0, 0] - means[1, 1] + means[1, 0]
    parts = np.stack([_variances(values[side == s, 1] - values[side == s, 0]) for s in (0, 1)])
    freedom = np.concatenate([n, n.min(axis=1, keepdims=True)], axis=1) - 1
    variance = parts.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        df = variance**2 / (parts**2 / freedom).sum(axis=0)
    half = np.array([t_quantile(level, each) if each > 0 else np.nan for each in df]) * np.sqrt(variance)
    columns: dict[str, Any] = {"dimension": [*made.dimensions, OVERALL]}
    columns |= {name: means[i // 2, i % 2] for i, name in enumerate(CELLS)}
    columns |= {"effect": effect, "error": np.sqrt(variance), "low": effect - half, "high": effect + half}
    missing = len(pairs) - n.sum(axis=0)
    for name, count in (("n_changed", n[0]), ("n_unchanged", n[1]), ("n_missing", missing)):
        columns[name] = [*count.tolist(), int(count.max() if name == "n_missing" else count.min())]
    return pd.DataFrame(columns)


def _variances(moved: Floats) -> Floats:
    """Variance of the mean movement in each dimension, s²/n, and of the mean of these means."""
    n = np.isfinite(moved).sum(axis=0)
    parts = (moved - np.nanmean(moved, axis=0)) / np.sqrt(n * (n - 1))
    # What one respondent moves in all dimensions belongs together.
    whole = np.nansum(parts, axis=1) / moved.shape[1]
    return np.append(np.nansum(parts**2, axis=0), (whole**2).sum())
