"""Module 08 on other data: how the questions and the inputs of functions are drawn."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Any


def distinct(answer: dict[str, Any], wrong: dict[str, Any]) -> bool:
    """Whether mistakes that differ from the answer differ from one another as well."""
    told = [value for value in wrong.values() if value != answer]
    return all(told.count(value) == 1 for value in told)


def hotel(rng: Random) -> dict[str, Any]:
    """A level that falls: which months make the limits, and which of four ring."""
    while True:
        calm, after = rng.randrange(13, 18), rng.choice([6, 7, 8, 8, 8])
        level, fall = rng.randrange(82, 92), rng.choice([3, 4, 5, 5])
        values = [level + rng.choice([-2, -1, 0, 0, 1, 2, 2]) for _ in range(calm)]
        values += [level - fall + rng.choice([-2, -1, 0, 1, 2, 3]) for _ in range(after)]
        centre = sum(values[:calm]) / calm
        reach = 2.66 * sum(abs(b - a) for a, b in pairwise(values[:calm])) / (calm - 1)
        ends = centre - reach, centre + reach
        # As rounded for print, the limits and the centre must say the same of every month.
        if any(abs(edge - value) < 0.15 for edge in (centre, *ends) for value in values):
            continue
        rows = [1]
        for one, two in pairwise(values):
            rows.append(rows[-1] + 1 if (one > centre) == (two > centre) else 1)
        if max(rows) > 8:
            continue
        outside = [not ends[0] < value < ends[1] for value in values]
        eighth = [
            month for month, row in enumerate(rows, 1) if row == 8 and month > calm and not outside[month - 1]
        ]
        late = [month for month in range(calm + 1, len(values) + 1) if month not in eighth]
        months = sorted([rng.randrange(3, calm), *rng.sample(late, 3 - len(eighth)), *eighth])

        def with_(rung: list[bool], number: int = calm, months: list[int] = months) -> dict[str, Any]:
            return {"calm": number, **{str(month): rung[month - 1] for month in months}}

        rings = [far or row == 8 for far, row in zip(outside, rows, strict=True)]
        answer = with_(rings)
        wrong = {
            "all-months": with_(rings, len(values)),
            "change-among-them": with_(rings, calm + 1),
            "one-left-out": with_(rings, calm - 1),
            "year-by-habit": with_(rings, 12),
            "months-after": with_(rings, after),
            "month-against-month": with_([False] + [b < a for a, b in pairwise(values)]),
            "limits-alone": with_(outside),
            "every-month-since": with_([number > calm for number in range(1, len(values) + 1)]),
            "run-alone": with_([row == 8 for row in rows]),
            "rings-upside-down": with_([not flag for flag in rings]),
        }
        rung = [rings[month - 1] for month in months]
        if calm > 13 and any(rung) and not all(rung[1:]) and distinct(answer, wrong):
            break
    asked = ", ".join(map(str, months[:-1]))
    form = ", ".join(f'"{month}": …' for month in months)
    low, high = (f"{end:.1f}" for end in ends)
    return {
        "en": f"How many of 100 hotel guests would come again, month by month: {values}. Since month {calm + 1} "
        f"another firm does the cleaning. The limits from all months before it are {low} to {high}, their centre {centre:.1f}. "
        f"How many months make these limits, and do months {asked} and {months[-1]} ring? A month rings outside "
        "the limits, or as the eighth in a row on one side of the centre. Answer with a dictionary of a number "
        f'and of `True` or `False`: `{{"calm": …, {form}}}`.',
        "zh_CN": f"每 100 位酒店客人中愿意再来的人数，逐月为：{values}。从第 {calm + 1} 个月起由另一家公司保洁。"
        f"用此前全部月份得出的控制限为 {low} 至 {high}，中心为 {centre:.1f}。有几个月参与了定限？"
        f"第 {asked.replace(', ', '、')} 和 {months[-1]} 个月报警吗？落在限外，或者是连续第八个在中心同侧的月份，"
        f'就算报警。请用字典作答，写一个数和 `True` 或 `False`：`{{"calm": …, {form}}}`。',
        "answer": answer,
        "wrong": wrong,
    }


def depots(rng: Random) -> dict[str, Any]:
    """Three depots: a large one, one whose orders go wrong, one whose customers order often."""
    while True:
        orders = {"big": rng.randrange(90, 150) * 100, "odd": rng.randrange(20, 50) * 100}
        orders["busy"] = rng.randrange(50, 80) * 100
        each = {"big": rng.choice([2.5, 3]), "odd": 2, "busy": rng.choice([5, 6, 8])}
        customers = {name: round(number / each[name] / 10) * 10 for name, number in orders.items()}
        rate = {"big": rng.uniform(1, 1.6), "odd": rng.uniform(2.2, 3.2), "busy": rng.uniform(1.4, 2)}
        complaints = {name: round(number * rate[name] / 100) for name, number in orders.items()}
        share = {
            "big": rng.uniform(0.14, 0.2),
            "odd": rng.uniform(0.15, 0.35),
            "busy": rng.uniform(0.15, 0.35),
        }
        left = {name: round(number * share[name]) for name, number in complaints.items()}

        def most(numbers: dict[str, int], by: dict[str, int] | None = None) -> str:
            per = [(number / (by[name] if by else 1), name) for name, number in numbers.items()]
            return max(per)[1]

        per_order, per_customer = most(complaints, orders), most(complaints, customers)
        part, count = most(left, complaints), most(left)
        shares = sorted(left[name] / complaints[name] for name in left)
        plain = [most(complaints), most(customers), count]
        clear = shares[2] - shares[1] > 0.02 and sorted(left.values())[2] > sorted(left.values())[1] + 2
        if [per_order, per_customer, *plain] == ["odd", "busy", *["big"] * 3] and part != "big" and clear:
            break
    places = dict(zip(rng.sample(list(orders), 3), ("North", "East", "South"), strict=True))
    keys = ("process", "relation", "neglect", "hands")

    def told(*kinds: str) -> dict[str, str]:
        return {key: places[kind] for key, kind in zip(keys, kinds, strict=True)}

    table = "\n".join(
        f"| {place} | {orders[kind]:,} | {customers[kind]:,} | {complaints[kind]} | {left[kind]} |"
        for kind, place in places.items()
    )
    ruled = "| --- | --- | --- | --- | --- |"
    return {
        "en": 'Which depot is it: `"North"`, `"East"` or `"South"`? `process`: an order most often leads to a '
        "complaint; `relation`: customers complain most, on average; `neglect`: the largest share of its "
        "complaints is open; `hands`: two more people would find the most complaints still to answer. Answer with a dictionary "
        "of these four names.\n\n"
        f"| | orders | customers | complaints | still open |\n{ruled}\n{table}",
        "zh_CN": '是哪家仓库：`"North"`、`"East"` 还是 `"South"`？`process`：订单最常引来投诉；'
        "`relation`：平均每位顾客投诉最多；`neglect`：投诉中未结的占比最大；"
        "`hands`：增派的两个人在那里有最多的投诉待答复。请用字典作答，键为这四个名称。\n\n"
        f"| | 订单 | 顾客 | 投诉 | 未结 |\n{ruled}\n{table}",
        "answer": told("odd", "busy", part, "big"),
        "wrong": {
            "bare-count": told("big", "big", part, "big"),
            "denominators-swapped": told("busy", "odd", part, "big"),
            "per-order-for-both": told("odd", "odd", part, "big"),
            "per-customer-for-both": told("busy", "busy", part, "big"),
            "open-count-for-share": told("odd", "busy", "big", "big"),
            "share-for-work": told("odd", "busy", part, part),
            "share-and-count-swapped": told("odd", "busy", "big", part),
            "open-per-order": told("odd", "busy", most(left, orders), "big"),
        },
    }


def claims(rng: Random) -> dict[str, Any]:
    """Four steps: the product now, and the project that multiplies it most."""
    while True:
        now = [rng.randrange(90, 97), rng.randrange(68, 82), rng.randrange(58, 68), rng.randrange(82, 92)]
        rise = [rng.randrange(4, 8), rng.randrange(4, 8), rng.randrange(2, 6), rng.randrange(2, 7)]
        then = [min(100, a + b) for a, b in zip(now, rise, strict=True)]
        gain = sorted((b / a, n) for n, (a, b) in enumerate(zip(now, then, strict=True)))
        points = [b - a for a, b in zip(now, then, strict=True)]
        top = gain[3][1]
        # The most points at the best step, fewer at the weakest; the best project is neither.
        clear = points[0] > max(points[1:]) and points[2] < points[top] and gain[3][0] - gain[2][0] > 0.005
        if top in (1, 3) and clear:
            break
    order = rng.sample(range(4), 4)
    letter = {step: "ABCD"[place] for place, step in enumerate(order)}
    best = letter[top]

    def product(shares: list[int]) -> float:
        return 1000 * shares[0] * shares[1] * shares[2] * shares[3] / 100**4

    def told(whole: float, project: str = best) -> dict[str, Any]:
        return {"whole": round(whole, 4), "project": project}

    table = "\n".join(f"| {letter[step]} | {now[step]} % | {then[step]} % |" for step in order)
    last = {"last-step": told(product(now), "D")} if order[3] not in (0, 2) else {}
    return {
        "en": "A claim passes four steps. The table says how often each goes right now, and would after a project for this "
        "step. Of 1,000 claims, how many pass all four now, if failures are independent? And with which one project, "
        'at equal cost, do most pass? Answer with a dictionary of `"whole"` (to the nearest claim or exactly) and `"project"` (a letter).\n\n'
        f"| | now | then |\n| --- | --- | --- |\n{table}",
        "zh_CN": "赔案要经过四步，各步做对的比例如下：现在，以及针对该步的项目之后。若各步失误相互独立，1,000 件中现在有多少件四步全部做对？"
        "只能做一个项目，成本相同，做哪个使最多的赔案全部做对？请用字典作答，"
        '键为 `"whole"`（四舍五入到整数或精确值）和 `"project"`（字母）。\n\n'
        f"| | 现在 | 之后 |\n| --- | --- | --- |\n{table}",
        "answer": told(product(now)),
        "rounding": 0,
        "wrong": {
            "mean-for-product": told(1000 * sum(now) / 400),
            "weakest-alone": told(10 * min(now)),
            "failures-added": told(10 * (sum(now) - 300)),
            "failed-for-passed": told(1000 - product(now)),
            "per-hundred": told(product(now) / 10),
            "after-all-projects": told(product(then)),
            "most-points": told(product(now), letter[0]),
            "weakest-step": told(product(now), letter[2]),
            **last,
        },
    }


def loop(rng: Random) -> dict[str, Any]:
    """Five complaints, and the part of a closed loop that each lacks."""
    people = rng.sample(
        [("Chen Lu", "陈露"), ("Xu Min", "徐敏"), ("Lin Tao", "林涛"), ("Gao Jie", "高洁")], 2
    )
    days = [rng.randrange(3, 14) for _ in range(6)]
    someone, other = people
    # Kind → owner, due, answered, asked (English and Chinese), and what is lacking.
    kinds: dict[str, tuple[list[tuple[str, str]], str]] = {
        "desk": (
            [
                rng.choice([("service desk", "服务台"), ("sales team", "销售组")]),
                (f"{days[0] + 4} June", f"6 月 {days[0] + 4} 日"),
                (f"{days[0]} June", f"6 月 {days[0]} 日"),
                (f"{days[0] + 7} June: yes", f"6 月 {days[0] + 7} 日：已解决"),
            ],
            "owner",
        ),
        "soon": (
            [
                someone,
                rng.choice([('"soon"', "“尽快”"), ('"as soon as we can"', "“尽可能早”")]),
                (f"{days[1] + 3} June", f"6 月 {days[1] + 3} 日"),
                (f"{days[1] + 9} June: yes", f"6 月 {days[1] + 9} 日：已解决"),
            ],
            "deadline",
        ),
        "ours": (
            [
                other,
                (f"{days[2] + 5} June", f"6 月 {days[2] + 5} 日"),
                (f"{days[2] + 1} June, closed", f"6 月 {days[2] + 1} 日，已结案"),
                ("", ""),
            ],
            "check",
        ),
        "late": (
            [someone, (f"{days[3] + 12} June", f"6 月 {days[3] + 12} 日"), ("", ""), ("", "")],
            "answer",
        ),
        "young": ([other, (f"{days[4]} July", f"7 月 {days[4]} 日"), ("", ""), ("", "")], "nothing"),
        "whole": (
            [
                someone,
                (f"{days[5] + 8} June", f"6 月 {days[5] + 8} 日"),
                (f"{days[5] + 6} June", f"6 月 {days[5] + 6} 日"),
                (f"{days[5] + 13} June: yes", f"6 月 {days[5] + 13} 日：已解决"),
            ],
            "nothing",
        ),
    }
    drawn = ["desk", "soon", *rng.sample(["ours", "late", "young", "whole"], 3)]
    rng.shuffle(drawn)
    names = dict(zip(drawn, "PQRST", strict=True))

    def told(**others: str) -> dict[str, str]:
        return {name: others.get(kind, kinds[kind][1]) for kind, name in names.items()}

    def table(language: int) -> str:
        return "\n".join(
            f"| {name} | " + " | ".join(cell[language] for cell in kinds[kind][0]) + " |"
            for kind, name in names.items()
        )

    ruled = "| --- | --- | --- | --- | --- |"
    wrong = {
        "answered-is-closed": told(desk="nothing", soon="nothing"),
        "desk-is-owner": told(desk="nothing"),
        "soon-is-a-date": told(soon="nothing"),
        "closed-by-us": told(ours="nothing"),
        "open-not-judged": told(late="nothing"),
        "young-as-missed": told(young="answer"),
        "last-part-first": told(late="check"),
    }
    return {
        "en": "Complaints, seen on 30 June. An owner has a name, a deadline a date, and customers are asked within ten "
        "days of the answer. For each name write the first part of the closed loop that should be there "
        'by now and is not: `"owner"`, `"deadline"`, `"answer"`, `"check"`, in this order; or `"nothing"`. Answer '
        f"with a dictionary.\n\n| | owner | due | answered | asked if solved |\n{ruled}\n{table(0)}",
        "zh_CN": '6 月 30 日查看的投诉。负责人要有姓名，期限要有日期，答复后十天内要回访顾客。请对每个名称写出闭环中此时应有却没有的第一个环节，依次为：`"owner"`（负责人）、'
        '`"deadline"`（期限）、`"answer"`（答复）、`"check"`（回访）；若不缺则写 `"nothing"`。请用字典作答。\n\n'
        f"| | 负责人 | 期限 | 答复 | 回访是否解决 |\n{ruled}\n{table(1)}",
        "answer": told(),
        "wrong": wrong,
    }


def pairs_of_shoes(rng: Random) -> tuple[int, int, int]:
    """A month's counts: returned, exchanged, orders."""
    orders = rng.choice([rng.randrange(40, 100), rng.randrange(300, 900), 50 * rng.randrange(20, 60)])
    back = round(orders * rng.uniform(0.03, 0.09))
    return back, rng.choice([0, *[round(back * rng.uniform(0.1, 0.6)) + 1] * 5]), orders


def months(rng: Random) -> tuple[dict[int, float | None], int]:
    """Values with holes, in any order: rows of eight, values on the centre, hardly any or none."""
    while True:
        size = rng.choice([0, 3, 5, 12, 12, 20, 20, 26, 26, 26, 26, 26])
        start, last = rng.choice([1, 1, 4]), rng.choice([3, 5, 8, 12, 12, 30])
        level, shift = rng.choice([20, 50, 80.5]), rng.choice([0, 0, 2, -2, 3, 5])
        spread = rng.choice(
            [[0], [0, 1, -1], [0, 1, -1], [0, 2, -2], [1, -1], [2, -1, -1], [0, 1, 2, 3, -3, -2]]
        )
        moved = rng.choice([last - 4, last, last + 2])
        drawn: dict[int, float | None] = {}
        for month in range(start, start + size):
            drawn[month] = level + rng.choice(spread) + (shift if month > moved else 0)
            if rng.random() < 0.06:
                drawn[month] = level + rng.choice([-15, 15])
        for month in list(drawn):
            hole = rng.random()
            if hole < 0.04:
                del drawn[month]
            elif hole < 0.08:
                drawn[month] = None
        if rng.random() < 0.15 and last in drawn:
            drawn[last] = None
        if rng.random() < 0.4:
            drawn = dict(rng.sample(list(drawn.items()), len(drawn)))
        known = {month: value for month, value in drawn.items() if value is not None}
        base = {month: value for month, value in known.items() if month <= last}
        steps = [abs(value - base[month - 1]) for month, value in base.items() if month - 1 in base]
        if not steps or not any(steps):
            break
        centre, reach = sum(base.values()) / len(base), 2.66 * sum(steps) / len(steps)
        # A value on a limit would hang on the last binary digit.
        if all(abs(abs(value - centre) - reach) > 1e-6 for value in known.values()):
            break
    return drawn, last


def forms(rng: Random) -> tuple[dict[str, list[Any]], list[str], list[str], str, str]:
    """Answers of guests from two or three countries; one of them may have a single guest, or none."""
    praise = ["clean", "friendly", "breakfast"][: rng.choice([1, 2, 2, 3])]
    blame = ["noisy", "waited", "dark"][: rng.choice([1, 2, 2, 3])]
    first, second = rng.sample(["Arvia", "Belmar"], 2)
    rare = rng.choice(["Arvia", "Belmar"])
    many = {name: rng.choice([2, 3, 4, 5, 6]) for name in ("Arvia", "Belmar")}
    many[rare] = rng.choice([*[many[rare]] * 8, 1, 0])
    guests = [name for name, number in many.items() for _ in range(number)]
    guests += ["Cosia"] * rng.choice([0, 0, 2])
    rng.shuffle(guests)
    level = {"Arvia": rng.choice([3, 4]), "Belmar": rng.choice([2, 4]), "Cosia": 3}
    lift = {"Arvia": rng.choice([0, 1]), "Belmar": rng.choice([0, 0, 1]), "Cosia": 0}
    spread = rng.choice([[0], *[[-1, 0, 1]] * 5, *[[-2, -1, 0, 1, 2]] * 3])
    columns: dict[str, list[Any]] = {"country": guests}
    for item in praise + blame:
        usual = [level[name] if item in praise else 6 - level[name] for name in guests]
        columns[item] = [
            min(5, max(1, mark + lift[name] + rng.choice(spread)))
            for mark, name in zip(usual, guests, strict=True)
        ]
    skips = rng.choice([0, 0.1, 0.2, 0.2])
    for item in praise + blame:
        columns[item] = [None if rng.random() < skips else mark for mark in columns[item]]
    for half in (praise, blame):  # some answer only one half
        for number in range(len(guests)):
            if rng.random() < skips / 2:
                for item in half:
                    columns[item][number] = None
    if rng.random() < 0.3:
        columns["nights"] = [rng.randrange(1, 8) for _ in guests]
    return dict(rng.sample(list(columns.items()), len(columns))), praise, blame, first, second


QUESTIONS = {
    "m08-hotel": hotel,
    "m08-depots": depots,
    "m08-claims": claims,
    "m08-loop": loop,
}
INPUTS = {"m08-shoes": pairs_of_shoes, "m08-holes": months, "m08-fair": forms}
RULES: dict[str, dict[str, Any]] = {"m08-fair": {"tolerance": 0.0001}}
