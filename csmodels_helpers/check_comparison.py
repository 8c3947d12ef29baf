"""Comparing a trainee's value with the expected one, by the ladder: not answered, type, shape, value.

:func:`compare` goes down the ladder and says where the value fell off; docs/decisions/0053 says what counts
as equal. Sequences, dictionaries and tables each have a part of their own.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from csmodels_helpers.check_feedback import Reason
from csmodels_helpers.check_kinds import (
    kind_name,
    kind_of,
    labelled,
    loose,
    missing,
    numbered,
    parse_number,
    short,
    unpacked,
)
from csmodels_helpers.language import text

__all__: list[str] = []


@dataclass(frozen=True)
class Rules:
    """How to compare; :func:`csmodels_helpers.check.equal` explains the choices."""

    tolerance: float = 1e-6
    rounding: int | None = None
    ordered: bool = True
    container: str = "any"


@dataclass(frozen=True)
class Difference:
    """Where a value fell off the ladder, and what to say of it."""

    reason: Reason
    said: str


def _what(place: str) -> str:
    return text("check.what.entry", place=f"`{place}`") if place else text("check.what.answer")


def compare(got: Any, expected: Any, rules: Rules, place: str = "") -> Difference | None:
    """Compare by the ladder: not answered, type, shape, values. None means: it is right.

    ``place`` says where in a container the value stands, such as ``[3]``.
    """
    got, expected = unpacked(got), unpacked(expected)
    if got is Ellipsis or (got is None and expected is not None and not place):
        return Difference("not-answered", text("check.none_yet"))
    kind, kind_got = kind_of(expected), kind_of(got)
    if missing(expected):
        # None, NaN and NaT are one and the same inside a table or list; alone, a NaN must be computed.
        return None if missing(got) and (place or kind == kind_got) else _value(place)
    if kind == "number":
        return _compare_number(got, expected, rules, place)
    if kind in ("sequence", "series", "mapping", "set", "table"):
        return _compare_container(got, expected, rules, place)
    if kind != kind_got:
        return _other_kind(got, text(f"check.kind.{kind}", name=type(expected).__name__), place)
    if kind == "text":
        if str(got) == str(expected):
            return None
        same = loose(str(got)) == loose(str(expected))
        return Difference("value", text("check.value_spelling", what=_what(place))) if same else _value(place)
    return None if _alike(got, expected, kind) else _value(place)


def _alike(got: Any, expected: Any, kind: str) -> bool:
    if kind == "duration":
        return bool(pd.Timedelta(got) == pd.Timedelta(expected))
    if kind == "date" and not isinstance(expected, pd.Period) and not isinstance(got, pd.Period):
        return bool(pd.Timestamp(got) == pd.Timestamp(expected))
    try:
        return bool(got == expected)
    except Exception:  # whatever a trainee's object does when compared, it is not right
        return False


def _value(place: str) -> Difference:
    return Difference("value", text("check.value", what=_what(place)))


def _other_kind(got: Any, want: str, place: str) -> Difference:
    """Say that the kind is wrong, with the advice that fits the usual slips."""
    what, kind = _what(place), kind_of(got)
    if kind == "function":
        return Difference("type", text("check.type_function", what=what))
    if kind in ("sequence", "series", "table") and _size(got) == 1 and want == text("check.kind.number"):
        return Difference("type", text("check.type_single", what=what, got=kind_name(got)))
    return Difference("type", text("check.type", what=what, got=kind_name(got), want=want))


def _size(value: Any) -> int:
    return int(value.size) if hasattr(value, "size") and not callable(value.size) else len(value)


def _compare_number(got: Any, expected: Any, rules: Rules, place: str) -> Difference | None:
    kind = kind_of(got)
    if kind == "bool":
        return Difference("type", text("check.type_bool", what=_what(place)))
    if kind == "text" and parse_number(str(got)) is not None:
        return Difference("type", text("check.type_quotes", what=_what(place)))
    if kind == "none" and place:
        return _value(place)  # a gap in a list
    if kind != "number":
        return _other_kind(got, text("check.kind.number"), place)
    if same_number(got, expected, rules):
        return None
    if _too_round(got, expected):
        return Difference("value", text("check.value_rounded", what=_what(place)))
    return _value(place)


def same_number(got: Any, expected: Any, rules: Rules) -> bool:
    """Compare two numbers with the tolerance; its border belongs to it."""
    if _whole(got) and _whole(expected):
        # Whole numbers are compared as such: 9007199254740993 as a float would be its neighbour.
        return abs(int(got) - int(expected)) <= math.floor(rules.tolerance * (1 + 1e-9))
    one, two = float(got), float(expected)
    if math.isnan(one) or math.isnan(two):
        return False  # two NaN were found equal before
    if math.isinf(one) or math.isinf(two):
        return one == two
    allowed = _allowance(rules)
    # 0.3 - 0.2 is not 0.1: a difference of exactly the tolerance passes, whatever the binary digits.
    return abs(one - two) <= allowed * (1 + 1e-9) + 1e-9 * abs(two)


def _allowance(rules: Rules) -> float:
    return max(rules.tolerance, 0.0 if rules.rounding is None else 0.5 * 10.0**-rules.rounding)


def _whole(value: Any) -> bool:
    if isinstance(value, float | np.floating):
        return math.isfinite(value) and float(value).is_integer()
    return isinstance(value, int | np.integer)


def _too_round(got: Any, expected: Any) -> bool:
    """Tell whether somebody rounded a right number: at least two digits are there, and they are right."""
    one, two = float(got), float(expected)
    if not (math.isfinite(one) and math.isfinite(two)) or abs(one - two) > 0.01 * abs(two) or one == two:
        return False
    return any(math.isclose(one, round(two, digits), rel_tol=1e-12) for digits in range(7))


def _compare_container(got: Any, expected: Any, rules: Rules, place: str) -> Difference | None:
    kind, kind_got = kind_of(expected), kind_of(got)
    if rules.container == "same" and kind != kind_got:
        return _other_kind(got, kind_name(expected), place)
    if kind == "table":
        return _compare_table(got, expected, rules, place)
    if kind == "mapping":
        return _compare_mapping(got, expected, rules, place)
    if kind == "series" and labelled(expected):
        # Labels need not be there if they may be mere row numbers, as after a filter, or repeat themselves.
        plain = kind_got == "series" and not labelled(got)
        may_lack = numbered(expected) or (plain and not expected.index.is_unique)
        if not ((plain or kind_got == "sequence") and may_lack):
            return _compare_mapping(got, expected, rules, place)
    return _compare_sequence(got, expected, rules, place)


def _compare_sequence(got: Any, expected: Any, rules: Rules, place: str) -> Difference | None:
    kind, kind_got = kind_of(expected), kind_of(got)
    free = kind == "set" or not rules.ordered
    if kind_got not in ("sequence", "series", *(("set",) if free else ())):
        return _other_kind(got, text("check.kind.sequence" if kind != "set" else "check.kind.set"), place)
    wrong = None if free else _wrong_numbers(got, expected, rules)
    if wrong is not None and not wrong.any():
        return None
    ours, theirs = _entries(got), _entries(expected)
    if any(entry is Ellipsis for entry in ours) or _blank(ours, theirs):
        return Difference("not-answered", text("check.none_yet"))
    if len(ours) != len(theirs):
        key = "check.too_few" if len(ours) < len(theirs) else "check.too_many"
        return Difference("shape", text(key, what=_what(place), n=len(ours)))
    if free:
        if _match(ours, theirs, rules):
            return None
        some = Difference("value", text("check.value_some", what=_what(place)))
        return _first_of(ours, theirs, rules) or some
    found = [
        (f"{place}[{n}]", difference)
        for n in (range(len(ours)) if wrong is None else np.flatnonzero(wrong).tolist())
        if (difference := compare(ours[n], theirs[n], rules, f"{place}[{n}]")) is not None
    ]
    if not found:
        return None
    return _some_wrong(ours, theirs, rules, place, len(found), *found[0])


def _blank(ours: list[Any], theirs: list[Any]) -> bool:
    """Tell whether nothing but None stands where something else should."""
    return bool(ours) and all(v is None for v in ours) and not all(missing(v) for v in theirs)


def _some_wrong(
    ours: list[Any], theirs: list[Any], rules: Rules, place: str, n: int, where: str, first: Difference
) -> Difference:
    """Choose what to say of a sequence with wrong entries: the kind first, then the order, then the place."""
    if first.reason != "value" or len(ours) == 1:
        return first
    if len(ours) <= 2000 and _match(ours, theirs, rules):
        return Difference("value", text("check.value_order", what=_what(place)))
    if first.said not in (_value(where).said, _value(place).said):
        return first  # it knows more: rounded, or a matter of spelling, or deeper inside
    said = text("check.value_first", what=_what(place), wrong=n, n=len(ours), place=f"`{where}`")
    return Difference("value", said)


def _first_of(ours: list[Any], theirs: list[Any], rules: Rules) -> Difference | None:
    """Say that an entry is of a kind that occurs nowhere among the expected ones."""
    kinds = {kind_of(entry) for entry in theirs}
    for n, entry in enumerate(ours):
        if theirs and kind_of(entry) not in kinds:
            return compare(entry, theirs[0], rules, f"[{n}]")
    return None


def _entries(value: Any) -> list[Any]:
    if isinstance(value, np.ndarray) and value.dtype.kind in "mM":
        return [pd.NaT if np.isnat(entry) else entry for entry in value.ravel()]
    if isinstance(value, np.ndarray):
        return list(value) if value.ndim > 1 else value.tolist()
    return list(value)


def _wrong_numbers(got: Any, expected: Any, rules: Rules) -> Any:
    """Tell which of two columns' numbers differ, at once as :func:`same_number` would; None where it must."""
    ours, theirs = _array(got), _array(expected)
    if ours is None or theirs is None or ours.shape != theirs.shape or not len(ours):
        return None
    if ours.dtype.kind in "iu" and theirs.dtype.kind in "iu" and rules.tolerance < 1:
        return ours != theirs
    if max(_largest(ours), _largest(theirs)) >= 2**53:
        return None
    one, two = ours.astype(float), theirs.astype(float)
    # A whole number against a whole number is exact, as for single values.
    whole = (one == np.floor(one)) & (two == np.floor(two))
    with np.errstate(invalid="ignore"):
        close = np.abs(one - two) <= _allowance(rules) * (1 + 1e-9) + 1e-9 * np.abs(two)
        exact = np.abs(one - two) <= math.floor(rules.tolerance * (1 + 1e-9))
        finite = np.isfinite(one) & np.isfinite(two)
        same = np.where(finite, np.where(whole, exact, close), one == two)
    return ~(same | (np.isnan(one) & np.isnan(two)))


def _largest(values: Any) -> float:
    finite = np.abs(values[np.isfinite(values)].astype(float))
    return float(finite.max()) if len(finite) else 0.0


def _array(value: Any) -> Any:
    if isinstance(value, pd.Series | pd.Index) and isinstance(value.dtype, np.dtype):
        value = value.to_numpy()
    if isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in "iuf":
        return cast("Any", value)
    return None


def _match(ours: list[Any], theirs: list[Any], rules: Rules) -> bool:
    """Tell whether two lists hold the same entries in any order."""
    groups: dict[Any, tuple[list[Any], list[Any]]] = {}
    for side, values in enumerate((ours, theirs)):
        for value in values:
            groups.setdefault(_outline(value), ([], []))[side].append(value)
    return all(len(one) == len(two) and _match_group(one, two, rules) for one, two in groups.values())


def _outline(value: Any) -> Any:
    """Return what must be the same in two matching entries: everything but the numbers."""
    value = unpacked(value)
    if missing(value):
        return ("missing",)
    kind = kind_of(value)
    if kind == "number":
        return ("number",)
    if kind == "text":
        return ("text", str(value))
    if kind == "bool":
        return ("bool", bool(value))
    if kind == "sequence":
        return ("sequence", *(_outline(entry) for entry in _entries(value)))
    return (kind,)


def _match_group(ours: list[Any], theirs: list[Any], rules: Rules) -> bool:
    def numbers(value: Any) -> tuple[float, ...]:
        value = unpacked(value)
        if kind_of(value) == "sequence":
            return tuple(number for entry in _entries(value) for number in numbers(entry))
        return (float(value),) if kind_of(value) == "number" and not missing(value) else ()

    inside = "[]"  # entries of a container, where None and NaN are the same
    pairs = zip(sorted(ours, key=numbers), sorted(theirs, key=numbers), strict=True)
    if all(compare(one, two, rules, inside) is None for one, two in pairs):
        return True
    if len(ours) > 300:
        return False
    # Sorting may part neighbours that lie within the tolerance of each other: take each one's first match.
    left = list(theirs)
    for one in ours:
        place = next((n for n, two in enumerate(left) if compare(one, two, rules, inside) is None), None)
        if place is None:
            return False
        left.pop(place)
    return True


def _key(key: Any) -> Any:
    """Return a key or label in a form that does not depend on where it comes from."""
    if isinstance(key, tuple):
        return tuple(_key(part) for part in cast("tuple[Any, ...]", key))
    if isinstance(key, np.datetime64 | dt.date) and not missing(key):
        return pd.Timestamp(key)
    if missing(key):
        return None
    return key.item() if isinstance(key, np.generic) else key


def _pairs(value: Any) -> list[tuple[Any, Any]] | None:
    """Return keys and values of a dictionary or a Series; None for anything else."""
    if isinstance(value, Mapping):
        return [(_key(k), v) for k, v in cast("Mapping[Any, Any]", value).items()]
    if isinstance(value, pd.Series):
        return [(_key(k), v) for k, v in zip(list(value.index), _entries(value), strict=True)]
    return None


def _compare_mapping(got: Any, expected: Any, rules: Rules, place: str) -> Difference | None:
    if isinstance(got, pd.DataFrame) and isinstance(expected, pd.Series):
        # A Series whose index was reset: its labels stand in columns now.
        levels = expected.index.nlevels
        if got.shape[1] == levels + 1:
            got = got.set_index(list(got.columns[:levels])).iloc[:, 0]
        elif got.shape[1] == 1:
            got = got.iloc[:, 0]
    theirs, ours = _pairs(expected), _pairs(got)
    if ours is None or theirs is None:
        return _other_kind(got, kind_name(expected), place)
    what = _what(place)
    twice = [key for key, n in Counter(key for key, _ in ours).items() if n > 1]
    if len({key for key, _ in theirs}) < len(theirs):
        return _compare_sequence([list(pair) for pair in ours], [list(p) for p in theirs], rules, place)
    if twice:
        return Difference("shape", text("check.keys_twice", what=what, names=listed(twice)))
    mine, right = dict(ours), dict(theirs)
    values = list(mine.values())
    if any(value is Ellipsis for value in values) or _blank(values, list(right.values())):
        return Difference("not-answered", text("check.none_yet"))
    difference = _compare_names(list(mine), list(right), what)
    if difference is not None:
        return difference
    found = [
        (f"{place}[{key!r}]", found)
        for key in right
        if (found := compare(mine[key], right[key], rules, f"{place}[{key!r}]")) is not None
    ]
    if not found:
        return None
    where, first = found[0]
    if first.reason != "value" or len(right) == 1 or first.said != _value(where).said:
        return first
    said = text("check.value_first", what=what, wrong=len(found), n=len(right), place=f"`{where}`")
    return Difference("value", said)


def _compare_names(ours: list[Any], theirs: list[Any], what: str, columns: bool = False) -> Difference | None:
    """Compare names (keys, columns). Only the trainee's own are said; columns stand in the statement."""
    extra = [name for name in ours if name not in theirs]
    lacking = [name for name in theirs if name not in ours]
    if not extra and not lacking:
        return None
    meant = {loose(str(name)) for name in lacking}
    near = [name for name in extra if loose(str(name)) in meant]
    if near:
        return Difference("shape", text("check.keys_spelling", what=what, names=listed(near)))
    if lacking and columns:
        return Difference("shape", text("check.columns_missing", what=what, names=listed(lacking)))
    if extra:
        return Difference("shape", text("check.keys_extra", what=what, names=listed(extra)))
    return Difference("shape", text("check.keys_missing", what=what, n=len(lacking)))


def listed(names: Sequence[Any]) -> str:
    shown = [f"`{short(name)}`" for name in names[:5]]
    return ", ".join(shown) + (" …" if len(names) > 5 else "")


def _compare_table(got: Any, expected: pd.DataFrame, rules: Rules, place: str) -> Difference | None:
    what = _what(place)
    if isinstance(got, pd.Series) and expected.shape[1] == 1:
        got = got.to_frame(expected.columns[0])
    if not isinstance(got, pd.DataFrame):
        return _other_kind(got, text("check.kind.table"), place)
    theirs, ours = _flat(expected), _flat(got, like=expected)
    twice = [name for name, n in Counter(name for name, _ in ours).items() if n > 1]
    if twice:
        return Difference("shape", text("check.keys_twice", what=what, names=listed(twice)))
    mine, right = dict(ours), dict(theirs)
    difference = _compare_names(list(mine), list(right), what, columns=True)
    if difference is not None:
        return difference
    if len(got) != len(expected):
        key = "check.too_few" if len(got) < len(expected) else "check.too_many"
        return Difference("shape", text(key, what=what, n=len(got)))
    if not rules.ordered:
        return _compare_rows(mine, right, rules, what)
    for name, column in right.items():
        difference = _compare_sequence(mine[name], column, rules, "")
        if difference is None:
            continue
        if difference.reason == "value" and _compare_rows(mine, right, rules, what) is None:
            return Difference("value", text("check.value_order", what=what))
        return _in_column(mine[name], column, rules, name, difference)
    return None


def _in_column(
    ours: pd.Series[Any], theirs: pd.Series[Any], rules: Rules, name: Any, difference: Difference
) -> Difference:
    rows = [
        (row, found)
        for row, pair in enumerate(zip(_entries(ours), _entries(theirs), strict=True))
        if (found := compare(*pair, rules, f"[{name!r}][{row}]")) is not None
    ]
    if not rows or difference.reason == "not-answered":
        return difference
    row, first = rows[0]
    if first.said != _value(f"[{name!r}][{row}]").said:
        return first
    said = text("check.value_row", column=short(name), wrong=len(rows), n=len(ours), row=row)
    return Difference("value", said)


def _flat(frame: pd.DataFrame, like: pd.DataFrame | None = None) -> list[tuple[Any, pd.Series[Any]]]:
    """Return the columns of a table, with the labels of its rows as columns where they mean something."""
    columns = [(_key(name), frame.iloc[:, n]) for n, name in enumerate(frame.columns)]
    names = {name for name, _ in columns}
    wanted = None if like is None else {name for name, _ in _flat(like)}
    for level, name in enumerate(frame.index.names):
        values = frame.index.get_level_values(level)
        if name is not None and _key(name) not in names and (wanted is None or _key(name) in wanted):
            columns.append((_key(name), pd.Series(values)))
    unnamed = (like if like is not None else frame).index
    if unnamed.nlevels == 1 and unnamed.name is None and not pd.api.types.is_integer_dtype(unnamed.dtype):
        # Labels without a name, such as the rows of describe(): they count as they are.
        columns.append((("row",), pd.Series(frame.index)))
    return columns


def _compare_rows(
    mine: dict[Any, pd.Series[Any]], right: dict[Any, pd.Series[Any]], rules: Rules, what: str
) -> Difference | None:
    ours = [list(row) for row in zip(*(_entries(mine[name]) for name in right), strict=True)]
    theirs = [list(row) for row in zip(*(_entries(right[name]) for name in right), strict=True)]
    if _match(ours, theirs, rules):
        return None
    for name in right:  # a column of another kind is worth a sentence of its own
        difference = _first_of(_entries(mine[name]), _entries(right[name]), rules)
        if difference is not None:
            return difference
    return Difference("value", text("check.value_some", what=what))
