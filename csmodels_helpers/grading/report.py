"""The class report: what to do now, what to teach again, how results and items are spread, what is new.

``csmodels report`` writes one HTML page that needs no other file, a CSV, and beside them a snapshot that the
next report compares with. The gradebook is only read.

The modules ``report_…`` stand below this one: ``report_data`` (the gradebook), ``report_findings`` (what
follows from it), ``report_memory`` (numbers in place of names, the snapshot) and ``report_page`` (words,
figure, page and CSV).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import report_data, report_findings, report_memory, report_page
from csmodels_helpers.grading.grade import course_directory
from csmodels_helpers.language import text

__all__ = ["Written", "write"]


@dataclass(frozen=True)
class Written:
    """What was written, and what it says in short.

    Parameters
    ----------
    page, table, snapshot : Path
        The HTML page, the CSV and what the next report compares with.
    names : Path
        Whose number is whose.
    summary : str
        What waits for the instructor.
    hidden : bool
        Whether numbers stand in place of names.
    """

    page: Path
    table: Path
    snapshot: Path
    names: Path
    summary: str
    hidden: bool

    def lines(self) -> list[str]:
        """Say what was done, in the language in force."""
        lines = [text("report.run.written", page=self.page, table=self.table), self.summary]
        if self.hidden:
            lines.append(text("report.run.names", path=self.names))
        return lines


def write(
    root: str | Path,
    to: str | Path | None = None,
    *,
    assignments: Sequence[str] = (),
    hide_names: bool = False,
    now: dt.datetime | None = None,
) -> Written:
    """Write the report of a class.

    Parameters
    ----------
    root : str or Path
        The course folder.
    to : str or Path, optional
        The page, by default ``report.html`` in the folder of the gradebook; the CSV and the snapshot have its
        name and other endings.
    assignments : sequence of str, optional
        Only these, such as "m05_kano" or "m05".
    hide_names : bool, default False
        Numbers in place of names: the same in every report, and neither in page, CSV nor snapshot is anything
        that leads back.
    now : datetime, optional
        The time to go by, with its zone.

    Returns
    -------
    Written
        The files.

    Raises
    ------
    CourseError
        If there is no gradebook, it does not know an assignment, or a file cannot be read or written.

    Examples
    --------
    >>> write("no such folder")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    csmodels_helpers.errors.CourseError: There is no gradebook at ...
    """
    data = report_data.read(root, assignments)
    folder = report_data.working_folder(course_directory(root))
    page = Path(to) if to is not None else folder / "report.html"
    if page.suffix.lower() not in (".html", ".htm"):
        raise CourseError(text("report.ending", path=page))
    if to is None:
        folder.mkdir(parents=True, exist_ok=True)
    at = (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).replace(tzinfo=None)
    listed = report_memory.Numbers(folder)
    memory = report_memory.Memory(page.with_suffix(".json"), listed.list)
    extended = [student for _, student in data.extensions]
    numbers = listed.of([*data.people, *extended])
    scores = report_memory.state(data, numbers)
    since, differences = memory.compare(scores)
    naming = report_page.Naming(data, numbers, hidden=hide_names)
    todo = report_findings.todo(data, at)
    news = report_page.News(since, differences, memory.other)
    html = report_page.html(data, todo, naming, news, at)
    table = page.with_suffix(".csv")
    report_memory.replace(table, report_page.csv_rows(data, naming), encoding="utf-8-sig")
    report_memory.replace(page, html)
    # Last: a report that could not be written is none to compare with.
    memory.keep(scores, at)
    return Written(page, table, memory.path, listed.path, report_page.summary(todo), hide_names)
