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
    "neutral": ("I feel neutral", "无所谓"),
    "live-with": ("I can live with it", "可以忍受"),
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
        f'| name | "If you had it …" | "If you did not …" |\n| --- | --- | --- |\n{rows["en"]}',
        "zh_CN": "评价表把每一对回答归入哪一类？请用字典作答，例如 "
        '`{"w": "A", "x": "O", "y": "M", "z": "I"}`。\n\n'
        f"| 名称 | 如果有…… | 如果没有…… |\n| --- | --- | --- |\n{rows['zh_CN']}",
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


def never(rng: Random) -> dict[str, Any]:
    """Four things with Better and Worse, one of which must never fail."""
    values = [(rng.randrange(15, 80), rng.randrange(10, 80)) for _ in range(4)]
    rows = "\n".join(
        f"| {letter} | {better / 100} | −{worse / 100} |"
        for letter, (better, worse) in zip("ABCD", values, strict=True)
    )
    best = sorted(range(4), key=lambda i: values[i][0])
    worst = sorted(range(4), key=lambda i: values[i][1])
    both = sorted(range(4), key=lambda i: sum(values[i]))
    return {
        "en": "Which of the four most needs a guarantee, because its absence would hurt the largest share? "
        f"Answer with a letter.\n\n| | Better | Worse |\n| --- | --- | --- |\n{rows}",
        "zh_CN": "四项中哪一项最需要保证，因为缺了它会让最大比例的客户不满？请用字母作答。\n\n"
        f"| | Better | Worse |\n| --- | --- | --- |\n{rows}",
        "options": "ABCD",
        "answer": "ABCD"[worst[-1]],
        "wrong": {
            "better-for-worse": "ABCD"[best[-1]],
            "sum-of-both": "ABCD"[both[-1]],
            "worse-nearest-zero": "ABCD"[worst[0]],
        },
    }


def quiet(rng: Random) -> dict[str, Any]:
    """For whom can a feature be dropped? The share that its absence hurts says it, not the letter."""
    rows: dict[str, dict[str, int]] = {}
    for name in ("family", "business", "student"):
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
        "en": "The chain drops a feature for a segment if, and only if, its absence would hurt fewer than "
        "20 % of those who gave a meaningful answer. Can it be dropped? Answer with a dictionary of `True` "
        f'and `False` for `"family"`, `"business"` and `"student"`.\n\n{head}{table}',
        "zh_CN": "只有当缺少某功能会让给出有效回答的顾客中不到 20 % 的人不满时，"
        "连锁店才对该客群取消它。可以取消吗？"
        '请用字典作答，对 `"family"`、`"business"`、`"student"` 分别写 `True` 或 `False`。\n\n'
        f"{head}{table}",
        "answer": {name: share < 0.2 for name, share in shares.items()},
        "wrong": {
            "drop-upside-down": {name: share >= 0.2 for name, share in shares.items()},
            "letter-alone": {name: letter == "I" for name, letter in leading.items()},
        },
    }


def settled(rng: Random) -> dict[str, Any]:
    """Four rows, one lead that is sure."""
    sure = rng.randrange(4)
    rows: list[tuple[int, int, int]] = []
    for i in range(4):
        guests = rng.choice([120, 200, 300, 600, 1200, 1800])
        a = round(guests * rng.uniform(0.34, 0.46))
        bound = 1.96 * (2 * a) ** 0.5
        lead = bound * (rng.uniform(1.3, 1.9) if i == sure else rng.uniform(0.35, 0.8))
        rows.append((guests, a, round(a - lead)))
    points = [100 * (a - b) / n for n, a, b in rows]
    largest = max(range(4), key=points.__getitem__)
    crowd = max(range(4), key=lambda i: rows[i][0])
    table = "\n".join(
        f"| {letter} | {n} | {a} | {b} |" for letter, (n, a, b) in zip("ABCD", rows, strict=True)
    )
    return {
        "en": "In which row is the lead of the first class over the second sure, that is, larger than "
        "1.96·√(a + b)? Answer with a letter.\n\n"
        f"| | answers | first class (a) | second class (b) |\n| --- | --- | --- | --- |\n{table}",
        "zh_CN": "哪一行中第一类对第二类的领先是可靠的，即大于 1.96·√(a + b)？请用字母作答。\n\n"
        f"| | 回答数 | 第一类（a） | 第二类（b） |\n| --- | --- | --- | --- |\n{table}",
        "options": "ABCD",
        "answer": "ABCD"[sure],
        "wrong": {"larger-lead-is-surer": "ABCD"[largest], "pooled-is-safer": "ABCD"[crowd]},
    }


def stale(rng: Random) -> dict[str, Any]:
    """Letters of two waves, some of them stale."""
    names = ("p", "q", "r", "s")
    rows = {
        name: (
            *rng.choice([("A", "A"), ("A", "O"), ("O", "M"), ("I", "I"), ("A", "M"), ("I", "A")]),
            rng.random() < 0.7,
            rng.random() < 0.7,
        )
        for name in names
    }
    table = "\n".join(
        f"| `{name}` | {first} | {sure} | {last} | {still} |"
        for name, (first, last, sure, still) in rows.items()
    )
    head = "| --- | --- | --- | --- | --- |\n"
    answer = {name: f != g and sure and still for name, (f, g, sure, still) in rows.items()}
    return {
        "en": "A letter of wave 1 is stale if wave 3 has another letter and the lead is significant in both. "
        f"Stale? Answer with a dictionary of `True` and `False` for the four names.\n\n"
        f"| name | wave 1 | significant | wave 3 | significant |\n{head}{table}",
        "zh_CN": "如果第 3 次调查的字母不同，且两次的领先都显著，第 1 次的字母就已过时。过时了吗？"
        "请用字典作答，对四个名称分别写 `True` 或 `False`。\n\n"
        f"| 名称 | 第 1 次 | 显著 | 第 3 次 | 显著 |\n{head}{table}",
        "answer": answer,
        "wrong": {
            "stale-upside-down": {name: not flag for name, flag in answer.items()},
            "any-change": {name: f != g for name, (f, g, _, _) in rows.items()},
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
    first = rng.choice([4, 12, 30, 60, 110])
    bound = round(1.96 * (2 * first) ** 0.5)
    second = max(1, first - rng.choice([0, 0, 1, bound - 1, bound, bound + 1, bound + 4]))
    numbers = [first, second] + [
        rng.choice([second, rng.randrange(second + 1)]) for _ in range(rng.randrange(4))
    ]
    drawn = [rng.choice(kind) for number, kind in zip(numbers, kinds, strict=False) for _ in range(number)]
    rng.shuffle(drawn)
    return drawn, "".join(rng.sample(LETTERS, 6))


QUESTIONS = {
    "m05-pairs": pairs,
    "m05-never": never,
    "m05-quiet": quiet,
    "m05-settled": settled,
    "m05-stale": stale,
}
INPUTS = {"m05-line": counts, "m05-share": some_counts, "m05-letter": guests}
RULES: dict[str, dict[str, Any]] = {}
