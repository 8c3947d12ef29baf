"""Values between judge and runner: they arrive as they were, and no bytes whatever do harm."""

from __future__ import annotations

import collections
import contextlib
import datetime as dt
import decimal
import enum
import fractions
import os
import random
import socket
import struct
import subprocess
import sys
import threading
import time
import zoneinfo
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import seaborn as sns
from hypothesis import given, settings

from csmodels_helpers.check_calls import Foreign, Picture
from csmodels_helpers.grading import protocol_codec
from csmodels_helpers.grading.protocol import Channel, ProtocolError, pack, unpack
from csmodels_helpers.grading.protocol_kinds import RICH

BERLIN, UTC = zoneinfo.ZoneInfo("Europe/Berlin"), dt.UTC
ODD_NAN = struct.unpack("<d", bytes.fromhex("010000000000f0ff"))[0]  # signalling, negative, with a payload
# Across a change of the clocks; a list, because freq does not travel.
TIMES = pd.DatetimeIndex(list(pd.date_range("2024-03-30 23:30", periods=4, freq="h", tz="Europe/Berlin")))
PICTURE = Picture(
    [
        {
            "title": "t",
            "xlabel": "x",
            "ylabel": "y",
            "kinds": ["bar", "line", "point"],
            "bars": [["a", 3.0], [2, 4.0], [0.5, 1.0]],
            "lines": [[[0.0], [1.0]]],
            "points": [[1.0, 2.0]],
            "sideways": False,
        }
    ]
)

SCALARS: list[Any] = [
    *(None, ..., True, False, 0, -1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**3999, -(10**3999)),
    *(0.0, -0.0, 1e-320, float("inf"), float("-inf"), float("nan"), ODD_NAN, 1j, complex("-nan-0j")),
    *("", "a", "客户 😀", "\ud800", "\ud83d\ude00", "\udc00\x00", b"", b"\x00\xff"),
    *(range(0), range(5, -5, -3), range(2**70, 2**70 + 3)),
    *(dt.date.min, dt.date.max, dt.date(2024, 2, 29), dt.timedelta.min, dt.timedelta(1, 2, 3)),
    *(dt.datetime(2024, 10, 27, 2, 30, tzinfo=BERLIN, fold=1), dt.datetime(2024, 1, 1, 1, 2, 3, 4)),
    dt.datetime(2024, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30, microseconds=7), "Mine")),
    *(dt.time(1, 2, 3, 4, tzinfo=UTC, fold=1), dt.time(), UTC, BERLIN, dt.timezone(dt.timedelta(hours=-3))),
    *(decimal.Decimal(words) for words in ("1.50", "-0", "NaN", "sNaN12", "-Infinity", "1E+4000", "1E-4000")),
    *(fractions.Fraction(-3, 7), fractions.Fraction(10**50)),
    *(kind(1) for kind in (np.bool_, np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32)),
    *(np.uint64(2**64 - 1), np.float16(0.1), np.float32(-0.0), np.float64("nan"), np.complex64(1j)),
    *(np.complex128(-1j), np.str_("客"), np.str_("a\x00"), np.bytes_(b"a\x00b")),
    *(np.datetime64("2024-01-02", "D"), np.datetime64("NaT", "ms"), np.datetime64(3, "25s")),
    *(np.datetime64("NaT"), np.timedelta64(5), np.timedelta64(-5, "ns"), np.timedelta64(2, "W")),
    *(pd.NA, pd.NaT, pd.Timestamp("2024-01-01 01:02:03.123456789"), pd.Timestamp(5, unit="s").as_unit("s")),
    *(pd.Timestamp("2024-10-27 02:30+01:00").tz_convert(BERLIN), pd.Timestamp("2024-01-01", tz="UTC")),
    *(pd.Timedelta(3, "ns"), pd.Timedelta("1D").as_unit("ms"), pd.Timedelta.min, pd.Timestamp.max),
    *(
        pd.Period("2024Q1"),
        pd.Period("2024-02", "3M"),
        pd.Period("2024-02-01", "W-WED"),
        pd.Period("2024", "Y"),
    ),
    *(pd.Period("2024-02-01 12:00:00.000001", "us"), pd.Interval(0, 1), pd.Interval(0.5, 1.5, closed="left")),
    *(pd.Interval(TIMES[0], TIMES[1], "neither"), pd.Interval(pd.Timedelta(0), pd.Timedelta(1), "both")),
    *(Foreign("generator"), Foreign("f", True), PICTURE, Picture([])),
]

CONTAINERS: list[Any] = [
    *([], (), {}, set(), frozenset(), [[]], ((),), [None] * 9, ["a", "", "客", "\ud800"] * 3),
    *([1.0, -0.0, ODD_NAN, 2.0], [1, 2, 3, 2**63], [1, 2, 3, -(2**63)], [True, 1, 1.0, "1"], [True] * 5),
    *([("a", 1.5), ("客", 2.0)] * 3, [(i, i) for i in range(9)], [("a",), ("b", 1)] * 3, [()] * 5),
    *({1: 2}, {"1": 2}, {None: 1, ...: 2, (1, (2,)): 3, frozenset([1]): 4, dt.date(2024, 1, 1): 5, 2.5: 6}),
    *({"b": 1, "a": 2, "c": 3}, {-1: 1, -2: 2}, {float("nan"): 1, 0: 2}, {True: "yes", 0: "no"}),
    *({1, "a", None, (1, 2)}, frozenset([frozenset([1]), 2]), {i: str(i) for i in range(100)}),
    {"do": "call", "args": [[1, 2], (3.5, "x")], "kwargs": {"k": {"deep": [{"er": (set(),)}]}}},
]

ARRAYS: list[Any] = [
    *(
        np.array(3),
        np.array("a"),
        np.array(None),
        np.array([]),
        np.empty((0, 5), "i2"),
        np.empty((3, 0), "O"),
    ),
    *(np.array([True, False]), np.arange(6).reshape(2, 3).T, np.arange(3, dtype=">i4"), np.zeros(2, "u8")),
    *(
        np.array([0.1, np.nan], "f2"),
        np.array([1j], "c8"),
        np.array(["a", "客户\x00b"]),
        np.array([b"a\x00"]),
    ),
    *(np.array(["a", "b"], ">U3"), np.array(["2024-01-01", "NaT"], "M8[D]"), np.array([1], "m8[25us]")),
    *(np.array([1, "a", None, [1, [2]], (3,)], dtype=object), np.array([[[1], "a"], [None, 2.5]], object)),
    *(np.array(["a", "b", "c", "d"], object), np.arange(12.0)[::2], np.ones((1,) * 20, "i1")),
    *(np.full(2, "NaT", "M8"), np.array([[1, 2], [3, 4]], order="F")),
]

COLUMNS: list[Any] = [
    *(pd.array([1, None, 3], "Int64"), pd.array([1, 2, 3], "UInt8"), pd.array([0.5, None, 2], "Float32")),
    *(pd.array([True, None, False], "boolean"), pd.array(["a", None, "客\x00"], "str")),
    *(pd.array(["a", pd.NA, ""], "string"), pd.array(["a", pd.NA, ""], "string[python]")),
    pd.array(["a", None, "b"], pd.StringDtype("python", np.nan)),
    *(pd.Categorical(["b", None, "a"], ["b", "a", "unused"], ordered=True), pd.Categorical([1, 2, 1])),
    *(pd.Categorical(TIMES[:3]), pd.cut([1, 5, np.nan], [0, 2, 6])),
    *(TIMES[:3].array, TIMES[:3].tz_convert(None).array, TIMES[:3].tz_convert("UTC").as_unit("s").array),
    *(pd.to_timedelta(["1s", None, "2D"]).array, pd.period_range("2024", periods=3, freq="Q").array),
    *(pd.PeriodIndex(["2024-01-01", None, "2024-01-09"], freq="W").array,),
    *(pd.IntervalIndex.from_tuples([(0, 1), (1.5, 2), np.nan], "left").array,),
]
PLAIN_COLUMNS: list[Any] = [
    *(np.array([1, 2, 3], "i1"), np.array([0.5, np.nan, -0.0]), np.array([1, 2, 3], "f4"), np.zeros(3, "?")),
    *(np.array(["a", None, [1]], object), np.array([1, 2.5, "x"], object), np.array([1j, 2, 3])),
    np.array(["2024-01-01", "NaT", "1900-01-01"], "M8[us]"),
    *(np.array([dt.date(2024, 1, 1), None, pd.NaT], object), np.array([1, 2, 3], "m8[s]")),
]
INDEXES: list[Any] = [
    *(
        pd.RangeIndex(3),
        pd.RangeIndex(6, 0, -2, name="n"),
        pd.RangeIndex(0),
        pd.Index([3, 1, 1], name=("a", 1)),
    ),
    *(pd.Index(["a", "b", None]), pd.Index(["a", 1, None], dtype=object), pd.Index([(1, 2), (3, 4), (5, 6)])),
    *(pd.Index([], dtype=object), pd.Index([], dtype="str"), pd.Index([True, False, True]), TIMES[:3]),
    pd.Index([(1, 2), (3,), ()], tupleize_cols=False, name=2.5),
    pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", np.nan)], names=["x", None]),
    pd.MultiIndex.from_product([["a"], [1, 2, 3]]).set_levels([["a", "unused"], [1, 2, 3]]),
    pd.MultiIndex.from_arrays([TIMES[:3], pd.Categorical([1, 2, 1])], names=[("t", 1), 0]),
    pd.MultiIndex(levels=[[], []], codes=[[], []], names=["a", "b"]),
    *(pd.Index(values, name="n") for values in COLUMNS),
]
SERIES: list[Any] = [
    *(pd.Series(values, dtype=values.dtype, name="v") for values in [*COLUMNS, *PLAIN_COLUMNS]),
    *(pd.Series([1, 2, 3], index=index) for index in INDEXES if len(index) == 3),
    *(pd.Series([], dtype=object), pd.Series([], dtype="str", name=dt.date(2024, 1, 1))),
]
WHOLE = pd.DataFrame({n: pd.Series(v, dtype=v.dtype) for n, v in enumerate([*COLUMNS, *PLAIN_COLUMNS])})
FRAMES: list[Any] = [
    *(WHOLE, WHOLE.iloc[:0], WHOLE.set_axis(TIMES[:3]), pd.DataFrame(), pd.DataFrame(index=["a", "b"])),
    *(pd.DataFrame(columns=["a", "b"]), pd.DataFrame([[1, "x", 2.5]], columns=["a", "a", "b"])),
    pd.DataFrame(
        [[1, 2, 3]], columns=pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["k", "l"])
    ),
    pd.DataFrame([[1, "a"]], columns=[None, (1, 2)], index=pd.Index(["x"], name="客户")),
    pd.DataFrame({"a": [1, 2, 3]}, index=INDEXES[0]).rename_axis(columns=dt.date(2024, 1, 1)),
    pd.DataFrame({"nested": [pd.Series([1]), {"a": np.arange(3)}, [pd.DataFrame({"b": [1]})]]}),
]
SAMPLES = [*SCALARS, *CONTAINERS, *ARRAYS, *COLUMNS, *INDEXES, *SERIES, *FRAMES]


def assert_same(one: Any, two: Any) -> None:
    """Compare to the last bit: kinds, order, names, dtypes, zones."""
    assert type(one) is type(two)
    if isinstance(one, pd.DataFrame):
        assert_same(one.index, two.index)
        assert_same(one.columns, two.columns)
        for place in range(one.shape[1]):
            assert_same(one.iloc[:, place], two.iloc[:, place])
    elif isinstance(one, pd.Series):
        assert_same(one.name, two.name)
        assert_same(one.index, two.index)
        assert_same(values_of(one), values_of(two))
    elif isinstance(one, pd.MultiIndex):
        for name in ("names", "levels", "codes"):
            assert_same(list(getattr(one, name)), list(getattr(two, name)))
    elif isinstance(one, pd.Index):
        assert_same(one.name, two.name)
        assert one.dtype == two.dtype
        assert_same(values_of(one), values_of(two))
    elif isinstance(one, pd.Categorical):
        assert one.dtype == two.dtype
        assert_same(one.ordered, two.ordered)
        assert_same(one.categories, two.categories)
        assert_same(one.codes, two.codes)
    elif isinstance(one, pd.api.extensions.ExtensionArray):
        assert one.dtype == two.dtype
        assert str(one.dtype) == str(two.dtype)
        assert repr(one.dtype) == repr(two.dtype)
        assert_same(list(one), list(two))
    elif isinstance(one, np.ndarray):
        assert (one.dtype.str, one.shape) == (two.dtype.str, two.shape)
        assert two.flags.c_contiguous
        if one.dtype.kind == "O":
            assert_same(one.ravel().tolist(), two.ravel().tolist())
        else:
            assert one.tobytes() == two.tobytes()
    elif isinstance(one, np.generic) and not isinstance(one, str | bytes):
        assert (one.dtype.str, one.tobytes()) == (two.dtype.str, two.tobytes())
    elif isinstance(one, dict):
        assert_same(list(one.items()), list(two.items()))
    elif isinstance(one, list | tuple):
        assert len(one) == len(two)
        for mine, theirs in zip(one, two, strict=True):
            assert_same(mine, theirs)
    elif isinstance(one, set | frozenset):
        assert sorted(sorted(pack(entry)) for entry in one) == sorted(sorted(pack(entry)) for entry in two)
    elif isinstance(one, float):
        assert struct.pack("d", one) == struct.pack("d", two)
    elif isinstance(one, Picture):
        assert_same(one.axes, two.axes)
    elif isinstance(one, pd.Timestamp | pd.Timedelta):
        assert (one.unit, one.asm8) == (two.unit, two.asm8)
        assert str(getattr(one, "tz", None)) == str(getattr(two, "tz", None))
    elif isinstance(one, pd.Interval):
        assert_same([one.left, one.right, one.closed], [two.left, two.right, two.closed])
    elif isinstance(one, dt.datetime | dt.time) and one is not pd.NaT:
        assert (one.replace(tzinfo=None), one.fold) == (two.replace(tzinfo=None), two.fold)
        assert_same(one.tzinfo, two.tzinfo)
    else:
        # A text that is a NaN or a complex number is told by how it is written.
        assert repr(one) == repr(two)


def values_of(data: Any) -> Any:
    return data.to_numpy() if isinstance(data.dtype, np.dtype) else data.array


@pytest.mark.parametrize("value", SAMPLES, ids=lambda value: type(value).__name__)
def test_a_value_arrives_as_it_was(value: Any) -> None:
    packed = pack(value)
    assert_same(value, unpack(packed))
    assert_same([{"a": (value,)}], unpack(pack([{"a": (value,)}], foreign=True)))
    assert_same(value, unpack(bytes(bytearray(packed))))


@pytest.mark.parametrize("frame", FRAMES[:-1], ids=lambda frame: str(frame.shape))
def test_pandas_itself_finds_no_difference(frame: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(frame, unpack(pack(frame)), check_exact=True, check_flags=True)


def test_a_date_index_arrives_without_its_freq() -> None:
    days = pd.date_range("2024-01-01", periods=3, freq="D", name="day")
    arrived = unpack(pack(days))
    assert arrived.freq is None
    pd.testing.assert_index_equal(days._with_freq(None), arrived, exact=True)


def test_values_that_equal_one_another_stay_apart() -> None:
    """Else a right answer of the wrong kind would pass: 1, 1.0, True, "1" and their numpy likes."""
    likes = [1, 1.0, True, "1", np.int64(1), np.float64(1), np.True_, decimal.Decimal(1), (1,), [1]]
    assert len({pack(like) for like in likes}) == len(likes)
    assert [type(like) for like in unpack(pack(likes))] == [type(like) for like in likes]


def hashable(value: Any) -> bool:
    """Tell whether a value can be a key: a signalling NaN and a numpy duration without a unit cannot."""
    try:
        return isinstance(hash(value), int)
    except (TypeError, ValueError):
        return False


def among(values: list[Any]) -> st.SearchStrategy[Any]:
    """Draw one of the values; hypothesis would want to print them all."""
    return st.integers(0, len(values) - 1).map(lambda place: values[place])


texts = st.text(st.characters(exclude_categories=()), max_size=8)
zones = st.sampled_from([None, UTC, BERLIN, dt.timezone(dt.timedelta(minutes=-90))])
atoms = st.one_of(
    *(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(-(2**80), 2**80),
        texts,
        st.binary(max_size=8),
    ),
    *(st.floats(), st.complex_numbers(), st.dates(), st.times(), st.timedeltas(), st.fractions()),
    *(st.datetimes(timezones=zones, allow_imaginary=False), st.decimals(-(10**9), 10**9)),
    *(among([value for value in SCALARS if hashable(value)]),),
)
keys = st.recursive(
    atoms,
    lambda inner: st.one_of(st.tuples(inner, inner), st.frozensets(inner, max_size=3)),
    max_leaves=4,
)
values = st.recursive(
    st.one_of(atoms, among([*ARRAYS, *COLUMNS, *INDEXES, *SERIES[:5]])),
    lambda inner: st.one_of(
        *(st.lists(inner, max_size=6), st.lists(inner, max_size=3).map(tuple)),
        *(
            st.dictionaries(keys, inner, max_size=4),
            st.sets(keys, max_size=4),
            st.frozensets(keys, max_size=4),
        ),
    ),
    max_leaves=12,
)


@given(values)
@settings(max_examples=200, deadline=None)
def test_nested_values_arrive_as_they_were(value: Any) -> None:
    assert_same(value, unpack(pack(value)))


ROWS = st.tuples(texts, st.floats(), st.integers(-(2**63), 2**63 - 1))


@given(st.one_of(st.lists(ROWS, min_size=4), st.lists(st.tuples(texts | st.none(), texts), max_size=12)))
@settings(max_examples=200, deadline=None)
def test_rows_arrive_as_they_were(value: list[Any]) -> None:
    assert_same(value, unpack(pack(value)))


@given(st.one_of(*(st.lists(kind, max_size=12) for kind in (texts, st.floats(), st.integers()))))
@settings(max_examples=200, deadline=None)
def test_lists_of_one_kind_arrive_as_they_were(value: list[Any]) -> None:
    assert_same(value, unpack(pack(value)))
    assert_same(np.fromiter(value, object, len(value)), unpack(pack(np.fromiter(value, object, len(value)))))


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.integers(0, 5))

    def some(kind: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(kind, min_size=rows, max_size=rows))

    moments = st.one_of(st.none(), st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)))
    words = st.one_of(st.none(), st.text(max_size=5))
    whole = st.integers(-(2**63), 2**63 - 1)
    makers: list[Any] = [
        *(lambda: np.array(some(whole), "i8"), lambda: np.array(some(st.floats()), "f8")),
        *(lambda: np.array(some(st.booleans()), "?"), lambda: pd.array(some(words), "str")),
        *(lambda: np.fromiter(some(values), object, rows), lambda: pd.array(some(words), "string[python]")),
        *(lambda: pd.array(some(st.one_of(st.none(), st.booleans())), "boolean"),),
        *(lambda: pd.array(some(st.one_of(st.none(), whole)), "Int64"),),
        lambda: pd.DatetimeIndex(some(moments), dtype="M8[us]").array,
        lambda: pd.DatetimeIndex(some(moments), dtype="M8[ns]").tz_localize("UTC").tz_convert(BERLIN).array,
        lambda: pd.Categorical(some(st.sampled_from([None, "a", "b"])), ordered=draw(st.booleans())),
        lambda: pd.PeriodIndex(some(moments), freq="D").array,
    ]
    columns = [make() for make in draw(st.lists(st.sampled_from(makers), max_size=6))]
    index = draw(st.sampled_from([*makers[:4], *makers[8:]]))()
    made = pd.DataFrame(
        {place: pd.Series(column, dtype=column.dtype) for place, column in enumerate(columns)}
    )
    made.index = pd.Index(index, dtype=index.dtype, name=draw(keys)) if columns else made.index
    names = draw(st.lists(keys, min_size=len(columns), max_size=len(columns)))
    made.columns = pd.Index(np.fromiter(names, object, len(names)), dtype=object, tupleize_cols=False)
    return made


@given(frames())
@settings(max_examples=80, deadline=None)
def test_frames_arrive_as_they_were(frame: pd.DataFrame) -> None:
    assert_same(frame, unpack(pack(frame)))


class Grade(enum.IntEnum):
    GOOD = 2


class Word(str):
    __slots__ = ()

    def encode(self, *_: Any) -> bytes:
        raise RuntimeError

    def __str__(self) -> str:
        return "lie"

    def __len__(self) -> int:
        return 10**9

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 1


class Row(list[Any]):
    def __iter__(self) -> Any:
        raise RuntimeError

    def __len__(self) -> int:
        return 10**9

    def __getitem__(self, place: Any) -> Any:
        raise RuntimeError


class Book(dict[Any, Any]):
    def __iter__(self) -> Any:
        raise RuntimeError

    items = keys = __len__ = __getitem__ = __iter__


class Table(pd.DataFrame):
    @property
    def _constructor(self) -> type:
        return Table

    def to_numpy(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError

    items = __iter__ = __array__ = to_numpy


class Column(pd.Series):
    array = property(lambda self: 1 / 0)
    to_numpy = __array__ = __iter__ = Table.to_numpy


class Part(float):
    def __float__(self) -> float:
        return 9.0


class Day(dt.datetime):
    year = 5  # type: ignore[assignment]

    def utcoffset(self) -> Any:
        raise RuntimeError


ORDERED = collections.OrderedDict(a=1, b=2)
ORDERED.move_to_end("a")
POINT = collections.namedtuple("POINT", "x y")(1, 2)
SUBCLASSES = [
    *((collections.Counter("aab"), {"a": 2, "b": 1}), (collections.defaultdict(list, a=[1]), {"a": [1]})),
    *((ORDERED, {"b": 2, "a": 1}), (POINT, (1, 2)), (Grade.GOOD, 2), (Word("w"), "w"), (Part(2.5), 2.5)),
    *((Row([1, 2]), [1, 2]), (Book(a=Row([1])), {"a": [1]}), ([Word("a"), Word("b")] * 2, ["a", "b"] * 2)),
    *((Table({"a": [1, 2]}), pd.DataFrame({"a": [1, 2]})), (Column([1, 2]), pd.Series([1, 2]))),
    *((Day(2024, 1, 1, tzinfo=BERLIN), dt.datetime(2024, 1, 1, tzinfo=BERLIN)),),
    *((np.matrix([[1, 2]]), np.array([[1, 2]])), (type("F", (np.float64,), {})(2), np.float64(2))),
    *(
        (type("B", (bytes,), {"__len__": None})(b"ab"), b"ab"),
        (type("D", (dt.date,), {})(1, 2, 3), dt.date(1, 2, 3)),
    ),
    (type("I", (int,), {"__int__": None, "__lt__": None})(7), 7),
    (type("L", (int,), {"__class__": str})(7), 7),
    (type("T", (tuple,), {"__iter__": None})((1, 2)), (1, 2)),
    (type("S", (set,), {"__iter__": None})({1}), {1}),
    (type("P", (pd.Timestamp,), {})("2024-01-01"), pd.Timestamp("2024-01-01")),
]


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize(("value", "base"), SUBCLASSES, ids=lambda value: type(value).__name__)
def test_a_subclass_is_sent_as_its_base(value: Any, base: Any) -> None:
    assert_same(base, unpack(pack(value)))


class Liar:
    """Claims to be a list, equal to everything, and to have parts."""

    __class__ = list  # type: ignore[assignment]
    dtype = np.dtype(float)

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash("a")

    def __len__(self) -> int:
        return 10**12

    def __iter__(self) -> Any:
        raise KeyboardInterrupt

    def __reduce__(self) -> Any:
        raise KeyboardInterrupt

    def __array__(self, *_: Any) -> Any:
        raise KeyboardInterrupt

    def __getattr__(self, name: str) -> Any:
        raise KeyboardInterrupt


class Meta(type):
    """A class of classes that lies about them."""

    __mro__ = property(lambda cls: 1 / 0)
    __name__ = property(lambda cls: "int")

    def __eq__(cls, other: object) -> bool:
        return True

    def __hash__(cls) -> int:
        return hash(list)


class Made(metaclass=Meta):
    pass


def quits(self: Any, *_: Any) -> Any:
    raise SystemExit


STRANGE: list[tuple[Any, str]] = [
    *((Liar(), "Liar"), (Made(), "Made"), (object(), "object"), (len, "builtin_function_or_method")),
    *((Liar, "type"), ((x for x in ()), "generator"), (Path(), type(Path()).__name__), (sys, "module")),
    *((ValueError("x"), "ValueError"), (bytearray(3), "bytearray"), ({}.keys(), "dict_keys")),
    *((collections.deque(), "deque"), (np.ma.array([1]), "MaskedArray"), (np.longdouble(1), "longdouble")),
    *((np.zeros(2, "i4,f8"), "ndarray"), (np.zeros(2, "f16"), "ndarray"), (10**4001, "int")),
    *((decimal.Decimal("1E+5000"), "Decimal"), (range(10**18), "range"), (np.empty((10**9, 0)), "ndarray")),
    *((pd.RangeIndex(10**9), "RangeIndex"), (pd.Series([1], dtype="Sparse[int]"), "Series")),
    *((pd.DataFrame({"a": pd.array([1], "int64[pyarrow]")}), "DataFrame"), (pd.Index([len, 1]), "Index")),
    *((pd.Categorical([Liar, len]), "Categorical"), (pd.DataFrame(index=[len]), "DataFrame")),
    *((dt.datetime(2024, 1, 1, tzinfo=type("Z", (dt.tzinfo,), {})()), "datetime"), (type, "type")),
    *(
        (pd.DataFrame({"a": [1]}).groupby("a"), "DataFrameGroupBy"),
        (pd.Period(ordinal=10**6, freq="Y"), "Period"),
    ),
    (type("Q", (dict,), {"__getattribute__": quits})(), ""),
    *(
        (type("Q", (pd.DataFrame,), {"_mgr": property(quits, lambda *_: None)})(), "Q"),
        ({(len,), (max,)}, "set"),
    ),
    *(({Word("a"): 1, Liar(): 2, "b": 3}, ""), ({i * (2**61 - 1): 0 for i in range(30)}, "dict")),
]


@pytest.mark.filterwarnings("ignore:Period with BDay:FutureWarning")
@pytest.mark.parametrize(("value", "name"), STRANGE, ids=lambda value: type(value).__name__)
def test_what_does_not_travel_is_named(value: Any, name: str) -> None:
    arrived = unpack(pack([value, 1], foreign=True))
    assert arrived[1] == 1
    if name:
        assert arrived[0] == Foreign(name, callable(value))
        with pytest.raises(ProtocolError, match="does not travel"):
            pack([value])


def test_a_stand_in_takes_the_place_of_the_part() -> None:
    sent = {"a": [1, len, (2, object())], "frame": pd.DataFrame({"x": [1, max], "y": ["a", "b"]})}
    arrived = unpack(pack(sent, foreign=True))
    function = Foreign("builtin_function_or_method", True)
    assert arrived["a"] == [1, function, (2, Foreign("object"))]
    assert arrived["frame"]["x"].tolist() == [1, function]
    assert arrived["frame"]["y"].tolist() == ["a", "b"]
    with pytest.raises(ProtocolError, match="type builtin_function_or_method does not travel"):
        pack(sent)


def test_drawings_become_pictures() -> None:
    figure, ax = plt.subplots()
    bars = ax.bar(["a"], [3])
    grid = sns.FacetGrid(pd.DataFrame({"x": [1, 2], "y": [2, 3]})).map(plt.scatter, "x", "y")
    arrived = unpack(pack([figure, ax, grid, bars[0], (x for x in ())], foreign=True))
    assert [one.axes[0]["bars"] for one in (arrived[0], arrived[1], arrived[3])] == [[["a", 3.0]]] * 3
    assert arrived[2].axes[0]["points"] == [[1.0, 2.0], [2.0, 3.0]]
    assert arrived[4] == Foreign("generator")
    with pytest.raises(ProtocolError, match="Figure"):
        pack(figure)
    plt.close("all")


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


def test_depth_cycles_and_size_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unpack(pack(nested(protocol_codec.MAX_DEPTH))) == nested(protocol_codec.MAX_DEPTH)
    around: dict[str, Any] = {}
    around["self"] = [around]
    wide: list[Any] = []
    for _ in range(30):
        wide = [wide] * 30
    monkeypatch.setattr(protocol_codec, "MAX_BYTES", 10_000)
    monkeypatch.setattr(protocol_codec, "MAX_PARTS", 5_000)
    large = [b"x" * 20_000, "x" * 20_000, np.zeros(5_000), [0.5] * 4_000, ["abc"] * 4_000]
    for value in [
        nested(protocol_codec.MAX_DEPTH + 1),
        around,
        wide,
        [None] * 5_001,
        {i: i for i in range(2_600)},
        *large,
    ]:
        with pytest.raises(ProtocolError, match=r"deeper|many|bytes"):
            pack(value)
        assert unpack(pack(value, foreign=True)) == Foreign(type(value).__name__)


def head(count: int) -> bytes:
    return count.to_bytes(4, "little")


def rich(kind: type, *parts: Any) -> bytes:
    """Write a rich value with parts that its own writer would never write."""
    place = [one.kind for one in RICH].index(kind)
    return bytes([128 + place]) + head(len(parts)) + b"".join(map(pack, parts))


BOMB = b"l" + head(2**32 - 1)
BAD = {
    "nothing": b"",
    "unknown kind": b"\xff",
    "rest": pack(1) + b"N",
    "cut": pack("abc")[:-1],
    "count": BOMB,
    "counts": BOMB * 1000,
    "size": b"b" + head(2**32 - 1) + b"x",
    "one too deep": (b"l" + head(1)) * 41 + pack([]),
    "depth": (b"l" + head(1)) * 100_000,
    "parts": b"l" + head(2_000_001) + b"N" * 2_000_001,
    "parts in parts": (b"l" + head(300)) + (b"l" + head(10_000) + b"N" * 10_000) * 300,
    "words": b"w" + head(4) + head(2) + pack("a"),
    "words that overflow": b"w" + head(8) + b"\xff" * 8 + pack("a"),
    "no columns": b"C" + head(0),
    "many columns": b"C" + head(17) + pack(["a", "b", "c", "d"]) * 17,
    "columns of columns": b"C" + head(1) + pack([("a",), ("b",), ("c",), ("d",)]),
    "columns of two lengths": b"C" + head(2) + pack([1, 2, 3, 4]) + pack([1, 2, 3, 4, 5]),
    "text": b"s" + head(1) + b"\xff",
    "digits": b"i" + head(1700) + b"\x7f" * 1700,
    "long digits": b"i" + head(10**6) + b"\x7f" * 10**6,
    "same key": b"d" + head(2) + pack(1) * 2 + b"NN",
    "like key": b"d" + head(2) + pack(1) + pack(1.0) + b"NN",
    "same member": b"S" + head(2) + pack("a") * 2,
    "unhashable": b"d" + head(1) + pack([]) + b"N",
    "picture as a key": b"S" + head(1) + pack(PICTURE),
    "one hash": b"S" + head(60) + b"".join(pack(i * (2**61 - 1)) for i in range(60)),
    "date": rich(dt.date, 0),
    "zone": rich(zoneinfo.ZoneInfo, "../../etc/passwd"),
    "unknown zone": rich(zoneinfo.ZoneInfo, "Europe/Nowhere"),
    "folder as zone": rich(zoneinfo.ZoneInfo, "Europe"),
    "offset": rich(dt.timezone, dt.timedelta(3)),
    "decimal": rich(decimal.Decimal, "1E+999999999"),
    "decimal that is none": rich(decimal.Decimal, "x"),
    "fraction": rich(fractions.Fraction, 1, 0),
    "range": rich(range, 0, 10**18, 1),
    "range beyond": rich(range, 0, 10**30, 1),
    "endless range": rich(range, 0, 1, 0),
    "python code as dtype": rich(np.ndarray, "O8,O8", (1,), b"\0" * 16),
    "pointers": rich(np.ndarray, "|O", (1,), b"\0" * 8),
    "pointer": rich(np.generic, "|O", b"\0" * 8),
    "void": rich(np.ndarray, "|V8", (1,), b"\0" * 8),
    "long double": rich(np.ndarray, "<f16", (1,), b"\xff" * 16),
    "short array": rich(np.ndarray, "<i8", (2,), b"\0" * 8),
    "negative side": rich(np.ndarray, "<i8", (-1,), b""),
    "side that is true": rich(np.ndarray, "|b1", (True,), b"\0"),
    "empty but huge": rich(np.ndarray, "<i8", (10**12, 0), b""),
    "huge": rich(np.ndarray, "<i8", (2**32, 2**32), b""),
    "entries without bytes": rich(np.ndarray, "<U0", (10**12,), b""),
    "many sides": rich(np.ndarray, "|b1", (1,) * 40, b"\0"),
    "character": rich(np.ndarray, "<U1", (1,), b"\xff" * 4),
    "date without a unit": rich(np.ndarray, "<M8", (1,), b"\0" * 8),
    "numpy date without a unit": rich(np.generic, "<M8", b"\0" * 8),
    "bool": rich(np.ndarray, "|b1", (1,), b"\2"),
    "numpy bool": rich(np.generic, "|b1", b"\2"),
    "objects": rich(np.ndarray, "|O", (3,), [1]),
    "timestamp unit": rich(pd.Timestamp, np.datetime64("2024", "Y"), None),
    "timestamp": rich(pd.Timestamp, 5, None),
    "timestamp zone": rich(pd.Timestamp, np.datetime64(0, "s"), "UTC"),
    "timestamp range": rich(pd.Timestamp, np.datetime64(2**62, "s"), BERLIN),
    "period": rich(pd.Period, 2**62, "Y"),
    "period freq": rich(pd.Period, 1, "Yx"),
    "unit of dates": rich(pd.arrays.DatetimeArray, np.array(["2024-01-01"], "M8[D]"), None),
    "zone of dates": rich(pd.arrays.DatetimeArray, np.array([0], "M8[s]"), "UTC"),
    "unit of durations": rich(pd.arrays.TimedeltaArray, np.array([1], "m8[D]")),
    "ordinals": rich(pd.arrays.PeriodArray, np.array([1j]), "D"),
    "periods": rich(pd.arrays.PeriodArray, np.array([10**9]), "D"),
    "interval": rich(pd.Interval, 2, 1, "left"),
    "interval of lists": rich(pd.Interval, [], [1], "left"),
    "codes": rich(pd.Categorical, np.array([0, 2], "i1"), pd.Index(["a", "b"]), False),
    "negative codes": rich(pd.Categorical, np.array([-2], "i1"), pd.Index(["a", "b"]), False),
    "same category": rich(pd.Categorical, np.array([0], "i1"), pd.Index(["a", "a"]), False),
    "categories": rich(pd.Categorical, np.array([0], "i1"), ["a"], False),
    "string gaps": rich(pd.arrays.StringArray, "python", True, ["a"], np.array([True, False])),
    "string of numbers": rich(pd.arrays.StringArray, "python", True, [1], None),
    "string storage": rich(pd.arrays.StringArray, "disk", True, ["a"], None),
    "gaps": rich(pd.arrays.IntegerArray, np.array([1, 2]), np.array([True])),
    "gaps of numbers": rich(pd.arrays.IntegerArray, np.array([1]), np.array([1])),
    "gaps in text": rich(pd.arrays.IntegerArray, np.array(["a"]), np.array([True])),
    "range index": rich(pd.RangeIndex, 0, 10**15, 1, None),
    "index name": rich(pd.Index, np.array([1]), []),
    "index of a table": rich(pd.Index, np.array([[1]]), None),
    "level": rich(pd.MultiIndex, [None], pd.Index([1]), np.array([5])),
    "uneven levels": rich(pd.MultiIndex, [0, 1], *[pd.Index([1])] * 2, np.array([0]), np.array([0, 0])),
    "index of a series": rich(pd.Series, np.array([1, 2]), pd.RangeIndex(3), None),
    "one entry for many": rich(pd.Series, np.array([1]), pd.RangeIndex(3), None),
    "text in a series": rich(pd.Series, np.array(["a"]), pd.RangeIndex(1), None),
    "days in a series": rich(pd.Series, np.array(["2024-01-01"], "M8[D]"), pd.RangeIndex(1), None),
    "series of a list": rich(pd.Series, [1], pd.RangeIndex(1), None),
    "frame": rich(pd.DataFrame, pd.RangeIndex(2), pd.Index(["a"]), np.array([1])),
    "frame without names": rich(pd.DataFrame, pd.RangeIndex(1), pd.Index([]), np.array([1])),
    "frame with too many names": rich(pd.DataFrame, pd.RangeIndex(1), pd.Index([1, 2]), np.array([1])),
    "columns": rich(pd.DataFrame, pd.RangeIndex(1), ["a"], np.array([1])),
    "picture": rich(Picture, [{"title": 1}]),
    "picture lines": rich(Picture, [PICTURE.axes[0] | {"lines": [[[1.0]]]}]),
    "picture numbers": rich(Picture, [PICTURE.axes[0] | {"points": [["a", "b"]]}]),
    "foreign": rich(Foreign, 1, True),
    "too few parts": rich(pd.Series),
    "too many parts": rich(dt.date, 1, 2),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_bad_bytes_are_refused_at_once(data: bytes) -> None:
    start = time.perf_counter()
    with pytest.raises(ProtocolError, match="not a valid message"):
        unpack(data)
    assert time.perf_counter() - start < 3


def test_no_file_is_looked_for_under_a_strange_name() -> None:
    with pytest.raises(ProtocolError, match="time zone"):
        unpack(BAD["zone"])


def test_a_message_above_the_limit_is_refused() -> None:
    with pytest.raises(ProtocolError, match="67108865 bytes"):
        unpack(bytes(protocol_codec.MAX_BYTES + 1))


@given(st.binary(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_value_or_refused(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        pack(unpack(data))


parts = st.one_of(values, among([*SERIES[:3], *FRAMES[:3], np.array([0, 1]), pd.Index(["a", "b"])]))


@given(among(RICH), st.lists(parts, max_size=4))
@settings(max_examples=150, deadline=None)
def test_any_parts_make_a_value_or_are_refused(kind: Any, made_of: list[Any]) -> None:
    with contextlib.suppress(ProtocolError):
        value = unpack(rich(kind.kind, *made_of))
        assert_same(value, unpack(pack(value)))


def hammer(seed: int, count: int) -> int:
    """Unpack valid messages that were damaged, and valid kinds with parts of others; return how many went."""
    chance = random.Random(seed)
    messages = [pack(value) for value in SAMPLES]
    by_kind = [
        (kind.kind, kind.take(value)) for value in SAMPLES for kind in RICH if type(value) is kind.kind
    ]
    went = 0
    for turn in range(count):
        if turn % 4 == 0:
            kind, taken = chance.choice(by_kind)
            given_parts = list(taken)
            if given_parts:
                given_parts[chance.randrange(len(given_parts))] = chance.choice(SAMPLES)
            data = bytearray(rich(kind, *given_parts))
        else:
            data = bytearray(chance.choice(messages))
        for _ in range(chance.choice((0, 1, 1, 2, 5)) if turn % 4 == 0 else chance.choice((1, 1, 2, 8))):
            damage(data, chance, messages)
        with contextlib.suppress(ProtocolError):
            value = unpack(bytes(data))
            again = pack(value)
            assert sorted(pack(unpack(again))) == sorted(again)  # sets come in any order
            went += 1
    return went


def damage(data: bytearray, chance: random.Random, messages: list[bytes]) -> None:
    place = chance.randrange(len(data) + 1)
    match chance.randrange(6):
        case 0 if place < len(data):
            data[place] ^= 1 << chance.randrange(8)
        case 1 if place < len(data):
            data[place] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
        case 2:
            del data[place : place + chance.choice((1, 4, 10**6))]
        case 3:
            data[place:place] = chance.randbytes(chance.choice((1, 4, 8)))
        case 4:
            data[place : place + 4] = chance.choice((head(0), head(2**32 - 1), head(2**31), head(10**6)))
        case _:
            other = chance.choice(messages)
            start = chance.randrange(len(other))
            data[place : place + chance.choice((0, 4, 10**6))] = other[
                start : start + chance.choice((5, 50, 10**6))
            ]


def test_damaged_messages_are_values_or_refused() -> None:
    assert 100 < hammer(seed=1, count=3_000) < 2_500


def test_damaged_messages_do_no_harm_in_little_memory() -> None:
    """In a process of its own: memory has a limit there, and a crash or a hang is seen here."""
    code = """
import resource, sys
sys.path.insert(0, sys.argv[1])
import test_protocol
if sys.platform == "linux":
    now = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + 512 * 2**20,) * 2)
print(test_protocol.hammer(seed=2, count=20_000))
"""
    environment = {
        **os.environ,
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }
    command = [sys.executable, "-c", code, str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 1_000


@pytest.fixture
def ends() -> Any:
    one, two = socket.socketpair()
    with one, two:
        yield one, two


def test_a_channel_brings_values(ends: Any) -> None:
    judge, runner = map(Channel, ends)
    frame = pd.DataFrame({"n": np.arange(300_000)})  # more than a socket holds at once
    sender = threading.Thread(target=runner.send, args=({"value": frame},))
    sender.start()
    assert_same({"value": frame}, judge.receive(timeout=20))
    sender.join()
    for value in (None, [], {"do": "stop"}):
        judge.send(value)
    assert [runner.receive(5) for _ in range(3)] == [None, [], {"do": "stop"}]


def test_a_channel_saves_the_rest_of_a_message(ends: Any) -> None:
    judge, runner = map(Channel, ends)
    runner.send({"value": nested(50), "more": [len], "printed": "hello"}, foreign=True)
    assert judge.receive(5) == {
        "value": Foreign("list"),
        "more": [Foreign("builtin_function_or_method", True)],
        "printed": "hello",
    }
    with pytest.raises(ProtocolError, match="deeper"):
        runner.send(nested(50))
    runner.send("still in step")
    assert judge.receive(5) == "still in step"


def test_bytes_may_come_one_by_one(ends: Any) -> None:
    data = pack({"a": [1, 2, "客户"]})

    def drip() -> None:
        for byte in struct.pack("<Q", len(data)) + data:
            ends[1].sendall(bytes([byte]))
            time.sleep(0.001)

    sender = threading.Thread(target=drip)
    sender.start()
    assert Channel(ends[0]).receive(timeout=20) == {"a": [1, 2, "客户"]}
    sender.join()


def test_the_time_is_for_the_whole_message_and_nothing_is_lost(ends: Any) -> None:
    channel, stop = Channel(ends[0]), threading.Event()
    data = pack("x" * 40)
    message = struct.pack("<Q", len(data)) + data

    def drip() -> None:
        for byte in message[:-1]:
            ends[1].sendall(bytes([byte]))
            if stop.wait(0.02):
                return

    sender = threading.Thread(target=drip)
    sender.start()
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        channel.receive(timeout=0.3)
    assert 0.25 < time.monotonic() - start < 1
    sender.join()
    ends[1].sendall(message[-1:])
    assert channel.receive(timeout=5) == "x" * 40
    with pytest.raises(TimeoutError):
        channel.receive(timeout=0)


def test_a_reader_that_sleeps_does_not_hold_the_sender(ends: Any) -> None:
    channel = Channel(ends[0])
    with pytest.raises(TimeoutError):
        channel.send(b"x" * 10_000_000, timeout=0.2)
    with pytest.raises(EOFError):
        channel.send(1)


@pytest.mark.parametrize("come", [b"", b"\x05\0\0", struct.pack("<Q", 9) + b"q", struct.pack("<Q", 1)])
def test_the_other_side_may_be_gone(ends: Any, come: bytes) -> None:
    ends[1].sendall(come)
    ends[1].close()
    channel = Channel(ends[0])
    with pytest.raises(EOFError):
        channel.receive(timeout=5)
    with pytest.raises(EOFError):
        channel.send(b"x" * 10_000_000)
    channel.close()
    with pytest.raises(EOFError):
        channel.receive(timeout=5)


@pytest.mark.parametrize("size", [protocol_codec.MAX_BYTES + 1, 2**63, 2**64 - 1])
def test_a_header_above_the_limit_is_refused(ends: Any, size: int) -> None:
    ends[1].sendall(struct.pack("<Q", size))
    channel = Channel(ends[0])
    with pytest.raises(ProtocolError, match=f"{size} bytes"):
        channel.receive(timeout=5)
    with pytest.raises(EOFError):
        channel.receive(timeout=5)


def test_a_message_that_is_none_leaves_the_channel_in_step(ends: Any) -> None:
    ends[1].sendall(struct.pack("<Q", 0) + struct.pack("<Q", 1) + b"?" + struct.pack("<Q", 1) + b"T")
    channel = Channel(ends[0])
    for _ in range(2):
        with pytest.raises(ProtocolError):
            channel.receive(timeout=5)
    assert channel.receive(timeout=5) is True
    assert channel.received == 26
