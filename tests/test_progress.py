"""What a trainee leaves on the way is kept, whoever else writes, whatever breaks."""

from __future__ import annotations

import json
import multiprocessing
import sys
from pathlib import Path

import numpy as np
import pytest

from csmodels_helpers import progress
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import set_language


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Begin outside of any work folder and with nothing in memory."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(progress, "_memory", {})
    monkeypatch.setattr(progress, "_unsaved", {})


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder inside a work folder, as an exercise does."""
    (tmp_path / ".csmodels.json").write_text("{}", encoding="utf-8")
    inner = tmp_path / "exercises" / "m05_kano"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    return tmp_path


def kept(work: Path) -> dict[str, object]:
    entries = json.loads((work / "progress.json").read_text(encoding="utf-8"))["entries"]
    return {key: entry["value"] for key, entry in entries.items()}


def test_entries_stand_in_the_work_folder(work: Path) -> None:
    assert progress.location() == work / "progress.json"
    assert progress.record("prediction/m05-worse", {"鲜": 40, "n": np.int64(3), "v": np.array([1.5])}) is None
    assert progress.recall("prediction/m05-worse") == {"鲜": 40, "n": 3, "v": [1.5]}
    assert kept(work) == {"prediction/m05-worse": {"鲜": 40, "n": 3, "v": [1.5]}}
    assert [p.name for p in work.iterdir() if "progress" in p.name] != []
    assert not list(work.glob(".progress-*"))  # no leftovers of writing


def test_what_is_recalled_is_a_copy(work: Path) -> None:
    progress.record("a/x", [1])
    progress.recall("a/x").append(2)
    assert progress.recall("a/x") == [1]
    assert progress.recall("a/y") is None and progress.recall("a/y", 3) == 3


def test_entries_come_in_the_order_of_their_last_change(work: Path) -> None:
    for key in ("a/1", "b/2", "a/3", "a/1"):
        progress.record(key, key)
    assert list(progress.entries("a/")) == ["a/3", "a/1"]
    assert len(progress.entries()) == 3


def test_outside_a_work_folder_nothing_is_written(tmp_path: Path) -> None:
    progress.record("a/x", 1)
    assert progress.location() is None and progress.recall("a/x") == 1
    assert list(tmp_path.iterdir()) == []


def test_what_a_grader_runs_is_nobodys_progress(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    progress.record("a/x", 1)
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    assert progress.recall("a/x") is None
    progress.record("a/x", 2)
    monkeypatch.delenv("NBGRADER_EXECUTION")
    assert progress.recall("a/x") == 1


@pytest.mark.parametrize("value", [object(), {1, 2}, print])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(ArgumentError, match="what JSON can hold"):
        progress.record("a/x", value)
    with pytest.raises(ArgumentError):
        progress.record("", 1)


@pytest.mark.parametrize(
    "content", [b"{broken", b"", b"\xff\xfe", b"[]", b'{"entries": 3}', b'{"entries": {"a": 3}}', b"null"]
)
def test_an_unreadable_file_is_set_aside_and_said(work: Path, content: bytes) -> None:
    file = work / "progress.json"
    file.write_bytes(content)
    assert progress.recall("a/x") is None and file.read_bytes() == content  # reading changes nothing
    notice = progress.record("a/x", 1)
    assert notice is not None and 'kept as "progress.unreadable.json"' in notice
    assert (work / "progress.unreadable.json").read_bytes() == content
    assert progress.record("a/y", 2) is None and kept(work) == {"a/x": 1, "a/y": 2}
    # A second accident does not overwrite what the first one left.
    file.write_bytes(b"again")
    set_language("zh_CN")
    notice = progress.record("a/z", 3)
    set_language("en")
    assert (
        notice is not None and "无法读取 progress.json" in notice and "progress.unreadable 2.json" in notice
    )
    assert (work / "progress.unreadable.json").read_bytes() == content


def test_an_entry_that_cannot_be_written_waits(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    progress.record("a/x", 1)

    def full(path: Path, entries: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(progress, "_write", full)
        notice = progress.record("a/y", 2)
        assert notice is not None and "No space left on device" in notice
        assert progress.modify("a/x", lambda old: old + 1).value == 2
        assert progress.entries("a/") == {"a/y": 2, "a/x": 2}
    assert kept(work) == {"a/x": 1}
    assert progress.record("a/z", 3) is None
    assert kept(work) == {"a/x": 2, "a/y": 2, "a/z": 3}


def test_a_write_that_dies_leaves_the_old_file(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    progress.record("a/x", 1)
    before = (work / "progress.json").read_bytes()

    def die(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(progress.os, "fsync", die)
    assert progress.record("a/x", 2) is not None
    assert (work / "progress.json").read_bytes() == before
    assert not list(work.glob(".progress-*"))


def _write_many(folder: str, name: str, barrier: object) -> None:
    import os

    os.chdir(folder)
    barrier.wait()  # type: ignore[attr-defined]
    for n in range(25):
        progress.record(f"{name}/{n}", n)
        progress.modify("count", lambda old: (old or 0) + 1)


def test_two_notebooks_at_once_lose_nothing(work: Path) -> None:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    writers = [context.Process(target=_write_many, args=(str(work), name, barrier)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    for name in "ab":
        assert progress.entries(f"{name}/") == {f"{name}/{n}": n for n in range(25)}
    assert progress.recall("count") == 50


@pytest.mark.skipif("sys.platform == 'win32'")
def test_a_hung_notebook_does_not_hang_the_others(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sys.platform != "win32"
    import fcntl

    monkeypatch.setattr(progress, "_PATIENCE", 0.05)
    with (work / ".progress.lock").open("a+b") as file:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        notice = progress.record("a/x", 1)
        assert notice is not None and "could not be written" in notice
        assert progress.recall("a/x") == 1
    progress.record("a/y", 2)
    assert kept(work) == {"a/x": 1, "a/y": 2}
