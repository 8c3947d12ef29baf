"""Check the machine: can it run the course, and what to do if not.

``csmodels doctor`` prints what :func:`run` finds; the first lesson shows :func:`report`.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

import csmodels_helpers
from csmodels_helpers.language import text

if TYPE_CHECKING:
    from csmodels_helpers.grading.sandbox import Isolation

__all__ = [
    "Finding",
    "check_alembic",
    "check_disk",
    "check_fonts",
    "check_isolation",
    "check_kernel",
    "check_python",
    "check_widgets",
    "check_work",
    "report",
    "run",
]

SAMPLE = "满意度 Kano −1 → €"
Level = Literal["good", "warning", "fatal"]


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Parameters
    ----------
    check : str
        What was looked at, in the language in force.
    level : {"good", "warning", "fatal"}
        ``warning``: the course runs and something in it will not; ``fatal``: do not start like this.
    result : str
        What was found, in words.
    remedy : str
        What to do; empty if all is good.

    Examples
    --------
    >>> Finding("Python", "good", "3.12.1").remedy
    ''
    """

    check: str
    level: Level
    result: str
    remedy: str = ""


def _finding(name: str, level: Level, case: str, **values: object) -> Finding:
    remedy = "" if level == "good" else text(f"doctor.{name}.{case}.remedy", **values)
    return Finding(text(f"doctor.{name}.name"), level, text(f"doctor.{name}.{case}.result", **values), remedy)


def check_python(version: tuple[int, int, int] | None = None) -> Finding:
    """Look at the version of Python.

    Parameters
    ----------
    version : tuple of int, optional
        The version to judge; the running one by default.

    Returns
    -------
    Finding
        Fatal below 3.11.

    Examples
    --------
    >>> check_python((3, 12, 1)).level, check_python((3, 10, 4)).level
    ('good', 'fatal')
    """
    found = version or sys.version_info[:3]
    shown = ".".join(str(part) for part in found)
    if found < (3, 11):
        return _finding("python", "fatal", "old", found=shown)
    return _finding("python", "good", "good", found=shown)


def check_disk(free: float | None = None) -> Finding:
    """Look at the free disk space where the course lies.

    Parameters
    ----------
    free : float, optional
        Free bytes; measured by default.

    Returns
    -------
    Finding
        A warning below 0.5 GB, fatal below 0.1 GB.

    Examples
    --------
    >>> [check_disk(gigabytes * 1e9).level for gigabytes in (4, 0.3, 0.05)]
    ['good', 'warning', 'fatal']
    """
    place = Path(csmodels_helpers.__file__).parent
    gigabytes = (shutil.disk_usage(place).free if free is None else free) / 1e9
    shown = f"{gigabytes:.1f}"
    if gigabytes < 0.1:
        return _finding("disk", "fatal", "low", free=shown)
    if gigabytes < 0.5:
        return _finding("disk", "warning", "low", free=shown)
    return _finding("disk", "good", "good", free=shown)


def check_fonts(font: str | Path | None = None) -> Finding:
    """Draw Chinese with the font that the figures use, and see whether a glyph is missing.

    Parameters
    ----------
    font : str or Path, optional
        The font file; by default Noto Sans SC as installed with the package zhplot.

    Returns
    -------
    Finding
        A warning if the font is not there or lacks glyphs: Chinese labels would be empty boxes.

    Examples
    --------
    >>> check_fonts().level
    'good'
    >>> check_fonts("/nowhere/font.ttf").level
    'warning'
    """
    from matplotlib import font_manager
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if font is None:
        spec = importlib.util.find_spec("zhplot")
        folders = list(spec.submodule_search_locations or []) if spec else []
        files = [file for folder in folders for file in Path(folder).rglob("NotoSansSC-Regular.*")]
    else:
        files = [Path(font)] if Path(font).is_file() else []
    if not files:
        return _finding("fonts", "warning", "absent")
    font_manager.fontManager.addfont(str(files[0]))
    name = font_manager.FontProperties(fname=str(files[0])).get_name()
    figure = Figure()
    canvas = FigureCanvasAgg(figure)
    figure.text(0.1, 0.5, SAMPLE, family=["DejaVu Sans", name])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        canvas.draw()
    if any("missing from" in str(warning.message) for warning in caught):
        return _finding("fonts", "warning", "glyphs", font=name)
    return _finding("fonts", "good", "good", font=name)


def check_kernel(name: str = "python3", timeout: float = 60) -> Finding:
    """Start a notebook kernel and let it compute 1 + 1; inside a notebook its own kernel is the proof.

    Parameters
    ----------
    name : str
        The kernel's name.
    timeout : float
        Seconds to wait for the start and for the answer.

    Returns
    -------
    Finding
        Fatal if there is no such kernel or it does not answer.

    Examples
    --------
    >>> check_kernel("no-such-kernel").level
    'fatal'
    """
    kernelapp: Any = sys.modules.get("ipykernel.kernelapp")
    if kernelapp is not None and kernelapp.IPKernelApp.initialized() and name == "python3":
        return _finding("kernel", "good", "here")

    from jupyter_client.kernelspec import NoSuchKernel
    from jupyter_client.manager import start_new_kernel

    try:
        manager, client = start_new_kernel(
            startup_timeout=timeout, kernel_name=name, stderr=subprocess.DEVNULL
        )
    except NoSuchKernel:
        return _finding("kernel", "fatal", "absent", kernel=name)
    except Exception as error:  # whatever keeps a kernel from starting is what is asked for here
        return _finding("kernel", "fatal", "dead", kernel=name, reason=str(error) or type(error).__name__)
    try:
        reply = client.execute_interactive(
            "",
            silent=True,
            store_history=False,
            user_expressions={"sum": "1 + 1"},
            timeout=timeout,
            allow_stdin=False,
        )
        answer = reply["content"]["user_expressions"]["sum"]["data"]["text/plain"]
    except (TimeoutError, KeyError, RuntimeError) as error:
        return _finding("kernel", "fatal", "dead", kernel=name, reason=str(error) or type(error).__name__)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    if answer != "2":
        return _finding("kernel", "fatal", "dead", kernel=name, reason=f"1 + 1 = {answer}")
    return _finding("kernel", "good", "good", kernel=name)


def check_widgets(folders: list[str] | None = None) -> Finding:
    """Look for the widgets: the Python part and the part that JupyterLab shows.

    Parameters
    ----------
    folders : list of str, optional
        Where JupyterLab looks for extensions; Jupyter's own list by default.

    Returns
    -------
    Finding
        A warning if a part is missing: sliders would be shown as plain text.

    Examples
    --------
    >>> check_widgets().level, check_widgets([]).level
    ('good', 'warning')
    """
    from jupyter_core.paths import jupyter_path

    places = jupyter_path("labextensions") if folders is None else folders
    manager = Path("@jupyter-widgets", "jupyterlab-manager", "package.json")
    python_part = importlib.util.find_spec("ipywidgets") is not None
    if python_part and any((Path(place) / manager).is_file() for place in places):
        return _finding("widgets", "good", "good")
    return _finding("widgets", "warning", "absent")


def check_alembic(path: str | None = None) -> Finding:
    """Look for the program alembic, with which nbgrader makes its grade book.

    Parameters
    ----------
    path : str, optional
        Where to look for programs, as in the variable PATH. By default there, and before that beside this
        Python, as commands of the course do.

    Returns
    -------
    Finding
        A warning if it is not there: lessons run, grading does not.

    Examples
    --------
    >>> check_alembic("").level
    'warning'
    """
    if path is None:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    if shutil.which("alembic", path=path) is None:
        return _finding("alembic", "warning", "absent")
    return _finding("alembic", "good", "good")


def check_work(work: str | Path | None = None) -> Finding:
    """Try whether files can be written where the trainee works.

    Parameters
    ----------
    work : str or Path, optional
        The work folder (it need not exist yet); by default the one that
        :func:`csmodels_helpers.workspace.update` would fill.

    Returns
    -------
    Finding
        Fatal if nothing can be written there.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     check_work(Path(folder) / "work").level
    'good'
    """
    from csmodels_helpers.workspace import find_work

    if work is None:
        on_hub = Path.cwd() if Path(".hub.json").is_file() else None  # the course folder of a hub
        work = find_work() or on_hub or Path(csmodels_helpers.__file__).parent.parent / "work"
    place = Path(work).absolute()
    nearest = next(folder for folder in (place, *place.parents) if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest) as file:
            file.write(b"csmodels")
    except OSError as error:
        return _finding("work", "fatal", "closed", folder=place, reason=error.strerror or str(error))
    return _finding("work", "good", "good", folder=place)


def check_isolation(found: Isolation | None = None) -> Finding:
    """Look at what keeps trainees' code apart from this computer when it is graded.

    Parameters
    ----------
    found : Isolation, optional
        What the machine gives; tried by default, which takes a fraction of a second.

    Returns
    -------
    Finding
        A warning with the first reason if something is missing: lessons run, grading does not.

    Examples
    --------
    >>> from csmodels_helpers.grading.sandbox import Isolation
    >>> check_isolation(Isolation(namespaces=True, seccomp=True, cgroups="v2", missing=())).level
    'good'
    >>> check_isolation(Isolation(namespaces=False, seccomp=False, cgroups="", missing=("linux",))).level
    'warning'
    """
    from csmodels_helpers.grading.sandbox import isolation

    found = found or isolation()
    if found.missing:
        return _finding("isolation", "warning", found.missing[0])
    return _finding("isolation", "good", "together" if found.cgroups else "each", cgroups=found.cgroups)


def run(*, grading: bool = True) -> list[Finding]:
    """Do all the checks.

    Parameters
    ----------
    grading : bool, default True
        Also look at what only those need who grade.

    Returns
    -------
    list of Finding
        One finding a check, in a fixed order.

    Examples
    --------
    >>> {finding.level for finding in run()} <= {"good", "warning", "fatal"}
    True
    """
    checks: tuple[Callable[[], Finding], ...] = (
        check_python,
        check_disk,
        check_fonts,
        check_kernel,
        check_widgets,
        check_alembic,
        check_work,
    )
    if grading:
        checks = (*checks, check_isolation)
    return [check() for check in checks]


def report(findings: list[Finding] | None = None) -> pd.DataFrame:
    """Show the findings as a table.

    Parameters
    ----------
    findings : list of Finding, optional
        What to show; by default what :func:`run` finds for those who do not grade.

    Returns
    -------
    DataFrame
        One row a check, with the columns ``check``, ``result`` and ``what to do`` (in every language,
        so that code keeps working; what stands in them is in the language in force).

    Examples
    --------
    >>> report([check_python((3, 12, 1))])
        check       result what to do
    0  Python  good: 3.12.1
    """
    rows = run(grading=False) if findings is None else findings
    return pd.DataFrame(
        {
            "check": [finding.check for finding in rows],
            "result": [f"{text(f'doctor.{finding.level}')}{finding.result}" for finding in rows],
            "what to do": [finding.remedy for finding in rows],
        }
    )
