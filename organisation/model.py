"""Units, people and conversations."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Role(StrEnum):
    """What a person's job lets them do; it says nothing about which units."""

    EMPLOYEE = "employee"
    LEADER = "leader"
    QUALITY_ADVISER = "quality_adviser"
    PRIVACY_OFFICER = "privacy_officer"
    ADMIN = "admin"


@dataclass(frozen=True)
class Unit:
    """A place in the organisation; the topmost unit has no parent."""

    unit_id: str
    name: str
    parent_id: str | None
    sector: str


@dataclass(frozen=True)
class Person:
    """Someone who works here now. A leader leads the unit they belong to."""

    employee_id: str
    name: str
    email: str
    title: str
    unit_id: str
    role: Role


@dataclass(frozen=True)
class Deputy:
    """Somebody who stands in for a leader.

    Attributes:
        begins: the first day.
        ends: the last day, or None when it is not known yet.
    """

    leader_id: str
    deputy_id: str
    begins: date
    ends: date | None


@dataclass(frozen=True)
class Conversation:
    """One person's (or one unknown sender's) thread in a channel.

    Attributes:
        conversation_id: ours, 32 hexadecimal digits; the sender id that Rasa sees.
        external_id: the channel's own id, unique within the channel.
        person: None when the channel does not know the sender, or the person has left.
        language: `nb` or `nn`, None until known.
        created_at: UTC.
    """

    conversation_id: str
    channel: str
    external_id: str
    person: Person | None
    language: str | None
    created_at: datetime
