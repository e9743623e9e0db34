"""Delivers notices: writes them into the conversations of those whom they are for.

A notice is claimed, written to the transcript and marked delivered in one transaction. So it is said once,
whatever crashes and however many gateways run. One that cannot be worded is parked and stops no other.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from connectors.messages import Button, Reply, clean
from connectors.origins import Origins
from connectors.signals import Signals
from connectors.tables import TranscriptRow
from connectors.transcript import SIFRA, write_line
from database.clock import Clock
from database.engine import SessionFactory, reading
from organisation.tables import ConversationRow
from outbox.languages import DEFAULT
from outbox.queue import Due, claim, deliver, due_for_origins, due_for_people, park
from outbox.rendering import render
from outbox.tables import OutboxRow

log = logging.getLogger(__name__)

# Notices are posted by other processes, so the database is asked.
POLL_S = 1.0
BATCH = 100
# A notice that cannot be written, while others can, is parked after so many tries.
MAX_ATTEMPTS = 5


@dataclass(frozen=True)
class _Target:
    conversation_id: str
    language: str


class OutboxDelivery:
    """One per gateway."""

    def __init__(self, sessions: SessionFactory, clock: Clock, origins: Origins, signals: Signals) -> None:
        """Take what it works on."""
        self._sessions = sessions
        self._clock = clock
        self._origins = origins
        self._signals = signals

    async def run(self) -> None:
        """Deliver until cancelled; a notice under way is then delivered or not touched."""
        while True:
            try:
                await self.deliver_due()
            except Exception as error:  # noqa: BLE001  a database hiccup must not end the delivery
                log.error("outbox cannot be delivered: %s", type(error).__name__)
            await asyncio.sleep(POLL_S)

    async def deliver_due(self) -> int:
        """Deliver what is due, to each in the order in which it was posted, and count it.

        Raises:
            sqlalchemy.exc.OperationalError: the database is away.
        """
        delivered = 0
        tried: set[int] = set()
        while True:
            due = [one for one in await run_in_threadpool(self._due) if one.notice_id not in tried]
            if not due:
                return delivered
            for one in due:
                tried.add(one.notice_id)
                conversation_id = await run_in_threadpool(self._try, one)
                if conversation_id is not None:
                    delivered += 1
                    self._signals.said(conversation_id)

    def _due(self) -> list[Due]:
        now = self._clock()
        with reading(self._sessions) as session:
            return [*due_for_people(session, now, BATCH), *due_for_origins(session, now)]

    def _try(self, due: Due) -> str | None:
        """Deliver one notice and return where; None when it waits on, was taken by another or is parked."""
        origin_conversation = self._origins.conversation_id(due.origin) if due.origin else None
        if due.origin and origin_conversation is None:
            return None
        try:
            with self._sessions.begin() as session:
                row = claim(session, due.notice_id, self._clock())
                return self._deliver(session, row, origin_conversation) if row is not None else None
        except OperationalError:  # the database is away or too busy: nothing is wrong with the notice
            raise
        except Exception as error:  # noqa: BLE001  one notice must not stop the others
            self._failed(due.notice_id, error)
            return None

    def _deliver(self, session: Session, row: OutboxRow, origin_conversation: str | None) -> str | None:
        target = _conversation(session, origin_conversation) or _last_used_by(session, row.person_id)
        if target is None:  # it was there a moment ago
            return None
        row.attempts += 1
        reply = _reply(row, target.language)
        if reply is None:
            return None
        now = self._clock()
        write_line(session, target.conversation_id, SIFRA, reply, now)
        deliver(row, now, target.conversation_id)
        return target.conversation_id

    def _failed(self, notice_id: int, error: Exception) -> None:
        log.error("notice %s cannot be written: %s", notice_id, type(error).__name__)
        with self._sessions.begin() as session:
            row = claim(session, notice_id, self._clock())
            if row is None:
                return
            row.attempts += 1
            if row.attempts >= MAX_ATTEMPTS:
                park(row)
                log.error("notice %s is parked after %d tries", notice_id, row.attempts)


def _reply(row: OutboxRow, language: str) -> Reply | None:
    try:
        rendered = render(row.template, row.values, language)
    except Exception as error:  # noqa: BLE001  whatever is wrong with it: an operator has to look
        park(row)
        log.error("notice %s is parked: %s (template %s)", row.id, type(error).__name__, row.template)
        return None
    buttons = (Button(button.title, button.payload, button.style) for button in rendered.buttons)
    return Reply(clean(rendered.text), buttons=tuple(buttons))


def _conversation(session: Session, conversation_id: str | None) -> _Target | None:
    row = session.get(ConversationRow, conversation_id) if conversation_id else None
    return _Target(row.id, row.language or DEFAULT) if row else None


def _last_used_by(session: Session, employee_id: str | None) -> _Target | None:
    """The conversation of an employee in which something was said last, else the newest one."""
    last_said = (
        select(func.max(TranscriptRow.seq))
        .where(TranscriptRow.conversation_id == ConversationRow.id)
        .scalar_subquery()
    )
    query = (
        select(ConversationRow)
        .where(ConversationRow.employee_id == employee_id)
        .order_by(func.coalesce(last_said, 0).desc(), ConversationRow.created_at.desc(), ConversationRow.id)
        .limit(1)
    )
    row = session.scalar(query) if employee_id else None
    return _Target(row.id, row.language or DEFAULT) if row else None
