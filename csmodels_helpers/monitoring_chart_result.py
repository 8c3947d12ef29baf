"""A control chart as a result: its figure and its sentences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import hundredfold
from csmodels_helpers.metrics_words import digits_of_mean, rounded
from csmodels_helpers.monitoring_series import say_times
from csmodels_helpers.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ControlChart"]

_STRETCHES = 5
_SOFT = 12


@dataclass(frozen=True, eq=False)
class ControlChart(Result):
    """Values over time, what is usual, and which points tell of a change.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a time, in order: the time column, ``value``, ``phase`` (0 before the first break),
        ``baseline`` (whether the limits come from it), ``centre``, ``lower``, ``upper``, ``signal``,
        ``rules`` (which of them the point fulfils); an XmR chart also has ``moving_range``, ``range_upper``,
        ``range_signal``, a p-chart ``n``, an EWMA chart ``ewma``.
    phases : pandas.DataFrame
        One row a phase: ``first``, ``last``, ``n_baseline``, ``centre`` with its interval ``centre_low``,
        ``centre_high``, and ``sigma`` or ``sigma_z``.
    kind : {"xmr", "p", "laney", "ewma"}
        Which chart.
    value, time : str
        Names of the columns.
    rules : tuple of str
        The rules that were asked for.
    share : bool
        Whether values are shares 0–1.
    n_missing : int
        Rows in which a value was missing.
    confidence : float
        Level of the interval of the centre line.
    """

    phases: pd.DataFrame
    kind: str
    value: str
    time: str
    rules: tuple[str, ...]
    share: bool
    n_missing: int
    confidence: float

    @property
    def signals(self) -> pd.DataFrame:
        """The rows of the table that tell of a change.

        Returns
        -------
        pandas.DataFrame
            Empty if all is noise.
        """
        return self.table[self.table["signal"]].reset_index(drop=True)

    @property
    def _drawn(self) -> str:
        return "ewma" if self.kind == "ewma" else "value"

    def _judged(self) -> int:
        """Count the points that have a value and limits."""
        return int((self.table["value"].notna() & self.table["centre"].notna()).sum())

    def _known(self) -> pd.DataFrame:
        """Phases that have limits."""
        return self.phases[self.phases["centre"].notna()]

    def plot(self, ax: Axes | None = None, *, which: Literal["values", "ranges"] = "values") -> Axes:
        """Draw the values with centre line and limits; signals are squares.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.
        which : {"values", "ranges"}, default "values"
            The values, or (XmR) their moving ranges.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.

        Raises
        ------
        ArgumentError
            If another chart than XmR is asked for its ranges.
        """
        if which not in ("values", "ranges") or (which == "ranges" and self.kind != "xmr"):
            allowed = "'values' | 'ranges'" if self.kind == "xmr" else "'values'"
            raise ArgumentError("which", which, allowed)
        ax = plots.axes(ax)
        if which == "ranges":
            self._draw_ranges(ax)
            title, said = self._range_title(), self._range_title() + text("monitoring.sign.stop")
            ylabel = text("monitoring.axis.range", column=self.value)
        else:
            self._draw_values(ax)
            title, said, ylabel = self._title(), self.explain(), self._axis_name()
        self._draw_times(ax)
        if self.share:
            hundredfold(ax.yaxis, " %")
        plots.legend_below(ax)
        return plots.label(ax, title=title, xlabel=self.time, ylabel=ylabel, alt=said)

    def _draw_values(self, ax: Axes) -> None:
        x = np.arange(len(self.table))
        drawn = self.table[self._drawn].to_numpy(dtype=np.float64)
        if self.kind == "ewma":
            raw = self.table["value"].to_numpy(dtype=np.float64)
            label = text("monitoring.legend.values")
            ax.plot(x, raw, linestyle="none", marker=".", color=plots.PALETTE["grey"], alpha=0.7, label=label)
        label = text("monitoring.legend.ewma" if self.kind == "ewma" else "monitoring.legend.value")
        # No line leads over a change of the definition: the two sides are not comparable.
        for places in self.table.groupby("phase").indices.values():
            ax.plot(
                x[places], drawn[places], marker="o", markersize=4, color=plots.PALETTE["blue"], label=label
            )
            label = None
        self._draw_lines(ax)
        signal = self.table["signal"].to_numpy(dtype=bool)
        if signal.any():
            ax.plot(
                x[signal],
                drawn[signal],
                linestyle="none",
                marker="s",
                markersize=8,
                markerfacecolor="none",
                markeredgewidth=2,
                color=plots.PALETTE["orange"],
                label=text("monitoring.legend.signal"),
            )

    def _draw_lines(self, ax: Axes) -> None:
        """Centre line and limits as steps, phase by phase."""
        named: set[str] = set()
        for _, own in self.table.groupby("phase"):
            # Half a step beyond the points, so that a break shows where it is.
            edges = np.append(own.index.to_numpy() - 0.5, own.index[-1] + 0.5)
            for column, style, name in (
                ("centre", "-", "centre"),
                ("lower", "--", "limits"),
                ("upper", "--", "limits"),
            ):
                level = own[column].to_numpy(dtype=np.float64)
                label = None if name in named else text(f"monitoring.legend.{name}")
                named.add(name)
                colour = plots.PALETTE["green" if name == "centre" else "grey"]
                ax.stairs(
                    level, edges, baseline=None, linestyle=style, color=colour, linewidth=1.4, label=label
                )
            if own.index[0] > 0:
                mark = text("monitoring.legend.break") if "break" not in named else None
                named.add("break")
                ax.axvline(own.index[0] - 0.5, linestyle=":", color=plots.PALETTE["purple"], label=mark)

    def _draw_ranges(self, ax: Axes) -> None:
        x, y = np.arange(len(self.table)), self.table["moving_range"].to_numpy(dtype=np.float64)
        upper = self.table["range_upper"].to_numpy(dtype=np.float64)
        ax.plot(
            x, y, marker="o", markersize=4, color=plots.PALETTE["blue"], label=text("monitoring.legend.range")
        )
        edges = np.arange(len(x) + 1) - 0.5
        colour = plots.PALETTE["grey"]
        label = text("monitoring.legend.range_upper")
        ax.stairs(upper, edges, baseline=None, linestyle="--", color=colour, linewidth=1.4, label=label)
        high = self.table["range_signal"].to_numpy(dtype=bool)
        if high.any():
            style: dict[str, Any] = {
                "marker": "s",
                "markersize": 8,
                "markerfacecolor": "none",
                "markeredgewidth": 2,
            }
            colour = plots.PALETTE["orange"]
            signal = text("monitoring.legend.signal")
            ax.plot(x[high], y[high], linestyle="none", color=colour, label=signal, **style)
        ax.set_ylim(bottom=0)

    def _draw_times(self, ax: Axes) -> None:
        names = self._names()
        # As many labels as fit, the first always among them.
        width = ax.get_window_extent().width / ax.figure.dpi
        room = max(int(width / (0.14 + 0.095 * max(len(name) for name in names))), 2)
        step = -(-len(names) // room)
        places = list(range(0, len(names), step))
        ax.set_xticks(places, [names[i] for i in places])
        ax.set_xlim(-0.8, len(names) - 0.2)

    def explain(self) -> str:
        """Say which points tell of a change and what is usual.

        Returns
        -------
        str
            Two or three sentences.
        """
        points = self._judged()
        found = self._stretches()
        said = {"name": self.value, "points": points, "count": len(self.signals)}
        if not found:
            first = text("monitoring.explain.no_signal", **said)
        else:
            parts = text("monitoring.sign.list").join(found[:_STRETCHES])
            if len(found) > _STRETCHES:
                parts = text("monitoring.explain.and_more", parts=parts, more=len(found) - _STRETCHES)
            first = text("monitoring.explain.signals", parts=parts, **said)
        return join(first, self._usual(), *self._notes())

    def _usual(self) -> str:
        row = self._known().iloc[-1]
        own = self.table[self.table["phase"] == row["phase"]].iloc[-1]
        digits = self._digits(float(own["upper"]) - float(own["lower"]))
        said = {name: self._say(float(own[name]), digits) for name in ("centre", "lower", "upper")}
        ends = {name: self._say(float(row[name]), digits) for name in ("centre_low", "centre_high")}
        plain = "usual_target" if math.isnan(row["centre_low"]) else "usual"
        level = f"{100 * self.confidence:g}"
        return text(f"monitoring.explain.{plain}", n=int(row["n_baseline"]), level=level, **said, **ends)

    def _notes(self) -> list[str]:
        notes: list[str] = []
        known = self._known()
        if self.kind == "laney":
            ratio = float(known["sigma_z"].iloc[-1])
            notes.append(text("monitoring.explain.sigma_z", ratio=rounded(ratio, 1)))
        if len(self.phases) > 1:
            starts = say_times(self.phases["first"])[1:]
            notes.append(text("monitoring.explain.breaks", times=text("monitoring.sign.names").join(starts)))
        if len(known) < len(self.phases):
            notes.append(text("monitoring.explain.no_limits"))
        if int(known["n_baseline"].min()) < _SOFT:
            notes.append(text("monitoring.explain.soft"))
        if self.n_missing:
            notes.append(text("monitoring.explain.missing", rows=self.n_missing))
        return notes

    def _names(self) -> list[str]:
        return say_times(self.table[self.time])

    def _stretches(self) -> list[str]:
        """Signals that follow one another, in words: "2024-05 to 2025-12 below"."""
        names, found = self._names(), []
        rows = self.table.to_dict("records")
        side = [
            ("above" if row[self._drawn] > row["centre"] else "below") if row["signal"] else ""
            for row in rows
        ]
        start = 0
        for i in range(1, len(side) + 1):
            if i < len(side) and side[i] == side[start]:
                continue
            if side[start]:
                key = f"monitoring.explain.{side[start]}_{'one' if i == start + 1 else 'many'}"
                found.append(text(key, first=names[start], last=names[i - 1]))
            start = i
        return found

    def _title(self) -> str:
        points = self._judged()
        said = {"name": self.value, "points": points, "count": len(self.signals)}
        if len(self.signals) == 0:
            return text(f"monitoring.title.no_signal{'_breaks' if len(self.phases) > 1 else ''}", **said)
        first = self._names()[int(np.flatnonzero(self.table["signal"])[0])]
        key = "one_signal" if len(self.signals) == 1 else "signals"
        # A bare number does not say what it counts; a month does.
        counted = pd.api.types.is_numeric_dtype(self.table[self.time].dtype)
        return text(f"monitoring.title.{key}{'_at' if counted else ''}", first=first, time=self.time, **said)

    def _range_title(self) -> str:
        high = int(self.table["range_signal"].sum())
        if high == 1:
            place = int(np.flatnonzero(self.table["range_signal"])[0])
            return text("monitoring.title.one_range", name=self.value, first=self._names()[place])
        return text(
            "monitoring.title.ranges" if high else "monitoring.title.no_ranges", name=self.value, count=high
        )

    def _axis_name(self) -> str:
        return text("monitoring.axis.share", column=self.value) if self.share else self.value

    def _digits(self, width: float) -> int:
        factor = 100 if self.share else 1
        return digits_of_mean(factor * width / 2) if width > 0 else 2

    def _say(self, value: float, digits: int) -> str:
        return f"{rounded(100 * value, digits)} %" if self.share else rounded(value, digits)

    def _repr_html_(self) -> str:
        # Rounding would warn of dates.
        table = self.table.assign(**{self.time: self._names()})
        return table.round(3).to_html()
