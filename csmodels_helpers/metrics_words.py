"""Scores in words: one rounding for all numbers of a sentence."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from csmodels_helpers.language import text, unit_words

__all__: list[str] = []

SEGMENTS_SPELT_OUT = 6
SHARES = ("csat", "ces_top")


_WHOLE = (*SHARES, "share_points", "nps", "index")


def rounded(value: float, digits: int) -> str:
    """Round half away from zero, as people do by hand, with a real minus sign and never "−0"."""
    if math.isnan(value):
        return "—"
    # The nudge is above the noise of floating-point sums and below anything that is shown.
    said = f"{value + math.copysign(1e-9, value):.{digits}f}"
    return said.replace("-", "−" if said.strip("-0.") else "")


def with_unit(said: str, unit: str | None) -> str:
    """Put the unit that the user gave, if any, behind a number."""
    return text("metrics.sign.unit", value=said, unit=unit_words(unit, counted=True)) if unit else said


def axis_with_unit(key: str, unit: str | None) -> str:
    """Name an axis by the message ``key``, or by ``<key>_unit`` where the user gave a unit."""
    return text(f"{key}_unit", unit=unit_words(unit)) if unit else text(key)


def say_score(value: float, metric: str, digits: int | None = None) -> str:
    """Write a number in the unit of its measure."""
    if math.isnan(value):
        return "—"
    places = (0 if metric in _WHOLE else 2) if digits is None else digits
    if metric == "share_points":
        said = rounded(100 * value, places)
        return text(f"metrics.sign.{'point' if said in ('1', '−1') else 'points'}", value=said)
    if metric in SHARES:
        return f"{rounded(100 * value, places)} %"
    said = rounded(value, places)
    # Money has no digits that stand for precision.
    return said.rstrip("0").rstrip(".") if metric == "value" and "." in said else said


def shared_digits(
    metric: str,
    intervals: Sequence[tuple[float, float, float]],
    apart: Sequence[float] = (),
    least: int | None = None,
) -> int:
    """Decimals for scores with their intervals: more than usual where rounding would mislead.

    Rounding misleads where an end of an interval loses its sign (−0.3 to 9.6 is not 0 to 10), or where two
    unlike numbers of one interval, or of ``apart``, look alike.
    """
    factor = 100 if metric in ("share_points", *SHARES) else 1
    places = (0 if metric in _WHOLE else 2) if least is None else least
    for more in range(3):
        hidden = any(
            abs(end) > 1e-9 and not rounded(factor * end, places + more).strip("0.")
            for _, *ends in intervals
            for end in ends
        )
        alike = any(_look_alike(group, factor, places + more) for group in (*intervals, apart))
        if not hidden and not alike:
            return places + more
    return places + 2


def _look_alike(values: Sequence[float], factor: int, places: int) -> bool:
    known = sorted(float(v) for v in values if not math.isnan(v))
    return any(
        two - one > 1e-9 and rounded(factor * one, places) == rounded(factor * two, places)
        for one, two in itertools.pairwise(known)
    )


def said_interval(row: Mapping[Any, Any], score: str, metric: str, digits: int) -> dict[str, str]:
    """Score and ends in words; "−0.3 to 9.6 points" has its unit once."""
    said = {name: say_score(float(row[name]), metric, digits) for name in (score, "low", "high")}
    if metric == "share_points":
        said["low"] = rounded(100 * float(row["low"]), digits)
    return said


def digits_of_mean(margin: float) -> int:
    """Decimals that leave two digits of the give-or-take, or one where that is beyond the second decimal."""
    # 9.7 is written as 10, which has two digits already.
    place = -math.floor(math.log10(margin / 0.95))
    return max(0, min(place + 1, max(place, 2)))
