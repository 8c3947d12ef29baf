"""Plain values between two processes: the judge, who knows the tests, and the runner of a trainee's code.

What comes from the runner may be hostile, so nothing is ever executed to read it: no pickle, no eval. A
message is one value (usually a dict) in this form, all numbers little-endian:

- a value starts with a byte that names its kind;
- None, Ellipsis, True and False have nothing more; numbers, text (UTF-8) and bytes follow with their length;
- a list, tuple, set or dict has the number of its entries, then the entries (a dict: its keys, then its
  values); a list of text, of floats or of 64-bit ints alone is one block, and a list of tuples made of
  these has a block a column, because that is much faster;
- any other kind is made of simpler values, its parts (a date: its number; a frame: index, columns, one array
  a column); the table in :mod:`~csmodels_helpers.grading.protocol_kinds` says for every such kind which parts
  it has and how it is made of them.

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

import socket
import struct
import time
from types import TracebackType
from typing import Any

from csmodels_helpers.grading.protocol_codec import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_PARTS,
    ProtocolError,
    Reader,
    Refusal,
    add_rich,
    demand,
    packed,
    stand_in,
)
from csmodels_helpers.grading.protocol_kinds import RICH
from csmodels_helpers.language import text

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_PARTS", "Channel", "ProtocolError", "pack", "unpack"]

_PIECE = 2**20

for _place, _rich in enumerate(RICH):
    add_rich(_place, _rich)


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
        return packed(value, foreign)
    except ProtocolError:
        if not foreign:
            raise
        return packed(stand_in(value), False)


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
    csmodels_helpers.grading.protocol_codec.ProtocolError: These bytes are not a valid message (end at byte
    1): send what pack() made.
    """
    if len(data) > MAX_BYTES:
        raise ProtocolError(text("protocol.size", size=len(data), allowed=MAX_BYTES))
    reader = Reader(bytes(data))
    try:
        value = reader.read(0)
        demand(reader.at == len(data), "bytes left over")
    except ProtocolError:
        raise
    except Exception as error:  # numpy and pandas have many ways to say no
        why = str(error) if type(error) is Refusal else type(error).__name__
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
        self.pass_on(data, timeout)

    def pass_on(self, data: bytes, timeout: float | None = None) -> None:
        """Send what :func:`pack` made, here or elsewhere.

        Parameters
        ----------
        data : bytes
            The message.
        timeout : float, optional
            As for :meth:`send`, which says what is raised.

        Examples
        --------
        >>> one, two = map(Channel, socket.socketpair())
        >>> with one, two:
        ...     one.pass_on(pack("hello"))
        ...     two.take(5) == pack("hello")
        True
        """
        try:
            self._socket.settimeout(timeout)
            self._socket.sendall(struct.pack("<Q", len(data)) + data)
        except TimeoutError:
            self.close()
            raise
        except OSError as error:
            raise EOFError from error

    def take(self, timeout: float | None = None) -> bytes:
        """Wait for a message, and leave it to somebody else to read.

        Parameters
        ----------
        timeout : float, optional
            As for :meth:`receive`, which says what is raised.

        Returns
        -------
        bytes
            For :func:`unpack`.
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
        return data

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
        return unpack(self.take(timeout))

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


def _pack_entries(message: dict[Any, Any]) -> bytes:
    try:
        return packed(message, True)
    except ProtocolError:
        return pack({key: unpack(pack(entry, foreign=True)) for key, entry in message.items()}, foreign=True)
