"""The course folder of a hub, its exchange and its gradebook: what the account of the course owns.

Run under that account (``python -m csmodels_helpers.hub.course``), with :class:`Order` as JSON on standard
input.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Generator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course as grading
from csmodels_helpers.grading import database
from csmodels_helpers.grading.collected import write_whole
from csmodels_helpers.grading.roster import Person, Roster, enrol
from csmodels_helpers.hub import postgres
from csmodels_helpers.hub.settings import COURSE_ID
from csmodels_helpers.language import text

__all__ = ["Order", "configure", "deliver", "make_exchange", "prepare"]

_PARTS = ("solutions", "exercises")
_ORDER, _DELIVERED = ".hub.json", ".hub-delivered.json"
_CONFIG = '''"""What nbgrader reads on the hub. Lines of your own go to the end: see docs/grading.md."""

from pathlib import Path

from csmodels_helpers.hub import course

c = get_config()  # noqa: F821 - nbgrader brings get_config
course.configure(c, Path(__file__).parent)
'''


@dataclass(frozen=True)
class Order:
    """What the account of the course has to know.

    Parameters
    ----------
    root : str
        The course folder.
    checkout : str
        Where the course comes from.
    exchange : str
        nbgrader's exchange.
    postgres : str
        The folder of the database server.
    database : str
        The address of the gradebook.
    people : list of dict
        The roster: id, name, first_name, last_name, mail, role.
    accounts : dict of str
        Id → system account, to see whose a hand-in is; {} where all is one account.

    Examples
    --------
    >>> Order("course", "csmodels", "exchange", "postgres", "sqlite:///gradebook.db").accounts
    {}
    """

    root: str
    checkout: str
    exchange: str
    postgres: str
    database: str
    people: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    accounts: dict[str, str] = field(default_factory=dict[str, str])


def prepare(order: Order) -> list[str]:
    """Start the database server, bring the course folder, the exchange and the gradebook in order.

    Parameters
    ----------
    order : Order
        What to do.

    Returns
    -------
    list of str
        What somebody should know: files of the course that an instructor has changed and that are newer.

    Raises
    ------
    CourseError
        If one of them cannot be made.

    Examples
    --------
    >>> prepare(Order("course", "checkout", "exchange", "a" * 200, ""))
    Traceback (most recent call last):
        ...
    csmodels_helpers.errors.CourseError: The name of the folder . is too long for a socket. Choose a shorter
    one with --state.
    """
    postgres.start(order.postgres)
    make_exchange(order.exchange)
    root = Path(order.root)
    kept = deliver(order.checkout, root)
    write_whole(root / _ORDER, json.dumps(asdict(order), ensure_ascii=False).encode())
    if not (root / "nbgrader_config.py").exists():
        write_whole(root / "nbgrader_config.py", _CONFIG.encode())
    (root / "grading").mkdir(exist_ok=True)
    database.ready(order.database, COURSE_ID)
    with database.explained(order.database):
        enrol(Roster(Person(**one) for one in order.people), order.database, COURSE_ID)
    return [text("hub.course.kept", path=path) for path in kept]


def make_exchange(exchange: str | Path) -> None:
    """Make nbgrader's folders of the course in its exchange.

    ``inbound`` gets a bit more than nbgrader gives it: the sticky one. Without it, who knows the name of
    a hand-in of somebody else can take it away.

    Parameters
    ----------
    exchange : str or Path
        The exchange; everybody may write there.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     make_exchange(folder)
    ...     oct((Path(folder) / "csmodels" / "inbound").stat().st_mode & 0o1777)
    '0o1733'
    """
    inside = Path(exchange) / COURSE_ID
    for folder, mode in ((inside, 0o755), (inside / "outbound", 0o755), (inside / "feedback", 0o711)):
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)
    (inside / "inbound").mkdir(exist_ok=True)
    (inside / "inbound").chmod(0o3733)


def deliver(checkout: str | Path, root: str | Path) -> list[str]:
    """Bring solutions and exercises into the course folder; what an instructor changed there is left alone.

    Parameters
    ----------
    checkout : str or Path
        The course as it was cloned.
    root : str or Path
        The course folder.

    Returns
    -------
    list of str
        Files that are newer in the checkout and were left alone, as they were changed here.

    Raises
    ------
    CourseError
        If the course or the list of what was delivered cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     source = Path(folder, "checkout", "solutions", "m01", "m01.ipynb")
    ...     source.parent.mkdir(parents=True)
    ...     _ = source.write_text("1", encoding="utf-8")
    ...     copy = Path(folder, "course", "solutions", "m01", "m01.ipynb")
    ...     first = deliver(Path(folder, "checkout"), Path(folder, "course"))
    ...     _ = copy.write_text("mine", encoding="utf-8"), source.write_text("2", encoding="utf-8")
    ...     first, deliver(Path(folder, "checkout"), Path(folder, "course"))
    ([], ['solutions/m01/m01.ipynb'])
    """
    target = Path(root)
    for part in (Path(checkout, name) for name in _PARTS):
        if part.is_dir() and not os.access(part, os.R_OK | os.X_OK):
            raise CourseError(text("hub.course.closed", path=part))
    before, now = _delivered(target / _DELIVERED), dict[str, str]()
    kept: list[str] = []
    for path in _files(Path(checkout)):
        name = path.relative_to(checkout).as_posix()
        content = path.read_bytes()
        new, copy = _mark(content), target / name
        old = _mark(copy.read_bytes()) if copy.is_file() else ""
        now[name] = new
        if old in ("", new) or old == before.get(name):
            # A file that was taken out on purpose stays out until the course has another one.
            if (old and old != new) or (not old and before.get(name) != new):
                copy.parent.mkdir(parents=True, exist_ok=True)
                write_whole(copy, content)
        elif before.get(name) != new:
            kept.append(name)
    target.mkdir(parents=True, exist_ok=True)
    write_whole(target / _DELIVERED, json.dumps(before | now, indent=1).encode())
    return kept


def _files(checkout: Path) -> Generator[Path]:
    for part in _PARTS:
        for path in sorted((checkout / part).rglob("*")):
            inner = path.relative_to(checkout).parts
            if path.is_file() and not any(name.startswith((".", "__")) for name in inner):
                yield path


def _mark(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _delivered(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        found: Mapping[str, Any] = json.loads(path.read_bytes())
        return {str(name): str(mark) for name, mark in found.items()}
    except (ValueError, AttributeError) as error:
        raise CourseError(text("hub.course.delivered", path=path)) from error


# -------------------------------------------------------------------------------------------- settings


def configure(config: Any, root: str | Path) -> None:
    """Fill in nbgrader's settings for the course folder of a hub.

    Parameters
    ----------
    config : traitlets.config.Config
        What ``get_config()`` returns.
    root : str or Path
        The course folder.

    Examples
    --------
    >>> from traitlets.config import Config
    >>> config = Config()
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     order = Order(folder, "", "/srv/exchange", "", "sqlite:///gradebook.db")
    ...     _ = Path(folder, ".hub.json").write_text(json.dumps(asdict(order)), encoding="utf-8")
    ...     configure(config, folder)
    >>> config.Exchange.root, config.CourseDirectory.db_url
    ('/srv/exchange', 'sqlite:///gradebook.db')
    """
    order = read_order(root)
    config.CourseDirectory.db_url = order.database
    grading.configure(config, root)
    config.Exchange.root = order.exchange
    config.ExchangeFactory.collect = "csmodels_helpers.hub.exchange.Collect"
    config.ExchangeFactory.release_feedback = "csmodels_helpers.hub.exchange.ReleaseFeedback"
    config.Collect.accounts = order.accounts
    config.ExchangeCollect.check_owner = False  # nbgrader's own only warns, and collects all the same


def read_order(root: str | Path) -> Order:
    """Read what :func:`prepare` was told last.

    Parameters
    ----------
    root : str or Path
        The course folder.

    Returns
    -------
    Order
        What it was.

    Examples
    --------
    >>> read_order("nowhere")
    Traceback (most recent call last):
    FileNotFoundError: [Errno 2] No such file or directory: 'nowhere/.hub.json'
    """
    return Order(**json.loads((Path(root) / _ORDER).read_bytes()))


if __name__ == "__main__":
    try:
        for line in prepare(Order(**json.load(sys.stdin))):
            print(line)
    except CourseError as problem:
        raise SystemExit(str(problem)) from problem
