"""Notes on accounts: what lessons ask about an account and the trainee answers, kept in ``progress.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from csmodels_helpers import progress
from csmodels_helpers.errors import ArgumentError, UnknownNameError
from csmodels_helpers.language import text

__all__: list[str] = []

MODULES = ("m00", "m01", "m02", "m03", "m04", "m05", "m06", "m07", "m08", "m09")
"""The modules whose notes the page shows, in this order."""

Kept = dict[str, tuple[str | None, str]]
"""Module → question and note."""

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


def kept_notes(account: str, notes: Mapping[str, Any] | None, modules: Sequence[str] = MODULES) -> Kept:
    """Return the notes that were given, checked; without them those that the lessons recorded."""
    if notes is None:
        found = [each for each in recorded_notes(account) if each.module in modules]
        return {each.module: (each.question or None, each.note) for each in found}
    kept: Kept = {}
    for module, entry in notes.items():
        if module not in modules:
            raise UnknownNameError(text("accounts.kinds.module"), module, list(modules))
        if isinstance(entry, str):
            kept[module] = (None, entry)
        elif isinstance(entry, dict) and isinstance(entry.get("note"), str):  # pyright: ignore[reportUnknownMemberType]
            said = cast("dict[str, Any]", entry)
            kept[module] = (
                None if said.get("question") is None else str(said["question"]),
                str(said["note"]),
            )
        else:
            raise ArgumentError("notes", {module: entry}, text("accounts.allowed.note"))
    return kept
