"""A PostgreSQL server for tests: Debian's programs, data in a temporary folder, no port."""

from __future__ import annotations

import contextlib
import os
import pwd
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import psycopg

from csmodels_helpers.hub.postgres import programs


class Server:
    """A server that can be stopped in the middle.

    Parameters
    ----------
    folder : Path
        For its data and its socket; the name must be short.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"
        self._as: dict[str, Any] = {"cwd": folder}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            self._as |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self._run("initdb", "-D", str(self.data), "-U", "grader", "-A", "trust", "-E", "UTF8", "--no-locale")
        self._databases = 0

    def _run(self, program: str, *words: str) -> None:
        with (self.folder / "said.txt").open("ab") as said:
            done = subprocess.run(
                [str(programs() / program), *words],
                env={"PATH": os.defpath, "TZ": "Asia/Shanghai"},  # no time of ours may depend on the server's
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                check=False,
                **self._as,
            )
        assert done.returncode == 0, (self.folder / "said.txt").read_text(encoding="utf-8")

    def start(self) -> None:
        """Start it; it listens at a socket in its folder alone."""
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off"
        log = str(self.folder / "server.log")
        self._run("pg_ctl", "-D", str(self.data), "-w", "-o", options, "-l", log, "start")

    def kill(self) -> None:
        """End it at once, in the middle of whatever it is doing."""
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", "immediate", "stop")

    def url(self, database: str) -> str:
        """Return the address of a database, as nbgrader takes it."""
        return f"postgresql+psycopg://grader:secret@/{database}?host={self.folder}"

    def execute(self, database: str, statement: str) -> list[Any]:
        """Run a statement and return its rows."""
        with psycopg.connect(f"host={self.folder} user=grader dbname={database}", autocommit=True) as link:
            done = link.execute(statement.encode())
            return done.fetchall() if done.description else []

    def database(self, like: str = "template1") -> str:
        """Make a database, empty or with all that another one has, and return its name."""
        self._databases += 1
        name = f"grades{self._databases}"
        self.execute("postgres", f"create database {name} template {like}")
        return name


@contextlib.contextmanager
def server() -> Generator[Server]:
    """Run a server, and leave nothing of it."""
    with tempfile.TemporaryDirectory(prefix="csm-pg-", dir="/tmp") as folder:  # sockets need a short path
        found = Server(Path(folder))
        found.start()
        try:
            yield found
        finally:
            if (found.data / "postmaster.pid").exists():
                found.kill()


def use(root: Path, url: str, *, before: bool = True) -> None:
    """Name the gradebook in the settings of a course, above or below what stands there."""
    config = root / "nbgrader_config.py"
    said = config.read_text(encoding="utf-8")
    line = f"get_config().CourseDirectory.db_url = {url!r}\n"
    config.write_text(line + said if before else said + line, encoding="utf-8")
