"""What a promise does: the next expectation (adaptation level), and the promise that pays best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.expectation_regression import Floats
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Adaptation", "BestPromise", "best_promise", "simulate_adaptation"]


@dataclass(frozen=True, eq=False)
class Adaptation(Result):
    """Expectation and satisfaction over the periods of a relationship.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a period: ``period`` (from 1), ``level`` (what the customer is used to), ``promise`` (missing
        without one), ``expectation``, ``delivered``, ``disconfirmation`` (delivered − expectation),
        ``satisfaction``, ``next_level``. All in points.
    neutral : float
        Satisfaction of somebody who gets what was expected.
    """

    neutral: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw expectation, what was delivered and satisfaction over the periods.

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
        looks = (
            ("promise", "grey", "v", ":"),
            ("expectation", "orange", "s", "--"),
            ("delivered", "blue", "o", "-"),
            ("satisfaction", "green", "D", "-."),
        )
        for name, colour, marker, line in looks:
            if self.table[name].isna().all():
                continue
            ax.plot(
                self.table["period"],
                self.table[name],
                line,
                marker=marker,
                color=plots.PALETTE[colour],
                label=text(f"expectation.legend.{name}"),
            )
        ax.set_xticks(self.table["period"].to_numpy()[:: max(1, len(self.table) // 12)])
        plots.legend_below(ax)
        first, last = self.table.iloc[0], self.table.iloc[-1]
        key = self._key(first["satisfaction"], last["satisfaction"])
        return plots.label(
            ax,
            title=text(f"expectation.title.adaptation_{key}", **self._numbers()),
            xlabel=text("expectation.axis.period"),
            ylabel=text("expectation.axis.points"),
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say what the first period brings and what is left of it in the last.

        Returns
        -------
        str
            Two sentences.
        """
        satisfaction = self.table["satisfaction"]
        key = self._key(satisfaction.iloc[0], satisfaction.iloc[-1])
        first = text("expectation.explain.adaptation", **self._numbers())
        return join(first, text(f"expectation.explain.adaptation_{key}", **self._numbers()))

    @staticmethod
    def _key(first: float, last: float) -> str:
        # By the whole points that are shown: "fallen from 61 to 61" would be no sentence.
        if rounded(first, 0) == rounded(last, 0):
            return "same"
        return "up" if last > first else "down"

    def _numbers(self) -> dict[str, object]:
        first, last = self.table.iloc[0], self.table.iloc[-1]
        numbers: dict[str, object] = {"periods": len(self.table)}
        for name in ("expectation", "delivered", "satisfaction"):
            numbers |= {
                f"first_{name}": rounded(float(first[name]), 0),
                f"last_{name}": rounded(float(last[name]), 0),
            }
        return numbers


def simulate_adaptation(
    delivered: float | Sequence[float],
    promise: float | Sequence[float] | None = None,
    *,
    periods: int = 8,
    start: float = 60.0,
    belief: float = 0.5,
    adaptation: float = 0.3,
    gain: float = 0.4,
    loss: float = 0.8,
    neutral: float = 60.0,
    expectation_effect: float = 0.0,
) -> Adaptation:
    """Follow one customer: promise, deliver, be judged, and be expected to do so again.

    Parameters
    ----------
    delivered : float or sequence of float
        What the customer gets in each period, in points; one number for all periods.
    promise : float or sequence of float, optional
        What is promised before each period. Without it customers expect what they are used to.
    periods : int, default 8
        How many periods; a sequence must have as many.
    start : float, default 60
        What the customer is used to at the start.
    belief : float, default 0.5
        Share of the way from what customers are used to, to the promise, that they go: 0 nobody believes it,
        1 everybody does.
    adaptation : float, default 0.3
        Share of the way from what customers are used to, to what they got, that the level goes: 0 they never
        get used to it, 1 at once.
    gain, loss : float
        Points of satisfaction for a point more, or less, than expected (b⁺ and b⁻ of :func:`asymmetry`).
    neutral : float, default 60
        Satisfaction of somebody who gets what was expected.
    expectation_effect : float, default 0
        Points of satisfaction for a point of expectation above ``start`` (β of :func:`asymmetry`).

    Returns
    -------
    Adaptation
        The periods. Nothing is drawn at random.

    Raises
    ------
    ArgumentError
        If a share is not between 0 and 1, a number is not finite, or a sequence has another length.

    Notes
    -----
    With the level A, the expectation is E = A + belief·(promise − A), d = delivered − E, satisfaction is
    neutral + β(E − start) + b⁺max(d, 0) − b⁻max(−d, 0), and the next level A + adaptation·(delivered − A):
    the adaptation level of Helson (1964) in the form of Oliver (1980), updated as in Boulding, Kalra, Staelin
    and Zeithaml (1993, *J. Marketing Research* 30, 7–27). So a service of 120 % pleases once; after that it
    is what is expected.

    Examples
    --------
    >>> found = simulate_adaptation(72, periods=3, start=60, adaptation=0.5, gain=0.5, neutral=60)
    >>> found.table[["period", "expectation", "satisfaction"]].to_numpy().tolist()
    [[1.0, 60.0, 66.0], [2.0, 66.0, 63.0], [3.0, 69.0, 61.5]]
    """
    if isinstance(periods, bool) or not isinstance(periods, int) or periods < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError("periods", periods, text("uncertainty.allowed.draws"))
    got = _series("delivered", delivered, periods)
    promised = np.full(periods, math.nan) if promise is None else _series("promise", promise, periods)
    for name, share in (("belief", belief), ("adaptation", adaptation)):
        _check_share(name, share)
    named = {"start": start, "gain": gain, "loss": loss, "neutral": neutral}
    for name, value in {**named, "expectation_effect": expectation_effect}.items():
        _series(name, value, 1)
    rows: list[dict[str, float]] = []
    level = float(start)
    for period in range(periods):
        expectation = level if promise is None else level + belief * (promised[period] - level)
        gap = got[period] - expectation
        satisfaction = neutral + expectation_effect * (expectation - start)
        satisfaction += gain * max(gap, 0.0) - loss * max(-gap, 0.0)
        following = level + adaptation * (got[period] - level)
        rows.append(
            {
                "period": period + 1,
                "level": level,
                "promise": promised[period],
                "expectation": expectation,
                "delivered": got[period],
                "disconfirmation": gap,
                "satisfaction": satisfaction,
                "next_level": following,
            }
        )
        level = following
    return Adaptation(pd.DataFrame(rows), float(neutral))


@dataclass(frozen=True, eq=False)
class BestPromise(Result):
    """What each promise is worth, and the best one.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a promise: ``promise``, ``expectation``, ``satisfaction`` (mean over what may be delivered,
        beside that of somebody who gets what was expected), ``attraction`` (points that the promise brings
        before anybody has bought), ``value`` (the sum of the two), ``disappointed`` (share who get less than
        expected).
    promise : float
        The best promise.
    disappointed : float
        Share of customers who get less than they expected under it, 0–1.
    inside : bool
        Whether it lies inside the range; else more (or less) promise would always have been better.
    promises : tuple of float
        The range.
    """

    promise: float
    disappointed: float
    inside: bool
    promises: tuple[float, float]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw what each promise is worth, and satisfaction alone.

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
        x = self.table["promise"]
        for name, colour, line in (("value", "blue", "-"), ("satisfaction", "green", "-.")):
            label = text(f"expectation.legend.promise_{name}")
            ax.plot(x, self.table[name], line, color=plots.PALETTE[colour], label=label)
        best = float(np.interp(self.promise, x, self.table["value"]))
        label = text("expectation.legend.best")
        ax.plot([self.promise], [best], "D", color=plots.PALETTE["orange"], markersize=9, label=label)
        plots.legend_below(ax)
        return plots.label(
            ax,
            title=text(f"expectation.title.promise_{self._key}", **self._numbers()),
            xlabel=text("expectation.axis.promise"),
            ylabel=text("expectation.axis.worth"),
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say which promise is best and how many it disappoints.

        Returns
        -------
        str
            One or two sentences.
        """
        return text(f"expectation.explain.promise_{self._key}", **self._numbers())

    @property
    def _key(self) -> str:
        if self.inside:
            return "inside"
        return "most" if self.promise == self.promises[1] else "least"

    def _numbers(self) -> dict[str, object]:
        return {
            "promise": rounded(self.promise, 0),
            "share": rounded(100 * self.disappointed, 0),
            "low": f"{self.promises[0]:g}",
            "high": f"{self.promises[1]:g}",
        }


def best_promise(
    delivered: float,
    spread: float,
    *,
    attraction: float,
    gain: float = 0.4,
    loss: float = 0.8,
    start: float = 60.0,
    belief: float = 1.0,
    expectation_effect: float = 0.0,
    promises: tuple[float, float] = (0.0, 100.0),
) -> BestPromise:
    """Find the promise that brings most: it attracts before the purchase and is judged after it.

    Parameters
    ----------
    delivered, spread : float
        Mean and standard deviation of what customers get, in points (normal).
    attraction : float
        What one promised point brings before anybody has bought, in points of satisfaction.
    gain, loss : float
        Points of satisfaction for a point more, or less, than expected.
    start : float, default 60
        What customers are used to, which they expect as far as they do not believe the promise.
    belief : float, default 1
        Share of the way from ``start`` to the promise that customers go; above 0.
    expectation_effect : float, default 0
        Points of satisfaction for a point of expectation.
    promises : tuple of float, default (0, 100)
        Lowest and highest promise that is possible.

    Returns
    -------
    BestPromise
        The best promise and what each other one is worth. Nothing is drawn at random.

    Raises
    ------
    ArgumentError
        If ``spread`` is not above 0, ``belief`` not above 0 and at most 1, ``attraction`` below 0, or the
        range is empty.

    Notes
    -----
    With d = delivered − E normal, the mean satisfaction is βE + b⁺·E[max(d, 0)] − b⁻·E[max(−d, 0)], and the
    value is that plus attraction · promise. Its slope is 0 where the share of disappointed customers is

        q = (attraction / belief + β − b⁺) / (b⁻ − b⁺),

    so the best expectation is the q-quantile of what is delivered: the more losses weigh, the smaller q
    and the more modest the promise. It is the newsvendor's rule (Arrow, Harris and Marschak 1951,
    *Econometrica* 19, 250–272); that promises pay by attracting and cost by disappointing: Kopalle and
    Lehmann (2006, *Marketing Science* 25, 8–24). Where losses do not weigh more than gains there is no best
    promise inside the range.

    Examples
    --------
    >>> found = best_promise(80, 10, attraction=0.5, gain=0.4, loss=0.8)
    >>> round(found.promise, 1), round(found.disappointed, 2)
    (73.3, 0.25)
    """
    named = {"delivered": delivered, "attraction": attraction, "gain": gain, "loss": loss, "start": start}
    for name, value in {**named, "spread": spread, "expectation_effect": expectation_effect}.items():
        _series(name, value, 1)
    low, high = _series("promises", promises, 2)
    if not low < high:
        raise ArgumentError("promises", promises, text("survey.allowed.numbers"))
    if spread <= 0:
        raise ArgumentError("spread", spread, text("expectation.allowed.positive"))
    if attraction < 0:
        raise ArgumentError("attraction", attraction, text("survey.allowed.number_from", low=0))
    _check_share("belief", belief)
    if belief == 0:
        raise ArgumentError("belief", belief, text("expectation.allowed.belief"))

    def worth(promise: Floats) -> pd.DataFrame:
        expectation = start + belief * (promise - start)
        z = (delivered - expectation) / spread
        density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
        better = spread * (z * special.ndtr(z) + density)
        worse = spread * (-z * special.ndtr(-z) + density)
        satisfaction = expectation_effect * expectation + gain * better - loss * worse
        columns = {"promise": promise, "expectation": expectation, "satisfaction": satisfaction}
        columns |= {"attraction": attraction * promise, "value": satisfaction + attraction * promise}
        return pd.DataFrame({**columns, "disappointed": special.ndtr(-z)})

    best = math.nan
    if loss > gain:
        share = (attraction / belief + expectation_effect - gain) / (loss - gain)
        if 0 < share < 1:
            expectation = delivered + spread * float(special.ndtri(share))
            best = start + (expectation - start) / belief
    inside = low < best < high
    if not inside:
        ends = worth(np.array([low, high]))["value"].to_numpy()
        best = float(high if ends[1] > ends[0] else low)
    found = worth(np.array([best]))["disappointed"].iloc[0]
    return BestPromise(worth(np.linspace(low, high, 201)), float(best), float(found), inside, (low, high))


def _check_share(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not 0 <= value <= 1:
        raise ArgumentError(name, value, text("survey.allowed.number_between", low=0, high=1))


def _series(name: str, value: Any, length: int) -> Floats:
    """Return one finite number for each period; a single number counts for all."""
    try:
        found = np.atleast_1d(np.asarray(value, dtype=np.float64))
    except (TypeError, ValueError):
        found = np.array([math.nan])
    if len(found) == 1 and not isinstance(value, Sequence):
        found = np.repeat(found, length)
    if found.shape != (length,) or not np.isfinite(found).all():
        raise ArgumentError(name, value, text("expectation.allowed.series", length=length))
    return found
