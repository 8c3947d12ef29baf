"""Figures of the loyalty models, and the names that they show."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.language import text
from csmodels_helpers.metrics_plots import draw_points, hundredfold, row_axes
from csmodels_helpers.metrics_words import rounded, shared_digits

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__: list[str] = []

Floats = npt.NDArray[np.float64]
KNOWN = ("monopoly", "kinship", "benefit", "inertia", "trust", "latent", "none", "left")
COLOURS = ("blue", "orange", "green", "purple", "yellow", "grey")
FIELD_COLOURS = ("green", "sky", "orange", "light")
HATCHES = ("", "..", "///", "xx")


def percent(value: float, digits: int = 0) -> str:
    """Write a share in per cent."""
    return "—" if math.isnan(value) else f"{rounded(100 * value, digits)} %"


def label_of(code: str) -> str:
    """Name a type of loyalty; other values are the user's own and stay as they are."""
    return text(f"loyalty.type.{code}") if code in KNOWN else str(code)


def draw_shares(
    ax: Axes | None,
    table: pd.DataFrame,
    labels: Sequence[str],
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    alt: str,
) -> Axes:
    """Draw one share a row with its interval."""
    ax = row_axes(ax, len(labels))
    draw_points(ax, table.assign(score=table["share"]), labels)
    ax.set_xlim(left=0)
    hundredfold(ax.xaxis, " %")
    return plots.label(ax, title=title, xlabel=xlabel, ylabel=ylabel, alt=alt)


def draw_confusion(
    ax: Axes | None,
    matrix: pd.DataFrame,
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    alt: str,
    shares: bool = False,
) -> Axes:
    """Draw a matrix whose rows sum to 100 %, each cell with its number."""
    if ax is None:
        import matplotlib.pyplot as plt

        width = plt.rcParams["figure.figsize"][0]
        ax = plots.axes(figsize=(width, max(3.2, 1.7 + 0.45 * len(matrix))))
    cells = matrix.to_numpy(dtype=np.float64)
    size = cells.sum(axis=1, keepdims=True)
    part = cells if shares else cells / np.where(size > 0, size, 1)
    ax.imshow(part, cmap="Blues", vmin=0, vmax=1.15, aspect="auto")
    ax.grid(False)
    for i in range(len(part)):
        for j in range(part.shape[1]):
            if part[i, j] < 0.0005:
                continue
            said = rounded(100 * float(part[i, j]), 0)
            said = said if said != "0" else "<1"
            dark = part[i, j] > 0.6
            style: dict[str, Any] = {"color": "white" if dark else "black", "fontsize": "small"}
            ax.text(j, i, said, ha="center", va="center", **style)
    columns = [label_of(str(name)) for name in matrix.columns]
    rows = [label_of(str(name)) for name in matrix.index]
    if not shares:
        rows = [
            text("loyalty.axis.counted", name=name, n=int(n))
            for name, n in zip(rows, size[:, 0], strict=True)
        ]
    narrow = len(columns) > 4
    ax.set_xticks(
        range(len(columns)), columns, rotation=30 if narrow else 0, ha="right" if narrow else "center"
    )
    ax.set_yticks(range(len(rows)), rows)
    return plots.label(ax, title=title, xlabel=xlabel, ylabel=ylabel, alt=alt)


def draw_quadrants(
    ax: Axes | None,
    rows: Floats,
    names: Sequence[str],
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    alt: str,
) -> Axes:
    """Draw four fields: both high on the upper right, the first only on the upper left, and so on."""
    from matplotlib.patches import Rectangle

    ax = plots.axes(ax)
    places = ((1, 1), (0, 1), (1, 0), (0, 0))
    # 1 % with an interval from 1 % to 1 % would claim too much.
    digits = shared_digits("csat", [(float(share), float(low), float(high)) for share, low, high in rows])
    for (x, y), (share, low, high), name, colour in zip(places, rows, names, FIELD_COLOURS, strict=True):
        ax.add_patch(
            Rectangle((x, y), 1, 1, facecolor=plots.PALETTE[colour], alpha=0.15 + 0.75 * float(share))
        )
        ax.text(x + 0.5, y + 0.68, textwrap.fill(name, 18), ha="center", va="center")
        ax.text(x + 0.5, y + 0.4, percent(float(share), digits), ha="center", va="center", fontsize="x-large")
        ends = f"{percent(float(low), digits)} – {percent(float(high), digits)}"
        ax.text(x + 0.5, y + 0.18, ends, ha="center", va="center", fontsize="small")
    ax.set_xlim(0, 2)
    ax.set_ylim(0, 2)
    ax.grid(False)
    ends = [text("loyalty.axis.low"), text("loyalty.axis.high")]
    ax.set_xticks([0.5, 1.5], ends)
    ax.set_yticks([0.5, 1.5], ends)
    ax.axhline(1, color="white", linewidth=3)
    ax.axvline(1, color="white", linewidth=3)
    return plots.label(ax, title=title, xlabel=xlabel, ylabel=ylabel, alt=alt)


def draw_segments(
    ax: Axes | None,
    shares: Floats,
    labels: Sequence[str],
    names: Sequence[str],
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    alt: str,
) -> Axes:
    """Draw one bar a segment, divided into the four fields."""
    ax = row_axes(ax, len(labels) + 1)
    y = np.arange(len(labels))[::-1]
    start = np.zeros(len(labels))
    for field, name in enumerate(names):
        style: dict[str, Any] = {"color": plots.PALETTE[FIELD_COLOURS[field]], "hatch": HATCHES[field]}
        ax.barh(y, shares[:, field], 0.65, left=start, label=name, edgecolor="white", **style)
        for place, part in zip(y, range(len(labels)), strict=True):
            if shares[part, field] >= 0.07:
                where = start[part] + shares[part, field] / 2
                box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1}
                said = percent(float(shares[part, field]))
                ax.text(where, place, said, ha="center", va="center", fontsize="small", bbox=box)
        start = start + shares[:, field]
    ax.set_yticks(y, list(labels))
    ax.set_xlim(0, 1)
    hundredfold(ax.xaxis, " %")
    plots.legend_below(ax)
    return plots.label(ax, title=title, xlabel=xlabel, ylabel=ylabel, alt=alt)


def draw_curve(
    ax: Axes | None,
    parts: Sequence[pd.DataFrame],
    labels: Sequence[str],
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    alt: str,
) -> Axes:
    """Draw mean loyalty over satisfaction, a line a segment."""
    ax = plots.axes(ax)
    lines = ("-", "--", "-.", ":")
    for place, (part, label) in enumerate(zip(parts, labels, strict=True)):
        x, y = part["satisfaction"].to_numpy(dtype=np.float64), part["loyalty"].to_numpy(dtype=np.float64)
        arms = np.nan_to_num(np.array([y - part["low"].to_numpy(), part["high"].to_numpy() - y]))
        style: dict[str, Any] = {
            "color": plots.PALETTE[COLOURS[place % len(COLOURS)]],
            "marker": plots.MARKERS[place % len(plots.MARKERS)],
            "linestyle": lines[place % len(lines)],
        }
        ax.errorbar(x, y, yerr=arms, label=label, capsize=3, **style)
    handles = ax.get_legend_handles_labels()[0] if len(parts) > 1 else []
    handles += _limit_arms(ax, parts)
    if handles:
        plots.legend_below(ax, handles)
    return plots.label(ax, title=title, xlabel=xlabel, ylabel=ylabel, alt=alt)


def _limit_arms(ax: Axes, parts: Sequence[pd.DataFrame]) -> list[Any]:
    """Let the interval of a mean of a few answers run out of the figure: it would flatten the curve.

    An arrow at the edge says so; returned is what the legend shows of it.
    """
    x, means, *ends = (
        np.concatenate([part[name].to_numpy(dtype=np.float64) for part in parts])
        for name in ("satisfaction", "loyalty", "low", "high")
    )
    least, most = float(np.nanmin(means)), float(np.nanmax(means))
    room = 0.25 * max(most - least, 1e-9)
    # Where no mean is below 0, the scale is taken to begin there.
    floor = -0.2 * room if least >= 0 else least - room
    low, high = ax.get_ylim()
    edges = max(low, floor, least - room), min(high, most + room)
    ax.set_ylim(*edges)
    colours = np.repeat(range(len(parts)), [len(part) for part in parts])
    arrows: list[Any] = []
    label = text("loyalty.legend.beyond")
    for edge, end, sign in zip(edges, ends, (1, -1), strict=True):
        for place in np.flatnonzero(sign * end < sign * edge):
            colour = plots.PALETTE[COLOURS[colours[place] % len(COLOURS)]]
            inside = edge + sign * 0.03 * (edges[1] - edges[0])
            marker = "v" if sign > 0 else "^"
            arrows += ax.plot(x[place], inside, marker, color=colour, markersize=8, label=label)
    return arrows[:1]
