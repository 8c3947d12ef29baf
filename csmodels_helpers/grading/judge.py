"""Runs the test cells of one submission after another, each against a runner of its own.

``python -m csmodels_helpers.grading.judge FD`` is a worker: it reads an assignment once, runs what comes with
it (imports, data), starts the sandboxed zygote of the runners, and forks a judge for each submission. In the
judge, names that the trainee defined are proxies: reading one fetches its value, calling one sends the
arguments over. So a test cell acts as in Jupyter, and the trainee's code has nothing to tamper with.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import gc
import io
import os
import resource
import select
import signal
import socket
import sys
import time
import warnings
from collections.abc import Generator
from typing import Any

from csmodels_helpers.check_calls import Foreign, Remote, Reply, Stopped
from csmodels_helpers.check_feedback import CheckFailed, plain
from csmodels_helpers.check_items import give
from csmodels_helpers.grading import sandbox
from csmodels_helpers.grading.contract import bound_names, graded_cells, student_names
from csmodels_helpers.grading.course import stamp
from csmodels_helpers.grading.judge_outputs import MORE, error_output
from csmodels_helpers.grading.judge_runner import CellLimits, Ended, Runner, Zygote, start_zygote
from csmodels_helpers.grading.protocol import MAX_BYTES, Channel, ProtocolError, pack
from csmodels_helpers.language import text

__all__: list[str] = []

_MOST_RESULT = MAX_BYTES - 1_000  # it travels on within a message
_KILLED = 9  # exit code of a fork whose hand-in was killed
_RESTARTS = 3  # how often a trainee's process is started anew after a cell that ended it


# -------------------------------------------------------------------------------------- the assignment


class Exam:
    """An assignment, ready to judge: test cells compiled, what comes with it run.

    Parameters
    ----------
    cells : list of dict
        The source's cells.
    private : dict of str
        Test cell → code of an instructor's own tests.
    released : dict of str
        Cell → its source as it is handed out.
    """

    def __init__(
        self, cells: list[dict[str, Any]], private: dict[str, str], released: dict[str, str] | None = None
    ) -> None:
        self.answers = {one.cell: one.solution for one in graded_cells({"cells": cells}) if not one.written}
        self.released = {cell: source.strip() for cell, source in (released or {}).items()}
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
            _names(answer.get("reads")),
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        reply = self.reply(args, kwargs)
        if reply.stopped is not None:
            kind = getattr(builtins, reply.stopped.error, RuntimeError)
            ours = isinstance(kind, type) and issubclass(kind, Exception)
            raise (kind if ours else RuntimeError)(reply.stopped.message)
        return reply.value


def _names(value: Any) -> tuple[str, ...]:
    return tuple(name for name in value if isinstance(name, str)) if isinstance(value, tuple | list) else ()


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
        self.untouched: set[str] = set()  # tests of cells that are as they were handed out

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
        handed_in = {str(cell["id"]): cell["source"].strip() for cell in notebook["cells"]}
        same = {cell for cell, source in self.exam.released.items() if handed_in.get(cell) == source}
        self.untouched = {test for test, answer in self.exam.answers.items() if answer in same}
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
            if name in self.untouched:  # a faulty line that nobody touched is nobody's mistake
                said = text("grading.reasons.not-answered")
                failed = CheckFailed(said, item=failed.item, reason="not-answered")
            self.reasons[name] = f"{failed.item}/{failed.misconception or failed.reason}"
            outputs.append(error_output("CheckFailed", str(failed), plain(failed.message).splitlines()))
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
            outputs.append(error_output(kind, " ".join(str(error).split())[:1_000]))
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


def main(descriptor: int) -> None:
    """Judge submissions until the other side hangs up.

    Parameters
    ----------
    descriptor : int
        Socket on which the assignment and then the submissions come.
    """
    os.environ["NBGRADER_EXECUTION"] = "autograde"
    grader = socket.socket(fileno=descriptor)
    link = Channel(grader)
    with contextlib.suppress(EOFError):  # the grader is gone, and with it whoever could want a result
        _serve(link, grader, link.receive())


def _serve(link: Channel, grader: socket.socket, task: dict[str, Any]) -> None:
    give(task["messages"])
    limits, cell_limits = sandbox.Limits(**task["limits"]), CellLimits(**task["cell_limits"])
    setup = [cell["source"] for cell in task["cells"] if _comes_with(cell)]
    # Told to end, it does so in the middle of a submission, and cleans up after the sandbox.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    zygote = start_zygote(setup, limits, task["contained"])
    try:
        exam = Exam(task["cells"], task["private"], task["released"])  # while the zygote gets warm
        gc.collect()
        gc.freeze()
        zygote.wait()
        link.send({"ready": True})
        while True:
            request = link.receive()
            result, how = _judge_in_fork(exam, zygote, cell_limits, request, grader)
            if how == "killed":
                # A machine that is out of memory kills anybody. What a hand-in does to itself it does again.
                result, how = _judge_in_fork(exam, zygote, cell_limits, request, grader)
            if how == "failed":
                # Who knows what the zygote was in the middle of.
                zygote.process.kill()
                zygote.stop()
                zygote = start_zygote(setup, limits, task["contained"])
                zygote.wait()
            link.send(result)
    except SystemExit:
        zygote.process.kill()  # it may be waiting for a trainee's loop
        raise
    finally:
        zygote.stop()


def _drop_outputs(notebook: dict[str, Any], tests: set[str]) -> None:
    """Leave out what a trainee's cells showed; what the judge says stays."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and cell["id"] not in tests:
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": MORE}]


def _judge_in_fork(
    exam: Exam, zygote: Zygote, limits: CellLimits, request: dict[str, Any], grader: socket.socket
) -> tuple[dict[str, Any], str]:
    """Judge in a process of its own: no submission can leave anything behind for the next.

    Says how that went, too: "well", "killed" (well, but the trainee's process was killed) or "failed".
    """
    reading, writing = os.pipe()
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reading)
            runner = Runner(zygote, request["files"], limits)
            result = Judge(exam, runner, limits).grade(request["notebook"])
            try:
                content = pack(result)
            except ProtocolError:  # outputs too deep, or with too many entries: the scores do not need them
                content = b""
            if not 0 < len(content) < _MOST_RESULT:
                _drop_outputs(result["notebook"], exam.tests)
                content = pack(result)
            with os.fdopen(writing, "wb") as file:
                file.write(content)
            # Not every death stands among the reasons: one while a process was started anew does not.
            code = _KILLED if runner.was_killed else 0
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        # The grader says nothing before it has its answer: what comes from it is its end. Nobody then waits
        # for a loop that goes on for a minute.
        ready, _, _ = select.select([file, grader], [], [])
        if grader in ready:
            os.kill(child, signal.SIGKILL)
            zygote.process.kill()
            raise EOFError
        content = file.read()
    _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code in (0, _KILLED) and content:
        used = usage.ru_utime + usage.ru_stime
        answer = {"result": content, "judge_cpu": used, "wall": time.monotonic() - begun}
        return answer, "killed" if code == _KILLED else "well"
    return {"failed": text("grade.failed.judge")}, "failed"


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main(int(sys.argv[1]))
