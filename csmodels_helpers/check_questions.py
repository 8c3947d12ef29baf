"""The questions of the lessons: :func:`ask`, the widget, and the judgement of an answer."""

from __future__ import annotations

import html
import os
import unicodedata
from typing import Any

import numpy as np

from csmodels_helpers.check_comparison import Rules, same_number
from csmodels_helpers.check_feedback import Feedback, as_html, markup, plain
from csmodels_helpers.check_items import Item, Misconception, find_item, pick
from csmodels_helpers.check_kinds import kind_of, loose, missing, parse_number, short, unpacked
from csmodels_helpers.check_tries import count
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import text

__all__ = ["Question", "ask"]


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
    known = find_item(item)
    if known.kind not in ("choice", "number"):
        raise ArgumentError("item", item, text("check.author.ask_kind"))
    return Question(item) if answer is None else _judge(known, answer)


def _judge(item: Item, answer: Any) -> Feedback:
    judged = _judge_choice(item, answer) if item.kind == "choice" else _judge_number(item, answer)
    if isinstance(judged, str):  # it could not be judged, so it is no try
        return Feedback(item.id, None, judged)
    correct, mistake, diagnosis = judged
    level, notice = count(item.id, passed=correct)
    if correct:
        right = item.says("right")
        said = text("check.right", right=right) if right else text("check.right_plain")
        return Feedback(item.id, True, "\n".join(filter(None, [said, notice])))
    if os.environ.get("NBGRADER_EXECUTION"):
        level = min(level, 2)
    message = "\n".join(filter(None, [item.message(diagnosis, level, mistake), notice]))
    return Feedback(item.id, False, message, mistake.id if mistake else None, level)


_Judged = tuple[bool, Misconception | None, str]


def _judge_choice(item: Item, answer: Any) -> _Judged | str:
    options: dict[str, Any] = item.entry.get("options", {})
    if isinstance(answer, str) and not answer.strip():
        return text("check.ask.pick")
    chosen = next((option for option in options if loose(option) == loose(str(answer))), None)
    if chosen is None or not isinstance(answer, str):
        return text("check.option", got=f"`{short(answer)}`", options=", ".join(options))
    if chosen == str(item.entry.get("answer")):
        return True, None, ""
    mistake = item.by_option(chosen)
    return False, mistake, text("check.option_wrong") if mistake is None else mistake.diagnosis(chosen)


def _judge_number(item: Item, answer: Any) -> _Judged | str:
    answer = unpacked(answer)
    if isinstance(answer, bool | np.bool_):
        return text("check.number_bool")
    if isinstance(answer, str) and not answer.strip():
        return text("check.ask.empty")
    right = item.entry["answer"]
    number = _typed(answer, share=abs(right) <= 1) if isinstance(answer, str) else answer
    if number is None or kind_of(number) != "number" or missing(number):
        return text("check.number_unreadable", got=f"`{short(answer)}`")
    tolerance = float(item.entry.get("tolerance", 1e-6))
    if same_number(number, right, Rules(tolerance)):
        return True, None, ""
    for mistake in item.misconceptions.values():
        near = Rules(float(mistake.entry.get("tolerance", tolerance)))
        if "value" in mistake.entry and same_number(number, mistake.entry["value"], near):
            return False, mistake, mistake.diagnosis(number)
    for factor in (100, 0.01):
        if same_number(number, right * factor, Rules(tolerance * factor)):
            return False, None, text("check.number_unit")
    return False, None, text("check.number_wrong")


def _typed(words: str, *, share: bool) -> float | int | None:
    """Read a number that may end in a per cent sign."""
    plain = unicodedata.normalize("NFKC", words).strip()
    number = parse_number(plain.removesuffix("%"))
    return number / 100 if number is not None and share and plain.endswith("%") else number


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

        self._item = find_item(item)
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
                placeholder=text(f"check.ask.{'share' if abs(entry['answer']) <= 1 else 'amount'}"),
                style=style,
                layout=wide,
            )
        question = ipywidgets.HTML(f"{ROOMY}<div style='max-width:46em'>{self._question()}</div>")
        self.button: Any = ipywidgets.Button(description=text("check.ask.button"), button_style="primary")
        self.feedback: Any = ipywidgets.HTML(_spoken(""))
        self.button.on_click(self._answered)
        self._box: Any = ipywidgets.VBox([question, self.field, self.button, self.feedback])

    def _option(self, letter: str) -> str:
        return f"{letter}  {plain(pick(self._item.entry['options'][letter]))}"

    def _question(self) -> str:
        return markup(
            html.escape(self._item.says("question")),
            r"<strong>\1</strong>",
            r"<em>\1</em>",
            r"<code>\1</code>",
        )

    def _answered(self, _: Any) -> None:
        value = self.field.value
        said = _judge(self._item, "" if value is None else value)
        self.feedback.value = _spoken(as_html(said.message, correct=said.correct))

    def __repr__(self) -> str:
        options = [self._option(letter) for letter in self._item.entry.get("options", {})]
        return "\n".join([plain(self._item.says("question")), *options])

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
