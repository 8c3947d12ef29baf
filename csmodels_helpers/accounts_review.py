"""The account review: several accounts in one HTML file for a board, and a pitch for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from csmodels_helpers.accounts_frames import listed, money_range
from csmodels_helpers.accounts_html import (
    Document,
    decision_table,
    fact_table,
    grid,
    note_table,
    result_section,
    safe,
    whole_page,
)
from csmodels_helpers.accounts_notes import MODULES, kept_notes
from csmodels_helpers.accounts_overview import Overview
from csmodels_helpers.errors import ArgumentError, UnknownNameError
from csmodels_helpers.language import join, text, unit_words
from csmodels_helpers.metrics_words import rounded

__all__ = ["AccountReview", "review"]

MOST_ACTIONS = 3


@dataclass(frozen=True, eq=False, repr=False)
class AccountReview(Document):
    """The review of several accounts: shown in Jupyter, saved as one file, printed a page an account.

    Parameters
    ----------
    html : str
        A whole HTML document that needs no other file.
    title : str
        Its title.
    found : Overview
        What it shows.
    decisions : dict
        Account → decision card.
    """

    found: Overview
    decisions: Mapping[Any, Mapping[str, str]]

    def explain(self) -> str:
        """Say what is in the review.

        Returns
        -------
        str
            Two sentences.
        """
        rows = self.found.table
        said = text(
            "accounts.review.made", title=self.title, count=len(rows), kilobytes=len(self.html) // 1000
        )
        open_cards = [row["name"] for row in rows.to_dict("records") if row["account"] not in self.decisions]
        return join(said, text("accounts.review.open", names=listed(open_cards)) if open_cards else "")

    def pitch(self, account: Any) -> list[str]:
        """Lay out five minutes before the board: worth, voices, action, stop, and what to be ready for.

        Parameters
        ----------
        account : str
            The account's id.

        Returns
        -------
        list of str
            A sentence or two for each part. What the decision card does not say stays open.

        Raises
        ------
        UnknownNameError
            If the account is not in the review.

        Examples
        --------
        >>> from csmodels_helpers.accounts import overview, read_files
        >>> made = review(overview(read_files(), as_of="2025-12-31", unit="million CNY"))
        >>> print(made.pitch("K05")[0])
        1. Worth: Dongyao pays 33.1 million CNY a year, of which 8.32 million CNY are left after all costs. An
        expected 6.6 to 16.6 million CNY is at risk within a year.
        """
        row = _row(self.found, account)
        card = self.decisions.get(account, {})
        blank = text("accounts.page.open")
        action = card.get("action") or row["advice"]
        owner = card.get("owner") or _owner(row) or blank
        return [
            text("accounts.pitch.worth", worth=_worth(self.found, row)),
            text("accounts.pitch.voice", voice=_voice(self.found, row)),
            text("accounts.pitch.action", action=action, owner=owner, cost=card.get("cost") or blank),
            text(
                "accounts.pitch.stop",
                gain=card.get("gain") or _gain(self.found, row),
                stop=card.get("stop") or blank,
            ),
            text("accounts.pitch.sure", sure=_sure(self.found, row)),
        ]


def review(
    found: Overview,
    *,
    title: str | None = None,
    date: str | None = None,
    accounts: Sequence[Any] | None = None,
    decisions: Mapping[Any, Mapping[str, str]] | None = None,
    notes: Mapping[Any, Mapping[str, Any]] | None = None,
    results: Mapping[str, Any] | None = None,
) -> AccountReview:
    """Assemble the review of several accounts as one HTML file that needs no other.

    Parameters
    ----------
    found : Overview
        What :func:`overview` computed.
    title : str, optional
        Title of the review.
    date : str, optional
        Day that stands under the title; by default the day of the overview.
    accounts : sequence, optional
        Ids of the accounts that get a page of their own; all of them by default.
    decisions : dict, optional
        Account → ``{"action": …, "owner": …, "cost": …, "gain": …, "stop": …}``, as
        :func:`csmodels_helpers.widgets.decision_card` has it.
    notes : dict, optional
        Account → notes as :func:`page` takes them; without it, what the lessons recorded on this machine.
    results : dict, optional
        Heading → result of an analysis (anything with ``explain()`` and ``plot()``), or a sentence, shown
        behind the overview; by default satisfaction and revenue at risk.

    Returns
    -------
    AccountReview
        Summary, the first three actions, figures, then a page an account. Images are inside, with
        alternative text; there is no script; in print each account begins a page.

    Raises
    ------
    UnknownNameError
        If an account is not in the overview, or a part of a decision does not exist.
    ArgumentError
        If a note or result is nothing that can be shown.

    See Also
    --------
    page : the page of one account.

    Examples
    --------
    >>> from csmodels_helpers.accounts import overview, read_files
    >>> made = review(overview(read_files(), as_of="2025-12-31", top=3), title="Three accounts")
    >>> made.found.table["name"].tolist(), made.html.count("<h2"), "http" in made.html
    (['Huarui', 'Dongyao', 'Hengzhou'], 8, False)
    """
    if not isinstance(found, Overview):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError("found", type(found).__name__, text("accounts.allowed.overview"))
    cards = dict(decisions or {})
    rows = found.table.to_dict("records")
    for key in (*cards, *(notes or {}), *(accounts or [])):
        _row(found, key)
    chosen = rows if accounts is None else [_row(found, key) for key in accounts]
    headline = title or text("accounts.review.title")
    day = date or f"{found.as_of:%Y-%m-%d}"
    parts = [
        f"<h1>{safe(headline)}</h1><p>{safe(text('accounts.review.as_of', date=day))}</p>",
        f"<p>{safe(found.explain())}</p>",
        _first_actions(found, cards),
        _summary(found),
        result_section(text("accounts.review.signs"), found, said=False),
    ]
    shown = results
    if shown is None:
        shown = {
            text("accounts.review.voices"): _only(found),
            text("accounts.review.risk"): found.risk,
        }
    parts += [result_section(heading, result) for heading, result in shown.items()]
    parts += [_account(found, row, cards, notes) for row in chosen]
    parts.append(f"<footer>{safe(text('accounts.page.footer'))}</footer>")
    return AccountReview(whole_page(headline, parts), headline, found, cards)


def _row(found: Overview, account: Any) -> dict[Any, Any]:
    for row in found.table.to_dict("records"):
        if row["account"] == account:
            return row
    raise UnknownNameError(text("accounts.kinds.account"), account, [str(a) for a in found.table["account"]])


def _only(found: Overview) -> Any:
    """Return the satisfaction of the accounts that are shown."""
    from dataclasses import replace

    said = found.satisfaction
    kept = set(found.table["account"])
    table = said.table[said.table["account"].isin(kept)].reset_index(drop=True)
    roles = said.roles[said.roles["account"].isin(kept)].reset_index(drop=True)
    return replace(said, table=table, roles=roles)


# --------------------------------------------------------------------------------------- front page


def _summary(found: Overview) -> str:
    heads = [
        *("account", "revenue", "margin", "satisfaction", "silence", "health", "band", "at_risk"),
    ]
    named = [text(f"accounts.review.head.{head}") for head in heads]
    if found.unit:
        for head in ("revenue", "margin", "at_risk"):
            i = heads.index(head)
            named[i] = text("accounts.review.head_unit", head=named[i], unit=unit_words(found.unit))
    rows = [
        [
            f"{row['account']} {row['name']}",
            rounded(row["revenue"], 1),
            _or_unknown(row["margin"], 1),
            _score(row),
            row["roles_silent"] and _roles(row["roles_silent"]),
            _or_unknown(row["health"], 0),
            text(f"accounts.loss_band.{row['band']}"),
            f"{rounded(row['at_risk_low'], 1)}–{rounded(row['at_risk_high'], 1)}",
        ]
        for row in found.table.to_dict("records")
    ]
    heading = safe(text("accounts.review.summary"))
    table = grid(text("accounts.review.summary_caption"), named, rows, right=(1, 2, 3, 5, 7))
    convention = safe(text("accounts.review.convention"))
    return f"<section><h2>{heading}</h2>{table}<p>{convention}</p></section>"


def _first_actions(found: Overview, cards: Mapping[Any, Mapping[str, str]]) -> str:
    acting = [row for row in found.table.to_dict("records") if row["action"]][:MOST_ACTIONS]
    heading = safe(text("accounts.review.actions"))
    if not acting:
        return f"<section><h2>{heading}</h2><p>{safe(text('accounts.review.no_action'))}</p></section>"
    said: list[str] = []
    for row in acting:
        card = cards.get(row["account"], {})
        action = card.get("action") or row["advice"]
        owner = card.get("owner") or _owner(row) or text("accounts.page.open")
        said.append(
            text(
                "accounts.review.action",
                name=row["name"],
                action=action,
                owner=owner,
                gain=card.get("gain") or _gain(found, row),
            )
        )
    items = "".join(f"<li>{safe(each)}</li>" for each in said)
    return f'<section class="whole"><h2>{heading}</h2><ol>{items}</ol></section>'


# ---------------------------------------------------------------------------------- one page each


def _account(
    found: Overview,
    row: Mapping[Any, Any],
    cards: Mapping[Any, Mapping[str, str]],
    notes: Mapping[Any, Mapping[str, Any]] | None,
) -> str:
    account = row["account"]
    facts = {
        text("accounts.review.head.revenue"): found.amount(row["revenue"]),
        text("accounts.review.head.margin"): (
            text("accounts.review.unknown") if pd.isna(row["margin"]) else found.amount(row["margin"])
        ),
    }
    if _owner(row):
        facts[text("accounts.fact.owner")] = _owner(row)
    own = found.facts[found.facts["account"] == account].iloc[0].to_dict()
    for name, value in own.items():
        if name != "account" and not pd.isna(value):
            facts[_fact_name(str(name))] = f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else value
    heading = safe(text("accounts.review.account", name=row["name"], account=account))
    said = "".join(
        f"<p>{safe(each)}</p>" for each in (_worth(found, row), _voice(found, row), _sure(found, row))
    )
    parts = [
        f'<section class="account"><h2>{heading}</h2>',
        said,
        fact_table(str(account), facts),
        _voices(found, account),
        decision_table({**_proposal(found, row), **cards.get(account, {})}),
    ]
    given = None if notes is None else notes.get(account, {})
    kept = kept_notes(str(account), given, (*MODULES, "m10"))
    if kept:
        parts.append(note_table(kept, kept))
    return "\n".join([*parts, "</section>"])


def _voices(found: Overview, account: Any) -> str:
    roles = found.satisfaction.roles
    own = roles[(roles["account"] == account) & (roles["n_asked"] > 0)]
    if own.empty:
        return ""
    role = own.columns[1]
    heads = [text(f"accounts.review.role.{head}") for head in ("role", "asked", "answered", "mean")]
    rows = [
        [
            _roles(each[role]),
            each["n_asked"],
            each["n_answered"],
            rounded(each["mean"], 1) if each["n_answered"] else text("accounts.review.no_answer"),
        ]
        for each in own.to_dict("records")
    ]
    return grid(text("accounts.review.role.caption"), heads, rows, right=(1, 2, 3))


def _proposal(found: Overview, row: Mapping[Any, Any]) -> dict[str, str]:
    """Propose what follows from the signs; owner, cost and stop stay open for people."""
    card = {
        "action": row["advice"],
        "gain": _gain(found, row) if row["action"] else "",
    }
    return card | ({"owner": _owner(row)} if _owner(row) else {})


# ------------------------------------------------------------------------------------------- words


def _worth(found: Overview, row: Mapping[Any, Any]) -> str:
    key = "worth" if pd.isna(row["margin"]) else "worth_margin"
    return text(
        f"accounts.review.{key}",
        name=row["name"],
        revenue=found.amount(row["revenue"]),
        margin="" if pd.isna(row["margin"]) else found.amount(row["margin"]),
        **money_range(row["at_risk_low"], row["at_risk_high"], found.unit),
    )


def _voice(found: Overview, row: Mapping[Any, Any]) -> str:
    low, high = found.satisfaction.scale
    if pd.isna(row["satisfaction"]):
        said = text(
            "accounts.review.voice_open",
            answered=row["answered"],
            asked=row["asked"],
            low=_or_unknown(row["possible_low"], 1),
            high=_or_unknown(row["possible_high"], 1),
            least=low,
            most=high,
        )
    else:
        key = "voice_plain" if pd.isna(row["low"]) else "voice"
        said = text(
            f"accounts.review.{key}",
            answered=row["answered"],
            asked=row["asked"],
            score=rounded(row["satisfaction"], 1),
            low=_or_unknown(row["low"], 1),
            high=_or_unknown(row["high"], 1),
            least=low,
            most=high,
        )
    silent = (
        text("accounts.review.voice_silent", roles=_roles(row["roles_silent"])) if row["roles_silent"] else ""
    )
    return join(said, silent)


def _sure(found: Overview, row: Mapping[Any, Any]) -> str:
    there = [
        text(f"accounts.sign_name.{sign}") for sign in found.signs if not pd.isna(row[sign]) and row[sign]
    ]
    unknown = [text(f"accounts.sign_name.{sign}") for sign in found.signs if pd.isna(row[sign])]
    said = text("accounts.review.sure", signs=listed(there)) if there else text("accounts.review.sure_none")
    band = text("accounts.review.sure_band", band=text(f"accounts.loss_band.{row['band']}"))
    gaps = text("accounts.review.sure_unknown", signs=listed(unknown)) if unknown else ""
    return join(said, band, gaps)


def _gain(found: Overview, row: Mapping[Any, Any]) -> str:
    if not row["action"]:
        return text("accounts.review.no_gain")
    return text("accounts.review.gain", **money_range(row["gain_low"], row["gain_high"], found.unit))


def _owner(row: Mapping[Any, Any]) -> str:
    return "" if pd.isna(row["owner"]) else str(row["owner"])


def _score(row: Mapping[Any, Any]) -> str:
    if not pd.isna(row["satisfaction"]):
        return rounded(row["satisfaction"], 1)
    if pd.isna(row["possible_low"]):
        return text("accounts.review.unknown")
    return text(
        "accounts.review.between", low=rounded(row["possible_low"], 1), high=rounded(row["possible_high"], 1)
    )


def _or_unknown(value: Any, places: int) -> str:
    return text("accounts.review.unknown") if pd.isna(value) else rounded(float(value), places)


def _roles(names: str) -> str:
    return listed(text(f"accounts.role.{name.strip()}") for name in names.split(","))


def _fact_name(column: str) -> str:
    known = ("contract_end", "alternatives", "industry", "city", "since")
    return text(f"accounts.fact.{column}") if column in known else column.replace("_", " ")
