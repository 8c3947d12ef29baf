"""Module 05 on other data: how the questions and the inputs of functions are drawn."""

from __future__ import annotations

from random import Random
from typing import Any

from csmodels_helpers import kano

LETTERS = "MOAIRQ"
# As the statement of the item puts them.
SAID = {
    "like": ("I like it", "我很喜欢"),
    "must-be": ("It must be so", "理应如此"),
    "neutral": ("I do not care", "无所谓"),
    "live-with": ("I can live with it", "勉强接受"),
    "dislike": ("I dislike it", "我很不喜欢"),
}


def pairs(rng: Random) -> dict[str, Any]:
    """Four pairs of answers to classify."""
    drawn = [(rng.choice(kano.ANSWERS), rng.choice(kano.ANSWERS)) for _ in range(4)]
    rows = {
        language: "\n".join(
            f"| `{name}` | {SAID[f][number]} | {SAID[d][number]} |"
            for name, (f, d) in zip("wxyz", drawn, strict=True)
        )
        for number, language in enumerate(("en", "zh_CN"))
    }

    def by(classify: Any) -> dict[str, str]:
        return {name: str(classify(f, d)) for name, (f, d) in zip("wxyz", drawn, strict=True)}

    return {
        "en": "Into which class does the evaluation table put each pair? Answer with a dictionary, such as "
        '`{"w": "A", "x": "O", "y": "M", "z": "I"}`.\n\n'
        f"| name | with it | without it |\n| --- | --- | --- |\n{rows['en']}",
        "zh_CN": "评价表把每一对回答归入哪一类？请用字典作答，例如 "
        '`{"w": "A", "x": "O", "y": "M", "z": "I"}`。\n\n'
        f"| 名称 | 有它时 | 没有它时 |\n| --- | --- | --- |\n{rows['zh_CN']}",
        "answer": by(kano.classify),
        "wrong": {
            "questions-swapped": by(lambda f, d: kano.classify(d, f)),
            "same-answer-is-questionable": by(lambda f, d: "Q" if f == d else kano.classify(f, d)),
            "reverse-is-indifferent": by(lambda f, d: str(kano.classify(f, d)).replace("R", "I")),
            "first-answer-only": by(
                lambda f, _: {"like": "A", "must-be": "M", "neutral": "I", "live-with": "I", "dislike": "R"}[
                    f
                ]
            ),
        },
    }


def quiet(rng: Random) -> dict[str, Any]:
    """For whom can a feature be dropped? The share that its absence hurts says it, not the letter."""
    rows: dict[str, dict[str, int]] = {}
    for name in ("business", "family", "student"):
        hurt = rng.choice([0.08, 0.13, 0.17, 0.24, 0.31, 0.4])
        used = rng.randrange(420, 560)
        must = round(used * hurt * rng.uniform(0.3, 0.7))
        one = round(used * hurt) - must
        calm = round((used - must - one) * rng.uniform(0.55, 0.8))
        left = 600 - used
        rows[name] = {"M": must, "O": one, "A": used - must - one - calm, "I": calm, "R": left - 9, "Q": 9}
    shares = {name: (row["O"] + row["M"]) / (600 - row["R"] - row["Q"]) for name, row in rows.items()}
    leading = {name: max(row, key=lambda letter, row=row: row[letter]) for name, row in rows.items()}
    table = "\n".join(
        f"| {name} | " + " | ".join(str(row[letter]) for letter in LETTERS) + " |"
        for name, row in rows.items()
    )
    head = "| | M | O | A | I | R | Q |\n| --- | --- | --- | --- | --- | --- | --- |\n"
    return {
        "en": "The chain drops a feature where its absence would hurt fewer than "
        "20 % of those who gave a meaningful answer. Can it be dropped? Answer with a dictionary of `True` "
        f'and `False` for `"business"`, `"family"` and `"student"`.\n\n{head}{table}',
        "zh_CN": "只有当缺少某功能会让给出有效回答的顾客中不到 20 % 的人不满时，"
        "连锁店才对该客群取消它。可以取消吗？"
        '请用字典作答，对 `"business"`、`"family"`、`"student"` 分别写 `True` 或 `False`。\n\n'
        f"{head}{table}",
        "answer": {name: share < 0.2 for name, share in shares.items()},
        "wrong": {
            "drop-upside-down": {name: share >= 0.2 for name, share in shares.items()},
            "letter-alone": {name: letter == "I" for name, letter in leading.items()},
        },
    }


def settled(rng: Random) -> dict[str, Any]:
    """Four rows in per cent, one lead that is sure."""
    sure = rng.randrange(4)
    rows: list[tuple[int, int, int]] = []
    while len(rows) < 4:
        guests, a = rng.choice([100, 200, 400, 600, 1000, 2000]), rng.randrange(34, 46)
        b = a - rng.randrange(2, 18)
        times = guests * (a - b) / 100 / (1.96 * (guests * (a + b) / 100) ** 0.5)
        if 1.15 < times < 2.5 if len(rows) == sure else 0.3 < times < 0.88:
            rows.append((guests, a, b))
    largest = max(range(4), key=lambda i: rows[i][1] - rows[i][2])
    crowd = max(range(4), key=lambda i: rows[i][0])
    table = "\n".join(
        f"| {letter} | {n:,} | {a} % | {b} % |" for letter, (n, a, b) in zip("ABCD", rows, strict=True)
    )
    return {
        "en": "In which row is the lead of the first class over the second sure: is the difference of the "
        "two counts larger than 1.96 times the square root of their sum? Answer with a letter.\n\n"
        f"| | answers | first class | second class |\n| --- | --- | --- | --- |\n{table}",
        "zh_CN": "哪一行中第一类对第二类的领先是可靠的，即两者频数之差大于其和的平方根的 1.96 倍？请用字母作答。\n\n"
        f"| | 回答数 | 第一类 | 第二类 |\n| --- | --- | --- | --- |\n{table}",
        "options": "ABCD",
        "answer": "ABCD"[sure],
        "wrong": {"larger-lead-is-surer": "ABCD"[largest], "many-are-enough": "ABCD"[crowd]},
    }


def stale(rng: Random) -> dict[str, Any]:
    """Three things in three waves: from when on a letter is stale, and what is missed most today."""
    paths = ["AOM", "AOO", "AAO", "MMM", "OOM", "IIA", "AIO", "III", "OOO", "AMM"]
    sure = {name: [True, rng.random() < 0.4, rng.random() < 0.7] for name in "pqr"}
    letters = dict(zip("pqr", rng.sample(paths, 3), strict=True))
    usual = {"M": range(62, 90), "O": range(52, 78), "A": range(20, 40), "I": range(8, 24)}
    # The remainder keeps the numbers of a wave apart.
    worse = {
        name: [3 * (rng.choice(usual[letter]) // 3) + n for letter in letters[name]]
        for n, name in enumerate("pqr")
    }

    def first(test: Any, waves: tuple[int, ...] = (1, 2)) -> dict[str, int]:
        return {name: next((wave + 1 for wave in waves if test(name, wave)), 0) for name in "pqr"}

    def moved(name: str, wave: int, base: int = 0) -> bool:
        there = letters[name]
        return there[wave] != there[base] and sure[name][base] and sure[name][wave]

    newest = sorted("pqr", key=lambda name: worse[name][2])
    right = {**first(moved), "missed": newest[-1]}
    rows = "\n".join(
        f"| `{name}` | {wave + 1} | {letters[name][wave]} | {sure[name][wave]} | −{worse[name][wave] / 100:.2f} |"
        for name in "pqr"
        for wave in range(3)
    )
    line = f"| --- | --- | --- | --- | --- |\n{rows}"
    return {
        "en": "Which wave is the first to show that the letter of wave 1 is stale (another letter, both leads "
        "significant)? `0` if neither wave 2 nor wave 3 does. And which thing would the largest share of "
        'customers miss today? Answer with a dictionary, such as `{"p": 2, "q": 0, "r": 3, "missed": "p"}`.'
        f"\n\n| name | wave | letter | significant | Worse |\n{line}",
        "zh_CN": "哪一期最早显示第 1 期的字母已经过时（字母不同，且两期的领先都显著）？"
        "如果第 2 期和第 3 期都没有显示，写 `0`。今天没有哪一项时不满的客户比例最大？"
        '请用字典作答，例如 `{"p": 2, "q": 0, "r": 3, "missed": "p"}`。'
        f"\n\n| 名称 | 期 | 字母 | 显著 | Worse |\n{line}",
        "answer": right,
        "wrong": {
            "wobble-is-drift": {
                **right,
                **first(lambda name, wave: letters[name][wave] != letters[name][0]),
            },
            "last-wave-alone": {**right, **first(moved, (2,))},
            "wave-before": {**right, **first(lambda name, wave: moved(name, wave, wave - 1))},
            "clear-lead-cannot-move": {**right, "p": 0, "q": 0, "r": 0},
            "old-table": {**right, "missed": max("pqr", key=lambda name: worse[name][0])},
            "worse-nearest-zero": {**right, "missed": newest[0]},
        },
    }


def counts(rng: Random) -> tuple[dict[str, int]]:
    """All six classes, at least one meaningful answer."""
    drawn = {letter: rng.choice([0, 1, 7, rng.randrange(10, 350)]) for letter in LETTERS}
    return ({**drawn, "I": drawn["I"] + (sum(drawn[letter] for letter in "MOAI") == 0)},)


def some_counts(rng: Random) -> tuple[dict[str, int]]:
    """Classes may be missing; now and then nobody gave a meaningful answer."""
    letters = [letter for letter in LETTERS if rng.random() < 0.8]
    rng.shuffle(letters)
    drawn = {letter: rng.choice([0, rng.randrange(1, 9), rng.randrange(10, 350)]) for letter in letters}
    if rng.random() < 0.1:
        return ({},)
    if rng.random() < 0.15:
        drawn = {letter: number if letter in "RQ" else 0 for letter, number in drawn.items()}
    return (drawn,)


def guests(rng: Random) -> tuple[list[tuple[str, str]], str]:
    """Pairs of several classes, close calls and ties among them, and an order of the letters."""
    kinds = [
        [("like", "neutral"), ("like", "must-be")],
        [("like", "dislike")],
        [("must-be", "dislike"), ("neutral", "dislike")],
        [("neutral", "neutral"), ("must-be", "must-be"), ("live-with", "neutral")],
        [("dislike", "neutral"), ("neutral", "like"), ("dislike", "like")],
        [("like", "like"), ("dislike", "dislike")],
    ]
    rng.shuffle(kinds)
    first = rng.choice([4, 7, 12, 16, 20])
    bound = round(1.96 * (2 * first) ** 0.5)
    second = max(1, first - rng.choice([0, 0, 1, bound - 1, bound, bound + 1, bound + 4]))
    rest = [rng.choice([second, rng.randrange(second + 1)]) for _ in range(rng.randrange(3))]
    numbers = [first, second, *rest]
    drawn = [rng.choice(kind) for number, kind in zip(numbers, kinds, strict=False) for _ in range(number)]
    rng.shuffle(drawn)
    return drawn, "".join(rng.sample(LETTERS, 6))


QUESTIONS = {
    "m05-pairs": pairs,
    "m05-quiet": quiet,
    "m05-settled": settled,
    "m05-stale": stale,
}
INPUTS = {"m05-line": counts, "m05-share": some_counts, "m05-letter": guests}
RULES: dict[str, dict[str, Any]] = {}
