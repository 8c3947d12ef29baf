"""What a check says: the failure that a test cell raises, the feedback to an answer, and their markup."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any, Literal, get_args

__all__ = ["CheckFailed", "Feedback", "Tag", "read_tag"]

Reason = Literal["misconception", "not-answered", "type", "shape", "value", "raised", "changed", "elsewhere"]
REASONS: tuple[Reason, ...] = get_args(Reason)

ITEM_ID = re.compile(r"(m\d\d)-[a-z0-9]+(?:-[a-z0-9]+)*")
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


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
    reason : {"misconception", "not-answered", "type", "shape", "value", "raised", "changed", "elsewhere"}
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
        return as_html(self.message, correct=False)


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
    match = re.match(rf"\[({ITEM_ID.pattern})/({NAME.pattern})\] ", evalue)
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
        return plain(self.message)

    def _repr_html_(self) -> str:
        return as_html(self.message, correct=self.correct)


_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_SLANTED = re.compile(r"(?<![*\w])\*(?=[^\s*])([^*]+?)(?<=[^\s*])\*(?![*\w])")
_CODE = re.compile(r"`([^`]+)`")


def markup(line: str, bold: str, slanted: str, code: str) -> str:
    # Code first, and out of the way: a * in it is a multiplication.
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(code.replace(r"\1", match[1]))
        return f"\0{len(kept) - 1}\0"

    line = _CODE.sub(keep, line)
    line = _SLANTED.sub(slanted, _BOLD.sub(bold, line))
    return re.sub("\0(\\d+)\0", lambda match: kept[int(match[1])], line)


def plain(message: str) -> str:
    return "\n".join(markup(line, r"\1", r"\1", r"`\1`") for line in message.splitlines())


def _ansi(line: str) -> str:
    return markup(line, "\x1b[1m\\1\x1b[0m", "\x1b[3m\\1\x1b[0m", r"\1")


def as_html(message: str, *, correct: bool | None) -> str:
    """Return the message as HTML; sign and words, not the colour alone, say whether it was right."""
    lines = [
        markup(html.escape(line), r"<strong>\1</strong>", r"<em>\1</em>", r"<code>\1</code>")
        for line in message.splitlines()
    ]
    sign = {True: "✓ ", False: "→ ", None: ""}[correct]
    colour = {True: "#009E73", False: "#D55E00", None: "#5F6368"}[correct]
    body = "".join(f"<p style='margin:.2em 0'>{line}</p>" for line in lines)
    body = body.replace("<p style='margin:.2em 0'>", f"<p style='margin:.2em 0'>{sign}", 1)
    return f"<div style='border-left:4px solid {colour};padding:.2em .8em;max-width:46em'>{body}</div>"
