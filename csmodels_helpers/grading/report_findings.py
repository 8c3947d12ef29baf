"""What a class report finds: who waits for the instructor, what to teach again, results, items.

Plain functions of :class:`ClassData`; nothing here knows of pages or of names.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from csmodels_helpers import reliability
from csmodels_helpers.grading import course
from csmodels_helpers.grading.intake import REASONS as REFUSALS
from csmodels_helpers.grading.report_data import Assignment, ClassData
from csmodels_helpers.language import text, translations

__all__ = [
    "FEWEST",
    "Behind",
    "Extension",
    "ItemRow",
    "ItemTable",
    "Mistake",
    "Todo",
    "items",
    "mistakes",
    "results",
    "todo",
    "tracks",
]

FEWEST = 10
"""Complete hand-ins below which neither a discrimination nor a reliability is shown."""

MOST_WAITING = 0.1
"""Share of answers that may wait for a mark without the item being left out for the whole class."""

_FEWEST_RANKED = 5  # hand-ins below which nobody is called last
# The lowest tenth, in two assignments and in a third of one's own: of ten assignments, every fourth trainee
# is there twice by chance alone.
_LAST_SHARE, _LAST_TIMES, _LAST_OF_OWN = 0.1, 2, 1 / 3


# --------------------------------------------------------------------------------------------- to do


@dataclass(frozen=True)
class Waiting:
    """Answers of an assignment that wait for a mark by hand.

    Parameters
    ----------
    assignment : str
        Which.
    answers, handins : int
        How many answers, in how many hand-ins.
    again : int
        Of these answers, those whose mark was given for an earlier text.
    """

    assignment: str
    answers: int
    handins: int
    again: int


@dataclass(frozen=True)
class Trouble:
    """A hand-in without a grade.

    Parameters
    ----------
    assignment, student : str
        Which.
    outcome : str
        "refused", "failed" or "unscored".
    message : str
        What the trainee or the instructor must do; "" if nothing is known.
    ours : bool
        Whether the message is one of ours, and so names nobody.
    """

    assignment: str
    student: str
    outcome: str
    message: str
    ours: bool


@dataclass(frozen=True)
class Behind:
    """Somebody who has fallen behind.

    Parameters
    ----------
    student : str
        Who.
    missing : tuple of str
        Assignments for which nothing came.
    last : tuple of str
        Assignments in which the result is among the lowest.
    """

    student: str
    missing: tuple[str, ...]
    last: tuple[str, ...]


@dataclass(frozen=True)
class Extension:
    """Somebody who may take longer.

    Parameters
    ----------
    assignment, student : str
        Who, and for what.
    days : float
        How much longer.
    until : datetime or None
        The new due date, if there is one.
    state : str
        "open", "over" (the time is, and nothing came), "in" or "unknown" (nobody of this id is known).
    """

    assignment: str
    student: str
    days: float
    until: dt.datetime | None
    state: str


@dataclass(frozen=True)
class Todo:
    """What an instructor must do or know now.

    Parameters
    ----------
    waiting : list of Waiting
        What to mark.
    ungraded : dict of int
        Assignment → hand-ins in the folder that are not graded.
    trouble : list of Trouble
        Hand-ins without a grade.
    nobody : list of str
        Assignments that are due and that nobody handed in.
    behind : list of Behind
        Who has fallen behind, the worst first.
    extensions : list of Extension
        Who may take longer, those under way first.
    """

    waiting: list[Waiting]
    ungraded: dict[str, int]
    trouble: list[Trouble]
    nobody: list[str]
    behind: list[Behind]
    extensions: list[Extension]


def todo(data: ClassData, now: dt.datetime) -> Todo:
    """Find what waits for the instructor.

    Parameters
    ----------
    data : ClassData
        The class.
    now : datetime
        In UTC, without a zone, as due dates are.

    Returns
    -------
    Todo
        Lists, empty where nothing waits.

    Examples
    --------
    >>> from csmodels_helpers.grading.report_data import NOBODY
    >>> todo(NOBODY, dt.datetime(2026, 5, 1)).behind
    []
    """
    waiting: list[Waiting] = []
    for assignment in data.assignments:
        rows = _graded(data, assignment.name)
        open_ = rows[rows["waiting"] | rows["again"]]
        if len(open_):
            again = int((open_["again"] & ~open_["waiting"]).sum())
            handins = int(open_["student"].nunique())
            waiting.append(Waiting(assignment.name, len(open_), handins, again))
    ungraded = {a.name: len(data.outcomes(a.name, "new")) for a in data.assignments}
    trouble = [
        Trouble(name, student, handed.outcome, *_in_this_language(handed.message))
        for (name, student), handed in data.handins.items()
        if handed.outcome in ("refused", "failed", "unscored")
    ]
    extensions = [_extension(data, key, now) for key in data.extensions]
    order = ("unknown", "open", "over", "in")
    return Todo(
        waiting,
        {name: n for name, n in ungraded.items() if n},
        sorted(trouble, key=lambda one: (one.assignment, one.outcome)),
        [a.name for a in data.assignments if a.due and now > a.due and not data.outcomes(a.name)],
        _behind(data, now),
        sorted(extensions, key=lambda one: (order.index(one.state), one.assignment)),
    )


def _in_this_language(message: str) -> tuple[str, bool]:
    """Say a recorded message in the language in force, and whether it is one of ours."""
    keys = [f"grading.refused.{reason}" for reason in REFUSALS]
    for key in (*keys, "grade.failed.judge", "grade.failed.worker", "grade.failed.start"):
        if message in translations(key).values():
            return text(key), True
    return message, not message


def _behind(data: ClassData, now: dt.datetime) -> list[Behind]:
    missing: dict[str, list[str]] = {}
    last: dict[str, list[str]] = {}
    for assignment in data.assignments:
        there = {*data.outcomes(assignment.name)}
        if not there:
            continue  # said once for all
        for student in data.people:
            if student not in there and _is_due(data, assignment, student, len(there), now):
                missing.setdefault(student, []).append(assignment.name)
        for student in _lowest(data, assignment.name):
            last.setdefault(student, []).append(assignment.name)
    handed_in = Counter(student for _, student in data.handins)
    found = [
        Behind(student, tuple(missing.get(student, ())), tuple(last.get(student, ())))
        for student in data.people
        if student in missing
        or len(last.get(student, ())) >= max(_LAST_TIMES, _LAST_OF_OWN * handed_in[student])
    ]
    return sorted(found, key=lambda one: (-len(one.missing), -len(one.last)))


def _is_due(data: ClassData, assignment: Assignment, student: str, there: int, now: dt.datetime) -> bool:
    longer = data.extensions.get((assignment.name, student))
    if assignment.due is not None:
        return now > assignment.due + (longer or dt.timedelta())
    return longer is None and 2 * there >= len(data.people)


def _lowest(data: ClassData, assignment: str) -> list[str]:
    """Return the lowest tenth of the results, if they are below the median."""
    rows = _counted(data, assignment)
    by = rows.dropna(subset=["earned"]).groupby("student")[["earned", "points"]].sum()
    share = (by["earned"] / by["points"]).dropna().sort_values()
    if len(share) < _FEWEST_RANKED:
        return []
    limit = share.iloc[math.ceil(_LAST_SHARE * len(share)) - 1]
    return [str(student) for student in share.index[(share <= limit) & (share < share.median())]]


def _extension(data: ClassData, key: tuple[str, str], now: dt.datetime) -> Extension:
    name, student = key
    longer = data.extensions[key]
    due = next(a.due for a in data.assignments if a.name == name)
    until = due + longer if due is not None else None
    over = until is not None and now > until
    state = "in" if key in data.handins else "over" if over else "open"
    if student not in data.people:
        state = "unknown"
    return Extension(name, student, longer / dt.timedelta(days=1), until, state)


# --------------------------------------------------------------------------------------- misconceptions


@dataclass(frozen=True)
class Mistake:
    """A known misconception and how many had it.

    Parameters
    ----------
    assignment, item, misconception : str
        Which.
    students : frozenset of str
        Who had it.
    of : int
        Trainees whose hand-in was graded.
    name, message : str
        In the language in force.
    section, anchor : str
        What to teach again: the section's title in the lesson of the item, and the id of its cell.
    """

    assignment: str
    item: str
    misconception: str
    students: frozenset[str]
    of: int
    name: str
    message: str
    section: str
    anchor: str

    @property
    def people(self) -> int:
        """How many had it."""
        return len(self.students)

    @property
    def share(self) -> float:
        """Share of those whose hand-in was graded."""
        return self.people / self.of


def mistakes(data: ClassData) -> tuple[list[Mistake], dict[str, int]]:
    """Count the misconceptions that the judge recognised.

    Parameters
    ----------
    data : ClassData
        The class.

    Returns
    -------
    tuple
        Misconceptions, the most frequent first; and how often points were lost otherwise: "unanswered",
        "ended", "error" or "other" → test cells.

    Examples
    --------
    >>> from csmodels_helpers.grading.report_data import NOBODY
    >>> mistakes(NOBODY)
    ([], {})
    """
    # Each reason is looked up once, not once a trainee.
    who: dict[tuple[str, str], list[str]] = {}
    for (assignment, student), handed in data.handins.items():
        if handed.outcome == "graded":
            for reason in handed.reasons.values():
                who.setdefault((assignment, str(reason)), []).append(student)
    graded = {a.name: len(data.outcomes(a.name, "graded")) for a in data.assignments}
    otherwise: Counter[str] = Counter()
    found: list[Mistake] = []
    for (assignment, reason), students in who.items():
        item, slash, kind = reason.partition("/")
        texts = course.item_texts(item) if slash else None
        if texts is None or kind not in texts.misconceptions:
            otherwise[_kind(kind if slash else item, bool(slash))] += len(students)
            continue
        mistake = texts.misconceptions[kind]
        # What somebody answered may come from hidden data, so it is not repeated.
        said = mistake.says("message").replace("{got}", "…")
        words = (mistake.says("name"), said, texts.says("section", mistake), texts.anchor(mistake))
        found.append(Mistake(assignment, item, kind, frozenset(students), graded[assignment], *words))
    found.sort(key=lambda one: (-one.share, -one.people, one.assignment, one.item, one.misconception))
    return found, dict(otherwise.most_common())


def _kind(reason: str, checked: bool) -> str:
    if checked:
        return "unanswered" if reason == "not-answered" else "other"
    return "error" if reason[:1].isupper() else "ended"  # NameError …; time, killed …


# --------------------------------------------------------------------------------------------- results


def _graded(data: ClassData, assignment: str) -> pd.DataFrame:
    rows = data.grades[data.grades["assignment"] == assignment]
    return rows[rows["student"].isin(data.outcomes(assignment, "graded"))]


def _counted(data: ClassData, assignment: str) -> pd.DataFrame:
    """Return the grades of items that are marked.

    A blank answer has its 0 at once, any other waits. As long as many wait, those that have a mark are not
    like the rest, so the item is left out for everybody.
    """
    rows = _graded(data, assignment)
    waits = rows.groupby("item")["waiting"].mean()
    return rows[~rows["item"].isin(waits.index[waits > MOST_WAITING]) & (rows["points"] > 0)]


def results(data: ClassData) -> pd.DataFrame:
    """Return each trainee's share of the points, by assignment and track.

    Items that wait for marks are left out, and so are hand-ins that were refused or not graded; lateness
    costs nothing here.

    Parameters
    ----------
    data : ClassData
        The class.

    Returns
    -------
    pandas.DataFrame
        Columns ``assignment``, ``track``, ``student``, ``share`` (0 to 1).

    Examples
    --------
    >>> from csmodels_helpers.grading.report_data import NOBODY
    >>> list(results(NOBODY))
    ['assignment', 'track', 'student', 'share']
    """
    parts: list[pd.DataFrame] = []
    for assignment in data.assignments:
        track = {item.name: item.track for item in assignment.items}
        rows = _counted(data, assignment.name).dropna(subset=["earned"])
        rows = rows.assign(track=rows["item"].map(track))
        parts.append(
            rows.groupby(["assignment", "track", "student"], as_index=False)[["earned", "points"]].sum()
        )
    if not parts:
        return pd.DataFrame({name: [] for name in ("assignment", "track", "student", "share")})
    made = pd.concat(parts, ignore_index=True)
    made["share"] = (made["earned"] / made["points"]).astype(float)
    return made[["assignment", "track", "student", "share"]]


def tracks(shares: pd.DataFrame) -> pd.DataFrame:
    """Sum results up: one row an assignment and track.

    Parameters
    ----------
    shares : pandas.DataFrame
        As :func:`results` returns it.

    Returns
    -------
    pandas.DataFrame
        Columns ``assignment``, ``track``, ``n``, ``low``, ``quarter``, ``median``, ``three``, ``high``.

    Examples
    --------
    >>> shares = pd.DataFrame({"assignment": "m05_kano", "track": "core", "share": [0.5, 0.6, 1.0]})
    >>> tracks(shares).to_dict("records")[0]["median"]
    0.6
    """
    rows = [
        (assignment, track, len(part), *np.quantile(part["share"], (0, 0.25, 0.5, 0.75, 1)).tolist())
        for (assignment, track), part in shares.groupby(["assignment", "track"])
    ]
    columns = ["assignment", "track", "n", "low", "quarter", "median", "three", "high"]
    return pd.DataFrame(rows, columns=pd.Index(columns))


# ----------------------------------------------------------------------------------------------- items


@dataclass(frozen=True)
class ItemRow:
    """How an item fared.

    Parameters
    ----------
    name, track : str
        Which.
    points : float
        What it is worth.
    n : int
        Hand-ins with a mark for it.
    share : float
        Mean share of the points; missing while marks wait.
    r, low, high : float
        Correlation with the rest of the assignment and its 95 % interval; missing where there are too few.
    remark : str
        "waiting", "all", "none", "same", "against", "weak" or "".
    waits : int
        Answers without a mark.
    """

    name: str
    track: str
    points: float
    n: int
    share: float = math.nan
    r: float = math.nan
    low: float = math.nan
    high: float = math.nan
    remark: str = ""
    waits: int = 0


@dataclass(frozen=True)
class ItemTable:
    """The items of an assignment, and how far its sum can be trusted.

    Parameters
    ----------
    assignment : str
        Which.
    rows : list of ItemRow
        In the order of the notebook.
    complete : int
        Hand-ins with a mark for every item that enters alpha.
    entering : int
        Items that enter alpha.
    alpha, low, high : float
        Cronbach's alpha with its 95 % interval; missing where there are too few.
    constant, waiting : list of str
        Items that do not enter: the same for everybody, or without marks.
    """

    assignment: str
    rows: list[ItemRow]
    complete: int = 0
    entering: int = 0
    alpha: float = math.nan
    low: float = math.nan
    high: float = math.nan
    constant: list[str] = field(default_factory=list[str])
    waiting: list[str] = field(default_factory=list[str])


def items(data: ClassData) -> list[ItemTable]:
    """Work out difficulty and discrimination of items and the reliability of each assignment.

    Parameters
    ----------
    data : ClassData
        The class.

    Returns
    -------
    list of ItemTable
        One an assignment with graded hand-ins.

    Examples
    --------
    >>> from csmodels_helpers.grading.report_data import NOBODY
    >>> items(NOBODY)
    []
    """
    graded = (a for a in data.assignments if data.outcomes(a.name, "graded"))
    return [_item_table(data, assignment) for assignment in graded]


def _item_table(data: ClassData, assignment: Assignment) -> ItemTable:
    counted = _counted(data, assignment.name)
    wide = counted.set_index(["student", "item"])["earned"].unstack()  # noqa: PD010 (nothing to sum up)
    waits = _graded(data, assignment.name).groupby("item")["waiting"].sum()
    spread = wide.max() - wide.min()
    varying = [item.name for item in assignment.items if spread.get(item.name, 0.0) > 1e-9]
    complete = wide[varying].dropna()
    # What varies over all may be the same for those who have every mark.
    varying = (
        [name for name in varying if np.ptp(complete[name].to_numpy()) > 1e-9] if len(complete) else varying
    )
    constant = [i.name for i in assignment.items if i.name in wide and i.name not in varying]
    waiting = [i.name for i in assignment.items if i.name not in wide and i.points > 0]
    found: dict[str, tuple[float, float, float]] = {}
    whole = (math.nan, math.nan, math.nan)
    if len(complete) >= FEWEST and len(varying) > 1:
        result = reliability.alpha(complete.reset_index(drop=True), varying)
        row = result.table.iloc[0]
        whole = (float(row["alpha"]), float(row["low"]), float(row["high"]))
        columns = ["item_rest", "item_rest_low", "item_rest_high"]
        for name, *values in result.items[["item", *columns]].itertuples(index=False):
            found[str(name)] = (float(values[0]), float(values[1]), float(values[2]))
    rows: list[ItemRow] = []
    for item in assignment.items:
        if item.points <= 0:
            continue
        n_waits = int(waits.get(item.name, 0))
        if item.name not in wide:
            marked = len(data.outcomes(assignment.name, "graded")) - n_waits
            rows.append(ItemRow(item.name, item.track, item.points, marked, remark="waiting", waits=n_waits))
            continue
        values = wide[item.name].dropna()
        share = float(values.mean() / item.points)
        r = found.get(item.name, (math.nan, math.nan, math.nan))
        remark = _remark(item.name in constant, share, r)
        rows.append(
            ItemRow(item.name, item.track, item.points, len(values), share, *r, remark=remark, waits=n_waits)
        )
    return ItemTable(
        assignment.name, rows, len(complete), len(varying), *whole, constant=constant, waiting=waiting
    )


def _remark(constant: bool, share: float, r: Iterable[float]) -> str:
    if constant:
        return "all" if share >= 1 - 1e-9 else "none" if share <= 1e-9 else "same"
    _, _, high = r
    return "against" if high < 0 else "weak" if high < 0.2 else ""
