"""Gaps between what customers perceive and what they expect, by item, by dimension and overall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from csmodels_helpers.errors import DataError
from csmodels_helpers.language import text
from csmodels_helpers.servqual_items import (
    OVERALL,
    Floats,
    Instrument,
    dimension_name,
)
from csmodels_helpers.servqual_result import ServqualResult
from csmodels_helpers.servqual_tally import POINTS, ServqualTally, tally
from csmodels_helpers.survey import check_confidence
from csmodels_helpers.tally import Moments
from csmodels_helpers.uncertainty import part_means, spread

__all__ = ["analyze", "estimate"]


def analyze(
    data: Any,
    *,
    perceived: str | Mapping[str, str] = "perceived_{item}",
    expected: str | Mapping[str, str] = "expected_{item}",
    dimensions: Mapping[str, Sequence[str]] | None = None,
    reverse: Sequence[str] = (),
    scale: tuple[int, int] = (1, 7),
    weights: Mapping[str, float] | Mapping[str, str] | str | None = None,
    variant: Literal["servqual", "servperf"] = "servqual",
    segment: str | None = None,
    respondent: str | None = None,
    confidence: float = 0.95,
) -> ServqualResult:
    """Compute the gaps between perceptions and expectations: gap 5 of the model.

    Parameters
    ----------
    data : frame
        One row a respondent (and period), one column for each item's perception and expectation, as survey
        tools export them; any frame that narwhals knows. Pivot long answers first.
    perceived, expected : str or dict, default "perceived_{item}", "expected_{item}"
        Columns: a pattern with ``{item}``, or item → column. Where desired and adequate service were asked,
        an expectation is the desired service unless you say otherwise: ``expected="desired_{item}"``.
    dimensions : dict of sequence of str, optional
        Dimension → items; by default the five dimensions and 22 items of SERVQUAL.
    reverse : sequence of str, optional
        Items that were asked the other way round; they are turned (low + high − answer) in both.
    scale : tuple of int, default (1, 7)
        Lowest and highest answer.
    weights : dict or str, optional
        100 points over the dimensions: dimension → points that hold for everybody, or the columns in which
        each respondent gave points (a pattern with ``{dimension}``, or dimension → column). Without them
        all dimensions weigh the same.
    variant : {"servqual", "servperf"}, default "servqual"
        Perception minus expectation, or perception alone (Cronin and Taylor 1992), which needs half the
        questions and explains overall quality at least as well, but does not say what customers would have
        wanted. The gap is the default, because the course asks where service falls short.
    segment : str, optional
        Column to split by.
    respondent : str, optional
        Column that says who answered; needed where somebody answers more than once.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    ServqualResult
        Gaps in points of the scale, negative where service falls short.

    Raises
    ------
    UnknownNameError
        If a column is not there, or ``weights`` or ``reverse`` name something unknown.
    DataError
        If an answer is off the scale, the points of a respondent do not sum to 100, or no row of a
        dimension (in a segment) is complete.
    ArgumentError
        If the points sum to something else than 100, or an argument is not possible.

    Notes
    -----
    Gap of an item: mean of P − E; of a dimension: mean of its items; overall: mean of the five dimensions
    (not of the 22 items, which would give a dimension with five items more weight), or Σ points/100 × gap,
    respondent by respondent where each gave points. A row counts in a dimension if all its answers are
    there. Intervals come from the delete-a-group jackknife, as dimensions are answered by the same people.

    References
    ----------
    Parasuraman, A., Zeithaml, V. A. and Berry, L. L. (1988). SERVQUAL: A multiple-item scale for measuring
    consumer perceptions of service quality. Journal of Retailing 64, 12–40. Zeithaml, V. A., Parasuraman,
    A. and Berry, L. L. (1990). Delivering Quality Service. Free Press, appendix A. Cronin, J. J. and
    Taylor, S. A. (1992). Measuring service quality: A reexamination and extension. Journal of Marketing
    56(3), 55–68.

    Examples
    --------
    >>> answers = pd.DataFrame({"expected_speed": [7, 6, 7, 6], "perceived_speed": [4, 5, 5, 5]})
    >>> answers = answers.assign(expected_care=[6, 6, 5, 6], perceived_care=[6, 5, 5, 6])
    >>> found = analyze(answers, dimensions={"speed": ["speed"], "care": ["care"]})
    >>> found.table[["dimension", "expectation", "perception", "gap"]].to_numpy().tolist()
    [['speed', 6.5, 4.75, -1.75], ['care', 5.75, 5.5, -0.25], ['overall', 6.125, 5.125, -1.0]]
    """
    check_confidence(confidence)
    made = tally(
        data,
        perceived=perceived,
        expected=expected,
        dimensions=dimensions,
        reverse=reverse,
        scale=scale,
        weights=weights,
        variant=variant,
        segment=segment,
        respondent=respondent,
    )
    return estimate(made, confidence=confidence)


def estimate(tallied: ServqualTally, *, confidence: float = 0.95) -> ServqualResult:
    """Compute gaps and their intervals from a tally.

    Parameters
    ----------
    tallied : ServqualTally
        From :func:`tally`, or several merged.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    ServqualResult
        As :func:`analyze`.

    Raises
    ------
    DataError
        If no row of a dimension (in a segment) is complete.

    Examples
    --------
    >>> answers = pd.DataFrame({"expected_q": [7, 6], "perceived_q": [5, 6]})
    >>> estimate(tally(answers, dimensions={"speed": ["q"]})).table.loc[0, "gap"]
    np.float64(-1.0)
    """
    level = check_confidence(confidence)
    segment = tallied.segment
    first = next(iter(tallied.parts.values()))
    if first.n + first.left_out == 0:
        raise DataError(first.columns[0], 0, "—", None, text("survey.allowed.rows"))
    labels: list[Any] = [None] if segment is None else [label for label, _ in first.split(segment)]
    tables: list[pd.DataFrame] = []
    listed: list[pd.DataFrame] = []
    leads: list[pd.DataFrame] = []
    freedom: list[int] = []
    split = {
        name: [part] if segment is None else [own for _, own in part.split(segment)]
        for name, part in tallied.parts.items()
    }
    for i, label in enumerate(labels):
        parts = {name: each[i] for name, each in split.items()}
        for name, part in parts.items():
            _check_answered(part, name, segment, label)
        means = dict(zip(parts, part_means(list(parts.values())), strict=True))
        freedom.append(len(next(iter(means.values()))) - 2)
        made = _estimate(tallied, parts, means, level)
        for found, frames in zip(made, (tables, listed, leads), strict=True):
            if segment is not None:
                found.insert(0, segment, [label] * len(found))
            frames.append(found)
    table, items, lead = (pd.concat(frames, ignore_index=True) for frames in (tables, listed, leads))
    if segment is not None and segment in first.levels:
        kind = pd.CategoricalDtype(list(first.levels[segment]), ordered=True)
        for frame in (table, items, lead):
            frame[segment] = frame[segment].astype(kind)
    return ServqualResult(
        table, items, lead, tallied.variant, tallied.instrument.scale, segment, freedom[0], level
    )


def _check_answered(part: Moments, dimension: str, segment: str | None, label: Any) -> None:
    if part.n:
        return
    where = dimension_name(dimension)
    if segment is not None:
        where = f"{segment} = {label!r}, {where}"
    allowed = text("servqual.allowed.answers")
    advice = text("servqual.advice.silent", where=where, rows=part.left_out)
    columns = ", ".join(part.columns[:3]) + ("…" if len(part.columns) > 3 else "")
    raise DataError(columns, part.left_out, "—", None, allowed, advice)


def _estimate(
    tallied: ServqualTally, parts: dict[str, Moments], means: dict[str, Floats], level: float
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Dimensions, items and the lead of one segment."""
    made, both = tallied.instrument, tallied.variant == "servqual"
    values: dict[str, dict[str, Floats]] = {}
    each: dict[str, dict[str, Floats]] = {}
    for name, items in made.dimensions.items():
        own = _item_means(made, items, means[name], both)
        each |= own
        keys = ("expectation", "perception")
        values[name] = {key: np.mean([own[item][key] for item in items], axis=0) for key in keys}
        values[name] |= _weighted(tallied, name, values[name], means[name][:, (1 + both) * len(items) :])
    rows = {"n": [p.n for p in parts.values()], "n_missing": [p.left_out for p in parts.values()]}
    values[OVERALL] = _overall(values)
    table = _frame(values, "dimension", both, level)
    table.insert(1, "n", [*rows["n"], min(rows["n"])])
    table.insert(2, "n_missing", [*rows["n_missing"], max(rows["n_missing"])])
    items_table = _frame(each, "item", both, level)
    items_table.insert(1, "dimension", [name for name, items in made.dimensions.items() for _ in items])
    del values[OVERALL]
    return table, items_table, _lead(values, both, level)


def _item_means(
    made: Instrument, items: Sequence[str], found: Floats, both: bool
) -> dict[str, dict[str, Floats]]:
    """Return expectation and perception of each item of a dimension, turned where asked in reverse."""
    k = len(items)
    nothing = np.full(len(found), np.nan)
    return {
        item: {
            "perception": made.turned(item, found[:, j]),
            "expectation": made.turned(item, found[:, k + j]) if both else nothing,
        }
        for j, item in enumerate(items)
    }


def _weighted(
    tallied: ServqualTally, dimension: str, score: dict[str, Floats], own: Floats
) -> dict[str, Floats]:
    """Points of a dimension and its weighted scores, if there are weights."""
    if tallied.own_weights:
        points = own[:, 0]
        perception = own[:, 1] / POINTS
        expectation = own[:, 2] / POINTS if own.shape[1] > 2 else score["expectation"]
    elif tallied.weights is not None:
        points = np.full(len(score["perception"]), tallied.weights[dimension])
        perception, expectation = (points / POINTS * score[key] for key in ("perception", "expectation"))
    else:
        return {}
    weighted = perception - (expectation if tallied.variant == "servqual" else 0)
    found = {"weight": points, "weighted": weighted}
    return found | {"weighted_perception": perception, "weighted_expectation": expectation}


def _overall(values: dict[str, dict[str, Floats]]) -> dict[str, Floats]:
    """Mean of the dimensions, or the sum of their weighted parts."""
    every = list(values.values())
    if "weighted" not in every[0]:
        return {key: np.mean([one[key] for one in every], axis=0) for key in ("expectation", "perception")}
    found = {
        key: np.sum([one[f"weighted_{key}"] for one in every], axis=0)
        for key in ("expectation", "perception")
    }
    for key in ("weight", "weighted"):
        found[key] = np.sum([one[key] for one in every], axis=0)
    return found


def _frame(values: dict[str, dict[str, Floats]], name: str, both: bool, level: float) -> pd.DataFrame:
    """Estimates and intervals, one row a key of ``values``."""

    def stacked(key: str) -> Floats:
        return np.stack([one[key] for one in values.values()], axis=1)

    score = stacked("perception") - (stacked("expectation") if both else 0)
    found = spread(score, level).table
    columns: dict[str, Any] = {name: list(values)}
    if both:
        found_e = spread(stacked("expectation"), level).table
        columns |= {"expectation": found_e["estimate"], "expectation_error": found_e["error"]}
    columns["perception"] = stacked("perception")[0]
    if both:
        columns["gap"] = found["estimate"]
    columns |= {key: found[key] for key in ("error", "low", "high")}
    if "weighted" in next(iter(values.values())):
        part = spread(stacked("weighted"), level).table
        columns |= {"weight": stacked("weight")[0], "weighted": part["estimate"]}
        columns |= {"weighted_low": part["low"], "weighted_high": part["high"]}
    return pd.DataFrame(columns)


def _lead(values: dict[str, dict[str, Floats]], both: bool, level: float) -> pd.DataFrame:
    """By how much the worst dimension is below the next one."""
    weighted = "weighted" in next(iter(values.values()))
    # Points times perception says how much a dimension weighs, not how bad it is.
    if weighted and both:
        scores = np.stack([one["weighted"] for one in values.values()], axis=1)
    else:
        parts = [one["perception"] - (one["expectation"] if both else 0) for one in values.values()]
        scores = np.stack(parts, axis=1)
    order = np.argsort(scores[0], kind="stable")
    names = list(values)
    if len(names) == 1:
        nothing = dict.fromkeys(("difference", "low", "high"), np.nan)
        return pd.DataFrame([{"first": names[0], "second": None, **nothing}])
    found = spread(scores[:, [order[0]]] - scores[:, [order[1]]], level).table
    row = {"first": names[order[0]], "second": names[order[1]], "difference": found["estimate"].iloc[0]}
    return pd.DataFrame([row | {end: found[end].iloc[0] for end in ("low", "high")}])
