"""The outbox from the other side: which notices are due, and whose turn it is to deliver one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from organisation.tables import ConversationRow, PersonRow
from outbox.tables import NoticeStatus, OutboxRow


@dataclass(frozen=True)
class Due:
    """A notice that may be delivered; `origin` is None for one to an employee."""

    notice_id: int
    origin: str | None


def due_for_people(session: Session, now: datetime, limit: int) -> list[Due]:
    """The oldest due notice of each employee who works here and has a conversation to get it in."""
    oldest = select(func.min(OutboxRow.id)).where(_is_due(now), OutboxRow.person_id.is_not(None))
    reachable = exists().where(
        PersonRow.employee_id == OutboxRow.person_id,
        PersonRow.active,
        ConversationRow.employee_id == OutboxRow.person_id,
    )
    query = (
        select(OutboxRow.id)
        .where(OutboxRow.id.in_(oldest.group_by(OutboxRow.person_id)), reachable)
        .order_by(OutboxRow.id)
        .limit(limit)
    )
    return [Due(notice_id, None) for notice_id in session.scalars(query)]


def due_for_origins(session: Session, now: datetime) -> list[Due]:
    """The oldest due notice of each anonymous reporter."""
    query = (
        select(func.min(OutboxRow.id), OutboxRow.origin)
        .where(_is_due(now), OutboxRow.origin.is_not(None))
        .group_by(OutboxRow.origin)
        .order_by(func.min(OutboxRow.id))
    )
    return [Due(notice_id, origin) for notice_id, origin in session.execute(query)]


def claim(session: Session, notice_id: int, now: datetime) -> OutboxRow | None:
    """A due notice, held until the transaction ends; None when it has ended or another holds it."""
    query = select(OutboxRow).where(OutboxRow.id == notice_id, _is_due(now)).with_for_update(skip_locked=True)
    return session.scalar(query)


def deliver(row: OutboxRow, now: datetime, conversation_id: str) -> None:
    """Mark a claimed notice delivered. Its values are forgotten: the transcript holds what was said."""
    row.status = NoticeStatus.DELIVERED
    row.delivered_at = now
    row.conversation_id = conversation_id if row.origin is None else None
    row.values = {}


def park(row: OutboxRow) -> None:
    """Set a notice aside for an operator; it keeps its values and is not tried again."""
    row.status = NoticeStatus.PARKED


def _is_due(now: datetime) -> ColumnElement[bool]:
    return (OutboxRow.status == NoticeStatus.WAITING) & (OutboxRow.not_before <= now)
