"""Ordinal regression: how drivers shift answers on a scale whose steps need not be equal."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from csmodels_helpers import plots
from csmodels_helpers.drivers_regression import Floats, check_collinear, check_names
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import row_axes
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_confidence
from csmodels_helpers.tally import GROUP, Counts, counts, jackknife_variance
from csmodels_helpers.uncertainty import t_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Ordinal", "ordinal"]

# A slope on the logit scale that no survey of any size shows: the answers are separated.
_SEPARATED = 25.0
_STEPS = 100


@dataclass(frozen=True, eq=False)
class Ordinal(Result):
    """A proportional-odds model.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a slope: ``term``, ``driver``, ``level`` (of a category, against its reference; missing for
        numbers), ``coefficient``, ``error``, ``low``, ``high`` on the logit scale, and ``odds_ratio``,
        ``odds_low``, ``odds_high``: the factor by which the odds of a higher answer change.
    thresholds : pandas.DataFrame
        One row a step of the scale: ``threshold`` such as "1|2", ``estimate``, ``error``, ``low``, ``high``.
    outcome : str
        The ordered answers.
    levels : tuple
        Their values, lowest first.
    references : dict
        Driver → the category that the others are compared with.
    log_likelihood : float
        Of the fitted model.
    n, n_missing : int
        Complete answers, and answers left out because a value is missing.
    confidence : float
        Level of the intervals.
    """

    thresholds: pd.DataFrame
    outcome: str
    levels: tuple[Any, ...]
    references: dict[str, Any]
    log_likelihood: float
    n: int
    n_missing: int
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the odds ratios with their intervals, on a scale where halving is as far as doubling.

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
        y = np.arange(len(self.table), dtype=np.float64)[::-1]
        ratio, low, high = (
            self.table[c].to_numpy(dtype=np.float64) for c in ("odds_ratio", "odds_low", "odds_high")
        )
        arms = np.nan_to_num(np.array([ratio - low, high - ratio]))
        ax.errorbar(ratio, y, xerr=arms, fmt="o", color=plots.PALETTE["blue"], capsize=4)
        ax.set_xscale("log", base=2)
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        ax.axvline(1, color=plots.PALETTE["grey"], linewidth=1)
        ax.set_yticks(y, [self._label(row) for row in self.table.to_dict("records")])
        ax.set_ylim(-0.6, len(self.table) - 0.4)
        strongest = self._strongest()
        title = text("drivers.title.ordinal", **self._said(strongest))
        return plots.label(
            ax,
            title=title,
            xlabel=text("drivers.axis.odds", outcome=self.outcome),
            ylabel=text("drivers.axis.driver"),
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say the strongest effect as a change of odds.

        Returns
        -------
        str
            Two sentences.
        """
        row = self._strongest()
        key = "ordinal_number" if row["level"] is None else "ordinal_level"
        said = text(
            f"drivers.explain.{key}",
            **self._said(row),
            reference=self.references.get(row["driver"]),
            outcome=self.outcome,
            level_of=f"{100 * self.confidence:g}",
        )
        return join(said, text("drivers.explain.rows", n=self.n, missing=self.n_missing))

    def _strongest(self) -> dict[Any, Any]:
        rows = self.table.to_dict("records")
        return max(rows, key=lambda row: abs(row["coefficient"]) / (row["error"] if row["error"] > 0 else 1))

    def _said(self, row: dict[Any, Any]) -> dict[str, Any]:
        names = ("odds_ratio", "odds_low", "odds_high")
        return {
            "driver": row["driver"],
            "level": row["level"],
            "label": self._label(row),
            **{name: rounded(row[name], 2) for name in names},
        }

    def _label(self, row: dict[Any, Any]) -> str:
        if row["level"] is None:
            return row["driver"]
        reference = self.references[row["driver"]]
        return text("drivers.axis.level", driver=row["driver"], level=row["level"], reference=reference)


@dataclass(frozen=True)
class _Design:
    """Cells of the tally as the model needs them."""

    answer: npt.NDArray[np.int64]
    x: Floats
    weights: Floats
    groups: npt.NDArray[np.int64]


def _gradient(design: _Design, weights: Floats, at: Floats, steps: int) -> tuple[float, Floats, Floats]:
    """Log-likelihood, its gradient and its Hessian in (thresholds, slopes)."""
    theta = np.concatenate([[-np.inf], at[:steps], [np.inf]])
    eta = design.x @ at[steps:]
    upper, lower = (special.expit(theta[design.answer + i] - eta) for i in (1, 0))
    chance = np.maximum(upper - lower, 1e-300)
    # Rows of the two arguments' derivatives: the own threshold, and minus the drivers.
    marks = np.eye(steps + 2)[:, 1:-1]
    ju, jl = (np.column_stack([marks[design.answer + i], -design.x]) for i in (1, 0))
    du, dl = upper * (1 - upper), lower * (1 - lower)
    slope = du[:, None] * ju - dl[:, None] * jl
    gradient = (weights / chance) @ slope
    hessian = ju.T @ (ju * (weights * du * (1 - 2 * upper) / chance)[:, None])
    hessian -= jl.T @ (jl * (weights * dl * (1 - 2 * lower) / chance)[:, None])
    hessian -= slope.T @ (slope * (weights / chance**2)[:, None])
    return float(weights @ np.log(chance)), gradient, hessian


def _fit(
    design: _Design, weights: Floats, start: Floats, steps: int, names: Sequence[str]
) -> tuple[Floats, float, Floats]:
    """Newton's method on a concave likelihood: parameters, log-likelihood, information."""
    at = start
    value, gradient, hessian = _gradient(design, weights, at, steps)
    for _ in range(_STEPS):
        step = np.linalg.solve(-hessian, gradient)
        if float(gradient @ step) < 1e-10:
            return at, value, -hessian
        size = 1.0
        while size > 1e-8:
            tried = at + size * step
            if (np.diff(tried[:steps]) > 0).all():
                found = _gradient(design, weights, tried, steps)
                if found[0] >= value:
                    break
            size /= 2
        else:
            return at, value, -hessian
        at, (value, gradient, hessian) = tried, found
        if np.abs(at[steps:] * np.ptp(design.x, axis=0)).max(initial=0) > _SEPARATED:
            break
    worst = names[int(np.abs(at[steps:] * np.ptp(design.x, axis=0)).argmax())]
    raise ArgumentError(
        "drivers", worst, text("drivers.allowed.separated"), text("drivers.advice.separated", name=worst)
    )


def _levels(tallied: Counts, column: str) -> list[Any]:
    """List the values of a column that occur, in the order of its categories or sorted."""
    seen = tallied.cells[column].dropna().unique().tolist()
    order = tallied.levels.get(column)
    return sorted(seen) if order is None else [value for value in order if value in seen]


def _outcome_levels(tallied: Counts, column: str) -> list[Any]:
    levels = _levels(tallied, column)
    numbers = all(isinstance(v, int | float | bool) for v in levels)
    if column not in tallied.levels and not numbers:
        allowed, advice = text("drivers.allowed.ordered"), text("drivers.advice.ordered", column=column)
        raise ArgumentError("outcome", column, allowed, advice)
    if len(levels) < 2:
        raise ArgumentError("outcome", column, text("drivers.allowed.levels"))
    return levels


def _terms(
    tallied: Counts, names: Sequence[str], references: Mapping[str, Any]
) -> tuple[list[tuple[str, Any]], Floats, dict[str, Any]]:
    """Columns of the design: a number as it is, a category as dummies against its reference."""
    terms: list[tuple[str, Any]] = []
    columns: list[Floats] = []
    used: dict[str, Any] = {}
    for name in names:
        cells, levels = tallied.cells[name], _levels(tallied, name)
        plain = all(isinstance(v, int | float) and not isinstance(v, bool) for v in levels)
        if plain and name not in tallied.levels and name not in references:
            terms.append((name, None))
            columns.append(cells.to_numpy(dtype=np.float64, na_value=math.nan))
            continue
        used[name] = references.get(name, levels[0] if levels else None)
        if used[name] not in levels:
            listed = ", ".join(repr(v) for v in levels)
            allowed = text("survey.allowed.segment", values=listed)
            raise ArgumentError(f"references[{name!r}]", used[name], allowed)
        for level in levels:
            if level != used[name]:
                terms.append((name, level))
                columns.append((cells == level).to_numpy(dtype=np.float64, na_value=0.0))
    matrix = np.column_stack(columns) if columns else np.zeros((len(tallied.cells), 0))
    return terms, matrix, used


def ordinal(
    data: Any,
    outcome: str,
    drivers: Sequence[str],
    *,
    frequency: str | None = None,
    references: Mapping[str, Any] | None = None,
    respondent: str | None = None,
    confidence: float = 0.95,
) -> Ordinal:
    """Fit a proportional-odds model to ordered answers.

    Parameters
    ----------
    data : frame
        One row an answer, or a combination of answers with its ``frequency``; any frame that narwhals knows.
    outcome : str
        The ordered answers: an ordered category, or numbers.
    drivers : sequence of str
        Numbers, of which one point more has the same effect everywhere; or categories (text, yes/no, ordered
        ones), each compared with a reference.
    frequency : str, optional
        Column that says how many people a row stands for. (No survey weights: the errors take it for a
        count.)
    references : dict, optional
        Driver → category to compare with; by default the first one, in the categories' order or sorted. A
        number named here is taken for a category.
    respondent : str, optional
        Column that says who answered; if somebody answered more than once, the errors allow for it.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    Ordinal
        Coefficients above 0 mean higher answers.

    Raises
    ------
    UnknownNameError
        If the frame lacks a column.
    DataError
        If a frequency is negative or missing, or a column mixes text and numbers.
    ArgumentError
        If the outcome has no order, there are fewer answers than parameters, drivers are collinear, or a
        driver separates the answers completely.

    Notes
    -----
    logit P(Y ≤ k) = θₖ − xβ, as R's ``polr`` writes it: all thresholds share one β. Maximum likelihood by
    Newton's method on the cells of the tally, errors from the observed information (normal quantiles); if
    respondents answer repeatedly, from the delete-a-group jackknife with t quantiles.

    References
    ----------
    McCullagh, P. (1980). Regression models for ordinal data. *JRSS B* 42, 109–142.

    Examples
    --------
    >>> answers = pd.DataFrame({"csat": [1, 2, 3] * 2, "late": [True] * 3 + [False] * 3})
    >>> answers["n"] = [9, 6, 3, 2, 6, 9]
    >>> found = ordinal(answers, "csat", ["late"], frequency="n")
    >>> found.table[["term", "coefficient", "odds_ratio"]].round(2)
             term  coefficient  odds_ratio
    0  late: True        -1.85        0.16
    """
    level = check_confidence(confidence)
    names = check_names(drivers, "drivers", outcome)
    given = dict(references or {})
    unknown = [name for name in given if name not in names]
    if unknown:
        raise ArgumentError("references", unknown, text("drivers.allowed.references", names=", ".join(names)))
    tallied = counts(data, [outcome, *names], respondent=respondent, weights=frequency)
    cells = tallied.cells
    if cells.empty:
        raise DataError(outcome, 0, "—", None, text("survey.allowed.rows"))
    weights = cells["w" if frequency else "n"].to_numpy(dtype=np.float64)
    complete = cells[[outcome, *names]].notna().all(axis=1).to_numpy() & (weights > 0)
    n_missing = round(float(weights[~complete].sum()))
    kept = Counts(tallied.by, cells.loc[complete].reset_index(drop=True), tallied.levels, tallied.repeated)
    levels = _outcome_levels(kept, outcome)
    terms, x, used = _terms(kept, names, given)
    place = {value: i for i, value in enumerate(levels)}
    answer = np.array([place[value] for value in kept.cells[outcome].tolist()], dtype=np.int64)
    design = _Design(answer, x, weights[complete], kept.cells[GROUP].to_numpy(dtype=np.int64))
    labels = [name if value is None else f"{name}: {value}" for name, value in terms]
    _check_design(design, labels, len(levels) - 1, n_missing)
    at, error, df, value = _estimate(design, labels, len(levels), bool(tallied.repeated))
    n = round(float(design.weights.sum()))
    return _result(at, error, df, (terms, labels), levels, outcome, used, (value, n, n_missing), level)


def _check_design(design: _Design, labels: list[str], steps: int, n_missing: int) -> None:
    w, x = design.weights, design.x
    parameters = x.shape[1] + steps
    n = float(w.sum())  # with frequencies perhaps no whole number
    if n <= parameters:
        allowed = text("drivers.allowed.rows", parameters=parameters, more=parameters + 1)
        raise ArgumentError(
            "data", int(n) if n.is_integer() else n, allowed, text("drivers.advice.rows", missing=n_missing)
        )
    mean = w @ x / w.sum()
    spread = np.sqrt(w @ (x - mean) ** 2 / w.sum())
    flat = [label for label, s in zip(labels, spread, strict=True) if not s > 1e-9]
    if flat or not labels:
        advice = text("drivers.advice.spread", names=", ".join(flat))
        raise ArgumentError("drivers", flat, text("drivers.allowed.spread"), advice)
    z = (x - mean) / spread
    check_collinear(z.T @ (z * w[:, None]) / w.sum(), labels, "drivers")


def _estimate(
    design: _Design, labels: list[str], levels: int, repeated: bool
) -> tuple[Floats, Floats, float, float]:
    """Parameters, errors, degrees of freedom (infinite for the normal) and log-likelihood."""
    steps = levels - 1
    shares = np.cumsum(np.bincount(design.answer, design.weights, levels))[:-1] / design.weights.sum()
    start = np.concatenate([special.logit(shares), np.zeros(design.x.shape[1])])
    at, value, information = _fit(design, design.weights, start, steps, labels)
    if not repeated:
        return at, np.sqrt(np.diag(np.linalg.inv(information))), math.inf, value
    groups = np.unique(design.groups)
    if len(groups) < 2:
        return at, np.full(len(at), math.nan), 0, value
    replicates = [
        _fit(design, np.where(design.groups == g, 0.0, design.weights), at, steps, labels)[0] for g in groups
    ]
    return at, np.sqrt(jackknife_variance(replicates)), len(groups) - 1, value


def _result(
    at: Floats,
    error: Floats,
    df: float,
    terms: tuple[list[tuple[str, Any]], list[str]],
    levels: list[Any],
    outcome: str,
    used: dict[str, Any],
    facts: tuple[float, int, int],
    level: float,
) -> Ordinal:
    z = float(special.ndtri((1 + level) / 2)) if math.isinf(df) else t_quantile(level, df)
    steps = len(levels) - 1
    low, high = at - z * error, at + z * error
    pairs, labels = terms
    table = pd.DataFrame({"term": labels, "driver": [name for name, _ in pairs]})
    table["level"] = pd.Series([value for _, value in pairs], dtype=object)
    for name, values in (("coefficient", at), ("error", error), ("low", low), ("high", high)):
        table[name] = values[steps:]
    for name, values in (("odds_ratio", at), ("odds_low", low), ("odds_high", high)):
        table[name] = np.exp(values[steps:])
    thresholds = pd.DataFrame({"threshold": [f"{a}|{b}" for a, b in itertools.pairwise(levels)]})
    for name, values in (("estimate", at), ("error", error), ("low", low), ("high", high)):
        thresholds[name] = values[:steps]
    value, n, n_missing = facts
    return Ordinal(table, thresholds, outcome, tuple(levels), used, value, n, n_missing, level)
