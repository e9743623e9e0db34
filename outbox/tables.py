"""Tables of the outbox."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

import organisation.tables  # noqa: F401  The foreign keys below point there.
from database.base import Base, UtcDateTime, text_enum
from outbox.notice import Value


class NoticeStatus(StrEnum):
    """What became of a notice."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    PARKED = "parked"


class OutboxRow(Base):
    """A notice. Rows stay, so that a key is posted once, ever; their values go when the notice has ended.

    `conversation_id` is where it was delivered. It stays empty for an anonymous reporter: beside the topic it
    would tell whose conversation the case came from, which the keyed hash is there to hide.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_waiting", "status", "not_before"),
        {"sqlite_autoincrement": True},  # the order of delivery: an id is never given again
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    template: Mapped[str] = mapped_column(String(64))
    values: Mapped[dict[str, Value]] = mapped_column(JSON)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.employee_id"), index=True)
    origin: Mapped[str | None] = mapped_column(String(64))
    topic: Mapped[str] = mapped_column(String(64), index=True)
    urgent: Mapped[bool]
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    posted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[NoticeStatus] = mapped_column(text_enum(NoticeStatus, 16))
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"))
    attempts: Mapped[int]


class PictureRow(Base):
    """A picture in a light and a dark variant, for one conversation."""

    __tablename__ = "pictures"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    media_type: Mapped[str] = mapped_column(String(32))
    light: Mapped[bytes] = mapped_column(LargeBinary)
    dark: Mapped[bytes] = mapped_column(LargeBinary)
    alt: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
