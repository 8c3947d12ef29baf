"""The account page: what the course has noted and computed on one account, on paper or in a browser."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pandas as pd

from csmodels_helpers.accounts_notes import recorded_notes
from csmodels_helpers.errors import ArgumentError, UnknownNameError
from csmodels_helpers.language import get_language, join, text
from csmodels_helpers.results import Result

__all__ = ["MODULES", "AccountPage", "page"]

MODULES = ("m00", "m01", "m02", "m03", "m04", "m05", "m06", "m07", "m08", "m09")
"""The modules whose notes the page shows, in this order."""

DECISION = ("action", "owner", "cost", "gain", "stop")
"""The parts of a decision card."""

_FIGURE = (5.6, 3.8)
"""Width and height of its figures, in inches."""

_STYLE = """
body{font:16px/1.5 "Segoe UI","PingFang SC","Microsoft YaHei","Noto Sans SC",system-ui,sans-serif;
color:#202124;background:#fff;max-width:48em;margin:2em auto;padding:0 1em}
h1{font-size:1.6em;border-bottom:3px solid #0072B2;padding-bottom:.2em}h2{font-size:1.2em;margin-top:1.6em}
table{border-collapse:collapse;width:100%;margin:.6em 0;font-size:.92em}
th,td{border:1px solid #9AA0A6;padding:.3em .5em;text-align:left;vertical-align:top}th{background:#EEF1F5}
th[scope=row]{width:30%}td{overflow-wrap:anywhere}
caption{text-align:left;font-weight:600;padding:.3em 0}.none{color:#5F6368;font-style:italic}
img{height:auto;max-width:100%}footer{margin-top:2em;color:#5F6368;font-size:.85em}
@media print{body{margin:0;max-width:none;font-size:11pt}section,table,img{break-inside:avoid}}
"""


@dataclass(frozen=True, eq=False)
class AccountPage:
    """The page of one account: shown in Jupyter, saved as a file of its own.

    Parameters
    ----------
    html : str
        A whole HTML document that needs no other file.
    table : pandas.DataFrame
        One row a module: ``module``, ``question``, ``note`` (missing where nothing was noted).
    account : str
        The account's id.
    name : str
        Its name.

    Examples
    --------
    >>> found = page("K01", name="Huarui", notes={"m01": "Ring the decider."})
    >>> found
    Account page of Huarui (K01): 1 of 10 modules have a note. Still empty: m00, m02, m03, m04, m05, m06 and 3
    more.
    """

    html: str
    table: pd.DataFrame
    account: str
    name: str

    def explain(self) -> str:
        """Say how far the page is filled.

        Returns
        -------
        str
            One or two sentences.
        """
        from csmodels_helpers.accounts_frames import listed

        empty = self.table.loc[self.table["note"].isna(), "module"].tolist()
        filled = len(self.table) - len(empty)
        said = text(
            "accounts.page.filled", name=self.name, account=self.account, filled=filled, all=len(self.table)
        )
        return join(said, text("accounts.page.empty", modules=listed(empty)) if empty else "")

    def save(self, path: str | Path) -> Path:
        """Write the page as an HTML file (UTF-8).

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
        document = html.escape(self.html, quote=True)
        title = html.escape(text("accounts.page.title", name=self.name), quote=True)
        return (
            f'<iframe title="{title}" srcdoc="{document}" style="width:100%;height:40em;border:0"></iframe>'
        )


def page(
    account: str,
    *,
    name: str | None = None,
    facts: Mapping[str, Any] | None = None,
    notes: Mapping[str, Any] | None = None,
    results: Mapping[str, Any] | None = None,
    decision: Mapping[str, str] | None = None,
) -> AccountPage:
    """Assemble the page of an account from notes, facts, results and a decision.

    Parameters
    ----------
    account : str
        The account's id, such as ``"K01"``.
    name : str, optional
        Its name; the id by default.
    facts : dict, optional
        Label → value, for the head of the page: industry, revenue, end of the contract.
    notes : dict, optional
        Module (``"m01"``) → note, either a text or ``{"question": …, "note": …}`` as the lessons record it.
        Without it, what the lessons recorded on this machine.
    results : dict, optional
        Heading → result of an analysis (anything with ``explain()`` and ``plot()``), or a sentence. Each is
        said and drawn in the language in force.
    decision : dict, optional
        ``"action"``, ``"owner"``, ``"cost"``, ``"gain"``, ``"stop"`` → text: the decision card.

    Returns
    -------
    AccountPage
        Self-contained HTML: images are inside, with alternative text; it prints on white paper.

    Raises
    ------
    UnknownNameError
        If a module or a part of the decision does not exist.
    ArgumentError
        If a note or result is nothing that can be shown.

    See Also
    --------
    csmodels_helpers.widgets.account_note : asks for a note and keeps it.
    csmodels_helpers.widgets.account_notes : the notes alone, of one account or all.
    csmodels_helpers.widgets.decision_card : the decision alone.

    Examples
    --------
    >>> found = page("K01", notes={"m05": {"question": "What may we never miss?", "note": "Seals in 4 h"}},
    ...              decision={"action": "Visit the decider", "owner": "Lin Yue"})
    >>> "Seals in 4 h" in found.html, found.table["note"].notna().sum()
    (True, np.int64(1))
    """
    shown = name or account
    kept = _notes(account, notes)
    table = pd.DataFrame(
        [
            {"module": m, "question": kept.get(m, (None, None))[0], "note": kept.get(m, (None, None))[1]}
            for m in MODULES
        ]
    )
    title = text("accounts.page.title", name=shown)
    parts = [f"<h1>{_safe(title)}</h1>"]
    parts += [_facts(account, facts or {})]
    if decision:
        parts.append(_decision(decision))
    parts += [_section(heading, result) for heading, result in (results or {}).items()]
    parts.append(_note_table(kept))
    parts.append(f"<footer>{_safe(text('accounts.page.footer'))}</footer>")
    language = "zh-CN" if get_language() == "zh_CN" else "en"
    head = f'<meta charset="utf-8"><title>{_safe(title)}</title><style>{_STYLE}</style>'
    view = '<meta name="viewport" content="width=device-width,initial-scale=1">'
    body = "\n".join(parts)
    opening = f'<!doctype html>\n<html lang="{language}"><head>{head}{view}</head>'
    document = f"{opening}\n<body>\n{body}\n</body></html>\n"
    return AccountPage(document, table, account, shown)


def _safe(value: Any) -> str:
    return html.escape(str(value), quote=True)


def _notes(account: str, notes: Mapping[str, Any] | None) -> dict[str, tuple[str | None, str]]:
    """Return module → question and note."""
    if notes is None:
        found = [each for each in recorded_notes(account) if each.module in MODULES]
        return {each.module: (each.question or None, each.note) for each in found}
    kept: dict[str, tuple[str | None, str]] = {}
    for module, entry in notes.items():
        if module not in MODULES:
            raise UnknownNameError(text("accounts.kinds.module"), module, list(MODULES))
        if isinstance(entry, str):
            kept[module] = (None, entry)
        elif isinstance(entry, dict) and isinstance(entry.get("note"), str):  # pyright: ignore[reportUnknownMemberType]
            said = cast("dict[str, Any]", entry)
            kept[module] = (
                None if said.get("question") is None else str(said["question"]),
                str(said["note"]),
            )
        else:
            raise ArgumentError("notes", {module: entry}, text("accounts.allowed.note"))
    return kept


def _facts(account: str, facts: Mapping[str, Any]) -> str:
    rows = {text("accounts.page.account"): account, **facts}
    cells = "".join(
        f'<tr><th scope="row">{_safe(key)}</th><td>{_safe(value)}</td></tr>' for key, value in rows.items()
    )
    return f"<table><caption>{_safe(text('accounts.page.facts'))}</caption>{cells}</table>"


def _decision(decision: Mapping[str, str]) -> str:
    for part in decision:
        if part not in DECISION:
            raise UnknownNameError(text("accounts.kinds.decision"), part, list(DECISION))
    cells = "".join(
        f'<tr><th scope="row">{_safe(text(f"widgets.card.{part}"))}</th>'
        f"<td>{_safe(decision.get(part) or text('accounts.page.open'))}</td></tr>"
        for part in DECISION
    )
    return (
        f"<section><table><caption>{_safe(text('widgets.card.caption'))}</caption>{cells}</table></section>"
    )


def _section(heading: str, result: Any) -> str:
    """Say a result and show its figure."""
    if isinstance(result, str):
        return f"<section><h2>{_safe(heading)}</h2><p>{_safe(result)}</p></section>"
    if not isinstance(result, Result):
        raise ArgumentError("results", {heading: type(result).__name__}, text("accounts.allowed.result"))
    import matplotlib.pyplot as plt

    from csmodels_helpers.plots import figure_html

    # Small enough that its words can still be read on a telephone.
    with plt.rc_context({"figure.figsize": _FIGURE}):
        figure: Any = result.plot().get_figure(root=True)
    image = figure_html(figure)
    plt.close(figure)
    said = f"<p>{_safe(result.explain())}</p>"
    return f"<section><h2>{_safe(heading)}</h2>{said}{image}</section>"


def _note_table(kept: Mapping[str, tuple[str | None, str]]) -> str:
    heads = "".join(f'<th scope="col">{_safe(text(f"accounts.page.{n}"))}</th>' for n in ("module", "note"))
    rows: list[str] = []
    for module in MODULES:
        question, note = kept.get(module, (None, None))
        if note is None:
            cell = f'<span class="none">{_safe(text("accounts.page.nothing"))}</span>'
        else:
            asked = f"<em>{_safe(question)}</em><br>" if question else ""
            cell = asked + "<br>".join(_safe(line) for line in note.splitlines())
        named = f"{module[1:]} {text(f'accounts.module.{module}')}"
        rows.append(f'<tr><th scope="row">{_safe(named)}</th><td>{cell}</td></tr>')
    caption = _safe(text("accounts.page.notes"))
    body = "".join(rows)
    table = f"<caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody>"
    return f"<section><table>{table}</table></section>"
