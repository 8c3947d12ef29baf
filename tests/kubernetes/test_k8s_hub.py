"""hub_config.py in a real JupyterHub: sign-in from a learning platform that signs launches of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from k8s import HERE
from lms import CLIENT, COURSE, INSTITUTION, ROLE, Platform, platform
from machines import until

# What the chart sets is set here for one machine; the rest is hub_config.py, as values.yaml puts it in.
# The proxy would only pass requests on: in the cluster it is another pod, here they go to the hub itself.
CONFIG = """
from jupyterhub.proxy import Proxy


class Straight(Proxy):
    should_start = False

    async def get_all_routes(self):
        return {{"/": {{"routespec": "/", "target": self.hub.url, "data": {{"hub": True}}}}}}

    async def add_route(self, routespec, target, data):
        pass

    async def delete_route(self, routespec):
        pass


c = get_config()
c.JupyterHub.proxy_class = Straight
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.db_url = "sqlite:///hub.sqlite"
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.services = [{{"name": "test", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [{{"name": "test", "services": ["test"], "scopes": ["list:users", "read:users"]}}]
load_subconfig("course.py")
"""
TOKEN = "0123456789abcdef" * 2


class Hub:
    """A running hub.

    Parameters
    ----------
    address : str
        Where it answers.
    lms : Platform
        Where its people come from.
    folder : Path
        Where its database and log are.
    """

    def __init__(self, address: str, lms: Platform, folder: Path) -> None:
        self.address, self.lms, self.folder = address, lms, folder

    def begin(self, browser: requests.Session, **changed: str) -> requests.Response:
        """Ask for a sign-in, as the platform makes a browser do."""
        asked = {"iss": self.lms.address, "login_hint": "7", "lti_message_hint": "9", "client_id": CLIENT}
        asked["target_link_uri"] = f"{self.address}/hub/"
        address = f"{self.address}/hub/lti13/oauth_login"
        return browser.post(address, data={**asked, **changed}, allow_redirects=False, timeout=20)

    def sign_in(self, key: Any = None, nonce: str | None = None, **claims: Any) -> requests.Response:
        """Sign somebody in whom the platform describes so."""
        browser = requests.Session()
        begun = self.begin(browser)
        assert begun.status_code == 302, begun.text
        to = urlparse(begun.headers["Location"])
        asked = {name: values[0] for name, values in parse_qs(to.query).items()}
        assert f"{to.scheme}://{to.netloc}{to.path}" == f"{self.lms.address}/authorize"
        assert asked["redirect_uri"] == f"{self.address}/hub/lti13/oauth_callback"
        token = self.lms.launch(nonce or asked["nonce"], key=key, **claims)
        form = {"id_token": token, "state": asked["state"]}
        return browser.post(asked["redirect_uri"], data=form, allow_redirects=False, timeout=20)

    def users(self) -> dict[str, list[str]]:
        """Return who is there, with their groups."""
        found = requests.get(
            f"{self.address}/hub/api/users", headers={"Authorization": f"token {TOKEN}"}, timeout=20
        )
        assert found.ok, found.text
        return {one["name"]: sorted(one["groups"]) for one in found.json()}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any]) -> Generator[Hub]:
    """Run JupyterHub with the file that values.yaml puts in."""
    folder = tmp_path_factory.mktemp("hub")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    text = CONFIG.format(port=port, token=TOKEN)
    (folder / "config.py").write_text(text, encoding="utf-8")
    course = values["hub"]["extraFiles"]["course"]["stringData"]
    (folder / "course.py").write_text(course, encoding="utf-8")
    programs = Path(sys.executable).parent
    with platform() as lms, (folder / "log").open("wb") as log:
        given = {**lms.environment(), "INSTRUCTOR_IMAGE": "x", "PGPASSWORD": "x"}
        assert given.keys() == values["hub"]["extraEnv"].keys()
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", "config.py"],
            cwd=folder,
            env={**os.environ, **given, "PATH": f"{programs}:{os.environ['PATH']}"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        address = f"http://127.0.0.1:{port}"

        def answers() -> bool:
            assert process.poll() is None, (folder / "log").read_text(encoding="utf-8")
            try:
                return requests.get(f"{address}/hub/health", timeout=5).ok
            except requests.ConnectionError:
                return False

        try:
            until(answers, "the hub")
            yield Hub(address, lms, folder)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def test_the_platform_can_read_how_to_register_it(hub: Hub) -> None:
    found = requests.get(f"{hub.address}/hub/lti13/config", timeout=20)
    assert found.ok
    told = found.json()
    assert told["title"] == "csmodels"
    assert told["oidc_initiation_url"] == f"{hub.address}/hub/lti13/oauth_login"
    assert told["redirect_uris"] == [f"{hub.address}/hub/lti13/oauth_callback"]
    assert told["target_link_uri"] == f"{hub.address}/hub/"
    assert told["custom_fields"] == {"id": "$User.username"}
    assert told["scopes"] == []
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    for address in (told["oidc_initiation_url"], *told["redirect_uris"], told["target_link_uri"]):
        assert f"`{address.replace(hub.address, 'https://hub.example.org')}`" in readme


def test_cookies_come_back_from_another_site(hub: Hub) -> None:
    asked = {"iss": "x", "login_hint": "7", "client_id": CLIENT, "target_link_uri": f"{hub.address}/hub/"}
    answer = requests.post(
        f"{hub.address}/hub/lti13/oauth_login",
        data=asked,
        headers={"X-Forwarded-Proto": "https"},
        allow_redirects=False,
        timeout=20,
    )
    cookies = [one for one in answer.raw.headers.getlist("Set-Cookie") if one.startswith("lti13")]
    assert len(cookies) == 2
    for cookie in cookies:
        assert {"samesite=none", "secure", "httponly"} <= {part.strip().lower() for part in cookie.split(";")}


def test_a_trainee_and_an_instructor_sign_in(hub: Hub) -> None:
    assert hub.sign_in(custom={"id": "S07"}).status_code == 302
    teaches = [f"{ROLE}#Instructor", INSTITUTION]
    assert hub.sign_in(custom={"id": "prof-li"}, roles=teaches).status_code == 302
    assistant = [f"{ROLE}/Instructor#TeachingAssistant", f"{ROLE}#Learner"]
    assert hub.sign_in(custom={"id": "ta"}, roles=assistant, context={"id": "course-43"}).status_code == 302
    found = hub.users()
    assert found["s07"] == ["nbgrader-csmodels"]
    assert found["prof-li"] == found["ta"] == ["formgrade-csmodels"]


def test_a_role_that_is_lost_is_lost_here(hub: Hub) -> None:
    hub.sign_in(custom={"id": "s08"}, roles=[f"{ROLE}#Instructor"])
    assert hub.users()["s08"] == ["formgrade-csmodels"]
    hub.sign_in(custom={"id": "s08"})
    assert hub.users()["s08"] == ["nbgrader-csmodels"]


def test_names_and_addresses_are_not_kept(hub: Hub) -> None:
    hub.sign_in(custom={"id": "s09"})
    with sqlite3.connect(hub.folder / "hub.sqlite") as link:
        dump = "\n".join(link.iterdump())
    assert "s09" in dump
    assert "Zhang" not in dump
    assert "zhang.wei" not in dump


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({"custom": None}, "does not say who you are"),
        ({"custom": {"id": "$User.username"}}, "does not say who you are"),
        ({"custom": {"id": "../../etc"}}, "at most 48 letters"),
        ({"custom": {"id": "张伟"}}, "at most 48 letters"),
        ({"custom": {"id": "a" * 49}}, "at most 48 letters"),
        ({"context": {"id": "my-own-sandbox"}, "roles": [f"{ROLE}#Instructor"]}, "another course"),
        ({"context": None}, "another course"),
        ({"roles": [INSTITUTION]}, "neither that you learn"),
        ({"roles": []}, "neither that you learn"),
    ],
)
def test_whom_it_refuses_it_tells_why(hub: Hub, claims: dict[str, Any], says: str) -> None:
    before = hub.users()
    answer = hub.sign_in(**claims)
    assert answer.status_code == 403
    assert says in re.sub(r"\s+", " ", answer.text)
    assert hub.users() == before


@pytest.mark.parametrize(
    "forged",
    [
        {"key": rsa.generate_private_key(public_exponent=65537, key_size=2048)},
        {"nonce": "0" * 64},
        {"iss": "https://other.example.org"},
        {"aud": "another-tool"},
        {"exp": 1_700_000_000},
    ],
    ids=lambda forged: next(iter(forged)),
)
def test_a_launch_that_is_not_the_platforms_is_refused(hub: Hub, forged: dict[str, Any]) -> None:
    before = hub.users()
    assert 400 <= hub.sign_in(custom={"id": "mallory"}, **forged).status_code < 500
    assert hub.users() == before


def test_without_a_token_nobody_comes_in(hub: Hub) -> None:
    browser = requests.Session()
    assert hub.begin(browser).status_code == 302
    empty = browser.post(f"{hub.address}/hub/lti13/oauth_callback", data={}, timeout=20)
    assert 400 <= empty.status_code < 500
    page = requests.get(f"{hub.address}/hub/home", allow_redirects=False, timeout=20)
    assert page.status_code == 302
    assert "login" in page.headers["Location"]


def test_the_platform_can_ask_with_a_link_only_for_its_own_pages(hub: Hub) -> None:
    browser = requests.Session()
    begun = hub.begin(browser, target_link_uri="https://evil.example.org/steal")
    if begun.status_code == 302:
        asked = parse_qs(urlparse(begun.headers["Location"]).query)
        form = {"id_token": hub.lms.launch(asked["nonce"][0]), "state": asked["state"][0]}
        done = browser.post(asked["redirect_uri"][0], data=form, allow_redirects=False, timeout=20)
        assert "evil" not in urlparse(done.headers["Location"]).netloc
    assert COURSE in hub.lms.environment()["LTI_COURSES"]


def test_the_file_reads_no_other_environment(values: dict[str, Any]) -> None:
    read = set(re.findall(r'os\.environ\["(\w+)"\]', (HERE / "hub_config.py").read_text(encoding="utf-8")))
    assert read == values["hub"]["extraEnv"].keys() - {"PGPASSWORD"}
