"""The notebooks as they stand keep to docs/lesson-conventions.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from csmodels_helpers import notebooks
from csmodels_helpers.notebooks_cells import CHECKS, ROOT

SOURCES = notebooks.sources()
CHECK_FILES = sorted(CHECKS.glob("*.toml"))
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_notebook(path: Path) -> None:
    found = notebooks.lint(path)
    assert not found, "\n" + "\n".join(map(str, found))


@pytest.mark.parametrize("file", CHECK_FILES, ids=lambda file: file.stem)
def test_checks(file: Path) -> None:
    found = notebooks.lint_checks(file)
    assert not found, "\n" + "\n".join(map(str, found))


def test_there_is_something_to_check() -> None:
    assert LESSONS
    assert CHECK_FILES


def test_names() -> None:
    """A module has one number and one name, in every folder."""
    names = [path.stem for path in LESSONS]
    assert all(re.fullmatch(r"m\d\d_[a-z0-9]+(_[a-z0-9]+)*", name) for name in names), names
    assert len({name[:3] for name in names}) == len(names), names
    exercises = {path.stem for path in SOURCES} - set(names)
    assert not exercises, f"solutions without a lesson of the same name: {sorted(exercises)}"
    assert all(path.stem == path.parent.name for path in SOURCES if path not in LESSONS)
