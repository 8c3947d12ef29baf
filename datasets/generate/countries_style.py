"""Generate ``countries_style``: two countries, equally satisfied, that use a scale differently."""

from __future__ import annotations

import numpy as np
import pandas as pd
from common import Recovery, order, rng, save, table

from csmodels_helpers import monitoring

NAME = "countries_style"
SEED = 20250808
COUNTRIES = ("Norland", "Sudland")
PER_COUNTRY = 1000

# Satisfaction is the same in both countries: mean 0.5, and the same three parts of its spread (customer,
# item, and a lasting mood of answering that has nothing to do with the country).
MEAN = 0.50
CUSTOMER_SD, ITEM_SD, MOOD_SD = 0.60, 0.70, 0.30
SATISFACTION_DIFFERENCE = 0.0
ITEMS = tuple(f"item_{i:02}" for i in range(1, 13))
REVERSED = ITEMS[6:]
# How easily customers agree with an item, whatever the country; both halves sum to 0.
ITEM_EASE = (0.00, 0.20, -0.15, 0.10, -0.25, 0.10, 0.15, -0.10, 0.25, -0.20, -0.05, -0.05)

# An answer is the number of thresholds that satisfaction (dissatisfaction, for a reversed item) exceeds, plus
# 1. Acquiescence moves all answers up; extremity moves the thresholds together, so that the ends are chosen
# more.
THRESHOLDS = (-1.50, -0.50, 0.50, 1.50)
ACQUIESCENCE = {"Norland": 0.00, "Sudland": 0.40}
EXTREMITY = {"Norland": 0.85, "Sudland": 1.45}

# The same three invented customers for everybody, from the least to the most satisfied.
VIGNETTES = {"vignette_1": -1.10, "vignette_2": 0.05, "vignette_3": 1.20}
VIGNETTE_SD = 0.45

AGES = ("18-29", "30-44", "45-59", "60+")
AGE_SHARES = (0.22, 0.31, 0.28, 0.19)
SKIPPED = 0.003


def make(seed: int = SEED) -> pd.DataFrame:
    """Draw the data set."""
    random = rng(seed)
    n = len(COUNTRIES) * PER_COUNTRY
    country = np.repeat(COUNTRIES, PER_COUNTRY)
    shift = np.array([ACQUIESCENCE[name] for name in country])[:, None]
    stretch = np.array([EXTREMITY[name] for name in country])[:, None]
    satisfied = MEAN + CUSTOMER_SD * random.standard_normal((n, 1))
    mood = MOOD_SD * random.standard_normal((n, 1))
    direction = np.where([item in REVERSED for item in ITEMS], -1, 1)
    felt = direction * (satisfied + ITEM_EASE + ITEM_SD * random.standard_normal((n, len(ITEMS))))
    pictured = np.array(list(VIGNETTES.values())) + VIGNETTE_SD * random.standard_normal((n, len(VIGNETTES)))
    latent = np.hstack([felt, pictured]) + mood
    answers = 1.0 + np.searchsorted(THRESHOLDS, stretch * latent + shift)
    answers[random.random(answers.shape) < SKIPPED] = np.nan
    age = random.choice(AGES, size=n, p=AGE_SHARES)
    # The export is in the order in which people answered, not country by country.
    mixed = random.permutation(n)
    columns = {
        "respondent": np.arange(1, n + 1),
        "country": country[mixed],
        "age": age[mixed],
        **dict(zip([*ITEMS, *VIGNETTES], answers[mixed].T, strict=True)),
    }
    return table(NAME, columns)


def recover(frame: pd.DataFrame) -> dict[str, Recovery]:
    """Look for the styles and for the difference that is not there."""
    found: dict[str, Recovery] = {}
    styles = monitoring.response_styles(
        frame, ITEMS, reverse=REVERSED, scale=(1, 5), segment="country", reference=COUNTRIES[0]
    )
    gaps = styles.differences.set_index("score")
    for score, name in (("as_asked", "as asked"), ("balanced", "balanced")):
        low = float(gaps.loc[score, "low"])
        found[f"{name}: {COUNTRIES[1]} seems more satisfied"] = order(low > 0, True)
    found["same style: no difference"] = _inside(
        gaps.loc["same_style"], "difference", SATISFACTION_DIFFERENCE
    )
    by_country = styles.table.set_index("country")
    for style in ("acquiescence", "extremity"):
        higher = by_country.loc[COUNTRIES[1], f"{style}_low"] > by_country.loc[COUNTRIES[0], f"{style}_high"]
        found[f"more {style} in {COUNTRIES[1]}"] = order(bool(higher), True)
    anchored = monitoring.anchoring_vignettes(
        frame, ITEMS[0], list(VIGNETTES), scale=(1, 5), segment="country", reference=COUNTRIES[0]
    ).comparison.set_index("measure")
    found[f"own answer: {COUNTRIES[1]} seems more satisfied"] = order(
        bool(anchored.loc["own_answer", "low"] > 0.5), True
    )
    found["anchored: no difference"] = _inside(anchored.loc["anchored"], "probability", 0.5)
    return found


def _inside(row: pd.Series, name: str, truth: float) -> Recovery:
    said = f"{row[name]:.3f} ({row['low']:.3f} to {row['high']:.3f})"
    return Recovery("interval", bool(row["low"] <= truth <= row["high"]), said, truth)


if __name__ == "__main__":
    print(save(NAME, make()))
