"""How sure an estimate is that was computed from means and covariances.

A regression, a reliability or a path model is a function of the means and covariances of its columns. So
it is computed once more without each group of respondents (the jackknife, the rule of this package) or
for respondents drawn anew (the bootstrap), from the tally alone: a billion answers cost what a thousand do.
All these tallies lie in one stack of arrays, and a model written with NumPy runs through it at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import text
from csmodels_helpers.tally import GROUP, GROUPS, Moments, jackknife_variance

__all__ = [
    "Spread",
    "Stack",
    "estimates",
    "leave_groups_out",
    "resample",
    "spread",
    "t_quantile",
    "z_quantile",
]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Stack:
    """Means and covariances of many samples, one above the other; the whole sample comes first.

    Parameters
    ----------
    n : numpy.ndarray
        Shape (B,): complete rows.
    mean : numpy.ndarray
        Shape (B, k).
    covariance : numpy.ndarray
        Shape (B, k, k), with n − 1 in the denominator.
    """

    n: Floats
    mean: Floats
    covariance: Floats

    @property
    def correlation(self) -> Floats:
        """Correlation matrices, shape (B, k, k); NaN where a column does not vary."""
        variance = np.diagonal(self.covariance, axis1=1, axis2=2)
        spread = np.sqrt(np.where(variance > 0, variance, np.nan))
        return self.covariance / (spread[:, :, None] * spread[:, None, :])


def _groups(made: Moments) -> tuple[Floats, Floats, Floats]:
    """Add the segments up: rows, sums and products of each group of respondents."""
    groups = made.keys[GROUP].to_numpy()
    n = made.keys["n"].to_numpy(dtype=np.float64)
    count, sums, cross = (group_sums(groups, values) for values in (n, made.sums, made.cross))
    there = count > 0
    return count[there], sums[there], cross[there]


def _stack(times: Floats, count: Floats, sums: Floats, cross: Floats) -> Stack:
    """Build the samples in which group g is there ``times[b, g]`` times."""
    k = sums.shape[1]
    # Around the mean of the whole, so that large numbers with a small spread keep their digits.
    centre = sums.sum(axis=0) / count.sum()
    moved = sums - count[:, None] * centre
    products = cross - sums[:, :, None] * centre - centre[:, None] * sums[:, None, :]
    products += count[:, None, None] * np.outer(centre, centre)
    n = times @ count
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (times @ moved) / n[:, None]
        total = (times @ products.reshape(len(count), -1)).reshape(-1, k, k)
        total -= n[:, None, None] * mean[:, :, None] * mean[:, None, :]
        covariance = total / (n - 1)[:, None, None]
    covariance[n < 2] = np.nan
    return Stack(n, mean + centre, covariance)


def leave_groups_out(made: Moments) -> Stack:
    """Stack the whole sample and the samples that each leave one group of respondents out.

    Parameters
    ----------
    made : Moments
        From :func:`csmodels_helpers.tally.moments` with ``respondent=`` or ``apart=True``.

    Returns
    -------
    Stack
        1 + G samples for G groups; only the whole one if there are fewer than two groups.

    Raises
    ------
    ArgumentError
        If no row is complete.

    Examples
    --------
    >>> from csmodels_helpers.tally import moments
    >>> answers = pd.DataFrame({"who": [1, 2, 3], "speed": [4.0, 5.0, 3.0]})
    >>> leave_groups_out(moments(answers, ["speed"], respondent="who")).mean.ravel().tolist()
    [4.0, 4.5, 4.0, 3.5]
    """
    count, sums, cross = _checked(made)
    groups = len(count)
    times = np.ones((1, groups))
    if groups > 1:
        times = np.concatenate([times, 1 - np.eye(groups)])
    return _stack(times, count, sums, cross)


def group_sums(groups: Any, values: Any, cells: Any = None, size: int = 1) -> Floats:
    """Add values up by group of respondents, and by cell within it.

    Parameters
    ----------
    groups : array of int
        Group of each row of a tally, 0 to 99.
    values : array of float
        Shape (rows, …).
    cells : array of int, optional
        Cell of each row, such as its segment, from 0 to ``size`` − 1.
    size : int, default 1
        How many cells.

    Returns
    -------
    numpy.ndarray
        Shape (100, …), with ``cells`` (100, size, …); 0 for a group that is not there.

    Examples
    --------
    >>> found = group_sums([7, 7, 9], [1.0, 2.0, 4.0], cells=[0, 1, 1], size=2)
    >>> found[[7, 8, 9]].tolist()
    [[1.0, 2.0], [0.0, 0.0], [0.0, 4.0]]
    """
    added = np.asarray(values, dtype=np.float64)
    shape = (GROUPS, *(() if cells is None else (size,)), *added.shape[1:])
    found = np.zeros(shape)
    np.add.at(found, np.asarray(groups) if cells is None else (np.asarray(groups), np.asarray(cells)), added)
    return found


def without_groups(n: Floats, *sums: Floats) -> list[Floats]:
    """Add sums by group up: over all, then without each group of respondents.

    Parameters
    ----------
    n : numpy.ndarray
        Rows by group (and cell), as :func:`group_sums` adds them up. A group without any row is no group.
    *sums : numpy.ndarray
        More sums by group, each of shape (100, …).

    Returns
    -------
    list of numpy.ndarray
        ``n`` and each of ``sums``, of shape (1 + G, …) for G groups: the whole comes first. Whoever stands in
        several cells is left out of all of them at once.

    Examples
    --------
    >>> groups = [7, 7, 9]
    >>> n, sums = without_groups(group_sums(groups, [1, 1, 1]), group_sums(groups, [4.0, 5.0, 3.0]))
    >>> (sums / n).tolist()
    [4.0, 3.0, 4.5]
    """
    there = n.reshape(len(n), -1).any(axis=1)
    found: list[Floats] = []
    for each in (n, *sums):
        whole = each.sum(axis=0, keepdims=True)
        found.append(np.concatenate([whole, whole - each[there]]))
    return found


def part_sums(parts: Sequence[Moments]) -> tuple[Floats, list[Floats]]:
    """Add up parts of a survey, such as segments or dimensions, by group of respondents.

    Returns rows, of shape (100, parts), and of each part the sums of its columns, of shape (100, columns).
    """
    n = [group_sums(part.keys[GROUP], part.keys["n"]) for part in parts]
    return np.stack(n, axis=1), [group_sums(part.keys[GROUP], part.sums) for part in parts]


def part_means(parts: Sequence[Moments]) -> list[Floats]:
    """Average the columns of each part: of all, then without each group of respondents.

    Arrays of shape (1 + G, columns), for the groups of whom anybody is complete in any part; NaN of nothing.
    """
    n, sums = part_sums(parts)
    count, *left = without_groups(n, *sums)
    with np.errstate(invalid="ignore"):
        return [each / count[:, [j]] for j, each in enumerate(left)]


def resample(made: Moments, draws: int = 2000, seed: int = 1) -> Stack:
    """Stack the whole sample and samples of groups of respondents drawn with replacement.

    Parameters
    ----------
    made : Moments
        As in :func:`leave_groups_out`.
    draws : int, default 2000
        How many samples.
    seed : int, default 1
        Start of the random numbers.

    Returns
    -------
    Stack
        1 + draws samples.

    Raises
    ------
    ArgumentError
        If no row is complete, there are fewer than two groups of respondents, or ``draws`` is below 1.

    References
    ----------
    Davison, A. C. and Hinkley, D. V. (1997). Bootstrap Methods and their Application, 3.8.

    Examples
    --------
    >>> from csmodels_helpers.tally import moments
    >>> answers = pd.DataFrame({"who": range(500), "speed": [3.0, 5.0] * 250})
    >>> round(float(resample(moments(answers, ["speed"], respondent="who"), 999).mean[1:].std()), 2)
    0.04
    """
    if isinstance(draws, bool) or not isinstance(draws, int | np.integer) or draws < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError("draws", draws, text("uncertainty.allowed.draws"))
    count, sums, cross = _checked(made)
    groups = len(count)
    if groups < 2:
        raise ArgumentError("respondent", groups, text("uncertainty.allowed.groups"))
    random = np.random.default_rng(seed)
    drawn = random.multinomial(groups, np.full(groups, 1 / groups), size=draws).astype(np.float64)
    return _stack(np.concatenate([np.ones((1, groups)), drawn]), count, sums, cross)


def _checked(made: Moments) -> tuple[Floats, Floats, Floats]:
    count, sums, cross = _groups(made)
    if len(count) == 0:
        raise ArgumentError("data", made.left_out, text("uncertainty.allowed.rows"))
    return count, sums, cross


def z_quantile(confidence: float) -> float:
    """Return the quantile of the normal distribution that a two-sided interval needs.

    Parameters
    ----------
    confidence : float
        Level of the interval, between 0 and 1.

    Returns
    -------
    float
        The value that leaves (1 − confidence)/2 above it.

    Examples
    --------
    >>> round(z_quantile(0.95), 4)
    1.96
    """
    return NormalDist().inv_cdf((1 + confidence) / 2)


def t_quantile(confidence: float, df: float) -> float:
    """Return the quantile of Student's t that a two-sided interval needs.

    Parameters
    ----------
    confidence : float
        Level of the interval, between 0 and 1.
    df : float
        Degrees of freedom.

    Returns
    -------
    float
        The value that leaves (1 − confidence)/2 above it; NaN without degrees of freedom.

    Examples
    --------
    >>> round(t_quantile(0.95, 99), 4)
    1.9842
    """
    from scipy import special

    return float(special.stdtrit(df, (1 + confidence) / 2)) if df > 0 else float("nan")


@dataclass(frozen=True)
class Spread:
    """Estimates and how sure they are; arrays of one shape.

    Parameters
    ----------
    estimate, error : numpy.ndarray
        Estimates and their standard errors.
    low, high : numpy.ndarray
        Ends of the intervals.
    """

    estimate: Floats
    error: Floats
    low: Floats
    high: Floats

    @property
    def table(self) -> pd.DataFrame:
        """One row an estimate, if they are a list: ``estimate``, ``error``, ``low``, ``high``."""
        return pd.DataFrame(vars(self))


def spread(values: Floats, confidence: float) -> Spread:
    """Say how sure estimates are, from their values in samples that each leave one group out.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (1 + G, …): of the whole sample, then without each of G groups of respondents.
    confidence : float
        Level of the intervals.

    Returns
    -------
    Spread
        Arrays of the shape (…); errors and ends are NaN with fewer than two groups.

    Examples
    --------
    >>> found = spread(np.array([4.0, 4.5, 4.0, 3.5]), 0.95)
    >>> float(found.estimate), round(float(found.error), 3)
    (4.0, 0.577)
    """
    whole, replicates = np.asarray(values[0]), values[1:]
    error = np.full(np.shape(whole), np.nan)
    if len(replicates) > 1:
        error = np.sqrt(jackknife_variance(replicates))
    half = t_quantile(confidence, len(replicates) - 1) * error
    return Spread(whole, np.asarray(error), np.asarray(whole - half), np.asarray(whole + half))


def wilson_ends(successes: Any, n: Any, confidence: float) -> tuple[Floats, Floats]:
    """Return the ends of Wilson's interval for shares, NaN where n is 0.

    statsmodels has it as well, but takes as long to import as pandas.
    """
    z = z_quantile(confidence)
    k, size = np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64)
    size = np.where(size > 0, size, np.nan)
    share = k / size
    centre = (share + z**2 / (2 * size)) / (1 + z**2 / size)
    half = z * np.sqrt(share * (1 - share) / size + z**2 / (4 * size**2)) / (1 + z**2 / size)
    # At 0 and n successes rounding can put an end a hair inside the estimate, or outside of 0 to 1.
    return np.clip(np.minimum(centre - half, share), 0, 1), np.clip(np.maximum(centre + half, share), 0, 1)


def estimates(
    made: Moments, model: Callable[[Stack], Any], names: Sequence[str], confidence: float = 0.95
) -> pd.DataFrame:
    """Compute a model of means and covariances, and how sure each of its numbers is.

    Parameters
    ----------
    made : Moments
        The tally.
    model : callable
        Stack of B samples → array of shape (B, p); sample by sample, without looking at the others.
    names : sequence of str
        Names of the p numbers.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``names``: ``estimate``, ``error`` (standard error), ``low``, ``high``. Errors and ends are
        NaN if the answers come from fewer than two groups of respondents.

    Notes
    -----
    The delete-a-group jackknife with a t interval on G − 1 degrees of freedom, see
    :func:`csmodels_helpers.tally.jackknife_variance`.

    Examples
    --------
    >>> from csmodels_helpers.tally import moments
    >>> answers = pd.DataFrame({"who": range(400), "speed": [3.0, 5.0] * 200})
    >>> tally = moments(answers, ["speed"], respondent="who")
    >>> estimates(tally, lambda stack: stack.mean, ["speed"]).round(2)
           estimate  error   low  high
    speed       4.0   0.04  3.91  4.09
    """
    values = np.asarray(model(leave_groups_out(made)), dtype=np.float64)
    return spread(values, confidence).table.set_axis(list(names))
