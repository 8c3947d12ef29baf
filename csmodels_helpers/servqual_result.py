"""Gaps by dimension: the result with its figure and its sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import draw_points, row_axes
from csmodels_helpers.reliability_items import segment_name
from csmodels_helpers.results import Result
from csmodels_helpers.servqual_items import (
    OVERALL,
    digits_for,
    dimension_name,
    say_points,
    say_with_interval,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ServqualResult"]


@dataclass(frozen=True, eq=False)
class ServqualResult(Result):
    """Service quality by dimension, overall and by item.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a dimension, then ``overall`` (of each segment): the segment column, ``dimension``, ``n``
        (rows complete in it; of ``overall`` the fewest), ``n_missing``, ``expectation``,
        ``expectation_error``, ``perception``, ``gap`` (perception − expectation, in points), ``error``,
        ``low``, ``high``. With weights also ``weight`` (points, their mean), ``weighted`` (points/100 ×
        gap, the part of the weighted overall gap), ``weighted_low``, ``weighted_high``. SERVPERF has no
        ``expectation`` and no ``gap``: the ends belong to ``perception``.
    items : pandas.DataFrame
        The same by ``item``, from the rows that are complete in its dimension.
    lead : pandas.DataFrame
        One row (a segment): the dimension with the lowest score, ``first``, the next one, ``second``, and
        by how much they differ: ``difference``, ``low``, ``high``. With weights, by the weighted gap.
    variant : str
        ``"servqual"`` or ``"servperf"``.
    scale : tuple of int
        Lowest and highest answer.
    segment : str or None
        Name of the segment column.
    df : int
        Degrees of freedom of the t intervals: groups of respondents − 1 (of the first segment).
    confidence : float
        Level of the intervals.
    """

    items: pd.DataFrame
    lead: pd.DataFrame
    variant: str
    scale: tuple[int, int]
    segment: str | None
    df: int
    confidence: float

    @property
    def column(self) -> str:
        """Name of the column with the score: ``"gap"`` or, of SERVPERF, ``"perception"``."""
        return "gap" if self.variant == "servqual" else "perception"

    @property
    def largest(self) -> str:
        """Dimension in which service is worst (of the first segment); with weights, where it costs most.

        Returns
        -------
        str
            The dimension's code.
        """
        return str(self.lead["first"].iloc[0])

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the score of each dimension (weighted, if there are weights), by segment if there are any.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        names = list(dict.fromkeys(self.table["dimension"].tolist()))
        labels = [dimension_name(name) for name in names]
        ax = row_axes(ax, len(names) + (1 if self.segment else 0))
        weighted = self.segment is None and self.variant == "servqual" and "weighted" in self.table
        if self.segment is None:
            draw_points(ax, self._drawn(weighted), labels)
        else:
            self._draw_segments(ax, labels)
        if self.variant == "servqual":
            ax.axvline(0, color=plots.PALETTE["grey"], lw=1)
        axis = "weighted" if weighted else self.variant
        xlabel = text(f"servqual.axis.{axis}", low=self.scale[0], high=self.scale[1])
        ylabel = text("servqual.axis.dimension")
        return plots.label(ax, title=self._title(), xlabel=xlabel, ylabel=ylabel, alt=self.explain())

    def _drawn(self, weighted: bool) -> pd.DataFrame:
        """Scores and ends to draw: of the gaps, or of their weighted parts."""
        if not weighted:
            return self.table.rename(columns={self.column: "score"})
        names = {"weighted": "score", "weighted_low": "low", "weighted_high": "high"}
        return self.table[list(names)].rename(columns=names)

    def _draw_segments(self, ax: Axes, labels: list[str]) -> None:
        groups = list(self.table.groupby(self.segment, observed=True, dropna=False, sort=False))
        y = np.arange(len(labels))[::-1]
        colours = list(plots.PALETTE.values())
        step = 0.6 / max(len(groups), 1)
        for i, (label, part) in enumerate(groups):
            score = part[self.column].to_numpy(dtype=np.float64)
            arms = np.nan_to_num([score - part["low"], part["high"] - score])
            place = y + 0.3 - step * (i + 0.5)
            marker, colour = plots.MARKERS[i % len(plots.MARKERS)], colours[i % 6]
            ax.errorbar(
                score,
                place,
                xerr=arms,
                fmt=marker,
                color=colour,
                capsize=3,
                label=segment_name(str(self.segment), label),
            )
        ax.set_yticks(y, labels)
        ax.set_ylim(-0.6, len(labels) - 0.4)
        plots.legend_below(ax)

    def _worst(self) -> dict[Any, Any]:
        """Row of the dimension in which service is worst, of the first segment."""
        return next(row for row in self.table.to_dict("records") if row["dimension"] == self.largest)

    def _ahead(self) -> bool:
        """Whether the worst dimension is worse than the next one beyond chance."""
        return bool(self.lead["high"].iloc[0] < 0)

    def _title(self) -> str:
        if self.segment is not None:
            overall = self.table[self.table["dimension"] == OVERALL]
            rows = sorted(overall.to_dict("records"), key=lambda row: row[self.column])
            ends = {"low": rows[0], "high": rows[-1]}
            names = {f"{end}_segment": segment_name(self.segment, r[self.segment]) for end, r in ends.items()}
            values = {end: say_points(row[self.column]) for end, row in ends.items()}
            return text(f"servqual.title.segments_{self.variant}", **names, **values)
        row = self._worst()
        key, value, ends = "plain", row[self.column], (row["low"], row["high"])
        if self.variant == "servperf":
            key = "servperf"
        elif "weighted" in row:
            key, value, ends = "weighted", row["weighted"], (row["weighted_low"], row["weighted_high"])
        elif value > 0:
            key = "above"
        said = say_points(abs(value) if key in ("plain", "above") else value, digits_for(*ends))
        title = text(f"servqual.title.{key}", dimension=dimension_name(self.largest), value=said)
        return title if self._ahead() else text("servqual.title.within_chance", title=title)

    def explain(self) -> str:
        """Say the overall score and where service is worst.

        Returns
        -------
        str
            Two or three sentences.
        """
        if self.segment is not None:
            rows = self.table[self.table["dimension"] == OVERALL].to_dict("records")
            said = [
                text(
                    "servqual.words.part",
                    segment=segment_name(self.segment, row[self.segment]),
                    value=say_with_interval(row[self.column], row["low"], row["high"], self.confidence),
                )
                for row in rows
            ]
            firsts = text("servqual.words.list").join(
                text(
                    "servqual.words.part",
                    segment=segment_name(self.segment, row[self.segment]),
                    value=dimension_name(row["first"]),
                )
                for row in self.lead.to_dict("records")
            )
            parts = text("servqual.words.list").join(said)
            return join(
                text(f"servqual.explain.segments_{self.variant}", parts=parts),
                text("servqual.explain.segments_worst", firsts=firsts),
            )
        return join(self._say_overall(), self._say_worst(), self._say_lead())

    def _say_overall(self) -> str:
        row = self.table[self.table["dimension"] == OVERALL].to_dict("records")[0]
        value = say_with_interval(row[self.column], row["low"], row["high"], self.confidence)
        weighted = "_weighted" if "weighted" in self.table else ""
        return text(
            f"servqual.explain.overall_{self.variant}{weighted}",
            value=value,
            n=row["n"],
            missing=row["n_missing"],
            low=self.scale[0],
            high=self.scale[1],
        )

    def _say_worst(self) -> str:
        row = self._worst()
        value = say_with_interval(row[self.column], row["low"], row["high"], self.confidence)
        name = dimension_name(self.largest)
        if "weighted" not in self.table or self.variant == "servperf":
            return text(f"servqual.explain.worst_{self.variant}", dimension=name, value=value)
        part = say_with_interval(row["weighted"], row["weighted_low"], row["weighted_high"], self.confidence)
        points = say_points(row["weight"], 0)
        return text("servqual.explain.worst_weighted", dimension=name, value=value, points=points, part=part)

    def _say_lead(self) -> str:
        row = self.lead.to_dict("records")[0]
        if pd.isna(row["second"]) or np.isnan(row["low"]):
            return ""
        key = "ahead" if self._ahead() else "not_ahead"
        return text(f"servqual.explain.{key}", second=dimension_name(row["second"]))
