"""Several questions in one number: the 0–100 index, and the composite with what its weights do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import text, unit_words
from csmodels_helpers.metrics_intervals import Floats, t_interval
from csmodels_helpers.metrics_plots import draw_points, row_axes
from csmodels_helpers.metrics_scores import Score, score_row, score_table
from csmodels_helpers.metrics_words import rounded, say_score
from csmodels_helpers.results import Result
from csmodels_helpers.survey import (
    check_column,
    check_confidence,
    check_scale,
    check_weights,
    number,
)
from csmodels_helpers.survey import (
    scale as scale_rule,
)
from csmodels_helpers.tally import Moments, jackknife_variance, moments
from csmodels_helpers.uncertainty import leave_groups_out

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Composite", "composite", "index"]


def _linear(m: Moments, c: Floats) -> tuple[float, float, float]:
    """Mean of a weighted sum of columns, its variance and the degrees of freedom of its t interval."""
    mean = float(c @ m.mean().to_numpy())
    if m.n < 2:
        return mean, math.nan, 0
    if m.repeated:
        replicates = leave_groups_out(m).mean[1:] @ c
        if len(replicates) < 2:
            return mean, math.nan, 0
        return mean, jackknife_variance(replicates), len(replicates) - 1
    return mean, float(c @ m.covariance().to_numpy() @ c) / m.n, m.n - 1


def _segments(m: Moments, column: str, names: Sequence[str]) -> list[tuple[Any, Moments]]:
    if m.n + m.left_out == 0:
        raise DataError(names[0], 0, "—", None, text("survey.allowed.rows"))
    found: list[tuple[Any, Moments]] = list(m.split(column)) if column else [(None, m)]
    for label, part in found:
        if part.n == 0:
            name = f"{column} = {label!r}" if column else text("metrics.axis.all")
            advice = text("metrics.advice.silent", segment=name, rows=part.left_out)
            raise DataError(
                ", ".join(names), part.left_out, "—", None, text("metrics.allowed.answers"), advice
            )
    return found


def index(
    data: Any,
    *,
    weights: Mapping[str, float],
    scale: tuple[int, int],
    segment: str | None = None,
    respondent: str | None = None,
    confidence: float = 0.95,
) -> Score:
    """Satisfaction index 0–100 from several ratings, with unstandardised weights, as ACSI computes it.

    Parameters
    ----------
    data : frame
        One row a respondent.
    weights : dict of float
        Rating column → unstandardised weight, 0 or more. Only their proportions count, so they need not sum
        to 1.
    scale : tuple of int
        Lowest and highest answer of all the ratings (ACSI asks on 1–10).
    segment, respondent : str, optional
        Columns as in :func:`csat`. (Survey weights are not offered here; ``weights`` are those of the items.)
    confidence : float, default 0.95
        Level of the interval.

    Returns
    -------
    Score
        ``score`` 0–100. A row that lacks one of the ratings counts as missing.

    Raises
    ------
    DataError
        If an answer is off the scale, or no row of a segment is complete.
    ArgumentError
        If a weight is negative or all are 0.

    Notes
    -----
    100 · (Σ wᵢx̄ᵢ − low · Σ wᵢ) / ((high − low) · Σ wᵢ) (Fornell, Johnson, Anderson, Cha and Bryant 1996,
    *J. Marketing* 60(4), 7–18). The weights are those of the raw answers: standardised ones would belong to
    answers divided by their standard deviations. The interval treats the weights as known.

    Examples
    --------
    >>> answers = pd.DataFrame({"overall": [8, 9, 7], "expected": [7, 9, 6], "ideal": [8, 8, 6]})
    >>> found = index(answers, weights={"overall": 0.4, "expected": 0.3, "ideal": 0.3}, scale=(1, 10))
    >>> round(found.table.loc[0, "score"], 1)
    np.float64(73.3)
    """
    level, bounds = check_confidence(confidence), check_scale(scale)
    parts = check_weights(weights, list(weights), total=None)
    for column in parts:
        check_column(data, column, scale_rule(*bounds, missing=True))
    made = moments(data, list(parts), segment=segment, respondent=respondent)
    w = np.array(list(parts.values()))
    c = 100 * w / (w.sum() * (bounds[1] - bounds[0]))
    shift = float(bounds[0] * c.sum())
    rows: list[dict[str, Any]] = []
    for label, part in _segments(made, segment or "", list(parts)):
        mean, variance, df = _linear(part, c)
        found = t_interval(mean - shift, variance, df, (0.0, 100.0), level)
        plain = float(c @ part.covariance().to_numpy() @ c) if part.n > 1 else math.nan
        effective = min(plain / variance, part.n) if part.repeated and variance > 0 else float(part.n)
        rows.append(score_row(segment, label, found, part.n, part.left_out, effective))
    name, limits = text("metrics.name.index"), (0.0, 100.0)
    return Score(score_table(rows, made, segment), "index", name, limits, segment, level, bool(made.repeated))


@dataclass(frozen=True, eq=False)
class Composite(Result):
    """A weighted score of several items, and how far their ranking depends on the weights.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an item, best first: the item column, ``n``, ``n_missing``, ``score``, ``low``, ``high``
        (sampling interval, missing where an item has one row), ``rank``, ``rank_best``, ``rank_worst``
        (over the draws of weights), ``share_first`` (share of draws in which it comes first),
        ``score_low``, ``score_high`` (range of the score over the draws).
    item : str
        Name of the item column.
    weights : dict of float
        The weights, summing to 1.
    vary : float
        By how much each weight was varied, relative.
    draws : int
        Number of draws of weights.
    unit : str or None
        Unit of the score.
    """

    item: str
    weights: dict[str, float]
    vary: float
    draws: int
    unit: str | None = None

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the scores with their range over the weights, best on top, and the ranks beside them.

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
        labels = [
            f"{row[self.item]}  #{row['rank_best']}"
            + (f"–{row['rank_worst']}" if row["rank_worst"] > row["rank_best"] else "")
            for row in self.table.to_dict("records")
        ]
        ranges = self.table.assign(low=self.table["score_low"], high=self.table["score_high"])
        draw_points(ax, ranges, labels)
        share = rounded(100 * self.table["share_first"].iloc[0], 0)
        title = text("metrics.title.composite", first=self.table[self.item].iloc[0], share=share)
        key = "composite_unit" if self.unit else "composite"
        vary = f"{100 * self.vary:g}"
        score = text(f"metrics.axis.{key}", unit=unit_words(self.unit), vary=vary)
        return plots.label(ax, title=title, xlabel=score, ylabel=self.item, alt=self.explain())

    def explain(self) -> str:
        """Say who leads and how often that survives other weights.

        Returns
        -------
        str
            Two sentences.
        """
        first = self.table.iloc[0]
        return text(
            "metrics.explain.composite",
            first=first[self.item],
            score=say_score(first["score"], "composite"),
            vary=f"{100 * self.vary:g}",
            share=rounded(100 * first["share_first"], 0),
            draws=self.draws,
            moving=int((self.table["rank_best"] < self.table["rank_worst"]).sum()),
            count=len(self.table),
        )


def composite(
    data: Any,
    *,
    item: str,
    weights: Mapping[str, float],
    scale: tuple[int, int] | None = None,
    normalize: bool = False,
    total: float = 1,
    vary: float = 0.25,
    draws: int = 2000,
    respondent: str | None = None,
    confidence: float = 0.95,
    seed: int = 1,
    unit: str | None = None,
) -> Composite:
    """Compute a weighted score of regions, products or branches, and vary the weights.

    Parameters
    ----------
    data : frame
        One row an item, or many (answers), whose means are then taken.
    item : str
        Column that names the items to be ranked.
    weights : dict of float
        Score column → weight, summing to ``total``. All columns are on one scale.
    scale : tuple of int, optional
        Check that answers are whole numbers on it.
    normalize : bool, default False
        Divide the weights by their sum instead of refusing another sum.
    total : float, default 1
        What the weights must sum to; 100 for points.
    vary : float, default 0.25
        Each weight is multiplied by an independent uniform factor from 1 − vary to 1 + vary; then all are
        divided by their sum.
    draws : int, default 2000
        How many sets of weights.
    respondent : str, optional
        Column that says who answered.
    confidence : float, default 0.95
        Level of the sampling interval.
    seed : int, default 1
        Seed of the draws.
    unit : str, optional
        Unit of the score or its scale, for the axis, such as ``"0–100"``; by default the ends of ``scale``.

    Returns
    -------
    Composite
        Scores in the unit of the columns.

    Raises
    ------
    ArgumentError
        If the weights sum to something else, or an argument is not possible.
    DataError
        If a column holds text, or an item has no complete row.

    Notes
    -----
    Score = Σ wⱼ x̄ⱼ. The range over weights says what a different opinion would change, the sampling
    interval what other respondents would; neither contains the other. Saisana, Saltelli and Tarantola
    (2005, *JRSS A* 168, 307–323).

    Examples
    --------
    >>> branches = pd.DataFrame({"branch": ["A", "B"], "speed": [4.2, 3.9], "price": [3.0, 3.6]})
    >>> found = composite(branches, item="branch", weights={"speed": 0.6, "price": 0.4})
    >>> found.table[["branch", "rank", "rank_best", "rank_worst"]].to_numpy().tolist()
    [['B', 1, 1, 2], ['A', 2, 1, 2]]
    """
    level = check_confidence(confidence)
    asked = check_weights(weights, list(weights), total=total, normalize=normalize)
    parts = {name: weight / math.fsum(asked.values()) for name, weight in asked.items()}
    if not 0 < vary < 1:
        raise ArgumentError("vary", vary, text("metrics.allowed.vary"))
    if draws < 1:
        raise ArgumentError("draws", draws, text("metrics.allowed.draws"))
    for column in parts:
        rule = number(missing=True) if scale is None else scale_rule(*check_scale(scale), missing=True)
        check_column(data, column, rule)
    made = moments(data, list(parts), segment=item, respondent=respondent)
    w = np.array(list(parts.values()))
    rows: list[dict[str, Any]] = []
    means: list[Floats] = []
    for label, part in _segments(made, item, list(parts)):
        found = t_interval(*_linear(part, w), (-math.inf, math.inf), level)
        means.append(np.asarray(part.mean(), dtype=np.float64))
        ends = {"score": found.score, "low": found.low, "high": found.high}
        rows.append({item: label, "n": part.n, "n_missing": part.left_out, **ends})
    from scipy.stats import rankdata  # takes half a second to import

    drawn = w * np.random.default_rng(seed).uniform(1 - vary, 1 + vary, (draws, len(w)))
    scores = (drawn / drawn.sum(axis=1, keepdims=True)) @ np.array(means).T
    ranks = rankdata(-np.round(scores, 12), axis=1, method="min")
    table = pd.DataFrame(rows)
    table["rank"] = rankdata(-table["score"].round(12), method="min").astype("int64")
    table["rank_best"], table["rank_worst"] = (
        ranks.min(axis=0).astype("int64"),
        ranks.max(axis=0).astype("int64"),
    )
    table["share_first"] = (ranks == 1).mean(axis=0)
    table["score_low"], table["score_high"] = scores.min(axis=0), scores.max(axis=0)
    table = table.sort_values("rank", kind="stable", ignore_index=True)
    shown = unit if unit or scale is None else f"{scale[0]}–{scale[1]}"
    return Composite(table, item, parts, vary, draws, shown)
