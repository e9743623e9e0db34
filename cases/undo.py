"""Taking back what one just did."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from cases.case_work import Actor, CaseWork, Work, as_seen, events_as_seen
from cases.categories import Category, Likelihood, Severity, Status
from cases.errors import ChangedMeanwhileError, NothingToUndoError
from cases.handling import Change
from cases.history import Event, History
from cases.policy import Right, rights_on
from cases.repository import to_case
from cases.tables import CommentRow, MeasureRow, WatcherRow

_log = logging.getLogger(__name__)
_NO_CHANGES = frozenset({"read", "undone"})
_STAYS = frozenset(
    {"attached", "filed", "imported", "answered", "moved", "breach", "name_erased", "anonymised"}
)
# How the plain values of details become those of the row again; others are text or numbers.
_FROM_PLAIN: dict[str, Callable[[Any], Any]] = {
    "status": Status,
    "severity": Severity,
    "likelihood": Likelihood,
    "category": Category,
    "due_date": date.fromisoformat,
    "closed_at": datetime.fromisoformat,
    "responded_at": datetime.fromisoformat,
}


def undo(case_work: CaseWork, actor: Actor) -> Change:
    """Take back the actor's latest change of a case, if it is minutes old and nobody built on it.

    What it would have told others is not told. The change stays in the history, and so does its undoing.
    Done again, it takes back the change before that one.

    Raises:
        NothingToUndoError: the actor changed nothing in that time, or has undone it.
        ChangedMeanwhileError: somebody has changed the case since.
    """
    if actor.person is None:
        raise NothingToUndoError("unknown senders change nothing")
    with case_work.session() as session:
        since = case_work.now() - case_work.times.undo
        mine = History(session).latest_by(actor.person.employee_id, since)
        latest = _asked_before(mine, case_work.name_of(actor)) or _latest(mine, since)
        if latest is None:
            raise NothingToUndoError("nothing was changed lately")
        work = case_work.open(session, replace(actor, seen_version=None), latest.case_number, None)
        done = work.done_before()
        if done is not None:
            return Change(as_seen(work.before, work.asker), done)
        _require_last(work, latest)
        _revert(work, latest)
        work.notices.withdraw(latest.case_number, latest)
        work.details |= {"of": latest.seq, "undone": latest.action}
        event = work.record("undone")
        case = to_case(work.row)
    _log.info("case %s: undone %s", case.number, latest.action)
    return Change(as_seen(case, work.asker), event)


def _asked_before(events: list[Event], request: str | None) -> Event | None:
    return next((event for event in events if request and event.details.get("request") == request), None)


def _latest(events: list[Event], since: datetime) -> Event | None:
    """The newest change that was not undone, if it can be undone at all and came after a moment.

    Args:
        events: what somebody did, newest first.
    """
    latest = next(iter(_standing(events)), None)
    if latest is None or latest.action in _STAYS or latest.at <= since:
        return None
    return latest


def _require_last(work: Work, latest: Event) -> None:
    """See that a change is still there and the case's last; asked once the case is held."""
    events = History(work.session).of_case(latest.case_number, latest.seq - 1)
    standing = _standing(events)
    if latest not in standing:
        raise NothingToUndoError("it was undone at the same moment")
    if later := standing[1:]:
        if Right.READ not in rights_on(work.asker, work.before):
            raise NothingToUndoError("the case is no longer theirs to see")
        seen = events_as_seen(later, work.before, work.asker)
        raise ChangedMeanwhileError(latest.case_number, work.row.version, seen)


def _standing(events: list[Event]) -> list[Event]:
    """The changes that were not undone, in the order in which they come."""
    undone = {(event.case_number, event.details["of"]) for event in events if event.action == "undone"}
    return [
        event
        for event in events
        if event.action not in _NO_CHANGES and (event.case_number, event.seq) not in undone
    ]


def _revert(work: Work, event: Event) -> None:
    before = {
        name: _FROM_PLAIN.get(name, _same)(was) if was is not None else None
        for name, (was, _) in event.changed.items()
    }
    work.set(**before)
    match event.action:
        case "measure_added":
            work.row.measures.remove(_measure(work, event))
        case "measure_done":
            _measure(work, event).done_at = None
        case "closed" | "rejected":
            earlier = work.session.get(CommentRow, event.details.get("comment", 0))
            work.row.closing_note = earlier.text if earlier is not None else None
        case "watched":
            work.row.watchers = [row for row in work.row.watchers if row.employee_id != work.me]
        case "unwatched":
            work.row.watchers.append(WatcherRow(employee_id=work.me))
        case "involved":
            someone = event.details["person"]
            work.row.involved = [row for row in work.row.involved if row.employee_id != someone]
    if "comment" in event.details:
        comment = work.session.get(CommentRow, event.details["comment"])
        if comment is not None:
            work.session.delete(comment)


def _measure(work: Work, event: Event) -> MeasureRow:
    return next(row for row in work.row.measures if row.position + 1 == event.details["measure"])


def _same(value: Any) -> Any:
    return value
