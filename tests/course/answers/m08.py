"""Answers to the assignment of module 08, as trainees write them: right ones and wrong ones.

Each replaces the whole source of its solution cell. ``lost`` says what a wrong answer costs where that is
less than all points of the item, because another step of it is right.
"""

from typing import Any


def _hotel(calm: str, rings: str) -> str:
    """T or F for the four months, in this order."""
    names = ("2024-08", "2025-04", "2025-05", "2025-10")
    truths = ", ".join(f'"{name}": {flag == "T"}' for name, flag in zip(names, rings, strict=True))
    return (
        f"calm = {calm}\nrings = {{{truths}}}\n"
        'hotel_chart = monitoring.xmr(hotel, "again", time="month", baseline=calm)\n'
        'hotel_chart.table.set_index("month")[["value", "centre", "lower", "upper"]].round(1)\n'
    )


def _depots(letters: str) -> str:
    """N, E or S for the four questions, in this order."""
    places = {"N": "North", "E": "East", "S": "South"}
    names = ("process", "relation", "neglect", "hands")
    told = ", ".join(f'"{name}": "{places[c]}"' for name, c in zip(names, letters, strict=True))
    return f"depot = {{{told}}}\n"


def _claims(whole: str, project: str) -> str:
    return f'whole = {whole}\nproject = "{project}"\n'


def _shoes(rate: str, printed: str = "D") -> str:
    return (
        f'printed = "{printed}"\n\n\n'
        "def old_way(returned, exchanged, orders):\n"
        f"    return {rate}\n\n\n"
        "months = shoes.itertuples()\n"
        'shoes["old way"] = [old_way(row.returned, row.exchanged, row.orders) for row in months]\n'
        "shoes\n"
    )


def _lacks(beian: str, nanshan: str, donghu: str, kangda: str, haiyun: str) -> str:
    return (
        f'lacks = {{"Beian": "{beian}", "Nanshan": "{nanshan}", "Donghu": "{donghu}",\n'
        f'         "Kangda": "{kangda}", "Haiyun": "{haiyun}"}}\n'
    )


def _chart(
    known: str = "{m: values[m] for m in sorted(values) if not pd.isna(values[m])}",
    usual: str = "[known[m] for m in known if m <= last]",
    steps: str = "[abs(known[m] - known[m - 1]) for m in known if m <= last and m - 1 in known]",
    reach: str = "2.66 * sum(steps) / len(steps)",
    none: str = '{"lower": None, "upper": None, "signals": []}',
    going_on: str = "now == side and m - 1 in known",
    rule: str = "abs(known[m] - centre) > reach or run >= 8",
    now: str = "(known[m] > centre) - (known[m] < centre)",
    signals: str = "found",
) -> str:
    return (
        "import numpy as np\nimport pandas as pd\n\n\n"
        "def chart_with_holes(values, last):\n"
        f"    known = {known}\n"
        f"    usual = {usual}\n"
        f"    steps = {steps}\n"
        "    if not steps:\n"
        f"        return {none}\n"
        "    centre = sum(usual) / len(usual)\n"
        f"    reach = {reach}\n"
        "    found, run, side = [], 0, 0\n"
        "    for m in known:\n"
        f"        now = {now}\n"
        f"        run = run + 1 if now and {going_on} else int(now != 0)\n"
        "        side = now\n"
        f"        if {rule}:\n"
        "            found.append(m)\n"
        f'    return {{"lower": centre - reach, "upper": centre + reach, "signals": {signals}}}\n'
    )


def _fair(
    asked: str = "answers[praise].mean(axis=1)",
    blamed: str = "answers[blame].mean(axis=1)",
    score: str = '(guests["asked"] - guests["blamed"]) / 2',
    first_of_all: str = "pass",
    before: str = "pass",
    usable: str = "guests.dropna()",
    other: str = 'guests["country"] == second',
    gaps: str = 'one["asked"].mean() - two["asked"].mean(), one["fair"].mean() - two["fair"].mean()',
    give: str = '1.96 * (one["fair"].var() / len(one) + two["fair"].var() / len(two)) ** 0.5',
    nobody: str = '{"as_asked": None, "fair": None, "give": None}',
) -> str:
    return (
        "import numpy as np\nimport pandas as pd\n\n\n"
        "def fair_gap(answers, praise, blame, first, second):\n"
        f"    {first_of_all}\n"
        "    answers = pd.DataFrame(answers)\n"
        f"    {before}\n"
        f"    guests = pd.DataFrame({{'asked': {asked}, 'blamed': {blamed}}})\n"
        "    guests['country'] = answers['country']\n"
        f"    guests = {usable}\n"
        f"    guests['fair'] = {score}\n"
        f'    one, two = guests[guests["country"] == first], guests[{other}]\n'
        "    if len(one) == 0 or len(two) == 0:\n"
        f"        return {nobody}\n"
        f"    gap, fair = {gaps}\n"
        "    if len(one) < 2 or len(two) < 2:\n"
        '        return {"as_asked": gap, "fair": fair, "give": None}\n'
        f'    return {{"as_asked": gap, "fair": fair, "give": {give}}}\n'
    )


ANSWERS: dict[str, dict[str, Any]] = {
    "m08-hotel": {
        "cell": "m08-hotel-answer",
        "right": {
            "read off": _hotel("14", "FTFT"),
            "computed": (
                'calm = int((hotel["month"] < "2025-03").sum())\n'
                'hotel_chart = monitoring.xmr(hotel, "again", time="month", baseline=calm)\n'
                'rung_in = hotel_chart.signals["month"].dt.strftime("%Y-%m").tolist()\n'
                'asked = ["2024-08", "2025-04", "2025-05", "2025-10"]\n'
                "rings = {month: month in rung_in for month in asked}\n"
            ),
            "NumPy and a Series": (
                "import numpy as np\n\n"
                'calm = np.sum(hotel["month"] < "2025-03")\n'
                'table = monitoring.xmr(hotel, "again", time="month", baseline=14).table\n'
                'rings = pd.Series(table["signal"].to_numpy(), index=table["month"].dt.strftime("%Y-%m"))\n'
                "print(rings)\n"
            ),
            "as a decimal": _hotel("14", "FTFT")
            .replace("calm = 14", "calm = 28 / 2")
            .replace("baseline=calm", "baseline=int(calm)"),
            "a loop over the table": (
                'calm = int((hotel["month"] < pd.Timestamp(2025, 3, 1)).sum())\n'
                'hotel_chart = monitoring.xmr(hotel, "again", time="month", baseline=calm)\n'
                'signal = hotel_chart.table.set_index("month")["signal"]\n'
                "rings = {}\n"
                'for month in ["2024-08", "2025-04", "2025-05", "2025-10"]:\n'
                '    rings[month] = bool(signal[month + "-01"])\n'
                "print(rings)\n"
                "hotel_chart\n"
            ),
            "the chart's own booleans": (
                'calm = len(hotel[hotel.month.dt.strftime("%Y-%m") < "2025-03"])\n'
                'found = monitoring.xmr(hotel, "again", time="month", baseline=calm).table\n'
                'months = ["2024-08", "2025-04", "2025-05", "2025-10"]\n'
                'rings = {m: found.loc[found["month"] == m, "signal"].iloc[0] for m in months}\n'
            ),
        },
        "wrong": {
            "all-months": _hotel("22", "FTFT"),
            "all-months#2": _hotel("22", "FFFF"),
            "change-among-them": _hotel("15", "FTFT"),
            "one-left-out": _hotel("13", "FTFT"),
            "year-by-habit": _hotel("12", "FTFT"),
            "months-after": _hotel("8", "FTFT"),
            "not-a-number-of-months": _hotel('"2025-02"', "FTFT"),
            "not-a-number-of-months#2": _hotel("14.5", "FTFT"),
            "not-a-number-of-months#3": _hotel('("2024-01", "2025-02")', "FTFT"),
            "not-answered": _hotel("None", "FTFT"),
            "month-against-month": _hotel("14", "TTFF"),
            "month-against-month#2": _hotel("14", "TTTF"),
            "limits-alone": _hotel("14", "FTFF"),
            "limits-from-all": _hotel("14", "FFFF"),
            "every-month-since": _hotel("14", "FTTT"),
            "run-alone": _hotel("14", "FFFT"),
            "rings-upside-down": _hotel("14", "TFTF"),
            "value": _hotel("14", "TFTT"),
            "type": _hotel("14", "FTFT").replace("True", '"yes"'),
            "shape": _hotel("14", "FTFT").replace("2024-08", "August"),
            "month-against-month#3": _hotel("14", "TTTT"),
            "value#2": _hotel("14", "TTFT"),
            "value#3": _hotel("14", "FTTF"),
        },
        "lost": {
            "all-months": 1,
            "change-among-them": 1,
            "one-left-out": 1,
            "year-by-habit": 1,
            "months-after": 1,
            "not-a-number-of-months": 1,
            "not-a-number-of-months#2": 1,
            "not-a-number-of-months#3": 1,
            "not-answered": 1,
            "month-against-month": 1,
            "month-against-month#2": 1,
            "limits-alone": 1,
            "limits-from-all": 1,
            "every-month-since": 1,
            "run-alone": 1,
            "rings-upside-down": 1,
            "value": 1,
            "type": 1,
            "shape": 1,
            "month-against-month#3": 1,
            "value#2": 1,
            "value#3": 1,
        },
    },
    "m08-depots": {
        "cell": "m08-depots-answer",
        "right": {
            "read off": _depots("ESSN"),
            "small letters": _depots("ESSN").lower(),
            "computed": (
                'counts = pd.DataFrame({"orders": [12000, 3000, 6000], "customers": [4000, 1500, 900],\n'
                '                       "complaints": [180, 84, 99], "open": [30, 17, 26]},\n'
                '                      index=["North", "East", "South"])\n'
                "depot = {\n"
                '    "process": (counts.complaints / counts.orders).idxmax(),\n'
                '    "relation": (counts.complaints / counts.customers).idxmax(),\n'
                '    "neglect": (counts["open"] / counts.complaints).idxmax(),\n'
                '    "hands": counts["open"].idxmax(),\n}\n'
            ),
            "Series": (
                'places = dict(hands="North", neglect="South", process="East", relation="South")\n'
                "depot = pd.Series(places)\n"
            ),
            "one by one": (
                'depot = {"process": None, "relation": None, "neglect": None, "hands": None}\n'
                'depot["process"] = "east"\n'
                'depot["relation"] = " South"\n'
                'depot["neglect"] = "south"\n'
                'depot["hands"] = "NORTH"\n'
            ),
        },
        "wrong": {
            "bare-count": _depots("NNSN"),
            "bare-count#2": _depots("NNNN"),
            "denominators-swapped": _depots("SESN"),
            "per-order-for-both": _depots("EESN"),
            "per-customer-for-both": _depots("SSSN"),
            "open-per-order": _depots("ESEN"),
            "open-per-order#2": _depots("ESES"),
            "open-count-for-share": _depots("ESNN"),
            "share-for-work": _depots("ESSS"),
            "share-and-count-swapped": _depots("ESNS"),
            "bare-count#3": _depots("ENSN"),
            "bare-count#4": _depots("NSSN"),
            "per-order-for-both#2": _depots("EEEE"),
            "rate-for-work": _depots("ESSE"),
            "value": _depots("ESNE"),
            "type": _depots("ESSN").replace("East", "Eastern"),
            "shape": _depots("ESSN").replace("hands", "work"),
            "not-answered": _depots("ESSN").replace('"East"', "None"),
        },
        "lost": {
            "bare-count": 1,
            "denominators-swapped": 1,
            "per-order-for-both": 1,
            "per-customer-for-both": 1,
            "open-per-order": 1,
            "open-per-order#2": 1,
            "open-count-for-share": 1,
            "share-for-work": 1,
            "share-and-count-swapped": 1,
            "bare-count#3": 1,
            "bare-count#4": 1,
            "rate-for-work": 1,
            "value": 1,
            "type": 1,
            "not-answered": 1,
        },
    },
    "m08-claims": {
        "cell": "m08-claims-answer",
        "right": {
            "rounded": _claims("379", "B"),
            "product": _claims("1000 * 0.94 * 0.70 * 0.64 * 0.90", " b "),
            "NumPy, one decimal": (
                "import numpy as np\n\n"
                "now, then = np.array([94, 70, 64, 90]) / 100, np.array([100, 75, 67, 94]) / 100\n"
                "whole = np.round(1000 * now.prod(), 1)\n"
                'project = "ABCD"[int(np.argmax(then / now))]\n'
            ),
            "helper": (
                'steps = pd.DataFrame({"step": list("ABCD"), "right": [94, 70, 64, 90], "seen": 100})\n'
                'walk = monitoring.journey(steps, step="step", passed="right", n="seen")\n'
                "whole = 1000 * walk.overall.score\nprint(walk.explain())\n"
                'project = "B"\n'
            ),
            "loop": (
                'now = {"A": 0.94, "B": 0.70, "C": 0.64, "D": 0.90}\n'
                'then = {"A": 1.00, "B": 0.75, "C": 0.67, "D": 0.94}\n'
                "whole = 1000\n"
                "for share in now.values():\n"
                "    whole = whole * share\n"
                "passing = {step: whole / now[step] * then[step] for step in now}\n"
                "print(passing)\n"
                "project = max(passing, key=passing.get)\n"
                "whole = round(whole)\n"
            ),
        },
        "wrong": {
            "mean-for-product": _claims("795", "B"),
            "weakest-alone": _claims("640", "B"),
            "failures-added": _claims("180", "B"),
            "failed-for-passed": _claims("621", "B"),
            "per-hundred": _claims("38", "B"),
            "per-hundred#2": _claims("37.9", "B"),
            "after-all-projects": _claims("472", "B"),
            "not-a-count": _claims("0.379", "B"),
            "not-a-count#2": _claims('"379"', "B"),
            "value": _claims("400", "B"),
            "most-points": _claims("379", "A"),
            "weakest-step": _claims("379", "C"),
            "last-step": _claims("379", "D"),
            "type": _claims("379", "first call"),
            "not-answered": _claims("None", "B"),
            "after-one-project": _claims("1000 * 0.94 * 0.75 * 0.64 * 0.90", "B"),
            "after-one-project#2": _claims("403", "B"),
            "value#2": _claims("1000 * (1 - 0.06 * 0.30 * 0.36 * 0.10)", "B"),
            "value#3": _claims("1000 * 0.70 * 0.64", "B"),
        },
        "lost": {
            "mean-for-product": 1,
            "weakest-alone": 1,
            "failures-added": 1,
            "failed-for-passed": 1,
            "per-hundred": 1,
            "per-hundred#2": 1,
            "after-all-projects": 1,
            "not-a-count": 1,
            "not-a-count#2": 1,
            "value": 1,
            "most-points": 1,
            "weakest-step": 1,
            "last-step": 1,
            "type": 1,
            "not-answered": 1,
            "after-one-project": 1,
            "after-one-project#2": 1,
            "value#2": 1,
            "value#3": 1,
        },
    },
    "m08-shoes": {
        "cell": "m08-shoes-answer",
        "right": {
            "repaired": _shoes("100 * (returned + exchanged) / orders"),
            "two rates": _shoes("100 * returned / orders + exchanged / orders * 100", " d"),
            "prints on the way": (
                'printed = "d"\n\n\n'
                "def old_way(returned, exchanged, orders):\n"
                "    back = sum([returned, exchanged])\n"
                '    print(f"{back} came back")\n'
                "    per_order = back / orders\n"
                "    return per_order * 100\n"
            ),
            "NumPy": (
                "import numpy as np\n\n\n"
                "def old_way(returned, exchanged, orders):\n"
                "    return np.divide(100 * np.add(returned, exchanged), orders)\n\n\n"
                'printed = "D"\n'
            ),
            "orders in hundreds": _shoes("(exchanged + returned) / (orders / 100)"),
            "a sum, a float": _shoes("float(100.0 * sum([returned, exchanged]) / orders)"),
        },
        "wrong": {
            "new-definition": _shoes("100 * returned / orders"),
            "exchanges-taken-off": _shoes("100 * (returned - exchanged) / orders"),
            "exchanges-alone": _shoes("100 * exchanged / orders"),
            "orders-without-exchanges": _shoes("100 * returned / (orders - exchanged)"),
            "share-for-rate": _shoes("(returned + exchanged) / orders"),
            "numbers-typed-in": _shoes("100 * 150 / 2500"),
            "rounded": _shoes("round(100 * (returned + exchanged) / orders, 1)"),
            "raised": _shoes("100 * (returned + swapped) / orders"),
            "value": _shoes("100 * (returned + 2 * exchanged) / orders"),
            "new-against-old": _shoes("100 * (returned + exchanged) / orders", "A"),
            "small-rise": _shoes("100 * (returned + exchanged) / orders", "B"),
            "break-ends-all": _shoes("100 * (returned + exchanged) / orders", "C"),
            "type": _shoes("100 * (returned + exchanged) / orders", "no change"),
            "not-answered": _shoes("100 * (returned + exchanged) / orders").replace('"D"', "None"),
            "orders-less-exchanges": _shoes("100 * (returned + exchanged) / (orders - exchanged)"),
            "orders-and-exchanges": _shoes("100 * (returned + exchanged) / (orders + exchanged)"),
            "brackets-forgotten": _shoes("100 * returned + exchanged / orders"),
            "hundred-for-one-part": _shoes("100 * returned / orders + exchanged / orders"),
            "rounded#2": _shoes("round(100 * (returned + exchanged) / orders)"),
            "value#2": _shoes('sum(100 * (shoes["returned"] + shoes["exchanged"]) / shoes["orders"]) / 6'),
        },
        "lost": {
            "new-definition": 1,
            "exchanges-taken-off": 1,
            "exchanges-alone": 1,
            "orders-without-exchanges": 1,
            "share-for-rate": 1,
            "numbers-typed-in": 1,
            "rounded": 1,
            "raised": 1,
            "value": 1,
            "new-against-old": 1,
            "small-rise": 1,
            "break-ends-all": 1,
            "type": 1,
            "not-answered": 1,
            "orders-less-exchanges": 1,
            "orders-and-exchanges": 1,
            "brackets-forgotten": 1,
            "hundred-for-one-part": 1,
            "rounded#2": 1,
            "value#2": 1,
        },
    },
    "m08-loop": {
        "cell": "m08-loop-answer",
        "right": {
            "filled in": _lacks("owner", "deadline", "check", "answer", "nothing"),
            "capitals, spaces": _lacks("Owner", " deadline", "CHECK", "answer ", "Nothing"),
            "Series": (
                'lacks = pd.Series(["nothing", "answer", "check", "deadline", "owner"],\n'
                '                  index=["Haiyun", "Kangda", "Donghu", "Nanshan", "Beian"])\n'
            ),
            "two lists": (
                'names = ["Beian", "Nanshan", "Donghu", "Kangda", "Haiyun"]\n'
                'lacks = dict(zip(names, ["owner", "deadline", "check", "answer", "nothing"]))\n'
            ),
        },
        "wrong": {
            "answered-is-closed": _lacks("nothing", "nothing", "check", "answer", "nothing"),
            "desk-is-owner": _lacks("nothing", "deadline", "check", "answer", "nothing"),
            "soon-is-a-date": _lacks("owner", "nothing", "check", "answer", "nothing"),
            "closed-by-us": _lacks("owner", "deadline", "nothing", "answer", "nothing"),
            "open-not-judged": _lacks("owner", "deadline", "check", "nothing", "nothing"),
            "young-as-missed": _lacks("owner", "deadline", "check", "answer", "answer"),
            "young-as-missed#2": _lacks("owner", "deadline", "check", "check", "check"),
            "last-part-first": _lacks("owner", "deadline", "check", "check", "nothing"),
            "value": _lacks("deadline", "owner", "check", "answer", "nothing"),
            "value#2": _lacks("owner", "deadline", "check", "deadline", "nothing"),
            "type": _lacks("name", "date", "check", "answer", "nothing"),
            "shape": _lacks("owner", "deadline", "check", "answer", "nothing").replace("Kangda", "Kanda"),
            "not-answered": "lacks = None\n",
            "not-answered#2": _lacks("owner", "deadline", "check", "answer", "nothing").replace(
                '"nothing"', "None"
            ),
            "value#3": _lacks("owner", "deadline", "answer", "answer", "nothing"),
            "value#4": _lacks("owner", "deadline", "check", "owner", "nothing"),
        },
        "lost": {
            "answered-is-closed": 1,
            "desk-is-owner": 1,
            "soon-is-a-date": 1,
            "closed-by-us": 1,
            "open-not-judged": 1,
            "young-as-missed": 1,
            "young-as-missed#2": 1,
            "last-part-first": 1,
            "value": 1,
            "value#2": 1,
            "type": 1,
            "not-answered#2": 1,
            "value#3": 1,
            "value#4": 1,
        },
    },
    "m08-holes": {
        "cell": "m08-holes-answer",
        "right": {
            "loop": _chart(),
            "calendar in pandas": (
                "import pandas as pd\n\n\n"
                "def chart_with_holes(values, last):\n"
                "    series = pd.Series(values, dtype=float).dropna().sort_index()\n"
                "    if len(series) == 0:\n"
                '        return {"lower": float("nan"), "upper": float("nan"), "signals": []}\n'
                "    series = series.reindex(range(min(series.index), max(series.index) + 1))\n"
                "    base = series[series.index <= last]\n"
                "    step = base.diff().abs().mean()\n"
                "    if pd.isna(step):\n"
                "        return dict(lower=step, upper=step, signals=[])\n"
                "    lower, upper = base.mean() - 2.66 * step, base.mean() + 2.66 * step\n"
                "    side = (series > base.mean()).astype(int) - (series < base.mean()).astype(int)\n"
                "    row = side.groupby((side != side.shift()).cumsum()).cumcount() + 1\n"
                "    rung = (series < lower) | (series > upper) | ((side != 0) & (row >= 8))\n"
                "    signals = series.index[rung].tolist()\n"
                '    return pd.Series({"signals": signals, "upper": upper, "lower": lower})\n'
            ),
            "NumPy": (
                "import numpy as np\n\n\n"
                "def chart_with_holes(values, last):\n"
                "    months = np.arange(1, max(list(values) + [last]) + 1)\n"
                "    data = np.array([values.get(int(m), np.nan) for m in months], dtype=float)\n"
                "    base = data[:last]\n"
                "    steps = np.abs(base[1:] - base[:-1])\n"
                "    steps = steps[~np.isnan(steps)]\n"
                "    if steps.size == 0:\n"
                '        return {"lower": None, "upper": None, "signals": ()}\n'
                "    centre, reach = np.nanmean(base), 2.66 * np.mean(steps)\n"
                "    side = np.nan_to_num(np.sign(data - centre))\n"
                "    rung = np.abs(data - centre) > reach\n"
                "    for i in range(7, len(data)):\n"
                "        if abs(side[i - 7 : i + 1].sum()) == 8:\n"
                "            rung[i] = True\n"
                '    return {"lower": centre - reach, "upper": centre + reach, "signals": months[rung]}\n'
            ),
            "in place on a copy": (
                "def chart_with_holes(values, last):\n"
                "    copy = dict(values)\n"
                "    for month in list(copy):\n"
                "        if pd.isna(copy[month]):\n"
                "            del copy[month]\n"
                "    before = [month for month in copy if month <= last]\n"
                "    steps = []\n"
                "    for month in before:\n"
                "        if month + 1 in before:\n"
                "            steps.append(abs(copy[month + 1] - copy[month]))\n"
                '    print(len(steps), "steps")\n'
                "    if len(steps) == 0:\n"
                '        return {"lower": None, "upper": None, "signals": []}\n'
                "    centre = sum(copy[month] for month in before) / len(before)\n"
                "    mean_step = sum(steps) / len(steps)\n"
                "    lower, upper = centre - 2.66 * mean_step, centre + 2.66 * mean_step\n"
                "    signals = []\n"
                "    for month in sorted(copy):\n"
                "        eight = [copy.get(month - back, centre) for back in range(8)]\n"
                "        above = all(value > centre for value in eight)\n"
                "        below = all(value < centre for value in eight)\n"
                "        if copy[month] < lower or copy[month] > upper or above or below:\n"
                "            signals.append(month)\n"
                "    return dict(lower=lower, upper=upper, signals=signals)\n"
            ),
            "the course's chart, the rest by hand": (
                "def chart_with_holes(values, last):\n"
                "    there = {m: v for m, v in values.items() if not pd.isna(v)}\n"
                "    base = [m for m in there if m <= last]\n"
                "    steps = [abs(there[m] - there[m - 1]) for m in base if m - 1 in there]\n"
                "    if not steps:\n"
                '        return {"lower": None, "upper": None, "signals": []}\n'
                "    if sum(steps) == 0 or len(base) < 5:\n"
                "        centre = sum(there[m] for m in base) / len(base)\n"
                "        reach = 2.66 * sum(steps) / len(steps)\n"
                "        out = [m for m in sorted(there) if abs(there[m] - centre) > reach]\n"
                '        return {"lower": centre - reach, "upper": centre + reach, "signals": out}\n'
                "    months = list(range(1, max(list(there) + [last]) + 1))\n"
                '    frame = pd.DataFrame({"month": months, "value": [there.get(m) for m in months]})\n'
                '    found = monitoring.xmr(frame, "value", time="month", baseline=(1, last))\n'
                "    ends = found.table.iloc[0]\n"
                '    signals = found.signals["month"]\n'
                '    return {"lower": ends["lower"], "upper": ends["upper"], "signals": signals}\n'
            ),
            "looks back seven months": (
                "import math\n"
                "\n"
                "\n"
                "def chart_with_holes(values, last):\n"
                "    copy = dict(values)\n"
                "    for month in list(copy):\n"
                "        if copy[month] is None or math.isnan(copy[month]):\n"
                "            del copy[month]\n"
                "    up_to = [month for month in copy if month <= last]\n"
                "    steps = []\n"
                "    for month in up_to:\n"
                "        if month + 1 in up_to:\n"
                "            steps.append(abs(copy[month + 1] - copy[month]))\n"
                '    result = {"lower": None, "upper": None, "signals": []}\n'
                "    if not steps:\n"
                "        return result\n"
                "    centre = sum(copy[month] for month in up_to) / len(up_to)\n"
                "    mean_step = sum(steps) / len(steps)\n"
                '    result["lower"] = centre - 2.66 * mean_step\n'
                '    result["upper"] = centre + 2.66 * mean_step\n'
                '    print("centre", centre, "step", mean_step)\n'
                "    for month in copy:\n"
                "        eight = [copy.get(month - back) for back in range(8)]\n"
                "        row = None not in eight and (min(eight) > centre or max(eight) < centre)\n"
                '        if not result["lower"] <= copy[month] <= result["upper"] or row:\n'
                '            result["signals"].append(month)\n'
                '    result["signals"].sort()\n'
                "    return result\n"
            ),
            "merge, statistics": (
                "from statistics import mean\n"
                "\n"
                "\n"
                "def chart_with_holes(values, last):\n"
                '    table = pd.DataFrame(list(values.items()), columns=["month", "value"])\n'
                '    table = table.dropna().sort_values("month")\n'
                '    base = table[table["month"] <= last]\n'
                '    after = base.assign(month=base["month"] + 1)\n'
                '    pairs = base.merge(after, on="month", suffixes=("", "_before"))\n'
                '    steps = [abs(a - b) for a, b in zip(pairs["value"], pairs["value_before"])]\n'
                "    if len(steps) < 1:\n"
                '        return {"lower": float("nan"), "upper": float("nan"), "signals": []}\n'
                '    middle = mean(base["value"].tolist())\n'
                "    half = 2.66 * mean(steps)\n"
                "    found = set()\n"
                "    run = []\n"
                "    for month, value in table.itertuples(index=False):\n"
                "        if abs(value - middle) > half:\n"
                "            found.add(int(month))\n"
                "        if value == middle:\n"
                "            run = []\n"
                "            continue\n"
                "        if run and (run[-1][0] != month - 1 or (run[-1][1] > middle) != (value > middle)):\n"
                "            run = []\n"
                "        run.append((month, value))\n"
                "        if len(run) >= 8:\n"
                "            found.add(int(month))\n"
                '    return {"signals": sorted(found), "upper": middle + half, "lower": middle - half}\n'
            ),
            "rows put in for the course's chart": (
                "from csmodels_helpers.errors import CourseError\n"
                "\n"
                "\n"
                "def by_hand(values, last):\n"
                "    known = {m: values[m] for m in sorted(values) if not pd.isna(values[m])}\n"
                "    base = {month: value for month, value in known.items() if month <= last}\n"
                "    steps = [abs(base[month] - base[month - 1]) for month in base if month - 1 in base]\n"
                "    if len(steps) == 0:\n"
                '        return {"lower": None, "upper": None, "signals": []}\n'
                "    centre = sum(base.values()) / len(base)\n"
                "    width = 2.66 * sum(steps) / len(steps)\n"
                "    lower = centre - width\n"
                "    upper = centre + width\n"
                "    signals = []\n"
                "    before = None\n"
                "    side = 0\n"
                "    length = 0\n"
                "    for month, value in known.items():\n"
                "        new_side = 1 if value > centre else -1 if value < centre else 0\n"
                "        if new_side != 0 and new_side == side and month - 1 == before:\n"
                "            length += 1\n"
                "        else:\n"
                "            length = 1 if new_side != 0 else 0\n"
                "        side = new_side\n"
                "        before = month\n"
                "        if value < lower or value > upper or length >= 8:\n"
                "            signals.append(month)\n"
                '    return {"lower": lower, "upper": upper, "signals": signals}\n'
                "\n"
                "\n"
                "def chart_with_holes(values, last):\n"
                "    known = {month: float(value) for month, value in values.items() if not pd.isna(value)}\n"
                "    base = [month for month in known if month <= last]\n"
                "    if not base:\n"
                '        return {"lower": None, "upper": None, "signals": []}\n'
                '    table = pd.DataFrame({"month": range(min(known), max(known) + 1)})\n'
                '    table["value"] = table["month"].map(known)\n'
                "    if not any(month - 1 in base for month in base):\n"
                "        return by_hand(values, last)\n"
                "    try:\n"
                '        chart = monitoring.xmr(table, "value", time="month", baseline=(min(base), last))\n'
                "        chart = chart.table\n"
                "    except CourseError:  # fewer than five points, or no variation\n"
                "        return by_hand(values, last)\n"
                "    return {\n"
                '        "lower": chart["lower"].iloc[0],\n'
                '        "upper": chart["upper"].iloc[0],\n'
                '        "signals": chart.loc[chart["signal"], "month"].tolist(),\n'
                "    }\n"
            ),
        },
        "wrong": {
            "step-across-hole": _chart(steps="[abs(b - a) for a, b in zip(usual, usual[1:])]"),
            "step-across-hole#2": (
                "def chart_with_holes(values, last):\n"
                "    rows = [(m, v) for m, v in sorted(values.items()) if not pd.isna(v)]\n"
                '    frame = pd.DataFrame(rows, columns=["month", "value"])\n'
                '    found = monitoring.xmr(frame, "value", time="month", baseline=(1, last))\n'
                "    ends = found.table.iloc[0]\n"
                '    signals = found.signals["month"].tolist()\n'
                '    return {"lower": ends["lower"], "upper": ends["upper"], "signals": signals}\n'
            ),
            "all-months-for-limits": _chart(
                usual="list(known.values())",
                steps="[abs(known[m] - known[m - 1]) for m in known if m - 1 in known]",
            ),
            "missing-as-zero": _chart(
                known="{m: 0 if pd.isna(values[m]) else values[m] for m in sorted(values)}"
            ),
            "missing-as-zero#2": _chart(
                known="{m: values.get(m) or 0 for m in range(1, max(values, default=0) + 1)}"
            ),
            "divided-by-months": _chart(reach="2.66 * sum(steps) / len(usual)"),
            "divided-by-one-less": _chart(reach="2.66 * sum(steps) / (len(usual) - 1)"),
            "signed-steps": _chart(
                steps="[known[m] - known[m - 1] for m in known if m <= last and m - 1 in known]"
            ),
            "standard-deviation": _chart(reach="3 * pd.Series(usual).std()"),
            "standard-deviation#2": _chart(reach="3 * np.std(usual)"),
            "three-for-factor": _chart(reach="3 * sum(steps) / len(steps)"),
            "median-step": _chart(reach="2.66 * np.median(steps)"),
            "step-out-of-baseline": _chart(
                steps="[abs(known[m] - known[m - 1]) for m in known if m - 1 <= last and m - 1 in known]"
            ),
            "last-left-out": _chart(
                usual="[known[m] for m in known if m < last]",
                steps="[abs(known[m] - known[m - 1]) for m in known if m < last and m - 1 in known]",
            ),
            "limits-not-numbers": _chart().replace("centre - reach, ", 'f"{centre - reach:.2f}", '),
            "numbers-typed-in": _chart()
            .replace("centre - reach, ", "34.355, ")
            .replace("centre + reach, ", "51.645, "),
            "limits-alone": _chart(rule="abs(known[m] - centre) > reach"),
            "marked-from-first": _chart(
                rule="abs(known[m] - centre) > reach or run >= 8",
                signals="sorted({n for m in found for n in range(m - 7, m + 1)\n"
                "        if n == m or all((known.get(k, centre) - centre) * (known[m] - centre) > 0\n"
                "                         for k in range(m - 7, m + 1))})",
            ),
            "eighth-alone": _chart(rule="abs(known[m] - centre) > reach or run == 8"),
            "seven-for-eight": _chart(rule="abs(known[m] - centre) > reach or run >= 7"),
            "nine-for-eight": _chart(rule="abs(known[m] - centre) > reach or run > 8"),
            "run-across-hole": _chart(going_on="now == side"),
            "centre-goes-on": _chart(now="1 if known[m] >= centre else -1"),
            "baseline-not-judged": _chart(rule="m > last and (abs(known[m] - centre) > reach or run >= 8)"),
            "run-starts-after-last": _chart(going_on="now == side and m - 1 in known and m - 1 != last"),
            "order-of-entries": _chart(known="{m: values[m] for m in values if not pd.isna(values[m])}"),
            "order-of-entries#2": (
                "def chart_with_holes(values, last):\n"
                "    known = {m: v for m, v in values.items() if not pd.isna(v)}\n"
                "    base = [m for m in known if m <= last]\n"
                "    steps = [abs(known[b] - known[a]) for a, b in zip(base, base[1:]) if b - a == 1]\n"
                "    if not steps:\n"
                '        return {"lower": None, "upper": None, "signals": []}\n'
                "    centre = sum(known[m] for m in base) / len(base)\n"
                "    reach = 2.66 * sum(steps) / len(steps)\n"
                "    signals, eight = [], []\n"
                "    for m in sorted(known):\n"
                "        now = (known[m] > centre) - (known[m] < centre)\n"
                "        eight = eight + [m] if eight and eight[-1] == m - 1 and now == side else [m]\n"
                "        side = now\n"
                "        if abs(known[m] - centre) > reach or (now and len(eight) >= 8):\n"
                "            signals.append(m)\n"
                '    return {"lower": centre - reach, "upper": centre + reach, "signals": signals}\n'
            ),
            "none-for-dictionary": _chart(none="None"),
            "zero-for-no-step": _chart(reach="2.66 * sum(steps) / max(len(steps), 1)").replace(
                "if not steps:", "if not usual:"
            ),
            "only-none-is-missing": _chart(
                known="{m: values[m] for m in sorted(values) if values[m] is not None}"
            ),
            "signals-without-limits": _chart(
                reach='2.66 * sum(steps) / len(steps) if steps else float("nan")'
            ).replace("if not steps:", "if not usual:"),
            "on-limit-rings": _chart(rule="abs(known[m] - centre) >= reach or run >= 8"),
            "no-limits-without-variation": _chart().replace("if not steps:", "if not any(steps):"),
            "raised": _chart().replace("if not steps:", "if not usual:"),
            "changed": (
                "def chart_with_holes(values, last):\n"
                "    for month in [m for m in values if pd.isna(values[m])]:\n"
                "        values.pop(month)\n"
                "    base = [m for m in values if m <= last]\n"
                "    steps = [abs(values[m] - values[m - 1]) for m in base if m - 1 in values]\n"
                "    if not steps:\n"
                '        return {"lower": None, "upper": None, "signals": []}\n'
                "    centre = sum(values[m] for m in base) / len(base)\n"
                "    reach = 2.66 * sum(steps) / len(steps)\n"
                "    outside = [m for m in sorted(values) if abs(values[m] - centre) > reach]\n"
                '    return {"lower": centre - reach, "upper": centre + reach, "signals": outside}\n'
            ),
            "not-answered": "def chart_with_holes(values, last):\n    pass\n",
            "step-out-of-baseline#2": _chart(
                steps="[abs(known[m + 1] - known[m]) for m in known if m <= last and m + 1 in known]"
            ),
            "steps-after-last": _chart(
                steps="usual and [abs(known[m] - known[m - 1]) for m in known if m - 1 in known]"
            ),
            "last-counts-entries": _chart(
                usual="list(known.values())[:last]",
                steps="[abs(known[m] - known[m - 1]) for m in list(known)[:last] if m - 1 in known]",
            ),
            "holes-filled": _chart(
                known="{m: values[m] for m in values if not pd.isna(values[m])}\n"
                "    months = range(min(known, default=1), max(known, default=1) + 1)\n"
                "    known = pd.Series(known, dtype=float).reindex(months).interpolate().dropna().to_dict()"
            ),
            "holes-filled#2": _chart(
                known="{m: values[m] for m in values if not pd.isna(values[m])}\n"
                "    months = range(min(known, default=1), max(known, default=1) + 1)\n"
                "    known = pd.Series(known, dtype=float).reindex(months).ffill().dropna().to_dict()"
            ),
            "order-of-entries#3": _chart(signals="[m for m in values if m in found]"),
            "centre-passed-over": _chart(going_on="now == side and m - 1 in known").replace(
                "        run = run + 1",
                "        if now == 0:\n            continue\n        run = run + 1",
            ),
            "runs-after-last-alone": _chart(going_on="now == side and m - 1 in known and m - 1 > last"),
            "outside-ends-run": _chart(rule="abs(known[m] - centre) > reach or run >= 8").replace(
                "            found.append(m)\n",
                "            found.append(m)\n        if abs(known[m] - centre) > reach:\n"
                "            run = 0\n",
            ),
            "upper-limit-alone": _chart(rule="known[m] - centre > reach or run >= 8"),
            "eighth-alone#2": _chart().replace(
                "            found.append(m)\n", "            found.append(m)\n            run = 0\n"
            ),
            "zero-as-missing": _chart(
                known="{m: values[m] for m in sorted(values) if values[m] and not pd.isna(values[m])}"
            ),
            "cut-at-zero": _chart().replace("centre - reach, ", "max(centre - reach, 0), "),
            "more-months-wanted": _chart().replace("if not steps:", "if len(usual) < 5 or not steps:"),
            "no-limits-without-variation#2": _chart(
                steps="[abs(known[m] - known[m - 1]) for m in known if m <= last and m - 1 in known\n"
                "             and known[m] != known[m - 1]]"
            ),
            "value": _chart(reach="round(2.66 * sum(steps) / len(steps), 1)"),
            "value#2": _chart().replace("sum(usual) / len(usual)", "(min(usual) + max(usual)) / 2"),
            "value#3": _chart(
                usual="[known[m] for m in known if m <= last and (m - 1 in known or m + 1 in known)]"
            ),
            "centre-goes-on#2": _chart(now="1 if known[m] > centre else -1"),
            "lower-limit-alone": _chart(rule="centre - known[m] > reach or run >= 8"),
            "positions-for-months": _chart(signals="[n for n, m in enumerate(known, 1) if m in found]"),
        },
        "lost": {
            "step-across-hole": 2,
            "missing-as-zero": 3,
            "divided-by-months": 2,
            "divided-by-one-less": 2,
            "standard-deviation": 2,
            "standard-deviation#2": 2,
            "three-for-factor": 2,
            "median-step": 2,
            "step-out-of-baseline": 2,
            "last-left-out": 2,
            "limits-not-numbers": 3,
            "numbers-typed-in": 2,
            "all-months-for-limits": 3,
            "limits-alone": 1,
            "marked-from-first": 1,
            "eighth-alone": 1,
            "seven-for-eight": 1,
            "nine-for-eight": 1,
            "run-across-hole": 1,
            "centre-goes-on": 1,
            "baseline-not-judged": 1,
            "run-starts-after-last": 1,
            "order-of-entries": 1,
            "order-of-entries#2": 1,
            "none-for-dictionary": 1,
            "zero-for-no-step": 1,
            "only-none-is-missing": 1,
            "signals-without-limits": 1,
            "on-limit-rings": 1,
            "no-limits-without-variation": 1,
            "raised": 1,
            "step-out-of-baseline#2": 2,
            "steps-after-last": 3,
            "last-counts-entries": 3,
            "order-of-entries#3": 1,
            "centre-passed-over": 1,
            "runs-after-last-alone": 1,
            "outside-ends-run": 1,
            "upper-limit-alone": 2,
            "eighth-alone#2": 1,
            "zero-as-missing": 1,
            "cut-at-zero": 1,
            "more-months-wanted": 1,
            "no-limits-without-variation#2": 1,
            "value": 2,
            "value#2": 2,
            "value#3": 2,
            "centre-goes-on#2": 1,
            "lower-limit-alone": 2,
            "positions-for-months": 2,
        },
    },
    "m08-fair": {
        "cell": "m08-fair-answer",
        "right": {
            "columns": _fair(),
            "loop": (
                "import math\n\n\n"
                "def fair_gap(answers, praise, blame, first, second):\n"
                "    scores = {first: [], second: []}\n"
                "    for _, guest in pd.DataFrame(answers).iterrows():\n"
                "        p = [guest[item] for item in praise if not pd.isna(guest[item])]\n"
                "        b = [guest[item] for item in blame if not pd.isna(guest[item])]\n"
                '        if p and b and guest["country"] in scores:\n'
                '            scores[guest["country"]].append((sum(p) / len(p), sum(b) / len(b)))\n'
                "    if not scores[first] or not scores[second]:\n"
                '        return {"as_asked": None, "fair": None, "give": None}\n'
                "    means, fairs, parts = [], [], []\n"
                "    for country in (first, second):\n"
                "        n = len(scores[country])\n"
                "        f = [(p - b) / 2 for p, b in scores[country]]\n"
                "        means.append(sum(p for p, b in scores[country]) / n)\n"
                "        fairs.append(sum(f) / n)\n"
                "        if n > 1:\n"
                "            parts.append(sum((x - fairs[-1]) ** 2 for x in f) / (n - 1) / n)\n"
                "    give = 1.96 * math.sqrt(sum(parts)) if len(parts) == 2 else None\n"
                '    return {"as_asked": means[0] - means[1], "fair": fairs[0] - fairs[1], "give": give}\n'
            ),
            "groupby": (
                "def fair_gap(answers, praise, blame, first, second):\n"
                "    table = pd.DataFrame(answers)\n"
                '    table["p_"] = table[praise].mean(axis=1)\n'
                '    table["f_"] = (table["p_"] - table[blame].mean(axis=1)) / 2\n'
                '    table = table.dropna(subset=["f_"])\n'
                '    by = table.groupby("country").agg(p=("p_", "mean"), f=("f_", "mean"),\n'
                '                                      v=("f_", "var"), n=("f_", "size"))\n'
                "    if first not in by.index or second not in by.index:\n"
                '        return pd.Series({"as_asked": None, "fair": None, "give": None}, dtype=float)\n'
                "    a, b = by.loc[first], by.loc[second]\n"
                '    give = 1.96 * (a["v"] / a["n"] + b["v"] / b["n"]) ** 0.5\n'
                '    return pd.Series({"as_asked": a["p"] - b["p"], "fair": a["f"] - b["f"], "give": give})\n'
            ),
            "NumPy, turned round on the scale": (
                "import numpy as np\n\n\n"
                "def fair_gap(answers, praise, blame, first, second):\n"
                "    answers = pd.DataFrame(answers)\n"
                "    p = np.nanmean(answers[praise].to_numpy(dtype=float), axis=1)\n"
                "    b = 6 - np.nanmean(answers[blame].to_numpy(dtype=float), axis=1)\n"
                "    f = (p + b) / 2\n"
                "    land = answers['country'].to_numpy()\n"
                "    one, two = (~np.isnan(f) & (land == name) for name in (first, second))\n"
                "    print(one.sum(), two.sum())\n"
                "    if not one.any() or not two.any():\n"
                "        return dict(as_asked=np.nan, fair=np.nan, give=np.nan)\n"
                "    give = 1.959964 * np.sqrt(np.var(f[one], ddof=1) / one.sum()\n"
                "                              + np.var(f[two], ddof=1) / two.sum())\n"
                "    return dict(as_asked=p[one].mean() - p[two].mean(),\n"
                "                fair=f[one].mean() - f[two].mean(), give=give)\n"
            ),
            "plain Python": (
                "from statistics import mean, variance\n"
                "\n"
                "\n"
                "def fair_gap(answers, praise, blame, first, second):\n"
                "    by = {first: [], second: []}\n"
                '    for n, land in enumerate(answers["country"]):\n'
                "        p = [answers[item][n] for item in praise if not pd.isna(answers[item][n])]\n"
                "        b = [answers[item][n] for item in blame if not pd.isna(answers[item][n])]\n"
                "        if land in by and p and b:\n"
                "            by[land].append((mean(p), (mean(p) - mean(b)) / 2))\n"
                "    one, two = by[first], by[second]\n"
                "    if not (one and two):\n"
                '        return dict.fromkeys(["as_asked", "fair", "give"])\n'
                "    found = {}\n"
                '    for key, name in enumerate(["as_asked", "fair"]):\n'
                "        found[name] = mean(g[key] for g in one) - mean(g[key] for g in two)\n"
                '    found["give"] = None\n'
                "    if len(one) > 1 and len(two) > 1:\n"
                "        parts = [variance([f for _, f in each]) / len(each) for each in (one, two)]\n"
                '        found["give"] = 1.96 * sum(parts) ** 0.5\n'
                "    return found\n"
            ),
            "sums and counts, reindexed": (
                "def fair_gap(answers, praise, blame, first, second):\n"
                "    answers = pd.DataFrame(answers)\n"
                "    P = answers[praise].sum(axis=1) / answers[praise].notna().sum(axis=1)\n"
                "    B = answers[blame].sum(axis=1) / answers[blame].notna().sum(axis=1)\n"
                "    both = P.notna() & B.notna()\n"
                "    F = (P - B) / 2\n"
                '    p = P[both].groupby(answers["country"]).mean().reindex([first, second])\n'
                '    f = F[both].groupby(answers["country"]).agg(["mean", "var", "count"])\n'
                "    f = f.reindex([first, second])\n"
                "    return {\n"
                '        "as_asked": p[first] - p[second],\n'
                '        "fair": f.loc[first, "mean"] - f.loc[second, "mean"],\n'
                '        "give": 1.96 * (f["var"] / f["count"]).sum(skipna=False) ** 0.5,\n'
                "    }\n"
            ),
            "the half left for the end": (
                "import warnings\n"
                "\n"
                "import numpy as np\n"
                "\n"
                "\n"
                "def fair_gap(answers, praise, blame, first, second):\n"
                "    answers = pd.DataFrame(answers)\n"
                "    with warnings.catch_warnings():\n"
                '        warnings.simplefilter("ignore")\n'
                "        p = np.nanmean(answers[praise].to_numpy(dtype=float), axis=1)\n"
                "        b = np.nanmean(answers[blame].to_numpy(dtype=float), axis=1)\n"
                '    country = answers["country"].to_numpy()\n'
                "    keep = ~np.isnan(p) & ~np.isnan(b)\n"
                "    one, two = keep & (country == first), keep & (country == second)\n"
                "    n1, n2 = one.sum(), two.sum()\n"
                "    if min(n1, n2) == 0:\n"
                "        return dict(as_asked=None, fair=None, give=None)\n"
                "    d = p - b\n"
                "    give = None\n"
                "    if min(n1, n2) > 1:\n"
                "        give = 0.98 * np.sqrt(np.var(d[one], ddof=1) / n1 + np.var(d[two], ddof=1) / n2)\n"
                "    fair = (d[one].mean() - d[two].mean()) / 2\n"
                "    return dict(as_asked=p[one].mean() - p[two].mean(), fair=fair, give=give)\n"
            ),
            "in place on a copy, blame turned": (
                "def fair_gap(answers, praise, blame, first, second):\n"
                "    answers = pd.DataFrame(answers)\n"
                "    work = answers.copy()\n"
                "    for item in blame:\n"
                "        work[item] = 6 - work[item]\n"
                '    work["praise_mean"] = work[praise].mean(axis=1)\n'
                '    work["turned_mean"] = work[blame].mean(axis=1)\n'
                '    work.dropna(subset=["praise_mean", "turned_mean"], inplace=True)\n'
                '    work["score"] = (work["praise_mean"] + work["turned_mean"]) / 2\n'
                "    print(work)\n"
                '    a = work.loc[work["country"] == first]\n'
                '    b = work.loc[work["country"] == second]\n'
                '    as_asked = a["praise_mean"].mean() - b["praise_mean"].mean()\n'
                '    fair = a["score"].mean() - b["score"].mean()\n'
                '    give = 1.96 * (a["score"].sem() ** 2 + b["score"].sem() ** 2) ** 0.5\n'
                '    return {"as_asked": as_asked, "fair": fair, "give": give}\n'
            ),
            "long table": (
                "def fair_gap(answers, praise, blame, first, second):\n"
                "    answers = pd.DataFrame(answers)\n"
                '    long = answers.reset_index(names="guest")\n'
                '    long = long.melt(id_vars=["guest", "country"], value_vars=praise + blame)\n'
                '    long = long.dropna(subset=["value"])\n'
                '    long["half"] = ["P" if item in praise else "B" for item in long["variable"]]\n'
                '    means = long.groupby(["country", "guest", "half"])["value"].mean().unstack("half")\n'
                '    means = means.reindex(columns=["P", "B"]).dropna()\n'
                '    means["F"] = (means["P"] - means["B"]) / 2\n'
                '    countries = set(means.index.get_level_values("country"))\n'
                "    if first not in countries or second not in countries:\n"
                '        return pd.Series({"as_asked": None, "fair": None, "give": None}, dtype=float)\n'
                "    one, two = means.loc[first], means.loc[second]\n"
                '    give = 1.96 * (one["F"].var() / len(one) + two["F"].var() / len(two)) ** 0.5\n'
                '    asked, fair = one["P"].mean() - two["P"].mean(), one["F"].mean() - two["F"].mean()\n'
                '    return pd.Series({"as_asked": asked, "fair": fair, "give": give})\n'
            ),
            "a function for each country": (
                "def moments(answers, praise, blame, country):\n"
                '    rows = answers.query("country == @country")\n'
                "    rows = rows[rows[praise].notna().any(axis=1) & rows[blame].notna().any(axis=1)]\n"
                '    P = rows[praise].mean(axis="columns")\n'
                '    F = P / 2 - rows[blame].mean(axis="columns") / 2\n'
                "    return len(rows), P.mean(), F.mean(), F.var(ddof=1)\n"
                "\n"
                "\n"
                "def fair_gap(answers, praise, blame, first, second):\n"
                "    answers = pd.DataFrame(answers)\n"
                "    n1, p1, f1, v1 = moments(answers, praise, blame, first)\n"
                "    n2, p2, f2, v2 = moments(answers, praise, blame, second)\n"
                "    if n1 < 1 or n2 < 1:\n"
                '        return {"as_asked": None, "fair": None, "give": None}\n'
                "    give = None if n1 < 2 or n2 < 2 else 1.96 * (v1 / n1 + v2 / n2) ** 0.5\n"
                '    return {"as_asked": p1 - p2, "fair": f1 - f2, "give": give}\n'
            ),
        },
        "wrong": {
            "turned-round": _fair(
                gaps='two["asked"].mean() - one["asked"].mean(), two["fair"].mean() - one["fair"].mean()'
            ),
            "whole-rows-only": _fair(before="answers = answers.dropna()"),
            "whole-rows-only#2": _fair(before="answers = answers.dropna(subset=praise + blame)"),
            "skipped-as-zero": _fair(
                asked="answers[praise].fillna(0).mean(axis=1)", blamed="answers[blame].fillna(0).mean(axis=1)"
            ),
            "skipped-as-middle": _fair(
                asked="answers[praise].fillna(3).mean(axis=1)", blamed="answers[blame].fillna(3).mean(axis=1)"
            ),
            "answers-for-guests": _fair(
                before="def all_of(rows, items): return np.nanmean(answers.loc[rows.index, items])",
                gaps="all_of(one, praise) - all_of(two, praise), (all_of(one, praise) - all_of(one, blame)"
                " - all_of(two, praise) + all_of(two, blame)) / 2",
            ),
            "one-sided-kept": _fair(
                usable="guests",
                gaps='one["asked"].mean() - two["asked"].mean(), (one["asked"].mean() - one["blamed"].mean()'
                ' - two["asked"].mean() + two["blamed"].mean()) / 2',
                give='1.96 * (one["fair"].var() / one["fair"].count()'
                ' + two["fair"].var() / two["fair"].count()) ** 0.5',
            ),
            "one-sided-kept#2": _fair(
                usable="guests",
                give='1.96 * (one["fair"].var() / one["fair"].count()'
                ' + two["fair"].var() / two["fair"].count()) ** 0.5',
            ),
            "praise-alone": _fair(score='guests["asked"]'),
            "blame-not-turned": _fair(score='(guests["asked"] + guests["blamed"]) / 2'),
            "items-pooled": _fair(
                score="pd.concat([answers[praise], 6 - answers[blame]], axis=1).mean(axis=1)"
            ),
            "half-forgotten": _fair(score='guests["asked"] - guests["blamed"]'),
            "n-for-n-minus-one": _fair(
                give='1.96 * (np.var(one["fair"]) / len(one) + np.var(two["fair"]) / len(two)) ** 0.5'
            ),
            "one-standard-error": _fair(
                give='(one["fair"].var() / len(one) + two["fair"].var() / len(two)) ** 0.5'
            ),
            "spread-of-guests": _fair(give='1.96 * (one["fair"].var() + two["fair"].var()) ** 0.5'),
            "spread-of-praise": _fair(
                give='1.96 * (one["asked"].var() / len(one) + two["asked"].var() / len(two)) ** 0.5'
            ),
            "widths-added": _fair(
                give='1.96 * (one["fair"].std() / len(one) ** 0.5 + two["fair"].std() / len(two) ** 0.5)'
            ),
            "sd-for-variance": _fair(
                give='1.96 * (one["fair"].std() / len(one) + two["fair"].std() / len(two)) ** 0.5'
            ),
            "rows-for-guests": _fair(
                give='1.96 * (one["fair"].var() / (answers["country"] == first).sum()'
                ' + two["fair"].var() / (answers["country"] == second).sum()) ** 0.5'
            ),
            "variance-of-all": _fair(
                give='1.96 * (pd.concat([one, two])["fair"].var() * (1 / len(one) + 1 / len(two))) ** 0.5'
            ),
            "numbers-typed-in": _fair(gaps="1.15, -7 / 30"),
            "none-for-dictionary": _fair(nobody="None"),
            "zero-for-nobody": _fair(nobody='{"as_asked": 0, "fair": 0, "give": 0}'),
            "all-others": _fair(other='guests["country"] != first'),
            "give-of-one-guest": _fair(
                give='1.96 * (one["fair"].var() / len(one) + two["fair"].var() / len(two)) ** 0.5'
            ).replace('"give": None}\n    return', '"give": 0.0}\n    return'),
            "nothing-for-one-guest": _fair().replace(
                "if len(one) == 0 or len(two) == 0", "if len(one) < 2 or len(two) < 2"
            ),
            "gaps-not-numbers": _fair().replace(
                '"fair": fair, "give": 1.96', '"fair": f"{fair:.4f}", "give": 1.96'
            ),
            "changed": _fair(first_of_all='answers["P"] = pd.DataFrame(answers)[praise].mean(axis=1)'),
            "not-answered": "def fair_gap(answers, praise, blame, first, second):\n    pass\n",
            "one-sided-kept#3": _fair(
                usable='guests[guests["asked"].notna() | guests["blamed"].notna()]',
                give='1.96 * (one["fair"].var() / len(one) + two["fair"].var() / len(two)) ** 0.5',
            ),
            "divided-by-all-items": _fair(
                asked="answers[praise].sum(axis=1, min_count=1) / len(praise)",
                blamed="answers[blame].sum(axis=1, min_count=1) / len(blame)",
            ),
            "filled-with-item-mean": _fair(
                before="answers = answers.fillna(answers[praise + blame].mean())",
            ),
            "mean-of-item-means": _fair(
                before="def by_item(rows): return answers.loc[rows.index, praise].mean().mean()",
                gaps='by_item(one) - by_item(two), one["fair"].mean() - two["fair"].mean()',
            ),
            "brackets-forgotten": _fair(score='guests["asked"] - guests["blamed"] / 2'),
            "ratio-for-difference": _fair(score='guests["asked"] / guests["blamed"]'),
            "blame-not-turned#2": _fair(blamed="(6 - answers[blame]).mean(axis=1)"),
            "turned-round#2": _fair(
                gaps='one["asked"].mean() - two["asked"].mean(), abs(one["fair"].mean() - two["fair"].mean())'
            ),
            "turned-round#3": _fair(first_of_all="first, second = sorted([first, second])"),
            "median-for-mean": _fair(
                gaps='one["asked"].mean() - two["asked"].mean(), one["fair"].median() - two["fair"].median()'
            ),
            "pooled-variance": _fair(
                give='1.96 * (((len(one) - 1) * one["fair"].var() + (len(two) - 1) * two["fair"].var())'
                " / (len(one) + len(two) - 2) * (1 / len(one) + 1 / len(two))) ** 0.5"
            ),
            "factor-under-root": _fair(
                give='(1.96 * (one["fair"].var() / len(one) + two["fair"].var() / len(two))) ** 0.5'
            ),
            "answers-for-n": _fair(
                before="def n(rows): return answers.loc[rows.index, praise + blame].notna().sum().sum()",
                give='1.96 * (one["fair"].var() / n(one) + two["fair"].var() / n(two)) ** 0.5',
            ),
            "whole-width": _fair(
                give='2 * 1.96 * (one["fair"].var() / len(one) + two["fair"].var() / len(two)) ** 0.5'
            ),
            "nobody-as-mean-zero": _fair(
                gaps='one["asked"].sum() / max(len(one), 1) - two["asked"].sum() / max(len(two), 1),'
                ' one["fair"].sum() / max(len(one), 1) - two["fair"].sum() / max(len(two), 1)'
            ).replace("if len(one) == 0 or len(two) == 0:", "if len(guests) == 0:"),
            "no-margin-without-variance": _fair().replace(
                "if len(one) < 2 or len(two) < 2:",
                'if not (one["fair"].var() > 0 and two["fair"].var() > 0):',
            ),
            "value": _fair(give='1.96 * ((one["fair"].var() + two["fair"].var()) / len(guests)) ** 0.5'),
            "nothing-for-one-guest#2": _fair().replace("if len(one) == 0 or", "if len(one) <= 1 or"),
        },
        "lost": {
            "turned-round": 2,
            "answers-for-guests": 2,
            "one-sided-kept": 2,
            "praise-alone": 2,
            "blame-not-turned": 2,
            "items-pooled": 2,
            "half-forgotten": 2,
            "numbers-typed-in": 2,
            "gaps-not-numbers": 2,
            "whole-rows-only": 3,
            "whole-rows-only#2": 3,
            "one-sided-kept#2": 1,
            "n-for-n-minus-one": 1,
            "one-standard-error": 1,
            "spread-of-guests": 1,
            "spread-of-praise": 1,
            "widths-added": 1,
            "sd-for-variance": 1,
            "rows-for-guests": 1,
            "variance-of-all": 1,
            "none-for-dictionary": 1,
            "zero-for-nobody": 1,
            "all-others": 1,
            "give-of-one-guest": 1,
            "nothing-for-one-guest": 1,
            "one-sided-kept#3": 2,
            "divided-by-all-items": 3,
            "mean-of-item-means": 1,
            "brackets-forgotten": 2,
            "ratio-for-difference": 2,
            "blame-not-turned#2": 2,
            "turned-round#2": 1,
            "turned-round#3": 1,
            "median-for-mean": 1,
            "pooled-variance": 1,
            "factor-under-root": 1,
            "answers-for-n": 1,
            "whole-width": 1,
            "nobody-as-mean-zero": 1,
            "no-margin-without-variance": 1,
            "value": 1,
            "nothing-for-one-guest#2": 1,
        },
    },
}
