"""From a vague requirement to a measurable standard: five components, none of them left out."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any, Literal, cast

import pandas as pd

from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import text, unit_words

__all__ = ["Standard", "standard"]

_DIRECTIONS = ("at least", "at most")
# Words that nobody can measure, in the languages of the course; a component made of one says nothing.
_VAGUE = (
    "asap",
    "as soon as possible",
    "quickly",
    "fast",
    "good",
    "better",
    "soon",
    "everybody",
    "everyone",
    "all",
    "tbd",
    "尽快",
    "及时",
    "尽量",
    "良好",
    "更好",
    "大家",
    "所有人",
    "待定",
)


@dataclass(frozen=True)
class Standard:
    """A requirement that can be measured.

    Parameters
    ----------
    requirement : str
        What customers say, in their words.
    measure : str
        What is measured, with the cases that count.
    method : str
        How: source, sample, how often.
    target : float
        The number to be reached.
    unit : str
        Its unit.
    direction : {"at least", "at most"}
        Which side of the target is good.
    deadline : datetime.date
        By when.
    owner : str
        Who answers for it: one person or post.
    """

    requirement: str
    measure: str
    method: str
    target: float
    unit: str
    direction: Literal["at least", "at most"]
    deadline: dt.date
    owner: str

    @property
    def table(self) -> pd.DataFrame:
        """The five components: ``component`` (a code) and ``value`` (text)."""
        rows = {
            "measure": self.measure,
            "method": self.method,
            "target": self._target(),
            "deadline": self.deadline.isoformat(),
            "owner": self.owner,
        }
        return pd.DataFrame({"component": list(rows), "value": list(rows.values())})

    def met(self, value: float) -> bool:
        """Whether a measured value reaches the target.

        Parameters
        ----------
        value : float
            Measured as the standard says, in its unit.

        Returns
        -------
        bool
            True on the good side of the target or on it.
        """
        if isinstance(value, bool) or math.isnan(value):
            raise ArgumentError("value", value, text("survey.allowed.number"))
        return value >= self.target if self.direction == "at least" else value <= self.target

    def explain(self) -> str:
        """Say the standard in one sentence.

        Returns
        -------
        str
            All five components.
        """
        return text(
            "feedback.explain.standard",
            requirement=self.requirement,
            measure=self.measure,
            method=self.method,
            target=self._target(),
            deadline=self.deadline.isoformat(),
            owner=self.owner,
        )

    def _target(self) -> str:
        key = "at_least" if self.direction == "at least" else "at_most"
        unit = unit_words(self.unit, counted=True)
        return text(f"feedback.words.{key}", target=f"{self.target:g}", unit=unit)

    def _repr_html_(self) -> str:
        names = [text(f"feedback.words.{code}") for code in self.table["component"]]
        return self.table.assign(component=names).to_html(index=False, header=False)


def standard(
    requirement: str,
    *,
    measure: str,
    method: str,
    target: float,
    unit: str,
    direction: Literal["at least", "at most"],
    deadline: dt.date | str,
    owner: str,
) -> Standard:
    """Turn a vague requirement into a standard, or say what it still lacks.

    Parameters
    ----------
    requirement : str
        What customers say, such as "Answer faster".
    measure : str
        What is measured, such as "hours from a complaint to the first answer, nine of ten complaints".
    method : str
        How it is measured: "time stamps of all tickets, every month".
    target : float
        The number to be reached.
    unit : str
        Its unit, such as "hours" or "%".
    direction : {"at least", "at most"}
        Which side of the target is good.
    deadline : datetime.date or str
        By when: a date, or text as "2026-06-30".
    owner : str
        Who answers for it: one person or post.

    Returns
    -------
    Standard
        A record of the five components: what, how, target, deadline, owner.

    Raises
    ------
    ArgumentError
        If a component is empty or only a word that nobody can measure ("asap", "尽快", "everybody"), the
        target no finite number, the direction none of the two, or the deadline no date.

    Notes
    -----
    The course's source on satisfaction standards names five things that a standard speaks of (product,
    service, price, emotion, brand); the five components here say what makes one of them measurable, after
    Doran (1981, *Management Review* 70(11), 35–36).

    Examples
    --------
    >>> found = standard(
    ...     "Answer complaints faster",
    ...     measure="hours to the first answer, nine of ten complaints",
    ...     method="time stamps of all tickets, every month",
    ...     target=24,
    ...     unit="hours",
    ...     direction="at most",
    ...     deadline="2026-06-30",
    ...     owner="Head of service",
    ... )
    >>> found.met(20), found.met(30)
    (True, False)
    """
    words = {"requirement": requirement, "measure": measure, "method": method, "unit": unit, "owner": owner}
    for name, value in words.items():
        if not isinstance(value, str) or not value.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentError(name, value, text(f"feedback.allowed.{name}"))
        if name != "requirement" and value.strip().strip(".!。！").lower() in _VAGUE:
            advice = text("feedback.advice.vague", word=value)
            raise ArgumentError(name, value, text(f"feedback.allowed.{name}"), advice)
    if isinstance(target, bool) or not isinstance(target, int | float) or not math.isfinite(target):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError("target", target, text("feedback.allowed.target"))
    if direction not in _DIRECTIONS:
        raise ArgumentError("direction", direction, " | ".join(repr(name) for name in _DIRECTIONS))
    return Standard(requirement, measure, method, float(target), unit, direction, _date(deadline), owner)


def _date(deadline: Any) -> dt.date:
    if isinstance(deadline, dt.datetime):
        return deadline.date()
    if isinstance(deadline, dt.date):
        return deadline
    try:
        return dt.date.fromisoformat(cast(str, deadline))
    except (TypeError, ValueError):
        raise ArgumentError("deadline", deadline, text("feedback.allowed.deadline")) from None
