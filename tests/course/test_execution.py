"""Every lesson and every solution runs from a fresh kernel, in both languages, and says what it computes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

from csmodels_helpers import notebooks, notebooks_run
from csmodels_helpers.notebooks_cells import ROOT

WANTED_SECONDS = 15  # printed when it takes longer; machines differ, so no test asks for it
# Processor seconds, not time on the clock: a busy machine breaks nothing.
ALLOWED_SECONDS = 60

# With xdist all tests of a run go to one worker (--dist loadgroup). Chinese runs the same code, so it is a
# part of `make thorough` and not of `make test`.
CASES = [
    pytest.param(
        path,
        language,
        id=f"{path.relative_to(ROOT).as_posix()}-{language}",
        marks=[
            pytest.mark.xdist_group(f"{path.stem}-{language}"),
            *([pytest.mark.thorough] if language == "zh_CN" else []),
        ],
    )
    for path in notebooks.sources()
    for language in ("en", "zh_CN")
]

pytestmark = pytest.mark.lessons


class Runs:
    """Executes each notebook once a session; ahead of the tests where this process has the cores."""

    def __init__(self, ahead: list[tuple[Path, str]]) -> None:
        self.pool = ThreadPoolExecutor(os.cpu_count() or 1)
        self.futures: dict[tuple[Path, str], Future[notebooks.Run]] = {}
        for path, language in ahead:
            self._begin(path, language)

    def _begin(self, path: Path, language: str) -> Future[notebooks.Run]:
        if (path, language) not in self.futures:
            task = self.pool.submit(notebooks.execute, path, language=language)
            self.futures[path, language] = task
        return self.futures[path, language]

    def of(self, path: Path, language: str) -> notebooks.Run:
        return self._begin(path, language).result()

    def times(self) -> list[str]:
        done = [task.result() for task in self.futures.values() if task.done() and not task.cancelled()]
        return [
            f"{run.file} ({run.language}): {run.seconds:.1f} s ({run.work:.1f} of work), "
            f"{len(run.figures)} figures"
            + (f", more than {WANTED_SECONDS} s of work" if run.work > WANTED_SECONDS else "")
            for run in sorted(done, key=lambda run: -run.seconds)
        ]


@pytest.fixture(scope="session")
def runs(request: pytest.FixtureRequest) -> Iterator[Runs]:
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    chosen = [call.params for call in calls if call and {"path", "language"} <= set(call.params)]
    # An xdist worker sees all tests and gets some of them, so it runs nothing ahead.
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    runs = Runs([(each["path"], each["language"]) for each in chosen] if alone else [])
    yield runs
    runs.pool.shutdown(wait=True, cancel_futures=True)
    reporter = request.config.pluginmanager.getplugin("terminalreporter")
    capture = request.config.pluginmanager.getplugin("capturemanager")
    if reporter is not None and capture is not None and runs.times():
        with capture.global_and_fixture_disabled():
            reporter.write_line("\n\nNotebooks by time, kernel start included:")
            for line in runs.times():
                reporter.write_line("  " + line)


@pytest.mark.parametrize(("path", "language"), CASES)
def test_runs(path: Path, language: str, runs: Runs) -> None:
    """No error, no warning, nothing on stderr, figures described, prose held to the numbers."""
    found = notebooks.run_problems(runs.of(path, language))
    assert not found, "\n" + "\n".join(map(str, found))


@pytest.mark.parametrize(("path", "language"), CASES)
def test_is_quick(path: Path, language: str, runs: Runs) -> None:
    run = runs.of(path, language)
    assert run.work < ALLOWED_SECONDS, f"{run.file} took {run.work:.0f} s"


@pytest.mark.thorough
def test_the_end_of_every_cell_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With nbclient's own class a cell in a hundred with Output widgets is awaited for ever."""
    monkeypatch.setattr(notebooks_run, "_STILL_SECONDS", 10)
    source = "import ipywidgets\nfor n in range(3):\n    with ipywidgets.Output():\n        print(n)"
    cells = [nbformat.v4.new_code_cell(source) for _ in range(60)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "widgets.ipynb")
    run = notebooks.execute(tmp_path / "widgets.ipynb")
    assert not run.error
    assert [cell["execution_count"] for cell in run.notebook["cells"]] == list(range(2, 62))


def test_there_is_something_to_run() -> None:
    assert CASES
