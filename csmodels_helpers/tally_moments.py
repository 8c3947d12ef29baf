"""Sums and cross-products of numeric columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, cast

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers.errors import ArgumentError, UnknownNameError
from csmodels_helpers.language import text
from csmodels_helpers.tally_codes import number_combinations
from csmodels_helpers.tally_columns import (
    Ids,
    category_levels,
    check_ids,
    check_numbers,
    column_names,
    given,
    id_checks,
    ids_of_part,
    known_columns,
    merge_ids,
    merge_levels,
    merge_repeated,
    merged_tallies,
    refuse_infinite,
    repeats_across,
    repeats_in,
    stack_cells,
)
from csmodels_helpers.tally_groups import (
    GROUP,
    GROUPS,
    Ints,
    group_of,
    respondent_groups,
)
from csmodels_helpers.tally_parts import on_cluster, sizes_of_parts
from csmodels_helpers.tally_values import Floats, as_numbers, is_missing, plain_series

__all__ = ["Moments", "moments", "moments_of_each"]

_Piece = tuple[dict[str, list[Any]], Floats, Floats]


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
            hit = cells.isna() if is_missing(value) else cells == value
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

    def pick(self, columns: Sequence[str], segment: str | None = None) -> Moments:
        """Keep some of the columns, by one of the segment columns or none.

        Parameters
        ----------
        columns : sequence of str
            Some of ``columns``. Rows that lack one of the others stay left out.
        segment : str, optional
            One of the columns ``segment``; without it the segments are added up.

        Returns
        -------
        Moments
            The tally of these columns.

        Raises
        ------
        UnknownNameError
            If the tally has no such column or segment column.

        Examples
        --------
        >>> answers = pd.DataFrame({"speed": [1, 2, 3], "price": [2, 4, 6], "shop": ["N", "S", "S"]})
        >>> made = moments(answers, ["speed", "price"], segment="shop")
        >>> made.pick(["price"]).mean()
        price    4.0
        dtype: float64
        """
        names = column_names(columns, "columns")
        parts = () if segment is None else (segment,)
        for wanted, known in ((names, self.columns), (parts, self.segment)):
            for column in wanted:
                if column not in known:
                    raise UnknownNameError(text("tally.kinds.column"), column, list(known))
        place = [self.columns.index(column) for column in names]
        added = (self.keys, self.sums[:, place], self.cross[:, place][:, :, place])
        if parts != self.segment:
            keys = self.keys[[*parts, GROUP, "n", "left_out"]]
            added = _sum_moments(keys, *added[1:], parts)
        levels = {part: self.levels[part] for part in parts if part in self.levels}
        return Moments(names, parts, *added, levels, self.repeated)

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
        return _add([self, other], merge_repeated(self.repeated, other.repeated))

    def _take(self, keep: npt.NDArray[np.bool_]) -> Moments:
        keys = self.keys.loc[keep].reset_index(drop=True)
        sums, cross = self.sums[keep], self.cross[keep]
        return Moments(self.columns, self.segment, keys, sums, cross, self.levels, self.repeated)


def _add(tallies: Sequence[Moments], repeated: bool | None) -> Moments:
    """Add tallies of the same columns."""
    columns, segment = tallies[0].columns, tallies[0].segment
    levels = merge_levels([tally.levels for tally in tallies])
    keys = stack_cells([tally.keys for tally in tallies], segment, [GROUP, "n", "left_out"])
    sums = np.concatenate([tally.sums for tally in tallies])
    cross = np.concatenate([tally.cross for tally in tallies])
    return Moments(columns, segment, *_sum_moments(keys, sums, cross, segment), levels, repeated)


def moments(
    data: Any,
    columns: Sequence[str],
    *,
    segment: str | Sequence[str] | None = None,
    respondent: str | None = None,
    apart: bool = False,
    batch: int = 400_000,
) -> Moments:
    """Sum numeric columns and their products over record batches, in one pass.

    The products come as blocks XᵀX of NumPy, batch after batch, so memory does not grow with the rows
    where the engine can stream (Polars lazy, DuckDB) or a cluster sums. Rows with a missing value in one of
    the columns are left out as a whole (listwise) and counted in ``left_out``.

    Parameters
    ----------
    data : frame
        Any frame that narwhals knows: pandas, Polars (eager or lazy), DuckDB relation, Arrow table; a Dask or
        Spark frame is summed part by part on its cluster, and only the tally comes here.
    columns : sequence of str
        Numeric columns (yes/no counts as 1/0).
    segment : str or sequence of str, optional
        Columns that tell segments apart; a missing value is a segment of its own.
    respondent : str, optional
        Column that says who answered, as in :func:`counts`.
    apart : bool, default False
        Without ``respondent``: each row is a respondent of its own, so rows are spread over the groups, and
        the jackknife is to be had. In place of the id stands the number of the row.
    batch : int, default 400_000
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
    return moments_of_each(
        data, {"": columns}, segment=segment, respondent=respondent, apart=apart, batch=batch
    )[""]


def moments_of_each(
    data: Any,
    sets: Mapping[str, Sequence[str]],
    *,
    segment: str | Sequence[str] | None = None,
    respondent: str | None = None,
    apart: bool = False,
    batch: int = 400_000,
) -> dict[str, Moments]:
    """Do as :func:`moments` does for several sets of columns in one pass.

    A row with a value missing in one set counts in the others.

    Parameters
    ----------
    data : frame
        As in :func:`moments`.
    sets : dict of sequence of str
        Name → numeric columns.
    segment, respondent, apart, batch : optional
        As in :func:`moments`.

    Returns
    -------
    dict of Moments
        Name → tally.

    Raises
    ------
    UnknownNameError, DataError, ArgumentError
        As :func:`moments`.

    Examples
    --------
    >>> answers = pd.DataFrame({"speed": [1, 2, None], "price": [2, 4, 6], "care": [1, 1, 3]})
    >>> found = moments_of_each(answers, {"delivery": ["speed"], "shop": ["price", "care"]})
    >>> found["delivery"].n, found["shop"].n
    (2, 3)
    """
    listed = {name: column_names(columns, "columns") for name, columns in sets.items()}
    parts = () if segment is None else column_names(segment, "segment")
    asked = _Asked(listed, parts, respondent, apart, batch)
    known_columns(data, asked.wanted)
    return _sum_parts(data, asked) if on_cluster(data) else _sum_here(data, asked)


@dataclass(frozen=True)
class _Asked:
    """What :func:`moments_of_each` was asked for."""

    sets: Mapping[str, tuple[str, ...]]
    segment: tuple[str, ...]
    respondent: str | None
    apart: bool
    batch: int

    @property
    def names(self) -> list[str]:
        """The columns to sum."""
        return list(dict.fromkeys(column for columns in self.sets.values() for column in columns))

    @property
    def wanted(self) -> list[str]:
        """All columns to read."""
        return list(dict.fromkeys([*self.names, *self.segment, *given(self.respondent)]))


def _sum_parts(data: Any, asked: _Asked) -> dict[str, Moments]:
    """Let a cluster sum each part where it lies, and add the tallies up."""
    checks = [(column, text("tally.number.allowed")) for column in asked.names]
    checks += id_checks(asked.respondent)
    # Without ids the number of a row stands for one, so each part has to know how many rows lie before it.
    starts: list[int] | None = None
    if asked.apart and not asked.respondent:
        starts = np.cumsum([0, *sizes_of_parts(data)[:-1]]).tolist()
    work = partial(_sum_part, asked)
    found, ids = merged_tallies(
        data, asked.wanted, asked.segment, work, _add_parts, checks=checks, given=starts
    )
    if ids is None:
        return found
    repeated = repeats_across(data, str(asked.respondent), ids)
    return {name: replace(made, repeated=repeated) for name, made in found.items()}


_Sums = tuple[dict[str, Moments], Ids | None]


def _sum_part(asked: _Asked, part: Any, start: int | None) -> _Sums:
    found = _sum_here(part, asked, start or 0)
    if asked.respondent is None:
        return found, None
    repeated = any(bool(made.repeated) for made in found.values())
    return found, ids_of_part(part, asked.respondent, repeated)


def _add_parts(found: list[_Sums]) -> _Sums:
    ids = [one for _, one in found if one is not None]
    added = {
        name: _add([tallies[name] for tallies, _ in found], made.repeated)
        for name, made in found[0][0].items()
    }
    return added, merge_ids(ids) if ids else None


def _sum_here(data: Any, asked: _Asked, start: int = 0) -> dict[str, Moments]:
    """Sum a frame of this machine; ``start`` is how many rows of the whole lie before it."""
    frame: Any = nw.from_native(data)
    parts, respondent = asked.segment, asked.respondent
    schema = frame.collect_schema()
    levels = category_levels(schema, parts)
    for column in asked.names:
        if not (schema[column].is_numeric() or schema[column] == nw.Boolean):
            check_numbers(data, frame, column)
    repeated: bool | None = False if asked.apart else None
    if respondent:
        check_ids(data, frame, respondent)
        repeated = repeats_in(frame, respondent)
    pieces: dict[str, list[_Piece]] = {name: [] for name in asked.sets}
    position = start
    # What streams fetches these columns alone; a frame in memory is only looked at.
    source = frame.select(*asked.wanted) if isinstance(frame, nw.LazyFrame) else frame
    for piece in _batches(source, asked.batch):
        if respondent:
            group = group_of(piece.get_column(respondent))
        elif asked.apart:
            group = respondent_groups(pd.Series(np.arange(position, position + len(piece))))
        else:
            group = np.zeros(len(piece), dtype=np.int64)
        position += len(piece)
        rows = _sorted_rows(piece, parts, group)
        for name, columns in asked.sets.items():
            pieces[name].append(_batch_moments(piece, columns, parts, rows))
    found: dict[str, Moments] = {}
    for name, columns in asked.sets.items():
        added = _put_together(pieces[name], parts, data)
        if not np.isfinite(added[1]).all():
            refuse_infinite(data, frame, columns)
        found[name] = Moments(columns, parts, *added, levels, repeated)
    return found


def _put_together(
    pieces: list[_Piece], parts: tuple[str, ...], data: Any
) -> tuple[pd.DataFrame, Floats, Floats]:
    keys = pd.DataFrame(
        {p: plain_series([v for piece in pieces for v in piece[0][p]], p, data) for p in parts}
        | {
            name: np.concatenate([np.asarray(piece[0][name], dtype=np.int64) for piece in pieces])
            for name in (GROUP, "n", "left_out")
        }
    )
    sums = np.concatenate([piece[1] for piece in pieces])
    cross = np.concatenate([piece[2] for piece in pieces])
    return _sum_moments(keys, sums, cross, parts)


@dataclass(frozen=True)
class _Rows:
    """The rows of a batch, sorted by segment and group.

    Parameters
    ----------
    order : numpy.ndarray or slice
        Where each row stood.
    first : numpy.ndarray
        Where each key begins.
    count : numpy.ndarray
        How many rows it has.
    keys : dict of list
        Segments and group, a value a key.
    """

    order: Any
    first: Ints
    count: Ints
    keys: dict[str, list[Any]]


def _sorted_rows(piece: Any, parts: tuple[str, ...], group: Ints) -> _Rows:
    """Bring rows of one key together, so that nothing has to be counted that does not occur."""
    coded_parts = [_codes(piece.get_column(part)) for part in parts]
    coded = [*((codes, max(len(values), 1)) for codes, values in coded_parts), (group, GROUPS)]
    place, size = number_combinations(coded)
    count = np.bincount(place, minlength=size)
    starts = np.cumsum(count) - count
    # Small numbers are sorted by their digits, which takes no comparisons.
    order: Any = np.argsort(place.astype(np.uint16) if size <= 2**16 else place, kind="stable")
    first = order[starts]
    if size == 1:
        order = slice(None)
    keys: dict[str, list[Any]] = {GROUP: list(group[first])}
    for part, (codes, values) in zip(parts, coded_parts, strict=True):
        keys[part] = [values[i] for i in codes[first]]
    return _Rows(order, starts, count, keys)


def _batch_moments(piece: Any, names: tuple[str, ...], parts: tuple[str, ...], rows: _Rows) -> _Piece:
    """Sum columns and products of a batch by key."""
    values = [as_numbers(piece.get_column(name)) for name in names]
    whole = all(v.dtype.kind != "f" for v in values)  # whole numbers cannot be missing
    # Column by column: each is contiguous, and sorted while it is still narrow.
    x = np.empty((len(names), len(piece)), dtype=_exact_dtype(values, rows.count))
    for i, column in enumerate(values):
        x[i] = column[rows.order]
    n = rows.count
    if not whole and np.isnan(x.sum(axis=0)).any():
        complete = ~np.isnan(x).any(axis=0)
        n, x = np.add.reduceat(complete.astype(np.int64), rows.first), x[:, complete]
    sums, cross = np.zeros((len(n), len(names))), np.zeros((len(n), len(names), len(names)))
    ends, ones = np.cumsum(n), np.ones(int(n.max(initial=0)), dtype=x.dtype)
    # NumPy multiplies a block by itself with BLAS' syrk, which is slow for few columns; what is exact comes
    # out the same, and symmetric, from a plain product with a copy.
    plain = x.dtype == np.float32 and len(names) <= 12
    for i, (start, end) in enumerate(zip(ends - n, ends, strict=True)):
        block = x[:, start:end]
        sums[i], cross[i] = block @ ones[: end - start], block @ (block.copy() if plain else block).T
    return rows.keys | {"n": list(n), "left_out": list(rows.count - n)}, sums, cross


def _exact_dtype(values: list[Any], count: Ints) -> type[np.floating[Any]]:
    """Choose single precision, which is twice as fast, where no sum of products can leave its exact range."""
    if not len(count) or any(v.dtype.kind not in "iu" or v.dtype.itemsize > 2 for v in values):
        return np.float64
    largest = max(max(abs(int(v.min())), abs(int(v.max()))) for v in values)
    return np.float32 if largest**2 * int(count.max()) <= 2**24 else np.float64


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


def _codes(series: Any) -> tuple[Ints, list[Any]]:
    """Give each distinct value of a segment column a number; all missing ones are one value."""
    values = pd.Series(series.to_list(), dtype=object)
    codes, uniques = pd.factorize(values.where(~values.isna(), None), use_na_sentinel=False)
    return codes.astype(np.int64), [None if is_missing(v) else v for v in uniques]


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
