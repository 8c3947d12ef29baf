"""Exports for learning platforms: a row a student, a column an assignment, as their importers read them.

What the importers do was read in their sources (Canvas: ``lib/gradebook_importer.rb``; Moodle:
``grade/import/csv/classes/load_data.php``). Three things that they do decide how a file is written here:
Moodle gives a row without an id to the student of the row above; one unknown id ends its whole import; and in
both an empty cell can take out a mark that stands there.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from traitlets import Bool, Dict, Enum, Unicode

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading.export_marks import Marks, Student, number, plain_text, whole
from csmodels_helpers.grading.export_sheets import Table
from csmodels_helpers.language import text

__all__ = ["Canvas", "Moodle"]

_FIELDS = ("id", "email", "lms_user_id")
_MOST = 100  # of Moodle, unless its administrator allows more


class _Platform(Table):
    """What Canvas and Moodle have in common: who a row is about."""

    student_by: Any = Enum(
        _FIELDS, "id", help="what the gradebook knows students by as the platform does"
    ).tag(config=True)
    columns: Any = Dict(help="assignment → title of its column on the platform").tag(config=True)

    def identified(self, marks: Marks, *, digits: bool = False) -> dict[str, Student]:
        """Return id on the platform → student; whom it lacks is told by name and left out."""
        found: dict[str, Student] = {}
        alike: dict[str, Student] = {}
        without: list[str] = []
        for student in marks.students:
            key = str(getattr(student, self.student_by)).strip()
            # An apostrophe against formulas would make it another id; PHP takes "0" for nothing at all.
            usable = key not in ("", "0") and plain_text(key) == key and key.isprintable()
            if not usable or (digits and not re.fullmatch("[0-9]+", key)):
                without.append(student.said)
                continue
            twin = alike.setdefault(key.casefold(), student)
            if twin is not student:
                who = f"{twin.said}; {student.said}"
                raise CourseError(text("export.twins", field=self.student_by, value=key, who=who))
            found[key] = student
        if without:
            own = type(self).__name__
            words = {"n": len(without), "who": ", ".join(without), "field": self.student_by, "own": own}
            self.log.warning(text("export.without", **words))
        return found

    def title(self, name: str) -> str:
        """Return the title of an assignment's column."""
        return str(self.columns.get(name, name))

    def read(self, gradebook: Any) -> Marks:
        """Read what was asked for; titles must belong to assignments, each to one."""
        marks = super().read(gradebook)
        for name in self.columns:
            if name not in marks.assignments:
                known = ", ".join(marks.assignments)
                raise CourseError(text("export.unknown_assignment", names=name, known=known))
        titles = [self.title(name) for name in marks.assignments]
        double = [title for title in titles if titles.count(title) > 1]
        if double:
            raise CourseError(text("export.titles", title=double[0]))
        return marks

    def save(self, target: Path, table: Iterable[Iterable[str]], delimiter: str, encoding: str) -> None:
        """Write a table, whole or not at all."""
        with (
            whole(target) as beside,
            beside.open("w", encoding=encoding, errors="replace", newline="") as file,
        ):
            csv.writer(file, delimiter=delimiter).writerows(table)


def _in_a_line(words: str) -> str:
    """Put a name into one line, as importers that look at lines expect."""
    return plain_text(" ".join(words.split()))


# ------------------------------------------------------------------------------------------------- Moodle


class Moodle(_Platform):
    """Write what Moodle's *Grades › Import › CSV file* takes.

    ``nbgrader export --exporter csmodels_helpers.grading.export.Moodle --to grades.csv``; on Moodle's page
    map the column named below to the field of the same name. "-" is Moodle's own sign for no mark.

    Examples
    --------
    >>> Moodle(student_by="id").place, Moodle().place
    ('Username', 'Email address')
    """

    student_by: Any = Enum(_FIELDS, "email", help="what the gradebook knows students by as Moodle does").tag(
        config=True
    )
    column: Any = Enum(
        ("", "Email address", "Username", "ID number"), "", help="what Moodle is to find students by"
    ).tag(config=True)
    decimal: Any = Enum(
        (".", ","), ".", help="decimal sign of your language in Moodle; with a comma, semicolons part columns"
    ).tag(config=True)
    feedback: Any = Bool(False, help="a column with your comments beside each assignment").tag(config=True)

    @property
    def place(self) -> str:
        """The column that says who a row is about."""
        natural = {"email": "Email address", "id": "Username", "lms_user_id": "ID number"}
        return str(self.column) or natural[self.student_by]

    def write(self, gradebook: Any) -> None:
        """Write the file, whole or not at all.

        Parameters
        ----------
        gradebook : nbgrader.api.Gradebook
            An open gradebook.

        Raises
        ------
        CourseError
            If the file cannot be written, or two students have the same id.
        """
        target = Path(str(self.to) or "grades-moodle.csv")
        self.log.info("Exporting grades to %s", target)
        marks = self.read(gradebook)
        header = ["First name", "Last name", self.place]
        for name in marks.assignments:
            header += [_in_a_line(self.title(name))]
            header += [f"{_in_a_line(self.title(name))} (feedback)"] if self.feedback else []
        table = [header]
        large = False
        for key, student in self.identified(marks).items():
            row = [_php(_in_a_line(student.first_name)), _php(_in_a_line(student.last_name)), key]
            for name in marks.assignments:
                value = self.value(marks, name, student)
                large = large or (value or 0.0) > _MOST
                row.append("-" if value is None else number(value, comma=self.decimal == ","))
                if self.feedback:
                    row.append("" if value is None else _php(self._words(marks, name, student)))
            table.append(row)
        self.save(target, table, ";" if self.decimal == "," else ",", "utf-8-sig")
        if large:
            self.log.warning(text("export.moodle_most", most=_MOST))

    @staticmethod
    def _words(marks: Marks, name: str, student: Student) -> str:
        mark = marks.given.get((name, student.id))
        if mark is None:
            return ""
        late = text("grading.page.late", points=number(mark.penalty)) if mark.penalty > 0 else ""
        return plain_text("\n".join(words for words in (mark.comments, late) if words))


def _php(words: str) -> str:
    """Keep a backslash from what closes a value: to PHP's reader the sign after it is text."""
    return re.sub(r'\\(?="|$)', r"\\ ", words, flags=re.MULTILINE)


# ------------------------------------------------------------------------------------------------- Canvas


@dataclass
class _Sheet:
    """A gradebook as Canvas exports it."""

    path: Path
    rows: list[list[str]]
    delimiter: str
    encoding: str

    @property
    def header(self) -> list[str]:
        return self.rows[0]

    def place(self, column: str) -> int:
        found = [number for number, title in enumerate(self.header) if title.strip() == column]
        if len(found) != 1:
            known = ", ".join(self.header)
            raise CourseError(text("export.canvas_column", path=self.path, column=column, known=known))
        return found[0]


class Canvas(_Platform):
    """Write what Canvas' *Grades › Import* takes; the safest way is to fill in a file that Canvas exported.

    ``nbgrader export --exporter csmodels_helpers.grading.export.Canvas --Canvas.fill exported.csv``. Without
    such a file Canvas finds students by the column named below, and asks about assignments that it does not
    know.

    Examples
    --------
    >>> Canvas().column, Canvas().student_by
    ('SIS Login ID', 'id')
    """

    column: Any = Enum(
        ("SIS Login ID", "SIS User ID", "ID"), "SIS Login ID", help="what Canvas is to find students by"
    ).tag(config=True)
    fill: Any = Unicode("", help="a gradebook that Canvas exported, to be filled in").tag(config=True)

    def write(self, gradebook: Any) -> None:
        """Write the file, whole or not at all.

        Parameters
        ----------
        gradebook : nbgrader.api.Gradebook
            An open gradebook.

        Raises
        ------
        CourseError
            If the file cannot be written, the one to be filled in is none of Canvas, or the points differ.
        """
        target = Path(str(self.to) or "grades-canvas.csv")
        self.log.info("Exporting grades to %s", target)
        marks = self.read(gradebook)
        if self.fill:
            source = Path(str(self.fill))
            if source.resolve() == target.resolve():
                raise CourseError(text("export.canvas_same", path=source))
            sheet = self._filled(_read(source), marks)
            self.save(target, sheet.rows, sheet.delimiter, sheet.encoding)
        else:
            self.save(target, self._made(marks), ",", "utf-8-sig")

    def _made(self, marks: Marks) -> list[list[str]]:
        keys = ["ID", "SIS User ID", "SIS Login ID"]
        header = ["Student", *keys, "Section", *(_in_a_line(self.title(name)) for name in marks.assignments)]
        percent = self.unit == "percent"
        most = [number(100.0 if percent else points) for points in marks.assignments.values()]
        table = [header, ["    Points Possible", "", "", "", "", *most]]
        for key, student in self.identified(marks, digits=self.column == "ID").items():
            name = ", ".join(part for part in (student.last_name, student.first_name) if part.strip())
            name = _in_a_line(name) or key
            # Canvas takes a row that begins with these words for the one with the points.
            name = "" if "Points Possible" in name else name
            values = [self.value(marks, one, student) for one in marks.assignments]
            ids = [key if column == self.column else "" for column in keys]
            table.append([name, *ids, "", *("" if value is None else number(value) for value in values)])
        return table

    def _filled(self, sheet: _Sheet, marks: Marks) -> _Sheet:
        """Put the marks into the cells of a sheet; all that we have nothing for stays as Canvas wrote it."""
        who, places = sheet.place(self.column), self._places(sheet, marks)
        most = self._most(sheet, marks, places)
        names = len(
            [title for title in sheet.header if title.strip() in ("Student", "LastName", "FirstName")]
        )
        there: dict[str, list[str]] = {}
        for row in sheet.rows[1:]:
            key = row[who].strip().casefold()
            if key and key in there:
                raise CourseError(
                    text("export.canvas_twice", path=sheet.path, column=self.column, value=row[who])
                )
            if key:
                there[key] = row
        lost: list[str] = []
        left: list[str] = []
        students = self.identified(marks)
        for key, student in students.items():
            row = there.pop(key.casefold(), None)
            if row is None:
                lost.append(student.said)
                continue
            for name, place in places.items():
                value = self.value(marks, name, student, most[name])
                if value is None:
                    continue
                if row[place].strip() in ("EX", "N/A"):
                    left.append(f"{student.said}, {name} ({row[place].strip()})")
                else:
                    row[place] = number(value)
        if lost and len(lost) == len(students):
            values = [row[who] for row in there.values()]
            raise CourseError(self._strangers(sheet.path, next(iter(students)), values))
        for row in sheet.rows[1:]:
            row[:names] = [
                plain_text(name) if "Points Possible" not in name else name for name in row[:names]
            ]
        others = [" ".join(row[:names]).strip() for row in there.values()]
        for key, told in (("lost", lost), ("left", left), ("others", others)):
            if told:
                words = {"path": sheet.path, "n": len(told), "who": "; ".join(told), "column": self.column}
                self.log.warning(text(f"export.canvas_{key}", **words))
        return sheet

    def _strangers(self, path: Path, known: str, values: list[str]) -> str:
        """Say why nobody was found: most often, Canvas and the roster tell people apart in other ways."""
        words = {"path": path, "column": self.column, "value": values[0] if values else "", "known": known}
        mail = values and "@" in values[0] and self.student_by != "email"
        return text("export.canvas_strangers_mail" if mail else "export.canvas_strangers", **words)

    def _places(self, sheet: _Sheet, marks: Marks) -> dict[str, int]:
        """Return assignment → column; Canvas writes "title (id)"."""
        titles = {title.strip(): number for number, title in enumerate(sheet.header)}
        own = {title: re.sub(r" \([0-9]+\)$", "", title) for title in titles}
        places: dict[str, int] = {}
        without: list[str] = []
        for name in marks.assignments:
            wanted = self.title(name).strip()
            # In full first; then without the number.
            found = [t for t in titles if t == wanted] or [t for t in titles if own[t] == wanted != t]
            if len(found) > 1:
                words = {"path": sheet.path, "title": wanted, "known": ", ".join(found), "name": name}
                raise CourseError(text("export.canvas_titles", **words))
            if found:
                places[name] = titles[found[0]]
            elif name in self.columns or name in self.assignment:
                raise self._no_title(sheet, [name])
            else:
                without.append(name)
        if not places:
            raise self._no_title(sheet, without)
        if without:
            words = {"path": sheet.path, "names": ", ".join(without), "name": without[0]}
            self.log.warning(text("export.canvas_skipped", **words))
        return places

    @staticmethod
    def _no_title(sheet: _Sheet, names: list[str]) -> CourseError:
        known = ", ".join(title for title in sheet.header if re.search(r" \([0-9]+\)$", title)) or "—"
        words = {"path": sheet.path, "names": ", ".join(names), "name": names[0], "known": known}
        return CourseError(text("export.canvas_no_title", **words))

    def _most(self, sheet: _Sheet, marks: Marks, places: dict[str, int]) -> dict[str, float]:
        """Return assignment → the most points in Canvas; in points, they must be those of the gradebook."""
        row = next((row for row in sheet.rows[1:] if "Points Possible" in row[0]), None)
        most: dict[str, float] = {}
        for name, place in places.items():
            said = row[place].strip() if row is not None else ""
            try:
                most[name] = float(said.replace(",", "."))
            except ValueError as error:
                words = {"path": sheet.path, "title": sheet.header[place], "value": said}
                raise CourseError(text("export.canvas_points", **words)) from error
            if self.unit == "points" and abs(most[name] - marks.assignments[name]) > 1e-6:
                here, there = number(marks.assignments[name]), number(most[name])
                words = {"name": name, "title": sheet.header[place], "here": here, "there": there}
                raise CourseError(text("export.canvas_most", **words))
        return most


def _read(path: Path) -> _Sheet:
    """Read a gradebook that Canvas exported, with commas or semicolons."""
    try:
        content = path.read_bytes()
        words = content.decode("utf-8-sig")
        first = words.partition("\n")[0]
        delimiter = max(",;", key=first.count)
        found = list(csv.reader(io.StringIO(words, newline=""), delimiter=delimiter, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CourseError(text("export.canvas_unreadable", path=path, reason=error)) from error
    table = [row for row in found if any(cell.strip() for cell in row)]
    header = [title.strip() for title in table[0]] if table else []
    if not {"ID", "Section"} <= {*header} or not {"Student", "LastName"} & {*header[:1]}:
        raise CourseError(text("export.canvas_none", path=path))
    for number_, row in enumerate(table, 1):
        if len(row) != len(header):
            words_ = {"path": path, "row": number_, "n": len(row), "wanted": len(header)}
            raise CourseError(text("export.canvas_width", **words_))
    encoding = "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8"
    return _Sheet(path, table, delimiter, encoding)
