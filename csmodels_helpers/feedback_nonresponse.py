"""Who stays silent? A simulation of surveys with non-response, incentives and paid praise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_intervals import Floats, z_quantile
from csmodels_helpers.metrics_plots import hundredfold, row_axes
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_confidence, check_weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Nonresponse", "simulate_nonresponse"]

_SHARES = {"app": 0.5, "store": 0.3, "phone": 0.2}
_SATISFIED = {"app": 0.6, "store": 0.75, "phone": 0.85}
_ANSWERS = {"app": 0.12, "store": 0.25, "phone": 0.45}
# A bias of less than half a point is nothing that anybody would act upon.
_NOTHING = 0.005


@dataclass(frozen=True, eq=False)
class Nonresponse(Result):
    """What many simulated surveys say, beside the truth.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an offer (``"none"``, and ``"incentive"`` if there is one) and estimator (``"answered"``: the
        plain share, ``"weighted"``: post-stratified): ``response_rate``, ``score`` (mean over the surveys, a
        share 0–1), ``bias`` (score − truth), ``low``, ``high`` (where 95 of 100 surveys come out, or as many
        as ``confidence`` says), ``coverage`` (share of the surveys whose own interval holds the truth).
    truth : float
        Share of satisfied customers, 0–1.
    surveys, invited : int
        How many surveys were simulated, and how many customers each invites.
    confidence : float
        Level of the surveys' intervals.
    """

    truth: float
    surveys: int
    invited: int
    confidence: float

    def plot(self, ax: Axes | None = None, *, limits: tuple[float, float] | None = None) -> Axes:
        """Draw where the surveys come out, plain and weighted, beside the truth.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.
        limits : tuple of float, optional
            Ends of the axis, as shares 0–1, for pictures that are to be compared; by default as wide as
            this one needs.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        ax = row_axes(ax, len(self.table) + 1)
        y = np.arange(len(self.table))[::-1]
        for estimator, colour, marker in (("answered", "orange", "s"), ("weighted", "blue", "o")):
            here = (self.table["estimator"] == estimator).to_numpy()
            score, low, high = (
                self.table[name].to_numpy(dtype=np.float64)[here] for name in ("score", "low", "high")
            )
            arms = np.array([score - low, high - score])
            ax.errorbar(score, y[here], xerr=arms, fmt=marker, color=plots.PALETTE[colour], capsize=4)
        truth = text("feedback.legend.truth", truth=self._numbers()["truth"])
        ax.axvline(self.truth, color=plots.PALETTE["green"], linestyle="--", label=truth)
        ax.set_yticks(y, [self._name(row) for row in self.table.to_dict("records")])
        ax.set_ylim(-0.6, len(self.table) - 0.4)
        if limits is not None:
            ax.set_xlim(*limits)
        hundredfold(ax.xaxis, " %")
        plots.legend_below(ax)
        return plots.label(
            ax,
            title=self._title(),
            xlabel=text("feedback.axis.surveys", level=f"{100 * self.confidence:g}"),
            ylabel=text("feedback.axis.estimator"),
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say how far off the plain and the weighted share are.

        Returns
        -------
        str
            Two sentences, three with an incentive.
        """
        numbers = self._numbers()
        parts = [text("feedback.explain.silence", **numbers)]
        parts.append(text(f"feedback.explain.silence_{self._verdict()}", **numbers))
        if "incentive" in set(self.table["offer"]):
            parts.append(text("feedback.explain.incentive", **numbers))
        return join(*parts)

    def _title(self) -> str:
        numbers = self._numbers()
        # Paid answers have a title of their own where they say something else.
        paid = "incentive" in set(self.table["offer"]) and numbers["paid_weighted"] != numbers["weighted"]
        return text(f"feedback.title.{'incentive' if paid else 'silence_' + self._verdict()}", **numbers)

    def _row(self, offer: str, estimator: str) -> dict[Any, Any]:
        rows = self.table[(self.table["offer"] == offer) & (self.table["estimator"] == estimator)]
        return rows.to_dict("records")[0]

    def _verdict(self) -> str:
        plain, weighted = (abs(float(self._row("none", e)["bias"])) for e in ("answered", "weighted"))
        if max(plain, weighted) < _NOTHING:
            return "harmless"
        if weighted < _NOTHING:
            return "repaired"
        return "partly" if weighted < 0.75 * plain else "not"

    def _name(self, row: Mapping[Any, Any]) -> str:
        name = text(f"feedback.words.{row['estimator']}")
        if "incentive" not in set(self.table["offer"]):
            return name
        return text("feedback.words.both", offer=text(f"feedback.words.{row['offer']}"), estimator=name)

    def _numbers(self) -> dict[str, object]:
        # 69.4 beside a truth of 69.5 is the same, and should not be written 69 beside 70.
        near = self.table["score"][self.table["bias"].abs() < _NOTHING]
        digits = int(any(rounded(100 * s, 0) != rounded(100 * self.truth, 0) for s in near))
        numbers: dict[str, object] = {"truth": rounded(100 * self.truth, digits), "surveys": self.surveys}
        numbers["level"] = f"{100 * self.confidence:g}"
        for offer, prefix in (("none", ""), ("incentive", "paid_")):
            if offer not in set(self.table["offer"]):
                continue
            plain, weighted = self._row(offer, "answered"), self._row(offer, "weighted")
            numbers |= {
                f"{prefix}rate": rounded(100 * float(plain["response_rate"]), 0),
                f"{prefix}plain": rounded(100 * float(plain["score"]), digits),
                f"{prefix}weighted": rounded(100 * float(weighted["score"]), digits),
                f"{prefix}coverage": rounded(100 * float(weighted["coverage"]), 0),
            }
        return numbers


def simulate_nonresponse(
    shares: Mapping[str, float] | None = None,
    satisfied: Mapping[str, float] | None = None,
    answers: Mapping[str, float] | None = None,
    *,
    eagerness: float = 1.0,
    incentive: float | None = None,
    praise: float = 0.0,
    invited: int = 2000,
    surveys: int = 1000,
    confidence: float = 0.95,
    seed: int = 1,
) -> Nonresponse:
    """Simulate surveys in which some customers stay silent.

    Parameters
    ----------
    shares : dict of float, optional
        Stratum → share of all customers, summing to 1; by default half app, 0.3 store, 0.2 phone.
    satisfied : dict of float, optional
        Stratum → share of its customers who are satisfied, 0–1.
    answers : dict of float, optional
        Stratum → share of its dissatisfied customers who answer when invited, between 0 and 1.
    eagerness : float, default 1
        Odds of answering of a satisfied customer over those of a dissatisfied one of the same stratum. With 1
        answers are missing at random, given the stratum; else they are not, and no weight repairs it.
    incentive : float, optional
        Odds of answering with the incentive over those without, above 0; draws a second half of the surveys,
        with the incentive for everybody.
    praise : float, default 0
        Share of the dissatisfied who, paid for it, say that they are satisfied (好评返现), 0–1.
    invited : int, default 2000
        How many customers a survey invites, in proportion to the strata.
    surveys : int, default 1000
        How many surveys are simulated.
    confidence : float, default 0.95
        Level of the surveys' intervals.
    seed : int, default 1
        Seed of the draws.

    Returns
    -------
    Nonresponse
        Bias and coverage of the plain and the weighted share.

    Raises
    ------
    ArgumentError
        If a share is not between 0 and 1, the strata differ, or ``praise`` is given without ``incentive``.

    Notes
    -----
    Missing at random and not: Rubin (1976, *Biometrika* 63, 581–592). The bias of a plain share is the
    covariance of answering and satisfaction over the response rate (Bethlehem 1988, *J. Official Statistics*
    4, 251–260), so more answers do not help as long as that covariance remains. A survey in which a stratum
    stays silent altogether leaves it out of the weighted share.

    Examples
    --------
    >>> at_random = simulate_nonresponse(eagerness=1)
    >>> at_random.table[["estimator", "bias", "coverage"]].round(2)
      estimator  bias  coverage
    0  answered  0.05      0.25
    1  weighted -0.00      0.95
    >>> simulate_nonresponse(eagerness=2).table["bias"].round(2).tolist()
    [0.13, 0.09]
    """
    level = check_confidence(confidence)
    p = check_weights(
        _SHARES if shares is None else shares, list(shares or _SHARES), normalize=None, argument="shares"
    )
    strata = list(p)
    good = _rates("satisfied", _SATISFIED if satisfied is None else satisfied, strata)
    rate = _rates("answers", _ANSWERS if answers is None else answers, strata)
    for name, odds in (("eagerness", eagerness), ("incentive", 1.0 if incentive is None else incentive)):
        if isinstance(odds, bool) or not isinstance(odds, int | float) or not 0 < odds < np.inf:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentError(name, odds, text("expectation.allowed.positive"))
    if isinstance(praise, bool) or not 0 <= praise <= 1:
        raise ArgumentError("praise", praise, text("survey.allowed.number_between", low=0, high=1))
    if praise and incentive is None:
        raise ArgumentError("praise", praise, text("feedback.allowed.praise"))
    for name, whole in (("invited", invited), ("surveys", surveys)):
        if isinstance(whole, bool) or not isinstance(whole, int) or whole < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentError(name, whole, text("uncertainty.allowed.draws"))
    size = np.array([p[name] for name in strata])
    truth = float(size @ good)
    random = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for offer in ("none",) if incentive is None else ("none", "incentive"):
        odds = rate / (1 - rate) * (1.0 if offer == "none" or incentive is None else incentive)
        heard = [odds / (1 + odds), odds * eagerness / (1 + odds * eagerness)]
        drawn = _draw(random, size, good, heard, praise if offer == "incentive" else 0.0, invited, surveys)
        rows += _judged(offer, *drawn, size, truth, invited, level)
    return Nonresponse(pd.DataFrame(rows), truth, surveys, invited, level)


def _rates(name: str, given: Mapping[str, float], strata: list[str]) -> Floats:
    found = check_weights(given, strata, total=None, argument=name)
    values = np.array([found[stratum] for stratum in strata])
    wrong = (values <= 0) | (values >= 1) if name == "answers" else values > 1
    if wrong.any():
        allowed = "survey.allowed.confidence" if name == "answers" else "survey.allowed.number_between"
        raise ArgumentError(name, dict(given), text(allowed, low=0, high=1))
    return values


def _draw(
    random: np.random.Generator,
    size: Floats,
    good: Floats,
    heard: list[Floats],
    praise: float,
    invited: int,
    surveys: int,
) -> tuple[Any, Any]:
    """Answers and satisfied answers of each survey and stratum."""
    asked = random.multinomial(invited, size, size=surveys)
    happy = random.binomial(asked, good)
    yes = random.binomial(happy, heard[1])
    no = random.binomial(asked - happy, heard[0])
    turned = random.binomial(no, praise)
    return (yes + no).astype(np.float64), (yes + turned).astype(np.float64)


def _judged(
    offer: str, n: Any, yes: Any, size: Floats, truth: float, invited: int, level: float
) -> list[dict[str, Any]]:
    """Compare what the surveys say with the truth, plain and weighted."""
    # Surveys that nobody answers say nothing.
    n, yes = n[n.sum(axis=1) > 0], yes[n.sum(axis=1) > 0]
    there = np.where(n > 0, size, 0.0)
    there = there / there.sum(axis=1, keepdims=True)
    share = yes / np.maximum(n, 1)
    plain = yes.sum(axis=1) / n.sum(axis=1)
    # Agresti and Coull's two successes and two failures, so that few answers have a spread too.
    near = (yes + 1) / (n + 2)
    spread = (there**2 * near * (1 - near) / np.maximum(n, 1)).sum(axis=1)
    every = (yes.sum(axis=1) + 2) / (n.sum(axis=1) + 4)
    found = {
        "answered": (plain, every * (1 - every) / n.sum(axis=1)),
        "weighted": ((there * share).sum(axis=1), spread),
    }
    rows: list[dict[str, Any]] = []
    for name, (score, variance) in found.items():
        ends = np.quantile(score, [(1 - level) / 2, (1 + level) / 2])
        covered = np.abs(score - truth) <= z_quantile(level) * np.sqrt(variance)
        row = {"offer": offer, "estimator": name, "response_rate": float(n.sum(axis=1).mean() / invited)}
        row |= {"score": float(score.mean()), "bias": float(score.mean() - truth)}
        rows.append({**row, "low": ends[0], "high": ends[1], "coverage": float(covered.mean())})
    return rows
