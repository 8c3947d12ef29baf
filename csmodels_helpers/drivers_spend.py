"""A fixed budget over levers: which of them to pull."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import row_axes
from csmodels_helpers.metrics_words import axis_with_unit, rounded, with_unit
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_column, check_unique, column_values, identifier, number, to_floats
from csmodels_helpers.tally import first_row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Plan", "Spending", "spend"]

Floats = npt.NDArray[np.float64]

# Sums that differ by less are the same money, or the same gain.
_ALIKE = 1e-9
_MOST_PLANS = 2_000_000


@dataclass(frozen=True, eq=False)
class Spending(Result):
    """The plan that brings most for a budget.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a lever, those of the plan first, then by gain per cost: ``lever``, ``cost``, ``gain``,
        ``low``, ``high``, ``per_cost`` (gain a unit of money), ``chosen``, ``certain`` (whether the decision
        about this lever stays the same when its own gain is anywhere in its range and the others are as
        stated).
    budget, cost : float
        What may be spent, and what the plan costs.
    gain : dict of float
        ``estimate``, ``low``, ``high`` of the whole plan; the ends add up the ends, as if all went wrong (or
        right) together.
    unit, money : str or None
        Units of the gains and of the costs, as figure and sentences name them.
    """

    budget: float
    cost: float
    gain: dict[str, float]
    unit: str | None
    money: str | None

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each lever's gain with its range; those of the plan filled, the others hollow.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        ax = row_axes(ax, 1 + 3 * len(self.table) // 2)
        y = np.arange(len(self.table), dtype=np.float64)[::-1]
        chosen = self.table["chosen"].to_numpy(dtype=bool)
        gain, low, high = (self.table[c].to_numpy(dtype=np.float64) for c in ("gain", "low", "high"))
        for which, key, fill, colour in (
            (chosen, "chosen", None, "blue"),
            (~chosen, "left", "white", "grey"),
        ):
            ax.errorbar(
                gain[which],
                y[which],
                xerr=np.array([(gain - low)[which], (high - gain)[which]]),
                fmt="o" if fill is None else "s",
                color=plots.PALETTE[colour],
                markerfacecolor=plots.PALETTE[colour] if fill is None else fill,
                capsize=3,
                label=text(f"drivers.legend.{key}"),
            )
        labels = [
            text("drivers.axis.lever_cost", lever=row["lever"], cost=self._money(row["cost"]))
            for row in self.table.to_dict("records")
        ]
        ax.axvline(0, color=plots.PALETTE["grey"], linewidth=1)
        ax.set_yticks(y, labels)
        ax.set_ylim(-0.6, len(self.table) - 0.4)
        plots.legend_below(ax)
        key = "spend" if chosen.any() else "spend_nothing"
        title = text(
            f"drivers.title.{key}",
            count=int(chosen.sum()),
            all=len(chosen),
            gain=self._gain(self.gain["estimate"]),
            budget=self._money(self.budget),
        )
        xlabel = axis_with_unit("drivers.axis.gain", self.unit)
        return plots.label(
            ax, title=title, xlabel=xlabel, ylabel=text("drivers.axis.lever"), alt=self.explain()
        )

    def explain(self) -> str:
        """Say what to buy, what it costs and brings, and which decisions hang on a guess.

        Returns
        -------
        str
            One to three sentences.
        """
        chosen = self.table.loc[self.table["chosen"], "lever"].astype(str).tolist()
        if not chosen:
            return text("drivers.explain.spend_nothing", budget=self._money(self.budget))
        comma = text("drivers.list.comma")
        said = text(
            "drivers.explain.spend",
            names=comma.join(chosen),
            cost=self._money(self.cost),
            budget=self._money(self.budget),
            gain=self._gain(self.gain["estimate"]),
        )
        if not self.gain["low"] < self.gain["high"]:
            return said
        ends = {end: rounded(self.gain[end], 1) for end in ("low", "high")}
        said = join(said, text("drivers.explain.spend_range", **ends))
        open_ = self.table.loc[~self.table["certain"], "lever"].astype(str).tolist()
        if open_:
            return join(said, text("drivers.explain.spend_open", names=comma.join(open_)))
        return join(said, text("drivers.explain.spend_certain"))

    def by_hand(
        self,
        chosen: Sequence[str],
        *,
        also: str | None = None,
        rate: tuple[float, float, float] | None = None,
    ) -> Plan:
        """Work out a plan of one's own, with the same levers, gains and budget.

        Parameters
        ----------
        chosen : sequence of str
            The levers to pull, in any order; none is allowed, and so is more than the budget pays for.
        also : str, optional
            A second thing that the gain brings, such as "fewer of 100 leave".
        rate : tuple of float, optional
            How much of that one unit of the gain is taken to bring: estimate, low, high. Given with ``also``.

        Returns
        -------
        Plan
            Cost, gain and what is left, lever by lever.

        Raises
        ------
        UnknownNameError
            If there is no such lever.
        ArgumentError
            If a lever is named twice, or one of ``also`` and ``rate`` is missing.

        Examples
        --------
        >>> levers = pd.DataFrame({"lever": ["training", "lounge"], "cost": [60, 50], "gain": [7.0, 5.0]})
        >>> best = spend(levers, 100, unit="points", money="k EUR")
        >>> print(best.by_hand(["lounge"]).explain())
        lounge: 5.0 points for 50 k EUR; 50 k EUR of the budget are left.
        >>> print(best.by_hand(["lounge", "training"]).explain())
        training, lounge: 110 k EUR, which is 10 k EUR over the budget.
        """
        known = self.table["lever"].tolist()
        wanted = [chosen] if isinstance(chosen, str) else list(chosen)
        for name in wanted:
            if name not in known:
                raise UnknownNameError(text("drivers.kinds.lever"), name, [str(each) for each in known])
        if len(set(wanted)) < len(wanted):
            raise ArgumentError("chosen", wanted, text("drivers.allowed.twice"))
        if (also is None) != (rate is None) or (rate is not None and len(rate) != 3):
            raise ArgumentError("rate", rate, text("drivers.allowed.rate"))
        table = self.table.loc[self.table["lever"].isin(wanted), ["lever", "cost", "gain", "low", "high"]]
        steep = (table["gain"] / table["cost"]).sort_values(ascending=False, kind="stable").index
        table = table.loc[steep].reset_index(drop=True)
        table["cost_so_far"], table["gain_so_far"] = table["cost"].cumsum(), table["gain"].cumsum()
        gain = {
            name: math.fsum(table[column])
            for name, column in (("estimate", "gain"), ("low", "low"), ("high", "high"))
        }
        other = None
        if rate is not None:
            ends = [gain[end] * each for end in ("low", "high") for each in rate[1:]]
            other = {"estimate": gain["estimate"] * rate[0], "low": min(ends), "high": max(ends)}
        cost = math.fsum(table["cost"])
        room = (1.5 * self.budget or 1.0, 1.15 * max(self.gain["high"], 1e-9))
        return Plan(table, self.budget, cost, gain, also, other, self.unit, self.money, room)

    def _money(self, amount: float) -> str:
        return said_amount(amount, self.money)

    def _gain(self, amount: float) -> str:
        return with_unit(rounded(amount, 1), self.unit)


def said_amount(amount: float, money: str | None) -> str:
    """Write an amount of money with its unit."""
    return with_unit(f"{amount:,.2f}".rstrip("0").rstrip("."), money)


@dataclass(frozen=True, eq=False)
class Plan(Result):
    """A plan that somebody put together, as :meth:`Spending.by_hand` returns it.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a lever that is pulled, best gain per cost first: ``lever``, ``cost``, ``gain``, ``low``,
        ``high``, ``cost_so_far``, ``gain_so_far``.
    budget, cost : float
        What may be spent, and what the plan costs.
    gain : dict of float
        ``estimate``, ``low``, ``high`` of the whole plan; the ends add up the ends.
    also : str or None
        The second thing that the gain brings.
    other : dict of float or None
        ``estimate``, ``low``, ``high`` of that second thing.
    unit, money : str or None
        Units of gain and cost.
    room : tuple of float
        Ends of the two axes, alike for all plans with this budget, so that their pictures can be compared; a
        plan far over the budget leaves the picture.
    """

    budget: float
    cost: float
    gain: dict[str, float]
    also: str | None
    other: dict[str, float] | None
    unit: str | None
    money: str | None
    room: tuple[float, float]

    @property
    def over(self) -> float:
        """By how much the plan exceeds the budget; 0 if it does not."""
        return max(self.cost - self.budget, 0.0) if self.cost - self.budget > _ALIKE else 0.0

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the plan as a path: money to the right, gain upwards, a step a lever.

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
        x = np.concatenate([[0.0], self.table["cost_so_far"].to_numpy(dtype=np.float64)])
        y = np.concatenate([[0.0], self.table["gain_so_far"].to_numpy(dtype=np.float64)])
        colour = plots.PALETTE["orange" if self.over else "blue"]
        line = text("drivers.legend.budget", budget=said_amount(self.budget, self.money))
        ax.axvline(self.budget, color=plots.PALETTE["grey"], linestyle="--", linewidth=1.5, label=line)
        ax.plot(x, y, marker="o", color=colour, label=text("drivers.legend.plan"))
        end, low, high = (self.gain[name] for name in ("estimate", "low", "high"))
        if high > low:
            arms = [[end - low], [high - end]]
            said = text("drivers.legend.range")
            ax.errorbar([x[-1]], [end], yerr=arms, fmt="none", ecolor=colour, capsize=4, label=said)
        for i, name in enumerate(self.table["lever"].astype(str)):
            middle = ((x[i] + x[i + 1]) / 2, (y[i] + y[i + 1]) / 2)
            if middle[0] > 0.97 * self.room[0]:
                break
            # The path rises: what stands above it to the left is free, but for the first step that is the
            # axis.
            side: dict[str, Any] = {"xytext": (-3, 3), "ha": "right", "va": "bottom"}
            if i == 0:
                side = {"xytext": (4, -4), "ha": "left", "va": "top"}
            elif y[i + 1] - y[i] < 0.02 * self.room[1]:
                side["ha"] = "center"
            words = name.replace(" ", "\n")
            ax.annotate(words, middle, textcoords="offset points", fontsize="small", linespacing=0.95, **side)
        # A little to the left of 0, so that the mark of the start is whole.
        ax.set_xlim(-0.015 * self.room[0], self.room[0])
        ax.set_ylim(min(-0.12 * self.room[1], 1.1 * low), self.room[1])
        ax.locator_params(nbins=7)
        plots.legend_below(ax)
        paid = axis_with_unit("drivers.axis.paid", self.money)
        up = axis_with_unit("drivers.axis.gain", self.unit)
        return plots.label(ax, title=self._title(), xlabel=paid, ylabel=up, alt=self.explain())

    def explain(self) -> str:
        """Say what the plan brings, what it costs, and whether the budget pays for it.

        Returns
        -------
        str
            One or two sentences.
        """
        if self.table.empty:
            return text("drivers.explain.plan_empty", budget=said_amount(self.budget, self.money))
        said = self._words()
        names = text("drivers.list.comma").join(self.table["lever"].astype(str))
        if self.over:
            return text("drivers.explain.plan_over", names=names, **said)
        told = text("drivers.explain.plan", names=names, **said)
        if self.gain["low"] < self.gain["high"]:
            ends = {end: rounded(self.gain[end], 1) for end in ("low", "high")}
            told = join(told, text("drivers.explain.spend_range", **ends))
        if self.other is None:
            return told
        others = {end: rounded(value, 1) for end, value in self.other.items()}
        return join(told, text("drivers.explain.plan_also", also=self.also, **others))

    def _title(self) -> str:
        if self.table.empty or self.over:
            return text(f"drivers.title.{'plan_empty' if self.table.empty else 'plan_over'}", **self._words())
        title = text("drivers.title.plan", **self._words())
        if self.other is None:
            return title
        estimate = rounded(self.other["estimate"], 1)
        return text("drivers.title.plan_also", plan=title, also=self.also, estimate=estimate)

    def _words(self) -> dict[str, str]:
        return {
            "gain": with_unit(rounded(self.gain["estimate"], 1), self.unit),
            "cost": said_amount(self.cost, self.money),
            "budget": said_amount(self.budget, self.money),
            "over": said_amount(self.over, self.money),
            "left": said_amount(max(self.budget - self.cost, 0.0), self.money),
        }


def best_plan(cost: Floats, gain: Floats, budget: float) -> npt.NDArray[np.bool_]:
    """Choose the levers with the largest total gain within the budget, exactly; of equal plans the cheapest.

    Nemhauser and Ullmann: lever by lever only those plans are kept that no cheaper one equals.
    """
    spent, gained = np.zeros(1), np.zeros(1)
    steps: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]] = []
    room = budget + _ALIKE * max(1.0, budget)
    for c, g in zip(cost, gain, strict=True):
        fits = np.flatnonzero(spent + c <= room) if g > 0 else np.zeros(0, dtype=np.int64)
        origin = np.concatenate([np.arange(len(spent)), fits])
        taken = np.arange(len(origin)) >= len(spent)
        spent = np.concatenate([spent, spent[fits] + c])
        gained = np.concatenate([gained, gained[fits] + g])
        order = np.lexsort((-gained, spent))
        best = np.maximum.accumulate(gained[order])
        keep = np.concatenate([[True], gained[order][1:] > best[:-1] + _ALIKE * (1 + best[:-1])])
        order = order[keep]
        if len(order) > _MOST_PLANS:
            raise ArgumentError("levers", len(cost), text("drivers.allowed.levers"))
        spent, gained = spent[order], gained[order]
        steps.append((origin[order], taken[order]))
    chosen = np.zeros(len(cost), dtype=np.bool_)
    place = len(spent) - 1  # kept plans rise in cost and gain alike
    for i in range(len(cost) - 1, -1, -1):
        origin, taken = steps[i]
        chosen[i], place = taken[place], origin[place]
    return chosen


def _certain(cost: Floats, ends: Floats, budget: float, chosen: npt.NDArray[np.bool_]) -> list[bool]:
    """Whether each decision stays the same over the range of the lever's own gain."""
    # The more a lever brings the sooner it is bought, so the one end that speaks against the decision is
    # enough.
    found: list[bool] = []
    for i, bought in enumerate(chosen):
        gain = ends[0].copy()
        gain[i] = ends[1, i] if bought else ends[2, i]
        found.append(bool(best_plan(cost, gain, budget)[i] == bought))
    return found


def spend(
    levers: Any,
    budget: float,
    *,
    lever: str = "lever",
    cost: str = "cost",
    gain: str = "gain",
    low: str | None = None,
    high: str | None = None,
    unit: str | None = None,
    money: str | None = None,
) -> Spending:
    """Choose the levers that together bring most for a fixed budget.

    Parameters
    ----------
    levers : frame
        One row a lever; each can be pulled once or not at all.
    budget : float
        What may be spent, in the unit of the costs.
    lever : str, default "lever"
        Column with the names, each once.
    cost : str, default "cost"
        Column with the costs: numbers above 0.
    gain : str, default "gain"
        Column with the expected gains, such as points of overall satisfaction. Gains are taken to add up.
    low, high : str, optional
        Columns with the range of each gain; both or neither.
    unit, money : str, optional
        Units of the gains and of the costs, for the figure and the sentences.

    Returns
    -------
    Spending
        The plan, its cost, its gain with range, and for each lever whether its own range could change the
        decision.

    Raises
    ------
    UnknownNameError
        If the frame lacks a column.
    DataError
        If a cost is not above 0, a number is missing, a name occurs twice, or a gain lies outside its range.
    ArgumentError
        If the budget is no number of 0 or more, or only one of ``low`` and ``high`` is given.

    Notes
    -----
    The 0–1 knapsack problem, solved exactly. The levers with the best gain per cost are not always the best
    plan: what is left of the budget may be too small for the next one. A lever without gain is never chosen.

    References
    ----------
    Nemhauser, G. L. and Ullmann, Z. (1969). Discrete dynamic programming and capital allocation. *Management
    Science* 15, 494–505.

    Examples
    --------
    >>> levers = pd.DataFrame(
    ...     {"lever": ["training", "lounge", "app"], "cost": [60, 50, 50], "gain": [7.0, 5.0, 5.0]}
    ... )
    >>> print(spend(levers, 100, unit="points", money="k EUR").explain())
    Buy lounge, app for 100 k EUR of the 100 k EUR: together they bring 10.0 points.
    """
    # True is a number for Python, but no budget.
    given: Any = budget
    number_given = isinstance(given, int | float | np.number) and not isinstance(given, bool)
    if not number_given or not 0 <= given < math.inf:
        raise ArgumentError("budget", budget, text("drivers.allowed.budget"))
    if (low is None) != (high is None):
        raise ArgumentError("low" if low is None else "high", None, text("drivers.allowed.range_columns"))
    ends = [gain, low or gain, high or gain]
    names = _lever_names(levers, lever)
    costs = _amounts(levers, cost)
    if (costs <= 0).any():
        bad = np.flatnonzero(costs <= 0)
        first = int(bad[0])
        raise DataError(
            cost, len(bad), first_row(levers, first), float(costs[first]), text("drivers.allowed.cost")
        )
    gains = np.array([_amounts(levers, column) for column in ends])
    for end, wrong in ((1, gains[1] > gains[0]), (2, gains[2] < gains[0])):
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            allowed = text("drivers.allowed.range", gain=gain)
            value = float(gains[end, first])
            raise DataError(ends[end], int(wrong.sum()), first_row(levers, first), value, allowed)
    chosen = best_plan(costs, gains[0], float(budget))
    table = pd.DataFrame({"lever": names, "cost": costs, "gain": gains[0], "low": gains[1], "high": gains[2]})
    table["per_cost"] = table["gain"] / table["cost"]
    table["chosen"], table["certain"] = chosen, _certain(costs, gains, float(budget), chosen)
    order = ["chosen", "per_cost"]
    table = table.sort_values(order, ascending=False, kind="stable", ignore_index=True)
    totals = {name: math.fsum(gains[i, chosen]) for i, name in enumerate(("estimate", "low", "high"))}
    return Spending(table, float(budget), math.fsum(costs[chosen]), totals, unit, money)


def _lever_names(levers: Any, column: str) -> list[Any]:
    check_column(levers, column, identifier())
    names = column_values(levers, column)
    if names.empty:
        raise DataError(column, 0, "—", None, text("survey.allowed.rows"))
    check_unique(levers, column, rows=names.to_frame())
    return names.tolist()


def _amounts(levers: Any, column: str) -> Floats:
    check_column(levers, column, number())
    return to_floats(column_values(levers, column))
