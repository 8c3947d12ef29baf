"""The account page: what the course has noted and computed on one account, on paper or in a browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from csmodels_helpers.accounts_html import (
    Document,
    decision_table,
    fact_table,
    note_table,
    result_section,
    safe,
    whole_page,
)
from csmodels_helpers.accounts_notes import MODULES, kept_notes
from csmodels_helpers.language import join, text

__all__ = ["MODULES", "AccountPage", "page"]


@dataclass(frozen=True, eq=False, repr=False)
class AccountPage(Document):
    """The page of one account: shown in Jupyter, saved as a file of its own.

    Parameters
    ----------
    html : str
        A whole HTML document that needs no other file.
    title : str
        Its title.
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
    kept = kept_notes(account, notes)
    table = pd.DataFrame(
        [
            {"module": m, "question": kept.get(m, (None, None))[0], "note": kept.get(m, (None, None))[1]}
            for m in MODULES
        ]
    )
    title = text("accounts.page.title", name=shown)
    parts = [f"<h1>{safe(title)}</h1>"]
    parts += [fact_table(account, facts or {})]
    if decision:
        parts.append(decision_table(decision))
    parts += [result_section(heading, result) for heading, result in (results or {}).items()]
    parts.append(note_table(kept))
    parts.append(f"<footer>{safe(text('accounts.page.footer'))}</footer>")
    return AccountPage(whole_page(title, parts), title, table, account, shown)
