"""The steps of the images, run in a clean folder without Docker: what they make starts, without solutions."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from k8s import HERE, ROOT

BUILD = HERE / "build.sh"
# As grading.yaml has it: user 1000, who is another one on the machine (hostUsers), no rights, none to come.
POD = ["unshare", "--user", "--map-user=1000", "--map-group=100", "setpriv", "--no-new-privs"]
EXCHANGE = (
    "from nbgrader.apps import NbGrader; app = NbGrader(); app.load_config_file(); print(app.config.Exchange)"
)
IMPORTS = (
    "from csmodels_helpers import kano, servqual, plots, loyalty; import distributed, psycopg, jupyterlab"
)


def test_docker_gets_the_same_steps() -> None:
    docker = (HERE / "Dockerfile").read_text(encoding="utf-8")
    steps = re.findall(r"/from/deploy/kubernetes/build\.sh (\w+)", docker)
    assert steps == ["environment", "course", "instructor"]
    assert re.findall(r"^(\w+)\)$", BUILD.read_text(encoding="utf-8"), re.MULTILINE) == steps
    bases = re.findall(r"^FROM (\S+)", docker, re.MULTILINE)
    assert all(re.fullmatch(r"python:3\.\d+-slim-\w+|environment|trainee", base) for base in bases)
    assert re.findall(r"^USER (\w+)", docker, re.MULTILINE)[-1] == "1000"


@pytest.mark.parametrize("script", [BUILD, HERE / "csmodels-server"], ids=lambda path: path.name)
def test_scripts_are_whole(script: Path) -> None:
    subprocess.run(["sh", "-n", str(script)], check=True)
    assert os.access(script, os.X_OK)


def test_an_unknown_step_is_told(tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", str(BUILD), "instuctor", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "no step instuctor" in done.stderr


def context(target: Path) -> None:
    """Copy what Docker would send to the builder, by the rules of the file beside the Dockerfile."""
    rules = (HERE / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    for rule in rules:
        if rule.startswith("!"):
            source = ROOT / rule[1:]
            left_out = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
            if source.is_dir():
                shutil.copytree(source, target / rule[1:], ignore=left_out)
            else:
                shutil.copy(source, target / rule[1:])


@pytest.fixture(scope="module")
def built() -> Generator[Path]:
    """Run the steps of the first image."""
    with tempfile.TemporaryDirectory(prefix="csm-k8s-") as name:  # a gigabyte, which pytest would keep
        folder = Path(name)
        source = folder / "from"
        source.mkdir()
        context(source)
        home = folder / "home"
        home.mkdir()
        for step in ("environment", "course"):
            build(folder, step)
        yield folder


def build(folder: Path, step: str) -> None:
    script = folder / "from" / "deploy" / "kubernetes" / "build.sh"
    words = ["sh", str(script), step, str(folder / "prefix"), str(folder / "course")]
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}
    kept = {
        name: value for name, value in os.environ.items() if name.startswith(("PIP_", "http", "HTTP", "SSL"))
    }
    done = subprocess.run(
        words, env={**environment, **kept}, cwd="/", capture_output=True, text=True, timeout=580, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


def run(folder: Path, program: str, *words: str) -> str:
    """Run a program of the image as a pod does."""
    done = subprocess.run(
        [*POD, str(folder / "prefix" / "bin" / program), *words],
        env={"HOME": str(folder / "home"), "PATH": f"{folder}/prefix/bin:/usr/bin:/bin"},
        cwd=folder / "home",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.thorough
def test_the_images_work(built: Path) -> None:
    version = re.findall(
        r"^jupyterhub==(\S+)", (ROOT / "requirements-hub.lock").read_text("utf-8"), re.MULTILINE
    )
    assert run(built, "jupyterhub-singleuser", "--version").split()[-1] == version[0]
    run(built, "python", "-c", IMPORTS)
    said = run(built, "csmodels", "doctor")
    assert "warning" not in said, said
    assert "Isolation for grading: good" in said  # also without rights: so do the workers of grading.yaml

    # What the server does before Jupyter takes over; a second start brings nothing twice.
    run(built, "csmodels-server", "--version")
    work = built / "home" / "work"
    assert (work / "m05_kano.ipynb").is_file()
    assert (work / "exercises" / "m05_kano" / "m05_kano.ipynb").is_file()
    changed = {path: path.stat().st_mtime_ns for path in work.rglob("*.ipynb")}
    run(built, "csmodels-server", "--version")
    assert {path: path.stat().st_mtime_ns for path in work.rglob("*.ipynb")} == changed

    # Nothing of what trainees must not see, and nothing switched on that they cannot use.
    course = built / "course"
    assert not (course / "solutions").exists()
    assert not (course / "tests").exists()
    assert [p for p in course.rglob("*.ipynb") if "HIDDEN TESTS" in p.read_text("utf-8")] == []
    assert not formgrader(built)
    config = run(built, "python", "-c", EXCHANGE)
    assert "/srv/nbgrader/exchange" in config
    assert f"{built}/home/work/exercises" in config

    build(built, "instructor")
    assert formgrader(built)
    assert (course / "solutions" / "m05_kano").is_dir()
    assert "csmodels_helpers.grading.exchange.Collect" in (course / "nbgrader_config.py").read_text("utf-8")


def formgrader(folder: Path) -> bool:
    """Say whether the image has a Formgrader: what is shown, and what answers."""
    off = run(folder, "jupyter", "labextension", "list").partition("Disabled extensions")[2]
    file = folder / "prefix" / "etc" / "jupyter" / "jupyter_server_config.py"
    program = (
        "from traitlets.config.loader import PyFileConfigLoader as Loader;"
        f"print('on:', Loader({str(file)!r}).load_config().ServerApp.jpserver_extensions)"
    )
    config = run(folder, "python", "-c", program)
    shown, answers = "nbgrader:formgrader" not in off, "formgrader': False" not in config
    assert shown == answers, off + config
    return shown


def test_without_the_right_to_namespaces_the_sandbox_says_so() -> None:
    program = (
        "from csmodels_helpers.grading.sandbox_limits import PR_SET_NO_NEW_PRIVS, prctl\n"
        "from csmodels_helpers.grading.sandbox_seccomp import filter_calls\n"
        "from csmodels_helpers.grading.sandbox import isolation\n"
        "prctl(PR_SET_NO_NEW_PRIVS, 1)\n"
        "filter_calls()\n"  # refuses unshare and mount, as the filter of container runtimes does
        "print(isolation().namespaces, isolation().missing)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.startswith("False ("), done.stdout
