"""Answers in, additive sufficient statistics out: the first step of every model.

A tally is small whatever the number of answers, and two tallies of different answers merge by
adding. So a cluster, a folder of Parquet files or next month's export is tallied part by part.
Respondents are spread over 100 groups that stay apart in the tally, which is what the
delete-a-group jackknife and the resampling of respondents need later.

There are two kinds: :func:`counts` (how often does each combination of values occur?) and
:func:`moments` (sums and cross-products of numeric columns). Both give the same tally for the
same answers, whether these are a pandas or Polars frame, a DuckDB relation or an Arrow table.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, cast

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import text

__all__ = [
    "GROUP",
    "GROUPS",
    "Counts",
    "Moments",
    "counts",
    "first_row",
    "jackknife_variance",
    "moments",
    "respondent_groups",
]

GROUP = "respondent_group"
"""Name of the column that holds a respondent's group in a tally."""

GROUPS = 100
"""How many groups of respondents a tally keeps apart."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_ID, _WEIGHT, _SQUARE = "_respondent_id", "_weight", "_weight_squared"
_RESERVED = (GROUP, "n", "w", "w2", "left_out", _ID, _WEIGHT, _SQUARE)
_PRIME = 1_000_003
_MULTIPLIER, _SHIFT = 7_919, 271_829
_EXACT = 2**53


# ---------------------------------------------------------------------------------------- counts


# eq=False: data frames have no single truth value for ==, so tallies compare by identity.
@dataclass(frozen=True, eq=False)
class Counts:
    """How often each combination of values occurs, by group of respondents.

    Parameters
    ----------
    by : tuple of str
        The columns whose combinations are counted.
    cells : pandas.DataFrame
        One row a combination and respondent group: the columns ``by``, then ``respondent_group``
        and ``n`` (int64), sorted. A weighted tally also has ``w`` and ``w2`` (float64), the sums of the
        weights and of their squares.
    levels : dict of tuple, optional
        The order of the categories, for those of the columns ``by`` that were ordered categories.
    repeated : bool, optional
        Whether a respondent may stand in more than one row; None if nobody said who answered.

    See Also
    --------
    counts : makes one.
    """

    by: tuple[str, ...]
    cells: pd.DataFrame
    levels: Mapping[str, tuple[Any, ...]] = field(default_factory=dict[str, "tuple[Any, ...]"])
    repeated: bool | None = None

    @property
    def weighted(self) -> bool:
        """Whether the tally has sums of weights.

        Returns
        -------
        bool
            True if :func:`counts` was given ``weights=``.
        """
        return "w" in self.cells.columns

    def merge(self, other: Counts) -> Counts:
        """Add another tally of the same columns (of other answers) to this one.

        Parameters
        ----------
        other : Counts
            A tally with the same ``by``.

        Returns
        -------
        Counts
            The tally of all answers together. Merging is commutative and associative. As nobody can
            tell from two tallies whether a respondent is in both, ``repeated`` becomes True
            where respondents are known.

        Raises
        ------
        ArgumentError
            If the two tallies count different columns, differ in being weighted or not, in the
            order of a column's categories or in the kind of its values.

        Examples
        --------
        >>> may = counts(pd.DataFrame({"score": [4, 5]}), ["score"])
        >>> june = counts(pd.DataFrame({"score": [5]}), ["score"])
        >>> may.merge(june).total()
           score  n
        0      4  1
        1      5  2
        """
        if self.by != other.by:
            allowed = text("tally.merge.columns", columns=list(self.by))
            raise ArgumentError("other", list(other.by), allowed)
        if self.weighted != other.weighted:
            raise ArgumentError("other", other.weighted, text("tally.merge.weights"))
        levels = _merge_levels(self.levels, other.levels)
        names = ["n", "w", "w2"] if self.weighted else ["n"]
        cells = _stack([self.cells, other.cells], self.by, [GROUP, *names])
        keys = {column: coded(cells[column]) for column in self.by}
        sums = {name: cells[name].to_numpy() for name in names}
        added = add_up(keys, cells[GROUP].to_numpy(), sums)
        return Counts(self.by, added, levels, _merge_repeated(self, other))

    def total(self) -> pd.DataFrame:
        """Add the respondent groups up: the columns ``by``, ``n`` and, if weighted, ``w`` and ``w2``.

        Returns
        -------
        pandas.DataFrame
            One row a combination, sorted; ordered categories come back as such, in their order.
        """
        sums = ["n", "w", "w2"] if self.weighted else ["n"]
        cells = self.cells.copy()
        for column, order in self.levels.items():
            cells[column] = pd.Categorical(cells[column], categories=list(order), ordered=True)
        grouped = cells.groupby(list(self.by), observed=True, dropna=False, sort=True)[sums]
        return grouped.sum().reset_index()


def counts(
    data: Any, by: Sequence[str], *, respondent: str | None = None, weights: str | None = None
) -> Counts:
    """Count the combinations of the columns ``by`` in one pass.

    The cells hold plain values of one dtype whatever the engine: text as ``str``, whole numbers as ``int64``
    (``float64`` beside missing ones), other numbers as ``float64``, yes/no as ``bool`` (``boolean`` beside
    missing ones), dates as ``datetime64[us]``. Null, None, NaN, NaT and NA are one and the same missing
    value. The order of ordered categories (pandas ordered categoricals, Polars and DuckDB enums) is
    kept in ``levels``; that of unordered ones means nothing and is not kept.

    Parameters
    ----------
    data : frame
        Any frame that narwhals knows: pandas, Polars (eager or lazy), DuckDB relation, Arrow table.
    by : sequence of str
        Columns to count; a missing value is a value of its own.
    respondent : str, optional
        Column that says who answered: whole numbers or text, none missing. Without it each row counts
        as a respondent of its own and all rows fall into group 0, so only closed-form
        uncertainty is to be had.
    weights : str, optional
        Column of weights, 0 or more, none missing: how many people a row stands for.

    Returns
    -------
    Counts
        The tally.

    Raises
    ------
    UnknownNameError
        If the frame lacks one of the columns.
    DataError
        If a respondent's id or a weight is missing, a weight is negative, or one column mixes text
        and numbers.
    ArgumentError
        If ``by`` is empty, repeats itself or holds a name that the tally uses.

    Examples
    --------
    >>> answers = pd.DataFrame({"who": [1, 2, 3], "score": [5, 4, 5]})
    >>> counts(answers, ["score"], respondent="who").total()
       score  n
    0      4  1
    1      5  2
    """
    columns = _names(by, "by")
    frame = nw.from_native(data)
    schema = _check_columns(frame, [*columns, *_given(respondent), *_given(weights)])
    levels = _levels(schema, columns)
    extra = [nw.col(respondent).alias(_ID)] if respondent else []
    if weights:
        _check_weight_column(data, frame, weights, schema[weights])
        extra.append(nw.col(weights).cast(nw.Float64).alias(_WEIGHT))
    frame = frame.select(*[nw.col(c) for c in columns], *extra)
    if weights:
        # Squared here, as an expression inside agg fails on some engines.
        frame = frame.with_columns((nw.col(_WEIGHT) * nw.col(_WEIGHT)).alias(_SQUARE))
    if isinstance(frame, nw.DataFrame) and frame.implementation.is_pandas():
        values, groups, sums, repeated = _count_pandas(data, frame, columns, respondent, weights)
    else:
        values, groups, sums, repeated = _count_elsewhere(data, frame, columns, respondent, weights)
    keys = {c: _coded_as_they_come(values[c], c, data) for c in columns}
    return Counts(columns, add_up(keys, groups, sums), levels, repeated)


def _count_pandas(
    data: Any, frame: Any, columns: tuple[str, ...], respondent: str | None, weights: str | None
) -> tuple[Mapping[str, Any], Ints | None, dict[str, Any], bool | None]:
    """Hand on the rows as they are: to number the values is faster than to group by them."""
    native: Any = nw.to_native(frame)
    groups, repeated = None, None
    if respondent:
        _check_ids(data, frame, _ID, name=respondent)
        numbers, ids = pd.factorize(native[_ID])
        groups, repeated = respondent_groups(pd.Series(ids))[numbers], len(ids) < len(native)
    sums: dict[str, Any] = {"n": None}
    if weights:
        sums["w"], sums["w2"] = (native[name].to_numpy(dtype=np.float64) for name in (_WEIGHT, _SQUARE))
    return native, groups, sums, repeated


def _count_elsewhere(
    data: Any, frame: Any, columns: tuple[str, ...], respondent: str | None, weights: str | None
) -> tuple[Mapping[str, Any], Ints, dict[str, Any], bool | None]:
    """Let the engine count first: what comes out of it is small, whatever the number of rows."""
    frame, keys, repeated = _with_group(data, frame, respondent)
    sums = {"n": nw.len().alias("n")}
    if weights:
        sums["w"], sums["w2"] = nw.col(_WEIGHT).sum().alias("w"), nw.col(_SQUARE).sum().alias("w2")
    grouped = frame.group_by(*columns, *keys).agg(*sums.values())
    if isinstance(grouped, nw.LazyFrame):
        grouped = grouped.collect()
    lists = {name: grouped.get_column(name).to_list() for name in grouped.columns}
    if keys == [_ID]:
        groups, repeated = respondent_groups(lists[_ID]), _repeats(lists[_ID], lists["n"])
    else:
        groups = np.asarray(lists[GROUP] if keys else np.zeros(len(grouped)), dtype=np.int64)
    # Polars counts in uint32, DuckDB in int64, so n gets one dtype before anything is added.
    found = {name: np.asarray(lists[name], dtype=np.int64 if name == "n" else np.float64) for name in sums}
    return lists, groups, found, repeated


# --------------------------------------------------------------------------------------- moments


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums and cross-products of numeric columns, by segment and group of respondents.

    They are all that means, covariances, regressions and factor models need.

    Parameters
    ----------
    columns : tuple of str
        The k numeric columns.
    segment : tuple of str
        The columns that tell the segments apart, possibly none.
    keys : pandas.DataFrame
        One row a segment and respondent group: the columns ``segment``, ``respondent_group``,
        ``n`` (int64, complete rows) and ``left_out`` (int64, rows with a value missing), sorted.
    sums : numpy.ndarray
        Shape (rows of ``keys``, k): sums over the complete rows.
    cross : numpy.ndarray
        Shape (rows of ``keys``, k, k): sums of products XᵀX over the complete rows.
    levels : dict of tuple, optional
        The order of the categories of ordered segments.
    repeated : bool, optional
        Whether a respondent may stand in more than one row; None if nobody said who answered.

    See Also
    --------
    moments : makes one.
    """

    columns: tuple[str, ...]
    segment: tuple[str, ...]
    keys: pd.DataFrame
    sums: Floats
    cross: Floats
    levels: Mapping[str, tuple[Any, ...]] = field(default_factory=dict[str, "tuple[Any, ...]"])
    repeated: bool | None = None

    @property
    def n(self) -> int:
        """Number of complete rows.

        Returns
        -------
        int
            Rows without a missing value in ``columns``.
        """
        return int(self.keys["n"].sum())

    @property
    def left_out(self) -> int:
        """Number of rows left out because a value in ``columns`` is missing (listwise).

        Returns
        -------
        int
            Rows that count in no mean or covariance.
        """
        return int(self.keys["left_out"].sum())

    def mean(self) -> pd.Series[float]:
        """Means of the columns.

        Returns
        -------
        pandas.Series
            One number a column; NaN if no row is complete.
        """
        mean = self.sums.sum(axis=0) / self.n if self.n else np.full(len(self.columns), np.nan)
        return pd.Series(mean, index=list(self.columns))

    def covariance(self) -> pd.DataFrame:
        """Covariance matrix of the columns, with n − 1 in the denominator.

        Returns
        -------
        pandas.DataFrame
            k × k; NaN with fewer than two complete rows.
        """
        k = len(self.columns)
        cov = np.full((k, k), np.nan)
        if self.n > 1:
            mean = self.mean().to_numpy()
            cov = (self.cross.sum(axis=0) - self.n * np.outer(mean, mean)) / (self.n - 1)
        return pd.DataFrame(cov, index=list(self.columns), columns=list(self.columns))

    def correlation(self) -> pd.DataFrame:
        """Correlation matrix of the columns.

        Returns
        -------
        pandas.DataFrame
            k × k; NaN in rows and columns of a column that does not vary.
        """
        cov = self.covariance().to_numpy()
        spread = np.sqrt(np.where(np.diag(cov) > 0, np.diag(cov), np.nan))
        cor = cov / np.outer(spread, spread)
        return pd.DataFrame(cor, index=list(self.columns), columns=list(self.columns))

    def segments(self) -> pd.DataFrame:
        """List the segments with their rows: the columns ``segment``, ``n`` and ``left_out``.

        Returns
        -------
        pandas.DataFrame
            One row a segment, in the order of its categories if these are ordered, else sorted. Without
            segments a single row.
        """
        if not self.segment:
            return pd.DataFrame({"n": [self.n], "left_out": [self.left_out]})
        keys = self.keys.copy()
        for column, order in self.levels.items():
            keys[column] = pd.Categorical(keys[column], categories=list(order), ordered=True)
        grouped = keys.groupby(list(self.segment), observed=True, dropna=False, sort=True)
        return grouped[["n", "left_out"]].sum().reset_index()

    def only(self, **values: Any) -> Moments:
        """Keep the rows of one segment.

        Parameters
        ----------
        **values : object
            A value (or None for missing) for one or more of the columns ``segment``.

        Returns
        -------
        Moments
            The part of the tally with these values.

        Raises
        ------
        UnknownNameError
            If a name is not one of the columns ``segment``.
        ArgumentError
            If no row has the value.
        """
        keep = np.ones(len(self.keys), dtype=bool)
        for column, value in values.items():
            if column not in self.segment:
                raise UnknownNameError(text("tally.kinds.column"), column, list(self.segment))
            cells = self.keys[column]
            hit = cells.isna() if _missing(value) else cells == value
            if not hit.any():
                known = ", ".join(repr(v) for v in cells.unique())
                raise ArgumentError(column, value, text("tally.segment.allowed", values=known))
            keep &= hit.to_numpy(dtype=bool)
        return self._take(keep)

    def split(self, column: str) -> Iterator[tuple[Any, Moments]]:
        """Go through the segments of one column.

        Parameters
        ----------
        column : str
            One of the columns ``segment``.

        Yields
        ------
        tuple
            The value (None for missing) and its part of the tally, in the order of :meth:`segments`.

        Raises
        ------
        UnknownNameError
            If there is no such segment column.
        """
        if column not in self.segment:
            raise UnknownNameError(text("tally.kinds.column"), column, list(self.segment))
        values = self.keys[column]
        if column in self.levels:
            values = pd.Categorical(values, categories=list(self.levels[column]), ordered=True)
        codes, labels = pd.factorize(values, use_na_sentinel=True, sort=True)
        for code, label in enumerate(labels):
            yield label, self._take(codes == code)
        if (codes < 0).any():
            yield None, self._take(codes < 0)

    def leave_one_out(self) -> Iterator[Moments]:
        """Go through the tallies that each leave one group of respondents out.

        Yields
        ------
        Moments
            One for each group that has a complete row; see :func:`jackknife_variance`.
        """
        groups = self.keys[GROUP].to_numpy()
        for group in np.unique(groups[self.keys["n"].to_numpy() > 0]):
            yield self._take(groups != group)

    def merge(self, other: Moments) -> Moments:
        """Add another tally of the same columns (of other answers) to this one.

        Parameters
        ----------
        other : Moments
            A tally with the same ``columns`` and ``segment``.

        Returns
        -------
        Moments
            The tally of all answers together. Merging is commutative and associative (exactly so
            for whole numbers, up to rounding for others).

        Raises
        ------
        ArgumentError
            If the two tallies are of different columns or segments.
        """
        if (self.columns, self.segment) != (other.columns, other.segment):
            mine = [*self.columns, *self.segment]
            theirs = [*other.columns, *other.segment]
            raise ArgumentError("other", theirs, text("tally.merge.columns", columns=mine))
        levels = _merge_levels(self.levels, other.levels)
        keys = _stack([self.keys, other.keys], self.segment, [GROUP, "n", "left_out"])
        sums = np.concatenate([self.sums, other.sums])
        cross = np.concatenate([self.cross, other.cross])
        merged = _sum_moments(keys, sums, cross, self.segment)
        return Moments(self.columns, self.segment, *merged, levels, _merge_repeated(self, other))

    def _take(self, keep: npt.NDArray[np.bool_]) -> Moments:
        keys = self.keys.loc[keep].reset_index(drop=True)
        sums, cross = self.sums[keep], self.cross[keep]
        return Moments(self.columns, self.segment, keys, sums, cross, self.levels, self.repeated)


def moments(
    data: Any,
    columns: Sequence[str],
    *,
    segment: str | Sequence[str] | None = None,
    respondent: str | None = None,
    apart: bool = False,
    batch: int = 200_000,
) -> Moments:
    """Sum numeric columns and their products over record batches, in one pass.

    The products come as blocks XᵀX of NumPy, batch after batch, so memory does not grow with the rows
    where the engine can stream (Polars lazy, DuckDB). Rows with a missing value in one of the columns are
    left out as a whole (listwise) and counted in ``left_out``.

    Parameters
    ----------
    data : frame
        Any frame that narwhals knows: pandas, Polars (eager or lazy), DuckDB relation, Arrow table.
    columns : sequence of str
        Numeric columns (yes/no counts as 1/0).
    segment : str or sequence of str, optional
        Columns that tell segments apart; a missing value is a segment of its own.
    respondent : str, optional
        Column that says who answered, as in :func:`counts`.
    apart : bool, default False
        Without ``respondent``: each row is a respondent of its own, so rows are spread over the groups, and
        the jackknife is to be had. In place of the id stands the number of the row.
    batch : int, default 200_000
        Rows a batch.

    Returns
    -------
    Moments
        The tally.

    Raises
    ------
    UnknownNameError
        If the frame lacks one of the columns.
    DataError
        If one of ``columns`` holds text or an infinite number, or a respondent's id is missing.

    Examples
    --------
    >>> answers = pd.DataFrame({"speed": [1, 2, 3, None], "price": [2, 4, 6, 5]})
    >>> tally = moments(answers, ["speed", "price"])
    >>> tally.n, tally.left_out
    (3, 1)
    >>> tally.mean()
    speed    2.0
    price    4.0
    dtype: float64
    """
    names = _names(columns, "columns")
    parts = () if segment is None else _names([segment] if isinstance(segment, str) else segment, "segment")
    frame = nw.from_native(data)
    schema = _check_columns(frame, [*names, *parts, *_given(respondent)])
    levels = _levels(schema, parts)
    for column in names:
        if not (schema[column].is_numeric() or schema[column] == nw.Boolean):
            _check_numbers(data, frame, column)
    repeated: bool | None = False if apart else None
    if respondent:
        _check_ids(data, frame, respondent)
        repeated = _repeats_in(frame, respondent)
    wanted = list(dict.fromkeys([*names, *parts, *_given(respondent)]))
    pieces: list[tuple[dict[str, list[Any]], Floats, Floats]] = []
    position = 0
    for piece in _batches(frame.select(*wanted), batch):
        if respondent:
            group = _group_of(piece.get_column(respondent))
        elif apart:
            group = respondent_groups(pd.Series(np.arange(position, position + len(piece))))
        else:
            group = np.zeros(len(piece), dtype=np.int64)
        position += len(piece)
        pieces.append(_batch_moments(piece, names, parts, group))
    keys = pd.DataFrame(
        {p: _plain([v for piece in pieces for v in piece[0][p]], p, data) for p in parts}
        | {
            name: np.concatenate([np.asarray(piece[0][name], dtype=np.int64) for piece in pieces])
            for name in (GROUP, "n", "left_out")
        }
    )
    sums = np.concatenate([piece[1] for piece in pieces])
    cross = np.concatenate([piece[2] for piece in pieces])
    if not np.isfinite(sums).all():
        _refuse_infinite(data, frame, names)
    return Moments(names, parts, *_sum_moments(keys, sums, cross, parts), levels, repeated)


def _batch_moments(
    piece: Any, names: tuple[str, ...], parts: tuple[str, ...], group: Ints
) -> tuple[dict[str, list[Any]], Floats, Floats]:
    key = np.zeros(len(piece), dtype=np.int64)
    uniques: list[list[Any]] = []
    for part in parts:
        codes, values = _codes(piece.get_column(part))
        key = key * len(values) + codes
        uniques.append(values)
    key = key * GROUPS + group
    size = GROUPS * math.prod(max(len(values), 1) for values in uniques)
    order: Any = slice(None)
    if len(key) and (key != key[0]).any():
        # Small numbers are sorted by their digits, which takes no comparisons.
        order = np.argsort(key.astype(np.uint16) if size <= 2**16 else key, kind="stable")
        key = key[order]
    # Column by column: each is contiguous, and sorted while it is still narrow.
    x, whole = np.empty((len(names), len(piece))), True
    for i, name in enumerate(names):
        values = _numbers(piece.get_column(name))
        whole = whole and values.dtype.kind != "f"  # whole numbers cannot be missing
        x[i] = values[order]
    # Rows of one key stand together now, so nothing has to be counted that does not occur.
    first = np.flatnonzero(np.diff(key, prepend=-1))
    present, rows = key[first], np.diff(first, append=len(key))
    n = rows
    if not whole and np.isnan(x.sum(axis=0)).any():
        complete = ~np.isnan(x).any(axis=0)
        n, x = np.add.reduceat(complete.astype(np.int64), first), x[:, complete]
    left_out = rows - n
    sums, cross = np.zeros((len(present), len(names))), np.zeros((len(present), len(names), len(names)))
    ends = np.cumsum(n)
    for i, (start, end) in enumerate(zip(ends - n, ends, strict=True)):
        block = x[:, start:end]
        sums[i], cross[i] = block.sum(axis=1), block @ block.T
    keys: dict[str, list[Any]] = {GROUP: list(present % GROUPS), "n": list(n), "left_out": list(left_out)}
    rest = present // GROUPS
    for part, values in zip(reversed(parts), reversed(uniques), strict=True):
        keys[part] = [values[i] for i in rest % len(values)] if values else []
        rest = rest // max(len(values), 1)
    return keys, sums, cross


def _sum_moments(
    keys: pd.DataFrame, sums: Floats, cross: Floats, parts: tuple[str, ...]
) -> tuple[pd.DataFrame, Floats, Floats]:
    grouped = keys.groupby([*parts, GROUP], observed=True, dropna=False, sort=True)
    place = grouped.ngroup().to_numpy()
    added = grouped[["n", "left_out"]].sum().reset_index()
    new_sums = np.zeros((len(added), *sums.shape[1:]))
    new_cross = np.zeros((len(added), *cross.shape[1:]))
    np.add.at(new_sums, place, sums)
    np.add.at(new_cross, place, cross)
    return added, new_sums, new_cross


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


# ----------------------------------------------------------------------------------- respondents


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
        small = (numbers % _PRIME).astype(np.int64)
        # To look a million remainders up is faster than to compute them again and again.
        return _scatter(small) if len(small) < 100_000 else _scattered()[small]
    codes, uniques = pd.factorize(values)
    hashes = pd.util.hash_array(np.array([str(i) for i in uniques], dtype=object), categorize=False)
    return (hashes % np.uint64(GROUPS)).astype(np.int64)[codes]


@cache
def _scattered() -> Ints:
    """Compute the group of every remainder, once."""
    return _scatter(np.arange(_PRIME))


def _scatter(small: Any) -> Any:
    """Turn remainders into groups: numbers, or an expression that an engine computes.

    A product alone would deal 1, 2, 3, … out to the groups like cards. Each group would hold the same
    share of every stretch of ids, and estimates without a group would differ less than samples do: a cube.
    """
    x = small * _MULTIPLIER % _PRIME + _SHIFT
    return x * x % _PRIME * x % _PRIME % GROUPS


def _with_group(data: Any, frame: Any, respondent: str | None) -> tuple[Any, list[str], bool | None]:
    """Add what the tally groups by beside ``by``: nothing, the group, or (lazy, text) the id itself."""
    if respondent is None:
        return frame, [], None
    _check_ids(data, frame, _ID, name=respondent)
    if not isinstance(frame, nw.LazyFrame):
        ids = frame.get_column(_ID)
        groups = nw.new_series(GROUP, _group_of(ids), nw.Int64(), backend=frame.implementation)
        return frame.with_columns(groups), [GROUP], _repeats_in(frame, _ID)
    dtype = frame.collect_schema()[_ID]
    if dtype.is_integer():
        # narwhals gives a remainder the sign of the divisor on every engine, as NumPy does.
        small = (nw.col(_ID) % _PRIME).cast(nw.Int64)
        grouped = frame.with_columns(_scatter(small).alias(GROUP))
        return grouped, [GROUP], _repeats_in(frame, _ID)
    # No hash of text is the same in all engines, so ids are grouped as they are and hashed afterwards.
    return frame, [_ID], None


def _group_of(ids: Any) -> Ints:
    if ids.dtype.is_integer():
        return respondent_groups(pd.Series(ids.to_numpy()))
    return respondent_groups(ids.to_list())


def _repeats(ids: list[Any], n: list[Any]) -> bool:
    return len(set(ids)) < sum(n)


def _repeats_in(frame: Any, column: str) -> bool:
    found = frame.select(nw.col(column).n_unique().alias("ids"), nw.len().alias("rows"))
    if isinstance(found, nw.LazyFrame):
        found = found.collect()
    return int(found["ids"][0]) < int(found["rows"][0]) if len(found) else False


def _check_ids(data: Any, frame: Any, column: str, name: str | None = None) -> None:
    dtype = frame.collect_schema()[column]
    bad = nw.col(column).is_null()
    if dtype.is_float():
        bad = bad | nw.col(column).is_nan()
    label = name or column
    _refuse(data, frame, column, bad, _missing, label, text("tally.id.allowed"), text("tally.id.advice"))
    if dtype.is_float():
        odd = nw.col(column) != nw.col(column).round(0)
        _refuse(data, frame, column, odd, lambda v: v != round(v), label, text("tally.id.whole"))


def _check_weight_column(data: Any, frame: Any, column: str, dtype: Any) -> None:
    if not dtype.is_numeric():
        _check_numbers(data, frame, column)
    number = nw.col(column).cast(nw.Float64)
    bad = number.is_null() | number.is_nan() | (number < 0) | (number == math.inf)

    def wrong(value: Any) -> bool:
        return _missing(value) or not 0 <= float(value) < math.inf

    _refuse(data, frame, column, bad, wrong, column, text("tally.weight.allowed"))


def _check_numbers(data: Any, frame: Any, column: str) -> None:
    """Refuse text in a column that should hold numbers, unless all of it happens to be numbers."""

    def wrong(value: Any) -> bool:
        return not _missing(value) and _kind(value) not in ("number", "bool")

    values = _values(frame, column)
    bad = [i for i, value in enumerate(values) if wrong(value)]
    if bad:
        raise DataError(
            column, len(bad), first_row(data, bad[0]), values[bad[0]], text("tally.number.allowed")
        )


def _refuse_infinite(data: Any, frame: Any, names: tuple[str, ...]) -> None:
    for column in names:
        values = _values(frame, column)
        bad = [i for i, v in enumerate(values) if not _missing(v) and math.isinf(v)]
        if bad:
            raise DataError(
                column, len(bad), first_row(data, bad[0]), values[bad[0]], text("tally.number.allowed")
            )


def _refuse(
    data: Any,
    frame: Any,
    column: str,
    bad: nw.Expr,
    wrong: Callable[[Any], bool],
    name: str,
    allowed: str,
    advice: str = "",
) -> None:
    """Raise a DataError if the expression ``bad`` holds anywhere; only then look for the first row."""
    found = frame.select(bad.cast(nw.Int64).sum().alias("rows"))
    if isinstance(found, nw.LazyFrame):
        found = found.collect()
    rows = int(found["rows"][0] or 0) if len(found) else 0  # some engines say null for a sum of nothing
    if rows:
        values = _values(frame, column)
        first = next(i for i, value in enumerate(values) if wrong(value))
        raise DataError(name, rows, first_row(data, first), values[first], allowed, advice)


def first_row(data: Any, position: int) -> Any:
    """Name a row as its owner would: by the index label of a pandas frame, else by its position.

    Parameters
    ----------
    data : frame
        The frame that the user gave.
    position : int
        Row number from 0.

    Returns
    -------
    object
        Index label or position.

    Examples
    --------
    >>> first_row(pd.DataFrame({"score": [4, 9]}, index=["a", "b"]), 1)
    'b'
    """
    native: Any = nw.to_native(data, pass_through=True)
    if isinstance(native, pd.DataFrame):
        return native.index[position]
    return position


# ------------------------------------------------------------------------------- values and cells


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)


def _kind(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "bool"
    if isinstance(value, int | float | Decimal | np.number):
        return "number"
    if isinstance(value, str):
        return "text"
    return "time" if isinstance(value, dt.date) else "other"


def _plain(values: list[Any], column: str, data: Any = None) -> pd.Series[Any]:
    """Give values from any engine one dtype that depends on the values alone."""
    types = set(map(type, values))  # most columns hold one type, and nothing needs to be looked at one by one
    if types == {str}:
        return pd.Series(values, dtype="str")
    if types == {int} and min(values) >= -(2**63) and max(values) < 2**63:
        return pd.Series(values, dtype="int64")
    known = [v for v in values if not _missing(v)]
    kinds = sorted({_kind(v) for v in known})
    if len(kinds) > 1:
        native = None if data is None else _values(nw.from_native(data), column)
        common = max(kinds, key=lambda kind: sum(_kind(v) == kind for v in native or known))
        odd = [i for i, v in enumerate(native or values) if not _missing(v) and _kind(v) != common]
        row = first_row(data, odd[0]) if data is not None else odd[0]
        raise DataError(column, len(odd), row, (native or values)[odd[0]], text("tally.kind.allowed"))
    gaps = len(known) < len(values)
    kind = kinds[0] if kinds else "none"
    clean = [np.nan if _missing(v) else v for v in values]
    if kind == "none":
        return pd.Series(clean, dtype="float64" if gaps else object)
    if kind == "text":
        return pd.Series(clean, dtype="str")
    if kind == "bool":
        # Not object: pandas does not sort a mixture of bool and NaN reliably.
        return pd.Series(
            [pd.NA if _missing(v) else bool(v) for v in values], dtype="boolean" if gaps else bool
        )
    if kind == "number":
        return _plain_numbers(clean, known, gaps)
    if kind == "time":
        times = pd.Series([pd.NaT if _missing(v) else pd.Timestamp(v) for v in values])
        return times.dt.as_unit("us")
    return pd.Series(clean, dtype=object)


def _plain_numbers(clean: list[Any], known: list[Any], gaps: bool) -> pd.Series[Any]:
    if all(v == v // 1 for v in known):
        whole = [v if isinstance(v, float) and v != v else int(v) for v in clean]
        largest = max(abs(int(v)) for v in known)
        if not gaps and largest < 2**63:
            return pd.Series(whole, dtype="int64")
        if largest > _EXACT:  # where a float64 would make neighbours equal
            return pd.Series([pd.NA if _missing(v) else v for v in whole], dtype="Int64")
        return pd.Series(whole, dtype="float64")
    return pd.Series([float(v) for v in clean], dtype="float64")


def _values(frame: Any, column: str) -> list[Any]:
    part = frame.select(column)
    if isinstance(part, nw.LazyFrame):
        part = part.collect()
    return part.get_column(column).to_list()


def _numbers(series: Any) -> Any:
    """Return a column as numbers of any width, missing ones as NaN."""
    if series.dtype.is_numeric():
        values = series.to_numpy()
        if values.dtype.kind in "iuf":
            return values
    return _floats(series)


def _floats(series: Any) -> Floats:
    dtype = series.dtype
    if dtype.is_numeric() or dtype == nw.Boolean:
        return np.asarray(series.cast(nw.Float64).to_numpy(), dtype=np.float64)
    return np.array([np.nan if _missing(v) else float(v) for v in series.to_list()], dtype=np.float64)


def _codes(series: Any) -> tuple[Ints, list[Any]]:
    """Give each distinct value of a segment column a number; all missing ones are one value."""
    values = pd.Series(series.to_list(), dtype=object)
    codes, uniques = pd.factorize(values.where(~values.isna(), None), use_na_sentinel=False)
    return codes.astype(np.int64), [None if _missing(v) else v for v in uniques]


def _batches(frame: Any, size: int) -> Iterator[Any]:
    """Cut a frame into eager pieces of at most ``size`` rows, streaming where the engine can."""
    if isinstance(frame, nw.LazyFrame):
        native: Any = nw.to_native(frame)
        stream: Any = None
        if hasattr(native, "collect_batches"):
            stream = native.collect_batches(chunk_size=size, maintain_order=True)
        elif hasattr(native, "to_arrow_reader"):
            stream = native.to_arrow_reader(size)
        if stream is None:
            frame = cast("Any", frame.collect())
        else:
            seen = False
            for piece in stream:
                if hasattr(piece, "schema") and not hasattr(piece, "to_dicts"):
                    import pyarrow as pa

                    piece = pa.Table.from_batches([piece])
                seen = True
                yield nw.from_native(piece, eager_only=True)
            if seen:
                return
            frame = cast("Any", frame.collect())
    for start in range(0, max(len(frame), 1), size):
        yield frame[start : start + size]


def _stack(frames: list[pd.DataFrame], keys: tuple[str, ...], rest: list[str]) -> pd.DataFrame:
    """Put two tallies' cells under each other without letting pandas guess a dtype."""
    stacked: dict[str, Any] = {}
    for column in keys:
        values: list[Any] = [v for frame in frames for v in frame[column].tolist()]
        try:
            stacked[column] = _plain(values, column)
        except DataError as error:
            allowed = text("tally.merge.kinds", column=column)
            raise ArgumentError("other", error.value, allowed) from None
    for column in rest:
        stacked[column] = np.concatenate([frame[column].to_numpy() for frame in frames])
    return pd.DataFrame(stacked)


@dataclass(frozen=True)
class Coded:
    """A column as numbers.

    Parameters
    ----------
    codes : numpy.ndarray
        For each row the position of its value in ``values``.
    values : pandas.Series
        The distinct values; from :func:`coded` in order, a missing one last.
    """

    codes: Ints
    values: pd.Series[Any]

    def renamed(self, values: Sequence[Any]) -> Coded:
        """Put another value in the place of each; several may become the same one.

        Parameters
        ----------
        values : sequence
            As many as there are distinct values, in their order.

        Returns
        -------
        Coded
            The same rows.

        Examples
        --------
        >>> found = coded(pd.Series(["hate", "like", "love"])).renamed(["no", "yes", "yes"])
        >>> found.codes.tolist(), found.values.tolist()
        ([0, 1, 1], ['no', 'yes'])
        """
        found = coded(list(values))
        return Coded(found.codes[self.codes], found.values)

    def ordered(self) -> Coded:
        """Put the values in order and number the rows by it.

        Returns
        -------
        Coded
            The same rows; values of a kind that has no order stay as they came.
        """
        place, values = _in_order(self.values)
        return Coded(place[self.codes], values)


def coded(values: Any, column: str = "", data: Any = None) -> Coded:
    """Give the values of a column numbers in their order; the dtype depends on the values alone.

    Parameters
    ----------
    values : pandas.Series or list
        The column.
    column : str, optional
        Its name, for an error.
    data : frame, optional
        The user's frame, whose row an error names.

    Returns
    -------
    Coded
        Codes and distinct values.

    Raises
    ------
    DataError
        If text and numbers are mixed.

    Examples
    --------
    >>> found = coded(pd.Series(["b", None, "a", "b"]))
    >>> found.codes.tolist(), found.values.tolist()
    ([1, 2, 0, 1], ['a', 'b', nan])
    """
    return _coded_as_they_come(values, column, data).ordered()


def _coded_as_they_come(values: Any, column: str = "", data: Any = None) -> Coded:
    """Give the values numbers as they come: with millions of rows each pass over the codes is felt."""
    if isinstance(values, pd.Series) and isinstance(values.dtype, pd.CategoricalDtype):
        numbers, known = values.cat.codes.to_numpy(), values.cat.categories.tolist()
        used = np.bincount(numbers.astype(np.intp) + 1, minlength=len(known) + 1)[1:] > 0
        if not used.all():  # a category that nobody chose must not decide about the dtype
            numbers = np.append(np.cumsum(used) - 1, -1)[numbers]
            known = [value for value, there in zip(known, used, strict=True) if there]
    else:
        # As objects True and 1 would be one value, so these are looked at one by one.
        if not isinstance(values, pd.Series) or values.dtype == object:
            values = _plain(list(values), column, data)
        numbers, distinct = pd.factorize(values, use_na_sentinel=True)
        known = distinct.tolist()
    if len(numbers) and numbers.min() < 0:
        numbers = np.where(numbers < 0, len(known), numbers)
        known = [*known, None]
    codes: Any = numbers  # of any width: the categories of a few values come in bytes
    return Coded(codes, _plain(known, column, data))


def _in_order(values: pd.Series[Any]) -> tuple[Ints, pd.Series[Any]]:
    """Sort distinct values, a missing one last, and say where each has gone."""
    plain = values
    with contextlib.suppress(TypeError):
        plain = values.sort_values(kind="stable", na_position="last")
    place = np.empty(len(plain), dtype=np.int64)
    place[plain.index.to_numpy()] = np.arange(len(plain))
    return place, plain.reset_index(drop=True)


def add_up(keys: Mapping[str, Coded], groups: Ints | None, sums: Mapping[str, Any]) -> pd.DataFrame:
    """Add up the rows that have the same keys and group.

    Parameters
    ----------
    keys : dict of Coded
        Columns by name.
    groups : numpy.ndarray or None
        The respondent group of each row; None puts all rows into group 0.
    sums : dict of numpy.ndarray or None
        What is to be added, by name; None counts the rows.

    Returns
    -------
    pandas.DataFrame
        One row a combination, sorted: the keys, ``respondent_group``, the sums.

    Examples
    --------
    >>> scores = coded(pd.Series([5, 4, 5]))
    >>> add_up({"score": scores}, np.array([0, 0, 0]), {"n": None})
       score  respondent_group  n
    0      4                 0  1
    1      5                 0  2
    """
    columns: list[tuple[Any, int]] = [(key.codes, len(key.values)) for key in keys.values()]
    if groups is not None:
        columns.append((groups, GROUPS))
    found, added = _add_up_codes(columns, sums)
    in_order = [_in_order(key.values) for key in keys.values()]
    ranks = [place[codes] for (place, _), codes in zip(in_order, found, strict=False)]
    found_groups = found[-1] if groups is not None else np.zeros(len(found[0]), dtype=np.int64)
    order = np.lexsort([found_groups, *reversed(ranks)])
    cells: dict[str, Any] = {
        name: values.array.take(rank[order])
        for name, (_, values), rank in zip(keys, in_order, ranks, strict=True)
    }
    cells[GROUP] = np.asarray(found_groups[order], dtype=np.int64)
    return pd.DataFrame(cells | {name: values[order] for name, values in added.items()})


def _add_up_codes(
    columns: list[tuple[Any, int]], sums: Mapping[str, Any]
) -> tuple[list[Ints], dict[str, Any]]:
    """Codes of the combinations that occur, column by column, and the sums of each."""
    size = math.prod(many for _, many in columns)
    rows = len(columns[0][0])
    if size > max(4 * rows, 2**16):
        place, first = number_rows(columns)
        found = [np.asarray(codes[first], dtype=np.int64) for codes, _ in columns]
        return found, {name: _sum_by(place, values, len(first)) for name, values in sums.items()}
    # Few enough combinations to count them all, also those that do not occur.
    code = np.zeros(rows, dtype=np.int64)
    for codes, many in columns:
        code *= many
        code += codes
    there = np.bincount(code, minlength=size)
    present = np.flatnonzero(there)
    added = {name: (there if v is None else _sum_by(code, v, size))[present] for name, v in sums.items()}
    found, rest = list[Ints](), present
    for _, many in reversed(columns):
        found.append(rest % many if many else rest)
        rest = rest // max(many, 1)
    return found[::-1], added


def _sum_by(place: Ints, values: Any, size: int) -> Any:
    if values is None:
        return np.bincount(place, minlength=size)
    total = np.zeros(size, dtype=values.dtype)
    np.add.at(total, place, values)
    return total


def number_rows(columns: Sequence[tuple[Ints, int]]) -> tuple[Ints, Ints]:
    """Give the distinct combinations of columns of codes numbers, in order.

    Parameters
    ----------
    columns : sequence of tuple
        Codes from 0 and how many different ones there may be, a column each.

    Returns
    -------
    tuple of numpy.ndarray
        For each row the number of its combination; for each combination the first row that has it.

    Examples
    --------
    >>> place, first = number_rows([(np.array([1, 0, 1]), 2), (np.array([5, 7, 5]), 100)])
    >>> place.tolist(), first.tolist()
    ([1, 0, 1], [1, 0])
    """
    code, size = np.zeros(len(columns[0][0]), dtype=np.int64), 1
    for codes, many in columns:
        if size * many >= 2**62:
            code, size = _numbered(code, size)
        code, size = code * many + codes, size * many
    place, size = _numbered(code, size)
    first = np.empty(size, dtype=np.int64)
    first[place[::-1]] = np.arange(len(place))[::-1]
    return place, first


def _numbered(code: Ints, size: int) -> tuple[Ints, int]:
    """Give the codes that occur numbers, in order, and count them."""
    if size <= max(4 * len(code), 2**16):
        there = np.zeros(size, dtype=bool)
        there[code] = True
        return (np.cumsum(there) - 1)[code], int(there.sum())
    numbers, distinct = pd.factorize(code)
    place = np.empty(len(distinct), dtype=np.int64)
    place[np.argsort(distinct)] = np.arange(len(distinct))
    return place[numbers], len(distinct)


def _merge_levels(
    one: Mapping[str, tuple[Any, ...]], two: Mapping[str, tuple[Any, ...]]
) -> Mapping[str, tuple[Any, ...]]:
    for column in one.keys() & two.keys():
        if one[column] != two[column]:
            raise ArgumentError("other", two[column], text("tally.merge.levels", levels=one[column]))
    return {**one, **two}


def _merge_repeated(one: Counts | Moments, two: Counts | Moments) -> bool | None:
    # None (nobody said who answered) wins: a tally with strangers in it has no respondent groups.
    return None if one.repeated is None or two.repeated is None else True


def _levels(schema: Mapping[str, Any], columns: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    return {c: tuple(schema[c].categories) for c in columns if isinstance(schema[c], nw.Enum)}


def _given(name: str | None) -> list[str]:
    return [] if name is None else [name]


def _names(columns: Sequence[str], parameter: str) -> tuple[str, ...]:
    names = tuple([columns] if isinstance(columns, str) else columns)
    if not names or len(set(names)) < len(names):
        raise ArgumentError(parameter, columns, text("tally.columns.allowed"))
    reserved = [name for name in names if name in _RESERVED]
    if reserved and parameter != "columns":
        allowed = text("tally.reserved.allowed", names=", ".join(_RESERVED[:5]))
        raise ArgumentError(parameter, reserved[0], allowed, text("tally.reserved.advice"))
    return names


def _check_columns(frame: Any, wanted: Sequence[str]) -> Any:
    schema = frame.collect_schema()
    for column in wanted:
        if column not in schema.names():
            raise UnknownNameError(text("tally.kinds.column"), column, list(schema.names()))
    return schema
