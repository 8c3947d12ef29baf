"""How satisfied are they, and how sure is the score? The measures of module 01, each with its interval.

All functions take a tidy frame (pandas, Polars, DuckDB, Arrow) and column names and return a frozen
result with ``.table``, ``.plot()`` and ``.explain()``. Missing answers are counted and reported, never
dropped in silence; an answer outside the scale is refused.

**Uncertainty.** If nobody says who answered, or everybody answered once, intervals come in closed form. If a
respondent answered more than once, the variance comes from the delete-a-group jackknife over groups of
respondents, and the closed form is then used with the effective number of answers
n_eff = unit variance / variance of the score (at most n) and a t quantile, as Dean and Pagano (2015,
*J. Survey Statistics and Methodology* 3, 484–503) recommend for clustered proportions. Survey weights enter
the same way.

The modules ``metrics_…`` stand below this one: ``metrics_scores`` (CSAT, NPS, CES), ``metrics_comparison``,
``metrics_benchmark``, ``metrics_before_after``, ``metrics_expectation``, ``metrics_index``,
``metrics_sample_size`` and ``metrics_value``, and what they share: ``metrics_intervals``, ``metrics_words``
and ``metrics_plots``. All that is public is found here.
"""

from __future__ import annotations

from csmodels_helpers.metrics_before_after import DifferenceInDifferences, difference_in_differences
from csmodels_helpers.metrics_benchmark import Benchmark, benchmark
from csmodels_helpers.metrics_comparison import NpsComparison, compare_nps
from csmodels_helpers.metrics_expectation import ScaleDependence, difference, ratio, scale_dependence
from csmodels_helpers.metrics_index import Composite, composite, index
from csmodels_helpers.metrics_intervals import Interval, nps_interval, wilson
from csmodels_helpers.metrics_sample_size import SampleSize, sample_size
from csmodels_helpers.metrics_scores import Score, ces, csat, nps
from csmodels_helpers.metrics_value import DeliveredValue, delivered_value

__all__ = [
    "Benchmark",
    "Composite",
    "DeliveredValue",
    "DifferenceInDifferences",
    "Interval",
    "NpsComparison",
    "SampleSize",
    "ScaleDependence",
    "Score",
    "benchmark",
    "ces",
    "compare_nps",
    "composite",
    "csat",
    "delivered_value",
    "difference",
    "difference_in_differences",
    "index",
    "nps",
    "nps_interval",
    "ratio",
    "sample_size",
    "scale_dependence",
    "wilson",
]
