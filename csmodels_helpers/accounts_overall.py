"""The mean over all contacts of all accounts, with an interval that knows that they belong together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.accounts_frames import listed
from csmodels_helpers.errors import DataError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import row_axes
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_column, check_confidence, check_scale, identifier
from csmodels_helpers.survey import (
    scale as scale_rule,
)
from csmodels_helpers.tally import counts, jackknife_variance
from csmodels_helpers.uncertainty import t_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["OverallSatisfaction", "overall_satisfaction"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class OverallSatisfaction(Result):
    """The mean over all contacts, with an interval that knows that contacts belong to accounts.

    Parameters
    ----------
    table : pandas.DataFrame
        Two rows, ``accounts`` (the honest interval) and ``contacts`` (as if each contact were an account of
        its own): ``n``, ``n_missing``, ``score``, ``low``, ``high``, ``give_or_take``.
    design_effect : float
        Variance of the first row over that of the second.
    icc : float
        Intraclass correlation: how alike contacts of one account are, 1 for the same.
    n_accounts : int
        Accounts with an answer.
    silent_accounts : list
        Accounts of which nobody answered.
    scale : tuple of int
        Lowest and highest answer.
    confidence : float
        Level of the intervals.
    """

    design_effect: float
    icc: float
    n_accounts: int
    silent_accounts: list[Any]
    scale: tuple[int, int]
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the mean with its honest and its naive interval.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        ax = row_axes(ax, 2)
        look = (("accounts", 1, "o", "blue"), ("contacts", 0, "s", "grey"))
        for name, y, marker, colour in look:
            row: Any = self.table.loc[name]
            arms = np.nan_to_num([[row["score"] - row["low"]], [row["high"] - row["score"]]])
            ax.errorbar([row["score"]], [y], xerr=arms, fmt=marker, capsize=5, color=plots.PALETTE[colour])
        ax.set_yticks([1, 0], [text("accounts.axis.clustered"), text("accounts.axis.naive")])
        ax.set_ylim(-0.6, 1.6)
        widths = self.table["high"] - self.table["low"]
        effect = rounded(float(widths["accounts"] / widths["contacts"]), 1)
        key = "overall" if math.isfinite(self.design_effect) else "overall_plain"
        title = text(f"accounts.title.{key}", score=rounded(self._first("score"), 1), effect=effect)
        axis = text("accounts.axis.mean", low=self.scale[0], high=self.scale[1])
        kind = text("accounts.axis.interval")
        return plots.label(ax, title=title, xlabel=axis, ylabel=kind, alt=self.explain())

    def _first(self, name: str) -> float:
        return float(self.table.loc["accounts", name])  # pyright: ignore[reportArgumentType]

    def explain(self) -> str:
        """Say the mean, its interval, and what ignoring the accounts would have claimed.

        Returns
        -------
        str
            One or two sentences.
        """
        row: Any = self.table.loc["accounts"]
        said = {name: rounded(row[name], 2) for name in ("score", "low", "high")}
        key = "overall" if math.isfinite(row["low"]) else "overall_plain"
        sentences = [
            text(
                f"accounts.explain.{key}",
                **said,
                margin=rounded(row["give_or_take"], 2),
                naive=rounded(self.table["give_or_take"].to_dict()["contacts"], 2),
                n=int(row["n"]),
                missing=int(row["n_missing"]),
                accounts=self.n_accounts,
                level=f"{100 * self.confidence:g}",
            )
        ]
        if self.silent_accounts:
            sentences.append(text("accounts.explain.nobody", names=listed(self.silent_accounts)))
        return join(*sentences)


def overall_satisfaction(
    data: Any,
    score: str,
    *,
    account: str = "account",
    scale: tuple[int, int] = (1, 5),
    confidence: float = 0.95,
) -> OverallSatisfaction:
    """Compute the mean over all contacts, with the interval for contacts within accounts.

    Parameters
    ----------
    data : frame
        One row an answer.
    score : str
        The rating: whole numbers on ``scale``, or missing.
    account : str, default "account"
        Column with the account: answers of one account are alike.
    scale : tuple of int, default (1, 5)
        Lowest and highest answer.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    OverallSatisfaction
        On ``scale``; with fewer than two accounts there is no interval.

    Raises
    ------
    DataError
        If an answer is off the scale, an account is missing or nobody answered.

    Notes
    -----
    Delete-one-account jackknife with t on G − 1 degrees of freedom for G accounts. Accounts are few, so
    each is left out by itself and not in the 100 groups that other models use. The intraclass correlation
    is that of the one-way analysis of variance, (MSB − MSW)/(MSB + (n₀ − 1)·MSW), and may be below 0 by
    chance. Roughly, design effect = 1 + (contacts an account − 1)·icc (Kish 1965, *Survey Sampling*).

    Examples
    --------
    >>> answers = pd.DataFrame({"account": list("AAABBBCCC"), "csat": [5, 5, 4, 2, 2, 3, 4, 4, 4]})
    >>> overall_satisfaction(answers, "csat").table[["score", "low", "high"]].round(2)
              score   low  high
    accounts   3.67  1.00  5.00
    contacts   3.67  2.81  4.53
    """
    level, bounds = check_confidence(confidence), check_scale(scale)
    check_column(data, score, scale_rule(*bounds, missing=True))
    check_column(data, account, identifier())
    cells = counts(data, [account, score]).cells
    n_all = cells["n"].to_numpy(dtype=np.float64)
    x_all = cells[score].to_numpy(dtype=np.float64, na_value=math.nan)
    heard = ~np.isnan(x_all)
    if not heard.any():
        raise DataError(score, int(n_all.sum()), "—", None, text("metrics.allowed.answers"))
    missing = int(n_all[~heard].sum())
    gone = sorted(set(cells[account]) - set(cells.loc[heard, account]))
    place, accounts = pd.factorize(cells.loc[heard, account], sort=True)
    size = np.bincount(place, n_all[heard]).astype(np.float64)
    sums, squares = (np.bincount(place, n_all[heard] * x_all[heard] ** k).astype(np.float64) for k in (1, 2))
    found = estimate_clustered(size, sums, float(squares.sum()), level, bounds)
    table = pd.DataFrame([found.accounts, found.contacts], index=["accounts", "contacts"])
    table.insert(0, "n", int(size.sum()))
    table.insert(1, "n_missing", missing)
    return OverallSatisfaction(table, found.design_effect, found.icc, len(accounts), gone, bounds, level)


@dataclass(frozen=True)
class Clustered:
    """A mean with its honest and its naive interval."""

    accounts: dict[str, float]
    contacts: dict[str, float]
    design_effect: float
    icc: float


def estimate_clustered(
    size: Floats, sums: Floats, squares: float, level: float, bounds: tuple[int, int]
) -> Clustered:
    """Estimate the mean from each account's number and sum of answers, and the sum of all squares."""
    groups, total = len(size), float(size.sum())
    mean = float(sums.sum()) / total
    square = max(squares - total * mean**2, 0.0)
    variances = [math.nan, square / (total - 1) / total if total > 1 else math.nan]
    icc = math.nan
    if groups > 1:
        variances[0] = jackknife_variance((sums.sum() - sums) / (total - size))
        if total > groups:
            between = float((size * (sums / size - mean) ** 2).sum())
            msb, msw = between / (groups - 1), (square - between) / (total - groups)
            typical = (total - float((size**2).sum()) / total) / (groups - 1)
            divisor = msb + (typical - 1) * msw
            icc = (msb - msw) / divisor if divisor > 0 else math.nan
    rows: list[dict[str, float]] = []
    for variance, df in zip(variances, (groups - 1, total - 1), strict=True):
        row = {"score": mean, "low": math.nan, "high": math.nan, "give_or_take": math.nan}
        if variance > 0:
            half = t_quantile(level, df) * math.sqrt(variance)
            low, high = max(mean - half, bounds[0]), min(mean + half, bounds[1])
            row |= {"low": low, "high": high, "give_or_take": (high - low) / 2}
        rows.append(row)
    effect = variances[0] / variances[1] if variances[1] > 0 else math.nan
    return Clustered(rows[0], rows[1], effect, icc)
