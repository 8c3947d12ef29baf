"""CSAT, NPS and CES: one score a segment, each with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import text
from csmodels_helpers.metrics_intervals import (
    Floats,
    Interval,
    Sample,
    difference_ends,
    mean_interval,
    nps_ends,
    share_interval,
    take_sample,
    take_samples,
)
from csmodels_helpers.metrics_plots import draw_points, hundredfold, row_axes
from csmodels_helpers.metrics_words import SEGMENTS_SPELT_OUT, SHARES, say_score, shared_digits
from csmodels_helpers.results import Result
from csmodels_helpers.survey import (
    Rule,
    check_column,
    check_confidence,
    check_scale,
)
from csmodels_helpers.survey import (
    scale as scale_rule,
)
from csmodels_helpers.tally import Counts, Moments, counts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Score", "ces", "csat", "nps"]


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
        ax = row_axes(ax, len(labels))
        draw_points(ax, self.table, labels)
        if self.segment is None:
            row = self.table.iloc[0]
            key = "metrics.title.plain" if math.isnan(row["low"]) else "metrics.title.one"
            title = text(key, name=self._short, **self._numbers(row, self._digits()))
        else:
            order = self.table["score"].to_numpy().argsort(kind="stable")
            digits = self._digits()
            row, last = self.table.iloc[order[0]], self.table.iloc[order[-1]]
            ends = {
                end: say_score(each["score"], self.metric, digits)
                for end, each in (("low", row), ("high", last))
            }
            words = self._words()
            named = {"low_segment": words[order[0]], "high_segment": words[order[-1]]}
            key = "metrics.title.segments_same" if self._two_alike() else "metrics.title.segments"
            title = text(key, name=self._short, **ends, **named)
        if self.metric in SHARES:
            hundredfold(ax.xaxis, " %")
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
        key = "ends" if len(self.table) > SEGMENTS_SPELT_OUT else "segments"
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
        if len(rows) > SEGMENTS_SPELT_OUT:
            rows = sorted(rows, key=lambda pair: pair[1]["score"])
            rows = [*rows[:3], *rows[-3:]]
        return rows

    def _digits(self) -> int:
        intervals = [(row["score"], row["low"], row["high"]) for _, row in self._spelt_out()]
        ends = (self.table["score"].min(), self.table["score"].max())
        digits = shared_digits(self.metric, intervals, ends)
        # An end of exactly −32.5 would become −33, beside a table that says −32.5.
        factor = 100 if self.metric in SHARES else 1
        half = any(math.isclose(abs(factor * end) % 1, 0.5, abs_tol=1e-6) for end in ends)
        return 1 if digits == 0 and len(self.table) > 1 and half else digits

    def _two_alike(self) -> bool:
        """Whether there are two segments and the interval of their difference holds 0."""
        if self.clustered or len(self.table) != 2:
            return False
        one, two = self.table[["score", "low", "high"]].to_numpy(dtype=np.float64)
        low, high = difference_ends(one, two)
        return low <= 0 <= high

    def _numbers(self, row: Any, digits: int) -> dict[str, object]:
        names = {"score": "score", "low": "low", "high": "high", "margin": "give_or_take"}
        said = {name: say_score(float(row[column]), self.metric, digits) for name, column in names.items()}
        return {**said, "n": int(row["n"]), "missing": int(row["n_missing"])}


@dataclass(frozen=True)
class Segments:
    """The answered cells of a tally, each with the segment it belongs to.

    Parameters
    ----------
    labels : list
        The segments in their order; None for a missing one, or for all answers.
    cells : pandas.DataFrame
        Cells with an answer, segment by segment.
    place : numpy.ndarray
        For each cell the position of its segment in ``labels``.
    n, missing : list of int
        Answers, and answers that are missing, of each segment.
    """

    labels: list[Any]
    cells: pd.DataFrame
    place: npt.NDArray[np.int64]
    n: list[int]
    missing: list[int]


def segments(tallied: Counts, column: str, segment: str | None) -> Segments:
    """Sort the answers by segment; one without answers is refused."""
    cells = tallied.cells
    if cells.empty:
        raise DataError(column, 0, "—", None, text("survey.allowed.rows"))
    silent = cells[column].isna().to_numpy(dtype=bool)
    codes, labels = np.zeros(len(cells), dtype=np.int64), [None]
    if segment is not None:
        codes, labels = pd.factorize(cells[segment], use_na_sentinel=False)
    order = _segment_order(labels, tallied.levels.get(segment or ""))
    codes = np.argsort(order)[codes]
    named = [None if segment is None or pd.isna(labels[i]) else labels[i] for i in order]
    n = cells["n"].to_numpy(dtype=np.int64)
    missing, answers = np.zeros(len(named), dtype=np.int64), np.zeros(len(named), dtype=np.int64)
    np.add.at(missing, codes[silent], n[silent])
    np.add.at(answers, codes[~silent], n[~silent])
    for label, rows, some in zip(named, missing, answers, strict=True):
        if not some:
            name = text("metrics.axis.all") if segment is None else f"{segment} = {label!r}"
            advice = text("metrics.advice.silent", segment=name, rows=int(rows))
            raise DataError(column, int(rows), "—", None, text("metrics.allowed.answers"), advice)
    # One sort instead of one search a segment: there may be thousands of accounts.
    by_place = np.argsort(codes[~silent], kind="stable")
    answered, place = cells[~silent].iloc[by_place], codes[~silent][by_place]
    return Segments(named, answered, place, answers.tolist(), missing.tolist())


def by_segment(tallied: Counts, column: str, segment: str | None) -> list[tuple[Any, pd.DataFrame, int]]:
    """Cells with an answer and number of missing answers, segment by segment, in the segments' order."""
    found = segments(tallied, column, segment)
    ends = np.searchsorted(found.place, np.arange(len(found.labels) + 1))
    return [
        (label, found.cells.iloc[ends[i] : ends[i + 1]], found.missing[i])
        for i, label in enumerate(found.labels)
    ]


def checked_counts(
    data: Any, column: str, rule: Rule, by: Sequence[str], *, respondent: str | None, weights: str | None
) -> Counts:
    """Count, and refuse what the rule does not allow: a look at the tally is a look at every answer."""
    try:
        tallied = counts(data, by, respondent=respondent, weights=weights)
    except DataError:
        check_column(data, column, rule)  # says it better, if it is about this column
        raise
    if not rule.accepts(pd.Series(tallied.cells[column].unique().tolist(), dtype=object)).all():
        check_column(data, column, rule)
    return tallied


def _segment_order(labels: Any, levels: Sequence[Any] | None) -> list[int]:
    """Order of segments: as their categories if these are ordered, else sorted; the missing one last."""
    values: list[Any] = list(labels)
    if levels is not None:
        values = [None if pd.isna(v) else list(levels).index(v) for v in values]
    known = sorted((i for i, v in enumerate(values) if not pd.isna(v)), key=lambda i: values[i])
    return known + [i for i, v in enumerate(values) if pd.isna(v)]


def score_row(
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
    tallied = checked_counts(
        data,
        column,
        scale_rule(*bounds, missing=True),
        counted_columns(segment, column),
        respondent=respondent,
        weights=weights,
    )
    parts = segments(tallied, column, segment)
    x = parts.cells[column].to_numpy(dtype=np.float64)
    if satisfied is not None:
        x = ((x >= satisfied[0]) & (x <= satisfied[1])).astype(np.float64)
    samples = take_samples(parts.cells, parts.place, len(parts.labels), x, tallied)
    rows: list[dict[str, Any]] = []
    for label, sample, n, missing in zip(parts.labels, samples, parts.n, parts.missing, strict=True):
        found = share_interval(sample, level) if satisfied else mean_interval(sample, bounds, level, n)
        rows.append(score_row(segment, label, found, n, missing, sample.n))
    limits = (0.0, 1.0) if satisfied else (float(bounds[0]), float(bounds[1]))
    return Score(
        score_table(rows, tallied, segment), metric, name, limits, segment, level, bool(tallied.repeated)
    )


def score_table(rows: list[dict[str, Any]], tallied: Counts | Moments, segment: str | None) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    if segment is not None and segment in tallied.levels:
        levels = list(tallied.levels[segment])
        table[segment] = pd.Categorical(table[segment], categories=levels, ordered=True)
    return table


def counted_columns(segment: str | None, *rest: str) -> list[str]:
    return [*rest] if segment is None else [segment, *rest]


def top_box(top: Any, bounds: tuple[int, int]) -> int:
    boxes = bounds[1] - bounds[0]
    if isinstance(top, bool) or not isinstance(top, int) or not 1 <= top <= boxes:
        raise ArgumentError("top", top, text("metrics.allowed.top", high=boxes))
    return top


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
    boxes = top_box(top, bounds)
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
    boxes = top_box(top, bounds) if statistic == "top-box" else 0
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
    by, rule = counted_columns(segment, column), scale_rule(0, 10, missing=True)
    tallied = checked_counts(data, column, rule, by, respondent=respondent, weights=weights)
    parts = segments(tallied, column, segment)
    answers = parts.cells[column].to_numpy(dtype=np.float64)
    size = len(parts.labels)
    samples = take_samples(parts.cells, parts.place, size, net_answers(answers), tallied)
    promoters, detractors = (_shares(parts, inside, tallied) for inside in (answers >= 9, answers <= 6))
    rows: list[dict[str, Any]] = []
    for i, (label, sample) in enumerate(zip(parts.labels, samples, strict=True)):
        p, d = promoters[i], detractors[i]
        found = Interval(100 * (p - d), math.nan, math.nan, level)
        if sample.n > 0:
            found = nps_ends(p, d, sample.n, sample.quantile(level), level)
        shares = {"promoters": p, "passives": max(1 - p - d, 0.0), "detractors": d}
        rows.append(score_row(segment, label, found, parts.n[i], parts.missing[i], sample.n, **shares))
    name = text("metrics.name.nps")
    limits = (-100.0, 100.0)
    return Score(
        score_table(rows, tallied, segment), "nps", name, limits, segment, level, bool(tallied.repeated)
    )


def net_answers(answers: Floats) -> Floats:
    """Turn answers into 1 for promoters, 0 for passives, −1 for detractors."""
    return (answers >= 9).astype(np.float64) - (answers <= 6)


def _shares(parts: Segments, inside: Any, tallied: Counts) -> list[float]:
    """Give the weighted share of the answers inside, segment by segment."""
    w = parts.cells["w" if tallied.weighted else "n"].to_numpy(dtype=np.float64)
    size = len(parts.labels)
    shares: list[float] = (
        np.bincount(parts.place, w * inside, size) / np.bincount(parts.place, w, size)
    ).tolist()
    return shares


def nps_sample(cells: pd.DataFrame, column: str, tallied: Counts) -> tuple[Sample, float, float]:
    net = net_answers(cells[column].to_numpy(dtype=np.float64))
    w = cells["w" if tallied.weighted else "n"].to_numpy(dtype=np.float64)
    p, d = float(w[net > 0].sum() / w.sum()), float(w[net < 0].sum() / w.sum())
    return take_sample(cells, net, tallied), p, d
