"""Gaps 1 to 4 inside the firm: which of them makes customers perceive less than they expect.

The firm's own tables are small, and read row by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text
from csmodels_helpers.results import Result
from csmodels_helpers.servqual_items import (
    OVERALL,
    digits_for,
    dimension_name,
    say_points,
    say_with_interval,
)
from csmodels_helpers.servqual_result import ServqualResult
from csmodels_helpers.survey import (
    check_column,
    check_confidence,
    check_segment,
    identifier,
    number,
    row_values,
    to_floats,
)
from csmodels_helpers.tally import jackknife_variance
from csmodels_helpers.uncertainty import t_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["InternalGaps", "internal_gaps"]

SOURCES = ("expectation", "belief", "specification", "delivery", "promise", "perception")
GAPS: dict[int, tuple[str, str]] = {
    1: ("belief", "expectation"),
    2: ("specification", "belief"),
    3: ("delivery", "specification"),
    4: ("delivery", "promise"),
}
"""Each gap inside the firm: the second level is what the first falls short of."""


@dataclass(frozen=True, eq=False)
class InternalGaps(Result):
    """The five gaps of each dimension, and the largest of those inside the firm.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a dimension and gap: ``dimension``, ``gap`` (1–5), ``of``, ``against`` (the two levels),
        ``estimate`` (points, negative where the first falls short), ``error``, ``low``, ``high``.
    levels : pandas.DataFrame
        One row a dimension: ``dimension`` and the level of ``expectation``, ``belief``, ``specification``,
        ``delivery``, ``promise``, ``perception``.
    causes : pandas.DataFrame
        One row a dimension: ``dimension``, ``gap`` (the most negative of 1–4), ``estimate``, ``second``
        (the next one), ``difference`` between the two with ``low`` and ``high``.
    confidence : float
        Level of the intervals.
    """

    levels: pd.DataFrame
    causes: pd.DataFrame
    confidence: float

    @property
    def worst(self) -> str:
        """Dimension with the most negative gap 5.

        Returns
        -------
        str
            The dimension's code.
        """
        five = self.table[self.table["gap"] == 5]
        return str(five["dimension"].iloc[int(five["estimate"].to_numpy().argmin())])

    def _cause(self) -> dict[Any, Any]:
        return next(row for row in self.causes.to_dict("records") if row["dimension"] == self.worst)

    def _row(self, dimension: str, gap: int) -> dict[Any, Any]:
        rows = self.table.to_dict("records")
        return next(row for row in rows if row["dimension"] == dimension and row["gap"] == gap)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw all gaps as a table of numbers, the largest internal gap of each dimension in a frame.

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
        wide = self.table.pivot_table(index="dimension", columns="gap", values="estimate", sort=False)
        shown = wide.to_numpy(dtype=np.float64)
        bound = max(float(np.abs(shown).max()), 0.5)
        ax.imshow(shown, cmap="PuOr", vmin=-1.6 * bound, vmax=1.6 * bound, aspect="auto")
        # Five names of two lines need a wide figure for letters of the usual size.
        figure: Any = ax.get_figure(root=True)
        size = "small" if figure.get_size_inches()[0] > 6 else 8
        for (i, j), value in np.ndenumerate(shown):
            ax.text(j, i, say_points(float(value), 1), ha="center", va="center")
        for i, gap in enumerate(self.causes["gap"]):
            frame = {"x": [gap - 1.46, gap - 0.54, gap - 0.54, gap - 1.46, gap - 1.46]}
            ax.plot(frame["x"], [i - 0.44, i - 0.44, i + 0.44, i + 0.44, i - 0.44], color="black", lw=2)
        ax.set_xticks(range(5), [text(f"servqual.gap.{gap}") for gap in range(1, 6)], fontsize=size)
        ax.set_yticks(range(len(wide)), [dimension_name(str(name)) for name in wide.index])
        ax.grid(visible=False)
        cause = self._cause()
        key = "servqual.title.internal" if cause["high"] < 0 else "servqual.title.internal_unclear"
        title = text(key, dimension=dimension_name(self.worst), gap=cause["gap"])
        xlabel, ylabel = text("servqual.axis.gaps"), text("servqual.axis.dimension")
        return plots.label(ax, title=title, xlabel=xlabel, ylabel=ylabel, alt=self.explain())

    def explain(self) -> str:
        """Say which gap inside the firm stands behind the dimension that customers miss most.

        Returns
        -------
        str
            Three sentences.
        """
        cause = self._cause()
        five, inner = self._row(self.worst, 5), self._row(self.worst, cause["gap"])
        first = text(
            "servqual.explain.internal_five",
            dimension=dimension_name(self.worst),
            value=say_with_interval(five["estimate"], five["low"], five["high"], self.confidence),
        )
        second = text(
            "servqual.explain.internal",
            gap=cause["gap"],
            words=text(f"servqual.gap_words.{cause['gap']}"),
            value=say_with_interval(inner["estimate"], inner["low"], inner["high"], self.confidence),
        )
        clear = "" if cause["high"] < 0 else text("servqual.explain.internal_unclear", second=cause["second"])
        if clear == "":
            digits = digits_for(cause["low"], cause["high"])
            size = say_points(abs(cause["difference"]), digits)
            clear = text("servqual.explain.internal_clear", second=cause["second"], size=size)
        return join(first, second, clear, text("servqual.explain.not_a_sum"))


def internal_gaps(
    result: ServqualResult,
    *,
    beliefs: Any,
    specifications: Any,
    service_log: Any,
    promises: Any,
    dimension: str = "dimension",
    level: str = "level",
    manager: str = "manager",
    case: str = "case",
    confidence: float = 0.95,
) -> InternalGaps:
    """Compare what customers expect with what the firm believes, specifies, delivers and promises.

    Parameters
    ----------
    result : ServqualResult
        From :func:`csmodels_helpers.servqual.analyze`, without segments: expectations, perceptions and gap 5.
    beliefs : frame
        What managers believe that customers expect: one row a manager and item (or dimension).
    specifications : frame
        The level that the written standards ask for: one row a standard.
    service_log : frame
        The level that was delivered, as audited: one row a case and dimension.
    promises : frame
        The level that advertising and sales promise: one row a promise.
    dimension, level : str, default "dimension", "level"
        Columns of these four frames: the dimension, and the level on the scale of the survey.
    manager, case : str, default "manager", "case"
        Columns that say which rows of ``beliefs`` and ``service_log`` belong together.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    InternalGaps
        In points of the scale.

    Raises
    ------
    UnknownNameError
        If a frame lacks a column.
    DataError
        If a level is no number.
    ArgumentError
        If ``result`` has segments or no expectations, or a frame lacks one of the dimensions.

    Notes
    -----
    Gap 1 = belief − expectation, 2 = specification − belief, 3 = delivery − specification, 4 = delivery −
    promise, 5 = perception − expectation. All levels must be on one scale. Standards and promises are all
    there are, so they have no sampling error; managers and cases are samples (jackknife over them, one left
    out at a time). Errors of different sources are added as independent; the t intervals have
    Satterthwaite's degrees of freedom. Gap 5 depends on gaps 1–4 but is not their sum: customers see only
    part of what is delivered, and promises move what they expect.

    References
    ----------
    Parasuraman, A., Zeithaml, V. A. and Berry, L. L. (1985). A conceptual model of service quality and its
    implications for future research. Journal of Marketing 49(4), 41–50.

    Examples
    --------
    >>> from csmodels_helpers import servqual
    >>> answers = pd.DataFrame({"expected_q": [7, 6, 7, 6], "perceived_q": [4, 4, 5, 4]})
    >>> asked = servqual.analyze(answers, dimensions={"speed": ["q"]})
    >>> managers = pd.DataFrame({"manager": [1, 2], "dimension": "speed", "level": [6.5, 6.0]})
    >>> standard = pd.DataFrame({"dimension": ["speed"], "level": [6.0]})
    >>> log = pd.DataFrame({"case": [1, 2, 3], "dimension": "speed", "level": [4.0, 5.0, 4.5]})
    >>> found = internal_gaps(
    ...     asked, beliefs=managers, specifications=standard, service_log=log, promises=standard
    ... )
    >>> found.table["estimate"].tolist()
    [-0.25, -0.25, -1.5, -1.5, -2.25]
    """
    confidence = check_confidence(confidence)
    if result.segment is not None or result.variant != "servqual":
        raise ArgumentError("result", result.segment or result.variant, text("servqual.allowed.result"))
    asked = {row["dimension"]: row for row in result.table.to_dict("records") if row["dimension"] != OVERALL}
    frames = (
        ("belief", beliefs, manager),
        ("specification", specifications, None),
        ("delivery", service_log, case),
        ("promise", promises, None),
    )
    found = {name: _levels(data, dimension, level, unit, list(asked)) for name, data, unit in frames}
    rows: list[dict[str, Any]] = []
    levels: list[dict[str, Any]] = []
    causes: list[dict[str, Any]] = []
    for name, own in asked.items():
        mean = {source: found[source][name][0] for source in found} | {"expectation": own["expectation"]}
        variance = {source: found[source][name][1:] for source in found}
        variance["expectation"] = (float(own["expectation_error"]) ** 2, float(result.df))
        every = mean | {"perception": own["perception"]}
        levels.append({"dimension": name} | {source: every[source] for source in SOURCES})
        estimates: dict[int, dict[str, float]] = {}
        for gap, (of, against) in GAPS.items():
            estimates[gap] = _contrast({of: 1.0, against: -1.0}, mean, variance, confidence)
            rows.append({"dimension": name, "gap": gap, "of": of, "against": against} | estimates[gap])
        five = {"estimate": own["gap"], "error": own["error"], "low": own["low"], "high": own["high"]}
        rows.append({"dimension": name, "gap": 5, "of": "perception", "against": "expectation"} | five)
        first, second = sorted(estimates, key=lambda gap: estimates[gap]["estimate"])[:2]
        apart = _contrast(_minus(first, second), mean, variance, confidence)
        cause = {"dimension": name, "gap": first, "estimate": estimates[first]["estimate"], "second": second}
        causes.append(cause | {"difference": apart["estimate"], "low": apart["low"], "high": apart["high"]})
    return InternalGaps(pd.DataFrame(rows), pd.DataFrame(levels), pd.DataFrame(causes), confidence)


def _levels(
    data: Any, dimension: str, level: str, unit: str | None, names: list[str]
) -> dict[str, tuple[float, float, float]]:
    """Mean, variance of the mean and degrees of freedom by dimension; ``unit`` says what belongs together."""
    check_column(data, level, number(missing=True))
    if unit is not None:
        check_column(data, unit, identifier())
    rows = row_values(data, [dimension, level, *([] if unit is None else [unit])])
    frame = pd.DataFrame({"dimension": rows[dimension], "level": to_floats(rows[level])})
    frame["unit"] = 0 if unit is None else pd.factorize(rows[unit])[0]
    parts = {str(label): part for label, part in frame.dropna().groupby("dimension", sort=True)}
    found: dict[str, tuple[float, float, float]] = {}
    for name in names:
        check_segment(name, list(parts), name=dimension)
        found[name] = _mean_of_units(parts[name], unit is not None)
    return found


def _mean_of_units(part: pd.DataFrame, sampled: bool) -> tuple[float, float, float]:
    """Average a level over its units; leave each unit out in turn, as rows of one unit are alike."""
    units = part.groupby("unit")["level"].agg(["sum", "count"]).to_numpy(dtype=np.float64)
    total, n = units.sum(axis=0)
    mean = float(total / n)
    if not sampled:
        return mean, 0.0, np.inf
    if len(units) < 2:
        return mean, np.nan, 0.0
    left = (total - units[:, 0]) / (n - units[:, 1])
    return mean, float(jackknife_variance(left)), float(len(units) - 1)


def _minus(first: int, second: int) -> dict[str, float]:
    """Weights of the levels in the difference between two gaps."""
    weights: dict[str, float] = dict.fromkeys(SOURCES, 0.0)
    for gap, sign in ((first, 1.0), (second, -1.0)):
        weights[GAPS[gap][0]] += sign
        weights[GAPS[gap][1]] -= sign
    return {source: weight for source, weight in weights.items() if weight}


def _contrast(
    weights: dict[str, float],
    mean: dict[str, float],
    variance: dict[str, tuple[float, float]],
    confidence: float,
) -> dict[str, float]:
    """Weighted sum of independent means with its t interval."""
    estimate = sum(weight * mean[source] for source, weight in weights.items())
    parts = [(weight**2 * variance[source][0], variance[source][1]) for source, weight in weights.items()]
    total = sum(part for part, _ in parts)
    squares = sum(part**2 / df for part, df in parts if part > 0)
    df = total**2 / squares if total > 0 else np.inf
    error = float(np.sqrt(total))
    half = t_quantile(confidence, df) * error if np.isfinite(df) else 0.0
    if np.isnan(total):
        half = np.nan
    return {"estimate": float(estimate), "error": error, "low": estimate - half, "high": estimate + half}
