"""How often an item was tried, and how much help a failure therefore gives (docs/decisions/0052)."""

from __future__ import annotations

from typing import Any, NoReturn

from csmodels_helpers import progress
from csmodels_helpers.check_feedback import CheckFailed, Reason
from csmodels_helpers.check_items import Item, Misconception

__all__: list[str] = []

# Which call of a test cell failed last, by item. A cell has several calls for one item; without this the
# first of them, which passes, would take back the help that the second one has built up.
_failed_at: dict[str, str] = {}


def _grading() -> bool:
    return progress.location() is None


def fail(
    item: Item,
    reason: Reason,
    diagnosis: str,
    *,
    mistake: Misconception | None = None,
    call: object,
) -> NoReturn:
    """Raise the failure of an item; ``call`` tells the calls of a test cell for the same item apart."""
    notice: str | None = None
    if _grading():
        level = 2
    elif reason == "not-answered":
        level = 1  # nothing was tried, so nothing is counted
    else:
        level, notice = count(item.id, passed=False)
        _failed_at[item.id] = repr(call)[:500]
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


def passed(item: Item, call: object) -> None:
    """Note a success: it takes the help back that this call had built up."""
    if _grading() or _failed_at.get(item.id, repr(call)[:500]) != repr(call)[:500]:
        return
    _failed_at.pop(item.id, None)
    known = progress.recall(f"check/{item.id}") or {}
    if known.get("fails") or not known.get("passed"):
        count(item.id, passed=True)


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
