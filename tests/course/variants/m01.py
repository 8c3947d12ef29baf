"""Module 01 on other data: how the questions and the inputs of functions are drawn."""

from __future__ import annotations

from random import Random
from typing import Any


def marks(rng: Random) -> tuple[float, float]:
    """Expectation and perception of one customer, from 1 to 10, half of them with a half that tells rounding."""
    step = rng.choice([1, 2])
    if step == 2:
        expected = rng.randrange(2, 21)
        return expected / 2, rng.choice([p for p in range(2, 21) if (p - expected) % 2]) / 2
    return rng.randrange(step, 10 * step + 1) / step, rng.randrange(step, 10 * step + 1) / step


def eleven(rng: Random) -> dict[str, Any]:
    """Count promoters, detractors and answers by hand."""
    replies: list[int | None] = [
        rng.choice([10, 9, 9, 8, 8, 7, 6, 6, 4, 2, 0]) for _ in range(rng.randrange(8, 14))
    ]
    replies += [6, 9, None, *rng.choice([[], [None]])]
    rng.shuffle(replies)
    given = [reply for reply in replies if reply is not None]

    def counted(low: int, high: int, below: int) -> dict[str, int]:
        up, down = sum(r >= high for r in given), sum(r <= low for r in given)
        return {"promoters": up, "detractors": down, "counted": below}

    passives = sum(7 <= r <= 8 for r in given)
    return {
        "en": f"Replies of 0 to 10, `None` for no answer: `{replies}`. Which numbers make the NPS? Answer with a "
        'dictionary of `"promoters"`, `"detractors"` and `"counted"` (by which their difference is divided).',
        "zh_CN": f"0 到 10 分的回答，`None` 表示未作答：`{replies}`。NPS 由哪些数字算出？请用字典作答，"
        '键为 `"promoters"`、`"detractors"` 和 `"counted"`（差值除以的人数）。',
        "answer": counted(6, 9, len(given)),
        "wrong": {
            "passives-left-out": counted(6, 9, len(given) - passives),
            "silent-counted": counted(6, 9, len(replies)),
            "detractors-to-five": counted(5, 9, len(given)),
            "sevens-as-detractors": counted(7, 9, len(given)),
            "eights-as-promoters": counted(6, 8, len(given)),
        },
    }


def branches(rng: Random) -> dict[str, Any]:
    """A difference that is shown, or is not; the sentences in any order."""
    kind = rng.choice(["open", "overlap", "clear"])
    while True:
        n = rng.choice([150, 300, 600, 900])
        low, lead = rng.randrange(42, 64), rng.randrange(2, 16)
        one, two = (low + lead) / 100, low / 100
        half = 196 * (one * (1 - one) / n + two * (1 - two) / n) ** 0.5
        ends = round(lead - half), round(lead + half)
        own = round(196 * (one * (1 - one) / n) ** 0.5)
        shown = "open" if ends[0] < 0 else "overlap" if lead < 2 * own else "clear"
        if ends[0] != 0 and shown == kind:  # from 0 on, the rounded table says too little
            break
    written = " to ".join(str(end).replace("-", "−") for end in ends)
    table = f"| A | {low + lead} % | ± {own} |\n| B | {low} % | ± {own} |\n"
    sentences = [
        (
            "estimates-as-truth",
            f"A leads by {lead} points, among all customers too.",
            f"A 领先 {lead} 个点，全体顾客也是如此。",
        ),
        ("leads", "A leads, by how much is open.", "A 领先，但领先多少尚无定论。"),
        ("open", "Whether A leads is open.", "A 是否领先尚无定论。"),
        ("not-shown-as-equal", "Neither leads: they are alike.", "谁也没有领先：两家一样。"),
        (
            "upper-end-as-promise",
            f"A leads, and can count on {low + lead + own} %.",
            f"A 领先，而且可以指望 {low + lead + own} %。",
        ),
    ]
    rng.shuffle(sentences)
    letters = {name: letter for letter, (name, _, _) in zip("ABCDE", sentences, strict=True)}
    right, other = ("leads", "open") if ends[0] > 0 else ("open", "leads")
    wrong = {name: letters[name] for name in ("estimates-as-truth", "upper-end-as-promise")}
    if kind == "overlap":
        wrong["overlap-means-no-lead"] = letters[other]
    english = "\n".join(
        f"- {letter}: {said}" for letter, (_, said, _) in zip("ABCDE", sentences, strict=True)
    )
    chinese = "\n".join(
        f"- {letter}：{said}" for letter, (_, _, said) in zip("ABCDE", sentences, strict=True)
    )
    return {
        "en": f"{n} answers in each branch. What does the table show of all customers? Answer with a letter.\n\n"
        f"| branch | satisfied | interval |\n| --- | --- | --- |\n{table}| A − B | {lead} points | {written} |\n\n{english}",
        "zh_CN": f"每家门店各有 {n} 个回答。这张表对全体顾客说明了什么？请用字母作答。\n\n"
        f"| 门店 | 满意 | 区间 |\n| --- | --- | --- |\n{table}"
        f"| A − B | {lead} 个点 | {written.replace(' to ', ' 至 ')} |\n\n{chinese}",
        "options": "ABCDE",
        "answer": letters[right],
        "wrong": wrong,
    }


def split(rng: Random) -> dict[str, Any]:
    """Top-2 in per cent of two branches with the same number of answers."""
    ways = {}
    for name in ("riverside", "hillside"):
        cuts = sorted(rng.sample(range(10, 190, 10), 4))
        ways[name] = [b - a for a, b in zip([0, *cuts], [*cuts, 200], strict=True)]
    table = "\n".join(f"| {name} | " + " | ".join(map(str, row)) + " |" for name, row in ways.items())
    head = "1 | 2 | 3 | 4 | 5 |\n| --- | --- | --- | --- | --- | --- |\n"

    def share(boxes: slice) -> dict[str, float]:
        return {name: sum(row[boxes]) / 2 for name, row in ways.items()}

    top = share(slice(3, 5))
    return {
        "en": 'Write the top-2 share of each branch, in per cent of its own answers, as a dictionary of `"riverside"` and '
        f'`"hillside"`.\n\n| answer | {head}{table}',
        "zh_CN": '请把两家门店各自的前两档占比（占本店回答的百分数）写成字典，键为 `"riverside"` 和 `"hillside"`。\n\n'
        f"| 回答 | {head}{table}",
        "answer": top,
        "rounding": 1,
        "wrong": {
            "top-box-alone": share(slice(4, 5)),
            "middle-counted": share(slice(2, 5)),
            "bottom-for-top": share(slice(0, 2)),
            "per-cent-of-all": {name: value / 2 for name, value in top.items()},
            "net-of-dissatisfied": {name: top[name] - low for name, low in share(slice(0, 2)).items()},
            "branches-swapped": {"riverside": top["hillside"], "hillside": top["riverside"]},
        },
    }


def numbering(rng: Random) -> dict[str, Any]:
    """Who has the lowest number, by the ratio and by the difference, under two numberings of the boxes."""
    moved = rng.random() < 0.5
    while True:
        rows = {name: (rng.randrange(2, 11), rng.randrange(1, 9)) for name in "FGH"}

        def lowest(score: Any, shift: int, rows: dict[str, tuple[int, int]] = rows) -> str:
            values = {name: score(b - shift, a - shift) for name, (a, b) in rows.items()}
            first, second = sorted(values.values())[:2]
            return min(values, key=values.__getitem__) if second - first > 1e-9 else ""

        ratio = [lowest(lambda b, a: b / a, shift) for shift in (0, 1)]
        difference = [lowest(lambda b, a: b - a, shift) for shift in (0, 1)]
        if all([*ratio, *difference]) and ratio[0] != difference[0] and (ratio[0] != ratio[1]) is moved:
            break
    names = ["C, 1 to 10", "C, 0 to 9", "difference, 1 to 10", "difference, 0 to 9"]
    table = "\n".join(f"| {name} | {a} | {b} |" for name, (a, b) in rows.items())
    answer = dict(zip(names, [*ratio, *difference], strict=True))
    return {
        "en": "Who has the lowest number (−3 is lower than −1), by C = b/a and by b − a, with the boxes numbered 1 to 10 as here, and "
        f"0 to 9 (every number one lower)? Answer with a dictionary of the names {names}.\n\n"
        f"| customer | expected (a) | perceived (b) |\n| --- | --- | --- |\n{table}",
        "zh_CN": "按 C = b/a 和按 b − a，谁的数最小（−3 小于 −1）？格子分别按这里的 1 到 10 编号，以及按 0 到 9 编号"
        f"（每个数减 1）。请用字典作答，键为 {names}。\n\n"
        f"| 客户 | 期望（a） | 感知（b） |\n| --- | --- | --- |\n{table}",
        "answer": answer,
        "wrong": {
            "renumbering-ignored": {**answer, names[1]: ratio[0]},
            "difference-for-ratio": {**answer, names[0]: difference[0], names[1]: difference[0]},
            "ratio-for-difference": {**answer, names[2]: ratio[0], names[3]: ratio[1]},
        },
    }


def scores(rng: Random) -> tuple[list[Any], int]:
    """Answers of 0 to 10, missing ones as None and 99, and all customers; now and then nobody, or everybody."""
    n = rng.choice([0, 1, 3, 8, 20, 30])
    kinds = rng.choice([range(11), range(11), range(5, 11), range(5, 11), [9, 10], [0, 3], [7, 8]])
    drawn: list[Any] = [rng.choice(list(kinds)) for _ in range(n)]
    drawn += rng.choice([[], [None], [None, 99], [99, 99, None]])
    rng.shuffle(drawn)
    return drawn, max(len(drawn) + rng.choice([0, 0, 1, 5, 20, 100]), 1)


def four_lists(rng: Random) -> tuple[list[Any], ...]:
    """Answers of 1 to 5 before and after, changed and unchanged; one of the lists may hold none."""

    def answers() -> list[Any]:
        drawn: list[Any] = [rng.randrange(1, 6) for _ in range(rng.choice([1, 2, 5, 12, 25]))]
        drawn = drawn if rng.random() < 0.9 else []
        drawn += [None] * rng.choice([0, 0, 2])
        rng.shuffle(drawn)
        return drawn

    if rng.random() < 0.1:  # nothing moved
        one, two = [*answers(), 5], [*answers(), 1]
        return one, one[::-1], two, two[::-1]
    return answers(), answers(), answers(), answers()


QUESTIONS = {
    "m01-eleven": eleven,
    "m01-branches": branches,
    "m01-split": split,
    "m01-numbering": numbering,
}
INPUTS = {"m01-sign": marks, "m01-interval": scores, "m01-effect": four_lists}
RULES: dict[str, dict[str, Any]] = {"m01-interval": {"tolerance": 0.02}}
