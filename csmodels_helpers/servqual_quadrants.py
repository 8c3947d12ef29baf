"""Importance and performance: which items to work on first, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.servqual_items import (
    ITEMS,
    Floats,
    check_answers,
    columns_of,
    means_without,
)
from csmodels_helpers.survey import check_confidence, check_scale
from csmodels_helpers.tally import GROUP, GROUPS, Moments, moments
from csmodels_helpers.uncertainty import spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["QUADRANTS", "Quadrants", "importance_performance"]

QUADRANTS = ("concentrate here", "keep up", "low priority", "possible overkill")
"""High importance and low performance, both high, both low, low importance and high performance."""

CROSSHAIRS = ("means", "midpoint")
_PLACES = (
    *((dx, dy, side) for dy in (3, -10, -3) for dx, side in ((5, "left"), (-5, "right"))),
    *((0, dy, "center") for dy in (7, -14, 15, -22)),
    *((dx, dy, side) for dy in (12, -19) for dx, side in ((8, "left"), (-8, "right"))),
)
_LOOK = dict(zip(QUADRANTS, zip(("orange", "blue", "grey", "purple"), "Dos^", strict=True), strict=True))


@dataclass(frozen=True, eq=False)
class Quadrants(Result):
    """Items by importance and performance.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an item: ``item``, ``n``, ``n_missing``, ``importance`` and ``performance`` (means) with
        ``…_low`` and ``…_high``, ``quadrant`` (by the crosshair asked for) and ``stability`` (share of
        resampled surveys in which the item falls there), and both for each crosshair: ``quadrant_means``,
        ``stability_means``, ``quadrant_midpoint``, ``stability_midpoint``. Stability is missing with fewer
        than two groups of respondents.
    crosshair : str
        Which crosshair ``quadrant`` uses.
    means : tuple of float
        Mean importance and mean performance of the items: the crosshair of the data.
    midpoint : tuple of float
        Middle of the two scales.
    draws : int
        How many surveys were resampled.
    confidence : float
        Level of the intervals.
    """

    crosshair: str
    means: tuple[float, float]
    midpoint: tuple[float, float]
    draws: int
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the items with both crosshairs; hollow marks stay in their quadrant in under 80 % of draws.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        ax = plots.axes(ax, figsize=(7.2, 5.2))
        for row in self.table.to_dict("records"):
            colour, marker = _LOOK[row["quadrant"]]
            filled = not row["stability"] < 0.8
            face = plots.PALETTE[colour] if filled else "white"
            place = (row["performance"], row["importance"])
            ax.plot(*place, marker, color=plots.PALETTE[colour], markerfacecolor=face)
        lines = ((self.means, "-", "means"), (self.midpoint, ":", "midpoint"))
        for (importance, performance), style, key in lines:
            label = text(f"servqual.legend.{key}")
            ax.axhline(importance, ls=style, color=plots.PALETTE["grey"], lw=1.2, label=label)
            ax.axvline(performance, ls=style, color=plots.PALETTE["grey"], lw=1.2)
        for quadrant, (colour, marker) in _LOOK.items():
            ax.plot([], [], marker, color=plots.PALETTE[colour], label=quadrant_name(quadrant))
        label = text("servqual.legend.hollow")
        ax.plot([], [], "o", color=plots.PALETTE["grey"], markerfacecolor="white", label=label)
        plots.legend_below(ax)
        first = self._first()
        names = text("servqual.words.names").join(str(name) for name in first[:5])
        key = "servqual.title.quadrants" if first else "servqual.title.quadrants_none"
        title = text(key, names=names + ("…" if len(first) > 5 else ""))
        xlabel, ylabel = text("servqual.axis.performance"), text("servqual.axis.importance")
        ax.margins(0.09)
        plots.label(ax, title=title, xlabel=xlabel, ylabel=ylabel, alt=self.explain())
        self._name_items(ax)
        return ax

    def _name_items(self, ax: Axes) -> None:
        """Write each item's name beside its mark, where no other name stands yet if there is room."""
        figure: Any = ax.get_figure(root=True)
        figure.draw_without_rendering()
        taken: list[Any] = []
        marks = ax.transData.transform(self.table[["performance", "importance"]].to_numpy())
        for (x, y), row in zip(marks, self.table.to_dict("records"), strict=True):
            # Names of SERVQUAL's items fit; longer ones are cut here, and stand in the table.
            name = str(row["item"])
            written = ax.annotate(
                name if len(name) <= 14 else name[:13] + "…",
                (row["performance"], row["importance"]),
                xytext=(0, 0),
                textcoords="offset points",
                fontsize=8,
            )
            # The first place that is free; if none is, the one where the name covers least.
            best: tuple[float, Any, Any, str] | None = None
            for dx, dy, side in _PLACES:
                written.set(ha=side)
                written.xyann = (dx, dy)
                box = written.get_window_extent()
                clash = sum(box.overlaps(other) for other in taken)
                clash += sum(box.contains(*mark) for mark in marks if abs(mark - (x, y)).max() > 1e-6)
                if best is None or clash < best[0]:
                    best = (clash, (dx, dy), box, side)
            assert best is not None
            written.set(ha=best[3])
            written.xyann = best[1]
            taken.append(best[2])

    def _first(self) -> list[Any]:
        """Items to concentrate on, the surest first."""
        rows = self.table[self.table["quadrant"] == QUADRANTS[0]]
        order = np.argsort(-rows["stability"].fillna(0).to_numpy(dtype=np.float64), kind="stable")
        return [rows["item"].iloc[int(i)] for i in order]

    def explain(self) -> str:
        """Say what to work on first, how stable that is, and what the other crosshair would say.

        Returns
        -------
        str
            Two or three sentences.
        """
        first = self._first()
        stable = self.table.set_index("item")["stability"]
        said = text("servqual.explain.quadrants_none")
        if first:
            parts = [
                text("servqual.words.stable", item=name, share=rounded(100 * float(stable[name]), 0))
                for name in first[:6]
            ]
            listed = text("servqual.words.names").join(parts) + ("…" if len(first) > 6 else "")
            said = text("servqual.explain.quadrants", names=listed, draws=self.draws)
        moved = int((self.table["quadrant_means"] != self.table["quadrant_midpoint"]).sum())
        other = text("servqual.explain.crosshairs", moved=moved, count=len(self.table))
        return join(said, other)


def quadrant_name(quadrant: str) -> str:
    """Say a quadrant in the language in force."""
    return text(f"servqual.quadrant.{quadrant.replace(' ', '_')}")


def importance_performance(
    data: Any,
    *,
    importance: str | Mapping[str, str] = "importance_{item}",
    performance: str | Mapping[str, str] = "perceived_{item}",
    items: Sequence[str] = ITEMS,
    scale: tuple[int, int] = (1, 7),
    importance_scale: tuple[int, int] | None = None,
    crosshair: Literal["means", "midpoint"] = "means",
    respondent: str | None = None,
    draws: int = 2000,
    seed: int = 1,
    confidence: float = 0.95,
) -> Quadrants:
    """Sort items into four quadrants by their importance and performance.

    Parameters
    ----------
    data : frame
        One row a respondent; any frame that narwhals knows.
    importance, performance : str or dict
        Columns: a pattern with ``{item}``, or item → column. Where importance was not asked, the desired
        service may stand for it: ``importance="desired_{item}"``.
    items : sequence of str, optional
        The items; by default the 22 of SERVQUAL.
    scale : tuple of int, default (1, 7)
        Lowest and highest answer on performance.
    importance_scale : tuple of int, optional
        The same of importance, if it differs.
    crosshair : {"means", "midpoint"}, default "means"
        Where high begins: at the mean of all items, or at the middle of the scale. Customers find nearly
        everything important, so the middle of the scale often leaves two quadrants empty; the mean always
        finds something to do, even where nothing is wrong. Both are reported, and both are drawn.
    respondent : str, optional
        Column that says who answered.
    draws : int, default 2000
        How many surveys are resampled.
    seed : int, default 1
        Seed of the draws.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    Quadrants
        Quadrant of each item and its stability.

    Raises
    ------
    UnknownNameError
        If a column is not there.
    DataError
        If an answer is off the scale, or nobody answered both questions on an item.
    ArgumentError
        If an argument is not possible.

    Notes
    -----
    A value equal to the crosshair counts as high. For the stability, groups of respondents are drawn with
    replacement (never items), the same for all items, and the crosshair of the means is computed anew in
    each draw.

    References
    ----------
    Martilla, J. A. and James, J. C. (1977). Importance-performance analysis. Journal of Marketing 41(1),
    77–79.

    Examples
    --------
    >>> answers = pd.DataFrame({"importance_speed": [7, 6, 7], "perceived_speed": [3, 4, 3]})
    >>> answers = answers.assign(importance_decor=[3, 4, 3], perceived_decor=[6, 6, 5])
    >>> found = importance_performance(answers, items=["speed", "decor"])
    >>> found.table[["item", "quadrant"]].to_numpy().tolist()
    [['speed', 'concentrate here'], ['decor', 'possible overkill']]
    """
    level = check_confidence(confidence)
    if crosshair not in CROSSHAIRS:
        raise ArgumentError("crosshair", crosshair, text("servqual.allowed.crosshair"))
    whole = isinstance(draws, int) and not isinstance(draws, bool)  # pyright: ignore[reportUnnecessaryIsInstance]
    if not whole or draws < 1:
        raise ArgumentError("draws", draws, text("servqual.allowed.draws"))
    names = [] if isinstance(items, str) else list(items)
    if not names or len(set(names)) < len(names):
        raise ArgumentError("items", items, text("servqual.allowed.items"))
    scales = (check_scale(scale if importance_scale is None else importance_scale), check_scale(scale))
    columns = (columns_of(importance, names, "importance"), columns_of(performance, names, "performance"))
    for each, bounds in zip(columns, scales, strict=True):
        check_answers(data, each, bounds)
    tallies: list[Moments] = []
    for name in names:
        pair = [each[name] for each in columns]
        made = moments(data, pair, respondent=respondent, apart=respondent is None)
        if not made.n:
            advice = text("servqual.advice.silent", where=name, rows=made.left_out)
            raise DataError(
                ", ".join(pair), made.left_out, "—", None, text("servqual.allowed.answers"), advice
            )
        tallies.append(made)
    sums, count = _by_group(tallies)
    midpoint = (sum(scales[0]) / 2, sum(scales[1]) / 2)
    table, means = _table(names, tallies, means_without(sums, count), level)
    drawn = _draws(sums, count, draws, seed)
    for kind in CROSSHAIRS:
        cross = None if kind == "means" else np.array(midpoint)
        own, many = _place(table[["importance", "performance"]].to_numpy()[None], cross), _place(drawn, cross)
        table[f"quadrant_{kind}"] = [QUADRANTS[q] for q in own[0]]
        table[f"stability_{kind}"] = (many == own).mean(axis=0) if len(sums) > 1 else np.nan
    table.insert(9, "quadrant", table[f"quadrant_{crosshair}"])
    table.insert(10, "stability", table[f"stability_{crosshair}"])
    return Quadrants(table, crosshair, means, midpoint, draws, level)


def _by_group(tallies: Sequence[Moments]) -> tuple[Floats, Floats]:
    """Sum by group of respondents: shape (groups, 2 × items), importance and performance in turn."""
    sums, count = np.zeros((GROUPS, 2 * len(tallies))), np.zeros((GROUPS, 2 * len(tallies)))
    for j, made in enumerate(tallies):
        groups = made.keys[GROUP].to_numpy()
        sums[groups, 2 * j : 2 * j + 2] = made.sums
        count[groups, 2 * j : 2 * j + 2] = made.keys[["n"]].to_numpy(dtype=np.float64)
    present = count.any(axis=1)
    return sums[present], count[present]


def _table(
    names: Sequence[str], tallies: Sequence[Moments], values: Floats, level: float
) -> tuple[pd.DataFrame, tuple[float, float]]:
    columns: dict[str, Any] = {"item": list(names), "n": [made.n for made in tallies]}
    columns["n_missing"] = [made.left_out for made in tallies]
    for i, name in enumerate(("importance", "performance")):
        found = spread(values[:, i::2], level).table
        columns |= {name: found["estimate"], f"{name}_low": found["low"], f"{name}_high": found["high"]}
    table = pd.DataFrame(columns)
    return table, (float(table["importance"].mean()), float(table["performance"].mean()))


def _draws(sums: Floats, count: Floats, draws: int, seed: int) -> Floats:
    """Means of resampled groups of respondents: shape (draws, items, 2)."""
    groups = len(sums)
    times = np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), size=draws)
    total, n = times @ sums, times @ count
    means = np.divide(total, n, out=np.full_like(total, np.nan), where=n > 0)
    return means.reshape(draws, -1, 2)


def _place(points: Floats, cross: Floats | None) -> npt.NDArray[np.int64]:
    """Quadrant of each item in each draw, as a position in ``QUADRANTS``."""
    centre = np.nanmean(points, axis=1, keepdims=True) if cross is None else cross
    # Means of equal answers differ in their last digits.
    important, good = np.moveaxis(points >= centre - 1e-12, -1, 0)
    return np.where(important, np.where(good, 1, 0), np.where(good, 3, 2))
