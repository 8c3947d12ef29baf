"""A trainee's JupyterLab in a real browser: run all, figures with words, and everything by keyboard."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from labserver import INSTALL, ROOT, Lab, NotebookPage, find_chromium, running_browser, running_lab

from csmodels_helpers import notebooks, workspace

pytestmark = pytest.mark.browser

SAMPLE = "m98_sample"
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("m*.ipynb"))
WIDTHS = (1280, 800)
CONTROL = ".noUi-handle, .noUi-handle *, .widget-dropdown select, .widget-checkbox input"

_SAMPLE_CELLS = {
    "title": "# A sample\n\nCore 1 min · deeper 1 min",
    "setup": "from csmodels_helpers import check, plots, widgets\n\nplots.use_style()",
    "sample-widget": """
def bar(share, asked=100):
    ax = plots.axes(figsize=(5, 3))
    ax.bar(["yes", "no"], [share, 100 - share])
    alt = f"Two bars: {share} of a hundred say yes, the others say no; {asked} were asked."
    plots.label(ax, title=f"{share} say yes", xlabel="Answer · 回答", ylabel="Answers, %", alt=alt)


widgets.explore(bar, share=(0, 100), asked=(10, 200))
""",
    "sample-static": "bar(50)",
    "sample-check": 'check.ask("m98-sample")',
}
_SAMPLE_ITEM = """
lesson = "m98_sample"
[items.m98-sample]
kind = "choice"
anchor = "sample-static"
section = { en = "Bars", zh_CN = "柱" }
question = { en = "Which bar is higher?", zh_CN = "哪个柱更高？" }
options.A = { en = "yes", zh_CN = "是" }
options.B = { en = "no", zh_CN = "否" }
options.C = { en = "neither", zh_CN = "一样高" }
answer = "C"
right = { en = "Right.", zh_CN = "对。" }
hint = { en = "Look again.", zh_CN = "再看一遍。" }
step = { en = "Fifty each.", zh_CN = "各五十。" }
[items.m98-sample.misconceptions.first-is-higher]
option = "A"
name = { en = "The first is not higher", zh_CN = "第一个不更高" }
message = { en = "The bars are equal.", zh_CN = "两个柱一样高。" }
[items.m98-sample.misconceptions.second-is-higher]
option = "B"
name = { en = "The second is not higher", zh_CN = "第二个不更高" }
message = { en = "The bars are equal.", zh_CN = "两个柱一样高。" }
"""


def sample_notebook() -> str:
    cells: list[dict[str, Any]] = []
    for name, source in _SAMPLE_CELLS.items():
        cell: dict[str, Any] = {"id": name, "metadata": {}, "source": source.strip()}
        cell["cell_type"] = "markdown" if name == "title" else "code"
        if name != "title":
            cell.update(outputs=[], execution_count=None)
        cells.append(cell)
    raw = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return notebooks.format_text(json.dumps(raw))


def _git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "core.autocrlf=false"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, encoding="utf-8").stdout


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Commit what trainees get to a repository of its own, and fill its work folder by csmodels update."""
    root = tmp_path_factory.mktemp("course")
    for name in ("notebooks", "exercises"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / ".gitignore", root)
    (root / "notebooks" / f"{SAMPLE}.ipynb").write_text(sample_notebook(), encoding="utf-8", newline="\n")
    _git(root, "init", "--quiet")
    _git(root, "add", "--all")
    _git(root, "commit", "--quiet", "--message", "course")
    workspace.update(root / "work", course=root)
    return root


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if find_chromium() is None:
        assert os.environ.get("CI") != "true", INSTALL
        pytest.skip(INSTALL)
    with running_browser() as started:
        yield started


@pytest.fixture(scope="module")
def lab(course: Path, browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    checks = tmp_path_factory.mktemp("checks")
    (checks / "m98.toml").write_text(_SAMPLE_ITEM, encoding="utf-8")
    scratch = tmp_path_factory.mktemp("scratch")
    with running_lab(course / "work", scratch, CSMODELS_CHECKS=str(checks)) as started:
        yield started


@pytest.fixture(scope="module", params=[SAMPLE, *LESSONS])
def opened(request: pytest.FixtureRequest, lab: Lab, browser: Any) -> Iterator[NotebookPage]:
    """One of the notebooks, opened and run from top to bottom."""
    tab = browser.new_page(viewport={"width": WIDTHS[0], "height": 900})
    page = NotebookPage(tab, lab)
    page.open(f"{request.param}.ipynb")
    page.run_all()
    yield page
    tab.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    tab.close()


def _cells(page: NotebookPage, *roles: str) -> list[str]:
    """Names of the cells with these roles; the short lessons may do without a static figure and a widget."""
    names = [cell["id"] for cell in page.cells()]
    found = {role: [name for name in names if name == role or name.endswith(f"-{role}")] for role in roles}
    needed = {"check"} if page.page.title().startswith(("m00", "m10")) else set(roles)
    assert not [role for role in needed & set(roles) if not found[role]]
    return [found[role][0] for role in roles if found[role]]


def test_runs_without_error(opened: NotebookPage) -> None:
    assert opened.errors() == []
    assert any(cell.get("outputs") for cell in opened.cells())


def test_figure_speaks(opened: NotebookPage) -> None:
    """What JupyterLab leaves of a figure after its own cleaning still has the alt text."""
    for name in _cells(opened, "static"):
        image = opened.show(name).locator("img").first
        image.wait_for()
        assert len(image.get_attribute("alt") or "") > 40
        assert image.evaluate("image => image.naturalWidth") > 300
    assert opened.page.locator(".jp-Cell img:not([alt])").count() == 0


def test_widgets_by_keyboard(opened: NotebookPage) -> None:
    """Every widget of the lesson shows something new when it is moved, in words as well."""
    explorers = [cell["id"] for cell in opened.cells() if "widgets.explore(" in "".join(cell["source"])]
    for name in explorers:
        cell = opened.tab_into(name, CONTROL)
        assert opened.move() > 0
        images = cell.locator("img")
        assert all(images.nth(k).get_attribute("alt") for k in range(images.count())), name
    assert opened.errors() == []


@pytest.mark.parametrize("trial", range(3))
def test_two_quick_moves_leave_one_whole_picture(lab: Lab, browser: Any, trial: int) -> None:
    """The kernel may answer two controls in two threads, above all the first moves after its start."""
    tab = browser.new_page(viewport={"width": WIDTHS[0], "height": 900})
    page = NotebookPage(tab, lab)
    page.open(f"{SAMPLE}.ipynb")
    page.run_all()
    cell = page.tab_into("sample-widget", CONTROL)
    image = cell.locator("img")
    width = image.first.evaluate("image => image.naturalWidth")
    for key in ("ArrowRight", "Tab", "Tab", "ArrowRight"):  # the number beside a slider takes the focus, too
        tab.keyboard.press(key)
    cell.locator("img[alt*='51 of a hundred'][alt*='106 were asked']").first.wait_for()
    tab.wait_for_timeout(1000)  # a second picture would come late
    assert image.evaluate_all("images => images.map(image => image.naturalWidth)") == [width]
    tab.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    tab.close()


def test_check_by_keyboard(opened: NotebookPage) -> None:
    (name,) = _cells(opened, "check")
    cell = opened.tab_into(name, "input[type=radio]")
    said = cell.get_by_role("alert").first
    assert not said.inner_text().strip()
    options = cell.locator("input[type=radio]")
    # ipywidgets gives the options of a question no common name: each is reached by Tab, not by arrows.
    for key in ("Space", "Tab", "Space"):
        opened.page.keyboard.press(key)
    opened.page.wait_for_function("option => option.checked", arg=options.nth(1).element_handle())
    assert not options.nth(0).is_checked()
    for _ in range(6):
        opened.page.keyboard.press("Tab")
        if opened.focused().evaluate("node => node.tagName === 'BUTTON'"):
            break
    opened.page.keyboard.press("Enter")
    said.filter(has_text="\u0020").wait_for()
    assert len(cell.get_by_role("alert").first.inner_text()) > 5


@pytest.mark.parametrize("width", WIDTHS)
def test_fits_the_window(opened: NotebookPage, width: int, tmp_path: Path) -> None:
    """Figures and controls stay inside their cell, also in half a window; pictures are kept to look at."""
    opened.page.set_viewport_size({"width": width, "height": 900})
    try:
        figures = [cell["id"] for cell in opened.cells() if "<img" in json.dumps(cell.get("outputs", []))]
        for name in dict.fromkeys([*_cells(opened, "static", "widget", "check"), *figures]):
            cell = opened.show(name)
            blank = "images => images.filter(image => image.complete && !image.naturalWidth).length"
            assert cell.locator("img").evaluate_all(blank) == 0, name
            picture = tmp_path / f"{name}-{width}.png"
            opened.page.screenshot(path=picture)
            assert picture.stat().st_size > 10_000
            outside = cell.evaluate(
                "cell => [...cell.querySelectorAll('img, input, select, button, .widget-slider')].filter("
                " node => node.offsetParent && node.getBoundingClientRect().right"
                "  > cell.getBoundingClientRect().right + 1).map(node => node.outerHTML.slice(0, 80))"
            )
            assert outside == [], f"{name} at {width} px"
    finally:
        opened.page.set_viewport_size({"width": WIDTHS[0], "height": 900})


def test_saving_leaves_git_clean(opened: NotebookPage, course: Path) -> None:
    opened.save()
    saved = [path for path in (course / "work").glob("*.ipynb") if '"output_type"' in path.read_text("utf-8")]
    assert saved, "nothing was saved"
    assert _git(course, "status", "--porcelain") == ""


def test_calls_nobody(opened: NotebookPage) -> None:
    assert opened.outside == []
    asked = opened.page.get_by_text("Would you like to get notified", exact=False)
    assert asked.count() == 0
