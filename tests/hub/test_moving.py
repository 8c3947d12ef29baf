"""Whose the files are when a hub moves to another machine, whose accounts have other numbers."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hubserver import folder

from csmodels_helpers.hub import accounts, health
from csmodels_helpers.hub.people import Member
from csmodels_helpers.hub.settings import Hub

pytestmark = [
    pytest.mark.hub,
    pytest.mark.skipif(os.geteuid() != 0, reason="accounts are an administrator's"),
]

PREFIX = "csmtry"  # of no hub that this machine may have
ONE, TWO = f"{PREFIX}-s01", f"{PREFIX}-s02"


def unpack(state: Path) -> Hub:
    """Lay out what comes from a backup: the accounts had numbers which nobody has here."""
    numbers = {"grader": 70_000, f"home/{ONE}": 70_001, f"home/{TWO}": 70_002}
    numbers |= {"exchange/s01": 70_001, "exchange/s02": 70_002}
    for name, number in numbers.items():
        (state / name).mkdir(parents=True, mode=0o700)
        (state / name / "work.txt").write_text(name, encoding="utf-8")
        for path in (state / name, state / name / "work.txt"):
            os.chown(path, number, number)
    return Hub(state, True, (Member("s01", "Anna Berg", ONE),), PREFIX)


def owners(state: Path) -> dict[str, set[str]]:
    return {
        path.relative_to(state).as_posix(): {path.owner(), (path / "work.txt").owner()}
        for path in (*(state / "home").iterdir(), *(state / "exchange").iterdir(), state / "grader")
    }


OURS = {
    "grader": {f"{PREFIX}grader"},
    f"home/{ONE}": {ONE},
    f"home/{TWO}": {TWO},
    "exchange/s01": {ONE},
    "exchange/s02": {TWO},
}


def test_who_was_taken_off_keeps_an_account_on_another_machine() -> None:
    """Their number would be that of somebody else there, or of whoever comes next."""
    with folder() as place:
        hub = unpack(place / "hub")
        assert {*accounts.make_accounts(hub)} == {f"{PREFIX}grader", ONE, TWO}
        assert owners(hub.state) == OURS
        assert accounts.make_accounts(hub) == []
        assert owners(hub.state) == OURS


def test_an_account_that_is_made_again_takes_nothing_of_others() -> None:
    """An administrator removes an account, and its number goes to the next one."""
    with folder() as place:
        hub = unpack(place / "hub")
        accounts.make_accounts(hub)
        number = (hub.state / "home" / TWO).stat().st_uid
        subprocess.run(["userdel", TWO], check=True)
        subprocess.run(["usermod", "--uid", str(number), ONE], check=True)  # with all that is in the home
        os.chown(hub.state / "exchange" / "s01", number, -1)
        os.chown(hub.state / "exchange" / "s01" / "work.txt", number, -1)
        assert accounts.make_accounts(hub) == [TWO]
        found = owners(hub.state)
        assert (found[f"home/{ONE}"], found[f"home/{TWO}"], found["exchange/s01"]) == ({ONE}, {TWO}, {ONE})


def test_the_doctor_sees_a_home_that_is_open_or_somebody_elses() -> None:
    with folder() as place:
        hub = unpack(place / "hub")
        accounts.make_accounts(hub)
        home = hub.home(ONE)
        assert health.open_homes(hub) == []
        home.chmod(0o750)
        assert health.open_homes(hub) == [home]
        home.chmod(0o700)
        os.chown(home, 70_009, -1)
        assert health.open_homes(hub) == [home]
