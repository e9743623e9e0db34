"""Which rooms own tables."""

from importlib import import_module

from sqlalchemy import MetaData

from database.base import Base

# A room with tables adds its module here; a contract test finds the one that forgets.
TABLE_MODULES = (
    "organisation.tables",
    "cases.tables",
    "connectors.tables",
    "knowledge.tables",
    "outbox.tables",
)

# Made by the clerk's scheduler (cases/clerk_server.py), which looks after it itself.
FOREIGN_TABLES = frozenset({"apscheduler_jobs"})


def is_ours(_item: object, name: str | None, kind: str, _reflected: bool, _compared: object) -> bool:
    """Whether the migrations look after something: what Alembic asks as `include_object`."""
    return kind != "table" or name not in FOREIGN_TABLES


def load_metadata() -> MetaData:
    """Import every room's tables and return the metadata that now holds them all.

    Raises:
        ImportError: a module named above is not there.
    """
    for module in TABLE_MODULES:
        import_module(module)
    return Base.metadata
