"""What a learning platform adds to the names of the files that it gives out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Given", "given"]

# Moodle: "<full name>_<number>_assignsubmission_file_", a folder or the beginning of a file's name.
_MOODLE = re.compile(r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_[a-z]+_?(?P<file>.*)", re.IGNORECASE)
# Canvas: "<family and given name>_LATE_<user>_<file's number>_<file>"; "-1" behind the file's name counts
# how often somebody handed in again.
_CANVAS = re.compile(
    r"(?P<name>[^_]+)_(?P<late>late_)?(?P<user>\d+)_(?P<number>\d+)_(?P<file>.+)", re.IGNORECASE
)
_AGAIN = re.compile(r"-(?P<again>\d{1,3})(?=\.[A-Za-z.]+$|$)")


@dataclass(frozen=True)
class Given:
    """What is left of a path without what a platform added.

    Parameters
    ----------
    segments : tuple of str
        The parts in which a person's name or id may stand.
    system : str
        "moodle", "canvas" or "".
    number : int or None
        Where a platform numbers what is handed in: a higher one is newer.
    late : bool
        Whether the platform says that it came late.
    file : str
        The name that the file had.
    """

    segments: tuple[str, ...]
    system: str
    number: int | None
    late: bool
    file: str


def given(path: Sequence[str]) -> Given:
    """Take apart what a platform put together; its own numbers are nobody's id.

    Parameters
    ----------
    path : list of str
        Folders, archives and the file.

    Returns
    -------
    Given
        What a person gave.

    Examples
    --------
    >>> given(["all.zip", "Zhang San_12345_assignsubmission_file_", "m04.zip"]).segments
    ('Zhang San', 'm04.zip')
    >>> canvas = given(["zhangsan_LATE_12345_67890_m04_servqual-1.ipynb"])
    >>> canvas.segments, canvas.number, canvas.late, canvas.file
    (('zhangsan', 'm04_servqual.ipynb'), 67890001, True, 'm04_servqual.ipynb')
    """
    # What stands above the platform's own name is the name of a download, not of a person.
    for place in range(len(path) - 1, -1, -1):
        for system, pattern in (("moodle", _MOODLE), ("canvas", _CANVAS)):
            found = pattern.fullmatch(path[place])
            if found is None:
                continue
            file, number, late = found["file"], None, False
            if system == "canvas":
                late = found["late"] is not None
                again = _AGAIN.search(file)
                # Of the same attempt the file's number grows; of a new one the count behind its name.
                number = int(found["number"]) * 1000 + (int(again["again"]) if again else 0)
                file = _AGAIN.sub("", file)
            below = (*([file] if file else []), *path[place + 1 :])
            return Given((found["name"], *below), system, number, late, below[-1] if below else "")
    return Given(tuple(path), "", None, False, path[-1] if path else "")
