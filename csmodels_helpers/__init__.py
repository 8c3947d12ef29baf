"""Customer-satisfaction models: each one computed, plotted and explained.

Import the module of the model that you need::

    from csmodels_helpers import datasets, kano, metrics
"""

from csmodels_helpers.language import get_language, set_language

__all__ = ["__version__", "get_language", "set_language"]

__version__ = "0.1.0"
