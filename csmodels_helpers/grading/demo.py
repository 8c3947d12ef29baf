"""A class of twelve made-up trainees is collected, graded and given feedback: ``make demo``.

Everything runs through nbgrader's own commands, in ``grading/demo/`` (which git ignores), and starts anew
each time. The table at the end compares each score with the one that the submission was made for.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course
from csmodels_helpers.grading.contract import GradedCell, graded_cells
from csmodels_helpers.grading.grade import grade
from csmodels_helpers.grading.release import generate
from csmodels_helpers.language import get_language, text

__all__ = ["Graded", "Trainee", "run", "trainees"]

_MARK = ".csmodels-demo"
_CONFIG = '''"""Settings of the demo class; made anew with it."""

from pathlib import Path

from csmodels_helpers.grading import course

course.configure(get_config(), Path(__file__).parent, work="")  # noqa: F821
'''


@dataclass(frozen=True)
class Trainee:
    """A made-up trainee.

    Parameters
    ----------
    name : str
        Who it is.
    answers : dict of str
        Solution cell → its source; cells that are not named stay as released.
    expected : float
        The score that this hand-in must get from the tests (written answers are marked by people).
    damage : bool
        Whether the file breaks off in the middle.
    """

    name: str
    answers: dict[str, str]
    expected: float
    damage: bool = False


@dataclass(frozen=True)
class Graded:
    """How one trainee fared.

    Parameters
    ----------
    name : str
        Who.
    score : float or None
        The score in the gradebook; None if there is none.
    expected : float
        The score that the hand-in was made for.
    """

    name: str
    score: float | None
    expected: float

    @property
    def ok(self) -> bool:
        """Whether the two agree."""
        return self.score is not None and abs(self.score - self.expected) < 1e-9


def without_markers(source: str) -> str:
    r"""Return the source of a solution cell as a trainee would have written it.

    Examples
    --------
    >>> without_markers("a = ...\n### BEGIN SOLUTION\na = 1\n### END SOLUTION")
    'a = ...\na = 1'
    """
    return "\n".join(line for line in source.splitlines() if not re.search(r"(BEGIN|END) SOLUTION", line))


def trainees(source: dict[str, Any], bank: dict[str, course.BankItem]) -> list[Trainee]:
    """Make up the class: right, right in other ways, wrong in known ways, unfinished, broken.

    Parameters
    ----------
    source : dict
        The source notebook.
    bank : dict of BankItem
        Known answers.

    Returns
    -------
    list of Trainee
        Twelve of them.

    Examples
    --------
    >>> source = course.read_notebook(course.ROOT / "solutions" / "m05_kano" / "m05_kano.ipynb")
    >>> bank = course.read_bank(course.ROOT / "tests" / "course" / "answers" / "m05.py")
    >>> [trainee.name for trainee in trainees(source, bank)][:3]
    ['right-1', 'right-2', 'otherway-1']
    """
    tests = [cell for cell in graded_cells(source) if not cell.written]
    points: dict[str, float] = {}
    for test in tests:
        points[test.item] = points.get(test.item, 0) + test.points
    full = sum(points.values())
    right = {
        str(cell["id"]): without_markers(cell["source"])
        for cell in source["cells"]
        if course.stamp(cell).get("solution")
    }
    known = {item: entry for item, entry in bank.items() if item in points}
    found = [Trainee(f"right-{n}", right, full) for n in (1, 2)]
    for n in (1, 2):
        other = dict(right)
        for entry in known.values():
            codes = list(entry.right.values())
            if codes:
                other[entry.cell] = codes[(n - 1) % len(codes)]
        found.append(Trainee(f"otherway-{n}", other, full))
    for n in range(4):
        found.append(_wrong(n, right, full, points, known))
    half = _half(tests)
    kept = {cell for cell in right if cell in {test.solution for test in tests if test.item in half}}
    found.append(
        Trainee("unfinished-1", {c: right[c] for c in kept}, sum(points[item] for item in half)),
    )
    found.append(Trainee("unfinished-2", {}, 0))
    found.append(Trainee("broken-1", right, 0, damage=True))
    first = tests[0] if tests else None
    broken = dict(right)
    lost = 0.0
    if first is not None:
        broken[first.solution] = f"{right[first.solution]}\nreturn (\n"
        lost = sum(test.points for test in tests if test.solution == first.solution)
    found.append(Trainee("broken-2", broken, full - lost))
    return found


def _wrong(
    n: int,
    right: dict[str, str],
    full: float,
    points: dict[str, float],
    known: dict[str, course.BankItem],
) -> Trainee:
    """Make a trainee who is wrong in every fourth item, in a way of the bank."""
    answers, lost = dict(right), 0.0
    for place, (item, entry) in enumerate(known.items()):
        if place % 4 == n % max(1, min(4, len(known))) and entry.wrong:
            names = list(entry.wrong)
            name = names[n % len(names)]
            answers[entry.cell] = entry.wrong[name]
            lost += entry.lost.get(name, points[item])
    return Trainee(f"wrong-{n + 1}", answers, full - lost)


def _half(tests: list[GradedCell]) -> list[str]:
    items = list(dict.fromkeys(test.item for test in tests))
    return items[: (len(items) + 1) // 2]


def run(
    root: str | Path = course.ROOT, assignment: str | None = None, *, jobs: int = 0, quiet: bool = False
) -> list[Graded]:
    """Make the class, grade it, make the feedback pages and export the scores.

    Parameters
    ----------
    root : str or Path, optional
        The course folder.
    assignment : str, optional
        Which assignment; by default m05_kano, else the first that has a bank of answers.
    jobs : int, default 0
        How many at a time; 0 takes one a processor core.
    quiet : bool, default False
        Without the progress bar.

    Returns
    -------
    list of Graded
        One entry a trainee.

    Raises
    ------
    CourseError
        If there is no such assignment, or a command of nbgrader fails.

    Examples
    --------
    >>> run("no such folder", "m05_kano")
    Traceback (most recent call last):
        ...
    csmodels_helpers.errors.CourseError: There is no assignment "m05_kano" with a bank of answers.
    There are: -.
    """
    base = Path(root).resolve()
    name = _choose(base, assignment)
    folder = base / "grading" / "demo"
    _clear(folder)
    (folder / _MARK).write_text("", encoding="utf-8")
    released = generate(base, folder, [name])[name]
    (folder / "nbgrader_config.py").write_text(_CONFIG, encoding="utf-8")
    source = course.read_notebook(base / "solutions" / name / f"{name}.ipynb")
    trainees_ = trainees(source, course.read_bank(_bank(base, name)))
    for trainee in trainees_:
        _hand_in(trainee, released, folder / "submitted" / trainee.name / name)
    grade(folder, name, jobs=jobs, progress=None if quiet else _bar)
    _nbgrader(folder, ["generate_feedback", name])
    _nbgrader(folder, ["export", "--to", str(folder / "grades.csv")])
    return _scores(folder, name, trainees_)


def _bar(number: int) -> Any:
    return tqdm(total=number, desc=text("grading.demo.grading"), unit="", file=sys.stdout)


def _bank(base: Path, name: str) -> Path:
    return base / "tests" / "course" / "answers" / f"{name[:3]}.py"


def _choose(base: Path, assignment: str | None) -> str:
    ready = [name for name in course.assignments(base) if _bank(base, name).is_file()]
    if assignment is None and ready:
        return "m05_kano" if "m05_kano" in ready else ready[0]
    if assignment not in ready:
        raise CourseError(text("grading.demo.nothing", name=assignment or "-", ready=", ".join(ready) or "-"))
    return assignment


def _clear(folder: Path) -> None:
    """Remove an earlier demo, whole or broken off; nothing that is not one."""
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).is_file():
        raise CourseError(text("grading.demo.not_ours", path=folder))
    for file in sorted(folder.rglob("*"), reverse=True) if folder.exists() else []:
        # The mark goes last, so that a demo that is stopped while it is cleared is still known as one.
        if file.name == _MARK:
            continue
        if file.is_dir() and not file.is_symlink():
            shutil.rmtree(file, ignore_errors=True)
        else:
            file.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)


def _hand_in(trainee: Trainee, released: Path, folder: Path) -> None:
    notebook = course.read_notebook(released)
    for cell in notebook["cells"]:
        if cell.get("id") in trainee.answers:
            cell["source"] = trainee.answers[str(cell["id"])]
    content = json.dumps(notebook, ensure_ascii=False, indent=1)
    if trainee.damage:
        content = content[: len(content) // 2]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / released.name).write_text(content, encoding="utf-8")


def _nbgrader(folder: Path, arguments: list[str]) -> None:
    """Run a command of nbgrader in the folder."""
    environment = {**os.environ, "CSMODELS_LANGUAGE": get_language(), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    log = folder / "nbgrader.log"
    with log.open("a", encoding="utf-8") as file:
        file.write(done.stdout)
    if done.returncode:
        lines = done.stdout.splitlines()
        reason = [line for line in lines if "ERROR" in line] or lines or ["-"]
        raise CourseError(
            text("grading.demo.failed", command=" ".join(arguments), reason=reason[-1], log=log)
        )


def _scores(folder: Path, name: str, trainees_: Iterable[Trainee]) -> list[Graded]:
    from nbgrader.api import Gradebook, MissingEntry

    found: list[Graded] = []
    with Gradebook(f"sqlite:///{course.gradebook_path(folder, work='')}", "csmodels") as gradebook:
        for trainee in trainees_:
            score: float | None = None
            try:
                grades: list[Any] = list(gradebook.find_submission_notebook(name, name, trainee.name).grades)
            except MissingEntry:
                grades = []
            # A grade that the tests did not set is no 0: nbgrader's own sum would count it as one.
            if grades and not any(g.auto_score is None and not g.needs_manual_grade for g in grades):
                score = float(sum(g.auto_score or 0 for g in grades))
            found.append(Graded(trainee.name, score, trainee.expected))
    return found


def _table(graded: Iterable[Graded]) -> str:
    rows = [[text(f"grading.demo.{column}") for column in ("trainee", "score", "expected", "ok")]]
    for entry in graded:
        score = "-" if entry.score is None else f"{entry.score:g}"
        word = text("grading.demo.yes" if entry.ok else "grading.demo.no")
        rows.append([entry.name, score, f"{entry.expected:g}", word])
    return "\n".join(f"{a:<14} {b:>7} {c:>9}  {d}" for a, b, c, d in rows)


def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m csmodels_helpers.grading.demo")
    parser.add_argument("--assignment", help=text("grading.demo.help_assignment"))
    parser.add_argument("--keep", action="store_true", help=text("grading.demo.help_keep"))
    options = parser.parse_args()
    folder = course.ROOT / "grading" / "demo"
    if options.keep and folder.is_dir():
        number = 1
        while (kept := folder.with_name(f"demo-{number}")).exists():
            number += 1
        folder.rename(kept)
        print(text("grading.demo.kept", path=kept))
    try:
        graded = run(assignment=options.assignment)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(text("grading.demo.stopped"), file=sys.stderr)
        return 130
    print(_table(graded))
    print(text("grading.demo.gradebook", path=course.gradebook_path(folder, work="")))
    print(text("grading.demo.feedback", path=folder / "feedback"))
    print(text("grading.demo.csv", path=folder / "grades.csv"))
    if all(entry.ok for entry in graded):
        return 0
    print(text("grading.demo.differs"), file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(_main())
