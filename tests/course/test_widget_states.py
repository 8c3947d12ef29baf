"""Whatever the controls of a lesson say: no word leaves the page, none around the axes lies on another."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest

from csmodels_helpers import notebooks, plots, widgets
from csmodels_helpers.language import set_language

LESSONS = [path for path in notebooks.sources() if path.parent.name == "notebooks"]
PIXEL = 1.0

pytestmark = [pytest.mark.lessons, pytest.mark.thorough]


def boxes_of(figure: Any) -> tuple[list[tuple[str, Any]], list[tuple[str, Any]]]:
    """Return each word and its box: those around the axes, and those inside."""
    around: list[tuple[str, Any]] = []
    inside: list[tuple[str, Any]] = []
    for ax in figure.axes:
        legend = ax.get_legend()
        words = [ax.title, ax._left_title, ax._right_title, ax.xaxis.label, ax.yaxis.label]
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = zip(axis.get_majorticklocs(), axis.get_ticklabels(), strict=True)
            words += [label for place, label in ticks if low <= place <= high]  # others are not drawn
        words += legend.get_texts() if legend is not None else []
        for found, texts in ((around, words), (inside, ax.texts)):
            shown = (word for word in texts if word.get_visible() and word.get_text().strip())
            found += [(word.get_text(), word.get_window_extent()) for word in shown]
    return around, inside


def faults(figure: Any) -> Iterator[str]:
    plots.figure_html(figure)
    around, inside = boxes_of(figure)
    page = figure.bbox.padded(PIXEL)
    for word, box in [*around, *inside]:
        if page.union([page, box]).bounds != page.bounds:
            yield f"{word!r} leaves the page"
    for (word, box), (other, its) in itertools.combinations(around, 2):
        if box.padded(-PIXEL).overlaps(its.padded(-PIXEL)):
            yield f"{word!r} lies on {other!r}"


def states(control: Any) -> list[Any]:
    """Return what a control can say; of a slider with many steps, some thirty."""
    options = getattr(control, "options", None)
    if options is not None:
        return list(options)
    if hasattr(control, "step"):
        steps = round((control.max - control.min) / control.step)
        return [control.min + control.step * step for step in range(0, steps + 1, -(-steps // 30))]
    return [not control.value, control.value]


@pytest.fixture
def explorers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, course_style: None
) -> tuple[list[widgets.Explorer], list[str]]:
    """Return the explorers made from now on, and what is wrong with their pictures."""
    monkeypatch.chdir(tmp_path)  # where predictions and reports go
    made: list[widgets.Explorer] = []
    wrong: list[str] = []
    explore = widgets.explore

    def looked_at(update: Callable[..., Any], **controls: Any) -> widgets.Explorer:
        def drawn(**values: Any) -> Any:
            plt.close("all")
            shown = update(**values)
            for number in plt.get_fignums():
                wrong.extend(f"{values}: {fault}" for fault in faults(plt.figure(number)))
            return shown

        made.append(explore(drawn, **controls))
        return made[-1]

    monkeypatch.setattr(widgets, "explore", looked_at)
    return made, wrong


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_words_stay_on_the_page(
    path: Path, language: str, explorers: tuple[list[widgets.Explorer], list[str]], capsys: Any
) -> None:
    set_language(language)
    made, wrong = explorers
    names: dict[str, Any] = {}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"{path.stem}:{cell['id']}", "exec"), names)
    assert made
    for explorer in made:
        for control in explorer.controls.values():
            start = control.value
            for value in [*states(control), start]:
                control.value = value
    assert not wrong, "\n".join(wrong)
