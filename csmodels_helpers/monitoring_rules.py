"""When does a point on a control chart tell of a change? The published rules, by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from csmodels_helpers.errors import ArgumentError, UnknownNameError
from csmodels_helpers.language import text

__all__ = ["DEFAULT_RULES", "RULES"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

RULES = (
    "beyond-limits",
    "two-of-three",
    "four-of-five",
    "run-of-8",
    "run-of-9",
    "trend-of-6",
    "alternating-14",
    "hugging-15",
    "mixture-8",
)
"""One point beyond three sigma; two of three beyond two, or four of five beyond one, on one side; eight
(nine) in a row on one side; six in a row rising or falling; fourteen up and down in turn; fifteen within one
sigma;
eight with none within one sigma."""

DEFAULT_RULES = ("beyond-limits", "run-of-8")
"""The fewest rules that find both a jump and a small lasting change; see :func:`xmr`."""

_SETS = {
    "western-electric": ("beyond-limits", "two-of-three", "four-of-five", "run-of-8"),
    "nelson": (
        "beyond-limits",
        "run-of-9",
        "trend-of-6",
        "alternating-14",
        "two-of-three",
        "four-of-five",
        "hugging-15",
        "mixture-8",
    ),
}


def check_rules(rules: str | Sequence[str]) -> tuple[str, ...]:
    """Return the names of rules; the two sets have names of their own."""
    named = _SETS.get(rules, (rules,)) if isinstance(rules, str) else tuple(rules)
    for rule in named:
        if rule not in RULES:
            raise UnknownNameError(text("monitoring.kind.rule"), rule, [*RULES, *_SETS])
    if not named:
        raise ArgumentError("rules", rules, ", ".join(RULES))
    return named


def _recent(flags: Flags, width: int) -> npt.NDArray[Any]:
    """Count how many of the last ``width`` points are true, point by point."""
    total = np.cumsum(flags, axis=-1)
    before = np.zeros_like(total)
    before[..., width:] = total[..., :-width]
    return total - before


def _either(up: Flags, down: Flags, needed: int, width: int) -> Flags:
    return (_recent(up, width) >= needed) | (_recent(down, width) >= needed)


def find_signals(z: Floats, rules: Sequence[str]) -> dict[str, Flags]:
    """Mark the points at which each rule is fulfilled.

    ``z`` holds distances from the centre in sigmas, times along the last axis; a missing one fulfils no rule
    and ends every run.
    """
    step = np.full_like(z, np.nan)
    step[..., 1:] = z[..., 1:] - z[..., :-1]
    turned = np.zeros(z.shape, dtype=bool)
    turned[..., 1:] = step[..., 1:] * step[..., :-1] < 0
    inside = np.abs(z) < 1
    outside = np.abs(z) > 1
    found: dict[str, Flags] = {}
    for rule in rules:
        match rule:
            case "beyond-limits":
                found[rule] = np.abs(z) > 3
            case "two-of-three":
                found[rule] = (_either(z > 2, z < -2, 2, 3)) & (np.abs(z) > 2)
            case "four-of-five":
                found[rule] = (_either(z > 1, z < -1, 4, 5)) & (np.abs(z) > 1)
            case "run-of-8":
                found[rule] = _either(z > 0, z < 0, 8, 8)
            case "run-of-9":
                found[rule] = _either(z > 0, z < 0, 9, 9)
            case "trend-of-6":
                found[rule] = _either(step > 0, step < 0, 5, 5)
            case "alternating-14":
                found[rule] = _recent(turned, 12) >= 12
            case "hugging-15":
                found[rule] = _recent(inside, 15) >= 15
            case _:
                found[rule] = _recent(outside, 8) >= 8
    return found
