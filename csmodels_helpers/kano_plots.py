"""The figures of Kano's model: they draw what :mod:`csmodels_helpers.kano` has computed.

Call them through ``kano``: :meth:`KanoResult.plot <csmodels_helpers.kano.KanoResult.plot>` and its like,
``kano.plot_shares``, ``kano.plot_drift`` and ``kano.plot_pair``.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, UnknownNameError
from csmodels_helpers.kano_answers import (
    ANSWERS,
    CATEGORIES,
    Table,
    answer_name,
    category_name,
    evaluation_table,
)
from csmodels_helpers.kano_words import (
    category_or_none,
    explain_group,
    explain_guesses,
    explain_highlight,
    explain_rows,
    group_name,
    headed,
    only_group,
    percent,
    points,
    row_name,
    title_highlight,
    varying,
    wave_name,
)
from csmodels_helpers.language import join, text
from csmodels_helpers.plots_names import HALO, name_points

__all__ = ["plot_pair"]

_DARK = "#202124"
_LINE = "#9AA0A6"
_GREY = plots.PALETTE["grey"]
_COLOURS = {
    "M": plots.PALETTE["orange"],
    "O": plots.PALETTE["blue"],
    "A": plots.PALETTE["green"],
    "I": plots.PALETTE["grey"],
    "R": plots.PALETTE["purple"],
    "Q": plots.PALETTE["yellow"],
}
_SHAPES = {"M": "s", "O": "D", "A": "^", "I": "o", "R": "v", "Q": "X"}
# Where the name of a quadrant stands: x, y (of the axes), horizontal and vertical alignment.
_CORNERS = {
    "A": (0.015, 0.985, "left", "top"),
    "O": (0.985, 0.985, "right", "top"),
    "I": (0.015, 0.015, "left", "bottom"),
    "M": (0.985, 0.015, "right", "bottom"),
}
# Forty names cannot be read; then only highlighted ones are written.
_MOST_NAMES = 30
# A line of a title holds so many Latin characters an inch of the figure's width, and never more than this.
_TITLE_ROOM, _LONGEST_LINE = 8.6, 100


# ------------------------------------------------------------------------------------------- the map


def draw_map(
    rows: pd.DataFrame,
    ax: Axes | None,
    highlight: Sequence[str] | None,
    guess: Any,
    errors: bool,
    labels: Mapping[str, str],
) -> Axes:
    """Draw Better against Worse, a point a row, with quadrants, intervals, guesses and names."""
    guesses = _guesses(guess, list(dict.fromkeys(rows["feature"])))
    ax = plots.axes(ax)
    shown = varying(rows[rows["better"].notna()].reset_index(drop=True))
    forward = np.array([highlight is None or name in highlight for name in shown["feature"]], dtype=bool)
    xs = -100 * shown["worse"].to_numpy(dtype=float)
    ys = 100 * shown["better"].to_numpy(dtype=float)
    quadrants = _quadrants(ax)
    pale: dict[str, Any] = {"color": plots.PALETTE["light"], "markersize": 8, "zorder": 2}
    for category in dict.fromkeys(shown["category"][~forward]):
        own = ~forward & (shown["category"] == category).to_numpy()
        ax.plot(xs[own], ys[own], _SHAPES[category], **pale)
    for i in np.flatnonzero(forward):
        row = shown.iloc[i]
        colour = _COLOURS[row["category"]]
        if errors:
            sideways = [-100 * row["worse_high"], -100 * row["worse_low"]], [ys[i], ys[i]]
            upright = [xs[i], xs[i]], [100 * row["better_low"], 100 * row["better_high"]]
            for interval in (sideways, upright):
                ax.plot(*interval, color=colour, alpha=0.45, linewidth=1.2, zorder=2, gid="interval")
        # Not significant: the class is the leading one, but only by chance as far as we know.
        face = colour if row["significant"] else "white"
        shape = _SHAPES[row["category"]]
        ax.plot(xs[i], ys[i], shape, color=colour, markerfacecolor=face, markersize=8, zorder=3)
    drawn = {feature: pair for feature, pair in guesses.items() if feature in set(shown["feature"])}
    for feature, (x, y) in drawn.items():
        for i in np.flatnonzero((shown["feature"] == feature).to_numpy()):
            height = ys[i] if y is None else y
            ax.plot([x, xs[i]], [height, ys[i]], ":", color=_GREY, linewidth=1.2, zorder=2)
            look: dict[str, Any] = {"mfc": "none", "markeredgewidth": 1.3, "markersize": 14}
            ax.plot(x, height, "*", color=_DARK, zorder=4, gid="guess", **look)
    _map_legend(ax, shown[forward], bool(drawn), not forward.all())
    plots.label(
        ax,
        title=_map_title(shown, highlight, labels, only_group(rows), _width(ax)),
        xlabel=text("kano.map.x"),
        ylabel=text("kano.map.y"),
        # Who hears the map wants whose it is and the features that it is about first.
        alt=join(
            explain_group(rows),
            explain_highlight(rows, highlight or [], labels),
            explain_guesses(drawn, labels),
            explain_rows(rows, labels),
        ),
    )
    if highlight is not None or len(shown) <= _MOST_NAMES:
        # One feature in several groups is named in the title, so its points carry the group alone.
        alone = len(set(shown.loc[forward, "feature"])) == 1
        names = [(alone and group_name(row)) or row_name(row, labels) for _, row in shown.iterrows()]
        lines = [line.get_xydata() for line in ax.lines if line.get_gid() == "interval"]
        stars = [line.get_xydata() for line in ax.lines if line.get_gid() == "guess"]
        wanted = [int(i) for i in np.flatnonzero(forward)]
        name_points(ax, xs, ys, names, wanted=wanted, texts=quadrants, lines=[*lines, *stars])
    return ax


def _quadrants(ax: Axes) -> list[Any]:
    """Set the limits of the map, cut it in four, and return the names written into the corners."""
    ax.set_xlim(-3, 103)
    ax.set_ylim(-4, 104)
    ax.axvline(50, color=_LINE, linewidth=1, zorder=1)
    ax.axhline(50, color=_LINE, linewidth=1, zorder=1)
    look: dict[str, Any] = {"fontsize": "small", "style": "italic", "color": _GREY, "zorder": 1}
    look["path_effects"] = HALO
    # Two of them stand side by side; in a narrow map each takes two lines.
    colon = re.compile("(: |：)")
    names = {code: text(f"kano.quadrant.{code}") for code in _CORNERS}
    if _width(ax) < 5.5:
        names = {code: colon.sub(lambda found: found[0].strip() + "\n", name) for code, name in names.items()}
    return [
        ax.text(x, y, names[code], transform=ax.transAxes, ha=ha, va=va, multialignment=ha, **look)
        for code, (x, y, ha, va) in cast("dict[str, tuple[Any, ...]]", _CORNERS).items()
    ]


def _guesses(guess: Any, features: Sequence[str]) -> dict[str, tuple[float, float | None]]:
    """Feature → (annoyed, pleased or None), both in %."""
    if guess is None:
        return {}
    given = guess if isinstance(guess, Mapping) else getattr(guess, "value", None)
    if not isinstance(given, Mapping):
        raise ArgumentError("guess", guess, text("kano.error.guess"))
    known = {_same_name(feature): feature for feature in features}
    found: dict[str, tuple[float, float | None]] = {}
    for name, value in cast(Mapping[Any, Any], given).items():
        if _same_name(name) not in known:
            raise UnknownNameError(text("kano.kind.feature"), name, [str(feature) for feature in features])
        if value is None:
            continue
        pair = list(value) if isinstance(value, (tuple, list)) else [value]
        if len(pair) not in (1, 2) or not all(_is_percentage(number) for number in pair):
            raise ArgumentError("guess", {name: value}, text("kano.error.guess"))
        found[known[_same_name(name)]] = (float(pair[0]), float(pair[1]) if len(pair) == 2 else None)
    return found


def _same_name(name: object) -> str:
    return str(name).replace("_", " ").casefold()


def _is_percentage(value: Any) -> bool:
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    return number and 0 <= float(value) <= 100


def _map_legend(ax: Axes, front: pd.DataFrame, guessed: bool, others: bool) -> None:
    codes = [code for code in CATEGORIES if code in set(front["category"])]
    handles = [
        _marker(_SHAPES[code], _COLOURS[code], _COLOURS[code], 7, category_name(code)) for code in codes
    ]
    if not front["significant"].all():
        handles.append(_marker("o", _GREY, "white", 6, text("kano.map.unsure")))
    if guessed:
        handles.append(_marker("*", _DARK, "none", 12, text("kano.map.guess")))
    if others:
        pale = plots.PALETTE["light"]
        handles.append(_marker("o", pale, pale, 7, text("kano.map.others")))
    plots.legend_below(ax, handles)


def _marker(shape: str, colour: str, face: str, size: float, written: str) -> Line2D:
    return Line2D([], [], ls="", marker=shape, color=colour, mfc=face, ms=size, label=written)


def _map_title(
    shown: Any, highlight: Sequence[str] | None, labels: Mapping[str, str], group: str, inches: float
) -> str:
    order = {feature: i for i, feature in enumerate(highlight or [])}
    some = shown[shown["feature"].isin(list(order))] if order else shown
    if some.empty:
        return headed(text("kano.map.empty"), group)
    if order:
        some = some.sort_values("feature", key=lambda f: f.map(order), kind="stable")
        return title_highlight(some, labels, group, min(_TITLE_ROOM * inches, _LONGEST_LINE))
    worst, best = shown.loc[shown["worse"].idxmin()], shown.loc[shown["better"].idxmax()]
    values = {"worse": percent(-worst["worse"]), "better": percent(best["better"])}
    if len(shown) == 1:
        return headed(text("kano.map.title_one", feature=row_name(worst, labels), **values), group)
    if worst.name == best.name:
        return headed(text("kano.map.title_same", worst=row_name(worst, labels), **values), group)
    names = {"worst": row_name(worst, labels), "best": row_name(best, labels)}
    return headed(text("kano.map.title", **names, **values), group)


def _width(ax: Axes) -> float:
    figure: Any = ax.figure
    return float(figure.get_size_inches()[0])


# ------------------------------------------------------------------------------------------- shares


def draw_shares(rows: pd.DataFrame, ax: Axes | None, labels: Mapping[str, str]) -> Axes:
    """Draw the shares of the classes, a bar a row, grouped by class, the clearest first."""
    group, said = only_group(rows), explain_group(rows)
    rows = varying(rows)
    rank = {code: i for i, code in enumerate(CATEGORIES)}
    rows = rows.assign(rank=[rank.get(code, 6) for code in rows["category"]])
    rows = rows.sort_values(["rank", "lead"], ascending=[False, True], kind="stable").reset_index(drop=True)
    rows[list(CATEGORIES)] = rows[list(CATEGORIES)].div(rows["n"].where(rows["n"] > 0), axis=0)
    ax = _stacked(ax, rows, labels)
    some: Any = rows[rows["n"] > 0]
    parts = [text("kano.explain.shares_one", **_leading(row, labels)) for _, row in some[::-1].iterrows()]
    return plots.label(
        ax,
        title=headed(_shares_title(some, labels), group),
        xlabel=text("kano.shares.x"),
        ylabel=text("kano.shares.y"),
        alt=join(said, text("kano.explain.shares", features=text("kano.list").join(parts))),
    )


def _leading(row: Any, labels: Mapping[str, str]) -> dict[str, str]:
    code = row["category"]
    name = row_name(row, labels)
    return {"feature": name, "share": percent(row[code]), "category": category_name(code)}


def _shares_title(some: Any, labels: Mapping[str, str]) -> str:
    if some.empty:
        return text("kano.map.empty")
    clear = _leading(some.loc[some["lead"].idxmax()], labels)
    if len(some) == 1:
        return text("kano.shares.title_one", **clear)
    other = _leading(some.loc[some["lead"].idxmin()], labels)
    return text(
        "kano.shares.title",
        **clear,
        other=other["feature"],
        other_share=other["share"],
        other_category=other["category"],
    )


def draw_stability(
    table: pd.DataFrame, draws: int, ax: Axes | None, labels: Mapping[str, str], alt: str
) -> Axes:
    """Draw how often each class wins, the least steady row on top."""
    rows: Any = varying(table.sort_values("stability", ascending=False, kind="stable"))
    title = text("kano.stability.title_all")
    if (rows["stability"] < 0.95).any():
        least = rows.loc[rows["stability"].idxmin()]
        title = text(
            "kano.stability.title",
            feature=row_name(least, labels),
            category=category_or_none(least["category"]),
            share=percent(least["stability"]),
        )
    return plots.label(
        _stacked(ax, rows, labels),
        title=title,
        xlabel=text("kano.stability.x", draws=f"{draws:,}"),
        ylabel=text("kano.shares.y"),
        alt=alt,
    )


def _stacked(ax: Axes | None, rows: pd.DataFrame, labels: Mapping[str, str]) -> Axes:
    """Draw horizontal bars of the six shares (0 to 1), first row at the bottom."""
    names = [row_name(row, labels) for _, row in rows.iterrows()]
    ax = plots.axes(ax, figsize=(7.2, max(2.4, 1.6 + 0.32 * len(names))))
    percents = 100 * rows[list(CATEGORIES)].astype(float).fillna(0.0)
    # The bar is this many points wide: a code is written only where it fits.
    room = 0.7 * _width(ax) * 72
    left = np.zeros(len(names))
    used = [code for code in CATEGORIES if (percents[code] > 0).any()]
    for code in used:
        width = percents[code].to_numpy()
        ax.barh(range(len(names)), width, left=left, color=_COLOURS[code], edgecolor="white")
        for place, part in enumerate(width):
            points_wide = part / 100 * room
            if points_wide < 11:
                continue
            ax.text(
                left[place] + part / 2,
                place,
                f"{code} {part:.0f}" if points_wide > 28 else code,
                ha="center",
                va="center",
                color="black" if code == "Q" else "white",
                fontsize="small",
            )
        left = left + width
    ax.set_yticks(range(len(names)), names)
    ax.set_xlim(0, 100)
    ax.grid(False, axis="y")
    plots.legend_below(ax, _letters(used), side="right")
    return ax


def _letters(codes: Sequence[str]) -> list[Rectangle]:
    return [
        Rectangle((0, 0), 1, 1, color=_COLOURS[code], label=f"{code} {category_name(code)}") for code in codes
    ]


# ------------------------------------------------------------------------- drift, comparison, pair


def draw_drift(table: pd.DataFrame, limits: Mapping[str, Any], feature: str, ax: Axes | None) -> Axes:
    """Draw the shares of the classes wave by wave.

    ``table`` has the columns ``wave``, ``category`` and the share of each class; ``limits`` gives the two
    ends of the interval of each share, by class.
    """
    ax = plots.axes(ax)
    # Reverse and Questionable only where they matter.
    shown = [code for code in CATEGORIES if code in "MOAI" or (table[code] >= 0.05).any()]
    for number, code in enumerate(shown):
        # A little apart, so that intervals of two classes do not hide each other.
        x = np.arange(len(table)) + 0.04 * (number - (len(shown) - 1) / 2)
        low, high = limits[code]
        colour = _COLOURS[code]
        ax.plot(x, 100 * table[code].to_numpy(), color=colour, marker=_SHAPES[code], markersize=7)
        ax.vlines(x, 100 * low, 100 * high, color=colour, alpha=0.5, linewidth=1.5)
    plots.legend_below(
        ax,
        [
            Line2D([], [], color=_COLOURS[code], marker=_SHAPES[code], label=category_name(code))
            for code in shown
        ],
    )
    ax.set_xticks(range(len(table)), [str(wave) for wave in table["wave"]])
    ax.set_xlim(-0.4, len(table) - 0.6)
    ax.set_ylim(0, max(60.0, 5 + 100 * float(np.nanmax([limits[code][1] for code in shown], initial=0.0))))
    names = [category_or_none(code) for code in table["category"]]
    path = [name for name, before in zip(names, ["", *names], strict=False) if name != before]
    parts = [
        text(
            "kano.explain.drift_one",
            wave=wave_name(row["wave"]),
            category=category_name(code),
            share=percent(row[code]),
            low=percent(limits[code][0][i]),
            high=percent(limits[code][1][i]),
        )
        for i, (_, row) in enumerate(table.iterrows())
        if (code := row["category"]) is not None
    ]
    return plots.label(
        ax,
        title=text(
            "kano.drift.title_moves" if len(path) > 1 else "kano.drift.title_stays",
            feature=feature,
            path=" → ".join(path),
        ),
        xlabel=text("kano.drift.x"),
        ylabel=text("kano.drift.y"),
        alt=text("kano.explain.drift", feature=feature, n=len(table), waves=text("kano.list").join(parts)),
    )


def draw_comparison(
    table: pd.DataFrame, feature: str, sides: tuple[str, str], ax: Axes | None, alt: str
) -> Axes:
    """Draw differences with their intervals, a line a quantity; hollow where chance explains them."""
    ax = plots.axes(ax)
    names: list[str] = []
    for place, (_, row) in enumerate(table[::-1].iterrows()):
        code = str(row["quantity"])
        difference, low, high = (100 * float(row[key]) for key in ("difference", "low", "high"))
        if code == "worse":
            # The axis of the map counts the annoyed, so more of them points to the right here too.
            difference, low, high = -difference, -high, -low
        if code in CATEGORIES:
            names.append(text("kano.compare.share", category=category_name(code), code=code))
        else:
            names.append(text(f"kano.compare.{code}"))
        colour, shape = _COLOURS.get(code, _GREY), _SHAPES.get(code, "o")
        face = colour if row["significant"] else "white"
        ax.plot([low, high], [place, place], color=colour, linewidth=2)
        ax.plot([difference], [place], shape, color=colour, markerfacecolor=face, markersize=8)
    ax.axvline(0, color=_GREY, linewidth=1)
    ax.set_yticks(range(len(names)), names)
    ax.grid(False, axis="y")
    rows: Any = table.set_index("quantity")
    a, b = sides
    title = text(
        "kano.compare.title_differs" if table["significant"].any() else "kano.compare.title_same",
        feature=feature,
        a=a,
        b=b,
        worse=points(-rows.loc["worse", "difference"]),
        better=points(rows.loc["better", "difference"]),
    )
    return plots.label(
        ax, title=title, xlabel=text("kano.compare.x", a=a, b=b), ylabel=text("kano.compare.y"), alt=alt
    )


def plot_pair(
    functional: str, dysfunctional: str, ax: Axes | None = None, *, table: Table = "standard"
) -> Axes:
    """Draw the evaluation table with the cell of one pair of answers lit up.

    Parameters
    ----------
    functional, dysfunctional : str
        The two answers, each one of :data:`ANSWERS`.
    ax : matplotlib.axes.Axes, optional
        Where to draw.
    table : {"standard", "pouliot"}, default "standard"
        Evaluation table.

    Returns
    -------
    matplotlib.axes.Axes
        The table, functional answers downwards, dysfunctional answers to the right.

    Raises
    ------
    ArgumentError
        If an answer or the table does not exist.

    Examples
    --------
    >>> plot_pair("must-be", "dislike").get_xlabel()
    'If the feature is missing (dysfunctional)'
    """
    words = {"functional": answer_name(functional), "dysfunctional": answer_name(dysfunctional)}
    cells = evaluation_table(table)
    code = str(cells.loc[functional, dysfunctional])
    row, column = ANSWERS.index(functional), ANSWERS.index(dysfunctional)
    ax = plots.axes(ax, figsize=(7.2, 5.0))
    found = list(np.ndenumerate(cells.to_numpy()))
    shades = [to_rgba(_COLOURS[letter], 1.0 if at == (row, column) else 0.16) for at, letter in found]
    ax.pcolormesh(np.arange(6), np.arange(6), np.reshape(shades, (5, 5, 4)), edgecolors="white")
    for (i, j), letter in found:
        lit = (i, j) == (row, column)
        ax.text(
            j + 0.5,
            i + 0.5,
            letter,
            ha="center",
            va="center",
            color="white" if lit and letter != "Q" else _DARK,
            fontsize="xx-large" if lit else "medium",
            clip_on=True,  # it lies inside, so that the layout need not measure it
        )
    # At the rim of the table half of the line lies outside the axes, where the layout has no need of it.
    frame: dict[str, Any] = {"edgecolor": _DARK, "linewidth": 2.5, "clip_on": False, "in_layout": False}
    ax.add_patch(Rectangle((column, row), 1, 1, fill=False, zorder=3, **frame))
    ax.set_xlim(0, 5)
    ax.set_ylim(5, 0)
    written = [answer_name(answer) for answer in ANSWERS]
    wrapped = [textwrap.fill(name, 10) for name in written]
    ax.set_xticks(np.arange(5) + 0.5, wrapped)
    ax.set_yticks(np.arange(5) + 0.5, written)
    ax.grid(False)
    ax.tick_params(length=0, labelsize="small")
    letters = [code for code in CATEGORIES if code in cells.to_numpy()]
    plots.legend_below(ax, _letters(letters), inches=0.55 + 0.14 * max(name.count("\n") for name in wrapped))
    return plots.label(
        ax,
        title=text("kano.pair.title", **words, category=category_name(code)),
        xlabel=text("kano.pair.x"),
        ylabel=text("kano.pair.y"),
        alt=text("kano.explain.pair", **words, category=category_name(code), code=code),
    )
