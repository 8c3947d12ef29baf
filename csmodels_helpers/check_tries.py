"""How often an item was tried, and how much help a failure therefore gives (docs/decisions/0052)."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn

from csmodels_helpers import progress
from csmodels_helpers.check_feedback import CheckFailed, Reason
from csmodels_helpers.check_items import Item, Misconception

__all__: list[str] = []

# Failures since the start of this kernel, by item and call. An item has several test cells, and a cell has
# several calls: each builds up help of its own. With one count for all, running the notebook once would end
# at the worked step, and a call that passes would take back the help of another one that fails.
_failures: dict[str, dict[str, int]] = {}
# How often an item had failed before that, from the trainee's progress.
_before: dict[str, int] = {}


_practising: ContextVar[bool] = ContextVar("practising", default=False)


@contextmanager
def practising() -> Generator[None]:
    """Count no try, and give the same help each time, as in grading."""
    token = _practising.set(True)
    try:
        yield
    finally:
        _practising.reset(token)


def _uncounted() -> bool:
    return _practising.get() or progress.location() is None


def fail(
    item: Item,
    reason: Reason,
    diagnosis: str,
    *,
    mistake: Misconception | None = None,
    call: object,
) -> NoReturn:
    """Raise the failure of an item; ``call`` tells the calls of a test cell for the same item apart.

    Without one the failure is of the form alone: like an empty answer it is no try.
    """
    notice: str | None = None
    if _uncounted():
        level = 2
    elif reason == "not-answered" or call is None:
        level = 1  # nothing was tried, so nothing is counted
    else:
        level, notice = _one_more(item.id, repr(call))
    message = item.message(diagnosis, level, mistake)
    raise CheckFailed(
        "\n".join(filter(None, [message, notice])),
        item=item.id,
        reason="misconception" if mistake else reason,
        misconception=mistake.id if mistake else None,
        level=level,
        anchor=item.anchor(mistake),
        section=item.says("section", mistake),
        lesson=item.lesson,
    ) from None


def passed(item: Item, call: object, *, judged: bool = True) -> None:
    """Note a success: it takes the help back that this call had built up.

    A call that only fetches a value (``judged=False``) does no more than that: it passes nothing.
    """
    failures = _failures.get(item.id, {})
    if _uncounted() or not (judged or failures):
        return
    if failures:
        if failures.pop(repr(call), None) is None:
            return
        fails = _before[item.id] + max(failures.values()) if failures else 0
        progress.modify(f"check/{item.id}", lambda old: {**(old or {}), "fails": fails})
    known = progress.recall(f"check/{item.id}") or {}
    if judged and not failures and not (known.get("passed") and known.get("fails") == 0):
        count(item.id, passed=True)


def _one_more(item: str, call: str) -> tuple[int, str | None]:
    """Count a failure of a call; it is another try of the item if no other call failed as often."""
    known: Any = progress.recall(f"check/{item}") or {}
    fails = int(known.get("fails", 0))
    failures = _failures.setdefault(item, {})
    if not failures:
        _before[item] = fails
    failures[call] = failures.get(call, 0) + 1
    level = _before[item] + failures[call]
    notice = count(item, passed=False)[1] if level > fails else None
    return min(level, 3), notice


def count(item: str, *, passed: bool) -> tuple[int, str | None]:
    """Count a try; return how much help the next message gives, and a notice about the file."""

    def change(old: Any) -> dict[str, Any]:
        known: dict[str, Any] = old if isinstance(old, dict) else {}
        return {
            "tries": int(known.get("tries", 0)) + 1,
            "fails": 0 if passed else int(known.get("fails", 0)) + 1,
            "passed": passed or bool(known.get("passed", False)),
        }

    done = progress.modify(f"check/{item}", change)
    return min(int(done.value["fails"]), 3), done.notice
