"""What ``nbgrader autograde`` and the Formgrader's button use: the same intake, judge and writer, one by one.

Set by :func:`csmodels_helpers.grading.course.configure`. nbgrader keeps its converter; a hook looks at the
folder first, an exporter reads the hand-in through the intake, and one preprocessor runs, judges and records.
"""

from __future__ import annotations

import atexit
import os
import stat
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool
from traitlets.config import Application

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course, sandbox
from csmodels_helpers.grading.grade import (
    complete,
    course_directory,
    key_of,
    prepare,
    recorder_of,
)
from csmodels_helpers.grading.intake import MOST_ENTRIES, Source, read_folder, read_source
from csmodels_helpers.grading.late import timestamp
from csmodels_helpers.grading.worker import Settings, Worker
from csmodels_helpers.language import text

__all__ = ["HandIn", "RunAndJudge", "only_files", "ready"]

_workers: dict[str, Worker] = {}
_known: set[str] = set()


def ready(assignment: str, student: str, notebooks: list[str]) -> None:
    """Get ready for a hand-in: the gradebook knows the assignment, and the folder holds files only.

    nbgrader's ``pre_convert_hook``. ``exercises/`` comes with the course, the gradebook does not; nbgrader
    knows an assignment only after a release of its own.

    Parameters
    ----------
    assignment, student, notebooks
        As for :func:`only_files`.

    Examples
    --------
    >>> ready("no_such_assignment", "*", [])
    """
    only_files(assignment, student, notebooks)
    if assignment in _known or assignment not in course.assignments(Path.cwd()):
        return
    # The hook is told no settings; those of the command line, such as --db, are the application's.
    config = Application.instance().config if Application.initialized() else None
    directory = course_directory(Path.cwd(), config)
    with Gradebook(directory.db_url, directory.course_id) as book:
        try:
            book.find_notebook(assignment, assignment)
        except MissingEntry:
            prepare(Path.cwd(), assignment, directory)
    _known.add(assignment)


def only_files(assignment: str, student: str, notebooks: list[str]) -> None:
    """Take links, pipes, devices and crowds of files out of a hand-in: nbgrader would copy what they lead to.

    They are kept in ``refused/``, beside the folder of what was handed in.

    Parameters
    ----------
    assignment, student : str
        What nbgrader was asked for; "*" for all.
    notebooks : list of str
        The notebooks of this hand-in; changed where the intake takes another name for the right one.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     hand_in = Path(folder, "submitted", "li", "m05_kano")
    ...     hand_in.mkdir(parents=True)
    ...     (hand_in / "answers.csv").symlink_to("/etc/passwd")
    ...     only_files("m05_kano", "*", [str(hand_in / "m05_kano.ipynb")])
    ...     sorted(path.name for path in Path(folder, "refused").rglob("*.csv"))
    ['0-answers.csv']
    """
    for folder in {Path(notebook).parent for notebook in notebooks}:
        kept = folder.parents[2] / "refused" / folder.parent.name / folder.name
        found = [
            Path(above, name) for above, folders, files in os.walk(folder) for name in (*folders, *files)
        ]
        crowded = len(found) > MOST_ENTRIES  # nbgrader takes minutes for as many, the intake leaves them out
        number = len(list(kept.iterdir())) if kept.is_dir() else 0
        for path in found:
            if path.suffix == ".ipynb" or not os.path.lexists(path):  # notebooks are the intake's
                continue
            kind = path.lstat()
            copied = stat.S_ISDIR(kind.st_mode) or (stat.S_ISREG(kind.st_mode) and kind.st_nlink == 1)
            if not copied or (crowded and path.parent == folder and path.name != "timestamp.txt"):
                kept.mkdir(parents=True, exist_ok=True)
                path.rename(kept / f"{number}-{path.name}")
                number += 1
        wanted = folder / f"{folder.name}.ipynb"
        if str(wanted) not in notebooks:
            notebooks[:] = [str(wanted)]


def _source(directory: Any, assignment: str) -> Source:
    release = Path(directory.format_path(directory.release_directory, ".", assignment))
    return read_source(directory.root, assignment, release / f"{assignment}.ipynb")


class HandIn(NotebookExporter):
    """Reads what was handed in through the intake, which never fails for anything in it."""

    def from_filename(self, filename: str, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        """Return the clean notebook of a hand-in; a notebook of our own as it is."""
        converter: Any = self.parent
        directory = converter.coursedir
        about = resources["nbgrader"]
        folder = Path(
            directory.format_path(directory.submitted_directory, about["student"], about["assignment"])
        )
        if Path(filename).parent.resolve() != folder.resolve():
            return super().from_filename(filename, resources=resources, **kw)
        submission = read_folder(folder, _source(directory, about["assignment"]))
        notebook = nbformat.from_dict(submission.notebook)
        return self.from_notebook_node(notebook, resources=resources, **kw)


class RunAndJudge(NbGraderPreprocessor):
    """Runs the hand-in in the sandbox, judges it, and records the grades."""

    contained = Bool(True, help="Run hand-ins in the sandbox.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Grade one hand-in."""
        about = resources["nbgrader"]
        if self.contained and not sandbox.isolation().namespaces:
            raise CourseError(text("grade.run.no_sandbox"))
        directory = course_directory(Path.cwd(), self.config)
        assignment, student = about["assignment"], about["student"]
        source = _source(directory, assignment)
        folder = Path(directory.format_path(directory.submitted_directory, student, assignment))
        submission = read_folder(folder, source)
        result = _worker(source, Settings(contained=self.contained)).grade(submission)
        key = key_of(source, submission)
        with recorder_of(directory, assignment) as recorder:
            recorder.save(student, result, key, submission.key, timestamp=timestamp(folder))
        return nbformat.from_dict(complete(result)), resources


def _worker(source: Source, settings: Settings) -> Worker:
    if source.key not in _workers:
        _workers[source.key] = Worker(source, settings)
        atexit.register(_workers[source.key].close)
    return _workers[source.key]
