"""The PLS algorithm on correlation matrices, for a whole stack of samples at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from csmodels_helpers.drivers_regression import solve
from csmodels_helpers.paths_model import Model

__all__: list[str] = []

Floats = npt.NDArray[np.float64]

TOLERANCE = 1e-8
MOST_ITERATIONS = 500


@dataclass(frozen=True)
class Structure:
    """A model as numbers.

    ``block``: construct of each item; ``starts``: first item of each construct; ``causes``: construct → those
    with a path to it; ``order``: each construct after all that act on it.
    """

    block: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    causes: dict[int, list[int]]
    order: list[int]
    pairs: list[tuple[int, int]]

    @property
    def size(self) -> int:
        return len(self.starts)

    def items(self, construct: int) -> slice:
        ends = [*self.starts[1:], len(self.block)]
        return slice(int(self.starts[construct]), int(ends[construct]))


def structure(model: Model) -> Structure:
    place = {name: i for i, name in enumerate(model.constructs)}
    sizes = np.array([len(items) for items in model.constructs.values()])
    causes = {
        place[name]: [place[cause] for cause in model.causes(name)] for name in place if model.causes(name)
    }
    return Structure(
        np.repeat(np.arange(len(sizes)), sizes),
        np.concatenate([[0], np.cumsum(sizes)[:-1]]),
        causes,
        [place[name] for name in model.order],
        [(place[start], place[end]) for start, end in model.paths],
    )


@dataclass(frozen=True)
class Solution:
    """Numbers of B samples: with k items, j constructs and p paths.

    ``weights`` and ``loadings`` (B, k), ``between`` (B, j, j) correlations of the constructs (corrected if so
    asked), ``coefficients`` (B, p), ``r2`` (B, j; NaN for a construct without causes), ``rho_a`` (B, j),
    ``total`` (B, j, j) effects of row on column, ``settled`` (B,) whether the weights came to rest.
    """

    weights: Floats
    loadings: Floats
    between: Floats
    coefficients: Floats
    r2: Floats
    rho_a: Floats
    total: Floats
    settled: npt.NDArray[np.bool_]


def _composites(r: Floats, weights: Floats, s: Structure) -> tuple[Floats, Floats, Floats]:
    """Scale the weights to unit variance; items with composites (B, k, j), and composites (B, j, j)."""
    spread = weights[:, :, None] * (s.block[:, None] == np.arange(s.size))
    with_items = r @ spread
    between = np.add.reduceat(weights[:, :, None] * with_items, s.starts, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.sqrt(np.diagonal(between, axis1=1, axis2=2))
        return (
            weights / size[:, s.block],
            with_items / size[:, None, :],
            between / (size[:, :, None] * size[:, None, :]),
        )


def regressions(between: Floats, s: Structure) -> Floats:
    """Coefficients of every path: (B, j, j), cause by effect."""
    found = np.zeros_like(between)
    for effect, causes in s.causes.items():
        if len(causes) == 1:
            found[:, causes[0], effect] = between[:, causes[0], effect]
            continue
        beta = solve(between[:, causes][:, :, causes], between[:, causes, effect, None])
        found[:, causes, effect] = beta[:, :, 0]
    return found


def _inner(between: Floats, s: Structure, scheme: str) -> Floats:
    """Inner weights (B, j, j): how much of each row's construct goes into the proxy of the column's."""
    joined = np.zeros((s.size, s.size), dtype=bool)
    for start, end in s.pairs:
        joined[start, end] = joined[end, start] = True
    if scheme == "centroid":
        return np.sign(between) * joined
    inner = between * joined
    if scheme == "path":
        # Causes weigh by their regression coefficients, effects by their correlations.
        beta = regressions(between, s)
        for effect, causes in s.causes.items():
            inner[:, causes, effect] = beta[:, causes, effect]
    return inner


def _outer(r: Floats, with_items: Floats, inner: Floats, s: Structure, mode: str) -> Floats:
    """Weigh the items anew: by covariances with their proxy, or by regression of the proxy on them."""
    proxies = np.swapaxes(inner, 1, 2)[:, s.block]
    covariance = (with_items * proxies).sum(axis=2)
    if mode == "A":
        return covariance
    found = np.empty_like(covariance)
    for construct in range(s.size):
        own = s.items(construct)
        found[:, own] = solve(r[:, own, own], covariance[:, own, None])[:, :, 0]
    return found


def _weights(r: Floats, s: Structure, scheme: str, mode: str) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Iterate until no weight moves any more; samples that have come to rest drop out on the way."""
    found, settled = np.ones(r.shape[:2]), np.zeros(len(r), dtype=np.bool_)
    active = np.arange(len(r))
    weights, with_items, between = _composites(r, found, s)
    for _ in range(MOST_ITERATIONS):
        inner = _inner(between, s, scheme)
        new, with_items, between = _composites(r, _outer(r, with_items, inner, s, mode), s)
        moved = np.abs(new - weights).max(axis=1)
        found[active], settled[active] = new, moved <= TOLERANCE
        going = moved > TOLERANCE  # never true of NaN, which would not come to rest
        if not going.any():
            break
        weights = new
        if not going.all():
            active, r, weights = active[going], r[going], weights[going]
            with_items, between = with_items[going], between[going]
    return found, settled


def reliability(r: Floats, weights: Floats, s: Structure) -> Floats:
    """Dijkstra and Henseler's rho_A of each construct: (B, j); 1 for a single item."""
    found = np.ones((len(r), s.size))
    for construct in range(s.size):
        own = s.items(construct)
        if own.stop - own.start == 1:
            continue
        w, block = weights[:, own], r[:, own, own]
        square = w**2
        number = (w * np.einsum("bij,bj->bi", block, w)).sum(axis=1) - square.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            found[:, construct] = (
                square.sum(axis=1) ** 2 * number / (square.sum(axis=1) ** 2 - (square**2).sum(axis=1))
            )
    return found


def total_effects(beta: Floats, s: Structure) -> Floats:
    """Direct and indirect effects together: (B, j, j), cause by effect."""
    total = np.zeros_like(beta)
    for effect in s.order:
        for cause in s.causes.get(effect, []):
            total[:, :, effect] += total[:, :, cause] * beta[:, cause, effect, None]
            total[:, cause, effect] += beta[:, cause, effect]
    return total


def solve_paths(
    correlation: Floats, s: Structure, scheme: str = "path", mode: str = "A", correction: str = "none"
) -> Solution:
    """Estimate a path model from B correlation matrices of its items: (B, k, k)."""
    weights, settled = _weights(correlation, s, scheme, mode)
    weights, with_items, between = _composites(correlation, weights, s)
    rows = np.arange(len(s.block))
    loadings = with_items[:, rows, s.block]
    # The sign of a composite is free: it points the way most of its items do.
    sign = np.where(np.add.reduceat(loadings, s.starts, axis=1) < 0, -1.0, 1.0)
    weights, loadings = weights * sign[:, s.block], loadings * sign[:, s.block]
    between = between * sign[:, :, None] * sign[:, None, :]
    rho_a = reliability(correlation, weights, s)
    if correction == "plsc":
        with np.errstate(invalid="ignore"):
            root = np.sqrt(rho_a)
        between = between / (root[:, :, None] * root[:, None, :])
        between[:, range(s.size), range(s.size)] = 1
        squares = np.add.reduceat(weights**2, s.starts, axis=1)
        single = np.bincount(s.block)[s.block] == 1
        loadings = np.where(single, loadings, weights * (root / squares)[:, s.block])
    beta = regressions(between, s)
    r2 = np.full((len(beta), s.size), np.nan)
    for effect, causes in s.causes.items():
        r2[:, effect] = (beta[:, causes, effect] * between[:, causes, effect]).sum(axis=1)
    starts, ends = (list(ends) for ends in zip(*s.pairs, strict=True))
    coefficients = beta[:, starts, ends]
    return Solution(weights, loadings, between, coefficients, r2, rho_a, total_effects(beta, s), settled)
