"""A notebook run from a fresh kernel, and what is wrong with what it shows."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csmodels_helpers.notebooks_cells import Cell, Notebook, Problem, is_lesson, shown_name
from csmodels_helpers.notebooks_numerals import joined, numerals, outputs

__all__ = ["Run", "execute", "run_problems"]

# Warnings of other people's packages that we know and cannot mend: (message, module, why and since when).
_THIRD_PARTY_WARNINGS: tuple[tuple[str, str, str], ...] = ()


# No cell of ours waits for anything, so a kernel that does no work has lost a message.
_STILL_SECONDS = 45
_ALT_LENGTH = 40


@dataclass(frozen=True)
class Run:
    """What happened when a notebook was executed.

    Attributes
    ----------
    path : Path
        The notebook.
    language : str
        The language it ran in.
    notebook : dict
        The notebook with its outputs; where it stopped, those up to there.
    figures : list of dict
        ``plots.describe`` of each figure shown, with ``count`` (the execution count of its cell),
        ``texts`` (annotations, legend) and ``unlabelled`` (axes without title or label).
    seconds : float
        From before the kernel's start to after its end.
    work : float
        Processor seconds of the kernel, imports included: what a busy machine does not change.
        0 if it did not run through.
    error : str
        Why it stopped, empty if it ran through.
    """

    path: Path
    language: str
    notebook: Notebook
    figures: list[dict[str, Any]]
    seconds: float
    work: float
    error: str

    @property
    def file(self) -> str:
        """How reports call the notebook."""
        return shown_name(self.path)


def execute(path: Path, *, language: str = "en", timeout: float = 300) -> Run:
    r"""Execute a notebook from a fresh kernel, in a temporary folder, in a process of its own.

    Warnings of this package and of the notebook are errors in it.

    Parameters
    ----------
    path : Path
        The notebook; it is not changed.
    language : {"en", "zh_CN"}, default "en"
        The language of messages and figures.
    timeout : float, default 300
        Seconds until it is stopped, the kernel's start not counted; only for what never ends.

    Returns
    -------
    Run
        What happened; an error in the notebook is part of it and is not raised.

    Examples
    --------
    >>> from csmodels_helpers.notebooks_form import format_text
    >>> source = {"id": "sum", "cell_type": "code", "metadata": {}, "source": "print(6 * 7)"}
    >>> raw = json.dumps({"cells": [source], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "sum.ipynb"
    ...     _ = path.write_text(format_text(raw), encoding="utf-8")
    ...     run = execute(path)
    >>> run.error, run.notebook["cells"][0]["outputs"][0]["text"]
    ('', '42\n')
    """
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="csmodels-run-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "work").mkdir()
        error = _run_child(path, folder, language, timeout)
        result = folder / "result.json"
        notebook = json.loads((result if result.is_file() else path).read_text(encoding="utf-8"))
        records = folder / "figures.jsonl"
        lines = records.read_text(encoding="utf-8").splitlines() if records.is_file() else []
        figures = [json.loads(line) for line in lines]
        work = _pulse(folder / "pulse.txt")
        return Run(path, language, notebook, figures, time.monotonic() - begun, work, error)


def _run_child(path: Path, folder: Path, language: str, timeout: float) -> str:
    """Run the child under a watchdog; return why it stopped, nothing if it ran through."""
    environment = {
        **os.environ,
        "CSMODELS_LANGUAGE": language,
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "PYTHONWARNDEFAULTENCODING": "1",
    }
    command = [sys.executable, "-m", "csmodels_helpers.notebooks", "child"]
    command += [str(path.resolve()), str(folder), str(timeout)]
    with (folder / "child.log").open("wb") as log:
        child = subprocess.Popen(command, cwd=folder / "work", env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + timeout + 2 * _STILL_SECONDS
        work, moved = 0.0, time.monotonic()
        while child.poll() is None:
            now, reached = time.monotonic(), _pulse(folder / "pulse.txt")
            if reached > work + 0.2:  # an idle kernel works for less than that in half a minute
                work, moved = reached, now
            if now > deadline or now > moved + _STILL_SECONDS:
                child.kill()  # its kernel sees that and ends itself
                child.wait()
                if now > deadline:
                    return f"was still running after {timeout:g} s"
                return f"stood still for {_STILL_SECONDS} s"
            time.sleep(0.05)
    if not child.returncode:
        return ""
    reason = folder / "error.txt"
    if reason.is_file():
        return reason.read_text(encoding="utf-8")
    lines = (folder / "child.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return f"could not be run: {lines[-1] if lines else child.returncode}"


def _pulse(file: Path) -> float:
    """Read the processor seconds that the kernel last noted."""
    try:
        return float(file.read_text(encoding="ascii"))
    except (OSError, ValueError):  # not there yet, or just being written
        return 0.0


def run_here(path: Path, folder: Path, timeout: float) -> int:
    """Execute a notebook in this process and leave the result in the folder."""
    import nbformat
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    from csmodels_helpers.notebooks_client import Client

    notebook: Any = nbformat.read(path, as_version=4)
    first: Any = nbformat.v4.new_code_cell(
        f"__import__('csmodels_helpers.notebooks_run').notebooks_run.watch({str(folder)!r})",
        id="csmodels-watch",
    )
    last: Any = nbformat.v4.new_code_cell(
        "__import__('csmodels_helpers.notebooks_run').notebooks_run.watch_ends()", id="csmodels-watch-ends"
    )
    notebook.cells = [first, *notebook.cells, last]
    client = Client(
        notebook,
        timeout=int(timeout),
        startup_timeout=2 * _STILL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder / "work")}},
    )
    error = ""
    try:
        client.execute()
    except CellExecutionError as stopped:
        error = f"stopped with {stopped.ename}: {stopped.evalue}"
    except CellTimeoutError:
        error = f"has a cell that takes longer than {timeout:g} s"
    except DeadKernelError:
        error = "lost its kernel"
    notebook.cells = notebook.cells[1:-1]
    (folder / "result.json").write_text(json.dumps(notebook), encoding="utf-8")
    if error:
        (folder / "error.txt").write_text(error, encoding="utf-8")
    return bool(error)


class _Pulse:
    """Notes in a file, every second, how many processor seconds this process has worked."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._ended = threading.Event()
        threading.Thread(target=self._beat, daemon=True).start()

    def _beat(self) -> None:
        while not self._ended.wait(1):
            self.note()

    def note(self) -> None:
        self.file.write_text(str(time.process_time()), encoding="ascii")

    def end(self) -> None:
        self._ended.set()
        self.note()


_pulses: list[_Pulse] = []


def watch_ends() -> None:
    """Inside the kernel, after everything else: note the work that was done."""
    for pulse in _pulses:
        pulse.end()


def watch(folder: str) -> None:
    """Inside the kernel that :func:`execute` starts: turn warnings into errors, note figures and work.

    Parameters
    ----------
    folder : str
        Where to note them: ``figures.jsonl``, a line each, and ``pulse.txt``.
    """
    import warnings

    # Files that others open without an encoding are not ours to mend.
    warnings.filterwarnings("ignore", category=EncodingWarning)
    for message, module, _ in _THIRD_PARTY_WARNINGS:
        warnings.filterwarnings("ignore", message=message, module=module)
    warnings.filterwarnings("error", module=r"csmodels_helpers(\.|$)|__main__$")
    warnings.filterwarnings("error", message=r"Glyph \d+ .*missing")

    from csmodels_helpers import plots

    _pulses.append(_Pulse(Path(folder) / "pulse.txt"))
    file = Path(folder) / "figures.jsonl"
    render = plots.figure_html

    def note(figure: Any) -> str:
        rendered = render(figure)
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(_describe(figure)) + "\n")
        return rendered

    plots.figure_html = note


def _describe(figure: Any) -> dict[str, Any]:
    from IPython.core.getipython import get_ipython

    from csmodels_helpers import plots

    shell: Any = get_ipython()  # pyright: ignore[reportUnknownVariableType]
    shown = [ax for ax in figure.axes if ax.has_data() and ax.get_label() != "<colorbar>"]
    texts = [each.get_text() for ax in figure.axes for each in ax.texts]
    legends = [*(ax.get_legend() for ax in figure.axes), *figure.legends]
    texts += [each.get_text() for legend in legends if legend is not None for each in legend.get_texts()]
    return {
        **plots.describe(figure),
        "count": shell.execution_count if shell is not None else 0,
        "texts": [*texts, figure.get_suptitle()],
        "unlabelled": [missing for ax in shown for missing in _missing_labels(figure, ax)],
    }


def _missing_labels(figure: Any, ax: Any) -> Iterator[str]:
    """Name what axes lack; panels that share an axis may share its label, and the figure may name it."""
    if not (ax.get_title() or ax.get_title(loc="left") or figure.get_suptitle()):
        yield "title"
    for axis, grouper, whole in (
        ("x", ax.get_shared_x_axes(), figure.get_supxlabel()),
        ("y", ax.get_shared_y_axes(), figure.get_supylabel()),
    ):
        together = [ax, *grouper.get_siblings(ax)]
        if not whole and not any(getattr(each, f"get_{axis}label")() for each in together):
            yield f"{axis} label"


def run_problems(run: Run) -> list[Problem]:
    """Say what is wrong with a notebook that was executed.

    Parameters
    ----------
    run : Run
        What :func:`execute` returned.

    Returns
    -------
    list of Problem
        Errors, output on stderr, figures without alt text, title or axis labels; for lessons in English
        also the numerals that no output meets.

    Examples
    --------
    >>> stopped = {"cells": [], "metadata": {}}
    >>> run = Run(Path("m05_kano.ipynb"), "en", stopped, [], 3.0, 2.0, "lost its kernel")
    >>> print(run_problems(run)[0])
    m05_kano.ipynb (en) › notebook: lost its kernel; run it in JupyterLab and mend it
    """
    found: list[Problem] = []

    def tell(cell: Cell, what: str, todo: str) -> None:
        found.append(Problem(f"{run.file} ({run.language})", cell.get("id", "inside a widget"), what, todo))

    if run.error:
        places = [
            c for c in run.notebook["cells"] for o in c.get("outputs", []) if o["output_type"] == "error"
        ]
        tell(places[-1] if places else {"id": "notebook"}, run.error, "run it in JupyterLab and mend it")
    for cell, output in outputs(run.notebook):
        kind = output["output_type"]
        if kind == "error" and not run.error:
            tell(cell, f"shows {output['ename']}: {output['evalue']}", "mend it")
        elif kind == "stream" and output["name"] == "stderr":
            tell(cell, f"writes to stderr: {joined(output['text']).strip()[:300]}", "find the cause")
        for what in _picture_faults(output.get("data", {})):
            tell(cell, what, "label the axes with plots.label after plots.use_style()")
    for figure in run.figures:
        places = [each for each in run.notebook["cells"] if each.get("execution_count") == figure["count"]]
        for missing in figure["unlabelled"]:
            tell(places[0] if places else {}, f"shows a figure without a {missing}", "use plots.label")
    if not run.error and run.language == "en" and is_lesson(run.path):
        found += numerals(run.notebook, run.figures, file=run.file)
    return found


def _picture_faults(data: dict[str, Any]) -> Iterator[str]:
    markup = joined(data.get("text/html", ""))
    for tag in re.findall(r"<img\b[^>]*>", markup):
        alt = re.search(r'\balt="([^"]*)"', tag)
        words = html.unescape(alt[1]).strip() if alt else ""
        if len(words) <= _alt_needed(words):
            yield (
                f'shows a figure with the alt text "{words}"' if words else "shows a figure without alt text"
            )
    if not markup and any(kind.startswith("image/") for kind in data):
        yield "shows a bare picture, without alt text"


def _alt_needed(words: str) -> float:
    # A Chinese sign says about as much as two and a half Latin letters.
    chinese = sum("\u4e00" <= sign <= "\u9fff" for sign in words)
    return _ALT_LENGTH if chinese * 2 < len(words) else _ALT_LENGTH / 2.5
