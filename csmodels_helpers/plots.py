"""One look for every figure: style, colours that colour-blind readers tell apart, fonts, alt text.

In a notebook, :func:`use_style` also makes figures appear as images with their alt text, so that a
screen reader says what the picture shows.
"""

from __future__ import annotations

import base64
import html
import importlib.util
import io
import re
import textwrap
from collections.abc import Sequence
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
import pandas as pd

from csmodels_helpers.language import text

if TYPE_CHECKING:
    # Matplotlib takes as long to import as everything else; who wants a table does not wait for it.
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "FONTS",
    "MARKERS",
    "PALETTE",
    "alt_text",
    "axes",
    "describe",
    "figure_html",
    "label",
    "legend_below",
    "use_style",
]

PALETTE = {
    "blue": "#0072B2",
    "orange": "#D55E00",
    "green": "#009E73",
    "purple": "#AA4499",
    "yellow": "#B8860B",
    "grey": "#5F6368",
    "sky": "#56B4E9",
    "light": "#D9DCE1",
}
"""Colours by name, after Okabe and Ito (2008), darkened where text contrast asks for it."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
"""Shapes to use beside colours, so that nothing is said by colour alone."""

FONTS = ("DejaVu Sans", "Noto Sans SC")
"""Latin first, Chinese second; both come with the installed packages, none from the system."""

# Between words and the edge of the page, in inches.
_MARGIN = 0.06

# Twice the points of a page at its usual size, for screens that are finer. Figures are laid out at the size
# at which they are shown, so that the places found need not be looked for again.
_DPI = 200
# While a control is moved, the eye wants the next picture soon rather than sharp.
_MOVING_DPI = 144

_CHINESE_STOP = re.compile("([、，：；])(?=.)")
# A number and its %, or its Chinese measure word, stay on one line.
_NUMBERS = re.compile(r" (?=%)|(?<=\d) (?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff]) (?=[\d−+])")


def use_style() -> None:
    """Set the course's look; in a notebook, also show figures with their alt text.

    Call it once, in the set-up cell of a lesson.

    Examples
    --------
    >>> use_style()
    >>> import matplotlib.pyplot as plt
    >>> plt.rcParams["font.family"]
    ['DejaVu Sans', 'Noto Sans SC']
    """
    set_style()
    # Tables show their words whole: pandas would cut advice off after fifty characters.
    pd.set_option("display.max_colwidth", None)
    _show_with_alt_text()


def set_style() -> None:
    """Set matplotlib's part of the course's look, for a figure that goes into a file.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> with plt.rc_context():
    ...     set_style()
    ...     plt.rcParams["font.family"]
    ['DejaVu Sans', 'Noto Sans SC']
    """
    import matplotlib.pyplot as plt
    import seaborn as sns
    from matplotlib import font_manager

    # find_spec, not import: importing zhplot changes matplotlib's settings.
    package = importlib.util.find_spec("zhplot")
    if package is not None and package.origin:
        for path in (Path(package.origin).parent / "fonts").glob("*.ttf"):
            font_manager.fontManager.addfont(path)
    sns.set_theme(style="whitegrid", palette=list(PALETTE.values()))
    # set_theme resets the fonts, so they come after it; concrete names, as the generic
    # "sans-serif" would not fall back from one font to the next for a single missing sign.
    plt.rcParams.update(
        {
            "font.family": list(FONTS),
            "axes.unicode_minus": True,
            "axes.titlelocation": "left",
            "axes.titlesize": 13,
            "figure.figsize": (7.2, 4.4),
            "figure.constrained_layout.use": True,
            "figure.dpi": _DPI,
            "savefig.dpi": _DPI,
            # With so many dots letters need no fitting to the pixels, which takes a fifth of the time.
            "text.hinting": "none",
            "grid.color": "#E6E8EB",
            "axes.edgecolor": "#9AA0A6",
        }
    )


def axes(
    ax: Axes | None = None,
    *,
    figsize: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
) -> Axes:
    """Return ``ax``, or the axes of a new figure when it is None.

    Parameters
    ----------
    ax : matplotlib.axes.Axes, optional
        Where to draw.
    figsize : tuple of float, optional
        Width and height in inches of a new figure.
    ylim : tuple of float, optional
        Lower and upper end of new axes, so that pictures under a control can be compared.

    Returns
    -------
    matplotlib.axes.Axes
        Axes to draw on.

    Examples
    --------
    >>> axes(figsize=(4, 3)).figure.get_size_inches().tolist()
    [4.0, 3.0]
    """
    import matplotlib.pyplot as plt

    if ax is not None:
        return ax
    _, new = plt.subplots(figsize=figsize, layout="constrained")  # so that words fit without the style, too
    if ylim is not None:
        new.set_ylim(*ylim)
    return new


def label(ax: Axes, *, title: str, xlabel: str, ylabel: str, alt: str) -> Axes:
    """Give axes what every figure of the course has: a title that says the finding, labels, alt text.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The axes.
    title : str
        The finding, in a sentence; long ones are wrapped.
    xlabel, ylabel : str
        What is measured, with its unit.
    alt : str
        What somebody who does not see the picture needs to know.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.

    Examples
    --------
    >>> ax = label(axes(), title="Speed matters most", xlabel="Days", ylabel="CSAT, %", alt="CSAT falls.")
    >>> alt_text(ax.figure)
    'CSAT falls.'
    """
    figure: Any = ax.get_figure(root=True)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    _fit_words(ax, title)
    known = getattr(figure, "_csmodels_alt", {})
    figure._csmodels_alt = {**known, id(ax): alt}
    return ax


def legend_below(
    ax: Axes, handles: Sequence[Any] | None = None, *, side: str = "center", inches: float = 0.5
) -> None:
    """Put the legend under the axis label, in as few rows as fit the axes; without handles none.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The axes.
    handles : sequence, optional
        What to explain; by default whatever was drawn with a label.
    side : {"center", "right"}, default "center"
        Where under the axes.
    inches : float, default 0.5
        Distance from the axes, which leaves room for tick and axis labels.

    Examples
    --------
    >>> ax = axes()
    >>> _ = ax.plot([1, 2], [20, 30], label="North")
    >>> legend_below(ax)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['North']
    """
    chosen = ax.get_legend_handles_labels()[0] if handles is None else list(handles)
    # label() lays it out again once it knows how wide the axes really are.
    own: Any = ax
    own._csmodels_legend = (chosen, side, inches)
    kept = _kept_places.get()
    if kept is None or not kept.put_legend(ax, chosen, side):
        _lay_legend(ax, chosen, side, inches)


def _lay_legend(ax: Axes, handles: Sequence[Any], side: str, inches: float) -> None:
    # A distance in inches clears the axis label whatever the height of the axes; a label of several lines
    # needs more of it.
    figure: Any = ax.figure
    if ax.get_xlabel():
        ends = ax.get_window_extent().y0, ax.xaxis.label.get_window_extent().y0
        inches = max(inches, (ends[0] - ends[1]) / figure.dpi + 0.04)
    # A legend that leaves the page would squeeze the axes, one wider than the axes is moved to fit.
    box, pad = ax.get_window_extent(), _MARGIN * figure.dpi
    first, last = figure.bbox.x0 + pad, figure.bbox.x1 - pad
    at = 0.5 if side == "center" else 1.0
    for rows in range(1, len(handles) + 1):
        columns = -(-len(handles) // rows)
        seen = _put_legend(ax, handles, side, columns, at, inches).get_window_extent()
        if seen.width <= last - first:
            shift = max(first - seen.x0, 0.0) + min(last - seen.x1, 0.0)
            _put_legend(ax, handles, side, columns, at + shift / box.width, inches)
            break


def _put_legend(ax: Axes, handles: Sequence[Any], side: str, columns: int, at: float, inches: float) -> Any:
    """Put the legend at a place, a share of the axes' width and inches below them."""
    from matplotlib.transforms import ScaledTranslation

    own: Any = ax
    legend: Any = ax.get_legend()
    made, laid = getattr(legend, "_csmodels_made", (None, 0))
    # To make one takes as long as to draw it.
    if made is not handles or laid != columns:
        legend = ax.legend(
            handles=handles,
            loc=cast(Any, f"upper {side}"),
            borderaxespad=0.0,
            ncols=columns,
            frameon=False,
            fontsize="small",
            handletextpad=0.4,
            columnspacing=1.2,
        )
        legend._csmodels_made = handles, columns
    below = ScaledTranslation(0, -inches, own.figure.dpi_scale_trans)
    legend.set_bbox_to_anchor((at, 0.0), transform=ax.transAxes + below)
    legend.set_in_layout(True)
    own._csmodels_laid = (_legend_words(handles, side), columns, at, inches)
    return legend


def _legend_words(handles: Sequence[Any], side: str) -> tuple[str, ...]:
    return (side, *(str(handle.get_label()) for handle in handles))


def _fit_words(ax: Axes, title: str) -> None:
    """Move or break title, axis labels and legend where they would not fit; all depend on the layout."""
    figure: Any = ax.get_figure(root=True)
    kept = _kept_places.get()
    words = _words_around(ax) if kept is not None else None
    if kept is not None and words is not None and kept.fit(ax, title, words):
        figure.stale = False
        return
    _set_title(ax, "")
    legend = ax.get_legend()
    if legend is not None:
        legend.set_in_layout(False)
    for again in range(4):
        lay_out(figure)
        moved = _fit_labels(ax)
        if again and not moved:
            figure.stale = False  # figure_html need not lay it out again, unless something is added
            break
        if moved:
            lay_out(figure)
        # Title and legend take room from the axes, so the labels are looked at once more.
        below = getattr(ax, "_csmodels_legend", None)
        if below is not None:
            _lay_legend(ax, *below)
        _fit_title(ax, title, figure.bbox.x1 - _MARGIN * figure.dpi)
    if kept is not None and words is not None:
        kept.remember(ax, words)


class _Words(NamedTuple):
    """What needs room around the axes; each axis: its label, then its ticks."""

    x: tuple[str, ...]
    y: tuple[str, ...]
    legend: tuple[str, ...]


def _words_around(ax: Axes) -> _Words:
    x, y = (
        (axis.label.get_text(), *(tick.get_text() for tick in axis.get_ticklabels()))
        for axis in (ax.xaxis, ax.yaxis)
    )
    return _Words(x, y, getattr(ax, "_csmodels_laid", ((),))[0])


class KeptPlaces:
    """Places of axes that the next figure takes over, if its words fit there too.

    A picture that changes while a control is moved then holds still, and is not laid out each time. It has
    fewer dots than one on its own.

    Examples
    --------
    >>> kept, seen = KeptPlaces(), []
    >>> for title in ("Up", "Down"):
    ...     with kept:
    ...         ax = label(axes(), title=title, xlabel="Month", ylabel="NPS", alt=title)
    ...     seen.append(ax.get_position().bounds)
    >>> seen[0] == seen[1]
    True
    """

    def __init__(self) -> None:
        self._size: tuple[float, ...] = ()
        self._places: list[Any] = []
        # Words that fit these places, the last ones last → text and position of both axis labels, and
        # where the legend was put.
        self._fitted: dict[_Words, tuple[list[tuple[str, Any]], Any]] = {}
        self._token: Any = None
        self._dpi: Any = None

    def __enter__(self) -> KeptPlaces:
        import matplotlib as mpl

        self._token = _kept_places.set(self)
        self._dpi, mpl.rcParams["figure.dpi"] = mpl.rcParams["figure.dpi"], _MOVING_DPI
        return self

    def __exit__(self, *_: object) -> None:
        import matplotlib as mpl

        mpl.rcParams["figure.dpi"] = self._dpi
        _kept_places.reset(self._token)

    def remember(self, ax: Axes, words: _Words) -> None:
        """Note where the axes of a figure that is laid out stand, and the words around them."""
        figure: Any = ax.get_figure(root=True)
        size = tuple(figure.get_size_inches())
        places = [each.get_position().frozen() for each in figure.axes]
        if size != self._size or [place.bounds for place in places] != [p.bounds for p in self._places]:
            self._size, self._places = size, places
            self._fitted.clear()
        labels = [(axis.label.get_text(), axis.label.get_position()) for axis in (ax.xaxis, ax.yaxis)]
        self._fitted.pop(words, None)
        self._fitted[words] = labels, getattr(ax, "_csmodels_laid", None)

    def put_legend(self, ax: Axes, handles: Sequence[Any], side: str) -> bool:
        """Put a legend of the same words where the one before stood; return False if there was none."""
        wanted = _legend_words(handles, side)
        laid = next(
            (laid for words, (_, laid) in reversed(self._fitted.items()) if words.legend == wanted), None
        )
        if laid is None:
            return False
        _put_legend(ax, handles, side, *laid[1:])
        return True

    def fit(self, ax: Axes, title: str, words: _Words) -> bool:
        """Put the axes where those before stood; return False, and leave them, if the words do not fit."""
        figure: Any = ax.get_figure(root=True)
        if len(self._places) != 1 or len(figure.axes) != 1 or self._size != tuple(figure.get_size_inches()):
            return False
        engine = figure.get_layout_engine()
        if engine is None:
            return False
        figure.set_layout_engine("none")
        ax.set_position(self._places[0])
        ax.set_in_layout(True)  # which set_position ends
        both: list[Any] = [ax.xaxis, ax.yaxis]
        before = [(axis.label.get_text(), axis.label.get_position()) for axis in both]
        # What was seen to fit needs no measuring, which takes as long as drawing.
        known = words if words in self._fitted else next(reversed(self._fitted))
        labels, laid = self._fitted[known]
        new = [axis for axis, *ends in zip(both, words, known, strict=False) if ends[0] != ends[1]]
        boxes = [axis.get_tightbbox() for axis in new]
        for axis, (written, place) in zip(both, labels, strict=True):
            if axis not in new:
                axis.label.set_text(written)
                axis.label.set_position(place)
        moved = bool(new) and _fit_labels(ax)
        below = getattr(ax, "_csmodels_legend", None)
        if below is not None and (ax.xaxis in new or getattr(ax, "_csmodels_laid", None) != laid):
            _lay_legend(ax, *below)
            boxes.append(cast(Any, ax.get_legend()).get_window_extent())
        boxes.append(_fit_title(ax, title, figure.bbox.x1 - _MARGIN * figure.dpi))
        page = figure.bbox.padded(-_MARGIN * figure.dpi / 2)
        fits = not moved and all(
            box is not None and page.union([page, box]).bounds == page.bounds for box in boxes
        )
        if fits:
            self.remember(ax, words)
            return True
        for axis, (written, place) in zip(both, before, strict=True):
            axis.label.set_text(written)
            axis.label.set_position(place)
        figure.set_layout_engine(engine)
        return False


_kept_places: ContextVar[KeptPlaces | None] = ContextVar("kept_places", default=None)


def lay_out(figure: Any) -> None:
    """Give axes, ticks and labels their places: what drawing does, without the drawing.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.

    Examples
    --------
    >>> ax = axes()
    >>> _ = ax.set_ylabel("Days", fontsize=40)
    >>> before = ax.get_position().x0
    >>> lay_out(ax.figure)
    >>> bool(ax.get_position().x0 > before)
    True
    """
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    for ax in figure.axes:
        ax.xaxis.get_tightbbox()  # its label stands below where the axes were before


def _fit_labels(ax: Axes) -> bool:
    """Fit both axis labels into the page; return whether one was moved or broken."""
    figure: Any = ax.get_figure(root=True)
    frame, pad = ax.get_window_extent(), _MARGIN * figure.dpi
    moved = False
    for across, axis in enumerate((ax.xaxis, ax.yaxis)):
        label: Any = axis.label
        low, high = figure.bbox.min[across] + pad, figure.bbox.max[across] - pad
        written = label.get_text()
        words = _NUMBERS.sub("\u00a0", written.replace("（", "\u200b （").replace("\n", " "))
        for lines in range(written.count("\n") + 2, written.count("\n") + 5):
            if np.ptp(label.get_window_extent().get_points()[:, across]) <= high - low:
                break
            label.set_text("\n".join(_wrapped(words, -(-len(words) // lines) + 4)))
        box = label.get_window_extent()
        # What fits is moved into the page; the position is a share of the axes.
        shift = max(low - box.min[across], 0.0) + min(high - box.max[across], 0.0)
        place = list(label.get_position())
        place[across] += shift / max(float(np.ptp(frame.get_points()[:, across])), 1.0)
        label.set_position(place)
        moved = moved or abs(shift) > 1 or label.get_text() != written
    return moved


def _fit_title(ax: Axes, title: str, room: float) -> Any:
    """Write the title in as few lines as fit, and these about equally long; return its box."""
    breakable = _NUMBERS.sub("\u00a0", _CHINESE_STOP.sub("\\1\u200b ", title))

    @cache  # many widths break a title at the same places
    def end(lines: tuple[str, ...]) -> float:
        return float(_set_title(ax, "\n".join(lines)).get_window_extent().x1)

    # Where a clause is too long for a line, it is broken anywhere.
    for whole in (True, False):
        for width in range(100, 14, -4):
            lines = _wrapped(breakable, width, whole=whole)
            if end(lines) > room:
                continue
            fitting = [lines]
            # Down to the longest line nothing changes; places where Chinese may break are counted, too.
            longest = max(map(len, lines)) + 2 * breakable.count("\u200b")
            for narrower in range(min(width, longest) - 1, 14, -1):
                lines = _wrapped(breakable, narrower, whole=whole)
                if len(lines) > len(fitting[0]):
                    break
                fitting.append(lines)
            return _set_title(ax, "\n".join(min(fitting, key=end))).get_window_extent()
    return None


def _set_title(ax: Axes, title: str) -> Any:
    # Where nothing is above the axes, the title's place is known; matplotlib would look for it with every
    # drawing, which takes a tenth of the time.
    ticks: Any = ax.xaxis.get_tick_params()
    crowded = (
        ticks.get("top") or ticks.get("labeltop") or cast(Any, ax.yaxis).get_major_formatter().get_offset()
    )
    return ax.set_title(title, y=None if crowded else 1.0)


def _wrapped(words: str, width: int, *, whole: bool = False) -> tuple[str, ...]:
    """Break at spaces; a zero-width space with a space is where Chinese, which has none, may break."""
    lines = textwrap.wrap(words, width, break_on_hyphens=False, break_long_words=not whole)
    whole_lines = (line.replace("\u200b ", "").replace("\u200b", "") for line in lines)
    return tuple(line.replace("\u00a0", " ") for line in whole_lines)


def alt_text(figure: Any) -> str:
    """Return the alt text of a figure: that of its axes, one after another.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.

    Returns
    -------
    str
        The text, empty if nothing was set.

    Examples
    --------
    >>> alt_text(axes().figure)
    ''
    """
    return " ".join(getattr(figure, "_csmodels_alt", {}).values())


def describe(figure: Figure) -> dict[str, Any]:
    """Describe a figure in plain values: size, and for each axes title, labels and number of marks.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.

    Returns
    -------
    dict
        Keys ``alt`` and ``axes`` (a list with ``title``, ``xlabel``, ``ylabel``, ``lines``, ``patches``,
        ``collections`` for each axes that has content).

    Examples
    --------
    >>> ax = label(axes(), title="Up", xlabel="Month", ylabel="NPS", alt="NPS rises.")
    >>> _ = ax.plot([1, 2], [20, 30])
    >>> describe(ax.figure)["axes"][0]["xlabel"]
    'Month'
    """
    return {
        "alt": alt_text(figure),
        "axes": [
            {
                "title": ax.get_title(loc="left") or ax.get_title(),
                "xlabel": ax.get_xlabel(),
                "ylabel": ax.get_ylabel(),
                "lines": len(ax.lines),
                "patches": len(ax.patches),
                "collections": len(ax.collections),
            }
            for ax in figure.axes
            if ax.has_data() and ax.get_label() != "<colorbar>"
        ],
    }


def figure_html(figure: Figure) -> str:
    """Render a figure as an HTML image with its alt text, at the page's width at most.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.

    Returns
    -------
    str
        An ``<img>`` element that needs no other file.

    Examples
    --------
    >>> ax = label(axes(), title="Up", xlabel="Month", ylabel="NPS", alt="NPS rises.")
    >>> 'alt="NPS rises."' in figure_html(ax.figure)
    True
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    # What savefig does, which would draw twice for the sake of cropping, and lay out what is laid out.
    canvas, dpi, engine = figure.canvas, figure.dpi, figure.get_layout_engine()
    wanted = _DPI if _kept_places.get() is None else _MOVING_DPI
    if engine is not None and not figure.stale and dpi == wanted:
        figure.set_layout_engine("none")
    figure.dpi = wanted
    # The canvas that there is knows how wide the words are; a new one would find out again.
    painted = canvas if type(canvas) is FigureCanvasAgg else FigureCanvasAgg(figure)
    painted.draw()
    figure.dpi = dpi
    figure.set_canvas(canvas)
    if engine is not None:
        figure.set_layout_engine(engine)
    buffer = io.BytesIO()
    picture = Image.fromarray(np.asarray(painted.buffer_rgba())).convert("RGB")
    if _kept_places.get() is not None:  # half the time, and less than half to send
        picture = picture.quantize(256, method=Image.Quantize.FASTOCTREE)
    # Hardly larger than at the highest level, and written in a third of the time.
    picture.save(buffer, format="png", compress_level=2)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    alt = html.escape(alt_text(figure) or text("plots.no_alt"), quote=True)
    width = round(float(figure.get_size_inches()[0]) * 100)
    return f'<img alt="{alt}" style="max-width:100%;width:{width}px" src="data:image/png;base64,{data}">'


def _show_with_alt_text() -> None:
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return
    shell: Any = get_ipython()  # pyright: ignore[reportUnknownVariableType]
    if shell is None or not hasattr(shell, "kernel"):
        return
    import matplotlib as mpl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    shell.run_line_magic("matplotlib", "inline")
    # Cropping would undo the constrained layout. This setting clears the formatters, so it comes first.
    shell.run_line_magic("config", "InlineBackend.print_figure_kwargs = {'bbox_inches': None}")
    formatters = shell.display_formatter.formatters
    # JupyterLab prefers HTML to a bare PNG, and only HTML carries an alt text.
    formatters["image/png"].type_printers.pop(Figure, None)
    formatters["text/html"].for_type(Figure, figure_html)
    formatters["text/html"].for_type(Axes, _axes_html)
    formatters["text/plain"].for_type(Figure, _plain_figure)
    formatters["text/plain"].for_type(Axes, _plain_axes)
    mpl.rcParams["figure.max_open_warning"] = 0


def _plain_figure(figure: Any, printer: Any, cycle: bool) -> None:
    printer.text(alt_text(figure) or text("plots.no_alt"))


def _plain_axes(ax: Axes, printer: Any, cycle: bool) -> None:
    _plain_figure(ax.get_figure(root=True), printer, cycle)


def _axes_html(ax: Axes) -> str:
    # A lesson cell often ends in a plotting call. Its picture is the cell's result; closing the
    # figure keeps the inline backend from showing it a second time.
    import matplotlib.pyplot as plt

    figure: Any = ax.get_figure(root=True)
    plt.close(figure)
    return figure_html(figure)
