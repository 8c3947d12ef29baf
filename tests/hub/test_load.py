"""A few trainees at once, and every part of the hub is killed: ``make hub-load`` does it with fifty."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import psutil
import pytest
from hubserver import ROOT, folder, four_ports, left_over, running, until

sys.path.insert(0, str(ROOT / "benchmarks"))

import hub_load
from csmodels_helpers.hub.formgrader import end_session

pytestmark = pytest.mark.hub

KILLS = (
    ("starting", 0.15, 0.20),
    ("proxy", 0.20, 0.40),
    ("database", 0.35, 0.50),
    ("server", 0.50, 0.60),
    ("hub", 0.60, 0.75),
    ("course", 0.75, 0.85),
)


def test_nothing_is_lost_whatever_is_killed() -> None:
    result = hub_load.simulate(5, KILLS, seed=1)
    assert result.lost == []
    assert result.collected == 5
    assert sorted(kill.victim for kill in result.kills) == sorted(name for name, _, _ in KILLS)
    assert len({one.kept[-1] for one in result.trainees}) == 5  # nobody's is like another's


def test_a_hub_whose_first_process_is_killed_starts_again() -> None:
    """As systemd does it (Restart=on-failure), and as an administrator does it by hand."""
    with folder() as place:
        roster, state, port = hub_load.roster(place / "class.csv", 1), place / "hub", four_ports()
        with running(state, roster, port) as hub:
            kept = asyncio.run(_save(hub_load.Trainee("t01", hub.passwords()["t01"], hub.url), "before"))
            os.kill(hub.process.pid, signal.SIGKILL)
            hub.process.wait()
            # JupyterHub ends in order, with the servers; the database goes on, and the next start finds it.
            until(
                lambda: all("postgres" in _command(one) for one in left_over(state)), "the end of the others"
            )
            assert left_over(state)
            hub.said.unlink()
            with running(state, roster, port) as again:
                trainee = hub_load.Trainee("t01", again.passwords()["t01"], again.url)
                mine = again.home("t01") / "work" / "before.txt"
                assert mine.read_text(encoding="utf-8") == kept
                asyncio.run(_save(trainee, "after"))
                assert hub_load.closed(again) == []


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return "postgres"  # gone is as good


async def _save(trainee: hub_load.Trainee, name: str) -> str:
    await trainee.step("server", trainee.arrive, trainee.arrive)
    model = {"type": "file", "format": "text", "content": f"{name} 之前"}
    await trainee.ask("PUT", f"{trainee.home}api/contents/{name}.txt", of=trainee.home, json=model)
    await trainee.client.aclose()
    return str(model["content"])


def test_percentiles() -> None:
    values = [float(n) for n in range(1, 21)]
    assert [hub_load.at(values, share) for share in (0.5, 0.95, 1.0)] == [10, 19, 20]


def test_the_formgrader_lets_go_of_a_connection_that_broke() -> None:
    told: list[str] = []

    class Session:
        def remove(self) -> None:
            told.append("session")

    class Book:
        db = Session()

        def close(self) -> None:
            told.append("connections")

    settings = {"nbgrader_gradebook": Book()}
    end_session(settings, 200)
    assert settings["nbgrader_gradebook"] is not None
    end_session(settings, 500)
    assert (told, settings["nbgrader_gradebook"]) == (["session", "connections"], None)


def test_a_machine_that_is_too_small_is_told_before_anything_starts() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "hub_load.py"), "--trainees", "1000000"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "1000000 trainees need 220000.0 GB of memory" in done.stderr
