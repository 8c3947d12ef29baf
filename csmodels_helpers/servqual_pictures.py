"""Two figures to move about in: what a better service would do, and where the wish of customers gets lost.

Call them through ``servqual``: ``servqual.lift_shares``, ``servqual.plot_lift``, ``servqual.plot_levels``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, UnknownNameError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import hundredfold
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.servqual_internal import GAPS, InternalGaps
from csmodels_helpers.servqual_items import digits_for, dimension_name, say_points
from csmodels_helpers.servqual_zone import ZoneOfTolerance

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["lift_shares", "plot_levels", "plot_lift"]

ZONES = ("below", "within", "above")
# From the bottom of the figure up; hatching says the same where colours cannot be told apart.
_LOOK = {"below": ("orange", "//"), "within": ("light", ""), "above": ("sky", "..")}
_STEPS = 61


def lift_shares(zone: ZoneOfTolerance, dimension: str, lifts: Sequence[float]) -> pd.DataFrame:
    """Count who would be below, within and above the own zone if the perceived service rose.

    Parameters
    ----------
    zone : ZoneOfTolerance
        From :func:`csmodels_helpers.servqual.zone_of_tolerance`.
    dimension : str
        One of its dimensions.
    lifts : sequence of float
        By how many points the service that everybody perceives rises; no further than the top of the scale.

    Returns
    -------
    pandas.DataFrame
        One row a lift: ``lift``, the shares ``below``, ``within`` and ``above``, and ``n``, the customers
        who have a zone. What they desire and what they just accept stays where it is.

    Raises
    ------
    UnknownNameError
        If there is no such dimension.
    ArgumentError
        If a lift is no number, or nobody has a zone.

    Examples
    --------
    >>> from csmodels_helpers import servqual
    >>> answers = pd.DataFrame({"desired_q": [7, 6, 6], "adequate_q": [5, 4, 5], "perceived_q": [4, 3, 6]})
    >>> zone = servqual.zone_of_tolerance(answers, dimensions={"speed": ["q"]})
    >>> lift_shares(zone, "speed", [0, 1]).round(2).to_numpy().tolist()
    [[0.0, 0.67, 0.33, 0.0, 3.0], [1.0, 0.0, 0.67, 0.33, 3.0]]
    """
    _check_dimension(dimension, zone.respondents)
    rows = zone.respondents[zone.respondents["dimension"] == dimension]
    rows = rows[rows["zone"].isin(ZONES)]
    moved = np.asarray(lifts, dtype=np.float64)
    if moved.ndim != 1 or not moved.size or not np.isfinite(moved).all():
        raise ArgumentError("lifts", lifts, text("servqual.allowed.lifts"))
    if rows.empty:
        raise ArgumentError("zone", dimension, text("servqual.allowed.zone"))
    p, d, a = (rows[name].to_numpy(dtype=np.float64) for name in ("perceived", "desired", "adequate"))
    served = np.minimum(p[None] + moved[:, None], zone.scale[1])
    # Means of items differ in their last digits.
    below, above = (served < a - 1e-9).mean(axis=1), (served > d + 1e-9).mean(axis=1)
    return pd.DataFrame(
        {"lift": moved, "below": below, "within": 1 - below - above, "above": above, "n": len(rows)}
    )


def _check_dimension(dimension: str, rows: pd.DataFrame) -> None:
    names = [str(name) for name in dict.fromkeys(rows["dimension"])]
    if dimension not in names:
        raise UnknownNameError(text("servqual.words.dimension"), dimension, names)


def plot_lift(
    zone: ZoneOfTolerance, dimension: str, lift: float = 0.0, *, most: float = 3.0, ax: Axes | None = None
) -> Axes:
    """Draw how many customers would be below, within and above their own zone, by how far service rises.

    Parameters
    ----------
    zone : ZoneOfTolerance
        From :func:`csmodels_helpers.servqual.zone_of_tolerance`.
    dimension : str
        One of its dimensions.
    lift : float, default 0.0
        The rise to mark and to tell, in points of the scale.
    most : float, default 3.0
        Where the figure ends.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.

    Raises
    ------
    UnknownNameError
        If there is no such dimension.
    ArgumentError
        If ``lift`` does not lie between 0 and ``most``.

    Examples
    --------
    >>> from csmodels_helpers import servqual
    >>> answers = pd.DataFrame({"desired_q": [7, 6, 6], "adequate_q": [5, 4, 5], "perceived_q": [4, 3, 6]})
    >>> zone = servqual.zone_of_tolerance(answers, dimensions={"speed": ["q"]})
    >>> plot_lift(zone, "speed", 1.0).get_xlim()[1]
    np.float64(3.0)
    """
    if not (0 <= lift <= most and most > 0):
        raise ArgumentError("lift", lift, text("servqual.allowed.lift", most=f"{most:g}"))
    grid = lift_shares(zone, dimension, np.linspace(0, most, _STEPS).tolist())
    now, then = lift_shares(zone, dimension, [0.0, float(lift)]).to_dict("records")
    ax = plots.axes(ax)
    x, base = grid["lift"].to_numpy(), np.zeros(len(grid))
    for name in ZONES:
        colour, hatch = _LOOK[name]
        top = base + grid[name].to_numpy()
        ax.fill_between(
            x,
            base,
            top,
            facecolor=plots.PALETTE[colour],
            edgecolor="white",
            hatch=hatch,
            linewidth=0.5,
            step="post",
            label=text(f"servqual.legend.lift_{name}"),
        )
        base = top
    ax.axvline(lift, color="black", lw=2, label=text("servqual.legend.lift"))
    ax.set_xlim(-0.02 * most, most)
    ax.set_ylim(0, 1)
    ax.grid(visible=False)
    hundredfold(ax.yaxis, " %")
    plots.legend_below(ax)
    shown = {"dimension": dimension_name(dimension), "lift": say_points(lift, 1)}
    title = text("servqual.title.lift", **shown, **_percents(then))
    alt = text(
        "servqual.explain.lift",
        **shown,
        **_percents(then),
        **{f"now_{name}": share for name, share in _percents(now).items()},
        n=int(now["n"]),
    )
    xlabel, ylabel = text("servqual.axis.lift"), text("servqual.axis.customers")
    return plots.label(ax, title=title, xlabel=xlabel, ylabel=ylabel, alt=alt)


def _percents(row: dict[Any, Any]) -> dict[str, str]:
    return {name: rounded(100 * float(row[name]), 0) for name in ZONES}


def plot_levels(inside: InternalGaps, dimension: str, ax: Axes | None = None) -> Axes:
    """Draw one dimension's way from the wish of customers to the service that they perceive.

    Parameters
    ----------
    inside : InternalGaps
        From :func:`csmodels_helpers.servqual.internal_gaps`.
    dimension : str
        One of its dimensions.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The axes: a row a level, and each gap as a bar from the level that it falls short of.

    Raises
    ------
    UnknownNameError
        If there is no such dimension.

    Examples
    --------
    >>> from csmodels_helpers import servqual
    >>> answers = pd.DataFrame({"expected_q": [7, 6, 7, 6], "perceived_q": [4, 4, 5, 4]})
    >>> asked = servqual.analyze(answers, dimensions={"speed": ["q"]})
    >>> standard = pd.DataFrame({"dimension": ["speed"] * 2, "level": [6.0, 6.0], "of": [1, 2]})
    >>> found = servqual.internal_gaps(
    ...     asked, beliefs=standard, specifications=standard, service_log=standard.assign(level=[4.0, 5.0]),
    ...     promises=standard, manager="of", case="of",
    ... )
    >>> bars = plot_levels(found, "speed").patches
    >>> [float(bar.get_width()) for bar in bars]
    [-0.5, 0.0, -1.5, -1.5, -2.25]
    """
    _check_dimension(dimension, inside.levels)
    level = next(row for row in inside.levels.to_dict("records") if row["dimension"] == dimension)
    gaps = inside.table[inside.table["dimension"] == dimension].set_index("gap")["estimate"].to_dict()
    cause = next(row for row in inside.causes.to_dict("records") if row["dimension"] == dimension)
    steps = {**GAPS, 5: ("perception", "expectation")}
    sources = ["expectation", "belief", "specification", "delivery", "promise", "perception"]
    # Gap 4 ends at the delivery, and hangs in the row of the promise.
    row_of = {gap: 5 - gap for gap in steps}
    ax = plots.axes(ax, figsize=(7.2, 4.6))
    for gap, (of, against) in steps.items():
        y = row_of[gap]
        largest = gap == cause["gap"]
        colour = plots.PALETTE["orange" if largest else "purple" if gap == 5 else "grey"]
        ax.barh(
            y,
            level[of] - level[against],
            left=level[against],
            height=0.34,
            color=colour,
            hatch="//" if largest else "",
            edgecolor="white",
            zorder=2,
        )
        start = {4: row_of[3], 5: 5}.get(gap, y + 1)
        ends = level["delivery"] if gap == 4 else level[against]
        ax.plot([ends, ends], [start, y], ":", color=plots.PALETTE["grey"], lw=1.2, zorder=1)
    ax.plot([level[name] for name in sources], range(5, -1, -1), "o", color="black", ms=6, zorder=3)
    labels = [text(f"servqual.level.{name}") for name in sources]
    told = [labels[0]] + [
        text("servqual.words.level_gap", level=labels[gap], gap=gap, value=say_points(gaps[gap], 1))
        for gap in steps
    ]
    ax.set_yticks(range(5, -1, -1), told)
    ax.set_ylim(-0.6, 5.6)
    # The same for all dimensions, so that they can be compared.
    every = inside.levels[sources].to_numpy(dtype=np.float64)
    ax.set_xlim(every.min() - 0.15, every.max() + 0.15)
    ax.grid(visible=False, axis="y")
    clear = bool(cause["high"] < 0)
    name = dimension_name(dimension)
    title = text(
        "servqual.title.internal" if clear else "servqual.title.internal_unclear",
        dimension=name,
        gap=cause["gap"],
    )
    alt = _say_levels(name, level, gaps, cause)
    xlabel, ylabel = text("servqual.axis.levels"), text("servqual.axis.level_of")
    return plots.label(ax, title=title, xlabel=xlabel, ylabel=ylabel, alt=alt)


def _say_levels(name: str, level: dict[Any, Any], gaps: dict[Any, float], cause: dict[Any, Any]) -> str:
    said = {str(source): say_points(value, 1) for source, value in level.items() if source != "dimension"}
    first = text("servqual.explain.levels", dimension=name, five=say_points(gaps[5], 1), **said)
    second = text(
        "servqual.explain.levels_largest",
        gap=cause["gap"],
        words=text(f"servqual.gap_words.{cause['gap']}"),
        value=say_points(gaps[cause["gap"]], 1),
    )
    if cause["high"] < 0:
        size = say_points(abs(cause["difference"]), digits_for(cause["low"], cause["high"]))
        third = text("servqual.explain.internal_clear", second=cause["second"], size=size)
    else:
        third = text("servqual.explain.internal_unclear", second=cause["second"])
    return join(first, second, third)
