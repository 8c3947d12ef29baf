"""Every known answer gets what it deserves: right ones full marks, wrong ones their misconception.

The notebooks run in one process, so that hundreds of answers take seconds; `tests/grading/test_demo.py`
sends some of them through nbgrader itself.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import io
import json
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from csmodels_helpers import check
from csmodels_helpers.grading import course
from csmodels_helpers.grading.contract import graded_cells
from csmodels_helpers.grading.demo import without_markers
from csmodels_helpers.grading.intake import read_bytes, read_source
from csmodels_helpers.grading.worker import Worker

BANKS = Path(__file__).parent / "answers"
NAMES = [name for name in course.assignments() if (BANKS / f"{name[:3]}.py").is_file()]
SHORT = "m07_loyalty"  # `make test` asks the judge about one module, `make thorough` about the others


@pytest.fixture(autouse=True)
def _as_in_grading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    mpl.use("Agg")


class Assignment:
    """A source notebook that can be run again and again with other answers in it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.notebook = course.read_notebook(course.ROOT / "solutions" / name / f"{name}.ipynb")
        self.bank = course.read_bank(BANKS / f"{name[:3]}.py")
        self.tests = {test.cell: test for test in graded_cells(self.notebook) if not test.written}
        self.points: dict[str, float] = {}
        for test in self.tests.values():
            self.points[test.item] = self.points.get(test.item, 0) + test.points

    def run(self, answers: dict[str, str] | None = None) -> dict[str, BaseException | None]:
        """Run all cells; return for each test cell what it raised."""
        answers = answers or {}
        # A module of its own: classes and pickles of a cell look their module up.
        module = ModuleType("__main__")
        outcome: dict[str, BaseException | None] = {}
        for cell in self.notebook["cells"]:
            if cell["cell_type"] != "code":
                continue
            source = answers.get(cell["id"], without_markers(cell["source"]))
            error = _execute(source, module)
            if cell["id"] in self.tests:
                outcome[cell["id"]] = error
            elif not course.stamp(cell).get("solution"):
                assert error is None, f"{cell['id']}: {error!r}"
        return outcome

    def lost(self, outcome: dict[str, BaseException | None]) -> dict[str, float]:
        """Return the points that each item lost."""
        lost: dict[str, float] = {}
        for cell, error in outcome.items():
            if error is not None:
                item = self.tests[cell].item
                lost[item] = lost.get(item, 0) + self.tests[cell].points
        return lost

    def blank(self) -> dict[str, str]:
        """Return the solution cells as they are released."""
        released = course.read_notebook(course.ROOT / "exercises" / self.name / f"{self.name}.ipynb")
        cells = [cell for cell in released["cells"] if cell["cell_type"] == "code"]
        return {cell["id"]: cell["source"] for cell in cells if course.stamp(cell).get("solution")}


def _execute(source: str, module: ModuleType) -> BaseException | None:
    before = sys.modules["__main__"]
    sys.modules["__main__"] = module
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(ast.parse(source), "<cell>", "exec"), module.__dict__)
    except (Exception, SystemExit) as error:
        return error
    finally:
        sys.modules["__main__"] = before
        plt.close("all")
    return None


def papers(assignment: Assignment) -> list[dict[str, str]]:
    """Hand in every answer of the bank: right ones together, wrong ones in every other item."""
    items = list(assignment.bank)
    made: list[dict[str, str]] = [{}]
    most = max(len(entry.right) + len(entry.wrong) for entry in assignment.bank.values())
    for number in range(most):
        for half, kind in ((items, "right"), (items[::2], "wrong"), (items[1::2], "wrong")):
            answers: dict[str, str] = {}
            for item in half:
                known = list(getattr(assignment.bank[item], kind).values())
                if number < len(known):
                    answers[assignment.bank[item].cell] = known[number]
            if answers:
                made.append(answers)
    return made


def misconception(error: BaseException | None) -> str:
    """Return the id that a test cell's failure names, or what else it was."""
    if not isinstance(error, check.CheckFailed):
        return repr(error)
    tag = check.read_tag(str(error))
    assert tag is not None, str(error)
    return tag.misconception or tag.reason


@pytest.mark.lessons
@pytest.mark.parametrize("name", NAMES)
def test_the_source_gets_full_marks_and_the_blank_release_none(name: str) -> None:
    assignment = Assignment(name)
    assert assignment.lost(assignment.run()) == {}
    outcome = assignment.run(assignment.blank())
    assert assignment.lost(outcome) == assignment.points
    for cell, error in outcome.items():
        # A blank hand-in is told that it is blank, not that a name is missing.
        assert isinstance(error, check.CheckFailed), f"{cell}: {error!r}"


@pytest.mark.lessons
@pytest.mark.parametrize("track", ["core", "deeper"])
@pytest.mark.parametrize("name", NAMES)
def test_each_track_reaches_its_own_full_result_alone(name: str, track: str) -> None:
    assignment = Assignment(name)
    tracks = {test.item: test.track for test in assignment.tests.values()}
    of_others = {
        cell: source
        for cell, source in assignment.blank().items()
        if tracks[cell.removesuffix("-answer")] != track
    }
    lost = assignment.lost(assignment.run(of_others))
    assert lost == {item: points for item, points in assignment.points.items() if tracks[item] != track}


@pytest.mark.lessons
@pytest.mark.parametrize("name", NAMES)
def test_every_item_has_known_answers(name: str) -> None:
    assignment = Assignment(name)
    assert set(assignment.bank) == set(assignment.points)
    tracks = {test.item: test.track for test in assignment.tests.values()}
    solutions = {cell["id"] for cell in assignment.notebook["cells"] if course.stamp(cell).get("solution")}
    for item, entry in assignment.bank.items():
        assert entry.cell in solutions, item
        assert set(entry.lost) <= set(entry.wrong), item
        texts = course.item_texts(item)
        assert texts is not None, item
        meant = {entry.meant(key) for key in entry.wrong}
        assert meant <= set(texts.misconceptions) | set(check.REASONS), item
        assert len(meant - set(check.REASONS)) >= 3, f"{item}: name three mistakes that people make"
        least = {"core": (2, 3), "deeper": (3, 5)}[tracks[item]]
        assert len(entry.right) >= least[0], f"{item}: write another right answer, in another way"
        assert len(entry.wrong) >= least[1], f"{item}: write another wrong answer"
        missing = set(texts.misconceptions) - meant
        assert not missing, f"{item}: no wrong answer for {sorted(missing)}"


@pytest.mark.lessons
@pytest.mark.parametrize("name", NAMES)
def test_right_answers_keep_full_marks(name: str) -> None:
    # One answer to every item at once: the n-th run takes the n-th of each.
    assignment = Assignment(name)
    problems: list[str] = []
    for n in range(max(len(entry.right) for entry in assignment.bank.values())):
        ways = {item: list(e.right)[n] for item, e in assignment.bank.items() if n < len(e.right)}
        answers = {assignment.bank[item].cell: assignment.bank[item].right[way] for item, way in ways.items()}
        problems += [
            f"{ways}: {cell} says {misconception(error)}: {error}"
            for cell, error in assignment.run(answers).items()
            if error is not None
        ]
    assert not problems, "\n".join(problems)


@pytest.mark.lessons
@pytest.mark.parametrize("name", NAMES)
def test_wrong_answers_lose_their_own_points_for_the_meant_reason(name: str) -> None:
    # Every other item is wrong at once, the ones between them right: they must not lose anything.
    assignment = Assignment(name)
    problems: list[str] = []
    items = list(assignment.bank)
    for half in (items[::2], items[1::2]):
        for n in range(max(len(assignment.bank[item].wrong) for item in half)):
            keys = {item: k[n] for item in half if n < len(k := list(assignment.bank[item].wrong))}
            answers = {
                assignment.bank[item].cell: assignment.bank[item].wrong[key] for item, key in keys.items()
            }
            outcome = assignment.run(answers)
            expected = {
                item: assignment.bank[item].lost.get(key, assignment.points[item])
                for item, key in keys.items()
            }
            lost = assignment.lost(outcome)
            problems += [
                f"{item}, {keys.get(item, 'right')}: lost {lost.get(item, 0)}, not {expected.get(item, 0)}"
                for item in assignment.points
                if lost.get(item, 0) != expected.get(item, 0)
            ]
            for item, key in keys.items():
                errors = [e for c, e in outcome.items() if assignment.tests[c].item == item and e is not None]
                said = {misconception(error) for error in errors}
                if assignment.bank[item].meant(key) not in said:
                    problems.append(f"{item}, {key}: the message was {sorted(said)}")
    assert not problems, "\n".join(problems)


@pytest.mark.grading
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name == SHORT else pytest.mark.thorough) for name in NAMES]
)
def test_the_judge_says_the_same_as_jupyter(name: str) -> None:
    # Jupyter here is the notebook's code in one process; the judge has the answers in another one.
    assignment = Assignment(name)
    released = course.ROOT / "exercises" / name / f"{name}.ipynb"
    source = read_source(course.ROOT, name, released)
    blank = course.read_notebook(released)
    right = {c["id"]: without_markers(c["source"]) for c in assignment.notebook["cells"]}
    problems: list[str] = []
    handed_in = papers(assignment)
    with Worker(source) as worker:
        for answers in handed_in:
            notebook = copy.deepcopy(blank)
            for cell in notebook["cells"]:
                if course.stamp(cell).get("solution"):
                    cell["source"] = answers.get(cell["id"], right[cell["id"]])
            result = worker.grade(read_bytes(json.dumps(notebook).encode(), source))
            assert result.outcome == "graded", result.message
            for test, error in assignment.run(answers).items():
                said = None if error is None else type(error).__name__
                if isinstance(error, check.CheckFailed):
                    said = f"{error.item}/{error.misconception or error.reason}"
                if result.reasons.get(test) != said:
                    problems.append(f"{test}: {said} in Jupyter, {result.reasons.get(test)} in the judge")
        untouched = worker.grade(read_bytes(json.dumps(blank).encode(), source)).reasons
    assert len(handed_in) > 20
    assert not problems, "\n".join(problems)
    # A faulty line that nobody touched is nobody's misconception (decision 0089).
    assert {reason.partition("/")[2] for reason in untouched.values()} == {"not-answered"}, untouched


@pytest.mark.lessons
def test_a_module_without_a_bank_is_noticed() -> None:
    assert course.assignments() == NAMES, "each assignment needs tests/course/answers/mNN.py"


@pytest.mark.lessons
def test_the_runner_itself_tells_right_from_wrong() -> None:
    module: Any = ModuleType("__main__")
    assert _execute("a = 1\nprint(a)", module) is None and module.a == 1
    assert isinstance(_execute("b", module), NameError)
    assert isinstance(_execute("(", module), SyntaxError)
    assert isinstance(_execute("raise SystemExit", module), SystemExit)
