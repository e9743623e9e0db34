"""Who may see which cases. What is not granted here is denied.

| who | sees |
| --- | --- |
| reporter | own cases that are not anonymous |
| a conversation | the cases filed in it, which is how an anonymous reporter follows up |
| assignee | the cases assigned to them |
| leader | cases of the own unit and those below |
| quality adviser | every case |
| privacy officer | cases of information security |
| employee, administrator | nothing beyond the first three |
"""

from dataclasses import dataclass
from typing import Literal

from cases.categories import Category
from cases.model import Case
from organisation.directory import Directory
from organisation.model import Person, Role

ROLES_IN_CHARGE = frozenset({Role.LEADER, Role.QUALITY_ADVISER, Role.PRIVACY_OFFICER})

Field = Literal["reporter_id", "conversation_id", "assignee_id", "unit_id", "category"]


@dataclass(frozen=True)
class Grant:
    """Cases whose field has one of the values. A field that is not set is never granted."""

    field: Field
    values: frozenset[str]


@dataclass(frozen=True)
class Visibility:
    """The cases that at least one grant covers, as data: `covers` asks it of one case, the repository
    turns it into SQL. Without grants it is no case.
    """

    grants: tuple[Grant, ...] = ()

    def covers(self, case: Case) -> bool:
        """Whether the case is among them."""
        return any(getattr(case, grant.field) in grant.values for grant in self.grants)


def visible_as_reporter(actor: Person | None, conversation_id: str | None) -> Visibility:
    """What someone has reported: under their name, or in this conversation."""
    grants: list[Grant] = []
    if actor is not None:
        grants.append(Grant("reporter_id", frozenset({actor.employee_id})))
    if conversation_id is not None:
        grants.append(Grant("conversation_id", frozenset({conversation_id})))
    return Visibility(tuple(grants))


def visible_in_charge(actor: Person | None, directory: Directory) -> Visibility:
    """What someone sees because they handle it or their role covers it."""
    if actor is None:
        return Visibility()
    grants = [Grant("assignee_id", frozenset({actor.employee_id}))]
    if actor.role is Role.LEADER:
        grants.append(Grant("unit_id", directory.unit_and_below(actor.unit_id)))
    elif actor.role is Role.QUALITY_ADVISER:
        grants.append(Grant("category", frozenset(Category)))
    elif actor.role is Role.PRIVACY_OFFICER:
        grants.append(Grant("category", frozenset({Category.INFORMASJONSSIKKERHET})))
    return Visibility(tuple(grants))


def visibility(actor: Person | None, conversation_id: str | None, directory: Directory) -> Visibility:
    """All that someone may read in a conversation; `actor` is whom the channel has authenticated."""
    reported = visible_as_reporter(actor, conversation_id)
    return Visibility(reported.grants + visible_in_charge(actor, directory).grants)


def may_read(
    actor: Person | None, case: Case, directory: Directory, conversation_id: str | None = None
) -> bool:
    """Whether someone may read a case."""
    return visibility(actor, conversation_id, directory).covers(case)
