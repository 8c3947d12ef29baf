"""The contract of the test cells: each rule has an example that breaks it and is reported."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest

from csmodels_helpers.grading import contract, course

_spec = importlib.util.spec_from_file_location(
    "sample_course", Path(__file__).parents[1] / "grading" / "sample.py"
)
assert _spec is not None and _spec.loader is not None
sample = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(sample)

FINE = 'check.equal("m98-share", check.run("m98-share", share, 3, 1, 4), 0.75)'


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CSMODELS_CHECKS", str(tmp_path / "checks"))
    sample.make_course(tmp_path)
    return tmp_path / "solutions" / sample.NAME / f"{sample.NAME}.ipynb"


def change(notebook: Path, cell: str, **fields: Any) -> list[contract.Problem]:
    """Change a cell (a key "nbgrader__points" reaches into its metadata) and return what is reported."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    found = next(entry for entry in content["cells"] if entry["id"] == cell)
    for name, value in fields.items():
        if name.startswith("nbgrader__"):
            found["metadata"]["nbgrader"][name.removeprefix("nbgrader__")] = value
        elif name == "tags":
            found["metadata"]["tags"] = value
        else:
            found[name] = value
    notebook.write_text(json.dumps(content), encoding="utf-8")
    return contract.problems(notebook)


def test_the_sample_keeps_the_contract(notebook: Path) -> None:
    assert contract.problems(notebook) == []
    assert [cell.item for cell in contract.graded_cells(course.read_notebook(notebook))] == [
        *(f"m98-{item}" for item in ("share", "pick", "mean", "top", "low")),
        "m98-note-answer",
    ]


@pytest.mark.parametrize("name", course.assignments())
def test_the_course_keeps_the_contract(name: str) -> None:
    found = contract.problems(course.ROOT / "solutions" / name / f"{name}.ipynb")
    assert not found, "\n".join(str(problem) for problem in found)


@pytest.mark.parametrize("name", course.assignments())
def test_every_item_practises_an_objective_of_its_lesson(name: str) -> None:
    lesson = json.loads((course.ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    objectives = re.findall(r"^(\d)\. ", "".join(lesson["cells"][0]["source"]), flags=re.MULTILINE)
    notebook = course.read_notebook(course.ROOT / "solutions" / name / f"{name}.ipynb")
    practised: set[str] = set()
    for cell in contract.graded_cells(notebook):
        item = cell.item.removesuffix("-answer")
        texts = course.item_texts(item)
        assert texts is not None, f"{item}: no entry in checks/{name[:3]}.toml"
        assert str(texts.entry.get("objective")) in objectives, f"{item}: which objective does it practise?"
        practised.add(str(texts.entry["objective"]))
    assert len(practised) >= len(objectives) - 1, f"{name}: of {objectives} only {practised} are practised"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("class Same:\n    pass", "a class"),
        ("def double(x):\n    return 2 * x", "a function or lambda"),
        ('check.run("m98-share", share, lambda: 1)', "a function or lambda"),
        ("values = list(x for x in [1])", "a generator or an iterator"),
        ('check.run("m98-share", share, iter([1]))', "a generator or an iterator"),
        ("result = share(map(str, [1]), 1, 1)", "a generator or an iterator"),
        ("result = share(max, 1, 1)", "passes a function on: max"),
        ('check.run("m98-share", share, np.mean)', "passes a function on: np.mean"),
        ("result = share(share, 1, 1)", "passes a function on: share"),
        ("rng = np.random.default_rng(7)\nresult = share(rng, 1, 1)", "passes a random generator on: rng"),
        ("result = share(np.random.default_rng(7), 1, 1)", "passes a random generator on"),
        ("values = np.random.default_rng().normal()", "random numbers that differ"),
        ("values = np.random.normal()", "random numbers that differ"),
        ("import random", "imports random"),
        ("import inspect", "imports inspect"),
        ("from sys import modules", "imports sys"),
        ("import os.path", "imports os.path"),
        ("from numpy import *", "imports *"),
        ("values = eval('1')", "uses eval"),
        ("values = globals()", "uses globals"),
        ("values = getattr(share, 'x')", "uses getattr"),
        ("values = open('a')", "uses open"),
        ("values = __import__('os')", "uses __import__"),
        ("values = share.__code__", "uses __code__"),
        ("check.equal = print", "assigns to an attribute: check.equal"),
        ("np.mean = 1", "assigns to an attribute: np.mean"),
        ("try:\n    share(1, 1, 1)\nexcept Exception:\n    pass", "m98-share-test: try"),
        ("assert share(1, 1, 1) == 0.5", "a bare assert"),
        ("print(1)", "prints or displays"),
        ("share = 1", "sets share, which is the trainee's"),
        ("pick = 1", ""),
        ("share(1, 1, 1)", "an expression that is no check"),
        ("1", "an expression that is no check"),
        ("with x:\n    pass", "m98-share-test: with"),
        ("del check", "m98-share-test: del"),
        ("global x", "global or nonlocal"),
        ("%time 1", "not plain Python"),
        ('check.hint("m98-share")', "check.hint"),
        ('item = "m98-share"\ncheck.equal(item, 1, 1)', "the item is not written out"),
        ('check.equal("m98-pick", 1, 1)', "name these items: m98-pick, m98-share"),
        (
            'check.equal("m98-share", share(1, 1, 1), 0.5, wrong={"unheard-of": 1})',
            "no misconception unheard",
        ),
        ('check.condition("m98-share", share(1, 1, 1) > 0, "unheard-of")', "no misconception unheard-of"),
    ],
)
@pytest.mark.parametrize("part", ["visible", "hidden"])
def test_each_rule_of_a_test_cell(notebook: Path, line: str, said: str, part: str) -> None:
    visible, hidden = [FINE], [FINE.replace("3, 1, 4", "5, 3, 2")]
    (visible if part == "visible" else hidden).insert(0, line)
    source = "\n".join(
        ["import numpy as np", *visible, "### BEGIN HIDDEN TESTS", *hidden, "### END HIDDEN TESTS"]
    )
    found = [str(problem) for problem in change(notebook, "m98-share-test", source=source)]
    if said:
        assert any(said in problem for problem in found), found
        assert all(
            problem.startswith("solutions/m98_sample/m98_sample.ipynb › m98-share-test: ")
            for problem in found
        )
    else:
        # "pick" comes later in the notebook, so at this place the name is free.
        assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "import pandas as pd\nframe = pd.DataFrame({'a': [1, 2]})\nframe['b'] = frame['a'] * 2",
        "values = np.random.default_rng(7).normal(size=3).tolist()",
        "values = [max(pair) for pair in [(1, 2)]]",
        "for yes in [1, 2]:\n    check.equal('m98-share', check.run('m98-share', share, yes, yes, 0), 0.5)",
        "result = share(np.nan, np.pi, [1, 2])",
        "check.raises('m98-share', ValueError, share, -1, 0, 0)",
    ],
)
def test_what_is_allowed(notebook: Path, line: str) -> None:
    hidden = FINE.replace("3, 1, 4", "5, 3, 2")
    source = f"import numpy as np\n{FINE}\n### BEGIN HIDDEN TESTS\n{line}\n{hidden}\n### END HIDDEN TESTS"
    assert change(notebook, "m98-share-test", source=source) == []


FORM = 'check.choice("m98-pick", pick, options="ABC", form_only=True)'
NAMES = 'check.names("m98-pick", pick, ["soup", "cake"])'
HIDE = "\n### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"


def test_the_visible_part_may_look_at_the_form_of_a_choice(notebook: Path) -> None:
    hidden = HIDE.format('check.choice("m98-pick", letter, "B", options="ABC")')
    source = f"{NAMES}\nletter = {FORM}{hidden}"
    assert change(notebook, "m98-pick-test", source=source) == []


@pytest.mark.parametrize(
    ("cell", "fields", "said"),
    [
        ("m98-share-test", {"source": FINE}, "no hidden check"),
        ("m98-share-test", {"source": "x = 1" + HIDE.format(FINE)}, "no visible check"),
        ("m98-share-test", {"source": FINE + HIDE.format(FINE)}, "repeats a visible check"),
        (
            "m98-pick-test",
            {"source": 'check.choice("m98-pick", pick, "B")' + HIDE.format('check.condition("m98-pick", 1)')},
            "the visible part shows the answer",
        ),
        (
            "m98-pick-test",
            {"source": f"{FORM}\n{NAMES}" + HIDE.format(f"{FORM}\n{NAMES}")},
            "no hidden check",
        ),
        (
            "m98-pick-test",
            {"source": FORM.replace("True", "False") + HIDE.format('check.choice("m98-pick", pick, "B")')},
            "the visible part shows the answer",
        ),
        (
            "m98-mean-test",
            {"source": 'check.equal("m98-mean", mean_score, 4)' + HIDE.format('check.stdout("m98-mean", 1)')},
            "the visible part shows the answer",
        ),
        (
            "m98-share-test",
            {"source": FINE.replace("m98-share", "m98-x") + HIDE.format("")},
            "not in checks/",
        ),
        ("m98-share-test", {"source": FINE + "\n### BEGIN HIDDEN TESTS"}, "without an END HIDDEN TESTS"),
        ("m98-share-test", {"source": FINE + "\n### BEGIN HIDEN TESTS"}, "looks like a marker"),
        ("m98-share-test", {"nbgrader__points": 0}, "no points"),
        ("m98-share-test", {"nbgrader__points": True}, "no points"),
        ("m98-share-test", {"tags": []}, "not exactly one of the tags"),
        ("m98-share-test", {"tags": ["core", "deeper"]}, "not exactly one of the tags"),
        ("m98-share-test", {"nbgrader__grade_id": "other"}, "its grade_id is other"),
        ("m98-share-test", {"nbgrader__schema_version": 1}, "schema_version"),
        ("m98-share-test", {"id": "m98-pick-test"}, "another cell has the same id"),
        ("m98-share-test", {"cell_type": "markdown"}, "a test cell that is no code"),
        ("m98-share-answer", {"nbgrader__solution": False}, "no solution cell between"),
        ("m98-share-answer", {"nbgrader__solution": False}, "SOLUTION region outside of a solution cell"),
        ("m98-share-answer", {"source": "def share(yes, no, silent): ..."}, "without a SOLUTION region"),
        ("m98-setup", {"nbgrader__locked": False}, "set-up cell that trainees can change"),
        ("m98-setup", {"source": HIDE.format("x = 1")}, "HIDDEN TESTS region outside of a test cell"),
        ("m98-note-task", {"source": "## 6"}, "no rubric in the cells above"),
        ("m98-note-task", {"nbgrader__locked": False}, "no rubric in the cells above"),
        ("m98-note-task", {"nbgrader__task": True}, "a task cell"),
        ("m98-note-answer", {"source": "BEGIN MARK SCHEME\nEND MARK SCHEME"}, "rubric stands in the answer"),
        ("m98-note-answer", {"cell_type": "code"}, "a manually graded code cell"),
        ("m98-note-answer", {"nbgrader__grade": False}, "no written item"),
        ("m98-note-answer", {"nbgrader__grade": False}, "5 items"),
        ("m98-note-answer", {"tags": ["deeper"]}, "3 of 6 items are core"),
    ],
)
def test_each_rule_of_the_notebook(notebook: Path, cell: str, fields: dict[str, Any], said: str) -> None:
    found = [str(problem) for problem in change(notebook, cell, **fields)]
    assert any(said in problem for problem in found), found


def test_two_tests_of_an_item_share_a_solution_and_a_track(notebook: Path) -> None:
    content = json.loads(notebook.read_text(encoding="utf-8"))
    place = next(n for n, cell in enumerate(content["cells"]) if cell["id"] == "m98-share-test")
    second = json.loads(json.dumps(content["cells"][place]))
    second["id"] = second["metadata"]["nbgrader"]["grade_id"] = "m98-share-test-2"
    content["cells"].insert(place + 1, second)
    notebook.write_text(json.dumps(content), encoding="utf-8")
    assert contract.problems(notebook) == []
    assert any("deeper in another" in str(p) for p in change(notebook, "m98-share-test-2", tags=["deeper"]))


def test_too_many_items_and_an_unreadable_notebook(notebook: Path) -> None:
    content = json.loads(notebook.read_text(encoding="utf-8"))
    note = content["cells"][-1]
    for number in range(5):
        twin = json.loads(json.dumps(note))
        twin["id"] = twin["metadata"]["nbgrader"]["grade_id"] = f"m98-note-{number}"
        content["cells"].append(twin)
    notebook.write_text(json.dumps(content), encoding="utf-8")
    assert any("11 items" in str(problem) for problem in contract.problems(notebook))
    notebook.write_text("{", encoding="utf-8")
    assert [problem.what[:17] for problem in contract.problems(notebook)] == ["it cannot be read"]
