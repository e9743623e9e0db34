"""Writing and reading the lines of a conversation, within a transaction of the caller."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.messages import Button, Line, Reply
from connectors.tables import ButtonRow, TranscriptRow
from organisation.tables import ConversationRow

USER, SIFRA, SYSTEM = "user", "sifra", "system"


def write_line(session: Session, conversation_id: str, speaker: str, reply: Reply, sent_at: datetime) -> int:
    """Add a line with its buttons, and return its place.

    Several processes write to one conversation. On PostgreSQL a line with a lower place could be committed
    after one with a higher, and a reader who has gone on from the higher would never see it. So the
    conversation's row is held while a line is written.
    """
    held = select(ConversationRow.id).where(ConversationRow.id == conversation_id)
    session.execute(held.with_for_update(key_share=True))
    row = TranscriptRow(
        conversation_id=conversation_id, speaker=speaker, text=reply.text, card=reply.card, sent_at=sent_at
    )
    session.add(row)
    session.flush()
    session.add_all(
        ButtonRow(
            id=secrets.token_urlsafe(16),
            seq=row.seq,
            position=position,
            conversation_id=conversation_id,
            title=button.title,
            payload=button.payload,
            style=button.style,
        )
        for position, button in enumerate(reply.buttons)
    )
    return row.seq


def read_lines(session: Session, conversation_id: str, after: int, limit: int) -> list[Line]:
    """The lines after a place, in order."""
    query = (
        select(TranscriptRow)
        .where(TranscriptRow.conversation_id == conversation_id, TranscriptRow.seq > after)
        .order_by(TranscriptRow.seq)
        .limit(limit)
    )
    rows = list(session.scalars(query))
    buttons = _buttons(session, [row.seq for row in rows])
    return [
        Line(row.seq, row.speaker, row.text, row.card, row.sent_at, buttons.get(row.seq, ())) for row in rows
    ]


def _buttons(session: Session, seqs: list[int]) -> dict[int, tuple[Button, ...]]:
    found: dict[int, tuple[Button, ...]] = {}
    query = select(ButtonRow).where(ButtonRow.seq.in_(seqs)).order_by(ButtonRow.seq, ButtonRow.position)
    for row in session.scalars(query):
        button = Button(row.title, row.payload, row.style, row.id)
        found[row.seq] = (*found.get(row.seq, ()), button)
    return found
