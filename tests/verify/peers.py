"""Independent implementations beside ours: ``docs/verification.md`` is made from it too.

Each ``test_<module>_peers.py`` lists its comparisons in ``PEERS``; ``python tests/verify/published.py``
writes the table from them, and the tests compare it line by line.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

START, END = "<!-- peers: written by tests/verify/published.py -->", "<!-- /peers -->"
HEAD = ["| function | peer | data | largest difference | tolerance |", "| --- | --- | --- | --- | --- |"]


@dataclass(frozen=True)
class Peer:
    """One of our functions and somebody else's, on the same data.

    Parameters
    ----------
    function : str
        Ours, as ``module.function``, with options.
    peer : str
        Theirs, its distribution first: its version is looked up.
    data : str
        What both were given.
    tolerance : float
        How far they may be apart.
    compute : callable
        Ours and theirs, as equally long numbers.
    relative : bool, default False
        Whether differences are shares of their number: for errors, which are estimates themselves.
    note : str, default ""
        What theirs defines in another way, and how that was made equal here.
    """

    function: str
    peer: str
    data: str
    tolerance: float
    compute: Callable[[], tuple[Any, Any]]
    relative: bool = False
    note: str = ""

    def difference(self) -> float:
        """Find the largest difference; not a number in the same places is none."""
        ours, theirs = (np.asarray(side, dtype=np.float64).ravel() for side in self.compute())
        assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
        assert len(ours), "nothing was compared"
        assert (np.isnan(ours) == np.isnan(theirs)).all(), "one of the two is not a number"
        assert not np.isnan(ours).all(), "nothing was compared"
        apart = np.abs(ours - theirs)
        return float(np.nanmax(apart / np.abs(theirs) if self.relative else apart))

    def cells(self, difference: float) -> list[str]:
        """Set the comparison as cells of a row."""
        name, _, rest = self.peer.partition(" ")
        peer = f"{name} {version(name)} {rest}".strip()
        data = f"{self.data}; {self.note}" if self.note else self.data
        unit = " (relative)" if self.relative else ""
        return [f"`{self.function}`", peer, data, shown(difference) + unit, f"{self.tolerance:g}{unit}"]


def shown(difference: float) -> str:
    """Set a difference with one digit; what rounding leaves depends on the machine and is not told apart."""
    return "below 1e-09" if difference < 1e-9 else f"{difference:.0e}"


def same_size(text: str, difference: float) -> bool:
    """Whether the page shows a difference of this size: searches end elsewhere on other machines."""
    if text.startswith("below"):
        return difference < 1e-9
    return difference > 0 and abs(math.log10(difference / float(text.split()[0]))) < 1


def check(peer: Peer) -> None:
    """Compare, and look whether the page says so."""
    found = peer.difference()
    assert found <= peer.tolerance
    cells = peer.cells(found)
    assert any(row[:3] + row[4:] == cells[:3] + cells[4:] and same_size(row[3], found) for row in rows()), (
        f"docs/verification.md lacks {cells}; python tests/verify/published.py writes it"
    )


def rows() -> list[list[str]]:
    """Read the cells of the table on the page."""
    from published import PAGE

    part = PAGE.read_text(encoding="utf-8").partition(START)[2].partition(END)[0]
    lines = [line for line in part.splitlines() if line.startswith("|") and line not in HEAD]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def all_peers() -> list[Peer]:
    """Gather the comparisons of all files."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("test_*_peers.py"))
    return [peer for name in names for peer in importlib.import_module(name).PEERS]


def table() -> list[str]:
    """Compute the whole table."""
    return [*HEAD, *(f"| {' | '.join(peer.cells(peer.difference()))} |" for peer in all_peers())]
