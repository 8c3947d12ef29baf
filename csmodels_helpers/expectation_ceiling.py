"""Does the end of the rating scale cut answers off? That can fake an asymmetry."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.expectation_regression import check_numbers, segment_name, with_gap
from csmodels_helpers.language import text
from csmodels_helpers.metrics_intervals import share_interval, take_sample
from csmodels_helpers.metrics_plots import hundredfold, row_axes
from csmodels_helpers.metrics_scores import by_segment, counted_columns, score_table
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_column, check_confidence, check_scale
from csmodels_helpers.survey import scale as scale_rule
from csmodels_helpers.tally import Counts, counts
from csmodels_helpers.tally_parts import changed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Ceiling", "ceiling"]


@dataclass(frozen=True, eq=False)
class Ceiling(Result):
    """How many answers stand at the ends of their scale.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a segment (one row without): the segment column, ``n``, ``n_missing``, ``bottom`` and ``top``
        (shares 0–1 of the answers at the lowest and the highest value) with ``bottom_low``, ``bottom_high``,
        ``top_low``, ``top_high``, and ``limited`` (one of the shares is above ``limit``). With perceived and
        expected also ``top_better`` and ``top_worse``: the share at the highest value among those who got
        more, and less, than they expected.
    rating : str
        The column.
    scale : tuple of int
        Lowest and highest answer.
    limit : float
        The share from which an end counts as crowded.
    segment : str or None
        Name of the segment column.
    confidence : float
        Level of the intervals.
    """

    rating: str
    scale: tuple[int, int]
    limit: float
    segment: str | None
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the share at each end of the scale with its interval, and the limit.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        ax = row_axes(ax, 2 * len(self.table))
        y = np.arange(len(self.table))[::-1]
        for end, colour, marker, shift in (("top", "orange", "^", 0.12), ("bottom", "blue", "v", -0.12)):
            share, low, high = (
                self.table[name].to_numpy(dtype=np.float64) for name in (end, f"{end}_low", f"{end}_high")
            )
            arms = np.nan_to_num(np.array([share - low, high - share]))
            label = text(f"expectation.legend.{end}", value=self.scale[end == "top"])
            ax.errorbar(
                share, y + shift, xerr=arms, fmt=marker, color=plots.PALETTE[colour], capsize=4, label=label
            )
        limit = text("expectation.legend.limit", limit=f"{100 * self.limit:g}")
        ax.axvline(self.limit, color=plots.PALETTE["grey"], linestyle="--", linewidth=1, label=limit)
        ax.set_yticks(y, self._labels())
        ax.set_ylim(-0.6, len(self.table) - 0.4)
        # A little below 0, so that marks at 0 are whole.
        ax.set_xlim(left=-0.02 * ax.get_xlim()[1])
        hundredfold(ax.xaxis, " %")
        plots.legend_below(ax)
        return plots.label(
            ax,
            title=self._title(),
            xlabel=text("expectation.axis.ends", rating=self.rating),
            ylabel=text("metrics.axis.group") if self.segment is None else self.segment,
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say how crowded the best answer is, and what that does to an asymmetry.

        Returns
        -------
        str
            Two sentences.
        """
        parts: list[str] = []
        for label, row in zip(self._labels(), self.table.to_dict("records"), strict=True):
            numbers = {name: rounded(100 * float(row[name]), 0) for name in ("top", "bottom")}
            better = float(row.get("top_better", math.nan))
            key = "at_ends" if math.isnan(better) else "at_ends_better"
            parts.append(
                text(f"expectation.explain.{key}", segment=label, better=rounded(100 * better, 0), **numbers)
            )
        joined = text("expectation.sign.list").join(parts)
        key = "ceiling_limited" if self.table["limited"].any() else "ceiling_free"
        limit, bounds = f"{100 * self.limit:g}", {"low": self.scale[0], "high": self.scale[1]}
        return text(f"expectation.explain.{key}", parts=joined, limit=limit, rating=self.rating, **bounds)

    def _title(self) -> str:
        top = float(self.table["top"].max())
        bottom = float(self.table["bottom"].max())
        end = "top" if top >= bottom else "bottom"
        key = f"ceiling_{end}" if self.table["limited"].any() else "ceiling_free"
        return text(
            f"expectation.title.{key}",
            share=rounded(100 * max(top, bottom), 0),
            rating=self.rating,
            value=self.scale[end == "top"],
        )

    def _labels(self) -> list[str]:
        if self.segment is None:
            return [text("metrics.axis.all")]
        return [segment_name(value) for value in self.table[self.segment]]


def ceiling(
    data: Any,
    rating: str,
    *,
    scale: tuple[int, int],
    perceived: str | None = None,
    expected: str | None = None,
    limit: float = 0.15,
    segment: str | None = None,
    respondent: str | None = None,
    confidence: float = 0.95,
) -> Ceiling:
    """Count the answers at the ends of a rating scale, before believing an asymmetry found on it.

    Parameters
    ----------
    data : frame
        One row an answer.
    rating : str
        The rating: whole numbers on ``scale``, or missing.
    scale : tuple of int
        Lowest and highest answer.
    perceived, expected : str, optional
        Columns in one unit: the highest answer is then also counted among those who got more than expected,
        whose gain it hides, and among those who got less.
    limit : float, default 0.15
        Share from which an end counts as crowded; 15 % is the usual convention (McHorney and Tarlov 1995,
        *Quality of Life Research* 4, 293–307), no law.
    segment, respondent : str, optional
        Column to split by; column that says who answered.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    Ceiling
        Shares 0–1 with Wilson intervals.

    Raises
    ------
    DataError
        If an answer is off the scale, or nobody answered in a segment.
    ArgumentError
        If ``limit`` is not between 0 and 1, or only one of ``perceived`` and ``expected`` is given.

    Examples
    --------
    >>> calls = pd.DataFrame({"rating": [7, 7, 6, 7, 3, 5, 7, 7], "got": [8] * 5 + [3] * 3, "hoped": 5})
    >>> found = ceiling(calls, "rating", scale=(1, 7), perceived="got", expected="hoped")
    >>> found.table[["n", "bottom", "top", "limited", "top_better"]].round(2)
       n  bottom   top  limited  top_better
    0  8     0.0  0.62     True         0.6
    """
    level, bounds = check_confidence(confidence), check_scale(scale)
    if isinstance(limit, bool) or not 0 < limit < 1:
        raise ArgumentError("limit", limit, text("survey.allowed.confidence"))
    if (perceived is None) != (expected is None):
        raise ArgumentError("expected", expected, text("expectation.allowed.both"))
    check_column(data, rating, scale_rule(*bounds, missing=True))
    frame, sides = data, []
    if perceived is not None and expected is not None:
        check_numbers(data, [perceived, expected])
        frame, sides = _with_side(data, perceived, expected), ["_side"]
    tallied = counts(frame, counted_columns(segment, rating, *sides), respondent=respondent)
    rows: list[dict[str, Any]] = []
    for value, cells, missing in by_segment(tallied, rating, segment):
        row: dict[str, Any] = {} if segment is None else {segment: value}
        row |= {"n": int(cells["n"].sum()), "n_missing": missing}
        rows.append(row | _ends(cells, tallied, rating, bounds, level, limit, bool(sides)))
    return Ceiling(score_table(rows, tallied, segment), rating, bounds, limit, segment, level)


def _ends(
    cells: pd.DataFrame,
    tallied: Counts,
    rating: str,
    bounds: tuple[int, int],
    level: float,
    limit: float,
    sides: bool,
) -> dict[str, Any]:
    answers = cells[rating].to_numpy(dtype=np.float64)
    row: dict[str, Any] = {}
    for end, value in zip(("bottom", "top"), bounds, strict=True):
        found = share_interval(take_sample(cells, (answers == value).astype(np.float64), tallied), level)
        row |= {end: found.score, f"{end}_low": found.low, f"{end}_high": found.high}
    row["limited"] = max(row["bottom"], row["top"]) > limit
    if sides:
        n, side = cells["n"].to_numpy(dtype=np.float64), cells["_side"].to_numpy(dtype=np.float64)
        for name, sign in (("top_better", 1), ("top_worse", -1)):
            here = np.where(side == sign, n, 0)
            row[name] = float((here * (answers == bounds[1])).sum() / here.sum()) if here.sum() else math.nan
    return row


def _with_side(data: Any, perceived: str, expected: str) -> Any:
    """Add the sign of perceived − expected: −1, 0, 1, or missing."""
    # A ratio of sizes gives no sign at 0, and a comparison takes Polars' NaN for a large number.
    gap = nw.when(~nw.col("_gap").is_nan()).then(nw.col("_gap"))
    sign = (gap > 0).cast(nw.Float64) - (gap < 0).cast(nw.Float64)
    known = nw.when(~gap.is_null()).then(sign)
    frame = with_gap(data, perceived=perceived, expected=expected)
    return changed(frame, lambda frame: frame.with_columns(known.alias("_side")), [])
