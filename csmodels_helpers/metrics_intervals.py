"""How sure a score is: closed forms, and the delete-a-group jackknife where respondents answer repeatedly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import text
from csmodels_helpers.survey import (
    check_confidence,
)
from csmodels_helpers.tally import GROUP, GROUPS, Counts
from csmodels_helpers.uncertainty import t_quantile, wilson_ends, z_quantile

__all__ = ["Interval", "nps_interval", "wilson"]

Floats = npt.NDArray[np.float64]


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
    (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n) (Wilson 1927, *JASA* 22, 209–212). It never leaves 0–1
    and is not empty at 0 or n successes, unlike p ± z √(p(1−p)/n).

    Examples
    --------
    >>> found = wilson(81, 263)
    >>> round(found.low, 4), round(found.high, 4)
    (0.2553, 0.3662)
    """
    level = check_confidence(confidence)
    if not (0 < n < math.inf and 0 <= successes <= n):
        raise ArgumentError("successes", successes, text("metrics.allowed.successes"))
    low, high = wilson_ends(successes, n, level)
    return Interval(successes / n, float(low), float(high), level)


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
    return nps_ends(promoters / total, detractors / total, total, z_quantile(level), level)


def nps_ends(p: float, d: float, n: float, quantile: float, level: float) -> Interval:
    centre, variance = adjusted_shares(p, d, n)
    half = 100 * quantile * math.sqrt(variance)
    return Interval(100 * (p - d), max(100 * centre - half, -100.0), min(100 * centre + half, 100.0), level)


def adjusted_shares(p: float, d: float, n: float) -> tuple[float, float]:
    """Score with three pseudo-answers added, and its variance (both on the scale −1 to 1)."""
    up, down = (p * n + 0.75) / (n + 3), (d * n + 0.75) / (n + 3)
    return up - down, (up + down - (up - down) ** 2) / (n + 3)


@dataclass(frozen=True)
class Sample:
    """A weighted mean with what every interval needs."""

    mean: float
    unit: float  # variance of one answer
    variance: float  # of the mean; NaN if the answers come from a single respondent group
    n: float  # effective number of answers
    df: float  # of the t quantile; inf where a normal one is right

    def quantile(self, level: float) -> float:
        if not self.df > 0:
            return math.nan
        return z_quantile(level) if math.isinf(self.df) else t_quantile(level, self.df)


def take_sample(cells: pd.DataFrame, x: Floats, tallied: Counts) -> Sample:
    """Estimate the mean of ``x`` over the cells of a tally, and how sure it is."""
    return take_samples(cells, np.zeros(len(cells), dtype=np.int64), 1, x, tallied)[0]


def take_samples(
    cells: pd.DataFrame, place: npt.NDArray[np.int64], size: int, x: Floats, tallied: Counts
) -> list[Sample]:
    """Estimate the mean of ``x`` in each of ``size`` segments; ``place`` says to which a cell belongs."""

    def add(values: Floats) -> Floats:
        return np.asarray(np.bincount(place, values, size), dtype=np.float64)

    n = cells["n"].to_numpy(dtype=np.float64)
    w = cells["w"].to_numpy(dtype=np.float64) if tallied.weighted else n
    w2 = cells["w2"].to_numpy(dtype=np.float64) if tallied.weighted else n
    answers, weight = add(n), add(w)
    mean = add(w * x) / weight
    square = (x - mean[place]) ** 2
    unit, kish = add(w * square) / weight, weight**2 / add(w2)
    if tallied.repeated:
        groups = cells[GROUP].to_numpy(dtype=np.int64)
        variance, present = _jackknife(place, size, groups, w, w * x)
        # Without any spread the groups are all that is known to be independent.
        effective = np.where(
            (variance > 0) & (unit > 0),
            np.minimum(_over(unit, variance), answers),
            np.where(np.isnan(variance), np.nan, np.minimum(kish, present)),
        )
        df = np.where(np.isnan(variance), 0, present - 1)
    else:
        variance = add(w2 * square) / weight**2
        effective = np.where(variance > 0, _over(unit, variance), kish) if tallied.weighted else answers
        df = np.full(size, math.inf)
    columns = (mean, unit, variance, effective, df)
    return [Sample(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _over(top: Floats, bottom: Floats) -> Floats:
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)


def _jackknife(
    place: npt.NDArray[np.int64], size: int, groups: npt.NDArray[np.int64], w: Floats, wx: Floats
) -> tuple[Floats, Floats]:
    """Variance of each segment's mean over its groups of respondents, NaN below two, and their number."""
    # One entry for each group that a segment has: most segments of thousands have few of the hundred.
    pairs, where = np.unique(place * GROUPS + groups, return_inverse=True)
    segment = pairs // GROUPS

    def add(values: Floats) -> Floats:
        return np.asarray(np.bincount(segment, values, size), dtype=np.float64)

    by_w, by_wx = (np.asarray(np.bincount(where, v), dtype=np.float64) for v in (w, wx))
    rest = add(by_w)[segment] - by_w
    replicates = _over(add(by_wx)[segment] - by_wx, rest)
    present = add(np.ones(len(pairs)))
    centre = add(replicates) / present
    spread = add((replicates - centre[segment]) ** 2)
    known = (present >= 2) & (add((rest <= 0).astype(np.float64)) == 0)
    return np.where(known, (present - 1) / present * spread, np.nan), present


def mean_interval(sample: Sample, limits: tuple[float, float], level: float, n: int) -> Interval:
    """T interval of a mean, kept inside the scale; without spread there is none."""
    if not sample.variance > 0 or n < 2:
        return Interval(sample.mean, math.nan, math.nan, level)
    clustered = not math.isinf(sample.df)
    variance = sample.variance if clustered else sample.variance * n / (n - 1)
    df = sample.df if clustered else n - 1
    half = t_quantile(level, df) * math.sqrt(variance)
    return Interval(
        sample.mean, max(sample.mean - half, limits[0]), min(sample.mean + half, limits[1]), level
    )


def share_interval(sample: Sample, level: float) -> Interval:
    if not sample.n > 0:
        return Interval(sample.mean, math.nan, math.nan, level)
    # Wilson depends on n and z through z²/n alone, so a t quantile is a smaller n.
    n = sample.n * (z_quantile(level) / sample.quantile(level)) ** 2
    found = wilson(min(sample.mean, 1.0) * n, n, level)
    return Interval(sample.mean, found.low, found.high, level)


def t_interval(
    mean: float, variance: float, df: float, limits: tuple[float, float], level: float
) -> Interval:
    if not (variance > 0 and df > 0):
        return Interval(mean, math.nan, math.nan, level)
    half = t_quantile(level, df) * math.sqrt(variance)
    return Interval(mean, max(mean - half, limits[0]), min(mean + half, limits[1]), level)


def difference_ends(one: Sequence[float] | Floats, two: Sequence[float] | Floats) -> tuple[float, float]:
    """Give the interval of ``one`` − ``two``, each a score with its own ends, from independent samples."""
    (s1, l1, u1), (s2, l2, u2) = one, two
    change = s1 - s2
    return float(change - math.hypot(s1 - l1, u2 - s2)), float(change + math.hypot(u1 - s1, s2 - l2))
