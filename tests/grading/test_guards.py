"""Take each guard of the grader away, one at a time: the test that is named beside it must fail.

``guards.toml`` lists them. A test sees the package without the guard because a copy is mounted over it, in a
namespace of its own: nothing of the checkout changes. All of them take long (``make guards``); every twelfth
runs with the other tests of grading.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from csmodels_helpers.grading import course

GUARDS: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("guards.toml").read_text(encoding="utf-8")
)["guard"]
PACKAGE = course.ROOT / "csmodels_helpers"
MOUNTED = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
# An ordinary user stays who he is, as the sandbox maps him: one who seems to be root could not start it.
ORDINARY = ["unshare", "--map-current-user", "--keep-caps", "-m"]
WITHOUT_RIGHTS = ["setpriv", "--ambient-caps=-all", "--inh-caps=-all"]


def run(test: str, package: Path) -> subprocess.CompletedProcess[str]:
    """Run a test with another copy of the package in its place."""
    root = os.getuid() == 0
    namespace = ["unshare", "-m"] if root else ORDINARY
    pytest_ = [
        *([] if root else WITHOUT_RIGHTS),
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        test,
    ]
    return subprocess.run(
        [*namespace, "sh", "-c", MOUNTED, "sh", str(package), str(PACKAGE), *pytest_],
        cwd=course.ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_every_guard_is_there_once() -> None:
    """A change of the code that loses sight of a guard is noticed at once."""
    lost = [
        guard["name"]
        for guard in GUARDS
        if (PACKAGE / guard["file"]).read_text(encoding="utf-8").count(guard["old"]) != 1
        or guard["new"] == guard["old"]
    ]
    assert lost == []
    names = [guard["name"].replace(" ", "-") for guard in GUARDS]
    assert [name for name in names if names.count(name) > 1] == []
    changes = [(guard["file"], guard["old"], guard["new"]) for guard in GUARDS]
    assert [change for change in changes if changes.count(change) > 1] == []
    assert {key for guard in GUARDS for key in guard} == {"name", "file", "old", "new", "test"}
    for guard in GUARDS:
        file, _, test = guard["test"].partition("[")[0].partition("::")
        name = test.rpartition(".")[2]  # of a doctest, the function that it belongs to
        assert f"def {name}(" in (course.ROOT / file).read_text(encoding="utf-8"), guard["test"]


def _layers(number: int) -> list[pytest.MarkDecorator]:
    """Say where a guard is tried: one in 24 in `make test`, one in 12 on the build machine."""
    if number % 12:
        return [pytest.mark.guards]
    return [pytest.mark.grading, *([pytest.mark.thorough] if number % 24 else [])]


@pytest.mark.parametrize(
    "guard",
    [
        pytest.param(
            guard,
            id=guard["name"].replace(" ", "-"),
            marks=_layers(n),
        )
        for n, guard in enumerate(GUARDS)
    ],
)
def test_without_the_guard_its_test_fails(guard: dict[str, Any], tmp_path: Path) -> None:
    package = tmp_path / "csmodels_helpers"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    file = package / guard["file"]
    source = file.read_text(encoding="utf-8")
    assert source.count(guard["old"]) == 1, "the guard is not there, or there twice"
    file.write_text(source.replace(guard["old"], guard["new"]), encoding="utf-8")
    done = run(guard["test"], package)
    # 1: a test failed. Anything else, such as a test that is not there, shows nothing.
    assert done.returncode == 1 and "1 failed" in done.stdout, done.stdout[-3000:] + done.stderr[-1000:]


@pytest.mark.grading
def test_with_all_guards_the_same_tests_pass(tmp_path: Path) -> None:
    package = tmp_path / "csmodels_helpers"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    done = run(GUARDS[0]["test"], package)
    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout
