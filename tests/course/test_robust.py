"""Honest code keeps its marks, whatever its manners; code that changes what it was given is told so."""

from __future__ import annotations

from random import Random
from types import ModuleType

import matplotlib as mpl
import pytest

from csmodels_helpers import check
from csmodels_helpers.grading import course
from csmodels_helpers.grading.variants import Source, execute

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
