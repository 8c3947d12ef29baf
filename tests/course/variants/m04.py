"""Module 04 on other data: how the questions and the inputs of functions are drawn."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Any

DESKS = ("lobby", "chat", "loans", "branch")
DIMENSIONS = {
    "en": ("tangibles", "reliability", "responsiveness", "assurance", "empathy"),
    "zh_CN": ("有形性", "可靠性", "响应性", "保证性", "移情性"),
}
# Each finding in both languages, its gap, and what it is mistaken for.
STORIES = [
    (
        "The handbook, which clients do not know, asks for a call back within two hours. Half of the calls come after four.",
        "内部手册（客户不知道）要求两小时内回电。半数回电在四小时之后。",
        3,
    ),
    (
        "The website says “Card in one day”. The handbook says five days, and it takes five days.",
        "网站写着“一天拿卡”。手册写的是五天，实际也用五天。",
        4,
    ),
    (
        "Managers believe that clients want longer opening hours. Clients want a better app.",
        "管理者认为客户想要更长的营业时间。客户想要的是更好的应用程序。",
        1,
    ),
    (
        "Managers know that clients want an answer on the same day. The handbook asks for one within three days, and the team keeps it.",
        "管理者知道客户希望当天得到答复。手册要求三天内答复，团队也做到了。",
        2,
    ),
    (
        "The handbook asks for two advisers on Saturday. Because of a broken door only one can work.",
        "手册要求周六有两名顾问。因为门坏了，只有一名能工作。",
        3,
    ),
    (
        "The advertisement promises a free safe. The handbook asks for a fee, and it is charged.",
        "广告承诺免费使用保管箱。手册规定收费，实际也收费。",
        4,
    ),
    (
        "Managers think that clients mind the fees most. Clients mind the waiting.",
        "管理者认为客户最在意手续费。客户在意的是等候。",
        1,
    ),
    (
        "Managers know that clients want one adviser for all matters. The handbook sends them to three desks, as the staff does.",
        "管理者知道客户希望由一位顾问办理所有事务。手册让客户去三个窗口，员工也照此办理。",
        2,
    ),
]
MISTAKEN = {
    "standard-as-promise": (3, 4),
    "blame-the-standard": (3, 2),
    "kept-and-blamed": (4, 3),
}


def signed(value: float, digits: int = 1) -> str:
    """Write a number with a true minus."""
    return f"{value:.{digits}f}".replace("-", "−")


def desks(rng: Random) -> dict[str, Any]:
    """Gaps of four desks; the sheet of the controller has them the other way round."""
    while True:
        rows = {name: (rng.randrange(42, 69), rng.randrange(38, 66)) for name in DESKS}
        gaps = {name: (p - d) / 10 for name, (d, p) in rows.items()}
        if min(gaps.values()) < -0.3 and max(gaps.values()) > 0.3 and 0 not in gaps.values():
            break
    table = "\n".join(f"| `{name}` | {d / 10} | {p / 10} |" for name, (d, p) in rows.items())
    return {
        "en": "Write the gap of each desk, with SERVQUAL's sign, as a dictionary, such as "
        '`{"lobby": 1.1, "chat": 0.2, "loans": -0.3, "branch": -0.4}`.\n\n'
        f"| desk | desired | perceived |\n| --- | --- | --- |\n{table}",
        "zh_CN": "请按 SERVQUAL 的正负号写出每个窗口的差距，用字典作答，例如 "
        '`{"lobby": 1.1, "chat": 0.2, "loans": -0.3, "branch": -0.4}`。\n\n'
        f"| 窗口 | 理想 | 感知 |\n| --- | --- | --- |\n{table}",
        "answer": gaps,
        "rounding": 2,
        "wrong": {
            "sign-turned": {name: -gap for name, gap in gaps.items()},
            "sign-dropped": {name: abs(gap) for name, gap in gaps.items()},
            "all-below-zero": {name: -abs(gap) for name, gap in gaps.items()},
            "surplus-cut-off": {name: min(gap, 0) for name, gap in gaps.items()},
            "ratio-for-difference": {name: round(p / d, 4) for name, (d, p) in rows.items()},
            "relative-difference": {name: round((p - d) / d, 4) for name, (d, p) in rows.items()},
        },
    }


def overall(rng: Random) -> dict[str, Any]:
    """The overall gap with points that do not sum to 100."""

    def told() -> tuple[float, dict[str, float]]:
        gaps = [rng.randrange(-20, 4) / 10 for _ in range(5)]
        points = [rng.randrange(5, 45, 5) for _ in range(5)]
        asked = [rng.randrange(3, 9) for _ in range(5)]
        drawn.update({"gaps": gaps, "points": points, "asked": asked})
        products = sum(p * g for p, g in zip(points, gaps, strict=True))
        both = [p * n for p, n in zip(points, asked, strict=True)]
        right = products / sum(points)
        return right, {
            "not-rescaled": products / 100,
            "unweighted": sum(gaps) / 5,
            "questions-as-weights": sum(n * g for n, g in zip(asked, gaps, strict=True)) / sum(asked),
            "questions-and-points": sum(b * g for b, g in zip(both, gaps, strict=True)) / sum(both),
            "sign-turned": -right,
            "divided-once-more": right / 5,
            "divided-by-questions": products / sum(asked),
        }

    drawn: dict[str, list[Any]] = {}
    while True:
        right, wrong = told()
        values = sorted([right, *wrong.values()])
        apart = min(b - a for a, b in pairwise(values))
        if apart > 0.02 and sum(drawn["points"]) in (60, 80, 90, 110, 120):
            break
    tables = {
        language: "\n".join(
            f"| {name} | {asked} | {signed(gap)} | {points} |"
            for name, asked, gap, points in zip(
                names, drawn["asked"], drawn["gaps"], drawn["points"], strict=True
            )
        )
        for language, names in DIMENSIONS.items()
    }
    rule = "| --- | --- | --- | --- |"
    return {
        "en": "What is the overall gap by the manager's points, `weighted`? Two decimals, with its sign.\n\n"
        f"| dimension | questions | gap | points |\n{rule}\n{tables['en']}",
        "zh_CN": "按经理的权重，总差距 `weighted` 是多少？保留两位小数，带正负号。\n\n"
        f"| 维度 | 题数 | 差距 | 权重 |\n{rule}\n{tables['zh_CN']}",
        "answer": round(right, 4),
        "rounding": 2,
        "wrong": {name: round(value, 4) for name, value in wrong.items()},
    }


def findings(rng: Random) -> dict[str, Any]:
    """Which of the gaps 1 to 4: three findings and a row of levels."""
    while True:
        stories = rng.sample(STORIES, 3)
        steps = [rng.choice([0.1, 0.2, 0.3, 0.6, 0.9, 1.1]) for _ in range(4)]
        if sorted(steps)[-1] - sorted(steps)[-2] > 0.15 and len({gap for _, _, gap in stories}) > 1:
            break
    desired = rng.choice([6.2, 6.4, 6.6])
    believed = desired - steps[0]
    standard = believed - steps[1]
    done = standard - steps[2]
    promised, perceived = done + steps[3], done + rng.choice([-0.3, 0.2, 0.4])
    largest = steps.index(max(steps)) + 1
    names = ["first", "second", "third"]
    right = {name: gap for name, (_, _, gap) in zip(names, stories, strict=True)}
    answer = {**right, "empathy": largest}
    row = [f"{level:.1f}" for level in (desired, believed, standard, done, promised, perceived)]

    def lines(language: int) -> str:
        mark = (": ", "：")[language]
        return "\n".join(
            f"- `{name}`{mark}{story[language]}" for name, story in zip(names, stories, strict=True)
        )

    wrong = {
        mistake: {**{name: to if gap == of else gap for name, gap in right.items()}, "empathy": largest}
        for mistake, (of, to) in MISTAKEN.items()
    }
    if largest != 3:
        wrong["last-firm-again"] = {**right, "empathy": 3}
    if sorted(steps)[-2] == steps[3] and steps.count(steps[3]) == 1:
        wrong["promise-looks-larger"] = {**right, "empathy": 4}
    return {
        "en": "Which of gaps 1 to 4 is it; in `empathy`, which is furthest below 0? Answer with a dictionary, such as "
        '`{"first": 1, "second": 2, "third": 3, "empathy": 4}`.\n\n'
        f"{lines(0)}\n- `empathy`: desired {row[0]}, believed {row[1]}, standard {row[2]}, done {row[3]}, "
        f"promised {row[4]}, perceived {row[5]}.",
        "zh_CN": "各属于差距 1 至 4 中的哪一个？在 `empathy` 中，哪一个比 0 低得最多？请用字典作答，例如 "
        '`{"first": 1, "second": 2, "third": 3, "empathy": 4}`。\n\n'
        f"{lines(1)}\n- `empathy`：理想 {row[0]}，认识 {row[1]}，标准 {row[2]}，交付 {row[3]}，"
        f"承诺 {row[4]}，感知 {row[5]}。",
        "answer": answer,
        "wrong": wrong,
    }


def clients(rng: Random) -> dict[str, Any]:
    """Four clients, some without a zone: where the service stands, and whether MSA is below zero."""
    while True:
        rows = {
            name: tuple(rng.randrange(2, 8) for _ in range(3)) for name in ("aihua", "bolin", "chen", "dawei")
        }
        widths = [d - a for a, d, _ in rows.values()]
        if widths.count(0) == 1 and min(widths) < 0 and max(widths) > 1:
            break
    table = "\n".join(f"| `{name}` | {a} | {d} | {p} |" for name, (a, d, p) in rows.items())
    place = {
        name: "no zone" if d <= a else "below" if p < a else "above" if p > d else "within"
        for name, (a, d, p) in rows.items()
    }
    msa = {name: p < a for name, (a, _, p) in rows.items()}
    if rng.random() < 0.5:
        return {
            "en": "For which clients is MSA below zero? Answer with a dictionary of `True` and `False`, such as "
            '`{"aihua": True, "bolin": False, "chen": False, "dawei": True}`.\n\n'
            f"| client | adequate | desired | perceived |\n| --- | --- | --- | --- |\n{table}",
            "zh_CN": "哪些客户的 MSA 小于零？请用含 `True` 和 `False` 的字典作答，例如 "
            '`{"aihua": True, "bolin": False, "chen": False, "dawei": True}`。\n\n'
            f"| 客户 | 适当 | 理想 | 感知 |\n| --- | --- | --- | --- |\n{table}",
            "answer": msa,
            "wrong": {
                "mss-for-msa": {name: p < d for name, (_, d, p) in rows.items()},
                "no-zone-left-out": {name: p < a < d for name, (a, d, p) in rows.items()},
                "msa-turned": {name: p > a for name, (a, _, p) in rows.items()},
            },
        }
    compared = {
        name: "below" if p < a else "above" if p > d else "within" for name, (a, d, p) in rows.items()
    }
    only_equal = {name: "no zone" if d == a else compared[name] for name, (a, d, _) in rows.items()}
    return {
        "en": 'Where in the zone of tolerance is the service: `"below"`, `"within"`, `"above"`, or `"no zone"`? '
        "Answer with a dictionary, such as "
        '`{"aihua": "below", "bolin": "within", "chen": "above", "dawei": "no zone"}`.\n\n'
        f"| client | adequate | desired | perceived |\n| --- | --- | --- | --- |\n{table}",
        "zh_CN": '服务落在容忍区间的哪里：`"below"`（之下）、`"within"`（之内）、`"above"`（之上），还是 `"no zone"`（没有区间）？'
        '请用字典作答，例如 `{"aihua": "below", "bolin": "within", "chen": "above", "dawei": "no zone"}`。\n\n'
        f"| 客户 | 适当 | 理想 | 感知 |\n| --- | --- | --- | --- |\n{table}",
        "answer": place,
        "wrong": {"measures-for-place": compared, "only-equal-is-undefined": only_equal},
    }


def called(rng: Random) -> dict[str, Any]:
    """What calls to some of the worst clients added, and what would have come anyway."""
    while True:
        start = -rng.randrange(24, 40) / 10
        lift, alone = rng.randrange(6, 16) / 10, rng.randrange(2, 9) / 10
        others = rng.choice([-2, -1, 1]) / 10
        if lift != 2 * alone and abs(lift - alone) > 0.1:
            break
    added, anyway = lift - alone, alone
    table = "\n".join(
        f"| {{}} | {signed(spring)} | {signed(spring + rise)} |"
        for spring, rise in ((start, lift), (start, alone), (-0.7, others))
    )
    rows = {"en": ("called", "not called", "540 others"), "zh_CN": ("接到电话", "没有接到", "另外 540 位")}

    def both(first: float, second: float) -> dict[str, float]:
        return {"added": round(first, 2), "anyway": round(second, 2)}

    return {
        "en": "The 60 clients with the worst gaps were listed in spring; 30 of them, drawn by lot, were called. How many "
        "points did the calls add, and how many would the 60 have gained without any call? Above 0 means that the gap "
        'narrowed. Answer with a dictionary of `"added"` and `"anyway"`.\n\n'
        f"| mean gap | spring | autumn |\n| --- | --- | --- |\n{table.format(*rows['en'])}",
        "zh_CN": "春季列出了差距最差的 60 位客户，抽签给其中 30 位打了电话。电话带来了多少分？不打电话，这 60 位会提高多少分？"
        '大于 0 表示差距缩小。请用字典作答，键为 `"added"`（电话带来的）和 `"anyway"`（不打也会有的）。\n\n'
        f"| 平均差距 | 春季 | 秋季 |\n| --- | --- | --- |\n{table.format(*rows['zh_CN'])}",
        "answer": both(added, anyway),
        "rounding": 2,
        "wrong": {
            "no-comparison": both(lift, anyway),
            "others-as-control": both(lift - others, others),
            "nothing-anyway": both(lift, 0),
            "numbers-swapped": both(anyway, added),
            "rises-added": both(lift + alone, anyway),
            "sign-turned": both(-added, -anyway),
        },
    }


def forms(rng: Random) -> tuple[dict[str, list[Any]], dict[str, list[str]], dict[str, float], list[str]]:
    """A form of one to three dimensions: holes, items asked negatively, points of any sum and order."""
    names = rng.sample(["speed", "care", "trust", "look"], rng.choice([1, 2, 2, 3, 3]))
    items = rng.sample(["k1", "k2", "k3", "k10", "k12", "wait", "waiting"], 7)
    dimensions = {name: [items.pop() for _ in range(rng.choice([1, 2, 2]))] for name in names}
    number = rng.choice([1, 2, 3, 3, 4, 5])
    skips = rng.choice([0, 0, 0.15, 0.4])
    silent = rng.choice(names) if rng.random() < 0.2 else None
    columns: dict[str, list[Any]] = {}
    reverse: list[str] = []
    for name, asked in dimensions.items():
        level = rng.choice([3, 4, 5])
        for item in asked:
            turned = rng.random() < 0.25
            if turned:
                reverse.append(item)
            for kind, low, high in (("perceived", level - 2, level + 2), ("desired", 5, 7)):
                drawn: list[Any] = [max(1, min(7, rng.randint(low, high))) for _ in range(number)]
                drawn = [8 - answer for answer in drawn] if turned else drawn
                drawn = [None if rng.random() < skips else answer for answer in drawn]
                if name == silent and kind == "perceived":
                    drawn = [None] * number
                columns[f"{kind}_{item}"] = drawn
    if rng.random() < 0.3 and items:
        item = items.pop()
        columns[f"perceived_{item}"] = [rng.choice([1, 2, None]) for _ in range(number)]
        columns[f"desired_{item}"] = [7] * number
    if rng.random() < 0.3:
        columns["comment"] = [rng.choice([None, "slow"]) for _ in range(number)]
    if rng.random() < 0.5:
        columns = dict(rng.sample(list(columns.items()), len(columns)))
    points = {name: rng.choice([5, 10, 20, 25, 40, 45, 60, 0.5]) for name in names}
    points = dict(rng.sample(list(points.items()), len(points)))
    rng.shuffle(reverse)
    return columns, dimensions, points, reverse


def branch(rng: Random) -> tuple[dict[str, list[Any]]]:
    """Clients with and without a zone, answers on the borders, holes; now and then nobody."""
    number = rng.choice([0, 1, 2, 4, 5, 6, 8, 10])
    kind = rng.choice(["mixed", "mixed", "mixed", "zones", "none"])
    skips = rng.choice([0, 0, 0.15, 0.4])
    level = rng.choice([2, 4, 6])
    columns: dict[str, list[Any]] = {"perceived": [], "desired": [], "adequate": []}
    for _ in range(number):
        adequate = rng.randrange(2, 7)
        width = {"mixed": rng.choice([-2, -1, 0, 1, 1, 2, 3]), "zones": rng.choice([1, 2, 3])}.get(
            kind, rng.choice([-1, 0])
        )
        desired = max(1, min(7, adequate + width))
        perceived = rng.choice(
            [adequate, desired, adequate - 1, max(1, min(7, level + rng.choice([-1, 0, 1])))]
        )
        for name, answer in (("perceived", perceived), ("desired", desired), ("adequate", adequate)):
            columns[name].append(None if rng.random() < skips else answer)
    if rng.random() < 0.1:
        columns[rng.choice(list(columns))] = [None] * number
    if rng.random() < 0.3:
        columns["client"] = [rng.choice(["Anping", "Borun", None]) for _ in range(number)]
    return (dict(rng.sample(list(columns.items()), len(columns))),)


QUESTIONS = {
    "m04-desks": desks,
    "m04-overall": overall,
    "m04-findings": findings,
    "m04-clients": clients,
    "m04-called": called,
}
INPUTS = {"m04-weighted-gap": forms, "m04-zone-summary": branch}
RULES: dict[str, dict[str, Any]] = {
    "m04-weighted-gap": {"tolerance": 0.0001},
    "m04-zone-summary": {"tolerance": 0.0001},
}
