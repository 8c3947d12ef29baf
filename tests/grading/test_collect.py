"""A folder of hand-ins is collected: whose, which counts, again, after a death at any point."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import multiprocessing
import os
import shlex
import shutil
import stat
import struct
import zipfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from nbgrader.api import Gradebook
from postgres import Server, use
from sample import CONFIG, NAME, code, make_course, markdown, write_notebook
from typer.testing import CliRunner

from csmodels_helpers import hand_in, receipt, workspace
from csmodels_helpers.cli import app
from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import collected, course, unpack
from csmodels_helpers.grading import grade as grader
from csmodels_helpers.grading.collect import COLUMNS, Report, collect
from csmodels_helpers.grading.release import generate
from csmodels_helpers.language import set_language

ROSTER = """id,name,email
20240011,张三,zs@uni.edu
20240012,Anna Berg,anna@uni.edu
20240013,"Zhang, Wei",
20240014,Zhang Wei,
20240015,"O'Neil, Ann",
bo,Bo Ek,
"""
OTHER = "m97_other"
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
MESSY = ("gradebook.db", ".lock")


@pytest.fixture(autouse=True)
def english() -> Generator[None]:
    yield
    set_language("en")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a course of two exercises and a lesson, released, with an empty gradebook and a roster."""
    root = make_course(tmp_path_factory.mktemp("whole") / "course")
    answer = code("m97-a-answer", "a = None", solution=True)
    write_notebook(root / "solutions" / OTHER / f"{OTHER}.ipynb", [markdown("m97-title", "# Other"), answer])
    generate(root, root / "release", [NAME])
    (root / "release" / "exercises").rename(root / "exercises")
    shutil.rmtree(root / "release")
    shutil.copytree(root / "solutions" / OTHER, root / "exercises" / OTHER)
    write_notebook(root / "notebooks" / f"{NAME}.ipynb", [markdown("m98-lesson", "# A lesson")])
    (root / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    course.make_gradebook(course.gradebook_path(root))
    (root / "grading" / "roster.csv").write_text(ROSTER, encoding="utf-8")
    return root


@pytest.fixture
def root(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "course")
    return tmp_path / "course"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


@pytest.fixture
def run(root: Path, inbox: Path) -> Callable[..., Report]:
    def call(folder: Path | None = None, *matches: str, **options: Any) -> Report:
        options = {"matches": matches, "now": LATER, **options}
        return collect(folder or inbox, root / "grading" / "roster.csv", root=root, **options)

    return call


def notebook(
    root: Path, tag: str = "x", *, name: str = NAME, version: str = "", blank: bool = False
) -> dict[str, Any]:
    made = course.read_notebook(root / "exercises" / name / f"{name}.ipynb")
    for cell in made["cells"]:
        if cell["id"].endswith("-answer") and not blank:
            cell["source"] = f"pick = 'B'  # {tag} 回答"
    if version:
        made["metadata"]["csmodels"] = {"version": version, "source_sha256": ""}
    return made


def text_of(*about: Any, **options: Any) -> str:
    return json.dumps(notebook(*about, **options), ensure_ascii=False)


def put(path: Path, content: str | bytes, when: dt.datetime = NOON) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(path, (when.timestamp(), when.timestamp()))
    return path


def zipped(files: dict[str | zipfile.ZipInfo, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def packed(
    root: Path, own: str, name: str, tag: str = "x", *, when: dt.datetime = NOON, **data: str
) -> dict[Any, Any]:
    """Return the files of a zip as hand-in makes it."""
    files = {f"{NAME}.ipynb": text_of(root, tag).encode()}
    files |= {file.replace("_csv", ".csv"): content.encode() for file, content in data.items()}
    hashes = {file: hashlib.sha256(content).hexdigest() for file, content in files.items()}
    made = receipt.Receipt(NAME, own, name, "0.1.0", "", when, hashes)
    return {**files, "receipt.json": made.to_bytes(), "summary.txt": b"summary"}


def tree(root: Path) -> dict[str, str]:
    """Return path → SHA-256 of all that a run may leave; of the gradebook what it says."""
    base = root / "grading"
    found = {
        path.relative_to(base).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(base.rglob("*"))
        if path.is_file() and path.name not in MESSY
    }
    with Gradebook(f"sqlite:///{course.gradebook_path(root)}", "csmodels") as book:
        found["students"] = str([(s.id, s.first_name, s.last_name, s.email) for s in book.students])
    return found


def submitted(root: Path, name: str = NAME) -> dict[str, str]:
    """Return student → tag of what lies there to be graded."""
    found: dict[str, str] = {}
    for path in sorted((root / "grading" / "submitted").glob(f"*/{name}/{name}.ipynb")):
        sources = [str(cell["source"]) for cell in course.read_notebook(path)["cells"]]
        tags = [words.split()[-2] for words in sources if words.endswith("回答")]
        found[path.parts[-3]] = tags[0] if tags else ""
    return found


def kinds(report: Report) -> dict[str, str]:
    return {one.file: one.kind for one in report.left}


# ----------------------------------------------------------------------------------------- names and places


def test_names_as_people_really_write_them(root: Path, inbox: Path, run: Callable[..., Report]) -> None:
    put(inbox / "20240011-张三-m98.ipynb", text_of(root, "id"))
    put(inbox / "deep" / "Anna Berg" / "m98_sample-Copy1.ipynb", text_of(root, "folder"))
    put(inbox / "deep" / "Anna Berg" / "visits.csv", "a\n")
    put(inbox / "O’NEIL ann m98 (2).ipynb.txt", text_of(root, "name"))
    put(inbox / "bo.zip", zipped({"in.zip": zipped({"a/M98.IPYNB": text_of(root, "zips"), "d.csv": "b\n"})}))
    put(inbox / "m98 (3).ipynb", text_of(root, "nobody"))
    put(inbox / "Zhang Wei m98.ipynb", text_of(root, "two"))
    put(inbox / "Anna Berg-Larsson m98.ipynb", text_of(root, "near"))
    put(inbox / "points.csv", "a\n")
    report = run()
    assert submitted(root) == {"20240011": "id", "20240012": "folder", "20240015": "name", "bo": "zips"}
    assert kinds(report) == {
        "m98 (3).ipynb": "unknown",
        "Zhang Wei m98.ipynb": "ambiguous",
        "Anna Berg-Larsson m98.ipynb": "unknown",
    }
    said = "\n".join(report.lines())
    assert said.startswith(
        "4 matched (4 new), 2 unknown names, 1 that may be several people's.\n"
        "m98_sample: 4 of 6 have handed in. Not yet: 20240013 (Zhang, Wei), 20240014 (Zhang Wei)."
    )
    assert "20240013 (Zhang, Wei), 20240014 (Zhang Wei). Decide, then run" in said
    assert "Perhaps 20240012 (Anna Berg)? Then run: csmodels collect " in said
    assert '--match "Anna Berg-Larsson m98.ipynb=20240012" (if it is nobody' in said
    assert '--match "m98 (3).ipynb=ID"' in said and "Next: csmodels grade m98_sample" in said
    anna = root / "grading" / "submitted" / "20240012" / NAME
    assert {path.name for path in anna.iterdir()} == {f"{NAME}.ipynb", "timestamp.txt", "visits.csv"}
    assert (anna / "timestamp.txt").read_text(encoding="utf-8") == "2026-11-20 12:00:00 UTC\n"
    assert "points.csv" in said, "a file that lies about is nobody's"
    # The data file lies in another folder than the notebook of the archive: named, and not taken.
    assert (
        not (root / "grading" / "submitted" / "bo" / NAME / "d.csv").exists()
        and "bo.zip/in.zip/d.csv" in said
    )
    with Gradebook(f"sqlite:///{course.gradebook_path(root)}", "csmodels") as book:
        names = {s.id: (s.first_name, s.last_name, s.email) for s in book.students}
    assert names["20240011"] == ("", "张三", "zs@uni.edu") and names["20240015"] == ("Ann", "O'Neil", None)
    set_language("zh_CN")
    assert "4 份已对应到人（新增 0 份），2 份不知是谁的，1 份可能属于多人。" in "\n".join(run().lines())


def test_downloads_of_platforms(root: Path, inbox: Path, run: Callable[..., Report]) -> None:
    whole_folder = {
        f"work/exercises/{NAME}/{NAME}.ipynb": text_of(root, "work"),
        f"work/exercises/{NAME}/.ipynb_checkpoints/{NAME}-checkpoint.ipynb": text_of(root, "old"),
        f"work/exercises/{OTHER}/{OTHER}.ipynb": text_of(root, name=OTHER, blank=True),
        f"work/{NAME}.ipynb": (root / "notebooks" / f"{NAME}.ipynb").read_text(encoding="utf-8"),
        "__MACOSX/work/._x.ipynb": "x",
    }
    moodle = {
        "Anna Berg_20240011_assignsubmission_file_/m98.zip": zipped(
            packed(root, "20240012", "Anna Berg", "m")
        ),
        "三 张_5_assignsubmission_file_/m98.ipynb": text_of(root, "chinese"),
        "Bo Ek_6_assignsubmission_file_/m98.pdf": "no notebook",
        "Ann O'Neil_7_assignsubmission_file_/work.zip": zipped(whole_folder),
    }
    put(inbox / "CS-Assignment-20240014.zip", zipped(moodle))
    report = run()
    assert submitted(root) == {"20240011": "chinese", "20240012": "m", "20240015": "work"}
    assert submitted(root, OTHER) == {}
    (left,) = report.left
    assert left.kind == "nothing" and left.file.endswith("m98.pdf")
    assert any("nothing is written in it" in remark for remark in report.remarks)

    canvas = {
        "bergannala_1_2_x.ipynb": text_of(root, "stranger"),
        "ekbo_LATE_20240011_10_m98_sample-1.ipynb": text_of(root, "second"),
        "ekbo_LATE_20240011_9_m98_sample.ipynb": text_of(root, "first"),
        "ekbo_LATE_20240011_11_own.csv": "a\n",
    }
    report = run(put(inbox.parent / "submissions.zip", zipped(canvas)))
    assert submitted(root)["bo"] == "second" and len(submitted(root)) == 4
    assert (root / "grading" / "submitted" / "bo" / NAME / "own.csv").is_file()
    said = "\n".join(report.lines())
    assert "bo (Bo Ek) handed in 2 times" in said and "the newest by the platform's number" in said
    assert "the platform says that it came late" in said
    assert kinds(report) == {"submissions.zip/bergannala_1_2_x.ipynb": "unknown"}


class GbkName(zipfile.ZipInfo):
    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - of zipfile
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        *(("utf-16", "UTF-16"), ("utf-16-le", "UTF-16-LE"), ("gbk", "GB18030"), ("utf-8-sig", "UTF-8-SIG")),
        ("utf-8", ""),
    ],
)
def test_encodings_of_notebooks_and_of_names(
    root: Path, inbox: Path, run: Callable[..., Report], encoding: str, said: str
) -> None:
    put(inbox / "all.zip", zipped({GbkName("张三/作业.ipynb"): text_of(root, "x").encode(encoding)}))
    report = run()
    assert submitted(root) == {"20240011": "x"} and report.left == []
    assert [f"came as {said} and" in remark for remark in report.remarks] == [True] * bool(said)


# --------------------------------------------------------------------------------------- receipt and time


def test_the_receipt_says_whose_and_when(root: Path, inbox: Path, run: Callable[..., Report]) -> None:
    early, late = NOON, NOON + dt.timedelta(hours=3)
    put(inbox / "m98_20240011.zip", zipped(packed(root, "20240011", "张三", "early", when=early)), LATER)
    put(inbox / "x" / "m98_20240011 (1).zip", zipped(packed(root, "20240011", "张三", "late", when=late)))
    put(inbox / "scan.zip", zipped(packed(root, "ANNA@uni.edu", "Annie", "mail", visits_csv="a\n")))
    put(inbox / "ahead.zip", zipped(packed(root, "BO", "Bo Ek", "ahead", when=LATER + dt.timedelta(days=9))))
    put(inbox / "Zhang Wei 20240014.zip", zipped(packed(root, "s99", "Wei Z.", "stranger")))
    put(inbox / "slip.zip", zipped(packed(root, "20240011", "Anna Berg", "slip")))
    put(inbox / "Anna Berg_5_assignsubmission_file_" / "a.zip", zipped(packed(root, "bo", "Bo Ek", "friend")))
    report = run()
    assert submitted(root) == {"20240011": "late", "20240012": "mail", "20240014": "stranger", "bo": "ahead"}
    assert kinds(report) == {
        f"slip.zip/{NAME}.ipynb": "ambiguous",
        f"Anna Berg_5_assignsubmission_file_/a.zip/{NAME}.ipynb": "ambiguous",
    }
    folder = root / "grading" / "submitted"
    times = {own: (folder / own / NAME / "timestamp.txt").read_text("utf-8")[:16] for own in submitted(root)}
    assert times["20240011"] == "2026-11-20 15:00" and times["20240012"] == "2026-11-20 12:00"
    assert (folder / "20240012" / NAME / "visits.csv").is_file()
    assert not (folder / "20240012" / NAME / "receipt.json").exists()
    said = "\n".join(report.lines())
    assert "20240011 (张三) handed in 2 times; x/m98_20240011 (1).zip" in said
    assert "the newest by its receipt, 2026-11-20 15:00 UTC" in said
    assert "somebody who is not on the roster (s99, Wei Z.); it was matched by its path" in said
    assert 'the receipt says "Annie"' not in said, "a mail address is nobody else's"
    assert "lies ahead: the clock of that computer is wrong" in said
    assert times["bo"] <= "2026-11-23 09:00"


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ({f"{NAME}.ipynb": "changed"}, "broken receipt: m98_sample.ipynb is not what was packed"),
        ({"visits.csv": "other"}, "broken receipt: visits.csv is not what was packed"),
        ({"visits.csv": None}, "broken receipt: visits.csv was packed and is not there"),
        ({"receipt.json": "time"}, "the receipt itself was changed after the hand-in"),
    ],
)
def test_a_broken_receipt_is_named_and_the_notebook_collected(
    root: Path, inbox: Path, run: Callable[..., Report], harm: dict[str, str | None], said: str
) -> None:
    files = packed(root, "20240011", "张三", "old", visits_csv="a\n", when=NOON - dt.timedelta(days=3))
    for name, what in harm.items():
        if what is None:
            del files[name]
        elif what == "time":
            files[name] = files[name].replace(b"T12:00", b"T11:00")
        else:
            files[name] = text_of(root, "new").encode() if name.endswith("ipynb") else what.encode()
    info = {zipfile.ZipInfo(name, (2026, 11, 21, 8, 0, 0)): content for name, content in files.items()}
    put(inbox / "m98_20240011.zip", zipped(info))
    report = run()
    assert said in "\n".join(report.lines()) and report.left == []
    assert submitted(root) == {"20240011": "new" if f"{NAME}.ipynb" in harm else "old"}
    (record,) = (root / "grading" / "collected").rglob("hand-in.json")
    about = json.loads(record.read_bytes())
    # The time on it may be made up as well.
    assert about["time_from"] == "file" and about["time"].startswith("2026-11-2")


def test_the_newest_counts_and_nothing_written_does_not(
    root: Path, inbox: Path, run: Callable[..., Report]
) -> None:
    put(inbox / "bo m98.ipynb", text_of(root, "written"), NOON)
    put(inbox / "bo m98 (1).ipynb", text_of(root, blank=True), NOON + dt.timedelta(hours=1))
    report = run()
    assert submitted(root) == {"bo": "written"}
    assert any("no answer is written in it" in remark for remark in report.remarks)
    second = put(inbox.parent / "second" / "bo.ipynb", text_of(root, "newer"), NOON + dt.timedelta(hours=2))
    assert run(second.parent).new == 1 and submitted(root) == {"bo": "newer"}
    third = put(inbox.parent / "third" / "bo.ipynb", text_of(root, "older"), NOON - dt.timedelta(hours=2))
    assert run(third.parent).new == 1 and submitted(root) == {"bo": "newer"}
    assert len([*(root / "grading" / "collected" / NAME / "bo").iterdir()]) == 4


def test_versions_are_named(root: Path, inbox: Path, run: Callable[..., Report]) -> None:
    put(inbox / "bo.ipynb", text_of(root, version="0.0.9"))
    put(inbox / "张三.ipynb", text_of(root, version="99.0"))
    other = notebook(root, version="0.1.0")
    other["metadata"]["csmodels"]["source_sha256"] = "0" * 64
    put(inbox / "Anna Berg.ipynb", json.dumps(other))
    said = "\n".join(run().remarks)
    assert "bo (Bo Ek), bo.ipynb: made with version 0.0.9 of the course; here is 0.1.0." in said
    assert "made with version 99.0 of the course, newer than 0.1.0 here. Run `git pull`" in said
    assert "made with another state of the exercise, of the same version 0.1.0" in said


# ------------------------------------------------------------------------------------------- what is left


def encrypted(content: bytes) -> bytes:
    """Set the mark of a password in the local and the central header."""
    made = bytearray(content)
    made[6] |= 1
    made[made.find(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


def linked(root: Path) -> bytes:
    info = zipfile.ZipInfo("m98.ipynb")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped({info: "/etc/passwd"})


def lying(root: Path) -> bytes:
    """Say that the archive holds little: 101 MB of zeros in a member that claims to be small."""
    made = bytearray(zipped({"m98.ipynb": b"0" * 101_000_000}))
    struct.pack_into("<I", made, 22, 1000)
    struct.pack_into("<I", made, made.find(b"PK\x01\x02") + 24, 1000)
    return bytes(made)


def nested(root: Path) -> bytes:
    made = zipped({"m98.ipynb": text_of(root)})
    for _ in range(5):
        made = zipped({"bo.zip": made})
    return made


def twice(root: Path) -> bytes:
    with pytest.warns(UserWarning, match="Duplicate name"):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("m98.ipynb", text_of(root, "first"))
            archive.writestr("m98.ipynb", text_of(root, "second"))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "make", "kind", "advice"),
    [
        (
            "bo.zip",
            lambda root: zipped({"m98.ipynb": text_of(root)})[:900],
            "broken_zip",
            "Download it again",
        ),
        ("bo.zip", lambda root: b"<html>sign in</html>", "broken_zip", "ask for it again"),
        (
            "bo.zip",
            lambda root: encrypted(zipped({"m98.ipynb": text_of(root)})),
            "encrypted",
            "Unpack it yourself",
        ),
        (
            "bo.zip",
            lambda root: zipped({"m98.ipynb": b"0" * 101_000_000}),
            "bomb",
            "Ask for the notebook alone",
        ),
        ("bo.zip", lying, "unreadable", "download that again"),
        (
            "bo.zip",
            lambda root: zipped({"../../m98.ipynb": text_of(root)}),
            "path",
            "made by `csmodels hand-in`",
        ),
        ("bo.zip", lambda root: zipped({"/m98.ipynb": text_of(root)}), "path", "outside of its folder"),
        ("bo.zip", lambda root: zipped({"C:\\m98.ipynb": text_of(root)}), "path", "outside of its folder"),
        ("bo.zip", lambda root: zipped({"a\\..\\..\\m98.ipynb": text_of(root)}), "path", "outside"),
        ("bo.zip", linked, "link", "Put the file itself there"),
        ("bo.zip", nested, "deep", "Unpack the outer ones"),
        ("bo.zip", twice, "twice", "the first was taken"),
        ("bo.rar", lambda root: b"Rar!", "archive", "Unpack it yourself"),
        ("bo.eml", lambda root: b"From:", "mail", "Save its attachment"),
        ("bo.ipynb", lambda root: text_of(root).encode()[:-99], "notebook", "it is of bo (Bo Ek) and cannot"),
        ("x.ipynb", lambda root: b"", "notebook", "Open yours in JupyterLab"),
        ("bo.ipynb", lambda root: b"\x80\x81\xff", "notebook", "not UTF-8"),
        ("bo.ipynb", lambda root: b"0" * (course.MAX_BYTES + 1), "large", "cleared outputs"),
        ("bo.ipynb", lambda root: b'{"cells": [{}], "nbformat": 4}', "other", "that was handed out"),
        (
            "bo.ipynb",
            lambda root: (root / "notebooks" / f"{NAME}.ipynb").read_bytes(),
            "lesson",
            "work/exercises/",
        ),
    ],
)
def test_what_cannot_be_taken_is_named_and_the_rest_goes_on(
    root: Path,
    inbox: Path,
    run: Callable[..., Report],
    name: str,
    make: Callable[[Path], bytes],
    kind: str,
    advice: str,
) -> None:
    put(inbox / name, make(root))
    put(inbox / "张三.ipynb", text_of(root, "right"))
    report = run()
    assert [one.kind for one in report.left] == [kind]
    assert advice in report.left[0].message and report.left[0].file.startswith(name)
    expected = {"20240011": "right"} | ({"bo": "first"} if kind == "twice" else {})
    assert submitted(root) == expected
    assert not [*inbox.parent.rglob("m98.ipynb")], "nothing is unpacked under a stranger's name"
    assert report.lines()[0].count(",") == 1 and "{" not in report.lines()[0]
    # A person may decide that it is nobody's; in another folder the same name is another file.
    assert run(None, f"{report.left[0].file}=-").left == []
    assert run().left == []
    if kind != "twice":
        put(inbox / name, b"[" if kind in ("notebook", "large") else make(root) + b" ")
        assert len(run().left) == 1


def test_links_and_devices_of_the_folder(root: Path, inbox: Path, run: Callable[..., Report]) -> None:
    put(inbox.parent / "secret.ipynb", text_of(root, "secret"))
    (inbox / "bo.ipynb").symlink_to(inbox.parent / "secret.ipynb")
    (inbox / "Anna Berg").symlink_to(inbox.parent)
    os.mkfifo(inbox / "pipe.ipynb")
    put(inbox / ".DS_Store", "x")
    put(inbox / ".ipynb_checkpoints" / "bo.ipynb", text_of(root))
    assert kinds(run()) == {"Anna Berg": "link", "bo.ipynb": "link", "pipe.ipynb": "special"}
    assert submitted(root) == {}


def test_every_kind_of_trouble_has_its_words() -> None:
    from csmodels_helpers.grading.collect import _ORDER, Left

    for language in ("en", "zh_CN"):
        set_language(language)
        for n in (1, 2):
            left = [Left("f", kind, "m") for kind in _ORDER for _ in range(n)]
            said = Report(None, Path(), left=left).lines()[0]  # type: ignore[arg-type]
            assert said.count("，" if language == "zh_CN" else ",") == len(_ORDER) and "{" not in said
        for kind in unpack.KINDS:
            assert unpack.Trouble(("a",), kind).kind == kind


# ---------------------------------------------------------------------------------------------- decisions


def test_a_person_decides_and_it_is_remembered(root: Path, inbox: Path, run: Callable[..., Report]) -> None:
    put(inbox / "a" / "m98.ipynb", text_of(root, "one"))
    put(inbox / "b" / "m98.ipynb", text_of(root, "two"))
    with pytest.raises(CourseError, match=r'No hand-in here is called "c\.ipynb"\. There are: a/m98\.ipynb'):
        run(None, "c.ipynb=bo")
    with pytest.raises(CourseError, match='matched with "b0", which is not on the roster'):
        run(None, "a/m98.ipynb=b0")
    with pytest.raises(CourseError, match="is not a file and an id"):
        run(None, "a/m98.ipynb")
    assert submitted(root) == {} and not (root / "grading" / "matches.csv").exists()
    assert [*kinds(run(None, "a/m98.ipynb=bo"))] == ["b/m98.ipynb"]
    assert submitted(root) == {"bo": "one"}
    assert [*kinds(run())] == ["b/m98.ipynb"] and submitted(root) == {"bo": "one"}

    # In another folder the same name is another file.
    second = put(inbox.parent / "second" / "a" / "m98.ipynb", text_of(root, "three")).parents[1]
    assert kinds(run(second)) == {"a/m98.ipynb": "unknown"}

    # The instructor writes a row; it was the wrong person before.
    matches = root / "grading" / "matches.csv"
    rows = matches.read_text(encoding="utf-8-sig")
    matches.write_text(rows + "a/m98.ipynb,20240011,\nb/m98.ipynb,Anna Berg\n", encoding="utf-8")
    with pytest.raises(CourseError, match='"Anna Berg", which is not on the roster'):
        run()
    matches.write_text(rows + "a/m98.ipynb,20240011,\nb/m98.ipynb,20240012\n", encoding="utf-8")
    report = run()
    assert submitted(root) == {"20240011": "one", "20240012": "two"} and report.left == []
    assert any("was counted for bo (Bo Ek) and is now counted for 20240011" in one for one in report.remarks)
    assert run().remarks == [] and submitted(root) == {"20240011": "one", "20240012": "two"}
    again = run(None, "a/m98.ipynb=bo")  # and back
    assert submitted(root) == {"20240012": "two", "bo": "one"} and again.left == []
    assert run(None, "a/m98.ipynb=20240011").left == [] and "bo" not in submitted(root)


def test_what_a_message_says_to_run_can_be_copied(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)

    def told(*words: str) -> list[list[str]]:
        """Return the commands that the program tells, as a shell reads them."""
        said = CliRunner().invoke(app, ["collect", *words]).output
        return [
            shlex.split(line.partition("csmodels ")[2].partition(" (if it is nobody")[0])
            for line in said.splitlines()
            if "csmodels collect " in line
        ]

    files = ("m98 (2).ipynb", 'a $HOME `x` "y".ipynb', "it's \\ m98!.ipynb")
    for number, name in enumerate(files):
        put(tmp_path / "my mail" / name, text_of(root, f"t{number}"))
    put(tmp_path / "my mail" / "other $.ipynb", json.dumps({"cells": [{}], "nbformat": 4}))
    own = tmp_path / "the class.csv"
    (root / "grading" / "roster.csv").rename(own)
    given = ["../my mail", "--roster", str(own), "--assignment", "m98"]
    commands = told(*given)
    options = ["--assignment", "m98", "--roster", str(own)]
    decisions = [*(f"{name}=ID" for name in files), "other $.ipynb=-"]
    assert sorted(commands) == sorted(
        ["collect", "../my mail", *options, "--match", decision] for decision in decisions
    )
    said = CliRunner().invoke(app, ["collect", *given]).output
    assert 'csmodels collect "../my mail" --assignment m98 --roster' in said
    assert '(if it is nobody\'s: --match "m98 (2).ipynb=-")' in said
    for words in commands:
        assert CliRunner().invoke(app, [word.replace("=ID", "=-") for word in words]).exit_code in (0, 1)
    assert told(*given) == []
    own.rename(root / "grading" / "roster.csv")
    put(tmp_path / "in" / "x.ipynb", text_of(root, "z"))
    set_language("zh_CN")
    said = CliRunner().invoke(app, ["collect", "../in"]).output
    assert '运行：csmodels collect ../in --match "x.ipynb=ID"（如果不是作业：--match "x.ipynb=-"）' in said


def results(root: Path) -> dict[str, str]:
    """Return file → what collected.csv says of it."""
    listed = (root / "grading" / "collected.csv").read_text(encoding="utf-8-sig")
    return {row["file"]: row["result"] for row in csv.DictReader(io.StringIO(listed))}


def test_what_is_nobodys_is_withdrawn_and_comes_back(
    root: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def command(*words: object) -> str:
        done = CliRunner().invoke(app, ["collect", *map(str, words)])
        assert done.exit_code == 0, done.output
        return done.output

    def newest_is(draft: str) -> None:
        assert submitted(root) == {"20240011": "draft" if draft == "counts" else "good"}
        good = "earlier" if draft == "counts" else "counts"
        assert results(root) == {f"m98_20240011.zip/{NAME}.ipynb": good, "张三 m98 draft.ipynb": draft}

    monkeypatch.chdir(root)
    put(inbox / "m98_20240011.zip", zipped(packed(root, "20240011", "张三", "good")))
    draft = text_of(root, "draft").encode("utf-16")  # the copy that is kept is in UTF-8
    put(inbox / "张三 m98 draft.ipynb", draft, NOON + dt.timedelta(hours=1))
    command(inbox)
    newest_is("counts")
    said = command(inbox, "--match", "张三 m98 draft.ipynb=-")
    assert said.startswith("1 matched (0 new), 1 withdrawn.")
    assert "20240011 (张三): 张三 m98 draft.ipynb was withdrawn, as it is nobody's" in said
    assert f"Now m98_20240011.zip/{NAME}.ipynb counts." in said
    newest_is("withdrawn")
    kept = [*(root / "grading" / "collected" / NAME / "20240011").glob(f"*/files/{NAME}.ipynb")]
    assert len(kept) == 2, "nothing is deleted"
    before = tree(root)
    assert "withdrawn" not in command(inbox) and tree(root) == before
    again = command(inbox, "--match", "张三 m98 draft.ipynb=-")
    assert '--match "张三 m98 draft.ipynb=-" changes nothing: that is how it was.' in again
    assert "1 new" in command(inbox, "--match", "张三 m98 draft.ipynb=20240011")
    newest_is("counts")
    again = command(inbox, "--match", "张三 m98 draft.ipynb=20240011")
    assert '=20240011" changes nothing: that is how it was.' in again
    set_language("zh_CN")
    assert "不是作业，已撤回" in command(inbox, "--match", "张三 m98 draft.ipynb=-")
    newest_is("withdrawn")


def test_the_only_hand_in_is_withdrawn(root: Path, inbox: Path, run: Callable[..., Report]) -> None:
    put(inbox / "a" / "bo.ipynb", text_of(root, "one"))
    put(inbox / "b" / "bo.ipynb", text_of(root, "one"))
    put(inbox / "who.ipynb", text_of(root, "who"))
    run()
    assert submitted(root) == {"bo": "one"}
    # The same notebook came twice: it is Bo's as long as one of the files is.
    report = run(None, "a/bo.ipynb=-", "who.ipynb=-")
    assert submitted(root) == {"bo": "one"} and report.withdrawn == 0
    assert sum("nothing that was collected had to be withdrawn" in one for one in report.remarks) == 2
    (remark,) = run(None, "b/bo.ipynb=-").remarks[-1:]
    assert "No hand-in is left; the next `csmodels grade` takes its grade" in remark
    assert submitted(root) == {} and [*results(root).values()] == ["withdrawn"]
    with pytest.raises(CourseError, match=r'No hand-in here is called "c\.ipynb"'):
        run(None, "c.ipynb=-")
    put(inbox / "張.ipynb", text_of(root)[:-9])
    assert "changes nothing yet" in "\n".join(run(None, "張.ipynb=bo").remarks)


def test_killed_while_it_withdraws(
    root: Path, inbox: Path, run: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(inbox / "bo.ipynb", text_of(root))
    run()

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(collected.Store, "settle", die)
        with pytest.raises(Killed):
            run(None, "bo.ipynb=-")
    assert submitted(root) == {"bo": "x"}
    run()
    assert submitted(root) == {}


def test_the_roster_is_nobodys_data(root: Path, inbox: Path) -> None:
    put(inbox / "Anna Berg" / "m98.ipynb", text_of(root))
    roster = put(inbox / "Anna Berg" / "roster.csv", ROSTER)
    report = collect(inbox, roster, root=root, now=LATER)
    assert submitted(root) == {"20240012": "x"} and report.remarks == []
    assert not [*(root / "grading" / "submitted").rglob("roster.csv")]


def test_only_one_assignment(root: Path, inbox: Path, run: Callable[..., Report]) -> None:
    put(inbox / "bo m97.ipynb", text_of(root))
    put(inbox / "bo.ipynb", text_of(root, name=OTHER))
    report = run(assignment="m97")
    assert submitted(root) == {} and submitted(root, OTHER) == {"bo": "x"} and report.left == []
    assert "bo m97.ipynb is of m98_sample and was left alone" in "\n".join(report.lines())
    with pytest.raises(CourseError, match='no assignment "m55"'):
        run(assignment="m55")
    run()
    assert submitted(root) == {"bo": "x"}


# -------------------------------------------------------------------------------------- again, and again


def test_what_lies_there_from_elsewhere_is_kept(root: Path, inbox: Path, run: Callable[..., Report]) -> None:
    there = root / "grading" / "submitted" / "bo" / NAME
    put(there / f"{NAME}.ipynb", text_of(root, "hand"))
    put(there / "timestamp.txt", "2026-11-20 11:00:00 UTC")
    put(inbox / "bo.ipynb", text_of(root, "newer"))
    report = run()
    assert submitted(root) == {"bo": "newer"} and "came from elsewhere" in "\n".join(report.remarks)
    kept = [*(root / "grading" / "collected" / NAME / "bo").glob(f"*/files/{NAME}.ipynb")]
    assert len(kept) == 2
    # Mended by hand: that stays, though the hand-in is of the same time.
    put(there / f"{NAME}.ipynb", text_of(root, "mended"))
    run()
    assert submitted(root) == {"bo": "mended"}
    before = tree(root)
    run()
    assert tree(root) == before
    shutil.rmtree(there)
    there.symlink_to(inbox)
    assert [*kinds(run()).values()] == ["occupied"] and there.is_symlink()


def mixed(root: Path, inbox: Path) -> None:
    for hour in (1, 2):
        when = NOON + dt.timedelta(hours=hour)
        content = zipped(packed(root, "20240011", "张三", f"t{hour}", when=when, visits_csv="a\n"))
        put(inbox / f"m98_{hour}.zip", content, when)
    put(inbox / "bo.ipynb", text_of(root, "bo"))
    put(inbox / "bo m97.ipynb", text_of(root, "a", name=OTHER))
    put(inbox / "who.ipynb", text_of(root, "who"))
    put(inbox / "broken.zip", b"PK")


def test_a_second_run_changes_nothing(root: Path, inbox: Path, run: Callable[..., Report]) -> None:
    mixed(root, inbox)
    first = run(None, "who.ipynb=20240012")
    assert (first.matched, first.new) == (5, 5)
    before = tree(root)
    mixed(root, inbox)
    second = run(now=LATER + dt.timedelta(days=5))
    assert (second.matched, second.new) == (5, 0)
    assert tree(root) == before
    listed = (root / "grading" / "collected.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(listed)))
    assert tuple(rows[0]) == COLUMNS and len(rows) == 6
    by = {(row["assignment"], row["student"], row["result"]): row for row in rows}
    assert by[NAME, "20240011", "counts"]["time"] == "2026-11-20 14:00:00 UTC"
    assert by[NAME, "20240011", "earlier"]["time_from"] == "receipt"
    assert by[NAME, "20240012", "counts"]["matched_by"] == "match"
    assert "Download it again" in by["", "", "broken_zip"]["remarks"]
    assert all(row["receipt"] for row in rows if row["student"] == "20240011")


def test_a_formula_in_a_name_stays_text(root: Path, inbox: Path, run: Callable[..., Report]) -> None:
    put(inbox / "=cmd|'calc'!A0.ipynb", text_of(root))
    put(inbox / "@bo.ipynb", text_of(root))
    run(None, "=cmd|'calc'!A0.ipynb=20240012")
    for name in ("collected.csv", "matches.csv"):
        rows = [*csv.reader(io.StringIO((root / "grading" / name).read_text(encoding="utf-8-sig")))]
        assert not [cell for row in rows for cell in row if cell[:1] in ("=", "@", "+")]
    assert run().left == [] and submitted(root) == {"20240012": "x", "bo": "x"}


class Killed(BaseException):
    """The power fails."""


STEPS = ("pathlib.Path.rename", "pathlib.Path.replace", "ctypes.CDLL", "shutil.copytree")


def _dying(root: Path, inbox: Path, last: int, after: bool, steps: tuple[str, ...]) -> None:
    """Collect, and die as by kill -9 at the step of a number, before or after it is done."""
    count = 0

    def wrapped(real: Any) -> Any:
        def step(*args: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count == last and not after:
                os._exit(9)
            done = real(*args, **options)
            if count == last and after:
                os._exit(9)
            return done

        return step

    for name in steps:
        place, _, attribute = name.rpartition(".")
        module, _, kind = place.partition(".")
        owner = getattr(__import__(module), kind) if kind else __import__(module)
        setattr(owner, attribute, wrapped(getattr(owner, attribute)))
    collect(inbox, root / "grading" / "roster.csv", root=root, matches=["who.ipynb=20240012"], now=LATER)
    os._exit(0)


@pytest.mark.parametrize("exchanged", [True, False])
def test_killed_anywhere_a_second_run_ends_the_same(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchanged: bool
) -> None:
    if not exchanged:
        monkeypatch.setattr(collected, "_exchange", lambda *_: False)

    def fresh() -> tuple[Path, Path]:
        shutil.rmtree(tmp_path, ignore_errors=True)
        root, inbox = tmp_path / "course", tmp_path / "in"
        shutil.copytree(whole, root)
        mixed(root, inbox)
        # Something to be replaced: an earlier run's, and one that lay there by hand.
        put(root / "grading" / "submitted" / "bo" / NAME / f"{NAME}.ipynb", text_of(root, "hand"), NOON)
        put(root / "grading" / "submitted" / "bo" / NAME / "timestamp.txt", "2026-11-01 00:00:00 UTC")
        first = tmp_path / "first"
        put(first / "张三.ipynb", text_of(root, "t0"), NOON - dt.timedelta(days=1))
        collect(first, root / "grading" / "roster.csv", root=root, now=LATER)
        return root, inbox

    root, inbox = fresh()
    start = tmp_path.parent / f"{tmp_path.name}-start"
    shutil.copytree(tmp_path, start)
    collect(inbox, root / "grading" / "roster.csv", root=root, matches=["who.ipynb=20240012"], now=LATER)
    wanted = tree(root)
    assert len(wanted) > 30
    died = 0
    fork = multiprocessing.get_context("fork")
    # With each file that is written in one of the two, though only each third time: there are many.
    steps, stride = (STEPS, 1) if exchanged else ((*STEPS, "os.fsync"), 3)
    for last in range(1, 500, stride):
        for path in tmp_path.iterdir():
            shutil.rmtree(path)
        shutil.copytree(start, tmp_path, dirs_exist_ok=True)
        child = fork.Process(target=_dying, args=(root, inbox, last, bool(last % 2), steps))
        child.start()
        child.join(60)
        if child.exitcode == 0:
            break
        assert child.exitcode == 9
        died += 1
        # Whoever grades now finds a whole hand-in or, without an exchange in one step, none for a moment.
        for folder in (root / "grading" / "submitted").glob(f"*/{NAME}"):
            assert {f"{NAME}.ipynb", "timestamp.txt"} <= {path.name for path in folder.iterdir()}
        assert not exchanged or {"bo", "20240011"} <= {*submitted(root)}
        collect(inbox, root / "grading" / "roster.csv", root=root, matches=["who.ipynb=20240012"], now=LATER)
        assert tree(root) == wanted, f"killed at step {last}"
    assert died > 12
    assert not [*(root / "grading" / "collected").glob(".new-*")]


def test_two_at_a_time_do_not_meet(root: Path, inbox: Path, run: Callable[..., Report]) -> None:
    put(inbox / "bo.ipynb", text_of(root))
    store = collected.Store(grader.course_directory(root))
    with store.alone(), pytest.raises(CourseError, match="Another `csmodels collect` is at work"):
        run()
    assert run().new == 1


# ------------------------------------------------------------------------------------------------ the command


def test_the_command(root: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def command(*words: object) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["collect", *map(str, words)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    put(inbox / "bo.ipynb", text_of(root))
    monkeypatch.chdir(root)
    code, said = command(inbox)
    assert code == 0 and "1 matched (1 new).\nm98_sample: 1 of 6 have handed in." in said
    put(inbox / "x.zip", b"PK")
    code, said = command(inbox, "--roster", "grading/roster.csv", "--assignment", "m98")
    assert code == 1 and "1 matched (0 new), 1 broken zip." in said
    assert command(inbox, "--match", "x.zip=-")[0] == 0
    for words, expected in (
        (("nowhere",), "There is no folder nowhere."),
        ((inbox, "--roster", "no.csv"), "The roster no.csv cannot be read"),
        ((root,), "lie within one another"),
        ((root / "grading" / "collected",), "lie within one another"),
    ):
        code, said = command(*words)
        assert code == 1 and expected in said
    names = pd.read_csv(root / "grading" / "roster.csv", dtype=str)
    (root / "grading" / "roster.csv").unlink()
    code, said = command(inbox)
    assert code == 1 and "Say where the roster is" in said
    names.to_excel(root / "grading" / "roster.xlsx", index=False)
    assert command(inbox, "--match", "x.zip=-")[0] == 0


@pytest.mark.grading
@pytest.mark.parametrize("where", ["file", pytest.param("PostgreSQL", marks=pytest.mark.thorough)])
def test_the_grade_of_a_withdrawn_hand_in_goes_and_no_other(
    root: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, where: str
) -> None:
    url = f"sqlite:///{course.gradebook_path(root)}"
    if where == "PostgreSQL":
        found: Server = request.getfixturevalue("postgres")
        url = found.url(found.database())
        use(root, url)

    def command(*words: object) -> str:
        done = CliRunner().invoke(app, [*map(str, words)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.output

    def graded() -> dict[str, float]:
        with Gradebook(url, "csmodels") as book:
            return {entry.student.id: entry.score for entry in book.assignment_submissions(NAME)}

    monkeypatch.setenv("CSMODELS_CHECKS", str(root / "checks"))
    monkeypatch.chdir(root)
    grading = root / "grading"
    answers = {"m98-note-answer": "We plant plums."}
    made = notebook(root, "who")
    for cell in made["cells"]:
        cell["source"] = answers.get(cell["id"], cell["source"])
    put(inbox / "who.ipynb", json.dumps(made))
    put(inbox / "张三.ipynb", text_of(root, "there"))
    put(grading / "submitted" / "moved" / NAME / f"{NAME}.ipynb", text_of(root, "by hand"))
    command("collect", inbox, "--match", "who.ipynb=bo")
    command("grade", "m98", "--jobs", "2")
    with Gradebook(url, "csmodels") as book:
        mark = book.find_grade("m98-note-answer", NAME, NAME, "bo")
        mark.manual_score, mark.needs_manual_grade = 1.5, False
        book.find_comment("m98-note-answer", NAME, NAME, "bo").manual_comment = "Which plums?"
        book.db.commit()
    page = put(grading / "feedback" / "bo" / NAME / f"{NAME}.html", "page")
    before = graded()
    assert {*before} == {"20240011", "bo", "moved"}

    # Whoever has no folder for another reason keeps the grade: moved away by hand, or by mistake.
    shutil.rmtree(grading / "submitted" / "moved")
    shutil.rmtree(grading / "submitted" / "20240011")
    said = command("grade", "m98")
    assert "no hand-in any more" not in said and graded() == before

    # It was Anna's: the grade of the wrong person goes, with the marks named and all of it kept.
    assert "`csmodels grade` puts the scores of both right" in command(
        "collect", inbox, "--match", "who.ipynb=20240012"
    )
    shutil.rmtree(grading / "submitted" / "20240011")
    assert "bo:" not in command("grade", "m98", "--student", "20240012") and "bo" in graded()
    said = command("grade", "m98")
    assert f"  bo: {before['bo']:g} → no hand-in any more, as it was withdrawn. Points by hand that" in said
    assert "m98-note-answer 1.5." in said
    assert {*graded()} == {"20240011", "20240012", "moved"}
    assert not (grading / "autograded" / "bo").exists() and not page.exists()
    (kept,) = (grading / "collected" / NAME / "bo").glob("*/graded")
    assert (kept / "feedback" / page.name).is_file() and (kept / "autograded" / f"{NAME}.ipynb").is_file()
    (row,) = [
        row for row in json.loads((kept / "marks.json").read_bytes()) if row["cell"] == "m98-note-answer"
    ]
    assert (row["manual_score"], row["manual_comment"]) == (1.5, "Which plums?")
    command("report")
    listed = pd.read_csv(grading / "report.csv", dtype=str).to_csv()
    assert "20240012" in listed and "bo,m98" not in listed
    assert "no hand-in any more" not in command("grade", "m98"), "said once"

    # Nobody is left with a folder; and it comes back.
    put(inbox / "empty" / "x.txt", "")
    command("collect", inbox, "--match", "who.ipynb=-")
    for student in ("20240011", "20240012"):
        shutil.rmtree(grading / "submitted" / student, ignore_errors=True)
    set_language("zh_CN")
    assert "20240012：" in command("grade", "m98") and {*graded()} == {"20240011", "moved"}
    set_language("en")
    assert "Nothing was handed in" in command("grade", "m98")
    command("collect", inbox, "--match", "who.ipynb=bo")
    command("grade", "m98")
    assert {*graded()} == {"20240011", "bo", "moved"}
    command("collect", inbox, "--match", "who.ipynb=-")
    command("grade", "m98")
    assert len([*(grading / "collected" / NAME / "bo").glob("*/graded/marks.json")]) == 2


@pytest.mark.grading
@pytest.mark.parametrize("counts", [pytest.param("first", marks=pytest.mark.thorough), "best"])
def test_a_withdrawn_hand_in_neither_is_first_nor_best(
    root: Path, inbox: Path, run: Callable[..., Report], monkeypatch: pytest.MonkeyPatch, counts: str
) -> None:
    monkeypatch.setenv("CSMODELS_CHECKS", str(root / "checks"))
    config = root / "nbgrader_config.py"
    setting = f"get_config().Resubmission.counts = {counts!r}\n"
    config.write_text(config.read_text(encoding="utf-8") + setting, encoding="utf-8")
    good, bad = notebook(root, "good"), text_of(root, "bad")
    for cell in good["cells"]:
        if cell["id"] == "m98-low-answer":
            cell["source"] = "lowest = 'price of tea'"
    put(inbox / "bo m98.ipynb", json.dumps(good))
    run()
    (change,) = grader.grade(root, NAME, jobs=1).changes
    put(inbox / "bo.ipynb", bad, NOON + dt.timedelta(hours=1))
    run()
    assert grader.grade(root, NAME, jobs=1).changes[0].kept
    run(None, "bo m98.ipynb=-")
    (later,) = grader.grade(root, NAME, jobs=1).changes
    assert not later.kept and later.after < change.after
    assert grader.grade(root, NAME, jobs=1).kept == 1


@pytest.mark.grading
def test_from_hand_in_to_score(
    root: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The score is that of the same notebook put there by hand."""
    monkeypatch.setenv("CSMODELS_CHECKS", str(root / "checks"))
    workspace.update(tmp_path / "work", course=root)
    path = tmp_path / "work" / "exercises" / NAME / f"{NAME}.ipynb"
    made = course.read_notebook(path)
    answers = {"m98-share-answer": "def share(yes, no, silent):\n    return yes / (yes + no)"}
    answers |= {"m98-pick-answer": "pick = 'A'", "m98-low-answer": "lowest = open('own.csv').read()"}
    for cell in made["cells"]:
        cell["source"] = answers.get(cell["id"], cell["source"])
    path.write_text(json.dumps(made), encoding="utf-8")
    (path.parent / "own.csv").write_text("price of tea", encoding="utf-8")
    exercise = hand_in.find("m98", work=tmp_path / "work", course=root)
    hand_in.write(hand_in.pack(exercise, hand_in.who("20240012", "Anna Berg")), inbox)
    assert collect(inbox, root / "grading" / "roster.csv", root=root).left == []
    shutil.copytree(path.parent, root / "grading" / "submitted" / "by-hand" / NAME)
    report = grader.grade(root, NAME, jobs=2)
    assert {change.student: change.after for change in report.changes} == {"20240012": 3.0, "by-hand": 3.0}
    with Gradebook(f"sqlite:///{course.gradebook_path(root)}", "csmodels") as book:
        entry = book.find_submission(NAME, "20240012")
        assert (entry.student.last_name, entry.score) == ("Anna Berg", 3.0)
        assert abs(entry.timestamp.replace(tzinfo=dt.UTC) - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=5)
    before = tree(root)
    assert collect(inbox, root / "grading" / "roster.csv", root=root).new == 0
    assert tree(root) == before and grader.grade(root, NAME, jobs=1).changes == []
