"""How far are we from expectations? The computed gap and the one that customers state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.expectation_regression import (
    check_numbers,
    said,
    segment_column,
    segment_name,
    split,
    with_gap,
)
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import draw_points, row_axes
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_confidence
from csmodels_helpers.tally import moments
from csmodels_helpers.uncertainty import Stack, estimates

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Disconfirmation", "disconfirmation"]

_SPELT_OUT = 6


@dataclass(frozen=True, eq=False)
class Disconfirmation(Result):
    """How what was perceived compares with what was expected.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a segment (one row without): the segment column, ``n``, ``n_missing``, ``perceived`` and
        ``expected`` (means), ``score`` (mean of perceived − expected), ``error``, ``low``, ``high``,
        ``mean_gain`` and ``mean_loss`` (means of max(d, 0) and max(−d, 0)); with a stated disconfirmation
        also ``stated`` (its mean), ``stated_low``, ``stated_high``, and ``correlation`` of the two with
        ``correlation_low``, ``correlation_high``.
    perceived, expected : str
        The two columns.
    stated : str or None
        Column with the disconfirmation as customers state it.
    segment : str or None
        Name of the segment column.
    confidence : float
        Level of the intervals.
    """

    perceived: str
    expected: str
    stated: str | None
    segment: str | None
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the mean gap of each segment with its interval; 0 is "as expected".

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
        draw_points(ax, self.table, self._labels())
        ax.axvline(0, color=plots.PALETTE["grey"], linewidth=1)
        rows = self.table
        worse, better = int((rows["high"] < 0).sum()), int((rows["low"] > 0).sum())
        if self.segment is None:
            key = "worse" if worse else "better" if better else "same"
            title = text(f"expectation.title.gap_{key}", **said(self._row(0)))
        else:
            key = "gaps" if worse or better else "gaps_none"
            title = text(f"expectation.title.{key}", worse=worse, better=better, count=len(rows))
        return plots.label(
            ax,
            title=title,
            xlabel=text("expectation.axis.gap", perceived=self.perceived, expected=self.expected),
            ylabel=text("metrics.axis.group") if self.segment is None else self.segment,
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say the mean gap, and how well the stated disconfirmation follows it.

        Returns
        -------
        str
            One or two sentences; of more than six segments the three lowest and the three highest.
        """
        shown = list(zip(self._labels(), range(len(self.table)), strict=True))
        if len(shown) > _SPELT_OUT:
            shown.sort(key=lambda pair: float(self.table["score"].iloc[pair[1]]))
            shown = [*shown[:3], *shown[-3:]]
        parts = [text("expectation.explain.gap", segment=name, **said(self._row(i))) for name, i in shown]
        sentence = text(
            "expectation.explain.gaps",
            parts=text("expectation.sign.list").join(parts),
            level=f"{100 * self.confidence:g}",
            n=int(self.table["n"].sum()),
            missing=int(self.table["n_missing"].sum()),
        )
        if self.stated is None:
            return sentence
        known = self.table["correlation"].dropna()
        if known.empty:
            return sentence
        low, high = f"{known.min():.2f}", f"{known.max():.2f}"
        key = "stated" if low == high else "stated_range"
        ends = {name: value.replace("-", "−") for name, value in (("low", low), ("high", high))}
        return join(sentence, text(f"expectation.explain.{key}", **ends))

    def _row(self, place: int) -> dict[str, Any]:
        row = self.table.iloc[place]
        return {"estimate": row["score"], "low": row["low"], "high": row["high"]}

    def _labels(self) -> list[str]:
        if self.segment is None:
            return [text("metrics.axis.all")]
        return [segment_name(value) for value in self.table[self.segment]]


def disconfirmation(
    data: Any,
    *,
    perceived: str,
    expected: str,
    stated: str | None = None,
    segment: str | None = None,
    respondent: str | None = None,
    confidence: float = 0.95,
) -> Disconfirmation:
    """Compare what customers perceived with what they expected.

    Parameters
    ----------
    data : frame
        One row an answer.
    perceived, expected : str
        Columns in the same unit.
    stated : str, optional
        Column with the disconfirmation as customers state it ("much worse than expected" to "much better"),
        in a unit of its own.
    segment, respondent : str, optional
        Column to split by; column that says who answered.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    Disconfirmation
        ``score`` in the unit of the two columns; above 0 is better than expected.

    Raises
    ------
    DataError
        If a value is no number.
    ArgumentError
        If a segment has fewer than two complete rows.

    Notes
    -----
    Subtractive disconfirmation is computed, d = perceived − expected; subjective disconfirmation is asked
    (Oliver 1980, *J. Marketing Research* 17, 460–469). They are not the same: the difference carries the
    errors of two questions, and its parts stand in one model with it only at the price of exact collinearity
    (see :func:`regress`); the stated one is coloured by satisfaction itself (Yi 1990, *Review of Marketing*
    4, 68–123).

    Examples
    --------
    >>> calls = pd.DataFrame({"got": [60, 80, 70, 50], "hoped": [70, 75, 70, 65], "felt": [-1, 1, 0, -2]})
    >>> found = disconfirmation(calls, perceived="got", expected="hoped", stated="felt")
    >>> found.table[["n", "score", "mean_gain", "mean_loss", "correlation"]].round(2)
       n  score  mean_gain  mean_loss  correlation
    0  4   -5.0       1.25       6.25         0.99
    """
    level = check_confidence(confidence)
    columns = [perceived, expected, *([] if stated is None else [stated])]
    check_numbers(data, columns)
    columns = list(dict.fromkeys(columns))
    frame = with_gap(data, perceived=perceived, expected=expected)
    names = [*columns, "_gap", "_gain", "_loss"]
    made = moments(frame, names, segment=segment, respondent=respondent, apart=respondent is None)
    at = {name: i for i, name in enumerate(names)}
    rows: list[dict[str, Any]] = []
    for value, part in split(made, segment, perceived, 1):
        wanted = ["_gap"] if stated is None else ["_gap", stated, "correlation"]

        def model(stack: Stack, wanted: list[str] = wanted) -> Any:
            found = [stack.mean[:, at[name]] for name in wanted if name in at]
            if stated is not None:
                found.append(np.arctanh(np.clip(stack.correlation[:, at["_gap"], at[stated]], -1, 1)))
            return np.column_stack(found)

        with np.errstate(divide="ignore", invalid="ignore"):
            found = estimates(part, model, wanted, level)
        mean = part.mean()
        row: dict[str, Any] = {} if segment is None else {segment: value}
        row |= {"n": part.n, "n_missing": part.left_out, "perceived": mean[perceived]}
        row |= {"expected": mean[expected], "score": found.loc["_gap", "estimate"]}
        row |= {name: found.loc["_gap", name] for name in ("error", "low", "high")}
        row |= {"mean_gain": mean["_gain"], "mean_loss": mean["_loss"]}
        if stated is not None:
            row |= {"stated": mean[stated]}
            row |= {f"stated_{end}": found.loc[stated, end] for end in ("low", "high")}
            # The interval of a correlation is made on Fisher's scale, where it is nearly normal.
            ends = np.tanh(found.loc["correlation", ["estimate", "low", "high"]].to_numpy(dtype=np.float64))
            row |= dict(zip(("correlation", "correlation_low", "correlation_high"), ends, strict=True))
        rows.append(row)
    table = segment_column(pd.DataFrame(rows), made, segment)
    return Disconfirmation(table, perceived, expected, stated, segment, level)
