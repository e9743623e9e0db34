"""Tables of the case register."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

import organisation.tables  # noqa: F401  The foreign keys below point there.
from cases.categories import Category, Kind, Severity, Status
from database.base import Base, UtcDateTime, text_enum


class CaseNumberRow(Base):
    """The highest case number given out in a year."""

    __tablename__ = "case_number_series"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_number: Mapped[int]


class MeasureRow(Base):
    """A measure of a case."""

    __tablename__ = "measures"

    case_number: Mapped[str] = mapped_column(ForeignKey("cases.number"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    responsible_id: Mapped[str | None] = mapped_column(ForeignKey("people.employee_id"))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CaseRoutineRow(Base):
    """A routine that a case concerns; the routines themselves are documents, not rows."""

    __tablename__ = "case_routines"

    case_number: Mapped[str] = mapped_column(ForeignKey("cases.number"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    routine_id: Mapped[str] = mapped_column(String(64))


class CaseRow(Base):
    """A case; the fields are those of `cases.model.Case`."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("conversation_id", "draft_id"),
        CheckConstraint("NOT anonymous OR reporter_id IS NULL", name="anonymous_has_no_reporter"),
    )

    number: Mapped[str] = mapped_column(String(16), primary_key=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"))
    draft_id: Mapped[str | None] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(32))
    kind: Mapped[Kind] = mapped_column(text_enum(Kind))
    category: Mapped[Category] = mapped_column(text_enum(Category))
    subtype: Mapped[str | None] = mapped_column(String(64))
    severity: Mapped[Severity] = mapped_column(text_enum(Severity))
    status: Mapped[Status] = mapped_column(text_enum(Status))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[str | None] = mapped_column(ForeignKey("units.unit_id"), index=True)
    place: Mapped[str | None] = mapped_column(String(500))
    occurred_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    occurred_text: Mapped[str | None] = mapped_column(String(500))
    reporter_id: Mapped[str | None] = mapped_column(ForeignKey("people.employee_id"), index=True)
    anonymous: Mapped[bool]
    assignee_id: Mapped[str | None] = mapped_column(ForeignKey("people.employee_id"), index=True)
    due_date: Mapped[date]
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closing_note: Mapped[str | None] = mapped_column(Text)

    measures: Mapped[list[MeasureRow]] = relationship(order_by=MeasureRow.position, lazy="selectin")
    routines: Mapped[list[CaseRoutineRow]] = relationship(order_by=CaseRoutineRow.position, lazy="selectin")
