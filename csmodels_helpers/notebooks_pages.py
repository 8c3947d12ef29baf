"""Two pages of the documentation made from tables: the glossary, and what of the sources is taught where."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

from csmodels_helpers.notebooks_cells import CHECKS, ROOT, Finding, Problem, cell_source

__all__ = ["coverage_page", "glossary_page", "page_problems", "write_pages"]

Row = dict[str, str]

DOCS = ROOT / "docs"
_LESSONS = ROOT / "notebooks"
GLOSSARY = ("term", "chinese", "lesson", "cell", "meaning")
COVERAGE = ("source", "chinese", "english", "cells", "helper", "item")
TAUGHT = "taught only"
_SUMMARIES = ("title", "summary-zh", "sources")


def read_table(path: Path, columns: Sequence[str]) -> list[Row]:
    """Read one of the two tables; a line that does not fit is an error."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != tuple(columns):
            raise ValueError(f"{path.name} has the columns {reader.fieldnames}, not {list(columns)}")
        rows = list(reader)
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise ValueError(f"{path.name}, line {number}: not {len(columns)} fields")
    return [{name: value.strip() for name, value in row.items()} for row in rows]


def glossary_page(rows: Sequence[Row]) -> str:
    """Set the glossary as a page, in the order of the English terms.

    Parameters
    ----------
    rows : sequence of dict
        ``term``, ``chinese``, ``lesson`` (such as ``m05_kano``), ``cell`` (where it is introduced) and
        ``meaning``.

    Returns
    -------
    str
        Markdown.

    Examples
    --------
    >>> row = {"term": "must-be", "chinese": "必备型", "lesson": "m05_kano", "cell": "kano-pair-explain"}
    >>> print(glossary_page([row | {"meaning": "Missed if absent."}]).splitlines()[-1])
    | must-be | 必备型 | Missed if absent. | [m05](../notebooks/m05_kano.ipynb) `kano-pair-explain` |
    """
    lines = [
        "# Glossary · 术语表",
        "",
        "Where a term is introduced, and its Chinese name. Written from `glossary.csv` by `make pages`.",
        "",
        "| term | 中文 | meaning | introduced in |",
        "| --- | --- | --- | --- |",
    ]
    for row in sorted(rows, key=lambda row: row["term"].lower()):
        place = f"[{row['lesson'][:3]}](../notebooks/{row['lesson']}.ipynb) `{row['cell']}`"
        lines.append(f"| {row['term']} | {row['chinese']} | {row['meaning']} | {place} |")
    return "\n".join(lines) + "\n"


def coverage_page(rows: Sequence[Row]) -> str:
    """Set what of the source texts is taught where, as a page with a table a source.

    Parameters
    ----------
    rows : sequence of dict
        ``source`` (file name), ``chinese`` and ``english`` (the idea), ``cells`` (``lesson:cell``, several
        with blanks between), ``helper`` (``module.function``, several with blanks, or nothing) and ``item``
        (of an assignment, or ``taught only``).

    Returns
    -------
    str
        Markdown.

    Examples
    --------
    >>> row = {"source": "a.txt", "chinese": "魅力型", "english": "delight", "helper": "", "item": ""}
    >>> print(coverage_page([row | {"cells": "m05_kano:kano-pair-explain"}]).splitlines()[-1])
    | 魅力型 | delight | m05 `kano-pair-explain` |  |  |
    """
    lines = [
        "# What of the sources is taught where",
        "",
        "Every idea of the source texts, with the lesson cell that teaches it, the helper that computes it",
        "and the item that practises it. Written from `coverage.csv` by `make pages`; a test holds cells,",
        "helpers and items to what is there.",
    ]
    for source in dict.fromkeys(row["source"] for row in rows):
        lines += ["", f"## {source}", "", "| 中文 | idea | lesson cell | helper | practised in |"]
        lines.append("| --- | --- | --- | --- | --- |")
        for row in rows:
            if row["source"] != source:
                continue
            cells = ", ".join(f"{c[:3]} `{c.partition(':')[2]}`" for c in row["cells"].split())
            helper = ", ".join(f"`{name}`" for name in row["helper"].split())
            item = row["item"] if row["item"] in ("", TAUGHT) else f"`{row['item']}`"
            lines.append(f"| {row['chinese']} | {row['english']} | {cells} | {helper} | {item} |")
    return "\n".join(lines) + "\n"


def _lesson_cells() -> dict[str, dict[str, str]]:
    """Text of every cell by lesson, in the order of the course."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(_LESSONS.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        found[path.stem] = {cell["id"]: cell_source(cell) for cell in cells}
    return found


def page_problems(glossary: Sequence[Row], coverage: Sequence[Row]) -> list[Problem]:
    """Hold both tables to the lessons, the package and the items.

    Parameters
    ----------
    glossary, coverage : sequence of dict
        Rows of the two tables.

    Returns
    -------
    list of Problem
        Terms that are not introduced where the glossary says, or were used before; cells, helpers and items
        that do not exist.

    Examples
    --------
    >>> page_problems([], [])
    []
    """
    lessons = _lesson_cells()
    found = [Problem("docs/glossary.csv", *finding) for finding in _glossary_findings(glossary, lessons)]
    return found + [Problem("docs/coverage.csv", *f) for f in _coverage_findings(coverage, lessons)]


def _glossary_findings(rows: Sequence[Row], lessons: dict[str, dict[str, str]]) -> Iterator[Finding]:
    seen: set[str] = set()
    for row in rows:
        term = row["term"]
        if not all(row.values()):
            yield term, "has an empty field", "fill it"
        if term.lower() in seen:
            yield term, "stands there twice", "keep the line of its first use"
        seen.add(term.lower())
        text = lessons.get(row["lesson"], {}).get(row["cell"])
        if text is None:
            yield term, f"is introduced in {row['lesson']}:{row['cell']}, which is not there", "name a cell"
            continue
        for word in (term, row["chinese"]):
            if word.lower() not in text.lower():
                yield (
                    term,
                    f"{row['lesson']}:{row['cell']} does not say {word}",
                    "correct the cell or the table",
                )
        earlier = _first_use(row["chinese"], lessons)
        if earlier and earlier != (row["lesson"], row["cell"]) and row["chinese"] in text:
            yield term, f"{row['chinese']} stands earlier, in {':'.join(earlier)}", "introduce it there"


def _first_use(word: str, lessons: dict[str, dict[str, str]]) -> tuple[str, str] | None:
    for lesson, cells in lessons.items():
        for cell, text in cells.items():
            if not cell.endswith(_SUMMARIES) and word in text:
                return lesson, cell
    return None


def _coverage_findings(rows: Sequence[Row], lessons: dict[str, dict[str, str]]) -> Iterator[Finding]:
    items = _graded_items()
    for row in rows:
        idea = row["english"] or row["chinese"]
        if not (row["source"] and row["chinese"] and row["english"] and row["cells"]):
            yield idea, "lacks its source, one of its names or its cell", "fill it"
        for cell in row["cells"].split():
            lesson, _, name = cell.partition(":")
            if name not in lessons.get(lesson, {}):
                yield idea, f"is taught in {cell}, which is not there", "write lesson:cell"
        for helper in row["helper"].split():
            module, _, name = helper.partition(".")
            if not re.fullmatch(r"[a-z_]+", module) or not hasattr(
                import_module(f"csmodels_helpers.{module}"), name
            ):
                yield idea, f"is computed by {helper}, which is not there", "write module.function"
        if row["item"] and row["item"] != TAUGHT and row["item"] not in items:
            yield idea, f"is practised in {row['item']}, which is not there", f"name an item, or `{TAUGHT}`"


def _graded_items() -> set[str]:
    texts = [path.read_text(encoding="utf-8") for path in sorted(CHECKS.glob("*.toml"))]
    return {name for text in texts for name in re.findall(r"^\[items\.([a-z0-9-]+)\]", text, re.MULTILINE)}


def write_pages(folder: Path = DOCS) -> list[Path]:
    """Write both pages from their tables.

    Parameters
    ----------
    folder : Path, optional
        Where the tables are, and the pages go.

    Returns
    -------
    list of Path
        The pages.

    Raises
    ------
    FileNotFoundError
        If a table is not there.
    ValueError
        If a table does not have its columns.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as name:
    ...     for table, columns in (("glossary", GLOSSARY), ("coverage", COVERAGE)):
    ...         _ = Path(name, f"{table}.csv").write_text(",".join(columns), encoding="utf-8")
    ...     [path.name for path in write_pages(Path(name))]
    ['glossary.md', 'coverage.md']
    """
    pages = {
        folder / "glossary.md": glossary_page(read_table(folder / "glossary.csv", GLOSSARY)),
        folder / "coverage.md": coverage_page(read_table(folder / "coverage.csv", COVERAGE)),
    }
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    return list(pages)
