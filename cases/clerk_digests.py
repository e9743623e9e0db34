"""Summaries for those who want them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from cases.calendar import OSLO
from cases.case_work import Actor
from cases.categories import OPEN_STATUSES, Severity, Status
from cases.clerk import Clerk, one_by_one
from cases.clerk_texts import LANGUAGES, clerk_text
from cases.errors import NotALeaderError
from cases.labels import label
from cases.model import Case
from cases.query import CaseQuery, Days, Grouping, Want
from cases.quiet import is_day_off, working_day_before
from cases.subscriptions import Frequency, Subscription, Subscriptions
from database.engine import reading
from organisation.model import Person
from outbox.tables import OutboxRow

CHANNEL = "clerk"
MOST_URGENT = 3
MOST_FREQUENT = 3
_OPEN = tuple(status for status in Status if status in OPEN_STATUSES)
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Figures:
    """What a summary says.

    Attributes:
        counts: by key of `clerk_texts.yml`.
        frequent: sub-types with the most new cases.
        urgent: what comes first among the open cases.
    """

    counts: dict[str, int]
    frequent: tuple[str, ...]
    urgent: tuple[Case, ...]


def send_digests(clerk: Clerk) -> int:
    """Post the summaries whose hour has come today, once each."""
    now = clerk.now().astimezone(OSLO)
    today = now.date()
    with reading(clerk.sessions) as session:
        due = {_key(one.employee_id, today): one for one in Subscriptions(session).all() if _is_due(one, now)}
        # Those of this morning are not counted anew all day, only to find that they were posted.
        posted = set(session.scalars(select(OutboxRow.key).where(OutboxRow.key.in_(due))))
        directory = clerk.directory(session)
        waiting = {
            key: (one, person)
            for key, one in due.items()
            if key not in posted and (person := directory.person(one.employee_id)) is not None
        }
    return one_by_one("send_digests", waiting, lambda key: _send(clerk, key, *waiting[key], today))


def figures(clerk: Clerk, person: Person, since: date) -> Figures:
    """Count for somebody what is in their charge.

    Args:
        since: the first day of what is new or closed.
    Raises:
        NotALeaderError: they have nothing in their charge any more.
    """
    search, actor, days = clerk.cases.search, Actor(person, None, CHANNEL), Days(first=since)
    queries = {
        "open": CaseQuery(Want.COUNT, statuses=_OPEN),
        "new": CaseQuery(Want.COUNT, reported=days),
        "closed": CaseQuery(Want.COUNT, statuses=(Status.LUKKET,), closed=days),
        "overdue": CaseQuery(Want.COUNT, overdue=True),
        "critical": CaseQuery(Want.COUNT, statuses=_OPEN, severities=(Severity.KRITISK,)),
    }
    counts = {name: search.count(actor, query).total or 0 for name, query in queries.items()}
    kinds = search.count(actor, CaseQuery(Want.COUNT, reported=days, group_by=Grouping.SUBTYPE)).rows
    frequent = tuple(row.key for row in kinds if row.key and row.count)[:MOST_FREQUENT]
    return Figures(counts, frequent, search.list(actor, CaseQuery(statuses=_OPEN), MOST_URGENT).cases)


def _key(employee_id: str, today: date) -> str:
    return f"digest:{employee_id}:{today.isoformat()}"


def _is_due(one: Subscription, now: datetime) -> bool:
    if now.hour < one.hour:
        return False
    if one.frequency is Frequency.WEEKLY:
        return now.weekday() == one.weekday
    return not is_day_off(now.date())


def _send(clerk: Clerk, key: str, one: Subscription, person: Person, today: date) -> bool:
    # A daily one after days off tells of these too.
    since = today - _WEEK if one.frequency is Frequency.WEEKLY else working_day_before(today)
    try:
        found = figures(clerk, person, since)
    except NotALeaderError:  # any more
        return False
    bodies = {f"body_{language}": _body(found, language) for language in LANGUAGES}
    with clerk.sessions.begin() as session:
        return clerk.notices(session).to_person(
            person.employee_id, key, "digest", {"period": one.frequency.value, **bodies}
        )


def _body(found: Figures, language: str) -> str:
    lines = [clerk_text("digest", name, language, count=count) for name, count in found.counts.items()]
    if found.frequent:
        subtypes = ", ".join(label("subtype", key, language) for key in found.frequent)
        lines.append(clerk_text("digest", "most", language, subtypes=subtypes))
    if found.urgent:
        lines.append(clerk_text("digest", "next", language))
        lines += [f"{case.number} {case.title}" for case in found.urgent]
    return "\n".join(lines)
