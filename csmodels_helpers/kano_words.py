"""The sentences of Kano's model: how rows, shares and waves are named, and what a result says of itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from csmodels_helpers.kano_answers import CATEGORIES, category_name
from csmodels_helpers.language import join, text

__all__: list[str] = []


def feature_name(feature: object, labels: Mapping[str, str]) -> str:
    return labels.get(str(feature), str(feature).replace("_", " "))


def percent(share: float) -> str:
    return f"{100 * share:.0f}"


def points(share: float) -> str:
    return f"{100 * share:+.0f}".replace("-", "−")


def listed(names: Sequence[str], limit: int = 3) -> str:
    shown = text("kano.list").join(names[:limit])
    more = len(names) - limit
    return shown if more <= 0 else text("kano.list_more", names=shown, more=more)


def wave_name(wave: object) -> str:
    # A bare number in a sentence would not say what it counts.
    return text("kano.map.wave", wave=wave) if isinstance(wave, (int, float, np.number)) else str(wave)


def group_name(row: Any) -> str:
    parts = [str(row["segment"])] if "segment" in row.index else []
    return text("kano.list").join([*parts, wave_name(row["wave"])] if "wave" in row.index else parts)


def row_name(row: Any, labels: Mapping[str, str]) -> str:
    group = group_name(row)
    name = feature_name(row["feature"], labels)
    return text("kano.map.at", feature=name, group=group) if group else name


def varying(rows: pd.DataFrame) -> pd.DataFrame:
    """Drop segment and wave columns that hold a single value: they need not be named."""
    single = [key for key in ("segment", "wave") if key in rows and len(set(rows[key])) == 1]
    return rows.drop(columns=single)


def only_group(rows: pd.DataFrame) -> str:
    """Name the one segment and wave that all rows belong to, as far as there is one."""
    single = [key for key in ("segment", "wave") if key in rows and len(set(rows[key])) == 1]
    return group_name(rows[single].iloc[0]) if single else ""


def headed(title: str, group: str) -> str:
    """Put the group that a figure shows in front of its title."""
    return text("kano.map.of_group", group=group, title=title) if group else title


def explain_group(rows: pd.DataFrame) -> str:
    """Say which segment and wave all rows belong to, as far as there is one."""
    one: dict[str, Any] = {
        key: rows[key].iloc[0] for key in ("segment", "wave") if key in rows and len(set(rows[key])) == 1
    }
    if len(one) == 2:
        return text("kano.explain.segment_wave", **one)
    return text(f"kano.explain.{next(iter(one))}", **one) if one else ""


def category_or_none(code: Any) -> str:
    return category_name(code) if code in CATEGORIES else text("kano.category.none")


def explain_rows(rows: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Say which classes the rows of a result's table have, and what matters most."""
    rows = varying(rows)
    said: Any = rows[rows["better"].notna()]
    if said.empty:
        return text("kano.explain.nothing")
    return join(_classes(rows, said, labels), _extremes(rows, said, labels, text("kano.explain.stop")))


def explain_highlight(rows: pd.DataFrame, highlight: Sequence[str], labels: Mapping[str, str]) -> str:
    """Say class, Worse and Better of the highlighted features, in the order of ``highlight``."""
    rows = varying(rows)
    order = {feature: i for i, feature in enumerate(highlight)}
    some: Any = rows[rows["feature"].isin(list(order)) & rows["better"].notna()]
    some = some.sort_values("feature", key=lambda f: f.map(order), kind="stable")
    parts = [
        text(
            "kano.explain.highlight",
            feature=row_name(row, labels),
            category=category_or_none(row["category"]),
            **shares_of(row),
        )
        for _, row in some.iterrows()
    ]
    return text("kano.list_long").join(parts) + text("kano.explain.stop") if parts else ""


def explain_guesses(guesses: Mapping[str, tuple[float, float | None]], labels: Mapping[str, str]) -> str:
    """Say what was guessed: feature → (annoyed, pleased or None), both in %."""
    parts: list[str] = []
    for feature, (worse, better) in guesses.items():
        said = {"feature": feature_name(feature, labels), "worse": f"{worse:g}"}
        if better is None:
            parts.append(text("kano.explain.guess_worse", **said))
        else:
            parts.append(text("kano.explain.guess_both", **said, better=f"{better:g}"))
    return text("kano.explain.guess", parts=text("kano.list_long").join(parts)) if parts else ""


def title_highlight(some: Any, labels: Mapping[str, str], group: str, room: float) -> str:
    """Say the classes of the rows, each class once, in at most two lines of ``room`` Latin characters.

    Classes that are ahead by no more than chance explains come last, as what the features may be.
    """
    if len(some) > 1 and len(set(some["feature"])) == 1:
        return headed(_title_groups(some, labels), group)
    whole = _class_parts(some, labels, len(some))
    # First names go, then classes.
    tries = [(len(some), len(whole)), *((2, shown) for shown in range(len(whole), 0, -1)), (1, 1)]
    title = ""
    for limit, shown in tries:
        parts = whole if limit == len(some) else _class_parts(some, labels, limit)
        said = text("kano.list_parts").join(part for part, _ in parts[:shown])
        if shown < len(parts):
            said = text("kano.map.more", parts=said, more=sum(count for _, count in parts[shown:]))
        title = headed(said, group)
        if _lines(title, room) <= 2:
            break
    return title


def _class_parts(some: Any, labels: Mapping[str, str], limit: int) -> list[tuple[str, int]]:
    """Say for each class which rows are in it, and how many; at most ``limit`` are named."""
    sure = some[some["significant"]]
    parts: list[tuple[str, int]] = []
    for unsure, rows in ((False, sure), (True, some.drop(sure.index))):
        for code in dict.fromkeys(rows["category"]):
            of = rows[rows["category"] == code]
            names = [text("kano.map.feature", feature=row_name(row, labels)) for _, row in of.iterrows()]
            names = [_unbroken(name) for name in names]
            joined = listed(names, limit)
            if 1 < len(names) <= limit:
                joined = text("kano.list_and").join([text("kano.list").join(names[:-1]), names[-1]])
            key = "kano.map.came_out_too" if parts else "kano.map.came_out"
            key = "kano.map.may_be" if unsure else key
            parts.append((text(key, names=joined, category=category_or_none(code)), len(names)))
    return parts


def _title_groups(some: Any, labels: Mapping[str, str]) -> str:
    """Say the classes of one feature in several groups."""
    parts: list[str] = []
    for code, unsure in dict.fromkeys(zip(some["category"], ~some["significant"], strict=True)):
        of = some[(some["category"] == code) & (some["significant"] != unsure)]
        key = "kano.map.groups_unsure" if unsure else "kano.map.groups_part"
        groups = _unbroken(listed([group_name(row) for _, row in of.iterrows()]))
        parts.append(text(key, category=category_or_none(code), groups=groups))
    feature = feature_name(some["feature"].iloc[0], labels)
    return text("kano.map.groups", feature=feature, parts=text("kano.list").join(parts))


def _unbroken(said: str) -> str:
    """Keep a name on one line of a title."""
    return said.replace(" ", "\u00a0")


def _lines(title: str, room: float) -> int:
    """Count the lines of a title, which break at spaces and after Chinese punctuation."""
    lines, used = 1, 0
    for piece in re.split("(?<=[ 、，：；])", title):
        if used and used + _long(piece.rstrip(" ")) > room:
            lines, used = lines + 1, 0
        used += _long(piece)
    return lines


def _long(said: str) -> int:
    """Width in Latin characters; a Chinese one is two wide."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in said)


def shares_of(row: Any) -> dict[str, str]:
    """Worse and Better of a row with their intervals, in per cent and without the minus sign."""
    return {
        "worse": percent(-row["worse"]),
        "worse_low": percent(-row["worse_high"]),
        "worse_high": percent(-row["worse_low"]),
        "better": percent(row["better"]),
        "better_low": percent(row["better_low"]),
        "better_high": percent(row["better_high"]),
    }


def _classes(rows: Any, said: Any, labels: Mapping[str, str]) -> str:
    kinds = [key for key in ("segment", "wave") if key in rows]
    if kinds:
        classes = said.groupby("feature", sort=False)["category"].nunique()
        changing = [feature_name(name, labels) for name in classes.index[classes > 1]]
        return text(
            "kano.explain.groups" if changing else "kano.explain.groups_same",
            n=rows["feature"].nunique(),
            groups=len(rows[kinds].drop_duplicates()),
            kinds=" × ".join(text(f"kano.kind.{kind}") for kind in kinds),
            changing=len(changing),
            names=listed(changing),
        )
    if len(rows) == 1:
        return text("kano.explain.classes.one", category=category_or_none(rows["category"].iloc[0]))
    parts: list[str] = []
    for code in CATEGORIES:
        of = rows[rows["category"] == code].sort_values("lead", ascending=False, kind="stable")
        if len(of):
            names = listed([feature_name(name, labels) for name in of["feature"]])
            parts.append(text("kano.explain.class", n=len(of), category=category_name(code), names=names))
    return text("kano.explain.classes.many", n=len(rows), classes=text("kano.list").join(parts))


def _extremes(rows: Any, said: Any, labels: Mapping[str, str], stop: str) -> str:
    worst, best = said.loc[said["worse"].idxmin()], said.loc[said["better"].idxmax()]
    sentence = text(
        "kano.explain.extremes",
        worst=row_name(worst, labels),
        worse=percent(-worst["worse"]),
        worse_low=percent(-worst["worse_high"]),
        worse_high=percent(-worst["worse_low"]),
        best=row_name(best, labels),
        better=percent(best["better"]),
        better_low=percent(best["better_low"]),
        better_high=percent(best["better_high"]),
    )
    unsure = rows[~rows["significant"] & (rows["n"] > 0)]
    if unsure.empty:
        return sentence + stop
    names = listed([row_name(row, labels) for _, row in unsure.iterrows()])
    return sentence + text("kano.explain.unsure", n=len(unsure), rows=len(rows), names=names)
