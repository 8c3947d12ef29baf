"""doctor: every check finds what it is for, and every problem has a remedy."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib
import nbformat
import pytest

from csmodels_helpers import doctor
from csmodels_helpers.doctor import Finding
from csmodels_helpers.grading.sandbox import Isolation
from csmodels_helpers.language import set_language
from csmodels_helpers.notebooks_client import Client

DEJAVU = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


@pytest.fixture
def broken_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    folder = tmp_path / "kernels" / "broken"
    folder.mkdir(parents=True)
    spec = {
        "argv": [sys.executable, "-c", "raise SystemExit(3)"],
        "display_name": "broken",
        "language": "python",
    }
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    return "broken"


def test_all_is_well_here() -> None:
    """The environment of the tests is one that the course runs in."""
    levels = {finding.check: finding.level for finding in doctor.run()}
    assert len(levels) == 8
    assert "fatal" not in levels.values()
    assert levels["Chinese in figures"] == levels["Notebook kernel"] == levels["Widgets"] == "good"


PROBLEMS: list[tuple[Callable[[], Finding], str, str]] = [
    (lambda: doctor.check_python((3, 10, 13)), "fatal", "3.10.13"),
    (lambda: doctor.check_disk(0.3e9), "warning", "0.3 GB"),
    (lambda: doctor.check_disk(0), "fatal", "0.0 GB"),
    (lambda: doctor.check_fonts("/nowhere/NotoSansSC.ttf"), "warning", "Noto Sans SC"),
    (lambda: doctor.check_fonts(DEJAVU), "warning", "DejaVu Sans"),
    (lambda: doctor.check_kernel("nothing-of-the-kind"), "fatal", "nothing-of-the-kind"),
    (lambda: doctor.check_widgets([]), "warning", "ipywidgets"),
    (lambda: doctor.check_alembic(""), "warning", "alembic"),
    *[
        (partial(doctor.check_isolation, Isolation(False, False, "", (reason, "seccomp"))), "warning", named)
        for reason, named in [
            ("linux", "Linux"),
            ("userns_clone", "kernel.unprivileged_userns_clone"),
            ("apparmor", "kernel.apparmor_restrict_unprivileged_userns"),
            ("max_user_namespaces", "user.max_user_namespaces"),
            ("container", ""),
            ("namespaces", ""),
            ("seccomp", "seccomp"),
        ]
    ],
]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize(("check", "level", "named"), PROBLEMS)
def test_problems_are_found(check: Callable[[], Finding], level: str, named: str, language: str) -> None:
    set_language(language)
    try:
        finding = check()
    finally:
        set_language("en")
    assert finding.level == level
    assert named in finding.result
    assert finding.remedy


def test_a_kernel_that_dies(broken_kernel: str) -> None:
    finding = doctor.check_kernel(broken_kernel, timeout=20)
    assert finding.level == "fatal"
    assert "does not answer" in finding.result
    assert "127.0.0.1" in finding.remedy


def test_good_findings_need_no_remedy(tmp_path: Path) -> None:
    for finding in (doctor.check_python(), doctor.check_disk(5e9), doctor.check_work(tmp_path / "work")):
        assert (finding.level, finding.remedy) == ("good", "")


def test_alembic_on_path(tmp_path: Path) -> None:
    program = tmp_path / ("alembic.exe" if sys.platform == "win32" else "alembic")
    program.touch()
    program.chmod(0o755)
    assert doctor.check_alembic(str(tmp_path)).level == "good"


def test_a_work_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work").mkdir()

    def refuse(**_: object) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    finding = doctor.check_work(tmp_path / "work")
    assert finding.level == "fatal"
    assert "Permission denied" in finding.result


def test_looking_leaves_nothing_behind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    doctor.check_work(tmp_path / "work")
    assert list(tmp_path.iterdir()) == []
    doctor.check_python()
    assert capsys.readouterr().out == ""


def test_isolation() -> None:
    together = doctor.check_isolation(Isolation(True, True, "v2", ()))
    each = doctor.check_isolation(Isolation(True, True, "", ()))
    assert (together.level, each.level, each.remedy) == ("good", "good", "")
    assert "cgroups v2" in together.result
    assert "no cgroup" in each.result


def test_the_lesson_does_not_speak_of_grading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "check_kernel", doctor.check_python)
    assert "Isolation for grading" not in set(doctor.report()["check"])
    assert "Isolation for grading" in {finding.check for finding in doctor.run()}


def test_report() -> None:
    findings = [doctor.check_python((3, 12, 1)), doctor.check_disk(0)]
    table = doctor.report(findings)
    assert list(table.columns) == ["check", "result", "what to do"]
    assert list(table["result"]) == ["good: 3.12.1", "problem: only 0.0 GB"]
    assert list(table["what to do"]) == ["", findings[1].remedy]


def test_in_a_notebook() -> None:
    """Inside a kernel its own life is the proof; no second kernel is started."""
    source = "from csmodels_helpers import doctor\ndoctor.check_kernel().result"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    Client(notebook, timeout=60, kernel_name="python3").execute()
    assert "this notebook runs in one" in str(notebook.cells[0].outputs)
