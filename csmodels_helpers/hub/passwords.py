"""First passwords: drawn once for each person, in a file that only the administrator can read."""

from __future__ import annotations

import csv
import os
import secrets
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from csmodels_helpers.hub.people import Member

__all__ = ["draw", "read"]

# Neither l, I and 1 nor O and 0: somebody will read it from paper.
_SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"
_COLUMNS = ("id", "name", "password")


def draw(path: str | Path, people: Iterable[Member], anew: Collection[str] = ()) -> dict[str, str]:
    """Give a first password to everybody who has none, and write all of them down.

    Parameters
    ----------
    path : str or Path
        The file: columns id, name, password. What stands in it stays.
    people : iterable of Member
        Who may enter.
    anew : collection of str, optional
        Ids of those who get another one.

    Returns
    -------
    dict of str
        Id → password, of everybody in the file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file, anna = Path(folder, "passwords.csv"), Member("s01", "Anna", "csm-s01")
    ...     first = draw(file, [anna])
    ...     first == draw(file, [anna]), first == draw(file, [anna], anew=["s01"]), len(first["s01"])
    (True, False, 14)
    """
    file = Path(path)
    known = {row["id"]: row for row in read(file)}
    for member in people:
        row = known.setdefault(member.id, {"id": member.id, "name": member.name, "password": ""})
        row["name"] = member.name
        if not row["password"] or member.id in anew:
            row["password"] = _password()
    _write(file, known.values())
    return {own: row["password"] for own, row in known.items()}


def read(path: str | Path) -> list[dict[str, str]]:
    """Read the file.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    list of dict
        A row a person; [] if there is no file.

    Examples
    --------
    >>> read("nowhere")
    []
    """
    file = Path(path)
    if not file.exists():
        return []
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return [{name: row.get(name) or "" for name in _COLUMNS} for row in csv.DictReader(lines)]


def _password() -> str:
    """Return three groups of four signs: 60 bits."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(3))


def _write(file: Path, rows: Iterable[dict[str, str]]) -> None:
    beside = file.with_name(file.name + ".new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    # With a mark at its start, or Excel shows Chinese names as something else.
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as lines:
        writer: Any = csv.DictWriter(lines, _COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
        lines.flush()
        os.fsync(lines.fileno())
    beside.replace(file)
