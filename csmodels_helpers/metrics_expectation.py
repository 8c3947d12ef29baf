"""Perceived against expected: the ratio C = b/a, the difference, and what the scale's numbers do to them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import DataError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_intervals import Floats, mean_interval, take_sample
from csmodels_helpers.metrics_scores import Score, by_segment, counted_columns, score_row, score_table
from csmodels_helpers.metrics_words import say_score
from csmodels_helpers.results import Result
from csmodels_helpers.survey import (
    check_column,
    check_confidence,
    check_scale,
    find_rows,
    number,
    to_floats,
)
from csmodels_helpers.survey import (
    scale as scale_rule,
)
from csmodels_helpers.tally import Counts, counts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ScaleDependence", "difference", "ratio", "scale_dependence"]

_PAIRS_LABELLED = 6
# More customers than this at one dot are not named.
_MOST_CUSTOMERS = 3


def ratio(
    data: Any,
    *,
    perceived: str,
    expected: str,
    segment: str | None = None,
    respondent: str | None = None,
    weights: str | None = None,
    confidence: float = 0.95,
) -> Score:
    """Satisfaction as C = b/a, perceived over expected (感知/期望), averaged over customers.

    Parameters
    ----------
    data : frame
        One row a customer (or answer).
    perceived, expected : str
        Columns b and a, numbers in the same unit; the expectation is above 0.
    segment, respondent, weights : str, optional
        Columns as in :func:`csat`.
    confidence : float, default 0.95
        Level of the interval.

    Returns
    -------
    Score
        ``score`` is the mean of C; also ``of_means`` (mean b over mean a: not the same) and ``share_met``
        (C ≥ 1). A row with one of the two missing counts as missing.

    Raises
    ------
    DataError
        If an expectation is 0 (there is no C) or below 0 (the sign turns), or a value is no number.

    Notes
    -----
    C depends on how the answers are coded: see :func:`scale_dependence`. The difference b − a
    (:func:`difference`) keeps its order under any coding in equal steps.

    Examples
    --------
    >>> visits = pd.DataFrame({"b": [4, 5, 3], "a": [5, 4, 3]})
    >>> found = ratio(visits, perceived="b", expected="a").table.round(3)
    >>> found.loc[0, ["score", "of_means", "share_met"]].tolist()
    [1.017, 1.0, 0.667]
    """
    return _pairs(data, "ratio", perceived, expected, segment, respondent, weights, confidence)


def difference(
    data: Any,
    *,
    perceived: str,
    expected: str,
    segment: str | None = None,
    respondent: str | None = None,
    weights: str | None = None,
    confidence: float = 0.95,
) -> Score:
    """Satisfaction as perceived − expected, averaged over customers: above 0 is better than expected.

    Parameters
    ----------
    data : frame
        One row a customer (or answer).
    perceived, expected : str
        Columns, numbers in the same unit.
    segment, respondent, weights : str, optional
        Columns as in :func:`csat`.
    confidence : float, default 0.95
        Level of the interval.

    Returns
    -------
    Score
        ``score`` in the unit of the answers; also ``share_met`` (difference ≥ 0).

    Raises
    ------
    DataError
        If a value is no number.

    Notes
    -----
    Perception minus expectation, never the other way round (Oliver 1980, *J. Marketing Research* 17,
    460–469).

    Examples
    --------
    >>> visits = pd.DataFrame({"b": [4, 5, 3], "a": [5, 4, 2]})
    >>> round(difference(visits, perceived="b", expected="a").table.loc[0, "score"], 3)
    np.float64(0.333)
    """
    return _pairs(data, "difference", perceived, expected, segment, respondent, weights, confidence)


def _pairs(
    data: Any,
    metric: Literal["ratio", "difference"],
    perceived: str,
    expected: str,
    segment: str | None,
    respondent: str | None,
    weights: str | None,
    confidence: float,
) -> Score:
    level = check_confidence(confidence)
    tallied = _pair_counts(
        data, perceived, expected, segment, respondent, weights, positive=metric == "ratio"
    )
    # A row is answered only if both are there; the result stands in one column, so missing is missing. It is
    # named after the two, for the error about a segment in which nobody answered.
    value = f"{perceived}, {expected}"
    b, a = (tallied.cells[c].to_numpy(dtype=np.float64, na_value=math.nan) for c in (perceived, expected))
    cells = tallied.cells.assign(**{value: b / a if metric == "ratio" else b - a}, _b=b, _a=a)
    rows: list[dict[str, Any]] = []
    limits = (0.0 if metric == "ratio" and not (b < 0).any() else -math.inf, math.inf)
    valued = Counts(tallied.by, cells, tallied.levels, tallied.repeated)
    for label, part, missing in by_segment(valued, value, segment):
        values = part[value].to_numpy(dtype=np.float64)
        sample, n = take_sample(part, values, valued), int(part["n"].sum())
        w = part["w" if valued.weighted else "n"].to_numpy(dtype=np.float64)
        more: dict[str, float] = {}
        if metric == "ratio":
            more["of_means"] = float((w * part["_b"]).sum() / (w * part["_a"]).sum())
        more["share_met"] = float(w[values >= (1 if metric == "ratio" else 0)].sum() / w.sum())
        found = mean_interval(sample, limits, level, n)
        rows.append(score_row(segment, label, found, n, missing, sample.n, **more))
    name = text(f"metrics.name.{metric}")
    return Score(
        score_table(rows, tallied, segment), metric, name, limits, segment, level, bool(tallied.repeated)
    )


def _pair_counts(
    data: Any,
    perceived: str,
    expected: str,
    segment: str | None = None,
    respondent: str | None = None,
    weights: str | None = None,
    *,
    positive: bool,
) -> Counts:
    for column in (perceived, expected):
        check_column(data, column, number(missing=True))
    tallied = counts(
        data, counted_columns(segment, perceived, expected), respondent=respondent, weights=weights
    )
    a = tallied.cells[expected].to_numpy(dtype=np.float64, na_value=math.nan)
    if positive and (a <= 0).any():
        found = find_rows(data, expected, lambda rows: to_floats(rows[expected]) <= 0)
        if found is not None:
            allowed, advice = text("metrics.allowed.expected"), text("metrics.advice.expected")
            raise DataError(expected, found.rows, found.row, found.values[expected], allowed, advice)
    return tallied


@dataclass(frozen=True, eq=False)
class ScaleDependence(Result):
    """What C = b/a becomes when the same answers are coded on another scale.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a distinct pair of answers: ``perceived``, ``expected``, ``n``, ``ratio``, ``ratio_other``,
        ``difference``, ``difference_other`` (the latter two in points of their scale). ``ratio_other`` is
        missing where the expectation is coded 0 or less. If the frame had an index of texts, also ``who``:
        the index labels of the customers who gave this pair.
    scale, other : tuple of int
        The two codings.
    pairs, flips : int
        Comparisons between two distinct pairs of answers that both codings can make, and how many of them
        change order, that is ahead, level or behind: a tie that opens is a change, too.
    undefined : int
        Answers that lose their C.
    ties : int
        How many of the ``flips`` are a tie in one of the codings; in the others the two change places.
    """

    scale: tuple[int, int]
    other: tuple[int, int]
    pairs: int
    flips: int
    undefined: int
    ties: int

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw C in one coding against C in the other.

        Up to six pairs of answers are labelled; of more, the two that change places most clearly.

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
        shown = self.table.dropna(subset=["ratio_other"])
        ax.scatter(shown["ratio"], shown["ratio_other"], color=plots.PALETTE["blue"], zorder=3)
        ends = [0, float(max(shown["ratio"].max(), 1)) if len(shown) else 1]
        same = text("metrics.legend.same_ratio")
        ax.plot(ends, ends, color=plots.PALETTE["grey"], linestyle="--", linewidth=1, label=same)
        ax.legend(loc="upper left")
        named = shown
        if len(shown) > _PAIRS_LABELLED:
            named = shown.iloc[_change_places(shown["ratio"].to_numpy(), shown["ratio_other"].to_numpy())]
            ax.scatter(named["ratio"], named["ratio_other"], color=plots.PALETTE["orange"], zorder=4)
        plots.label(
            ax,
            title=self._title(),
            xlabel=text("metrics.axis.ratio_first", low=self.scale[0], high=self.scale[1]),
            ylabel=text("metrics.axis.ratio_other", low=self.other[0], high=self.other[1]),
            alt=self.explain(),
        )
        # Where the frame of the axes is, which labels must not cross, is known only now.
        self._label_pairs(ax, named)
        return ax

    def _label_pairs(self, ax: Axes, named: pd.DataFrame) -> None:
        # Pairs such as 2 of 2 and 4 of 4 share their dot, and so their label.
        places: dict[tuple[float, float], list[str]] = {}
        for row in named.to_dict("records"):
            said = text(
                "metrics.axis.pair", perceived=f"{row['perceived']:g}", expected=f"{row['expected']:g}"
            )
            if len(row.get("who", ())) in range(1, _MOST_CUSTOMERS + 1):
                said = text(
                    "metrics.axis.pair_of", who=text("metrics.sign.names").join(row["who"]), pair=said
                )
            places.setdefault((round(row["ratio"], 9), round(row["ratio_other"], 9)), []).append(said)
        shown = self.table.dropna(subset=["ratio_other"])
        right, top = ax.get_xlim()[1], ax.get_ylim()[1]
        figure: Any = ax.get_figure(root=True)
        frame = ax.get_window_extent()
        for (x, y), labels in places.items():
            away, up = (shown["ratio"] - x) / right, (shown["ratio_other"] - y) / top
            near = away[up.abs() < 0.05]
            crowded = {1: near.between(1e-6, 0.35).any(), -1: near.between(-0.35, -1e-6).any()}
            side = 1 if x < right / 2 else -1
            side = -side if crowded[side] and not crowded[-side] else side
            label = ax.annotate(
                text("metrics.sign.list").join(labels),
                (x, y),
                xytext=(8 * side, 0),
                textcoords="offset points",
                ha="left" if side > 0 else "right",
                va="center",
                fontsize="small",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
                zorder=2.5,  # over the line, under the dots
            )
            box = label.get_window_extent()
            inside = max(frame.x0 + 4 - box.x0, 0) + min(frame.x1 - 4 - box.x1, 0)
            if inside:
                label.set_position((8 * side + 72 * inside / figure.dpi, 13))

    def _title(self) -> str:
        counts = {"pairs": self.pairs, "flips": self.flips, "undefined": self.undefined}
        coding = {"other_low": self.other[0], "other_high": self.other[1]}
        if self.pairs > 1:
            key = "scale"
        elif self.pairs == 1:
            key = "scale_tie" if self.ties else "scale_turned" if self.flips else "scale_kept"
        else:
            key = "scale_lost" if self.undefined else "scale_one"
        return text(f"metrics.title.{key}", **counts, **coding)

    def explain(self) -> str:
        """Say how far C moves, with the pair of answers that moves most as the example.

        Returns
        -------
        str
            One to three sentences.
        """
        said: list[str] = []
        shown = self.table.dropna(subset=["ratio_other"])
        if len(shown):
            row = shown.iloc[int((shown["ratio"] - shown["ratio_other"]).abs().to_numpy().argmax())]
            names: tuple[str, ...] = row["who"] if "who" in row.index else ()
            who = text("metrics.sign.names").join(names) if len(names) <= _MOST_CUSTOMERS else ""
            said.append(
                text(
                    "metrics.explain.scale_of" if who else "metrics.explain.scale",
                    who=who,
                    perceived=f"{row['perceived']:g}",
                    expected=f"{row['expected']:g}",
                    ratio=say_score(float(row["ratio"]), "ratio"),
                    other=say_score(float(row["ratio_other"]), "ratio"),
                    low=self.scale[0],
                    high=self.scale[1],
                    other_low=self.other[0],
                    other_high=self.other[1],
                )
            )
        if self.pairs:
            key = "scale_ties" if self.ties else "scale_pairs"
            if self.pairs == 1:
                key = "scale_tie" if self.ties else "scale_turned" if self.flips else "scale_kept"
            counts = {"pairs": self.pairs, "flips": self.flips, "ties": self.ties}
            said.append(text(f"metrics.explain.{key}", **counts))
        if self.undefined:
            key = "scale_undefined_one" if self.undefined == 1 else "scale_undefined"
            said.append(text(f"metrics.explain.{key}", n=self.undefined))
        return join(*said)


def scale_dependence(
    data: Any,
    *,
    perceived: str,
    expected: str,
    scale: tuple[int, int] = (1, 5),
    other: tuple[int, int] = (0, 10),
) -> ScaleDependence:
    """Show that C = b/a depends on the coding of the answers, and the difference does not.

    Parameters
    ----------
    data : frame
        One row a customer.
    perceived, expected : str
        Columns with whole numbers on ``scale``. If the index of a pandas frame holds texts, such as "A" and
        "B", the figure names the customers by them.
    scale : tuple of int, default (1, 5)
        The coding that the answers have; it starts at 1 or higher.
    other : tuple of int, default (0, 10)
        Another coding of the same answers, in equal steps.

    Returns
    -------
    ScaleDependence
        Pairs of answers with both values of C.

    Raises
    ------
    DataError
        If an answer is off the scale or an expectation is 0 or less.

    Notes
    -----
    A ratio has a meaning only where 0 means "nothing" (Stevens 1946, *Science* 103, 677–680); on a rating
    scale it is a label. Of two customers one is ahead, level or behind; the order has changed if this is not
    the same in both codings. So 1 of 2 and 2 of 4, both 0.5 on 1–5, change order when coded 0–10 (0 and
    0.33), although they do not change places; ``ties`` counts such cases.

    Examples
    --------
    >>> visits = pd.DataFrame({"b": [4, 2], "a": [5, 3]})
    >>> found = scale_dependence(visits, perceived="b", expected="a")
    >>> found.table[["ratio", "ratio_other"]].round(2).to_numpy().tolist()
    [[0.67, 0.5], [0.8, 0.75]]
    """
    bounds, target = check_scale(scale), check_scale(other, "other")
    for column in (perceived, expected):
        check_column(data, column, scale_rule(*bounds, missing=True))
    total = (
        _pair_counts(data, perceived, expected, positive=True).total().dropna(subset=[perceived, expected])
    )
    if total.empty:
        raise DataError(perceived, 0, "—", None, text("survey.allowed.rows"))
    step = (target[1] - target[0]) / (bounds[1] - bounds[0])
    b, a = (total[c].to_numpy(dtype=np.float64) for c in (perceived, expected))
    b_other, a_other = (target[0] + step * (v - bounds[0]) for v in (b, a))
    with np.errstate(divide="ignore", invalid="ignore"):
        recoded = np.where(a_other > 0, b_other / a_other, np.nan)
    table = pd.DataFrame({"perceived": b, "expected": a, "n": total["n"].to_numpy(), "ratio": b / a})
    table = table.assign(ratio_other=recoded, difference=b - a, difference_other=b_other - a_other)
    who = _customers(data, perceived, expected)
    if who:
        table["who"] = [who[pair] for pair in zip(b.tolist(), a.tolist(), strict=True)]
    defined = ~np.isnan(recoded)
    one, two = table["ratio"].to_numpy()[defined], recoded[defined]
    upper = np.triu_indices(len(one), 1)
    before, after = (_order(v)[upper] for v in (one, two))
    flips = int((before != after).sum())
    ties = int(((before == 0) != (after == 0)).sum())
    undefined = int(table["n"].to_numpy()[~defined].sum())
    return ScaleDependence(table, bounds, target, len(upper[0]), flips, undefined, ties)


def _customers(data: Any, perceived: str, expected: str) -> dict[tuple[float, float], tuple[str, ...]]:
    """Pair of answers → who gave it, if the frame is pandas' and its index holds texts."""
    frame: Any = nw.to_native(data, pass_through=True)
    if not isinstance(frame, pd.DataFrame) or pd.api.types.infer_dtype(frame.index) != "string":
        return {}
    found: dict[tuple[float, float], dict[str, None]] = {}
    b, a = (frame[c].to_numpy(dtype=np.float64, na_value=math.nan).tolist() for c in (perceived, expected))
    for name, *pair in zip(frame.index, b, a, strict=True):
        found.setdefault((pair[0], pair[1]), {})[str(name)] = None
    return {pair: tuple(names) for pair, names in found.items()}


def _order(values: Floats) -> Floats:
    """1 where the row's value is ahead of the column's, 0 where they are level, −1 where it is behind."""
    return np.sign(np.round(np.subtract.outer(values, values), 12))


def _change_places(one: Floats, two: Floats) -> list[int]:
    """Places of the two values that change places most clearly; none if no two do."""
    turned = np.where(
        _order(one) * _order(two) < 0, -np.subtract.outer(one, one) * np.subtract.outer(two, two), 0
    )
    if not turned.any():
        return []
    first, second = np.unravel_index(int(turned.argmax()), turned.shape)
    return [int(first), int(second)]
