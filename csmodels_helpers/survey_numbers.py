"""Columns of numbers that are to be computed with in the engine that holds them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from csmodels_helpers.survey import to_floats

__all__: list[str] = []


def with_floats(data: Any, columns: Iterable[str]) -> Any:
    """Turn columns that pandas holds as plain objects into floats; checked before to hold numbers.

    ``pd.DataFrame({"csat": [5, pd.NA]})`` makes such a column, and neither a comparison nor a cast of it
    works. Other engines have no such columns, so their frames come back as they are.
    """
    if not isinstance(data, pd.DataFrame):
        return data
    plain = [column for column in dict.fromkeys(columns) if data[column].dtype == object]
    return data.assign(**{column: to_floats(data[column]) for column in plain}) if plain else data
