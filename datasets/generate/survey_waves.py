"""Generate ``survey_waves``: who answers in three survey waves, beside what all customers think."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from common import Recovery, interval, order, rng, save, table

from csmodels_helpers import feedback

NAME = "survey_waves"
SEED = 20250203
CUSTOMERS = 4000

WAVES = ("spring", "summer", "autumn")
CHANNELS = {"app": 0.50, "web": 0.30, "phone": 0.20}
AGES = ("18-34", "35-54", "55+")
AGE_SHARES = {"app": (0.50, 0.35, 0.15), "web": (0.30, 0.45, 0.25), "phone": (0.10, 0.35, 0.55)}

# What a customer thinks: a level of the channel and the age, the person, the season.
CHANNEL_LEVEL = {"app": 3.2, "web": 3.6, "phone": 4.1}
AGE_LEVEL = {"18-34": -0.2, "35-54": 0.0, "55+": 0.2}
CUSTOMER_SD, SEASON_SD = 0.8, 0.6

INVITED_SHARE = 0.60
INCENTIVE_SHARE = 0.50
# Share who answer without an incentive.
ANSWER_RATE = {"app": 0.14, "web": 0.28, "phone": 0.48}
AGE_ODDS = {"18-34": 0.8, "35-54": 1.0, "55+": 1.3}
INCENTIVE_ODDS = 1.8
# Summer: a point more satisfaction multiplies the odds of answering by this; no stratum knows it.
EAGERNESS = 1.45
# Autumn: the voucher is for five stars. Of those who think 3 or less, so many then write 5.
PRAISE = 0.40
STRATA = ["channel", "age"]


def make(seed: int = SEED) -> pd.DataFrame:
    """Draw the data set: every customer in every wave, invited or not."""
    random = rng(seed)
    n = CUSTOMERS
    channel = random.choice(list(CHANNELS), size=n, p=list(CHANNELS.values()))
    shares = np.array([AGE_SHARES[name] for name in channel])
    age = np.array(AGES)[(random.random(n)[:, None] > np.cumsum(shares, axis=1)).sum(axis=1)]
    level = np.array([CHANNEL_LEVEL[c] + AGE_LEVEL[a] for c, a in zip(channel, age, strict=True)])
    own = level + CUSTOMER_SD * random.standard_normal(n)
    rate = np.array([ANSWER_RATE[name] for name in channel])
    odds = rate / (1 - rate) * np.array([AGE_ODDS[name] for name in age])
    parts: list[pd.DataFrame] = []
    for wave in WAVES:
        true = np.clip(np.rint(own + SEASON_SD * random.standard_normal(n)), 1, 5)
        invited = random.random(n) < INVITED_SHARE
        incentive = invited & (random.random(n) < INCENTIVE_SHARE)
        heard = odds * np.where(incentive, INCENTIVE_ODDS, 1.0)
        if wave == "summer":
            heard = heard * EAGERNESS ** (true - 3.5)
        answered = invited & (random.random(n) < heard / (1 + heard))
        score = true.copy()
        praised = incentive & (true <= 3) & (random.random(n) < PRAISE)
        if wave == "autumn":
            score[praised] = 5
        columns: dict[str, Any] = {
            "customer": np.arange(1, n + 1),
            "wave": wave,
            "channel": channel,
            "age": age,
            "true_score": true,
            "invited": invited,
            "incentive": incentive,
            "answered": answered,
            "score": np.where(answered, score, np.nan),
        }
        parts.append(pd.DataFrame(columns))
    every = pd.concat(parts, ignore_index=True)
    return table(NAME, {name: every[name].to_numpy() for name in every})


def _holds(rows: pd.DataFrame, frame: pd.DataFrame) -> tuple[Recovery, bool]:
    """Weight the answers of a wave; whether the weighted, and the plain interval hold the truth."""
    truth = float(frame["true_score"].mean())
    found = feedback.post_stratify(rows, STRATA, frame, score="score", finite=True)
    said = f"{found.score.score:.3f} ({found.score.low:.3f} to {found.score.high:.3f})"
    weighted = found.score.low <= truth <= found.score.high
    plain = found.unweighted.low <= truth <= found.unweighted.high
    return Recovery("interval", bool(weighted), said, round(truth, 4)), bool(plain)


def recover(frame: pd.DataFrame) -> dict[str, Recovery]:
    """Look for every planted truth."""
    found: dict[str, Recovery] = {}
    waves = {wave: frame[frame["wave"] == wave] for wave in WAVES}
    answers = {wave: rows[rows["answered"]] for wave, rows in waves.items()}
    weighted, plain = _holds(answers["spring"], waves["spring"])
    found["spring: the weighted score"] = weighted
    found["spring: the plain interval misses"] = order(plain, False)
    weighted, _ = _holds(answers["summer"], waves["summer"])
    found["summer: weights do not repair it"] = order(weighted.ok, False)
    unpaid = answers["autumn"][~answers["autumn"]["incentive"]]
    paid = answers["autumn"][answers["autumn"]["incentive"]]
    found["autumn: the weighted score without voucher"], _ = _holds(unpaid, waves["autumn"])
    found["autumn: paid praise is not repaired"] = order(_holds(paid, waves["autumn"])[0].ok, False)

    invited = waves["spring"][waves["spring"]["invited"]]
    design = pd.get_dummies(invited[STRATA].astype("str"), drop_first=True).astype(float)
    design = sm.add_constant(design.assign(incentive=invited["incentive"].astype(float)))
    fit = sm.Logit(invited["answered"].astype(float), design).fit(disp=0)
    found["log odds of the incentive"] = interval(
        float(fit.params["incentive"]), float(fit.bse["incentive"]), float(np.log(INCENTIVE_ODDS))
    )
    low = paid[paid["true_score"] <= 3]
    bought = low["score"].eq(5)
    error = float(np.sqrt(bought.mean() * (1 - bought.mean()) / len(bought)))
    found["share of bought praise"] = interval(float(bought.mean()), error, PRAISE)
    return found


if __name__ == "__main__":
    print(save(NAME, make()))
