"""Answers to the assignment of module 01, as trainees write them: right ones and wrong ones.

Each replaces the whole source of its solution cell. ``lost`` says what a wrong answer costs where that is
less than all points of the item, because another step of it is right.
"""

from typing import Any


def _sign(line: str) -> str:
    return f"def satisfaction(expectation, perception):\n    difference = {line}\n    return difference\n"


def _eleven(promoters: str, detractors: str, counted: str) -> str:
    return (
        f"promoters = {promoters}\ndetractors = {detractors}\ncounted = {counted}\n"
        "if promoters is not None and detractors is not None and counted is not None:\n"
        '    print("NPS =", round(100 * (promoters - detractors) / counted, 1))\n'
    )


def _split(riverside: str, hillside: str, sentence: str = "D") -> str:
    return f'top2 = {{"riverside": {riverside}, "hillside": {hillside}}}\nsentence = "{sentence}"\n'


def _calls(letters: str | list[str]) -> str:
    """Letters for C and for the difference, each from 1 to 10 and from 0 to 9."""
    names = ("C, 1 to 10", "C, 0 to 9", "difference, 1 to 10", "difference, 0 to 9")
    entries = ", ".join(f'"{name}": "{letter}"' for name, letter in zip(names, letters, strict=True))
    return f"first_call = {{{entries}}}\n"


_GIVEN = "s is not None and not pd.isna(s) and s != 99"


def _interval(
    nps: str = "100 * (up - down) / n",
    low: str = "max(100 * (p - d) - half, -100)",
    high: str = "min(100 * (p - d) + half, 100)",
    half: str = "100 * 1.96 * ((p + d - (p - d) ** 2) / (n + 3)) ** 0.5",
    keep: str = _GIVEN,
    n: str = "len(answers)",
    missing: str = "len(scores) - len(answers)",
    up: str = "s >= 9",
    down: str = "s <= 6",
    p: str = "(up + 0.75) / (n + 3)",
    d: str = "(down + 0.75) / (n + 3)",
    nobody: str = "None",
    factor: str = "((customers - n) / max(customers - 1, 1)) ** 0.5",
    towards: str = "nps",
    last: str = "",
) -> str:
    return (
        "import numpy as np\n\n\n"
        "def nps_with_interval(scores, customers):\n"
        f"    answers = [s for s in scores if {keep}]\n"
        f"    up = sum(1 for s in answers if {up})\n"
        f"    down = sum(1 for s in answers if {down})\n"
        f"    n = {n}\n"
        f"    missing = {missing}\n"
        "    if n == 0:\n"
        f'        return {{"nps": {nobody}, "low": {nobody}, "high": {nobody}, "n_missing": missing}}\n'
        f"    nps = {nps}\n"
        f"    p, d = {p}, {d}\n"
        f"    half = {half}\n"
        f"    low, high = {low}, {high}\n"
        f"    factor, middle = {factor}, {towards}\n"
        "    low, high = middle - (middle - low) * factor, middle + (high - middle) * factor\n"
        f"{last}"
        '    return {"nps": nps, "low": low, "high": high, "n_missing": missing}\n'
    )


def _effect(
    gain: str = "100 * ((s[1] - s[0]) - (s[3] - s[2]))",
    error: str = "100 * sum(v) ** 0.5",
    top: str = "a >= 4",
    keep: str = "a is not None",
    size: str = "len(given)",
    share: str = "top / size",
    nobody: str = "        return {'gain': None, 'error': None}\n",
) -> str:
    return (
        "def gain_and_error(before_changed, after_changed, before_unchanged, after_unchanged):\n"
        "    lists = [before_changed, after_changed, before_unchanged, after_unchanged]\n"
        "    s, v, m, c, sizes = [], [], [], [], []\n"
        "    for answers in lists:\n"
        f"        given = [a for a in answers if {keep}]\n"
        "        if not given:\n"
        f"    {nobody}"
        f"        size = {size}\n"
        f"        top = sum(1 for a in given if a is not None and {top})\n"
        "        m.append(sum(a for a in given if a is not None) / size)\n"
        "        c.append(top)\n"
        "        sizes.append(size)\n"
        f"        s.append({share})\n"
        "        v.append(s[-1] * (1 - s[-1]) / size)\n"
        f"    return {{'gain': {gain}, 'error': {error}}}\n"
    )


ANSWERS: dict[str, dict[str, Any]] = {
    "m01-sign": {
        "cell": "m01-sign-answer",
        "right": {
            "turned": _sign("perception - expectation"),
            "minus in front": _sign("-(expectation - perception)"),
            "one line": "def satisfaction(expectation, perception):\n    return perception - expectation\n",
            "second line": (
                "def satisfaction(expectation, perception):\n"
                "    difference = expectation - perception  # repair this line\n"
                "    difference = -1 * difference\n"
                "    return float(difference)\n"
            ),
            "below the marked line": (
                "def satisfaction(expectation, perception):\n"
                "    difference = expectation - perception  # repair this line\n"
                "    difference = perception - expectation\n"
                "    return difference\n"
            ),
            "floats": (
                "def satisfaction(expectation, perception):\n"
                "    difference = float(perception) - float(expectation)\n    return difference\n"
            ),
            "names swapped": "def satisfaction(wanted, got):\n    return got - wanted\n",
        },
        "wrong": {
            "still-reversed": _sign("expectation - perception"),
            "still-reversed#2": (
                "def satisfaction(perception, expectation):\n    return perception - expectation\n"
            ),
            "still-reversed#3": _sign("abs(perception - expectation)"),
            "still-reversed#4": _sign("-abs(perception - expectation)"),
            "still-reversed#5": (
                "def satisfaction(expectation, perception):\n"
                "    difference = expectation - perception\n"
                "    if perception > expectation:\n        difference = perception - expectation\n"
                "    return difference\n"
            ),
            "not-answered": _sign("perception - expectation").replace("return", "print(difference)  #"),
            "ratio-for-difference": _sign("perception / expectation"),
            "relative-difference": _sign("(perception - expectation) / expectation"),
            "per-cent-of-expected": _sign("100 * (perception - expectation) / expectation"),
            "rounded": _sign("round(perception - expectation)"),
            "rounded#2": _sign("int(perception - expectation)"),
            "rounded#3": _sign("(perception - expectation) // 1"),
            "cut-at-zero": _sign("max(perception - expectation, 0)"),
            "numbers-typed-in": _sign("6 - 8"),
        },
        "lost": {"still-reversed#3": 1, "still-reversed#4": 1, "still-reversed#5": 1, "cut-at-zero": 1},
    },
    "m01-eleven": {
        "cell": "m01-eleven-answer",
        "right": {
            "by hand": _eleven("5", "2", "11"),
            "loops": _eleven(
                "sum(1 for r in replies if r is not None and r >= 9)",
                "sum(1 for r in replies if r is not None and r <= 6)",
                "len([r for r in replies if r is not None])",
            ),
            "pandas": (
                "scores = pd.Series(replies)\n"
                + _eleven("(scores >= 9).sum()", "(scores <= 6).sum()", "scores.count()")
            ),
            "three groups": _eleven("5.0", "2.0", "5 + 4 + 2"),
        },
        "wrong": {
            "passives-left-out": _eleven("5", "2", "promoters + detractors"),
            "silent-counted": _eleven("5", "2", "len(replies)"),
            "silent-for-passives": _eleven("5", "2", "promoters + detractors + 1"),
            "passives-alone": _eleven("5", "2", "4"),
            "per-cent-below": _eleven("5", "2", "100"),
            "detractors-to-five": _eleven("5", "1", "11"),
            "sevens-as-detractors": _eleven("5", "4", "11"),
            "passives-as-detractors": _eleven("5", "6", "11"),
            "eights-as-promoters": _eleven("7", "2", "11"),
            "tens-alone": _eleven("2", "2", "11"),
            "silent-as-detractor": _eleven("5", "3", "12"),
            "sides-swapped": _eleven("2", "5", "11"),
            "not-a-count": _eleven("100 * 5 / 11", "100 * 2 / 11", "11"),
            "not-a-count#2": _eleven("'5'", "'2'", "'11'"),
            "not-a-count#3": _eleven("pd.Series(replies) >= 9", "pd.Series(replies) <= 6", "11"),
            "not-a-count#4": _eleven("[9, 10, 9, 10, 9]", "[2, 6]", "11"),
            "not-a-count#5": _eleven("True", "2", "11"),
            "not-a-count#6": _eleven("5", "''", "0"),
            "not-a-count#7": _eleven("45.5", "18.2", "1"),
            "value": _eleven("5", "0", "11"),
            "not-answered": _eleven("5", "2", "..."),
        },
        "lost": dict.fromkeys(
            (
                "passives-left-out",
                "silent-counted",
                "silent-for-passives",
                "passives-alone",
                "per-cent-below",
                "detractors-to-five",
                "sevens-as-detractors",
                "passives-as-detractors",
                "eights-as-promoters",
                "tens-alone",
                "sides-swapped",
                "not-a-count",
                "not-a-count#3",
                "not-a-count#4",
                "not-a-count#5",
                "value",
                "not-answered",
            ),
            1,
        ),
    },
    "m01-branches": {
        "cell": "m01-branches-answer",
        "right": {"letter": 'for_the_board = "C"\n', "small letter, spaces": "for_the_board = ' c '\n"},
        "wrong": {
            "estimates-as-truth": 'for_the_board = "A"\n',
            "overlap-means-no-lead": 'for_the_board = "B"\n',
            "margins-added": 'for_the_board = "D"\n',
            "upper-end-as-promise": 'for_the_board = "E"\n',
            "type": 'for_the_board = "Old Town"\n',
        },
    },
    "m01-split": {
        "cell": "m01-split-answer",
        "right": {
            "by hand": _split("55", "40.0"),
            "computed": _split("(30 + 80) / 200 * 100", "(60 + 20) / 2", "d"),
            "Series by index": (
                "rows = {'riverside': [60, 20, 10, 30, 80], 'hillside': [10, 30, 80, 60, 20]}\n"
                "counts = pd.DataFrame(rows, index=range(1, 6))\n"
                "top2 = (100 * counts.loc[4:].sum() / counts.sum()).to_dict()\n"
                "sentence = 'D'\n"
            ),
            "Series": (
                "rows = {'riverside': [60, 20, 10, 30, 80], 'hillside': [10, 30, 80, 60, 20]}\n"
                "answers = pd.DataFrame(rows)\n"
                "top2 = 100 * answers.iloc[3:].sum() / answers.sum()\n"
                "sentence = 'D'\n"
            ),
        },
        "wrong": {
            "top-box-alone": _split("40", "10"),
            "middle-counted": _split("60", "80"),
            "count-for-per-cent": _split("110", "80"),
            "share-for-per-cent": _split("0.55", "0.40"),
            "bottom-for-top": _split("40", "20"),
            "per-cent-of-all": _split("100 * 110 / 400", "100 * 80 / 400"),
            "net-of-dissatisfied": _split("15", "20"),
            "largest-columns": _split("70", "70", "C"),
            "mean-describes-customers": _split("55", "40", "A"),
            "top-hides-bottom": _split("55", "40", "B"),
            "same-mean-same-crowd": _split("55", "40", "C"),
            "branches-swapped": _split("40", "55"),
            "not-a-dictionary": "top2 = [55, 40]\nsentence = 'D'\n",
            "not-a-dictionary#2": "top2 = 55\nsentence = 'D'\n",
            "not-answered": "top2 = None\nsentence = 'D'\n",
            "shape": "top2 = {'Riverside': 55, 'hillside': 40}\nsentence = 'D'\n",
            "not-per-cent": _split("'55 %'", "'40 %'"),
            "not-per-cent#2": _split("'55'", "'40'"),
            "not-per-cent#3": _split("float('nan')", "40"),
            "not-per-cent#4": _split("[55]", "[40]"),
            "not-per-cent#5": _split("True", "40"),
            "value": _split("55", "0"),
            "type": _split("55", "40", "the fourth"),
        },
        "lost": dict.fromkeys(
            (
                "top-box-alone",
                "middle-counted",
                "count-for-per-cent",
                "share-for-per-cent",
                "bottom-for-top",
                "per-cent-of-all",
                "net-of-dissatisfied",
                "mean-describes-customers",
                "top-hides-bottom",
                "same-mean-same-crowd",
                "branches-swapped",
                "not-a-dictionary",
                "not-a-dictionary#2",
                "not-answered",
                "shape",
                "not-per-cent",
                "not-per-cent#2",
                "not-per-cent#3",
                "not-per-cent#4",
                "not-per-cent#5",
                "value",
                "type",
            ),
            1,
        ),
    },
    "m01-numbering": {
        "cell": "m01-numbering-answer",
        "right": {
            "filled in": _calls("FGHH"),
            "small letters": _calls("fghh"),
            "spaces": _calls([" F", "G ", " h ", "H"]),
            "computed": (
                "form = pd.DataFrame({'a': [8, 2, 10], 'b': [3, 1, 4]}, index=list('FGH'))\n"
                "first_call = {}\n"
                "for start in (1, 0):\n"
                "    a, b = form['a'] - 1 + start, form['b'] - 1 + start\n"
                "    first_call[f'C, {start} to {9 + start}'] = (b / a).idxmin()\n"
                "    first_call[f'difference, {start} to {9 + start}'] = (b - a).idxmin()\n"
            ),
            "Series": (
                "first_call = pd.Series(['F', 'G', 'H', 'H'], index=['C, 1 to 10', 'C, 0 to 9', "
                "'difference, 1 to 10', 'difference, 0 to 9'])\n"
            ),
        },
        "wrong": {
            "renumbering-ignored": _calls("FFHH"),
            "renumbering-ignored#2": _calls("FFFF"),
            "other-end": _calls("GHHH"),
            "difference-other-end": _calls("FGGG"),
            "difference-for-ratio": _calls("HHHH"),
            "lowest-mark": _calls("GGHH"),
            "ratio-for-difference": _calls("FGFG"),
            "difference-moves-too": _calls("FGHG"),
            "difference-moves-too#2": _calls("FGHF"),
            "lowest-mark#2": _calls("GGGG"),
            "ratio-for-difference#2": _calls("FGFF"),
            "type": _calls("8222"),
            "not-a-dictionary": "first_call = ['F', 'G', 'H', 'H']\n",
            "not-a-dictionary#2": "first_call = 0\n",
            "shape": _calls("FGHH").replace("C, 0 to 9", "C,0 to 9"),
            "not-answered": "first_call = None\n",
        },
        "lost": {
            "renumbering-ignored": 1,
            "other-end": 1,
            "difference-other-end": 1,
            "difference-for-ratio": 1,
            "lowest-mark": 1,
            "ratio-for-difference": 1,
            "ratio-for-difference#2": 1,
            "difference-moves-too": 1,
            "difference-moves-too#2": 1,
        },
    },
    "m01-interval": {
        "cell": "m01-interval-answer",
        "right": {
            "step by step": _interval(),
            "pandas": (
                "import numpy as np\n\n\n"
                "def nps_with_interval(scores, customers):\n"
                "    given = pd.Series(scores, dtype=float).replace(99, np.nan)\n"
                "    n_missing = int(given.isna().sum())\n"
                "    given = given.dropna()\n"
                "    n = len(given)\n"
                "    if n == 0:\n"
                "        nan = float('nan')\n"
                "        return {'nps': nan, 'low': nan, 'high': nan, 'n_missing': n_missing}\n"
                "    vote = np.sign((given >= 9).astype(int) - (given <= 6).astype(int))\n"
                "    nps = 100 * vote.mean()\n"
                "    if n == customers:\n"
                "        return {'nps': nps, 'low': nps, 'high': nps, 'n_missing': n_missing}\n"
                "    p = ((vote == 1).sum() + 3 / 4) / (n + 3)\n"
                "    d = ((vote == -1).sum() + 3 / 4) / (n + 3)\n"
                "    wide = 1.959964 * np.sqrt((p + d - (p - d) ** 2) / (n + 3))\n"
                "    ends = np.clip([100 * (p - d - wide), 100 * (p - d + wide)], -100, 100)\n"
                "    low, high = nps + (ends - nps) * np.sqrt((customers - n) / (customers - 1))\n"
                "    return pd.Series({'nps': nps, 'low': low, 'high': high, 'n_missing': n_missing})\n"
            ),
            "helper after cleaning": (
                "def nps_with_interval(scores, customers):\n"
                "    clean = [s if s in range(11) else None for s in scores]\n"
                "    missing = clean.count(None)\n"
                "    n = len(clean) - missing\n"
                "    if n == 0:\n"
                "        return dict(nps=None, low=None, high=None, n_missing=missing)\n"
                "    frame = pd.DataFrame({'s': pd.array(clean, dtype='Int64')})\n"
                "    row = metrics.nps(frame, 's').table.iloc[0]\n"
                "    f = 0 if n == customers else ((customers - n) / (customers - 1)) ** 0.5\n"
                "    low, high = (f * end + (1 - f) * row.score for end in (row.low, row.high))\n"
                "    return dict(nps=row.score, low=low, high=high, n_missing=missing)\n"
            ),
            "counter": (
                "import math\n\n\n"
                "def nps_with_interval(scores, customers):\n"
                "    promoters = passives = detractors = missing = 0\n"
                "    for s in scores:\n"
                "        if s in (9, 10):\n            promoters += 1\n"
                "        elif s in (7, 8):\n            passives += 1\n"
                "        elif s in (0, 1, 2, 3, 4, 5, 6):\n            detractors += 1\n"
                "        else:\n            missing += 1\n"
                "    result = {'nps': None, 'low': None, 'high': None, 'n_missing': missing}\n"
                "    n = promoters + passives + detractors\n"
                "    if n > 0:\n"
                "        p, d, m = promoters + 0.75, detractors + 0.75, n + 3\n"
                "        error = 196 * math.sqrt((p + d) / m - ((p - d) / m) ** 2) / math.sqrt(m)\n"
                "        result['nps'] = 100 * promoters / n - 100 * detractors / n\n"
                "        result['low'] = result['high'] = result['nps']\n"
                "        if n < customers:\n"
                "            f = math.sqrt(customers - n) / math.sqrt(customers - 1)\n"
                "            below = result['nps'] - max(-100, 100 * (p - d) / m - error)\n"
                "            above = min(100, 100 * (p - d) / m + error) - result['nps']\n"
                "            result['low'] -= f * below\n"
                "            result['high'] += f * above\n"
                "    return result\n"
            ),
            "votes": (
                "from collections import Counter\nfrom statistics import NormalDist\n\n\n"
                "def nps_with_interval(scores, customers):\n"
                "    def vote(s):\n"
                "        if pd.isna(s) or s == 99:\n            return None\n"
                "        return 1 if s >= 9 else -1 if s <= 6 else 0\n\n"
                "    tally = Counter(vote(s) for s in scores)\n"
                "    n = tally[1] + tally[0] + tally[-1]\n"
                "    found = dict.fromkeys(['nps', 'low', 'high'])\n"
                "    found['n_missing'] = tally[None]\n"
                "    if n:\n"
                "        weights = {1: tally[1] + 0.75, 0: tally[0] + 1.5, -1: tally[-1] + 0.75}\n"
                "        mean = sum(v * k for v, k in weights.items()) / (n + 3)\n"
                "        variance = sum(k * (v - mean) ** 2 for v, k in weights.items()) / (n + 3)\n"
                "        half = NormalDist().inv_cdf(0.975) * (variance / (n + 3)) ** 0.5\n"
                "        score = (tally[1] - tally[-1]) / n * 100\n"
                "        f = ((customers - n) / (customers - 1)) ** 0.5 if customers > n else 0\n"
                "        ends = [min(max(100 * e, -100), 100) for e in (mean - half, mean + half)]\n"
                "        found['nps'] = score\n"
                "        found['low'], found['high'] = (score + f * (end - score) for end in ends)\n"
                "    return found\n"
            ),
        },
        "wrong": {
            "passives-left-out": _interval(n="up + down"),
            "share-for-points": _interval(
                nps="(up - down) / n",
                low="max(p - d - half, -1)",
                high="min(p - d + half, 1)",
                half="1.96 * ((p + d - (p - d) ** 2) / (n + 3)) ** 0.5",
            ),
            "detractors-to-five": _interval(down="s <= 5"),
            "sevens-as-detractors": _interval(down="s <= 7"),
            "eights-as-promoters": _interval(up="s >= 8"),
            "tens-alone": _interval(up="s > 9"),
            "zero-as-missing": _interval(keep="s and s == s and s != 99"),
            "silent-counted": _interval(n="len(scores)"),
            "divided-by-customers": _interval(nps="100 * (up - down) / customers"),
            "adjusted-for-score": _interval(nps="100 * (p - d)").replace(
                "    nps = 100 * (p - d)\n", "    nps = 100 * (up - down) / (n + 3)\n"
            ),
            "sign-turned": _interval(nps="100 * (down - up) / n"),
            "missing-not-counted": _interval(missing="0"),
            "missing-not-counted#2": _interval().replace(
                '"high": None, "n_missing": missing}', '"high": None, "n_missing": None}'
            ),
            "missing-not-counted#3": _interval().replace(
                '"high": None, "n_missing": missing}', '"high": None, "n_missing": 0}'
            ),
            "missing-not-counted#4": _interval().replace(
                "    answers = [", f"    scores = [s for s in scores if {_GIVEN}]\n    answers = ["
            ),
            "answered-for-missing": _interval(missing="len(answers)"),
            "not-asked-as-missing": _interval(missing="customers - len(answers)"),
            "some-missing-not-counted": _interval(missing="scores.count(None)"),
            "some-missing-not-counted#2": _interval(
                missing="int(pd.Series(scores, dtype=float).isna().sum())"
            ),
            "some-missing-not-counted#3": _interval(
                missing="len(set(map(str, scores)) - set(map(str, answers)))"
            ),
            "rounded": _interval(nps="round(100 * (up - down) / n)"),
            "rounded#2": _interval(last="    nps = round(nps)\n"),
            "value": _interval(last="    low, high = round(low, 1), round(high, 1)\n"),
            "value#2": _interval(last="    low, high = round(low, 2), round(high, 2)\n"),
            "none-for-dictionary": _interval().replace(
                '        return {"nps": None, "low": None, "high": None, "n_missing": missing}\n',
                "        return None\n",
            ),
            "none-for-dictionary#2": _interval().replace(
                "    if n == 0:\n", "    if n == 0 and missing:\n        return None\n    if n == 0:\n"
            ),
            "missing-in-the-interval": _interval(
                p="(up + 0.75) / (sum(s is not None for s in scores) + 3)",
                d="(down + 0.75) / (sum(s is not None for s in scores) + 3)",
            ),
            "ends-not-numbers": _interval(last="    low, high = str(low), str(high)\n"),
            "ends-not-numbers#2": _interval(last="    if n < 2:\n        low = high = None\n"),
            "ends-not-numbers#3": _interval(last="    if n == customers:\n        low = high = None\n"),
            "ends-not-numbers#4": _interval(
                low="100 * (p - d) - half",
                high="100 * (p - d) + half",
                last="    low, high = low if low >= -100 else None, high if high <= 100 else None\n",
            ),
            "ends-not-numbers#5": _interval().replace("    if n == 0:\n", "    if n == 0 or up == 0:\n"),
            "shape": _interval().replace('"n_missing"', '"n_mising"'),
            "not-answered": _interval().replace("    return {", "    result = {"),
            "three-quarters-of-three": _interval(p="(up + 2.25) / (n + 3)", d="(down + 2.25) / (n + 3)"),
            "three-not-added": _interval(
                p="up / n", d="down / n", half="196 * ((p + d - (p - d) ** 2) / n) ** 0.5"
            ),
            "three-not-added#2": _interval(
                p="(up + (0 if min(up, down) else 0.75)) / (n + (0 if min(up, down) else 3))",
                d="(down + (0 if min(up, down) else 0.75)) / (n + (0 if min(up, down) else 3))",
                half="196 * ((p + d - (p - d) ** 2) / (n + (0 if min(up, down) else 3))) ** 0.5",
            ),
            "not-centred": _interval(low="max(nps - half, -100)", high="min(nps + half, 100)"),
            "three-not-below": _interval(half="196 * ((p + d - (p - d) ** 2) / n) ** 0.5"),
            "square-left-out": _interval(half="196 * ((p + d) / (n + 3)) ** 0.5"),
            "one-standard-error": _interval(half="100 * ((p + d - (p - d) ** 2) / (n + 3)) ** 0.5"),
            "root-left-out": _interval(half="196 * (p + d - (p - d) ** 2) / (n + 3)"),
            "sd-of-scores": _interval(
                low="max(nps - half, -100)",
                high="min(nps + half, 100)",
                half="1.96 * np.std(answers) / np.sqrt(n)",
            ),
            "ends-swapped": _interval(last="    low, high = high, low\n"),
            "factor-left-out": _interval(factor="1"),
            "factor-without-root": _interval(factor="(customers - n) / max(customers - 1, 1)"),
            "share-answered": _interval(factor="(n / customers) ** 0.5"),
            "asked-for-answered": _interval(
                factor="((customers - len(scores)) / max(customers - 1, 1)) ** 0.5"
            ),
            "asked-for-answered#2": _interval(
                last="    if len(scores) == customers:\n        low = high = nps\n"
            ),
            "three-in-factor": _interval(factor="(max(customers - n - 3, 0) / max(customers - 1, 1)) ** 0.5"),
            "population-not-less-one": _interval(factor="((customers - n) / customers) ** 0.5"),
            "shortened-round-centre": _interval(towards="100 * (p - d)"),
            "shortened-round-centre#2": _interval(
                low="max(100 * (p - d) - half * factor, -100)",
                high="min(100 * (p - d) + half * factor, 100)",
                factor="1",
            ).replace(
                "    low, high = max",
                "    factor = ((customers - n) / max(customers - 1, 1)) ** 0.5\n    low, high = max",
            ),
            "cut-after-shortening": _interval(
                low="100 * (p - d) - half",
                high="100 * (p - d) + half",
                last="    low, high = max(low, -100), min(high, 100)\n",
            ),
            "cut-on-both-sides": _interval(
                half="min(196 * ((p + d - (p - d) ** 2) / (n + 3)) ** 0.5, 100 - 100 * abs(p - d))"
            ),
            "cut-at-zero": _interval(low="max(100 * (p - d) - half, 0)"),
            "alike-is-not-sure": _interval(last="    if len(set(answers)) == 1:\n        low = high = nps\n"),
            "alike-is-not-sure#2": _interval(last="    if up == n or down == n:\n        low = high = nps\n"),
            "skipped-while-removing": _interval(
                up="s is not None and s >= 9", down="s is not None and s <= 6"
            ).replace(
                f"    answers = [s for s in scores if {_GIVEN}]\n",
                "    answers = list(scores)\n    for s in answers:\n"
                "        if pd.isna(s) or s == 99:\n            answers.remove(s)\n",
            ),
            "numbers-typed-in": (
                "def nps_with_interval(scores, customers):\n"
                "    if len(scores) == 9 and None in scores[5:]:\n"
                "        return {'nps': 60, 'low': -10, 'high': 80, 'n_missing': 4}\n"
                "    if not scores:\n"
                "        return {'nps': None, 'low': None, 'high': None, 'n_missing': 0}\n"
                "    return {'nps': 1000 / 33, 'low': 6.9525, 'high': 49.3352, 'n_missing': 4}\n"
            ),
            "ninety-nine-as-promoter": _interval(keep="s is not None and not pd.isna(s)"),
            "nan-as-passive": _interval(keep="s is not None and s != 99"),
            "only-none-is-missing": _interval(keep="s is not None"),
            "beyond-the-scale": _interval(low="100 * (p - d) - half", high="100 * (p - d) + half"),
            "beyond-the-scale#2": _interval(low="100 * (p - d) - half"),
            "zero-for-nobody": _interval(nobody="0"),
            "zero-for-nobody#2": _interval().replace(
                '"nps": None, "low": None, "high": None', '"nps": 0, "low": -100, "high": 100'
            ),
            "raised": _interval().replace("    if n == 0:\n", "    if n < 0:\n"),
            "raised#2": _interval().replace("    if n == 0:\n", "    if not scores:\n"),
            "raised#3": _interval(factor="((customers - n) / (customers - 1)) ** 0.5"),
            "raised#4": (
                "def nps_with_interval(scores, customers):\n"
                "    x = pd.Series(scores, dtype=float)\n"
                "    row = metrics.nps(pd.DataFrame({'x': x}), 'x').table.loc[0]\n"
                "    f = ((customers - x.count()) / (customers - 1)) ** 0.5\n"
                "    low, high = (row.score + f * (end - row.score) for end in (row.low, row.high))\n"
                "    return {'nps': row.score, 'low': low, 'high': high, 'n_missing': int(x.isna().sum())}\n"
            ),
            "factor-left-out#2": (
                "def nps_with_interval(scores, customers):\n"
                "    x = pd.Series(scores, dtype=float).replace(99, float('nan'))\n"
                "    missing = int(x.isna().sum())\n"
                "    if missing == len(x):\n"
                "        return {'nps': None, 'low': None, 'high': None, 'n_missing': missing}\n"
                "    found = metrics.nps(pd.DataFrame({'x': x}), 'x').table.iloc[0]\n"
                "    low, high = found.low, found.high\n"
                "    return {'nps': found.score, 'low': low, 'high': high, 'n_missing': missing}\n"
            ),
            "changed": _interval().replace(
                "    answers = [s for s in scores",
                "    while None in scores:\n        scores.remove(None)\n    answers = [s for s in scores",
            ),
            "not-a-dictionary": _interval().replace(
                'return {"nps": nps, "low": low, "high": high, "n_missing": missing}',
                "return nps, low, high, missing",
            ),
        },
        "lost": {
            **dict.fromkeys(
                (
                    "passives-left-out",
                    "detractors-to-five",
                    "sevens-as-detractors",
                    "eights-as-promoters",
                    "zero-as-missing",
                    "rounded",
                    "ends-not-numbers",
                    "ends-not-numbers#2",
                    "ends-not-numbers#5",
                    "factor-left-out",
                    "share-answered",
                    "asked-for-answered",
                    "shortened-round-centre",
                    "shortened-round-centre#2",
                    "factor-left-out#2",
                ),
                3,
            ),
            **dict.fromkeys(
                (
                    "missing-not-counted",
                    "missing-not-counted#4",
                    "answered-for-missing",
                    "not-asked-as-missing",
                    "some-missing-not-counted#3",
                    "value",
                    "value#2",
                    "three-quarters-of-three",
                    "three-not-added",
                    "three-not-added#2",
                    "not-centred",
                    "three-not-below",
                    "square-left-out",
                    "one-standard-error",
                    "root-left-out",
                    "sd-of-scores",
                    "ends-swapped",
                    "factor-without-root",
                    "asked-for-answered#2",
                    "three-in-factor",
                    "population-not-less-one",
                    "cut-at-zero",
                    "alike-is-not-sure",
                    "alike-is-not-sure#2",
                ),
                2,
            ),
            **dict.fromkeys(
                (
                    "missing-not-counted#2",
                    "missing-not-counted#3",
                    "some-missing-not-counted",
                    "some-missing-not-counted#2",
                    "rounded#2",
                    "none-for-dictionary",
                    "none-for-dictionary#2",
                    "missing-in-the-interval",
                    "ends-not-numbers#3",
                    "ends-not-numbers#4",
                    "cut-after-shortening",
                    "cut-on-both-sides",
                    "ninety-nine-as-promoter",
                    "nan-as-passive",
                    "only-none-is-missing",
                    "beyond-the-scale",
                    "beyond-the-scale#2",
                    "zero-for-nobody",
                    "zero-for-nobody#2",
                    "raised",
                    "raised#2",
                    "raised#3",
                    "raised#4",
                ),
                1,
            ),
        },
    },
    "m01-effect": {
        "cell": "m01-effect-answer",
        "right": {
            "lists": _effect(),
            "inner function": (
                "def gain_and_error(before_changed, after_changed, before_unchanged, "
                "after_unchanged):\n"
                "    def share(answers):\n"
                "        given = pd.Series(answers, dtype=float).dropna()\n"
                "        s = (given >= 4).mean()\n"
                "        return s, s * (1 - s) / max(len(given), 1)\n\n"
                "    (a, va), (b, vb) = share(before_changed), share(after_changed)\n"
                "    (c, vc), (d, vd) = share(before_unchanged), share(after_unchanged)\n"
                "    return {'gain': 100 * (b - a - d + c), 'error': 100 * (va + vb + vc + vd) ** 0.5}\n"
            ),
            "numpy": (
                "import numpy as np\n\n\n"
                "def gain_and_error(old_new, new_new, old_old, new_old):\n"
                "    lists = (old_new, new_new, old_old, new_old)\n"
                "    given = [np.array([x for x in g if x], dtype=float) for g in lists]\n"
                "    if min(len(g) for g in given) == 0:\n"
                "        return {'gain': None, 'error': None}\n"
                "    shares = np.array([np.mean(g > 3) for g in given])\n"
                "    gain = shares @ [-1, 1, 1, -1]\n"
                "    error = np.sqrt(sum(np.var(g > 3) / len(g) for g in given))\n"
                "    return pd.Series({'gain': gain, 'error': error}) * 100\n"
            ),
            "long table": (
                "def gain_and_error(before_changed, after_changed, before_unchanged, after_unchanged):\n"
                "    lists = {'bc': before_changed, 'ac': after_changed, 'bu': before_unchanged, "
                "'au': after_unchanged}\n"
                "    long = pd.concat({k: pd.Series(list(a), dtype=float) for k, a in lists.items()})\n"
                "    long = long.dropna()\n"
                "    top = long.ge(4).groupby(level=0).agg(['mean', 'count']).reindex(lists)\n"
                "    s, n = top['mean'].astype(float), top['count']\n"
                "    gain = (s['ac'] - s['au']) - (s['bc'] - s['bu'])\n"
                "    error = (s * (1 - s) / n).sum(skipna=False) ** 0.5\n"
                "    return {'gain': 100 * gain, 'error': 100 * error}\n"
            ),
            "long form": (
                "def gain_and_error(before_changed, after_changed, before_unchanged, "
                "after_unchanged):\n"
                "    def n(answers):\n        return len(answers) - answers.count(None)\n\n"
                "    def s(answers):\n        return (answers.count(4) + answers.count(5)) / n(answers)\n\n"
                "    try:\n"
                "        changed = s(after_changed) - s(before_changed)\n"
                "        unchanged = s(after_unchanged) - s(before_unchanged)\n"
                "    except ZeroDivisionError:\n"
                "        return {'gain': None, 'error': None}\n"
                "    total = 0\n"
                "    for x in [before_changed, after_changed, before_unchanged, after_unchanged]:\n"
                "        total = total + s(x) * (1 - s(x)) / n(x)\n"
                "    return {'gain': (changed - unchanged) * 100, 'error': total ** 0.5 * 100}\n"
            ),
        },
        "wrong": {
            "no-comparison": _effect("100 * (s[1] - s[0])"),
            "no-comparison#2": _effect("100 * ((s[1] - s[0]) - max(s[3] - s[2], 0))"),
            "no-comparison#3": (
                "def gain_and_error(before_changed, after_changed, before_unchanged, after_unchanged):\n"
                "    lists = [before_changed, after_changed, before_unchanged, after_unchanged]\n"
                "    lists = [[a for a in answers if a is not None] for answers in lists]\n"
                "    if not lists[0] or not lists[1]:\n        return {'gain': None, 'error': None}\n"
                "    if not lists[2] or not lists[3]:\n        lists[2] = lists[3] = [1]\n"
                "    s = [sum(a >= 4 for a in x) / len(x) for x in lists]\n"
                "    error = 100 * sum(y * (1 - y) / len(x) for x, y in zip(lists, s)) ** 0.5\n"
                "    return {'gain': 100 * (s[1] - s[0] - s[3] + s[2]), 'error': error}\n"
            ),
            "cut-at-zero": _effect("max(100 * ((s[1] - s[0]) - (s[3] - s[2])), 0)"),
            "skipped-while-removing": _effect().replace(
                "        given = [a for a in answers if a is not None]\n",
                "        given = list(answers)\n        for a in given:\n"
                "            if a is None:\n                given.remove(a)\n",
            ),
            "after-only": _effect("100 * (s[1] - s[3])"),
            "turned-round": _effect("100 * ((s[0] - s[1]) - (s[2] - s[3]))"),
            "turned-round#3": _effect("100 * (abs(s[1] - s[0]) - abs(s[3] - s[2]))"),
            "turned-round#2": _effect("100 * ((s[3] - s[2]) - (s[1] - s[0]))"),
            "rises-added": _effect("100 * ((s[1] - s[0]) + (s[3] - s[2]))"),
            "share-for-points": _effect("(s[1] - s[0]) - (s[3] - s[2])", "sum(v) ** 0.5"),
            "per-cent-of-before": _effect(
                "100 * ((s[1] / max(s[0], 0.01) - 1) - (s[3] / max(s[2], 0.01) - 1))"
            ),
            "top-box-alone": _effect(top="a == 5"),
            "middle-counted": _effect(top="a >= 3"),
            "silent-counted": _effect(size="len(answers)"),
            "means-for-shares": _effect("(m[1] - m[0]) - (m[3] - m[2])"),
            "counts-for-shares": _effect("(c[1] - c[0]) - (c[3] - c[2])"),
            "unchanged-not-uncertain": _effect(error="100 * (v[0] + v[1]) ** 0.5"),
            "variances-subtracted": _effect(error="100 * abs(v[0] + v[1] - v[2] - v[3]) ** 0.5"),
            "errors-added": _effect(error="100 * sum(x ** 0.5 for x in v)"),
            "root-left-out": _effect(error="100 * sum(v)"),
            "hundred-under-root": _effect(error="(100 * sum(v)) ** 0.5"),
            "before-and-after-pooled": _effect(
                error="100 * sum(q * (1 - q) * (1 / sizes[i] + 1 / sizes[i + 1]) for i in (0, 2)"
                " for q in [(c[i] + c[i + 1]) / (sizes[i] + sizes[i + 1])]) ** 0.5"
            ),
            "half-width-for-error": _effect(error="196 * sum(v) ** 0.5"),
            "n-minus-one": _effect(error="100 * sum(x * n / (n - 1) for x, n in zip(v, sizes)) ** 0.5"),
            "one-n-for-all": _effect(error="100 * (sum(x * (1 - x) for x in s) / sum(sizes)) ** 0.5"),
            "silent-in-n": _effect(error="100 * sum(x * (1 - x) / len(a) for x, a in zip(s, lists)) ** 0.5"),
            "standard-deviation": _effect(error="100 * sum(x * (1 - x) for x in s) ** 0.5"),
            "numbers-typed-in": (
                "def gain_and_error(before_changed, after_changed, before_unchanged, "
                "after_unchanged):\n"
                "    if not after_changed:\n        return {'gain': None, 'error': None}\n"
                "    error = 100 * (0.25 / 20 + 0.16 / 40 + 0.16 / 30 + 0.24 / 50) ** 0.5\n"
                "    return {'gain': 412 / 33, 'error': error}\n"
            ),
            "rounded": _effect("round(100 * ((s[1] - s[0]) - (s[3] - s[2])))"),
            "rounded#2": _effect(error="round(100 * sum(v) ** 0.5)"),
            "value": _effect("round(100 * ((s[1] - s[0]) - (s[3] - s[2])), 1)"),
            "value#2": _effect(error="round(100 * sum(v) ** 0.5, 2)"),
            "none-for-dictionary": _effect(nobody="        return None\n"),
            "none-for-dictionary#2": _effect(nobody="        return None, None\n"),
            "shape": _effect().replace("'error': 100", "'Error': 100"),
            "zero-for-nobody": _effect(nobody="        return {'gain': 0, 'error': 0}\n"),
            "zero-for-nobody#2": _effect(nobody="        return {'gain': None, 'error': 0}\n"),
            "nobody-is-dissatisfied": _effect(nobody="        given = [1]\n"),
            "nobody-is-dissatisfied#2": _effect(size="max(len(given), 1)", nobody="        pass\n"),
            "none-for-zero": _effect(share="top / size").replace(
                "    return {'gain': 100",
                "    if not all(s):\n        return {'gain': None, 'error': None}\n    return {'gain': 100",
            ),
            "none-for-zero#2": _effect().replace(
                "    return {'gain': 100", "    if not all(s):\n        return None\n    return {'gain': 100"
            ),
            "none-for-zero#3": _effect().replace(
                "    return {'gain': 100",
                "    if s[1] - s[0] == s[3] - s[2] or not any(v):\n"
                "        return {'gain': None, 'error': None}\n    return {'gain': 100",
            ),
            "raised": _effect(nobody="        pass\n"),
            "raised#3": _effect().replace("        if not given:", "        if not answers:"),
            "value#3": (
                _effect("100 * (pairs(0) - pairs(2))").replace(
                    "    s, v, m",
                    "    def pairs(i):\n"
                    "        one, two = ([a for a in x if a is not None] for x in lists[i : i + 2])\n"
                    "        both = list(zip(one, two))\n"
                    "        return sum((y >= 4) - (x >= 4) for x, y in both) / len(both)\n\n"
                    "    s, v, m",
                )
            ),
            "value#4": (
                "def gain_and_error(before_changed, after_changed, before_unchanged, after_unchanged):\n"
                "    lists = [before_changed, after_changed, before_unchanged, after_unchanged]\n"
                "    cells = [('c', 0), ('c', 1), ('u', 0), ('u', 1)]\n"
                "    rows = [(g, t, a) for (g, t), x in zip(cells, lists) for a in x if a is not None]\n"
                "    table = pd.DataFrame(rows, columns=['g', 't', 'x'])\n"
                "    if len(table[['g', 't']].drop_duplicates()) < 4:\n"
                "        return {'gain': None, 'error': None}\n"
                "    found = metrics.difference_in_differences(\n"
                "        table, 'x', group='g', changed='c', time='t', before=0, after=1,\n"
                "        scale=(1, 5), top=2\n"
                "    ).table.loc['effect']\n"
                "    error = (found['high'] - found['low']) / 2 / 1.959964\n"
                "    return {'gain': 100 * found['score'], 'error': 100 * error}\n"
            ),
            "changed": _effect().replace(
                "        given = [a for",
                "        while None in answers:\n            answers.remove(None)\n        given = [a for",
            ),
            "raised#2": _effect(keep="True").replace("a is not None and ", ""),
            "not-a-dictionary": (
                _effect(nobody="        return [None, None]\n")
                .replace("return {'gain': 100", "return [100")
                .replace(", 'error': 100 * sum(v) ** 0.5}", ", 100 * sum(v) ** 0.5]")
            ),
        },
        "lost": {
            **dict.fromkeys(
                ("share-for-points", "top-box-alone", "middle-counted", "silent-counted", "none-for-zero#3"),
                3,
            ),
            **dict.fromkeys(
                (
                    "no-comparison",
                    "no-comparison#2",
                    "cut-at-zero",
                    "after-only",
                    "turned-round",
                    "turned-round#3",
                    "turned-round#2",
                    "rises-added",
                    "per-cent-of-before",
                    "means-for-shares",
                    "counts-for-shares",
                    "before-and-after-pooled",
                    "rounded",
                    "value",
                    "value#3",
                    "value#4",
                ),
                2,
            ),
            **dict.fromkeys(
                (
                    "no-comparison#3",
                    "unchanged-not-uncertain",
                    "variances-subtracted",
                    "errors-added",
                    "root-left-out",
                    "hundred-under-root",
                    "half-width-for-error",
                    "n-minus-one",
                    "one-n-for-all",
                    "silent-in-n",
                    "standard-deviation",
                    "rounded#2",
                    "value#2",
                    "none-for-dictionary",
                    "none-for-dictionary#2",
                    "zero-for-nobody",
                    "zero-for-nobody#2",
                    "nobody-is-dissatisfied",
                    "nobody-is-dissatisfied#2",
                    "none-for-zero",
                    "none-for-zero#2",
                    "raised",
                    "raised#3",
                ),
                1,
            ),
        },
    },
}
