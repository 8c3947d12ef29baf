"""What a trainee handed in, turned into a clean notebook to run, or into a refusal that says what to do.

A hand-in is a stranger's: nothing in it is trusted, and nothing in it may stop the grading of a class. The
clean notebook is not the trainee's with corrections; it is the assignment's own, with the trainee's answers
and cells put into it.
"""

from __future__ import annotations

import base64
import binascii
import copy
import hashlib
import json
import os
import re
import stat
import unicodedata
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course
from csmodels_helpers.language import text

__all__ = [
    "NOTES",
    "REASONS",
    "SUFFIXES",
    "Look",
    "Note",
    "Source",
    "Submission",
    "is_theirs",
    "look",
    "read_bytes",
    "read_folder",
    "read_release",
    "read_source",
]

REASONS = (
    *("missing", "several", "link", "special", "unreadable", "large", "empty", "encoding", "json", "format"),
    *("cells", "long", "other"),
)
"""Why a hand-in is refused; each has its message ``grading.refused.…``."""

NOTES = (
    *("renamed", "deleted", "duplicated", "retyped", "restored", "attachment", "signs"),
    *(
        "left-kind",
        "left-name",
        "left-link",
        "left-unread",
        "left-large",
        "left-many",
        "left-crowd",
        "left-more",
    ),
)
"""What is mended or left out; each has its message ``grading.intake.notes.…``."""

SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".json", ".xlsx", ".parquet", ".png", ".jpg", ".jpeg", ".svg"})
"""Files of these kinds are put beside the running code."""

_MOST_CELLS, _MOST_CELL_BYTES = 2_000, 1_000_000
MOST_FILE_BYTES = 10_000_000
_MOST_FILES, _MOST_FILES_BYTES = 100, 50_000_000
MOST_ENTRIES = 1_000  # of a folder; one with a million must not hold up the class
_MOST_LEFT_OUT = 20  # files that are named one by one
_MOST_IMAGE_BYTES = 2_000_000
_MOST_DIGITS = 300  # longer whole numbers are no float either, and slow to read

_IMAGES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8"}
EXCHANGE_FILES = ("timestamp.txt", "submission_secret.txt")
"""What nbgrader's exchange puts beside a hand-in."""
# What nbgrader, file managers and Jupyter put there is not the trainee's, and nobody wants a note about it.
_NOT_THEIRS = frozenset({".ipynb_checkpoints", ".DS_Store", "Thumbs.db", "desktop.ini", *EXCHANGE_FILES})
_DEFINITION = re.compile(r"^(?:(?:async[ \t]+)?def[ \t]+(\w+)|(\w+)[ \t]*=(?!=))", re.MULTILINE)
# Jupyter's programs read settings of such a name from the folder that they run in.
_SETTINGS = re.compile(r"(jupyter|ipython|nbgrader|nbconvert).*config.*", re.IGNORECASE)


# ------------------------------------------------------------------------------------------ the source


@dataclass(frozen=True)
class Source:
    """An assignment, read once for a class.

    Parameters
    ----------
    name : str
        Such as ``"m05_kano"``.
    cells : tuple of dict
        The cells of ``solutions/``, with answers and hidden tests.
    released : tuple of dict
        The cells of the release, as :func:`release.generate` makes it; the same ids in the same order.
    metadata : dict
        The notebook's metadata in the release.
    key : str
        SHA-256 of all of this: where it differs, a class must be graded again.
    """

    name: str
    cells: tuple[dict[str, Any], ...]
    released: tuple[dict[str, Any], ...]
    metadata: dict[str, Any]
    key: str


def read_source(root: str | Path, name: str, release: str | Path) -> Source:
    """Read an assignment and its release.

    Parameters
    ----------
    root : str or Path
        The course folder with ``solutions/``.
    name : str
        The assignment.
    release : str or Path
        The released notebook.

    Returns
    -------
    Source
        Both, cell by cell.

    Raises
    ------
    CourseError
        If one of them cannot be read, or they do not belong together.

    Examples
    --------
    >>> released = course.ROOT / "exercises" / "m05_kano" / "m05_kano.ipynb"
    >>> source = read_source(course.ROOT, "m05_kano", released)
    >>> source.cells[0]["id"], source.metadata["kernelspec"]["name"]
    ('m05-title', 'python3')
    """
    made: list[dict[str, Any]] = []
    for path in (Path(root) / "solutions" / name / f"{name}.ipynb", Path(release)):
        try:
            made.append(course.read_notebook(path))
        except (OSError, ValueError, RecursionError) as error:
            raise CourseError(text("grading.intake.source", path=path, reason=error)) from error
    cells, released = (cast("list[dict[str, Any]]", notebook["cells"]) for notebook in made)
    ids = [str(cell.get("id", "")) for cell in cells]
    if not all(ids) or len({*ids}) < len(ids) or ids != [str(cell.get("id", "")) for cell in released]:
        raise CourseError(text("grading.intake.release", name=name, path=release))
    metadata: dict[str, Any] = made[1].get("metadata", {})
    whole = json.dumps([name, cells, released, metadata], sort_keys=True).encode()
    return Source(name, tuple(cells), tuple(released), metadata, hashlib.sha256(whole).hexdigest())


def read_release(path: str | Path, name: str) -> Source:
    """Read an assignment as a trainee has it: without answers and hidden tests.

    Parameters
    ----------
    path : str or Path
        The released notebook.
    name : str
        The assignment.

    Returns
    -------
    Source
        Good for :func:`look`, not for grading.

    Raises
    ------
    CourseError
        If it cannot be read.

    Examples
    --------
    >>> released = course.ROOT / "exercises" / "m05_kano" / "m05_kano.ipynb"
    >>> read_release(released, "m05_kano").cells[0]["id"]
    'm05-title'
    """
    try:
        notebook = course.read_notebook(path)
    except (OSError, ValueError, RecursionError) as error:
        raise CourseError(text("grading.intake.source", path=path, reason=error)) from error
    cells = tuple(cast("list[dict[str, Any]]", notebook["cells"]))
    return Source(name, cells, cells, notebook.get("metadata", {}), "")


# -------------------------------------------------------------------------------------- what comes out


@dataclass(frozen=True)
class Note:
    """Something that was mended or left out.

    Parameters
    ----------
    kind : str
        One of :data:`NOTES`.
    where : str
        Id of the cell, or name of the file.

    Examples
    --------
    >>> Note("renamed", "m05_kano (2).ipynb").message
    'The notebook was called "m05_kano (2).ipynb" and was taken all the same.'
    """

    kind: str
    where: str = ""

    @property
    def message(self) -> str:
        """What was done, in the language in force."""
        return text(f"grading.intake.notes.{self.kind}", where=self.where)


@dataclass(frozen=True)
class Submission:
    """What a trainee handed in, after intake.

    Parameters
    ----------
    notebook : dict
        A notebook of format 4.5, in the order of the source, ready to run. For a refusal the blank release
        with its reason in the metadata, so that it scores an explicit 0.
    refused : str or None
        One of :data:`REASONS`, or None.
    notes : tuple of Note
        What was mended or left out.
    key : str
        SHA-256 of what was handed in.
    files : dict of bytes
        Data files to put beside the running code.
    """

    notebook: dict[str, Any]
    refused: str | None
    notes: tuple[Note, ...]
    key: str
    files: dict[str, bytes]

    @property
    def message(self) -> str:
        """What the trainee must do, in the language in force; "" for a hand-in that is not refused."""
        return text(f"grading.refused.{self.refused}") if self.refused else ""


class _RefusedError(Exception):
    """Nothing can be graded here.

    Parameters
    ----------
    reason : str
        One of :data:`REASONS`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# ------------------------------------------------------------------------------------------- the folder


def read_folder(folder: str | Path, source: Source) -> Submission:
    """Take in what lies in ``submitted/<student>/<assignment>/``; nothing in it makes this raise.

    Only plain files are opened. Links lead elsewhere, and reading from a pipe or a device may never end.

    Parameters
    ----------
    folder : str or Path
        The folder.
    source : Source
        The assignment.

    Returns
    -------
    Submission
        The clean notebook, or the refusal.

    Examples
    --------
    >>> released = course.ROOT / "exercises" / "m05_kano" / "m05_kano.ipynb"
    >>> source = read_source(course.ROOT, "m05_kano", released)
    >>> read_folder("nowhere/at/all", source).refused
    'missing'
    >>> read_folder(released.parent, source).refused is None
    True
    """
    notes: list[Note] = []
    try:
        with _opened(Path(folder)) as handle:
            names, crowded = _names(handle)
            name = _find_notebook(handle, names, crowded, source.name)
            if name != f"{source.name}.ipynb":
                notes.append(Note("renamed", _shown(name)))
            content = _read(handle, name, course.MAX_BYTES)
            others = [] if crowded else sorted(set(names) - {name} - _NOT_THEIRS)
            files = _Files()
            for other in others:
                files.take(other, lambda other=other: _read(handle, other, MOST_FILE_BYTES))
            left_out = [Note("left-crowd", str(MOST_ENTRIES))] if crowded else files.notes()
    except _RefusedError as error:
        return _refusal(error.reason, source, notes, b"")
    return _taken(content, source, [*notes, *left_out], files.kept)


@contextmanager
def _opened(folder: Path) -> Generator[int]:
    """Open a folder without following links: neither the assignment's folder nor the trainee's may be one."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    handles: list[int] = []
    try:
        try:
            for place in (folder.parent, folder):
                mode = place.lstat().st_mode
                if stat.S_ISLNK(mode):
                    raise _RefusedError("link")
                if not stat.S_ISDIR(mode):
                    raise _RefusedError("special")
            handles.append(os.open(folder.parent, flags))
            handles.append(os.open(folder.name or ".", flags, dir_fd=handles[0]))
        except FileNotFoundError as error:
            raise _RefusedError("missing") from error
        except (OSError, ValueError) as error:
            raise _RefusedError("unreadable") from error
        yield handles[1]
    finally:
        for handle in handles:
            os.close(handle)


def _names(handle: int) -> tuple[list[str], bool]:
    """List a folder, and say whether there is more in it than anybody hands in."""
    names: list[str] = []
    try:
        with os.scandir(handle) as entries:
            for entry in entries:
                if len(names) == MOST_ENTRIES:
                    return names, True
                names.append(entry.name)
    except OSError as error:
        raise _RefusedError("unreadable") from error
    return names, False


def _find_notebook(handle: int, names: Iterable[str], crowded: bool, assignment: str) -> str:
    """Find the notebook; one under another name will do if there is only one."""
    expected = f"{assignment}.ipynb"
    try:
        os.lstat(expected, dir_fd=handle)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise _RefusedError("unreadable") from error
    else:
        return expected
    if crowded:
        raise _RefusedError("missing")
    # macOS puts a "._name" beside each file that it copies to another system.
    found = [name for name in sorted(names) if name.lower().endswith(".ipynb") and not name.startswith(".")]
    plain = [name for name in found if _is_plain(handle, name)]
    if len(plain) > 1:
        raise _RefusedError("several")
    if not plain and not found:
        raise _RefusedError("missing")
    return (plain or found)[0]  # what is no plain file is refused for that when it is read


def _is_plain(handle: int, name: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(name, dir_fd=handle).st_mode)
    except OSError:
        return False


def _read(handle: int, name: str, most: int) -> bytes:
    """Read a plain file of the folder."""

    def look(found: os.stat_result) -> None:
        # A hard link may be somebody else's file, which the trainee could not have read.
        if stat.S_ISLNK(found.st_mode) or (stat.S_ISREG(found.st_mode) and found.st_nlink > 1):
            raise _RefusedError("link")
        if not stat.S_ISREG(found.st_mode):
            raise _RefusedError("special")
        if found.st_size > most:
            raise _RefusedError("large")

    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        look(os.lstat(name, dir_fd=handle))  # before it is opened: to open a device may do something
        with os.fdopen(os.open(name, flags, dir_fd=handle), "rb") as file:
            look(os.fstat(file.fileno()))  # and after it: it may be another one by now
            content = file.read(most + 1)
    except (OSError, ValueError) as error:
        raise _RefusedError("unreadable") from error
    if len(content) > most:
        raise _RefusedError("large")
    return content


@dataclass
class _Files:
    """The data files, up to what is allowed."""

    kept: dict[str, bytes] = field(default_factory=dict[str, bytes])
    left: list[Note] = field(default_factory=list[Note])

    def take(self, name: str, read: Any) -> None:
        """Take one along, or note why not."""
        suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 - a name, which may hold anything
        if name.startswith("._"):
            return
        if not _is_fair_name(name):
            kind = "left-name"
        elif suffix not in SUFFIXES or _SETTINGS.fullmatch(name):
            kind = "left-kind"
        elif len(self.kept) == _MOST_FILES:
            kind = "left-many"
        else:
            try:
                content: bytes = read()
            except _RefusedError as error:
                kinds = {"link": "left-link", "large": "left-large", "unreadable": "left-unread"}
                kind = kinds.get(error.reason, "left-kind")
            else:
                if len(content) + sum(map(len, self.kept.values())) <= _MOST_FILES_BYTES:
                    self.kept[name] = content
                    return
                kind = "left-large"
        self.left.append(Note(kind, _shown(name)))

    def notes(self) -> list[Note]:
        """Name what was left out; of very many files, how many more there were."""
        more = len(self.left) - _MOST_LEFT_OUT
        return [*self.left[:_MOST_LEFT_OUT], *([Note("left-more", str(more))] if more > 0 else [])]


def _is_fair_name(name: str) -> bool:
    unfair = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return (
        not name.startswith((".", "-"))
        and "/" not in name
        and "\\" not in name
        and not any(unicodedata.category(sign) in unfair for sign in name)
        and 0 < len(os.fsencode(name)) <= 255
    )


def _shown(name: str) -> str:
    """Make a stranger's file name fit for a sentence."""
    fair = "".join("\ufffd" if unicodedata.category(sign)[0] == "C" else sign for sign in name)
    return fair if len(fair) <= 80 else f"{fair[:79]}…"


# ------------------------------------------------------------------------------------------ the notebook


def read_bytes(content: bytes, source: Source, files: Mapping[str, bytes] | None = None) -> Submission:
    """Take in a notebook that is at hand as bytes; nothing in it makes this raise.

    Parameters
    ----------
    content : bytes
        The notebook.
    source : Source
        The assignment.
    files : dict of bytes, optional
        Data files handed in with it.

    Returns
    -------
    Submission
        The clean notebook, or the refusal.

    Examples
    --------
    >>> released = course.ROOT / "exercises" / "m05_kano" / "m05_kano.ipynb"
    >>> source = read_source(course.ROOT, "m05_kano", released)
    >>> read_bytes(b"{", source).refused
    'json'
    >>> read_bytes(released.read_bytes(), source).notes
    ()
    """
    taken = _offered(files or {})
    return _taken(content, source, taken.notes(), taken.kept)


@dataclass(frozen=True)
class Look:
    """What intake would say of a hand-in.

    Parameters
    ----------
    refused : str or None
        One of :data:`REASONS`, or None.
    notes : tuple of Note
        What would be mended or left out.
    empty : tuple of str
        Ids of answer cells without an answer: deleted, emptied, or as they were handed out.
    files : dict of bytes
        Data files that would be taken along.
    """

    refused: str | None
    notes: tuple[Note, ...]
    empty: tuple[str, ...]
    files: dict[str, bytes]


def look(content: bytes, source: Source, files: Mapping[str, bytes] | None = None) -> Look:
    """Say what intake would make of a notebook, on any system and without nbgrader.

    Parameters
    ----------
    content : bytes
        The notebook.
    source : Source
        The assignment; :func:`read_release` will do.
    files : dict of bytes, optional
        Data files beside it.

    Returns
    -------
    Look
        The refusal, or what would be mended and which answers are missing.

    Examples
    --------
    >>> released = course.ROOT / "exercises" / "m05_kano" / "m05_kano.ipynb"
    >>> source = read_release(released, "m05_kano")
    >>> look(b"{", source).refused
    'json'
    >>> seen = look(released.read_bytes(), source)
    >>> seen.refused, seen.empty[0]
    (None, 'm05-pairs-answer')
    """
    taken = _offered(files or {})
    try:
        builder = _Builder(source, _handed_in(content, source))
    except _RefusedError as error:
        return Look(error.reason, tuple(taken.notes()), (), taken.kept)
    empty = builder.unanswered()
    return Look(None, (*taken.notes(), *builder.notes), empty, taken.kept)


def is_theirs(name: str) -> bool:
    """Say whether a file is a trainee's, not one that nbgrader, Jupyter or a file manager puts there.

    Parameters
    ----------
    name : str
        Its name, without a folder.

    Returns
    -------
    bool
        False for ``.DS_Store``, ``timestamp.txt`` and the like.

    Examples
    --------
    >>> is_theirs("visits.csv"), is_theirs("Thumbs.db"), is_theirs("._visits.csv")
    (True, False, False)
    """
    return name not in _NOT_THEIRS and not name.startswith("._")


def _offered(files: Mapping[str, bytes]) -> _Files:
    taken = _Files()
    for name, data in sorted(files.items()):

        def read(data: bytes = data) -> bytes:
            if len(data) > MOST_FILE_BYTES:
                raise _RefusedError("large")
            return data

        taken.take(name, read)
    return taken


def _taken(content: bytes, source: Source, notes: list[Note], files: dict[str, bytes]) -> Submission:
    try:
        cells, mended = _Builder(source, _handed_in(content, source)).build()
    except _RefusedError as error:
        return _refusal(error.reason, source, notes, content)
    every = (*notes, *mended)
    key = _key(content, notes, files)
    return Submission(_notebook(source, cells, every), None, every, key, files)


def _refusal(reason: str, source: Source, notes: list[Note], content: bytes) -> Submission:
    cells, _ = _Builder(source, []).build()
    notebook = _notebook(source, cells, notes)
    notebook["metadata"]["csmodels_refused"] = reason
    return Submission(notebook, reason, tuple(notes), _key(content, notes, {}, reason), {})


def _notebook(source: Source, cells: list[dict[str, Any]], notes: Iterable[Note]) -> dict[str, Any]:
    metadata = copy.deepcopy(source.metadata)
    told = [{"kind": note.kind, "where": note.where} for note in notes]
    metadata["csmodels"] = {**metadata.get("csmodels", {}), "intake": told}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _key(content: bytes, notes: Iterable[Note], files: dict[str, bytes], reason: str = "") -> str:
    whole = hashlib.sha256()
    about = [reason, *(f"{note.kind} {note.where}" for note in notes)]
    pieces = [*(part.encode() for part in about), content]
    pieces += [part for name in sorted(files) for part in (name.encode(), files[name])]
    for piece in pieces:
        # With its length, so that two hand-ins never run together into the same bytes.
        whole.update(len(piece).to_bytes(8, "big") + piece)
    return whole.hexdigest()


@dataclass(frozen=True)
class _Cell:
    """A cell as it was handed in: its type, its text, and the cell of the source that it claims to be."""

    kind: str
    text: str
    known: str | None
    attachments: dict[str, dict[str, str]]
    cut: tuple[str, ...]  # what was mended in it


def _handed_in(content: bytes, source: Source) -> list[_Cell]:
    """Read the cells of a notebook."""
    if len(content) > course.MAX_BYTES:
        raise _RefusedError("large")
    # A disk that ran full, or an upload that broke off, leaves nothing but zeros.
    if not content.removeprefix(b"\xef\xbb\xbf").strip(b"\0 \t\r\n"):
        raise _RefusedError("empty")
    if b"\0" in content[:4]:  # UTF-16 or UTF-32 without a mark
        raise _RefusedError("encoding")
    try:
        notebook: Any = json.loads(
            content.decode("utf-8-sig"), object_pairs_hook=_once, parse_int=_whole_number
        )
    except UnicodeDecodeError as error:
        raise _RefusedError("encoding") from error
    except (ValueError, RecursionError) as error:
        raise _RefusedError("json") from error
    except MemoryError as error:
        raise _RefusedError("large") from error
    found: Any = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(found, list) or notebook.get("nbformat") != 4:
        raise _RefusedError("format")
    listed = cast("list[Any]", found)
    if not listed:
        raise _RefusedError("empty")
    if len(listed) > _MOST_CELLS:
        raise _RefusedError("cells")
    known = {str(course.stamp(cell).get("grade_id", cell["id"])): cell["id"] for cell in source.cells}
    known |= {cell["id"]: cell["id"] for cell in source.cells}
    cells = [_cell(cell, known) for cell in listed]
    if not any(cell.known for cell in cells):
        raise _RefusedError("other")
    return cells


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice: another program may read the first where we read the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _RefusedError("json")
    return found


def _whole_number(digits: str) -> float:
    return int(digits) if len(digits) <= _MOST_DIGITS else float("inf")


def _cell(cell: Any, known: dict[str, str]) -> _Cell:
    if not isinstance(cell, dict):
        raise _RefusedError("format")
    content = cast("dict[str, Any]", cell)
    words = _joined(content.get("source", ""))
    if words is None:
        raise _RefusedError("format")
    fair = _fair(words)
    if len(fair) > _MOST_CELL_BYTES or len(fair.encode()) > _MOST_CELL_BYTES:
        raise _RefusedError("long")
    metadata: Any = content.get("metadata")
    stamp: Any = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    claimed: Any = stamp.get("grade_id") if isinstance(stamp, dict) else None
    # The stamp goes before the id: a copy of a cell has a new id, and an old format has none at all.
    name = next((known[n] for n in (claimed, content.get("id")) if isinstance(n, str) and n in known), None)
    attachments, whole = _images(content.get("attachments"))
    cut = [*(["signs"] if fair != words else []), *([] if whole else ["attachment"])]
    kind = content.get("cell_type")
    ends = fair.replace("\r\n", "\n").replace("\r", "\n")
    return _Cell(kind if isinstance(kind, str) else "", ends, name, attachments, tuple(cut))


def _joined(value: Any) -> str | None:
    """Put lines together; None for what is no text."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        lines = cast("list[Any]", value)
        return "".join(lines) if all(isinstance(line, str) for line in lines) else None
    return None


def _fair(words: str) -> str:
    """Replace what no UTF-8 file can hold (half of a pair of surrogates), and the zero sign."""
    return words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "\ufffd")


def _images(attachments: Any) -> tuple[dict[str, dict[str, str]], bool]:
    """Keep plain pictures, and say whether that was all."""
    if attachments is None:
        return {}, True
    if not isinstance(attachments, dict):
        return {}, False
    kept: dict[str, dict[str, str]] = {}
    whole = True
    for name, bundle in cast("dict[str, Any]", attachments).items():
        items: list[tuple[Any, Any]] = list(bundle.items()) if isinstance(bundle, dict) else []
        images = {kind: data for kind, value in items if (data := _image(kind, value)) is not None}
        whole = whole and len(images) == len(items) and bool(images) and _is_fair_name(name)
        if images and _is_fair_name(name):
            kept[name] = images
    return kept, whole


def _image(kind: Any, value: Any) -> str | None:
    start = _IMAGES.get(kind)
    data = _joined(value)
    if start is None or data is None or len(data) > 2 * _MOST_IMAGE_BYTES:
        return None
    try:
        content = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(content) > _MOST_IMAGE_BYTES or not content.startswith(start):
        return None
    return base64.b64encode(content).decode("ascii")


# ------------------------------------------------------------------------------------ the clean notebook


class _Builder:
    """Puts a trainee's cells into the assignment."""

    def __init__(self, source: Source, handed_in: list[_Cell]) -> None:
        self.source, self.handed_in = source, handed_in
        self.released = {cell["id"]: cell for cell in source.released}
        self.notes: list[Note] = []
        self._chosen: dict[str, int] = {}  # cell of the source → place of the one that counts for it
        self._own: list[int] = []  # places of the cells of the trainee's own

    def build(self) -> tuple[list[dict[str, Any]], list[Note]]:
        """Return the cells and what was mended in them."""
        if self.handed_in:
            self._sort_out()
        cells: list[dict[str, Any]] = []
        written: set[str] = set()  # names that the trainee's code defines so far
        after = self._followers()
        waiting = after.get(None, [])
        for cell in self.source.cells:
            stamp = course.stamp(cell)
            test = stamp.get("grade") and not stamp.get("solution")
            # What was deleted is put back before the trainee's own cells that took its place, as a stub
            # below them would undo what they say; a test comes after them.
            if cell["id"] in self._chosen or test:
                cells += waiting
                written |= _defined(waiting)
                waiting = []
            made = self._known_cell(cell)
            if stamp.get("solution") and made["cell_type"] == "code":
                if cell["id"] in self._chosen:
                    written |= _defined([made])
                elif _defined([made]) & written:
                    made["source"] = ""  # merged into a cell above, say, which a stub would undo as well
            cells.append(made)
            waiting += after.get(cell["id"], [])
        return cells + waiting, self.notes

    def unanswered(self) -> tuple[str, ...]:
        """Name the answer cells in which nothing was written."""
        self._sort_out()
        answers = [cell["id"] for cell in self.source.cells if course.stamp(cell).get("solution")]
        chosen = self._chosen
        return tuple(
            name for name in answers if name not in chosen or self._as_released(chosen[name], solution=True)
        )

    def _sort_out(self) -> None:
        """Decide which cell counts for each one of the source, and which are the trainee's own."""
        claims: dict[str, list[int]] = {}
        for place, cell in enumerate(self.handed_in):
            if cell.known is None:
                self._own.append(place)
            else:
                claims.setdefault(cell.known, []).append(place)
        for cell in self.source.cells:
            name: str = cell["id"]
            places = claims.get(name, [])
            solution = bool(course.stamp(cell).get("solution"))
            same = [place for place in places if self._as_released(place, solution)]
            other = [place for place in places if place not in same]
            if solution:
                # A copy that was turned into another type is a remark rather than the answer.
                fit = [place for place in other if self.handed_in[place].kind == cell["cell_type"]]
                chosen = (fit or other or same)[-1:]
                if not chosen:
                    self.notes.append(Note("deleted", name))
                elif self.handed_in[chosen[0]].kind != cell["cell_type"]:
                    self.notes.append(Note("retyped", name))
                if len(places) > 1:
                    self.notes.append(Note("duplicated", name))
            else:
                chosen = (same or other)[:1]
                if not same:
                    self.notes.append(Note("restored", name))
            if chosen:
                self._chosen[name] = chosen[0]
            # Copies of what was released say nothing, and a stub that runs late would undo an answer.
            self._own += [place for place in other if place not in chosen]
        self._own.sort()

    def _as_released(self, place: int, solution: bool) -> bool:
        cell = self.handed_in[place]
        given = self.released[cell.known]
        words = cell.text.strip()
        return words == given["source"].strip() or (solution and not words)

    def _followers(self) -> dict[str | None, list[dict[str, Any]]]:
        """Sort the trainee's own cells by the known cell that they followed."""
        anchors = {place: name for name, place in self._chosen.items()}
        taken = {cell["id"] for cell in self.source.cells}
        own = {*self._own}
        after: dict[str | None, list[dict[str, Any]]] = {}
        anchor: str | None = None
        number = 0
        for place, handed_in in enumerate(self.handed_in):
            anchor = anchors.get(place, anchor)
            if place not in own:
                continue
            number += 1
            while f"own-{number}" in taken:
                number += 1
            cell = _new_cell("code" if handed_in.kind == "code" else "markdown", f"own-{number}")
            self._fill(cell, handed_in)
            after.setdefault(anchor, []).append(cell)
        return after

    def _known_cell(self, given: dict[str, Any]) -> dict[str, Any]:
        name: str = given["id"]
        cell = _new_cell(given["cell_type"], name, copy.deepcopy(given.get("metadata", {})))
        stamp = course.stamp(cell)
        solution = bool(stamp.get("solution"))
        cell["source"] = self.released[name]["source"] if solution else given["source"]
        if not solution and given.get("attachments"):
            cell["attachments"] = copy.deepcopy(given["attachments"])
        if stamp:
            # Of an answer this is the checksum of the stub, by which nbgrader sees that nothing was written.
            stamp |= {"cell_type": cell["cell_type"], "checksum": _checksum(cell)}
        place = self._chosen.get(name)
        if solution and place is not None:
            handed_in = self.handed_in[place]
            # An empty code cell stays empty: the answer may stand in a cell of the trainee's own above it.
            if not self._as_released(place, cell["cell_type"] == "markdown"):
                self._fill(cell, handed_in)
        return cell

    def _fill(self, cell: dict[str, Any], handed_in: _Cell) -> None:
        cell["source"] = handed_in.text
        if cell["cell_type"] == "markdown" and handed_in.attachments:
            cell["attachments"] = handed_in.attachments
        self.notes += [Note(kind, cell["id"]) for kind in handed_in.cut]


def _new_cell(kind: str, name: str, metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": metadata or {}, "source": ""}
    return cell | {"execution_count": None, "outputs": []} if kind == "code" else cell


def _defined(cells: Iterable[dict[str, Any]]) -> set[str]:
    """Name what code defines at its left margin; read, not parsed, as it is a stranger's."""
    found: set[str] = set()
    for cell in cells:
        if cell["cell_type"] == "code":
            found |= {match[1] or match[2] for match in _DEFINITION.finditer(cell["source"])}
    return found


def _checksum(cell: dict[str, Any]) -> str:
    from nbformat import from_dict
    from nbgrader.utils import compute_checksum

    node: Any = from_dict(cell)
    return compute_checksum(node)
