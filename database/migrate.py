"""Bring a database to a revision of the schema."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from database.engine import make_engine

_SCRIPTS = Path(__file__).with_name("migrations")
# Of the advisory lock. Any number will do, as long as every Sifra takes the same.
_TURN = 0x51F8A
_TABLE_LOCK_TIMEOUT_S = 60


def upgrade(url: str, revision: str = "head") -> None:
    """Apply the missing migrations, all or none; does nothing when there are none.

    Processes that start together may all call it on one database: they wait for each other.

    Raises:
        sqlalchemy.exc.OperationalError: the database is not reachable, or somebody held on to a table.
    """
    _run(command.upgrade, url, revision)


def downgrade(url: str, revision: str) -> None:
    """Take migrations back, all or none. **Drops tables with what they hold.**

    Args:
        url: the database.
        revision: the revision to end at, or `base` for an empty database.
    """
    _run(command.downgrade, url, revision)


def current_revision(url: str) -> str | None:
    """The revision that a database is at; None before the first migration."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def head_revision() -> str:
    """The newest revision that this code has.

    Raises:
        RuntimeError: there is no migration.
        alembic.util.CommandError: the history has more than one head.
    """
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError(f"no migration under {_SCRIPTS}")
    return head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config


def _run(step: Callable[[Config, str], None], url: str, revision: str) -> None:
    config = _config()
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            _wait_for_turn(connection)
            config.attributes["connection"] = connection
            step(config, revision)
    finally:
        engine.dispose()


def _wait_for_turn(connection: Connection) -> None:
    """Let one transaction at a time migrate. On SQLite each has the whole database to itself anyway."""
    if connection.dialect.name != "postgresql":
        return
    # A large table may take long to change, and another process' migration with it.
    for setting in ("statement_timeout = 0", "lock_timeout = 0"):
        connection.exec_driver_sql(f"SET LOCAL {setting}")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_TURN})")
    # A table in use, on the other hand: all who come later queue behind a migration that waits for it.
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_TABLE_LOCK_TIMEOUT_S}s'")
