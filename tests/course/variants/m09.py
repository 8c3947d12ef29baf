"""Module 09 on other data: how the questions and the inputs of functions are drawn."""

from __future__ import annotations

from itertools import combinations
from random import Random
from typing import Any

ROLES = ("decider", "user", "buyer", "technical")
NAMES = [
    "Aoda", "Bohai", "Changxin", "Deli", "Fuda", "Guangming", "Haitian", "Jinyu",
    "Lantian", "Nanfeng", "Ronghua", "Shengda", "Tianhe", "Wanli", "Yongan", "Zhenhua",
]  # fmt: skip
POWERS = {
    "weighted": ("nobody alone", "没有人能独自叫停"),
    "veto": ("the decider", "决策人"),
    "minimum": ("each of the four", "四人中的每一位"),
}
Ends = tuple[float, float]


def _scores(said: list[int | None]) -> dict[str, Ends]:
    """Return both ends of the score by each rule; the decider comes first and may be silent."""
    found: dict[str, list[float]] = {rule: [] for rule in POWERS}
    for end in (1, 5):
        full = [end if given is None else given for given in said]
        score = 0.4 * full[0] + 0.2 * sum(full[1:])
        found["weighted"].append(round(score, 1))
        found["veto"].append(round(min(score, full[0]), 1))
        found["minimum"].append(min(full))
    return {rule: (ends[0], ends[1]) for rule, ends in found.items()}


def below(rng: Random) -> dict[str, Any]:
    """Two accounts with a silent decider, two with the same answers and another power."""

    def judged(ends: Ends) -> str:
        return "below" if ends[1] < line else "above" if ends[0] > line else "open"

    while True:
        line = rng.choice([2.5, 3.5, 3.5])
        rules = [rng.choice(list(POWERS)) for _ in range(2)] + ["weighted", rng.choice(["veto", "minimum"])]
        heard = [[rng.randrange(1, 6) for _ in range(3)] for _ in range(2)]
        alike: list[int | None] = [rng.randrange(1, 6) for _ in range(4)]
        said = [*([None, *row] for row in heard), alike, alike]
        scores = [_scores(row) for row in said]
        right = [judged(ends[rule]) for ends, rule in zip(scores, rules, strict=True)]
        if right[:2].count("open") == 1 and right[2:] == ["above", "below"] and rules[0] != rules[1]:
            break
    names = rng.sample(NAMES, 4)
    shown = rng.sample(range(4), 4)

    def told(*changed: str, at: int = 0) -> dict[str, str]:
        verdicts = [*right[:at], *changed, *right[at + len(changed) :]]
        return {names[i]: verdicts[i] for i in shown}

    def table(zh: int) -> str:
        return "\n".join(
            f"| {names[i]} | {POWERS[rules[i]][zh]} | "
            + " | ".join("NaN" if given is None else str(given) for given in said[i])
            + " | "
            + " | ".join(f"{scores[i][rule][0]:.1f}–{scores[i][rule][1]:.1f}" for rule in POWERS)
            + " |"
            for i in shown
        )

    rest = ["above" if sum(row) / 3 > line else "below" for row in heard]
    lowest = [
        "below" if ends[rule][0] < line else "above" for ends, rule in zip(scores[:2], rules[:2], strict=True)
    ]
    changes = [new for new, old in zip(rest, right[:2], strict=True) if new != old]
    ruled = "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    return {
        "en": f'By the rule that suits the account, is the score `"below"` {line}, `"above"` it, or `"open"`? '
        "NaN: asked and silent. The last columns show by each rule where the score lies, whatever the silent would "
        "have said. Answer with a dictionary of the accounts.\n\n"
        "| account | who can stop an order | decider | user | buyer | technical | weighted | veto | minimum |\n"
        f"{ruled}\n{table(0)}",
        "zh_CN": f'按适合该客户的规则，得分是低于 {line}（`"below"`）、高于它（`"above"`），还是没有结论（`"open"`）？'
        "NaN 表示被问到但沉默。后三列是各规则下得分所在的区间，无论沉默的人会怎么说。请用字典作答，键为客户名。\n\n"
        "| 客户 | 谁能叫停订单 | 决策人 | 使用者 | 采购者 | 技术人员 | 加权 | 否决 | 最低 |\n"
        f"{ruled}\n{table(1)}",
        "answer": told(),
        "wrong": {
            **({"rest-speaks": told(*rest)} if changes and set(changes) == {"above"} else {}),
            **({"silence-as-worst": told(*lowest)} if set(lowest) == {"below"} else {}),
            "silence-always-open": told("open", "open"),
            "ends-of-other-rule": told(right[1], right[0]),
            "open-without-silence": told("open", "open", at=2),
            "sum-for-all": told("above", "above", at=2),
            "harsh-for-all": told("below", "below", at=2),
            "powers-swapped": told("below", "above", at=2),
        },
    }


def margin(rng: Random) -> dict[str, Any]:
    """Four accounts, the largest dear to serve; a narrow range crosses a line, a wide one does not."""
    high, medium = rng.choice([(4.0, 1.5), (5.0, 2.0), (6.0, 2.5), (3.0, 1.0)])
    tiers = ["high", "medium", "low"]

    def tier(amount: float) -> str:
        return tiers[(amount < high) + (amount < medium)]

    while True:
        revenue = sorted(rng.sample(range(6, 40), 4), reverse=True)
        cost = [rng.choice([3.2, 4.0, 4.8])] + [rng.choice([0.4, 0.8, 1.2, 1.6, 2.0]) for _ in range(3)]
        gross = [round(c + rng.randrange(2, 75) / 10, 1) for c in cost]
        left = [round(g - c, 1) for g, c in zip(gross, cost, strict=True)]
        low = [round(g - 1.25 * c, 2) for g, c in zip(gross, cost, strict=True)]
        best = [round(g - 0.75 * c, 2) for g, c in zip(gross, cost, strict=True)]
        firm = [tier(a) == tier(b) for a, b in zip(low, best, strict=True)]
        wide = sorted(range(4), key=lambda i: cost[i])[2:]
        narrow = [i not in wide for i in range(4)]
        crossed = [{line for line in (high, medium) if a < line <= b} for a, b in zip(low, best, strict=True)]
        apart = all(abs(end - line) > 0.04 for end in low + left + best for line in (high, medium))
        lines = {line for each in crossed for line in each}
        plausible = all(r > g > 0 for r, g in zip(revenue, gross, strict=True)) and len(set(cost)) == 4
        if (
            apart and plausible and len(lines) == 2 and min(low) > -1
            and any(firm[i] for i in wide) and not all(firm[i] for i in range(4) if narrow[i])
            and tier(left[0]) != "high" and tier(gross[0]) != tier(left[0])
        ):  # fmt: skip
            break
    names = rng.sample(NAMES, 4)
    order = sorted(range(4), key=lambda i: names[i])
    one = rng.choice([high, medium])
    size = [tiers[(i > 0) + (i == 3)] for i in range(4)]
    table = "\n".join(
        f"| {names[i]} | {revenue[i]} | {gross[i]:.1f} | {cost[i]:.1f} | {low[i]:.1f} | {best[i]:.1f} |".replace(
            "-", "−"
        )
        for i in order
    )
    ruled = "| --- | --- | --- | --- | --- | --- |"
    sure, tiered = firm, [tier(amount) for amount in left]

    def told(of: list[str] = tiered, ends: list[bool] = sure) -> dict[str, dict[str, Any]]:
        return {"tier": {names[i]: of[i] for i in order}, "firm": {names[i]: ends[i] for i in order}}

    return {
        "en": f"The margin after the cost to serve makes the tier: high from {high:g} million, medium from {medium:g}, "
        "else low. Its low and high end: all rates a quarter higher, or lower. Answer with a dictionary of two "
        'dictionaries of the accounts: `"tier"` (`"high"`, `"medium"`, `"low"`, at the rates as they are) and '
        '`"firm"` (`True` if the whole range lies in one tier).\n\n'
        f"| account | revenue | gross margin | cost to serve | margin, low | margin, high |\n{ruled}\n{table}",
        "zh_CN": f"层级由扣除服务成本后的利润（百万元）决定：{high:g} 起为 high，{medium:g} 起为 medium，其余为 low。"
        "利润的下端和上端分别对应所有费率高四分之一和低四分之一。请用含两个字典的字典作答（键为客户名）："
        '`"tier"`（按现有费率，`"high"`、`"medium"` 或 `"low"`）和 `"firm"`（整个区间在同一层级内为 `True`）。\n\n'
        f"| 客户 | 收入 | 毛利 | 服务成本 | 利润下端 | 利润上端 |\n{ruled}\n{table}",
        "answer": told(),
        "wrong": {
            "before-serving": told([tier(amount) for amount in gross]),
            "revenue-for-margin": told([tier(amount) for amount in revenue]),
            "best-end": told([tier(amount) for amount in best]),
            "worst-end": told([tier(amount) for amount in low]),
            "size-of-customer": told(size),
            "firm-upside-down": told(ends=[not flag for flag in firm]),
            "width-for-crossing": told(ends=narrow),
            "one-line-only": told(ends=[one not in each for each in crossed]),
            "never-firm": told(ends=[False] * 4),
            "always-firm": told(ends=[True] * 4),
        },
    }


CHANCES = [
    {"both": (50, 90), "one": (5, 20), "neither": (0, 5), "silent": (0, 50)},
    {"both": (40, 80), "one": (10, 30), "neither": (0, 10), "silent": (0, 60)},
    {"both": (60, 90), "one": (5, 25), "neither": (0, 5), "silent": (5, 60)},
]


def risk(rng: Random) -> dict[str, Any]:
    """A hostage, a silent decider, one with both, and one more."""
    chances, year = rng.choice(CHANCES), rng.randrange(2026, 2030)
    line = rng.choice([3.0, 3.5])
    low, high = int(10 * line) - 1, int(10 * line) + 1
    last = rng.choice(["free", "bound", "content"])
    later = year + rng.randrange(1, 4)
    rows: dict[str, list[Any]] = {
        "hostage": [rng.randrange(11, 20) / 10, 0, year],
        "silent": [None, rng.randrange(4), rng.choice([year, later])],
        "both": [rng.randrange(21, low) / 10, rng.randrange(1, 4), year],
    }
    rows[last] = {
        "free": [rng.randrange(high, 47) / 10, rng.randrange(1, 4), later],
        "bound": [rng.randrange(21, low) / 10, rng.randrange(1, 4), later],
        "content": [rng.randrange(high, 47) / 10, rng.randrange(1, 4), year],
    }[last]
    kinds = list(rows)
    rng.shuffle(kinds)
    names = dict(zip(kinds, sorted(rng.sample(NAMES, 4)), strict=True))
    pays = dict(zip(kinds, rng.sample(range(4, 41), 4), strict=True))
    bands = {
        "hostage": "one",
        "silent": "silent",
        "both": "both",
        "free": "neither",
        "bound": "one",
        "content": "one",
    }
    own = {kind: bands[kind] for kind in kinds}

    def sums(of: dict[str, str], kept: Any = kinds, money: Any = pays) -> list[float]:
        return [sum(money[kind] * chances[of[kind]][side] for kind in kept) / 100 for side in (0, 1)]

    def told(ends: list[float] | None = None, /, **changed: str) -> dict[str, Any]:
        of = {**own, **changed}
        found = sums(of) if ends is None else ends
        return {**{names[k]: of[k] for k in kinds}, "low": round(found[0], 4), "high": round(found[1], 4)}

    right = sums(own)
    mean = [sum(pays.values()) * sum(chances[own[kind]][side] for kind in kinds) / 400 for side in (0, 1)]
    rival = {"free": "one", "bound": "both"}

    def table(silent: str) -> str:
        return "\n".join(
            f"| {names[k]} | {pays[k]} | {rows[k][0] or silent} | {rows[k][1]} | {rows[k][2]} |"
            for k in kinds
        )

    def share(band: str, to: str) -> str:
        return f"{chances[band][0]}{to}{chances[band][1]} %"

    ruled = "| --- | --- | --- | --- | --- |"
    filled = rng.choice(["one", "both"])
    return {
        "en": f"Reason: score below {line}. Way: a rival is approved and the contract ends in {year}; both are needed. "
        f"Chance of loss: reason and way {share('both', ' to ')}, one of them {share('one', ' to ')}, neither "
        f"{share('neither', ' to ')}; decider silent, whatever the rest, {share('silent', ' to ')}. Answer with a "
        'dictionary: for each account its band (`"both"`, `"one"`, `"neither"`, `"silent"`), and under `"low"` and '
        '`"high"` the revenue at risk of all four together.\n\n'
        f"| account | pays (million) | score | rivals approved | contract ends |\n{ruled}\n{table('decider silent')}",
        "zh_CN": f"理由：得分低于 {line}。出路：已认可其他供应商，并且合同在 {year} 年到期，两者缺一不可。"
        f"流失概率：两项都有 {share('both', ' 至 ')}，有其一 {share('one', ' 至 ')}，都没有 {share('neither', ' 至 ')}；"
        f"决策人沉默时，无论其他情况如何，均为 {share('silent', ' 至 ')}。请用字典作答：每家客户的档位"
        '（`"both"`、`"one"`、`"neither"` 或 `"silent"`），以及四家合计的风险收入，键为 `"low"` 和 `"high"`。\n\n'
        f"| 客户 | 年付（百万元） | 得分 | 认可的其他供应商 | 合同到期 |\n{ruled}\n{table('决策人沉默')}",
        "answer": told(),
        "rounding": 2,
        "wrong": {
            "silence-filled": told(silent=filled),
            "hostage-leaves": told(hostage="both"),
            "hostage-is-safe": told(hostage="neither"),
            **({"rival-is-a-way": told(**{last: rival[last]})} if last in rival else {}),
            "product-of-averages": told(mean),
            "silent-left-out": told(sums(own, [kind for kind in kinds if kind != "silent"])),
            "middle-for-range": told([sum(right) / 2] * 2),
            "mean-for-sum": told([end / 4 for end in right]),
            "per-cent-kept": told([100 * end for end in right]),
            "largest-alone": told(sums(own, ["both"])),
            "chances-added": told(sums(own, money=dict.fromkeys(kinds, 1))),
            "ends-swapped": told(right[::-1]),
        },
    }


FACTORS = {"M": 3, "O": 2, "A": 1}
MIDDLES = (0.025, 0.125, 0.25, 0.7)


def _places(urgency: list[float], classes: list[str]) -> list[tuple[int, int]]:
    """Return best and worst place if the factor of each class is up to a quarter off."""
    found: list[tuple[int, int]] = []
    for i, own in enumerate(urgency):
        others = [(u, classes[j] == classes[i]) for j, u in enumerate(urgency) if j != i]
        best = 1 + sum(u > own if same else 0.75 * u > 1.25 * own for u, same in others)
        worst = 1 + sum(u > own if same else 1.25 * u > 0.75 * own for u, same in others)
        found.append((best, worst))
    return found


def _first_two(values: list[float]) -> set[int]:
    return set(sorted(range(len(values)), key=lambda i: -values[i])[:2])


def _apart(values: list[float], *ratios: float) -> bool:
    """Tell whether no two values stand in one of the ratios, nearly."""
    return all(
        abs(max(a, b) / min(a, b) / ratio - 1) > 0.04 for a, b in combinations(values, 2) for ratio in ratios
    )


def fund(rng: Random) -> dict[str, Any]:
    """Five proposals and two lists of urgency; of the first two by what may go, one place is settled."""
    while True:
        classes = ["M", rng.choice("MO"), "A", *rng.choices("MOA", k=2)]
        size = [4 * n for n in [rng.randrange(9, 13), *rng.sample(range(1, 8), 4)]]
        middle = [0.025, *rng.choices(MIDDLES, k=4)]
        gap = [n / 10 for n in rng.sample(range(5, 21), 5)]
        money = [round(s * m, 1) for s, m in zip(size, middle, strict=True)]
        cost = [g * FACTORS[c] for g, c in zip(gap, classes, strict=True)]
        by_size = [c * s for c, s in zip(cost, size, strict=True)]
        by_risk = [c * m for c, m in zip(cost, money, strict=True)]
        if not (
            _apart(by_size, 1, 5 / 3) and _apart(by_risk, 1, 5 / 3) and _apart(money, 1) and _apart(cost, 1)
        ):
            continue
        places, of_size = _places(by_risk, classes), _places(by_size, classes)
        two, large = _first_two(by_risk), _first_two(by_size)
        sure = [i for i in two if places[i][1] <= 2]
        fixed = [i for i in large if of_size[i][1] <= 2 and i not in two]
        if len(sure) == 1 and fixed and 0 in large and 0 not in two:
            break
    settled = sure[0]
    names = sorted(rng.sample(NAMES, 5))
    order = rng.sample(range(5), 5)
    named = {i: names[place] for place, i in enumerate(order)}

    def told(of: set[int] = two, one: int = settled) -> dict[str, Any]:
        return {**{named[i]: i in of for i in order}, "settled": named[one]}

    wrong = {"by-size": told(large), "largest-shortfall": told(_first_two(gap))}
    by_money, without = _first_two(money), _first_two(cost)
    if any(classes[i] == "A" for i in by_money - two):
        wrong["money-without-class"] = told(by_money)
    if any(middle[i] < 0.1 for i in without - two):
        wrong["money-forgotten"] = told(without)
    wrong["settled-by-size"] = told(one=fixed[0])
    wrong["place-of-today"] = told(one=next(i for i in two if i != settled))
    outside = [i for i in range(5) if i not in two and i != fixed[0]]
    for i in outside:
        if places[i][0] <= 2:
            wrong["best-place"] = told(one=i)
        elif places[i][0] == places[i][1]:
            wrong["steady-not-first"] = told(one=i)
    table = "\n".join(
        f"| {named[i]} | {classes[i]} | {gap[i]} | {size[i]} | {money[i]} "
        f"| {by_size[i]:.1f} ({of_size[i][0]}–{of_size[i][1]}) | {by_risk[i]:.1f} ({places[i][0]}–{places[i][1]}) |"
        for i in order
    )
    ruled = "| --- | --- | --- | --- | --- | --- | --- |"
    return {
        "en": "There is money for two of five proposals, to protect the revenue that may go. Urgency is shortfall "
        "times Kano factor times money; in brackets the best and the worst place if each factor is up to a quarter "
        "off. Answer with a dictionary: `True` for the two most urgent accounts, else `False`; and under "
        '`"settled"` the one of these two that stays in the first two places whatever the factors.\n\n'
        "| account | Kano class | shortfall | revenue | may go | urgency by revenue | urgency by what may go |\n"
        f"{ruled}\n{table}",
        "zh_CN": "资金只够五项提议中的两项，用来保住可能走掉的收入。紧迫度等于差距乘 Kano 系数乘金额；"
        "括号内是各系数偏差至多四分之一时的最好和最差名次。请用字典作答：最紧迫的两家为 `True`，其余为 `False`；"
        '另在 `"settled"` 下写出这两家中无论系数如何都留在前两名的一家。\n\n'
        "| 客户 | Kano 类别 | 差距 | 收入 | 可能走掉 | 按收入的紧迫度 | 按可能走掉的紧迫度 |\n"
        f"{ruled}\n{table}",
        "answer": told(),
        "wrong": wrong,
    }


def _weights(rng: Random, roles: list[str]) -> dict[str, float]:
    """Weights that sum to 1, in tenths, or points; the roles in any order."""
    roles = rng.sample(roles, len(roles))
    if rng.random() < 0.5:
        cuts = sorted(rng.sample(range(1, 10), len(roles) - 1))
        return {role: (b - a) / 10 for role, a, b in zip(roles, [0, *cuts], [*cuts, 10], strict=True)}
    return {role: rng.choice([1, 2, 3, 5, 0.5, 0.2, 0.1]) for role in roles}


def means_and_weights(rng: Random) -> tuple[dict[str, float], dict[str, float]]:
    """Means of roles in any order; now and then nobody holds a role."""
    held = rng.sample(ROLES, rng.choice([1, 2, 3, 3, 3, 4, 4, 4, 4, 4]))
    means = {role: rng.choice([1, 2, 2.5, 3, 3.5, 4, 4.5, 5]) for role in held}
    absent = [role for role in ROLES if role not in held and rng.random() < 0.7]
    return means, _weights(rng, [*held, *absent])


def people(rng: Random) -> tuple[list[tuple[str, int | None]], dict[str, float], str]:
    """People of some roles, several in one, silent ones among them; now and then nobody."""
    held = rng.sample(ROLES, rng.choice([0, 1, 2, 3, 3, 4, 4, 4]))
    quiet = rng.choice([0, 0.3, 0.3, 0.6])
    contacts = [
        (role, None if rng.random() < quiet else rng.randrange(1, 6))
        for role in held
        for _ in range(rng.choice([1, 1, 2, 3]))
    ]
    rng.shuffle(contacts)
    absent = [role for role in ROLES if role not in held and (not held or rng.random() < 0.6)]
    return contacts, _weights(rng, [*held, *absent]), rng.choice(["weighted", "minimum", "veto", "veto"])


BOARDS = [
    # Halves, quarters and the like: what is equally wide on paper is so in the machine.
    {"both": (0.5, 1.0), "one": (0.25, 0.5), "neither": (0.0, 0.25)},
    {"neither": (0.0, 0.125), "one": (0.0, 0.5), "both": (0.25, 0.75)},
    {"one": (0.125, 0.25), "both": (0.5, 0.875), "neither": (0.125, 0.1875)},
    {"both": (0.5, 0.9), "one": (0.05, 0.2), "neither": (0, 0.05)},
    {"neither": (0.01, 0.1), "both": (0.4, 0.8), "one": (0.1, 0.3)},
    {"both": (0.3, 0.95), "neither": (0.02, 0.03), "one": (0.02, 0.15)},
]
BINARY = 3
ORDER = ("neither", "one", "both")


def board_and_accounts(rng: Random) -> tuple[list[dict[str, Any]], dict[str, tuple[float, float]]]:
    """Accounts of which all, some or nothing is known; ties of width and of revenue; now and then none."""
    while True:
        number = rng.choice([0, 0, 1, 2, 3, 4, 5])
        bands = BOARDS[number]
        names = rng.sample(NAMES, rng.choice([0, 1, 2, 3, 3, 4, 4, 5, 6]))
        unknown = rng.choice([0, 0.3, 0.5, 0.7])
        base = rng.choice([3, 6, 10.5])
        customers: list[dict[str, Any]] = []
        found: list[tuple[float, float, int, int]] = []
        for name in names:
            signs = [None if rng.random() < unknown else rng.random() < 0.5 for _ in range(2)]
            least, most = signs.count(True), signs.count(True) + signs.count(None)
            width = bands[ORDER[most]][1] - bands[ORDER[least]][0]
            revenue = rng.choice([rng.randrange(1, 40), rng.randrange(2, 80) / 2, 12.0, 12.0])
            if number < BINARY and rng.random() < 0.7 and (2 * base / width).is_integer():
                revenue = base / width
            customers.append({"name": name, "revenue": revenue, "reason": signs[0], "way": signs[1]})
            if None in signs:
                found.append((revenue * width, revenue, least, most))
        # What is nearly as wide would hang on the last binary digit.
        near = any(a != b and abs(a[0] - b[0]) < 1e-6 for a, b in combinations(found, 2))
        if number < BINARY or not near:
            return customers, dict(bands)


QUESTIONS = {"m09-below": below, "m09-margin": margin, "m09-risk": risk, "m09-fund": fund}
INPUTS = {"m09-line": means_and_weights, "m09-range": people, "m09-stake": board_and_accounts}
RULES: dict[str, dict[str, Any]] = {}
