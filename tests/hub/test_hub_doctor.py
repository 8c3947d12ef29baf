"""What ``csmodels doctor --hub`` finds in a hub that runs: each failure is brought about."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hubserver import Running, folder, four_ports, running, until

from csmodels_helpers.hub import health, settings
from csmodels_helpers.hub.settings import COURSE_ID, Hub

pytestmark = pytest.mark.hub

ROSTER = "id,name,email,role\nlin,林晓燕,,instructor\ns01,张伟,,trainee\ns02,Anna Berg,,trainee\n"


def doctor(hub: Running, *before: str, **environment: str) -> tuple[int, dict[str, str]]:
    """Run the command as the administrator; return its code, and name → what it says, with the remedy."""
    command = [*hub.enter, *before, sys.executable, "-m", "csmodels_helpers.cli", "doctor", "--hub"]
    done = subprocess.run(
        [*command, "--state", str(hub.hub.state)],
        cwd="/",
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    said: dict[str, str] = {}
    name = ""
    for line in done.stdout.splitlines():
        if not line.startswith("    →"):
            name = line.partition(":")[0]
        said[name] = f"{said.get(name, '')}{line}\n"
    return done.returncode, said


def problems(hub: Running, *before: str, **environment: str) -> dict[str, str]:
    """Return what is a problem, and see that the exit code says the same."""
    code, said = doctor(hub, *before, **environment)
    found = {name: line for name, line in said.items() if ": problem: " in line}
    assert [line for line in found.values() if "\n    → " not in line] == []
    assert code == bool(found), said
    return found


@contextlib.contextmanager
def mode(path: Path, wanted: int) -> Iterator[None]:
    usual = path.stat().st_mode & 0o7777
    assert usual != wanted
    path.chmod(wanted)
    try:
        yield
    finally:
        path.chmod(usual)


@contextlib.contextmanager
def halted(*pids: int) -> Iterator[None]:
    """Let processes do nothing for a while."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def jupyterhub(hub: Running) -> int:
    below = psutil.Process(hub.process.pid).children()
    return next(one.pid for one in below if "jupyterhub" in one.cmdline())


def postmaster(hub: Running) -> int:
    file = hub.hub.postgres / "data" / "postmaster.pid"
    return int(file.read_text(encoding="utf-8").splitlines()[0])


def test_what_can_be_wrong_with_a_hub(tmp_path: Path) -> None:
    with folder() as place:
        (place / "class.csv").write_text(ROSTER, encoding="utf-8")
        with running(place / "hub", place / "class.csv", four_ports()) as hub:
            code, said = doctor(hub)
            assert code == 0, said
            assert [line for line in said.values() if ": good: " not in line] == [
                line for line in said.values() if line.startswith("Free disk: warning")
            ]
            assert "2 trainees" in said["Gradebook"] and "in all 2 parts" in said["Versions"]
            exchange = hub.hub.exchange / COURSE_ID
            for path, wanted, words in (
                (exchange / "inbound", 0o1755, "cannot fetch or hand in"),
                (exchange / "feedback", 0o700, "cannot fetch or hand in"),
                (exchange / "inbound", 0o1777, "can see the hand-ins of others"),
                (hub.hub.exchange, 0o777, "the sticky bit is missing"),
                (exchange / "outbound", 0o777, "exercises of their own"),
            ):
                with mode(path, wanted):
                    found = problems(hub)
                assert {*found} == {"Exchange"}
                assert words in found["Exchange"], (path, oct(wanted))
            with mode(hub.hub.passwords, 0o644), mode(hub.hub.course, 0o755), mode(hub.home("s01"), 0o755):
                found = problems(hub)
            assert {*found} == {"Kept from trainees"}
            for path in (hub.hub.passwords, hub.hub.course, hub.home("s01")):
                assert f"{path}" in found["Kept from trainees"]

            _roster(hub)
            _another_version_and_schema(hub, tmp_path)
            _no_database(hub)
            _whole_again(hub)
            _nobody_answers(hub)
            _whole_again(hub)
            _no_namespaces_and_no_home(hub)
            _whole_again(hub)
        code, said = doctor(hub, CSMODELS_LANGUAGE="zh_CN")
        assert code == 1
        assert [name for name in ("中心", "代理", "课程服务器", "成绩册") if "问题：" not in said[name]] == []
        assert "systemctl start csmodels-hub" in said["中心"]


def _roster(hub: Running) -> None:
    """Change what the hub reads, and tell it so while the class goes on."""
    file = hub.hub.state / "roster.csv"
    file.write_text(ROSTER + "s01,Another,,trainee\n", encoding="utf-8")
    assert 'the id "s01" stands in row 3 already' in problems(hub)["Roster"]
    file.write_text(ROSTER + "s03,Another,,trainee\n", encoding="utf-8")
    code, said = doctor(hub)
    assert (code, "changed since the hub was started: s03" in said["Roster"]) == (0, True)
    words = ("--state", str(hub.hub.state), "--roster", str(file), "--reload")
    done = hub.as_account("", sys.executable, "-m", "csmodels_helpers.hub", *words)
    assert "New: s03. Taken off: —." in done.stdout, done
    code, said = doctor(hub)
    assert (code, "4 people, as the hub has them" in said["Roster"]) == (0, True)
    assert "3 trainees" in said["Gradebook"]
    assert hub.hub.home(f"{hub.hub.prefix}-s03").stat().st_mode & 0o777 == 0o700
    file.unlink()


def _another_version_and_schema(hub: Running, aside: Path) -> None:
    """Install another nbgrader while the hub runs: what lies first on the path counts."""
    metadata = aside / "nbgrader-0.9.99.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: nbgrader\nVersion: 0.9.99\n", encoding="utf-8")
    usual = _version(hub, "0123456789ab")
    found = problems(hub, PYTHONPATH=str(aside))
    _version(hub, usual)
    assert {*found} == {"Versions", "Gradebook"}
    assert "nbgrader 0.9.99" in found["Versions"]
    assert f"nbgrader 0.9.6: JupyterHub, {COURSE_ID}" in found["Versions"]
    assert "nbgrader db upgrade" in found["Gradebook"] and usual in found["Gradebook"]


def _version(hub: Running, new: str) -> str:
    """Write another version of the tables down and return the one before."""
    before = hub.query("select version_num from alembic_version")
    assert before and hub.query(f"update alembic_version set version_num = '{new}'") is not None
    return before


def _whole_again(hub: Running) -> None:
    """Wait until the hub has mended itself, which takes a few seconds."""
    until(lambda: not problems(hub), "a hub that is whole again")


def _no_database(hub: Running) -> None:
    with halted(hub.process.pid):  # or it starts the server again at once
        os.kill(postmaster(hub), signal.SIGKILL)
        found = problems(hub)
        assert {*found} == {"Gradebook"}
        assert "does not reach it" in found["Gradebook"]


def _nobody_answers(hub: Running) -> None:
    with halted(jupyterhub(hub)):  # or it replaces the proxy at once
        os.kill(int((hub.hub.private / "proxy.pid").read_text(encoding="utf-8")), signal.SIGKILL)
        found = problems(hub)
        assert {*found} == {"Hub", "Proxy", "Server of the course"}
        assert "timed out" in found["Hub"] and "refused" in found["Proxy"]


# A limit of namespaces belongs to a user namespace; this makes one with the same accounts, so that that of
# the machine stays. Its map can only be written from outside: a child does it, which was there before.
_WITHOUT_NAMESPACES = """
import ctypes, os, sys
heard, said = os.pipe()
child = os.fork()
if not child:
    os.close(said)
    os.read(heard, 1)
    for kind in ("uid", "gid"):
        with open(f"/proc/{os.getppid()}/{kind}_map", "w") as file:
            file.write("0 0 65536")
    os._exit(0)
assert ctypes.CDLL(None).unshare(0x10000000) == 0  # CLONE_NEWUSER
os.close(said)
assert os.waitpid(child, 0)[1] == 0
with open("/proc/sys/user/max_user_namespaces", "w") as file:
    file.write("0")
os.execvp(sys.argv[1], sys.argv[1:])
"""


def _no_namespaces_and_no_home(hub: Running) -> None:
    """Take namespaces from the doctor and what it starts."""
    before = [sys.executable, "-c", _WITHOUT_NAMESPACES]
    home = hub.home("s01")
    home.rename(home.with_name("elsewhere"))
    found = problems(hub, *before)
    home.with_name("elsewhere").rename(home)
    assert {*found} == {"Isolation for grading", "Exchange"}
    assert "max_user_namespaces" in found["Isolation for grading"]
    assert f"as {hub.account('s01')}" in found["Exchange"]


def test_disk() -> None:
    assert health.check_disk(Hub(Path("/"), separate=True), 1e9).level == "warning"


def test_a_hub_that_was_never_started(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "csmodels_helpers.cli", "doctor", "--hub", "--state", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("No hub was ever started in")


def test_the_hub_to_try_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "usual", lambda separate: tmp_path / "hub")  # pyright: ignore[reportUnknownLambdaType]
    sample = Hub(tmp_path / "hub-sample", separate=False)
    sample.private.mkdir(parents=True)
    settings.save(sample)
    assert health.find() == sample
