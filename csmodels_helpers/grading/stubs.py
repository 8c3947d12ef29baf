"""nbgrader's release, with a line to write at only where one is wanted.

nbgrader puts the same stub into every region of a solution. In a function that returns nothing yet it is
needed; below names to fill, or beside a line to repair, it asks for code that nobody wants.
"""

from __future__ import annotations

from typing import Any

from nbgrader.preprocessors import ClearSolutions

from csmodels_helpers.grading.release import without_needless_stub

__all__ = ["ClearAnswers"]


class ClearAnswers(ClearSolutions):
    """nbgrader's ``ClearSolutions``, without stubs that are not needed; it reads the same settings."""

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        """Clear one cell."""
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if cell.cell_type == "code":
            cell.source = without_needless_stub(cell.source)
        return cell, resources
