"""Pods of servers, as KubeSpawner makes them of values.yaml and hub_config.py; hand-ins through them."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import kubernetes_validate
import pytest
from jupyterhub.objects import Hub, Server
from k8s import HERE, ROOT
from kubernetes_asyncio.client import ApiClient
from kubespawner import KubeSpawner
from lms import Platform
from traitlets.config import Config

from csmodels_helpers.grading.exchange import handed_in

EXCHANGE = "/srv/nbgrader/exchange"


@pytest.fixture
def config(values: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Config:
    """Return what the chart makes of our values for KubeSpawner, and what hub_config.py adds."""
    # Only where a cluster is: the pods are KubeSpawner's own, and none is sent.
    monkeypatch.setattr("kubespawner.spawner.load_config", lambda **_: None)
    for name, value in Platform("http://127.0.0.1:9").environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("INSTRUCTOR_IMAGE", values["hub"]["extraEnv"]["INSTRUCTOR_IMAGE"])
    made = Config()
    single = values["singleuser"]
    made.KubeSpawner.image = f"{single['image']['name']}:{single['image']['tag']}"
    made.KubeSpawner.cmd = single["cmd"]
    made.KubeSpawner.uid, made.KubeSpawner.fs_gid = single["uid"], single["fsGid"]
    made.KubeSpawner.allow_privilege_escalation = single["allowPrivilegeEscalation"]
    made.KubeSpawner.mem_limit = single["memory"]["limit"]
    made.KubeSpawner.mem_guarantee = single["memory"]["guarantee"]
    made.KubeSpawner.volumes = [
        {"name": "home", "persistentVolumeClaim": {"claimName": "claim-{user_server}"}}
    ]
    made.KubeSpawner.volume_mounts = [{"name": "home", "mountPath": single["storage"]["homeMountPath"]}]
    code = compile(values["hub"]["extraFiles"]["course"]["stringData"], "hub_config.py", "exec")
    exec(code, {"get_config": lambda: made, "__name__": "hub_config"})
    return made


def pod(config: Config, name: str, *groups: str, times: int = 1) -> Any:
    """Return the pod of somebody's server, as it is sent to Kubernetes at the last of so many starts."""

    async def make() -> Any:
        user = SimpleNamespace(
            name=name,
            id=1,
            escaped_name=name,
            url=f"/user/{name}/",
            groups=[SimpleNamespace(name=group) for group in groups],
            server=Server(base_url=f"/user/{name}/"),
        )
        spawner = KubeSpawner(
            config=config, user=user, hub=Hub(), oauth_client_id="x", api_token="x", _mock=True
        )
        for _ in range(times):
            made = await spawner.get_pod_manifest()
            made = spawner.modify_pod_hook(spawner, made)
        async with ApiClient() as client:
            sent: Any = client.sanitize_for_serialization(made)
        return {"apiVersion": "v1", "kind": "Pod", **sent}

    return asyncio.run(make())


def mounted(made: Any) -> dict[str, tuple[str, str, bool]]:
    """Return place → (claim, folder in it, only to read) of the server's container."""
    claims = {
        one["name"]: one["persistentVolumeClaim"]["claimName"]
        for one in made["spec"]["volumes"]
        if "persistentVolumeClaim" in one
    }
    (server,) = made["spec"]["containers"]
    return {
        one["mountPath"]: (claims[one["name"]], one.get("subPath", ""), one.get("readOnly", False))
        for one in server["volumeMounts"]
        if one["name"] in claims
    }


def names(variables: list[Any]) -> set[str]:
    return {one["name"] for one in variables}


def test_a_trainee_sees_a_part_of_the_exchange(config: Config, values: dict[str, Any]) -> None:
    made = pod(config, "s01", "nbgrader-csmodels", times=3)
    (server,) = made["spec"]["containers"]
    assert mounted(made) == {
        "/home/jovyan": ("claim-s01", "", False),
        f"{EXCHANGE}/csmodels/outbound": ("csmodels-exchange", "nbgrader/csmodels/outbound", True),
        f"{EXCHANGE}/csmodels/inbound": ("csmodels-exchange", "nbgrader/csmodels/inbound/s01", False),
        f"{EXCHANGE}/csmodels/feedback": ("csmodels-exchange", "nbgrader/csmodels/feedback/s01", True),
    }
    image = values["singleuser"]["image"]
    assert server["image"] == f"{image['name']}:{image['tag']}"
    assert "PGPASSWORD" not in names(server["env"])
    assert "csmodels/role" not in made["metadata"]["labels"]
    assert server["securityContext"]["allowPrivilegeEscalation"] is False
    assert server["securityContext"]["runAsUser"] == 1000
    assert int(server["resources"]["limits"]["memory"]) == 2 * 2**30
    assert len(made["spec"]["initContainers"]) == 1
    kubernetes_validate.validate(made, "1.30", strict=True)


def test_an_instructor_sees_the_class(config: Config, values: dict[str, Any], manifests: list[Any]) -> None:
    made = pod(config, "prof-li", "formgrade-csmodels", times=2)
    (server,) = made["spec"]["containers"]
    assert mounted(made) == {
        "/home/jovyan": ("claim-prof-li", "", False),
        EXCHANGE: ("csmodels-exchange", "nbgrader", False),
        "/srv/csmodels/grading": ("csmodels-class", "grading", False),
    }
    assert server["image"] == values["hub"]["extraEnv"]["INSTRUCTOR_IMAGE"]
    assert "PGPASSWORD" in names(server["env"])
    assert made["metadata"]["labels"]["csmodels/role"] == "instructor"
    kubernetes_validate.validate(made, "1.30", strict=True)
    claims = {one["metadata"]["name"] for one in manifests if one["kind"] == "PersistentVolumeClaim"}
    assert {claim for claim, *_ in mounted(made).values()} - {"claim-prof-li"} <= claims


def test_folders_are_there_before_they_are_mounted(config: Config, tmp_path: Path) -> None:
    for name, group in (("s01", "nbgrader-csmodels"), ("prof-li", "formgrade-csmodels")):
        made = pod(config, name, group)
        (first,) = made["spec"]["initContainers"]
        claims = {
            one["name"]: one["persistentVolumeClaim"]["claimName"]
            for one in made["spec"]["volumes"]
            if "persistentVolumeClaim" in one
        }
        for mount in first["volumeMounts"]:
            assert "subPath" not in mount
            (tmp_path / claims[mount["name"]]).mkdir(exist_ok=True)
        places = {mount["mountPath"]: tmp_path / claims[mount["name"]] for mount in first["volumeMounts"]}
        command = [
            next(
                (str(here) + word[len(place) :] for place, here in places.items() if word.startswith(place)),
                word,
            )
            for word in first["command"]
        ]
        subprocess.run(command, check=True)
        for claim, folder, _ in mounted(made).values():
            if claim.startswith("csmodels"):
                assert (tmp_path / claim / folder).is_dir()


# --- hand-ins, by nbgrader's commands, through what is mounted ---


class Someone:
    """A server without a cluster: its mounts are links, its commands nbgrader's.

    Parameters
    ----------
    folder : Path
        For its home and for the volumes' folder ``volumes``.
    config : Config
        For its pod.
    name, group : str
        Who it is.
    """

    def __init__(self, folder: Path, config: Config, name: str, group: str) -> None:
        self.name, self.folder = name, folder / name
        self.course = folder / "course"
        self.home, self.exchange = self.folder / "home", self.folder / "exchange"
        self.home.mkdir(parents=True)
        for place, (claim, inside, _) in mounted(pod(config, name, group)).items():
            volume = folder / "volumes" / claim / inside
            if place.startswith(EXCHANGE):
                volume.mkdir(parents=True, exist_ok=True)
                link = self.exchange / place[len(EXCHANGE) :].strip("/")
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(volume)
        self.exchange.chmod(0o777)
        kind = "instructor" if group.startswith("formgrade") else "trainee"
        self.config = self.folder / "config"
        self.config.mkdir()
        if kind == "trainee":
            (self.config / "nbgrader_config.py").write_bytes(
                (HERE / "trainee/nbgrader_config.py").read_bytes()
            )

    def nbgrader(self, *words: str, where: Path | None = None, called: str = "") -> str:
        """Run one of nbgrader's commands and return what it says."""
        return self.run("nbgrader", *words, where=where, called=called)

    def run(self, *words: str, where: Path | None = None, called: str = "") -> str:
        """Run a module and return what it says."""
        environment = {
            "HOME": str(self.home),
            "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
            "JUPYTER_CONFIG_PATH": str(self.config),
            "CSMODELS_EXCHANGE": str(self.exchange),
            "CSMODELS_GRADEBOOK": f"sqlite:///{self.folder}/gradebook.db",
            "JUPYTERHUB_USER": called or self.name,
            "PYTHONPATH": str(ROOT),
        }
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=where or self.home,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


TASK = "m04_servqual"


@pytest.mark.grading
@pytest.mark.thorough
def test_hand_ins_and_feedback_go_their_ways(config: Config, tmp_path: Path) -> None:
    course = tmp_path / "course"
    course.mkdir()
    for part in ("solutions", "exercises"):
        (course / part).symlink_to(ROOT / part)
    (course / "nbgrader_config.py").write_bytes((HERE / "instructor/nbgrader_config.py").read_bytes())
    li = Someone(tmp_path, config, "prof-li", "formgrade-csmodels")
    anna, bo = (Someone(tmp_path, config, name, "nbgrader-csmodels") for name in ("s01", "s02"))

    li.nbgrader("release_assignment", TASK, where=course)
    assert TASK in anna.nbgrader("list")
    for who in (anna, bo):
        work = who.home / "work" / "exercises" / TASK
        work.mkdir(parents=True)
        (work / f"{TASK}.ipynb").write_bytes((ROOT / "exercises" / TASK / f"{TASK}.ipynb").read_bytes())
        (work / "own.csv").write_text(who.name, encoding="utf-8")
        who.nbgrader("submit", TASK)

    # s02 tries to hand in for s01, and to have the gradebook copied into their own hand-in.
    bo.nbgrader("submit", TASK, called="s01")
    inbound = bo.exchange / "csmodels" / "inbound"
    (mine,) = (path for path in inbound.iterdir() if path.name.startswith("s02+"))
    (mine / "look.db").symlink_to(tmp_path / "prof-li" / "gradebook.db")
    assert {path.name[:4] for path in (anna.exchange / "csmodels" / "inbound").iterdir()} == {"s01+"}

    said = li.nbgrader("collect", TASK, where=course)
    assert "lies in the folder of s02" in said
    assert "2 trainees have handed in: 2 hand-ins are new here, 0 could" in said
    submitted = course / "grading" / "submitted"
    assert (submitted / "s01" / TASK / "own.csv").read_text(encoding="utf-8") == "s01"
    assert (submitted / "s02" / TASK / "look.db").is_symlink()

    # Somebody's hand-in came by mail: it is graded, and its feedback holds nobody up.
    shutil.copytree(submitted / "s01" / TASK, submitted / "s03" / TASK)
    (submitted / "s03" / TASK / "submission_secret.txt").unlink()
    li.run("csmodels_helpers.cli", "grade", "m04", where=course)
    li.nbgrader("generate_feedback", TASK, where=course)
    said = li.nbgrader("release_feedback", TASK, where=course)
    assert "s03 handed this in another way than by the exchange" in said
    for who in (anna, bo):
        (page,) = (who.exchange / "csmodels" / "feedback").iterdir()
        assert f"Feedback for {who.name}" in page.read_text(encoding="utf-8")
    anna.nbgrader("fetch_feedback", TASK)
    (got,) = (anna.home / "work" / "exercises" / TASK / "feedback").rglob("*.html")
    assert "Feedback for s01" in got.read_text(encoding="utf-8")

    # A new hand-in takes its own secret along, so its page is another one.
    before = (course / "grading" / "autograded" / "s01" / TASK / "submission_secret.txt").read_text("utf-8")
    (anna.home / "work" / "exercises" / TASK / "own.csv").write_text("new", encoding="utf-8")
    anna.nbgrader("submit", TASK)
    li.nbgrader("collect", "--update", TASK, where=course)
    li.run("csmodels_helpers.cli", "grade", "m04", where=course)
    after = (course / "grading" / "autograded" / "s01" / TASK / "submission_secret.txt").read_text("utf-8")
    assert after != before
    assert after == (submitted / "s01" / TASK / "submission_secret.txt").read_text("utf-8")


@pytest.mark.grading
@pytest.mark.thorough
def test_one_that_cannot_be_copied_or_is_half_holds_nobody_up(config: Config, tmp_path: Path) -> None:
    course = tmp_path / "course"
    (course / "solutions" / TASK).mkdir(parents=True)
    (course / "nbgrader_config.py").write_bytes((HERE / "instructor/nbgrader_config.py").read_bytes())
    li = Someone(tmp_path, config, "prof-li", "formgrade-csmodels")
    inbound = li.exchange / "csmodels" / "inbound"

    def hand_in(name: str, time: str) -> Path:
        folder = inbound / name / f"{name}+{TASK}+{time} UTC+x"
        folder.mkdir(parents=True)
        (folder / f"{TASK}.ipynb").write_text(time, encoding="utf-8")
        (folder / "timestamp.txt").write_text(f"{time} UTC", encoding="utf-8")
        return folder

    for name in ("s01", "s02"):
        hand_in(name, "2026-11-01 10:00:00.000000")
    said = li.nbgrader("collect", TASK, where=course)
    assert "was last changed" in said  # nobody wrote it on that day
    place = course / "grading" / "submitted" / "s01" / TASK
    os.mkfifo(hand_in("s01", "2026-11-02 10:00:00.000000") / "pipe")
    hand_in("s02", "2026-11-02 10:00:00.000000")
    said = li.nbgrader("collect", "--update", TASK, where=course)
    assert "1 hand-ins are new here, 1 could not" in said
    assert "2026-11-01" in (place / f"{TASK}.ipynb").read_text(encoding="utf-8")
    newer = course / "grading" / "submitted" / "s02" / TASK / f"{TASK}.ipynb"
    assert "2026-11-02" in newer.read_text(encoding="utf-8")
    assert [path.name for path in place.parent.iterdir()] == [TASK]
    (hand_in("s02", "2026-11-03 10:00:00.000000") / "timestamp.txt").unlink()
    said = li.nbgrader("collect", "--update", TASK, where=course)
    assert "the server of s02 stopped before all of it was there" in said
    assert "2026-11-02" in newer.read_text(encoding="utf-8")
    found, strange = handed_in(inbound, TASK, "s01")
    assert (len(found), strange) == (2, [])
