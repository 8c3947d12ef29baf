"""A course in progress as one file, and back: ``csmodels backup`` and ``csmodels restore FILE``.

The file is a zip with all of ``grading/`` and ``manifest.json``, which names each file with its SHA-256. A
gradebook on a server is kept as a SQLite file too, so that it can be restored into either.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import shutil
import sqlite3
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import csmodels_helpers
from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course
from csmodels_helpers.grading.upgrade import copy_gradebook, free_name, revisions, upgrade_gradebook
from csmodels_helpers.language import text

__all__ = ["Backup", "Restored", "backup", "check", "restore"]

FORMAT = 1
MANIFEST = "manifest.json"
TOP = "grading/"  # in the zip, whatever the working folder is called here: it can be unpacked by hand
BOOK = f"{TOP}gradebook.db"

Progress = Callable[[str, int], Any] | None
"""What begins ("pack", "compare", "unpack") and with how many files → a bar with ``update`` and ``close``."""

_CHUNK = 1 << 20
_MOST_MANIFEST = 200_000_000
_DATE = (1980, 1, 1, 0, 0, 0)
# What zipfile and json raise for a file that was damaged, cut off, or made to do harm.
_DAMAGED = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, LookupError, NotImplementedError),
    *(RuntimeError, ValueError, TypeError, AttributeError, OverflowError, MemoryError, RecursionError),
)


@dataclass
class Backup:
    """What a backup holds.

    Parameters
    ----------
    path : Path
        The file.
    manifest : dict
        What ``manifest.json`` says.
    left : dict of str
        What was not taken along → why.
    """

    path: Path
    manifest: dict[str, Any]
    left: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def files(self) -> dict[str, dict[str, Any]]:
        """Name in the zip → ``sha256`` and ``bytes``."""
        return self.manifest["files"]

    def lines(self) -> list[str]:
        """Say what was done, in the language in force."""
        size = sum(int(about["bytes"]) for about in self.files.values()) / 1e6
        lines = [text("backup.made", path=self.path, n=len(self.files), size=f"{size:.1f}")]
        if BOOK not in self.files:
            lines.append(text("backup.no_gradebook"))
        lines += [text("backup.left", path=path, reason=reason) for path, reason in self.left.items()]
        return [*lines, text("backup.private")]


@dataclass(frozen=True)
class Restored:
    """What restoring did.

    Parameters
    ----------
    work : Path
        The working folder.
    made : dict
        The manifest of the backup.
    aside : list of Path
        Where what was there before is now.
    upgraded : bool
        Whether the gradebook was one of an older nbgrader.
    """

    work: Path
    made: dict[str, Any]
    aside: list[Path]
    upgraded: bool

    def lines(self) -> list[str]:
        """Say what was done, in the language in force."""
        made = self.made
        lines = [text("backup.restored", path=self.work, n=len(made["files"]), when=made["made"])]
        lines += [text("backup.aside", path=path) for path in self.aside]
        then, now = made["course_version"], csmodels_helpers.__version__
        if then != now:
            lines.append(text("backup.version", then=then, now=now))
        if self.upgraded:
            lines.append(text("backup.upgraded"))
        return lines


# ------------------------------------------------------------------------------------------- the places


@dataclass(frozen=True)
class _Places:
    """Where a course keeps what a backup holds."""

    work: Path
    url: str
    course_id: str

    @property
    def book(self) -> Path | None:
        """The gradebook's file; None if it is on a server."""
        from sqlalchemy.engine import make_url

        url = make_url(self.url)
        return Path(str(url.database)).resolve() if url.get_backend_name() == "sqlite" else None


def _places(root: str | Path) -> _Places:
    from csmodels_helpers.grading.grade import course_directory

    base = Path(root).resolve()
    if not (base / "solutions").is_dir():
        raise CourseError(text("backup.no_course", path=root))
    directory = course_directory(base)
    folders = {
        step: Path(directory.format_path(getattr(directory, f"{step}_directory"), "x", "y"))
        for step in ("submitted", "autograded", "feedback")
    }
    work = folders["submitted"].parents[2]
    outside = [step for step, folder in folders.items() if not folder.is_relative_to(work)]
    if outside or work == base:
        raise CourseError(text("backup.no_work", path=base))
    return _Places(work.resolve(), str(directory.db_url), str(directory.course_id))


# -------------------------------------------------------------------------------------------- making one


def backup(root: str | Path, to: str | Path | None = None, *, progress: Progress = None) -> Backup:
    """Put a course in progress into one file; a grader may be running.

    Parameters
    ----------
    root : str or Path
        The course folder.
    to : str or Path, optional
        The new file; by default ``grading-<date>-<time>.zip`` in the course folder.
    progress : callable, optional
        Is given a word for what begins and the number of files; returns a bar.

    Returns
    -------
    Backup
        What is in it. It was read again and compared.

    Raises
    ------
    CourseError
        If the file exists, or something cannot be read or written; no half file is left behind.

    Examples
    --------
    >>> backup("no such folder")
    Traceback (most recent call last):
        ...
    csmodels_helpers.errors.CourseError: no such folder is no course folder: there is no solutions/ in it.
    Name it with --course.
    """
    target = Path(to) if to is not None else Path(root) / f"grading-{_now():%Y%m%d-%H%M%S}.zip"
    target = target.absolute()
    try:
        places = _places(root)
        if os.path.lexists(target):
            raise CourseError(text("backup.exists", path=target))
        if target.resolve().is_relative_to(places.work):
            raise CourseError(text("backup.inside", path=target, work=places.work))
        if not places.work.is_dir():
            raise CourseError(text("backup.nothing", path=places.work))
        # On the disk that it goes to, which has the room or says that it has not.
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
            # The gradebook first: what is graded later than this copy is graded again after a restore. The
            # other way round, an old graded notebook would pass for that of a newer score.
            book = _snapshot(places, Path(folder) / "gradebook.db")
            beside = Path(folder) / target.name
            with os.fdopen(os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
                made = _write(file, places, book, progress)
                file.flush()
                os.fsync(file.fileno())
            if not made.files and not made.manifest["folders"]:
                raise CourseError(text("backup.nothing", path=places.work))
            if check(beside, progress=progress).manifest != made.manifest:
                raise CourseError(text("backup.damaged", path=target, reason=MANIFEST))
            _take_name(beside, target)
            made.path = target
    except OSError as error:
        raise CourseError(text("backup.failed", path=target, reason=error)) from error
    return made


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _take_name(beside: Path, target: Path) -> None:
    """Give a file its name, but never that of another one."""
    try:
        os.link(beside, target)
    except FileExistsError as error:
        raise CourseError(text("backup.exists", path=target)) from error
    except OSError:  # a file system without hard links
        if target.exists():
            raise CourseError(text("backup.exists", path=target)) from None
        beside.rename(target)


def _snapshot(places: _Places, target: Path) -> Path | None:
    """Copy the gradebook as it is at one moment; None if there is none yet."""
    book = places.book
    if book is None:
        course.make_gradebook(target)
        # The server within, so that what is wrong with it is said of it.
        with _engine(_url(target)) as copy, _engine(places.url) as source:
            _copy_rows(source, copy, places.url)
        return target
    if not book.is_file():
        return None
    try:
        copy_gradebook(book, target)
    except sqlite3.Error as error:
        if isinstance(error, sqlite3.OperationalError):  # a full disk, not a damaged gradebook
            raise OSError(f"{book}: {error}") from error
        raise CourseError(text("grading.gradebook.unreadable", path=book, reason=error)) from error
    return target


def _counted(names: Collection[str], progress: Progress, what: str) -> Generator[str]:
    """Go through files and move a bar on."""
    bar = progress(what, len(names)) if progress is not None else None
    try:
        for name in names:
            yield name
            if bar is not None:
                bar.update()
    finally:
        if bar is not None:
            bar.close()


def _write(file: IO[bytes], places: _Places, book: Path | None, progress: Progress) -> Backup:
    """Write the zip: folders and files in the order of their names, the manifest last."""
    made = Backup(Path(), {})
    files: dict[str, dict[str, Any]] = {}
    folders: list[str] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        entries = dict(_entries(places, made.left))
        if book is not None:
            entries[BOOK] = book
        for name in _counted(sorted(entries), progress, "pack"):
            info = zipfile.ZipInfo(name, _DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            if name.endswith("/"):
                info.external_attr = (stat.S_IFDIR | 0o755) << 16 | 0x10
                archive.writestr(info, b"")
                folders.append(name)
                continue
            try:
                source = entries[name].open("rb")
            except FileNotFoundError:  # a grader that is running puts new files in the place of old ones
                if not _is_half(Path(name).name):
                    made.left[name.removeprefix(TOP)] = text("backup.why.gone")
                continue
            with source:
                info.external_attr = (stat.S_IFREG | stat.S_IMODE(os.fstat(source.fileno()).st_mode)) << 16
                with archive.open(info, "w", force_zip64=True) as sink:
                    files[name] = _copy(source, sink)
        made.manifest = {
            "csmodels-backup": FORMAT,
            "course_version": csmodels_helpers.__version__,
            "nbgrader": _nbgrader_version(),
            "revision": _revision(book) if book is not None else "",
            "course_id": places.course_id,
            "made": f"{_now():%Y-%m-%d %H:%M:%S} UTC",
            "folders": folders,
            "files": files,
        }
        info = zipfile.ZipInfo(MANIFEST, _DATE)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = (stat.S_IFREG | 0o644) << 16
        archive.writestr(info, json.dumps(made.manifest, ensure_ascii=False, indent=1) + "\n")
    return made


def _is_half(name: str) -> bool:
    """Say whether a file is one that has not got its name yet."""
    return name.startswith(".") and name.endswith(".new")


def _entries(places: _Places, left: dict[str, str]) -> Generator[tuple[str, Path]]:
    """Go through the working folder: name in the zip → file or folder; note what is left out."""
    own: set[Path] = set()
    book = places.book
    if book is not None:
        own = {book.with_name(f"{book.name}{end}") for end in ("", "-wal", "-shm", "-journal")}

    def failed(error: OSError) -> None:
        raise error

    for above, folders, files in os.walk(places.work, onerror=failed):
        here = Path(above)
        if here == places.work and "demo" in folders:
            folders.remove("demo")
            left["demo"] = text("backup.why.demo")
        for name in (*folders, *files):
            path = here / name
            inside = path.relative_to(places.work).as_posix()
            # The gradebook comes as a copy; what is half-written comes whole later. But beside a graded
            # notebook it says that the notebook may not be that of the grade (grade.py), here and after a
            # restore; it is read before the notebook.
            kept = inside.startswith(("submitted/", "autograded/"))
            if path in own or (_is_half(name) and not kept):
                continue
            try:
                mode = path.lstat().st_mode
                inside.encode()
            except FileNotFoundError:
                continue
            except UnicodeEncodeError:
                left[inside.encode("utf-8", "replace").decode()] = text("backup.why.name")
                continue
            if stat.S_ISDIR(mode):
                yield f"{TOP}{inside}/", path
            elif stat.S_ISREG(mode):
                if f"{TOP}{inside}" == BOOK:  # the name of the gradebook's copy, where that is elsewhere
                    left[inside] = text("backup.why.unused")
                else:
                    yield f"{TOP}{inside}", path
            else:  # what a link leads to may be anything, also outside of the course
                left[inside] = text("backup.why.link")


def _copy(source: IO[bytes], sink: IO[bytes], most: int | None = None) -> dict[str, Any]:
    """Copy a file and say what was copied; not more than it should be."""
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if most is not None and size > most:
            raise ValueError(f"> {most}")
        digest.update(chunk)
        sink.write(chunk)
    return {"sha256": digest.hexdigest(), "bytes": size}


def _nbgrader_version() -> str:
    import nbgrader

    return str(cast("Any", nbgrader).__version__)


def _revision(book: Path) -> str:
    """Return the version that a gradebook is stamped with, "" if it has none."""
    with contextlib.closing(sqlite3.connect(f"{book.as_uri()}?mode=ro", uri=True)) as connection:
        try:
            found = connection.execute("select version_num from alembic_version").fetchone()
        except sqlite3.OperationalError:
            return ""
    return str(found[0]) if found else ""


# ------------------------------------------------------------------------------------------ looking into one


class _Nowhere:
    """Takes what is only to be counted."""

    def write(self, data: bytes) -> int:
        return len(data)


def check(path: str | Path, *, progress: Progress = None) -> Backup:
    """Read a backup from its first byte to its last, and compare it with its manifest.

    Parameters
    ----------
    path : str or Path
        The file.
    progress : callable, optional
        As for :func:`backup`.

    Returns
    -------
    Backup
        What is in it.

    Raises
    ------
    CourseError
        If it is none, or damaged, incomplete, of a newer course, or has names that lead elsewhere.

    Examples
    --------
    >>> check("nothing.zip")
    Traceback (most recent call last):
        ...
    csmodels_helpers.errors.CourseError: nothing.zip cannot be read: [Errno 2] No such file or directory:
    'nothing.zip'
    """
    try:
        with _opened(Path(path)) as (archive, manifest):
            for name in _counted(manifest["files"], progress, "compare"):
                about = manifest["files"][name]
                with archive.open(name) as source:
                    _compare(name, _copy(source, cast("Any", _Nowhere()), about["bytes"]), about)
    except OSError as error:
        raise CourseError(text("backup.unreadable", path=path, reason=error)) from error
    return Backup(Path(path), manifest)


@contextlib.contextmanager
def _opened(path: Path) -> Generator[tuple[zipfile.ZipFile, dict[str, Any]]]:
    """Open a backup; whatever is wrong with it, also later, is said in one sentence."""
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                if MANIFEST not in archive.namelist():
                    raise CourseError(text("backup.none", path=path))
                if archive.getinfo(MANIFEST).file_size > _MOST_MANIFEST:
                    raise ValueError(MANIFEST)
                manifest: Any = json.loads(archive.read(MANIFEST))
                if manifest["csmodels-backup"] > FORMAT:
                    raise CourseError(text("backup.newer", path=path, version=manifest["course_version"]))
                _compare_names(archive, manifest)
                yield archive, manifest
        except _DAMAGED as error:
            reason = str(error) or type(error).__name__
            raise CourseError(text("backup.damaged", path=path, reason=reason)) from error


def _compare_names(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    """Refuse a zip with names that the manifest does not have, twice, or that lead out of the folder."""
    names = [*manifest["files"], *manifest["folders"]]
    for name in names:
        parts = name.removesuffix("/").split("/")
        foreign = os.sep == "\\" and any(sign in name for sign in "\\:")
        if not name.startswith(TOP) or {"", ".", ".."} & {*parts} or "\0" in name or foreign:
            raise ValueError(name)
    there = archive.namelist()
    if sorted(there) != sorted([*names, MANIFEST]) or len({*there}) != len(there):
        strange = ", ".join(sorted({*there} ^ {*names, MANIFEST})[:3])
        raise ValueError(strange or "a name twice")
    for one in archive.infolist():
        if stat.S_IFMT(one.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise ValueError(one.filename)
    for about in manifest["files"].values():
        if not isinstance(about["bytes"], int) or len(about["sha256"]) != 64:
            raise ValueError(MANIFEST)
    for key in ("course_version", "made", "revision"):
        if not isinstance(manifest[key], str):
            raise ValueError(key)


def _compare(name: str, found: dict[str, Any], about: dict[str, Any]) -> None:
    if found != {"sha256": about["sha256"], "bytes": about["bytes"]}:
        raise ValueError(name)


# --------------------------------------------------------------------------------------------- bringing back


def restore(
    path: str | Path, root: str | Path, *, force: bool = False, progress: Progress = None
) -> Restored:
    """Bring a course in progress back, whole or not at all.

    Parameters
    ----------
    path : str or Path
        What :func:`backup` made.
    root : str or Path
        The course folder.
    force : bool, default False
        Also if there is something already: it is moved aside, nothing is deleted.
    progress : callable, optional
        As for :func:`backup`.

    Returns
    -------
    Restored
        What was done.

    Raises
    ------
    CourseError
        If the file is no whole backup, something is there already, or it cannot be written; then all is as it
        was.

    Examples
    --------
    >>> restore("nothing.zip", "no such folder")
    Traceback (most recent call last):
        ...
    csmodels_helpers.errors.CourseError: nothing.zip cannot be read: [Errno 2] No such file or directory:
    'nothing.zip'
    """
    made = check(path, progress=progress).manifest
    try:
        places = _places(root)
        if not force and _in_use(places):
            raise CourseError(text("backup.in_use", path=places.work))
        return _restore(Path(path), made, places, progress)
    except OSError as error:
        raise CourseError(text("backup.not_restored", path=path, reason=error)) from error


def _in_use(places: _Places) -> bool:
    """Say whether a course has anything of a class; a gradebook that nobody used yet is nothing."""
    book, own = places.book, set[Path]()
    if book is not None:
        own = {book.with_name(f"{book.name}{end}") for end in ("", "-wal", "-shm")}
        if book.is_file() and not _is_blank(book):
            return True
    return places.work.is_dir() and any(entry not in own for entry in places.work.iterdir())


def _is_blank(book: Path) -> bool:
    if course.state(book) not in ("half", "complete"):
        return False
    with contextlib.closing(sqlite3.connect(f"{book.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        tables = {row[0] for row in connection.execute("select name from sqlite_master where type='table'")}
        ours = {"assignment", "student"} & tables  # all other rows belong to one of these
        return not any(connection.execute(f"select 1 from {table} limit 1").fetchone() for table in ours)


def _restore(path: Path, made: dict[str, Any], places: _Places, progress: Progress) -> Restored:
    work, book = places.work, places.book
    needed = sum(int(about["bytes"]) for about in made["files"].values())
    work.parent.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(work.parent).free < needed:
        raise CourseError(text("backup.space", path=work.parent, size=f"{needed / 1e6:.0f}"))
    stage = work.with_name(f".{work.name}-restore-{os.getpid()}")
    if stage.exists():
        shutil.rmtree(stage)
    stage.mkdir()
    aside: list[Path] = []
    try:
        with contextlib.ExitStack() as undo:
            _unpack(path, made, stage, progress)
            age = course.state(stage / "gradebook.db")
            if age == "newer":
                raise CourseError(text("backup.newer_nbgrader", path=path, version=made["nbgrader"]))
            if age == "old":
                upgrade_gradebook(stage / "gradebook.db")
            if work.is_dir() and not any(work.iterdir()):
                work.rmdir()
                undo.callback(work.mkdir)
            elif os.path.lexists(work):
                aside.append(_move_aside(work, undo))
            stage.rename(work)
            undo.callback(work.rename, stage)
            staged = work / "gradebook.db"
            if staged.is_file() and book != staged:
                aside += _place(staged, places, undo)
            undo.pop_all()
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return Restored(work, made, aside, age == "old")


def _unpack(path: Path, made: dict[str, Any], stage: Path, progress: Progress) -> None:
    """Write the files; compared once more on the way, as the file may have changed since."""
    with _opened(path) as (archive, manifest):
        if manifest != made:
            raise ValueError(MANIFEST)
        for name in _counted(sorted([*manifest["folders"], *manifest["files"]]), progress, "unpack"):
            place = stage / name.removeprefix(TOP)
            if name.endswith("/"):
                place.mkdir(parents=True, exist_ok=True)
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            about = manifest["files"][name]
            with archive.open(name) as source, place.open("xb") as sink:
                _compare(name, _copy(source, sink, about["bytes"]), about)
            mode = archive.getinfo(name).external_attr >> 16 & 0o777
            if mode:  # graded notebooks are not to be written to; a zip of another tool says nothing of it
                place.chmod(mode | 0o400)


def _move_aside(path: Path, undo: contextlib.ExitStack) -> Path:
    aside = free_name(path.with_name(f"{path.stem}-before-restore-{_now():%Y%m%d-%H%M%S}{path.suffix}"))
    path.rename(aside)
    undo.callback(aside.rename, path)
    return aside


def _place(staged: Path, places: _Places, undo: contextlib.ExitStack) -> list[Path]:
    """Bring the gradebook to a place outside of the working folder, or to a server."""
    book, aside = places.book, list[Path]()
    if book is None:
        with _engine(_url(staged)) as source, _engine(places.url) as target:
            _fill_server(source, target, places)
    else:
        if book.exists():
            aside.append(_move_aside(book, undo))
        beside = book.with_name(f".{book.name}.new")
        try:
            copy_gradebook(staged, beside)
            beside.replace(book)
        except sqlite3.Error as error:
            raise OSError(str(error)) from error
        finally:
            beside.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        staged.unlink()
    return aside


# ----------------------------------------------------------------------------------- a gradebook on a server


def _url(path: Path) -> Any:
    """Return the URL of a SQLite file; as text, a ? in a name would begin something else."""
    from sqlalchemy.engine import URL

    return URL.create("sqlite", database=str(path))


@contextlib.contextmanager
def _engine(url: Any) -> Generator[Any]:
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    shown = make_url(url).render_as_string(hide_password=True)
    try:
        engine = create_engine(url)
        try:
            yield engine
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        reason = str(error).splitlines()[0]
        raise CourseError(text("backup.server", url=shown, reason=reason)) from error


def _tables(engine: Any) -> list[Any]:
    """Return nbgrader's tables and all others that there are, in an order in which they can be filled."""
    import nbgrader.api
    from sqlalchemy import MetaData, event, inspect

    metadata: Any = MetaData()
    base: Any = nbgrader.api.Base  # type: ignore[attr-defined]
    for table in base.metadata.tables.values():
        table.to_metadata(metadata)
    others = {*inspect(engine).get_table_names()} - {*metadata.tables, "alembic_version"}

    # Types that either kind of database knows.
    @event.listens_for(metadata, "column_reflect")
    def generic(_inspector: Any, _table: Any, column: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        column["type"] = column["type"].as_generic(allow_nulltype=True)

    if others:
        metadata.reflect(engine, only=sorted(others))
    return list(metadata.sorted_tables)


def _copy_rows(source: Any, target: Any, url: str) -> None:
    """Copy all rows of a gradebook into an empty one, in one transaction on either side."""
    from sqlalchemy import select

    _current(source, url)
    tables = _tables(source)
    level = "SERIALIZABLE" if source.dialect.name == "sqlite" else "REPEATABLE READ"
    with source.connect().execution_options(isolation_level=level) as old, target.begin() as new:
        for table in tables:
            table.create(new, checkfirst=True)
        for table in reversed(tables):
            new.execute(table.delete())  # a new gradebook has a row for its course
        for table in tables:
            for rows in old.execute(select(table)).mappings().partitions(1000):
                new.execute(table.insert(), [dict(row) for row in rows])


def _current(engine: Any, url: str) -> None:
    """Refuse a gradebook of another version: its tables have other columns."""
    from sqlalchemy import text as sql
    from sqlalchemy.engine import make_url

    with engine.connect() as connection:
        found = connection.execute(sql("select version_num from alembic_version")).scalar()
    if found != revisions()[0]:
        shown = make_url(url).render_as_string(hide_password=True)
        raise CourseError(text("backup.server_old", url=shown))


def _fill_server(source: Any, target: Any, places: _Places) -> None:
    """Fill a gradebook on a server; one that has anything cannot be moved aside, so it is left alone."""
    from nbgrader.api import Gradebook
    from sqlalchemy import inspect, select
    from sqlalchemy.engine import make_url

    course.programs_first()
    if inspect(target).get_table_names():
        tables = {table.name: table for table in _tables(target)}
        with target.connect() as connection:
            for name in ("assignment", "student"):
                if connection.execute(select(tables[name].c.id).limit(1)).first() is not None:
                    shown = make_url(places.url).render_as_string(hide_password=True)
                    raise CourseError(text("backup.server_in_use", url=shown))
    else:
        Gradebook(places.url, places.course_id).close()
    _copy_rows(source, target, places.url)
