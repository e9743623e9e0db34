"""Tables of the edge."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from database.base import Base, UtcDateTime


class TranscriptRow(Base):
    """What was said, in order: the user's messages and the replies."""

    __tablename__ = "transcript"
    __table_args__ = (
        Index("ix_transcript_conversation", "conversation_id", "seq"),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    speaker: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    card: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ButtonRow(Base):
    """A button that Sifra issued; its payload never leaves the gateway."""

    __tablename__ = "buttons"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    seq: Mapped[int] = mapped_column(ForeignKey("transcript.seq"), index=True)
    position: Mapped[int]
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    title: Mapped[str] = mapped_column(Text)
    payload: Mapped[str] = mapped_column(Text)
    style: Mapped[str] = mapped_column(String(16))


class InboxRow(Base):
    """A message that waits for its turn, or has had it."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("channel", "message_id"),
        Index("ix_inbox_waiting", "status", "conversation_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    channel: Mapped[str] = mapped_column(String(32))
    message_id: Mapped[str] = mapped_column(String(128))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    seq: Mapped[int] = mapped_column(ForeignKey("transcript.seq"))
    text: Mapped[str] = mapped_column(Text)
    payload: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(2))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int]
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)
