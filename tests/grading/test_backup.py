"""A course in progress becomes one file and comes back, on another machine too; nothing is lost."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from sample import NAME
from test_grade import FULL, gradebook, hand_in, nbgrader, rows, scores
from typer.testing import CliRunner

import csmodels_helpers
from csmodels_helpers.cli import app
from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import backup as keeper
from csmodels_helpers.grading import course
from csmodels_helpers.grading import grade as grader
from csmodels_helpers.language import set_language

pytestmark = pytest.mark.filterwarnings("ignore:::nbgrader", "ignore:::nbconvert", "ignore:::traitlets")


def tree(root: Path) -> dict[str, Any]:
    """Return all that there is below a folder: content of files, targets of links, names of folders."""
    found: dict[str, Any] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        found[name] = path.readlink() if path.is_symlink() else path.read_bytes() if path.is_file() else ""
    return found


@pytest.fixture
def in_progress(sample: Path) -> Path:
    """Return a course with a gradebook and files of all kinds; nobody was graded."""
    work = sample / "grading"
    book = course.gradebook_path(sample)
    course.make_gradebook(book)
    with Gradebook(f"sqlite:///{book}", "csmodels") as opened:
        opened.add_assignment(NAME)
        opened.add_student("li", last_name="李")
    for name, content in {
        "submitted/li/m98_sample/m98_sample.ipynb": "{}",
        "submitted/li/m98_sample/Antwort ü 回答.csv": "a,b\n",
        "submitted/li/m98_sample/.odd.new": "a trainee's",
        "autograded/li/m98_sample/m98_sample.ipynb": "{}" * 40_000,
        "autograded/li/m98_sample/.m98_sample.ipynb.new": "half",
        "feedback/li/m98_sample/m98_sample.html": "<p>",
        "collected/first.zip": "PK",
        ".report.html.new": "half",
        "extensions.csv": "student,assignment,days\nli,m98_sample,2\n",
        "demo/gradebook.db": "",
    }.items():
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text(content, encoding="utf-8")
    (work / "submitted/nobody/m98_sample").mkdir(parents=True)
    (work / "autograded/li/m98_sample/m98_sample.ipynb").chmod(0o444)
    return sample


@pytest.fixture
def elsewhere(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return another machine's course folder, as cloned."""
    other = tmp_path_factory.mktemp("elsewhere") / "50 % of a course"
    shutil.copytree(sample, other, ignore=shutil.ignore_patterns("grading", "*.zip"))
    return other


# --------------------------------------------------------------------------------------------- there and back


@pytest.mark.grading
def test_grading_goes_on_on_another_machine(
    sample: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(sample, "anna")
    hand_in(sample, "bo", mean="mean_score = 3.2")
    hand_in(sample, "chen", note="")
    (sample / "grading" / "submitted" / "dirk" / NAME).mkdir(parents=True)
    config = sample / "nbgrader_config.py"
    policy = "get_config().LatePolicy.percent_per_day = 10\n"
    config.write_text(config.read_text(encoding="utf-8") + policy, encoding="utf-8")
    (sample / "grading" / "submitted" / "bo" / NAME / "timestamp.txt").write_text("2026-11-22 12:00:00 UTC")
    (sample / "grading" / "extensions.csv").write_text(f"student,assignment,days\nbo,{NAME},1\n")
    grader.grade(sample, NAME, jobs=2)
    with gradebook(sample) as book:
        book.update_or_create_assignment(NAME, duedate="2026-11-20 18:00:00 UTC")
        mark = book.find_grade("m98-note-answer", NAME, NAME, "anna")
        mark.manual_score, mark.needs_manual_grade = 1.5, False
        book.find_comment("m98-note-answer", NAME, NAME, "anna").manual_comment = "Which plums?"
        book.db.commit()
    grader.grade(sample, NAME, jobs=1)
    nbgrader(sample, "generate_feedback", NAME)

    empty = tmp_path_factory.mktemp("empty") / "course"
    for name in ("solutions", "release", "nbgrader_config.py"):
        copy: Callable[..., Any] = shutil.copytree if (sample / name).is_dir() else shutil.copy
        empty.mkdir(exist_ok=True)
        copy(sample / name, empty / name)
    made, before = rows(sample), tree(sample / "grading")
    monkeypatch.chdir(sample)
    done = CliRunner().invoke(app, ["backup", "--to", str(empty / "friday.zip")])
    assert done.exit_code == 0 and "read again and compared" in done.output, done.output
    assert "COURSE_PRIVATE_TESTS" in done.output and "Not in it: " not in done.output
    monkeypatch.chdir(empty)
    done = CliRunner().invoke(app, ["restore", "friday.zip"])
    assert done.exit_code == 0 and "files are back, as they were on" in done.output, done.output

    assert rows(empty) == made and len(made) > 40
    assert any(row[-1] == pytest.approx(0.1 * (FULL - 2)) for row in made), "bo is a day late, and it costs"
    own = {"gradebook.db", "gradebook.db-wal", "gradebook.db-shm"}
    after = tree(empty / "grading")
    assert {n: c for n, c in after.items() if n not in own} == {
        n: c for n, c in before.items() if n not in own
    }
    assert "feedback/anna/m98_sample/m98_sample.html" in after and "submitted/dirk/m98_sample" in after
    report = grader.grade(empty, NAME, jobs=1)
    assert (report.changes, report.kept, report.late) == ([], 4, {})
    hand_in(empty, "emil")
    report = grader.grade(empty, NAME, jobs=1)
    assert ([c.student for c in report.changes], report.kept) == (["emil"], 4)
    assert scores(empty) == {**scores(sample), "emil": FULL}
    nbgrader(empty, "export", "--to", "grades.csv")


def test_what_is_in_it_and_what_is_told(in_progress: Path, elsewhere: Path) -> None:
    work = in_progress / "grading"
    secret = in_progress / "solutions" / NAME / f"{NAME}.ipynb"
    (work / "submitted/li/m98_sample/link.ipynb").symlink_to(secret)
    (work / "submitted/link").symlink_to(in_progress / "solutions")
    os.mkfifo(work / "submitted/li/pipe")
    made = keeper.backup(in_progress)
    assert made.path.parent == in_progress and stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert {*made.left} == {
        "submitted/li/m98_sample/link.ipynb",
        "submitted/link",
        "submitted/li/pipe",
        "demo",
    }
    said = "\n".join(made.lines())
    assert "Not in it: submitted/link (a link or a device" in said and "`make demo`" in said
    with zipfile.ZipFile(made.path) as archive:
        names = archive.namelist()
        assert names[:-1] == sorted(names[:-1]) and names[-1] == "manifest.json"
        manifest = json.loads(archive.read("manifest.json"))
        for name, about in manifest["files"].items():
            content = archive.read(name)
            assert about == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        assert {*names} == {*manifest["files"], *manifest["folders"], "manifest.json"}
        whole = b"".join(archive.read(name) for name in names)
    assert b"plum orchard" not in whole and b"plum orchard" in secret.read_bytes()
    assert manifest["course_version"] == csmodels_helpers.__version__
    assert (manifest["nbgrader"], manifest["revision"]) == ("0.9.6", "e43177bfe90b")
    assert "grading/submitted/li/m98_sample/.odd.new" in names
    assert not [name for name in names if "html.new" in name or "demo" in name or "config" in name]
    sign = "grading/autograded/li/m98_sample/.m98_sample.ipynb.new"  # says that the one beside it may be old
    assert sign in names and names.index(sign) < names.index(sign.replace("/.m98", "/m98")[: -len(".new")])

    keeper.restore(made.path, elsewhere)
    graded = elsewhere / "grading/autograded/li/m98_sample/m98_sample.ipynb"
    assert stat.S_IMODE(graded.stat().st_mode) == 0o444
    assert (elsewhere / "grading/submitted/nobody/m98_sample").is_dir()
    for name in ("submitted/li/m98_sample/Antwort ü 回答.csv", "extensions.csv", "collected/first.zip"):
        assert (elsewhere / "grading" / name).read_bytes() == (work / name).read_bytes()
    # The same class gives the same files in the same order.
    again = keeper.backup(elsewhere)
    assert [*again.manifest["files"]] == [*made.manifest["files"]]
    assert {**again.manifest, "made": ""} == {**made.manifest, "made": ""}


def test_a_running_grader_does_no_harm(in_progress: Path, tmp_path: Path) -> None:
    book = course.gradebook_path(in_progress)
    with contextlib.closing(sqlite3.connect(book)) as connection:
        connection.execute("pragma journal_mode=wal")
        connection.execute("create table pairs (n integer, half text)")
    stop, written = threading.Event(), threading.Event()

    def write() -> None:
        with contextlib.closing(sqlite3.connect(book, timeout=60)) as connection:
            number = 0
            while not stop.is_set():
                number += 1
                with connection:  # both or none
                    connection.execute("insert into pairs values (?, ?)", (number, "left" * 50))
                    connection.execute("insert into pairs values (?, ?)", (number, "right" * 50))
                written.set()

    thread = threading.Thread(target=write)
    thread.start()
    counts = []
    try:
        assert written.wait(30)
        for number in range(4):
            made = keeper.backup(in_progress, tmp_path / f"{number}.zip")
            copy = tmp_path / f"{number}.db"
            with zipfile.ZipFile(made.path) as archive:
                copy.write_bytes(archive.read("grading/gradebook.db"))
            with contextlib.closing(sqlite3.connect(copy)) as connection:
                halves = connection.execute("select n, count(*) from pairs group by n").fetchall()
            assert {count for _, count in halves} == {2}
            counts.append(len(halves))
    finally:
        stop.set()
        thread.join()
    assert counts == sorted(counts) and counts[0] > 0


def test_a_bar_moves_on_with_the_files(in_progress: Path, elsewhere: Path) -> None:
    said: list[tuple[str, int, int]] = []

    class Bar:
        def __init__(self, what: str, number: int) -> None:
            self.what, self.number, self.done = what, number, 0

        def update(self) -> None:
            self.done += 1

        def close(self) -> None:
            said.append((self.what, self.number, self.done))

    made = keeper.backup(in_progress, progress=Bar)
    keeper.restore(made.path, elsewhere, progress=Bar)
    files, entries = len(made.files), len(made.files) + len(made.manifest["folders"])
    whole = [("pack", entries), ("compare", files), ("compare", files), ("unpack", entries)]
    assert said == [(what, number, number) for what, number in whole]


def test_a_grader_replaces_files_meanwhile(in_progress: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = keeper._entries  # pyright: ignore[reportPrivateUsage]

    def then_gone(*about: Any) -> Any:
        found = dict(listed(*about))
        (in_progress / "grading/feedback/li/m98_sample/m98_sample.html").unlink()
        return found

    monkeypatch.setattr(keeper, "_entries", then_gone)
    made = keeper.backup(in_progress)
    assert "replaced or deleted meanwhile" in made.left["feedback/li/m98_sample/m98_sample.html"]
    assert keeper.check(made.path).manifest == made.manifest


def test_what_is_graded_meanwhile_is_not_in_the_gradebook(
    in_progress: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A graded notebook may be newer than its score: then it is graded again. The other way round, never.
    write = keeper._write  # pyright: ignore[reportPrivateUsage]

    def graded_now(*about: Any) -> Any:
        with gradebook(in_progress) as book:
            book.add_student("late")
        (in_progress / "grading/autograded/late.ipynb").write_text("{}")
        return write(*about)

    monkeypatch.setattr(keeper, "_write", graded_now)
    keeper.restore(keeper.backup(in_progress).path, elsewhere)
    assert (elsewhere / "grading/autograded/late.ipynb").is_file()
    with gradebook(elsewhere) as book:
        assert [student.id for student in book.students] == ["li"]


def test_no_gradebook_yet(in_progress: Path, elsewhere: Path) -> None:
    course.gradebook_path(in_progress).unlink()
    made = keeper.backup(in_progress)
    assert "There is no gradebook yet" in "\n".join(made.lines()) and made.manifest["revision"] == ""
    keeper.restore(made.path, elsewhere)
    assert not course.gradebook_path(elsewhere).exists()


# ------------------------------------------------------------------------------------- nothing is overwritten


def test_a_backup_is_never_overwritten_nor_made_of_nothing(
    in_progress: Path, elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "old.zip"
    there.write_text("old")
    with pytest.raises(CourseError, match="is there already, and a backup is never overwritten"):
        keeper.backup(in_progress, there)
    # Nor one that came while this one was made.
    write = keeper._write  # pyright: ignore[reportPrivateUsage]

    def slow(*about: Any) -> Any:
        (tmp_path / "new.zip").write_text("somebody's")
        return write(*about)

    with monkeypatch.context() as patch:
        patch.setattr(keeper, "_write", slow)
        with pytest.raises(CourseError, match="is there already"):
            keeper.backup(in_progress, tmp_path / "new.zip")
    assert (there.read_text(), (tmp_path / "new.zip").read_text()) == ("old", "somebody's")
    with pytest.raises(CourseError, match="would be lost with it"):
        keeper.backup(in_progress, in_progress / "grading" / "b.zip")
    with pytest.raises(CourseError, match="no solutions/"):
        keeper.backup(tmp_path / "nowhere")
    with pytest.raises(CourseError, match="nothing to back up"):
        keeper.backup(elsewhere, tmp_path / "empty.zip")
    with pytest.raises(CourseError, match=r"b\.zip was not made: .*No such file"):
        keeper.backup(in_progress, tmp_path / "no folder" / "b.zip")
    config = elsewhere / "nbgrader_config.py"
    words = config.read_text(encoding="utf-8")
    config.write_text(words.replace(".parent)", ".parent, work='')"), encoding="utf-8")
    with pytest.raises(CourseError, match="must lie in one folder of their own"):
        keeper.backup(elsewhere, tmp_path / "empty.zip")
    assert sorted(path.name for path in tmp_path.glob("*.zip*")) == ["new.zip", "old.zip"]
    assert not list(tmp_path.glob(".*.new"))


def test_a_class_that_is_there_is_moved_aside_or_left_alone(in_progress: Path, elsewhere: Path) -> None:
    made = keeper.backup(in_progress)
    work = elsewhere / "grading"
    work.mkdir()
    (work / "extensions.csv").write_text("mine")
    with pytest.raises(
        CourseError, match=r"There is a class in .*grading already, so nothing was changed.*--force"
    ):
        keeper.restore(made.path, elsewhere)
    assert tree(work) == {"extensions.csv": b"mine"}
    done = keeper.restore(made.path, elsewhere, force=True)
    (aside,) = done.aside
    assert tree(aside) == {"extensions.csv": b"mine"} and str(aside) in "\n".join(done.lines())
    first = tree(work)
    assert "submitted/li/m98_sample/m98_sample.ipynb" in first
    (second,) = keeper.restore(made.path, elsewhere, force=True).aside
    assert second != aside and tree(second) == first and tree(aside) == {"extensions.csv": b"mine"}
    left = {path.name for path in elsewhere.iterdir()} - {
        "solutions",
        "nbgrader_config.py",
        "checks",
        "tests",
    }
    assert left == {"grading", aside.name, second.name}


def test_a_gradebook_that_nobody_used_is_no_class(in_progress: Path, elsewhere: Path) -> None:
    made = keeper.backup(in_progress)
    book = course.gradebook_path(elsewhere)
    course.make_gradebook(book)
    before = book.read_bytes()
    (aside,) = keeper.restore(made.path, elsewhere).aside
    assert (aside / "gradebook.db").read_bytes() == before
    with gradebook(elsewhere) as opened:
        assert [student.last_name for student in opened.students] == ["李"]
    # One with a due date is something.
    shutil.rmtree(elsewhere / "grading")
    course.make_gradebook(book)
    with gradebook(elsewhere) as opened:
        opened.add_assignment(NAME, duedate="2026-11-20 18:00:00 UTC")
    with pytest.raises(CourseError, match="There is a class"):
        keeper.restore(made.path, elsewhere)


# ------------------------------------------------------------------------------------- damaged, or to do harm

Files = dict[str, bytes]


def rewrite(path: Path, edit: Callable[[Files, dict[str, Any]], None], *extra: zipfile.ZipInfo) -> None:
    """Write a backup again with other content; the manifest follows where it is not changed by hand."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
        modes = {info.filename: info.external_attr for info in archive.infolist()}
    manifest = json.loads(files.pop("manifest.json"))
    edit(files, manifest)
    path.unlink()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = modes.get(name, (stat.S_IFREG | 0o644) << 16)
            archive.writestr(info, content)
        for info in extra:
            archive.writestr(info, b"/etc")
        archive.writestr("manifest.json", json.dumps(manifest))


def about(content: bytes) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def put(name: str) -> Callable[[Files, dict[str, Any]], None]:
    def edit(files: Files, manifest: dict[str, Any]) -> None:
        files[name] = b"evil"
        manifest["files"][name] = about(b"evil")

    return edit


EXTENSIONS = "grading/extensions.csv"
HARM: dict[str, Callable[[Files, dict[str, Any]], Any]] = {
    "other content": lambda files, _: files.update({EXTENSIONS: b"x" * len(files[EXTENSIONS])}),
    "longer": lambda files, _: files.update({EXTENSIONS: files[EXTENSIONS] + b" " * 10_000_000}),
    "a file is missing": lambda files, _: files.pop(EXTENSIONS),
    "a folder is missing": lambda files, _: files.pop("grading/submitted/nobody/m98_sample/"),
    "a file more": lambda files, _: files.update({"grading/more.txt": b""}),
    "another hash": lambda _, m: m["files"][EXTENSIONS].update(sha256="0" * 64),
    "no hash": lambda _, m: m["files"].update({EXTENSIONS: {}}),
    "no number": lambda _, m: m["files"][EXTENSIONS].update(bytes="9"),
    "no files": lambda _, m: m.pop("files"),
    "files are a list": lambda _, m: m.update(files=[]),
    "no version": lambda _, m: m.update(course_version=None),
    "above": put("grading/../evil.txt"),
    "absolute": put("/tmp/evil.txt"),
    "beside": put("solutions/evil.txt"),
    "twice a slash": put("grading//evil.txt"),
    "a file that is a folder": put("grading/submitted"),
    "below a file": put("grading/extensions.csv/evil.txt"),
}


@pytest.mark.parametrize("harm", HARM)
def test_what_is_damaged_or_hostile_is_refused(in_progress: Path, elsewhere: Path, harm: str) -> None:
    made = keeper.backup(in_progress)
    rewrite(made.path, HARM[harm])
    before, outside = tree(elsewhere), {*elsewhere.parent.iterdir()}
    with pytest.raises(CourseError, match=r"is damaged or incomplete, or no backup|was not restored"):
        keeper.restore(made.path, elsewhere, force=True)
    before.pop("grading", None)
    after = tree(elsewhere)
    assert after.pop("grading", "") == "" and after == before
    assert {*elsewhere.parent.iterdir()} == outside and not Path("/tmp/evil.txt").exists()


def test_a_rewritten_one_without_harm_is_taken(in_progress: Path, elsewhere: Path) -> None:
    # Or the test above could refuse everything for another reason.
    made = keeper.backup(in_progress)
    rewrite(made.path, put("grading/kind.txt"))
    keeper.restore(made.path, elsewhere)
    assert (elsewhere / "grading/kind.txt").read_bytes() == b"evil"


def test_a_link_in_the_zip_is_refused(in_progress: Path, elsewhere: Path) -> None:
    made = keeper.backup(in_progress)
    link = zipfile.ZipInfo("grading/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    rewrite(made.path, lambda _, m: m["files"].update({"grading/link": about(b"/etc")}), link)
    with pytest.raises(CourseError, match=r"damaged.*grading/link"):
        keeper.restore(made.path, elsewhere)


def test_files_that_are_no_backup(in_progress: Path, elsewhere: Path, tmp_path: Path) -> None:
    made = keeper.backup(in_progress)
    whole = made.path.read_bytes()
    file = tmp_path / "file.zip"
    for place in (0, 30, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:place])
        with pytest.raises(CourseError, match="damaged or incomplete"):
            keeper.check(file)
    for place in range(40, len(whole), len(whole) // 37):
        turned = bytearray(whole)
        turned[place] ^= 0x55
        file.write_bytes(turned)
        try:
            found = keeper.check(file)
        except CourseError:
            continue
        # A bit that means nothing, such as a date: all that is in it is as it was.
        assert found.manifest == made.manifest, place
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(CourseError, match=r"is no backup: it has no manifest\.json"):
        keeper.restore(tmp_path / "other.zip", elsewhere)
    with pytest.raises(CourseError, match="cannot be read"):
        keeper.restore(tmp_path, elsewhere)
    with pytest.raises(CourseError, match="no solutions/"):
        keeper.restore(made.path, tmp_path / "nowhere")

    def of_tomorrow(_: Files, manifest: dict[str, Any]) -> None:
        manifest.update({"csmodels-backup": 2, "course_version": "9.0"})

    rewrite(made.path, of_tomorrow)
    with pytest.raises(CourseError, match=r"newer version of the course \(9\.0\)"):
        keeper.restore(made.path, elsewhere)
    refused = CliRunner().invoke(app, ["restore", str(made.path), "--course", str(elsewhere)])
    assert refused.exit_code == 1 and "newer version" in refused.output


# ------------------------------------------------------------------------------------- no room, no permission


def limited(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command that cannot write files of more than 50 kB, as on a disk that is full."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    return subprocess.run(
        [sys.executable, "-m", "csmodels_helpers.cli", *command],
        cwd=folder,
        preexec_fn=limit,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def test_a_full_disk(in_progress: Path, elsewhere: Path, tmp_path: Path) -> None:
    noise = in_progress / "grading" / "submitted" / "li" / "noise.bin"
    noise.write_bytes(os.urandom(80_000))
    before = tree(in_progress)
    done = limited(in_progress, "backup")
    assert done.returncode == 1
    assert "was not made:" in done.stderr and "no half file is left behind" in done.stderr
    assert tree(in_progress) == before

    made = keeper.backup(in_progress, tmp_path / "b.zip")
    course.make_gradebook(course.gradebook_path(elsewhere))
    before = tree(elsewhere)
    done = limited(elsewhere, "restore", str(made.path), "--force")
    assert done.returncode == 1 and "All is as it was before" in done.stderr, done.stderr
    assert tree(elsewhere) == before


def test_a_disk_that_will_be_full(
    in_progress: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = keeper.backup(in_progress)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 9))  # type: ignore[attr-defined]
    with pytest.raises(CourseError, match="too little room"):
        keeper.restore(made.path, elsewhere)
    assert tree(elsewhere / "grading") == {}


def test_a_folder_that_cannot_be_written(
    in_progress: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CourseError, match=r"/proc/b\.zip was not made"):
        keeper.backup(in_progress, "/proc/b.zip")
    # The last step fails: what was moved aside comes back.
    made = keeper.backup(in_progress)
    work = elsewhere / "grading"
    work.mkdir()
    (work / "extensions.csv").write_text("mine")
    before = tree(elsewhere)
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if "restore" in self.name and target == work and not (self / "extensions.csv").read_text() == "mine":
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(CourseError, match=r"was not restored: .*Permission denied.*All is as it was"):
        keeper.restore(made.path, elsewhere, force=True)
    assert tree(elsewhere) == before


# ------------------------------------------------------------------------------- a gradebook in another place


def test_a_gradebook_outside_of_the_folder(in_progress: Path, elsewhere: Path, tmp_path: Path) -> None:
    made = keeper.backup(in_progress)
    config = elsewhere / "nbgrader_config.py"
    place = tmp_path / "own place" / "book.db"
    place.parent.mkdir()
    setting = f"get_config().CourseDirectory.db_url = 'sqlite:///{place}'\n"
    config.write_text(config.read_text(encoding="utf-8") + setting, encoding="utf-8")
    keeper.restore(made.path, elsewhere)
    with Gradebook(f"sqlite:///{place}", "csmodels") as opened:
        assert [student.id for student in opened.students] == ["li"]
        opened.add_student("bo")
    assert not course.gradebook_path(elsewhere).exists()
    assert "grading/gradebook.db" in keeper.backup(elsewhere).files
    shutil.rmtree(elsewhere / "grading")
    with pytest.raises(CourseError, match="There is a class"):
        keeper.restore(made.path, elsewhere)
    (aside,) = keeper.restore(made.path, elsewhere, force=True).aside
    assert aside.parent == place.parent
    for book, there in ((place, ["li"]), (aside, ["bo", "li"])):
        with Gradebook(f"sqlite:///{book}", "csmodels") as opened:
            assert sorted(student.id for student in opened.students) == there


def test_row_by_row_as_from_a_server(
    in_progress: Path, elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datetime as dt

    from csmodels_helpers.grading.record import Recorder

    book = course.gradebook_path(in_progress)
    with Gradebook(f"sqlite:///{book}", "csmodels") as opened:
        opened.add_notebook(NAME, NAME)
        opened.add_grade_cell("cell", NAME, NAME, max_score=2.0, cell_type="code")
        entry = opened.add_submission(NAME, "li", timestamp=dt.datetime(2026, 5, 1, 12, 30))
        entry.extension = dt.timedelta(days=1, hours=2)
        entry.notebooks[0].grades[0].auto_score = 1.25
        opened.db.commit()
    Recorder(f"sqlite:///{book}", "csmodels", NAME).close()  # with the course's own table
    with contextlib.closing(sqlite3.connect(book)) as connection, connection:
        row = (NAME, "li", "k", "s", "graded", "{}", 0.5, "2026-05-01 12:00:00.000000")
        connection.execute("insert into csmodels_graded values (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def every(path: Path) -> dict[str, list[Any]]:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            names = [r[0] for r in connection.execute("select name from sqlite_master where type='table'")]
            return {name: sorted(connection.execute(f"select * from {name}")) for name in names}

    before = every(book)
    # A server is one whose gradebook is no file; here SQLite plays it, through the same calls.
    monkeypatch.setattr(keeper._Places, "book", None)  # pyright: ignore[reportPrivateUsage]
    made = keeper.backup(in_progress)
    assert made.left["gradebook.db"] == "another gradebook is the one in use"
    server = tmp_path / "server.db"
    config = elsewhere / "nbgrader_config.py"
    setting = f"get_config().CourseDirectory.db_url = 'sqlite:///{server}'\n"
    config.write_text(config.read_text(encoding="utf-8") + setting, encoding="utf-8")
    keeper.restore(made.path, elsewhere)
    assert every(server) == before and before["csmodels_graded"]
    assert not course.gradebook_path(elsewhere).exists()
    before = tree(elsewhere)
    with pytest.raises(CourseError, match=r"server\.db has a class already"):
        keeper.restore(made.path, elsewhere, force=True)
    assert tree(elsewhere) == before
    with contextlib.closing(sqlite3.connect(server)) as connection, connection:
        connection.execute("update alembic_version set version_num = '282d30a0218e'")
    with pytest.raises(CourseError, match="another version of nbgrader"):
        keeper.backup(elsewhere)
    server.write_bytes(b"no database" * 99)
    with pytest.raises(CourseError, match=r"server\.db cannot be used: .*not a database"):
        keeper.backup(elsewhere)


def test_every_sentence_in_chinese(in_progress: Path, elsewhere: Path) -> None:
    set_language("zh_CN")
    try:
        made = keeper.backup(in_progress)
        rewrite(made.path, lambda _, m: m.update(course_version="0.0"))
        words = [*made.lines(), *keeper.restore(made.path, elsewhere).lines()]
    finally:
        set_language("en")
    assert len(words) == 5 and all(line.endswith("。") for line in words)
    assert "0.0" in words[-1]


def test_a_damaged_gradebook_is_no_backup(in_progress: Path, tmp_path: Path) -> None:
    book = course.gradebook_path(in_progress)
    whole = book.read_bytes()
    for content in (b"no database" * 999, whole[:5000] + b"\xff" * 9000 + whole[14000:]):
        book.write_bytes(content)
        with pytest.raises(CourseError, match=r"gradebook\.db cannot be read"):
            keeper.backup(in_progress, tmp_path / "b.zip")
    assert not list(tmp_path.glob("*.zip")) and not list(tmp_path.glob(".*"))
