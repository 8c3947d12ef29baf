"""Generate ``appliance_service``: after-sales calls; losses weigh more than gains in one of two lines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from common import Recovery, interval, order, rng, save, table

from csmodels_helpers import expectation

NAME = "appliance_service"
SEED = 20250303
CALLS = 2500

ASYMMETRIC, CONTROL = "washing machine", "vacuum cleaner"
LINES = (ASYMMETRIC, CONTROL)
FIRST_DAY, LAST_DAY = np.datetime64("2025-01-01"), np.datetime64("2025-12-31")

# The level of service in points: what was promised, what customers therefore expect, what they got.
PROMISED = {65: 0.20, 70: 0.25, 75: 0.25, 80: 0.20, 85: 0.10}
USED_TO_MEAN, USED_TO_SD = 70.0, 6.0
BELIEF = 0.5
EXPECTED_NOISE_SD = 3.0
DELIVERED_MEAN, DELIVERED_SD = 72.0, 9.0

# Satisfaction = NEUTRAL + β(E − 72) + b⁺ max(d, 0) − b⁻ max(−d, 0) + customer + rest, in points.
NEUTRAL, EXPECTATION_CENTRE = 66.0, 72.0
EXPECTATION_EFFECT = 0.2
GAIN = {ASYMMETRIC: 0.4, CONTROL: 0.6}
LOSS = {ASYMMETRIC: 0.8, CONTROL: 0.6}
CUSTOMER_SD, REST_SD = 2.5, 3.5
# The rating is the same satisfaction on seven steps: a 7 begins two points above neutral.
RATING_START, RATING_STEP = 35.5, 5.0

STATED_STEP, STATED_SD = 6.0, 0.6
USEFULNESS_MEAN, USEFULNESS_SLOPE, USEFULNESS_SD = 4.2, 0.55, 0.9
USEFULNESS_EFFECT = 1.2
INTENTION_MEAN, INTENTION_SATISFACTION, INTENTION_USEFULNESS, INTENTION_SD = 4.4, 0.10, 0.30, 0.9

COMPLAINT_START, COMPLAINT_SLOPE = -2.2, -0.14
# Called back on the next day, or not: by whoever was on duty, so as good as drawn.
RECOVERY_SHARE = 0.5

STATES = ("regular", "indifferent", "kept", "gone")
START = {"regular": 0.62, "indifferent": 0.30, "kept": 0.08}
# Where a call leads (regular, indifferent, kept, gone), by the state before it.
QUIET = {
    "regular": (0.86, 0.11, 0.0, 0.03),
    "indifferent": (0.25, 0.63, 0.0, 0.12),
    "kept": (0.55, 0.35, 0.0, 0.10),
}
RECOVERED = {"regular": (0, 0, 0.80, 0.20), "indifferent": (0, 0, 0.80, 0.20), "kept": (0, 0, 0.80, 0.20)}
IGNORED = {"regular": (0, 0.45, 0, 0.55), "indifferent": (0, 0.45, 0, 0.55), "kept": (0, 0.45, 0, 0.55)}
STAY_LIFT = 0.35
CALLS_OF_A_CUSTOMER = {1: 0.55, 2: 0.30, 3: 0.15}

EXPECTED_MISSING, SURVEY_MISSING, ITEM_MISSING = 0.02, 0.06, 0.03

# What the numbers above make of it, from 4 million calls.
COMPLAINT_SHARE = 0.1633
PATHS = {
    ("confirmation", "usefulness"): 0.705,
    ("confirmation", "satisfaction"): 0.574,
    ("usefulness", "satisfaction"): 0.195,
    ("usefulness", "intention"): 0.286,
    ("satisfaction", "intention"): 0.526,
}
# Loss by gain of the control on the rating: the crowded 7 makes 2.17 of 1.
RATING_RATIO_CONTROL = 2.17


def transition_matrix() -> pd.DataFrame:
    """Return the planted chain: quiet calls, complaints answered the next day, complaints that were not."""
    c, r = COMPLAINT_SHARE, RECOVERY_SHARE
    rows = {
        state: (1 - c) * np.array(QUIET[state])
        + c * (r * np.array(RECOVERED[state]) + (1 - r) * np.array(IGNORED[state]))
        for state in QUIET
    }
    rows["gone"] = np.array([0.0, 0.0, 0.0, 1.0])
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(STATES)).loc[list(STATES)]


def _rating(points: np.ndarray, low: int, high: int) -> np.ndarray:
    return np.clip(np.rint(points), low, high)


def _draw_state(random: np.random.Generator, shares: np.ndarray) -> np.ndarray:
    """Draw one state a row from the shares of the row."""
    return (random.random(len(shares))[:, None] > np.cumsum(shares, axis=1)).sum(axis=1)


def _service(random: np.random.Generator, line: np.ndarray, own: np.ndarray) -> dict[str, np.ndarray]:
    """Draw what was promised, expected and delivered in a call, and what the customer says of it."""
    n = len(line)
    promised = random.choice(list(PROMISED), size=n, p=list(PROMISED.values()))
    used_to = USED_TO_MEAN + USED_TO_SD * random.standard_normal(n)
    expected = np.rint(
        used_to + BELIEF * (promised - used_to) + EXPECTED_NOISE_SD * random.standard_normal(n)
    )
    delivered = np.rint(DELIVERED_MEAN + DELIVERED_SD * random.standard_normal(n))
    d = delivered - expected
    stated = _rating(d / STATED_STEP + STATED_SD * random.standard_normal(n), -3, 3)
    surprise = USEFULNESS_SD * random.standard_normal(n)
    usefulness = _rating(USEFULNESS_MEAN + USEFULNESS_SLOPE * stated + surprise, 1, 7)
    gain, loss = (np.where(line == ASYMMETRIC, b[ASYMMETRIC], b[CONTROL]) for b in (GAIN, LOSS))
    satisfaction = NEUTRAL + EXPECTATION_EFFECT * (expected - EXPECTATION_CENTRE)
    satisfaction += gain * np.maximum(d, 0) - loss * np.maximum(-d, 0) + USEFULNESS_EFFECT * surprise
    satisfaction += own + REST_SD * random.standard_normal(n)
    intention = INTENTION_MEAN + INTENTION_SATISFACTION * (satisfaction - NEUTRAL)
    intention += INTENTION_USEFULNESS * (usefulness - USEFULNESS_MEAN)
    intention += INTENTION_SD * random.standard_normal(n)
    complaint = random.random(n) < 1 / (1 + np.exp(-(COMPLAINT_START + COMPLAINT_SLOPE * d)))
    return {
        "promised": promised,
        "expected": expected,
        "delivered": delivered,
        "disconfirmation": stated,
        "usefulness": usefulness,
        "satisfaction": np.rint(satisfaction),
        "rating": _rating((satisfaction - RATING_START) / RATING_STEP, 1, 7),
        "intention": _rating(intention, 1, 7),
        "complaint": complaint,
        "called_back": complaint & (random.random(n) < RECOVERY_SHARE),
    }


def _after(random: np.random.Generator, before: np.ndarray, call: dict[str, np.ndarray]) -> np.ndarray:
    ways = [np.array([way[state] for state in STATES[:3]]) for way in (QUIET, RECOVERED, IGNORED)]
    kind = np.where(~call["complaint"], 0, np.where(call["called_back"], 1, 2))
    return _draw_state(random, np.stack(ways)[kind, before])


def make(seed: int = SEED, calls: int = CALLS) -> pd.DataFrame:
    """Draw the data set."""
    random = rng(seed)
    customers = calls
    line = np.where(random.random(customers) < 0.5, ASYMMETRIC, CONTROL)
    own = CUSTOMER_SD * random.standard_normal(customers)
    many = random.choice(list(CALLS_OF_A_CUSTOMER), size=customers, p=list(CALLS_OF_A_CUSTOMER.values()))
    state = _draw_state(random, np.tile(list(START.values()), (customers, 1)))
    days = int((LAST_DAY - FIRST_DAY).astype(int)) + 1
    day = np.sort(np.floor(random.random((customers, 3)) * days), axis=1).astype(int)
    parts: list[pd.DataFrame] = []
    here = np.arange(customers)
    for number in range(3):
        call: dict[str, Any] = _service(random, line[here], own[here])
        after = _after(random, state[here], call)
        call |= {"customer": here, "line": line[here], "before": state[here], "after": after}
        call["date"] = FIRST_DAY + day[here, number].astype("timedelta64[D]")
        parts.append(pd.DataFrame(call))
        state[here] = after
        # Who is gone does not call again.
        here = here[(after < 3) & (many[here] > number + 1)]
    # Whole customers, as many as fill the table.
    every = pd.concat(parts).sort_values("customer", kind="stable", ignore_index=True).head(calls)
    every = every.sort_values("date", kind="stable", ignore_index=True)
    silent = random.random(calls) < SURVEY_MISSING
    columns: dict[str, Any] = {"call": np.arange(1, calls + 1), **{c: every[c].to_numpy() for c in every}}
    columns["customer"] = pd.factorize(every["customer"])[0] + 1
    columns["before"], columns["after"] = (np.array(STATES)[every[c]] for c in ("before", "after"))
    columns["stays"] = columns["after"] != "gone"
    columns["expected"] = np.where(random.random(calls) < EXPECTED_MISSING, np.nan, columns["expected"])
    for name in ("disconfirmation", "usefulness", "satisfaction", "rating", "intention"):
        gaps = silent | (random.random(calls) < ITEM_MISSING * (name in ("disconfirmation", "usefulness")))
        columns[name] = np.where(gaps, np.nan, columns[name])
    return table(NAME, columns)


def inside(row: Any, truth: float, estimate: str = "estimate") -> Recovery:
    """Whether the interval of a result's row holds the truth."""
    ok = bool(row["low"] <= truth <= row["high"])
    said = f"{row[estimate]:.3f} ({row['low']:.3f} to {row['high']:.3f})"
    return Recovery("interval", ok, said, round(truth, 4))


def recover(frame: pd.DataFrame) -> dict[str, Recovery]:
    """Look for every planted truth, with the package's own functions."""
    found: dict[str, Recovery] = {}
    fits = {
        scale: expectation.asymmetry(
            frame, scale, expected="expected", perceived="delivered", segment="line", respondent="customer"
        ).table.set_index(["line", "term"])
        for scale in ("satisfaction", "rating")
    }
    points = fits["satisfaction"]
    for line in LINES:
        for term, truth in (("gain", GAIN[line]), ("loss", LOSS[line])):
            found[f"{term}, {line}"] = inside(points.loc[(line, term)], truth)
        truth = LOSS[line] - GAIN[line]
        found[f"loss − gain, {line}"] = inside(points.loc[(line, "difference")], truth)
        found[f"loss / gain, {line}"] = inside(points.loc[(line, "ratio")], LOSS[line] / GAIN[line])
    found["losses weigh more, washing machine"] = order(
        bool(points.loc[(ASYMMETRIC, "difference"), "low"] > 0), True
    )
    # On the bounded rating the symmetric line looks asymmetric too, because of the crowded 7.
    found["the rating fakes asymmetry, vacuum cleaner"] = order(
        bool(fits["rating"].loc[(CONTROL, "difference"), "low"] > 0), True
    )
    ends = expectation.ceiling(frame, "rating", scale=(1, 7), segment="line", respondent="customer").table
    found["crowded rating in both lines"] = order(ends["limited"].tolist(), [True, True])

    chain = expectation.transitions(
        frame, before="before", after="after", absorbing=["gone"], respondent="customer"
    )
    truths = transition_matrix()
    shares = chain.table.set_index(["before", "after"])
    for before, after in (("regular", "regular"), ("regular", "gone"), ("indifferent", "gone")):
        truth = float(truths.loc[before, after])
        found[f"share {before} → {after}"] = inside(shares.loc[(before, after)], truth, "share")
    steps = expectation.from_matrix(truths).long_run().steps.set_index("before")["steps"]
    for row in chain.long_run().steps.to_dict("records"):
        found[f"calls until gone, from {row['before']}"] = inside(row, steps[row["before"]], "steps")

    model = expectation.confirmation_model(
        frame,
        confirmation="disconfirmation",
        usefulness="usefulness",
        satisfaction="satisfaction",
        intention="intention",
        respondent="customer",
    ).table.set_index(["cause", "effect", "kind"])
    for (cause, effect), truth in PATHS.items():
        found[f"path {cause} → {effect}"] = inside(model.loc[(cause, effect, "direct")], truth)

    complaints = frame[frame["complaint"]]
    stays = complaints.groupby("called_back")["stays"].agg(["mean", "var", "size"])
    lift = float(stays.loc[True, "mean"] - stays.loc[False, "mean"])
    error = float(np.sqrt((stays["var"] / stays["size"]).sum()))
    found["calling back keeps"] = interval(lift, error, STAY_LIFT)
    return found


if __name__ == "__main__":
    print(save(NAME, make()))
