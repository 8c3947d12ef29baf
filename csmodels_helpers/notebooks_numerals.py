"""Every numeral in the prose of a lesson appears in what its cells show."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from csmodels_helpers.notebooks_cells import Cell, Notebook, Problem, cell_source
from csmodels_helpers.notebooks_lesson import cell_role

__all__ = ["numerals", "outputs"]

# What is no measured number, in the order of taking it out.
_FREE = [
    re.compile(pattern, re.MULTILINE | re.DOTALL)
    for pattern in (
        r"^(```|~~~).*?^\1[^\n]*$",  # code
        r"`[^`]*`",
        r"\$\$.*?\$\$|(?<![\\\w])\$(?=\S)[^$\n]*?(?<=\S)\$(?!\d)",  # mathematics
        r"<!--.*?-->|<[A-Za-z/][^>]*>",
        r"(?<=\])\(<?[^)\s]+>?(?:\s+\"[^\"]*\")?\)|https?://\S+",  # where links lead
        r"^#{1,6}\s+\d+(?:\.\d+)*[.)、]?\s|^\s*(?:>\s*)*\d+[.)、]\s",  # numbers of headings and lists
        r"\b(?:19|20)\d\d-\d\d(?:-\d\d)?\b|\b\d{1,2}:\d\d\b",  # dates, times of day
        r"\b(?:ISO|IEC|GB/T|DIN|EN)(?:[/ ](?:IEC|TS|TR))?[ -]?\d+(?:[-–:]\d+)*",  # standards
        r"(?<![\d.])\d{1,2}[×x]\d{1,2}(?![\d.])",  # 5×5, 2×2
        r"[A-Za-z_][A-Za-z_]*-?\d[\w]*(?:[–-]\d+)?",  # m05, Q4, top-2, T1–4
        r"\b\d+(?:st|nd|rd|th)\b",
    )
]


_NUMBER = re.compile(
    r"(?P<sign>(?<![\w.,)\]%–-])[-−+]\s?)?"
    r"(?P<digits>\d{1,3}(?:[,\u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?P<scale>\s?(?:thousand|million|billion)\b|k\b|\s?[千万亿])?"
)


_SCALES = {"thousand": 1e3, "k": 1e3, "million": 1e6, "billion": 1e9, "千": 1e3, "万": 1e4, "亿": 1e8}
_PERCENT = re.compile(r"^[^.;。;\n]{0,40}?(?:[%%]|per ?cent|point|百分)", re.IGNORECASE)


@dataclass(frozen=True)
class _Number:
    written: str
    value: float
    signed: bool
    decimals: int
    scale: float
    percent: bool
    """Whether a per-cent sign or "points" follows."""


def _numbers(text: str) -> Iterator[_Number]:
    for match in _NUMBER.finditer(text):
        digits = re.sub(r"[,\u00a0\u202f]", "", match["digits"])
        sign = (match["sign"] or "").strip()
        value = float(digits) * (-1 if sign in ("-", "−") else 1)
        scale = _SCALES.get((match["scale"] or "").strip(), 1.0)
        decimals = len(digits.partition(".")[2])
        percent = _PERCENT.match(text[match.end() :]) is not None
        yield _Number(match[0].strip(), value, bool(sign), decimals, scale, percent)


def _prose_numbers(markdown: str) -> Iterator[_Number]:
    for pattern in _FREE:
        markdown = pattern.sub(" ", markdown)
    for number in _numbers(markdown):
        year = number.written.isdigit() and 1900 <= number.value <= 2099 and len(number.written) == 4
        if not year:
            yield number


def _met(number: _Number, shown: Sequence[float]) -> bool:
    """Whether some number shown rounds to this one at the precision that is written.

    Without a sign the size alone counts ("falls by 0.42" is met by −0.42); with one the sign counts too.
    A share stands for a percentage only where a per-cent sign or "points" follows.
    """
    half = 0.5 * 10.0**-number.decimals * (1 + 1e-9) + 1e-12
    factors = [1.0, 1 / number.scale] if number.scale != 1 else [1.0, 100.0] if number.percent else [1.0]
    wanted = number.value if number.signed else abs(number.value)
    return any(
        abs((value if number.signed else abs(value)) * factor - wanted) <= half
        for value in shown
        for factor in factors
    )


def outputs(notebook: Notebook) -> Iterator[tuple[Cell, dict[str, Any]]]:
    """Go through every output of an executed notebook, those inside widgets included.

    Parameters
    ----------
    notebook : dict
        An executed notebook.

    Yields
    ------
    tuple
        The cell, and the output as nbformat writes it. Outputs inside widgets come with the empty cell.

    Examples
    --------
    >>> cell = {"id": "a", "cell_type": "code", "outputs": [{"output_type": "stream", "text": "1"}]}
    >>> [each["text"] for _, each in outputs({"cells": [cell], "metadata": {}})]
    ['1']
    """
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            yield cell, output
    for state in _widget_states(notebook):
        for output in state.get("outputs", []):
            yield {}, output


def _widget_states(notebook: Notebook) -> Iterator[dict[str, Any]]:
    widgets = notebook.get("metadata", {}).get("widgets", {})
    for model in widgets.get("application/vnd.jupyter.widget-state+json", {}).get("state", {}).values():
        yield model.get("state", {})


def joined(text: Any) -> str:
    return "".join(text) if isinstance(text, list) else str(text)


def _plain(markup: str) -> str:
    """Text of HTML, with the alt texts of its pictures."""
    markup = re.sub(r"<(style|script)\b.*?</\1>", " ", markup, flags=re.DOTALL | re.IGNORECASE)
    alts = " ".join(html.unescape(alt) for alt in re.findall(r'<img\b[^>]*?\balt="([^"]*)"', markup))
    return html.unescape(re.sub(r"<[^>]+>", " ", markup)) + " " + alts


def _shown(notebook: Notebook, figures: Iterable[dict[str, Any]]) -> list[float]:
    """All numbers that a trainee sees in outputs, figures, widgets and code."""
    texts: list[str] = []
    for _, output in outputs(notebook):
        data: dict[str, Any] = output.get("data", {})
        texts.append(joined(output.get("text", "")))
        for kind in ("text/html", "text/markdown", "text/plain"):
            if kind in data:
                texts.append(_plain(joined(data[kind])))
                break
    for state in _widget_states(notebook):
        seen = (
            state.get(name) for name in ("description", "value", "_options_labels", "placeholder", "tooltip")
        )
        texts += [_plain(str(each)) for each in seen if each is not None]
    for figure in figures:
        texts += [figure.get("alt", ""), *figure.get("texts", [])]
        texts += [str(ax.get(name, "")) for ax in figure["axes"] for name in ("title", "xlabel", "ylabel")]
    for cell in notebook["cells"]:
        texts += _literals(cell_source(cell)) if cell["cell_type"] == "code" else []
    return sorted({number.value * number.scale for text in texts for number in _numbers(text)})


def _literals(code: str) -> Iterator[str]:
    """Numbers and strings of code, without its comments."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            yield ast.unparse(node)
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float, str)):
            yield str(node.value)


def numerals(
    notebook: Notebook, figures: Iterable[dict[str, Any]] = (), *, file: str = "notebook"
) -> list[Problem]:
    """Hold the prose of an executed notebook to what the notebook computed.

    Every numeral in Markdown must be met: some number in an output, an alt text, a figure's words, a widget
    or a literal of the code rounds to it at the precision written, as it stands, or times 100 where a
    per-cent sign or "points" follows. Not counted are numbers in words, years, code, mathematics, link
    targets, numbers of lists and headings, dates, standards and names, the title cell and the sources.

    Parameters
    ----------
    notebook : dict
        An executed notebook.
    figures : iterable of dict, optional
        What :func:`execute` noted of its figures.
    file : str, optional
        How to call the notebook in the report.

    Returns
    -------
    list of Problem
        One for each numeral that nothing meets, with the nearest number that was shown.

    Examples
    --------
    >>> prose = {"id": "explain", "cell_type": "markdown", "source": "41 % are annoyed, 12 of 600."}
    >>> ran = {"id": "run", "cell_type": "code", "source": "n = 600",
    ...        "outputs": [{"output_type": "stream", "text": "share 0.4138, 13 of them"}]}
    >>> for problem in numerals({"cells": [prose, ran], "metadata": {}}):
    ...     print(problem)
    notebook › explain: says 12, and no output does (nearest: 13); compute it above, or write it in words
    """
    shown = _shown(notebook, figures)
    found: list[Problem] = []
    for cell in notebook["cells"]:
        if cell["cell_type"] != "markdown" or cell_role(cell.get("id", "")) in ("title", "sources"):
            continue
        for number in _prose_numbers(cell_source(cell)):
            if not _met(number, shown):
                what = f"says {number.written}, and no output does{_nearest(number, shown)}"
                found.append(Problem(file, cell["id"], what, "compute it above, or write it in words"))
    return found


def _nearest(number: _Number, shown: Sequence[float]) -> str:
    if not shown:
        return ""
    wanted = number.value * number.scale
    candidates = [*shown, *(value * 100 for value in shown if number.percent)]
    return f" (nearest: {min(candidates, key=lambda value: abs(value - wanted)):.10g})"
