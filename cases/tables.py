"""Tables of the case register."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

import organisation.tables  # noqa: F401  The foreign keys below point there.
from cases.categories import Category, Kind, Likelihood, Severity, Status
from cases.model import Speaker
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
    nonce: Mapped[str | None] = mapped_column(String(32))
    responsible_id: Mapped[str | None] = mapped_column(ForeignKey("people.employee_id"), index=True)
    deadline: Mapped[date | None]
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CaseRoutineRow(Base):
    """A routine that a case concerns; the routines themselves are documents, not rows."""

    __tablename__ = "case_routines"

    case_number: Mapped[str] = mapped_column(ForeignKey("cases.number"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    routine_id: Mapped[str] = mapped_column(String(64), index=True)


class CommentRow(Base):
    """What was written about a case."""

    __tablename__ = "case_comments"
    # An id is never given twice: events name comments, also those that were taken back.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_number: Mapped[str] = mapped_column(ForeignKey("cases.number"), index=True)
    author_id: Mapped[str | None] = mapped_column(ForeignKey("people.employee_id"))
    speaker: Mapped[Speaker] = mapped_column(text_enum(Speaker))
    internal: Mapped[bool]
    text: Mapped[str] = mapped_column(Text)
    nonce: Mapped[str | None] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class WatcherRow(Base):
    """Somebody who follows a case."""

    __tablename__ = "case_watchers"

    case_number: Mapped[str] = mapped_column(ForeignKey("cases.number"), primary_key=True)
    employee_id: Mapped[str] = mapped_column(ForeignKey("people.employee_id"), primary_key=True, index=True)


class InvolvedRow(Base):
    """Somebody whom a case is about."""

    __tablename__ = "case_involved"

    case_number: Mapped[str] = mapped_column(ForeignKey("cases.number"), primary_key=True)
    employee_id: Mapped[str] = mapped_column(ForeignKey("people.employee_id"), primary_key=True, index=True)


class AttachmentRow(Base):
    """A file that belongs to a case."""

    __tablename__ = "case_attachments"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_number: Mapped[str] = mapped_column(ForeignKey("cases.number"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    added_by: Mapped[str | None] = mapped_column(ForeignKey("people.employee_id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CaseEventRow(Base):
    """What happened to a case, or who looked at it: never changed, never deleted.

    `details` is JSON as text, in the very form that was hashed.
    """

    __tablename__ = "case_events"
    __table_args__ = (
        UniqueConstraint("case_number", "seq"),
        Index("ix_case_events_actor_id_at", "actor_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_number: Mapped[str] = mapped_column(ForeignKey("cases.number"))
    seq: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[str | None] = mapped_column(ForeignKey("people.employee_id"))
    channel: Mapped[str] = mapped_column(String(32))
    action: Mapped[str] = mapped_column(String(32))
    details: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64))


class SubscriptionRow(Base):
    """A summary that somebody wants to get."""

    __tablename__ = "case_subscriptions"

    employee_id: Mapped[str] = mapped_column(ForeignKey("people.employee_id"), primary_key=True)
    frequency: Mapped[str] = mapped_column(String(16))
    weekday: Mapped[int | None]
    hour: Mapped[int]


class BreachRow(Base):
    """What is known of a breach of personal data; `answers` are the fields of the authority's form."""

    __tablename__ = "case_breaches"

    case_number: Mapped[str] = mapped_column(ForeignKey("cases.number"), primary_key=True)
    discovered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    decision: Mapped[str | None] = mapped_column(String(16))
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("people.employee_id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TrendAlertRow(Base):
    """A trend that somebody has been told of."""

    __tablename__ = "trend_alerts"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[str] = mapped_column(ForeignKey("units.unit_id"), index=True)
    subject: Mapped[str] = mapped_column(String(64))
    count: Mapped[int]
    found_on: Mapped[date]


class CaseRow(Base):
    """A case; the fields are those of `cases.model.Case`.

    `search_text` is title, description and place, casefolded; `nonce` seals the description, see
    `cases.history`.
    """

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("origin", "draft_id"),
        CheckConstraint("NOT anonymous OR reporter_id IS NULL", name="anonymous_has_no_reporter"),
        Index("ix_cases_status_due_date", "status", "due_date"),
        Index("ix_cases_unit_id_reported_on", "unit_id", "reported_on"),
        Index("ix_cases_unit_id_status_due_date", "unit_id", "status", "due_date"),
        Index("ix_cases_category_reported_on", "category", "reported_on"),
    )

    number: Mapped[str] = mapped_column(String(16), primary_key=True)
    origin: Mapped[str | None] = mapped_column(String(32))
    draft_id: Mapped[str | None] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(32))
    kind: Mapped[Kind] = mapped_column(text_enum(Kind))
    category: Mapped[Category] = mapped_column(text_enum(Category))
    subtype: Mapped[str | None] = mapped_column(String(64))
    severity: Mapped[Severity] = mapped_column(text_enum(Severity))
    likelihood: Mapped[Likelihood | None] = mapped_column(text_enum(Likelihood))
    status: Mapped[Status] = mapped_column(text_enum(Status))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    search_text: Mapped[str] = mapped_column(Text)
    nonce: Mapped[str | None] = mapped_column(String(32))
    unit_id: Mapped[str | None] = mapped_column(ForeignKey("units.unit_id"))
    place: Mapped[str | None] = mapped_column(String(500))
    occurred_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    occurred_text: Mapped[str | None] = mapped_column(String(500))
    reporter_id: Mapped[str | None] = mapped_column(ForeignKey("people.employee_id"), index=True)
    anonymous: Mapped[bool]
    protected: Mapped[bool]
    sensitive: Mapped[bool]
    assignee_id: Mapped[str | None] = mapped_column(ForeignKey("people.employee_id"), index=True)
    due_date: Mapped[date]
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reported_on: Mapped[date] = mapped_column(index=True)
    responded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    closing_note: Mapped[str | None] = mapped_column(Text)
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("cases.number"), index=True)
    anonymised_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int]

    measures: Mapped[list[MeasureRow]] = relationship(
        order_by=MeasureRow.position, lazy="selectin", cascade="all, delete-orphan"
    )
    routines: Mapped[list[CaseRoutineRow]] = relationship(
        order_by=CaseRoutineRow.position, lazy="selectin", cascade="all, delete-orphan"
    )
    watchers: Mapped[list[WatcherRow]] = relationship(lazy="selectin", cascade="all, delete-orphan")
    involved: Mapped[list[InvolvedRow]] = relationship(lazy="selectin", cascade="all, delete-orphan")
