"""What a hub is and where it keeps everything; said to its parts in one file."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from csmodels_helpers.grading.course import ROOT
from csmodels_helpers.hub.people import PREFIX, Member

__all__ = ["COURSE_ID", "TOGETHER", "VARIABLE", "Hub", "load", "save", "usual"]

COURSE_ID = "csmodels"
VARIABLE = "CSMODELS_HUB"
"""The environment variable that tells ``jupyterhub_config.py`` where :func:`save` has written."""


TOGETHER = ("setpriv", "--pdeathsig", "TERM")
"""Before a command: what it starts ends with whoever started it, even if that one is killed (util-linux)."""


@dataclass(frozen=True)
class Hub:
    """A hub.

    Parameters
    ----------
    state : Path
        The folder with everything that is to be kept.
    separate : bool
        Whether each person has a system account; else everything runs as whoever started it.
    people : tuple of Member
        Who may enter.
    prefix : str
        How its system accounts begin; a second hub on a machine has another one.
    port : int
        Where people reach it; the three ports behind it are for its parts.
    address : str
        The address at which it listens.
    tls_key, tls_cert : str
        Files of a certificate, "" for none.
    proxy : tuple of str
        The command that starts the proxy.
    anew : tuple of str
        Ids of those who get another password at this start.
    roster : str
        The file from which the people are.

    Examples
    --------
    >>> hub = Hub(Path("/srv/hub"), separate=True)
    >>> hub.url, hub.passwords.as_posix()
    ('http://127.0.0.1:8000/', '/srv/hub/passwords.csv')
    """

    state: Path
    separate: bool
    people: tuple[Member, ...] = ()
    prefix: str = PREFIX
    port: int = 8000
    address: str = "127.0.0.1"
    tls_key: str = ""
    tls_cert: str = ""
    proxy: tuple[str, ...] = ()
    anew: tuple[str, ...] = ()
    roster: str = ""

    @property
    def url(self) -> str:
        """Where people open it."""
        host = "127.0.0.1" if self.address in ("0.0.0.0", "::", "") else self.address
        return f"http{'s' if self.tls_cert else ''}://{host}:{self.port}/"

    @property
    def ports(self) -> dict[str, int]:
        """Its ports: people reach the first, the others are for its parts and on this machine alone."""
        return {name: self.port + n for n, name in enumerate(("public", "proxy", "hub", "service"))}

    @property
    def passwords(self) -> Path:
        """The first passwords, for the administrator alone."""
        return self.state / "passwords.csv"

    @property
    def private(self) -> Path:
        """What JupyterHub itself keeps."""
        return self.state / "hub"

    @property
    def settings(self) -> Path:
        """Where :func:`save` writes."""
        return self.private / "settings.json"

    @property
    def rosters(self) -> tuple[Path, Path]:
        """Where the class may be written down; the first that is there counts."""
        return self.state / "roster.csv", self.state / "roster.xlsx"

    @property
    def lock(self) -> Path:
        """What a hub that runs holds."""
        return self.state / "hub.lock"

    @property
    def log(self) -> Path:
        """What JupyterHub, its proxy and the servers of the people say."""
        return self.private / "hub.log"

    @property
    def course(self) -> Path:
        """The course folder: solutions, releases, hand-ins."""
        return self.state / "course"

    @property
    def exchange(self) -> Path:
        """Nbgrader's exchange."""
        return self.state / "exchange"

    @property
    def postgres(self) -> Path:
        """The database server: its data and its socket."""
        return self.state / "postgres"

    @property
    def grader(self) -> str:
        """The system account of the course, "" where all is one account."""
        # Without the hyphen that the accounts of people have: no id can end up here.
        return f"{self.prefix}grader" if self.separate else ""

    @property
    def database(self) -> str:
        """The address of the gradebook; whoever connects is known by the system account."""
        return f"postgresql+psycopg:///gradebook?host={self.postgres}"

    @property
    def grader_home(self) -> Path:
        """The home folder of the account of the course."""
        return self.state / "grader"

    def home(self, account: str) -> Path:
        """Return the home folder of the account of a person."""
        return self.state / "home" / account


def usual(separate: bool) -> Path:
    """Return the folder of a hub unless another one is named.

    Parameters
    ----------
    separate : bool
        Whether an administrator starts it.

    Returns
    -------
    Path
        The folder.

    Examples
    --------
    >>> usual(True).as_posix(), usual(False).name
    ('/var/lib/csmodels-hub', 'hub')
    """
    return Path("/var/lib/csmodels-hub") if separate else ROOT / "build" / "hub"


def save(hub: Hub) -> Path:
    """Write a hub down for its parts.

    Parameters
    ----------
    hub : Hub
        The hub; its folder :attr:`Hub.private` is there.

    Returns
    -------
    Path
        The file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     hub = Hub(Path(folder), separate=False, people=(Member("s01", "张伟", "csm-s01"),))
    ...     hub.private.mkdir()
    ...     load(save(hub)) == hub
    True
    """
    said = asdict(hub) | {"state": str(hub.state)}
    beside = hub.settings.with_name(hub.settings.name + ".new")
    beside.write_text(json.dumps(said, ensure_ascii=False, indent=1), encoding="utf-8")
    return beside.replace(hub.settings)  # who reads it meanwhile reads a whole one


def load(path: str | Path | None = None) -> Hub:
    """Read what :func:`save` wrote.

    Parameters
    ----------
    path : str or Path, optional
        The file; by default the one that the environment names.

    Returns
    -------
    Hub
        The hub.

    Examples
    --------
    >>> load("nowhere")
    Traceback (most recent call last):
    FileNotFoundError: [Errno 2] No such file or directory: 'nowhere'
    """
    said: dict[str, Any] = json.loads(Path(path or os.environ[VARIABLE]).read_text(encoding="utf-8"))
    said |= {"state": Path(said["state"]), "people": tuple(Member(**one) for one in said["people"])}
    said |= {name: tuple(said[name]) for name in ("proxy", "anew")}
    return Hub(**said)
