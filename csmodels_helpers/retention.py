"""How long do customers stay, when do they leave, and what is that worth? The counting side of module 07.

:func:`survival` and :func:`hazard` take one row a customer and start with a tally of the distinct histories
(entry, time, left or not), from which everything else is computed: so they run on any frame and any number of
customers. :func:`clv` and :func:`retention_claim` are arithmetic on stated rates. :func:`bg_nbd` is for
customers without a contract, whom nobody sees leave.

**Uncertainty.** A customer stands in one row (a second row is refused), so customers are independent and
closed forms are right: Greenwood's variance, Wilson's interval of a hazard, the curvature of the
likelihood. CLV has the range of its inputs.

The modules ``retention_lives``, ``retention_survival``, ``retention_hazard``, ``retention_value``,
``retention_purchases`` and ``retention_plots`` stand below this one. All that is public is found here.
"""

from __future__ import annotations

from csmodels_helpers.retention_hazard import Hazard, hazard
from csmodels_helpers.retention_purchases import PurchaseModel, bg_nbd
from csmodels_helpers.retention_survival import Survival, survival
from csmodels_helpers.retention_value import (
    FORMS,
    READINGS,
    LifetimeValue,
    RetentionClaim,
    clv,
    retention_claim,
)

__all__ = [
    "FORMS",
    "READINGS",
    "Hazard",
    "LifetimeValue",
    "PurchaseModel",
    "RetentionClaim",
    "Survival",
    "bg_nbd",
    "clv",
    "hazard",
    "retention_claim",
    "survival",
]
