"""Calling a trainee's function, in this process or in another one: what comes of it is always a reply."""

from __future__ import annotations

import ast
import contextlib
import copy
import dis
import io
import linecache
import math
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any, cast

import numpy as np
import pandas as pd

from csmodels_helpers.errors import CourseError
from csmodels_helpers.language import text

__all__ = ["Foreign", "Picture", "Remote", "Reply", "Stopped"]


@dataclass(frozen=True)
class Stopped:
    """How a trainee's function stopped.

    Parameters
    ----------
    error : str
        Name of the exception's class.
    message : str
        Its text.
    bases : tuple of str
        Names of the class and all its bases.
    line : int or None
        Line in the cell of the trainee, if known.
    source : str
        That line's text, if known.

    Examples
    --------
    >>> Stopped("ZeroDivisionError", "division by zero").line is None
    True
    """

    error: str
    message: str
    bases: tuple[str, ...] = ()
    line: int | None = None
    source: str = ""


@dataclass(frozen=True)
class Reply:
    """What came of calling a trainee's function.

    Parameters
    ----------
    value : object
        What it returned.
    stopped : Stopped or None
        How it stopped, if it raised an exception.
    printed : str
        What it printed.
    changed : tuple
        Which arguments it changed: numbers from 0 for positions, text for keywords.
    after : dict
        Those arguments as they are now, if the function lives in another process.
    reads : tuple of str
        What the function reads that its own cell does not set.

    Examples
    --------
    >>> Reply(3).changed
    ()
    """

    value: Any = None
    stopped: Stopped | None = None
    printed: str = ""
    changed: tuple[int | str, ...] = ()
    after: dict[int | str, Any] = field(default_factory=dict[int | str, Any])
    reads: tuple[str, ...] = ()


class Remote(ABC):
    """A trainee's function that lives in another process: what the grader passes to the checks.

    Examples
    --------
    >>> class Echo(Remote):
    ...     def reply(self, args, kwargs):
    ...         return Reply(args[0])
    >>> Echo().reply((3,), {}).value
    3
    """

    @abstractmethod
    def reply(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Reply:
        """Call the function.

        Parameters
        ----------
        args : tuple
            Arguments by position.
        kwargs : dict
            Arguments by name.

        Returns
        -------
        Reply
            What came of it; never raises what the function raised.
        """


@dataclass(frozen=True)
class Picture:
    """A figure in plain values: what :func:`figure` judges, and what a figure is between processes.

    Parameters
    ----------
    axes : list of dict
        For each axes with content: ``title``, ``xlabel``, ``ylabel`` (text), ``kinds`` (of ``bar``,
        ``line``, ``point``, ``image``), ``bars`` (lists of label and height), ``lines`` (lists of x and y
        values), ``points`` (x and y), ``sideways`` (whether bars lie).

    Examples
    --------
    >>> Picture([]).axes
    []
    """

    axes: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


@dataclass(frozen=True)
class Foreign:
    """Stands for a value that does not travel between processes: an object of a trainee's own class, say.

    Parameters
    ----------
    name : str
        Name of its class.
    function : bool
        Whether it can be called.

    Examples
    --------
    >>> Foreign("generator").function
    False
    """

    name: str
    function: bool = False


def call(
    function: Callable[..., Any] | Remote,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    in_place: bool = False,
    capture: bool = False,
) -> Reply:
    """Call the function with copies of the arguments (the given ones if it works in place)."""
    if isinstance(function, Remote):
        reply = function.reply(args, kwargs)
        if in_place:
            for place, value in reply.after.items():
                _bring_back(args[place] if isinstance(place, int) else kwargs[place], value)
        return reply
    given, named = (args, kwargs) if in_place else _copied((args, kwargs))
    before, named_before = _copied((args, kwargs))
    value: Any = None
    stopped: Stopped | None = None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed) if capture else contextlib.nullcontext():
        try:
            value = function(*given, **named)
        # SystemExit too: exit() in a cell must not end the test. KeyboardInterrupt is the trainee's own.
        except (Exception, SystemExit) as error:
            stopped = _stopped(error)
    changed = [n for n, pair in enumerate(zip(before, given, strict=True)) if not _untouched(*pair)]
    changed_names = [name for name in named if not _untouched(named_before[name], named[name])]
    places = (*changed, *changed_names)
    return Reply(value, stopped, printed.getvalue(), places, reads=names_read(function))


def names_read(function: Any) -> tuple[str, ...]:
    """List the globals that a function reads and its own cell does not set; none if its source is lost."""
    code = getattr(function, "__code__", None)
    own = set[str]() if code is None else _names_set("".join(linecache.getlines(code.co_filename)))
    if code is None or not own:
        return ()
    found: dict[str, None] = {}
    pending, seen = [code], set[str]()
    while pending:
        current = pending.pop()
        pending += [constant for constant in current.co_consts if isinstance(constant, CodeType)]
        steps = dis.get_instructions(current)
        for name in sorted({step.argval for step in steps if step.opname in _READS} - seen):
            seen.add(name)
            helper = getattr(function.__globals__.get(name), "__code__", None)
            if helper is not None and helper.co_filename == code.co_filename:
                pending.append(helper)  # what it calls in the same cell is a part of it
            elif name not in own:
                found[name] = None
    return tuple(found)


_READS = ("LOAD_GLOBAL", "LOAD_NAME")


def _names_set(cell: str) -> set[str]:
    """Return the names that a cell sets; none if it cannot be read."""
    names: set[str] = set()
    try:
        nodes = list(ast.walk(ast.parse(cell)))
    except (SyntaxError, ValueError):
        return names
    for node in nodes:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).partition(".")[0])
    return names


def _bring_back(ours: Any, theirs: Any) -> None:
    """Change an argument as the function in the other process changed its copy."""
    if isinstance(ours, list) and isinstance(theirs, list):
        ours[:] = theirs
    elif isinstance(ours, dict | set) and type(ours) is type(theirs):
        ours.clear()
        ours.update(theirs)
    elif isinstance(ours, np.ndarray) and isinstance(theirs, np.ndarray) and ours.shape == theirs.shape:
        ours[...] = theirs
    elif (
        isinstance(ours, pd.DataFrame)
        and isinstance(theirs, pd.DataFrame)
        and ours.index.equals(theirs.index)
    ):
        for column in [name for name in ours.columns if name not in theirs.columns]:
            del ours[column]
        for column in theirs.columns:
            ours[column] = theirs[column]
    else:
        raise CourseError(text("check.author.in_place", kind=type(ours).__name__))


_ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes})


def _copied(values: tuple[tuple[Any, ...], dict[str, Any]]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    # deepcopy looks at every entry; a long list of what cannot change needs only another list.
    memo: dict[int, Any] = {
        id(value): value.copy()
        for value in (*values[0], *values[1].values())
        if type(value) is list and all(_is_constant(entry) for entry in cast("list[Any]", value))
    }
    try:
        return copy.deepcopy(values, memo)
    except Exception:  # something that cannot be copied, such as an open file: then it is what it is
        return values


def _is_constant(value: Any) -> bool:
    kind = type(value)
    return kind in _ATOMS or (kind is tuple and all(type(entry) in _ATOMS for entry in value))


def _stopped(error: BaseException) -> Stopped:
    """Describe an exception; its line is the deepest one in code that the trainee wrote."""
    # The first entry is our own call. A cell's code stands in no file; libraries stand in files.
    steps = list(traceback.extract_tb(error.__traceback__))[1:]
    own = [
        step
        for step in steps
        if step.filename == steps[0].filename
        or not (step.filename.startswith("<") or Path(step.filename).exists())
    ]
    bases = tuple(kind.__name__ for kind in type(error).__mro__)
    line = own[-1].lineno if own else None
    source = (own[-1].line or "").strip() if own else ""
    return Stopped(type(error).__name__, str(error), bases, line, source)


def _untouched(before: Any, after: Any) -> bool:
    """Tell whether a value is exactly what it was: types, order, labels and all."""
    if before is after:
        return True
    if type(before) is not type(after):
        return False
    if isinstance(before, pd.DataFrame | pd.Series | pd.Index):
        return _pandas_untouched(before, after)
    if isinstance(before, np.ndarray):
        old, new = cast("Any", before), after
        if old.dtype != new.dtype or old.shape != new.shape:
            return False
        return all(_untouched(a, b) for a, b in zip(old.ravel().tolist(), new.ravel().tolist(), strict=True))
    if isinstance(before, dict):
        old, new = cast("dict[Any, Any]", before), cast("dict[Any, Any]", after)
        return list(old) == list(new) and all(_untouched(old[key], new[key]) for key in old)
    if isinstance(before, list | tuple):
        old, new = cast("Sequence[Any]", before), cast("Sequence[Any]", after)
        return len(old) == len(new) and all(_untouched(a, b) for a, b in zip(old, new, strict=True))
    return _same_plain(before, after)


def _pandas_untouched(before: Any, after: Any) -> bool:
    if isinstance(before, pd.Index):
        return before.names == after.names and before.dtype == after.dtype and before.equals(after)
    if not (_pandas_untouched(before.index, after.index) and before.equals(after)):
        return False
    if isinstance(before, pd.Series):
        return before.name == after.name and before.dtype == after.dtype
    return _pandas_untouched(before.columns, after.columns) and bool((before.dtypes == after.dtypes).all())


def _same_plain(one: Any, two: Any) -> bool:
    if isinstance(one, float) and isinstance(two, float) and math.isnan(one) and math.isnan(two):
        return True
    if type(one).__eq__ is object.__eq__:
        # Objects that know no equality but identity: their copies differ always, their contents may not.
        return _untouched(getattr(one, "__dict__", None), getattr(two, "__dict__", None))
    try:
        return bool(one == two)
    except Exception:  # an object whose comparison fails says nothing about a change
        return True
