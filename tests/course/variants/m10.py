"""Module 10 on other data: how the questions and the inputs of functions are drawn."""

from __future__ import annotations

from math import prod
from random import Random
from typing import Any

NAMES = [
    "Aoda", "Bohai", "Changxin", "Deli", "Fuda", "Guangming", "Haitian", "Jinyu",
    "Lantian", "Nanfeng", "Ronghua", "Shengda", "Tianhe", "Wanli", "Yongan", "Zhenhua",
]  # fmt: skip
PEOPLE = ["Li Na", "Wu Gang", "Zhao Min", "Sun Yi", "Qian Lei", "Deng Hua", "Feng Bo"]
SIGNS = ("silent", "late", "unhappy", "free")
MOST = (0.05, 0.2, 0.5, 0.9, 0.9)


def heard(rng: Random) -> dict[str, Any]:
    """Count the rows and gaps of a table that begins with the contact list."""
    while True:
        known = rng.randrange(20, 120)
        people = rng.randrange(known // 2, known - 4)
        doubles = rng.randrange(1, 5)
        never = rng.randrange(1, known - people)
        before = rng.randrange(known // 3, known - 3)
        deciders, quiet = rng.randrange(4, 12), rng.randrange(1, 4)
        forms = people + doubles
        found = {
            "right": (known, known - people),
            "answers-first": (forms, 0),
            "both-surveys": (forms + before, 0),
            "forms-for-people": (known + doubles, known - people),
            "forms-subtracted": (known, known - forms),
            "either-survey-counts": (known, never),
            "deciders-alone": (deciders, quiet),
            "once-answered-alone": (known - never, known - never - people),
            "spring-for-autumn": (known, known - before),
        }
        if len(set(found.values())) == len(found) and quiet < known - people and never < known - before:
            break
    told = {name: {"rows": rows, "empty": empty} for name, (rows, empty) in found.items()}
    return {
        "en": f"Your contact list has {known} people; all were asked in spring and in autumn. In autumn {people} of "
        f"them sent {forms} forms, in spring {before} people sent one each; {never} never answered. "
        f"{deciders} of the contacts decide; of these {quiet} did not answer in autumn. You review autumn, one row "
        'a person, beginning with who could have answered. Answer with a dictionary: how many `"rows"` are there, '
        'and how many are `"empty"`?',
        "zh_CN": f"您的联系人名单有 {known} 人，春季和秋季都问了全部的人。秋季有 {people} 人交来 {forms} 份问卷，春季有 "
        f"{before} 人各交一份；{never} 人从未作答。其中 {deciders} 人是决策人，有 {quiet} 位秋季没有作答。"
        '请评审秋季，每人一行，从可作答名单开始。请用字典作答：共有多少行（`"rows"`），多少行为空（`"empty"`）？',
        "answer": told.pop("right"),
        "wrong": told,
    }


def order(rng: Random) -> dict[str, Any]:
    """One sign changes the pair, one the sum most, one the order, one nothing."""
    while True:
        pays = rng.sample(range(5, 41), 5)
        shows = [[rng.random() < 0.5 for _ in SIGNS] for _ in pays]
        columns = [
            [pay * MOST[sum(flag for i, flag in enumerate(row) if i != out)]
             for pay, row in zip(pays, shows, strict=True)]
            for out in (None, 0, 1, 2, 3)
        ]  # fmt: skip
        ranked = [sorted(range(5), key=lambda i, c=column: -c[i])[:2] for column in columns]
        near = any(abs(a - b) < 0.3 for c in columns for n, a in enumerate(c) for b in c[n + 1 :])
        pair = set(ranked[0])
        changes = [i for i in range(4) if set(ranked[i + 1]) != pair]
        falls = [sum(columns[0]) - sum(column) for column in columns[1:]]
        most = falls.index(max(falls))
        turns = [i for i in range(4) if set(ranked[i + 1]) == pair and ranked[i + 1] != ranked[0]]
        still = [i for i in range(4) if ranked[i + 1] == ranked[0] and i != most]
        if near or len(changes) != 1 or len(turns) != 1 or len(still) != 1 or most in (*changes, *turns):
            continue
        if sorted(falls)[-1] - sorted(falls)[-2] > 1:
            break
    names = rng.sample(NAMES, 5)
    head = "| | pays | all signs | " + " | ".join(f"no {sign}" for sign in SIGNS) + " |"
    lines = [
        f"| {names[i]} | {pays[i]} | " + " | ".join(f"{column[i]:.1f}" for column in columns) + " |"
        for i in range(5)
    ]
    lines.append("| | | " + " | ".join(f"{sum(column):.1f}" for column in columns) + " |")
    table = "\n".join([head, "|" + " --- |" * 7, *lines])
    return {
        "en": "Revenue at risk at most (million yuan), by all signs and without one. There is time to visit the two "
        f"with the most. Without which sign would you visit another pair?\n\n{table}",
        "zh_CN": "按全部信号，以及各去掉一个信号（no …）时，最高的风险收入（百万元）。时间只够拜访最高的两家。"
        f"去掉哪个信号，您会拜访另外一对？\n\n{table}",
        "options": {sign: {"en": sign, "zh_CN": sign} for sign in SIGNS},
        "answer": SIGNS[changes[0]],
        "wrong": {
            "order-for-choice": SIGNS[turns[0]],
            "nothing-moves": SIGNS[still[0]],
            "sum-for-choice": SIGNS[most],
        },
    }


def stay(rng: Random) -> dict[str, Any]:
    """Three bands; the chance that all stay."""
    while True:
        bands = [(low, low + rng.choice([15, 20, 25, 30])) for low in rng.sample(range(5, 31, 5), 3)]
        ends = [[band[side] / 100 for band in bands] for side in (1, 0)]  # the highest loss first
        kept = [[1 - chance for chance in end] for end in ends]
        middle = prod([1 - (low + high) / 200 for low, high in bands])
        found = {
            "right": [prod(end) for end in kept],
            "ends-swapped": [prod(end) for end in kept[::-1]],
            "all-go": [prod(end) for end in ends[::-1]],
            "some-go": [1 - prod(end) for end in kept[::-1]],
            "not-all-go": [1 - prod(end) for end in ends],
            "chances-subtracted": [1 - sum(end) for end in ends],
            "mean-of-three": [sum(end) / 3 for end in kept],
            "weakest-alone": [min(end) for end in kept],
            "middle-for-range": [middle, middle],
        }
        values = list(found.values())
        apart = all(
            max(abs(x - y) for x, y in zip(one, two, strict=True)) > 0.03
            for n, one in enumerate(values)
            for two in values[n + 1 :]
        )
        if apart and sum(ends[0]) > 1:
            break
    names = rng.sample(NAMES, 3)
    rows = "\n".join(f"| {n} | {low}–{high} % |" for n, (low, high) in zip(names, bands, strict=True))
    told = {name: {"low": round(low, 4), "high": round(high, 4)} for name, (low, high) in found.items()}
    return {
        "en": "If these bands hold, and no account pulls another along: between which chances do all three stay? Answer "
        f'with a dictionary of `"low"` and `"high"`, as shares, to two decimals.\n\n'
        f"| account | chance of loss |\n| --- | --- |\n{rows}",
        "zh_CN": '如果这些档位成立，且各客户互不牵连：三家都留下的概率在什么范围？请用含 `"low"` 和 `"high"` 的字典作答，'
        f"写成比例，两位小数。\n\n| 客户 | 流失概率 |\n| --- | --- |\n{rows}",
        "answer": told.pop("right"),
        "wrong": told,
        "rounding": 2,
    }


UNITS = {
    "yuan": ("元", 1e-6),
    "thousand yuan": ("千元", 1e-3),
    "ten thousand yuan": ("万元", 1e-2),
    "hundred million yuan": ("亿元", 100.0),
}
DATES = {"%d/%m/%Y": "{d:02}/{m:02}/{y}", "%m/%d/%Y": "{m:02}/{d:02}/{y}", "%Y/%m/%d": "{y}/{m:02}/{d:02}"}


def files(rng: Random) -> dict[str, Any]:
    """A unit and the way dates are written."""
    unit = rng.choice(list(UNITS))
    factor = UNITS[unit][1]
    written = rng.choice(list(DATES))
    day, month = rng.randrange(13, 29), rng.randrange(1, 13)
    shown = [
        DATES[written].format(d=rng.randrange(1, 13), m=rng.randrange(1, 13), y=rng.randrange(2026, 2029)),
        DATES[written].format(d=day, m=month, y=2026),
    ]

    def told(number: float = factor, dates: str = written) -> dict[str, Any]:
        return {"factor": number, "dates": dates}

    wrong = {
        "unit-upside-down": told(round(1 / factor, 9)),
        "unit-as-it-stands": told(1),
        "one-date-read": told(dates="%d/%m/%Y" if written != "%d/%m/%Y" else "%m/%d/%Y"),
        "other-dates": told(dates="%Y/%m/%d" if written != "%Y/%m/%d" else "%m/%d/%Y"),
    }
    if written == "%Y/%m/%d":
        wrong["other-dates"] = wrong.pop("one-date-read")
    if unit != "yuan":
        wrong["sheet-in-yuan"] = told(1e-6)
    return {
        "en": f"The review is in million yuan, your sheet in {unit}; its contracts end on {shown[0]} and {shown[1]}. Answer with "
        'a dictionary: `"factor"`, by which revenue becomes million yuan, and `"dates"`: `"%d/%m/%Y"`, `"%m/%d/%Y"` or `"%Y/%m/%d"`.',
        "zh_CN": f"评审以百万元为单位，您的表以{UNITS[unit][0]}为单位，合同到期日写作 {shown[0]} 和 {shown[1]}。请用字典作答："
        '`"factor"`（换成百万元的系数）和 `"dates"`（`"%d/%m/%Y"`、`"%m/%d/%Y"` 或 `"%Y/%m/%d"`）。',
        "answer": told(),
        "wrong": wrong,
        "tolerance": 1e-9,
    }


GROUPS = [
    ("were visited", "were not", "被拜访的", "未被拜访的", "ordered again", "再次订购的"),
    ("got a training", "did not", "受过培训的", "未受培训的", "renewed", "续约的"),
    ("got a gift", "did not", "收到礼品的", "未收到礼品的", "gave five stars", "打五星的"),
    ("had a manager of their own", "did not", "有专属经理的", "没有专属经理的", "bought more", "多买了的"),
]


def claims(rng: Random) -> dict[str, Any]:
    """Two differences: one by choice, one by lot; and which way one goes."""
    one, two = rng.sample(GROUPS, 2)
    by_lot = rng.randrange(2)
    high = [rng.randrange(60, 90) for _ in range(2)]
    low = [value - rng.randrange(12, 30) for value in high]
    lines_en, lines_zh = [], []
    for n, (with_en, without_en, with_zh, without_zh, done_en, done_zh) in enumerate((one, two)):
        chosen = ("drawn by lot", "由抽签决定") if n == by_lot else ("chosen by our staff", "由员工挑选")
        lines_en.append(
            f"- Of 100 customers who {with_en}, {high[n]} {done_en}; of 100 who {without_en}, {low[n]} ({chosen[0]})."
        )
        lines_zh.append(
            f"- 100 位{with_zh}顾客中，{done_zh}有 {high[n]} 位；100 位{without_zh}顾客中有 {low[n]} 位（{chosen[1]}）。"
        )
    right = ["shown" if n == by_lot else "open" for n in range(2)]

    def told(a: str, b: str) -> dict[str, str]:
        return {"A": a, "B": b}

    return {
        "en": "Neither difference is due to chance.\n\n" + "\n".join(lines_en) + "\n\n"
        f"**A** In the first line it was because they {one[0]}. **B** In the second it was because they {two[0]}. Answer "
        'with a dictionary of `"A"` and `"B"`: `"shown"`, `"refuted"` or `"open"`.',
        "zh_CN": "两处差异都不是偶然。\n\n" + "\n".join(lines_zh) + "\n\n"
        f"**A** 第一行的差异是因为“{one[2].removesuffix('的')}”。**B** 第二行的差异是因为“{two[2].removesuffix('的')}”。"
        '请用含 `"A"` 和 `"B"` 的字典作答：`"shown"`（得到证明）、`"refuted"`（被推翻）或 `"open"`（没有定论）。',
        "answer": told(*right),
        "wrong": {
            "difference-is-cause": told("shown", "shown"),
            "lot-distrusted": told("open", "open"),
            "choice-for-lot": told(*right[::-1]),
            "difference-denied": told("refuted", "refuted"),
        },
    }


def _typed(rng: Random, name: str) -> str:
    """Return a name as somebody may type it."""
    ways = [name, name, name.upper(), name.lower(), f" {name}", f"{name} ", name.replace(" ", "")]
    return rng.choice([*ways, name.replace(" ", "  ")])


def rows_and_contacts(rng: Random) -> tuple[list[tuple[str, str, str, int | None]], list[str]]:
    """Forms sent twice, on the same day too; empty ones, strangers, a total; now and then none."""
    contacts = rng.sample(PEOPLE, rng.choice([0, 1, 2, 3, 3, 4]))
    strangers = [name for name in PEOPLE if name not in contacts]
    plain = rng.random() < 0.4
    rows: list[tuple[str, str, str, int | None]] = []
    for _ in range(rng.choice([0, 2, 4, 6, 8, 10])):
        known = bool(contacts) and rng.random() < 0.8
        name = rng.choice(contacts) if known else rng.choice([*strangers, "Total", ""])
        survey = rng.choice(["spring", "autumn"])
        day = f"2025-{4 if survey == 'spring' else 10:02}-{rng.randrange(8, 13):02}"
        score = None if rng.random() < 0.2 else rng.randrange(1, 6)
        rows.append((name if plain else _typed(rng, name), survey, day, score))
    return rows, contacts


def customers_and_k(rng: Random) -> tuple[list[dict[str, Any]], int]:
    """Ranges that overlap, touch or lie apart; ends that nobody knows; now and then nobody."""
    number = rng.choice([0, 1, 2, 3, 3, 4, 4, 5, 6])
    narrow, unknown = rng.choice([2, 4, 8]), rng.choice([0, 0, 0.2, 0.4])
    unit = rng.choice([0.5, 0.5, 25])
    customers: list[dict[str, Any]] = []
    for name in rng.sample(NAMES, number):
        low = rng.randrange(0, 20)
        high = low + rng.randrange(0, narrow)
        if rng.random() < 0.1:
            low = high = 0
        customers.append(
            {
                "name": name,
                "low": None if rng.random() < unknown else low * unit,
                "high": None if rng.random() < unknown else high * unit,
            }
        )
    return customers, rng.randrange(1, max(number, 2) + 1)


QUESTIONS = {
    "m10-heard": heard,
    "m10-order": order,
    "m10-stay": stay,
    "m10-files": files,
    "m10-claims": claims,
}
INPUTS = {"m10-clean": rows_and_contacts, "m10-firm": customers_and_k}
RULES: dict[str, dict[str, Any]] = {"m10-clean": {"ordered": False}}
