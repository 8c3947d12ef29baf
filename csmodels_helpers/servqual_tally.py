"""Answers of a SERVQUAL survey in, additive sums out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Any, Literal

import narwhals as nw
import pandas as pd

from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import text
from csmodels_helpers.servqual_items import Instrument, check_answers, columns_of, instrument
from csmodels_helpers.survey import check_columns, check_weights, find_rows, number, to_floats, with_floats
from csmodels_helpers.tally import Moments, moments_of_each
from csmodels_helpers.tally_parts import changed, on_cluster

__all__ = ["ServqualTally", "tally"]

VARIANTS = ("servqual", "servperf")
POINTS = 100


@dataclass(frozen=True, eq=False)
class ServqualTally:
    """Sums and products of the answers to each dimension; additive over files, months or machines.

    Parameters
    ----------
    parts : dict of Moments
        Dimension → tally of its columns: perceptions, expectations (not with SERVPERF) and, with weights of
        each respondent's own, the weight and the weighted means.
    instrument : Instrument
        Dimensions, items and scale.
    variant : {"servqual", "servperf"}
        Whether expectations count.
    weights : dict of float or None
        Points of each dimension, if they are the same for everybody.
    own_weights : bool
        Whether each respondent gave points.
    segment : str or None
        Name of the segment column.
    """

    parts: dict[str, Moments]
    instrument: Instrument
    variant: str
    weights: dict[str, float] | None
    own_weights: bool
    segment: str | None

    def merge(self, other: ServqualTally) -> ServqualTally:
        """Add the tally of other answers to the same questions.

        Parameters
        ----------
        other : ServqualTally
            Made with the same arguments.

        Returns
        -------
        ServqualTally
            The tally of all answers together.

        Raises
        ------
        ArgumentError
            If the two were made with other columns, dimensions, scales, weights or variants.
        """
        mine = (self.instrument, self.variant, self.weights, self.own_weights, self.segment)
        if mine != (other.instrument, other.variant, other.weights, other.own_weights, other.segment):
            raise ArgumentError("other", other.variant, text("servqual.allowed.merge"))
        return replace(self, parts={name: part.merge(other.parts[name]) for name, part in self.parts.items()})


def tally(
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
) -> ServqualTally:
    """Tally a survey, so that parts of it can be added; the arguments are those of :func:`analyze`.

    Parameters
    ----------
    data : frame
        One row a respondent (and period); any frame that narwhals knows.
    perceived, expected, dimensions, reverse, scale, weights, variant, segment, respondent : optional
        As in :func:`analyze`.

    Returns
    -------
    ServqualTally
        For :func:`estimate`.

    Raises
    ------
    UnknownNameError, DataError, ArgumentError
        As :func:`analyze`.

    Examples
    --------
    >>> one = pd.DataFrame({"expected_q": [7, 6], "perceived_q": [5, 6]})
    >>> made = tally(one, dimensions={"speed": ["q"]})
    >>> made.merge(made).parts["speed"].n
    4
    """
    if variant not in VARIANTS:
        raise ArgumentError("variant", variant, text("servqual.allowed.variant"))
    made = instrument(dimensions, reverse, scale)
    answers = [columns_of(perceived, made.items, "perceived")]
    if variant == "servqual":
        answers.append(columns_of(expected, made.items, "expected"))
    used = [column for columns in answers for column in columns.values()]
    if len(set(used)) < len(used):
        raise ArgumentError("expected", expected, text("servqual.allowed.two_columns"))
    for columns in answers:
        check_answers(data, columns, made.scale)
    points, own = _weights(data, weights, list(made.dimensions))
    frame = data
    if own is not None:
        read, products = [*used, *own.values()], _products(made, answers, own)
        frame = changed(
            data,
            lambda frame: nw.from_native(with_floats(nw.to_native(frame), read)).with_columns(*products),
            read,
        )
    sets: dict[str, list[str]] = {}
    for name, items in made.dimensions.items():
        sets[name] = [columns[item] for columns in answers for item in items]
        if own is not None:
            sets[name] += [own[name], *(_product_name(name, i) for i in range(len(answers)))]
    parts = moments_of_each(frame, sets, segment=segment, respondent=respondent, apart=respondent is None)
    return ServqualTally(parts, made, variant, points, own is not None, segment)


def _weights(
    data: Any, weights: Any, dimensions: list[str]
) -> tuple[dict[str, float] | None, dict[str, str] | None]:
    """Tell points that hold for everybody from columns with each respondent's own."""
    if weights is None:
        return None, None
    mapping = isinstance(weights, Mapping) and bool(weights)
    if isinstance(weights, str) or (mapping and all(isinstance(v, str) for v in weights.values())):
        columns = columns_of(weights, dimensions, "weights", "dimension")
        check_columns(data, columns.values(), number(0, POINTS, missing=True))
        _check_points(data, list(columns.values()))
        return None, columns
    if not isinstance(weights, Mapping):
        raise ArgumentError("weights", weights, text("servqual.allowed.weights"))
    unknown = [name for name in weights if name not in dimensions]
    if unknown:
        raise UnknownNameError(text("servqual.words.dimension"), unknown[0], dimensions)
    return check_weights(weights, dimensions, total=POINTS, normalize=None), None


def _check_points(data: Any, columns: list[str]) -> None:
    """Refuse respondents whose points do not sum to 100; missing points count as missing answers."""
    if not on_cluster(data) and not _any_wrong_points(data, columns):
        return
    bad = find_rows(data, columns, lambda rows: (_summed(rows, columns) - POINTS).abs() > 1e-6)
    if bad is not None:
        allowed, advice = text("servqual.allowed.points"), text("servqual.advice.points")
        label, value = f"{columns[0]} + … + {columns[-1]}", sum(float(v) for v in bad.values.values())
        raise DataError(label, bad.rows, bad.row, value, allowed, advice)


def _any_wrong_points(data: Any, columns: list[str]) -> bool:
    """Tell whether there is anything to look for, which an engine does faster than Python."""
    frame: Any = nw.from_native(with_floats(data, columns))
    total = reduce(add, (nw.col(column).cast(nw.Float64) for column in columns))
    sums: Any = frame.select(total.alias("sum"))
    wrong = ~nw.col("sum").is_null() & ((nw.col("sum") - POINTS).abs() > 1e-6)
    # Polars and DuckDB know NaN as a number, which is a missing answer here.
    found: Any = sums.filter(wrong).filter(~nw.col("sum").is_nan()).select(nw.len().alias("rows"))
    if isinstance(found, nw.LazyFrame):
        found = found.collect()
    return int(found["rows"][0]) > 0


def _summed(rows: pd.DataFrame, columns: list[str]) -> pd.Series[float]:
    return reduce(add, (pd.Series(to_floats(rows[column])) for column in columns))


def _product_name(dimension: str, place: int) -> str:
    return f"_points_times_{('perceived', 'expected')[place]}_{dimension}"


def _products(made: Instrument, answers: list[dict[str, str]], own: Mapping[str, str]) -> list[Any]:
    """Points times mean score of each dimension, as columns: what a weighted mean over respondents needs."""
    columns: list[Any] = []
    for name, items in made.dimensions.items():
        for place, names in enumerate(answers):
            parts = [made.turned(item, nw.col(names[item]).cast(nw.Float64)) for item in items]
            product = reduce(add, parts) * nw.col(own[name]).cast(nw.Float64) / len(items)
            columns.append(product.alias(_product_name(name, place)))
    return columns
