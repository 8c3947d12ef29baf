"""The trainee's process as the judge sees it: started, asked, watched, ended. What it says may be forged."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from csmodels_helpers.grading import sandbox
from csmodels_helpers.grading.judge_outputs import MORE, error_output, keep
from csmodels_helpers.grading.protocol import Channel, ProtocolError
from csmodels_helpers.language import text

__all__ = ["ENDS"]

ENDS = ("time", "idle", "left", "crashed", "killed", "flood", "garbled", "given-up")
"""How a trainee's code can fail to come to its own end; each has its message ``grade.ended.…``."""

_MOST_BYTES = 48_000_000  # that a cell may send
_MOST_MESSAGES = 20_000
_MOST_SHOWN = 24_000_000  # bytes of outputs that a notebook keeps
_PATIENCE = 1.0  # seconds between two looks at the clocks
_GRACE = 5.0  # seconds of work for a cell that was interrupted
_HANGING = 15.0  # seconds of waiting for it


@dataclass(frozen=True)
class CellLimits:
    """What one cell, or one call of a test, may use.

    Parameters
    ----------
    work : float
        Seconds of CPU time.
    idle : float
        Seconds without work: sleeping, waiting for input. A busy machine does not use them up.
    test : float
        Seconds of CPU time that a test cell itself may take.
    """

    work: float = 60.0
    idle: float = 60.0
    test: float = 60.0


class Ended(Exception):  # noqa: N818 - an outcome, not an error
    """The trainee's code did not come to its own end.

    Parameters
    ----------
    how : str
        One of :data:`ENDS`.
    """

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how

    def output(self) -> dict[str, Any]:
        """Return it as an output of the cell."""
        name = "TimeoutError" if self.how in ("time", "idle") else "DeadKernelError"
        return error_output(name, text(f"grade.ended.{self.how}"))


# ------------------------------------------------------------------------------------------- the zygote


@dataclass
class Zygote:
    """The process that forks runners.

    Parameters
    ----------
    process : subprocess.Popen
        It.
    link : socket.socket
        To it; descriptors travel on it.
    channel : Channel
        The same, for messages.
    """

    process: subprocess.Popen[bytes]
    link: socket.socket
    channel: Channel

    def wait(self) -> None:
        """Wait until it is warm."""
        self.channel.receive(300)

    def stop(self) -> None:
        """End it."""
        self.channel.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        sandbox.release(self.process.pid)


def start_zygote(setup: list[str], limits: sandbox.Limits, contained: bool) -> Zygote:
    """Start a zygote; it is not warm yet.

    Parameters
    ----------
    setup : list of str
        Cells that come with the assignment: what they import is imported once.
    limits : sandbox.Limits
        What a trainee's process may use.
    contained : bool
        Whether it runs in the sandbox.

    Returns
    -------
    Zygote
        To be waited for.
    """
    ours, theirs = socket.socketpair()
    paths = [str(path) for path in sandbox.readable_paths()] if contained else None
    arguments = [str(theirs.fileno()), json.dumps(paths), json.dumps(asdict(limits))]
    process = subprocess.Popen(
        # Not -I, which would ignore PYTHONHASHSEED; the environment has nothing else in it.
        [sys.executable, "-s", "-P", "-X", "utf8", "-m", "csmodels_helpers.grading.runner", *arguments],
        pass_fds=[theirs.fileno()],
        env=_environment(),
        stdin=subprocess.DEVNULL,
        cwd="/",
    )
    theirs.close()
    if contained:
        sandbox.admit(process.pid, ours, limits, at_once=1)
    channel = Channel(ours)
    channel.send({"setup": setup})
    return Zygote(process, ours, channel)


def _environment() -> dict[str, str]:
    """Return the whole environment of a trainee's process: the instructor's has keys and names in it."""
    kept = {name: os.environ[name] for name in ("CSMODELS_LANGUAGE",) if name in os.environ}
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    return {
        **kept,
        **dict.fromkeys(threads, "1"),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/tmp",
        "XDG_CACHE_HOME": _font_list(),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "NBGRADER_EXECUTION": "autograde",
        "PYTHONHASHSEED": "0",
        "ARROW_DEFAULT_MEMORY_POOL": "system",  # the other one has a thread, which a fork would lose
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _font_list() -> str:
    """Return the folder above matplotlib's list of fonts, which is made if there is none.

    The zygote takes a copy: to make the list anew would cost every start many seconds.
    """
    import matplotlib
    from matplotlib import font_manager

    font_manager.findfont("DejaVu Sans")
    return str(Path(matplotlib.get_cachedir()).parent)


# ------------------------------------------------------------------------------------------- the runner


class Runner:
    """The trainee's process, as the judge sees it: everything that comes from it may be forged.

    Parameters
    ----------
    zygote : Zygote
        What forks it.
    files : dict of bytes
        Data files of the submission.
    limits : CellLimits
        What a cell may use.
    """

    def __init__(self, zygote: Zygote, files: dict[str, bytes], limits: CellLimits) -> None:
        self.zygote, self.files, self.limits = zygote.channel, files, limits
        self._link = zygote.link
        self.channel: Channel | None = None
        self.cpu = 0.0
        self.was_killed = False
        self.asked = self.shown = 0

    def start(self) -> None:
        """Fork a process."""
        ours, theirs = socket.socketpair()
        try:
            self.zygote.send({"do": "start", "files": self.files})
            socket.send_fds(self._link, [b"f"], [theirs.fileno()])
            self.zygote.receive(60)
        finally:
            theirs.close()
        self.channel = Channel(ours)

    def end(self) -> dict[str, Any]:
        """End the process and all that it started; say how it had ended."""
        if self.channel is None:
            return {"code": 0, "by_itself": False, "cpu": 0.0}
        self.channel.close()
        self.channel = None
        self.zygote.send({"do": "end"})
        ended: dict[str, Any] = self.zygote.receive(60)
        self.cpu += float(ended["cpu"])
        return ended

    def ask(self, request: dict[str, Any], outputs: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        """Send a request and wait for the answer, within the limits.

        Parameters
        ----------
        request : dict
            What to do.
        outputs : list of dict, optional
            Gets what the cell shows.

        Returns
        -------
        dict
            The answer.

        Raises
        ------
        Ended
            If there is none; the process has then ended, too, unless it could be interrupted.
        """
        if self.channel is None:
            raise Ended("given-up")
        channel = self.channel
        try:
            self.asked += 1
            channel.send({**request, "number": self.asked}, timeout=60)
            watch = _Watch(self)
            before, messages = channel.received, 0
            last = before
            while True:
                try:
                    reply = channel.receive(_PATIENCE)
                except TimeoutError:
                    watch.look()
                    continue
                messages += 1
                if channel.received - before > _MOST_BYTES or messages > _MOST_MESSAGES:
                    raise Ended("flood")
                if not isinstance(reply, dict):
                    raise Ended("garbled")
                size, last = channel.received - last, channel.received
                if "output" not in reply:
                    number = reply.get("number")
                    if type(number) is not int or number > self.asked:
                        raise Ended("garbled")
                    if number == self.asked:
                        break
                elif outputs is not None:
                    self.shown += size
                    more = {"output_type": "stream", "text": MORE}
                    keep(reply["output"] if self.shown <= _MOST_SHOWN else more, outputs)
                watch.passing()
            if watch.interrupted:
                raise Ended(watch.interrupted)
            return reply
        except EOFError:
            raise self._died() from None
        except (ProtocolError, TimeoutError):
            self.end()
            raise Ended("garbled") from None
        except Ended as ended:
            if ended.how in ("flood", "garbled"):
                self.end()
            raise

    def _died(self) -> Ended:
        ended = self.end()
        if not ended["by_itself"]:
            return Ended("left")  # it hung up but went on
        if ended["code"] >= 0:
            return Ended("left")
        if -ended["code"] != signal.SIGKILL:
            return Ended("crashed")
        self.was_killed = True
        return Ended("killed")

    def work(self) -> float | None:
        """Return the seconds of CPU time that the process has used, None if it has ended."""
        self.zygote.send({"do": "cpu"})
        return self.zygote.receive(60)["seconds"]

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.zygote.send({"do": "interrupt"})
        self.zygote.receive(60)


class _Watch:
    """Counts work and idleness of a cell; first interrupts it, then ends it."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.interrupted = ""
        self.begun: float | None = None
        self.before = 0.0
        self.idle = self.waited = 0.0
        self.seen = time.monotonic()

    def passing(self) -> None:
        """Look at the clocks if it is time: a cell that never stops printing is never quiet."""
        if time.monotonic() - self.seen > _PATIENCE:
            self.look()

    def look(self) -> None:
        """Compare the clocks with the limits."""
        now, work = time.monotonic(), self.runner.work()
        since, self.seen = now - self.seen, now
        if work is None:
            return  # it has ended: the next message is the end of the channel
        if self.begun is None:
            self.begun, self.before = work - since, work
            return
        # On a busy machine a process that wants to work gets a share of the time: it is not idle.
        self.idle += since if work - self.before < 0.01 * since else 0.0
        self.before, self.waited = work, self.waited + since
        worked, limits = work - self.begun, self.runner.limits
        if not self.interrupted:
            how = "time" if worked > limits.work else "idle" if self.idle > limits.idle else ""
            if how:
                self.interrupted, self.begun, self.waited = how, work, 0.0
                self.runner.interrupt()
        elif worked > _GRACE or self.waited > _HANGING:
            how = self.interrupted
            self.runner.end()
            raise Ended(how)
