"""The kinds of values that are made of simpler ones: which parts they have, and how they are made of them.

Behind :mod:`csmodels_helpers.grading.protocol`. What builds a value from its parts trusts nothing.
"""

from __future__ import annotations

import datetime as dt
import decimal
import fractions
import math
import re
import sys
import zoneinfo
from collections.abc import Callable
from functools import lru_cache
from types import NoneType
from typing import Any, cast

import numpy as np
import pandas as pd

from csmodels_helpers.check_calls import Foreign, Picture
from csmodels_helpers.grading.protocol_codec import (
    MAX_BYTES,
    MAX_DIGITS,
    MAX_LENGTH,
    BeyondError,
    Rich,
    demand,
    exact,
)
from csmodels_helpers.language import text

__all__: list[str] = []


def _fields(kind: type, *names: str) -> Callable[[Any], tuple[Any, ...]]:
    """Read attributes as the class itself has them, whatever a subclass says."""
    return lambda value: tuple(getattr(kind, name).__get__(value) for name in names)


def _zone(value: Any) -> Any:
    return exact(value, NoneType, dt.timezone, zoneinfo.ZoneInfo)


def _take_offset(value: dt.timezone) -> tuple[Any, ...]:
    offset, name = value.utcoffset(None), value.tzname(None)
    return (offset,) if dt.timezone(offset).tzname(None) == name else (offset, name)


def _build_offset(offset: Any, *name: Any) -> dt.timezone:
    return dt.timezone(exact(offset, dt.timedelta), *name)


def _build_zone(key: Any) -> zoneinfo.ZoneInfo:
    demand(re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,3}", exact(key, str)), "time zone")
    return zoneinfo.ZoneInfo(key)


def _build_datetime(*fields: Any) -> dt.datetime:
    *clock, fold, zone = fields
    return dt.datetime(*clock, tzinfo=_zone(zone), fold=fold)


def _build_time(*fields: Any) -> dt.time:
    *clock, fold, zone = fields
    return dt.time(*clock, tzinfo=_zone(zone), fold=fold)


def _build_decimal(words: Any) -> decimal.Decimal:
    demand(len(exact(words, str)) < 2 * MAX_DIGITS, "digits")
    number = decimal.Decimal(words)
    places = [number.adjusted(), number.as_tuple().exponent] if number.is_finite() else []
    demand(all(abs(cast("int", place)) <= MAX_DIGITS for place in places), "digits")
    return number


def _build_range(start: Any, stop: Any, step: Any) -> range:
    made = range(exact(start, int), exact(stop, int), exact(step, int))
    demand(len(made) <= MAX_LENGTH, "length")
    return made


_DTYPE = re.compile(
    r"\|b1|[<>|][iu][1248]|[<>]f[248]|[<>]c(8|16)|[<>]U\d{1,7}|\|S\d{1,8}|\|O"
    r"|[<>][mM]8(\[[1-9]?\d{0,4}([YMWDhms]|[munpfa]s)\])?"
)


@lru_cache(maxsize=100)
def _dtype(name: Any) -> np.dtype[Any]:
    demand(_DTYPE.fullmatch(exact(name, str)), "dtype")
    return np.dtype(name)


def _take_array(value: Any) -> tuple[Any, ...]:
    demand(not isinstance(value, np.ma.MaskedArray), "masked")
    array = np.asarray(value)
    _check_shape(array.shape)
    if _dtype(array.dtype.str).kind == "O":
        return "|O", array.shape, array.ravel().tolist()
    if array.nbytes > MAX_BYTES:
        raise BeyondError(text("protocol.size", size=array.nbytes, allowed=MAX_BYTES))
    content = array.tobytes()
    _check_content(array.dtype, content)
    return array.dtype.str, array.shape, content


def _check_content(dtype: np.dtype[Any], content: bytes) -> None:
    """Refuse bytes that numpy takes for a bool, a character or a date, although they are none."""
    if dtype.kind == "b":
        demand(not np.any(np.frombuffer(content, np.uint8) > 1), "bool")
    if dtype.kind == "U":
        signs = np.frombuffer(content, np.dtype("u4").newbyteorder(dtype.byteorder))
        demand(not np.any(signs > sys.maxunicode), "text")
    if dtype.kind == "M" and np.datetime_data(dtype)[0] == "generic":
        demand(np.isnat(np.frombuffer(content, dtype)).all(), "unit")


def _check_shape(shape: tuple[int, ...]) -> int:
    """Return the number of entries; an empty side does not excuse the length of another."""
    demand(len(shape) <= 32 and all(type(side) is int and side >= 0 for side in shape), "shape")
    demand(math.prod(side or 1 for side in shape) <= MAX_LENGTH, "length")
    return math.prod(shape)


def _build_array(name: Any, shape: Any, content: Any) -> np.ndarray[Any, Any]:
    dtype = _dtype(name)
    count = _check_shape(exact(shape, tuple))
    if dtype.kind == "O":
        demand(len(exact(content, list)) == count, "length")
        return np.fromiter(content, object, count).reshape(shape)
    demand(len(exact(content, bytes)) == dtype.itemsize * count, "length")
    _check_content(dtype, content)
    # Not frombuffer: it knows no entries without bytes.
    return np.ndarray(shape, dtype, buffer=content).copy()


def _build_scalar(name: Any, content: Any) -> Any:
    dtype = _dtype(name)
    demand(dtype.kind in "biufcmM" and len(exact(content, bytes)) == dtype.itemsize, "scalar")
    _check_content(dtype, content)
    return np.frombuffer(content, dtype)[0]


def _take_scalar(value: Any) -> tuple[Any, ...]:
    array = np.asarray(value)
    return _dtype(array.dtype.str).str, array.tobytes()


def _build_picture(axes: Any) -> Picture:
    """Make a picture of the form that the checks rely on."""
    kinds = {"title": str, "xlabel": str, "ylabel": str, "kinds": list, "bars": list, "lines": list}
    kinds |= {"points": list, "sideways": bool}
    for one in exact(axes, list):
        demand(set(exact(one, dict)) == set(kinds), "picture")
        demand(all(type(one[name]) is kind for name, kind in kinds.items()), "picture")
        for entry in (*one["bars"], *one["lines"], *one["points"]):
            demand(len(exact(entry, list)) == 2, "picture")
        demand(all(type(name) is str for name in one["kinds"]), "picture")
        demand(all(type(name) in (str, float, int) for name, _ in one["bars"]), "picture")
        demand(all(type(values) is list for line in one["lines"] for values in line), "picture")
        numbers = [height for _, height in one["bars"]] + [
            number for pair in one["points"] for number in pair
        ]
        numbers += [number for line in one["lines"] for values in line for number in values]
        demand(all(type(number) is float for number in numbers), "picture")
    return Picture(axes)


def _build_foreign(name: Any, function: Any) -> Foreign:
    return Foreign(exact(name, str), exact(function, bool))


_UNITS = ("Y", "Q", "M", "W", "D", "h", "min", "s", "ms", "us", "ns")
_COUNTS = (1, 4, 12, 53, 366, 8784, 527040, *(31622400 * 1000**power for power in range(4)))
_PER_YEAR: dict[str, int] = dict(zip(_UNITS, _COUNTS, strict=True))


def _check_periods(ordinals: Any, freq: Any) -> None:
    """Refuse what lies beyond 10,000 years: pandas computes with it, but wrongly."""
    found = re.fullmatch(r"\d{0,4}([YQMWDhs]|min|[mun]s)(-[A-Z]{3})?", exact(freq, str))
    limit = min(10_000 * _PER_YEAR[found[1] if found else ""], 2**63 - 1)
    there = np.asarray(ordinals, np.int64)
    there = there[there != np.iinfo(np.int64).min]  # that is how pandas writes a gap
    demand((abs(there) <= limit).all(), "period")


def _build_period(ordinal: Any, freq: Any) -> Any:
    _check_periods([exact(ordinal, int)], freq)
    return pd.Period(ordinal=ordinal, freq=freq)


def _build_periods(ordinals: Any, freq: Any) -> Any:
    demand(exact(ordinals, np.ndarray).dtype == np.int64, "ordinals")
    _check_periods(ordinals, freq)
    return cast("Any", pd.PeriodIndex).from_ordinals(ordinals, freq=freq).array


def _build_timestamp(moment: Any, zone: Any) -> Any:
    made = pd.Timestamp(_unit_kept(moment, np.datetime64))
    return made if _zone(zone) is None else made.tz_localize("UTC").tz_convert(zone)


def _build_duration(length: Any) -> Any:
    return pd.Timedelta(_unit_kept(length, np.timedelta64))


def _unit_kept(value: Any, kind: type) -> Any:
    unit, count = np.datetime_data(exact(value, kind).dtype)
    demand(unit in ("s", "ms", "us", "ns") and count == 1 and not np.isnat(value), "unit")
    return value


def _build_moments(values: Any, zone: Any) -> Any:
    demand(exact(values, np.ndarray).dtype.kind == "M" and values.ndim == 1, "moments")
    made = pd.DatetimeIndex(values)
    demand(made.dtype == values.dtype, "unit")
    return (made if _zone(zone) is None else made.tz_localize("UTC").tz_convert(zone)).array


def _take_moments(value: Any) -> tuple[Any, ...]:
    index = pd.DatetimeIndex(value)
    return index.tz_convert(None).to_numpy() if index.tz else index.to_numpy(), index.tz


def _build_durations(values: Any) -> Any:
    demand(exact(values, np.ndarray).dtype.kind == "m" and values.ndim == 1, "durations")
    made = pd.TimedeltaIndex(values)
    demand(made.dtype == values.dtype, "unit")
    return made.array


def _take_words(value: Any) -> tuple[Any, ...]:
    gaps = value.isna()
    words = value.to_numpy(dtype=object, copy=True)
    words[gaps] = ""
    return value.dtype.storage, value.dtype.na_value is pd.NA, words.tolist(), gaps if gaps.any() else None


def _build_words(storage: Any, has_na: Any, words: Any, gaps: Any) -> Any:
    dtype = pd.StringDtype(exact(storage, str), pd.NA if exact(has_na, bool) else np.nan)
    demand(all(type(word) is str for word in exact(words, list)), "text")
    made = np.fromiter(words, object, len(words))
    if gaps is not None:
        demand(exact(gaps, np.ndarray).dtype == bool and gaps.shape == made.shape, "gaps")
        made[gaps] = dtype.na_value
    return pd.array(made, dtype=dtype)


def _take_gaps(value: Any) -> tuple[Any, ...]:
    return value._data, value._mask


def _build_gaps(values: Any, gaps: Any) -> Any:
    kind = exact(values, np.ndarray).dtype.kind
    made = {"b": pd.arrays.BooleanArray, "f": pd.arrays.FloatingArray}.get(kind, pd.arrays.IntegerArray)
    demand(values.ndim == 1 and exact(gaps, np.ndarray).shape == values.shape, "gaps")
    return made(values, gaps)


def _build_categories(codes: Any, categories: Any, ordered: Any) -> Any:
    demand(exact(codes, np.ndarray).ndim == 1 and codes.dtype.kind == "i", "codes")
    demand(isinstance(categories, pd.Index), "categories")
    return pd.Categorical.from_codes(codes, categories, ordered=exact(ordered, bool))


def _build_intervals(left: Any, right: Any, closed: Any) -> Any:
    demand(isinstance(left, pd.Index) and isinstance(right, pd.Index), "ends")
    return pd.arrays.IntervalArray.from_arrays(left, right, closed=exact(closed, str))


def _column(data: Any) -> Any:
    return data.to_numpy() if isinstance(data.dtype, np.dtype) else data.array


def _checked_column(values: Any, made: Any) -> Any:
    """Return what pandas made of values, if it is what they were."""
    demand(isinstance(values, np.ndarray | pd.api.extensions.ExtensionArray), "column")
    demand(values.ndim == 1 and made.dtype == values.dtype and len(made) == len(values), "column")
    return made


def _label(name: Any) -> Any:
    hash(name)
    return name


def _build_index(values: Any, name: Any) -> Any:
    made = pd.Index(values, dtype=values.dtype, name=_label(name))
    return _checked_column(values, made)


def _build_range_index(start: Any, stop: Any, step: Any, name: Any) -> Any:
    return pd.RangeIndex(_build_range(start, stop, step), name=_label(name))


def _build_multi_index(names: Any, *parts: Any) -> Any:
    levels, codes = parts[: len(parts) // 2], parts[len(parts) // 2 :]
    for level, numbers in zip(levels, codes, strict=True):
        demand(isinstance(level, pd.Index) and exact(numbers, np.ndarray).dtype.kind == "i", "levels")
    demand(all(len(numbers) == len(codes[0]) for numbers in codes), "levels")
    return pd.MultiIndex(list(levels), list(codes), names=[_label(name) for name in exact(names, list)])


def _take_series(value: Any) -> tuple[Any, ...]:
    series = value if type(value) is pd.Series else pd.Series(value)
    return _column(series), series.index, series.name


def _build_series(values: Any, index: Any, name: Any) -> Any:
    demand(isinstance(index, pd.Index) and len(index) == len(values), "index")
    return _checked_column(values, pd.Series(values, index, values.dtype, _label(name), copy=False))


def _take_frame(value: Any) -> tuple[Any, ...]:
    frame = value if type(value) is pd.DataFrame else pd.DataFrame(value)
    columns = [_column(frame.iloc[:, place]) for place in range(frame.shape[1])]
    return frame.index, frame.columns, *columns


def _build_frame(index: Any, columns: Any, *arrays: Any) -> Any:
    series = {place: _build_series(values, index, None) for place, values in enumerate(arrays)}
    demand(isinstance(columns, pd.Index) and isinstance(index, pd.Index), "columns")
    made = pd.DataFrame(series, index=index, copy=False)
    made.columns = columns
    return made


_SCALARS = (
    *(np.bool_, np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64),
    *(np.longlong, np.ulonglong, np.float16, np.float32, np.float64, np.complex64, np.complex128),
    *(np.datetime64, np.timedelta64),
)
_CLOCK = ("hour", "minute", "second", "microsecond", "fold", "tzinfo")

# A message names a kind by its place here.
RICH = [
    Rich(dt.date, 4, lambda v: (dt.date.toordinal(v),), dt.date.fromordinal),
    Rich(dt.datetime, 4, _fields(dt.datetime, "year", "month", "day", *_CLOCK), _build_datetime),
    Rich(dt.time, 4, _fields(dt.time, *_CLOCK), _build_time),
    Rich(dt.timedelta, 4, _fields(dt.timedelta, "days", "seconds", "microseconds"), dt.timedelta),
    Rich(dt.timezone, 4, _take_offset, _build_offset),
    Rich(zoneinfo.ZoneInfo, 4, lambda v: (v.key,), _build_zone, limited=True),
    Rich(decimal.Decimal, 4, lambda v: (decimal.Decimal.__str__(v),), _build_decimal, limited=True),
    Rich(fractions.Fraction, 4, _fields(fractions.Fraction, "numerator", "denominator"), fractions.Fraction),
    Rich(range, 4, lambda v: (v.start, v.stop, v.step), _build_range, limited=True),
    Rich(np.generic, 4, _take_scalar, _build_scalar, like=_SCALARS),
    Rich(np.str_, 4, lambda v: (str.__str__(v),), lambda v: np.str_(exact(v, str))),
    Rich(np.bytes_, 4, lambda v: (bytes.__getitem__(v, slice(None)),), lambda v: np.bytes_(exact(v, bytes))),
    Rich(np.ndarray, 20, _take_array, _build_array),
    Rich(Picture, 4, lambda v: (v.axes,), _build_picture, strict=True, limited=True),
    Rich(Foreign, 4, lambda v: (v.name, v.function), _build_foreign, limited=True),
    Rich(type(pd.NA), 0, lambda v: (), lambda: pd.NA),
    Rich(type(pd.NaT), 0, lambda v: (), lambda: pd.NaT),
    Rich(pd.Timestamp, 10, _fields(pd.Timestamp, "asm8", "tzinfo"), _build_timestamp),
    Rich(pd.Timedelta, 10, _fields(pd.Timedelta, "asm8"), _build_duration),
    Rich(pd.Period, 20, _fields(pd.Period, "ordinal", "freqstr"), _build_period, limited=True),
    Rich(pd.Interval, 10, _fields(pd.Interval, "left", "right", "closed"), pd.Interval),
    Rich(pd.arrays.DatetimeArray, 100, _take_moments, _build_moments),
    Rich(pd.arrays.TimedeltaArray, 100, lambda v: (v.to_numpy(),), _build_durations),
    Rich(
        pd.arrays.PeriodArray,
        100,
        lambda v: (v.asi8, pd.PeriodIndex(v).freqstr),
        _build_periods,
        limited=True,
    ),
    Rich(pd.arrays.IntervalArray, 100, lambda v: (v.left, v.right, v.closed), _build_intervals, strict=True),
    Rich(pd.Categorical, 100, lambda v: (v.codes, v.categories, v.ordered), _build_categories, strict=True),
    Rich(
        pd.arrays.StringArray,
        100,
        _take_words,
        _build_words,
        strict=True,
        like=(pd.arrays.ArrowStringArray,),
    ),
    Rich(
        pd.arrays.IntegerArray,
        100,
        _take_gaps,
        _build_gaps,
        like=(pd.arrays.FloatingArray, pd.arrays.BooleanArray),
    ),
    Rich(pd.Index, 100, lambda v: (_column(v), v.name), _build_index, strict=True),
    Rich(
        pd.RangeIndex,
        100,
        lambda v: (v.start, v.stop, v.step, v.name),
        _build_range_index,
        strict=True,
        limited=True,
    ),
    Rich(pd.MultiIndex, 100, lambda v: (list(v.names), *v.levels, *v.codes), _build_multi_index, strict=True),
    Rich(pd.Series, 100, _take_series, _build_series),
    Rich(pd.DataFrame, 100, _take_frame, _build_frame),
]
