"""What an account is worth: margin after the cost to serve it (大客户成本核算), and revenue at risk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.accounts_frames import (
    check_share,
    is_number,
    listed,
    money,
    money_range,
    one_row_each,
)
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import row_axes
from csmodels_helpers.metrics_words import axis_with_unit, rounded, with_unit
from csmodels_helpers.results import Result
from csmodels_helpers.survey import (
    Rule,
    check_column,
    choice,
    find_rows,
    identifier,
    number,
)
from csmodels_helpers.tally import first_row, moments

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "LOSS_BANDS",
    "AccountMargin",
    "RevenueAtRisk",
    "account_margin",
    "revenue_at_risk",
]

LOSS_BANDS = {"low": (0.0, 0.05), "medium": (0.05, 0.2), "high": (0.2, 0.5), "critical": (0.5, 0.9)}
"""Probability of losing an account within a year, lowest and highest, by band: this course's convention, to
be replaced by what your own history of lost accounts shows."""

MOST_LABELS = 15
"""Accounts that a figure can name one by one."""


# ------------------------------------------------------------------------------------------- margin


@dataclass(frozen=True, eq=False)
class AccountMargin(Result):
    """What is left of each account's revenue after what it costs to serve it.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an account, highest margin first: the account column, ``revenue``, ``cost_of_goods``,
        ``gross_margin``, ``cost_to_serve``, ``margin``, ``margin_low``, ``margin_high`` (all rates higher or
        lower by ``vary``), ``margin_share`` (of revenue, 0–1), ``gross_rank``, ``rank``, ``cumulative``
        (running sum of the margin).
    activities : pandas.DataFrame
        Accounts × activities: cost.
    account : str
        Name of the account column.
    vary : float
        By how much the rates were varied, relative.
    idle : list
        Accounts without any activity: nothing was recorded, which need not mean that nothing was done.
    unit : str or None
        Unit of the money.
    """

    activities: pd.DataFrame
    account: str
    vary: float
    idle: list[Any]
    unit: str | None = None

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the running sum of the margin over the accounts, best first (the "whale curve").

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        ax = plots.axes(ax)
        x, total = np.arange(1, len(self.table) + 1), self.table["cumulative"].to_numpy(dtype=np.float64)
        loss = (self.table["margin"] < 0).to_numpy()
        ax.plot(x, total, color=plots.PALETTE["grey"], linewidth=1.2, zorder=2)
        look = (
            (~loss, "o", "blue", "accounts.legend.earns"),
            (loss, "v", "orange", "accounts.legend.loses"),
        )
        for which, marker, colour, key in look:
            if which.any():
                ax.plot(
                    x[which], total[which], marker, color=plots.PALETTE[colour], label=text(key), zorder=3
                )
        ax.axhline(0, color=plots.PALETTE["grey"], linewidth=1)
        ax.set_ylim(min(0.0, float(total.min()) * 1.05), float(total.max()) * 1.12 or 1.0)
        if len(self.table) <= MOST_LABELS:
            ax.set_xticks(x, [str(name) for name in self.table[self.account]], rotation=45, ha="right")
        plots.legend_below(ax, inches=0.75 if len(self.table) <= MOST_LABELS else 0.5)
        ylabel = axis_with_unit("accounts.axis.cumulative", self.unit)
        xlabel = text("accounts.axis.by_margin")
        return plots.label(ax, title=self._title(), xlabel=xlabel, ylabel=ylabel, alt=self.explain())

    def _title(self) -> str:
        losing = int((self.table["margin"] < 0).sum())
        if losing:
            return text("accounts.title.margin", losing=losing, count=len(self.table))
        worst = self.table.sort_values("margin_share").iloc[0]
        share = rounded(100 * worst["margin_share"], 0)
        return text("accounts.title.margin_all", name=worst[self.account], share=share)

    def _amount(self, amount: float) -> str:
        return with_unit(money(amount), self.unit)

    def explain(self) -> str:
        """Say what is left in all, which accounts cost more than they bring, and who moves in rank.

        Returns
        -------
        str
            Two or three sentences.
        """
        table = self.table
        sums = {name: float(table[name].sum()) for name in ("revenue", "cost_to_serve", "margin")}
        low, high = (float(table[f"margin_{end}"].sum()) for end in ("low", "high"))
        said = [
            text(
                "accounts.explain.margin",
                count=len(table),
                margin=self._amount(sums["margin"]),
                revenue=self._amount(sums["revenue"]),
                serve=self._amount(sums["cost_to_serve"]),
                **money_range(low, high, self.unit),
                vary=f"{100 * self.vary:g}",
            )
        ]
        losing = table[table["margin"] < 0]
        if len(losing):
            names = listed(losing[self.account].tolist()[::-1])
            said.append(text("accounts.explain.losing", names=names))
        fallen = table.assign(fall=table["rank"] - table["gross_rank"]).sort_values("fall", kind="stable")
        if len(fallen) and fallen["fall"].iloc[-1] > 0:
            row = fallen.iloc[-1]
            ends = {"gross": int(row["gross_rank"]), "rank": int(row["rank"])}
            said.append(text("accounts.explain.fallen", name=row[self.account], **ends))
        if self.idle:
            said.append(text("accounts.explain.idle", names=listed(self.idle)))
        return join(*said)


def account_margin(
    data: Any,
    activities: Any,
    *,
    rates: Mapping[str, float],
    account: str = "account",
    revenue: str = "revenue",
    cost_of_goods: str = "cost_of_goods",
    activity: str = "activity",
    quantity: str = "quantity",
    vary: float = 0.25,
    unit: str | None = None,
) -> AccountMargin:
    """Compute each account's margin after the cost to serve it, from activities and their rates.

    Parameters
    ----------
    data : frame
        One row an account with its revenue and cost of goods, in one unit of money and for one period.
    activities : frame
        One row an account and activity (rows of the same are added): what was done for whom.
    rates : dict of float
        Activity → cost of one unit of it, in the same money.
    account, revenue, cost_of_goods, activity, quantity : str
        Columns.
    vary : float, default 0.25
        Rates are estimates: the range of the margin is that of all rates this much higher or lower.
    unit : str, optional
        Unit of the money, for words and axes, such as ``"million CNY"``.

    Returns
    -------
    AccountMargin
        In the unit of ``revenue``.

    Raises
    ------
    DataError
        If an account stands in ``data`` twice, an activity belongs to no account of ``data`` or has no
        rate, or an amount is missing, negative or text.
    ArgumentError
        If a rate is negative, or ``vary`` not between 0 and 1.

    Notes
    -----
    margin = revenue − cost of goods − Σ quantity · rate. There is no sampling error: the books are all
    there. What is uncertain is the rate, as it comes from asking people how they spend their time.

    References
    ----------
    Cooper, R. and Kaplan, R. S. (1991). Profit priorities from activity-based costing. *Harvard Business
    Review* 69(3), 130–135. Kaplan, R. S. and Narayanan, V. G. (2001). Measuring and managing customer
    profitability. *Journal of Cost Management* 15(5), 5–15.

    Examples
    --------
    >>> books = pd.DataFrame({"account": ["A", "B"], "revenue": [100.0, 90.0], "cost_of_goods": [70.0, 50.0]})
    >>> done = pd.DataFrame({"account": ["A", "A", "B"], "activity": ["visit", "rush", "visit"],
    ...                      "quantity": [10, 12, 4]})
    >>> account_margin(books, done, rates={"visit": 1, "rush": 2}).table[["account", "margin", "gross_rank"]]
      account  margin  gross_rank
    0       B    36.0           1
    1       A    -4.0           2
    """
    share = check_share("vary", vary)
    known = _check_rates(rates)
    table = one_row_each(data, account, {revenue: number(0), cost_of_goods: number(0)})
    check_column(activities, account, identifier())
    check_column(activities, activity, choice(list(known)))
    check_column(activities, quantity, number(0))
    _check_known(activities, account, set(table[account]))
    made = moments(activities, [quantity], segment=[account, activity])
    amounts = made.keys.assign(cost=made.sums[:, 0] * made.keys[activity].map(known).to_numpy())
    wide = amounts.pivot_table(index=account, columns=activity, values="cost", aggfunc="sum")
    wide = wide.reindex(index=table[account], columns=list(known)).fillna(0.0)
    idle = sorted(set(table[account]) - set(amounts[account]))
    found = pd.DataFrame(
        {account: table[account], "revenue": table[revenue], "cost_of_goods": table[cost_of_goods]}
    )
    found["gross_margin"] = found["revenue"] - found["cost_of_goods"]
    found["cost_to_serve"] = wide.sum(axis=1).to_numpy()
    found["margin"] = found["gross_margin"] - found["cost_to_serve"]
    found["margin_low"] = found["margin"] - share * found["cost_to_serve"]
    found["margin_high"] = found["margin"] + share * found["cost_to_serve"]
    income = found["revenue"].to_numpy()
    found["margin_share"] = np.divide(
        found["margin"].to_numpy(), income, out=np.full(len(income), np.nan), where=income > 0
    )
    for name, of in (("gross_rank", "gross_margin"), ("rank", "margin")):
        found[name] = found[of].rank(ascending=False, method="min").astype("int64")
    found = found.sort_values("rank", kind="stable", ignore_index=True)
    found["cumulative"] = found["margin"].cumsum()
    return AccountMargin(found, wide, account, share, idle, unit)


def _check_rates(rates: Mapping[str, float]) -> dict[str, float]:
    for rate in rates.values():
        if not is_number(rate) or rate < 0:
            raise ArgumentError("rates", dict(rates), text("accounts.allowed.rates"))
    if not rates:
        raise ArgumentError("rates", {}, text("accounts.allowed.rates"))
    return {name: float(rate) for name, rate in rates.items()}


def _check_known(activities: Any, account: str, known: set[Any]) -> None:
    strange = find_rows(activities, account, lambda rows: ~rows[account].isin(known))
    if strange is not None:
        value, allowed = strange.values[account], text("accounts.allowed.key")
        raise DataError(account, strange.rows, strange.row, value, allowed)


# --------------------------------------------------------------------------------------------- risk


@dataclass(frozen=True, eq=False)
class RevenueAtRisk(Result):
    """Revenue that may be lost within a year, as a range.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an account, most at risk first: the account column, ``revenue``, ``band``, ``loss_low``,
        ``loss_high`` (probability of losing it), ``at_risk_low``, ``at_risk_high`` (revenue × probability).
    account : str
        Name of the account column.
    low, high : float
        Expected loss of all accounts together, lowest and highest.
    revenue : float
        Revenue of all accounts.
    some_low, some_high : float
        Probability that at least one account is lost, if they leave independently of each other.
    unit : str or None
        Unit of the money.
    """

    account: str
    low: float
    high: float
    revenue: float
    some_low: float
    some_high: float
    unit: str | None = None

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the range of each account, the largest on top (at most fifteen).

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        rows = self.table.head(MOST_LABELS)
        ax = row_axes(ax, len(rows))
        y = np.arange(len(rows))[::-1]
        low, high = (rows[name].to_numpy(dtype=np.float64) for name in ("at_risk_low", "at_risk_high"))
        blue, orange = plots.PALETTE["blue"], plots.PALETTE["orange"]
        ax.barh(y, high - low, left=low, color=plots.PALETTE["light"], height=0.55, zorder=1)
        ax.plot(low, y, "o", color=blue, label=text("accounts.legend.at_least"))
        ax.plot(high, y, "D", color=orange, label=text("accounts.legend.at_most"))
        bands = [text(f"accounts.loss_band.{band}") if band in LOSS_BANDS else band for band in rows["band"]]
        names = zip(rows[self.account], bands, strict=True)
        ax.set_yticks(y, [f"{name} · {band}" for name, band in names])
        ax.set_ylim(-0.6, len(rows) - 0.4)
        ax.set_xlim(left=-0.02 * max(float(high.max()), 1e-9))
        plots.legend_below(ax)
        title = text("accounts.title.risk", **money_range(self.low, self.high, self.unit))
        unit = axis_with_unit("accounts.axis.risk", self.unit)
        return plots.label(
            ax, title=title, xlabel=unit, ylabel=text("accounts.axis.band"), alt=self.explain()
        )

    def _amount(self, amount: float) -> str:
        return with_unit(money(amount), self.unit)

    def explain(self) -> str:
        """Say the range, where most of it lies, and that accounts are lost whole.

        Returns
        -------
        str
            Three sentences.
        """
        first = self.table.iloc[0]
        part = money_range(first["at_risk_low"], first["at_risk_high"], self.unit)
        said = text(
            "accounts.explain.risk",
            **money_range(self.low, self.high, self.unit),
            revenue=self._amount(self.revenue),
            name=first[self.account],
            first_low=part["low"],
            first_high=part["high"],
        )
        chance = {"some_low": _chance(self.some_low), "some_high": _chance(self.some_high)}
        whole = text(
            "accounts.explain.lumps",
            name=first[self.account],
            largest=self._amount(float(first["revenue"])),
            **chance,
        )
        return join(said, whole)


def revenue_at_risk(
    data: Any,
    *,
    account: str = "account",
    revenue: str = "revenue",
    band: str | None = "band",
    bands: Mapping[str, tuple[float, float]] = LOSS_BANDS,
    retention: tuple[str, str] | None = None,
    unit: str | None = None,
) -> RevenueAtRisk:
    """Compute the revenue at risk, Σ revenue × probability of loss, as a range.

    Parameters
    ----------
    data : frame
        One row an account.
    account, revenue : str
        Columns.
    band : str or None, default "band"
        Column with the band of each account, one of ``bands``.
    bands : dict of tuple, default :data:`LOSS_BANDS`
        Band → lowest and highest probability of loss within the year, 0–1.
    retention : tuple of str, optional
        Instead of bands: two columns with the lowest and the highest retention rate, 0–1.
    unit : str, optional
        Unit of the money, for words and axes.

    Returns
    -------
    RevenueAtRisk
        In the unit of ``revenue``.

    Raises
    ------
    DataError
        If a retention rate is outside 0–1 or the lower above the higher one, a band is unknown, an account
        occurs twice, or revenue is missing or negative.
    ArgumentError
        If a band is not two probabilities, the lower one first, or neither bands nor retention is asked for.

    Notes
    -----
    The range is that of a stated opinion (or of a band's history), not a confidence interval: its ends say
    all accounts lie at the low or all at the high end of their band. An expected loss is a mean: each account
    is kept or lost whole, so no single year looks like it.

    References
    ----------
    Gupta, S. and Lehmann, D. R. (2005). *Managing Customers as Investments*. Wharton School Publishing.

    Examples
    --------
    >>> accounts = pd.DataFrame({"account": ["A", "B"], "revenue": [40.0, 10.0], "band": ["low", "high"]})
    >>> print(revenue_at_risk(accounts).explain())
    Of 50 in revenue, an expected 2 to 7 is at risk within a year; the largest part lies with B: 2 to 5.
    Accounts are lost whole: the chance that at least one leaves, if each decides for itself, is 20 % to
    53 %, and B alone would take 10.
    """
    rules: dict[str, Rule] = {revenue: number(0)}
    if retention is not None:
        low_column, high_column = _two_columns(retention)
        rules |= dict.fromkeys((low_column, high_column), number(0, 1))
        table = one_row_each(data, account, rules)
        crossed = np.flatnonzero((table[low_column] > table[high_column]).to_numpy())
        if len(crossed):
            i = int(crossed[0])
            allowed = text("accounts.allowed.retention", high=high_column)
            raise DataError(
                low_column, len(crossed), first_row(data, i), float(table[low_column].iloc[i]), allowed
            )
        low, high, name = 1 - table[high_column], 1 - table[low_column], pd.Series("", index=table.index)
    elif band is not None:
        known = _check_bands(bands)
        table = one_row_each(data, account, rules | {band: choice(list(known))})
        name = table[band]
        low, high = (name.map({key: ends[i] for key, ends in known.items()}).astype(float) for i in (0, 1))
    else:
        raise ArgumentError("band", band, text("accounts.allowed.band_or_retention"))
    found = pd.DataFrame({account: table[account], "revenue": table[revenue], "band": name})
    if retention is not None:
        said = [f"{rounded(100 * a, 0)}–{rounded(100 * b, 0)} %" for a, b in zip(low, high, strict=True)]
        found["band"] = said
    found["loss_low"], found["loss_high"] = low, high
    found["at_risk_low"], found["at_risk_high"] = low * found["revenue"], high * found["revenue"]
    found = found.sort_values(
        ["at_risk_high", "at_risk_low"], ascending=False, kind="stable", ignore_index=True
    )
    sums = found[["at_risk_low", "at_risk_high", "revenue"]].sum()
    some_low, some_high = (float(1 - np.prod(1 - found[end].to_numpy())) for end in ("loss_low", "loss_high"))
    least, most, whole = (float(amount) for amount in sums)
    return RevenueAtRisk(found, account, least, most, whole, some_low, some_high, unit)


def _two_columns(retention: Any) -> tuple[str, str]:
    if isinstance(retention, str) or len(tuple(retention)) != 2:
        raise ArgumentError("retention", retention, text("accounts.allowed.two_columns"))
    low, high = retention
    return str(low), str(high)


def _check_bands(bands: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    for name, ends in bands.items():
        pair = tuple(ends)
        if len(pair) != 2 or not all(map(is_number, pair)) or not 0 <= pair[0] <= pair[1] <= 1:
            raise ArgumentError("bands", {name: ends}, text("accounts.allowed.bands"))
    if not bands:
        raise ArgumentError("bands", {}, text("accounts.allowed.bands"))
    return {name: (float(low), float(high)) for name, (low, high) in bands.items()}


def _chance(share: float) -> str:
    """Write a chance in per cent; what is only nearly certain is not rounded to 100."""
    whole = rounded(100 * share, 0)
    return f"{whole if whole != '100' or share == 1 else rounded(100 * share, 1)} %"
