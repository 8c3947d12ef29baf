"""Confirmation, usefulness, satisfaction, intention: the path model of Bhattacherjee (2001)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.expectation_regression import (
    Floats,
    check_enough,
    check_independent,
    least_squares,
    said,
)
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import row_axes
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_confidence, take_moments
from csmodels_helpers.uncertainty import Stack, estimates

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ConfirmationModel", "confirmation_model"]

_C, _U, _S, _I = range(4)
_ROLES = ("confirmation", "usefulness", "satisfaction", "intention")
_PARENTS = {_U: [_C], _S: [_C, _U], _I: [_U, _S]}
# Cause, effect and kind of each row of the table, in the order in which `_effects` computes them.
_EFFECTS = (
    ("confirmation", "usefulness", "direct"),
    ("confirmation", "satisfaction", "direct"),
    ("usefulness", "satisfaction", "direct"),
    ("usefulness", "intention", "direct"),
    ("satisfaction", "intention", "direct"),
    ("confirmation", "satisfaction", "indirect"),
    ("usefulness", "intention", "indirect"),
    ("confirmation", "intention", "indirect"),
    ("confirmation", "usefulness", "total"),
    ("confirmation", "satisfaction", "total"),
    ("usefulness", "satisfaction", "total"),
    ("usefulness", "intention", "total"),
    ("satisfaction", "intention", "total"),
    ("confirmation", "intention", "total"),
)
_LOOKS = {"direct": ("blue", "o"), "indirect": ("orange", "s"), "total": ("green", "D")}


@dataclass(frozen=True, eq=False)
class ConfirmationModel(Result):
    """Direct, indirect and total effects from confirmation to the intention to stay.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an effect: ``cause``, ``effect`` (of ``"confirmation"``, ``"usefulness"``, ``"satisfaction"``,
        ``"intention"``), ``kind`` (``"direct"``, ``"indirect"``, ``"total"``), ``estimate``, ``error``,
        ``low``, ``high``.
    columns : dict of str
        Role → column of the data.
    r_squared : dict of float
        Share of the variance explained, 0–1, of usefulness, satisfaction and intention.
    standardized : bool
        Whether effects are in standard deviations; else in points of the columns.
    n, n_missing : int
        Complete rows, and rows that lack one of the four answers.
    confidence : float
        Level of the intervals.
    """

    columns: dict[str, str]
    r_squared: dict[str, float]
    standardized: bool
    n: int
    n_missing: int
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw every effect with its interval, direct, indirect and total apart.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        pairs = [(c, e) for c, e, kind in _EFFECTS if kind == "total"]
        ax = row_axes(ax, 2 * len(pairs))
        shifts = {"direct": 0.22, "indirect": 0.0, "total": -0.22}
        for kind, (colour, marker) in _LOOKS.items():
            rows = self.table[self.table["kind"] == kind]
            y = [
                len(pairs) - 1 - pairs.index((c, e))
                for c, e in zip(rows["cause"], rows["effect"], strict=True)
            ]
            x = rows["estimate"].to_numpy(dtype=np.float64)
            arms = np.nan_to_num(np.array([x - rows["low"].to_numpy(), rows["high"].to_numpy() - x]))
            place = np.array(y, dtype=np.float64) + shifts[kind]
            label = text(f"expectation.legend.{kind}")
            ax.errorbar(x, place, xerr=arms, fmt=marker, color=plots.PALETTE[colour], capsize=3, label=label)
        ax.axvline(0, color=plots.PALETTE["grey"], linewidth=1)
        names = [f"{_role(cause)} → {_role(effect)}" for cause, effect in pairs[::-1]]
        ax.set_yticks(range(len(pairs)), names)
        ax.set_ylim(-0.6, len(pairs) - 0.4)
        ax.grid(False, axis="y")
        plots.legend_below(ax)
        found = self._pick("confirmation", "intention", "total")
        shown = "unclear" if found["low"] <= 0 <= found["high"] else "clear"
        unit = "sd" if self.standardized else "points"
        return plots.label(
            ax,
            title=text(f"expectation.title.model_{shown}", estimate=said(found)["estimate"]),
            xlabel=text(f"expectation.axis.effect_{unit}"),
            ylabel=text("expectation.axis.path"),
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say what confirmation does to the intention in all, and on which way.

        Returns
        -------
        str
            Two or three sentences.
        """
        total = said(self._pick("confirmation", "intention", "total"))
        ways = {
            f"{cause[0]}{effect[0]}": said(self._pick(cause, effect, "direct"))["estimate"]
            for cause, effect, kind in _EFFECTS
            if kind == "direct"
        }
        shares = {name: rounded(100 * share, 0) for name, share in self.r_squared.items()}
        first = text(
            f"expectation.explain.model_{'sd' if self.standardized else 'points'}",
            level=f"{100 * self.confidence:g}",
            **total,
        )
        closing = text("expectation.explain.model_n", n=self.n, missing=self.n_missing, **shares)
        return join(first, text("expectation.explain.model_ways", **ways), closing)

    def _pick(self, cause: str, effect: str, kind: str) -> dict[str, float]:
        found = self.table.set_index(["cause", "effect", "kind"])[["estimate", "low", "high"]]
        return found.to_dict("index")[cause, effect, kind]  # pyright: ignore[reportReturnType]


def confirmation_model(
    data: Any,
    *,
    confirmation: str,
    usefulness: str,
    satisfaction: str,
    intention: str,
    standardized: bool = True,
    respondent: str | None = None,
    confidence: float = 0.95,
) -> ConfirmationModel:
    """Estimate how confirmed expectations lead to the intention to stay.

    Parameters
    ----------
    data : frame or Moments
        One row an answer; any frame that narwhals knows, or the tally of one.
    confirmation, usefulness, satisfaction, intention : str
        The four columns, numbers; for a concept of several items, their mean.
    standardized : bool, default True
        Effects in standard deviations, as Bhattacherjee and most path models report them, so that questions
        on unlike scales can be compared; False leaves them in points, which do not change when another group
        merely varies more.
    respondent : str, optional
        Column that says who answered.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    ConfirmationModel
        Direct, indirect and total effects.

    Raises
    ------
    ArgumentError
        If a column is named twice, does not vary, follows exactly from another one, or there are not more
        complete rows than numbers to estimate.
    DataError
        If a value is no number.

    Notes
    -----
    Three regressions, each from means and covariances: usefulness on confirmation; satisfaction on
    confirmation and usefulness; intention on usefulness and satisfaction (Bhattacherjee 2001, *MIS Quarterly*
    25, 351–370). There is no direct path from confirmation to intention. An indirect effect is the product
    along its path, a total effect the sum over all paths; their intervals come from the jackknife, which
    needs no formula for the error of a product. Observed scores carry errors of measurement, so the effects
    are smaller than those between the concepts; a model with several items each stands in
    :mod:`csmodels_helpers.paths`.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> c = rng.normal(size=500)
    >>> u = 0.6 * c + rng.normal(size=500)
    >>> s = 0.5 * c + 0.3 * u + rng.normal(size=500)
    >>> answers = pd.DataFrame({"c": c, "u": u, "s": s, "i": 0.4 * u + 0.5 * s + rng.normal(size=500)})
    >>> found = confirmation_model(
    ...     answers, confirmation="c", usefulness="u", satisfaction="s", intention="i", standardized=False
    ... )
    >>> round(found.table.iloc[-1]["estimate"], 2)  # 0.6·0.4 + 0.5·0.5 + 0.6·0.3·0.5 = 0.58
    np.float64(0.63)
    """
    level = check_confidence(confidence)
    names = [confirmation, usefulness, satisfaction, intention]
    if len(set(names)) < 4:
        raise ArgumentError("confirmation", names, text("expectation.allowed.four"))
    made = take_moments(data, names, respondent=respondent)
    check_enough(made, confirmation, 4)
    for child, parents in _PARENTS.items():
        check_independent(made, [*parents, child], [names[i] for i in (*parents, child)])

    def model(stack: Stack) -> Floats:
        return _effects(stack, standardized)

    found = estimates(made, model, [str(i) for i in range(len(_EFFECTS))], level)
    kinds = pd.DataFrame(_EFFECTS, columns=["cause", "effect", "kind"])
    table = pd.concat([kinds, found.reset_index(drop=True)], axis=1)
    columns: dict[str, str] = dict(zip(_ROLES, names, strict=True))
    cov: Any = made.covariance().to_numpy()
    mean: Any = made.mean().to_numpy()
    whole = Stack(np.array([float(made.n)]), mean[None], cov[None])
    r_squared = {
        _ROLES[child]: float(
            least_squares(whole, child, parents)[0, 1:] @ cov[parents, child] / cov[child, child]
        )
        for child, parents in _PARENTS.items()
    }
    return ConfirmationModel(table, columns, r_squared, standardized, made.n, made.left_out, level)


def _effects(stack: Stack, standardized: bool) -> Floats:
    """All effects of every sample, in the order of the table."""
    covariance = stack.correlation if standardized else stack.covariance
    used = Stack(stack.n, stack.mean, covariance)
    cu = least_squares(used, _U, _PARENTS[_U])[:, 1]
    cs, us = least_squares(used, _S, _PARENTS[_S])[:, 1:].T
    ui, si = least_squares(used, _I, _PARENTS[_I])[:, 1:].T
    total_cs, total_ui = cs + cu * us, ui + us * si
    indirect = (cu * us, us * si, cu * total_ui + cs * si)
    return np.column_stack([cu, cs, us, ui, si, *indirect, cu, total_cs, us, total_ui, si, indirect[2]])


def _role(name: str) -> str:
    return text(f"expectation.role.{name}")
