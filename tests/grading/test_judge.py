"""What the judge does with a trainee's process, seen from a single hand-in: limits, restarts, outputs."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from corpus import CORPUS, NAME, RIGHT, HandIn, make_corpus_course
from corpus.code_cases import forge
from killing import below, running

from csmodels_helpers.grading import course, sandbox
from csmodels_helpers.grading.intake import Source, read_folder, read_source
from csmodels_helpers.grading.judge_runner import CellLimits
from csmodels_helpers.grading.record import scores
from csmodels_helpers.grading.release import generate
from csmodels_helpers.grading.worker import Result, Settings, Worker

pytestmark = [
    pytest.mark.grading,
    pytest.mark.skipif(not sandbox.isolation().namespaces, reason="this machine has no namespaces for us"),
]

SETTINGS = Settings(cell=CellLimits(work=3.0, idle=3.0, test=2.0))


class Room:
    """The corpus's course, with one worker."""

    def __init__(self, root: Path) -> None:
        self.root = make_corpus_course(root)
        self.released = generate(root, root / "release", [NAME])[NAME]
        self.source: Source = read_source(root, NAME, self.released)
        self.worker = Worker(self.source, SETTINGS)
        self.count = 0

    def grade(self, build: Callable[[HandIn], None]) -> Result:
        """Hand in everything right but for what is built, and grade it."""
        self.count += 1
        folder = self.root / "grading" / "submitted" / f"student-{self.count}" / NAME
        folder.mkdir(parents=True)
        hand_in = HandIn(folder, course.read_notebook(self.released))
        for item, source in RIGHT.items():
            hand_in.answer(item, source)
        build(hand_in)
        hand_in.write()
        return self.worker.grade(read_folder(folder, self.source))


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    root = tmp_path_factory.mktemp("judge")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSMODELS_CHECKS", str(root / "checks"))
        made = Room(root)
        yield made
        made.worker.close()


def lost(result: Result) -> dict[str, str]:
    """Return item → why it has no points."""
    assert result.outcome == "graded", result.message
    without = [name for name, score in scores(result).items() if score == 0]
    return {name.split("-")[1]: result.reasons[name].rpartition("/")[2] for name in without}


def outputs(result: Result, cell: str) -> list[dict[str, Any]]:
    return next(c["outputs"] for c in result.notebook["cells"] if c["id"] == cell)


def test_a_loop_that_is_stopped_leaves_what_stands_above_it(room: Room) -> None:
    """It is interrupted, as with the stop button: only a cell that goes on all the same is ended."""
    result = room.grade(lambda h: h.answer("share", RIGHT["share"] + "while True:\n    pass"))
    assert lost(result) == {}
    assert result.reasons == {"m97-share-answer": "time"}


def test_an_interruption_waits_for_the_end_of_a_message(room: Room) -> None:
    """Half a message would be garbled, and an interruption forgotten would cost the process."""

    def interrupted(hand_in: HandIn) -> None:
        forge(
            hand_in,
            """
            import os, signal
            begun, ended, stopped = 0, 0, False

            def send(*given, **named):
                global begun, ended
                begun += 1
                os.kill(os.getpid(), signal.SIGINT)
                type(channel).send(channel, *given, **named)
                ended += 1

            channel.send = send
            try:
                print("x" * 9_000)
            except KeyboardInterrupt:
                stopped = True
            del channel.send
            scores = scores if (begun, ended, stopped) == (1, 1, True) else None
            """,
        )

    assert lost(room.grade(interrupted)) == {}


@pytest.mark.parametrize(("times", "left"), [(3, []), (4, ["share", "mean", "table", "chart", "words"])])
def test_a_process_is_started_anew_three_times(room: Room, times: int, left: list[str]) -> None:
    def ending(hand_in: HandIn) -> None:
        for _ in range(times):
            hand_in.own("m97-setup", "import os\nos._exit(0)")

    assert lost(room.grade(ending)) == dict.fromkeys(left, "given-up")


def test_who_is_killed_while_starting_anew_is_judged_again(room: Room) -> None:
    """A machine that is out of memory kills anybody, also while the cells above a crash run once more."""

    def crashes(hand_in: HandIn) -> None:
        hand_in.own("m97-setup", "import time\ntime.sleep(1)")
        hand_in.answer("share", "import ctypes\nctypes.string_at(0)")

    def kill_the_second() -> None:
        seen: set[int] = set()
        while len(seen) < 2:
            time.sleep(0.01)
            seen |= (new := {one.pid for one in trainees(below(os.getpid()), 0)} - seen)
        for pid in new:
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    trainees = running("runner", 2)
    undisturbed = room.grade(crashes)
    killed: list[int] = []
    killer = threading.Thread(target=kill_the_second, daemon=True)
    killer.start()
    result = room.grade(crashes)
    killer.join(10)
    assert killed
    assert result.reasons == undisturbed.reasons


def test_an_old_answer_is_not_taken_for_the_next(room: Room) -> None:
    """A process that answers everything twice answers nothing else with it."""
    result = room.grade(lambda h: CORPUS.cases["every reply twice"].build(h))
    assert lost(result) == {}


@pytest.mark.parametrize(
    "source",
    [
        "for _ in range(25_000):\n    channel.send({'output': {}})",
        "for _ in range(60):\n    channel.send({'output': {'text': 'x' * 1_000_000}})",
    ],
    ids=["messages", "bytes"],
)
def test_a_flood_is_ended(room: Room, source: str) -> None:
    begun = time.monotonic()
    result = room.grade(lambda h: forge(h, source))
    assert lost(result) == {"mean": "NameError"} or lost(result) == {"mean": "not-answered"}, result.reasons
    assert result.reasons["m97-mean-answer"] == "flood"
    assert time.monotonic() - begun < 60


def test_many_tables_are_cut(room: Room) -> None:
    source = (
        "from IPython.display import HTML, display\nfor _ in range(3_000):\n    display(HTML('x' * 5_000))"
    )
    result = room.grade(lambda h: h.own("m97-setup", source))
    assert lost(result) == {}
    shown = next(c["outputs"] for c in result.notebook["cells"] if c["source"] == source)
    assert 3_500_000 < len(json.dumps(shown)) < 4_500_000
    assert shown[-1] == {"output_type": "stream", "name": "stdout", "text": "\n[…]\n"}


def test_a_test_that_does_not_end_costs_its_own_points(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is an instructor's own, say: nobody but the judge has run it."""
    source = "import time\nwhile time.process_time() < 60:\n    pass"
    cell = {"cell_type": "code", "id": "m97-mean-test", "metadata": {}, "source": source}
    notebook = {"cells": [cell | {"outputs": []}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / f"{NAME}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    monkeypatch.setenv("COURSE_PRIVATE_TESTS", str(tmp_path))
    other = Worker(room.source, SETTINGS)
    monkeypatch.setattr(room, "worker", other)
    try:
        assert lost(room.grade(lambda h: None)) == {"mean": "time"}
    finally:
        other.close()


def test_a_test_shows_no_stack(room: Room) -> None:
    """An error in a test names its kind; the lines of the test stay with the judge."""
    result = room.grade(lambda h: h.answer("table", "by_region = 7"))
    (shown,) = outputs(result, "m97-table-test")
    assert "BEGIN" not in json.dumps(shown) and "region" not in json.dumps(shown["traceback"])
    assert "table" in lost(result)
