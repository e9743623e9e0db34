"""The services behind the actions.

The SDK makes actions without arguments, so the process puts its services here once, before the first call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from cases.service import CaseService
from database.clock import utc_now
from database.engine import SessionFactory, make_engine, reading, session_factory
from knowledge.feedback import FeedbackService
from knowledge.reader import ANYONE, Reader
from organisation.directory import Directory
from organisation.model import Person, Unit

if TYPE_CHECKING:
    from bot.actions.settings import ActionServerSettings
    from knowledge.search import Answer

OSLO = ZoneInfo("Europe/Oslo")


class Routines(Protocol):
    """What answers questions; `knowledge.search.RoutineSearch` in the running process."""

    def answer(self, query: str, *, reader: Reader = ANYONE, on: date | None = None) -> Answer:
        """Return the passages that answer, best first, or that none does."""


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
    routines: Routines
    feedback: FeedbackService
    sessions: SessionFactory
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

    def person_name(self, employee_id: str | None) -> str | None:
        """Return a person's name, None when there is none."""
        if employee_id is None:
            return None
        with reading(self.sessions) as session:
            person = Directory(session).person(employee_id)
            return person.name if person else None

    def unit_name(self, unit_id: str | None) -> str:
        """Return a unit's name, "" when there is none."""
        if unit_id is None:
            return ""
        with reading(self.sessions) as session:
            unit = Directory(session).unit(unit_id)
            return unit.name if unit else ""


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
    return Services(
        cases=CaseService(sessions, utc_now),
        routines=RoutineSearch(
            Path(settings.index_dir),
            settings.encoder,
            lay_words=[settings.lay_words] if settings.lay_words else [],
        ),
        feedback=FeedbackService(sessions, utc_now),
        sessions=sessions,
    )
