"""Confirmatory factor analysis: whether the answers know the five dimensions that the instrument claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.drivers_regression import check_collinear
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import draw_points, row_axes
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.reliability_factors import fit_factors, implied, parameter_count
from csmodels_helpers.reliability_items import check_part
from csmodels_helpers.results import Result
from csmodels_helpers.servqual_items import (
    Floats,
    columns_of,
    dimension_name,
    instrument,
)
from csmodels_helpers.survey import check_confidence, take_moments
from csmodels_helpers.survey import scale as scale_rule
from csmodels_helpers.uncertainty import leave_groups_out, spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["FactorAnalysis", "confirmatory_factors"]

LIKELIHOODS = ("normal", "wishart")
# Usual bounds of close fit (Hu and Bentler 1999) and of factors that are told apart.
GOOD_CFI, GOOD_RMSEA, SAME = 0.95, 0.06, 0.85


@dataclass(frozen=True, eq=False)
class FactorAnalysis(Result):
    """A confirmatory factor analysis of correlated factors.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an item: ``item``, ``dimension``, ``loading`` (standardized), ``error``, ``low``, ``high``,
        ``uniqueness``, ``heywood`` (no variance of its own is left: the model does not fit this item).
    correlations : pandas.DataFrame
        One row a pair of factors: ``first``, ``second``, ``correlation``, ``error``, ``low``, ``high``.
    fit : dict of float
        ``n``, ``n_missing``, ``chi2``, ``df``, ``p``, ``cfi``, ``tli``, ``rmsea``, ``rmsea_low``,
        ``rmsea_high`` (90 %), ``srmr``.
    confidence : float
        Level of the intervals of loadings and correlations.
    """

    correlations: pd.DataFrame
    fit: dict[str, float]
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the correlations of the factors: those near 1 are one factor.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        pairs = len(self.correlations)
        if pairs == 0:
            shown = self.table.rename(columns={"loading": "score"})
            labels, axis = [str(item) for item in shown["item"]], "servqual.axis.loading"
        else:
            shown = self.correlations.rename(columns={"correlation": "score"})
            shown = shown.sort_values("score", ascending=False, ignore_index=True)
            labels = [
                text("servqual.words.pair", first=dimension_name(a), second=dimension_name(b))
                for a, b in zip(shown["first"], shown["second"], strict=True)
            ]
            axis = "servqual.axis.factor_correlation"
        ax = row_axes(ax, len(shown))
        draw_points(ax, shown, labels)
        ax.axvline(1, color=plots.PALETTE["grey"], lw=1)
        key = "servqual.title.factors_good" if self._close() else "servqual.title.factors_poor"
        title = text(key, cfi=rounded(self.fit["cfi"], 2), rmsea=rounded(self.fit["rmsea"], 2))
        ylabel = text("servqual.axis.pair" if pairs else "servqual.axis.item")
        return plots.label(ax, title=title, xlabel=text(axis), ylabel=ylabel, alt=self.explain())

    def _close(self) -> bool:
        return self.fit["cfi"] >= GOOD_CFI and self.fit["rmsea"] <= GOOD_RMSEA

    def explain(self) -> str:
        """Say whether the factors fit, and whether two of them are one.

        Returns
        -------
        str
            Two or three sentences.
        """
        numbers: dict[str, object] = {name: rounded(self.fit[name], 2) for name in ("cfi", "rmsea", "srmr")}
        numbers |= {"n": int(self.fit["n"]), "missing": int(self.fit["n_missing"]), "df": int(self.fit["df"])}
        numbers |= {"chi2": rounded(self.fit["chi2"], 1), "factors": self.table["dimension"].nunique()}
        said = text(f"servqual.explain.factors_{'good' if self._close() else 'poor'}", **numbers)
        pairs = ""
        if len(self.correlations):
            row = self.correlations.iloc[int(self.correlations["correlation"].to_numpy().argmax())]
            key = "factors_same" if row["correlation"] > SAME else "factors_apart"
            first, second = dimension_name(row["first"]), dimension_name(row["second"])
            pairs = text(
                f"servqual.explain.{key}", first=first, second=second, r=rounded(row["correlation"], 2)
            )
        odd = self.table.loc[self.table["heywood"], "item"].tolist()
        names = text("servqual.words.names").join(odd)
        return join(said, pairs, text("servqual.explain.heywood", names=names) if odd else "")


def confirmatory_factors(
    data: Any,
    *,
    answers: str | Mapping[str, str] = "perceived_{item}",
    dimensions: Mapping[str, Sequence[str]] | None = None,
    reverse: Sequence[str] = (),
    scale: tuple[int, int] | None = (1, 7),
    likelihood: Literal["normal", "wishart"] = "normal",
    respondent: str | None = None,
    confidence: float = 0.95,
) -> FactorAnalysis:
    """Fit correlated factors, one a dimension, by maximum likelihood.

    Parameters
    ----------
    data : frame or Moments
        One row a respondent; any frame that narwhals knows, or the tally of one.
    answers : str or dict, default "perceived_{item}"
        Columns: a pattern with ``{item}``, or item → column.
    dimensions, reverse : optional
        As in :func:`csmodels_helpers.servqual.analyze`; a dimension with one item is not determined.
    scale : tuple of int or None, default (1, 7)
        Lowest and highest answer; None takes any numbers.
    likelihood : {"normal", "wishart"}, default "normal"
        Whether chi-square is n or n − 1 times the discrepancy. lavaan and Mplus take n, the default here;
        EQS and AMOS n − 1. It changes no estimate.
    respondent : str, optional
        Column that says who answered.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    FactorAnalysis
        Standardized loadings, correlations of factors and indices of fit.

    Raises
    ------
    UnknownNameError
        If a column is not there.
    DataError
        If an answer is off the scale, or an item is the same for everybody.
    ArgumentError
        If a dimension has fewer than two items (three if it is the only one), there are not more complete
        rows than parameters, or no solution is found.

    Notes
    -----
    Fisher scoring on the correlation matrix, to which the likelihood of this model (each item on one
    factor, factors with variance 1) reduces. Rows that lack an answer are left out. Intervals of loadings
    and correlations come from the delete-a-group jackknife, which does not assume normal answers;
    chi-square, and with it CFI, TLI and RMSEA, does. SRMR: root mean square of observed minus implied
    correlations, the diagonal included.

    References
    ----------
    Jöreskog, K. G. (1969). A general approach to confirmatory maximum likelihood factor analysis.
    Psychometrika 34, 183–202. Hu, L. and Bentler, P. M. (1999). Cutoff criteria for fit indexes in
    covariance structure analysis. Structural Equation Modeling 6, 1–55.

    Examples
    --------
    >>> rng = np.random.default_rng(4)
    >>> one = rng.normal(size=400)
    >>> two = 0.5 * one + rng.normal(size=400)
    >>> made = {f"q{i}": (one if i < 3 else two) + rng.normal(size=400) for i in range(6)}
    >>> found = confirmatory_factors(
    ...     pd.DataFrame(made), answers="{item}", scale=None,
    ...     dimensions={"a": ["q0", "q1", "q2"], "b": ["q3", "q4", "q5"]},
    ... )
    >>> found.fit["df"], round(float(found.correlations.loc[0, "correlation"]), 2)
    (8, 0.51)
    """
    level = check_confidence(confidence)
    if likelihood not in LIKELIHOODS:
        raise ArgumentError("likelihood", likelihood, text("servqual.allowed.likelihood"))
    made = instrument(dimensions, reverse, (1, 7) if scale is None else scale)
    least = 3 if len(made.dimensions) == 1 else 2
    if min(len(items) for items in made.dimensions.values()) < least:
        raise ArgumentError("dimensions", dimensions, text("servqual.allowed.factor_items", least=least))
    columns = columns_of(answers, made.items, "answers")
    rule = None if scale is None else scale_rule(*made.scale, missing=True)
    place = np.repeat(np.arange(len(made.dimensions)), [len(items) for items in made.dimensions.values()])
    tallied = take_moments(data, [columns[i] for i in made.items], rule=rule, respondent=respondent)
    check_part(tallied, None, None, parameter_count(place) + 1)
    check_collinear(tallied.correlation().to_numpy(), tallied.columns, "answers")
    signs = np.array([made.signs[item] for item in made.items])
    correlation = leave_groups_out(tallied).correlation * np.outer(signs, signs)
    # A sample in which an item became constant has no correlations: without it there is no jackknife.
    fine = np.isfinite(correlation).all(axis=(1, 2))
    fitted = fit_factors(correlation if fine.all() else correlation[:1], place)
    if not fitted.converged.all():
        raise ArgumentError("dimensions", list(made.dimensions), text("servqual.allowed.solution"))
    found = spread(fitted.loadings, level).table.rename(columns={"estimate": "loading"})
    found.insert(0, "item", made.items)
    found.insert(1, "dimension", [list(made.dimensions)[f] for f in place])
    found["uniqueness"] = fitted.uniqueness[0]
    found["heywood"] = fitted.uniqueness[0] <= 0.001
    one, two = np.triu_indices(len(made.dimensions), 1)
    pairs = spread(fitted.correlation[:, one, two], level).table.rename(columns={"estimate": "correlation"})
    pairs.insert(0, "first", [list(made.dimensions)[i] for i in one])
    pairs.insert(1, "second", [list(made.dimensions)[i] for i in two])
    sigma = implied(fitted.loadings[:1], fitted.uniqueness[:1], fitted.correlation[:1], place)[0]
    n = tallied.n if likelihood == "normal" else tallied.n - 1
    free = len(place) * (len(place) + 1) // 2 - parameter_count(place)
    fit = _fit(correlation[0], sigma, float(fitted.discrepancy[0]), n, free)
    return FactorAnalysis(found, pairs, {"n": tallied.n, "n_missing": tallied.left_out} | fit, level)


def _fit(correlation: Floats, sigma: Floats, discrepancy: float, n: int, df: int) -> dict[str, float]:
    """Chi-square and the usual indices of fit."""
    from scipy import optimize, stats

    k = len(correlation)
    chi2, alone = n * discrepancy, -n * float(np.linalg.slogdet(correlation)[1])
    df_alone = k * (k - 1) // 2
    excess, excess_alone = max(chi2 - df, 0.0), max(alone - df_alone, chi2 - df, 1e-12)
    tli = ((alone / df_alone) - (chi2 / df)) / ((alone / df_alone) - 1) if df else np.nan
    ends: list[float] = []
    for tail in (0.95, 0.05):
        # The noncentrality at which chi-square this large has that probability; 0 if there is none.
        def miss(noncentral: float, tail: float = tail) -> float:
            return float(stats.ncx2.cdf(chi2, df, noncentral)) - tail

        high = max(10 * chi2, 100.0)
        ends.append(float(optimize.brentq(miss, 1e-9, high)) if df and miss(1e-9) > 0 else 0.0)
    root = [np.sqrt(value / (df * n)) if df else 0.0 for value in (excess, *ends)]
    lower = np.tril_indices(k)
    srmr = float(np.sqrt(np.mean((correlation - sigma)[lower] ** 2)))
    p = float(stats.chi2.sf(chi2, df)) if df else 1.0
    found = {"chi2": chi2, "df": df, "p": p, "cfi": 1 - excess / excess_alone, "tli": tli}
    return found | {"rmsea": root[0], "rmsea_low": root[1], "rmsea_high": root[2], "srmr": srmr}
