"""Answers to the assignment of module 04, as trainees write them: right ones and wrong ones.

Each replaces the whole source of its solution cell. ``lost`` says what a wrong answer costs where that is
less than all points of the item, because another step of it is right.
"""

import re
from typing import Any


def _desks(counter: str, app: str, hotline: str, advice: str, worst: str = '"hotline"') -> str:
    return (
        f'desk_gaps = {{"counter": {counter}, "app": {app}, "hotline": {hotline}, "advice": {advice}}}\n'
        f"worst_desk = {worst}\n"
    )


_RIGHT_DESKS = ("-0.3", "1.4", "-1.2", "-0.7")
_RIGHT_PLAIN = 'harbour["gap"].mean()'
_RIGHT_WEIGHTED = '(harbour["points"] * harbour["gap"]).sum() / harbour["points"].sum()'


def _overall(plain: str = _RIGHT_PLAIN, weighted: str = _RIGHT_WEIGHTED) -> str:
    return f'plain = {plain}\nweighted = {weighted}\nprint("plain:", plain, "weighted:", weighted)\n'


def _findings(gaps: str = "34132", supported: str = "D") -> str:
    """Gaps of reply, poster, papers, tellers and empathy, in this order."""
    names = ("reply", "poster", "papers", "tellers", "empathy")
    entries = ", ".join(f'"{name}": {gap}' for name, gap in zip(names, gaps, strict=True))
    return f'internal_gap = {{{entries}}}\nsupported = "{supported}"\n'


def _clients(places: str = "within none below none", negative: str = "FTTF") -> str:
    names = ("anping", "borun", "caihe", "deli")
    words = [{"none": "no zone", "NONE": "No Zone "}.get(word, word) for word in places.split()]
    stands = ", ".join(f'"{name}": "{where}"' for name, where in zip(names, words, strict=True))
    truths = ", ".join(f'"{name}": {flag == "T"}' for name, flag in zip(names, negative, strict=True))
    return f"place = {{{stands}}}\nmsa_negative = {{{truths}}}\n"


def _called(added: str = "0.7", anyway: str = "0.4") -> str:
    return f"added = {added}\nanyway = {anyway}\n"


def _gap(
    item: str = "p - d",
    own: str = "gaps.mean(axis=1).mean()",
    kept: str = "[n for n in found if not pd.isna(found[n])]",
    overall: str = "sum(weights[n] * found[n] for n in kept) / sum(weights[n] for n in kept)",
    turned: str = "item in reverse",
    columns: str = "answers['perceived_' + item], answers['desired_' + item]",
    turn: str = "p, d = 8 - p, 8 - d",
    nothing: str = "None",
    given: str = "{**found, 'overall': overall}",
) -> str:
    return (
        "import numpy as np\n\n\n"
        "def weighted_gap(answers, dimensions, weights, reverse):\n"
        "    found, sizes = {}, {}\n"
        "    for name, items in dimensions.items():\n"
        "        gaps = pd.DataFrame(index=answers.index)\n"
        "        for item in items:\n"
        f"            p, d = {columns}\n"
        f"            if {turned}:\n"
        f"                {turn}\n"
        f"            gaps[item] = {item}\n"
        f"        found[name] = {own}\n"
        "        sizes[name] = len(items)\n"
        f"    kept = {kept}\n"
        "    if not kept:\n"
        f"        overall = {nothing}\n"
        "    else:\n"
        f"        overall = {overall}\n"
        f"    return {given}\n"
    )


def _apart(own: str) -> str:
    """Average P and E on their own, as if both were always there."""
    return (
        "def weighted_gap(answers, dimensions, weights, reverse):\n"
        "    found = {}\n"
        "    for name, items in dimensions.items():\n"
        "        p = answers[['perceived_' + item for item in items]].copy()\n"
        "        d = answers[['desired_' + item for item in items]].copy()\n"
        "        for item in items:\n"
        "            if item in reverse:\n"
        "                p['perceived_' + item] = 8 - p['perceived_' + item]\n"
        "                d['desired_' + item] = 8 - d['desired_' + item]\n"
        f"        found[name] = {own}\n"
        "    kept = [name for name in found if pd.notna(found[name])]\n"
        "    total = sum(weights[name] for name in kept)\n"
        "    found['overall'] = sum(weights[n] * found[n] for n in kept) / total if kept else None\n"
        "    return found\n"
    )


def _zone(
    mss: str = "(p - d).mean()",
    msa: str = "(p - a).mean()",
    below: str = "(p < a)[p.notna() & a.notna()].mean()",
    no_zone: str = "int((d <= a).sum())",
    zone: str = "answers[p.notna() & (d > a)]",
    position: str = "(m.perceived - m.adequate) / (m.desired - m.adequate) if len(z) else None",
    first: str = "",
    given: str = "result",
) -> str:
    return (
        "import numpy as np\n\n\n"
        "def zone_summary(answers):\n"
        f"{first}"
        '    p, d, a = answers["perceived"], answers["desired"], answers["adequate"]\n'
        f"    z = {zone}\n"
        '    m = z[["perceived", "desired", "adequate"]].mean()\n'
        "    result = {\n"
        f'        "mss": {mss},\n        "msa": {msa},\n        "below": {below},\n'
        f'        "no_zone": {no_zone},\n        "position": {position},\n'
        "    }\n"
        f"    return {given}\n"
    )


def _tabled(code: str) -> str:
    """Begin the function with a table of the columns, as the answer cell of the release does."""
    table = '    answers = pd.DataFrame(answers).apply(pd.to_numeric, errors="coerce")\n'
    return re.sub(r"(?m)^(def (?:weighted_gap|zone_summary)\(.*\):\n)", rf"\1{table}", code)


_COMPLETE = '    answers = answers.dropna(subset=["perceived", "desired", "adequate"])\n'
_EACH = "((z.perceived - z.adequate) / (z.desired - z.adequate))"

ANSWERS: dict[str, dict[str, Any]] = {
    "m04-desks": {
        "cell": "m04-desks-answer",
        "right": {
            "by hand": _desks(*_RIGHT_DESKS),
            "computed": (
                "desired = {'counter': 5.3, 'app': 4.3, 'hotline': 6.6, 'advice': 6.8}\n"
                "perceived = {'counter': 5.0, 'app': 5.7, 'hotline': 5.4, 'advice': 6.1}\n"
                "desk_gaps = {}\n"
                "for desk in desired:\n"
                "    desk_gaps[desk] = round(perceived[desk] - desired[desk], 1)\n"
                "worst_desk = min(desk_gaps, key=desk_gaps.get)\nprint(desk_gaps)\n"
            ),
            "Series": (
                "sheet = pd.DataFrame(\n"
                "    {'desired': [5.3, 4.3, 6.6, 6.8], 'perceived': [5.0, 5.7, 5.4, 6.1]},\n"
                "    index=['counter', 'app', 'hotline', 'advice'],\n)\n"
                "desk_gaps = sheet.perceived - sheet.desired\n"
                "worst_desk = desk_gaps.idxmin()\n"
            ),
            "differences as they are": _desks(
                "5.0 - 5.3", "5.7 - 4.3", "5.4 - 6.6", "6.1 - 6.8", '"HOTLINE"'
            ),
            "capitals and spaces": _desks("-.3", "+1.40", "-1.2", "-0.70", '" Hotline "'),
        },
        "wrong": {
            "sign-turned": _desks("0.3", "-1.4", "1.2", "0.7"),
            "sign-dropped": _desks("0.3", "1.4", "1.2", "0.7"),
            "all-below-zero": _desks("-0.3", "-1.4", "-1.2", "-0.7"),
            "surplus-cut-off": _desks("-0.3", "0", "-1.2", "-0.7"),
            "ratio-for-difference": _desks("5.0 / 5.3", "5.7 / 4.3", "5.4 / 6.6", "6.1 / 6.8"),
            "ratio-for-difference#2": _desks("0.94", "1.33", "0.82", "0.90"),
            "relative-difference": _desks("-0.3 / 5.3", "1.4 / 4.3", "-1.2 / 6.6", "-0.7 / 6.8"),
            "not-points": _desks("'-0.3'", "'1.4'", "'-1.2'", "'-0.7'"),
            "not-points#2": _desks("-5.7", "32.6", "-18.2", "-10.3"),
            "not-points#3": _desks("[5.0 - 5.3]", "[1.4]", "[-1.2]", "[-0.7]"),
            "lowest-number-of-the-sheet": _desks(*_RIGHT_DESKS, '"app"'),
            "perception-alone": _desks(*_RIGHT_DESKS, '"counter"'),
            "wish-alone": _desks(*_RIGHT_DESKS, '"advice"'),
            "type": _desks(*_RIGHT_DESKS, '"hot line desk"'),
            "not-answered": _desks("-0.3", "None", "-1.2", "-0.7"),
            "shape": _desks(*_RIGHT_DESKS).replace("advice", "advise"),
            "lowest-number-of-the-sheet#2": _desks("0.3", "-1.4", "1.2", "0.7", '"app"'),
        },
        "lost": dict.fromkeys(
            (
                "sign-turned",
                "sign-dropped",
                "all-below-zero",
                "surplus-cut-off",
                "ratio-for-difference",
                "ratio-for-difference#2",
                "relative-difference",
                "not-points",
                "not-points#2",
                "not-points#3",
                "lowest-number-of-the-sheet",
                "perception-alone",
                "wish-alone",
                "type",
                "not-answered",
                "shape",
            ),
            1,
        ),
    },
    "m04-overall": {
        "cell": "m04-overall-answer",
        "right": {
            "pandas": _overall(),
            "typed in": _overall("-0.92", "-1.22"),
            "loops": (
                "plain = sum(harbour['gap']) / len(harbour)\n"
                "weighted = 0\n"
                "for name in harbour.index:\n"
                "    row = harbour.loc[name]\n"
                "    weighted += row['points'] / sum(harbour['points']) * row['gap']\n"
            ),
            "NumPy": (
                "import numpy as np\n"
                "plain = np.mean(harbour['gap'])\n"
                "weighted = np.average(harbour['gap'], weights=harbour['points'])\n"
            ),
            "below the marked lines": (
                'plain = (harbour["questions"] * harbour["gap"]).sum() / harbour["questions"].sum()\n'
                'weighted = (harbour["points"] / 100 * harbour["gap"]).sum()\n'
                'points = 100 * harbour["points"] / harbour["points"].sum()\n'
                'plain = round(harbour["gap"].mean(), 2)\n'
                'weighted = round((points / 100 * harbour["gap"]).sum(), 2)\n'
            ),
        },
        "wrong": {
            "questions-as-weights": _overall(
                '(harbour["questions"] * harbour["gap"]).sum() / harbour["questions"].sum()'
            ),
            "questions-as-weights#2": _overall("-0.82"),
            "questions-as-weights#4": _overall(
                weighted='(harbour["questions"] * harbour["gap"]).sum() / harbour["questions"].sum()'
            ),
            "sum-for-mean": _overall('harbour["gap"].sum()'),
            "divided-by-questions": _overall('harbour["gap"].sum() / harbour["questions"].sum()'),
            "divided-by-questions#2": _overall(
                weighted='(harbour["points"] * harbour["gap"]).sum() / harbour["questions"].sum()'
            ),
            "points-in-plain": _overall(_RIGHT_WEIGHTED),
            "middle-for-mean": _overall('harbour["gap"].median()'),
            "sign-turned": _overall("0.92"),
            "sign-turned#2": _overall(weighted=f"-{_RIGHT_WEIGHTED}"),
            "not-rescaled": _overall(weighted='(harbour["points"] / 100 * harbour["gap"]).sum()'),
            "not-rescaled#2": _overall(weighted="-0.98"),
            "divided-once-more": _overall(weighted=f"{_RIGHT_WEIGHTED} / 5"),
            "divided-once-more#2": _overall(weighted='(harbour["points"] / 100 * harbour["gap"]).mean()'),
            "unweighted": _overall(weighted=_RIGHT_PLAIN),
            "questions-and-points": _overall(
                weighted='(harbour["questions"] * harbour["points"] * harbour["gap"]).sum()'
                ' / (harbour["questions"] * harbour["points"]).sum()'
            ),
            "not-a-number": _overall(weighted='harbour["points"] / harbour["points"].sum() * harbour["gap"]'),
            "not-a-number#2": _overall('"-0.92"'),
            "beyond-the-scale": _overall(weighted='(harbour["points"] * harbour["gap"]).sum()'),
            "not-answered": _overall("..."),
            "value": _overall("-0.5"),
            "value#2": _overall(weighted='((harbour["points"] + 4) / 100 * harbour["gap"]).sum()'),
            "questions-as-weights#3": _overall(
                '(harbour["questions"] * harbour["gap"]).sum() / 26',
                '(harbour["points"] / 100 * harbour["gap"]).sum()',
            ),
        },
        "lost": dict.fromkeys(
            (
                "questions-as-weights",
                "questions-as-weights#2",
                "questions-as-weights#4",
                "value#2",
                "sum-for-mean",
                "divided-by-questions",
                "divided-by-questions#2",
                "points-in-plain",
                "middle-for-mean",
                "sign-turned",
                "sign-turned#2",
                "not-rescaled",
                "not-rescaled#2",
                "divided-once-more",
                "divided-once-more#2",
                "unweighted",
                "questions-and-points",
                "not-a-number",
                "not-a-number#2",
                "beyond-the-scale",
                "not-answered",
                "value",
            ),
            1,
        ),
    },
    "m04-findings": {
        "cell": "m04-findings-answer",
        "right": {
            "filled in": _findings(),
            "small letter": _findings(supported=" d"),
            "floats": (
                "internal_gap = dict(reply=3.0, poster=4.0, papers=1.0, tellers=3.0, empathy=2.0)\n"
                'supported = "D"\n'
            ),
            "computed": (
                "levels = pd.Series([6.3, 6.1, 5.2, 5.1])\n"
                "steps = list(levels.diff()[1:]) + [5.1 - 5.8]\n"
                "largest = steps.index(min(steps)) + 1\n"
                "internal_gap = pd.Series({'reply': 3, 'poster': 4, 'papers': 1, 'tellers': 3})\n"
                "internal_gap['empathy'] = largest\nprint(steps)\nsupported = 'D'\n"
            ),
        },
        "wrong": {
            "standard-as-promise": _findings("44132"),
            "blame-the-standard": _findings("24132"),
            "blame-the-standard#2": _findings("34122"),
            "kept-and-blamed": _findings("33132"),
            "poster-as-standard": _findings("32132"),
            "value": _findings("14132"),
            "value#2": _findings("31132"),
            "belief-missed": _findings("34232"),
            "belief-missed#2": _findings("34432"),
            "cannot-is-delivery": _findings("34112"),
            "cannot-is-delivery#2": _findings("34142"),
            "promise-looks-larger": _findings("34134"),
            "last-firm-again": _findings("34133"),
            "value#3": _findings("34131"),
            "not-one-to-four": _findings("54132"),
            "not-one-to-four#2": _findings(["3", "4", "'1'", "3", "2"]),  # type: ignore[arg-type]
            "not-one-to-four#3": _findings(["[3]", "4", "1", "3", "'gap 2'"]),  # type: ignore[arg-type]
            "not-answered": _findings(["3", "4", "None", "3", "2"]),  # type: ignore[arg-type]
            "sum-of-the-four": _findings(supported="A"),
            "promise-closes-itself": _findings(supported="B"),
            "done-for-perceived": _findings(supported="C"),
            "type": _findings(supported="gap 5 is -0.8"),
            "shape": _findings().replace("tellers", "teller"),
            "standard-as-promise#2": _findings("43413", "A"),
        },
        "lost": {
            **dict.fromkeys(
                (
                    "standard-as-promise",
                    "blame-the-standard",
                    "blame-the-standard#2",
                    "kept-and-blamed",
                    "poster-as-standard",
                    "value",
                    "value#2",
                    "value#3",
                    "belief-missed",
                    "belief-missed#2",
                    "cannot-is-delivery",
                    "cannot-is-delivery#2",
                    "promise-looks-larger",
                    "last-firm-again",
                    "not-one-to-four",
                    "not-one-to-four#2",
                    "not-answered",
                    "sum-of-the-four",
                    "promise-closes-itself",
                    "done-for-perceived",
                    "type",
                ),
                1,
            ),
            "not-one-to-four#3": 2,
            "shape": 2,
        },
    },
    "m04-clients": {
        "cell": "m04-clients-answer",
        "right": {
            "filled in": _clients(),
            "capitals and spaces": _clients("Within NONE Below none"),
            "computed": (
                "rows = {'anping': (4, 7, 6), 'borun': (6, 6, 5), 'caihe': (3, 6, 2), 'deli': (5, 4, 6)}\n"
                "place, msa_negative = {}, {}\n"
                "for client, (a, d, p) in rows.items():\n"
                "    if d <= a:\n        place[client] = 'no zone'\n"
                "    elif p < a:\n        place[client] = 'below'\n"
                "    else:\n        place[client] = 'above' if p > d else 'within'\n"
                "    msa_negative[client] = p - a < 0\n"
            ),
            "Series": (
                "names = ['anping', 'borun', 'caihe', 'deli']\n"
                "place = pd.Series(['within', 'no zone', 'below', 'no zone'], index=names)\n"
                "msa_negative = pd.Series([6, 5, 2, 6], index=names) < pd.Series([4, 6, 3, 5], index=names)\n"
            ),
        },
        "wrong": {
            "desired-as-floor": _clients("below below below above"),
            "desired-as-floor#2": _clients("below none below none"),
            "undefined-as-zero": _clients("within within below none"),
            "undefined-as-zero#2": _clients("within within below above"),
            "measures-for-place": _clients("within below below above"),
            "formula-regardless": _clients("within below below below"),
            "only-equal-is-undefined": _clients("within none below above"),
            "only-equal-is-undefined#2": _clients("within none below below"),
            "only-equal-is-undefined#3": _clients("within none below within"),
            "equal-is-no-zone": _clients("within below below none"),
            "value": _clients("within none none none"),
            "mss-for-msa": _clients(negative="TTTF"),
            "no-zone-left-out": _clients(negative="FFTF"),
            "position-for-msa": _clients(negative="FTTT"),
            "msa-turned": _clients(negative="TFFT"),
            "type": _clients("inside none below none"),
            "type#2": _clients().replace("True", '"True"'),
            "not-answered": _clients().replace("True", "None"),
            "shape": _clients().replace("deli", "dely"),
            "measures-for-place#2": _clients("within below below above", "FFTF"),
        },
        "lost": dict.fromkeys(
            (
                "desired-as-floor",
                "desired-as-floor#2",
                "undefined-as-zero",
                "undefined-as-zero#2",
                "measures-for-place",
                "formula-regardless",
                "only-equal-is-undefined",
                "only-equal-is-undefined#2",
                "only-equal-is-undefined#3",
                "equal-is-no-zone",
                "value",
                "mss-for-msa",
                "no-zone-left-out",
                "position-for-msa",
                "msa-turned",
                "type",
                "type#2",
                "not-answered",
            ),
            1,
        ),
    },
    "m04-called": {
        "cell": "m04-called-answer",
        "right": {
            "typed in": _called(),
            "computed": _called("(-2.0 + 3.1) - (-2.7 + 3.1)", "-2.7 - -3.1"),
            "autumn alone": _called("-2.0 - (-2.7)", "round(-2.7 + 3.1, 2)"),
            "pandas": (
                "means = pd.DataFrame({'spring': [-3.1, -3.1], 'autumn': [-2.0, -2.7]})\n"
                "means.index = ['yes', 'no']\n"
                "gained = means['autumn'] - means['spring']\n"
                "anyway = gained['no']\nadded = gained['yes'] - gained['no']\nprint(gained)\n"
            ),
        },
        "wrong": {
            "no-comparison": _called("1.1"),
            "others-as-control": _called("1.2", "-0.1"),
            "others-as-control#2": _called("1.2"),
            "others-as-control#3": _called(anyway="0.4 - -0.1"),
            "others-as-control#4": _called("1.17", "-0.07"),
            "sign-turned": _called("-0.7"),
            "sign-turned#2": _called("-0.7", "-0.4"),
            "rises-added": _called("1.5"),
            "numbers-swapped": _called("0.4", "0.7"),
            "nothing-anyway": _called("1.1", "0"),
            "nothing-anyway#2": _called(anyway="0"),
            "not-points": _called('"0.7"'),
            "not-points#2": _called("64", "13"),
            "not-answered": _called(anyway="None"),
            "value": _called(anyway="-2.7"),
            "value#2": _called("0.2"),
            "value#3": _called("0.64", "0.36"),
        },
        "lost": dict.fromkeys(
            (
                "no-comparison",
                "others-as-control#2",
                "others-as-control#3",
                "sign-turned",
                "rises-added",
                "nothing-anyway#2",
                "not-points",
                "not-answered",
                "value",
                "value#2",
            ),
            1,
        ),
    },
    "m04-weighted-gap": {
        "cell": "m04-weighted-gap-answer",
        "right": {
            "item by item": _gap(),
            "loops alone": (
                "def weighted_gap(answers, dimensions, weights, reverse):\n"
                "    result = {}\n"
                "    top = bottom = 0\n"
                "    for dimension in dimensions:\n"
                "        of_clients = []\n"
                "        for _, row in answers.iterrows():\n"
                "            of_items = []\n"
                "            for item in dimensions[dimension]:\n"
                "                e, p = row[f'desired_{item}'], row[f'perceived_{item}']\n"
                "                if pd.isna(e) or pd.isna(p):\n                    continue\n"
                "                of_items.append(e - p if item in reverse else p - e)\n"
                "            if of_items:\n"
                "                of_clients.append(sum(of_items) / len(of_items))\n"
                "        if of_clients:\n"
                "            result[dimension] = sum(of_clients) / len(of_clients)\n"
                "            top += weights[dimension] * result[dimension]\n"
                "            bottom += weights[dimension]\n"
                "        else:\n"
                "            result[dimension] = None\n"
                "    result['overall'] = top / bottom if bottom else None\n"
                "    return result\n"
            ),
            "NumPy": (
                "import numpy as np\nimport warnings\n\n\n"
                "def weighted_gap(answers, dimensions, weights, reverse):\n"
                "    def turned(column, item):\n"
                "        values = answers[column].to_numpy(dtype=float)\n"
                "        return 8 - values if item in reverse else values\n\n"
                "    gaps = []\n"
                "    for items in dimensions.values():\n"
                "        p = np.column_stack([turned('perceived_' + i, i) for i in items])\n"
                "        e = np.column_stack([turned('desired_' + i, i) for i in items])\n"
                "        gaps.append(np.nanmean(np.nanmean(p - e, axis=1)))\n"
                "    gaps = np.array(gaps)\n"
                "    points = np.array([weights[name] for name in dimensions], dtype=float)\n"
                "    there = ~np.isnan(gaps)\n"
                "    result = dict(zip(dimensions, gaps))\n"
                "    result['overall'] = np.nan\n"
                "    if there.any():\n"
                "        result['overall'] = np.average(gaps[there], weights=points[there])\n"
                "    return result\n"
            ),
            "Series, in place on a copy": (
                "def weighted_gap(answers, dimensions, weights, reverse):\n"
                "    answers = answers.copy()\n"
                "    for item in reverse:\n"
                "        for kind in ('desired', 'perceived'):\n"
                "            answers[f'{kind}_{item}'] = 8 - answers[f'{kind}_{item}']\n"
                "    gaps = pd.Series(dtype=float)\n"
                "    for name, items in dimensions.items():\n"
                "        p = answers[[f'perceived_{i}' for i in items]].set_axis(items, axis=1)\n"
                "        e = answers[[f'desired_{i}' for i in items]].set_axis(items, axis=1)\n"
                "        gaps[name] = (p - e).mean(axis=1).mean()\n"
                "        print(name, gaps[name])\n"
                "    points = pd.Series(weights).where(gaps.notna())\n"
                "    gaps['overall'] = (points * gaps).sum(min_count=1) / points.sum(min_count=1)\n"
                "    return gaps\n"
            ),
            "lists alone": (
                "def weighted_gap(answers, dimensions, weights, reverse):\n"
                "    result = {}\n"
                "    for dimension, items in dimensions.items():\n"
                "        clients = {}\n"
                "        for item in items:\n"
                "            sign = -1 if item in reverse else 1\n"
                "            pairs = zip(answers['perceived_' + item], answers['desired_' + item])\n"
                "            for client, (p, e) in enumerate(pairs):\n"
                "                if p is not None and e is not None:\n"
                "                    clients.setdefault(client, []).append(sign * (p - e))\n"
                "        means = [sum(gaps) / len(gaps) for gaps in clients.values()]\n"
                "        result[dimension] = sum(means) / len(means) if means else None\n"
                "    kept = {name: gap for name, gap in result.items() if gap is not None}\n"
                "    total = sum(weights[name] for name in kept)\n"
                "    result['overall'] = None\n"
                "    if kept:\n"
                "        result['overall'] = sum(weights[n] / total * gap for n, gap in kept.items())\n"
                "    return result\n"
            ),
            "long table and groupby": (
                "def weighted_gap(answers, dimensions, weights, reverse):\n"
                "    rows = []\n"
                "    for name, items in dimensions.items():\n"
                "        for item in items:\n"
                "            gap = (answers['perceived_' + item] - answers['desired_' + item]).to_numpy()\n"
                "            gap = -gap if item in reverse else gap\n"
                "            clients = range(len(answers))\n"
                "            rows.append(pd.DataFrame({'client': clients, 'dimension': name, 'gap': gap}))\n"
                "    long = pd.concat(rows).dropna()\n"
                "    by_client = long.groupby(['dimension', 'client'])['gap'].mean()\n"
                "    means = by_client.groupby('dimension').mean()\n"
                "    found = {name: means.get(name) for name in dimensions}\n"
                "    points = pd.Series(weights)[means.index]\n"
                "    found['overall'] = (means * points).sum() / points.sum() if len(means) else None\n"
                "    return found\n"
            ),
            "own function for an item, prints": (
                "def item_gap(table, item, reverse):\n"
                "    p, e = table[f'perceived_{item}'], table[f'desired_{item}']\n"
                "    return e - p if item in reverse else p - e\n\n\n"
                "def weighted_gap(answers, dimensions, weights, reverse):\n"
                "    found = {}\n"
                "    for name, items in dimensions.items():\n"
                "        gaps = pd.concat([item_gap(answers, i, reverse) for i in items], axis=1)\n"
                "        clients = gaps.mean(axis=1).dropna()\n"
                "        found[name] = clients.mean() if len(clients) else None\n"
                "    print(found)\n"
                "    kept = {name: gap for name, gap in found.items() if gap is not None}\n"
                "    points = sum(weights[name] for name in kept)\n"
                "    parts = [weights[name] / points * gap for name, gap in kept.items()]\n"
                "    found['overall'] = sum(parts) if kept else None\n"
                "    return found\n"
            ),
            "package for each client": (
                "from csmodels_helpers import servqual\n\n\n"
                "def weighted_gap(answers, dimensions, weights, reverse):\n"
                "    found = {}\n"
                "    for name, items in dimensions.items():\n"
                "        own = []\n"
                "        for _, row in answers.iterrows():\n"
                "            row = row.dropna()\n"
                "            have = [i for i in items if 'desired_' + i in row and 'perceived_' + i in row]\n"
                "            if have:\n"
                "                one = pd.DataFrame({c + i: [float(row[c + i])] for i in have\n"
                "                                    for c in ('desired_', 'perceived_')})\n"
                "                made = servqual.analyze(\n"
                "                    one, expected='desired_{item}', dimensions={name: have},\n"
                "                    reverse=[i for i in have if i in reverse])\n"
                "                own.append(made.table['gap'].iloc[0])\n"
                "        found[name] = sum(own) / len(own) if own else None\n"
                "    kept = {name: weights[name] for name in found if found[name] is not None}\n"
                "    total = sum(kept.values())\n"
                "    parts = [points / total * found[name] for name, points in kept.items()]\n"
                "    return found | {'overall': sum(parts) if parts else None}\n"
            ),
        },
        "wrong": {
            "sign-turned": _gap("d - p"),
            "sign-dropped": _gap("abs(p - d)"),
            "ratio-for-difference": _apart("p.stack().mean() / d.stack().mean()"),
            "perception-alone": _gap("p"),
            "items-summed": _gap(own="gaps.sum(axis=1).mean()"),
            "clients-summed": _gap(own="gaps.mean(axis=1).sum()"),
            "surplus-cut-off": _gap(own="gaps.clip(upper=0).mean(axis=1).mean()"),
            "value": _gap(own="gaps.mean(axis=1).median()"),
            "value#2": _gap(own="round(gaps.mean(axis=1).mean(), 1)"),
            "name-begins-alike": _gap(
                columns=(
                    "answers.filter(like='perceived_' + item).mean(axis=1),"
                    " answers.filter(like='desired_' + item).mean(axis=1)"
                )
            ),
            "numbers-typed-in": (
                "def weighted_gap(answers, dimensions, weights, reverse):\n"
                "    return {'speed': -2.0, 'care': -0.375, 'queue': None, 'overall': -1.59375}\n"
            ),
            "not-a-dictionary": _gap(given="overall"),
            "not-a-dictionary#2": _gap().replace("        overall = None\n", "        return None\n"),
            "not-numbers": _gap(own="gaps.mean(axis=1)", kept="list(found)"),
            "gaps-all-alike": (
                "def weighted_gap(answers, dimensions, weights, reverse):\n"
                "    p = answers.filter(like='perceived_').mean().mean()\n"
                "    gap = p - answers.filter(like='desired_').mean().mean()\n"
                "    return {**dict.fromkeys(dimensions, gap), 'overall': gap}\n"
            ),
            "not-rescaled": _gap(overall="sum(weights[n] / 100 * found[n] for n in kept)"),
            "points-not-shares": _gap(overall="sum(weights[n] * found[n] for n in kept)"),
            "divided-once-more": _gap(
                overall="np.mean([weights[n] * found[n] / sum(weights[m] for m in kept) for n in kept])"
            ),
            "unweighted": _gap(overall="sum(found[n] for n in kept) / len(kept)"),
            "weights-by-position": _gap(
                overall=(
                    "sum(w * g for w, g in zip(weights.values(), found.values()) if g == g)"
                    " / sum(w for w, g in zip(weights.values(), found.values()) if g == g)"
                )
            ),
            "items-as-weights": _gap(
                overall="sum(sizes[n] * found[n] for n in kept) / sum(sizes[n] for n in kept)"
            ),
            "items-and-points": _gap(
                overall=(
                    "sum(weights[n] * sizes[n] * found[n] for n in kept)"
                    " / sum(weights[n] * sizes[n] for n in kept)"
                )
            ),
            "overall-by-client": _gap()
            .replace("found, sizes = {}, {}", "found, sizes, each = {}, {}, {}")
            .replace("        sizes[name] =", "        each[name] = gaps.mean(axis=1)\n        sizes[name] =")
            .replace(
                "    return",
                "    each, points = pd.DataFrame(each), pd.Series(weights)\n"
                "    shares = (each.notna() * points).sum(axis=1)\n"
                "    overall = ((each * points).sum(axis=1) / shares).mean()\n"
                "    return",
            ),
            "answers-made-up": _gap("p.fillna(4) - d.fillna(4)"),
            "answers-made-up#2": _gap("p.fillna(p.mean()) - d.fillna(d.mean())"),
            "value#3": _gap("p.fillna(1) - d"),
            "nan-spreads": _gap(own="np.mean(gaps.to_numpy())"),
            "nan-spreads#2": _gap(own="gaps.mean(axis=1).mean()").replace(
                "    found, sizes", "    answers = answers.dropna()\n    found, sizes"
            ),
            "missing-as-zero": _gap(own="gaps.fillna(0).mean(axis=1).mean()"),
            "answers-filled-with-zero": _gap("p.fillna(0) - d.fillna(0)"),
            "rows-dropped": _gap(own="gaps.dropna().mean(axis=1).mean()"),
            "items-first": _gap(own="gaps.mean().mean()"),
            "pooled": _gap(own="np.nan if gaps.isna().all().all() else np.nanmean(gaps.to_numpy())"),
            "pooled#2": _gap(own="gaps.stack().mean()"),
            "unpaired": _apart("(p.mean(axis=1) - d.mean(axis=1)).mean()"),
            "unpaired#2": _apart("p.mean(axis=1).mean() - d.mean(axis=1).mean()"),
            "silent-clients-counted": _gap(own="gaps.mean(axis=1).sum(min_count=1) / len(gaps)"),
            "divided-by-all-items": _gap(own="(gaps.sum(axis=1, min_count=1) / len(items)).mean()"),
            "silent-keeps-its-points": _gap(
                overall="sum(weights[n] * found[n] for n in kept) / sum(weights.values())"
            ),
            "zero-for-nobody": _gap(own="0 if gaps.isna().all().all() else gaps.mean(axis=1).mean()"),
            "zero-for-nobody#2": _gap(nothing="0"),
            "one-silent-loses-all": _gap(kept="list(found)"),
            "reverse-ignored": _gap(turned="False"),
            "one-column-turned": _gap(turn="p = 8 - p"),
            "whole-dimension-turned": _gap(turned="set(items) & set(reverse)"),
            "changed": (
                "def weighted_gap(answers, dimensions, weights, reverse):\n"
                "    for item in reverse:\n"
                "        for kind in ('desired_', 'perceived_'):\n"
                "            answers[kind + item] = [x and 8 - x for x in answers[kind + item]]\n"
                "    table = pd.DataFrame(answers).apply(pd.to_numeric, errors='coerce')\n"
                "    return _turned(table, dimensions, weights)\n\n\n"
            )
            + _gap()
            .split("\n\n\n")[1]
            .replace(
                "weighted_gap(answers, dimensions, weights, reverse)", "_turned(answers, dimensions, weights)"
            )
            .replace("item in reverse", "False"),
            "shape": _gap(given="{'overall': overall}"),
            "raised": _gap(own="sum(gaps.stack().dropna()) / len(gaps.stack().dropna())"),
            "not-answered": "def weighted_gap(answers, dimensions, weights, reverse):\n    pass\n",
        },
        "lost": {
            "sign-turned": 1,
            "value": 2,
            "value#2": 2,
            "name-begins-alike": 2,
            "clients-summed": 2,
            "items-summed": 2,
            "ratio-for-difference": 2,
            "perception-alone": 3,
            "sign-dropped": 3,
            **dict.fromkeys(
                (
                    "not-rescaled",
                    "points-not-shares",
                    "divided-once-more",
                    "unweighted",
                    "weights-by-position",
                    "items-as-weights",
                    "surplus-cut-off",
                    "items-and-points",
                    "overall-by-client",
                    "answers-made-up",
                    "answers-made-up#2",
                    "value#3",
                    "nan-spreads",
                    "nan-spreads#2",
                    "missing-as-zero",
                    "answers-filled-with-zero",
                    "rows-dropped",
                    "items-first",
                    "pooled",
                    "pooled#2",
                    "unpaired",
                    "unpaired#2",
                    "silent-clients-counted",
                    "divided-by-all-items",
                    "silent-keeps-its-points",
                    "zero-for-nobody",
                    "zero-for-nobody#2",
                    "one-silent-loses-all",
                    "not-a-dictionary#2",
                    "reverse-ignored",
                    "one-column-turned",
                    "whole-dimension-turned",
                    "changed",
                    "raised",
                ),
                1,
            ),
        },
    },
    "m04-zone-summary": {
        "cell": "m04-zone-summary-answer",
        "right": {
            "pandas": _zone(),
            "loops": (
                "def zone_summary(answers):\n"
                "    def mean(values):\n"
                "        return sum(values) / len(values) if values else None\n\n"
                "    mss, msa, no_zone, zone = [], [], 0, []\n"
                "    for p, d, a in zip(answers['perceived'], answers['desired'], answers['adequate']):\n"
                "        if p == p and d == d:\n            mss.append(p - d)\n"
                "        if p == p and a == a:\n            msa.append(p - a)\n"
                "        if d <= a:\n            no_zone += 1\n"
                "        if p == p and d > a:\n            zone.append((p - a, d - a))\n"
                "    above, width = sum(x for x, _ in zone), sum(w for _, w in zone)\n"
                "    return {\n"
                "        'mss': mean(mss),\n        'msa': mean(msa),\n"
                "        'below': mean([x < 0 for x in msa]),\n        'no_zone': no_zone,\n"
                "        'position': above / width if zone else None,\n    }\n"
            ),
            "NumPy": (
                "import numpy as np\n\n\n"
                "def zone_summary(answers):\n"
                "    p, d, a = answers[['perceived', 'desired', 'adequate']].to_numpy(dtype=float).T\n"
                "    both, zone = ~np.isnan(p - a), ~np.isnan(p) & (d > a)\n"
                "    return {\n"
                "        'mss': np.nanmean(p - d) if len(p) else np.nan,\n"
                "        'msa': np.nanmean(p - a) if len(p) else np.nan,\n"
                "        'below': np.mean(p[both] < a[both]) if both.any() else np.nan,\n"
                "        'no_zone': np.sum(d <= a),\n"
                "        'position': (p - a)[zone].sum() / (d - a)[zone].sum() if zone.any() else None,\n"
                "    }\n"
            ),
            "lists alone": (
                "def zone_summary(answers):\n"
                "    rows = list(zip(answers['perceived'], answers['desired'], answers['adequate']))\n"
                "    mss = [p - d for p, d, a in rows if None not in (p, d)]\n"
                "    msa = [p - a for p, d, a in rows if None not in (p, a)]\n"
                "    none = sum(1 for p, d, a in rows if None not in (d, a) and d <= a)\n"
                "    zone = [row for row in rows if None not in row and row[1] > row[2]]\n\n"
                "    def mean(values):\n"
                "        return sum(values) / len(values) if values else None\n\n"
                "    place = None\n"
                "    if zone:\n"
                "        p, d, a = (mean(column) for column in zip(*zone))\n"
                "        place = (p - a) / (d - a)\n"
                "    below = mean([each < 0 for each in msa])\n"
                "    return dict(mss=mean(mss), msa=mean(msa), below=below, no_zone=none, position=place)\n"
            ),
            "three tables": (
                "def zone_summary(answers):\n"
                "    pairs = answers.dropna(subset=['perceived', 'desired'])\n"
                "    floor = answers.dropna(subset=['perceived', 'adequate'])\n"
                "    ends = answers.dropna(subset=['desired', 'adequate'])\n"
                "    zone = ends[ends['desired'] > ends['adequate']].dropna(subset=['perceived'])\n"
                "    low, high = zone['adequate'].mean(), zone['desired'].mean()\n"
                "    found = {'mss': None, 'msa': None, 'below': None, 'position': None}\n"
                "    found['no_zone'] = len(ends) - (ends['desired'] > ends['adequate']).sum()\n"
                "    if len(pairs):\n"
                "        found['mss'] = (pairs['perceived'] - pairs['desired']).mean()\n"
                "    if len(floor):\n"
                "        found['msa'] = (floor['perceived'] - floor['adequate']).mean()\n"
                "        found['below'] = (floor['perceived'] < floor['adequate']).mean()\n"
                "    if len(zone):\n"
                "        found['position'] = (zone['perceived'].mean() - low) / (high - low)\n"
                "    return found\n"
            ),
            "Series, columns on a copy": (
                "def zone_summary(answers):\n"
                "    t = answers[['perceived', 'desired', 'adequate']].copy()\n"
                "    t['mss'] = t.perceived - t.desired\n    t['msa'] = t.perceived - t.adequate\n"
                "    t['width'] = t.desired - t.adequate\n"
                "    zone = t.dropna().query('width > 0').mean()\n    print(zone)\n"
                "    return pd.Series({\n"
                "        'mss': t.mss.mean(),\n        'msa': t.msa.mean(),\n"
                "        'below': t.msa.dropna().lt(0).mean(),\n"
                "        'no_zone': (t.width <= 0).sum(),\n"
                "        'position': zone.msa / zone.width,\n    })\n"
            ),
            "package for the position": (
                "from csmodels_helpers import servqual\n\n\n"
                "def zone_summary(answers):\n"
                "    p, d, a = (answers[c].astype(float) for c in ('perceived', 'desired', 'adequate'))\n"
                "    zone = pd.DataFrame({'perceived_x': p, 'desired_x': d, 'adequate_x': a})\n"
                "    zone = zone.dropna()[(d > a).loc[zone.dropna().index]]\n"
                "    position = None\n"
                "    if len(zone):\n"
                "        doubled = pd.concat([zone, zone], ignore_index=True)\n"
                "        made = servqual.zone_of_tolerance(doubled, dimensions={'x': ['x']})\n"
                "        position = made.table['position'].iloc[0]\n"
                "    asked = (p - a).dropna()\n"
                "    below = (asked < 0).sum() / len(asked) if len(asked) else None\n"
                "    return dict(mss=(p - d).mean(), msa=asked.mean(), below=below,\n"
                "                no_zone=(d <= a).sum(), position=position)\n"
            ),
        },
        "wrong": {
            "sign-turned": _zone("(d - p).mean()", "(a - p).mean()"),
            "mss-msa-swapped": _zone("(p - a).mean()", "(p - d).mean()"),
            "no-zone-left-out": _zone(
                "(p - d)[d > a].mean()", "(p - a)[d > a].mean()", "(p < a)[p.notna() & (d > a)].mean()"
            ),
            "no-zone-left-out#2": _zone(
                below="((p < a) & (d > a)).sum() / max((p - a).count(), 1) if (p - a).count() else None"
            ),
            "ratio-for-difference": _zone("p.mean() / d.mean()", "p.mean() / a.mean()"),
            "sum-for-mean": _zone("(p - d).sum(min_count=1)", "(p - a).sum(min_count=1)"),
            "numbers-typed-in": (
                "def zone_summary(answers):\n"
                "    return {'mss': -0.375, 'msa': 0.25, 'below': 0.25, 'no_zone': 3, 'position': 1 / 7}\n"
            ),
            "not-a-dictionary": _zone(given="list(result.values())"),
            "not-a-dictionary#2": _zone(
                first="    if answers[['perceived', 'adequate']].dropna().empty:\n        return None\n"
            ),
            "not-numbers": _zone("p - d", "p - a"),
            "border-as-below": _zone(below="(p <= a)[p.notna() & a.notna()].mean()"),
            "desired-for-adequate": _zone(below="(p < d)[p.notna() & d.notna()].mean()"),
            "count-for-share": _zone(below="(p < a).sum()"),
            "per-cent-for-share": _zone(below="100 * (p < a)[p.notna() & a.notna()].mean()"),
            "per-cent-for-share#2": _zone(
                position="100 * (m.perceived - m.adequate) / (m.desired - m.adequate)"
            ),
            "above-for-below": _zone(below="(p > a)[p.notna() & a.notna()].mean()"),
            "none-for-zero": _zone(below="(p < a)[p.notna() & a.notna()].mean() or None"),
            "only-equal": _zone(no_zone="int((d == a).sum())"),
            "equal-has-a-zone": _zone(no_zone="int((d < a).sum())"),
            "equal-has-a-zone#2": _zone(
                zone="answers[p.notna() & (d >= a)]",
                position=(
                    "(m.perceived - m.adequate) / (m.desired - m.adequate)"
                    " if m.desired > m.adequate else None"
                ),
            ),
            "share-for-count": _zone(no_zone="(d <= a).sum() / max((d - a).count(), 1)"),
            "no-count": _zone(no_zone="int((d <= a).sum()) if (d - a).count() else None"),
            "position-cut": _zone(
                position=(
                    "min(max((m.perceived - m.adequate) / (m.desired - m.adequate), 0), 1)"
                    " if len(z) else None"
                )
            ),
            "outside-left-out": _zone(zone="answers[(d > a) & (p >= a) & (p <= d)]"),
            "not-the-same-clients#2": _zone(
                position="(p.mean() - m.adequate) / (m.desired - m.adequate) if len(z) else None"
            ),
            "not-the-same-clients#3": _zone(
                position=(
                    "(p[~(d <= a)].mean() - a[d > a].mean()) / (d - a)[d > a].mean() if len(z) else None"
                )
            ),
            "answers-made-up": _zone(first="    answers = answers.fillna(answers.mean())\n"),
            "complete-rows-only#4": _zone(first="    answers = answers.dropna()\n"),
            "value": _zone(msa="(p - a)[p < a].mean()"),
            "value#2": _zone("round((p - d).mean(), 1)", "round((p - a).mean(), 1)"),
            "zones-counted": _zone(no_zone="int((d > a).sum())"),
            "mean-of-positions": _zone(position=f"{_EACH}.mean()"),
            "undefined-as-zero": _zone(
                position=f"{_EACH}.sum() / (p - d - a).count() if (p - d - a).count() else None"
            ),
            "everybody-in-the-means": _zone(
                zone="answers[(p + d + a).notna()]",
                position=(
                    "(m.perceived - m.adequate) / (m.desired - m.adequate)"
                    " if m.desired > m.adequate else None"
                ),
            ),
            "from-the-desired-end": _zone(position="(m.desired - m.perceived) / (m.desired - m.adequate)"),
            "points-for-position": _zone(position="m.perceived - m.adequate"),
            "upside-down": _zone(position="(m.desired - m.adequate) / (m.perceived - m.adequate)"),
            "nan-spreads": _zone("np.mean((p - d).to_numpy())", "np.mean((p - a).to_numpy())"),
            "complete-rows-only": _zone(first=_COMPLETE),
            "complete-rows-only#2": _zone(no_zone="int(((d <= a) & p.notna()).sum())"),
            "complete-rows-only#3": _zone(below="(p < a)[(p + d + a).notna()].mean()"),
            "silent-in-the-denominator": _zone(below="(p < a).mean()"),
            "silent-in-the-denominator#2": _zone("(p - d).sum() / len(p)", "(p - a).sum() / len(p)"),
            "missing-as-zero": _zone(first="    answers = answers.fillna(0)\n"),
            "missing-as-zero#2": _zone(below="(p.fillna(0) < a.fillna(0)).mean()"),
            "silent-as-below": _zone(below="1 - (p >= a).mean()"),
            "silent-without-zone": _zone(no_zone="int((~(d > a)).sum())"),
            "not-the-same-clients": _zone(zone="answers[d > a]"),
            "zero-for-nobody": _zone(
                position="(m.perceived - m.adequate) / (m.desired - m.adequate) if len(z) else 0"
            ),
            "zero-for-nobody#2": _zone(given="{k: 0 if pd.isna(v) else v for k, v in result.items()}"),
            "nobody-below": _zone(below="(p < a).sum() / max((p - a).count(), 1)"),
            "shape": _zone().replace('"no_zone"', '"undefined"'),
            "raised": _zone(below="sum((p - a).dropna() < 0) / len((p - a).dropna())"),
            "changed": (
                "def zone_summary(answers):\n"
                "    answers['client'] = list(range(len(answers['perceived'])))\n"
                "    return _summary(pd.DataFrame(answers).apply(pd.to_numeric, errors='coerce'))\n\n\n"
            )
            + _zone().replace("zone_summary", "_summary"),
            "not-answered": "def zone_summary(answers):\n    pass\n",
        },
        "lost": {
            "no-zone-left-out": 3,
            **dict.fromkeys(
                (
                    "mss-msa-swapped",
                    "not-the-same-clients#2",
                    "value",
                    "no-zone-left-out#2",
                    "ratio-for-difference",
                    "not-numbers",
                    "desired-for-adequate",
                    "count-for-share",
                    "undefined-as-zero",
                ),
                2,
            ),
            **dict.fromkeys(
                (
                    "sign-turned",
                    "sum-for-mean",
                    "not-a-dictionary#2",
                    "border-as-below",
                    "per-cent-for-share",
                    "per-cent-for-share#2",
                    "above-for-below",
                    "none-for-zero",
                    "only-equal",
                    "equal-has-a-zone",
                    "equal-has-a-zone#2",
                    "share-for-count",
                    "no-count",
                    "position-cut",
                    "outside-left-out",
                    "not-the-same-clients#3",
                    "answers-made-up",
                    "complete-rows-only#4",
                    "value#2",
                    "zones-counted",
                    "mean-of-positions",
                    "everybody-in-the-means",
                    "from-the-desired-end",
                    "points-for-position",
                    "upside-down",
                    "nan-spreads",
                    "complete-rows-only",
                    "complete-rows-only#2",
                    "complete-rows-only#3",
                    "silent-in-the-denominator",
                    "silent-in-the-denominator#2",
                    "missing-as-zero",
                    "missing-as-zero#2",
                    "silent-as-below",
                    "silent-without-zone",
                    "not-the-same-clients",
                    "zero-for-nobody",
                    "zero-for-nobody#2",
                    "nobody-below",
                    "raised",
                ),
                1,
            ),
        },
    },
}

for _item in ("m04-weighted-gap", "m04-zone-summary"):
    for _kind in ("right", "wrong"):
        ANSWERS[_item][_kind] = {
            key: code if key in ("changed", "lists alone") else _tabled(code)
            for key, code in ANSWERS[_item][_kind].items()
        }
