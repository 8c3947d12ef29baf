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
from csmodels_helpers.grading.protocol import Channel, ProtocolError, unpack
from csmodels_helpers.language import get_language, text

__all__ = ["Result", "Settings", "Worker", "private_tests"]

PRIVATE = "COURSE_PRIVATE_TESTS"


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


class Worker:
    """A process that judges one submission of an assignment after another.

    Parameters
    ----------
    source : Source
        The assignment.
    settings : Settings, optional
        How to run what trainees hand in.
    """

    def __init__(self, source: Source, settings: Settings | None = None) -> None:
        self.source, self.settings = source, settings or Settings()
        self._task: dict[str, Any] = {
            "cells": list(source.cells),
            "private": private_tests(source),
            "contained": self.settings.contained,
            "limits": asdict(self.settings.limits),
            "cell_limits": asdict(self.settings.cell),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None

    def _start(self) -> Channel:
        ours, theirs = socket.socketpair()
        environment = {
            **os.environ,
            "CSMODELS_LANGUAGE": get_language(),
            "MPLBACKEND": "agg",
            **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
        }
        folder = os.environ.get(PRIVATE)
        if folder and (Path(folder) / "checks").is_dir():
            environment.setdefault("CSMODELS_CHECKS", str(Path(folder) / "checks"))
        self._process = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", "csmodels_helpers.grading.judge", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the grader, which then ends its workers
        )
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
        if submission.refused is not None:
            message = text(f"grading.refused.{submission.refused}")
            return Result(submission.notebook, "refused", message=message)
        request = {"notebook": submission.notebook, "files": dict(submission.files)}
        for _ in range(2):
            try:
                channel = self._channel or self._start()
                channel.send(request)
                answer: dict[str, Any] = channel.receive()
                if "failed" in answer:
                    return Result(submission.notebook, "failed", message=str(answer["failed"]))
                result: dict[str, Any] = unpack(answer["result"])
            except (EOFError, ProtocolError, OSError):
                self.close()
                continue
            times = {"cpu": result["cpu"], "wall": answer["wall"], "judge_cpu": answer["judge_cpu"]}
            return Result(result["notebook"], "graded", result["reasons"], **times)
        return Result(submission.notebook, "failed", message=text("grade.failed.worker"))

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
