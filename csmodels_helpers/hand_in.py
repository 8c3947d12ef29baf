"""Hand an exercise in without a hub: a last look, then one zip with a receipt (``csmodels hand-in m04``).

Works wherever the course does; nothing of the grader runs here. What the look finds is said and stops
nothing: a deadline is a deadline.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import io
import json
import logging
import os
import stat
import subprocess
import tempfile
import time
import unicodedata
import warnings
import zipfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import csmodels_helpers
from csmodels_helpers.check_feedback import read_tag
from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import intake
from csmodels_helpers.grading.course import MAX_BYTES, stamp
from csmodels_helpers.language import LANGUAGES, get_language, set_language, text
from csmodels_helpers.receipt import NAME, SUMMARY, Receipt, fit_id
from csmodels_helpers.workspace import MANIFEST, find_work, fingerprint

__all__ = [
    "STATE",
    "Exercise",
    "Parcel",
    "Who",
    "contents",
    "examine",
    "find",
    "known",
    "last_saved",
    "pack",
    "remember",
    "try_run",
    "verdict",
    "who",
    "write",
]

STATE = ".csmodels-who.json"
"""Name of the file in the work folder that says who works there."""

_MOST_NAME = 100
_MOST_SAID = 160  # signs of an error message that are shown


@dataclass(frozen=True)
class Who:
    """A trainee.

    Parameters
    ----------
    id : str
        As the instructor's roster has it.
    name : str
        The full name.
    """

    id: str
    name: str


@dataclass(frozen=True)
class Exercise:
    """An exercise in a work folder.

    Parameters
    ----------
    name : str
        Such as ``"m04_servqual"``.
    work : Path
        The work folder.
    folder : Path
        Where the trainee's copy lies.
    release : Path
        The course's own, to compare with.
    """

    name: str
    work: Path
    folder: Path
    release: Path


@dataclass(frozen=True)
class Parcel:
    """What is handed in, read once: what is looked at is what is sent.

    Parameters
    ----------
    exercise : Exercise
        Which exercise.
    who : Who
        Whose.
    notebook : bytes
        The notebook.
    files : dict of bytes
        Data files beside it that are taken along.
    look : intake.Look
        What the instructor's side will say of it.
    left : tuple of str
        Folders, links and other notebooks beside it, which are not.
    saved : datetime
        When the notebook was last saved.
    receipt : Receipt
        The receipt.
    """

    exercise: Exercise
    who: Who
    notebook: bytes
    files: dict[str, bytes]
    look: intake.Look
    left: tuple[str, ...]
    saved: dt.datetime
    receipt: Receipt


# ------------------------------------------------------------------------------------------ which, who


def find(assignment: str, *, work: str | Path | None = None, course: str | Path | None = None) -> Exercise:
    """Find an exercise in the work folder.

    Parameters
    ----------
    assignment : str
        Such as ``"m04"`` or ``"m04_servqual"``.
    work : str or Path, optional
        The work folder; by default the one around the current folder, else ``work`` in the course's.
    course : str or Path, optional
        The course's folder; by default the checkout that this package is imported from.

    Returns
    -------
    Exercise
        Where everything is.

    Raises
    ------
    CourseError
        If there is no such exercise or no work folder, or the exercise was never opened there.

    Examples
    --------
    >>> find("m04", course="nowhere")
    Traceback (most recent call last):
        ...
    csmodels_helpers.errors.CourseError: There is no exercise "m04". There are: —.
    """
    root = Path(course).resolve() if course is not None else Path(csmodels_helpers.__file__).parents[1]
    there = {
        folder.name: folder / f"{folder.name}.ipynb"
        for folder in sorted((root / "exercises").glob("m[0-9][0-9]_*"))
        if (folder / f"{folder.name}.ipynb").is_file()
    }
    wanted = assignment.removesuffix(".ipynb").casefold()
    names = [name for name in there if wanted in (name.casefold(), _short(name).casefold())]
    if len(names) != 1:
        short = ", ".join(dict.fromkeys(map(_short, there))) or "—"
        raise CourseError(text("hand_in.unknown", name=assignment, known=short))
    (name,) = names
    here = Path.cwd() / "work"
    near = find_work() or (here if (here / MANIFEST).is_file() else root / "work")
    place = Path(work).absolute() if work is not None else near
    if not (place / MANIFEST).is_file() and not (place / "exercises").is_dir():
        raise CourseError(text("hand_in.no_work", path=place))
    folder = place / "exercises" / name
    if not (folder / f"{name}.ipynb").exists():
        raise CourseError(text("hand_in.never", name=name, path=folder / f"{name}.ipynb"))
    return Exercise(name, place, folder, there[name])


def _short(name: str) -> str:
    return name.partition("_")[0]


def who(own_id: str, name: str) -> Who:
    """Take what somebody typed as id and name.

    Parameters
    ----------
    own_id, name : str
        As typed.

    Returns
    -------
    Who
        Without spaces around, full-width letters and digits made plain.

    Raises
    ------
    CourseError
        If the id cannot be one, or the name is empty.

    Examples
    --------
    >>> who(" ２０２４００１７ ", " Zhang  San ")
    Who(id='20240017', name='Zhang San')
    """
    plain = unicodedata.normalize("NFKC", own_id).strip()
    said = " ".join(unicodedata.normalize("NFKC", name).split())
    if not fit_id(plain):
        raise CourseError(text("hand_in.id", value=own_id.strip()))
    if not said or len(said) > _MOST_NAME or any(unicodedata.category(sign)[0] == "C" for sign in said):
        raise CourseError(text("hand_in.name", value=name.strip()[:_MOST_NAME]))
    return Who(plain, said)


def known(work: Path) -> Who | None:
    """Return who works in a work folder, as :func:`remember` kept it.

    Parameters
    ----------
    work : Path
        The work folder.

    Returns
    -------
    Who or None
        None if nobody said yet, or the file cannot be read: then one is asked again.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     remember(Path(folder), Who("s17", "Li Lei"))
    ...     known(Path(folder)), known(Path(folder) / "elsewhere")
    (Who(id='s17', name='Li Lei'), None)
    """
    try:
        found: Any = json.loads((work / STATE).read_bytes().decode("utf-8"))
        return who(found["id"], found["name"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, CourseError):
        return None


def remember(work: Path, person: Who) -> None:
    """Keep who works in a work folder.

    Parameters
    ----------
    work : Path
        The work folder.
    person : Who
        Who.

    Raises
    ------
    CourseError
        If it cannot be written.

    Examples
    --------
    >>> remember(Path("nowhere"), Who("s17", "Li Lei"))
    Traceback (most recent call last):
        ...
    csmodels_helpers.errors.CourseError: nowhere cannot be written (No such file or directory). Nothing was
    handed in and nothing of yours was changed; make room or say another folder with --to, and try again.
    """
    content = json.dumps({"id": person.id, "name": person.name}, ensure_ascii=False, indent=1)
    with _writing(work):
        _put(work / STATE, (content + "\n").encode(), replace=True)


# ------------------------------------------------------------------------------------------- the parcel


def pack(exercise: Exercise, person: Who, *, now: dt.datetime | None = None) -> Parcel:
    """Read what is handed in, and make out the receipt.

    Parameters
    ----------
    exercise : Exercise
        Which exercise.
    person : Who
        Whose.
    now : datetime, optional
        The time of the hand-in; by default now. A last look that takes a minute makes nobody late.

    Returns
    -------
    Parcel
        The files and the receipt.

    Raises
    ------
    CourseError
        If the notebook cannot be read or was never saved.

    Examples
    --------
    >>> from csmodels_helpers import workspace
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = workspace.update(folder)
    ...     parcel = pack(find("m04", work=folder), Who("s17", "Li Lei"))
    >>> sorted(parcel.receipt.files)
    ['m04_servqual.ipynb']
    """
    when = (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).replace(microsecond=0)
    path = exercise.folder / f"{exercise.name}.ipynb"
    try:
        notebook = path.read_bytes()
        saved = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
        beside, left = _beside(exercise.folder, path.name)
    except OSError as error:
        raise CourseError(text("hand_in.unreadable", path=path, reason=_reason(error))) from error
    if not notebook.strip(b"\0 \t\r\n"):
        raise CourseError(text("hand_in.unsaved", path=path))
    look = intake.look(notebook, intake.read_release(exercise.release, exercise.name), beside)
    files = {path.name: notebook, **look.files}
    version, release = _origin(notebook)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    receipt = Receipt(exercise.name, person.id, person.name, version, release, when, hashes)
    return Parcel(exercise, person, notebook, look.files, look, left, saved, receipt)


def _beside(folder: Path, notebook: str) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Read what lies beside the notebook (intake says what of it is taken along), and name what is left."""
    files: dict[str, bytes] = {}
    left: list[str] = []
    for place in sorted(folder.iterdir())[: intake.MOST_ENTRIES]:
        if place.name == notebook or place.name.startswith(".") or not intake.is_theirs(place.name):
            continue
        if place.suffix == ".ipynb" or not stat.S_ISREG(place.lstat().st_mode):
            left.append(place.name)
            continue
        with place.open("rb") as file:
            files[place.name] = file.read(intake.MOST_FILE_BYTES + 1)  # one more, so that intake sees it
    return files, tuple(left)


def _origin(notebook: bytes) -> tuple[str, str]:
    """Return version and fingerprint of the exercise that a copy was made from."""
    try:
        found: Any = json.loads(notebook.decode("utf-8-sig"))["metadata"]["csmodels"]
        return str(found["version"])[:40], str(found.get("source_sha256", ""))[:64]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return csmodels_helpers.__version__, ""


def contents(parcel: Parcel) -> list[str]:
    """Say what will be sent, a line a file, in the language in force.

    Parameters
    ----------
    parcel : Parcel
        What :func:`pack` returned.

    Returns
    -------
    list of str
        Whose, and each file with its size.

    Examples
    --------
    >>> from csmodels_helpers import workspace
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = workspace.update(folder)
    ...     parcel = pack(find("m04", work=folder), Who("s17", "Li Lei"))
    ...     contents(parcel)[0]
    'Sent in the name of: s17, Li Lei'
    """
    person, receipt = parcel.who, parcel.receipt
    lines = [text("hand_in.sent.who", id=person.id, name=person.name)]
    lines += [f"  {name}  {_size(len(content))}" for name, content in _files(parcel).items()]
    lines += [text("hand_in.sent.receipt", time=f"{receipt.time:%Y-%m-%d %H:%M:%S}")]
    return lines


def last_saved(parcel: Parcel) -> str:
    """Say when the notebook was last saved: what stands in the browser alone is not handed in.

    Parameters
    ----------
    parcel : Parcel
        What :func:`pack` returned.

    Returns
    -------
    str
        One sentence.

    Examples
    --------
    >>> from csmodels_helpers import workspace
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = workspace.update(folder)
    ...     parcel = pack(find("m04", work=folder), Who("s17", "Li Lei"))
    >>> print(last_saved(parcel))
    m04_servqual.ipynb was last saved less than a minute ago. If you wrote something since, save it
    and run this again.
    """
    minutes = (parcel.receipt.time - parcel.saved).total_seconds() / 60
    if minutes < 1:
        when = text("hand_in.ago.seconds")
    elif minutes < 2:
        when = text("hand_in.ago.minute")
    elif minutes < 120:
        when = text("hand_in.ago.minutes", n=int(minutes))
    else:
        when = text("hand_in.ago.date", date=f"{parcel.saved.astimezone():%Y-%m-%d %H:%M}")
    return text("hand_in.saved", path=f"{parcel.exercise.name}.ipynb", when=when)


def verdict(found: list[str], *, ran: bool) -> list[str]:
    """Put what was found before the list of what is sent.

    Parameters
    ----------
    found : list of str
        From :func:`examine` and :func:`try_run`.
    ran : bool
        Whether the notebook was run.

    Returns
    -------
    list of str
        Lines to show.

    Examples
    --------
    >>> verdict(["Something."], ran=True)
    ['Found, and sent all the same:', '  - Something.', 'What will be sent:']
    """
    if found:
        lines = [text("hand_in.found"), *(f"  - {sentence}" for sentence in found)]
    else:
        lines = [text("hand_in.fine"), *([text("hand_in.run.good")] if ran else [])]
    return [*lines, text("hand_in.sent.head")]


def _files(parcel: Parcel) -> dict[str, bytes]:
    return {f"{parcel.exercise.name}.ipynb": parcel.notebook, **dict(sorted(parcel.files.items()))}


def _size(number: int) -> str:
    return f"{number / 1e6:.1f} MB" if number >= 100_000 else f"{max(1, round(number / 1e3))} kB"


# --------------------------------------------------------------------------------------------- the look


def examine(parcel: Parcel) -> list[str]:
    """Look at what is handed in: readable, answered, the course's own cells and data as they were.

    Parameters
    ----------
    parcel : Parcel
        What :func:`pack` returned.

    Returns
    -------
    list of str
        A sentence each, with what to do; empty if there is nothing to say.

    Examples
    --------
    >>> from csmodels_helpers import workspace
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = workspace.update(folder)
    ...     parcel = pack(find("m04", work=folder), Who("s17", "Li Lei"))
    ...     examine(parcel)
    ['No answer is written in it yet. Is it the right notebook, and was it saved?']
    """
    look, said = parcel.look, list[str]()
    if len(parcel.notebook) > MAX_BYTES or look.refused is not None:
        return [text("hand_in.refused", reason=text(f"grading.refused.{look.refused or 'large'}"))]
    titles = _titles(parcel.exercise.release)
    answers = _answers(parcel.exercise.release)
    if len(look.empty) == len(answers):
        said.append(text("hand_in.blank"))
    elif look.empty:
        names = "\n".join(f"    {titles.get(name, name)}" for name in look.empty)
        said.append(text("hand_in.empty", n=len(look.empty), all=len(answers), names=names))
    release = parcel.receipt.release
    if release and release != _fingerprint(parcel.exercise.release):
        said.append(text("hand_in.version", version=parcel.receipt.course_version))
        ours = [note for note in look.notes if note.kind not in ("restored", "deleted")]
    else:
        ours = list(look.notes)
    restored = [note for note in ours if note.kind == "restored"]
    if restored:
        places = ", ".join(dict.fromkeys(titles.get(note.where, note.where) for note in restored))
        said.append(text("hand_in.restored", n=len(restored), where=places))
    for note in ours:
        where = titles.get(note.where, note.where)
        if note.kind in ("deleted", "duplicated", "retyped"):
            said.append(text(f"hand_in.{note.kind}", where=where))
        elif note.kind != "restored":
            said.append(note.message)
    if parcel.left:
        said.append(text("hand_in.left", names=", ".join(parcel.left)))
    return said + list(_data(parcel))


def _data(parcel: Parcel) -> Iterator[str]:
    """Compare data files with those that the exercise came with."""
    for given in sorted(parcel.exercise.release.parent.iterdir()):
        if given.suffix.lower() not in intake.SUFFIXES or not given.is_file():
            continue
        mine = parcel.files.get(given.name)
        if mine is None:
            yield text("hand_in.data.missing", name=given.name)
        elif mine != given.read_bytes():
            yield text("hand_in.data.changed", name=given.name)


def _cells(path: Path) -> list[dict[str, Any]]:
    return list(intake.read_release(path, path.stem).cells)


def _fingerprint(release: Path) -> str:
    return fingerprint({"cells": _cells(release)})


def _answers(release: Path) -> list[str]:
    return [cell["id"] for cell in _cells(release) if stamp(cell).get("solution")]


def _titles(release: Path) -> dict[str, str]:
    """Return cell → the heading above it, by which a trainee knows an item."""
    return dict(_headings(_cells(release)))


def _headings(cells: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    title = ""
    for cell in cells:
        source = cell.get("source", "")
        words = source if isinstance(source, str) else "".join(source)
        first = words.lstrip().partition("\n")[0].strip()
        if cell.get("cell_type") == "markdown" and first.startswith(("# ", "## ")):
            title = first.lstrip("#").strip()
        name = str(cell.get("id", ""))
        yield name, title or name


# ---------------------------------------------------------------------------------------------- the run


def try_run(
    parcel: Parcel, *, limit: float = 120.0, progress: Callable[[int], Any] | None = None
) -> list[str]:
    """Run every cell in order from a fresh kernel, in a folder with what is sent and nothing else.

    As in grading, a cell that fails does not keep the next from running.

    Parameters
    ----------
    parcel : Parcel
        What :func:`pack` returned.
    limit : float, default 120
        Seconds for the whole notebook, the kernel's start not counted.
    progress : callable, optional
        Gets the number of cells and returns an object with ``update()`` and ``close()``.

    Returns
    -------
    list of str
        A sentence for each cell that fails; empty if all is well.

    Examples
    --------
    >>> import inspect
    >>> inspect.signature(try_run).parameters["limit"].default
    120.0
    """
    import nbformat

    if parcel.look.refused is not None:
        return []  # said already: there is nothing to run
    with tempfile.TemporaryDirectory(prefix="csmodels-hand-in-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for file, content in parcel.files.items():
            (folder / file).write_bytes(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about old formats, and about Windows' event loop
            try:
                words = parcel.notebook.decode("utf-8-sig")
                notebook: Any = nbformat.reads(words, as_version=4)
                stopped = _execute(notebook, folder, limit, progress)
            except Exception as error:
                # Whatever it is, it is no reason not to hand in.
                first = str(error).strip().partition("\n")[0]
                return [text("hand_in.run.not", reason=f"{type(error).__name__}: {first}"[:_MOST_SAID])]
    said = list(_errors(notebook, {*parcel.look.empty}))
    return [*said, stopped] if stopped else said


def _execute(notebook: Any, folder: Path, limit: float, progress: Callable[[int], Any] | None) -> str:
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    from csmodels_helpers.notebooks_client import Client

    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in codes:
        cell.outputs, cell.execution_count = [], None
    bar = progress(len(codes)) if progress is not None else None
    ends: list[float] = []
    reached: list[int] = []

    def seconds(_: Any) -> int:
        # The clock starts with the first cell: a kernel that starts slowly is not the trainee's fault.
        if not ends:
            ends.append(time.monotonic() + limit)
        return max(1, round(ends[0] - time.monotonic()))

    def begun(cell_index: int, **_: Any) -> None:
        reached.append(cell_index)

    def done(**_: Any) -> None:
        if bar is not None:
            bar.update()

    # Outside of the work folder and marked as nbgrader's: a last look is no try of the trainee's.
    surroundings = {**os.environ, "CSMODELS_LANGUAGE": get_language(), "NBGRADER_EXECUTION": "validate"}
    client: Any = Client(
        notebook,
        allow_errors=True,
        timeout_func=seconds,
        startup_timeout=90,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        on_cell_execute=begun,
        on_cell_executed=done,
        log=_silent(),
    )
    try:
        # What a kernel says of itself is for developers.
        client.execute(env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except CellTimeoutError:
        return _stopped(notebook, reached, "time", limit)
    except DeadKernelError:
        return _stopped(notebook, reached, "dead", limit)
    finally:
        if bar is not None:
            bar.close()
    return ""


def _silent() -> logging.Logger:
    """Return a logger that says nothing: what stops the run is said in words of ours."""
    logger = logging.getLogger("csmodels.hand_in")
    logger.propagate = False
    logger.handlers = [logging.NullHandler()]
    return logger


def _stopped(notebook: Any, reached: list[int], why: str, limit: float) -> str:
    headings = [title for _, title in _headings(list(notebook.cells))]
    if reached:
        notebook.cells[reached[-1]].outputs = []  # how the kernel was stopped is nothing to be mended
    where = headings[reached[-1]] if reached else "—"
    return text(f"hand_in.run.{why}", where=where, limit=f"{limit:g}")


def _errors(notebook: Any, empty: set[str]) -> Iterator[str]:
    headings = [title for _, title in _headings(list(notebook.cells))]
    blank = {headings[place] for place, cell in enumerate(notebook.cells) if cell.get("id") in empty}
    told: set[tuple[str, str]] = set()
    for place, cell in enumerate(notebook.cells):
        for output in cast("list[Any]", cell.get("outputs", [])):
            if output.get("output_type") != "error":
                continue
            evalue = str(output.get("evalue", ""))
            tag = read_tag(evalue)
            if headings[place] in blank:  # the look has said that the answer is missing
                continue
            said = tag.message if tag is not None else f"{output.get('ename')}: {evalue}".removesuffix(": ")
            first = said.strip().partition("\n")[0].replace("**", "")
            shown = first if len(first) <= _MOST_SAID else f"{first[:_MOST_SAID]}…"
            kind = "check" if tag is not None else "error"
            # One error of an item brings others: the checks miss what was not defined.
            if kind == "error" and (headings[place], kind) in told:
                continue
            told.add((headings[place], kind))
            yield text(f"hand_in.run.{kind}", where=headings[place], said=shown)


# ---------------------------------------------------------------------------------------------- the zip


def write(parcel: Parcel, folder: str | Path | None = None) -> Path:
    """Write the zip, ``m04_<id>.zip``; an older one is never overwritten.

    The same parcel gives the same bytes.

    Parameters
    ----------
    parcel : Parcel
        What :func:`pack` returned.
    folder : str or Path, optional
        Where to; by default the work folder.

    Returns
    -------
    Path
        The zip.

    Raises
    ------
    CourseError
        If it cannot be written; then nothing is left behind.

    Examples
    --------
    >>> from csmodels_helpers import workspace
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = workspace.update(folder)
    ...     parcel = pack(find("m04", work=folder), Who("s17", "Li Lei"))
    ...     write(parcel).name, write(parcel).name
    ('m04_s17.zip', 'm04_s17_2.zip')
    """
    place = Path(folder) if folder is not None else parcel.exercise.work
    content = _zip(parcel)
    stem = f"{_short(parcel.exercise.name)}_{parcel.who.id}"
    with _writing(place):
        number = 1
        while True:
            path = place / (f"{stem}.zip" if number == 1 else f"{stem}_{number}.zip")
            try:
                _put(path, content, replace=False)
            except FileExistsError:
                number += 1
            else:
                return path


def _zip(parcel: Parcel) -> bytes:
    files = {**_files(parcel), NAME: parcel.receipt.to_bytes(), SUMMARY: _summary(parcel).encode("utf-8-sig")}
    when = parcel.receipt.time.timetuple()[:6]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, when)
            info.create_system, info.external_attr = 3, (stat.S_IFREG | 0o644) << 16  # on every system
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return buffer.getvalue()


def _summary(parcel: Parcel) -> str:
    parts: list[str] = []
    for language in LANGUAGES:
        with _speaking(language):
            receipt, empty = parcel.receipt, parcel.look.empty
            lines = [
                text("hand_in.summary.title", name=receipt.assignment),
                text("hand_in.summary.who", id=receipt.id, name=receipt.name),
                text("hand_in.summary.time", time=f"{receipt.time:%Y-%m-%d %H:%M:%S}"),
                text("hand_in.summary.version", version=receipt.course_version),
                text("hand_in.summary.code", code=receipt.code),
                text("hand_in.summary.empty", n=len(empty)),
                text("hand_in.summary.files"),
                *(f"  {name}  {sha}" for name, sha in receipt.files.items()),
            ]
            parts.append("\r\n".join(lines))  # Notepad of old needs both signs
    return "\r\n\r\n".join(parts) + "\r\n"


@contextlib.contextmanager
def _speaking(language: str) -> Generator[None]:
    before = get_language()
    set_language(language)
    try:
        yield
    finally:
        set_language(before)


@contextlib.contextmanager
def _writing(place: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise CourseError(text("hand_in.write", path=place, reason=_reason(error))) from error


def _put(path: Path, content: bytes, *, replace: bool) -> None:
    """Write a file whole or not at all; without ``replace``, only where there is none yet."""
    handle, name = tempfile.mkstemp(prefix=".csmodels-", dir=path.parent)
    reserved = False
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        if not replace:
            # Takes the name first: fails where it is taken, on file systems without hard links too.
            path.open("xb").close()
            reserved = True
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        if reserved:
            path.unlink(missing_ok=True)
        raise


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
