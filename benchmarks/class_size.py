"""What does a large class cost? A part of ``make bench``: 30, 300 and 3,000 hand-ins by two local workers.

The class is that of ``grading.py``, only larger. Time should grow as the class does, and memory not at all.
Of each class the class report is then written, with ``nbgrader export`` of the same gradebook beside it,
which writes the scores as CSV and nothing else. The results go to ``benchmarks/results.md``.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import grading
from models import machine, say, set_table, write

CLASSES = (30, 300, 3000)
LINEAR, FLAT, REPORT = 1.15, 1.25, 10.0
"""The goals: the largest class against the smallest, time a hand-in and memory; seconds for the report."""
TURNS = 3  # of report and export
EVERY = 1.0  # seconds between two looks at the memory, as looking takes time


@dataclass
class Class:
    """What a class of one size cost: see the heads of the table."""

    number: int
    run: grading.Run
    report: list[float]
    report_peak: float
    export: list[float]


def measure(number: int) -> Class:
    """Grade a class of this size, then write its report.

    Parameters
    ----------
    number : int
        Trainees.

    Returns
    -------
    Class
        What it took.
    """
    with tempfile.TemporaryDirectory(prefix="csmodels-bench-") as name:
        folder = Path(name)
        expected = grading.prepare(folder, number, others=False)
        run = grading.measure("ours-2", folder, list(expected), look=True, every=EVERY)
        wrong = grading.differences([run], expected)
        if wrong:
            raise SystemExit("\n".join([*wrong, "Scores differ: nothing is written."]))
        say(f"{number}: {run.wall / number:.3f} s a hand-in, start {run.start:.1f} s, {run.peak:.0f} MB")
        base, around = folder / "graded", grading.surroundings(folder)
        report = [sys.executable, "-m", "csmodels_helpers.cli", "report"]
        url = f"sqlite:///{base / 'grading' / 'gradebook.db'}"
        export = [sys.executable, "-m", "nbgrader", "export", "--db", url, "--to", str(folder / "grades.csv")]
        reports = [grading.launch(report, base, around) for _ in range(TURNS)]
        exports = [grading.launch(export, folder, around) for _ in range(TURNS)]
        peak = grading.launch(report, base, around, look=True).peak
        found = Class(number, run, [one.wall for one in reports], peak, [one.wall for one in exports])
        say(f"{number}: report {statistics.median(found.report):.1f} s")
        return found


def lines_of(found: list[Class]) -> list[str]:
    """Set the classes side by side, and the goals below.

    Parameters
    ----------
    found : list of Class
        From the smallest to the largest.

    Returns
    -------
    list of str
        Lines of Markdown.
    """
    head = ["hand-ins", "start, s", "s a hand-in", "peak MB", "report, s", "peak MB", "nbgrader export, s"]
    rows = [head]
    for one in found:
        rows.append(
            [
                f"{one.number:,}",
                f"{one.run.start:.1f}",
                f"**{one.run.wall / one.number:.3f}**",
                f"{one.run.peak:.0f}",
                f"**{statistics.median(one.report):.1f}**",
                f"{one.report_peak:.0f}",
                f"{statistics.median(one.export):.1f}",
            ]
        )
    few, many = found[0], found[-1]
    times = (many.run.wall / many.number) / (few.run.wall / few.number)
    memory, report = many.run.peak / few.run.peak, statistics.median(many.report)
    goals = [["goal", "measured", ""]]
    for goal, value, most in (
        (f"a hand-in among {many.number:,} within {LINEAR:g} times one among {few.number}", times, LINEAR),
        (f"memory for {many.number:,} within {FLAT:g} times that for {few.number}", memory, FLAT),
        (f"the report for {many.number:,} within {REPORT:g} s", report, REPORT),
    ):
        goals.append([goal, f"{value:.2f}", "met" if value <= most else "**missed**"])
    return [*set_table(rows), "", *set_table(goals)]


def main(arguments: list[str] | None = None) -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true", help="small classes; writes no results")
    options = parser.parse_args(arguments)
    lines = [machine("pandas", "nbgrader", "SQLAlchemy"), ""]
    lines += lines_of([measure(number) for number in ((6, 12) if options.quick else CLASSES)])
    say("\n" + "\n".join(lines) + "\n")
    if not options.quick:
        write(lines, "class_size")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
