"""Look up units, people and conversations. All SQL that reads the organisation is here."""

from collections import defaultdict
from datetime import date
from functools import cached_property
from uuid import uuid4

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from database.clock import Clock, utc_now
from organisation.errors import ConversationOwnerError, UnknownPersonError
from organisation.model import Conversation, Person, Role, Unit
from organisation.people_names import PeopleNames
from organisation.tables import ConversationRow, DeputyRow, PersonRow, UnitRow
from organisation.unit_names import UnitNames


class Directory:
    """The organisation as one transaction sees it; make a new one for each.

    People who have left are not found here (but by `former_person`), so they hold no rights.
    """

    def __init__(self, session: Session, clock: Clock = utc_now) -> None:
        self._session = session
        self._clock = clock

    def person(self, employee_id: str) -> Person | None:
        """The active person with an id."""
        row = self._session.get(PersonRow, employee_id)
        return _to_person(row) if row and row.active else None

    def people(self) -> list[Person]:
        """All active people, by id."""
        return list(self._people)

    def former_person(self, employee_id: str) -> Person | None:
        """The person with an id, also one who has left: for names in a history, never for rights."""
        row = self._session.get(PersonRow, employee_id)
        return _to_person(row) if row else None

    def is_active(self, employee_id: str) -> bool:
        """Whether somebody with that id works here now."""
        return self.person(employee_id) is not None

    def people_named(self, text: str) -> list[Person]:
        """Active people whom somebody may mean who typed a name, an e-mail address or an employee id.

        Case and accents do not matter. Of id or address, full name, part of a name, and likeness (for
        typing errors), only the first that fits anybody counts.

        Returns:
            The best fit first, then by id; empty when nobody is like it.
        """
        return self._people_names.named(text)

    def people_mentioned(self, text: str) -> list[Person]:
        """Active people whose full name stands in a text, by id; all of those who share it.

        First and last name in order; names between them may be left out. Spelt as here, but for case,
        accents and the genitive.
        """
        return self._people_names.mentioned_in(text)

    def unit(self, unit_id: str) -> Unit | None:
        """The unit with an id."""
        return self._units.get(unit_id)

    def units(self) -> list[Unit]:
        """All units, by id."""
        return list(self._units.values())

    def unit_and_below(self, unit_id: str) -> frozenset[str]:
        """A unit's id and those of all units under it; empty when the unit is unknown."""
        found: set[str] = set()
        waiting = [unit_id] if unit_id in self._units else []
        while waiting:
            found.add(current := waiting.pop())
            waiting += self._below.get(current, [])
        return frozenset(found)

    def unit_and_above(self, unit_id: str) -> frozenset[str]:
        """A unit's id and those of all units over it; empty when the unit is unknown."""
        found: set[str] = set()
        unit = self.unit(unit_id)
        while unit is not None:
            found.add(unit.unit_id)
            unit = self.unit(unit.parent_id) if unit.parent_id else None
        return frozenset(found)

    def leader_of(self, unit_id: str) -> Person | None:
        """The nearest leader upwards, from the unit itself; of two in one unit, the one with the lower id.

        None when the unit is unknown or nobody up to the top is a leader.
        """
        unit = self.unit(unit_id)
        while unit is not None:
            leader = self._session.scalars(
                select(PersonRow)
                .where(PersonRow.unit_id == unit.unit_id, PersonRow.role == Role.LEADER, PersonRow.active)
                .order_by(PersonRow.employee_id)
                .limit(1)
            ).first()
            if leader is not None:
                return _to_person(leader)
            unit = self.unit(unit.parent_id) if unit.parent_id else None
        return None

    def deputies_of(self, employee_id: str, on: date) -> list[Person]:
        """Active people who stand in for a leader on a day, by id."""
        rows = self._session.scalars(
            select(PersonRow)
            .join(DeputyRow, DeputyRow.deputy_id == PersonRow.employee_id)
            .where(DeputyRow.leader_id == employee_id, PersonRow.active, *_holds(on))
            .order_by(PersonRow.employee_id)
            .distinct()
        )
        return [_to_person(row) for row in rows]

    def led_by(self, person: Person, on: date) -> frozenset[str]:
        """Ids of the units that a person leads on a day, with those below them.

        A leader leads their own unit; a deputy also that of each active leader whom they stand in for, but
        not what that leader has as a deputy.
        """
        led = [leader.unit_id for leader in self._leaders_whose_deputy_is(person.employee_id, on)]
        if person.role is Role.LEADER:
            led.append(person.unit_id)
        return frozenset().union(*map(self.unit_and_below, led))

    def unit_named_in(self, text: str) -> Unit | None:
        """The one unit that a text names, by its full name or a part that is a proper name.

        The longest name wins. Case and Unicode form do not matter, words count whole. None when
        no unit is named, or several of which none is above the others.
        """
        return self._unit_names.named_in(text)

    def open_conversation(self, channel: str, external_id: str, employee_id: str | None) -> str:
        """Get or make the conversation that a channel knows by `external_id`; safe to race.

        Args:
            channel: `teams`, `telegram`, `web`, ...
            external_id: the channel's own id of the conversation.
            employee_id: whom the channel has authenticated, or None for an unknown sender.
        Returns:
            Our id of it, 32 hexadecimal digits.
        Raises:
            UnknownPersonError: nobody active has that id.
            ConversationOwnerError: it was opened by someone else, or while the sender was unknown.
        """
        if employee_id is not None and self.person(employee_id) is None:
            raise UnknownPersonError(employee_id)
        row = self._conversation_row(channel, external_id) or self._mint(channel, external_id, employee_id)
        if row.employee_id != employee_id:
            raise ConversationOwnerError(row.id)
        return row.id

    def conversation(self, conversation_id: str) -> Conversation | None:
        """The conversation with our id, and whom it belongs to."""
        row = self._session.get(ConversationRow, conversation_id)
        if row is None:
            return None
        return Conversation(
            conversation_id=row.id,
            channel=row.channel,
            external_id=row.external_id,
            person=self.person(row.employee_id) if row.employee_id else None,
            language=row.language,
            created_at=row.created_at,
        )

    def person_for_conversation(self, conversation_id: str) -> Person | None:
        """Whom a conversation belongs to; None when it, or the sender, is unknown."""
        conversation = self.conversation(conversation_id)
        return conversation.person if conversation else None

    def _leaders_whose_deputy_is(self, employee_id: str, on: date) -> list[Person]:
        rows = self._session.scalars(
            select(PersonRow)
            .join(DeputyRow, DeputyRow.leader_id == PersonRow.employee_id)
            .where(DeputyRow.deputy_id == employee_id, PersonRow.role == Role.LEADER, PersonRow.active)
            .where(*_holds(on))
        )
        return [_to_person(row) for row in rows]

    @cached_property
    def _people(self) -> list[Person]:
        # Columns and no rows: there may be many, and nobody changes them here.
        found = self._session.execute(
            select(
                PersonRow.employee_id,
                PersonRow.name,
                PersonRow.email,
                PersonRow.title,
                PersonRow.unit_id,
                PersonRow.role,
            )
            .where(PersonRow.active)
            .order_by(PersonRow.employee_id)
        )
        return [Person(*row) for row in found]

    @cached_property
    def _people_names(self) -> PeopleNames:
        return PeopleNames(self._people)

    @cached_property
    def _units(self) -> dict[str, Unit]:
        # Columns and no rows, as above.
        found = self._session.execute(
            select(UnitRow.unit_id, UnitRow.name, UnitRow.parent_id, UnitRow.sector).order_by(UnitRow.unit_id)
        )
        return {row.unit_id: Unit(*row) for row in found}

    @cached_property
    def _below(self) -> dict[str, list[str]]:
        """The units right below each unit."""
        below: dict[str, list[str]] = defaultdict(list)
        for unit in self._units.values():
            if unit.parent_id is not None:
                below[unit.parent_id].append(unit.unit_id)
        return below

    @cached_property
    def _unit_names(self) -> UnitNames:
        return UnitNames(self._units.values())

    def _conversation_row(self, channel: str, external_id: str) -> ConversationRow | None:
        return self._session.scalars(
            select(ConversationRow).where(
                ConversationRow.channel == channel, ConversationRow.external_id == external_id
            )
        ).one_or_none()

    def _mint(self, channel: str, external_id: str, employee_id: str | None) -> ConversationRow:
        row = ConversationRow(
            id=uuid4().hex,
            channel=channel,
            external_id=external_id,
            employee_id=employee_id,
            created_at=self._clock(),
        )
        try:
            with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError:
            # Another transaction opened it after we looked (not on SQLite, where writers take turns).
            winner = self._conversation_row(channel, external_id)
            if winner is None:
                raise
            return winner
        return row


def _holds(on: date) -> tuple[ColumnElement[bool], ...]:
    return DeputyRow.begins <= on, or_(DeputyRow.ends.is_(None), DeputyRow.ends >= on)


def _to_person(row: PersonRow) -> Person:
    return Person(row.employee_id, row.name, row.email, row.title, row.unit_id, row.role)
