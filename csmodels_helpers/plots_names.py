"""Names beside the points of a figure, where they hide neither one another nor a mark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib import patheffects
from matplotlib.transforms import Bbox

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
    plots.lay_out(figure)
    pixels = ax.transData.transform(np.column_stack([xs, ys])) if len(xs) else np.empty((0, 2))
    frame = ax.get_window_extent()
    unit = figure.dpi / 72
    taken: list[Bbox] = [item.get_window_extent() for item in texts]
    marks = [Bbox.from_extents(x - 5 * unit, y - 5 * unit, x + 5 * unit, y + 5 * unit) for x, y in pixels]
    marks += [_around(ax.transData.transform(ends), unit) for ends in lines]

    def cost(place: tuple[float, Bbox]) -> float:
        distance, box = place
        outside = box.width * box.height - _overlap(box, frame)
        # A name on a point can still be read, a name on a name cannot.
        on_names = sum(_overlap(box.padded(unit), other) for other in taken)
        on_marks = sum(_overlap(box, other) for other in marks)
        return distance + (4 * on_marks + 40 * (on_names + outside)) / box.height

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
        _, box = min(_places(x, y, size.width, size.height, unit), key=cost)
        label.set_position(((box.x0 - x) / unit, (box.y0 - y) / unit))
        taken.append(box)
        # A leader where the name had to move away from its point.
        near = (min(max(x, box.x0), box.x1), min(max(y, box.y0), box.y1))
        if np.hypot(near[0] - x, near[1] - y) > 12 * unit:
            ax.annotate(
                "",
                tuple(ax.transData.inverted().transform(near)),
                xytext=(xs[i], ys[i]),
                arrowprops={"arrowstyle": "-", "color": plots.PALETTE["grey"], "linewidth": 0.7},
                zorder=2,
            )


def _around(ends: Floats, unit: float) -> Bbox:
    """Box around a line, or around the large mark that a single point stands for."""
    return Bbox([ends[0], ends[-1]]).padded((2 if len(ends) > 1 else 7) * unit)


def _places(x: float, y: float, w: float, h: float, unit: float) -> list[tuple[float, Bbox]]:
    """Boxes of w × h pixels around a point, nearest first, with what the distance costs."""
    found: list[tuple[float, Bbox]] = []
    for ring in range(14):
        gap = (7 + 11 * ring) * unit
        sides = [
            (gap, -h / 2),
            (-gap - w, -h / 2),
            (-w / 2, gap),
            (-w / 2, -gap - h),
            (0.7 * gap, 0.7 * gap),
            (-0.7 * gap - w, 0.7 * gap),
            (0.7 * gap, -0.7 * gap - h),
            (-0.7 * gap - w, -0.7 * gap - h),
        ]
        for k, (dx, dy) in enumerate(sides):
            found.append((14.0 * ring + k, Bbox.from_bounds(x + dx, y + dy, w, h)))
    return found


def _overlap(a: Bbox, b: Bbox) -> float:
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    height = min(a.y1, b.y1) - max(a.y0, b.y0)
    return float(width * height) if width > 0 and height > 0 else 0.0
