"""A score beside others: the industry, or the own past."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_intervals import difference_ends
from csmodels_helpers.metrics_plots import draw_points, hundredfold, row_axes
from csmodels_helpers.metrics_scores import Score
from csmodels_helpers.metrics_words import SEGMENTS_SPELT_OUT, SHARES, said_interval, shared_digits
from csmodels_helpers.results import Result
from csmodels_helpers.survey import (
    check_segment,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Benchmark", "benchmark"]


@dataclass(frozen=True, eq=False)
class Benchmark(Result):
    """A score against reference values.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a segment and reference: the segment column, ``score``, ``against``, ``reference``,
        ``reference_low``, ``reference_high`` (missing where the reference is taken as exact),
        ``difference``, ``low``, ``high``, ``exceeds`` (the interval leaves 0 out).
    metric : str
        The measure, as in :class:`Score`.
    name : str
        The measure in words.
    segment : str or None
        Name of the segment column.
    confidence : float
        Level of the intervals.
    """

    metric: str
    name: str
    segment: str | None
    confidence: float

    def _labels(self) -> list[str]:
        if self.segment is None:
            return [str(v) for v in self.table["against"]]
        return [f"{s}, {v}" for s, v in zip(self.table[self.segment], self.table["against"], strict=True)]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each difference with its interval, and zero.

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
        draw_points(ax, self.table.assign(score=self.table["difference"]), self._labels())
        ax.axvline(0, color=plots.PALETTE["grey"], linestyle="--", linewidth=1)
        unit = {"nps": "nps", "index": "index"}.get(self.metric, "scale")
        if self.metric in SHARES:
            unit = "points"
            hundredfold(ax.xaxis, "")
        return plots.label(
            ax,
            title=text(
                "metrics.title.benchmark", name=text(f"metrics.short.{self.metric}"), finding=self._finding()
            ),
            xlabel=text(f"metrics.axis.difference_{unit}"),
            ylabel=text("metrics.axis.benchmark"),
            alt=self.explain(),
        )

    def _finding(self) -> str:
        """Say what lies above, below and within chance, or how many do if there are too many to name."""
        side = np.where(self.table["exceeds"], np.sign(self.table["difference"]), 0)
        keys = (("above", 1), ("below", -1), ("inside", 0))
        if len(self.table) > SEGMENTS_SPELT_OUT:
            counts = {key: int((side == sign).sum()) for key, sign in keys}
            return text("metrics.title.benchmark_counts", all=len(self.table), **counts)
        said: list[str] = []
        segments = [None] if self.segment is None else self.table[self.segment].drop_duplicates().tolist()
        for segment in segments:
            own = np.ones(len(side), bool) if self.segment is None else self.table[self.segment] == segment
            parts: list[str] = []
            for key, sign in keys:
                names = [str(v) for v in self.table["against"][own & (side == sign)]]
                if names:
                    joined = text("metrics.sign.enumerate").join(names)
                    parts.append(text(f"metrics.title.benchmark_{key}", names=joined))
            finding = text("metrics.sign.comma").join(parts)
            if self.segment is not None:
                finding = text("metrics.title.benchmark_segment", segment=segment, finding=finding)
            said.append(finding)
        return text("metrics.sign.list").join(said)

    def explain(self) -> str:
        """Say each difference, and whether it is more than chance.

        Returns
        -------
        str
            One sentence a comparison.
        """
        said: list[str] = []
        for row in self.table.to_dict("records"):
            key = "benchmark_exceeds" if row["exceeds"] else "benchmark_inside"
            unit = "share_points" if self.metric in SHARES else self.metric
            digits = shared_digits(unit, [(row["difference"], row["low"], row["high"])])
            numbers = said_interval(row, "difference", unit, digits)
            sentence = text(f"metrics.explain.{key}", name=row["against"], **numbers)
            if self.segment is not None:
                sentence = text(
                    "metrics.explain.benchmark_segment", segment=row[self.segment], sentence=sentence
                )
            said.append(sentence)
        return join(*said)


def benchmark(result: Score, against: Mapping[str, float | Score]) -> Benchmark:
    """Compare a score with the industry, one's own past or another branch.

    Parameters
    ----------
    result : Score
        From :func:`csat`, :func:`nps`, :func:`ces`, :func:`index`, :func:`ratio` or :func:`difference`.
    against : dict
        Name → a number in the unit of the score (a published figure, taken as exact because its sample is
        not known), or another result of the same measure from other respondents.

    Returns
    -------
    Benchmark
        Which difference exceeds its interval.

    Raises
    ------
    ArgumentError
        If a number is off the scale, or a result is of another measure or lacks a segment.

    Notes
    -----
    Interval of a difference of two independent scores from their own intervals: with d = s₁ − s₂,
    d − √((s₁ − l₁)² + (u₂ − s₂)²) to d + √((u₁ − s₁)² + (s₂ − l₂)²) (Newcombe 1998, *Statistics in
    Medicine* 17, 873–890; for general scores Zou and Donner 2008, ibid. 27, 1693–1702). If the same
    respondents stand in both, use :func:`compare_nps` with ``paired=True`` or
    :func:`difference_in_differences` with ``respondent=``.

    Examples
    --------
    >>> from csmodels_helpers.metrics import nps
    >>> now = nps(pd.DataFrame({"nps": [10] * 100 + [8] * 60 + [3] * 40}), "nps")
    >>> past = nps(pd.DataFrame({"nps": [10] * 80 + [8] * 75 + [3] * 45}), "nps")
    >>> found = benchmark(now, {"own past": past, "industry": 18})
    >>> found.table[["against", "difference", "exceeds"]].round(1).to_numpy().tolist()
    [['own past', 12.5, False], ['industry', 12.0, True]]
    """
    if not isinstance(result, Score):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError("result", result, text("metrics.allowed.score"))
    rows: list[dict[str, Any]] = []
    for row in result.table.to_dict("records"):
        for name, reference in against.items():
            start = {} if result.segment is None else {result.segment: row[result.segment]}
            value, low, high = _reference(result, name, reference, row)
            exact = math.isnan(low) and not isinstance(reference, Score)
            change = row["score"] - value
            ends = difference_ends(
                (row["score"], row["low"], row["high"]),
                (value, value, value) if exact else (value, low, high),
            )
            start |= {"score": row["score"], "against": name, "reference": value}
            start |= {"reference_low": low, "reference_high": high, "difference": change}
            rows.append(start | {"low": ends[0], "high": ends[1], "exceeds": ends[0] > 0 or ends[1] < 0})
    return Benchmark(pd.DataFrame(rows), result.metric, result.name, result.segment, result.confidence)


def _reference(
    result: Score, name: str, reference: Any, row: Mapping[Any, Any]
) -> tuple[float, float, float]:
    argument = f"against[{name!r}]"
    if isinstance(reference, Score):
        # The name carries scale and boxes, so a top-1 share is not compared with a top-2 share.
        if (reference.metric, reference.limits, reference.name) != (
            result.metric,
            result.limits,
            result.name,
        ):
            raise ArgumentError(
                argument, reference.name, text("metrics.allowed.same_metric", name=result.name)
            )
        table = reference.table
        if reference.segment is not None:
            label = row[result.segment] if result.segment is not None else None
            check_segment(label, table[reference.segment].tolist(), name=argument)
            table = table[table[reference.segment] == label]
        found = table.iloc[0]
        return float(found["score"]), float(found["low"]), float(found["high"])
    low, high = result.limits
    known = isinstance(reference, int | float) and not isinstance(reference, bool)
    if not known or not low <= reference <= high:
        allowed = text("metrics.allowed.reference", low=f"{low:g}", high=f"{high:g}")
        percent = result.metric in SHARES and known and 1 < reference <= 100
        advice = (
            text("metrics.advice.percent", value=f"{reference / 100:g}", percent=f"{reference:g}")
            if percent
            else ""
        )
        raise ArgumentError(argument, reference, allowed, advice)
    return float(reference), math.nan, math.nan
