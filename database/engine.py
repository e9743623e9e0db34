"""Engines and sessions for SQLite and PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_S = 10.0
_READING = "sifra_reading"

SessionFactory = sessionmaker[Session]


def make_engine(url: str) -> Engine:
    """Make an engine; nothing connects yet, but the folder of an SQLite file is created.

    On SQLite a transaction takes the write lock when it begins. One that reads first and writes
    later could otherwise fail with "database is locked" at its first write, and waiting does not help
    there: what it has read is already stale. Use `reading` for work that only reads.

    Args:
        url: an SQLAlchemy URL, such as `sqlite:///var/sifra.db`.
    """
    parsed = make_url(url)
    # Parameters hold what people wrote; errors with them in would end in logs.
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, hide_parameters=True)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def session_factory(engine: Engine) -> SessionFactory:
    """Sessions for one unit of work each: `with sessions.begin() as session: ...`."""
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def reading(sessions: SessionFactory) -> Iterator[Session]:
    """A session that sees one consistent state and waits for no writer.

    Raises:
        sqlalchemy.exc.OperationalError: something was written in it (SQLite only).
    """
    with sessions() as session:
        session.connection(execution_options={_READING: True})
        yield session


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own habit of beginning transactions is switched off: `_begin_sqlite` does it. See
    # https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#sqlite-transactions
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if read_only else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
