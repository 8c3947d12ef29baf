"""A model solution with one thing wrong loses points: mutants of every solution, made by program.

A mutant is equivalent if it gives the same results as the solution: a function on 200 inputs that
``tests/course/variants/`` draws, any other answer by the values that it sets. Of the others 98 in 100 must
lose points; those that do not are listed.
"""

from __future__ import annotations

import contextlib
import copy
import random
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import libcst as cst
import matplotlib as mpl
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

from csmodels_helpers import check
from csmodels_helpers.check_comparison import Rules, compare
from csmodels_helpers.grading import course
from csmodels_helpers.grading.variants import Source, execute, plain

INPUTS = 200
CAUGHT = 0.98
SECONDS = 5  # of work; a mutant may never end
RULES = Rules(1e-6, None, True, "any")

SWAPS: dict[type[cst.CSTNode], list[type[cst.CSTNode]]] = {
    cst.LessThan: [cst.LessThanEqual, cst.GreaterThan],
    cst.LessThanEqual: [cst.LessThan, cst.GreaterThan],
    cst.GreaterThan: [cst.GreaterThanEqual, cst.LessThan],
    cst.GreaterThanEqual: [cst.GreaterThan, cst.LessThan],
    cst.Equal: [cst.NotEqual],
    cst.NotEqual: [cst.Equal],
    cst.In: [cst.NotIn],
    cst.NotIn: [cst.In],
    cst.Is: [cst.IsNot],
    cst.IsNot: [cst.Is],
    cst.Add: [cst.Subtract],
    cst.Subtract: [cst.Add],
    cst.Multiply: [cst.Divide],
    cst.Divide: [cst.Multiply],
    cst.Power: [cst.Multiply],
    cst.Modulo: [cst.Multiply],
    cst.FloorDivide: [cst.Divide],
    cst.And: [cst.Or],
    cst.Or: [cst.And],
    cst.AddAssign: [cst.SubtractAssign],
    cst.SubtractAssign: [cst.AddAssign],
    cst.MultiplyAssign: [cst.DivideAssign],
    cst.DivideAssign: [cst.MultiplyAssign],
    cst.Break: [cst.Continue],
    cst.Continue: [cst.Break],
}
NAMES = {
    "True": "False",
    "False": "True",
    "None": "0",
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "sum": "max",
    "sorted": "list",
    "abs": "float",
    "mean": "median",
    "median": "mean",
    "idxmax": "idxmin",
    "idxmin": "idxmax",
    "notna": "isna",
}


def replacements(node: cst.CSTNode) -> Iterator[Any]:
    """Return what may stand in place of a node."""
    for other in SWAPS.get(type(node), []):
        yield other()
    match node:
        case cst.Integer():
            number = int(node.value.replace("_", ""))
            yield cst.Integer(str(number + 1))
            if number > 0:
                yield cst.Integer(str(number - 1))
        case cst.Float():
            yield cst.Float(repr(float(node.value) * 1.01 + 0.01))
        case cst.SimpleString() if node.quote in ('"', "'"):
            word = node.raw_value
            yield node.with_changes(
                value=f"{node.quote}{word[:-1]}{'B' if word[-1:] != 'B' else 'C'}{node.quote}"
            )
        case cst.Name() if node.value in NAMES:
            yield cst.parse_expression(NAMES[node.value])
        case cst.UnaryOperation(operator=cst.Not() | cst.Minus()):
            yield node.expression
        case cst.Return(value=value) if value is not None:
            yield node.with_changes(value=cst.Name("None"), whitespace_after_return=cst.SimpleWhitespace(" "))
        case cst.If() | cst.IfExp() | cst.While():
            test = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
            yield node.with_changes(test=cst.UnaryOperation(cst.Not(), test))
        case cst.CompFor() if node.ifs:
            yield node.with_changes(ifs=node.ifs[1:])
        case cst.Call() if len(node.args) > 1 and any(arg.keyword for arg in node.args):
            for arg in node.args:
                if arg.keyword:
                    yield node.with_changes(args=[other for other in node.args if other is not arg])
        case cst.SimpleStatementLine(body=[cst.Assign() | cst.AugAssign() | cst.Expr() | cst.AnnAssign()]):
            yield node.with_changes(body=[cst.Pass()])
        case _:
            return


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """Change one thing at a time between the markers of a solution; say which line, and give the source."""
    wrapper = MetadataWrapper(cst.parse_module(source))
    places = wrapper.resolve(PositionProvider)
    lines = source.splitlines()
    marked = [n for n, line in enumerate(lines, 1) if "BEGIN SOLUTION" in line or "END SOLUTION" in line]
    regions = list(zip(marked[::2], marked[1::2], strict=True))
    nodes: list[cst.CSTNode] = []

    class Collect(cst.CSTVisitor):
        def on_visit(self, node: cst.CSTNode) -> bool:
            nodes.append(node)
            return not isinstance(node, cst.Annotation)

    wrapper.module.visit(Collect())
    for node in nodes:
        place = places.get(node)
        if place is None or not any(first < place.start.line < last for first, last in regions):
            continue
        for other in replacements(node):
            changed = wrapper.module.deep_replace(node, other)
            line = changed.code.splitlines()[place.start.line - 1].strip()
            if changed.code != source:
                yield f"line {place.start.line}: {line}", changed.code


class Endless(BaseException):
    """A mutant that does not end; no `except Exception` of its own keeps it alive."""


@contextlib.contextmanager
def ended() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise Endless

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@dataclass
class Tally:
    made: int = 0
    equivalent: int = 0
    survivors: list[str] = field(default_factory=list[str])

    @property
    def different(self) -> int:
        return self.made - self.equivalent


class Trial:
    """An item whose answer cell is run with other sources in it."""

    def __init__(self, source: Source, given: ModuleType, item: str) -> None:
        self.given, self.item = given, item
        self.tests = [f"{test.visible}\n{test.hidden}" for test in source.tests_of(item)]
        self.function = source.function(item)
        draw = source.inputs.get(item)
        self.inputs = [draw(random.Random(f"{item}/mutant/{n}")) for n in range(INPUTS)] if draw else []
        self.right = self.results(self.module(source.answer(item)))

    def module(self, code: str) -> ModuleType:
        module = ModuleType("__main__")
        plainly = (list, dict, set)
        for name, value in vars(self.given).items():
            if not name.startswith("__"):
                setattr(module, name, copy.deepcopy(value) if isinstance(value, plainly) else value)
        execute(code, module)
        return module

    def results(self, module: ModuleType) -> list[Any]:
        """Return what a function gives for each input; of any other answer what it sets."""
        if self.function is None:
            own = {name: value for name, value in vars(module).items() if name not in vars(self.given)}
            return [{name: value for name, value in own.items() if simple(value)}]
        function: Callable[..., Any] = vars(module)[self.function]
        return [returned(function, arguments) for arguments in self.inputs]

    def passes(self, module: ModuleType) -> bool:
        try:
            for test in self.tests:
                execute(test, module)
        except Exception:
            return False
        return True

    def same(self, module: ModuleType) -> bool:
        return all(
            compare(got, right, RULES) is None
            for got, right in zip(self.results(module), self.right, strict=True)
        )


def simple(value: Any) -> bool:
    return isinstance(plain(value), (int, float, str, list, tuple, dict, set, type(None)))


def returned(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    try:
        return plain(function(*copy.deepcopy(arguments)))
    except Exception as error:
        return f"raised {type(error).__name__}"


def tally(name: str) -> Tally:
    source = Source(name)
    given = source.prepared()
    cells = {cell["id"]: cell["source"] for cell in source.notebook["cells"]}
    found = Tally()
    for item, entry in source.bank.items():
        trial = Trial(source, given, item)
        assert trial.passes(trial.module(source.answer(item))), item
        for where, code in mutants(cells[entry.cell]):
            found.made += 1
            try:
                with ended():
                    module = trial.module(code)
                    if not trial.passes(module):
                        continue
                    equivalent = trial.same(trial.module(code))
            except Endless:
                continue  # the grader stops it, too
            except Exception:
                continue  # the cell itself stops
            if equivalent:
                found.equivalent += 1
            else:
                found.survivors.append(f"{item}, {where}")
    return found


@pytest.fixture(autouse=True)
def _as_in_grading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    mpl.use("Agg")


SHORT = "m06_building_a_model"  # `make test` tries one module, `make thorough` the others


@pytest.mark.lessons
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n == SHORT else pytest.mark.thorough) for n in course.assignments()]
)
def test_a_mutant_loses_points(name: str, request: pytest.FixtureRequest) -> None:
    found = tally(name)
    reporter = request.config.pluginmanager.getplugin("terminalreporter")
    capture = request.config.pluginmanager.getplugin("capturemanager")
    said = (
        f"{name}: {found.made} mutants, {found.equivalent} of them equivalent; not caught: {found.survivors}"
    )
    if reporter is not None and capture is not None:
        with capture.global_and_fixture_disabled():
            reporter.write_line(f"\n{said}")
    assert found.different > 40, said
    assert len(found.survivors) <= (1 - CAUGHT) * found.different, said


@pytest.mark.lessons
def test_mutants_differ_in_one_thing_and_only_in_the_solution() -> None:
    answer = "    return a + 2 if a > 0 else None\n"
    source = f"def f(a):\n    b = 1\n    ### BEGIN SOLUTION\n{answer}    ### END SOLUTION"
    made = {code.splitlines()[3].strip() for _, code in mutants(source)}
    assert made == {
        "return a - 2 if a > 0 else None",
        "return a + 3 if a > 0 else None",
        "return a + 1 if a > 0 else None",
        "return a + 2 if a >= 0 else None",
        "return a + 2 if a < 0 else None",
        "return a + 2 if a > 1 else None",
        "return a + 2 if a > 0 else 0",
        "return a + 2 if not (a > 0) else None",
        "return None",
    }


@pytest.mark.lessons
@pytest.mark.thorough
def test_a_mutant_that_never_ends_is_ended() -> None:
    with pytest.raises(Endless), ended():
        while True:
            with contextlib.suppress(Exception):
                check.read_tag("")
