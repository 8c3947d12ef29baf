"""The path model estimated: paths, effects, items and constructs, each with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.drivers_regression import check_collinear, check_spread
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import draw_points, row_axes
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.paths_algorithm import Floats, Solution, Structure, solve_paths, structure
from csmodels_helpers.paths_model import Model
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_confidence, take_moments
from csmodels_helpers.tally import Moments, jackknife_variance
from csmodels_helpers.uncertainty import leave_groups_out, resample, t_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PathResult", "analyze"]

Scheme = Literal["path", "factorial", "centroid"]
Mode = Literal["A", "B"]
Correction = Literal["none", "plsc"]
Uncertainty = Literal["jackknife", "bootstrap"]

_CHOICES = {
    "scheme": ("path", "factorial", "centroid"),
    "mode": ("A", "B"),
    "correction": ("none", "plsc"),
    "uncertainty": ("jackknife", "bootstrap"),
}


@dataclass(frozen=True, eq=False)
class PathResult(Result):
    """An estimated path model.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a path, in the order of the model: ``from``, ``to``, ``coefficient`` (standardised),
        ``error``, ``low``, ``high``.
    effects : pandas.DataFrame
        One row a pair of which the first acts on the second: ``from``, ``to``, ``direct`` (0 where no path
        leads straight), ``indirect``, ``total``, the last two with ``…_low`` and ``…_high``.
    items : pandas.DataFrame
        One row an item: ``construct``, ``item``, ``loading``, ``weight``, each with ``…_low`` and ``…_high``.
    constructs : pandas.DataFrame
        One row a construct: ``construct``, ``items`` (how many), ``r2`` with ends (missing where no path
        leads to it), ``alpha`` (Cronbach), ``rho_a`` (Dijkstra and Henseler), ``composite_reliability``,
        ``ave`` (average variance extracted); reliabilities are missing for single items.
    correlation : pandas.DataFrame
        Correlations of the constructs, disattenuated with ``correction="plsc"``.
    model : Model
        The model.
    correction : str
        ``"none"`` or ``"plsc"``.
    n, n_missing : int
        Complete rows, and rows left out because a value is missing.
    confidence : float
        Level of the intervals.
    failed : int, default 0
        Samples of respondents in which the algorithm came to no end; they are not in the intervals.
    """

    effects: pd.DataFrame
    items: pd.DataFrame
    constructs: pd.DataFrame
    correlation: pd.DataFrame
    model: Model
    correction: str
    n: int
    n_missing: int
    confidence: float
    failed: int = 0

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the path coefficients with their intervals.

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
        labels = [f"{row['from']} → {row['to']}" for row in self.table.to_dict("records")]
        draw_points(ax, self.table.rename(columns={"coefficient": "score"}), labels)
        ax.axvline(0, color=plots.PALETTE["grey"], linewidth=1)
        strongest = self._strongest()
        title = text("paths.title.paths", start=strongest["from"], end=strongest["to"])
        return plots.label(
            ax,
            title=title,
            xlabel=text("paths.axis.coefficient"),
            ylabel=text("paths.axis.path"),
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say the strongest path and what acts most on the last construct, directly and in all.

        Returns
        -------
        str
            Two or three sentences.
        """
        strongest, level = self._strongest(), f"{100 * self.confidence:g}"
        last = self.model.order[-1]
        said = text("paths.explain.strongest", level=level, **_said(strongest, "coefficient", "low", "high"))
        own = self.effects[self.effects["to"] == last].to_dict("records")
        most = max(own, key=lambda row: abs(row["total"]))
        names = ("direct", "total", "total_low", "total_high")
        said = join(said, text("paths.explain.effects", level=level, **_said(most, *names)))
        explained = dict(zip(self.constructs["construct"], self.constructs["r2"], strict=True))
        r2 = rounded(100 * float(explained[last]), 0)
        return join(said, text("paths.explain.r2", end=last, r2=r2, n=self.n, missing=self.n_missing))

    def _strongest(self) -> dict[Any, Any]:
        return max(self.table.to_dict("records"), key=lambda row: abs(row["coefficient"]))


def _said(row: dict[Any, Any], *names: str) -> dict[str, str]:
    return {"start": row["from"], "end": row["to"], **{name: rounded(float(row[name]), 2) for name in names}}


def reached(s: Structure) -> list[tuple[int, int]]:
    """Pairs of which the first acts on the second, on whatever way."""
    beta = np.zeros((1, s.size, s.size))
    for start, end in s.pairs:
        beta[0, start, end] = 1
    from csmodels_helpers.paths_algorithm import total_effects

    places = np.argwhere(total_effects(beta, s)[0] != 0).tolist()
    return [(int(start), int(end)) for start, end in places]


def _numbers(solution: Solution, s: Structure) -> dict[str, Floats]:
    """All that gets an interval, by name: arrays (B, …)."""
    pairs = reached(s)
    starts, ends = [a for a, _ in pairs], [b for _, b in pairs]
    direct = np.zeros_like(solution.total)
    for i, (start, end) in enumerate(s.pairs):
        direct[:, start, end] = solution.coefficients[:, i]
    return {
        "coefficient": solution.coefficients,
        "direct": direct[:, starts, ends],
        "indirect": (solution.total - direct)[:, starts, ends],
        "total": solution.total[:, starts, ends],
        "loading": solution.loadings,
        "weight": solution.weights,
        "r2": solution.r2[:, sorted(s.causes)],
    }


def spread(values: Floats, uncertainty: str, level: float) -> tuple[Floats, Floats, Floats]:
    """Compute standard error and ends of the first row, from the other rows."""
    whole, others = values[0], values[1:]
    if len(others) < 2:
        gap = np.full(whole.shape, math.nan)
        return gap, gap, gap
    if uncertainty == "bootstrap":
        low, high = np.quantile(others, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return others.std(axis=0, ddof=1), low, high
    error = np.sqrt(jackknife_variance(others))
    half = t_quantile(level, len(others) - 1) * error
    return error, whole - half, whole + half


def usable(finite: npt.NDArray[np.bool_], uncertainty: str) -> npt.NDArray[np.bool_]:
    """Tell which samples the intervals rest on: the jackknife needs all of them, or there is no interval."""
    if uncertainty == "bootstrap" or finite.all():
        return finite
    return np.arange(len(finite)) == 0


def check_choices(**given: str) -> None:
    for name, value in given.items():
        if value not in _CHOICES[name]:
            raise ArgumentError(name, value, " | ".join(repr(known) for known in _CHOICES[name]))
    if given.get("correction") == "plsc" and given.get("mode") == "B":
        raise ArgumentError("correction", "plsc", text("paths.allowed.plsc_mode"))


def check_sample(made: Moments, model: Model, solution: Solution, correction: str) -> None:
    """Refuse a whole sample from which the model cannot be estimated."""
    if not solution.settled[0]:
        # Regressions on collinear causes have no solution; without them the weights are found all the same.
        plain = solve_paths(made.correlation().to_numpy()[None], structure(model), "factorial")
        _check_causes(plain.between[0], model)
        correlation = made.correlation()
        for items in model.constructs.values():  # the weights of mode B are regressions on the items
            check_collinear(correlation.loc[list(items), list(items)].to_numpy(), items, "items")
        raise ArgumentError("model", list(model.constructs), text("paths.allowed.settled"))
    names = list(model.constructs)
    bad = [name for name, rho in zip(names, solution.rho_a[0], strict=True) if not rho > 0]
    if correction == "plsc" and bad:
        raise ArgumentError("correction", "plsc", text("paths.allowed.rho", names=", ".join(bad)))
    between = solution.between[0]
    if correction == "plsc" and (np.abs(between - np.eye(len(names))) >= 1).any():
        start, end = np.argwhere(np.abs(between - np.eye(len(names))) >= 1)[0]
        pair = [names[start], names[end]]
        raise ArgumentError("correction", "plsc", text("paths.allowed.distinct", names=", ".join(pair)))
    _check_causes(between, model)


def _check_causes(between: Floats, model: Model) -> None:
    names = list(model.constructs)
    for name in model.order:
        causes = model.causes(name)
        place = [names.index(cause) for cause in causes]
        if len(causes) > 1 and np.linalg.eigvalsh(between[np.ix_(place, place)])[0] < 1e-9:
            advice = text("paths.advice.collinear", names=", ".join(causes))
            raise ArgumentError("model", name, text("paths.allowed.independent"), advice)


def take_items(data: Any, model: Model, respondent: str | None) -> Moments:
    """Tally the items and refuse what no model can be estimated from."""
    if not isinstance(model, Model):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError("model", model, text("paths.allowed.model"))
    made = take_moments(data, model.items, respondent=respondent)
    parameters = 1 + max(
        [len(model.causes(name)) for name in model.constructs] + [len(i) for i in model.constructs.values()]
    )
    if made.n <= parameters:
        allowed = text("drivers.allowed.rows", parameters=parameters, more=parameters + 1)
        raise ArgumentError("data", made.n, allowed, text("paths.advice.rows", missing=made.left_out))
    check_spread(made, "items")
    return made


def analyze(
    data: Any,
    model: Model,
    *,
    scheme: Scheme = "path",
    mode: Mode = "A",
    correction: Correction = "none",
    respondent: str | None = None,
    uncertainty: Uncertainty = "jackknife",
    draws: int = 5000,
    confidence: float = 0.95,
    seed: int = 1,
) -> PathResult:
    """Estimate a PLS path model, such as the satisfaction indices ACSI and ECSI.

    Each construct is a weighted sum (composite) of its items, and each composite is regressed on those that
    act on it. The weights are found by turns: from the neighbours' composites, then from the items.

    Parameters
    ----------
    data : frame or Moments
        One row a respondent, in any frame that narwhals knows; or a tally that holds the items.
    model : Model
        Constructs, items and paths.
    scheme : {"path", "factorial", "centroid"}, default "path"
        How neighbours count while the weights are sought. ``"path"`` is the default because it alone minds
        the direction of the paths; ``"factorial"`` takes correlations, ``"centroid"`` (the oldest) only their
        signs. The results hardly differ.
    mode : {"A", "B"}, default "A"
        Weights from correlations of the items with the neighbours' composites, or from regression on all
        items of the construct. A is the default because B falls apart where items of a construct are alike,
        as ratings are.
    correction : {"none", "plsc"}, default "none"
        ``"none"`` estimates paths between composites, which is what an index made of these items needs.
        ``"plsc"`` divides the correlations by the reliabilities, for paths between common factors that items
        only mirror; take it where the items of a construct could be exchanged for others.
    respondent : str, optional
        Column that says who answered; without it each row is somebody else.
    uncertainty : {"jackknife", "bootstrap"}, default "jackknife"
        Delete-a-group jackknife with t intervals, or percentiles over ``draws`` samples of respondent groups.
        The jackknife is the default because it needs no seed and 100 instead of thousands of runs.
    draws : int, default 5000
        Samples of the bootstrap.
    confidence : float, default 0.95
        Level of the intervals.
    seed : int, default 1
        Seed of the bootstrap.

    Returns
    -------
    PathResult
        Standardised coefficients, effects, loadings, weights and reliabilities.

    Raises
    ------
    UnknownNameError
        If the frame lacks an item.
    DataError
        If an item holds text.
    ArgumentError
        If an item does not vary, there are fewer answers than parameters, constructs are collinear, the
        algorithm comes to no end, or PLSc finds no reliability above 0.

    Notes
    -----
    Composites cⱼ = Xⱼwⱼ of variance 1. Mode A: wⱼ ∝ cov(Xⱼ, Σₖ eₖⱼcₖ) with inner weights e by ``scheme``;
    repeated until no weight moves by more than 10⁻⁸. PLSc: ρ_A = (wᵀw)² · wᵀ(S − diag S)w / wᵀ(wwᵀ − diag
    wwᵀ)w, and r/√(ρᵢρⱼ). Rows with a missing item are left out as a whole. Correlations of answers show no
    direction: the arrows are an assumption.

    References
    ----------
    Fornell, C., Johnson, M. D., Anderson, E. W., Cha, J. and Bryant, B. E. (1996). The American customer
    satisfaction index. *Journal of Marketing* 60(4), 7–18. Tenenhaus, M., Esposito Vinzi, V., Chatelin, Y.-M.
    and Lauro, C. (2005). PLS path modeling. *Computational Statistics & Data Analysis* 48, 159–205. Dijkstra,
    T. K. and Henseler, J. (2015). Consistent partial least squares path modeling. *MIS Quarterly* 39,
    297–316.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> quality = rng.normal(size=(300, 1))
    >>> satisfaction = 0.6 * quality + 0.8 * rng.normal(size=(300, 1))
    >>> answers = pd.DataFrame(np.hstack([quality, quality, satisfaction]) + 0.4 * rng.normal(size=(300, 3)))
    >>> answers.columns = ["q1", "q2", "s1"]
    >>> model = Model({"Quality": ["q1", "q2"], "Satisfaction": ["s1"]}, [("Quality", "Satisfaction")])
    >>> analyze(answers, model).table[["from", "to", "coefficient"]].round(1)
          from            to  coefficient
    0  Quality  Satisfaction          0.5
    """
    level = check_confidence(confidence)
    check_choices(scheme=scheme, mode=mode, correction=correction, uncertainty=uncertainty)
    made = take_items(data, model, respondent)
    s = structure(model)
    stack = resample(made, draws, seed) if uncertainty == "bootstrap" else leave_groups_out(made)
    correlation = stack.correlation
    solution = solve_paths(correlation, s, scheme, mode, correction)
    check_sample(made, model, solution, correction)
    found = _numbers(solution, s)
    finite = np.isfinite(np.concatenate(list(found.values()), axis=1)).all(axis=1) & solution.settled
    failed = int((~finite).sum())
    good = usable(finite, uncertainty)
    ends = {name: (values[0], *spread(values[good], uncertainty, level)) for name, values in found.items()}
    return _result(ends, correlation[0], solution, made, model, s, (correction, level, failed))


def _columns(ends: dict[str, tuple[Floats, ...]], names: Sequence[str]) -> dict[str, Floats]:
    found: dict[str, Floats] = {}
    for name in names:
        value, _, low, high = ends[name]
        found |= {name: value, f"{name}_low": low, f"{name}_high": high}
    return found


def _result(
    ends: dict[str, tuple[Floats, ...]],
    correlation: Floats,
    solution: Solution,
    made: Moments,
    model: Model,
    s: Structure,
    facts: tuple[str, float, int],
) -> PathResult:
    names, pairs = list(model.constructs), reached(s)
    value, error, low, high = ends["coefficient"]
    table = pd.DataFrame({"from": [a for a, _ in model.paths], "to": [b for _, b in model.paths]})
    table = table.assign(coefficient=value, error=error, low=low, high=high)
    effects = pd.DataFrame({"from": [names[a] for a, _ in pairs], "to": [names[b] for _, b in pairs]})
    effects["direct"] = ends["direct"][0]
    effects = effects.assign(**_columns(ends, ["indirect", "total"]))
    items = pd.DataFrame({"construct": [names[i] for i in s.block], "item": list(model.items)})
    items = items.assign(**_columns(ends, ["loading", "weight"]))
    correction, level, failed = facts
    return PathResult(
        table,
        effects,
        items,
        _constructs(ends, correlation, solution, s, names),
        pd.DataFrame(solution.between[0], index=names, columns=names),
        model,
        correction,
        made.n,
        made.left_out,
        level,
        failed,
    )


def _constructs(
    ends: dict[str, tuple[Floats, ...]],
    correlation: Floats,
    solution: Solution,
    s: Structure,
    names: list[str],
) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    explained = sorted(s.causes)
    for construct, name in enumerate(names):
        own = s.items(construct)
        count, loading = own.stop - own.start, solution.loadings[0, own]
        row: dict[str, Any] = {"construct": name, "items": count}
        for column, values in _columns(ends, ["r2"]).items():
            row[column] = float(values[explained.index(construct)]) if construct in explained else math.nan
        row |= dict.fromkeys(("alpha", "rho_a", "composite_reliability", "ave"), math.nan)
        if count > 1:
            row["alpha"] = count / (count - 1) * (1 - count / correlation[own, own].sum())
            row["rho_a"] = float(solution.rho_a[0, construct])
            unexplained = float((1 - loading**2).sum())
            row["composite_reliability"] = loading.sum() ** 2 / (loading.sum() ** 2 + unexplained)
            row["ave"] = float((loading**2).mean())
        rows.append(row)
    return pd.DataFrame(rows)
