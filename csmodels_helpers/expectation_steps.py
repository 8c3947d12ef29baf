"""Where a chain of outcomes leads: shares after some steps, and in the long run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_intervals import Sample, share_interval, t_quantile, z_quantile
from csmodels_helpers.metrics_plots import hundredfold, row_axes
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["LongRun", "StepsAhead"]

_COLOURS = ("blue", "orange", "green", "purple", "yellow", "grey", "sky")


@dataclass(frozen=True, eq=False)
class StepsAhead(Result):
    """Where customers are after each step.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a step and state: ``step`` (0 is the start), ``state``, ``share`` (0–1), ``low``, ``high``
        (missing where nothing was estimated).
    states : list
        The states in their order.
    confidence : float
        Level of the intervals.
    """

    states: list[Any]
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the share of each state over the steps, with its interval.

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
        for i, state in enumerate(self.states):
            rows = self.table[self.table["state"] == state]
            colour, marker = plots.PALETTE[_COLOURS[i % len(_COLOURS)]], plots.MARKERS[i % len(plots.MARKERS)]
            ax.plot(rows["step"], rows["share"], marker=marker, color=colour, label=str(state))
            known = rows.dropna(subset=["low"])
            ax.fill_between(known["step"], known["low"], known["high"], color=colour, alpha=0.15, linewidth=0)
        last = int(self.table["step"].max())
        ax.set_xticks(range(0, last + 1, max(1, last // 10)))
        ax.set_ylim(-0.03, 1.03)
        hundredfold(ax.yaxis, " %")
        plots.legend_below(ax)
        end = self.table[self.table["step"] == last]
        top = end.iloc[int(np.argmax(end["share"].to_numpy()))]
        return plots.label(
            ax,
            title=text(
                "expectation.title.steps",
                steps=last,
                state=top["state"],
                share=rounded(100 * top["share"], 0),
            ),
            xlabel=text("expectation.axis.step"),
            ylabel=text("expectation.axis.share"),
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say the shares after the last step.

        Returns
        -------
        str
            One sentence.
        """
        last = int(self.table["step"].max())
        rows = self.table[self.table["step"] == last].to_dict("records")
        joined = text("expectation.sign.list").join(share_part(str(row["state"]), row) for row in rows)
        return text("expectation.explain.steps", steps=last, parts=joined)


@dataclass(frozen=True, eq=False)
class LongRun(Result):
    """Where customers end, or where the shares settle.

    Parameters
    ----------
    table : pandas.DataFrame
        ``state``, ``share`` (0–1), ``low``, ``high``; with absorbing states one row for each state ``before``
        (first column) and absorbing state.
    steps : pandas.DataFrame or None
        With absorbing states: ``before`` and the mean number of ``steps`` until a customer of that state is
        in an absorbing one, with ``low`` and ``high``.
    confidence : float
        Level of the intervals.
    """

    steps: pd.DataFrame | None
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the mean number of steps until the end, or the shares that settle.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        rows = self.table if self.steps is None else self.steps
        value, name = ("share", "state") if self.steps is None else ("steps", "before")
        ax = row_axes(ax, len(rows))
        x = rows[value].to_numpy(dtype=np.float64)
        arms = np.nan_to_num(np.array([x - rows["low"].to_numpy(), rows["high"].to_numpy() - x]))
        y = np.arange(len(rows))[::-1]
        ax.errorbar(x, y, xerr=arms, fmt="o", color=plots.PALETTE["blue"], capsize=4)
        ax.set_yticks(y, [str(each) for each in rows[name]])
        ax.set_ylim(-0.6, len(rows) - 0.4)
        ax.set_xlim(left=0)
        first, last = rows.iloc[int(np.argmax(x))], rows.iloc[int(np.argmin(x))]
        if self.steps is None:
            hundredfold(ax.xaxis, " %")
            share = rounded(100 * first["share"], 0)
            title = text("expectation.title.settled", state=first["state"], share=share)
        else:
            said = {"most": rounded(first["steps"], 1), "least": rounded(last["steps"], 1)}
            title = text("expectation.title.absorbed", first=first["before"], last=last["before"], **said)
        return plots.label(
            ax,
            title=title,
            xlabel=text("expectation.axis.share" if self.steps is None else "expectation.axis.until"),
            ylabel=text("expectation.axis.state"),
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say how long it takes until the end, or the shares that settle.

        Returns
        -------
        str
            One or two sentences.
        """
        join_parts = text("expectation.sign.list").join
        if self.steps is None:
            parts = [share_part(str(row["state"]), row) for row in self.table.to_dict("records")]
            return text("expectation.explain.settled", parts=join_parts(parts))
        parts = []
        for row in self.steps.to_dict("records"):
            numbers = {name: rounded(float(row[name]), 1) for name in ("steps", "low", "high")}
            key = "until_plain" if math.isnan(row["low"]) else "until"
            parts.append(text(f"expectation.explain.{key}", before=row["before"], **numbers))
        several = len(set(self.table["state"])) > 1
        said = text("expectation.explain.absorbed", parts=join_parts(parts))
        if not several:
            return said
        ends = [
            text(
                "expectation.explain.ends_in",
                before=row["before"],
                part=share_part(str(row["state"]), row),
            )
            for row in self.table.to_dict("records")
        ]
        return join(said, text("expectation.explain.ends", parts=join_parts(ends)))


def share_part(name: str, row: Any) -> str:
    """Write a share with its interval, if it has one."""
    numbers = {column: rounded(100 * float(row[column]), 0) for column in ("share", "low", "high")}
    key = "share_plain" if math.isnan(row["low"]) else "share"
    return text(f"expectation.explain.{key}", state=name, **numbers)


def share_row(share: float, variance: float, df: float, level: float) -> dict[str, float]:
    """Give a share computed from others its interval: Wilson's, with the effective number of answers."""
    value = float(min(max(share, 0.0), 1.0))
    unit = value * (1 - value)
    # A share of 0 or 1, or the start itself, does not vary: nothing was estimated.
    if not variance > 1e-20 or not unit > 0:
        return {"share": value, "low": math.nan, "high": math.nan}
    found = share_interval(Sample(value, unit, variance, unit / variance, df), level)
    return {"share": value, "low": found.low, "high": found.high}


def steps_row(log_steps: float, variance: float, df: float, level: float) -> dict[str, float]:
    """Give a mean number of steps its interval, made on the scale of logarithms."""
    quantile = z_quantile(level) if math.isinf(df) else t_quantile(level, df) if df > 0 else math.nan
    half = quantile * math.sqrt(variance) if variance > 0 else math.nan
    ends = {"low": math.exp(log_steps - half), "high": math.exp(log_steps + half)}
    return {"steps": math.exp(log_steps), **ends}
