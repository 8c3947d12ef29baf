"""The small course of :mod:`sample` in a temporary folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from postgres import Server, server
from sample import NAME, make_course, sample_cells, write_notebook

from csmodels_helpers.grading.protocol import pack, unpack
from csmodels_helpers.grading.worker import Worker


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


@pytest.fixture(scope="module")
def postgres() -> Generator[Server]:
    with server() as found:
        yield found


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge at once: an answer is right if it is the right one, letter by letter."""
    from test_grade import RIGHT

    def ask(_: Worker, request: bytes) -> bytes:
        notebook = unpack(request)["notebook"]
        sources = {cell["id"]: cell["source"] for cell in notebook["cells"]}
        wrong = [item for item, right in RIGHT.items() if sources[f"m98-{item}-answer"] != right]
        reasons = {f"m98-{item}-test": f"m98-{item}/kept-silent" for item in wrong}
        result = pack({"notebook": notebook, "reasons": reasons, "cpu": 0.0})
        return pack({"result": result, "wall": 0.0, "judge_cpu": 0.0})

    monkeypatch.setattr(Worker, "ask", ask)
