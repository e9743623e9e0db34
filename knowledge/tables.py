"""Tables of the knowledge room; the routines themselves are files, not rows."""

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from database.base import Base, UtcDateTime, text_enum
from knowledge.feedback_model import FeedbackKind


class RoutineFeedbackRow(Base):
    """What became of a question; the fields are those of `knowledge.feedback_model.Feedback`."""

    __tablename__ = "routine_feedback"
    __table_args__ = (UniqueConstraint("question_key", "document_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    question_key: Mapped[str] = mapped_column(String(32))
    document_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[FeedbackKind] = mapped_column(text_enum(FeedbackKind))
    question: Mapped[str] = mapped_column(Text)
    section: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(2))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
