"""Plain values between two processes: the judge, who knows the tests, and the runner of a trainee's code.

What comes from the runner may be hostile, so nothing is ever executed to read it: no pickle, no eval. A
message is one value (usually a dict) in this form, all numbers little-endian:

- a value starts with a byte that names its kind;
- None, Ellipsis, True and False have nothing more; numbers, text (UTF-8) and bytes follow with their length;
- a list, tuple, set or dict has the number of its entries, then the entries (a dict: its keys, then its
  values); a list of text, of floats or of 64-bit ints alone is one block, because that is much faster;
- any other kind is made of simpler values, its parts (a date: its number; a frame: index, columns, one array
  a column); the table ``_RICH`` says for every such kind which parts it has and how it is made of them.

A reader counts every entry before it makes anything of it, and checks all that numpy and pandas would
believe. Where one cheap entry would cost much time or memory later, it counts for more than one (``cost``).
Two things remain: hashing slows down for numbers that someone has computed to that end, and a valid value can
be slow to work with. So whoever judges needs a time limit of their own.

Left out on purpose: ``freq`` of date indexes, ``attrs`` and flags of frames, the order of a set, the layout
of an array in memory (it arrives in C order). Not sent at all: long doubles, masked and structured arrays,
Arrow and sparse columns, time zones without a name or offset, Decimals beyond 10**±4000, ranges and arrays
beyond 16 million entries.
"""

from __future__ import annotations

import datetime as dt
import decimal
import fractions
import math
import re
import socket
import struct
import sys
import time
import zoneinfo
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from types import EllipsisType, NoneType, TracebackType
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd

from csmodels_helpers.check_calls import Foreign, Picture
from csmodels_helpers.errors import CourseError
from csmodels_helpers.language import text

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_PARTS", "Channel", "ProtocolError", "pack", "unpack"]

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 40
MAX_PARTS = 2_000_000

_MAX_LENGTH = 8 * MAX_PARTS  # of what takes no bytes for its entries, such as a range
_MAX_DIGITS = 4000  # of an int or a Decimal: Python itself refuses to print much longer ones
_END_OF_INTS = 10**_MAX_DIGITS
_MAX_ALIKE = 4  # keys of one hash: a dict compares each of them with all others
_PIECE = 2**20


class ProtocolError(CourseError):
    """A value cannot be sent, or bytes are not a message.

    Examples
    --------
    >>> pack(open)
    Traceback (most recent call last):
        ...
    csmodels_helpers.grading.protocol.ProtocolError: A value of type builtin_function_or_method does not
    travel between processes: send plain values, arrays or frames.
    """


class _BeyondError(ProtocolError):
    """Too deep, too many or too large: the value as a whole cannot be sent."""


def pack(value: Any, *, foreign: bool = False) -> bytes:
    """Write a value as bytes.

    Parameters
    ----------
    value : object
        Plain values, dates, numpy and pandas objects, nested as you like. An object of a subclass is sent as
        its base: a named tuple as a tuple, a Counter as a dict.
    foreign : bool
        Whether what does not travel is replaced: a drawing by a
        :class:`~csmodels_helpers.check_calls.Picture`, anything else by a
        :class:`~csmodels_helpers.check_calls.Foreign`. A value that is too deep or too large is replaced as a
        whole.

    Returns
    -------
    bytes
        What :func:`unpack` reads.

    Raises
    ------
    ProtocolError
        If the value or a part of it does not travel, and ``foreign`` is not set.

    Examples
    --------
    >>> unpack(pack({1: (2.0, "three")}))
    {1: (2.0, 'three')}
    >>> unpack(pack([open], foreign=True))
    [Foreign(name='builtin_function_or_method', function=True)]
    """
    try:
        return _packed(value, foreign)
    except ProtocolError:
        if not foreign:
            raise
        return _packed(_stand_in(value), False)


def unpack(data: bytes) -> Any:
    """Read a value from bytes that anybody may have written.

    Parameters
    ----------
    data : bytes
        What :func:`pack` wrote, or anything.

    Returns
    -------
    object
        The value; plain whatever the bytes are.

    Raises
    ------
    ProtocolError
        If the bytes are not exactly one valid value.

    Examples
    --------
    >>> unpack(pack(0.5)[:-1])
    Traceback (most recent call last):
        ...
    csmodels_helpers.grading.protocol.ProtocolError: These bytes are not a valid message (end at byte 1): send
    what pack() made.
    """
    if len(data) > MAX_BYTES:
        raise ProtocolError(text("protocol.size", size=len(data), allowed=MAX_BYTES))
    reader = _Reader(bytes(data))
    try:
        value = reader.read(0)
        _demand(reader.at == len(data), "bytes left over")
    except ProtocolError:
        raise
    except Exception as error:  # numpy and pandas have many ways to say no
        why = str(error) if type(error) is _Refusal else type(error).__name__
        raise ProtocolError(text("protocol.bytes", why=why)) from error
    return value


class Channel:
    """One end of a connection: sends values and receives them.

    Each message is its length in 8 bytes and what :func:`pack` makes. For one thread at a time.

    Parameters
    ----------
    connection : socket.socket
        A connected stream socket; the channel closes it.

    Examples
    --------
    >>> one, two = map(Channel, socket.socketpair())
    >>> with one, two:
    ...     one.send({"do": "call", "args": [1, 2]})
    ...     two.receive(timeout=5)
    {'do': 'call', 'args': [1, 2]}
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._come = bytearray()  # of the message that is on its way: a timeout loses nothing
        self.received = 0  # bytes, ever

    def send(self, value: Any, foreign: bool = False, timeout: float | None = None) -> None:
        """Send a value.

        Parameters
        ----------
        value : object
            See :func:`pack`.
        foreign : bool
            See :func:`pack`. Of a dict, an entry that is too deep or too large is replaced on its own, so
            that the rest of a message arrives.
        timeout : float, optional
            Seconds; the other side may not be reading.

        Raises
        ------
        ProtocolError
            If the value does not travel; then nothing was sent.
        TimeoutError
            If the time is over; then the connection is closed, because half a message is gone.
        EOFError
            If the other side is gone.

        Examples
        --------
        >>> one, two = map(Channel, socket.socketpair())
        >>> with one, two:
        ...     one.send({"value": open, "printed": ""}, foreign=True)
        ...     two.receive()["value"].function
        True
        """
        data = _pack_entries(value) if foreign and type(value) is dict else pack(value, foreign=foreign)
        try:
            self._socket.settimeout(timeout)
            self._socket.sendall(struct.pack("<Q", len(data)) + data)
        except TimeoutError:
            self.close()
            raise
        except OSError as error:
            raise EOFError from error

    def receive(self, timeout: float | None = None) -> Any:
        """Wait for a value.

        Parameters
        ----------
        timeout : float, optional
            Seconds for the whole message.

        Returns
        -------
        object
            The value.

        Raises
        ------
        ProtocolError
            If what came is not a value.
        TimeoutError
            If the time is over; what came so far is kept for the next call.
        EOFError
            If the other side is gone.

        Examples
        --------
        >>> one, two = map(Channel, socket.socketpair())
        >>> one.close()
        >>> two.receive()
        Traceback (most recent call last):
            ...
        EOFError
        >>> two.close()
        """
        end = None if timeout is None else time.monotonic() + timeout
        self._fill(8, end)
        (size,) = struct.unpack_from("<Q", self._come)
        if size > MAX_BYTES:
            self._come.clear()
            self.close()  # nobody knows where the next message would start
            raise ProtocolError(text("protocol.size", size=size, allowed=MAX_BYTES))
        self._fill(8 + size, end)
        data, self._come = bytes(memoryview(self._come)[8:]), bytearray()
        return unpack(data)

    def _fill(self, size: int, end: float | None) -> None:
        while len(self._come) < size:
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError
            try:
                self._socket.settimeout(left)
                piece = self._socket.recv(min(size - len(self._come), _PIECE))
            except TimeoutError:
                raise
            except OSError as error:
                raise EOFError from error
            if not piece:
                raise EOFError
            self._come += piece
            self.received += len(piece)

    def close(self) -> None:
        """Close the connection; again is no mistake.

        Examples
        --------
        >>> one, two = map(Channel, socket.socketpair())
        >>> one.close(), one.close(), two.close()
        (None, None, None)
        """
        self._socket.close()

    def __enter__(self) -> Channel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Refusal(ValueError):  # noqa: N818 - not an error of anybody: it never leaves this module
    """What is wrong with the bytes."""


def _demand(fine: Any, why: str) -> None:
    if not fine:
        raise _Refusal(why)


def _exact(value: Any, *kinds: type) -> Any:
    _demand(type(value) in kinds, f"{type(value).__name__} out of place")
    return value


def _name(kind: type) -> str:
    return str(type.__dict__["__name__"].__get__(kind))[:200]  # whatever a metaclass says


def _stand_in(value: Any) -> Foreign:
    return Foreign(_name(type(value)), callable(value))


def _packed(value: Any, foreign: bool) -> bytes:
    writer = _Writer(foreign)
    writer.write(value, 0)
    writer.check_size(0)
    return bytes(writer.out)


def _pack_entries(message: dict[Any, Any]) -> bytes:
    try:
        return _packed(message, True)
    except ProtocolError:
        return pack({key: unpack(pack(entry, foreign=True)) for key, entry in message.items()}, foreign=True)


class _Writer:
    def __init__(self, foreign: bool) -> None:
        self.out = bytearray()
        self.foreign = foreign
        self.left = MAX_PARTS

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise _BeyondError(text("protocol.many", allowed=MAX_PARTS))

    def check_size(self, more: int) -> None:
        if (size := len(self.out) + more) > MAX_BYTES:
            raise _BeyondError(text("protocol.size", size=size, allowed=MAX_BYTES))

    def write(self, value: Any, depth: int, part: bool = False) -> None:
        """Write a value, or what stands for it; a part of a rich value has no stand-in."""
        if depth > MAX_DEPTH:
            raise _BeyondError(text("protocol.deep", allowed=MAX_DEPTH))
        mark, left, foreign = len(self.out), self.left, self.foreign
        try:
            _writer_of(value)(self, value, depth)
        except _BeyondError:
            raise
        except (Exception, SystemExit) as error:  # whatever an object does when it is looked at
            self.foreign = foreign
            if isinstance(error, ProtocolError) and not (foreign and not part):
                raise
            if part or not foreign:
                raise ProtocolError(text("protocol.type", name=_name(type(value)))) from error
            del self.out[mark:]
            self.left = left
            _WRITERS[Foreign](self, _stand_in(value), depth)

    def block(self, tag: bytes, content: Any) -> None:
        self.check_size(len(content))
        self.out += tag + len(content).to_bytes(4, "little")
        self.out += content

    def entries(self, tag: bytes, values: Any, depth: int, part: bool = False) -> None:
        self.spend(len(values))
        self.check_size(len(values))
        self.out += tag + len(values).to_bytes(4, "little")
        for value in values:
            self.write(value, depth + 1, part)


def _writer_of(value: Any) -> Callable[[_Writer, Any, int], None]:
    kind = type(value)  # never value.__class__, which can lie
    known = _WRITERS.get(kind)
    if known is None:
        bases = type.__dict__["__mro__"].__get__(kind)
        known = next((_WRITERS[base] for base in bases if base in _WRITERS), None)
        if known is None and _is_drawing(bases):
            known = _write_drawing
    if known is None:
        raise TypeError
    return known


def _is_drawing(bases: tuple[type, ...]) -> bool:
    """Tell a drawing without an import: who has none of these modules has no drawing."""
    places = {"matplotlib.artist": "Artist", "seaborn.axisgrid": "_BaseGrid"}
    return any(getattr(sys.modules.get(module), name, None) in bases for module, name in places.items())


def _write_drawing(writer: _Writer, value: Any, depth: int) -> None:
    from csmodels_helpers.check_figures import picture

    if not writer.foreign:
        raise TypeError
    _WRITERS[Picture](writer, picture(value), depth)


def _write_int(writer: _Writer, value: Any, depth: int) -> None:
    number = int.__int__(value)
    if -(2**63) <= number < 2**63:
        writer.out += struct.pack("<cq", b"q", number)
        return
    _demand(abs(number) < _END_OF_INTS, "digits")
    writer.block(b"i", number.to_bytes(number.bit_length() // 8 + 1, "little", signed=True))


def _write_list(writer: _Writer, value: Any, depth: int) -> None:
    items = list.__getitem__(value, slice(None))
    kinds = set(map(id, map(type, items))) if len(items) > 3 else set[int]()
    if kinds == {id(str)}:
        writer.spend(len(items))
        lengths = np.fromiter(map(len, items), "<u4", len(items)).tobytes()
        words = "".join(items).encode("utf-8", "surrogatepass")
        writer.block(b"w", lengths)
        writer.block(b"s", words)
    elif kinds == {id(float)}:
        writer.spend(len(items))
        writer.block(b"F", struct.pack(f"<{len(items)}d", *items))
    elif kinds == {id(int)} and min(items) >= -(2**63) and max(items) < 2**63:
        writer.spend(len(items))
        writer.block(b"Q", struct.pack(f"<{len(items)}q", *items))
    else:
        writer.entries(b"l", items, depth)


def _write_hashed(writer: _Writer, tag: bytes, keys: list[Any], depth: int) -> None:
    """Write keys or members; stand-ins and objects with an equality of their own may be alike now."""
    mark = len(writer.out)
    writer.entries(tag, keys, depth)
    if any(type(key) not in _ATOMS for key in keys):
        reader = _Reader(bytes(memoryview(writer.out)[mark + 1 :]))
        keys = reader.entries(depth)
    _demand(len(_hashed(keys)) == len(keys), "alike")


def _write_dict(writer: _Writer, pairs: list[tuple[Any, Any]], depth: int) -> None:
    _write_hashed(writer, b"d", [key for key, _ in pairs], depth)
    writer.spend(len(pairs))
    for _, value in pairs:
        writer.write(value, depth + 1)


def _hashed(keys: list[Any]) -> set[Any]:
    """Return the keys as a set, unless that would take long because too many have the same hash."""
    if len(keys) > _MAX_ALIKE:
        hashes = np.sort(np.fromiter(map(hash, keys), np.int64, len(keys)))
        _demand(not (hashes[_MAX_ALIKE:] == hashes[:-_MAX_ALIKE]).any(), "equal hashes")
    return set(keys)


_ATOMS = {NoneType, bool, int, float, str, bytes}

_WRITERS: dict[type, Callable[[_Writer, Any, int], None]] = {
    NoneType: lambda w, v, d: w.out.extend(b"N"),
    EllipsisType: lambda w, v, d: w.out.extend(b"E"),
    bool: lambda w, v, d: w.out.extend(b"T" if v else b"0"),
    int: _write_int,
    float: lambda w, v, d: w.out.extend(struct.pack("<cd", b"f", float.__float__(v))),
    complex: lambda w, v, d: w.out.extend(
        struct.pack("<cdd", b"c", (z := complex.__complex__(v)).real, z.imag)
    ),
    str: lambda w, v, d: w.block(b"s", str.encode(v, "utf-8", "surrogatepass")),
    bytes: lambda w, v, d: w.block(b"b", bytes.__getitem__(v, slice(None))),
    list: _write_list,
    tuple: lambda w, v, d: w.entries(b"t", tuple.__getitem__(v, slice(None)), d),
    set: lambda w, v, d: _write_hashed(w, b"S", list(set.__iter__(v)), d),
    frozenset: lambda w, v, d: _write_hashed(w, b"Z", list(frozenset.__iter__(v)), d),
    dict: lambda w, v, d: _write_dict(w, list(dict.items(v)), d),
    OrderedDict: lambda w, v, d: _write_dict(w, list(OrderedDict.items(v)), d),  # knows its order itself
}


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.left = MAX_PARTS

    def spend(self, count: int) -> None:
        self.left -= count
        _demand(self.left >= 0, "too many entries")

    def take(self, size: int) -> bytes:
        start, end = self.at, self.at + size
        if end > len(self.data):
            raise _Refusal(f"end at byte {start}")
        self.at = end
        return self.data[start:end]

    def block(self) -> bytes:
        return self.take(int.from_bytes(self.take(4), "little"))

    def read(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise _Refusal("too deep")
        tag = self.take(1)
        known = _READERS.get(tag)
        if known is None:
            raise _Refusal(f"kind {tag.hex()}")
        return known(self, depth)

    def entries(self, depth: int) -> list[Any]:
        count = int.from_bytes(self.take(4), "little")
        self.spend(count)
        return [self.read(depth + 1) for _ in range(count)]


def _read_words(reader: _Reader, depth: int) -> list[str]:
    lengths = np.frombuffer(reader.block(), "<u4")
    reader.spend(len(lengths))
    _demand(reader.take(1) == b"s", "no text")
    words = _decoded(reader)
    ends = np.cumsum(lengths, dtype=np.int64).tolist()
    _demand((ends[-1] if ends else 0) == len(words), "lengths of text")
    return [words[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _read_numbers(reader: _Reader, code: str) -> list[Any]:
    data = reader.block()
    reader.spend(len(data) // 8)
    return list(struct.unpack(f"<{len(data) // 8}{code}", data))


def _read_int(reader: _Reader, depth: int) -> int:
    data = reader.block()
    _demand(len(data) <= _MAX_DIGITS, "digits")
    number = int.from_bytes(data, "little", signed=True)
    _demand(abs(number) < _END_OF_INTS, "digits")
    return number


def _decoded(reader: _Reader) -> str:
    return reader.block().decode("utf-8", "surrogatepass")


def _read_dict(reader: _Reader, depth: int) -> dict[Any, Any]:
    keys = reader.entries(depth)
    _demand(len(_hashed(keys)) == len(keys), "alike keys")
    reader.spend(len(keys))
    return {key: reader.read(depth + 1) for key in keys}


def _read_set(reader: _Reader, depth: int) -> set[Any]:
    members = reader.entries(depth)
    found = _hashed(members)
    _demand(len(found) == len(members), "alike members")
    return found


_READERS: dict[bytes, Callable[[_Reader, int], Any]] = {
    b"N": lambda r, d: None,
    b"E": lambda r, d: ...,
    b"T": lambda r, d: True,
    b"0": lambda r, d: False,
    b"q": lambda r, d: int.from_bytes(r.take(8), "little", signed=True),
    b"i": _read_int,
    b"f": lambda r, d: struct.unpack("<d", r.take(8))[0],
    b"c": lambda r, d: complex(*struct.unpack("<dd", r.take(16))),
    b"s": lambda r, d: _decoded(r),
    b"b": lambda r, d: r.block(),
    b"l": lambda r, d: r.entries(d),
    b"w": _read_words,
    b"F": lambda r, d: _read_numbers(r, "d"),
    b"Q": lambda r, d: _read_numbers(r, "q"),
    b"t": lambda r, d: tuple(r.entries(d)),
    b"S": _read_set,
    b"Z": lambda r, d: frozenset(_read_set(r, d)),
    b"d": _read_dict,
}


class _Rich(NamedTuple):
    """A kind that is made of parts."""

    kind: type
    cost: int
    take: Callable[[Any], tuple[Any, ...]]
    build: Callable[..., Any]
    strict: bool = False  # whether nothing inside may be replaced by a stand-in
    limited: bool = False  # whether a reader refuses some of them: then the writer tries it first


def _fields(kind: type, *names: str) -> Callable[[Any], tuple[Any, ...]]:
    """Read attributes as the class itself has them, whatever a subclass says."""
    return lambda value: tuple(getattr(kind, name).__get__(value) for name in names)


def _zone(value: Any) -> Any:
    return _exact(value, NoneType, dt.timezone, zoneinfo.ZoneInfo)


def _take_offset(value: dt.timezone) -> tuple[Any, ...]:
    offset, name = value.utcoffset(None), value.tzname(None)
    return (offset,) if dt.timezone(offset).tzname(None) == name else (offset, name)


def _build_offset(offset: Any, *name: Any) -> dt.timezone:
    return dt.timezone(_exact(offset, dt.timedelta), *name)


def _build_zone(key: Any) -> zoneinfo.ZoneInfo:
    _demand(re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,3}", _exact(key, str)), "time zone")
    return zoneinfo.ZoneInfo(key)


def _build_datetime(*fields: Any) -> dt.datetime:
    *clock, fold, zone = fields
    return dt.datetime(*clock, tzinfo=_zone(zone), fold=fold)


def _build_time(*fields: Any) -> dt.time:
    *clock, fold, zone = fields
    return dt.time(*clock, tzinfo=_zone(zone), fold=fold)


def _build_decimal(words: Any) -> decimal.Decimal:
    _demand(len(_exact(words, str)) < 2 * _MAX_DIGITS, "digits")
    number = decimal.Decimal(words)
    places = [number.adjusted(), number.as_tuple().exponent] if number.is_finite() else []
    _demand(all(abs(cast("int", place)) <= _MAX_DIGITS for place in places), "digits")
    return number


def _build_range(start: Any, stop: Any, step: Any) -> range:
    made = range(_exact(start, int), _exact(stop, int), _exact(step, int))
    _demand(len(made) <= _MAX_LENGTH, "length")
    return made


_DTYPE = re.compile(
    r"\|b1|[<>|][iu][1248]|[<>]f[248]|[<>]c(8|16)|[<>]U\d{1,7}|\|S\d{1,8}|\|O"
    r"|[<>][mM]8(\[[1-9]?\d{0,4}([YMWDhms]|[munpfa]s)\])?"
)


@lru_cache(maxsize=100)
def _dtype(name: Any) -> np.dtype[Any]:
    _demand(_DTYPE.fullmatch(_exact(name, str)), "dtype")
    return np.dtype(name)


def _take_array(value: Any) -> tuple[Any, ...]:
    _demand(not isinstance(value, np.ma.MaskedArray), "masked")
    array = np.asarray(value)
    _check_shape(array.shape)
    if _dtype(array.dtype.str).kind == "O":
        return "|O", array.shape, array.ravel().tolist()
    if array.nbytes > MAX_BYTES:
        raise _BeyondError(text("protocol.size", size=array.nbytes, allowed=MAX_BYTES))
    content = array.tobytes()
    _check_content(array.dtype, content)
    return array.dtype.str, array.shape, content


def _check_content(dtype: np.dtype[Any], content: bytes) -> None:
    """Refuse bytes that numpy takes for a bool, a character or a date, although they are none."""
    if dtype.kind == "b":
        _demand(not np.any(np.frombuffer(content, np.uint8) > 1), "bool")
    if dtype.kind == "U":
        signs = np.frombuffer(content, np.dtype("u4").newbyteorder(dtype.byteorder))
        _demand(not np.any(signs > sys.maxunicode), "text")
    if dtype.kind == "M" and np.datetime_data(dtype)[0] == "generic":
        _demand(np.isnat(np.frombuffer(content, dtype)).all(), "unit")


def _check_shape(shape: tuple[int, ...]) -> int:
    """Return the number of entries; an empty side does not excuse the length of another."""
    _demand(len(shape) <= 32 and all(type(side) is int and side >= 0 for side in shape), "shape")
    _demand(math.prod(side or 1 for side in shape) <= _MAX_LENGTH, "length")
    return math.prod(shape)


def _build_array(name: Any, shape: Any, content: Any) -> np.ndarray[Any, Any]:
    dtype = _dtype(name)
    count = _check_shape(_exact(shape, tuple))
    if dtype.kind == "O":
        _demand(len(_exact(content, list)) == count, "length")
        return np.fromiter(content, object, count).reshape(shape)
    _demand(len(_exact(content, bytes)) == dtype.itemsize * count, "length")
    _check_content(dtype, content)
    # Not frombuffer: it knows no entries without bytes.
    return np.ndarray(shape, dtype, buffer=content).copy()


def _build_scalar(name: Any, content: Any) -> Any:
    dtype = _dtype(name)
    _demand(dtype.kind in "biufcmM" and len(_exact(content, bytes)) == dtype.itemsize, "scalar")
    _check_content(dtype, content)
    return np.frombuffer(content, dtype)[0]


def _take_scalar(value: Any) -> tuple[Any, ...]:
    array = np.asarray(value)
    return _dtype(array.dtype.str).str, array.tobytes()


def _build_picture(axes: Any) -> Picture:
    """Make a picture of the form that the checks rely on."""
    kinds = {"title": str, "xlabel": str, "ylabel": str, "kinds": list, "bars": list, "lines": list}
    kinds |= {"points": list, "sideways": bool}
    for one in _exact(axes, list):
        _demand(set(_exact(one, dict)) == set(kinds), "picture")
        _demand(all(type(one[name]) is kind for name, kind in kinds.items()), "picture")
        for entry in (*one["bars"], *one["lines"], *one["points"]):
            _demand(len(_exact(entry, list)) == 2, "picture")
        _demand(all(type(name) is str for name in one["kinds"]), "picture")
        _demand(all(type(name) in (str, float, int) for name, _ in one["bars"]), "picture")
        _demand(all(type(values) is list for line in one["lines"] for values in line), "picture")
        numbers = [height for _, height in one["bars"]] + [
            number for pair in one["points"] for number in pair
        ]
        numbers += [number for line in one["lines"] for values in line for number in values]
        _demand(all(type(number) is float for number in numbers), "picture")
    return Picture(axes)


def _build_foreign(name: Any, function: Any) -> Foreign:
    return Foreign(_exact(name, str), _exact(function, bool))


_UNITS = ("Y", "Q", "M", "W", "D", "h", "min", "s", "ms", "us", "ns")
_COUNTS = (1, 4, 12, 53, 366, 8784, 527040, *(31622400 * 1000**power for power in range(4)))
_PER_YEAR: dict[str, int] = dict(zip(_UNITS, _COUNTS, strict=True))


def _check_periods(ordinals: Any, freq: Any) -> None:
    """Refuse what lies beyond 10,000 years: pandas computes with it, but wrongly."""
    found = re.fullmatch(r"\d{0,4}([YQMWDhs]|min|[mun]s)(-[A-Z]{3})?", _exact(freq, str))
    limit = min(10_000 * _PER_YEAR[found[1] if found else ""], 2**63 - 1)
    there = np.asarray(ordinals, np.int64)
    there = there[there != np.iinfo(np.int64).min]  # that is how pandas writes a gap
    _demand((abs(there) <= limit).all(), "period")


def _build_period(ordinal: Any, freq: Any) -> Any:
    _check_periods([_exact(ordinal, int)], freq)
    return pd.Period(ordinal=ordinal, freq=freq)


def _build_periods(ordinals: Any, freq: Any) -> Any:
    _demand(_exact(ordinals, np.ndarray).dtype == np.int64, "ordinals")
    _check_periods(ordinals, freq)
    return cast("Any", pd.PeriodIndex).from_ordinals(ordinals, freq=freq).array


def _build_timestamp(moment: Any, zone: Any) -> Any:
    made = pd.Timestamp(_unit_kept(moment, np.datetime64))
    return made if _zone(zone) is None else made.tz_localize("UTC").tz_convert(zone)


def _build_duration(length: Any) -> Any:
    return pd.Timedelta(_unit_kept(length, np.timedelta64))


def _unit_kept(value: Any, kind: type) -> Any:
    unit, count = np.datetime_data(_exact(value, kind).dtype)
    _demand(unit in ("s", "ms", "us", "ns") and count == 1 and not np.isnat(value), "unit")
    return value


def _build_moments(values: Any, zone: Any) -> Any:
    made = pd.DatetimeIndex(_exact(values, np.ndarray))
    _demand(made.dtype == values.dtype and values.ndim == 1, "unit")
    return (made if _zone(zone) is None else made.tz_localize("UTC").tz_convert(zone)).array


def _take_moments(value: Any) -> tuple[Any, ...]:
    index = pd.DatetimeIndex(value)
    return index.tz_convert(None).to_numpy() if index.tz else index.to_numpy(), index.tz


def _build_durations(values: Any) -> Any:
    made = pd.TimedeltaIndex(_exact(values, np.ndarray))
    _demand(made.dtype == values.dtype and values.ndim == 1, "unit")
    return made.array


def _take_words(value: Any) -> tuple[Any, ...]:
    gaps = value.isna()
    words = value.to_numpy(dtype=object, copy=True)
    words[gaps] = ""
    return value.dtype.storage, value.dtype.na_value is pd.NA, words.tolist(), gaps if gaps.any() else None


def _build_words(storage: Any, has_na: Any, words: Any, gaps: Any) -> Any:
    dtype = pd.StringDtype(_exact(storage, str), pd.NA if _exact(has_na, bool) else np.nan)
    _demand(all(type(word) is str for word in _exact(words, list)), "text")
    made = np.fromiter(words, object, len(words))
    if gaps is not None:
        _demand(_exact(gaps, np.ndarray).dtype == bool and gaps.shape == made.shape, "gaps")
        made[gaps] = dtype.na_value
    return pd.array(made, dtype=dtype)


def _take_gaps(value: Any) -> tuple[Any, ...]:
    return value._data, value._mask


def _build_gaps(values: Any, gaps: Any) -> Any:
    kind = _exact(values, np.ndarray).dtype.kind
    made = {"b": pd.arrays.BooleanArray, "f": pd.arrays.FloatingArray}.get(kind, pd.arrays.IntegerArray)
    _demand(values.ndim == 1 and _exact(gaps, np.ndarray).shape == values.shape, "gaps")
    return made(values, gaps)


def _build_categories(codes: Any, categories: Any, ordered: Any) -> Any:
    _demand(_exact(codes, np.ndarray).ndim == 1 and codes.dtype.kind == "i", "codes")
    _demand(isinstance(categories, pd.Index), "categories")
    return pd.Categorical.from_codes(codes, categories, ordered=_exact(ordered, bool))


def _build_intervals(left: Any, right: Any, closed: Any) -> Any:
    _demand(isinstance(left, pd.Index) and isinstance(right, pd.Index), "ends")
    return pd.arrays.IntervalArray.from_arrays(left, right, closed=_exact(closed, str))


def _column(data: Any) -> Any:
    return data.to_numpy() if isinstance(data.dtype, np.dtype) else data.array


def _checked_column(values: Any, made: Any) -> Any:
    """Return what pandas made of values, if it is what they were."""
    _demand(isinstance(values, np.ndarray | pd.api.extensions.ExtensionArray), "column")
    _demand(values.ndim == 1 and made.dtype == values.dtype and len(made) == len(values), "column")
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
        _demand(isinstance(level, pd.Index) and _exact(numbers, np.ndarray).dtype.kind == "i", "levels")
    _demand(all(len(numbers) == len(codes[0]) for numbers in codes), "levels")
    return pd.MultiIndex(list(levels), list(codes), names=[_label(name) for name in _exact(names, list)])


def _take_series(value: Any) -> tuple[Any, ...]:
    series = value if type(value) is pd.Series else pd.Series(value)
    return _column(series), series.index, series.name


def _build_series(values: Any, index: Any, name: Any) -> Any:
    _demand(isinstance(index, pd.Index) and len(index) == len(values), "index")
    return _checked_column(values, pd.Series(values, index, values.dtype, _label(name), copy=False))


def _take_frame(value: Any) -> tuple[Any, ...]:
    frame = value if type(value) is pd.DataFrame else pd.DataFrame(value)
    columns = [_column(frame.iloc[:, place]) for place in range(frame.shape[1])]
    return frame.index, frame.columns, *columns


def _build_frame(index: Any, columns: Any, *arrays: Any) -> Any:
    series = {place: _build_series(values, index, None) for place, values in enumerate(arrays)}
    _demand(isinstance(columns, pd.Index) and isinstance(index, pd.Index), "columns")
    made = pd.DataFrame(series, index=index, copy=False)
    made.columns = columns
    return made


_SCALARS = (
    *(np.bool_, np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64),
    *(np.longlong, np.ulonglong, np.float16, np.float32, np.float64, np.complex64, np.complex128),
    *(np.datetime64, np.timedelta64),
)
_CLOCK = ("hour", "minute", "second", "microsecond", "fold", "tzinfo")

_RICH = [
    _Rich(dt.date, 4, lambda v: (dt.date.toordinal(v),), dt.date.fromordinal),
    _Rich(dt.datetime, 4, _fields(dt.datetime, "year", "month", "day", *_CLOCK), _build_datetime),
    _Rich(dt.time, 4, _fields(dt.time, *_CLOCK), _build_time),
    _Rich(dt.timedelta, 4, _fields(dt.timedelta, "days", "seconds", "microseconds"), dt.timedelta),
    _Rich(dt.timezone, 4, _take_offset, _build_offset),
    _Rich(zoneinfo.ZoneInfo, 4, lambda v: (v.key,), _build_zone, limited=True),
    _Rich(decimal.Decimal, 4, lambda v: (decimal.Decimal.__str__(v),), _build_decimal, limited=True),
    _Rich(fractions.Fraction, 4, _fields(fractions.Fraction, "numerator", "denominator"), fractions.Fraction),
    _Rich(range, 4, lambda v: (v.start, v.stop, v.step), _build_range, limited=True),
    _Rich(np.generic, 4, _take_scalar, _build_scalar),
    _Rich(np.str_, 4, lambda v: (str.__str__(v),), lambda v: np.str_(_exact(v, str))),
    _Rich(
        np.bytes_, 4, lambda v: (bytes.__getitem__(v, slice(None)),), lambda v: np.bytes_(_exact(v, bytes))
    ),
    _Rich(np.ndarray, 20, _take_array, _build_array),
    _Rich(Picture, 4, lambda v: (v.axes,), _build_picture, strict=True, limited=True),
    _Rich(Foreign, 4, lambda v: (v.name, v.function), _build_foreign, limited=True),
    _Rich(type(pd.NA), 0, lambda v: (), lambda: pd.NA),
    _Rich(type(pd.NaT), 0, lambda v: (), lambda: pd.NaT),
    _Rich(pd.Timestamp, 10, _fields(pd.Timestamp, "asm8", "tzinfo"), _build_timestamp),
    _Rich(pd.Timedelta, 10, _fields(pd.Timedelta, "asm8"), _build_duration),
    _Rich(pd.Period, 20, _fields(pd.Period, "ordinal", "freqstr"), _build_period, limited=True),
    _Rich(pd.Interval, 10, _fields(pd.Interval, "left", "right", "closed"), pd.Interval),
    _Rich(pd.arrays.DatetimeArray, 100, _take_moments, _build_moments),
    _Rich(pd.arrays.TimedeltaArray, 100, lambda v: (v.to_numpy(),), _build_durations),
    _Rich(
        pd.arrays.PeriodArray,
        100,
        lambda v: (v.asi8, pd.PeriodIndex(v).freqstr),
        _build_periods,
        limited=True,
    ),
    _Rich(pd.arrays.IntervalArray, 100, lambda v: (v.left, v.right, v.closed), _build_intervals, strict=True),
    _Rich(pd.Categorical, 100, lambda v: (v.codes, v.categories, v.ordered), _build_categories, strict=True),
    _Rich(pd.arrays.StringArray, 100, _take_words, _build_words, strict=True),
    _Rich(pd.arrays.IntegerArray, 100, _take_gaps, _build_gaps),
    _Rich(pd.Index, 100, lambda v: (_column(v), v.name), _build_index, strict=True),
    _Rich(
        pd.RangeIndex,
        100,
        lambda v: (v.start, v.stop, v.step, v.name),
        _build_range_index,
        strict=True,
        limited=True,
    ),
    _Rich(
        pd.MultiIndex, 100, lambda v: (list(v.names), *v.levels, *v.codes), _build_multi_index, strict=True
    ),
    _Rich(pd.Series, 100, _take_series, _build_series),
    _Rich(pd.DataFrame, 100, _take_frame, _build_frame),
]


def _add_rich(place: int, rich: _Rich, *kinds: type) -> None:
    """Enter a rich kind into both tables; ``kinds`` are written like it."""
    tag = bytes([128 + place])

    def write(writer: _Writer, value: Any, depth: int) -> None:
        foreign, writer.foreign = writer.foreign, writer.foreign and not rich.strict
        writer.spend(rich.cost)
        parts = rich.take(value)
        if rich.limited:
            rich.build(*parts)
        writer.entries(tag, parts, depth, part=True)
        writer.foreign = foreign

    def read(reader: _Reader, depth: int) -> Any:
        reader.spend(rich.cost)
        return rich.build(*reader.entries(depth))

    _READERS[tag] = read
    _WRITERS.update(dict.fromkeys((rich.kind, *kinds), write))


_LIKE: dict[type, tuple[type, ...]] = {
    np.generic: _SCALARS,
    pd.arrays.StringArray: (pd.arrays.ArrowStringArray,),
    pd.arrays.IntegerArray: (pd.arrays.FloatingArray, pd.arrays.BooleanArray),
}
for _place, _rich in enumerate(_RICH):
    _add_rich(_place, _rich, *_LIKE.get(_rich.kind, ()))
