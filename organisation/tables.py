"""Tables of the organisation."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from database.base import Base, UtcDateTime, text_enum
from organisation.model import Role


class UnitRow(Base):
    """A unit."""

    __tablename__ = "units"

    unit_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("units.unit_id"))
    sector: Mapped[str] = mapped_column(String(64))


class PersonRow(Base):
    """A person; one who has left stays, inactive, because cases point to them."""

    __tablename__ = "people"

    employee_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(320))
    title: Mapped[str] = mapped_column(String(200))
    unit_id: Mapped[str] = mapped_column(ForeignKey("units.unit_id"), index=True)
    role: Mapped[Role] = mapped_column(text_enum(Role))
    active: Mapped[bool]


class DeputyRow(Base):
    """Somebody who stands in for a leader, from the first day to the last, both included."""

    __tablename__ = "deputies"
    __table_args__ = (UniqueConstraint("leader_id", "deputy_id", "begins"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    leader_id: Mapped[str] = mapped_column(ForeignKey("people.employee_id"))
    deputy_id: Mapped[str] = mapped_column(ForeignKey("people.employee_id"), index=True)
    begins: Mapped[date]
    ends: Mapped[date | None]


class ConversationRow(Base):
    """A conversation."""

    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("channel", "external_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    channel: Mapped[str] = mapped_column(String(32))
    external_id: Mapped[str] = mapped_column(String(512))
    employee_id: Mapped[str | None] = mapped_column(ForeignKey("people.employee_id"), index=True)
    language: Mapped[str | None] = mapped_column(String(8))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
