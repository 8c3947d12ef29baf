"""Whatever is killed, and whenever: the next run ends in the same gradebook, row for row."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from disks import Disk
from killing import BACKUP, GRADE, VICTIMS, Range, Victim, below, differences, gone, itself, running, state
from machines import until
from sample import NAME, make_course
from test_grade import FULL, hand_in

from csmodels_helpers.grading import backup, sandbox
from csmodels_helpers.grading import grade as grader
from csmodels_helpers.grading.judge_runner import start_zygote
from csmodels_helpers.grading.record import Recorder

SEED = 7
POINTS = 200
# Dask closes sockets when it likes, in threads of its own.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.xdist_group("nothing lost"),
]

# On every run of the tests; the others' on the build machine: `make thorough`.
ALWAYS = ("grader", "trainee's process")
FEW = {"grader": 2, "collect": 2}


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Generator[Range]:
    with Range(tmp_path_factory.mktemp("killed")) as found:
        yield found


def kill(field: Range, victim: Victim, number: int, seed: int) -> None:
    failed: list[str] = []
    hits = 0
    for chain in field.chains(victim, number, seed):
        print(chain, flush=True)
        hits += chain.hits
        failed += [str(chain)] if chain.problems else []
    assert hits == number
    assert not failed, "\n".join(failed)


@pytest.mark.grading
@pytest.mark.parametrize(
    "victim",
    [
        pytest.param(one, id=one.name, marks=[] if one.name in ALWAYS else pytest.mark.thorough)
        for one in VICTIMS
    ],
)
def test_a_few_deaths(field: Range, victim: Victim) -> None:
    kill(field, victim, FEW.get(victim.name, 1), SEED)


@pytest.mark.kills
@pytest.mark.parametrize("victim", [pytest.param(one, id=one.name) for one in VICTIMS])
def test_two_hundred_deaths(field: Range, victim: Victim) -> None:
    assert sum(one.weight for one in VICTIMS) == 100
    kill(field, victim, POINTS * victim.weight // 100, SEED + 1)


@pytest.mark.grading
@pytest.mark.parametrize("moment", ["before", "after", "after, and restored from a backup"])
def test_dead_beside_the_commit(
    sample: Path, quick: None, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """An old notebook is never taken for that of a new grade."""
    hand_in(sample, "anna", low="lowest = 'tea'")
    grader.grade(sample, NAME, jobs=1)
    hand_in(sample, "anna")
    save = Recorder.save

    def dies(*given: Any, **named: Any) -> None:
        if moment != "before":
            save(*given, **named)
        raise Dead

    with monkeypatch.context() as patch, pytest.raises(Dead):
        patch.setattr(Recorder, "save", dies)
        grader.grade(sample, NAME, jobs=1)
    if "restored" in moment:
        backup.restore(backup.backup(sample, sample / "kept.zip").path, sample, force=True)
    report = grader.grade(sample, NAME, jobs=1)
    assert [(one.student, one.after) for one in report.changes] == [("anna", FULL)]
    folder = sample / "grading" / "autograded" / "anna" / NAME
    assert [path.name for path in folder.iterdir()] == [f"{NAME}.ipynb"]
    assert "lowest = 'price of tea'" in (folder / f"{NAME}.ipynb").read_text(encoding="utf-8")
    assert grader.grade(sample, NAME, jobs=1).kept == 1


class Dead(BaseException):
    pass


@pytest.mark.grading
def test_nobody_waits_for_a_loop_when_the_grader_is_gone(field: Range, tmp_path: Path) -> None:
    root = make_course(tmp_path / "course")
    hand_in(root, "anna", mean="while True:\n    pass")
    before = [process.pid for process in below(os.getpid())]
    process = field.start(GRADE, root, tmp_path / "said.txt")
    until(lambda: running("runner", 2)(below(os.getpid()), process.pid), "the trainee's process")
    process.kill()
    process.wait()
    waited, left = gone(before, 15)
    print(f"{waited:.1f} s")
    assert not left


# ------------------------------------------------------------------------------------- a disk that refuses

SIZE = 60_000_000  # bytes
EXPORT = ("nbgrader", "export", "--to", "grading/grades.csv")
NORA = ("--id", "s1", "--name", "Nora", "--work", "work", "--course", ".")
HAND_IN = ("hand-in", NAME, *NORA, "--without-running")
COMMANDS = {
    "grade": Victim("grade", "class", GRADE, itself),
    "collect": Victim("collect", "inbox", ("collect", "inbox"), itself),
    "report": Victim("report", "graded", ("report",), itself),
    "backup": Victim("backup", "graded", BACKUP, itself),
    "export": Victim("export", "graded", EXPORT, itself),
    "hand-in": Victim("hand-in", "work", HAND_IN, itself),
}
SENTENCE = (
    r"the disk is full|cannot be read or written \(|could not be written|was not made|cannot be written"
)


@pytest.fixture
def disk(tmp_path: Path) -> Generator[Disk]:
    (tmp_path / "disk").mkdir()
    with Disk(tmp_path / "disk", SIZE) as found:
        yield found


def look(disk: Disk, copy: Path) -> Path:
    """Copy the course from the disk to where SQLite can read it."""
    shutil.rmtree(copy, ignore_errors=True)
    return Path(shutil.copytree(disk.seen / "course", copy, symlinks=True))


# Without any room, with some for SQLite's log, in the middle of it all.
ROOMS = [
    *((name, room) for name in COMMANDS for room in (None, 0)),
    *(("grade", 60_000), ("grade", 300_000), ("collect", 60_000), ("collect", 200_000)),
    *(("report", 60_000), ("backup", 60_000), ("export", 36_000)),
]
USUAL = (("grade", 300_000), ("hand-in", None))  # on every run of the tests


@pytest.mark.grading
@pytest.mark.parametrize(
    ("name", "room"),
    [pytest.param(*one, marks=[] if one in USUAL else pytest.mark.thorough) for one in ROOMS],
)
def test_a_disk_that_is_full_or_closed(
    field: Range, disk: Disk, tmp_path: Path, name: str, room: int | None
) -> None:
    """With so many bytes of room, or nobody may write: one sentence, and afterwards all is as ever."""
    victim = COMMANDS[name]
    shutil.copytree(field.fresh(victim.state), disk.seen / "course", symlinks=True)
    before = state(look(disk, tmp_path / "copy"))
    if room is None:
        disk.close()
    else:
        disk.fill(room)
    where = (disk.place / "course", (*disk.enter, "course"))
    code, said = field.run(victim.command, *where)
    print(said)
    others = ("%|", " | INFO]")  # the bar; what nbgrader says of its way
    lines = [
        line
        for line in said.replace("\r", "\n").splitlines()
        if line and not any(sign in line for sign in others)
    ]
    assert code == 1 and len(lines) == 1, said
    assert re.search(SENTENCE, lines[0])
    assert str(disk.place) in lines[0] or EXPORT[-1] in lines[0]
    disk.mend()
    if name not in ("grade", "collect"):  # which go on where they stopped
        assert differences(before, state(look(disk, tmp_path / "copy"))) == []
    code, said = field.run(victim.command, *where)
    undisturbed = field.undisturbed(victim)
    assert code == undisturbed.code, said
    assert differences(undisturbed.end, field.end(look(disk, tmp_path / "copy"))) == []


@pytest.mark.grading
@pytest.mark.thorough
def test_no_room_for_temporary_files(field: Range, disk: Disk) -> None:
    victim, root = COMMANDS["grade"], field.fresh("class")
    (disk.seen / "tmp").mkdir()
    disk.fill(20_000)  # with none at all, Python takes another folder
    where = (root, (*disk.enter, str(root)), str(disk.place / "tmp"))
    code, said = field.run(victim.command, *where)
    print(said)
    assert code == 1 and said.startswith(f"{disk.place}/tmp: the disk is full. Nothing that was there before")
    assert len(said.splitlines()) == 1
    disk.mend()
    code, said = field.run(victim.command, *where)
    undisturbed = field.undisturbed(victim)
    assert code == undisturbed.code, said
    assert differences(undisturbed.end, field.end(root)) == []


@pytest.mark.grading
@pytest.mark.parametrize("moment", ["before it is warm", "in the middle of an answer"])
def test_a_zygote_whose_judge_is_gone_says_nothing(moment: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Who kills the grader sees no trace of calls, whatever its sandboxes were about to answer."""
    zygote = start_zygote([], sandbox.Limits(), contained=False)
    if moment != "before it is warm":
        zygote.wait()
        zygote.channel.send({"do": "cpu"})
    zygote.channel.close()  # what was sent is there to be read, and there is nobody to answer
    assert zygote.process.wait(60) == 0
    assert capfd.readouterr().err == ""
