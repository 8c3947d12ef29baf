"""SERVQUAL: where service falls short of what customers expect, and which gap inside the firm is the cause.

Customers rate 22 statements in five dimensions twice, as they expect service and as they perceive it.
:func:`analyze` (or :func:`tally` → :func:`estimate`) gives gap 5, P − E, by item, dimension and overall;
:func:`internal_gaps` sets it beside gaps 1–4; :func:`zone_of_tolerance` takes adequate and desired service
apart; :func:`importance_performance` says what to do first; :func:`before_after` what a change did;
:func:`confirmatory_factors` whether the dimensions are there; :func:`plot_lift` and :func:`plot_levels` draw
what a better service would do, and where a wish gets lost. Reliabilities are in
:mod:`csmodels_helpers.reliability`.

Scores come from tallies, except where a respondent's own place matters (zone of tolerance, before and
after), which reads rows. The modules ``servqual_…`` stand below this one: ``servqual_items``,
``servqual_tally``, ``servqual_gaps``, ``servqual_result``, ``servqual_zone``, ``servqual_internal``,
``servqual_quadrants``, ``servqual_factors``, ``servqual_before_after``, ``servqual_pictures``. All that is
public is found here.

References
----------
.. [1] Parasuraman, A., Zeithaml, V. A. and Berry, L. L. (1988). SERVQUAL: A multiple-item scale for measuring
   consumer perceptions of service quality. Journal of Retailing 64, 12–40.
.. [2] Buttle, F. (1996). SERVQUAL: review, critique, research agenda. European Journal of Marketing 30(1),
   8–32.
"""

from __future__ import annotations

from csmodels_helpers.servqual_before_after import ServqualChange, before_after
from csmodels_helpers.servqual_factors import FactorAnalysis, confirmatory_factors
from csmodels_helpers.servqual_gaps import analyze, estimate
from csmodels_helpers.servqual_internal import InternalGaps, internal_gaps
from csmodels_helpers.servqual_items import DIMENSIONS, ITEMS, dimension_name, item_text
from csmodels_helpers.servqual_pictures import lift_shares, plot_levels, plot_lift
from csmodels_helpers.servqual_quadrants import QUADRANTS, Quadrants, importance_performance
from csmodels_helpers.servqual_result import ServqualResult
from csmodels_helpers.servqual_tally import ServqualTally, tally
from csmodels_helpers.servqual_zone import ZoneOfTolerance, zone_of_tolerance

__all__ = [
    "DIMENSIONS",
    "ITEMS",
    "QUADRANTS",
    "FactorAnalysis",
    "InternalGaps",
    "Quadrants",
    "ServqualChange",
    "ServqualResult",
    "ServqualTally",
    "ZoneOfTolerance",
    "analyze",
    "before_after",
    "confirmatory_factors",
    "dimension_name",
    "estimate",
    "importance_performance",
    "internal_gaps",
    "item_text",
    "lift_shares",
    "plot_levels",
    "plot_lift",
    "tally",
    "zone_of_tolerance",
]
