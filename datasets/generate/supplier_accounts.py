"""Generate ``supplier_accounts``: a pump and seal supplier with 60 accounts, 420 contacts and two years.

The first twelve accounts are those of ``key_accounts``, and the survey of the last quarter holds the answers
of ``first_survey``; both stand here as they stand there.
"""

from __future__ import annotations

import math
from typing import Any

import first_survey
import key_accounts
import numpy as np
import pandas as pd
from common import Recovery, interval, order, rng, table

from csmodels_helpers import accounts, kano

NAME = "supplier_accounts"
SEED = 20260109

ACCOUNTS, CONTACTS = 60, 420
QUARTERS = tuple(f"{year}Q{quarter}" for year in (2024, 2025) for quarter in (1, 2, 3, 4))
LAST_DAY = np.datetime64("2025-12-31")
KEY_ACCOUNTS = tuple(row[0] for row in key_accounts.ACCOUNTS)
SILENT_DECIDERS = first_survey.SILENT_DECIDERS
SILENT_SINCE = "2025Q2"
HOSTAGES = ("K04", "K10")
LOST = "K07"
LOST_TREND = -0.28  # satisfaction a quarter, before rounding
COSTLIEST = "K11"  # the least margin share of the twelve
LOSING = ("K27", "K41", "K55")  # cost more than they bring
NO_ALTERNATIVE = ("K18", "K24", "K33", "K46", "K52")  # satisfied, so no hostages

LEVELS = {"K01": 4.3, "K02": 4.0, "K03": 3.8, "K04": 3.1, "K05": 4.4, "K06": 4.3}
LEVELS |= {"K07": 2.6, "K08": 4.3, "K09": 4.0, "K10": 2.8, "K11": 4.0, "K12": 4.4}
ROLE_EFFECT = {"decider": -0.35, "buyer": -0.20, "technical": 0.0, "user": 0.10}
CONTACT_SD, REST_SD = 0.35, 0.45
# Mean of an account's deciders minus its users, until the third quarter of 2025; from 700 drawn data sets,
# as answers are whole numbers that end at 5.
DECIDER_MINUS_USER = -0.434
IN_TIME, DUE_DAYS = 0.76, 10

# Need: mean gap (perceived − expected) before rounding, its Kano class, and that class's share of contacts.
NEEDS = {
    "spare_parts": (-1.40, "M", 0.62),
    "hotline": (-0.80, "M", 0.55),
    "on_time_delivery": (-0.60, "O", 0.60),
    "quotes": (-0.40, "O", 0.55),
    "documentation": (0.20, "I", 0.55),
    "energy_advice": (-0.20, "A", 0.60),
}
WORST_NEED = "spare_parts"
SPARE_PARTS_GAP = -1.403  # as answered, from 700 drawn data sets
PAIRS = {
    "M": ("must-be", "dislike"),
    "O": ("like", "dislike"),
    "A": ("like", "neutral"),
    "I": ("neutral", "neutral"),
}

# Activity: times a year for each million of revenue, and cost of one in CNY.
ACTIVITIES = {
    "visit": (2.0, 8000),
    "service_call": (8.0, 2500),
    "rush_order": (3.0, 6000),
    "custom_drawing": (1.5, 12000),
    "invoice_dispute": (1.0, 3000),
}
INTENSITY = {COSTLIEST: 3.0} | dict.fromkeys(LOSING, 6.5)
TOPICS = ("late delivery", "leak", "wrong part", "invoice", "documentation", "hotline")

FIRST = ("Cang苍", "Dai岱", "Fu阜", "Hong虹", "Lan岚", "Qi淇", "Su溯", "Yin荫")
SECOND = ("chuan川", "he河", "lin林", "pu浦", "shi石", "ting汀")
INDUSTRIES = ("chemicals", "food", "paper", "mining", "water utility", "textiles", "power", "dairy")
CITIES = (
    "Nanjing",
    "Wuxi",
    "Zibo",
    "Yantai",
    "Zhuzhou",
    "Luoyang",
    "Baoding",
    "Jiaxing",
    "Foshan",
    "Mianyang",
)
MANAGERS = ("Gao Min", "Lin Yue", "Zhou Kai")
COMMENTS = {
    "low": ("Nobody called back.", "等了三周才有回复。", "The second leak this year.", "备件又缺货。"),
    "middle": ("Fine, but slow.", "总体还可以。", "Prices went up again.", "门户网站不好用。"),
    "high": ("Good people.", "现场服务很及时。", "Never let us down.", "技术支持专业。"),
}


def _accounts(random: np.random.Generator) -> pd.DataFrame:
    rows = [list(row) for row in key_accounts.ACCOUNTS]
    size = 4 + random.multinomial(CONTACTS - sum(row[8] for row in rows) - 4 * 48, np.full(48, 1 / 48))
    for i in range(ACCOUNTS - len(rows)):
        one, two = FIRST[i % len(FIRST)], SECOND[i // len(FIRST)]
        number = f"K{i + 13}"
        revenue = 8.9 * random.random() ** 1.6
        floor = 2.5 if number in LOSING else 0.9
        end = np.datetime64("2026-03-31") + np.timedelta64(int(random.integers(0, 8)) * 91, "D")
        name = f"{one[:-1]}{two[:-1]}"
        place = [str(random.choice(INDUSTRIES)), str(random.choice(CITIES)), int(random.integers(2005, 2025))]
        worth = [round(max(revenue, floor), 1), str(end), int(min(size[i], 20))]
        rows.append([number, name, one[-1] + two[-1], *place, *worth, str(random.choice(MANAGERS))])
    return pd.DataFrame(rows, columns=list(key_accounts.COLUMNS))


def _contacts(random: np.random.Generator, who: pd.DataFrame) -> pd.DataFrame:
    known = {row[1]: row[2] for row in first_survey.ANSWERS}
    rows: list[dict[str, Any]] = []
    for account, count in zip(who["account"], who["contacts"], strict=True):
        for i in range(1, count + 1):
            contact = f"{account}-{i:02d}"
            drawn = str(random.choice(["user", "buyer", "technical"], p=[0.5, 0.2, 0.3]))
            if contact not in known and i <= 3 and account not in KEY_ACCOUNTS:
                drawn = ("decider", "user", "buyer")[i - 1]
            role = known.get(contact, drawn)
            silent = role == "decider" and account in SILENT_DECIDERS
            days = int(random.integers(290, 420) if silent else random.integers(2, 160))
            rows.append(
                {
                    "contact": contact,
                    "account": account,
                    "role": role,
                    "known_since": int(random.integers(2012, 2025)),
                    "last_visit": LAST_DAY - np.timedelta64(days, "D"),
                    "language": str(random.choice(["zh", "en"], p=[0.7, 0.3])),
                }
            )
    return pd.DataFrame(rows)


def _surveys(
    random: np.random.Generator, contacts: pd.DataFrame, level: dict[str, float], slope: dict[str, float]
) -> pd.DataFrame:
    """Draw what the panel of each account answered, quarter by quarter."""
    asked_first = {row[1] for row in first_survey.ANSWERS}
    rank = contacts.groupby("account").cumcount()
    keys = contacts["account"].isin(KEY_ACCOUNTS)
    panel = contacts[(keys & contacts["contact"].isin(asked_first)) | (~keys & (rank < 4))]
    account = panel["account"].to_numpy()
    role = panel["role"].to_numpy()
    own = CONTACT_SD * random.standard_normal(len(panel))
    own += np.array([level[a] for a in account]) + np.array([ROLE_EFFECT[r] for r in role])
    drift = np.array([slope[a] for a in account])
    silent = (role == "decider") & np.isin(account, SILENT_DECIDERS)
    frames: list[pd.DataFrame] = []
    heard_lately = np.zeros(len(panel), dtype=bool)
    for i, quarter in enumerate(QUARTERS):
        feeling = own + drift * (i - 7) + REST_SD * random.standard_normal(len(panel))
        nps = 7.6 + 1.75 * (feeling - 3.9) + 0.7 * random.standard_normal(len(panel))
        answered = random.random(len(panel)) < np.where(role == "decider", 0.78, 0.82)
        answered &= ~(silent & (quarter >= SILENT_SINCE))
        if quarter == "2025Q3":
            # Only the three stay silent for three quarters.
            answered |= (role == "decider") & ~silent & ~heard_lately
        if quarter >= SILENT_SINCE:
            heard_lately |= answered
        csat = np.where(answered, np.clip(np.rint(feeling), 1, 5), np.nan)
        wrote = random.random(len(panel)) < 0.3
        said = [
            str(random.choice(COMMENTS["low" if x <= 2 else "middle" if x == 3 else "high"])) if w else None
            for x, w in zip(csat, wrote & answered, strict=True)
        ]
        frames.append(
            pd.DataFrame(
                {
                    "quarter": quarter,
                    "account": account,
                    "contact": panel["contact"].to_numpy(),
                    "role": role,
                    "csat": csat,
                    "nps": np.where(answered, np.clip(np.rint(nps), 0, 10), np.nan),
                    "comment": pd.Series(said, dtype=object),
                }
            )
        )
    last = frames.pop()
    first = pd.DataFrame(first_survey.ANSWERS, columns=list(first_survey.COLUMNS)).assign(
        quarter=QUARTERS[-1]
    )
    return pd.concat(
        [*frames, first[last.columns], last[~last["account"].isin(KEY_ACCOUNTS)]], ignore_index=True
    )


def _needs(random: np.random.Generator, surveys: pd.DataFrame, level: dict[str, float]) -> pd.DataFrame:
    """Draw what those who answered in the last quarter expect and get, need by need."""
    people = surveys[(surveys["quarter"] == QUARTERS[-1]) & surveys["csat"].notna()]
    shift = pd.Series(level)
    shift = 0.5 * (shift - shift.mean())
    rows: list[dict[str, Any]] = []
    for account, contact in zip(people["account"], people["contact"], strict=True):
        for need, (gap, letter, share) in NEEDS.items():
            wanted = 5.6 + 0.6 * random.standard_normal()
            got = wanted + gap + shift[account] + 0.8 * random.standard_normal()
            others = [other for other in PAIRS if other != letter]
            chosen = letter if random.random() < share else str(random.choice(others))
            functional, dysfunctional = PAIRS[chosen]
            rows.append(
                {
                    "account": account,
                    "contact": contact,
                    "need": need,
                    "expected": np.clip(np.rint(wanted), 1, 7),
                    "perceived": np.clip(np.rint(got), 1, 7),
                    "functional": functional,
                    "dysfunctional": dysfunctional,
                }
            )
    return pd.DataFrame(rows)


def _complaints(random: np.random.Generator, who: pd.DataFrame, contacts: pd.DataFrame) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    by_account = contacts.groupby("account")["contact"].apply(list)
    for account, revenue in zip(who["account"], who["revenue_cny_million"], strict=True):
        expected = {LOST: 18.0, "K10": 13.0, "K04": 11.0}.get(account, 3.0 + 0.12 * revenue)
        for _ in range(random.poisson(expected)):
            back = random.random() ** (2.0 if account == LOST else 1.0)
            opened = LAST_DAY - np.timedelta64(int(730 * back), "D")
            quick = random.random() < (0.15 if account == LOST else IN_TIME)
            days = random.integers(0, DUE_DAYS + 1) if quick else random.integers(DUE_DAYS + 1, 60)
            closed = opened + np.timedelta64(int(days), "D")
            rows.append(
                {
                    "account": account,
                    "contact": str(random.choice(by_account[account])),
                    "opened": opened,
                    "closed": closed if closed <= LAST_DAY else np.datetime64("NaT"),
                    "topic": "leak"
                    if account == LOST and random.random() < 0.6
                    else str(random.choice(TOPICS)),
                    "severity": int(random.choice([1, 2, 3], p=[0.5, 0.35, 0.15])),
                    "due_days": DUE_DAYS,
                }
            )
    frame = pd.DataFrame(rows).sort_values(["opened", "account"], kind="stable", ignore_index=True)
    frame.insert(0, "complaint", [f"C{i:04d}" for i in range(1, len(frame) + 1)])
    return frame


def _money(random: np.random.Generator, who: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw revenue and cost of goods by quarter, and the activities behind the cost to serve."""
    revenue: list[dict[str, Any]] = []
    activities: list[dict[str, Any]] = []
    for account, total in zip(who["account"], who["revenue_cny_million"], strict=True):
        growth = (
            -0.18 if account == LOST else float(np.clip(0.04 + 0.06 * random.standard_normal(), -0.1, 0.2))
        )
        goods = 0.68 if account == COSTLIEST else 0.62 + 0.06 * random.random()
        intensity = INTENSITY.get(account, float(np.clip(np.exp(0.25 * random.standard_normal()), 0.5, 1.6)))
        left = {2024: round(total / (1 + growth), 3), 2025: float(total)}
        for quarter in QUARTERS:
            year, last = int(quarter[:4]), quarter.endswith("4")
            whole = total if year == 2025 else round(total / (1 + growth), 3)
            amount = (
                left[year]
                if last
                else whole / 4 * (1 + 0.06 * float(np.clip(random.standard_normal(), -2, 2)))
            )
            amount = round(amount, 3)
            left[year] = round(left[year] - amount, 3)
            revenue.append(
                {
                    "account": account,
                    "quarter": quarter,
                    "revenue_cny_million": amount,
                    "cost_of_goods_cny_million": round(amount * goods, 3),
                }
            )
            for activity, (often, _) in ACTIVITIES.items():
                count = int(random.poisson(often / 4 * whole * intensity))
                if count:
                    what = {"account": account, "quarter": quarter, "activity": activity, "quantity": count}
                    activities.append(what)
    return pd.DataFrame(revenue), pd.DataFrame(activities)


def _contracts(random: np.random.Generator, who: pd.DataFrame) -> pd.DataFrame:
    n = len(who)
    alternatives = random.integers(1, 5, n)
    share = np.round(0.25 + 0.5 * random.random(n), 2)
    for i, account in enumerate(who["account"]):
        if account in HOSTAGES or account in NO_ALTERNATIVE:
            alternatives[i], share[i] = 0, np.round(0.88 + 0.1 * random.random(), 2)
        elif account == LOST:
            alternatives[i], share[i] = 3, 0.41
    end = pd.to_datetime(who["contract_end"])
    return pd.DataFrame(
        {
            "account": who["account"],
            "start": end - pd.to_timedelta(random.choice([730, 1095], n), unit="D"),
            "end": end,
            "notice_days": random.choice([90, 180], n),
            "alternatives": alternatives,
            "share_of_wallet": share,
        }
    )


def make(seed: int = SEED) -> dict[str, pd.DataFrame]:
    """Draw all tables."""
    random = rng(seed)
    who = _accounts(random)
    contacts = _contacts(random, who)
    level = {
        account: float(np.clip(3.95 + 0.3 * random.standard_normal(), 3.6, 4.6)) for account in who["account"]
    }
    slope = {
        account: float(np.clip(0.02 * random.standard_normal(), -0.04, 0.04)) for account in who["account"]
    }
    level |= dict.fromkeys(NO_ALTERNATIVE, 4.2) | LEVELS
    slope |= dict.fromkeys(HOSTAGES, 0.0) | {LOST: LOST_TREND}
    surveys = _surveys(random, contacts, level, slope)
    revenue, activities = _money(random, who)
    made = {
        "accounts": who,
        "contacts": contacts,
        "surveys": surveys,
        "needs": _needs(random, surveys, level),
        "complaints": _complaints(random, who, contacts),
        "revenue": revenue,
        "activities": activities,
        "activity_rates": pd.DataFrame(
            {"activity": list(ACTIVITIES), "unit_cost_cny": [cost for _, cost in ACTIVITIES.values()]}
        ),
        "contracts": _contracts(random, who),
    }
    return {
        f"{NAME}/{name}": table(f"{NAME}/{name}", frame.to_dict("series")) for name, frame in made.items()
    }


# ------------------------------------------------------------------------------------------ recover


def trends(surveys: pd.DataFrame) -> pd.DataFrame:
    """Slope of each account's satisfaction a quarter, its standard error, and its mean over the last two."""
    rows: list[dict[str, Any]] = []
    for account, own in surveys.dropna(subset=["csat"]).groupby("account", observed=True):
        t = own["quarter"].cat.codes.to_numpy(dtype=np.float64)
        x = own["csat"].to_numpy(dtype=np.float64)
        t = t - t.mean()
        slope = float(t @ x / (t @ t))
        rest = x - x.mean() - slope * t
        error = math.sqrt(float(rest @ rest) / (len(x) - 2) / float(t @ t))
        lately = own.loc[own["quarter"] >= "2025Q3", "csat"].mean()
        row = {"account": account, "slope": slope, "error": error, "mean": float(x.mean())}
        rows.append(row | {"lately": float(lately)})
    return pd.DataFrame(rows)


def recover(made: dict[str, pd.DataFrame]) -> dict[str, Recovery]:
    """Look for every planted truth with the functions of the course."""
    tables = {name.partition("/")[2]: frame for name, frame in made.items()}
    who, surveys, contracts = tables["accounts"], tables["surveys"], tables["contracts"]
    found: dict[str, Recovery] = {}
    biggest = who.nlargest(12, "revenue_cny_million")["account"]
    found["twelve key accounts"] = order(tuple(sorted(biggest)), KEY_ACCOUNTS)

    late = surveys[(surveys["quarter"] >= SILENT_SINCE) & (surveys["role"] == "decider")]
    heard = late.groupby("account")["csat"].count()
    found["silent deciders"] = order(tuple(heard.index[heard == 0]), SILENT_DECIDERS)
    last = surveys[surveys["quarter"] == QUARTERS[-1]]
    unit = accounts.satisfaction(last[last["account"].isin(KEY_ACCOUNTS)], "csat", respondent="contact").table
    found["key accounts without a score"] = order(
        tuple(unit.loc[unit["score"].isna(), "account"]), SILENT_DECIDERS
    )

    complaints = tables["complaints"]
    days = (complaints["closed"].fillna(LAST_DAY) - complaints["opened"]).dt.days
    late_ones = (days > DUE_DAYS).groupby(complaints["account"]).sum()
    facts = trends(surveys).merge(contracts, on="account")
    facts["late"] = facts["account"].map(late_ones).fillna(0)
    bound = facts["alternatives"] == 0
    hostages = facts.loc[bound & (facts["mean"] < 3.5), "account"]
    found["hostages"] = order(tuple(hostages), HOSTAGES)
    falling = facts["slope"] + facts["error"] < -0.05
    leaving = (
        falling
        & ~bound
        & (facts["lately"] < 3.3)
        & (facts["late"] >= 4)
        & (facts["end"] <= pd.Timestamp("2026-12-31"))
    )
    found["lost if nothing changes"] = order(tuple(facts.loc[leaving, "account"]), (LOST,))

    found |= _recover_money(tables)
    early = surveys[surveys["quarter"] < QUARTERS[-1]]
    means = early.groupby(["account", "role"])["csat"].mean().unstack()  # noqa: PD010
    apart = (means["decider"] - means["user"]).dropna()
    error = float(apart.std() / np.sqrt(len(apart)))
    found["deciders minus users"] = interval(float(apart.mean()), error, DECIDER_MINUS_USER)

    judged = complaints[
        (complaints["opened"] <= LAST_DAY - np.timedelta64(DUE_DAYS, "D")) & (complaints["account"] != LOST)
    ]
    in_time = ((judged["closed"] - judged["opened"]).dt.days <= DUE_DAYS).mean()
    error = math.sqrt(in_time * (1 - in_time) / len(judged))
    found["complaints closed in time"] = interval(float(in_time), error, IN_TIME)
    return found | _recover_needs(tables["needs"])


def _recover_money(tables: dict[str, pd.DataFrame]) -> dict[str, Recovery]:
    revenue = tables["revenue"]
    year = revenue[revenue["quarter"].astype("str").str.startswith("2025")]
    books = year.groupby("account", as_index=False)[
        ["revenue_cny_million", "cost_of_goods_cny_million"]
    ].sum()
    done = tables["activities"]
    done = done[done["quarter"].astype("str").str.startswith("2025")]
    rates = tables["activity_rates"].set_index("activity")["unit_cost_cny"] / 1e6
    margin = accounts.account_margin(
        books,
        done,
        rates=rates.to_dict(),
        revenue="revenue_cny_million",
        cost_of_goods="cost_of_goods_cny_million",
    ).table
    twelve = margin[margin["account"].isin(KEY_ACCOUNTS)]
    return {
        "accounts that lose money": order(tuple(sorted(margin.loc[margin["margin"] < 0, "account"])), LOSING),
        "least margin share of the twelve": order(
            twelve.sort_values("margin_share")["account"].iloc[0], COSTLIEST
        ),
    }


def _recover_needs(needs: pd.DataFrame) -> dict[str, Recovery]:
    gaps = needs.assign(gap=needs["perceived"] - needs["expected"])
    found: dict[str, Recovery] = {}
    found["need with the largest shortfall"] = order(gaps.groupby("need")["gap"].mean().idxmin(), WORST_NEED)
    own = gaps[gaps["need"] == WORST_NEED]
    mean: Any = accounts.overall_satisfaction(own, "gap", scale=(-6, 6)).table.loc["accounts"]
    found["gap of spare parts"] = interval(mean["score"], mean["give_or_take"] / 1.96, SPARE_PARTS_GAP)
    classes = kano.analyze(needs, feature="need", respondent="contact").table
    found["Kano classes"] = order(
        dict(zip(classes["feature"], classes["category"], strict=True)),
        {need: letter for need, (_, letter, _) in sorted(NEEDS.items())},
    )
    return found
