"""One change of a case under way: the locked row, the actor's rights, and the record of what was changed."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from cases.calendar import oslo_date
from cases.errors import CaseNotFoundError, ChangedMeanwhileError, NotAllowedError, TextMissingError
from cases.history import Event, History, new_nonce, plain, seal
from cases.model import MAX_DESCRIPTION_CHARS, Case, Speaker, clean
from cases.notices import CaseNotices, NoticeTimes
from cases.policy import Asker, Right, asker, rights_on, sees_reporter
from cases.repository import CaseRepository, to_case
from cases.tables import CaseRow, CommentRow
from database.clock import Clock
from database.engine import SessionFactory
from organisation.directory import Directory
from organisation.model import Person
from organisation.origin import origin_of

# What tells the reporter that somebody has begun; the time to it is the time to the first response.
_RESPONSES = frozenset(
    {
        *("taken", "measure_added", "commented", "closed", "rejected", "merged", "deadline_set"),
        *("recategorised", "severity_set", "likelihood_set"),
    }
)


# What the reporter does.
_BY_REPORTER = frozenset({"filed", "imported", "answered"})


@dataclass(frozen=True)
class Actor:
    """Who acts and from where, as the channel authenticated them.

    Attributes:
        person: None for an unknown sender.
        conversation_id: None outside conversations.
        seen_version: of the case when they last saw it; None asks for no check.
        request: names what they ask for. The same request is done once, however often it is repeated, as a
            turn of a conversation is after a crash.
    """

    person: Person | None
    conversation_id: str | None
    channel: str
    seen_version: int | None = None
    request: str | None = None


@dataclass
class Work:
    """A change under way.

    Attributes:
        row: the case, held against other writers.
        before: the case as it was, with its true reporter.
        request: keyed hash of what the actor calls their request.
        details: what the event will hold.
    """

    session: Session
    row: CaseRow
    before: Case
    asker: Asker
    actor: Actor
    directory: Directory
    notices: CaseNotices
    now: datetime
    request: str | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The date in Norway."""
        return oslo_date(self.now)

    @property
    def me(self) -> str:
        """The actor's employee id; only handlers get as far as to need it."""
        return self.asker.employee_id or ""

    def set(self, **values: Any) -> bool:
        """Set columns and note what they were; whether anything differs."""
        changed: dict[str, list[Any]] = self.details.setdefault("changed", {})
        for name, value in values.items():
            was = getattr(self.row, name)
            if was != value:
                changed[name] = [plain(was), plain(value)]
                setattr(self.row, name, value)
        return bool(changed)

    def write(self, text: str, speaker: Speaker, *, internal: bool) -> None:
        """Keep something that was written about the case.

        Raises:
            TextMissingError: there are no words, or too many.
        """
        row = CommentRow(
            case_number=self.row.number, author_id=self.author_id(speaker), speaker=speaker,
            internal=internal, text=self.words(text), nonce=new_nonce(), at=self.now,
        )  # fmt: skip
        self.session.add(row)
        self.session.flush()
        self.details |= {"comment": row.id, "text": seal(row.text, row.nonce or "")}

    def author_id(self, speaker: Speaker) -> str | None:
        """Whom the register names as having acted: never somebody who reported without their name."""
        is_hidden = speaker is Speaker.REPORTER and self.before.reporter_id is None
        return None if is_hidden else self.asker.employee_id

    def words(self, text: str) -> str:
        """A text as it is kept.

        Raises:
            TextMissingError: there are no words, or too many.
        """
        words = clean(text)
        if not any(char.isalnum() for char in words) or len(words) > MAX_DESCRIPTION_CHARS:
            raise TextMissingError(self.row.number)
        return words

    def done_before(self) -> Event | None:
        """The event of this very request, when it was done already."""
        events = History(self.session).of_case(self.row.number) if self.request else []
        return next((event for event in events if event.details.get("request") == self.request), None)

    def record(self, action: str, speaker: Speaker = Speaker.HANDLER) -> Event:
        """Write the event of what was done, and count the case's version on."""
        if self.row.responded_at is None and action in _RESPONSES:
            self.set(responded_at=self.now)
        self.row.version += 1
        self.details["version"] = self.row.version
        if self.request is not None:
            self.details["request"] = self.request
        self.session.flush()
        return History(self.session).append(
            self.row.number, self.now, self.author_id(speaker), self.actor.channel, action, self.details
        )


class CaseWork:
    """Opens changes: one transaction each."""

    def __init__(self, sessions: SessionFactory, clock: Clock, origin_key: bytes, times: NoticeTimes) -> None:
        self._sessions = sessions
        self._clock = clock
        self._origin_key = origin_key
        self.times = times

    @contextmanager
    def on(self, actor: Actor, number: str, right: Right | None, other: str | None = None) -> Iterator[Work]:
        """Hold a case; what is written in the block is committed at its end.

        Args:
            right: what the actor wants to do; None for what was theirs to do before (undoing).
            other: a second case that is to be held as well.
        Raises:
            CaseNotFoundError: there is none, or the actor may not see it.
            NotAllowedError: the actor may see it, but not do that.
            ChangedMeanwhileError: it is not as the actor saw it.
        """
        with self._sessions.begin() as session:
            yield self.open(session, actor, number, right, other)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction in which `open` may be called."""
        with self._sessions.begin() as session:
            yield session

    def now(self) -> datetime:
        """The moment, in UTC."""
        return self._clock().astimezone(UTC)

    def name_of(self, actor: Actor) -> str | None:
        """What the actor calls their request, as the history keeps it."""
        # Hashed: it may name a conversation, and the history of an anonymous case must not.
        return origin_of(actor.request, self._origin_key) if actor.request else None

    def open(
        self, session: Session, actor: Actor, number: str, right: Right | None, other: str | None = None
    ) -> Work:
        """As `on`, in a transaction of the caller."""
        now = self.now()
        directory = Directory(session)
        origin = origin_of(actor.conversation_id, self._origin_key) if actor.conversation_id else None
        who = asker(actor.person, origin, directory, oslo_date(now))
        repository = CaseRepository(session)
        # Always in the same order, so that two who merge crosswise do not wait for each other for ever.
        rows = {one: repository.locked(one) for one in sorted({number, other or number})}
        row = rows[number]
        if row is None:
            raise CaseNotFoundError(number)
        case = to_case(row)
        notices = CaseNotices(session, directory, self._clock, self.times)
        work = Work(session, row, case, who, actor, directory, notices, now, self.name_of(actor))
        # What was done already may have changed the rights and the version: it is done all the same.
        if work.done_before() is None:
            if right is not None:
                _require(right, rights_on(who, case), number)
                if case.anonymised_at is not None:
                    raise NotAllowedError(number)
            _require_as_seen(work)
        return work


def as_seen(case: Case, who: Asker) -> Case:
    """A case as somebody may see it."""
    return case if sees_reporter(who, case) else replace(case, reporter_id=None)


def events_as_seen(events: Iterable[Event], case: Case, who: Asker) -> list[Event]:
    """Events as somebody may see them: who may not see the reporter does not learn who filed or answered.

    Args:
        case: with its true reporter.
    """
    # A case without a name may have had one; its history is sealed and still tells it.
    if case.reporter_id is not None and sees_reporter(who, case):
        return list(events)
    return [replace(event, actor_id=None) if event.action in _BY_REPORTER else event for event in events]


def _require(right: Right, rights: frozenset[Right], number: str) -> None:
    if Right.READ not in rights:
        raise CaseNotFoundError(number)
    if right not in rights and not (right is Right.FINISH_MEASURE and Right.HANDLE in rights):
        raise NotAllowedError(number)


def _require_as_seen(work: Work) -> None:
    seen, me = work.actor.seen_version, work.asker.employee_id
    if seen is None or seen == work.row.version:
        return
    by_others = [
        event
        for event in History(work.session).of_case(work.row.number)
        if event.details.get("version", 0) > seen and (me is None or event.actor_id != me)
    ]
    events = events_as_seen(by_others, work.before, work.asker)
    raise ChangedMeanwhileError(work.row.number, work.row.version, events)
