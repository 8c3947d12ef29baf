"""The controls of the lessons: guesses before the answer, explorers, notes on accounts, decision cards.

All of them work by keyboard alone, and in a notebook that is run without anybody in front of it: a guess is
then simply not there. What is recorded stays in the trainee's own ``progress.json``.
"""

from __future__ import annotations

import gc
import html
import math
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import ipywidgets
import matplotlib as mpl
import matplotlib.pyplot as plt

from csmodels_helpers import plots, progress
from csmodels_helpers.accounts_notes import Recorded, record_note, recorded_notes
from csmodels_helpers.check import ROOMY
from csmodels_helpers.check_kinds import is_drawing
from csmodels_helpers.datasets import load_dataset
from csmodels_helpers.errors import ArgumentError, UnknownNameError
from csmodels_helpers.language import get_language, text

__all__ = [
    "Card",
    "Choice",
    "Explorer",
    "Note",
    "Prediction",
    "account_note",
    "account_notes",
    "choose",
    "decision_card",
    "explore",
    "predict",
    "replay",
    "reveal",
    "say",
]

_ID = re.compile(r"m\d\d-[a-z0-9]+(?:-[a-z0-9]+)*")
_STYLE = {"description_width": "initial"}
_WIDE = {"width": "auto", "max_width": "46em"}
_BUTTON = {"width": "auto", "align_self": "flex-start"}
# A guess this near, as a share of the slider's range, was a good one.
_CLOSE = 0.05


@dataclass(frozen=True, repr=False)
class Card:
    """Something to show: HTML in Jupyter and in print, plain text elsewhere.

    Parameters
    ----------
    html : str
        What Jupyter shows.
    plain : str
        The same in words.

    Examples
    --------
    >>> Card("<p>Ring Huarui.</p>", "Ring Huarui.")
    Ring Huarui.
    """

    html: str
    plain: str

    def __repr__(self) -> str:
        return self.plain

    def _repr_html_(self) -> str:
        return self.html


class _Shown:
    """Base of what has a box of widgets: it shows the box, or words where there are no widgets."""

    _box: Any

    def _still(self) -> Card:
        """Return what a page without a kernel, or paper, shows."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self._still().plain

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        still = self._still()
        view = self._box._repr_mimebundle_(**kwargs) or {}
        return {**view, "text/plain": still.plain, "text/html": still.html}


def say(*sentences: str) -> Card:
    """Show sentences as paragraphs; what is printed instead breaks inside of words in a narrow window.

    Parameters
    ----------
    *sentences : str
        Plain text, a paragraph each.

    Returns
    -------
    Card
        Shows itself.

    Examples
    --------
    >>> say("South: no difference.", "North: 16 points more.")
    South: no difference.
    North: 16 points more.
    """
    return Card("".join(_paragraph(words) for words in sentences), "\n".join(sentences))


# ---------------------------------------------------------------------------------------- guesses


class Prediction(_Shown):
    """Sliders for a guess, as :func:`predict` returns them.

    Attributes
    ----------
    values : dict
        Label → number; None for each while nothing is recorded.
    answered : bool
        Whether a guess is recorded.
    sliders : dict
        Label → its ipywidgets slider.
    button : ipywidgets.Button
        Records the guess.
    feedback : ipywidgets.HTML
        What is said; screen readers read it out when it changes.

    Examples
    --------
    >>> predict("m99-doc", ["price"]).answered
    False
    """

    def __init__(
        self,
        item: str,
        labels: Sequence[str],
        unit: str,
        minimum: float,
        maximum: float,
        step: float,
        question: str | None,
    ) -> None:
        self._item, self._unit, self._question = item, unit, question
        self._range = (minimum, maximum)
        known: Any = progress.recall(f"prediction/{item}")
        kept: Any = known.get("values") if isinstance(known, dict) else None
        usable = isinstance(kept, dict) and all(
            _is_number(cast("dict[str, Any]", kept).get(label)) for label in labels
        )
        self._values: dict[str, Any] = {label: kept[label] if usable else None for label in labels}
        whole = all(float(number).is_integer() for number in (minimum, maximum, step))
        kind: Any = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
        middle = minimum + step * math.floor((maximum - minimum) / step / 2)
        self.sliders: dict[str, Any] = {}
        for label in labels:
            start = min(max(self._values[label], minimum), maximum) if usable else middle
            number: Callable[[float], float] = int if whole else float
            self.sliders[label] = kind(
                value=number(start),
                min=number(minimum),
                max=number(maximum),
                step=number(step),
                description=label,
                continuous_update=False,
                readout_format="d" if whole else f".{_decimals(step)}f",
                style=_STYLE,
                layout=ipywidgets.Layout(**_WIDE),
            )
        self._moved: set[str] = set()
        for label, slider in self.sliders.items():
            slider.observe(lambda _, label=label: self._move(label), "value")
        self.button: Any = ipywidgets.Button(
            description=text("widgets.predict.record"),
            button_style="primary",
            layout=ipywidgets.Layout(**_BUTTON),
        )
        self.button.on_click(lambda _: self._record())
        said = text("widgets.predict.waiting") if not usable else self._said()
        self.feedback: Any = ipywidgets.HTML(_spoken(said))
        # The readout of a slider shows no unit, so that stands above.
        heading = ipywidgets.HTML(_paragraph(" ".join(filter(None, [question, f"({unit})" if unit else ""]))))
        self._box = ipywidgets.VBox([heading, *self.sliders.values(), self.button, self.feedback])

    @property
    def values(self) -> dict[str, Any]:
        """Label → number, or None while nothing is recorded."""
        return dict(self._values)

    @property
    def value(self) -> dict[str, Any]:
        """The same as :attr:`values`, under the name that widgets have for it."""
        return self.values

    @property
    def answered(self) -> bool:
        """Whether a guess is recorded."""
        return all(value is not None for value in self._values.values())

    def _move(self, label: str) -> None:
        # Once every slider was moved, the guess is complete: forgetting the button loses nothing.
        self._moved.add(label)
        if self.answered or self._moved == set(self.sliders):
            self._record()

    def _record(self) -> None:
        self._values = {label: slider.value for label, slider in self.sliders.items()}
        entry = {
            "values": self._values,
            "unit": self._unit,
            "range": list(self._range),
            "question": self._question,
        }
        notice = progress.record(f"prediction/{self._item}", entry)
        self.feedback.value = _spoken(" ".join(filter(None, [self._said(), notice])))

    def _said(self) -> str:
        guess = ", ".join(f"{label} {_amount(v, self._unit)}" for label, v in self._values.items())
        return text("widgets.predict.recorded", guess=guess)

    def _still(self) -> Card:
        minimum, maximum = (_amount(number, "") for number in self._range)
        unit = self._unit if self._unit.startswith("%") else f" {self._unit}"
        words = (
            self._said()
            if self.answered
            else text(
                "widgets.predict.plain",
                labels=", ".join(self._values),
                minimum=minimum,
                maximum=maximum,
                unit=unit.rstrip(),
            )
        )
        parts = [self._question, words] if self._question else [words]
        return Card("".join(_paragraph(part) for part in parts), "\n".join(parts))


def predict(
    item: str,
    labels: Sequence[str],
    *,
    unit: str = "%",
    minimum: float = 0,
    maximum: float = 100,
    step: float = 1,
    question: str | None = None,
) -> Prediction:
    """Ask for a guess in numbers before the lesson computes them.

    The guess is recorded when the button is pressed, or when every slider has been moved, and comes back
    in :func:`replay`. Running the cell again shows the recorded guess.

    Parameters
    ----------
    item : str
        Such as ``"m05-worse"``.
    labels : sequence of str
        What is guessed, a slider each.
    unit : str, default "%"
        Stands behind the numbers.
    minimum, maximum, step : float
        Range and step of the sliders.
    question : str, optional
        Stands above them.

    Returns
    -------
    Prediction
        Shows itself; ``.values`` is the guess.

    Raises
    ------
    ArgumentError
        If the item is no name, labels repeat, or the range is empty.

    Examples
    --------
    >>> guess = predict("m99-demo-guess", ["fresh ingredients", "birthday dessert"], unit="% annoyed")
    >>> guess.values
    {'fresh ingredients': None, 'birthday dessert': None}
    """
    _check_item(item)
    names = [labels] if isinstance(labels, str) else [str(label) for label in labels]
    if not names or len(set(names)) < len(names):
        raise ArgumentError("labels", labels, text("widgets.error.labels"))
    if not maximum > minimum:
        raise ArgumentError("maximum", maximum, text("widgets.error.range"))
    if not 0 < step <= maximum - minimum:
        raise ArgumentError("step", step, text("widgets.error.step"))
    return Prediction(item, names, unit, minimum, maximum, step, question)


class Choice(_Shown):
    """One choice out of several, as :func:`choose` returns it.

    Attributes
    ----------
    value : str or None
        The choice; None while there is none.
    answered : bool
        Whether there is one.
    field : ipywidgets.RadioButtons
        The options.
    feedback : ipywidgets.HTML
        What is said.

    Examples
    --------
    >>> choose("m99-doc-choice", ["price", "speed"]).value is None
    True
    """

    def __init__(self, item: str, options: Mapping[str, str], question: str | None) -> None:
        self._item, self._options, self._question = item, dict(options), question
        known: Any = progress.recall(f"prediction/{item}")
        kept: Any = known.get("choice") if isinstance(known, dict) else None
        self._value: str | None = kept if kept in self._options.values() else None
        self.field: Any = ipywidgets.RadioButtons(
            options=list(self._options.items()),
            value=self._value,
            description=text("widgets.choose.description"),
            style=_STYLE,
            layout=ipywidgets.Layout(**_WIDE),
        )
        self.field.add_class("csmodels-options")
        self.field.observe(lambda _: self._record(), "value")
        said = text("widgets.choose.waiting") if self._value is None else self._said()
        self.feedback: Any = ipywidgets.HTML(_spoken(said))
        heading = ipywidgets.HTML(ROOMY + (_paragraph(question) if question else ""))
        self._box = ipywidgets.VBox([heading, self.field, self.feedback])

    @property
    def value(self) -> str | None:
        """The choice, or None."""
        return self._value

    @property
    def answered(self) -> bool:
        """Whether there is a choice."""
        return self._value is not None

    def _record(self) -> None:
        self._value = self.field.value
        if self._value is None:
            return
        entry = {"choice": self._value, "label": self._label(), "question": self._question}
        notice = progress.record(f"prediction/{self._item}", entry)
        self.feedback.value = _spoken(" ".join(filter(None, [self._said(), notice])))

    def _label(self) -> str:
        return next((label for label, value in self._options.items() if value == self._value), "")

    def _said(self) -> str:
        return text("widgets.predict.recorded", guess=self._label())

    def _still(self) -> Card:
        parts = [self._question] if self._question else []
        parts += [self._said()] if self.answered else [f"○ {label}" for label in self._options]
        return Card("".join(_paragraph(part) for part in parts), "\n".join(parts))


def choose(item: str, options: Sequence[str] | Mapping[str, str], *, question: str | None = None) -> Choice:
    """Ask for one choice before the lesson gives the answer.

    Parameters
    ----------
    item : str
        Such as ``"m05-first-dish"``.
    options : sequence of str, or mapping
        The options; or label → value.
    question : str, optional
        Stands above them.

    Returns
    -------
    Choice
        Shows itself; ``.value`` is the choice, recorded as it is made.

    Raises
    ------
    ArgumentError
        If the item is no name or there are not two different options.

    Examples
    --------
    >>> choose("m99-demo-choice", ["dessert", "fresh ingredients"], question="Which first?")
    Which first?
    ○ dessert
    ○ fresh ingredients
    """
    _check_item(item)
    if isinstance(options, Mapping):
        pairs = {str(label): str(value) for label, value in options.items()}
    else:
        pairs = {str(option): str(option) for option in options}
    if len(pairs) < 2 or len(pairs) < len(options) or len(set(pairs.values())) < len(pairs):
        raise ArgumentError("options", options, text("widgets.error.options"))
    return Choice(item, pairs, question)


def reveal(item: str, truth: Mapping[str, float] | float | str) -> Card:
    """Record what the lesson computed, and set it beside the guess.

    Parameters
    ----------
    item : str
        The item of :func:`predict` or :func:`choose`.
    truth : mapping, number or str
        Label → number; a single number for a prediction with one label; for a choice the right option.

    Returns
    -------
    Card
        Guess and truth side by side.

    Raises
    ------
    ArgumentError
        If a label of the prediction has no value.

    Examples
    --------
    >>> reveal("m99-demo-truth", {"price": 42.5})
    What came out: price 42.5. You had not recorded a guess.
    """
    _check_item(item)
    plain: Any = dict(truth) if isinstance(truth, Mapping) else truth
    known: Any = progress.recall(f"prediction/{item}")
    values: Any = known.get("values") if isinstance(known, dict) else None
    if isinstance(values, dict):
        labels = list(cast("dict[str, Any]", values))
        if not isinstance(plain, dict) and len(labels) == 1 and _is_number(plain):
            plain = {labels[0]: plain}
        there = cast("dict[str, Any]", plain) if isinstance(plain, dict) else {}
        if any(not _is_number(there.get(label)) for label in labels):
            raise ArgumentError("truth", truth, text("widgets.error.truth"))
    progress.record(f"truth/{item}", plain)
    rows = _rows(item)
    if rows:
        return _rows_card(rows, text("widgets.reveal.caption"), [])
    if isinstance(plain, dict):
        pairs = cast("dict[str, Any]", plain)
        said = ", ".join(f"{label} {_amount(value, '')}" for label, value in pairs.items())
    else:
        said = _amount(plain, "")
    words = text("widgets.reveal.none", truth=said)
    return Card(_paragraph(words), words)


def replay(module: str) -> Card:
    """Set the predictions of a module against what came out, for the wrap-up.

    Parameters
    ----------
    module : str
        Such as ``"m05"``.

    Returns
    -------
    Card
        A table of those predictions that were recorded and whose truth the lesson has computed, and a
        sentence on the one that was furthest off; a friendly one if there are none.

    Examples
    --------
    >>> _ = progress.record("prediction/m99-price", {"values": {"price": 40}, "unit": "%", "range": [0, 100]})
    >>> _ = reveal("m99-price", 70)
    >>> replay("m99")
    price: Your guess 40 %, What came out 70 %, Off by 30
    Furthest off was price: you said 40 %, and 70 % came out. That is where reading the section again
    pays most.
    """
    _check_module(module)
    items = [key.partition("/")[2] for key in progress.entries(f"prediction/{module}-")]
    rows = [row for item in items for row in _rows(item)]
    if not rows:
        words = text("widgets.replay.none")
        return Card(_paragraph(words), words)
    known = [row for row in rows if row.share is not None]
    remarks: list[str] = []
    if known:
        worst = max(known, key=lambda row: row.share or 0.0)
        if (worst.share or 0.0) > _CLOSE:
            values = {"what": worst.what, "guess": worst.guess, "truth": worst.truth}
            remarks.append(text("widgets.replay.furthest", **values))
        else:
            remarks.append(text("widgets.replay.all_close"))
    return _rows_card(rows, text("widgets.replay.caption"), remarks)


@dataclass(frozen=True)
class _Row:
    what: str
    guess: str
    truth: str
    off: str
    share: float | None  # of the slider's range; None for choices


def _rows(item: str) -> list[_Row]:
    """Return a row for each guess of an item that has a truth."""
    guess: Any = progress.recall(f"prediction/{item}")
    truth: Any = progress.recall(f"truth/{item}")
    if not isinstance(guess, dict) or truth is None:
        return []
    known = cast("dict[str, Any]", guess)
    if known.get("choice") is not None:
        same = str(known["choice"]) == str(truth)
        what = str(known.get("question") or item)
        off = text("widgets.replay.same" if same else "widgets.replay.other")
        return [_Row(what, str(known.get("label") or known["choice"]), str(truth), off, None)]
    values: Any = known.get("values")
    if not isinstance(values, dict) or not isinstance(truth, dict):
        return []
    unit = str(known.get("unit", ""))
    low, high = known.get("range") or (0, 100)
    rows: list[_Row] = []
    for label, value in cast("dict[str, Any]", values).items():
        right = cast("dict[str, Any]", truth).get(label)
        if _is_number(value) and _is_number(right):
            off = abs(float(value) - float(cast("Any", right)))
            share = off / (float(high) - float(low))
            row = _Row(label, _amount(value, unit), _amount(right, unit), _amount(off, ""), share)
            rows.append(row)
    return rows


def _rows_card(rows: list[_Row], caption: str, remarks: list[str]) -> Card:
    heads = [text(f"widgets.replay.{name}") for name in ("what", "guess", "truth", "off")]
    cells = [[row.what, row.guess, row.truth, row.off] for row in rows]
    numeric = (1, 2, 3) if all(row.share is not None for row in rows) else ()
    table = _table(caption, heads, cells, numeric=numeric)
    lines = [
        f"{row.what}: {heads[1]} {row.guess}, {heads[2]} {row.truth}, {heads[3]} {row.off}"
        if row.share is not None
        else f"{row.what}: {heads[1]} {row.guess}, {heads[2]} {row.truth} ({row.off})"
        for row in rows
    ]
    return Card(table + "".join(_paragraph(remark) for remark in remarks), "\n".join([*lines, *remarks]))


# --------------------------------------------------------------------------------------- explorer

# JupyterLab 4.6 may handle two controls in two threads of the kernel at once, and pyplot knows one figure.
_DRAWING = threading.RLock()


class Explorer(_Shown):
    """Controls and what they change, as :func:`explore` returns them.

    Attributes
    ----------
    controls : dict
        Name → its widget; the value of a list is the word that it shows.
    output : ipywidgets.Output
        Where the picture stands.

    Examples
    --------
    >>> explore(lambda share: None, share=(0, 100)).controls["share"].value
    50
    """

    def __init__(
        self, update: Callable[..., Any], controls: dict[str, Any], choices: dict[str, Mapping[str, Any]]
    ) -> None:
        self.controls = controls
        self._choices = choices
        self._update = update
        self._drawn: dict[str, Any] | None = None
        self._kept = plots.KeptPlaces()
        self.output: Any = ipywidgets.Output()
        for control in controls.values():
            control.observe(lambda _: self._draw(), "value")
        # An output area shows an error and goes on, so that a lesson whose picture fails would seem to run:
        # the first one is raised.
        failed = self._draw()
        if failed is not None:
            raise failed
        if _in_notebook():
            _settle()
        self._box = ipywidgets.VBox([*controls.values(), self.output])

    def _draw(self) -> Exception | None:
        # What ipywidgets.interactive_output does; that one prints control signs outside of Jupyter.
        with _DRAWING:
            values = self.values
            if values == self._drawn:  # what was moved while another picture was drawn is in it already
                return None
            self._drawn = values
            if not _in_notebook():
                with self._kept:
                    self._update(**values)
                plt.close("all")
                return None
            from IPython.display import clear_output

            failed: Exception | None = None
            with self.output:
                clear_output(wait=True)
                try:
                    with self._kept:
                        _show(self._update(**values))
                except Exception as error:
                    failed = error
                    raise
            return failed

    @property
    def values(self) -> dict[str, Any]:
        """Name → what the control stands for."""
        return {
            name: self._choices[name][control.value] if name in self._choices else control.value
            for name, control in self.controls.items()
        }

    def _still(self) -> Card:
        # A list that the user made may show words that are not its values.
        said = ", ".join(f"{c.description}: {getattr(c, 'label', c.value)}" for c in self.controls.values())
        words = f"{text('widgets.explore.controls')}: {said}"
        return Card(_paragraph(words), words)


def explore(
    update: Callable[..., Any], *, labels: Mapping[str, str] | None = None, **controls: Any
) -> Explorer:
    """Let people move controls and watch a picture change; the first picture is drawn at once.

    Parameters
    ----------
    update : callable
        Plain Python: takes the controls' values by name, and draws one new figure of a fixed size (and
        returns it, its axes, or nothing) or returns something to show.
    labels : mapping of str, optional
        Name of a control → what stands beside it; by default the name with spaces for underscores.
    **controls : object
        A widget; or True/False, choices (a list, a list of pairs of word and choice, or a dictionary), a
        text, ``(minimum, maximum)`` or ``(minimum, maximum, step)``.

    Returns
    -------
    Explorer
        Shows itself; ``.controls`` are the widgets by name.

    Raises
    ------
    ArgumentError
        If a control is none of these, or two choices have the same word.

    Examples
    --------
    >>> seen = []
    >>> explorer = explore(lambda share: seen.append(share), share=(0, 10))
    >>> explorer.controls["share"].value = 7
    >>> seen
    [5, 7]
    """
    if not controls:
        raise ArgumentError("controls", controls, text("widgets.error.controls"))
    given = {name: _with_words(name, control) for name, control in controls.items()}
    made = {name: _control(name, control, (labels or {}).get(name)) for name, control in given.items()}
    choices = {name: control for name, control in given.items() if isinstance(control, Mapping)}
    return Explorer(update, made, choices)


def _with_words(name: str, given: Any) -> Any:
    """Return a list of choices as word → choice; anything else as it is."""
    if isinstance(given, str | tuple | ipywidgets.Widget) or not isinstance(given, Iterable):
        return cast("Any", given)
    if isinstance(given, Mapping):
        pairs = list(cast("Mapping[Any, Any]", given).items())
    else:
        pairs = list(cast("Iterable[Any]", given))
        if not all(isinstance(pair, tuple) and len(cast("tuple[Any, ...]", pair)) == 2 for pair in pairs):
            pairs = [(choice, choice) for choice in pairs]
    words = {str(word): choice for word, choice in pairs}
    if len(words) < len(pairs):
        raise ArgumentError(name, [str(word) for word, _ in pairs], text("widgets.error.words"))
    return words


def _control(name: str, given: Any, label: str | None) -> Any:
    described = label or name.replace("_", " ")
    if isinstance(given, ipywidgets.Widget):
        control: Any = given
        if label or not getattr(control, "description", ""):
            control.description = described
        if control.has_trait("continuous_update"):
            control.continuous_update = False
        if hasattr(getattr(control, "style", None), "description_width"):
            control.style.description_width = "initial"
        return control
    common: dict[str, Any] = {
        "description": described,
        "style": _STYLE,
        "layout": ipywidgets.Layout(**_WIDE),
    }
    if isinstance(given, bool):
        return ipywidgets.Checkbox(value=given, indent=False, **common)
    if isinstance(given, str):
        return ipywidgets.Text(value=given, continuous_update=False, **common)
    if isinstance(given, Mapping) and given:
        # The words alone: a drop-down list takes the value None for "nothing chosen" and shows an empty line.
        return ipywidgets.Dropdown(options=list(cast("Mapping[str, Any]", given)), **common)
    if isinstance(given, tuple):
        numbers = cast("tuple[Any, ...]", given)
        if len(numbers) in (2, 3) and all(_is_number(n) for n in numbers) and numbers[0] < numbers[1]:
            return _slider(numbers, common)
    raise ArgumentError(name, given, text("widgets.error.control"))


def _slider(numbers: tuple[Any, ...], common: dict[str, Any]) -> Any:
    low, high = numbers[:2]
    whole = all(isinstance(number, int) for number in numbers)
    step = numbers[2] if len(numbers) == 3 else (1 if whole else (high - low) / 50)
    kind: Any = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
    middle = low + step * math.floor((high - low) / step / 2)
    return kind(value=middle, min=low, max=high, step=step, continuous_update=False, **common)


def _show(result: Any) -> None:
    """Show what an update drew or returned."""
    from IPython.display import display

    if result is not None and not is_drawing(result):
        display(result)
    if "inline" in mpl.get_backend().lower():
        plt.show()
        return
    for number in plt.get_fignums():
        display(plt.figure(number))
    plt.close("all")


@cache
def _settle() -> None:
    """Let garbage collection pass over what is loaded: one picture in fifteen would wait 150 ms for it."""
    gc.collect()
    gc.freeze()


def _in_notebook() -> bool:
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()  # pyright: ignore[reportUnknownVariableType]
    return getattr(shell, "kernel", None) is not None


# --------------------------------------------------------------------------------------- accounts


class Note(_Shown):
    """A note on one of the key accounts, as :func:`account_note` returns it.

    Attributes
    ----------
    account : ipywidgets.Dropdown
        Which account.
    field : ipywidgets.Widget
        The note: a text, or a choice.
    button : ipywidgets.Button
        Saves it.
    feedback : ipywidgets.HTML
        What is said.

    Examples
    --------
    >>> account_note("m99", "Who signs the contract?")
    Who signs the contract?
    """

    def __init__(self, module: str, question: str, options: Sequence[str] | None) -> None:
        self._module, self._question = module, question
        self._names = _accounts()
        self.account: Any = ipywidgets.Dropdown(
            options=[(f"{account} · {name}", account) for account, name in self._names.items()],
            value=None,
            description=text("widgets.account.which"),
            style=_STYLE,
            layout=ipywidgets.Layout(**_WIDE),
        )
        shared: dict[str, Any] = {"style": _STYLE, "layout": ipywidgets.Layout(**_WIDE)}
        if options is None:
            self.field: Any = ipywidgets.Textarea(
                description=text("widgets.account.answer"),
                placeholder=text("widgets.account.placeholder"),
                rows=3,
                **shared,
            )
        else:
            self.field = ipywidgets.RadioButtons(
                options=list(options), value=None, description=text("widgets.account.choice"), **shared
            )
            self.field.add_class("csmodels-options")
        self._choice = options is not None
        self.button: Any = ipywidgets.Button(
            description=text("widgets.account.save"),
            button_style="primary",
            layout=ipywidgets.Layout(**_BUTTON),
        )
        self.feedback: Any = ipywidgets.HTML(_spoken(text("widgets.account.waiting")))
        self.account.observe(lambda _: self._load(), "value")
        self.button.on_click(lambda _: self._save())
        heading = ipywidgets.HTML(ROOMY + _paragraph(question))
        self._box = ipywidgets.VBox([heading, self.account, self.field, self.button, self.feedback])

    def _load(self) -> None:
        """Show what was noted before, so that a later thought replaces it knowingly."""
        found = [each.note for each in recorded_notes(self.account.value) if each.module == self._module]
        if self._choice:
            self.field.value = found[0] if found and found[0] in self.field.options else None
        elif found:
            self.field.value = found[0]

    def _save(self) -> None:
        account, note = self.account.value, self.field.value
        if account is None or note is None or not str(note).strip():
            self.feedback.value = _spoken(text("widgets.account.empty"))
            return
        notice = record_note(Recorded(account, self._module, self._question, str(note).strip()))
        said = text("widgets.account.saved", name=self._names[account])
        self.feedback.value = _spoken(" ".join(filter(None, [said, notice])))

    def _still(self) -> Card:
        options = [f"○ {option}" for option in self.field.options] if self._choice else []
        parts = [self._question, *options]
        return Card("".join(_paragraph(part) for part in parts), "\n".join(parts))


def account_note(module: str, question: str, options: Sequence[str] | None = None) -> Note:
    """Ask something about one of the twelve key accounts, and keep the answer for its page.

    Parameters
    ----------
    module : str
        Such as ``"m05"``; an account has one note a module.
    question : str
        The question.
    options : sequence of str, optional
        Options to choose from; without them a text is written.

    Returns
    -------
    Note
        Shows itself; saved by its button.

    Raises
    ------
    ArgumentError
        If the module is no name, or options repeat.

    Examples
    --------
    >>> account_note("m99", "Does the account stay?", ["wants to", "must"])
    Does the account stay?
    ○ wants to
    ○ must
    """
    _check_module(module)
    if options is not None and (len(options) < 2 or len(set(options)) < len(options)):
        raise ArgumentError("options", options, text("widgets.error.options"))
    return Note(module, question, options)


def account_notes(account: str | None = None) -> Card:
    """List what has been noted on an account so far, or on all of them.

    Parameters
    ----------
    account : str, optional
        The account's id, such as in ``load_dataset("key_accounts")``; all accounts by default.

    Returns
    -------
    Card
        A table, a row a note; a friendly sentence if there are none.

    Raises
    ------
    UnknownNameError
        If there is no such account.

    See Also
    --------
    csmodels_helpers.accounts.page : the account page: these notes with facts, results and a decision.

    Examples
    --------
    >>> account_notes("K12")  # doctest: +ELLIPSIS
    Nothing has been noted yet...
    """
    names = _accounts()
    if account is not None and account not in names:
        raise UnknownNameError(text("widgets.account.kind"), account, list(names))
    kept = recorded_notes(account)
    if not kept:
        words = text("widgets.notes.none")
        return Card(_paragraph(words), words)
    order = list(names)
    kept.sort(key=lambda each: order.index(each.account) if each.account in names else len(order))
    found = [[names.get(each.account, each.account), each.module, each.question, each.note] for each in kept]
    heads = [text(f"widgets.notes.{name}") for name in ("account", "module", "question", "note")]
    if account is None:
        caption = text("widgets.notes.all")
    else:
        caption = text("widgets.notes.caption", name=names[account])
        heads, found = heads[1:], [row[1:] for row in found]
    plain = [caption, *(" · ".join(row) for row in found)]
    return Card(_table(caption, heads, found), "\n".join(plain))


def _accounts() -> dict[str, str]:
    """Account → its name in the language in force (where the data has one)."""
    table = load_dataset("key_accounts").drop_duplicates("account")
    column = "name_zh" if get_language() == "zh_CN" and "name_zh" in table.columns else "name"
    return {str(a): str(n) for a, n in zip(table["account"], table[column], strict=True)}


def decision_card(*, action: str, owner: str, cost: str, gain: str, stop: str) -> Card:
    """Put a decision into one small table: who does what, at what cost, for what, and until when.

    Parameters
    ----------
    action : str
        What is done.
    owner : str
        Who does it: one person or role.
    cost : str
        What it costs, with its unit.
    gain : str
        What it should bring, with its range.
    stop : str
        When to stop.

    Returns
    -------
    Card
        A table that reads well on paper too.

    Examples
    --------
    >>> decision_card(action="Show the counter", owner="Kitchen", cost="€ 4,000", gain="3 to 7 points",
    ...               stop="no change after 8 weeks")
    Action: Show the counter
    Owner: Kitchen
    Cost: € 4,000
    Expected gain: 3 to 7 points
    Stop when: no change after 8 weeks
    """
    given = {"action": action, "owner": owner, "cost": cost, "gain": gain, "stop": stop}
    rows = [(text(f"widgets.card.{name}"), str(value)) for name, value in given.items()]
    body = "".join(
        f"<tr><th scope='row' style='{_CELL};white-space:nowrap'>{html.escape(head)}</th>"
        f"<td style='{_CELL}'>{html.escape(value)}</td></tr>"
        for head, value in rows
    )
    return Card(_framed(text("widgets.card.caption"), body), "\n".join(f"{h}: {v}" for h, v in rows))


# ------------------------------------------------------------------------------------------- HTML

# Borders and text alone: backgrounds are not printed, and dark themes keep their colours.
_CELL = "text-align:left;vertical-align:top;padding:.3em .8em;border:1px solid #9AA0A6"


def _table(caption: str, heads: list[str], rows: list[list[str]], numeric: Sequence[int] = ()) -> str:
    def style(column: int) -> str:
        return _CELL.replace("text-align:left", "text-align:right") if column in numeric else _CELL

    head = "".join(
        f"<th scope='col' style='{style(n)}'>{html.escape(name)}</th>" for n, name in enumerate(heads)
    )
    body = "".join(
        f"<tr><th scope='row' style='{_CELL}'>{html.escape(row[0])}</th>"
        + "".join(f"<td style='{style(n)}'>{html.escape(v)}</td>" for n, v in enumerate(row[1:], 1))
        + "</tr>"
        for row in rows
    )
    return _framed(caption, f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>")


def _framed(caption: str, body: str) -> str:
    return (
        "<table style='border-collapse:collapse;max-width:46em;break-inside:avoid'>"
        f"<caption style='text-align:left;font-weight:bold;padding:.3em 0'>{html.escape(caption)}</caption>"
        f"{body}</table>"
    )


def _paragraph(words: str | None) -> str:
    return f"<p style='max-width:46em;margin:.3em 0'>{html.escape(words or '')}</p>"


def _spoken(words: str) -> str:
    # As in check.py: an alert is read out although it appears together with its text.
    return f'<div role="alert" aria-live="polite" aria-atomic="true">{_paragraph(words)}</div>'


def _amount(value: Any, unit: str) -> str:
    if not _is_number(value):
        return str(value)
    shown = f"{float(value):,.0f}" if float(value).is_integer() else f"{float(value):,.1f}"
    if 0 < abs(float(value)) < 1 and not float(value).is_integer():
        shown = f"{float(value):.2f}"
    return f"{shown} {unit}".strip()


def _decimals(step: float) -> int:
    """Return how many decimals numbers have that are multiples of the step."""
    return next((n for n in range(9) if math.isclose(step * 10**n, round(step * 10**n))), 9)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        return False
    return not hasattr(value, "__len__") and math.isfinite(float(value))


def _check_item(item: str) -> None:
    if not _ID.fullmatch(item):
        raise ArgumentError("item", item, text("widgets.error.item"))


def _check_module(module: str) -> None:
    if not re.fullmatch(r"m\d\d", module):
        raise ArgumentError("module", module, text("widgets.error.module"))
