"""Bring a database to a revision of the schema."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from database.engine import make_engine

_SCRIPTS = Path(__file__).with_name("migrations")


def upgrade(url: str, revision: str = "head") -> None:
    """Apply the missing migrations, all or none; does nothing when there are none.

    Processes that start together may all call it on one SQLite file: they wait for each other.
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
            config.attributes["connection"] = connection
            step(config, revision)
    finally:
        engine.dispose()
