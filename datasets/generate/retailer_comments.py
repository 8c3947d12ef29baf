"""Generate ``retailer_comments``: what customers of an online retailer write, in Chinese and English."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from common import Recovery, interval, order, rng, save, table
from statsmodels.stats.inter_rater import cohens_kappa

from csmodels_helpers import feedback

NAME = "retailer_comments"
SEED = 20250204
COMMENTS = 1500
# Language → topic → polarity → sentences, those of two topics apart.
WRITTEN = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))

LANGUAGES = {"zh": 0.55, "en": 0.45}
TOPICS = {"delivery": 0.34, "quality": 0.26, "price": 0.16, "service": 0.14, "returns": 0.10}
POLARITIES = ("positive", "neutral", "negative")
# Of the comments on each topic.
POLARITY_SHARES = {
    "delivery": (0.35, 0.20, 0.45),
    "quality": (0.50, 0.20, 0.30),
    "price": (0.45, 0.25, 0.30),
    "service": (0.55, 0.15, 0.30),
    "returns": (0.30, 0.25, 0.45),
}
# Comments that are not neutral and speak of a second topic.
MIXED_SHARE = 0.15
SCORES = {
    "positive": (0.0, 0.0, 0.0, 0.35, 0.65),
    "neutral": (0.0, 0.10, 0.70, 0.20, 0.0),
    "negative": (0.55, 0.35, 0.10, 0.0, 0.0),
}
SCORE_MISSING = 0.05
# A coder reads a comment with care, or else guesses as polarities are distributed; two such coders agree
# beyond chance only where both read, so that κ = √κ · √κ.
KAPPA = 0.75
FIRST_DAY, DAYS = np.datetime64("2025-01-01"), 365


def polarity_shares() -> np.ndarray:
    """Shares of positive, neutral and negative over all topics."""
    return np.array(list(TOPICS.values())) @ np.array([POLARITY_SHARES[topic] for topic in TOPICS])


def _sentence(
    random: np.random.Generator, language: str, topic: str, polarity: str, mixed: bool
) -> tuple[str, str | None, str]:
    """Draw a sentence: text, second topic, name of its template."""
    if mixed and polarity != "neutral":
        words, second = WRITTEN["mixed"][language][topic][polarity]
        name = f"{language}-{topic}-{polarity}-mixed"
    else:
        known = WRITTEN["sentences"][language][topic][polarity]
        number = int(random.integers(len(known)))
        words, second, name = known[number], None, f"{language}-{topic}-{polarity}-{number + 1}"
    items = WRITTEN["items"][language]
    item = items[int(random.integers(len(items)))]
    return words.format(item=item, days=int(random.integers(2, 15))), second, name


def _coded(random: np.random.Generator, polarity: np.ndarray) -> np.ndarray:
    """Code the polarities as a coder does who reads a share √κ with care."""
    guessed = random.choice(POLARITIES, size=len(polarity), p=polarity_shares())
    return np.where(random.random(len(polarity)) < np.sqrt(KAPPA), polarity, guessed)


def make(seed: int = SEED) -> pd.DataFrame:
    """Draw the data set."""
    random = rng(seed)
    n = COMMENTS
    day = np.sort(random.integers(0, DAYS, n))
    language = random.choice(list(LANGUAGES), size=n, p=list(LANGUAGES.values()))
    topic = random.choice(list(TOPICS), size=n, p=list(TOPICS.values()))
    shares = np.array([POLARITY_SHARES[name] for name in topic])
    polarity = np.array(POLARITIES)[(random.random(n)[:, None] > np.cumsum(shares, axis=1)).sum(axis=1)]
    mixed = random.random(n) < MIXED_SHARE
    written = [
        _sentence(random, *drawn)
        for drawn in zip(language.tolist(), topic.tolist(), polarity.tolist(), mixed.tolist(), strict=True)
    ]
    chances = np.array([SCORES[name] for name in polarity])
    score = 1.0 + (random.random(n)[:, None] > np.cumsum(chances, axis=1)).sum(axis=1)
    columns: dict[str, Any] = {
        "comment": np.arange(1, n + 1),
        "date": FIRST_DAY + day.astype("timedelta64[D]"),
        "language": language,
        "text": [words for words, _, _ in written],
        "score": np.where(random.random(n) < SCORE_MISSING, np.nan, np.minimum(score, 5)),
        "topic": topic,
        "second_topic": [second for _, second, _ in written],
        "polarity": polarity,
        "coder_a": _coded(random, polarity),
        "coder_b": _coded(random, polarity),
        "template": [name for _, _, name in written],
    }
    return table(NAME, columns)


def recover(frame: pd.DataFrame) -> dict[str, Recovery]:
    """Look for every planted truth."""
    found: dict[str, Recovery] = {}
    topics = feedback.topics(frame, "topic").table
    for row in topics.to_dict("records"):
        found[f"share of {row['topic']}"] = _inside(row, TOPICS[row["topic"]])
    found["the two leading topics"] = order(topics["topic"].tolist()[:2], list(TOPICS)[:2])
    degree = feedback.degree(frame, "polarity").table
    for row, truth in zip(degree.to_dict("records"), polarity_shares(), strict=True):
        found[f"share of {row['polarity']}"] = _inside(row, float(truth))
    codes = pd.crosstab(frame["coder_a"], frame["coder_b"])
    agreed: Any = cohens_kappa(codes.to_numpy())
    found["kappa of the coders"] = interval(float(agreed.kappa), float(agreed.std_kappa), KAPPA)
    negative = frame["polarity"].eq("negative").astype(float)
    by_topic = negative.groupby(frame["topic"]).mean()
    found["delivery more negative than quality"] = order(
        bool(by_topic["delivery"] > by_topic["quality"]), True
    )
    return found


def _inside(row: Any, truth: float) -> Recovery:
    """Whether the interval of a share holds the truth."""
    said = f"{row['share']:.3f} ({row['low']:.3f} to {row['high']:.3f})"
    return Recovery("interval", bool(row["low"] <= truth <= row["high"]), said, round(truth, 4))


if __name__ == "__main__":
    print(save(NAME, make()))
