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
from csmodels_helpers.metrics_plots import row_axes
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.servqual_items import (
    ITEMS,
    Floats,
    check_answers,
    columns_of,
)
from csmodels_helpers.survey import check_confidence, check_scale
from csmodels_helpers.tally import Moments, moments
from csmodels_helpers.uncertainty import part_means, part_sums, spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["QUADRANTS", "Quadrants", "importance_performance"]

QUADRANTS = ("concentrate here", "keep up", "low priority", "possible overkill")
"""High importance and low performance, both high, both low, low importance and high performance."""

CROSSHAIRS = ("means", "midpoint")
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
        from csmodels_helpers.plots_names import name_points

        ax = row_axes(ax, 10)
        for row in self.table.to_dict("records"):
            colour, marker = _LOOK[row["quadrant"]]
            filled = not row["stability"] < 0.8
            face = plots.PALETTE[colour] if filled else "white"
            place = (row["performance"], row["importance"])
            ax.plot(*place, marker, color=plots.PALETTE[colour], markerfacecolor=face)
        # The crosshair that sorts is drawn whole, the other one dotted.
        for key, (importance, performance) in (("means", self.means), ("midpoint", self.midpoint)):
            style = "-" if key == self.crosshair else ":"
            label = text(f"servqual.legend.{key}")
            ax.axhline(importance, ls=style, color=plots.PALETTE["grey"], lw=1.2, label=label)
            ax.axvline(performance, ls=style, color=plots.PALETTE["grey"], lw=1.2)
        for quadrant, (colour, marker) in _LOOK.items():
            if (self.table["quadrant"] == quadrant).any():
                ax.plot([], [], marker, color=plots.PALETTE[colour], label=quadrant_name(quadrant))
        if (self.table["stability"] < 0.8).any():
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
        # Names of SERVQUAL's items fit; longer ones are cut here, and stand in the table.
        names = [name if len(name) <= 14 else name[:13] + "…" for name in self.table["item"].astype("str")]
        name_points(ax, self.table["performance"].to_numpy(), self.table["importance"].to_numpy(), names)
        return ax

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
    midpoint = (sum(scales[0]) / 2, sum(scales[1]) / 2)
    values = part_means(tallies)
    table, means = _table(names, tallies, np.concatenate(values, axis=1), level)
    drawn = _draws(tallies, draws, seed)
    for kind in CROSSHAIRS:
        cross = None if kind == "means" else np.array(midpoint)
        own, many = _place(table[["importance", "performance"]].to_numpy()[None], cross), _place(drawn, cross)
        table[f"quadrant_{kind}"] = [QUADRANTS[q] for q in own[0]]
        table[f"stability_{kind}"] = (many == own).mean(axis=0) if len(values[0]) > 2 else np.nan
    table.insert(9, "quadrant", table[f"quadrant_{crosshair}"])
    table.insert(10, "stability", table[f"stability_{crosshair}"])
    return Quadrants(table, crosshair, means, midpoint, draws, level)


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


def _draws(tallies: Sequence[Moments], draws: int, seed: int) -> Floats:
    """Means of resampled groups of respondents: shape (draws, items, 2)."""
    n, sums = part_sums(tallies)
    there = n.any(axis=1)
    groups = int(there.sum())
    times = np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), size=draws)
    total, count = times @ np.concatenate(sums, axis=1)[there], times @ n[there]
    with np.errstate(invalid="ignore"):
        return total.reshape(draws, -1, 2) / count[:, :, None]


def _place(points: Floats, cross: Floats | None) -> npt.NDArray[np.int64]:
    """Quadrant of each item in each draw, as a position in ``QUADRANTS``."""
    centre = np.nanmean(points, axis=1, keepdims=True) if cross is None else cross
    # Means of equal answers differ in their last digits.
    important, good = np.moveaxis(points >= centre - 1e-12, -1, 0)
    return np.where(important, np.where(good, 1, 0), np.where(good, 3, 2))
