"""Factor analysis: which ratings say the same thing, and how many things there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.drivers_regression import (
    Floats,
    check_collinear,
    check_names,
    check_spread,
)
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import row_axes
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_confidence, take_moments
from csmodels_helpers.tally import Moments
from csmodels_helpers.uncertainty import Stack, estimates

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["FactorAnalysis", "factor_analysis"]

Rotation = Literal["oblimin", "varimax", "none"]
ROTATIONS = ("oblimin", "varimax", "none")

_DRAWS = 200
_HEYWOOD = 0.01
# Below this share of its own an item would be its factor, and the likelihood has no maximum.
_LEAST = 0.005


@dataclass(frozen=True, eq=False)
class FactorAnalysis(Result):
    """Loadings of items on factors.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an item, in the order given: ``item``; for each factor ``factor_1``, ``factor_1_low``,
        ``factor_1_high``, … (loadings, pattern coefficients if the factors are oblique); ``communality``
        (share of the item's variation that the factors explain).
    factors : int
        How many there are.
    eigenvalues : pandas.DataFrame
        ``eigenvalue`` of the correlation matrix, and ``random``: what 95 % of samples without any factor stay
        below.
    factor_correlation : pandas.DataFrame
        Correlations of the factors; the identity for ``"varimax"`` and ``"none"``.
    rotation : str
        The rotation.
    heywood : tuple of str
        Items of which the factors seem to explain all: a sign that there are too many factors.
    n, n_missing : int
        Complete rows, and rows left out because a value is missing.
    confidence : float
        Level of the intervals.
    """

    factors: int
    eigenvalues: pd.DataFrame
    factor_correlation: pd.DataFrame
    rotation: str
    heywood: tuple[str, ...]
    n: int
    n_missing: int
    confidence: float

    @property
    def loadings(self) -> pd.DataFrame:
        """Loadings alone, items by factors.

        Returns
        -------
        pandas.DataFrame
            One column a factor.
        """
        names = [f"factor_{i + 1}" for i in range(self.factors)]
        return self.table.set_index("item")[names]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the loadings as a table of tiles, each with its number.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        import seaborn as sns

        ax = row_axes(ax, len(self.table))
        values = self.loadings
        labels = [[rounded(v, 2) for v in row] for row in values.to_numpy()]
        names = [text("drivers.axis.factor", number=i + 1) for i in range(self.factors)]
        sns.heatmap(
            values.to_numpy(),
            vmin=-1,
            vmax=1,
            cmap="RdBu",
            annot=np.array(labels),
            fmt="",
            xticklabels=names,
            yticklabels=values.index.tolist(),
            linewidths=1,
            # Shorter than the axes: its highest number would touch the title.
            cbar_kws={"label": text("drivers.axis.loading"), "shrink": 0.85},
            ax=ax,
        )
        for written in ax.texts:
            # Seaborn turns to white on colours that are still too light for it.
            strong = abs(float(written.get_text().replace("−", "-"))) > 0.6
            written.set_color("white" if strong else "black")
        ax.tick_params(axis="y", rotation=0)
        key = "factors" if self.factors > 1 else "factor"
        title = text(f"drivers.title.{key}", count=self.factors, items=len(self.table), share=self._share())
        return plots.label(
            ax,
            title=title,
            xlabel=text("drivers.axis.factors"),
            ylabel=text("drivers.axis.item"),
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say how many factors there are and which items mark them.

        Returns
        -------
        str
            A sentence, and one a factor.
        """
        key = "factors" if self.factors > 1 else "factor"
        said = [
            text(f"drivers.explain.{key}", count=self.factors, items=len(self.table), share=self._share())
        ]
        for i in range(self.factors):
            column = self.loadings[f"factor_{i + 1}"]
            own = column[column.abs() >= 0.5].sort_values(key=abs, ascending=False)[:4]
            if len(own):
                parts = [f"{name} {rounded(value, 2)}" for name, value in own.items()]
                names = text("drivers.list.comma").join(parts)
                said.append(text("drivers.explain.marked", number=i + 1, names=names))
        if self.heywood:
            said.append(text("drivers.explain.heywood", names=text("drivers.list.comma").join(self.heywood)))
        return join(*said, text("drivers.explain.rows", n=self.n, missing=self.n_missing))

    def _share(self) -> str:
        return rounded(100 * float(self.table["communality"].mean()), 0)


def _random_eigenvalues(items: int, n: int, seed: int) -> Floats:
    """Horn's yardstick: 95th percentiles of the eigenvalues in samples of this size without any factor."""
    rng = np.random.default_rng(seed)
    # Bartlett's decomposition draws the cross-products themselves, so a billion rows cost what a thousand do.
    root = np.tril(rng.standard_normal((_DRAWS, items, items)), -1)
    root[:, range(items), range(items)] = np.sqrt(rng.chisquare(n - 1 - np.arange(items), (_DRAWS, items)))
    products = root @ np.swapaxes(root, 1, 2)
    spread = np.sqrt(np.diagonal(products, axis1=1, axis2=2))
    values = np.linalg.eigvalsh(products / (spread[:, :, None] * spread[:, None, :]))[:, ::-1]
    return np.asarray(np.quantile(values, 0.95, axis=0), dtype=np.float64)


def _uniquenesses(correlation: Floats, factors: int, start: Floats) -> Floats:
    """Maximum likelihood of the items' own shares (Jöreskog 1967), as R's factanal seeks them."""
    from scipy.optimize import minimize

    def loss(psi: Floats) -> tuple[float, Floats]:
        root = np.sqrt(psi)
        values, vectors = np.linalg.eigh(correlation / root[:, None] / root)
        rest = values[:-factors]
        loadings = _loadings(values, vectors, root, factors)
        slope = ((loadings**2).sum(axis=1) + psi - np.diag(correlation)) / psi**2
        return float((rest - np.log(np.maximum(rest, 1e-12)) - 1).sum()), slope

    bounds = [(_LEAST, 1.0)] * len(start)
    options: Any = {"maxiter": 1000, "ftol": 1e-13, "gtol": 1e-7}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return np.asarray(found.x, dtype=np.float64)


def _loadings(values: Floats, vectors: Floats, root: Floats, factors: int) -> Floats:
    size = np.sqrt(np.maximum(values[: -factors - 1 : -1] - 1, 0))
    return root[:, None] * vectors[:, : -factors - 1 : -1] * size


def _fit(correlation: Floats, factors: int, rotation: str, start: Floats) -> tuple[Floats, Floats, Floats]:
    """Rotated loadings, correlations of the factors (what explains most first), uniquenesses."""
    from statsmodels.multivariate.factor_rotation import rotate_factors

    psi = _uniquenesses(correlation, factors, start)
    root = np.sqrt(psi)
    values, vectors = np.linalg.eigh(correlation / root[:, None] / root)
    loadings, phi = _loadings(values, vectors, root, factors), np.eye(factors)
    if rotation != "none" and factors > 1:
        kind = ("oblimin", 0, "oblique") if rotation == "oblimin" else ("varimax",)
        loadings, turn = rotate_factors(loadings, *kind)
        phi = turn.T @ turn
    order = np.argsort(-((loadings @ phi) * loadings).sum(axis=0), kind="stable")
    sign = np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)[order]
    return loadings[:, order] * sign, phi[np.ix_(order, order)] * np.outer(sign, sign), psi


def _align(loadings: Floats, to: Floats) -> Floats:
    """Put the factors of one sample into the order and direction of another one's."""
    from scipy.optimize import linear_sum_assignment

    if not np.isfinite(loadings).all():
        return loadings
    likeness = to.T @ loadings
    order = linear_sum_assignment(-np.abs(likeness))[1]
    sign = np.where(likeness[range(len(order)), order] < 0, -1.0, 1.0)
    return loadings[:, order] * sign


def _how_many(made: Moments, factors: int | None, correlation: Floats, seed: int) -> tuple[int, pd.DataFrame]:
    items = len(made.columns)
    found = np.linalg.eigvalsh(correlation)[::-1]
    random = _random_eigenvalues(items, made.n, seed)
    eigenvalues = pd.DataFrame({"eigenvalue": found, "random": random}, index=range(1, items + 1))
    if factors is None:
        above = found > random
        factors = max(1, items if above.all() else int(above.argmin()))
    # Degrees of freedom of the model: more factors than this describe any correlation matrix.
    most = max((k for k in range(1, items) if (items - k) ** 2 >= items + k), default=0)
    whole = isinstance(factors, int | np.integer) and not isinstance(factors, bool)  # pyright: ignore[reportUnnecessaryIsInstance]
    if not whole or not 1 <= factors <= most:
        raise ArgumentError("factors", factors, text("drivers.allowed.factors", most=most, items=items))
    return int(factors), eigenvalues


def factor_analysis(
    data: Any,
    items: Sequence[str],
    *,
    factors: int | None = None,
    rotation: Rotation = "oblimin",
    respondent: str | None = None,
    confidence: float = 0.95,
    seed: int = 1,
) -> FactorAnalysis:
    """Find the factors behind items that go together.

    Parameters
    ----------
    data : frame or Moments
        One row an answer, in any frame that narwhals knows; or a tally that holds the columns.
    items : sequence of str
        Ratings: numbers, at least three.
    factors : int, optional
        How many; by default as many as have a larger eigenvalue than random answers (Horn's parallel
        analysis).
    rotation : {"oblimin", "varimax", "none"}, default "oblimin"
        Oblique by default: whoever is pleased with one thing is mostly pleased with the next, so factors of
        satisfaction correlate, and forcing them apart (``"varimax"``) smears the loadings.
    respondent : str, optional
        Column that says who answered; without it each row is somebody else.
    confidence : float, default 0.95
        Level of the intervals.
    seed : int, default 1
        Of the random answers that the eigenvalues are compared with.

    Returns
    -------
    FactorAnalysis
        Loadings between −1 and 1 (oblique ones may pass 1).

    Raises
    ------
    UnknownNameError
        If the frame lacks a column.
    DataError
        If a column holds text.
    ArgumentError
        If an item does not vary or repeats others, there are too few answers, or too many factors.

    Notes
    -----
    R = ΛΦΛᵀ + Ψ by maximum likelihood, rotated by statsmodels. (Its own likelihood fit starts at random.) An
    item's own share is kept above 0.005. Intervals by the delete-a-group jackknife; each sample without a
    group is rotated anew and its factors put into the order and direction of the whole. They take the number
    of factors as known.

    References
    ----------
    Jöreskog, K. G. (1967). Some contributions to maximum likelihood factor analysis. *Psychometrika* 32,
    443–482. Horn, J. L. (1965). A rationale and test for the number of factors in factor analysis.
    *Psychometrika* 30, 179–185. Fabrigar, L. R., Wegener, D. T., MacCallum, R. C. and Strahan, E. J. (1999).
    Evaluating the use of exploratory factor analysis in psychological research. *Psychological Methods* 4,
    272–299.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> mood = rng.normal(size=(400, 1))
    >>> answers = pd.DataFrame(mood + rng.normal(size=(400, 4)), columns=list("abcd"))
    >>> found = factor_analysis(answers, list("abcd"))
    >>> found.factors, found.loadings["factor_1"].round(1).tolist()
    (1, [0.7, 0.7, 0.6, 0.7])
    """
    level = check_confidence(confidence)
    names = check_names(items, "items")
    if rotation not in ROTATIONS:
        raise ArgumentError("rotation", rotation, " | ".join(repr(name) for name in ROTATIONS))
    made = take_moments(data, names, respondent=respondent)
    if made.n <= len(names) + 1:
        allowed = text("drivers.allowed.rows", parameters=len(names) + 1, more=len(names) + 2)
        raise ArgumentError("data", made.n, allowed, text("drivers.advice.rows", missing=made.left_out))
    check_spread(made, "items")
    correlation = made.correlation().to_numpy()
    check_collinear(correlation, names, "items")
    count, eigenvalues = _how_many(made, factors, correlation, seed)
    p = len(names)
    start = (1 - 0.5 * count / p) / np.diag(np.linalg.inv(correlation))
    whole, phi, psi = _fit(correlation, count, rotation, np.clip(start, _LEAST, 1))

    def model(stack: Stack) -> Floats:
        rows: list[Floats] = []
        for cor in stack.correlation:
            loadings = (
                _fit(cor, count, rotation, psi)[0] if np.isfinite(cor).all() else np.full_like(whole, np.nan)
            )
            rows.append(_align(loadings, whole).ravel())
        return np.array(rows)

    found = estimates(made, model, [str(i) for i in range(p * count)], level)
    table = pd.DataFrame({"item": list(names)})
    for i in range(count):
        for column, end in (("estimate", ""), ("low", "_low"), ("high", "_high")):
            table[f"factor_{i + 1}{end}"] = found[column].to_numpy().reshape(p, count)[:, i]
    table["communality"] = ((whole @ phi) * whole).sum(axis=1)
    heywood = tuple(table.loc[table["communality"] > 1 - _HEYWOOD, "item"].tolist())
    labels = [f"factor_{i + 1}" for i in range(count)]
    between = pd.DataFrame(phi, index=labels, columns=labels)
    return FactorAnalysis(table, count, eigenvalues, between, rotation, heywood, made.n, made.left_out, level)
