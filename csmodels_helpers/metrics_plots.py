"""Parts that the figures of scores share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from csmodels_helpers import plots

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

__all__: list[str] = []


def row_axes(ax: Axes | None, rows: int) -> Axes:
    """Return ``ax``, or the axes of a new figure that is as high as its rows need."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plots.axes(figsize=(plt.rcParams["figure.figsize"][0], min(max(2.4, 1.3 + 0.4 * rows), 12)))


def hundredfold(axis: Axis, unit: str) -> None:
    """Label an axis of shares with per cent or points, at places where no digit has to be cut off."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10]))
    axis.set_major_formatter(lambda value, _: f"{100 * value:.6g}{unit}".replace("-", "−"))


def table_cell(table: pd.DataFrame, row: str, column: str) -> float:
    """Return one number of a result's table."""
    return float(table[column].to_dict()[row])


def draw_points(ax: Axes, table: pd.DataFrame, labels: Sequence[str]) -> None:
    """Draw scores as dots with their intervals, the first row on top."""
    y = np.arange(len(table))[::-1]
    score = table["score"].to_numpy(dtype=np.float64)
    arms = np.array(
        [score - table["low"].to_numpy(dtype=np.float64), table["high"].to_numpy(dtype=np.float64) - score]
    )
    ax.errorbar(score, y, xerr=np.nan_to_num(arms), fmt="o", color=plots.PALETTE["blue"], capsize=4)
    ax.set_yticks(y, list(labels))
    ax.set_ylim(-0.6, len(table) - 0.4)
