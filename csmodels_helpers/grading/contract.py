"""The contract of the test cells, checked on ``solutions/`` without running anything.

A test cell asks the trainee's names for plain values and lets ``check.*`` judge them; nothing else. Then it
acts alike in Jupyter and in a judge that never shares a process with the trainee's code. The rules and their
reasons are in ``docs/grading.md``. ``python -m csmodels_helpers.grading.contract`` ends with 1 if any is
broken.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import importlib
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from csmodels_helpers.grading import course
from csmodels_helpers.grading.release import misspelt_markers, regions, stubbed
from csmodels_helpers.language import text
from csmodels_helpers.notebooks import Problem
from csmodels_helpers.notebooks_lesson import count_words

__all__ = ["GradedCell", "graded_cells", "lint", "minutes", "problems"]

TRACKS = ("core", "deeper")
FEWEST, MOST, CORE_SHARE = 6, 10, 0.6
# The rule of docs/instructor-guide.md: words a minute, and minutes for an answer.
WORDS_A_MINUTE = {"core": 200, "deeper": 100}
ANSWER_MINUTES, FUNCTION_MINUTES, WRITTEN_MINUTES = 1.5, 9, 4

_LIBRARIES = ("csmodels_helpers", "numpy", "pandas")
_CHECKS = ("equal", "choice", "names", "run", "raises", "stdout", "figure", "unchanged", "condition")
_CALLING = {"run": 1, "unchanged": 1, "stdout": 1, "raises": 2}  # where the trainee's function stands
_TRICKS = frozenset(
    {"eval", "exec", "globals", "locals", "vars", "getattr", "setattr", "delattr", "__import__", "open"}
    | {"compile", "input", "breakpoint", "exit", "quit", "dir", "memoryview", "super", "type", "get_ipython"}
)
_ITERATORS = ("iter", "map", "filter", "zip", "reversed", "enumerate")
_NOT_PLAIN: dict[type[ast.AST], str] = {
    ast.ClassDef: "class",
    ast.FunctionDef: "function",
    ast.AsyncFunctionDef: "function",
    ast.Lambda: "function",
    ast.GeneratorExp: "generator",
    ast.Yield: "generator",
    ast.YieldFrom: "generator",
    ast.Await: "generator",
    ast.Try: "try",
    ast.TryStar: "try",
    ast.Assert: "assert",
    ast.Global: "scope",
    ast.Nonlocal: "scope",
    ast.With: "with",
    ast.AsyncWith: "with",
    ast.Delete: "delete",
}


@dataclass
class GradedCell:
    """One test cell of an assignment.

    Parameters
    ----------
    cell : str
        Its id.
    item : str
        The item that its checks name, "" if they name none or several.
    points : float
        What it is worth.
    track : str
        "core" or "deeper", "" if the tags do not say it.
    solution : str
        Id of the solution cell before it.
    visible, hidden : str
        Its two parts.
    written : bool
        Whether it is an answer in words that people mark.
    """

    cell: str
    item: str
    points: float
    track: str
    solution: str
    visible: str = ""
    hidden: str = ""
    written: bool = False


@dataclass
class _Names:
    """What the cells before a test cell have bound."""

    values: set[str] = field(default_factory=set[str])
    functions: set[str] = field(default_factory=set[str])
    modules: dict[str, str] = field(default_factory=dict[str, str])
    generators: set[str] = field(default_factory=set[str])

    @property
    def student(self) -> set[str]:
        return self.values | self.functions


def graded_cells(notebook: dict[str, Any]) -> list[GradedCell]:
    """List what is graded in a source notebook: test cells and written answers.

    Parameters
    ----------
    notebook : dict
        As :func:`course.read_notebook` returns it.

    Returns
    -------
    list of GradedCell
        In the order of the notebook.

    Examples
    --------
    >>> graded_cells({"cells": []})
    []
    """
    found: list[GradedCell] = []
    solution = ""
    for cell in notebook["cells"]:
        stamp, name = course.stamp(cell), str(cell.get("id", ""))
        if stamp.get("solution") and not stamp.get("grade"):
            solution = name
        if not stamp.get("grade"):
            continue
        tags = [tag for tag in cell.get("metadata", {}).get("tags", []) if tag in TRACKS]
        track = tags[0] if len(tags) == 1 else ""
        points = float(stamp.get("points") or 0)
        if stamp.get("solution"):
            found.append(GradedCell(name, name, points, track, name, written=True))
            continue
        hidden, visible = _parts(cell["source"])
        items = _items(f"{visible}\n{hidden}")
        item = next(iter(items)) if len(items) == 1 else ""
        found.append(GradedCell(name, item, points, track, solution, visible, hidden))
    return found


def _parts(source: str, region: str = "HIDDEN TESTS") -> tuple[str, str]:
    try:
        hidden, visible = regions(source, region)
    except ValueError:
        return "", source
    return "\n".join(hidden), "\n".join(visible)


def _items(code: str) -> set[str]:
    return {
        str(call.args[0].value)
        for call in _check_calls(_parse(code))
        if call.args and isinstance(call.args[0], ast.Constant)
    }


def _parse(code: str) -> ast.Module:
    try:
        return ast.parse(code)
    except SyntaxError:
        return ast.Module([], [])


def _check_name(call: ast.Call) -> str:
    """Return the function of ``check`` that is called, "" if it is none."""
    function = call.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return function.attr if function.value.id == "check" else ""
    return ""


def _check_calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _check_name(node)]


# -------------------------------------------------------------------------------------- the notebook


def problems(path: str | Path) -> list[Problem]:
    """Check one source notebook.

    Parameters
    ----------
    path : str or Path
        ``solutions/<name>/<name>.ipynb``.

    Returns
    -------
    list of Problem
        File, cell id, what is wrong, and what to do.

    Examples
    --------
    >>> problems(course.ROOT / "solutions" / "m05_kano" / "m05_kano.ipynb")
    []
    """
    file = Path(path)
    shown = f"solutions/{file.parent.name}/{file.name}"
    try:
        notebook = course.read_notebook(file)
    except (OSError, ValueError) as error:
        return [_problem(shown, "-", "unreadable", reason=error)]
    found = [Problem(shown, cell, what, todo) for cell, what, todo in _notebook(notebook, file.stem[:3])]
    return list(dict.fromkeys(found))


def _problem(file: str, cell: str, rule: str, **values: object) -> Problem:
    _, what, todo = _found(cell, rule, **values)
    return Problem(file, cell, what, todo)


def _found(cell: str, rule: str, **values: object) -> tuple[str, str, str]:
    key = f"grading.contract.{rule}"
    return cell, text(f"{key}.what", **values), text(f"{key}.todo", **values)


def _notebook(notebook: dict[str, Any], module: str) -> Iterator[tuple[str, str, str]]:
    names = _Names()
    ids = Counter(str(cell.get("id", "")) for cell in notebook["cells"])
    solutions_since_test, last_items = 0, set[str]()
    above: list[dict[str, Any]] = []  # the cells since the last graded one
    for cell in notebook["cells"]:
        name, stamp = str(cell.get("id", "?")), course.stamp(cell)
        for line in misspelt_markers(cell["source"]):
            yield _found(name, "marker", line=line.strip())
        for region in ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME"):
            try:
                inside, _ = regions(cell["source"], region)
            except ValueError as error:
                yield _found(name, "region", reason=error)
                continue
            if inside and region == "SOLUTION" and not stamp.get("solution"):
                yield _found(name, "solution_elsewhere")
            if inside and region == "HIDDEN TESTS" and not (stamp.get("grade") and not stamp.get("solution")):
                yield _found(name, "hidden_elsewhere")
        if stamp and any(stamp.get(role) for role in ("grade", "solution", "locked")):
            if stamp.get("grade_id") != name:
                yield _found(name, "grade_id", grade_id=stamp.get("grade_id"))
            if stamp.get("schema_version") != 3:
                yield _found(name, "schema")
            if ids[name] > 1:
                yield _found(name, "twice")
        if stamp.get("task"):
            yield _found(name, "task")
        if stamp.get("grade"):
            yield from _graded(cell, name, stamp)
            if stamp.get("solution"):
                yield from _written(cell, name, above)
            elif cell["cell_type"] != "code":
                yield _found(name, "not_code")
            else:
                items = _items("\n".join(_parts(cell["source"])))
                if not solutions_since_test and items != last_items:
                    yield _found(name, "no_solution")
                solutions_since_test, last_items = 0, items
                yield from _tests(cell["source"], name, module, names)
        elif stamp.get("solution"):
            solutions_since_test += 1
            if "BEGIN SOLUTION" not in cell["source"]:
                yield _found(name, "no_region")
            _bind(cell["source"], names, student=True)
        elif cell["cell_type"] == "code":
            if not stamp.get("locked"):
                yield _found(name, "unlocked")
            _bind(cell["source"], names, student=False)
        above = [] if stamp.get("grade") else [*above, cell]
    yield from _whole(notebook)


def _graded(cell: dict[str, Any], name: str, stamp: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    points: Any = stamp.get("points")
    if isinstance(points, bool) or not isinstance(points, int | float) or points <= 0:
        yield _found(name, "points")
    tags = [tag for tag in cell.get("metadata", {}).get("tags", []) if tag in TRACKS]
    if len(tags) != 1:
        yield _found(name, "track")


def _written(cell: dict[str, Any], name: str, above: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    if cell["cell_type"] != "markdown":
        yield _found(name, "written_code")
    # In a cell that trainees can change, the Formgrader would show their version of it.
    readonly = [other for other in above if course.stamp(other).get("locked")]
    if not any("BEGIN MARK SCHEME" in other["source"] for other in readonly):
        yield _found(name, "rubric")
    if "MARK SCHEME" in cell["source"]:
        yield _found(name, "rubric_in_answer")


def _whole(notebook: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    tracks: dict[str, str] = {}
    written = False
    for test in graded_cells(notebook):
        item = test.item or test.cell
        if tracks.setdefault(item, test.track) != test.track:
            yield _found(test.cell, "two_tracks", item=item)
        written = written or test.written
    if not FEWEST <= len(tracks) <= MOST:
        yield _found("-", "items", n=len(tracks), fewest=FEWEST, most=MOST)
    core = sum(track == "core" for track in tracks.values())
    if tracks and core < CORE_SHARE * len(tracks):
        yield _found("-", "core", n=core, all=len(tracks), share=round(100 * CORE_SHARE))
    if not written:
        yield _found("-", "no_written")
    title = notebook["cells"][0]
    for track in TRACKS:
        stated = re.search(rf"\b{track} (\d+) min", title["source"], re.IGNORECASE)
        taken = minutes(notebook, track)
        if stated and int(stated[1]) != taken:
            yield _found(str(title.get("id")), "minutes", track=track, stated=stated[1], taken=taken)


def minutes(notebook: dict[str, Any], track: str) -> int:
    """Work out the minutes that the items of a track take: reading, answering, writing.

    Parameters
    ----------
    notebook : dict
        As :func:`course.read_notebook` returns it.
    track : {"core", "deeper"}
        The track. What has no tag is read by everybody.

    Returns
    -------
    int
        Whole minutes.

    Examples
    --------
    >>> cell = {"id": "m98-a", "cell_type": "markdown", "source": "word " * 400, "metadata": {}}
    >>> minutes({"cells": [cell]}, "core")
    2
    """
    words = 0
    for cell in notebook["cells"]:
        tags = cell.get("metadata", {}).get("tags", [])
        own = track in tags or (track == "core" and not set(TRACKS) & set(tags))
        if cell["cell_type"] == "markdown" and own and not course.stamp(cell).get("solution"):
            words += count_words("\n".join(_parts(cell["source"], "MARK SCHEME")[1:]))
    tests = [test for test in graded_cells(notebook) if test.track == track]
    judged = {test.item for test in tests if not test.written}
    functions = {
        cell["id"].removesuffix("-answer")
        for cell in notebook["cells"]
        if course.stamp(cell).get("solution") and course.CODE_STUB in stubbed(cell["source"])
    }
    taken = (
        words / WORDS_A_MINUTE[track]
        + FUNCTION_MINUTES * len(judged & functions)
        + ANSWER_MINUTES * len(judged - functions)
        + WRITTEN_MINUTES * sum(test.written for test in tests)
    )
    return round(taken)


def _bind(source: str, names: _Names, *, student: bool) -> None:
    """Note what a cell binds at its top level; in a trainee's cell only those names are asked for."""
    for node in ast.walk(_parse(_without_magics(source))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names.modules[alias.asname or alias.name.partition(".")[0]] = alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                names.modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    if not student:
        return
    for statement in _parse(_without_magics(source)).body:
        if isinstance(statement, ast.FunctionDef):
            names.functions.add(statement.name)
        else:
            names.values |= _targets(statement)


def student_names(notebook: dict[str, Any]) -> set[str]:
    r"""List the names that the solution cells bind: those that a judge asks the trainee's process for.

    Parameters
    ----------
    notebook : dict
        The source.

    Returns
    -------
    set of str
        The names.

    Examples
    --------
    >>> about = {"nbgrader": {"solution": True}}
    >>> cell = {"cell_type": "code", "metadata": about, "source": "a = 1\ndef f():\n    b = 2"}
    >>> sorted(student_names({"cells": [cell]}))
    ['a', 'f']
    """
    names = _Names()
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and _is_solution(cell):
            _bind(cell["source"], names, student=True)
    return names.student


def bound_names(tree: ast.AST) -> set[str]:
    r"""List the names that a cell binds: variables, imports, functions.

    Parameters
    ----------
    tree : ast.AST
        The cell.

    Returns
    -------
    set of str
        The names.

    Examples
    --------
    >>> sorted(bound_names(ast.parse("import numpy as np\nfor i in range(3): x = i")))
    ['i', 'np', 'x']
    """
    names = _Names()
    _bind(ast.unparse(tree), names, student=True)
    return names.student | set(names.modules)


def _is_solution(cell: dict[str, Any]) -> bool:
    stamp = course.stamp(cell)
    return bool(stamp.get("solution")) and not stamp.get("grade")


def _targets(statement: ast.AST) -> set[str]:
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _without_magics(source: str) -> str:
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())


# -------------------------------------------------------------------------------------- one test cell


def _tests(source: str, name: str, module: str, names: _Names) -> Iterator[tuple[str, str, str]]:
    hidden, visible = _parts(source)
    both = f"{visible}\n{hidden}"
    try:
        tree = ast.parse(both)
    except SyntaxError as error:
        yield _found(name, "syntax", reason=error.msg)
        return
    _bind(both, names, student=False)
    yield from _Linter(name, names).run(tree)
    items = sorted(_items(both))
    if len(items) != 1:
        yield _found(name, "one_item", items=", ".join(items) or "-")
    for item in items:
        yield from _known(name, item, module, tree)
    if not _check_calls(_parse(visible)):
        yield _found(name, "no_visible")
    if all(_form_only(call) for call in _check_calls(_parse(hidden))):
        yield _found(name, "no_hidden")
    shown = {ast.dump(call) for call in _judging(_parse(visible))}
    for call in _judging(_parse(hidden)):
        if ast.dump(call) in shown:
            yield _found(name, "same", call=ast.unparse(call))
    for call in _check_calls(_parse(visible)):
        got = call.args[1] if len(call.args) > 1 else None
        value = isinstance(got, ast.Name) and got.id in names.values
        judged = _check_name(call) == "choice" and not _form_only(call)
        if judged or (_check_name(call) == "equal" and value):
            yield _found(name, "answer_shown", call=ast.unparse(call))


def _form_only(call: ast.Call) -> bool:
    """Say whether a call looks at the form of an answer, and never at whether it is right."""
    told = {keyword.arg: keyword.value for keyword in call.keywords}.get("form_only")
    return _check_name(call) == "names" or (isinstance(told, ast.Constant) and told.value is True)


def _judging(tree: ast.AST) -> list[ast.Call]:
    """List the calls that judge; a bare ``check.run`` inside another only fetches."""
    fetching = ("run", "unchanged")
    return [c for c in _check_calls(tree) if _check_name(c) not in fetching and not _form_only(c)]


def _known(name: str, item: str, module: str, tree: ast.AST) -> Iterator[tuple[str, str, str]]:
    texts = course.item_texts(item)
    if texts is None or not item.startswith(f"{module}-"):
        yield _found(name, "unknown_item", item=item, module=module)
        return
    told: set[str] = set()
    for call in _check_calls(tree):
        for keyword in call.keywords:
            if keyword.arg == "wrong" and isinstance(keyword.value, ast.Dict):
                told |= {str(key.value) for key in keyword.value.keys if isinstance(key, ast.Constant)}
            if keyword.arg == "misconception" and isinstance(keyword.value, ast.Constant):
                told.add(str(keyword.value.value))
        if _check_name(call) == "condition" and len(call.args) > 2 and isinstance(call.args[2], ast.Constant):
            told.add(str(call.args[2].value))
    for misconception in sorted(told - set(texts.misconceptions)):
        yield _found(name, "unknown_misconception", item=item, misconception=misconception)


class _Linter:
    """Goes through a test cell and collects what the contract does not allow."""

    def __init__(self, cell: str, names: _Names) -> None:
        self.cell, self.names = cell, names

    def run(self, tree: ast.Module) -> Iterator[tuple[str, str, str]]:
        for statement in tree.body:
            if isinstance(statement, ast.Expr) and not self._is_check(statement.value):
                yield _found(self.cell, "expression", code=ast.unparse(statement)[:60])
            yield from self._rebound(statement)
        for node in ast.walk(tree):
            rule = _NOT_PLAIN.get(type(node))
            if rule is not None:
                yield _found(self.cell, rule)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                yield from self._import(node)
            elif isinstance(node, ast.Name):
                yield from self._name(node)
            elif isinstance(node, ast.Attribute):
                yield from self._attribute(node)
            elif isinstance(node, ast.Call):
                yield from self._call(node)

    @staticmethod
    def _is_check(node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and bool(_check_name(node))

    def _rebound(self, statement: ast.AST) -> Iterator[tuple[str, str, str]]:
        for name in sorted(_targets(statement) & self.names.student):
            yield _found(self.cell, "rebound", name=name)
        if isinstance(statement, ast.Assign) and self._is_generator(statement.value):
            self.names.generators |= _targets(statement)

    def _import(self, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str, str]]:
        modules = (
            [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        )
        for module in modules:
            if module.partition(".")[0] not in _LIBRARIES:
                yield _found(self.cell, "import", name=module)
        if any(alias.name == "*" for alias in node.names):
            yield _found(self.cell, "import", name="*")

    def _name(self, node: ast.Name) -> Iterator[tuple[str, str, str]]:
        if node.id in _TRICKS or (node.id.startswith("__") and node.id.endswith("__")):
            yield _found(self.cell, "trick", name=node.id)
        if node.id == "print":
            yield _found(self.cell, "print")
        if node.id == "display":
            yield _found(self.cell, "print")

    def _attribute(self, node: ast.Attribute) -> Iterator[tuple[str, str, str]]:
        if isinstance(node.ctx, ast.Store | ast.Del):
            yield _found(self.cell, "patch", code=ast.unparse(node))
        if node.attr.startswith("__"):
            yield _found(self.cell, "trick", name=node.attr)
        chain = self._module_path(node)
        if chain.startswith("numpy.random.") and chain not in (
            "numpy.random.default_rng",
            "numpy.random.Generator",
        ):
            yield _found(self.cell, "random", code=ast.unparse(node))

    def _module_path(self, node: ast.AST) -> str:
        """Return "numpy.random.normal" for ``np.random.normal``, "" for what is not in a module."""
        if isinstance(node, ast.Name):
            return self.names.modules.get(node.id, "")
        if isinstance(node, ast.Attribute):
            inner = self._module_path(node.value)
            return f"{inner}.{node.attr}" if inner else ""
        return ""

    def _is_generator(self, node: ast.AST) -> bool:
        return (
            isinstance(node, ast.Call) and self._module_path(node.func) == "numpy.random.default_rng"
        ) or (isinstance(node, ast.Name) and node.id in self.names.generators)

    def _call(self, node: ast.Call) -> Iterator[tuple[str, str, str]]:
        if self._module_path(node.func) == "numpy.random.default_rng" and not (node.args or node.keywords):
            yield _found(self.cell, "random", code=ast.unparse(node))
        name = _check_name(node)
        if name and name not in _CHECKS:
            yield _found(self.cell, "unknown_check", name=name, known=", ".join(_CHECKS))
        if name and not (node.args and isinstance(node.args[0], ast.Constant)):
            yield _found(self.cell, "literal_item", code=ast.unparse(node)[:60])
        asks_student = isinstance(node.func, ast.Name) and node.func.id in self.names.student
        if name in _CALLING:
            arguments = node.args[_CALLING[name] + 1 :]
        elif asks_student:
            arguments = list(node.args)
        else:
            return
        for value in [*arguments, *(keyword.value for keyword in node.keywords)]:
            if isinstance(value, ast.Starred):
                value = value.value
            if self._is_generator(value):
                yield _found(self.cell, "rng", code=ast.unparse(value))
            elif self._is_callable(value):
                yield _found(self.cell, "callable", code=ast.unparse(value))
            elif (
                isinstance(value, ast.Call)
                and isinstance(value.func, ast.Name)
                and value.func.id in _ITERATORS
            ):
                yield _found(self.cell, "generator")

    def _is_callable(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Name):
            known = self.names.modules.get(node.id)
            if node.id in self.names.functions:
                return True
            return _is_callable(known) if known else callable(getattr(builtins, node.id, None))
        if isinstance(node, ast.Attribute):
            return _is_callable(self._module_path(node))
        return False


def _is_callable(path: str) -> bool:
    """Say whether "numpy.mean" can be called; only the libraries that are allowed are looked into."""
    parts = path.split(".")
    if parts[0] not in _LIBRARIES:
        return False
    for cut in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:cut]))
        except ImportError:
            continue
        for part in parts[cut:]:
            found = getattr(found, part, None)
        return callable(found)
    return False


def lint(root: str | Path = course.ROOT) -> list[Problem]:
    """Check all assignments of a course folder.

    Parameters
    ----------
    root : str or Path, optional
        The course folder.

    Returns
    -------
    list of Problem
        In the order of the assignments.

    Examples
    --------
    >>> lint("nowhere")
    []
    """
    folder = Path(root) / "solutions"
    return [p for name in course.assignments(root) for p in problems(folder / name / f"{name}.ipynb")]


def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m csmodels_helpers.grading.contract")
    parser.add_argument("notebooks", nargs="*", type=Path)
    notebooks: list[Path] = parser.parse_args().notebooks
    found = [p for notebook in notebooks for p in problems(notebook)] if notebooks else lint()
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(_main())
