"""How far can a score be trusted? Alpha, omega, the reliability of a gap, agreement of two coders.

Everything is computed from a tally: of means and covariances (alpha, omega, gaps) or of counts (kappa).
Intervals come from the delete-a-group jackknife over respondents, except where a closed form is asked for
(Feldt's of alpha) or right (kappa). Rows that lack an answer are left out as a whole and counted.

The modules ``reliability_…`` stand below this one: ``reliability_alpha``, ``reliability_omega``,
``reliability_gap``, ``reliability_kappa``, and what they share: ``reliability_items`` and
``reliability_factors`` (factor models of a stack of correlation matrices). All that is public is found
here.
"""

from __future__ import annotations

from csmodels_helpers.reliability_alpha import Alpha, alpha, feldt_interval
from csmodels_helpers.reliability_gap import GapReliability, gap_reliability
from csmodels_helpers.reliability_kappa import Kappa, kappa
from csmodels_helpers.reliability_omega import Omega, omega

__all__ = [
    "Alpha",
    "GapReliability",
    "Kappa",
    "Omega",
    "alpha",
    "feldt_interval",
    "gap_reliability",
    "kappa",
    "omega",
]
