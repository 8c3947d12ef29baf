"""Start the JupyterLab of a person, or that of the course, under its own account: what a hub spawns."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from csmodels_helpers import workspace
from csmodels_helpers.errors import CourseError
from csmodels_helpers.hub import versions

__all__ = ["ready"]


def ready(home: str | Path) -> Path:
    """Bring the lessons into ``work/`` in a home folder; exercises are fetched from the Assignment List.

    Parameters
    ----------
    home : str or Path
        The home folder.

    Returns
    -------
    Path
        The work folder. If the lessons cannot be brought, a line on standard error says why, and all that
        was there before is there.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sorted(path.name for path in ready(folder).iterdir())[:3]
    ['.csmodels.json', 'exercises', 'm00_start_here.ipynb']
    """
    work = Path(home) / "work"
    try:
        workspace.update(work, exercises=False)
    except CourseError as error:
        print(error, file=sys.stderr, flush=True)  # into the log of the hub
    (work / "exercises").mkdir(parents=True, exist_ok=True)
    return work


def main(arguments: list[str]) -> None:
    """Become the server: ``--home FOLDER`` where it is not that of the account, ``--work`` for trainees."""
    if arguments[:1] == ["--home"]:
        # One account for all: what belongs to its owner's own Jupyter must not be read here.
        os.environ["HOME"] = arguments[1]
        arguments = arguments[2:]
    if arguments[:1] == ["--work"]:
        arguments = arguments[1:]
        os.chdir(ready(Path.home()))
    command = [sys.executable, "-m", "jupyterhub.singleuser", *arguments]
    os.environ.update(versions.variable())
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
