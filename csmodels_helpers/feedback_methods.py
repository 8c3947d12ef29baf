"""Eleven ways of hearing customers: what each costs, how many it reaches, and whom it does not hear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text

__all__ = ["MethodList", "methods"]

_COSTS = ("low", "middle", "high")
_REACHES = ("few", "many")
_DEPTHS = ("how many", "why")
# Cost, reach, depth; the words stand in messages/feedback.toml.
_METHODS = {
    "survey": ("middle", "many", "how many"),
    "interview": ("high", "few", "why"),
    "focus_group": ("high", "few", "why"),
    "reviews": ("low", "many", "why"),
    "social_media": ("low", "many", "why"),
    "churn_analysis": ("low", "many", "how many"),
    "panel": ("middle", "few", "why"),
    "opinion_leaders": ("low", "few", "why"),
    "market_research": ("high", "many", "how many"),
    "internal_audit": ("middle", "few", "how many"),
    "third_party": ("high", "few", "how many"),
}


@dataclass(frozen=True, eq=False)
class MethodList:
    """Ways of hearing customers that fit a wish.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a method, codes: ``method``, ``cost`` (of a round: low, middle, high), ``reach`` (few, many
        voices), ``depth`` (tells how many, or why). The levels are a judgement, not a measurement.
    """

    table: pd.DataFrame

    def explain(self) -> str:
        """Say which methods fit, and whom each does not hear.

        Returns
        -------
        str
            One sentence a method; a single one if none fits.
        """
        if self.table.empty:
            return text("feedback.explain.no_method")
        return join(
            *(
                text(
                    "feedback.explain.method",
                    method=text(f"feedback.method.{name}"),
                    bias=text(f"feedback.bias.{name}"),
                )
                for name in self.table["method"]
            )
        )

    def _repr_html_(self) -> str:
        if self.table.empty:
            return f"<p>{self.explain()}</p>"
        shown = pd.DataFrame(
            {
                text("feedback.column.method"): [text(f"feedback.method.{m}") for m in self.table["method"]],
                text("feedback.column.cost"): [text(f"feedback.level.{c}") for c in self.table["cost"]],
                text("feedback.column.reach"): [text(f"feedback.level.{r}") for r in self.table["reach"]],
                text("feedback.column.depth"): [
                    text(f"feedback.level.{d.replace(' ', '_')}") for d in self.table["depth"]
                ],
                text("feedback.column.bias"): [text(f"feedback.bias.{m}") for m in self.table["method"]],
            }
        )
        return shown.to_html(index=False, justify="left")


def methods(
    *,
    cost: Literal["any", "low", "middle", "high"] = "any",
    reach: Literal["any", "few", "many"] = "any",
    depth: Literal["any", "how many", "why"] = "any",
) -> MethodList:
    """List the ways of hearing customers that fit, with whom each does not hear.

    Parameters
    ----------
    cost : {"any", "low", "middle", "high"}, default "any"
        What a round may cost: this level or a lower one.
    reach : {"any", "few", "many"}, default "any"
        How many voices it brings.
    depth : {"any", "how many", "why"}, default "any"
        Whether it tells how many think so, or why they do.

    Returns
    -------
    MethodList
        The methods that fit, none if nothing does.

    Raises
    ------
    ArgumentError
        If a level is unknown.

    Notes
    -----
    The methods are those of the course's sources; cost, reach and depth are our judgement of what is usual,
    and a firm that has a cheap interviewer should write its own.

    Examples
    --------
    >>> methods(cost="low", reach="many").table["method"].tolist()
    ['reviews', 'social_media', 'churn_analysis']
    """
    for name, value, known in (("cost", cost, _COSTS), ("reach", reach, _REACHES), ("depth", depth, _DEPTHS)):
        if value not in ("any", *known):
            raise ArgumentError(name, value, " | ".join(repr(level) for level in ("any", *known)))
    rows = [
        {"method": name, "cost": costs, "reach": reaches, "depth": tells}
        for name, (costs, reaches, tells) in _METHODS.items()
        if (cost == "any" or _COSTS.index(costs) <= _COSTS.index(cost))
        and reach in ("any", reaches)
        and depth in ("any", tells)
    ]
    return MethodList(pd.DataFrame(rows, columns=["method", "cost", "reach", "depth"]))
