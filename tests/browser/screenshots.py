"""Run a notebook in JupyterLab and keep what it looks like: screenshots.py NOTEBOOK OUTDIR.

Writes NAME-WIDTH-01.png, -02.png, …, one a window height. The notebook itself is not changed.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from labserver import INSTALL, NotebookPage, find_chromium, running_browser, running_lab

_SCROLLER = ".jp-WindowedPanel-outer"
_STEP = """async ([top, wait]) => {
    const panel = document.querySelector('.jp-WindowedPanel-outer');
    panel.scrollTop = top;
    await new Promise(done => setTimeout(done, wait));
    return [panel.scrollTop, panel.clientHeight, panel.scrollHeight];
}"""


def take(notebook: Path, outdir: Path, *, width: int, height: int, language: str) -> list[Path]:
    """Run a notebook and write its pictures; return them."""
    outdir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        work, scratch = Path(name) / "work", Path(name) / "scratch"
        work.mkdir()
        scratch.mkdir()
        shutil.copy(notebook, work)
        with (
            running_lab(work, scratch, CSMODELS_LANGUAGE=language) as lab,
            running_browser() as browser,
            browser.new_page(viewport={"width": width, "height": height}) as tab,
        ):
            page = NotebookPage(tab, lab)
            page.open(notebook.name, single=True)
            page.run_all()
            for error in page.errors():
                print(error, file=sys.stderr)
            return _slices(tab, outdir / f"{notebook.stem}-{width}")


def _slices(page: Any, base: Path) -> list[Path]:
    # Once through without pictures: cells that were never in view have no height yet.
    top = 0
    while True:
        reached, window, whole = page.evaluate(_STEP, [top, 250])
        if reached + window >= whole - 1:
            break
        top += window
    written: list[Path] = []
    top = 0
    while True:
        reached, window, whole = page.evaluate(_STEP, [top, 400])
        path = base.with_name(f"{base.name}-{len(written) + 1:02}.png")
        page.locator(_SCROLLER).first.screenshot(path=path)
        written.append(path)
        if reached + window >= whole - 1:
            return written
        top = reached + window - 40  # a line or two twice, so that nothing is cut


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebook", type=Path)
    parser.add_argument("outdir", type=Path)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=1400)
    parser.add_argument("--language", choices=("en", "zh_CN"), default="en")
    chosen = parser.parse_args()
    if find_chromium() is None:
        print(INSTALL, file=sys.stderr)
        return 1
    for path in take(
        chosen.notebook, chosen.outdir, width=chosen.width, height=chosen.height, language=chosen.language
    ):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
