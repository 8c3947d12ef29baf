"""What the tools for notebooks share: cells, their text, and a problem with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Problem", "sources"]

Cell = dict[str, Any]


Notebook = dict[str, Any]


ROOT = Path(__file__).resolve().parent.parent
CHECKS = Path(__file__).resolve().parent / "checks"


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: where, what, and what to do.

    Attributes
    ----------
    file, cell : str
        The notebook, and the id of the cell (or what it is about).
    what, todo : str
        What is wrong, and what to do.

    Examples
    --------
    >>> print(Problem("m05_kano.ipynb", "setup", "has an output", "run `make format`"))
    m05_kano.ipynb › setup: has an output; run `make format`
    """

    file: str
    cell: str
    what: str
    todo: str

    def __str__(self) -> str:
        return f"{self.file} › {self.cell}: {self.what}; {self.todo}"


def sources(root: Path = ROOT) -> list[Path]:
    """List the notebooks that people write: lessons and the sources of the exercises.

    Parameters
    ----------
    root : Path, optional
        The folder of the course.

    Returns
    -------
    list of Path
        In the order of their names, lessons first.

    Examples
    --------
    >>> sources(Path("no such folder"))
    []
    """
    return sorted((root / "notebooks").glob("*.ipynb")) + sorted((root / "solutions").glob("*/*.ipynb"))


def cell_source(cell: Cell) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def cell_tags(cell: Cell) -> list[str]:
    return list(cell.get("metadata", {}).get("tags", []))


def is_lesson(path: Path) -> bool:
    return path.parent.name not in ("solutions", "exercises") and path.parent.name != path.stem


def shown_name(path: Path) -> str:
    absolute = path.resolve()
    return absolute.relative_to(ROOT).as_posix() if absolute.is_relative_to(ROOT) else path.name


FENCE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$", re.MULTILINE)


def markdown_headings(markdown: str) -> list[tuple[int, str]]:
    return [(len(marks), words) for marks, words in _HEADING.findall(FENCE.sub("", markdown))]


Finding = tuple[str, str, str]
"""Cell, what is wrong, what to do."""


LINK = re.compile(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
