"""Module 03 on other data: how the questions and the inputs of functions are drawn."""

from __future__ import annotations

from random import Random
from typing import Any

from csmodels_helpers import expectation

PEOPLE = ("Tan", "Luo", "Hu", "Bai", "Qian", "Shen", "Yu", "Fan")
# State → what is seen a month later, in both languages.
LATER = {
    "regular": [
        ("orders every month, as before", "照常每月下单"),
        ("silent, buys as always", "没有说什么，照常购买"),
        ("praised the fitter, buys as always", "称赞了安装师傅，照常购买"),
    ],
    "indifferent": [
        ("stays until somebody is cheaper", "有更便宜的就走"),
        ("buys here as long as no other shop is nearer", "附近没有别家才在这里买"),
    ],
    "kept": [
        ("complained, was called back, ordered again", "投诉后接到回电，又下了单"),
        ("complained, got a new door, stays", "投诉后换了新门，留了下来"),
    ],
    "gone": [
        ("buys from a rival only", "只在竞争对手处购买"),
        ("closed the account without a word", "一声不响地销了户"),
    ],
}
FATES = {"positive": "regular", "confirmed": "indifferent", "negative": "gone"}


def minus(number: float) -> str:
    """Write a number with a proper minus."""
    return f"{number}".replace("-", "−")


def endings(rng: Random) -> dict[str, Any]:
    """Four customers: what each gap was, and what became of each."""
    names = rng.sample(PEOPLE, 4)
    while True:
        gaps = {name: rng.choice([-12, -9, -5, -3, -2, -1, 0, 1, 2, 3, 6, 11]) for name in names}
        states = {name: rng.choice(list(LATER)) for name in names}
        near = [abs(gap) for gap in gaps.values()]
        both = min(gaps.values()) < -2 and max(gaps.values()) > 2
        if both and 0 < min(near) <= 2 and len(set(states.values())) > 2:
            break
    expected = {name: rng.randrange(58, 86) for name in names}
    endings = {name: rng.choice(LATER[state]) for name, state in states.items()}

    def told(of_gap: Any, of_state: Any = states.get) -> dict[str, list[str]]:
        return {name: [of_gap(gaps[name]), of_state(name)] for name in names}

    def word(gap: float, band: float = 2) -> str:
        return "confirmed" if abs(gap) <= band else "positive" if gap > 0 else "negative"

    def other(**names_of: str) -> dict[str, list[str]]:
        return told(word, lambda name: names_of.get(states[name], states[name]))

    def table(language: int) -> str:
        return "\n".join(
            f"| {name} | {expected[name]} | {expected[name] + gaps[name]} | {endings[name][language]} |"
            for name in names
        )

    form = f'`{{"{names[0]}": ["…", "…"], …}}`'
    ruled = "| --- | --- | --- | --- |"
    return {
        "en": "What was each customer's gap (perceived − expected), and what became of the customer? The gap: "
        '`"negative"`, `"confirmed"` (within 2 points) or `"positive"`. The state: `"regular"`, `"indifferent"`, '
        f'`"kept"` or `"gone"`. Answer with a dictionary, such as {form}.\n\n'
        f"| customer | expected | perceived | a month later |\n{ruled}\n{table(0)}",
        "zh_CN": "每位客户的差距（感知 − 期望）是哪一种，客户后来处于哪种状态？差距："
        '`"negative"`（负向）、`"confirmed"`（相差 2 分以内）或 `"positive"`（正向）。状态：`"regular"`（常客）、'
        f'`"indifferent"`（无所谓）、`"kept"`（留住）或 `"gone"`（流失）。请用字典作答，例如 {form}。\n\n'
        f"| 客户 | 期望 | 感知 | 一个月后 |\n{ruled}\n{table(1)}",
        "answer": told(word),
        "wrong": {
            "sign-turned": told(lambda gap: word(-gap)),
            "band-forgotten": told(lambda gap: word(gap, 0)),
            "fate-from-gap": told(word, lambda name: FATES[word(gaps[name])]),
            "won-back-as-regular": other(kept="regular"),
            "stays-as-regular": other(indifferent="regular"),
            "waiting-as-gone": other(indifferent="gone"),
        },
    }


def verdicts(rng: Random) -> dict[str, Any]:
    """Four departments, asked on a form with five steps, most of them on a line, too."""
    names = rng.sample(["desks", "wardrobes", "lamps", "beds", "carpets", "kitchens", "chairs"], 4)
    kinds = rng.sample(["true", "false", "calm", "unasked"], 4)
    if rng.random() < 0.5:
        kinds[rng.randrange(4)] = rng.choice(["true", "false", "unasked"])
    rows: list[str] = []
    for name, kind in zip(names, kinds, strict=True):
        form = rng.randrange(24, 35) / 10
        top = rng.randrange(38, 60)
        line = rng.randrange(18, 23) / 10
        low, high = line - rng.choice([0.4, 0.5]), line + rng.choice([0.5, 0.6])
        if kind == "false":
            line = rng.choice([0.9, 1.0, 1.1, 1.2])
            low, high = line - 0.3, line + 0.3
        if kind == "calm":
            form, top = line + rng.choice([-0.1, 0, 0.1]), rng.randrange(3, 9)
        asked = "–" if kind == "unasked" else f"{line:.1f} ({low:.1f}–{high:.1f})"
        rows.append(f"| `{name}` | {form:.1f} ({form - 0.6:.1f}–{form + 0.8:.1f}) | {top} % | {asked} |")

    def told(**of_kind: str) -> dict[str, str]:
        words = {"true": "real", "false": "form", "calm": "real", "unasked": "open", **of_kind}
        return {name: words[kind] for name, kind in zip(names, kinds, strict=True)}

    table = "\n".join(rows)
    ruled = "| --- | --- | --- | --- |"
    form = f'`{{"{names[0]}": "open", …}}`'
    return {
        "en": "The table divides the weight of a loss by that of a gain (95 % interval), asked on five steps and on a "
        'line whose ends few reach (–: not asked). Do losses weigh more: `"real"` (they do), `"form"` (the five '
        'steps show it, the line does not) or `"open"` (the table cannot tell)? Answer with a dictionary, such as '
        f"{form}.\n\n| | five steps | marked 5, the best | line |\n{ruled}\n{table}",
        "zh_CN": "表中是损失的分量除以收益的分量（95 % 区间），分别用五级评分和一条很少有人画到两端的线段询问"
        '（–：未询问）。损失更重吗：`"real"`（确实更重）、`"form"`（五级评分显示更重，线段没有显示）'
        f'还是 `"open"`（此表无法判断）？请用字典作答，例如 {form}。\n\n'
        f"| | 五级评分 | 打 5 分（最高） | 线段 |\n{ruled}\n{table}",
        "answer": told(),
        "wrong": {
            "ratio-believed": told(false="real", unasked="real"),
            "crowded-is-false": told(true="form", unasked="form"),
            "form-always-lies": told(calm="form"),
            "verdicts-swapped": told(true="form", false="real"),
            "line-not-read": told(true="open", false="open", calm="open"),
        },
    }


def prints(rng: Random) -> dict[str, Any]:
    """A promise: how far it moves the expectation, and which one may go to print."""
    while True:
        belief, mean, spread = (
            rng.choice([0.3, 0.4, 0.6, 0.7, 0.8]),
            rng.randrange(68, 80),
            rng.choice([7, 8, 9]),
        )
        now, rival = mean - rng.choice([3, 4, 5, 6]), mean + rng.choice([11, 13, 16])
        known = {"gain": 0.35, "loss": 0.85, "start": mean - 2, "belief": belief, "expectation_effect": 0.1}
        pulls = [round(belief * share, 2) for share in (0.35, 0.42, 0.49)]
        found = [
            expectation.best_promise(mean, spread, attraction=pull, promises=(mean - 16, rival), **known)
            for pull in pulls
        ]
        best = [round(each.promise) for each in found]
        asked = sorted({*best, mean, rival})

        def behind(each: Any, promise: float) -> float:
            nearest = (each.table["promise"] - promise).abs().idxmin()
            return round(float(each.table["value"].max() - each.table["value"][nearest]), 1)

        rows = [[behind(each, promise) for promise in asked] for each in found]
        flat = [row[n] for row in rows for n, promise in enumerate(asked) if best[0] <= promise <= best[2]]
        apart = mean - 15 < best[0] < best[2] - 4 < rival - 8 and now not in (mean - 2, best[1])
        if apart and max(flat) <= 0.5 and min(row[-1] for row in rows) >= 0.9 and best[0] < mean:
            break
    step, expected = rival - now, round(belief * 10)
    rises = {
        "everything-believed": step,
        "ten-for-twenty": expected,
        "disbelief-for-belief": (1 - belief) * step,
        "whole-promise": belief * rival,
        "from-the-average": belief * (rival - mean),
        "sign-turned": -belief * step,
        "upside-down": step / belief,
        "attraction-for-belief": pulls[1] * step,
    }
    options = [
        (
            f"{best[0]} to {best[2]}: the lower disappoints fewer.",
            f"{best[0]} 至 {best[2]}：越低，失望的人越少。",
            "",
        ),
        (
            f"{best[1]} alone: the test found it the best.",
            f"只能是 {best[1]}：试验表明它最好。",
            "one-best-promise",
        ),
        (
            f"{mean}, our average: it disappoints hardly anybody.",
            f"{mean}，我们的平均水平：几乎不会让人失望。",
            "average-disappoints-nobody",
        ),
        (
            f"{best[2]} to {rival}: the higher attracts more.",
            f"{best[2]} 至 {rival}：越高越吸引人。",
            "attraction-alone",
        ),
    ]
    rng.shuffle(options)
    letters = {mistake: letter for letter, (_, _, mistake) in zip("ABCD", options, strict=True)}

    def told(rise: float, advice: str = letters[""]) -> dict[str, Any]:
        return {"expect_more": round(rise, 6), "advice": advice}

    def listed(language: int) -> str:
        return "\n".join(f"- {letter}: {o[language]}" for letter, o in zip("ABCD", options, strict=True))

    head = " | ".join(map(str, asked))
    ruled = "| --- " * (len(asked) + 2) + "|"
    table = "\n".join(
        f"| {pull} | {round(100 * each.disappointed)} % | " + " | ".join(map(str, row)) + " |"
        for pull, each, row in zip(pulls, found, rows, strict=True)
    )
    return {
        "en": f"We promise {now} and deliver {mean} on average; a rival promises {rival}. Customers who by lot were "
        f"promised 10 points more expected {expected} more, and each promised point attracted like {pulls[1]} points "
        f"of satisfaction ({pulls[0]} to {pulls[2]}). How many points more than today do customers expect if we print "
        f'{rival}, and which promise do you advise? Answer with a dictionary of `"expect_more"` (a number) and '
        '`"advice"` (a letter).\n\nPoints lost against the best promise, and how many customers the best disappoints:'
        f"\n\n| attraction | disappointed | {head} |\n{ruled}\n{table}\n\n{listed(0)}",
        "zh_CN": f"我们承诺 {now}，平均做到 {mean}；竞争对手承诺 {rival}。抽签多承诺 10 分的客户，期望高了 {expected} 分；"
        f"每多承诺一分的吸引力相当于 {pulls[1]} 分满意度（{pulls[0]} 至 {pulls[2]}）。如果印上 {rival} 分，"
        '客户的期望比今天高几分？您建议哪个承诺？请用字典作答，键为 `"expect_more"`（一个数）和 `"advice"`（字母）。\n\n'
        "与最佳承诺相比损失的分数，以及最佳承诺让多少客户失望：\n\n"
        f"| 吸引力 | 失望 | {head} |\n{ruled}\n{table}\n\n{listed(1).replace(': ', '：')}",
        "answer": told(belief * step),
        "rounding": 1,
        "wrong": {
            **{mistake: told(rise) for mistake, rise in rises.items()},
            **{mistake: told(belief * step, letter) for mistake, letter in letters.items() if mistake},
        },
    }


def calls(rng: Random) -> dict[str, Any]:
    """What a call is worth, with its range, and what may be said of it."""
    outcome = rng.choice(["nothing", "open", "open", "pays"])
    while True:
        more = rng.randrange(8, 26)
        reach = rng.randrange(5, 14)
        people, each = rng.choice([200, 300, 400, 500, 600]), rng.choice([200, 300, 400, 500, 800])
        cost = rng.randrange(10, 60) * 1000
        low, high = more - reach, more + reach

        def yuan(of_hundred: float, people: int = people, each: int = each, cost: int = cost) -> int:
            return round(people * of_hundred / 100 * each - cost)

        ends = [yuan(low), yuan(high)]
        if 0 in (*ends, low, yuan(more)) or yuan(more) < 0 or ends[1] < 0:
            continue
        kind = "nothing" if low < 0 else "pays" if ends[0] > 0 else "open"
        if kind == outcome and (kind != "nothing" or yuan(more) > 0):
            break
    group = rng.choice([60, 80, 100, 150])
    answer = {"nothing": "A", "open": "B", "pays": "C"}[outcome]

    def told(of_end: Any, claim: str = answer) -> dict[str, Any]:
        numbers = {"estimate": of_end(more), "low": of_end(low), "high": of_end(high)}
        return {**numbers, "claim": claim}

    said = {"failure-is-free": "D", "estimate-alone": "C"}
    if outcome != "nothing":
        said["range-of-money-for-effect"] = "A"
    return {
        "en": f"By lot, {group} of {2 * group} complainers were called the next day. Of 100 called, {more} more stay "
        f"(95 % interval {minus(low)} to {high}). Next year {people} will complain; calling all costs {cost:,} yuan, "
        f"each customer kept brings {each}. How many yuan does calling all bring, less the cost, and what may be "
        'said? Answer with a dictionary of `"estimate"`, `"low"`, `"high"` (numbers) and `"claim"` (a letter).\n\n'
        "- A: Whether the call keeps anybody is open.\n- B: The call keeps customers; whether it pays is open.\n"
        "- C: The call keeps customers and pays.\n- D: The call heals: a failure first does no harm.",
        "zh_CN": f"抽签决定 {2 * group} 位投诉者中的 {group} 位在次日接到回电。每 100 位接到回电的客户多留住 {more} 位"
        f"（95 % 区间 {minus(low)} 至 {high}）。明年会有 {people} 位投诉；全部回电要花 {cost:,} 元，每留住一位客户带来 {each} 元。"
        '全部回电扣除成本后带来多少元？可以怎么说？请用字典作答，键为 `"estimate"`、`"low"`、`"high"`（数）'
        '和 `"claim"`（字母）。\n\n'
        "- A：回电能不能留住人，尚无定论。\n- B：回电能留住客户；是否划算尚无定论。\n"
        "- C：回电能留住客户，而且划算。\n- D：回电能补救：先出错也无妨。",
        "answer": told(yuan),
        "tolerance": 0.5,
        "wrong": {
            "cost-forgotten": told(lambda end: yuan(end) + cost),
            "hundred-for-all": told(lambda end: yuan(end, people=100)),
            "pilot-for-next-year": told(lambda end: yuan(end, people=group)),
            "customers-for-yuan": told(lambda end: round(people * end / 100, 2)),
            "cost-less-gain": told(lambda end: -yuan(end)),
            "cost-each-hundred": told(lambda end: round(people / 100 * (end * each - cost))),
            "cut-at-zero": told(lambda end: max(0, yuan(end))),
            "one-number": told(lambda _: yuan(more)),
            **{mistake: told(yuan, letter) for mistake, letter in said.items()},
        },
    }


def deliveries(rng: Random) -> tuple[dict[str, list[float]]]:
    """Gaps on both sides of the border and on it, whole numbers and halves."""
    kinds = [-20, -9, -4, -3, -2.5, -2, -2, -1, -0.5, 0, 0, 1, 2, 2.5, 3, 8, 15]
    gaps: list[float] = [rng.choice([-9, -3, -2.5])]
    gaps += [rng.choice(kinds) for _ in range(rng.choice([4, 6, 8, 10, 12]))]
    if rng.random() < 0.1:
        gaps = [abs(gap) for gap in gaps]
    rng.shuffle(gaps)
    expected = [rng.choice([rng.randrange(40, 50), rng.randrange(60, 86)]) for _ in gaps]
    return ({"expected": expected, "perceived": [e + gap for e, gap in zip(expected, gaps, strict=True)]},)


def seeming(rng: Random) -> tuple[dict[str, list[Any]], float, float, int, int]:
    """Customers on one of several forms: at its ends, near them, with holes, of one kind, or none."""
    low, high = rng.choice([(1, 5), (1, 5), (1, 7), (0, 10), (0, 100)])
    unit = (high - low) / 4
    gain, loss = (round(rng.choice([0.1, 0.1, 0.2, 0.3]) * unit, 3) for _ in range(2))
    steps = [low, low + 0.5 * unit, low + unit, low + 2 * unit, high - unit, high - 0.5 * unit, high]
    gaps = [-12, -9, -1.5, -1, 0, 1, 1.5, 4, 8, 15]
    names = ["usual", "expected", "perceived"]
    rows: list[list[Any]] = []
    for n in range(rng.choice([0, 2, 5, 6, 7, 8, 9, 9])):
        wanted = rng.randrange(58, 86)
        # The first has room above, the second got less: there is a ratio, as a rule.
        gap = [rng.choice([1.5, 8, 15]), rng.choice([-1, -9, -12])][n] if n < 2 else rng.choice(gaps)
        rows.append([rng.choice(steps[1:-1] if n == 0 else steps), wanted, wanted + gap])
    kind = rng.choice(["both"] * 12 + ["more", "less", "at the top"])
    for row in rows:
        _, wanted, got = row
        if kind == "more" or (kind == "less" and got > wanted):
            row[2] = wanted + abs(got - wanted) * (1 if kind == "more" else -1)
        elif kind == "at the top" and got > wanted:
            row[0] = high
    for row in rows[2:] if rng.random() < 0.6 else []:
        if rng.random() < 0.4:
            row[rng.randrange(3)] = None
    rng.shuffle(rows)
    customers = {name: [row[n] for row in rows] for n, name in enumerate(names)}
    if rng.random() < 0.25:
        customers["order"] = [rng.choice([None, rng.randrange(100, 999)]) for _ in rows]
    return dict(rng.sample(list(customers.items()), len(customers))), gain, loss, low, high


def visits(rng: Random) -> tuple[dict[str, list[Any]], int, float, float, float]:
    """One customer's visits: with and without promises, cancelled ones, in any order, or none."""
    size = rng.choice([0, 1, 2, 3, 3, 4, 4, 5, 5, 6, 6])
    numbers = rng.sample(range(1, 13), size)
    if rng.random() < 0.5:
        numbers.sort()
    start = rng.choice([60, 70, 75, 80])
    often, cancelled, just = rng.choice([0, 0.5, 0.8]), rng.choice([0, 0.3]), rng.choice([0, 0.2])
    table: dict[str, list[Any]] = {
        "visit": numbers,
        "promised": [rng.randrange(55, 96) if rng.random() < often else None for _ in numbers],
        "delivered": [
            None if rng.random() < cancelled else start if rng.random() < just else rng.randrange(55, 96)
            for _ in numbers
        ],
    }
    return table, start, *rng.sample([0.1, 0.2, 0.25, 0.4, 0.5, 0.6, 0.7], 3)


QUESTIONS = {
    "m03-endings": endings,
    "m03-form": verdicts,
    "m03-print": prints,
    "m03-call": calls,
}
INPUTS = {"m03-short": deliveries, "m03-seeming": seeming, "m03-visits": visits}
RULES: dict[str, dict[str, Any]] = {}
