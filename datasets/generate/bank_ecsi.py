"""Generate ``bank_ecsi``: the satisfaction index of a bank, whose paths between composites are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from common import Recovery, order, rng, save, table

from csmodels_helpers import paths

NAME = "bank_ecsi"
SEED = 20250603
CUSTOMERS = 500

# Construct → weights of its items before they are scaled, and how far the items of the construct go together
# (the largest eigenvalue of their correlation matrix, as a share of the number of items).
BLOCKS = {
    "Image": ((1.2, 1.0, 0.8, 1.1, 0.9), 0.62),
    "Expectation": ((1.0, 1.1, 0.9), 0.66),
    "Quality": ((1.2, 1.1, 1.0, 1.0, 0.9, 0.8, 1.0), 0.60),
    "Value": ((1.0, 1.0), 0.80),
    "Satisfaction": ((1.1, 0.9, 1.0), 0.75),
    "Complaints": ((1.0,), 1.0),
    "Loyalty": ((1.1, 0.8, 1.1), 0.68),
}
PATHS = {
    ("Image", "Expectation"): 0.50,
    ("Image", "Satisfaction"): 0.20,
    ("Image", "Loyalty"): 0.25,
    ("Expectation", "Quality"): 0.45,
    ("Expectation", "Value"): 0.10,
    ("Expectation", "Satisfaction"): 0.05,
    ("Quality", "Value"): 0.50,
    ("Quality", "Satisfaction"): 0.40,
    ("Value", "Satisfaction"): 0.25,
    ("Satisfaction", "Complaints"): 0.45,
    ("Satisfaction", "Loyalty"): 0.40,
    ("Complaints", "Loyalty"): 0.15,
}
MEANS = {
    "Image": 6.4,
    "Expectation": 6.5,
    "Quality": 6.2,
    "Value": 5.4,
    "Satisfaction": 6.1,
    "Complaints": 5.6,
    "Loyalty": 5.9,
}
ITEM_SD = 1.35
# Rounding to whole answers adds this to the variance of an item (Sheppard), and nothing to covariances.
ROUNDING = 1 / 12
SKIPPED = 0.003


def model() -> paths.Model:
    """Return the ECSI model of the 24 items."""
    items = {
        name: [f"{name.lower()}_{i + 1}" for i in range(len(weights))]
        for name, (weights, _) in BLOCKS.items()
    }
    return paths.Model(items, list(PATHS))


def within(weights: tuple[float, ...], strength: float) -> np.ndarray:
    """Correlation matrix with the weights as its first eigenvector; of all such the one nearest to even."""
    w, k = np.array(weights), len(weights)
    rows, columns = np.triu_indices(k, 1)
    equations = np.zeros((k, len(rows)))
    equations[rows, range(len(rows))] = w[columns]
    equations[columns, range(len(rows))] = w[rows]
    even = np.full(len(rows), (strength * k - 1) / max(k - 1, 1))
    target = (strength * k - 1) * w - equations @ even
    found = np.eye(k)
    found[rows, columns] = even + np.linalg.pinv(equations) @ target
    return np.maximum(found, found.T) if k > 1 else found


def structural() -> np.ndarray:
    """Return the correlations of the composites that the paths imply."""
    names = list(BLOCKS)
    between = np.eye(len(names))
    for i, name in enumerate(names):  # the constructs stand in causal order
        causes = [names.index(start) for start, end in PATHS if end == name]
        beta = np.array([PATHS[names[cause], name] for cause in causes])
        if causes:
            between[i, :i] = beta @ between[causes, :i]
            between[:i, i] = between[i, :i]
    return between


def population() -> tuple[np.ndarray, np.ndarray]:
    """Return the covariances of the items before and after the answers are rounded.

    The weights are an eigenvector of each block, and blocks are joined only through their composites. So the
    covariance of an item with its composite is proportional to its weight, mode A finds exactly these
    weights, and the paths between the composites are exactly the planted ones: a composite model. (It is no
    common-factor model: what the items of a construct share beyond their composite is not independent.)
    """
    blocks = [within(*block) * ITEM_SD**2 for block in BLOCKS.values()]
    # Variance of w'x, unrounded and rounded, with w'w = 1.
    directions = [np.array(w) / np.linalg.norm(w) for w, _ in BLOCKS.values()]
    sizes = [float(w @ block @ w) for w, block in zip(directions, blocks, strict=True)]
    between = structural()
    starts = np.concatenate([[0], np.cumsum([len(w) for w in directions])])
    answers = np.zeros((starts[-1], starts[-1]))
    for i, one in enumerate(directions):
        for j, two in enumerate(directions):
            own, other = slice(starts[i], starts[i + 1]), slice(starts[j], starts[j + 1])
            # Rounding adds noise to the composites; their correlation is planted for the rounded answers.
            scale = np.sqrt((sizes[i] + ROUNDING) * (sizes[j] + ROUNDING))
            answers[own, other] = blocks[i] if i == j else between[i, j] * scale * np.outer(one, two)
    return answers, answers + ROUNDING * np.eye(len(answers))


def make(seed: int = SEED, customers: int = CUSTOMERS) -> pd.DataFrame:
    """Draw the data set."""
    random = rng(seed)
    covariance, _ = population()
    means = np.concatenate([np.full(len(w), MEANS[name]) for name, (w, _) in BLOCKS.items()])
    # Neighbouring items differ a little in how easily they are praised.
    means = means + 0.15 * np.resize([0, 1, -1], len(means))
    root = np.linalg.cholesky(covariance)
    answers = np.clip(np.rint(means + random.standard_normal((customers, len(means))) @ root.T), 1, 10)
    answers[random.random(answers.shape) < SKIPPED] = np.nan
    columns: dict[str, Any] = {"customer": np.arange(1, customers + 1)}
    columns |= {item: answers[:, i] for i, item in enumerate(model().items)}
    return table(NAME, columns)


def total_effects() -> pd.DataFrame:
    """Return what each construct does to each other on all ways together."""
    names = list(BLOCKS)
    direct = pd.DataFrame(0.0, index=names, columns=names)
    for (start, end), value in PATHS.items():
        direct.loc[start, end] = value
    total = np.linalg.inv(np.eye(len(names)) - direct.to_numpy()) - np.eye(len(names))
    return pd.DataFrame(total, index=names, columns=names)


def recover(frame: pd.DataFrame) -> dict[str, Recovery]:
    """Look for every path, every total effect on loyalty, and what acts most on it."""
    found: dict[str, Recovery] = {}
    result = paths.analyze(frame, model())
    for row in result.table.to_dict("records"):
        truth = PATHS[row["from"], row["to"]]
        found[f"path {row['from']} → {row['to']}"] = _held(row, "coefficient", "low", "high", truth)
    on_loyalty = result.effects[result.effects["to"] == "Loyalty"]
    truths = total_effects()["Loyalty"]
    for row in on_loyalty.to_dict("records"):
        name = f"total effect {row['from']} → Loyalty"
        found[name] = _held(row, "total", "total_low", "total_high", float(truths[row["from"]]))
    quality = result.table[result.table["to"] == "Satisfaction"].nlargest(1, "coefficient")["from"].item()
    found["what acts most on satisfaction"] = order(quality, "Quality")
    return found


def _held(row: dict[Any, Any], name: str, low: str, high: str, truth: float) -> Recovery:
    said = f"{row[name]:.3f} ({row[low]:.3f} to {row[high]:.3f})"
    return Recovery("interval", bool(row[low] <= truth <= row[high]), said, round(truth, 4))


if __name__ == "__main__":
    print(save(NAME, make()))
