"""What drives satisfaction, by how much, and where does the next euro go? The models of module 06.

All functions take a tidy frame (pandas, Polars, DuckDB, Arrow) and column names and return a frozen result
with ``.table``, ``.plot()`` and ``.explain()``. Rows with a missing value in one of the columns are left out
as a whole, counted and reported. Those that compute from means and covariances also take a tally
(:class:`csmodels_helpers.tally.Moments`), which may have been merged from parts.

**Uncertainty.** The delete-a-group jackknife over groups of respondents; ordinal regression uses the
likelihood's own errors where everybody answered once.

The modules ``drivers_…`` stand below this one: ``drivers_trap`` (correlation beside regression),
``drivers_importance`` (one ranking), ``drivers_penalty_reward``, ``drivers_ordinal``, ``drivers_factor`` and
``drivers_spend``, and what they share: ``drivers_regression``. All that is public is found here.
"""

from __future__ import annotations

from csmodels_helpers.drivers_factor import FactorAnalysis, factor_analysis
from csmodels_helpers.drivers_importance import METHODS, Importance, importance
from csmodels_helpers.drivers_ordinal import Ordinal, ordinal
from csmodels_helpers.drivers_penalty_reward import CLASSES, PenaltyReward, penalty_reward
from csmodels_helpers.drivers_spend import Plan, Spending, spend
from csmodels_helpers.drivers_trap import CorrelationTrap, correlation_trap

__all__ = [
    "CLASSES",
    "METHODS",
    "CorrelationTrap",
    "FactorAnalysis",
    "Importance",
    "Ordinal",
    "PenaltyReward",
    "Plan",
    "Spending",
    "correlation_trap",
    "factor_analysis",
    "importance",
    "ordinal",
    "penalty_reward",
    "spend",
]
