"""The command ``csmodels``: the only part of the package that prints."""

from __future__ import annotations

import contextlib
import sys
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import csmodels_helpers
from csmodels_helpers.errors import CourseError
from csmodels_helpers.language import set_language, text

__all__ = ["app"]

_working = ContextVar("working", default=Path())  # the folder that the command is about


class _Commands(TyperGroup):
    """All commands: what a disk refuses is one sentence, whichever of them is running."""

    def invoke(self, ctx: Any) -> Any:
        _working.set(Path())
        try:
            try:
                return super().invoke(ctx)
            except Exception:
                from csmodels_helpers.grading.storage import refusals

                with refusals(_working.get().absolute()):
                    raise
        except CourseError as error:
            raise _stop(error) from error


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    help=text("cli.help.app"),
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(csmodels_helpers.__version__)
        raise typer.Exit


@app.callback()
def _start(  # pyright: ignore[reportUnusedFunction]
    language: Annotated[str | None, typer.Option(help=text("cli.help.language"))] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=text("cli.help.version"))
    ] = False,
) -> None:
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")  # a console without Chinese shows question marks and goes on
    if language is not None:
        try:
            set_language(language)
        except CourseError as error:
            raise _stop(error) from error


def _stop(error: CourseError) -> typer.Exit:
    with contextlib.suppress(OSError):  # what is still waiting, the end of a bar say, comes first
        sys.stdout.flush()
    typer.echo(str(error), err=True)
    return typer.Exit(1)


def _course(given: Path | None) -> Path:
    """Return the folder of the course: as given, the one that we are in, or the one installed from."""
    from csmodels_helpers.grading.course import ROOT

    found = given or (Path.cwd() if (Path.cwd() / "solutions").is_dir() else ROOT)
    _working.set(found)
    return found


@app.command(help=text("cli.help.doctor"))
def doctor(
    hub: Annotated[bool, typer.Option("--hub", help=text("hub_doctor.help.hub"))] = False,
    state: Annotated[Path | None, typer.Option(help=text("hub_doctor.help.state"))] = None,
) -> None:
    """Check the machine, or a hub that runs on it."""
    from csmodels_helpers import doctor as checks

    if hub or state:
        from csmodels_helpers.hub import health

        findings = health.run(health.find(state))
    else:
        findings = checks.run()
    for finding in findings:
        typer.echo(f"{finding.check}: {text(f'doctor.{finding.level}')}{finding.result}")
        if finding.remedy:
            typer.echo(f"    → {finding.remedy}")
    if any(finding.level == "fatal" for finding in findings):
        raise typer.Exit(1)


@app.command(help=text("cli.help.update"))
def update(
    work: Annotated[Path | None, typer.Option(help=text("cli.help.work"))] = None,
    course: Annotated[Path | None, typer.Option(help=text("cli.help.course"))] = None,
) -> None:
    """Bring the course into the work folder."""
    from csmodels_helpers import workspace

    try:
        changes = workspace.update(work, course=course)
    except CourseError as error:
        raise _stop(error) from error
    for change in changes:
        typer.echo(change.message)
    if not changes:
        typer.echo(text("cli.nothing"))


@app.command(help=text("grade.run.help"))
def grade(
    assignment: Annotated[str, typer.Argument(help=text("grade.run.assignment"))],
    jobs: Annotated[int, typer.Option(min=0, help=text("grade.run.jobs"))] = 0,
    student: Annotated[list[str] | None, typer.Option(help=text("grade.run.student"))] = None,
    force: Annotated[bool, typer.Option("--force", help=text("grade.run.force"))] = False,
    without_sandbox: Annotated[
        bool, typer.Option("--without-sandbox", help=text("grade.run.without_sandbox"))
    ] = False,
    dask: Annotated[str, typer.Option(help=text("cluster.help"))] = "",
    course: Annotated[Path | None, typer.Option(help=text("cli.help.course"))] = None,
) -> None:
    """Grade a class."""
    from tqdm import tqdm

    from csmodels_helpers.grading import grade as grader
    from csmodels_helpers.grading.worker import Settings

    root = _course(course)

    def bar(number: int) -> Any:
        return tqdm(total=number, desc=text("grade.run.grading"), unit="", file=sys.stdout)

    try:
        report = grader.grade(
            root,
            grader.full_name(root, assignment),
            jobs=jobs,
            students=student or (),
            force=force,
            settings=Settings(contained=not without_sandbox),
            progress=bar,
            dask=dask,
        )
    except CourseError as error:
        raise _stop(error) from error
    except KeyboardInterrupt:
        typer.echo(text("grade.run.stopped"), err=True)
        raise typer.Exit(130) from None
    for line in report.lines():
        typer.echo(line)
    if report.failed:
        raise typer.Exit(1)


@app.command(help=text("report.run.help"))
def report(
    to: Annotated[Path | None, typer.Option(help=text("report.run.to"))] = None,
    assignment: Annotated[list[str] | None, typer.Option(help=text("report.run.assignment"))] = None,
    hide_names: Annotated[bool, typer.Option("--hide-names", help=text("report.run.hide_names"))] = False,
    course: Annotated[Path | None, typer.Option(help=text("report.run.course"))] = None,
) -> None:
    """Write the report of a class."""
    from csmodels_helpers.grading import report as reports

    try:
        written = reports.write(_course(course), to, assignments=assignment or (), hide_names=hide_names)
    except CourseError as error:
        raise _stop(error) from error
    for line in written.lines():
        typer.echo(line)


def _backup_bar(what: str, number: int) -> Any:
    from tqdm import tqdm

    return tqdm(total=number, desc=text(f"backup.bar.{what}"), unit="", leave=False, disable=None)


@app.command(help=text("backup.help.backup"))
def backup(
    to: Annotated[Path | None, typer.Option(help=text("backup.help.to"))] = None,
    course: Annotated[Path | None, typer.Option(help=text("cli.help.course"))] = None,
) -> None:
    """Put a course in progress into one file."""
    from csmodels_helpers.grading import backup as keeper

    try:
        made = keeper.backup(_course(course), to, progress=_backup_bar)
    except CourseError as error:
        raise _stop(error) from error
    for line in made.lines():
        typer.echo(line)


@app.command(help=text("backup.help.restore"))
def restore(
    file: Annotated[Path, typer.Argument(help=text("backup.help.file"))],
    course: Annotated[Path | None, typer.Option(help=text("cli.help.course"))] = None,
    force: Annotated[bool, typer.Option("--force", help=text("backup.help.force"))] = False,
) -> None:
    """Bring a course in progress back."""
    from csmodels_helpers.grading import backup as keeper

    try:
        done = keeper.restore(file, _course(course), force=force, progress=_backup_bar)
    except CourseError as error:
        raise _stop(error) from error
    for line in done.lines():
        typer.echo(line)


@app.command(help=text("collect.help.command"))
def collect(
    folder: Annotated[Path, typer.Argument(help=text("collect.help.folder"))],
    roster: Annotated[Path | None, typer.Option(help=text("collect.help.roster"))] = None,
    assignment: Annotated[str | None, typer.Option(help=text("collect.help.assignment"))] = None,
    match: Annotated[list[str] | None, typer.Option(help=text("collect.help.match"))] = None,
    course: Annotated[Path | None, typer.Option(help=text("cli.help.course"))] = None,
) -> None:
    """Collect hand-ins."""
    from tqdm import tqdm

    from csmodels_helpers.grading import collect as collector

    def bar(number: int) -> Any:
        return tqdm(total=number, desc=text("collect.bar"), unit="", leave=False, disable=None)

    root = _course(course)
    usual = root / "grading" / "roster.csv"
    if not usual.is_file() and usual.with_suffix(".xlsx").is_file():
        usual = usual.with_suffix(".xlsx")
    try:
        if roster is None and not usual.is_file():
            raise CourseError(text("collect.no_roster", path=usual))
        report = collector.collect(
            folder, roster or usual, root=root, assignment=assignment, matches=match or (), progress=bar
        )
    except CourseError as error:
        raise _stop(error) from error
    except KeyboardInterrupt:
        typer.echo(text("collect.stopped"), err=True)
        raise typer.Exit(130) from None
    for line in report.lines():
        typer.echo(line)
    if report.left:
        raise typer.Exit(1)


@app.command("hand-in", help=text("hand_in.help.command"))
def hand_in(
    assignment: Annotated[str, typer.Argument(help=text("hand_in.help.assignment"))],
    own_id: Annotated[str | None, typer.Option("--id", help=text("hand_in.help.id"))] = None,
    name: Annotated[str | None, typer.Option(help=text("hand_in.help.name"))] = None,
    again: Annotated[bool, typer.Option("--again", help=text("hand_in.help.again"))] = False,
    without_running: Annotated[
        bool, typer.Option("--without-running", help=text("hand_in.help.without_running"))
    ] = False,
    time_limit: Annotated[float, typer.Option(min=1, help=text("hand_in.help.limit"))] = 120,
    to: Annotated[Path | None, typer.Option(help=text("hand_in.help.to"))] = None,
    work: Annotated[Path | None, typer.Option(help=text("cli.help.work"))] = None,
    course: Annotated[Path | None, typer.Option(help=text("cli.help.course"))] = None,
) -> None:
    """Hand an exercise in."""
    from tqdm import tqdm

    from csmodels_helpers import hand_in as desk

    def bar(number: int) -> Any:
        return tqdm(total=number, desc=text("hand_in.run.bar"), unit="", leave=False, disable=None)

    try:
        exercise = desk.find(assignment, work=work, course=course)
        person = _who(exercise.work, own_id, name, assignment, again=again)
        parcel = desk.pack(exercise, person)
        typer.echo(desk.last_saved(parcel))
        found = desk.examine(parcel)
        if not without_running:
            found += desk.try_run(parcel, limit=time_limit, progress=bar)
        for line in (*desk.verdict(found, ran=not without_running), *desk.contents(parcel)):
            typer.echo(line)
        typer.echo(text("hand_in.done", path=desk.write(parcel, to), code=parcel.receipt.code))
    except CourseError as error:
        raise _stop(error) from error
    except KeyboardInterrupt:
        typer.echo(text("hand_in.stopped"), err=True)
        raise typer.Exit(130) from None


def _who(work: Path, own_id: str | None, name: str | None, assignment: str, *, again: bool) -> Any:
    """Find out who hands in: by the options, by what was said before, else by asking."""
    from csmodels_helpers import hand_in as desk

    before = desk.known(work)
    if before is not None and not again and own_id is None and name is None:
        typer.echo(text("hand_in.who.as", id=before.id, name=before.name))
        return before
    # An option alone corrects one of the two; asked anew, what was said before is offered.
    offered = (before.id, before.name) if before is not None else (None, None)
    keep = before is not None and not again
    while True:
        try:
            given = own_id or (offered[0] if keep else None) or _ask("hand_in.ask.id", offered[0])
            called = name or (offered[1] if keep else None) or _ask("hand_in.ask.name", offered[1])
        except typer.Abort:
            raise CourseError(text("hand_in.ask.missing", assignment=assignment)) from None
        try:
            person = desk.who(given, called)
        except CourseError as error:
            if own_id is not None or name is not None:
                raise
            typer.echo(str(error), err=True)
            continue
        desk.remember(work, person)
        return person


def _ask(key: str, default: str | None) -> str:
    return str(typer.prompt(text(key), default=default))


if __name__ == "__main__":
    app(prog_name="csmodels")
