"""Answers to the assignment of module 06, as trainees write them: right ones and wrong ones.

Each replaces the whole source of its solution cell. ``lost`` says what a wrong answer costs where that is
less than all points of the item, because another step of it is right.
"""

from typing import Any


def _steps(letters: str) -> str:
    """Letters for steps 1 to 5, in this order."""
    named = ", ".join(f'"step {n}": "{letter}"' for n, letter in enumerate(letters, 1))
    return f"mishaps = {{{named}}}\n"


def _twins(line: str, care: str = '"C"') -> str:
    return f"care_then = {care}\n{line}\nby_topic\n"


_SUM = 'by_topic = ranking["share"].groupby(topic_of).sum()'


def _ends(hot_water: str, lobby_music: str, breakfast: str, roof_terrace: str) -> str:
    return (
        f'ends = {{"hot_water": "{hot_water}", "lobby_music": "{lobby_music}",\n'
        f'        "breakfast": "{breakfast}", "roof_terrace": "{roof_terrace}"}}\n'
    )


def _spend(plan: str, first: str) -> str:
    return f'best_buy = "{plan}"\nmeasure_first = "{first}"\n'


_RESULT = '{"direct": direct, "indirect": indirect, "total": direct + indirect}'


def _effects(
    along: str = "value * onward",
    several: str = "sum(ways)",
    direct: str = "paths.get((start, end), 0)",
    indirect: str = "joined",
    result: str = _RESULT,
    longest: str = "len(paths)",
    pairs: str = "paths.items()",
) -> str:
    """List the effects of all detours, with at most so many arrows."""
    return (
        "def effects(paths, start, end):\n"
        "    def detours(name, arrows, passed):\n"
        "        found = []\n"
        f"        for (source, to), value in {pairs}:\n"
        "            if source != name or to in passed:\n"
        "                continue\n"
        "            if to == end:\n"
        "                found.append((value, arrows + 1))\n"
        "                continue\n"
        "            for onward, length in detours(to, arrows + 1, [*passed, to]):\n"
        f"                found.append(({along}, length))\n"
        "        return found\n\n"
        f"    longest = {longest}\n"
        "    ways = [value for value, arrows in detours(start, 0, [start]) if 2 <= arrows <= longest]\n"
        f"    joined = {several} if ways else 0\n"
        f"    direct = {direct}\n"
        f"    indirect = {indirect}\n"
        f"    return {result}\n"
    )


_BOTH_WAYS = "[*paths.items(), *(((b, a), c) for (a, b), c in paths.items())]"

_EACH_ONCE = """
def effects(paths, start, end):
    seen = set()

    def along(name):
        total = 0
        for (a, b), c in paths.items():
            if a == name:
                if b == end:
                    total += c
                elif b not in seen:
                    seen.add(b)
                    total += c * along(b)
        return total

    total = along(start)
    direct = paths.get((start, end), 0)
    return {"direct": direct, "indirect": total - direct, "total": total}
"""

_ONE_PASS = """
def effects(paths, start, end):
    reached = {start: 1}
    for (a, b), c in paths.items():
        reached[b] = reached.get(b, 0) + reached.get(a, 0) * c
    total, direct = reached.get(end, 0), paths.get((start, end), 0)
    return {"direct": direct, "indirect": total - direct, "total": total}
"""


def _plan(
    lift: str = "sum(mine)",
    rise: str = "min(lift, room[rating])",
    gain: str = "slopes[rating] * rise",
    fits: str = "cost <= budget",
    better: str = "(gain, -cost) > (best[2], -best[1])",
    nothing: str = "[], 0, 0",
    last: str = "",
    sizes: str = "range(1, len(levers) + 1)",
) -> str:
    """Try all plans."""
    return (
        "from itertools import combinations\n\n\n"
        "def best_plan(levers, slopes, room, budget):\n"
        f"    best = ({nothing})\n"
        f"    for size in {sizes}:\n"
        "        for plan in combinations(levers, size):\n"
        '            cost = sum(lever["cost"] for lever in plan)\n'
        f"            if not ({fits}):\n"
        "                continue\n"
        "            total = 0\n"
        '            for rating in {lever["rating"] for lever in plan}:\n'
        '                mine = [lever["lift"] for lever in plan if lever["rating"] == rating]\n'
        f"                lift = {lift}\n"
        f"                rise = {rise}\n"
        f"                total += {gain}\n"
        "            gain = total\n"
        f"            if best is None or {better}:\n"
        '                best = ([lever["lever"] for lever in plan], cost, gain)\n'
        f"{last}"
        '    return {"levers": best[0], "cost": best[1], "gain": best[2]}\n'
    )


def _one_by_one(order: str) -> str:
    return (
        "def best_plan(levers, slopes, room, budget):\n"
        "    bought, cost, risen, gain = [], 0, dict.fromkeys(slopes, 0), 0\n"
        f"    for lever in {order}:\n"
        '        if cost + lever["cost"] > budget:\n'
        "            continue\n"
        '        rating = lever["rating"]\n'
        '        rise = min(lever["lift"], room[rating] - risen[rating])\n'
        "        if slopes[rating] * rise <= 0:\n"
        "            continue\n"
        '        bought.append(lever["lever"])\n'
        '        cost += lever["cost"]\n'
        "        risen[rating] += rise\n"
        "        gain += slopes[rating] * rise\n"
        '    return {"levers": bought, "cost": cost, "gain": gain}\n'
    )


_CUT_LATER = (
    "    gain = 0\n"
    "    for rating in slopes:\n"
    '        mine = [v["lift"] for v in levers if v["rating"] == rating and v["lever"] in best[0]]\n'
    "        gain += slopes[rating] * min(sum(mine), room[rating])\n"
    "    best = (best[0], best[1], gain)\n"
)

_UNCUT_LATER = (
    '    gain = sum(slopes[v["rating"]] * v["lift"] for v in levers if v["lever"] in best[0])\n'
    "    best = (best[0], best[1], gain)\n"
)

ANSWERS: dict[str, dict[str, Any]] = {
    "m06-steps": {
        "cell": "m06-steps-answer",
        "right": {
            "filled in": _steps("SPTRQ"),
            "small letters": _steps("sptrq"),
            "put together": (
                'mishaps = {}\nfor number, letter in enumerate("SPTRQ", start=1):\n'
                '    mishaps[f"step {number}"] = letter\nprint(mishaps)\n'
            ),
            "Series": (
                "mishaps = pd.Series(['S', 'P', 'T', 'R', 'Q'], index=[f'step {n}' for n in range(1, 6)])\n"
            ),
            "one by one": "mishaps = {}\n"
            + "".join(f'mishaps["step {n}"] = "{letter}"\n' for n, letter in enumerate("SPTRQ", 1)),
            "zip": 'mishaps = dict(zip([f"step {n}" for n in range(1, 6)], "SPTRQ"))\n',
        },
        "wrong": {
            "data-before-elements": _steps("PSTRQ"),
            "data-before-elements#2": _steps("PSRTQ"),
            "monitoring-for-data": _steps("SQPTR"),
            "model-before-data": _steps("SRPTQ"),
            "by-alphabet": _steps("TPSRQ"),
            "model-before-analysis": _steps("SPRTQ"),
            "monitoring-before-model": _steps("SPTQR"),
            "backwards": _steps("QRTPS"),
            "as-listed": _steps("PQRST"),
            "value": _steps("TSPRQ"),
            "value#2": _steps("STPRQ"),
            "value#3": _steps("RSPTQ"),
            "value#4": _steps("SRTQP"),
            "value#5": _steps("TPRSQ"),
            "value#6": _steps("QSPTR"),
            "type": 'mishaps = "SPTRQ"\n',
            "type#2": _steps("SPTRQ").replace('"R"', '"model"'),
            "shape": 'mishaps = {1: "S", 2: "P", 3: "T", 4: "R", 5: "Q"}\n',
            "not-answered": _steps("SPTRQ").replace('"S"', "None"),
        },
        "lost": {
            "data-before-elements": 1,
            "model-before-analysis": 1,
            "monitoring-before-model": 1,
            "type#2": 1,
            "not-answered": 1,
        },
    },
    "m06-twins": {
        "cell": "m06-twins-answer",
        "right": {
            "sum": _twins(_SUM),
            "rounded, small letter": _twins(f"{_SUM}.round(2)", '"c"'),
            "agg": _twins(
                'by_topic = ranking.groupby(topic_of)["share"].agg("sum").sort_values(ascending=False)'
            ),
            "loop": _twins(
                "by_topic = {}\nfor question, topic in topic_of.items():\n"
                '    by_topic[topic] = by_topic.get(topic, 0) + float(ranking.loc[question, "share"])\n'
                "print(by_topic)",
                '" C "',
            ),
            "by hand": _twins('by_topic = {"complaints": 0.31, "image": 0.23, "value": 0.46}'),
            "the shares as shown": _twins(
                'by_topic = {"value": 0.27 + 0.19, "complaints": 0.31, "image": 0.14 + 0.10}'
            ),
            "index renamed": _twins(
                'by_topic = ranking["share"].rename(index=topic_of).groupby(level=0).agg("sum")'
            ),
        },
        "wrong": {
            "best-question-only": _twins('by_topic = ranking["share"].groupby(topic_of).max()'),
            "mean-of-twins": _twins('by_topic = ranking["share"].groupby(topic_of).mean()'),
            "weaker-twin-only": _twins('by_topic = ranking["share"].groupby(topic_of).min()'),
            "questions-counted": _twins('by_topic = ranking["share"].groupby(topic_of).count()'),
            "per-cent-for-share": _twins(f"{_SUM} * 100"),
            "not-numbers": _twins('by_topic = ranking["share"].groupby(topic_of).apply(list)'),
            "slope-is-fixed": _twins(_SUM, '"A"'),
            "share-for-slope": _twins(_SUM, '"B"'),
            "correlation-for-slope": _twins(_SUM, '"D"'),
            "value": _twins('by_topic = ranking["importance"].groupby(topic_of).sum()'),
            "one-topic-only": _twins(
                'by_topic = ranking["share"].groupby(topic_of).max()\n'
                'by_topic["value"] = ranking["share"][["fees_for_quality", "quality_for_fees"]].sum()'
            ),
            "best-question-only#2": _twins('by_topic = ranking["share"].groupby(topic_of).first()'),
            "another-column": _twins('by_topic = beside["slope"].groupby(topic_of).sum()'),
            "another-column#2": _twins(
                'by_topic = two_views["correlation"].groupby(topic_of).sum().round(2)'
            ),
            "another-column#3": _twins('by_topic = ranking["rank"].groupby(topic_of).sum()'),
            "value#2": _twins(
                'by_topic = ranking["share"].groupby(topic_of).mean()\nby_topic = by_topic / by_topic.sum()'
            ),
            "type": _twins('by_topic = ranking["share"].sum()'),
            "type#2": _twins(_SUM, '"larger"'),
            "shape": _twins('by_topic = ranking["share"]'),
            "not-answered": _twins(_SUM, "None"),
        },
        "lost": dict.fromkeys(
            (
                "best-question-only",
                "mean-of-twins",
                "weaker-twin-only",
                "questions-counted",
                "per-cent-for-share",
                "not-numbers",
                "slope-is-fixed",
                "share-for-slope",
                "correlation-for-slope",
                "value",
                "one-topic-only",
                "best-question-only#2",
                "another-column",
                "another-column#2",
                "another-column#3",
                "value#2",
                "type",
                "type#2",
                "shape",
                "not-answered",
            ),
            1,
        ),
    },
    "m06-ends": {
        "cell": "m06-ends-answer",
        "right": {
            "filled in": _ends("basic", "none", "both", "exciting"),
            "capitals": _ends("Basic", " NONE", "Both", "Exciting "),
            "computed": (
                'ends = {"hot_water": (-4.6, -0.3), "lobby_music": (0.4, -0.5),\n'
                '        "breakfast": (-0.7, 0.8), "roof_terrace": (0.3, 3.9)}\n'
                'words = {(1, 0): "basic", (0, 1): "exciting", (1, 1): "both", (0, 0): "none"}\n'
                "ends = {k: words[int(low < 0), int(high > 0)] for k, (low, high) in ends.items()}\n"
            ),
            "Series": (
                'ends = pd.Series({"roof_terrace": "exciting", "breakfast": "both",\n'
                '                  "lobby_music": "none", "hot_water": "basic"})\nprint(ends)\n'
            ),
        },
        "wrong": {
            "sizes-for-intervals": _ends("both", "both", "both", "both"),
            "sizes-for-intervals#2": _ends("basic", "both", "both", "exciting"),
            "sizes-for-intervals#3": _ends("both", "none", "both", "exciting"),
            "larger-end-wins": _ends("basic", "basic", "exciting", "exciting"),
            "ends-swapped": _ends("exciting", "none", "both", "basic"),
            "sizes-for-intervals#4": _ends("both", "both", "none", "both"),
            "sizes-for-intervals#5": _ends("basic", "both", "both", "exciting"),
            "larger-end-wins#2": _ends("basic", "basic", "both", "exciting"),
            "small-is-none": _ends("basic", "none", "none", "exciting"),
            "zero-means-shown": _ends("exciting", "both", "none", "basic"),
            "one-open-end-decides": _ends("none", "none", "both", "none"),
            "value": _ends("basic", "exciting", "both", "exciting"),
            "type": _ends("must-be", "none", "both", "attractive"),
            "type#2": 'ends = ["basic", "none", "both", "exciting"]\n',
            "shape": _ends("basic", "none", "both", "exciting").replace("hot_water", "hot water"),
        },
        "lost": {
            "sizes-for-intervals#2": 1,
            "sizes-for-intervals#3": 1,
            "sizes-for-intervals#5": 1,
            "larger-end-wins#2": 1,
            "small-is-none": 1,
            "value": 1,
        },
    },
    "m06-spend": {
        "cell": "m06-spend-answer",
        "right": {
            "letters": _spend("D", "slots"),
            "small letter, capital": _spend(" d", "Slots "),
            "the course's function": (
                "table = pd.DataFrame(\n"
                '    {"lever": ["app", "slots", "training", "boxes", "calls"],\n'
                '     "cost": [60, 65, 50, 45, 40], "slope": [0.6, 3.0, 4.0, 2.5, 5.0],\n'
                '     "lift": [1.5, 1.5, 0.8, 1.2, 0.2], "low": [0.5, 1.2, 0.6, 1.0, 0.1],\n'
                '     "high": [2.5, 2.2, 1.0, 1.4, 0.4]}\n)\n'
                'table["low"] = table["slope"] * table["low"]\n'
                'table["high"] = table["slope"] * table["high"]\n'
                'best = drivers.spend(table.assign(gain=table["slope"] * table["lift"]), 100,\n'
                '                     low="low", high="high")\n'
                'bought = set(best.table.loc[best.table["chosen"], "lever"])\n'
                'plans = {"A": {"slots"}, "B": {"app", "calls"}, "C": {"slots", "training"},\n'
                '         "D": {"training", "boxes"}, "E": {"training", "calls"}}\n'
                "best_buy = next(letter for letter, plan in plans.items() if plan == bought)\n"
                'measure_first = best.table.loc[~best.table["certain"], "lever"].item()\n'
                "best.plot()\n"
            ),
        },
        "wrong": {
            "best-single": _spend("A", "slots"),
            "correlation-for-slope": _spend("B", "slots"),
            "over-budget": _spend("C", "slots"),
            "slope-alone": _spend("E", "slots"),
            "widest-range": _spend("D", "app"),
            "steepest-slope": _spend("D", "calls"),
            "part-of-the-plan": _spend("D", "training"),
            "part-of-the-plan#2": _spend("D", "boxes"),
            "type": _spend("training, boxes", "slots"),
            "type#2": _spend("D", "Q"),
            "not-answered": 'best_buy = "D"\nmeasure_first = None\n',
        },
        "lost": dict.fromkeys(
            (
                "best-single",
                "correlation-for-slope",
                "over-budget",
                "slope-alone",
                "widest-range",
                "steepest-slope",
                "part-of-the-plan",
                "part-of-the-plan#2",
                "type",
                "type#2",
                "not-answered",
            ),
            1,
        ),
    },
    "m06-relied": {
        "cell": "m06-relied-answer",
        "right": {"letter": 'kestrel = "B"\n', "small letter": "kestrel = 'b '\n"},
        "wrong": {
            "many-against-one": 'kestrel = "A"\n',
            "one-miss-refutes": 'kestrel = "C"\n',
            "fit-as-probability": 'kestrel = "D"\n',
            "type": 'kestrel = "at risk"\n',
            "type#2": "kestrel = 84\n",
        },
    },
    "m06-effects": {
        "cell": "m06-effects-answer",
        "right": {
            "list of ways": _effects(),
            "stack": (
                "def effects(paths, start, end):\n"
                "    direct = indirect = 0\n"
                "    waiting = [(start, 1, 0)]\n"
                "    while waiting:\n"
                "        name, effect, arrows = waiting.pop()\n"
                "        if name == end:\n"
                "            if arrows == 1:\n"
                "                direct += effect\n"
                "            else:\n"
                "                indirect += effect\n"
                "            continue\n"
                "        for (a, b), c in paths.items():\n"
                "            if a == name:\n"
                "                waiting.append((b, effect * c, arrows + 1))\n"
                "    print(direct, indirect)\n"
                '    return {"direct": direct, "indirect": indirect, "total": direct + indirect}\n'
            ),
            "matrix": (
                "import numpy as np\n\n\n"
                "def effects(paths, start, end):\n"
                "    names = sorted({start, end} | {name for pair in paths for name in pair})\n"
                "    one = np.eye(len(names))\n"
                "    arrows = np.zeros_like(one)\n"
                "    for (a, b), c in paths.items():\n"
                "        arrows[names.index(a), names.index(b)] = c\n"
                "    i, j = names.index(start), names.index(end)\n"
                "    total = (np.linalg.inv(one - arrows) - one)[i, j]\n"
                "    direct = arrows[i, j]\n"
                '    return {"total": total, "direct": direct, "indirect": total - direct}\n'
            ),
            "pandas, power by power": (
                "def effects(paths, start, end):\n"
                "    names = list(dict.fromkeys([start, end, *(n for pair in paths for n in pair)]))\n"
                "    arrows = pd.DataFrame(0.0, index=names, columns=names)\n"
                "    for (a, b), c in paths.items():\n"
                "        arrows.loc[a, b] += c\n"
                "    power, indirect = arrows @ arrows, 0.0\n"
                "    for _ in names:\n"
                "        indirect += power.loc[start, end]\n"
                "        power = power @ arrows\n"
                "    direct = arrows.loc[start, end]\n"
                '    return pd.Series({"direct": direct, "indirect": indirect, "total": direct + indirect})\n'
            ),
            "copy without the straight arrow": (
                "def effects(paths, start, end):\n"
                "    rest = dict(paths)\n"
                "    direct = rest.pop((start, end), 0.0)\n"
                "    weights = {start: 1.0}\n"
                "    indirect = 0.0\n"
                "    while weights:\n"
                "        after = {}\n"
                "        for (source, target), coefficient in rest.items():\n"
                "            if source in weights:\n"
                "                after[target] = after.get(target, 0.0) + weights[source] * coefficient\n"
                "        indirect += after.pop(end, 0.0)\n"
                "        weights = after\n"
                '    return {"direct": direct, "indirect": indirect, "total": direct + indirect}\n'
            ),
            "calls itself": (
                "def effects(paths, start, end):\n"
                "    direct = paths.get((start, end), 0)\n"
                "    indirect = sum(\n"
                '        coefficient * effects(paths, target, end)["total"]\n'
                "        for (source, target), coefficient in paths.items()\n"
                "        if source == start and target != end\n"
                "    )\n"
                "    return dict(direct=direct, indirect=indirect, total=direct + indirect)\n"
            ),
            "backwards from the end": (
                "def effects(paths, start, end):\n"
                "    onward = {end: 1}\n"
                "    for _ in range(len(paths)):\n"
                "        new = {end: 1}\n"
                "        for (a, b), c in paths.items():\n"
                "            if a != end:\n"
                "                new[a] = new.get(a, 0) + c * onward.get(b, 0)\n"
                "        onward = new\n"
                "    total = onward.get(start, 0)\n"
                "    try:\n        direct = paths[start, end]\n    except KeyError:\n        direct = 0\n"
                '    return {"direct": direct, "indirect": total - direct, "total": total, "ways": None}\n'
            ),
        },
        "wrong": {
            "direct-only": _effects(indirect="0"),
            "detours-only": _effects(result=_RESULT.replace("direct + indirect", "indirect")),
            "total-for-indirect": _effects(
                indirect="joined + direct", result=_RESULT.replace("direct + indirect", "indirect")
            ),
            "direct-twice": _effects(indirect="joined + direct"),
            "arrows-added": _effects(along="value + onward"),
            "strongest-way-only": _effects(several="max(ways)"),
            "ways-averaged": _effects(several="sum(ways) / len(ways)"),
            "one-way-only": _effects(several="ways[-1]"),
            "against-the-arrows": _effects(pairs=_BOTH_WAYS),
            "against-the-arrows#2": _effects(direct="paths.get((start, end), paths.get((end, start), 0))"),
            "nothing-for-zero": _effects(direct="paths.get((start, end))").replace(
                '"total": direct + indirect', '"total": (direct or 0) + indirect'
            ),
            "nothing-for-zero#2": _effects().replace(
                "    longest =", "    if not detours(start, 0, [start]):\n        return None\n    longest ="
            ),
            "nothing-for-zero#3": _effects(indirect="joined or None").replace(
                '"total": direct + indirect', '"total": direct + (indirect or 0)'
            ),
            "two-arrows-only": _effects(longest="2"),
            "three-arrows-at-most": _effects(longest="3"),
            "no-arrow-no-effect": _effects().replace(
                "    longest =",
                "    if (start, end) not in paths:\n"
                '        return {"direct": 0, "indirect": 0, "total": 0}\n'
                "    longest =",
            ),
            "each-name-once": _EACH_ONCE,
            "each-name-once#2": (
                "def effects(paths, start, end):\n"
                "    left = dict(paths)\n"
                "    direct = left.pop((start, end), 0)\n"
                "    indirect = 0\n"
                "\n"
                "    def way_from(here):\n"
                "        if here == end:\n"
                "            return []\n"
                "        for source, target in left:\n"
                "            if source == here:\n"
                "                rest = way_from(target)\n"
                "                if rest is not None:\n"
                "                    return [(source, target)] + rest\n"
                "        return None\n"
                "\n"
                "    while (way := way_from(start)) is not None:\n"
                "        effect = 1\n"
                "        for arrow in way:\n"
                "            effect *= left.pop(arrow)\n"
                "        indirect += effect\n"
                "\n"
                '    return {"direct": direct, "indirect": indirect, "total": direct + indirect}\n'
            ),
            "order-of-arrows": _ONE_PASS,
            "sign-lost": _effects(along="abs(value * onward)"),
            "sign-lost#2": _effects(pairs="[(arrow, abs(c)) for arrow, c in paths.items()]"),
            "negative-left-out": _effects(several="sum(way for way in ways if way > 0)"),
            "negative-left-out#2": _effects(
                pairs="[(arrow, c) for arrow, c in paths.items() if c > 0]",
                direct="max(paths.get((start, end), 0), 0)",
            ),
            "raised": _effects(direct="paths[start, end]"),
            "changed": _effects().replace(
                "    direct =", "    paths.setdefault((start, end), 0)\n    direct ="
            ),
            "type": _effects(result="direct + indirect"),
            "shape": _effects(result='{"direct": direct, "total": direct + indirect}'),
            "shape#2": _effects().replace(
                "    longest =",
                "    if start not in [a for a, _ in paths]:\n        return {}\n    longest =",
            ),
            "value": _effects(result="{k: round(v, 1) for k, v in " + _RESULT + ".items()}"),
            "value#2": _effects(result="{k: round(v, 2) for k, v in " + _RESULT + ".items()}"),
            "value#3": _effects(along="min(value, onward)"),
            "value#4": _effects(result=_RESULT.replace("direct + indirect", "direct * indirect")),
            "value#5": _effects(
                several="sum(c for (a, b), c in paths.items() if a == start and b != end)"
                " * sum(c for (a, b), c in paths.items() if b == end and a != start)"
            ),
            "value#6": (
                "def effects(paths, start, end):\n"
                "    direct = paths.get((start, end), 0)\n"
                "\n"
                "    def below(here):\n"
                "        return sum(c * (1 + below(b)) for (a, b), c in paths.items() if a == here)\n"
                "\n"
                "    indirect = below(start) - direct\n"
                "\n"
                '    return {"direct": direct, "indirect": indirect, "total": direct + indirect}\n'
            ),
            "not-answered": "def effects(paths, start, end):\n    print(paths)\n",
        },
        "lost": {
            "strongest-way-only": 3,
            "ways-averaged": 3,
            "one-way-only": 3,
            "against-the-arrows": 3,
            "against-the-arrows#2": 1,
            "no-arrow-no-effect": 1,
            "each-name-once#2": 1,
            "sign-lost#2": 1,
            "negative-left-out": 1,
            "negative-left-out#2": 1,
            "shape#2": 1,
            "value": 3,
            "value#2": 1,
            "value#5": 3,
            "nothing-for-zero": 1,
            "nothing-for-zero#2": 1,
            "nothing-for-zero#3": 3,
            "two-arrows-only": 1,
            "three-arrows-at-most": 1,
            "each-name-once": 1,
            "order-of-arrows": 1,
            "sign-lost": 1,
            "raised": 1,
            "changed": 1,
        },
    },
    "m06-plan": {
        "cell": "m06-plan-answer",
        "right": {
            "all plans": _plan(),
            "bits": (
                "def best_plan(levers, slopes, room, budget):\n"
                "    plans = []\n"
                "    for bits in range(2 ** len(levers)):\n"
                "        plan = [lever for i, lever in enumerate(levers) if bits >> i & 1]\n"
                '        cost = sum(lever["cost"] for lever in plan)\n'
                "        rise = dict.fromkeys(room, 0)\n"
                "        for lever in plan:\n"
                '            name = lever["rating"]\n'
                '            rise[name] = min(rise[name] + lever["lift"], room[name])\n'
                "        gain = sum(slopes[name] * rise[name] for name in rise)\n"
                "        if cost <= budget:\n"
                '            plans.append((-gain, cost, [lever["lever"] for lever in plan]))\n'
                "    gain, cost, names = min(plans)\n"
                "    print(names)\n"
                '    return {"levers": names, "cost": cost, "gain": -gain}\n'
            ),
            "recursion": (
                "def best_plan(levers, slopes, room, budget):\n"
                "    if not levers:\n"
                '        return {"levers": [], "cost": 0, "gain": 0}\n'
                "    first, *rest = levers\n"
                "    without = best_plan(rest, slopes, room, budget)\n"
                '    if first["cost"] > budget:\n'
                "        return without\n"
                '    name = first["rating"]\n'
                '    rise = min(first["lift"], room[name])\n'
                "    left = {**room, name: room[name] - rise}\n"
                '    bought = best_plan(rest, slopes, left, budget - first["cost"])\n'
                '    bought["levers"].append(first["lever"])\n'
                '    bought["cost"] += first["cost"]\n'
                '    bought["gain"] += slopes[name] * rise\n'
                '    key = lambda plan: (plan["gain"], -plan["cost"])\n'
                "    return max(without, bought, key=key)\n"
            ),
            "pandas": (
                "from itertools import product\n\n\n"
                "def best_plan(levers, slopes, room, budget):\n"
                '    table = pd.DataFrame(levers, columns=["lever", "rating", "cost", "lift"])\n'
                "    best = None\n"
                "    for bought in product([False, True], repeat=len(table)):\n"
                "        plan = table.loc[[i for i, yes in enumerate(bought) if yes]]\n"
                '        lifts = plan.groupby("rating")["lift"].sum()\n'
                "        rises = lifts.clip(upper=pd.Series(room, dtype=float).reindex(lifts.index))\n"
                "        gain = (rises * pd.Series(slopes, dtype=float).reindex(lifts.index)).sum()\n"
                '        cost = plan["cost"].sum()\n'
                "        if cost <= budget and (best is None or (gain, -cost) > (best[2], -best[1])):\n"
                '            best = (plan["lever"].tolist(), cost, gain)\n'
                '    return pd.Series(best, index=["levers", "cost", "gain"])\n'
            ),
            "room used up on a copy": (
                "def best_plan(levers, slopes, room, budget):\n"
                "    from itertools import product\n"
                "\n"
                "    found = []\n"
                "    for bought in product([False, True], repeat=len(levers)):\n"
                "        left = dict(room)\n"
                "        plan = [one for one, yes in zip(levers, bought) if yes]\n"
                "        gain = 0\n"
                "        for one in plan:\n"
                '            rise = min(one["lift"], left[one["rating"]])\n'
                '            left[one["rating"]] -= rise\n'
                '            gain += slopes[one["rating"]] * rise\n'
                '        cost = sum(one["cost"] for one in plan)\n'
                "        if cost <= budget:\n"
                '            found.append((gain, -cost, tuple(one["lever"] for one in plan)))\n'
                "    gain, cost, names = max(found)\n"
                '    return pd.Series({"levers": list(names), "cost": -cost, "gain": gain})\n'
            ),
            "NumPy, a set of names": (
                "import numpy as np\n\n\n"
                "def best_plan(levers, slopes, room, budget):\n"
                "    ratings = list(slopes)\n"
                "    lift = np.zeros((len(levers), len(ratings)))\n"
                "    for i, lever in enumerate(levers):\n"
                '        lift[i, ratings.index(lever["rating"])] = lever["lift"]\n'
                '    cost = np.array([lever["cost"] for lever in levers], dtype=float)\n'
                "    bits = np.arange(2 ** len(levers))[:, None] >> np.arange(len(levers)) & 1\n"
                "    rises = np.minimum(bits @ lift, [room[name] for name in ratings])\n"
                "    gains = rises @ np.array([slopes[name] for name in ratings], dtype=float)\n"
                "    costs = bits @ cost\n"
                "    gains[costs > budget] = -1\n"
                "    i = np.lexsort((costs, -gains))[0]\n"
                '    names = {lever["lever"] for lever, bit in zip(levers, bits[i]) if bit}\n'
                '    return {"levers": names, "cost": costs[i], "gain": gains[i]}\n'
            ),
        },
        "wrong": {
            "one-by-one": _one_by_one(
                "sorted(levers, key=lambda v: -slopes[v['rating']] * v['lift'] / v['cost'])"
            ),
            "one-by-one#2": _one_by_one(
                "sorted(levers, key=lambda v: slopes[v['rating']] * v['lift'], reverse=True)"
            ),
            "one-by-one#3": (
                "def best_plan(levers, slopes, room, budget):\n"
                "    def value(plan):\n"
                "        rise = {}\n"
                "        for one in plan:\n"
                '            rise[one["rating"]] = rise.get(one["rating"], 0) + one["lift"]\n'
                "        return sum(slopes[name] * min(lift, room[name]) for name, lift in rise.items())\n"
                "\n"
                "    plan, rest, money = [], list(levers), budget\n"
                "    while True:\n"
                '        fit = [one for one in rest if one["cost"] <= money]\n'
                "        open_ones = [one for one in fit if value(plan + [one]) > value(plan)]\n"
                "        if not open_ones:\n"
                "            break\n"
                "        now = value(plan)\n"
                '        best = max(open_ones, key=lambda v: (value(plan + [v]) - now) / v["cost"])\n'
                "        plan.append(best)\n"
                "        rest.remove(best)\n"
                '        money -= best["cost"]\n'
                '    names = [one["lever"] for one in plan]\n'
                '    return {"levers": names, "cost": budget - money, "gain": value(plan)}\n'
            ),
            "order-of-rows": _one_by_one("levers"),
            "one-lever-only": _plan(sizes="[1]"),
            "one-lever-only#2": _plan(better="gain * best[1] > best[2] * cost or (gain and not best[2])"),
            "two-levers-at-most": _plan(sizes="range(1, min(len(levers), 2) + 1)"),
            "slope-left-out": _plan(gain="rise"),
            "slope-after-the-choice": _plan(gain="rise", last=_CUT_LATER),
            "lift-left-out": _plan(gain="slopes[rating] * len(mine)"),
            "always-to-the-top": _plan(rise="room[rating]"),
            "budget-ignored": _plan(fits="True"),
            "budget-ignored#2": _plan(fits='all(lever["cost"] <= budget for lever in plan)'),
            "one-lever-a-rating": _plan(lift="max(mine)"),
            "one-lever-a-rating#2": _plan(lift="mine[-1]"),
            "one-lever-a-rating#3": _plan(lift="sum(mine) / len(mine)"),
            "room-forgotten": _plan(rise="lift"),
            "room-forgotten#2": (
                "def best_plan(levers, slopes, room, budget):\n"
                '    table = pd.DataFrame(levers, columns=["lever", "rating", "cost", "lift"])\n'
                "    if table.empty:\n"
                '        return {"levers": [], "cost": 0, "gain": 0}\n'
                '    table["gain"] = table["rating"].map(slopes) * table["lift"]\n'
                "    best = drivers.spend(table, budget)\n"
                '    names = best.table.loc[best.table["chosen"], "lever"].tolist()\n'
                '    return {"levers": names, "cost": best.cost, "gain": best.gain["estimate"]}\n'
            ),
            "room-forgotten#3": _plan(last=_UNCUT_LATER),
            "room-after-the-choice": _plan(rise="lift", last=_CUT_LATER),
            "room-for-each-lever": _plan(rise="sum(min(each, room[rating]) for each in mine)"),
            "room-on-the-gain": _plan(rise="lift", gain="min(slopes[rating] * lift, room[rating])"),
            "room-for-each-lever#2": (
                "def best_plan(levers, slopes, room, budget):\n"
                "    if not levers:\n"
                '        return {"levers": [], "cost": 0, "gain": 0}\n'
                "    frame = pd.DataFrame(levers)\n"
                '    rises = [min(one["lift"], room[one["rating"]]) for one in levers]\n'
                '    frame["gain"] = rises * frame["rating"].map(slopes)\n'
                "    found = drivers.spend(frame, budget)\n"
                '    names = found.table.loc[found.table["chosen"], "lever"].tolist()\n'
                '    return {"levers": names, "cost": found.cost, "gain": found.gain["estimate"]}\n'
            ),
            "room-on-the-whole": _plan(
                rise="lift",
                nothing="[], 0, 0",
            ).replace(
                "            gain = total\n",
                '            names = {lever["rating"] for lever in plan}\n'
                "            gain = min(total, sum(slopes[name] * room[name] for name in names))\n",
            ),
            "beyond-the-top-forbidden": _plan(
                rise="lift", gain="slopes[rating] * rise if rise <= room[rating] else -99"
            ),
            "beyond-the-top-forbidden#2": _plan(
                lift="0\n                for each in mine:\n"
                "                    lift += each if lift + each <= room[rating] else 0"
            ),
            "last-euro-kept": _plan(fits="cost < budget"),
            "nothing-for-nothing": _plan(
                nothing="None", last="    if best is None:\n        return None\n"
            ).replace("best = (None)", "best = None"),
            "nothing-for-nothing#2": _plan(nothing="None, None, -1")
            .replace('best[1], "gain": best[2]}', 'best[1], "gain": best[2] if best[0] else None}')
            .replace("-best[1])", "-(best[1] or 0))"),
            "dearer-of-equals": _plan(better="gain > best[2]"),
            "dearer-of-equals#2": _plan(better="gain >= best[2]"),
            "dearer-of-equals#3": _plan(better="not best[0] or (gain, -cost) > (best[2], -best[1])"),
            "raised": _plan(nothing="None").replace("best = (None)", "best = None"),
            "changed": _plan().replace(
                "    best = ([]", "    levers.sort(key=lambda v: v['cost'])\n    best = ([]"
            ),
            "value": _plan(last="    best = (best[0], budget - best[1], best[2])\n"),
            "value#2": _plan(last="    best = (best[0], best[1], round(best[2]))\n"),
            "value#3": _plan(better="(cost, gain) > (best[1], best[2])"),
            "value#4": _plan().replace(
                "import combinations", "import combinations_with_replacement as combinations"
            ),
            "type": _plan().replace('{"levers": best[0], "cost": best[1], "gain": best[2]}', "best[0]"),
            "type#2": _plan().replace('[lever["lever"] for lever in plan]', "list(plan)"),
            "shape": _plan().replace('"levers": best[0]', '"plan": best[0]'),
            "shape#2": _plan().replace(
                "    best = ([]", "    if not levers:\n        return {}\n    best = ([]"
            ),
            "shape#3": _plan().replace("            gain = total\n", "            gain = total - cost\n"),
            "not-answered": "def best_plan(levers, slopes, room, budget):\n    pass\n",
        },
        "lost": {
            "one-by-one": 3,
            "one-by-one#3": 3,
            "two-levers-at-most": 3,
            "one-lever-a-rating#2": 3,
            "one-lever-a-rating#3": 3,
            "room-forgotten#3": 2,
            "room-for-each-lever#2": 2,
            "room-on-the-whole": 2,
            "beyond-the-top-forbidden": 2,
            "beyond-the-top-forbidden#2": 2,
            "dearer-of-equals#3": 1,
            "value#2": 3,
            "value#3": 3,
            "value#4": 3,
            "shape#2": 1,
            "one-lever-a-rating": 3,
            "room-forgotten": 2,
            "room-forgotten#2": 2,
            "room-after-the-choice": 2,
            "room-for-each-lever": 2,
            "room-on-the-gain": 2,
            "last-euro-kept": 1,
            "nothing-for-nothing": 1,
            "nothing-for-nothing#2": 1,
            "dearer-of-equals": 1,
            "dearer-of-equals#2": 1,
            "raised": 1,
        },
    },
}
