"""The parts of a hub that need no hub: names, passwords, what is delivered, whose a hand-in is, refusals."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading.course import ROOT
from csmodels_helpers.hub import course, passwords, postgres, run, settings
from csmodels_helpers.hub.exchange import Collect
from csmodels_helpers.hub.people import Member, account_name, members, read_class
from csmodels_helpers.hub.settings import Hub

SAMPLE = ROOT / "deploy" / "hub" / "roster.csv"


def roster(folder: Path, *rows: str) -> Path:
    path = folder / "roster.csv"
    path.write_text("\n".join(("id,name,email,role", *rows, "")), encoding="utf-8")
    return path


# --- people ---


def test_accounts_are_names_that_linux_takes_and_nobody_shares_one() -> None:
    ids = [
        "s01",
        "S01",
        "s.01",
        "s-01",
        "s_01",
        "20240017",
        "李雷",
        "李蕾",
        "grader",
        "odels-grader",
        "a" * 64,
    ]
    names = [account_name(own) for own in ids]
    assert len({*names}) == len(ids)
    assert not [name for name in names if "-" not in name]  # the course's own has none
    # useradd(8): at most 32 signs, a letter first.
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z0-9_-]{0,31}", name)] == []


def test_roles(tmp_path: Path) -> None:
    people = members(read_class(roster(tmp_path, "Lin,林晓燕,,讲师", "s01,张伟,,学员", "s02,Anna Berg,,")))
    assert {own: member.instructor for own, member in people.items()} == {
        "lin": True,
        "s01": False,
        "s02": False,
    }
    assert people["lin"].id == "Lin"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (("s01,A B,,trainee",), "nobody on the roster is an instructor"),
        (("lin,L X,,instructor", "s01,A B,,tutor"), 'row 3: the role "tutor" is not known'),
        (("lin,L X,,instructor", "../x,A B,,"), '"../x" cannot be an id'),
    ],
)
def test_a_roster_that_will_not_do(tmp_path: Path, rows: tuple[str, ...], said: str) -> None:
    with pytest.raises(CourseError, match=re.escape(said)):
        read_class(roster(tmp_path, *rows))


def test_instructors_are_not_in_the_gradebook(tmp_path: Path) -> None:
    from nbgrader.api import Gradebook

    from csmodels_helpers.grading import course as grading
    from csmodels_helpers.grading.roster import enrol

    path = tmp_path / "gradebook.db"
    grading.make_gradebook(path)
    assert enrol(read_class(SAMPLE), f"sqlite:///{path}", "csmodels") == 9
    with Gradebook(f"sqlite:///{path}", "csmodels") as book:
        assert "lin" not in {student.id for student in book.students}


# --- passwords ---


def test_passwords_stay_and_newcomers_get_one(tmp_path: Path) -> None:
    anna, bo = Member("s01", "Anna", "csm-s01"), Member("s02", "Bo", "csm-s02")
    file = tmp_path / "passwords.csv"
    first = passwords.draw(file, [anna])
    second = passwords.draw(file, [anna, bo])
    assert second["s01"] == first["s01"] and second["s02"] not in (first["s01"], "")
    assert file.stat().st_mode & 0o777 == 0o600
    third = passwords.draw(file, [bo], anew=["s02"])  # Anna was taken off: her line stays
    assert third["s01"] == first["s01"] and third["s02"] != second["s02"]
    assert all(re.fullmatch(r"([a-z2-9]{4}-){2}[a-z2-9]{4}", one) for one in third.values())


# --- the course folder ---


def test_what_an_instructor_changed_is_left_alone(tmp_path: Path) -> None:
    checkout, root = tmp_path / "checkout", tmp_path / "course"
    source = {name: checkout / "solutions" / "m01" / name for name in ("a.ipynb", "b.ipynb", "c.ipynb")}
    copy = {name: root / "solutions" / "m01" / name for name in source}
    source["a.ipynb"].parent.mkdir(parents=True)
    for path in source.values():
        path.write_text("1", encoding="utf-8")
    assert course.deliver(checkout, root) == []
    copy["b.ipynb"].write_text("mine", encoding="utf-8")
    copy["c.ipynb"].unlink()
    assert course.deliver(checkout, root) == []
    assert not copy["c.ipynb"].exists()  # taken out on purpose
    for path in source.values():
        path.write_text("2", encoding="utf-8")
    assert course.deliver(checkout, root) == ["solutions/m01/b.ipynb"]
    assert [path.read_text(encoding="utf-8") for path in copy.values()] == ["2", "mine", "2"]
    assert course.deliver(checkout, root) == []  # said once


def test_a_broken_list_of_what_was_delivered(tmp_path: Path) -> None:
    (tmp_path / ".hub-delivered.json").write_text("[", encoding="utf-8")
    with pytest.raises(CourseError, match="cannot be read"):
        course.deliver(tmp_path / "nothing", tmp_path)


# --- whose a hand-in is ---


def inbound(folder: Path, name: str) -> Path:
    path = folder / "csmodels" / "inbound" / name
    path.mkdir(parents=True)
    (path / "m01.ipynb").write_text(name, encoding="utf-8")
    (path / "timestamp.txt").write_text(name.split("+")[2], encoding="utf-8")
    return path


def collect(folder: Path, accounts: dict[str, str]) -> set[str]:
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    from csmodels_helpers.grading import course as grading

    config = Config()
    config.CourseDirectory.root = str(folder)
    config.CourseDirectory.course_id = "csmodels"
    config.CourseDirectory.assignment_id = "m01"
    config.CourseDirectory.db_url = f"sqlite:///{folder / 'gradebook.db'}"
    config.Exchange.root = str(folder)
    config.Collect.accounts = accounts
    config.ExchangeCollect.check_owner = False
    grading.make_gradebook(folder / "gradebook.db")
    folder.chmod(0o777)
    collector: Any = Collect(coursedir=CourseDirectory(config=config), config=config)
    collector.start()
    return {path.read_text(encoding="utf-8") for path in (folder / "submitted").rglob("m01.ipynb")}


def test_a_hand_in_is_that_of_the_account_which_owns_it(tmp_path: Path) -> None:
    import pwd

    me = pwd.getpwuid(os.getuid()).pw_name
    inbound(tmp_path, "s01+m01+2026-01-01 10:00:00.000000 UTC+x")
    forged = inbound(tmp_path, "s02+m01+2026-01-02 10:00:00.000000 UTC+x")
    assert collect(tmp_path, {"s01": me, "s02": "somebody-else"}) == {
        "s01+m01+2026-01-01 10:00:00.000000 UTC+x"
    }
    assert forged.is_dir()
    assert len(collect(tmp_path, {})) == 2  # one account for all: nothing to go by


def test_half_a_hand_in_is_not_collected_in_place_of_a_whole_one(tmp_path: Path) -> None:
    whole = inbound(tmp_path, "s01+m01+2026-01-01 10:00:00.000000 UTC+x")
    for day in ("02", "03"):
        inbound(tmp_path, f"s01+m01+2026-01-{day} 10:00:00.000000 UTC+x")
    times = sorted((tmp_path / "csmodels" / "inbound").glob("*/timestamp.txt"))
    times[1].unlink()
    times[2].write_text("", encoding="utf-8")
    assert collect(tmp_path, {}) == {whole.name}


# --- settings and refusals ---


def test_jupyterhub_reads_what_was_settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings load, name no admin, and give the course to instructors alone."""
    from traitlets.config import PyFileConfigLoader

    people = tuple(members(read_class(SAMPLE)).values())
    hub = Hub(tmp_path, separate=True, people=people, port=9000, proxy=("node", "proxy"))
    hub.private.mkdir()
    monkeypatch.setenv(settings.VARIABLE, str(settings.save(hub)))
    config = PyFileConfigLoader("jupyterhub_config.py", path=str(ROOT / "deploy" / "hub")).load_config()
    assert config.JupyterHub.bind_url == "http://127.0.0.1:9000"
    assert config.Authenticator.admin_users == set()
    (role,) = [role for role in config.JupyterHub.load_roles if role["name"] == "instructors"]
    assert role["users"] == ["lin"]
    assert [service["user"] for service in config.JupyterHub.services if "url" in service] == ["csmgrader"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--address", "0.0.0.0"], "could read passwords"),
        (["--tls-key", str(SAMPLE)], "belong together"),
        (["--tls-key", "nowhere.pem"], "nowhere.pem is not there"),
        (["--new-password", "nobody"], "nobody on the roster has this id"),
        (["--roster", "nowhere.csv"], "cannot be read"),
    ],
)
def test_refusals(tmp_path: Path, words: list[str], said: str) -> None:
    done = CliRunner().invoke(run.app, ["--state", str(tmp_path / "hub"), *words])
    # A roster waits for a person, so systemd does not try again (deploy/hub/csmodels-hub.service).
    assert done.exit_code == (78 if "--roster" in words else 1)
    assert said in done.output
    assert not (tmp_path / "hub").exists()


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        first = other.getsockname()[1] - 2  # the third of the four
        done = CliRunner().invoke(run.app, ["--state", str(tmp_path / "hub"), "--port", str(first)])
    assert f"Port {first + 2} cannot be had" in done.output


def test_postgresql_of_another_version_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CourseError, match="apt-get install postgresql-7"):
        postgres.programs("7")
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    monkeypatch.setattr(postgres.shutil, "which", lambda _: None)
    with pytest.raises(CourseError, match="apt-get install postgresql;"):
        postgres.programs()


def test_the_lock_of_the_proxy_is_hashes_without_addresses() -> None:
    lock = json.loads((ROOT / "deploy" / "hub" / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert "node_modules/configurable-http-proxy" in packages
    assert [name for name, entry in packages.items() if not entry["integrity"].startswith("sha512-")] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


# --- a trainee's settings ---


def test_trainees_have_no_formgrader_whatever_they_write_at_home(tmp_path: Path) -> None:
    """The hub's settings go before those of the home folder; disabled is locked as well."""
    home = tmp_path / ".jupyter"
    (home / "labconfig").mkdir(parents=True)
    wish = {"disabledExtensions": {"@jupyter/nbgrader:formgrader": False}}
    (home / "labconfig" / "page_config.json").write_text(json.dumps(wish), encoding="utf-8")
    (home / "jupyter_server_config.py").write_text(
        "c.ServerApp.jpserver_extensions = {'nbgrader.server_extensions.formgrader': True}", encoding="utf-8"
    )
    code = (
        "import json; from jupyterlab_server.config import get_page_config\n"
        "from traitlets.config import PyFileConfigLoader; from jupyter_server.serverapp import ServerApp\n"
        "app = ServerApp(); app.load_config_file(); app.find_server_extensions()\n"
        "print(json.dumps([get_page_config([]), app.jpserver_extensions]))"
    )
    where = os.pathsep.join(str(ROOT / "deploy" / name) for name in ("hub/trainee", "laptop"))
    environment = {**os.environ, "HOME": str(tmp_path), "JUPYTER_CONFIG_PATH": where}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    page, extensions = json.loads(done.stdout)
    for name in ("formgrader", "create-assignment", "course-list"):
        assert f"@jupyter/nbgrader:{name}" in page["disabledExtensions"]
        assert f"@jupyter/nbgrader:{name}" in page["lockedExtensions"]
    assert extensions["nbgrader.server_extensions.formgrader"] is False
    assert extensions["nbgrader.server_extensions.assignment_list"] is True
