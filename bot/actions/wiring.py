"""The services behind the actions.

The SDK makes actions without arguments, so the process puts its services here once, before the first call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from bot.actions.case_question import Names, Vocabulary
from cases.case_work import Actor
from cases.learning import CaseLearning
from cases.model import NewReport
from cases.notices import NoticeTimes
from cases.policy import asker
from cases.service import CaseService
from cases.subscriptions import Subscription, Subscriptions
from database.clock import utc_now
from database.engine import SessionFactory, make_engine, reading, session_factory
from knowledge.feedback import FeedbackService
from knowledge.reader import ANYONE, Reader
from organisation.directory import Directory
from organisation.model import Person, Unit
from outbox.languages import remember_language
from outbox.pictures import PictureStore

if TYPE_CHECKING:
    from bot.actions.settings import ActionServerSettings
    from cases.similar import Vectors
    from knowledge.encoder import Encoder
    from knowledge.search import Answer

OSLO = ZoneInfo("Europe/Oslo")


class Routines(Protocol):
    """What answers questions; `knowledge.search.RoutineSearch` in the running process."""

    def answer(self, query: str, *, reader: Reader = ANYONE, on: date | None = None) -> Answer:
        """Return the passages that answer, best first, or that none does."""

    def title(self, document_id: str) -> str:
        """Return a document's title, "" when there is no such document."""


@dataclass(frozen=True)
class _NamesOf:
    """Names looked up when they are needed."""

    services: Services

    def unit(self, unit_id: str) -> str:
        return self.services.unit_name(unit_id)

    def person(self, employee_id: str) -> str:
        return self.services.person_name(employee_id) or ""


@dataclass(frozen=True)
class _CaseEncoder:
    """Makes vectors of cases with the encoder of the routines."""

    encoder: Encoder

    def encode(self, texts: list[str]) -> Vectors:
        return self.encoder.encode_document(texts)


class NotConfiguredError(RuntimeError):
    """An action ran before the process configured its services."""


@dataclass(frozen=True)
class Sender:
    """Who speaks in a conversation, as the gateway authenticated them.

    Attributes:
        person: None for an unknown sender.
        unit: the person's unit.
        channel: such as "web".
    """

    conversation_id: str
    person: Person | None
    unit: Unit | None
    channel: str


@dataclass(frozen=True)
class Services:
    """Everything that the actions may call."""

    cases: CaseService
    learning: CaseLearning
    routines: Routines
    feedback: FeedbackService
    sessions: SessionFactory
    pictures: PictureStore
    clock: Callable[[], datetime] = utc_now

    def now(self) -> datetime:
        """Return the present instant in Europe/Oslo."""
        return self.clock().astimezone(OSLO)

    def sender(self, conversation_id: str) -> Sender:
        """Resolve who speaks from the database, never from words in the chat."""
        with reading(self.sessions) as session:
            directory = Directory(session)
            conversation = directory.conversation(conversation_id)
            person = conversation.person if conversation else None
            unit = directory.unit(person.unit_id) if person else None
            return Sender(conversation_id, person, unit, conversation.channel if conversation else "unknown")

    def reader(self, sender: Sender) -> Reader:
        """Return what decides which documents a sender may read."""
        if sender.person is None:
            return ANYONE
        with reading(self.sessions) as session:
            return Reader(employee=True, units=Directory(session).unit_and_above(sender.person.unit_id))

    def answer(self, query: str, sender: Sender) -> Answer:
        """Ask the routines that hold today and that the sender may read.

        Raises:
            KnowledgeError: the index cannot be searched.
        """
        return self.routines.answer(query, reader=self.reader(sender), on=self.now().date())

    def unit_of_report(self, sender: Sender, place: str | None, text: str) -> Unit | None:
        """Return the unit that a report concerns: the sender's own, else the one that it names."""
        if sender.unit is not None:
            return sender.unit
        with reading(self.sessions) as session:
            directory = Directory(session)
            return (directory.unit_named_in(place) if place else None) or directory.unit_named_in(text)

    def recipient(self, unit: Unit | None, reporter: Person | None) -> Person | None:
        """Return the leader who gets the unit's cases; nobody gets what they report under their own name.

        Args:
            reporter: None when unknown or anonymous. `CaseService.file` decides alike; a test compares.
        """
        if unit is None:
            return None
        with reading(self.sessions) as session:
            directory = Directory(session)
            leader = directory.leader_of(unit.unit_id)
            if leader is None or reporter is None or leader.employee_id != reporter.employee_id:
                return leader
            own_unit = directory.unit(leader.unit_id)
            return directory.leader_of(own_unit.parent_id) if own_unit and own_unit.parent_id else None

    def would_get(self, report: NewReport) -> str | None:
        """Return the name of whoever would handle a report, as the register decides; None for nobody."""
        return self.person_name(self.cases.handler_for(report))

    def person_name(self, employee_id: str | None) -> str | None:
        """Return a person's name, also of one who has left; None when there is none."""
        if not employee_id:
            return None
        with reading(self.sessions) as session:
            person = Directory(session).former_person(employee_id)
            return person.name if person else None

    def person_and_title(self, employee_id: str) -> str:
        """Return how somebody is told from others of the same name, "" when there is nobody."""
        with reading(self.sessions) as session:
            directory = Directory(session)
            person = directory.person(employee_id)
            unit = directory.unit(person.unit_id) if person else None
        return (
            ", ".join(filter(None, (person.name, person.title, unit.name if unit else ""))) if person else ""
        )

    def people_named(self, text: str) -> list[Person]:
        """Return the active people whom a name may mean, best first."""
        with reading(self.sessions) as session:
            return Directory(session).people_named(text)

    def routine_title(self, routine_id: str) -> str:
        """Return what a routine is called, its id when the index does not have it."""
        return self.routines.title(routine_id) or routine_id

    def vocabulary(self) -> Vocabulary:
        """Return the units and people that a question may name."""
        with reading(self.sessions) as session:
            directory = Directory(session)
            return Vocabulary(tuple(directory.units()), tuple(directory.people()))

    def names(self) -> Names:
        """Return what ids of units and people are called in a question that is read back."""
        return _NamesOf(self)

    def is_in_charge(self, person: Person) -> bool:
        """Tell whether somebody has others' cases to look after."""
        with reading(self.sessions) as session:
            directory = Directory(session)
            return asker(person, None, directory, self.now().date()).in_charge

    def subscribe(self, subscription: Subscription) -> None:
        """Begin a summary, in place of the one that was."""
        with self.sessions.begin() as session:
            Subscriptions(session).put(subscription)

    def unsubscribe(self, employee_id: str) -> None:
        """End somebody's summary."""
        with self.sessions.begin() as session:
            Subscriptions(session).remove(employee_id)

    def remember_language(self, conversation_id: str, language: str) -> None:
        """Keep the written form in which somebody is to be told things, if it is another than before."""
        with reading(self.sessions) as session:
            conversation = Directory(session).conversation(conversation_id)
        if conversation is None or conversation.language == language:
            return
        with self.sessions.begin() as session:
            remember_language(session, conversation_id, language)

    def keep_picture(self, conversation_id: str, light: bytes, dark: bytes, alt: str) -> str:
        """Keep a picture for a conversation and return its id."""
        return self.pictures.put(conversation_id, light, dark, alt)

    def unit_name(self, unit_id: str | None) -> str:
        """Return a unit's name, "" when there is none."""
        if unit_id is None:
            return ""
        with reading(self.sessions) as session:
            unit = Directory(session).unit(unit_id)
            return unit.name if unit else ""


def actor_of(sender: Sender, seen_version: int | None = None, request: str | None = None) -> Actor:
    """Return who acts, for the case register.

    Args:
        request: names the message that asks for something, so that a repeated turn does it once.
    """
    return Actor(sender.person, sender.conversation_id, sender.channel, seen_version, request)


_services: Services | None = None


def configure(services: Services) -> None:
    """Put the services in place for all actions of this process."""
    global _services
    _services = services


def services() -> Services:
    """Return the services.

    Raises:
        NotConfiguredError: `configure` was not called.
    """
    if _services is None:
        raise NotConfiguredError("bot.actions.wiring.configure was not called")
    return _services


def build_services(settings: ActionServerSettings) -> Services:
    """Make the services of the running process; the encoder is loaded here, once."""
    from knowledge.search import RoutineSearch

    sessions = session_factory(make_engine(settings.database_url))
    times = NoticeTimes(timedelta(seconds=settings.undo_seconds), settings.quiet_hours)
    routines = RoutineSearch(
        Path(settings.index_dir),
        settings.encoder,
        lay_words=[settings.lay_words] if settings.lay_words else [],
    )
    key = settings.origin_key_bytes
    return Services(
        cases=CaseService(sessions, utc_now, key, times),
        learning=CaseLearning(sessions, utc_now, key, _CaseEncoder(routines.encoder)),
        routines=routines,
        feedback=FeedbackService(sessions, utc_now),
        sessions=sessions,
        pictures=PictureStore(sessions, utc_now),
    )
