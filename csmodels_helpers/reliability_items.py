"""What all reliabilities share: items tallied by segment, and intervals on a scale without ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import text
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.survey import check_scale, number, take_moments
from csmodels_helpers.survey import scale as scale_rule
from csmodels_helpers.tally import Moments
from csmodels_helpers.uncertainty import Stack, estimates

__all__: list[str] = []

Floats = npt.NDArray[np.float64]
Row = dict[str, float]
"""``estimate``, ``error``, ``low``, ``high``."""


def check_items(items: Any, least: int, argument: str = "items") -> list[str]:
    """Check a list of item columns: enough of them, none twice."""
    names = [] if isinstance(items, str) else list(items)
    if len(names) < least or len(set(names)) < len(names):
        raise ArgumentError(argument, items, text("reliability.allowed.items", least=least))
    return names


def turned(items: Sequence[str], reverse: Sequence[str], scale: Any) -> Floats:
    """Return −1 for the items to turn round, 1 for the others."""
    listed = [reverse] if isinstance(reverse, str) else list(reverse)
    unknown = [name for name in listed if name not in items]
    if unknown:
        allowed = text("reliability.allowed.reverse", items=", ".join(items))
        raise ArgumentError("reverse", unknown[0], allowed)
    if listed and scale is None:
        raise ArgumentError(
            "scale", None, text("reliability.allowed.scale"), text("reliability.advice.scale")
        )
    return np.array([-1.0 if name in listed else 1.0 for name in items])


def tally_items(
    data: Any,
    items: Sequence[str],
    *,
    scale: Any,
    segment: str | None,
    respondent: str | None,
    least: int,
    columns: Mapping[str, str] | None = None,
) -> tuple[Moments, list[tuple[Any, Moments]]]:
    """Check and tally items; each segment with at least ``least`` complete rows and no constant item."""
    rule = number(missing=True) if scale is None else scale_rule(*check_scale(scale), missing=True)
    made = take_moments(data, items, rule=rule, segment=segment, respondent=respondent)
    parts: list[tuple[Any, Moments]] = [(None, made)] if segment is None else list(made.split(segment))
    if made.n + made.left_out == 0:
        raise DataError(items[0], 0, "—", None, text("survey.allowed.rows"))
    for label, part in parts:
        check_part(part, segment, label, least)
    return made, parts


def check_part(part: Moments, segment: str | None, label: Any, least: int) -> None:
    """Refuse a segment in which nobody answered, too few did, or an item does not vary."""
    where = text("reliability.words.all") if segment is None else f"{segment} = {label!r}"
    items = ", ".join(part.columns)
    if part.n == 0:
        advice = text("reliability.advice.silent", where=where, rows=part.left_out)
        raise DataError(items, part.left_out, "—", None, text("reliability.allowed.answers"), advice)
    if part.n < least:
        allowed = text("reliability.allowed.rows", least=least, where=where, missing=part.left_out)
        raise ArgumentError("data", part.n, allowed)
    spread = np.diag(part.covariance().to_numpy())
    mean = part.mean()
    # Sums of products leave a trace of rounding where all answers are equal.
    for item, variance in zip(part.columns, spread, strict=True):
        if variance <= 1e-12 * max(1.0, float(mean[item]) ** 2):
            advice = text("reliability.advice.constant", where=where)
            value = float(f"{float(mean[item]):.10g}")
            raise DataError(item, part.n, "—", value, text("reliability.allowed.varying"), advice)


def plain(values: Floats) -> Floats:
    return values


def lifted(values: Floats) -> Floats:
    """Put a reliability on a scale without an upper end: −log(1 − x) (Bonett 2002)."""
    return -np.log1p(-np.minimum(values, 1.0))


def lowered(values: Floats) -> Floats:
    """Undo :func:`lifted`."""
    return -np.expm1(-values)


SCALES: dict[str, tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]] = {
    "plain": (plain, plain),
    "reliability": (lifted, lowered),
    "correlation": (np.arctanh, np.tanh),
}
"""How an estimate is taken to a scale on which a symmetric interval is fair, and back."""


def bounded_estimates(
    made: Moments,
    model: Callable[[Stack], Floats],
    names: Mapping[str, str],
    confidence: float,
) -> dict[str, Row]:
    """Do as ``uncertainty.estimates`` does, with each number's interval computed on its own scale.

    ``names`` says the scale of each number. Ends stay below 1 for reliabilities and within ±1 for
    correlations; the standard error is that of the number itself, to first order.
    """
    kinds = list(names.values())

    def moved(stack: Stack) -> Floats:
        values = model(stack)
        return np.stack([SCALES[kind][0](values[:, j]) for j, kind in enumerate(kinds)], axis=1)

    # What is exactly 1 has no finite place on the other scale, and so no interval.
    with np.errstate(all="ignore"):
        found = estimates(made, moved, list(names), confidence)
        columns = {column: found[column].to_numpy(dtype=np.float64) for column in found}
        rows: dict[str, Row] = {}
        for j, (name, kind) in enumerate(names.items()):
            back = SCALES[kind][1]
            x, low, high = (float(back(columns[c])[j]) for c in ("estimate", "low", "high"))
            slope = {"plain": 1.0, "reliability": 1 - x, "correlation": 1 - x**2}[kind]
            error = slope * float(columns["error"][j])
            rows[name] = {"estimate": x, "error": error, "low": low, "high": high}
    return rows


def alpha_of(covariance: Floats) -> Floats:
    """Cronbach's alpha of each covariance matrix of a stack; NaN of a single item."""
    k = covariance.shape[-1]
    if k < 2:
        return np.full(covariance.shape[:-2], np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.trace(covariance, axis1=-2, axis2=-1) / covariance.sum(axis=(-2, -1))
    return k / (k - 1) * (1 - share)


def segment_name(segment: str, value: Any) -> str:
    """Say a segment: a bare 3 would not say that it is branch 3."""
    if value is None or value != value:
        return text("metrics.axis.missing")
    number_like = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return f"{segment} {value:g}" if number_like else str(value)


def segments_title(key: str, segment: str, rows: Any, column: str) -> str:
    """Title of a figure by segment: the lowest and the highest value, and whose they are."""
    ordered = sorted(rows.to_dict("records"), key=lambda row: row[column])
    ends = {"low": ordered[0], "high": ordered[-1]}
    names = {f"{end}_segment": segment_name(segment, row[segment]) for end, row in ends.items()}
    if len(ordered) == 1:
        said = {"segment": names["low_segment"], "value": say(ordered[0][column])}
        return text(f"reliability.title.{key}_one", **said)
    return text(
        f"reliability.title.{key}_segments",
        **names,
        **{end: say(row[column]) for end, row in ends.items()},
    )


def listed(names: Sequence[Any], most: int) -> str:
    """Name the first few, and say how many more there are."""
    shown = [str(name) for name in names[:most]]
    if len(names) > most:
        joined = text("reliability.words.comma").join(shown)
        return text("reliability.words.more", names=joined, more=len(names) - most)
    if len(shown) < 2:
        return "".join(shown)
    return text("reliability.words.comma").join(shown[:-1]) + text("reliability.words.and") + shown[-1]


def say(value: float) -> str:
    """Write a coefficient with two decimals."""
    return rounded(float(value), 2)


def say_interval(row: Any, level: float) -> str:
    """Write a coefficient with its interval, or say that it has none."""
    if np.isnan(row["low"]):
        return text("reliability.words.no_interval", value=say(row["estimate"]))
    return text(
        "reliability.words.interval",
        value=say(row["estimate"]),
        low=say(row["low"]),
        high=say(row["high"]),
        level=f"{100 * level:g}",
    )
