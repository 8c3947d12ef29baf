"""Answers to the assignment of module 10, as trainees write them: right ones and wrong ones.

Each replaces the whole source of its solution cell. ``lost`` says what a wrong answer costs where that is
less than all points of the item, because another step of it is right.
"""

from typing import Any

_HEARD = ("Fuyuan", "Gaoxin", "Hesheng", "Jiuan", "Kaida")
_STATES = {"h": "heard", "s": "skipped", "t": "silent", "u": "unlisted"}
_RANKED = ("Nanqiao", "Ouhai", "Puyang", "Qinglan", "Ruixing")
_OFTEN = {"a": "always", "s": "sometimes", "n": "never"}
_HEADERS = ("No.", "Code", "Client", "Sales 2025", "Target 2026", "Ends", "Contact")
_CLAIMS = {"s": "shown", "r": "refuted", "o": "open"}


def _named(name: str, keys: tuple[str, ...], values: list[Any]) -> str:
    entries = ", ".join(f'"{key}": {value!r}' for key, value in zip(keys, values, strict=True))
    return f"{name} = {{{entries}}}\n"


def _heard(states: str = "shtuh", rows: str = "12", empty: str = "4") -> str:
    told = _named("deciders", _HEARD, [_STATES[s] for s in states])
    return f'{told}autumn_table = {{"rows": {rows}, "empty": {empty}}}\n'


def _order(often: str = "snans", sign: str = "unhappy") -> str:
    return _named("on_top", _RANKED, [_OFTEN[o] for o in often]) + f"hangs_on = {sign!r}\n"


def _stay(low: str = "0.21", high: str = "0.68", rule: str = "C") -> str:
    return f'all_stay = {{"low": {low}, "high": {high}}}\nstop_rule = {rule!r}\n'


def _files(factor: str = "0.001", dates: str = "%m/%d/%Y", **changed: str) -> str:
    columns = ["out", "account", "name", "revenue", "out", "contract_end", "owner"]
    short = dict(zip(("no", "code", "client", "sales", "target", "ends", "contact"), columns, strict=True))
    values: list[Any] = list((short | changed).values())
    return _named("headers", _HEADERS, values) + f'settings = {{"factor": {factor}, "dates": {dates!r}}}\n'


def _claims(letters: str) -> str:
    return _named("claims", tuple("ABCDE"), [_CLAIMS[letter] for letter in letters])


def _clean(
    *,
    key: str = '"".join(typed.split()).lower()',
    known: str = '{"".join(typed.split()).lower(): typed for typed in contacts}',
    unknown: str = "key not in known",
    empty: str = "score is None",
    first: str = "unknown",
    place: str = "(known[key], survey)",
    later: str = "day >= kept[place][0]",
    score: str = "score",
    name: str = "place[0]",
    counted: str = "1",
    before: str = "pass",
    after: str = "pass",
    result: str = '{"answers": answers, "aside": aside}',
) -> str:
    reasons = [("unknown", unknown), ("empty", empty)]
    if first == "empty":
        reasons.reverse()
    return (
        "def clean_answers(rows, contacts):\n"
        f"    {before}\n"
        f"    known = {known}\n"
        '    aside = {"unknown": 0, "empty": 0, "replaced": 0}\n'
        "    kept = {}\n"
        "    for typed, survey, day, score in rows:\n"
        f"        key = {key}\n"
        f"        if {reasons[0][1]}:\n"
        f'            aside["{reasons[0][0]}"] += 1\n'
        "            continue\n"
        f"        if {reasons[1][1]}:\n"
        f'            aside["{reasons[1][0]}"] += 1\n'
        "            continue\n"
        f"        place = {place}\n"
        "        if place in kept:\n"
        f'            aside["replaced"] += {counted}\n'
        f"        if place not in kept or {later}:\n"
        f"            kept[place] = (day, {score}, typed, key)\n"
        f"    answers = [({name}, place[1], kept[place][1]) for place in kept]\n"
        f"    {after}\n"
        f"    return {result}\n"
    )


# Whoever looks for doubles first drops the empty forms too late.
_EMPTY_WINS = (
    "def clean_answers(rows, contacts):\n"
    "    known = {''.join(n.split()).lower(): n for n in contacts}\n"
    "    aside = {'unknown': 0, 'empty': 0, 'replaced': 0}\n"
    "    last = {}\n"
    "    for typed, survey, day, score in sorted(rows, key=lambda row: row[2]):\n"
    "        key = ''.join(typed.split()).lower()\n"
    "        if key not in known:\n"
    "            aside['unknown'] += 1\n"
    "            continue\n"
    "        aside['empty'] += score is None\n"
    "        aside['replaced'] += (known[key], survey) in last\n"
    "        last[known[key], survey] = score\n"
    "    answers = [(*place, score) for place, score in last.items() if score is not None]\n"
    "    return {'answers': answers, 'aside': aside}\n"
)


def _firm(
    *,
    low: str = "c['low'] or 0",
    high: str = "float('inf') if c['high'] is None else c['high']",
    some: str = "True",
    above: str = "other[1] > high",
    maybe: str = "other[2] >= low",
    places: str = "[by.get(place) for place in range(len(rows))]",
    is_sure: str = "least == most",
    place: str = "least",
    sure: str = "most < k",
    result: str = '{"places": places, "sure": sure}',
    before: str = "pass",
    after: str = "pass",
) -> str:
    return (
        "def firm_order(customers, k):\n"
        f"    {before}\n"
        "    rows = []\n"
        "    for c in customers:\n"
        f"        if {some}:\n"
        f"            rows.append((c['name'], {low}, {high}))\n"
        "    by, sure = {}, []\n"
        "    for row in rows:\n"
        "        name, low, high = row\n"
        f"        least = len([other for other in rows if other is not row and {above}])\n"
        f"        most = len([other for other in rows if other is not row and ({maybe})])\n"
        f"        if {is_sure}:\n"
        f"            by[{place}] = name\n"
        f"        if {sure}:\n"
        "            sure.append(name)\n"
        f"    places = {places}\n"
        f"    {after}\n"
        f"    return {result}\n"
    )


def _ranked(key: str) -> str:
    return _firm(places=f"[row[0] for row in sorted(rows, key=lambda row: -({key}))]")


ANSWERS: dict[str, dict[str, Any]] = {
    "m10-heard": {
        "cell": "m10-heard-answer",
        "right": {
            "read off": _heard(),
            "capitals, floats": _heard(rows="12.0", empty="4.0").replace("'heard'", "' Heard'"),
            "computed": (
                "sent = {name: set(part['contact']) for name, part in forms.groupby('survey')}\n"
                "deciders = {}\n"
                "for account, rows in asked.groupby('account'):\n"
                "    who = rows.index[rows['role'] == 'decider']\n"
                "    if len(who) == 0:\n"
                "        deciders[account] = 'unlisted'\n"
                "    elif who[0] in sent['autumn']:\n"
                "        deciders[account] = 'heard'\n"
                "    else:\n"
                "        deciders[account] = 'skipped' if who[0] in sent['spring'] else 'silent'\n"
                "autumn_table = {'rows': len(asked), 'empty': len(set(asked.index) - sent['autumn'])}\n"
            ),
            "Series": (
                "deciders = pd.Series(['skipped', 'heard', 'silent', 'unlisted', 'heard'],\n"
                "                     index=['Fuyuan', 'Gaoxin', 'Hesheng', 'Jiuan', 'Kaida'])\n"
                "autumn_table = pd.Series({'rows': 12, 'empty': 4})\n"
            ),
            "joined": (
                _heard()
                + "last = forms[forms['survey'] == 'autumn'].drop_duplicates('contact', keep='last')\n"
                "table = asked.join(last.set_index('contact')['satisfied'])\n"
                "autumn_table = {'rows': len(table), 'empty': int(table['satisfied'].isna().sum())}\n"
            ),
        },
        "wrong": {
            "account-for-decider": _heard("hhhhh"),
            "account-for-decider#2": _heard("hhhuh"),
            "account-for-decider#3": _heard("shthh"),
            "unlisted-as-silent": _heard("shtth"),
            "unlisted-as-silent#2": _heard("shtsh"),
            "silent-as-unlisted": _heard("shuuh"),
            "spring-for-autumn": _heard("hhtus", empty="6"),
            "either-survey-counts": _heard("hhtuh", empty="1"),
            "spring-gap-counts": _heard("shtus"),
            "one-gap-is-two": _heard("thtuh"),
            "two-gaps-are-one": _heard("shsuh"),
            "answers-first": _heard(rows="9", empty="0"),
            "answers-first#2": _heard(rows="8", empty="0"),
            "both-surveys": _heard(rows="15", empty="0"),
            "both-surveys#2": _heard(rows="24", empty="10"),
            "forms-for-people": _heard(rows="13"),
            "forms-subtracted": _heard(empty="3"),
            "deciders-alone": _heard(rows="4", empty="2"),
            "deciders-alone#2": _heard(empty="2"),
            "once-answered-alone": _heard(rows="11", empty="3"),
            "either-survey-counts#2": _heard(empty="1"),
            "spring-for-autumn#2": _heard(empty="6"),
            "value": _heard("sstuh"),
            "value#2": _heard(empty="5"),
            "value#3": _heard("sttuh"),
            "type": _heard().replace("'silent'", "2"),
            "type#2": _heard(rows='"twelve"'),
            "shape": _heard().replace("Jiuan", "Jiu An"),
            "not-answered": "deciders = None\nautumn_table = None\n",
        },
        "lost": dict.fromkeys(
            (
                "account-for-decider",
                "account-for-decider#2",
                "account-for-decider#3",
                "unlisted-as-silent",
                "unlisted-as-silent#2",
                "silent-as-unlisted",
                "spring-gap-counts",
                "one-gap-is-two",
                "two-gaps-are-one",
                "answers-first",
                "answers-first#2",
                "both-surveys",
                "both-surveys#2",
                "forms-for-people",
                "forms-subtracted",
                "deciders-alone",
                "deciders-alone#2",
                "once-answered-alone",
                "either-survey-counts#2",
                "spring-for-autumn#2",
                "value",
                "value#2",
                "value#3",
                "type",
                "type#2",
                "shape",
            ),
            1,
        ),
    },
    "m10-order": {
        "cell": "m10-order-answer",
        "right": {
            "read off": _order(),
            "capitals": _order().replace("'always'", "'Always '").replace("'unhappy'", "'UNHAPPY'"),
            "computed": (
                "lists = reviews.drop(columns='pays').drop(index='sum')\n"
                "pairs = {name: set(lists[name].nlargest(2).index) for name in lists}\n"
                "times = {name: sum(name in pair for pair in pairs.values()) for name in lists.index}\n"
                "on_top = {n: 'never' if t == 0 else 'always' if t == 5 else 'sometimes'\n"
                "          for n, t in times.items()}\n"
                "[hangs_on] = [name.split()[1] for name, pair in pairs.items()\n"
                "              if pair != pairs['all signs']]\n"
            ),
            "Series": (
                "on_top = pd.Series('sometimes', index=list(pays))\n"
                "on_top['Puyang'] = 'always'\n"
                "on_top[['Ouhai', 'Qinglan']] = 'never'\n"
                "hangs_on = 'unhappy'\n"
            ),
        },
        "wrong": {
            "size-for-risk": _order("nnaan"),
            "size-for-risk#2": _order("snaas"),
            "one-review-only": _order("anann"),
            "newcomer-missed": _order("snann"),
            "usual-is-always": _order("anans"),
            "once-is-always": _order("anana"),
            "first-place-only": _order("snsnn"),
            "nobody-is-sure": _order("snsns"),
            "order-for-choice": _order(sign="silent"),
            "nothing-moves": _order(sign="late"),
            "sum-for-choice": _order(sign="free"),
            "value": _order("ssans"),
            "value#2": _order("nnann"),
            "type": _order(sign="without unhappy"),
            "type#2": _order().replace("'never'", "0"),
            "shape": _order().replace("Qinglan", "Qing Lan"),
            "not-answered": "on_top = {}\nhangs_on = None\n".replace("{}", "None"),
        },
        "lost": dict.fromkeys(
            (
                "size-for-risk",
                "size-for-risk#2",
                "one-review-only",
                "newcomer-missed",
                "usual-is-always",
                "once-is-always",
                "first-place-only",
                "nobody-is-sure",
                "order-for-choice",
                "nothing-moves",
                "sum-for-choice",
                "value",
                "value#2",
                "type",
                "type#2",
                "shape",
            ),
            1,
        ),
    },
    "m10-stay": {
        "cell": "m10-stay-answer",
        "right": {
            "by hand": _stay(),
            "not rounded, small letter": _stay("0.6 * 0.5 * 0.7", "0.684", "c "),
            "computed": (
                "import math\n\n"
                "bands = [(0.1, 0.4), (0.2, 0.5), (0.05, 0.3)]\n"
                "all_stay = {'low': math.prod(1 - b[1] for b in bands),\n"
                "            'high': math.prod(1 - b[0] for b in bands)}\n"
                "stop_rule = 'C'\n"
            ),
            "Series": (
                "table = pd.DataFrame({'high': [0.1, 0.2, 0.05], 'low': [0.4, 0.5, 0.3]})\n"
                "all_stay = (1 - table).prod()\n"
                "stop_rule = 'C'\n"
            ),
        },
        "wrong": {
            "per-cent-for-share": _stay("21", "68.4"),
            "ends-swapped": _stay("0.68", "0.21"),
            "all-go": _stay("0.001", "0.06"),
            "some-go": _stay("0.32", "0.79"),
            "not-all-go": _stay("0.94", "1"),
            "chances-subtracted": _stay("-0.2", "0.65"),
            "cut-at-nothing": _stay("0", "0.65"),
            "mean-of-three": _stay("0.6", "0.88"),
            "weakest-alone": _stay("0.5", "0.8"),
            "middle-for-range": _stay("0.4", "0.4"),
            "no-measure": _stay(rule="A"),
            "too-late": _stay(rule="B"),
            "day-without-measure": _stay(rule="D"),
            "users-for-decider": _stay(rule="E"),
            "value": _stay("0.2", "0.7"),
            "value#2": _stay("0.05", "0.95"),
            "type": _stay('"0.21"'),
            "type#2": _stay(rule="31 March"),
            "shape": _stay().replace("low", "lowest"),
            "not-answered": "all_stay = None\nstop_rule = None\n",
        },
        "lost": dict.fromkeys(
            (
                "per-cent-for-share",
                "ends-swapped",
                "all-go",
                "some-go",
                "not-all-go",
                "chances-subtracted",
                "cut-at-nothing",
                "mean-of-three",
                "weakest-alone",
                "middle-for-range",
                "no-measure",
                "too-late",
                "day-without-measure",
                "users-for-decider",
                "value",
                "value#2",
                "type",
                "type#2",
                "shape",
            ),
            1,
        ),
    },
    "m10-files": {
        "cell": "m10-files-answer",
        "right": {
            "read off": _files(),
            "capitals, another way to write it": _files(factor="1e-3").replace("'owner'", "'Owner'"),
            "as a fraction": _files(factor="1 / 1000", dates=" %m/%d/%Y "),
            "Series": _files() + "headers = pd.Series(headers)\nsettings = pd.Series(settings)\n",
        },
        "wrong": {
            "row-number-as-id": _files(no="account", code="out"),
            "row-number-as-id#2": _files(no="account"),
            "name-as-id": _files(code="out", client="account"),
            "name-as-id#2": _files(client="account"),
            "target-as-revenue": _files(sales="revenue_before", target="revenue"),
            "target-as-revenue#2": _files(target="revenue"),
            "year-of-review#2": _files("1000", sales="revenue_before"),
            "year-of-review": _files(sales="revenue_before"),
            "our-person-as-client": _files(client="account", code="out", contact="name").replace(
                "\"Client\": 'account'", "\"Client\": 'out'"
            ),
            "useful-left-out": _files(contact="out"),
            "useful-left-out#2": _files(ends="out"),
            "unit-upside-down": _files("1000"),
            "sheet-in-yuan": _files("0.000001"),
            "unit-as-it-stands": _files("1"),
            "one-date-read": _files(dates="%d/%m/%Y"),
            "other-dates": _files(dates="%Y/%m/%d"),
            "value": _files(code="out"),
            "value#2": _files("0.01"),
            "type": _files(sales="sales"),
            "type#2": _files('"thousand"'),
            "type#3": _files(dates="11/17/2026"),
            "shape": _files().replace('"No."', '"No"'),
            "not-answered": "headers = None\nsettings = None\n",
        },
        "lost": dict.fromkeys(
            (
                "row-number-as-id",
                "row-number-as-id#2",
                "name-as-id",
                "name-as-id#2",
                "target-as-revenue",
                "target-as-revenue#2",
                "year-of-review",
                "our-person-as-client",
                "useful-left-out",
                "useful-left-out#2",
                "unit-upside-down",
                "sheet-in-yuan",
                "unit-as-it-stands",
                "one-date-read",
                "other-dates",
                "value",
                "value#2",
                "type",
                "type#2",
                "type#3",
                "shape",
            ),
            1,
        ),
    },
    "m10-claims": {
        "cell": "m10-claims-answer",
        "right": {
            "filled in": _claims("sroos"),
            "capitals": _claims("sroos").replace("'open'", "' Open'").replace("'shown'", "'SHOWN'"),
            "Series": "claims = pd.Series('shown refuted open open shown'.split(), index=list('ABCDE'))\n",
        },
        "wrong": {
            "columns-swapped": _claims("rsoos"),
            "columns-swapped#2": _claims("rroos"),
            "nothing-is-shown": _claims("ooooo"),
            "nothing-is-shown#2": _claims("oroos"),
            "free-for-all": _claims("ssoos"),
            "opposite-left-open": _claims("sooos"),
            "leaving-for-liking": _claims("srsos"),
            "leaving-for-liking#2": _claims("srros"),
            "difference-denied": _claims("srors"),
            "difference-denied#2": _claims("sroor"),
            "difference-is-cause": _claims("sross"),
            "lot-distrusted": _claims("srooo"),
            "difference-denied#3": _claims("srosr"),
            "choice-for-lot": _claims("sroso"),
            "difference-is-cause#2": _claims("sssss"),
            "opposite-left-open#2": _claims("sorss"),
            "type": _claims("sroos").replace("'refuted'", "False"),
            "type#2": _claims("sroos").replace("'refuted'", "'wrong'"),
            "shape": _claims("sroos").replace('"E"', '"F"'),
            "not-answered": "claims = None\n",
        },
        "lost": dict.fromkeys(
            (
                "columns-swapped",
                "columns-swapped#2",
                "nothing-is-shown#2",
                "free-for-all",
                "opposite-left-open",
                "leaving-for-liking",
                "leaving-for-liking#2",
                "difference-denied",
                "difference-denied#2",
                "difference-denied#3",
                "difference-is-cause",
                "lot-distrusted",
                "choice-for-lot",
                "type",
                "type#2",
            ),
            1,
        ),
    },
    "m10-clean": {
        "cell": "m10-clean-answer",
        "right": {
            "loop": _clean(),
            "a list sorted by day": (
                "def clean_answers(rows, contacts):\n"
                "    plain = lambda text: text.replace(' ', '').casefold()\n"
                "    mine, none, last = [], 0, {}\n"
                "    for row in rows:\n"
                "        owner = [c for c in contacts if plain(c) == plain(row[0])]\n"
                "        mine += [(owner[0], *row[1:])] if owner else []\n"
                "    full = sorted([r for r in mine if r[3] is not None], key=lambda r: r[2])\n"
                "    for name, survey, day, score in full:\n"
                "        last[name, survey] = score\n"
                "    aside = dict(unknown=len(rows) - len(mine), empty=len(mine) - len(full),\n"
                "                 replaced=len(full) - len(last))\n"
                "    return dict(answers=[(n, s, v) for (n, s), v in last.items()], aside=aside)\n"
            ),
            "pandas": (
                "def clean_answers(rows, contacts):\n"
                "    table = pd.DataFrame(rows, columns=['typed', 'survey', 'day', 'score'], dtype=object)\n"
                "    names = {c.replace(' ', '').lower(): c for c in contacts}\n"
                "    keys = [typed.replace(' ', '').lower() for typed in table['typed']]\n"
                "    table['name'] = [names.get(key) for key in keys]\n"
                "    known = table[table['name'].notna()]\n"
                "    full = known[known['score'].notna()].sort_values('day', kind='stable')\n"
                "    last = full.drop_duplicates(['name', 'survey'], keep='last')\n"
                "    sizes = [len(table), len(known), len(full), len(last)]\n"
                "    aside = pd.Series(sizes[:-1], index=['unknown', 'empty', 'replaced']) - sizes[1:]\n"
                "    answers = list(last[['name', 'survey', 'score']].itertuples(index=False, name=None))\n"
                "    return {'answers': answers, 'aside': aside}\n"
            ),
            "lists for tuples, a copy sorted in place": _clean(
                before="rows = list(rows); rows.sort(key=lambda row: row[2])",
                result='{"answers": [list(a) for a in answers], "aside": aside}',
            ),
            "from the end": (
                "def clean_answers(rows, contacts):\n"
                "    own = {''.join(c.upper().split()): c for c in contacts}\n"
                "    told = [(own.get(''.join(r[0].upper().split())), *r[1:]) for r in rows]\n"
                "    aside = {'unknown': sum(r[0] is None for r in told)}\n"
                "    told = [r for r in told if r[0] is not None]\n"
                "    aside['empty'] = [r[3] for r in told].count(None)\n"
                "    told = [r for r in told if r[3] is not None]\n"
                "    answers = set()\n"
                "    for n, (name, survey, day, score) in enumerate(told):\n"
                "        rivals = [(r[2], i) for i, r in enumerate(told) if r[:2] == (name, survey)]\n"
                "        if (day, n) == max(rivals):\n"
                "            answers.add((name, survey, score))\n"
                "    aside['replaced'] = len(told) - len(answers)\n"
                "    return {'aside': aside, 'answers': sorted(answers)}\n"
            ),
        },
        "wrong": {
            "not-a-dictionary": _clean(result="answers, aside"),
            "not-a-dictionary#2": _clean(before="if not rows:\n        return [], {}"),
            "last-row-for-last-day": _clean(later="True"),
            "first-row-wins": _clean(later="False"),
            "earliest-day-wins": _clean(later="day < kept[place][0]"),
            "best-score-wins": _clean(later="score > kept[place][1]"),
            "worst-score-wins": _clean(later="score < kept[place][1]"),
            "mean-of-two": _clean(
                later="True",
                score="[*(kept[place][1] if place in kept else []), score]",
                after="answers = [(*a[:2], sum(a[2]) / len(a[2])) for a in answers]",
            ),
            "one-survey-left": _clean(
                place="(known[key],)",
                after="answers = [(p[0], kept[p][4], kept[p][1]) for p in kept]",
            )
            .replace("score, typed, key)", "score, typed, key, survey)")
            .replace("    answers = [(place[0], place[1], kept[place][1]) for place in kept]\n", ""),
            "empty-form-wins": _EMPTY_WINS,
            "total-is-nobody": _clean(unknown="False", place="(known.get(key, typed), survey)"),
            "all-forms-kept": _clean(place="(known[key], survey, len(kept))"),
            "silent-added": _clean(
                after=(
                    "heard = [a[0] for a in answers]\n"
                    "    answers += [(c, rows[0][1], None) for c in contacts if rows and c not in heard]"
                )
            ).replace("rows[0][1]", "'autumn'"),
            "names-as-typed": _clean(name="kept[place][2]"),
            "key-for-name": _clean(name="kept[place][3]"),
            "key-for-name#2": _clean(place="(key, survey)"),
            "exact-spelling-only": _clean(key="typed", known="{typed: typed for typed in contacts}"),
            "inner-spaces-stay": _clean(
                key="typed.strip().lower()", known="{c.strip().lower(): c for c in contacts}"
            ),
            "capitals-matter": _clean(
                key='"".join(typed.split())', known='{"".join(c.split()): c for c in contacts}'
            ),
            "two-spellings-two-people": _clean(
                place="(known[key], survey, typed)",
            ),
            "part-of-a-name": _clean(
                unknown="not [k for k in known if k in key]",
                place="(known[[k for k in known if k in key][0]], survey)",
            ),
            "capitals-invented": _clean(name="place[0].title()"),
            "people-for-rows": _clean(counted="0")
            .replace("    return {", "    aside['replaced'] = len(twice)\n    return {")
            .replace("    kept = {}\n", "    kept, twice = {}, set()\n")
            .replace('aside["replaced"] += 0', "twice.add(place)"),
            "all-of-the-doubles": _clean(
                counted="1 if place in twice else 2",
            )
            .replace("    kept = {}\n", "    kept, twice = {}, set()\n")
            .replace("else 2\n", "else 2\n            twice.add(place)\n"),
            "empty-as-replaced": _clean(after="aside['replaced'] += aside['empty']; aside['empty'] = 0"),
            "nothing-counted": _clean(after="aside = dict.fromkeys(aside, 0)"),
            "empty-before-unknown": _clean(first="empty"),
            "row-counted-twice": _clean(after="aside['empty'] = [row[3] for row in rows].count(None)"),
            "same-day-first-row": _clean(later="day > kept[place][0]"),
            "same-day-best-score": _clean(later="(day, score) > kept[place][:2]"),
            "same-day-shuffled": (
                "def clean_answers(rows, contacts):\n"
                "    names = {name.replace(' ', '').lower(): name for name in contacts}\n"
                "    table = pd.DataFrame(rows, columns=['typed', 'survey', 'day', 'score'])\n"
                "    table['day'] = pd.to_datetime(table['day'])\n"
                "    table['name'] = [names.get(key.replace(' ', '').lower()) for key in table['typed']]\n"
                "    ours = table[table['name'].notna()]\n"
                "    full = ours[ours['score'].notna()].sort_values('day')\n"
                "    last = full.drop_duplicates(['name', 'survey'], keep='last')\n"
                "    sizes = [len(table), len(ours), len(full), len(last)]\n"
                "    reasons = ['unknown', 'empty', 'replaced']\n"
                "    aside = {r: sizes[n] - sizes[n + 1] for n, r in enumerate(reasons)}\n"
                "    answers = list(zip(last['name'], last['survey'], last['score']))\n"
                "    return {'answers': answers, 'aside': aside}\n"
            ),
            "total-is-nobody#2": _clean(unknown="key == 'total'", place="(known.get(key, typed), survey)"),
            "empty-form-wins#2": (
                "def clean_answers(rows, contacts):\n"
                "    known = {''.join(n.split()).lower(): n for n in contacts}\n"
                "    mine = [(known.get(''.join(r[0].split()).lower()), *r[1:]) for r in rows]\n"
                "    ours = sorted([r for r in mine if r[0]], key=lambda r: r[2])\n"
                "    last = {(name, survey): score for name, survey, _, score in ours}\n"
                "    answers = [(*place, score) for place, score in last.items() if score is not None]\n"
                "    empty = sum(r[3] is None for r in ours)\n"
                "    aside = {'unknown': len(rows) - len(ours), 'empty': empty}\n"
                "    aside['replaced'] = len(ours) - empty - len(answers)\n"
                "    return {'answers': answers, 'aside': aside}\n"
            ),
            "inner-spaces-stay#2": _clean(
                key='" ".join(typed.split()).title()', known="{c: c for c in contacts}"
            ),
            "changed": _clean(before="rows.sort(key=lambda row: row[2])"),
            "changed#2": _clean(after="rows.clear()"),
            "shape": _clean(result='{"answers": answers}'),
            "shape#2": _clean(after="aside = {reason: n for reason, n in aside.items() if n}"),
            "shape#3": _clean(
                result='{"answers": [(a[0], a[2], a[1]) for a in answers[:1]], "aside": aside}'
            ),
            "not-answered": _clean().replace("    return", "    shown ="),
        },
        "lost": {
            **dict.fromkeys(
                (
                    "not-a-dictionary#2",
                    "worst-score-wins",
                    "empty-form-wins",
                    "empty-form-wins#2",
                ),
                3,
            ),
            **dict.fromkeys(("silent-added",), 2),
            **dict.fromkeys(
                (
                    "names-as-typed",
                    "exact-spelling-only",
                    "inner-spaces-stay",
                    "capitals-matter",
                    "two-spellings-two-people",
                    "part-of-a-name",
                    "capitals-invented",
                    "people-for-rows",
                    "all-of-the-doubles",
                    "empty-as-replaced",
                    "nothing-counted",
                    "empty-before-unknown",
                    "row-counted-twice",
                    "same-day-first-row",
                    "same-day-best-score",
                    "same-day-shuffled",
                    "inner-spaces-stay#2",
                    "shape#2",
                ),
                1,
            ),
        },
    },
    "m10-firm": {
        "cell": "m10-firm-answer",
        "right": {
            "loop": _firm(),
            "NumPy": (
                "import numpy as np\n\n\n"
                "def firm_order(customers, k):\n"
                "    if len(customers) == 0:\n"
                "        return {'places': [], 'sure': []}\n"
                "    names = np.array([c['name'] for c in customers], dtype=object)\n"
                "    low = np.array([0 if c['low'] is None else c['low'] for c in customers], dtype=float)\n"
                "    high = [np.inf if c['high'] is None else c['high'] for c in customers]\n"
                "    high = np.array(high, dtype=float)\n"
                "    best = (low[None, :] > high[:, None]).sum(axis=1)\n"
                "    worst = (high[None, :] >= low[:, None]).sum(axis=1) - 1\n"
                "    places = np.full(len(names), None, dtype=object)\n"
                "    places[best[best == worst]] = names[best == worst]\n"
                "    return {'places': places, 'sure': names[worst < k]}\n"
            ),
            "pandas": (
                "def firm_order(customers, k):\n"
                "    table = pd.DataFrame(customers, columns=['name', 'low', 'high'])\n"
                "    low = table['low'].astype(float).fillna(0)\n"
                "    high = table['high'].astype(float).fillna(float('inf'))\n"
                "    best = [(low > each).sum() for each in high]\n"
                "    worst = [(high >= each).sum() - 1 for each in low]\n"
                "    found = pd.Series([None] * len(table), dtype=object)\n"
                "    for name, one, two in zip(table['name'], best, worst):\n"
                "        if one == two:\n"
                "            found[one] = name\n"
                "    sure = table['name'][[w <= k - 1 for w in worst]]\n"
                "    return {'places': found, 'sure': sure}\n"
            ),
            "all pairs, on a copy": (
                "import copy\nfrom math import inf\n\n\n"
                "def firm_order(customers, k):\n"
                "    own = copy.deepcopy(customers)\n"
                "    for c in own:\n"
                "        c['low'] = c['low'] if c['low'] is not None else 0\n"
                "        c['high'] = c['high'] if c['high'] is not None else inf\n"
                "    own.sort(key=lambda c: c['low'], reverse=True)\n"
                "    places, sure = [], []\n"
                "    for n, c in enumerate(own):\n"
                "        before, after = own[:n], own[n + 1:]\n"
                "        firm = all(b['low'] > c['high'] for b in before)\n"
                "        alone = all(c['low'] > a['high'] for a in after)\n"
                "        places.append(c['name'] if firm and alone else None)\n"
                "        if n + sum(a['high'] >= c['low'] for a in after) < k:\n"
                "            sure.append(c['name'])\n"
                "    sure = tuple(c['name'] for c in customers if c['name'] in sure)\n"
                "    return {'places': places, 'sure': sure}\n"
            ),
            "place by place": (
                "def firm_order(customers, k):\n"
                "    inf = float('inf')\n"
                "    ends = [(c['name'], c['low'] or 0, inf if c['high'] is None else c['high'])\n"
                "            for c in customers]\n"
                "    ranked = sorted(ends, key=lambda end: end[1], reverse=True)\n"
                "    places = []\n"
                "    for i, (name, low, high) in enumerate(ranked):\n"
                "        over = all(low > end[2] for end in ranked[i + 1:])\n"
                "        under = all(end[1] > high for end in ranked[:i])\n"
                "        places.append(name if over and under else None)\n"
                "    highs = sorted((end[2] for end in ends), reverse=True)\n"
                "    limit = highs[k] if k < len(highs) else -1\n"
                "    return {'places': places, 'sure': [n for n, low, _ in ends if low > limit]}\n"
            ),
            "cross join": (
                "def firm_order(customers, k):\n"
                "    own = [(i, c['name'], c['low'] or 0, float('inf') if c['high'] is None else c['high'])\n"
                "           for i, c in enumerate(customers)]\n"
                "    table = pd.DataFrame(own, columns=['row', 'name', 'low', 'high'])\n"
                "    pairs = table.merge(table, how='cross', suffixes=('', '_2'))\n"
                "    pairs = pairs[pairs['row'] != pairs['row_2']]\n"
                "    least = (pairs['low_2'] > pairs['high']).groupby(pairs['row']).sum()\n"
                "    most = (pairs['high_2'] >= pairs['low']).groupby(pairs['row']).sum()\n"
                "    least = least.reindex(table['row'], fill_value=0)\n"
                "    most = most.reindex(table['row'], fill_value=0)\n"
                "    places = [None] * len(table)\n"
                "    for row, name in zip(table['row'], table['name']):\n"
                "        if least[row] == most[row]:\n"
                "            places[int(least[row])] = name\n"
                "    return {'places': places, 'sure': table.loc[(most < k).to_numpy(), 'name'].tolist()}\n"
            ),
        },
        "wrong": {
            "not-a-dictionary": _firm(result="places, sure"),
            "not-a-dictionary#2": _firm(before="if not customers:\n        return []"),
            "middle-is-sure": _ranked("row[1] + row[2]"),
            "high-end-order": _ranked("row[2]"),
            "low-end-order": _ranked("row[1]"),
            "places-closed-up": _firm(places="[by[place] for place in sorted(by)]"),
            "least-first": _firm(places="[by.get(place) for place in range(len(rows))][::-1]"),
            "row-for-place": _firm(places="[r[0] if r[0] in by.values() else None for r in rows]"),
            "best-place-is-sure": _firm(is_sure="True"),
            "neighbours-only": _firm(
                before="up = lambda c: float('inf') if c['high'] is None else c['high']",
                places="[]",
                after=(
                    "rows.sort(key=lambda row: (-row[2], -row[1]))\n"
                    "    for n, row in enumerate(rows):\n"
                    "        one = n == 0 or rows[n - 1][1] > row[2]\n"
                    "        two = n + 1 == len(rows) or row[1] > rows[n + 1][2]\n"
                    "        places.append(row[0] if one and two else None)"
                ),
            ),
            "touching-is-sure": _firm(
                above="(other[1], -rows.index(other)) >= (high, -rows.index(row))",
                maybe="other[2] > low or (other[2], other[1]) == (low, low) "
                "and high == low and rows.index(other) < rows.index(row)",
            ),
            "numbers-typed-in": _firm(
                places='["Chida", None, None, None, "Bofeng"]',
            ),
            "unknown-is-unsure": _firm(is_sure="least == most and None not in open_[name]").replace(
                "    rows = []\n",
                "    rows = []\n    open_ = {c['name']: (c['low'], c['high']) for c in customers}\n",
            ),
            "unknown-left-out": _firm(some="None not in (c['low'], c['high'])"),
            "no-limit-as-low": _firm(high="(c['low'] or 0) if c['high'] is None else c['high']"),
            "no-limit-as-nothing": _firm(high="c['high'] or 0"),
            "nothing-as-no-limit": _firm(high="c['high'] or float('inf')"),
            "number-for-no-limit": _firm(high="1_000_000_000 if c['high'] is None else c['high']"),
            "number-for-no-limit#2": _firm(high="100 if c['high'] is None else c['high']"),
            "number-for-no-limit#3": _firm(
                high="top if c['high'] is None else c['high']",
                before="top = max([c['high'] for c in customers if c['high'] is not None], default=0)",
            ),
            "first-by-number": _firm(
                after="sure = [r[0] for r in sorted(rows, key=lambda r: -(r[1] + r[2]))][:k]"
            ),
            "first-by-number#2": _firm(after="sure = [r[0] for r in sorted(rows, key=lambda r: -r[2])][:k]"),
            "first-by-low": _firm(after="sure = [r[0] for r in sorted(rows, key=lambda r: -r[1])][:k]"),
            "possible-for-sure": _firm(sure="least < k"),
            "sure-place-needed": _firm(after="sure = [name for name in places[:k] if name]"),
            "sure-off-by-one": _firm(sure="most <= k"),
            "place-k-alone": _firm(sure="most + 1 == k"),
            "sure-order": _firm(before="customers = sorted(customers, key=lambda c: -(c['low'] or 0))"),
            "sure-order#2": _firm(
                after="sure = [row[0] for row in sorted(rows, key=lambda r: -r[2]) if row[0] in sure]"
            ),
            "raised#3": _firm(
                after="limit = sorted((r[2] for r in rows), reverse=True)[k]\n"
                "    sure = [r[0] for r in rows if r[1] > limit]"
            ),
            "shape#2": _firm(after="places = places[:k]"),
            "value": _firm(
                before="up = lambda c: float('inf') if c['high'] is None else c['high']",
                places="[a['name'] if a is b else None for a, b in zip(\n"
                "        sorted(customers, key=lambda c: -(c['low'] or 0)),\n"
                "        sorted(customers, key=lambda c: -up(c)), strict=True)]",
            ),
            "neighbours-by-low": _firm(
                before="up = lambda c: float('inf') if c['high'] is None else c['high']",
                places="[]",
                after=(
                    "rows.sort(key=lambda row: -row[1])\n"
                    "    for n, row in enumerate(rows):\n"
                    "        one = n == 0 or rows[n - 1][1] > row[2]\n"
                    "        two = n + 1 == len(rows) or row[1] > rows[n + 1][2]\n"
                    "        places.append(row[0] if one and two else None)"
                ),
            ),
            "k-ignored": _firm(sure="most < 3"),
            "touching-is-sure#2": _firm(maybe="other[2] > low"),
            "raised": _firm(low="c['low']"),
            "raised#2": _firm(high="c['high']"),
            "changed": _firm(after="customers.sort(key=lambda c: c['name'], reverse=True)"),
            "changed#2": _firm(before="for c in customers: c['low'] = c['low'] or 0"),
            "shape": _firm(result='{"places": places}'),
            "not-answered": _firm(result="None"),
        },
        "lost": {
            **dict.fromkeys(
                (
                    "middle-is-sure",
                    "high-end-order",
                    "low-end-order",
                    "places-closed-up",
                    "least-first",
                    "row-for-place",
                    "best-place-is-sure",
                    "neighbours-only",
                    "numbers-typed-in",
                    "touching-is-sure#2",
                    "raised#3",
                    "shape#2",
                    "value",
                ),
                3,
            ),
            **dict.fromkeys(("not-a-dictionary#2", "neighbours-by-low"), 2),
            **dict.fromkeys(
                (
                    "unknown-is-unsure",
                    "unknown-left-out",
                    "no-limit-as-low",
                    "no-limit-as-nothing",
                    "first-by-number",
                    "first-by-number#2",
                    "first-by-low",
                    "possible-for-sure",
                    "nothing-as-no-limit",
                    "number-for-no-limit",
                    "number-for-no-limit#2",
                    "number-for-no-limit#3",
                    "sure-order",
                    "sure-order#2",
                    "sure-place-needed",
                    "sure-off-by-one",
                    "place-k-alone",
                    "k-ignored",
                    "raised",
                    "raised#2",
                    "changed#2",
                ),
                1,
            ),
        },
    },
}
