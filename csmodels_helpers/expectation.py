"""Why does the same service please one customer and anger another? Expectation confirmation (module 03).

Customers judge what they got against what they expected (Oliver 1980): d = perceived − expected is the
disconfirmation, positive, zero (confirmation) or negative. From there on this module answers:

- :func:`disconfirmation`: how far are we from expectations, computed and as customers say it themselves?
- :func:`regress`: what goes with satisfaction? It refuses perceived, expected and their difference together.
- :func:`asymmetry`: does falling short cost more than exceeding brings? :func:`ceiling`: or does the end of
  the rating scale only make it look so?
- :func:`simulate_adaptation`, :func:`best_promise`: what a promise does to the next expectation, and which
  promise is best.
- :func:`transitions`: what becomes of customers (regular, indifferent, kept by a complaint well handled,
  gone), as a Markov chain.
- :func:`confirmation_model`: confirmation → usefulness → satisfaction → intention (Bhattacherjee 2001).

Everything that is estimated comes from tallies (:mod:`csmodels_helpers.tally`); squares, gains and losses are
columns that the engine computes on its way. Intervals are those of the delete-a-group jackknife over
respondents, so several calls of one customer count as one customer's. Without ``respondent=`` every row is
a respondent of its own.

The modules ``expectation_…`` stand below this one. All that is public is found here.

References
----------
.. [1] Oliver, R. L. (1980). A cognitive model of the antecedents and consequences of satisfaction decisions.
   Journal of Marketing Research 17(4), 460–469.
.. [2] Anderson, E. W. and Sullivan, M. W. (1993). The antecedents and consequences of customer satisfaction
   for firms. Marketing Science 12(2), 125–143.
.. [3] Bhattacherjee, A. (2001). Understanding information systems continuance: an expectation-confirmation
   model. MIS Quarterly 25(3), 351–370.
"""

from __future__ import annotations

from csmodels_helpers.expectation_adaptation import Adaptation, BestPromise, best_promise, simulate_adaptation
from csmodels_helpers.expectation_asymmetry import Asymmetry, asymmetry
from csmodels_helpers.expectation_ceiling import Ceiling, ceiling
from csmodels_helpers.expectation_gap import Disconfirmation, disconfirmation
from csmodels_helpers.expectation_model import ConfirmationModel, confirmation_model
from csmodels_helpers.expectation_outcomes import (
    LongRun,
    StepsAhead,
    Transitions,
    from_matrix,
    transitions,
)
from csmodels_helpers.expectation_regression import Regression, regress

__all__ = [
    "Adaptation",
    "Asymmetry",
    "BestPromise",
    "Ceiling",
    "ConfirmationModel",
    "Disconfirmation",
    "LongRun",
    "Regression",
    "StepsAhead",
    "Transitions",
    "asymmetry",
    "best_promise",
    "ceiling",
    "confirmation_model",
    "disconfirmation",
    "from_matrix",
    "regress",
    "simulate_adaptation",
    "transitions",
]
