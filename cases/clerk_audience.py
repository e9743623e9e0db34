"""Who is told of several cases at once: never somebody whom one of them is about."""

from collections.abc import Collection
from collections.abc import Set as AbstractSet

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.tables import InvolvedRow
from organisation.directory import Directory
from organisation.model import Role
from organisation.tables import PersonRow


def quality_advisers(session: Session) -> list[str]:
    """Active quality advisers, by id."""
    return list(
        session.scalars(
            select(PersonRow.employee_id)
            .where(PersonRow.role == Role.QUALITY_ADVISER, PersonRow.active)
            .order_by(PersonRow.employee_id)
        )
    )


def involved_in(session: Session, numbers: Collection[str]) -> frozenset[str]:
    """The people whom any of these cases is about."""
    return frozenset(
        session.scalars(select(InvolvedRow.employee_id).where(InvolvedRow.case_number.in_(numbers)))
    )


def leader_to_tell(directory: Directory, unit_id: str, barred: AbstractSet[str]) -> str | None:
    """The nearest leader upwards who is not barred."""
    leader = directory.leader_of(unit_id)
    while leader is not None and leader.employee_id in barred:
        own = directory.unit(leader.unit_id)
        leader = directory.leader_of(own.parent_id) if own and own.parent_id else None
    return leader.employee_id if leader else None
