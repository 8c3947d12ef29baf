"""What every analysis returns: a frozen result with a table, a figure and a plain sentence."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Result"]


# eq=False: two data frames have no single truth value for ==, so results compare by identity.
@dataclass(frozen=True, eq=False)
class Result(ABC):
    """Base of all results: the numbers, a figure of them, and a sentence that says them.

    A subclass is itself ``@dataclass(frozen=True, eq=False)``, may add fields, and gives
    :meth:`plot` (with keyword options of its own, if any) and :meth:`explain`.

    Parameters
    ----------
    table : pandas.DataFrame
        The numbers, one row an item or segment; units stand in the subclass.

    Examples
    --------
    >>> @dataclass(frozen=True, eq=False)
    ... class Share(Result):
    ...     def plot(self, ax=None):
    ...         return self.table.plot.bar(ax=ax)
    ...
    ...     def explain(self):
    ...         return f"{self.table.loc[0, 'share']:.0%} are satisfied."
    >>> Share(pd.DataFrame({"share": [0.62]})).explain()
    '62% are satisfied.'
    """

    table: pd.DataFrame

    @abstractmethod
    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the result.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; without it a new figure is made.

        Returns
        -------
        matplotlib.axes.Axes
            The axes drawn on, with title, labels and alternative text.
        """

    @abstractmethod
    def explain(self) -> str:
        """Say the result in one or two plain sentences.

        Returns
        -------
        str
            In the language that :func:`csmodels_helpers.language.set_language` chose.
        """

    def _repr_html_(self) -> str:
        # Three decimals are more than a survey supports and enough to check a sum by hand.
        return self.table.round(3).to_html()
