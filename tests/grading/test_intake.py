"""Intake: whatever is handed in becomes a clean notebook or a refusal, and never stops the class."""

from __future__ import annotations

import base64
import copy
import json
import os
import random
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbgrader import utils

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course, intake, release
from csmodels_helpers.grading.intake import Note, Source, Submission
from csmodels_helpers.language import set_language

pytestmark = pytest.mark.filterwarnings("ignore:::nbgrader", "ignore:::nbconvert", "ignore:::traitlets")

NAME = "m98_sample"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40)).decode()
_released: list[bytes] = []  # the release is always the same, and takes nbgrader a second


@pytest.fixture
def source(sample: Path) -> Source:
    file = sample / "release.ipynb"
    if not _released:
        _released.append(release.generate(sample, sample / "made")[NAME].read_bytes())
    file.write_bytes(_released[0])
    return intake.read_source(sample, NAME, file)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "submitted" / "ann" / NAME
    made.mkdir(parents=True)
    return made


def blank() -> dict[str, Any]:
    return json.loads(_released[0])


def text_of(cell: dict[str, Any]) -> str:
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


def find(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    return next(cell for cell in notebook["cells"] if cell["id"] == name)


def hand_in(notebook: Any, source: Source) -> Submission:
    return intake.read_bytes(json.dumps(notebook).encode(), source)


def put(folder: Path, notebook: Any = None, name: str = f"{NAME}.ipynb") -> Path:
    content = _released[0] if notebook is None else json.dumps(notebook).encode()
    (folder / name).write_bytes(content)
    return folder / name


def assert_clean(submission: Submission, source: Source) -> None:
    """Hold a notebook to what it must be, whatever was handed in."""
    nbformat.validate(nbformat.from_dict(copy.deepcopy(submission.notebook)))
    json.dumps(submission.notebook, ensure_ascii=False).encode()
    cells = submission.notebook["cells"]
    ids = [cell["id"] for cell in cells]
    known = [cell["id"] for cell in source.cells]
    assert len({*ids}) == len(ids)
    assert [name for name in ids if name in known] == known
    for given_, released in zip(source.cells, source.released, strict=True):
        cell = find(submission.notebook, given_["id"])
        stamp, meant = course.stamp(cell), course.stamp(given_)
        assert cell["cell_type"] == given_["cell_type"]
        assert cell["metadata"].get("tags") == given_["metadata"].get("tags")
        assert {key: stamp[key] for key in meant} == meant
        assert cell.get("outputs", []) == [] and cell.get("execution_count") is None
        if meant.get("solution"):
            assert stamp["checksum"] == course.stamp(released)["checksum"]
        else:
            assert cell["source"] == given_["source"]
            assert stamp["checksum"] == utils.compute_checksum(nbformat.from_dict(cell))
    for cell in cells:
        if cell["id"] not in known:
            assert cell["metadata"] == {} and cell["cell_type"] in ("code", "markdown")
    told = submission.notebook["metadata"]["csmodels"]["intake"]
    assert told == [{"kind": note.kind, "where": note.where} for note in submission.notes]
    assert submission.notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert submission.notebook["metadata"].get("csmodels_refused") == submission.refused


# -------------------------------------------------------------------------------------------- the source


def test_the_source_is_read_once_and_knows_when_it_changed(source: Source, sample: Path) -> None:
    assert source.name == NAME and len(source.cells) == len(source.released)
    again = intake.read_source(sample, NAME, sample / "release.ipynb")
    assert again == source
    file = sample / "solutions" / NAME / f"{NAME}.ipynb"
    file.write_text(file.read_text(encoding="utf-8").replace("5 / 32", "6 / 32"), encoding="utf-8")
    assert intake.read_source(sample, NAME, sample / "release.ipynb").key != source.key


def test_a_release_of_something_else_is_told(source: Source, sample: Path) -> None:
    notebook = blank()
    del notebook["cells"][3]
    other = put(sample, notebook, "other.ipynb")
    with pytest.raises(CourseError, match=r"other\.ipynb is not the release of solutions/m98_sample"):
        intake.read_source(sample, NAME, other)
    with pytest.raises(CourseError, match=r"cannot be read from .*none"):
        intake.read_source(sample, NAME, sample / "none.ipynb")
    other.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(CourseError, match="cannot be read"):
        intake.read_source(sample, NAME, other)


# ------------------------------------------------------------------------------------------ what is refused


def refusals() -> dict[str, tuple[bytes, str]]:
    whole = blank()
    many = copy.deepcopy(whole)
    many["cells"] += [{"cell_type": "code", "id": f"x{n}", "metadata": {}, "source": ""} for n in range(2000)]
    long = copy.deepcopy(whole)
    long["cells"][0]["source"] = ["字" * 400_000]  # fewer signs than a million, more bytes
    other = copy.deepcopy(whole)
    for cell in other["cells"]:
        cell["id"] = cell["id"].replace("m98", "m97")
        cell["metadata"]["nbgrader"]["grade_id"] = cell["id"]
    packed = json.dumps(whole).encode()
    return {
        "nothing": (b"", "empty"),
        "zeros": (bytes(4096), "empty"),
        "a mark and a line": (b"\xef\xbb\xbf\n", "empty"),
        "no cells": (json.dumps({**whole, "cells": []}).encode(), "empty"),
        "cut": (packed[: len(packed) // 2], "json"),
        "HTML": (b"<!doctype html>", "json"),
        "two brackets": (packed + b"}", "json"),
        "twice": (packed.replace(b'"nbformat": 4', b'"nbformat": 4, "nbformat": 4'), "json"),
        "cells twice": (packed.replace(b'{"cells"', b'{"cells": [], "cells"'), "json"),
        "deep": (b"[" * 100_000, "json"),
        "deep and closed": (b'{"nbformat": 4, "cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "json"),
        "UTF-16": (packed.decode().encode("utf-16"), "encoding"),
        "UTF-16 without a mark": (packed.decode().encode("utf-16-le"), "encoding"),
        "UTF-32": (packed.decode().encode("utf-32-be"), "encoding"),
        "GBK": ("# 满意".encode("gbk"), "encoding"),
        "format 3": (b'{"nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": []}]}', "format"),
        "format unknown": (json.dumps({**whole, "nbformat": "4"}).encode(), "format"),
        "a list": (b"[]", "format"),
        "not a number": (b"NaN", "format"),
        "cells are a table": (b'{"nbformat": 4, "cells": {}}', "format"),
        "a cell is a text": (json.dumps({**whole, "cells": ["x"]}).encode(), "format"),
        "a source is a number": (json.dumps({**whole, "cells": [{"source": 1}]}).encode(), "format"),
        "a line is a number": (json.dumps({**whole, "cells": [{"source": ["a", 1]}]}).encode(), "format"),
        "a huge number": (b'{"nbformat": ' + b"4" * 100_000 + b', "cells": [{}]}', "format"),
        "too large": (packed + b" " * course.MAX_BYTES, "large"),
        "too many cells": (json.dumps(many).encode(), "cells"),
        "a long cell": (json.dumps(long).encode(), "long"),
        "another assignment": (json.dumps(other).encode(), "other"),
    }


def test_each_refusal_has_its_reason_and_a_stand_in(source: Source) -> None:
    found = {}
    keys = set()
    for title, (content, _) in refusals().items():
        submission = intake.read_bytes(content, source)
        found[title] = submission.refused
        keys.add(submission.key)
        assert_clean(submission, source)
        for cell, released in zip(submission.notebook["cells"], source.released, strict=True):
            if course.stamp(cell)["solution"]:
                assert cell["source"] == released["source"]
        assert submission.message and submission.files == {}
    assert found == {title: reason for title, (_, reason) in refusals().items()}
    assert len(keys) == len(found)


def test_every_reason_and_every_note_is_told_in_both_languages() -> None:
    try:
        for language in ("en", "zh_CN"):
            set_language(language)
            said = [Submission({}, reason, (), "", {}).message for reason in intake.REASONS]
            said += [Note(kind, "m98-top-answer").message for kind in intake.NOTES]
            assert len({*said}) == len(intake.REASONS) + len(intake.NOTES)
    finally:
        set_language("en")
    assert Submission({}, None, (), "", {}).message == ""


def test_an_honest_oddity_is_no_reason(source: Source) -> None:
    notebook = blank()
    notebook["metadata"]["widgets"] = {"state": float("nan"), "count": 10**300}
    notebook["nbformat_minor"] = 2
    for cell in notebook["cells"]:
        del cell["id"]  # as a format before 4.5 has it
        cell["source"] = text_of(cell).replace("\n", "\r\n")
    content = json.dumps(notebook).encode()
    huge = content.replace(b'"nbformat_minor": 2', b'"nbformat_minor": ' + b"9" * 50_000)
    for variant in (content, b"\xef\xbb\xbf" + content, huge):
        submission = intake.read_bytes(variant, source)
        assert submission.refused is None and submission.notes == ()
        assert submission.notebook == intake.read_bytes(_released[0], source).notebook
        assert_clean(submission, source)


# --------------------------------------------------------------------------------------------- the folder


def test_a_plain_folder(source: Source, folder: Path) -> None:
    put(folder)
    (folder / "guests.csv").write_bytes(b"a,b\n")
    (folder / "图 1.PNG").write_bytes(b"x")
    submission = intake.read_folder(folder, source)
    assert submission.refused is None and submission.notes == ()
    assert submission.files == {"guests.csv": b"a,b\n", "图 1.PNG": b"x"}
    before = submission.key
    assert intake.read_bytes(_released[0], source, submission.files).key == before
    (folder / "timestamp.txt").write_text("2026-05-01 10:00", encoding="utf-8")
    assert intake.read_folder(folder, source).key == before, "nbgrader's own file is not theirs"
    (folder / "guests.csv").write_bytes(b"a;b\n")
    assert intake.read_folder(folder, source).key != before


def test_no_folder_and_no_notebook(source: Source, folder: Path, tmp_path: Path) -> None:
    assert intake.read_folder(folder, source).refused == "missing"
    assert intake.read_folder(tmp_path / "submitted" / "bob" / NAME, source).refused == "missing"
    assert intake.read_folder(tmp_path / "submitted" / "a\0b", source).refused == "unreadable"
    (tmp_path / "submitted" / "eve").write_text("", encoding="utf-8")
    assert intake.read_folder(tmp_path / "submitted" / "eve", source).refused == "special"
    assert intake.read_folder(tmp_path / "submitted" / "eve" / NAME, source).refused == "special"


def test_one_notebook_under_another_name_is_taken(source: Source, folder: Path) -> None:
    put(folder, name=f"{NAME} (2).ipynb")
    put(folder, name=f"._{NAME}.ipynb")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / "old.ipynb").mkdir()
    submission = intake.read_folder(folder, source)
    assert submission.refused is None
    assert submission.notes == (Note("renamed", f"{NAME} (2).ipynb"), Note("left-kind", "old.ipynb"))
    put(folder, name="M98_SAMPLE.IPYNB")
    assert intake.read_folder(folder, source).refused == "several"
    put(folder)
    submission = intake.read_folder(folder, source)
    assert submission.refused is None, "the expected name goes before all others"
    assert [note.kind for note in submission.notes] == ["left-kind"] * 3


def test_a_name_with_a_newline_is_harmless(source: Source, folder: Path) -> None:
    put(folder, name="a\n# b\u202e.ipynb")
    (folder / "data\n.csv").write_bytes(b"1")
    (folder / os.fsdecode(b"\xff.csv")).write_bytes(b"1")
    submission = intake.read_folder(folder, source)
    assert submission.notes == (
        Note("renamed", "a\ufffd# b\ufffd.ipynb"),
        Note("left-name", "data\ufffd.csv"),
        Note("left-name", "\ufffd.csv"),
    )
    assert submission.files == {}
    assert_clean(submission, source)


@pytest.mark.parametrize("name", [f"{NAME}.ipynb", "other.ipynb"])
def test_links_are_never_followed(source: Source, folder: Path, tmp_path: Path, name: str) -> None:
    secret = put(tmp_path, name="secret.ipynb")
    (folder / name).symlink_to(secret)
    assert intake.read_folder(folder, source).refused == "link"
    (folder / name).unlink()
    (folder / name).symlink_to("/etc/passwd")
    assert intake.read_folder(folder, source).refused == "link"
    (folder / name).unlink()
    (folder / name).symlink_to(name)  # to itself
    assert intake.read_folder(folder, source).refused == "link"
    (folder / name).unlink()
    (folder / name).hardlink_to(secret)
    assert intake.read_folder(folder, source).refused == "link"
    assert secret.read_bytes() == _released[0]


def test_a_folder_that_is_a_link_is_refused(source: Source, folder: Path, tmp_path: Path) -> None:
    put(folder)
    submitted = tmp_path / "submitted"
    (submitted / "bob").mkdir()
    (submitted / "bob" / NAME).symlink_to(folder)
    assert intake.read_folder(submitted / "bob" / NAME, source).refused == "link"
    (submitted / "eve").symlink_to(submitted / "ann")
    assert intake.read_folder(submitted / "eve" / NAME, source).refused == "link"


def test_pipes_devices_and_folders_are_never_opened(source: Source, folder: Path) -> None:
    file = folder / f"{NAME}.ipynb"
    os.mkfifo(file)
    assert intake.read_folder(folder, source).refused == "special"
    file.unlink()
    file.mkdir()
    assert intake.read_folder(folder, source).refused == "special"
    file.rmdir()
    if os.geteuid() == 0:
        os.mknod(file, 0o600 | 0o020000, os.makedev(1, 5))  # /dev/zero, which never ends
        assert intake.read_folder(folder, source).refused == "special"
        file.unlink()
    put(folder)
    os.mkfifo(folder / "data.csv")
    (folder / "link.csv").symlink_to("/etc/passwd")
    (folder / "hard.csv").hardlink_to(put(folder.parent, name="x"))
    submission = intake.read_folder(folder, source)
    assert submission.refused is None and submission.files == {}
    assert submission.notes == (
        Note("left-kind", "data.csv"),
        Note("left-link", "hard.csv"),
        Note("left-link", "link.csv"),
    )


def test_a_file_that_is_exchanged_after_a_look_is_not_read(
    source: Source, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = put(folder.parent, name="plain.ipynb").lstat()
    monkeypatch.setattr(os, "lstat", lambda *_, **__: plain)
    file = folder / f"{NAME}.ipynb"
    file.symlink_to(folder.parent / "plain.ipynb")
    assert intake.read_folder(folder, source).refused == "unreadable"
    file.unlink()
    os.mkfifo(file)
    assert intake.read_folder(folder, source).refused == "special"
    file.unlink()
    with put(folder).open("r+b") as content:
        content.truncate(21_000_000)
    assert intake.read_folder(folder, source).refused == "large"


def test_large_files_are_not_read(source: Source, folder: Path) -> None:
    with put(folder).open("r+b") as file:
        file.truncate(21_000_000)
    assert intake.read_folder(folder, source).refused == "large"
    with (folder / f"{NAME}.ipynb").open("r+b") as file:
        file.truncate(2**40)  # a hole; to read it would fill the memory
    assert intake.read_folder(folder, source).refused == "large"


def test_a_file_that_cannot_be_opened(source: Source, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder)
    (folder / "a.csv").write_bytes(b"1")
    opened = os.open

    def refuse(path: Any, *about: Any, **more: Any) -> int:  # root may open everything
        if path == refused:
            raise PermissionError(path)
        return opened(path, *about, **more)

    monkeypatch.setattr(os, "open", refuse)
    refused = f"{NAME}.ipynb"
    assert intake.read_folder(folder, source).refused == "unreadable"
    refused = NAME  # the folder
    assert intake.read_folder(folder, source).refused == "unreadable"
    refused = "a.csv"
    assert intake.read_folder(folder, source).notes == (Note("left-unread", "a.csv"),)


def test_only_data_is_taken_along(source: Source, folder: Path) -> None:
    put(folder)
    for name in (
        "sitecustomize.py",
        "pandas.py",
        "numpy.so",
        "notes",
        "-rf.csv",
        ".hidden.csv",
        "kernel.PTH",
    ):
        (folder / name).write_bytes(b"x")
    (folder / "jupyter_config.json").write_bytes(b"{}")
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("zeros.csv", bytes(5_000_000))
    (folder / "__pycache__").mkdir()
    (folder / "data").mkdir()
    (folder / "data" / "more.csv").write_bytes(b"x")
    (folder / "fine.json").write_bytes(b"{}")
    submission = intake.read_folder(folder, source)
    assert submission.files == {"fine.json": b"{}"}
    left = {note.where: note.kind for note in submission.notes}
    assert left == {
        **dict.fromkeys(("sitecustomize.py", "pandas.py", "numpy.so", "notes", "kernel.PTH"), "left-kind"),
        **dict.fromkeys(("jupyter_config.json", "bomb.zip", "__pycache__", "data"), "left-kind"),
        **dict.fromkeys(("-rf.csv", ".hidden.csv"), "left-name"),
    }


def test_data_has_limits(source: Source, folder: Path) -> None:
    put(folder)
    for number in range(130):
        (folder / f"{number:03}.csv").write_bytes(b"x")
    submission = intake.read_folder(folder, source)
    assert len(submission.files) == 100 and "099.csv" in submission.files
    assert submission.notes[0] == Note("left-many", "100.csv")
    assert submission.notes[-1] == Note("left-more", "10") and len(submission.notes) == 21
    files = {f"{n}.csv": bytes(9_000_000) for n in range(6)} | {"a.csv": bytes(10_000_001)}
    submission = intake.read_bytes(_released[0], source, files)
    assert [*submission.files] == [f"{n}.csv" for n in range(5)]
    assert submission.notes == (Note("left-large", "5.csv"), Note("left-large", "a.csv"))
    odd = {"../up.csv": b"", "a\\b.csv": b"", "\ud800.csv": b"", "": b"", "a\0.csv": b""}
    assert intake.read_bytes(_released[0], source, odd).files == {}


def test_a_crowded_folder_does_not_hold_up_the_class(
    source: Source, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1_100):
        (folder / f"{number}.csv").touch()
    assert intake.read_folder(folder, source).refused == "missing"
    put(folder)
    looked: list[int] = []

    class Counted:
        """os.scandir with a count, of a folder that does not end."""

        def __init__(self, handle: int) -> None: ...
        def __enter__(self) -> Counted:
            return self

        def __exit__(self, *_: object) -> None: ...
        def __iter__(self) -> Counted:
            return self

        def __next__(self) -> Any:
            looked.append(1)
            return type("Entry", (), {"name": f"{len(looked)}.csv"})

    monkeypatch.setattr(os, "scandir", Counted)
    submission = intake.read_folder(folder, source)
    assert submission.refused is None and submission.files == {}
    assert submission.notes == (Note("left-crowd", "1000"),)
    assert len(looked) == 1_001


def test_no_file_stays_open(source: Source, folder: Path, tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for make in (lambda: None, lambda: put(folder), lambda: (folder / "a.csv").symlink_to("/etc/passwd")):
        make()
        intake.read_folder(folder, source)
        intake.read_folder(tmp_path / "nowhere", source)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


# -------------------------------------------------------------------------------------------- the notebook


def test_the_blank_release_has_no_response(source: Source) -> None:
    submission = hand_in(blank(), source)
    assert submission.refused is None and submission.notes == ()
    assert_clean(submission, source)
    note = find(submission.notebook, "m98-note-answer")
    cell = nbformat.from_dict(note)
    assert utils.determine_grade(cell) == (0, 2.0)
    for words in ("", " \n", f"\n{course.TEXT_STUB}\n"):
        notebook = blank()
        find(notebook, "m98-note-answer")["source"] = words
        assert find(hand_in(notebook, source).notebook, "m98-note-answer") == note
    notebook = blank()
    find(notebook, "m98-note-answer")["source"] = "Plums."
    written = find(hand_in(notebook, source).notebook, "m98-note-answer")
    assert written["source"] == "Plums."
    assert utils.determine_grade(nbformat.from_dict(written)) == (None, 2.0)


def test_answers_come_through_as_they_are(source: Source) -> None:
    notebook = blank()
    answer = 'def share(yes, no, silent):\n    """谁计入？ 😀"""\n    return yes / (yes + no)\n'
    cell = find(notebook, "m98-share-answer")
    cell["source"] = answer.splitlines(keepends=True)
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "[m98-share/right] ok"}]
    cell["execution_count"] = 3
    submission = hand_in(notebook, source)
    assert find(submission.notebook, "m98-share-answer")["source"] == answer
    assert submission.notes == ()
    assert_clean(submission, source)


def test_edited_metadata_points_and_locks_change_nothing(source: Source) -> None:
    honest = hand_in(blank(), source).notebook
    notebook = blank()
    for cell in notebook["cells"]:
        stamp = cell["metadata"]["nbgrader"]
        stamp |= {"points": 1000, "locked": False, "grade": not stamp["grade"], "checksum": "0"}
        stamp |= {"solution": True, "task": True, "schema_version": 99}
        cell["metadata"] |= {"tags": ["skip-execution", "core"], "editable": True, "trusted": True}
        cell["metadata"]["jupyter"] = {"source_hidden": True}
    notebook["metadata"] = {"kernelspec": {"name": "bash"}, "csmodels_refused": "link", "widgets": {}}
    submission = hand_in(notebook, source)
    assert submission.notebook == honest
    assert_clean(submission, source)


def test_a_test_cell_that_was_rewritten_is_put_back(source: Source) -> None:
    notebook = blank()
    find(notebook, "m98-share-test")["source"] = "pass"
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] != "m98-mean-test"]
    find(notebook, "m98-setup")["cell_type"] = "raw"
    submission = hand_in(notebook, source)
    assert submission.notes == (Note("restored", "m98-share-test"), Note("restored", "m98-mean-test"))
    assert_clean(submission, source)


def test_swapped_cells_are_put_into_order(source: Source) -> None:
    notebook = blank()
    notebook["cells"].reverse()
    own = {"cell_type": "code", "id": "x", "metadata": {}, "source": "top([1])"}
    place = [cell["id"] for cell in notebook["cells"]].index("m98-top-answer")
    notebook["cells"].insert(place + 1, own)
    submission = hand_in(notebook, source)
    ids = [cell["id"] for cell in submission.notebook["cells"]]
    assert ids[ids.index("own-1") - 1] == "m98-top-answer"
    assert_clean(submission, source)


def test_the_answer_is_found_by_its_stamp_and_then_by_its_id(source: Source) -> None:
    notebook = blank()
    by_stamp = find(notebook, "m98-share-answer")
    by_stamp |= {"id": "m98-pick-answer", "source": "share = 1"}  # the id of another one
    by_id = next(c for c in notebook["cells"] if c["metadata"]["nbgrader"]["grade_id"] == "m98-mean-answer")
    by_id |= {"metadata": {}, "source": "mean_score = 4"}
    odd = find(notebook, "m98-top-answer")
    odd |= {"metadata": {"nbgrader": {"grade_id": ["m98-top-answer"]}}, "source": "top = max"}
    submission = hand_in(notebook, source)
    assert find(submission.notebook, "m98-share-answer")["source"] == "share = 1"
    assert find(submission.notebook, "m98-mean-answer")["source"] == "mean_score = 4"
    assert find(submission.notebook, "m98-top-answer")["source"] == "top = max"
    assert "..." in find(submission.notebook, "m98-pick-answer")["source"]
    assert submission.notes == ()


@pytest.mark.parametrize("kind", ["markdown", "raw", "heading", None, 7])
def test_a_retyped_answer_is_turned_back(source: Source, kind: Any) -> None:
    notebook = blank()
    find(notebook, "m98-mean-answer").update(cell_type=kind, source="mean_score = 4")
    find(notebook, "m98-note-answer").update(cell_type="code", source="Plums.", outputs=[])
    submission = hand_in(notebook, source)
    assert submission.notes == (Note("retyped", "m98-mean-answer"), Note("retyped", "m98-note-answer"))
    assert find(submission.notebook, "m98-mean-answer")["source"] == "mean_score = 4"
    assert find(submission.notebook, "m98-note-answer")["source"] == "Plums."
    assert_clean(submission, source)


def around(submission: Submission, first: str, last: str) -> list[tuple[str, str]]:
    ids = [cell["id"] for cell in submission.notebook["cells"]]
    cells = submission.notebook["cells"][ids.index(first) : ids.index(last) + 1]
    return [(cell["id"], cell["source"]) for cell in cells]


def copied(notebook: dict[str, Any], name: str, *words: str, kind: str = "code") -> None:
    """Put copies of a cell below it, as JupyterLab does it: the same stamp, another id."""
    cell = find(notebook, name)
    place = notebook["cells"].index(cell) + 1
    for number, source in enumerate(words):
        extra = copy.deepcopy(cell) | {"id": f"copy{number}", "source": source, "cell_type": kind}
        notebook["cells"].insert(place + number, extra)


def test_of_copies_the_last_answer_counts(source: Source) -> None:
    notebook = blank()
    stub = text_of(find(notebook, "m98-mean-answer"))
    find(notebook, "m98-mean-answer")["source"] = "mean_score = 3"
    copied(notebook, "m98-mean-answer", "mean_score = 4", stub, "")
    submission = hand_in(notebook, source)
    task = text_of(find(notebook, "m98-mean-task"))
    assert around(submission, "m98-mean-task", "m98-mean-answer") == [
        ("m98-mean-task", task),
        ("own-1", "mean_score = 3"),
        ("m98-mean-answer", "mean_score = 4"),
    ]
    assert len(submission.notebook["cells"]) == len(source.cells) + 1, "a late stub would undo the answer"
    assert submission.notes == (Note("duplicated", "m98-mean-answer"),)
    assert_clean(submission, source)


def test_a_split_answer_runs_in_its_order(source: Source) -> None:
    notebook = blank()
    find(notebook, "m98-top-answer")["source"] = "best = max"
    copied(notebook, "m98-top-answer", "def top(scores):\n    return best(scores)")
    submission = hand_in(notebook, source)
    assert [words for _, words in around(submission, "m98-top-task", "m98-top-answer")][1:] == [
        "best = max",
        "def top(scores):\n    return best(scores)",
    ]
    notebook = blank()
    find(notebook, "m98-top-answer")["source"] = "def top(scores):\n    return max(scores)"
    copied(notebook, "m98-top-answer", "That was easy.", kind="markdown")
    submission = hand_in(notebook, source)
    assert find(submission.notebook, "m98-top-answer")["source"].startswith("def top")
    assert find(submission.notebook, "own-1")["cell_type"] == "markdown"
    assert submission.notes == (Note("duplicated", "m98-top-answer"),)


def test_a_copied_test_cell_is_not_a_test(source: Source) -> None:
    notebook = blank()
    cell = find(notebook, "m98-mean-test")
    copied(notebook, "m98-mean-test", text_of(cell), "print(mean_score)")
    submission = hand_in(notebook, source)
    assert submission.notes == ()
    own = find(submission.notebook, "own-1")
    assert own["source"] == "print(mean_score)" and own["metadata"] == {}
    assert len(submission.notebook["cells"]) == len(source.cells) + 1
    assert_clean(submission, source)


def test_a_deleted_answer_leaves_its_stub_above_what_took_its_place(source: Source) -> None:
    notebook = blank()
    place = notebook["cells"].index(find(notebook, "m98-mean-answer"))
    notebook["cells"][place] = {
        "cell_type": "code",
        "id": "m98_mine",
        "metadata": {},
        "source": "mean_score = 4",
    }
    submission = hand_in(notebook, source)
    assert submission.notes == (Note("deleted", "m98-mean-answer"),)
    ids = [name for name, _ in around(submission, "m98-mean-task", "m98-mean-test")]
    assert ids == ["m98-mean-task", "m98-mean-answer", "own-1", "m98-mean-test"]
    released = next(cell for cell in source.released if cell["id"] == "m98-mean-answer")
    assert find(submission.notebook, "m98-mean-answer")["source"] == released["source"]
    assert_clean(submission, source)
    # Without any known cell between them, tests still come after what they test.
    notebook["cells"] = [
        find(notebook, "m98-setup"),
        find(notebook, "m98_mine"),
        find(notebook, "m98-low-test"),
    ]
    ids = [cell["id"] for cell in hand_in(notebook, source).notebook["cells"]]
    assert ids.index("own-1") == ids.index("m98-share-test") - 1


def test_an_emptied_answer_does_not_undo_the_one_above_it(source: Source) -> None:
    notebook = blank()
    find(notebook, "m98-mean-answer")["source"] = ""
    place = notebook["cells"].index(find(notebook, "m98-mean-answer"))
    own = {"cell_type": "code", "id": "mine", "metadata": {}, "source": "mean_score = 4"}
    notebook["cells"].insert(place, own)
    submission = hand_in(notebook, source)
    assert [words for _, words in around(submission, "m98-mean-task", "m98-mean-answer")][1:] == [
        "mean_score = 4",
        "",
    ]


def test_own_cells_stay_where_they_are_without_their_metadata(source: Source) -> None:
    notebook = blank()
    metadata = {"nbgrader": {"grade": True, "grade_id": "mine", "points": 9}, "tags": ["skip-execution"]}
    cells = [
        {"cell_type": "code", "id": "own-1", "metadata": metadata, "source": "a = 1", "outputs": [{}]},
        {"cell_type": "raw", "id": "own-1", "metadata": metadata, "source": ["# r", "aw"]},
        {"cell_type": "markdown", "id": 7, "metadata": [], "source": "words"},
        {"cell_type": "strange"},
    ]
    notebook["cells"] = [cells[0], *notebook["cells"], *cells[1:]]
    submission = hand_in(notebook, source)
    made = submission.notebook["cells"]
    assert [(made[0][key]) for key in ("id", "cell_type", "source")] == ["own-1", "code", "a = 1"]
    assert [(cell["cell_type"], cell["source"]) for cell in made[-3:]] == [
        ("markdown", "# raw"),
        ("markdown", "words"),
        ("markdown", ""),
    ]
    assert_clean(submission, source)


def test_own_cells_never_take_the_id_of_a_known_one(source: Source) -> None:
    cells, released = copy.deepcopy((source.cells, source.released))
    cells[0]["id"] = released[0]["id"] = "own-1"
    notebook = blank()
    notebook["cells"].append({"cell_type": "code", "source": "1"})
    submission = hand_in(notebook, replace(source, cells=cells, released=released))
    ids = [cell["id"] for cell in submission.notebook["cells"]]
    assert ids[0] == "own-1" and ids[-1] == "own-2"


def test_pasted_pictures_stay_and_nothing_else(source: Source) -> None:
    notebook = blank()
    attachments = {
        "plum.png": {"image/png": PNG},
        "二.png": {"image/png": [PNG[:20], "\n", PNG[20:]]},
        "page.html": {"text/html": "<script>"},
        "fake.png": {"image/png": base64.b64encode(b"<svg>").decode()},
        "broken.png": {"image/png": "***"},
        "vector.svg": {"image/svg+xml": base64.b64encode(b"<svg/>").decode()},
        "large.png": {"image/png": base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(2_000_000)).decode()},
        "a\nb.png": {"image/png": PNG},
        "odd.png": [],
    }
    find(notebook, "m98-note-answer").update(source="![](attachment:plum.png)", attachments=attachments)
    find(notebook, "m98-note-task")["attachments"] = attachments
    find(notebook, "m98-mean-answer").update(
        source="mean_score = 4", attachments={"plum.png": {"image/png": PNG}}
    )
    notebook["cells"].append({"cell_type": "markdown", "source": "x", "attachments": "no"})
    submission = hand_in(notebook, source)
    written = find(submission.notebook, "m98-note-answer")
    assert written["attachments"] == {"plum.png": {"image/png": PNG}, "二.png": {"image/png": PNG}}
    assert "attachments" not in find(submission.notebook, "m98-note-task")
    assert "attachments" not in find(submission.notebook, "m98-mean-answer")
    assert {*submission.notes} == {Note("attachment", "m98-note-answer"), Note("attachment", "own-1")}
    assert_clean(submission, source)


def test_signs_that_no_file_can_hold_are_replaced(source: Source) -> None:
    notebook = blank()
    find(notebook, "m98-note-answer")["source"] = ["a\ud800b\0c \ud83d", "\ude00"]
    submission = hand_in(notebook, source)
    assert find(submission.notebook, "m98-note-answer")["source"] == "a\ufffdb\ufffdc 😀"
    assert submission.notes == (Note("signs", "m98-note-answer"),)
    assert_clean(submission, source)


# --------------------------------------------------------------------------------------------- properties

NAMES = st.sampled_from(
    ["nbformat", "cells", "metadata", "nbgrader", "grade_id", "id", "source", "cell_type"]
)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    | st.sampled_from(["m98-mean-answer", "m98-mean-test", "code", "markdown", 4])
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(), inner, max_size=5),
    max_leaves=25,
)
CELLS = st.dictionaries(NAMES, VALUES, max_size=6)
NOTEBOOKS = VALUES | st.fixed_dictionaries(
    {"nbformat": st.just(4), "cells": st.lists(CELLS | VALUES, max_size=5)},
    optional={"metadata": VALUES, "nbformat_minor": VALUES},
)


def test_no_json_value_raises(source: Source) -> None:
    @settings(max_examples=150, deadline=None)
    @given(NOTEBOOKS)
    def holds(value: Any) -> None:
        assert_clean(hand_in(value, source), source)

    holds()


def test_no_bytes_raise(source: Source) -> None:
    @settings(max_examples=200, deadline=None)
    @given(st.binary(max_size=60), st.integers(0, len(_released[0])), st.integers(0, 40))
    def holds(noise: bytes, place: int, gone: int) -> None:
        content = _released[0][:place] + noise + _released[0][place + gone :]
        assert_clean(intake.read_bytes(content, source), source)

    holds()


def test_whatever_is_done_to_the_cells_what_is_tested_stays(source: Source) -> None:
    ids = [cell["id"] for cell in source.cells]

    @settings(max_examples=150, deadline=None)
    @given(
        st.lists(st.sampled_from(ids), max_size=30),
        st.booleans(),
        st.dictionaries(st.integers(0, 40), CELLS, max_size=6),
        st.dictionaries(st.integers(0, 40), VALUES, max_size=6),
        st.randoms(use_true_random=False),
    )
    def holds(
        extra: list[str], whole: bool, edits: dict[int, Any], stamps: dict[int, Any], chance: random.Random
    ) -> None:
        notebook = blank()
        cells = {cell["id"]: cell for cell in notebook["cells"]}
        chosen = [copy.deepcopy(cells[name]) for name in ([*ids, *extra] if whole else extra)]
        chance.shuffle(chosen)
        for place, edit in edits.items():
            if place < len(chosen):
                chosen[place] |= edit
        for place, stamp in stamps.items():
            if place < len(chosen):
                chosen[place]["metadata"] = {"nbgrader": stamp}
        submission = hand_in({**notebook, "cells": chosen}, source)
        assert_clean(submission, source)
        if whole and not edits and not stamps:
            assert submission.refused is None
            assert {note.kind for note in submission.notes} <= {"duplicated"}
            assert len(submission.notebook["cells"]) == len(ids), "copies of what was released say nothing"

    holds()


@pytest.mark.parametrize("name", course.assignments())
def test_the_real_assignments_go_through(name: str) -> None:
    released = course.ROOT / "exercises" / name / f"{name}.ipynb"
    source = intake.read_source(course.ROOT, name, released)
    submission = intake.read_bytes(released.read_bytes(), source)
    assert submission.refused is None and submission.notes == ()
    assert_clean(submission, source)
    # Other ids: the one of an assignment is refused for another.
    others = [other for other in course.assignments() if other != name]
    for other in others[:1]:
        content = (course.ROOT / "exercises" / other / f"{other}.ipynb").read_bytes()
        assert intake.read_bytes(content, source).refused == "other"


def test_nbgrader_finds_nothing_to_overwrite(sample: Path, source: Source) -> None:
    from nbgrader.preprocessors import OverwriteCells

    notebook = blank()
    find(notebook, "m98-pick-answer")["source"] = "pick = 'B'"
    find(notebook, "m98-share-test")["source"] = "pass"
    clean = nbformat.from_dict(hand_in(notebook, source).notebook)
    release.generate(sample, sample / "again")
    about = {"notebook": NAME, "assignment": NAME, "db_url": f"sqlite:///{sample / 'again' / 'gradebook.db'}"}
    after, _ = OverwriteCells().preprocess(copy.deepcopy(clean), {"nbgrader": about})
    assert after == clean
