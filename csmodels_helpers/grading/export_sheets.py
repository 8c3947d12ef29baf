"""Exports for people: the scores as CSV, row by row, and as a workbook with a row a student."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from nbgrader.plugins import ExportPlugin
from traitlets import Enum
from traitlets.config import Application

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading.export_marks import (
    COLUMNS,
    Mark,
    Marks,
    Student,
    plain_text,
    read_marks,
    rows,
    whole,
)
from csmodels_helpers.language import text

__all__ = ["Excel", "Export", "Scores", "Table"]


class Export(ExportPlugin):
    """An exporter whose errors are one sentence on the terminal, not a trace of calls."""

    def export(self, gradebook: Any) -> None:
        """Write the file, whole or not at all.

        Parameters
        ----------
        gradebook : nbgrader.api.Gradebook
            An open gradebook.

        Raises
        ------
        CourseError
            If that cannot be done; under ``nbgrader export``, the command ends with its sentence.
        """
        try:
            self.write(gradebook)
        except CourseError as error:
            if isinstance(self.parent, Application):
                raise SystemExit(str(error)) from error
            raise

    def write(self, gradebook: Any) -> None:
        """Write the file: what each exporter does in its own way."""
        raise NotImplementedError


class Scores(Export):
    """Write the scores as CSV that a spreadsheet opens rightly and does not run.

    ``nbgrader export`` uses it by default here; elsewhere
    ``nbgrader export --exporter csmodels_helpers.grading.export.Scores``.
    """

    def write(self, gradebook: Any) -> None:
        """Write the file, whole or not at all.

        Parameters
        ----------
        gradebook : nbgrader.api.Gradebook
            An open gradebook.

        Raises
        ------
        CourseError
            If the file cannot be written.
        """
        target = Path(str(self.to) or "grades.csv")
        students, names = ([str(one) for one in wanted] for wanted in (self.student, self.assignment))
        self.log.info("Exporting grades to %s", target)
        # With a mark that it is UTF-8: without, spreadsheets show Chinese names in another encoding.
        with (
            whole(target) as beside,
            beside.open("w", encoding="utf-8-sig", errors="replace", newline="") as file,
        ):
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for row in rows(gradebook, students=students, names=names):
                writer.writerow(_cell(value) for value in row)


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, str):
        return plain_text(value)
    return value if isinstance(value, int | float) else str(value)


class Table(Export):
    """What exports with a row a student have in common: which value stands in a cell, and what is told."""

    unit: Any = Enum(("points", "percent"), "points", help="points, or percent of the most points").tag(
        config=True
    )
    missing: Any = Enum(("empty", "zero"), "empty", help="what stands for no hand-in").tag(config=True)
    waiting: Any = Enum(
        ("empty", "include"), "empty", help="marks that wait for points by hand: left empty, or as they are"
    ).tag(config=True)

    def read(self, gradebook: Any) -> Marks:
        """Read what was asked for, and tell what waits to be marked.

        Parameters
        ----------
        gradebook : nbgrader.api.Gradebook
            An open gradebook.

        Returns
        -------
        Marks
            Of the chosen students and assignments.
        """
        students, names = ([str(one) for one in wanted] for wanted in (self.student, self.assignment))
        marks = read_marks(gradebook, students=students, names=names)
        for name, most in marks.assignments.items():
            if self.unit == "percent" and most <= 0:
                raise CourseError(text("export.no_points", name=name))
            waits = [s.said for s in marks.students if self._waits(marks.given.get((name, s.id)))]
            if waits:
                key = "export.included" if self.waiting == "include" else "export.waiting"
                option = f"--{type(self).__name__}.waiting=include"
                self.log.warning(text(key, name=name, n=len(waits), who=", ".join(waits), option=option))
        return marks

    def value(self, marks: Marks, name: str, student: Student, most: float | None = None) -> float | None:
        """Return what stands in a cell.

        Parameters
        ----------
        marks : Marks
            As :meth:`read` returns it.
        name : str
            The assignment.
        student : Student
            Whose.
        most : float, optional
            The most points where it goes to, for percent; 100 by default.

        Returns
        -------
        float or None
            None for an empty cell.
        """
        mark = marks.given.get((name, student.id))
        if mark is None:
            return 0.0 if self.missing == "zero" else None
        if self._waits(mark) and self.waiting == "empty":
            return None
        if self.unit == "points":
            return round(mark.points, 5)
        return round(mark.points / marks.assignments[name] * (100.0 if most is None else most), 5)

    @staticmethod
    def _waits(mark: Mark | None) -> bool:
        return mark is not None and mark.waiting


class Excel(Table):
    """Write a workbook: a sheet with a row a student, and one with all that :class:`Scores` writes.

    ``nbgrader export --exporter csmodels_helpers.grading.export.Excel --to grades.xlsx``
    """

    def write(self, gradebook: Any) -> None:
        """Write the file, whole or not at all.

        Parameters
        ----------
        gradebook : nbgrader.api.Gradebook
            An open gradebook.

        Raises
        ------
        CourseError
            If the file cannot be written, or its name is none of a workbook.
        """
        import openpyxl

        target = Path(str(self.to) or "grades.xlsx")
        if target.suffix.lower() != ".xlsx":
            raise CourseError(text("export.suffix", path=target))
        self.log.info("Exporting grades to %s", target)
        marks = self.read(gradebook)
        book: Any = openpyxl.Workbook()
        sheet = book.active
        sheet.title = text("export.sheet.marks")
        _append(sheet, ["student_id", "last_name", "first_name", "email", *marks.assignments])
        for student in marks.students:
            values = [self.value(marks, name, student) for name in marks.assignments]
            _append(sheet, [student.id, student.last_name, student.first_name, student.email, *values])
        every = book.create_sheet(text("export.sheet.rows"))
        _append(every, [*COLUMNS, "waiting"])
        for row in rows(gradebook, students=[s.id for s in marks.students], names=[*marks.assignments]):
            waits = self._waits(marks.given.get((row[0], row[3])))
            _append(every, [*row, text("export.sheet.waiting") if waits else None])
        for one in (sheet, every):
            one.freeze_panes = "B2"
        with whole(target) as beside:
            book.save(beside)


def _append(sheet: Any, values: Any) -> None:
    """Write a row; text is text, whatever it begins with."""
    from openpyxl.cell import Cell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    make: Any = Cell  # place and row come with append
    cells: list[Any] = []
    for value in values:
        words = isinstance(value, str)
        if words:  # signs that no XML can hold
            value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value).encode("utf-8", "replace").decode()
        cell: Any = make(sheet, value=value)
        if words:
            cell.data_type = "s"  # "=1+1" would be taken for a formula
            cell.quotePrefix = True  # and stays text when somebody edits it
        cells.append(cell)
    sheet.append(cells)
