"""Least squares from means and covariances, and what models of expectations share: columns and segments."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import draw_points, row_axes
from csmodels_helpers.metrics_words import digits_of_mean, rounded
from csmodels_helpers.results import Result
from csmodels_helpers.survey import (
    check_column,
    check_columns,
    check_confidence,
    number,
    take_moments,
    with_floats,
)
from csmodels_helpers.tally import Moments
from csmodels_helpers.tally_parts import changed, on_cluster, schema_of
from csmodels_helpers.uncertainty import Stack, estimates

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Regression", "regress"]

Floats = npt.NDArray[np.float64]

# An eigenvalue of a correlation matrix this small is rounding: the predictors are exactly dependent.
_DEPENDENT = 1e-9


@dataclass(frozen=True, eq=False)
class Regression(Result):
    """What goes with the outcome, all predictors held beside each other.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a term (``intercept``, then the predictors): ``term``, ``estimate`` (points of the outcome for
        one point of the predictor), ``error`` (standard error), ``low``, ``high``.
    outcome : str
        The column that is explained.
    n, n_missing : int
        Complete rows, and rows that lack one of the values.
    r_squared : float
        Share of the outcome's variance that the predictors explain, 0–1.
    confidence : float
        Level of the intervals.
    """

    outcome: str
    n: int
    n_missing: int
    r_squared: float
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each slope with its interval.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        slopes = self.table[self.table["term"] != "intercept"].rename(columns={"estimate": "score"})
        ax = row_axes(ax, len(slopes))
        draw_points(ax, slopes, [str(term) for term in slopes["term"]])
        ax.axvline(0, color=plots.PALETTE["grey"], linewidth=1)
        return plots.label(
            ax,
            title=text("expectation.title.regression", outcome=self.outcome, share=self._share),
            xlabel=text("expectation.axis.slope", outcome=self.outcome),
            ylabel=text("expectation.axis.predictor"),
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say each slope with its give-or-take.

        Returns
        -------
        str
            Two sentences.
        """
        parts = [
            text("expectation.explain.slope", term=row["term"], **said(row))
            for row in self.table.to_dict("records")
            if row["term"] != "intercept"
        ]
        return text(
            "expectation.explain.regression",
            outcome=self.outcome,
            parts=text("expectation.sign.list").join(parts),
            share=self._share,
            level=f"{100 * self.confidence:g}",
            n=self.n,
            missing=self.n_missing,
        )

    @property
    def _share(self) -> str:
        return rounded(100 * self.r_squared, 0)


def regress(
    data: Any,
    outcome: str,
    predictors: Sequence[str],
    *,
    respondent: str | None = None,
    confidence: float = 0.95,
) -> Regression:
    """Explain an outcome by several columns, with least squares.

    Parameters
    ----------
    data : frame or Moments
        One row an answer; any frame that narwhals knows, or the tally of one.
    outcome : str
        What is explained, such as satisfaction.
    predictors : sequence of str
        What explains it: numbers.
    respondent : str, optional
        Column that says who answered. Without it every row is somebody else, and the groups of the jackknife
        follow the rows: in another order the width of an interval may differ by a tenth.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    Regression
        Slopes in points of the outcome for one point of the predictor.

    Raises
    ------
    ArgumentError
        If predictors depend on each other exactly, such as perceived, expected and their difference: the
        message writes the dependence down. Or if one of them does not vary.
    DataError
        If a value is no number, or there are not more complete rows than numbers to estimate.

    Notes
    -----
    b = Σₓₓ⁻¹ Σₓᵧ from the covariances. A difference score is collinear with its parts by construction: from
    P, E and P − E only two effects can be told apart, whatever the data (Edwards 1994, *Organizational
    Behavior and Human Decision Processes* 58, 51–100). Intervals: see
    :func:`csmodels_helpers.uncertainty.estimates`.

    Examples
    --------
    >>> calls = pd.DataFrame({"got": [3, 5, 4, 2, 5], "hoped": [4, 4, 5, 3, 3]})
    >>> calls["satisfaction"] = [1.0, 6.0, 3.0, 1.0, 7.0]
    >>> regress(calls, "satisfaction", ["got", "hoped"]).table[["term", "estimate"]].round(2)
            term  estimate
    0  intercept     -0.28
    1        got      2.13
    2      hoped     -1.11
    >>> calls["gap"] = calls["got"] - calls["hoped"]
    >>> regress(calls, "satisfaction", ["got", "hoped", "gap"])
    Traceback (most recent call last):
      ...
    csmodels_helpers.errors.ArgumentError: predictors=['got', 'hoped', 'gap'] is not allowed: it takes columns
    of which none follows from the others. Here got − hoped − gap is the same in every row, so the data cannot
    say which of them matters. Leave one of them out.
    """
    level = check_confidence(confidence)
    names = [*predictors]
    if not names or outcome in names or len(set(names)) < len(names):
        raise ArgumentError("predictors", names, text("expectation.allowed.predictors", outcome=outcome))
    made = take_moments(data, [outcome, *names], respondent=respondent)
    check_enough(made, outcome, len(names) + 1)
    xs = list(range(1, len(names) + 1))
    check_independent(made, xs, names)
    table = estimates(made, lambda stack: least_squares(stack, 0, xs), ["intercept", *names], level)
    slopes = table["estimate"].to_numpy()[1:]
    cov = made.covariance().to_numpy()
    r_squared = float(slopes @ cov[1:, 0] / cov[0, 0]) if cov[0, 0] > 0 else float("nan")
    table = table.reset_index(names="term")
    return Regression(table, outcome, made.n, made.left_out, r_squared, level)


def said(row: Mapping[Any, Any]) -> dict[str, str]:
    """Write an estimate and its ends with the decimals that the give-or-take allows."""
    half = (float(row["high"]) - float(row["low"])) / 2
    digits = digits_of_mean(half) if half > 0 else 2
    numbers = {name: rounded(float(row[name]), digits) for name in ("estimate", "low", "high")}
    return {**numbers, "margin": rounded(half, digits)}


def least_squares(stack: Stack, y: int, xs: Sequence[int]) -> Floats:
    """Intercept and slopes of every sample of a stack, shape (B, 1 + len(xs)); NaN where there are none."""
    columns = list(xs)
    inner = stack.covariance[:, columns][:, :, columns]
    outer = stack.covariance[:, columns, y]
    spread = np.sqrt(np.diagonal(inner, axis1=1, axis2=2))
    scale = np.where(spread > 0, spread, 1.0)
    correlation = np.nan_to_num(inner / (scale[:, :, None] * scale[:, None, :]))
    bad = np.linalg.eigvalsh(correlation)[:, 0] < _DEPENDENT
    correlation[bad] = np.eye(len(columns))
    slopes = np.linalg.solve(correlation, (outer / scale)[:, :, None])[:, :, 0] / scale
    slopes[bad] = np.nan
    intercept = stack.mean[:, y] - (slopes * stack.mean[:, columns]).sum(axis=1)
    return np.column_stack([intercept, slopes])


def check_independent(made: Moments, xs: Sequence[int], names: Sequence[str]) -> None:
    """Refuse predictors of which one does not vary, or that depend on each other exactly."""
    inner = made.covariance().to_numpy()[np.ix_(xs, xs)]
    spread = np.sqrt(np.diag(inner))
    # Products of many large numbers leave a little rounding in place of a variance of 0.
    mean = np.abs(made.mean().to_numpy()[list(xs)])
    flat = [name for name, s, m in zip(names, spread, mean, strict=True) if not s > 1e-9 * max(m, 1e-300)]
    if flat:
        allowed = text("expectation.allowed.varying")
        raise ArgumentError("predictors", list(names), allowed, text("expectation.advice.flat", name=flat[0]))
    values, vectors = np.linalg.eigh(inner / np.outer(spread, spread))
    if values[0] >= _DEPENDENT:
        return
    raise ArgumentError(
        "predictors",
        list(names),
        text("expectation.allowed.independent"),
        text("expectation.advice.dependent", sum=_written(vectors[:, 0] / spread, names)),
    )


def _written(weights: Floats, names: Sequence[str]) -> str:
    """Write a weighted sum of columns, such as "got − hoped − gap"."""
    kept = [
        (w, name) for w, name in zip(weights, names, strict=True) if abs(w) > 1e-6 * np.abs(weights).max()
    ]
    unit = kept[0][0]
    parts: list[str] = []
    for weight, name in kept:
        share = weight / unit
        size = "" if abs(abs(share) - 1) < 1e-6 else f"{abs(share):.3g} "
        sign = "" if not parts else (" + " if share > 0 else " − ")
        parts.append(f"{sign}{size}{name}")
    return "".join(parts)


def check_enough(made: Moments, column: str, parameters: int, segment: str = "") -> None:
    """Refuse fewer complete rows than numbers to estimate, or just as many."""
    if made.n + made.left_out == 0:
        raise DataError(column, 0, "—", None, text("survey.allowed.rows"))
    if made.n <= parameters:
        allowed = text("expectation.allowed.enough", least=parameters + 1)
        where = text("expectation.advice.where", segment=segment) if segment else ""
        enough = text("expectation.advice.enough", n=made.n, missing=made.left_out)
        raise ArgumentError("data", made.n, allowed, join(where, enough))


def check_numbers(data: Any, columns: Sequence[str]) -> None:
    """Refuse columns that are not there, or hold text or an infinite number."""
    schema = schema_of(data)
    for column in columns:
        if column not in schema.names():
            raise UnknownNameError(text("survey.kinds.column"), column, list(schema.names()))
        if not (schema[column].is_numeric() or schema[column] == nw.Boolean):
            check_column(data, column, number(missing=True))
    # Infinity minus infinity would be a missing value, and its row left out in silence.
    floats = [column for column in dict.fromkeys(columns) if schema[column].is_float()]
    if floats and on_cluster(data):
        check_columns(data, floats, number(missing=True))
    elif floats:
        sizes = [(nw.col(column).abs() == math.inf).cast(nw.Int64).sum() for column in floats]
        found: Any = nw.from_native(data).select(*sizes)
        if isinstance(found, nw.LazyFrame):
            found = found.collect()
        for column in floats:
            if len(found) and found[column].to_list()[0]:
                check_column(data, column, number(missing=True))


def with_gap(data: Any, *, perceived: str | None, expected: str, stated: str | None = None) -> Any:
    """Add the columns ``_gap``, ``_gain`` and ``_loss``; the frame stays lazy if it was.

    The gap is perceived − expected, or the column ``stated``.
    """
    used = [str(perceived), expected] if stated is None else [stated]

    def step(frame: Any) -> Any:
        if stated is None:
            gap = nw.col(str(perceived)).cast(nw.Float64) - nw.col(expected).cast(nw.Float64)
        else:
            gap = nw.col(stated).cast(nw.Float64)
        frame = nw.from_native(with_floats(nw.to_native(frame), used)).with_columns(gap.alias("_gap"))
        # (|d| ± d)/2 instead of a comparison: engines disagree on whether a missing value is above 0.
        size = nw.col("_gap").abs()
        return frame.with_columns(
            ((size + nw.col("_gap")) / 2).alias("_gain"), ((size - nw.col("_gap")) / 2).alias("_loss")
        )

    return changed(data, step, used)


def split(made: Moments, segment: str | None, column: str, parameters: int) -> list[tuple[Any, Moments]]:
    """Give the parts of a tally by segment, each with enough rows for what is to be estimated."""
    if segment is None:
        check_enough(made, column, parameters)
        return [(None, made)]
    if made.n + made.left_out == 0:
        check_enough(made, column, parameters)
    found = list(made.split(segment))
    for value, part in found:
        check_enough(part, column, parameters, f"{segment} = {value!r}")
    return found


def segment_column(table: pd.DataFrame, made: Moments, segment: str | None) -> pd.DataFrame:
    """Give ordered segments their order back."""
    if segment is not None and segment in made.levels:
        levels = list(made.levels[segment])
        table[segment] = pd.Categorical(table[segment], categories=levels, ordered=True)
    return table


def segment_name(value: Any) -> str:
    """Name a segment in a sentence; one that is missing has a word of its own."""
    return text("metrics.axis.missing") if pd.isna(value) else str(value)
