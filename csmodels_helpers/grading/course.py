"""The course as nbgrader sees it: settings, gradebook, notebooks, the bank of known answers."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import logging
import os
import sqlite3
import sys
import sysconfig
import tempfile
from collections.abc import Generator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

from csmodels_helpers.check_items import Item, find_item
from csmodels_helpers.errors import ArgumentError, CourseError, UnknownNameError
from csmodels_helpers.grading import upgrade
from csmodels_helpers.grading.storage import refusals
from csmodels_helpers.language import text

__all__ = [
    "ROOT",
    "BankItem",
    "assignments",
    "configure",
    "gradebook_path",
    "item_texts",
    "make_gradebook",
    "read_bank",
    "read_notebook",
]

ROOT = Path(__file__).resolve().parents[2]
"""The checkout that this package is imported from."""

# One statement, so that a function without any other line is valid, and one that displays nothing.
CODE_STUB = "pass  # Write your code here. 在这里写代码。"
TEXT_STUB = "*Write your answer here, in English or Chinese. 在这里写下您的回答，中英文均可。*"
MAX_BYTES = 20_000_000

# ---------------------------------------------------------------------------------------- settings


def configure(config: Any, root: str | Path, *, work: str = "grading") -> None:
    """Fill in nbgrader's settings for a course folder, and make its working folder and gradebook.

    Called by ``nbgrader_config.py``. The gradebook is only made where a command of nbgrader runs (see
    :func:`make_gradebook`): opening JupyterLab in the course's folder makes none. Another gradebook than the
    file ``gradebook.db`` is named before, as ``config.CourseDirectory.db_url``.

    Parameters
    ----------
    config : traitlets.config.Config
        What ``get_config()`` returns.
    root : str or Path
        The course folder; ``--course-dir`` on the command line goes before it.
    work : str, default "grading"
        Folder in it for submissions, graded notebooks, feedback and the gradebook; "" for the course
        folder itself.

    Raises
    ------
    CourseError
        If the gradebook cannot be made.

    Examples
    --------
    >>> from traitlets.config import Config
    >>> config = Config()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     configure(config, folder)
    >>> config.CourseDirectory.source_directory
    'solutions'
    """
    base = Path(_command_line_root(sys.argv) or root).resolve()
    folder = base / work
    prefix = f"{work}/" if work else ""
    programs_first()

    course = config.CourseDirectory
    course.root = str(base)
    course.course_id = "csmodels"
    course.source_directory = "solutions"
    course.release_directory = "exercises"
    for step in ("submitted", "autograded", "feedback"):
        setattr(course, f"{step}_directory", f"{prefix}{step}")
    course.solution_directory = f"{prefix}solution"
    if "db_url" not in course:
        course.db_url = f"sqlite:///{gradebook_path(base, work=work)}"

    config.ClearSolutions.code_stub = {"python": CODE_STUB}
    config.ClearSolutions.text_stub = TEXT_STUB
    # nbgrader's own order, with our ClearSolutions.
    config.GenerateAssignment.preprocessors = [
        "nbgrader.preprocessors.IncludeHeaderFooter",
        "nbgrader.preprocessors.InstantiateTests",
        "nbgrader.preprocessors.LockCells",
        "csmodels_helpers.grading.stubs.ClearAnswers",
        "nbgrader.preprocessors.ClearOutput",
        "nbgrader.preprocessors.CheckCellMetadata",
        "nbgrader.preprocessors.ComputeChecksums",
        "nbgrader.preprocessors.SaveCells",
        "nbgrader.preprocessors.ClearHiddenTests",
        "nbgrader.preprocessors.ClearMarkScheme",
        "nbgrader.preprocessors.ComputeChecksums",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    # The rubric stands in the read-only statement above the answer, so that the Formgrader shows it there;
    # nbgrader itself would allow it in task cells only (docs/decisions/0061-rubric.md).
    config.ClearMarkScheme.enforce_metadata = False
    config.OverwriteCells.add_missing_cells = True

    # The same intake, judge and writer as `csmodels grade`, one hand-in after the other.
    config.Autograde.pre_convert_hook = "csmodels_helpers.grading.autograde.ready"
    config.Autograde.exporter_class = "csmodels_helpers.grading.autograde.HandIn"
    config.Autograde.sanitize_preprocessors = []
    config.Autograde.autograde_preprocessors = [
        "csmodels_helpers.grading.autograde.RunAndJudge",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    config.GenerateFeedback.preprocessors = [
        "nbgrader.preprocessors.GetGrades",
        "csmodels_helpers.grading.feedback.FeedbackPage",
    ]
    config.GenerateFeedback.exporter_class = "csmodels_helpers.grading.feedback.FeedbackExporter"
    # Otherwise a page of before the last points by hand stays as it is: nbgrader looks at the hand-in alone.
    config.GenerateFeedback.force = True
    config.ExportApp.plugin_class = "csmodels_helpers.grading.export.Scores"
    config.AssignLatePenalties.plugin_class = "csmodels_helpers.grading.late.LatePolicy"

    if (base / "solutions").is_dir():
        program = Path(sys.argv[0])
        ours = program.stem.startswith("nbgrader") or program.parent.name == "nbgrader"  # python -m nbgrader
        with refusals(folder):
            folder.mkdir(parents=True, exist_ok=True)
            if ours and not _asks_for_another(sys.argv):
                from csmodels_helpers.grading import database

                database.ready(str(course.db_url), str(course.course_id))


def programs_first() -> None:
    """Put this interpreter's programs first on PATH: nbgrader calls ``alembic`` by its bare name.

    Examples
    --------
    >>> programs_first()
    >>> os.environ["PATH"].split(os.pathsep)[0] == sysconfig.get_path("scripts")
    True
    """
    programs = sysconfig.get_path("scripts")
    paths = os.environ.get("PATH", "").split(os.pathsep)
    if paths[0] != programs:
        os.environ["PATH"] = os.pathsep.join([programs, *(path for path in paths if path)])


def _command_line_root(arguments: list[str]) -> str | None:
    """Return the folder of ``--course-dir``: the config file is read before nbgrader applies it."""
    for place, argument in enumerate(arguments):
        for option in ("--course-dir", "--CourseDirectory.root"):
            if argument.startswith(f"{option}="):
                return argument.split("=", 1)[1].strip("\"'")
            if argument == option and place + 1 < len(arguments):
                return arguments[place + 1]
    return None


def _asks_for_another(arguments: list[str]) -> bool:
    """Say whether the command line names a gradebook of its own, or only asks for help."""
    ours = ("--db", "--CourseDirectory.db_url", "--help", "-h", "--version")
    return len(arguments) < 2 or any(a.split("=", 1)[0] in ours for a in arguments[1:])


# --------------------------------------------------------------------------------------- gradebook


def gradebook_path(root: str | Path, *, work: str = "grading") -> Path:
    """Return where the gradebook of a course folder is.

    Parameters
    ----------
    root : str or Path
        The course folder.
    work : str, default "grading"
        As for :func:`configure`.

    Returns
    -------
    Path
        The database file.

    Examples
    --------
    >>> gradebook_path("course").as_posix()
    'course/grading/gradebook.db'
    """
    return Path(root) / work / "gradebook.db"


def make_gradebook(path: str | Path) -> bool:
    """Make a gradebook, whole or not at all.

    nbgrader makes the tables first and asks ``alembic`` for their version afterwards. If that fails, tables
    without a version stay behind, and every later run trips over them. Here the file gets its name only when
    it is complete; a half-made one without submissions is replaced. One of an older nbgrader is upgraded,
    and a copy of what it was kept beside it.

    Parameters
    ----------
    path : str or Path
        The database file.

    Returns
    -------
    bool
        Whether one was made; False if there was a complete one.

    Raises
    ------
    CourseError
        If it cannot be made or upgraded, a half-made one holds submissions, or a newer nbgrader made it.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     make_gradebook(gradebook_path(folder)), make_gradebook(gradebook_path(folder))
    (True, False)
    """
    target = Path(path)
    found = state(target)
    if found == "complete":
        return False
    if found == "old":
        kept = upgrade.upgrade_gradebook(target)
        logging.getLogger(__name__).warning(text("backup.upgrade.done", path=target, kept=kept.name))
        return False
    if found in ("used", "newer"):
        raise CourseError(text(f"grading.gradebook.{found}", path=target))
    try:
        content = _blank_gradebook()
    except CourseError as error:
        raise CourseError(text("grading.gradebook.failed", path=target, reason=error)) from error
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".gradebook-", suffix=".new", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True


@cache
def _blank_gradebook() -> bytes:
    """Make an empty gradebook with nbgrader, somewhere else; once a process, as asking alembic is slow."""
    from nbgrader.api import Gradebook

    programs_first()
    with tempfile.TemporaryDirectory(prefix="csmodels-gradebook-") as folder, quiet_stderr() as said:
        path = Path(folder) / "gradebook.db"
        try:
            Gradebook(f"sqlite:///{path}", "csmodels").close()
        except Exception as error:
            raise CourseError(said() or str(error)) from error
        if state(path) != "complete":
            raise CourseError(said() or "alembic")
        return path.read_bytes()


@contextlib.contextmanager
def quiet_stderr() -> Generator[Any]:
    r"""Catch what a child process says on stderr; it belongs into our message.

    Yields
    ------
    callable
        Returns the last line of it.

    Examples
    --------
    >>> with quiet_stderr() as said:
    ...     written = os.write(2, b"one\ntwo\n")
    ...     said()
    'two'
    """
    with tempfile.TemporaryFile() as file:
        kept = os.dup(2)
        os.dup2(file.fileno(), 2)

        def said() -> str:
            file.seek(0)
            lines = file.read().decode("utf-8", "replace").strip().splitlines()
            lines = [line for line in lines if not line.startswith("(Background on this error")]
            return lines[-1] if lines else ""

        try:
            yield said
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def state(path: Path) -> str:
    """Say what there is of a gradebook.

    Parameters
    ----------
    path : Path
        The database file.

    Returns
    -------
    str
        "missing", "half", "used" (half, but with submissions), "old" (of an older nbgrader), "newer" (than
        the one that is installed) or "complete".

    Raises
    ------
    CourseError
        If it cannot be read.

    Examples
    --------
    >>> state(Path("no such folder", "gradebook.db"))
    'missing'
    """
    if not path.is_file():
        return "missing"
    try:
        # A full disk is none of the gradebook's: whoever moved that away would lose the grades.
        with (
            refusals(path.parent),
            contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection,
        ):

            def rows(table: str) -> int:
                # The names are ours, not somebody's input.
                return int(connection.execute(f"select count(*) from {table}").fetchone()[0])

            tables = {
                row[0] for row in connection.execute("select name from sqlite_master where type='table'")
            }
            if "alembic_version" in tables:
                versions = connection.execute("select version_num from alembic_version").fetchall()
                stamped = {str(row[0]).strip() for row in versions} - {""}
                if stamped:
                    known = upgrade.revisions()
                    age = "old" if stamped <= {*known} else "newer"
                    return "complete" if known[0] in stamped else age
            if "grade_cell" in tables:  # of a time before nbgrader stamped a version
                return "old"
            return "used" if "submitted_assignment" in tables and rows("submitted_assignment") else "half"
    except sqlite3.DatabaseError as error:
        raise CourseError(text("grading.gradebook.unreadable", path=path, reason=error)) from error


# --------------------------------------------------------------------------------------- notebooks


def assignments(root: str | Path = ROOT) -> list[str]:
    """Name the assignments of a course folder: the folders in ``solutions/`` with a notebook of that name.

    Parameters
    ----------
    root : str or Path, optional
        The course folder.

    Returns
    -------
    list of str
        Names in order.

    Examples
    --------
    >>> assignments("nowhere")
    []
    """
    folders = sorted((Path(root) / "solutions").glob("m[0-9][0-9]_*"))
    return [folder.name for folder in folders if (folder / f"{folder.name}.ipynb").is_file()]


def read_notebook(path: str | Path) -> dict[str, Any]:
    """Read a notebook of format 4; every cell's source becomes one string.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    dict
        The notebook.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> notebook = read_notebook(ROOT / "solutions" / "m05_kano" / "m05_kano.ipynb")
    >>> notebook["cells"][0]["cell_type"]
    'markdown'
    """
    content: Any = json.loads(Path(path).read_bytes().decode("utf-8"))
    cells: Any = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list) or content.get("nbformat") != 4:
        raise ValueError("no notebook of format 4")
    for cell in cast("list[Any]", cells):
        if not isinstance(cell, dict) or "cell_type" not in cell:
            raise ValueError("no notebook of format 4")
        source = cast("Any", cell).get("source", "")
        cell["source"] = source if isinstance(source, str) else "".join(source)
    return content


def stamp(cell: dict[str, Any]) -> dict[str, Any]:
    """Return nbgrader's metadata of a cell, {} if it has none.

    Parameters
    ----------
    cell : dict
        The cell.

    Returns
    -------
    dict
        The metadata.

    Examples
    --------
    >>> stamp({"metadata": {}})
    {}
    """
    found: Any = cell.get("metadata", {}).get("nbgrader")
    return found if isinstance(found, dict) else {}


def item_texts(item: str) -> Item | None:
    """Look an item up in ``checks/mNN.toml``; its name may come from a hand-in, so it may be none.

    Parameters
    ----------
    item : str
        Such as ``"m05-better"``.

    Returns
    -------
    Item or None
        None if there is no such item.

    Examples
    --------
    >>> item_texts("m00-nothing") is None
    True
    """
    try:
        return find_item(item)
    except (UnknownNameError, ArgumentError):
        return None


# ------------------------------------------------------------------------------------ bank of answers


@dataclass(frozen=True)
class BankItem:
    """Known answers to one item.

    Parameters
    ----------
    cell : str
        Id of the solution cell; an answer takes the place of its whole source.
    right : dict of str
        Name → code of right answers, each written in another way than the solution.
    wrong : dict of str
        Misconception → code. What follows a ``#`` tells two answers with the same misconception apart. A
        reason of :class:`csmodels_helpers.check.CheckFailed` may stand in place of a misconception.
    lost : dict of float
        Key of ``wrong`` → the points that this answer costs, where another step of it is right; by default
        it costs all points of the item.
    """

    cell: str
    right: dict[str, str]
    wrong: dict[str, str]
    lost: dict[str, float] = field(default_factory=dict[str, float])

    @staticmethod
    def meant(name: str) -> str:
        """Return the misconception that a key of ``wrong`` means.

        Examples
        --------
        >>> BankItem.meant("kept-reverse#2")
        'kept-reverse'
        """
        return name.partition("#")[0]


def read_bank(path: str | Path) -> dict[str, BankItem]:
    """Read a bank of answers, ``tests/course/answers/mNN.py`` with its dictionary ``ANSWERS``.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    dict of BankItem
        One entry an item.

    Raises
    ------
    CourseError
        If an entry lacks its cell or its answers.

    Examples
    --------
    >>> bank = read_bank(ROOT / "tests" / "course" / "answers" / "m05.py")
    >>> sorted(bank)[0]
    'm05-letter'
    """
    file = Path(path)
    spec = importlib.util.spec_from_file_location(f"answers_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise CourseError(text("grading.bank.unreadable", path=file))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    bank: dict[str, BankItem] = {}
    answers: dict[str, Any] = module.ANSWERS
    for item, entry in answers.items():
        try:
            lost = dict(entry.get("lost", {}))
            bank[item] = BankItem(str(entry["cell"]), dict(entry["right"]), dict(entry["wrong"]), lost)
        except (KeyError, TypeError, ValueError) as error:
            raise CourseError(text("grading.bank.entry", path=file.name, item=item)) from error
    return bank
