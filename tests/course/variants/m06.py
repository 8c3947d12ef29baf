"""Module 06 on other data: how the questions and the inputs of functions are drawn."""

from __future__ import annotations

from itertools import combinations
from random import Random
from typing import Any

STEPS = ["step 1", "step 2", "step 3", "step 4", "step 5"]
# What went wrong in a chain of cinemas, step by step.
MISHAPS = [
    [
        ("Nobody had thought of the way home at night.", "没有人想到散场后怎么回家。"),
        ("Toilets were on no list, so no question was about them.", "洗手间不在清单上，问卷也就没有问到。"),
        ("It occurred to nobody that parents wait outside.", "没有人想到家长要在外面等。"),
    ],
    [
        ("Guests who left early did not answer.", "提前离场的观众没有作答。"),
        ("Only members of the film club were asked.", "只问了影迷会的会员。"),
        ("Those who come once a year threw the form away.", "一年只来一次的人把问卷扔了。"),
    ],
    [
        (
            "Posters became a driver: their rating goes with the overall one.",
            "海报被当成驱动因素：它的评分与总体评分一同升降。",
        ),
        (
            "Popcorn was called a driver; happy guests mark it up like everything else.",
            "爆米花被当成驱动因素；满意的观众给什么都打高分。",
        ),
        (
            "Carpets were put first by their correlation, the other ratings left aside.",
            "地毯凭相关系数排在首位，没有与其他评分一起考虑。",
        ),
    ],
    [
        (
            "Trust was assumed to make guests loyal, not the reverse.",
            "假定信任使观众忠诚，而不是相反。",
        ),
        (
            "An arrow was drawn from price to image; nobody asked whether it points the other way.",
            "画了一个从价格到形象的箭头；没有人问过方向会不会相反。",
        ),
        (
            "Friendly staff were taken to make guests content; it may be the other way round.",
            "认定员工友好使观众满意；也可能反过来。",
        ),
    ],
    [
        (
            "Ratings rose with new seats; nobody looked at cinemas without.",
            "换了新座椅，评分上升；没有人去看没换座椅的影院。",
        ),
        (
            "After the new app more guests stayed; how many stayed elsewhere is not known.",
            "推出新应用后，留下的观众多了；别处留下多少，无人知道。",
        ),
        (
            "All cinemas got new sound in one week; nothing is left to compare with.",
            "所有影院在同一周换了音响，没有可以对照的了。",
        ),
    ],
]


def steps(rng: Random) -> dict[str, Any]:
    """Five mishaps in any order, one of each step."""
    letters = rng.sample("PQRST", 5)
    told = {letter: rng.choice(known) for letter, known in zip(letters, MISHAPS, strict=True)}
    table = [
        "\n".join(f"| {letter} | {told[letter][language]} |" for letter in "PQRST") for language in (0, 1)
    ]

    def placed(*order: int) -> dict[str, str]:
        return {name: letters[n - 1] for name, n in zip(STEPS, order, strict=True)}

    return {
        "en": "A chain of cinemas modelled satisfaction. Each step (by alphabet, not in order: analysis, data, elements, "
        "model, monitoring) went wrong once. Which mishap belongs to which step? Answer with a dictionary of "
        f'letters, `"step 1"` to `"step 5"`.\n\n| | mishap |\n| --- | --- |\n{table[0]}',
        "zh_CN": "一家连锁影院为满意度建模。五个步骤（按英文字母排列，不是先后顺序：数据分析、收集数据、界定要素、模型构建、"
        "持续监测）各出了一次错。哪件事属于哪一步？请用字典作答，"
        f'键为 `"step 1"` 至 `"step 5"`，值为字母。\n\n| | 出了什么错 |\n| --- | --- |\n{table[1]}',
        "answer": placed(1, 2, 3, 4, 5),
        "wrong": {
            "data-before-elements": placed(2, 1, 3, 4, 5),
            "monitoring-for-data": placed(1, 5, 3, 4, 2),
            "model-before-data": placed(1, 4, 2, 3, 5),
            "by-alphabet": placed(3, 2, 1, 4, 5),
            "model-before-analysis": placed(1, 2, 4, 3, 5),
            "monitoring-before-model": placed(1, 2, 3, 5, 4),
            "backwards": placed(5, 4, 3, 2, 1),
            "as-listed": dict(zip(STEPS, "PQRST", strict=True)),
        },
    }


# Of each survey two topics with two questions and one with one; the Chinese names beside.
SURVEYS = [
    (
        ("hotel", "酒店"),
        [
            ("sleep", "睡眠", ("bed", "床"), ("pillow", "枕头")),
            ("food", "餐饮", ("breakfast", "早餐"), ("dinner", "晚餐")),
        ],
        ("arrival", "入住", ("reception", "前台")),
    ),
    (
        ("gym", "健身房"),
        [
            ("training", "训练", ("machines", "器械"), ("weights", "哑铃")),
            ("rooms", "环境", ("showers", "淋浴"), ("lockers", "储物柜")),
        ],
        ("staff", "员工", ("trainer", "教练")),
    ),
    (
        ("telephone company", "电信公司"),
        [
            ("network", "网络", ("coverage", "覆盖"), ("speed", "网速")),
            ("cost", "费用", ("price", "价格"), ("bill", "账单")),
        ],
        ("service", "服务", ("hotline", "热线")),
    ),
]


def twins(rng: Random) -> dict[str, Any]:
    """Shares of questions to add up to topics, and a question that was not asked."""
    firm, doubles, single = rng.choice(SURVEYS)
    cuts = sorted(rng.sample(range(8, 93, 4), 4))
    shares = [(b - a) / 100 for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
    rng.shuffle(shares)
    asked = [(topic, zh, name) for topic, zh, *pair in [*doubles, single] for name in pair]
    slopes = [rng.randrange(4, 30) / 10 for _ in asked]
    alone = rng.random() < 0.35  # the one not asked has nothing of its own to pass on
    kept, missing = rng.choice([(0, 1), (1, 0), (2, 3), (3, 2)])
    slopes[missing] = 0.0 if alone else rng.randrange(9, 30) / 10
    order = rng.sample(range(5), 5)
    table = [
        "\n".join(
            f"| `{asked[i][2][0]}`{(' ' + asked[i][2][1]) * zh} | `{asked[i][0]}`{(' ' + asked[i][1]) * zh} "
            f"| {slopes[i]:.1f} | {shares[i]:.2f} |"
            for i in order
        )
        for zh in (0, 1)
    ]
    correlation = rng.randrange(30, 55) / 100
    ways = rng.sample(["larger", "same", "smaller", "correlation"], 4)
    said = {
        "larger": ("a larger one", "变大"),
        "same": ("the same", "不变"),
        "smaller": ("a smaller one", "变小"),
        "correlation": (f"{correlation:.2f}, its correlation", f"变为 {correlation:.2f}，即它的相关系数"),
    }
    letter = {way: "ABCD"[n] for n, way in enumerate(ways)}
    listed = [
        "ABCD"[n] + ("：" if zh else ": ") + said[way][zh] for zh in (0, 1) for n, way in enumerate(ways)
    ]
    options = "; ".join(listed[:4]), "；".join(listed[4:])
    one, other = asked[kept][2][0], asked[missing][2][0]

    def topics(join: Any, then: str = "same" if alone else "larger") -> dict[str, Any]:
        joined = {
            topic: [s for (t, *_), s in zip(asked, shares, strict=True) if t == topic] for topic, *_ in asked
        }
        return {**{topic: join(parts) for topic, parts in joined.items()}, "then": letter[then]}

    by_slope = {topic: 0.0 for topic, *_ in asked}
    for (topic, *_), slope in zip(asked, slopes, strict=True):
        by_slope[topic] += slope
    keys = ", ".join(f'`"{topic}"`' for topic in dict.fromkeys(topic for topic, *_ in asked))
    return {
        "en": f"Customers of a {firm[0]} rated five things. Answer with a dictionary: the share of each topic ({keys}) "
        f'and, under `"then"`, a letter: which slope would `{one}` have, had nobody asked about `{other}`? The two '
        f"go together, also among those who rate the rest alike. {options[0]}.\n\n"
        f"| question | topic | slope | share |\n| --- | --- | --- | --- |\n{table[0]}",
        "zh_CN": f"顾客为一家{firm[1]}的五项打了分。请用字典作答：每个主题的占比（键为 {keys.replace(', ', '、')}），"
        f'以及 `"then"` 下的一个字母：如果没有人问 `{other}`，`{one}` 的斜率会怎样？即使在其他评分都相同的顾客中，'
        f"这两项也一同升降。{options[1]}。\n\n"
        f"| 题目 | 主题 | 斜率 | 占比 |\n| --- | --- | --- | --- |\n{table[1]}",
        "answer": topics(sum),
        "rounding": 2,
        "wrong": {
            "best-question-only": topics(max),
            "mean-of-twins": topics(lambda parts: sum(parts) / len(parts)),
            "weaker-twin-only": topics(min),
            "questions-counted": topics(len),
            "another-column": {**topics(sum), **by_slope},
            "per-cent-for-share": topics(lambda parts: 100 * sum(parts)),
            **(
                {}
                if alone
                else {"slope-is-fixed": topics(sum, "same"), "share-for-slope": topics(sum, "smaller")}
            ),
            "correlation-for-slope": topics(sum, "correlation"),
        },
    }


THINGS = {
    "towels": "毛巾",
    "quiet": "安静",
    "parking": "停车",
    "pool": "泳池",
    "bar": "酒吧",
    "elevator": "电梯",
    "view": "景观",
    "minibar": "小冰箱",
    "heating": "供暖",
    "garden": "花园",
}


def ends(rng: Random) -> dict[str, Any]:
    """Four things with low and high marks against middle ones; size and proof go their own ways."""
    words = {(True, False): "basic", (False, True): "exciting", (True, True): "both", (False, False): "none"}

    def contrast(shown: bool, large: bool) -> tuple[float, float]:
        """Return a number above 0 and half of its interval, in tenths."""
        size = rng.randrange(32, 64) if large else rng.randrange(11, 20)
        half = round(size * rng.uniform(0.4, 0.75)) if shown else size + rng.randrange(3, 20)
        return size / 10, half / 10

    while True:
        found = {
            name: [(rng.random() < 0.5, rng.random() < 0.5) for _ in "ab"]
            for name in rng.sample(list(THINGS), 4)
        }
        flat = [pair for both in found.values() for pair in both]
        kinds = {tuple(shown for shown, _ in both) for both in found.values()}
        if (False, True) in flat and (True, False) in flat and len(kinds) >= 3:
            break
    numbers = {name: [contrast(*end) for end in both] for name, both in found.items()}

    def written(sign: int, size: float, half: float, to: str) -> str:
        low, high = sign * size - half, sign * size + half
        return f"{sign * size:.1f} ({low:.1f} {to} {high:.1f})".replace("-", "−")

    def row(name: str, zh: bool) -> str:
        (low, high), to = numbers[name], "至" if zh else "to"
        cells = f"| {written(-1, *low, to)} | {written(1, *high, to)} |"
        return f"| `{name}`{' ' + THINGS[name] if zh else ''} {cells}"

    table = ["\n".join(row(name, zh) for name in found) for zh in (False, True)]
    head = "| --- | --- | --- |\n"

    def classed(judge: Any) -> dict[str, str]:
        return {name: words[judge(*both)] for name, both in found.items()}

    answer = classed(lambda low, high: (low[0], high[0]))
    swapped = {"basic": "exciting", "exciting": "basic"}
    larger = {name: "basic" if low[0] > high[0] else "exciting" for name, (low, high) in numbers.items()}
    return {
        "en": "What low and high marks add to a hotel's points, against middle marks, all else alike (interval). "
        'Class each thing by its intervals: `"basic"` (only punishes), `"exciting"` (only rewards), `"both"` or '
        f'`"none"`. Answer with a dictionary.\n\n| | low | high |\n{head}{table[0]}',
        "zh_CN": "其他条件相同时，与中等分相比，低分和高分使一家酒店的总分变化多少（括号内为区间）？请按区间归类："
        '`"basic"`（只有惩罚）、`"exciting"`（只有奖励）、`"both"`（两者都有）或 `"none"`（都没有）。'
        f"请用字典作答。\n\n| | 低分 | 高分 |\n{head}{table[1]}",
        "answer": answer,
        "wrong": {
            "sizes-for-intervals": classed(lambda low, high: (low[1], high[1])),
            "larger-end-wins": larger,
            "ends-swapped": {name: swapped.get(word, word) for name, word in answer.items()},
            "small-is-none": classed(lambda low, high: (all(low), all(high))),
            "one-open-end-decides": classed(lambda low, high: (low[0] and high[0],) * 2),
            "zero-means-shown": classed(lambda low, high: (not low[0], not high[0])),
        },
    }


SHOPS = [
    (
        ("theatre", "剧院"),
        {"seats": "座椅", "bar": "酒吧", "ushers": "领座员", "heating": "供暖", "website": "网站"},
    ),
    (
        ("garden centre", "园艺中心"),
        {"trolleys": "推车", "advice": "咨询", "delivery": "送货", "signs": "路牌", "cafe": "咖啡角"},
    ),
    (
        ("dentist", "牙科诊所"),
        {"chairs": "诊椅", "calendar": "预约", "course": "培训", "music": "音乐", "leaflet": "手册"},
    ),
]


def spend(rng: Random) -> dict[str, Any]:
    """Five levers for at most 100: the best plan, and the one lift that could change it."""
    firm, names = rng.choice(SHOPS)
    while True:
        drawn = _levers(rng)
        asked = _asked(drawn)
        if asked is not None:
            break
    plans, first, others = asked
    named = dict(zip(range(5), rng.sample(list(names), 5), strict=True))
    order = rng.sample(list(plans), 5)
    letter = {kind: "ABCDE"[n] for n, kind in enumerate(order)}
    rows = sorted(range(5), key=lambda i: -drawn[i]["correlation"])
    table = [
        "\n".join(
            f"| `{named[i]}`{' ' + names[named[i]] if zh else ''} | {drawn[i]['cost']} | {drawn[i]['correlation']:.2f} "
            + "".join(f"| {drawn[i][column]:.1f} " for column in ("slope", "lift", "low", "high"))
            + "|"
            for i in rows
        )
        for zh in (False, True)
    ]
    listed = [
        f"**{letter[kind]}** " + ", ".join(named[i] for i in rows if i in plans[kind]) for kind in order
    ]
    right = {"plan": letter["best"], "first": named[first]}
    head = "| --- | --- | --- | --- | --- | --- | --- |\n"
    return {
        "en": f"A {firm[0]} can buy each lever once. Slope: overall points for one point of its rating. Lift: how far it "
        "raises that rating. Which plan brings most for at most 100? Which one lift, turning out lowest or highest, "
        'would change the best plan? Answer with a dictionary of `"plan"` (a letter) and `"first"` (a lever). '
        f"Plans: {'; '.join(listed)}.\n\n"
        f"| lever | cost | correlation | slope | lift | lowest | highest |\n{head}{table[0]}",
        "zh_CN": f"一家{firm[1]}的每项举措只能买一次。斜率：该评分每高一分，总体评分高多少。提升幅度：举措能把该评分"
        "提高多少。费用至多 100，哪个方案得分最高？哪一项提升幅度若取最低或最高值，会改变最优方案？请用字典作答，"
        f'键为 `"plan"`（字母）和 `"first"`（举措）。方案：{"；".join(listed)}。\n\n'
        f"| 举措 | 费用 | 相关系数 | 斜率 | 提升幅度 | 最低 | 最高 |\n{head}{table[1]}",
        "answer": right,
        "wrong": {
            **{kind: {**right, "plan": letter[kind]} for kind in plans if kind != "best"},
            **{kind: {**right, "first": named[i]} for kind, i in others.items()},
        },
    }


def _levers(rng: Random) -> list[dict[str, Any]]:
    """Draw a bargain, a pair, a steep slope that is hardly moved, and one that only goes along."""

    def lever(
        cost: tuple[int, int], slope: tuple[int, int], lift: tuple[int, int], least: int, most: int
    ) -> dict[str, Any]:
        middle = rng.randrange(*lift)
        return {
            "cost": rng.randrange(*cost, 5),
            "slope": rng.randrange(*slope) / 10,
            "lift": middle / 10,
            "low": (middle - rng.randint(1, least)) / 10,
            "high": (middle + rng.randint(1, most)) / 10,
        }

    unsure = rng.choice([0, 1])  # which guess may matter: the bargain's or one of the pair's
    drawn = [
        lever((60, 80), (20, 40), (10, 20), 5, 7 if unsure == 0 else 1),
        lever((40, 60), (20, 45), (7, 14), 2 if unsure == 0 else 5, 4),
        lever((40, 60), (20, 45), (6, 14), 2, 4),
        lever((35, 50), (45, 60), (2, 4), 1, 2),
        lever((50, 65), (4, 9), (12, 20), 6, 13),
    ]
    correlations = rng.sample(range(28, 46), 4)
    for each, correlation in zip(drawn, [*correlations, rng.randrange(48, 58)], strict=True):
        each["correlation"] = correlation / 100
    return drawn


PAIRS = [set(pair) for pair in combinations(range(5), 2)]


def _best(levers: list[dict[str, Any]]) -> set[int] | None:
    """Return the best plan for at most 100, None where another comes close; three cost more in any case."""

    def gain(plan: set[int]) -> float:
        return sum(levers[i]["slope"] * levers[i]["lift"] for i in plan)

    plans = [*PAIRS, *({i} for i in range(5))]
    fit = [plan for plan in plans if sum(levers[i]["cost"] for i in plan) <= 100]
    one, two = sorted(fit, key=gain, reverse=True)[:2]
    return one if gain(one) - gain(two) > 0.095 else None


def _asked(levers: list[dict[str, Any]]) -> tuple[dict[str, set[int]], int, dict[str, int]] | None:
    """Return the plans to choose from, the lift to measure first and levers to mistake for it, if they fit."""
    best = _best(levers)
    gains = [v["slope"] * v["lift"] for v in levers]
    costs = [v["cost"] for v in levers]
    cheap = [pair for pair in PAIRS if sum(costs[i] for i in pair) <= 100]

    def top(known: list[set[int]], value: Any) -> set[int]:
        return max(known, key=lambda pair: sum(value(i) for i in pair))

    # The bargain is the best lever, and what is left over buys nothing; 3 is steep, 4 goes along.
    if (
        best not in PAIRS
        or max(range(5), key=gains.__getitem__) != 0
        or max(range(5), key=lambda i: gains[i] / costs[i]) != 0
        or costs[0] + min(costs[1:]) <= 100
    ):
        return None
    plans = {
        "best": best,
        "best-single": {0},
        "correlation-for-slope": top(cheap, lambda i: levers[i]["correlation"]),
        "over-budget": top(PAIRS, gains.__getitem__),
        "slope-alone": top(cheap, lambda i: levers[i]["slope"]),
    }
    wide = max(range(5), key=lambda i: levers[i]["high"] - levers[i]["low"])
    if (
        len(set(map(frozenset, plans.values()))) != 5
        or plans["over-budget"] in cheap
        or not plans["correlation-for-slope"] <= {3, 4}
        or 3 not in plans["slope-alone"]
        or wide != 4
    ):
        return None
    first: set[int] = set()
    for i, each in enumerate(levers):
        for end in ("low", "high"):
            plan = _best([{**v, "lift": each[end]} if n == i else v for n, v in enumerate(levers)])
            if plan is None:
                return None
            first |= {i} if plan != best else set()
    if len(first) != 1 or first & {3, 4}:
        return None
    others = {"widest-range": 4, "steepest-slope": 3, "part-of-the-plan": min(best - first)}
    return plans, first.pop(), others


BUYERS = [
    ("Kestrel Foods", "翠鸟食品"),
    ("Orbis Steel", "环球钢铁"),
    ("Lind Paper", "菩提纸业"),
    ("Marlow Toys", "马洛玩具"),
    ("Harbour Glass", "海港玻璃"),
]
# What a customer says, what no question was about; the first four worry, the last three please.
SAID = [
    (
        "Your invoices do not fit our new software. We have asked two others.",
        "你们的发票和我们的新软件对不上。我们已经问了另外两家。",
        "invoices",
        "发票",
    ),
    ("Our new owner buys from his brother.", "我们的新老板从他兄弟那里进货。", "owners", "老板"),
    (
        "From spring we shall make the part ourselves.",
        "从春天起，我们自己生产这个零件。",
        "own production",
        "自产",
    ),
    (
        "Your driver blocks our gate. We are looking around.",
        "你们的司机总堵住我们的大门。我们在找别家。",
        "drivers",
        "司机",
    ),
    (
        "Your engineer saved our Christmas. We have signed for three years.",
        "你们的工程师救了我们的圣诞季。我们签了三年。",
        "engineers",
        "工程师",
    ),
    (
        "All our plants will order from you from May.",
        "从五月起，我们所有工厂都向你们订货。",
        "plants",
        "工厂",
    ),
    (
        "Our boss learned his trade with you. We stay.",
        "我们老板的手艺是在你们那里学的。我们不走。",
        "the boss",
        "老板",
    ),
]


def relied(rng: Random) -> dict[str, Any]:
    """One customer against the model, and what to do."""
    name, zh = rng.choice(BUYERS)
    place = rng.randrange(len(SAID))
    worry = place < 4
    said, said_zh, about, about_zh = SAID[place]
    r2 = rng.randrange(55, 80)
    points = rng.randrange(78, 93) if worry else rng.randrange(35, 52)
    call, call_zh = ("at risk", "有流失风险") if worry else ("safe for now", "暂时稳定")
    options = {
        "right": (f"Call {name} {call}; add an open question.", f"把{zh}列为{call_zh}；再加一道开放题。"),
        "many-against-one": (
            f"Keep to {points}; many answers outweigh one talk.",
            f"坚持 {points} 分；许多回答胜过一次谈话。",
        ),
        "one-miss-refutes": (f"Drop the model; {name} has proved it wrong.", f"放弃模型；{zh}已证明它错了。"),
        "fit-as-probability": (
            f"Plan with {points}; it holds with a chance of {r2} %.",
            f"按 {points} 分计划；它应验的概率为 {r2} %。",
        ),
    }
    order = rng.sample(list(options), 4)
    listed = [
        "\n".join(f"- **{a}** {options[kind][n]}" for a, kind in zip("ABCD", order, strict=True))
        for n in (0, 1)
    ]
    letter = dict(zip(order, "ABCD", strict=True))
    return {
        "en": f"A model explains {r2} % of the variation of satisfaction. For {name} it expects {points} of 100. "
        f'Its buyer: "{said}" No question was about {about}. What should the account manager do? '
        f"Answer with a letter.\n\n{listed[0]}",
        "zh_CN": f"一个模型解释了满意度变动的 {r2} %。它预计{zh}为 {points} 分（满分 100）。该公司的采购员说："
        f"“{said_zh}”没有一道题问到{about_zh}。客户经理该怎么办？请用字母作答。\n\n{listed[1]}",
        "options": "ABCD",
        "answer": letter.pop("right"),
        "wrong": letter,
    }


def arrows(rng: Random) -> tuple[dict[tuple[str, str], float], str, str]:
    """A model without circles, its arrows in any order; now and then no way, no arrow, nothing at all."""
    names = rng.sample(
        ["image", "price", "speed", "trust", "value", "joy", "return"], rng.choice([2, 3, 4, 4, 5, 5, 6])
    )
    paths: dict[tuple[str, str], float] = {}
    dense = rng.uniform(0.4, 0.95)
    for i, name in enumerate(names):
        for j in range(i + 1, len(names)):
            if rng.random() < (0.95 if j == i + 1 else dense * 0.7):
                sign = -1 if rng.random() < 0.2 else 1
                paths[name, names[j]] = sign * rng.randrange(1, 19) / 20
    start, end = names[0], names[-1]
    kind = rng.random()
    if kind < 0.08:
        start, end = end, start
    elif kind < 0.14:
        start = rng.choice(["parking", "music"])
    elif kind < 0.2:
        end = "parking"
    elif kind < 0.32:
        start, end = rng.sample(names, 2)
    elif kind < 0.5:
        paths.pop((start, end), None)
    elif kind < 0.56:
        paths = {}
    else:
        paths.setdefault((start, end), rng.randrange(1, 19) / 20)
    drawn = list(paths.items())
    rng.shuffle(drawn)
    return dict(drawn), start, end


def budget(rng: Random) -> tuple[list[dict[str, Any]], dict[str, float], dict[str, float], int]:
    """Levers on a few ratings, with room or without, and a budget that may just do, or not at all."""
    while True:
        levers, slopes, room, money = _drawn(rng)
        found = sorted(
            (_gain(plan, slopes, room), -sum(lever["cost"] for lever in plan))
            for size in range(len(levers) + 1)
            for plan in combinations(levers, size)
            if sum(lever["cost"] for lever in plan) <= money
        )
        best = found[-1]
        if best in found[:-1] or (best[0] == 0 and rng.random() < 0.7):
            continue  # one best plan alone, and rarely an empty one
        if best[0] > 0 and rng.random() < 0.4:
            money = int(-best[1])  # spent to the last euro
        return levers, slopes, room, money


def _gain(plan: Any, slopes: dict[str, float], room: dict[str, float]) -> float:
    lifts = {name: sum(lever["lift"] for lever in plan if lever["rating"] == name) for name in slopes}
    return sum(slope * min(lifts[name], room[name]) for name, slope in slopes.items())


def _drawn(rng: Random) -> tuple[list[dict[str, Any]], dict[str, float], dict[str, float], int]:
    ratings = rng.sample(["food", "crew", "speed", "rooms"], rng.choice([1, 2, 3, 3, 4]))
    slopes = {name: rng.choice([0.5, 1, 1.5, 2, 3, 4, 5, 6]) for name in ratings}
    if rng.random() < 0.15:
        slopes[ratings[0]] = 0
    room = {name: rng.choice([0.25, 0.5, 0.75, 1.0, 1.0, 1.5, 5, 6]) for name in ratings}
    if rng.random() < 0.15:
        room[ratings[-1]] = 0
    words = ["app", "desk", "ramp", "menu", "wifi", "course", "paint", "kiosk"]
    levers: list[dict[str, Any]] = [
        {
            "lever": word,
            "rating": rng.choice(ratings),
            "cost": rng.randrange(20, 85, 5),
            "lift": rng.choice([0.25, 0.5, 0.75, 1.0, 1.5]),
        }
        for word in rng.sample(words, rng.choice([2, 3, 4, 4, 5, 5, 6, 6]))
    ]
    kind = rng.random()
    if kind < 0.15:
        levers = []
    least = min([lever["cost"] for lever in levers], default=50)
    if kind < 0.3:
        return levers, slopes, room, max(0, least - rng.choice([1, 5, 50]))
    return levers, slopes, room, least + rng.randrange(20, 160)


QUESTIONS = {
    "m06-steps": steps,
    "m06-twins": twins,
    "m06-ends": ends,
    "m06-spend": spend,
    "m06-relied": relied,
}
INPUTS = {"m06-effects": arrows, "m06-plan": budget}
RULES: dict[str, dict[str, Any]] = {"m06-plan": {"ordered": False}}
