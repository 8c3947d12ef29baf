"""Relationship health: one number 0–100 from a few indicators, and how far it depends on their weights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.accounts_frames import check_share, is_number, listed, one_row_each
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import row_axes
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_weights, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["HEALTH_BANDS", "HEALTH_ENDS", "HEALTH_WEIGHTS", "Health", "health"]

Floats = npt.NDArray[np.float64]

HEALTH_WEIGHTS = {
    "satisfaction": 0.30,
    "recommendation": 0.15,
    "response": 0.15,
    "growth": 0.15,
    "in_time": 0.15,
    "breadth": 0.10,
}
"""Indicators and weights of :func:`health`: satisfaction of the buying unit, likelihood to recommend, share
of asked contacts who answered, growth of revenue within a year, share of complaints closed in time, and how
many roles of the buying unit we know. This course's convention; what other weights would change is in the
result."""

HEALTH_ENDS = {
    "satisfaction": (1.0, 5.0),
    "recommendation": (0.0, 10.0),
    "response": (0.0, 1.0),
    "growth": (-1.0, 1.0),
    "in_time": (0.0, 1.0),
    "breadth": (0.0, 4.0),
}
"""Worst and best value of each indicator: they become 0 and 100."""

HEALTH_BANDS = {"good": 70.0, "watch": 50.0}
"""From which health on an account is called good or to be watched; below, it is at risk."""


@dataclass(frozen=True, eq=False)
class Health(Result):
    """Relationship health of each account, with what other weights would say.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an account, healthiest first, those that lack an indicator last: the account column,
        ``health`` (0–100, missing if an indicator is), ``possible_low``, ``possible_high`` (the missing
        indicators at their worst and best), ``band``, ``rank``, ``rank_best``, ``rank_worst`` (over the draws
        of weights), ``share_last`` (share of draws in which it comes last), ``health_low``, ``health_high``
        (over the draws), ``lacking`` (missing indicators).
    points : pandas.DataFrame
        Accounts × indicators, each rescaled to 0–100.
    account : str
        Name of the account column.
    weights : dict of float
        The weights, summing to 1.
    vary : float
        By how much each weight was varied, relative.
    draws : int
        Number of draws of weights.
    """

    points: pd.DataFrame
    account: str
    weights: dict[str, float]
    vary: float
    draws: int

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the health of each account with its range over the weights.

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
        value, low, high, least, most = (
            self.table[name].to_numpy(dtype=np.float64)
            for name in ("health", "health_low", "health_high", "possible_low", "possible_high")
        )
        looks = {"good": ("o", "blue"), "watch": ("s", "yellow"), "risk": ("v", "orange")}
        for band, (marker, colour) in looks.items():
            here = (self.table["band"] == band).to_numpy()
            if here.any():
                arms = np.clip(np.array([value - low, high - value])[:, here], 0, None)
                shade = plots.PALETTE[colour]
                name = text(f"accounts.band.{band}")
                ax.errorbar(value[here], y[here], xerr=arms, fmt=marker, color=shade, capsize=4, label=name)
        gone = np.flatnonzero(np.isnan(value))
        for i in gone:
            label = text("accounts.legend.lacking") if i == gone[0] else None
            ax.plot([least[i], most[i]], [y[i], y[i]], "--|", color=plots.PALETTE["grey"], label=label)
        for i, edge in enumerate(HEALTH_BANDS.values()):
            label = text("accounts.legend.bands") if i == 0 else None
            ax.axvline(edge, color=plots.PALETTE["grey"], linewidth=1, linestyle=":", label=label)
        ax.set_yticks(y, [str(name) for name in self.table[self.account]])
        ax.set_ylim(-0.6, len(self.table) - 0.4)
        ax.set_xlim(-2, 102)
        plots.legend_below(ax)
        risk = int((self.table["band"] == "risk").sum())
        key = {0: "health_none", 1: "health_one"}.get(risk, "health")
        title = text(f"accounts.title.{key}", risk=risk, count=len(self.table))
        xlabel = text("accounts.axis.health", vary=f"{100 * self.vary:g}")
        return plots.label(
            ax, title=title, xlabel=xlabel, ylabel=text("accounts.axis.account"), alt=self.explain()
        )

    def explain(self) -> str:
        """Say how many accounts are at risk, who is last, and whether other weights change that.

        Returns
        -------
        str
            One to three sentences.
        """
        table = self.table
        known = table[table["health"].notna()]
        risk = known[known["band"] == "risk"]
        said: list[str] = []
        if len(known):
            last = known.iloc[-1]
            said.append(
                text(
                    "accounts.explain.health",
                    count=len(known),
                    risk=len(risk),
                    edge=f"{HEALTH_BANDS['watch']:g}",
                    name=last[self.account],
                    health=rounded(last["health"], 0),
                    vary=f"{100 * self.vary:g}",
                    share=rounded(100 * last["share_last"], 0),
                    draws=self.draws,
                    moving=int((known["rank_best"] < known["rank_worst"]).sum()),
                )
            )
        gone = table[table["health"].isna()]
        if len(gone):
            said.append(text("accounts.explain.lacking", names=listed(gone[self.account])))
        return join(*said)


def health(
    data: Any,
    *,
    account: str = "account",
    weights: Mapping[str, float] = HEALTH_WEIGHTS,
    ends: Mapping[str, tuple[float, float]] = HEALTH_ENDS,
    vary: float = 0.25,
    draws: int = 2000,
    seed: int = 1,
) -> Health:
    """Compute the health of each relationship, and its sensitivity to the weights.

    Parameters
    ----------
    data : frame
        One row an account, a column for each indicator; an unknown value is missing.
    account : str, default "account"
        Column with the account.
    weights : dict of float, default :data:`HEALTH_WEIGHTS`
        Indicator (a column) → weight, summing to 1.
    ends : dict of tuple, default :data:`HEALTH_ENDS`
        Indicator → its worst and its best value; the best may be the smaller number.
    vary : float, default 0.25
        Each weight is multiplied by an independent uniform factor from 1 − vary to 1 + vary; then all are
        divided by their sum.
    draws : int, default 2000
        How many sets of weights.
    seed : int, default 1
        Seed of the draws.

    Returns
    -------
    Health
        0–100.

    Raises
    ------
    DataError
        If an indicator is outside its ends (nothing is cut off), or an account occurs twice.
    ArgumentError
        If the weights do not sum to 1, or an indicator has no two different ends.

    Notes
    -----
    health = Σ wⱼ · 100 · (xⱼ − worstⱼ)/(bestⱼ − worstⱼ). The range over weights is what a colleague with
    other opinions would find, not a confidence interval: the indicators' own intervals come from where they
    were computed. An account that lacks an indicator gets no health but a range; a mean over the others would
    reward not being measured.

    References
    ----------
    Saisana, M., Saltelli, A. and Tarantola, S. (2005). Uncertainty and sensitivity analysis techniques as
    tools for the quality assessment of composite indicators. *JRSS A* 168, 307–323.

    Examples
    --------
    >>> accounts = pd.DataFrame({"account": ["A", "B"], "csat": [4.5, 3.0], "late": [0.0, 6.0]})
    >>> found = health(accounts, weights={"csat": 0.7, "late": 0.3}, ends={"csat": (1, 5), "late": (10, 0)})
    >>> found.table[["account", "health", "band", "rank_best"]]
      account  health   band  rank_best
    0       A   91.25   good          1
    1       B   47.00   risk          2
    """
    share = check_share("vary", vary)
    w = check_weights(weights, list(weights), normalize=None)
    if isinstance(draws, bool) or draws < 1:
        raise ArgumentError("draws", draws, text("metrics.allowed.draws"))
    points = health_points(data, account, w, ends)
    return Health(weigh_health(points, w, share, draws, seed), points, account, w, share, draws)


def health_points(
    data: Any, account: str, indicators: Iterable[str], ends: Mapping[str, tuple[float, float]]
) -> pd.DataFrame:
    """Stretch the indicators to 0–100: one row an account, which is the index."""
    scales = {name: _two_ends(name, ends) for name in indicators}
    rules = {name: number(min(pair), max(pair), missing=True) for name, pair in scales.items()}
    table = one_row_each(data, account, rules)
    points = {name: 100 * (table[name] - worst) / (best - worst) for name, (worst, best) in scales.items()}
    return pd.DataFrame(points).set_axis(pd.Index(table[account]))


def weigh_health(
    points: pd.DataFrame, w: Mapping[str, float], share: float, draws: int, seed: int
) -> pd.DataFrame:
    """Weigh the points of each account; see :func:`health`."""
    account = points.index.name
    x, parts = points[list(w)].to_numpy(dtype=np.float64), np.array(list(w.values()))
    gaps = np.isnan(x)
    whole = ~gaps.any(axis=1)
    found = pd.DataFrame({account: points.index, "health": x @ parts})
    for name, end in (("possible_low", 0.0), ("possible_high", 100.0)):
        found[name] = np.where(gaps, end, x) @ parts
    found["band"] = [_band(value) for value in found["health"]]
    found["lacking"] = [", ".join(n for n, gap in zip(w, row, strict=True) if gap) for row in gaps]
    drawn = parts * np.random.default_rng(seed).uniform(1 - share, 1 + share, (draws, len(parts)))
    scores = (drawn / drawn.sum(axis=1, keepdims=True)) @ x[whole].T
    for name in RANKS:
        found[name] = np.nan
    if whole.any():
        value = found["health"].to_numpy(dtype=np.float64)[whole]
        found.loc[whole, list(RANKS)] = _ranks(value, scores)
    if whole.all():
        found = found.astype(dict.fromkeys(RANKS[:3], "int64"))
    found = found.sort_values("health", ascending=False, kind="stable", na_position="last", ignore_index=True)
    order = [account, "health", "possible_low", "possible_high", "band", "rank", "rank_best", "rank_worst"]
    rest = ["share_last", "health_low", "health_high", "lacking"]
    return found[[*order, *rest]]


RANKS = ("rank", "rank_best", "rank_worst", "share_last", "health_low", "health_high")


def _ranks(value: Floats, scores: Floats) -> Floats:
    """Rank of each account, and over the draws its best and worst one, share last and range."""
    from scipy import stats

    # Equal sums may differ in the last digit, which must not decide a rank.
    own = stats.rankdata(-np.round(value, 9), method="min")
    ranks = stats.rankdata(-np.round(scores, 9), axis=1, method="min")
    last = np.round(scores, 9) == np.round(scores, 9).min(axis=1, keepdims=True)
    low, high = ranks.min(axis=0), ranks.max(axis=0)
    return np.column_stack([own, low, high, last.mean(axis=0), scores.min(axis=0), scores.max(axis=0)])


def _two_ends(name: str, ends: Mapping[str, tuple[float, float]]) -> tuple[float, float]:
    pair = tuple(ends.get(name, ()))
    if len(pair) != 2 or not all(map(is_number, pair)) or pair[0] == pair[1]:
        raise ArgumentError("ends", {name: ends.get(name)}, text("accounts.allowed.ends", name=name))
    return pair[0], pair[1]


def _band(value: float) -> str:
    if math.isnan(value):
        return ""
    return next((band for band, edge in HEALTH_BANDS.items() if value >= edge), "risk")
