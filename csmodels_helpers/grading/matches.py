"""What an instructor decided: whose a hand-in is that does not say it, in ``grading/matches.csv``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading.collected import write_whole
from csmodels_helpers.grading.export import plain_text
from csmodels_helpers.language import text
from csmodels_helpers.survey_export_files import read_cells, words

__all__ = ["ASIDE", "COLUMNS", "Match", "Matches"]

ASIDE = "-"
"""In place of an id: the file is nobody's hand-in and not asked for again."""

COLUMNS = ("file", "id", "content")
_SHORT = 12  # signs of the content's SHA-256: enough to tell the same name in two folders apart


@dataclass
class Match:
    """One decision.

    Parameters
    ----------
    file : str
        The file, as messages show it, or the end of that.
    id : str
        Whose; :data:`ASIDE` for nobody's.
    content : str
        Beginning of the SHA-256; "" where the instructor wrote the row. It is filled in when it is first
        used, as another folder may have a file of the same name.
    """

    file: str
    id: str
    content: str = ""

    def fits(self, path: str, sha: str) -> bool:
        """Say whether this is about a file."""
        if self.content and not sha.startswith(self.content):
            return False
        return path == self.file or path.endswith(f"/{self.file}")


class Matches:
    r"""The decisions of a class.

    Parameters
    ----------
    file : str or Path
        ``matches.csv``; there need not be one.
    given : iterable of str
        New decisions, ``FILE=ID`` each.

    Raises
    ------
    CourseError
        If the file cannot be read, or a decision is none.

    Examples
    --------
    >>> matches = Matches("nowhere.csv", ["m04 (2).ipynb=20240017"])
    >>> matches.find("all.zip/m04 (2).ipynb", "5feceb66ffc8").id
    '20240017'
    """

    def __init__(self, file: str | Path, given: Iterable[str] = ()) -> None:
        self.file = Path(file)
        self.new = [_read(one) for one in given]
        self.known = _rows(self.file) if self.file.is_file() else []
        self.used: list[Match] = []

    def find(self, path: str, sha: str) -> Match | None:
        """Return the decision about a file, the newest first; None if there is none.

        Parameters
        ----------
        path : str
            The file, as messages show it.
        sha : str
            SHA-256 of its content.

        Returns
        -------
        Match or None
            The decision.
        """
        for match in (*self.new, *reversed(self.known)):
            if match.fits(path, sha):
                match.content = match.content or sha[:_SHORT]
                self.used.append(match)
                return match
        return None

    def decided(self, path: str) -> bool:
        """Say whether there was a decision about a file in this run.

        Parameters
        ----------
        path : str
            The file, as messages show it.

        Returns
        -------
        bool
            Whether :meth:`find` found one.
        """
        return any(match.file == path or path.endswith(f"/{match.file}") for match in self.used)

    def unused(self) -> list[Match]:
        """Return the new decisions that no file fits."""
        return [match for match in self.new if match not in self.used]

    def save(self) -> None:
        """Keep the new decisions, and what the old ones were first used for."""
        new = [match for match in self.new if match not in self.known]
        same = {(match.file, match.content) for match in new}
        rows = [match for match in self.known if (match.file, match.content) not in same] + new
        if not rows:
            return
        lines = io.StringIO()
        writer = csv.writer(lines, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        # "-" for nobody's is text, and no formula.
        for row in rows:
            aside = row.id == ASIDE
            writer.writerow([plain_text(row.file), ASIDE if aside else row.id, row.content])
        write_whole(self.file, lines.getvalue().encode("utf-8-sig"))


def _read(given: str) -> Match:
    file, sign, own = given.rpartition("=")
    if not (sign and file.strip() and own.strip()):
        raise CourseError(text("collect.match.form", value=given))
    return Match(file.strip(), own.strip())


def _rows(file: Path) -> list[Match]:
    try:
        cells = read_cells(file, None, None, None, 0)
    except (CourseError, OSError, ValueError) as error:
        raise CourseError(text("collect.match.unreadable", path=file, reason=error)) from error
    header = [words(value).casefold() for value in cells.rows[0]]
    if "file" not in header or "id" not in header:
        raise CourseError(text("collect.match.header", path=file))
    found: list[Match] = []
    for row in cells.rows[1:]:
        said = dict(zip(header, (words(value) for value in row), strict=False))
        if said.get("file") and said.get("id"):  # without an id nothing is decided yet
            name = said["file"]
            bare = name[1:] if name.startswith("'") and plain_text(name[1:]) == name else name
            found.append(Match(bare, said["id"], said.get("content", "")))
    return found
