"""The correlation trap: what a driver seems to do alone, and what is left of it beside the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.drivers_regression import (
    Floats,
    check_names,
    check_regression,
    regression,
)
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import row_axes
from csmodels_helpers.metrics_words import rounded, shared_digits
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_confidence, take_moments
from csmodels_helpers.uncertainty import Stack, estimates

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CorrelationTrap", "correlation_trap"]

_PARTS = ("correlation", "partial", "coefficient", "slope")
_SPELT_OUT = 3


@dataclass(frozen=True, eq=False)
class CorrelationTrap(Result):
    """Correlations of an outcome with its drivers, beside what a regression on all of them leaves.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a driver, highest correlation first: ``driver``; ``correlation``, ``partial`` (correlation
        with the others held constant), ``coefficient`` (standardised) and ``slope`` (in the columns' own
        units), each with ``…_low`` and ``…_high``; ``vif`` (variance inflation factor); ``finding``:
        ``"confirmed"`` (both leave 0 out on the same side), ``"vanishes"`` (only the correlation does),
        ``"reverses"`` (opposite sides), ``"hidden"`` (only the coefficient does) or ``"none"``; missing where
        there is no interval.
    outcome : str
        What is to be explained.
    n, n_missing : int
        Complete rows, and rows left out because a value is missing.
    confidence : float
        Level of the intervals.
    """

    outcome: str
    n: int
    n_missing: int
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw for each driver its correlation and its standardised coefficient, with intervals.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        ax = row_axes(ax, 1 + 3 * len(self.table) // 2)
        y = np.arange(len(self.table), dtype=np.float64)[::-1]
        marks = (("correlation", 0.16, "s", "orange"), ("coefficient", -0.16, "o", "blue"))
        for name, shift, marker, colour in marks:
            score, low, high = (
                self.table[column].to_numpy(dtype=np.float64)
                for column in (name, f"{name}_low", f"{name}_high")
            )
            arms = np.nan_to_num(np.array([score - low, high - score]))
            ax.errorbar(
                score,
                y + shift,
                xerr=arms,
                fmt=marker,
                capsize=3,
                color=plots.PALETTE[colour],
                label=text(f"drivers.legend.{name}"),
            )
        ax.axvline(0, color=plots.PALETTE["grey"], linewidth=1)
        ax.set_yticks(y, self.table["driver"].tolist())
        ax.set_ylim(-0.6, len(self.table) - 0.4)
        plots.legend_below(ax)
        trapped = self._trapped()
        key = ("none", "one")[len(trapped)] if len(trapped) < 2 else "several"
        title = text(
            f"drivers.title.trap_{key}",
            count=len(trapped),
            driver=trapped[0]["driver"] if trapped else "",
            outcome=self.outcome,
        )
        return plots.label(
            ax,
            title=title,
            xlabel=text("drivers.axis.trap", outcome=self.outcome),
            ylabel=text("drivers.axis.driver"),
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say which drivers owe their correlation to the others.

        Returns
        -------
        str
            One to three sentences.
        """
        trapped = self._trapped()
        level = f"{100 * self.confidence:g}"
        if self.table["finding"].isna().any():
            said = text("drivers.explain.trap_unsure")
        elif not trapped:
            said = text("drivers.explain.trap_none", outcome=self.outcome, level=level)
        else:
            parts = [
                text(
                    f"drivers.explain.trap_{row['finding']}",
                    driver=row["driver"],
                    outcome=self.outcome,
                    **self._numbers(row),
                )
                for row in trapped[:_SPELT_OUT]
            ]
            said = join(*parts)
            if len(trapped) > _SPELT_OUT:
                said = join(said, text("drivers.explain.trap_more", count=len(trapped) - _SPELT_OUT))
        worst = self.table.sort_values("vif", ascending=False).to_dict("records")[0]
        if worst["vif"] >= 5:
            vif = rounded(worst["vif"], 1)
            said = join(said, text("drivers.explain.vif", driver=worst["driver"], vif=vif))
        return join(said, text("drivers.explain.rows", n=self.n, missing=self.n_missing))

    @staticmethod
    def _numbers(row: dict[Any, Any]) -> dict[str, str]:
        interval = (row["coefficient"], row["coefficient_low"], row["coefficient_high"])
        digits = shared_digits("coefficient", [interval])
        names = ("correlation", "coefficient", "coefficient_low", "coefficient_high")
        return {name: rounded(row[name], 2 if name == "correlation" else digits) for name in names}

    def _trapped(self) -> list[dict[Any, Any]]:
        rows = self.table[self.table["finding"].isin(["vanishes", "reverses"])].to_dict("records")
        return sorted(rows, key=lambda row: (row["finding"] != "reverses", -abs(row["correlation"])))


def _model(stack: Stack) -> Floats:
    """Correlations and partial ones on Fisher's scale, coefficients, slopes, VIF: shape (B, 5 p)."""
    cor = stack.correlation
    beta, r2, vif = regression(cor)
    spread = np.sqrt(np.diagonal(stack.covariance, axis1=1, axis2=2))
    with np.errstate(divide="ignore", invalid="ignore"):
        partial = beta / np.sqrt(beta**2 + np.maximum(1 - r2, 0)[:, None] * vif)
        z = np.arctanh(cor[:, :-1, -1]), np.arctanh(partial)
        slope = beta * spread[:, -1:] / spread[:, :-1]
    return np.concatenate([*z, beta, slope, vif], axis=1)


def _finding(row: dict[Any, Any]) -> str | None:
    if math.isnan(row["correlation_low"]) or math.isnan(row["coefficient_low"]):
        return None
    alone, beside = (
        0 if not row[f"{name}_low"] * row[f"{name}_high"] > 0 else math.copysign(1, row[name])
        for name in ("correlation", "coefficient")
    )
    if alone and beside:
        return "confirmed" if alone == beside else "reverses"
    return "vanishes" if alone else "hidden" if beside else "none"


def correlation_trap(
    data: Any,
    outcome: str,
    drivers: Sequence[str],
    *,
    respondent: str | None = None,
    confidence: float = 0.95,
) -> CorrelationTrap:
    """Put the correlation of each driver beside its regression coefficient.

    Ratings go up and down together, so nearly all of them correlate with overall satisfaction. The
    coefficient says what a driver adds beside the others, and the variance inflation factor how well the two
    can be told apart.

    Parameters
    ----------
    data : frame or Moments
        One row an answer, in any frame that narwhals knows; or a tally that holds the columns.
    outcome : str
        What is to be explained: a number.
    drivers : sequence of str
        What may explain it: numbers.
    respondent : str, optional
        Column that says who answered; without it each row is somebody else.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    CorrelationTrap
        Correlations and standardised coefficients, slopes in points of the outcome a point of the driver.

    Raises
    ------
    UnknownNameError, DataError, ArgumentError
        As :func:`csmodels_helpers.drivers.importance`.

    Notes
    -----
    With R the drivers' correlations and r theirs with the outcome: coefficients R⁻¹r, VIF the diagonal of
    R⁻¹, partial correlation β/√(β² + (1 − R²)·VIF). Intervals by the delete-a-group jackknife, those of
    correlations on Fisher's z. A coefficient near 0 beside a collinear driver is no proof that the driver
    does nothing.

    References
    ----------
    Fox, J. and Monette, G. (1992). Generalized collinearity diagnostics. *JASA* 87, 178–183.

    Examples
    --------
    >>> rng = np.random.default_rng(2)
    >>> answers = pd.DataFrame({"seat": rng.normal(size=500)})
    >>> answers["legroom"] = answers["seat"] + 0.5 * rng.normal(size=500)
    >>> answers["overall"] = answers["seat"] + rng.normal(size=500)
    >>> found = correlation_trap(answers, "overall", ["seat", "legroom"])
    >>> found.table[["driver", "correlation", "coefficient", "vif", "finding"]].round(2)
        driver  correlation  coefficient   vif    finding
    0     seat         0.72         0.83  4.95  confirmed
    1  legroom         0.62        -0.12  4.95   vanishes
    """
    level = check_confidence(confidence)
    names = check_names(drivers, "drivers", outcome)
    made = take_moments(data, [*names, outcome], respondent=respondent)
    check_regression(made, len(names) + 1)
    p = len(names)
    found = estimates(made, _model, [str(i) for i in range(5 * p)], level)
    columns: dict[str, Any] = {"driver": list(names)}
    for i, part in enumerate(_PARTS):
        rows = found.iloc[i * p : (i + 1) * p]
        for name, column in ((part, "estimate"), (f"{part}_low", "low"), (f"{part}_high", "high")):
            values = rows[column].to_numpy(dtype=np.float64)
            columns[name] = np.tanh(values) if i < 2 else values
    table = pd.DataFrame(columns)
    table["vif"] = found["estimate"].to_numpy()[4 * p :]
    table["finding"] = [_finding(row) for row in table.to_dict("records")]
    table = table.sort_values("correlation", key=abs, ascending=False, kind="stable", ignore_index=True)
    return CorrelationTrap(table, outcome, made.n, made.left_out, level)
