"""Keeps what became of questions, and lists where the routines fall short."""

import logging
from collections import defaultdict
from dataclasses import asdict
from datetime import datetime

import stamina
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from database.clock import Clock
from database.engine import SessionFactory, reading
from knowledge.feedback_model import GAPS, Feedback, FeedbackKind, Gap
from knowledge.tables import RoutineFeedbackRow

_log = logging.getLogger(__name__)
_NEW_ON_CHANGE = ("kind", "section", "owner", "language")


class FeedbackService:
    """Feedback on answers. Each call is one transaction."""

    def __init__(self, sessions: SessionFactory, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    def record(self, feedback: Feedback) -> None:
        """Store what became of a question, once for each document; who changes their mind is believed.

        What was noted as missing stays so, although the question is unanswered as well.
        """
        # On PostgreSQL two transactions may both miss the row; the loser then finds the winner's.
        for attempt in stamina.retry_context(on=IntegrityError, attempts=3, wait_initial=0.01):
            with attempt, self._sessions.begin() as session:
                row = session.scalar(
                    select(RoutineFeedbackRow).where(
                        RoutineFeedbackRow.question_key == feedback.question_key,
                        RoutineFeedbackRow.document_id == feedback.document_id,
                    )
                )
                if row is None:
                    session.add(RoutineFeedbackRow(**asdict(feedback), asked_at=self._clock()))
                elif feedback.kind is not FeedbackKind.UNANSWERED:
                    for name in _NEW_ON_CHANGE:
                        setattr(row, name, getattr(feedback, name))
        _log.info("feedback: %s", feedback.kind)

    def gaps(self, since: datetime | None = None, owner: str | None = None) -> list[Gap]:
        """List what the routines did not answer well, the latest asked first.

        Args:
            since: aware; only questions from then on.
            owner: only of owners whose name holds this, whatever the case.
        """
        query = select(RoutineFeedbackRow).where(RoutineFeedbackRow.kind.in_(GAPS))
        if since is not None:
            query = query.where(RoutineFeedbackRow.asked_at >= since)
        alike: dict[tuple[str, ...], list[RoutineFeedbackRow]] = defaultdict(list)
        with reading(self._sessions) as session:
            newest_first = query.order_by(RoutineFeedbackRow.asked_at.desc(), RoutineFeedbackRow.id.desc())
            for row in session.scalars(newest_first):
                if owner is None or owner.casefold() in row.owner.casefold():
                    words = " ".join(row.question.casefold().split())
                    alike[row.kind, words, row.document_id, row.section].append(row)
        return [_gap(rows) for rows in alike.values()]


def _gap(rows: list[RoutineFeedbackRow]) -> Gap:
    """Make one of rows in the same words, the latest first."""
    latest = rows[0]
    return Gap(
        kind=latest.kind,
        question=latest.question,
        language=latest.language,
        document_id=latest.document_id,
        section=latest.section,
        owner=latest.owner,
        count=len(rows),
        last_asked_at=latest.asked_at,
    )
