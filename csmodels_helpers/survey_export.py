"""Your own export, CSV or Excel, as the tidy frame that a model takes.

:func:`read_export` reads what SurveyMonkey (two header rows), Qualtrics (three), 问卷星 (Chinese headers) and
people write, finds encoding, separator and header by itself, turns labels and numbers into answers, and says
in :func:`explain_export` what it did. Nothing is dropped, converted or cut off without a sentence there; what
it does not understand is an error that names file, sheet, row, column and value.

Below this door: ``survey_export_files`` (from bytes to cells) and ``survey_export_answers`` (from cells to
answers). All that is public is found in :mod:`csmodels_helpers.survey`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text
from csmodels_helpers.survey_export_answers import (
    PRESETS,
    Field,
    is_code,
    is_missing,
    number,
    plan,
    resolve,
    wording,
)
from csmodels_helpers.survey_export_files import (
    SOURCES,
    Cells,
    Column,
    ExportError,
    blank,
    find_source,
    read_cells,
    read_header,
    words,
)

__all__ = ["PRESETS", "ExportError", "explain_export", "read_export"]

_CHOICES: dict[str, tuple[str, ...]] = {
    "source": ("auto", *SOURCES),
    "decimal": (".", ","),
    "duplicates": ("refuse", "first", "last", "keep"),
    "invalid": ("refuse", "missing"),
}
RESPONDENT = "respondent"


def read_export(
    path: str | Path,
    mapping: str | Mapping[str, Any] | None = None,
    *,
    answers: Mapping[Any, Any] | None = None,
    scales: Mapping[str, tuple[int, int]] | None = None,
    sheet: int | str | None = None,
    source: Literal["auto", "plain", "surveymonkey", "qualtrics", "wenjuanxing"] = "auto",
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: Literal[".", ","] = ".",
    skip_rows: int = 0,
    header_rows: int | None = None,
    missing: Sequence[Any] = (),
    duplicates: Literal["refuse", "first", "last", "keep"] = "refuse",
    invalid: Literal["refuse", "missing"] = "refuse",
) -> pd.DataFrame:
    r"""Read a survey export into the tidy frame that a model takes.

    Parameters
    ----------
    path : str or Path
        A CSV (any extension) or ``.xlsx`` file.
    mapping : str or dict, optional
        What the columns are. A name: ``"nps"``, ``"csat"``, ``"ces"`` (one column of that name, found by its
        question), ``"kano"`` (columns in pairs, such as "Q4 功能" and "Q4 反功能", or "portal (functional)"
        and "portal (dysfunctional)", become one row a respondent and feature), ``"servqual"`` (columns with
        the code of an item and expected, desired, adequate or perceived become ``expected_T1`` …); others
        keep their headers. Or a dict: header → name, or → ``(feature, "functional")`` and ``(feature,
        "dysfunctional")``; other columns are left out. Without it all columns come as they are.
    answers : dict, optional
        Answer in the file → value: for all answer columns, or name → such a dict.
    scales : dict of tuple, optional
        Name → lowest and highest answer. NPS is 0–10, CSAT 1–5 and SERVQUAL 1–7 unless you say otherwise.
    sheet : int or str, optional
        Sheet of an Excel file, by number from 1 or by name; the first by default.
    source : {"auto", "plain", "surveymonkey", "qualtrics", "wenjuanxing"}, default "auto"
        Which service wrote the file: it decides the header rows and the codes of missing answers.
    encoding : str, optional
        Of a CSV; by default UTF-8, GB18030 and UTF-16 are tried, and the one that fits is reported.
    delimiter : str, optional
        Of a CSV; by default the one of ``, ; tab |`` that splits the first rows evenly.
    decimal : {".", ","}, default "."
        Decimal sign; the other one may separate thousands.
    skip_rows : int, default 0
        Rows above the header, such as a title.
    header_rows : int, optional
        1 to 3; by default what the source writes, and two where merged cells stand above the names.
    missing : sequence, optional
        More values that mean "no answer", beside empty cells, "(空)" and "(跳过)".
    duplicates : {"refuse", "first", "last", "keep"}, default "refuse"
        What to do if a respondent stands in several rows (a column named ``respondent``). Double submissions
        happen; which one counts is your decision, so the default asks for it.
    invalid : {"refuse", "missing"}, default "refuse"
        What to do with an answer outside the scale or the list: refuse the file, or count it as missing and
        report how many.

    Returns
    -------
    pandas.DataFrame
        One row a respondent (``"kano"``: and feature). Ratings are numbers, Kano answers the words of
        :data:`csmodels_helpers.kano.ANSWERS`, missing answers missing. ``frame.attrs["export"]`` says what
        was read and done: ``file``, ``sheet``, ``source``, ``encoding``, ``delimiter``, ``header_rows``,
        ``rows``, ``notes``.

    Raises
    ------
    ExportError
        If an answer is not understood or outside its scale, or a respondent stands in several rows; the
        message names file, sheet, row (as a spreadsheet counts it), column and value.
    UnknownNameError
        If there is no such file, sheet or column.
    ArgumentError
        If an option does not exist, no encoding fits, or the columns do not fit the mapping.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "export.csv")
    ...     lines = ["序号,推荐意愿,区域", "1,9,北", "2,10 - 极可能,南", "3,(空),北"]
    ...     _ = file.write_text("\n".join(lines), encoding="gb18030")
    ...     frame = read_export(file, mapping="nps")
    >>> frame
       respondent   nps 区域
    0           1   9.0  北
    1           2  10.0  南
    2           3   NaN  北
    >>> print(explain_export(frame))
    export.csv: 3 rows, encoding gb18030. Read as GB18030, which fits almost any bytes: if names look wrong,
    say encoding=. Column "nps": 1 answer is missing. Column "nps": labels such as "10 - 极可能" were read as
    numbers.
    """
    given = {"source": source, "decimal": decimal, "duplicates": duplicates, "invalid": invalid}
    for name, value in given.items():
        if value not in _CHOICES[name]:
            raise ArgumentError(name, value, " | ".join(repr(choice) for choice in _CHOICES[name]))
    cells = read_cells(path, sheet, encoding, delimiter, skip_rows)
    kind = find_source(cells) if source == "auto" else source
    columns, header = read_header(cells, kind, header_rows)
    body, numbers = cells.rows[header:], cells.numbers[header:]
    raw = {c.position: [row[c.position] if c.position < len(row) else None for row in body] for c in columns}
    _check_width(cells, columns, header)
    _note_rows(cells, columns, raw, body, kind)
    filled = {i: [v for v in values if not is_missing(v, kind, missing, True)] for i, values in raw.items()}
    fields, left = plan(columns, mapping, answers, scales or {}, filled)
    if mapping is not None and not isinstance(mapping, str) and left:
        cells.notes.append(text("survey_export.note.unmapped", names=", ".join(c.name for c in left)))
    values = {
        (each.name, each.item): _values(
            cells, each, raw[each.column.position], numbers, kind, decimal, missing, invalid
        )
        for each in fields
    }
    if isinstance(mapping, str) and (RESPONDENT, None) not in values:
        cells.notes.append(text("survey_export.note.no_respondent"))
        values = {(RESPONDENT, None): pd.Series(numbers, dtype="int64"), **values}
    keep = _once(cells, values, fields, numbers, duplicates)
    frame = _tidy({key: column[keep].reset_index(drop=True) for key, column in values.items()})
    frame.attrs["export"] = {
        "file": cells.file,
        "sheet": cells.sheet,
        "source": kind,
        "encoding": cells.encoding,
        "delimiter": cells.delimiter,
        "header_rows": header,
        "rows": len(body),
        "notes": list(cells.notes),
    }
    return frame


def explain_export(frame: pd.DataFrame) -> str:
    """Say what :func:`read_export` read, and what it noticed on the way.

    Parameters
    ----------
    frame : pandas.DataFrame
        From :func:`read_export`.

    Returns
    -------
    str
        A sentence on the file, then one for each thing noticed, in the language in which it was read.

    Raises
    ------
    ArgumentError
        If the frame does not come from an export (or lost its ``attrs`` on the way).

    Examples
    --------
    >>> explain_export(pd.DataFrame())
    Traceback (most recent call last):
      ...
    csmodels_helpers.errors.ArgumentError: frame=[] is not allowed: it takes a frame from read_export,
    unchanged.
    """
    about: Any = frame.attrs.get("export")
    if not isinstance(about, dict):
        raise ArgumentError("frame", list(frame.columns), text("survey_export.allowed.frame"))
    sheet = f"{about['file']}" if about["sheet"] is None else text("survey_export.place.sheet", **about)
    key = "read" if about["source"] == "plain" else "read_source"
    name = text(f"survey_export.source.{about['source']}")
    said = text(f"survey_export.explain.{key}", place=sheet, rows=about["rows"], source=name)
    if about["encoding"]:
        said = text("survey_export.explain.encoding", said=said, encoding=about["encoding"])
    return join(text("survey_export.explain.end", said=said), *about["notes"])


# -------------------------------------------------------------------------------------------- rows


def _check_width(cells: Cells, columns: Sequence[Column], header: int) -> None:
    """Refuse rows that are longer than the header: their answers have slipped into other columns."""
    if cells.sheet is not None:
        return
    width = len(cells.rows[header - 1])
    longer = [i for i, row in enumerate(cells.rows[header:], header) if not all(map(blank, row[width:]))]
    if longer:
        i = longer[0]
        value, allowed = len(cells.rows[i]), text("survey_export.allowed.width", width=width)
        advice = text("survey_export.advice.width")
        name = columns[-1].name
        raise ExportError(cells.place(), cells.numbers[i], name, value, allowed, len(longer), advice, "width")


def _note_rows(
    cells: Cells,
    columns: Sequence[Column],
    raw: Mapping[int, list[Any]],
    body: Sequence[Sequence[Any]],
    kind: str,
) -> None:
    """Note rows that stand twice, test answers and unfinished ones; all of them stay."""
    again = Counter(tuple(words(value) for value in row) for row in body)
    twice = sum(count - 1 for count in again.values())
    if twice:
        cells.notes.append(text("survey_export.note.same_rows", rows=twice))
    if kind != "qualtrics":
        return
    by_name = {column.name: raw[column.position] for column in columns}
    previews = sum(words(value) in ("Survey Preview", "1") for value in by_name.get("Status", []))
    unfinished = sum(words(value).lower() in ("false", "0") for value in by_name.get("Finished", []))
    for key, rows in (("previews", previews), ("unfinished", unfinished)):
        if rows:
            cells.notes.append(text(f"survey_export.note.{key}", rows=rows))


def _once(
    cells: Cells,
    values: Mapping[tuple[str, str | None], pd.Series[Any]],
    fields: Sequence[Field],
    numbers: Sequence[int],
    duplicates: str,
) -> Any:
    """Choose the rows to keep, one a respondent unless told otherwise."""
    ids = values.get((RESPONDENT, None))
    if ids is None or duplicates == "keep":
        return slice(None)
    again = ids.notna() & ids.duplicated(keep="last" if duplicates == "last" else "first")
    if not again.any():
        return slice(None)
    if duplicates == "refuse":
        i = int(again.to_numpy().argmax())
        column = next(each.column.name for each in fields if each.name == RESPONDENT)
        first = numbers[int((ids == ids.iloc[i]).to_numpy().argmax())]
        advice = text("survey_export.advice.duplicates", first=first)
        allowed = text("survey.allowed.unique")
        rows = int(again.sum())
        raise ExportError(cells.place(), numbers[i], column, ids.iloc[i], allowed, rows, advice, "duplicate")
    which = text(f"survey_export.duplicates.{duplicates}")
    cells.notes.append(text("survey_export.note.duplicates", rows=int(again.sum()), which=which))
    return (~again).to_numpy()


# ------------------------------------------------------------------------------------------ columns


def _values(
    cells: Cells,
    each: Field,
    raw: Sequence[Any],
    numbers: Sequence[int],
    kind: str,
    decimal: str,
    missing: Sequence[Any],
    invalid: str,
) -> pd.Series[Any]:
    """Read one column: answers by their scale or list, others as numbers where all of them are."""
    gone = [is_missing(value, kind, missing, each.answer) for value in raw]
    if not each.answer:
        return _plain(raw, gone, decimal)
    silent = sum(gone)
    found: list[Any] = [None] * len(raw)
    wrong: list[int] = []
    label = ""
    for i, value in enumerate(raw):
        if gone[i]:
            continue
        found[i], good = resolve(value, each, decimal)
        if not good:
            wrong.append(i)
            found[i] = None
        elif isinstance(value, str) and each.scale and number(value, decimal) is None:
            label = label or value.strip()
    if wrong and invalid == "refuse":
        raise _refusal(cells, each, raw, numbers, gone, wrong)
    name = each.column.name if each.item else each.name
    if silent:
        cells.notes.append(text(_plural("missing", silent), column=name, count=silent))
    if wrong:
        shown = ", ".join(f'"{v}"' for v in dict.fromkeys(words(raw[i]) for i in wrong[:5]))
        cells.notes.append(text(_plural("invalid", len(wrong)), column=name, count=len(wrong), values=shown))
    if label:
        cells.notes.append(text("survey_export.note.labels", column=name, label=label))
    if each.scale is None:
        return pd.Series(found, dtype=object)
    return pd.Series(found, dtype="float64" if None in found else "int64")


def _plural(note: str, count: int) -> str:
    return f"survey_export.note.{note}{'_one' if count == 1 else ''}"


def _refusal(
    cells: Cells,
    each: Field,
    raw: Sequence[Any],
    numbers: Sequence[int],
    gone: Sequence[bool],
    wrong: Sequence[int],
) -> ExportError:
    i = wrong[0]
    value = raw[i].strip() if isinstance(raw[i], str) else raw[i]
    place, column = cells.place(), each.column.name
    if each.words:
        told = [value for value, silent in zip(raw, gone, strict=True) if not silent]
        allowed = ", ".join(wording(told, each.words))
        return ExportError(
            place, numbers[i], column, value, allowed, len(wrong), text("survey_export.advice.map")
        )
    low, high = each.scale or (0, 0)
    allowed = text("survey.allowed.scale", low=low, high=high)
    known = number(value, ".") is not None
    advice = text(f"survey_export.advice.{'scale' if known else 'map'}", name=each.name)
    return ExportError(place, numbers[i], column, value, allowed, len(wrong), advice, "number")


def _plain(raw: Sequence[Any], gone: Sequence[bool], decimal: str) -> pd.Series[Any]:
    kept = [None if silent else value for value, silent in zip(raw, gone, strict=True)]
    known = [value for value in kept if value is not None]
    if known and not is_code(known) and not any(isinstance(value, bool) for value in known):
        numbers = [None if value is None else number(value, decimal) for value in kept]
        if all(n is not None or value is None for n, value in zip(numbers, kept, strict=True)):
            whole = all(isinstance(n, int) for n in numbers)
            return pd.Series(numbers, dtype="int64" if whole else "float64")
    if known and all(isinstance(value, str) for value in known):
        return pd.Series([None if value is None else value.strip() for value in kept], dtype="str")
    return pd.Series(kept).infer_objects()


def _tidy(values: Mapping[tuple[str, str | None], pd.Series[Any]]) -> pd.DataFrame:
    """Put columns side by side; pairs of Kano questions one below the other, respondent by respondent."""
    plain = pd.DataFrame({name: column for (name, item), column in values.items() if item is None})
    items = list(dict.fromkeys(item for _, item in values if item is not None))
    if not items:
        return plain
    size = len(next(iter(values.values())))
    plain = plain.reindex(range(size))
    parts = [
        plain.assign(feature=item, **{kind: values[kind, item] for kind in ("functional", "dysfunctional")})
        for item in items
    ]
    return pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)
