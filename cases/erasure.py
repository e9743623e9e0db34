"""What is kept of a person: telling it, taking a reporter's name away, and forgetting who has left.

The history is never changed. That somebody filed a case under their name stays in its first event, as the
hash of the chain covers it; `case_work.events_as_seen` shows it to nobody once the name is erased.
"""

import logging
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import ColumnElement, column, func, or_, select, table, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from cases.case_work import Actor, CaseWork, Work
from cases.errors import StillNeededError
from cases.history import History
from cases.model import Speaker
from cases.policy import Right
from cases.subscriptions import Subscriptions
from cases.tables import (
    AttachmentRow,
    BreachRow,
    CaseEventRow,
    CaseRow,
    CommentRow,
    InvolvedRow,
    MeasureRow,
    SubscriptionRow,
    WatcherRow,
)
from database.engine import SessionFactory, reading
from organisation.origin import origin_of
from organisation.tables import ConversationRow, PersonRow
from outbox.tables import NoticeStatus, OutboxRow

_log = logging.getLogger(__name__)
# The gateway's table, of which only the number of rows is told. The room that owns it is not known here.
_TRANSCRIPT = table("transcript", column("conversation_id"))


@dataclass(frozen=True)
class Kept:
    """How much is kept of somebody.

    Attributes:
        reported: cases that they reported under their name, or in this conversation.
        handled: cases that they handle or handled last.
        comments: that they wrote.
        notices: that wait for them.
        messages: of their conversations, Sifra's among them.
    """

    reported: int
    handled: int
    comments: int
    notices: int
    subscriptions: int
    messages: int


class Erasure:
    """What people may ask about what is kept of them. Each call is one transaction."""

    def __init__(self, sessions: SessionFactory, work: CaseWork, origin_key: bytes) -> None:
        self._sessions = sessions
        self._work = work
        self._origin_key = origin_key

    def kept_of(self, actor: Actor) -> Kept:
        """Count what is kept of the actor; of an unknown sender, what this conversation holds."""
        me = actor.person.employee_id if actor.person else None
        own = ConversationRow.employee_id == me if me else ConversationRow.id == actor.conversation_id
        with reading(self._sessions) as session:
            return Kept(
                reported=_count(
                    session,
                    CaseRow,
                    or_(_is(CaseRow.origin, self._origin(actor)), _is(CaseRow.reporter_id, me)),
                ),
                handled=_count(session, CaseRow, _is(CaseRow.assignee_id, me)),
                comments=_count(session, CommentRow, _is(CommentRow.author_id, me)),
                notices=_count(
                    session, OutboxRow, _is(OutboxRow.person_id, me), OutboxRow.status == NoticeStatus.WAITING
                ),
                subscriptions=_count(session, SubscriptionRow, _is(SubscriptionRow.employee_id, me)),
                messages=_messages(session, own),
            )

    def forget_reporter(self, actor: Actor) -> int:
        """Take the actor's name off the cases that they reported, and end what they subscribe to and follow.

        The cases stay, as anonymous ones; their reporter reads on in the conversation that they came from.
        Who asks twice has nothing taken away the second time.

        Returns:
            How many cases bore the name.
        """
        if actor.person is None:
            return 0
        me = actor.person.employee_id
        # No request and no version: the event must not tell who asked.
        actor = replace(actor, seen_version=None, request=None)
        with self._work.session() as session:
            reported = _numbers(session, CaseRow.reporter_id == me)
            for number in reported:
                work = self._work.open(session, actor, number, Right.ERASE_NAME)
                self._take_name(work, me)
            for number in _numbers(session, CaseRow.watchers.any(WatcherRow.employee_id == me)):
                _stop_watching(self._work.open(session, actor, number, None), me)
            Subscriptions(session).remove(me)
        _log.info("a reporter's name was taken off %d cases", len(reported))
        return len(reported)

    def _take_name(self, work: Work, me: str) -> None:
        row = work.row
        # Not through `set`, which would note whose name it was.
        row.reporter_id = None
        work.set(anonymous=True, protected=False)
        # The draft's name was unique beside the old origin only; an old "send" finds no open draft by now.
        row.origin, row.draft_id = self._origin(work.actor) or row.origin, None
        row.watchers = [watcher for watcher in row.watchers if watcher.employee_id != me]
        of_case = CommentRow.case_number == row.number
        written = (of_case, CommentRow.author_id == me, CommentRow.speaker == Speaker.REPORTER)
        work.session.execute(update(CommentRow).where(*written).values(author_id=None))
        added = (AttachmentRow.case_number == row.number, AttachmentRow.added_by == me)
        work.session.execute(update(AttachmentRow).where(*added).values(added_by=None))
        _hide_notices(work, me)
        _record(work, "name_erased", None)

    def _origin(self, actor: Actor) -> str | None:
        return origin_of(actor.conversation_id, self._origin_key) if actor.conversation_id else None


def pseudonymise_person(session: Session, employee_id: str) -> bool:
    """Take name, address and title off somebody who has left; the employee id stays as their pseudonym.

    Args:
        session: in a transaction that the caller commits.
    Returns:
        Whether they had a name until now.
    Raises:
        StillNeededError: they work here, nobody has that id, or a case that is not anonymised names them.
    """
    row = session.get(PersonRow, employee_id)
    if row is None or row.active or is_named(session, employee_id):
        raise StillNeededError(employee_id)
    if row.name == former_name():
        return False
    row.name, row.email, row.title = former_name(), "", ""
    session.flush()
    return True


def is_named(session: Session, employee_id: str) -> bool:
    """Whether a case that is not anonymised names somebody, its history included."""
    queries = [
        select(CaseRow.number).where(
            or_(CaseRow.reporter_id == employee_id, CaseRow.assignee_id == employee_id)
        ),
        *(
            select(CaseRow.number).join(part, part.case_number == CaseRow.number).where(who == employee_id)
            for part, who in (
                (MeasureRow, MeasureRow.responsible_id),
                (CommentRow, CommentRow.author_id),
                (WatcherRow, WatcherRow.employee_id),
                (InvolvedRow, InvolvedRow.employee_id),
                (AttachmentRow, AttachmentRow.added_by),
                (BreachRow, BreachRow.decided_by),
                (CaseEventRow, CaseEventRow.actor_id),
            )
        ),
    ]
    return any(
        session.scalar(query.where(CaseRow.anonymised_at.is_(None)).limit(1)) is not None for query in queries
    )


@lru_cache(maxsize=1)
def former_name() -> str:
    """What stands in place of the name of somebody who has left."""
    return str(yaml.safe_load(Path(__file__).with_name("retention.yml").read_text("utf-8"))["former_name"])


def _numbers(session: Session, condition: ColumnElement[bool]) -> list[str]:
    return list(session.scalars(select(CaseRow.number).where(condition).order_by(CaseRow.number)))


def _stop_watching(work: Work, me: str) -> None:
    work.row.watchers = [watcher for watcher in work.row.watchers if watcher.employee_id != me]
    _record(work, "unwatched", me)


def _record(work: Work, action: str, actor_id: str | None) -> None:
    work.row.version += 1
    work.session.flush()
    details = {**work.details, "version": work.row.version}
    History(work.session).append(work.row.number, work.now, actor_id, work.actor.channel, action, details)


def _hide_notices(work: Work, me: str) -> None:
    """What waits for the reporter goes to their conversation; what was told names them no more."""
    of_case = OutboxRow.topic == f"case:{work.row.number}"
    to_reporter = OutboxRow.key.endswith(":reporter")
    work.session.execute(
        update(OutboxRow)
        .where(of_case, to_reporter, OutboxRow.person_id == me)
        .values(person_id=None, origin=work.row.origin, conversation_id=None)
    )


def _is(field: InstrumentedAttribute[Any], value: str | None) -> ColumnElement[bool]:
    # Not `== None`, which would ask for all that have nobody.
    return field == (value or "")


def _count(session: Session, row: type, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(row).where(*conditions)) or 0


def _messages(session: Session, own: ColumnElement[bool]) -> int:
    conversations = select(ConversationRow.id).where(own)
    query = select(func.count()).select_from(_TRANSCRIPT)
    return session.scalar(query.where(_TRANSCRIPT.c.conversation_id.in_(conversations))) or 0
