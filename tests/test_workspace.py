"""workspace: what arrives, what is renewed, and that nothing of the trainee's is ever lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import csmodels_helpers
from csmodels_helpers import workspace
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.workspace import WorkspaceError, find_work, fingerprint, update

KANO = "m05_kano.ipynb"
TASK = "exercises/m05_kano/m05_kano.ipynb"


def notebook(*sources: str, **metadata: object) -> dict[str, Any]:
    cells = [
        {
            "cell_type": "code",
            "id": f"c{i}",
            "source": source,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for i, source in enumerate(sources)
    ]
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def first_source(path: Path) -> str:
    return read(path)["cells"][0]["source"]


def release(course: Path, version: str, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    monkeypatch.setattr(csmodels_helpers, "__version__", version)
    write(course / "notebooks" / KANO, notebook(source))


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "course"
    release(folder, "1.0", monkeypatch, "first")
    write(folder / TASK, notebook("# your code"))
    (folder / "exercises" / "m05_kano" / "map.png").write_bytes(b"picture 1")
    (folder / "notebooks" / ".ipynb_checkpoints").mkdir()
    write(folder / "notebooks" / ".ipynb_checkpoints" / KANO, notebook("old"))
    return folder


@pytest.fixture
def work(course: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    update(folder, course=course)
    return folder


def kinds(work: Path, course: Path) -> dict[str, str]:
    return {change.path: change.kind for change in update(work, course=course)}


def files(work: Path) -> set[str]:
    return {file.relative_to(work).as_posix() for file in work.rglob("*") if file.is_file()}


def test_first_delivery(course: Path, tmp_path: Path) -> None:
    work = tmp_path / "fresh" / "work"
    found = kinds(work, course)
    assert found == {KANO: "new", TASK: "new", "exercises/m05_kano/map.png": "new"}
    assert files(work) == {*found, workspace.MANIFEST}
    copy = read(work / KANO)
    stamp = copy["metadata"]["csmodels"]
    assert stamp == {"version": "1.0", "source_sha256": fingerprint(notebook("first"))}
    assert copy["cells"] == notebook("first")["cells"]
    assert read(work / workspace.MANIFEST)["version"] == "1.0"
    assert kinds(work, course) == {}


def test_course_is_never_written(course: Path, work: Path) -> None:
    assert "csmodels" not in read(course / "notebooks" / KANO)["metadata"]


def test_a_lesson_that_was_only_run_is_renewed(
    course: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = read(work / KANO)
    copy["cells"][0] |= {
        "outputs": [{"output_type": "stream"}],
        "execution_count": 3,
        "source": ["fir", "st"],
    }
    write(work / KANO, copy)
    assert kinds(work, course) == {}
    assert read(work / KANO)["cells"][0]["execution_count"] == 3  # left alone: nothing new
    release(course, "1.1", monkeypatch, "second")
    assert kinds(work, course) == {KANO: "updated"}
    assert first_source(work / KANO) == "second"
    assert read(work / KANO)["metadata"]["csmodels"]["version"] == "1.1"
    assert kinds(work, course) == {}


def test_a_changed_lesson_is_left_alone(course: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = read(work / KANO)
    mine["cells"][0]["source"] = "mine"
    write(work / KANO, mine)
    assert kinds(work, course) == {}  # nothing new in the course: nothing is put beside it
    release(course, "1.1", monkeypatch, "second")
    (change,) = update(work, course=course)
    assert (change.kind, change.path) == ("beside", KANO)
    assert change.beside == "m05_kano (version 1.1).ipynb"
    assert change.beside in change.message
    assert read(work / KANO) == mine
    assert first_source(work / change.beside) == "second"
    assert kinds(work, course) == {}  # offered once
    (work / change.beside).unlink()
    assert kinds(work, course) == {}  # and not again after it was thrown away
    release(course, "1.2", monkeypatch, "third")
    assert kinds(work, course) == {KANO: "beside"}
    assert read(work / KANO) == mine
    write(work / KANO, notebook("third"))  # the trainee takes the new version over
    update(work, course=course)
    release(course, "1.3", monkeypatch, "fourth")
    assert kinds(work, course) == {KANO: "updated"}
    assert first_source(work / KANO) == "fourth"


@pytest.mark.parametrize("edit", ["source", "type", "added", "removed", "order"])
def test_what_counts_as_a_change(
    course: Path, tmp_path: Path, edit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(course / "notebooks" / KANO, notebook("a", "b"))
    work = tmp_path / "work"
    update(work, course=course)
    mine = read(work / KANO)
    if edit == "source":
        mine["cells"][1]["source"] = "b "
    elif edit == "type":
        mine["cells"][1]["cell_type"] = "markdown"
    elif edit == "added":
        mine["cells"].append(mine["cells"][0])
    elif edit == "removed":
        del mine["cells"][1]
    else:
        mine["cells"].reverse()
    write(work / KANO, mine)
    release(course, "2.0", monkeypatch, "new")
    assert kinds(work, course) == {KANO: "beside"}
    assert read(work / KANO) == mine


def test_two_versions_with_one_name_do_not_overwrite_each_other(
    course: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(work / KANO, notebook("mine"))
    release(course, "1.1", monkeypatch, "second")
    update(work, course=course)
    write(work / "m05_kano (version 1.1).ipynb", notebook("mine too"))
    release(course, "1.1", monkeypatch, "second, mended")
    (change,) = update(work, course=course)
    assert change.beside == "m05_kano (version 1.1) 2.ipynb"
    assert first_source(work / "m05_kano (version 1.1).ipynb") == "mine too"


def test_deleted_files_come_back(course: Path, work: Path) -> None:
    (work / TASK).unlink()
    (change,) = update(work, course=course)
    assert (change.kind, change.path) == ("restored", TASK)
    assert first_source(work / TASK) == "# your code"


def test_tags_and_points_arrive_too(course: Path, work: Path) -> None:
    write(course / TASK, notebook("# your code", points=3))
    assert kinds(work, course) == {TASK: "updated"}
    assert read(work / TASK)["metadata"]["points"] == 3
    mine = read(work / TASK)
    mine["cells"][0]["source"] = "answer = 1"
    write(work / TASK, mine)
    write(course / TASK, notebook("# your code", points=4))
    assert kinds(work, course) == {}
    assert read(work / TASK) == mine


def test_other_files(course: Path, work: Path) -> None:
    source, copy = course / "exercises" / "m05_kano" / "map.png", work / "exercises" / "m05_kano" / "map.png"
    source.write_bytes(b"picture 2")
    assert kinds(work, course) == {"exercises/m05_kano/map.png": "updated"}
    copy.write_bytes(b"mine")
    source.write_bytes(b"picture 3")
    assert kinds(work, course) == {"exercises/m05_kano/map.png": "beside"}
    assert copy.read_bytes() == b"mine"


def test_a_file_that_was_there_before(course: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    write(work / KANO, notebook("mine from the start"))
    assert kinds(work, course)[KANO] == "beside"
    assert first_source(work / KANO) == "mine from the start"
    assert kinds(work, course) == {}


@pytest.mark.parametrize("broken", [b"", b"{half", b"\xff\xfe", b"[1]", b'{"cells": 3}', b'{"cells": [3]}'])
def test_a_copy_that_is_no_notebook(course: Path, work: Path, broken: bytes) -> None:
    (work / KANO).write_bytes(broken)
    (change,) = update(work, course=course)
    assert change.kind == "unreadable"
    assert (work / KANO).read_bytes() == broken
    assert first_source(work / change.beside) == "first"
    assert kinds(work, course) == {}


@pytest.mark.parametrize("broken", [b"", b"{", b"[]", b'{"files": [1]}', b'{"files": {"a": 1}}', b"\xff"])
def test_a_manifest_that_cannot_be_read(
    course: Path, work: Path, broken: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(work / TASK, {**notebook("answer"), "metadata": read(work / TASK)["metadata"]})
    (work / workspace.MANIFEST).write_bytes(broken)
    (change,) = update(work, course=course)
    assert change.kind == "manifest"
    assert change.beside in change.message
    assert (work / change.beside).read_bytes() == broken
    assert kinds(work, course) == {}
    release(course, "1.1", monkeypatch, "second")
    assert kinds(work, course) == {KANO: "updated"}  # the copies' own stamps told what was theirs
    assert first_source(work / TASK) == "answer"


def test_a_broken_course_changes_nothing(course: Path, work: Path) -> None:
    write(course / "notebooks" / "m00_start_here.ipynb", notebook("new"))
    (course / "notebooks" / "m09.ipynb").write_text("{half", encoding="utf-8")
    before = files(work)
    with pytest.raises(WorkspaceError, match=r"m09\.ipynb .* nothing was copied"):
        update(work, course=course)
    assert files(work) == before


def test_no_course_there(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="no folder notebooks"):
        update(tmp_path / "work", course=tmp_path)
    assert not (tmp_path / "work").exists()


@pytest.mark.parametrize("folder", ["", "notebooks", "exercises/m05_kano"])
def test_the_course_itself_is_no_work_folder(course: Path, folder: str) -> None:
    with pytest.raises(ArgumentError, match="a folder of your own"):
        update(course / folder, course=course)


def test_a_file_in_the_way(course: Path, tmp_path: Path) -> None:
    (tmp_path / "work").write_text("mine", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="cannot be written"):
        update(tmp_path / "work", course=course)
    assert (tmp_path / "work").read_text(encoding="utf-8") == "mine"


def test_disk_full_loses_nothing(course: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release(course, "1.1", monkeypatch, "second")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(workspace.os, "fsync", full)
    with pytest.raises(WorkspaceError, match="No space left"):
        update(work, course=course)
    assert first_source(work / KANO) == "first"
    assert not [name for name in files(work) if name.startswith(".csmodels-")]
    monkeypatch.undo()
    assert kinds(work, course) == {KANO: "updated"}


def test_stopped_in_the_middle_goes_on(course: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release(course, "1.1", monkeypatch, "second")
    manifest = (work / workspace.MANIFEST).read_bytes()
    update(work, course=course)
    (work / workspace.MANIFEST).write_bytes(manifest)  # the copy is new, the list is still the old one
    release(course, "1.2", monkeypatch, "third")
    assert kinds(work, course) == {KANO: "updated"}
    assert first_source(work / KANO) == "third"


def test_find_work(work: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert find_work(work / "exercises" / "m05_kano") == work.resolve()
    assert find_work(work) == work.resolve()
    assert find_work(tmp_path) is None
    monkeypatch.chdir(work / "exercises")
    assert find_work() == work.resolve()


def test_default_target(course: Path, work: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(work / "exercises")
    (work / KANO).unlink()
    assert [change.kind for change in update(course=course)] == ["restored"]
    assert (work / KANO).is_file()
    monkeypatch.chdir(tmp_path)
    update(course=course)
    assert (course / "work" / KANO).is_file()
