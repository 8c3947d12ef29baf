"""The command ``csmodels``: the only part of the package that prints."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

import csmodels_helpers
from csmodels_helpers.errors import CourseError
from csmodels_helpers.language import set_language, text

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help=text("cli.help.app"), pretty_exceptions_enable=False
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
    typer.echo(str(error), err=True)
    return typer.Exit(1)


@app.command(help=text("cli.help.doctor"))
def doctor() -> None:
    """Check the machine."""
    from csmodels_helpers import doctor as checks

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


if __name__ == "__main__":
    app(prog_name="csmodels")
