"""A lesson's anatomy and its micro-checks, as docs/lesson-conventions.md says."""

from __future__ import annotations

import ast
import builtins
import json
import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from csmodels_helpers.notebooks_cells import (
    CHECKS,
    FENCE,
    LINK,
    ROOT,
    Cell,
    Finding,
    Problem,
    cell_source,
    cell_tags,
)

__all__ = ["lint_checks"]

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


def cell_role(name: str) -> str:
    plain = re.sub(r"-\d+$", "", name)
    return next((role for role in _ROLES if plain == role or plain.endswith(f"-{role}")), "")


def count_words(markdown: str) -> int:
    """Count the words that people read: no code, formulas or addresses.

    Examples
    --------
    >>> count_words("Call `run(3)` after [lunch](https://example.org).")
    3
    """
    prose = re.sub(r"`[^`]*`|\$[^$]*\$|<[^>]+>|https?://\S+", " ", LINK.sub("]", FENCE.sub("", markdown)))
    return len(re.findall(r"[A-Za-z0-9][A-Za-z0-9'’.,-]*", prose))


def lint_lesson(module: str, cells: list[Cell]) -> Iterator[Finding]:
    short = module in _SHORT
    least = 15 if short else 25
    core = [cell for cell in cells if "deeper" not in cell_tags(cell)]
    if not least <= len(core) <= 50:
        yield (
            "notebook",
            f"has {len(core)} core cells",
            f"{least} to 50; deeper ones do not count",
        )
    yield from _lint_title(cells)
    for cell in cells[1:]:
        if sum(tag in ("core", "deeper") for tag in cell_tags(cell)) != 1:
            yield (
                cell.get("id", "?"),
                "is not tagged for one track",
                "add the tag core or deeper, one of them",
            )
        kind = _ROLES.get(role := cell_role(cell.get("id", "")), "any")
        if kind not in ("any", cell["cell_type"]):
            yield (
                cell.get("id", "?"),
                f"is {cell['cell_type']}; a cell -{role} is {kind}",
                "rename or retype it",
            )
    yield from _lint_length(cells, core, least=300 if short else 1200)
    yield from _lint_minutes(cells)
    yield from _lint_anatomy(cells, core, short)
    yield from _lint_core_names(cells)


def _lint_title(cells: list[Cell]) -> Iterator[Finding]:
    if not cells or cell_role(cells[0].get("id", "")) != "title" or cells[0]["cell_type"] != "markdown":
        yield "notebook", "does not begin with the cell `title`", "title, minutes, objectives, needs"
        return
    where, text = cells[0]["id"], cell_source(cells[0])
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


# Words a minute, and minutes a code cell and a question or prediction: the rule of docs/instructor-guide.md.
_PACE = {"core": (200, 0.2, 0.5), "deeper": (100, 1.0, 1.0)}
_ASKS = re.compile(r"\b(?:check\.ask|widgets\.(?:predict|choose|explore|account_note))\(")


def lesson_minutes(cells: list[Cell], track: str) -> int:
    """Minutes that one track of a lesson takes, rounded to five."""
    words, cell_minutes, question = _PACE[track]
    own = [cell for cell in cells if track in cell_tags(cell)]
    prose = [
        c for c in own if c["cell_type"] == "markdown" and cell_role(c["id"]) not in ("title", "sources")
    ]
    code = [cell_source(cell) for cell in own if cell["cell_type"] == "code"]
    minutes = sum(count_words(cell_source(cell)) for cell in prose) / words + cell_minutes * len(code)
    minutes += question * sum(len(_ASKS.findall(text)) for text in code)
    return max(5, 5 * round(minutes / 5)) if own else 0


def _lint_minutes(cells: list[Cell]) -> Iterator[Finding]:
    for track in ("core", "deeper"):
        stated = re.search(rf"\b{track}:?\s+(\d+)\s+min", cell_source(cells[0]), re.IGNORECASE)
        minutes = lesson_minutes(cells, track)
        if stated and int(stated.group(1)) != minutes:
            found = f"says {stated.group(1)} minutes of {track}, which takes {minutes}"
            yield cells[0]["id"], found, "state what the rule in docs/instructor-guide.md gives"


def _lint_length(cells: list[Cell], core: list[Cell], *, least: int) -> Iterator[Finding]:
    def count(some: list[Cell]) -> int:
        return sum(
            count_words(cell_source(cell))
            for cell in some
            if cell["cell_type"] == "markdown" and cell_role(cell.get("id", "")) not in ("title", "sources")
        )

    if count(cells) < least:
        yield "notebook", f"has {count(cells)} words", f"at least {least}"
    if count(core) > 2000:
        yield "notebook", f"has {count(core)} words outside deeper cells", "at most 2000"


def _lint_anatomy(cells: list[Cell], core: list[Cell], short: bool) -> Iterator[Finding]:
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for place, cell in enumerate(core):
        first.setdefault(cell_role(cell.get("id", "")), place)
        last[cell_role(cell.get("id", ""))] = place
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
    if sum(cell_role(cell.get("id", "")) == "setup" for cell in cells) > 1:
        yield "notebook", "has several set-up cells", "keep one"
    for place, cell in enumerate(cells):
        role, text = cell_role(cell.get("id", "")), cell_source(cell)
        if role in ("question", "predict") and not re.search(r"[?？]", text):
            yield cell["id"], "asks nothing", "put the question, with its question mark"
        if role == "widget" and not re.search(r"[?？]", cell_source(cells[place - 1])):
            yield cell["id"], "is not introduced by a question", "ask in the markdown cell before it"
        if role in ("check", "quiz") and not re.search(r"\bcheck\.\w+\(", text):
            yield cell["id"], "checks nothing", 'call check.ask("…")'
        if role == "summary-zh":
            lines = [line for line in text.splitlines() if len(re.findall(r"[\u4e00-\u9fff]", line)) > 5]
            if not 8 <= len(lines) <= 12:
                yield cell["id"], f"has {len(lines)} Chinese lines", "a ten-line summary (8 to 12)"
    topics = [re.sub(r"-?predict(-\d+)?$", "", name) for name in _ids(cells) if cell_role(name) == "predict"]
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
    tracks = {tag for place in places for tag in cell_tags(cells[place]) if tag in ("core", "deeper")}
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
            tree = ast.parse(cell_source(cell))
        except SyntaxError:
            continue
        is_deeper = "deeper" in cell_tags(cell)
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


def _asked(cells: list[Cell]) -> Iterator[tuple[Cell, str, str]]:
    """Cell, function (ask or predict) and id of everything that a lesson asks."""
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        try:
            tree = ast.parse(cell_source(cell))
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in ("ask", "predict") and isinstance(node.args[0].value, str):
                    yield cell, name, node.args[0].value


def lint_asked(module: str, cells: list[Cell]) -> Iterator[Finding]:
    file = CHECKS / f"{module}.toml"
    items: dict[str, Any] = {}
    if file.is_file():
        items = tomllib.loads(file.read_text(encoding="utf-8")).get("items", {})
    for cell, function, name in _asked(cells):
        if not name.startswith(f"{module}-"):
            yield cell["id"], f'asks "{name}"', f"begin the id with {module}-"
        elif function == "ask" and name not in items:
            yield cell["id"], f'asks "{name}", which checks/{module}.toml does not hold', "write the item"
        elif function == "ask" and _gives_away(cell_source(cell).replace(name, ""), items[name]):
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
    >>> import tempfile
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
