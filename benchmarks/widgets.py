"""How long people wait for a widget, in JupyterLab in a real browser: a part of ``make bench``.

- opens: from running the widget's cell, with the set-up cell run before, to its first picture;
- reacts: from a key or a choice to the new picture, decoded; every control is moved.

Beside the lessons' widgets stand two that a user could write instead, and the floor: one that shows a word.
The results go to ``benchmarks/results.md``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from csmodels_helpers import notebooks
from models import machine, say, set_table, write

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from labserver import INSTALL, NotebookPage, find_chromium, running_browser, running_lab  # noqa: E402

CONTROL = ".noUi-handle, .noUi-handle *, .widget-dropdown select, .widget-checkbox input"
OPENS, REACTS = 1000, 150
"""The goals, in milliseconds."""

PEERS_FILE = "a_peers.ipynb"  # the first in the alphabet: lessons are compared with it
PEERS = {
    "setup": "import matplotlib.pyplot as plt\nimport ipywidgets\nfrom csmodels_helpers import widgets",
    "word-widget": "widgets.explore(lambda share: f'{share} of 100', share=(0, 100))",
    "interact-widget": """
def bar(share):
    plt.bar(["yes", "no"], [share, 100 - share])
    plt.title(f"{share} say yes")
    plt.xlabel("Answer")
    plt.ylabel("Answers, %")
    plt.show()


_ = ipywidgets.interact(bar, share=ipywidgets.IntSlider(50, continuous_update=False))
""",
    "explore-widget": """
from csmodels_helpers import plots

plots.use_style()


def bar(share):
    ax = plots.axes()
    ax.bar(["yes", "no"], [share, 100 - share])
    alt = f"Two bars: {share} of a hundred say yes, the others say no."
    plots.label(ax, title=f"{share} say yes", xlabel="Answer", ylabel="Answers, %", alt=alt)


widgets.explore(bar, share=(0, 100))
""",
}
NAMES = {
    "word-widget": "floor: a word, no picture",
    "interact-widget": "ipywidgets.interact, matplotlib as it comes",
    "explore-widget": "the same by `widgets.explore` and `plots.label`",
}

_OPENS = """cell => {
    const inner = () => [...cell.querySelectorAll(".jp-OutputArea .jp-OutputArea")].pop();
    const before = inner();
    let begun = null;
    addEventListener("keydown", () => { begun ??= performance.now(); }, {capture: true});
    window.csmodelsOpened = new Promise(done => {
        const look = new MutationObserver(async () => {
            const area = inner();
            if (begun === null || area === before || !area?.querySelector(".jp-OutputArea-output")) return;
            look.disconnect();
            await Promise.all([...area.querySelectorAll("img")].map(image => image.decode()));
            done(performance.now() - begun);
        });
        look.observe(cell, {childList: true, subtree: true});
    });
}"""


def opening(page: NotebookPage, name: str) -> float:
    """Run a widget's cell again and return the milliseconds until it shows something."""
    cell = page.show(name)
    cell.focus()
    cell.evaluate(_OPENS)
    page.page.keyboard.press("Control+Enter")
    return float(page.page.evaluate("() => window.csmodelsOpened"))


def reactions(page: NotebookPage, name: str, times: int) -> list[float]:
    """Move the controls of a widget, each as often, and return the milliseconds of each move."""
    cell = page.tab_into(name, CONTROL).element_handle()  # also when the next cell has become the active one
    taken: list[float] = []
    seen: list[Any] = []
    for _ in range(40):
        node = page.focused()
        if node.evaluate("(node, wanted) => node.matches(wanted)", CONTROL):
            if any(node.evaluate("(node, other) => node === other", other) for other in seen):
                break
            seen.append(node)
            taken += [page.move(same=True) for _ in range(times)]
            node.focus()
        page.page.keyboard.press("Tab")
        if not cell.evaluate("cell => cell.contains(document.activeElement)"):
            break
    return taken


def measure(page: NotebookPage, name: str, times: int) -> list[float]:
    """Return milliseconds: opening, median; reactions, median and slowest; number of moves."""
    opened = [opening(page, name) for _ in range(times)]
    moved = reactions(page, name, times)
    return [statistics.median(opened), statistics.median(moved), max(moved), len(moved)]


def peers_notebook() -> str:
    """Return the notebook with the floor and what a user could write instead."""
    cells = [
        {"id": name, "cell_type": "code", "metadata": {}, "source": source.strip(), "outputs": []}
        for name, source in PEERS.items()
    ]
    raw = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return notebooks.format_text(json.dumps(raw))


def main(arguments: list[str] | None = None) -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true", help="fewer moves; writes no results")
    parser.add_argument("lessons", nargs="*", help="such as m07; by default all; writes no results")
    options = parser.parse_args(arguments)
    lessons = set(options.lessons)
    if find_chromium() is None:
        print(INSTALL, file=sys.stderr)
        return 1
    lines = [machine("jupyterlab", "ipywidgets", "ipykernel", "matplotlib"), ""]
    rows = [["widget", "opens, ms", "reacts, ms", "times interact", "slowest, ms", "moves"]]
    bare = float("nan")  # how fast the bar by ipywidgets.interact reacts in the same run
    slow: list[str] = []
    with tempfile.TemporaryDirectory(prefix="csmodels-bench-", ignore_cleanup_errors=True) as folder:
        work, scratch = Path(folder) / "work", Path(folder) / "scratch"
        shutil.copytree(ROOT / "notebooks", work)
        scratch.mkdir()
        (work / PEERS_FILE).write_text(peers_notebook(), encoding="utf-8")
        files = sorted(work.glob("*.ipynb"))
        if lessons:
            files = [file for file in files if file.name == PEERS_FILE or file.stem[:3] in lessons]
        with running_lab(work, scratch) as lab, running_browser() as browser:
            for file in files:
                tab = browser.new_page(viewport={"width": 1280, "height": 900})
                page = NotebookPage(tab, lab)
                page.open(file.name)
                page.run_all()
                ids = [
                    cell["id"]
                    for cell in page.cells()
                    if cell["id"] in NAMES or "widgets.explore(" in "".join(cell["source"])
                ]
                for name in ids:
                    opens, reacts, slowest, moves = measure(page, name, 2 if options.quick else 7)
                    words = NAMES.get(name, f"**{file.stem[:3]}** {name}")
                    bare = reacts if name == "interact-widget" else bare
                    ratio = "" if name == "word-widget" else f"{reacts / bare:.2f}"
                    numbers = [f"{opens:.0f}", f"{reacts:.0f}", ratio, f"{slowest:.0f}", f"{moves:.0f}"]
                    rows.append([words, *numbers])
                    say(" | ".join(rows[-1]))
                    if name not in NAMES and (opens > OPENS or reacts > REACTS):
                        slow.append(words)
                tab.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
                tab.close()
    lines += set_table(rows)
    met = "met by all" if not slow else f"missed by {', '.join(slow)}"
    lines += ["", f"Goal: opens within {OPENS} ms, reacts within {REACTS} ms in the median: {met}.", ""]
    say("\n" + "\n".join(lines))
    if not options.quick and not lessons:
        write(lines, "widgets")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
