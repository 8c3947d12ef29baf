"""The gradebook where it is no file: a database on a server, made whole or not at all, at times away."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from pathlib import Path
from typing import Any

import nbgrader.api as api
from nbgrader import dbutil
from sqlalchemy import create_engine, inspect, select
from sqlalchemy import text as sql
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course
from csmodels_helpers.grading.storage import refusals
from csmodels_helpers.language import text

__all__ = ["alone", "explained", "head", "make_tables", "ready", "shown", "too_long"]

# Names of locks that a PostgreSQL database keeps for its users; others must not take them by chance.
_TABLES, _RELEASE = 0x63736D31, 0x63736D32


def shown(url: str) -> str:
    """Return the address of a gradebook as a message may show it: without its password.

    Parameters
    ----------
    url : str
        As in ``CourseDirectory.db_url``.

    Returns
    -------
    str
        The same with ``***`` for a password.

    Examples
    --------
    >>> shown("postgresql+psycopg://anna:secret@db/grades")
    'postgresql+psycopg://anna:***@db/grades'
    """
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "CourseDirectory.db_url"  # as it stands there it may have a password in it


@contextlib.contextmanager
def explained(url: str) -> Generator[None]:
    """Turn what a database or its driver says into a sentence.

    Parameters
    ----------
    url : str
        The gradebook.

    Yields
    ------
    None
        While the database is used.

    Raises
    ------
    CourseError
        If the database cannot be reached, went away, or refused something.

    Examples
    --------
    >>> with explained("nonsense"):
    ...     create_engine("nonsense")
    Traceback (most recent call last):
        ...
    csmodels_helpers.errors.CourseError: "CourseDirectory.db_url" is no address of a gradebook. Write one such
    as postgresql+psycopg://name@server/database.
    """
    try:
        file = url.removeprefix("sqlite:///") if url.startswith("sqlite:///") else ""
        with refusals(Path(file).parent) if file else contextlib.nullcontext():
            yield
    except (ArgumentError, NoSuchModuleError) as error:
        raise CourseError(text("database.address", url=shown(url))) from error
    except ModuleNotFoundError as error:
        raise CourseError(text("database.driver", url=shown(url), name=error.name)) from error
    except (DBAPIError, api.InvalidEntry) as error:  # nbgrader raises the second one in place of the first
        said = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
        raise CourseError(text("database.lost", url=shown(url), reason=said[0].rstrip("."))) from error


def ready(url: str, course_id: str = "csmodels") -> bool:
    """Make a gradebook, whole or not at all, if there is none.

    Parameters
    ----------
    url : str
        A file (``sqlite:///…``) or a database on a server, which must be there but may be empty.
    course_id : str, default "csmodels"
        The course.

    Returns
    -------
    bool
        Whether one was made.

    Raises
    ------
    CourseError
        If it cannot be made, or the database is another program's.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ready(f"sqlite:///{folder}/gradebook.db"), ready(f"sqlite:///{folder}/gradebook.db")
    (True, False)
    """
    if url.startswith("sqlite:///"):
        return course.make_gradebook(url.removeprefix("sqlite:///"))
    with explained(url):
        engine = create_engine(url)
        try:
            # nbgrader makes the tables, and their version later: a second one that starts meanwhile, or an
            # end in between, would leave half a gradebook. PostgreSQL makes tables in a transaction.
            with engine.begin() as connection:
                _wait_for(connection, _TABLES)
                return _made(connection, url, course_id)
        finally:
            engine.dispose()


def _made(connection: Any, url: str, course_id: str) -> bool:
    about = inspect(connection)
    there = {*about.get_table_names()}
    ours: Any = api.Base.metadata.tables
    version = None
    if "alembic_version" in there:
        version = connection.execute(sql("select version_num from alembic_version")).scalar()
    if version and there & {*ours}:
        return False
    if version:
        raise CourseError(text("database.foreign", url=shown(url)))
    for name in there & {*ours}:
        if not {column.name for column in ours[name].columns} <= {c["name"] for c in about.get_columns(name)}:
            raise CourseError(text("database.half", url=shown(url), table=name))
    api.Base.metadata.create_all(connection)
    # As nbgrader writes it, but within the same transaction.
    if "alembic_version" not in there:
        connection.execute(sql("create table alembic_version (version_num varchar(32) not null)"))
    connection.execute(sql("insert into alembic_version values (:head)"), {"head": head()})
    known = connection.execute(select(api.Course.id).where(api.Course.id == course_id)).first()
    if known is None:
        connection.execute(ours["course"].insert().values(id=course_id))
    return True


def head() -> str:
    """Return the version of the tables that this nbgrader makes.

    Returns
    -------
    str
        Alembic's name for it.

    Examples
    --------
    >>> len(head())
    12
    """
    from alembic.script import ScriptDirectory

    return str(ScriptDirectory(dbutil.ALEMBIC_DIR).get_current_head())


def make_tables(engine: Any, metadata: Any) -> None:
    """Make tables that are not there yet, also if somebody else is doing the same.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        The gradebook.
    metadata : sqlalchemy.MetaData
        The tables.

    Examples
    --------
    >>> from sqlalchemy import MetaData
    >>> make_tables(create_engine("sqlite://"), MetaData())
    """
    with engine.begin() as connection:
        _wait_for(connection, _TABLES)
        metadata.create_all(connection)


@contextlib.contextmanager
def alone(url: str) -> Generator[None]:
    """Keep others from releasing an assignment into the same gradebook at the same time.

    Parameters
    ----------
    url : str
        The gradebook; for one in a file there is nothing to do.

    Yields
    ------
    None
        As soon as nobody else does it.

    Examples
    --------
    >>> with alone("sqlite:///gradebook.db"):
    ...     pass
    """
    if make_url(url).get_backend_name() != "postgresql":
        yield
        return
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(sql("select pg_advisory_lock(:number)"), {"number": _RELEASE})
            yield
            connection.invalidate()  # the lock ends with the connection
    finally:
        engine.dispose()


def _wait_for(connection: Any, number: int) -> None:
    """Wait until nobody else has this lock; it is given back with the transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(sql("select pg_advisory_xact_lock(:number)"), {"number": number})


def too_long(name: str, dialect: str) -> str:
    """Say why somebody cannot stand in a gradebook under a name, "" if it will do.

    Parameters
    ----------
    name : str
        The id: the name of the folder of what was handed in.
    dialect : str
        Of the database; a file ("sqlite") takes names of any length.

    Returns
    -------
    str
        What is wrong and what to do.

    Examples
    --------
    >>> too_long("anna", "postgresql")
    ''
    >>> too_long("a" * 200, "postgresql").partition(".")[0]
    'the name of the folder has 200 characters, the gradebook takes 128'
    """
    most = int(api.Student.__table__.columns["id"].type.length)
    if dialect != "sqlite" and len(name) > most:
        return text("database.long", number=len(name), most=most)
    try:
        name.encode()
    except UnicodeEncodeError:
        return text("database.encoding")
    return ""
