"""The writer and the reader of a message, for the kinds that bytes stand for themselves.

Behind :mod:`csmodels_helpers.grading.protocol`, which says what a message looks like.
"""

from __future__ import annotations

import struct
import sys
from collections import OrderedDict
from collections.abc import Callable
from types import EllipsisType, NoneType
from typing import Any, NamedTuple

import numpy as np

from csmodels_helpers.check_calls import Foreign, Picture
from csmodels_helpers.errors import CourseError
from csmodels_helpers.language import text

__all__: list[str] = []

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 40
MAX_PARTS = 2_000_000
MAX_LENGTH = 8 * MAX_PARTS  # of what takes no bytes for its entries, such as a range
MAX_DIGITS = 4000  # of an int or a Decimal: Python itself refuses to print much longer ones

_END_OF_INTS = 10**MAX_DIGITS
_MAX_WIDTH = 16  # of a list of tuples that is written by columns
_MAX_ALIKE = 4  # keys of one hash: a dict compares each of them with all others


class ProtocolError(CourseError):
    """A value cannot be sent, or bytes are not a message.

    Examples
    --------
    >>> from csmodels_helpers.grading.protocol import pack
    >>> pack(open)
    Traceback (most recent call last):
        ...
    csmodels_helpers.grading.protocol_codec.ProtocolError: A value of type builtin_function_or_method does not
    travel between processes: send plain values, arrays or frames.
    """


class BeyondError(ProtocolError):
    """Too deep, too many or too large: the value as a whole cannot be sent."""


class Refusal(ValueError):  # noqa: N818 - not an error of anybody: it never leaves these modules
    """What is wrong with the bytes."""


def demand(fine: Any, why: str) -> None:
    if not fine:
        raise Refusal(why)


def exact(value: Any, *kinds: type) -> Any:
    demand(type(value) in kinds, f"{type(value).__name__} out of place")
    return value


def _name(kind: type) -> str:
    return str(type.__dict__["__name__"].__get__(kind))[:200]  # whatever a metaclass says


def stand_in(value: Any) -> Foreign:
    return Foreign(_name(type(value)), callable(value))


def packed(value: Any, foreign: bool) -> bytes:
    writer = Writer(foreign)
    writer.write(value, 0)
    writer.check_size(0)
    return bytes(writer.out)


class Writer:
    def __init__(self, foreign: bool) -> None:
        self.out = bytearray()
        self.foreign = foreign
        self.left = MAX_PARTS

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise BeyondError(text("protocol.many", allowed=MAX_PARTS))

    def check_size(self, more: int) -> None:
        if (size := len(self.out) + more) > MAX_BYTES:
            raise BeyondError(text("protocol.size", size=size, allowed=MAX_BYTES))

    def write(self, value: Any, depth: int, part: bool = False) -> None:
        """Write a value, or what stands for it; a part of a rich value has no stand-in."""
        if depth > MAX_DEPTH:
            raise BeyondError(text("protocol.deep", allowed=MAX_DEPTH))
        mark, left, foreign = len(self.out), self.left, self.foreign
        try:
            _writer_of(value)(self, value, depth)
        except BeyondError:
            raise
        except (Exception, SystemExit) as error:  # whatever an object does when it is looked at
            self.foreign = foreign
            if isinstance(error, ProtocolError) and not (foreign and not part):
                raise
            if part or not foreign:
                raise ProtocolError(text("protocol.type", name=_name(type(value)))) from error
            del self.out[mark:]
            self.left = left
            WRITERS[Foreign](self, stand_in(value), depth)

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


def _writer_of(value: Any) -> Callable[[Writer, Any, int], None]:
    kind = type(value)  # never value.__class__, which can lie
    known = WRITERS.get(kind)
    if known is None:
        bases = type.__dict__["__mro__"].__get__(kind)
        known = next((WRITERS[base] for base in bases if base in WRITERS), None)
        if known is None and _is_drawing(bases):
            known = _write_drawing
    if known is None:
        raise TypeError
    return known


def _is_drawing(bases: tuple[type, ...]) -> bool:
    """Tell a drawing without an import: who has none of these modules has no drawing."""
    places = {"matplotlib.artist": "Artist", "seaborn.axisgrid": "_BaseGrid"}
    return any(getattr(sys.modules.get(module), name, None) in bases for module, name in places.items())


def _write_drawing(writer: Writer, value: Any, depth: int) -> None:
    from csmodels_helpers.check_figures import picture

    if not writer.foreign:
        raise TypeError
    WRITERS[Picture](writer, picture(value), depth)


def _write_int(writer: Writer, value: Any, depth: int) -> None:
    number = int.__int__(value)
    if -(2**63) <= number < 2**63:
        writer.out += struct.pack("<cq", b"q", number)
        return
    demand(abs(number) < _END_OF_INTS, "digits")
    writer.block(b"i", number.to_bytes(number.bit_length() // 8 + 1, "little", signed=True))


def _write_list(writer: Writer, value: Any, depth: int) -> None:
    items = list.__getitem__(value, slice(None))
    kind = _only_kind(items)
    rows = _columns(items) if kind is tuple else []
    if kind in _WRITE_ALIKE:
        _WRITE_ALIKE[kind](writer, items)
    elif rows:
        writer.spend(len(items))
        writer.out += b"C" + len(rows).to_bytes(4, "little")
        for kind, column in rows:
            _WRITE_ALIKE[kind](writer, column)
    else:
        writer.entries(b"l", items, depth)


def _only_kind(items: list[Any]) -> type | None:
    """Return the kind of all entries; None if they differ, are few, or are ints beyond 64 bits."""
    # By their ids: the metaclass of a trainee's class may have an equality of its own.
    if len(items) < 4 or len(set(map(id, map(type, items)))) > 1:
        return None
    kind = type(items[0])
    return None if kind is int and not (min(items) >= -(2**63) and max(items) < 2**63) else kind


def _columns(rows: list[tuple[Any, ...]]) -> list[tuple[type | None, list[Any]]]:
    """Cut tuples of one length into columns with their kinds, if each column is of one that has a block."""
    width = len(rows[0])
    if not 0 < width <= _MAX_WIDTH or any(len(row) != width for row in rows):
        return []
    columns = [list(column) for column in zip(*rows, strict=True)]
    kinds = [_only_kind(column) for column in columns]
    if not all(kind in _WRITE_ALIKE for kind in kinds):
        return []
    return list(zip(kinds, columns, strict=True))


def _write_words(writer: Writer, items: list[str]) -> None:
    writer.spend(len(items))
    lengths = np.fromiter(map(len, items), "<u4", len(items)).tobytes()
    words = "".join(items).encode("utf-8", "surrogatepass")
    writer.block(b"w", lengths)
    writer.block(b"s", words)


def _write_numbers(writer: Writer, items: list[Any], tag: bytes, code: str) -> None:
    writer.spend(len(items))
    writer.block(tag, struct.pack(f"<{len(items)}{code}", *items))


_WRITE_ALIKE: dict[type | None, Callable[[Writer, list[Any]], None]] = {
    str: _write_words,
    float: lambda w, items: _write_numbers(w, items, b"F", "d"),
    int: lambda w, items: _write_numbers(w, items, b"Q", "q"),
}


def _write_hashed(writer: Writer, tag: bytes, keys: list[Any], depth: int) -> None:
    """Write keys or members; stand-ins and objects with an equality of their own may be alike now."""
    mark = len(writer.out)
    writer.entries(tag, keys, depth)
    if any(type(key) not in _ATOMS for key in keys):
        reader = Reader(bytes(memoryview(writer.out)[mark + 1 :]))
        keys = reader.entries(depth)
    demand(len(_hashed(keys)) == len(keys), "alike")


def _write_dict(writer: Writer, pairs: list[tuple[Any, Any]], depth: int) -> None:
    _write_hashed(writer, b"d", [key for key, _ in pairs], depth)
    writer.spend(len(pairs))
    for _, value in pairs:
        writer.write(value, depth + 1)


def _hashed(keys: list[Any]) -> set[Any]:
    """Return the keys as a set, unless that would take long because too many have the same hash."""
    if len(keys) > _MAX_ALIKE:
        hashes = np.sort(np.fromiter(map(hash, keys), np.int64, len(keys)))
        demand(not (hashes[_MAX_ALIKE:] == hashes[:-_MAX_ALIKE]).any(), "equal hashes")
    return set(keys)


_ATOMS = {NoneType, bool, int, float, str, bytes}

WRITERS: dict[type, Callable[[Writer, Any, int], None]] = {
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


class Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.left = MAX_PARTS

    def spend(self, count: int) -> None:
        self.left -= count
        demand(self.left >= 0, "too many entries")

    def take(self, size: int) -> bytes:
        start, end = self.at, self.at + size
        if end > len(self.data):
            raise Refusal(f"end at byte {start}")
        self.at = end
        return self.data[start:end]

    def block(self) -> bytes:
        return self.take(int.from_bytes(self.take(4), "little"))

    def read(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise Refusal("too deep")
        tag = self.take(1)
        known = READERS.get(tag)
        if known is None:
            raise Refusal(f"kind {tag.hex()}")
        return known(self, depth)

    def entries(self, depth: int) -> list[Any]:
        count = int.from_bytes(self.take(4), "little")
        self.spend(count)
        return [self.read(depth + 1) for _ in range(count)]


def _read_words(reader: Reader, depth: int) -> list[str]:
    lengths = np.frombuffer(reader.block(), "<u4")
    reader.spend(len(lengths))
    demand(reader.take(1) == b"s", "no text")
    words = _decoded(reader)
    ends = np.cumsum(lengths, dtype=np.int64).tolist()
    demand((ends[-1] if ends else 0) == len(words), "lengths of text")
    return [words[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _read_numbers(reader: Reader, code: str) -> list[Any]:
    data = reader.block()
    reader.spend(len(data) // 8)
    return list(struct.unpack(f"<{len(data) // 8}{code}", data))


def _read_columns(reader: Reader, depth: int) -> list[tuple[Any, ...]]:
    width = int.from_bytes(reader.take(4), "little")
    demand(0 < width <= _MAX_WIDTH, "width")
    columns: list[list[Any]] = []
    for _ in range(width):
        tag = reader.take(1)
        demand(tag in (b"w", b"F", b"Q"), "column")
        columns.append(READERS[tag](reader, depth))
    demand(len({len(column) for column in columns}) == 1, "columns")
    reader.spend(len(columns[0]))
    return list(zip(*columns, strict=True))


def _read_int(reader: Reader, depth: int) -> int:
    data = reader.block()
    demand(len(data) <= MAX_DIGITS, "digits")
    number = int.from_bytes(data, "little", signed=True)
    demand(abs(number) < _END_OF_INTS, "digits")
    return number


def _decoded(reader: Reader) -> str:
    return reader.block().decode("utf-8", "surrogatepass")


def _read_dict(reader: Reader, depth: int) -> dict[Any, Any]:
    keys = reader.entries(depth)
    demand(len(_hashed(keys)) == len(keys), "alike keys")
    reader.spend(len(keys))
    return {key: reader.read(depth + 1) for key in keys}


def _read_set(reader: Reader, depth: int) -> set[Any]:
    members = reader.entries(depth)
    found = _hashed(members)
    demand(len(found) == len(members), "alike members")
    return found


READERS: dict[bytes, Callable[[Reader, int], Any]] = {
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
    b"C": _read_columns,
    b"t": lambda r, d: tuple(r.entries(d)),
    b"S": _read_set,
    b"Z": lambda r, d: frozenset(_read_set(r, d)),
    b"d": _read_dict,
}


class Rich(NamedTuple):
    """A kind that is made of parts."""

    kind: type
    cost: int
    take: Callable[[Any], tuple[Any, ...]]
    build: Callable[..., Any]
    strict: bool = False  # whether nothing inside may be replaced by a stand-in
    limited: bool = False  # whether a reader refuses some of them: then the writer tries it first
    like: tuple[type, ...] = ()  # kinds that are written like it


def add_rich(place: int, rich: Rich) -> None:
    """Enter the kind with this place in the table into those of writers and readers."""
    tag = bytes([128 + place])

    def write(writer: Writer, value: Any, depth: int) -> None:
        foreign, writer.foreign = writer.foreign, writer.foreign and not rich.strict
        writer.spend(rich.cost)
        parts = rich.take(value)
        if rich.limited:
            rich.build(*parts)
        writer.entries(tag, parts, depth, part=True)
        writer.foreign = foreign

    def read(reader: Reader, depth: int) -> Any:
        reader.spend(rich.cost)
        return rich.build(*reader.entries(depth))

    READERS[tag] = read
    WRITERS.update(dict.fromkeys((rich.kind, *rich.like), write))
