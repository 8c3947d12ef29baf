"""Names beside the points of a figure, where they hide neither one another nor a mark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib import patheffects

from csmodels_helpers import plots

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__: list[str] = []

Floats = npt.NDArray[np.float64]

# Names stay legible on grid lines and intervals.
HALO = [patheffects.withStroke(linewidth=3, foreground="white")]


def name_points(
    ax: Axes,
    xs: Sequence[float] | Floats,
    ys: Sequence[float] | Floats,
    names: Sequence[str],
    *,
    wanted: Sequence[int] | None = None,
    texts: Sequence[Artist] = (),
    lines: Sequence[Any] = (),
) -> None:
    """Write names beside their points, each at the free place that is nearest; call it last.

    ``wanted`` are the points to name (all by default); ``texts`` already stand there, and ``lines`` are
    segments, two points of data each, on which a name would be hard to read.
    """
    figure: Any = ax.get_figure(root=True)
    # The layout must be known before boxes in pixels can be compared.
    if figure.stale:
        plots.lay_out(figure)
    pixels = ax.transData.transform(np.column_stack([xs, ys])) if len(xs) else np.empty((0, 2))
    frame = _box(ax.get_window_extent())
    unit = figure.dpi / 72
    taken = [_box(item.get_window_extent()) for item in texts]
    marks = [np.array([x, y, x, y]) + 5 * unit * _OUTWARDS for x, y in pixels]
    marks += [_around(ax.transData.transform(ends), unit) for ends in lines]
    # Crowded points first: they have the fewest free places.
    chosen = range(len(pixels)) if wanted is None else wanted
    crowd = {i: int((np.hypot(*(pixels - pixels[i]).T) < 60 * unit).sum()) for i in chosen}
    for i in sorted(chosen, key=lambda i: -crowd[i]):
        x, y = pixels[i]
        label = ax.annotate(
            names[i],
            (xs[i], ys[i]),
            xytext=(0, 0),
            textcoords="offset points",
            fontsize="small",
            zorder=5,
            path_effects=HALO,
        )
        size = label.get_window_extent()
        costs, boxes = _places(x, y, size.width, size.height, unit)
        outside = size.width * size.height - _overlap(boxes, [frame])
        # A name on a point can still be read, a name on a name cannot.
        on_names = _overlap(boxes + unit * _OUTWARDS, taken)
        costs = costs + (4 * _overlap(boxes, marks) + 40 * (on_names + outside)) / size.height
        box = boxes[np.argmin(costs)]
        label.set_position(((box[0] - x) / unit, (box[1] - y) / unit))
        taken.append(box)
        # A leader where the name had to move away from its point.
        near = np.clip([x, y], box[:2], box[2:])
        if np.hypot(near[0] - x, near[1] - y) > 12 * unit:
            ax.annotate(
                "",
                tuple(ax.transData.inverted().transform(near)),
                xytext=(xs[i], ys[i]),
                arrowprops={"arrowstyle": "-", "color": plots.PALETTE["grey"], "linewidth": 0.7},
                zorder=2,
            )


# A box is x0, y0, x1, y1 in pixels.
_OUTWARDS = np.array([-1, -1, 1, 1])


def _box(bounds: Any) -> Floats:
    return np.array(bounds.extents)


def _around(ends: Floats, unit: float) -> Floats:
    """Box around a line, or around the large mark that a single point stands for."""
    corners = np.concatenate([ends.min(axis=0), ends.max(axis=0)])
    return corners + (2 if len(ends) > 1 else 7) * unit * _OUTWARDS


def _places(x: float, y: float, w: float, h: float, unit: float) -> tuple[Floats, Floats]:
    """Return the boxes of w × h pixels around a point, nearest first, and before them what each costs."""
    rings = np.arange(14)
    gap = (7 + 11 * rings) * unit
    near, far = 0.7 * gap, -0.7 * gap
    middle, centre = np.full(len(rings), -w / 2), np.full(len(rings), -h / 2)
    # Right, left, above, below, and the four corners.
    across = [gap, -gap - w, middle, middle, near, far - w, near, far - w]
    up = [centre, centre, gap, -gap - h, near, near, far - h, far - h]
    x0, y0 = x + np.stack(across, axis=1).ravel(), y + np.stack(up, axis=1).ravel()
    costs = np.array([14.0 * ring + side for ring in rings for side in range(len(across))])
    return costs, np.stack([x0, y0, x0 + w, y0 + h], axis=1)


def _overlap(boxes: Floats, others: Sequence[Floats]) -> Floats:
    """Pixels that each box shares with the others."""
    if not len(others):
        return np.zeros(len(boxes))
    other = np.array(others)
    shared = np.minimum(boxes[:, None, 2:], other[:, 2:]) - np.maximum(boxes[:, None, :2], other[:, :2])
    return shared.clip(min=0).prod(axis=2).sum(axis=1)
