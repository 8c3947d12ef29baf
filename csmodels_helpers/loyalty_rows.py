"""Rows of customers: fetched once, and no customer twice. For models that speak about single customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from csmodels_helpers.errors import DataError
from csmodels_helpers.language import text
from csmodels_helpers.survey import column_values
from csmodels_helpers.tally import Counts, first_row

__all__: list[str] = []


def plain_rows(data: Any, columns: Sequence[str]) -> pd.DataFrame:
    """Fetch columns as a pandas frame, rows numbered from 0 (one fetch, so that rows stay rows)."""
    part: Any = nw.from_native(data).select(*columns)
    if isinstance(part, nw.LazyFrame):
        part = part.collect()
    return pd.DataFrame({c: pd.Series(part.get_column(c).to_list()) for c in columns})


def refuse_repeats(data: Any, tallied: Counts, respondent: str | None) -> None:
    """Refuse a customer who stands in more than one row."""
    if respondent is None or not tallied.repeated:
        return
    ids = column_values(data, respondent)
    bad = np.flatnonzero(ids.duplicated())
    row = first_row(data, int(bad[0]))
    allowed, advice = text("survey.allowed.unique"), text("loyalty.advice.once")
    raise DataError(respondent, len(bad), row, ids.iloc[int(bad[0])], allowed, advice)
