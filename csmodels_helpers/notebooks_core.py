"""Core-only copies of the lessons, for a two-day course: the same notebooks without their deeper cells."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from csmodels_helpers.notebooks_cells import LINK, ROOT, cell_source, cell_tags
from csmodels_helpers.notebooks_form import format_text

__all__ = ["core_only", "write_core"]

_MINUTES = re.compile(r"^Core (\d+) min · deeper \d+ min$", re.MULTILINE)


def core_only(content: str) -> str:
    """Leave the deeper cells of a lesson out.

    Parameters
    ----------
    content : str
        The notebook, as JSON of format 4.

    Returns
    -------
    str
        The notebook in the house form, with the minutes of its core alone.

    Raises
    ------
    ValueError
        If a core cell links to a deeper one: the link would lead nowhere.

    Examples
    --------
    >>> def cell(name):
    ...     return {"cell_type": "markdown", "id": name, "metadata": {"tags": [name]}, "source": name}
    >>> lesson = json.dumps({"nbformat": 4, "cells": [cell("core"), cell("deeper")]})
    >>> [kept["id"] for kept in json.loads(core_only(lesson))["cells"]]
    ['core']
    """
    notebook: dict[str, Any] = json.loads(content)
    left_out = {cell["id"] for cell in notebook["cells"] if "deeper" in cell_tags(cell)}
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] not in left_out]
    for cell in notebook["cells"]:
        text = cell_source(cell)
        for target in LINK.findall(text):
            if target.startswith("#cell-id=") and target.removeprefix("#cell-id=") in left_out:
                raise ValueError(f"{cell['id']} links to {target}, which is a deeper cell")
        cell["source"] = _MINUTES.sub(r"\1 min", text)
    return format_text(json.dumps(notebook))


def write_core(lessons: list[Path], folder: Path) -> list[Path]:
    """Write the core-only copies of lessons.

    Parameters
    ----------
    lessons : list of Path
        Notebooks.
    folder : Path
        Where the copies go, under the same names; it is made if it is not there.

    Returns
    -------
    list of Path
        The copies.

    Examples
    --------
    >>> write_core([], Path("."))
    []
    """
    folder.mkdir(parents=True, exist_ok=True)
    copies: list[Path] = []
    for lesson in lessons:
        try:
            made = core_only(lesson.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{lesson.name}: {error}") from None
        copies.append(folder / lesson.name)
        copies[-1].write_text(made, encoding="utf-8", newline="\n")
    return copies


CORE = ROOT / "build" / "core"
"""Where ``make core`` puts them."""
