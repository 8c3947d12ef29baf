"""Grades do not depend on what else the machine does: eight busy processes beside the grader."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from csmodels_helpers.grading import course, demo


@pytest.fixture
def busy() -> Iterator[None]:
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(8)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


@pytest.mark.grading
@pytest.mark.thorough
def test_a_class_gets_the_same_on_a_busy_machine(sample: Path, busy: None) -> None:
    assert [one for one in demo.run(sample, quiet=True) if not one.ok] == []


@pytest.mark.busy
@pytest.mark.parametrize("name", course.assignments())
def test_the_demo_gets_the_same_on_a_busy_machine(name: str, busy: None) -> None:
    assert [one for one in demo.run(course.ROOT, name, quiet=True) if not one.ok] == []


@pytest.mark.busy
@pytest.mark.parametrize("name", course.assignments())
def test_the_bank_gets_the_same_on_a_busy_machine(name: str, busy: None) -> None:
    test = "tests/course/test_answers.py::test_the_judge_says_the_same_as_jupyter"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"{test}[{name}]"]
    done = subprocess.run(command, cwd=course.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout
