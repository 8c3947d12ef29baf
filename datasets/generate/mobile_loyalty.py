"""Generate ``mobile_loyalty``: 5,000 customers of a mobile operator, classified, then watched 36 months."""

from __future__ import annotations

import numpy as np
import pandas as pd
from common import Recovery, order, rng, save, table

from csmodels_helpers import loyalty, retention

NAME = "mobile_loyalty"
SEED = 20260701
CUSTOMERS = 5000
INTERVIEWED = 1200
MONTHS = 36

TYPES = ("monopoly", "kinship", "benefit", "inertia", "trust", "latent")
# In "sole" areas we are the only network until a rival opens in month 18.
RIVAL_OPENS = 18
SOLE_SHARE = 0.30
SHARES = {
    "contested": (0.00, 0.11, 0.24, 0.26, 0.26, 0.13),
    "sole": (0.60, 0.05, 0.08, 0.12, 0.13, 0.02),
}
TYPE_SHARES = {
    name: round((1 - SOLE_SHARE) * one + SOLE_SHARE * two, 4)
    for name, one, two in zip(TYPES, SHARES["contested"], SHARES["sole"], strict=True)
}

# Share of those still there who leave in one month: until month 17, in month 18, from month 19 on.
HAZARDS = {
    "monopoly": (0.002, 0.30, 0.07),
    "kinship": (0.003, 0.004, 0.003),
    "benefit": (0.030, 0.10, 0.034),
    "inertia": (0.022, 0.025, 0.022),
    "trust": (0.004, 0.006, 0.004),
    "latent": (0.015, 0.017, 0.015),
}
# What that does to the order in which they stay, best first, after 17 and after 36 months.
ORDER_36 = ("kinship", "trust", "latent", "inertia", "benefit", "monopoly")

# After month 12 some of those still there are of another type; rows and columns as TYPES.
MOVES = np.array(
    [
        [0.97, 0.01, 0.00, 0.02, 0.00, 0.00],
        [0.00, 0.96, 0.01, 0.02, 0.01, 0.00],
        [0.00, 0.01, 0.88, 0.08, 0.03, 0.00],
        [0.00, 0.01, 0.07, 0.89, 0.03, 0.00],
        [0.00, 0.01, 0.02, 0.05, 0.91, 0.01],
        [0.00, 0.01, 0.01, 0.02, 0.07, 0.89],
    ]
)
MOVES_AFTER = 12

# What the survey hears from each type: mean and spread on 1–7, before rounding; repeat share as beta(p, q).
ATTITUDE = {"monopoly": 3.0, "kinship": 4.4, "benefit": 3.6, "inertia": 3.4, "trust": 6.1, "latent": 6.0}
BARRIERS = {"monopoly": 6.3, "kinship": 2.8, "benefit": 2.8, "inertia": 3.0, "trust": 3.2, "latent": 2.6}
INCENTIVES = {"monopoly": 2.6, "kinship": 2.8, "benefit": 6.1, "inertia": 2.8, "trust": 3.2, "latent": 3.0}
KINSHIP = {"monopoly": 1.8, "kinship": 6.2, "benefit": 1.8, "inertia": 1.8, "trust": 2.2, "latent": 2.0}
RATING_SD = 1.05
REPEAT = {True: (24.0, 1.6), False: (5.0, 5.5)}
# How often the rule of `loyalty.classify` is right, from 4 million customers.
RULE_RIGHT = 0.8259

SATISFACTION = {"monopoly": 4.9, "kinship": 6.6, "benefit": 6.8, "inertia": 6.3, "trust": 8.2, "latent": 7.8}
SATISFACTION_SD = 1.4
# Intention to stay, 0–10: bent where there is a choice, nearly flat where there is none.
CONTESTED_BEND, SOLE_LEVEL, SOLE_SLOPE, INTENTION_SD = 1.8, 8.3, 0.15, 1.1
# Elasticity of the intention at the means, from 4 million customers.
ELASTICITY = {"contested": 1.914, "sole": 0.0971}

# Missing completely at random, so nothing in the table explains it.
SKIPPED = {"satisfaction": 0.03, "intention": 0.04, "attitude": 0.02, "barriers": 0.02, "incentives": 0.03}


def _rated(random: np.random.Generator, centre: np.ndarray, sd: float, low: int, high: int) -> np.ndarray:
    return np.clip(np.rint(centre + sd * random.standard_normal(len(centre))), low, high)


def _leaving(random: np.random.Generator, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Month of leaving of each customer, NaN if still there after the last month."""
    left = np.full(len(before), np.nan)
    hazards = np.array([HAZARDS[name] for name in TYPES])
    for month in range(1, MONTHS + 1):
        phase = 0 if month < RIVAL_OPENS else 1 if month == RIVAL_OPENS else 2
        current = before if month <= MOVES_AFTER else after
        leaves = random.random(len(before)) < hazards[current, phase]
        left[leaves & np.isnan(left)] = month
    return left


def make(seed: int = SEED, customers: int = CUSTOMERS) -> pd.DataFrame:
    """Draw the data set."""
    random = rng(seed)
    sole = random.random(customers) < SOLE_SHARE
    market = np.where(sole, "sole", "contested")
    share = np.cumsum([SHARES["contested"], SHARES["sole"]], axis=1)[sole.astype(int)]
    # The last boundary is 1 but for rounding.
    kind = np.minimum((random.random(customers)[:, None] >= share).sum(axis=1), len(TYPES) - 1)
    name = np.array(TYPES)[kind]
    interviewed = random.permutation(customers) < INTERVIEWED * customers // CUSTOMERS

    answers: dict[str, np.ndarray] = {}
    for column, centres in (
        ("attitude", ATTITUDE),
        ("barriers", BARRIERS),
        ("incentives", INCENTIVES),
        ("kinship", KINSHIP),
    ):
        centre = np.array([centres[t] for t in TYPES])[kind]
        answers[column] = _rated(random, centre, RATING_SD, 1, 7)
    loyal, split = (random.beta(*REPEAT[key], customers) for key in (True, False))
    repeat = np.round(np.where(name == "latent", split, loyal), 2)
    centre = np.array([SATISFACTION[t] for t in TYPES])[kind]
    satisfaction = _rated(random, centre, SATISFACTION_SD, 1, 10)
    bent = 10 * ((satisfaction - 1) / 9) ** CONTESTED_BEND
    flat = SOLE_LEVEL + SOLE_SLOPE * (satisfaction - 5.5)
    intention = _rated(random, np.where(sole, flat, bent), INTENTION_SD, 0, 10)
    tenure = np.clip(np.rint(random.gamma(2.0, 18.0, customers)), 1, 180)
    margin = np.round(np.exp(3.5 + 0.45 * random.standard_normal(customers)), 1)

    chance = np.cumsum(MOVES, axis=1)[kind]
    later = np.minimum((random.random(customers)[:, None] >= chance).sum(axis=1), len(TYPES) - 1)
    left = _leaving(random, kind, later)
    gone = left <= MOVES_AFTER
    second = np.where(gone, "left", np.array(TYPES)[later]).astype(object)
    second[~interviewed] = None
    first = name.astype(object)
    first[~interviewed] = None

    for column, values in (("satisfaction", satisfaction), ("intention", intention), *answers.items()):
        if column in SKIPPED:
            values[random.random(customers) < SKIPPED[column]] = np.nan
    return table(
        NAME,
        {
            "customer": np.arange(1, customers + 1),
            "market": market,
            "tenure": tenure,
            "monthly_margin": margin,
            "satisfaction": satisfaction,
            "intention": intention,
            "attitude": answers["attitude"],
            "repeat_share": repeat,
            "barriers": answers["barriers"],
            "incentives": answers["incentives"],
            "kinship": answers["kinship"],
            "interview_type": first,
            "interview_type_month_12": second,
            "month_left": left,
        },
    )


def _inside(low: float, high: float, estimate: float, truth: float) -> Recovery:
    """Whether an interval of the package holds the truth."""
    said = f"{estimate:.4f} ({low:.4f} to {high:.4f})"
    return Recovery("interval", bool(low <= truth <= high), said, round(truth, 4))


def classified(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the type that the rule assigns at the start."""
    types = loyalty.classify(frame, respondent="customer").customers["type"]
    return frame.assign(type=types.to_numpy())


def recover(frame: pd.DataFrame) -> dict[str, Recovery]:
    """Look for every planted truth in what a reader of the file sees."""
    found: dict[str, Recovery] = {}
    ruled = classified(frame)
    rule = loyalty.confusion(ruled, predicted="type", truth="interview_type", respondent="customer")
    accuracy = rule.accuracy
    found["the rule is right"] = _inside(accuracy.low, accuracy.high, accuracy.score, RULE_RIGHT)
    for row in rule.shares.to_dict("records"):
        found[f"share {row['type']}"] = _inside(
            row["low"], row["high"], row["share"], TYPE_SHARES[row["type"]]
        )

    shared = {"time": "month_left", "until": MONTHS}
    first = frame[frame["interview_type"].notna()]
    year = retention.hazard(first, **shared, segment="interview_type", periods=[(1, MOVES_AFTER)])
    for row in year.table.to_dict("records"):
        kind = row["interview_type"]
        found[f"hazard {kind} in months 1 to 12"] = _inside(
            row["low"], row["high"], row["hazard"], HAZARDS[kind][0]
        )
    second = frame[frame["interview_type_month_12"].notna() & frame["interview_type_month_12"].ne("left")]
    periods = [(MOVES_AFTER + 1, RIVAL_OPENS - 1), (RIVAL_OPENS, RIVAL_OPENS), (RIVAL_OPENS + 1, MONTHS)]
    late = retention.hazard(
        second.assign(entry=MOVES_AFTER),
        **shared,
        entry="entry",
        segment="interview_type_month_12",
        periods=periods,
    ).table
    for kind in ("monopoly", "benefit"):
        row = late[late["interview_type_month_12"].eq(kind) & late["first"].eq(RIVAL_OPENS)].iloc[0]
        jump = HAZARDS[kind][1] - HAZARDS[kind][0]
        found[f"jump of {kind} in month 18"] = _inside(
            row["change_low"], row["change_high"], row["change"], jump
        )
    row = late[late["interview_type_month_12"].eq("monopoly") & late["first"].eq(RIVAL_OPENS + 1)].iloc[0]
    found["hazard monopoly after month 18"] = _inside(
        row["low"], row["high"], row["hazard"], HAZARDS["monopoly"][2]
    )

    known = ruled[ruled["type"].isin(TYPES)]
    curves = retention.survival(known, **shared, segment="type", respondent="customer")
    at = curves.at([RIVAL_OPENS - 1, MONTHS]).set_index(["time", "type"])["survival"]
    last = at.loc[MONTHS].sort_values(ascending=False)
    found["order of survival after 36 months"] = order(tuple(last.index), ORDER_36)
    before = at.loc[RIVAL_OPENS - 1]
    found["monopoly before trust after 17 months"] = order(bool(before["monopoly"] > before["trust"]), True)

    curve = loyalty.curve(frame, loyalty="intention", segment="market", respondent="customer").elasticity
    for row in curve.to_dict("records"):
        market = row["market"]
        found[f"elasticity {market}"] = _inside(
            row["low"], row["high"], row["elasticity"], ELASTICITY[market]
        )

    moved = loyalty.transitions(
        first, before="interview_type", after="interview_type_month_12", respondent="customer"
    ).table.set_index(["before", "after"])
    for kind, later in (("trust", "trust"), ("benefit", "inertia"), ("benefit", "left")):
        row = moved.loc[(kind, later)]
        truth = transition(kind, later)
        found[f"{kind} to {later}"] = _inside(row["low"], row["high"], row["share"], truth)
    return found


def transition(kind: str, later: str) -> float:
    """Share of a type that is found in a state after month 12."""
    stay = (1 - HAZARDS[kind][0]) ** MOVES_AFTER
    return 1 - stay if later == "left" else stay * float(MOVES[TYPES.index(kind), TYPES.index(later)])


if __name__ == "__main__":
    print(save(NAME, make()))
