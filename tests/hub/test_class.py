"""A class on a hub, in a real browser, from the first exercise to the feedback."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

from hubserver import ROOT, Running, folder, four_ports, left_over, running, until
from labserver import running_browser

from csmodels_helpers.grading import course
from csmodels_helpers.grading.demo import without_markers

pytestmark = pytest.mark.hub

NAME = "m01_what_satisfaction_is"
ROSTER = """id,name,email,role
lin,林晓燕,lin@example.org,instructor
s01,张伟,s01@example.org,trainee
S-2,Anna Berg,s02@example.org,学员
s03,Jan de Vries,s03@example.org,trainee
"""
PICTURES = os.environ.get("CSMODELS_PICTURES", "")


class Screen:
    """Somebody in front of a browser of their own."""

    def __init__(self, browser: Any, hub: Running, own_id: str) -> None:
        self.hub, self.own_id = hub, own_id
        self.context = browser.new_context(viewport={"width": 1400, "height": 900})
        self.context.set_default_timeout(float(os.environ.get("CSMODELS_PATIENCE", "120000")))
        self.page = self.context.new_page()
        self.outside: list[str] = []
        self.context.route(lambda url: not url.startswith(hub.url), self._stop)

    def _stop(self, route: Any) -> None:
        if route.request.url.startswith(("http:", "https:")):
            self.outside.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    def sign_in(self, password: str) -> None:
        self.page.goto(self.hub.url)
        self.picture("sign-in")
        self.page.get_by_label("Username").fill(self.own_id)
        self.page.locator("input[name=password]").fill(password)
        self.page.locator("form[action*=login] [type=submit]").click()

    def in_lab(self) -> None:
        """Wait for JupyterLab."""
        self.page.locator("#jp-top-panel").wait_for()
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def menu(self, name: str, entry: str) -> None:
        self.page.get_by_role("menuitem", name=name, exact=True).click()
        self.page.locator(".lm-Menu-itemLabel").get_by_text(entry, exact=True).click()

    def picture(self, name: str) -> None:
        if PICTURES:
            self.page.screenshot(path=Path(PICTURES) / f"{name}.png")

    def assignments(self) -> Any:
        """Open nbgrader's list, or look at it again."""
        self.menu("Nbgrader", "Assignment List")
        found = self.page.locator("#nbgrader-assignment-list")
        found.wait_for()
        return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with running_browser() as started:
        yield started


@contextlib.contextmanager
def a_class(as_user: str = "") -> Iterator[Running]:
    with folder(as_user) as place:
        roster = place / "names.csv"
        roster.write_text(ROSTER, encoding="utf-8")
        with running(place / "hub", roster, four_ports(), as_user=as_user) as hub:
            yield hub
        assert left_over(place) == []


def answers() -> dict[str, str]:
    """Return right answers to all items, by cell."""
    source = course.read_notebook(ROOT / "solutions" / NAME / f"{NAME}.ipynb")
    return {
        str(cell["id"]): without_markers(cell["source"])
        for cell in source["cells"]
        if course.stamp(cell).get("solution")
    }


def solve(hub: Running, own_id: str, **changed: str) -> None:
    """Write answers into the copy of somebody, under their account."""
    path = hub.home(own_id) / "work" / "exercises" / NAME / f"{NAME}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    given = answers() | {name.replace("_", "-"): text for name, text in changed.items()}
    for cell in notebook["cells"]:
        if cell["id"] in given:
            cell["source"] = given[cell["id"]]
    path.write_text(json.dumps(notebook), encoding="utf-8")  # the file stays the account's


def form(screen: Screen) -> Any:
    return screen.page.frame_locator("#formgrader-iframe iframe")


def row(screen: Screen) -> Any:
    return form(screen).locator("tr").filter(has_text=NAME)


def confirm(screen: Screen, words: str) -> None:
    """Read what the Formgrader says when it has done something, and close it."""
    said = form(screen).locator(".modal.in")
    said.filter(has_text=words).wait_for()
    said.locator("button.close").first.click()
    said.wait_for(state="detached")


def command(screen: Screen, words: str, done: Path) -> None:
    """Type a command into a terminal of JupyterLab and wait for what it makes."""
    screen.menu("File", "New Launcher")
    screen.page.locator(".jp-LauncherCard[data-category=Other]").filter(has_text="Terminal").click()
    terminal = screen.page.locator(".jp-Terminal").last
    terminal.wait_for()
    terminal.click()
    screen.page.wait_for_function("() => document.querySelector('.jp-Terminal .xterm-screen')")
    screen.page.keyboard.type(f"{words} && touch {done}\n", delay=5)
    until(done.exists, words)


def test_the_story_of_a_class(browser: Any) -> None:
    with a_class() as hub:
        words = hub.passwords()
        assert (hub.hub.passwords.stat().st_mode & 0o777, hub.hub.passwords.stat().st_uid) == (0o600, 0)

        # The instructor lands in the Formgrader and releases an exercise.
        lin = Screen(browser, hub, "lin")
        lin.sign_in(words["lin"])
        lin.in_lab()
        form(lin).get_by_role("link", name="Manage Assignments").first.wait_for()
        lin.picture("instructor-formgrader")
        row(lin).locator(".release a").click()
        confirm(lin, "Successfully released")

        trainees = {own: Screen(browser, hub, own) for own in ("s01", "s-2")}
        for own, screen in trainees.items():
            screen.sign_in(words["S-2" if own == "s-2" else own])
        for own, screen in trainees.items():
            screen.in_lab()
            screen.page.get_by_role("tab", name="m00_start_here.ipynb").wait_for()
            screen.picture(f"trainee-{own}")
            listed = screen.assignments()
            listed.locator("#released_assignments_list").get_by_role("button", name="Fetch").click()
            fetched = listed.locator("#fetched_assignments_list").get_by_text(NAME).first
            fetched.wait_for()
        solve(hub, "s01")
        wrong = "def satisfaction(expectation, perception):\n    return expectation - perception"
        solve(hub, "S-2", m01_sign_answer=wrong)
        for own, screen in trainees.items():
            listed = screen.assignments()
            listed.locator("#fetched_assignments_list").get_by_text(NAME).first.click()
            listed.get_by_role("button", name="Validate").first.click()
            dialog = screen.page.locator(".jp-Dialog")
            dialog.filter(has_text="Success" if own == "s01" else "failed").wait_for()
            screen.picture(f"validated-{own}")
            dialog.get_by_role("button").last.click()
            listed.locator("#fetched_assignments_list").get_by_role("button", name="Submit").click()
            listed.locator("#submitted_assignments_list").get_by_text(NAME).first.wait_for()
            screen.picture(f"submitted-{own}")

        _kept_out(hub, trainees["s01"])

        # Collected, graded by our grader in the terminal of the course, and the written answer by hand.
        lin.page.reload()
        row(lin).locator(".collect a").click()
        confirm(lin, "Successfully collected")
        until(lambda: row(lin).locator(".num-submissions").inner_text() == "2", "two hand-ins")
        command(lin, "csmodels grade m01", hub.hub.course / "graded")
        _mark_by_hand(lin)
        lin.page.goto(f"{hub.url}/services/csmodels/lab?formgrader=true")
        row(lin).locator(".generate-feedback a").click()
        confirm(lin, "Successfully generated feedback")
        row(lin).locator(".release-feedback a").click()
        confirm(lin, "Successfully released feedback")

        # A trainee reads what is wrong and where to reread it.
        reader = trainees["s-2"]
        listed = reader.assignments()
        listed.locator("#refresh_assignments_list").click()
        listed.get_by_role("button", name="Fetch Feedback").first.click()
        listed.get_by_text("view feedback").first.wait_for()
        reader.picture("feedback-ready")
        (page,) = (hub.home("S-2") / "work" / "exercises" / NAME / "feedback").rglob("*.html")
        reader.page.goto(f"{hub.url}/user/S-2/files/{page.relative_to(hub.home('S-2') / 'work')}")
        reader.page.get_by_text("Well argued.").wait_for()
        assert "sign" in reader.page.locator("body").inner_text()
        reader.picture("feedback")
        assert [screen.outside for screen in trainees.values()] == [[], []]
        # nbgrader's page for marking asks for formulas there; without an answer it works as well.
        assert all("/mathjax/" in address for address in lin.outside)


def _signed_in(hub: Running, own_id: str, password: str) -> requests.Session:
    """Sign in without a browser."""
    session = requests.Session()
    session.get(f"{hub.url}/hub/login", timeout=60)
    form_ = {"username": own_id, "password": password, "_xsrf": session.cookies.get("_xsrf", path="/hub/")}
    # A page that somebody comes to by themselves: the first page would start a server.
    session.post(f"{hub.url}/hub/login?next=%2Fhub%2Fhome", data=form_, timeout=60)
    return session


def _reaches(session: requests.Session, url: str) -> int:
    return session.get(url, timeout=60).status_code


def _is_open(session: requests.Session, url: str) -> bool:
    with contextlib.suppress(requests.ConnectionError):
        return _reaches(session, url) == 200
    return False


def test_people_come_and_go(tmp_path: Path) -> None:
    """The roster says who may enter and who teaches, at every start; one account for all."""
    user = "nobody" if os.geteuid() == 0 else ""
    with folder(user) as place:
        roster, port = place / "names.csv", four_ports()
        first = ("lin,林晓燕,,instructor", "s01,张伟,,", "s02,Anna Berg,,")
        roster.write_text("\n".join(("id,name,email,role", *first, "")), encoding="utf-8")
        with running(place / "hub", roster, port, as_user=user) as hub:
            assert "ATTENTION" in hub.said.read_text(encoding="utf-8")
            words, course_ = hub.passwords(), f"{hub.url}/services/csmodels/lab"
            lin, s01 = (_signed_in(hub, own, words[own]) for own in ("lin", "s01"))
            assert (_reaches(lin, course_), _reaches(s01, course_)) == (200, 403)
            assert "Logout" in s01.get(f"{hub.url}/hub/home", timeout=60).text
            assert "Logout" not in _signed_in(hub, "s01", "wrong").get(f"{hub.url}/hub/home", timeout=60).text
            _change_password(s01, hub, words["s01"], "a word of my own")
            # JupyterHub is killed and started again; who is signed in stays so.
            (jupyterhub,) = [
                one for one in psutil.Process(hub.process.pid).children() if "jupyterhub" in one.cmdline()
            ]
            jupyterhub.kill()
            until(lambda: "is started again" in hub.said.read_text(encoding="utf-8"), "the end of JupyterHub")
            until(lambda: _is_open(lin, course_), "JupyterHub")
            assert _reaches(s01, course_) == 403
            _while_the_class_goes_on(hub, roster, user, s01)
        assert left_over(place) == []
        second = ("lin,林晓燕,,trainee", "s01,张伟,,", "S-9,Jan de Vries,,instructor")
        roster.write_text("\n".join(("id,name,email,role", *second, "")), encoding="utf-8")
        with running(place / "hub", roster, port, "--new-password", "lin", as_user=user) as hub:
            anew = hub.passwords()
            assert anew["s01"] == words["s01"] and anew["lin"] != words["lin"]
            assert _reaches(lin, course_) == 403  # signed in as before, and no instructor any more
            assert _reaches(_signed_in(hub, "s-9", anew["S-9"]), course_) == 200
            home = f"{hub.url}/hub/home"
            assert "Logout" in _signed_in(hub, "s01", "a word of my own").get(home, timeout=60).text
            assert "Logout" not in _signed_in(hub, "lin", words["lin"]).get(home, timeout=60).text
            assert "Logout" not in _signed_in(hub, "s02", words["s02"]).get(home, timeout=60).text
            assert "Logout" in _signed_in(hub, "lin", anew["lin"]).get(home, timeout=60).text


def _while_the_class_goes_on(hub: Running, roster: Path, user: str, s01: requests.Session) -> None:
    """Take somebody in and somebody off: who works notices nothing, and a wrong roster changes nothing."""
    words = hub.passwords()
    s02 = _signed_in(hub, "s02", words["s02"])
    for own, session in (("s01", s01), ("s02", s02)):
        session.get(f"{hub.url}/hub/spawn", timeout=60)
        until(lambda own=own, session=session: _started(hub, own, session), f"the server of {own}")
    began = _started(hub, "s01", s01)
    reload = (sys.executable, "-m", "csmodels_helpers.hub", "--state", str(hub.hub.state), "--reload")

    roster.write_text("id,name,email,role\ns01,张伟,,\n", encoding="utf-8")
    done = hub.as_account(user, *reload)
    assert (done.returncode, "nobody on the roster is an instructor" in done.stderr) == (78, True)

    new = ("lin,林晓燕,,instructor", "s01,张伟,,", "s03,Mei,,instructor")
    roster.write_text("\n".join(("id,name,email,role", *new, "")), encoding="utf-8")
    done = hub.as_account(user, *reload)
    assert "3 people by now" in done.stdout and "New: s03. Taken off: s02." in done.stdout, done
    assert _started(hub, "s01", s01) == began
    assert not _started(hub, "s02", s02)
    assert [one for one in left_over(hub.hub.state) if one.environ().get("JUPYTERHUB_USER") == "s02"] == []
    s03 = _signed_in(hub, "s03", hub.passwords()["s03"])
    assert _reaches(s03, f"{hub.url}/services/csmodels/lab") == 200
    again = hub.as_account(user, *reload)  # nothing new: JupyterHub is left alone
    assert "New: —. Taken off: —." in again.stdout
    assert hub.said.read_text(encoding="utf-8").count("The roster was taken in") == 1
    before = hub.passwords()["s03"]
    hub.as_account(user, *reload, "--new-password", "s03")
    home = f"{hub.url}/hub/home"
    assert "Logout" not in _signed_in(hub, "s03", before).get(home, timeout=60).text
    assert "Logout" in _signed_in(hub, "s03", hub.passwords()["s03"]).get(home, timeout=60).text
    assert _started(hub, "s01", s01) == began


def _started(hub: Running, own_id: str, session: requests.Session) -> str:
    """Return when the server of somebody started, "" if it does not answer them."""
    with contextlib.suppress(requests.ConnectionError, requests.JSONDecodeError):
        session.get(f"{hub.url}/user/{own_id}/lab", timeout=60)  # signs in there, which its API does not
        answer = session.get(f"{hub.url}/user/{own_id}/api/status", timeout=60)
        return str(answer.json().get("started", "")) if answer.status_code == 200 else ""
    return ""


def _change_password(session: requests.Session, hub: Running, old: str, new: str) -> None:
    page = session.get(f"{hub.url}/hub/change-password", timeout=60).text
    given = {"old_password": old, "new_password": new, "new_password_confirmation": new}
    found = re.search(r'name="_xsrf" value="([^"]+)"', page)
    assert found, page
    said = session.post(f"{hub.url}/hub/change-password", data={**given, "_xsrf": found[1]}, timeout=60)
    assert "changed successfully" in said.text


def _kept_out(hub: Running, screen: Screen) -> None:
    """Try, as a trainee, to reach the Formgrader, other people's servers, files and hand-ins."""
    for path in ("/services/csmodels/formgrader", "/services/csmodels/lab", "/user/S-2/lab"):
        answer = screen.page.request.get(f"{hub.url}{path}")
        assert answer.status == 403, (path, answer.status)
    assert screen.page.request.get(f"{hub.url}/user/s01/formgrader/api/status").status == 404
    screen.page.get_by_role("menuitem", name="Nbgrader", exact=True).click()
    offered = screen.page.locator(".lm-Menu-content").last.inner_text()
    screen.picture("trainee-menu")
    screen.page.keyboard.press("Escape")
    assert "Assignment List" in offered and "Formgrader" not in offered and "Create" not in offered
    account = hub.account("s01")
    secret = [
        hub.hub.course,
        hub.hub.postgres,
        hub.home("S-2"),
        hub.hub.private,
        ROOT / "solutions",
        ROOT / "tests",
    ]
    for folder_ in secret:
        assert hub.as_account(account, "ls", str(folder_)).returncode != 0, folder_
    assert hub.as_account(account, "cat", str(hub.hub.passwords)).returncode != 0
    inbound = hub.hub.exchange / "csmodels" / "inbound"
    assert hub.as_account(account, "ls", str(inbound)).returncode != 0
    (theirs,) = inbound.glob("S-2+*")
    for harm in (
        f"mv '{theirs}' '{theirs}x'",
        f"mv '{inbound.parent}' '{inbound.parent}x'",
        f"psql -h '{hub.hub.postgres}' -l",
    ):
        assert hub.as_account(account, "sh", "-c", harm).returncode != 0, harm
    assert hub.as_account(account, "ls", str(hub.home("s01"))).returncode == 0


def _mark_by_hand(lin: Screen) -> None:
    """Give points and a comment to every written answer."""
    base = f"{lin.hub.url}/services/csmodels/formgrader"
    lin.page.goto(f"{base}/gradebook/{NAME}/{NAME}")
    links = lin.page.locator("tbody a[href*='/formgrader/submissions/']")
    links.first.wait_for()
    for link in sorted({*links.evaluate_all("links => links.map(link => link.href)")}):
        lin.page.goto(link)
        for box, given, kind in (("", "2", "grade"), ("-comment", "Well argued.", "comment")):
            field = lin.page.locator(f"#m01-vans-answer{box}")
            field.fill(given)
            with lin.page.expect_response(lambda reply, kind=kind: f"/api/{kind}" in reply.url) as saved:
                field.blur()
            assert saved.value.ok
    lin.picture("instructor-marking")
