"""Key accounts: whose satisfaction counts, what an account is worth, what is at risk, and what to do first.

A key account is a group of people with parts in one decision, so its satisfaction is taken role by role, and
silence is a finding: an account whose decider did not answer has a range, not a score. The functions take
one row a contact (:func:`satisfaction`, :func:`overall_satisfaction`) or one row an account (the others), in
any frame that narwhals knows. Accounts are few, so only the first two tally answers; the others compute row
by row. The weights, bands and factors are conventions that stand in named constants; where they decide a
ranking, the result says how far. Module 09.

The modules ``accounts_…`` stand below this one: ``accounts_satisfaction``, ``accounts_overall``,
``accounts_value`` (margin, revenue at risk), ``accounts_health`` with ``accounts_weights``,
``accounts_tiers`` (tiers, portfolio), ``accounts_actions``, ``accounts_page`` with ``accounts_notes``, and
what they share, ``accounts_frames``. Module 10 puts them together: ``accounts_files`` (the course's tables or
your own), ``accounts_overview``, ``accounts_review``; page and review share ``accounts_html``. All that is
public is found here.
"""

from __future__ import annotations

from csmodels_helpers.accounts_actions import ACTION_FACTORS, Actions, rank_actions
from csmodels_helpers.accounts_files import REVIEW_COLUMNS, ROLE_WORDS, read_files
from csmodels_helpers.accounts_health import HEALTH_BANDS, HEALTH_ENDS, HEALTH_WEIGHTS, Health, health
from csmodels_helpers.accounts_overall import OverallSatisfaction, overall_satisfaction
from csmodels_helpers.accounts_overview import SIGNS, Overview, overview
from csmodels_helpers.accounts_page import MODULES, AccountPage, page
from csmodels_helpers.accounts_review import AccountReview, review
from csmodels_helpers.accounts_satisfaction import ROLE_WEIGHTS, RULES, AccountSatisfaction, satisfaction
from csmodels_helpers.accounts_tiers import (
    PORTFOLIOS,
    TIER_RULES,
    TIER_WEIGHTS,
    TIERS,
    Portfolio,
    Tiers,
    portfolio,
    tiers,
)
from csmodels_helpers.accounts_value import (
    LOSS_BANDS,
    AccountMargin,
    RevenueAtRisk,
    account_margin,
    revenue_at_risk,
)
from csmodels_helpers.accounts_weights import plot_weights

__all__ = [
    "ACTION_FACTORS",
    "HEALTH_BANDS",
    "HEALTH_ENDS",
    "HEALTH_WEIGHTS",
    "LOSS_BANDS",
    "MODULES",
    "PORTFOLIOS",
    "REVIEW_COLUMNS",
    "ROLE_WEIGHTS",
    "ROLE_WORDS",
    "RULES",
    "SIGNS",
    "TIERS",
    "TIER_RULES",
    "TIER_WEIGHTS",
    "AccountMargin",
    "AccountPage",
    "AccountReview",
    "AccountSatisfaction",
    "Actions",
    "Health",
    "OverallSatisfaction",
    "Overview",
    "Portfolio",
    "RevenueAtRisk",
    "Tiers",
    "account_margin",
    "health",
    "overall_satisfaction",
    "overview",
    "page",
    "plot_weights",
    "portfolio",
    "rank_actions",
    "read_files",
    "revenue_at_risk",
    "review",
    "satisfaction",
    "tiers",
]
