"""The command csmodels: what it prints and how it ends."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import csmodels_helpers
from csmodels_helpers import doctor
from csmodels_helpers.cli import app
from csmodels_helpers.doctor import Finding
from csmodels_helpers.language import set_language


@pytest.fixture(autouse=True)
def english() -> Generator[None]:
    yield
    set_language("en")


@pytest.fixture
def course(tmp_path: Path) -> Path:
    (tmp_path / "course" / "notebooks").mkdir(parents=True)
    lesson = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "course" / "notebooks" / "m05_kano.ipynb").write_text(json.dumps(lesson), encoding="utf-8")
    return tmp_path / "course"


def invoke(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, done.output


@pytest.mark.parametrize(("level", "code"), [("good", 0), ("warning", 0), ("fatal", 1)])
def test_doctor(level: doctor.Level, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    remedy = "" if level == "good" else "Do this."
    findings = [Finding("Python", "good", "3.12.1"), Finding("Disk", level, "as it is", remedy)]
    monkeypatch.setattr(doctor, "run", lambda: findings)
    exit_code, output = invoke("doctor")
    assert exit_code == code
    assert "Python: good: 3.12.1" in output
    assert "as it is" in output
    assert ("→ Do this." in output) is bool(remedy)


def test_update(course: Path, tmp_path: Path) -> None:
    words = ("update", "--work", tmp_path / "work", "--course", course)
    assert invoke(*words) == (0, "m05_kano.ipynb is here now.\n")
    assert (tmp_path / "work" / "m05_kano.ipynb").is_file()
    assert invoke(*words) == (0, "Everything is up to date.\n")
    assert invoke("--language", "zh_CN", *words) == (0, "一切都是最新的。\n")


def test_mistakes_are_one_sentence(tmp_path: Path) -> None:
    code, output = invoke("update", "--work", tmp_path / "work", "--course", tmp_path)
    assert code == 1
    assert output.count("\n") == 1
    assert "no folder notebooks" in output
    code, output = invoke("--language", "fr", "update")
    assert code == 1
    assert "language='fr' is not allowed" in output


def test_version_and_help() -> None:
    assert invoke("--version") == (0, f"{csmodels_helpers.__version__}\n")
    code, output = invoke("--help")
    assert code == 0
    assert "doctor" in output
    assert "update" in output


def test_the_command_is_installed() -> None:
    (entry,) = importlib.metadata.entry_points(group="console_scripts", name="csmodels")
    assert entry.load() is app


def test_a_console_without_chinese() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "csmodels_helpers.cli",
            "--language",
            "zh_CN",
            "update",
            "--course",
            "nowhere",
        ],
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        encoding="cp1252",
        check=False,
    )
    assert done.returncode == 1
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr
