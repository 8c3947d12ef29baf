"""The words, the figure, the page and the CSV of a class report."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bleach
import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

import csmodels_helpers
from csmodels_helpers import plots
from csmodels_helpers.grading import report_findings as findings
from csmodels_helpers.grading.export import plain_text
from csmodels_helpers.grading.feedback import clean_markdown
from csmodels_helpers.grading.report_data import ClassData
from csmodels_helpers.grading.report_memory import Difference
from csmodels_helpers.language import get_language, join, text
from csmodels_helpers.metrics_words import rounded

__all__ = ["COLUMNS", "Naming", "News", "csv_rows", "html", "summary"]

TEMPLATES = Path(__file__).parent / "templates" / "csmodels_report"

COLUMNS = (
    *("assignment", "student_id", "last_name", "first_name", "item", "track"),
    *("score", "max_score", "state", "reasons"),
)
"""The columns of the CSV: one row a trainee and item."""

# Rows of a list, and misconceptions, before the rest is folded away; sections to plan a lesson with.
_SHOWN, _FIRST, _PLANNED = 20, 10, 3


class Naming:
    """How trainees are named: by name and id, or by number.

    Parameters
    ----------
    data : ClassData
        The class.
    numbers : dict of int
        Student → number.
    hidden : bool
        Whether numbers stand in place of names.
    """

    def __init__(self, data: ClassData, numbers: dict[str, int], *, hidden: bool) -> None:
        self.hidden, self._numbers = hidden, numbers
        self._people = data.people
        self._by_number = {number: student for student, number in numbers.items()}
        self._width = max(2, len(str(max(numbers.values(), default=0))))

    def say(self, student: str) -> str:
        """Return what stands on the page."""
        if self.hidden:
            return text("report.trainee", number=f"{self._numbers[student]:0{self._width}}")
        person = self._people.get(student)
        if person is None or not (person.first or person.last):
            return student
        chinese = any("\u4e00" <= sign <= "\u9fff" for sign in person.last)
        full = person.last + person.first if chinese else f"{person.first} {person.last}".strip()
        return full if full == student else text("report.person", name=full, id=student)

    def columns(self, student: str) -> tuple[str, str, str]:
        """Return what stands in the CSV: id, last and first name."""
        person = self._people.get(student)
        if self.hidden or person is None:
            return self.say(student), "", ""
        return person.id, person.last, person.first

    def order(self, student: str) -> Any:
        """Return what to sort by: an order by name would give hidden names away."""
        if self.hidden:
            return self._numbers[student]
        person = self._people.get(student)
        names = (person.last, person.first) if person else ("", "")
        return (*(name.casefold() for name in names), student)

    def numbered(self, number: int) -> str:
        """Return whose number it is."""
        return self._by_number[number]


@dataclass(frozen=True)
class News:
    """What changed since the last report.

    Parameters
    ----------
    since : str
        When the report was made that is compared with; "" if there was none.
    differences : list of Difference
        What is another one.
    other : bool
        Whether a snapshot was there that knows other numbers.
    """

    since: str
    differences: list[Difference]
    other: bool


# ---------------------------------------------------------------------------------------------- words


def _t(key: str, **values: object) -> str:
    return text(f"report.page.{key}", **values)


def _percent(share: float) -> str:
    return "—" if math.isnan(share) else f"{rounded(100 * share, 0)} %"


def _number(value: float) -> str:
    return "—" if math.isnan(value) else f"{value:.2f}".rstrip("0").rstrip(".").replace("-", "−")


def _coefficient(value: float) -> str:
    return rounded(value, 2)


def _time(at: dt.datetime | None) -> str:
    return "—" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"


def _inline(message: str) -> Markup:
    """Render a message of ours; without links, as the page names no other place."""
    return Markup(bleach.clean(clean_markdown(message), tags={"strong", "em", "code"}, strip=True).strip())


def _listed(names: Iterable[str]) -> str:
    return text("report.comma").join(names)


def _track(track: str) -> str:
    return text(f"report.track.{track or 'none'}")


class _Short:
    """Assignments by their module, "m05", where that is clear."""

    def __init__(self, data: ClassData) -> None:
        names = [assignment.name for assignment in data.assignments]
        parts = [name.partition("_")[0] for name in names]
        self._short = {
            name: part if parts.count(part) == 1 else name for name, part in zip(names, parts, strict=True)
        }

    def __call__(self, name: str) -> str:
        return self._short.get(name, name)


def summary(todo: findings.Todo) -> str:
    """Say in a sentence what waits for the instructor.

    Parameters
    ----------
    todo : Todo
        As :func:`report_findings.todo` returns it.

    Returns
    -------
    str
        One sentence.

    Examples
    --------
    >>> summary(findings.Todo([], {}, [], [], [], []))
    'Nothing waits for you.'
    """
    outcomes = [trouble.outcome for trouble in todo.trouble]
    counts = {
        "mark": sum(one.answers for one in todo.waiting),
        "grade": sum(todo.ungraded.values()),
        "refused": outcomes.count("refused"),
        "failed": len(outcomes) - outcomes.count("refused"),
        "nobody": len(todo.nobody),
        "behind": len(todo.behind),
        "extended": sum(one.state != "in" for one in todo.extensions),
    }
    said = [text(f"report.todo.{key}", n=n) for key, n in counts.items() if n]
    return (
        text("report.todo.all", parts=text("report.semicolon").join(said))
        if said
        else text("report.todo.nothing")
    )


# ----------------------------------------------------------------------------------------------- page


def html(data: ClassData, todo: findings.Todo, naming: Naming, news: News, at: dt.datetime) -> str:
    """Make the page.

    Parameters
    ----------
    data : ClassData
        The class.
    todo : Todo
        What waits.
    naming : Naming
        How trainees are named.
    news : News
        What changed.
    at : datetime
        When, in UTC.

    Returns
    -------
    str
        One HTML document that needs no other file.

    Examples
    --------
    >>> from csmodels_helpers.grading.report_data import NOBODY
    >>> todo = findings.Todo([], {}, [], [], [], [])
    >>> naming = Naming(NOBODY, {}, hidden=False)
    >>> page = html(NOBODY, todo, naming, News("", [], False), dt.datetime(2026, 5, 1))
    >>> "Nothing waits for you." in page
    True
    """
    short = _Short(data)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"inline": _inline, "percent": _percent, "number": _number, "time": _time}
    tables = findings.items(data)
    page = {
        "title": _t("title")
        if len(data.assignments) != 1
        else _t("title_one", name=data.assignments[0].name),
        "about": _about(data, at),
        "summary": summary(todo),
        "todo": _todo(todo, naming, short),
        "teach": _teach(data, short),
        "results": _results(data, tables, short),
        "hardest": _hardest(tables),
        "tables": [_items(table) for table in tables],
        "news": _news(news, naming, short),
    }
    return environment.get_template("index.html.j2").render(
        page=page,
        t=_t,
        shown=_SHOWN,
        first=_FIRST,
        fewest=findings.FEWEST,
        language=get_language().replace("_", "-"),
        hidden=naming.hidden,
        version=csmodels_helpers.__version__,
    )


def _about(data: ClassData, at: dt.datetime) -> str:
    return _t(
        "about",
        people=len(data.people),
        assignments=len(data.assignments),
        handins=len(data.handins),
        at=_time(at),
    )


def _todo(todo: findings.Todo, naming: Naming, short: _Short) -> dict[str, Any]:
    outcomes = [trouble.outcome for trouble in todo.trouble]
    trouble = [
        (
            naming.say(one.student),
            short(one.assignment),
            _t(f"trouble.{one.outcome}"),
            _trouble(one, naming),
        )
        for one in sorted(
            todo.trouble, key=lambda one: (one.outcome, one.assignment, naming.order(one.student))
        )
    ]
    behind = [
        (
            naming.say(one.student),
            _listed(map(short, one.missing)) or "—",
            _listed(map(short, one.last)) or "—",
        )
        for one in sorted(
            todo.behind, key=lambda one: (-len(one.missing), -len(one.last), naming.order(one.student))
        )
    ]
    open_ = [one for one in todo.extensions if one.state != "in"]
    extended = [
        (
            naming.say(one.student),
            short(one.assignment),
            _number(one.days),
            _time(one.until),
            _t(f"extension.{one.state}"),
        )
        for one in sorted(
            open_, key=lambda one: (one.state != "unknown", one.assignment, naming.order(one.student))
        )
    ]
    counts = {name: outcomes.count(name) for name in ("refused", "failed", "unscored")}
    return {
        "waiting": [(short(one.assignment), one.answers, one.handins, one.again) for one in todo.waiting],
        "answers": sum(one.answers for one in todo.waiting),
        "ungraded": [
            (short(name), n, _inline(f"`csmodels grade {short(name)}`")) for name, n in todo.ungraded.items()
        ],
        "n_ungraded": sum(todo.ungraded.values()),
        "trouble": trouble,
        "troubled": _listed(_t(f"troubled.{name}", n=n) for name, n in counts.items() if n),
        "nobody": _listed(map(short, todo.nobody)),
        "behind": behind,
        "extended": extended,
        "extended_in": len(todo.extensions) - len(open_),
    }


def _trouble(one: findings.Trouble, naming: Naming) -> Markup:
    """Say what to do; words that are not ours are shown as they are, and not at all without names."""
    if one.ours and one.message:
        return _inline(one.message)
    advice = _inline(_t(f"trouble.{one.outcome}_do", name=one.assignment))
    return advice if naming.hidden or not one.message else Markup("{} {}").format(one.message, advice)


def _teach(data: ClassData, short: _Short) -> dict[str, Any]:
    found, otherwise = findings.mistakes(data)
    rows = [
        {
            "share": _percent(one.share),
            "people": _t("of", n=one.people, all=one.of),
            "item": one.item,
            "name": one.name,
            "message": one.message,
            "section": _section(one) if one.section else "",
            "anchor": one.anchor,
        }
        for one in found
    ]
    lead = _t("teach.nothing")
    if found:
        first = found[0]
        lead = _t(
            "teach.lead",
            name=first.name.rstrip("。.？?！!"),
            assignment=short(first.assignment),
            n=first.people,
            all=first.of,
            share=_percent(first.share),
        )
    other = _listed(_t(f"teach.kind_{kind}", n=n) for kind, n in otherwise.items())
    return {
        "lead": lead,
        "sections": _sections(found),
        "rows": rows,
        "other": _t("teach.other", parts=other) if other else "",
    }


def _section(mistake: findings.Mistake) -> str:
    return f"{mistake.item.partition('-')[0]} › {mistake.section}"


def _sections(found: list[findings.Mistake]) -> list[str]:
    """Say where most trainees went wrong, whatever their mistake: what Monday's lesson is made of."""
    students: dict[tuple[str, str], set[str]] = {}
    of: dict[tuple[str, str], int] = {}
    for one in found:
        if one.section:
            key = (_section(one), one.assignment)
            students.setdefault(key, set()).update(one.students)
            of[key] = one.of
    most = sorted(students, key=lambda key: (-len(students[key]) / of[key], key))[:_PLANNED]
    return [
        _t("teach.plan_row", section=key[0], n=len(students[key]), all=of[key])
        for key in most
        if len(most) > 1
    ]


def _results(data: ClassData, tables: list[findings.ItemTable], short: _Short) -> dict[str, Any]:
    shares = findings.results(data)
    summed = findings.tracks(shares)
    if summed.empty:
        return {"lead": _t("results.nothing"), "rows": [], "figure": "", "left": ""}
    labels = [_label(row, short) for row in _records(summed)]
    rows = [
        (
            short(str(row["assignment"])),
            _track(str(row["track"])),
            int(row["n"]),
            _percent(row["median"]),
            f"{_percent(row['quarter'])} – {_percent(row['three'])}",
            f"{_percent(row['low'])} – {_percent(row['high'])}",
        )
        for row in _records(summed)
    ]
    lead = _finding(summed, labels)
    waiting = [name for table in tables for name in table.waiting]
    left = _t("results.left", names=_listed(waiting)) if waiting else ""
    image = Markup(_figure(shares, summed, labels, lead))
    return {
        "lead": _t("results.lead", n=len(shares[["assignment", "student"]].drop_duplicates())),
        "rows": rows,
        "figure": image,
        "left": left,
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _label(row: dict[str, Any], short: _Short) -> str:
    return _t("results.row", assignment=short(str(row["assignment"])), track=_track(str(row["track"])))


def _finding(summed: pd.DataFrame, labels: Sequence[str]) -> str:
    """Say where the median is lowest: title of the figure and lead of its section."""
    median = summed["median"].to_numpy()
    lowest = int(median.argmin())
    said = {"row": labels[lowest], "median": _percent(median[lowest]), "n": int(summed["n"].iloc[lowest])}
    if len(summed) == 1:
        return _t("results.one", **said)
    if np.ptp(median) < 0.005:
        return _t("results.same", **said)
    highest = int(median.argmax())
    return _t("results.lowest", **said, best=labels[highest], highest=_percent(median[highest]))


def _figure(shares: pd.DataFrame, summed: pd.DataFrame, labels: Sequence[str], title: str) -> str:
    """Draw every result, larger where several are equal, with the middle half and the median of each row."""
    import matplotlib.pyplot as plt
    import seaborn as sns
    from matplotlib.lines import Line2D

    rows = {(row["assignment"], row["track"]): place for place, row in enumerate(_records(summed))}
    dots = shares.assign(share=(100 * shares["share"]).round(2))
    dots = dots.groupby(["assignment", "track", "share"], as_index=False).size()
    dots["y"] = [rows[key] for key in zip(dots["assignment"], dots["track"], strict=True)]
    looks = {"core": ("blue", "o"), "deeper": ("orange", "s"), "": ("grey", "^")}
    with plt.rc_context():
        plots.set_style()
        ax = plots.axes(figsize=(7.2, 1.7 + 0.36 * len(summed)))
        handles: list[Any] = []
        for track, (colour, marker) in looks.items():
            part = dots[dots["track"] == track]
            if part.empty:
                continue
            sns.scatterplot(
                part,
                x="share",
                y="y",
                size="size",
                sizes=(30, 260),
                size_norm=(1, max(2, dots["size"].max())),
                color=plots.PALETTE[colour],
                marker=marker,
                alpha=0.45,
                legend=False,
                ax=ax,
                clip_on=False,
            )
            handles.append(
                Line2D(
                    [],
                    [],
                    ls="",
                    marker=marker,
                    color=plots.PALETTE[colour],
                    alpha=0.6,
                    ms=7,
                    label=_track(track),
                )
            )
        for place, row in enumerate(_records(summed)):
            ax.plot([100 * row["quarter"], 100 * row["three"]], [place] * 2, color="#1F2328", lw=2, zorder=3)
            ax.plot(
                100 * row["median"], place, marker="|", ms=15, mew=3, color="#1F2328", zorder=4, clip_on=False
            )
        handles.append(Line2D([], [], color="#1F2328", lw=2, label=_t("results.half")))
        handles.append(
            Line2D([], [], ls="", marker="|", ms=12, mew=3, color="#1F2328", label=_t("results.median"))
        )
        ax.set_yticks(range(len(labels)), labels)
        ax.set_ylim(len(labels) - 0.4, -0.6)
        ax.set_xlim(-2, 102)
        plots.legend_below(ax, handles)
        medians = zip(labels, summed["median"], summed["n"], strict=True)
        said = (_t("results.alt_row", row=row, median=_percent(median), n=n) for row, median, n in medians)
        alt = _t("results.alt", title=title, parts=text("report.semicolon").join(said))
        plots.label(ax, title=title, xlabel=_t("results.x"), ylabel=_t("results.y"), alt=alt)
        figure: Any = ax.get_figure(root=True)
        image = plots.figure_html(figure)
    plt.close(figure)
    return image


def _hardest(tables: list[findings.ItemTable]) -> str:
    rows = [row for table in tables for row in table.rows if not math.isnan(row.share)]
    if not rows:
        return _t("items.unmarked")
    hardest = min(rows, key=lambda row: row.share)
    against = [row.name for row in rows if row.remark == "against"]
    return join(
        _t("items.hardest", name=hardest.name, share=_percent(hardest.share), n=hardest.n),
        _t("items.reread", names=_listed(against)) if against else "",
    )


def _items(table: findings.ItemTable) -> dict[str, Any]:
    rows = [
        (
            row.name,
            _track(row.track),
            _number(row.points),
            row.n,
            _percent(row.share),
            _coefficient(row.r) if not math.isnan(row.r) else "—",
            _t("items.interval", low=_coefficient(row.low), high=_coefficient(row.high))
            if not math.isnan(row.low)
            else "",
            _t(f"items.remarks.{row.remark}", n=row.waits) if row.remark else "",
        )
        for row in table.rows
    ]
    said = {"n": table.complete, "items": table.entering, "fewest": findings.FEWEST}
    if not math.isnan(table.alpha):
        key = "alpha" if not math.isnan(table.low) else "alpha_bare"
        said |= {name: _coefficient(getattr(table, name)) for name in ("alpha", "low", "high")}
    else:
        key = "few" if table.complete < findings.FEWEST else "flat"
    lead = [_t(f"items.{key}", **said)]
    if table.constant:
        lead.append(_t("items.constant", names=_listed(table.constant)))
    if table.waiting:
        lead.append(_t("items.waiting", names=_listed(table.waiting)))
    remarks = any(row[-1] for row in rows)
    shown = rows if remarks else [row[:-1] for row in rows]
    return {"name": table.assignment, "lead": join(*lead), "rows": shown, "remarks": remarks}


def _news(news: News, naming: Naming, short: _Short) -> dict[str, Any]:
    if not news.since:
        return {"lead": _t("news.other" if news.other else "news.first"), "groups": []}
    since = _time(dt.datetime.fromisoformat(news.since))
    if not news.differences:
        return {"lead": _t("news.nothing", since=since), "groups": []}
    groups: list[dict[str, Any]] = []
    for kind in ("new", "graded", "score", "lost", "gone"):
        found = [(naming.numbered(one.number), one) for one in news.differences if one.kind == kind]
        found.sort(key=lambda pair: (pair[1].assignment, naming.order(pair[0])))
        rows = [
            (naming.say(student), short(one.assignment), *map(_score, (one.before, one.after)))
            for student, one in found
        ]
        if rows:
            groups.append({"title": _t(f"news.{kind}", n=len(rows)), "rows": rows})
    counts = _listed(group["title"] for group in groups)
    return {"lead": _t("news.lead", since=since, parts=counts), "groups": groups}


def _score(value: float | None) -> str:
    return "—" if value is None else _number(value)


# ------------------------------------------------------------------------------------------------- CSV


def csv_rows(data: ClassData, naming: Naming) -> str:
    """Write the table: each trainee with each item, handed in or not.

    Parameters
    ----------
    data : ClassData
        The class.
    naming : Naming
        How trainees are named.

    Returns
    -------
    str
        CSV with the columns of :data:`COLUMNS`.

    Examples
    --------
    >>> from csmodels_helpers.grading.report_data import NOBODY
    >>> csv_rows(NOBODY, Naming(NOBODY, {}, hidden=False)).split(",")[:2]
    ['assignment', 'student_id']
    """
    columns = ["assignment", "student", "item", "score", "waiting"]
    marks = {
        (assignment, student, item): (score, waiting)
        for assignment, student, item, score, waiting in data.grades[columns].itertuples(index=False)
    }
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    everybody = sorted(data.people, key=naming.order)
    for assignment in data.assignments:
        for student in everybody:
            handed = data.handins.get((assignment.name, student))
            reasons = _reasons(handed.reasons if handed else {})
            for item in assignment.items:
                score, waiting = marks.get((assignment.name, student, item.name), ("", False))
                state = handed.outcome if handed else "missing"
                if state == "graded" and waiting:
                    state = "waiting"
                shown = _number_or_blank(score) if state in ("graded", "refused") else ""
                row = (assignment.name, *naming.columns(student), item.name, item.track)
                values = (shown, item.points, state, plain_text(reasons.get(item.name, "")))
                writer.writerow([*map(plain_text, row), *values])
    return file.getvalue()


def _number_or_blank(score: Any) -> Any:
    return score if score == "" else round(float(score), 6)


def _reasons(reasons: dict[str, str]) -> dict[str, str]:
    """Return item → why points were lost; only what our own messages know."""
    found: dict[str, list[str]] = {}
    for reason in reasons.values():
        item, slash, kind = str(reason).partition("/")
        if slash and kind not in found.setdefault(item, []):
            found[item].append(kind)
    return {item: " ".join(sorted(kinds)) for item, kinds in found.items()}
