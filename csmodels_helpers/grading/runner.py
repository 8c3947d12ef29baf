"""The process that runs a trainee's cells: it knows neither a hidden test nor an expected value.

``python -m csmodels_helpers.grading.runner FD PATHS LIMITS`` is the zygote: it enters the sandbox, imports
what lessons use, and forks a child for each submission. The child runs the cells in an IPython shell and
answers two questions of the judge: what do these names mean, and what does this call give? Outputs and values
go back as plain data (:mod:`csmodels_helpers.grading.protocol`).
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

from csmodels_helpers.grading import sandbox

__all__: list[str] = []

MOST_TEXT = 200_000  # signs that a cell may print; what is more is counted and left out
MOST_RICH = 4_000_000  # signs of figures and tables
_CHUNK = 8_192
# What lessons and exercises import; each would cost every hand-in its time.
_WARM = (
    *("scipy.stats", "seaborn", "statsmodels.api", "csmodels_helpers.check", "csmodels_helpers.kano"),
    *("csmodels_helpers.metrics", "csmodels_helpers.plots"),
)
_MORE = "\n[…]\n"


# ------------------------------------------------------------------------------------------ the zygote


def main(arguments: list[str]) -> None:
    """Enter the sandbox, get warm, and fork a child whenever the judge asks for one."""
    link = socket.socket(fileno=int(arguments[0]))
    paths, limits = json.loads(arguments[1]), sandbox.Limits(**json.loads(arguments[2]))
    contained = paths is not None
    if contained:
        sandbox.enter(link, [Path(path) for path in paths])
    from csmodels_helpers.grading.protocol import Channel

    channel = Channel(link)
    with contextlib.suppress(EOFError):  # the judge is gone, whether it was to be asked or answered
        _obey(_shell(), channel, link, limits, contained)


def _obey(shell: Any, channel: Any, link: socket.socket, limits: sandbox.Limits, contained: bool) -> None:
    """Do what the judge says until it is gone; a child of a submission never comes back from here."""
    rehearsal: list[str] = channel.receive()["setup"]
    _rehearse(shell, rehearsal)
    gc.collect()
    gc.freeze()  # objects of the zygote stay shared with its children
    channel.send({"ready": True})
    child = 0
    try:
        while True:
            request = channel.receive()
            if request["do"] == "start":
                _, (descriptor,), _, _ = socket.recv_fds(link, 1, 1)
                child = sandbox.fork(limits, request["files"], contained=contained, keep={descriptor})
                if child == 0:
                    _serve(shell, descriptor)
                os.close(descriptor)
                channel.send({"pid": child})
            elif request["do"] == "cpu":
                channel.send({"seconds": _cpu_seconds(child)})
            elif request["do"] == "interrupt":
                _signal(child, signal.SIGINT)
                channel.send({})
            elif request["do"] == "end":
                ended, child = _end(child), 0
                channel.send(ended)
    finally:
        if child:
            _end(child)


def _cpu_seconds(pid: int) -> float | None:
    """Return the CPU time of a process, also where there is no /proc; None if it has ended."""
    try:
        return time.clock_gettime((~pid << 3) | 2)  # the kernel's way to name another process's clock
    except OSError:
        return None


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _end(pid: int) -> dict[str, Any]:
    """End a child and all that it started; say how it had ended, if it had."""
    # A child under way to its end gets the time to be one that ended by itself.
    ended, status, usage = os.wait4(pid, os.WNOHANG)
    for _ in range(20):
        if ended:
            break
        time.sleep(0.001)
        ended, status, usage = os.wait4(pid, os.WNOHANG)
    by_itself = bool(ended)
    if not by_itself:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        _signal(pid, signal.SIGKILL)
        _, status, usage = os.wait4(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return {"code": code, "by_itself": by_itself, "cpu": usage.ru_utime + usage.ru_stime}


# ----------------------------------------------------------------------------------- getting warm


def _shell() -> Any:
    """Make the shell that the children will use, with everything imported that lessons use."""
    import matplotlib

    backend = "module://matplotlib_inline.backend_inline"
    matplotlib.use(backend)
    import matplotlib.pyplot as plt
    import pandas as pd
    from matplotlib_inline import backend_inline
    from traitlets.config import Config

    from csmodels_helpers.grading.runner_shell import Shell

    for module in _WARM:
        importlib.import_module(module)

    config: Any = Config()
    config.HistoryManager.enabled = False  # its database has a thread of its own, which a fork would lose
    config.InteractiveShell.colors = "nocolor"
    shell = Shell.instance(config=config)
    backend_inline.configure_inline_support(shell, backend)
    # The first of each costs a fifth of a second: a figure, a traceback, a table.
    with _nowhere(shell):
        shell.run_cell("import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()")
        shell.run_cell("def f():\n    return 1 / 0\nf()")
        shell.run_cell("import pandas as pd\npd.DataFrame({'a': [1.0], 'b': ['c']})")
    plt.close("all")
    pd.Series([1, 2]).describe()
    return shell


def _rehearse(shell: Any, cells: Iterable[str]) -> None:
    """Run the cells that come with the assignment once: what they import and read is then at hand."""
    import matplotlib.pyplot as plt

    with _nowhere(shell):
        for source in cells:
            shell.run_cell(source, store_history=False)
    plt.close("all")
    shell.reset(new_session=True)


@contextlib.contextmanager
def _nowhere(shell: Any) -> Generator[None]:
    """Let a shell run without anybody seeing what it shows."""
    shell.emit = lambda output: None
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


# ----------------------------------------------------------------------------------------- the child


def _serve(shell: Any, descriptor: int) -> None:
    """Answer the judge until it hangs up; never returns."""
    from csmodels_helpers.grading.protocol import Channel

    code = 1
    try:
        _Child(shell, Channel(socket.socket(fileno=descriptor))).serve()
        code = 0
    except BaseException:  # whatever a trainee's code did to this process, it must not become a second zygote
        code = 1
    finally:
        os._exit(code)


class _Stream(io.TextIOBase):
    """What ``sys.stdout`` and ``sys.stderr`` are while a trainee's code runs."""

    def __init__(self, name: str, child: _Child) -> None:
        self._name, self._child = name, child

    @property
    def encoding(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return "utf-8"

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return 1 if self._name == "stdout" else 2

    def write(self, words: str) -> int:
        if not isinstance(words, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"write() argument must be str, not {type(words).__name__}")
        self._child.printed(self._name, words)
        return len(words)

    def flush(self) -> None:
        self._child.flush()


class _Child:
    """One submission's process, seen from the judge."""

    def __init__(self, shell: Any, channel: Any) -> None:
        import matplotlib.pyplot as plt

        from csmodels_helpers import check_calls

        self.shell, self.channel = shell, channel
        self.lock = threading.RLock()
        self.busy = self.stop = False
        self.pid = os.getpid()
        self.call = check_calls.call  # at hand whatever becomes of imports
        self.close_figures = plt.close
        self.bystanders: set[int] = set()  # threads from before a call: what they print is not the function's
        self.text: list[tuple[str, str]] = []  # what was printed and not sent yet
        self.held = self.printed_signs = self.rich_signs = 0
        self.catching: io.StringIO | None = None  # while the judge calls a function
        self.raw = _raw_output()
        shell.emit = self.emit
        self.stdout = _Stream("stdout", self)
        sys.stdout, sys.stderr = self.stdout, _Stream("stderr", self)
        signal.signal(signal.SIGINT, self._interrupted)

    def _interrupted(self, *_: object) -> None:
        if not self.busy:  # never in the middle of a message, but right after it
            self.stop = True
            return
        raise KeyboardInterrupt

    def serve(self) -> None:
        while True:
            try:
                request = self.channel.receive()
            except EOFError:
                return
            except KeyboardInterrupt:
                continue
            reply = self._answer(request)
            if self._forked():
                os._exit(0)
            with self.lock:
                self.channel.send({**reply, "number": request["number"]}, foreign=True)

    def _forked(self) -> bool:
        """Say whether this is a copy that the trainee's code made: it must keep off the line to the judge."""
        return os.getpid() != self.pid

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            if request["do"] == "run":
                return self._run(request["source"])
            if request["do"] == "names":
                names: Any = self.shell.user_ns
                # Each on its own: one that is too large to travel takes no other with it.
                return {f"name {name}": names[name] for name in request["names"] if name in names}
            return self._call(request)
        except KeyboardInterrupt:
            return {"interrupted": True}
        finally:
            self.busy = False

    # ---- cells

    def _run(self, source: str) -> dict[str, Any]:
        self.printed_signs = self.rich_signs = 0
        self.busy = True
        result = self.shell.run_cell(source, store_history=True)
        self.busy = False
        self._raw_printed()
        self.flush()
        return {"done": True, "ok": bool(result.success), "count": self.shell.execution_count - 1}

    def printed(self, stream: str, words: str) -> None:
        if self.catching is not None:
            its_own = stream == "stdout" and threading.get_ident() not in self.bystanders
            if its_own and self.catching.tell() < MOST_TEXT:
                self.catching.write(words[:MOST_TEXT])
            return
        if self._forked():
            os.write(1, words.encode("utf-8", "replace"))
            return
        with self.lock:
            room = MOST_TEXT - self.printed_signs
            if room <= 0:
                return
            self.printed_signs += len(words)
            words = words if len(words) <= room else words[:room] + _MORE
            if self.text and self.text[-1][0] != stream:
                self.flush()
            self.text.append((stream, words))
            self.held += len(words)
            if self.held > _CHUNK:
                self.flush()

    def flush(self) -> None:
        with self.lock:
            if self.text and not self._forked():
                stream, whole = self.text[0][0], "".join(words for _, words in self.text)
                self.text, self.held = [], 0
                self._send_output({"output_type": "stream", "name": stream, "text": whole})

    def emit(self, output: dict[str, Any]) -> None:
        """Send what a cell shows: a table, a figure, an error."""
        if self.catching is not None or self._forked():
            return
        with self.lock:
            self.flush()
            before = self.rich_signs
            self.rich_signs += _CHUNK // 20 + len(repr(output))  # many small ones are too many as well
            if self.rich_signs <= MOST_RICH:
                self._send_output(output)
            elif before <= MOST_RICH and output.get("output_type") != "error":
                self._send_output({"output_type": "stream", "name": "stdout", "text": _MORE})

    def _send_output(self, output: dict[str, Any]) -> None:
        busy, self.stop = self.busy, False
        self.busy = False
        try:
            self.channel.send({"output": output}, foreign=True)
        finally:
            self.busy = busy
        if self.stop and busy:
            signal.raise_signal(signal.SIGINT)  # reaches the main thread, whichever has printed

    def _raw_printed(self) -> None:
        """Take over what went past ``sys.stdout``: from a program that the cell started, say."""
        size = os.fstat(self.raw).st_size
        if size:
            content = os.pread(self.raw, MOST_TEXT, 0)
            os.ftruncate(self.raw, 0)
            self.printed("stdout", content.decode("utf-8", "replace") + (_MORE if size > MOST_TEXT else ""))

    # ---- calls

    def _call(self, request: dict[str, Any]) -> dict[str, Any]:
        name = request["name"]
        if name not in self.shell.user_ns:
            return {"missing": name}
        args, kwargs = request["args"], request["kwargs"]
        self.bystanders = {thread.ident or 0 for thread in threading.enumerate()} - {threading.get_ident()}
        with contextlib.suppress(Exception):
            # As at the end of a cell in Jupyter: plt.bar(…) would otherwise draw into the call before.
            self.close_figures("all")
        self.catching = io.StringIO()
        self.busy = True
        try:
            # Wherever a cell has sent the output to: this is about what the function prints.
            with contextlib.redirect_stdout(self.stdout):
                reply = self.call(self.shell.user_ns[name], args, kwargs, in_place=True)
        except BaseException as error:  # not only an Exception, or one that cannot say what it is
            bases = tuple(base.__name__ for base in type(error).__mro__)
            return {"stopped": {"error": type(error).__name__, "message": "", "bases": bases}}
        finally:
            self.busy = False
            printed, self.catching = self.catching.getvalue(), None
        places = {place: args[place] if isinstance(place, int) else kwargs[place] for place in reply.changed}
        stopped = None if reply.stopped is None else {**vars(reply.stopped)}
        return {
            "value": reply.value,
            "stopped": stopped,
            "printed": printed,
            "changed": places,
            "reads": reply.reads,
        }


def _raw_output() -> int:
    """Let what a program writes to descriptors 1 and 2 go to a file without a name."""
    import tempfile

    with tempfile.TemporaryFile() as file:
        kept = os.dup(file.fileno())
    import fcntl

    fcntl.fcntl(kept, fcntl.F_SETFL, fcntl.fcntl(kept, fcntl.F_GETFL) | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(kept, stream)
    return kept


if __name__ == "__main__":
    main(sys.argv[1:])
