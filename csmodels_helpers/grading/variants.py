"""Items on other data, for practice: made from ``solutions/`` and the bank of answers.

``python -m csmodels_helpers.grading.variants`` (``make exercises`` runs it) writes
``csmodels_helpers/checks/variants/mNN.json``. ``tests/course/variants/mNN.py`` draws the other data:

- ``INPUTS``, for an item that asks for a function: item → a callable that takes a ``random.Random`` and
  returns the arguments of a call, as the statement allows them, special cases among them. What the function
  should return, the solution says; what a mistake returns, the wrong answers of the bank say.
- ``QUESTIONS``, for any other item: item → a callable that takes a ``random.Random`` and returns the question
  on other data: ``en`` and ``zh_CN`` (Markdown), ``answer``, ``wrong`` (misconception → value), for a choice
  ``options``; what else there is goes to :func:`csmodels_helpers.check.equal`.
- ``RULES``, where a function's result is not compared as usual: item → such as ``{"tolerance": 0.001}``.

So nothing is written twice, and no answer to an item leaves ``solutions/``.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import io
import json
import math
import random
import runpy
import sys
import warnings
from collections.abc import Callable, Generator, Mapping
from types import ModuleType
from typing import Any, cast

import numpy as np
import pandas as pd

from csmodels_helpers.check_comparison import Rules, compare
from csmodels_helpers.check_feedback import REASONS
from csmodels_helpers.check_variants import FOLDER
from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course
from csmodels_helpers.grading.contract import GradedCell, graded_cells
from csmodels_helpers.language import LANGUAGES, text

__all__ = ["Source", "make"]

WANTED, TRIES = 20, 200


class Source:
    """An assignment of ``solutions/`` with its bank; its cells can be run with other answers.

    Parameters
    ----------
    name : str
        The assignment, such as ``"m05_kano"``.

    Examples
    --------
    >>> source = Source("m05_kano")
    >>> source.function("m05-share")
    'better_worse'
    >>> source.function("m05-settled") is None
    True
    """

    def __init__(self, name: str) -> None:
        self.notebook = course.read_notebook(course.ROOT / "solutions" / name / f"{name}.ipynb")
        self.bank = course.read_bank(course.ROOT / "tests" / "course" / "answers" / f"{name[:3]}.py")
        self.tests = [test for test in graded_cells(self.notebook) if not test.written]
        drawn = runpy.run_path(str(course.ROOT / "tests" / "course" / "variants" / f"{name[:3]}.py"))
        self.inputs: dict[str, Callable[[random.Random], tuple[Any, ...]]] = drawn["INPUTS"]
        self.questions: dict[str, Callable[[random.Random], Mapping[str, Any]]] = drawn["QUESTIONS"]
        self.rules: dict[str, dict[str, Any]] = drawn["RULES"]

    def tests_of(self, item: str) -> list[GradedCell]:
        """Return the test cells of an item, in order."""
        return [test for test in self.tests if test.item == item]

    def function(self, item: str) -> str | None:
        """Return the name of the function that an item asks for, None if it asks for no function."""
        for test in self.tests_of(item):
            for node in ast.walk(ast.parse(test.visible)):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in ("run", "unchanged")
                    and isinstance(node.args[1], ast.Name)
                ):
                    return node.args[1].id
        return None

    def answer(self, item: str) -> str:
        """Return the model solution of an item: the source of its answer cell, without the markers."""
        cell = self.bank[item].cell
        return next(_unmarked(c["source"]) for c in self.notebook["cells"] if c["id"] == cell)

    def sets(self, item: str) -> list[str]:
        """Return the names that the answer to an item sets."""
        names: set[str] = set()
        for statement in ast.parse(self.answer(item)).body:
            if isinstance(statement, ast.FunctionDef):
                names.add(statement.name)
            elif isinstance(statement, ast.Assign | ast.AnnAssign):
                names |= {
                    node.id
                    for node in ast.walk(statement)
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
                }
        return sorted(names)

    def prepared(self) -> ModuleType:
        """Run what a trainee is given, the set-up and the data; return the module."""
        module = ModuleType("__main__")
        graded = {test.cell for test in self.tests}
        for cell in self.notebook["cells"]:
            own = course.stamp(cell).get("solution")
            if cell["cell_type"] == "code" and cell["id"] not in graded and not own:
                execute(cell["source"], module)
        return module


@contextlib.contextmanager
def _silent() -> Generator[None]:
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def execute(source: str, module: ModuleType) -> None:
    """Run the source of a cell in a module, silently.

    Examples
    --------
    >>> module = ModuleType("__main__")
    >>> execute("share = 3 / 4", module)
    >>> module.share
    0.75
    """
    before = sys.modules["__main__"]
    sys.modules["__main__"] = module  # classes and pickles of a cell look their module up
    try:
        with _silent():
            exec(compile(source, "<cell>", "exec"), module.__dict__)
    finally:
        sys.modules["__main__"] = before


def _unmarked(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if "### " not in line)


def make(name: str) -> str:
    """Make the variants of an assignment.

    Parameters
    ----------
    name : str
        The assignment.

    Returns
    -------
    str
        JSON: item → the names that its answer sets, and about twenty variants.

    Raises
    ------
    CourseError
        If it is not said of an item how to draw its input or how to ask it again, or if too few differ.

    Examples
    --------
    >>> sorted(json.loads(make("m05_kano")))[0]
    'm05-letter'
    """
    source = Source(name)
    module = source.prepared()
    made: dict[str, dict[str, Any]] = {}
    for item in source.bank:
        function = source.function(item)
        if function is not None and item in source.inputs:
            draw = _calls(source, module, item, function)
        elif item in source.questions:
            draw = _questions(item, source.questions[item])
        else:
            raise CourseError(text("grading.variants.none", item=item))
        found: dict[str, dict[str, Any]] = {}
        for seed in range(1, TRIES + 1):
            drawn = draw(random.Random(f"{item}/{seed}"))
            if drawn is not None:
                found.setdefault(json.dumps(drawn, sort_keys=True), drawn)
            if len(found) == WANTED:
                break
        if len(found) < WANTED // 2:
            raise CourseError(text("grading.variants.few", item=item, n=len(found)))
        made[item] = {"sets": source.sets(item), "asked": list(found.values())}
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


Draw = Callable[[random.Random], dict[str, Any] | None]


def _calls(source: Source, module: ModuleType, item: str, function: str) -> Draw:
    """Return a draw of inputs: the solution says what is right, the wrong answers say what is wrong."""
    entry, inputs, given = source.bank[item], source.inputs[item], source.rules.get(item, {})

    def written(code: str) -> Callable[..., Any]:
        own = ModuleType("__main__")
        own.__dict__.update(module.__dict__)
        execute(code, own)
        return own.__dict__[function]

    right = written(source.answer(item))
    mistakes = {key: written(code) for key, code in entry.wrong.items() if entry.meant(key) not in REASONS}
    rules = Rules(float(given.get("tolerance", 1e-6)), None, given.get("ordered", True), "any")

    @_silent()  # a mistake may divide by zero
    def draw(rng: random.Random) -> dict[str, Any] | None:
        arguments = tuple(inputs(rng))
        expected = plain(right(*copy.deepcopy(arguments)))
        if not (_literal(arguments) and _literal(expected)):
            return None  # NaN and its like cannot be written down
        wrong: dict[str, str] = {}
        for key, mistake in mistakes.items():
            try:
                value = plain(mistake(*copy.deepcopy(arguments)))
            except Exception:
                continue
            if _literal(value) and compare(value, expected, rules) is not None:
                wrong.setdefault(entry.meant(key), repr(value))
        drawn: dict[str, Any] = {
            "function": function,
            "arguments": repr(arguments),
            "expected": repr(expected),
        }
        return {**drawn, "wrong": wrong, **({"rules": given} if given else {})}

    return draw


def _questions(item: str, variant: Callable[[random.Random], Mapping[str, Any]]) -> Draw:
    """Return a draw of questions that the bank writes out."""

    def draw(rng: random.Random) -> dict[str, Any]:
        asked = dict(variant(rng))
        question = {language: str(asked.pop(language)).strip() for language in LANGUAGES}
        expected, wrong = plain(asked.pop("answer")), asked.pop("wrong", {})
        drawn: dict[str, Any] = {"question": question, "expected": repr(expected)}
        drawn["wrong"] = {name: repr(plain(value)) for name, value in wrong.items() if value != expected}
        if "options" in asked:
            drawn["options"] = list(asked.pop("options"))
        if asked:
            drawn["rules"] = asked  # as check.equal takes them: rounding, tolerance, ordered
        if not all(map(_literal, [expected, *wrong.values()])):
            raise CourseError(text("grading.variants.plain", item=item))
        return drawn

    return draw


def plain(value: Any) -> Any:
    """Return a result as a literal of Python can write it: no NumPy, no pandas, None for NaN.

    Examples
    --------
    >>> plain({"low": np.float64(0.5), "high": float("nan")})
    {'low': 0.5, 'high': None}
    """
    if isinstance(value, pd.Series):
        return plain(cast("pd.Series[Any]", value).to_dict())
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, Mapping):
        pairs = cast("Mapping[Any, Any]", value).items()
        return {plain(key): plain(entry) for key, entry in pairs}
    if isinstance(value, list | tuple | set):
        entries = cast("list[Any]", value)
        return type(entries)(plain(entry) for entry in entries)
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def _literal(value: Any) -> bool:
    try:
        return bool(ast.literal_eval(repr(value)) == value)
    except (ValueError, SyntaxError):
        return False


def _write(*, check: bool) -> list[str]:
    """Bring ``checks/variants/`` in line with ``solutions/``, or only look; return the files that differ."""
    fresh = {f"{name[:3]}.json": make(name) for name in course.assignments()}
    old = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("m*.json")}
    different = sorted(name for name in fresh.keys() | old.keys() if fresh.get(name) != old.get(name))
    if not check:
        FOLDER.mkdir(exist_ok=True)
        for name in different:
            if name in fresh:
                (FOLDER / name).write_text(fresh[name], encoding="utf-8", newline="\n")
            else:
                (FOLDER / name).unlink()
    return different


def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m csmodels_helpers.grading.variants")
    parser.add_argument("--check", action="store_true", help=text("grading.release.help_check"))
    check = parser.parse_args().check
    try:
        different = _write(check=check)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    for name in different:
        print(text(f"grading.variants.{'differs' if check else 'written'}", name=name))
    if not different:
        print(text("grading.variants.same"))
    return 1 if check and different else 0


if __name__ == "__main__":
    raise SystemExit(_main())
