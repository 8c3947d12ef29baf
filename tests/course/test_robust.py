"""Honest code keeps its marks, whatever its manners; code that changes what it was given is told so."""

from __future__ import annotations

import contextlib
import json
import linecache
from collections.abc import Callable
from random import Random
from types import ModuleType

import matplotlib as mpl
import pytest

from csmodels_helpers import check
from csmodels_helpers.grading import course
from csmodels_helpers.grading.intake import read_bytes, read_source
from csmodels_helpers.grading.variants import Source, execute
from csmodels_helpers.grading.worker import Worker

pytestmark = pytest.mark.lessons

# Ways of writing the same function; {name} is the function of the model solution above.
HONEST = {
    "prints and warns": """
import warnings
honest = {name}
def {name}(*given):
    print("looking at", given)
    warnings.warn("are you sure?")
    return honest(*given)
""",
    "is slow, leaves variables behind": """
import time
honest = {name}
result = n = total = x = table = frame = counts = answer = score = None
def {name}(*given):
    global result
    time.sleep(0.02)
    result = honest(*given)
    return result
""",
    "works on a copy of its own": """
import copy
honest = {name}
def {name}(*given):
    own = copy.deepcopy(given)
    result = honest(*own)
    for each in own:
        if hasattr(each, "clear"):
            each.clear()
    return result
""",
    "returns NumPy's numbers": """
import numpy
honest = {name}
def numpys(value):
    if isinstance(value, dict):
        return {{key: numpys(entry) for key, entry in value.items()}}
    if isinstance(value, (list, tuple)):
        return type(value)(numpys(entry) for entry in value)
    kind = {{bool: numpy.bool_, int: numpy.int64, float: numpy.float64}}.get(type(value))
    return kind(value) if kind else value
def {name}(*given):
    return numpys(honest(*given))
""",
}
CHANGES = """
honest = {name}
def {name}(*given):
    result = honest(*given)
    for each in given:
        if isinstance(each, list):
            each.append(each[0] if each else None)
        elif isinstance(each, dict):
            each["something else"] = 1
        elif hasattr(each, "insert"):
            each["something else"] = 1
    return result
"""


@pytest.fixture(autouse=True)
def _as_in_grading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    mpl.use("Agg")


class Paper:
    """A hand-in of one item: the model solution, and what is written below it."""

    def __init__(self, source: Source, item: str, below: str = "", *, times: int = 1) -> None:
        self.module: ModuleType = source.prepared()
        for _ in range(times):
            execute(source.answer(item) + below, self.module)

    def failures(self, source: Source, item: str) -> dict[str, Exception]:
        found: dict[str, Exception] = {}
        for test in source.tests_of(item):
            try:
                execute(f"{test.visible}\n{test.hidden}", self.module)
            except Exception as error:
                found[test.cell] = error
        return found


@pytest.mark.parametrize("name", course.assignments())
def test_honest_functions_keep_their_marks(name: str) -> None:
    source = Source(name)
    for item in source.bank:
        function = source.function(item)
        for manner, below in HONEST.items() if function else ():
            paper = Paper(source, item, below.format(name=function))
            for again in (1, 2):  # the cells of checks may be run twice
                assert paper.failures(source, item) == {}, f"{item}, {manner}, run {again}"


@pytest.mark.parametrize("name", course.assignments())
def test_a_cell_may_be_run_twice(name: str) -> None:
    source = Source(name)
    for item in source.bank:
        paper = Paper(source, item, "\nleft_behind = [1, 2, 3]\n", times=2)
        assert paper.failures(source, item) == {}, item
        assert paper.failures(source, item) == {}, item


@pytest.mark.parametrize("name", course.assignments())
def test_who_changes_what_was_given_is_told(name: str) -> None:
    source = Source(name)
    for item in source.bank:
        function = source.function(item)
        if function is None or all(not isinstance(a, list | dict) for a in _given(source, item)):
            continue
        failures = Paper(source, item, CHANGES.format(name=function)).failures(source, item)
        assert set(failures) == {test.cell for test in source.tests_of(item)}, item
        for error in failures.values():
            assert isinstance(error, check.CheckFailed), repr(error)
            assert error.reason == "changed", str(error)


def _given(source: Source, item: str) -> tuple[object, ...]:
    return source.inputs[item](Random(1))


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, ModuleType], None]:
    """Return a way to run a cell as Jupyter does: its source can be found under the name of its file."""

    def run(source: str, module: ModuleType) -> None:
        file = f"cell-{hash(source)}"
        monkeypatch.setitem(linecache.cache, file, (len(source), None, source.splitlines(True), file))
        exec(compile(source, file, "exec"), module.__dict__)

    return run


LETTER = "def leading_class(pairs, order):\n    {body}\n    return 'M'\n"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (LETTER.format(body="better_worse({})"), True),
        (LETTER.format(body="helper(order)") + "def helper(order):\n    return settled\n", True),
        (LETTER.format(body="[never_fail for _ in pairs]"), True),
        (LETTER.format(body="kano.classify('like', 'like'), len(answers)"), False),
        ("settled = 3\n" + LETTER.format(body="settled + 1"), False),
        ("from math import sqrt as worse\n" + LETTER.format(body="worse(4)"), False),
        (LETTER.format(body="quiet = order; quiet.lower()"), False),
    ],
)
def test_an_answer_stands_on_its_own(
    source: str, told: bool, cell: Callable[[str, ModuleType], None]
) -> None:
    course_ = Source("m05_kano")
    module = course_.prepared()
    for item in course_.bank:
        execute(course_.answer(item), module)
    cell(source, module)
    with pytest.raises(check.CheckFailed) if told else contextlib.nullcontext() as caught:
        check.run("m05-letter", module.leading_class, [("like", "dislike")], "MOAIRQ")
    if told:
        assert caught.value.reason == "elsewhere" and "m05-" in caught.value.message


@pytest.mark.grading
def test_the_judge_tells_who_needs_another_answer() -> None:
    name = "m05_kano"
    released = course.ROOT / "exercises" / name / f"{name}.ipynb"
    source = read_source(course.ROOT, name, released)
    bank = Source(name)
    leaning = bank.answer("m05-letter").replace("classes = ", "better_worse({})\n    classes = ")
    notebook = course.read_notebook(released)
    for each in notebook["cells"]:
        if each["id"] == "m05-share-answer":
            each["source"] = bank.answer("m05-share")
        if each["id"] == "m05-letter-answer":
            each["source"] = leaning
    with Worker(source) as worker:
        result = worker.grade(read_bytes(json.dumps(notebook).encode(), source))
    told = {test: reason for test, reason in result.reasons.items() if test.startswith("m05-letter")}
    assert set(told.values()) == {"m05-letter/elsewhere"}, told
    assert not [test for test in result.reasons if test.startswith("m05-share")]
