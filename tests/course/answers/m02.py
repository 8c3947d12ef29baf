"""Answers to the assignment of module 02, as trainees write them: right ones and wrong ones.

Each replaces the whole source of its solution cell. ``lost`` says what a wrong answer costs where that is
less than all points of the item, because another step of it is right.
"""

from typing import Any

_WAYS = ("stores", "talks", "stars", "mails", "calls")
_RIGHT_WAYS = "bias reach depth nothing cost"


def _ways(faults: str = _RIGHT_WAYS, ear: str = '"B"') -> str:
    """Five words in the order of the ways, and the letter."""
    each = ", ".join(f'"{name}": "{word}"' for name, word in zip(_WAYS, faults.split(), strict=True))
    return f"fails = {{{each}}}\nnever_heard = {ear}\n"


def _removed(spring: str, summer: str, autumn: str, winter: str) -> str:
    return (
        f'removed = {{"spring": "{spring}", "summer": "{summer}", '
        f'"autumn": "{autumn}", "winter": "{winter}"}}\n'
    )


def _verdict(wash: str, stars: str, draw: str, host: str) -> str:
    return f'verdict = {{"wash": "{wash}", "stars": "{stars}", "draw": "{draw}", "host": "{host}"}}\n'


def _mails(precision: str = "45 / 75", recall: str = "45 / 60") -> str:
    return f"precision = {precision}\nrecall = {recall}\n"


def _kappa(chance: str) -> str:
    return (
        "def kappa(both, only_a, only_b, neither):\n"
        "    n = both + only_a + only_b + neither\n"
        "    a = (both + only_a) / n  # share marked by A\n"
        "    b = (both + only_b) / n  # share marked by B\n"
        "    agreement = (both + neither) / n\n"
        f"    chance = {chance}\n"
        "    return (agreement - chance) / (1 - chance)\n"
    )


def _share(
    score: str = "sum(w * (s >= 4) for w, s in pairs) / sum(weights)",
    weight: str = "sizes[k] / counts[k]",
    effective: str = "sum(weights) ** 2 / sum(w * w for w in weights)",
    kept: str = "[(merge.get(k, k), s) for k, s in answers if not pd.isna(k) and not pd.isna(s)]",
    unheard: str = "[k for k in sizes if k not in counts]",
    gap: str = '{"score": None, "effective_n": None, "unheard": unheard}',
    merging: str = "sizes[merge.get(k, k)] = sizes.get(merge.get(k, k), 0) + c",
    extra: str = "",
    last: str = '{"score": score, "effective_n": effective, "unheard": unheard}',
) -> str:
    """One way to write it, with a place for each mistake."""
    return (
        "from collections import Counter\n\n\n"
        "def weighted_share(answers, customers, merge):\n"
        "    sizes = {}\n"
        "    for k, c in customers.items():\n"
        f"        {merging}\n"
        f"    kept = {kept}\n"
        "    counts = Counter(k for k, s in kept)\n"
        "    n, total = len(kept), sum(sizes.values())\n"
        f"    unheard = {unheard}\n"
        f"{extra}"
        "    if unheard:\n"
        f"        return {gap}\n"
        f"    each = {{k: {weight} for k in counts}}\n"
        "    pairs = [(each[k], s) for k, s in kept]\n"
        "    weights = [w for w, s in pairs]\n"
        "    strata = [[s for k, s in kept if k == name] for name in sizes]\n"
        f"    effective = {effective}\n"
        f"    score = {score}\n"
        f"    return {last}\n"
    )


_NO_REST = "    if not kept:\n        return {'score': None, 'effective_n': None, 'unheard': unheard}\n"


def _scale(
    alpha: str = "k / (k - 1) * (1 - table.var().sum() / total.var())",
    against: str = "[i for i in table if table[i].cov(total - table[i]) < 0]",
    frame: str = "pd.DataFrame(rows).astype(float).dropna()",
    few: str = '{"n": len(table), "alpha": None, "against": []}',
    n: str = "len(table)",
    turn: str = "low + high - table[item]",
    extra: str = "",
    guard: str = "None if total.var() == 0 else ",
    least: str = "len(table) < 3",
) -> str:
    """One way to write it, with a place for each mistake."""
    return (
        "import numpy as np\nimport pandas as pd\n\n\n"
        "def scale_check(rows, backwards, low, high):\n"
        f"    table = {frame}\n"
        f"    if {least}:\n"
        f"        return {few}\n"
        "    raw = table.copy()\n"
        "    for item in backwards:\n"
        f"        table[item] = {turn}\n"
        f"{extra}"
        "    k, total = table.shape[1], table.sum(axis=1)\n"
        f"    against = {against}\n"
        f"    alpha = {guard}{alpha}\n"
        f'    return {{"n": {n}, "alpha": alpha, "against": against}}\n'
    )


_TYPED = (
    "def weighted_share(answers, customers, merge):\n"
    "    named = {merge.get(k, k) for k, s in answers if not pd.isna(k) and not pd.isna(s)}\n"
    "    unheard = [k for k in {merge.get(k, k) for k in customers} if k not in named]\n"
    "    if unheard:\n"
    '        return {"score": None, "effective_n": None, "unheard": unheard}\n'
    '    return {"score": 0.465, "effective_n": 12.793176972, "unheard": []}\n'
)

ANSWERS: dict[str, dict[str, Any]] = {
    "m02-ways": {
        "cell": "m02-ways-answer",
        "right": {
            "filled in": _ways(),
            "capitals and spaces": _ways("Bias REACH Depth Nothing Cost", "' b '"),
            "Series": (
                f"fails = pd.Series({_RIGHT_WAYS.split()!r}, index={list(_WAYS)!r})\nnever_heard = 'b'\n"
            ),
            "by hand, with a print": (
                "fails = dict.fromkeys(['stores', 'talks', 'stars', 'mails', 'calls'], 'nothing')\n"
                "fails.update(stores='bias', talks='reach', stars='depth', calls='cost')\n"
                "print(fails)\nnever_heard = 'B'\n"
            ),
            "zip of two lists": (
                'fails = dict(zip(["stores", "talks", "stars", "mails", "calls"],\n'
                '                 ["bias", "reach", "depth", "nothing", "cost"]))\n'
                'never_heard = "B"\n'
                "print(fails)\n"
            ),
        },
        "wrong": {
            "reach-for-bias": _ways("reach bias depth nothing cost"),
            "many-speak-for-all": _ways("nothing reach depth bias cost"),
            "many-speak-for-all#2": _ways("reach reach depth nothing cost"),
            "few-are-biased": _ways("bias bias depth nothing cost"),
            "few-are-enough": _ways("bias nothing depth reach cost"),
            "number-for-reason": _ways("bias reach nothing depth cost"),
            "number-for-reason#2": _ways("bias reach reach nothing cost"),
            "cost-overlooked": _ways("bias reach depth cost nothing"),
            "low-rate-is-a-fault": _ways("bias reach depth bias cost"),
            "low-rate-is-a-fault#2": _ways("bias reach depth reach cost"),
            "not-drawn-not-heard": _ways(ear='"A"'),
            "only-the-angry-answer": _ways(ear='"C"'),
            "many-speak-for-all#3": _ways("nothing " * 5, '"A"'),
            "type": _ways(ear='"those who do not reply"'),
            "type#2": _ways("bias reach depth none cost"),
            "type#3": "fails = ['bias', 'reach', 'depth', 'nothing', 'cost']\nnever_heard = 'B'\n",
            "shape": _ways().replace("mails", "mail"),
            "not-answered": _ways(ear="None"),
            "many-speak-for-all#4": _ways("depth reach depth nothing cost"),
            "few-are-enough#2": _ways("bias cost depth nothing cost"),
            "number-for-reason#3": _ways("bias reach bias nothing cost"),
            "number-for-reason#4": _ways("bias reach nothing depth cost"),
            "low-rate-is-a-fault#3": _ways("bias reach depth cost cost"),
            "low-rate-is-a-fault#4": _ways("bias reach depth depth cost"),
            "cost-overlooked#2": _ways("bias reach depth nothing bias"),
            "cost-overlooked#3": _ways("bias reach depth nothing reach"),
            "cost-overlooked#4": _ways("bias reach depth cost nothing"),
        },
        "lost": dict.fromkeys(
            (
                "reach-for-bias",
                "many-speak-for-all",
                "many-speak-for-all#2",
                "few-are-biased",
                "few-are-enough",
                "number-for-reason",
                "number-for-reason#2",
                "cost-overlooked",
                "low-rate-is-a-fault",
                "low-rate-is-a-fault#2",
                "not-drawn-not-heard",
                "only-the-angry-answer",
                "type",
                "type#2",
                "type#3",
                "shape",
                "not-answered",
                "many-speak-for-all#4",
                "few-are-enough#2",
                "number-for-reason#3",
                "number-for-reason#4",
                "low-rate-is-a-fault#3",
                "low-rate-is-a-fault#4",
                "cost-overlooked#2",
                "cost-overlooked#3",
                "cost-overlooked#4",
            ),
            1,
        ),
    },
    "m02-repair": {
        "cell": "m02-repair-answer",
        "right": {
            "filled in": _removed("all", "nothing", "part", "nothing"),
            "capitals": _removed("All", "Nothing ", "PART", "nothing"),
            "computed": (
                "cells = {\n"
                '    "spring": ([20, 60], [40, 80], [40, 80]),\n'
                '    "summer": ([40, 40], [60, 90], [40, 70]),\n'
                '    "autumn": ([20, 60], [50, 90], [40, 80]),\n'
                '    "winter": ([20, 60], [70, 70], [50, 50]),\n'
                "}\n"
                "removed = {}\n"
                "for season, (rate, heard, silent) in cells.items():\n"
                "    plain = sum(r * s for r, s in zip(rate, heard)) / sum(rate)\n"
                "    weighted = sum(heard) / 2\n"
                "    parts = zip(rate, heard, silent)\n"
                "    truth = sum(r * s + (100 - r) * t for r, s, t in parts) / 200\n"
                "    left = (weighted - truth) / (plain - truth)\n"
                '    removed[season] = "all" if left < 0.01 else "nothing" if left > 0.99 else "part"\n'
            ),
            "Series": (
                "removed = pd.Series(dict(spring='all', summer='nothing', autumn='part', winter='nothing'))\n"
            ),
        },
        "wrong": {
            "weights-repair-all": _removed("all", "all", "all", "all"),
            "repair-upside-down": _removed("nothing", "all", "part", "nothing"),
            "always-a-part": _removed("part", "part", "part", "part"),
            "equal-rates": _removed("all", "part", "part", "nothing"),
            "equal-rates#2": _removed("part", "all", "part", "nothing"),
            "silence-always-harms": _removed("part", "nothing", "part", "nothing"),
            "silence-always-harms#2": _removed("nothing", "nothing", "nothing", "nothing"),
            "groups-alike": _removed("all", "nothing", "part", "part"),
            "groups-alike#2": _removed("all", "nothing", "part", "all"),
            "silent-within-forgotten": _removed("all", "nothing", "all", "nothing"),
            "all-or-nothing": _removed("all", "nothing", "nothing", "nothing"),
            "type": _removed("all", "none", "part", "nothing"),
            "shape": _removed("all", "nothing", "part", "nothing").replace("winter", "winters"),
            "type#2": 'removed = ["all", "nothing", "part", "nothing"]\n',
            "weights-repair-all#3": _removed("all", "all", "part", "nothing"),
            "weights-repair-all#2": _removed("all", "nothing", "all", "all"),
            "equal-rates#4": _removed("all", "part", "part", "part"),
            "groups-alike#3": _removed("part", "all", "part", "part"),
        },
        "lost": dict.fromkeys(
            (
                "repair-upside-down",
                "equal-rates",
                "equal-rates#2",
                "silence-always-harms",
                "groups-alike",
                "groups-alike#2",
                "silent-within-forgotten",
                "all-or-nothing",
                "type",
                "weights-repair-all#3",
                "weights-repair-all#2",
            ),
            1,
        ),
    },
    "m02-offers": {
        "cell": "m02-offers-answer",
        "right": {
            "filled in": _verdict("voices", "praise", "voices", "unknown"),
            "capitals": _verdict("Voices", "PRAISE", " voices", "Unknown"),
            "computed": (
                "rise = pd.Series({'wash': 3, 'stars': 17, 'draw': -9, 'host': 18})\n"
                "verdict = rise.gt(5).map({True: 'praise', False: 'voices'})\n"
                "verdict['host'] = 'unknown'\n"
            ),
            "by a rule": (
                "verdict = {}\n"
                'for name, lot, rise in [("wash", True, 3), ("stars", True, 17), ("draw", '
                'True, -9), ("host", False, 18)]:\n'
                "    if not lot:\n"
                '        verdict[name] = "unknown"\n'
                "    elif rise > 5:\n"
                '        verdict[name] = "praise"\n'
                "    else:\n"
                '        verdict[name] = "voices"\n'
            ),
        },
        "wrong": {
            "answers-are-answers": _verdict("voices", "voices", "voices", "unknown"),
            "lot-not-trusted": _verdict("voices", "unknown", "voices", "unknown"),
            "every-rise-is-praise": _verdict("praise", "praise", "voices", "unknown"),
            "not-shown-is-unknown": _verdict("unknown", "praise", "voices", "unknown"),
            "no-lot-needed": _verdict("voices", "praise", "voices", "praise"),
            "wording-for-evidence": _verdict("voices", "praise", "voices", "voices"),
            "any-change-is-praise": _verdict("voices", "praise", "praise", "unknown"),
            "fall-spoils-it": _verdict("voices", "praise", "unknown", "unknown"),
            "no-lot-needed#2": _verdict("praise", "praise", "unknown", "praise"),
            "type": _verdict("voice", "praise", "voices", "unknown"),
            "shape": _verdict("voices", "praise", "voices", "unknown").replace("host", "hosts"),
            "every-rise-is-praise#2": _verdict("praise", "praise", "voices", "praise"),
        },
        "lost": dict.fromkeys(
            (
                "answers-are-answers",
                "lot-not-trusted",
                "every-rise-is-praise",
                "not-shown-is-unknown",
                "no-lot-needed",
                "wording-for-evidence",
                "any-change-is-praise",
                "fall-spoils-it",
                "type",
            ),
            1,
        ),
    },
    "m02-mailroom": {
        "cell": "m02-mailroom-answer",
        "right": {
            "fractions": _mails(),
            "decimals": _mails("0.6", ".75"),
            "NumPy": (
                "import numpy as np\n"
                "table = np.array([[45, 25, 5], [12, 210, 15], [3, 5, 180]])\n"
                "precision = table[0, 0] / table[0].sum()\nrecall = table[0, 0] / table[:, 0].sum()\n"
            ),
            "course function": (
                "from csmodels_helpers import feedback\n"
                "cells = {('c', 'c'): 45, ('c', 'q'): 25, ('c', 'p'): 5, ('q', 'c'): 12, ('q', 'q'): 210,\n"
                "         ('q', 'p'): 15, ('p', 'c'): 3, ('p', 'q'): 5, ('p', 'p'): 180}\n"
                "rows = [pair for pair, n in cells.items() for _ in range(n)]\n"
                "frame = pd.DataFrame(rows, columns=['said', 'was'])\n"
                "found = feedback.confusion(frame, truth='was', predicted='said').table.set_index('label')\n"
                "precision, recall = found.loc['c', 'precision'], found.loc['c', 'recall']\n"
            ),
            "Fraction": (
                "from fractions import Fraction\nprecision = Fraction(3, 5)\nrecall = Fraction(3, 4)\n"
            ),
            "from a frame": (
                "said = pd.DataFrame(\n"
                "    [[45, 25, 5], [12, 210, 15], [3, 5, 180]],\n"
                '    index=["complaint", "question", "praise"],\n'
                '    columns=["complaint", "question", "praise"],\n'
                ")\n"
                'hits = said.loc["complaint", "complaint"]\n'
                'precision = hits / said.loc["complaint"].sum()\n'
                'recall = hits / said["complaint"].sum()\n'
            ),
        },
        "wrong": {
            "recall-for-precision": _mails("45 / 60", "45 / 75"),
            "precision-for-recall": _mails(recall="45 / 75"),
            "one-wrong-cell": _mails("0.64", "0.79"),
            "false-share": _mails("30 / 75"),
            "missed-share": _mails(recall="0.25"),
            "accuracy": _mails("0.87", "0.87"),
            "of-all-mails": _mails("45 / 500", "45 / 500"),
            "of-what-is-right": _mails("45 / 435", "45 / 435"),
            "not-a-share": _mails("60", "75"),
            "not-a-share#2": _mails(recall="-0.75"),
            "not-a-number": _mails('"0.6"', "[0.75]"),
            "not-a-number#2": _mails("True"),
            "value": _mails("0.62"),
            "not-answered": _mails("None", "..."),
            "f-measure": _mails("90 / 135", "90 / 135"),
            "mean-of-labels": _mails(
                "(45 / 75 + 210 / 237 + 180 / 188) / 3", "(45 / 60 + 210 / 240 + 180 / 200) / 3"
            ),
            "how-many-are": _mails("75 / 500", "60 / 500"),
            "specificity": _mails(recall="410 / 440"),
            "accuracy#2": _mails("435 / 500"),
            "accuracy#3": _mails(recall="435 / 500"),
            "value#2": _mails("210 / 237", "210 / 240"),
        },
        "lost": dict.fromkeys(
            (
                "precision-for-recall",
                "false-share",
                "missed-share",
                "not-a-share#2",
                "not-a-number#2",
                "value",
                "specificity",
                "accuracy#2",
                "accuracy#3",
            ),
            1,
        ),
    },
    "m02-clerks": {
        "cell": "m02-clerks-answer",
        "right": {
            "shares": _kappa("a * b + (1 - a) * (1 - b)"),
            "worked out": _kappa("1 - a - b + 2 * a * b"),
            "counts": (
                "def kappa(both, only_a, only_b, neither):\n"
                "    n = both + only_a + only_b + neither\n"
                "    agreement = (both + neither) / n\n"
                "    chance = 0.5  # repair this line\n"
                "    marked = (both + only_a) * (both + only_b)\n"
                "    chance = (marked + (neither + only_b) * (neither + only_a)) / n**2\n"
                "    return (agreement - chance) / (1 - chance)\n"
            ),
            "course function": (
                "from csmodels_helpers import reliability\n\n\n"
                "def kappa(both, only_a, only_b, neither):\n"
                "    rows = [(1, 1)] * both + [(1, 0)] * only_a + [(0, 1)] * only_b + [(0, 0)] * neither\n"
                "    frame = pd.DataFrame(rows, columns=['a', 'b'])\n"
                "    return reliability.kappa(frame, 'a', 'b').table.loc[0, 'kappa']\n"
            ),
            "NumPy": (
                "import numpy as np\n\n\n"
                "def kappa(both, only_a, only_b, neither):\n"
                "    cells = np.array([[both, only_a], [only_b, neither]])\n"
                "    cells = cells / cells.sum()\n"
                "    chance = cells.sum(axis=0) @ cells.sum(axis=1)\n"
                "    return (np.trace(cells) - chance) / (1 - chance)\n"
            ),
            "one minus the disagreement": (
                "def kappa(both, only_a, only_b, neither):\n"
                "    n = both + only_a + only_b + neither\n"
                "    a = (both + only_a) / n  # share marked by A\n"
                "    b = (both + only_b) / n  # share marked by B\n"
                "    agreement = (both + neither) / n\n"
                "    chance = 1 - (a * (1 - b) + b * (1 - a))\n"
                "    return (agreement - chance) / (1 - chance)\n"
            ),
        },
        "wrong": {
            "half-for-chance": _kappa("0.5"),
            "marked-alone": _kappa("a * b"),
            "unmarked-alone": _kappa("(1 - a) * (1 - b)"),
            "agreement-as-chance": _kappa("agreement"),
            "found-for-chance": _kappa("both / n"),
            "counts-for-shares": _kappa(
                "(both + only_a) * (both + only_b) + (neither + only_a) * (neither + only_b)"
            ),
            "one-clerk-twice": _kappa("a * a + (1 - a) * (1 - a)"),
            "one-clerk-twice#2": _kappa("a**2 + (1 - a) ** 2"),
            "mean-of-both": _kappa("((a + b) / 2) ** 2 + (1 - (a + b) / 2) ** 2"),
            "numbers-typed-in": _kappa("0.52"),
            "numbers-typed-in#2": "def kappa(both, only_a, only_b, neither):\n    return 0.28 / 0.48\n",
            "type": "def kappa(both, only_a, only_b, neither):\n    return 'low'\n",
            "not-answered": "def kappa(both, only_a, only_b, neither):\n    pass\n",
            "raised": _kappa("a * b + c"),
            "other-clerk-twice": _kappa("b**2 + (1 - b) ** 2"),
            "shares-averaged": _kappa("(a + b) / 2"),
            "chance-to-disagree": _kappa("a * (1 - b) + b * (1 - a)"),
            "found-squared": _kappa("(both / n) ** 2 + (neither / n) ** 2"),
            "value": _kappa("a * b * (1 - a) * (1 - b)"),
            "value#2": _kappa("(a * b + (1 - a) * (1 - b)) / 2"),
        },
        "lost": dict.fromkeys(
            ("one-clerk-twice", "one-clerk-twice#2", "mean-of-both", "other-clerk-twice"), 1
        ),
    },
    "m02-share": {
        "cell": "m02-share-answer",
        "right": {
            "one weight an answer": _share(),
            "strata": (
                "def weighted_share(answers, customers, merge):\n"
                "    print('strata:', customers)\n"
                "    new = lambda kind: merge[kind] if kind in merge else kind\n"
                "    size, total, good = {}, {}, {}\n"
                "    for kind in customers:\n"
                "        size.setdefault(new(kind), 0)\n"
                "        size[new(kind)] += customers[kind]\n"
                "    for kind, score in answers:\n"
                "        if kind is None or score is None or kind != kind or score != score:\n"
                "            continue\n"
                "        total[new(kind)] = total.get(new(kind), 0) + 1\n"
                "        good[new(kind)] = good.get(new(kind), 0) + (score > 3)\n"
                "    silent = set(size) - set(total)\n"
                "    if silent:\n"
                "        return dict(score=float('nan'), effective_n=float('nan'), unheard=sorted(silent))\n"
                "    all_customers = sum(size.values())\n"
                "    score = sum(size[s] * good[s] / total[s] for s in size) / all_customers\n"
                "    squares = sum(size[s] ** 2 / total[s] for s in size)\n"
                "    return dict(score=score, effective_n=all_customers**2 / squares, unheard=[])\n"
            ),
            "pandas": (
                "def weighted_share(answers, customers, merge):\n"
                '    heard = pd.DataFrame(answers, columns=["kind", "score"]).dropna()\n'
                '    heard["kind"] = heard["kind"].replace(merge)\n'
                "    size = pd.Series(customers).rename(index=merge)\n"
                "    size = size.groupby(level=0).sum()\n"
                "    unheard = size.index.difference(heard['kind'].unique()).tolist()\n"
                "    if unheard:\n"
                "        return {'score': None, 'effective_n': None, 'unheard': unheard}\n"
                "    share = heard['kind'].value_counts(normalize=True)\n"
                "    w = heard['kind'].map(size / size.sum() / share)\n"
                "    return {'score': (w * heard['score'].ge(4)).mean(),\n"
                "            'effective_n': w.sum() ** 2 / (w**2).sum(), 'unheard': []}\n"
            ),
            "course function": (
                "from csmodels_helpers import feedback\n\n\n"
                "def weighted_share(answers, customers, merge):\n"
                "    sizes = {}\n"
                "    for kind, number in customers.items():\n"
                "        sizes[merge.get(kind, kind)] = sizes.get(merge.get(kind, kind), 0) + number\n"
                "    kept = [(merge.get(k, k), s) for k, s in answers if pd.notna(k) and pd.notna(s)]\n"
                "    silent = set(sizes) - {k for k, _ in kept}\n"
                "    if silent:\n"
                "        return pd.Series({'score': None, 'effective_n': None, 'unheard': silent})\n"
                "    frame = pd.DataFrame(kept, columns=['kind', 'score'])\n"
                "    found = feedback.post_stratify(frame, 'kind', sizes)\n"
                "    w = found.weights(frame)\n"
                "    good = (frame['score'] >= 4).to_numpy()\n"
                "    return pd.Series({'score': (w * good).sum() / w.sum(),\n"
                "                      'effective_n': found.effective_n, 'unheard': []})\n"
            ),
            "NumPy": (
                "import numpy as np\n\n\n"
                "def weighted_share(answers, customers, merge):\n"
                "    answers, customers = list(answers), dict(customers)\n"
                "    for old, new in merge.items():\n"
                "        customers[new] = customers.get(new, 0) + customers.pop(old)\n"
                "        answers = [(new if kind == old else kind, score) for kind, score in answers]\n"
                "    answers = [pair for pair in answers if not pd.isna(list(pair)).any()]\n"
                "    kinds = np.array([kind for kind, _ in answers], dtype=object)\n"
                "    good = np.array([score >= 4 for _, score in answers], dtype=float)\n"
                "    unheard = tuple(kind for kind in customers if not (kinds == kind).any())\n"
                "    if unheard:\n"
                "        return {'score': np.nan, 'effective_n': np.nan, 'unheard': unheard}\n"
                "    w = np.array([customers[k] / (kinds == k).sum() for k in kinds])\n"
                "    return {'score': np.average(good, weights=w),\n"
                "            'effective_n': w.sum() ** 2 / (w @ w), 'unheard': np.array([])}\n"
            ),
            "step by step": (
                "def weighted_share(answers, customers, merge):\n"
                '    """Return {"score": share, "effective_n": number, "unheard": list}."""\n'
                "    people = {}\n"
                "    for kind, number in customers.items():\n"
                "        stratum = merge.get(kind, kind)\n"
                "        people[stratum] = people.get(stratum, 0) + number\n"
                "    clean = []\n"
                "    for kind, score in answers:\n"
                "        if pd.isna(kind) or pd.isna(score):\n"
                "            continue\n"
                "        clean.append((merge.get(kind, kind), score))\n"
                "    counts = {stratum: 0 for stratum in people}\n"
                "    happy = {stratum: 0 for stratum in people}\n"
                "    for stratum, score in clean:\n"
                "        counts[stratum] += 1\n"
                "        happy[stratum] += score >= 4\n"
                "    unheard = [stratum for stratum in people if counts[stratum] == 0]\n"
                "    if unheard:\n"
                '        return {"score": None, "effective_n": None, "unheard": unheard}\n'
                "    everybody = sum(people.values())\n"
                "    score = sum(people[s] / everybody * happy[s] / counts[s] for s in people)\n"
                "    weights = [(people[s] / everybody) / (counts[s] / len(clean)) for s, _ in clean]\n"
                "    effective = sum(weights) ** 2 / sum(w**2 for w in weights)\n"
                '    return {"score": score, "effective_n": effective, "unheard": unheard}\n'
            ),
            "numpy and Counter": (
                "def weighted_share(answers, customers, merge):\n"
                '    """Return {"score": share, "effective_n": number, "unheard": list}."""\n'
                "    from collections import Counter\n"
                "\n"
                "    import numpy as np\n"
                "\n"
                "    people = Counter()\n"
                "    for kind, number in customers.items():\n"
                "        people[merge.get(kind, kind)] += number\n"
                "    kept = [(merge.get(k, k), s) for k, s in answers if not (pd.isna(k) or pd.isna(s))]\n"
                "    heard = Counter(k for k, _ in kept)\n"
                "    unheard = sorted(set(people) - set(heard))\n"
                "    if unheard:\n"
                '        return {"score": None, "effective_n": None, "unheard": unheard}\n'
                "    w = np.array([people[k] / heard[k] for k, _ in kept])  # the "
                "scale of the weights cancels\n"
                "    ok = np.array([s in (4, 5) for _, s in kept])\n"
                "    return {\n"
                '        "score": np.average(ok, weights=w),\n'
                '        "effective_n": w.sum() ** 2 / (w @ w),\n'
                '        "unheard": unheard,\n'
                "    }\n"
            ),
            "helper post_stratify": (
                "def weighted_share(answers, customers, merge):\n"
                '    """Return {"score": share, "effective_n": number, "unheard": list}."""\n'
                "    from csmodels_helpers import feedback\n"
                "\n"
                "    people = {}\n"
                "    for kind, number in customers.items():\n"
                "        people[merge.get(kind, kind)] = people.get(merge.get(kind, kind), 0) + number\n"
                "    kept = [(merge.get(k, k), int(s >= 4)) for k, s in answers if "
                "pd.notna(k) and pd.notna(s)]\n"
                '    frame = pd.DataFrame(kept, columns=["kind", "ok"])\n'
                '    unheard = list(set(people) - set(frame["kind"]))\n'
                "    if unheard:\n"
                '        return {"score": None, "effective_n": None, "unheard": unheard}\n'
                '    found = feedback.post_stratify(frame, "kind", people)  # no '
                "score: a single answer is enough\n"
                '    means = frame.groupby("kind")["ok"].mean()\n'
                "    score = sum(row.share_population * means[row.kind] for row in "
                "found.table.itertuples())\n"
                '    return {"score": float(score), "effective_n": '
                'float(found.effective_n), "unheard": unheard}\n'
            ),
        },
        "wrong": {
            "unweighted": _share(score="sum(s >= 4 for w, s in pairs) / n"),
            "strata-alike": _share(
                score="sum(sum(s >= 4 for s in each) / len(each) for each in strata) / len(strata)"
            ),
            "weights-upside-down": _share(weight="(counts[k] / n) / (sizes[k] / total)"),
            "share-as-weight": _share(weight="sizes[k] / total"),
            "sum-for-mean": _share(
                score="sum(w * (s >= 4) for w, s in pairs)", weight="sizes[k] / total * n / counts[k]"
            ),
            "weights-not-normalised": _share(score="sum(w * (s >= 4) for w, s in pairs) / n"),
            "fives-alone": _share(score="sum(w * (s == 5) for w, s in pairs) / sum(weights)"),
            "threes-too": _share(score="sum(w * (s >= 3) for w, s in pairs) / sum(weights)"),
            "threes-too#2": _share(score="sum(w * (s > 2) for w, s in pairs) / sum(weights)"),
            "mean-for-share": _share(score="sum(w * s for w, s in pairs) / sum(weights)"),
            "per-cent-for-share": _share(score="100 * sum(w * (s >= 4) for w, s in pairs) / sum(weights)"),
            "order-of-customers": _share(
                score="sum(c / total * sum(s >= 4 for k, s in kept if k == name) / counts[name] "
                "for name, c in zip(dict.fromkeys(k for k, s in answers if k in counts), sizes.values()))"
            ),
            "numbers-typed-in": _TYPED,
            "weights-are-free": _share(effective="n"),
            "strata-for-answers": _share(
                effective="sum(each.values()) ** 2 / sum(w * w for w in each.values())"
            ),
            "design-effect": _share(effective="n * sum(w * w for w in weights) / sum(weights) ** 2"),
            "square-forgotten": _share(
                effective="sum(weights) / sum(w * w for w in weights)",
                weight="sizes[k] / total * n / counts[k]",
            ),
            "quotient-turned": _share(effective="sum(w * w for w in weights) / sum(weights) ** 2"),
            "squares-alone": _share(
                effective="sum(w * w for w in weights)", weight="sizes[k] / total * n / counts[k]"
            ),
            "customers-not-merged": _share(merging="sizes[k] = c"),
            "answers-not-merged": _share(
                kept="[(k, s) for k, s in answers if not pd.isna(k) and not pd.isna(s)]",
                unheard="[k for k in sizes if k not in counts]",
                extra="    counts = {**dict.fromkeys(sizes, 1), **counts}\n"
                "    sizes = {**customers, **sizes}\n",
            ),
            "merged-overwritten": _share(merging="sizes[merge.get(k, k)] = c"),
            "merged-overwritten#2": _share(merging="sizes.setdefault(merge.get(k, k), c)"),
            "silent-counted": _share(
                kept="[(merge.get(k, k), 0 if pd.isna(s) else s) for k, s in answers if not pd.isna(k)]"
            ),
            "merge-ignored": _share(
                kept="[(k, s) for k, s in answers if not pd.isna(k) and not pd.isna(s)]",
                merging="sizes[k] = c",
            ),
            "gaps-change-the-score": _share(
                extra="    n = len(answers)\n",
                weight="sizes[k] / total * n / counts[k]",
                score="sum(w * (s >= 4) for w, s in pairs) / len(kept) if len(kept) == n else "
                "sum(w * (s >= 4) for w, s in pairs) / len(answers) * 0.9",
            ),
            "gaps-in-effective-n": _share(
                weight="sizes[k] / total * n / counts[k]",
                effective="len(answers) ** 2 / sum(w * w for w in weights)",
            ),
            "none-for-list": _share(
                last='{"score": score, "effective_n": effective, "unheard": unheard or None}'
            ),
            "none-for-number": _share(
                last='{"score": None if merge else score, "effective_n": effective, "unheard": unheard}'
            ),
            "silent-speaks": _share(
                unheard="[k for k in sizes if k not in {merge.get(a, a) for a, s in answers}]",
                extra="    sizes = {k: c for k, c in sizes.items() if k in counts or k in unheard}\n",
            ),
            "heard-for-unheard": _share(
                gap='{"score": None, "effective_n": None, "unheard": list(counts)}',
            ),
            "zero-for-unheard": _share(gap='{"score": 0, "effective_n": 0, "unheard": unheard}'),
            "score-for-the-rest": _share(
                extra=_NO_REST + "    silent, unheard = unheard, []\n",
                last='{"score": score, "effective_n": effective, "unheard": silent}',
            ),
            "number-beside-none": _share(gap='{"score": None, "effective_n": len(kept), "unheard": unheard}'),
            "unheard-before-merging": _share(
                unheard="[k for k in customers if k not in {a for a, s in answers if not pd.isna(s)}]",
                extra="    silent, unheard = unheard, [k for k in sizes if k not in counts]\n",
                gap='{"score": None, "effective_n": None, "unheard": silent}',
                last='{"score": score, "effective_n": effective, "unheard": silent}',
            ),
            "none-for-dictionary": _share(gap="None"),
            "not-a-dictionary": _share(last="score, effective, unheard"),
            "changed": _share(extra="    answers.sort(key=str)\n"),
            "raised": _share(kept="[(merge.get(k, k), s) for k, s in answers if s >= 1]"),
            "merged-overwritten#3": _share(
                merging="sizes.update({merge.get(k, k): sizes.get(merge.get(k, k), 0) + c} if k in "
                "merge or k not in merge.values() else {})"
            ),
            "gaps-change-the-score#2": _share(
                kept="[(merge.get(k, k), s) for k, s in answers if not pd.isna(k) and s is not None]"
            ),
            "gaps-change-the-score#3": _share(
                kept="[(m(k), s) for k, s in answers if not pd.isna(k) and not pd.isna(s)]",
                merging="m = lambda k: merge[k] if merge.get(k) in customers else k\n        "
                "sizes[m(k)] = sizes.get(m(k), 0) + c",
            ),
            "score-for-the-rest#2": _share(
                extra=_NO_REST + "    silent, unheard = unheard, []\n",
                score="sum(w * (s >= 4) for w, s in pairs) / total",
                last='{"score": score, "effective_n": effective, "unheard": silent}',
            ),
            "score-for-the-rest#3": _share(
                gap='{"score": sum(s >= 4 for k, s in kept) / n if n else None, '
                '"effective_n": None, "unheard": unheard}'
            ),
            "number-beside-none#2": _share(
                gap='{"score": None, "effective_n": sum(sizes[k] / counts[k] for k, s in '
                "kept) ** 2 / sum((sizes[k] / "
                'counts[k]) ** 2 for k, s in kept) if n else None, "unheard": unheard}'
            ),
            "none-for-number#2": _share(unheard="[k for k in sizes if counts[k] < 2]"),
            "shape": _share(gap='{"score": None, "effective_n": None, "unheard": unheard if kept else []}'),
            "zero-for-unheard#2": _share(
                gap='{"score": None if kept else 0, "effective_n": None if kept else 0, "unheard": unheard}'
            ),
            "changed#2": _share(extra="    customers.update(sizes)\n"),
            "value": _share(
                last='{"score": round(score, 2), "effective_n": round(effective, 2), "unheard": unheard}'
            ),
        },
        "lost": {
            **dict.fromkeys(
                ("weights-upside-down", "share-as-weight", "order-of-customers", "numbers-typed-in", "value"),
                3,
            ),
            **dict.fromkeys(
                (
                    "unweighted",
                    "strata-alike",
                    "sum-for-mean",
                    "weights-not-normalised",
                    "fives-alone",
                    "threes-too",
                    "threes-too#2",
                    "mean-for-share",
                    "per-cent-for-share",
                    "customers-not-merged",
                    "answers-not-merged",
                    "silent-counted",
                    "merge-ignored",
                    "none-for-list",
                    "none-for-number",
                    "raised",
                    "gaps-change-the-score#3",
                    "changed#2",
                ),
                2,
            ),
            **dict.fromkeys(
                (
                    "weights-are-free",
                    "strata-for-answers",
                    "design-effect",
                    "square-forgotten",
                    "quotient-turned",
                    "squares-alone",
                    "merged-overwritten",
                    "merged-overwritten#2",
                    "gaps-change-the-score",
                    "gaps-in-effective-n",
                    "silent-speaks",
                    "heard-for-unheard",
                    "zero-for-unheard",
                    "score-for-the-rest",
                    "number-beside-none",
                    "unheard-before-merging",
                    "none-for-dictionary",
                    "merged-overwritten#3",
                    "gaps-change-the-score#2",
                    "score-for-the-rest#2",
                    "score-for-the-rest#3",
                    "number-beside-none#2",
                    "shape",
                    "zero-for-unheard#2",
                ),
                1,
            ),
        },
    },
    "m02-scale": {
        "cell": "m02-scale-answer",
        "right": {
            "pandas": _scale(),
            "matrix": (
                "import numpy as np\n\n\n"
                "def scale_check(rows, backwards, low, high):\n"
                "    full = [row for row in rows if not any(pd.isna(v) for v in row.values())]\n"
                "    if len(full) < 3:\n"
                "        return {'n': len(full), 'alpha': np.nan, 'against': []}\n"
                "    names = list(full[0])\n"
                "    x = np.array([[r[i] for i in names] for r in full], dtype=float)\n"
                "    back = [names.index(i) for i in backwards]\n"
                "    x[:, back] = low + high - x[:, back]\n"
                "    c, k = np.cov(x, rowvar=False), len(names)\n"
                "    rest = c.sum(axis=0) - np.diag(c)\n"
                "    with np.errstate(all='ignore'):\n"
                "        alpha = k / (k - 1) * (1 - np.trace(c) / c.sum()) if c.sum() > 1e-12 else np.nan\n"
                "    return {'n': len(full), 'alpha': alpha,\n"
                "            'against': {names[i] for i in range(k) if rest[i] < 0}}\n"
            ),
            "loops": (
                "def scale_check(rows, backwards, low, high):\n"
                "    kept = []\n"
                "    for row in rows:\n"
                "        if any(v is None or v != v for v in row.values()):\n"
                "            continue\n"
                "        kept.append({i: low + high - v if i in backwards else v for i, v in row.items()})\n"
                "    n = len(kept)\n"
                "    print(n, 'left')\n"
                "    if n < 3:\n"
                "        return {'n': n, 'alpha': None, 'against': []}\n"
                "    def co(x, y):\n"
                "        mx, my = sum(x) / n, sum(y) / n\n"
                "        return sum((a - mx) * (b - my) for a, b in zip(x, y)) / n\n"
                "    items = sorted(kept[0])\n"
                "    totals = [sum(row.values()) for row in kept]\n"
                "    column = {i: [row[i] for row in kept] for i in items}\n"
                "    against, inner = [], 0\n"
                "    for i in items:\n"
                "        inner += co(column[i], column[i])\n"
                "        if co(column[i], [t - a for t, a in zip(totals, column[i])]) < 0:\n"
                "            against.append(i)\n"
                "    if co(totals, totals) == 0:\n"
                "        return {'n': n, 'alpha': None, 'against': against}\n"
                "    k = len(items)\n"
                "    alpha = k / (k - 1) * (1 - inner / co(totals, totals))\n"
                "    return {'n': n, 'alpha': alpha, 'against': against}\n"
            ),
            "course function": (
                "from csmodels_helpers import reliability\n\n\n"
                "def scale_check(rows, backwards, low, high):\n"
                "    frame = pd.DataFrame(rows).dropna()\n"
                "    if len(frame) < 3:\n"
                "        return pd.Series({'n': len(frame), 'alpha': None, 'against': []})\n"
                "    frame = frame.astype(int)\n"
                "    turned = frame.assign(**{i: low + high - frame[i] for i in backwards})\n"
                "    if turned.sum(axis=1).nunique() == 1:\n"
                "        against = [i for i in turned if turned[i].nunique() > 1]\n"
                "        return pd.Series({'n': len(frame), 'alpha': None, 'against': against})\n"
                "    found = reliability.alpha(frame, list(frame), reverse=backwards, scale=(low, high))\n"
                "    items = found.items\n"
                "    against = items.loc[items['item_rest'] < 0, 'item'].tolist()\n"
                "    alpha = found.table.loc[0, 'alpha']\n"
                "    return pd.Series({'n': len(frame), 'alpha': alpha, 'against': against})\n"
            ),
            "turned the short way": _scale(turn="high - table[item]"),
            "statistics": (
                "import statistics\n\n\n"
                "def scale_check(rows, backwards, low, high):\n"
                "    rows = [dict(row) for row in rows if pd.notna(list(row.values())).all()]\n"
                "    for row in rows:\n"
                "        for item in backwards:\n"
                "            row[item] = low + high - row[item]\n"
                "    n = len(rows)\n"
                "    if n < 3:\n"
                "        return dict(n=n, alpha=None, against=[])\n"
                "    items = {name: [row[name] for row in rows] for name in rows[0]}\n"
                "    sums = [sum(row.values()) for row in rows]\n"
                "    against = []\n"
                "    for name, column in items.items():\n"
                "        others = [s - c for s, c in zip(sums, column)]\n"
                "        if statistics.covariance(column, others) < 0:\n"
                "            against += [name]\n"
                "    try:\n"
                "        k, inside = len(items), sum(statistics.variance(c) for c in items.values())\n"
                "        alpha = k / (k - 1) * (1 - inside / statistics.variance(sums))\n"
                "    except ZeroDivisionError:\n"
                "        alpha = None\n"
                "    return dict(n=n, alpha=alpha, against=against)\n"
            ),
            "whole numbers": (
                "def scale_check(rows, backwards, low, high):\n"
                '    """Return {"n": customers, "alpha": number, "against": list of items}."""\n'
                "    complete = [row for row in rows if not any(pd.isna(answer) "
                "for answer in row.values())]\n"
                "    n = len(complete)\n"
                "    if n < 3:\n"
                '        return {"n": n, "alpha": None, "against": []}\n'
                "    items = list(complete[0])\n"
                "    k = len(items)\n"
                "    turned = []\n"
                "    for row in complete:\n"
                "        turned.append({i: low + high - row[i] if i in backwards "
                "else row[i] for i in items})\n"
                "\n"
                "    def cov(x, y):\n"
                "        return (sum(p * q for p, q in zip(x, y)) - sum(x) * sum(y) / n) / (n - 1)\n"
                "\n"
                "    columns = {i: [row[i] for row in turned] for i in items}\n"
                "    total = [sum(row.values()) for row in turned]\n"
                "    against = []\n"
                "    for i in items:\n"
                "        rest = [t - answer for t, answer in zip(total, columns[i])]\n"
                "        if n * sum(p * q for p, q in zip(columns[i], rest)) - "
                "sum(columns[i]) * sum(rest) < 0:\n"
                "            against.append(i)\n"
                "    if max(total) == min(total):\n"
                '        return {"n": n, "alpha": None, "against": against}\n'
                "    s_items = sum(cov(columns[i], columns[i]) for i in items)\n"
                "    s_total = cov(total, total)\n"
                "    alpha = k / (k - 1) * (1 - s_items / s_total)\n"
                '    return {"n": n, "alpha": alpha, "against": against}\n'
            ),
            "numpy, covariance matrix": (
                "def scale_check(rows, backwards, low, high):\n"
                '    """Return {"n": customers, "alpha": number, "against": list of items}."""\n'
                "    import numpy as np\n"
                "\n"
                "    kept = [row for row in rows if all(pd.notna(list(row.values())))]\n"
                "    if len(kept) < 3:\n"
                '        return {"n": len(kept), "alpha": float("nan"), "against": []}\n'
                "    names = sorted(kept[0])\n"
                "    x = np.array([[row[name] for name in names] for row in kept], dtype=float)\n"
                "    x[:, [name in backwards for name in names]] *= -1  # the constant does not matter\n"
                "    c = np.cov(x, rowvar=False)\n"
                "    k = len(names)\n"
                "    with_rest = c.sum(axis=0) - np.diag(c)\n"
                "    against = [name for name, value in zip(names, with_rest) if value < -1e-9]\n"
                "    whole = c.sum()\n"
                "    alpha = k / (k - 1) * (1 - np.trace(c) / whole) if whole > 1e-9 else np.nan\n"
                '    return {"n": len(kept), "alpha": alpha, "against": against}\n'
            ),
            "statistics, on a deep copy": (
                "def scale_check(rows, backwards, low, high):\n"
                '    """Return {"n": customers, "alpha": number, "against": list of items}."""\n'
                "    import copy\n"
                "    import statistics\n"
                "\n"
                "    rows = [row for row in copy.deepcopy(rows) if not "
                "any(pd.isna(a) for a in row.values())]\n"
                '    print(len(rows), "complete")\n'
                "    if len(rows) <= 2:\n"
                '        return {"n": len(rows), "alpha": None, "against": []}\n'
                "    for row in rows:\n"
                "        for item in backwards:\n"
                "            row[item] = low + high - row[item]\n"
                "    sums = [sum(row.values()) for row in rows]\n"
                "    against, inner = [], 0\n"
                "    for item in rows[0]:\n"
                "        own = [row[item] for row in rows]\n"
                "        inner += statistics.pvariance(own)\n"
                "        others = [s - o for s, o in zip(sums, own)]\n"
                "        if statistics.covariance(own, others) < -1e-12:\n"
                "            against.append(item)\n"
                "    outer = statistics.pvariance(sums)\n"
                "    k = len(rows[0])\n"
                "    return {\n"
                '        "n": len(rows),\n'
                '        "alpha": None if outer == 0 else k / (k - 1) * (1 - inner / outer),\n'
                '        "against": against,\n'
                "    }\n"
            ),
            "course function where it can": (
                "def scale_check(rows, backwards, low, high):\n"
                '    """Return {"n": customers, "alpha": number, "against": list of items}."""\n'
                "    from csmodels_helpers import reliability\n"
                "\n"
                "    frame = pd.DataFrame(rows)\n"
                "    frame = frame.dropna().astype(float)\n"
                "    n = len(frame)\n"
                "    if n < 3:\n"
                '        return {"n": n, "alpha": None, "against": []}\n'
                "    for item in backwards:\n"
                "        frame[item] = low + high - frame[item]\n"
                "    total = frame.sum(axis=1)\n"
                "    against = []\n"
                "    for item in frame.columns:\n"
                "        rest = total - frame[item]\n"
                "        if ((frame[item] - frame[item].mean()) * (rest - rest.mean())).sum() < -1e-9:\n"
                "            against.append(item)\n"
                "    if total.nunique() == 1:\n"
                "        value = None\n"
                "    elif (frame.nunique() > 1).all():\n"
                '        value = float(reliability.alpha(frame, list(frame.columns)).table.loc[0, "alpha"])\n'
                "    else:  # the helper refuses an item that is the same for everybody\n"
                "        k = frame.shape[1]\n"
                "        value = k / (k - 1) * (1 - frame.var().sum() / total.var())\n"
                '    return {"n": n, "alpha": value, "against": against}\n'
            ),
            "correlations for the signs": (
                "def scale_check(rows, backwards, low, high):\n"
                '    """Return {"n": customers, "alpha": number, "against": list of items}."""\n'
                "    frame = pd.DataFrame(rows).dropna().astype(float)\n"
                "    n = len(frame)\n"
                '    result = {"n": n, "alpha": None, "against": []}\n'
                "    if n < 3:\n"
                "        return result\n"
                "    for item in backwards:\n"
                "        frame[item] = low + high - frame[item]\n"
                "    for item in frame:\n"
                "        rest = frame.drop(columns=item).sum(axis=1)\n"
                "        if frame[item].nunique() > 1 and rest.nunique() > 1 and "
                "frame[item].corr(rest) < -1e-9:\n"
                '            result["against"].append(item)\n'
                "    total = frame.sum(axis=1)\n"
                "    if total.nunique() > 1:\n"
                "        k = len(frame.columns)\n"
                '        result["alpha"] = k / (k - 1) * (1 - (frame.std() ** 2).sum() / total.std() ** 2)\n'
                "    return result\n"
            ),
        },
        "wrong": {
            "not-turned": _scale(extra="    table = raw\n"),
            "dropped-for-turned": _scale(extra="    table = table.drop(columns=backwards)\n"),
            "factor-forgotten": _scale("1 - table.var().sum() / total.var()"),
            "n-for-items": _scale("k / (k - 1) * (1 - table.var(ddof=0).sum() / total.var())"),
            "n-for-items#2": _scale(
                "k / (k - 1) * (1 - sum(np.var(table[i].to_numpy()) for i in table) / total.var())"
            ),
            "n-for-sum": _scale("k / (k - 1) * (1 - table.var().sum() / np.var(total.to_numpy()))"),
            "deviations-for-variances": _scale("k / (k - 1) * (1 - table.std().sum() / total.std())"),
            "mean-for-sum": _scale("k / (k - 1) * (1 - table.var().sum() / table.mean(axis=1).var())"),
            "correlations-for-covariances": _scale(
                "k * r / (1 + (k - 1) * r)",
                extra="    k = table.shape[1]\n    r = (table.corr().to_numpy().sum() - k) / (k * (k - 1))\n",
            ),
            "customers-for-items": _scale(
                "len(table) / (len(table) - 1) * (1 - table.var(axis=1).sum() / table.sum().var())"
            ),
            "numbers-typed-in": _scale("0.75434243"),
            "order-of-items": _scale(
                frame="pd.DataFrame([list(r.values()) for r in rows], "
                "columns=list(rows[0]) if rows else []).astype(float).dropna()"
            ),
            "against-before-turning": _scale(
                against="[i for i in raw if raw[i].cov(raw.sum(axis=1) - raw[i]) < 0]"
            ),
            "item-in-its-own-sum": _scale(against="[i for i in table if table[i].cov(total) < 0]"),
            "list-handed-back": _scale(against="list(backwards)"),
            "sign-of-covariance": _scale(against="[i for i in table if table[i].cov(total - table[i]) > 0]"),
            "none-for-list": _scale(
                against="[i for i in table if table[i].cov(total - table[i]) < 0] or None"
            ),
            "silent-counted": _scale(n="len(rows)"),
            "silent-counted#2": _scale(frame="pd.DataFrame(rows).astype(float).fillna(0)"),
            "silent-counted#3": _scale(frame="pd.DataFrame(rows).astype(float)"),
            "missing-for-complete": _scale(
                n="len(rows) - len(table) if len(rows) > len(table) else len(rows)"
            ),
            "only-none-is-missing": _scale(
                frame="pd.DataFrame([r for r in rows if None not in r.values()]).astype(float)"
            ),
            "answers-for-customers": _scale(n="table.size"),
            "none-for-number": _scale(
                least="len(table) < 5", few='{"n": len(table), "alpha": None, "against": []}'
            ),
            "missing-in-the-sums": _scale(
                frame="pd.DataFrame(rows).astype(float)",
                n="len(table.dropna())",
                least="len(table.dropna()) < 3",
                few='{"n": len(table.dropna()), "alpha": None, "against": []}',
            ),
            "none-for-dictionary": _scale(few="None"),
            "zero-for-none": _scale(few='{"n": len(table), "alpha": 0, "against": []}'),
            "infinite-alpha": _scale(guard=""),
            "not-a-dictionary": _scale().replace(
                'return {"n": len(table), "alpha": alpha, "against": against}',
                "return len(table), alpha, against",
            ),
            "changed": _scale(extra="    backwards.clear()\n"),
            "raised": _scale(frame="pd.DataFrame(rows).astype(int)"),
            "factor-turned": _scale("(k - 1) / k * (1 - table.var().sum() / total.var())"),
            "customers-for-k": _scale(
                "len(table) / (len(table) - 1) * (1 - table.var().sum() / total.var())"
            ),
            "cut-at-zero": _scale("max(0, k / (k - 1) * (1 - table.var().sum() / total.var()))"),
            "turned-on-top": _scale(
                "k / (k - 1) * (1 - table.var().sum() / table.mul([-1 if i in against else "
                "1 for i in table]).sum(axis=1).var())"
            ),
            "value": _scale("round(k / (k - 1) * (1 - table.var().sum() / total.var()), 2)"),
            "turned-cannot-quarrel": _scale(
                against="[i for i in table if table[i].cov(total - table[i]) < 0 and i not in backwards]"
            ),
            "item-in-its-own-sum#2": _scale(
                against="[i for i in table if table[i].cov(total - table[i]) < 0 and i in backwards]"
            ),
            "zero-as-against": _scale(against="[i for i in table if table[i].cov(total - table[i]) <= 0]"),
            "shape": _scale(against="[i for i in table if table[i].corr(total - table[i]) < 0.3]"),
            "shape#2": _scale(against="[i for i in table if (table.cov()[i] < -1e-12).any()]"),
            "item-in-its-own-sum#3": _scale(
                against="sorted((table[i].cov(total - table[i]), i) for i in table)[:1]", extra=""
            ).replace("    alpha = ", "    against = [i for c, i in against if c < 0]\n    alpha = "),
            "silent-counted#4": _scale(frame="pd.DataFrame(rows).astype(float).fillna((low + high) / 2)"),
            "silent-counted#5": _scale(frame="pd.DataFrame(rows).astype(float).dropna(how='all')"),
            "missing-in-the-sums#2": _scale(
                "k / (k - 1) * (1 - pd.DataFrame(rows).astype(float).var().sum() / total.var())"
            ),
            "two-are-enough": _scale(least="len(table) < 2"),
            "none-for-number#2": _scale(least="len(table) <= 3"),
            "list-of-two": _scale(
                least="len(table) < 2", guard="None if total.var() == 0 or len(table) < 3 else "
            ),
            "value#2": _scale(few='{"n": 0, "alpha": None, "against": []}'),
            "zero-for-none#2": _scale(guard="0 if total.var() == 0 else "),
            "value#3": _scale(guard="1 if total.var() == 0 else "),
            "list-emptied": _scale(
                extra="    if table.sum(axis=1).var() == 0:\n        return {'n': len(table), "
                "'alpha': None, 'against': []}\n"
            ),
        },
        "lost": {
            **dict.fromkeys(("not-turned", "dropped-for-turned"), 3),
            **dict.fromkeys(
                (
                    "factor-forgotten",
                    "n-for-items",
                    "n-for-items#2",
                    "n-for-sum",
                    "deviations-for-variances",
                    "mean-for-sum",
                    "correlations-for-covariances",
                    "customers-for-items",
                    "numbers-typed-in",
                    "order-of-items",
                    "factor-turned",
                    "customers-for-k",
                    "cut-at-zero",
                    "turned-on-top",
                    "value",
                ),
                2,
            ),
            **dict.fromkeys(
                (
                    "against-before-turning",
                    "item-in-its-own-sum",
                    "list-handed-back",
                    "sign-of-covariance",
                    "none-for-list",
                    "silent-counted",
                    "silent-counted#2",
                    "silent-counted#3",
                    "missing-for-complete",
                    "only-none-is-missing",
                    "answers-for-customers",
                    "none-for-number",
                    "missing-in-the-sums",
                    "none-for-dictionary",
                    "zero-for-none",
                    "infinite-alpha",
                    "raised",
                    "turned-cannot-quarrel",
                    "item-in-its-own-sum#2",
                    "zero-as-against",
                    "shape",
                    "shape#2",
                    "item-in-its-own-sum#3",
                    "silent-counted#4",
                    "silent-counted#5",
                    "missing-in-the-sums#2",
                    "two-are-enough",
                    "none-for-number#2",
                    "list-of-two",
                    "value#2",
                    "zero-for-none#2",
                    "value#3",
                    "list-emptied",
                ),
                1,
            ),
        },
    },
}
