"""Answers to the assignment of module 07, as trainees write them: right ones and wrong ones.

Each replaces the whole source of its solution cell. ``lost`` says what a wrong answer costs where that is
less than all points of the item, because another step of it is right.
"""

from typing import Any

_LABS = ("Anhe", "Beihu", "Chengnan", "Dongshan", "Erqi")
_RIGHT = "trust monopoly inertia latent kinship"


def _types(now: str = _RIGHT, july: str = "trust benefit") -> str:
    """Types of the five labs in their order, then those of Anhe and Beihu after July."""
    first = ", ".join(f'"{lab}": "{kind}"' for lab, kind in zip(_LABS, now.split(), strict=True))
    second = ", ".join(f'"{lab}": "{kind}"' for lab, kind in zip(_LABS[:2], july.split(), strict=True))
    return f"types = {{{first}}}\nafter_july = {{{second}}}\n"


_FIVE = (
    "five = pd.DataFrame(\n"
    "    {\n"
    '        "attitude": [6, 2, 4, 6, 5], "repeat_share": [0.95, 1, 0.9, 0.6, 0.85],\n'
    '        "barriers": [7, 5, 4, 2, 2], "incentives": [5, 6, 4, 6, 6], "kinship": [2, 1, 4, 3, 5],\n'
    "    },\n"
    '    index=["Anhe", "Beihu", "Chengnan", "Dongshan", "Erqi"],\n'
    ")\n"
    "print(five)\n"
)


def _named(named: str = "60", trusting: str = "680") -> str:
    return f"of_100_named = {named}\ntrusting = {trusting}\n"


def _hostages(closed: str = "80", opened: str = "5", sentence: str = '"D"') -> str:
    return f'hostages_in_100 = {{"closed": {closed}, "open": {opened}}}\nsupported = {sentence}\n'


def _worth(last: str) -> str:
    return (
        "def worth(revenue, margin_rate, churn, discount):\n"
        "    margin = revenue * margin_rate\n"
        "    retained = 1 - churn\n"
        f"    {last}\n"
    )


def _value(
    step: str = "here *= share",
    term: str = "margin * here / (1 + discount) ** year",
    first: str = "1",
    today: str = "margin",
    after: str = "margin * here * last / (1 + discount - last) / (1 + discount) ** (year - 1)",
    total: str = "total",
) -> str:
    """Write the loop over the years, with one part of it in another way."""
    return (
        "def customer_value(margin, stays, discount, form):\n"
        '    assert form in ("from-next-year", "immediate")\n'
        "    total, here, last = 0.0, 1.0, stays[-1]\n"
        f"    year = {first}\n"
        "    for share in stays:\n"
        f"        {step}\n"
        f"        total += {term}\n"
        "        year += 1\n"
        f"    total += {after}\n"
        '    if form == "immediate":\n'
        f"        total = total + {today}\n"
        f"    return {total}\n"
    )


def _one_retention(r: str) -> str:
    return (
        "def customer_value(margin, stays, discount, form):\n"
        f"    r = {r}\n"
        "    return retention.clv(margin, retention=r, discount=discount, form=form).clv\n"
    )


def _still(
    left: str = "end is not None and end <= today",
    age: str = "(end if gone else today) - start",
    keep: str = "True",
    upto: str = "a <= months",
    below: str = "sum(1 for other, _ in lives if other >= a)",
    each: str = "share *= 1 - gone / reached",
    result: str = "share",
    unknown: str = "not lives or max(a for a, _ in lives) < months",
    nothing: str = "None",
) -> str:
    """Kaplan and Meier by hand, with one part of it in another way."""
    return (
        "def still_there(starts, ends, today, months):\n"
        "    lives = []\n"
        "    for n, start in enumerate(starts):\n"
        "        end = ends[n]\n"
        f"        gone = {left}\n"
        f"        if {keep}:\n"
        f"            lives.append(({age}, gone))\n"
        f"    if {unknown}:\n"
        f"        return {nothing}\n"
        "    share = 1.0\n"
        "    for a in sorted(set(a for a, gone in lives if gone)):\n"
        f"        if {upto}:\n"
        "            gone = sum(1 for other, flag in lives if flag and other == a)\n"
        f"            reached = {below}\n"
        f"            {each}\n"
        f"    return {result}\n"
    )


def _simple(share: str, lists: str = "") -> str:
    """Count a share at once, without the ages between; None where no lab has reached the age."""
    return (
        "def still_there(starts, ends, today, months):\n"
        "    ages, left = [], []\n"
        "    for n in range(len(starts)):\n"
        "        gone = ends[n] is not None and ends[n] <= today\n"
        "        left.append(gone)\n"
        "        ages.append((ends[n] if gone else today) - starts[n])\n"
        "    if not ages or max(ages) < months:\n"
        "        return None\n"
        "    rows = range(len(ages))\n"
        f"{lists}"
        f"    return {share}\n"
    )


ANSWERS: dict[str, dict[str, Any]] = {
    "m07-types": {
        "cell": "m07-types-answer",
        "right": {
            "filled in": _types(),
            "capitals, spaces": _types("Trust MONOPOLY Inertia latent kinship").replace(
                '"Trust"', '" trust "'
            ),
            "classified": (
                f"{_FIVE}types = dict(zip(five.index, loyalty.classify(five).customers['type']))\n"
                "later = loyalty.classify(five.assign(barriers=1)).customers['type'].tolist()\n"
                "after_july = {'Anhe': later[0], 'Beihu': later[1]}\n"
            ),
            "key by key": (
                "types = {}\n"
                'types["Anhe"] = "trust"\n'
                'types["Beihu"] = "monopoly"\n'
                'types["Chengnan"] = "inertia"\n'
                'types["Dongshan"] = "latent"\n'
                'types["Erqi"] = "kinship"\n'
                'after_july = {"Anhe": types["Anhe"], "Beihu": "benefit"}\n'
            ),
            "Series of all five": (
                f"{_FIVE}types = loyalty.classify(five).customers['type'].set_axis(five.index)\n"
                "five['barriers'] = 1\n"
                "after_july = loyalty.classify(five).customers['type'].set_axis(five.index)\n"
            ),
        },
        "wrong": {
            "strongest-answer": _types("monopoly benefit inertia benefit benefit"),
            "strongest-answer#2": _types("monopoly benefit inertia latent benefit"),
            "barrier-before-liking": _types("monopoly monopoly inertia latent kinship"),
            "reward-before-barrier": _types("trust benefit inertia latent kinship"),
            "reward-first": _types("benefit benefit inertia latent benefit"),
            "reward-first#2": _types("trust monopoly inertia latent benefit"),
            "liking-before-tie": _types("trust monopoly inertia latent trust"),
            "five-not-high": _types("trust benefit inertia latent benefit"),
            "middle-is-high": _types("trust monopoly kinship latent kinship"),
            "middle-is-high#2": _types("trust monopoly trust latent kinship"),
            "liking-means-trust": _types("trust monopoly inertia trust kinship"),
            "share-overlooked": _types("trust monopoly inertia benefit kinship"),
            "four-likes-us": _types("trust monopoly latent latent kinship"),
            "wall-still-there": _types(july="trust monopoly"),
            "wall-still-there#2": _types(july="monopoly monopoly"),
            "four-likes-us#2": _types(july="trust latent"),
            "wall-held-a-friend": _types(july="benefit benefit"),
            "wall-held-a-friend#2": _types(july="inertia inertia"),
            "wall-held-a-friend#3": _types(july="latent benefit"),
            "next-reason-skipped": _types(july="trust inertia"),
            "value": _types("monopoly kinship inertia latent trust"),
            "type": _types("信赖 垄断 惰性 潜在 亲缘", "信赖 利益"),
            "type#2": f'types = {tuple(_RIGHT.split())}\nafter_july = "benefit"\n',
            "shape": _types().replace("Chengnan", "Cheng"),
            "not-answered": "types = dict.fromkeys(['Anhe', 'Beihu', 'Chengnan', 'Dongshan', 'Erqi'])\n"
            "after_july = {'Anhe': None, 'Beihu': None}\n",
        },
        "lost": {
            "strongest-answer": 2,
            **dict.fromkeys(
                (
                    "strongest-answer#2",
                    "barrier-before-liking",
                    "reward-before-barrier",
                    "reward-first",
                    "reward-first#2",
                    "liking-before-tie",
                    "five-not-high",
                    "middle-is-high",
                    "middle-is-high#2",
                    "liking-means-trust",
                    "share-overlooked",
                    "four-likes-us",
                    "four-likes-us#2",
                    "wall-still-there",
                    "wall-still-there#2",
                    "wall-held-a-friend",
                    "wall-held-a-friend#2",
                    "wall-held-a-friend#3",
                    "next-reason-skipped",
                    "value",
                ),
                1,
            ),
            "shape": 2,
        },
    },
    "m07-named": {
        "cell": "m07-named-answer",
        "right": {
            "numbers": _named(),
            "calculated": _named("100 * 60 / 100", "900 * .6 + 600 * .15 + 500 * .1"),
            "NumPy": (
                "import numpy as np\n"
                "of_100_named = np.int64(60)\n"
                "trusting = np.dot([900, 600, 500], np.array([60, 15, 10]) / 100)\n"
            ),
            "sum over the names": (
                'interviewed = {"trust": (60, 900), "monopoly": (15, 600), "other": (10, 500)}\n'
                'of_100_named = interviewed["trust"][0]\n'
                "trusting = sum(found / 100 * named for found, named in interviewed.values())\n"
            ),
            "table": (
                "matrix = pd.DataFrame([[60, 15, 10], [30, 75, 20], [10, 10, 70]])\n"
                "behind = matrix / matrix.sum()\n"
                "of_100_named = 100 * behind.loc[0, 0]\n"
                "trusting = round((behind * [900, 600, 500]).sum(axis=1)[0])\n"
            ),
        },
        "wrong": {
            "not-a-number": _named("'60 %'", "'680 labs'"),
            "not-a-number#2": _named("[60]", "[680]"),
            "share-for-number": _named("0.6", "0.34"),
            "share-for-number#2": _named("60", "0.34"),
            "share-for-number#3": _named("540", "680"),
            "row-for-column": _named("71"),
            "row-for-column#2": _named("60", "900 * 60 / 85"),
            "all-interviewed-below": _named("20"),
            "all-names-together": _named("68"),
            "the-others": _named("40"),
            "not-corrected": _named("60", "900"),
            "own-column-alone": _named("60", "540"),
            "names-not-weighted": _named("60", "2000 * 85 / 300"),
            "names-not-weighted#2": _named("60", "567"),
            "one-column-for-all": _named("60", "1200"),
            "interviewed-for-all": _named("60", "85"),
            "interviewed-for-all#2": _named("60", "900 - 40 + 25"),
            "down-one-column": _named("60", "0.60 * 900 + 0.30 * 600 + 0.10 * 500"),
            "value": _named("60", "820"),
            "value#2": _named("60", "900 - 0.30 * 900"),
            "not-answered": _named("None", "None"),
        },
        "lost": dict.fromkeys(
            (
                "share-for-number#2",
                "share-for-number#3",
                "row-for-column",
                "row-for-column#2",
                "all-interviewed-below",
                "all-names-together",
                "the-others",
                "not-corrected",
                "own-column-alone",
                "names-not-weighted",
                "names-not-weighted#2",
                "one-column-for-all",
                "interviewed-for-all",
                "interviewed-for-all#2",
                "down-one-column",
                "value",
                "value#2",
            ),
            1,
        ),
    },
    "m07-hostages": {
        "cell": "m07-hostages-answer",
        "right": {
            "numbers": _hostages(),
            "calculated": _hostages("100 * 120 / 150", "100 * 4 / 80", "' d '"),
            "from the table": (
                "n = corners.table.set_index(['market', 'quadrant'])['n'].unstack()\n"
                "buying = n['apostles'] + n['hostages']\n"
                "hostages_in_100 = 100 * n['hostages'] / buying\n"
                "supported = 'D'\n"
            ),
            "grouped, as a dictionary": (
                'buyers = labs[labs["share_bought"] >= 0.8]\n'
                'low = buyers["satisfaction"] < 8\n'
                'hostages_in_100 = (low.groupby(buyers["market"]).mean() * 100).to_dict()\n'
                'supported = "D"\n'
            ),
            "rows counted": (
                "buyers = labs[labs.share_bought >= 0.8]\n"
                "hostages_in_100 = {}\n"
                "for name, part in buyers.groupby('market'):\n"
                "    hostages_in_100[name] = 100 * (part.satisfaction < 8).mean()\n"
                "print(hostages_in_100)\nsupported = 'd'\n"
            ),
        },
        "wrong": {
            "not-of-100": _hostages("120", "4"),
            "not-of-100#2": _hostages("'80 %'", "'5 %'"),
            "share-for-hundred": _hostages("0.8", "0.05"),
            "of-all-labs": _hostages("60", "2"),
            "of-the-dissatisfied": _hostages("75", "6"),
            "of-the-dissatisfied#2": _hostages("100 * 120 / 160", "100 * 4 / 70"),
            "apostles-for-hostages": _hostages("20", "95"),
            "markets-swapped": _hostages("5", "80"),
            "all-dissatisfied": _hostages("80", "35"),
            "buyers-for-hostages": _hostages("75", "40"),
            "terrorists-for-hostages": _hostages("20", "33"),
            "both-markets-below": _hostages("120 / 230 * 100", "4 / 230 * 100"),
            "both-markets-below#2": _hostages("120 / 124 * 100", "4 / 124 * 100"),
            "value": _hostages("10 / 40 * 100", "54 / 130 * 100"),
            "still-there-for-loyal": _hostages(sentence="'A'"),
            "markets-pooled": _hostages(sentence="'B'"),
            "satisfied-alone": _hostages(sentence="'C'"),
            "type": _hostages(sentence="'the open market'"),
            "type#2": "hostages_in_100 = (80, 5)\nsupported = ['D']\n",
            "shape": "hostages_in_100 = {'closed labs': 80, 'open labs': 5}\nsupported = 'D'\n",
            "not-answered": _hostages("None", "5", "None"),
        },
        "lost": dict.fromkeys(
            (
                "not-of-100",
                "not-of-100#2",
                "share-for-hundred",
                "of-all-labs",
                "of-the-dissatisfied",
                "of-the-dissatisfied#2",
                "apostles-for-hostages",
                "markets-swapped",
                "all-dissatisfied",
                "buyers-for-hostages",
                "terrorists-for-hostages",
                "both-markets-below",
                "both-markets-below#2",
                "value",
                "still-there-for-loyal",
                "markets-pooled",
                "satisfied-alone",
                "type",
                "shape",
            ),
            1,
        ),
    },
    "m07-basis": {
        "cell": "m07-basis-answer",
        "right": {
            "letter": 'basis = "B"\n',
            "small letter": "print('sister')\nbasis = ' b'\n",
            "looked up": (
                "# held by the same wall as ours, and counted after the wall fell\n"
                "same_wall, fallen = [0, 1, 1, 1, 1], [1, 1, 0, 0, 0]\n"
                "basis = [x for x, a, b in zip('ABCDE', same_wall, fallen) if a and b][0]\n"
            ),
        },
        "wrong": {
            "already-chosen": 'basis = "A"\n',
            "quiet-years": 'basis = "C"\n',
            "all-hostages-at-once": 'basis = "D"\n',
            "intention-of-captives": 'basis = "e"\n',
            "type": 'basis = "37 %"\n',
            "type#2": "basis = 37\n",
        },
    },
    "m07-worth": {
        "cell": "m07-worth-answer",
        "right": {
            "formula": _worth("return margin * retained / (1 + discount - retained)"),
            "discount and churn": _worth("return margin * (1 - churn) / (discount + churn)"),
            "helper": _worth(
                "return retention.clv(margin, retention=retained, discount=discount).clv  # the course's"
            ),
            "immediate less one margin": _worth(
                "return margin * (1 + discount) / (1 + discount - retained) - margin"
            ),
            "mark and pass kept": (
                "def worth(revenue, margin_rate, churn, discount):\n"
                "    margin = revenue * margin_rate\n"
                "    retained = 1 - churn\n"
                "    pass  # Write your code here. 在这里写代码。\n"
                "    value = margin * retained / (1 + discount - retained)\n"
                "    print(value)\n"
                "    return value  # repair this line\n"
            ),
            "without the lines above": (
                "import numpy as np\n\n\ndef worth(revenue, margin_rate, churn, discount):\n"
                "    print('worth', revenue)\n"
                "    q = np.float64(1 - churn) / (1 + discount)\n"
                "    return revenue * margin_rate * q / (1 - q)\n"
            ),
            "year by year": (
                "def worth(revenue, margin_rate, churn, discount):\n"
                "    value, part = 0.0, revenue * margin_rate\n"
                "    for _ in range(2000):\n"
                "        part = part * (1 - churn) / (1 + discount)\n"
                "        value += part\n"
                "    return value\n"
            ),
        },
        "wrong": {
            "revenue-for-margin": _worth("return revenue * retained / (1 + discount - retained)"),
            "cost-for-margin": _worth("return (revenue - margin) * retained / (1 + discount - retained)"),
            "cost-for-margin#2": _worth("return margin * margin_rate * retained / (1 + discount - retained)"),
            "denominator-turned": _worth("return margin * retained / (retained - 1 - discount)"),
            "line-unchanged": _worth("return margin * (1 + discount) / (1 + discount - churn)"),
            "line-unchanged#2": _worth("return revenue * (1 + discount) / (1 + discount - churn)"),
            "paid-again-today": _worth("return margin * (1 + discount) / (1 + discount - retained)"),
            "paid-again-today#2": _worth(
                "return retention.clv(margin, retention=retained, discount=discount, form='immediate').clv"
            ),
            "churn-for-retention": _worth("return margin * churn / (1 + discount - churn)"),
            "everybody-pays-next-year": _worth("return margin / (1 + discount - retained)"),
            "churn-above": _worth("return margin * churn / (1 + discount - retained)"),
            "churn-below": _worth("return margin * retained / (1 + discount - churn)"),
            "not-discounted": _worth("return margin * retained / (1 - retained)"),
            "margin-by-churn": _worth("return margin / churn"),
            "discounted-once-more": _worth(
                "return margin * retained / (1 + discount - retained) / (1 + discount)"
            ),
            "numbers-typed-in": _worth("return 10000 * 0.7 / (1.08 - 0.7)"),
            "value": _worth("return margin * retained / (1 + discount)"),
            "value#2": _worth("return sum(margin * (retained / (1 + discount)) ** t for t in range(1, 6))"),
            "value#3": _worth("return round(margin * retained / (1 + discount - retained))"),
            "type": _worth("return {'clv': margin * retained / (1 + discount - retained)}"),
            "type#2": _worth(
                "return retention.clv(margin, retention=retained, discount=discount)  # the whole result"
            ),
            "not-answered": _worth("margin * retained / (1 + discount - retained)"),
            "raised": _worth("return m * r / (1 + i - r)"),
        },
        "lost": dict.fromkeys(
            (
                "revenue-for-margin",
                "cost-for-margin#2",
                "line-unchanged",
                "paid-again-today",
                "paid-again-today#2",
                "margin-by-churn",
                "discounted-once-more",
                "churn-for-retention",
                "everybody-pays-next-year",
                "churn-above",
                "churn-below",
                "not-discounted",
                "value",
                "value#2",
                "value#3",
            ),
            1,
        ),
    },
    "m07-years": {
        "cell": "m07-years-answer",
        "right": {
            "loop": _value(),
            "backwards": (
                "def customer_value(margin, stays, discount, form):\n"
                "    last = stays[-1]\n"
                "    value = retention.clv(margin, retention=last, discount=discount).clv\n"
                "    for share in reversed(stays[:-1]):\n"
                "        value = share * (margin + value) / (1 + discount)\n"
                '    return value + margin if form == "immediate" else value\n'
            ),
            "NumPy": (
                "import numpy as np\n\n\n"
                "def customer_value(margin, stays, discount, form):\n"
                "    there = np.cumprod(stays)\n"
                "    years = np.arange(1, len(stays) + 1)\n"
                "    parts = there / (1 + discount) ** years\n"
                "    after = parts[-1] * stays[-1] / (1 + discount - stays[-1])\n"
                '    return margin * (parts.sum() + after + (form == "immediate"))\n'
            ),
            "pandas, a thousand years": (
                "def customer_value(margin, stays, discount, form):\n"
                "    shares = pd.Series(list(stays) + [stays[-1]] * 1000, dtype=float)\n"
                "    parts = margin * (shares / (1 + discount)).cumprod()\n"
                "    print(parts.head())\n"
                '    return parts.sum() + {"immediate": margin, "from-next-year": 0}[form]\n'
            ),
            "helper for the years after": (
                "def customer_value(margin, stays, discount, form):\n"
                '    value = margin if form == "immediate" else 0\n'
                "    weight = 1\n"
                "    for share in stays:\n"
                "        weight *= share / (1 + discount)\n"
                "        value += weight * margin\n"
                "    later = retention.clv(margin, retention=stays[-1], discount=discount)\n"
                "    return value + weight * later.clv\n"
            ),
            "list prolonged until nobody is left": (
                "def customer_value(margin, stays, discount, form):\n"
                "    long = list(stays)\n"
                "    while len(long) < 20000:\n"
                "        long.append(long[-1])\n"
                "    value = 0.0\n"
                "    there = 1.0\n"
                "    for t, share in enumerate(long, start=1):\n"
                "        there *= share\n"
                "        if there < 1e-15:\n"
                "            break\n"
                "        value += margin * there / (1 + discount) ** t\n"
                '    print("from next year:", value)\n'
                '    if form == "immediate":\n'
                "        value = value + margin\n"
                "    return value\n"
            ),
            "Series, then a geometric one": (
                "def customer_value(margin, stays, discount, form):\n"
                "    shares = pd.Series(stays, dtype=float, index=range(1, len(stays) + 1))\n"
                "    present = shares.cumprod() / (1 + discount) ** shares.index\n"
                "    in_list = present.iloc[:-1].sum()\n"
                "    # from the last entry on a geometric series\n"
                "    rest = present.iloc[-1] / (1 - shares.iloc[-1] / (1 + discount))\n"
                '    today = {"immediate": 1, "from-next-year": 0}[form]\n'
                "    return float(margin * (in_list + rest + today))\n"
            ),
            "recursive": (
                "def customer_value(margin, stays, discount, form):\n"
                '    if form == "immediate":\n'
                '        return margin + customer_value(margin, stays, discount, "from-next-year")\n'
                "    first = stays[0]\n"
                "    if len(stays) == 1:\n"
                "        return margin * first / (1 + discount - first)\n"
                "    rest = customer_value(margin, stays[1:], discount, form)\n"
                "    return first / (1 + discount) * (margin + rest)\n"
            ),
            "changed on a copy, recursive": (
                "def customer_value(margin, stays, discount, form):\n"
                "    rest = stays.copy()\n"
                "    first = rest.pop(0)\n"
                "    if rest:\n"
                '        later = customer_value(margin, rest, discount, "immediate")\n'
                "    else:\n"
                "        later = margin * (1 + discount) / (1 + discount - first)\n"
                "    value = first * later / (1 + discount)\n"
                '    return value + (margin if form == "immediate" else 0)\n'
            ),
        },
        "wrong": {
            "shares-not-multiplied": _value(step="here = share"),
            "not-discounted": _value(term="margin * here", after="margin * here * last / (1 - last)"),
            "discounted-once": _value(
                term="margin * here",
                after="margin * here * last / (1 - last)",
                total="total / (1 + discount)",
            ),
            "discounted-once#2": _value(term="margin * here / (1 + discount)"),
            "simple-interest": _value(term="margin * here / (1 + discount * year)"),
            "a-year-too-early": _value(
                first="0", after="margin * here * last / (1 + discount - last) / (1 + discount) ** (year - 1)"
            ),
            "multiplied-by-interest": _value(term="margin * here * (1 + discount) ** year"),
            "everybody-pays-next-year": (
                "def customer_value(margin, stays, discount, form):\n"
                '    value = margin if form == "immediate" else 0\n'
                "    there = 1\n"
                "    for year, share in enumerate(stays, start=1):\n"
                "        value += margin * there / (1 + discount) ** year\n"
                "        there = there * share\n"
                "    after = margin * there / (1 + discount - stays[-1])\n"
                "    return value + after / (1 + discount) ** len(stays)\n"
            ),
            "this-year-counted": _value(total='total if form == "immediate" else total + margin'),
            "leavers-for-stayers": _value(
                step="here *= 1 - share",
                after="margin * here * (1 - last) / (discount + last) / (1 + discount) ** (year - 1)",
            ),
            "value#3": _value(step="here *= 1 - share", after="0"),
            "mean-for-all-years": _one_retention("sum(stays) / len(stays)"),
            "first-for-all-years": _one_retention("stays[0]"),
            "last-for-all-years": _one_retention("stays[-1]"),
            "numbers-typed-in": (
                "def customer_value(margin, stays, discount, form):\n"
                "    value = 1000 * (0.9 / 1.1 + 0.54 / 1.21) if len(stays) > 1 else 1500\n"
                '    return value + 1000 * (form == "immediate")\n'
            ),
            "nothing-after-the-list": _value(after="0"),
            "after-counts-everybody": _value(
                after="margin * last / (1 + discount - last) / (1 + discount) ** (year - 1)"
            ),
            "after-not-discounted": _value(after="margin * here * last / (1 + discount - last)"),
            "last-year-twice": (
                "def customer_value(margin, stays, discount, form):\n"
                '    value = margin if form == "immediate" else 0\n'
                "    here = 1\n"
                "    for share in stays:\n"
                "        before = here\n"
                "        here = here * share / (1 + discount)\n"
                "        value += margin * here\n"
                "    return value + margin * before * share / (1 + discount - share)\n"
            ),
            "last-year-twice#2": _value(
                after="margin * here * (1 + discount) / (1 + discount - last) / (1 + discount) ** (year - 1)"
            ),
            "after-a-year-late": _value(
                after="margin * here * last / (1 + discount - last) / (1 + discount) ** year"
            ),
            "said-twice-counts-twice": _value(
                after="margin * last * last / (1 + discount - last) / (1 + discount) ** (year - 1)"
            ),
            "said-twice-counts-twice#2": _value(
                after="margin * here * mean / (1 + discount - mean) / (1 + discount) ** (year - 1)"
            ).replace("    year = 1\n", "    year, mean = 1, sum(stays) / len(stays)\n"),
            "value": _value(after="sum(margin * here * (last / (1 + discount)) ** t for t in range(1, 11))"),
            "value#2": _value(total="round(total)"),
            "form-ignored": _value(today="0"),
            "form-ignored#2": (
                "def customer_value(margin, stays, discount, form):\n"
                "    value = 0\n"
                "    weight = 1\n"
                "    for share in stays:\n"
                "        weight *= share / (1 + discount)\n"
                "        value += weight * margin\n"
                "    later = retention.clv(margin, retention=stays[-1], discount=discount, form=form)\n"
                "    value += weight * later.clv\n"
                "    return value\n"
            ),
            "form-turned-round": _value(total='total - 2 * margin * (form == "immediate")'),
            "form-turned-round#2": _value().replace('if form == "immediate"', 'if form == "from-next-year"'),
            "today-for-stayers": _value(today="margin * stays[0]"),
            "today-discounted": _value(today="margin / (1 + discount)"),
            "only-moved-forward": _value(today="total * discount"),
            "formula-of-one-retention": _value(today="total * ((1 + discount) / stays[0] - 1)"),
            "changed#2": (
                "def customer_value(margin, stays, discount, form):\n"
                '    value = margin if form == "immediate" else 0\n'
                "    weight = 1\n"
                "    last = stays[-1]\n"
                "    while stays:\n"
                "        weight *= stays.pop(0) / (1 + discount)\n"
                "        value += weight * margin\n"
                "    return value + weight * margin * last / (1 + discount - last)\n"
            ),
            "changed": _value().replace(
                "    year = 1\n",
                "    year = 1\n    stays.append(stays.pop())\n"
                "    stays += [0.5]\n    stays[-1:] = []\n    stays.insert(0, 1)\n"
                "    del stays[0]\n    stays[:] = [float(s) for s in stays] + [last]\n",
            ),
            "type": _value(total="str(total)"),
            "raised": _value(term="margin * here / (1 + rate) ** year"),
            "not-answered": _value(total="None"),
        },
        "lost": {
            **dict.fromkeys(
                (
                    "shares-not-multiplied",
                    "not-discounted",
                    "discounted-once#2",
                    "simple-interest",
                    "a-year-too-early",
                    "multiplied-by-interest",
                    "everybody-pays-next-year",
                    "leavers-for-stayers",
                    "value#3",
                    "mean-for-all-years",
                ),
                3,
            ),
            "first-for-all-years": 2,
            "last-for-all-years": 2,
            "nothing-after-the-list": 1,
            "after-counts-everybody": 1,
            "after-not-discounted": 1,
            "last-year-twice": 1,
            "last-year-twice#2": 1,
            "after-a-year-late": 1,
            "said-twice-counts-twice": 1,
            "said-twice-counts-twice#2": 1,
            "value": 1,
            "value#2": 2,
            "form-ignored": 1,
            "form-ignored#2": 1,
            "form-turned-round": 1,
            "today-for-stayers": 1,
            "today-discounted": 1,
            "only-moved-forward": 1,
            "formula-of-one-retention": 1,
        },
    },
    "m07-still": {
        "cell": "m07-still-answer",
        "right": {
            "by hand": _still(),
            "helper": (
                "def still_there(starts, ends, today, months):\n"
                "    if len(starts) == 0:\n"
                "        return None\n"
                '    lives = pd.DataFrame({"start": starts, "end": pd.Series(ends, dtype=float)})\n'
                '    lives["left"] = (lives["end"] <= today).astype(int)\n'
                '    lives["age"] = lives["end"].where(lives["left"] == 1, today) - lives["start"]\n'
                '    curve = retention.survival(lives, time="age", event="left")\n'
                '    return curve.at([months])["survival"].iloc[0]\n'
            ),
            "pandas": (
                "import numpy as np\n\n\n"
                "def still_there(starts, ends, today, months):\n"
                '    frame = pd.DataFrame({"start": starts, "end": ends}, dtype=float)\n'
                '    frame["end"] = frame["end"].where(frame["end"] <= today)\n'
                '    frame["age"] = frame["end"].fillna(today) - frame["start"]\n'
                '    if not (frame["age"] >= months).any():\n'
                "        return np.nan\n"
                '    by_age = frame.groupby("age")["end"].agg(["count", "size"])\n'
                '    reached = by_age["size"][::-1].cumsum()[::-1]\n'
                '    return (1 - by_age["count"] / reached).loc[:months].prod()\n'
            ),
            "month by month": (
                "def still_there(starts, ends, today, months):\n"
                "    share, known = 1, False\n"
                "    labs = list(zip(starts, ends))\n"
                "    for age in range(0, months + 1):\n"
                "        reached = left = 0\n"
                "        for start, end in labs:\n"
                "            if end is None or end > today:\n"
                "                if today - start >= age:\n"
                "                    reached += 1\n"
                "            elif end - start >= age:\n"
                "                reached += 1\n"
                "                left += end - start == age\n"
                "        if reached == 0:\n"
                "            return None\n"
                "        print(age, reached, left)\n"
                "        share *= (reached - left) / reached\n"
                "    return share\n"
            ),
            "NumPy": (
                "import numpy as np\n\n\n"
                "def still_there(starts, ends, today, months):\n"
                "    start = np.array(starts, dtype=float)\n"
                "    end = np.array([np.inf if e is None else e for e in ends], dtype=float)\n"
                "    left = end <= today\n"
                "    age = np.minimum(end, today) - start\n"
                "    if not np.any(age >= months):\n"
                "        return None\n"
                "    at = np.unique(age[left & (age <= months)])\n"
                "    factors = [1 - np.sum(left & (age == a)) / np.sum(age >= a) for a in at]\n"
                "    return np.prod(factors)\n"
            ),
            "sorted, one after the other": (
                "def still_there(starts, ends, today, months):\n"
                "    lives = sorted(\n"
                "        (min(end or today, today) - start, end is None or end > today)\n"
                "        for start, end in zip(starts, ends)\n"
                "    )\n"
                "    if len(lives) == 0 or lives[-1][0] < months:\n"
                "        return None\n"
                "    # at the same age leavers stand first\n"
                "    share = 1.0\n"
                "    for i, (age, still) in enumerate(lives):\n"
                "        if age <= months and not still:\n"
                "            n = len(lives) - i\n"
                "            share = share * (n - 1) / n\n"
                "    return share\n"
            ),
            "counted down": (
                "def still_there(starts, ends, today, months):\n"
                "    from collections import Counter\n"
                "\n"
                "    known = list(ends)\n"
                "    for i in range(len(known)):\n"
                "        if known[i] is not None and known[i] > today:\n"
                "            known[i] = None\n"
                "    gone = Counter(e - s for s, e in zip(starts, known) if e is not None)\n"
                "    watched = Counter(today - s for s, e in zip(starts, known) if e is None)\n"
                "    oldest = max(list(gone) + list(watched), default=-1)\n"
                '    print("oldest age", oldest)\n'
                "    if oldest < months:\n"
                "        return None\n"
                "    at_risk = len(known) - watched[0]\n"
                "    share = 1\n"
                "    for age in range(1, months + 1):\n"
                "        if gone[age] > 0:\n"
                "            share *= (at_risk - gone[age]) / at_risk\n"
                "        at_risk -= gone[age] + watched[age]\n"
                "    return share\n"
            ),
            "cleared on copies": (
                "def still_there(starts, ends, today, months):\n"
                "    ends = list(ends)\n"
                "    for n in range(len(ends)):\n"
                "        if ends[n] is not None and ends[n] > today:\n"
                "            ends[n] = None\n"
                "    reached = [(today if e is None else e) - s for s, e in zip(starts, ends)]\n"
                "    if max(reached, default=-1) < months:\n"
                "        return None\n"
                "    product = 1.0\n"
                "    for a in range(1, months + 1):\n"
                "        gone = sum(e is not None and e - s == a for s, e in zip(starts, ends))\n"
                "        if gone:\n"
                "            product *= 1 - gone / sum(r >= a for r in reached)\n"
                "    return product\n"
            ),
        },
        "wrong": {
            "still-there-left-out": _simple(
                "sum(ages[n] > months for n in rows if left[n]) / sum(left)",
                "    if not any(left):\n        return 1.0\n",
            ),
            "still-there-as-left": _still().replace(
                "lives.append(((end if gone else today) - start, gone))",
                "lives.append(((end if gone else today) - start, True))",
            ),
            "unwatched-as-stayed": _simple(
                "1 - sum(left[n] and ages[n] <= months for n in rows) / len(ages)"
            ),
            "unwatched-as-stayed#2": _still(
                below="len(lives) - before", each="share *= 1 - gone / reached; before += gone"
            ).replace("    share = 1.0\n", "    share, before = 1.0, 0\n"),
            "unwatched-as-stayed#3": _still(
                below="sum(1 for other, flag in lives if other >= a or not flag)"
            ),
            "recent-left-out": _simple(
                "1 - sum(left[n] and ages[n] <= months for n in old) / len(old)",
                "    old = [n for n in rows if today - starts[n] >= months]\n",
            ),
            "recent-left-out#2": _still(keep="start + months <= today"),
            "same-age-left-out": _still(
                below="sum(1 for other, flag in lives if other > a or (flag and other == a))"
            ),
            "leavers-not-at-risk": _still(
                below="max(sum(1 for other, _ in lives if other >= a) - gone, 1)",
            ),
            "value": _still(below="max(sum(1 for other, _ in lives if other > a), 1)"),
            "value#2": _still(
                below="sum((other > a) + (other == a) * (1 + flag) / 2 for other, flag in lives)",
            ),
            "value#3": _still(result="round(share, 2)"),
            "risks-added": _still(each="share -= gone / reached"),
            "carried-on": _still(unknown="not lives"),
            "month-itself-left-out": _still(upto="a < months"),
            "month-itself-left-out#2": _still(age="(end if gone else today) - start + 1"),
            "last-age-alone": _still(each="share = 1 - gone / reached"),
            "calendar-for-age": _still(age="end if gone else today"),
            "left-for-still-there": _still(result="1 - share"),
            "per-cent-for-share": _still(result="100 * share"),
            "numbers-typed-in": _still(result="0.54"),
            "notice-as-left": _still(left="end is not None"),
            "notice-as-left#2": _still(left="end is not None", age="min(end or today, today) - start"),
            "notice-as-left#3": _still(age="(today if end is None else end) - start"),
            "notice-as-left#4": _still(keep="gone or end is None"),
            "left-today-as-still-there": _still(left="end is not None and end < today"),
            "zero-for-unknown": _still(nothing="0"),
            "zero-for-unknown#2": _still().replace(
                "    lives = []\n", "    if not starts:\n        return 0\n    lives = []\n"
            ),
            "one-for-unknown": _still(nothing="1"),
            "one-for-unknown#2": _still(unknown="lives and max(a for a, _ in lives) < months"),
            "still-there-reach-nothing": _still(
                unknown="max((a for a, gone in lives if gone), default=-1) < months"
            ),
            "left-reach-nothing": _still(
                unknown="max((a for a, gone in lives if not gone), default=-1) < months"
            ),
            "nobody-left-for-unknown": _still(
                unknown="not any(gone for _, gone in lives) or max(a for a, _ in lives) < months"
            ),
            "nobody-for-unknown": _still(result="share or None"),
            "longest-age-refused": _still(unknown="not lives or max(a for a, _ in lives) <= months"),
            "changed": (
                "def still_there(starts, ends, today, months):\n"
                "    for n in range(len(ends)):\n"
                "        if ends[n] is None or ends[n] > today:\n"
                "            ends[n] = today\n"
                "    return 1.0\n"
            ),
            "raised": _still(left="end <= today"),
            "raised#2": _still(unknown="max(a for a, _ in lives) < months"),
            "type": _still(result="[share]"),
            "not-answered": _still(result="print(share)", nothing="print('nobody')"),
        },
        "lost": {
            "calendar-for-age": 3,
            "numbers-typed-in": 3,
            "month-itself-left-out#2": 3,
            **dict.fromkeys(
                (
                    "still-there-left-out",
                    "still-there-as-left",
                    "unwatched-as-stayed",
                    "unwatched-as-stayed#2",
                    "unwatched-as-stayed#3",
                    "recent-left-out",
                    "recent-left-out#2",
                    "same-age-left-out",
                    "leavers-not-at-risk",
                    "value",
                    "value#2",
                    "value#3",
                    "risks-added",
                    "month-itself-left-out",
                    "last-age-alone",
                    "left-for-still-there",
                    "per-cent-for-share",
                ),
                2,
            ),
            **dict.fromkeys(
                (
                    "notice-as-left",
                    "notice-as-left#2",
                    "notice-as-left#3",
                    "notice-as-left#4",
                    "left-today-as-still-there",
                    "carried-on",
                    "zero-for-unknown",
                    "zero-for-unknown#2",
                    "one-for-unknown",
                    "one-for-unknown#2",
                    "still-there-reach-nothing",
                    "left-reach-nothing",
                    "nobody-left-for-unknown",
                    "nobody-for-unknown",
                    "longest-age-refused",
                    "raised#2",
                ),
                1,
            ),
        },
    },
}
