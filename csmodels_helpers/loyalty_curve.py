"""The satisfaction–loyalty curve by market, and its elasticity (顾客满意弹性)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import join, text
from csmodels_helpers.loyalty_plots import draw_curve
from csmodels_helpers.metrics_intervals import difference_ends, t_interval
from csmodels_helpers.metrics_scores import score_table
from csmodels_helpers.metrics_words import rounded, shared_digits
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_column, check_confidence, check_scale, number
from csmodels_helpers.survey import scale as scale_rule
from csmodels_helpers.tally import GROUP, Moments, jackknife_variance, moments
from csmodels_helpers.uncertainty import group_sums, spread, without_groups

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ELASTICITIES", "SatisfactionLoyalty", "curve"]

Floats = npt.NDArray[np.float64]
Elasticity = Literal["at-means", "arc"]

ELASTICITIES = ("at-means", "arc")
"""The forms of elasticity by name; :func:`curve` tells them apart."""


@dataclass(frozen=True, eq=False)
class SatisfactionLoyalty(Result):
    """How loyalty rises with satisfaction, market by market.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a segment and level of satisfaction: the segment column, ``satisfaction``, ``n``, ``loyalty``
        (mean), ``low``, ``high``.
    elasticity : pandas.DataFrame
        One row a segment: the segment column, ``elasticity`` (per cent of loyalty per per cent of
        satisfaction), ``low``, ``high``, ``n``, ``n_missing``.
    satisfaction, loyalty : str
        Names of the columns.
    form : str
        Form of the elasticity.
    segment : str or None
        Name of the segment column.
    confidence : float
        Level of the intervals.

    See Also
    --------
    curve : makes one.
    """

    elasticity: pd.DataFrame
    satisfaction: str
    loyalty: str
    form: str
    segment: str | None
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw mean loyalty at each level of satisfaction, a line a segment.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        rows = self.elasticity.to_dict("records")
        labels = self._labels()
        said = self._said()
        order = np.argsort([row["elasticity"] for row in rows], kind="stable")
        least, most = int(order[0]), int(order[-1])
        if len(rows) == 1:
            key = "loyalty.title.curve"
        else:
            ends = self.elasticity[["elasticity", "low", "high"]].to_numpy(dtype=np.float64)
            low, high = difference_ends(ends[most], ends[least])
            key = "loyalty.title.curve_same" if low <= 0 <= high else "loyalty.title.curve_segments"
        title = text(
            key,
            most=labels[most],
            least=labels[least],
            high=said(rows[most]["elasticity"]),
            low=said(rows[least]["elasticity"]),
        )
        parts = [part for _, part in self._parts()]
        xlabel = text("loyalty.axis.satisfaction", column=self.satisfaction)
        ylabel = text("loyalty.axis.loyalty", column=self.loyalty)
        return draw_curve(ax, parts, labels, title=title, xlabel=xlabel, ylabel=ylabel, alt=self.explain())

    def explain(self) -> str:
        """Say the elasticity of each segment with its interval.

        Returns
        -------
        str
            Two sentences.
        """
        said = self._said()
        parts = [
            text(
                "loyalty.explain.elasticity_of" if self.segment else "loyalty.explain.elasticity",
                segment=label,
                value=said(row["elasticity"]),
                low=said(row["low"]),
                high=said(row["high"]),
            )
            for label, row in list(zip(self._labels(), self.elasticity.to_dict("records"), strict=True))[:6]
        ]
        sentence = text(
            "loyalty.explain.curve",
            parts=text("metrics.sign.list").join(parts),
            level=f"{100 * self.confidence:g}",
            n=int(self.elasticity["n"].sum()),
            missing=int(self.elasticity["n_missing"].sum()),
        )
        return join(sentence, text("loyalty.explain.curve_note"))

    def _said(self) -> Any:
        rows = self.elasticity[["elasticity", "low", "high"]].to_numpy(dtype=np.float64)
        groups = [(float(a), float(b), float(c)) for a, b, c in rows]
        digits = shared_digits("mean", groups, rows[:, 0].tolist())
        return lambda value: rounded(float(value), digits)

    def _labels(self) -> list[str]:
        if self.segment is None:
            return [text("loyalty.axis.all")]
        values = self.elasticity[self.segment]
        return [text("metrics.axis.missing") if pd.isna(v) else str(v) for v in values]

    def _parts(self) -> list[tuple[Any, pd.DataFrame]]:
        if self.segment is None:
            return [(None, self.table)]
        values = self.table[self.segment]
        return [
            (label, self.table[values.isna() if pd.isna(label) else values == label])
            for label in self.elasticity[self.segment]
        ]


def curve(
    data: Any,
    *,
    satisfaction: str = "satisfaction",
    loyalty: str = "loyalty",
    scale: tuple[int, int] = (1, 10),
    segment: str | None = None,
    form: Elasticity = "at-means",
    between: tuple[float, float] | None = None,
    respondent: str | None = None,
    confidence: float = 0.95,
) -> SatisfactionLoyalty:
    """Draw loyalty over satisfaction, market by market, with the elasticity (顾客满意弹性).

    Parameters
    ----------
    data : frame
        One row an answer; any frame that narwhals knows.
    satisfaction : str, default "satisfaction"
        The rating: whole numbers on ``scale``, or missing.
    loyalty : str, default "loyalty"
        What is taken for loyalty: a number (intention to stay, share of purchases, stayed 1 or 0), or
        missing.
    scale : tuple of int, default (1, 10)
        Lowest and highest answer of the satisfaction.
    segment : str, optional
        Column to split by, such as the market: competition decides the shape of the curve.
    form : {"at-means", "arc"}, default "at-means"
        "at-means" is slope · mean satisfaction / mean loyalty, the slope by least squares: it uses all
        answers, so it is the default. "arc" compares the answers of the two levels in ``between`` by
        midpoints, ((y₂−y₁)/(y₁+y₂)) / ((x₂−x₁)/(x₁+x₂)): for a bent curve, such as the way from 8 to 10.
    between : tuple of float, optional
        The two levels of satisfaction for "arc", the lower one first.
    respondent : str, optional
        Column that says who answered; if somebody answered more than once, the intervals are wider for it.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    SatisfactionLoyalty
        Means by level with t intervals, and the elasticities with jackknife intervals.

    Raises
    ------
    DataError
        If a satisfaction is off the scale, a loyalty no number, or a segment has no complete row.
    ArgumentError
        If ``form`` or ``between`` is not possible.

    Notes
    -----
    An elasticity of 0.5 says that 1 % more satisfaction goes with 0.5 % more loyalty. A rating has no natural
    zero: coded 0–9 instead of 1–10 the same answers have another elasticity, so only segments on one
    coding can be compared. Intervals: the delete-a-group jackknife over respondents (rows, if nobody says who
    answered), t with G − 1 degrees of freedom. A log–log slope is not offered, as an answer of 0 has no
    logarithm. Curves are associations: who is satisfied may differ in more than satisfaction.

    References
    ----------
    Jones, T. O. and Sasser, W. E. (1995). Why satisfied customers defect. *Harvard Business Review* 73(6),
    88–99. Allen, R. G. D. (1934). The concept of arc elasticity of demand. *Rev. Economic Studies* 1(3),
    226–229.

    Examples
    --------
    >>> answers = pd.DataFrame({"satisfaction": [4, 6, 8, 10] * 30, "loyalty": [2, 4, 6, 8] * 30})
    >>> found = curve(answers)
    >>> found.table["loyalty"].tolist()
    [2.0, 4.0, 6.0, 8.0]
    >>> round(float(found.elasticity.loc[0, "elasticity"]), 2)
    1.4
    """
    level, bounds = check_confidence(confidence), check_scale(scale)
    if form not in ELASTICITIES:
        raise ArgumentError("form", form, " | ".join(repr(name) for name in ELASTICITIES))
    if (form == "arc") != (between is not None):
        raise ArgumentError("between", between, text("loyalty.allowed.between"))
    check_column(data, satisfaction, scale_rule(*bounds, missing=True))
    check_column(data, loyalty, number(missing=True))
    pair: tuple[float, float] | None = None
    if between is not None:
        pair = _pair(between, bounds)
    parts = [satisfaction] if segment is None else [segment, satisfaction]
    made = moments(data, [loyalty], segment=parts, respondent=respondent, apart=respondent is None)
    rows: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    for label, part in _segments(made, segment):
        keys = part.keys[satisfaction].to_numpy(dtype=np.float64, na_value=math.nan)
        known = part.keys["n"].to_numpy() > 0
        missing = int(part.keys["left_out"].sum() + part.keys.loc[np.isnan(keys), "n"].sum())
        known &= ~np.isnan(keys)
        named: dict[str, Any] = {} if segment is None else {segment: label}
        if not known.any():
            where = text("loyalty.axis.all") if segment is None else f"{segment} = {label!r}"
            allowed = text("loyalty.allowed.both", satisfaction=satisfaction, loyalty=loyalty)
            advice = text("metrics.advice.silent", segment=where, rows=missing)
            raise DataError(f"{satisfaction}, {loyalty}", missing, "—", None, allowed, advice)
        own = _levels(part, keys, known, level)
        rows += [named | row for row in own]
        ends = _elasticity(part, keys, known, pair, level)
        found.append(named | ends | {"n": sum(row["n"] for row in own), "n_missing": missing})
    table, summary = score_table(rows, made, segment), score_table(found, made, segment)
    return SatisfactionLoyalty(table, summary, satisfaction, loyalty, form, segment, level)


def _pair(between: Sequence[float], bounds: tuple[int, int]) -> tuple[float, float]:
    pair = tuple(between)
    if len(pair) != 2 or not bounds[0] <= pair[0] < pair[1] <= bounds[1]:
        raise ArgumentError("between", between, text("loyalty.allowed.between"))
    return float(pair[0]), float(pair[1])


def _segments(made: Moments, segment: str | None) -> list[tuple[Any, Moments]]:
    if segment is None:
        return [(None, made)]
    return list(made.split(segment))


def _levels(part: Moments, keys: Floats, known: npt.NDArray[np.bool_], level: float) -> list[dict[str, Any]]:
    """Mean loyalty at each level of satisfaction."""
    rows: list[dict[str, Any]] = []
    n, sums, squares = part.keys["n"].to_numpy(dtype=np.float64), part.sums[:, 0], part.cross[:, 0, 0]
    for x in np.unique(keys[known]):
        here = known & (keys == x)
        count = float(n[here].sum())
        mean = float(sums[here].sum() / count)
        square = max(float(squares[here].sum()) - count * mean**2, 0.0)
        variance, df = (square / (count - 1) / count if count > 1 else math.nan), count - 1
        if part.repeated:
            groups = part.keys.loc[here, GROUP].to_numpy()
            variance, df = _mean_variance(groups, n[here], sums[here])
        found = t_interval(mean, variance, df, (-math.inf, math.inf), level)
        ends = {"loyalty": mean, "low": found.low, "high": found.high}
        rows.append({"satisfaction": float(x), "n": int(count), **ends})
    return rows


def _mean_variance(groups: npt.NDArray[Any], n: Floats, sums: Floats) -> tuple[float, float]:
    n, sums = without_groups(group_sums(groups, n), group_sums(groups, sums))
    if len(n) < 3:
        return math.nan, 0.0
    return jackknife_variance(sums[1:] / n[1:]), len(n) - 2.0


def _elasticity(
    part: Moments,
    keys: Floats,
    known: npt.NDArray[np.bool_],
    pair: tuple[float, float] | None,
    level: float,
) -> dict[str, float]:
    """Elasticity with its jackknife interval: all sums once more without each group of respondents."""
    x = np.unique(keys[known])
    groups, cells = part.keys.loc[known, GROUP].to_numpy(), np.searchsorted(x, keys[known])
    rows = part.keys.loc[known, "n"].to_numpy(dtype=np.float64)
    n, y = without_groups(*(group_sums(groups, v, cells, len(x)) for v in (rows, part.sums[known, 0])))
    with np.errstate(divide="ignore", invalid="ignore"):
        values = _at_means(x, n, y) if pair is None else _arc(x, n, y, pair)
    found = spread(values, level)
    return {"elasticity": float(found.estimate), "low": float(found.low), "high": float(found.high)}


def _at_means(x: Floats, n: Floats, y: Floats) -> Floats:
    """Least-squares slope times mean satisfaction over mean loyalty, row by row."""
    total = n.sum(axis=1)
    mean_x, mean_y = n @ x / total, y.sum(axis=1) / total
    spread = n @ x**2 - total * mean_x**2
    slope = np.where(spread > 1e-9 * total, (y @ x - total * mean_x * mean_y) / spread, np.nan)
    return slope * mean_x / mean_y


def _arc(x: Floats, n: Floats, y: Floats, pair: tuple[float, float]) -> Floats:
    """Change between two levels over their midpoints, row by row; NaN if nobody gave one of the two."""
    if not np.isin(pair, x).all():
        return np.full(len(n), np.nan)
    low, high = np.searchsorted(x, pair)
    one, two = y[:, low] / n[:, low], y[:, high] / n[:, high]
    return ((two - one) / (one + two)) / ((pair[1] - pair[0]) / (pair[0] + pair[1]))
