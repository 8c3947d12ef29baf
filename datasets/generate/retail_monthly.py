"""Generate ``retail_monthly``: forty stores over three years, and two changes that nobody noticed."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from common import Recovery, order, rng, save, table
from scipy import stats

from csmodels_helpers import monitoring

NAME = "retail_monthly"
SEED = 20250808
MONTHS = pd.date_range("2023-01-01", periods=36, freq="MS")
STORES = 40
CITY_STORES = 16
BASELINE = ("2023-01", "2023-12")

# Orders a customer makes in a month, and how many customers a store has.
ORDERS_PER_CUSTOMER = {"city": 2.6, "suburb": 1.6}
CUSTOMERS = {"city": 620, "suburb": 900}
SIZE_LOG_SD = 0.25
SEASON = (0.94, 0.92, 0.98, 0.99, 1.00, 0.99, 0.97, 0.96, 1.00, 1.02, 1.08, 1.22)
ANSWERING = 0.065

# All stores share each month's luck: weather, holidays, who answers. This is the overdispersion.
SATISFIED, SATISFIED_MONTH_SD, SATISFIED_STORE_SD = 0.84, 0.018, 0.025
RATES = {"complaints": 0.013, "repairs": 0.004, "returns": 0.060, "lost": 0.021}
RATE_MONTH_SD = {"complaints": 0.07, "repairs": 0.05, "returns": 0.06, "lost": 0.07}
RATE_STORE_LOG_SD = 0.15
# Suburban customers complain more per order. As city customers order more often, per customer they do.
COMPLAINTS_BY_FORMAT = {"city": 0.87, "suburb": 1.13}

# The two real changes.
SATISFIED_SHIFT, SATISFIED_SHIFT_AT = -0.09, "2024-06"
COMPLAINTS_SHIFT, COMPLAINTS_SHIFT_AT = 1.25, "2025-03"
FOUND_WITHIN = {"satisfied": 3, "complaints": 8}

PROMOTERS_OF_SATISFIED, DETRACTORS_OF_OTHERS = 0.56, 0.72
SURVEY_DOWN = 0.008


def _after(start: str) -> np.ndarray:
    return np.asarray(pd.Timestamp(start) <= MONTHS)


def _luck(random: np.random.Generator) -> np.ndarray:
    """Draw the luck of each month: triangular, standard deviation 1, as weather has bounds."""
    return np.sqrt(6) * random.triangular(-1, 0, 1, (len(MONTHS), 1))


def make(seed: int = SEED) -> pd.DataFrame:
    """Draw the data set."""
    random = rng(seed)
    shape = (len(MONTHS), STORES)
    form = np.where(np.arange(STORES) < CITY_STORES, "city", "suburb")
    size = np.exp(SIZE_LOG_SD * random.standard_normal(STORES))
    expected = np.array([CUSTOMERS[name] for name in form]) * size
    season = np.array([SEASON[month.month - 1] for month in MONTHS])[:, None]
    customers = 1 + random.poisson(expected * season)
    often = np.array([ORDERS_PER_CUSTOMER[name] for name in form])
    orders = customers + random.poisson(customers * (often - 1))

    n = random.binomial(orders, ANSWERING)
    month = SATISFIED_MONTH_SD * _luck(random)
    store = SATISFIED_STORE_SD * random.standard_normal(STORES)
    # Large stores answer more, so the mean over all answers is the planted one.
    store = store - np.average(store, weights=expected * often)
    share = SATISFIED + month + store + SATISFIED_SHIFT * _after(SATISFIED_SHIFT_AT)[:, None]
    satisfied = random.binomial(n, np.clip(share, 0.02, 0.98))
    promoters = random.binomial(satisfied, PROMOTERS_OF_SATISFIED)
    detractors = random.binomial(n - satisfied, DETRACTORS_OF_OTHERS)

    counted: dict[str, np.ndarray] = {}
    for kind, rate in RATES.items():
        moved = 1 + RATE_MONTH_SD[kind] * _luck(random)
        own = np.exp(RATE_STORE_LOG_SD * random.standard_normal(STORES))
        chance = rate * moved * own / own.mean()
        if kind == "complaints":
            chance = chance * np.array([COMPLAINTS_BY_FORMAT[name] for name in form])
            chance = chance * np.where(_after(COMPLAINTS_SHIFT_AT), COMPLAINTS_SHIFT, 1.0)[:, None]
        counted[kind] = random.binomial(customers if kind == "lost" else orders, chance)

    down = random.random(shape) < SURVEY_DOWN
    answered = {"n": n, "satisfied": satisfied, "promoters": promoters, "detractors": detractors}
    columns = {
        "month": np.repeat(MONTHS, STORES),
        "store": np.tile([f"S{i:02}" for i in range(1, STORES + 1)], len(MONTHS)),
        "format": np.tile(form, len(MONTHS)),
        "customers": customers.ravel(),
        "orders": orders.ravel(),
        **{name: np.where(down, np.nan, values).ravel() for name, values in answered.items()},
        **{name: values.ravel() for name, values in counted.items()},
    }
    return table(NAME, columns)


def _signals(chart: monitoring.ControlChart, first: str, months: int) -> bool:
    """Whether a chart signals in the months from ``first``."""
    start = pd.Timestamp(first)
    inside = chart.table["month"].between(start, start + pd.DateOffset(months=months - 1))
    return bool(chart.table.loc[inside, "signal"].any())


def monthly(frame: pd.DataFrame, count: str, n: str) -> pd.Series:
    """Return the share of each month."""
    sums = frame.groupby("month")[[count, n]].sum()
    return sums[count] / sums[n]


def _welch(name: str, after: pd.Series, before: pd.Series, truth: float) -> Recovery:
    """Whether the interval of the difference of two stretches of months holds the truth."""
    found = stats.ttest_ind(after, before, equal_var=False).confidence_interval(0.95)
    said = f"{name} {after.mean() - before.mean():.4f} ({found.low:.4f} to {found.high:.4f})"
    return Recovery("interval", bool(found.low <= truth <= found.high), said, truth)


def recover(frame: pd.DataFrame) -> dict[str, Recovery]:
    """Look for the two changes, the noise between months and the effect of the denominator."""
    found: dict[str, Recovery] = {}
    shared = {"time": "month", "baseline": BASELINE}
    plain = monitoring.p_chart(frame, "satisfied", n="n", dispersion="binomial", **shared)
    laney = monitoring.p_chart(frame, "satisfied", n="n", **shared)
    found["ordinary p-chart: false alarms in 2023"] = order(_signals(plain, "2023-01", 12), True)
    found["Laney's p-chart: none in 2023"] = order(_signals(laney, "2023-01", 12), False)
    start, within = SATISFIED_SHIFT_AT, FOUND_WITHIN["satisfied"]
    found["satisfied: found by Laney's p-chart in time"] = order(_signals(laney, start, within), True)
    ewma = monitoring.ewma(frame, "complaints", n="orders", **shared)
    start, within = COMPLAINTS_SHIFT_AT, FOUND_WITHIN["complaints"]
    found["complaints: found by the EWMA in time"] = order(_signals(ewma, start, within), True)
    low, high = (float(laney.phases[name].iloc[0]) for name in ("centre_low", "centre_high"))
    said = f"{low:.3f} to {high:.3f}"
    found["usual share of satisfied"] = Recovery("interval", low <= SATISFIED <= high, said, SATISFIED)

    shares = monthly(frame, "satisfied", "n")
    before, after = shares[:SATISFIED_SHIFT_AT][:-1], shares[SATISFIED_SHIFT_AT:]
    found["satisfied: change"] = _welch("change", after, before, SATISFIED_SHIFT)
    rates = np.log(monthly(frame, "complaints", "orders"))
    before, after = rates[:COMPLAINTS_SHIFT_AT][:-1], rates[COMPLAINTS_SHIFT_AT:]
    found["complaints: factor"] = _welch("log", after, before, math.log(COMPLAINTS_SHIFT))
    for kind, n in (("returns", "orders"), ("lost", "customers")):
        rates = np.log(monthly(frame, kind, n))
        found[f"{kind}: no change after 2023"] = _welch("log", rates["2024":], rates[:"2023"], 0.0)
    found["noise between months"] = _month_noise(frame, shares[:SATISFIED_SHIFT_AT][:-1])

    per = monitoring.complaint_rate(
        frame, "complaints", per={"order": "orders", "customer": "customers"}, segment="format"
    ).table.set_index(["per", "format"])["rate"]
    highest = {name: per[name].idxmax() for name in ("order", "customer")}
    found["most complaints by denominator"] = order(highest, {"order": "suburb", "customer": "city"})
    return found


def _month_noise(frame: pd.DataFrame, shares: pd.Series) -> Recovery:
    """Find the spread between months beyond the luck of the draw, with its chi-square interval."""
    n = frame.groupby("month")["n"].sum().loc[shares.index].mean()
    draw = shares.mean() * (1 - shares.mean()) / n
    df, variance = len(shares) - 1, float(shares.var())
    low, high = (math.sqrt(max(df * variance / stats.chi2.ppf(q, df) - draw, 0.0)) for q in (0.975, 0.025))
    ok = low <= SATISFIED_MONTH_SD <= high
    return Recovery("interval", ok, f"{low:.4f} to {high:.4f}", SATISFIED_MONTH_SD)


if __name__ == "__main__":
    print(save(NAME, make()))
