"""From the bytes of an export to cells: encodings, separators, sheets, header rows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from csmodels_helpers.errors import ArgumentError, CourseError, DataError, UnknownNameError
from csmodels_helpers.language import text

__all__: list[str] = []

ENCODINGS = ("utf-8-sig", "gb18030", "utf-16")
SOURCES = ("plain", "surveymonkey", "qualtrics", "wenjuanxing")
DELIMITERS = (",", ";", "\t", "|")
# What SurveyMonkey writes in its second row where the first says all.
_RESPONSE = {"response", "open-ended response", "回答", "开放式回答"}


@dataclass
class Cells:
    """The cells of one sheet, with the number of each row as a spreadsheet counts it (from 1)."""

    file: str
    sheet: str | None  # in words; None for a CSV
    rows: list[list[Any]]
    numbers: list[int]
    encoding: str | None = None
    delimiter: str | None = None
    notes: list[str] = field(default_factory=list[str])
    other_sheets: list[str] = field(default_factory=list[str])

    def place(self) -> str:
        """Say file and sheet, as every message begins."""
        if self.sheet is None:
            return self.file
        return text("survey_export.place.sheet", file=self.file, sheet=self.sheet)


@dataclass
class Column:
    """One column of the export: its name, and what else it may be called."""

    position: int
    name: str
    aliases: tuple[str, ...] = ()


class ExportError(DataError):
    """A cell of an export holds what the model cannot take.

    Parameters
    ----------
    place : str
        File and sheet in words.
    row : int
        Number of the first row concerned, as a spreadsheet counts it.
    column : str
        The column's header.
    value : object
        The value found there.
    allowed : str
        What is allowed, in words.
    rows : int
        How many rows are concerned.
    advice : str
        What to do.
    key : str, default "answer"
        Which sentence.

    Examples
    --------
    >>> print(ExportError("a.csv", 17, "Q4", "so so", "good, bad", 3, "Map it with answers={...}."))
    a.csv, row 17, column "Q4": answer "so so" is not one of good, bad (3 rows). Map it with answers={...}.
    """

    def __init__(
        self,
        place: str,
        row: int,
        column: str,
        value: object,
        allowed: str,
        rows: int,
        advice: str,
        key: str = "answer",
    ) -> None:
        self.column, self.rows, self.row, self.value, self.allowed = column, rows, row, value, allowed
        self.place = place
        count = text(f"survey_export.error.{'one_row' if rows == 1 else 'rows'}", rows=rows)
        where = text("survey_export.place.cell", place=place, row=row, column=column)
        said = {"where": where, "value": value, "allowed": allowed, "count": count, "advice": advice}
        # Not DataError's own sentence: a row of a file is found by its number and its file.
        CourseError.__init__(self, text(f"survey_export.error.{key}", **said))


# -------------------------------------------------------------------------------------------- bytes


def read_cells(
    path: str | Path, sheet: int | str | None, encoding: str | None, delimiter: str | None, skip_rows: int
) -> Cells:
    """Read the cells of a CSV file or of one sheet of an Excel file."""
    file = Path(path)
    if not file.is_file():
        folder = file.parent if file.parent.is_dir() else Path()
        known = sorted(
            p.name for p in folder.iterdir() if p.suffix.lower() in (".csv", ".tsv", ".xlsx", ".txt")
        )
        raise UnknownNameError(text("survey_export.kinds.file"), file.name, known)
    if skip_rows < 0:
        raise ArgumentError("skip_rows", skip_rows, text("survey_export.allowed.skip_rows"))
    if file.suffix.lower() in (".xls", ".xlsb", ".ods"):
        raise ArgumentError("path", str(path), text("survey_export.allowed.file"))
    if file.suffix.lower() in (".xlsx", ".xlsm"):
        cells = _read_excel(file, sheet)
    elif sheet is not None:
        raise ArgumentError("sheet", sheet, text("survey_export.allowed.no_sheet"))
    else:
        cells = _read_csv(file, encoding, delimiter)
    if skip_rows:
        cells.notes.append(text("survey_export.note.skipped", rows=skip_rows))
        cells.rows, cells.numbers = cells.rows[skip_rows:], cells.numbers[skip_rows:]
    _drop_empty(cells)
    if not cells.rows:
        raise ArgumentError("path", str(path), text("survey_export.allowed.rows"))
    return cells


def blank(value: Any) -> bool:
    """Whether a cell is empty."""
    return value is None or (isinstance(value, str) and not value.strip())


def _drop_empty(cells: Cells) -> None:
    keep = [i for i, row in enumerate(cells.rows) if not all(blank(value) for value in row)]
    if len(keep) < len(cells.rows):
        # An empty row holds no answer; still, somebody may have expected one there.
        cells.notes.append(text("survey_export.note.empty_rows", rows=len(cells.rows) - len(keep)))
    cells.rows, cells.numbers = [cells.rows[i] for i in keep], [cells.numbers[i] for i in keep]


def _decode(content: bytes, encoding: str | None, file: str) -> tuple[str, str]:
    if encoding is not None:
        try:
            return content.decode(encoding), encoding
        except (LookupError, UnicodeDecodeError):
            raise ArgumentError(
                "encoding", encoding, text("survey_export.allowed.encoding", file=file)
            ) from None
    # UTF-16 says so in its first two bytes; without them it would pass as GB18030.
    tried = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ENCODINGS
    for name in tried:
        try:
            return content.decode(name), name
        except UnicodeDecodeError:
            continue
    raise ArgumentError("encoding", None, text("survey_export.allowed.encoding", file=file))


def _read_csv(file: Path, encoding: str | None, delimiter: str | None) -> Cells:
    said, name = _decode(file.read_bytes(), encoding, file.name)
    said = said.removeprefix("\ufeff")
    mark = delimiter or _delimiter(said)
    rows: list[list[Any]] = [list(row) for row in csv.reader(io.StringIO(said, newline=""), delimiter=mark)]
    cells = Cells(file.name, None, rows, list(range(1, len(rows) + 1)), name, mark)
    if name == "gb18030" and encoding is None:
        cells.notes.append(text("survey_export.note.gb18030"))
    return cells


def _delimiter(said: str) -> str:
    """Find the delimiter that splits the first rows into most columns, the same number in each."""
    # A file of one column has none: then any that does not occur.
    best, found = (0, 0), next((mark for mark in DELIMITERS if mark not in said), ",")
    for mark in DELIMITERS:
        reader = csv.reader(io.StringIO(said, newline=""), delimiter=mark)
        widths = [len(row) for row, _ in zip(reader, range(8), strict=False) if row]
        score = (int(len(set(widths)) == 1), max(widths, default=0))
        if widths and widths[0] > 1 and score > best:
            best, found = score, mark
    return found


def _read_excel(file: Path, sheet: int | str | None) -> Cells:
    import openpyxl

    book: Any = openpyxl.load_workbook(file, data_only=True)
    names: list[str] = [str(name) for name in book.sheetnames]
    if isinstance(sheet, str):
        if sheet not in names:
            raise UnknownNameError(text("survey_export.kinds.sheet"), sheet, names)
        number, said = names.index(sheet), f'"{sheet}"'
    else:
        number = 0 if sheet is None else sheet - 1
        if isinstance(sheet, bool) or not 0 <= number < len(names):
            raise ArgumentError("sheet", sheet, text("survey_export.allowed.sheet", sheets=", ".join(names)))
        said = str(number + 1)
    page: Any = book[names[number]]
    rows: list[list[Any]] = [list(row) for row in page.iter_rows(values_only=True)]
    numbers = list(range(page.min_row, page.min_row + len(rows)))
    merged = 0
    for area in page.merged_cells.ranges:
        value = page.cell(area.min_row, area.min_col).value
        for row in range(area.min_row, area.max_row + 1):
            for column in range(area.min_col, area.max_col + 1):
                rows[row - page.min_row][column - page.min_column] = value
        merged += 1
    book.close()
    cells = Cells(file.name, said, rows, numbers)
    if merged:
        cells.notes.append(text("survey_export.note.merged", count=merged))
    if len(names) > 1:
        cells.other_sheets = [name for i, name in enumerate(names) if i != number]
        cells.notes.append(text("survey_export.note.other_sheets", sheets=", ".join(cells.other_sheets)))
    return cells


# ------------------------------------------------------------------------------------------ headers


def words(value: Any) -> str:
    """Write a header cell on one line."""
    return "" if value is None else re.sub(r"\s+", " ", str(value).replace("\u3000", " ")).strip()


def find_source(cells: Cells) -> str:
    """Tell which service wrote the file by its first rows."""
    heads = [[words(value) for value in row] for row in cells.rows[:3]]
    if len(heads) > 2 and sum(head.startswith('{"ImportId"') for head in heads[2]) * 2 > len(heads[2]):
        return "qualtrics"
    if heads[0][:1] == ["序号"] and "提交答卷时间" in heads[0]:
        return "wenjuanxing"
    if heads[0][0].lower() == "respondent id" and len(heads) > 1 and not heads[1][0]:
        return "surveymonkey"
    return "plain"


def read_header(cells: Cells, source: str, header_rows: int | None) -> tuple[list[Column], int]:
    """Name the columns; return them and the number of header rows."""
    count = header_rows or {"surveymonkey": 2, "qualtrics": 3}.get(source) or _plain_rows(cells)
    if not 1 <= count <= min(3, len(cells.rows)):
        raise ArgumentError("header_rows", header_rows, text("survey_export.allowed.header_rows"))
    heads = [[words(value) for value in row] for row in cells.rows[:count]]
    width = max(len(row) for row in cells.rows)
    heads = [row + [""] * (width - len(row)) for row in heads]
    if source == "qualtrics":
        pairs = [(heads[0][i], (heads[1][i],)) for i in range(width)]
    elif count == 1:
        pairs = [(name, ()) for name in heads[0]]
    else:
        # A question over several columns is written over the first of them alone.
        top, last = [], ""
        for i, name in enumerate(heads[0]):
            last = name or (last if any(row[i] for row in heads[1:]) else "")
            top.append(last)
        pairs = [_joined(top[i], [row[i] for row in heads[1:]]) for i in range(width)]
    return _distinct(cells, pairs, count), count


def _joined(top: str, below: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    parts = [part for part in dict.fromkeys([top, *below]) if part and part.lower() not in _RESPONSE]
    name = " · ".join(parts)
    return name, tuple(part for part in parts[-1:] if part != name)


def _plain_rows(cells: Cells) -> int:
    """Two header rows if the first has gaps or repeats (merged cells) and the second has neither."""
    if len(cells.rows) < 3:
        return 1
    one, two = ([words(value) for value in row] for row in cells.rows[:2])
    repeats = len(set(one)) < len(one)
    numbers = any(not isinstance(value, str) and value is not None for value in cells.rows[1])
    whole = all(two) and len(set(two)) == len(two)
    digits = any(re.fullmatch(r"[-+\d.,%]+", name) for name in two)
    return 2 if repeats and whole and not numbers and not digits else 1


def _distinct(cells: Cells, pairs: list[tuple[str, tuple[str, ...]]], count: int) -> list[Column]:
    """Give each column a name of its own; columns without header and content are left out."""
    columns: list[Column] = []
    seen: dict[str, int] = {}
    renamed: list[str] = []
    for i, (name, aliases) in enumerate(pairs):
        if not name:
            if all(i >= len(row) or blank(row[i]) for row in cells.rows[count:]):
                continue
            name = text("survey_export.column.unnamed", number=i + 1)
            renamed.append(name)
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            name = f"{name} ({seen[name]})"
            renamed.append(name)
        columns.append(Column(i, name, aliases))
    if renamed:
        cells.notes.append(text("survey_export.note.renamed", names=", ".join(renamed)))
    return columns
