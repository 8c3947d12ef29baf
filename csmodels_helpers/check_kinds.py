"""What a value is: its kind, whether it is missing, how a message shows it, how typed text is read."""

from __future__ import annotations

import datetime as dt
import decimal
import fractions
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from csmodels_helpers.check_calls import Foreign, Picture, Remote
from csmodels_helpers.language import text

__all__: list[str] = []


def kind_of(value: Any) -> str:
    """Sort a value into one of the kinds that are compared each in its own way."""
    if value is None or value is pd.NA or value is pd.NaT:
        return "none"
    if isinstance(value, bool | np.bool_):
        return "bool"
    if isinstance(value, int | float | np.number | decimal.Decimal | fractions.Fraction):
        if isinstance(value, np.timedelta64):
            return "duration"
        return "other" if isinstance(value, np.complexfloating) else "number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, dt.date | np.datetime64 | pd.Period):
        return "date"
    if isinstance(value, dt.timedelta | np.timedelta64):
        return "duration"
    if isinstance(value, Mapping):
        return "mapping"
    if isinstance(value, pd.Series):
        return "series"
    if isinstance(value, pd.DataFrame):
        return "table"
    if isinstance(value, set | frozenset):
        return "set"
    if isinstance(value, list | tuple | range | np.ndarray | pd.Index | pd.api.extensions.ExtensionArray):
        return "sequence"
    if isinstance(value, Picture) or is_drawing(value):
        return "figure"
    if isinstance(value, Foreign):
        return "function" if value.function else "other"
    if isinstance(value, Remote) or callable(value):
        return "function"
    return "other"


def kind_name(value: Any) -> str:
    kind = kind_of(value)
    if kind == "series" and labelled(value):
        kind = "labelled"
    elif isinstance(value, tuple | np.ndarray):
        kind = "tuple" if isinstance(value, tuple) else "array"
    name = value.name if isinstance(value, Foreign) else type(value).__name__
    return text(f"check.kind.{kind}", name=name)


def is_drawing(value: Any) -> bool:
    from matplotlib.artist import Artist

    return isinstance(value, Artist)


def missing(value: Any) -> bool:
    if kind_of(value) == "none":
        return True
    if isinstance(value, np.datetime64 | np.timedelta64):
        return bool(np.isnat(value))
    return kind_of(value) == "number" and bool(value != value)


def unpacked(value: Any) -> Any:
    """Take a value out of an array without dimensions."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return value.item() if value.dtype.kind not in "mM" else value[()]
    return value


def labelled(series: pd.Series[Any]) -> bool:
    index = series.index
    plain = isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1
    return not plain and not (index.name is None and list(index) == list(range(len(index))))


def numbered(series: pd.Series[Any]) -> bool:
    """Tell whether labels may be mere row numbers, as after a filter."""
    index = series.index
    return index.name is None and pd.api.types.is_integer_dtype(index.dtype)


def short(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return f"{float(value):.4g}"
    shown = str(value).replace("`", "'")
    return shown if len(shown) <= 40 else f"{shown[:39]}…"


def loose(words: str) -> str:
    return "".join(unicodedata.normalize("NFKC", words).split()).casefold()


def parse_number(words: str) -> float | int | None:
    """Read a number as people type it; a comma could be either sign, so it is no number."""
    plain = unicodedata.normalize("NFKC", words).strip().replace("\u2212", "-")
    if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", plain):
        return None
    return int(plain) if re.fullmatch(r"[-+]?\d+", plain) else float(plain)
