"""Figures and rounding of the retention models."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.language import text
from csmodels_helpers.metrics_plots import hundredfold
from csmodels_helpers.metrics_words import rounded, shared_digits

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__: list[str] = []

COLOURS = ("blue", "orange", "green", "purple", "yellow", "grey", "sky")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))


def percent(value: float, digits: int = 0) -> str:
    """Write a share in per cent."""
    return "—" if math.isnan(value) else f"{rounded(100 * value, digits)} %"


def shared_percent(groups: Sequence[Sequence[float]], least: int = 0) -> Callable[[float], str]:
    """Give a way of writing shares that keeps unlike ones of a group apart."""
    known = [[v for v in group if not math.isnan(v)] for group in groups]
    digits = max((shared_digits("csat", [], group, least) for group in known if group), default=least)
    return lambda value: percent(value, digits)


def number_words(value: float) -> str:
    """Write a number without needless decimals."""
    return f"{value:.6g}".replace("-", "−")


def look(place: int) -> dict[str, Any]:
    """Colour, line and marker of the curve at a place: never a colour alone."""
    return {
        "color": plots.PALETTE[COLOURS[place % len(COLOURS)]],
        "linestyle": LINES[(place + place // len(COLOURS)) % len(LINES)],
        "marker": plots.MARKERS[place % len(plots.MARKERS)],
    }


def draw_survival(
    ax: Axes | None,
    curves: Sequence[pd.DataFrame],
    ends: Sequence[float],
    labels: Sequence[str],
    *,
    mark: Mapping[float, str],
    title: str,
    xlabel: str,
    alt: str,
) -> Axes:
    """Draw one step line a segment, with a band and a few markers."""
    ax = plots.axes(ax)
    for place, (own, end, label) in enumerate(zip(curves, ends, labels, strict=True)):
        start = min(0.0, float(own["time"].min()) if len(own) else 0.0)
        times = np.concatenate([[start], own["time"].to_numpy(dtype=np.float64), [end]])
        steps = {
            name: np.concatenate([[1.0], own[name].to_numpy(dtype=np.float64)])
            for name in ("survival", "low", "high")
        }
        steps = {name: np.append(values, values[-1]) for name, values in steps.items()}
        style = look(place)
        every = max(1, len(times) // 6)
        ax.step(
            times,
            steps["survival"],
            where="post",
            label=label,
            markevery=(min(place, every - 1), every),
            markersize=5,
            **style,
        )
        ax.fill_between(
            times, steps["low"], steps["high"], step="post", alpha=0.13, color=style["color"], linewidth=0
        )
    for when, what in mark.items():
        ax.axvline(when, color=plots.PALETTE["grey"], linestyle=":", linewidth=1.2)
        ax.annotate(
            what,
            (when, 0.02),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            xytext=(4, 0),
            fontsize="small",
            color=plots.PALETTE["grey"],
        )
    # A little beyond 0 and 1, so that lines and marks there are whole.
    ax.set_ylim(-0.02, 1.03)
    ax.set_xlim(left=-0.012 * max(ends))
    hundredfold(ax.yaxis, " %")
    if len(curves) > 1:
        plots.legend_below(ax)
    return plots.label(ax, title=title, xlabel=xlabel, ylabel=text("retention.axis.survival"), alt=alt)


def draw_hazard(
    ax: Axes | None,
    parts: Sequence[pd.DataFrame],
    labels: Sequence[str],
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    alt: str,
) -> Axes:
    """Draw the hazard of each period with its interval, the segments side by side."""
    ax = plots.axes(ax)
    periods = parts[0]["period"].tolist()
    many = len(periods) > 12
    for place, (part, label) in enumerate(zip(parts, labels, strict=True)):
        x = np.arange(len(periods)) + (0 if many else 0.62 * ((place + 0.5) / len(parts) - 0.5))
        score = part["hazard"].to_numpy(dtype=np.float64)
        arms = np.array([score - part["low"].to_numpy(), part["high"].to_numpy() - score])
        style = look(place)
        style["linestyle"] = style["linestyle"] if many else "none"
        ax.errorbar(x, score, yerr=np.nan_to_num(arms), label=label, capsize=0 if many else 3, **style)
    step = -(-len(periods) // 12)
    ax.set_xticks(range(0, len(periods), step), periods[::step])
    # A little below 0, so that marks at 0 are whole.
    ax.set_ylim(bottom=-0.025 * ax.get_ylim()[1])
    hundredfold(ax.yaxis, " %")
    if len(parts) > 1:
        plots.legend_below(ax)
    return plots.label(ax, title=title, xlabel=xlabel, ylabel=ylabel, alt=alt)
