"""What a trainee leaves on the way: guesses, tries, opened hints, notes on accounts.

Everything stands in ``work/progress.json``, on the trainee's machine alone; nobody grades it. Several
notebooks may be open at once: each entry is added to what the file holds at that moment. Outside a work
folder, and while nbgrader runs the notebook, entries live in memory only.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import text
from csmodels_helpers.workspace import find_work

__all__ = ["FILE", "Recorded", "entries", "location", "modify", "recall", "record"]

FILE = "progress.json"
"""Name of the file in the work folder."""

_LOCK = ".progress.lock"
_PATIENCE = 10.0  # seconds; a write takes milliseconds, so only a hung process lets this run out

Entries = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Recorded:
    """What :func:`modify` did.

    Parameters
    ----------
    value : object
        The value that stands there now.
    notice : str or None
        A sentence for the trainee if something went wrong, as from :func:`record`.

    Examples
    --------
    >>> Recorded(1).notice is None
    True
    """

    value: Any
    notice: str | None = None


_memory: Entries = {}
# What could not be written (disk full, folder read-only), by file: tried again at the next entry.
_unsaved: dict[Path, Entries] = {}


def location() -> Path | None:
    """Say where entries are kept.

    Returns
    -------
    Path or None
        The file, or None when they are kept in memory only.

    Examples
    --------
    >>> import contextlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
    ...     location() is None
    True
    """
    # nbgrader sets this in the kernels that it starts: what a grader runs is nobody's progress.
    if os.environ.get("NBGRADER_EXECUTION"):
        return None
    work = find_work()
    return None if work is None else work / FILE


def record(key: str, value: object) -> str | None:
    """Keep a value under a key, in place of what stood there.

    Parameters
    ----------
    key : str
        Such as ``"prediction/m05-worse"``; the part before the slash says what kind of entry it is.
    value : object
        Anything that JSON can hold. NumPy numbers become plain ones.

    Returns
    -------
    str or None
        None if all is well; else a sentence for the trainee (the old file could not be read and was set
        aside, or nothing could be written and the entry is kept in memory for now).

    Raises
    ------
    ArgumentError
        If the key is empty, or JSON cannot hold the value.

    Examples
    --------
    >>> record("prediction/m99-demo", {"price": 40})
    >>> recall("prediction/m99-demo")
    {'price': 40}
    """
    plain = _plain(value)
    return _change(key, lambda _: plain).notice


def recall(key: str, default: Any = None) -> Any:
    """Return the value kept under a key.

    Parameters
    ----------
    key : str
        The key given to :func:`record`.
    default : object, optional
        What to return if there is no such entry.

    Returns
    -------
    object
        A copy of your own.

    Examples
    --------
    >>> recall("prediction/m99-nobody-guessed", "nothing yet")
    'nothing yet'
    """
    found = _all().get(key)
    return default if found is None else _plain(found.get("value"))


def entries(prefix: str = "") -> dict[str, Any]:
    """Return all values whose key begins with a prefix, the oldest first.

    Parameters
    ----------
    prefix : str, optional
        Such as ``"prediction/m05-"``; everything by default.

    Returns
    -------
    dict
        Key → value, in the order in which the entries were last changed.

    Examples
    --------
    >>> _ = record("demo/b", 1), record("demo/a", 2)
    >>> entries("demo/")
    {'demo/b': 1, 'demo/a': 2}
    """
    found = [(key, entry) for key, entry in _all().items() if key.startswith(prefix)]
    found.sort(key=lambda pair: str(pair[1].get("at", "")))
    return {key: _plain(entry.get("value")) for key, entry in found}


def modify(key: str, change: Callable[[Any], Any]) -> Recorded:
    """Replace a value by one computed from it, with nobody writing in between (for counters).

    Parameters
    ----------
    key : str
        The key.
    change : callable
        Takes the value kept so far (None at first) and returns the new one; may be called twice.

    Returns
    -------
    Recorded
        The new value, and a notice if something went wrong.

    Examples
    --------
    >>> modify("demo/count", lambda value: (value or 0) + 1).value
    1
    """
    return _change(key, lambda old: _plain(change(old)))


# --------------------------------------------------------------------------------------- the file


def _change(key: str, change: Callable[[Any], Any]) -> Recorded:
    if not key:
        raise ArgumentError("key", key, text("progress.key"))
    path = location()
    if path is None:
        value = change(_memory.get(key, {}).get("value"))
        _put(_memory, key, value)
        return Recorded(value)
    notice: str | None = None
    waiting = _unsaved.get(path, {})
    try:
        with _locked(path.parent):
            kept, notice = _read(path, set_aside=True)
            kept.update(waiting)
            value = change(kept.get(key, {}).get("value"))
            _put(kept, key, value)
            _write(path, kept)
        _unsaved.pop(path, None)
    except OSError as error:
        value = change(_all().get(key, {}).get("value"))
        _put(_unsaved.setdefault(path, {}), key, value)
        reason = error.strerror or str(error)
        notice = " ".join(filter(None, [notice, text("progress.unsaved", path=path, reason=reason)]))
    return Recorded(value, notice)


def _all() -> Entries:
    path = location()
    if path is None:
        return _memory
    kept: Entries = {}
    with contextlib.suppress(OSError):
        kept = _read(path, set_aside=False)[0]
    return {**kept, **_unsaved.get(path, {})}


def _put(kept: Entries, key: str, value: Any) -> None:
    kept.pop(key, None)  # to the end: the newest comes last
    kept[key] = {"value": value, "at": dt.datetime.now(dt.UTC).isoformat()}


def _plain(value: Any) -> Any:
    """Return the value as JSON gives it back, so that it is the same today and after a restart."""
    try:
        return json.loads(json.dumps(value, default=_number))
    except (TypeError, ValueError):
        raise ArgumentError("value", value, text("progress.value")) from None


def _number(value: Any) -> Any:
    # NumPy scalars and arrays know their plain form.
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError


def _read(path: Path, *, set_aside: bool) -> tuple[Entries, str | None]:
    """Read the file; one that makes no sense is renamed (never deleted) when we are about to write."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}, None
    try:
        kept: Any = json.loads(content.decode("utf-8"))["entries"]
        if isinstance(kept, dict) and all(isinstance(e, dict) for e in cast("dict[str, Any]", kept).values()):
            return cast("Entries", kept), None
    except (ValueError, KeyError, TypeError):
        pass
    if not set_aside:
        return {}, None
    aside, number = path.with_name(f"{path.stem}.unreadable{path.suffix}"), 2
    while aside.exists():
        aside = path.with_name(f"{path.stem}.unreadable {number}{path.suffix}")
        number += 1
    path.replace(aside)
    return {}, text("progress.unreadable", file=path.name, aside=aside.name)


def _write(path: Path, kept: Entries) -> None:
    """Write in one piece: whoever reads sees the old file or the new one."""
    document = {"format": 1, "entries": kept}
    handle, name = tempfile.mkstemp(prefix=".progress-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        _swap(Path(name), path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _swap(new: Path, path: Path) -> None:
    """Put the new file in the place of the old one; on Windows a reader may be in the way for a moment."""
    for _ in range(50):
        try:
            new.replace(path)
            return
        except PermissionError:
            if sys.platform != "win32":
                raise
            time.sleep(0.02)
    new.replace(path)


@contextlib.contextmanager
def _locked(folder: Path) -> Generator[None]:
    """Hold the folder's lock: the operating system frees it when a process dies."""
    with (folder / _LOCK).open("a+b") as file:
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                _lock(file.fileno())
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.01)
        try:
            yield
        finally:
            _unlock(file.fileno())


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
