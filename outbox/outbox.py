"""Posting and cancelling notices, in the transaction of what they are about."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from database.clock import Clock
from outbox.notice import Notice
from outbox.rendering import checked_values
from outbox.tables import NoticeStatus, OutboxRow

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Outbox:
    """The outbox within one transaction of the caller: what is rolled back was never posted."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    def post(self, notice: Notice) -> bool:
        """Keep a notice for delivery, unless its key was ever posted before; safe to race.

        Only the values that the template uses are kept.

        Returns:
            False when the key was posted before; nothing is changed then.

        Raises:
            UnknownTemplateError: there is no such template.
            MissingValueError: the template needs a value that is missing or empty.
            UnknownWordError: an id among the values has no words.
            InvalidNoticeError: a value would break the payload of a button.
            sqlalchemy.exc.IntegrityError: the person is unknown.
        """
        row = {
            "key": notice.key,
            "template": notice.template,
            "values": checked_values(notice.template, notice.values),
            "person_id": notice.person_id,
            "origin": notice.origin,
            "topic": notice.topic,
            "urgent": notice.urgent,
            "not_before": notice.not_before,
            "posted_at": self._clock(),
            "status": NoticeStatus.WAITING,
            "attempts": 0,
        }
        self._session.flush()
        # In a race PostgreSQL waits here for the other transaction, and posts if that one is rolled back.
        insert = _INSERTS[self._session.get_bind().dialect.name](OutboxRow)
        statement = insert.values(row).on_conflict_do_nothing(index_elements=["key"]).returning(OutboxRow.id)
        return self._session.scalar(statement) is not None

    def cancel(self, keys: Iterable[str]) -> int:
        """Call off notices by key, and count those that were still waiting."""
        return self._cancel(OutboxRow.key.in_(list(keys)))

    def cancel_topic(self, topic: str, templates: Iterable[str] = ()) -> int:
        """Call off what waits on a topic, and count it.

        Args:
            templates: only notices of these; none is all.
        """
        names = list(templates)
        of_topic = OutboxRow.topic == topic
        return self._cancel(of_topic & OutboxRow.template.in_(names) if names else of_topic)

    def cancel_matching(self, prefix: str, topic: str) -> int:
        """Call off what waits on a topic under keys that begin alike, and count it."""
        return self._cancel((OutboxRow.topic == topic) & OutboxRow.key.startswith(prefix, autoescape=True))

    def pending_for(self, person_id: str) -> list[Notice]:
        """What somebody has not been told yet, in the order in which it will be delivered."""
        query = (
            select(OutboxRow)
            .where(OutboxRow.person_id == person_id, OutboxRow.status == NoticeStatus.WAITING)
            .order_by(OutboxRow.id)
        )
        return [_to_notice(row) for row in self._session.scalars(query)]

    def counts(self) -> dict[NoticeStatus, int]:
        """How many notices there are of each status, for operators: parked ones need a look."""
        query = select(OutboxRow.status, func.count()).group_by(OutboxRow.status)
        found: dict[NoticeStatus, int] = {row[0]: row[1] for row in self._session.execute(query)}
        return {status: found.get(status, 0) for status in NoticeStatus}

    def _cancel(self, which: ColumnElement[bool]) -> int:
        self._session.flush()
        result = self._session.execute(
            update(OutboxRow)
            .where(which, OutboxRow.status == NoticeStatus.WAITING)
            .values(status=NoticeStatus.CANCELLED, values={})
            .execution_options(synchronize_session="fetch")
        )
        return result.rowcount if isinstance(result, CursorResult) else 0


def _to_notice(row: OutboxRow) -> Notice:
    return Notice(
        row.key, row.template, row.values, row.person_id, row.origin, row.not_before, row.topic, row.urgent
    )
