"""What a customer is worth: customer lifetime value (CLV), and a famous claim about retention."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import hundredfold, row_axes
from csmodels_helpers.metrics_words import axis_with_unit, rounded, with_unit
from csmodels_helpers.results import Result
from csmodels_helpers.retention_plots import look, number_words, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["FORMS", "READINGS", "LifetimeValue", "RetentionClaim", "clv", "retention_claim"]

Form = Literal["from-next-year", "immediate"]

FORMS = ("from-next-year", "immediate")
"""The forms of CLV by name; :func:`clv` tells them apart."""

READINGS = ("points", "relative", "defections")
"""The three readings of "5 % more retention" by name; :func:`retention_claim` tells them apart."""

INPUTS = ("margin", "retention", "discount")


@dataclass(frozen=True, eq=False)
class LifetimeValue(Result):
    """Customer lifetime value, and how far it depends on what was put in.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an input: ``input`` ("margin", "retention", "discount"), ``value``, ``low``, ``high`` (its
        range), ``clv_low``, ``clv_high`` (the smallest and largest CLV over this range, all else as stated),
        ``swing``; widest first.
    clv : float
        The value of one customer, in the unit of the margin.
    low, high : float
        Smallest and largest CLV with all inputs anywhere in their ranges; equal to ``clv`` without ranges.
    multiple : float
        CLV of a margin of 1.
    form : str
        Which formula.
    horizon : int or None
        Number of yearly margins that count; None for all.
    unit : str or None
        Unit of the margin.

    See Also
    --------
    clv : makes one.
    """

    clv: float
    low: float
    high: float
    multiple: float
    form: str
    horizon: int | None
    unit: str | None

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw how far each input's range moves the value, or without ranges the value year by year.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        return self._tornado(ax) if self.high > self.low else self._years(ax)

    def _tornado(self, ax: Axes | None) -> Axes:
        ax = row_axes(ax, len(self.table))
        y = np.arange(len(self.table))[::-1]
        for end, colour, hatch in (("clv_low", "orange", "///"), ("clv_high", "blue", "")):
            widths = self.table[end].to_numpy(dtype=np.float64) - self.clv
            style: dict[str, Any] = {"color": plots.PALETTE[colour], "hatch": hatch, "edgecolor": "white"}
            ax.barh(y, widths, left=self.clv, label=text(f"retention.legend.{end}"), **style)
        ax.axvline(self.clv, color=plots.PALETTE["grey"], linewidth=1)
        ax.set_yticks(y, [self._input(row) for row in self.table.to_dict("records")])
        ax.set_ylim(-0.6, len(self.table) - 0.4)
        plots.legend_below(ax)
        first = text(f"retention.input.{self.table['input'].iloc[0]}")
        title = text("retention.title.clv_range", clv=self._amount(self.clv), name=first)
        return plots.label(
            ax, title=title, xlabel=self._axis(), ylabel=text("retention.axis.input"), alt=self.explain()
        )

    def _years(self, ax: Axes | None) -> Axes:
        from matplotlib.ticker import MaxNLocator

        ax = plots.axes(ax)
        values = {row["input"]: row["value"] for row in self.table.to_dict("records")}
        stay = values["retention"] / (1 + values["discount"])
        first = 0 if self.form == "immediate" else 1
        years = np.arange(first, first + (self.horizon or 20))
        parts = values["margin"] * stay**years
        ax.bar(years, parts, color=plots.PALETTE["sky"], label=text("retention.legend.year"))
        style: dict[str, Any] = {"color": plots.PALETTE["blue"], "marker": "o", "markersize": 4}
        ax.plot(years, np.cumsum(parts), label=text("retention.legend.sum"), **style)
        ax.axhline(self.clv, color=plots.PALETTE["grey"], linestyle="--", label=text("retention.legend.clv"))
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        plots.legend_below(ax)
        title = text("retention.title.clv", clv=self._amount(self.clv), multiple=rounded(self.multiple, 2))
        return plots.label(
            ax, title=title, xlabel=text("retention.axis.year"), ylabel=self._axis(), alt=self.explain()
        )

    def _input(self, row: Mapping[Any, Any]) -> str:
        name = text(f"retention.input.{row['input']}")
        said = self._said(row)
        if row["low"] == row["high"]:
            return text("retention.axis.input_value", name=name, value=said(row["value"]))
        ends = {"low": said(row["low"]), "high": said(row["high"])}
        return text("retention.axis.input_range", name=name, **ends)

    def _said(self, row: Mapping[Any, Any]) -> Any:
        if row["input"] == "margin":
            return number_words
        return lambda value: f"{number_words(100 * value)} %"

    def _axis(self) -> str:
        return axis_with_unit("retention.axis.clv", self.unit)

    def _amount(self, value: float) -> str:
        # Three figures are more than a guess of retention supports.
        digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
        said = rounded(value, digits)
        return with_unit(said, self.unit)

    def explain(self) -> str:
        """Say the value, its multiple of the margin, and with ranges how far it may be off.

        Returns
        -------
        str
            One to three sentences.
        """
        values = {row["input"]: row for row in self.table.to_dict("records")}
        years = text("retention.sign.forever") if self.horizon is None else ""
        if self.horizon is not None:
            years = text("retention.sign.years", years=self.horizon)
        said = [
            text(
                "retention.explain.clv",
                clv=self._amount(self.clv),
                multiple=rounded(self.multiple, 2),
                retention=self._said(values["retention"])(values["retention"]["value"]),
                discount=self._said(values["discount"])(values["discount"]["value"]),
                form=text(f"retention.form.{self.form}"),
                years=years,
            )
        ]
        if self.high > self.low:
            first = self.table.iloc[0]
            said.append(
                text(
                    "retention.explain.clv_range",
                    low=self._amount(self.low),
                    high=self._amount(self.high),
                    name=text(f"retention.input.{first['input']}"),
                    first_low=self._amount(float(first["clv_low"])),
                    first_high=self._amount(float(first["clv_high"])),
                )
            )
        return join(*said)


def clv(
    margin: float,
    *,
    retention: float,
    discount: float,
    form: Form = "from-next-year",
    horizon: int | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    unit: str | None = None,
) -> LifetimeValue:
    """Compute customer lifetime value (客户终身价值) from margin, retention and discount rate.

    Parameters
    ----------
    margin : float
        Contribution of one customer in one year, in money.
    retention : float
        Share of customers who are still there a year later, 0 to 1.
    discount : float
        Yearly discount rate, 0 or more, such as 0.10.
    form : {"from-next-year", "immediate"}, default "from-next-year"
        "from-next-year" is m·r/(1+i−r): the first margin comes in a year, from those who stayed. It is the
        default because it values a customer who has paid for this year already, which is the question of
        retention. "immediate" is m·(1+i)/(1+i−r), one margin more: the customer who is just being won
        pays at once. Two figures are comparable only in the same form.
    horizon : int, optional
        Count only so many yearly margins instead of all.
    ranges : dict of tuple, optional
        Input (``"margin"``, ``"retention"``, ``"discount"``) → its lowest and highest value, around the one
        stated.
    unit : str, optional
        Unit of the margin, such as ``"CNY"``, written as it is given.

    Returns
    -------
    LifetimeValue
        The value, and with ranges its own range.

    Raises
    ------
    ArgumentError
        If retention is not between 0 and 1, the discount negative, or both retention 1 and discount 0
        without a horizon (the sum has no end); or if a range does not hold the value stated.

    Notes
    -----
    With q = r/(1+i): Σ m·qᵗ for t = 1, 2, … (from-next-year) or t = 0, 1, … (immediate), m·q/(1−q) and
    m/(1−q) without a horizon. Margin, retention and discount are the same in all years; a curve of
    :func:`survival` says how far retention is. The range is that of the inputs, not a confidence interval.

    References
    ----------
    Gupta, S. and Lehmann, D. R. (2003). Customers as assets. *J. Interactive Marketing* 17(1), 9–24.
    Berger, P. D. and Nasr, N. I. (1998). Customer lifetime value. *J. Interactive Marketing* 12(1), 17–30.

    Examples
    --------
    >>> [round(clv(1, retention=r, discount=0.10).clv, 2) for r in (0.6, 0.7, 0.8, 0.9)]
    [1.2, 1.75, 2.67, 4.5]
    >>> print(clv(300, retention=0.8, discount=0.1, ranges={"retention": (0.7, 0.9)}, unit="CNY").explain())
    One customer is worth 800 CNY: 2.67 times the yearly margin, at 80 % retention and 10 % discount,
    counted from next year on, over all years. Over the stated ranges it is 525 CNY to 1350 CNY; what
    matters most is retention (525 CNY to 1350 CNY).
    """
    stated = {"margin": margin, "retention": retention, "discount": discount}
    if form not in FORMS:
        raise ArgumentError("form", form, " | ".join(repr(name) for name in FORMS))
    if horizon is not None and (isinstance(horizon, bool) or not isinstance(horizon, int) or horizon < 1):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError("horizon", horizon, text("retention.allowed.horizon"))
    _check_inputs(stated)
    spans = {name: (float(value), float(value)) for name, value in stated.items()}
    for name, span in dict(ranges or {}).items():
        ends = tuple(span)
        if name in spans and len(ends) == 2:
            for end in ends:
                _check_inputs({name: end})
        if name not in spans or len(ends) != 2 or not ends[0] <= stated[name] <= ends[1]:
            allowed = text("retention.allowed.ranges", names=", ".join(INPUTS))
            raise ArgumentError("ranges", dict(ranges or {}), allowed)
        spans[name] = (float(ends[0]), float(ends[1]))
    if horizon is None and spans["retention"][1] >= 1 + spans["discount"][0]:
        given = {"retention": spans["retention"][1], "discount": spans["discount"][0]}
        raise ArgumentError("retention", given, text("retention.allowed.endless"))
    # The value moves one way with each input (margin apart, whose sign may turn), so ends are at the corners.
    corners = [_value(m, r, i, form, horizon) for m, r, i in itertools.product(*spans.values())]
    rows: list[dict[str, Any]] = []
    for name, span in spans.items():
        inputs = [{**stated, name: end} for end in span]
        own = [_value(g["margin"], g["retention"], g["discount"], form, horizon) for g in inputs]
        bounds = {"clv_low": min(own), "clv_high": max(own), "swing": max(own) - min(own)}
        rows.append({"input": name, "value": float(stated[name]), "low": span[0], "high": span[1], **bounds})
    table = pd.DataFrame(rows).sort_values("swing", ascending=False, kind="stable", ignore_index=True)
    multiple = _value(1.0, retention, discount, form, horizon)
    return LifetimeValue(table, margin * multiple, min(corners), max(corners), multiple, form, horizon, unit)


def _check_inputs(given: Mapping[str, float]) -> None:
    for name, value in given.items():
        fine = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)  # pyright: ignore[reportUnnecessaryIsInstance]
        if name == "retention" and not (fine and 0 <= value <= 1):
            raise ArgumentError(name, value, text("retention.allowed.retention"), _as_share(value, fine))
        if name == "discount" and not (fine and value >= 0):
            raise ArgumentError(name, value, text("retention.allowed.discount"))
        if name == "margin" and not fine:
            raise ArgumentError(name, value, text("retention.allowed.margin"))


def _as_share(value: float, fine: bool) -> str:
    if not fine or not 2 <= value <= 100:  # 1.2 is a mistake, not a percentage that nobody divided by 100
        return ""
    return text("survey.advice.percent", value=f"{value / 100:g}", percent=f"{value:g}")


def _value(margin: float, retention: float, discount: float, form: str, horizon: int | None) -> float:
    q = retention / (1 + discount)
    # Without discount and loss each year counts as one.
    total = float(horizon or 1) if q == 1 else (1 - (0 if horizon is None else q**horizon)) / (1 - q)
    return margin * total * (1 if form == "immediate" else q)


# ------------------------------------------------------------------------------------ the quoted table


@dataclass(frozen=True, eq=False)
class RetentionClaim(Result):
    """What CLV arithmetic makes of "5 % more retention", against what is quoted.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a starting retention and reading: ``retention``, ``reading`` ("points", "relative",
        "defections"), ``new_retention`` (NaN where it would be above 1), ``increase`` (relative rise of
        CLV, NaN likewise), ``quoted`` (whether the rise is within what is quoted).
    claim : tuple of float
        The quoted rises, lowest and highest.
    step : float
        The step, such as 0.05.
    discount : float
        Yearly discount rate.
    form : str
        Formula of CLV.

    See Also
    --------
    retention_claim : makes one.
    """

    claim: tuple[float, float]
    step: float
    discount: float
    form: str

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the rise of CLV by starting retention, a line a reading, the quoted band behind.

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
        quoted = text("retention.legend.quoted", **self._quoted())
        ax.axhspan(*self.claim, color=plots.PALETTE["light"], alpha=0.6, label=quoted)
        for place, reading in enumerate(READINGS):
            own = self.table[self.table["reading"] == reading]
            label = text(f"retention.reading.{reading}", step=number_words(100 * self.step))
            ax.plot(own["retention"], own["increase"], label=label, **look(place))
        hundredfold(ax.xaxis, " %")
        hundredfold(ax.yaxis, " %")
        ax.set_ylim(bottom=0)
        plots.legend_below(ax)
        title = text("retention.title.claim", step=number_words(100 * self.step), **self._spans())
        xlabel, ylabel = text("retention.axis.start"), text("retention.axis.increase")
        return plots.label(ax, title=title, xlabel=xlabel, ylabel=ylabel, alt=self.explain())

    def _quoted(self) -> dict[str, str]:
        return {
            end: f"{number_words(100 * rise)} %"
            for end, rise in zip(("low", "high"), self.claim, strict=True)
        }

    def _spans(self) -> dict[str, str]:
        said: dict[str, str] = {}
        for reading in READINGS:
            own = self.table.loc[self.table["reading"] == reading, "increase"].dropna()
            if own.empty:
                said[reading] = "—"
            elif percent(own.min()) == percent(own.max()):
                said[reading] = percent(own.min())
            else:
                said[reading] = text("retention.sign.to", low=percent(own.min()), high=percent(own.max()))
        return said

    def explain(self) -> str:
        """Say what each reading gives, and how many of them are within what is quoted.

        Returns
        -------
        str
            Two sentences.
        """
        starts = self.table["retention"]
        known = self.table["increase"].notna()
        lost = int((~known).sum())
        said = text(
            "retention.explain.claim",
            step=number_words(100 * self.step),
            first=percent(starts.min()),
            last=percent(starts.max()),
            discount=f"{number_words(100 * self.discount)} %",
            inside=int(self.table["quoted"].sum()),
            cases=int(known.sum()),
            **self._quoted(),
            **self._spans(),
        )
        return join(said, text("retention.explain.claim_lost", lost=lost) if lost else "")


def retention_claim(
    retention: Sequence[float] = (0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9),
    *,
    step: float = 0.05,
    discount: float = 0.10,
    form: Form = "from-next-year",
    claim: tuple[float, float] = (0.25, 0.85),
) -> RetentionClaim:
    """Check the quoted "5 % more retention raises profit by 25 to 85 %" with CLV arithmetic.

    Parameters
    ----------
    retention : sequence of float, default 0.6 to 0.9
        Retention rates to start from, 0 to 1.
    step : float, default 0.05
        The step that is quoted, 0.05 for "5 %".
    discount : float, default 0.10
        Yearly discount rate.
    form : {"from-next-year", "immediate"}, default "from-next-year"
        Formula, as in :func:`clv`.
    claim : tuple of float, default (0.25, 0.85)
        The quoted rises of profit, lowest and highest.

    Returns
    -------
    RetentionClaim
        The rise of CLV for three readings: ``"points"`` (80 % → 85 %), ``"relative"`` (80 % → 84 %) and
        ``"defections"`` (5 % fewer leave: 20 % → 19 %, so 80 % → 81 %).

    Raises
    ------
    ArgumentError
        If a rate is not between 0 and 1, or step, discount or claim are not possible.

    Notes
    -----
    Reichheld and Sasser (1990) write that companies "can boost profits by almost 100% by retaining just 5%
    more of their customers"; their abstract has a defection rate lower by "just 5%" bring 85 % more profit
    in a bank's branches, 50 % in an insurance brokerage and 30 % in an auto-service chain. "25 to 85 %" is
    the range as it is usually quoted. Of what 5 % is a share is left open, and more who stay are not fewer
    who leave: hence three readings. Chinese training material quotes another table, whose source cannot be
    found: 10 % more retention, 4.5 to 8.5 % more profit in four businesses, and which figures belong to
    which is lost; ``step=0.10, claim=(0.045, 0.085)`` checks that one. CLV of the present customers is all
    that is computed here: no growth of margins with the years, no cost of keeping customers, no acquisition.
    So it is a check of the order of size, not a replication.

    References
    ----------
    Reichheld, F. F. and Sasser, W. E. (1990). Zero defections: quality comes to services. *Harvard Business
    Review* 68(5), 105–111.

    Examples
    --------
    >>> found = retention_claim([0.8, 0.9])
    >>> found.table[["retention", "reading", "new_retention", "increase"]].round(3)
       retention     reading  new_retention  increase
    0        0.8      points          0.850     0.275
    1        0.8    relative          0.840     0.212
    2        0.8  defections          0.810     0.047
    3        0.9      points          0.950     0.407
    4        0.9    relative          0.945     0.355
    5        0.9  defections          0.905     0.031
    """
    rates = [retention] if isinstance(retention, int | float) else list(retention)
    if not rates:
        raise ArgumentError("retention", rates, text("retention.allowed.retention"))
    for rate in rates:
        _check_inputs({"retention": rate, "discount": discount})
    if not 0 < step < 1:
        raise ArgumentError("step", step, text("retention.allowed.step"))
    if form not in FORMS:
        raise ArgumentError("form", form, " | ".join(repr(name) for name in FORMS))
    if len(tuple(claim)) != 2 or not claim[0] < claim[1]:
        raise ArgumentError("claim", claim, text("retention.allowed.claim"))
    rows: list[dict[str, Any]] = []
    for rate in rates:
        new = {
            "points": rate + step,
            "relative": rate * (1 + step),
            "defections": 1 - (1 - rate) * (1 - step),
        }
        for reading, value in new.items():
            # Rounded, as 0.95 + 0.05 is a hair above 1.
            raised = round(value, 12)
            possible = raised <= 1 and raised < 1 + discount and rate > 0
            rise = math.nan
            if possible:
                rise = _value(1, raised, discount, form, None) / _value(1, rate, discount, form, None) - 1
            row = {"retention": float(rate), "reading": reading}
            row |= {"new_retention": raised if possible else math.nan, "increase": rise}
            rows.append(row | {"quoted": bool(possible and claim[0] <= rise <= claim[1])})
    return RetentionClaim(pd.DataFrame(rows), (claim[0], claim[1]), step, discount, form)
