"""Do losses weigh more than gains? The bent line of satisfaction over disconfirmation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.expectation_regression import (
    Floats,
    check_numbers,
    least_squares,
    said,
    segment_column,
    segment_name,
    split,
    with_gap,
)
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_confidence
from csmodels_helpers.tally import Moments, moments
from csmodels_helpers.uncertainty import Stack, estimates, leave_groups_out, t_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Asymmetry", "asymmetry"]

_TERMS = ("intercept", "expectation", "gain", "loss", "difference", "ratio")
_LINES = ("-", "--", "-.", ":")
_COLOURS = ("orange", "blue", "green", "purple")


@dataclass(frozen=True, eq=False)
class Asymmetry(Result):
    """What a point above and a point below the expectation does to satisfaction.

    Parameters
    ----------
    table : pandas.DataFrame
        Six rows a segment: the segment column, ``term``, ``estimate``, ``error``, ``low``, ``high``, ``n``,
        ``n_missing``. The terms: ``intercept``, ``expectation`` (β), ``gain`` (b⁺), ``loss`` (b⁻),
        ``difference`` (b⁻ − b⁺; above 0 losses weigh more) and ``ratio`` (b⁻/b⁺; its interval is missing
        where b⁺ cannot be told from 0).
    satisfaction, expected : str
        The columns.
    segment : str or None
        Name of the segment column.
    confidence : float
        Level of the intervals.
    reach : float
        How far from the expectation experiences usually lie (root mean square of d), for the figure.
    """

    satisfaction: str
    expected: str
    segment: str | None
    confidence: float
    reach: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw satisfaction over disconfirmation: one bent line a segment, with the intervals of its slopes.

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
        for i, (name, rows) in enumerate(self._segments()):
            colour = plots.PALETTE[_COLOURS[i % len(_COLOURS)]]
            x = np.array([-1.5 * self.reach, 0.0, 1.5 * self.reach])
            ends = {
                column: [
                    -1.5 * self.reach * rows["loss"][column],
                    0.0,
                    1.5 * self.reach * rows["gain"][column],
                ]
                for column in ("estimate", "low", "high")
            }
            ax.plot(
                x,
                ends["estimate"],
                _LINES[i % len(_LINES)],
                marker=plots.MARKERS[i % len(plots.MARKERS)],
                color=colour,
                label=name,
            )
            if not any(math.isnan(end) for end in (*ends["low"], *ends["high"])):
                ax.fill_between(x, ends["low"], ends["high"], color=colour, alpha=0.15, linewidth=0)
        ax.axvline(0, color=plots.PALETTE["grey"], linewidth=1)
        ax.axhline(0, color=plots.PALETTE["grey"], linewidth=1)
        if self.segment is not None:
            plots.legend_below(ax)
        return plots.label(
            ax,
            title=self._title(),
            xlabel=text("expectation.axis.disconfirmation"),
            ylabel=text("expectation.axis.change", satisfaction=self.satisfaction),
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say what a point too little costs, what a point too much brings, and whether they differ.

        Returns
        -------
        str
            One sentence a segment.
        """
        parts = [self._sentence(name, rows) for name, rows in self._segments()]
        n = self.table.drop_duplicates("n" if self.segment is None else self.segment)
        closing = text(
            "expectation.explain.asymmetry_n",
            level=f"{100 * self.confidence:g}",
            n=int(n["n"].sum()),
            missing=int(n["n_missing"].sum()),
        )
        return join(*parts, closing)

    def _segments(self) -> list[tuple[str, dict[str, dict[str, float]]]]:
        if self.segment is None:
            return [(text("metrics.axis.all"), self._terms(self.table))]
        groups = self.table.groupby(self.segment, sort=False, dropna=False, observed=True)
        return [(segment_name(value), self._terms(rows)) for value, rows in groups]

    def _terms(self, rows: pd.DataFrame) -> dict[str, dict[str, float]]:
        return {str(row["term"]): row for row in rows.to_dict("records")}  # pyright: ignore[reportReturnType]

    def _verdict(self, rows: dict[str, dict[str, float]]) -> str:
        low, high = rows["difference"]["low"], rows["difference"]["high"]
        return "loss" if low > 0 else "gain" if high < 0 else "same"

    def _sentence(self, name: str, rows: dict[str, dict[str, float]]) -> str:
        key = self._verdict(rows)
        ratio = rows["ratio"]
        if key == "loss" and not math.isnan(ratio["low"]):
            key = "loss_ratio"
        sentence = text(
            f"expectation.explain.asymmetry_{key}",
            loss=said(rows["loss"])["estimate"],
            gain=said(rows["gain"])["estimate"],
            ratio=rounded(ratio["estimate"], 1),
            ratio_low=rounded(ratio["low"], 1),
            ratio_high=rounded(ratio["high"], 1),
            low=said(rows["difference"])["low"],
            high=said(rows["difference"])["high"],
        )
        if self.segment is None:
            return sentence[0].upper() + sentence[1:]
        return text("expectation.explain.in_segment", segment=name) + sentence

    def _title(self) -> str:
        found = self._segments()
        verdicts = [(name, self._verdict(rows)) for name, rows in found]
        if len(found) == 1:
            return text(f"expectation.title.asymmetry_{verdicts[0][1]}")
        heavy = [name for name, verdict in verdicts if verdict == "loss"]
        names = text("metrics.sign.names").join(heavy)
        if not heavy:
            return text("expectation.title.asymmetry_nowhere")
        if len(heavy) == len(found):
            return text("expectation.title.asymmetry_everywhere")
        return text("expectation.title.asymmetry_some", segments=names)


def asymmetry(
    data: Any,
    satisfaction: str,
    *,
    expected: str,
    perceived: str | None = None,
    stated: str | None = None,
    segment: str | None = None,
    respondent: str | None = None,
    confidence: float = 0.95,
) -> Asymmetry:
    """Estimate what falling short costs and what exceeding brings, each for itself.

    Parameters
    ----------
    data : frame
        One row an answer.
    satisfaction : str
        Column with satisfaction. On a rating scale with a narrow end (1–7) look at :func:`ceiling` first:
        where many stand at the best answer, a gain cannot show and losses only seem to weigh more.
    expected : str
        Column with the expectation; it also enters by itself (β).
    perceived : str, optional
        Column with what was perceived, in the unit of ``expected``: d = perceived − expected.
    stated : str, optional
        Instead of ``perceived``: column with the disconfirmation as customers state it, 0 for "as expected".
        The literature disputes which of the two to take; the computed one is asked for first here, as it
        is in points of the service, which somebody can order and pay.
    segment, respondent : str, optional
        Column to split by; column that says who answered.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    Asymmetry
        b⁺ and b⁻ are points of satisfaction for one point of disconfirmation.

    Raises
    ------
    ArgumentError
        If both or none of ``perceived`` and ``stated`` are given, nobody got more (or nobody less) than
        expected, or there are not more complete rows than numbers to estimate.
    DataError
        If a value is no number.

    Notes
    -----
    S = α + βE + b⁺·max(d, 0) − b⁻·max(−d, 0), by least squares (Anderson and Sullivan 1993, *Marketing
    Science* 12, 125–143; losses loom larger: Kahneman and Tversky 1979, *Econometrica* 47, 263–291). The
    interval of the ratio is Fieller's (1954, *J. Royal Statistical Society B* 16, 175–185) with the
    jackknife's covariance; where b⁺ is not clearly above 0 it would be unbounded and is not given.

    Examples
    --------
    >>> gap = np.tile([-10.0, -5.0, 0.0, 5.0, 10.0], 40)
    >>> hoped = np.repeat([60.0, 70.0], 100)
    >>> noise = np.tile([-1.0, 1.0, 0.5, -0.5], 50)
    >>> felt = 20 + 0.5 * hoped + 0.3 * gap.clip(0) - 0.6 * (-gap).clip(0) + noise
    >>> calls = pd.DataFrame({"felt": felt, "hoped": hoped, "got": hoped + gap})
    >>> found = asymmetry(calls, "felt", expected="hoped", perceived="got").table.set_index("term")
    >>> found.loc[["gain", "loss", "ratio"], "estimate"].round(1).tolist()
    [0.3, 0.6, 2.0]
    """
    level = check_confidence(confidence)
    if (perceived is None) == (stated is None):
        raise ArgumentError("perceived", perceived, text("expectation.allowed.perceived_or_stated"))
    other = str(perceived if stated is None else stated)
    check_numbers(data, [satisfaction, expected, other])
    frame = with_gap(data, perceived=perceived, expected=expected, stated=stated)
    names = [*dict.fromkeys([satisfaction, expected, other]), "_gain", "_loss"]
    made = moments(frame, names, segment=segment, respondent=respondent, apart=respondent is None)
    at = [names.index(name) for name in (satisfaction, expected, "_gain", "_loss")]
    rows: list[pd.DataFrame] = []
    for value, part in split(made, segment, satisfaction, 4):
        _check_both_sides(part, at, segment, value)
        found = _estimate(part, at, level)
        found.insert(0, "term", list(_TERMS))
        if segment is not None:
            found.insert(0, segment, value)
        rows.append(found.assign(n=part.n, n_missing=part.left_out))
    table = segment_column(pd.concat(rows, ignore_index=True), made, segment)
    squares = made.cross.sum(axis=0)
    reach = math.sqrt((squares[at[2], at[2]] + squares[at[3], at[3]]) / made.n)
    return Asymmetry(table, satisfaction, expected, segment, level, reach)


def _check_both_sides(part: Moments, at: list[int], segment: str | None, value: Any) -> None:
    """Refuse data in which nobody got more, or nobody less, than expected."""
    sums = part.sums.sum(axis=0)
    for side, place in (("gain", at[2]), ("loss", at[3])):
        if sums[place] <= 0:
            where = (
                "" if segment is None else text("expectation.advice.where", segment=f"{segment} = {value!r}")
            )
            raise ArgumentError("data", part.n, text(f"expectation.allowed.{side}"), where)


def _estimate(part: Moments, at: list[int], level: float) -> pd.DataFrame:
    def model(stack: Stack) -> Floats:
        slopes = least_squares(stack, at[0], at[1:])
        gain, loss = slopes[:, 2], slopes[:, 3] * -1
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.column_stack([slopes[:, :2], gain, loss, loss - gain, loss / gain])

    found = estimates(part, model, list(_TERMS), level)
    replicates = model(leave_groups_out(part))[1:, 2:4]
    found.loc["ratio", ["low", "high"]] = _fieller(found, replicates, level)
    return found


def _fieller(found: pd.DataFrame, replicates: Floats, level: float) -> tuple[float, float]:
    """Give the ends of loss/gain: of all ratios r for which loss − r·gain is within chance of 0."""
    groups = len(replicates)
    if groups < 2:
        return math.nan, math.nan
    moved = replicates - replicates.mean(axis=0)
    cov = (groups - 1) / groups * moved.T @ moved
    t2 = t_quantile(level, groups - 1) ** 2
    gain, loss = (float(found["estimate"].to_dict()[name]) for name in ("gain", "loss"))
    a = gain**2 - t2 * cov[0, 0]
    b = loss * gain - t2 * cov[0, 1]
    c = loss**2 - t2 * cov[1, 1]
    inside = b**2 - a * c
    if not a > 0 or gain < 0 or not inside >= 0:
        return math.nan, math.nan
    root = math.sqrt(inside)
    return (b - root) / a, (b + root) / a
