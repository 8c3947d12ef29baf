"""A notebook checked as it stands: form, headings, links, code."""

from __future__ import annotations

import ast
import json
import re
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

from csmodels_helpers.notebooks_cells import (
    FENCE,
    LINK,
    Cell,
    Finding,
    Problem,
    cell_source,
    is_lesson,
    markdown_headings,
    shown_name,
)
from csmodels_helpers.notebooks_form import format_text, unnamed
from csmodels_helpers.notebooks_lesson import lint_asked, lint_lesson

__all__ = ["lint"]


def lint(path: Path) -> list[Problem]:
    """Check one notebook as it stands, without running it.

    Parameters
    ----------
    path : Path
        A lesson (``notebooks/m05_kano.ipynb``) or the source of an exercise
        (``solutions/m05_kano/m05_kano.ipynb``); the folder tells which.

    Returns
    -------
    list of Problem
        Empty if all is well.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "m05_kano.ipynb"
    ...     _ = path.write_text("{}", encoding="utf-8")
    ...     print(lint(path)[0].what)
    is no notebook of format 4: KeyError('nbformat')
    """
    file = shown_name(path)
    try:
        content = path.read_text(encoding="utf-8")
        formed = format_text(content)
    except (OSError, ValueError) as error:
        return [Problem(file, "notebook", f"is {error}", "open and save it in JupyterLab")]
    cells: list[Cell] = json.loads(content)["cells"]
    found = [Problem(file, *each) for each in _lint_form(cells, content == formed)]
    if not any(problem.cell == "notebook" for problem in found):
        found += [Problem(file, "notebook", what, todo) for what, todo in _invalid(content)]
    found += [Problem(file, *each) for each in _lint_headings(cells)]
    found += [Problem(file, *each) for each in _lint_links(path, cells)]
    lesson = is_lesson(path)
    for cell in cells:
        if cell["cell_type"] == "code":
            found += [
                Problem(file, cell.get("id", "?"), *each) for each in _lint_code(cell_source(cell), lesson)
            ]
    if lesson:
        found += [Problem(file, *each) for each in lint_lesson(path.stem[:3], cells)]
        found += [Problem(file, *each) for each in lint_asked(path.stem[:3], cells)]
    return found


def _invalid(content: str) -> Iterator[tuple[str, str]]:
    import nbformat

    try:
        nbformat.validate(nbformat.reads(content, as_version=4))
    except (nbformat.ValidationError, ValueError) as error:
        yield f"breaks the notebook format ({str(error).splitlines()[0]})", "open and save it in JupyterLab"


def _lint_form(cells: list[Cell], formed: bool) -> Iterator[Finding]:
    seen: set[str] = set()
    before = True
    for number, cell in enumerate(cells, 1):
        name = str(cell.get("id", ""))
        where = name or f"cell {number}"
        if cell.get("outputs") or cell.get("execution_count"):
            yield where, "holds an output or an execution count", "run `make format`"
            before = False
        graded = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", "")
        if graded and graded != name:
            yield where, f"is graded as {graded}, and its id differs", "run `make format`"
            before = False
        elif unnamed(name):
            todo = "name it in the Create Assignment toolbar" if graded else "run `make format`, then name it"
            yield where, "has no name that says what it is", todo
            before = before and bool(graded)
        elif not re.fullmatch(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*", name) or len(name) > 64:
            yield where, "has an odd id", "use words in lower case, joined by hyphens"
        if name in seen:
            yield where, "has the id of another cell", "give it a name of its own"
        seen.add(name)
        if not cell_source(cell).strip():
            yield where, "is empty", "delete it"
    if before and not formed:
        yield "notebook", "is not in the house form (metadata or JSON layout)", "run `make format`"


def _lint_headings(cells: list[Cell]) -> Iterator[Finding]:
    last = 0
    for number, cell in enumerate(cells):
        for level, words in markdown_headings(cell_source(cell)) if cell["cell_type"] == "markdown" else []:
            where = cell.get("id", "?")
            if level == 1 and (number or last):
                yield where, f'"{words}" is another first-level heading', "use ## or deeper"
            elif level > last + 1 and last:
                yield where, f'"{words}" jumps from level {last} to {level}', f"use {'#' * (last + 1)}"
            last = level
    if not cells or not any(level == 1 for level, _ in markdown_headings(cell_source(cells[0]))):
        yield "notebook", "does not open with a title", "begin the first cell with `# Title`"


def _lint_links(path: Path, cells: list[Cell]) -> Iterator[Finding]:
    for cell in cells:
        if cell["cell_type"] != "markdown":
            continue
        text = re.sub(r"`[^`\n]+`", "", FENCE.sub("", cell_source(cell)))
        hrefs = re.findall(r"<(?:a|img)\b[^>]*?\b(?:href|src)=[\"']([^\"']+)", text)
        for target in LINK.findall(text) + hrefs:
            if not re.match(r"https?://|mailto:", target) and not _leads_somewhere(path, cells, target):
                yield (
                    cell.get("id", "?"),
                    f"links to {target}, which leads nowhere",
                    "link to https://…, #cell-id=… or other.ipynb#cell-id=…",
                )


def _leads_somewhere(path: Path, cells: list[Cell], target: str) -> bool:
    file, _, anchor = urllib.parse.unquote(target).partition("#")
    if file:
        other = path.parent / file
        if other.suffix != ".ipynb" or not other.is_file():
            return False
        cells = json.loads(other.read_text(encoding="utf-8"))["cells"]
    if anchor.startswith("cell-id="):
        return any(cell.get("id") == anchor.removeprefix("cell-id=") for cell in cells)
    titles = [words for cell in cells for _, words in markdown_headings(cell_source(cell))]
    return bool(file and not anchor) or anchor in [words.replace(" ", "-") for words in titles]


_LINES = 12
_FORBIDDEN_CALLS = {"open", "read_csv", "read_parquet", "read_excel", "read_json", "Path", "urlopen"}


_FORBIDDEN_MODULES = {"requests", "urllib", "http", "socket", "httpx", "aiohttp", "ftplib", "subprocess"}
_PLOTTING_NAMES = {"plt", "sns", "matplotlib", "seaborn"}


_PATH_LIKE = re.compile(
    r"^\.{0,2}/|^~|\\|^[A-Za-z]:[\\/]|(^|/)(datasets|notebooks|solutions|work)/|\.(csv|parquet)$"
)


def _lint_code(code: str, lesson: bool) -> Iterator[tuple[str, str]]:
    lines = code.splitlines()
    if lesson and len(lines) > _LINES:
        yield f"has {len(lines)} lines", f"split it, or move code into a helper (at most {_LINES})"
    if any(re.match(r"\s*(!|%|\?)|.*\bpip install\b", line) for line in lines):
        yield "leaves Python (!, %, ? or pip)", "lessons run as plain Python; setting up is `make lab`"
        return
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        yield f"is not valid Python (line {error.lineno}: {error.msg})", "mend it"
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [each.name for each in node.names]
            )
            for name in {name.split(".")[0] for name in names}:
                if name in _FORBIDDEN_MODULES:
                    yield f"imports {name}", "no network and no programs in notebooks"
                if lesson and name in _PLOTTING_NAMES:
                    yield f"imports {name}", "a lesson shows a helper's .plot()"
        elif isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in _FORBIDDEN_CALLS:
                yield f"calls {called}()", 'data comes through load_dataset("…")'
        elif lesson and isinstance(node, ast.Name) and node.id in _PLOTTING_NAMES:
            yield f"draws with {node.id}.", "a lesson shows a helper's .plot()"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if re.match(r"https?://|ftp://", node.value):
                yield f"names the address {node.value}", "no network in notebooks"
            elif "\n" not in node.value and _PATH_LIKE.search(node.value):
                yield f'names the path "{node.value}"', 'data comes through load_dataset("…")'
