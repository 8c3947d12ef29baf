"""Factor models by maximum likelihood and least squares, for a whole stack of correlation matrices at once.

Each item loads on one factor, factors have variance 1 and may correlate. The likelihood does not depend on
the units of the items, so correlations are all that is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__: list[str] = []

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STEPS = 200
PRECISION = 1e-8


@dataclass(frozen=True)
class FactorFit:
    """Fitted factor models, one a sample.

    Parameters
    ----------
    loadings : numpy.ndarray
        Shape (B, k): standardized loading of each item on its factor.
    uniqueness : numpy.ndarray
        Shape (B, k): variance that is the item's own, as a share.
    correlation : numpy.ndarray
        Shape (B, m, m): correlations of the factors.
    discrepancy : numpy.ndarray
        Shape (B,): log|Σ| + tr(RΣ⁻¹) − log|R| − k.
    converged : numpy.ndarray
        Shape (B,): whether the gradient vanished.
    """

    loadings: Floats
    uniqueness: Floats
    correlation: Floats
    discrepancy: Floats
    converged: npt.NDArray[np.bool_]


def minres(correlation: Floats) -> Floats:
    """Find the loadings of one factor by least squares on the correlations between items, shape (B, k).

    Item by item (Harman and Jones 1966), none above 1 in size: where there is an item without variance of
    its own, that bound holds exactly (Harman and Fukuda 1966).
    """
    count, k = correlation.shape[:2]
    off = correlation * (1 - np.eye(k))
    largest = np.abs(off).max(axis=2)
    values, vectors = np.linalg.eigh(off + largest[:, :, None] * np.eye(k))
    loadings = vectors[:, :, -1] * np.sqrt(np.maximum(values[:, -1], 0.01))[:, None]
    loadings = np.clip(loadings * np.where(loadings.sum(axis=1) < 0, -1, 1)[:, None], -1, 1)
    for _ in range(5000):
        before = loadings.copy()
        for i in range(k):
            squares = (loadings**2).sum(axis=1) - loadings[:, i] ** 2
            fitted = (off[:, i] * loadings).sum(axis=1) / np.maximum(squares, 1e-12)
            loadings[:, i] = np.clip(fitted, -1, 1)
        if np.abs(loadings - before).max(initial=0) < 1e-10:
            break
    assert loadings.shape == (count, k)
    return loadings


def fit_factors(correlation: Floats, place: Ints) -> FactorFit:
    """Fit by maximum likelihood (Fisher scoring): the whole sample first, the others from its solution.

    Parameters
    ----------
    correlation : numpy.ndarray
        Shape (B, k, k), positive definite.
    place : numpy.ndarray
        Shape (k,): number of the factor on which each item loads, from 0.

    Returns
    -------
    FactorFit
        Signs are such that the loadings of a factor sum to more than 0.
    """
    start = _start(correlation[:1], place)
    parameters, converged, value = _climb(correlation[:1], place, start)
    if len(correlation) > 1:
        rest = _climb(correlation[1:], place, np.repeat(parameters, len(correlation) - 1, axis=0))
        parameters = np.concatenate([parameters, rest[0]])
        converged, value = np.concatenate([converged, rest[1]]), np.concatenate([value, rest[2]])
    loadings, uniqueness, between = _parts(parameters, place)
    m = between.shape[1]
    flip = np.stack([loadings[:, place == f].sum(axis=1) for f in range(m)], axis=1)
    flip = np.where(flip < 0, -1.0, 1.0)
    between = between * flip[:, :, None] * flip[:, None, :]
    return FactorFit(loadings * flip[:, place], uniqueness, between, value, converged)


def parameter_count(place: Ints) -> int:
    """How many numbers are estimated: loadings, uniquenesses, correlations between factors."""
    m = int(place.max()) + 1
    return 2 * len(place) + m * (m - 1) // 2


def _parts(parameters: Floats, place: Ints) -> tuple[Floats, Floats, Floats]:
    count, k, m = len(parameters), len(place), int(place.max()) + 1
    between = np.tile(np.eye(m), (count, 1, 1))
    one, two = np.triu_indices(m, 1)
    between[:, one, two] = between[:, two, one] = parameters[:, 2 * k :]
    return parameters[:, :k], parameters[:, k : 2 * k], between


def implied(loadings: Floats, uniqueness: Floats, between: Floats, place: Ints) -> Floats:
    """Correlations that a model implies, shape (B, k, k)."""
    common = loadings[:, :, None] * loadings[:, None, :] * between[:, place][:, :, place]
    return common + uniqueness[:, :, None] * np.eye(len(place))


def _start(correlation: Floats, place: Ints) -> Floats:
    """Least squares within each factor; factors correlate as the sums of their items do, at most 0.9."""
    k, m = len(place), int(place.max()) + 1
    loadings = np.full((len(correlation), k), 0.7)
    for f in range(m):
        own = np.flatnonzero(place == f)
        block = correlation[:, own][:, :, own]
        if len(own) == 2:
            loadings[:, own] = np.sqrt(np.clip(block[:, 0, 1], 0.1, 0.9))[:, None]
        elif len(own) > 2:
            found = minres(block)
            loadings[:, own] = np.where(np.abs(found) > 0.2, np.clip(found, -0.9, 0.9), 0.2)
    pick = (place[:, None] == np.arange(m)) * np.sign(loadings[0])[:, None]
    sums = np.einsum("if,bij,jg->bfg", pick, correlation, pick)
    spread = np.sqrt(np.diagonal(sums, axis1=1, axis2=2))
    between = np.clip(sums / (spread[:, :, None] * spread[:, None, :]), -0.9, 0.9)
    one, two = np.triu_indices(m, 1)
    return np.concatenate([loadings, 1 - loadings**2, between[:, one, two]], axis=1)


def _value(correlation: Floats, parameters: Floats, place: Ints, constant: Floats) -> tuple[Floats, Floats]:
    """Discrepancy (infinite where Σ is not positive definite) and Σ."""
    sigma = implied(*_parts(parameters, place), place)
    values = np.linalg.eigvalsh(sigma)
    fine = values[:, 0] > 1e-8
    safe = np.where(fine[:, None, None], sigma, np.eye(len(place)))
    fit = np.trace(np.linalg.solve(safe, correlation), axis1=1, axis2=2)
    fit += np.log(np.maximum(values, 1e-8)).sum(axis=1)
    return np.where(fine, fit - constant, np.inf), sigma


def _derivatives(parameters: Floats, place: Ints) -> Floats:
    """Return the derivatives of Σ by each parameter, shape (B, p, k, k)."""
    loadings, _, between = _parts(parameters, place)
    count, k, m = len(parameters), len(place), between.shape[1]
    slopes = np.zeros((count, parameters.shape[1], k, k))
    # Covariance of each item with each item's factor.
    reach = loadings[:, :, None] * between[:, place][:, :, place]
    for i in range(k):
        slopes[:, i, i, :] += reach[:, :, i]
        slopes[:, i, :, i] += reach[:, :, i]
        slopes[:, k + i, i, i] = 1
    for j, (f, g) in enumerate(zip(*np.triu_indices(m, 1), strict=True)):
        outer = (loadings * (place == f))[:, :, None] * (loadings * (place == g))[:, None, :]
        slopes[:, 2 * k + j] = outer + outer.transpose(0, 2, 1)
    return slopes


def _climb(
    correlation: Floats, place: Ints, parameters: Floats
) -> tuple[Floats, npt.NDArray[np.bool_], Floats]:
    """Fisher scoring; a step is halved until it lowers the discrepancy."""
    count, k = len(correlation), len(place)
    constant = np.linalg.slogdet(correlation)[1] + k
    value, sigma = _value(correlation, parameters, place, constant)
    done = np.zeros(count, dtype=bool)
    for _ in range(STEPS):
        inverse = np.linalg.inv(sigma)
        weighted = inverse[:, None] @ _derivatives(parameters, place)
        p = weighted.shape[1]
        flat = weighted.reshape(count, p, k * k)
        turned = weighted.transpose(0, 1, 3, 2).reshape(count, p, k * k)
        apart = (np.eye(k) - inverse @ correlation).transpose(0, 2, 1).reshape(count, k * k, 1)
        gradient = (flat @ apart)[:, :, 0]
        done = np.abs(gradient).max(axis=1) < PRECISION
        if done.all():
            break
        information = flat @ turned.transpose(0, 2, 1) + 1e-10 * np.eye(p)
        step = np.where(done[:, None], 0.0, np.linalg.solve(information, gradient[:, :, None])[:, :, 0])
        length, worse = np.ones(count), np.ones(count, dtype=bool)
        moved, tried, matrix = parameters, value, sigma
        for _ in range(30):
            moved = parameters - length[:, None] * step
            tried, matrix = _value(correlation, moved, place, constant)
            worse = tried > value + 1e-12
            if not worse.any():
                break
            length = np.where(worse, length / 2, length)
        # Who found nothing better in all these halvings stays where it is.
        better = ~worse[:, None]
        parameters, value = np.where(better, moved, parameters), np.where(worse, value, tried)
        sigma = np.where(better[:, :, None], matrix, sigma)
    return parameters, done, value
