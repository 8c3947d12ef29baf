"""Grade a class: ``csmodels grade m05``.

Several workers run and judge, one writer records. The gradebook says what is graded: whatever dies, a second
run does what is left and ends with the same grades.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import queue
import stat
import tempfile
import threading
from collections import Counter
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import csmodels_helpers
from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import cluster, course, database, late, sandbox
from csmodels_helpers.grading.collected import write_whole
from csmodels_helpers.grading.intake import EXCHANGE_FILES, Source, Submission, read_folder, read_source
from csmodels_helpers.grading.late import timestamp
from csmodels_helpers.grading.record import Change, Known, Recorder, written
from csmodels_helpers.grading.release import generate
from csmodels_helpers.grading.storage import sync_folder
from csmodels_helpers.grading.withdrawn import Gone, Withdrawn
from csmodels_helpers.grading.worker import Result, Settings, Worker, private_tests
from csmodels_helpers.language import text

__all__ = ["Report", "grade", "prepare"]

_MOST_EXCHANGE_BYTES = 1_000  # nbgrader's secret has 128 signs


@dataclass
class Report:
    """What a run of the grader did.

    Parameters
    ----------
    assignment : str
        The assignment.
    changes : list of Change
        One entry a submission that was graded now.
    kept : int
        Submissions whose grade still holds.
    notes : dict of list
        Student → what was mended in the hand-in.
    late : dict of tuple
        Student → points that lateness cost before and costs now, of earlier grades where it changed.
    waiting, new : int
        Written answers of the class that wait for a person, and how many of them did not before.
    gone : list of Gone
        Grades of hand-ins that ``csmodels collect`` withdrew, taken out of the gradebook now.
    remarks : list of str
        What else the instructor should know.
    """

    assignment: str
    changes: list[Change] = field(default_factory=list[Change])
    kept: int = 0
    notes: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    late: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    waiting: int = 0
    new: int = 0
    gone: list[Gone] = field(default_factory=list[Gone])
    remarks: list[str] = field(default_factory=list[str])

    @property
    def failed(self) -> list[Change]:
        """Submissions that could not be graded for a reason that is not the trainee's."""
        return [change for change in self.changes if change.outcome == "failed"]

    def lines(self) -> list[str]:
        """Say what was done, in the language in force."""
        count = Counter(change.outcome for change in self.changes)
        done = {name: count[name] for name in ("graded", "refused", "failed")}
        key = "grade.run.done_refused" if done["refused"] else "grade.run.done"
        lines = [text(key, name=self.assignment, kept=self.kept, **done)]
        for change in self.changes:
            if change.outcome != "graded":
                key = f"grade.run.{change.outcome}"
                lines.append(text(key, student=change.student, reason=change.message))
        moved = [change for change in self.changes if change.changed]
        if moved or self.gone:
            lines.append(text("grade.run.changes"))
        for change in moved:
            before, after = f"{change.before:g}", f"{change.after:g}"
            lines.append(text("grade.run.changed", student=change.student, before=before, after=after))
        lines += [f"  {gone.message}" for gone in self.gone]
        for student, (before, after) in self.late.items():
            lines.append(text("grade.run.late", student=student, before=f"{before:g}", after=f"{after:g}"))
        if self.notes:
            lines.append(text("grade.run.notes"))
        for student, notes in self.notes.items():
            lines += [text("grade.run.note", student=student, note=note) for note in notes]
        if self.waiting:
            key = "one" if self.waiting == 1 else "some_new" if 0 < self.new < self.waiting else "many"
            lines.append(text(f"grade.run.waiting.{key}", n=self.waiting, new=self.new))
        return [*lines, *self.remarks]


# -------------------------------------------------------------------------------------- the assignment


def course_directory(root: str | Path, config: Any = None) -> Any:
    """Return nbgrader's idea of a course folder, with the settings of its ``nbgrader_config.py``.

    Parameters
    ----------
    root : str or Path
        The course folder.
    config : traitlets.config.Config, optional
        Settings that go before those of the file.

    Returns
    -------
    nbgrader.coursedir.CourseDirectory
        With folders and ``db_url``; its ``config`` has all other settings.

    Examples
    --------
    >>> course_directory(course.ROOT).source_directory
    'solutions'
    """
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config
    from traitlets.config.loader import PyFileConfigLoader

    base = Path(root).resolve()
    settings: Any = Config()
    if (base / "nbgrader_config.py").is_file():
        settings.merge(PyFileConfigLoader("nbgrader_config.py", path=str(base)).load_config())
    else:
        course.configure(settings, base)
    if config is not None:
        settings.merge(config)
    return CourseDirectory(config=settings)


def prepare(root: str | Path, name: str, directory: Any) -> Source:
    """Release an assignment into a temporary folder, so that the gradebook knows it.

    Parameters
    ----------
    root : str or Path
        The course folder.
    name : str
        The assignment.
    directory : nbgrader.coursedir.CourseDirectory
        As :func:`course_directory` returns it.

    Returns
    -------
    Source
        The assignment.

    Raises
    ------
    CourseError
        If there is no such assignment, or nbgrader cannot release it.

    Examples
    --------
    >>> prepare("no such folder", "m05_kano", None)
    Traceback (most recent call last):
        ...
    csmodels_helpers.errors.CourseError: There is no assignment "m05_kano". There are: -.
    """
    base = Path(root).resolve()
    known = course.assignments(base)
    if name not in known:
        raise CourseError(text("grading.intake.unknown", name=name, known=", ".join(known) or "-"))
    url = str(directory.db_url)
    database.ready(url, str(directory.course_id))
    with database.alone(url), tempfile.TemporaryDirectory(prefix="csmodels-grade-") as folder:
        released = generate(base, folder, [name], db_url=url)[name]
        return read_source(base, name, released)


def key_of(source: Source, submission: Submission) -> str:
    """Return what a grade is given for: the hand-in, the assignment with its tests, and the course's version.

    Parameters
    ----------
    source : Source
        The assignment.
    submission : Submission
        The hand-in.

    Returns
    -------
    str
        SHA-256.
    """
    whole = [submission.key, source.key, csmodels_helpers.__version__, private_tests(source)]
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()


def full_name(root: str | Path, short: str) -> str:
    """Return the assignment that a short name such as "m05" means; the name itself if none is."""
    found = [name for name in course.assignments(root) if name == short or name.startswith(f"{short}_")]
    return found[0] if len(found) == 1 else short


# ------------------------------------------------------------------------------------------- a class


def grade(
    root: str | Path,
    assignment: str,
    *,
    jobs: int = 0,
    students: Iterable[str] = (),
    force: bool = False,
    settings: Settings | None = None,
    config: Any = None,
    progress: Any = None,
    dask: str = "",
) -> Report:
    """Grade what has been handed in for an assignment.

    Parameters
    ----------
    root : str or Path
        The course folder.
    assignment : str
        The assignment, such as "m05_kano".
    jobs : int, default 0
        Workers; 0 takes one a processor core.
    students : iterable of str, optional
        Only these.
    force : bool, default False
        Also what is graded already.
    settings : Settings, optional
        How to run what trainees hand in.
    config : traitlets.config.Config, optional
        nbgrader's settings that go before those of the course folder.
    progress : callable, optional
        Gets the number of submissions to do and returns an object with ``update()`` and ``close()``.
    dask : str, optional
        Address of a Dask scheduler, such as ``tcp://grader:8786``: its workers run and judge, in place of
        workers on this machine, which still reads, records and writes.

    Returns
    -------
    Report
        What was done.

    Raises
    ------
    CourseError
        If there is no such assignment, nothing was handed in, or this machine has no sandbox; for all that
        can be wrong with a cluster see :func:`cluster.graded`.

    Examples
    --------
    >>> grade("no such folder", "m05_kano")
    Traceback (most recent call last):
        ...
    csmodels_helpers.errors.CourseError: There is no assignment "m05_kano". There are: -.
    """
    if dask and jobs:
        raise CourseError(text("cluster.jobs"))
    settings = settings or Settings()
    directory = course_directory(root, config)
    url = str(directory.db_url)
    with database.explained(url):
        source = prepare(root, assignment, directory)
    wanted = set(students)
    folders = [f for f in folders_of(directory, assignment) if not wanted or f.parent.name in wanted]
    nothing = text(
        "grade.run.nothing",
        path=directory.format_path(directory.submitted_directory, "<id>", assignment),
    )
    withdrawn = Withdrawn(directory, source)
    if not folders and not withdrawn.alone:
        raise CourseError(nothing)
    if settings.contained and not dask and not sandbox.isolation().namespaces:
        raise CourseError(text("grade.run.no_sandbox"))
    report, most = Report(assignment), len(folders)
    with database.explained(url), recorder_of(directory, assignment) as recorder:
        report.late = recorder.refresh_late()
        waiting = recorder.waiting()
        known = {} if force else recorder.known()
        todo = _todo(folders, source, known, directory, report, recorder, withdrawn)
        if dask and folders:
            results = cluster.graded(dask, todo, source, settings, most=most, remarks=report.remarks)
        else:
            results = _graded(todo, source, settings, jobs, most)
        bar = progress(most) if progress is not None else None
        shown = 0
        try:
            for folder, submission, key, result in results:
                student = folder.parent.name
                target = _target(directory, student, assignment)
                beside = _write_beside(target, result)
                change = recorder.save(
                    student,
                    result,
                    key,
                    submission.key,
                    timestamp=timestamp(folder),
                    withdrawn=withdrawn.keys(student),
                    before=_written(target),
                )
                if change.kept:
                    beside.unlink()
                else:
                    _bring_exchange_files(folder, target.parent)
                    beside.replace(target)
                report.changes.append(change)
                notes = [note.message for note in submission.notes]
                if notes:
                    report.notes[student] = notes
                shown = _advance(bar, shown, report)
            _advance(bar, shown, report)
        finally:
            results.close()  # whatever went wrong here, the workers are told to end
            if bar is not None:
                bar.close()
        report.gone = withdrawn.take_out(recorder, wanted)
        now = recorder.waiting()
        report.waiting, report.new = len(now), len(now - waiting)
    if not folders and not report.gone:
        raise CourseError(nothing)
    return report


def recorder_of(directory: Any, assignment: str) -> Recorder:
    """Return the writer of an assignment, with the extensions that lie beside what was handed in.

    Parameters
    ----------
    directory : nbgrader.coursedir.CourseDirectory
        As :func:`course_directory` returns it.
    assignment : str
        The assignment, which the gradebook must know.

    Returns
    -------
    Recorder
        To be closed.
    """
    handed_in = directory.format_path(directory.submitted_directory, "x", "y")
    extensions = late.read_extensions(Path(handed_in).parents[2] / "extensions.csv")
    return Recorder(directory.db_url, directory.course_id, assignment, directory.config, extensions)


def folders_of(directory: Any, assignment: str) -> list[Path]:
    """Return the folders that were handed in for an assignment, in the order of the students' ids.

    Parameters
    ----------
    directory : nbgrader.coursedir.CourseDirectory
        As :func:`course_directory` returns it.
    assignment : str
        The assignment.

    Returns
    -------
    list of Path
        ``submitted/<student>/<assignment>``; empty if nothing was handed in.
    """
    pattern = directory.format_path(directory.submitted_directory, "{student}", assignment)
    above = Path(pattern.partition("{student}")[0])
    if not above.is_dir():
        return []
    with os.scandir(above) as entries:
        names = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    found = [Path(directory.format_path(directory.submitted_directory, name, assignment)) for name in names]
    return [folder for folder in found if folder.is_dir()]


def _advance(bar: Any, shown: int, report: Report) -> int:
    """Let the bar show all that is done: what is graded, and what needs nothing."""
    done = report.kept + len(report.changes)
    if bar is not None:
        for _ in range(done - shown):
            bar.update()
    return done


def _todo(
    folders: list[Path],
    source: Source,
    known: dict[str, Known],
    directory: Any,
    report: Report,
    recorder: Recorder,
    withdrawn: Withdrawn,
) -> Generator[tuple[Path, Submission, str]]:
    """Yield what has to be graded: all but what has its grade for exactly this."""
    for folder in folders:
        refused = recorder.refused(folder.parent.name)
        if refused is not None:
            report.changes.append(refused)
            continue
        submission = read_folder(folder, source)
        key = key_of(source, submission)
        old = known.get(folder.parent.name)
        target = _target(directory, folder.parent.name, source.name)
        # What lies beside it belongs to a run that died: whether before or after the gradebook had its
        # grade, nobody can say.
        there = target.is_file() and not _beside(target).exists()
        # Where the first or the best counts, it must not be one that was withdrawn.
        stale = withdrawn.keys(folder.parent.name) - {submission.key}
        fits = old is not None and old.outcome != "failed" and old.key == key
        if old is not None and fits and there and old.submission not in stale:
            report.kept += 1
            continue
        yield folder, submission, key


def _graded(
    todo: Iterable[tuple[Path, Submission, str]], source: Source, settings: Settings, jobs: int, most: int
) -> Generator[tuple[Path, Submission, str, Result]]:
    """Hand submissions to workers and yield the results as they come."""
    number = max(1, min(jobs or os.cpu_count() or 1, most))
    tasks: queue.Queue[Any] = queue.Queue(2 * number)  # bounded: memory stays flat
    results: queue.Queue[Any] = queue.Queue(2 * number)
    stop = threading.Event()
    workers = [Worker(source, settings) for _ in range(number)]

    def feed() -> None:
        try:
            for task in todo:
                if not _put(tasks, task, stop):
                    return
            for _ in workers:
                _put(tasks, None, stop)
        except BaseException as error:
            _put(results, error, stop)

    def work(worker: Worker) -> None:
        try:
            while not stop.is_set():
                try:
                    task = tasks.get(timeout=0.2)
                except queue.Empty:
                    continue
                if task is None:
                    break
                folder, submission, key = task
                _put(results, (folder, submission, key, worker.grade(submission)), stop)
        except BaseException as error:
            _put(results, error, stop)
        finally:
            worker.close()
            _put(results, None, stop)

    threads = [threading.Thread(target=feed, daemon=True)]
    threads += [threading.Thread(target=work, args=(worker,), daemon=True) for worker in workers]
    for thread in threads:
        thread.start()
    try:
        left = number
        while left:
            result = results.get()
            if result is None:
                left -= 1
            elif isinstance(result, BaseException):
                raise result
            else:
                yield result
    finally:
        stop.set()
        for thread in threads[1:]:
            thread.join(15)


def _put(line: queue.Queue[Any], item: Any, stop: threading.Event) -> bool:
    while not stop.is_set():
        with contextlib.suppress(queue.Full):
            line.put(item, timeout=0.2)
            return True
    return False


# ------------------------------------------------------------------------------------------- the files


def _target(directory: Any, student: str, assignment: str) -> Path:
    folder = directory.format_path(directory.autograded_directory, student, assignment)
    return Path(folder) / f"{assignment}.ipynb"


def _written(target: Path) -> dict[str, str]:
    """Return the written answers that somebody may have marked: those of the graded notebook."""
    try:
        return written(course.read_notebook(target))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}


def complete(result: Result) -> dict[str, Any]:
    """Return a graded notebook with what came of it in its metadata, for the Formgrader and the feedback."""
    notebook = result.notebook
    about = {"outcome": result.outcome, "reasons": result.reasons, "cpu": round(result.cpu, 3)}
    notebook["metadata"]["csmodels"] = {**notebook["metadata"].get("csmodels", {}), **about}
    if result.outcome == "failed":
        notebook["metadata"]["csmodels_refused"] = "failed"
    return notebook


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")


def _bring_exchange_files(folder: Path, graded: Path) -> None:
    """Put beside a graded notebook what the exchange knows its hand-in by: feedback is released by it.

    As nbgrader's own ``autograde`` does. Nothing stays of an earlier hand-in.
    """
    for name in EXCHANGE_FILES:
        source, copy = folder / name, graded / name
        # It came from the trainee: no link is followed, nothing large is read.
        about = source.lstat() if os.path.lexists(source) else None
        if about is not None and stat.S_ISREG(about.st_mode) and about.st_size <= _MOST_EXCHANGE_BYTES:
            write_whole(copy, source.read_bytes())
        else:
            copy.unlink(missing_ok=True)


def _write_beside(path: Path, result: Result) -> Path:
    """Write a graded notebook beside its place, for good; it gets its name when the gradebook has the grade.

    In this order whatever ends the grader leaves a trace: the file beside, or a grade for another hand-in.
    The other way round, an old notebook could pass for that of a new grade; and where the disk is full, the
    gradebook is not changed.
    """
    notebook, beside = complete(result), _beside(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside.unlink(missing_ok=True)
    with beside.open("x", encoding="utf-8") as file:
        file.write(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.chmod(0o444)  # as nbgrader leaves it
    sync_folder(path.parent)
    return beside
