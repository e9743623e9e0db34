"""Where messages wait and conversations are kept.

Every method is one transaction. What a channel has been told is received is in the inbox; the replies to
a message are written in the transaction that marks it done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from connectors.errors import ButtonGoneError
from connectors.messages import InboundMessage, Line, Reply
from connectors.tables import ButtonRow, InboxRow, TranscriptRow
from connectors.transcript import SIFRA, SYSTEM, USER, read_lines, write_line
from database.engine import SessionFactory, reading

WAITING, DONE, PARKED = "waiting", "done", "parked"


@dataclass(frozen=True)
class Waiting:
    """A message whose turn it is.

    Attributes:
        attempts: how often it has been tried before; more than none means that Rasa may have had it.
        payload: of the button that was pressed, or None.
    """

    inbox_id: int
    channel: str
    message_id: str
    conversation_id: str
    text: str
    payload: str | None
    received_at: datetime
    attempts: int
    language: str = "nb"


class Mailbox:
    """Inbox and transcript."""

    def __init__(self, sessions: SessionFactory, clock: Callable[[], datetime]) -> None:
        """Take what gives sessions and the time."""
        self._sessions = sessions
        self._clock = clock

    def receive(self, message: InboundMessage) -> int:
        """Keep a message and queue it; a redelivery changes nothing.

        Returns:
            Its place in the transcript.

        Raises:
            ButtonGoneError: the button is unknown, or was issued in another conversation.
        """

        def keep(session: Session) -> int:
            text, payload = message.text, None
            if message.button_id is not None:
                button = session.get(ButtonRow, message.button_id)
                if button is None or button.conversation_id != message.conversation_id:
                    raise ButtonGoneError("no such button in this conversation")
                text, payload = button.title, button.payload
            seq = self._say(session, message.conversation_id, USER, Reply(text))
            self._queue(session, message, seq, text, payload, WAITING)
            return seq

        return self._keep_once(message, keep)

    def answer_at_once(self, message: InboundMessage, reply: Reply) -> int:
        """Keep a message that needs no dialogue, together with its answer; a redelivery changes nothing."""

        def keep(session: Session) -> int:
            seq = self._say(session, message.conversation_id, USER, Reply(message.text))
            self._queue(session, message, seq, message.text, None, DONE)
            self._say(session, message.conversation_id, SIFRA, reply)
            return seq

        return self._keep_once(message, keep)

    def due(self, busy: Iterable[str], limit: int) -> list[str]:
        """Return conversations whose oldest waiting message may be tried now.

        Args:
            busy: conversations to leave out.
            limit: how many at most.
        """
        oldest = (
            select(func.min(InboxRow.id)).where(InboxRow.status == WAITING).group_by(InboxRow.conversation_id)
        )
        query = (
            select(InboxRow.conversation_id)
            .where(InboxRow.id.in_(oldest), InboxRow.next_try_at <= self._clock())
            .where(InboxRow.conversation_id.not_in(list(busy)))
            .order_by(InboxRow.id)
            .limit(limit)
        )
        with reading(self._sessions) as session:
            return list(session.scalars(query))

    def next_waiting(self, conversation_id: str) -> Waiting | None:
        """Return the oldest waiting message of a conversation if it may be tried now."""
        query = (
            select(InboxRow)
            .where(InboxRow.conversation_id == conversation_id, InboxRow.status == WAITING)
            .order_by(InboxRow.id)
            .limit(1)
        )
        with reading(self._sessions) as session:
            row = session.scalar(query)
            if row is None or row.next_try_at > self._clock():
                return None
            return Waiting(
                row.id,
                row.channel,
                row.message_id,
                row.conversation_id,
                row.text,
                row.payload,
                row.received_at,
                row.attempts,
                row.language,
            )

    def begin(self, waiting: Waiting) -> None:
        """Count a try before it is made, so that one that ends in a crash counts too."""
        with self._sessions.begin() as session:
            session.get_one(InboxRow, waiting.inbox_id).attempts = waiting.attempts + 1

    def complete(self, waiting: Waiting, replies: Iterable[Reply]) -> None:
        """Write the replies and mark the message done."""
        self._end(waiting, DONE, SIFRA, replies)

    def park(self, waiting: Waiting, notice: Reply) -> None:
        """Set a message that cannot be handled aside, and say so; it stays in the database."""
        self._end(waiting, PARKED, SYSTEM, [notice])

    def postpone(self, waiting: Waiting, delay: timedelta, notice: Reply) -> None:
        """Keep a message for another try.

        Args:
            notice: what the person is told meanwhile, unless that has been said since the message came.
        """
        with self._sessions.begin() as session:
            row = session.get_one(InboxRow, waiting.inbox_id, with_for_update=True)
            if row.status != WAITING:  # another worker was faster
                return
            row.next_try_at = self._clock() + delay
            told = exists().where(
                TranscriptRow.conversation_id == waiting.conversation_id,
                TranscriptRow.seq > row.seq,
                TranscriptRow.speaker == SYSTEM,
                TranscriptRow.text == notice.text,
            )
            if not session.scalar(select(told)):
                self._say(session, waiting.conversation_id, SYSTEM, notice)

    def read(self, conversation_id: str, after: int, limit: int = 200) -> tuple[list[Line], bool, int]:
        """Read a conversation on from a place.

        Returns:
            Lines after `after` in order, whether an answer is on its way, and the last place there is.
        """
        last_query = select(func.max(TranscriptRow.seq)).where(
            TranscriptRow.conversation_id == conversation_id
        )
        pending_query = select(
            exists().where(InboxRow.conversation_id == conversation_id, InboxRow.status == WAITING)
        )
        with reading(self._sessions) as session:
            lines = read_lines(session, conversation_id, after, limit)
            return lines, bool(session.scalar(pending_query)), session.scalar(last_query) or 0

    def _keep_once(self, message: InboundMessage, keep: Callable[[Session], int]) -> int:
        try:
            with self._sessions.begin() as session:
                known = self._known(session, message)
                return keep(session) if known is None else known
        except IntegrityError:
            # Another transaction kept it after we looked (not on SQLite, where writers take turns).
            with reading(self._sessions) as session:
                known = self._known(session, message)
            if known is None:
                raise
            return known

    def _known(self, session: Session, message: InboundMessage) -> int | None:
        query = select(InboxRow.seq).where(
            InboxRow.channel == message.channel, InboxRow.message_id == message.message_id
        )
        return session.scalar(query)

    def _queue(
        self, session: Session, message: InboundMessage, seq: int, text: str, payload: str | None, status: str
    ) -> None:
        now = self._clock()
        session.add(
            InboxRow(
                channel=message.channel,
                message_id=message.message_id,
                conversation_id=message.conversation_id,
                seq=seq,
                text=text,
                payload=payload,
                language=message.language,
                received_at=now,
                status=status,
                attempts=0,
                next_try_at=now,
            )
        )

    def _end(self, waiting: Waiting, status: str, speaker: str, replies: Iterable[Reply]) -> None:
        with self._sessions.begin() as session:
            row = session.get_one(InboxRow, waiting.inbox_id, with_for_update=True)
            if row.status != WAITING:  # another worker was faster: its replies stand
                return
            row.status = status
            for reply in replies:
                self._say(session, waiting.conversation_id, speaker, reply)

    def _say(self, session: Session, conversation_id: str, speaker: str, reply: Reply) -> int:
        return write_line(session, conversation_id, speaker, reply, self._clock())
