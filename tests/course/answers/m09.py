"""Answers to the assignment of module 09, as trainees write them: right ones and wrong ones.

Each replaces the whole source of its solution cell. ``lost`` says what a wrong answer costs where that is
less than all points of the item, because another step of it is right.
"""

from typing import Any

_FOUR = ("Anping", "Beilu", "Chenxi", "Dafeng")
_LETTERS = {"a": "above", "b": "below", "o": "open"}
_TIERED = ("Jinda", "Kexin", "Luhai", "Mingda")
_TIERS = {"h": "high", "m": "medium", "l": "low"}
_RISKED = ("Kangli", "Ouya", "Pingshan", "Tongyu")
_BANDS = {"b": "both", "o": "one", "n": "neither", "s": "silent"}
_FIVE = ("Gushan", "Hanwei", "Linfeng", "Shuntai", "Yuejin")


def _named(name: str, keys: tuple[str, ...], values: list[Any]) -> str:
    entries = ", ".join(f'"{key}": {value!r}' for key, value in zip(keys, values, strict=True))
    return f"{name} = {{{entries}}}\n"


def _below(letters: str) -> str:
    return _named("verdict", _FOUR, [_LETTERS[letter] for letter in letters])


def _line(line: str) -> str:
    return f"def unit_score(means, weights):\n    {line}\n"


def _margin(tiers: str = "mhlm", firm: str = "FTTF") -> str:
    return _named("tier", _TIERED, [_TIERS[t] for t in tiers]) + _named(
        "firm", _TIERED, [f == "T" for f in firm]
    )


def _risk(bands: str = "nbos", low: str = "4.75", high: str = "17.2") -> str:
    return (
        _named("band", _RISKED, [_BANDS[b] for b in bands]) + f'at_risk = {{"low": {low}, "high": {high}}}\n'
    )


def _fund(flags: str = "FFTFT", settled: str = "Linfeng") -> str:
    return _named("fund", _FIVE, [f == "T" for f in flags]) + f"settled = {settled!r}\n"


def _range(
    *,
    keep: str = "True",
    at: str = "end if given is None else given",
    ends: str = "(1, 5)",
    mean: str = "sum(people) / len(people)",
    score: str = "sum(weights[r] * means[r] for r in means) / sum(weights[r] for r in means)",
    minimum: str = "min(means.values())",
    veto: str = 'min(score, means["decider"]) if "decider" in means else score',
    empty: str = "(None, None)",
    result: str = "found[0], found[1]",
    before: str = "pass",
) -> str:
    return (
        "def unit_range(contacts, weights, rule):\n"
        f"    {before}\n"
        "    if len(contacts) == 0:\n"
        f"        return {empty}\n"
        "    found = []\n"
        f"    for end in {ends}:\n"
        "        said = {}\n"
        "        for role, given in contacts:\n"
        f"            if {keep}:\n"
        f"                said.setdefault(role, []).append({at})\n"
        f"        means = {{role: {mean} for role, people in said.items()}}\n"
        f"        score = {score}\n"
        '        if rule == "minimum":\n'
        f"            score = {minimum}\n"
        '        if rule == "veto":\n'
        f"            score = {veto}\n"
        "        found.append(score)\n"
        f"    return {result}\n"
    )


_HEARD_ONLY = (
    "def unit_range(contacts, weights, rule):\n"
    "    if not contacts:\n        return None, None\n"
    "    found = []\n"
    "    for end in (1, 5):\n"
    "        means = {}\n"
    "        for role in dict(contacts):\n"
    "            heard = [g for r, g in contacts if r == role and g is not None]\n"
    "            means[role] = sum(heard) / len(heard) if heard else end\n"
    "        score = sum(weights[r] * m for r, m in means.items()) / sum(weights[r] for r in means)\n"
    '        if rule == "minimum":\n            score = min(means.values())\n'
    '        if rule == "veto":\n            score = min(score, means.get("decider", 5))\n'
    "        found.append(score)\n"
    "    return tuple(found)\n"
)

_STAKE_HEAD = "def at_stake(customers, bands):\n"


def _stake(
    *,
    possible: str = '["neither", "one", "both"][sure : sure + open_ + 1]',
    sure: str = "(row['reason'] is True) + (row['way'] is True)",
    open_: str = "(row['reason'] is None) + (row['way'] is None)",
    lowest: str = "min(bands[name][0] for name in possible)",
    highest: str = "max(bands[name][1] for name in possible)",
    low: str = "low + row['revenue'] * lowest",
    high: str = "high + row['revenue'] * highest",
    ask: str = "open_",
    key: str = "(-row['revenue'] * (highest - lowest), -row['revenue'], row['name'])",
    first: str = "min(asked)[-1] if asked else None",
    result: str = '{"low": low, "high": high, "ask": first}',
    before: str = "pass",
    skip: str = "False",
) -> str:
    return (
        f"{_STAKE_HEAD}"
        f"    {before}\n"
        "    low, high, asked, n = 0.0, 0.0, [], len(customers)\n"
        "    total = sum(row['revenue'] for row in customers)\n"
        "    for row in customers:\n"
        f"        sure = {sure}\n"
        f"        open_ = {open_}\n"
        f"        if {skip}:\n            continue\n"
        f"        possible = {possible}\n"
        f"        lowest, highest = {lowest}, {highest}\n"
        f"        low, high = {low}, {high}\n"
        f"        if {ask}:\n"
        f"            asked.append({key})\n"
        f"    first = {first}\n"
        f"    return {result}\n"
    )


def _stake_each(band: str) -> str:
    """Each account in the bands that ``band`` gives for its possible reasons ``r`` and ways ``w``."""
    either = "[True, False] if row['{0}'] is None else [row['{0}']]"
    return _stake(possible=f"[{band} for r in ({either.format('reason')}) for w in ({either.format('way')})]")


ANSWERS: dict[str, dict[str, Any]] = {
    "m09-below": {
        "cell": "m09-below-answer",
        "right": {
            "read off": _below("obba"),
            "capitals, spaces": (
                "verdict = dict(Anping='Open', Beilu=' below', Chenxi='BELOW ', Dafeng='above')\n"
            ),
            "computed": (
                "rules = {'Anping': 'weighted', 'Beilu': 'veto', 'Chenxi': 'minimum', 'Dafeng': 'weighted'}\n"
                "verdict = {}\n"
                "for name, rule in rules.items():\n"
                "    rows = accounts.satisfaction(asked, 'csat', rule=rule).table\n"
                "    row = rows.set_index('account').loc[name]\n"
                "    low, high = row.possible_low, row.possible_high\n"
                "    verdict[name] = 'below' if high < 3.5 else 'above' if low > 3.5 else 'open'\n"
            ),
            "Series": (
                "verdict = pd.Series(['open', 'below', 'below', 'above'],\n"
                "                    index=['Anping', 'Beilu', 'Chenxi', 'Dafeng'])\n"
            ),
        },
        "wrong": {
            "rest-speaks": _below("abba"),
            "rest-speaks#2": _below("abaa"),
            "rest-speaks#3": _below("obaa"),
            "silence-as-worst": _below("bbba"),
            "silence-as-worst#2": _below("bbbb"),
            "silence-always-open": _below("oboa"),
            "silence-always-open#2": _below("oooo"),
            "silence-always-open#3": _below("obob"),
            "ends-of-other-rule": _below("bboa"),
            "open-without-silence": _below("oobo"),
            "open-without-silence#2": _below("obbo"),
            "sum-for-all": _below("oaba"),
            "sum-for-all#2": _below("oaoa"),
            "harsh-for-all": _below("obbb"),
            "powers-swapped": _below("oabb"),
            "type": _below("obba").replace("'open'", "3.5"),
            "type#2": 'verdict = ["open", "below", "below", "above"]\n',
            "type#3": _below("obba").replace("'above'", "'over'"),
            "shape": _below("obba").replace("Beilu", "Bei Lu"),
            "not-answered": _below("obba").replace("'below'", "None"),
        },
        "lost": dict.fromkeys(
            (
                "rest-speaks",
                "rest-speaks#2",
                "rest-speaks#3",
                "silence-as-worst",
                "silence-always-open",
                "ends-of-other-rule",
                "open-without-silence",
                "open-without-silence#2",
                "sum-for-all",
                "harsh-for-all",
                "powers-swapped",
                "type",
                "type#3",
            ),
            1,
        ),
    },
    "m09-line": {
        "cell": "m09-line-answer",
        "right": {
            "two sums": _line(
                "return sum(weights[r] * m for r, m in means.items()) / sum(weights[r] for r in means)"
            ),
            "loop": (
                "def unit_score(means, weights):\n"
                "    top = below = 0\n"
                "    for role in means:\n"
                "        top = top + weights[role] * means[role]\n"
                "        below = below + weights[role]\n"
                "        print(role, top, below)\n"
                "    return top / below\n"
            ),
            "pandas": (
                "def unit_score(means, weights):\n"
                "    table = pd.DataFrame({'m': pd.Series(means), 'w': pd.Series(weights)}).dropna()\n"
                "    return (table['m'] * table['w']).sum() / table['w'].sum()\n"
            ),
            "NumPy": (
                "import numpy as np\n\n\n"
                "def unit_score(means, weights):\n"
                "    return np.average([means[r] for r in means], weights=[weights[r] for r in means])\n"
            ),
            "below the line": (
                "def unit_score(means, weights):\n"
                "    score = sum(means.values()) / len(means)\n"
                "    used = {r: w for r, w in weights.items() if r in means}\n"
                "    score = sum(w / sum(used.values()) * means[r] for r, w in used.items())\n"
                "    return score\n"
            ),
        },
        "wrong": {
            "plain-mean": _line("return sum(means.values()) / len(means)"),
            "minimum-for-sum": _line("return min(means.values())"),
            "decider-alone": _line('return means["decider"]'),
            "divided-by-roles": _line("return sum(weights[r] * means[r] for r in means) / len(means)"),
            "paired-by-place": (
                "def unit_score(means, weights):\n"
                "    used = [w for r, w in weights.items() if r in means]\n"
                "    return sum(w * m for w, m in zip(used, means.values())) / sum(used)\n"
            ),
            "weights-typed-in": (
                "def unit_score(means, weights):\n"
                "    w = {'decider': 0.4, 'user': 0.2, 'buyer': 0.2, 'technical': 0.2}\n"
                "    return sum(w[r] * means[r] for r in means) / sum(w[r] for r in means)\n"
            ),
            "not-scaled": _line("return sum(weights[role] * means[role] for role in means)"),
            "not-scaled#2": _line(
                "return sum(weights[r] * means[r] for r in means) / max(sum(weights[r] for r in means), 1)"
            ),
            "absent-role-counted": _line(
                "return sum(weights[r] * means[r] for r in means) / sum(weights.values())"
            ),
            "value": _line(
                "return round(sum(weights[r] * m for r, m in means.items()) "
                "/ sum(weights[r] for r in means), 1)"
            ),
            "value#2": _line("return max(means.values())"),
            "value#3": _line(
                "return sum(weights[r] * means.get(r, 1) for r in weights) / sum(weights.values())"
            ),
            "value#4": _line("return sum(weights[r] * means[r] for r in means) / sum(means.values())"),
            "raised": _line("return sum(weights[r] * means[r] for r in weights) / sum(weights.values())"),
            "changed": (
                "def unit_score(means, weights):\n"
                "    total = sum(weights[r] for r in means)\n"
                "    for r in weights:\n        weights[r] = weights[r] / total\n"
                "    return sum(weights[r] * means[r] for r in means)\n"
            ),
            "type": _line('return "3.3"'),
            "not-answered": _line("print(sum(weights[r] * means[r] for r in means))"),
        },
        "lost": {
            "not-scaled": 1,
            "not-scaled#2": 1,
            "absent-role-counted": 1,
            "raised": 1,
            "value": 1,
            "value#3": 1,
        },
    },
    "m09-margin": {
        "cell": "m09-margin-answer",
        "right": {
            "read off": _margin(),
            "capitals": _margin().replace("high", "High").replace("medium", "MEDIUM"),
            "computed": (
                "def name_of(amount):\n"
                "    return 'high' if amount >= 4 else 'medium' if amount >= 1.5 else 'low'\n\n\n"
                "tier = (left.gross_margin - left.cost_to_serve).map(name_of).to_dict()\n"
                "firm = {}\n"
                "for name, row in left.iterrows():\n"
                "    firm[name] = name_of(row.margin_low) == name_of(row.margin_high)\n"
            ),
            "Series": (
                "cut = [-99, 1.5, 4, 99]\n"
                "names = ['low', 'medium', 'high']\n"
                "tier = pd.cut(left['margin'], cut, labels=names, right=False).astype(str)\n"
                "ends = [pd.cut(left[end], cut, labels=names, right=False).astype(str)\n"
                "        for end in ('margin_low', 'margin_high')]\n"
                "firm = ends[0] == ends[1]\n"
            ),
        },
        "wrong": {
            "before-serving": _margin("hhmm"),
            "revenue-for-margin": _margin("hhhh"),
            "best-end": _margin("hhlm"),
            "worst-end": _margin("mhll"),
            "size-of-customer": _margin("hmml"),
            "firm-upside-down": _margin(firm="TFFT"),
            "width-for-crossing": _margin(firm="FTFT"),
            "one-line-only": _margin(firm="FTTT"),
            "one-line-only#2": _margin(firm="TTTF"),
            "never-firm": _margin(firm="FFFF"),
            "always-firm": _margin(firm="TTTT"),
            "value": _margin("mmmm", "FFTF"),
            "value#2": _margin("hlml"),
            "value#3": _margin("mhmm"),
            "value#4": _margin(firm="TTFT"),
            "type": _margin().replace("'medium'", "'middle'"),
            "type#2": _margin().replace("True", "'yes'"),
            "shape": _margin().replace("Kexin", "Ke Xin"),
            "not-answered": "tier = None\nfirm = None\n",
        },
        "lost": dict.fromkeys(
            (
                "before-serving",
                "revenue-for-margin",
                "best-end",
                "worst-end",
                "size-of-customer",
                "firm-upside-down",
                "width-for-crossing",
                "one-line-only",
                "one-line-only#2",
                "never-firm",
                "always-firm",
                "value#2",
                "value#3",
                "value#4",
                "type",
                "type#2",
            ),
            1,
        ),
    },
    "m09-risk": {
        "cell": "m09-risk-answer",
        "right": {
            "by hand": _risk(),
            "capitals": _risk().replace("neither", "Neither").replace("both", " BOTH "),
            "rounded": _risk(low="4.75", high="17.20"),
            "helper": (
                _risk(low="None", high="None")
                + "chances = {'both': (0.5, 0.9), 'one': (0.05, 0.2), 'neither': (0, 0.05)}\n"
                "chances['silent'] = (0, 0.5)\n"
                "four = pd.DataFrame({'account': list(band), 'revenue': [20, 8, 15, 12],\n"
                "                     'band': list(band.values())})\n"
                "result = accounts.revenue_at_risk(four, bands=chances)\n"
                "at_risk['low'], at_risk['high'] = result.low, result.high\n"
            ),
            "loop over a table": (
                _risk(low="0", high="0") + "chances = {'both': (0.5, 0.9), 'one': (0.05, 0.2), "
                "'neither': (0, 0.05), 'silent': (0, 0.5)}\n"
                "for account, pays in zip(band, [20, 8, 15, 12]):\n"
                "    at_risk['low'] += pays * chances[band[account]][0]\n"
                "    at_risk['high'] += pays * chances[band[account]][1]\n"
                "    print(account, at_risk)\n"
            ),
            "Series": (
                _risk(low="None", high="None") + "pays = pd.Series([20, 8, 15, 12])\n"
                "chance = pd.DataFrame({'low': [0, 0.5, 0.05, 0], 'high': [0.05, 0.9, 0.2, 0.5]})\n"
                "at_risk = chance.mul(pays, axis=0).sum()\n"
            ),
        },
        "wrong": {
            "silence-filled": _risk("nboo", "5.35", "13.6"),
            "silence-filled#2": _risk("nbob"),
            "hostage-leaves": _risk("nbbs", "11.5", "27.7"),
            "hostage-is-safe": _risk("nbns", "4", "14.95"),
            "rival-is-a-way": _risk("obos", "5.75", "20.2"),
            "value": _risk("noos", "1.15", "11.6"),
            "product-of-averages": _risk(low="55 * 0.55 / 4", high="55 * 1.65 / 4"),
            "product-of-averages#2": _risk("obos", "55 * 0.6 / 4", "55 * 1.8 / 4"),
            "silent-left-out": _risk(low="4.75", high="11.2"),
            "middle-for-range": _risk(low="10.975", high="10.98"),
            "mean-for-sum": _risk(low="1.19", high="4.3"),
            "per-cent-kept": _risk(low="475", high="1720"),
            "largest-alone": _risk(low="4", high="7.2"),
            "chances-added": _risk(low="0.55", high="1.65"),
            "ends-swapped": _risk(low="17.2", high="4.75"),
            "not-an-amount": _risk(low="'4.75'", high="'17.2'"),
            "not-an-amount#2": _risk(low="-4.75", high="17.2"),
            "not-an-amount#3": _risk(low="[4.75]", high="[17.2]"),
            "not-an-amount#4": _risk(low="float('nan')", high="17.2"),
            "value#2": _risk(low="4.8", high="17"),
            "value#3": _risk(low="4.75", high="16.2"),
            "value#4": _risk(low="0", high="55"),
            "type": _risk().replace("neither", "low"),
            "shape": _risk().replace('"high"', '"hihg"'),
            "not-answered": _risk(low="None", high="None"),
        },
        "lost": dict.fromkeys(
            (
                "silence-filled",
                "silence-filled#2",
                "hostage-leaves",
                "hostage-is-safe",
                "rival-is-a-way",
                "value",
                "product-of-averages",
                "silent-left-out",
                "middle-for-range",
                "mean-for-sum",
                "per-cent-kept",
                "largest-alone",
                "chances-added",
                "ends-swapped",
                "not-an-amount",
                "not-an-amount#2",
                "not-an-amount#3",
                "not-an-amount#4",
                "value#2",
                "value#3",
                "value#4",
                "shape",
                "not-answered",
            ),
            1,
        ),
    },
    "m09-fund": {
        "cell": "m09-fund-answer",
        "right": {
            "read off": _fund(),
            "small letters": _fund(settled=" linfeng"),
            "computed": (
                "ranks = listed['urgency, risk'].rank(ascending=False)\n"
                "fund = (ranks <= 2).to_dict()\n"
                "safe = [name for name in fund if fund[name] and listed.loc[name, 'worst, risk'] <= 2]\n"
                "settled = safe[0]\n"
            ),
            "Series": "fund = listed['urgency, risk'] > 13\nsettled = listed['worst, risk'].idxmin()\n",
        },
        "wrong": {
            "by-size": _fund("TFFTF"),
            "by-size#2": _fund("TFFFT"),
            "by-size#3": _fund("TFFFT", settled="Gushan"),
            "largest-shortfall": _fund("FTFTF"),
            "money-without-class": _fund("FTTFF"),
            "money-forgotten": _fund("FFTTF"),
            "value": _fund("FTFFT"),
            "not-two": _fund("FTTFT"),
            "not-two#2": _fund("FFTFF"),
            "settled-by-size": _fund(settled="Gushan"),
            "settled-by-size#2": _fund("TFFTF", settled="Gushan"),
            "best-place": _fund(settled="Hanwei"),
            "place-of-today": _fund(settled="Yuejin"),
            "steady-not-first": _fund(settled="Shuntai"),
            "type": _fund(settled="spare parts"),
            "type#2": 'fund = ["Linfeng", "Yuejin"]\nsettled = "Linfeng"\n',
            "shape": _fund().replace("Hanwei", "Han Wei"),
            "not-answered": "fund = None\nsettled = None\n",
        },
        "lost": dict.fromkeys(
            (
                "by-size",
                "by-size#2",
                "largest-shortfall",
                "money-without-class",
                "money-forgotten",
                "value",
                "not-two",
                "not-two#2",
                "settled-by-size",
                "best-place",
                "place-of-today",
                "steady-not-first",
                "type",
                "type#2",
                "shape",
            ),
            1,
        ),
    },
    "m09-range": {
        "cell": "m09-range-answer",
        "right": {
            "loops": _range(),
            "a copy, prints on the way": _range(
                before="contacts = sorted(contacts, key=str); print(contacts)", result="[found[0], found[1]]"
            ),
            "pandas": (
                "def unit_range(contacts, weights, rule):\n"
                "    if not contacts:\n        return float('nan'), float('nan')\n"
                "    table = pd.DataFrame(contacts, columns=['role', 'said'])\n"
                "    table['said'] = table['said'].astype(float)\n"
                "    both = {end: table.fillna({'said': end}) for end in (1, 5)}\n"
                "    means = {end: t.groupby('role')['said'].mean() for end, t in both.items()}\n"
                "    means = pd.DataFrame(means).T\n"
                "    w = pd.Series(weights)[means.columns]\n"
                "    score = (means * w / w.sum()).sum(axis=1)\n"
                "    if rule == 'minimum':\n        score = means.min(axis=1)\n"
                "    elif rule == 'veto' and 'decider' in means:\n"
                "        score = pd.concat([score, means['decider']], axis=1).min(axis=1)\n"
                "    return score.to_numpy()\n"
            ),
            "NumPy": (
                "import numpy as np\n\n\n"
                "def unit_range(contacts, weights, rule):\n"
                "    roles = [r for r in weights if any(r == role for role, _ in contacts)]\n"
                "    if not roles:\n        return (None, None)\n"
                "    result = []\n"
                "    for filler in [1, 5]:\n"
                "        full = [(r, filler if a is None else a) for r, a in contacts]\n"
                "        m = np.array([np.mean([a for r, a in full if r == role]) for role in roles])\n"
                "        w = np.array([weights[r] for r in roles], dtype=float)\n"
                "        w /= w.sum()\n"
                "        s = m @ w\n"
                "        if rule == 'veto' and 'decider' in roles:\n"
                "            s = np.minimum(s, m[roles.index('decider')])\n"
                "        result.append({'weighted': s, 'veto': s, 'minimum': m.min()}[rule])\n"
                "    return tuple(result)\n"
            ),
            "helper twice": (
                "def unit_range(contacts, weights, rule):\n"
                "    if not contacts:\n        return None, None\n"
                "    rows = pd.DataFrame(contacts, columns=['role', 'csat']).assign(account='x')\n"
                "    rows['csat'] = rows['csat'].astype(float)\n"
                "    there = {r: w for r, w in weights.items() if (rows['role'] == r).any()}\n"
                "    scaled = {r: w / sum(there.values()) for r, w in there.items()}\n"
                "    need = ['decider'] if 'decider' in there else []\n"
                "    ends = []\n"
                "    for end in (1, 5):\n"
                "        full = rows.fillna({'csat': end})\n"
                "        unit = accounts.satisfaction(full, 'csat', weights=scaled, rule=rule,\n"
                "                                     required=need, spread=0.5)\n"
                "        ends.append(unit.table['score'].iloc[0])\n"
                "    return tuple(ends)\n"
            ),
            "Counter": (
                "from collections import Counter\n\n\n"
                "def unit_range(contacts, weights, rule):\n"
                "    if contacts == []:\n        return (None, None)\n"
                "    people = Counter(role for role, _ in contacts)\n"
                "    known, quiet = Counter(), Counter()\n"
                "    for role, given in contacts:\n"
                "        if given is None:\n            quiet[role] += 1\n"
                "        else:\n            known[role] += given\n"
                "    scale = sum(weights[r] for r in people)\n"
                "    low = {r: (known[r] + quiet[r]) / people[r] for r in people}\n"
                "    high = {r: (known[r] + 5 * quiet[r]) / people[r] for r in people}\n\n"
                "    def score(means):\n"
                "        if rule == 'minimum':\n            return min(means.values())\n"
                "        s = sum(weights[r] / scale * means[r] for r in means)\n"
                "        return min(s, means.get('decider', s)) if rule == 'veto' else s\n\n"
                "    return score(low), score(high)\n"
            ),
        },
        "wrong": {
            "silent-people-left-out": _HEARD_ONLY,
            "silence-filled": _range(keep="given is not None", result="(found[0], found[1])"),
            "silence-filled#2": _range(
                minimum="min([m for r, m in means.items() "
                "if any(s == r and g is not None for s, g in contacts)] or [end])"
            ),
            "people-for-roles": _range(
                score="sum(sum(p) for p in said.values()) / sum(len(p) for p in said.values())"
            ),
            "plain-mean": _range(score="sum(means.values()) / len(means)"),
            "weight-per-person": _range(
                score="sum(weights[r] * sum(p) for r, p in said.items()) "
                "/ sum(weights[r] * len(p) for r, p in said.items())"
            ),
            "sum-for-mean": _range(mean="sum(people)"),
            "zero-as-lowest": _range(ends="(0, 5)"),
            "middle-for-silence": _range(at="3 if given is None else given"),
            "low-end-twice": _range(ends="(1, 1)"),
            "range-swapped": _range(ends="(5, 1)"),
            "last-person-of-role": _range(mean="people[-1]"),
            "needs-sorted-rows": (
                "from itertools import groupby\n\n\n"
                "def unit_range(contacts, weights, rule):\n"
                "    if not contacts:\n        return None, None\n"
                "    found = []\n"
                "    for end in (1, 5):\n"
                "        means = {}\n"
                "        for role, rows in groupby(contacts, key=lambda pair: pair[0]):\n"
                "            said = [end if given is None else given for _, given in rows]\n"
                "            means[role] = sum(said) / len(said)\n"
                "        score = sum(weights[r] * m for r, m in means.items()) "
                "/ sum(weights[r] for r in means)\n"
                "        if rule == 'minimum':\n            score = min(means.values())\n"
                "        if rule == 'veto':\n            score = min(score, means.get('decider', 5))\n"
                "        found.append(score)\n"
                "    return tuple(found)\n"
            ),
            "minimum-for-sum": _range(score="min(means.values())"),
            "none-for-pair": _range(empty="None"),
            "none-without-silence": _range(
                before="if contacts and all(given is not None for _, given in contacts): return None, None"
            ),
            "numbers-typed-in": (
                "def unit_range(contacts, weights, rule):\n"
                "    if not contacts:\n        return None, None\n"
                "    return 1.2 + 0.2 * (10 / 3 + 4), 1.2 + 0.2 * (14 / 3 + 8)\n"
            ),
            "one-silent-spoils-role": _range(
                mean="(end if (role, None) in contacts else sum(people) / len(people))"
            ),
            "not-scaled": _range(score="sum(weights[r] * means[r] for r in means)"),
            "not-scaled#2": _range(
                score="sum(weights[r] * means[r] for r in means) / max(sum(weights[r] for r in means), 1)"
            ),
            "absent-role-counted": _range(
                score="sum(weights[r] * means[r] for r in means) / sum(weights.values())"
            ),
            "absent-role-as-silent": _range(
                score="sum(w * means.get(r, end) for r, w in weights.items()) / sum(weights.values())"
            ),
            "absent-role-as-silent#2": _range(veto="min(score, means.get('decider', end))"),
            "divided-by-roles": _range(score="sum(weights[r] * means[r] for r in means) / len(means)"),
            "scale-for-nobody": _range(empty="(1, 5)"),
            "zero-for-nobody": _range(empty="(0, 0)"),
            "rule-ignored": _range(minimum="score", veto="score"),
            "rule-ignored#2": _range(veto='max(score, means["decider"]) if "decider" in means else score'),
            "minimum-for-veto": _range(veto="min(means.values())"),
            "lowest-person": _range(minimum="min(min(people) for people in said.values())"),
            "lowest-person#2": _range(veto="min([score, *said.get('decider', [])])"),
            "smallest-product": _range(minimum="min(weights[r] * means[r] for r in means)"),
            "decider-alone": _range(veto="means.get('decider', score)"),
            "decider-alone#2": _range(minimum="means['decider']"),
            "needs-a-decider": _range(veto="min(score, means['decider']) if 'decider' in means else None"),
            "silent-loses-veto": _range(
                veto="min([score] + [g for r, g in contacts if r == 'decider' and g is not None])"
            ),
            "raised": _range(before="contacts[0]"),
            "raised#2": _range(veto="min(score, means['decider'])"),
            "changed": _range(before="contacts.sort(key=str)"),
            "changed#2": _range(
                before="total = sum(w for r, w in weights.items() if r in dict(contacts)) or 1\n"
                "    for r in weights: weights[r] = weights[r] / total"
            ),
            "value": _range(result="round(found[0], 1), round(found[1], 1)"),
            "value#2": _range(result="round(found[0], 2), round(found[1], 2)"),
            "type": _range(result='{"low": found[0], "high": found[1]}'),
            "type#2": _range(result="found[0]"),
            "shape": _range(result="(*found, rule)"),
            "not-answered": _range(result="None"),
        },
        "lost": {
            **dict.fromkeys(
                (
                    "silent-people-left-out",
                    "weight-per-person",
                    "range-swapped",
                    "zero-as-lowest",
                    "middle-for-silence",
                    "low-end-twice",
                    "needs-sorted-rows",
                    "one-silent-spoils-role",
                ),
                2,
            ),
            **dict.fromkeys(("silence-filled", "sum-for-mean", "last-person-of-role", "value", "value#2"), 3),
            **dict.fromkeys(
                ("not-scaled", "not-scaled#2", "absent-role-counted", "absent-role-as-silent", "changed#2"), 1
            ),
            **dict.fromkeys(("none-for-pair", "scale-for-nobody", "zero-for-nobody", "raised"), 1),
            **dict.fromkeys(
                (
                    "rule-ignored",
                    "rule-ignored#2",
                    "minimum-for-veto",
                    "silence-filled#2",
                    "absent-role-as-silent#2",
                    "lowest-person",
                    "lowest-person#2",
                    "smallest-product",
                    "decider-alone",
                    "decider-alone#2",
                    "needs-a-decider",
                    "silent-loses-veto",
                    "raised#2",
                ),
                1,
            ),
        },
    },
    "m09-stake": {
        "cell": "m09-stake-answer",
        "right": {
            "counts": _stake(),
            "sets": _stake(
                possible="{('neither', 'one', 'both')[k] for k in range(sure, sure + open_ + 1)}",
                before="print(len(customers), 'accounts')",
            ),
            "product of the possible": (
                "from itertools import product\n\n\n"
                f"{_STAKE_HEAD}"
                "    low, high, best = 0, 0, None\n"
                "    for c in customers:\n"
                "        reasons = [True, False] if c['reason'] is None else [c['reason']]\n"
                "        ways = [True, False] if c['way'] is None else [c['way']]\n"
                "        sums = [a + b for a, b in product(reasons, ways)]\n"
                "        ends = [bands[('neither', 'one', 'both')[k]] for k in sums]\n"
                "        least, most = min(e[0] for e in ends), max(e[1] for e in ends)\n"
                "        low += c['revenue'] * least\n"
                "        high += c['revenue'] * most\n"
                "        if len(ends) > 1:\n"
                "            mine = (c['revenue'] * most - c['revenue'] * least, c['revenue'])\n"
                "            tied = best is not None and mine == best[0]\n"
                "            if best is None or mine > best[0] or (tied and c['name'] < best[1]):\n"
                "                best = (mine, c['name'])\n"
                "    return {'low': low, 'high': high, 'ask': best[1] if best else None}\n"
            ),
            "pandas": (
                f"{_STAKE_HEAD}"
                "    if not customers:\n        return {'low': 0, 'high': 0, 'ask': None}\n"
                "    t = pd.DataFrame(customers)\n"
                "    both = t[['reason', 'way']]\n"
                "    t['least'] = (both == True).sum(axis=1)\n"
                "    t['unknown'] = both.isna().sum(axis=1)\n"
                "    order = ['neither', 'one', 'both']\n"
                "    t['low'] = t['revenue'] * [bands[order[k]][0] for k in t['least']]\n"
                "    t['high'] = t['revenue'] * [bands[order[k]][1] for k in t['least'] + t['unknown']]\n"
                "    t['width'] = t['high'] - t['low']\n"
                "    open_ = t[t['unknown'] > 0].sort_values(['width', 'revenue', 'name'],\n"
                "                                            ascending=[False, False, True])\n"
                "    ask = open_['name'].iloc[0] if len(open_) else None\n"
                "    return pd.Series({'low': t['low'].sum(), 'high': t['high'].sum(), 'ask': ask})\n"
            ),
            "asks where there is a width": _stake(ask="open_ and highest > lowest"),
            "twice, with the unknown as no and as yes": (
                f"{_STAKE_HEAD}"
                "    names = ('neither', 'one', 'both')\n"
                "    result = dict.fromkeys(['low', 'high'], 0.0)\n"
                "    widest = []\n"
                "    for c in customers:\n"
                "        ends = []\n"
                "        for side, end in enumerate(('low', 'high')):\n"
                "            signs = [bool(side) if c[k] is None else c[k] for k in ('reason', 'way')]\n"
                "            ends.append(c['revenue'] * bands[names[sum(signs)]][side])\n"
                "            result[end] += ends[-1]\n"
                "        if None in (c['reason'], c['way']):\n"
                "            widest.append([round(ends[1] - ends[0], 9), c['revenue'], c['name']])\n"
                "    widest.sort(key=lambda row: row[2])\n"
                "    widest.sort(key=lambda row: row[:2], reverse=True)\n"
                "    result['ask'] = widest[0][2] if widest else None\n"
                "    return result\n"
            ),
            "helper with wider bands": (
                f"{_STAKE_HEAD}"
                "    if len(customers) == 0:\n        return dict(low=0.0, high=0.0, ask=None)\n"
                "    names = {(True, True): 'both', (False, False): 'neither'}\n"
                "    wide = dict(bands)\n"
                "    wide['one or both'] = (bands['one'][0], bands['both'][1])\n"
                "    wide['neither or one'] = (bands['neither'][0], bands['one'][1])\n"
                "    wide['any'] = (bands['neither'][0], bands['both'][1])\n\n"
                "    def band(c):\n"
                "        pair = [c['reason'], c['way']]\n"
                "        if pair.count(None) == 2:\n            return 'any'\n"
                "        if None in pair:\n"
                "            return 'one or both' if True in pair else 'neither or one'\n"
                "        return names.get(tuple(pair), 'one')\n\n"
                "    frame = pd.DataFrame([{**c, 'band': band(c)} for c in customers])\n"
                "    risk = accounts.revenue_at_risk(frame, account='name', bands=wide)\n"
                "    rows = risk.table[~risk.table['band'].isin(list(bands))].copy()\n"
                "    rows['width'] = rows['revenue'] * (rows['loss_high'] - rows['loss_low'])\n"
                "    rows = rows.sort_values('name').sort_values(['width', 'revenue'], ascending=False,\n"
                "                                                kind='stable')\n"
                "    first = None if rows.empty else rows['name'].iloc[0]\n"
                "    return dict(low=risk.low, high=risk.high, ask=first)\n"
            ),
        },
        "wrong": {
            "product-of-averages": _stake(
                low="low + total / n * lowest",
                high="high + total / n * highest",
            ),
            "either-for-both": _stake(sure="2 * (row['reason'] is True or row['way'] is True)"),
            "half-is-nothing": _stake(sure="2 * (row['reason'] is True and row['way'] is True)"),
            "hostage-is-safe": _stake_each("'one' if w and not r else 'both' if w else 'neither'"),
            "free-is-safe": _stake_each("'one' if r and not w else 'both' if r else 'neither'"),
            "reason-alone": _stake(sure="2 * (row['reason'] is True)"),
            "way-alone": _stake(sure="2 * (row['way'] is True)"),
            "middle-for-range": _stake(
                low="low + row['revenue'] * (lowest + highest) / 2",
                high="high + row['revenue'] * (lowest + highest) / 2",
            ),
            "mean-for-sum": _stake(result='{"low": low / (n or 1), "high": high / (n or 1), "ask": first}'),
            "range-swapped": _stake(result='{"low": high, "high": low, "ask": first}'),
            "chances-added": _stake(low="low + lowest", high="high + highest"),
            "largest-alone": _stake(
                low="low + row['revenue'] * lowest * ('both' in possible)",
                high="high + row['revenue'] * highest * ('both' in possible)",
            ),
            "bands-typed-in": _stake(
                before="bands = {'both': (0.5, 0.9), 'one': (0.05, 0.2), 'neither': (0, 0.05)}"
            ),
            "none-for-nobody": _stake(before="if not customers: return None"),
            "none-for-nobody#2": _stake(
                before="if not customers: return {'low': None, 'high': None, 'ask': None}"
            ),
            "unknown-as-no": _stake(possible='[["neither", "one", "both"][sure]]'),
            "unknown-as-yes": _stake(possible='[["neither", "one", "both"][sure + open_]]'),
            "unknown-left-out": _stake(
                low="low + row['revenue'] * lowest * (open_ == 0)",
                high="high + row['revenue'] * highest * (open_ == 0)",
            ),
            "unknown-left-out#2": _stake(skip="open_"),
            "widest-for-all": _stake(
                possible="list(bands) if open_ else [['neither', 'one', 'both'][sure]]",
            ),
            "mean-of-bands": _stake(
                lowest="sum(bands[name][0] for name in possible) / len(possible)",
                highest="sum(bands[name][1] for name in possible) / len(possible)",
            ),
            "two-unknowns-as-one": _stake(
                possible="['one', 'both'] if open_ == 2 else "
                '["neither", "one", "both"][sure : sure + open_ + 1]'
            ),
            "two-unknowns-as-one#2": _stake(
                possible="['neither', 'one'] if open_ == 2 else "
                '["neither", "one", "both"][sure : sure + open_ + 1]'
            ),
            "known-asked": _stake(ask="True"),
            "largest-asked": _stake(key="(-row['revenue'], row['name'])"),
            "nobody-asked": _stake(first="None"),
            "nobody-asked#2": _stake(ask="open_ == 2"),
            "chance-alone-asked": _stake(key="(lowest - highest, -row['revenue'], row['name'])"),
            "highest-end-asked": _stake(key="(-row['revenue'] * highest, -row['revenue'], row['name'])"),
            "ties-by-row": _stake(
                key="(-row['revenue'] * (highest - lowest), len(asked), row['name'])",
            ),
            "ties-by-row#2": _stake(
                key="(row['revenue'] * (highest - lowest), row['name'])",
                first="max(asked, key=lambda pair: pair[0])[-1] if asked else None",
            ),
            "ties-by-row#3": _stake(
                key="(-row['revenue'] * (highest - lowest), -row['revenue'], len(asked), row['name'])",
            ),
            "ties-by-smallest": _stake(
                key="(-row['revenue'] * (highest - lowest), row['revenue'], row['name'])"
            ),
            "ties-by-name": _stake(key="(-row['revenue'] * (highest - lowest), row['name'])"),
            "ties-backwards": _stake(
                key="(row['revenue'] * (highest - lowest), row['revenue'], row['name'])",
                first="max(asked)[-1] if asked else None",
            ),
            "not-a-dictionary": _stake(result="(low, high, first)"),
            "changed": _stake(before="customers.sort(key=lambda row: row['name'])"),
            "changed#2": _stake(before="[row.setdefault('band', 'one') for row in customers]"),
            "changed#3": _stake(
                before="[row.update(reason=False) for row in customers if row['reason'] is None]"
            ),
            "shape": _stake(result='{"low": low, "high": high, "first": first}'),
            "type": _stake(result='{"low": str(low), "high": str(high), "ask": first}'),
            "raised": _stake(sure="row['reason'] + row['way']"),
            "value": _stake(result='{"low": round(low), "high": round(high), "ask": first}'),
            "value#2": _stake(result='{"low": round(low, 2), "high": round(high, 2), "ask": first}'),
            "value#3": _stake(open_="int(row['reason'] is None)"),
            "value#4": _stake(open_="int(row['way'] is None)"),
            "value#5": _stake(first="min(asked)[-1] if asked else ''"),
            "value#6": _stake(key="(row['revenue'] * (highest - lowest), -row['revenue'], row['name'])"),
            "type#2": _stake(first="min(asked) if asked else None"),
            "type#3": _stake(first="[row[-1] for row in sorted(asked)] or None"),
            "not-answered": _stake(result="None"),
        },
        "lost": {
            **dict.fromkeys(
                (
                    "product-of-averages",
                    "middle-for-range",
                    "mean-for-sum",
                    "range-swapped",
                    "chances-added",
                    "largest-alone",
                    "bands-typed-in",
                    "changed",
                    "type",
                    "value",
                ),
                3,
            ),
            **dict.fromkeys(
                (
                    "none-for-nobody",
                    "none-for-nobody#2",
                    "unknown-as-no",
                    "unknown-as-yes",
                    "unknown-left-out#2",
                    "widest-for-all",
                    "mean-of-bands",
                    "two-unknowns-as-one",
                    "two-unknowns-as-one#2",
                    "raised",
                    "changed#3",
                    "value#2",
                    "value#3",
                    "value#4",
                ),
                2,
            ),
            **dict.fromkeys(
                (
                    "unknown-left-out",
                    "known-asked",
                    "largest-asked",
                    "nobody-asked",
                    "nobody-asked#2",
                    "chance-alone-asked",
                    "ties-by-smallest",
                    "value#5",
                    "value#6",
                    "type#3",
                    "highest-end-asked",
                    "ties-by-row",
                    "ties-by-row#2",
                    "ties-by-row#3",
                    "ties-by-name",
                    "ties-backwards",
                    "type#2",
                ),
                1,
            ),
        },
    },
}
