"""The ranking of accounts by health under weights of one's own, beside the one under published weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.accounts_frames import is_number, listed
from csmodels_helpers.accounts_health import HEALTH_ENDS, HEALTH_WEIGHTS, health_points, weigh_health
from csmodels_helpers.errors import ArgumentError, UnknownNameError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import row_axes
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.survey import check_weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_weights"]

_RING: dict[str, Any] = {"marker": "o", "linestyle": "", "markerfacecolor": "none", "markersize": 12}


def plot_weights(
    data: Any,
    weights: Mapping[str, float],
    *,
    account: str = "account",
    shown: Any = None,
    published: Mapping[str, float] = HEALTH_WEIGHTS,
    ends: Mapping[str, tuple[float, float]] = HEALTH_ENDS,
    ax: Axes | None = None,
) -> Axes:
    """Rank accounts by health under weights of one's own, and draw it beside the published weights.

    Parameters
    ----------
    data : frame
        One row an account, a column for each indicator, as for :func:`csmodels_helpers.accounts.health`.
    weights : dict of float
        Indicator → how much it counts, 0 or more; they are divided by their sum. An indicator of weight 0 is
        not asked for: an account that lacks it alone gets a place.
    account : str, default "account"
        Column with the account.
    shown : object, optional
        The account to light up.
    published : dict of float, default :data:`~csmodels_helpers.accounts.HEALTH_WEIGHTS`
        The weights to compare with, summing to 1.
    ends : dict of tuple, default :data:`~csmodels_helpers.accounts.HEALTH_ENDS`
        Indicator → its worst and its best value.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        Accounts downwards, the healthiest first; those that lack an indicator last, with their range.

    Raises
    ------
    ArgumentError
        If a weight is negative or no number.
    UnknownNameError
        If the account to light up is not in ``data``.
    DataError
        If an indicator is outside its ends, or an account occurs twice.

    Notes
    -----
    A weight of 0 is a decision, not an absence of one: whoever leaves satisfaction out ranks the accounts of
    silent deciders by what is pleasant to know.

    Examples
    --------
    >>> accounts = pd.DataFrame({"account": ["A", "B"], "csat": [4.5, None], "late": [4.0, 0.0]})
    >>> scales = {"csat": (1, 5), "late": (10, 0)}
    >>> kept = {"account": "account", "published": {"csat": 0.7, "late": 0.3}, "ends": scales}
    >>> ax = plot_weights(accounts, {"csat": 0, "late": 1}, shown="B", **kept)
    >>> print(plots.alt_text(ax.figure))
    With these weights: 1 B, 2 A. B is number 1 of 2; with the published weights it has no place.
    """
    for name, weight in weights.items():
        if not is_number(weight) or weight < 0:
            raise ArgumentError("weights", {name: weight}, text("accounts.allowed.weights"))
    total = float(sum(weights.values()))
    own = {name: weight / total for name, weight in weights.items() if weight > 0} if total else {}
    points = health_points(data, account, {**published, **own}, ends)
    before = _places(points, check_weights(published, list(published), normalize=None))
    if shown is not None and shown not in before.index:
        raise UnknownNameError(text("accounts.kinds.account"), shown, [str(name) for name in before.index])
    # Without a weight there is no ranking: everybody could be anywhere.
    unknown = before.assign(health=np.nan, rank=np.nan, possible_low=0.0, possible_high=100.0)
    now = _places(points, own) if own else unknown
    ax = row_axes(ax, 3 * len(now) // 4)
    y = np.arange(len(now))[::-1]
    _draw(ax, y, now, before, lit=now.index == shown)
    places = [_place(rank) for rank in now["rank"]], [_place(rank) for rank in before.loc[now.index, "rank"]]
    words = zip(now.index, *places, strict=True)
    labels = [text("accounts.sign.place", name=name, rank=rank, was=was) for name, rank, was in words]
    ax.set_yticks(y, labels)
    ax.set_ylim(-0.6, len(now) - 0.4)
    ax.set_xlim(-2, 102)
    plots.legend_below(ax, _handles(lacking=bool(now["health"].isna().any())))
    said = _said(now, before, shown)
    title = said[-1] if shown is not None and own else text("accounts.title.weights")
    xlabel, ylabel = text("accounts.axis.weighed"), text("accounts.axis.place")
    return plots.label(ax, title=title, xlabel=xlabel, ylabel=ylabel, alt=join(*said))


def _places(points: pd.DataFrame, weights: Mapping[str, float]) -> pd.DataFrame:
    return weigh_health(points, weights, share=0.25, draws=1, seed=1).set_index(points.index.name)


def _draw(ax: Axes, y: Any, now: pd.DataFrame, before: pd.DataFrame, *, lit: Any) -> None:
    """Draw the places before, the places now, and the ranges of those that have none."""
    value, low, high = (now[name].to_numpy() for name in ("health", "possible_low", "possible_high"))
    grey = plots.PALETTE["grey"]
    # Rings around the marks: where nothing has changed both are seen.
    ax.plot(before.loc[now.index, "health"], y, color=grey, zorder=2, **_RING)
    for rows, colour, marker, size in ((~lit, "blue", "o", 7), (lit, "orange", "D", 9)):
        shade = plots.PALETTE[colour]
        ax.plot(value[rows], y[rows], marker, color=shade, markersize=size, zorder=3)
        open_rows = np.flatnonzero(rows & np.isnan(value))
        ends = np.array([low[open_rows], high[open_rows]])
        ax.plot(ends, [y[open_rows]] * 2, "--|", color=shade, markersize=10, zorder=3)


def _place(rank: float) -> str:
    return f"{rank:.0f}" if np.isfinite(rank) else "—"


def _handles(*, lacking: bool) -> list[Any]:
    from matplotlib.lines import Line2D

    blue, grey = plots.PALETTE["blue"], plots.PALETTE["grey"]
    looks: dict[str, dict[str, Any]] = {
        "weighed": {"marker": "o", "linestyle": "", "color": blue},
        "published": {"color": grey, **_RING},
    }
    if lacking:
        looks["lacking"] = {"marker": "|", "linestyle": "--", "color": blue}
    return [Line2D([], [], label=text(f"accounts.legend.{key}"), **look) for key, look in looks.items()]


def _said(now: pd.DataFrame, before: pd.DataFrame, shown: Any) -> list[str]:
    """Say the ranking, who has no place, and where the lit account stands."""
    placed = now[now["health"].notna()]
    gone = now[now["health"].isna()]
    if placed.empty:
        return [text("accounts.explain.weights_none")]
    ranking = listed((f"{rank:.0f} {name}" for name, rank in placed["rank"].items()), len(placed))
    said = [text("accounts.explain.weights", ranking=ranking)]
    if len(gone):
        said.append(text("accounts.explain.unplaced", names=listed(gone.index)))
    if shown is None:
        return said
    row, old = now.loc[shown], before.loc[shown]
    words: dict[str, Any] = {"name": shown, "count": len(placed)}
    if np.isfinite(row["health"]):
        words["rank"] = f"{row['rank']:.0f}"
    else:
        ends = ("possible_low", "possible_high")
        words["low"], words["high"] = (rounded(float(row[end]), 0) for end in ends)
    if np.isfinite(old["health"]):
        words["was"] = f"{old['rank']:.0f}"
    key = ("place" if "rank" in words else "range") + ("" if "was" in words else "_new")
    said.append(text(f"accounts.explain.weights_{key}", **words))
    return said
