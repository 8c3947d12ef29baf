"""Generate ``retailer_orders``: an online retailer before and after new logistics in one region."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from common import Recovery, interval, order, rng, save, table

NAME = "retailer_orders"
SEED = 20250101
ORDERS = 4000
CUSTOMERS = 7000

REGIONS = ("north", "south")
PERIODS = {"before": ("2025-01-01", 181), "after": ("2025-07-01", 184)}
PROMISED_DAYS = {4: 0.25, 5: 0.50, 6: 0.25}
CATEGORIES = {"books": 55.0, "clothing": 180.0, "electronics": 900.0, "groceries": 120.0, "home": 260.0}
CATEGORY_SHARES = (0.14, 0.26, 0.18, 0.24, 0.18)
PRICE_LOG_SD = 0.22

# Delivery takes 1 + Poisson days. Only the north gets the new logistics.
MEAN_DELIVERY_DAYS = {
    ("north", "before"): 5.2,
    ("north", "after"): 3.2,
    ("south", "before"): 4.7,
    ("south", "after"): 4.7,
}
DAYS_CHANGE = -2.0

# Perceived quality, 1–10. A price below 60 % of what the category usually costs raises doubt.
QUALITY_MEAN, QUALITY_SD = 6.6, 1.5
BARGAIN_SHARE = 0.10
BARGAIN_BELOW = 0.60
PRICE_DOUBT = -0.7

# Satisfaction behind the answers has standard deviation of about 1. Effects per standard deviation of the
# cause, on fixed scales: delivery first, quality second, expectation third.
DAYS_CENTRE, DAYS_SD = 4.5, 2.0
EXPECTATION_MEAN, EXPECTATION_SD = 7.0, 1.3
EFFECT_DELIVERY = -0.45
EFFECT_QUALITY = 0.30
EFFECT_EXPECTATION = -0.12
DRIVER_ORDER = ("delivery_days", "quality", "expectation")
# What is left: the customer (the same in every order), the moment (shared with `perception`), the rest.
CUSTOMER_SD, MOMENT_SD, REST_SD = 0.60, 0.35, 0.40

CSAT_CUTS = (-1.75, -1.05, -0.10, 0.90)
# What these cuts make of the new logistics, from 4 million orders: difference in differences of the share
# of answers 4 and 5.
TOP2_LIFT = 0.185
# NPS of the same customers, now minus one quarter earlier (north), computed the same way.
NPS_PAIRED_CHANGE = {"north": 0.289, "south": 0.0}

# Missing answers: completely at random, so nothing in the table explains them.
UNANSWERED = 0.18
NPS_SKIPPED, CES_SKIPPED = 0.03, 0.05
ASKED_EARLIER = 0.55


def _whole(values: np.ndarray, low: int, high: int) -> np.ndarray:
    return np.clip(np.rint(values), low, high)


def _nps(random: np.random.Generator, satisfaction: np.ndarray) -> np.ndarray:
    return _whole(7.3 + 1.7 * satisfaction + 0.7 * random.standard_normal(len(satisfaction)), 0, 10)


def make_with_latent(seed: int = SEED, orders: int = ORDERS) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw the data set together with the satisfaction behind the answers, which no file holds."""
    random = rng(seed)
    period = np.where(random.random(orders) < 0.5, "before", "after")
    day = np.floor(random.random(orders) * np.where(period == "before", 181, 184)).astype(int)
    start = np.where(period == "before", np.datetime64("2025-01-01"), np.datetime64("2025-07-01"))
    date = start + day.astype("timedelta64[D]")
    by_date = np.argsort(date, kind="stable")
    period, date = period[by_date], date[by_date]

    # Customers live in one region; some order often (a skewed activity), most once or twice.
    customers = CUSTOMERS * orders // ORDERS
    activity = random.gamma(1.5, size=customers)
    customer = random.choice(customers, size=orders, p=activity / activity.sum())
    region = np.array(REGIONS)[customer % 2]
    customer_effect = CUSTOMER_SD * random.standard_normal(customers)[customer]

    category = random.choice(list(CATEGORIES), size=orders, p=CATEGORY_SHARES)
    typical = np.array([CATEGORIES[name] for name in category])
    bargain = random.random(orders) < BARGAIN_SHARE
    usual = np.exp(np.clip(PRICE_LOG_SD * random.standard_normal(orders), -0.45, 0.9))
    price = np.round(typical * np.where(bargain, 0.35 + 0.23 * random.random(orders), usual), 2)

    mean = np.array([MEAN_DELIVERY_DAYS[cell] for cell in zip(region, period, strict=True)])
    delivery = 1 + random.poisson(mean - 1)
    promised = random.choice(list(PROMISED_DAYS), size=orders, p=list(PROMISED_DAYS.values()))
    quality = _whole(
        QUALITY_MEAN + PRICE_DOUBT * bargain + QUALITY_SD * random.standard_normal(orders), 1, 10
    )
    expectation = _whole(EXPECTATION_MEAN + EXPECTATION_SD * random.standard_normal(orders), 1, 10)

    speed_part = EFFECT_DELIVERY * (delivery - DAYS_CENTRE) / DAYS_SD
    other_part = EFFECT_QUALITY * (quality - QUALITY_MEAN) / QUALITY_SD
    other_part += EFFECT_EXPECTATION * (expectation - EXPECTATION_MEAN) / EXPECTATION_SD
    moment = random.standard_normal(orders)
    satisfaction = speed_part + other_part + customer_effect + MOMENT_SD * moment
    satisfaction += REST_SD * random.standard_normal(orders)

    performance = speed_part + EFFECT_QUALITY * (quality - QUALITY_MEAN) / QUALITY_SD + 0.6 * moment
    perception = _whole(6.9 + 1.5 * performance + 0.5 * random.standard_normal(orders), 1, 10)
    csat = 1.0 + np.searchsorted(CSAT_CUTS, satisfaction)
    nps = _nps(random, satisfaction)

    late = delivery > promised
    draw = random.random(orders)
    complaint = np.select(
        [late & (draw < 0.16), (quality <= 4) & (draw > 0.72), (draw > 0.40) & (draw < 0.42)],
        ["late", "broken", "other"],
        "none",
    )
    effort = 4.9 + 0.7 * satisfaction - 1.2 * (complaint != "none") + 1.0 * random.standard_normal(orders)
    ces = _whole(effort, 1, 7)

    unanswered = random.random(orders) < UNANSWERED
    csat[unanswered] = np.nan
    nps[unanswered | (random.random(orders) < NPS_SKIPPED)] = np.nan
    ces[unanswered | (random.random(orders) < CES_SKIPPED)] = np.nan

    # Asked one quarter earlier, under the old logistics: the customer's first order of July to September.
    quarter = (date >= np.datetime64("2025-07-01")) & (date < np.datetime64("2025-10-01"))
    first = quarter & ~pd.Series(np.where(quarter, customer, -1)).duplicated().to_numpy()
    asked = first & (random.random(orders) < ASKED_EARLIER)
    old_mean = np.array([MEAN_DELIVERY_DAYS[name, "before"] for name in region])
    old_speed = EFFECT_DELIVERY * (1 + random.poisson(old_mean - 1) - DAYS_CENTRE) / DAYS_SD
    # The same customer with the same product taste; the moment and the delivery were others.
    old = old_speed + other_part + customer_effect
    old += np.hypot(MOMENT_SD, REST_SD) * random.standard_normal(orders)
    nps_previous = np.where(asked, _nps(random, old), np.nan)

    chance = 1 / (1 + np.exp(0.35 - 0.75 * satisfaction + 0.5 * (complaint != "none")))
    repurchased = random.random(orders) < chance

    frame = table(
        NAME,
        {
            "order": np.arange(1, orders + 1),
            "customer": customer + 1,
            "region": region,
            "period": period,
            "date": date,
            "category": category,
            "price": price,
            "delivery_days": delivery,
            "promised_days": promised,
            "quality": quality,
            "expectation": expectation,
            "perception": perception,
            "csat": csat,
            "nps": nps,
            "nps_previous": nps_previous,
            "ces": ces,
            "complaint": complaint,
            "repurchased": repurchased,
        },
    )
    return frame, satisfaction


def make(seed: int = SEED) -> pd.DataFrame:
    """Draw the data set."""
    return make_with_latent(seed)[0]


def net_promoter(scores: pd.Series) -> pd.Series:
    """Score each answer +1 (9, 10), −1 (0–6) or 0, so that the mean is the NPS as a fraction."""
    return scores.ge(9).astype(float) - scores.le(6).astype(float)


def did(frame: pd.DataFrame, values: pd.Series) -> tuple[float, float]:
    """Difference in differences (north minus south, after minus before) of a column, and its error."""
    change, error = 0.0, 0.0
    for region, sign in (("north", 1), ("south", -1)):
        for period, direction in (("after", 1), ("before", -1)):
            cell = values[frame["region"].eq(region) & frame["period"].eq(period)].dropna()
            change += sign * direction * cell.mean()
            error += cell.var() / len(cell)
    return float(change), float(np.sqrt(error))


def standardised(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the three drivers on the fixed scales of the planted effects."""
    return pd.DataFrame(
        {
            "delivery_days": (frame["delivery_days"] - DAYS_CENTRE) / DAYS_SD,
            "quality": (frame["quality"] - QUALITY_MEAN) / QUALITY_SD,
            "expectation": (frame["expectation"] - EXPECTATION_MEAN) / EXPECTATION_SD,
        }
    )


def recover(frame: pd.DataFrame, latent: np.ndarray | None = None) -> dict[str, Recovery]:
    """Look for every planted truth; for the effects themselves the latent satisfaction is needed."""
    found: dict[str, Recovery] = {}
    top2 = frame["csat"].ge(4).astype(float).where(frame["csat"].notna())
    found["csat top-2, difference in differences"] = interval(*did(frame, top2), TOP2_LIFT)
    days = frame["delivery_days"].astype(float)
    found["delivery days, difference in differences"] = interval(*did(frame, days), DAYS_CHANGE)

    rated = frame[frame["csat"].notna()]
    strength = rated[list(DRIVER_ORDER)].corrwith(rated["csat"]).abs().sort_values(ascending=False)
    found["drivers by correlation with csat"] = order(tuple(strength.index), DRIVER_ORDER)
    fit = sm.OLS(rated["csat"], sm.add_constant(standardised(rated))).fit()
    slopes = fit.params[list(DRIVER_ORDER)].abs().sort_values(ascending=False)
    found["drivers by regression of csat"] = order(tuple(slopes.index), DRIVER_ORDER)
    if latent is not None:
        fit = sm.OLS(latent, sm.add_constant(standardised(frame))).fit()
        effects: dict[str, Any] = {
            "delivery_days": EFFECT_DELIVERY,
            "quality": EFFECT_QUALITY,
            "expectation": EFFECT_EXPECTATION,
        }
        for name, planted in effects.items():
            found[f"effect {name}"] = interval(float(fit.params[name]), float(fit.bse[name]), planted)

    bargain = frame["price"] < BARGAIN_BELOW * frame["category"].astype("str").map(CATEGORIES)
    fit = sm.OLS(frame["quality"], sm.add_constant(bargain.rename("bargain").astype(float))).fit()
    found["price doubt"] = interval(float(fit.params["bargain"]), float(fit.bse["bargain"]), PRICE_DOUBT)

    pairs = frame[frame["nps"].notna() & frame["nps_previous"].notna()]
    change = net_promoter(pairs["nps"]) - net_promoter(pairs["nps_previous"])
    for region, planted in NPS_PAIRED_CHANGE.items():
        own = change[pairs["region"].eq(region)]
        found[f"paired NPS change {region}"] = interval(
            float(own.mean()), float(own.std() / np.sqrt(len(own))), planted
        )
    return found


if __name__ == "__main__":
    print(save(NAME, make()))
