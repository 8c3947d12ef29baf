"""The importance–performance map of a path model: where a point of improvement is worth most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, UnknownNameError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.paths_algorithm import Floats, Structure, solve_paths, structure
from csmodels_helpers.paths_model import Model
from csmodels_helpers.paths_result import (
    Correction,
    Mode,
    Scheme,
    Uncertainty,
    check_choices,
    check_sample,
    reached,
    spread,
    take_items,
    usable,
)
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_column, check_confidence, check_scale
from csmodels_helpers.survey import scale as scale_rule
from csmodels_helpers.tally import Moments
from csmodels_helpers.uncertainty import Stack, leave_groups_out, resample

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ImportancePerformance", "importance_performance"]


@dataclass(frozen=True, eq=False)
class ImportancePerformance(Result):
    """Importance and performance of the constructs that act on a target.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a construct, most important first: ``construct``; ``importance`` (points that the target rises
        if the construct rises by one point of 100, on all ways together), ``performance`` (0–100), each with
        ``…_low`` and ``…_high``.
    target : str
        The construct to be improved.
    performance : dict of float
        ``estimate``, ``low``, ``high``: performance of the target.
    n, n_missing : int
        Complete rows, and rows left out because a value is missing.
    confidence : float
        Level of the intervals.
    """

    target: str
    performance: dict[str, float]
    n: int
    n_missing: int
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw importance to the right, performance up; the largest mark is where most is to win.

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
        x, y = (self.table[c].to_numpy(dtype=np.float64) for c in ("importance", "performance"))
        arms = {
            name: np.nan_to_num(
                np.abs(self.table[[f"{name}_low", f"{name}_high"]].to_numpy().T - self.table[name].to_numpy())
            )
            for name in ("importance", "performance")
        }
        urgent, colours = self._urgent()["construct"], list(plots.PALETTE.values())[:-1]
        for i, name in enumerate(self.table["construct"]):
            bars = {f"{side}err": arms[of][:, [i]] for side, of in zip("xy", arms, strict=True)}
            ax.errorbar(x[i], y[i], **bars, fmt="none", ecolor=colours[i % len(colours)], alpha=0.5)
            ax.plot(
                x[i],
                y[i],
                plots.MARKERS[i % len(plots.MARKERS)],
                color=colours[i % len(colours)],
                markersize=13 if name == urgent else 8,
                label=name,
            )
        label = text("paths.legend.means")
        ax.axvline(float(x.mean()), color=plots.PALETTE["grey"], linestyle="--", linewidth=1, label=label)
        ax.axhline(float(y.mean()), color=plots.PALETTE["grey"], linestyle="--", linewidth=1)
        plots.legend_below(ax, inches=0.6)
        return plots.label(
            ax,
            title=text("paths.title.map", construct=urgent, target=self.target),
            xlabel=text("paths.axis.importance", target=self.target),
            ylabel=text("paths.axis.performance"),
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say where improvement is worth most.

        Returns
        -------
        str
            Two sentences.
        """
        row = self._urgent()
        level = f"{100 * self.confidence:g}"
        said = text(
            "paths.explain.map",
            construct=row["construct"],
            target=self.target,
            level=level,
            **{c: rounded(row[c], 2) for c in ("importance", "importance_low", "importance_high")},
            performance=rounded(row["performance"], 0),
        )
        whole = rounded(self.performance["estimate"], 0)
        rest = text(
            "paths.explain.map_target",
            target=self.target,
            performance=whole,
            n=self.n,
            missing=self.n_missing,
        )
        return join(said, rest)

    def _urgent(self) -> dict[Any, Any]:
        """Name the construct with most to win: what is missing to 100, times what a point is worth."""
        return max(
            self.table.to_dict("records"), key=lambda row: row["importance"] * (100 - row["performance"])
        )


def _ends(model: Model, scale: Any) -> dict[str, tuple[int, int]]:
    if not isinstance(scale, Mapping):
        return dict.fromkeys(model.items, check_scale(scale))
    lacking = [item for item in model.items if item not in scale]
    if lacking:
        raise ArgumentError("scale", lacking, text("paths.allowed.scales"))
    return {item: check_scale(scale[item], f"scale[{item!r}]") for item in model.items}


def _map(stack: Stack, low: Floats, width: Floats, s: Structure, options: tuple[str, str, str]) -> Floats:
    """Unstandardised total effects (B, j, j) and performances (B, j, 1) beside each other: (B, j, j + 1)."""
    solution = solve_paths(stack.correlation, s, *options)
    deviation = np.sqrt(np.diagonal(stack.covariance, axis1=1, axis2=2))
    # Weights for the raw answers, rescaled to 0–100, summing to 1 in each construct.
    raw = solution.weights / deviation * width
    raw = raw / np.add.reduceat(raw, s.starts, axis=1)[:, s.block]
    points = 100 * (stack.mean - low) / width
    performance = np.add.reduceat(raw * points, s.starts, axis=1)
    factor = 100 / width
    covariance = stack.covariance * factor[:, None] * factor
    size = np.empty_like(performance)
    for construct in range(s.size):
        own = s.items(construct)
        size[:, construct] = np.einsum("bi,bij,bj->b", raw[:, own], covariance[:, own, own], raw[:, own])
    size = np.sqrt(size)
    effects = solution.total * size[:, None, :] / size[:, :, None]
    return np.concatenate([effects, performance[:, :, None]], axis=2)


def importance_performance(
    data: Any,
    model: Model,
    target: str,
    *,
    scale: tuple[int, int] | Mapping[str, tuple[int, int]],
    scheme: Scheme = "path",
    mode: Mode = "A",
    correction: Correction = "none",
    respondent: str | None = None,
    uncertainty: Uncertainty = "jackknife",
    draws: int = 5000,
    confidence: float = 0.95,
    seed: int = 1,
) -> ImportancePerformance:
    """Map the constructs of a path model by importance and performance.

    Parameters
    ----------
    data : frame or Moments
        As in :func:`csmodels_helpers.paths.analyze`.
    model : Model
        The path model.
    target : str
        The construct to be improved, such as "Loyalty".
    scale : tuple of int, or dict of them
        Lowest and highest answer: of all items, or item by item.
    scheme, mode, correction, respondent, uncertainty, draws, confidence, seed
        As in :func:`csmodels_helpers.paths.analyze`.

    Returns
    -------
    ImportancePerformance
        Importance in points of the target a point of the construct, both on 0–100; performance 0–100.

    Raises
    ------
    UnknownNameError
        If there is no such target or item.
    DataError
        If an answer is off the scale.
    ArgumentError
        If no path leads to the target, or an item has a negative weight, so that no score 0–100 can be made
        of its construct; else as :func:`csmodels_helpers.paths.analyze`.

    Notes
    -----
    Answers are rescaled to 100 (x − low)/(high − low), weights divided by the items' standard deviations and
    their sum. Performance is the mean of that score; importance the standardised total effect times the ratio
    of the scores' standard deviations.

    References
    ----------
    Ringle, C. M. and Sarstedt, M. (2016). Gain more insight from your PLS-SEM results: the
    importance-performance map analysis. *Industrial Management & Data Systems* 116, 1865–1886.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> quality = rng.integers(1, 11, 200)
    >>> answers = pd.DataFrame({"q": quality, "s": (quality + rng.integers(1, 11, 200) + 1) // 2})
    >>> model = Model({"Quality": ["q"], "Satisfaction": ["s"]}, [("Quality", "Satisfaction")])
    >>> found = importance_performance(answers, model, "Satisfaction", scale=(1, 10))
    >>> found.table["importance"].round(1).tolist()
    [0.5]
    """
    level = check_confidence(confidence)
    check_choices(scheme=scheme, mode=mode, correction=correction, uncertainty=uncertainty)
    if isinstance(model, Model) and target not in model.constructs:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise UnknownNameError(text("paths.kinds.construct"), target, list(model.constructs))
    ends = _ends(model, scale)
    if not isinstance(data, Moments):
        for item, bounds in ends.items():
            check_column(data, item, scale_rule(*bounds, missing=True))
    made = take_items(data, model, respondent)
    s, names = structure(model), list(model.constructs)
    goal = names.index(target)
    causes = [start for start, end in reached(s) if end == goal]
    if not causes:
        raise ArgumentError("target", target, text("paths.allowed.target"))
    stack = resample(made, draws, seed) if uncertainty == "bootstrap" else leave_groups_out(made)
    first = solve_paths(stack.correlation[:1], s, scheme, mode, correction)
    check_sample(made, model, first, correction)
    negative = [item for item, weight in zip(model.items, first.weights[0], strict=True) if weight < 0]
    if negative:
        raise ArgumentError("model", negative, text("paths.allowed.weights"), text("paths.advice.weights"))
    low = np.array([float(bounds[0]) for bounds in ends.values()])
    width = np.array([float(bounds[1] - bounds[0]) for bounds in ends.values()])
    values = _map(stack, low, width, s, (scheme, mode, correction))
    finite = np.asarray(np.isfinite(values.reshape(len(values), -1)).all(axis=1))
    _, lower, upper = spread(values[usable(finite, uncertainty)], uncertainty, level)
    table = pd.DataFrame({"construct": [names[i] for i in causes]})
    for name, place in (("importance", goal), ("performance", s.size)):
        table[name] = values[0][causes, place]
        table[f"{name}_low"], table[f"{name}_high"] = lower[causes, place], upper[causes, place]
    table = table.sort_values("importance", ascending=False, kind="stable", ignore_index=True)
    whole = {
        name: float(part[goal, s.size])
        for name, part in (("estimate", values[0]), ("low", lower), ("high", upper))
    }
    return ImportancePerformance(table, target, whole, made.n, made.left_out, level)
