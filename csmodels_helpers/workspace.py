"""The trainee's own folder: copies of lessons and exercises that an update never overwrites once changed.

The course stays as it was cloned; everybody works in ``work/``. Whether a copy was changed is judged by
the sources and types of its cells alone, so running a lesson (which only adds outputs) is no change.
What was delivered is noted in ``work/.csmodels.json`` and in each notebook's own metadata.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import csmodels_helpers
from csmodels_helpers.errors import ArgumentError, CourseError
from csmodels_helpers.language import text

__all__ = ["MANIFEST", "Change", "WorkspaceError", "find_work", "fingerprint", "update"]

MANIFEST = ".csmodels.json"
Kind = Literal["new", "updated", "restored", "beside", "unreadable", "manifest"]


class WorkspaceError(CourseError):
    """The work folder or the course cannot be read or written; nothing in it was lost."""


@dataclass(frozen=True)
class Change:
    """One thing that :func:`update` did.

    Parameters
    ----------
    kind : {"new", "updated", "restored", "beside", "unreadable", "manifest"}
        A file came, was renewed, came back after it had been deleted; a new version was put beside a
        file that the trainee changed, or beside one that cannot be read; the list of what was delivered
        could not be read and was made anew.
    path : str
        The file concerned, relative to the work folder.
    version : str
        The version of the course that was delivered.
    beside : str
        For ``beside`` and ``unreadable``: the name of the fresh copy, else empty.

    Examples
    --------
    >>> print(Change("new", "m05_kano.ipynb", "1.0.0").message)
    m05_kano.ipynb is here now.
    """

    kind: Kind
    path: str
    version: str
    beside: str = ""

    @property
    def message(self) -> str:
        """The change in one sentence, in the language in force."""
        return text(f"workspace.{self.kind}", path=self.path, version=self.version, beside=self.beside)


def find_work(start: str | Path | None = None) -> Path | None:
    """Find the work folder around a place: the nearest one upwards that :func:`update` has filled.

    Parameters
    ----------
    start : str or Path, optional
        Where to begin; the current folder by default.

    Returns
    -------
    Path or None
        The work folder, or None outside of one.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     find_work(folder) is None
    True
    """
    place = Path(start or Path.cwd()).resolve()
    return next((folder for folder in (place, *place.parents) if (folder / MANIFEST).is_file()), None)


def fingerprint(notebook: dict[str, Any]) -> str:
    """Sum up what a notebook says: the types and sources of its cells, in order.

    Outputs, execution counts, metadata and cell ids do not count.

    Parameters
    ----------
    notebook : dict
        A notebook of format 4, as read from JSON.

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits.

    Raises
    ------
    ValueError
        If it is no notebook of format 4.

    Examples
    --------
    >>> cell = {"cell_type": "code", "source": "1 + 1", "outputs": []}
    >>> run = {"cell_type": "code", "source": ["1 +", " 1"], "outputs": ["2"], "execution_count": 7}
    >>> fingerprint({"cells": [cell]}) == fingerprint({"cells": [run]})
    True
    >>> fingerprint({"cells": [cell]}) == fingerprint({"cells": [cell, cell]})
    False
    """
    try:
        cells = [
            (cell["cell_type"], source if isinstance(source := cell["source"], str) else "".join(source))
            for cell in notebook["cells"]
        ]
    except (KeyError, TypeError) as error:
        raise ValueError("no notebook of format 4") from error
    return hashlib.sha256(json.dumps(cells, ensure_ascii=False).encode()).hexdigest()


def update(
    target: str | Path | None = None, *, course: str | Path | None = None, exercises: bool = True
) -> list[Change]:
    """Bring lessons and exercises into the work folder, and leave alone what the trainee changed.

    Lessons arrive as ``work/m05_kano.ipynb``, exercises as ``work/exercises/m05_kano/m05_kano.ipynb``.
    A copy that was only run, never edited, is renewed when the course has something new. Beside an edited
    one the new version is put as ``m05_kano (version 1.2.0).ipynb``, once. Deleted files come back.
    Every file is written in one piece.

    Parameters
    ----------
    target : str or Path, optional
        The work folder. By default the one around the current folder, else ``work`` in the course's folder.
    course : str or Path, optional
        The folder of the course, with ``notebooks`` in it; by default the checkout that this package
        is imported from.
    exercises : bool, default True
        False where exercises come another way: on a hub they are fetched.

    Returns
    -------
    list of Change
        What was done, in the order of the paths; empty if there was nothing to do.

    Raises
    ------
    WorkspaceError
        If the course is not there or cannot be read, or the work folder cannot be written.
    ArgumentError
        If the target is the course itself or lies in one of its own folders.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     lessons = Path(folder) / "course" / "notebooks"
    ...     lessons.mkdir(parents=True)
    ...     _ = (lessons / "m05_kano.ipynb").write_text('{"cells": [], "metadata": {}}', encoding="utf-8")
    ...     changes = update(Path(folder) / "work", course=Path(folder) / "course")
    >>> [change.message for change in changes]
    ['m05_kano.ipynb is here now.']
    """
    root = _course(course)
    work = Path(target) if target is not None else (find_work() or root / "work")
    work = work.absolute()
    own = [root, *(root / name for name in ("notebooks", "exercises", "solutions", "datasets"))]
    if work.resolve() in own or any(folder in work.resolve().parents for folder in own[1:]):
        raise ArgumentError("target", str(target), text("workspace.target"))
    deliveries = _deliveries(root, exercises=exercises)
    try:
        work.mkdir(parents=True, exist_ok=True)
        manifest, changes = _read_manifest(work)
        version = csmodels_helpers.__version__
        for path, delivery in deliveries.items():
            entry = manifest.get(path)
            change = _deliver(work, path, delivery, entry, version)
            if change is not None:
                changes.append(change)
            manifest[path] = delivery.entry(version, entry, change)
        _write(
            work / MANIFEST,
            json.dumps({"version": version, "files": manifest}, ensure_ascii=False, indent=1).encode(),
        )
    except OSError as error:
        place = error.filename or work
        raise WorkspaceError(
            text("workspace.write", path=place, reason=error.strerror or str(error))
        ) from error
    return changes


@dataclass(frozen=True)
class _Delivery:
    """One file of the course: its bytes, and for a notebook its JSON and fingerprint."""

    content: bytes
    notebook: dict[str, Any] | None
    source: str

    @property
    def file(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def stamped(self, version: str) -> bytes:
        """Return the bytes of the copy: a notebook carries version and fingerprint in its metadata."""
        if self.notebook is None:
            return self.content
        stamp = {"version": version, "source_sha256": self.source}
        metadata = {**self.notebook.get("metadata", {}), "csmodels": stamp}
        copy = {**self.notebook, "metadata": metadata}
        return (json.dumps(copy, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()

    def entry(self, version: str, before: dict[str, str] | None, change: Change | None) -> dict[str, str]:
        """Return what the manifest says of this file from now on."""
        delivered = {"version": version, "source_sha256": self.source, "file_sha256": self.file}
        if change is None:
            return before or delivered
        if change.kind in ("beside", "unreadable"):
            return {**(before or {}), "offered_sha256": self.source}
        return delivered


def _course(course: str | Path | None) -> Path:
    root = Path(course) if course is not None else Path(csmodels_helpers.__file__).parent.parent
    root = root.resolve()
    if not (root / "notebooks").is_dir():
        raise WorkspaceError(text("workspace.course", path=root))
    return root


def _deliveries(root: Path, *, exercises: bool) -> dict[str, _Delivery]:
    """Read the whole course before anything is written."""
    found: dict[str, _Delivery] = {}
    parts = ((root / "notebooks", Path()), (root / "exercises", Path("exercises")))
    for folder, prefix in parts if exercises else parts[:1]:
        for file in sorted(folder.rglob("*")):
            inner = file.relative_to(folder)
            if not file.is_file() or any(part.startswith((".", "__")) for part in inner.parts):
                continue
            try:
                content = file.read_bytes()
                notebook = _parse(content) if file.suffix == ".ipynb" else None
            except (OSError, ValueError) as error:
                raise WorkspaceError(text("workspace.broken", path=file)) from error
            source = hashlib.sha256(content).hexdigest() if notebook is None else fingerprint(notebook)
            found[(prefix / inner).as_posix()] = _Delivery(content, notebook, source)
    return found


def _parse(content: bytes) -> dict[str, Any]:
    """Read a notebook; ValueError for whatever is none."""
    notebook = json.loads(content.decode("utf-8"))
    if not isinstance(notebook, dict):
        raise ValueError("no notebook")
    checked = cast("dict[str, Any]", notebook)
    fingerprint(checked)
    return checked


def _read_manifest(work: Path) -> tuple[dict[str, dict[str, str]], list[Change]]:
    path = work / MANIFEST
    if not path.exists():
        return {}, []
    try:
        files = json.loads(path.read_bytes().decode("utf-8"))["files"]
        return {str(name): {str(k): str(v) for k, v in entry.items()} for name, entry in files.items()}, []
    except (ValueError, KeyError, TypeError, AttributeError):
        kept = _free_name(work, f"{MANIFEST}.unreadable")
        path.replace(kept)
        return {}, [Change("manifest", MANIFEST, csmodels_helpers.__version__, kept.name)]


def _deliver(
    work: Path, path: str, delivery: _Delivery, entry: dict[str, str] | None, version: str
) -> Change | None:
    """Bring one file; return what was done, or None if it stands as it should."""
    copy = work / path
    if not copy.is_file():
        _write(copy, delivery.stamped(version))
        return Change("new" if entry is None else "restored", path, version)
    content = copy.read_bytes()
    metadata: Any = {}
    try:
        if delivery.notebook is None:
            source = hashlib.sha256(content).hexdigest()
        else:
            notebook = _parse(content)
            source, metadata = fingerprint(notebook), notebook.get("metadata", {})
    except ValueError:
        beside = _put_beside(copy, delivery, entry, version)
        return Change("unreadable", path, version, beside) if beside else None
    if source == delivery.source:
        # The same text; only what is around it (tags, points) may be new.
        if entry is None or entry.get("file_sha256") == delivery.file or "file_sha256" not in entry:
            return None
        _write(copy, delivery.stamped(version))
        return Change("updated", path, version)
    stamp: Any = metadata.get("csmodels") if isinstance(metadata, dict) else None
    delivered = {
        (entry or {}).get("source_sha256"),
        stamp.get("source_sha256") if isinstance(stamp, dict) else None,
    }
    if source in delivered:
        _write(copy, delivery.stamped(version))
        return Change("updated", path, version)
    if delivery.source in delivered:
        return None  # changed by the trainee, and the course has nothing new
    beside = _put_beside(copy, delivery, entry, version)
    return Change("beside", path, version, beside) if beside else None


def _put_beside(copy: Path, delivery: _Delivery, entry: dict[str, str] | None, version: str) -> str | None:
    """Put the course's version beside a copy, once; return its name, or None if it was offered before."""
    if (entry or {}).get("offered_sha256") == delivery.source:
        return None
    fresh = _free_name(copy.parent, f"{copy.stem} (version {version}){copy.suffix}")
    _write(fresh, delivery.stamped(version))
    return fresh.name


def _free_name(folder: Path, name: str) -> Path:
    """Return a path in the folder that does not exist yet, with a number behind the name if need be."""
    path, number = folder / name, 2
    while path.exists():
        path = folder / f"{Path(name).stem} {number}{Path(name).suffix}"
        number += 1
    return path


def _write(path: Path, content: bytes) -> None:
    """Write a file in one piece: whoever reads it sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".csmodels-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
