"""The manifests: valid for Kubernetes, what they name is there, and nobody reaches what is not theirs."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import psycopg
import pytest
from k8s import HERE
from machines import until
from postgres import server

from csmodels_helpers.hub.postgres import programs

VERSIONS = ("1.30", "1.33")  # the oldest and the newest that the files are written for; hostUsers is 1.33's


def pods(manifests: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return each kind of pod: its name, its labels and its specification."""
    for one in manifests:
        spec = one.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        if template:
            yield one["metadata"]["name"], {**template, "namespace": one["metadata"]["namespace"]}


def test_kubernetes_takes_them(manifests: list[dict[str, Any]]) -> None:
    for version in VERSIONS:
        for one in manifests:
            kubernetes_validate.validate(one, version, strict=True)


def test_the_validation_sees_a_mistake(manifests: list[dict[str, Any]]) -> None:
    broken = next(one for one in manifests if one["kind"] == "Deployment")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(
            {**broken, "spec": {**broken["spec"], "replica": 1}}, VERSIONS[-1], strict=True
        )


def test_nothing_has_two_definitions(manifests: list[dict[str, Any]]) -> None:
    names = [(one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]) for one in manifests]
    assert len(set(names)) == len(names)
    namespaces = {one["metadata"]["name"] for one in manifests if one["kind"] == "Namespace"}
    assert {namespace for kind, namespace, _ in names if kind != "Namespace"} == namespaces


def test_what_they_name_is_there(manifests: list[dict[str, Any]]) -> None:
    there = {
        (one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]): one for one in manifests
    }
    for name, pod in pods(manifests):
        spec, space = pod["spec"], pod["namespace"]
        volumes = {one["name"]: one for one in spec.get("volumes", [])}
        own = there.get(("StatefulSet", space, name), {}).get("spec", {}).get("volumeClaimTemplates", [])
        claims = {one["metadata"]["name"] for one in own}
        for container in spec["containers"]:
            mounts = {mount["name"] for mount in container.get("volumeMounts", [])}
            assert mounts <= volumes.keys() | claims, name
            assert "limits" in container["resources"], name
        for volume in volumes.values():
            if "persistentVolumeClaim" in volume:
                claim = volume["persistentVolumeClaim"]["claimName"]
                assert ("PersistentVolumeClaim", space, claim) in there
            if "configMap" in volume:
                data = there["ConfigMap", space, volume["configMap"]["name"]]["data"]
                assert {item["key"] for item in volume["configMap"]["items"]} <= data.keys()
    for (kind, space, name), one in there.items():
        if kind == "Service":
            behind = [
                pod
                for _, pod in pods(manifests)
                if pod["namespace"] == space
                and one["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
            ]
            ports = {
                p["name"] for pod in behind for c in pod["spec"]["containers"] for p in c.get("ports", [])
            }
            assert {port["targetPort"] for port in one["spec"]["ports"]} <= ports, name
        if kind == "StatefulSet":
            assert ("Service", space, one["spec"]["serviceName"]) in there


def test_every_secret_is_told_how_to_make(manifests: list[dict[str, Any]], values: dict[str, Any]) -> None:
    text = repr([manifests, values["hub"]["extraEnv"]]) + (HERE / "hub_config.py").read_text(encoding="utf-8")
    used = set(re.findall(r"'secretKeyRef': \{'name': '([\w-]+)', 'key': '([\w-]+)'\}", text))
    used |= set(re.findall(r'V1SecretKeySelector\(name="([\w-]+)", key="([\w-]+)"\)', text))
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    made: set[tuple[str, str]] = set()
    for name, rest in re.findall(r"create secret generic ([\w-]+) \\\n((?: +--from-literal.*\n)+)", readme):
        made |= {(name, key) for key in re.findall(r"--from-literal=([\w-]+)=", rest)}
    assert made == used
    assert len({name for name, _ in used}) == 2


# --- who reaches whom ---


def reaches(manifests: list[dict[str, Any]], start: Any, goal: Any, port: int | str, way: str) -> bool:
    """Say whether policies let a pod, given as (namespace, labels), reach another, in one direction."""
    here, there = (goal, start) if way == "Ingress" else (start, goal)
    chosen = [
        one["spec"]
        for one in manifests
        if one["kind"] == "NetworkPolicy"
        and one["metadata"]["namespace"] == here[0]
        and way in one["spec"]["policyTypes"]
        and matches(one["spec"]["podSelector"], here[1])
    ]
    if not chosen:
        return True
    for rule in (rule for spec in chosen for rule in spec.get(way.lower(), [])):
        peers = rule["from" if way == "Ingress" else "to"]
        if port in {one["port"] for one in rule["ports"]} and any(fits(peer, here, there) for peer in peers):
            return True
    return False


def matches(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    assert selector.keys() <= {"matchLabels"}
    return selector.get("matchLabels", {}).items() <= labels.items()


def fits(peer: dict[str, Any], here: Any, there: Any) -> bool:
    if "namespaceSelector" in peer:
        space = matches(peer["namespaceSelector"], {"kubernetes.io/metadata.name": there[0]})
    else:
        space = there[0] == here[0]
    return space and matches(peer.get("podSelector", {}), there[1])


SERVER = {"app": "jupyterhub", "component": "singleuser-server"}
WHO = {
    "hub": ("csmodels", {"app": "jupyterhub", "component": "hub"}),
    "trainee": ("csmodels", SERVER),
    "instructor": ("csmodels", {**SERVER, "csmodels/role": "instructor"}),
    "backup": ("csmodels", {"app": "csmodels-backup"}),
    "database": ("csmodels", {"app": "csmodels-database"}),
    "scheduler": ("csmodels-grading", {"app": "csmodels-scheduler"}),
    "worker": ("csmodels-grading", {"app": "csmodels-worker"}),
}
MAY = {
    *(("hub", "database"), ("instructor", "database"), ("backup", "database")),
    *(("instructor", "scheduler"), ("worker", "scheduler"), ("scheduler", "worker")),
}
DOORS = {"database": ("postgresql", 5432), "scheduler": ("dask", 8786), "worker": ("worker", 9000)}


@pytest.mark.parametrize("goal", DOORS)
@pytest.mark.parametrize("start", WHO)
def test_nobody_reaches_what_is_not_theirs(manifests: list[dict[str, Any]], start: str, goal: str) -> None:
    if start == goal:
        return
    name, number = DOORS[goal]
    comes_in = reaches(manifests, WHO[start], WHO[goal], name, "Ingress")
    gets_out = reaches(manifests, WHO[start], WHO[goal], number, "Egress")
    assert comes_in == ((start, goal) in MAY)
    if (start, goal) in MAY:
        assert gets_out
    if start == "worker" and goal == "database":
        assert not gets_out  # trainees' code is nearest to it


# --- what runs in them ---


def test_only_workers_may_do_without_the_filter(manifests: list[dict[str, Any]]) -> None:
    for name, pod in pods(manifests):
        inside = pod["spec"]["securityContext"]
        grades = name == "csmodels-worker"
        assert (inside["seccompProfile"]["type"] == "Unconfined") == grades, name
        assert ("appArmorProfile" in inside) == grades, name
        assert inside["runAsNonRoot"], name
        assert pod["spec"]["automountServiceAccountToken"] is False, name
        for container in pod["spec"]["containers"]:
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False, name
            assert own["capabilities"] == {"drop": ["ALL"]}, name


def commands(manifests: list[dict[str, Any]]) -> dict[str, list[str]]:
    return {
        container["name"]: container["command"]
        for _, pod in pods(manifests)
        for container in pod["spec"]["containers"]
        if "command" in container
    }


@pytest.mark.thorough
def test_the_commands_start_a_cluster(manifests: list[dict[str, Any]], tmp_path: Path) -> None:
    from distributed import Client

    here = Path(sys.executable).parent
    scheduler, worker = commands(manifests)["scheduler"], commands(manifests)["worker"]
    changed = {"8786": "0", "--worker-port=9000": "--worker-port=0", "--nanny-port=9001": "--nanny-port=0"}
    changed["--local-directory=/tmp/dask"] = f"--local-directory={tmp_path}"

    def ours(words: list[str]) -> list[str]:
        """Return a command as it is run here: other ports, this Python's programs."""
        assert words[0] == "/opt/csmodels/bin/dask"
        return [str(here / "dask"), *(changed.get(word, word) for word in words[1:]), "--host", "127.0.0.1"]

    file = tmp_path / "scheduler.json"
    started: list[subprocess.Popen[bytes]] = []
    try:
        with (tmp_path / "log").open("wb") as log:
            start = [*ours(scheduler), "--scheduler-file", str(file)]
            started.append(subprocess.Popen(start, stdout=log, stderr=log, cwd=tmp_path))
            until(file.is_file, "the scheduler")
            changed["tcp://csmodels-scheduler:8786"] = re.findall(r'"(tcp://[^"]+)"', file.read_text())[0]
            started.append(subprocess.Popen(ours(worker), stdout=log, stderr=log, cwd=tmp_path))
        with Client(changed["tcp://csmodels-scheduler:8786"], set_as_default=False) as client:
            threads = until(client.nthreads, "the worker")
        assert list(threads.values()) == [1]
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(30)


def script(manifests: list[dict[str, Any]], name: str) -> str:
    (found,) = [one["data"][name] for one in manifests if one["kind"] == "ConfigMap"]
    return found


def test_databases_are_made_saved_and_restored(manifests: list[dict[str, Any]], tmp_path: Path) -> None:
    with server() as running:
        env = {"PATH": f"{programs()}:/usr/bin:/bin", "PGHOST": str(running.folder), "PGUSER": "grader"}
        passwords = {"HUB_PASSWORD": 'it\'s a "word" $1', "GRADEBOOK_PASSWORD": "other"}

        def run(name: str, **more: str) -> None:
            file = tmp_path / name
            file.write_text(script(manifests, name), encoding="utf-8")
            subprocess.run(["sh", "-e", str(file)], env={**env, **more}, check=True, capture_output=True)

        run("roles.sh", **passwords)
        owners = running.execute("postgres", "select datname, datdba::regrole::text from pg_database")
        assert {("hub", "hub"), ("gradebook", "gradebook")} <= set(owners)
        link = f"host={running.folder} user=hub dbname=gradebook"
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(link)
        running.execute("gradebook", "create table marks (points int)")
        running.execute("gradebook", "insert into marks values (7)")
        run("backup.sh", BACKUPS=str(tmp_path))
        (dump,) = tmp_path.glob("gradebook-*.dump")
        assert len([*tmp_path.glob("hub-*.dump")]) == 1
        running.execute("gradebook", "update marks set points = 0")
        restore = [str(programs() / "pg_restore"), "--clean", "--if-exists", "-d", "gradebook", str(dump)]
        subprocess.run(restore, env=env, check=True)
        assert running.execute("gradebook", "select points from marks") == [(7,)]
