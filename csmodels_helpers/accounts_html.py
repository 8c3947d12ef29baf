"""What the account page and the account review share: one style, one whole document, the parts they show."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csmodels_helpers.accounts_notes import MODULES, Kept
from csmodels_helpers.errors import ArgumentError, UnknownNameError
from csmodels_helpers.language import get_language, text
from csmodels_helpers.results import Result

__all__: list[str] = []

DECISION = ("action", "owner", "cost", "gain", "stop")
"""The parts of a decision card."""

_FIGURE = (5.6, 3.8)
"""Width and height of the figures, in inches."""

_STYLE = """
body{font:16px/1.5 "Segoe UI","PingFang SC","Microsoft YaHei","Noto Sans SC",system-ui,sans-serif;
color:#202124;background:#fff;max-width:48em;margin:2em auto;padding:0 1em}
h1{font-size:1.6em;border-bottom:3px solid #0072B2;padding-bottom:.2em}h2{font-size:1.2em;margin-top:1.6em}
h3{font-size:1.05em;margin:1.2em 0 .3em}
table{border-collapse:collapse;width:100%;margin:.6em 0;font-size:.92em}
th,td{border:1px solid #9AA0A6;padding:.3em .5em;text-align:left;vertical-align:top}th{background:#EEF1F5}
th[scope=row]{width:30%}td{overflow-wrap:anywhere}
.scroll{overflow-x:auto}.wide{font-size:.85em}.wide th,.wide td{padding:.25em .4em;overflow-wrap:normal}
.wide th[scope=row]{width:auto;white-space:nowrap}
.number{text-align:right;white-space:nowrap}
caption{text-align:left;font-weight:600;padding:.3em 0}.none{color:#5F6368;font-style:italic}
img{height:auto;max-width:100%}footer{margin-top:2em;color:#5F6368;font-size:.85em}
.account{border-top:3px solid #0072B2;margin-top:3em}
@media print{body{margin:0;max-width:none;font-size:11pt}table,img,.whole{break-inside:avoid}
.scroll{overflow-x:visible}h1,h2,h3,caption{break-after:avoid}.account{break-before:page;border-top:0;margin-top:0}}
"""


@dataclass(frozen=True, eq=False)
class Document:
    """A whole HTML document that needs no other file: shown in Jupyter, saved as a file of its own.

    Parameters
    ----------
    html : str
        The document.
    title : str
        Its title.
    """

    html: str
    title: str

    def explain(self) -> str:
        """Say what is in it.

        Returns
        -------
        str
            A sentence or two.
        """
        raise NotImplementedError

    def save(self, path: str | Path) -> Path:
        """Write the document as an HTML file (UTF-8).

        Parameters
        ----------
        path : str or Path
            The file; written over if it is there.

        Returns
        -------
        Path
            The file.
        """
        target = Path(path)
        target.write_text(self.html, encoding="utf-8", newline="\n")
        return target

    def __repr__(self) -> str:
        return self.explain()

    def _repr_html_(self) -> str:
        # Jupyter puts this into a page of its own, which must keep its fonts and margins.
        document, title = html.escape(self.html, quote=True), html.escape(self.title, quote=True)
        return (
            f'<iframe title="{title}" srcdoc="{document}" style="width:100%;height:40em;border:0"></iframe>'
        )


def safe(value: Any) -> str:
    """Write a value so that HTML shows it as text."""
    return html.escape(str(value), quote=True)


def whole_page(title: str, parts: Iterable[str]) -> str:
    """Put parts into a document with its style; the language in force is the document's."""
    language = "zh-CN" if get_language() == "zh_CN" else "en"
    head = f'<meta charset="utf-8"><title>{safe(title)}</title><style>{_STYLE}</style>'
    view = '<meta name="viewport" content="width=device-width,initial-scale=1">'
    body = "\n".join(parts)
    opening = f'<!doctype html>\n<html lang="{language}"><head>{head}{view}</head>'
    return f"{opening}\n<body>\n{body}\n</body></html>\n"


def fact_table(account: str, facts: Mapping[str, Any]) -> str:
    """Show label → value, the account's id first."""
    rows = {text("accounts.page.account"): account, **facts}
    return labelled_table(text("accounts.page.facts"), rows)


def labelled_table(caption: str, rows: Mapping[str, Any]) -> str:
    """Show label → value as a table with a row each."""
    cells = "".join(
        f'<tr><th scope="row">{safe(key)}</th><td>{safe(value)}</td></tr>' for key, value in rows.items()
    )
    return f"<table><caption>{safe(caption)}</caption>{cells}</table>"


def grid(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Sequence[int]) -> str:
    """Show a table with a head row; the columns whose places are in ``right`` stand to the right."""

    def cells(row: Sequence[Any]) -> str:
        made = [f'<th scope="row">{safe(row[0])}</th>']
        for place, value in enumerate(row[1:], 1):
            look = ' class="number"' if place in right else ""
            made.append(f"<td{look}>{safe(value)}</td>")
        return f"<tr>{''.join(made)}</tr>"

    head = "".join(f'<th scope="col">{safe(name)}</th>' for name in heads)
    body = "".join(cells(row) for row in rows)
    table = f"<caption>{safe(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="scroll"><table class="wide">{table}</table></div>'


def decision_table(decision: Mapping[str, str]) -> str:
    """Show a decision card; parts that are not there yet are open."""
    for part in decision:
        if part not in DECISION:
            raise UnknownNameError(text("accounts.kinds.decision"), part, list(DECISION))
    rows = {
        text(f"widgets.card.{part}"): decision.get(part) or text("accounts.page.open") for part in DECISION
    }
    return f'<section class="whole">{labelled_table(text("widgets.card.caption"), rows)}</section>'


def result_section(heading: str, result: Any, *, said: bool = True) -> str:
    """Say a result (unless it has been said) and show its figure; or say a sentence."""
    if isinstance(result, str):
        return f"<section><h2>{safe(heading)}</h2><p>{safe(result)}</p></section>"
    if not isinstance(result, Result):
        raise ArgumentError("results", {heading: type(result).__name__}, text("accounts.allowed.result"))
    import matplotlib.pyplot as plt

    from csmodels_helpers import plots

    with plt.rc_context():  # a script may not have set the style
        plots.set_style()
        # Small enough that its words can still be read on a telephone.
        plt.rcParams["figure.figsize"] = _FIGURE
        figure: Any = result.plot().get_figure(root=True)
        image = plots.figure_html(figure)
    plt.close(figure)
    words = f"<p>{safe(result.explain())}</p>" if said else ""
    return f'<section class="whole"><h2>{safe(heading)}</h2>{words}{image}</section>'


def note_table(kept: Kept, modules: Iterable[str] = MODULES) -> str:
    """Show the notes, a row a module."""
    heads = "".join(f'<th scope="col">{safe(text(f"accounts.page.{n}"))}</th>' for n in ("module", "note"))
    rows: list[str] = []
    for module in modules:
        question, note = kept.get(module, (None, None))
        if note is None:
            cell = f'<span class="none">{safe(text("accounts.page.nothing"))}</span>'
        else:
            asked = f"<em>{safe(question)}</em><br>" if question else ""
            cell = asked + "<br>".join(safe(line) for line in note.splitlines())
        named = f"{module[1:]} {text(f'accounts.module.{module}')}"
        rows.append(f'<tr><th scope="row">{safe(named)}</th><td>{cell}</td></tr>')
    caption = safe(text("accounts.page.notes"))
    body = "".join(rows)
    table = f"<caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody>"
    return f"<section><table>{table}</table></section>"
