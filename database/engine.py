"""Engines and sessions for SQLite and PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_S = 10.0  # how long a writer waits for another one, on both databases
STATEMENT_TIMEOUT_S = 30.0  # of one statement on PostgreSQL; the slowest report takes about a second
IDLE_TIMEOUT_S = 60.0  # of a transaction in which nothing happens, so that it blocks others no longer
CONNECT_TIMEOUT_S = 5
# Each of the three processes (gateway, action server, clerk) has a pool. Together they stay below the 100
# connections that PostgreSQL allows by default, with room for the command line and a backup.
POOL_SIZE = 10
POOL_OVERFLOW = 10

_READING = "sifra_reading"
_READING_OPTIONS: dict[str, dict[str, Any]] = {
    "sqlite": {_READING: True},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}
_SESSION_SETTINGS = {
    "statement_timeout": f"{STATEMENT_TIMEOUT_S * 1000:.0f}",
    "lock_timeout": f"{BUSY_TIMEOUT_S * 1000:.0f}",
    "idle_in_transaction_session_timeout": f"{IDLE_TIMEOUT_S * 1000:.0f}",
    "timezone": "UTC",
    # It compiles what the planner finds dear: so our rights look (a subquery a row), and take 50 ms.
    "jit": "off",
}

SessionFactory = sessionmaker[Session]


def make_engine(url: str) -> Engine:
    """Make an engine; nothing connects yet, but the folder of an SQLite file is created.

    On SQLite a transaction takes the write lock when it begins. One that reads first and writes
    later could otherwise fail with "database is locked" at its first write, and waiting does not help
    there: what it has read is already stale. Use `reading` for work that only reads.

    On PostgreSQL a transaction is READ COMMITTED: what was read may change before it is written, unless
    the row is locked (`with_for_update`) or its version compared.

    Args:
        url: `sqlite:///var/sifra.db`, or `postgresql://user@host/database`; also `postgres://`.
    Raises:
        sqlalchemy.exc.ArgumentError: it is no such URL.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed)
    if parsed.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return _postgresql_engine(parsed.set(drivername="postgresql+psycopg"))
    raise ArgumentError(f"the database is SQLite or PostgreSQL (psycopg), not {parsed.drivername}")


def session_factory(engine: Engine) -> SessionFactory:
    """Sessions for one unit of work each: `with sessions.begin() as session: ...`."""
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def reading(sessions: SessionFactory) -> Iterator[Session]:
    """A session that sees one consistent state and waits for no writer.

    Raises:
        sqlalchemy.exc.DBAPIError: something was written in it.
    """
    with sessions() as session:
        session.connection(execution_options=_READING_OPTIONS[session.get_bind().dialect.name])
        yield session


def _sqlite_engine(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    # Parameters hold what people wrote; errors with them in would end in logs.
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own habit of beginning transactions is switched off: `_begin_sqlite` does it. See
    # https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#sqlite-transactions
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    # With WAL, NORMAL may lose the last commits when the power goes, and people have receipts for them.
    # https://www.sqlite.org/pragma.html#pragma_synchronous
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if read_only else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _postgresql_engine(url: URL) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,  # a restarted server costs one try, not one error for each connection
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=BUSY_TIMEOUT_S,
        pool_recycle=1800,
        connect_args=_connect_args(url),
    )
    event.listen(engine, "handle_error", _leave_out_details)
    return engine


def _connect_args(url: URL) -> dict[str, Any]:
    """What libpq is told, unless the URL says otherwise.

    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
    """
    settings = [f"-c {name}={value}" for name, value in _SESSION_SETTINGS.items()]
    args: dict[str, Any] = {
        "application_name": "sifra",
        "connect_timeout": CONNECT_TIMEOUT_S,
        # A peer that has vanished without a word is noticed within a minute.
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 60_000,
    }
    kept = {name: value for name, value in args.items() if name not in url.query}
    # Of two settings of one name the server takes the later.
    own = url.query.get("options", "")
    return {**kept, "options": " ".join([*settings, own if isinstance(own, str) else " ".join(own)]).strip()}


def _leave_out_details(context: ExceptionContext) -> None:
    """Keep the first line of PostgreSQL's errors.

    `hide_parameters` is not enough: the lines below it hold values of the row ("Failing row contains ...").
    """
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None:
            error.args = tuple(arg.split("\n")[0] if isinstance(arg, str) else arg for arg in error.args)
