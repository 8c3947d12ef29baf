"""How satisfied are they, and how sure is the score? The measures of module 01, each with its interval.

All functions take a tidy frame (pandas, Polars, DuckDB, Arrow) and column names and return a frozen
result with ``.table``, ``.plot()`` and ``.explain()``. Missing answers are counted and reported, never
dropped in silence; an answer outside the scale is refused.

**Uncertainty.** If nobody says who answered, or everybody answered once, intervals come in closed form. If a
respondent answered more than once, the variance comes from the delete-a-group jackknife over groups of
respondents, and the closed form is then used with the effective number of answers
n_eff = unit variance / variance of the score (at most n) and a t quantile, as Dean and Pagano (2015,
*J. Survey Statistics and Methodology* 3, 484–503) recommend for clustered proportions. Survey weights enter
the same way.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.ticker import MaxNLocator
from scipy import special, stats
from statsmodels.stats.proportion import proportion_confint

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import join, text
from csmodels_helpers.results import Result
from csmodels_helpers.survey import (
    check_column,
    check_confidence,
    check_scale,
    check_segment,
    check_weights,
    column_values,
    number,
)
from csmodels_helpers.survey import (
    scale as scale_rule,
)
from csmodels_helpers.tally import GROUP, Counts, Moments, counts, first_row, jackknife_variance, moments

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

__all__ = [
    "Benchmark",
    "Composite",
    "DeliveredValue",
    "DifferenceInDifferences",
    "Interval",
    "NpsComparison",
    "SampleSize",
    "ScaleDependence",
    "Score",
    "benchmark",
    "ces",
    "compare_nps",
    "composite",
    "csat",
    "delivered_value",
    "difference",
    "difference_in_differences",
    "index",
    "nps",
    "nps_interval",
    "ratio",
    "sample_size",
    "scale_dependence",
    "wilson",
]

Floats = npt.NDArray[np.float64]
BENEFITS = ("product", "service", "personnel", "image")
COSTS = ("money", "time", "energy", "psychic")
_SEGMENTS_SPELT_OUT = 6
_PAIRS_LABELLED = 6


# ------------------------------------------------------------------------------------- intervals


@dataclass(frozen=True)
class Interval:
    """A score with its interval.

    Parameters
    ----------
    score : float
        The estimate.
    low, high : float
        Ends of the interval, in the unit of the score.
    confidence : float
        Level, such as 0.95.
    """

    score: float
    low: float
    high: float
    confidence: float

    @property
    def give_or_take(self) -> float:
        """Half the width of the interval.

        Returns
        -------
        float
            In the unit of the score.
        """
        return (self.high - self.low) / 2


def wilson(successes: float, n: float, confidence: float = 0.95) -> Interval:
    """Give a share its Wilson interval.

    Parameters
    ----------
    successes : float
        How many were satisfied, 0 to ``n``.
    n : float
        How many answered (an effective number need not be whole).
    confidence : float, default 0.95
        Level.

    Returns
    -------
    Interval
        Share and ends, 0–1.

    Raises
    ------
    ArgumentError
        If ``successes`` is not between 0 and ``n``, or the level not between 0 and 1.

    Notes
    -----
    (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n) (Wilson 1927, *JASA* 22, 209–212), computed by
    statsmodels. It never leaves 0–1 and is not empty at 0 or n successes, unlike p ± z √(p(1−p)/n).

    Examples
    --------
    >>> found = wilson(81, 263)
    >>> round(found.low, 4), round(found.high, 4)
    (0.2553, 0.3662)
    """
    level = check_confidence(confidence)
    if not (0 < n < math.inf and 0 <= successes <= n):
        raise ArgumentError("successes", successes, text("metrics.allowed.successes"))
    ends: Any = proportion_confint(successes, n, alpha=1 - level, method="wilson")
    share = float(successes / n)
    # Rounding can put an end a hair inside the estimate at 0 and n successes.
    return Interval(share, min(float(ends[0]), share), max(float(ends[1]), share), level)


def nps_interval(promoters: float, passives: float, detractors: float, confidence: float = 0.95) -> Interval:
    """Compute the Net Promoter Score from counts, with its adjusted-Wald interval.

    Parameters
    ----------
    promoters, passives, detractors : float
        Answers 9–10, 7–8 and 0–6, each 0 or more.
    confidence : float, default 0.95
        Level.

    Returns
    -------
    Interval
        NPS and ends in points, −100 to 100.

    Raises
    ------
    ArgumentError
        If a count is negative or all are 0.

    Notes
    -----
    NPS = 100 · (promoters − detractors) / n; passives stay in n. For the interval three answers are
    added, ¾ of a promoter, ¾ of a detractor and 1½ passives: p' = (P + ¾)/(n + 3), d' = (D + ¾)/(n + 3),
    p' − d' ± z √((p' + d' − (p' − d')²)/(n + 3)), centred on the adjusted score and clipped to ±100 (Rocks
    2016, *The American Statistician* 70, 365–372). The score itself is not adjusted.

    Examples
    --------
    >>> found = nps_interval(50, 30, 20)
    >>> round(found.score), round(found.low, 1), round(found.high, 1)
    (30, 14.1, 44.2)
    """
    level = check_confidence(confidence)
    total = promoters + passives + detractors
    if min(promoters, passives, detractors) < 0 or not 0 < total < math.inf:
        raise ArgumentError("promoters", promoters, text("metrics.allowed.counts"))
    return _nps_interval(promoters / total, detractors / total, total, _z(level), level)


def _nps_interval(p: float, d: float, n: float, quantile: float, level: float) -> Interval:
    centre, variance = _adjusted(p, d, n)
    half = 100 * quantile * math.sqrt(variance)
    return Interval(100 * (p - d), max(100 * centre - half, -100.0), min(100 * centre + half, 100.0), level)


def _adjusted(p: float, d: float, n: float) -> tuple[float, float]:
    """Score with three pseudo-answers added, and its variance (both on the scale −1 to 1)."""
    up, down = (p * n + 0.75) / (n + 3), (d * n + 0.75) / (n + 3)
    return up - down, (up + down - (up - down) ** 2) / (n + 3)


@dataclass(frozen=True)
class _Sample:
    """A weighted mean with what every interval needs."""

    mean: float
    unit: float  # variance of one answer
    variance: float  # of the mean; NaN if the answers come from a single respondent group
    n: float  # effective number of answers
    df: float  # of the t quantile; inf where a normal one is right

    def quantile(self, level: float) -> float:
        if not self.df > 0:
            return math.nan
        return _z(level) if math.isinf(self.df) else _t(level, self.df)


def _z(level: float) -> float:
    return float(special.ndtri((1 + level) / 2))


def _t(level: float, df: float) -> float:
    return float(special.stdtrit(df, (1 + level) / 2))


def _sample(cells: pd.DataFrame, x: Floats, tallied: Counts) -> _Sample:
    """Estimate the mean of ``x`` over the cells of a tally, and how sure it is."""
    n = cells["n"].to_numpy(dtype=np.float64)
    w = cells["w"].to_numpy(dtype=np.float64) if tallied.weighted else n
    w2 = cells["w2"].to_numpy(dtype=np.float64) if tallied.weighted else n
    mean = float((w * x).sum() / w.sum())
    unit = float((w * (x - mean) ** 2).sum() / w.sum())
    kish = float(w.sum() ** 2 / w2.sum())
    if tallied.repeated:
        replicates = _leave_out(cells[GROUP].to_numpy(), w, w * x)
        groups = len(replicates)
        if groups < 2:
            return _Sample(mean, unit, math.nan, math.nan, 0)
        variance = jackknife_variance(replicates)
        # Without any spread the groups are all that is known to be independent.
        effective = min(unit / variance, n.sum()) if variance > 0 and unit > 0 else min(kish, groups)
        return _Sample(mean, unit, variance, effective, groups - 1)
    variance = float((w2 * (x - mean) ** 2).sum() / w.sum() ** 2)
    effective = unit / variance if variance > 0 else kish
    return _Sample(mean, unit, variance, effective if tallied.weighted else n.sum(), math.inf)


def _leave_out(groups: npt.NDArray[Any], w: Floats, wx: Floats) -> Floats:
    """Weighted means that each leave one group of respondents out."""
    _, place = np.unique(groups, return_inverse=True)
    by_w, by_wx = np.bincount(place, w), np.bincount(place, wx)
    rest = by_w.sum() - by_w
    if len(rest) < 2 or (rest <= 0).any():
        return np.zeros(0)
    return (by_wx.sum() - by_wx) / rest


def _mean_interval(sample: _Sample, limits: tuple[float, float], level: float, n: int) -> Interval:
    """T interval of a mean, kept inside the scale; without spread there is none."""
    if not sample.variance > 0 or n < 2:
        return Interval(sample.mean, math.nan, math.nan, level)
    clustered = not math.isinf(sample.df)
    variance = sample.variance if clustered else sample.variance * n / (n - 1)
    df = sample.df if clustered else n - 1
    half = _t(level, df) * math.sqrt(variance)
    return Interval(
        sample.mean, max(sample.mean - half, limits[0]), min(sample.mean + half, limits[1]), level
    )


def _share_interval(sample: _Sample, level: float) -> Interval:
    if not sample.n > 0:
        return Interval(sample.mean, math.nan, math.nan, level)
    # Wilson depends on n and z through z²/n alone, so a t quantile is a smaller n.
    n = sample.n * (_z(level) / sample.quantile(level)) ** 2
    found = wilson(min(sample.mean, 1.0) * n, n, level)
    return Interval(sample.mean, found.low, found.high, level)


# ----------------------------------------------------------------------------------- score tables


@dataclass(frozen=True, eq=False)
class Score(Result):
    """Scores with intervals, over all answers or by segment.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a segment (one row without): the segment column, ``n`` (answers), ``n_missing``, ``score``,
        ``low``, ``high``, ``give_or_take`` (half the interval), ``n_effective``, and what the measure adds.
    metric : str
        ``"csat"``, ``"csat_mean"``, ``"nps"``, ``"ces_mean"``, ``"ces_top"``, ``"index"``, ``"ratio"``,
        ``"difference"``.
    name : str
        The measure in words.
    limits : tuple of float
        Lowest and highest possible score.
    segment : str or None
        Name of the segment column.
    confidence : float
        Level of the intervals.
    clustered : bool, default False
        Whether somebody answered more than once. Two segments may then share respondents, and whether they
        differ cannot be told from their intervals.
    """

    metric: str
    name: str
    limits: tuple[float, float]
    segment: str | None
    confidence: float
    clustered: bool = False

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw a point and its interval for each segment.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        labels = self._labels()
        ax = _row_axes(ax, len(labels))
        _points(ax, self.table, labels)
        if self.segment is None:
            row = self.table.iloc[0]
            key = "metrics.title.plain" if math.isnan(row["low"]) else "metrics.title.one"
            title = text(key, name=self._short, **self._numbers(row, self._digits()))
        else:
            order = self.table["score"].to_numpy().argsort(kind="stable")
            digits = self._digits()
            row, last = self.table.iloc[order[0]], self.table.iloc[order[-1]]
            ends = {
                end: _say(each["score"], self.metric, digits) for end, each in (("low", row), ("high", last))
            }
            words = self._words()
            named = {"low_segment": words[order[0]], "high_segment": words[order[-1]]}
            key = "metrics.title.segments_same" if self._two_alike() else "metrics.title.segments"
            title = text(key, name=self._short, **ends, **named)
        if self.metric in _SHARES:
            _hundredfold(ax.xaxis, " %")
        ylabel = text("metrics.axis.group") if self.segment is None else self.segment
        return plots.label(ax, title=title, xlabel=self.name, ylabel=ylabel, alt=self.explain())

    def explain(self) -> str:
        """Say the scores with their give-or-take.

        Returns
        -------
        str
            One sentence; of more than six segments the three lowest and the three highest.
        """
        shared = {"name": self.name, "level": f"{100 * self.confidence:g}"}
        if self.segment is None:
            row = self.table.to_dict("records")[0]
            key = "no_interval" if math.isnan(row["low"]) else "one"
            return text(f"metrics.explain.{key}", **shared, **self._numbers(row, self._digits()))
        sums = {"n": int(self.table["n"].sum()), "missing": int(self.table["n_missing"].sum())}
        key = "ends" if len(self.table) > _SEGMENTS_SPELT_OUT else "segments"
        digits = self._digits()
        parts = [
            text(
                f"metrics.explain.{'part_plain' if math.isnan(row['low']) else 'part'}",
                segment=label,
                **self._numbers(row, digits),
            )
            for label, row in self._spelt_out()
        ]
        joined = text("metrics.sign.list").join(parts)
        return text(f"metrics.explain.{key}", **shared, **sums, parts=joined, count=len(self.table))

    def _labels(self) -> list[str]:
        if self.segment is None:
            return [text("metrics.axis.all")]
        return [text("metrics.axis.missing") if pd.isna(v) else str(v) for v in self.table[self.segment]]

    def _words(self) -> list[str]:
        """Return the labels as a sentence needs them: a bare 3 would not say that it is month 3."""
        numbers = self.segment is not None and pd.api.types.is_numeric_dtype(self.table[self.segment])
        bare = numbers and not pd.api.types.is_bool_dtype(self.table[self.segment])
        return [f"{self.segment} {label}" if bare else label for label in self._labels()]

    @property
    def _short(self) -> str:
        """The measure as a title says it; scale and direction stand on the axis."""
        return text(f"metrics.short.{self.metric}")

    def _spelt_out(self) -> list[tuple[str, dict[Any, Any]]]:
        """Label and row of each segment that the sentence names."""
        rows = list(zip(self._words(), self.table.to_dict("records"), strict=True))
        if len(rows) > _SEGMENTS_SPELT_OUT:
            rows = sorted(rows, key=lambda pair: pair[1]["score"])
            rows = [*rows[:3], *rows[-3:]]
        return rows

    def _digits(self) -> int:
        intervals = [(row["score"], row["low"], row["high"]) for _, row in self._spelt_out()]
        return _digits(self.metric, intervals, (self.table["score"].min(), self.table["score"].max()))

    def _two_alike(self) -> bool:
        """Whether there are two segments and the interval of their difference holds 0."""
        if self.clustered or len(self.table) != 2:
            return False
        one, two = self.table[["score", "low", "high"]].to_numpy(dtype=np.float64)
        low, high = _difference_ends(one, two)
        return low <= 0 <= high

    def _numbers(self, row: Any, digits: int) -> dict[str, object]:
        names = {"score": "score", "low": "low", "high": "high", "margin": "give_or_take"}
        said = {name: _say(float(row[column]), self.metric, digits) for name, column in names.items()}
        return {**said, "n": int(row["n"]), "missing": int(row["n_missing"])}


# ------------------------------------------------------------------------------ numbers in words

_SHARES = ("csat", "ces_top")
_WHOLE = (*_SHARES, "share_points", "nps", "index")


def _rounded(value: float, digits: int) -> str:
    """Round half away from zero, as people do by hand, with a real minus sign and never "−0"."""
    if math.isnan(value):
        return "—"
    # The nudge is above the noise of floating-point sums and below anything that is shown.
    said = f"{value + math.copysign(1e-9, value):.{digits}f}"
    return said.replace("-", "−" if said.strip("-0.") else "")


def _say(value: float, metric: str, digits: int | None = None) -> str:
    """Write a number in the unit of its measure."""
    if math.isnan(value):
        return "—"
    places = (0 if metric in _WHOLE else 2) if digits is None else digits
    if metric == "share_points":
        said = _rounded(100 * value, places)
        return text(f"metrics.sign.{'point' if said in ('1', '−1') else 'points'}", value=said)
    if metric in _SHARES:
        return f"{_rounded(100 * value, places)} %"
    said = _rounded(value, places)
    # Money has no digits that stand for precision.
    return said.rstrip("0").rstrip(".") if metric == "value" and "." in said else said


def _digits(
    metric: str,
    intervals: Sequence[tuple[float, float, float]],
    apart: Sequence[float] = (),
    least: int | None = None,
) -> int:
    """Decimals for scores with their intervals: more than usual where rounding would mislead.

    Rounding misleads where an end of an interval loses its sign (−0.3 to 9.6 is not 0 to 10), or where two
    unlike numbers of one interval, or of ``apart``, look alike.
    """
    factor = 100 if metric in ("share_points", *_SHARES) else 1
    places = (0 if metric in _WHOLE else 2) if least is None else least
    for more in range(3):
        hidden = any(
            abs(end) > 1e-9 and not _rounded(factor * end, places + more).strip("0.")
            for _, *ends in intervals
            for end in ends
        )
        alike = any(_look_alike(group, factor, places + more) for group in (*intervals, apart))
        if not hidden and not alike:
            return places + more
    return places + 2


def _look_alike(values: Sequence[float], factor: int, places: int) -> bool:
    known = sorted(float(v) for v in values if not math.isnan(v))
    return any(
        two - one > 1e-9 and _rounded(factor * one, places) == _rounded(factor * two, places)
        for one, two in itertools.pairwise(known)
    )


def _said_interval(row: Mapping[Any, Any], score: str, metric: str, digits: int) -> dict[str, str]:
    """Score and ends in words; "−0.3 to 9.6 points" has its unit once."""
    said = {name: _say(float(row[name]), metric, digits) for name in (score, "low", "high")}
    if metric == "share_points":
        said["low"] = _rounded(100 * float(row["low"]), digits)
    return said


# ------------------------------------------------------------------------------- parts of figures


def _row_axes(ax: Axes | None, rows: int) -> Axes:
    """Return ``ax``, or the axes of a new figure that is as high as its rows need."""
    if ax is not None:
        return ax
    return plots.axes(figsize=(plt.rcParams["figure.figsize"][0], min(max(2.4, 1.3 + 0.4 * rows), 12)))


def _hundredfold(axis: Axis, unit: str) -> None:
    """Label an axis of shares with per cent or points, at places where no digit has to be cut off."""
    axis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10]))
    axis.set_major_formatter(lambda value, _: f"{100 * value:.6g}{unit}".replace("-", "−"))


def _cell(table: pd.DataFrame, row: str, column: str) -> float:
    return float(table[column].to_dict()[row])


def _points(ax: Axes, table: pd.DataFrame, labels: Sequence[str]) -> None:
    y = np.arange(len(table))[::-1]
    score = table["score"].to_numpy(dtype=np.float64)
    arms = np.array(
        [score - table["low"].to_numpy(dtype=np.float64), table["high"].to_numpy(dtype=np.float64) - score]
    )
    ax.errorbar(score, y, xerr=np.nan_to_num(arms), fmt="o", color=plots.PALETTE["blue"], capsize=4)
    ax.set_yticks(y, list(labels))
    ax.set_ylim(-0.6, len(table) - 0.4)


def _by_segment(tallied: Counts, column: str, segment: str | None) -> list[tuple[Any, pd.DataFrame, int]]:
    """Cells with an answer and number of missing answers, segment by segment, in the segments' order."""
    cells = tallied.cells
    if cells.empty:
        raise DataError(column, 0, "—", None, text("survey.allowed.rows"))
    silent = cells[column].isna().to_numpy(dtype=bool)
    codes, labels = np.zeros(len(cells), dtype=np.int64), [None]
    if segment is not None:
        codes, labels = pd.factorize(cells[segment], use_na_sentinel=False)
    missing = np.bincount(codes, np.where(silent, cells["n"], 0), len(labels)).astype(np.int64)
    # One sort instead of one search a segment: there may be thousands of accounts.
    codes, answered = codes[~silent], cells[~silent]
    sizes = np.bincount(codes, minlength=len(labels))
    ends = np.cumsum(sizes)
    answered = answered.iloc[np.argsort(codes, kind="stable")]
    found: list[tuple[Any, pd.DataFrame, int]] = []
    for i in _segment_order(labels, tallied.levels.get(segment or "")):
        label = None if segment is None or pd.isna(labels[i]) else labels[i]
        if not sizes[i]:
            name = text("metrics.axis.all") if segment is None else f"{segment} = {label!r}"
            rows = int(missing[i])
            advice = text("metrics.advice.silent", segment=name, rows=rows)
            raise DataError(column, rows, "—", None, text("metrics.allowed.answers"), advice)
        found.append((label, answered.iloc[ends[i] - sizes[i] : ends[i]], int(missing[i])))
    return found


def _segment_order(labels: Any, levels: Sequence[Any] | None) -> list[int]:
    """Order of segments: as their categories if these are ordered, else sorted; the missing one last."""
    values: list[Any] = list(labels)
    if levels is not None:
        values = [None if pd.isna(v) else list(levels).index(v) for v in values]
    known = sorted((i for i, v in enumerate(values) if not pd.isna(v)), key=lambda i: values[i])
    return known + [i for i, v in enumerate(values) if pd.isna(v)]


def _row(
    segment: str | None, label: Any, found: Interval, n: int, missing: int, effective: float, **more: Any
) -> dict[str, Any]:
    row: dict[str, Any] = {} if segment is None else {segment: label}
    row |= {"n": n, "n_missing": missing, "score": found.score, "low": found.low, "high": found.high}
    return row | {"give_or_take": found.give_or_take, "n_effective": effective} | more


def _rating(
    data: Any,
    column: str,
    *,
    bounds: tuple[int, int],
    satisfied: tuple[int, int] | None,
    metric: str,
    name: str,
    segment: str | None,
    respondent: str | None,
    weights: str | None,
    confidence: float,
) -> Score:
    """Share of the answers in ``satisfied`` (two ends), or mean if that is None."""
    level = check_confidence(confidence)
    check_column(data, column, scale_rule(*bounds, missing=True))
    tallied = counts(data, _columns(segment, column), respondent=respondent, weights=weights)
    rows: list[dict[str, Any]] = []
    for label, cells, missing in _by_segment(tallied, column, segment):
        answers = cells[column].to_numpy(dtype=np.float64)
        n = int(cells["n"].sum())
        if satisfied is None:
            sample = _sample(cells, answers, tallied)
            found = _mean_interval(sample, bounds, level, n)
        else:
            inside = ((answers >= satisfied[0]) & (answers <= satisfied[1])).astype(np.float64)
            sample = _sample(cells, inside, tallied)
            found = _share_interval(sample, level)
        rows.append(_row(segment, label, found, n, missing, sample.n))
    limits = (0.0, 1.0) if satisfied else (float(bounds[0]), float(bounds[1]))
    return Score(_table(rows, tallied, segment), metric, name, limits, segment, level, bool(tallied.repeated))


def _table(rows: list[dict[str, Any]], tallied: Counts | Moments, segment: str | None) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    if segment is not None and segment in tallied.levels:
        levels = list(tallied.levels[segment])
        table[segment] = pd.Categorical(table[segment], categories=levels, ordered=True)
    return table


def _columns(segment: str | None, *rest: str) -> list[str]:
    return [*rest] if segment is None else [segment, *rest]


def _top(top: Any, bounds: tuple[int, int]) -> int:
    boxes = bounds[1] - bounds[0]
    if isinstance(top, bool) or not isinstance(top, int) or not 1 <= top <= boxes:
        raise ArgumentError("top", top, text("metrics.allowed.top", high=boxes))
    return top


# ------------------------------------------------------------------------------ csat, nps and ces


def csat(
    data: Any,
    column: str,
    *,
    scale: tuple[int, int] = (1, 5),
    top: int = 2,
    statistic: Literal["top-box", "mean"] = "top-box",
    segment: str | None = None,
    respondent: str | None = None,
    weights: str | None = None,
    confidence: float = 0.95,
) -> Score:
    """Compute customer satisfaction: the share of answers in the top boxes, or their mean.

    Parameters
    ----------
    data : frame
        One row an answer; any frame that narwhals knows.
    column : str
        The rating: whole numbers on ``scale``, or missing.
    scale : tuple of int, default (1, 5)
        Lowest and highest answer; high is satisfied.
    top : int, default 2
        How many of the highest answers count as satisfied.
    statistic : {"top-box", "mean"}, default "top-box"
        The share is the default because it says how many customers are satisfied; a mean of 3.5 can be
        half 2 and half 5.
    segment : str, optional
        Column to split by.
    respondent : str, optional
        Column that says who answered; if somebody answered more than once, the interval is wider for it.
    weights : str, optional
        Column of survey weights.
    confidence : float, default 0.95
        Level of the interval.

    Returns
    -------
    Score
        ``score`` is a share 0–1, or a mean on ``scale``.

    Raises
    ------
    DataError
        If an answer is off the scale or no whole number, or nobody answered in a segment.
    ArgumentError
        If ``top`` or ``statistic`` is not possible, or ``confidence`` not between 0 and 1.

    Notes
    -----
    Share: Wilson interval (1927). Mean: t interval, cut at the ends of the scale; if all answers are equal
    it has no interval, as nothing is known about their spread. Weighted variance: Σw²(x−x̄)²/(Σw)².

    Examples
    --------
    >>> answers = pd.DataFrame({"csat": [5, 4, 4, 3, 2, 5, 4, 1, 5, 4, None]})
    >>> print(csat(answers, "csat").explain())
    CSAT (share in the top 2 boxes): 70 %, give or take 25 % (95 % interval 40 % to 89 %; 10 answers, 1
    missing).
    """
    bounds = check_scale(scale)
    boxes = _top(top, bounds)
    if statistic not in ("top-box", "mean"):
        raise ArgumentError("statistic", statistic, text("metrics.allowed.statistic"))
    mean = statistic == "mean"
    return _rating(
        data,
        column,
        bounds=bounds,
        satisfied=None if mean else (bounds[1] - boxes + 1, bounds[1]),
        metric="csat_mean" if mean else "csat",
        name=text(f"metrics.name.{'csat_mean' if mean else 'csat'}", top=top, low=bounds[0], high=bounds[1]),
        segment=segment,
        respondent=respondent,
        weights=weights,
        confidence=confidence,
    )


def ces(
    data: Any,
    column: str,
    *,
    scale: tuple[int, int],
    easy: Literal["high", "low"],
    statistic: Literal["mean", "top-box"] = "mean",
    top: int = 3,
    segment: str | None = None,
    respondent: str | None = None,
    weights: str | None = None,
    confidence: float = 0.95,
) -> Score:
    """Compute the customer effort score: how easy it was to get something done.

    Scale and direction have no default, because both are in use: the first version asked for effort on 1–5
    (low is good), the second for agreement with "made it easy" on 1–7 (high is good).

    Parameters
    ----------
    data : frame
        One row an answer.
    column : str
        The rating: whole numbers on ``scale``, or missing.
    scale : tuple of int
        Lowest and highest answer.
    easy : {"high", "low"}
        Which end of the scale means that it was easy.
    statistic : {"mean", "top-box"}, default "mean"
        Mean on the scale as it was asked, or share in the easiest boxes.
    top : int, default 3
        How many of the easiest answers count, with ``statistic="top-box"``.
    segment, respondent, weights : str, optional
        Columns as in :func:`csat`.
    confidence : float, default 0.95
        Level of the interval.

    Returns
    -------
    Score
        ``score`` is a mean on ``scale`` (not turned round) or a share 0–1.

    Raises
    ------
    DataError
        As :func:`csat`.
    ArgumentError
        If ``easy``, ``top`` or ``statistic`` is none of the possible values.

    Notes
    -----
    Dixon, Freeman and Toman (2010, *Harvard Business Review* 88(7), 116–122). Intervals as in :func:`csat`.

    Examples
    --------
    >>> answers = pd.DataFrame({"ces": [7, 6, 5, 6, 2]})
    >>> ces(answers, "ces", scale=(1, 7), easy="high").table.loc[0, "score"]
    np.float64(5.2)
    """
    bounds = check_scale(scale)
    boxes = _top(top, bounds) if statistic == "top-box" else 0
    if easy not in ("high", "low"):
        raise ArgumentError("easy", easy, text("metrics.allowed.easy"))
    if statistic not in ("top-box", "mean"):
        raise ArgumentError("statistic", statistic, text("metrics.allowed.statistic"))
    ends = (bounds[1] - boxes + 1, bounds[1]) if easy == "high" else (bounds[0], bounds[0] + boxes - 1)
    metric = "ces_top" if statistic == "top-box" else "ces_mean"
    name = text(
        f"metrics.name.{metric}",
        top=top,
        low=bounds[0],
        high=bounds[1],
        easy=bounds[1] if easy == "high" else bounds[0],
    )
    return _rating(
        data,
        column,
        bounds=bounds,
        satisfied=ends if boxes else None,
        metric=metric,
        name=name,
        segment=segment,
        respondent=respondent,
        weights=weights,
        confidence=confidence,
    )


def nps(
    data: Any,
    column: str,
    *,
    segment: str | None = None,
    respondent: str | None = None,
    weights: str | None = None,
    confidence: float = 0.95,
) -> Score:
    """Compute the Net Promoter Score: promoters (9–10) minus detractors (0–6), per 100 answers.

    Passives (7–8) count in the number of answers.

    Parameters
    ----------
    data : frame
        One row an answer.
    column : str
        "How likely is it that you would recommend us?": whole numbers 0–10, or missing.
    segment, respondent, weights : str, optional
        Columns as in :func:`csat`.
    confidence : float, default 0.95
        Level of the interval.

    Returns
    -------
    Score
        ``score`` in points, −100 to 100; also the shares ``promoters``, ``passives``, ``detractors``.

    Raises
    ------
    DataError
        If an answer is no whole number from 0 to 10, or nobody answered in a segment.

    Notes
    -----
    Reichheld (2003, *Harvard Business Review* 81(12), 46–54); interval as in :func:`nps_interval` (Rocks
    2016). It is centred on the adjusted score, so the score need not lie in its middle.

    Examples
    --------
    >>> answers = pd.DataFrame({"nps": [10] * 50 + [8] * 30 + [3] * 20})
    >>> print(nps(answers, "nps").explain())
    NPS: 30, give or take 15 (95 % interval 14 to 44; 100 answers, 0 missing).
    """
    level = check_confidence(confidence)
    check_column(data, column, scale_rule(0, 10, missing=True))
    tallied = counts(data, _columns(segment, column), respondent=respondent, weights=weights)
    rows: list[dict[str, Any]] = []
    for label, cells, missing in _by_segment(tallied, column, segment):
        sample, p, d = _nps_sample(cells, column, tallied)
        found = Interval(100 * (p - d), math.nan, math.nan, level)
        if sample.n > 0:
            found = _nps_interval(p, d, sample.n, sample.quantile(level), level)
        shares = {"promoters": p, "passives": max(1 - p - d, 0.0), "detractors": d}
        rows.append(_row(segment, label, found, int(cells["n"].sum()), missing, sample.n, **shares))
    name = text("metrics.name.nps")
    limits = (-100.0, 100.0)
    return Score(_table(rows, tallied, segment), "nps", name, limits, segment, level, bool(tallied.repeated))


def _net(answers: Floats) -> Floats:
    """Turn answers into 1 for promoters, 0 for passives, −1 for detractors."""
    return (answers >= 9).astype(np.float64) - (answers <= 6)


def _nps_sample(cells: pd.DataFrame, column: str, tallied: Counts) -> tuple[_Sample, float, float]:
    net = _net(cells[column].to_numpy(dtype=np.float64))
    w = cells["w" if tallied.weighted else "n"].to_numpy(dtype=np.float64)
    p, d = float(w[net > 0].sum() / w.sum()), float(w[net < 0].sum() / w.sum())
    return _sample(cells, net, tallied), p, d


# ------------------------------------------------------------------------------------ compare nps


@dataclass(frozen=True, eq=False)
class NpsComparison(Result):
    """Two Net Promoter Scores and their difference.

    Parameters
    ----------
    table : pandas.DataFrame
        Three rows (``first``, ``second``, ``difference``): ``label``, ``n``, ``n_missing``, ``score``,
        ``low``, ``high``, ``give_or_take``, in points.
    first, second : object
        The values compared; the difference is second − first.
    paired : bool
        Whether answers of one respondent were compared.
    n_unpaired : int
        Respondents with only one of the two answers (0 if not paired).
    differs : bool
        Whether the interval of the difference leaves 0 out.
    confidence : float
        Level of the intervals.
    """

    first: Any
    second: Any
    paired: bool
    n_unpaired: int
    differs: bool
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw both scores and the difference with their intervals.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        ax = _row_axes(ax, len(self.table))
        _points(ax, self.table, [str(v) for v in self.table["label"]])
        ax.axvline(0, color=plots.PALETTE["grey"], linestyle="--", linewidth=1)
        score = float(self.table.to_dict("records")[2]["score"])
        key = "compare_same" if not self.differs else "compare_above" if score > 0 else "compare_below"
        sides = {"first": self.first, "second": self.second}
        title = text(f"metrics.title.{key}", **sides, score=_say(abs(score), "nps"))
        points = text("metrics.axis.points")
        rows = text("metrics.axis.nps_difference")
        return plots.label(ax, title=title, xlabel=points, ylabel=rows, alt=self.explain())

    def explain(self) -> str:
        """Say the difference, and whether it is more than chance.

        Returns
        -------
        str
            One sentence, two if paired.
        """
        row = self.table.to_dict("records")[2]
        digits = _digits("nps", [(row["score"], row["low"], row["high"])])
        key = "compare_differs" if self.differs else "compare_same"
        said = text(
            f"metrics.explain.{key}",
            first=self.first,
            second=self.second,
            margin=_say(float(row["give_or_take"]), "nps", digits),
            **_said_interval(row, "score", "nps", digits),
        )
        if not self.paired:
            return said
        pairs = text("metrics.explain.compare_pairs", pairs=int(row["n"]), unpaired=self.n_unpaired)
        return join(said, pairs)


def compare_nps(
    data: Any,
    column: str,
    *,
    by: str | None = None,
    before: str | None = None,
    first: Any = None,
    second: Any = None,
    paired: bool = False,
    respondent: str | None = None,
    weights: str | None = None,
    confidence: float = 0.95,
) -> NpsComparison:
    """Compare the NPS of two groups, or of the same respondents at two times.

    Parameters
    ----------
    data : frame
        One row an answer.
    column : str
        Recommendation, whole numbers 0–10, or missing.
    by : str, optional
        Column with the two groups or times. Either this or ``before`` is given.
    before : str, optional
        Column with the same row's earlier answer. Pairs are then rows with both answers, and the difference
        is ``column`` − ``before``; ``respondent`` is needed only if somebody stands in several rows.
    first, second : object, optional
        The two values of ``by``; without them ``by`` must have exactly two. The difference is second − first.
    paired : bool, default False
        With ``by``: compare each respondent with themselves. Needs ``respondent`` and one row a respondent
        and group; this works on the rows themselves, not on a tally, and takes no weights.
    respondent, weights : str, optional
        Columns as in :func:`csat`.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    NpsComparison
        In points. If paired, both scores are those of the pairs alone.

    Raises
    ------
    DataError
        If an answer is off the scale, or (paired) a respondent stands twice in a group.
    ArgumentError
        If there are not two groups, a group is empty, ``paired`` comes without ``respondent``, or not just
        one of ``by`` and ``before`` is given.

    Notes
    -----
    Not paired: difference of the two adjusted scores ± z √(v₁ + v₂), with the variances of
    :func:`nps_interval` (the adjusted Wald of Rocks 2016 in both samples). If respondents answer
    repeatedly, the variance is multiplied by the design effect from the jackknife over groups of
    respondents, which sees who is in both samples. Paired: dᵢ = (net answer second − first) in −2…2;
    pseudo-pairs are added as for one score (¾ at +1, ¾ at −1, 1½ at 0), d̄' ± t(n + 2) √(s'²/(n + 3)),
    after Bonett and Price (2012, *J. Educ. Behav. Stat.* 37, 479–488). Where hardly anybody changes, this
    is wider than it needs to be.

    Examples
    --------
    >>> branch, ratings = ["A"] * 50 + ["B"] * 50, [10] * 30 + [5] * 20 + [10] * 20 + [8] * 30
    >>> answers = pd.DataFrame({"branch": branch, "nps": ratings})
    >>> found = compare_nps(answers, "nps", by="branch")
    >>> found.table["score"].round(1).tolist(), found.differs
    ([20.0, 40.0, 20.0], False)
    """
    level = check_confidence(confidence)
    check_column(data, column, scale_rule(0, 10, missing=True))
    if (by is None) == (before is None):
        raise ArgumentError("by", by, text("metrics.allowed.by_or_before"))
    if by is None:
        return _compare_columns(data, str(before), column, respondent, weights, level)
    if paired and (respondent is None or weights is not None):
        raise ArgumentError(
            "respondent" if respondent is None else "weights",
            respondent or weights,
            text("metrics.allowed.paired"),
        )
    tallied = counts(data, [by, column], respondent=respondent, weights=weights)
    pair = _two(tallied, by, first, second)
    parts = {
        label: (cells, missing) for label, cells, missing in _by_segment(_only(tallied, by, pair), column, by)
    }
    rows: list[dict[str, Any]] = []
    samples: list[tuple[_Sample, float, float]] = []
    for label in pair:
        cells, missing = parts[label]
        sample, p, d = _nps_sample(cells, column, tallied)
        found = _nps_interval(p, d, sample.n, sample.quantile(level), level)
        samples.append((sample, p, d))
        rows.append(_row("label", label, found, int(cells["n"].sum()), missing, sample.n))
    if paired:
        assert respondent is not None
        both, unpaired, missing = _pair_up(data, column, by, pair, respondent)
        n, quantile = len(both), _z(level)
        for row, net in zip(rows, both.T, strict=True):
            # Of the pairs alone, so that the two scores differ by the difference.
            found = _nps_interval(float((net > 0).mean()), float((net < 0).mean()), n, quantile, level)
            ends = {"score": found.score, "low": found.low, "high": found.high}
            row.update(n=n, give_or_take=found.give_or_take, **ends)
        change = _paired_interval(both[:, 1] - both[:, 0], level)
        rows.append(_row("label", "", change, n, missing, n))
    else:
        change = _unpaired_change(parts, pair, samples, column, tallied, level)
        n, unpaired = sum(row["n"] for row in rows), 0
        rows.append(_row("label", "", change, n, sum(row["n_missing"] for row in rows), math.nan))
    rows[2]["label"] = f"{pair[1]} − {pair[0]}"
    table = pd.DataFrame(rows, index=["first", "second", "difference"]).drop(columns="n_effective")
    differs = bool(change.low > 0 or change.high < 0)
    return NpsComparison(table, *pair, paired, unpaired, differs, level)


def _compare_columns(
    data: Any, before: str, column: str, respondent: str | None, weights: str | None, level: float
) -> NpsComparison:
    """Compare two answers that stand side by side in a row."""
    check_column(data, before, scale_rule(0, 10, missing=True))
    tallied = counts(data, [before, column], respondent=respondent, weights=weights)
    cells = tallied.cells
    answered = cells[~cells[before].isna() & ~cells[column].isna()]
    n, everybody = int(answered["n"].sum()), int(cells["n"].sum())
    if n < 2:
        raise ArgumentError("before", before, text("metrics.allowed.pairs"))
    rows: list[dict[str, Any]] = []
    for name in (before, column):
        # Of the pairs alone, so that the two scores differ by the difference.
        sample, p, d = _nps_sample(answered, name, tallied)
        found = Interval(100 * (p - d), math.nan, math.nan, level)
        if sample.n > 0:
            found = _nps_interval(p, d, sample.n, sample.quantile(level), level)
        missing = int(cells.loc[cells[name].isna().to_numpy(dtype=bool), "n"].sum())
        rows.append(_row("label", name, found, n, missing, sample.n))
    one, two = (_net(answered[name].to_numpy(dtype=np.float64)) for name in (before, column))
    sample = _sample(answered, two - one, tallied)
    change = _change_interval(sample, level)
    silent = int(cells.loc[(cells[before].isna() & cells[column].isna()).to_numpy(dtype=bool), "n"].sum())
    rows.append(_row("label", f"{column} − {before}", change, n, everybody - n, sample.n))
    table = pd.DataFrame(rows, index=["first", "second", "difference"]).drop(columns="n_effective")
    differs = bool(change.low > 0 or change.high < 0)
    return NpsComparison(table, before, column, True, everybody - n - silent, differs, level)


def _two(tallied: Counts, by: str, first: Any, second: Any) -> tuple[Any, Any]:
    known = [v for v in tallied.total()[by].drop_duplicates().tolist() if not pd.isna(v)]
    if first is None and second is None and len(known) == 2:
        return known[0], known[1]
    if first is None or second is None or first == second:
        listed = ", ".join(repr(v) for v in known)
        allowed = text("metrics.allowed.two", column=by, values=listed)
        raise ArgumentError(
            "first" if first is None else "second",
            first if first is None else second,
            allowed,
            text("metrics.advice.two"),
        )
    return check_segment(first, known, name="first"), check_segment(second, known, name="second")


def _only(tallied: Counts, by: str, pair: tuple[Any, Any]) -> Counts:
    cells = tallied.cells[tallied.cells[by].isin(list(pair))]
    return Counts(tallied.by, cells, tallied.levels, tallied.repeated)


def _unpaired_change(
    parts: dict[Any, tuple[pd.DataFrame, int]],
    pair: tuple[Any, Any],
    samples: list[tuple[_Sample, float, float]],
    column: str,
    tallied: Counts,
    level: float,
) -> Interval:
    if tallied.repeated:
        # Both samples by one set of groups, so that respondents who are in both are seen as such.
        cells = pd.concat([parts[label][0].assign(side=side) for side, label in enumerate(pair)])
        w = cells["w" if tallied.weighted else "n"].to_numpy(dtype=np.float64)
        net, side = _net(cells[column].to_numpy(dtype=np.float64)), cells["side"].to_numpy()
        _, place = np.unique(cells[GROUP].to_numpy(), return_inverse=True)
        means: list[Floats] = []
        for this in (0, 1):
            by_w = np.bincount(place, w * (side == this))
            by_wx = np.bincount(place, w * net * (side == this))
            with np.errstate(invalid="ignore", divide="ignore"):
                means.append((by_wx.sum() - by_wx) / (by_w.sum() - by_w))
        replicates = means[1] - means[0]
        plain = sum(
            s.unit / parts[label][0]["n"].sum() for (s, _, _), label in zip(samples, pair, strict=True)
        )
        effect, df = 1.0, len(replicates) - 1
        if df and np.isfinite(replicates).all() and plain > 0:
            effect = jackknife_variance(replicates) / plain
        sizes = [float(parts[label][0]["n"].sum()) for label in pair]
        quantile = _t(level, df) if df else math.nan
    else:
        effect, quantile = 1.0, _z(level)
        sizes = [s.n for s, _, _ in samples]
    (one, v_one), (two, v_two) = (_adjusted(p, d, n) for (_, p, d), n in zip(samples, sizes, strict=True))
    half = 100 * quantile * math.sqrt(effect * (v_one + v_two))
    score = 100 * (samples[1][0].mean - samples[0][0].mean)
    centre = 100 * (two - one)
    return Interval(score, max(centre - half, -200.0), min(centre + half, 200.0), level)


def _pair_up(
    data: Any, column: str, by: str, pair: tuple[Any, Any], respondent: str
) -> tuple[Floats, int, int]:
    """Net answers of those who answered both times, shape (pairs, 2); how many did not; rows left blank."""
    rows = pd.DataFrame({name: column_values(data, name) for name in dict.fromkeys((respondent, by, column))})
    rows = rows[rows[by].isin(list(pair))]
    twice = rows.duplicated([respondent, by])
    if twice.any():
        spot = int(rows.index[twice][0])
        allowed, advice = text("metrics.allowed.once", by=by), text("metrics.advice.once")
        raise DataError(
            respondent, int(twice.sum()), first_row(data, spot), rows.loc[spot, respondent], allowed, advice
        )
    missing = int(rows[column].isna().sum())
    answered = rows[~rows[column].isna()]
    sides = [answered[answered[by] == v].set_index(respondent)[column].astype("float64") for v in pair]
    both = pd.concat(sides, axis=1, join="inner").to_numpy()
    n = len(both)
    if n < 2:
        raise ArgumentError("paired", True, text("metrics.allowed.pairs"))
    return _net(both), len(sides[0]) + len(sides[1]) - 2 * n, missing


def _paired_interval(change: Floats, level: float) -> Interval:
    """Interval of the mean of changes −2…2, one a respondent."""
    mean = float(change.mean())
    n = len(change)
    return _change_interval(_Sample(mean, float(change.var()), math.nan, n, math.inf), level)


def _change_interval(sample: _Sample, level: float) -> Interval:
    """Interval of a mean change, after three pseudo-pairs: ¾ up, ¾ down, 1½ unchanged."""
    n = sample.n
    if not n > 0:
        return Interval(100 * sample.mean, math.nan, math.nan, level)
    centre = sample.mean * n / (n + 3)
    square = ((sample.unit + sample.mean**2) * n + 1.5) / (n + 3)
    quantile = _t(level, n + 2 if math.isinf(sample.df) else sample.df)
    half = quantile * math.sqrt((square - centre**2) / (n + 3))
    ends = max(100 * (centre - half), -200.0), min(100 * (centre + half), 200.0)
    return Interval(100 * sample.mean, *ends, level)


# ------------------------------------------------------------------- perceived against expected


def ratio(
    data: Any,
    *,
    perceived: str,
    expected: str,
    segment: str | None = None,
    respondent: str | None = None,
    weights: str | None = None,
    confidence: float = 0.95,
) -> Score:
    """Satisfaction as C = b/a, perceived over expected (感知/期望), averaged over customers.

    Parameters
    ----------
    data : frame
        One row a customer (or answer).
    perceived, expected : str
        Columns b and a, numbers in the same unit; the expectation is above 0.
    segment, respondent, weights : str, optional
        Columns as in :func:`csat`.
    confidence : float, default 0.95
        Level of the interval.

    Returns
    -------
    Score
        ``score`` is the mean of C; also ``of_means`` (mean b over mean a: not the same) and ``share_met``
        (C ≥ 1). A row with one of the two missing counts as missing.

    Raises
    ------
    DataError
        If an expectation is 0 (there is no C) or below 0 (the sign turns), or a value is no number.

    Notes
    -----
    C depends on how the answers are coded: see :func:`scale_dependence`. The difference b − a
    (:func:`difference`) keeps its order under any coding in equal steps.

    Examples
    --------
    >>> visits = pd.DataFrame({"b": [4, 5, 3], "a": [5, 4, 3]})
    >>> found = ratio(visits, perceived="b", expected="a").table.round(3)
    >>> found.loc[0, ["score", "of_means", "share_met"]].tolist()
    [1.017, 1.0, 0.667]
    """
    return _pairs(data, "ratio", perceived, expected, segment, respondent, weights, confidence)


def difference(
    data: Any,
    *,
    perceived: str,
    expected: str,
    segment: str | None = None,
    respondent: str | None = None,
    weights: str | None = None,
    confidence: float = 0.95,
) -> Score:
    """Satisfaction as perceived − expected, averaged over customers: above 0 is better than expected.

    Parameters
    ----------
    data : frame
        One row a customer (or answer).
    perceived, expected : str
        Columns, numbers in the same unit.
    segment, respondent, weights : str, optional
        Columns as in :func:`csat`.
    confidence : float, default 0.95
        Level of the interval.

    Returns
    -------
    Score
        ``score`` in the unit of the answers; also ``share_met`` (difference ≥ 0).

    Raises
    ------
    DataError
        If a value is no number.

    Notes
    -----
    Perception minus expectation, never the other way round (Oliver 1980, *J. Marketing Research* 17,
    460–469).

    Examples
    --------
    >>> visits = pd.DataFrame({"b": [4, 5, 3], "a": [5, 4, 2]})
    >>> round(difference(visits, perceived="b", expected="a").table.loc[0, "score"], 3)
    np.float64(0.333)
    """
    return _pairs(data, "difference", perceived, expected, segment, respondent, weights, confidence)


def _pairs(
    data: Any,
    metric: Literal["ratio", "difference"],
    perceived: str,
    expected: str,
    segment: str | None,
    respondent: str | None,
    weights: str | None,
    confidence: float,
) -> Score:
    level = check_confidence(confidence)
    tallied = _pair_counts(
        data, perceived, expected, segment, respondent, weights, positive=metric == "ratio"
    )
    # A row is answered only if both are there; the result stands in one column, so missing is missing.
    b, a = (tallied.cells[c].to_numpy(dtype=np.float64, na_value=math.nan) for c in (perceived, expected))
    cells = tallied.cells.assign(_value=b / a if metric == "ratio" else b - a, _b=b, _a=a)
    rows: list[dict[str, Any]] = []
    limits = (0.0 if metric == "ratio" and not (b < 0).any() else -math.inf, math.inf)
    valued = Counts(tallied.by, cells, tallied.levels, tallied.repeated)
    for label, part, missing in _by_segment(valued, "_value", segment):
        values = part["_value"].to_numpy(dtype=np.float64)
        sample, n = _sample(part, values, valued), int(part["n"].sum())
        w = part["w" if valued.weighted else "n"].to_numpy(dtype=np.float64)
        more: dict[str, float] = {}
        if metric == "ratio":
            more["of_means"] = float((w * part["_b"]).sum() / (w * part["_a"]).sum())
        more["share_met"] = float(w[values >= (1 if metric == "ratio" else 0)].sum() / w.sum())
        found = _mean_interval(sample, limits, level, n)
        rows.append(_row(segment, label, found, n, missing, sample.n, **more))
    name = text(f"metrics.name.{metric}")
    return Score(_table(rows, tallied, segment), metric, name, limits, segment, level, bool(tallied.repeated))


def _pair_counts(
    data: Any,
    perceived: str,
    expected: str,
    segment: str | None = None,
    respondent: str | None = None,
    weights: str | None = None,
    *,
    positive: bool,
) -> Counts:
    for column in (perceived, expected):
        check_column(data, column, number(missing=True))
    tallied = counts(data, _columns(segment, perceived, expected), respondent=respondent, weights=weights)
    a = tallied.cells[expected].to_numpy(dtype=np.float64, na_value=math.nan)
    if positive and (a <= 0).any():
        values = column_values(data, expected)
        bad = [i for i, v in enumerate(values) if v is not None and v <= 0]
        allowed, advice = text("metrics.allowed.expected"), text("metrics.advice.expected")
        raise DataError(expected, len(bad), first_row(data, bad[0]), values[bad[0]], allowed, advice)
    return tallied


@dataclass(frozen=True, eq=False)
class ScaleDependence(Result):
    """What C = b/a becomes when the same answers are coded on another scale.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a distinct pair of answers: ``perceived``, ``expected``, ``n``, ``ratio``, ``ratio_other``,
        ``difference``, ``difference_other`` (the latter two in points of their scale). ``ratio_other`` is
        missing where the expectation is coded 0 or less.
    scale, other : tuple of int
        The two codings.
    pairs, flips : int
        Comparisons between two distinct pairs of answers that both codings can make, and how many of them
        change order, that is ahead, level or behind: a tie that opens is a change, too.
    undefined : int
        Answers that lose their C.
    ties : int
        How many of the ``flips`` are a tie in one of the codings; in the others the two change places.
    """

    scale: tuple[int, int]
    other: tuple[int, int]
    pairs: int
    flips: int
    undefined: int
    ties: int

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw C in one coding against C in the other.

        Up to six pairs of answers are labelled; of more, the two that change places most clearly.

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
        shown = self.table.dropna(subset=["ratio_other"])
        ax.scatter(shown["ratio"], shown["ratio_other"], color=plots.PALETTE["blue"], zorder=3)
        ends = [0, float(max(shown["ratio"].max(), 1)) if len(shown) else 1]
        same = text("metrics.legend.same_ratio")
        ax.plot(ends, ends, color=plots.PALETTE["grey"], linestyle="--", linewidth=1, label=same)
        ax.legend(loc="upper left")
        named = shown
        if len(shown) > _PAIRS_LABELLED:
            named = shown.iloc[_change_places(shown["ratio"].to_numpy(), shown["ratio_other"].to_numpy())]
            ax.scatter(named["ratio"], named["ratio_other"], color=plots.PALETTE["orange"], zorder=4)
        self._label_pairs(ax, named)
        return plots.label(
            ax,
            title=self._title(),
            xlabel=text("metrics.axis.ratio_first", low=self.scale[0], high=self.scale[1]),
            ylabel=text("metrics.axis.ratio_other", low=self.other[0], high=self.other[1]),
            alt=self.explain(),
        )

    def _label_pairs(self, ax: Axes, named: pd.DataFrame) -> None:
        # Pairs such as 2 against 2 and 4 against 4 share their dot, and so their label.
        places: dict[tuple[float, float], list[str]] = {}
        for row in named.to_dict("records"):
            said = text(
                "metrics.axis.pair", perceived=f"{row['perceived']:g}", expected=f"{row['expected']:g}"
            )
            places.setdefault((round(row["ratio"], 9), round(row["ratio_other"], 9)), []).append(said)
        shown = self.table.dropna(subset=["ratio_other"])
        right, top = ax.get_xlim()[1], ax.get_ylim()[1]
        for (x, y), labels in places.items():
            away, up = (shown["ratio"] - x) / right, (shown["ratio_other"] - y) / top
            near = away[up.abs() < 0.05]
            crowded = {1: near.between(1e-6, 0.35).any(), -1: near.between(-0.35, -1e-6).any()}
            side = 1 if x < right / 2 else -1
            side = -side if crowded[side] and not crowded[-side] else side
            ax.annotate(
                text("metrics.sign.list").join(labels),
                (x, y),
                xytext=(8 * side, 0),
                textcoords="offset points",
                ha="left" if side > 0 else "right",
                va="center",
                fontsize="small",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
                zorder=2.5,  # over the line, under the dots
            )

    def _title(self) -> str:
        counts = {"pairs": self.pairs, "flips": self.flips, "undefined": self.undefined}
        coding = {"other_low": self.other[0], "other_high": self.other[1]}
        if self.pairs > 1:
            key = "scale"
        elif self.pairs == 1:
            key = "scale_tie" if self.ties else "scale_turned" if self.flips else "scale_kept"
        else:
            key = "scale_lost" if self.undefined else "scale_one"
        return text(f"metrics.title.{key}", **counts, **coding)

    def explain(self) -> str:
        """Say how far C moves, with the pair of answers that moves most as the example.

        Returns
        -------
        str
            One to three sentences.
        """
        said: list[str] = []
        shown = self.table.dropna(subset=["ratio_other"])
        if len(shown):
            row = shown.iloc[int((shown["ratio"] - shown["ratio_other"]).abs().to_numpy().argmax())]
            said.append(
                text(
                    "metrics.explain.scale",
                    perceived=f"{row['perceived']:g}",
                    expected=f"{row['expected']:g}",
                    ratio=_say(float(row["ratio"]), "ratio"),
                    other=_say(float(row["ratio_other"]), "ratio"),
                    low=self.scale[0],
                    high=self.scale[1],
                    other_low=self.other[0],
                    other_high=self.other[1],
                )
            )
        if self.pairs:
            key = "scale_ties" if self.ties else "scale_pairs"
            if self.pairs == 1:
                key = "scale_tie" if self.ties else "scale_turned" if self.flips else "scale_kept"
            counts = {"pairs": self.pairs, "flips": self.flips, "ties": self.ties}
            said.append(text(f"metrics.explain.{key}", **counts))
        if self.undefined:
            key = "scale_undefined_one" if self.undefined == 1 else "scale_undefined"
            said.append(text(f"metrics.explain.{key}", n=self.undefined))
        return join(*said)


def scale_dependence(
    data: Any,
    *,
    perceived: str,
    expected: str,
    scale: tuple[int, int] = (1, 5),
    other: tuple[int, int] = (0, 10),
) -> ScaleDependence:
    """Show that C = b/a depends on the coding of the answers, and the difference does not.

    Parameters
    ----------
    data : frame
        One row a customer.
    perceived, expected : str
        Columns with whole numbers on ``scale``.
    scale : tuple of int, default (1, 5)
        The coding that the answers have; it starts at 1 or higher.
    other : tuple of int, default (0, 10)
        Another coding of the same answers, in equal steps.

    Returns
    -------
    ScaleDependence
        Pairs of answers with both values of C.

    Raises
    ------
    DataError
        If an answer is off the scale or an expectation is 0 or less.

    Notes
    -----
    A ratio has a meaning only where 0 means "nothing" (Stevens 1946, *Science* 103, 677–680); on a rating
    scale it is a label. Of two customers one is ahead, level or behind; the order has changed if this is not
    the same in both codings. So 1 of 2 and 2 of 4, both 0.5 on 1–5, change order when coded 0–10 (0 and
    0.33), although they do not change places; ``ties`` counts such cases.

    Examples
    --------
    >>> visits = pd.DataFrame({"b": [4, 2], "a": [5, 3]})
    >>> found = scale_dependence(visits, perceived="b", expected="a")
    >>> found.table[["ratio", "ratio_other"]].round(2).to_numpy().tolist()
    [[0.67, 0.5], [0.8, 0.75]]
    """
    bounds, target = check_scale(scale), check_scale(other, "other")
    for column in (perceived, expected):
        check_column(data, column, scale_rule(*bounds, missing=True))
    total = (
        _pair_counts(data, perceived, expected, positive=True).total().dropna(subset=[perceived, expected])
    )
    if total.empty:
        raise DataError(perceived, 0, "—", None, text("survey.allowed.rows"))
    step = (target[1] - target[0]) / (bounds[1] - bounds[0])
    b, a = (total[c].to_numpy(dtype=np.float64) for c in (perceived, expected))
    b_other, a_other = (target[0] + step * (v - bounds[0]) for v in (b, a))
    with np.errstate(divide="ignore", invalid="ignore"):
        recoded = np.where(a_other > 0, b_other / a_other, np.nan)
    table = pd.DataFrame({"perceived": b, "expected": a, "n": total["n"].to_numpy(), "ratio": b / a})
    table = table.assign(ratio_other=recoded, difference=b - a, difference_other=b_other - a_other)
    defined = ~np.isnan(recoded)
    one, two = table["ratio"].to_numpy()[defined], recoded[defined]
    upper = np.triu_indices(len(one), 1)
    before, after = (_order(v)[upper] for v in (one, two))
    flips = int((before != after).sum())
    ties = int(((before == 0) != (after == 0)).sum())
    undefined = int(table["n"].to_numpy()[~defined].sum())
    return ScaleDependence(table, bounds, target, len(upper[0]), flips, undefined, ties)


def _order(values: Floats) -> Floats:
    """1 where the row's value is ahead of the column's, 0 where they are level, −1 where it is behind."""
    return np.sign(np.round(np.subtract.outer(values, values), 12))


def _change_places(one: Floats, two: Floats) -> list[int]:
    """Places of the two values that change places most clearly; none if no two do."""
    turned = np.where(
        _order(one) * _order(two) < 0, -np.subtract.outer(one, one) * np.subtract.outer(two, two), 0
    )
    if not turned.any():
        return []
    first, second = np.unravel_index(int(turned.argmax()), turned.shape)
    return [int(first), int(second)]


# -------------------------------------------------------------------------- index and composite


def _linear(m: Moments, c: Floats) -> tuple[float, float, float]:
    """Mean of a weighted sum of columns, its variance and the degrees of freedom of its t interval."""
    mean = float(c @ m.mean().to_numpy())
    if m.n < 2:
        return mean, math.nan, 0
    if m.repeated:
        n = m.keys["n"].to_numpy(dtype=np.float64)
        replicates = _leave_out(m.keys[GROUP].to_numpy()[n > 0], n[n > 0], (m.sums @ c)[n > 0])
        if len(replicates) < 2:
            return mean, math.nan, 0
        return mean, jackknife_variance(replicates), len(replicates) - 1
    return mean, float(c @ m.covariance().to_numpy() @ c) / m.n, m.n - 1


def _t_interval(
    mean: float, variance: float, df: float, limits: tuple[float, float], level: float
) -> Interval:
    if not (variance > 0 and df > 0):
        return Interval(mean, math.nan, math.nan, level)
    half = _t(level, df) * math.sqrt(variance)
    return Interval(mean, max(mean - half, limits[0]), min(mean + half, limits[1]), level)


def _segments(m: Moments, column: str, names: Sequence[str]) -> list[tuple[Any, Moments]]:
    if m.n + m.left_out == 0:
        raise DataError(names[0], 0, "—", None, text("survey.allowed.rows"))
    found: list[tuple[Any, Moments]] = list(m.split(column)) if column else [(None, m)]
    for label, part in found:
        if part.n == 0:
            name = f"{column} = {label!r}" if column else text("metrics.axis.all")
            advice = text("metrics.advice.silent", segment=name, rows=part.left_out)
            raise DataError(
                ", ".join(names), part.left_out, "—", None, text("metrics.allowed.answers"), advice
            )
    return found


def index(
    data: Any,
    *,
    weights: Mapping[str, float],
    scale: tuple[int, int],
    segment: str | None = None,
    respondent: str | None = None,
    confidence: float = 0.95,
) -> Score:
    """Satisfaction index 0–100 from several ratings, with unstandardised weights, as ACSI computes it.

    Parameters
    ----------
    data : frame
        One row a respondent.
    weights : dict of float
        Rating column → unstandardised weight, 0 or more. Only their proportions count, so they need not sum
        to 1.
    scale : tuple of int
        Lowest and highest answer of all the ratings (ACSI asks on 1–10).
    segment, respondent : str, optional
        Columns as in :func:`csat`. (Survey weights are not offered here; ``weights`` are those of the items.)
    confidence : float, default 0.95
        Level of the interval.

    Returns
    -------
    Score
        ``score`` 0–100. A row that lacks one of the ratings counts as missing.

    Raises
    ------
    DataError
        If an answer is off the scale, or no row of a segment is complete.
    ArgumentError
        If a weight is negative or all are 0.

    Notes
    -----
    100 · (Σ wᵢx̄ᵢ − low · Σ wᵢ) / ((high − low) · Σ wᵢ) (Fornell, Johnson, Anderson, Cha and Bryant 1996,
    *J. Marketing* 60(4), 7–18). The weights are those of the raw answers: standardised ones would belong to
    answers divided by their standard deviations. The interval treats the weights as known.

    Examples
    --------
    >>> answers = pd.DataFrame({"overall": [8, 9, 7], "expected": [7, 9, 6], "ideal": [8, 8, 6]})
    >>> found = index(answers, weights={"overall": 0.4, "expected": 0.3, "ideal": 0.3}, scale=(1, 10))
    >>> round(found.table.loc[0, "score"], 1)
    np.float64(73.3)
    """
    level, bounds = check_confidence(confidence), check_scale(scale)
    parts = check_weights(weights, list(weights), total=None)
    for column in parts:
        check_column(data, column, scale_rule(*bounds, missing=True))
    made = moments(data, list(parts), segment=segment, respondent=respondent)
    w = np.array(list(parts.values()))
    c = 100 * w / (w.sum() * (bounds[1] - bounds[0]))
    shift = float(bounds[0] * c.sum())
    rows: list[dict[str, Any]] = []
    for label, part in _segments(made, segment or "", list(parts)):
        mean, variance, df = _linear(part, c)
        found = _t_interval(mean - shift, variance, df, (0.0, 100.0), level)
        plain = float(c @ part.covariance().to_numpy() @ c) if part.n > 1 else math.nan
        effective = min(plain / variance, part.n) if part.repeated and variance > 0 else float(part.n)
        rows.append(_row(segment, label, found, part.n, part.left_out, effective))
    name, limits = text("metrics.name.index"), (0.0, 100.0)
    return Score(_table(rows, made, segment), "index", name, limits, segment, level, bool(made.repeated))


@dataclass(frozen=True, eq=False)
class Composite(Result):
    """A weighted score of several items, and how far their ranking depends on the weights.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an item, best first: the item column, ``n``, ``n_missing``, ``score``, ``low``, ``high``
        (sampling interval, missing where an item has one row), ``rank``, ``rank_best``, ``rank_worst``
        (over the draws of weights), ``share_first`` (share of draws in which it comes first),
        ``score_low``, ``score_high`` (range of the score over the draws).
    item : str
        Name of the item column.
    weights : dict of float
        The weights, summing to 1.
    vary : float
        By how much each weight was varied, relative.
    draws : int
        Number of draws of weights.
    """

    item: str
    weights: dict[str, float]
    vary: float
    draws: int

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the scores with their range over the weights, best on top, and the ranks beside them.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        ax = _row_axes(ax, len(self.table))
        labels = [
            f"{row[self.item]}  #{row['rank_best']}"
            + (f"–{row['rank_worst']}" if row["rank_worst"] > row["rank_best"] else "")
            for row in self.table.to_dict("records")
        ]
        ranges = self.table.assign(low=self.table["score_low"], high=self.table["score_high"])
        _points(ax, ranges, labels)
        share = _rounded(100 * self.table["share_first"].iloc[0], 0)
        title = text("metrics.title.composite", first=self.table[self.item].iloc[0], share=share)
        score = text("metrics.axis.composite")
        return plots.label(ax, title=title, xlabel=score, ylabel=self.item, alt=self.explain())

    def explain(self) -> str:
        """Say who leads and how often that survives other weights.

        Returns
        -------
        str
            Two sentences.
        """
        first = self.table.iloc[0]
        return text(
            "metrics.explain.composite",
            first=first[self.item],
            score=_say(first["score"], "composite"),
            vary=f"{100 * self.vary:g}",
            share=_rounded(100 * first["share_first"], 0),
            draws=self.draws,
            moving=int((self.table["rank_best"] < self.table["rank_worst"]).sum()),
            count=len(self.table),
        )


def composite(
    data: Any,
    *,
    item: str,
    weights: Mapping[str, float],
    scale: tuple[int, int] | None = None,
    normalize: bool = False,
    total: float = 1,
    vary: float = 0.25,
    draws: int = 2000,
    respondent: str | None = None,
    confidence: float = 0.95,
    seed: int = 1,
) -> Composite:
    """Compute a weighted score of regions, products or branches, and vary the weights.

    Parameters
    ----------
    data : frame
        One row an item, or many (answers), whose means are then taken.
    item : str
        Column that names the items to be ranked.
    weights : dict of float
        Score column → weight, summing to ``total``. All columns are on one scale.
    scale : tuple of int, optional
        Check that answers are whole numbers on it.
    normalize : bool, default False
        Divide the weights by their sum instead of refusing another sum.
    total : float, default 1
        What the weights must sum to; 100 for points.
    vary : float, default 0.25
        Each weight is multiplied by an independent uniform factor from 1 − vary to 1 + vary; then all are
        divided by their sum.
    draws : int, default 2000
        How many sets of weights.
    respondent : str, optional
        Column that says who answered.
    confidence : float, default 0.95
        Level of the sampling interval.
    seed : int, default 1
        Seed of the draws.

    Returns
    -------
    Composite
        Scores in the unit of the columns.

    Raises
    ------
    ArgumentError
        If the weights sum to something else, or an argument is not possible.
    DataError
        If a column holds text, or an item has no complete row.

    Notes
    -----
    Score = Σ wⱼ x̄ⱼ. The range over weights says what a different opinion would change, the sampling
    interval what other respondents would; neither contains the other. Saisana, Saltelli and Tarantola
    (2005, *JRSS A* 168, 307–323).

    Examples
    --------
    >>> branches = pd.DataFrame({"branch": ["A", "B"], "speed": [4.2, 3.9], "price": [3.0, 3.6]})
    >>> found = composite(branches, item="branch", weights={"speed": 0.6, "price": 0.4})
    >>> found.table[["branch", "rank", "rank_best", "rank_worst"]].to_numpy().tolist()
    [['B', 1, 1, 2], ['A', 2, 1, 2]]
    """
    level = check_confidence(confidence)
    asked = check_weights(weights, list(weights), total=total, normalize=normalize)
    parts = {name: weight / math.fsum(asked.values()) for name, weight in asked.items()}
    if not 0 < vary < 1:
        raise ArgumentError("vary", vary, text("metrics.allowed.vary"))
    if draws < 1:
        raise ArgumentError("draws", draws, text("metrics.allowed.draws"))
    for column in parts:
        rule = number(missing=True) if scale is None else scale_rule(*check_scale(scale), missing=True)
        check_column(data, column, rule)
    made = moments(data, list(parts), segment=item, respondent=respondent)
    w = np.array(list(parts.values()))
    rows: list[dict[str, Any]] = []
    means: list[Floats] = []
    for label, part in _segments(made, item, list(parts)):
        found = _t_interval(*_linear(part, w), (-math.inf, math.inf), level)
        means.append(np.asarray(part.mean(), dtype=np.float64))
        ends = {"score": found.score, "low": found.low, "high": found.high}
        rows.append({item: label, "n": part.n, "n_missing": part.left_out, **ends})
    drawn = w * np.random.default_rng(seed).uniform(1 - vary, 1 + vary, (draws, len(w)))
    scores = (drawn / drawn.sum(axis=1, keepdims=True)) @ np.array(means).T
    ranks = stats.rankdata(-np.round(scores, 12), axis=1, method="min")
    table = pd.DataFrame(rows)
    table["rank"] = stats.rankdata(-table["score"].round(12), method="min").astype("int64")
    table["rank_best"], table["rank_worst"] = (
        ranks.min(axis=0).astype("int64"),
        ranks.max(axis=0).astype("int64"),
    )
    table["share_first"] = (ranks == 1).mean(axis=0)
    table["score_low"], table["score_high"] = scores.min(axis=0), scores.max(axis=0)
    table = table.sort_values("rank", kind="stable", ignore_index=True)
    return Composite(table, item, parts, vary, draws)


# -------------------------------------------------------------------------------------- benchmark


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
        ax = _row_axes(ax, len(self.table))
        _points(ax, self.table.assign(score=self.table["difference"]), self._labels())
        ax.axvline(0, color=plots.PALETTE["grey"], linestyle="--", linewidth=1)
        unit = {"nps": "nps", "index": "index"}.get(self.metric, "scale")
        if self.metric in _SHARES:
            unit = "points"
            _hundredfold(ax.xaxis, "")
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
        if len(self.table) > _SEGMENTS_SPELT_OUT:
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
            unit = "share_points" if self.metric in _SHARES else self.metric
            digits = _digits(unit, [(row["difference"], row["low"], row["high"])])
            numbers = _said_interval(row, "difference", unit, digits)
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
            ends = _difference_ends(
                (row["score"], row["low"], row["high"]),
                (value, value, value) if exact else (value, low, high),
            )
            start |= {"score": row["score"], "against": name, "reference": value}
            start |= {"reference_low": low, "reference_high": high, "difference": change}
            rows.append(start | {"low": ends[0], "high": ends[1], "exceeds": ends[0] > 0 or ends[1] < 0})
    return Benchmark(pd.DataFrame(rows), result.metric, result.name, result.segment, result.confidence)


def _difference_ends(one: Sequence[float] | Floats, two: Sequence[float] | Floats) -> tuple[float, float]:
    """Give the interval of ``one`` − ``two``, each a score with its own ends, from independent samples."""
    (s1, l1, u1), (s2, l2, u2) = one, two
    change = s1 - s2
    return float(change - math.hypot(s1 - l1, u2 - s2)), float(change + math.hypot(u1 - s1, s2 - l2))


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
        percent = result.metric in _SHARES and known and 1 < reference <= 100
        advice = (
            text("metrics.advice.percent", value=f"{reference / 100:g}", percent=f"{reference:g}")
            if percent
            else ""
        )
        raise ArgumentError(argument, reference, allowed, advice)
    return float(reference), math.nan, math.nan


# ---------------------------------------------------------------------- difference in differences


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
        Name of the column that is compared.
    """

    changed: Any
    unchanged: Any
    before: Any
    after: Any
    share: bool
    confidence: float
    column: str

    @property
    def _metric(self) -> str:
        return "share_points" if self.share else "mean"

    def _digits(self) -> int:
        """Decimals: points whole, means as the give-or-take allows, more where rounding would mislead."""
        score, low, high, margin = (
            _cell(self.table, "effect", name) for name in ("score", "low", "high", "give_or_take")
        )
        least = None if self.share or not margin > 0 else _digits_of_mean(margin)
        return _digits(self._metric, [(score, low, high)], least=least)

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
        start, moved = _cell(self.table, "changed", "before"), _cell(self.table, "unchanged", "score")
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
            _hundredfold(ax.yaxis, " %")
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
            float(_rounded((100 if self.share else 1) * each, digits).replace("−", "-"))
            for each in self.table["score"]
        )
        return abs(moved - control - score) < 10.0 ** -(digits + 3)

    def _title(self) -> str:
        score, low, high = (_cell(self.table, "effect", name) for name in ("score", "low", "high"))
        title = text(
            f"metrics.title.{'did_short' if score < 0 else 'did'}",
            column=self.column,
            changed=self.changed,
            unchanged=self.unchanged,
            score=_say(abs(score), self._metric, self._digits()),
        )
        return text("metrics.title.within_chance", title=title) if low <= 0 <= high else title

    def explain(self) -> str:
        """Say both movements and the effect with its give-or-take.

        Returns
        -------
        str
            Two sentences, the second with the assumption.
        """
        digits, rows = self._digits(), self.table.to_dict("index")
        movements = digits + (not self._adds_up(digits))
        said = text(
            "metrics.explain.did",
            changed=self.changed,
            unchanged=self.unchanged,
            moved=_say(_cell(self.table, "changed", "score"), self._metric, movements),
            control=_say(_cell(self.table, "unchanged", "score"), self._metric, movements),
            margin=_say(_cell(self.table, "effect", "give_or_take"), self._metric, digits),
            level=f"{100 * self.confidence:g}",
            **_said_interval(rows["effect"], "score", self._metric, digits),
        )
        return join(said, text("metrics.explain.did_note"))


def _digits_of_mean(margin: float) -> int:
    """Decimals that leave two digits of the give-or-take, or one where that is beyond the second decimal."""
    # 9.7 is written as 10, which has two digits already.
    place = -math.floor(math.log10(margin / 0.95))
    return max(0, min(place + 1, max(place, 2)))


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
        cut = None if top is None else bounds[1] - _top(top, bounds) + 1
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
        raise ArgumentError("data", n.astype(int).tolist(), text("metrics.allowed.did_answers"))
    respondents = kept[GROUP].to_numpy(dtype=np.int64)[~silent] if tallied.repeated else None
    mean, moved = _movements(x, place, n_all, respondents, level)
    rest = text("metrics.legend.others") if unchanged is None and len(others) > 1 else others[0]
    labels = [changed, rest, f"{changed} − {rest}"]
    rows: list[dict[str, Any]] = []
    for i, found in enumerate(moved):
        own = slice(2 * i, 2 * i + 2) if i < 2 else slice(0, 4)
        ends = (mean[2 * i], mean[2 * i + 1]) if i < 2 else (math.nan, math.nan)
        row = _row("label", labels[i], found, int(n[own].sum()), int(missing[own].sum()), 0.0)
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
        found.append(_t_interval(float(c @ mean), variance, df, (-math.inf, math.inf), level))
    return mean, found


def _cell_replicates(groups: npt.NDArray[Any], place: npt.NDArray[np.int64], w: Floats, wx: Floats) -> Floats:
    """Means of the four cells with one group of respondents left out at a time: shape (G, 4)."""
    _, who = np.unique(groups, return_inverse=True)
    size = int(who.max()) + 1
    by_w = np.bincount(4 * who + place, w, 4 * size).reshape(size, 4)
    by_wx = np.bincount(4 * who + place, wx, 4 * size).reshape(size, 4)
    rest = by_w.sum(axis=0) - by_w
    if (rest <= 0).any():
        return np.zeros((0, 4))
    return (by_wx.sum(axis=0) - by_wx) / rest


# ------------------------------------------------------------------------------------ sample size


@dataclass(frozen=True, eq=False)
class SampleSize(Result):
    """How many answers a margin of error needs.

    Parameters
    ----------
    table : pandas.DataFrame
        One row: ``margin``, ``confidence``, ``n_infinite`` (without correction), ``population`` (missing if
        endless), ``n``, ``census`` (everybody must be asked), ``response_rate``, ``invitations``,
        ``reachable``.
    measure : {"share", "nps"}
        What the margin is of.
    variance : float
        Variance of one answer.
    """

    measure: str
    variance: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the answers needed against the margin.

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
        row = self.table.to_dict("records")[0]
        margins = np.linspace(0.4, 2.5, 60) * float(row["margin"])
        population = None if pd.isna(row["population"]) else int(row["population"])
        needed = [
            _needed(self.variance, self._unit(m), float(row["confidence"]), population)[1] for m in margins
        ]
        ax.plot(margins, needed, color=plots.PALETTE["blue"])
        ax.plot([row["margin"]], [row["n"]], "o", color=plots.PALETTE["orange"])
        ax.set_ylim(bottom=0)
        if self.measure == "share":
            _hundredfold(ax.xaxis, " %")
        half = _needed(self.variance, self._unit(row["margin"]) / 2, float(row["confidence"]), population)[1]
        key = "census" if row["census"] else "sample" if population is None else "sample_population"
        said = {
            "n": f"{row['n']:,.0f}",
            "more": f"{half:,}",
            "margin": self._margin(),
            "population": population,
        }
        return plots.label(
            ax,
            title=text(f"metrics.title.{key}", **said),
            xlabel=text("metrics.axis.margin" if self.measure == "share" else "metrics.axis.margin_points"),
            ylabel=text("metrics.axis.answers"),
            alt=self.explain(),
        )

    def _margin(self) -> str:
        margin = float(self.table["margin"].iloc[0])
        return f"±{100 * margin:g} %" if self.measure == "share" else f"±{margin:g}"

    def _unit(self, margin: float) -> float:
        return margin if self.measure == "share" else margin / 100

    def explain(self) -> str:
        """Say how many answers, how many invitations, and what a census changes.

        Returns
        -------
        str
            One to three sentences.
        """
        row = self.table.to_dict("records")[0]
        population = None if pd.isna(row["population"]) else int(row["population"])
        facts = {
            "n": int(row["n"]),
            "margin": self._margin(),
            "level": f"{100 * row['confidence']:g}",
            "population": population,
        }
        if row["census"]:
            said = [text("metrics.explain.sample_census", **facts)]
        elif population is None:
            said = [text("metrics.explain.sample", **facts)]
        else:
            said = [text("metrics.explain.sample_population", infinite=int(row["n_infinite"]), **facts)]
        if not pd.isna(row["response_rate"]):
            rate = float(row["response_rate"])
            key = "sample_invite" if row["reachable"] else "sample_short"
            reached = math.floor(rate * population) if population is not None else 0
            more = {"rate": f"{100 * rate:g}", "invitations": int(row["invitations"]), "reached": reached}
            said.append(text(f"metrics.explain.{key}", population=population, **more))
        return join(*said)


def _needed(variance: float, margin: float, level: float, population: int | None) -> tuple[int, int]:
    endless = variance * (_z(level) / margin) ** 2
    finite = endless if population is None else endless / (1 + (endless - 1) / population)
    # A hair of rounding must not cost another interview.
    return math.ceil(endless - 1e-9), max(1, math.ceil(finite - 1e-9))


def sample_size(
    margin: float,
    *,
    measure: Literal["share", "nps"] = "share",
    share: float = 0.5,
    population: int | None = None,
    response_rate: float | None = None,
    confidence: float = 0.95,
) -> SampleSize:
    """Compute how many answers a margin of error needs.

    Parameters
    ----------
    margin : float
        Half the interval wanted: a share such as 0.05, or points such as 5 with ``measure="nps"``.
    measure : {"share", "nps"}, default "share"
        A share (CSAT top-box) or the NPS, which needs up to four times as many answers for the same margin.
    share : float, default 0.5
        The share expected; 0.5 is the worst case. For the NPS always the worst case, half promoters and
        half detractors.
    population : int, optional
        How many there are to ask.
    response_rate : float, optional
        Share of the invited who will answer.
    confidence : float, default 0.95
        Level.

    Returns
    -------
    SampleSize
        Answers and invitations.

    Raises
    ------
    ArgumentError
        If an argument is out of its range; a margin of 5 for a share is told to become 0.05.

    Notes
    -----
    n₀ = z² v / margin² with v = p(1 − p), or 1 for the NPS; n = n₀ / (1 + (n₀ − 1)/N), rounded up (Cochran
    1977, *Sampling Techniques*, 4.4). The correction is for chance in choosing. Non-response is not chance,
    and no sample size mends it: of twelve accounts ask all twelve.

    Examples
    --------
    >>> sample_size(0.05, population=1000).table.loc[0, "n"]
    np.int64(278)
    >>> print(sample_size(0.05, population=12).explain())
    Ask all 12: it is a census. A census has no sampling error, only non-response: what counts is who stays
    silent, not a margin.
    """
    level = check_confidence(confidence)
    if measure not in ("share", "nps"):
        raise ArgumentError("measure", measure, text("metrics.allowed.measure"))
    if measure == "share" and not 0 < margin < 1:
        advice = (
            text("metrics.advice.percent", value=f"{margin / 100:g}", percent=f"{margin:g}")
            if 1 <= margin < 100
            else ""
        )
        raise ArgumentError("margin", margin, text("metrics.allowed.margin"), advice)
    if measure == "nps" and not 0 < margin < 100:
        raise ArgumentError("margin", margin, text("metrics.allowed.margin_points"))
    if not 0 < share < 1:
        raise ArgumentError("share", share, text("metrics.allowed.margin"))
    if population is not None and (
        isinstance(population, bool) or population != int(population) or population < 1
    ):
        raise ArgumentError("population", population, text("metrics.allowed.population"))
    if response_rate is not None and not 0 < response_rate <= 1:
        raise ArgumentError("response_rate", response_rate, text("metrics.allowed.rate"))
    variance = share * (1 - share) if measure == "share" else 1.0
    endless, n = _needed(variance, margin if measure == "share" else margin / 100, level, population)
    invitations = n if response_rate is None else math.ceil(n / response_rate - 1e-9)
    reachable = population is None or invitations <= population
    row = {
        "margin": margin,
        "confidence": level,
        "n_infinite": endless,
        "population": population,
        "n": n,
        "census": population is not None and n >= population,
        "response_rate": math.nan if response_rate is None else response_rate,
        "invitations": invitations if population is None else min(invitations, population),
        "reachable": reachable,
    }
    table = pd.DataFrame([row]).astype({"population": "Int64"})
    return SampleSize(table, measure, variance)


# -------------------------------------------------------------------------------- delivered value


@dataclass(frozen=True, eq=False)
class DeliveredValue(Result):
    """Customer delivered value: total benefits less total costs.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a part: ``part``, ``kind`` ("benefit" or "cost"), ``amount``, ``plus_minus``, ``value_low``,
        ``value_high`` (the delivered value at the two ends of this part's range, all else as stated),
        ``swing``; widest swing first.
    benefits, costs : float
        Totals, in money.
    difference : float
        Delivered value, benefits − costs.
    ratio : float
        Benefits over costs.
    """

    benefits: float
    costs: float
    difference: float
    ratio: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the tornado if ranges were stated, else the amounts.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        if self.table["swing"].sum() > 0:
            return self.tornado(ax)
        ax = _row_axes(ax, len(self.table))
        y = np.arange(len(self.table))[::-1]
        benefit = (self.table["kind"] == "benefit").to_numpy()
        signed = np.where(benefit, 1, -1) * self.table["amount"].to_numpy()
        colours = [plots.PALETTE["blue"] if b else plots.PALETTE["orange"] for b in benefit]
        ax.barh(y, signed, color=colours)
        ax.set_yticks(y, self._labels())
        ax.axvline(0, color=plots.PALETTE["grey"], linewidth=1)
        title = text("metrics.title.value_plain", difference=_say(self.difference, "value"))
        amount, value = text("metrics.axis.amount"), text("metrics.axis.value")
        return plots.label(ax, title=title, xlabel=amount, ylabel=value, alt=self.explain())

    def tornado(self, ax: Axes | None = None) -> Axes:
        """Draw how far each part's range moves the delivered value, widest on top.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        ax = _row_axes(ax, len(self.table))
        y = np.arange(len(self.table))[::-1]
        benefit = (self.table["kind"] == "benefit").to_numpy()
        for end, colour in (("value_low", "orange"), ("value_high", "blue")):
            widths = self.table[end].to_numpy() - self.difference
            label = text(f"metrics.legend.{end}")
            ax.barh(y, widths, left=self.difference, color=plots.PALETTE[colour], label=label)
        plots.legend_below(ax)
        ax.axvline(self.difference, color=plots.PALETTE["grey"], linewidth=1)
        if self.table["value_low"].min() < 0 < self.table["value_high"].max():
            ax.axvline(0, color=plots.PALETTE["grey"], linestyle="--", linewidth=1)
        ax.set_yticks(
            y, [f"{'+' if b else '−'} {name}" for b, name in zip(benefit, self._labels(), strict=True)]
        )
        title = text("metrics.title.value", difference=_say(self.difference, "value"), name=self._labels()[0])
        money, value = text("metrics.axis.money"), text("metrics.axis.value")
        return plots.label(ax, title=title, xlabel=money, ylabel=value, alt=self.explain())

    def _labels(self) -> list[str]:
        return [text(f"metrics.part.{name}") for name in self.table["part"]]

    def explain(self) -> str:
        """Say the value, the ratio and which part matters most.

        Returns
        -------
        str
            One to three sentences.
        """
        numbers = {
            name: _say(getattr(self, name), "value") for name in ("difference", "benefits", "costs", "ratio")
        }
        said = [text("metrics.explain.value", **numbers)]
        widest = self.table.iloc[0]
        if widest["swing"] > 0:
            ends = {"low": _say(widest["value_low"], "value"), "high": _say(widest["value_high"], "value")}
            said.append(text("metrics.explain.value_range", name=self._labels()[0], **ends))
            if widest["value_low"] < 0 < widest["value_high"]:
                said.append(text("metrics.explain.value_sign"))
        return join(*said)


def delivered_value(
    benefits: Mapping[str, float],
    costs: Mapping[str, float],
    *,
    ranges: Mapping[str, float] | None = None,
) -> DeliveredValue:
    """Compute customer delivered value (让渡价值), as a difference and as a ratio.

    Parameters
    ----------
    benefits : dict of float
        Value of ``product``, ``service``, ``personnel`` and ``image`` to the customer, in money, each 0 or
        more.
    costs : dict of float
        Cost of ``money``, ``time``, ``energy`` and ``psychic`` effort to the customer, in the same money.
    ranges : dict of float, optional
        Part → how far its amount may be off, plus or minus, in money.

    Returns
    -------
    DeliveredValue
        Amounts and, with ranges, what each of them does to the value.

    Raises
    ------
    ArgumentError
        If a part is lacking, too many or negative, or the costs sum to 0 (there is no ratio).

    Notes
    -----
    (product + service + personnel + image) − (money + time + energy + psychic) (Kotler 1994, *Marketing
    Management*, 8th ed.). Difference and ratio need not rank two offers alike. A range is cut at an amount
    of 0.

    Examples
    --------
    >>> found = delivered_value(
    ...     {"product": 60, "service": 25, "personnel": 10, "image": 5},
    ...     {"money": 50, "time": 15, "energy": 5, "psychic": 10},
    ...     ranges={"time": 10, "service": 5},
    ... )
    >>> found.difference, found.ratio
    (20.0, 1.25)
    """
    up, down = _amounts("benefits", benefits, BENEFITS), _amounts("costs", costs, COSTS)
    every = {**up, **down}
    span = dict(ranges or {})
    for name, width in span.items():
        if name not in every or not 0 <= width < math.inf:
            raise ArgumentError("ranges", span, text("metrics.allowed.ranges", names=", ".join(every)))
    gain, loss = math.fsum(up.values()), math.fsum(down.values())
    if loss <= 0:
        raise ArgumentError("costs", dict(costs), text("metrics.allowed.costs"))
    rows: list[dict[str, Any]] = []
    for name, amount in every.items():
        width = float(span.get(name, 0.0))
        less, more = min(width, amount), width
        fall, rise = (less, more) if name in up else (more, less)
        ends = {"value_low": gain - loss - fall, "value_high": gain - loss + rise, "swing": fall + rise}
        kind = "benefit" if name in up else "cost"
        rows.append({"part": name, "kind": kind, "amount": amount, "plus_minus": width, **ends})
    table = pd.DataFrame(rows).sort_values("swing", ascending=False, kind="stable", ignore_index=True)
    return DeliveredValue(table, gain, loss, gain - loss, gain / loss)


def _amounts(argument: str, given: Mapping[str, float], names: tuple[str, ...]) -> dict[str, float]:
    allowed = text("metrics.allowed.parts", names=", ".join(names))
    if set(given) != set(names):
        raise ArgumentError(argument, dict(given), allowed)
    for amount in given.values():
        if isinstance(amount, bool) or not isinstance(amount, int | float) or not 0 <= amount < math.inf:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentError(argument, dict(given), allowed)
    return {name: float(given[name]) for name in names}
