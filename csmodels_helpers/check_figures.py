"""Figures in plain values, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from csmodels_helpers.check_calls import Picture
from csmodels_helpers.check_comparison import Difference, Rules, compare
from csmodels_helpers.check_kinds import loose, parse_number
from csmodels_helpers.language import text

__all__ = ["picture"]


def picture(drawing: Any) -> Picture:
    """Describe a figure or axes in plain values.

    Parameters
    ----------
    drawing : matplotlib.figure.Figure, matplotlib.axes.Axes, or seaborn grid
        What was drawn; of axes the whole figure is described.

    Returns
    -------
    Picture
        Its titles, labels and the data of its marks.

    Raises
    ------
    TypeError
        If it is none of these.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> figure_, ax = plt.subplots()
    >>> _ = ax.bar(["a", "b"], [3, 5])
    >>> picture(figure_).axes[0]["bars"]
    [['a', 3.0], ['b', 5.0]]
    >>> plt.close(figure_)
    """
    drawn = getattr(drawing, "figure", drawing)
    axes = getattr(drawn, "axes", None)
    if not isinstance(axes, list):
        raise TypeError(type(drawing).__name__)
    found = [ax for ax in cast("list[Any]", axes) if ax.has_data() and ax.get_label() != "<colorbar>"]
    return Picture([_describe(ax) for ax in found])


def _describe(ax: Any) -> dict[str, Any]:
    from matplotlib.collections import PathCollection, QuadMesh
    from matplotlib.container import BarContainer

    bars: list[list[Any]] = []
    sideways = False
    for container in ax.containers:
        if isinstance(container, BarContainer):
            lying = container.orientation == "horizontal"
            sideways = sideways or lying
            names = _tick_names(ax.yaxis if lying else ax.xaxis)
            for bar in cast("list[Any]", container.patches):
                middle = bar.get_y() + bar.get_height() / 2 if lying else bar.get_x() + bar.get_width() / 2
                name = names.get(round(middle, 6), float(middle))
                bars.append([name, float(bar.get_width() if lying else bar.get_height())])
    lines = [
        [[float(x) for x in line.get_xdata(orig=False)], [float(y) for y in line.get_ydata(orig=False)]]
        for line in ax.lines
    ]
    points = [
        [float(x), float(y)]
        for collection in ax.collections
        if isinstance(collection, PathCollection)
        for x, y in np.ma.getdata(cast("Any", collection.get_offsets())).tolist()
    ]
    grid = bool(ax.images) or any(isinstance(collection, QuadMesh) for collection in ax.collections)
    present = {"bar": bool(bars), "line": bool(lines), "point": bool(points), "image": grid}
    return {
        "title": ax.get_title(loc="left") or ax.get_title() or ax.get_title(loc="right"),
        "xlabel": ax.get_xlabel(),
        "ylabel": ax.get_ylabel(),
        "kinds": [kind for kind, there in present.items() if there] or ["other"],
        "bars": bars,
        "lines": lines,
        "points": points,
        "sideways": sideways,
    }


def _tick_names(axis: Any) -> dict[float, Any]:
    """Return place → name where ticks carry names (pandas writes numbers as names, too)."""
    from matplotlib.category import StrCategoryLocator
    from matplotlib.ticker import FixedLocator

    if not isinstance(axis.get_major_locator(), StrCategoryLocator | FixedLocator):
        return {}
    names = [label.get_text() for label in axis.get_ticklabels()]
    places = [float(place) for place in axis.get_majorticklocs()]
    return {round(place, 6): _as_number(name) for place, name in zip(places, names, strict=False) if name}


def _as_number(name: Any) -> Any:
    number = parse_number(name) if isinstance(name, str) else None
    return name if number is None else number


def fault(
    axes: dict[str, Any], wanted: dict[str, Any], kind: str | None, marks: Any, rules: Rules
) -> Difference | None:
    """Say what is wrong with one axes: first what is drawn, then what is written."""
    if kind is not None and kind not in axes["kinds"]:
        got = ", ".join(text(f"check.figure.kinds.{name}") for name in axes["kinds"])
        want = text(f"check.figure.kinds.{kind}")
        return Difference("type", text("check.figure.kind", got=got, want=want))
    if marks is not None and not _shows(axes, kind, marks, rules):
        return Difference("value", text("check.figure.marks"))
    for name, want in wanted.items():
        written = [str(axes[name])]
        if axes["sideways"] and name != "title":
            written.append(str(axes["ylabel" if name == "xlabel" else "xlabel"]))
        if want in (None, False) or any(_written(words, want) for words in written):
            continue
        key = f"check.figure.{name}" if not axes[name].strip() else f"check.figure.{name}_other"
        return Difference("value", text(key))
    return None


def _written(words: str, want: Any) -> bool:
    if want is True:
        return bool(words.strip())
    if isinstance(want, str):
        return loose(words) == loose(want)
    return all(loose(part) in loose(words) for part in want)


def _shows(axes: dict[str, Any], kind: str | None, marks: Any, rules: Rules) -> bool:
    kinds: list[str] = [kind] if kind else axes["kinds"]
    shown: list[Any] = []
    mapping = isinstance(marks, Mapping)
    if mapping:
        marks = {_as_number(name): mark for name, mark in cast("Mapping[Any, Any]", marks).items()}
    if "bar" in kinds:
        shown.append(dict(axes["bars"]) if mapping else [height for _, height in axes["bars"]])
    if "line" in kinds:
        shown += [dict(zip(x, y, strict=True)) if mapping else y for x, y in axes["lines"]]
    if "point" in kinds:
        points = dict(axes["points"]) if mapping else axes["points"]
        if not mapping and compare(points, marks, Rules(rules.tolerance, ordered=False)) is None:
            return True
        shown.append(points)
    return any(compare(values, marks, rules) is None for values in shown)
