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

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, cast

from csmodels_helpers import check_calls, progress
from csmodels_helpers.check_calls import Picture, Remote, Reply, Stopped
from csmodels_helpers.check_comparison import Difference, Rules, compare, listed
from csmodels_helpers.check_feedback import REASONS as REASONS
from csmodels_helpers.check_feedback import CheckFailed, Feedback, Tag, read_tag
from csmodels_helpers.check_figures import fault, picture
from csmodels_helpers.check_items import Item, Misconception, find_item, misconceptions
from csmodels_helpers.check_kinds import is_drawing, kind_name, kind_of, loose, short, unpacked
from csmodels_helpers.check_lint import validate_file
from csmodels_helpers.check_questions import ROOMY as ROOMY  # the other widgets of the course use it
from csmodels_helpers.check_questions import Question, ask
from csmodels_helpers.check_tries import fail, passed
from csmodels_helpers.check_variants import Variant, answers_of_others, variant
from csmodels_helpers.errors import ArgumentError, CourseError
from csmodels_helpers.language import join, text

__all__ = [
    "CheckFailed",
    "Feedback",
    "Picture",
    "Question",
    "Remote",
    "Reply",
    "Stopped",
    "Tag",
    "Variant",
    "ask",
    "choice",
    "condition",
    "equal",
    "figure",
    "hint",
    "misconceptions",
    "names",
    "picture",
    "raises",
    "read_tag",
    "run",
    "stdout",
    "unchanged",
    "validate_file",
    "variant",
]


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
    csmodels_helpers.check_feedback.CheckFailed: [m99-better/kept-reverse] **Denominator.** You kept Reverse.
    Hint: Count only A, O, M and I.
    *m99 › Who leaves the denominator*
    """
    known = find_item(item)
    if isinstance(tolerance, bool) or not tolerance >= 0:
        raise ArgumentError("tolerance", tolerance, text("check.author.tolerance"))
    if rounding is not None and rounding not in range(16):
        raise ArgumentError("rounding", rounding, text("check.author.rounding"))
    if container not in ("any", "same"):
        raise ArgumentError("container", container, text("check.author.container"))
    rules = Rules(float(tolerance), rounding, ordered, container)
    mistakes = _mistakes(known, wrong, expected, rules)
    difference = compare(got, expected, rules)
    call = ("equal", expected)
    if difference is None:
        passed(known, call)
        return
    for mistake, value in mistakes:
        if compare(got, value, rules) is None:
            fail(known, "misconception", mistake.diagnosis(got), mistake=mistake, call=call)
    fail(known, difference.reason, difference.said, call=call)


def _mistakes(item: Item, wrong: Any, expected: Any, rules: Rules) -> list[tuple[Misconception, Any]]:
    if wrong is None:
        return []
    if not isinstance(wrong, Mapping):
        raise ArgumentError("wrong", wrong, text("check.author.wrong"))
    pairs = cast("Mapping[str, Any]", wrong)
    found = [(item.misconception(name), value) for name, value in pairs.items()]
    for mistake, value in found:
        if compare(value, expected, rules) is None:
            raise CourseError(text("check.author.same", item=item.id, name=mistake.id))
    return found


def choice(
    item: str,
    got: Any,
    answer: str | None = None,
    *,
    options: Iterable[str | bool] = "ABCD",
    form_only: bool = False,
) -> Any:
    """Check a choice: one of the options, as text; capital or small, with or without spaces.

    Parameters
    ----------
    item : str
        The item; its misconceptions say which ``option`` gives them away.
    got : object
        The trainee's choice.
    answer : str
        The right option; none with ``form_only``.
    options : iterable of str or bool, default "ABCD"
        All options: texts, or ``[True, False]``.
    form_only : bool, default False
        Check only that it is one of the options, never which one. Visible tests use this; a failure says
        which options there are and counts as no try.

    Returns
    -------
    str or bool
        The option that was chosen, as ``options`` writes it.

    Raises
    ------
    CheckFailed
        If it is not the right one; with ``form_only``, if it is none of the options.

    Examples
    --------
    >>> choice("m99-better", " a ", "A")
    'A'
    >>> choice("m99-better", "b", options="AB", form_only=True)
    'B'
    >>> choice("m99-better", "E", "A", options="AB")
    Traceback (most recent call last):
        ...
    csmodels_helpers.check_feedback.CheckFailed: [m99-better/type] **Not one of the options.** `E` is
    not among them. Allowed: A, B.
    Hint: Count only A, O, M and I.
    *m99 › Who leaves the denominator*
    """
    known, allowed = find_item(item), list(options)
    if form_only and answer is not None:
        raise ArgumentError("answer", answer, text("check.author.form_only"))
    if not form_only and answer not in allowed:
        shown = ", ".join(map(str, allowed))
        raise ArgumentError("answer", answer, text("check.author.options", options=shown))
    call = None if form_only else ("choice", answer)
    chosen = _chosen(known, unpacked(got), allowed, call)
    if not form_only and chosen != answer:
        mistake = known.by_option(str(chosen))
        said = text("check.option_wrong") if mistake is None else mistake.diagnosis(chosen)
        fail(known, "value", said, mistake=mistake, call=call)
    if not form_only:
        passed(known, call)
    return chosen


def _chosen(item: Item, got: Any, allowed: list[Any], call: object) -> Any:
    """Return the option that is meant; fail if it is none."""
    if got is None or got is Ellipsis or (isinstance(got, str) and not got.strip()):
        fail(item, "not-answered", text("check.none_yet"), call=call)
    if all(isinstance(option, bool) for option in allowed):
        if kind_of(got) == "bool":
            return bool(got)
        shown = repr(str(got)) if isinstance(got, str) else got
        said = text("check.option_truth", got=f"`{short(shown)}`", kind=kind_name(got))
        fail(item, "type", said, call=call)
    if not isinstance(got, str):
        said = text("check.option_type", got=kind_name(got), first=allowed[0])
        fail(item, "type", said, call=call)
    meant = [option for option in allowed if loose(str(option)) == loose(got)]
    if not meant:
        said = text("check.option", got=f"`{short(got)}`", options=", ".join(map(str, allowed)))
        fail(item, "type", said, call=call)
    return meant[0]


def names(item: str, got: Any, expected: Iterable[str]) -> None:
    """Check that an answer is a dictionary with the names that the task gives, whatever stands there.

    Parameters
    ----------
    item : str
        The item.
    got : object
        The trainee's dictionary; a Series with these labels will do.
    expected : iterable of str
        The names. The message says which are missing, so they must stand in the statement. More than
        these do no harm.

    Raises
    ------
    CheckFailed
        If it is no dictionary, or if a name is missing. This counts as no try.

    Examples
    --------
    >>> names("m99-better", {"soup": "A", "cake": None}, ["soup", "cake"])
    >>> names("m99-better", {"soop": "A", "cake": None}, ["soup", "cake"])
    Traceback (most recent call last):
        ...
    csmodels_helpers.check_feedback.CheckFailed: [m99-better/shape] **Names.** Missing: `soup`; there, but not
    asked for: `soop`. Write the names as the task does.
    Hint: Count only A, O, M and I.
    *m99 › Who leaves the denominator*
    """
    known, wanted = find_item(item), list(expected)
    if got is None or got is Ellipsis:
        fail(known, "not-answered", text("check.none_yet"), call=None)
    if kind_of(got) not in ("mapping", "series"):
        what, want = text("check.what.answer"), text("check.kind.mapping")
        fail(known, "type", text("check.type", what=what, got=kind_name(got), want=want), call=None)
    there = [str(name) for name in dict(got)]
    lacking = [name for name in wanted if name not in there]
    extra = [name for name in there if name not in wanted]
    if lacking:
        key = "check.names_other" if extra else "check.names_missing"
        said = text(key, missing=listed(lacking), extra=listed(extra))
        fail(known, "shape", said, call=None)


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
    known = find_item(item)
    mistake = None if misconception is None else known.misconception(misconception)
    call = ("condition", misconception)
    if ok is None or ok is Ellipsis:
        fail(known, "not-answered", text("check.none_yet"), call=call)
    if bool(ok):
        passed(known, call)
        return
    said = text("check.condition") if mistake is None else mistake.diagnosis(ok)
    fail(known, "value", said, mistake=mistake, call=call)


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
    # The arguments tell the calls of a test cell apart; they are written down before they can change.
    known, call = find_item(item), ("run", repr(args), repr(kwargs))
    reply = _reply(known, function, args, kwargs, in_place=in_place, call=call)
    _settled(known, reply, in_place=in_place, call=call)
    _on_its_own(known, reply, call=call)
    passed(known, call, judged=False)
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
    known = find_item(item)
    mistake = None if misconception is None else known.misconception(misconception)
    call, name = ("raises", exception.__name__), exception.__name__
    reply = _reply(known, function, args, kwargs, call=call)
    if reply.stopped is None:
        said = text("check.no_error", error=name) if mistake is None else mistake.diagnosis(reply.value)
        fail(known, "value", said, mistake=mistake, call=call)
    if name not in (reply.stopped.error, *reply.stopped.bases):
        message = _one_line(reply.stopped.message)
        said = text("check.other_error", got=reply.stopped.error, message=message, error=name)
        fail(known, "raised", said, call=call)
    passed(known, call)


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
    known, call = find_item(item), ("stdout", expected)
    reply = _reply(known, function, args, kwargs, capture=True, call=call)
    _settled(known, reply, in_place=False, call=call)
    ours, theirs = _lines(reply.printed), _lines(expected)
    if ours == theirs:
        passed(known, call)
        return
    if not ours:
        returned = isinstance(reply.value, str) and _lines(reply.value) == theirs
        said = text("check.printed_returned" if returned else "check.printed_nothing")
        fail(known, "value" if returned else "not-answered", said, call=call)
    longest = range(max(len(ours), len(theirs)))
    line = next(n for n in longest if ours[n : n + 1] != theirs[n : n + 1]) + 1
    spelling = loose("".join(ours)) == loose("".join(theirs))
    fail(
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
    known = find_item(item)
    names = ("bar", "line", "point", "image")
    if kind is not None and kind not in names:
        raise ArgumentError("kind", kind, text("check.author.figure_kind", kinds=", ".join(names)))
    call = ("figure", kind, title, xlabel, ylabel)
    if drawing is None or drawing is Ellipsis:
        fail(known, "not-answered", text("check.none_yet"), call=call)
    if isinstance(drawing, Remote) or (callable(drawing) and not is_drawing(drawing)):
        reply = _reply(known, drawing, (), {}, call=call)
        _settled(known, reply, in_place=False, call=call)
        drawing = reply.value
    if not isinstance(drawing, Picture):
        try:
            drawing = picture(drawing)
        except TypeError:
            said = text("check.figure.none", got=kind_name(drawing))
            fail(known, "type", said, call=call)
    if not drawing.axes:
        fail(known, "shape", text("check.figure.empty"), call=call)
    wanted = {"title": title, "xlabel": xlabel, "ylabel": ylabel}
    rules = Rules(float(tolerance), ordered=True)
    found = [fault(axes, wanted, kind, marks, rules) for axes in drawing.axes]
    if None in found:  # one of the axes is as asked
        passed(known, call)
        return
    first = cast(Difference, found[0])
    fail(known, first.reason, first.said, call=call)


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
    known = find_item(item)
    opened: int = 1
    notice: str | None = None
    if not os.environ.get("NBGRADER_EXECUTION"):
        done = progress.modify(f"hint/{item}", lambda old: min(int(old or 0) + 1, 3))
        opened, notice = int(done.value), done.notice
    parts = known.help(opened + 1)
    if opened >= 3 or not parts:
        parts.append(text("check.no_more_hints"))
    return Feedback(item, None, "\n".join(filter(None, [*parts, known.reread(), notice])))


# --------------------------------------------------------------------- what a call fails on at once


def _reply(
    item: Item,
    function: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    call: object,
    in_place: bool = False,
    capture: bool = False,
) -> Reply:
    """Call the function; fail if there is none."""
    if function is None or function is Ellipsis:
        fail(item, "not-answered", text("check.no_function"), call=call)
    if not isinstance(function, Remote) and not callable(function):
        fail(item, "type", text("check.not_a_function", got=kind_name(function)), call=call)
    return check_calls.call(function, args, kwargs, in_place=in_place, capture=capture)


def _stop_message(stopped: Stopped) -> str:
    parts = [text("check.raised", error=stopped.error, message=_one_line(stopped.message))]
    if stopped.line is not None and stopped.source:
        source = stopped.source.replace("`", "'")
        parts.append(text("check.raised_source", line=stopped.line, source=source))
    elif stopped.line is not None:
        parts.append(text("check.raised_line", line=stopped.line))
    return join(*parts)


def _one_line(message: str) -> str:
    line = " ".join(message.split()) or "—"
    return line if len(line) <= 200 else f"{line[:199]}…"


def _on_its_own(item: Item, reply: Reply, *, call: object) -> None:
    """Fail if the function reads what is the answer to another item."""
    others = answers_of_others(item) if reply.reads else {}
    leaning = {name: others[name] for name in reply.reads if name in others}
    if leaning:
        names, items = listed(list(leaning)), ", ".join(dict.fromkeys(leaning.values()))
        fail(item, "elsewhere", text("check.elsewhere", names=names, items=items), call=call)


def _settled(item: Item, reply: Reply, *, in_place: bool, call: object) -> None:
    """Fail if the function stopped, or changed what it should leave alone."""
    if reply.stopped is not None:
        fail(item, "raised", _stop_message(reply.stopped), call=call)
    if reply.changed and not in_place:
        which = [
            text("check.changed_position", n=name + 1)
            if isinstance(name, int)
            else text("check.changed_name", name=name)
            for name in reply.changed
        ]
        fail(item, "changed", text("check.changed", arguments=", ".join(which)), call=call)
