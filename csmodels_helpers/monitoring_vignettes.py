"""Anchoring vignettes: everybody rates the same invented customers, and is then placed among them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import draw_points, hundredfold, row_axes
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_column, check_confidence, check_scale, check_segment
from csmodels_helpers.survey import scale as scale_rule
from csmodels_helpers.tally import GROUP, GROUPS, Counts, counts
from csmodels_helpers.uncertainty import spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["AnchoringVignettes", "anchoring_vignettes"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class AnchoringVignettes(Result):
    """Where respondents stand among the vignettes, and how segments compare before and after.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a segment: the segment column, ``n``, ``n_missing``, ``n_range`` (respondents whose C is a
        range because vignettes tie with each other, or stand in the wrong order, around the own answer),
        ``n_inverted`` (respondents who put vignettes in the wrong order), and ``c_1`` … ``c_(2J+1)``, the
        shares of each place.
    comparison : pandas.DataFrame
        One row a measure (``own_answer``, ``anchored``) and segment other than the reference: ``segment``,
        ``measure``, ``probability`` that somebody of the segment stands above somebody of the reference (ties
        half; 0.5 is no difference), ``low``, ``high``, and ``bound_low``, ``bound_high``, the widest that
        ranges could make it.
    segment : str
        Name of the segment column.
    reference : object
        The segment that others are compared with.
    ranges : {"uniform", "omit"}
        What was done with ranges.
    confidence : float
        Level of the intervals.
    """

    comparison: pd.DataFrame
    segment: str
    reference: Any
    ranges: str
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the probability to stand above the reference, by the own answers and anchored.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        rows = [dict(row) for row in self.comparison.to_dict("records")]
        ax = row_axes(ax, len(rows) + 1)
        labels = [text(f"monitoring.part.{row['measure']}") for row in rows]
        if len(self.table) > 2:
            labels = [f"{row['segment']}\n{label}" for row, label in zip(rows, labels, strict=True)]
        draw_points(ax, self.comparison.assign(score=self.comparison["probability"]), labels)
        ax.axvline(0.5, linestyle="--", color=plots.PALETTE["grey"])
        hundredfold(ax.xaxis, " %")
        others = text("monitoring.sign.names").join(dict.fromkeys(str(row["segment"]) for row in rows))
        xlabel = text("monitoring.axis.above", segment=others, reference=self.reference)
        ylabel = text("monitoring.axis.measure")
        return plots.label(ax, title=self._title(), xlabel=xlabel, ylabel=ylabel, alt=self.explain())

    def _differs(self, measure: str) -> bool:
        own = self.comparison[self.comparison["measure"] == measure]
        return bool(((own["low"] > 0.5) | (own["high"] < 0.5)).any())

    def _title(self) -> str:
        if self._differs("anchored"):
            return text("monitoring.title.anchored_differ")
        return text(
            "monitoring.title.anchored_gone"
            if self._differs("own_answer")
            else "monitoring.title.anchored_same"
        )

    def explain(self) -> str:
        """Say how often one segment stands above the other, and how many places are not certain.

        Returns
        -------
        str
            Two or three sentences.
        """
        sentences: list[str] = []
        own, anchored = (
            self.comparison[self.comparison["measure"] == measure] for measure in ("own_answer", "anchored")
        )
        for raw, fair in zip(own.to_dict("records"), anchored.to_dict("records"), strict=True):
            said: dict[str, object] = {"segment": raw["segment"], "reference": self.reference}
            for name, row in (("own", raw), ("anchored", fair)):
                for end in ("probability", "low", "high"):
                    said[f"{name}_{end}"] = rounded(100 * row[end], 0)
            level = f"{100 * self.confidence:g}"
            sentences.append(text("monitoring.explain.anchored", level=level, **said))
        sums = {name: int(self.table[name].sum()) for name in ("n", "n_range", "n_inverted", "n_missing")}
        sentences.append(text("monitoring.explain.ranges", **sums))
        if sums["n_missing"]:
            sentences.append(text("monitoring.explain.missing", rows=sums["n_missing"]))
        return join(*sentences)


def _places(own: Floats, vignettes: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Find the first and last place C of each row.

    Of J vignettes: 1 is below all of them, 2j level with the jth, 2J + 1 above all.
    """
    rows, count = vignettes.shape
    edges = np.column_stack([np.full(rows, -np.inf), vignettes, np.full(rows, np.inf)])
    holds = np.zeros((rows, 2 * count + 1), dtype=bool)
    holds[:, 1::2] = own[:, None] == vignettes
    holds[:, 0::2] = (edges[:, :-1] < own[:, None]) & (own[:, None] < edges[:, 1:])
    places = np.arange(1, 2 * count + 2)
    first = np.where(holds, places, 2 * count + 2).min(axis=1)
    return first, np.where(holds, places, 0).max(axis=1)


def anchoring_vignettes(
    data: Any,
    own: str,
    vignettes: Sequence[str],
    *,
    scale: tuple[int, int],
    segment: str,
    reference: Any = None,
    ranges: Literal["uniform", "omit"] = "uniform",
    respondent: str | None = None,
    confidence: float = 0.95,
) -> AnchoringVignettes:
    """Compare satisfaction by anchoring vignettes: the nonparametric C of King and others (2004).

    Parameters
    ----------
    data : frame
        One row a respondent.
    own : str
        Column of the respondent's own satisfaction.
    vignettes : sequence of str
        Columns of the ratings of the same invented customers, from the least to the most satisfied one.
    scale : tuple of int
        Lowest and highest answer, the same for all.
    segment : str
        Column of countries or channels to compare.
    reference : object, optional
        The segment that others are compared with; by default the first.
    ranges : {"uniform", "omit"}, default "uniform"
        What becomes of a respondent whose C is a range. ``"uniform"``: an equal part for each place in it, so
        that nobody is lost. ``"omit"`` leaves them out, who are not like the others, and is there to see what
        that does.
        The bounds in the result need neither.
    respondent : str, optional
        Column that says who answered, where somebody did so in several rows.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    AnchoringVignettes
        Places, and probabilities to stand above the reference.

    Raises
    ------
    DataError
        If a rating is off the scale, or nobody in a segment rated all.
    ArgumentError
        If there is no vignette, or there are fewer than two segments.

    Notes
    -----
    With z₁ < … < z_J the ratings of the vignettes, C = 1 if y < z₁, 2 if y = z₁, 3 if z₁ < y < z₂, …, 2J + 1
    if y > z_J.
    If vignettes tie or are inverted, several of these may hold, and C is the range from the first to the
    last (King and Wand 2007). C has an order but no unit, so segments are compared by P(C > C′) + ½P(C = C′),
    the probability of Mann and Whitney. It assumes that people rate vignettes and themselves alike (response
    consistency) and see the same satisfaction in a vignette (vignette equivalence). Interval: closed form
    from the variances of both segments, or the delete-a-group jackknife if respondents repeat.

    References
    ----------
    King, G., Murray, C. J. L., Salomon, J. A. and Tandon, A. (2004). Enhancing the validity and
    cross-cultural comparability of measurement in survey research. *American Political Science Review* 98,
    191–207.
    King, G. and Wand, J. (2007). Comparing incomparable survey responses. *Political Analysis* 15, 46–66.

    Examples
    --------
    >>> answers = pd.DataFrame({"country": ["A", "A", "B", "B"], "own": [4, 5, 3, 3]})
    >>> answers["poor"], answers["good"] = [2, 3, 1, 3], [4, 4, 2, 3]
    >>> found = anchoring_vignettes(
    ...     answers, "own", ["poor", "good"], scale=(1, 5), segment="country"
    ... )
    >>> found.table[["n", "n_range", "n_inverted"]].to_numpy().tolist()
    [[2, 0, 0], [2, 1, 0]]
    """
    level, bounds = check_confidence(confidence), check_scale(scale)
    rated = list(vignettes)
    if not rated or len({own, *rated}) != len(rated) + 1:
        raise ArgumentError("vignettes", rated, text("monitoring.allowed.vignettes"))
    if ranges not in ("uniform", "omit"):
        raise ArgumentError("ranges", ranges, "'uniform' | 'omit'")
    for column in (own, *rated):
        check_column(data, column, scale_rule(*bounds, missing=True))
    tallied = counts(data, [segment, own, *rated], respondent=respondent)
    segments = _segments(tallied, segment, [own, *rated])
    labels = list(segments)
    base = labels[0] if reference is None else check_segment(reference, labels, name="reference")
    rows: list[dict[str, Any]] = []
    answers: dict[Any, dict[str, _Placed]] = {}
    for label, (cells, missing) in segments.items():
        answers[label], counted = _place(cells, own, rated, bounds, ranges)
        placed = answers[label]["anchored"]
        if not placed.n.sum() > 0:
            raise DataError(own, counted["n"], "—", None, text("monitoring.allowed.scalar"))
        shares = {f"c_{i + 1}": float(share) for i, share in enumerate(placed.shares())}
        rows.append({segment: label, "n": counted.pop("n"), "n_missing": missing, **counted, **shares})
    compared = [
        _compare(label, measure, answers[label], answers[base], bool(tallied.repeated), level)
        for label in labels
        if label != base
        for measure in ("own_answer", "anchored")
    ]
    return AnchoringVignettes(pd.DataFrame(rows), pd.DataFrame(compared), segment, base, ranges, level)


@dataclass(frozen=True, eq=False)
class _Placed:
    """Cells of one segment: how each is spread over the places, how many rows it has, its group."""

    part: Floats
    n: Floats
    groups: npt.NDArray[np.int64]

    def shares(self) -> Floats:
        return self.n @ self.part / self.n.sum()

    def without_groups(self) -> Floats:
        """Shares over all and without each group of respondents: shape (1 + GROUPS, places)."""
        sums, n = np.zeros((GROUPS, self.part.shape[1])), np.zeros(GROUPS)
        np.add.at(sums, self.groups, self.n[:, None] * self.part)
        np.add.at(n, self.groups, self.n)
        with np.errstate(divide="ignore", invalid="ignore"):
            rest = (sums.sum(axis=0) - sums) / (n.sum() - n)[:, None]
        return np.concatenate([self.shares()[None], rest])


def _place(
    cells: pd.DataFrame, own: str, vignettes: Sequence[str], bounds: tuple[int, int], ranges: str
) -> tuple[dict[str, _Placed], dict[str, int]]:
    """Place the respondents of one segment by their own answer and among the vignettes; count the ranges."""
    y, z = cells[own].to_numpy(dtype=np.float64), cells[list(vignettes)].to_numpy(dtype=np.float64)
    n, groups = cells["n"].to_numpy(dtype=np.float64), cells[GROUP].to_numpy(dtype=np.int64)
    first, last = _places(y, z)
    answer, top = y - bounds[0] + 1, 2 * len(vignettes) + 1
    keep = np.where(first == last, 1.0, 0.0 if ranges == "omit" else 1.0)
    found = {
        "own_answer": _Placed(_spread(answer, answer, bounds[1] - bounds[0] + 1), n, groups),
        "anchored": _Placed(_spread(first, last, top), n * keep, groups),
        "low": _Placed(_spread(first, first, top), n, groups),
        "high": _Placed(_spread(last, last, top), n, groups),
    }
    inverted = (np.diff(z, axis=1) < 0).any(axis=1)
    sizes = {"n": n.sum(), "n_range": n[first < last].sum(), "n_inverted": n[inverted].sum()}
    return found, {name: int(size) for name, size in sizes.items()}


def _spread(first: Any, last: Any, places: int) -> Floats:
    """Spread each row evenly over its places."""
    place = np.arange(1, places + 1)
    inside = (place >= np.asarray(first)[:, None]) & (place <= np.asarray(last)[:, None])
    return inside / inside.sum(axis=1, keepdims=True)


def _segments(tallied: Counts, segment: str, columns: Sequence[str]) -> dict[Any, tuple[pd.DataFrame, int]]:
    """Complete cells and number of incomplete rows, segment by segment."""
    cells = tallied.cells
    values = cells[segment]
    if values.isna().any():
        rows = int(cells.loc[values.isna(), "n"].sum())
        raise DataError(segment, rows, "—", None, text("monitoring.allowed.every_segment"))
    if segment in tallied.levels:
        values = pd.Categorical(values, categories=list(tallied.levels[segment]), ordered=True)
    codes, labels = pd.factorize(values, sort=True)
    silent = cells[list(columns)].isna().any(axis=1).to_numpy()
    n = cells["n"].to_numpy(dtype=np.int64)
    found: dict[Any, tuple[pd.DataFrame, int]] = {}
    for i, label in enumerate(labels):
        missing = int(n[(codes == i) & silent].sum())
        own = cells[(codes == i) & ~silent]
        if own.empty:
            advice = text("metrics.advice.silent", segment=f"{segment} = {label!r}", rows=missing)
            raise DataError(", ".join(columns), missing, "—", None, text("metrics.allowed.answers"), advice)
        found[label] = own, missing
    if len(found) < 2:
        raise ArgumentError("segment", segment, text("monitoring.allowed.two_segments", values=list(found)))
    return found


def _above(places: int) -> Floats:
    """Weights of each pair of places: 1 above, ½ level, 0 below."""
    place = np.arange(places)
    return (place[:, None] > place).astype(np.float64) + 0.5 * np.eye(places)


def _compare(
    label: Any, measure: str, one: dict[str, _Placed], two: dict[str, _Placed], repeated: bool, level: float
) -> dict[str, Any]:
    a, b = one[measure], two[measure]
    above = _above(a.part.shape[1])
    found = float(a.shares() @ above @ b.shares())
    if repeated:
        values = np.einsum("gi,ij,gj->g", a.without_groups(), above, b.without_groups())
        there = np.union1d(a.groups, b.groups)
        ends = spread(values[np.append(0, there + 1)], level)
        low, high = ends.low, ends.high
    else:
        variance = 0.0
        for own, others in ((a, above @ b.shares()), (b, a.shares() @ above)):
            pull = own.part @ others - found
            n = float(own.n.sum())
            variance += float(own.n @ pull**2) / n / max(n - 1, 1)
        half = float(special.ndtri((1 + level) / 2)) * math.sqrt(variance)
        low, high = found - half, found + half
    row = {"segment": label, "measure": measure, "probability": found, "low": float(low), "high": float(high)}
    ends = [found, found]
    if measure == "anchored":
        ends = [
            float(one[x].shares() @ above @ two[y].shares()) for x, y in (("low", "high"), ("high", "low"))
        ]
    return row | {"bound_low": ends[0], "bound_high": ends[1]}
