"""A trainee hands in: what is said, what is written, and that nothing but a missing notebook stops it."""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from sample import NAME, make_course
from typer.testing import CliRunner

from csmodels_helpers import hand_in, receipt, workspace
from csmodels_helpers.cli import app
from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading.release import generate
from csmodels_helpers.language import set_language

NOW = dt.datetime(2026, 12, 1, 18, 0, 7, 5, tzinfo=dt.UTC)
ANSWERS = {
    "m98-share-answer": "def share(yes, no, silent):\n    return yes / (yes + no)",
    "m98-pick-answer": "pick = 'B'",
    "m98-mean-answer": "mean_score = 4",
    "m98-top-answer": "def top(scores):\n    return max(scores)",
    "m98-low-answer": "lowest = 'price of tea'",
    "m98-note-answer": "We plant plums.",
}
Cells = dict[str, dict[str, Any]]


@pytest.fixture(autouse=True)
def english() -> Generator[None]:
    yield
    set_language("en")


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_course(tmp_path_factory.mktemp("course"))
    generate(root, root / "release", [NAME])
    (root / "release" / "exercises").rename(root / "exercises")
    (root / "exercises" / NAME / "visits.csv").write_text("day,n\n1,7\n", encoding="utf-8")
    (root / "notebooks").mkdir()
    return root


@pytest.fixture
def work(released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CSMODELS_CHECKS", str(released / "checks"))
    workspace.update(tmp_path / "work", course=released)
    return tmp_path / "work"


@pytest.fixture
def write(work: Path) -> Callable[..., Path]:
    """Write the notebook with answers, and change its cells by id."""

    def change(edit: Callable[[Cells, list[Any]], None] | None = None, **answers: str) -> Path:
        path = work / "exercises" / NAME / f"{NAME}.ipynb"
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = {cell["id"]: cell for cell in notebook["cells"]}
        for name, source in ANSWERS.items():
            cells[name]["source"] = answers.get(name.split("-")[1], source)
        if edit is not None:
            edit(cells, notebook["cells"])
        path.write_text(json.dumps(notebook), encoding="utf-8")
        return path

    return change


@pytest.fixture
def packed(work: Path, released: Path) -> Callable[..., hand_in.Parcel]:
    def pack(**options: Any) -> hand_in.Parcel:
        exercise = hand_in.find("m98", work=work, course=released)
        return hand_in.pack(exercise, hand_in.Who("s17", "李 雷"), now=NOW, **options)

    return pack


def command(work: Path, released: Path, *words: str, typed: str | None = None) -> tuple[int, str]:
    own = ["hand-in", "m98", "--work", str(work), "--course", str(released), *words]
    done = CliRunner().invoke(app, own, input=typed)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


# ----------------------------------------------------------------------------------------- the whole way


def test_from_the_first_question_to_the_zip(work: Path, released: Path, write: Callable[..., Path]) -> None:
    notebook = write()
    code, said = command(work, released, typed="s 17\n李雷\n s17 \n李雷\n")
    assert code == 0, said
    assert '"s 17" cannot be an id' in said
    assert "last saved less than a minute ago" in said
    assert "Looked at: all answers are written" in said and "Every cell runs from a fresh start." in said
    assert "Sent in the name of: s17, 李雷" in said and f"{NAME}.ipynb" in said and "visits.csv" in said
    with zipfile.ZipFile(work / "m98_s17.zip") as archive:
        assert archive.namelist() == [f"{NAME}.ipynb", "visits.csv", "receipt.json", "summary.txt"]
        assert archive.read(f"{NAME}.ipynb") == notebook.read_bytes()
        read = receipt.read(archive.read("receipt.json"))
        summary = archive.read("summary.txt").decode("utf-8-sig")
    assert read is not None and read[1]
    made = read[0]
    assert (made.assignment, made.id, made.name) == (NAME, "s17", "李雷")
    assert abs(dt.datetime.now(dt.UTC) - made.time) < dt.timedelta(minutes=2)
    assert {*made.files} == {f"{NAME}.ipynb", "visits.csv"}
    assert f"Your receipt: {made.code}" in said and summary.count(made.code) == 2
    assert "Hand-in: m98_sample" in summary and "作业提交：m98_sample" in summary

    first = (work / "m98_s17.zip").read_bytes()
    code, said = command(work, released, "--without-running")  # asked once
    assert code == 0 and "You are s17, 李雷. (Somebody else? Add --again.)" in said
    assert "fresh start" not in said
    assert (work / "m98_s17.zip").read_bytes() == first and (work / "m98_s17_2.zip").is_file()
    code, said = command(work, released, "--without-running", "--again", typed="s18\n\n")
    assert code == 0 and "[s17]" in said and (work / "m98_s18.zip").is_file()
    code, said = command(work, released, "--without-running", "--id", "s19")
    assert code == 0 and hand_in.known(work) == hand_in.Who("s19", "李雷")
    assert not list(work.glob(".csmodels-[!w]*zip")) and not list(work.rglob(".csmodels-?????????"))


def test_without_anybody_to_ask(work: Path, released: Path, write: Callable[..., Path]) -> None:
    write()
    code, said = command(work, released)
    assert code == 1 and 'Say who you are: csmodels hand-in m98 --id ID --name "FULL NAME".' in said
    assert command(work, released, "--id", "../x", "--name", "Li")[0] == 1
    assert not list(work.glob("*.zip"))


def test_the_same_content_and_time_give_the_same_zip(
    work: Path, tmp_path: Path, write: Callable[..., Path], packed: Callable[..., hand_in.Parcel]
) -> None:
    write()
    zips = [hand_in.write(packed(), tmp_path)]
    set_language("zh_CN")
    zips.append(hand_in.write(packed(), tmp_path))
    assert [path.name for path in zips] == ["m98_s17.zip", "m98_s17_2.zip"]
    assert zips[0].read_bytes() == zips[1].read_bytes()
    assert receipt.read(packed().receipt.to_bytes()) == (packed().receipt, True)
    write(pick="pick = 'A'")
    assert hand_in.write(packed(), tmp_path).read_bytes() != zips[0].read_bytes()


# ---------------------------------------------------------------------------------------------- the look


def test_what_is_still_empty_is_named_by_its_heading(
    write: Callable[..., Path], packed: Callable[..., hand_in.Parcel]
) -> None:
    assert hand_in.examine(packed()) == [
        "No answer is written in it yet. Is it the right notebook, and was it saved?"
    ]
    write(mean="mean_score = ...", note="")
    (said,) = hand_in.examine(packed())
    assert said.splitlines() == [
        "2 of 6 answers are still as they were handed out:",
        "    3 · The mean",
        "    6 · A note to the board",
    ]
    set_language("zh_CN")
    assert "6 个答题处中有 2 个仍是下发时的样子" in hand_in.examine(packed())[0]


def _change_setup(cells: Cells, _: list[Any]) -> None:
    cells["m98-share-test"]["source"] = "check = None"


def _delete_answer(cells: Cells, listed: list[Any]) -> None:
    listed.remove(cells["m98-pick-answer"])


def _double_answer(cells: Cells, listed: list[Any]) -> None:
    listed.append({**cells["m98-pick-answer"], "source": "pick = 'C'", "id": "copy"})


def _retype_answer(cells: Cells, _: list[Any]) -> None:
    cells["m98-pick-answer"]["cell_type"] = "markdown"


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (_change_setup, "changed or deleted (1, at: 1 · The share). That does no harm to your score"),
        (_delete_answer, 'The answer cell of "2 · The choice" is gone, so the item counts as not answered.'),
        (_double_answer, '"2 · The choice" is there more than once: the last one with an answer counts.'),
        (_retype_answer, '"2 · The choice" was turned into another type. That does no harm'),
    ],
)
def test_what_was_changed_and_what_it_does(
    write: Callable[..., Path],
    packed: Callable[..., hand_in.Parcel],
    edit: Callable[[Cells, list[Any]], None],
    said: str,
) -> None:
    write()
    assert hand_in.examine(packed()) == []
    write(edit)
    assert [sentence for sentence in hand_in.examine(packed()) if said in sentence]


def test_files_beside_the_notebook(
    work: Path, write: Callable[..., Path], packed: Callable[..., hand_in.Parcel]
) -> None:
    folder = write().parent
    (folder / "visits.csv").write_text("day,n\n1,8\n", encoding="utf-8")
    (folder / "own.csv").write_text("a\n", encoding="utf-8")
    (folder / "tool.py").write_text("a\n", encoding="utf-8")
    (folder / "sub").mkdir()
    (folder / ".hidden").write_text("a\n", encoding="utf-8")
    (folder / f"{NAME} (version 9).ipynb").write_text("{}", encoding="utf-8")
    parcel = packed()
    assert {*parcel.files} == {"own.csv", "visits.csv"}
    said = "\n".join(hand_in.examine(parcel))
    assert "visits.csv, which came with the exercise, was changed" in said
    assert '"tool.py" was left out' in said
    assert f"Not sent along: {NAME} (version 9).ipynb, sub." in said
    (folder / "visits.csv").unlink()
    assert "visits.csv, which came with the exercise, is gone." in "\n".join(hand_in.examine(packed()))


def test_a_broken_notebook_is_handed_in_with_a_warning(
    work: Path, released: Path, write: Callable[..., Path]
) -> None:
    path = write()
    path.write_bytes(path.read_bytes()[:-40])
    code, said = command(work, released, "--id", "s17", "--name", "Li")
    assert code == 0 and (work / "m98_s17.zip").is_file()
    assert "As it is, it cannot be graded and would score 0. The file is not a complete notebook" in said


def test_a_copy_of_another_version_is_said_to_be_one(
    work: Path, write: Callable[..., Path], packed: Callable[..., hand_in.Parcel]
) -> None:
    path = write(_change_setup)
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"]["csmodels"] = {"version": "0.0.9", "source_sha256": "0" * 64}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    (said,) = hand_in.examine(packed())
    assert said.startswith("Your copy is from another version of the course (0.0.9). It is graded all the")


# ----------------------------------------------------------------------------------------------- the run


def test_every_cell_runs_and_what_fails_is_told(
    write: Callable[..., Path], packed: Callable[..., hand_in.Parcel]
) -> None:
    bars: list[Any] = []

    class Bar:
        def __init__(self, number: int) -> None:
            self.number, self.done, self.closed = number, 0, False
            bars.append(self)

        def update(self) -> None:
            self.done += 1

        def close(self) -> None:
            self.closed = True

    write(
        share="import pathlib\nassert pathlib.Path('visits.csv').is_file()\n"
        "def share(yes, no, silent):\n    return yes / (yes + no + silent)",
        pick="pick = 1 / 0",
        mean="mean_score = ...",
        low="lowest = 'x'",
    )
    said = hand_in.try_run(packed(), progress=Bar)
    assert len(said) == 2, said
    assert said[0].startswith("1 · The share: the check below your answer says: Denominator. You kept those")
    assert said[1].startswith("2 · The choice: a cell stops with ZeroDivisionError: division by zero.")
    set_language("zh_CN")
    assert "您保留了没有回答的人" in "".join(hand_in.try_run(packed()))
    (bar,) = bars
    assert bar.closed and bar.done == bar.number == 11


def test_a_run_has_an_end(write: Callable[..., Path], packed: Callable[..., hand_in.Parcel]) -> None:
    write(pick="while True: pass")
    (said,) = hand_in.try_run(packed(), limit=2)
    assert said.startswith("2 · The choice: still running after 2 seconds")
    write(pick="import os\nos._exit(3)")
    (said,) = hand_in.try_run(packed())
    assert said.startswith("2 · The choice: Python itself ended here.")


def test_a_computer_that_cannot_run_it_is_no_reason(
    write: Callable[..., Path], packed: Callable[..., hand_in.Parcel], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError("no kernel\nat all")

    write()
    monkeypatch.setattr(hand_in, "_execute", broken)
    (said,) = hand_in.try_run(packed())
    assert said.startswith("It could not be run here (RuntimeError: no kernel). That is no reason not to")


# ------------------------------------------------------------------------------------------ what stops it


def test_what_cannot_be_handed_in_is_said_in_a_sentence(work: Path, released: Path, tmp_path: Path) -> None:
    def stopped(**options: Any) -> str:
        with pytest.raises(CourseError) as caught:
            found = hand_in.find(**{"assignment": "m98", "work": work, "course": released, **options})
            hand_in.pack(found, hand_in.Who("s17", "Li"))
        return str(caught.value)

    assert stopped(assignment="m04") == 'There is no exercise "m04". There are: m98.'
    assert stopped(work=tmp_path).startswith("There is no work folder at")
    path = work / "exercises" / NAME / f"{NAME}.ipynb"
    path.write_bytes(b"\0\0\n")
    assert "is empty: it was never saved" in stopped()
    path.unlink()
    assert "You have no copy of m98_sample yet" in stopped()
    path.mkdir()
    assert "cannot be read (Is a directory)" in stopped()


@pytest.mark.parametrize("step", ["mkstemp", "fsync", "replace"])
def test_a_full_disk_leaves_nothing_behind(
    work: Path,
    write: Callable[..., Path],
    packed: Callable[..., hand_in.Parcel],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    write()
    parcel = packed()
    before = sorted(work.rglob("*"))
    target = {"mkstemp": "tempfile.mkstemp", "fsync": "os.fsync", "replace": "pathlib.Path.replace"}[step]
    with monkeypatch.context() as patch:
        patch.setattr(target, full)
        with pytest.raises(CourseError, match=r"cannot be written \(No space left on device\)\. Nothing"):
            hand_in.write(parcel)
    assert sorted(work.rglob("*")) == before
    assert hand_in.write(parcel).name == "m98_s17.zip"
    with pytest.raises(CourseError, match="cannot be written"):
        hand_in.write(parcel, work / "nowhere")


def test_nothing_of_the_grader_is_needed(
    work: Path, released: Path, write: Callable[..., Path], tmp_path: Path
) -> None:
    """As on Windows: without nbgrader, and without what only Linux has."""
    write()
    program = f"""
import sys
for name in ("nbgrader", "fcntl", "pwd", "grp", "resource", "termios", "sqlalchemy", "alembic"):
    sys.modules[name] = None
import os
for name in ("O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY"):
    delattr(os, name)
from csmodels_helpers import hand_in
exercise = hand_in.find("m98", work={str(work)!r}, course={str(released)!r})
parcel = hand_in.pack(exercise, hand_in.Who("s17", "Li"))
print(hand_in.examine(parcel), hand_in.write(parcel).name)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", timeout=60)
    assert (done.stdout, done.returncode) == ("[] m98_s17.zip\n", 0), done.stderr


# ------------------------------------------------------------------------------------------- the receipt


def test_a_receipt_that_was_changed_is_seen() -> None:
    made = receipt.Receipt("m04", "s17", "李雷", "0.1.0", "", NOW.replace(microsecond=0), {"a": "0" * 64})
    content = made.to_bytes()
    assert receipt.read(content) == (made, True)
    assert receipt.read(b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n")) == (made, True)
    changed = receipt.read(content.replace(b"18:00:07", b"17:00:07"))
    assert changed is not None and not changed[1]


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"[]", b"{}", b"\xff", b'{"format": "csmodels-hand-in-1", "files": {}}', b"[" * 99_999),
        receipt.Receipt("m04", "s", "n", "", "", NOW, {"a": "../x"}).to_bytes(),
        receipt.Receipt("m04", "s", "n", "", "", NOW, {}).to_bytes() + b" " * receipt.MOST_BYTES,
    ],
)
def test_what_is_no_receipt(content: bytes) -> None:
    assert receipt.read(content) is None
