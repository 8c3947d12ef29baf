"""Check ``cdnow``, a real table that is shipped as it came; nothing is drawn at random.

The package ``lifetimes`` is unmaintained and no dependency, so :func:`make` reads the shipped file. That its
values are the source's is checked by writing them in the source's form again: the sha256 must be the same.
"""

from __future__ import annotations

import hashlib

import pandas as pd
from common import DATASETS, Recovery, order, save, table

from csmodels_helpers.retention import bg_nbd

NAME = "cdnow"
SEED = 0
# lifetimes/datasets/cdnow_customers_summary.csv in the wheel of lifetimes 0.11.3.
SOURCE_SHA256 = "09d92ca80daaabe8be0f997d4c539f9c9606106baa5b199081fe01cbce5fa9f6"
CUSTOMERS = 2357
# Fader, Hardie and Lee (2005), Marketing Science 24(2), table 2.
PUBLISHED = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
LOG_LIKELIHOOD = -9582.4


def make(seed: int = SEED) -> pd.DataFrame:
    """Return the shipped table; the seed changes nothing."""
    del seed
    frame = pd.read_csv(DATASETS / f"{NAME}.csv", encoding="utf-8")
    return table(NAME, {str(name): frame[name] for name in frame})


def source_bytes(frame: pd.DataFrame) -> bytes:
    """Write the table as its source does."""
    return frame.to_csv(index=False, lineterminator="\n").encode("utf-8")


def recover(frame: pd.DataFrame) -> dict[str, Recovery]:
    """Look for what is known of this file elsewhere."""
    found = bg_nbd(frame)
    return {
        "customers": order(len(frame), CUSTOMERS),
        "the source's bytes": order(hashlib.sha256(source_bytes(frame)).hexdigest(), SOURCE_SHA256),
        "BG/NBD parameters": order(found.table["estimate"].round(3).to_dict(), PUBLISHED),
        "log-likelihood": order(round(found.log_likelihood, 1), LOG_LIKELIHOOD),
    }


if __name__ == "__main__":
    print(save(NAME, make()))
