"""Generate ``airline_attributes``: what drives an airline's passengers, and what its levers cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from common import Recovery, interval, order, rng, save, table
from scipy.special import expit

from csmodels_helpers import drivers
from csmodels_helpers.tally import GROUPS, moments
from csmodels_helpers.uncertainty import t_quantile

NAME = "airline_attributes"
SEED = 20250602
PASSENGERS = 3000
SEGMENTS = {"business": 0.35, "leisure": 0.45, "family": 0.20}

# Each attribute is rated 1–7. What a low rating (1, 2) takes from the overall rating of 0–100 points and what
# a high one (6, 7) adds to it, whatever the other ratings are.
EFFECTS = {
    "punctuality": (-12.0, 11.0),
    "cabin_crew": (-10.0, 9.0),
    "cleanliness": (-8.0, 0.0),
    "baggage_delivery": (-7.0, 0.0),
    "entertainment": (0.0, 6.0),
    "lounge": (0.0, 7.0),
    "seat_comfort": (-6.0, 6.0),
    "legroom": (0.0, 0.0),
    "check_in": (0.0, 0.0),
    "boarding": (0.0, 0.0),
    "meals": (0.0, 0.0),
    "drinks": (0.0, 0.0),
    "wifi": (0.0, 0.0),
    "website": (0.0, 0.0),
    "mobile_app": (0.0, 0.0),
    "announcements": (0.0, 0.0),
}
ATTRIBUTES = tuple(EFFECTS)
FIRST, SECOND = "punctuality", "cabin_crew"
CLASSES = {
    name: "both" if low and high else "penalty" if low else "reward" if high else "none"
    for name, (low, high) in EFFECTS.items()
}
# Who sits well also has room for the legs: the two ratings are nearly one.
COLLINEAR = ("seat_comfort", "legroom")
PAIR_NOISE = 0.45

# Behind the ratings stands a mood towards the airline that colours them all; it does not act on the overall
# rating but through them. So every attribute correlates with it, and only some of them matter.
MOOD = 0.45
MEANS = {
    "punctuality": 4.1,
    "wifi": 3.6,
    "lounge": 4.2,
    "legroom": 3.9,
    "seat_comfort": 3.9,
    "cabin_crew": 4.5,
}
MEAN, SD = 4.2, 1.6
BASE, REST_SD = 55.0, 9.0

# The year after: on some home routes punctuality was monitored, on some the crew was trained, drawn by lot.
ROUTES = 120
CHURN_INTERCEPT = -1.25
CHURN_PER_POINT = -0.045
MONITORING_EFFECT = -0.55
TRAINING_EFFECT = -0.45

# Missing at random: a question skipped.
SKIPPED, OVERALL_SKIPPED = 0.005, 0.015

# Levers: what each costs (thousand EUR) and by how much it lifts the mean rating of its attribute, by tests.
LEVERS = (
    ("punctuality monitoring", "punctuality", 420, 0.60, 0.45, 0.75),
    ("crew training", "cabin_crew", 360, 0.60, 0.45, 0.75),
    ("deeper cleaning", "cleanliness", 210, 0.50, 0.30, 0.70),
    ("baggage tracking", "baggage_delivery", 310, 0.50, 0.25, 0.75),
    ("new films", "entertainment", 150, 0.40, 0.20, 0.60),
    ("lounge refit", "lounge", 480, 0.60, 0.30, 0.90),
    ("softer seats", "seat_comfort", 700, 0.70, 0.50, 0.90),
    ("more legroom", "legroom", 900, 0.90, 0.70, 1.10),
    ("faster wifi", "wifi", 260, 0.80, 0.50, 1.10),
    ("better meals", "meals", 330, 0.70, 0.40, 1.00),
    ("new app", "mobile_app", 190, 0.80, 0.60, 1.00),
)
BUDGET = 1000
# Exact for the true gains; see the test.
BEST_PLAN = ("punctuality monitoring", "crew training", "deeper cleaning")


def overall(ratings: np.ndarray) -> np.ndarray:
    """Add up what the ratings make (columns in the order of ATTRIBUTES), without what chance adds."""
    low, high = (np.array([effect[end] for effect in EFFECTS.values()]) for end in (0, 1))
    return BASE + (ratings <= 2) @ low + (ratings >= 6) @ high


def rate(random: np.random.Generator, passengers: int) -> np.ndarray:
    """Ratings 1–7 of all attributes."""
    count = len(ATTRIBUTES)
    mood = random.standard_normal((passengers, 1))
    own = random.standard_normal((passengers, count))
    latent = MOOD * mood + np.sqrt(1 - MOOD**2) * own
    seat, leg = (ATTRIBUTES.index(name) for name in COLLINEAR)
    latent[:, leg] = (latent[:, seat] + PAIR_NOISE * own[:, leg]) / np.hypot(1, PAIR_NOISE)
    means = np.array([MEANS.get(name, MEAN) for name in ATTRIBUTES])
    return np.clip(np.rint(means + SD * latent), 1, 7)


def make(seed: int = SEED, passengers: int = PASSENGERS) -> dict[str, pd.DataFrame]:
    """Draw the answers; the levers are the same with every seed."""
    random = rng(seed)
    segment = random.choice(list(SEGMENTS), size=passengers, p=list(SEGMENTS.values()))
    ratings = rate(random, passengers)
    points = np.clip(np.rint(overall(ratings) + REST_SD * random.standard_normal(passengers)), 0, 100)

    route = random.integers(0, ROUTES, passengers)
    monitored, trained = (random.permutation(np.arange(ROUTES) % 2 == 0)[route] for _ in range(2))
    chance = expit(
        CHURN_INTERCEPT
        + CHURN_PER_POINT * (points - BASE)
        + MONITORING_EFFECT * monitored
        + TRAINING_EFFECT * trained
    )
    churned = random.random(passengers) < chance

    ratings[random.random(ratings.shape) < SKIPPED] = np.nan
    points[random.random(passengers) < OVERALL_SKIPPED] = np.nan
    answers: dict[str, Any] = {"passenger": np.arange(1, passengers + 1), "segment": segment}
    answers |= {name: ratings[:, i] for i, name in enumerate(ATTRIBUTES)}
    answers |= {"overall": points, "route": route + 1}
    answers |= {"monitored": monitored, "crew_trained": trained, "churned": churned}
    names = ("lever", "attribute", "cost", "lift", "lift_low", "lift_high")
    columns = dict(zip(names, zip(*LEVERS, strict=True), strict=True))
    return {
        f"{NAME}/answers": table(f"{NAME}/answers", answers),
        f"{NAME}/levers": table(f"{NAME}/levers", columns),
    }


def gains(levers: pd.DataFrame, trap: pd.DataFrame) -> pd.DataFrame:
    """Add the expected gain of each lever: what one point of the attribute is worth, times its lift."""
    joined = levers.merge(
        trap[["driver", "slope", "slope_low", "slope_high"]], left_on="attribute", right_on="driver"
    )
    return joined.assign(
        gain=joined["slope"] * joined["lift"],
        gain_low=np.minimum(
            joined["slope_low"] * joined["lift_low"], joined["slope_low"] * joined["lift_high"]
        ),
        gain_high=joined["slope_high"] * joined["lift_high"],
    )


def recover(made: dict[str, pd.DataFrame]) -> dict[str, Recovery]:
    """Look for the drivers, their classes and contrasts, the trap, the plan, and what lowered churn."""
    import statsmodels.api as sm

    answers, levers = made[f"{NAME}/answers"], made[f"{NAME}/levers"]
    tallied = moments(answers, [*ATTRIBUTES, "overall"], apart=True)
    found: dict[str, Recovery] = {}
    ranking = drivers.importance(tallied, "overall", ATTRIBUTES, method="johnson").table
    found["first and second driver"] = order(tuple(ranking["driver"][:2]), (FIRST, SECOND))

    trap = drivers.correlation_trap(tallied, "overall", ATTRIBUTES, confidence=0.99).table
    legroom = trap.set_index("driver").loc[COLLINEAR[1]]
    found["legroom correlates and does nothing"] = order(legroom["finding"], "vanishes")
    found["the collinear pair"] = order(set(trap.nlargest(2, "vif")["driver"]), set(COLLINEAR))

    # 32 contrasts: at 99 % one in a hundred of those that are 0 seems to be something.
    contrasts = drivers.penalty_reward(answers, "overall", ATTRIBUTES, scale=(1, 7), confidence=0.99).table
    rows = contrasts.set_index("driver")
    for name, planted in CLASSES.items():
        found[f"class of {name}"] = order(rows["class"][name], planted)
    for name, effects in EFFECTS.items():
        for part, planted in zip(("penalty", "reward"), effects, strict=True):
            if planted:
                estimate, low, high = (float(rows.loc[name, f"{part}{end}"]) for end in ("", "_low", "_high"))
                error = (high - low) / (2 * t_quantile(0.99, GROUPS - 1))
                found[f"{part} {name}"] = interval(estimate, error, planted)

    plan = drivers.spend(gains(levers, trap), BUDGET, low="gain_low", high="gain_high").table
    chosen = set(plan.loc[plan["chosen"], "lever"])
    found["monitoring and crew training are bought"] = order({BEST_PLAN[0], BEST_PLAN[1]} <= chosen, True)

    known = answers[answers["overall"].notna()]
    columns = {
        "overall": known["overall"] - BASE,
        "monitored": known["monitored"],
        "trained": known["crew_trained"],
    }
    fit = sm.Logit(known["churned"].astype(float), sm.add_constant(pd.DataFrame(columns).astype(float))).fit(
        disp=0
    )
    for name, planted in (
        ("overall", CHURN_PER_POINT),
        ("monitored", MONITORING_EFFECT),
        ("trained", TRAINING_EFFECT),
    ):
        found[f"churn, log-odds: {name}"] = interval(float(fit.params[name]), float(fit.bse[name]), planted)
    return found


if __name__ == "__main__":
    for name, frame in make().items():
        print(save(name, frame))
