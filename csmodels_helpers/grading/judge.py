"""Runs the test cells of one submission after another, each against a runner of its own.

``python -m csmodels_helpers.grading.judge FD`` is a worker: it reads an assignment once, runs what comes with
it (imports, data), starts the sandboxed zygote of the runners, and forks a judge for each submission. In the
judge, names that the trainee defined are proxies: reading one fetches its value, calling one sends the
arguments over. So a test cell acts as in Jupyter, and the trainee's code has nothing to tamper with.
"""

from __future__ import annotations

import ast
import base64
import builtins
import contextlib
import gc
import io
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from csmodels_helpers.check_calls import Foreign, Remote, Reply, Stopped
from csmodels_helpers.check_feedback import CheckFailed, plain
from csmodels_helpers.grading import sandbox
from csmodels_helpers.grading.contract import bound_names, student_names
from csmodels_helpers.grading.course import stamp
from csmodels_helpers.grading.protocol import Channel, ProtocolError, pack, unpack
from csmodels_helpers.language import text

__all__ = ["ENDS"]

ENDS = ("time", "idle", "left", "crashed", "killed", "flood", "garbled", "given-up")
"""How a trainee's code can fail to come to its own end; each has its message ``grade.ended.…``."""

_RESTARTS = 3  # how often a trainee's process is started anew after a cell that ended it
_MOST_BYTES = 48_000_000  # that a cell may send
_MOST_MESSAGES = 20_000
_MOST_SHOWN = 24_000_000  # bytes of outputs that a notebook keeps
_MOST_TEXT = 1_000_000  # signs of one text among them
_MORE = "\n[…]\n"
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
        return _error(name, text(f"grade.ended.{self.how}"))


# -------------------------------------------------------------------------------------- the assignment


class Exam:
    """An assignment, ready to judge: test cells compiled, what comes with it run.

    Parameters
    ----------
    cells : list of dict
        The source's cells.
    private : dict of str
        Test cell → code of an instructor's own tests.
    """

    def __init__(self, cells: list[dict[str, Any]], private: dict[str, str]) -> None:
        self.names = student_names({"cells": cells})
        self.code: dict[str, Any] = {}
        self.used: dict[str, list[str]] = {}
        self.tests: set[str] = set()
        trees: list[tuple[bool, str, ast.Module]] = []
        for cell in cells:
            role, name = stamp(cell), str(cell["id"])
            if cell["cell_type"] != "code" or role.get("solution"):
                continue
            is_test = bool(role.get("grade"))
            source = str(private.get(name, cell["source"]) if is_test else cell["source"])
            tree = ast.parse(_without_magics(source))
            self.code[name] = compile(tree, f"<{name}>", "exec")
            self.used[name] = sorted(_loaded(tree) & self.names)
            if is_test:
                self.tests.add(name)
            trees.append((is_test, name, tree))
        self.namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
        self.ready = self._independent(trees)
        if self.ready:
            for is_test, name, _ in trees:
                if not is_test:
                    execute(self.code[name], self.namespace)

    def _independent(self, trees: list[tuple[bool, str, ast.Module]]) -> bool:
        """Say whether what comes with the assignment is the same whatever trainees and tests do."""
        seen: set[str] = set()
        for is_test, name, tree in trees:
            if is_test:
                seen |= _loaded(tree) | bound_names(tree)
            elif self.used[name] or bound_names(tree) & seen:
                return False
        return True


def _comes_with(cell: dict[str, Any]) -> bool:
    """Say whether a cell is the assignment's own code, neither an answer nor a test."""
    role = stamp(cell)
    return cell["cell_type"] == "code" and not role.get("solution") and not role.get("grade")


def execute(code: Any, namespace: dict[str, Any]) -> None:
    """Run a cell of ours; what it prints or warns of is nobody's business."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(code, namespace)


def _loaded(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _without_magics(source: str) -> str:
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())


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
                    more = {"output_type": "stream", "text": _MORE}
                    _keep(reply["output"] if self.shown <= _MOST_SHOWN else more, outputs)
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
        return Ended("killed" if -ended["code"] == signal.SIGKILL else "crashed")

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


# --------------------------------------------------------------------------------------------- outputs


def _keep(output: Any, outputs: list[dict[str, Any]]) -> None:
    """Add an output in nbformat's form; what is not in that form is left out."""
    if not isinstance(output, dict):
        return
    kind = str(output.get("output_type"))
    if kind == "stream":
        name = "stderr" if str(output.get("name")) == "stderr" else "stdout"
        if outputs and outputs[-1].get("name") == name:
            if len(outputs[-1]["text"]) < _MOST_TEXT and not outputs[-1]["text"].endswith(_MORE):
                outputs[-1]["text"] += _fair(str(output.get("text")))
        else:
            outputs.append({"output_type": "stream", "name": name, "text": _fair(str(output.get("text")))})
    elif kind == "error":
        lines = output.get("traceback")
        shown = [str(line) for line in lines] if isinstance(lines, list | tuple) else []
        outputs.append(_error(str(output.get("ename")), str(output.get("evalue")), shown))
    elif kind == "clear_output":
        outputs.clear()
    elif kind in ("display_data", "execute_result"):
        _keep_rich(kind, output, outputs)


def _keep_rich(kind: str, output: dict[str, Any], outputs: list[dict[str, Any]]) -> None:
    bundle = output.get("data")
    data: dict[str, Any] = {}
    for mime, content in bundle.items() if isinstance(bundle, dict) else ():
        name, value = _fair(str(mime)), _json(content)
        is_json = name == "application/json" or (name.startswith("application/") and name.endswith("+json"))
        data[name] = value if is_json else str(value)
    made: dict[str, Any] = {"output_type": kind, "data": data, "metadata": {}}
    if kind == "execute_result":
        count = output.get("execution_count")
        made["execution_count"] = count if type(count) is int and 0 <= count < 10**6 else None
    shown = output.get("display_id")
    if isinstance(shown, str):
        shown = _fair(shown)
        made["metadata"] = {"display_id": shown}
        if output.get("update") is True:
            for other in outputs:
                if other.get("metadata", {}).get("display_id") == shown:
                    other["data"] = data
            return
    outputs.append(made)


def _json(value: Any) -> Any:
    """Return what nbformat allows in a bundle: text, or JSON made of plain values."""
    if isinstance(value, str):
        return _fair(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    try:
        return json.loads(_fair(json.dumps(value, allow_nan=False, ensure_ascii=False)))
    except (TypeError, ValueError, RecursionError):
        return str(type(value).__name__)


def _error(name: str, message: str, lines: list[str] | None = None) -> dict[str, Any]:
    shown = [_fair(line) for line in ([f"{name}: {message}"] if lines is None else lines)]
    return {"output_type": "error", "ename": _fair(name), "evalue": _fair(message), "traceback": shown}


def _fair(words: str) -> str:
    """Replace what no file in UTF-8 can hold."""
    return words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


# ------------------------------------------------------------------------------------------- the judge


class Function(Remote):
    """A trainee's function: calling it is calling the runner.

    Parameters
    ----------
    name : str
        Its name.
    runner : Runner
        Where it lives.
    """

    def __init__(self, name: str, runner: Runner) -> None:
        self.__name__, self._runner = name, runner

    def reply(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Reply:
        """Call the function; see :class:`Remote`."""
        answer = self._runner.ask({"do": "call", "name": self.__name__, "args": args, "kwargs": kwargs})
        if "missing" in answer:
            raise NameError(f"name '{self.__name__}' is not defined")
        changed: Any = answer.get("changed")
        after: dict[Any, Any] = changed if isinstance(changed, dict) else {}
        places = {place: value for place, value in after.items() if _is_place(place, args, kwargs)}
        return Reply(
            answer.get("value"),
            _stopped(answer.get("stopped")),
            _text(answer.get("printed")),
            tuple(places),
            places,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        reply = self.reply(args, kwargs)
        if reply.stopped is not None:
            kind = getattr(builtins, reply.stopped.error, RuntimeError)
            ours = isinstance(kind, type) and issubclass(kind, Exception)
            raise (kind if ours else RuntimeError)(reply.stopped.message)
        return reply.value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _is_place(place: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    if type(place) is int:
        return 0 <= place < len(args)
    return isinstance(place, str) and place in kwargs


def _stopped(fields: Any) -> Stopped | None:
    if not isinstance(fields, dict):
        return None
    bases, line = fields.get("bases"), fields.get("line")
    return Stopped(
        str(fields.get("error"))[:200],
        str(fields.get("message"))[:10_000],
        tuple(str(base) for base in bases) if isinstance(bases, tuple | list) else (),
        line if type(line) is int else None,
        _text(fields.get("source"))[:1_000],
    )


class Judge:
    """Grades one submission.

    Parameters
    ----------
    exam : Exam
        The assignment.
    runner : Runner
        Runs the trainee's code.
    limits : CellLimits
        What a cell may use.
    """

    def __init__(self, exam: Exam, runner: Runner, limits: CellLimits) -> None:
        self.exam, self.runner, self.limits = exam, runner, limits
        self.namespace = exam.namespace
        self.ran: list[str] = []  # cells to run again after a restart
        self.restarts = 0
        self.reasons: dict[str, str] = {}  # cell → why it has no points, or how it ended

    def grade(self, notebook: dict[str, Any]) -> dict[str, Any]:
        """Run a notebook and judge its test cells; fills in the outputs.

        Parameters
        ----------
        notebook : dict
            As :mod:`csmodels_helpers.grading.intake` makes it.

        Returns
        -------
        dict
            ``notebook``, ``reasons`` and the seconds of ``cpu`` that the trainee's code took.
        """
        self.runner.start()
        for cell in notebook["cells"]:
            if cell["cell_type"] != "code":
                continue
            name, outputs = str(cell["id"]), cell["outputs"]
            if name in self.exam.tests:
                self._test(name, outputs)
                continue
            if not self.exam.ready and name in self.exam.code:
                self._ours(name)
            self._run(name, cell, outputs)
        self.runner.end()
        return {"notebook": notebook, "reasons": self.reasons, "cpu": self.runner.cpu}

    def _run(self, name: str, cell: dict[str, Any], outputs: list[dict[str, Any]]) -> None:
        try:
            reply = self.runner.ask({"do": "run", "source": cell["source"]}, outputs)
            count = reply.get("count")
            cell["execution_count"] = count if type(count) is int and 0 <= count < 10**6 else None
            self.ran.append(cell["source"])
        except Ended as ended:
            self.reasons[name] = ended.how
            outputs.append(ended.output())
            if self.runner.channel is None:
                self._restart()
            else:
                self.ran.append(cell["source"])

    def _restart(self) -> None:
        """Start the trainee's process anew, with all the cells but the ones that ended it."""
        if self.restarts >= _RESTARTS:
            return
        self.restarts += 1
        self.runner.start()
        try:
            for source in self.ran:
                self.runner.ask({"do": "run", "source": source}, [])
        except Ended:
            self.runner.end()

    def _ours(self, name: str) -> None:
        """Run a cell that comes with the assignment, where it depends on what stands above it."""
        with contextlib.suppress(Exception):
            self._fetch(name)
            execute(self.exam.code[name], self.namespace)

    def _fetch(self, name: str) -> None:
        """Bind the trainee's names that a cell uses; what they did not define is not there."""
        used = self.exam.used[name]
        if not used:
            return
        found = self.runner.ask({"do": "names", "names": used})
        for one in used:
            self.namespace.pop(one, None)
            if f"name {one}" in found:
                value = found[f"name {one}"]
                is_function = isinstance(value, Foreign) and value.function
                self.namespace[one] = Function(one, self.runner) if is_function else value

    def _test(self, name: str, outputs: list[dict[str, Any]]) -> None:
        try:
            with _cpu_limit(self.limits.test):
                self._fetch(name)
                execute(self.exam.code[name], self.namespace)
            return
        except CheckFailed as failed:
            self.reasons[name] = f"{failed.item}/{failed.misconception or failed.reason}"
            outputs.append(_error("CheckFailed", str(failed), plain(failed.message).splitlines()))
        except Ended as ended:
            self.reasons[name] = ended.how
            outputs.append(ended.output())
        except _TooSlow:
            self.reasons[name] = "time"
            outputs.append(Ended("time").output())
        except Exception as error:
            # No stack: it would show the hidden test.
            kind = type(error).__name__
            self.reasons[name] = kind
            outputs.append(_error(kind, " ".join(str(error).split())[:1_000]))
        if self.runner.channel is None:
            self._restart()


class _TooSlow(BaseException):
    pass


@contextlib.contextmanager
def _cpu_limit(seconds: float) -> Generator[None]:
    def stop(*_: object) -> None:
        raise _TooSlow

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


# ------------------------------------------------------------------------------------------- the worker


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


def _start_zygote(setup: list[str], limits: sandbox.Limits, contained: bool) -> Zygote:
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


def main(descriptor: int) -> None:
    """Judge submissions until the other side hangs up.

    Parameters
    ----------
    descriptor : int
        Socket on which the assignment and then the submissions come.
    """
    os.environ["NBGRADER_EXECUTION"] = "autograde"
    link = Channel(socket.socket(fileno=descriptor))
    task: dict[str, Any] = link.receive()
    limits, cell_limits = sandbox.Limits(**task["limits"]), CellLimits(**task["cell_limits"])
    setup = [cell["source"] for cell in task["cells"] if _comes_with(cell)]
    zygote = _start_zygote(setup, limits, task["contained"])
    exam = Exam(task["cells"], task["private"])  # while the zygote gets warm
    gc.collect()
    gc.freeze()
    zygote.wait()
    link.send({"ready": True})
    try:
        while True:
            try:
                request = link.receive()
            except EOFError:
                break
            result, well = _judge_in_fork(exam, zygote, cell_limits, request)
            if not well:
                # Who knows what the zygote was in the middle of.
                zygote.process.kill()
                zygote.stop()
                zygote = _start_zygote(setup, limits, task["contained"])
                zygote.wait()
            link.send(result)
    finally:
        zygote.stop()


def _drop_outputs(notebook: dict[str, Any], tests: set[str]) -> None:
    """Leave out what a trainee's cells showed; what the judge says stays."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and cell["id"] not in tests:
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": _MORE}]


def _judge_in_fork(
    exam: Exam, zygote: Zygote, limits: CellLimits, request: dict[str, Any]
) -> tuple[dict[str, Any], bool]:
    """Judge in a process of its own: no submission can leave anything behind for the next."""
    reading, writing = os.pipe()
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reading)
            runner = Runner(zygote, request["files"], limits)
            result = Judge(exam, runner, limits).grade(request["notebook"])
            result |= {"judge_cpu": 0.0, "wall": 0.0}  # known later; there must be room for them
            try:
                content = pack(result)
            except ProtocolError:  # outputs too deep, or with too many entries: the scores do not need them
                _drop_outputs(result["notebook"], exam.tests)
                content = pack(result)
            with os.fdopen(writing, "wb") as file:
                file.write(content)
            code = 0
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        content = file.read()
    _, status, usage = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status) == 0 and content:
        result = unpack(content)
        result["judge_cpu"] = usage.ru_utime + usage.ru_stime
        result["wall"] = time.monotonic() - begun
        return result, True
    return {"failed": text("grade.failed.judge")}, False


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main(int(sys.argv[1]))
