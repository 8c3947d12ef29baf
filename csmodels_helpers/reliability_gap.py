"""Reliability of a gap, perceived minus expected: less than that of the two scores it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import draw_points, row_axes
from csmodels_helpers.reliability_items import (
    Floats,
    Row,
    alpha_of,
    bounded_estimates,
    check_items,
    say,
    say_interval,
    segment_name,
    segments_title,
    tally_items,
)
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_confidence
from csmodels_helpers.tally import Moments
from csmodels_helpers.uncertainty import Stack

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["GapReliability", "gap_reliability"]

_ESTIMATES = {
    "gap": "reliability",
    "alpha_perceived": "reliability",
    "alpha_expected": "reliability",
    "alpha_differences": "reliability",
    "sd_perceived": "plain",
    "sd_expected": "plain",
    "sd_gap": "plain",
    "correlation": "correlation",
}


@dataclass(frozen=True, eq=False)
class GapReliability(Result):
    """Reliability of a difference score, beside that of its two parts.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a number: the segment column (if any), ``what`` (``gap``: reliability of the gap by the
        formula; ``alpha_perceived``, ``alpha_expected``; ``alpha_differences``: alpha of the items'
        differences; ``sd_perceived``, ``sd_expected``, ``sd_gap``: standard deviations of the mean scores,
        in points; ``correlation`` of the two scores), ``estimate``, ``error``, ``low``, ``high``, ``n``,
        ``n_missing``.
    segment : str or None
        Name of the segment column.
    confidence : float
        Level of the intervals.
    """

    segment: str | None
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the reliability of the gap and of its two parts.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        whats = ["gap"] if self.segment is not None else ["alpha_perceived", "alpha_expected", "gap"]
        shown = self.table[self.table["what"].isin(whats)].rename(columns={"estimate": "score"})
        if self.segment is None:
            shown = shown.set_index("what").loc[whats].reset_index()
            labels, ylabel = (
                [text(f"reliability.what.{what}") for what in whats],
                text("reliability.axis.score"),
            )
        else:
            labels, ylabel = [segment_name(self.segment, v) for v in shown[self.segment]], self.segment
        ax = row_axes(ax, len(shown))
        draw_points(ax, shown, labels)
        if self.segment is None:
            title = text("reliability.title.gap", value=say(shown["score"].iloc[-1]))
        else:
            title = segments_title("gap", self.segment, shown, "score")
        axis = text("reliability.axis.reliability")
        return plots.label(ax, title=title, xlabel=axis, ylabel=ylabel, alt=self.explain())

    def explain(self) -> str:
        """Say the reliability of the gap, and why it is not that of the perceptions.

        Returns
        -------
        str
            Two sentences; with segments one.
        """
        if self.segment is not None:
            rows = self.table[self.table["what"] == "gap"].to_dict("records")
            said = [
                text(
                    "reliability.words.part",
                    segment=segment_name(self.segment, row[self.segment]),
                    value=say_interval(row, self.confidence),
                )
                for row in rows
            ]
            return text("reliability.explain.gap_segments", parts=text("reliability.words.list").join(said))
        rows = {row["what"]: row for row in self.table.to_dict("records")}
        first = text(
            "reliability.explain.gap",
            gap=say_interval(rows["gap"], self.confidence),
            perceived=say(rows["alpha_perceived"]["estimate"]),
            expected=say(rows["alpha_expected"]["estimate"]),
            n=rows["gap"]["n"],
            missing=rows["gap"]["n_missing"],
        )
        return join(first, text("reliability.explain.gap_why", r=say(rows["correlation"]["estimate"])))


def gap_reliability(
    data: Any,
    *,
    perceived: Sequence[str],
    expected: Sequence[str],
    scale: tuple[int, int] | None = None,
    segment: str | None = None,
    respondent: str | None = None,
    confidence: float = 0.95,
) -> GapReliability:
    """Compute the reliability of a difference score, perceived minus expected.

    Parameters
    ----------
    data : frame or Moments
        One row a respondent, one column an item; any frame that narwhals knows, or the tally of one.
    perceived, expected : sequence of str
        Columns of the items of one dimension, two or more, in the same order. (Turning an item round in both
        changes neither its differences' size nor these numbers, if it is turned beforehand.)
    scale : tuple of int, optional
        Check that answers are whole numbers on it.
    segment, respondent : str, optional
        Columns as in :func:`csmodels_helpers.reliability.alpha`.
    confidence : float, default 0.95
        Level of the intervals, from the delete-a-group jackknife.

    Returns
    -------
    GapReliability
        ``gap`` at most 1, and what it was computed from.

    Raises
    ------
    UnknownNameError
        If an item is no column.
    DataError
        If an answer is no number or off the scale, an item is the same for everybody, everybody has the same
        gap, or a segment is silent.
    ArgumentError
        If the lists are not of the same length, two or more.

    Notes
    -----
    (σ_P²ρ_P + σ_E²ρ_E − 2σ_Pσ_E r) / (σ_P² + σ_E² − 2σ_Pσ_E r), with the alphas as ρ: the higher
    perceptions and expectations correlate, the more of the gap is error. It assumes that the errors of P
    and E have nothing in common; where an item's own meaning enters both, ``alpha_differences`` is the
    better number.

    References
    ----------
    Johns, G. (1981). Difference score measures of organizational behavior variables: A critique.
    Organizational Behavior and Human Performance 27, 443–463. Peter, J. P., Churchill, G. A. and Brown, T.
    J. (1993). Caution in the use of difference scores in consumer research. Journal of Consumer Research
    19, 655–662.

    Examples
    --------
    >>> rng = np.random.default_rng(2)
    >>> hope, got = rng.normal(6, 1, 400), rng.normal(5, 1, 400)
    >>> answers = pd.DataFrame({f"e{i}": hope + rng.normal(size=400) for i in (1, 2, 3)})
    >>> for i in (1, 2, 3):
    ...     answers[f"p{i}"] = 0.7 * hope + got + rng.normal(size=400)
    >>> found = gap_reliability(answers, perceived=["p1", "p2", "p3"], expected=["e1", "e2", "e3"])
    >>> found.table.set_index("what")["estimate"].round(2).head(3).tolist()
    [0.62, 0.81, 0.73]
    """
    level = check_confidence(confidence)
    first, second = check_items(perceived, 2, "perceived"), check_items(expected, 2, "expected")
    if len(first) != len(second) or set(first) & set(second):
        raise ArgumentError("expected", second, text("reliability.allowed.pairs", count=len(first)))
    made, parts = tally_items(
        data, [*first, *second], scale=scale, segment=segment, respondent=respondent, least=3
    )
    each: list[pd.DataFrame] = []
    for label, part in parts:
        found = bounded_estimates(part, _gap_numbers, _ESTIMATES, level)
        _check_gap(found, part, first)
        frame = pd.DataFrame([{"what": what, **row} for what, row in found.items()])
        frame = frame.assign(n=part.n, n_missing=part.left_out)
        if segment is not None:
            frame.insert(0, segment, [label] * len(frame))
        each.append(frame)
    table = pd.concat(each, ignore_index=True)
    if segment is not None and segment in made.levels:
        table[segment] = pd.Categorical(table[segment], list(made.levels[segment]), ordered=True)
    return GapReliability(table, segment, level)


def difference_reliability(
    rho_p: Floats, rho_e: Floats, sd_p: Floats, sd_e: Floats, correlation: Floats
) -> Floats:
    """Reliability of a difference of two scores with errors that have nothing in common."""
    shared = 2 * sd_p * sd_e * correlation
    with np.errstate(divide="ignore", invalid="ignore"):
        return (sd_p**2 * rho_p + sd_e**2 * rho_e - shared) / (sd_p**2 + sd_e**2 - shared)


def _gap_numbers(stack: Stack) -> Floats:
    """Return the numbers of ``_ESTIMATES``, in its order."""
    c = stack.covariance
    k = c.shape[1] // 2
    own, other, cross = c[:, :k, :k], c[:, k:, k:], c[:, :k, k:]
    sd_p, sd_e = (np.sqrt(block.sum(axis=(1, 2))) / k for block in (own, other))
    rho_p, rho_e = alpha_of(own), alpha_of(other)
    correlation = cross.sum(axis=(1, 2)) / k**2 / (sd_p * sd_e)
    differences = own + other - cross - cross.transpose(0, 2, 1)
    gap = difference_reliability(rho_p, rho_e, sd_p, sd_e, correlation)
    spread = np.sqrt(np.maximum(differences.sum(axis=(1, 2)), 0)) / k
    numbers = [gap, rho_p, rho_e, alpha_of(differences), sd_p, sd_e, spread, correlation]
    return np.stack(numbers, axis=1)


def _check_gap(found: dict[str, Row], part: Moments, perceived: Sequence[str]) -> None:
    size = max(found["sd_perceived"]["estimate"], found["sd_expected"]["estimate"])
    if found["sd_gap"]["estimate"] <= 1e-6 * size:
        allowed = text("reliability.allowed.gaps")
        raise DataError(", ".join(perceived), part.n, "—", 0.0, allowed)
