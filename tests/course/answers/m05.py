"""Answers to the assignment of module 05, as trainees write them: right ones and wrong ones.

Each replaces the whole source of its solution cell. ``lost`` says what a wrong answer costs where that is
less than all points of the item, because another step of it is right.
"""

from typing import Any


def _pairs(valet_parking: str, wifi: str, printed_menu: str, tv_screens: str) -> str:
    return (
        "pair_classes = {\n"
        f'    "valet_parking": "{valet_parking}",\n    "wifi": "{wifi}",\n'
        f'    "printed_menu": "{printed_menu}",\n    "tv_screens": "{tv_screens}",\n}}\n'
    )


_QUIET = "quiet = kano.analyze(answers, segment=split_by).table.query(\"feature == 'quiet_tables'\")\n"


def _quiet(classes: str, drop: str, split_by: str = '"segment"') -> str:
    """Letters and T or F for business guests, families and students, in this order."""
    names = ("business", "family", "student")
    letters = ", ".join(f'"{name}": "{letter}"' for name, letter in zip(names, classes, strict=True))
    truths = ", ".join(f'"{name}": {flag == "T"}' for name, flag in zip(names, drop, strict=True))
    return f"quiet_classes = {{{letters}}}\ncan_drop = {{{truths}}}\nsplit_by = {split_by}\n{_QUIET}quiet\n"


def _stale(waves: str, never: str = '"courier_map"') -> str:
    """Take a digit for each of the four things, and the name of one."""
    names = ("courier_map", "return_box", "sealed_bag", "time_slot")
    shown = ", ".join(f'"{name}": {wave}' for name, wave in zip(names, waves, strict=True))
    return f"stale_from = {{{shown}}}\nnever_fail = {never}\n"


def _worse(last: str) -> str:
    return (
        "def worse(counts):\n"
        '    hurt = counts["O"] + counts["M"]\n'
        "    everybody = sum(counts.values())\n"
        f"    {last}\n"
    )


def _better_worse(better: str, worse: str, meaningful: str = "a + o + m + i", nobody: str = "None") -> str:
    return (
        "def better_worse(counts):\n"
        '    a, o, m = counts.get("A", 0), counts.get("O", 0), counts.get("M", 0)\n'
        '    i, r, q = counts.get("I", 0), counts.get("R", 0), counts.get("Q", 0)\n'
        f"    n = {meaningful}\n"
        "    if n == 0:\n"
        f'        return {{"better": {nobody}, "worse": {nobody}}}\n'
        f'    return {{"better": {better}, "worse": {worse}}}\n'
    )


def _leading(
    test: str = "a - b > 1.96 * (a + b) ** 0.5",
    ranked: str = "sorted(order, key=lambda letter: -counts[letter])",
    classes: str = "[cells[f, d] for f, d in pairs]",
    answer: str = "first if sure else first + second",
) -> str:
    return (
        "from collections import Counter\n"
        "cells = kano.evaluation_table().stack().to_dict()\n\n\n"
        "def leading_class(pairs, order):\n"
        f"    classes = {classes}\n"
        "    n = len(classes)\n"
        "    counts = Counter(classes)\n"
        f"    first, second = ({ranked})[:2]\n"
        "    a, b = counts[first], counts[second]\n"
        f"    sure = {test}\n"
        f"    return {answer}\n"
    )


ANSWERS: dict[str, dict[str, Any]] = {
    "m05-pairs": {
        "cell": "m05-pairs-answer",
        "right": {
            "filled in": _pairs("A", "M", "I", "R"),
            "small letters, spaces": _pairs("a", " m", "i ", "r"),
            "classify": (
                "said = {\n"
                '    "valet_parking": ("like", "live-with"),\n    "wifi": ("neutral", "dislike"),\n'
                '    "printed_menu": ("must-be", "must-be"),\n    "tv_screens": ("dislike", "neutral"),\n}\n'
                "pair_classes = {name: kano.classify(*pair) for name, pair in said.items()}\n"
            ),
            "table as a Series": (
                "import pandas as pd\n"
                "names = ['valet_parking', 'wifi', 'printed_menu', 'tv_screens']\n"
                "pair_classes = pd.Series(list('AMIR'), index=names)\n"
            ),
        },
        "wrong": {
            "questions-swapped": _pairs("R", "R", "I", "M"),
            "first-answer-only": _pairs("A", "I", "M", "R"),
            "second-answer-only": _pairs("I", "M", "M", "I"),
            "one-dimensional-for-one-side": _pairs("O", "O", "I", "R"),
            "one-dimensional-for-one-side#2": _pairs("A", "O", "I", "R"),
            "first-answer-only#2": _pairs("A", "M", "M", "R"),
            "second-answer-only#2": _pairs("I", "M", "I", "R"),
            "reverse-is-indifferent#2": _pairs("A", "I", "I", "I"),
            "same-answer-is-questionable": _pairs("A", "M", "Q", "R"),
            "dislike-is-questionable": _pairs("A", "M", "I", "Q"),
            "reverse-is-indifferent": _pairs("A", "M", "I", "I"),
            "type": _pairs("attractive", "must-be", "indifferent", "reverse"),
            "type#2": 'pair_classes = ("A", "M", "I", "R")\n',
            "shape": _pairs("A", "M", "I", "R").replace("wifi", "wi_fi").replace("tv_screens", "tv"),
        },
        "lost": {
            "one-dimensional-for-one-side": 1,
            "one-dimensional-for-one-side#2": 1,
            "first-answer-only#2": 1,
            "second-answer-only#2": 1,
            "same-answer-is-questionable": 1,
            "dislike-is-questionable": 1,
            "reverse-is-indifferent": 1,
        },
    },
    "m05-line": {
        "cell": "m05-line-answer",
        "right": {
            "letters added": _worse('return -hurt / (counts["A"] + counts["O"] + counts["M"] + counts["I"])'),
            "others subtracted": _worse('return -1 * hurt / (everybody - (counts["R"] + counts["Q"]))'),
            "helper": (
                "import pandas as pd\n\n\ndef worse(counts):\n"
                '    row = pd.DataFrame([counts]).assign(feature="x")\n'
                '    return kano.from_counts(row).table["worse"].iloc[0]\n'
            ),
            "sign at the end": _worse('return hurt / sum(counts[k] for k in "AOMI") * -1'),
            "two lines": _worse(
                'meaningful = everybody - counts["R"] - counts["Q"]\n    return -(hurt / meaningful)'
            ),
            "one expression": (
                "def worse(counts):\n"
                '    return -sum(counts[k] for k in "OM") / sum(counts[k] for k in "AOMI")\n'
            ),
            "NumPy": (
                "import numpy as np\n\n\ndef worse(counts):\n"
                '    o, m, a, i = (counts[k] for k in "OMAI")\n'
                "    return np.array(-(o + m)) / np.array(o + m + a + i, dtype=np.float64)\n"
            ),
            "Fraction": (
                "from fractions import Fraction\n\n\ndef worse(counts):\n"
                '    return -Fraction(counts["O"] + counts["M"], sum(counts[k] for k in "AOMI"))\n'
            ),
        },
        "wrong": {
            "kept-reverse-and-questionable": _worse("return -hurt / everybody"),
            "kept-questionable": _worse('return -hurt / (everybody - counts["R"])'),
            "kept-reverse": _worse('return -hurt / (everybody - counts["Q"])'),
            "worse-sign": _worse('return hurt / (everybody - counts["R"] - counts["Q"])'),
            "better-for-worse": _worse(
                'return -(counts["A"] + counts["O"]) / (everybody - counts["R"] - counts["Q"])'
            ),
            "percent-for-share": _worse('return -100 * hurt / (everybody - counts["R"] - counts["Q"])'),
            "brackets": _worse('return -hurt / everybody - counts["R"] - counts["Q"]'),
            "numbers-typed-in": _worse("return -404 / 563"),
            "value#2": _worse('return round(-hurt / (everybody - counts["R"] - counts["Q"]), 2)'),
            "changed": _worse('return -hurt / (everybody - counts.pop("R") - counts.pop("Q"))'),
            "type": _worse("return '-0.72'"),
            "type#2": _worse('return [-hurt / (everybody - counts["R"] - counts["Q"])]'),
            "type#3": _worse("return {'worse': -hurt / everybody}"),
            "type#4": (
                "import pandas as pd\n\n\ndef worse(counts):\n"
                '    return kano.from_counts(pd.DataFrame([{"feature": "x", **counts}])).table["worse"]\n'
            ),
            "type#5": (
                "import pandas as pd\n\n\ndef worse(counts):\n"
                '    return kano.from_counts(pd.DataFrame([{"feature": "x", **counts}])).table\n'
            ),
            "type#6": _worse("return hurt < everybody"),
            "value": _worse("return 0"),
            "not-answered": _worse("pass"),
        },
        "lost": dict.fromkeys(
            (
                "kept-reverse-and-questionable",
                "kept-questionable",
                "kept-reverse",
                "worse-sign",
                "better-for-worse",
                "percent-for-share",
                "brackets",
                "numbers-typed-in",
                "value#2",
            ),
            1,
        ),
    },
    "m05-quiet": {
        "cell": "m05-quiet-answer",
        "right": {
            "read off": _quiet("OII", "FFT"),
            "small letters": _quiet("oii", "FFT", "'segment'"),
            "computed": (
                f'split_by = "segment"\n{_QUIET}'
                'quiet_classes = dict(zip(quiet["segment"], quiet["category"]))\n'
                'can_drop = dict(zip(quiet["segment"], quiet["worse"] > -0.2))\nquiet\n'
            ),
            "Series": (
                f'split_by = "segment"\n{_QUIET}'
                'quiet_classes = quiet.set_index("segment")["category"]\n'
                'can_drop = quiet.set_index("segment")["worse"].abs() < 0.2\nquiet\n'
            ),
        },
        "wrong": {
            "pooled-for-each": _quiet("III", "FFF"),
            "all-can-go#2": _quiet("III", "TTT", '"branch"'),
            "indifferent-is-no-class": _quiet("OAA", "FFT"),
            "value": _quiet("IOI", "FFT"),
            "second-class": _quiet("MAR", "FFT"),
            "another-column": _quiet("OII", "FFT", '"branch"'),
            "letter-alone": _quiet("OII", "FTT"),
            "drop-upside-down": _quiet("OII", "TTF"),
            "all-can-go": _quiet("OII", "TTT"),
            "one-objects-all-stay": _quiet("OII", "FFF"),
            "type": _quiet("OII", "FFT").replace('"business": "O"', '"business": "banana"'),
            "type#2": _quiet("OII", "FFT").replace("True", '"True"'),
            "type#3": _quiet("OII", "FFT", '"segments"'),
            "shape": _quiet("OII", "FFT").replace("family", "families"),
            "not-answered": _quiet("OII", "FFT", "None"),
        },
        "lost": {
            "indifferent-is-no-class": 1,
            "value": 1,
            "second-class": 1,
            "another-column": 1,
            "letter-alone": 1,
            "drop-upside-down": 1,
            "all-can-go": 1,
            "one-objects-all-stay": 1,
            "type": 1,
            "type#2": 1,
            "type#3": 1,
            "not-answered": 1,
        },
    },
    "m05-stale": {
        "cell": "m05-stale-answer",
        "right": {
            "read off": _stale("3002"),
            "capitals, spaces": _stale("3002", "' Courier_Map '"),
            "computed": (
                "stale_from = {}\n"
                'for name, rows in by_wave.groupby("feature"):\n'
                '    rows = rows.set_index("wave")\n'
                "    shown = [\n"
                "        wave for wave in (2, 3)\n"
                "        if rows.category[wave] != rows.category[1]\n"
                "        and rows.significant[1] and rows.significant[wave]\n"
                "    ]\n"
                "    stale_from[name] = min(shown, default=0)\n"
                'newest = by_wave[by_wave.wave == by_wave.wave.max()].set_index("feature")\n'
                "never_fail = newest.worse.idxmin()\n"
            ),
            "Series of floats": (
                "names = ['time_slot', 'sealed_bag', 'return_box', 'courier_map']\n"
                "stale_from = pd.Series([2.0, 0, 0, 3], index=names)\n"
                "never_fail = 'courier_map'\n"
            ),
        },
        "wrong": {
            "wobble-is-drift": _stale("2302"),
            "wobble-is-drift#2": _stale("3302"),
            "wobble-is-drift#3": _stale("2002"),
            "lead-for-letter": _stale("3032"),
            "lead-for-letter#2": _stale("2332", '"sealed_bag"'),
            "clear-lead-cannot-move": _stale("0000", '"sealed_bag"'),
            "last-wave-alone": _stale("3003"),
            "wave-before": _stale("0002"),
            "old-table": _stale("3002", '"sealed_bag"'),
            "better-for-worse": _stale("3002", '"time_slot"'),
            "worse-nearest-zero": _stale("3002", '"return_box"'),
            "value": _stale("3000"),
            "not-a-wave": _stale("3002").replace("2", "'wave 2'"),
            "not-a-wave#2": _stale("3112"),
            "not-a-wave#3": _stale("3002").replace(" 0", " False"),
            "not-answered": _stale("3002").replace("0", "None"),
            "not-answered#2": _stale("3002", "None"),
            "type": "stale_from = [3, 0, 0, 2]\nnever_fail = 'courier_map'\n",
            "type#2": _stale("3002", '"M"'),
            "shape": _stale("3002").replace("sealed_bag", "bag"),
        },
        "lost": {
            "wobble-is-drift": 1,
            "wobble-is-drift#2": 1,
            "wobble-is-drift#3": 1,
            "lead-for-letter": 1,
            "last-wave-alone": 1,
            "wave-before": 1,
            "old-table": 1,
            "better-for-worse": 1,
            "worse-nearest-zero": 1,
            "value": 1,
            "not-a-wave": 1,
            "not-a-wave#2": 1,
            "not-a-wave#3": 1,
            "not-answered": 1,
            "not-answered#2": 1,
            "type": 1,
            "type#2": 1,
            "shape": 1,
        },
    },
    "m05-settled": {
        "cell": "m05-settled-answer",
        "right": {
            "letter": 'settled = "C"\n',
            "small letter, spaces": 'settled = " c "\n',
            "computed": (
                "counts = [(80, 58), (380, 310), (288, 256)]\n"
                "sure = [(a - b) / (a + b) ** 0.5 > 1.96 for a, b in counts]\n"
                'settled = {(True, False, False): "A", (False, True, True): "B", (False, True, False): "C",\n'
                '           (True, True, True): "D", (False, False, False): "E"}[tuple(sure)]\n'
            ),
        },
        "wrong": {
            "larger-lead-is-surer": 'settled = "A"\n',
            "many-are-enough": 'settled = "B"\n',
            "mode-is-enough": 'settled = "D"\n',
            "never-sure": 'settled = "E"\n',
            "type": 'settled = "O"\n',
            "type#2": "settled = 2\n",
        },
    },
    "m05-share": {
        "cell": "m05-share-answer",
        "right": {
            "by name": _better_worse("(a + o) / n", "-(o + m) / n"),
            "loop": (
                "def better_worse(counts):\n"
                "    pleased = hurt = meaningful = 0\n"
                "    for letter, number in counts.items():\n"
                '        if letter in ("A", "O"):\n            pleased += number\n'
                '        if letter in ("O", "M"):\n            hurt += number\n'
                '        if letter not in ("R", "Q"):\n            meaningful += number\n'
                "    if not meaningful:\n"
                "        return dict(better=None, worse=None)\n"
                "    return dict(better=pleased / meaningful, worse=0 - hurt / meaningful)\n"
            ),
            "pandas": (
                "import pandas as pd\n\n\n"
                "def better_worse(counts):\n"
                '    c = pd.Series(counts, dtype=float).reindex(["A", "O", "M", "I"], fill_value=0)\n'
                '    return pd.Series({"better": c["A"] + c["O"], "worse": -(c["O"] + c["M"])}) / c.sum()\n'
            ),
            "caught": (
                "def better_worse(counts):\n"
                "    full = {**dict.fromkeys('AOMIRQ', 0), **counts}\n"
                "    n = sum(full.values()) - full['R'] - full['Q']\n"
                "    try:\n"
                "        better, worse = (full['A'] + full['O']) / n, -(full['M'] + full['O']) / n\n"
                "    except ZeroDivisionError:\n"
                "        return {'better': None, 'worse': None}\n"
                "    return {'better': better, 'worse': worse}\n"
            ),
            "Counter": (
                "from collections import Counter\n\nimport pandas as pd\n\n\n"
                "def better_worse(counts):\n"
                "    c = Counter(counts)\n"
                '    m = c["A"] + c["O"] + c["M"] + c["I"]\n'
                '    better = (c["A"] + c["O"]) / m if m else None\n'
                '    return pd.Series({"better": better, "worse": -(c["O"] + c["M"]) / m if m else None})\n'
            ),
            "helper": (
                "import pandas as pd\n\n\n"
                "def better_worse(counts):\n"
                '    row = {"feature": "x", **dict.fromkeys(kano.CATEGORIES, 0), **counts}\n'
                "    result = kano.from_counts(pd.DataFrame([row])).table.iloc[0]\n"
                "    return {'better': result['better'], 'worse': result['worse']}\n"
            ),
        },
        "wrong": {
            "kept-reverse-and-questionable": _better_worse(
                "(a + o) / n", "-(o + m) / n", "sum(counts.values())"
            ),
            "kept-reverse": _better_worse("(a + o) / n", "-(o + m) / n", "a + o + m + i + r"),
            "kept-questionable": _better_worse("(a + o) / n", "-(o + m) / n", "a + o + m + i + q"),
            "worse-sign": _better_worse("(a + o) / n", "(o + m) / n"),
            "better-for-worse": _better_worse("(a + o) / n", "-(a + o) / n"),
            "numbers-swapped": _better_worse("(o + m) / n", "-(a + o) / n"),
            "must-be-alone": _better_worse("(a + o) / n", "-m / n"),
            "one-dimensional-in-neither": _better_worse("a / n", "-m / n"),
            "percent-for-share": _better_worse("100 * (a + o) / n", "-100 * (o + m) / n"),
            "reverse-as-hurt": _better_worse("(a + o) / n", "-(m + r) / n", "a + o + m + i + r"),
            "by-position": (
                "def better_worse(counts):\n"
                "    six = len(counts) == 6\n"
                '    m, o, a, i, r, q = counts.values() if six else [counts.get(k, 0) for k in "MOAIRQ"]\n'
                "    n = m + o + a + i\n"
                '    if n == 0:\n        return {"better": None, "worse": None}\n'
                '    return {"better": (a + o) / n, "worse": -(o + m) / n}\n'
            ),
            "value": _better_worse("round((a + o) / n, 3)", "round(-(o + m) / n, 3)"),
            "numbers-typed-in": (
                'def better_worse(counts):\n    if not set(counts) & set("AOMI"):\n'
                '        return {"better": None, "worse": None}\n'
                '    if set(counts) == {"I", "R"}:\n        return {"better": 0, "worse": 0}\n'
                '    return {"better": 91 / 465, "worse": -47 / 465}\n'
            ),
            "zero-for-nobody": _better_worse("(a + o) / n", "-(o + m) / n", nobody="0"),
            "none-for-dictionary": _better_worse("(a + o) / n", "-(o + m) / n").replace(
                '{"better": None, "worse": None}', "None"
            ),
            "none-for-zero#2": _better_worse("(a + o) / n or None", "-(o + m) / n or None"),
            "none-for-zero": (
                "def better_worse(counts):\n"
                '    a, o, m, i = [counts.get(letter, 0) for letter in ["A", "O", "M", "I"]]\n'
                "    if a + o == 0 or o + m == 0:\n"
                '        return {"better": None, "worse": None}\n'
                '    return {"better": (a + o) / (a + o + m + i), "worse": -(o + m) / (a + o + m + i)}\n'
            ),
            "missing-letter-as-nobody": (
                "def better_worse(counts):\n"
                "    try:\n"
                '        a, o, m, i = counts["A"], counts["O"], counts["M"], counts["I"]\n'
                '        return {"better": (a + o) / (a + o + m + i), "worse": -(o + m) / (a + o + m + i)}\n'
                "    except (KeyError, ZeroDivisionError):\n"
                '        return {"better": None, "worse": None}\n'
            ),
            "missing-letter-as-zero": _better_worse(
                '(a + o) / n if "A" in counts and "O" in counts else 0',
                '-(o + m) / n if "O" in counts and "M" in counts else 0',
            ),
            "raised": (
                "def better_worse(counts):\n"
                '    a, o, m, i = counts["A"], counts["O"], counts["M"], counts["I"]\n'
                '    return {"better": (a + o) / (a + o + m + i), "worse": -(o + m) / (a + o + m + i)}\n'
            ),
            "raised#2": _better_worse("(a + o) / n", "-(o + m) / n").replace("n == 0", "not counts"),
            "raised#3": _better_worse("(a + o) / n", "-(o + m) / n").replace(
                "n == 0", "sum(counts.values()) == 0"
            ),
            "raised#4": (
                "def better_worse(counts):\n"
                "    row = kano.from_counts(counts).table.iloc[0]\n"
                '    return {"better": row["better"], "worse": row["worse"]}\n'
            ),
            "changed#2": _better_worse("(a + o) / n", "-(o + m) / n").replace(
                "(counts):\n",
                '(counts):\n    for letter in "AOMIRQ":\n        counts.setdefault(letter, 0)\n',
            ),
            "changed": (
                "def better_worse(counts):\n"
                '    for letter in "AOMIRQ":\n        counts.setdefault(letter, 0)\n'
                '    counts.pop("R")\n    counts.pop("Q")\n'
                "    n = sum(counts.values())\n"
                '    if n == 0:\n        return {"better": None, "worse": None}\n'
                '    better, worse = counts["A"] + counts["O"], counts["O"] + counts["M"]\n'
                '    return {"better": better / n, "worse": -worse / n}\n'
            ),
        },
        "lost": {
            "worse-sign": 2,
            "better-for-worse": 2,
            "numbers-swapped": 2,
            "must-be-alone": 2,
            "one-dimensional-in-neither": 2,
            "percent-for-share": 2,
            "numbers-typed-in": 2,
            "missing-letter-as-nobody": 1,
            "missing-letter-as-zero": 1,
            "none-for-dictionary": 1,
            "zero-for-nobody": 1,
            "none-for-zero": 1,
            "none-for-zero#2": 1,
            "by-position": 2,
            "value": 2,
            "raised": 1,
            "raised#2": 1,
            "raised#3": 1,
            "changed#2": 1,
        },
    },
    "m05-letter": {
        "cell": "m05-letter-answer",
        "right": {
            "counter": _leading(),
            "loops": (
                "def leading_class(pairs, order):\n"
                "    table = kano.evaluation_table()\n"
                "    cells = {(f, d): table.loc[f, d] for f in kano.ANSWERS for d in kano.ANSWERS}\n"
                "    counts = {}\n"
                "    for present, missing in pairs:\n"
                "        letter = cells[present, missing]\n"
                "        counts[letter] = counts.get(letter, 0) + 1\n"
                "    ranking = sorted(counts, key=lambda letter: (-counts[letter], order.index(letter)))\n"
                "    a, b = counts[ranking[0]], counts[ranking[1]]\n"
                "    if a - b <= 1.96 * (a + b) ** 0.5:\n"
                "        return ranking[0] + ranking[1]\n"
                "    return ranking[0]\n"
            ),
            "pandas": (
                "import numpy as np\nimport pandas as pd\n\n\n"
                "def leading_class(pairs, order):\n"
                '    frame = pd.DataFrame(pairs, columns=["functional", "dysfunctional"])\n'
                "    letters = kano.classify(frame.functional, frame.dysfunctional)\n"
                "    counts = letters.value_counts().reindex(list(order), fill_value=0)\n"
                '    counts = counts.sort_values(ascending=False, kind="stable")\n'
                "    a, b = counts.iloc[0], counts.iloc[1]\n"
                "    take = 1 if (a - b) / np.sqrt(a + b) > 1.96 else 2\n"
                '    return "".join(counts.index[:take])\n'
            ),
            "own table, squared bound": (
                "from collections import Counter\n\n\n"
                "def leading_class(pairs, order):\n"
                '    said = ["like", "must-be", "neutral", "live-with", "dislike"]\n'
                '    rows = ["QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"]\n'
                "    counts = Counter(rows[said.index(f)][said.index(d)] for f, d in pairs)\n"
                "    ranking = sorted(counts.items(), key=lambda kv: (-kv[1], order.index(kv[0])))\n"
                "    (first, a), (second, b) = ranking[:2]\n"
                "    return first if 10000 * (a - b) ** 2 > 38416 * (a + b) else first + second\n"
            ),
            "squared bound, floats": _leading("(a - b) ** 2 > 1.96**2 * (a + b)"),
            "bound cut off": _leading("a - b > int(1.96 * (a + b) ** 0.5)"),
            "two largest, no sorting": (
                "import math\n\n\n"
                "def leading_class(pairs, order):\n"
                "    tally = {}\n"
                "    for there, missing in pairs:\n"
                "        letter = kano.classify(there, missing)\n"
                "        tally[letter] = tally.get(letter, 0) + 1\n"
                "    first = second = None\n"
                "    for letter in order:\n"
                "        if first is None or tally.get(letter, 0) > tally.get(first, 0):\n"
                "            first, second = letter, first\n"
                "        elif second is None or tally.get(letter, 0) > tally.get(second, 0):\n"
                "            second = letter\n"
                "    a, b = tally.get(first, 0), tally.get(second, 0)\n"
                "    return first if a - b > 1.96 * math.sqrt(a + b) else first + second\n"
            ),
            "helper, ties by hand": (
                "import numpy as np\nimport pandas as pd\n\n\n"
                "def leading_class(pairs, order):\n"
                '    frame = pd.DataFrame(pairs, columns=["functional", "dysfunctional"])\n'
                '    frame["feature"] = "live_music"\n'
                "    row = kano.analyze(frame, respondent=None).table.iloc[0]\n"
                "    left = list(order)\n"
                "    first = max(left, key=lambda letter: row[letter])\n"
                "    left.remove(first)\n"
                "    second = max(left, key=lambda letter: row[letter])\n"
                "    a, b = row[first], row[second]\n"
                "    return first if a - b > 1.96 * np.sqrt(a + b) else first + second\n"
            ),
        },
        "wrong": {
            "answers-swapped": _leading(classes="[cells[d, f] for f, d in pairs]"),
            "never-sure": _leading("(a - b) / n > 1.96 * ((a + b) / n) ** 0.5"),
            "never-sure#2": _leading("a - b > 1.96 * (a + b)"),
            "pairs-for-classes": (
                "from collections import Counter\n\n\n"
                "def leading_class(pairs, order):\n"
                "    (one, a), (two, b) = Counter(pairs).most_common(2)\n"
                "    first, second = kano.classify(*one), kano.classify(*two)\n"
                "    return first if a - b > 1.96 * (a + b) ** 0.5 else first + second\n"
            ),
            "reverse-left-out": _leading(
                classes='[cells[f, d] for f, d in pairs if cells[f, d] not in "RQ"]'
            ),
            "same-answer-is-questionable": _leading(
                classes='["Q" if f == d else cells[f, d] for f, d in pairs]'
            ),
            "same-answer-is-questionable#2": _leading().replace(
                "evaluation_table()", 'evaluation_table("pouliot")'
            ),
            "needs-majority": _leading("a > n / 2"),
            "no-test": _leading(answer="first"),
            "ties-by-alphabet": _leading(ranked='sorted("AIMOQR", key=lambda letter: -counts[letter])'),
            "ties-by-alphabet#2": _leading(ranked="sorted(counts, key=lambda k: (-counts[k], k))"),
            "ties-by-alphabet-backwards": _leading(
                ranked="[k for n, k in sorted(((n, k) for k, n in counts.items()), reverse=True)]"
            ),
            "ties-by-appearance": _leading(ranked="[letter for letter, _ in counts.most_common()]"),
            "order-ignored": _leading(ranked='sorted("MOAIRQ", key=lambda letter: -counts[letter])'),
            "order-backwards": _leading(
                ranked="sorted(counts, key=lambda k: (counts[k], order.index(k)), reverse=True)"
            ),
            "letters-in-order": _leading(
                answer="first if sure else ''.join(sorted(first + second, key=order.index))"
            ),
            "bound-included": _leading("a - b >= 1.96 * (a + b) ** 0.5"),
            "bound-included#2": _leading("a - b > 1.959964 * (a + b) ** 0.5"),
            "bound-rounded": _leading("a - b > round(1.96 * (a + b) ** 0.5)"),
            "rest-for-second": _leading("a - (n - a) > 1.96 * n ** 0.5"),
            "words-between": _leading(answer="first if sure else first + ' or ' + second"),
            "order-ignored#3": (
                "import pandas as pd\n\n\n"
                "def leading_class(pairs, order):\n"
                '    frame = pd.DataFrame(pairs, columns=["functional", "dysfunctional"])\n'
                '    row = kano.analyze(frame.assign(feature="x"), respondent=None).table.iloc[0]\n'
                '    return row["category"] if row["significant"] else row["category"] + row["second"]\n'
            ),
            "ties-by-appearance#2": _leading(
                ranked="[max(order, key=lambda k: counts[k])] + [k for k, _ in Counter("
                "c for c in classes if c != max(order, key=lambda k: counts[k])).most_common()]"
            ),
            "no-test#2": _leading("a > b"),
            "no-test#3": _leading(
                answer="first if sure else first + second if a == b else min(first, second, key=order.index)"
            ),
            "never-sure#3": _leading("a - b > 1.96 * (a + b**0.5)"),
            "five-points": _leading("100 * (a - b) / n > 5"),
            "all-answers-in-root": _leading("a - b > 1.96 * n ** 0.5"),
            "intervals-overlap": _leading(
                "a - 1.96 * (a * (1 - a / n)) ** 0.5 > b + 1.96 * (b * (1 - b / n)) ** 0.5"
            ),
        },
        "lost": {
            "never-sure": 3,
            "never-sure#2": 3,
            "pairs-for-classes": 3,
            "needs-majority": 3,
            "same-answer-is-questionable#2": 2,
            "no-test": 2,
            "ties-by-alphabet": 1,
            "ties-by-alphabet#2": 1,
            "ties-by-alphabet-backwards": 1,
            "ties-by-appearance": 1,
            "order-ignored": 1,
            "order-backwards": 1,
            "letters-in-order": 2,
            "bound-included": 1,
            "bound-included#2": 1,
            "order-ignored#3": 2,
            "bound-rounded": 1,
            "rest-for-second": 3,
            "words-between": 2,
            "ties-by-appearance#2": 1,
            "no-test#2": 2,
            "no-test#3": 2,
            "never-sure#3": 3,
            "five-points": 1,
            "all-answers-in-root": 1,
            "intervals-overlap": 1,
        },
    },
}
