"""The append-only history of cases: who did what, when and from where, each event sealed by the one before.

An event's hash is SHA-256 over the hash of the case's event before it and the event's own content, so no
event can be changed or taken out of the middle without breaking the chain of its case. Against cutting
off the end, or writing the whole register anew, `digest` sums up all events in order: kept elsewhere, it
proves later that the events of then are still the same.

Details hold ids, choices and dates, never what people wrote: texts can be erased when their time has
come, and the chain stays whole. `seal` ties a text to its event by a salted digest; without the salt it
tells nothing.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.tables import CaseEventRow

Details = Mapping[str, Any]
_NONCE_BYTES = 16
_FIRST = "0" * 64


@dataclass(frozen=True)
class Event:
    """What happened to a case, or who looked at it.

    Attributes:
        seq: 1 for the first of its case.
        at: UTC.
        actor_id: None for Sifra itself, and for reporters who are anonymous or unknown.
        details: `changed` holds the fields that changed as [before, after]; the rest depends on the action.
    """

    case_number: str
    seq: int
    at: datetime
    actor_id: str | None
    channel: str
    action: str
    details: Details

    @property
    def changed(self) -> Mapping[str, list[Any]]:
        """The fields of the case that changed, as before and after."""
        changed: Mapping[str, list[Any]] = self.details.get("changed", {})
        return changed


def seal(text: str, nonce: str) -> str:
    """Digest of a text with its salt."""
    return hashlib.sha256(f"{nonce}\n{text}".encode()).hexdigest()


def new_nonce() -> str:
    """A salt for one text, 32 hexadecimal digits."""
    return secrets.token_hex(_NONCE_BYTES)


def plain(value: Any) -> Any:
    """A value as it stands in details: moments in UTC and days in ISO 8601, choices as their ids."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value


class History:
    """The events within one transaction of the caller."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(
        self, number: str, at: datetime, actor_id: str | None, channel: str, action: str, details: Details
    ) -> Event:
        """Add an event to a case; the caller holds the lock on the case's row."""
        return self._append(self._last(number), number, at, actor_id, channel, action, details)

    def begin(
        self, number: str, at: datetime, actor_id: str | None, channel: str, action: str, details: Details
    ) -> Event:
        """Add the first event of a case that was just added, without looking for earlier ones."""
        return self._append((0, _FIRST), number, at, actor_id, channel, action, details)

    def _last(self, number: str) -> tuple[int, str]:
        last = self._session.execute(
            select(CaseEventRow.seq, CaseEventRow.hash)
            .where(CaseEventRow.case_number == number)
            .order_by(CaseEventRow.seq.desc())
            .limit(1)
        ).first()
        return (last.seq, last.hash) if last else (0, _FIRST)

    def _append(
        self,
        last: tuple[int, str],
        number: str,
        at: datetime,
        actor_id: str | None,
        channel: str,
        action: str,
        details: Details,
    ) -> Event:
        seq, before = last
        row = CaseEventRow(
            case_number=number, seq=seq + 1, at=at.astimezone(UTC), actor_id=actor_id, channel=channel,
            action=action, details=_canonical(details),
        )  # fmt: skip
        row.hash = hash_of(row, before)
        self._session.add(row)
        self._session.flush()
        return to_event(row)

    def of_case(self, number: str, after_seq: int = 0) -> list[Event]:
        """The events of a case, oldest first."""
        rows = self._session.scalars(
            select(CaseEventRow)
            .where(CaseEventRow.case_number == number, CaseEventRow.seq > after_seq)
            .order_by(CaseEventRow.seq)
        )
        return [to_event(row) for row in rows]

    def latest_by(self, actor_id: str, since: datetime) -> list[Event]:
        """What somebody did since a moment, newest first."""
        rows = self._session.scalars(
            select(CaseEventRow)
            .where(CaseEventRow.actor_id == actor_id, CaseEventRow.at >= since)
            .order_by(CaseEventRow.id.desc())
        )
        return [to_event(row) for row in rows]

    def rows(self, up_to: int | None = None) -> Iterator[CaseEventRow]:
        """All events in the order in which they were written, a thousand at a time."""
        query = select(CaseEventRow).order_by(CaseEventRow.id).execution_options(yield_per=1000)
        if up_to is not None:
            query = query.limit(up_to)
        yield from self._session.scalars(query)

    def count(self) -> int:
        """How many events there are."""
        return self._session.scalar(select(func.count()).select_from(CaseEventRow)) or 0


def hash_of(row: CaseEventRow, before: str) -> str:
    """The hash that an event must have, after the hash of its case's event before it."""
    content = [
        before, row.case_number, row.seq, row.at.astimezone(UTC).isoformat(), row.actor_id, row.channel,
        row.action, row.details,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def broken_links(rows: Iterable[CaseEventRow]) -> Iterator[tuple[str, int]]:
    """The events whose hash or place in the chain is wrong, as case number and seq.

    Args:
        rows: all events in the order in which they were written.
    """
    last: dict[str, tuple[int, str]] = {}
    for row in rows:
        seq, before = last.get(row.case_number, (0, _FIRST))
        if row.seq != seq + 1 or row.hash != hash_of(row, before):
            yield row.case_number, row.seq
        last[row.case_number] = (row.seq, row.hash)


def digest(rows: Iterable[CaseEventRow]) -> str:
    """One digest of all events in order, to be kept where nobody with access to the database can
    change it.
    """
    total = hashlib.sha256()
    for row in rows:
        total.update(f"{row.case_number}:{row.seq}:{row.hash}\n".encode())
    return total.hexdigest()


def to_event(row: CaseEventRow) -> Event:
    """An event as it is read."""
    return Event(
        row.case_number, row.seq, row.at, row.actor_id, row.channel, row.action, json.loads(row.details)
    )


def _canonical(details: Details) -> str:
    return json.dumps(details, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=plain)
