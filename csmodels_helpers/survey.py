"""Look at the answers before any model does: what a survey frame may hold, and the arguments of models.

:func:`read_export` reads the file that a survey tool wrote (module ``survey_export``).
:func:`validate` says which column is wrong, in how many rows, where first and what is allowed.
It changes nothing: no value is converted, cut off or dropped. The ``check_…`` functions say
the same of the arguments that all models share.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from numbers import Real
from typing import Any, TypeVar

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import text
from csmodels_helpers.survey_export import PRESETS, ExportError, explain_export, read_export
from csmodels_helpers.survey_rows import Found, column_values, distinct_values, find_rows, row_values
from csmodels_helpers.tally import Moments, first_row, moments
from csmodels_helpers.tally_parts import count_different, each_part, on_cluster, schema_of

__all__ = [
    "PRESETS",
    "ExportError",
    "Found",
    "Rule",
    "check_column",
    "check_columns",
    "check_confidence",
    "check_scale",
    "check_segment",
    "check_unique",
    "check_weights",
    "choice",
    "column_values",
    "distinct_values",
    "explain_export",
    "find_rows",
    "identifier",
    "number",
    "read_export",
    "row_values",
    "scale",
    "take_moments",
    "to_floats",
    "validate",
    "with_floats",
]

Frame = TypeVar("Frame")


@dataclass(frozen=True)
class Rule:
    """What one column of a survey may hold.

    Made by :func:`scale`, :func:`choice`, :func:`number` and :func:`identifier`.

    Parameters
    ----------
    kind : {"scale", "choice", "number", "identifier"}
        Which of them.
    low, high : float, optional
        Lowest and highest value.
    values : tuple, optional
        The values of a choice.
    missing : bool, default False
        Whether a missing value is allowed.
    unique : bool, default False
        Whether each value may occur only once.
    """

    kind: str
    low: float | None = None
    high: float | None = None
    values: tuple[Any, ...] = ()
    missing: bool = False
    unique: bool = False

    def allowed(self) -> str:
        """Say in words what is allowed.

        Returns
        -------
        str
            In the language in force.

        Examples
        --------
        >>> scale(1, 5, missing=True).allowed()
        'a whole number from 1 to 5, or a missing value'
        """
        key = self.kind
        if self.kind == "number" and self.low is not None:
            key = "number_from" if self.high is None else "number_between"
        elif self.kind == "number" and self.high is not None:
            key = "number_to"
        values = ", ".join(repr(v) for v in self.values)
        words = text(f"survey.allowed.{key}", low=self.low, high=self.high, values=values)
        return text("survey.allowed.or_missing", allowed=words) if self.missing else words

    def accepts(self, values: pd.Series[Any]) -> pd.Series[bool]:
        """Tell for each value whether it is allowed (``unique`` apart).

        Parameters
        ----------
        values : pandas.Series
            The column as it came.

        Returns
        -------
        pandas.Series of bool
            True where the value is allowed.
        """
        gaps = values.isna()
        fits = values.map(self._fits).astype(bool) if len(values) else gaps
        return (fits & ~gaps) | (gaps & self.missing)

    def _fits(self, value: Any) -> bool:
        if value is pd.NA:  # has no truth value
            return False
        if self.kind == "choice":
            # 1 == True in Python, but an answer True is not an answer 1.
            return any(value == v and isinstance(value, bool) == isinstance(v, bool) for v in self.values)
        amount = _number(value)
        if self.kind == "identifier":
            return isinstance(value, str) or (amount is not None and amount.is_integer())
        if amount is None or not math.isfinite(amount) or (self.kind == "scale" and not amount.is_integer()):
            return False
        return (self.low is None or amount >= self.low) and (self.high is None or amount <= self.high)


def _number(value: Any) -> float | None:
    """Return a number as float, anything else (text, yes/no) as None."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real | Decimal):
        return None
    return float(value)


def scale(low: int, high: int, *, missing: bool = False) -> Rule:
    """Declare a rating: whole numbers from ``low`` to ``high``.

    Parameters
    ----------
    low, high : int
        Lowest and highest answer, such as 1 and 5.
    missing : bool, default False
        Whether an answer may be missing.

    Returns
    -------
    Rule
        For :func:`validate`.

    Raises
    ------
    ArgumentError
        If they are not whole numbers with the lower one first.

    Examples
    --------
    >>> scale(0, 10).allowed()
    'a whole number from 0 to 10'
    """
    bounds = check_scale((low, high))
    return Rule("scale", *bounds, missing=missing)


def choice(values: Iterable[Any], *, missing: bool = False) -> Rule:
    """Declare a choice of one from a list.

    Parameters
    ----------
    values : iterable
        What may be chosen.
    missing : bool, default False
        Whether a choice may be missing.

    Returns
    -------
    Rule
        For :func:`validate`.

    Raises
    ------
    ArgumentError
        If the list is empty or repeats itself.

    Examples
    --------
    >>> choice(["north", "south"]).allowed()
    "one of 'north', 'south'"
    """
    listed = tuple(values)
    twice = any(a == b for i, a in enumerate(listed) for b in listed[:i])
    if not listed or twice or any(v is None or v != v for v in listed):
        raise ArgumentError("values", list(listed), text("survey.allowed.values"))
    return Rule("choice", values=listed, missing=missing)


def number(min: float | None = None, max: float | None = None, *, missing: bool = False) -> Rule:
    """Declare a number (finite, not text), within bounds if given.

    Parameters
    ----------
    min, max : float, optional
        Lowest and highest value, both allowed themselves.
    missing : bool, default False
        Whether a number may be missing.

    Returns
    -------
    Rule
        For :func:`validate`.

    Raises
    ------
    ArgumentError
        If ``min`` is above ``max``.

    Examples
    --------
    >>> number(0).allowed()
    'a number of 0 or more'
    """
    if min is not None and max is not None and min > max:
        raise ArgumentError("min", min, text("survey.allowed.numbers"))
    return Rule("number", min, max, missing=missing)


def identifier(*, unique: bool = False) -> Rule:
    """Declare an id: a whole number or text, never missing.

    Parameters
    ----------
    unique : bool, default False
        Whether each id may occur only once.

    Returns
    -------
    Rule
        For :func:`validate`.

    Examples
    --------
    >>> identifier().allowed()
    'an id: whole number or text'
    """
    return Rule("identifier", unique=unique)


def validate(frame: Frame, schema: Mapping[str, Rule]) -> Frame:
    """Check a survey frame column by column and give it back as it came.

    Parameters
    ----------
    frame : frame
        Any frame that narwhals knows. Columns that the schema does not name are not looked at.
    schema : dict of Rule
        Column name → rule; the columns are checked in this order.

    Returns
    -------
    frame
        The same object, unchanged: nothing is converted, cut off or dropped.

    Raises
    ------
    UnknownNameError
        If a column is not there; the nearest names are offered.
    DataError
        For the first column that holds a value it may not hold: how many rows, the first row's label
        and value, what is allowed.

    Notes
    -----
    The checks run in pandera (Bantilan 2020, *Proc. 19th Python in Science Conf.*), which is imported
    only here because that takes a second.

    Examples
    --------
    >>> answers = pd.DataFrame({"who": [1, 2, 3], "csat": [5, 9, 0]}, index=["r1", "r2", "r3"])
    >>> validate(answers, {"who": identifier(), "csat": scale(1, 5)})
    Traceback (most recent call last):
      ...
    csmodels_helpers.errors.DataError: Column "csat": 2 rows hold a value that is not allowed,
    first row r2 with 9. Allowed: a whole number from 1 to 5. Was another scale used? Say so with scale=;
    do not cut the answers off.
    """
    import pandera.pandas as pa

    known: list[str] = list(schema_of(frame).names())
    for column, rule in schema.items():
        if column not in known:
            raise UnknownNameError(text("survey.kinds.column"), column, known)
        if not isinstance(rule, Rule):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentError(f"schema[{column!r}]", rule, text("survey.allowed.schema"))
    if on_cluster(frame):
        for column, rule in schema.items():
            check_columns(frame, [column], rule)
            if rule.unique:
                check_unique(frame, column)
        return frame
    plain = row_values(frame, list(schema))
    for column, rule in schema.items():
        _run(pa, frame, plain, column, rule)
    return frame


def _run(pa: Any, frame: Any, plain: pd.DataFrame, column: str, rule: Rule) -> None:
    checks: list[tuple[Callable[[pd.Series[Any]], pd.Series[bool]], str]] = [(rule.accepts, rule.allowed())]
    if rule.unique:
        checks.append((lambda values: ~values.duplicated(), text("survey.allowed.unique")))
    for accepts, allowed in checks:
        declared = pa.DataFrameSchema(
            {column: pa.Column(nullable=True, checks=pa.Check(accepts, ignore_na=False))}
        )
        try:
            declared.validate(plain, lazy=True)
        except pa.errors.SchemaErrors as error:
            failed = sorted(int(i) for i in error.failure_cases["index"])
            value = plain[column].iloc[failed[0]]
            raise DataError(
                column, len(failed), first_row(frame, failed[0]), value, allowed, _advice(rule, value)
            ) from None


def _advice(rule: Rule, value: Any) -> str:
    if pd.isna(value):
        return "" if rule.kind == "identifier" else text("survey.advice.missing")
    if rule.kind in ("scale", "number") and isinstance(value, str):
        return text("survey.advice.text")
    return text("survey.advice.scale") if rule.kind == "scale" else ""


def check_column(data: Any, column: str, rule: Rule) -> None:
    """Check one column against a rule without converting or copying the frame.

    The models call it before they count: fast on millions of rows, as only distinct values are judged.

    Parameters
    ----------
    data : frame
        Any frame that narwhals knows.
    column : str
        Column to check.
    rule : Rule
        What is allowed; ``unique`` is not looked at.

    Raises
    ------
    UnknownNameError
        If there is no such column.
    DataError
        If a value is not allowed.

    Examples
    --------
    >>> check_column(pd.DataFrame({"csat": [5, None]}), "csat", scale(1, 5, missing=True))
    """
    check_columns(data, [column], rule)


def check_columns(data: Any, columns: Iterable[str], rule: Rule) -> None:
    """Check several columns as :func:`check_column` does, by the same rule.

    Parameters
    ----------
    data : frame
        Any frame that narwhals knows.
    columns : iterable of str
        Columns to check.
    rule : Rule
        What is allowed; ``unique`` is not looked at.

    Raises
    ------
    UnknownNameError, DataError
        As :func:`check_column`.

    Examples
    --------
    >>> answers = pd.DataFrame({"speed": [5, None], "price": [1, 2]})
    >>> check_columns(answers, ["speed", "price"], scale(1, 5, missing=True))
    """
    if on_cluster(data):
        _check_parts(data, list(dict.fromkeys(columns)), rule)
        return
    frame: Any = nw.from_native(data)
    schema: Any = frame.collect_schema()
    for column in columns:
        if column not in schema:
            raise UnknownNameError(text("survey.kinds.column"), column, list(schema.names()))
        whole = rule.kind in ("scale", "number") and schema[column].is_integer()
        if not (whole and _within(frame, column, rule)):
            _check_values(data, frame, column, rule)


def _check_parts(data: Any, columns: list[str], rule: Rule) -> None:
    """Let a cluster check each part, all columns in one pass."""
    known = list(schema_of(data).names())
    # A column that is not there is the error only if those before it are right, as on one machine.
    there = columns[: next((i for i, column in enumerate(columns) if column not in known), len(columns))]
    if there:
        checks = [(column, rule.allowed()) for column in there]
        each_part(data, there, partial(_check_part, there, rule), checks=checks)
    if len(there) < len(columns):
        raise UnknownNameError(text("survey.kinds.column"), columns[len(there)], known)


def _check_part(columns: list[str], rule: Rule, part: Any, _: Any) -> None:
    check_columns(part, columns, rule)


def _check_values(data: Any, frame: Any, column: str, rule: Rule) -> None:
    distinct: Any = frame.select(column).unique()
    if isinstance(distinct, nw.LazyFrame):
        distinct = distinct.collect()
    if rule.accepts(pd.Series(distinct.get_column(column).to_list(), dtype=object)).all():
        return
    values = column_values(data, column)
    bad = np.flatnonzero(~rule.accepts(values).to_numpy(dtype=bool))
    value = values.iloc[bad[0]]
    row = first_row(data, int(bad[0]))
    raise DataError(column, len(bad), row, value, rule.allowed(), _advice(rule, value))


def take_moments(
    data: Any,
    columns: Sequence[str],
    *,
    rule: Rule | None = None,
    segment: str | None = None,
    respondent: str | None = None,
) -> Moments:
    """Check and tally columns of a frame, or take them from a tally that was made (and merged) before.

    Parameters
    ----------
    data : frame or Moments
        One row a respondent, or :func:`csmodels_helpers.tally.moments` of it: one tally serves many models,
        and a cluster tallies part by part. What is in a tally cannot be checked any more.
    columns : sequence of str
        Numeric columns.
    rule : Rule, optional
        What is allowed in a frame; any number if not given.
    segment : str, optional
        Column to split by.
    respondent : str, optional
        Column that says who answered; not with a tally, which was told.

    Returns
    -------
    Moments
        The tally of these columns.

    Raises
    ------
    UnknownNameError
        If there is no such column.
    DataError
        If a value is not allowed.
    ArgumentError
        If ``respondent`` is given with a tally.

    Examples
    --------
    >>> answers = pd.DataFrame({"speed": [1, 2, 3], "price": [2, 4, 6]})
    >>> made = take_moments(answers, ["speed", "price"])
    >>> take_moments(made, ["price"]).columns
    ('price',)
    """
    if isinstance(data, Moments):
        if respondent is not None:
            raise ArgumentError("respondent", respondent, text("survey.allowed.respondent"))
        return data.pick(columns, segment)
    check_columns(data, columns, number(missing=True) if rule is None else rule)
    return moments(data, columns, segment=segment, respondent=respondent, apart=respondent is None)


def _within(frame: Any, column: str, rule: Rule) -> bool:
    """Whether whole numbers are all allowed, seen from their ends: faster than to list them."""
    if isinstance(frame, nw.DataFrame):
        values = frame.get_column(column).to_numpy()
        if values.dtype.kind in "iu" and len(values):  # such an array has no place for a missing one
            least, most = (-math.inf if rule.low is None else rule.low), rule.high
            return bool(values.min() >= least and (most is None or values.max() <= most))
    value = nw.col(column)
    low, high, gaps = value.min().alias("low"), value.max().alias("high"), value.null_count().alias("gaps")
    found: Any = frame.select(low, high, gaps)
    if isinstance(found, nw.LazyFrame):
        found = found.collect()
    ends = pd.Series([found[name].to_list()[0] for name in ("low", "high")], dtype=object).dropna()
    missing = int(found["gaps"].to_list()[0])
    return len(ends) == 2 and (rule.missing or not missing) and bool(rule.accepts(ends).all())


def to_floats(values: Any) -> npt.NDArray[np.float64]:
    """Turn checked answers of any type into floats, missing ones into NaN.

    Parameters
    ----------
    values : sequence
        Numbers, or what stands for a missing one (None, NaN, NA).

    Returns
    -------
    numpy.ndarray
        The numbers.

    Examples
    --------
    >>> to_floats([5, None, 2.5]).tolist()
    [5.0, nan, 2.5]
    """
    found: pd.Series[Any] = pd.Series(values, dtype=object)
    return found.mask(found.isna(), math.nan).to_numpy(dtype=np.float64)


def with_floats(data: Any, columns: Iterable[str]) -> Any:
    """Turn columns that pandas holds as plain objects into floats; checked before to hold numbers.

    ``pd.DataFrame({"csat": [5, pd.NA]})`` makes such a column, and neither a comparison nor a cast of it
    works. Other engines have no such columns.

    Parameters
    ----------
    data : frame
        Any frame that narwhals knows.
    columns : iterable of str
        Columns of numbers.

    Returns
    -------
    frame
        A pandas frame with these columns as float64 where they were objects; other frames as they are.

    Examples
    --------
    >>> with_floats(pd.DataFrame({"csat": [5, pd.NA]}, dtype=object), ["csat"])["csat"].tolist()
    [5.0, nan]
    """
    if not isinstance(data, pd.DataFrame):
        return data
    plain = [column for column in dict.fromkeys(columns) if data[column].dtype == object]
    return data.assign(**{column: to_floats(data[column]) for column in plain}) if plain else data


def check_unique(
    data: Any,
    columns: str | Sequence[str],
    *,
    rows: pd.DataFrame | None = None,
    allowed: str | None = None,
    advice: str = "",
) -> None:
    """Refuse a respondent (or customer, account, …) who stands in more than one row.

    Parameters
    ----------
    data : frame
        Any frame that narwhals knows.
    columns : str or sequence of str
        The column with the id; several if an id may occur once with each value of the others.
    rows : pandas.DataFrame, optional
        What :func:`row_values` fetched of them, or the rows of that which count.
    allowed, advice : str, optional
        What is allowed and what to do, for the message.

    Raises
    ------
    DataError
        If an id occurs again: how many rows repeat one, and the first of them.

    Examples
    --------
    >>> check_unique(pd.DataFrame({"who": [1, 2, 1]}), "who")
    Traceback (most recent call last):
      ...
    csmodels_helpers.errors.DataError: Column "who": 1 row holds a value that is not allowed, row 2 with 1.
    Allowed: an id that occurs once.
    """
    names = [columns] if isinstance(columns, str) else list(columns)
    said = text("survey.allowed.unique") if allowed is None else allowed
    if rows is None and len(names) == 1 and on_cluster(data):
        _check_unique_parts(data, names[0], said, advice)
        return
    found = row_values(data, names) if rows is None else rows
    twice = found.duplicated(names).to_numpy(dtype=bool)
    if not twice.any():
        return
    first = int(found.index[twice][0])
    values = [found[name][first] for name in names]
    value = values[0] if len(values) == 1 else " · ".join(str(v) for v in values)
    raise DataError(", ".join(names), int(twice.sum()), first_row(data, first), value, said, advice)


def _check_unique_parts(data: Any, column: str, allowed: str, advice: str) -> None:
    """Let the cluster compare ids; which row is the first to repeat one, no worker can tell."""
    parts: list[tuple[int, Any]] = each_part(data, [column], partial(_repeated_in, column))
    again = sum(rows for rows, _ in parts) - count_different(data, [column])
    if again:
        value = next((value for _, value in parts if value is not None), None)
        raise DataError(column, again, "—", value, allowed, advice)


def _repeated_in(column: str, part: Any, _: Any) -> tuple[int, Any]:
    """Rows of a part, and an id that stands in two of them."""
    ids = column_values(part, column)
    twice = ids[ids.duplicated()]
    return len(ids), None if twice.empty else twice.iloc[0]


def check_scale(bounds: Any, name: str = "scale") -> tuple[int, int]:
    """Check the ends of a rating scale.

    Parameters
    ----------
    bounds : tuple of int
        Lowest and highest answer.
    name : str, default "scale"
        Name of the argument, for the message.

    Returns
    -------
    tuple of int
        The two ends.

    Raises
    ------
    ArgumentError
        If they are not two whole numbers with the lower one first.

    Examples
    --------
    >>> check_scale((1, 5))
    (1, 5)
    """
    pair = tuple(bounds) if isinstance(bounds, Sequence) and not isinstance(bounds, str) else ()
    whole = [isinstance(b, int | np.integer) and not isinstance(b, bool) for b in pair]
    if len(pair) != 2 or not all(whole) or pair[0] >= pair[1]:
        raise ArgumentError(name, bounds, text("survey.allowed.bounds"))
    return int(pair[0]), int(pair[1])


def check_confidence(confidence: Any) -> float:
    """Check a confidence level.

    Parameters
    ----------
    confidence : float
        Between 0 and 1, such as 0.95.

    Returns
    -------
    float
        The level.

    Raises
    ------
    ArgumentError
        Otherwise; 95 is told to become 0.95.

    Examples
    --------
    >>> check_confidence(0.95)
    0.95
    >>> check_confidence(95)
    Traceback (most recent call last):
      ...
    csmodels_helpers.errors.ArgumentError: confidence=95 is not allowed: it takes a number between 0 and 1.
    Write 0.95 for 95 %.
    """
    allowed = text("survey.allowed.confidence")
    level = _number(confidence)
    if level is None:
        raise ArgumentError("confidence", confidence, allowed)
    if not 0 < level < 1:
        advice = ""
        if 1 < level < 100:
            advice = text("survey.advice.percent", value=f"{level / 100:g}", percent=f"{level:g}")
        raise ArgumentError("confidence", confidence, allowed, advice)
    return level


def check_weights(
    weights: Mapping[Any, float],
    names: Iterable[Any],
    *,
    total: float | None = 1,
    normalize: bool | None = False,
    argument: str = "weights",
) -> dict[Any, float]:
    """Check weights of items: the same items, none negative, the right sum.

    Parameters
    ----------
    weights : dict of float
        Item → weight.
    names : iterable
        The items that must have one.
    total : float or None, default 1
        What the weights must sum to: 1, or 100 for points; None where only their proportions count.
    normalize : bool or None, default False
        Divide by the sum (and multiply by ``total``) instead of refusing another sum. None refuses it, too,
        for functions whose users cannot say ``normalize=True``: the advice does not name it.
    argument : str, default "weights"
        Name of the argument, for the message.

    Returns
    -------
    dict of float
        The weights in the order of ``names``.

    Raises
    ------
    ArgumentError
        If items are lacking or too many, a weight is negative or no number, or the sum is another one
        (by more than one in a million); the message states the sum.

    Examples
    --------
    >>> check_weights({"speed": 3, "price": 1}, ["speed", "price"], normalize=True)
    {'speed': 0.75, 'price': 0.25}
    >>> check_weights({"speed": 0.6, "price": 0.3}, ["speed", "price"])
    Traceback (most recent call last):
      ...
    csmodels_helpers.errors.ArgumentError: weights={'speed': 0.6, 'price': 0.3} is not allowed: it takes
    weights that sum to 1. They sum to 0.9. Correct them, or pass normalize=True to divide each by that sum.
    """
    asked = list(names)
    given = dict(weights)
    needed = text("survey.allowed.weights", names=", ".join(str(n) for n in asked))
    lacking = [str(n) for n in asked if n not in given]
    extra = [str(n) for n in given if n not in asked]
    if lacking or extra:
        advice = [text("survey.advice.weights_lacking", names=", ".join(lacking))] if lacking else []
        advice += [text("survey.advice.weights_unknown", names=", ".join(extra))] if extra else []
        raise ArgumentError(argument, given, needed, " ".join(advice))
    for weight in given.values():
        amount = _number(weight)
        if amount is None or not 0 <= amount < math.inf:
            raise ArgumentError(argument, given, needed)
    found = math.fsum(float(w) for w in given.values())
    if found <= 0:
        raise ArgumentError(argument, given, text("survey.allowed.positive_sum"))
    if total is None:
        return {n: float(given[n]) for n in asked}
    if not math.isclose(found, total, rel_tol=1e-6) and not normalize:
        percent = total == 1 and math.isclose(found, 100, rel_tol=1e-6)
        key = "sum_divide" if normalize is None else "sum_percent" if percent else "sum"
        advice = text(f"survey.advice.{key}", sum=f"{found:g}", factor=f"{found / total:g}")
        raise ArgumentError(argument, given, text("survey.allowed.sum", total=f"{total:g}"), advice)
    factor = total / found if normalize else 1.0
    return {n: float(given[n]) * factor for n in asked}


def check_segment(value: Any, known: Iterable[Any], *, name: str = "segment") -> Any:
    """Check that a segment has rows.

    Parameters
    ----------
    value : object
        The segment asked for.
    known : iterable
        The segments that occur in the data.
    name : str, default "segment"
        Name of the argument or column, for the message.

    Returns
    -------
    object
        The segment.

    Raises
    ------
    ArgumentError
        If no row belongs to it; the segments that occur are listed.

    Examples
    --------
    >>> check_segment("north", ["north", "south"])
    'north'
    """
    listed = list(known)
    if not any(value == k for k in listed):
        values = ", ".join(repr(k) for k in listed)
        allowed = text("survey.allowed.segment", values=values or "—")
        raise ArgumentError(name, value, allowed, text("survey.advice.segment_spelling"))
    return value
