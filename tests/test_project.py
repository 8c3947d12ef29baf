"""The repository itself: bounds, locks, versions, messages, docstrings, and what must not stand in a file."""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import csmodels_helpers

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = sorted(path.name for path in ROOT.glob("requirements*.lock"))


def bounds(requirements: list[str]) -> dict[str, str]:
    """Return name → bounds, both in one spelling."""
    parsed = [Requirement(line) for line in requirements]
    return {canonicalize_name(one.name): str(one.specifier) for one in parsed}


def pins(lock: str) -> dict[str, set[str]]:
    """Return name → "version ; marker" of every pin in a lock."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        if not line.startswith((" ", "#")):
            one = Requirement(line.rstrip("\\ "))
            found.setdefault(canonicalize_name(one.name), set()).add(str(one.specifier))
    return found


# --- dependencies ---


def test_conda_has_the_same_bounds() -> None:
    listed: list[Any] = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    (from_pip,) = [entry["pip"] for entry in listed if isinstance(entry, dict)]
    assert "-e ." in from_pip
    conda = [entry for entry in listed if isinstance(entry, str) and entry != "pip"]
    found = bounds([*conda, *(entry for entry in from_pip if entry != "-e .")])
    wanted = bounds(PROJECT["project"]["dependencies"])
    assert found.pop("python") == PROJECT["project"]["requires-python"]
    assert found == wanted


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_are_hashes_without_addresses(lock: str) -> None:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    pin = re.compile(r"[a-z0-9][a-z0-9._-]*==\S+( ; [^\\]+)? \\")
    hashed = re.compile(r" {4}--hash=sha256:[0-9a-f]{64}( \\)?")
    assert [line for line in lines if not (pin.fullmatch(line) or hashed.fullmatch(line))] == []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        assert line.endswith("\\") == following.startswith(" "), line  # every pin has a hash


def test_locks_fit_the_project() -> None:
    locks = {lock.removeprefix("requirements").strip("-").removesuffix(".lock"): pins(lock) for lock in LOCKS}
    core, dev, bench = locks[""], locks["dev"], locks["bench"]
    extras = PROJECT["project"]["optional-dependencies"]
    always = PROJECT["project"]["dependencies"]
    build = PROJECT["dependency-groups"]["build"]
    everything = [*extras["dev"], *extras["grade"], *extras["hub"], *extras["scale"], *extras["verify"]]
    for lock, requirements in (
        (core, [*always, *build, *PROJECT["build-system"]["requires"]]),
        (locks["hub"], [*always, *build, *extras["grade"], *extras["hub"]]),
        (dev, everything),
        (locks["spark"], [*everything, *extras["spark"]]),
        (bench, [*always, *extras["bench"]]),
    ):
        requirements = [one for one in requirements if not one.startswith("csmodels[")]
        for one in map(Requirement, requirements):
            versions = lock[canonicalize_name(one.name)]
            assert all(one.specifier.contains(version.lstrip("=")) for version in versions), one
    for smaller, larger in ((core, locks["hub"]), (locks["hub"], dev), (dev, locks["spark"])):
        assert {name: larger.get(name) for name in smaller} == smaller
    # Like is compared with like; wrapt is what otter-grader wants older.
    assert {name for name in core if bench.get(name) != core[name]} <= {"wrapt"}


def test_one_version() -> None:
    assert PROJECT["project"]["version"] == csmodels_helpers.__version__
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {csmodels_helpers.__version__}" in changelog


# --- what must not stand in a file ---

FORBIDDEN = [
    *("pypi" + ".org", "python" + "hosted", "npm" + "js", "anaconda" + ".org", "anaconda" + ".com"),
    *("debian" + ".org", "proxy.golang" + ".org", "--index" + "-url", "--extra-index" + "-url"),
    *("/work" + "/main", "/work" + "/shared", "/root" + "/", "/opt" + "/pypi", "/opt" + "/wheels"),
]
SKIPPED = {".git", ".venv", "work", "grading", "build", "dist", "__pycache__", "node_modules"}


def project_files() -> Iterator[Path]:
    """Go through the repository's own files; folders of tools and of trainees are left out."""
    for folder, names, files in os.walk(ROOT):
        here = Path(folder)
        hidden = {name for name in names if name.startswith(".") and name != ".ci"}
        names[:] = sorted({*names} - hidden - (SKIPPED if here == ROOT else {"__pycache__", "node_modules"}))
        yield from (here / name for name in sorted(files))


def test_no_registry_and_no_machine_is_named() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in project_files()
        for word in FORBIDDEN
        if word.encode() in path.read_bytes()
    ]
    assert found == []


def test_the_search_sees_the_whole_project() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in project_files()}
    assert {
        "start.py",
        ".ci/run",
        "README.md",
        "csmodels_helpers/cli.py",
        "csmodels_helpers/grading/__init__.py",
    } <= names
    assert not any(name.startswith((".venv", "work/")) for name in names)


def test_no_two_test_files_share_a_name() -> None:
    """Folders of tests are no packages: pytest takes the second file of a name for the first, and stops."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, number in names.items() if number > 1] == []


# --- docstrings ---


def modules() -> list[str]:
    """Return the names of all modules of the package, without importing them."""
    package = ROOT / "csmodels_helpers"
    names = [module.name for module in pkgutil.walk_packages([str(package)], "csmodels_helpers.")]
    return sorted(["csmodels_helpers", *names])


def missing_in_docstring(function: Any) -> list[str]:
    """Return what a public function's docstring lacks."""
    text = inspect.getdoc(function) or ""
    sections = set(re.findall(r"^(\w[\w ]*)\n-{3,}$", text, flags=re.MULTILINE))
    lacking = [] if text else ["docstring"]
    lacking += [] if ">>> " in text else ["doctest"]
    signature = inspect.signature(function)
    if signature.parameters and "Parameters" not in sections:
        lacking.append("section Parameters")
    lacking += [
        f"parameter {name}"
        for name, parameter in signature.parameters.items()
        if parameter.kind is not parameter.VAR_KEYWORD
        and not re.search(rf"^(?:[*\w]+, )*\**{name}(?:, [*\w]+)*(?: :.*)?$", text, re.MULTILINE)
    ]
    returns = signature.return_annotation not in (None, "None", inspect.Signature.empty, "Never", "NoReturn")
    if returns and not sections & {"Returns", "Yields"}:
        lacking.append("section Returns")
    return lacking


def test_the_docstring_check_sees_what_is_missing() -> None:
    def bare(column: str) -> int:
        return len(column)

    def good(column: str) -> int:
        """Count.

        Parameters
        ----------
        column : str
            A name.

        Returns
        -------
        int
            Its length.

        Examples
        --------
        >>> good("a")
        1
        """
        return len(column)

    assert missing_in_docstring(good) == []
    wanted = ["docstring", "doctest", "section Parameters", "parameter column", "section Returns"]
    assert missing_in_docstring(bare) == wanted


@pytest.mark.parametrize("name", modules())
def test_public_functions_are_documented(name: str) -> None:
    module: ModuleType = importlib.import_module(name)
    assert module.__doc__, f"{name} says nothing of itself"
    public: list[str] = getattr(module, "__all__", [])
    assert [one for one in public if not hasattr(module, one)] == []
    found: list[str] = []
    for one in public:
        thing = getattr(module, one)
        inner = inspect.unwrap(thing) if callable(thing) else thing
        if isinstance(inner, FunctionType) and inner.__module__ == name:
            found += [f"{name}.{one}: {lack}" for lack in missing_in_docstring(inner)]
        elif isinstance(thing, type) and thing.__module__ == name and not thing.__doc__:
            found.append(f"{name}.{one}: docstring")
    assert found == []


def test_a_table_waits_for_no_library_of_figures_or_statistics() -> None:
    """Importing them takes longer than pandas itself; benchmarks/models.py measures it."""
    program = """
import sys
import pandas as pd
from csmodels_helpers import kano
asked = {"respondent": [1, 2], "feature": "speed", "functional": "like", "dysfunctional": "dislike"}
print(kano.analyze(pd.DataFrame(asked)).table.loc[0, "category"])
print(sorted({"matplotlib", "seaborn", "scipy", "statsmodels", "sklearn", "pandera"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.split() == ["O", "[]"]


# --- the rule that a skip fails where CI=true ---

SKIPPING = """
import pytest

def test_runs():
    pass

@pytest.mark.skip(reason="no chromium here")
def test_skipped():
    pass

@pytest.mark.xfail(reason="known")
def test_expected_failure():
    assert False
"""


@pytest.mark.parametrize(("ci", "code", "closing"), [("true", 1, "2 errors"), ("", 0, "2 skipped")])
def test_a_skip_is_a_failure_on_the_build_machine(tmp_path: Path, ci: str, code: int, closing: str) -> None:
    (tmp_path / "conftest.py").write_bytes((ROOT / "tests" / "conftest.py").read_bytes())
    (tmp_path / "test_one.py").write_text(SKIPPING, encoding="utf-8")
    whole_file = "import pytest\npytest.skip('not on this machine', allow_module_level=True)\n"
    (tmp_path / "test_two.py").write_text(whole_file, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--continue-on-collection-errors"]
    done = subprocess.run(
        [*command, str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "CI": ci},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == code, done.stdout
    last = done.stdout.splitlines()[-1]
    assert "1 passed" in last
    assert "1 xfailed" in last
    assert closing in last
    assert ("no chromium here" in done.stdout) is bool(ci)


TOGETHER = """
import os, time
import pytest

GROUPS = [pytest.param(n, marks=pytest.mark.xdist_group(str(n // 6))) for n in range(12)]

@pytest.mark.parametrize("n", GROUPS)
def test_where(n):
    with open(f"{n}.txt", "w", encoding="utf-8") as file:
        file.write(os.environ["PYTEST_XDIST_WORKER"])
    time.sleep(0.1)
"""


def test_tests_that_belong_together_run_in_one_process(tmp_path: Path) -> None:
    """With pytest 9.2 and pytest-xdist 3.8 they did not, and lessons ran twice (docs/decisions/0102)."""
    (tmp_path / "test_one.py").write_text(TOGETHER, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadgroup"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    where = [(tmp_path / f"{n}.txt").read_text(encoding="utf-8") for n in range(12)]
    assert (len({*where[:6]}), len({*where[6:]})) == (1, 1), where
