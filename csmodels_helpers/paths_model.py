"""What a path model is: constructs with their items, and who acts on whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from csmodels_helpers.errors import ArgumentError, UnknownNameError
from csmodels_helpers.language import text

__all__ = ["ECSI", "Model"]

ECSI = (
    ("Image", "Expectation"),
    ("Image", "Satisfaction"),
    ("Image", "Loyalty"),
    ("Expectation", "Quality"),
    ("Expectation", "Value"),
    ("Expectation", "Satisfaction"),
    ("Quality", "Value"),
    ("Quality", "Satisfaction"),
    ("Value", "Satisfaction"),
    ("Satisfaction", "Complaints"),
    ("Satisfaction", "Loyalty"),
    ("Complaints", "Loyalty"),
)
"""The paths of the European customer satisfaction index (ECSI), for :class:`Model`."""


@dataclass(frozen=True)
class Model:
    """Constructs with their items, and the paths between constructs.

    Parameters
    ----------
    constructs : dict of sequence of str
        Construct → its items (columns). Each item belongs to one construct; one item is enough.
    paths : sequence of tuple of str
        Pairs (from, to). They lead in no circle, and each construct is at an end of one.

    Raises
    ------
    UnknownNameError
        If a path names a construct that is not there.
    ArgumentError
        If a construct has no item, an item stands twice, a path stands twice, paths lead in a circle, or a
        construct is on no path.

    References
    ----------
    Tenenhaus, M., Esposito Vinzi, V., Chatelin, Y.-M. and Lauro, C. (2005). PLS path modeling. *Computational
    Statistics & Data Analysis* 48, 159–205.

    Examples
    --------
    >>> model = Model({"Quality": ["q1", "q2"], "Satisfaction": ["s1"]}, [("Quality", "Satisfaction")])
    >>> model.items
    ('q1', 'q2', 's1')
    >>> Model({"Quality": ["q1"], "Loyalty": ["l1"]}, [("Quality", "Loyalty"), ("Loyalty", "Quality")])
    Traceback (most recent call last):
      ...
    csmodels_helpers.errors.ArgumentError: paths=['Quality', 'Loyalty'] is not allowed: it takes paths that do
    not lead in a circle.
    """

    constructs: Mapping[str, Sequence[str]]
    paths: Sequence[tuple[str, str]]

    def __post_init__(self) -> None:
        blocks = {
            name: (items,) if isinstance(items, str) else tuple(items)
            for name, items in dict(self.constructs).items()
        }
        pairs = tuple((str(start), str(end)) for start, end in self.paths)
        object.__setattr__(self, "constructs", blocks)
        object.__setattr__(self, "paths", pairs)
        empty = [name for name, items in blocks.items() if not items]
        if empty or not blocks:
            raise ArgumentError("constructs", empty, text("paths.allowed.constructs"))
        every = [item for items in blocks.values() for item in items]
        twice = sorted({item for item in every if every.count(item) > 1})
        if twice:
            raise ArgumentError("constructs", twice, text("paths.allowed.items"))
        for name in (name for pair in pairs for name in pair):
            if name not in blocks:
                raise UnknownNameError(text("paths.kinds.construct"), name, list(blocks))
        repeated = [pair for i, pair in enumerate(pairs) if pair in pairs[:i]]
        if repeated or not pairs:
            raise ArgumentError("paths", repeated, text("paths.allowed.paths"))
        alone = [name for name in blocks if all(name not in pair for pair in pairs)]
        if alone:
            raise ArgumentError("constructs", alone, text("paths.allowed.connected"))
        circle = [name for name in blocks if name not in self._sorted()]
        if circle:
            raise ArgumentError("paths", circle, text("paths.allowed.acyclic"))

    @property
    def items(self) -> tuple[str, ...]:
        """All items, construct by construct.

        Returns
        -------
        tuple of str
            The columns that the model needs.
        """
        return tuple(item for items in self.constructs.values() for item in items)

    @property
    def order(self) -> tuple[str, ...]:
        """The constructs so that each comes after all that act on it.

        Returns
        -------
        tuple of str
            Names.
        """
        return tuple(self._sorted())

    def causes(self, construct: str) -> tuple[str, ...]:
        """List the constructs with a path to this one.

        Parameters
        ----------
        construct : str
            A construct.

        Returns
        -------
        tuple of str
            In the order of the paths.
        """
        return tuple(start for start, end in self.paths if end == construct)

    def _sorted(self) -> list[str]:
        done: list[str] = []
        found = True
        while found:
            ready = [
                name
                for name in self.constructs
                if name not in done and all(cause in done for cause in self.causes(name))
            ]
            done, found = [*done, *ready], bool(ready)
        return done
