"""start.py: the set-up, its refusals, the order of the test layers, the flags of JupyterLab."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """start.py as a module that thinks it lies in an empty project."""
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    assert spec and spec.loader
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", str(tmp_path))
    monkeypatch.setattr(module, "VENV", str(tmp_path / ".venv"))
    for name in ("requirements.lock", "requirements-hub.lock", "requirements-dev.lock", "pyproject.toml"):
        (tmp_path / name).touch()
    return module


# --- what an old interpreter must be able to read ---


NEW = (
    *(ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.Nonlocal, ast.Match, ast.Starred),
    *(ast.AsyncFunctionDef, ast.Await, ast.YieldFrom),
)


def too_new(source: str) -> list[str]:
    """Return what Python 2.7 could not parse (as far as this file could use it)."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(
            node, ast.JoinedStr | ast.NamedExpr | ast.AnnAssign | ast.Nonlocal | ast.Match | ast.Starred
        ):
            found.append(type(node).__name__)
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.YieldFrom):
            found.append(type(node).__name__)
        if isinstance(node, ast.Raise) and node.cause is not None:
            found.append("raise from")
        if isinstance(node, ast.FunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            if node.returns or any(argument.annotation for argument in arguments):
                found.append("annotation")
            if node.args.kwonlyargs or node.args.posonlyargs:
                found.append("keyword-only")
        if isinstance(node, ast.Call) and any(word.arg is None for word in node.keywords):
            found.append("** in a call")  # the formatter puts a comma behind it
    return found


@pytest.mark.parametrize(
    "source",
    [
        "f'{x}'",
        "(x := 1)",
        "x: int = 1",
        "def f(a: int): ...",
        "def f(*, a): ...",
        "raise A from None",
        "f(**a)",
    ],
)
def test_the_guard_itself_sees_new_syntax(source: str) -> None:
    assert too_new(source)


def test_old_interpreters_can_read_it() -> None:
    source = (ROOT / "start.py").read_text(encoding="utf-8")
    assert source.startswith("# -*- coding: utf-8 -*-")
    assert too_new(source) == []


# --- refusals: one sentence in each language, exit code 1, no traceback ---


def sentence(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what was printed, which must be one line in English and one in Chinese."""
    printed = capsys.readouterr()
    assert "Traceback" not in printed.out + printed.err
    english, chinese = printed.out.splitlines()
    assert english.isascii()
    assert any("一" <= letter <= "龥" for letter in chinese)
    return english


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 10, 13)])
def test_python_too_old(
    start: Any, version: tuple[int, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(start.sys, "version_info", version)
    code = start.main(["lab"])
    monkeypatch.undo()
    assert code == 1
    told = sentence(capsys)
    assert ".".join(map(str, version)) in told
    assert "3.11" in told


def test_python_new_enough(start: Any) -> None:
    start.check_python((3, 11, 0))
    start.check_python((3, 14, 2))


def test_venv_module_missing(tmp_path: Path) -> None:
    for name in ("start.py", "requirements.lock", "requirements-dev.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    code = (
        "import runpy, sys; sys.modules['ensurepip'] = None; sys.argv = ['start.py', 'setup'];"
        "runpy.run_path('start.py', run_name='__main__')"
    )
    done = run([sys.executable, "-c", code], tmp_path)
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stdout
    assert "Traceback" not in done.stdout
    assert not (tmp_path / ".venv").exists()


def test_port_taken(start: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(start, "set_up", lambda kind: pytest.fail("the port comes before the set-up"))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert start.main(["lab", "--port", str(port)]) == 1
        assert f"Port {port} " in sentence(capsys)
        assert start.main(["lab", f"--port={port}"]) == 1
        assert f"Port {port} " in sentence(capsys)
    start.check_port(port)  # free again


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1"])
def test_port_that_is_none(start: Any, port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert start.main(["lab", "--port", port]) == 1
    assert port in sentence(capsys)


def test_port_without_number(start: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert start.main(["lab", "--port"]) == 1
    assert "needs a number" in sentence(capsys)


def test_disk_too_small(start: Any, tmp_path: Path) -> None:
    with pytest.raises(start.StartError, match=r"needs 1\.5 GB .* there are 0\.3 GB"):
        start.check_disk("core", 0.3)
    with pytest.raises(start.StartError, match=r"needs 3\.0 GB"):
        start.check_disk("dev", 2.0)
    start.check_disk("core", 2.0)
    (tmp_path / ".venv").mkdir()
    with (tmp_path / ".venv" / "big").open("wb") as file:
        file.truncate(1_300_000_000)  # sparse: takes no room, counts as 1.3 GB that .venv holds already
    start.check_disk("core", 0.3)


@pytest.mark.parametrize(
    ("lines", "wanted", "harmless"),
    [
        (
            ["Collecting x", "ERROR: Could not install packages: [Errno 28] No space left on device"],
            "disk is full",
            False,
        ),
        (["ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."], "wrong hash", True),
        (
            ["WARNING: Retrying (Retry(total=0)) after NewConnectionError", "ERROR: No match for x"],
            "No match for x",
            True,
        ),
        (
            ["ERROR: first", "ERROR: Failed building wheel for x", "note: more"],
            "Failed building wheel for x",
            False,
        ),
        (
            ["  KeyError: 'x'", "error: metadata-generation-failed", "hint: See above."],
            "KeyError: 'x'",
            False,
        ),
        (["error: metadata-generation-failed", "hint: See above."], "error: metadata", False),
        (["something", "last words", ""], "last words", False),
        ([], "(nothing)", False),
    ],
)
def test_what_pip_says_is_explained(start: Any, lines: list[str], wanted: str, harmless: bool) -> None:
    problem = start.explain_pip(lines)
    assert wanted in str(problem).splitlines()[0]
    assert len(str(problem).splitlines()) == 2
    assert problem.harmless is harmless


def test_disk_full_while_the_stamp_is_written(
    start: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(stamp: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(start, "make_venv", lambda clear: None)
    monkeypatch.setattr(start, "write_stamp", full)
    assert start.main(["setup"]) == 1
    assert "disk is full" in capsys.readouterr().out


def test_stopped_by_hand(
    start: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(start, "make_venv", lambda clear: Path(start.VENV).mkdir())
    monkeypatch.setattr(start, "pip", stopped)
    assert start.main(["setup"]) == 130
    assert "goes on from here" in capsys.readouterr().out
    assert start.read_stamp() == {"unfinished": True}


def test_a_console_without_chinese() -> None:
    done = run([sys.executable, "start.py", "lab", "--port", "x"], ROOT, PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert "--port takes a whole number" in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code"), [([], 2), (["nonsense"], 2), (["setup", "-x"], 2), (["--help"], 0)]
)
def test_usage(start: Any, arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert start.main(arguments) == code
    assert "browser  the tests" in capsys.readouterr().out


# --- a real set-up, of a project that needs no packages ---

BACKEND = """
import zipfile
TAGS = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(folder + "/" + name, "w") as wheel:
        wheel.writestr("tiny.py", "")
        wheel.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n")
        wheel.writestr("tiny-1.0.dist-info/WHEEL", TAGS)
        wheel.writestr("tiny-1.0.dist-info/RECORD", "tiny.py,,\\n")
    return name
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "tiny"
version = "1.0"
"""


def run(command: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )


def set_up(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    done = run([sys.executable, "start.py", *(arguments or ("setup",))], folder, **variables)
    assert "Traceback" not in done.stdout, done.stdout
    return done


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project with a space")
    shutil.copy(ROOT / "start.py", folder)
    (folder / "backend.py").write_text(BACKEND, encoding="utf-8")
    (folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    for name in ("requirements.lock", "requirements-hub.lock", "requirements-dev.lock"):
        (folder / name).write_text("# nothing\n", encoding="utf-8")
    first = set_up(folder)
    assert first.returncode == 0, first.stdout
    assert "[1/3] Making .venv" in first.stdout
    assert "[3/3]" in first.stdout
    return folder


def test_second_run_does_no_set_up(project: Path) -> None:
    again = set_up(project)
    assert again.returncode == 0
    assert "/3]" not in again.stdout
    assert "Everything is set up" in again.stdout


def test_changed_lock_offline_then_online(project: Path) -> None:
    lock = project / "requirements.lock"
    before = lock.read_text(encoding="utf-8")
    lock.write_text("no-such-package-csmodels==1 --hash=sha256:" + "0" * 64, encoding="utf-8")
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": ""}
    failed = set_up(project, PIP_RETRIES="1", PIP_CONFIG_FILE=os.devnull, **nowhere)
    assert failed.returncode == 1
    assert "check the network" in failed.stdout
    assert "no-such-package-csmodels" in failed.stdout  # pip's own last useful line
    lock.write_text(before + "# changed\n", encoding="utf-8")
    mended = set_up(project)
    assert mended.returncode == 0, mended.stdout
    assert "[1/3] .venv is there" in mended.stdout
    assert "[2/3] Downloading" in mended.stdout


def test_each_kind_has_all_that_smaller_ones_need(start: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A .venv for a hub serves lessons as it is, and is not made smaller by them; one for lessons grows."""
    done: list[str] = []
    monkeypatch.setattr(start, "alive", lambda: "3.12")
    monkeypatch.setattr(start, "check_disk", lambda kind: done.append(kind))
    monkeypatch.setattr(start, "pip", lambda *_: None)
    Path(start.VENV).mkdir()
    for there, asked, becomes in (
        ("core", "hub", "hub"),
        ("hub", "core", ""),
        ("hub", "dev", "dev"),
        ("dev", "hub", ""),
    ):
        done.clear()
        start.write_stamp(start.wanted_stamp(there, "3.12"))
        assert start.set_up(asked) == bool(becomes)
        assert done == ([becomes] if becomes else [])


def test_development_has_all_that_lessons_need(project: Path) -> None:
    developed = set_up(project, "setup", "--dev")
    assert "[2/3] Downloading" in developed.stdout
    assert "/3]" not in set_up(project).stdout
    shown = set_up(project, "run", "-c", "import os, sys; print(sys.prefix); print(os.environ['PATH'])")
    prefix, path = shown.stdout.splitlines()
    assert Path(prefix) == project / ".venv"
    assert Path(path.split(os.pathsep)[0]).parent == project / ".venv"
    assert set_up(project, "run", "-c", "raise SystemExit(7)").returncode == 7
    (project / "pyproject.toml").write_text(PROJECT + "# new\n", encoding="utf-8")
    renewed = set_up(project)
    assert "[2/3] The packages are there" in renewed.stdout
    assert "[3/3]" in renewed.stdout


def test_half_an_environment_is_mended(project: Path) -> None:
    venv = project / ".venv"
    (venv / "csmodels-setup.json").write_text(json.dumps({"unfinished": True}), encoding="utf-8")
    for file in venv.rglob("pip/__init__.py"):
        file.unlink()
    mended = set_up(project)
    assert mended.returncode == 0, mended.stdout
    assert "[1/3] Making .venv" in mended.stdout
    assert "/3]" not in set_up(project).stdout


@pytest.mark.skipif(os.name == "nt", reason="there .venv holds a launcher, not a link")
def test_the_computers_own_python_is_never_taken_for_the_environment(start: Any) -> None:
    """A .venv whose pyvenv.cfg is gone runs, as the Python that it was made from: pip would install there."""
    Path(start.venv_bin()).mkdir(parents=True)
    Path(start.venv_python()).symlink_to(Path(sys.executable).resolve())
    assert start.alive() is None
    code = (
        "import pip._internal.cli.main as main; raise SystemExit(main.main(['install', 'x', '--no-index']))"
    )
    refused = subprocess.run(
        [start.venv_python(), "-c", code], env=start.child_environment(), capture_output=True, check=False
    )
    assert refused.returncode == 3  # pip: "Could not find an activated virtualenv (required)."


# --- lab and test, with the children only noted ---


@pytest.fixture
def calls(start: Any, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    noted: list[list[str]] = []

    def call(arguments: list[str], python: object = None, cwd: object = None) -> int:
        noted.append(arguments)
        return start.answers.pop(0) if start.answers else 0

    start.answers = []
    monkeypatch.setattr(start, "set_up", lambda kind: noted.append(["set up", kind]))
    monkeypatch.setattr(start, "call", call)
    return noted


def test_layers_in_order(start: Any, calls: list[list[str]]) -> None:
    start.answers = [0, 5, 0]
    assert start.main(["test", "-k", "kano"]) == 0
    assert calls[0] == ["set up", "dev"]
    assert [call[3] for call in calls[1:]] == [
        "not (lessons or grading or browser or hub or guards or busy or kills or spark or thorough)",
        "lessons and not thorough",
        "grading and not (guards or thorough)",
    ]
    assert all(call[-2:] == ["-k", "kano"] for call in calls[1:])


def test_stops_at_the_first_broken_layer(start: Any, calls: list[list[str]]) -> None:
    start.answers = [0, 1, 0]
    assert start.main(["test"]) == 1
    assert [call[3] for call in calls[1:]][-1] == "lessons and not thorough"


def test_markers_of_ones_own(start: Any, calls: list[list[str]]) -> None:
    assert start.main(["test", "-m", "grading"]) == 0
    assert calls[1:] == [["-m", "pytest", "-m", "grading"]]
    assert start.main(["browser"]) == 0
    assert calls[-1] == ["-m", "pytest", "-m", "browser"]


def test_lab(start: Any, calls: list[list[str]], tmp_path: Path) -> None:
    assert start.main(["lab", "--no-browser"]) == 0
    assert [call[-1] for call in calls[1:3]] == ["doctor", "update"]
    assert not any("default_url" in word for word in calls[3])
    assert calls[3][-1] == "--no-browser"
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "m00_start_here.ipynb").touch()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert start.main(["lab", "--port", str(port)]) == 0
    words = calls[-1]
    assert f"--ServerApp.root_dir={tmp_path / 'work'}" in words
    assert "--LabApp.default_url=/lab/tree/m00_start_here.ipynb" in words
    assert {f"--ServerApp.port={port}", "--ServerApp.port_retries=0"} <= set(words)


def test_hub(start: Any, calls: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert start.main(["hub", "--port", "9000"]) == 0
    assert calls == [["set up", "hub"], ["-m", "csmodels_helpers.hub", "--port", "9000"]]
    monkeypatch.setattr(sys, "platform", "win32")
    assert start.main(["hub"]) == 1
    assert len(calls) == 2


def test_lab_in_an_environment_of_ones_own(start: Any, calls: list[list[str]]) -> None:
    assert start.main(["lab", "--this-python"]) == 0
    assert ["set up", "core"] not in calls
    assert "--this-python" not in calls[-1]


def test_lab_stops_where_the_doctor_does(start: Any, calls: list[list[str]]) -> None:
    start.answers = [1]
    assert start.main(["lab"]) == 1
    assert [call[-1] for call in calls] == ["core", "doctor"]


def test_jupyterlab_asks_nobody(start: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyterlab.labapp import LabApp
    from jupyterlab_server.config import get_page_config

    told = dict(flag.lstrip("-").split("=") for flag in start.QUIET_LAB)
    traits: Any = LabApp.class_traits()
    assert traits["news_url"].from_string(told["LabApp.news_url"]) is None
    assert told["LabApp.check_for_updates_class"] == "jupyterlab.NeverCheckForUpdate"
    assert told["LabApp.extension_manager"] == "readonly"
    assert "check_for_updates_class" in traits
    assert "extension_manager" in traits
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(ROOT / "deploy" / "laptop"))
    page: Any = get_page_config([])
    assert "@jupyterlab/apputils-extension:announcements" in page["disabledExtensions"]


def test_the_terminal_keeps_the_programs_of_the_course(start: Any) -> None:
    """Without a terminal behind it, JupyterLab starts login shells, which begin PATH anew."""
    code = (
        "import sys, traitlets.config as c; from jupyter_core.paths import jupyter_config_path as paths\n"
        "loader = c.PyFileConfigLoader('jupyter_server_config.py', path=paths())\n"
        "print(loader.load_config().ServerApp.terminado_settings['shell_command'])"
    )
    environment = {**start.child_environment(), "SHELL": "/bin/sh"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "['/bin/sh']", done.stderr


def test_children_see_only_their_own_environment(start: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("PIP_USER", "1")
    variables = start.child_environment()
    assert variables["PATH"].startswith(start.venv_bin() + os.pathsep)
    assert "PYTHONPATH" not in variables
    assert variables["PIP_USER"] == "0"
    assert variables["JUPYTER_CONFIG_PATH"].startswith(start.LAB_CONFIG)
