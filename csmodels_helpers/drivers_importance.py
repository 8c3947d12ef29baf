"""Which driver matters most: one ranking, by the share of the explained variation or by coefficients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.drivers_regression import (
    Floats,
    check_names,
    check_regression,
    regression,
)
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import draw_points, hundredfold, row_axes
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_confidence, take_moments
from csmodels_helpers.tally import jackknife_variance
from csmodels_helpers.uncertainty import leave_groups_out, spread, t_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["METHODS", "Importance", "importance"]

METHODS = ("lmg", "johnson", "standardized", "correlation")
"""The methods by name; :func:`importance` tells them apart."""

Method = Literal["lmg", "johnson", "standardized", "correlation"]

# The subsets double with every driver: 20 of them make a million regressions a sample.
LMG_LIMIT = 20
# R² held at once while the subsets are worked through: what fits the cache of a processor is fastest.
_ROOM = 500_000
_NAMED = 3


def subset_r2(correlation: Floats) -> Floats:
    """R² of the last column on every subset of the p others: (B, p + 1, p + 1) → (2^p, B).

    Driver j belongs to subset s if bit j of s is set. Driver by driver each state splits into one without it
    and one with it swept out (a Schur complement), so no regression is computed from scratch.
    """
    p = correlation.shape[1] - 1
    # The upper triangle row by row, without the outcome's own variance. Subsets and samples come last, so
    # that every step runs along contiguous memory.
    rows, columns = np.triu_indices(p + 1)
    states = correlation[:, rows[:-1], columns[:-1]].T[:, None].copy()
    r2 = np.zeros((1, len(correlation)))
    with np.errstate(divide="ignore", invalid="ignore"):
        for left in range(p, 0, -1):
            first, rest = states[1 : left + 1], states[left + 1 :]
            scaled = first / states[0]
            r2 = np.concatenate([r2, r2 + first[-1] * scaled[-1]])
            states = np.concatenate([rest, rest], axis=1)
            swept, end = states[:, rest.shape[1] :], 0
            for i in range(left - 1):
                start, end = end, end + left - i
                swept[start:end] -= first[i] * scaled[i:]
    return r2


def lmg(correlation: Floats) -> Floats:
    """Average gain in R² over all orders of the drivers (Shapley's value): (B, p + 1, p + 1) → (B, p)."""
    p = correlation.shape[1] - 1
    size = np.array([s.bit_count() for s in range(2**p)])
    orders = [math.factorial(s) * math.factorial(p - s - 1) / math.factorial(p) for s in range(p)]
    enter, stay = np.array([0.0, *orders]), np.array([*orders, 0.0])
    batch = max(1, _ROOM // 2**p)
    found = np.empty((len(correlation), p))
    for start in range(0, len(correlation), batch):
        r2 = subset_r2(correlation[start : start + batch])
        # Σ over subsets with j of the weight of entering, minus Σ over those without j of that of staying
        # out.
        without = stay[size] @ r2
        r2 *= (enter + stay)[size][:, None]
        for j in reversed(range(p)):
            inside = r2[2**j :]
            found[start : start + batch, j] = inside.sum(axis=0) - without
            r2 = r2[: 2**j] + inside
    return found


def johnson(correlation: Floats) -> Floats:
    """Relative weights: R² by the nearest orthogonal columns, dealt back to the drivers: → (B, p)."""
    values, vectors = np.linalg.eigh(correlation[:, :-1, :-1])
    root = (vectors * np.sqrt(values)[:, None, :]) @ np.swapaxes(vectors, 1, 2)
    inverse = (vectors / np.sqrt(values)[:, None, :]) @ np.swapaxes(vectors, 1, 2)
    beta = np.einsum("bij,bj->bi", inverse, correlation[:, :-1, -1])
    return np.einsum("bij,bj->bi", root**2, beta**2)


def importances(correlation: Floats, method: str) -> Floats:
    if method == "lmg":
        return lmg(correlation)
    if method == "johnson":
        return johnson(correlation)
    return regression(correlation)[0] if method == "standardized" else correlation[:, :-1, -1].copy()


@dataclass(frozen=True, eq=False)
class Importance(Result):
    """Drivers in the order of their importance.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a driver, most important first: ``driver``, ``importance``, ``error``, ``low``, ``high``,
        ``share`` (of R²; only where the parts sum to it), ``rank``, ``rank_best``, ``rank_worst`` (the ranks
        that chance leaves open).
    outcome : str
        What is to be explained.
    method : str
        One of :data:`METHODS`.
    r2 : dict of float
        ``estimate``, ``low``, ``high``: share of the outcome's variation that all drivers together explain.
    n, n_missing : int
        Complete rows, and rows left out because a value is missing.
    confidence : float
        Level of the intervals.
    """

    outcome: str
    method: str
    r2: dict[str, float]
    n: int
    n_missing: int
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the drivers with their intervals, the most important on top.

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
        draw_points(ax, self.table.rename(columns={"importance": "score"}), self.table["driver"].tolist())
        ax.axvline(0, color=plots.PALETTE["grey"], linewidth=1)
        if self._parts:
            hundredfold(ax.xaxis, " %")
        leaders = self._leaders()
        key = f"drivers.title.{self.method}" if len(leaders) == 1 else "drivers.title.several"
        title = text(key, outcome=self.outcome, names=self._names(leaders), count=len(leaders))
        xlabel = text(f"drivers.axis.{self.method}", outcome=self.outcome)
        return plots.label(
            ax, title=title, xlabel=xlabel, ylabel=text("drivers.axis.driver"), alt=self.explain()
        )

    def explain(self) -> str:
        """Say what comes first and how sure that is.

        Returns
        -------
        str
            Two or three sentences.
        """
        first, leaders = self.table.to_dict("records")[0], self._leaders()
        numbers = {name: self._say(float(first[name])) for name in ("importance", "low", "high")}
        level = f"{100 * self.confidence:g}"
        said = text(f"drivers.explain.{self.method}", first=first["driver"], outcome=self.outcome, **numbers)
        if not math.isnan(first["low"]):
            said = join(said, text("drivers.explain.interval", level=level, **numbers))
        if len(leaders) > 1:
            said = join(said, text("drivers.explain.leaders", names=self._names(leaders), count=len(leaders)))
        r2 = rounded(100 * self.r2["estimate"], 0)
        return join(said, text("drivers.explain.r2", r2=r2, n=self.n, missing=self.n_missing))

    @property
    def _parts(self) -> bool:
        return self.method in ("lmg", "johnson")

    def _say(self, value: float) -> str:
        return f"{rounded(100 * value, 1)} %" if self._parts else rounded(value, 2)

    def _leaders(self) -> list[str]:
        """List the drivers that may be the first one."""
        return self.table.loc[self.table["rank_best"] == 1, "driver"].tolist()

    @staticmethod
    def _names(names: Sequence[str]) -> str:
        more = text("drivers.list.more", count=len(names) - _NAMED) if len(names) > _NAMED else ""
        return text("drivers.list.comma").join(names[:_NAMED]) + more


def _ranks(size: Floats, replicates: Floats, confidence: float) -> tuple[list[int], list[int]]:
    """Best and worst rank of each driver that pairwise comparisons leave open."""
    p = size.shape[0]
    gaps = size[:, None] - size[None, :]
    if len(replicates) < 2:
        return [1] * p, [p] * p
    error = np.sqrt(jackknife_variance(replicates[:, :, None] - replicates[:, None, :]))
    sure = gaps > t_quantile(confidence, len(replicates) - 1) * error
    return (1 + sure.sum(axis=0)).tolist(), (p - sure.sum(axis=1)).tolist()


def importance(
    data: Any,
    outcome: str,
    drivers: Sequence[str],
    *,
    method: Method = "lmg",
    respondent: str | None = None,
    confidence: float = 0.95,
) -> Importance:
    """Rank the drivers of an outcome.

    Parameters
    ----------
    data : frame or Moments
        One row an answer, in any frame that narwhals knows; or a tally that holds the columns.
    outcome : str
        What is to be explained, such as overall satisfaction: a number.
    drivers : sequence of str
        What may explain it, such as ratings of the parts: numbers.
    method : {"lmg", "johnson", "standardized", "correlation"}, default "lmg"
        ``"lmg"``: the gain in R² from a driver, averaged over all orders in which the drivers can enter. It
        is the default because its parts are never negative, sum to R², and share what correlated drivers
        explain together evenly between them, with no order chosen by the analyst. ``"johnson"``: relative
        weights, close to LMG and cheap with any number of drivers, but with no such justification.
        ``"standardized"``: coefficients, which answer another question (what if this one alone moved?) and
        are unsteady between collinear drivers. ``"correlation"``: each driver alone, which counts the same
        variation several times.
    respondent : str, optional
        Column that says who answered; without it each row is somebody else.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    Importance
        Parts of R² from 0 to 1 (``"lmg"``, ``"johnson"``), or coefficients, ranked by their size.

    Raises
    ------
    UnknownNameError
        If the frame lacks a column.
    DataError
        If a column holds text.
    ArgumentError
        If a driver does not vary or is a combination of others (these are named), there are fewer answers
        than parameters, or LMG is asked for with more than 20 drivers.

    Notes
    -----
    LMGⱼ = Σ over subsets S without j of |S|! (p − |S| − 1)! / p! · (R²(S ∪ j) − R²(S)). Johnson: with R =
    VΛVᵀ and Q = R^½, εⱼ = Σₖ qⱼₖ² (Q⁻¹r)ₖ². Intervals by the delete-a-group jackknife, cut at 0 where a part
    cannot be negative; a part whose truth is 0 is covered more often than stated. Two drivers share a rank
    range unless the interval of their difference leaves 0 out. No method turns correlation into cause.

    References
    ----------
    Lindeman, R. H., Merenda, P. F. and Gold, R. Z. (1980). Introduction to Bivariate and Multivariate
    Analysis. Johnson, J. W. (2000). A heuristic method for estimating the relative weight of predictor
    variables. *Multivariate Behavioral Research* 35, 1–19. Grömping, U. (2007). Estimators of relative
    importance in linear regression based on variance decomposition. *The American Statistician* 61, 139–147.
    Thomas, D. R., Zumbo, B. D., Kwan, E. and Schweitzer, L. (2014). On Johnson's (2000) relative weights
    method. *Multivariate Behavioral Research* 49, 329–338.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> answers = pd.DataFrame({"speed": rng.normal(size=500), "price": rng.normal(size=500)})
    >>> answers["overall"] = 2 * answers["speed"] + answers["price"] + rng.normal(size=500)
    >>> importance(answers, "overall", ["price", "speed"]).table[["driver", "importance", "rank"]].round(2)
      driver  importance  rank
    0  speed        0.59     1
    1  price        0.22     2
    """
    level = check_confidence(confidence)
    if method not in METHODS:
        raise ArgumentError("method", method, " | ".join(repr(name) for name in METHODS))
    names = check_names(drivers, "drivers", outcome)
    if method == "lmg" and len(names) > LMG_LIMIT:
        allowed = text("drivers.allowed.lmg", limit=LMG_LIMIT)
        raise ArgumentError("drivers", len(names), allowed, text("drivers.advice.lmg"))
    made = take_moments(data, [*names, outcome], respondent=respondent)
    check_regression(made, len(names) + 1)
    correlation = leave_groups_out(made).correlation
    values = np.column_stack([importances(correlation, method), regression(correlation)[1]])
    found = spread(values, level)
    whole, error, low, high = found.estimate, found.error, found.low, found.high
    parts = method in ("lmg", "johnson")
    if parts:
        low = np.maximum(low, 0)
    best, worst = _ranks(np.abs(whole[:-1]), np.abs(values[1:, :-1]), level)
    table = pd.DataFrame({"driver": names, "importance": whole[:-1], "error": error[:-1]})
    table["low"], table["high"] = low[:-1], high[:-1]
    table["share"] = whole[:-1] / whole[-1] if parts else math.nan
    table["rank"] = np.argsort(np.argsort(-np.abs(whole[:-1]), kind="stable"), kind="stable") + 1
    table["rank_best"], table["rank_worst"] = best, worst
    table = table.sort_values("rank", kind="stable", ignore_index=True)
    r2 = {"estimate": float(whole[-1]), "low": max(float(low[-1]), 0.0), "high": float(high[-1])}
    return Importance(table, outcome, method, r2, made.n, made.left_out, level)
