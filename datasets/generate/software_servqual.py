"""Generate ``software_servqual``: a software firm's support, before and after it hired staff."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from common import Recovery, order, rng, save, table, tables

from csmodels_helpers import servqual

NAME = "software_servqual"
SEED = 20250404
RESPONDENTS, MANAGERS, CASES = 800, 24, 300
ANSWERED_AGAIN = 0.92

REGIONS = ("north", "south")
PERIODS = ("before", "after")
DIMENSIONS = tuple(servqual.DIMENSIONS)
WORST = "responsiveness"

# Levels on the scale 1–7 before answers are rounded and cut off at its ends, by dimension in their order.
DESIRED = (5.5, 6.3, 6.2, 6.0, 5.6)
PERCEIVED = (5.3, 5.3, 4.1, 5.4, 4.8)
TREND = 0.10
# Only the north hired and trained support staff between the two waves.
STAFFING_EFFECT = (0.0, 0.15, 0.95, 0.0, 0.0)
# How people differ, and the single answer.
DESIRED_SD = {"person": 0.45, "dimension": 0.35, "answer": 0.6}
PERCEIVED_SD = {"person": 0.5, "dimension": 0.65, "answer": 0.8}
SAME_DIMENSION_AGAIN = 0.7
ZONE_MEAN, ZONE_SHAPE = 1.3, 5.0
POINTS = (12, 30, 26, 18, 14)
POINTS_SPREAD = 14.0
# Items of a dimension differ a little; the last one makes up for the others.
ITEM_STEPS = (0.2, -0.1, 0.1, -0.2, 0.0)

# What managers believe, the handbook asks for, the audit of cases finds and sales promises, same scale.
BELIEVED = (5.4, 6.1, 5.95, 5.75, 4.7)
MANAGER_SD, BELIEF_SD = 0.25, 0.6
SPECIFIED = (5.25, 5.25, 5.75, 5.5, 4.75)
DELIVERED_FULL = (5.3, 5.2, 5.6, 5.05, 4.8)
SHORT_STAFFED_LOSS = (0.0, 0.1, 2.0, 0.1, 0.2)
DELIVERED_SD = {"case": 0.35, "answer": 0.9}
PROMISED = (5.9, 5.5, 5.25, 5.2, 4.9)
FULLY_STAFFED = {
    ("north", "before"): 0.40,
    ("south", "before"): 0.40,
    ("north", "after"): 0.85,
    ("south", "after"): 0.40,
}
HOURS = {"full": 3.0, "short": 13.0}
CHANNELS = ("website", "brochure", "sales talk", "contract")
DOCUMENTS = ("support handbook", "service contract", "team practice")

ITEM_SKIPPED, PAGE_SKIPPED, POINTS_SKIPPED = 0.003, 0.02, 0.03

# What these numbers make of rounded and cut-off answers, from about a million respondents.
GAPS = (-0.220, -0.949, -2.035, -0.597, -0.797)
WEIGHTED_OVERALL = -1.0565
EFFECTS = (0.0, 0.136, 0.928, 0.0, 0.0)
INTERNAL = {1: -0.196, 2: -0.189, 3: -1.356, 4: -0.806}
STAFFING_LOSS = 1.974
CAUSES = dict(zip(DIMENSIONS, (4, 2, 3, 3, 1), strict=True))


def _steps(size: int) -> np.ndarray:
    steps = np.array(ITEM_STEPS[:size])
    return steps - steps.mean()


def _per_item(levels: Any) -> np.ndarray:
    """Spread five levels over the 22 items."""
    return np.concatenate(
        [
            level + _steps(len(servqual.DIMENSIONS[name]))
            for name, level in zip(DIMENSIONS, levels, strict=True)
        ]
    )


WHICH = np.repeat(np.arange(5), [len(servqual.DIMENSIONS[name]) for name in DIMENSIONS])


def _rated(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 1, 7)


def _points(random: np.random.Generator, people: int) -> np.ndarray:
    """100 points over five dimensions in steps of 5, the largest remainders rounded up."""
    drawn = random.gamma(np.array(POINTS) * POINTS_SPREAD / 100, size=(people, 5)) + 0.05
    exact = 20 * drawn / drawn.sum(axis=1, keepdims=True)
    whole = np.floor(exact)
    rank = np.argsort(np.argsort(-(exact - whole), axis=1), axis=1)
    return 5 * (whole + (rank < (20 - whole.sum(axis=1))[:, None]))


def _answers(random: np.random.Generator, people: int) -> pd.DataFrame:
    """Two waves of the survey; who did not answer again has no row in the second."""
    region = np.arange(people) % 2
    person = {"desired": random.standard_normal(people)}
    person["perceived"] = 0.3 * person["desired"] + np.sqrt(0.91) * random.standard_normal(people)
    taste = random.standard_normal((people, 5))
    common = random.standard_normal((people, 5))
    width = random.gamma(ZONE_SHAPE, ZONE_MEAN / ZONE_SHAPE, size=people)
    again = random.random(people) < ANSWERED_AGAIN
    waves: list[pd.DataFrame] = []
    for wave, period in enumerate(PERIODS):
        if wave:
            fresh = random.standard_normal((people, 5))
            common = SAME_DIMENSION_AGAIN * common + np.sqrt(1 - SAME_DIMENSION_AGAIN**2) * fresh
        noise = random.standard_normal((3, people, len(WHICH)))
        desired = _per_item(DESIRED) + DESIRED_SD["person"] * person["desired"][:, None]
        desired = desired + DESIRED_SD["dimension"] * taste[:, WHICH] + DESIRED_SD["answer"] * noise[0]
        change = wave * (TREND + (region == 0)[:, None] * np.array(STAFFING_EFFECT)[WHICH])
        perceived = _per_item(PERCEIVED) + change + PERCEIVED_SD["person"] * person["perceived"][:, None]
        perceived += PERCEIVED_SD["dimension"] * common[:, WHICH] + PERCEIVED_SD["answer"] * noise[1]
        adequate = desired - width[:, None] + 0.4 * noise[2]
        frame = _wave(random, {"desired": desired, "adequate": adequate, "perceived": perceived})
        frame.insert(0, "respondent", np.arange(1, people + 1))
        frame.insert(1, "region", np.array(REGIONS)[region])
        frame.insert(2, "period", period)
        waves.append(frame[again] if wave else frame)
    return pd.concat(waves, ignore_index=True)


def _wave(random: np.random.Generator, latent: dict[str, np.ndarray]) -> pd.DataFrame:
    """Round, and lose single answers, pages and points completely at random."""
    people = len(latent["desired"])
    columns: dict[str, np.ndarray] = {}
    for kind, values in latent.items():
        answers = _rated(values)
        lost = random.random(answers.shape) < ITEM_SKIPPED
        page = random.random(people) < (PAGE_SKIPPED if kind == "adequate" else 0)
        answers[lost | page[:, None]] = np.nan
        columns |= {f"{kind}_{item}": answers[:, j] for j, item in enumerate(servqual.ITEMS)}
    points = _points(random, people)
    points[random.random(people) < POINTS_SKIPPED] = np.nan
    columns |= {f"weight_{name}": points[:, j] for j, name in enumerate(DIMENSIONS)}
    return pd.DataFrame(columns)


def _beliefs(random: np.random.Generator, managers: int) -> dict[str, Any]:
    own = MANAGER_SD * random.standard_normal((managers, 1))
    level = _per_item(BELIEVED) + own + BELIEF_SD * random.standard_normal((managers, len(WHICH)))
    return {
        "manager": np.repeat(np.arange(1, managers + 1), len(WHICH)),
        "item": np.tile(servqual.ITEMS, managers),
        "dimension": np.tile(np.array(DIMENSIONS)[WHICH], managers),
        "level": _rated(level).ravel(),
    }


def _specifications() -> dict[str, Any]:
    # Auditors put the standards on the scale, in quarters of a point.
    return {
        "item": list(servqual.ITEMS),
        "dimension": np.array(DIMENSIONS)[WHICH],
        "document": [DOCUMENTS[i % 3] for i in range(len(WHICH))],
        "level": np.concatenate(
            [
                level + np.array([0.5, -0.5, 0.0, 0.0, 0.0])[: np.count_nonzero(d == WHICH)]
                for d, level in enumerate(SPECIFIED)
            ]
        ),
    }


def _service_log(random: np.random.Generator, cases: int) -> dict[str, Any]:
    """Audited cases of both periods, each rated in all five dimensions."""
    period = np.repeat([0, 1], cases)
    region = random.integers(0, 2, 2 * cases)
    staffed = np.array([FULLY_STAFFED[REGIONS[r], PERIODS[p]] for r, p in zip(region, period, strict=True)])
    full = random.random(2 * cases) < staffed
    loss = np.where(full[:, None], 0.0, np.array(SHORT_STAFFED_LOSS))
    level = np.array(DELIVERED_FULL) - loss + DELIVERED_SD["case"] * random.standard_normal((2 * cases, 1))
    level = level + DELIVERED_SD["answer"] * random.standard_normal((2 * cases, 5))
    hours = np.where(full, HOURS["full"], HOURS["short"]) * np.exp(0.5 * random.standard_normal(2 * cases))
    return {
        "case": np.repeat(np.arange(1, 2 * cases + 1), 5),
        "region": np.repeat(np.array(REGIONS)[region], 5),
        "period": np.repeat(np.array(PERIODS)[period], 5),
        "staffed": np.repeat(np.where(full, "full", "short"), 5),
        "first_response_hours": np.repeat(np.round(hours, 1), 5),
        "dimension": np.tile(DIMENSIONS, 2 * cases),
        "level": _rated(level).ravel(),
    }


def _promises() -> dict[str, Any]:
    number = np.arange(5 * 5)
    return {
        "promise": number + 1,
        "channel": [CHANNELS[i % 4] for i in number],
        "dimension": np.array(DIMENSIONS)[number // 5],
        "level": np.round(2 * (np.array(PROMISED)[number // 5] + np.array(ITEM_STEPS)[number % 5])) / 2,
    }


def make(
    seed: int = SEED, people: int = RESPONDENTS, managers: int = MANAGERS, cases: int = CASES
) -> dict[str, pd.DataFrame]:
    """Draw the five tables."""
    random = rng(seed)
    made = {
        "answers": _answers(random, people),
        "beliefs": _beliefs(random, managers),
        "specifications": _specifications(),
        "service_log": _service_log(random, cases),
        "promises": _promises(),
    }
    return {f"{NAME}/{name}": table(f"{NAME}/{name}", dict(columns)) for name, columns in made.items()}


def held(low: float, high: float, truth: float) -> Recovery:
    """Whether an interval of the package holds the truth."""
    return Recovery("interval", bool(low <= truth <= high), f"{low:.3f} to {high:.3f}", truth)


def recover(made: Any) -> dict[str, Recovery]:
    """Look for every planted truth with the package's own functions."""
    read = {name.partition("/")[2]: frame for name, frame in tables(NAME, made).items()}
    answers, log = read["answers"], read["service_log"]
    before = answers[answers["period"] == "before"]
    asked = servqual.analyze(
        before, expected="desired_{item}", weights="weight_{dimension}", respondent="respondent"
    )
    found: dict[str, Recovery] = {"largest weighted gap": order(asked.largest, WORST)}
    rows = asked.table.set_index("dimension")
    for name, truth in zip(DIMENSIONS, GAPS, strict=True):
        found[f"gap {name}"] = held(rows.loc[name, "low"], rows.loc[name, "high"], truth)
    overall = rows.loc["overall"]
    found["weighted overall gap"] = held(overall["low"], overall["high"], WEIGHTED_OVERALL)
    change = servqual.before_after(
        answers,
        respondent="respondent",
        group="region",
        changed="north",
        unchanged="south",
        time="period",
        before="before",
        after="after",
        expected="desired_{item}",
    ).table.set_index("dimension")
    for name, truth in zip(DIMENSIONS, EFFECTS, strict=True):
        found[f"effect {name}"] = held(change.loc[name, "low"], change.loc[name, "high"], truth)
    early = log[log["period"] == "before"]
    inside = servqual.internal_gaps(
        asked,
        beliefs=read["beliefs"],
        specifications=read["specifications"],
        service_log=early,
        promises=read["promises"],
    )
    worst = inside.table[inside.table["dimension"] == WORST].set_index("gap")
    for gap, truth in INTERNAL.items():
        found[f"gap {gap} {WORST}"] = held(worst.loc[gap, "low"], worst.loc[gap, "high"], truth)
    causes = inside.causes.set_index("dimension")["gap"].to_dict()
    for name, gap in CAUSES.items():
        found[f"cause {name}"] = order(int(causes[name]), gap)
    return found | {"loss on short-staffed shifts": _staffing(early)}


def _staffing(log: pd.DataFrame) -> Recovery:
    """Whether responsiveness falls on short-staffed shifts by what was planted."""
    own = log[log["dimension"] == WORST]
    short, full = (own.loc[own["staffed"] == kind, "level"] for kind in ("short", "full"))
    error = 1.972 * np.sqrt(short.var() / len(short) + full.var() / len(full))
    loss = full.mean() - short.mean()
    return held(loss - error, loss + error, STAFFING_LOSS)


if __name__ == "__main__":
    for name, frame in make().items():
        print(save(name, frame))
