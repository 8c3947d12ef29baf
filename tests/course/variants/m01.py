"""Module 01 on other data: how the questions and the inputs of functions are drawn."""

from __future__ import annotations

from random import Random
from typing import Any


def marks(rng: Random) -> tuple[float, float]:
    """Expectation and perception of one customer, from 1 to 10, now and then with a half."""
    step = rng.choice([1, 1, 2])
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
    """A difference that is shown, or is not."""
    n = rng.choice([150, 300, 600, 900])
    low = rng.randrange(42, 64)
    lead = rng.randrange(2, 16)
    one, two = (low + lead) / 100, low / 100
    half = 196 * (one * (1 - one) / n + two * (1 - two) / n) ** 0.5
    ends = round(lead - half), round(lead + half)
    own = round(196 * (one * (1 - one) / n) ** 0.5)
    written = " to ".join(str(end).replace("-", "−") for end in ends)
    table = f"| A | {low + lead} % | ± {own} |\n| B | {low} % | ± {own} |\n"
    return {
        "en": f"{n} answers in each branch. What do the numbers show for all customers?\n\n"
        f"| branch | satisfied | interval |\n| --- | --- | --- |\n{table}| A − B | {lead} points | {written} |\n\n"
        "A: branch A leads. B: whether A leads is open. C: the branches are alike. "
        f"D: A leads by {lead} points, no more and no less. Answer with a letter.",
        "zh_CN": f"每家门店各有 {n} 个回答。这些数字对全体顾客说明了什么？\n\n"
        f"| 门店 | 满意 | 区间 |\n| --- | --- | --- |\n{table}| A − B | {lead} 个点 | {written.replace(' to ', ' 至 ')} |\n\n"
        "A：门店 A 领先。B：A 是否领先尚无定论。C：两家一样。"
        f"D：A 恰好领先 {lead} 个点，不多不少。请用字母作答。",
        "options": "ABCD",
        "answer": "A" if ends[0] > 0 else "B",
        "wrong": {
            "estimates-as-truth": "D",
            **({"overlap-means-no-lead": "B"} if ends[0] > 0 else {"margins-added": "C"}),
        },
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
        "en": 'Write the top-2 share of each branch in per cent as a dictionary of `"riverside"` and '
        f'`"hillside"`.\n\n| answer | {head}{table}',
        "zh_CN": '请把两家门店的前两档占比（百分数）写成字典，键为 `"riverside"` 和 `"hillside"`。\n\n'
        f"| 回答 | {head}{table}",
        "answer": top,
        "rounding": 1,
        "wrong": {
            "top-box-alone": share(slice(4, 5)),
            "middle-counted": share(slice(2, 5)),
            "bottom-for-top": share(slice(0, 2)),
            "branches-swapped": {"riverside": top["hillside"], "hillside": top["riverside"]},
        },
    }


def numbering(rng: Random) -> dict[str, Any]:
    """Who has the lowest number, by the ratio and by the difference, under two numberings of the boxes."""
    while True:
        rows = {name: (rng.randrange(2, 11), rng.randrange(1, 9)) for name in "FGH"}

        def lowest(score: Any, shift: int, rows: dict[str, tuple[int, int]] = rows) -> str:
            values = {name: score(b - shift, a - shift) for name, (a, b) in rows.items()}
            first, second = sorted(values.values())[:2]
            return min(values, key=values.__getitem__) if second - first > 1e-9 else ""

        ratio = [lowest(lambda b, a: b / a, shift) for shift in (0, 1)]
        difference = [lowest(lambda b, a: b - a, shift) for shift in (0, 1)]
        if all([*ratio, *difference]) and ratio[0] != difference[0]:
            break
    names = ["C, 1 to 10", "C, 0 to 9", "difference, 1 to 10", "difference, 0 to 9"]
    table = "\n".join(f"| {name} | {a} | {b} |" for name, (a, b) in rows.items())
    answer = dict(zip(names, [*ratio, *difference], strict=True))
    return {
        "en": "Who has the lowest number, by C = b/a and by b − a, with the boxes numbered 1 to 10 as here, and "
        f"0 to 9 (every number one lower)? Answer with a dictionary of the names {names}.\n\n"
        f"| customer | expected (a) | perceived (b) |\n| --- | --- | --- |\n{table}",
        "zh_CN": "按 C = b/a 和按 b − a，谁的数最小？格子分别按这里的 1 到 10 编号，以及按 0 到 9 编号"
        f"（每个数减 1）。请用字典作答，键为 {names}。\n\n"
        f"| 客户 | 期望（a） | 感知（b） |\n| --- | --- | --- |\n{table}",
        "answer": answer,
        "wrong": {
            "renumbering-ignored": {**answer, names[1]: ratio[0]},
            "difference-for-ratio": {**answer, names[0]: difference[0], names[1]: difference[0]},
            "ratio-for-difference": {**answer, names[2]: ratio[0], names[3]: ratio[1]},
        },
    }


def beside(rng: Random) -> dict[str, Any]:
    """Four figures to put beside ours, one of them asked alike."""
    rows = [
        ("other-moment", "0 to 10", "0 到 10", "right after payment", "付款后立即"),
        ("other-scale", "1 to 10", "1 到 10", "a week after delivery", "送达一周后"),
        ("industry-figure-trusted", "not said", "未说明", "not said", "未说明"),
        ("", "0 to 10", "0 到 10", "a week after delivery", "送达一周后"),
    ]
    rng.shuffle(rows)
    figures = [rng.randrange(5, 50) for _ in rows]
    ours = rng.randrange(10, 40)

    def table(scale: int, when: int) -> str:
        lines = zip("ABCD", rows, figures, strict=True)
        return "\n".join(
            f"| {letter} | {figure} | {row[scale]} | {row[when]} |" for letter, row, figure in lines
        )

    return {
        "en": f"Our NPS is {ours}: 0 to 10, a week after delivery, 1,200 answers. Beside which figure of last year "
        f"does it tell whether our service changed? Answer with a letter.\n\n"
        f"| | figure | scale | asked when |\n| --- | --- | --- | --- |\n{table(1, 3)}",
        "zh_CN": f"我们的 NPS 是 {ours}：0 到 10 分，送达一周后，1,200 个回答。与去年的哪个数字相比，才能看出服务有无变化？"
        f"请用字母作答。\n\n| | 数值 | 量表 | 何时询问 |\n| --- | --- | --- | --- |\n{table(2, 4)}",
        "options": "ABCD",
        "answer": next(letter for letter, row in zip("ABCD", rows, strict=True) if not row[0]),
        "wrong": {row[0]: letter for letter, row in zip("ABCD", rows, strict=True) if row[0]},
    }


def scores(rng: Random) -> tuple[list[Any]]:
    """Answers of 0 to 10, missing ones as None and 99; now and then nobody, or all of one kind."""
    n = rng.choice([0, 1, 3, 8, 40])
    kinds = rng.choice([range(11), range(11), [9, 10], [0, 3], [7, 8]])
    drawn: list[Any] = [rng.choice(list(kinds)) for _ in range(n)]
    drawn += rng.choice([[], [None], [None, 99], [99, 99, None]])
    rng.shuffle(drawn)
    return (drawn,)


def four_lists(rng: Random) -> tuple[list[Any], ...]:
    """Answers of 1 to 5 before and after, changed and unchanged; one of the lists may hold none."""

    def answers() -> list[Any]:
        drawn: list[Any] = [rng.randrange(1, 6) for _ in range(rng.choice([1, 2, 5, 12, 40]))]
        drawn = drawn if rng.random() < 0.9 else []
        drawn += [None] * rng.choice([0, 0, 2])
        rng.shuffle(drawn)
        return drawn

    return answers(), answers(), answers(), answers()


QUESTIONS = {
    "m01-eleven": eleven,
    "m01-branches": branches,
    "m01-split": split,
    "m01-numbering": numbering,
    "m01-beside": beside,
}
INPUTS = {"m01-sign": marks, "m01-interval": scores, "m01-effect": four_lists}
RULES: dict[str, dict[str, Any]] = {"m01-interval": {"tolerance": 0.02}}
