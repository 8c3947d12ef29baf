"""Which accounts get how much of us: tiers by value, behaviour and need, and two portfolio maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.accounts_frames import check_choice, check_share, is_number, listed, one_row_each
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_weights, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "PORTFOLIOS",
    "TIERS",
    "TIER_RULES",
    "TIER_WEIGHTS",
    "Portfolio",
    "Tiers",
    "portfolio",
    "tiers",
]

TIERS = ("high", "medium", "low")
"""The tiers, highest first."""

TIER_WEIGHTS = {"value": 0.5, "behaviour": 0.25, "need": 0.25}
"""Weights of the three criteria under ``rule="points"``: value counts as much as the other two together."""

TIER_RULES = ("points", "value", "lowest")
"""The rules of :func:`tiers` by name."""

PORTFOLIOS = {
    "fiocca": ("key_easy", "key_difficult", "non_key_easy", "non_key_difficult"),
    "krapfel": ("partner", "rival", "friend", "acquaintance"),
}
"""The maps of :func:`portfolio` and their quadrants: high-high, high-low, low-high, low-low, where the first
word is about the vertical and the second about the horizontal axis (as drawn, ease and common interest grow
to the right)."""

_LEVEL_POINTS = {"high": 2.0, "medium": 1.0, "low": 0.0}
MOST_NAMES = 25


# -------------------------------------------------------------------------------------------- tiers


@dataclass(frozen=True, eq=False)
class Tiers(Result):
    """Tier of each account, with the reasons, and whether it is a close call.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an account, highest first: the account column, ``value``, ``behaviour``, ``need`` (as given),
        ``value_level``, ``behaviour_level``, ``need_level``, ``points`` (0–2), ``tier``, ``tier_low``,
        ``tier_high`` (if all three were lower or higher by ``vary`` of their spread), ``clear`` (whether all
        three tiers agree).
    account : str
        Name of the account column.
    columns : dict of str
        Criterion → the column it came from.
    cuts : dict of tuple
        Criterion → from where on it is medium, and high.
    rule : str
        The rule used.
    vary : float
        What counts as a close call.
    """

    account: str
    columns: dict[str, str]
    cuts: dict[str, tuple[float, float]]
    rule: str
    vary: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw value against behaviour, a mark a tier; close calls are hollow.

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
        looks = {"high": ("D", "blue"), "medium": ("s", "green"), "low": ("v", "orange")}
        for tier, (marker, colour) in looks.items():
            own = self.table[self.table["tier"] == tier]
            shade = plots.PALETTE[colour]
            for clear, face in ((True, shade), (False, "white")):
                part = own[own["clear"] == clear]
                key = "tier" if clear else "tier_close"
                label = text(f"accounts.legend.{key}", tier=text(f"accounts.tier.{tier}"))
                if len(part):
                    x, y = part["behaviour"].to_numpy(), part["value"].to_numpy()
                    ax.plot(x, y, marker, color=shade, markerfacecolor=face, label=label)
        for edge in self.cuts["value"]:
            ax.axhline(edge, color=plots.PALETTE["grey"], linewidth=1, linestyle=":")
        for edge in self.cuts["behaviour"]:
            ax.axvline(edge, color=plots.PALETTE["grey"], linewidth=1, linestyle=":")
        plots.legend_below(ax)
        counts = self.table["tier"].value_counts()
        title = text("accounts.title.tiers", high=int(counts.get("high", 0)), count=len(self.table))
        xlabel, ylabel = (_axis(key, self.columns[key], key) for key in ("behaviour", "value"))
        plots.label(ax, title=title, xlabel=xlabel, ylabel=ylabel, alt=self.explain())
        _name_points(ax, self.table, self.account, "behaviour", "value")
        return ax

    def explain(self) -> str:
        """Say how many accounts are in each tier, who is on top, and how many are close calls.

        Returns
        -------
        str
            Two sentences.
        """
        counts = self.table["tier"].value_counts()
        high = self.table.loc[self.table["tier"] == "high", self.account]
        said = text(
            "accounts.explain.tiers",
            rule=text(f"accounts.tier_rule.{self.rule}"),
            names=listed(high, 12) if len(high) else "—",
            **{tier: int(counts.get(tier, 0)) for tier in TIERS},
        )
        close = int((~self.table["clear"]).sum())
        return join(
            said, text("accounts.explain.close", close=close, vary=f"{100 * self.vary:g}") if close else ""
        )


def tiers(
    data: Any,
    *,
    account: str = "account",
    value: str = "value",
    behaviour: str = "behaviour",
    need: str = "need",
    cuts: Mapping[str, tuple[float, float]] | None = None,
    rule: Literal["points", "value", "lowest"] = "points",
    weights: Mapping[str, float] = TIER_WEIGHTS,
    vary: float = 0.1,
) -> Tiers:
    """Sort accounts into tiers by value, behaviour and need (高中低价值客户).

    Parameters
    ----------
    data : frame
        One row an account.
    account : str, default "account"
        Column with the account.
    value : str, default "value"
        Column: what the account is worth, such as its margin or its lifetime value.
    behaviour : str, default "behaviour"
        Column: how it buys, such as its share of wallet or its growth; more is better.
    need : str, default "need"
        Column: how much of what it needs is what we are good at; more is better.
    cuts : dict of tuple, optional
        ``"value"``, ``"behaviour"``, ``"need"`` → from where on the criterion is medium, and high. Without
        them the thirds of the accounts, which name a best third even where all are alike.
    rule : {"points", "value", "lowest"}, default "points"
        ``"points"``: high 2, medium 1, low 0 points, weighted; a tier is high from 1.5 and medium from 0.75
        points. ``"value"``: value alone, which is what most firms do and what rewards past size.
        ``"lowest"``: the lowest of the three levels. The default lets behaviour and need move an account by
        one tier, which keeps a growing account from being served like a small one.
    weights : dict of float, default :data:`TIER_WEIGHTS`
        Weights of the three criteria with ``"points"``, summing to 1.
    vary : float, default 0.1
        An account is a close call if its tier changes when all its criteria are lower or higher by this
        share of their standard deviation.

    Returns
    -------
    Tiers
        With the level of each criterion.

    Raises
    ------
    DataError
        If a criterion is missing or text, or an account occurs twice.
    ArgumentError
        If cuts are not two numbers, the lower one first, or a rule does not exist.

    References
    ----------
    Zeithaml, V. A., Rust, R. T. and Lemon, K. N. (2001). The customer pyramid. *California Management
    Review* 43(4), 118–142.

    Examples
    --------
    >>> accounts = pd.DataFrame({"account": list("ABC"), "value": [9, 5, 1], "behaviour": [0.9, 0.4, 0.2],
    ...                          "need": [3, 3, 1]})
    >>> limits = {"value": (3, 7), "behaviour": (0.3, 0.6), "need": (2, 3)}
    >>> tiers(accounts, cuts=limits).table[["account", "points", "tier"]]
      account  points    tier
    0       A    2.00    high
    1       B    1.25  medium
    2       C    0.00     low
    """
    share = check_share("vary", vary)
    check_choice("rule", rule, TIER_RULES)
    w = check_weights(weights, list(TIER_WEIGHTS), normalize=None)
    columns = {"value": value, "behaviour": behaviour, "need": need}
    if len({account, *columns.values()}) < 4:
        raise ArgumentError("value", value, text("accounts.allowed.four_columns"))
    raw = one_row_each(data, account, {column: number() for column in columns.values()})
    table = pd.DataFrame({account: raw[account]} | {key: raw[column] for key, column in columns.items()})
    limits = {key: _cut(key, cuts, table[key]) for key in columns}

    def tier(shift: float) -> tuple[dict[str, list[str]], list[float], list[str]]:
        levels = {
            key: [_level(v + shift * share * table[key].std(ddof=0), limits[key]) for v in table[key]]
            for key in columns
        }
        points = [sum(w[key] * _LEVEL_POINTS[levels[key][i]] for key in columns) for i in range(len(table))]
        if rule == "value":
            return levels, points, levels["value"]
        if rule == "lowest":
            each = zip(*levels.values(), strict=True)
            return levels, points, [max(row, key=TIERS.index) for row in each]
        # Weights such as a third each must not miss a limit by rounding.
        return levels, points, [_level(p + 1e-9, (0.75, 1.5)) for p in points]

    levels, points, own = tier(0)
    for key in columns:
        table[f"{key}_level"] = levels[key]
    table["points"], table["tier"] = points, own
    table["tier_low"], table["tier_high"] = tier(-1)[2], tier(1)[2]
    table["clear"] = (table["tier_low"] == table["tier"]) & (table["tier_high"] == table["tier"])
    order = table.assign(position=table["tier"].map(TIERS.index)).sort_values(
        ["position", "points", "value"], ascending=[True, False, False], kind="stable"
    )
    return Tiers(order.drop(columns="position").reset_index(drop=True), account, columns, limits, rule, share)


def _cut(
    key: str, cuts: Mapping[str, tuple[float, float]] | None, values: pd.Series[Any]
) -> tuple[float, float]:
    if cuts is None:
        low, high = np.quantile(values.to_numpy(dtype=np.float64), [1 / 3, 2 / 3])
        return float(low), float(high)
    pair = tuple(cuts.get(key, ()))
    if len(pair) != 2 or not all(map(is_number, pair)) or not pair[0] < pair[1]:
        raise ArgumentError("cuts", {key: cuts.get(key)}, text("accounts.allowed.cuts", name=key))
    return float(pair[0]), float(pair[1])


def _level(value: float, limits: tuple[float, float]) -> str:
    return "high" if value >= limits[1] else "medium" if value >= limits[0] else "low"


def _name_points(ax: Axes, table: pd.DataFrame, account: str, x: str, y: str) -> None:
    """Write names beside points where there are few enough to read."""
    from csmodels_helpers.plots_names import name_points

    if len(table) <= MOST_NAMES:
        names = [str(name) for name in table[account]]
        name_points(ax, table[x].to_numpy(dtype=np.float64), table[y].to_numpy(dtype=np.float64), names)


def _axis(key: str, column: str, usual: str) -> str:
    """Name an axis, and the column on it where that has a name of its own."""
    axis = text(f"accounts.axis.{key}")
    return axis if column == usual else text("accounts.axis.named", axis=axis, column=column)


# ---------------------------------------------------------------------------------------- portfolio


@dataclass(frozen=True, eq=False)
class Portfolio(Result):
    """Accounts in the quadrants of a portfolio map.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an account: the account column, ``x``, ``y`` (as given), ``quadrant``, ``clear`` (whether it
        lies further from both crosshairs than ``vary`` of the axis).
    account : str
        Name of the account column.
    columns : tuple of str
        The columns on x and y.
    model : str
        Which map.
    cut : tuple of float
        Where the crosshairs stand: horizontally, vertically.
    vary : float
        What counts as a close call, as a share of each axis.
    """

    account: str
    columns: tuple[str, str]
    model: str
    cut: tuple[float, float]
    vary: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the map; accounts near a crosshair, which may change their quadrant, are hollow.

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
        looks = zip(
            PORTFOLIOS[self.model], ("D", "s", "o", "v"), ("blue", "orange", "green", "grey"), strict=True
        )
        for quadrant, marker, colour in looks:
            shade, own = plots.PALETTE[colour], self.table[self.table["quadrant"] == quadrant]
            for clear, face in ((True, shade), (False, "white")):
                part = own[own["clear"] == clear]
                x, y = part["x"].to_numpy(), part["y"].to_numpy()
                ax.plot(x, y, marker, color=shade, markerfacecolor=face)
            if len(own):
                ax.plot([], [], marker, color=shade, label=text(f"accounts.quadrant.{quadrant}"))
        grey = plots.PALETTE["grey"]
        if not self.table["clear"].all():
            label = text("accounts.legend.hollow")
            ax.plot([], [], "o", color=grey, markerfacecolor="white", label=label)
        lines = text(f"accounts.legend.{'medians' if self.cut == _lines(None, self.table) else 'lines'}")
        ax.axvline(self.cut[0], color=grey, linewidth=1, zorder=1, label=lines)
        ax.axhline(self.cut[1], color=grey, linewidth=1, zorder=1)
        plots.legend_below(ax)
        first = PORTFOLIOS[self.model][0 if self.model == "krapfel" else 1]
        title = text(
            f"accounts.title.{self.model}",
            count=int((self.table["quadrant"] == first).sum()),
            all=len(self.table),
        )
        xlabel, ylabel = (
            _axis(f"{self.model}_{side}", column, "") for side, column in zip("xy", self.columns, strict=True)
        )
        plots.label(ax, title=title, xlabel=xlabel, ylabel=ylabel, alt=self.explain())
        _name_points(ax, self.table, self.account, "x", "y")
        return ax

    def explain(self) -> str:
        """Say who lies in which quadrant, and how many lie near a line.

        Returns
        -------
        str
            One or two sentences.
        """
        parts = [
            text(
                "accounts.explain.quadrant",
                quadrant=text(f"accounts.quadrant.{quadrant}"),
                names=listed(names),
                count=len(names),
            )
            for quadrant in PORTFOLIOS[self.model]
            if len(names := self.table.loc[self.table["quadrant"] == quadrant, self.account])
        ]
        close = int((~self.table["clear"]).sum())
        said = text(f"accounts.explain.{self.model}", parts=text("metrics.sign.list").join(parts))
        if not close:
            return said
        return join(
            said,
            text(
                "accounts.explain.near", close=close, vary=rounded(100 * self.vary, 0), count=len(self.table)
            ),
        )


def portfolio(
    data: Any,
    *,
    account: str = "account",
    x: str,
    y: str,
    model: Literal["fiocca", "krapfel"] = "fiocca",
    cut: tuple[float, float] | None = None,
    vary: float = 0.05,
) -> Portfolio:
    """Place accounts on a 2×2 map of the customer portfolio.

    Parameters
    ----------
    data : frame
        One row an account.
    account : str, default "account"
        Column with the account.
    x, y : str
        Columns, both growing to the good. With ``"fiocca"`` x is how easy the account is to manage (turn
        difficulty round first) and y its strategic importance; with ``"krapfel"`` x is how far interests
        agree and y the value of the relationship.
    model : {"fiocca", "krapfel"}, default "fiocca"
        ``"fiocca"``: key or non-key, easy or difficult; for where to send people. ``"krapfel"``: partner,
        friend, rival, acquaintance; for how to deal with them.
    cut : tuple of float, optional
        Where high begins on x and on y; without it the medians of the accounts, which put about half of them
        on either side even where all are good.
    vary : float, default 0.05
        Accounts nearer to a line than this share of the axis are close calls.

    Returns
    -------
    Portfolio
        With the quadrant of each account.

    Raises
    ------
    DataError
        If a value is missing or text, or an account occurs twice.
    ArgumentError
        If the model does not exist, or the cut is not two numbers.

    References
    ----------
    Fiocca, R. (1982). Account portfolio analysis for strategy development. *Industrial Marketing
    Management* 11(1), 53–62. Krapfel, R. E., Salmond, D. and Spekman, R. (1991). A strategic approach to
    managing buyer–seller relationships. *European J. Marketing* 25(9), 22–37.

    Examples
    --------
    >>> accounts = pd.DataFrame({"account": list("AB"), "ease": [20, 80], "importance": [90, 30]})
    >>> found = portfolio(accounts, x="ease", y="importance", cut=(50, 50))
    >>> found.table["quadrant"].tolist()
    ['key_difficult', 'non_key_easy']
    """
    share = check_share("vary", vary)
    check_choice("model", model, list(PORTFOLIOS))
    if len({account, x, y}) < 3:
        raise ArgumentError("x", x, text("accounts.allowed.four_columns"))
    raw = one_row_each(data, account, {x: number(), y: number()})
    table = pd.DataFrame({account: raw[account], "x": raw[x], "y": raw[y]})
    lines = _lines(cut, table)
    right, up = table["x"] >= lines[0], table["y"] >= lines[1]
    names = PORTFOLIOS[model]
    table["quadrant"] = [
        names[(0 if high else 2) + (0 if easy else 1)] for high, easy in zip(up, right, strict=True)
    ]
    near = pd.Series(False, index=table.index)
    for column, line in zip("xy", lines, strict=True):
        reach = max(table[column].max(), line) - min(table[column].min(), line)
        near |= (table[column] - line).abs() < share * reach
    table["clear"] = ~near
    return Portfolio(table, account, (x, y), model, lines, share)


def _lines(cut: Any, table: pd.DataFrame) -> tuple[float, float]:
    if cut is None:
        return float(table["x"].median()), float(table["y"].median())
    pair = tuple(cut) if isinstance(cut, tuple | list) else ()
    if len(pair) != 2 or not all(map(is_number, pair)):
        raise ArgumentError("cut", cut, text("accounts.allowed.cut"))
    return float(pair[0]), float(pair[1])
