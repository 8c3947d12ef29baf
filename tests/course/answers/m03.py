"""Answers to the assignment of module 03, as trainees write them: right ones and wrong ones.

Each replaces the whole source of its solution cell. ``lost`` says what a wrong answer costs where that is
less than all points of the item, because another step of it is right.
"""

from typing import Any

_CUSTOMERS = ("Tan", "Luo", "Hu", "Bai")
_GAPS = {"n": "negative", "c": "confirmed", "p": "positive"}
_STATES = {"r": "regular", "i": "indifferent", "k": "kept", "g": "gone"}
_DEPARTMENTS = ("desks", "wardrobes", "lamps", "beds")
_VERDICTS = {"r": "real", "f": "form", "o": "open"}


def _dictionary(name: str, keys: tuple[str, ...], letters: str, words: dict[str, str]) -> str:
    pairs = (f'"{key}": "{words[letter]}"' for key, letter in zip(keys, letters, strict=True))
    return f"{name} = {{{', '.join(pairs)}}}\n"


def _endings(gaps: str = "npcn", states: str = "kigr") -> str:
    """First letters, for Tan, Luo, Hu and Bai, in this order."""
    return _dictionary("gaps", _CUSTOMERS, gaps, _GAPS) + _dictionary("states", _CUSTOMERS, states, _STATES)


def _verdict(letters: str) -> str:
    return _dictionary("verdict", _DEPARTMENTS, letters, _VERDICTS)


def _short(last: str) -> str:
    return (
        "def share_short(visits):\n"
        "    table = pd.DataFrame(visits)\n"
        '    gap = table["perceived"] - table["expected"]\n'
        f"    return {last}  # repair this line\n"
    )


def _print(more: str = "12", advice: str = '"D"') -> str:
    return f"expect_more = {more}\nadvice = {advice}\n"


def _call(estimate: object = 6000, low: object = -8400, high: object = 20400, claim: str = '"B"') -> str:
    return f'worth = {{"estimate": {estimate}, "low": {low}, "high": {high}}}\nclaim = {claim}\n'


def _seeming(
    known: str = 'table.dropna(subset=["usual", "expected", "perceived"])',
    gap: str = 'known["perceived"] - known["expected"]',
    rate: str = "np.where(gap > 0, gain, loss)",
    shown: str = "felt.clip(low, high)",
    slopes: str = "rise[more].sum() / gap[more].sum(), rise[less].sum() / gap[less].sum()",
    nothing: str = "gap[more].empty or gap[less].empty or rise[more].sum() == 0",
    empty: str = "None",
    answer: str = "down / up",
    rise: str = 'shown - known["usual"]',
    groups: str = "gap > 0, gap < 0",
) -> str:
    return (
        "import numpy as np\n\n\n"
        "def seeming_ratio(customers, gain, loss, low, high):\n"
        "    table = pd.DataFrame(customers).apply(pd.to_numeric, errors='coerce')\n"
        f"    known = {known}\n"
        f"    gap = {gap}\n"
        f'    felt = known["usual"] + {rate} * gap\n'
        f"    shown = {shown}\n"
        f"    rise = {rise}\n"
        f"    more, less = {groups}\n"
        f"    if {nothing}:\n"
        f"        return {empty}\n"
        f"    up, down = {slopes}\n"
        f"    return {answer}\n"
    )


def _visits(
    rows: str = 'table.sort_values("visit")',
    cancelled: str = "found[row.visit] = None",
    expected: str = "level if pd.isna(row.promised) else level + belief * (row.promised - level)",
    gap: str = "row.delivered - expected",
    rate: str = "up if row.delivered > level else down",
    level: str = "level + rate * (row.delivered - level)",
) -> str:
    return (
        "def gaps_by_visit(visits, start, belief, up, down):\n"
        "    table = pd.DataFrame(visits).apply(pd.to_numeric, errors='coerce')\n"
        "    level, found = start, {}\n"
        f"    for row in {rows}.itertuples():\n"
        f"        expected = {expected}\n"
        "        if pd.isna(row.delivered):\n"
        f"            {cancelled}\n"
        "            continue\n"
        f"        rate = {rate}\n"
        f"        found[row.visit] = {gap}\n"
        f"        level = {level}\n"
        "    return found\n"
    )


ANSWERS: dict[str, dict[str, Any]] = {
    "m03-endings": {
        "cell": "m03-endings-answer",
        "right": {
            "filled in": _endings(),
            "capitals, spaces": _endings().replace('"negative"', '" Negative"').replace('"gone"', '"GONE "'),
            "computed": (
                "numbers = {'Tan': 76 - 85, 'Luo': 68 - 60, 'Hu': 71 - 70, 'Bai': 71 - 78}\n"
                "gaps = {}\n"
                "for name, gap in numbers.items():\n"
                "    print(name, gap)\n"
                "    gaps[name] = 'positive' if gap > 2 else 'negative' if gap < -2 else 'confirmed'\n"
                "states = dict(zip(gaps, ['kept', 'indifferent', 'gone', 'regular']))\n"
            ),
            "table as Series": (
                "people = ['Hu', 'Bai', 'Tan', 'Luo']\n"
                "found = pd.Series([71, 71, 76, 68], people) - pd.Series([70, 78, 85, 60], people)\n"
                "words = ['negative', 'confirmed', 'positive']\n"
                "gaps = pd.cut(found, [-99, -2.1, 2.1, 99], labels=words).astype(str)\n"
                "states = pd.Series(['gone', 'regular', 'kept', 'indifferent'], people)\n"
            ),
        },
        "wrong": {
            "sign-turned": _endings("pncp"),
            "band-forgotten": _endings("nppn"),
            "level-decides": _endings("pncc"),
            "ending-for-gap": _endings("ncnp"),
            "ending-for-gap#2": _endings("npcc"),
            "ending-for-gap#3": _endings("npnn"),
            "fate-from-gap": _endings(states="krig"),
            "fate-from-gap#2": _endings(states="grig"),
            "fate-from-gap#3": _endings(states="gigr"),
            "fate-from-gap#4": _endings(states="kiir"),
            "fate-from-gap#5": _endings(states="kigg"),
            "won-back-as-regular": _endings(states="rigr"),
            "silent-as-indifferent": _endings(states="kigi"),
            "stays-as-regular": _endings(states="krgr"),
            "silent-as-kept": _endings(states="kigk"),
            "silent-as-kept#2": _endings(states="rigk"),
            "waiting-as-gone": _endings(states="kggr"),
            "value": _endings("nnnn"),
            "value#2": _endings("cccc"),
            "type": _endings().replace('"negative"', "-9"),
            "type#2": _endings().replace('"kept"', '"recovered"'),
            "shape": _endings().replace("Hu", "Ms Hu"),
            "not-answered": _endings("npcn").replace('"indifferent"', "None"),
        },
        "lost": dict.fromkeys(
            (
                *("sign-turned", "band-forgotten", "level-decides", "ending-for-gap", "ending-for-gap#2"),
                *("ending-for-gap#3", "fate-from-gap", "fate-from-gap#2", "fate-from-gap#3"),
                *("fate-from-gap#4", "fate-from-gap#5", "won-back-as-regular", "silent-as-indifferent"),
                *("stays-as-regular", "silent-as-kept", "silent-as-kept#2", "waiting-as-gone"),
                *("value", "value#2", "type", "type#2", "not-answered"),
            ),
            1,
        ),
    },
    "m03-short": {
        "cell": "m03-short-answer",
        "right": {
            "mean of truths": _short("(gap < -2).mean()"),
            "sum by length": _short("sum(gap < -2) / len(gap)"),
            "filter": _short("len(table[gap < -2]) / len(table)"),
            "turned inequality": _short("float((table['expected'] > table['perceived'] + 2).mean())"),
            "NumPy, prints": (
                "import numpy as np\n\n\ndef share_short(visits):\n"
                "    table = pd.DataFrame(visits)\n"
                "    gap = table['perceived'].to_numpy() - table['expected'].to_numpy()\n"
                "    print(gap)\n"
                "    return np.count_nonzero(gap < -2) / gap.size\n"
            ),
            "counted by value": _short("(gap < -2).value_counts(normalize=True).get(True, 0.0)"),
            "the lists themselves": (
                "def share_short(visits):\n"
                "    pairs = zip(visits['expected'], visits['perceived'])\n"
                "    return sum(p - e < -2 for e, p in pairs) / len(visits['expected'])\n"
            ),
            "loop": (
                "def share_short(visits):\n"
                "    table = pd.DataFrame(visits)\n"
                "    short = 0\n"
                "    for _, row in table.iterrows():\n"
                "        if row['perceived'] - row['expected'] < -2:\n"
                "            short += 1\n"
                "    return short / len(table)\n"
            ),
        },
        "wrong": {
            "still-average": _short("float(gap.mean())"),
            "sign-turned": _short("(gap > 2).mean()"),
            "both-sides": _short("(gap.abs() > 2).mean()"),
            "confirmed-as-short": _short("(gap < 2).mean()"),
            "confirmed-as-short#2": _short("(gap <= 0).mean()"),
            "others-counted": _short("(gap >= -2).mean()"),
            "depth-for-share": _short("gap[gap < -2].mean()"),
            "count-for-share": _short("(gap < -2).sum()"),
            "per-cent-for-share": _short("100 * (gap < -2).mean()"),
            "numbers-typed-in": _short("2 / 7"),
            "zero-for-band": _short("(gap < 0).mean()"),
            "border-included": _short("(gap <= -2).mean()"),
            "whole-points": _short("(gap <= -3).mean()"),
            "whole-points#2": _short("(gap.round() < -2).mean()"),
            "whole-points#3": _short("(gap.astype(int) < -2).mean()"),
            "per-cent-of-expected": _short('(gap / table["expected"] < -0.02).mean()'),
            "confirmed-left-out": _short("(gap[gap.abs() > 2] < -2).mean()"),
            "negatives-alone": _short("(gap < -2).sum() / (gap < 0).sum()"),
            "rounded": _short("round((gap < -2).mean(), 2)"),
            "value": _short("(gap < -2).mean() - (gap > 2).mean()"),
            "value#2": _short("(gap < gap.mean() - 2).mean()"),
            "type": _short("gap < -2"),
            "type#2": _short("table[gap < -2]"),
            "raised": _short("(gaps < -2).mean()"),
            "changed": (
                "def share_short(visits):\n"
                "    table = pd.DataFrame(visits)\n"
                "    visits['gap'] = table['perceived'] - table['expected']\n"
                "    return (visits['gap'] < -2).mean()\n"
            ),
            "not-answered": _short("(gap < -2).mean()").replace(
                "return (gap < -2).mean()", "print(gap < -2)"
            ),
        },
        "lost": dict.fromkeys(
            (
                *("zero-for-band", "border-included", "whole-points", "whole-points#2", "whole-points#3"),
                "per-cent-of-expected",
            ),
            1,
        ),
    },
    "m03-form": {
        "cell": "m03-form-answer",
        "right": {
            "filled in": _verdict("rfro"),
            "capitals": _verdict("rfro").replace("real", "Real ").replace("form", "FORM"),
            "by the lower end of the interval": (
                "line_low = {'desks': 1.6, 'wardrobes': 0.8, 'lamps': 1.4, 'beds': None}\n"
                "verdict = {}\n"
                "for name, low in line_low.items():\n"
                "    verdict[name] = 'open' if low is None else 'real' if low > 1 else 'form'\n"
            ),
            "Series": (
                "verdict = pd.Series('real', ['lamps', 'desks', 'beds', 'wardrobes'])\n"
                "verdict['beds'] = 'open'\nverdict['wardrobes'] = 'form'\n"
            ),
        },
        "wrong": {
            "ratio-believed": _verdict("rrrr"),
            "crowded-is-false": _verdict("ffrf"),
            "form-always-lies": _verdict("ffff"),
            "form-always-lies#2": _verdict("rffo"),
            "verdicts-swapped": _verdict("frro"),
            "line-not-read": _verdict("oooo"),
            "line-not-read#2": _verdict("ofro"),
            "line-not-read#3": _verdict("roro"),
            "ratio-believed#2": _verdict("rfrr"),
            "crowded-is-false#2": _verdict("rfrf"),
            "crowded-is-false#3": _verdict("ffro"),
            "line-not-read#4": _verdict("rfoo"),
            "line-not-read#5": _verdict("offo"),
            "ratio-believed#3": _verdict("rrro"),
            "type": _verdict("rfro").replace('"real"', "True"),
            "shape": _verdict("rfro").replace("wardrobes", "wardrobe"),
            "not-answered": _verdict("rfro").replace('"open"', "None"),
        },
        "lost": {
            "form-always-lies#2": 1,
            "verdicts-swapped": 1,
            "line-not-read#2": 1,
            "line-not-read#3": 1,
            "ratio-believed#2": 1,
            "crowded-is-false#2": 1,
            "crowded-is-false#3": 1,
            "line-not-read#4": 1,
            "ratio-believed#3": 1,
            "not-answered": 1,
        },
    },
    "m03-print": {
        "cell": "m03-print-answer",
        "right": {
            "by hand": _print(),
            "computed, small letter": _print("known['belief'] * (90 - 70)", "'d '"),
            "two expectations": (
                "def expects(promise):\n"
                "    return known['start'] + known['belief'] * (promise - known['start'])\n\n\n"
                "expect_more = expects(90) - expects(70)\nadvice = 'D'\n"
            ),
            "NumPy": _print("pd.Series([70, 90]).diff().iloc[1] * 6 / 10"),
        },
        "wrong": {
            "everything-believed": _print("90 - 70"),
            "service-alone": _print("0"),
            "ten-for-twenty": _print("6"),
            "half-by-habit": _print("10"),
            "disbelief-for-belief": _print("8"),
            "whole-promise": _print("0.6 * 90"),
            "from-the-average": _print("0.6 * (90 - 74)"),
            "gap-for-expectation": _print("72 + 0.6 * (90 - 72) - 74"),
            "level-for-rise": _print("72 + 0.6 * (90 - 72)"),
            "from-the-habit": _print("0.6 * (90 - 72)"),
            "upside-down": _print("20 * 10 / 6"),
            "attraction-for-belief": _print("0.25 * 20"),
            "sign-turned": _print("0.6 * (70 - 90)"),
            "not-a-number": _print("'12 points'"),
            "one-best-promise": _print(advice='"A"'),
            "average-disappoints-nobody": _print(advice='"B"'),
            "attraction-alone": _print(advice='"C"'),
            "value": _print("11"),
            "value#2": _print("16"),
            "value#3": _print("60"),
            "value#4": _print("0.1 * 20"),
            "value#5": _print("0.6"),
            "type": _print(advice="64"),
            "not-answered": _print("None"),
        },
        "lost": dict.fromkeys(
            (
                *("everything-believed", "service-alone", "ten-for-twenty", "half-by-habit"),
                *("disbelief-for-belief", "whole-promise", "from-the-average", "gap-for-expectation"),
                *("level-for-rise", "from-the-habit", "upside-down", "attraction-for-belief", "sign-turned"),
                *("not-a-number", "one-best-promise", "average-disappoints-nobody", "attraction-alone"),
                *("value", "value#2", "value#3", "value#4", "value#5", "type", "not-answered"),
            ),
            1,
        ),
    },
    "m03-call": {
        "cell": "m03-call-answer",
        "right": {
            "by hand": _call(),
            "computed, small letter": (
                "worth = {name: 3 * more * 400 - 18000 for name, more in more_stay.items()}\nclaim = 'b'\n"
            ),
            "Series": "worth = pd.Series(more_stay) * 1200.0 - 18_000\nclaim = ' B'\n",
            "each": (
                "stay = {'low': 24, 'high': 96, 'estimate': 60}\n"
                "worth = dict(estimate=None, low=None, high=None)\n"
                "for end in worth:\n"
                "    worth[end] = float(stay[end] * 400 - 18_000)\n"
                "claim = 'B'\n"
            ),
        },
        "wrong": {
            "cost-forgotten": _call(24000, 9600, 38400),
            "hundred-for-all": _call(-10000, -14800, -5200),
            "pilot-for-next-year": _call(-8400, -14160, -2640),
            "cost-of-the-kept-alone": _call(20400, 8160, 32640),
            "customers-for-yuan": _call(60, 24, 96),
            "cost-less-gain": _call(-6000, 8400, -20400),
            "both-groups": _call(1200, -10320, 12720),
            "cost-each-hundred": _call(-30000, -44400, -15600),
            "of-one-complaint": _call(20, -28, 68),
            "thousands": _call(6, -8.4, 20.4),
            "no-minus": _call(6000, 8400, 20400),
            "cut-at-zero": _call(6000, 0, 20400),
            "ends-swapped": _call(6000, 20400, -8400),
            "one-number": _call(6000, 6000, 6000),
            "digits-not-shown": (
                "ends = ['estimate', 'low', 'high']\n"
                "worth = {end: 300 * lift[end] * 400 - 18000 for end in ends}\nclaim = 'B'\n"
            ),
            "not-a-number": _call("'6,000 yuan'"),
            "range-of-money-for-effect": _call(claim='"A"'),
            "estimate-alone": _call(claim='"C"'),
            "failure-is-free": _call(claim='"D"'),
            "value": _call(6000, -8300, 20400),
            "value#2": _call(2000, -2800, 6800),
            "value#3": _call(-17920, -17968, -17872),
            "value#4": _call(-6000, -13200, 1200),
            "value#5": _call(78000, -8400, 20400),
            "shape": "worth = {'estimate': 6000, 'range': (-8400, 20400)}\nclaim = 'B'\n",
            "type": _call(claim="True"),
            "not-answered": _call(low=None),
        },
        "lost": dict.fromkeys(
            (
                *("cost-forgotten", "hundred-for-all", "pilot-for-next-year", "cost-of-the-kept-alone"),
                *("customers-for-yuan", "cost-less-gain", "both-groups", "cost-each-hundred"),
                *("of-one-complaint", "thousands", "no-minus", "cut-at-zero", "ends-swapped"),
                *("one-number", "digits-not-shown", "not-a-number", "range-of-money-for-effect"),
                *("estimate-alone", "failure-is-free", "value", "value#2", "value#3", "value#4"),
                *("value#5", "shape", "type", "not-answered"),
            ),
            1,
        ),
    },
    "m03-seeming": {
        "cell": "m03-seeming-answer",
        "right": {
            "pandas": _seeming(),
            "columns added to the table": _seeming().replace(
                "    known = ",
                "    table.dropna(subset=['usual', 'expected', 'perceived'], inplace=True)\n"
                "    table['gap'] = table['perceived'] - table['expected']\n"
                "    known = ",
            ),
            "NumPy": (
                "import numpy as np\n\n\n"
                "def seeming_ratio(customers, gain, loss, low, high):\n"
                "    table = pd.DataFrame(customers).apply(pd.to_numeric, errors='coerce')\n"
                "    parts = table[['usual', 'expected', 'perceived']].to_numpy(dtype=float)\n"
                "    usual, expected, perceived = parts[~np.isnan(parts).any(axis=1)].T\n"
                "    gap = perceived - expected\n"
                "    felt = usual + gain * np.maximum(gap, 0) - loss * np.maximum(-gap, 0)\n"
                "    moved = np.minimum(np.maximum(felt, low), high) - usual\n"
                "    with np.errstate(all='ignore'):\n"
                "        up = moved[gap > 0].sum() / gap[gap > 0].sum()\n"
                "        down = moved[gap < 0].sum() / gap[gap < 0].sum()\n"
                "        return down / up if up != 0 else float('nan')\n"
            ),
            "loop": (
                "def seeming_ratio(customers, gain, loss, low, high):\n"
                "    table = pd.DataFrame(customers).apply(pd.to_numeric, errors='coerce')\n"
                "    rise = fall = above = below = 0\n"
                "    for _, row in table.iterrows():\n"
                "        usual, gap = row['usual'], row['perceived'] - row['expected']\n"
                "        if pd.isna(usual) or pd.isna(gap):\n"
                "            continue\n"
                "        if gap > 0:\n"
                "            rise += min(usual + gain * gap, high) - usual\n"
                "            above += gap\n"
                "        elif gap < 0:\n"
                "            fall += usual - max(usual + loss * gap, low)\n"
                "            below -= gap\n"
                "    if above == 0 or below == 0 or rise == 0:\n"
                "        return None\n"
                "    return (fall / below) / (rise / above)\n"
            ),
            "on a copy, prints": (
                "def seeming_ratio(customers, gain, loss, low, high):\n"
                "    table = pd.DataFrame(customers).apply(pd.to_numeric, errors='coerce')\n"
                "    t = table.copy()\n"
                "    t.dropna(subset=['usual', 'expected', 'perceived'], inplace=True)\n"
                "    t['gap'] = t['perceived'] - t['expected']\n"
                "    t['felt'] = t['usual'] + t['gap'] * loss\n"
                "    t.loc[t['gap'] > 0, 'felt'] = t['usual'] + t['gap'] * gain\n"
                "    t['moved'] = t['felt'].clip(lower=low, upper=high) - t['usual']\n"
                "    print(t)\n"
                "    won, lost = t[t['gap'] > 0], t[t['gap'] < 0]\n"
                "    try:\n"
                "        shown_gain = float(won['moved'].sum()) / float(won['gap'].sum())\n"
                "        shown_loss = float(lost['moved'].sum()) / float(lost['gap'].sum())\n"
                "        return shown_loss / shown_gain\n"
                "    except ZeroDivisionError:\n"
                "        return None\n"
            ),
            "lists and an inner function": (
                "def seeming_ratio(customers, gain, loss, low, high):\n"
                "    table = pd.DataFrame(customers).apply(pd.to_numeric, errors='coerce')\n"
                "    def shown(usual, gap):\n"
                "        felt = usual + (gain if gap > 0 else loss) * gap\n"
                "        return min(max(felt, low), high)\n\n"
                "    triples = zip(table['usual'], table['expected'], table['perceived'])\n"
                "    pairs = [(u, p - e) for u, e, p in triples if not (pd.isna(u) or pd.isna(p - e))]\n"
                "    up = [(shown(u, g) - u, g) for u, g in pairs if g > 0]\n"
                "    down = [(u - shown(u, g), -g) for u, g in pairs if g < 0]\n"
                "    try:\n"
                "        rate_up = sum(m for m, _ in up) / sum(g for _, g in up)\n"
                "        rate_down = sum(m for m, _ in down) / sum(g for _, g in down)\n"
                "        return rate_down / rate_up\n"
                "    except ZeroDivisionError:\n"
                "        return None\n"
            ),
            "the course's function, twice": (
                "def seeming_ratio(customers, gain, loss, low, high):\n"
                "    table = pd.DataFrame(customers).apply(pd.to_numeric, errors='coerce')\n"
                "    rows = table[['usual', 'expected', 'perceived']].dropna().astype(float)\n"
                "    gap = rows['perceived'] - rows['expected']\n"
                "    if not (gap > 0).any() or not (gap < 0).any():\n"
                "        return None\n"
                "    felt = rows['usual'] + gap.where(gap < 0, 0) * loss + gap.where(gap > 0, 0) * gain\n"
                "    rows['shown'] = felt.clip(low, high)\n"
                "    points = expectation.disconfirmation(rows, perceived='perceived', expected='expected')\n"
                "    marks = expectation.disconfirmation(rows, perceived='shown', expected='usual')\n"
                "    per_point = marks.table.iloc[0] / points.table.iloc[0]\n"
                "    if per_point['mean_gain'] == 0:\n"
                "        return None\n"
                "    return per_point['mean_loss'] / per_point['mean_gain']\n"
            ),
            "helper function": (
                "def moved(group, slope, low, high):\n"
                "    points = (group['perceived'] - group['expected']).abs()\n"
                "    marks = (group['usual'] + slope * points).clip(low, high) - group['usual']\n"
                "    return marks.abs().sum() / points.sum() if len(group) else None\n\n\n"
                "def seeming_ratio(customers, gain, loss, low, high):\n"
                "    table = pd.DataFrame(customers).apply(pd.to_numeric, errors='coerce')\n"
                "    known = table[['usual', 'expected', 'perceived']].dropna()\n"
                "    up = moved(known.query('perceived > expected'), gain, low, high)\n"
                "    down = moved(known.query('perceived < expected'), -loss, low, high)\n"
                "    return None if not up or down is None else down / up\n"
            ),
        },
        "wrong": {
            "no-ends": _seeming(shown="felt"),
            "upper-end-alone": _seeming(shown="felt.clip(upper=high)"),
            "lower-end-alone": _seeming(shown="felt.clip(lower=low)"),
            "ends-typed-in": _seeming(shown="felt.clip(1, 5)"),
            "no-ends#3": _seeming(rise='(felt - known["usual"]).clip(low - high, high - low)'),
            "no-ends#4": _seeming(answer="loss / gain"),
            "upside-down": _seeming(answer="up / down"),
            "difference-for-ratio": _seeming(answer="down - up"),
            "customers-averaged": _seeming(
                slopes="(rise[more] / gap[more]).mean(), (rise[less] / gap[less]).mean()"
            ),
            "points-left-out": _seeming(slopes="rise[more].sum(), -rise[less].sum()"),
            "points-left-out#2": _seeming(
                slopes="rise[more].sum() / gap.abs().sum(), -rise[less].sum() / gap.abs().sum()"
            ),
            "people-for-points": _seeming(slopes="rise[more].mean(), -rise[less].mean()"),
            "band-kept": _seeming(groups="gap > 2, gap < -2"),
            "unmoved-left-out": _seeming(groups="rise > 0, rise < 0"),
            "usual-averaged": _seeming(rise='shown - known["usual"].mean()'),
            "value": _seeming(rise='shown - known["usual"].median()'),
            "value#2": _seeming(rise="shown - (low + high) / 2"),
            "value#3": _seeming(answer="round(down / up, 2)"),
            "points-cut-off": _seeming(
                slopes="rise[more].sum() / gap[more].clip(upper=high - low).sum(), "
                "rise[less].sum() / gap[less].clip(lower=low - high).sum()"
            ),
            "sign-turned": _seeming(gap='known["expected"] - known["perceived"]'),
            "weights-swapped": _seeming(rate="np.where(gap > 0, loss, gain)"),
            "marks-rounded": _seeming(shown="felt.round().clip(low, high)"),
            "no-ends#2": _seeming(
                shown="felt.where((felt >= low) & (felt <= high))",
                slopes=(
                    "rise[more].sum() / gap[more & shown.notna()].sum(), "
                    "rise[less].sum() / gap[less & shown.notna()].sum()"
                ),
            ),
            "minus-not-shown": _seeming(answer="-down / up"),
            "numbers-typed-in": _seeming(answer="3.714912280701754"),
            "missing-as-zero": _seeming("table.fillna(0)"),
            "missing-as-mean": _seeming("table.fillna(table.mean(numeric_only=True))"),
            "missing-mark-in-points": _seeming("table"),
            "missing-mark-in-points#2": _seeming('table.dropna(subset=["expected", "perceived"])'),
            "missing-spreads": _seeming("table")
            .replace(".sum()", ".sum(skipna=False)")
            .replace("more, less = gap > 0, gap < 0", "more, less = ~(gap <= 0), ~(gap >= 0)"),
            "other-columns-count": _seeming("table.dropna()"),
            "infinite-for-none": _seeming(nothing="False"),
            "zero-for-nobody": _seeming(empty="0"),
            "zero-for-nobody#2": _seeming()
            .replace("return down / up", "return down / up if up else 0")
            .replace(" or rise[more].sum() == 0", ""),
            "one-for-nobody": _seeming(empty="1"),
            "none-for-zero": _seeming(
                nothing="gap[more].empty or gap[less].empty or not rise[more].sum() or not rise[less].sum()"
            ),
            "raised": (
                "def seeming_ratio(customers, gain, loss, low, high):\n"
                "    table = pd.DataFrame(customers).apply(pd.to_numeric, errors='coerce')\n"
                "    known = table.dropna(subset=['usual', 'expected', 'perceived'])\n"
                "    rise = fall = above = below = 0\n"
                "    for row in known.itertuples():\n"
                "        gap = row.perceived - row.expected\n"
                "        if gap > 0:\n"
                "            rise, above = rise + min(gain * gap, high - row.usual), above + gap\n"
                "        else:\n"
                "            fall, below = fall + min(-loss * gap, row.usual - low), below - gap\n"
                "    return (fall / below) / (rise / above)\n"
            ),
            "changed": _seeming().replace(
                '    known = table.dropna(subset=["usual", "expected", "perceived"])\n',
                '    customers["gap"] = table["perceived"] - table["expected"]\n'
                '    known = table.dropna(subset=["usual", "expected", "perceived"])\n',
            ),
            "not-answered": _seeming().replace("return down / up", "print(down / up)"),
        },
        "lost": {
            "no-ends": 3,
            "no-ends#3": 3,
            "no-ends#4": 3,
            "lower-end-alone": 3,
            "ends-typed-in": 2,
            "points-left-out#2": 2,
            "band-kept": 2,
            "unmoved-left-out": 3,
            "usual-averaged": 3,
            "value": 3,
            "value#2": 3,
            "value#3": 2,
            "points-cut-off": 2,
            "zero-for-nobody#2": 1,
            "one-for-nobody": 1,
            "upper-end-alone": 3,
            "upside-down": 3,
            "difference-for-ratio": 3,
            "customers-averaged": 2,
            "points-left-out": 2,
            "people-for-points": 2,
            "sign-turned": 3,
            "weights-swapped": 2,
            "marks-rounded": 2,
            "no-ends#2": 3,
            "minus-not-shown": 2,
            "missing-as-zero": 1,
            "missing-as-mean": 1,
            "missing-mark-in-points": 1,
            "missing-mark-in-points#2": 1,
            "missing-spreads": 1,
            "other-columns-count": 1,
            "infinite-for-none": 1,
            "zero-for-nobody": 1,
            "none-for-zero": 1,
            "raised": 1,
        },
    },
    "m03-visits": {
        "cell": "m03-visits-answer",
        "right": {
            "itertuples": _visits(),
            "table sorted in place": _visits(rows="table").replace(
                "    level, found = start, {}\n",
                "    table.sort_values('visit', inplace=True)\n    level, found = start, {}\n",
            ),
            "iterrows, numbers as floats": (
                "def gaps_by_visit(visits, start, belief, up, down):\n"
                "    table = pd.DataFrame(visits).apply(pd.to_numeric, errors='coerce')\n"
                "    level = start\n"
                "    out = {}\n"
                "    for _, row in table.sort_values(by='visit').iterrows():\n"
                "        out[row['visit']] = None\n"
                "        hope = level\n"
                "        if not pd.isna(row['promised']):\n"
                "            hope = (1 - belief) * level + belief * row['promised']\n"
                "        if pd.notna(row['delivered']):\n"
                "            print(row['visit'], level, hope)\n"
                "            out[row['visit']] = row['delivered'] - hope\n"
                "            if row['delivered'] > level:\n"
                "                level = level + up * (row['delivered'] - level)\n"
                "            elif row['delivered'] < level:\n"
                "                level = level - down * (level - row['delivered'])\n"
                "    return out\n"
            ),
            "a Series, NaN": (
                "import numpy as np\n\n\n"
                "def gaps_by_visit(visits, start, belief, up, down):\n"
                "    table = pd.DataFrame(visits).apply(pd.to_numeric, errors='coerce')\n"
                "    table = table.set_index('visit').sort_index()\n"
                "    table['hope'] = np.nan\n"
                "    level = start\n"
                "    for number in table.index:\n"
                "        promised, delivered = table.loc[number, ['promised', 'delivered']]\n"
                "        table.loc[number, 'hope'] = level + belief * np.nan_to_num(promised - level)\n"
                "        move = np.nan_to_num(delivered - level)\n"
                "        level += max(move, 0) * up + min(move, 0) * down\n"
                "    return table['delivered'] - table['hope']\n"
            ),
            "the lists themselves": (
                "def gaps_by_visit(visits, start, belief, up, down):\n"
                "    level, found = start, {}\n"
                "    rows = zip(visits['visit'], visits['promised'], visits['delivered'])\n"
                "    for n, said, got in sorted(rows):\n"
                "        found[n] = None\n"
                "        if got is not None:\n"
                "            found[n] = got - (level if said is None else level + belief * (said - level))\n"
                "            level += (got - level) * (up if got > level else down)\n"
                "    return found\n"
            ),
            "NumPy": (
                "import numpy as np\n\n\n"
                "def gaps_by_visit(visits, start, belief, up, down):\n"
                "    table = pd.DataFrame(visits).apply(pd.to_numeric, errors='coerce')\n"
                "    order = np.argsort(table['visit'].to_numpy())\n"
                "    rows = table[['visit', 'promised', 'delivered']].to_numpy(dtype=float)[order]\n"
                "    level, found = float(start), {}\n"
                "    for number, promised, delivered in rows:\n"
                "        expected = level if np.isnan(promised) else level + belief * (promised - level)\n"
                "        found[int(number)] = delivered - expected\n"
                "        if not np.isnan(delivered):\n"
                "            share = np.where(delivered >= level, up, down)\n"
                "            level = (1 - share) * level + share * delivered\n"
                "    return found\n"
            ),
            "records, two helpers": (
                "def gaps_by_visit(visits, start, belief, up, down):\n"
                "    table = pd.DataFrame(visits).apply(pd.to_numeric, errors='coerce')\n"
                "    def expects(level, promised):\n"
                "        return level if pd.isna(promised) else level + belief * (promised - level)\n\n"
                "    def moved(level, delivered):\n"
                "        if delivered > level:\n"
                "            return level + up * (delivered - level)\n"
                "        return level + down * (delivered - level)\n\n"
                "    rows = sorted(table.to_dict('records'), key=lambda row: row['visit'])\n"
                "    gaps = dict.fromkeys((row['visit'] for row in rows), None)\n"
                "    level = start\n"
                "    for row in rows:\n"
                "        if not pd.isna(row['delivered']):\n"
                "            gaps[row['visit']] = row['delivered'] - expects(level, row['promised'])\n"
                "            level = moved(level, row['delivered'])\n"
                "    return gaps\n"
            ),
            "the course's function, visit by visit": (
                "def gaps_by_visit(visits, start, belief, up, down):\n"
                "    table = pd.DataFrame(visits).apply(pd.to_numeric, errors='coerce')\n"
                "    gaps, level = {}, float(start)\n"
                "    for row in table.sort_values('visit').itertuples():\n"
                "        if pd.isna(row.delivered):\n"
                "            gaps[row.visit] = None\n"
                "            continue\n"
                "        promise = None if pd.isna(row.promised) else float(row.promised)\n"
                "        one = expectation.simulate_adaptation(\n"
                "            float(row.delivered), promise, periods=1, start=level, belief=belief\n"
                "        )\n"
                "        gaps[row.visit] = one.table['disconfirmation'].iloc[0]\n"
                "        level += (up if row.delivered > level else down) * (row.delivered - level)\n"
                "    return gaps\n"
            ),
            "columns, a Series": (
                "def gaps_by_visit(visits, start, belief, up, down):\n"
                "    table = pd.DataFrame(visits).apply(pd.to_numeric, errors='coerce')\n"
                "    table = table.copy().sort_values('visit').reset_index(drop=True)\n"
                "    levels, level = [], start\n"
                "    for delivered in table['delivered']:\n"
                "        levels.append(level)\n"
                "        if pd.notna(delivered):\n"
                "            step = delivered - level\n"
                "            level = level + max(step, 0) * up + min(step, 0) * down\n"
                "    table['level'] = levels\n"
                "    promised = table['promised'].fillna(table['level'])\n"
                "    table['expected'] = table['level'] + belief * (promised - table['level'])\n"
                "    table['gap'] = table['delivered'] - table['expected']\n"
                "    print(table)\n"
                "    return table.set_index('visit')['gap']\n"
            ),
            "one visit after the other, on a copy": (
                "def gaps_by_visit(visits, start, belief, up, down):\n"
                "    table = pd.DataFrame(visits).apply(pd.to_numeric, errors='coerce')\n"
                "    left, level, found = table.copy(), start, {}\n"
                "    left['promised'] = [None if p != p else p for p in left['promised']]\n"
                "    while len(left):\n"
                "        i = left['visit'].argmin()\n"
                "        row = left.iloc[i]\n"
                "        left = left.drop(index=left.index[i])\n"
                "        said, got = row['promised'], row['delivered']\n"
                "        hope = level if pd.isna(said) else level + belief * (said - level)\n"
                "        found[row['visit']] = got - hope\n"
                "        if got == got:\n"
                "            level += (got - level) * (up if got > level else down)\n"
                "    return pd.Series(found)\n"
            ),
        },
        "wrong": {
            "sign-turned": _visits(gap="expected - row.delivered"),
            "habit-upside-down": _visits(level="row.delivered + rate * (level - row.delivered)"),
            "up-down-swapped": _visits(rate="down if row.delivered > level else up"),
            "one-habit": _visits(rate="up"),
            "never-down": _visits(rate="up if row.delivered > level else 0"),
            "level-stands": _visits(level="start"),
            "last-delivery-as-level": _visits(level="row.delivered"),
            "from-the-start": _visits(level="start + rate * (row.delivered - start)"),
            "moved-before-judged": _visits(
                gap="row.delivered - (level + rate * (row.delivered - level))",
                expected="level",
            ),
            "missing-promise-as-zero": _visits(
                expected="level + belief * ((0 if pd.isna(row.promised) else row.promised) - level)"
            ),
            "missing-promise-spreads": _visits(expected="level + belief * (row.promised - level)"),
            "promise-ignored": _visits(expected="level"),
            "everything-believed": _visits(expected="level if pd.isna(row.promised) else row.promised"),
            "disbelief-for-belief": _visits(
                expected="level if pd.isna(row.promised) else belief * level + (1 - belief) * row.promised"
            ),
            "share-of-the-promise": _visits(
                expected="level if pd.isna(row.promised) else belief * row.promised"
            ),
            "promise-only-raises": _visits(
                expected="level if pd.isna(row.promised) else level + belief * max(row.promised - level, 0)"
            ),
            "level-from-expectation": _visits(level="expected + rate * (row.delivered - expected)"),
            "level-from-expectation#2": _visits(
                rate="up if row.delivered > expected else down",
                level="expected + rate * (row.delivered - expected)",
            ),
            "level-by-gap": _visits(
                rate="up if row.delivered > expected else down",
                level="level + rate * (row.delivered - expected)",
            ),
            "level-by-gap#2": _visits(level="level + rate * (row.delivered - expected)"),
            "direction-by-gap": _visits(rate="up if row.delivered > expected else down"),
            "direction-by-gap#2": _visits(
                rate="down if row.delivered < row.promised or row.delivered < level else up"
            ),
            "promise-from-start": _visits(
                expected="level if pd.isna(row.promised) else start + belief * (row.promised - start)"
            ),
            "promise-carried": _visits(
                rows='table.sort_values("visit").assign(promised=lambda t: t["promised"].ffill())'
            ),
            "promise-added": _visits(
                expected="level if pd.isna(row.promised) else level + belief * row.promised"
            ),
            "value": _visits(gap="round(row.delivered - expected, 1)"),
            "latest-first": _visits(rows='table.sort_values("visit", ascending=False)'),
            "rows-as-they-stand": _visits(rows="table"),
            "cancelled-left-out": _visits(cancelled="pass"),
            "zero-for-none": _visits(cancelled="found[row.visit] = 0"),
            "missing-as-zero": _visits(rows='table.fillna({"delivered": 0}).sort_values("visit")'),
            "missing-spreads": _visits().replace(
                "        if pd.isna(row.delivered):\n", "        if False:\n"
            ),
            "missing-promise-spreads#2": _visits().replace(
                "if pd.isna(row.delivered)", "if pd.isna(row.delivered) or pd.isna(row.promised)"
            ),
            "cancelled-as-bad": _visits(cancelled="found[row.visit], level = None, level - down * level"),
            "cancelled-as-last": _visits(
                rows='table.sort_values("visit").assign(delivered=lambda t: t["delivered"].ffill())'
            ),
            "shape": _visits().replace("continue", "break"),
            "shape#2": _visits().replace("found[row.visit] =", "found[len(found) + 1] ="),
            "shape#3": _visits().replace("found[row.visit] =", "found[row.Index] ="),
            "promise-still-moves": _visits(cancelled="found[row.visit], level = None, expected"),
            "numbers-typed-in": (
                "def gaps_by_visit(visits, start, belief, up, down):\n"
                "    table = pd.DataFrame(visits).apply(pd.to_numeric, errors='coerce')\n"
                "    gaps = {1: 10, 2: 6, 3: -16.4, 4: -0.3}\n"
                "    return {n: gaps.get(n, -3) for n in table['visit']}\n"
            ),
            "changed": _visits().replace(
                "    level, found = start, {}\n",
                "    order = sorted(range(len(table)), key=lambda n: visits['visit'][n])\n"
                "    for name in visits:\n"
                "        visits[name] = [visits[name][n] for n in order]\n"
                "    level, found = start, {}\n",
            ),
            "type": _visits().replace("return found", "return list(found.values())"),
            "raised": _visits().replace("row.delivered - expected", "row.delivered - row.expected"),
        },
        "lost": {
            "sign-turned": 2,
            "habit-upside-down": 2,
            "up-down-swapped": 2,
            "one-habit": 1,
            "never-down": 1,
            "level-stands": 2,
            "last-delivery-as-level": 2,
            "from-the-start": 1,
            "moved-before-judged": 2,
            "missing-promise-as-zero": 2,
            "missing-promise-spreads": 2,
            "promise-ignored": 1,
            "everything-believed": 1,
            "disbelief-for-belief": 1,
            "share-of-the-promise": 1,
            "promise-only-raises": 1,
            "level-from-expectation": 1,
            "level-from-expectation#2": 1,
            "level-by-gap": 1,
            "level-by-gap#2": 1,
            "direction-by-gap": 1,
            "direction-by-gap#2": 1,
            "promise-from-start": 1,
            "promise-carried": 1,
            "promise-added": 1,
            "value": 1,
            "latest-first": 2,
            "rows-as-they-stand": 1,
            "missing-promise-spreads#2": 2,
            "cancelled-as-bad": 1,
            "cancelled-as-last": 1,
            "shape": 1,
            "shape#2": 3,
            "cancelled-left-out": 1,
            "zero-for-none": 1,
            "missing-as-zero": 1,
            "missing-spreads": 1,
            "promise-still-moves": 1,
            "changed": 1,
        },
    },
}
