"""The house form of a notebook: no outputs, no counts, named cells, stable JSON."""

from __future__ import annotations

import json
import re

from csmodels_helpers.notebooks_cells import Cell, Notebook, cell_source, markdown_headings

__all__ = ["format_text"]

# What JupyterLab, nbclient and editors add and nobody reads; tags and nbgrader's own settings stay.
_KEPT_CELL_METADATA = ("csmodels", "tags", "nbgrader", "deletable", "editable")
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


_UNNAMED = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8}|[0-9a-f]{32}|cell-[0-9a-f]{8,}|id\d+|\d+|"
)


def unnamed(identifier: str) -> bool:
    return _UNNAMED.fullmatch(identifier) is not None


def _slug(words: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
    return plain[:40].rstrip("-") if re.match(r"[a-z]", plain) else ""


def _house_form(notebook: Notebook) -> Notebook:
    cells: list[Cell] = []
    taken = {str(cell.get("id", "")) for cell in notebook["cells"]}
    heading = ""
    for cell in notebook["cells"]:
        metadata = cell.get("metadata", {})
        kept = {key: metadata[key] for key in _KEPT_CELL_METADATA if metadata.get(key) not in (None, [])}
        text = cell_source(cell)
        new: Cell = {
            "cell_type": cell["cell_type"],
            "id": str(cell.get("id", "")),
            "metadata": kept,
            "source": text.splitlines(keepends=True),
        }
        own = markdown_headings(text) if cell["cell_type"] == "markdown" else []
        heading = _slug(own[0][1]) if own else heading
        if cell["cell_type"] == "code":
            new.update(execution_count=None, outputs=[])
        elif cell.get("attachments"):
            new["attachments"] = cell["attachments"]
        graded = kept.get("nbgrader", {}).get("grade_id", "")
        if graded:
            new["id"] = graded
        elif unnamed(new["id"]):
            kind = "" if own else {"markdown": "-text", "code": "-code"}.get(cell["cell_type"], "-raw")
            base = (heading or "cell") + kind
            proposals = (base if number == 1 else f"{base}-{number}" for number in range(1, 1000))
            new["id"] = next(name for name in proposals if name not in taken)
        taken.add(new["id"])
        cells.append(new)
    metadata = {"kernelspec": _KERNEL, "language_info": {"name": "python"}}
    if "nbgrader" in notebook.get("metadata", {}):
        metadata["nbgrader"] = notebook["metadata"]["nbgrader"]
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def format_text(content: str) -> str:
    """Put a notebook into the house form: no outputs, no counts, named cells, stable JSON.

    Parameters
    ----------
    content : str
        The notebook, as JSON of format 4.

    Returns
    -------
    str
        The same notebook; formatting it again changes nothing.

    Raises
    ------
    ValueError
        If it is no notebook of format 4.

    Examples
    --------
    >>> cell = {"cell_type": "markdown", "id": "0a1b2c3d", "metadata": {}, "source": "## The sign of a gap"}
    >>> raw = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    >>> json.loads(format_text(raw))["cells"][0]["id"]
    'the-sign-of-a-gap'
    """
    try:
        notebook = json.loads(content)
        if notebook["nbformat"] != 4:
            raise ValueError(f"nbformat {notebook['nbformat']}, not 4")
        formed = _house_form(notebook)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no notebook of format 4: {error!r}") from error
    # The separators and the order of the keys are those of nbformat and ruff.
    return json.dumps(formed, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
