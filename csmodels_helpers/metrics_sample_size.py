"""How many answers, and how many people to invite."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_intervals import z_quantile
from csmodels_helpers.metrics_plots import hundredfold
from csmodels_helpers.results import Result
from csmodels_helpers.survey import (
    check_confidence,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["SampleSize", "sample_size"]


@dataclass(frozen=True, eq=False)
class SampleSize(Result):
    """How many answers a margin of error needs.

    Parameters
    ----------
    table : pandas.DataFrame
        One row: ``margin``, ``confidence``, ``n_infinite`` (without correction), ``population`` (missing if
        endless), ``n``, ``census`` (everybody must be asked), ``response_rate``, ``invitations``,
        ``reachable``.
    measure : {"share", "nps"}
        What the margin is of.
    variance : float
        Variance of one answer.
    """

    measure: str
    variance: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the answers needed against the margin.

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
        row = self.table.to_dict("records")[0]
        margins = np.linspace(0.4, 2.5, 60) * float(row["margin"])
        population = None if pd.isna(row["population"]) else int(row["population"])
        needed = [
            _needed(self.variance, self._unit(m), float(row["confidence"]), population)[1] for m in margins
        ]
        ax.plot(margins, needed, color=plots.PALETTE["blue"])
        ax.plot([row["margin"]], [row["n"]], "o", color=plots.PALETTE["orange"])
        ax.set_ylim(bottom=0)
        if self.measure == "share":
            hundredfold(ax.xaxis, " %")
        half = _needed(self.variance, self._unit(row["margin"]) / 2, float(row["confidence"]), population)[1]
        key = "census" if row["census"] else "sample" if population is None else "sample_population"
        said = {
            "n": f"{row['n']:,.0f}",
            "more": f"{half:,}",
            "margin": self._margin(),
            "population": population,
        }
        return plots.label(
            ax,
            title=text(f"metrics.title.{key}", **said),
            xlabel=text("metrics.axis.margin" if self.measure == "share" else "metrics.axis.margin_points"),
            ylabel=text("metrics.axis.answers"),
            alt=self.explain(),
        )

    def _margin(self) -> str:
        margin = float(self.table["margin"].iloc[0])
        return f"±{100 * margin:g} %" if self.measure == "share" else f"±{margin:g}"

    def _unit(self, margin: float) -> float:
        return margin if self.measure == "share" else margin / 100

    def explain(self) -> str:
        """Say how many answers, how many invitations, and what a census changes.

        Returns
        -------
        str
            One to three sentences.
        """
        row = self.table.to_dict("records")[0]
        population = None if pd.isna(row["population"]) else int(row["population"])
        facts = {
            "n": int(row["n"]),
            "margin": self._margin(),
            "level": f"{100 * row['confidence']:g}",
            "population": population,
        }
        if row["census"]:
            said = [text("metrics.explain.sample_census", **facts)]
        elif population is None:
            said = [text("metrics.explain.sample", **facts)]
        else:
            said = [text("metrics.explain.sample_population", infinite=int(row["n_infinite"]), **facts)]
        if not pd.isna(row["response_rate"]):
            rate = float(row["response_rate"])
            key = "sample_invite" if row["reachable"] else "sample_short"
            reached = math.floor(rate * population) if population is not None else 0
            more = {"rate": f"{100 * rate:g}", "invitations": int(row["invitations"]), "reached": reached}
            said.append(text(f"metrics.explain.{key}", population=population, **more))
        return join(*said)


def _needed(variance: float, margin: float, level: float, population: int | None) -> tuple[int, int]:
    endless = variance * (z_quantile(level) / margin) ** 2
    finite = endless if population is None else endless / (1 + (endless - 1) / population)
    # A hair of rounding must not cost another interview.
    return math.ceil(endless - 1e-9), max(1, math.ceil(finite - 1e-9))


def sample_size(
    margin: float,
    *,
    measure: Literal["share", "nps"] = "share",
    share: float = 0.5,
    population: int | None = None,
    response_rate: float | None = None,
    confidence: float = 0.95,
) -> SampleSize:
    """Compute how many answers a margin of error needs.

    Parameters
    ----------
    margin : float
        Half the interval wanted: a share such as 0.05, or points such as 5 with ``measure="nps"``.
    measure : {"share", "nps"}, default "share"
        A share (CSAT top-box) or the NPS, which needs up to four times as many answers for the same margin.
    share : float, default 0.5
        The share expected; 0.5 is the worst case. For the NPS always the worst case, half promoters and
        half detractors.
    population : int, optional
        How many there are to ask.
    response_rate : float, optional
        Share of the invited who will answer.
    confidence : float, default 0.95
        Level.

    Returns
    -------
    SampleSize
        Answers and invitations.

    Raises
    ------
    ArgumentError
        If an argument is out of its range; a margin of 5 for a share is told to become 0.05.

    Notes
    -----
    n₀ = z² v / margin² with v = p(1 − p), or 1 for the NPS; n = n₀ / (1 + (n₀ − 1)/N), rounded up (Cochran
    1977, *Sampling Techniques*, 4.4). The correction is for chance in choosing. Non-response is not chance,
    and no sample size mends it: of twelve accounts ask all twelve.

    Examples
    --------
    >>> sample_size(0.05, population=1000).table.loc[0, "n"]
    np.int64(278)
    >>> print(sample_size(0.05, population=12).explain())
    Ask all 12: it is a census. A census has no sampling error, only non-response: what counts is who stays
    silent, not a margin.
    """
    level = check_confidence(confidence)
    if measure not in ("share", "nps"):
        raise ArgumentError("measure", measure, text("metrics.allowed.measure"))
    if measure == "share" and not 0 < margin < 1:
        advice = (
            text("metrics.advice.percent", value=f"{margin / 100:g}", percent=f"{margin:g}")
            if 1 <= margin < 100
            else ""
        )
        raise ArgumentError("margin", margin, text("metrics.allowed.margin"), advice)
    if measure == "nps" and not 0 < margin < 100:
        raise ArgumentError("margin", margin, text("metrics.allowed.margin_points"))
    if not 0 < share < 1:
        raise ArgumentError("share", share, text("metrics.allowed.margin"))
    if population is not None and (
        isinstance(population, bool) or population != int(population) or population < 1
    ):
        raise ArgumentError("population", population, text("metrics.allowed.population"))
    if response_rate is not None and not 0 < response_rate <= 1:
        raise ArgumentError("response_rate", response_rate, text("metrics.allowed.rate"))
    variance = share * (1 - share) if measure == "share" else 1.0
    endless, n = _needed(variance, margin if measure == "share" else margin / 100, level, population)
    invitations = n if response_rate is None else math.ceil(n / response_rate - 1e-9)
    reachable = population is None or invitations <= population
    row = {
        "margin": margin,
        "confidence": level,
        "n_infinite": endless,
        "population": population,
        "n": n,
        "census": population is not None and n >= population,
        "response_rate": math.nan if response_rate is None else response_rate,
        "invitations": invitations if population is None else min(invitations, population),
        "reachable": reachable,
    }
    table = pd.DataFrame([row]).astype({"population": "Int64"})
    return SampleSize(table, measure, variance)
