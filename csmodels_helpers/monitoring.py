"""How do we notice a change in time, and who acts on it? The tools of module 08.

Control charts (:func:`xmr`, :func:`p_chart`, :func:`ewma`) and how often they ring for nothing
(:func:`false_alarms`), steps in a row (:func:`journey`,
:func:`internal_chain`), complaints (:func:`complaint_rate`, :func:`complaint_loop`), countries compared
fairly (:func:`response_styles`, :func:`anchoring_vignettes`), a mean that forgets (:func:`decayed_mean`) and
the month on one page (:func:`dashboard`).

All take a tidy frame (pandas, Polars, DuckDB, Arrow) and column names, add up what is there in one pass, and
return a frozen result with ``.table``, ``.plot()`` and ``.explain()``. Only :func:`complaint_loop` reads
rows, as each case has its own days. **Uncertainty.** Where the months themselves are what varies (control
charts), they are the sampled units; elsewhere intervals come in closed form, or from the delete-a-group
jackknife if somebody (a customer, a store) stands in several rows and ``respondent=`` says so.

The modules ``monitoring_…`` stand below this one. All that is public is found here.
"""

from __future__ import annotations

from csmodels_helpers.monitoring_chain import Chain, internal_chain, journey
from csmodels_helpers.monitoring_chart_result import ControlChart
from csmodels_helpers.monitoring_charts import ewma, p_chart, xmr
from csmodels_helpers.monitoring_complaint_loop import ComplaintLoop, complaint_loop
from csmodels_helpers.monitoring_complaint_rate import ComplaintRate, complaint_rate
from csmodels_helpers.monitoring_dashboard import Dashboard, Kpi, dashboard
from csmodels_helpers.monitoring_decay import DecayedMean, decayed_mean
from csmodels_helpers.monitoring_false_alarms import FalseAlarms, false_alarms
from csmodels_helpers.monitoring_rules import DEFAULT_RULES, RULES
from csmodels_helpers.monitoring_styles import ResponseStyles, response_styles
from csmodels_helpers.monitoring_vignettes import AnchoringVignettes, anchoring_vignettes

__all__ = [
    "DEFAULT_RULES",
    "RULES",
    "AnchoringVignettes",
    "Chain",
    "ComplaintLoop",
    "ComplaintRate",
    "ControlChart",
    "Dashboard",
    "DecayedMean",
    "FalseAlarms",
    "Kpi",
    "ResponseStyles",
    "anchoring_vignettes",
    "complaint_loop",
    "complaint_rate",
    "dashboard",
    "decayed_mean",
    "ewma",
    "false_alarms",
    "internal_chain",
    "journey",
    "p_chart",
    "response_styles",
    "xmr",
]
