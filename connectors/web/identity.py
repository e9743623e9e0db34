"""Who is at the other end of a browser session."""

from __future__ import annotations

import secrets
from typing import Any

from connectors.web.schemas import PersonOut, SessionOut
from database.engine import SessionFactory, reading
from knowledge.reader import ANYONE, Reader
from organisation.directory import Directory
from organisation.model import Person, Unit
from outbox.languages import guess_language

CHANNEL = "web"
_VISITOR, _EMPLOYEE = "visitor", "employee_id"


class WebIdentity:
    """Reads and writes the signed session cookie's content, and opens the conversation that belongs to it."""

    def __init__(self, sessions: SessionFactory, *, may_choose_person: bool) -> None:
        """Take what gives database sessions, and whether one may choose whom to be."""
        self._sessions = sessions
        self.may_choose_person = may_choose_person

    def conversation(self, cookie: dict[str, Any], language: str) -> str:
        """Return the id of the conversation of this browser session, opened if it is new.

        Args:
            language: what the browser prefers; kept as a first guess until the person has written something.
        """
        visitor = cookie.setdefault(_VISITOR, secrets.token_urlsafe(18))
        with self._sessions.begin() as session:
            directory = Directory(session)
            person = self._person(cookie, directory)
            external_id = f"development:{person.employee_id}" if person else f"visitor:{visitor}"
            employee_id = person.employee_id if person else None
            conversation_id = directory.open_conversation(CHANNEL, external_id, employee_id)
            guess_language(session, conversation_id, language)
            return conversation_id

    def be(self, cookie: dict[str, Any], employee_id: str | None) -> bool:
        """Become somebody (development only); False, and nothing changed, when there is no such person."""
        if employee_id is None:
            cookie.pop(_EMPLOYEE, None)
            return True
        with reading(self._sessions) as session:
            if Directory(session).person(employee_id) is None:
                return False
        cookie[_EMPLOYEE] = employee_id
        return True

    def describe(self, cookie: dict[str, Any]) -> SessionOut:
        """Return who one is and whom one can be."""
        with reading(self._sessions) as session:
            directory = Directory(session)
            units = {unit.unit_id: unit for unit in directory.units()}
            person = self._person(cookie, directory)
            people = directory.people() if self.may_choose_person else []
            return SessionOut(
                person=_person_out(person, units) if person else None,
                development=self.may_choose_person,
                people=[_person_out(someone, units) for someone in people],
            )

    def reader(self, cookie: dict[str, Any]) -> Reader:
        """Return who reads, for the rights on documents."""
        with reading(self._sessions) as session:
            directory = Directory(session)
            person = self._person(cookie, directory)
            if person is None:
                return ANYONE
            return Reader(employee=True, units=directory.unit_and_above(person.unit_id))

    def _person(self, cookie: dict[str, Any], directory: Directory) -> Person | None:
        """A cookie from development mode says nothing once that is off, or its person has left."""
        employee_id = cookie.get(_EMPLOYEE) if self.may_choose_person else None
        return directory.person(employee_id) if isinstance(employee_id, str) else None


def _person_out(person: Person, units: dict[str, Unit]) -> PersonOut:
    unit = units.get(person.unit_id)
    return PersonOut(
        employee_id=person.employee_id,
        name=person.name,
        title=person.title,
        unit=unit.name if unit else "",
        role=person.role.value,
    )
