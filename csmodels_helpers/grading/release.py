"""Make ``exercises/`` from ``solutions/``, with nbgrader's own generate_assignment.

``python -m csmodels_helpers.grading.release`` writes, with ``--check`` it only says which files differ. The
same source always gives the same bytes. Nothing is written if any release would give something away.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import logging
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course
from csmodels_helpers.grading.storage import full_disk
from csmodels_helpers.language import text
from csmodels_helpers.notebooks import format_text

__all__ = ["MARKERS", "generate", "leaks", "regions", "release", "stubbed", "without_needless_stub"]

MARKERS = ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME")
"""What stands between BEGIN and END of a region that trainees never see."""

_MARKER = re.compile(r"\b(BEGIN|END)\b[ _-]*([A-Z][A-Z _-]*)")
_SHORT = 8  # a line with fewer signs, such as "else:", gives nothing away


def regions(source: str, name: str) -> tuple[list[str], list[str]]:
    r"""Split a cell into the lines inside and outside of its regions of one kind.

    Parameters
    ----------
    source : str
        The cell.
    name : str
        One of :data:`MARKERS`.

    Returns
    -------
    inside, outside : list of str
        The lines; those with the markers are in neither.

    Raises
    ------
    ValueError
        If BEGIN and END do not match.

    Examples
    --------
    >>> regions("a = ...\n### BEGIN SOLUTION\na = 1\n### END SOLUTION", "SOLUTION")
    (['a = 1'], ['a = ...'])
    """
    inside: list[str] = []
    outside: list[str] = []
    open_ = False
    for line in source.splitlines():
        if f"BEGIN {name}" in line:
            if open_:
                raise ValueError(text("grading.release.nested", name=name))
            open_ = True
        elif f"END {name}" in line:
            if not open_:
                raise ValueError(text("grading.release.end_first", name=name))
            open_ = False
        else:
            (inside if open_ else outside).append(line)
    if open_:
        raise ValueError(text("grading.release.no_end", name=name))
    return inside, outside


def without_needless_stub(source: str) -> str:
    r"""Take the stub out of a released cell that can do without.

    Parameters
    ----------
    source : str
        A code cell as nbgrader releases it.

    Returns
    -------
    str
        The same; without the stub if it is valid Python then and each of its functions returns something.

    Examples
    --------
    >>> print(without_needless_stub(f"score = None\n{course.CODE_STUB}"))
    score = None
    >>> print(without_needless_stub(f"def score():\n    {course.CODE_STUB}"))
    def score():
        pass  # Write your code here. 在这里写代码。
    """
    left = "\n".join(line for line in source.splitlines() if line.strip() != course.CODE_STUB).strip("\n")
    try:
        tree = ast.parse(left)
    except SyntaxError:  # a function of which nothing is left
        return source
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    unfinished = any(not any(isinstance(n, ast.Return) for n in ast.walk(f)) for f in functions)
    return source if unfinished or not tree.body else left


def stubbed(source: str) -> str:
    r"""Return the cell of an answer as it is released: each region of a solution gives way to the stub.

    Parameters
    ----------
    source : str
        A code cell of ``solutions/``.

    Returns
    -------
    str
        The cell; :data:`course.CODE_STUB` is left in it where a function has to be written.

    Examples
    --------
    >>> stubbed("score = None\n### BEGIN SOLUTION\nscore = 4\n### END SOLUTION")
    'score = None'
    """
    lines: list[str] = []
    open_ = False
    for line in source.splitlines():
        if "BEGIN SOLUTION" in line:
            open_ = True
            lines.append(line[: len(line) - len(line.lstrip())] + course.CODE_STUB)
        elif "END SOLUTION" in line:
            open_ = False
        elif not open_:
            lines.append(line)
    return without_needless_stub("\n".join(lines))


def misspelt_markers(source: str) -> list[str]:
    """Find lines that look like a marker and are none: nbgrader would leave what they mean to hide.

    Parameters
    ----------
    source : str
        The cell.

    Returns
    -------
    list of str
        The lines.

    Examples
    --------
    >>> misspelt_markers("### BEGIN HIDEN TESTS")
    ['### BEGIN HIDEN TESTS']
    >>> misspelt_markers("### BEGIN HIDDEN TESTS")
    []
    """
    found: list[str] = []
    for line in source.splitlines():
        if any(f"{side} {name}" in line for name in MARKERS for side in ("BEGIN", "END")):
            continue
        loose = line.upper()
        match = _MARKER.search(loose)
        named = match is not None and difflib.get_close_matches(
            match[2].strip(" _-"), MARKERS, n=1, cutoff=0.7
        )
        fenced = "###" in line or "===" in line
        if named or (fenced and any(name in loose for name in MARKERS)):
            found.append(line)
    return found


def leaks(source: dict[str, Any], released: dict[str, Any]) -> list[str]:
    r"""Find what a release gives away: lines of answers, hidden tests or mark schemes, and their markers.

    A hidden line that the source also shows openly (the same import, say) does not count.

    Parameters
    ----------
    source, released : dict
        The two notebooks, as :func:`course.read_notebook` returns them.

    Returns
    -------
    list of str
        One sentence a line that is given away.

    Examples
    --------
    >>> source = "### BEGIN SOLUTION\nscore = 41\n### END SOLUTION"
    >>> cell = {"id": "a", "cell_type": "code", "source": source}
    >>> leaks({"cells": [cell]}, {"cells": [{**cell, "source": "score = 41"}]})
    ['a: the release shows what is meant to be hidden: "score = 41"']
    """
    hidden: list[tuple[str, str]] = []
    open_lines: set[str] = set()
    problems: list[str] = []
    for cell in source["cells"]:
        lines: list[str] = cell["source"].splitlines()
        where = str(cell.get("id", "?"))
        problems += [
            text("grading.release.misspelt", where=where, line=line.strip())
            for line in misspelt_markers(cell["source"])
        ]
        concealed, visible = _split(cell["source"])
        for name in MARKERS:
            try:
                regions(cell["source"], name)
            except ValueError as error:
                problems.append(f"{where}: {error}")
        if course.stamp(cell).get("solution") and "BEGIN SOLUTION" not in cell["source"]:
            concealed, visible = lines, []  # without a region the whole cell is the answer
        hidden += [(where, line.strip()) for line in concealed]
        open_lines |= {line.strip() for line in visible}
    shown = "\n".join(_strings(released))
    shown_lines = {line.strip() for line in shown.splitlines()}
    for where, line in hidden:
        if len(line) < _SHORT or line in open_lines:
            continue
        # Also within a longer line: in an output or a piece of metadata it need not stand alone.
        if line in shown_lines or (len(line) > 2 * _SHORT and line in shown):
            problems.append(text("grading.release.leak", where=where, line=line))
    for name in MARKERS:
        if f"BEGIN {name}" in shown or f"END {name}" in shown:
            problems.append(text("grading.release.marker", name=name))
    return problems


def _split(source: str) -> tuple[list[str], list[str]]:
    """Return the lines inside of any region, and those outside of all."""
    concealed: list[str] = []
    visible = source
    for name in MARKERS:
        try:
            inside, outside = regions(visible, name)
        except ValueError:
            return source.splitlines(), []  # not closed: nobody knows what was meant to be seen
        concealed += inside
        visible = "\n".join(outside)
    return concealed, visible.splitlines()


def _strings(value: Any) -> Iterable[str]:
    """Go through every string of a notebook: sources, outputs, metadata, attachments."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, entry in value.items():
            yield str(name)
            yield from _strings(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _strings(entry)


def generate(
    root: str | Path,
    target: str | Path,
    names: Iterable[str] | None = None,
    *,
    db_url: str | None = None,
) -> dict[str, Path]:
    """Release assignments into another course folder, whose gradebook then knows them.

    Always anew from ``solutions/``: what is there of an earlier release is replaced, never skipped.

    Parameters
    ----------
    root : str or Path
        The course folder with ``solutions/``.
    target : str or Path
        Another folder; it gets ``solutions/``, ``exercises/`` and a gradebook directly in it.
    names : iterable of str, optional
        The assignments; all by default.
    db_url : str, optional
        Another gradebook than one in ``target``.

    Returns
    -------
    dict of Path
        Assignment → the released notebook.

    Raises
    ------
    CourseError
        If nbgrader cannot make a release, or a release would give something away.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     released = generate(course.ROOT, folder, ["m05_kano"])["m05_kano"]
    ...     "BEGIN SOLUTION" in released.read_text(encoding="utf-8")
    False
    """
    from nbgrader.converters import GenerateAssignment, NbGraderException
    from nbgrader.coursedir import CourseDirectory
    from sqlalchemy.exc import DBAPIError
    from traitlets.config import Config

    from csmodels_helpers.grading.database import explained

    base, goal = Path(root).resolve(), Path(target).resolve()
    wanted = list(names) if names is not None else course.assignments(base)
    goal.mkdir(parents=True, exist_ok=True)
    if db_url is None:
        course.make_gradebook(course.gradebook_path(goal, work=""))
    released: dict[str, Path] = {}
    for name in wanted:
        copy = goal / "solutions" / name
        shutil.rmtree(copy, ignore_errors=True)
        ignored = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__", "*.pyc")
        shutil.copytree(base / "solutions" / name, copy, ignore=ignored)
        shutil.rmtree(goal / "exercises" / name, ignore_errors=True)
        config: Any = Config()
        course.configure(config, goal, work="")
        config.CourseDirectory.assignment_id = name
        if db_url is not None:
            config.CourseDirectory.db_url = db_url
        folder = CourseDirectory(config=config)
        with _said() as lines:
            try:
                GenerateAssignment(coursedir=folder, config=config, force=True).start()
            except NbGraderException as error:
                full = full_disk(goal)
                if full is not None:  # nbgrader says that there was an error, not which
                    raise CourseError(text("storage.full", path=full)) from error
                if isinstance(error.__context__, DBAPIError):  # of a gradebook that is away it says: upgrade
                    with explained(str(folder.db_url)):
                        raise error.__context__ from None
                reason = next((line for line in reversed(lines) if line), str(error))
                raise CourseError(text("grading.release.failed", name=name, reason=reason)) from error
        for file in sorted((goal / "exercises" / name).rglob("*.ipynb")):
            notebook = course.read_notebook(file)
            source = course.read_notebook(copy / file.name)
            problems = leaks(source, notebook)
            if problems:
                # The file must not lie about where somebody might copy it from.
                shutil.rmtree(goal / "exercises" / name)
                listed = "\n".join(f"  {problem}" for problem in problems)
                raise CourseError(text("grading.release.refused", name=name, problems=listed))
            file.write_bytes(format_text(json.dumps(notebook)).encode())
        released[name] = goal / "exercises" / name / f"{name}.ipynb"
    return released


class _Lines(logging.Handler):
    """Keeps what nbgrader logs as errors, as the reason to tell."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += [line.strip() for line in record.getMessage().splitlines()]


class _said:  # noqa: N801 - used like a function
    def __enter__(self) -> list[str]:
        from traitlets import log

        self._log: Any = log.get_logger()
        self._handler = _Lines()
        # Taken off and put back: nbgrader would print stack traces in between.
        self._before = list(self._log.handlers), self._log.propagate
        self._log.handlers, self._log.propagate = [self._handler], False
        return self._handler.lines

    def __exit__(self, *_: object) -> None:
        self._log.handlers, self._log.propagate = self._before


def release(root: str | Path = course.ROOT, *, check: bool = False) -> list[str]:
    """Bring ``exercises/`` in line with ``solutions/``.

    Parameters
    ----------
    root : str or Path, optional
        The course folder.
    check : bool, default False
        Only say what differs.

    Returns
    -------
    list of str
        The files that differ (or differed), relative to ``exercises/``.

    Raises
    ------
    CourseError
        As for :func:`generate`; then nothing was changed.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:  # a course without assignments
    ...     release(folder, check=True)
    []
    """
    exercises = Path(root).resolve() / "exercises"
    with tempfile.TemporaryDirectory(prefix="csmodels-release-") as folder:
        generate(root, folder)
        fresh = _files(Path(folder) / "exercises")
    old = _files(exercises)
    different = sorted(name for name in fresh.keys() | old.keys() if fresh.get(name) != old.get(name))
    if not check:
        for name in different:
            path = exercises / name
            if name in fresh:
                path.parent.mkdir(parents=True, exist_ok=True)
                beside = path.with_name(f".{path.name}.new")
                beside.write_bytes(fresh[name])
                os.replace(beside, path)  # noqa: PTH105 - in one step, also where the file is there
            else:
                path.unlink()
                if not any(path.parent.iterdir()):
                    path.parent.rmdir()
    return different


def _files(folder: Path) -> dict[str, bytes]:
    """Read the assignments in a folder; other things beside them (a README) are not ours."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.glob("m[0-9][0-9]_*/**/*"))
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    }


def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m csmodels_helpers.grading.release")
    parser.add_argument("--check", action="store_true", help=text("grading.release.help_check"))
    check = parser.parse_args().check
    try:
        different = release(check=check)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    for name in different:
        print(text("grading.release.differs" if check else "grading.release.written", name=name))
    if not different:
        print(text("grading.release.same"))
    return 1 if check and different else 0


if __name__ == "__main__":
    raise SystemExit(_main())
