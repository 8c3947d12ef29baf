"""McDonald's omega: reliability of a sum whose items measure one thing, each as well as it can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import draw_points, row_axes
from csmodels_helpers.reliability_factors import fit_factors, minres
from csmodels_helpers.reliability_items import (
    Floats,
    Row,
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
from csmodels_helpers.survey import check_confidence
from csmodels_helpers.tally import Moments
from csmodels_helpers.uncertainty import Stack

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Omega", "omega"]

METHODS = ("minres", "ml")
VARIANCES = ("model", "observed")
# Communality from which an item has practically no variance of its own.
HEYWOOD = 0.999


@dataclass(frozen=True, eq=False)
class Omega(Result):
    """McDonald's omega of a scale, with the loadings that it rests on.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a segment (one row without): the segment column, ``n``, ``n_missing``, ``items``, ``omega``,
        ``error``, ``low``, ``high``, ``standardized``, ``standardized_low``, ``standardized_high``.
    items : pandas.DataFrame
        One row a segment and item: ``item``, ``reversed``, ``loading`` (standardized) with ``low`` and
        ``high``, ``uniqueness`` (share of its variance that is its own), ``heywood`` (no such share is
        left: the model does not fit this item).
    segment : str or None
        Name of the segment column.
    method, variance : str
        As asked for.
    confidence : float
        Level of the intervals.
    """

    items: pd.DataFrame
    segment: str | None
    method: str
    variance: str
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the loading of each item, or omega by segment.

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
            shown = self.table.rename(columns={"omega": "score"})
            labels, xlabel, ylabel = (
                [segment_name(self.segment, v) for v in shown[self.segment]],
                "omega",
                self.segment,
            )
            title = segments_title("omega", self.segment, shown, "score")
        else:
            shown = self.items.rename(columns={"loading": "score"})
            labels, xlabel, ylabel = [str(v) for v in shown["item"]], "loading", text("reliability.axis.item")
            weak = shown.to_dict("records")[int(shown["score"].to_numpy().argmin())]
            value = say(self.table["omega"].iloc[0])
            title = text(
                "reliability.title.omega", value=value, item=weak["item"], loading=say(weak["score"])
            )
        ax = row_axes(ax, len(shown))
        draw_points(ax, shown, labels)
        axis = text(f"reliability.axis.{xlabel}")
        return plots.label(ax, title=title, xlabel=axis, ylabel=ylabel, alt=self.explain())

    def explain(self) -> str:
        """Say omega with its interval, and the item that is measured worst.

        Returns
        -------
        str
            One to three sentences.
        """
        rows = self.table.rename(columns={"omega": "estimate"}).to_dict("records")
        odd = list(dict.fromkeys(self.items.loc[self.items["heywood"], "item"].tolist()))
        warned = text("reliability.explain.heywood", names=listed(odd, 8)) if odd else ""
        if self.segment is not None:
            said = [
                text(
                    "reliability.words.part",
                    segment=segment_name(self.segment, row[self.segment]),
                    value=say_interval(row, self.confidence),
                )
                for row in rows
            ]
            parts = text("reliability.words.list").join(said)
            n, missing = int(self.table["n"].sum()), int(self.table["n_missing"].sum())
            return join(text("reliability.explain.omega_segments", parts=parts, n=n, missing=missing), warned)
        weak = self.items.iloc[int(self.items["loading"].to_numpy().argmin())]
        said = text(
            "reliability.explain.omega",
            items=rows[0]["items"],
            omega=say_interval(rows[0], self.confidence),
            n=rows[0]["n"],
            missing=rows[0]["n_missing"],
        )
        return join(
            said, text("reliability.explain.weak", item=weak["item"], loading=say(weak["loading"])), warned
        )


def omega(
    data: Any,
    items: Sequence[str],
    *,
    reverse: Sequence[str] = (),
    scale: tuple[int, int] | None = None,
    segment: str | None = None,
    respondent: str | None = None,
    method: Literal["minres", "ml"] = "minres",
    variance: Literal["model", "observed"] = "model",
    confidence: float = 0.95,
) -> Omega:
    """Compute McDonald's omega total of a scale from the loadings of one factor.

    Parameters
    ----------
    data : frame or Moments
        One row a respondent, one column an item; any frame that narwhals knows, or the tally of one.
    items : sequence of str
        Columns of the items, three or more.
    reverse, scale, segment, respondent : optional
        As in :func:`csmodels_helpers.reliability.alpha`.
    method : {"minres", "ml"}, default "minres"
        How the loadings are found: least squares on the correlations, or maximum likelihood as in a
        confirmatory factor analysis. Least squares is the default, as in R's psych: it needs no normal
        answers and finds a solution where the likelihood has none. Where one factor fits, both agree to two
        decimals.
    variance : {"model", "observed"}, default "model"
        What the sum's true variance is compared with: the variance that the model implies (McDonald 1999)
        or the one observed. Where one factor does not fit, the two differ; the default keeps omega at most
        1.
    confidence : float, default 0.95
        Level of the intervals, from the delete-a-group jackknife on −log(1 − ω).

    Returns
    -------
    Omega
        ``omega`` 0–1 of the sum of the raw answers, ``standardized`` of the sum of standardized answers.

    Raises
    ------
    UnknownNameError
        If an item is no column.
    DataError
        If an answer is no number or off the scale, an item is the same for everybody, or a segment is silent.
    ArgumentError
        If there are fewer than three items (one factor of two is not determined), not more complete rows than
        parameters (two an item), or an option is unknown.

    Notes
    -----
    ω = (Σλᵢ)² / ((Σλᵢ)² + Σψᵢ), with loadings and uniquenesses in the units of the answers. Unlike alpha it
    lets items measure the common thing unequally well. It takes for granted that there is one common thing.

    References
    ----------
    McDonald, R. P. (1999). Test Theory: A Unified Treatment. Erlbaum, chapter 6.
    Harman, H. H. and Jones, W. H. (1966). Factor analysis by minimizing residuals (minres). Psychometrika 31,
    351–368.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> trait = rng.normal(size=300)
    >>> answers = pd.DataFrame({f"q{i}": trait + rng.normal(size=300) for i in range(4)})
    >>> print(omega(answers, list(answers)).explain())
    McDonald's omega of 4 items: 0.75 (95 % interval 0.68 to 0.80; 300 complete rows, 0 left out). q1
    has least in common with the other items (loading 0.58).
    """
    level, names = check_confidence(confidence), check_items(items, 3)
    for argument, value, known in (("method", method, METHODS), ("variance", variance, VARIANCES)):
        if value not in known:
            raise ArgumentError(argument, value, text("reliability.allowed.choice", values=" | ".join(known)))
    signs = turned(names, reverse, scale)
    least = 2 * len(names) + 1
    made, parts = tally_items(data, names, scale=scale, segment=segment, respondent=respondent, least=least)
    rows: list[dict[str, Any]] = []
    each: list[pd.DataFrame] = []
    for label, part in parts:
        start: dict[str, Any] = {} if segment is None else {segment: label}
        found = _estimates(part, signs, method, variance, level)
        row: dict[str, Any] = {"n": part.n, "n_missing": part.left_out, "items": len(names)}
        for name in ("omega", "standardized"):
            one, more = found[name], "" if name == "omega" else f"{name}_"
            row |= {name: one["estimate"]} | ({"error": one["error"]} if name == "omega" else {})
            row |= {f"{more}low": one["low"], f"{more}high": one["high"]}
        rows.append(start | row)
        each.append(pd.DataFrame([start | item for item in _item_rows(names, signs, found)]))
    table, listed = pd.DataFrame(rows), pd.concat(each, ignore_index=True)
    if segment is not None and segment in made.levels:
        kind = pd.CategoricalDtype(list(made.levels[segment]), ordered=True)
        table[segment], listed[segment] = table[segment].astype(kind), listed[segment].astype(kind)
    return Omega(table, listed, segment, method, variance, level)


def one_factor(correlation: Floats, method: str) -> Floats:
    """Standardized loadings of one factor, shape (B, k); NaN where the likelihood has no maximum."""
    if method == "minres":
        return minres(correlation)
    fit = fit_factors(correlation, np.zeros(correlation.shape[-1], dtype=np.int64))
    return np.where(fit.converged[:, None], fit.loadings, np.nan)


def omega_of(loadings: Floats, spread: Floats, observed: Floats | None = None) -> Floats:
    """Compute (Σλ)² over the variance of the sum, that of the model unless one is given."""
    true = (loadings * spread).sum(axis=1) ** 2
    if observed is not None:
        return true / observed
    return true / (true + (spread**2 * (1 - loadings**2)).sum(axis=1))


def _estimates(part: Moments, signs: Floats, method: str, variance: str, level: float) -> dict[str, Row]:
    both = np.outer(signs, signs)

    def model(stack: Stack) -> Floats:
        covariance, correlation = stack.covariance * both, stack.correlation * both
        # A sample in which an item became constant has no correlations, and so no number.
        fine = np.isfinite(correlation).all(axis=(1, 2))
        loadings = np.full(correlation.shape[:2], np.nan)
        loadings[fine] = one_factor(correlation[fine], method)
        spread = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
        seen = variance == "observed"
        raw = omega_of(loadings, spread, covariance.sum(axis=(1, 2)) if seen else None)
        standard = omega_of(loadings, np.ones_like(spread), correlation.sum(axis=(1, 2)) if seen else None)
        return np.concatenate([raw[:, None], standard[:, None], loadings], axis=1)

    names = {"omega": "reliability", "standardized": "reliability"}
    names |= {f"loading.{i}": "plain" for i in range(len(signs))}
    found = bounded_estimates(part, model, names, level)
    if any(np.isnan(row["estimate"]) for row in found.values()):
        raise ArgumentError("method", method, text("reliability.allowed.solution"))
    return found


def _item_rows(names: Sequence[str], signs: Floats, found: dict[str, Row]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for i, (item, sign) in enumerate(zip(names, signs, strict=True)):
        one = found[f"loading.{i}"]
        communality = one["estimate"] ** 2
        rows.append(
            {
                "item": item,
                "reversed": bool(sign < 0),
                "loading": one["estimate"],
                "low": one["low"],
                "high": one["high"],
                "uniqueness": 1 - communality,
                "heywood": communality >= HEYWOOD,
            }
        )
    return rows
