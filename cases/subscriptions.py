"""Summaries that people want to get regularly."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.tables import SubscriptionRow


class Frequency(StrEnum):
    """How often."""

    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True)
class Subscription:
    """A summary that somebody wants.

    Attributes:
        weekday: of weekly ones, Monday is 0; daily ones come on working days.
        hour: of the day in Norway.
    """

    employee_id: str
    frequency: Frequency
    weekday: int | None
    hour: int


class Subscriptions:
    """Everybody's subscriptions, within one transaction of the caller. One person has one at most."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, subscription: Subscription) -> None:
        """Begin one, in place of the one that was."""
        self._session.merge(
            SubscriptionRow(
                employee_id=subscription.employee_id,
                frequency=subscription.frequency.value,
                weekday=subscription.weekday,
                hour=subscription.hour,
            )
        )
        self._session.flush()

    def remove(self, employee_id: str) -> bool:
        """End one; whether there was any."""
        row = self._session.get(SubscriptionRow, employee_id)
        if row is None:
            return False
        self._session.delete(row)
        self._session.flush()
        return True

    def all(self) -> list[Subscription]:
        """All of them, by person."""
        rows = self._session.scalars(select(SubscriptionRow).order_by(SubscriptionRow.employee_id))
        return [
            Subscription(row.employee_id, Frequency(row.frequency), row.weekday, row.hour) for row in rows
        ]
