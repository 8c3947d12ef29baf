"""The groups of respondents that a tally keeps apart, and the variance that follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import text

__all__ = ["GROUP", "GROUPS", "jackknife_variance", "respondent_groups"]

GROUP = "respondent_group"
"""Name of the column that holds a respondent's group in a tally."""

GROUPS = 100
"""How many groups of respondents a tally keeps apart."""

Ints = npt.NDArray[np.int64]

PRIME = 1_000_003
_MULTIPLIER, _SHIFT = 7_919, 271_829


def jackknife_variance(replicates: Any) -> Any:
    """Variance of an estimate from its values with one group of respondents left out at a time.

    Parameters
    ----------
    replicates : array_like
        Shape (G, ...): the estimate (or several) without group 1, …, without group G; G ≥ 2.

    Returns
    -------
    float or numpy.ndarray
        (G − 1)/G · Σ (θ₍g₎ − θ̄)², shape (...).

    Raises
    ------
    ArgumentError
        With fewer than two groups.

    Notes
    -----
    The delete-a-group jackknife (Kott 2001, *Journal of Official Statistics* 17, 521–526); rows of one
    respondent stay in one group, so their likeness is in the variance. Use a t interval with G − 1
    degrees of freedom.

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 3.0, 4.0])
    >>> replicates = (x.sum() - x) / 3
    >>> round(jackknife_variance(replicates), 6), round(float(x.var(ddof=1) / 4), 6)
    (0.416667, 0.416667)
    """
    values = np.asarray(replicates, dtype=np.float64)
    groups = values.shape[0] if values.ndim else 0
    if groups < 2:
        raise ArgumentError("replicates", groups, text("tally.replicates.allowed"))
    spread = ((values - values.mean(axis=0)) ** 2).sum(axis=0)
    variance = (groups - 1) / groups * spread
    return float(variance) if values.ndim == 1 else variance


def respondent_groups(ids: Iterable[Any]) -> Ints:
    """Assign respondents to their groups: the same group for the same id, everywhere and always.

    Parameters
    ----------
    ids : iterable
        Whole numbers or text, none missing. A whole number stored as a float is that number.

    Returns
    -------
    numpy.ndarray
        int64 from 0 to 99.

    Examples
    --------
    >>> respondent_groups([1, 2, 1]).tolist()
    [45, 63, 45]
    >>> respondent_groups([1.0, 2.0]).tolist()
    [45, 63]
    """
    values: Any = ids if isinstance(ids, pd.Series) else pd.Series(list(ids))
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    values = values.infer_objects()
    if pd.api.types.is_float_dtype(values.dtype):
        values = values.astype("int64")
    if pd.api.types.is_integer_dtype(values.dtype):
        # The remainder before anything else: abs() of the smallest int64 does not exist, and an
        # unsigned id need not fit into int64.
        numbers = values.to_numpy(dtype=np.uint64 if str(values.dtype).lower() == "uint64" else np.int64)
        small = (numbers % PRIME).astype(np.int64)
        # To look a million remainders up is faster than to compute them again and again.
        return scatter(small) if len(small) < 100_000 else _scattered()[small]
    codes, uniques = pd.factorize(values)
    hashes = pd.util.hash_array(np.array([str(i) for i in uniques], dtype=object), categorize=False)
    return (hashes % np.uint64(GROUPS)).astype(np.int64)[codes]


@cache
def _scattered() -> Ints:
    """Compute the group of every remainder, once."""
    return scatter(np.arange(PRIME))


def scatter(small: Any) -> Any:
    """Turn remainders into groups: numbers, or an expression that an engine computes.

    A product alone would deal 1, 2, 3, … out to the groups like cards. Each group would hold the same
    share of every stretch of ids, and estimates without a group would differ less than samples do: a cube.
    """
    x = small * _MULTIPLIER % PRIME + _SHIFT
    return x * x % PRIME * x % PRIME % GROUPS


def group_of(ids: Any) -> Ints:
    if ids.dtype.is_integer():
        return respondent_groups(pd.Series(ids.to_numpy()))
    return respondent_groups(ids.to_list())
