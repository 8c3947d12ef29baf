"""Answers in, additive sufficient statistics out: the first step of every model.

A tally is small whatever the number of answers, and two tallies of different answers merge by
adding. So a cluster, a folder of Parquet files or next month's export is tallied part by part.
Respondents are spread over 100 groups that stay apart in the tally, which is what the
delete-a-group jackknife and the resampling of respondents need later.

There are two kinds: :func:`counts` (how often does each combination of values occur?) and
:func:`moments` (sums and cross-products of numeric columns). Both give the same tally for the
same answers, whether these are a pandas or Polars frame, a DuckDB relation or an Arrow table.
"""

from __future__ import annotations

from csmodels_helpers.tally_codes import Coded, add_up, coded, number_rows
from csmodels_helpers.tally_counts import Counts, counts
from csmodels_helpers.tally_groups import GROUP, GROUPS, jackknife_variance, respondent_groups
from csmodels_helpers.tally_moments import Moments, moments, moments_of_each
from csmodels_helpers.tally_values import first_row

__all__ = [
    "GROUP",
    "GROUPS",
    "Coded",
    "Counts",
    "Moments",
    "add_up",
    "coded",
    "counts",
    "first_row",
    "jackknife_variance",
    "moments",
    "moments_of_each",
    "number_rows",
    "respondent_groups",
]
