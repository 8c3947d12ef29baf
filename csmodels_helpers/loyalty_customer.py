"""One customer's answers: the type by the rule, and the risk of leaving that goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import UnknownNameError
from csmodels_helpers.language import join, text, unit_words
from csmodels_helpers.loyalty_plots import label_of, percent
from csmodels_helpers.loyalty_types import TYPES, classify
from csmodels_helpers.metrics_plots import hundredfold, row_axes
from csmodels_helpers.metrics_words import axis_with_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from csmodels_helpers.retention_hazard import Hazard

__all__ = ["plot_customer"]


def plot_customer(
    risk: Hazard,
    *,
    attitude: float,
    barriers: float,
    incentives: float = 2,
    kinship: float = 1,
    repeat_share: float = 0.95,
    period: str,
    ax: Axes | None = None,
) -> Axes:
    """Classify one customer, and draw the risk of leaving of the types with this one's lit up.

    Parameters
    ----------
    risk : Hazard
        From :func:`csmodels_helpers.retention.hazard` with the types of :func:`classify` as its segment.
    attitude, barriers, incentives, kinship : float
        The customer's answers, 1 to 7.
    repeat_share : float, default 0.95
        Share of the purchases made with us, 0 to 1.
    period : str
        One of the periods of ``risk``, such as ``"18"`` or ``"1–17"``.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The axes. The scale is the same for all periods, so that pictures can be compared.

    Raises
    ------
    UnknownNameError
        If ``risk`` has no such period, or says nothing of the customer's type.
    DataError
        If an answer is off its scale.

    Notes
    -----
    The risk is that of customers who gave such answers. It does not say what would happen if the same
    customer came to like us better.

    Examples
    --------
    >>> from csmodels_helpers.retention import hazard
    >>> seen = pd.DataFrame({"type": ["trust"] * 50 + ["monopoly"] * 50, "left": [None] * 90 + [2.0] * 10})
    >>> risk = hazard(seen, time="left", until=3, segment="type", periods=[(1, 1), (2, 3)], unit="month")
    >>> ax = plot_customer(risk, attitude=2, barriers=6, period="2–3")
    >>> "monopoly: of such customers 11.1 % leave a month" in plots.alt_text(ax.figure)
    True
    """
    answers = {"attitude": attitude, "barriers": barriers, "incentives": incentives, "kinship": kinship}
    one = pd.DataFrame({name: [value] for name, value in {**answers, "repeat_share": repeat_share}.items()})
    row: Any = classify(one).customers.iloc[0]
    code, reason = str(row["type"]), str(row["reason"])
    own = risk.table[risk.table["period"] == period].set_index(str(risk.segment))
    if own.empty:
        raise UnknownNameError(text("loyalty.kinds.period"), period, list(risk.table["period"].unique()))
    if code not in own.index:
        raise UnknownNameError(text("loyalty.kinds.type"), code, [str(name) for name in own.index])
    shown = [name for name in TYPES if name in own.index]
    numbers = own.loc[shown, ["hazard", "low", "high"]].to_numpy(dtype=np.float64)
    share = {name: percent(float(score), 1) for name, score in zip(shown, numbers[:, 0], strict=True)}
    lit = np.array([name == code for name in shown])
    places = np.arange(len(shown))[::-1]
    ax = row_axes(ax, len(shown))
    for rows, colour, marker, size, bar in (
        (~lit, "grey", "o", 6, plots.PALETTE["grey"]),
        (lit, "orange", "D", 10, "black"),
    ):
        score, low, high = numbers[rows].T
        ax.plot(score, places[rows], marker, color=plots.PALETTE[colour], markersize=size)
        # Over the marks, which would hide an interval that is narrower than they are.
        arms = np.nan_to_num(np.array([score - low, high - score]))
        ax.errorbar(score, places[rows], xerr=arms, fmt="none", ecolor=bar, capsize=size / 2 + 1, zorder=3)
    ax.set_yticks(places, [label_of(name) for name in shown])
    ax.set_ylim(-0.6, len(shown) - 0.4)
    most = float(np.nanmax(risk.table["high"].to_numpy(dtype=np.float64)))
    # A little below 0, so that marks at 0 are whole.
    ax.set_xlim(-0.025 * most, 1.05 * most)
    hundredfold(ax.xaxis, " %")
    form = "unit" if risk.unit else "period"
    unit, of_unit = unit_words(risk.unit), unit_words(risk.unit, counted=True)
    words = {
        "name": label_of(code),
        "share": share[code],
        "when": text(f"retention.sign.in_{form}", unit=of_unit, period=period),
        "unit": text(f"retention.sign.a_{form}", unit=unit),
    }
    others = text("metrics.sign.list").join(
        text("loyalty.explain.part", name=label_of(name), share=share[name]) for name in shown if name != code
    )
    return plots.label(
        ax,
        title=text("loyalty.title.customer", **words),
        xlabel=axis_with_unit("retention.axis.hazard", risk.unit),
        ylabel=text("loyalty.axis.type"),
        alt=join(reason, text("loyalty.explain.customer", others=others, **words)),
    )
