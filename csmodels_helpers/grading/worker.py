"""A judge at work in a process of its own, as the grader sees it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course, sandbox
from csmodels_helpers.grading.contract import graded_cells
from csmodels_helpers.grading.intake import Source, Submission
from csmodels_helpers.grading.judge_runner import CellLimits
from csmodels_helpers.grading.protocol import Channel, ProtocolError, pack, unpack
from csmodels_helpers.language import get_language, text

__all__ = ["Result", "Settings", "Worker", "judged", "private_tests", "refusal", "request_of", "task_of"]

PRIVATE, CHECKS = "COURSE_PRIVATE_TESTS", "CSMODELS_CHECKS"


@dataclass(frozen=True)
class Settings:
    """How to run what trainees hand in.

    Parameters
    ----------
    contained : bool, default True
        In the sandbox; without it only for people you trust.
    limits : sandbox.Limits
        What a submission may use.
    cell : CellLimits
        What a cell may use.
    """

    contained: bool = True
    limits: sandbox.Limits = field(default_factory=sandbox.Limits)
    cell: CellLimits = field(default_factory=CellLimits)


@dataclass(frozen=True)
class Result:
    """What came of one submission.

    Parameters
    ----------
    notebook : dict
        With outputs.
    outcome : str
        "graded", "refused" or "failed" (for a reason that is not the trainee's).
    reasons : dict of str
        Cell → why it has no points or how it ended: ``item/misconception``, "time", "killed" ….
    message : str
        What went wrong, if the submission was refused or could not be graded.
    cpu, wall : float
        Seconds: of work in the trainee's process, and on the clock.
    judge_cpu : float
        Seconds of work in the judge.
    """

    notebook: dict[str, Any]
    outcome: str
    reasons: dict[str, str] = field(default_factory=dict[str, str])
    message: str = ""
    cpu: float = 0.0
    wall: float = 0.0
    judge_cpu: float = 0.0


def private_tests(source: Source) -> dict[str, str]:
    """Read an instructor's own tests of an assignment, from the folder that ``COURSE_PRIVATE_TESTS`` names.

    ``<folder>/<assignment>.ipynb`` holds code cells whose ids are those of test cells; the judge runs them
    in place of the course's, and nobody else reads them.

    Parameters
    ----------
    source : Source
        The assignment.

    Returns
    -------
    dict of str
        Test cell → code; empty if there are none.

    Raises
    ------
    CourseError
        If the folder or the notebook cannot be read, or a cell is none of the assignment's test cells.

    Examples
    --------
    >>> os.environ.get(PRIVATE) or private_tests(Source("m00_none", (), (), {}, ""))
    {}
    """
    folder = os.environ.get(PRIVATE)
    if not folder:
        return {}
    path = Path(folder) / f"{source.name}.ipynb"
    if not Path(folder).is_dir():
        raise CourseError(text("grade.private.folder", path=folder))
    if not path.is_file():
        return {}
    try:
        cells: list[dict[str, Any]] = course.read_notebook(path)["cells"]
    except (OSError, ValueError) as error:
        raise CourseError(text("grade.private.unreadable", path=path, reason=error)) from error
    tests = [cell.cell for cell in graded_cells({"cells": list(source.cells)}) if not cell.written]
    found = {str(cell.get("id")): str(cell["source"]) for cell in cells if cell["cell_type"] == "code"}
    for name, code in found.items():
        if name not in tests:
            raise CourseError(text("grade.private.cell", path=path, cell=name, known=", ".join(tests)))
        try:
            compile(code, name, "exec")
        except SyntaxError as error:
            raise CourseError(text("grade.private.syntax", path=path, cell=name, reason=error)) from error
    return found


def _messages() -> dict[str, str]:
    """Read the items of a folder of one's own: a judge may be on another machine, where there is none."""
    private = os.environ.get(PRIVATE)
    folder = os.environ.get(CHECKS) or (str(Path(private, "checks")) if private else "")
    found: dict[str, str] = {}
    for path in sorted(Path(folder).glob("m*.toml")) if folder else []:
        try:
            found[path.stem] = path.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise CourseError(text("check.author.broken", file=path.name, reason=error)) from error
    return found


def task_of(source: Source, settings: Settings) -> dict[str, Any]:
    """Return all that a judge needs to know, on this machine or another, as plain data.

    Parameters
    ----------
    source : Source
        The assignment.
    settings : Settings
        How to run what trainees hand in.

    Returns
    -------
    dict
        With the hidden tests and those of :func:`private_tests`: it must not be written to a disk.

    Raises
    ------
    CourseError
        If tests of one's own cannot be read.

    Examples
    --------
    >>> task = task_of(Source("m00_none", (), (), {}, ""), Settings(contained=False))
    >>> task["contained"], task["language"]
    (False, 'en')
    """
    return {
        "cells": list(source.cells),
        "released": {str(cell["id"]): str(cell["source"]) for cell in source.released},
        "private": private_tests(source),
        "messages": _messages(),
        "contained": settings.contained,
        "limits": asdict(settings.limits),
        "cell_limits": asdict(settings.cell),
        "language": get_language(),
    }


def refusal(submission: Submission) -> Result | None:
    """Return what comes of a hand-in that the intake refused; no judge need see it.

    Parameters
    ----------
    submission : Submission
        What intake made of it.

    Returns
    -------
    Result or None
        None for one that is to be judged.

    Examples
    --------
    >>> refusal(Submission({"cells": []}, "empty", (), "", {})).outcome
    'refused'
    """
    if submission.refused is None:
        return None
    return Result(submission.notebook, "refused", message=submission.message)


def request_of(submission: Submission) -> bytes:
    """Return what a judge needs to know of a hand-in: neither whose it is nor where it lies.

    Parameters
    ----------
    submission : Submission
        What intake made of it.

    Returns
    -------
    bytes
        For :meth:`Worker.ask`; b"" if it is too large or too deep to be sent.

    Examples
    --------
    >>> unpack(request_of(Submission({"cells": []}, None, (), "", {"a.csv": b"1"})))
    {'notebook': {'cells': []}, 'files': {'a.csv': b'1'}}
    """
    try:
        return pack({"notebook": submission.notebook, "files": dict(submission.files)})
    except ProtocolError:
        return b""


def judged(submission: Submission, answer: bytes) -> Result:
    """Return what came of a submission, from what :meth:`Worker.ask` answered.

    Parameters
    ----------
    submission : Submission
        What intake made of it.
    answer : bytes
        Of a worker here or elsewhere.

    Returns
    -------
    Result
        "failed" if there is no grade in the answer.

    Examples
    --------
    >>> judged(Submission({"cells": []}, None, (), "", {}), pack({"failed": "No memory."})).message
    'No memory.'
    """
    if not answer:
        return Result(submission.notebook, "failed", message=text("grade.failed.worker"))
    try:
        said: dict[str, Any] = unpack(answer)
        if "failed" in said:
            return Result(submission.notebook, "failed", message=str(said["failed"]))
        result: dict[str, Any] = unpack(said["result"])
    except ProtocolError:
        return Result(submission.notebook, "failed", message=text("grade.failed.judge"))
    times = {"cpu": result["cpu"], "wall": said["wall"], "judge_cpu": said["judge_cpu"]}
    return Result(result["notebook"], "graded", result["reasons"], **times)


class Worker:
    """A process that judges one submission of an assignment after another.

    Parameters
    ----------
    source : Source or dict
        The assignment; or, where there is no course folder, what :func:`task_of` made of it elsewhere.
    settings : Settings, optional
        How to run what trainees hand in; stands in the task if that is given.
    """

    def __init__(self, source: Source | dict[str, Any], settings: Settings | None = None) -> None:
        self._task = source if isinstance(source, dict) else task_of(source, settings or Settings())
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None
        self._stopped = False

    def _start(self) -> Channel:
        ours, theirs = socket.socketpair()
        # What stood in these folders is in the task; this machine's own have nothing to do with it.
        inherited = {name: value for name, value in os.environ.items() if name not in (PRIVATE, CHECKS)}
        environment = {
            **inherited,
            "CSMODELS_LANGUAGE": str(self._task["language"]),
            "MPLBACKEND": "agg",
            **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
        }
        # -P: the code that is imported here, whatever lies in the folder that the grader was started in.
        program = [sys.executable, "-P", "-X", "utf8", "-m", "csmodels_helpers.grading.judge"]
        self._process = subprocess.Popen(
            [*program, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the grader, which then ends its workers
        )
        if self._stopped:
            self._process.terminate()
        theirs.close()
        channel = Channel(ours)
        channel.send(self._task)
        try:
            channel.receive(300)
        except (EOFError, ProtocolError, TimeoutError) as error:
            self.close()
            raise CourseError(text("grade.failed.start")) from error
        self._channel = channel
        return channel

    def grade(self, submission: Submission) -> Result:
        """Run and judge a submission.

        Parameters
        ----------
        submission : Submission
            What intake made of it.

        Returns
        -------
        Result
            Never raises for anything that the submission did. If the worker itself died it is started anew,
            once; then the result says "failed".
        """
        return refusal(submission) or judged(submission, self.ask(request_of(submission)))

    def ask(self, request: bytes) -> bytes:
        """Have a notebook run and judged; neither question nor answer is looked into.

        Parameters
        ----------
        request : bytes
            As :func:`request_of` makes it.

        Returns
        -------
        bytes
            For :func:`judged`; b"" if the judge died twice.
        """
        for _ in range(2 if request else 0):
            if self._stopped:
                break
            try:
                channel = self._channel or self._start()
                channel.pass_on(request)
                return channel.take()
            except (EOFError, ProtocolError, OSError):
                self.close()
        return b""

    def warm(self) -> None:
        """Start the process before there is anything to judge."""
        if self._channel is None:
            self._start()

    def stop(self) -> None:
        """End the process at once, whatever it is doing; for another thread than the one that asks."""
        self._stopped = True
        process = self._process
        if process is not None:
            process.terminate()

    def close(self) -> None:
        """End the process."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._process is not None:
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
