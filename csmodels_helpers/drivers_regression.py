"""What the drivers share: their tally, the checks of it, and regressions that run through a whole stack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import text
from csmodels_helpers.tally import Moments

__all__: list[str] = []

Floats = npt.NDArray[np.float64]

# Columns whose correlation matrix has a smaller eigenvalue than this are collinear to all digits that count.
SINGULAR = 1e-9


def check_names(names: Any, argument: str, outcome: str | None = None) -> tuple[str, ...]:
    """Check a list of columns: not empty, none twice, not the outcome."""
    listed = (names,) if isinstance(names, str) else tuple(names)
    known = all(isinstance(name, str) for name in listed)
    if not listed or not known or len(set(listed)) < len(listed) or outcome in listed:
        raise ArgumentError(argument, list(listed), text("drivers.allowed.names"))
    return listed


def check_regression(made: Moments, parameters: int) -> None:
    """Refuse what no regression of the last column on the others can be computed from."""
    if made.n <= parameters:
        allowed = text("drivers.allowed.rows", parameters=parameters, more=parameters + 1)
        raise ArgumentError("data", made.n, allowed, text("drivers.advice.rows", missing=made.left_out))
    check_spread(made, "data")
    check_collinear(made.correlation().to_numpy()[:-1, :-1], made.columns[:-1], "drivers")


def check_spread(made: Moments, argument: str) -> None:
    """Refuse columns in which everybody gave the same answer."""
    mean, variance = made.mean().to_numpy(), np.diag(made.covariance().to_numpy())
    flat = [c for c, m, v in zip(made.columns, mean, variance, strict=True) if not v > 1e-12 * (1 + m * m)]
    if flat:
        names = ", ".join(flat)
        raise ArgumentError(
            argument, flat, text("drivers.allowed.spread"), text("drivers.advice.spread", names=names)
        )


def check_collinear(correlation: Floats, names: Sequence[str], argument: str) -> None:
    """Refuse columns of which one is a combination of others, and say which ones these are."""
    values, vectors = np.linalg.eigh(correlation)
    lost = values < SINGULAR
    if lost.any():
        share = (vectors[:, lost] ** 2).sum(axis=1)
        found = [name for name, part in zip(names, share, strict=True) if part > 1e-6]
        advice = text("drivers.advice.collinear", names=", ".join(found))
        raise ArgumentError(argument, found, text("drivers.allowed.independent"), advice)


def solve(matrix: Floats, right: Floats) -> Floats:
    """Solve B small positive definite systems at once: (B, p, p) and (B, p, q) → (B, p, q).

    Gauss's elimination needs no exchange of rows here. A call of LAPACK for each of thousands of tiny systems
    takes ten times as long, and one singular among them would end the whole; here its numbers become NaN or
    infinite.
    """
    # The samples come last, so that every step runs along contiguous memory.
    a = np.moveaxis(matrix, 0, -1).copy(order="C")
    b = np.moveaxis(right, 0, -1).copy(order="C")
    size = len(a)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for i in range(size):
            factor = a[i + 1 :, i] / a[i, i]
            a[i + 1 :, i:] -= factor[:, None] * a[i, i:]
            b[i + 1 :] -= factor[:, None] * b[i]
        for i in range(size - 1, -1, -1):
            b[i] -= np.einsum("jb,jqb->qb", a[i, i + 1 :], b[i + 1 :])
            b[i] /= a[i, i]
    return np.moveaxis(b, -1, 0)


def regression(correlation: Floats) -> tuple[Floats, Floats, Floats]:
    """Regress the last column on the others: standardised coefficients, R², variance inflation factors."""
    p = correlation.shape[1] - 1
    one = np.broadcast_to(np.eye(p), (len(correlation), p, p))
    inverse = solve(correlation[:, :p, :p], one)
    with_outcome = correlation[:, :p, p]
    beta = np.einsum("bij,bj->bi", inverse, with_outcome)
    r2 = np.einsum("bi,bi->b", beta, with_outcome)
    return beta, r2, np.diagonal(inverse, axis1=1, axis2=2)
