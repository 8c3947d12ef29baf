"""Who may enter a hub: the roster of the class, with a system account for each person."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading.roster import Roster, fold, read_roster
from csmodels_helpers.language import text

__all__ = ["PREFIX", "Member", "account_name", "members", "read_class"]

PREFIX = "csm"
"""How the system accounts of the first hub of a machine begin."""

_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,23}")  # 32 signs is what Linux takes


@dataclass(frozen=True)
class Member:
    """Somebody who may enter.

    Parameters
    ----------
    id : str
        The id of the roster: with it one signs in, and the gradebook knows the person by it.
    name : str
        The full name.
    account : str
        The system account.
    instructor : bool
        Whether the person teaches.

    Examples
    --------
    >>> Member("s01", "张伟", "csm-s01").instructor
    False
    """

    id: str
    name: str
    account: str
    instructor: bool = False


def account_name(own_id: str, prefix: str = PREFIX) -> str:
    """Return how the system account of a person is called; two people never share one.

    Parameters
    ----------
    own_id : str
        The id of the roster.
    prefix : str, optional
        How the accounts of the hub begin.

    Returns
    -------
    str
        A name that Linux allows. An id with capitals, other scripts or many signs gets a part of its
        SHA-256 behind it.

    Examples
    --------
    >>> account_name("20240017"), account_name("Anna.Berg@example.org")
    ('csm-20240017', 'csm-anna-berg-exampl-d763fca8')
    >>> account_name("李雷")
    'csm-3a47328a'
    """
    if _PLAIN.fullmatch(own_id):
        return f"{prefix}-{own_id}"
    plain = unicodedata.normalize("NFKD", own_id).encode("ascii", "ignore").decode().lower()
    word = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:16].rstrip("-")
    mark = hashlib.sha256(own_id.encode()).hexdigest()[:8]
    return f"{prefix}-{word}-{mark}" if word else f"{prefix}-{mark}"


def read_class(path: str | Path) -> Roster:
    """Read the roster of a hub; it must have an instructor, and no other roles than the two.

    Parameters
    ----------
    path : str or Path
        CSV or Excel: id, name, email, role.

    Returns
    -------
    Roster
        The people.

    Raises
    ------
    CourseError
        If it cannot be read, or rows of it are wrong.

    Examples
    --------
    >>> from csmodels_helpers.grading.course import ROOT
    >>> len(read_class(ROOT / "deploy" / "hub" / "roster.csv").people)
    10
    """
    roster = read_roster(path)
    for person in roster.people.values():
        if person.role not in ("trainee", "instructor"):
            raise CourseError(text("hub.roster.role", path=path, row=person.row, role=person.role))
    if not any(person.role == "instructor" for person in roster.people.values()):
        raise CourseError(text("hub.roster.nobody", path=path))
    return roster


def members(roster: Roster, prefix: str = PREFIX) -> dict[str, Member]:
    """Return who may enter, by what they sign in with, folded.

    Parameters
    ----------
    roster : Roster
        The people.
    prefix : str, optional
        As for :func:`account_name`.

    Returns
    -------
    dict of Member
        The folded id → the person.

    Examples
    --------
    >>> from csmodels_helpers.grading.roster import Person
    >>> members(Roster([Person("S01", "Anna Berg")]))["s01"].id
    'S01'
    """
    return {
        fold(person.id): Member(
            person.id, person.name, account_name(person.id, prefix), person.role == "instructor"
        )
        for person in roster.people.values()
    }
