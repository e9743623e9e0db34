"""What every room's tables share: the declarative base and two column types."""

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import DateTime, Dialect, Enum, MetaData
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

# Migrations must be able to name a constraint that they drop, on every database alike.
# https://alembic.sqlalchemy.org/en/latest/naming.html
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every table in every room; `Base.metadata` is what the migrations must build."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in Python, UTC in the database.

    SQLite drops the offset of what it stores, so the offset is settled before it gets there.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into UTC.

        Raises:
            ValueError: the moment is naive (SQLAlchemy wraps it in `StatementError`).
        """
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("a moment without a UTC offset cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the stored moment its UTC offset back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def text_enum(members: type[StrEnum], length: int = 32) -> Enum:
    """A text column that holds the values of an enumeration and reads them back as its members.

    No CHECK constraint, so a new member needs no migration; a value outside the enumeration raises
    `LookupError` on the way in (SQLAlchemy wraps it in `StatementError`) and out.
    """
    return Enum(
        members,
        native_enum=False,
        length=length,
        validate_strings=True,
        values_callable=lambda kind: [item.value for item in kind],
    )
