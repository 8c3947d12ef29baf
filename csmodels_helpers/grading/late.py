"""What comes late or again: how much it costs, who may take longer, which hand-in counts.

By default lateness costs nothing and is shown. A course that wants it otherwise says so in
``nbgrader_config.py``, for instance ``get_config().LatePolicy.percent_per_day = 10``.
"""

from __future__ import annotations

import csv
import io
import math
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.utils import parse_utc
from traitlets import Enum, Float
from traitlets.config import Configurable

from csmodels_helpers.errors import CourseError
from csmodels_helpers.language import text

__all__ = ["COLUMNS", "LatePolicy", "Resubmission", "penalty", "read_extensions", "timestamp"]

COLUMNS = ("student", "assignment", "days")
"""The columns of ``extensions.csv``; others beside them are remarks."""

_MOST_DAYS = 366
_DAY = 86_400


def penalty(
    score: float,
    seconds: float,
    *,
    grace_minutes: float = 15.0,
    percent_per_day: float = 0.0,
    most_percent: float = 100.0,
) -> float:
    """Return what lateness costs: a share of the score for each day begun after the grace time.

    Parameters
    ----------
    score : float
        The points without a penalty.
    seconds : float
        How late it came, extensions taken off.
    grace_minutes : float, default 15
        Lateness that is no lateness yet.
    percent_per_day : float, default 0
        Share of the score that each day begun costs.
    most_percent : float, default 100
        Share of the score that is taken off at most.

    Returns
    -------
    float
        Points, from 0 to the score.

    Examples
    --------
    One hour late is one day begun, 25 hours are two.

    >>> penalty(20, 3600, percent_per_day=10), penalty(20, 25 * 3600, percent_per_day=10)
    (2.0, 4.0)
    >>> penalty(20, 15 * 60, percent_per_day=10)
    0.0
    """
    days = (seconds - 60 * grace_minutes) / _DAY
    if not (score > 0 and days > 0 and percent_per_day > 0):
        return 0.0
    # Compared before it is rounded up: of an endless lateness there is no next whole day.
    share = most_percent
    if percent_per_day * days < most_percent:
        share = min(most_percent, percent_per_day * math.ceil(days))
    return min(score, max(0.0, score * share / 100))


class LatePolicy(LateSubmissionPlugin):
    """The penalty of :func:`penalty`, with its rates from nbgrader's settings.

    Examples
    --------
    >>> LatePolicy(percent_per_day=10).late_submission_penalty("li", 20, 3600)
    2.0
    >>> LatePolicy().late_submission_penalty("li", 20, 3600)
    0.0
    """

    grace_minutes: Any = Float(15.0, min=0, help="lateness in minutes that is no lateness yet").tag(
        config=True
    )
    percent_per_day: Any = Float(0.0, min=0, help="share of the score that each day begun costs").tag(
        config=True
    )
    most_percent: Any = Float(100.0, min=0, max=100, help="share of the score that is taken off at most").tag(
        config=True
    )

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float:
        """Return the penalty in points, 0 where there is none.

        Parameters
        ----------
        student_id : str
            Whose; the same for all.
        score : float
            The points without a penalty.
        total_seconds_late : float
            How late it came, extensions taken off.

        Returns
        -------
        float
            From 0 to the score.
        """
        return penalty(
            score,
            total_seconds_late,
            grace_minutes=self.grace_minutes,
            percent_per_day=self.percent_per_day,
            most_percent=self.most_percent,
        )


class Resubmission(Configurable):
    """Which hand-in counts if somebody hands in again.

    "newest" (the default): the last one, better or not. "best": the last one unless its tests give fewer
    points. "first": the first one that was graded.

    Examples
    --------
    >>> Resubmission().counts
    'newest'
    """

    counts: Any = Enum(("newest", "best", "first"), "newest", help="which hand-in counts").tag(config=True)


# ------------------------------------------------------------------------------------------ extensions


def read_extensions(path: str | Path) -> dict[tuple[str, str], timedelta] | None:
    r"""Read who may take longer, from a CSV file with the columns of :data:`COLUMNS`.

    Parameters
    ----------
    path : str or Path
        The file, ``extensions.csv`` in the working folder.

    Returns
    -------
    dict of timedelta or None
        (student, assignment) → time; None if there is no file.

    Raises
    ------
    CourseError
        If it is no such file, or a row cannot be understood.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "extensions.csv"
    ...     written = file.write_text("student,assignment,days\nli,m05_kano,2\n", encoding="utf-8")
    ...     read_extensions(file)
    {('li', 'm05_kano'): datetime.timedelta(days=2)}
    """
    file = Path(path)
    try:
        words = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(text("grading.late.unreadable", path=file, reason=error)) from error
    found: dict[tuple[str, str], timedelta] = {}
    reader = csv.reader(io.StringIO(words, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        for column in COLUMNS:
            if header.count(column) != 1:
                raise CourseError(text("grading.late.header", path=file, column=column))
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise CourseError(
                    text(
                        "grading.late.width",
                        path=file,
                        row=reader.line_num,
                        n=len(cells),
                        wanted=len(header),
                    )
                )
            row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
            for column in ("student", "assignment"):
                if not row[column]:
                    raise _wrong(file, reader.line_num, column, "", text("grading.late.name"))
            days = row["days"]
            if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,6})?", days) or float(days) > _MOST_DAYS:
                raise _wrong(file, reader.line_num, "days", days, text("grading.late.days", most=_MOST_DAYS))
            who = (row["student"], row["assignment"])
            if who in found:
                raise _wrong(file, reader.line_num, "student", who[0], text("grading.late.once"))
            found[who] = timedelta(days=float(days))
    except csv.Error as error:
        raise CourseError(text("grading.late.unreadable", path=file, reason=error)) from error
    return found


def _wrong(file: Path, row: int, column: str, value: str, allowed: str) -> CourseError:
    return CourseError(
        text("grading.late.value", path=file, row=row, column=column, value=value, allowed=allowed)
    )


def timestamp(folder: str | Path) -> datetime | None:
    """Return when a folder was handed in, if nbgrader's ``timestamp.txt`` says it.

    Parameters
    ----------
    folder : str or Path
        ``submitted/<student>/<assignment>``.

    Returns
    -------
    datetime or None
        The time, as nbgrader reads it.

    Examples
    --------
    >>> timestamp("nowhere")
    """
    path = Path(folder) / "timestamp.txt"
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > 100:
            return None
        return parse_utc(path.read_text(encoding="utf-8").strip())
    except (OSError, ValueError, OverflowError):
        return None
