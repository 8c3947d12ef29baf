"""Customer delivered value (让渡价值): benefits against costs, and what moves it most."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import row_axes
from csmodels_helpers.metrics_words import axis_with_unit, say_score, with_unit
from csmodels_helpers.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["DeliveredValue", "delivered_value"]

BENEFITS = ("product", "service", "personnel", "image")
COSTS = ("money", "time", "energy", "psychic")


@dataclass(frozen=True, eq=False)
class DeliveredValue(Result):
    """Customer delivered value: total benefits less total costs.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a part: ``part``, ``kind`` ("benefit" or "cost"), ``amount``, ``plus_minus``, ``value_low``,
        ``value_high`` (the delivered value at the two ends of this part's range, all else as stated),
        ``swing``; widest swing first.
    benefits, costs : float
        Totals, in money.
    difference : float
        Delivered value, benefits − costs.
    ratio : float
        Benefits over costs.
    unit : str or None
        Unit of the amounts, as the figure and the sentences name it.
    """

    benefits: float
    costs: float
    difference: float
    ratio: float
    unit: str | None = None

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the tornado if ranges were stated, else the amounts.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        if self.table["swing"].sum() > 0:
            return self.tornado(ax)
        ax = row_axes(ax, len(self.table))
        y = np.arange(len(self.table))[::-1]
        benefit = (self.table["kind"] == "benefit").to_numpy()
        signed = np.where(benefit, 1, -1) * self.table["amount"].to_numpy()
        colours = [plots.PALETTE["blue"] if b else plots.PALETTE["orange"] for b in benefit]
        ax.barh(y, signed, color=colours)
        ax.set_yticks(y, self._labels())
        ax.axvline(0, color=plots.PALETTE["grey"], linewidth=1)
        title = text("metrics.title.value_plain", difference=self._amount(self.difference))
        amount = axis_with_unit("metrics.axis.amount", self.unit)
        value = text("metrics.axis.value")
        return plots.label(ax, title=title, xlabel=amount, ylabel=value, alt=self.explain())

    def tornado(self, ax: Axes | None = None) -> Axes:
        """Draw how far each part's range moves the delivered value, widest on top.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        ax = row_axes(ax, len(self.table))
        y = np.arange(len(self.table))[::-1]
        benefit = (self.table["kind"] == "benefit").to_numpy()
        for end, colour in (("value_low", "orange"), ("value_high", "blue")):
            widths = self.table[end].to_numpy() - self.difference
            label = text(f"metrics.legend.{end}")
            ax.barh(y, widths, left=self.difference, color=plots.PALETTE[colour], label=label)
        plots.legend_below(ax)
        ax.axvline(self.difference, color=plots.PALETTE["grey"], linewidth=1)
        if self.table["value_low"].min() < 0 < self.table["value_high"].max():
            ax.axvline(0, color=plots.PALETTE["grey"], linestyle="--", linewidth=1)
        ax.set_yticks(
            y, [f"{'+' if b else '−'} {name}" for b, name in zip(benefit, self._labels(), strict=True)]
        )
        # A row without a bar would look forgotten.
        for place in y[(self.table["swing"] == 0).to_numpy()]:
            ax.annotate(
                text("metrics.axis.no_range"),
                (self.difference, place),
                textcoords="offset points",
                xytext=(5, 0),
                va="center",
                fontsize="small",
                color=plots.PALETTE["grey"],
            )
        title = text("metrics.title.value", difference=self._amount(self.difference), name=self._labels()[0])
        money = axis_with_unit("metrics.axis.money", self.unit)
        value = text("metrics.axis.value")
        return plots.label(ax, title=title, xlabel=money, ylabel=value, alt=self.explain())

    def _labels(self) -> list[str]:
        return [text(f"metrics.part.{name}") for name in self.table["part"]]

    def _amount(self, amount: float) -> str:
        """Write an amount with its unit, if there is one."""
        return with_unit(say_score(amount, "value"), self.unit)

    def explain(self) -> str:
        """Say the value, the ratio and which part matters most.

        Returns
        -------
        str
            One to three sentences.
        """
        numbers = {name: say_score(getattr(self, name), "value") for name in ("benefits", "costs", "ratio")}
        numbers["difference"] = self._amount(self.difference)
        said = [text("metrics.explain.value", **numbers)]
        widest = self.table.iloc[0]
        if widest["swing"] > 0:
            ends = {
                "low": say_score(widest["value_low"], "value"),
                "high": self._amount(widest["value_high"]),
            }
            said.append(text("metrics.explain.value_range", name=self._labels()[0], **ends))
            if widest["value_low"] < 0 < widest["value_high"]:
                said.append(text("metrics.explain.value_sign"))
        return join(*said)


def delivered_value(
    benefits: Mapping[str, float],
    costs: Mapping[str, float],
    *,
    ranges: Mapping[str, float] | None = None,
    unit: str | None = None,
) -> DeliveredValue:
    """Compute customer delivered value (让渡价值), as a difference and as a ratio.

    Parameters
    ----------
    benefits : dict of float
        Value of ``product``, ``service``, ``personnel`` and ``image`` to the customer, in money, each 0 or
        more.
    costs : dict of float
        Cost of ``money``, ``time``, ``energy`` and ``psychic`` effort to the customer, in the same money.
    ranges : dict of float, optional
        Part → how far its amount may be off, plus or minus, in money.
    unit : str, optional
        Unit of all amounts, such as ``"thousand yuan"``: named in the figure and the sentences as it is
        written here.

    Returns
    -------
    DeliveredValue
        Amounts and, with ranges, what each of them does to the value.

    Raises
    ------
    ArgumentError
        If a part is lacking, too many or negative, or the costs sum to 0 (there is no ratio).

    Notes
    -----
    (product + service + personnel + image) − (money + time + energy + psychic) (Kotler 1994, *Marketing
    Management*, 8th ed.). Difference and ratio need not rank two offers alike. A range is cut at an amount
    of 0.

    Examples
    --------
    >>> found = delivered_value(
    ...     {"product": 60, "service": 25, "personnel": 10, "image": 5},
    ...     {"money": 50, "time": 15, "energy": 5, "psychic": 10},
    ...     ranges={"time": 10, "service": 5},
    ... )
    >>> found.difference, found.ratio
    (20.0, 1.25)
    >>> print(delivered_value(
    ...     {"product": 30, "service": 5, "personnel": 3, "image": 2},
    ...     {"money": 24, "time": 4, "energy": 2, "psychic": 2},
    ...     unit="thousand yuan",
    ... ).explain())
    Delivered value 8 thousand yuan: benefits 40 against costs 32, 1.25 to 1.
    """
    up, down = _amounts("benefits", benefits, BENEFITS), _amounts("costs", costs, COSTS)
    every = {**up, **down}
    span = dict(ranges or {})
    for name, width in span.items():
        if name not in every or not 0 <= width < math.inf:
            raise ArgumentError("ranges", span, text("metrics.allowed.ranges", names=", ".join(every)))
    gain, loss = math.fsum(up.values()), math.fsum(down.values())
    if loss <= 0:
        raise ArgumentError("costs", dict(costs), text("metrics.allowed.costs"))
    rows: list[dict[str, Any]] = []
    for name, amount in every.items():
        width = float(span.get(name, 0.0))
        less, more = min(width, amount), width
        fall, rise = (less, more) if name in up else (more, less)
        ends = {"value_low": gain - loss - fall, "value_high": gain - loss + rise, "swing": fall + rise}
        kind = "benefit" if name in up else "cost"
        rows.append({"part": name, "kind": kind, "amount": amount, "plus_minus": width, **ends})
    table = pd.DataFrame(rows).sort_values("swing", ascending=False, kind="stable", ignore_index=True)
    return DeliveredValue(table, gain, loss, gain - loss, gain / loss, unit)


def _amounts(argument: str, given: Mapping[str, float], names: tuple[str, ...]) -> dict[str, float]:
    allowed = text("metrics.allowed.parts", names=", ".join(names))
    if set(given) != set(names):
        raise ArgumentError(argument, dict(given), allowed)
    for amount in given.values():
        if isinstance(amount, bool) or not isinstance(amount, int | float) or not 0 <= amount < math.inf:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentError(argument, dict(given), allowed)
    return {name: float(given[name]) for name in names}
