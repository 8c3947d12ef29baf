"""Whose voice reaches us, and what do they say? Listening to customers (module 02).

- :func:`simulate_nonresponse`: what silence, incentives and paid praise do to a score, and what weights
repair. - :func:`post_stratify`: weights that bring the strata of a survey to their share of all customers,
Kish's
  effective number of answers, and the weighted score with its interval.
- :func:`degree`: the feedback degree (客户反馈程度): positive, neutral, negative.
- :func:`topics`: how many comments speak of what.
- :func:`train_classifier`, :func:`confusion`: let the machine read comments (Chinese and English, offline),
and
  count where it errs.
- :func:`methods`: eleven ways of hearing customers, and whom each does not hear.
- :func:`standard`: from a vague requirement to a measurable standard.

Shares and scores come from tallies (:mod:`csmodels_helpers.tally`). The classifier alone needs the rows, as
text cannot be added up; scikit-learn reads it.

The modules ``feedback_…`` stand below this one. All that is public is found here.
"""

from __future__ import annotations

from csmodels_helpers.feedback_classifier import Classifier, train_classifier
from csmodels_helpers.feedback_confusion import Confusion, confusion
from csmodels_helpers.feedback_degree import Degree, Topics, degree, topics
from csmodels_helpers.feedback_methods import MethodList, methods
from csmodels_helpers.feedback_nonresponse import Nonresponse, simulate_nonresponse
from csmodels_helpers.feedback_standard import Standard, standard
from csmodels_helpers.feedback_weights import PostStratification, post_stratify

__all__ = [
    "Classifier",
    "Confusion",
    "Degree",
    "MethodList",
    "Nonresponse",
    "PostStratification",
    "Standard",
    "Topics",
    "confusion",
    "degree",
    "methods",
    "post_stratify",
    "simulate_nonresponse",
    "standard",
    "topics",
    "train_classifier",
]
