"""Which rooms own tables."""

from importlib import import_module

from sqlalchemy import MetaData

from database.base import Base

# A room with tables adds its module here; a contract test finds the one that forgets.
TABLE_MODULES = ("organisation.tables", "cases.tables", "connectors.tables", "knowledge.tables")


def load_metadata() -> MetaData:
    """Import every room's tables and return the metadata that now holds them all.

    Raises:
        ImportError: a module named above is not there.
    """
    for module in TABLE_MODULES:
        import_module(module)
    return Base.metadata
