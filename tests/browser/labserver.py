"""JupyterLab as a trainee starts it, and a real browser on it, for tests and screenshots."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
INSTALL = "no chromium here: apt install chromium"
# A bound for what hangs; busy machines are slow, so it is wide.
PATIENCE_MS = 240_000


def find_chromium() -> str | None:
    """Return the path of the system's chromium or Chrome."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)


@dataclass
class Lab:
    """A running JupyterLab."""

    url: str
    token: str
    work: Path
    log: Path

    def address(self, notebook: str, *, single: bool = False) -> str:
        view = "doc" if single else "lab"
        return f"{self.url}/{view}/tree/{notebook}?token={self.token}&reset"


def _start_module() -> Any:
    spec = importlib.util.spec_from_file_location("csmodels_start", ROOT / "start.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running_lab(work: Path, scratch: Path, **variables: str) -> Iterator[Lab]:
    """Start JupyterLab on a work folder with the options of start.py; scratch takes its settings."""
    start = _start_module()
    token, port = secrets.token_hex(16), _free_port()
    environment = {
        **start.child_environment(str(Path(sys.executable).parent)),
        "JUPYTER_CONFIG_DIR": str(scratch / "config"),
        "JUPYTER_DATA_DIR": str(scratch / "data"),
        "JUPYTER_RUNTIME_DIR": str(scratch / "runtime"),
        "IPYTHONDIR": str(scratch / "ipython"),
        **variables,
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--ServerApp.root_dir={work}"]
    command += [*start.QUIET_LAB, f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    # The one thing that trainees do not have: the page's own object, to ask which cells are done.
    command += ["--LabApp.expose_app_in_browser=True", f"--IdentityProvider.token={token}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    log = scratch / "lab.log"
    with log.open("wb") as lines:
        server = subprocess.Popen(
            command, cwd=work, env=environment, stdout=lines, stderr=lines, start_new_session=True
        )
        try:
            lab = Lab(f"http://127.0.0.1:{port}", token, work, log)
            _wait_until_up(lab, server)
            yield lab
        finally:
            server.send_signal(signal.SIGTERM)  # JupyterLab ends its kernels first
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_until_up(lab: Lab, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"{lab.url}/api?token={lab.token}") as reply,
        ):
            if reply.status == 200:
                return
        time.sleep(0.2)
    raise RuntimeError("JupyterLab did not start:\n" + lab.log.read_text(encoding="utf-8", errors="replace"))


@contextlib.contextmanager
def running_browser() -> Iterator[Any]:
    """Start chromium without a screen; it speaks to nobody but the pages that it is given."""
    from playwright.sync_api import sync_playwright

    flags = "--disable-gpu --disable-quic --no-first-run --disable-background-networking"
    flags += " --disable-component-update --disable-sync"
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags += " --no-sandbox"  # chromium refuses its own sandbox to root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=flags.split())
        try:
            yield browser
        finally:
            browser.close()


_CELLS = """() => {
    const panel = window.jupyterapp.shell.currentWidget;
    return Array.from(panel.content.model.cells, cell => cell.toJSON());
}"""
_DONE = """() => {
    const panel = window.jupyterapp.shell.currentWidget;
    const kernel = panel.sessionContext.session?.kernel;
    const code = Array.from(panel.content.model.cells)
        .filter(cell => cell.type === "code" && cell.sharedModel.getSource().trim());
    const failed = code.some(cell => cell.outputs.toJSON().some(o => o.output_type === "error"));
    return kernel?.status === "idle" && (failed || code.every(cell => cell.executionCount !== null));
}"""
_READY = """() => {
    const panel = window.jupyterapp?.shell.currentWidget;
    const kernel = panel?.sessionContext?.session?.kernel;
    return panel?.content?.model?.cells?.length > 0 && kernel?.status === "idle";
}"""
_SHOW = """name => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    const place = notebook.widgets.findIndex(cell => cell.model.id === name);
    notebook.mode = "command";
    notebook.deselectAll();
    notebook.activeCellIndex = place;
    return notebook.scrollToItem(place, "start");
}"""
# Milliseconds from the last key or choice to the new content, pictures decoded. What an explorer shows
# stands in an output area inside the cell's own. JupyterLab may make the cell's nodes anew at any time, so
# they are looked up each time.
_WATCH = """same => {
    const shown = () => {
        const cell = document.querySelector(".jp-Notebook-cell.jp-mod-active");
        const area = [...cell.querySelectorAll(".jp-OutputArea .jp-OutputArea")].pop();
        const images = [...(area?.querySelectorAll("img") ?? [])];
        const said = images.map(image => image.src).join() + (area?.innerText ?? "");
        return {images, node: area?.firstElementChild, said};
    };
    const before = shown();
    const moved = document.activeElement.closest(".jupyter-widgets")?.innerText;
    let begun = null;
    for (const kind of ["keydown", "change"])
        document.addEventListener(kind, () => { begun = performance.now(); }, {capture: true});
    window.csmodelsMoved = new Promise((done, fail) => {
        const nothing = "nothing new was shown for a minute after a move of ";
        setTimeout(() => fail(new Error(nothing + moved)), 60_000);
        const look = new MutationObserver(async () => {
            const {images, node, said} = shown();
            if (begun === null || !said) return;
            if (said === before.said && !(same && node !== before.node)) return;
            look.disconnect();
            await Promise.all(images.map(image => image.decode()));
            done(performance.now() - begun);
        });
        look.observe(document.body, {childList: true, subtree: true, attributes: true});
    });
}"""
_KIND = """node => {
    if (node.tagName === "SELECT")
        return node.selectedIndex + 1 < node.options.length ? "list" : "end of list";
    if (node.type) return node.type;
    return Number(node.ariaValueNow) < Number(node.ariaValueMax) ? "slider" : "end of slider";
}"""


@dataclass
class NotebookPage:
    """A notebook in a browser page."""

    page: Any
    lab: Lab
    outside: list[str] = field(default_factory=list[str])
    """Addresses elsewhere that the page asked for; the requests were stopped."""

    def open(self, notebook: str, *, single: bool = False) -> None:
        def only_here(route: Any) -> None:
            if route.request.url.startswith(self.lab.url):
                route.continue_()
            else:
                self.outside.append(route.request.url)
                route.abort()

        self.page.route(lambda url: url.startswith(("http:", "https:")), only_here)
        self.page.set_default_timeout(PATIENCE_MS / 2)
        self.page.goto(self.lab.address(notebook, single=single))
        self.page.wait_for_function(_READY, timeout=PATIENCE_MS)

    def run_all(self) -> None:
        """Run all cells from the menu and wait until the kernel has done them."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        self.page.wait_for_function(_DONE, timeout=PATIENCE_MS)

    def cells(self) -> list[dict[str, Any]]:
        return self.page.evaluate(_CELLS)

    def errors(self) -> list[str]:
        """Return what failed, also inside of widgets."""
        told = [
            f"{cell['id']}: {output['ename']}: {output['evalue']}"
            for cell in self.cells()
            for output in cell.get("outputs", [])
            if output["output_type"] == "error"
        ]
        marks = self.page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']")
        return told or [marks.nth(number).inner_text() for number in range(marks.count())]

    def show(self, name: str) -> Any:
        """Bring a cell into view, select it as a click beside it would, and return its element."""
        self.page.evaluate(_SHOW, name)
        place = [cell["id"] for cell in self.cells()].index(name)
        cell = self.page.locator(f".jp-Notebook-cell.jp-mod-active[data-windowed-list-index='{place}']")
        cell.wait_for(state="visible")
        return cell

    def tab_into(self, name: str, selector: str) -> Any:
        """Go by the Tab key from a cell to the first control in it that matches, as without a mouse."""
        cell = self.show(name)
        cell.focus()
        for _ in range(25):
            self.page.keyboard.press("Tab")
            if self.focused().evaluate("(node, wanted) => node.matches(wanted)", selector):
                return cell
        raise AssertionError(f"25 times Tab from {name} and {selector} was not reached")

    def focused(self) -> Any:
        return self.page.evaluate_handle("() => document.activeElement").as_element()

    def move(self, *, same: bool = False) -> float:
        """Move the control that has the focus by one step; return the milliseconds until that shows.

        With ``same`` the new picture may look like the old one.
        """
        self.page.evaluate(_WATCH, same)
        # A bare ArrowDown in a drop-down list is JupyterLab's own "next cell": the list is opened first.
        keys = {
            "list": ("Space", "ArrowDown", "Enter"),
            "end of list": ("Space", "ArrowUp", "Enter"),
            "checkbox": ("Space",),
            "end of slider": ("ArrowLeft",),
        }.get(str(self.focused().evaluate(_KIND)), ("ArrowRight",))
        for key in keys:
            self.page.keyboard.press(key)
        return float(self.page.evaluate("() => window.csmodelsMoved"))

    def save(self) -> None:
        self.page.keyboard.press("Control+s")
        self.page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
