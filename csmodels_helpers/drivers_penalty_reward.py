"""Penalty–reward contrasts: what a low rating of a driver costs, and what a high one brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.drivers_regression import (
    Floats,
    check_collinear,
    check_names,
    check_spread,
    regression,
)
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import row_axes
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_column, check_confidence, check_scale, number, with_floats
from csmodels_helpers.survey import scale as scale_rule
from csmodels_helpers.tally import Moments, moments
from csmodels_helpers.tally_parts import changed
from csmodels_helpers.uncertainty import Stack, estimates

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CLASSES", "PenaltyReward", "penalty_reward"]

CLASSES = ("penalty", "reward", "both", "none")
"""The classes of a driver; :func:`penalty_reward` tells them apart."""

_SPELT_OUT = 5


@dataclass(frozen=True, eq=False)
class PenaltyReward(Result):
    """What low and high ratings of each driver do to an outcome, beside all other drivers.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a driver, widest span first: ``driver``, ``penalty``, ``penalty_low``, ``penalty_high``
        (outcome with a low rating minus with a middle one), ``reward``, ``reward_low``, ``reward_high`` (with
        a high rating minus with a middle one), ``class`` (one of :data:`CLASSES`), ``share_low``,
        ``share_high`` (shares of the answers at the two ends).
    outcome : str
        What is to be explained.
    ends : tuple of int
        Ratings up to the first count as low, from the second on as high.
    n, n_missing : int
        Complete rows, and rows left out because a value is missing.
    confidence : float
        Level of the intervals.
    """

    outcome: str
    ends: tuple[int, int]
    n: int
    n_missing: int
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw for each driver its penalty and its reward, with intervals.

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
        y = np.arange(len(self.table), dtype=np.float64)[::-1]
        marks = (("penalty", 0.13, "s", "orange"), ("reward", -0.13, "o", "blue"))
        for name, shift, marker, colour in marks:
            score, low, high = (
                self.table[column].to_numpy(dtype=np.float64)
                for column in (name, f"{name}_low", f"{name}_high")
            )
            arms = np.nan_to_num(np.array([score - low, high - score]))
            said = text(f"drivers.legend.{name}", low=self.ends[0], high=self.ends[1])
            colour = plots.PALETTE[colour]
            ax.errorbar(score, y + shift, xerr=arms, fmt=marker, capsize=3, color=colour, label=said)
        ax.axvline(0, color=plots.PALETTE["grey"], linewidth=1)
        labels = [
            text("drivers.axis.classed", driver=row["driver"], name=text(f"drivers.class.{row['class']}"))
            for row in self.table.to_dict("records")
        ]
        ax.set_yticks(y, labels)
        ax.set_ylim(-0.6, len(self.table) - 0.4)
        plots.legend_below(ax)
        of = {name: len(self._of(name)) for name in CLASSES} | {"all": len(self.table)}
        return plots.label(
            ax,
            title=text("drivers.title.penalty_reward", **of),
            xlabel=text("drivers.axis.contrast", outcome=self.outcome),
            ylabel=text("drivers.axis.driver"),
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say which drivers punish, which reward, and which do both.

        Returns
        -------
        str
            One sentence a class.
        """
        said: list[str] = []
        for name in CLASSES:
            found = self._of(name)
            if found:
                more = (
                    text("drivers.list.more", count=len(found) - _SPELT_OUT)
                    if len(found) > _SPELT_OUT
                    else ""
                )
                listed = text("drivers.list.comma").join(found[:_SPELT_OUT]) + more
                said.append(text(f"drivers.explain.class_{name}", names=listed))
        strongest = self.table.to_dict("records")[0]
        span = {name: rounded(abs(strongest[name]), 1) for name in ("penalty", "reward")}
        said.append(
            text("drivers.explain.span", driver=strongest["driver"], outcome=self.outcome, **span)
            if strongest["penalty"] <= 0 <= strongest["reward"]
            else ""
        )
        return join(*said, text("drivers.explain.rows", n=self.n, missing=self.n_missing))

    def _of(self, name: str) -> list[str]:
        return self.table.loc[self.table["class"] == name, "driver"].tolist()


def _contrasts(stack: Stack) -> Floats:
    """Coefficients of the dummies in the outcome's unit, one above the other with the shares: (B, 4 p)."""
    beta = regression(stack.correlation)[0]
    spread = np.sqrt(np.diagonal(stack.covariance, axis1=1, axis2=2))
    return np.concatenate([beta * spread[:, -1:] / spread[:, :-1], stack.mean[:, :-1]], axis=1)


def _dummies(
    data: Any,
    outcome: str,
    names: tuple[str, ...],
    cuts: tuple[int, int],
    respondent: str | None,
) -> Moments:
    """Tally the outcome with two columns a driver: is the rating low, is it high."""
    kept: list[str] = list(dict.fromkeys([outcome, *([] if respondent is None else [respondent])]))
    made: list[Any] = []
    for end in (0, 1):
        for i, name in enumerate(names):
            rating = nw.col(name).cast(nw.Float64)
            hit = rating <= cuts[0] if end == 0 else rating >= cuts[1]
            # A missing rating is neither low nor high; some engines would say that NaN ≥ 6 is true.
            known = ~(rating.is_null() | rating.is_nan())
            made.append(nw.when(known).then(hit.cast(nw.Float64)).alias(_dummy(end, i)))
    dummies = changed(
        data,
        lambda frame: nw.from_native(with_floats(nw.to_native(frame), names)).select(*kept, *made),
        [*names, *kept],
    )
    columns = [_dummy(end, i) for end in (0, 1) for i in range(len(names))]
    return moments(dummies, [*columns, outcome], respondent=respondent, apart=respondent is None)


def _dummy(end: int, place: int) -> str:
    return f"_{('low', 'high')[end]}_{place}"


def _check(made: Moments, outcome: str, names: tuple[str, ...], cuts: tuple[int, int]) -> None:
    parameters = 2 * len(names) + 1
    if made.n <= parameters:
        allowed = text("drivers.allowed.rows", parameters=parameters, more=parameters + 1)
        raise ArgumentError("data", made.n, allowed, text("drivers.advice.rows", missing=made.left_out))
    # In two groups of respondents at least, or a contrast would hang on one of them.
    n = made.keys["n"].to_numpy()[:, None]
    seen = ((made.sums[:, :-1] > 0) & (n > 0)).sum(axis=0).reshape(2, -1)
    beside = ((made.sums[:, :-1] < n) & (n > 0)).sum(axis=0).reshape(2, -1)
    for end, key in enumerate(("low", "high")):
        empty = [name for i, name in enumerate(names) if min(seen[end, i], beside[end, i]) < 2]
        if empty:
            allowed = text(f"drivers.allowed.end_{key}", cut=cuts[end])
            raise ArgumentError("drivers", empty, allowed, text("drivers.advice.end"))
    check_spread(Moments((outcome,), (), made.keys, made.sums[:, -1:], made.cross[:, -1:, -1:]), "outcome")
    correlation = made.correlation().to_numpy()[:-1, :-1]
    words = [text(f"drivers.end.{key}", driver=name) for key in ("low", "high") for name in names]
    check_collinear(correlation, words, "drivers")


def _class(row: dict[Any, Any]) -> str:
    punishes, rewards = row["penalty_high"] < 0, row["reward_low"] > 0
    return "both" if punishes and rewards else "penalty" if punishes else "reward" if rewards else "none"


def penalty_reward(
    data: Any,
    outcome: str,
    drivers: Sequence[str],
    *,
    scale: tuple[int, int],
    boxes: int = 2,
    respondent: str | None = None,
    confidence: float = 0.95,
) -> PenaltyReward:
    """Contrast low and high ratings of each driver with middle ones.

    A line through all ratings would say that one point more is worth the same everywhere. Some drivers only
    punish: nobody praises clean seats, but dirty ones are remembered. Others only reward.

    Parameters
    ----------
    data : frame
        One row an answer, in any frame that narwhals knows.
    outcome : str
        What is to be explained: a number.
    drivers : sequence of str
        Ratings: whole numbers on ``scale``, or missing.
    scale : tuple of int
        Lowest and highest rating.
    boxes : int, default 2
        How many ratings at each end count as low and as high. At least one is left in the middle.
    respondent : str, optional
        Column that says who answered; without it each row is somebody else.
    confidence : float, default 0.95
        Level of the intervals. With many drivers some interval leaves 0 out by chance: 16 drivers have 32 of
        them, so a level of 0.99 keeps their classes steadier.

    Returns
    -------
    PenaltyReward
        Contrasts in the outcome's unit, and classes: ``"penalty"`` if the interval of the penalty lies below
        0, ``"reward"`` if that of the reward lies above 0, ``"both"`` or ``"none"``.

    Raises
    ------
    UnknownNameError
        If the frame lacks a column.
    DataError
        If a rating is off the scale, or the outcome is no number.
    ArgumentError
        If nobody rated a driver low (or high), drivers repeat each other, or there are fewer answers than
        parameters.

    Notes
    -----
    Regression of the outcome on two dummies a driver (rating low, rating high; the middle is the reference).
    Intervals by the delete-a-group jackknife. The literature also classes by the sizes alone; here an effect
    that chance explains is none.

    References
    ----------
    Brandt, D. R. (1988). How service marketers can identify value-enhancing service elements. *Journal of
    Services Marketing* 2(3), 35–41. Matzler, K. and Sauerwein, E. (2002). The factor structure of customer
    satisfaction. *International Journal of Service Industry Management* 13(4), 314–332.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> answers = pd.DataFrame({"clean": rng.integers(1, 8, 900), "films": rng.integers(1, 8, 900)})
    >>> answers["overall"] = 60 - 9 * (answers["clean"] <= 2) + 7 * (answers["films"] >= 6)
    >>> answers["overall"] += rng.normal(0, 8, 900).round()
    >>> found = penalty_reward(answers, "overall", ["clean", "films"], scale=(1, 7))
    >>> found.table[["driver", "penalty", "reward", "class"]].round(1)
      driver  penalty  reward    class
    0  clean     -8.8     0.4  penalty
    1  films     -0.6     6.4   reward
    """
    level, bounds = check_confidence(confidence), check_scale(scale)
    names = check_names(drivers, "drivers", outcome)
    most = (bounds[1] - bounds[0]) // 2
    if isinstance(boxes, bool) or not isinstance(boxes, int) or not 1 <= boxes <= most:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError("boxes", boxes, text("drivers.allowed.boxes", most=most))
    for name in names:
        check_column(data, name, scale_rule(*bounds, missing=True))
    check_column(data, outcome, number(missing=True))
    cuts = (bounds[0] + boxes - 1, bounds[1] - boxes + 1)
    made = _dummies(data, outcome, names, cuts, respondent)
    _check(made, outcome, names, cuts)
    p = len(names)
    found = estimates(made, _contrasts, [str(i) for i in range(4 * p)], level)
    columns: dict[str, Any] = {"driver": list(names)}
    for i, part in enumerate(("penalty", "reward")):
        rows = found.iloc[i * p : (i + 1) * p]
        columns |= {part: rows["estimate"].to_numpy()}
        columns |= {f"{part}_low": rows["low"].to_numpy(), f"{part}_high": rows["high"].to_numpy()}
    table = pd.DataFrame(columns)
    table["class"] = [_class(row) for row in table.to_dict("records")]
    shares = found["estimate"].to_numpy()[2 * p :]
    table["share_low"], table["share_high"] = shares[:p], shares[p:]
    span = table["reward"] - table["penalty"]
    table = table.loc[span.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)
    return PenaltyReward(table, outcome, cuts, made.n, made.left_out, level)
