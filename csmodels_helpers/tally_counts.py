"""How often each combination of values occurs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import text
from csmodels_helpers.tally_codes import add_up, coded, coded_as_they_come
from csmodels_helpers.tally_columns import (
    ID,
    SQUARE,
    WEIGHT,
    Ids,
    category_levels,
    check_ids,
    check_weight_column,
    column_names,
    given,
    id_checks,
    ids_of_part,
    known_columns,
    merge_ids,
    merge_levels,
    merge_repeated,
    merged_tallies,
    repeats_across,
    repeats_in,
    stack_cells,
)
from csmodels_helpers.tally_groups import (
    GROUP,
    PRIME,
    Ints,
    group_of,
    respondent_groups,
    scatter,
)
from csmodels_helpers.tally_parts import on_cluster

__all__ = ["Counts", "counts"]


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
        return _add([self, other], merge_repeated(self.repeated, other.repeated))

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


def _add(tallies: Sequence[Counts], repeated: bool | None) -> Counts:
    """Add tallies of the same columns."""
    by, names = tallies[0].by, ["n", "w", "w2"] if tallies[0].weighted else ["n"]
    levels = merge_levels([tally.levels for tally in tallies])
    cells = stack_cells([tally.cells for tally in tallies], by, [GROUP, *names])
    keys = {column: coded(cells[column]) for column in by}
    sums = {name: cells[name].to_numpy() for name in names}
    return Counts(by, add_up(keys, cells[GROUP].to_numpy(), sums), levels, repeated)


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
        Any frame that narwhals knows: pandas, Polars (eager or lazy), DuckDB relation, Arrow table; a Dask or
        Spark frame is counted part by part on its cluster, and only the tally comes here.
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
    columns = column_names(by, "by")
    schema = known_columns(data, [*columns, *given(respondent), *given(weights)])
    if on_cluster(data):
        return _count_parts(data, columns, respondent, weights)
    frame: Any = nw.from_native(data)
    levels = category_levels(schema, columns)
    extra = [nw.col(respondent).alias(ID)] if respondent else []
    if weights:
        check_weight_column(data, frame, weights, schema[weights])
        extra.append(nw.col(weights).cast(nw.Float64).alias(WEIGHT))
    frame = frame.select(*[nw.col(c) for c in columns], *extra)
    if weights:
        # Squared here, as an expression inside agg fails on some engines.
        frame = frame.with_columns((nw.col(WEIGHT) * nw.col(WEIGHT)).alias(SQUARE))
    if isinstance(frame, nw.DataFrame) and frame.implementation.is_pandas():
        values, groups, sums, repeated = _count_pandas(data, frame, columns, respondent, weights)
    else:
        values, groups, sums, repeated = _count_elsewhere(data, frame, columns, respondent, weights)
    keys = {c: coded_as_they_come(values[c], c, data) for c in columns}
    return Counts(columns, add_up(keys, groups, sums), levels, repeated)


def _count_parts(data: Any, columns: tuple[str, ...], respondent: str | None, weights: str | None) -> Counts:
    """Let a cluster count each part where it lies, and add the tallies up."""
    number, weight, kind = (text(f"tally.{name}.allowed") for name in ("number", "weight", "kind"))
    checks = [check for column in given(weights) for check in ((column, number), (column, weight))]
    checks += [*id_checks(respondent), *((column, kind) for column in columns)]
    work = partial(_count_part, columns, respondent, weights)
    wanted = [*columns, *given(respondent), *given(weights)]
    tallied, ids = merged_tallies(data, wanted, columns, work, _add_parts, checks=checks)
    return tallied if ids is None else replace(tallied, repeated=repeats_across(data, str(respondent), ids))


def _count_part(
    columns: tuple[str, ...], respondent: str | None, weights: str | None, part: Any, _: Any
) -> tuple[Counts, Ids | None]:
    made = counts(part, columns, respondent=respondent, weights=weights)
    return made, None if respondent is None else ids_of_part(part, respondent, bool(made.repeated))


def _add_parts(found: list[tuple[Counts, Ids | None]]) -> tuple[Counts, Ids | None]:
    ids = [one for _, one in found if one is not None]
    return _add([made for made, _ in found], found[0][0].repeated), merge_ids(ids) if ids else None


def _count_pandas(
    data: Any, frame: Any, columns: tuple[str, ...], respondent: str | None, weights: str | None
) -> tuple[Mapping[str, Any], Ints | None, dict[str, Any], bool | None]:
    """Hand on the rows as they are: to number the values is faster than to group by them."""
    native: Any = nw.to_native(frame)
    groups, repeated = None, None
    if respondent:
        check_ids(data, frame, ID, name=respondent)
        numbers, ids = pd.factorize(native[ID])
        groups, repeated = respondent_groups(pd.Series(ids))[numbers], len(ids) < len(native)
    sums: dict[str, Any] = {"n": None}
    if weights:
        sums["w"], sums["w2"] = (native[name].to_numpy(dtype=np.float64) for name in (WEIGHT, SQUARE))
    return native, groups, sums, repeated


def _count_elsewhere(
    data: Any, frame: Any, columns: tuple[str, ...], respondent: str | None, weights: str | None
) -> tuple[Mapping[str, Any], Ints, dict[str, Any], bool | None]:
    """Let the engine count first: what comes out of it is small, whatever the number of rows."""
    frame, keys, repeated = _with_group(data, frame, respondent)
    sums = {"n": nw.len().alias("n")}
    if weights:
        sums["w"], sums["w2"] = nw.col(WEIGHT).sum().alias("w"), nw.col(SQUARE).sum().alias("w2")
    grouped = frame.group_by(*columns, *keys).agg(*sums.values())
    if isinstance(grouped, nw.LazyFrame):
        grouped = grouped.collect()
    lists = {name: grouped.get_column(name).to_list() for name in grouped.columns}
    if keys == [ID]:
        groups, repeated = respondent_groups(lists[ID]), _repeats(lists[ID], lists["n"])
    else:
        groups = np.asarray(lists[GROUP] if keys else np.zeros(len(grouped)), dtype=np.int64)
    # Polars counts in uint32, DuckDB in int64, so n gets one dtype before anything is added.
    found = {name: np.asarray(lists[name], dtype=np.int64 if name == "n" else np.float64) for name in sums}
    return lists, groups, found, repeated


def _with_group(data: Any, frame: Any, respondent: str | None) -> tuple[Any, list[str], bool | None]:
    """Add what the tally groups by beside ``by``: nothing, the group, or (lazy, text) the id itself."""
    if respondent is None:
        return frame, [], None
    check_ids(data, frame, ID, name=respondent)
    if not isinstance(frame, nw.LazyFrame):
        ids = frame.get_column(ID)
        groups = nw.new_series(GROUP, group_of(ids), nw.Int64(), backend=frame.implementation)
        return frame.with_columns(groups), [GROUP], repeats_in(frame, ID)
    dtype = frame.collect_schema()[ID]
    if dtype.is_integer():
        # narwhals gives a remainder the sign of the divisor on every engine, as NumPy does.
        small = (nw.col(ID) % PRIME).cast(nw.Int64)
        grouped = frame.with_columns(scatter(small).alias(GROUP))
        return grouped, [GROUP], repeats_in(frame, ID)
    # No hash of text is the same in all engines, so ids are grouped as they are and hashed afterwards.
    return frame, [ID], None


def _repeats(ids: list[Any], n: list[Any]) -> bool:
    return len(set(ids)) < sum(n)
