"""Frames that lie in parts on a cluster: each part is worked on where it lies, and only the outcome travels.

Dask and Spark cut a frame into parts (they say partitions), which lie in the memory of their workers or in
files that only they read. They may be more than one machine holds, so no row is ever fetched: a worker turns
its part into something small (a tally, how many rows are wrong and the first of them), outcomes are merged on
the workers, too, and what is left comes here. What needs rows raises :class:`RowsNeededError`.
"""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import narwhals as nw
import pandas as pd

from csmodels_helpers.errors import CourseError, DataError
from csmodels_helpers.language import get_language, set_language, text

__all__ = ["RowsNeededError"]

TOGETHER = 8
"""How many outcomes of parts are merged at a time."""


class RowsNeededError(CourseError):
    """A model needs the rows themselves, and they lie on a cluster.

    Parameters
    ----------
    columns : sequence of str
        Whose values it needs.
    engine : {"Dask", "Spark"}
        Where they lie.

    Examples
    --------
    >>> print(RowsNeededError(["who", "csat"], "Dask"))
    This needs the rows themselves (columns who, csat), and rows of a Dask frame are never fetched unasked.
    If they fit into this machine's memory, pass frame[["who", "csat"]].compute(); if not, a sample:
    frame[["who", "csat"]].sample(frac=0.01).compute().
    """

    def __init__(self, columns: Sequence[str], engine: str) -> None:
        self.columns, self.engine = tuple(columns), engine
        quoted = ", ".join(f'"{column}"' for column in columns)
        super().__init__(
            text(f"tally_parts.rows.{engine.lower()}", columns=", ".join(columns), quoted=quoted)
        )


@dataclass(frozen=True)
class Wrong:
    """The error of one part, as plain values: it is said here, together with those of the other parts.

    Parameters
    ----------
    column, rows, row, value, allowed, advice
        As of :class:`csmodels_helpers.errors.DataError`; ``row`` counts from the beginning of the part.
    """

    column: str
    rows: int
    row: Any
    value: Any
    allowed: str
    advice: str


@dataclass(frozen=True)
class Outcome:
    """What came of a part, or of several parts together.

    Parameters
    ----------
    parts : tuple
        Number of the part, its rows and its error, for each part.
    made : object
        What the work returned, merged.
    clash : str, default ""
        Why that of two parts could not be merged.
    """

    parts: tuple[tuple[int, int, Wrong | None], ...]
    made: Any
    clash: str = ""


class ClashError(CourseError):
    """Parts whose outcomes do not merge, such as text in one and numbers in the other."""


Work = Callable[[Any, Any], Any]
Merge = Callable[[list[Any]], Any]
Step = Callable[[Any], Any]


@dataclass(frozen=True)
class PartFrame:
    """A cluster's frame, and what a worker does to each part before it works on it.

    Parameters
    ----------
    native : Dask or Spark frame
        What the user gave.
    steps : tuple of callable
        Each takes the part as a narwhals frame and returns another one of as many rows.
    reads : tuple of str
        The columns that the steps look at.
    """

    native: Any
    steps: tuple[Step, ...] = ()
    reads: tuple[str, ...] = ()


def engine_of(data: Any) -> str | None:
    """Say on which cluster a frame lies: ``"Dask"``, ``"Spark"``, or None for a frame of this machine."""
    native = _in_parts(data).native
    if nw.dependencies.is_dask_dataframe(native):
        return "Dask"
    if nw.dependencies.is_pyspark_dataframe(native) or nw.dependencies.is_pyspark_connect_dataframe(native):
        return "Spark"
    return None


def on_cluster(data: Any) -> bool:
    """Tell whether a frame lies in parts on a cluster."""
    return engine_of(data) is not None


def _in_parts(data: Any) -> PartFrame:
    return data if isinstance(data, PartFrame) else PartFrame(nw.to_native(data, pass_through=True))


def refuse_cluster(data: Any, columns: Sequence[str]) -> None:
    """Refuse a frame on a cluster where the rows of these columns are needed."""
    engine = engine_of(data)
    if engine:
        raise RowsNeededError(columns, engine)


def changed(data: Any, step: Step, reads: Sequence[str]) -> Any:
    """Change a frame: at once if it is here, part by part when it is worked on if it lies on a cluster.

    Parameters
    ----------
    data : frame
        Any frame.
    step : callable
        Takes a narwhals frame and returns another one of as many rows. Ids keep their names.
    reads : sequence of str
        The columns that it looks at.

    Returns
    -------
    frame
        A native frame, or a :class:`PartFrame`.

    Examples
    --------
    >>> changed(pd.DataFrame({"a": [1]}), lambda frame: frame.with_columns(b=nw.col("a") + 1), ["a"])
       a  b
    0  1  2
    """
    if not on_cluster(data):
        return nw.to_native(step(nw.from_native(data)))
    before = _in_parts(data)
    return PartFrame(before.native, (*before.steps, step), (*before.reads, *reads))


def schema_of(data: Any) -> Any:
    """Return the names and narwhals dtypes of the columns of any frame; no part of a cluster's is read."""
    engine = engine_of(data)
    if not engine:
        return nw.from_native(data).collect_schema()
    whole = _in_parts(data)
    if engine == "Dask":
        dtypes = whole.native.dtypes.items()
        empty: Any = pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in dtypes})
    else:
        empty = _without_zones(*_empty_on_spark(whole.native))
    return nw.from_native(_prepared(whole.steps, empty)).collect_schema()


def _prepared(steps: Sequence[Step], part: Any) -> Any:
    """Take a part through the steps."""
    frame: Any = nw.from_native(part)
    for step in steps:
        frame = step(frame)
    return nw.to_native(frame)


def count_different(data: Any, columns: Sequence[str]) -> int:
    """Let the cluster count the different rows of columns; they move between its workers, but not here."""
    native, names = _in_parts(data).native, list(columns)
    if engine_of(data) == "Spark":
        return int(native.select(*names).distinct().count())

    def whole_ids(part: Any) -> Any:  # travels by value, so that Dask's scheduler does not need this package
        """Turn whole floats into integers: a part may hold the same ids as floats."""
        floats = [name for name in part if part[name].dtype.kind == "f" and (part[name] % 1 == 0).all()]
        return part.astype(dict.fromkeys(floats, "int64"))

    return len(native[names].map_partitions(whole_ids).drop_duplicates())


def each_part(
    data: Any,
    columns: Sequence[str],
    work: Work,
    *,
    given: Sequence[Any] | None = None,
    checks: Sequence[tuple[str, str]] = (),
) -> list[Any]:
    """Work on each part of a cluster's frame and fetch the outcomes, in the order of the parts.

    Parameters
    ----------
    data : Dask or Spark frame, or PartFrame
        Where the parts are.
    columns : sequence of str
        The columns that the work looks at; no others are read.
    work : callable
        Takes a part (a pandas frame with rows numbered from 0, or an Arrow table) and what was given for it.
        Returns something small. A DataError that it raises is raised here for the whole frame.
    given : sequence, optional
        One value a part.
    checks : sequence of tuple, optional
        Column and ``allowed`` of each error that the work may raise, in the order in which it looks.

    Returns
    -------
    list
        What the work returned, one a part.
    """
    outcomes = _run(data, columns, work, None, given)
    _raise_together([part for outcome in outcomes for part in outcome.parts], checks)
    return [outcome.made for outcome in outcomes]


def merged_parts(
    data: Any,
    columns: Sequence[str],
    work: Work,
    merge: Merge,
    *,
    given: Sequence[Any] | None = None,
    checks: Sequence[tuple[str, str]] = (),
) -> Any:
    """Do as :func:`each_part` does, and merge the outcomes: a few at a time on the workers, the rest here.

    Parameters
    ----------
    data, columns, work, given, checks
        As of :func:`each_part`.
    merge : callable
        Takes a list of outcomes, in the order of their parts, and returns one.

    Returns
    -------
    object
        The one outcome.

    Raises
    ------
    ClashError
        If two of them do not merge.
    """
    outcome = _merge(merge, _run(data, columns, work, merge, given))
    _raise_together(outcome.parts, checks)
    if outcome.clash:
        raise ClashError(outcome.clash)
    return outcome.made


def sizes_of_parts(data: Any) -> list[int]:
    """Count the rows of each part, which takes a pass over one column."""
    native = _in_parts(data).native
    return each_part(native, [native.columns[0]], _size)


def _size(part: Any, _: Any) -> int:
    return len(part)


# ----------------------------------------------------------------------------------- on the workers


def _outcome(
    work: Work, steps: tuple[Step, ...], language: str, part: Any, number: int, given: Any
) -> Outcome:
    """Work on one part; runs on a worker."""
    set_language(language)  # a worker has its own
    if isinstance(part, pd.DataFrame):
        part = part.reset_index(drop=True)  # rows are told by their place
    part = _prepared(steps, part)
    try:
        made, wrong = work(part, given), None
    except DataError as error:
        made = None
        wrong = Wrong(error.column, error.rows, error.row, error.value, error.allowed, error.advice)
    except CourseError as error:  # as one that can be pickled
        raise CourseError(str(error)) from None
    return Outcome(((number, len(part), wrong),), made)


def _merge(merge: Merge | None, outcomes: Sequence[Outcome]) -> Outcome:
    """Merge outcomes, unless there is an error to be told; runs on a worker and here."""
    outcomes = sorted(outcomes, key=lambda outcome: outcome.parts[0][0])
    parts = tuple(sorted((part for outcome in outcomes for part in outcome.parts), key=lambda part: part[0]))
    clash = next((outcome.clash for outcome in outcomes if outcome.clash), "")
    if clash or any(wrong for _, _, wrong in parts):
        return Outcome(parts, None, clash)
    if merge is None or len(outcomes) == 1:
        return outcomes[0]
    try:
        return Outcome(parts, merge([outcome.made for outcome in outcomes]))
    except CourseError as error:
        return Outcome(parts, None, str(error))


# ------------------------------------------------------------------------------------- the clusters


def _run(
    data: Any, columns: Sequence[str], work: Work, merge: Merge | None, given: Sequence[Any] | None
) -> list[Outcome]:
    whole = _in_parts(data)
    wanted = {*columns, *whole.reads}
    native = whole.native[[column for column in whole.native.columns if column in wanted]]
    run = partial(_outcome, work, whole.steps, get_language())
    try:
        found = (_run_on_dask if engine_of(data) == "Dask" else _run_on_spark)(native, run, merge, given)
    except Exception as error:
        if _lacks_the_package(error):
            raise CourseError(text("tally_parts.absent")) from error
        raise
    return sorted(found, key=lambda outcome: outcome.parts[0][0])


def _run_on_dask(
    frame: Any, run: Callable[..., Outcome], merge: Merge | None, given: Sequence[Any] | None
) -> list[Outcome]:
    import cloudpickle
    from dask.base import compute
    from dask.delayed import delayed

    # Bytes travel, and are opened within a task, which fails as any task does if a worker lacks this package.
    # A message with our objects in it would cut the worker off instead, and everybody would wait for it.
    call = delayed(_call_alone(), pure=False)
    work, together = cloudpickle.dumps(partial(_sent, run)), cloudpickle.dumps(partial(_merge_sent, merge))
    made: list[Any] = [
        call(work, part, number, None if given is None else given[number])
        for number, part in enumerate(frame.to_delayed())
    ]
    while merge is not None and len(made) > TOGETHER:
        made = [call(together, made[i : i + TOGETHER]) for i in range(0, len(made), TOGETHER)]
    return [pickle.loads(sent) for sent in compute(*made)]


def _call_alone() -> Callable[..., Any]:
    def call(function: bytes, *arguments: Any) -> Any:
        import pickle  # travels by value, as it is no function of a module, so it knows of no import above

        return pickle.loads(function)(*arguments)

    return call


def _sent(run: Callable[..., Outcome], *arguments: Any) -> bytes:
    return pickle.dumps(run(*arguments))


def _merge_sent(merge: Merge | None, sent: Sequence[bytes]) -> bytes:
    """Merge outcomes of parts; runs on a worker."""
    return pickle.dumps(_merge(merge, [pickle.loads(outcome) for outcome in sent]))


def _run_on_spark(
    frame: Any, run: Callable[..., Outcome], merge: Merge | None, given: Sequence[Any] | None
) -> list[Outcome]:
    empty, zone = _empty_on_spark(frame)
    made = frame.mapInArrow(partial(_work_on_batches, run, empty, zone, given), "part int, made binary")
    if merge is not None:
        # Without a number of new parts, Spark takes as few as hold the outcomes, most often one.
        made = made.repartition("part").mapInArrow(partial(_merge_batches, merge), "part int, made binary")
    found = [pickle.loads(row["made"]) for row in made.collect()]
    # Spark may make no part at all of no rows.
    return found or [run(_without_zones(empty, zone), 0, None if given is None else 0)]


def _empty_on_spark(frame: Any) -> tuple[Any, str]:
    """Return the frame without rows, and the time zone of the session."""
    return frame.limit(0).toArrow(), frame.sparkSession.conf.get("spark.sql.session.timeZone")


def _work_on_batches(
    run: Callable[..., Outcome], empty: Any, zone: str, given: Sequence[Any] | None, batches: Iterator[Any]
) -> Iterator[Any]:
    """Put the batches of a part together and work on it; runs on a worker of Spark."""
    import pyarrow as pa
    from pyspark import TaskContext  # pyright: ignore[reportMissingImports]  # half a gigabyte

    number = TaskContext.get().partitionId()
    found = list(batches)
    table = pa.Table.from_batches(found) if found else empty  # a part without rows comes without a batch
    made = _sent(run, _without_zones(table, zone), number, None if given is None else given[number])
    yield _batch(number, made)


def _merge_batches(merge: Merge, batches: Iterator[Any]) -> Iterator[Any]:
    """Merge outcomes of parts; runs on a worker of Spark."""
    sent = [made for batch in batches for made in batch.column("made").to_pylist()]
    if sent:
        yield _batch(0, _merge_sent(merge, sent))


def _batch(number: int, made: bytes) -> Any:
    import pyarrow as pa

    return pa.RecordBatch.from_pydict(
        {"part": pa.array([number], pa.int32()), "made": pa.array([made], pa.binary())}
    )


def _without_zones(table: Any, zone: str) -> Any:
    """Turn Spark's instants into what a clock in the session's time zone shows, as ``toPandas`` does."""
    import pyarrow as pa
    import pyarrow.compute

    compute: Any = pyarrow.compute
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz:
            instants = table.column(place).cast(pa.timestamp(field.type.unit, zone))
            table = table.set_column(place, field.name, compute.local_timestamp(instants))
    return table


def _lacks_the_package(error: BaseException | None) -> bool:
    """Tell whether a worker (or Dask's scheduler) could not import this package."""
    while error is not None:
        if "No module named 'csmodels_helpers" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


# --------------------------------------------------------------------------------------- the errors


def _raise_together(
    parts: Sequence[tuple[int, int, Wrong | None]], checks: Sequence[tuple[str, str]]
) -> None:
    """Raise the error that one machine would have raised: that of the first check, with all its rows."""
    found = [(number, wrong) for number, _, wrong in parts if wrong is not None]
    if not found:
        return

    def place(wrong: Wrong) -> float:
        told = (wrong.column, wrong.allowed)
        return checks.index(told) if told in checks else math.inf

    first = min((wrong for _, wrong in found), key=place)
    same = [(n, w) for n, w in found if (w.column, w.allowed) == (first.column, first.allowed)]
    number, wrong = same[0]
    before = sum(rows for other, rows, _ in parts if other < number)
    row = before + wrong.row if isinstance(wrong.row, int) else wrong.row
    raise DataError(wrong.column, sum(w.rows for _, w in same), row, wrong.value, wrong.allowed, wrong.advice)
