"""The course's notebooks: put into the house form, checked, run and held to their numbers.

For authors: ``python -m csmodels_helpers.notebooks format | lint | run [paths]``. What is checked is
written down in ``docs/lesson-conventions.md``. Everything works on plain JSON, so that a notebook that
is wrong in itself is still reported by file and cell.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import html
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import urllib.parse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

__all__ = [
    "Problem",
    "Run",
    "execute",
    "format_text",
    "lint",
    "lint_checks",
    "numerals",
    "outputs",
    "run_problems",
    "sources",
]

Cell = dict[str, Any]
Notebook = dict[str, Any]

ROOT = Path(__file__).resolve().parent.parent
CHECKS = Path(__file__).resolve().parent / "checks"

# ------------------------------------------------------------------------------------ small readers


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: where, what, and what to do.

    Attributes
    ----------
    file, cell : str
        The notebook, and the id of the cell (or what it is about).
    what, todo : str
        What is wrong, and what to do.

    Examples
    --------
    >>> print(Problem("m05_kano.ipynb", "setup", "has an output", "run `make format`"))
    m05_kano.ipynb › setup: has an output; run `make format`
    """

    file: str
    cell: str
    what: str
    todo: str

    def __str__(self) -> str:
        return f"{self.file} › {self.cell}: {self.what}; {self.todo}"


def sources(root: Path = ROOT) -> list[Path]:
    """List the notebooks that people write: lessons and the sources of the exercises.

    Parameters
    ----------
    root : Path, optional
        The folder of the course.

    Returns
    -------
    list of Path
        In the order of their names, lessons first.

    Examples
    --------
    >>> sources(Path("no such folder"))
    []
    """
    return sorted((root / "notebooks").glob("*.ipynb")) + sorted((root / "solutions").glob("*/*.ipynb"))


def _source(cell: Cell) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def _tags(cell: Cell) -> list[str]:
    return list(cell.get("metadata", {}).get("tags", []))


def _is_lesson(path: Path) -> bool:
    return path.parent.name not in ("solutions", "exercises") and path.parent.name != path.stem


def _name(path: Path) -> str:
    absolute = path.resolve()
    return absolute.relative_to(ROOT).as_posix() if absolute.is_relative_to(ROOT) else path.name


_FENCE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$", re.MULTILINE)


def _headings(markdown: str) -> list[tuple[int, str]]:
    return [(len(marks), words) for marks, words in _HEADING.findall(_FENCE.sub("", markdown))]


# ----------------------------------------------------------------------------------------- house form

# What JupyterLab, nbclient and editors add and nobody reads; tags and nbgrader's own settings stay.
_KEPT_CELL_METADATA = ("csmodels", "tags", "nbgrader", "deletable", "editable")
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_UNNAMED = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8}|[0-9a-f]{32}|cell-[0-9a-f]{8,}|id\d+|\d+|"
)


def _unnamed(identifier: str) -> bool:
    return _UNNAMED.fullmatch(identifier) is not None


def _slug(words: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
    return plain[:40].rstrip("-") if re.match(r"[a-z]", plain) else ""


def _house_form(notebook: Notebook) -> Notebook:
    cells: list[Cell] = []
    taken = {str(cell.get("id", "")) for cell in notebook["cells"]}
    heading = ""
    for cell in notebook["cells"]:
        metadata = cell.get("metadata", {})
        kept = {key: metadata[key] for key in _KEPT_CELL_METADATA if metadata.get(key) not in (None, [])}
        text = _source(cell)
        new: Cell = {
            "cell_type": cell["cell_type"],
            "id": str(cell.get("id", "")),
            "metadata": kept,
            "source": text.splitlines(keepends=True),
        }
        own = _headings(text) if cell["cell_type"] == "markdown" else []
        heading = _slug(own[0][1]) if own else heading
        if cell["cell_type"] == "code":
            new.update(execution_count=None, outputs=[])
        elif cell.get("attachments"):
            new["attachments"] = cell["attachments"]
        graded = kept.get("nbgrader", {}).get("grade_id", "")
        if graded:
            new["id"] = graded
        elif _unnamed(new["id"]):
            kind = "" if own else {"markdown": "-text", "code": "-code"}.get(cell["cell_type"], "-raw")
            base = (heading or "cell") + kind
            proposals = (base if number == 1 else f"{base}-{number}" for number in range(1, 1000))
            new["id"] = next(name for name in proposals if name not in taken)
        taken.add(new["id"])
        cells.append(new)
    metadata = {"kernelspec": _KERNEL, "language_info": {"name": "python"}}
    if "nbgrader" in notebook.get("metadata", {}):
        metadata["nbgrader"] = notebook["metadata"]["nbgrader"]
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def format_text(content: str) -> str:
    """Put a notebook into the house form: no outputs, no counts, named cells, stable JSON.

    Parameters
    ----------
    content : str
        The notebook, as JSON of format 4.

    Returns
    -------
    str
        The same notebook; formatting it again changes nothing.

    Raises
    ------
    ValueError
        If it is no notebook of format 4.

    Examples
    --------
    >>> cell = {"cell_type": "markdown", "id": "0a1b2c3d", "metadata": {}, "source": "## The sign of a gap"}
    >>> raw = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    >>> json.loads(format_text(raw))["cells"][0]["id"]
    'the-sign-of-a-gap'
    """
    try:
        notebook = json.loads(content)
        if notebook["nbformat"] != 4:
            raise ValueError(f"nbformat {notebook['nbformat']}, not 4")
        formed = _house_form(notebook)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no notebook of format 4: {error!r}") from error
    # The separators and the order of the keys are those of nbformat and ruff.
    return json.dumps(formed, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


# ------------------------------------------------------------------------------------------------ lint


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
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "m05_kano.ipynb"
    ...     _ = path.write_text("{}", encoding="utf-8")
    ...     print(lint(path)[0].what)
    is no notebook of format 4: KeyError('nbformat')
    """
    file = _name(path)
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
    lesson = _is_lesson(path)
    for cell in cells:
        if cell["cell_type"] == "code":
            found += [Problem(file, cell.get("id", "?"), *each) for each in _lint_code(_source(cell), lesson)]
    if lesson:
        found += [Problem(file, *each) for each in _lint_lesson(path.stem[:3], cells)]
        found += [Problem(file, *each) for each in _lint_asked(path.stem[:3], cells)]
    return found


Finding = tuple[str, str, str]
"""Cell, what is wrong, what to do."""


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
        elif _unnamed(name):
            todo = "name it in the Create Assignment toolbar" if graded else "run `make format`, then name it"
            yield where, "has no name that says what it is", todo
            before = before and bool(graded)
        elif not re.fullmatch(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*", name) or len(name) > 64:
            yield where, "has an odd id", "use words in lower case, joined by hyphens"
        if name in seen:
            yield where, "has the id of another cell", "give it a name of its own"
        seen.add(name)
        if not _source(cell).strip():
            yield where, "is empty", "delete it"
    if before and not formed:
        yield "notebook", "is not in the house form (metadata or JSON layout)", "run `make format`"


def _lint_headings(cells: list[Cell]) -> Iterator[Finding]:
    last = 0
    for number, cell in enumerate(cells):
        for level, words in _headings(_source(cell)) if cell["cell_type"] == "markdown" else []:
            where = cell.get("id", "?")
            if level == 1 and (number or last):
                yield where, f'"{words}" is another first-level heading', "use ## or deeper"
            elif level > last + 1 and last:
                yield where, f'"{words}" jumps from level {last} to {level}', f"use {'#' * (last + 1)}"
            last = level
    if not cells or not any(level == 1 for level, _ in _headings(_source(cells[0]))):
        yield "notebook", "does not open with a title", "begin the first cell with `# Title`"


_LINK = re.compile(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")


def _lint_links(path: Path, cells: list[Cell]) -> Iterator[Finding]:
    for cell in cells:
        if cell["cell_type"] != "markdown":
            continue
        text = re.sub(r"`[^`\n]+`", "", _FENCE.sub("", _source(cell)))
        hrefs = re.findall(r"<(?:a|img)\b[^>]*?\b(?:href|src)=[\"']([^\"']+)", text)
        for target in _LINK.findall(text) + hrefs:
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
    titles = [words for cell in cells for _, words in _headings(_source(cell))]
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


# --------------------------------------------------------------------------------- a lesson's anatomy

# role: cell types; the order of _FRAME is the order of the lesson.
_ROLES = {
    "title": "markdown",
    "question": "markdown",
    "recall": "any",
    "setup": "code",
    "card": "any",
    "predict": "markdown",
    "guess": "code",
    "run": "code",
    "explain": "markdown",
    "mistake": "markdown",
    "check": "code",
    "widget": "code",
    "static": "code",
    "worked": "code",
    "blanks": "code",
    "misleads": "markdown",
    "realdata": "any",
    "account": "code",
    "decision": "any",
    "wrapup": "markdown",
    "replay": "code",
    "quiz": "code",
    "summary-zh": "markdown",
    "sources": "markdown",
}
_FRAME = (
    *("question", "recall", "setup", "card", "misleads", "account", "decision"),
    *("wrapup", "replay", "quiz", "summary-zh", "sources"),
)
_ORDER = (
    *("title", "question", "setup", "misleads", "account"),
    *("wrapup", "replay", "quiz", "summary-zh", "sources"),
)
_PRACTICE = ("widget", "static", "worked", "blanks")
_LOOP = ("predict", "run", "explain", "mistake", "check")
_SHORT = ("m00", "m10")
"""Modules of another shape: the start, and the capstone."""


def _role(name: str) -> str:
    plain = re.sub(r"-\d+$", "", name)
    return next((role for role in _ROLES if plain == role or plain.endswith(f"-{role}")), "")


def _words(markdown: str) -> int:
    prose = re.sub(r"`[^`]*`|\$[^$]*\$|<[^>]+>|https?://\S+", " ", _LINK.sub("]", _FENCE.sub("", markdown)))
    return len(re.findall(r"[A-Za-z0-9][A-Za-z0-9'’.,-]*", prose))


def _lint_lesson(module: str, cells: list[Cell]) -> Iterator[Finding]:
    short = module in _SHORT
    least = 15 if short else 25
    core = [cell for cell in cells if "deeper" not in _tags(cell)]
    if not least <= len(core) <= 50:
        yield (
            "notebook",
            f"has {len(core)} core cells",
            f"{least} to 50; deeper ones do not count",
        )
    yield from _lint_title(cells)
    for cell in cells[1:]:
        if sum(tag in ("core", "deeper") for tag in _tags(cell)) != 1:
            yield (
                cell.get("id", "?"),
                "is not tagged for one track",
                "add the tag core or deeper, one of them",
            )
        kind = _ROLES.get(role := _role(cell.get("id", "")), "any")
        if kind not in ("any", cell["cell_type"]):
            yield (
                cell.get("id", "?"),
                f"is {cell['cell_type']}; a cell -{role} is {kind}",
                "rename or retype it",
            )
    yield from _lint_length(cells, core, least=300 if short else 1200)
    yield from _lint_anatomy(cells, core, short)
    yield from _lint_core_names(cells)


def _lint_title(cells: list[Cell]) -> Iterator[Finding]:
    if not cells or _role(cells[0].get("id", "")) != "title" or cells[0]["cell_type"] != "markdown":
        yield "notebook", "does not begin with the cell `title`", "title, minutes, objectives, needs"
        return
    where, text = cells[0]["id"], _source(cells[0])
    for track in ("core", "deeper"):
        if not re.search(rf"\b{track}:?\s+\d+\s+min", text, re.IGNORECASE):
            yield where, f"does not say the minutes of {track}", "write `Core 20 min · deeper 25 min`"
    items = re.split(r"^\s*\d+[.)]\s", text, flags=re.MULTILINE)[1:]
    if not 3 <= len(items) <= 5:
        yield where, f"has {len(items)} numbered objectives", "3 to 5 of them"
    for number, item in enumerate(items, 1):
        item = item.split("\n\n")[0]
        if len(re.findall(r"[A-Za-z]{2,}", item)) < 3 or len(re.findall(r"[\u4e00-\u9fff]", item)) < 4:
            yield (
                where,
                f"objective {number} is not in both languages",
                "English and Chinese in the same item",
            )


def _lint_length(cells: list[Cell], core: list[Cell], *, least: int) -> Iterator[Finding]:
    def count(some: list[Cell]) -> int:
        return sum(
            _words(_source(cell))
            for cell in some
            if cell["cell_type"] == "markdown" and _role(cell.get("id", "")) not in ("title", "sources")
        )

    if count(cells) < least:
        yield "notebook", f"has {count(cells)} words", f"at least {least}"
    if count(core) > 2000:
        yield "notebook", f"has {count(core)} words outside deeper cells", "at most 2000"


def _lint_anatomy(cells: list[Cell], core: list[Cell], short: bool) -> Iterator[Finding]:
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for place, cell in enumerate(core):
        first.setdefault(_role(cell.get("id", "")), place)
        last[_role(cell.get("id", ""))] = place
    for role in (*_FRAME, *(() if short else _PRACTICE)):
        if role not in first:
            yield "notebook", f"has no core cell `{role}`", f"add one with the id {role} or topic-{role}"
    present = [role for role in _ORDER if role in first]
    for before, after in pairwise(present):
        if first[before] > first[after]:
            yield (
                core[first[before]]["id"],
                f"comes after the cell `{after}`",
                "see docs/lesson-conventions.md",
            )
    if "sources" in last and last["sources"] != len(core) - 1:
        yield core[last["sources"]]["id"], "is not the last cell", "sources come last"
    if sum(_role(cell.get("id", "")) == "setup" for cell in cells) > 1:
        yield "notebook", "has several set-up cells", "keep one"
    for place, cell in enumerate(cells):
        role, text = _role(cell.get("id", "")), _source(cell)
        if role in ("question", "predict") and not re.search(r"[?？]", text):
            yield cell["id"], "asks nothing", "put the question, with its question mark"
        if role == "widget" and not re.search(r"[?？]", _source(cells[place - 1])):
            yield cell["id"], "is not introduced by a question", "ask in the markdown cell before it"
        if role in ("check", "quiz") and not re.search(r"\bcheck\.\w+\(", text):
            yield cell["id"], "checks nothing", 'call check.ask("…")'
        if role == "summary-zh":
            lines = [line for line in text.splitlines() if len(re.findall(r"[\u4e00-\u9fff]", line)) > 5]
            if not 8 <= len(lines) <= 12:
                yield cell["id"], f"has {len(lines)} Chinese lines", "a ten-line summary (8 to 12)"
    topics = [re.sub(r"-?predict(-\d+)?$", "", name) for name in _ids(cells) if _role(name) == "predict"]
    whole = 0
    for topic in topics:
        problems = list(_lint_loop(topic, cells))
        yield from problems
        whole += not problems and _loop_id(topic, "predict") in _ids(core)
    least = 1 if short else 3
    if whole < least:
        yield "notebook", f"has {whole} complete loops in core", f"{', '.join(_LOOP)}: at least {least}"


def _ids(cells: list[Cell]) -> list[str]:
    return [str(cell.get("id", "")) for cell in cells]


def _loop_id(topic: str, role: str) -> str:
    return f"{topic}-{role}" if topic else role


def _lint_loop(topic: str, cells: list[Cell]) -> Iterator[Finding]:
    places: list[int] = []
    names = _ids(cells)
    for role in _LOOP:
        name = _loop_id(topic, role)
        if name not in names:
            yield _loop_id(topic, "predict"), f"opens a loop that has no cell {name}", "add it"
        else:
            places.append(names.index(name))
    if places != sorted(places):
        yield _loop_id(topic, "predict"), "opens a loop out of order", " → ".join(_LOOP)
    tracks = {tag for place in places for tag in _tags(cells[place]) if tag in ("core", "deeper")}
    if len(tracks) > 1:
        yield _loop_id(topic, "predict"), "opens a loop that mixes core and deeper", "tag all five alike"


def _lint_core_names(cells: list[Cell]) -> Iterator[Finding]:
    """Core cells must not need what only a deeper cell defines."""
    core: set[str] = set(dir(builtins))
    deeper: set[str] = set()
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        try:
            tree = ast.parse(_source(cell))
        except SyntaxError:
            continue
        is_deeper = "deeper" in _tags(cell)
        nodes = list(ast.walk(tree))
        made = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        made |= {
            (each.asname or each.name).split(".")[0]
            for node in nodes
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for each in node.names
        }
        made |= {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        made |= {node.arg for node in nodes if isinstance(node, ast.arg)}
        used = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        if is_deeper:
            deeper |= made
            continue
        core |= made
        for name in sorted((used & deeper) - core):
            yield cell.get("id", "?"), f"is core and uses {name} of a deeper cell", "define it in a core cell"


# ------------------------------------------------------------------------------------- micro-checks


def _asked(cells: list[Cell]) -> Iterator[tuple[Cell, str, str]]:
    """Cell, function (ask or predict) and id of everything that a lesson asks."""
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        try:
            tree = ast.parse(_source(cell))
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in ("ask", "predict") and isinstance(node.args[0].value, str):
                    yield cell, name, node.args[0].value


def _lint_asked(module: str, cells: list[Cell]) -> Iterator[Finding]:
    file = CHECKS / f"{module}.toml"
    items: dict[str, Any] = {}
    if file.is_file():
        items = tomllib.loads(file.read_text(encoding="utf-8")).get("items", {})
    for cell, function, name in _asked(cells):
        if not name.startswith(f"{module}-"):
            yield cell["id"], f'asks "{name}"', f"begin the id with {module}-"
        elif function == "ask" and name not in items:
            yield cell["id"], f'asks "{name}", which checks/{module}.toml does not hold', "write the item"
        elif function == "ask" and _gives_away(_source(cell).replace(name, ""), items[name]):
            yield cell["id"], f'gives away the answer of "{name}"', "leave the question alone in its cell"


def _gives_away(code: str, item: dict[str, Any]) -> bool:
    """Whether a cell names the right answer without naming all the others as well."""

    def says(*words: object) -> bool:
        return any(re.search(rf"(?<![\w.]){re.escape(str(word))}(?![\w.])", code) for word in words if word)

    options: dict[str, Any] = item.get("options", {})
    wordings = {
        letter: [letter, *(texts.values() if isinstance(texts, dict) else [texts])]
        for letter, texts in options.items()
    }
    answer = str(item.get("answer", ""))
    told = wordings.pop(answer, [answer])
    return says(*told) and not (wordings and all(says(*words) for words in wordings.values()))


def lint_checks(file: Path, root: Path = ROOT) -> list[Problem]:
    """Check a file of check items: its form, and that every anchor names a cell of its lesson.

    Parameters
    ----------
    file : Path
        ``checks/mNN.toml``.
    root : Path, optional
        The folder of the course, with ``notebooks`` in it.

    Returns
    -------
    list of Problem
        Empty if all is well, or if the lesson is not written yet.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "m99.toml"
    ...     _ = file.write_text("lesson = 'm99_none'", encoding="utf-8")
    ...     lint_checks(file)
    []
    """
    from csmodels_helpers import check

    where = f"checks/{file.name}"
    found = [
        Problem(where, words.removeprefix(f"{file.name}: "), "breaks the form", "see checks/README.md")
        for words in check.validate_file(file)
    ]
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return found
    lesson = root / "notebooks" / f"{content.get('lesson', '')}.ipynb"
    if not lesson.is_file():
        return found
    names = _ids(json.loads(lesson.read_text(encoding="utf-8"))["cells"])
    for item, anchor in _anchors(content.get("items", {}), ""):
        if anchor not in names:
            found.append(
                Problem(where, item, f'leads to "{anchor}", no cell of {lesson.name}', "name a cell id")
            )
    return found


def _anchors(node: Any, where: str) -> Iterator[tuple[str, str]]:
    for key, value in node.items() if isinstance(node, dict) else ():
        if key == "anchor" and isinstance(value, str):
            yield where, value
        else:
            yield from _anchors(value, f"{where}.{key}".strip("."))


# -------------------------------------------------------------------------------------------- numerals

# What is no measured number, in the order of taking it out.
_FREE = [
    re.compile(pattern, re.MULTILINE | re.DOTALL)
    for pattern in (
        r"^(```|~~~).*?^\1[^\n]*$",  # code
        r"`[^`]*`",
        r"\$\$.*?\$\$|(?<![\\\w])\$(?=\S)[^$\n]*?(?<=\S)\$(?!\d)",  # mathematics
        r"<!--.*?-->|<[A-Za-z/][^>]*>",
        r"(?<=\])\(<?[^)\s]+>?(?:\s+\"[^\"]*\")?\)|https?://\S+",  # where links lead
        r"^#{1,6}\s+\d+(?:\.\d+)*[.)、]?\s|^\s*(?:>\s*)*\d+[.)、]\s",  # numbers of headings and lists
        r"\b(?:19|20)\d\d-\d\d(?:-\d\d)?\b|\b\d{1,2}:\d\d\b",  # dates, times of day
        r"\b(?:ISO|IEC|GB/T|DIN|EN)(?:[/ ](?:IEC|TS|TR))?[ -]?\d+(?:[-–:]\d+)*",  # standards
        r"(?<![\d.])\d{1,2}[×x]\d{1,2}(?![\d.])",  # 5×5, 2×2
        r"[A-Za-z_][A-Za-z_]*-?\d[\w]*(?:[–-]\d+)?",  # m05, Q4, top-2, T1–4
        r"\b\d+(?:st|nd|rd|th)\b",
    )
]
_NUMBER = re.compile(
    r"(?P<sign>(?<![\w.,)\]%–-])[-−+]\s?)?"
    r"(?P<digits>\d{1,3}(?:[,\u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?P<scale>\s?(?:thousand|million|billion)\b|k\b|\s?[千万亿])?"
)
_SCALES = {"thousand": 1e3, "k": 1e3, "million": 1e6, "billion": 1e9, "千": 1e3, "万": 1e4, "亿": 1e8}
_PERCENT = re.compile(r"^[^.;。;\n]{0,40}?(?:[%%]|per ?cent|point|百分)", re.IGNORECASE)


@dataclass(frozen=True)
class _Number:
    written: str
    value: float
    signed: bool
    decimals: int
    scale: float
    percent: bool
    """Whether a per-cent sign or "points" follows."""


def _numbers(text: str) -> Iterator[_Number]:
    for match in _NUMBER.finditer(text):
        digits = re.sub(r"[,\u00a0\u202f]", "", match["digits"])
        sign = (match["sign"] or "").strip()
        value = float(digits) * (-1 if sign in ("-", "−") else 1)
        scale = _SCALES.get((match["scale"] or "").strip(), 1.0)
        decimals = len(digits.partition(".")[2])
        percent = _PERCENT.match(text[match.end() :]) is not None
        yield _Number(match[0].strip(), value, bool(sign), decimals, scale, percent)


def _prose_numbers(markdown: str) -> Iterator[_Number]:
    for pattern in _FREE:
        markdown = pattern.sub(" ", markdown)
    for number in _numbers(markdown):
        year = number.written.isdigit() and 1900 <= number.value <= 2099 and len(number.written) == 4
        if not year:
            yield number


def _met(number: _Number, shown: Sequence[float]) -> bool:
    """Whether some number shown rounds to this one at the precision that is written.

    Without a sign the size alone counts ("falls by 0.42" is met by −0.42); with one the sign counts too.
    A share stands for a percentage only where a per-cent sign or "points" follows.
    """
    half = 0.5 * 10.0**-number.decimals * (1 + 1e-9) + 1e-12
    factors = [1.0, 1 / number.scale] if number.scale != 1 else [1.0, 100.0] if number.percent else [1.0]
    wanted = number.value if number.signed else abs(number.value)
    return any(
        abs((value if number.signed else abs(value)) * factor - wanted) <= half
        for value in shown
        for factor in factors
    )


def outputs(notebook: Notebook) -> Iterator[tuple[Cell, dict[str, Any]]]:
    """Go through every output of an executed notebook, those inside widgets included.

    Parameters
    ----------
    notebook : dict
        An executed notebook.

    Yields
    ------
    tuple
        The cell, and the output as nbformat writes it. Outputs inside widgets come with the empty cell.

    Examples
    --------
    >>> cell = {"id": "a", "cell_type": "code", "outputs": [{"output_type": "stream", "text": "1"}]}
    >>> [each["text"] for _, each in outputs({"cells": [cell], "metadata": {}})]
    ['1']
    """
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            yield cell, output
    for state in _widget_states(notebook):
        for output in state.get("outputs", []):
            yield {}, output


def _widget_states(notebook: Notebook) -> Iterator[dict[str, Any]]:
    widgets = notebook.get("metadata", {}).get("widgets", {})
    for model in widgets.get("application/vnd.jupyter.widget-state+json", {}).get("state", {}).values():
        yield model.get("state", {})


def _joined(text: Any) -> str:
    return "".join(text) if isinstance(text, list) else str(text)


def _plain(markup: str) -> str:
    """Text of HTML, with the alt texts of its pictures."""
    markup = re.sub(r"<(style|script)\b.*?</\1>", " ", markup, flags=re.DOTALL | re.IGNORECASE)
    alts = " ".join(html.unescape(alt) for alt in re.findall(r'<img\b[^>]*?\balt="([^"]*)"', markup))
    return html.unescape(re.sub(r"<[^>]+>", " ", markup)) + " " + alts


def _shown(notebook: Notebook, figures: Iterable[dict[str, Any]]) -> list[float]:
    """All numbers that a trainee sees in outputs, figures, widgets and code."""
    texts: list[str] = []
    for _, output in outputs(notebook):
        data: dict[str, Any] = output.get("data", {})
        texts.append(_joined(output.get("text", "")))
        for kind in ("text/html", "text/markdown", "text/plain"):
            if kind in data:
                texts.append(_plain(_joined(data[kind])))
                break
    for state in _widget_states(notebook):
        seen = (
            state.get(name) for name in ("description", "value", "_options_labels", "placeholder", "tooltip")
        )
        texts += [_plain(str(each)) for each in seen if each is not None]
    for figure in figures:
        texts += [figure.get("alt", ""), *figure.get("texts", [])]
        texts += [str(ax.get(name, "")) for ax in figure["axes"] for name in ("title", "xlabel", "ylabel")]
    for cell in notebook["cells"]:
        texts += _literals(_source(cell)) if cell["cell_type"] == "code" else []
    return sorted({number.value * number.scale for text in texts for number in _numbers(text)})


def _literals(code: str) -> Iterator[str]:
    """Numbers and strings of code, without its comments."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            yield ast.unparse(node)
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float, str)):
            yield str(node.value)


def numerals(
    notebook: Notebook, figures: Iterable[dict[str, Any]] = (), *, file: str = "notebook"
) -> list[Problem]:
    """Hold the prose of an executed notebook to what the notebook computed.

    Every numeral in Markdown must be met: some number in an output, an alt text, a figure's words, a widget
    or a literal of the code rounds to it at the precision written, as it stands, or times 100 where a
    per-cent sign or "points" follows. Not counted are numbers in words, years, code, mathematics, link
    targets, numbers of lists and headings, dates, standards and names, the title cell and the sources.

    Parameters
    ----------
    notebook : dict
        An executed notebook.
    figures : iterable of dict, optional
        What :func:`execute` noted of its figures.
    file : str, optional
        How to call the notebook in the report.

    Returns
    -------
    list of Problem
        One for each numeral that nothing meets, with the nearest number that was shown.

    Examples
    --------
    >>> prose = {"id": "explain", "cell_type": "markdown", "source": "41 % are annoyed, 12 of 600."}
    >>> ran = {"id": "run", "cell_type": "code", "source": "n = 600",
    ...        "outputs": [{"output_type": "stream", "text": "share 0.4138, 13 of them"}]}
    >>> for problem in numerals({"cells": [prose, ran], "metadata": {}}):
    ...     print(problem)
    notebook › explain: says 12, and no output does (nearest: 13); compute it above, or write it in words
    """
    shown = _shown(notebook, figures)
    found: list[Problem] = []
    for cell in notebook["cells"]:
        if cell["cell_type"] != "markdown" or _role(cell.get("id", "")) in ("title", "sources"):
            continue
        for number in _prose_numbers(_source(cell)):
            if not _met(number, shown):
                what = f"says {number.written}, and no output does{_nearest(number, shown)}"
                found.append(Problem(file, cell["id"], what, "compute it above, or write it in words"))
    return found


def _nearest(number: _Number, shown: Sequence[float]) -> str:
    if not shown:
        return ""
    wanted = number.value * number.scale
    candidates = [*shown, *(value * 100 for value in shown if number.percent)]
    return f" (nearest: {min(candidates, key=lambda value: abs(value - wanted)):.10g})"


# ------------------------------------------------------------------------------------------------- run

# Warnings of other people's packages that we know and cannot mend: (message, module, why and since when).
_THIRD_PARTY_WARNINGS: tuple[tuple[str, str, str], ...] = ()

# No cell of ours waits for anything, so a kernel that does no work has lost a message (seen with ipykernel
# 7.4: about one run in thirty stands still). Then it is stopped and run once more.
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
        return _name(self.path)


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
    run = _try_once(path, language, timeout)
    if run is None:  # jupyter lost a message; that says nothing about the notebook, so once more
        run = _try_once(path, language, timeout)
    if run is None:
        source: Notebook = json.loads(path.read_text(encoding="utf-8"))
        error = f"stood still for {_STILL_SECONDS} s, twice"
        run = Run(path, language, source, [], 0.0, 0.0, error)
    return replace(run, seconds=time.monotonic() - begun)


def _try_once(path: Path, language: str, timeout: float) -> Run | None:
    """Execute a notebook in a temporary folder; None if Jupyter stood still."""
    with tempfile.TemporaryDirectory(prefix="csmodels-run-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "work").mkdir()
        error = _run_child(path, folder, language, timeout)
        if error is None:
            return None
        result = folder / "result.json"
        notebook = json.loads((result if result.is_file() else path).read_text(encoding="utf-8"))
        records = folder / "figures.jsonl"
        lines = records.read_text(encoding="utf-8").splitlines() if records.is_file() else []
        figures = [json.loads(line) for line in lines]
        return Run(path, language, notebook, figures, 0.0, _pulse(folder / "pulse.txt"), error)


def _run_child(path: Path, folder: Path, language: str, timeout: float) -> str | None:
    """Run the child under a watchdog; return why it stopped, or None if it stood still."""
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
                return f"was still running after {timeout:g} s" if now > deadline else None
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


def _child(path: Path, folder: Path, timeout: float) -> int:
    """Execute a notebook in this process and leave the result in the folder."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook: Any = nbformat.read(path, as_version=4)
    first: Any = nbformat.v4.new_code_cell(
        f"__import__('csmodels_helpers.notebooks').notebooks.watch({str(folder)!r})",
        id="csmodels-watch",
    )
    last: Any = nbformat.v4.new_code_cell(
        "__import__('csmodels_helpers.notebooks').notebooks.watch_ends()", id="csmodels-watch-ends"
    )
    notebook.cells = [first, *notebook.cells, last]
    client = NotebookClient(
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
            tell(cell, f"writes to stderr: {_joined(output['text']).strip()[:300]}", "find the cause")
        for what in _picture_faults(output.get("data", {})):
            tell(cell, what, "label the axes with plots.label after plots.use_style()")
    for figure in run.figures:
        places = [each for each in run.notebook["cells"] if each.get("execution_count") == figure["count"]]
        for missing in figure["unlabelled"]:
            tell(places[0] if places else {}, f"shows a figure without a {missing}", "use plots.label")
    if not run.error and run.language == "en" and _is_lesson(run.path):
        found += numerals(run.notebook, run.figures, file=run.file)
    return found


def _picture_faults(data: dict[str, Any]) -> Iterator[str]:
    markup = _joined(data.get("text/html", ""))
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


# -------------------------------------------------------------------------------------- command line


def _chosen(paths: Sequence[str]) -> list[Path]:
    if not paths:
        return sources()
    places = [Path(path) for path in paths]
    return [
        file for place in places for file in (sorted(place.rglob("*.ipynb")) if place.is_dir() else [place])
    ]


def _format(files: Sequence[Path]) -> int:
    for file in files:
        try:
            content = file.read_text(encoding="utf-8")
            formed = format_text(content)
        except (OSError, ValueError) as error:
            print(Problem(_name(file), "notebook", f"is left as it is: {error}", "open and save it"))
            return 1
        if formed != content:
            file.write_text(formed, encoding="utf-8", newline="\n")
            print(f"{_name(file)}: put into the house form")
    return 0


def _report(problems: Sequence[Problem], looked: str) -> int:
    for problem in problems:
        print(problem)
    print(f"{looked}: {len(problems)} problem{'' if len(problems) == 1 else 's'}")
    return 1 if problems else 0


def _main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["child"]:  # the process that execute() starts
        return _child(Path(arguments[1]), Path(arguments[2]), float(arguments[3]))
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    parser = argparse.ArgumentParser(prog="python -m csmodels_helpers.notebooks", description=__doc__)
    parser.add_argument("command", choices=("format", "lint", "run"))
    parser.add_argument("paths", nargs="*", help="notebooks or folders (all sources by default)")
    parser.add_argument("--language", choices=("en", "zh_CN"), default="en", help="for run")
    chosen = parser.parse_args(arguments)
    files = _chosen(chosen.paths)
    if chosen.command == "format":
        return _format(files)
    if chosen.command == "lint":
        found = [problem for file in files for problem in lint(file)]
        checks = [] if chosen.paths else sorted(CHECKS.glob("*.toml"))
        found += [problem for file in checks for problem in lint_checks(file)]
        return _report(found, f"{len(files)} notebooks")
    found = []
    for file in files:
        run = execute(file, language=chosen.language)
        print(f"{run.file}: {run.seconds:.1f} s ({run.work:.1f} of work), {len(run.figures)} figures")
        found += run_problems(run)
    return _report(found, f"{len(files)} notebooks run")


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
