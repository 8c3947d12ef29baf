"""Cronbach's alpha: whether the items of a scale hang together, and which of them does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy import special

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_intervals import Interval
from csmodels_helpers.metrics_plots import draw_points, row_axes
from csmodels_helpers.reliability_items import (
    Floats,
    Row,
    alpha_of,
    bounded_estimates,
    check_items,
    listed,
    say,
    say_interval,
    segment_name,
    segments_title,
    tally_items,
    turned,
)
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_confidence, check_scale
from csmodels_helpers.tally import Moments
from csmodels_helpers.uncertainty import Stack

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Alpha", "alpha", "feldt_interval"]

INTERVALS = ("jackknife", "feldt")


@dataclass(frozen=True, eq=False)
class Alpha(Result):
    """Cronbach's alpha of a scale, and what each of its items does to it.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a segment (one row without): the segment column, ``n`` (complete rows), ``n_missing``,
        ``items``, ``alpha``, ``error``, ``low``, ``high``, ``standardized``, ``standardized_low``,
        ``standardized_high``, ``mean_r`` (mean correlation between items), ``mean_r_low``, ``mean_r_high``.
    items : pandas.DataFrame
        One row a segment and item: ``item``, ``reversed``, ``mean`` (after turning), ``sd``, ``item_rest``
        (correlation with the sum of the other items) with ``item_rest_low`` and ``item_rest_high``,
        ``alpha_without`` (alpha if the item is left out; missing where two items are all there are),
        ``change`` (that minus alpha) with ``change_low`` and ``change_high``, ``looks_reversed``.
    segment : str or None
        Name of the segment column.
    interval : str
        How ``low`` and ``high`` of alpha were computed.
    confidence : float
        Level of the intervals.
    """

    items: pd.DataFrame
    segment: str | None
    interval: str
    confidence: float

    @property
    def looks_reversed(self) -> list[str]:
        """Items that seem to be asked the other way round than the rest, in any segment.

        Returns
        -------
        list of str
            Names, in the order of the items.
        """
        found = self.items.loc[self.items["looks_reversed"], "item"]
        return list(dict.fromkeys(found.tolist()))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each item's correlation with the rest, or alpha by segment.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        if self.segment is not None:
            shown = self.table.rename(columns={"alpha": "score"})
            ax = row_axes(ax, len(shown))
            draw_points(ax, shown, [segment_name(self.segment, v) for v in shown[self.segment]])
            title = segments_title("alpha", self.segment, shown, "score")
            xlabel = text("reliability.axis.alpha")
            return plots.label(ax, title=title, xlabel=xlabel, ylabel=self.segment, alt=self.explain())
        ends = {"item_rest": "score", "item_rest_low": "low", "item_rest_high": "high"}
        shown = self.items.drop(columns=["mean"]).rename(columns=ends)
        ax = row_axes(ax, len(shown))
        draw_points(ax, shown, [self._item_label(row) for row in shown.to_dict("records")])
        odd = shown["looks_reversed"].to_numpy(dtype=bool)
        y = np.arange(len(shown))[::-1]
        if odd.any():
            ax.plot(shown["score"][odd], y[odd], "D", ms=9, color=plots.PALETTE["orange"])
        ax.axvline(0, color=plots.PALETTE["grey"], lw=1)
        return plots.label(
            ax,
            title=self._title(),
            xlabel=text("reliability.axis.item_rest"),
            ylabel=text("reliability.axis.item"),
            alt=self.explain(),
        )

    def _item_label(self, row: Any) -> str:
        return text("reliability.words.turned", item=row["item"]) if row["reversed"] else str(row["item"])

    def _title(self) -> str:
        value = say(self.table["alpha"].iloc[0])
        if self.looks_reversed:
            key = "reversed_one" if len(self.looks_reversed) == 1 else "reversed"
            return text(f"reliability.title.{key}", value=value, names=listed(self.looks_reversed, 2))
        better = self._better_without()
        if better is not None:
            return text("reliability.title.better", value=value, item=better[0], without=say(better[1]))
        return text("reliability.title.alpha", value=value)

    def _better_without(self) -> tuple[str, float] | None:
        """Find the item whose loss raises alpha most, if more than by chance."""
        gains = self.items[self.items["change_low"] > 0]
        if gains.empty:
            return None
        row = gains.iloc[int(gains["change"].to_numpy().argmax())]
        return str(row["item"]), float(row["alpha_without"])

    def explain(self) -> str:
        """Say alpha with its interval, and which item is out of step.

        Returns
        -------
        str
            One to three sentences.
        """
        rows = self.table.rename(columns={"alpha": "estimate"}).to_dict("records")
        row = rows[0]
        warned = ""
        if self.looks_reversed:
            names = listed(self.looks_reversed, 8)
            key = "reversed_one" if len(self.looks_reversed) == 1 else "reversed"
            warned = text(f"reliability.explain.{key}", names=names)
        if self.segment is not None:
            said = [
                text(
                    "reliability.words.part",
                    segment=segment_name(self.segment, each[self.segment]),
                    value=say_interval(each, self.confidence),
                )
                for each in rows
            ]
            parts = text("reliability.words.list").join(said)
            n, missing = int(self.table["n"].sum()), int(self.table["n_missing"].sum())
            return join(text("reliability.explain.segments", parts=parts, n=n, missing=missing), warned)
        said = text(
            "reliability.explain.alpha",
            items=row["items"],
            alpha=say_interval(row, self.confidence),
            n=row["n"],
            missing=row["n_missing"],
        )
        better = self._better_without()
        advice = ""
        if not self.looks_reversed and row["items"] > 2:
            advice = text("reliability.explain.keep")
            if better is not None:
                advice = text("reliability.explain.better", item=better[0], without=say(better[1]))
        return join(said, warned, advice)


def feldt_interval(alpha: float, *, items: int, n: int, confidence: float = 0.95) -> Interval:
    """Compute Feldt's interval of alpha in closed form.

    Parameters
    ----------
    alpha : float
        Cronbach's alpha, at most 1.
    items : int
        Number of items, 2 or more.
    n : int
        Number of respondents, 2 or more.
    confidence : float, default 0.95
        Level of the interval.

    Returns
    -------
    Interval
        ``score`` (alpha as given), ``low`` and ``high``.

    Raises
    ------
    ArgumentError
        If an argument is out of range.

    Notes
    -----
    1 − (1 − α)·F with the quantiles of F on n − 1 and (n − 1)(k − 1) degrees of freedom. Exact for normal
    answers to parallel items.

    References
    ----------
    Feldt, L. S. (1965). The approximate sampling distribution of Kuder-Richardson reliability coefficient
    twenty. Psychometrika 30, 357–370.

    Examples
    --------
    >>> found = feldt_interval(0.913, items=20, n=873)
    >>> round(found.low, 3), round(found.high, 3)
    (0.904, 0.921)
    """
    level = check_confidence(confidence)
    for name, value, least in (("items", items, 2), ("n", n, 2)):
        if value < least:
            raise ArgumentError(name, value, text("reliability.allowed.whole", least=least))
    if not alpha <= 1:
        raise ArgumentError("alpha", alpha, text("reliability.allowed.alpha"))
    freedom = (n - 1, (n - 1) * (items - 1))
    tails = ((1 + level) / 2, (1 - level) / 2)
    low, high = (1 - (1 - alpha) * float(special.fdtri(*freedom, tail)) for tail in tails)
    return Interval(alpha, low, high, level)


def alpha(
    data: Any,
    items: Sequence[str],
    *,
    reverse: Sequence[str] = (),
    scale: tuple[int, int] | None = None,
    segment: str | None = None,
    respondent: str | None = None,
    interval: Literal["jackknife", "feldt"] = "jackknife",
    confidence: float = 0.95,
) -> Alpha:
    """Compute Cronbach's alpha of a scale, and what each item does to it.

    Parameters
    ----------
    data : frame or Moments
        One row a respondent, one column an item; any frame that narwhals knows, or the tally of one.
    items : sequence of str
        Columns of the items, two or more.
    reverse : sequence of str, optional
        Items that were asked the other way round; they are turned (low + high − answer), which takes
        ``scale``.
    scale : tuple of int, optional
        Lowest and highest answer; answers are then checked to be whole numbers on it.
    segment : str, optional
        Column to split by.
    respondent : str, optional
        Column that says who answered; without it each row is a respondent of its own.
    interval : {"jackknife", "feldt"}, default "jackknife"
        How the interval of alpha is computed. Feldt's assumes normal answers and items that are all alike
        (parallel), so the default is the jackknife over groups of respondents, which assumes neither.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    Alpha
        ``alpha`` at most 1 (it may be negative where items contradict each other); rows that lack one of the
        answers are left out and counted.

    Raises
    ------
    UnknownNameError
        If an item is no column.
    DataError
        If an answer is no number or off the scale, an item is the same for everybody, or a segment is silent.
    ArgumentError
        If there are fewer than two items or three complete rows, ``reverse`` names no item or lacks
        ``scale``, or Feldt's interval is asked for where respondents answered more than once.

    Notes
    -----
    α = k/(k − 1) · (1 − Σ sᵢ²/s²), with the variance s² of the sum of the k items. Standardized: the same
    of the correlations, k·r̄/(1 + (k − 1)·r̄). Alpha equals the reliability of the sum if all items measure
    one thing equally well (τ-equivalence); else it is a lower bound. It says nothing on whether there is
    one thing only. The jackknife works on −log(1 − α), so that an interval never ends above 1; correlations
    on Fisher's z.

    An item ``looks_reversed`` if it runs against the majority (its sign in the first principal component) and
    the interval of its correlation with the others, turned the same way, lies wholly below 0.

    References
    ----------
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika 16, 297–334.
    Bonett, D. G. (2002). Sample size requirements for testing and estimating coefficient alpha. Journal of
    Educational and Behavioral Statistics 27, 335–340.

    Examples
    --------
    >>> answers = pd.DataFrame({"calm": [1, 2, 3, 4, 5, 4], "kind": [2, 2, 3, 5, 5, 4]})
    >>> answers["rude"] = [5, 4, 3, 1, 1, 2]
    >>> found = alpha(answers, ["calm", "kind", "rude"], reverse=["rude"], scale=(1, 5))
    >>> round(float(found.table.loc[0, "alpha"]), 2)
    0.98
    >>> alpha(answers, ["calm", "kind", "rude"]).looks_reversed
    ['rude']
    """
    level, names = check_confidence(confidence), check_items(items, 2)
    if interval not in INTERVALS:
        raise ArgumentError("interval", interval, text("reliability.allowed.interval"))
    signs = turned(names, reverse, scale)
    made, parts = tally_items(data, names, scale=scale, segment=segment, respondent=respondent, least=3)
    if interval == "feldt" and made.repeated:
        allowed, advice = text("reliability.allowed.feldt"), text("reliability.advice.feldt")
        raise ArgumentError("interval", interval, allowed, advice)
    ends = 0 if scale is None else sum(check_scale(scale))
    rows: list[dict[str, Any]] = []
    each: list[pd.DataFrame] = []
    for label, part in parts:
        start: dict[str, Any] = {} if segment is None else {segment: label}
        found = _estimates(part, signs, level)
        rows.append(start | _scale_row(part, found, interval, level))
        frame = _item_rows(part, found, signs, ends, level)
        each.append(frame if segment is None else frame.assign(**{segment: label})[[segment, *frame.columns]])
    table, listed = pd.DataFrame(rows), pd.concat(each, ignore_index=True)
    if segment is not None and segment in made.levels:
        kind = pd.CategoricalDtype(list(made.levels[segment]), ordered=True)
        table[segment], listed[segment] = table[segment].astype(kind), listed[segment].astype(kind)
    return Alpha(table, listed, segment, interval, level)


def item_rest(covariance: Floats) -> Floats:
    """Correlation of each item with the sum of the others, shape (B, k)."""
    variance = np.diagonal(covariance, axis1=1, axis2=2)
    with_rest = covariance.sum(axis=2) - variance
    rest = covariance.sum(axis=(1, 2))[:, None] - 2 * with_rest - variance
    with np.errstate(divide="ignore", invalid="ignore"):
        return with_rest / np.sqrt(variance * np.where(rest > 0, rest, np.nan))


def standardized_alpha(correlation: Floats) -> tuple[Floats, Floats]:
    """Mean correlation between items and the alpha that follows from it."""
    k = correlation.shape[-1]
    mean = (correlation.sum(axis=(1, 2)) - k) / (k * (k - 1))
    return k * mean / (1 + (k - 1) * mean), mean


def _estimates(part: Moments, signs: Floats, level: float) -> dict[str, Row]:
    """All numbers of one segment: alpha, standardized, mean_r, then for each item rest, without, change."""
    k = len(signs)

    def model(stack: Stack) -> Floats:
        covariance = stack.covariance * np.outer(signs, signs)
        whole = alpha_of(covariance)
        standardized, mean_r = standardized_alpha(stack.correlation * np.outer(signs, signs))
        kept = [np.delete(np.delete(covariance, i, axis=1), i, axis=2) for i in range(k)]
        without = np.stack([alpha_of(c) for c in kept], axis=1)
        scale = np.stack([whole, standardized, mean_r], axis=1)
        return np.concatenate([scale, item_rest(covariance), without, without - whole[:, None]], axis=1)

    names = {"alpha": "reliability", "standardized": "reliability", "mean_r": "plain"}
    for block, kind in (("rest", "correlation"), ("without", "reliability"), ("change", "plain")):
        names |= {f"{block}.{i}": kind for i in range(k)}
    return bounded_estimates(part, model, names, level)


def _scale_row(part: Moments, found: dict[str, Row], interval: str, level: float) -> dict[str, Any]:
    whole = found["alpha"]
    low, high = whole["low"], whole["high"]
    k = len(part.columns)
    if interval == "feldt":
        feldt = feldt_interval(whole["estimate"], items=k, n=part.n, confidence=level)
        low, high = feldt.low, feldt.high
    row: dict[str, Any] = {"n": part.n, "n_missing": part.left_out, "items": k, "alpha": whole["estimate"]}
    row |= {"error": whole["error"], "low": low, "high": high}
    for name in ("standardized", "mean_r"):
        one = found[name]
        row |= {name: one["estimate"], f"{name}_low": one["low"], f"{name}_high": one["high"]}
    return row


def _item_rows(part: Moments, found: dict[str, Row], signs: Floats, ends: int, level: float) -> pd.DataFrame:
    k = len(signs)
    mean = part.mean().to_numpy()
    columns: dict[str, Any] = {
        "item": list(part.columns),
        "reversed": signs < 0,
        "mean": np.where(signs < 0, ends - mean, mean),
        "sd": np.sqrt(np.diag(part.covariance().to_numpy())),
    }
    for block, name in (("rest", "item_rest"), ("without", "alpha_without"), ("change", "change")):
        rows = [found[f"{block}.{i}"] for i in range(k)]
        columns[name] = [row["estimate"] for row in rows]
        if block != "without":
            columns |= {f"{name}_{end}": [row[end] for row in rows] for end in ("low", "high")}
    columns["looks_reversed"] = _against_the_rest(part, signs, level)
    return pd.DataFrame(columns)


def _against_the_rest(part: Moments, signs: Floats, level: float) -> list[bool]:
    """Tell for each item whether it runs against the majority of the others, beyond chance."""
    correlation = part.correlation().to_numpy() * np.outer(signs, signs)
    first = np.linalg.eigh(correlation)[1][:, -1]
    # The majority of what the items have in common says which way is up; in a tie, the first item does.
    up = np.sign(first.sum()) if abs(first.sum()) > 1e-8 else np.sign(first[0])
    majority = np.where(up * first < 0, -1.0, 1.0)
    if (majority > 0).all() or len(signs) < 3:
        return [False] * len(signs)
    both = np.outer(signs * majority, signs * majority)
    names = dict.fromkeys(part.columns, "correlation")
    with_rest = bounded_estimates(part, lambda stack: item_rest(stack.covariance * both), names, level)
    low = [row["estimate"] if np.isnan(row["low"]) else row["low"] for row in with_rest.values()]
    return [bool(sign < 0 and end > 0) for sign, end in zip(majority, low, strict=True)]
