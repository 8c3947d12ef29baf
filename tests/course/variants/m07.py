"""Module 07 on other data: how the questions and the inputs of functions are drawn."""

from __future__ import annotations

from random import Random
from typing import Any

REASONS = {"kinship": "kinship", "trust": "attitude", "monopoly": "barriers", "benefit": "incentives"}
USUAL = tuple(REASONS)


def apart(one: dict[str, Any], two: dict[str, Any]) -> bool:
    """Whether two answers differ by more than rounding to whole numbers hides."""
    return any(
        abs(one[key] - two[key]) > 1 if isinstance(one[key], int | float) else one[key] != two[key]
        for key in one
    )


def told(answer: dict[str, Any], wrong: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]] | None:
    """Return the mistakes that differ from the answer, None if two of them give the same."""
    left = {name: value for name, value in wrong.items() if apart(value, answer)}
    values = list(left.values())
    clear = all(apart(one, two) for n, one in enumerate(values) for two in values[:n])
    return left if clear else None


Row = dict[str, float]


def named(row: Row, order: tuple[str, ...] = USUAL, high: int = 5, share: bool = True) -> str:
    """Name a type by the rule: the first reason that is high, of those who buy nearly everything."""
    if share and row["repeat_share"] < 0.8:
        return "latent" if row["attitude"] >= high else "none"
    return next((kind for kind in order if row[REASONS[kind]] >= high), "inertia")


def strongest(row: Row) -> str:
    """Name a type after the highest answer, if any is high."""
    best = max(USUAL, key=lambda kind: row[REASONS[kind]])
    return best if row["repeat_share"] >= 0.8 and row[REASONS[best]] >= 5 else named(row)


def types(rng: Random) -> dict[str, Any]:
    """Three labs: one with several reasons to stay, a hostage, and one that stays or goes without a reason."""

    def ratings(**ranges: tuple[int, int]) -> Row:
        drawn = {name: float(rng.randint(*ends)) for name, ends in ranges.items()}
        return {"repeat_share": rng.choice([0.8, 0.85, 0.9, 0.95, 1.0]), **drawn}

    low, some, high = (1, 4), (3, 7), (5, 7)
    while True:
        tie = rng.choice([some, low])
        first = ratings(attitude=some, barriers=some, incentives=some, kinship=tie)
        liked = rng.random() < 0.3
        second = ratings(attitude=high if liked else low, barriers=high, incentives=some, kinship=low)
        third = ratings(attitude=low, barriers=low, incentives=low, kinship=low)
        if rng.random() < 0.5:
            third = ratings(attitude=(5, 6), barriers=low, incentives=some, kinship=some)
            third["repeat_share"] = rng.choice([0.3, 0.5, 0.6, 0.75])
        rows = {"P": first, "Q": second, "R": third}
        free = {**second, "barriers": 1.0}
        reasons = [first[column] for column in REASONS.values()]
        # Several reasons, and one highest: the order decides, not the size.
        alone = all(
            sum(row[column] == max(row[c] for c in REASONS.values()) for column in REASONS.values()) == 1
            for row in (first, second)
        )
        if alone and sum(number >= 5 for number in reasons) >= 2:
            break

    def by(rule: Any = named, later: str = "", **others: str) -> dict[str, str]:
        return {
            **{name: rule(row) for name, row in rows.items()},
            "later": later or named(free),
            **others,
        }

    def ordered(*order: str) -> dict[str, str]:
        return {**by(lambda row: named(row, order)), "later": named(free, order)}

    answer = by()
    elsewhere = third["repeat_share"] < 0.8
    wrong = {
        "strongest-answer": by(strongest, strongest(free)),
        "barrier-before-liking": ordered("kinship", "monopoly", "trust", "benefit"),
        "reward-before-barrier": ordered("kinship", "trust", "benefit", "monopoly"),
        "reward-first": ordered("benefit", "kinship", "trust", "monopoly"),
        "liking-before-tie": ordered("trust", "kinship", "monopoly", "benefit"),
        "wall-still-there": by(later="monopoly"),
    }
    if elsewhere:
        wrong["liking-means-trust"] = by(R="trust")
        if named(third, share=False) not in ("trust", "inertia"):
            wrong["share-overlooked"] = by(R=named(third, share=False))
    else:
        wrong["four-likes-us"] = by(R="latent")
    strict = by(lambda row: named(row, high=6), named(free, high=6))
    if "none" not in strict.values():
        wrong["five-not-high"] = strict
    if answer["later"] == "benefit":
        wrong["next-reason-skipped"] = by(later="inertia")
    columns = ["attitude", "repeat_share", "barriers", "incentives", "kinship"]
    table = "\n".join(
        f"| {name} | " + " | ".join(f"{row[column]:g}" for column in columns) + " |"
        for name, row in rows.items()
    )
    ruled = "| --- | --- | --- | --- | --- | --- |"
    codes = '`"kinship"`, `"trust"`, `"monopoly"`, `"benefit"`, `"inertia"`, `"latent"`'
    seen: list[dict[str, str]] = [answer]
    kept: dict[str, dict[str, str]] = {}
    for name, value in wrong.items():
        if value not in seen:
            seen.append(value)
            kept[name] = value
    return {
        "en": "Name the types by the lesson's rule with its usual settings: "
        f"{codes}. `later` is lab Q when all barriers are 1 and all else is as before. Answer with a "
        'dictionary of `"P"`, `"Q"`, `"R"` and `"later"`.\n\n'
        f"| lab | {' | '.join(columns)} |\n{ruled}\n{table}",
        "zh_CN": f"请按课程的规则（默认设定）写出类型：{codes.replace(', ', '、')}。"
        "`later` 指所有障碍都变为 1、其余不变时的实验室 Q。请用字典作答，"
        '键为 `"P"`、`"Q"`、`"R"` 和 `"later"`。\n\n'
        "| 实验室 | 好感 attitude | 占比 repeat_share | 障碍 barriers | 利益 incentives | 亲缘 kinship |\n"
        f"{ruled}\n{table}",
        "answer": answer,
        "wrong": kept,
    }


def interviews(rng: Random) -> dict[str, Any]:
    """A rule's names, a hundred interviews for each: how many deserve it, how many there are."""
    while True:
        trust = [rng.randrange(48, 75), rng.randrange(8, 26), rng.randrange(3, 16)]
        middle = rng.randrange(10, 100 - trust[0] - 4)
        rows = [trust, [middle, rng.randrange(62, 72), rng.randrange(5, 20)]]
        rows.append([100 - rows[0][n] - rows[1][n] for n in range(3)])
        labs = [rng.randrange(3, 11) * 100 for _ in range(3)]
        every = sum(labs)
        if min(map(min, rows)) < 2 or trust[0] >= min(rows[1][1], rows[2][2]) or len(set(labs)) < 3:
            continue

        def number(shares: list[float], labs: list[int] = labs) -> float:
            return sum(share * n for share, n in zip(shares, labs, strict=True)) / 100

        corrected, found = number([*trust]), sum(trust)

        def pair(one: float, two: float) -> dict[str, float]:
            return {"of_100": round(one, 2), "trusting": round(two, 2)}

        answer = pair(trust[0], corrected)
        wrong = told(
            answer,
            {
                "row-for-column": pair(100 * trust[0] / found, labs[0] * trust[0] / found),
                "all-interviewed-below": pair(trust[0] / 3, corrected),
                "all-names-together": pair((trust[0] + rows[1][1] + rows[2][2]) / 3, corrected),
                "the-others": pair(100 - trust[0], corrected),
                "not-corrected": pair(trust[0], labs[0]),
                "own-column-alone": pair(trust[0], labs[0] * trust[0] / 100),
                "names-not-weighted": pair(trust[0], every * found / 300),
                "one-column-for-all": pair(trust[0], every * trust[0] / 100),
                "interviewed-for-all": pair(trust[0], found),
                "down-one-column": pair(trust[0], number([rows[n][0] for n in range(3)])),
            },
        )
        if wrong is not None and len(wrong) == 10:
            break

    def table(*names: str) -> str:
        lines = [*rows, labs]
        return "\n".join(
            f"| {name} | {' | '.join(map(str, line))} |" for name, line in zip(names, lines, strict=True)
        )

    ruled = "| --- | --- | --- | --- |"
    return {
        "en": f"A rule gave each of {every:,} labs a type. Of each type, 100 drawn at random were interviewed. "
        "`of_100`: of 100 labs that the rule calls trusting, how many do trust us? `trusting`: how many of all "
        f"{every:,} trust us, corrected by the interviews (to a whole number)? Answer with a dictionary of these two "
        "names.\n\n| interview ↓ · rule → | trust | monopoly | other |\n"
        f"{ruled}\n{table('trust', 'monopoly', 'other', 'labs by the rule')}",
        "zh_CN": f"规则给 {every:,} 家实验室各定了一个类型。每个类型随机抽取 100 家访谈。"
        "`of_100`：规则称为信赖的实验室，每 100 家中有多少家确实信赖我们？"
        f"`trusting`：按访谈校正后，全部 {every:,} 家中有多少家信赖我们（取整）？请用字典作答，键为这两个名称。\n\n"
        f"| 访谈 ↓ · 规则 → | 信赖 | 垄断 | 其他 |\n{ruled}\n{table('信赖', '垄断', '其他', '规则所定的家数')}",
        "answer": answer,
        "rounding": 0,
        "wrong": wrong,
    }


def markets(rng: Random) -> dict[str, Any]:
    """Two markets with their corners: the hostages among those that buy, and where satisfaction tells."""
    names = ("East", "West")
    while True:
        steep = rng.choice([(True, False), (False, True), (True, True), (False, False)])
        corners: dict[str, list[int]] = {}  # apostles, mercenaries, hostages, terrorists
        for name, rises in zip(names, steep, strict=True):
            satisfied = rng.randrange(4, 17) * 10
            likes, stays = rng.uniform(0.55, 0.9), rng.uniform(0.03, 0.25)
            stays = stays if rises else likes + rng.uniform(-0.06, 0.04)
            apostles, hostages = round(satisfied * likes), round((200 - satisfied) * stays)
            corners[name] = [apostles, satisfied - apostles, hostages, 200 - satisfied - hostages]

        def rises_in(parts: list[list[int]]) -> bool:
            a, m, h, t = (sum(part[n] for part in parts) for n in range(4))
            return a / (a + m) - h / (h + t) >= 0.1

        flags = [rises_in([corners[name]]) for name in names]
        pooled = rises_in(list(corners.values()))
        words = {
            (True, True): "both",
            (False, False): "neither",
            (True, False): "East",
            (False, True): "West",
        }
        goes = words[flags[0], flags[1]]
        every = list(zip(*corners.values(), strict=True))
        buyers = sum(every[0]) + sum(every[2])

        def with_(count: Any, goes: str = goes, corners: dict[str, list[int]] = corners) -> dict[str, Any]:
            return {**{name: round(count(*corners[name]), 2) for name in names}, "goes_with": goes}

        def right(a: int, _: int, h: int, __: int) -> float:
            return 100 * h / (a + h)

        answer = with_(right)
        wrong = told(
            answer,
            {
                "of-all-labs": with_(lambda a, m, h, t: 100 * h / (a + m + h + t)),
                "of-the-dissatisfied": with_(lambda _, __, h, t: 100 * h / (h + t)),
                "apostles-for-hostages": with_(lambda a, _, h, __: 100 * a / (a + h)),
                "all-dissatisfied": with_(lambda a, m, h, t: 100 * (h + t) / (a + m + h + t)),
                "buyers-for-hostages": with_(lambda a, m, h, t: 100 * (a + h) / (a + m + h + t)),
                "both-markets-below": with_(lambda _, __, h, ___, n=buyers: 100 * h / n),
                "markets-swapped": {**answer, "East": answer["West"], "West": answer["East"]},
                "markets-pooled": with_(right, "both" if pooled else "neither"),
                "satisfied-alone": {**answer, "goes_with": "both" if pooled is False else goes},
            },
        )
        if tuple(flags) == steep and wrong is not None and len(wrong) >= 7:
            break

    said = {
        "en": (
            "satisfied, buy (apostles)",
            "satisfied, buy elsewhere (mercenaries)",
            "not satisfied, buy (hostages)",
            "not satisfied, buy elsewhere (terrorists)",
        ),
        "zh_CN": (
            "满意，购买（传道者）",
            "满意，在别处购买（图利者）",
            "不满意，购买（人质）",
            "不满意，在别处购买（恐怖分子）",
        ),
    }
    table = {
        language: "\n".join(f"| {row} | {one} | {two} |" for row, (one, two) in zip(rows, every, strict=True))
        for language, rows in said.items()
    }
    ruled = "| --- | --- | --- |"
    return {
        "en": "Of 100 labs that buy from us, how many in each market are hostages (to a whole number)? And in which "
        "market does satisfaction go with buying, that is, do satisfied labs buy at least 10 points more often than "
        'the others of the same market: `"East"`, `"West"`, `"both"` or `"neither"`? Answer with a dictionary of '
        '`"East"`, `"West"` and `"goes_with"`.\n\n'
        f"| labs | East | West |\n{ruled}\n"
        f"{table['en']}",
        "zh_CN": "向我们购买的实验室中，每个市场每 100 家有多少家是人质（取整）？"
        "在哪个市场满意与购买有关，即同一市场中满意者的购买比例至少比其余的高 10 个百分点："
        '`"East"`、`"West"`、`"both"`（两个都是）还是 `"neither"`（都不是）？请用字典作答，'
        '键为 `"East"`、`"West"` 和 `"goes_with"`。\n\n'
        f"| 实验室 | East | West |\n{ruled}\n"
        f"{table['zh_CN']}",
        "answer": answer,
        "rounding": 0,
        "wrong": wrong,
    }


def basis(rng: Random) -> dict[str, Any]:
    """Five figures for the year after the law, one of them from such a year."""
    rows: list[tuple[str, int, tuple[str, str], tuple[str, str]]] = [
        (
            "",
            rng.randrange(28, 48),
            rng.choice(
                [
                    ("closed ones of a sister company", "姊妹公司的封闭仪器用户"),
                    ("closed ones in a neighbouring country", "邻国的封闭仪器用户"),
                    (
                        "closed ones in a province where the law came earlier",
                        "法律更早生效的省份的封闭仪器用户",
                    ),
                ]
            ),
            ("lost in the first 12 months with a choice", "在可以选择后的头 12 个月流失"),
        ),
        (
            "already-chosen",
            rng.randrange(12, 27),
            rng.choice(
                [
                    ("open ones, ours", "我们的开放仪器用户"),
                    ("open ones of a sister company", "姊妹公司的开放仪器用户"),
                ]
            ),
            rng.choice([("lost last year", "去年流失"), ("lost in an ordinary year", "平常年份流失")]),
        ),
        (
            "quiet-years",
            rng.randrange(1, 8),
            ("closed ones, ours", "我们的封闭仪器用户"),
            rng.choice(
                [
                    ("lost in each of the last six years", "最近六年中每年流失"),
                    ("lost from last July to this June", "去年七月至今年六月流失"),
                    ("lost last year, the best in the company", "去年流失，全公司最少"),
                ]
            ),
        ),
        (
            "all-hostages-at-once",
            rng.randrange(52, 75),
            ("closed ones, ours", "我们的封闭仪器用户"),
            rng.choice(
                [
                    ("buy from us and are not satisfied", "不满意却仍在购买"),
                    ("hostages, counted in spring", "春天统计的人质"),
                ]
            ),
        ),
        (
            "intention-of-captives",
            rng.randrange(8, 12),
            ("closed ones, ours", "我们的封闭仪器用户"),
            rng.choice(
                [
                    ("said in May that they would leave", "五月时表示会离开"),
                    ("asked in May: would not buy again", "五月受访时表示不会再买"),
                ]
            ),
        ),
    ]
    rng.shuffle(rows)

    def table(language: int) -> str:
        return "\n".join(
            f"| {letter} | {row[1]} % | {row[2][language]} | {row[3][language]} |"
            for letter, row in zip("ABCDE", rows, strict=True)
        )

    ruled = "| --- | --- | --- | --- |"
    return {
        "en": "In July a law lets closed labs, which had to take our reagents, buy anybody's. What share of them will go "
        "in the first year? Which figure is the best basis for a plan? Answer with a letter.\n\n"
        f"| | figure | labs | counted |\n{ruled}\n{table(0)}",
        "zh_CN": "以前只能用我们试剂的封闭仪器用户，从七月起依法可以自由选择供应商。第一年会有多少离开？"
        "哪个数字最适合作为计划的依据？请用字母作答。\n\n"
        f"| | 数值 | 实验室 | 统计内容 |\n{ruled}\n{table(1)}",
        "options": "ABCDE",
        "answer": next(letter for letter, row in zip("ABCDE", rows, strict=True) if not row[0]),
        "wrong": {row[0]: letter for letter, row in zip("ABCDE", rows, strict=True) if row[0]},
    }


def lab(rng: Random) -> tuple[int, float, float, float]:
    """Revenue, margin rate, churn and discount; now and then all revenue is margin, or nobody stays."""
    churn = rng.choice([0.05, 0.1, 0.18, 0.25, 0.4, 0.5, 0.65, 1])
    return (
        rng.randrange(2, 60) * 500,
        rng.choice([0.15, 0.2, 0.35, 0.4, 0.6, 1]),
        churn,
        rng.choice([0.05, 0.06, 0.08, 0.1, 0.12]),
    )


def years(rng: Random) -> tuple[int, list[float], float, str]:
    """Margin, a list of shares, discount and form: short and long lists, 0 and 1 in them, discount 0."""
    shares = [0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95]
    stays: list[float] = [rng.choice([*shares, 1]) for _ in range(rng.choice([0, 1, 1, 2, 3, 5]))]
    if stays and rng.random() < 0.1:
        stays[rng.randrange(len(stays))] = 0
    stays.append(rng.choice([0, 0, *shares, *shares]))
    if rng.random() < 0.15:
        stays.append(stays[-1])
    discount = rng.choice([0, 0.05, 0.06, 0.08, 0.1, 0.25])
    return rng.randrange(2, 40) * 50, stays, discount, rng.choice(["from-next-year", "immediate"])


def departures(rng: Random) -> tuple[list[int], list[int | None], int, int]:
    """Labs by month of coming and going: equal ages, notices, ends of today, ages that nobody reached."""
    while True:
        today = rng.randrange(24, 50)
        starts: list[int] = []
        ends: list[int | None] = []
        lives: list[tuple[int, str]] = []
        mixed = ["still", "left", "left"]
        kinds = rng.choice(
            [mixed, mixed, [*mixed, "notice", "today"], ["left"], ["still", "notice", "still"]]
        )
        ages = rng.sample([2, 4, 6, 9, 12, 15, 20], 4)
        for _ in range(rng.choice([0, 2, 5, 6, 7, 8, 8, 9])):
            age, kind = rng.choice(ages), rng.choice(kinds)
            if kind != "left":
                start = today if rng.random() < 0.05 and kind != "today" else today - age
                age = today - start
                end = {"still": None, "today": today, "notice": today + rng.randrange(1, 10)}[kind]
            else:  # some time ago, or it would have left today
                start = max(1, today - age - rng.randrange(1, 12))
                age = min(age, today - start - 1)
                end = start + age
            starts.append(start)
            ends.append(end)
            lives.append((age, kind))
        oldest = max([age for age, _ in lives], default=6)
        seen = [age for age, _ in lives] or [6]
        months = max(1, rng.choice([*seen, *seen, oldest, oldest + 1, rng.randrange(1, 20)]))
        # Labs with a notice are not the only ones that have come that far.
        if months > oldest or any(age >= months for age, kind in lives if kind != "notice"):
            return starts, ends, today, months


QUESTIONS = {
    "m07-types": types,
    "m07-named": interviews,
    "m07-hostages": markets,
    "m07-basis": basis,
}
INPUTS = {"m07-worth": lab, "m07-years": years, "m07-still": departures}
RULES: dict[str, dict[str, Any]] = {"m07-worth": {"tolerance": 0.01}, "m07-years": {"tolerance": 0.01}}
