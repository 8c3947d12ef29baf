"""Who stays because they want to, who because they must, and who is about to leave? Module 07.

:func:`classify` gives each customer one of six types of loyalty with the reason; :func:`confusion` says how
often such a rule is wrong and corrects the shares for it. :func:`dick_basu` and :func:`jones_sasser` are
the two well-known fourfold tables, :func:`curve` the satisfaction–loyalty curve with its elasticity, and
:func:`transitions` the moves from one state to another; :func:`plot_customer` shows what the answers of
one customer say. How long customers stay is the matter of
:mod:`csmodels_helpers.retention`.

**Uncertainty.** Where each customer stands in one row, closed forms are right (Wilson; double sampling;
delta method); elasticities come with the delete-a-group jackknife.

The modules ``loyalty_types``, ``loyalty_confusion``, ``loyalty_quadrants``, ``loyalty_curve``,
``loyalty_transitions``, ``loyalty_customer`` and ``loyalty_plots`` stand below this one. All that is
public is found here.
"""

from __future__ import annotations

from csmodels_helpers.loyalty_confusion import Confusion, confusion
from csmodels_helpers.loyalty_curve import ELASTICITIES, SatisfactionLoyalty, curve
from csmodels_helpers.loyalty_customer import plot_customer
from csmodels_helpers.loyalty_quadrants import Quadrants, dick_basu, jones_sasser
from csmodels_helpers.loyalty_transitions import Transitions, transitions
from csmodels_helpers.loyalty_types import (
    PRECEDENCE,
    TYPES,
    LoyaltyTypes,
    classify,
    type_name,
)

__all__ = [
    "ELASTICITIES",
    "PRECEDENCE",
    "TYPES",
    "Confusion",
    "LoyaltyTypes",
    "Quadrants",
    "SatisfactionLoyalty",
    "Transitions",
    "classify",
    "confusion",
    "curve",
    "dick_basu",
    "jones_sasser",
    "plot_customer",
    "transitions",
    "type_name",
]
