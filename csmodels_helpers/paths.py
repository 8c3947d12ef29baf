"""PLS path models: how image, expectation, quality and value lead to satisfaction and loyalty (ECSI, ACSI).

A :class:`Model` says which items make a construct and who acts on whom; :func:`analyze` estimates it and
:func:`importance_performance` maps it. Both compute from means and covariances, so they take a frame or a
tally (:class:`csmodels_helpers.tally.Moments`), and all samples that the intervals need run through the
algorithm at once.

The modules ``paths_…`` stand below this one: ``paths_model``, ``paths_algorithm``, ``paths_result`` and
``paths_performance``. All that is public is found here.

References
----------
.. [1] Wold, H. (1982). Soft modeling: the basic design and some extensions. In Jöreskog and Wold (eds.),
Systems under
   Indirect Observation, part 2, 1–54.
.. [2] Tenenhaus, M., Esposito Vinzi, V., Chatelin, Y.-M. and Lauro, C. (2005). PLS path modeling.
Computational
   Statistics & Data Analysis 48, 159–205.
"""

from __future__ import annotations

from csmodels_helpers.paths_model import ECSI, Model
from csmodels_helpers.paths_performance import ImportancePerformance, importance_performance
from csmodels_helpers.paths_result import PathResult, analyze

__all__ = ["ECSI", "ImportancePerformance", "Model", "PathResult", "analyze", "importance_performance"]
