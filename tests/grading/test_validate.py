"""``nbgrader validate`` in a trainee's JupyterLab says what the checks say, whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from csmodels_helpers.grading import release

pytestmark = [
    pytest.mark.grading,
    pytest.mark.filterwarnings("ignore:::nbgrader", "ignore:::nbconvert", "ignore:::traitlets"),
]

NAME = "m98_sample"
SETTINGS = Path(__file__).resolve().parents[2] / "deploy" / "laptop"
LONG = "Count only those who answered, and leave out " + "who said nothing, " * 6 + "to the last word."


def test_messages_are_not_cut_off(sample: Path) -> None:
    texts = sample / "checks" / "m98.toml"
    words = texts.read_text(encoding="utf-8")
    texts.write_text(words.replace("Count only those who answered.", LONG), encoding="utf-8")
    release.release(sample)
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "validate", f"{NAME}.ipynb"],
        cwd=sample / "exercises" / NAME,
        env={**os.environ, "JUPYTER_CONFIG_PATH": str(SETTINGS)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert "VALIDATION FAILED" in done.stdout
    assert LONG in done.stdout
    assert "nbgrader_config.py" not in done.stderr  # "No … file found" looks like a fault of the trainee's
