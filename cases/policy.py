"""Who may do what with which cases. The table is `rights.yml`; what it does not grant is denied.

The same rule is asked in two ways: of one case in Python (`rights_on`), and of the database as SQL
(`case_filter.visible_to`). A contract test compares the two over every relation.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import yaml

from cases.categories import Category
from cases.model import Case
from organisation.directory import Directory
from organisation.model import Person, Role


class Relation(StrEnum):
    """How somebody stands to a case."""

    REPORTER = "reporter"
    ORIGIN = "origin"
    ASSIGNEE = "assignee"
    LEADER = "leader"
    QUALITY_ADVISER = "quality_adviser"
    PRIVACY_OFFICER = "privacy_officer"
    WATCHER = "watcher"
    RESPONSIBLE = "responsible"


class Right(StrEnum):
    """What a relation may give.

    `handle` is every change that a handler makes; `read_protected` is to see a reporter with protected
    identity.
    """

    READ = "read"
    READ_INTERNAL = "read_internal"
    READ_PROTECTED = "read_protected"
    HANDLE = "handle"
    FINISH_MEASURE = "finish_measure"
    MARK_SENSITIVE = "mark_sensitive"
    WATCH = "watch"
    ANSWER = "answer"
    ERASE_NAME = "erase_name"


@dataclass(frozen=True)
class Grant:
    """What one relation gives.

    Attributes:
        on_sensitive: whether it holds on sensitive cases too.
        charge: whether it comes from a duty; a person whom a case is about does not get it.
    """

    may: frozenset[Right]
    on_sensitive: bool
    charge: bool


@dataclass(frozen=True)
class Asker:
    """Somebody who asks or acts, as far as rights go.

    Attributes:
        employee_id: None for an unknown sender.
        origin: of the conversation that they write in, None outside conversations.
        led_units: the units that they lead today, with those below.
    """

    employee_id: str | None = None
    role: Role | None = None
    origin: str | None = None
    led_units: frozenset[str] = frozenset()

    @property
    def in_charge(self) -> bool:
        """Whether they have others' cases to list by role, not only single ones."""
        return bool(self.led_units) or self.role in {Role.QUALITY_ADVISER, Role.PRIVACY_OFFICER}


def asker(person: Person | None, origin: str | None, directory: Directory, today: date) -> Asker:
    """Look up what decides somebody's rights.

    Args:
        person: whom the channel has authenticated; None for an unknown sender.
        today: the date in Norway, for deputies.
    """
    if person is None:
        return Asker(origin=origin)
    return Asker(person.employee_id, person.role, origin, directory.led_by(person, today))


def relations(asker: Asker, case: Case) -> frozenset[Relation]:
    """All ways in which somebody stands to a case, whatever they give.

    Args:
        case: with its true reporter, not as shown to somebody.
    """
    me = asker.employee_id
    holds = {
        Relation.REPORTER: me is not None and case.reporter_id == me,
        Relation.ORIGIN: asker.origin is not None and case.origin == asker.origin,
        Relation.ASSIGNEE: me is not None and case.assignee_id == me,
        Relation.LEADER: case.unit_id is not None and case.unit_id in asker.led_units,
        Relation.QUALITY_ADVISER: asker.role is Role.QUALITY_ADVISER,
        Relation.PRIVACY_OFFICER: asker.role is Role.PRIVACY_OFFICER
        and case.category is Category.INFORMASJONSSIKKERHET,
        Relation.WATCHER: me is not None and me in case.watcher_ids,
        Relation.RESPONSIBLE: me is not None and any(item.responsible_id == me for item in case.measures),
    }
    return frozenset(relation for relation, does in holds.items() if does)


def rights_on(asker: Asker, case: Case) -> frozenset[Right]:
    """What somebody may do with a case; nothing unless a relation grants it."""
    is_involved = asker.employee_id is not None and asker.employee_id in case.involved_ids
    grants = [grants_of()[relation] for relation in relations(asker, case)]
    return frozenset(
        right
        for grant in grants
        if (grant.on_sensitive or not case.sensitive) and not (grant.charge and is_involved)
        for right in grant.may
    )


def sees_reporter(asker: Asker, case: Case) -> bool:
    """Whether somebody who may read a case may also see who reported it."""
    if not case.protected or Relation.REPORTER in relations(asker, case):
        return True
    return Right.READ_PROTECTED in rights_on(asker, case)


@lru_cache(maxsize=1)
def grants_of() -> dict[Relation, Grant]:
    """The table of rights.

    Raises:
        ValueError: the file names something that does not exist, or leaves a relation out.
    """
    data = yaml.safe_load(Path(__file__).with_name("rights.yml").read_text("utf-8"))["relations"]
    if set(data) != set(Relation):
        raise ValueError("rights.yml does not name each relation once")
    return {
        Relation(name): Grant(frozenset(map(Right, row["may"])), row["on_sensitive"], row["charge"])
        for name, row in data.items()
    }
