"""Which conversation an origin stands for. A hash cannot be turned round, so all conversations are tried."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from database.clock import Clock
from database.engine import SessionFactory, reading
from organisation.origin import origin_of
from organisation.tables import ConversationRow

# How soon an origin that is not known is looked for again.
LOOK_AGAIN = timedelta(seconds=10)
# A conversation may become visible later than one that was opened after it.
OVERLAP = timedelta(minutes=5)


class Origins:
    """The conversations by their keyed hash, in memory only: a table of them would undo what the hash is for.

    They are read when an origin is asked for that is not known, and from then on only the new ones. A hundred
    thousand take about a second and 20 MB. For one task at a time.
    """

    def __init__(self, sessions: SessionFactory, key: bytes, clock: Clock) -> None:
        """Take the key that the origins were made with."""
        self._sessions = sessions
        self._key = key
        self._clock = clock
        self._known: dict[str, str] = {}
        self._newest: datetime | None = None
        self._next_look: datetime | None = None

    def conversation_id(self, origin: str) -> str | None:
        """The conversation that an origin stands for; None when it is not known, or not yet."""
        if origin not in self._known and self._may_look():
            self._look()
        return self._known.get(origin)

    def _may_look(self) -> bool:
        now = self._clock()
        if self._next_look is not None and now < self._next_look:
            return False
        self._next_look = now + LOOK_AGAIN
        return True

    def _look(self) -> None:
        query = select(ConversationRow.id, ConversationRow.created_at).order_by(ConversationRow.created_at)
        if self._newest is not None:
            query = query.where(ConversationRow.created_at >= self._newest - OVERLAP)
        with reading(self._sessions) as session:
            for conversation_id, created_at in session.execute(query.execution_options(yield_per=1000)):
                self._known[origin_of(conversation_id, self._key)] = conversation_id
                self._newest = created_at
