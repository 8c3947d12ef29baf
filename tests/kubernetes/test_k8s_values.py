"""The values for the chart: every setting is one that the chart knows, and names what is really there.

The chart itself is not here. What stands below are the names of its settings (chart 4) and their types, as
far as we set them. Helm would refuse a name that it does not know, but only where the chart is installed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from k8s import HERE, ROOT

import csmodels_helpers

SIZE, ANY = "size", "any"
KNOWN: dict[str, Any] = {
    "hub.db.type": ("sqlite-pvc", "sqlite-memory", "mysql", "postgres", "other"),
    "hub.db.url": str,
    "hub.db.upgrade": bool,
    "hub.extraFiles.*.mountPath": str,
    "hub.extraFiles.*.stringData": str,
    "hub.extraEnv.*": ANY,
    "hub.concurrentSpawnLimit": int,
    "hub.resources": ANY,
    "hub.networkPolicy.enabled": bool,
    "proxy.https.enabled": bool,
    "proxy.https.hosts": list,
    "proxy.https.type": ("letsencrypt", "manual", "offload", "secret"),
    "proxy.https.letsencrypt.contactEmail": str,
    "singleuser.image.name": str,
    "singleuser.image.tag": str,
    "singleuser.cmd": list,
    "singleuser.uid": int,
    "singleuser.fsGid": int,
    "singleuser.allowPrivilegeEscalation": bool,
    "singleuser.memory.guarantee": SIZE,
    "singleuser.memory.limit": SIZE,
    "singleuser.cpu.guarantee": (int, float),
    "singleuser.cpu.limit": (int, float),
    "singleuser.startTimeout": int,
    "singleuser.storage.type": ("dynamic", "static", "none"),
    "singleuser.storage.capacity": SIZE,
    "singleuser.storage.homeMountPath": str,
    "singleuser.storage.dynamic.storageAccessModes": list,
    "singleuser.networkPolicy.enabled": bool,
    "singleuser.networkPolicy.egressAllowRules.cloudMetadataServer": bool,
    "singleuser.networkPolicy.egressAllowRules.nonPrivateIPs": bool,
    "singleuser.networkPolicy.egressAllowRules.privateIPs": bool,
    "prePuller.hook.enabled": bool,
    "prePuller.continuous.enabled": bool,
    "prePuller.extraImages.*.name": str,
    "prePuller.extraImages.*.tag": str,
    "scheduling.userScheduler.enabled": bool,
    "scheduling.podPriority.enabled": bool,
    "scheduling.userPlaceholder.enabled": bool,
    "scheduling.userPlaceholder.replicas": int,
    "cull.enabled": bool,
    "cull.timeout": int,
    "cull.every": int,
}


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Go through the settings, down to where KNOWN ends."""
    pattern = fits(path)
    if pattern is None and isinstance(node, dict):
        for name, value in node.items():
            yield from leaves(value, f"{path}.{name}" if path else str(name))
    else:
        yield path, node


def fits(path: str) -> str | None:
    """Return the known setting that a path is; "*" stands for a name of ours."""
    for known in KNOWN:
        if re.fullmatch(re.escape(known).replace(r"\*", "[^.]+"), path):
            return known
    return None


def wrong(values: dict[str, Any]) -> list[str]:
    """Say what the chart would not take."""
    found: list[str] = []
    for path, value in leaves(values):
        known = fits(path)
        if known is None:
            found.append(f"{path}: no setting of the chart")
            continue
        kind = KNOWN[known]
        if kind == ANY:
            good = True
        elif kind == SIZE:
            good = isinstance(value, int) or bool(re.fullmatch(r"\d+(\.\d+)?[KMGT]i?", str(value)))
        elif isinstance(kind, tuple) and isinstance(kind[0], str):
            good = value in kind
        else:
            good = isinstance(value, kind) and (bool in (kind, type(value))) == (kind is bool)
        if not good:
            found.append(f"{path}: {value!r} is no {kind}")
    return found


def test_the_chart_knows_every_setting(values: dict[str, Any]) -> None:
    assert wrong(values) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("singleuser.memmory.limit", "2G"),
        ("singleuser.memory.limit", "2 gigabytes"),
        ("hub.db.type", "postgresql"),
        ("cull.enabled", "yes"),
        ("scheduling.userPlaceholder.replicas", True),
    ],
)
def test_the_check_sees_a_mistake(path: str, value: Any) -> None:
    node: Any = value
    for name in reversed(path.split(".")):
        node = {name: node}
    assert wrong(node) != []


def test_images_have_the_version_of_the_course(
    values: dict[str, Any], manifests: list[dict[str, Any]]
) -> None:
    image = values["singleuser"]["image"]
    trainee = f"{image['name']}:{image['tag']}"
    assert image["tag"] == csmodels_helpers.__version__
    instructor = values["prePuller"]["extraImages"]["instructor"]
    assert values["hub"]["extraEnv"]["INSTRUCTOR_IMAGE"] == f"{instructor['name']}:{instructor['tag']}"
    assert instructor["tag"] == image["tag"]
    workers = {
        container["image"]
        for one in manifests
        if one["kind"] == "Deployment"
        for container in one["spec"]["template"]["spec"]["containers"]
    }
    assert workers == {trainee}  # else csmodels grade refuses them: another state of the course
    docker = (HERE / "Dockerfile").read_text(encoding="utf-8")
    assert f"-t {trainee} ." in docker
    assert f"-t {instructor['name']}:{instructor['tag']} ." in docker


def test_no_secret_stands_in_a_file() -> None:
    for path in HERE.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not re.search(
                r"(?i)(password|secret|token)\w*[\"']?\s*[:=]\s*[\"']?[A-Za-z0-9+/]{12,}", text
            ), path


def test_the_server_finds_what_it_starts(values: dict[str, Any]) -> None:
    (command,) = values["singleuser"]["cmd"]
    build = (HERE / "build.sh").read_text(encoding="utf-8")
    docker = (HERE / "Dockerfile").read_text(encoding="utf-8")
    prefix, _, name = command.rpartition("/bin/")
    assert f'install -m 755 "$here/{name}" "$prefix/bin/"' in build
    assert f"build.sh course {prefix} /srv/csmodels" in docker
    assert f"useradd --uid {values['singleuser']['uid']} --gid {values['singleuser']['fsGid']}" in docker
    assert (ROOT / "requirements-hub.lock").is_file()
