"""Every account in one row: what it pays, what it says, who is silent, what is at risk, what to do first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.accounts_files import check_tables
from csmodels_helpers.accounts_frames import listed, money, money_range
from csmodels_helpers.accounts_health import HEALTH_WEIGHTS, Health, health
from csmodels_helpers.accounts_satisfaction import AccountSatisfaction, satisfaction
from csmodels_helpers.accounts_value import LOSS_BANDS, RevenueAtRisk, revenue_at_risk
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import get_language, join, text
from csmodels_helpers.metrics_plots import row_axes
from csmodels_helpers.metrics_words import axis_with_unit, rounded, with_unit
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["SIGNS", "Overview", "overview"]

SIGNS = ("silent", "late", "dissatisfied", "free")
"""Warning signs, the one to act upon first in front: no decider answered in the last two surveys; of at least
three complaints due, fewer than half were closed in time; the satisfaction of the buying unit is below the
middle of the scale; the contract ends within a year and another supplier is approved (or nobody knows)."""

SILENT_WAVES = 2
LATE_CASES, LATE_SHARE = 3, 0.5
FREE_MONTHS = 12

_BANDS = ("low", "medium", "high", "critical")
"""Loss band by the number of signs; more than three are three."""


@dataclass(frozen=True, eq=False)
class Overview(Result):
    """Accounts side by side, with the revenue at risk, signs and a first action for each.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an account, most revenue at risk first: ``account``, ``name``, ``revenue``, ``margin``
        (missing if costs are), ``satisfaction`` with ``low`` and ``high`` (missing if the decider is silent),
        ``possible_low``, ``possible_high``, ``asked``, ``answered``, ``roles_silent``, ``health``, a column
        for each sign (yes, no or not known), ``signs`` (how many), ``band``, ``at_risk_low``,
        ``at_risk_high``, ``action`` (the sign to act upon, empty if there is none), ``advice`` (the same in
        words), ``owner``, ``gain_low``, ``gain_high`` (what is less at risk with one sign fewer).
    facts : pandas.DataFrame
        What else ``accounts`` holds, a row an account, in the same order.
    satisfaction : AccountSatisfaction
        The last survey, all accounts.
    health : Health
        All accounts, over the indicators that the tables hold.
    risk : RevenueAtRisk
        The accounts of ``table``.
    signs : tuple of str
        The signs that were counted.
    as_of : pandas.Timestamp
        The day on which this was so.
    waves : list of str
        The surveys in which silence was looked for.
    unit : str or None
        Unit of the money.
    """

    facts: pd.DataFrame
    satisfaction: AccountSatisfaction
    health: Health
    risk: RevenueAtRisk
    signs: tuple[str, ...]
    as_of: pd.Timestamp
    waves: list[str]
    unit: str | None

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the signs of each account and what is at risk with it, most on top.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        rows = self.table
        ax = row_axes(ax, len(rows))
        y = np.arange(len(rows))[::-1]
        for x, sign in enumerate(self.signs):
            there = rows[sign].fillna(False).to_numpy(dtype=bool)
            unknown = rows[sign].isna().to_numpy(dtype=bool)
            look = (
                (there, "s", "orange", 11, "sign"),
                (~there & ~unknown, ".", "grey", 5, "no_sign"),
                (unknown, "x", "grey", 6, "unknown"),
            )
            for which, marker, colour, size, key in look:
                ax.plot(
                    np.full(int(which.sum()), x),
                    y[which],
                    marker,
                    color=plots.PALETTE[colour],
                    markersize=size,
                    label=text(f"accounts.legend.{key}"),
                )
        edge = len(self.signs) - 0.35
        for place, row in zip(y, rows.to_dict("records"), strict=True):
            ax.text(edge, place, _amounts(row["at_risk_low"], row["at_risk_high"]), va="center")
        ax.axvline(edge - 0.15, color=plots.PALETTE["grey"], linewidth=1)
        ax.set_xlim(-0.5, len(self.signs) + 1.0)
        ax.set_ylim(-0.6, len(rows) - 0.4)
        risk = axis_with_unit("accounts.axis.at_risk", self.unit)
        names = [_two_lines(text(f"accounts.sign_name.{sign}")) for sign in self.signs]
        ax.set_xticks([*range(len(self.signs)), len(self.signs) + 0.25], [*names, risk])
        ax.set_yticks(y, [f"{row['account']} {row['name']}" for row in rows.to_dict("records")])
        ax.tick_params(axis="x", labelsize="small")
        ax.grid(visible=False)
        handles, labels = ax.get_legend_handles_labels()
        shown = {
            label: handle
            for handle, label in zip(handles, labels, strict=True)
            if len(handle.get_xdata())  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
        }
        plots.legend_below(ax, list(shown.values()))
        three = rows.head(3)
        title = text("accounts.title.overview", names=listed(three["name"]))
        xlabel, ylabel = text("accounts.axis.signs"), text("accounts.axis.account")
        return plots.label(ax, title=title, xlabel=xlabel, ylabel=ylabel, alt=self.explain())

    def explain(self) -> str:
        """Say what is at risk in all, with whom most of it lies, and whose decider is silent.

        Returns
        -------
        str
            Two to four sentences.
        """
        rows = self.table
        said = [
            text(
                "accounts.explain.overview",
                count=len(rows),
                revenue=self.amount(float(rows["revenue"].sum())),
                **money_range(self.risk.low, self.risk.high, self.unit),
                names=listed(rows["name"].head(3)),
                share=rounded(
                    100 * float(rows["at_risk_high"].head(3).sum()) / max(self.risk.high, 1e-12), 0
                ),
            )
        ]
        for sign in self.signs:
            names = rows.loc[rows[sign].fillna(False).astype(bool), "name"]
            if len(names):
                said.append(text(f"accounts.explain.sign_{sign}", names=listed(names)))
        unknown = [text(f"accounts.sign_name.{sign}") for sign in self.signs if rows[sign].isna().all()]
        if unknown:
            said.append(text("accounts.explain.sign_unknown", signs=listed(unknown)))
        return join(*said)

    def amount(self, value: float) -> str:
        """Write an amount of money with its unit.

        Parameters
        ----------
        value : float
            The amount.

        Returns
        -------
        str
            With three digits that count.
        """
        return with_unit(money(value), self.unit)


def _two_lines(name: str) -> str:
    """Break a name, as several of them stand side by side on a narrow page; Chinese has no spaces."""
    if " " in name:
        return "\n".join(name.rsplit(" ", 1))
    half = (len(name) + 1) // 2
    return f"{name[:half]}\n{name[half:]}" if len(name) > 3 else name


def _amounts(low: float, high: float) -> str:
    return f"{rounded(low, 1)}–{rounded(high, 1)}"


def overview(
    tables: Mapping[str, pd.DataFrame],
    *,
    as_of: str,
    top: int | None = 12,
    signs: Sequence[str] = SIGNS,
    bands: Mapping[str, tuple[float, float]] = LOSS_BANDS,
    scale: tuple[int, int] = (1, 5),
    unit: str | None = None,
) -> Overview:
    """Put what the tables say of each account into one row, and rank by the revenue at risk.

    Parameters
    ----------
    tables : dict of pandas.DataFrame
        As :func:`read_files` gives them: ``accounts``, ``contacts``, ``answers``, and ``complaints`` if
        there are any, with the columns of :data:`REVIEW_COLUMNS`.
    as_of : str
        The day of the review, such as ``"2025-12-31"``.
    top : int, optional
        Only so many accounts, those with the largest revenue; all with None. Satisfaction and health
        are computed from all of them.
    signs : sequence of str, default :data:`SIGNS`
        Which warning signs count.
    bands : dict of tuple, default :data:`LOSS_BANDS`
        ``"low"``, ``"medium"``, ``"high"``, ``"critical"`` → probability of loss within a year: for no sign,
        one, two, three or more.
    scale : tuple of int, default (1, 5)
        Lowest and highest answer of ``csat`` in the last survey.
    unit : str, optional
        Unit of the money, for words and axes.

    Returns
    -------
    Overview
        What is not in the tables is missing in it, and said.

    Raises
    ------
    ArgumentError
        If a table or needed column is missing, a sign does not exist, or the day is no date.
    DataError
        If the tables do not fit together, or an answer is off its scale.

    Notes
    -----
    An account without a sign lies in the lowest band, each sign lifts it by one. Equal signs and these bands
    are this course's convention, to be replaced by what your own history of lost accounts shows; ``signs``
    lets you see what depends on each.
    What an action gains is the difference to the band with one sign fewer: as much as removing the sign can
    bring if the sign is a cause, which no table of signs can show.

    Indicators that no table holds leave the health, and their weight goes to the others. Growth beyond
    ±100 % counts as ±100 %.

    References
    ----------
    Gupta, S. and Lehmann, D. R. (2005). *Managing Customers as Investments*. Wharton School Publishing.

    Examples
    --------
    >>> tables = {
    ...     "accounts": pd.DataFrame({"account": ["A", "B"], "name": ["Arno", "Beta"], "revenue": [9, 4]}),
    ...     "contacts": pd.DataFrame({"contact": ["x", "y", "z"], "account": ["A", "B", "B"],
    ...                               "role": ["decider", "decider", "user"]}),
    ...     "answers": pd.DataFrame({"contact": ["y", "z"], "csat": [4, 5]}),
    ... }
    >>> overview(tables, as_of="2025-12-31").table[["name", "silent", "band", "at_risk_high"]]
       name  silent    band  at_risk_high
    0  Arno    True  medium           1.8
    1  Beta   False     low           0.2
    """
    day = _day(as_of)
    bounds = check_scale(scale)
    counted = tuple(signs)
    if not counted or len(set(counted)) < len(counted) or not set(counted) <= set(SIGNS):
        allowed = " | ".join(repr(sign) for sign in SIGNS)
        raise ArgumentError("signs", list(counted), allowed)
    if top is not None and (isinstance(top, bool) or top < 1):
        raise ArgumentError("top", top, text("accounts.allowed.top"))
    missing = [band for band in _BANDS if band not in bands]
    if missing:
        raise ArgumentError("bands", list(bands), text("accounts.allowed.four_bands"))
    found = check_tables(tables)
    accounts = found["accounts"]
    if accounts.empty:
        raise DataError("account", 0, "—", None, text("survey.allowed.rows"))
    voices = _voices(found)
    said = satisfaction(voices.people, "csat", respondent="contact", scale=bounds)
    late, share = _late(found, accounts["account"], day)
    rows = accounts[["account", "name", "revenue"]].astype({"revenue": "float64"})
    rows["name"] = _names(accounts)
    rows["margin"] = _margin(accounts)
    voice = said.table.set_index("account").reindex(rows["account"])
    for ours, theirs in (
        *(("satisfaction", "score"), ("low", "low"), ("high", "high")),
        *(("possible_low", "possible_low"), ("possible_high", "possible_high")),
        *(("asked", "n_asked"), ("answered", "n_answered"), ("roles_silent", "silent")),
    ):
        rows[ours] = voice[theirs].to_numpy()
    rows[["asked", "answered"]] = rows[["asked", "answered"]].fillna(0).astype("int64")
    rows["roles_silent"] = rows["roles_silent"].fillna("")
    relation = _health(rows, accounts, voices, share, bounds)
    rows["health"] = rows["account"].map(relation.table.set_index("account")["health"])
    rows["silent"] = rows["account"].map(voices.silent).astype("boolean")
    rows["late"] = late
    low_score = rows["satisfaction"] < sum(bounds) / 2
    rows["dissatisfied"] = low_score.astype("boolean").mask(rows["satisfaction"].isna())
    rows["free"] = _free(accounts, day)
    rows["signs"] = rows[list(counted)].fillna(False).astype(int).sum(axis=1)
    rows["band"] = [_band(count) for count in rows["signs"]]
    rows["action"] = [next((s for s in counted if row[s] is True), "") for row in _plain(rows, counted)]
    rows["advice"] = [text(f"accounts.action.{sign or 'none'}") for sign in rows["action"]]
    rows["owner"] = accounts.get("owner")
    kept = rows.nlargest(top, "revenue", keep="all").head(top) if top is not None else rows
    risk = revenue_at_risk(kept, bands=dict(bands), unit=unit)
    kept = kept.set_index("account").loc[risk.table["account"]].reset_index()
    kept[["at_risk_low", "at_risk_high"]] = risk.table[["at_risk_low", "at_risk_high"]]
    for place, end in enumerate(("low", "high")):
        calmer = [bands[_band(max(count - 1, 0))][place] for count in kept["signs"]]
        kept[f"gain_{end}"] = kept[f"at_risk_{end}"] - np.array(calmer) * kept["revenue"]
    gains = kept[["gain_low", "gain_high"]].to_numpy(dtype=np.float64)
    kept["gain_low"], kept["gain_high"] = gains.min(axis=1), gains.max(axis=1)
    extra = [name for name in accounts if name not in _SHOWN]
    facts = accounts.set_index("account").loc[kept["account"], extra].reset_index()
    names = rows.set_index("account")["name"]
    said, relation, risk = (_named(result, names) for result in (said, relation, risk))
    return Overview(kept, facts, said, relation, risk, counted, day, voices.waves, unit)


def _named(result: Any, names: Any) -> Any:
    """Let a result speak of its accounts by name."""
    table = result.table.copy()
    table.insert(1, "name", table["account"].map(names))
    return replace(result, table=table, account="name")


_SHOWN = (
    *("account", "name", "name_zh", "revenue", "revenue_before", "cost_of_goods", "cost_to_serve"),
    *("owner", "revenue_cny_million", "contacts"),
)
"""Columns of the accounts that are no further facts."""


class _Voices(NamedTuple):
    people: pd.DataFrame
    """One row a contact who could answer, with the answer to the last survey."""
    silent: dict[Any, Any]
    """Account → whether no decider answered in the last surveys."""
    breadth: pd.Series[Any]
    """Account → how many roles we know."""
    waves: list[str]


def _voices(tables: Mapping[str, pd.DataFrame]) -> _Voices:
    contacts, answers = tables["contacts"], tables["answers"]
    people = contacts[contacts["asked"].astype(bool)] if "asked" in contacts else contacts
    measures = [name for name in ("csat", "nps") if name in answers]
    waves = sorted(answers["wave"].astype("str").unique())
    recent = waves[-SILENT_WAVES:]
    heard = answers[answers[measures].notna().any(axis=1) & answers["wave"].astype("str").isin(recent)]
    answers = answers[answers["wave"].astype("str").isin(waves[-1:])]
    deciders = people[people["role"] == "decider"]
    spoke = deciders["contact"].isin(set(heard["contact"])).groupby(deciders["account"]).any()
    people = people.merge(answers[["contact", *measures]], on="contact", how="left")
    if "nps" not in people:
        people["nps"] = np.nan
    breadth = contacts.groupby("account")["role"].nunique()
    return _Voices(people, {key: not yes for key, yes in spoke.items()}, breadth, recent)


def _day(as_of: Any) -> pd.Timestamp:
    try:
        day = pd.Timestamp(as_of)
    except (ValueError, TypeError):
        day = pd.NaT
    if not isinstance(day, pd.Timestamp):
        raise ArgumentError("as_of", as_of, text("accounts.allowed.date"))
    return day


def _names(accounts: pd.DataFrame) -> Any:
    """Return the names for people; the Chinese ones where there are some and Chinese is spoken."""
    own = get_language() == "zh_CN" and "name_zh" in accounts
    return accounts["name_zh" if own else "name"].astype("str")


def _margin(accounts: pd.DataFrame) -> Any:
    if "cost_of_goods" not in accounts:
        return np.nan
    serve = accounts.get("cost_to_serve", 0.0)
    return (accounts["revenue"] - accounts["cost_of_goods"] - serve).astype("float64")


def _late(
    tables: Mapping[str, pd.DataFrame], order: pd.Series[Any], day: pd.Timestamp
) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Tell for each account whether complaints are late, and which share of those due was closed in time."""
    cases = tables.get("complaints")
    if cases is None or not {"closed", "due_days"} <= set(cases):
        unknown = pd.Series(pd.NA, index=order.index, dtype="boolean")
        return unknown, pd.Series(np.nan, index=order.index)
    due = cases["opened"] + pd.to_timedelta(cases["due_days"], "D")
    counts = cases["closed"].notna() | (due < day)
    in_time = (cases["closed"] <= due)[counts].groupby(cases.loc[counts, "account"])
    n, share = order.map(in_time.size()).fillna(0), order.map(in_time.mean())
    return ((n >= LATE_CASES) & (share < LATE_SHARE)).astype("boolean"), share


def _free(accounts: pd.DataFrame, day: pd.Timestamp) -> pd.Series[Any]:
    if "contract_end" not in accounts:
        return pd.Series(pd.NA, index=accounts.index, dtype="boolean")
    ends = accounts["contract_end"]
    soon = (ends <= day + pd.DateOffset(months=FREE_MONTHS)).astype("boolean").mask(ends.isna())
    if "alternatives" not in accounts:
        return soon
    return soon & ~(accounts["alternatives"] == 0)


def _health(
    rows: pd.DataFrame,
    accounts: pd.DataFrame,
    voices: _Voices,
    in_time: pd.Series[Any],
    bounds: tuple[int, int],
) -> Health:
    """Compute the health from the indicators that there are."""
    by_account = rows["account"]
    low, high = bounds
    made = pd.DataFrame({"account": by_account})
    made["satisfaction"] = 1 + 4 * (rows["satisfaction"] - low) / (high - low)
    made["recommendation"] = by_account.map(voices.people.groupby("account")["nps"].mean())
    made["response"] = (rows["answered"] / rows["asked"]).where(rows["asked"] > 0)
    if "revenue_before" in accounts:
        before = accounts["revenue_before"].where(accounts["revenue_before"] > 0)
        made["growth"] = (accounts["revenue"] / before - 1).clip(-1, 1).astype("float64")
    made["in_time"] = in_time
    made["breadth"] = by_account.map(voices.breadth).fillna(0).astype("float64")
    there = {name: w for name, w in HEALTH_WEIGHTS.items() if name in made and made[name].notna().any()}
    total = sum(there.values())
    return health(made, weights={name: w / total for name, w in there.items()})


def _band(signs: int) -> str:
    return _BANDS[min(signs, len(_BANDS) - 1)]


def _plain(rows: pd.DataFrame, signs: Sequence[str]) -> list[dict[Any, Any]]:
    """Return the signs as yes or no; what is not known is no sign."""
    return [
        {sign: bool(row[sign]) for sign in signs}
        for row in rows[list(signs)].fillna(False).to_dict("records")
    ]
