"""The one voice of lessons, visible tests, hidden tests and the grader.

``checks/mNN.toml`` says for every item which mistakes people make, how each is told, and what helps (see
``checks/README.md``). A lesson calls :func:`ask`. A test cell of an exercise calls the others, which raise
:class:`CheckFailed` with the message for the mistake that was made::

    check.equal("m05-better", check.run("m05-better", better, counts), 0.568,
                wrong={"kept-reverse-and-questionable": 0.51})

No message ever contains the expected value. The functions judge the plain values and callables that they
are given and look at nothing else, so they act alike in Jupyter and in the grader.
"""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
import decimal
import fractions
import html
import io
import math
import os
import re
import tomllib
import traceback
import unicodedata
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NoReturn, cast

import numpy as np
import pandas as pd

from csmodels_helpers import progress
from csmodels_helpers.errors import ArgumentError, CourseError, UnknownNameError
from csmodels_helpers.language import LANGUAGES, get_language, text

__all__ = [
    "CheckFailed",
    "Feedback",
    "Picture",
    "Question",
    "Remote",
    "Reply",
    "Stopped",
    "Tag",
    "ask",
    "choice",
    "condition",
    "equal",
    "figure",
    "hint",
    "misconceptions",
    "picture",
    "raises",
    "read_tag",
    "run",
    "stdout",
    "unchanged",
    "validate_file",
]

Reason = Literal["misconception", "not-answered", "type", "shape", "value", "raised", "changed"]
REASONS: tuple[Reason, ...] = (
    "misconception",
    "not-answered",
    "type",
    "shape",
    "value",
    "raised",
    "changed",
)
KINDS = ("choice", "number", "graded")

_FOLDER = Path(__file__).resolve().parent / "checks"
# An instructor's private tests, and our own tests, bring their items in a folder of their own.
_EXTRA_FOLDER = "CSMODELS_CHECKS"
_ID = re.compile(r"(m\d\d)-[a-z0-9]+(?:-[a-z0-9]+)*")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


# ------------------------------------------------------------------------------ items of the toml


@dataclass(frozen=True)
class _Misconception:
    id: str
    entry: dict[str, Any]

    def says(self, name: str) -> str:
        return _pick(self.entry.get(name))


@dataclass(frozen=True)
class _Item:
    id: str
    module: str
    lesson: str
    entry: dict[str, Any]

    @property
    def kind(self) -> str:
        return str(self.entry.get("kind", "graded"))

    @property
    def misconceptions(self) -> dict[str, _Misconception]:
        found = self.entry.get("misconceptions", {})
        return {name: _Misconception(name, entry) for name, entry in found.items()}

    def misconception(self, name: str) -> _Misconception:
        known = self.misconceptions
        if name not in known:
            raise UnknownNameError(text("check.author.misconception", item=self.id), name, list(known))
        return known[name]

    def says(self, name: str, mistake: _Misconception | None = None) -> str:
        """Return a text of the item, or the misconception's own in its place."""
        return (mistake.says(name) if mistake else "") or _pick(self.entry.get(name))

    def anchor(self, mistake: _Misconception | None) -> str:
        return str((mistake.entry.get("anchor") if mistake else None) or self.entry.get("anchor", ""))


def _pick(strings: Any) -> str:
    """Return the text in the language in force (what is missing is the lint's business)."""
    if not isinstance(strings, dict):
        return ""
    known = cast("dict[str, Any]", strings)
    return str(known.get(get_language()) or known.get("en") or "").strip()


def _folders() -> list[Path]:
    extra = os.environ.get(_EXTRA_FOLDER)
    return [*([Path(extra)] if extra else []), _FOLDER]


@lru_cache(maxsize=32)
def _parsed(path: Path, changed: int) -> dict[str, Any]:
    # The time of the last change is part of the key: an author sees an edit without a restart.
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _module(module: str) -> dict[str, Any]:
    """Return a module's file; a name without one is an author's mistake."""
    if module == "m99":
        return _EXAMPLES
    for folder in _folders():
        path = folder / f"{module}.toml"
        if path.is_file():
            try:
                return _parsed(path, path.stat().st_mtime_ns)
            except (OSError, ValueError) as error:
                raise CourseError(text("check.author.broken", file=path.name, reason=error)) from error
    known = sorted({path.stem for folder in _folders() for path in folder.glob("m*.toml")})
    raise UnknownNameError(text("check.author.item"), module, known)


def _item(item: str) -> _Item:
    match = _ID.fullmatch(item)
    if match is None:
        raise ArgumentError("item", item, text("check.author.item_name"))
    content = _module(match[1])
    found = content.get("items", {})
    if item not in found:
        raise UnknownNameError(text("check.author.item"), item, list(found))
    return _Item(item, match[1], str(content.get("lesson", "")), found[item])


# Two small items for trying the functions out: the examples in the docstrings use them.
_EXAMPLES: dict[str, Any] = {
    "lesson": "m99_examples",
    "items": {
        "m99-better": {
            "kind": "graded",
            "anchor": "examples-denominator",
            "section": {"en": "Who leaves the denominator", "zh_CN": "谁不算在分母里"},
            "hint": {"en": "Count only A, O, M and I.", "zh_CN": "只数 A、O、M 和 I。"},
            "step": {"en": "5 of 2 + 3 + 4 + 1 answers.", "zh_CN": "2 + 3 + 4 + 1 个回答中的 5 个。"},
            "misconceptions": {
                "kept-reverse": {
                    "option": "B",
                    "name": {"en": "Denominator", "zh_CN": "分母"},
                    "message": {"en": "You kept Reverse.", "zh_CN": "您保留了反向回答。"},
                }
            },
        },
        "m99-answers": {
            "kind": "choice",
            "anchor": "examples-denominator",
            "section": {"en": "Who leaves the denominator", "zh_CN": "谁不算在分母里"},
            "question": {"en": "How many answers count?", "zh_CN": "多少个回答要计入?"},
            "options": {"A": {"en": "540", "zh_CN": "540"}, "B": {"en": "600", "zh_CN": "600"}},
            "answer": "A",
            "hint": {"en": "Take the Reverse ones away.", "zh_CN": "减去反向回答。"},
            "step": {"en": "600 − 60 = 540.", "zh_CN": "600 − 60 = 540。"},
            "right": {"en": "600 − 60.", "zh_CN": "600 − 60。"},
            "misconceptions": {
                "kept-reverse": {
                    "option": "B",
                    "name": {"en": "Denominator", "zh_CN": "分母"},
                    "message": {"en": "You kept Reverse.", "zh_CN": "您保留了反向回答。"},
                }
            },
        },
    },
}


# ------------------------------------------------------------------------------------- the voice


class CheckFailed(AssertionError):  # noqa: N818 - the name is read by trainees, as a sentence
    """A check did not pass; the message says which mistake it looks like and what helps.

    ``str()`` of it is a tag for the grader and the message: ``[m05-better/kept-reverse] **Denominator.** …``
    (see :func:`read_tag`). In Jupyter only the message is shown, without source and stack.

    Parameters
    ----------
    message : str
        What the trainee reads, a line a part: diagnosis, hint, worked step, where to reread. ``**…**`` is
        bold, ``*…*`` slanted.
    item : str
        The item.
    reason : {"misconception", "not-answered", "type", "shape", "value", "raised", "changed"}
        What kind of failure it is.
    misconception : str or None
        The id, if one was recognised.
    level : int
        How much help the message gives: 1 diagnosis, 2 with hint, 3 with worked step.
    anchor, section, lesson : str
        Cell to reread, its name for people, and its notebook.

    Examples
    --------
    >>> failure = CheckFailed("**Denominator.** …", item="m05-better", reason="value")
    >>> str(failure)
    '[m05-better/value] **Denominator.** …'
    """

    def __init__(
        self,
        message: str,
        *,
        item: str,
        reason: Reason,
        misconception: str | None = None,
        level: int = 1,
        anchor: str = "",
        section: str = "",
        lesson: str = "",
    ) -> None:
        super().__init__(message)
        self.message, self.item, self.reason, self.misconception = message, item, reason, misconception
        self.level, self.anchor, self.section, self.lesson = level, anchor, section, lesson

    def __str__(self) -> str:
        return f"[{self.item}/{self.misconception or self.reason}] {self.message}"

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception with keyword parameters cannot otherwise travel between processes.
        fields = {name: value for name, value in vars(self).items() if name != "message"}
        return _failed_again, (self.message, fields)

    def _render_traceback_(self) -> list[str]:
        # IPython asks for the lines to show: ours have neither source nor stack in them.
        return [_ansi(line) for line in self.message.splitlines()]

    def _repr_html_(self) -> str:
        return _html(self.message, correct=False)


def _failed_again(message: str, fields: dict[str, Any]) -> CheckFailed:
    return CheckFailed(message, **fields)


@dataclass(frozen=True)
class Tag:
    """What the text of a :class:`CheckFailed` says to a program.

    Parameters
    ----------
    item : str
        The item.
    misconception : str or None
        The misconception, if one was recognised.
    reason : str
        As in :class:`CheckFailed`.
    message : str
        The rest: what the trainee reads.

    Examples
    --------
    >>> Tag("m05-better", None, "type", "…").reason
    'type'
    """

    item: str
    misconception: str | None
    reason: str
    message: str


def read_tag(evalue: str) -> Tag | None:
    """Read the tag before a message, as it stands in the ``evalue`` of a notebook's error output.

    Parameters
    ----------
    evalue : str
        Text of a :class:`CheckFailed`.

    Returns
    -------
    Tag or None
        None if the text does not begin with a tag.

    Examples
    --------
    >>> read_tag("[m05-better/kept-reverse] **Denominator.** …")
    Tag(item='m05-better', misconception='kept-reverse', reason='misconception', message='**Denominator.** …')
    >>> read_tag("name 'better' is not defined") is None
    True
    """
    match = re.match(rf"\[({_ID.pattern})/({_NAME.pattern})\] ", evalue)
    if match is None:
        return None
    item, name = match[1], match[3]
    message = evalue[match.end() :]
    if name in REASONS:
        return Tag(item, None, name, message)
    return Tag(item, name, "misconception", message)


@dataclass(frozen=True, repr=False)
class Feedback:
    """What a check says to an answer: shown as HTML in Jupyter, as plain text elsewhere.

    Parameters
    ----------
    item : str
        The item.
    correct : bool or None
        None if there was no answer that could be judged, or if nothing was judged (a hint).
    message : str
        A line a part; ``**…**`` is bold, ``*…*`` slanted.
    misconception : str or None
        The id of the mistake that the answer gives away.
    level : int
        0 right or not judged, 1 diagnosis, 2 with hint, 3 with worked step.

    Examples
    --------
    >>> Feedback("m05-demo", True, "**Right.** 600 − 60.")
    Right. 600 − 60.
    """

    item: str
    correct: bool | None
    message: str
    misconception: str | None = None
    level: int = 0

    def __repr__(self) -> str:
        return _strip(self.message)

    def _repr_html_(self) -> str:
        return _html(self.message, correct=self.correct)


_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_SLANTED = re.compile(r"(?<![*\w])\*(?=[^\s*])([^*]+?)(?<=[^\s*])\*(?![*\w])")
_CODE = re.compile(r"`([^`]+)`")


def _replace(line: str, bold: str, slanted: str, code: str) -> str:
    # Code first, and out of the way: a * in it is a multiplication.
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(code.replace(r"\1", match[1]))
        return f"\0{len(kept) - 1}\0"

    line = _CODE.sub(keep, line)
    line = _SLANTED.sub(slanted, _BOLD.sub(bold, line))
    return re.sub("\0(\\d+)\0", lambda match: kept[int(match[1])], line)


def _strip(message: str) -> str:
    return "\n".join(_replace(line, r"\1", r"\1", r"`\1`") for line in message.splitlines())


def _ansi(line: str) -> str:
    return _replace(line, "\x1b[1m\\1\x1b[0m", "\x1b[3m\\1\x1b[0m", r"\1")


def _html(message: str, *, correct: bool | None) -> str:
    """Return the message as HTML; sign and words, not the colour alone, say whether it was right."""
    lines = [
        _replace(html.escape(line), r"<strong>\1</strong>", r"<em>\1</em>", r"<code>\1</code>")
        for line in message.splitlines()
    ]
    sign = {True: "✓ ", False: "→ ", None: ""}[correct]
    colour = {True: "#009E73", False: "#D55E00", None: "#5F6368"}[correct]
    body = "".join(f"<p style='margin:.2em 0'>{line}</p>" for line in lines)
    body = body.replace("<p style='margin:.2em 0'>", f"<p style='margin:.2em 0'>{sign}", 1)
    return f"<div style='border-left:4px solid {colour};padding:.2em .8em;max-width:46em'>{body}</div>"


def _compose(item: _Item, mistake: _Misconception | None, diagnosis: str, level: int) -> str:
    """Put the parts of a message under each other."""
    parts = [diagnosis]
    help_, step = item.says("hint", mistake), item.says("step", mistake)
    if level >= 2 and help_:
        parts.append(text("check.hint", hint=help_))
    if level >= 3 and step:
        parts.append(text("check.step", step=step))
    section = item.says("section", mistake)
    if section:
        parts.append(text("check.reread", module=item.module, section=section))
    return "\n".join(parts)


def _diagnosis(mistake: _Misconception, got: Any) -> str:
    message = mistake.says("message").replace("{got}", _short(got))
    return text("check.misconception", name=mistake.says("name"), message=message)


def _short(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return f"{float(value):.4g}"
    shown = str(value).replace("`", "'")
    return shown if len(shown) <= 40 else f"{shown[:39]}…"


# --------------------------------------------------------------------------- tries and successes

# Which call of a test cell failed last, by item. A cell has several calls for one item; without this the
# first of them, which passes, would take back the help that the second one has built up.
_failed_at: dict[str, str] = {}


def _grading() -> bool:
    return progress.location() is None


def _failure(
    item: _Item,
    reason: Reason,
    diagnosis: str,
    *,
    mistake: _Misconception | None = None,
    call: object = "",
) -> NoReturn:
    notice: str | None = None
    if _grading():
        level = 2
    elif reason == "not-answered":
        level = 1  # nothing was tried, so nothing is counted
    else:
        level, notice = _count(item.id, passed=False)
        _failed_at[item.id] = repr(call)[:500]
    message = _compose(item, mistake, diagnosis, level)
    raise CheckFailed(
        "\n".join(filter(None, [message, notice])),
        item=item.id,
        reason="misconception" if mistake else reason,
        misconception=mistake.id if mistake else None,
        level=level,
        anchor=item.anchor(mistake),
        section=item.says("section", mistake),
        lesson=item.lesson,
    ) from None


def _passed(item: _Item, call: object) -> None:
    if _grading() or _failed_at.get(item.id, repr(call)[:500]) != repr(call)[:500]:
        return
    _failed_at.pop(item.id, None)
    known = progress.recall(f"check/{item.id}") or {}
    if known.get("fails") or not known.get("passed"):
        _count(item.id, passed=True)


def _count(item: str, *, passed: bool) -> tuple[int, str | None]:
    """Count a try; return how much help the next message gives, and a notice about the file."""

    def change(old: Any) -> dict[str, Any]:
        known: dict[str, Any] = old if isinstance(old, dict) else {}
        return {
            "tries": int(known.get("tries", 0)) + 1,
            "fails": 0 if passed else int(known.get("fails", 0)) + 1,
            "passed": passed or bool(known.get("passed", False)),
        }

    done = progress.modify(f"check/{item}", change)
    return min(int(done.value["fails"]), 3), done.notice


# ------------------------------------------------------------------------------ calling a trainee


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

    Examples
    --------
    >>> Reply(3).changed
    ()
    """

    value: Any = None
    stopped: Stopped | None = None
    printed: str = ""
    changed: tuple[int | str, ...] = ()


class Remote(ABC):
    """A trainee's function that lives in another process: what the grader passes to the checks.

    Examples
    --------
    >>> class Echo(Remote):
    ...     def reply(self, args, kwargs):
    ...         return Reply(args[0])
    >>> run("m99-better", Echo(), 3)
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


def _call(
    item: _Item,
    function: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    in_place: bool = False,
    capture: bool = False,
) -> Reply:
    """Call the function with copies of the arguments (the given ones if it works in place)."""
    if function is None or function is Ellipsis:
        _failure(item, "not-answered", text("check.no_function"), call="function")
    if isinstance(function, Remote):
        return function.reply(args, kwargs)
    if not callable(function):
        _failure(item, "type", text("check.not_a_function", got=_kind_name(function)), call="function")
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
    return Reply(value, stopped, printed.getvalue(), (*changed, *changed_names))


def _copied(values: tuple[tuple[Any, ...], dict[str, Any]]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    try:
        return copy.deepcopy(values)
    except Exception:  # something that cannot be copied, such as an open file: then it is what it is
        return values


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


def _stop_message(stopped: Stopped) -> str:
    parts = [text("check.raised", error=stopped.error, message=_one_line(stopped.message))]
    if stopped.line is not None and stopped.source:
        source = stopped.source.replace("`", "'")
        parts.append(text("check.raised_source", line=stopped.line, source=source))
    elif stopped.line is not None:
        parts.append(text("check.raised_line", line=stopped.line))
    return " ".join(parts)


def _one_line(message: str) -> str:
    line = " ".join(message.split()) or "—"
    return line if len(line) <= 200 else f"{line[:199]}…"


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


def _settled(item: _Item, reply: Reply, *, in_place: bool, call: object) -> None:
    """Fail if the function stopped, or changed what it should leave alone."""
    if reply.stopped is not None:
        _failure(item, "raised", _stop_message(reply.stopped), call=call)
    if reply.changed and not in_place:
        which = [
            text("check.changed_position", n=name + 1)
            if isinstance(name, int)
            else text("check.changed_name", name=name)
            for name in reply.changed
        ]
        _failure(item, "changed", text("check.changed", arguments=", ".join(which)), call=call)


# ------------------------------------------------------------------------------ comparing values


@dataclass(frozen=True)
class _Rules:
    tolerance: float = 1e-6
    rounding: int | None = None
    ordered: bool = True
    container: str = "any"


@dataclass(frozen=True)
class _Difference:
    reason: Reason
    said: str
    # Where it is, and how many there are, so that a container can say it in its own words.
    wrong: int = 1


def _kind(value: Any) -> str:
    if value is None or value is pd.NA or value is pd.NaT:
        return "none"
    if isinstance(value, bool | np.bool_):
        return "bool"
    if isinstance(value, int | float | np.number | decimal.Decimal | fractions.Fraction):
        if isinstance(value, np.timedelta64):
            return "duration"
        return "other" if isinstance(value, np.complexfloating) else "number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, dt.date | np.datetime64 | pd.Period):
        return "date"
    if isinstance(value, dt.timedelta | np.timedelta64):
        return "duration"
    if isinstance(value, Mapping):
        return "mapping"
    if isinstance(value, pd.Series):
        return "series"
    if isinstance(value, pd.DataFrame):
        return "table"
    if isinstance(value, set | frozenset):
        return "set"
    if isinstance(value, list | tuple | range | np.ndarray | pd.Index | pd.api.extensions.ExtensionArray):
        return "sequence"
    if isinstance(value, Picture) or _is_drawing(value):
        return "figure"
    if isinstance(value, Remote) or callable(value):
        return "function"
    return "other"


def _kind_name(value: Any) -> str:
    kind = _kind(value)
    if kind == "series" and _labelled(value):
        kind = "labelled"
    return text(f"check.kind.{kind}", name=type(value).__name__)


def _is_drawing(value: Any) -> bool:
    from matplotlib.artist import Artist

    return isinstance(value, Artist)


def _missing(value: Any) -> bool:
    if _kind(value) == "none":
        return True
    if isinstance(value, np.datetime64 | np.timedelta64):
        return bool(np.isnat(value))
    return _kind(value) == "number" and bool(value != value)


def _unpacked(value: Any) -> Any:
    """Take a value out of an array without dimensions."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return value.item() if value.dtype.kind not in "mM" else value[()]
    return value


def _what(place: str) -> str:
    return text("check.what.entry", place=f"`{place}`") if place else text("check.what.answer")


def _compare(got: Any, expected: Any, rules: _Rules, place: str = "") -> _Difference | None:
    """Compare by the ladder: not answered, type, shape, values. None means: it is right."""
    got, expected = _unpacked(got), _unpacked(expected)
    if got is Ellipsis or (got is None and expected is not None and not place):
        return _Difference("not-answered", text("check.none_yet"))
    kind, kind_got = _kind(expected), _kind(got)
    if _missing(expected):
        # None, NaN and NaT are one and the same inside a table or list; alone, a NaN must be computed.
        return None if _missing(got) and (place or kind == kind_got) else _value(place)
    if kind == "number":
        return _compare_number(got, expected, rules, place)
    if kind in ("sequence", "series", "mapping", "set", "table"):
        return _compare_container(got, expected, rules, place)
    if kind != kind_got:
        return _other_kind(got, text(f"check.kind.{kind}", name=type(expected).__name__), place)
    if kind == "text":
        if str(got) == str(expected):
            return None
        same = _loose(str(got)) == _loose(str(expected))
        return (
            _Difference("value", text("check.value_spelling", what=_what(place))) if same else _value(place)
        )
    if kind == "bool":
        return None if bool(got) == bool(expected) else _value(place)
    if kind == "date":
        return None if _same_date(got, expected) else _value(place)
    if kind == "duration":
        return None if _same_duration(got, expected) else _value(place)
    try:
        same = bool(got == expected)
    except Exception:  # whatever a trainee's object does when compared, it is not right
        same = False
    return None if same else _value(place)


def _value(place: str) -> _Difference:
    return _Difference("value", text("check.value", what=_what(place)))


def _loose(words: str) -> str:
    return "".join(unicodedata.normalize("NFKC", words).split()).casefold()


def _same_date(got: Any, expected: Any) -> bool:
    if isinstance(expected, pd.Period) or isinstance(got, pd.Period):
        return bool(got == expected)
    return bool(pd.Timestamp(got) == pd.Timestamp(expected))


def _same_duration(got: Any, expected: Any) -> bool:
    return bool(pd.Timedelta(got) == pd.Timedelta(expected))


def _other_kind(got: Any, want: str, place: str) -> _Difference:
    """Say that the kind is wrong, with the advice that fits the usual slips."""
    what, kind = _what(place), _kind(got)
    if kind == "function":
        return _Difference("type", text("check.type_function", what=what))
    if kind in ("sequence", "series", "table") and _size(got) == 1 and want == text("check.kind.number"):
        return _Difference("type", text("check.type_single", what=what, got=_kind_name(got)))
    return _Difference("type", text("check.type", what=what, got=_kind_name(got), want=want))


def _size(value: Any) -> int:
    return int(value.size) if hasattr(value, "size") and not callable(value.size) else len(value)


def _compare_number(got: Any, expected: Any, rules: _Rules, place: str) -> _Difference | None:
    kind = _kind(got)
    if kind == "bool":
        return _Difference("type", text("check.type_bool", what=_what(place)))
    if kind == "text" and _parse(str(got)) is not None:
        return _Difference("type", text("check.type_quotes", what=_what(place)))
    if kind == "none" and place:
        return _value(place)  # a gap in a list
    if kind != "number":
        return _other_kind(got, text("check.kind.number"), place)
    if _same_number(got, expected, rules):
        return None
    if _too_round(got, expected):
        return _Difference("value", text("check.value_rounded", what=_what(place)))
    return _value(place)


def _same_number(got: Any, expected: Any, rules: _Rules) -> bool:
    if _whole(got) and _whole(expected):
        # Whole numbers are compared as such: 9007199254740993 as a float would be its neighbour.
        return abs(int(got) - int(expected)) <= math.floor(rules.tolerance * (1 + 1e-9))
    one, two = float(got), float(expected)
    if math.isnan(one) or math.isnan(two):
        return False  # two NaN were found equal before
    if math.isinf(one) or math.isinf(two):
        return one == two
    allowed = _allowance(rules)
    # 0.3 - 0.2 is not 0.1: a difference of exactly the tolerance passes, whatever the binary digits.
    return abs(one - two) <= allowed * (1 + 1e-9) + 1e-9 * abs(two)


def _allowance(rules: _Rules) -> float:
    return max(rules.tolerance, 0.0 if rules.rounding is None else 0.5 * 10.0**-rules.rounding)


def _whole(value: Any) -> bool:
    if isinstance(value, float | np.floating):
        return math.isfinite(value) and float(value).is_integer()
    return isinstance(value, int | np.integer)


def _too_round(got: Any, expected: Any) -> bool:
    """Tell whether somebody rounded a right number: at least two digits are there, and they are right."""
    one, two = float(got), float(expected)
    if not (math.isfinite(one) and math.isfinite(two)) or abs(one - two) > 0.01 * abs(two) or one == two:
        return False
    return any(math.isclose(one, round(two, digits), rel_tol=1e-12) for digits in range(7))


def _labelled(series: pd.Series[Any]) -> bool:
    index = series.index
    plain = isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1
    return not plain and not (index.name is None and list(index) == list(range(len(index))))


def _numbered(series: pd.Series[Any]) -> bool:
    """Tell whether labels may be mere row numbers, as after a filter."""
    index = series.index
    return index.name is None and pd.api.types.is_integer_dtype(index.dtype)


def _compare_container(got: Any, expected: Any, rules: _Rules, place: str) -> _Difference | None:
    kind, kind_got = _kind(expected), _kind(got)
    if rules.container == "same" and kind != kind_got:
        return _other_kind(got, _kind_name(expected), place)
    if kind == "table":
        return _compare_table(got, expected, rules, place)
    if kind == "mapping":
        return _compare_mapping(got, expected, rules, place)
    if kind == "series":
        if not _labelled(expected):
            return _compare_sequence(got, expected, rules, place)
        sequence = kind_got == "sequence" or (kind_got == "series" and not _labelled(got))
        if _numbered(expected) and sequence:
            return _compare_sequence(got, expected, rules, place)
        if kind_got == "series" and sequence and not expected.index.is_unique:
            return _compare_sequence(got, expected, rules, place)
        return _compare_mapping(got, expected, rules, place)
    return _compare_sequence(got, expected, rules, place)


def _compare_sequence(got: Any, expected: Any, rules: _Rules, place: str) -> _Difference | None:
    kind, kind_got = _kind(expected), _kind(got)
    free = kind == "set" or not rules.ordered
    if kind_got not in ("sequence", "series", *(("set",) if free else ())):
        return _other_kind(got, text("check.kind.sequence" if kind != "set" else "check.kind.set"), place)
    fast = None if free else _compare_arrays(got, expected, rules)
    if fast is not None and not fast.any():
        return None
    ours, theirs = _entries(got), _entries(expected)
    if any(entry is Ellipsis for entry in ours) or _blank(ours, theirs):
        return _Difference("not-answered", text("check.none_yet"))
    if len(ours) != len(theirs):
        key = "check.too_few" if len(ours) < len(theirs) else "check.too_many"
        return _Difference("shape", text(key, what=_what(place), n=len(ours)))
    if free:
        if _match(ours, theirs, rules):
            return None
        return _first_of(ours, theirs, rules) or _Difference(
            "value", text("check.value_some", what=_what(place))
        )
    if fast is not None:
        bad = [int(n) for n in np.flatnonzero(fast)]
        first = _compare(ours[bad[0]], theirs[bad[0]], rules, f"{place}[{bad[0]}]") or _value(place)
        return _some_wrong(ours, theirs, rules, place, len(bad), f"{place}[{bad[0]}]", first)
    found = [
        (f"{place}[{n}]", difference)
        for n, pair in enumerate(zip(ours, theirs, strict=True))
        if (difference := _compare(*pair, rules, f"{place}[{n}]")) is not None
    ]
    if not found:
        return None
    return _some_wrong(ours, theirs, rules, place, len(found), *found[0])


def _blank(ours: list[Any], theirs: list[Any]) -> bool:
    """Tell whether nothing but None stands where something else should."""
    return bool(ours) and all(v is None for v in ours) and not all(_missing(v) for v in theirs)


def _some_wrong(
    ours: list[Any], theirs: list[Any], rules: _Rules, place: str, n: int, where: str, first: _Difference
) -> _Difference:
    """Choose what to say of a sequence with wrong entries: the kind first, then the order, then the place."""
    if first.reason != "value" or len(ours) == 1:
        return first
    if len(ours) <= 2000 and _match(ours, theirs, rules):
        return _Difference("value", text("check.value_order", what=_what(place)))
    if first.said not in (_value(where).said, _value(place).said):
        return first  # it knows more: rounded, or a matter of spelling, or deeper inside
    said = text("check.value_first", what=_what(place), wrong=n, n=len(ours), place=f"`{where}`")
    return _Difference("value", said, n)


def _first_of(ours: list[Any], theirs: list[Any], rules: _Rules) -> _Difference | None:
    """Say that an entry is of a kind that occurs nowhere among the expected ones."""
    kinds = {_kind(entry) for entry in theirs}
    for n, entry in enumerate(ours):
        if theirs and _kind(entry) not in kinds:
            return _compare(entry, theirs[0], rules, f"[{n}]")
    return None


def _entries(value: Any) -> list[Any]:
    if isinstance(value, np.ndarray) and value.dtype.kind in "mM":
        return [pd.NaT if np.isnat(entry) else entry for entry in value.ravel()]
    if isinstance(value, np.ndarray):
        return list(value) if value.ndim > 1 else value.tolist()
    return list(value)


def _compare_arrays(got: Any, expected: Any, rules: _Rules) -> Any:
    """Compare two columns of numbers at once; None where that does not apply."""
    ours, theirs = _array(got), _array(expected)
    if ours is None or theirs is None or ours.shape != theirs.shape or not len(ours):
        return None
    if (
        ours.dtype.kind in "iu"
        and theirs.dtype.kind in "iu"
        and rules.tolerance < 1
        and rules.rounding is None
    ):
        return ours != theirs
    if max(_largest(ours), _largest(theirs)) >= 2**53:
        return None
    one, two = ours.astype(float), theirs.astype(float)
    # A whole number against a whole number is exact, as for single values.
    whole = (one == np.floor(one)) & (two == np.floor(two))
    with np.errstate(invalid="ignore"):
        close = np.abs(one - two) <= _allowance(rules) * (1 + 1e-9) + 1e-9 * np.abs(two)
        exact = np.abs(one - two) <= math.floor(rules.tolerance * (1 + 1e-9))
        finite = np.isfinite(one) & np.isfinite(two)
        same = np.where(finite, np.where(whole, exact, close), one == two)
    return ~(same | (np.isnan(one) & np.isnan(two)))


def _largest(values: Any) -> float:
    finite = np.abs(values[np.isfinite(values)].astype(float))
    return float(finite.max()) if len(finite) else 0.0


def _array(value: Any) -> Any:
    if isinstance(value, pd.Series | pd.Index) and isinstance(value.dtype, np.dtype):
        value = value.to_numpy()
    if isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in "iuf":
        return cast("Any", value)
    return None


def _match(ours: list[Any], theirs: list[Any], rules: _Rules) -> bool:
    """Tell whether two lists hold the same entries in any order."""
    groups: dict[Any, tuple[list[Any], list[Any]]] = {}
    for side, values in enumerate((ours, theirs)):
        for value in values:
            groups.setdefault(_outline(value), ([], []))[side].append(value)
    return all(len(one) == len(two) and _match_group(one, two, rules) for one, two in groups.values())


def _outline(value: Any) -> Any:
    """Return what must be the same in two matching entries: everything but the numbers."""
    value = _unpacked(value)
    if _missing(value):
        return ("missing",)
    kind = _kind(value)
    if kind == "number":
        return ("number",)
    if kind == "text":
        return ("text", str(value))
    if kind == "bool":
        return ("bool", bool(value))
    if kind == "sequence":
        return ("sequence", *(_outline(entry) for entry in _entries(value)))
    return (kind,)


def _match_group(ours: list[Any], theirs: list[Any], rules: _Rules) -> bool:
    def numbers(value: Any) -> tuple[float, ...]:
        value = _unpacked(value)
        if _kind(value) == "sequence":
            return tuple(number for entry in _entries(value) for number in numbers(entry))
        return (float(value),) if _kind(value) == "number" and not _missing(value) else ()

    inside = "[]"  # entries of a container, where None and NaN are the same
    pairs = zip(sorted(ours, key=numbers), sorted(theirs, key=numbers), strict=True)
    if all(_compare(one, two, rules, inside) is None for one, two in pairs):
        return True
    if len(ours) > 300:
        return False
    # Sorting may part neighbours that lie within the tolerance of each other: take each one's first match.
    left = list(theirs)
    for one in ours:
        place = next((n for n, two in enumerate(left) if _compare(one, two, rules, inside) is None), None)
        if place is None:
            return False
        left.pop(place)
    return True


def _key(key: Any) -> Any:
    """Return a key or label in a form that does not depend on where it comes from."""
    if isinstance(key, tuple):
        return tuple(_key(part) for part in cast("tuple[Any, ...]", key))
    if isinstance(key, np.datetime64 | dt.date) and not _missing(key):
        return pd.Timestamp(key)
    if _missing(key):
        return None
    return key.item() if isinstance(key, np.generic) else key


def _pairs(value: Any) -> list[tuple[Any, Any]] | None:
    """Return keys and values of a dictionary, a Series, or a table with a column more than keys."""
    if isinstance(value, Mapping):
        return [(_key(k), v) for k, v in cast("Mapping[Any, Any]", value).items()]
    if isinstance(value, pd.Series):
        return [(_key(k), v) for k, v in zip(list(value.index), _entries(value), strict=True)]
    return None


def _compare_mapping(got: Any, expected: Any, rules: _Rules, place: str) -> _Difference | None:
    if isinstance(got, pd.DataFrame) and isinstance(expected, pd.Series):
        # A Series whose index was reset: its labels stand in columns now.
        levels = expected.index.nlevels
        if got.shape[1] == levels + 1:
            got = got.set_index(list(got.columns[:levels])).iloc[:, 0]
        elif got.shape[1] == 1:
            got = got.iloc[:, 0]
    theirs, ours = _pairs(expected), _pairs(got)
    if ours is None or theirs is None:
        return _other_kind(got, _kind_name(expected), place)
    what = _what(place)
    twice = [key for key, n in Counter(key for key, _ in ours).items() if n > 1]
    if len({key for key, _ in theirs}) < len(theirs):
        return _compare_sequence([list(pair) for pair in ours], [list(p) for p in theirs], rules, place)
    if twice:
        return _Difference("shape", text("check.keys_twice", what=what, names=_names(twice)))
    mine, right = dict(ours), dict(theirs)
    values = list(mine.values())
    if any(value is Ellipsis for value in values) or _blank(values, list(right.values())):
        return _Difference("not-answered", text("check.none_yet"))
    difference = _compare_names(list(mine), list(right), what)
    if difference is not None:
        return difference
    found = [
        (f"{place}[{key!r}]", found)
        for key in right
        if (found := _compare(mine[key], right[key], rules, f"{place}[{key!r}]")) is not None
    ]
    if not found:
        return None
    where, first = found[0]
    if first.reason != "value" or len(right) == 1 or first.said != _value(where).said:
        return first
    said = text("check.value_first", what=what, wrong=len(found), n=len(right), place=f"`{where}`")
    return _Difference("value", said, len(found))


def _compare_names(
    ours: list[Any], theirs: list[Any], what: str, columns: bool = False
) -> _Difference | None:
    """Compare names (keys, columns). Only the trainee's own are said; columns stand in the statement."""
    extra = [name for name in ours if name not in theirs]
    missing = [name for name in theirs if name not in ours]
    if not extra and not missing:
        return None
    loose = {_loose(str(name)) for name in missing}
    near = [name for name in extra if _loose(str(name)) in loose]
    if near:
        return _Difference("shape", text("check.keys_spelling", what=what, names=_names(near)))
    if missing and columns:
        return _Difference("shape", text("check.columns_missing", what=what, names=_names(missing)))
    if extra:
        return _Difference("shape", text("check.keys_extra", what=what, names=_names(extra)))
    return _Difference("shape", text("check.keys_missing", what=what, n=len(missing)))


def _names(names: Sequence[Any]) -> str:
    shown = [f"`{_short(name)}`" for name in names[:5]]
    return ", ".join(shown) + (" …" if len(names) > 5 else "")


def _compare_table(got: Any, expected: pd.DataFrame, rules: _Rules, place: str) -> _Difference | None:
    what = _what(place)
    if isinstance(got, pd.Series) and expected.shape[1] == 1:
        got = got.to_frame(expected.columns[0])
    if not isinstance(got, pd.DataFrame):
        return _other_kind(got, text("check.kind.table"), place)
    theirs, ours = _flat(expected), _flat(got, like=expected)
    twice = [name for name, n in Counter(name for name, _ in ours).items() if n > 1]
    if twice:
        return _Difference("shape", text("check.keys_twice", what=what, names=_names(twice)))
    mine, right = dict(ours), dict(theirs)
    difference = _compare_names(list(mine), list(right), what, columns=True)
    if difference is not None:
        return difference
    if len(got) != len(expected):
        key = "check.too_few" if len(got) < len(expected) else "check.too_many"
        return _Difference("shape", text(key, what=what, n=len(got)))
    if not rules.ordered:
        return _compare_rows(mine, right, rules, what)
    for name, column in right.items():
        difference = _compare_sequence(mine[name], column, rules, "")
        if difference is None:
            continue
        if difference.reason == "value" and _compare_rows(mine, right, rules, what) is None:
            return _Difference("value", text("check.value_order", what=what))
        return _in_column(mine[name], column, rules, name, difference)
    return None


def _in_column(
    ours: pd.Series[Any], theirs: pd.Series[Any], rules: _Rules, name: Any, difference: _Difference
) -> _Difference:
    rows = [
        (row, found)
        for row, pair in enumerate(zip(_entries(ours), _entries(theirs), strict=True))
        if (found := _compare(*pair, rules, f"[{name!r}][{row}]")) is not None
    ]
    if not rows or difference.reason == "not-answered":
        return difference
    row, first = rows[0]
    if first.said != _value(f"[{name!r}][{row}]").said:
        return first
    said = text("check.value_row", column=_short(name), wrong=len(rows), n=len(ours), row=row)
    return _Difference("value", said, len(rows))


def _flat(frame: pd.DataFrame, like: pd.DataFrame | None = None) -> list[tuple[Any, pd.Series[Any]]]:
    """Return the columns of a table, with the labels of its rows as columns where they mean something."""
    columns = [(_key(name), frame.iloc[:, n]) for n, name in enumerate(frame.columns)]
    names = {name for name, _ in columns}
    wanted = None if like is None else {name for name, _ in _flat(like)}
    for level, name in enumerate(frame.index.names):
        values = frame.index.get_level_values(level)
        if name is not None and _key(name) not in names and (wanted is None or _key(name) in wanted):
            columns.append((_key(name), pd.Series(values)))
    unnamed = (like if like is not None else frame).index
    if unnamed.nlevels == 1 and unnamed.name is None and not pd.api.types.is_integer_dtype(unnamed.dtype):
        # Labels without a name, such as the rows of describe(): they count as they are.
        columns.append((("row",), pd.Series(frame.index)))
    return columns


def _compare_rows(
    mine: dict[Any, pd.Series[Any]], right: dict[Any, pd.Series[Any]], rules: _Rules, what: str
) -> _Difference | None:
    ours = [list(row) for row in zip(*(_entries(mine[name]) for name in right), strict=True)]
    theirs = [list(row) for row in zip(*(_entries(right[name]) for name in right), strict=True)]
    if _match(ours, theirs, rules):
        return None
    for name in right:  # a column of another kind is worth a sentence of its own
        difference = _first_of(_entries(mine[name]), _entries(right[name]), rules)
        if difference is not None:
            return difference
    return _Difference("value", text("check.value_some", what=what))


# --------------------------------------------------------------------------- checks of test cells


def equal(
    item: str,
    got: Any,
    expected: Any,
    *,
    wrong: Mapping[str, Any] | None = None,
    tolerance: float = 1e-6,
    rounding: int | None = None,
    ordered: bool = True,
    container: Literal["any", "same"] = "any",
) -> None:
    """Check a value: whether it is there, of the right kind, of the right size, and right.

    Reasonable ways to write the same pass: whole numbers as floats, NumPy numbers and arrays for plain
    ones, a Series for a list (its values) or a dictionary (its labels and values), columns in any order, a
    named index or a column of that name, row numbers of any kind. NaN equals NaN.

    Parameters
    ----------
    item : str
        The item, such as ``"m05-better"``.
    got : object
        The trainee's value; None and ``...`` are "not answered".
    expected : object
        The right value. It decides how to compare: a dictionary or labelled Series as labels and values in
        any order, a DataFrame as a table, a list or array or other Series as a sequence.
    wrong : mapping, optional
        Misconception → the value that this mistake gives. If ``got`` is that value, the failure says so.
    tolerance : float, default 1e-6
        The largest difference that counts as none, in the unit of the number (plus one billionth of the
        expected number). Two whole numbers may differ by whole tolerances only.
    rounding : int, optional
        Numbers that are right to so many decimals (within half a unit of the last one) pass too.
    ordered : bool, default True
        Whether the order of a sequence, or of the rows of a table, matters.
    container : {"any", "same"}, default "any"
        ``"same"``: the kind of container must be that of ``expected``.

    Raises
    ------
    CheckFailed
        If the value is not right.
    UnknownNameError
        If the item or a misconception is not in the item's file.
    CourseError
        If a value in ``wrong`` passes for right: the data does not tell the mistake apart.

    Examples
    --------
    >>> equal("m99-better", 0.5, 5 / 10)
    >>> equal("m99-better", 0.25, 0.5, wrong={"kept-reverse": 5 / 20})
    Traceback (most recent call last):
        ...
    csmodels_helpers.check.CheckFailed: [m99-better/kept-reverse] **Denominator.** You kept Reverse.
    Hint: Count only A, O, M and I.
    *m99 › Who leaves the denominator*
    """
    known = _item(item)
    if isinstance(tolerance, bool) or not tolerance >= 0:
        raise ArgumentError("tolerance", tolerance, text("check.author.tolerance"))
    if rounding is not None and rounding not in range(16):
        raise ArgumentError("rounding", rounding, text("check.author.rounding"))
    if container not in ("any", "same"):
        raise ArgumentError("container", container, text("check.author.container"))
    rules = _Rules(float(tolerance), rounding, ordered, container)
    mistakes = _mistakes(known, wrong, expected, rules)
    difference = _compare(got, expected, rules)
    call = ("equal", expected)
    if difference is None:
        _passed(known, call)
        return
    for mistake, value in mistakes:
        if _compare(got, value, rules) is None:
            _failure(known, "misconception", _diagnosis(mistake, got), mistake=mistake, call=call)
    _failure(known, difference.reason, difference.said, call=call)


def _mistakes(item: _Item, wrong: Any, expected: Any, rules: _Rules) -> list[tuple[_Misconception, Any]]:
    if wrong is None:
        return []
    if not isinstance(wrong, Mapping):
        raise ArgumentError("wrong", wrong, text("check.author.wrong"))
    pairs = cast("Mapping[str, Any]", wrong)
    found = [(item.misconception(name), value) for name, value in pairs.items()]
    for mistake, value in found:
        if _compare(value, expected, rules) is None:
            raise CourseError(text("check.author.same", item=item.id, name=mistake.id))
    return found


def choice(item: str, got: Any, answer: str, *, options: Iterable[str] = "ABCD") -> None:
    """Check a choice: one of the options, as text; capital or small, with or without spaces.

    Parameters
    ----------
    item : str
        The item; its misconceptions say which ``option`` gives them away.
    got : object
        The trainee's choice.
    answer : str
        The right option.
    options : iterable of str, default "ABCD"
        All options.

    Raises
    ------
    CheckFailed
        If it is not the right one.

    Examples
    --------
    >>> choice("m99-better", " a ", "A")
    >>> choice("m99-better", "E", "A", options="AB")
    Traceback (most recent call last):
        ...
    csmodels_helpers.check.CheckFailed: [m99-better/type] **Not one of the options.** `E` is not among
    them. Allowed: A, B.
    Hint: Count only A, O, M and I.
    *m99 › Who leaves the denominator*
    """
    known, allowed = _item(item), [str(option) for option in options]
    if answer not in allowed:
        raise ArgumentError("answer", answer, text("check.author.options", options=", ".join(allowed)))
    got, call = _unpacked(got), ("choice", answer)
    if got is None or got is Ellipsis or (isinstance(got, str) and not got.strip()):
        _failure(known, "not-answered", text("check.none_yet"), call=call)
    if not isinstance(got, str):
        said = text("check.option_type", got=_kind_name(got), first=allowed[0])
        _failure(known, "type", said, call=call)
    chosen = next((option for option in allowed if _loose(option) == _loose(got)), None)
    if chosen is None:
        said = text("check.option", got=f"`{_short(got)}`", options=", ".join(allowed))
        _failure(known, "type", said, call=call)
    if chosen == answer:
        _passed(known, call)
        return
    mistake = _by_option(known, chosen)
    said = text("check.option_wrong") if mistake is None else _diagnosis(mistake, chosen)
    _failure(known, "value", said, mistake=mistake, call=call)


def _by_option(item: _Item, option: str) -> _Misconception | None:
    found = item.misconceptions.values()
    return next((m for m in found if _loose(str(m.entry.get("option", ""))) == _loose(option)), None)


def condition(item: str, ok: object, misconception: str | None = None) -> None:
    """Check that something holds.

    Parameters
    ----------
    item : str
        The item.
    ok : bool
        Whether it holds; None and ``...`` are "not answered".
    misconception : str, optional
        What it means if it does not.

    Raises
    ------
    CheckFailed
        If it does not hold.

    Examples
    --------
    >>> condition("m99-better", len("ABC") == 3, "kept-reverse")
    """
    known = _item(item)
    mistake = None if misconception is None else known.misconception(misconception)
    call = ("condition", misconception)
    if ok is None or ok is Ellipsis:
        _failure(known, "not-answered", text("check.none_yet"), call=call)
    if bool(ok):
        _passed(known, call)
        return
    said = text("check.condition") if mistake is None else _diagnosis(mistake, ok)
    _failure(known, "value", said, mistake=mistake, call=call)


def run(item: str, function: Any, /, *args: Any, in_place: bool = False, **kwargs: Any) -> Any:
    """Call a trainee's function and return its value; a failure of the function becomes a message.

    Parameters
    ----------
    item : str
        The item.
    function : callable or None
        The function; None and ``...`` are "not answered".
    *args, **kwargs : object
        What to call it with; it gets copies.
    in_place : bool, default False
        Whether the statement says that the arguments are to be changed: it then gets the arguments
        themselves.

    Returns
    -------
    object
        What the function returned.

    Raises
    ------
    CheckFailed
        If there is no function, if it stopped with an error, or if it changed an argument.

    Examples
    --------
    >>> run("m99-better", len, [1, 2, 3])
    3
    """
    known = _item(item)
    reply = _call(known, function, args, kwargs, in_place=in_place)
    _settled(known, reply, in_place=in_place, call="run")
    return reply.value


def unchanged(item: str, function: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Call a trainee's function with copies and fail if it changed one; return its value.

    Parameters
    ----------
    item : str
        The item.
    function : callable or None
        The function.
    *args, **kwargs : object
        What to call it with.

    Returns
    -------
    object
        What the function returned.

    Raises
    ------
    CheckFailed
        As for :func:`run`.

    Examples
    --------
    >>> unchanged("m99-better", sorted, [3, 1])
    [1, 3]
    """
    return run(item, function, *args, **kwargs)


def raises(
    item: str,
    exception: type[BaseException],
    function: Any,
    /,
    *args: Any,
    misconception: str | None = None,
    **kwargs: Any,
) -> None:
    """Check that a function stops with the right kind of error.

    Parameters
    ----------
    item : str
        The item.
    exception : type
        The class of exception (or a base of it).
    function : callable
        The function.
    *args, **kwargs : object
        What to call it with.
    misconception : str, optional
        What it means if nothing is raised.

    Raises
    ------
    CheckFailed
        If nothing, or something else, is raised.

    Examples
    --------
    >>> raises("m99-better", ValueError, int, "x")
    """
    known = _item(item)
    mistake = None if misconception is None else known.misconception(misconception)
    call, name = ("raises", exception.__name__), exception.__name__
    reply = _call(known, function, args, kwargs)
    if reply.stopped is None:
        said = text("check.no_error", error=name) if mistake is None else _diagnosis(mistake, reply.value)
        _failure(known, "value", said, mistake=mistake, call=call)
    if name not in (reply.stopped.error, *reply.stopped.bases):
        message = _one_line(reply.stopped.message)
        said = text("check.other_error", got=reply.stopped.error, message=message, error=name)
        _failure(known, "raised", said, call=call)
    _passed(known, call)


def stdout(item: str, function: Any, /, *args: Any, expected: str, **kwargs: Any) -> None:
    """Check what a function prints; spaces at the end of lines and empty lines at the end do not count.

    Parameters
    ----------
    item : str
        The item.
    function : callable
        The function.
    *args, **kwargs : object
        What to call it with.
    expected : str
        What it should print.

    Raises
    ------
    CheckFailed
        If it prints something else.

    Examples
    --------
    >>> stdout("m99-better", print, "NPS", expected="NPS")
    """
    known, call = _item(item), ("stdout", expected)
    reply = _call(known, function, args, kwargs, capture=True)
    _settled(known, reply, in_place=False, call=call)
    ours, theirs = _lines(reply.printed), _lines(expected)
    if ours == theirs:
        _passed(known, call)
        return
    if not ours:
        returned = isinstance(reply.value, str) and _lines(reply.value) == theirs
        said = text("check.printed_returned" if returned else "check.printed_nothing")
        _failure(known, "value" if returned else "not-answered", said, call=call)
    longest = range(max(len(ours), len(theirs)))
    line = next(n for n in longest if ours[n : n + 1] != theirs[n : n + 1]) + 1
    spelling = _loose("".join(ours)) == _loose("".join(theirs))
    _failure(
        known,
        "value",
        text("check.printed_spelling" if spelling else "check.printed_other", line=line),
        call=call,
    )


def _lines(printed: str) -> list[str]:
    lines = [line.rstrip() for line in printed.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return lines


# ---------------------------------------------------------------------------------------- figures


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


def picture(drawing: Any) -> Picture:
    """Describe a figure or axes in plain values.

    Parameters
    ----------
    drawing : matplotlib.figure.Figure, matplotlib.axes.Axes, or seaborn grid
        What was drawn; of axes the whole figure is described.

    Returns
    -------
    Picture
        Its titles, labels and the data of its marks.

    Raises
    ------
    TypeError
        If it is none of these.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> figure_, ax = plt.subplots()
    >>> _ = ax.bar(["a", "b"], [3, 5])
    >>> picture(figure_).axes[0]["bars"]
    [['a', 3.0], ['b', 5.0]]
    >>> plt.close(figure_)
    """
    drawn = getattr(drawing, "figure", drawing)
    axes = getattr(drawn, "axes", None)
    if not isinstance(axes, list):
        raise TypeError(type(drawing).__name__)
    found = [ax for ax in cast("list[Any]", axes) if ax.has_data() and ax.get_label() != "<colorbar>"]
    return Picture([_describe(ax) for ax in found])


def _describe(ax: Any) -> dict[str, Any]:
    from matplotlib.collections import PathCollection, QuadMesh
    from matplotlib.container import BarContainer

    bars: list[list[Any]] = []
    sideways = False
    for container in ax.containers:
        if isinstance(container, BarContainer):
            lying = container.orientation == "horizontal"
            sideways = sideways or lying
            names = _tick_names(ax.yaxis if lying else ax.xaxis)
            for bar in cast("list[Any]", container.patches):
                middle = bar.get_y() + bar.get_height() / 2 if lying else bar.get_x() + bar.get_width() / 2
                name = names.get(round(middle, 6), float(middle))
                bars.append([name, float(bar.get_width() if lying else bar.get_height())])
    lines = [
        [[_float(x) for x in line.get_xdata(orig=False)], [_float(y) for y in line.get_ydata(orig=False)]]
        for line in ax.lines
    ]
    points = [
        [_float(x), _float(y)]
        for collection in ax.collections
        if isinstance(collection, PathCollection)
        for x, y in np.ma.getdata(cast("Any", collection.get_offsets())).tolist()
    ]
    grid = bool(ax.images) or any(isinstance(collection, QuadMesh) for collection in ax.collections)
    present = {"bar": bool(bars), "line": bool(lines), "point": bool(points), "image": grid}
    return {
        "title": ax.get_title(loc="left") or ax.get_title() or ax.get_title(loc="right"),
        "xlabel": ax.get_xlabel(),
        "ylabel": ax.get_ylabel(),
        "kinds": [kind for kind, there in present.items() if there] or ["other"],
        "bars": bars,
        "lines": lines,
        "points": points,
        "sideways": sideways,
    }


def _tick_names(axis: Any) -> dict[float, Any]:
    """Return place → name where ticks carry names (pandas writes numbers as names, too)."""
    from matplotlib.category import StrCategoryLocator
    from matplotlib.ticker import FixedLocator

    if not isinstance(axis.get_major_locator(), StrCategoryLocator | FixedLocator):
        return {}
    names = [label.get_text() for label in axis.get_ticklabels()]
    places = [float(place) for place in axis.get_majorticklocs()]
    return {round(place, 6): _as_number(name) for place, name in zip(places, names, strict=False) if name}


def _as_number(name: Any) -> Any:
    number = _parse(name) if isinstance(name, str) else None
    return name if number is None else number


def _float(value: Any) -> float:
    return float(value)


def figure(
    item: str,
    drawing: Any,
    *,
    title: bool | str | Sequence[str] | None = None,
    xlabel: bool | str | Sequence[str] | None = None,
    ylabel: bool | str | Sequence[str] | None = None,
    kind: Literal["bar", "line", "point", "image"] | None = None,
    marks: Any = None,
    tolerance: float = 1e-6,
) -> None:
    """Check a figure by what it says and shows, not by how it was drawn.

    Parameters
    ----------
    item : str
        The item.
    drawing : figure, axes, Picture or callable
        What was drawn, or a function without arguments that draws and returns it.
    title, xlabel, ylabel : bool, str or sequence of str, optional
        True: it must be there. A text: it must be this, apart from capitals and spaces. Several texts: each
        of them must occur in it. Lying bars may have the two labels the other way round.
    kind : {"bar", "line", "point", "image"}, optional
        What must be drawn (other marks may be there too).
    marks : dict or list, optional
        What is shown: for bars label → height (or the heights in their order), for a line x → y (or the y
        values), for points a list of (x, y) in any order.
    tolerance : float, default 1e-6
        The largest difference in ``marks`` that counts as none.

    Raises
    ------
    CheckFailed
        If no axes of the figure is as asked.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> _, ax = plt.subplots()
    >>> _ = ax.bar(["price"], [4]), ax.set_title("Price")
    >>> figure("m99-better", ax, title=True, kind="bar", marks={"price": 4})
    >>> plt.close()
    """
    known = _item(item)
    names = ("bar", "line", "point", "image")
    if kind is not None and kind not in names:
        raise ArgumentError("kind", kind, text("check.author.figure_kind", kinds=", ".join(names)))
    call = ("figure", kind, title, xlabel, ylabel)
    if drawing is None or drawing is Ellipsis:
        _failure(known, "not-answered", text("check.none_yet"), call=call)
    if isinstance(drawing, Remote) or (callable(drawing) and not _is_drawing(drawing)):
        reply = _call(known, drawing, (), {})
        _settled(known, reply, in_place=False, call=call)
        drawing = reply.value
    if not isinstance(drawing, Picture):
        try:
            drawing = picture(drawing)
        except TypeError:
            said = text("check.figure.none", got=_kind_name(drawing))
            _failure(known, "type", said, call=call)
    if not drawing.axes:
        _failure(known, "shape", text("check.figure.empty"), call=call)
    wanted = {"title": title, "xlabel": xlabel, "ylabel": ylabel}
    rules = _Rules(float(tolerance), ordered=True)
    faults = [_fault(axes, wanted, kind, marks, rules) for axes in drawing.axes]
    fault = next((fault for fault in faults if fault is not None), None)
    if any(fault is None for fault in faults) or fault is None:
        _passed(known, call)
        return
    _failure(known, fault.reason, fault.said, call=call)


def _fault(
    axes: dict[str, Any], wanted: dict[str, Any], kind: str | None, marks: Any, rules: _Rules
) -> _Difference | None:
    """Say what is wrong with one axes: first what is drawn, then what is written."""
    if kind is not None and kind not in axes["kinds"]:
        got = ", ".join(text(f"check.figure.kinds.{name}") for name in axes["kinds"])
        want = text(f"check.figure.kinds.{kind}")
        return _Difference("type", text("check.figure.kind", got=got, want=want))
    if marks is not None and not _shows(axes, kind, marks, rules):
        return _Difference("value", text("check.figure.marks"))
    for name, want in wanted.items():
        written = [str(axes[name])]
        if axes["sideways"] and name != "title":
            written.append(str(axes["ylabel" if name == "xlabel" else "xlabel"]))
        if want in (None, False) or any(_written(words, want) for words in written):
            continue
        key = f"check.figure.{name}" if not axes[name].strip() else f"check.figure.{name}_other"
        return _Difference("value", text(key))
    return None


def _written(words: str, want: Any) -> bool:
    if want is True:
        return bool(words.strip())
    if isinstance(want, str):
        return _loose(words) == _loose(want)
    return all(_loose(part) in _loose(words) for part in want)


def _shows(axes: dict[str, Any], kind: str | None, marks: Any, rules: _Rules) -> bool:
    kinds: list[str] = [kind] if kind else axes["kinds"]
    shown: list[Any] = []
    mapping = isinstance(marks, Mapping)
    if mapping:
        marks = {_as_number(name): mark for name, mark in cast("Mapping[Any, Any]", marks).items()}
    if "bar" in kinds:
        shown.append(dict(axes["bars"]) if mapping else [height for _, height in axes["bars"]])
    if "line" in kinds:
        shown += [dict(zip(x, y, strict=True)) if mapping else y for x, y in axes["lines"]]
    if "point" in kinds:
        points = dict(axes["points"]) if mapping else axes["points"]
        if not mapping and _compare(points, marks, _Rules(rules.tolerance, ordered=False)) is None:
            return True
        shown.append(points)
    return any(_compare(values, marks, rules) is None for values in shown)


# -------------------------------------------------------------------------------- micro-questions


def ask(item: str, answer: Any = None) -> Question | Feedback:
    """Ask a question of the lesson; put the call in the last line of a cell.

    A wrong answer gets its own diagnosis, the next one a hint, the third a worked step. Tries are counted
    in the trainee's progress; nothing of it is graded.

    Parameters
    ----------
    item : str
        An item of kind ``choice`` or ``number``.
    answer : str or number, optional
        The answer, to get the feedback without buttons: ``check.ask("m05-demo", answer="B")``.

    Returns
    -------
    Question or Feedback
        Without an answer the question, which shows itself; else what is said to the answer.

    Raises
    ------
    UnknownNameError
        If there is no such item.
    ArgumentError
        If the item is not of a kind that can be asked.

    Examples
    --------
    >>> ask("m99-answers", answer="B")
    Denominator. You kept Reverse.
    m99 › Who leaves the denominator
    >>> ask("m99-answers", answer="A")
    Right. 600 − 60.
    """
    known = _item(item)
    if known.kind not in ("choice", "number"):
        raise ArgumentError("item", item, text("check.author.ask_kind"))
    return Question(item) if answer is None else _judge(known, answer)


def _judge(item: _Item, answer: Any) -> Feedback:
    judged = _judge_choice(item, answer) if item.kind == "choice" else _judge_number(item, answer)
    if isinstance(judged, str):  # it could not be judged, so it is no try
        return Feedback(item.id, None, judged)
    correct, mistake, diagnosis = judged
    level, notice = _count(item.id, passed=correct)
    if correct:
        right = item.says("right")
        said = text("check.right", right=right) if right else text("check.right_plain")
        return Feedback(item.id, True, "\n".join(filter(None, [said, notice])))
    if os.environ.get("NBGRADER_EXECUTION"):
        level = min(level, 2)
    message = "\n".join(filter(None, [_compose(item, mistake, diagnosis, level), notice]))
    return Feedback(item.id, False, message, mistake.id if mistake else None, level)


_Judged = tuple[bool, _Misconception | None, str]


def _judge_choice(item: _Item, answer: Any) -> _Judged | str:
    options: dict[str, Any] = item.entry.get("options", {})
    if isinstance(answer, str) and not answer.strip():
        return text("check.ask.pick")
    chosen = next((option for option in options if _loose(option) == _loose(str(answer))), None)
    if chosen is None or not isinstance(answer, str):
        return text("check.option", got=f"`{_short(answer)}`", options=", ".join(options))
    if chosen == str(item.entry.get("answer")):
        return True, None, ""
    mistake = _by_option(item, chosen)
    return False, mistake, text("check.option_wrong") if mistake is None else _diagnosis(mistake, chosen)


def _judge_number(item: _Item, answer: Any) -> _Judged | str:
    answer = _unpacked(answer)
    if isinstance(answer, bool | np.bool_):
        return text("check.number_bool")
    if isinstance(answer, str) and not answer.strip():
        return text("check.ask.empty")
    number = _parse(answer) if isinstance(answer, str) else answer
    if number is None or _kind(number) != "number" or _missing(number):
        return text("check.number_unreadable", got=f"`{_short(answer)}`")
    tolerance = float(item.entry.get("tolerance", 1e-6))
    if _same_number(number, item.entry["answer"], _Rules(tolerance)):
        return True, None, ""
    for mistake in item.misconceptions.values():
        near = _Rules(float(mistake.entry.get("tolerance", tolerance)))
        if "value" in mistake.entry and _same_number(number, mistake.entry["value"], near):
            return False, mistake, _diagnosis(mistake, number)
    return False, None, text("check.number_wrong")


def _parse(words: str) -> float | int | None:
    """Read a number as people type it; a comma could be either sign, so it is no number."""
    plain = unicodedata.normalize("NFKC", words).strip().replace("\u2212", "-")
    if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", plain):
        return None
    return int(plain) if re.fullmatch(r"[-+]?\d+", plain) else float(plain)


ROOMY = (
    "<style>.csmodels-options .widget-radio-box label{display:flex;flex-direction:row-reverse;"
    "justify-content:flex-end;height:auto;line-height:1.4;margin:0 0 .4em}"
    ".csmodels-options .widget-radio-box input{flex:none;height:1.4em}</style>"
)
"""Lets options of radio buttons take several lines: ipywidgets gives each the height of one, and floats
the button, which stands behind the text in the page, to the last line."""


class Question:
    """A question with its answer field: buttons in Jupyter, plain text elsewhere.

    Parameters
    ----------
    item : str
        The item.

    Attributes
    ----------
    field : ipywidgets.Widget
        Where the answer is chosen or written.
    button : ipywidgets.Button
        Judges it.
    feedback : ipywidgets.HTML
        What is said to it; screen readers read it out when it changes.

    Examples
    --------
    >>> Question("m99-answers")
    How many answers count?
    A  540
    B  600
    """

    def __init__(self, item: str) -> None:
        # Only lessons need widgets; the grader's process does without.
        import ipywidgets

        self._item = _item(item)
        entry = self._item.entry
        style = {"description_width": "initial"}
        wide = ipywidgets.Layout(width="auto", max_width="46em")
        if self._item.kind == "choice":
            options = [(self._option(letter), letter) for letter in entry.get("options", {})]
            self.field: Any = ipywidgets.RadioButtons(
                options=options, value=None, description=text("check.ask.choice"), style=style, layout=wide
            )
            self.field.add_class("csmodels-options")
        else:
            self.field = ipywidgets.Text(
                description=text("check.ask.number"),
                placeholder=text("check.ask.placeholder"),
                style=style,
                layout=wide,
            )
        question = ipywidgets.HTML(f"{ROOMY}<div style='max-width:46em'>{self._question()}</div>")
        self.button: Any = ipywidgets.Button(description=text("check.ask.button"), button_style="primary")
        self.feedback: Any = ipywidgets.HTML(_spoken(""))
        self.button.on_click(self._answered)
        self._box: Any = ipywidgets.VBox([question, self.field, self.button, self.feedback])

    def _option(self, letter: str) -> str:
        return f"{letter}  {_strip(_pick(self._item.entry['options'][letter]))}"

    def _question(self) -> str:
        return _replace(
            html.escape(self._item.says("question")),
            r"<strong>\1</strong>",
            r"<em>\1</em>",
            r"<code>\1</code>",
        )

    def _answered(self, _: Any) -> None:
        value = self.field.value
        said = _judge(self._item, "" if value is None else value)
        self.feedback.value = _spoken(_html(said.message, correct=said.correct))

    def __repr__(self) -> str:
        options = [self._option(letter) for letter in self._item.entry.get("options", {})]
        return "\n".join([_strip(self._item.says("question")), *options])

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        options = "".join(
            f"<li style='list-style:none'>{html.escape(self._option(letter))}</li>"
            for letter in self._item.entry.get("options", {})
        )
        # A page without a kernel, or paper, shows the question and its options.
        still = f"<div>{self._question()}<ul>{options}</ul></div>"
        view = self._box._repr_mimebundle_(**kwargs) or {}
        return {**view, "text/plain": repr(self), "text/html": still}


def _spoken(content: str) -> str:
    # ipywidgets replaces the whole element when its value changes. Screen readers overlook a region that
    # appears together with its text, unless it is an alert; aria-live keeps it from interrupting.
    return f'<div role="alert" aria-live="polite" aria-atomic="true">{content}</div>'


def hint(item: str) -> Feedback:
    """Open the next hint of an item: first the hint, then the worked step.

    Parameters
    ----------
    item : str
        The item.

    Returns
    -------
    Feedback
        The hint, which shows itself. While nbgrader runs the notebook it is always the first.

    Examples
    --------
    >>> hint("m99-better")
    Hint: Count only A, O, M and I.
    m99 › Who leaves the denominator
    """
    known = _item(item)
    opened = 1
    notice: str | None = None
    if not os.environ.get("NBGRADER_EXECUTION"):
        done = progress.modify(f"hint/{item}", lambda old: min(int(old or 0) + 1, 3))
        opened, notice = int(done.value), done.notice
    parts = [text("check.hint", hint=known.says("hint"))] if known.says("hint") else []
    if opened >= 2 and known.says("step"):
        parts.append(text("check.step", step=known.says("step")))
    if opened >= 3 or not parts:
        parts.append(text("check.no_more_hints"))
    section = known.says("section")
    if section:
        parts.append(text("check.reread", module=known.module, section=section))
    return Feedback(item, None, "\n".join(filter(None, [*parts, notice])))


def misconceptions(module: str) -> pd.DataFrame:
    """List the misconceptions of a module, for reports.

    Parameters
    ----------
    module : str
        Such as ``"m05"``.

    Returns
    -------
    pandas.DataFrame
        One row a misconception, with the columns ``item``, ``kind``, ``misconception``, ``name``,
        ``message``, ``hint``, ``anchor`` and ``section``, texts in the language in force.

    Raises
    ------
    UnknownNameError
        If the module has no file.

    Examples
    --------
    >>> misconceptions("m99")[["item", "misconception", "name"]]
              item misconception         name
    0   m99-better  kept-reverse  Denominator
    1  m99-answers  kept-reverse  Denominator
    """
    rows: list[dict[str, str]] = []
    for name in _module(module).get("items", {}):
        item = _item(name)
        rows += [
            {
                "item": name,
                "kind": item.kind,
                "misconception": mistake.id,
                "name": mistake.says("name"),
                "message": mistake.says("message"),
                "hint": item.says("hint", mistake),
                "anchor": item.anchor(mistake),
                "section": item.says("section", mistake),
            }
            for mistake in item.misconceptions.values()
        ]
    columns = ["item", "kind", "misconception", "name", "message", "hint", "anchor", "section"]
    return pd.DataFrame(rows, columns=columns)


# -------------------------------------------------------------------------------------- the lint

_TEXTS = {"section", "question", "hint", "step", "right"}
_ITEM_FIELDS = {"kind", "anchor", "section", "hint", "step", "right", "misconceptions"}
_ASK_FIELDS = {"question", "answer"}
_MISTAKE_FIELDS = {"name", "message", "hint", "step", "anchor", "section"}
_PLACEHOLDER = re.compile(r"\{\w+\}")


def validate_file(path: str | Path) -> list[str]:
    """Look for mistakes in a file of items: ids, languages, placeholders, options, anchors, answers.

    Parameters
    ----------
    path : str or Path
        A file such as ``checks/m05.toml``.

    Returns
    -------
    list of str
        What is wrong, each naming the place; empty if nothing is.

    Examples
    --------
    >>> validate_file("m05.txt")
    ["m05.txt: the file's name should be mNN.toml"]
    """
    file = Path(path)
    if not re.fullmatch(r"m\d\d\.toml", file.name):
        return [text("check.lint.name", file=file.name)]
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return [text("check.lint.read", file=file.name, reason=error)]
    module = file.stem
    problems: list[str] = []
    if not str(content.get("lesson", "")).startswith(f"{module}_"):
        problems.append(text("check.lint.lesson", file=file.name, module=module))
    for name in sorted(set(content) - {"lesson", "items"}):
        problems.append(text("check.lint.unknown", where=file.name, field=name))
    items = content.get("items", {})
    if not isinstance(items, dict):
        return [*problems, text("check.lint.table", where=f"{file.name}: items")]
    for name, entry in cast("dict[str, Any]", items).items():
        where = f"{file.name}: {name}"
        match = _ID.fullmatch(name)
        if match is None or match[1] != module:
            problems.append(text("check.lint.id", where=where, module=module))
        if not isinstance(entry, dict):
            problems.append(text("check.lint.table", where=where))
            continue
        problems += _lint_item(where, cast("dict[str, Any]", entry))
    return problems


def _lint_item(where: str, entry: dict[str, Any]) -> list[str]:
    kind = entry.get("kind")
    if kind not in KINDS:
        return [text("check.lint.kind", where=where)]
    extra = {"choice": {"options"}, "number": {"tolerance"}, "graded": set[str]()}[kind]
    asked = _ASK_FIELDS if kind != "graded" else set[str]()
    required = {"anchor", "section", "hint", "step", *asked, *(extra - {"tolerance"})}
    required |= {"right"} if asked else set()
    problems = _lint_fields(where, entry, required, _ITEM_FIELDS | asked | extra, _TEXTS)
    problems += _lint_anchor(where, entry)
    mistakes: Any = entry.get("misconceptions", {})
    if not isinstance(mistakes, dict):
        return [*problems, text("check.lint.table", where=f"{where}: misconceptions")]
    known = {str(name): m for name, m in cast("dict[str, Any]", mistakes).items()}
    tell = {"choice": {"option"}, "number": {"value"}, "graded": set[str]()}[kind]
    also = {"choice": set[str](), "number": {"tolerance"}, "graded": {"option"}}[kind]
    for name, mistake in known.items():
        place = f"{where}/{name}"
        if not _NAME.fullmatch(name):
            problems.append(text("check.lint.misconception_id", where=place))
        if name in REASONS:
            problems.append(text("check.lint.reserved", where=place, name=name))
        if not isinstance(mistake, dict):
            problems.append(text("check.lint.table", where=place))
            continue
        fields = cast("dict[str, Any]", mistake)
        allowed = _MISTAKE_FIELDS | tell | also
        texts = _TEXTS | {"name", "message"}
        problems += _lint_fields(place, fields, {"name", "message", *tell}, allowed, texts)
        if ("anchor" in fields) != ("section" in fields):
            problems.append(text("check.lint.both", where=place))
        problems += _lint_anchor(place, fields)
    good = {name: cast("dict[str, Any]", m) for name, m in known.items() if isinstance(m, dict)}
    if kind == "choice":
        problems += _lint_choice(where, entry, good)
    elif kind == "number":
        problems += _lint_number(where, entry, good)
    else:
        problems += _lint_twice(where, [m["option"] for m in good.values() if "option" in m])
    return problems


def _lint_fields(
    where: str, entry: dict[str, Any], required: set[str], allowed: set[str], texts: set[str]
) -> list[str]:
    problems = [text("check.lint.missing", where=where, field=f) for f in sorted(required - set(entry))]
    problems += [text("check.lint.unknown", where=where, field=f) for f in sorted(set(entry) - allowed)]
    for name in sorted(texts & set(entry) & allowed):
        problems += _lint_text(where, name, entry[name])
    return problems


def _lint_text(where: str, name: str, strings: Any) -> list[str]:
    if not isinstance(strings, dict):
        return [text("check.lint.languages", where=where, field=name)]
    said = cast("dict[str, Any]", strings)
    if set(said) != set(LANGUAGES) or not all(isinstance(s, str) and s.strip() for s in said.values()):
        return [text("check.lint.languages", where=where, field=name)]
    found = {language: sorted(set(_PLACEHOLDER.findall(said[language]))) for language in LANGUAGES}
    problems: list[str] = []
    if len({tuple(names) for names in found.values()}) > 1:
        problems.append(text("check.lint.placeholders", where=where, field=name))
    known = {"{got}"} if name == "message" else set[str]()
    for placeholder in sorted({p for names in found.values() for p in names} - known):
        problems.append(
            text("check.lint.placeholder", where=where, field=name, name=placeholder, known="{got}")
        )
    return problems


def _lint_anchor(where: str, entry: dict[str, Any]) -> list[str]:
    anchor = entry.get("anchor")
    if anchor is None or (isinstance(anchor, str) and _NAME.fullmatch(anchor)):
        return []
    return [text("check.lint.anchor", where=where)]


def _lint_choice(where: str, entry: dict[str, Any], mistakes: dict[str, dict[str, Any]]) -> list[str]:
    options: Any = entry.get("options")
    if not isinstance(options, dict):
        return [] if options is None else [text("check.lint.table", where=f"{where}: options")]
    letters = [str(letter) for letter in cast("dict[str, Any]", options)]
    problems = [p for o in letters for p in _lint_text(where, f"options.{o}", cast("Any", options)[o])]
    if len(letters) < 2:
        problems.append(text("check.lint.few", where=where))
    answer = entry.get("answer")
    if answer not in letters:
        return [*problems, text("check.lint.answer", where=where)]
    wrong = [letter for letter in letters if letter != answer]
    told = [mistake["option"] for mistake in mistakes.values() if "option" in mistake]
    problems += [
        text("check.lint.option", where=where, option=option) for option in told if option not in wrong
    ]
    problems += [text("check.lint.uncovered", where=where, option=o) for o in wrong if o not in told]
    problems += _lint_twice(where, told)
    right: Any = cast("dict[str, Any]", options)[answer]
    if isinstance(right, dict):
        said = str(cast("dict[str, Any]", right).get("en", ""))
        number = _parse(said)
        if number is not None:
            problems += _lint_secret(where, entry, mistakes, said.strip())
    return problems


def _lint_number(where: str, entry: dict[str, Any], mistakes: dict[str, dict[str, Any]]) -> list[str]:
    answer, tolerance = entry.get("answer"), entry.get("tolerance", 1e-6)
    problems: list[str] = []
    for name, value in (("answer", answer), ("tolerance", tolerance)):
        if value is not None and _kind(value) != "number":
            problems.append(text("check.lint.number", where=where, field=name))
    if problems or answer is None:
        return problems
    seen: list[Any] = []
    for name, mistake in mistakes.items():
        value = mistake.get("value")
        near = mistake.get("tolerance", tolerance)
        if value is None:
            continue
        if _kind(value) != "number" or _kind(near) != "number":
            problems.append(text("check.lint.number", where=f"{where}/{name}", field="value"))
            continue
        if _same_number(value, answer, _Rules(float(tolerance))):
            problems.append(text("check.lint.right", where=f"{where}/{name}"))
        if any(_same_number(value, other, _Rules(float(near))) for other in seen):
            problems.append(text("check.lint.twice", where=where, what=value))
        seen.append(value)
    return problems + _lint_secret(where, entry, mistakes, str(answer))


def _lint_secret(
    where: str, entry: dict[str, Any], mistakes: dict[str, dict[str, Any]], answer: str
) -> list[str]:
    """Find diagnoses and hints that contain the answer: only the worked step may lead there."""
    pattern = re.compile(rf"(?<![\d.]){re.escape(answer)}(?!\d|\.\d)")
    problems: list[str] = []
    for place, fields in [(where, entry), *((f"{where}/{name}", m) for name, m in mistakes.items())]:
        for name in ("name", "message", "hint"):
            said: Any = fields.get(name)
            if isinstance(said, dict) and any(
                pattern.search(str(s)) for s in cast("dict[str, Any]", said).values()
            ):
                problems.append(text("check.lint.gives_away", where=place, field=name))
    return problems


def _lint_twice(where: str, told: list[Any]) -> list[str]:
    twice = [option for option, n in Counter(told).items() if n > 1]
    return [text("check.lint.twice", where=where, what=option) for option in twice]
