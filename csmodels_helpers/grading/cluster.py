"""Grade on a Dask cluster: the task of the local workers, bytes in, notebook and grades out.

Dask keeps the workers and carries the bytes; who gets what is decided here, because only workers that were
looked at may judge. Each Dask worker keeps a judge warm for each of its threads, a child process as on one
machine. Neither side needs the other's files: the assignment, hidden tests in it, goes to each worker once,
past Dask's own storage, which may write to a disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import hashlib
import importlib
import logging
import queue
import re
import sys
import threading
import time
import uuid
import warnings
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import csmodels_helpers
from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import sandbox
from csmodels_helpers.grading.intake import Source, Submission
from csmodels_helpers.grading.protocol import pack, unpack
from csmodels_helpers.grading.worker import Result, Settings, Worker, judged, refusal, request_of, task_of
from csmodels_helpers.language import text

__all__ = ["differences", "facts", "graded"]

Todo = tuple[Path, Submission, str]

CONNECT = 15.0  # seconds to find the scheduler
PATIENCE = 60.0  # seconds without any worker: a nanny starts a new one in a few
DEATHS = 3  # workers that may die over a hand-in
ALONE = 2  # deaths after which it gets a worker that has nothing else to do, so that no other is blamed
IDLE = 600.0  # seconds after which judges end whose grader says nothing more
_EVERY = 1.0  # seconds between two looks at who is there
_AHEAD = 1  # hand-ins that wait at a worker for a thread to be free
_LOOK = 120.0  # seconds that workers may take to be looked at
_WARM = 400.0  # seconds that judges may take to be started
_FETCH = (2.0, 60.0)  # seconds that an answer may take until its worker is looked at, and in all
_END = 20.0  # seconds that workers may take to end their judges
_NAMED = 4  # libraries that are named one by one


# ------------------------------------------------------------------------------------ at the Dask worker


class _Judges:
    """The judges of one run in this process.

    Parameters
    ----------
    run : str
        Its name.
    task : dict
        As :func:`task_of` made it.
    """

    def __init__(self, run: str, task: dict[str, Any]) -> None:
        self._run, self._task = run, task
        self._lock = threading.Lock()
        self._all: list[Worker] = []
        self._free: list[Worker] = []
        self._clock: threading.Timer | None = None
        self._ended = False

    def _take(self) -> Worker:
        with self._lock:
            if self._clock is not None:
                self._clock.cancel()
            if self._free:
                return self._free.pop()
            if self._ended:
                raise EOFError
            self._all.append(Worker(self._task))
            return self._all[-1]

    def _give_back(self, worker: Worker) -> None:
        with self._lock:
            self._free.append(worker)
            if len(self._free) == len(self._all) and not self._ended:
                self._clock = threading.Timer(IDLE, self.end)
                self._clock.daemon = True
                self._clock.start()

    def warm(self, number: int) -> None:
        """Start as many judges at once."""
        taken = [self._take() for _ in range(number)]
        try:
            with ThreadPoolExecutor(number) as pool:
                list(pool.map(Worker.warm, taken))
        finally:
            for worker in taken:
                self._give_back(worker)

    def judge(self, request: bytes) -> bytes:
        """Have a judge that is free look at a hand-in."""
        worker = self._take()
        try:
            return worker.ask(request)
        finally:
            self._give_back(worker)

    def end(self) -> None:
        """End all judges, whatever they are doing, and forget the assignment."""
        _runs.pop(self._run, None)
        with self._lock:
            self._ended = True
            if self._clock is not None:
                self._clock.cancel()
            free, self._free = self._free, []
        for worker in self._all:
            worker.stop()
        for worker in free:  # a busy one is closed by the thread that waits for it
            worker.close()


_runs: dict[str, _Judges] = {}


# These run at the Dask worker. None of them may raise: Dask would write into its log what they were given,
# and hidden tests are in it.


async def _look_at(contained: bool) -> dict[str, Any]:
    return await asyncio.to_thread(facts, sandboxed=contained)


async def _begin(run: str, task: bytes, number: int) -> str:
    """Take an assignment and start its judges; say what is wrong, "" if all is well."""
    try:
        await _end(run)
        judges = _runs[run] = _Judges(run, unpack(task))
        await asyncio.to_thread(judges.warm, number)
    except Exception as error:
        await _end(run)
        return str(error) or type(error).__name__
    return ""


def _judge(run: str, request: bytes) -> bytes:
    """Judge a hand-in; b"" if this process cannot, or not any more."""
    try:
        return _runs[run].judge(request)
    except Exception:
        return b""


async def _end(run: str) -> None:
    judges = _runs.get(run)
    if judges is not None:
        with contextlib.suppress(Exception):
            await asyncio.to_thread(judges.end)


# ------------------------------------------------------------------------------- is everything the same?


def facts(*, sandboxed: bool = False) -> dict[str, Any]:
    """Return what has to be the same on all machines, so that grades are.

    Parameters
    ----------
    sandboxed : bool, default False
        Also try whether this machine has a sandbox.

    Returns
    -------
    dict
        ``csmodels`` (version), ``code`` (hash of this package and of the case data), ``python``,
        ``libraries`` (name → version of all that grading needs), ``sandbox``.

    Examples
    --------
    >>> found = facts()
    >>> found["csmodels"] == csmodels_helpers.__version__, found["sandbox"]
    (True, None)
    """
    return {
        "csmodels": csmodels_helpers.__version__,
        "code": _code(),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "libraries": _libraries(),
        "sandbox": sandbox.isolation().namespaces if sandboxed else None,
    }


def differences(here: dict[str, Any], there: dict[str, Any]) -> list[str]:
    """Say what is not the same on another machine, in the language in force.

    Parameters
    ----------
    here, there : dict
        As :func:`facts` returns them.

    Returns
    -------
    list of str
        Nothing if grades are the same there.

    Examples
    --------
    >>> differences(facts(), facts())
    []
    >>> differences(facts(), {**facts(), "python": "2.7", "sandbox": False})[0].partition(" (")[0]
    'Python 2.7'
    """
    found: list[str] = []
    for name, shown in (("csmodels", "csmodels"), ("python", "Python")):
        if here[name] != there[name]:
            found.append(text("cluster.other", name=shown, there=there[name], here=here[name]))
    if here["csmodels"] == there["csmodels"] and here["code"] != there["code"]:
        found.append(text("cluster.code", version=there["csmodels"]))
    names = [n for n, number in here["libraries"].items() if there["libraries"].get(n) != number]
    for name in names[:_NAMED]:
        number = there["libraries"].get(name)
        if number is None:
            found.append(text("cluster.without", name=name))
        else:
            found.append(text("cluster.other", name=name, there=number, here=here["libraries"][name]))
    if len(names) > _NAMED:
        found.append(text("cluster.more", n=len(names) - _NAMED))
    if there["sandbox"] is False:
        found.append(text("cluster.sandbox"))
    return found


@cache
def _code() -> str:
    """Hash this package: a checkout may be older than its version says."""
    package = Path(csmodels_helpers.__file__).parent
    whole = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.suffix in (".py", ".toml", ".json") and "_datasets" not in path.parts:
            content = path.read_bytes().replace(b"\r\n", b"\n")
            whole.update(f"{path.relative_to(package).as_posix()}\0{len(content)}\0".encode() + content)
    for folder in (package / "_datasets", package.parent / "datasets"):
        if (folder / "datapackage.json").is_file():  # it has the hash of every file of case data
            whole.update((folder / "datapackage.json").read_bytes().replace(b"\r\n", b"\n"))
            break
    return whole.hexdigest()


@cache
def _libraries() -> dict[str, str]:
    """Return the versions of what the package needs, and of what that needs; without the extras."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    found: dict[str, str] = {}
    open_ = [Requirement("csmodels")]
    seen: set[tuple[str, str]] = set()
    while open_:
        wanted = open_.pop()
        for extra in ("", *wanted.extras):
            name = canonicalize_name(wanted.name)
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            try:
                there = metadata.distribution(name)
            except metadata.PackageNotFoundError:
                continue
            found[name] = there.version
            needs = map(Requirement, there.requires or ())
            open_ += [n for n in needs if n.marker is None or n.marker.evaluate({"extra": extra})]
    found.pop("csmodels", None)
    return dict(sorted(found.items()))


# ------------------------------------------------------------------------------------------ at the grader


def graded(
    address: str,
    todo: Iterable[Todo],
    source: Source,
    settings: Settings,
    *,
    most: int = 1,
    remarks: list[str] | None = None,
) -> Generator[tuple[Path, Submission, str, Result]]:
    """Hand submissions to the workers of a Dask cluster and yield the results as they come.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://grader:8786``.
    todo : iterable of tuple
        Folder, submission and key of what has to be graded; read as far as the workers can keep up.
    source : Source
        The assignment.
    settings : Settings
        How to run what trainees hand in.
    most : int, default 1
        How many submissions there are at most.
    remarks : list of str, optional
        Gets what the instructor should know at the end.

    Yields
    ------
    tuple
        Folder, submission, key and result.

    Raises
    ------
    CourseError
        If there is no scheduler or no worker, a worker is not like this machine or has no sandbox, or the
        scheduler goes away.

    Examples
    --------
    >>> source = Source("m00_none", (), (), {}, "")
    >>> list(graded("tcp://127.0.0.1:9", [], source, Settings()))  # nothing to do, so nobody is asked
    []
    >>> list(graded("grader", [(Path("x"), None, "key")], source, Settings()))
    Traceback (most recent call last):
        ...
    csmodels_helpers.errors.CourseError: "grader" is no address of a Dask scheduler. Write one such as
    tcp://grader:8786, with tls:// where the cluster uses TLS.
    """
    rest = iter(todo)
    for first in rest:
        with _Run(address, pack(task_of(source, settings)), settings.contained, most, remarks) as run:
            yield from run.results(_chain(first, rest))


def _chain(first: Todo, rest: Iterable[Todo]) -> Generator[Todo]:
    yield first
    yield from rest


@dataclass
class _Flight:
    """A hand-in on its way."""

    what: Todo
    content: bytes
    deaths: int = 0
    place: str = ""

    @property
    def suspect(self) -> bool:
        return self.deaths >= ALONE


class _Run:
    """A class being graded on a cluster."""

    def __init__(
        self, address: str, task: bytes, contained: bool, most: int, remarks: list[str] | None
    ) -> None:
        self._address, self._task, self._contained, self._most = address, task, contained, most
        self._remarks = remarks if remarks is not None else []
        self._name = uuid.uuid4().hex
        self._places: dict[str, int] = {}  # address of a worker that may judge → its threads
        self._unfit: set[str] = set()
        self._flying: dict[str, tuple[Any, _Flight]] = {}  # Dask's key → its future, in the order of sending
        self._again: deque[_Flight] = deque()
        self._results: deque[tuple[Path, Submission, str, Result]] = deque()
        self._landed: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._sent = 0
        self._looked = 0.0
        self._seen = time.monotonic()  # when there was a worker
        self._about = contextlib.ExitStack()
        self._client: Any = None

    def __enter__(self) -> _Run:
        try:
            self._about.enter_context(_quiet())
            self._client = _connect(self._address)
            self._look()
            if not self._places:
                raise CourseError(text("cluster.empty", address=self._address))
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        """Call off what is under way, end the judges, leave."""
        client, self._client = self._client, None
        try:
            if client is not None and client.status == "running":
                with contextlib.suppress(Exception):  # on the way out: judges that nobody ends do it in time
                    for future, _ in self._flying.values():
                        future.cancel(force=True)
                    if self._places:
                        every = {"workers": [*self._places], "on_error": "ignore", "callback_timeout": _END}
                        client.run(_end, self._name, **every)
            if client is not None:
                with contextlib.suppress(Exception):
                    client.close(timeout=5)
        finally:
            self._about.close()

    # ------------------------------------------------------------------------------------- the workers

    def _ask(self, function: Any, *arguments: Any, workers: list[str], seconds: float) -> dict[str, Any]:
        """Call a function at workers, outside of Dask's storage; worker → answer or exception."""
        try:
            return self._client.run(
                function, *arguments, workers=workers, on_error="return", callback_timeout=seconds
            )
        except (OSError, TimeoutError) as error:
            self._is_there()
            raise CourseError(text("cluster.silent", names=", ".join(workers))) from error

    def _is_there(self) -> None:
        if self._client.status != "running":
            raise CourseError(text("cluster.lost", address=self._address))

    def _look(self, *, now: bool = False) -> None:
        """See who came and who went, if it is time for it."""
        if time.monotonic() < self._looked + _EVERY and not now:
            return
        self._is_there()
        try:
            there: dict[str, int] = self._client.nthreads()
        except Exception as error:  # whatever a client says that is losing its scheduler
            raise CourseError(text("cluster.lost", address=self._address)) from error
        for place in [place for place in self._places if place not in there]:
            self._leave(place)
        new = [place for place in there if place not in self._places and place not in self._unfit]
        if new:
            self._admit({place: max(1, there[place]) for place in new}, first=not self._looked)
        self._looked = time.monotonic()
        if self._places:
            self._seen = self._looked
        elif self._looked - self._seen > PATIENCE:
            raise CourseError(text("cluster.nobody", address=self._address, seconds=round(PATIENCE)))

    def _admit(self, new: dict[str, int], *, first: bool) -> None:
        """Look at workers, and give the assignment to those that are as they must be."""
        here = facts()
        wrong: dict[str, str] = {}
        for place, there in self._ask(_look_at, self._contained, workers=[*new], seconds=_LOOK).items():
            if isinstance(there, BaseException):
                wrong[place] = text("cluster.absent", reason=str(there) or type(there).__name__)
            elif found := differences(here, there):
                wrong[place] = text("cluster.comma").join(found)
        self._turn_away(wrong, first)
        for number in {*new.values()}:
            fit = [place for place, threads in new.items() if threads == number and place not in wrong]
            if not fit:
                continue
            arguments = (self._name, self._task, min(number, self._most))
            self._places |= dict.fromkeys(fit, number)  # from here on they have something to end
            found = self._ask(_begin, *arguments, workers=fit, seconds=_WARM)
            failed = {place: str(reason) for place, reason in found.items() if reason}
            for place in failed:
                del self._places[place]
            self._turn_away(failed, first)

    def _turn_away(self, wrong: dict[str, str], first: bool) -> None:
        """Before anything has run, a worker that does not fit stops all; later it is only not used."""
        lines = [text("cluster.worker", name=place, reason=reason) for place, reason in wrong.items()]
        if lines and first:
            raise CourseError("\n".join([text("cluster.unfit"), *lines]))
        self._remarks += [text("cluster.unused", worker=line.strip()) for line in lines]
        self._unfit |= {*wrong}

    def _leave(self, place: str, *, died: bool = True) -> None:
        """Send elsewhere what a worker had; if it died, what it was working on may be the cause."""
        threads = self._places.pop(place)
        mine = [key for key, (_, flight) in self._flying.items() if flight.place == place]
        for number, key in enumerate(mine):
            future, flight = self._flying.pop(key)
            future.cancel(force=True)  # Dask would wait for a worker at this address
            self._once_more(flight, died=died and number < threads)

    def _once_more(self, flight: _Flight, *, died: bool) -> None:
        flight.deaths += died
        if flight.deaths < DEATHS:
            self._again.append(flight)
        else:
            failed = Result(flight.what[1].notebook, "failed", message=text("cluster.deaths", n=DEATHS))
            self._results.append((*flight.what, failed))

    # ------------------------------------------------------------------------------------- the hand-ins

    def results(self, todo: Iterable[Todo]) -> Generator[tuple[Path, Submission, str, Result]]:
        """Send as much as there is room for, and yield what comes back."""
        rest, more = iter(todo), True
        while True:
            self._look()
            while self._again and (place := self._room(alone=self._again[0].suspect)):
                self._send(self._again.popleft(), place)
            while more and not self._again and (place := self._room()):
                what = next(rest, None)
                if what is None:
                    more = False
                elif (refused := refusal(what[1])) is not None:
                    yield *what, refused
                elif content := request_of(what[1]):
                    self._send(_Flight(what, content), place)
                else:
                    yield *what, judged(what[1], b"")
            if self._flying or self._again or more:
                self._wait()
            while self._results:
                yield self._results.popleft()
            if not (self._flying or self._again or more):
                return

    def _room(self, *, alone: bool = False) -> str | None:
        """Return the worker with the most room, None if there is none; a suspect needs one for itself."""
        whole = {place: threads + _AHEAD for place, threads in self._places.items()}
        room = dict(whole)
        for _, flight in self._flying.values():
            room[flight.place] = 0 if flight.suspect else room[flight.place] - 1
        open_ = [place for place in room if room[place] >= (whole[place] if alone else 1)]
        return max(open_, key=room.__getitem__, default=None)

    def _send(self, flight: _Flight, place: str) -> None:
        self._sent += 1
        key = f"csmodels-{self._name}-{self._sent}"  # Dask shows it to whoever may look: nobody's name
        flight.place = place
        future = self._client.submit(
            _judge,
            self._name,
            flight.content,
            key=key,
            workers=[place],
            allow_other_workers=False,
            pure=False,
        )
        self._flying[key] = future, flight
        future.add_done_callback(self._landed.put)

    def _wait(self) -> None:
        """Take one answer, if one comes before it is time to look at the workers again."""
        try:
            future = self._landed.get(timeout=_EVERY)
        except queue.Empty:
            return
        if future.key not in self._flying:
            return  # called off
        _, flight = self._flying[future.key]
        content = b""
        if future.status == "finished":
            content = self._fetch(future, flight.place)
        else:
            self._is_there()
        if self._flying.pop(future.key, None) is None:
            return  # its worker has died with the answer
        future.release()  # nobody needs it any more
        if content:
            self._results.append((*flight.what, judged(flight.what[1], content)))
            return
        self._once_more(flight, died=True)
        if flight.place in self._places:
            # It was started anew at the same address, or can start no judge: it is looked at again.
            self._leave(flight.place, died=False)

    def _fetch(self, future: Any, place: str) -> bytes:
        """Return the answer that a worker has; b"" if it cannot be had."""
        for seconds in _FETCH:
            try:
                return future.result(timeout=seconds)
            except TimeoutError:
                self._look(now=True)
                if place not in self._places:
                    break
            except Exception:  # called off, lost, broken: Dask has a class for each
                break
        return b""


# ---------------------------------------------------------------------------------------------- Dask


def _connect(address: str) -> Any:
    """Return a client of the scheduler."""
    if not re.fullmatch(r"(tcp|tls|ws|wss)://[^\s/]+:\d+", address):
        raise CourseError(text("cluster.address", address=address))
    try:
        from distributed import Client, Security
    except ModuleNotFoundError as error:
        raise CourseError(text("cluster.missing", name=error.name)) from error
    try:
        # Asked before there is a client: one that cannot even begin takes half a minute to give up.
        given = Security().get_connection_args("client")
        secret = address.startswith(("tls:", "wss:"))
        if not (given["ssl_context"] if secret else not given["require_encryption"]):
            raise CourseError(text("cluster.open" if not secret else "cluster.certificates", address=address))
        return Client(address, timeout=CONNECT, set_as_default=False, name="csmodels")
    except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise CourseError(text("cluster.nowhere", address=address, reason=reason[0])) from error


@contextlib.contextmanager
def _quiet() -> Generator[None]:
    """Keep Dask from saying in its own words what is said here in ours."""
    with contextlib.suppress(ModuleNotFoundError):
        importlib.import_module("distributed")  # gives each of its logs a level of its own
    kinds = ("distributed", "asyncio")  # the second tells of what Dask gave up when a worker died
    names = [*kinds, *(name for name in logging.root.manager.loggerDict if name.startswith("distributed."))]
    before = {log: log.level for log in map(logging.getLogger, names)}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="distributed")
        for log in before:
            log.setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            gc.collect()  # which asyncio waits for to tell it
            for log, level in before.items():
                log.setLevel(level)
