"""A tracker store that fails loudly.

Rasa wraps its stores so that a database error turns into a new, empty conversation (and a U+0000 in a
sender id into `sys.exit`). Here such an error aborts the turn: the message is tried again later.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable
from typing import Any

from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from nlu.server.turns import TurnFailed


class StrictSQLTrackerStore(SQLTrackerStore):
    """`SQLTrackerStore` without silent loss."""

    @contextlib.contextmanager
    def session_scope(self) -> Generator[Session, None, None]:
        """Yield a session; roll back and abort the turn on a database error."""
        session = self.sessionmaker()
        try:
            yield session
        except (SQLAlchemyError, ValueError) as error:
            session.rollback()
            raise TurnFailed(f"tracker store: {type(error).__name__}", outage=True) from None
        finally:
            session.close()

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the new events; an error aborts the turn."""
        with _aborting():
            await super().save(tracker)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Read the current session; an error aborts the turn."""
        with _aborting():
            return await super().retrieve(sender_id)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """Read all sessions; an error aborts the turn."""
        with _aborting():
            return await super().retrieve_full_tracker(conversation_id)

    async def keys(self) -> Iterable[Any]:
        """Return the conversation ids; an error aborts the call."""
        with _aborting():
            return await super().keys()


@contextlib.contextmanager
def _aborting() -> Generator[None, None, None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001  whatever it is, the conversation could not be kept
        raise TurnFailed(f"tracker store: {type(error).__name__}", outage=True) from None
