"""Notes on accounts: what lessons ask about an account and the trainee answers, kept in ``progress.json``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from csmodels_helpers import progress

__all__: list[str] = []

_PREFIX = "account/"


@dataclass(frozen=True)
class Recorded:
    """A note on one account; an account has one a module."""

    account: str
    module: str
    question: str
    note: str


def record_note(made: Recorded) -> str | None:
    """Keep a note in place of the module's earlier one; return what :func:`progress.record` has to say."""
    entry = {"question": made.question, "note": made.note}
    return progress.record(f"{_PREFIX}{made.module}/{made.account}", entry)


def recorded_notes(account: str | None = None) -> list[Recorded]:
    """List the notes on one account, or on all of them, in the order of the modules."""
    found: list[Recorded] = []
    for key, value in progress.entries(_PREFIX).items():
        module, _, of = key.removeprefix(_PREFIX).partition("/")
        if isinstance(value, dict) and of and account in (None, of):
            entry = cast("dict[str, Any]", value)
            found.append(Recorded(of, module, str(entry.get("question", "")), str(entry.get("note", ""))))
    return sorted(found, key=lambda each: each.module)
