"""The jackknife over groups of respondents for estimates that compare segments or months."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from csmodels_helpers.tally import GROUP, GROUPS, Moments

__all__: list[str] = []

Floats = npt.NDArray[np.float64]


def leave_groups_out(made: Moments, column: str) -> tuple[list[Any], Floats, Floats]:
    """Rows and sums of each segment, over all and without each group of respondents.

    A group is left out of all segments at once, so that whoever stands in two of them is left out of both.
    Returns the segments, rows (1 + G, S) and sums (1 + G, S, k); the whole comes first.
    """
    parts = list(made.split(column))
    n, sums = np.zeros((GROUPS, len(parts))), np.zeros((GROUPS, len(parts), len(made.columns)))
    for j, (_, part) in enumerate(parts):
        groups = part.keys[GROUP].to_numpy()
        np.add.at(n[:, j], groups, part.keys["n"].to_numpy(dtype=np.float64))
        np.add.at(sums[:, j], groups, part.sums)
    there = n.sum(axis=1) > 0
    n, sums = n[there], sums[there]
    all_n, all_sums = n.sum(axis=0), sums.sum(axis=0)
    labels = [label for label, _ in parts]
    return labels, np.concatenate([all_n[None], all_n - n]), np.concatenate([all_sums[None], all_sums - sums])
