"""A small course in a temporary folder: six items of all kinds, its messages and its known answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NAME = "m98_sample"

CONFIG = """
from pathlib import Path
from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course
try:
    course.configure(get_config(), Path(__file__).parent)
except CourseError as error:
    raise SystemExit(str(error)) from error
"""

GRADED = """
[items.{item}]
kind = "graded"
anchor = "sample-mistake"
section = {{ en = "Who counts", zh_CN = "谁计入" }}
hint = {{ en = "Count only those who answered.", zh_CN = "只数回答了的人。" }}
step = {{ en = "Three of four.", zh_CN = "四个中的三个。" }}
[items.{item}.misconceptions.kept-silent]
option = "C"
name = {{ en = "Denominator", zh_CN = "分母" }}
message = {{ en = "You kept those who said nothing: {{got}}.", zh_CN = "您保留了没有回答的人:{{got}}。" }}
"""

ANSWERS = """
ANSWERS = {
    "m98-share": {
        "cell": "m98-share-answer",
        "right": {"sum": "def share(yes, no, silent):\\n    return yes / sum([yes, no])\\n"},
        "wrong": {"kept-silent": "def share(yes, no, silent):\\n    return yes / (yes + no + silent)\\n"},
    },
    "m98-pick": {
        "cell": "m98-pick-answer",
        "right": {"small": "pick = 'b'\\n"},
        "wrong": {"kept-silent": "pick = 'C'\\n", "value": "pick = 'A'\\n"},
    },
    "m98-mean": {
        "cell": "m98-mean-answer",
        "right": {"division": "mean_score = 16 / 4\\n"},
        "wrong": {"kept-silent": "mean_score = 3.2\\n"},
    },
}
"""


def stamp(name: str, **roles: Any) -> dict[str, Any]:
    return {
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
        "schema_version": 3,
        "grade_id": name,
        **roles,
    }


def markdown(name: str, source: str, **roles: Any) -> dict[str, Any]:
    roles = roles or {"locked": True}
    tags = roles.pop("tags", [])
    return {
        "cell_type": "markdown",
        "id": name,
        "metadata": {"nbgrader": stamp(name, **roles), "tags": tags},
        "source": source,
    }


def code(name: str, source: str, **roles: Any) -> dict[str, Any]:
    tags = roles.pop("tags", [])
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {"nbgrader": stamp(name, **roles), "tags": tags},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def answer(name: str, above: str, hidden: str) -> dict[str, Any]:
    indent = "    " if above.rstrip().endswith(":") else ""
    lines = ["### BEGIN SOLUTION", *hidden.splitlines(), "### END SOLUTION"]
    return code(name, above + "\n".join(f"{indent}{line}" for line in lines), solution=True)


def checks(name: str, visible: str, hidden: str, points: float = 2, track: str = "core") -> dict[str, Any]:
    source = f"{visible}\n### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"
    return code(name, source, grade=True, locked=True, points=points, tags=[track])


def sample_cells() -> list[dict[str, Any]]:
    wrong = 'wrong={"kept-silent": %s}'
    return [
        markdown("m98-title", "# A sample\n\nSix items."),
        code("m98-setup", "from csmodels_helpers import check", locked=True),
        markdown("m98-share-task", "## 1 · The share\n\nWrite `share(yes, no, silent)`."),
        answer("m98-share-answer", "def share(yes, no, silent):\n", "return yes / (yes + no)"),
        checks(
            "m98-share-test",
            f'check.equal("m98-share", check.run("m98-share", share, 3, 1, 4), 0.75, {wrong % "3 / 8"})',
            f'check.equal("m98-share", check.run("m98-share", share, 5, 27, 8), 5 / 32, {wrong % "5 / 40"})',
        ),
        markdown("m98-pick-task", "## 2 · The choice\n\nSet `pick`."),
        answer("m98-pick-answer", "pick = ...\n", 'pick = "B"'),
        checks(
            "m98-pick-test",
            'check.condition("m98-pick", pick is not ...)',
            'check.choice("m98-pick", pick, "B", options="ABC")',
            1,
        ),
        markdown("m98-mean-task", "## 3 · The mean\n\nSet `mean_score`."),
        answer("m98-mean-answer", "mean_score = ...\n", "mean_score = 4.0"),
        checks(
            "m98-mean-test",
            'check.condition("m98-mean", mean_score is not ...)',
            f'check.equal("m98-mean", mean_score, 4.0, {wrong % "3.2"})',
            2,
            "deeper",
        ),
        markdown("m98-top-task", "## 4 · The top\n\nWrite `top(scores)`."),
        answer("m98-top-answer", "def top(scores):\n", "return max(scores, default=None)"),
        checks(
            "m98-top-test",
            'check.equal("m98-top", check.run("m98-top", top, [1, 7, 2]), 7)',
            'check.equal("m98-top", check.run("m98-top", top, [31, 17, 23]), 31)',
            3,
            "deeper",
        ),
        markdown("m98-low-task", "## 5 · The bottom\n\nSet `lowest`."),
        answer("m98-low-answer", "lowest = ...\n", 'lowest = "price of tea"'),
        checks(
            "m98-low-test",
            'check.condition("m98-low", lowest is not ...)',
            'check.equal("m98-low", lowest, "price of tea")',
            1,
        ),
        markdown(
            "m98-note-task",
            "## 6 · A note to the board\n\nWrite two sentences.\n\n=== BEGIN MARK SCHEME ===\n"
            "2 points: it names the plum orchard.\n=== END MARK SCHEME ===",
        ),
        markdown(
            "m98-note-answer",
            "We plant a second plum orchard in spring.",
            grade=True,
            solution=True,
            points=2,
            tags=["core"],
        ),
    ]


def write_notebook(path: Path, cells: list[dict[str, Any]]) -> Path:
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def make_course(
    root: Path,
    cells: list[dict[str, Any]] | None = None,
    *,
    name: str = NAME,
    items: Sequence[str] = ("share", "pick", "mean", "top", "low", "note"),
) -> Path:
    write_notebook(root / "solutions" / name / f"{name}.ipynb", cells or sample_cells())
    (root / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    module = name[:3]
    texts = f'lesson = "{name}"\n' + "".join(GRADED.format(item=f"{module}-{item}") for item in items)
    (root / "checks").mkdir(exist_ok=True)
    (root / "checks" / f"{module}.toml").write_text(texts, encoding="utf-8")
    bank = root / "tests" / "course" / "answers" / "m98.py"
    bank.parent.mkdir(parents=True, exist_ok=True)
    bank.write_text(ANSWERS, encoding="utf-8")
    return root
