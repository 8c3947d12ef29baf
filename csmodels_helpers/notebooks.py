"""The course's notebooks: put into the house form, checked, run and held to their numbers.

For authors: ``python -m csmodels_helpers.notebooks format | lint | run [paths]``, and
``core`` (copies for a two-day course), ``pages`` (glossary and coverage). What is checked is
written down in ``docs/lesson-conventions.md``. Everything works on plain JSON, so that a notebook that
is wrong in itself is still reported by file and cell.

What does the work stands beside this module: ``notebooks_form``, ``notebooks_lint``,
``notebooks_lesson``, ``notebooks_numerals``, ``notebooks_run``, ``notebooks_core``, ``notebooks_pages``,
and ``notebooks_cells``, which they share.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from csmodels_helpers.notebooks_cells import CHECKS, Problem, is_lesson, shown_name, sources
from csmodels_helpers.notebooks_core import CORE, core_only, write_core
from csmodels_helpers.notebooks_form import format_text
from csmodels_helpers.notebooks_lesson import lint_checks
from csmodels_helpers.notebooks_lint import lint
from csmodels_helpers.notebooks_numerals import numerals, outputs
from csmodels_helpers.notebooks_pages import page_problems, write_pages
from csmodels_helpers.notebooks_run import Run, execute, run_here, run_problems

__all__ = [
    "Problem",
    "Run",
    "core_only",
    "execute",
    "format_text",
    "lint",
    "lint_checks",
    "numerals",
    "outputs",
    "page_problems",
    "run_problems",
    "sources",
    "write_core",
    "write_pages",
]


def _chosen(paths: Sequence[str]) -> list[Path]:
    if not paths:
        return sources()
    places = [Path(path) for path in paths]
    return [
        file for place in places for file in (sorted(place.rglob("*.ipynb")) if place.is_dir() else [place])
    ]


def _format(files: Sequence[Path]) -> int:
    for file in files:
        try:
            content = file.read_text(encoding="utf-8")
            formed = format_text(content)
        except (OSError, ValueError) as error:
            print(Problem(shown_name(file), "notebook", f"is left as it is: {error}", "open and save it"))
            return 1
        if formed != content:
            file.write_text(formed, encoding="utf-8", newline="\n")
            print(f"{shown_name(file)}: put into the house form")
    return 0


def _write(command: str) -> int:
    lessons = [file for file in sources() if is_lesson(file)]
    written = write_core(lessons, CORE) if command == "core" else write_pages()
    for file in written:
        print(shown_name(file))
    return 0


def _report(problems: Sequence[Problem], looked: str) -> int:
    for problem in problems:
        print(problem)
    print(f"{looked}: {len(problems)} problem{'' if len(problems) == 1 else 's'}")
    return 1 if problems else 0


def _main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["child"]:  # the process that execute() starts
        return run_here(Path(arguments[1]), Path(arguments[2]), float(arguments[3]))
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    parser = argparse.ArgumentParser(prog="python -m csmodels_helpers.notebooks", description=__doc__)
    parser.add_argument("command", choices=("format", "lint", "run", "core", "pages"))
    parser.add_argument("paths", nargs="*", help="notebooks or folders (all sources by default)")
    parser.add_argument("--language", choices=("en", "zh_CN"), default="en", help="for run")
    chosen = parser.parse_args(arguments)
    if chosen.command in ("core", "pages"):
        return _write(chosen.command)
    files = _chosen(chosen.paths)
    if chosen.command == "format":
        return _format(files)
    if chosen.command == "lint":
        found = [problem for file in files for problem in lint(file)]
        checks = [] if chosen.paths else sorted(CHECKS.glob("*.toml"))
        found += [problem for file in checks for problem in lint_checks(file)]
        return _report(found, f"{len(files)} notebooks")
    found = []
    for file in files:
        run = execute(file, language=chosen.language)
        print(f"{run.file}: {run.seconds:.1f} s ({run.work:.1f} of work), {len(run.figures)} figures")
        found += run_problems(run)
    return _report(found, f"{len(files)} notebooks run")


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
