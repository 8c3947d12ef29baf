"""The small course of :mod:`sample` in a temporary folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sample import NAME, make_course, sample_cells, write_notebook


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CSMODELS_CHECKS", str(tmp_path / "checks"))
    return make_course(tmp_path)


@pytest.fixture
def remake(sample: Path) -> Callable[[Callable[[dict[str, dict[str, Any]]], None]], Path]:
    """Change cells of the sample by id, and write it again."""

    def change(edit: Callable[[dict[str, dict[str, Any]]], None]) -> Path:
        shutil.rmtree(sample / "solutions")
        cells = sample_cells()
        edit({cell["id"]: cell for cell in cells})
        return write_notebook(sample / "solutions" / NAME / f"{NAME}.ipynb", cells)

    return change
