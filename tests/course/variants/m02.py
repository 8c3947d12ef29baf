"""Module 02 on other data: how the questions and the inputs of functions are drawn."""

from __future__ import annotations

from random import Random
from typing import Any


def keys(names: list[str]) -> str:
    """Write the names of a dictionary for a question."""
    return ", ".join(f'`"{name}"`' for name in names)


def ways(rng: Random) -> dict[str, Any]:
    """Five ways against four demands; each fails in one of them, or in none."""
    want, most = rng.choice([200, 300, 400]), rng.choice([1500, 2000, 3000])
    kinds = ["bias", "reach", "depth", "cost", "nothing"]
    chosen = rng.sample([*kinds, rng.choice(kinds)], 5)
    if "nothing" not in chosen:
        chosen[rng.randrange(5)] = "nothing"
    lines: dict[str, list[str]] = {"en": [], "zh_CN": []}
    for letter, fault in zip("pqrst", chosen, strict=True):
        answered = rng.randrange(want + 10, 3 * want)
        euros = rng.randrange(most // 4, most - 50) // 10 * 10
        if fault == "reach":
            answered = rng.randrange(12, want // 4)
        elif fault == "cost":
            euros = most + rng.randrange(2, 40) * 100
        elif fault == "bias":
            answered *= 3
        by = ("whoever likes to write", "愿意写的人") if fault == "bias" else ("the lot", "抽签")
        ask = ("Good? Why?", "好吗？为什么？")
        if fault == "depth":
            ask = ("mail with a scale: how good, 1 to 5?", "带量表的邮件：多好，1 至 5？")
        for place, language in enumerate(lines):
            lines[language].append(f"| `{letter}` | {by[place]} | {ask[place]} | {answered:,} | {euros:,} |")
    answer = dict(zip("pqrst", chosen, strict=True))

    def instead(old: str, new: str) -> dict[str, str]:
        return {letter: new if fault == old else fault for letter, fault in answer.items()}

    swapped = {"bias": "reach", "reach": "bias"}
    turned = {letter: swapped.get(fault, fault) for letter, fault in answer.items()}
    ruled = "| --- | --- | --- | --- | --- |"
    return {
        "en": f"A bus line wants to hear why riders come back (`depth`), from at least {want} of them (`reach`), "
        f"whose opinion does not decide that they are heard (`bias`), for at most {most:,} euros (`cost`). In "
        'what does each way fail? Answer with a dictionary: for each letter `"cost"`, `"reach"`, `"depth"`, '
        '`"bias"` or `"nothing"`. A word may be needed twice or never.\n\n'
        f"| way | chosen by | question | answers | euros |\n{ruled}\n" + "\n".join(lines["en"]),
        "zh_CN": f"一家公交公司想知道乘客为什么再来（`depth`），至少 {want} 人（`reach`），是否被听到不取决于其看法"
        f"（`bias`），费用不超过 {most:,} 欧元（`cost`）。每种方式在哪一点上不合要求？请用字典作答，"
        '对每个字母写 `"cost"`、`"reach"`、`"depth"`、`"bias"` 或 `"nothing"`；'
        "同一个词可以用两次，也可以不用。\n\n"
        f"| 方式 | 由谁决定 | 问题 | 回答数 | 欧元 |\n{ruled}\n" + "\n".join(lines["zh_CN"]),
        "answer": answer,
        "wrong": {
            **({"reach-for-bias": turned} if {"bias", "reach"} <= set(chosen) else {}),
            "few-are-biased": instead("reach", "bias"),
            "number-for-reason": instead("depth", "nothing"),
        },
    }


def repair(rng: Random) -> dict[str, Any]:
    """What weights by group remove, in two seasons of whole shares."""
    names = ["wet", "dry"]
    pairs = ["all even", "all alike", "part even", "alike part", "all part"]
    kinds = rng.sample(rng.choice(pairs).split(), 2)
    rows: dict[str, tuple[list[int], list[int], list[int]]] = {}
    for name, kind in zip(names, kinds, strict=True):
        rate = [rng.choice([10, 20, 30]), rng.choice([50, 60, 70])]
        one, less = rng.randrange(3, 6) * 10, rng.choice([10, 20])
        heard = [one, one + rng.choice([20, 30, 40])]
        if kind == "even":
            rate = [rng.choice([30, 40, 50])] * 2
        if kind == "alike":
            heard = [heard[1] - 10] * 2
        silent = heard if kind == "all" else [share - less for share in heard]
        if rng.random() < 0.5:
            rate, heard, silent = rate[::-1], heard[::-1], silent[::-1]
        rows[name] = (rate, heard, silent)
    table = "\n".join(
        f"| `{name}` | " + " | ".join(f"{one}, {two}" for one, two in row) + " |"
        for name, row in rows.items()
    )

    def told(**words: str) -> dict[str, str]:
        return {name: words.get(kind, "nothing") for name, kind in zip(names, kinds, strict=True)}

    ruled = "| --- | --- | --- | --- |"
    turned = {"repair-upside-down": told(even="all")} if set(kinds) == {"all", "even"} else {}
    return {
        "en": "A swimming pool surveyed as many members as day guests and later asked the silent, too. Each cell "
        "has two shares in per cent: of the members, then of the day guests. The share satisfied differs between "
        "those who answered and all: how much of this fault do weights by these two groups remove? Answer with "
        f'a dictionary of {keys(names)}: `"all"`, `"part"` or `"nothing"`.\n\n'
        f"| season | answered | satisfied of these | satisfied of the silent |\n{ruled}\n{table}",
        "zh_CN": "一家泳池调查了同样多的会员和散客，后来也问到了未作答的人。每格有两个百分比，先会员，后散客。"
        "作答者的满意比例与全体不同：按这两组加权，这一误差能消除多少？请用字典作答，"
        f'键为 {keys(names).replace(", ", " 和 ")}，值为 `"all"`、`"part"` 或 `"nothing"`。\n\n'
        f"| 季节 | 作答 | 作答者中满意 | 沉默者中满意 |\n{ruled}\n{table}",
        "answer": told(all="all", part="part"),
        "wrong": {
            "weights-repair-all": dict.fromkeys(names, "all"),
            "always-a-part": dict.fromkeys(names, "part"),
            **turned,
        },
    }


def offers(rng: Random) -> dict[str, Any]:
    """Four offers, by lot or not, with a rise, a fall or none that is shown."""
    reach = rng.choice([4, 5, 6])
    base, silent = rng.randrange(55, 72), rng.randrange(12, 25)

    def moved(*kinds: str) -> int:
        kind = rng.choice(kinds)
        if kind == "small":
            return rng.randrange(1, reach - 1)
        return rng.randrange(reach + 2, 19) if kind == "large" else -rng.randrange(reach + 2, 13)

    names = ["wash", "stars", "draw", "host"]
    lot = [True, rng.random() < 0.7, True, rng.random() < 0.3]
    rise = [moved("small", "small", "large"), moved("large", "large", "small")]
    rise += [moved("fall", "fall", "small", "large"), moved("large", "small")]
    answer = {
        name: "unknown" if not drawn else "praise" if r > reach else "voices"
        for name, drawn, r in zip(names, lot, rise, strict=True)
    }
    gained = [rng.randrange(6, 30) for _ in names]

    def table(by: tuple[str, str], what: tuple[str, ...]) -> str:
        return "\n".join(
            f"| `{name}` | {offer} | {by[not drawn]} | {silent} → {silent + g} | {base} → {base + r} |"
            for name, offer, drawn, r, g in zip(names, what, lot, rise, gained, strict=True)
        )

    wrong: dict[str, dict[str, str]] = {}

    def mistake(name: str, offer: str, verdict: str, *, when: bool) -> None:
        if when:
            wrong[name] = {**answer, offer: verdict}

    mistake("every-rise-is-praise", "wash", "praise", when=rise[0] < reach)
    mistake("not-shown-is-unknown", "wash", "unknown", when=rise[0] < reach)
    mistake("answers-are-answers", "stars", "voices", when=answer["stars"] == "praise")
    mistake("lot-not-trusted", "stars", "unknown", when=answer["stars"] == "praise")
    mistake("any-change-is-praise", "draw", "praise", when=rise[2] < 0)
    mistake("fall-spoils-it", "draw", "unknown", when=rise[2] < 0)
    mistake("no-lot-needed", "host", "praise", when=not lot[3] and rise[3] > reach)
    mistake("wording-for-evidence", "host", "voices", when=not lot[3])
    ruled = "| --- | --- | --- | --- | --- |"
    what_en = (
        "wash for any answer",
        "wash for five stars",
        "prize draw for any answer",
        "wash for any answer",
    )
    what_zh = ("作答就送洗澡", "打五星送洗澡", "作答可抽奖", "作答就送洗澡")
    return {
        "en": "A dog salon tried four offers. The cells show per cent without → with the offer; a difference in "
        f"*satisfied* has a give or take of {reach} points. What did each offer do? Answer with a dictionary of "
        f'{keys(names)}: `"voices"` (brought answers and shows no rise in *satisfied*), `"praise"` (raised '
        '*satisfied*) or `"unknown"` (the table cannot tell what it did to *satisfied*).\n\n'
        f"| | offer | given to | answered | satisfied |\n{ruled}\n"
        + table(("half, by lot", "groomer's choice"), what_en),
        "zh_CN": "一家宠物狗美容店试了四种优惠。格中为百分比，无优惠 → 有优惠；*满意*之差的误差为 "
        f"±{reach} 个点。每种优惠起了什么作用？请用字典作答，键为 {keys(names).replace(', ', '、')}，值为 "
        '`"voices"`（带来回答，看不出*满意*上升）、`"praise"`（提高了*满意*）或 '
        '`"unknown"`（表格看不出它对*满意*的作用）。\n\n'
        f"| | 优惠 | 给谁 | 作答 | 满意 |\n{ruled}\n" + table(("抽签，一半", "店员挑选"), what_zh),
        "answer": answer,
        "wrong": wrong,
    }


def mailroom(rng: Random) -> dict[str, Any]:
    """A table of three kinds, rows what the machine said."""
    while True:
        cells = [[rng.randrange(3, 40) for _ in range(3)] for _ in range(3)]
        for place, low in enumerate((30, 80, 60)):
            cells[place][place] = rng.randrange(low, 3 * low)
        total, diagonal = sum(map(sum, cells)), sum(cells[i][i] for i in range(3))
        hits, said, were = cells[0][0], sum(cells[0]), sum(row[0] for row in cells)

        def told(one: float, two: float) -> dict[str, float]:
            return {"precision": one, "recall": two}

        answer = told(hits / said, hits / were)
        mixed = 2 * hits / (said + were)
        wrong = {
            "recall-for-precision": told(hits / were, hits / said),
            "accuracy": told(diagonal / total, diagonal / total),
            "of-all-mails": told(hits / total, hits / total),
            "of-what-is-right": told(hits / diagonal, hits / diagonal),
            "f-measure": told(mixed, mixed),
            "how-many-are": told(said / total, were / total),
        }
        pairs = [answer, *wrong.values()]
        if all(max(abs(a[k] - b[k]) for k in a) > 0.02 for i, a in enumerate(pairs) for b in pairs[i + 1 :]):
            break
    kinds = {"en": ("complaint", "order", "thanks"), "zh_CN": ("投诉", "订单", "致谢")}

    def table(language: str) -> str:
        names = kinds[language]
        head = f"| | {' | '.join(names)} |\n| --- | --- | --- | --- |\n"
        return head + "\n".join(
            f"| **{name}** | {' | '.join(map(str, row))} |" for name, row in zip(names, cells, strict=True)
        )

    return {
        "en": "A machine sorted a garden centre's mails. Rows are what it said, columns what the mails were. What "
        'are precision and recall for complaints? Answer with a dictionary of `"precision"` and `"recall"`, '
        "shares from 0 to 1; two decimals do.\n\n" + table("en"),
        "zh_CN": "机器给一家园艺中心的邮件分了类。行是机器的判断，列是实际类别。投诉的精确率和召回率是多少？"
        '请用字典作答，键为 `"precision"` 和 `"recall"`，比例 0 至 1，保留两位小数即可。\n\n'
        + table("zh_CN"),
        "answer": answer,
        "wrong": wrong,
        "rounding": 2,
    }


def clerks(rng: Random) -> tuple[int, int, int, int]:
    """How often two clerks marked; now and then equally often, never, or never together."""
    while True:
        both, only_a, only_b = (rng.choice([0, rng.randrange(1, 60)]) for _ in range(3))
        neither = rng.choice([0, rng.randrange(1, 200), rng.randrange(100, 200)])
        if rng.random() < 0.3:
            only_b = only_a
        n = both + only_a + only_b + neither
        a, b = both + only_a, both + only_b
        if n and (a, b) not in ((0, 0), (n, n)):
            return both, only_a, only_b, neither


def answered(rng: Random) -> tuple[list[Any], dict[str, int], dict[str, str]]:
    """Answers with gaps and strata without any; kinds merged into others, or into a new name."""
    kinds = rng.sample(["home", "farm", "shop", "plant", "school"], rng.randrange(2, 6))
    customers = {kind: rng.choice([rng.randrange(5, 60), rng.randrange(100, 5000)]) for kind in kinds}
    merge: dict[str, str] = {}
    if rng.random() < 0.65:
        gone = rng.sample(kinds, rng.randrange(1, len(kinds)))
        left = [kind for kind in kinds if kind not in gone]
        goal = rng.choice([*left, "firm", "firm"])
        merge = {kind: goal if rng.random() < 0.8 else left[0] for kind in gone}
    heard = kinds if rng.random() < 0.7 else kinds[1:]
    answers: list[Any] = [
        (kind, rng.randrange(1, 6))
        for kind in heard
        for _ in range(rng.choice([1, 2, 3, rng.randrange(4, 9)]))
    ]
    if rng.random() < 0.6:
        gaps = [(kinds[0], None), (rng.choice(kinds), None), (None, rng.randrange(1, 6)), (None, None)]
        answers += gaps[: rng.randrange(1, 5)]
    rng.shuffle(answers)
    return ([] if rng.random() < 0.05 else answers), customers, merge


def items(rng: Random) -> tuple[list[dict[str, int | None]], list[str], int, int]:
    """Rows of a few items that share a mood, some of them asked backwards, some of these not listed."""
    while True:
        names = rng.sample(["kind", "clear", "slow", "again", "dear"], rng.randrange(2, 6))
        low, high = rng.choice([(1, 5), (1, 7), (0, 10), (0, 4)])
        against = [name for name in names[1:] if rng.random() < 0.4]
        backwards = [name for name in against if rng.random() < 0.8]
        if rng.random() < 0.1:
            backwards = [*backwards, *names[:1]]
        full: list[dict[str, int]] = []
        for _ in range(rng.choice([1, 2, 3, 4, 6, 9, 9])):
            mood = rng.uniform(low, high)
            row = {name: min(high, max(low, round(mood + rng.gauss(0, (high - low) / 5)))) for name in names}
            full.append({name: low + high - row[name] if name in against else row[name] for name in names})
        if rng.random() < 0.15 and len(names) == 2 and len(full) > 2:
            full = [{names[0]: row[names[0]], names[1]: low + high - row[names[0]]} for row in full]
            backwards = []
        if len(full) > 2 and not clear(full, backwards):
            continue
        rows: list[dict[str, int | None]] = [dict(rng.sample(list(row.items()), len(names))) for row in full]
        for _ in range(rng.choice([0, 0, 1, 3])):
            silent = rng.sample(names, rng.randrange(1, len(names) + 1))
            rows.append({name: None if name in silent else rng.randrange(low, high + 1) for name in names})
        rng.shuffle(rows)
        if rng.random() < 0.05:
            return [], [], low, high
        return rows, rng.sample(backwards, len(backwards)), low, high


def clear(rows: list[dict[str, int]], backwards: list[str]) -> bool:
    """Whether no item is the same for all, and no covariance with the others is exactly 0."""
    turned = [{name: -value if name in backwards else value for name, value in row.items()} for row in rows]
    for name in turned[0]:
        own = [row[name] for row in turned]
        rest = [sum(row.values()) - row[name] for row in turned]
        together = sum(a * b for a, b in zip(own, rest, strict=True))
        if len(set(own)) == 1 or len(rows) * together == sum(own) * sum(rest):
            return False
    return True


QUESTIONS = {
    "m02-ways": ways,
    "m02-repair": repair,
    "m02-offers": offers,
    "m02-mailroom": mailroom,
}
INPUTS = {"m02-clerks": clerks, "m02-share": answered, "m02-scale": items}
RULES: dict[str, dict[str, Any]] = {"m02-share": {"ordered": False}, "m02-scale": {"ordered": False}}
