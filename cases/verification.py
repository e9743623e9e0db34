"""Whether the register is as its history says: nothing changed, taken out or put in behind its back."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cases.history import Event, History, broken_links, digest, plain, seal, to_event
from cases.model import Speaker
from cases.repository import to_case
from cases.tables import CaseEventRow, CaseNumberRow, CaseRow, CommentRow

_BEGINNINGS = frozenset({"filed", "imported"})
_ENDINGS = frozenset({"closed", "rejected"})


@dataclass(frozen=True, order=True)
class Problem:
    """Something that is not as the history says.

    Attributes:
        kind: `chain` (an event was changed, taken out or put in), `no_beginning` (the case was not filed or
            imported), `state` (a field, person or measure of the case), `text`, `digest` (not the events of
            then), `number` (left out or twice), `series` (the next number).
        case_number: None for the whole register.
        detail: a seq, the name of a field, or a year; never a text.
    """

    kind: str
    case_number: str | None = None
    detail: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.kind, self.case_number, self.detail)))


@dataclass(frozen=True)
class Verification:
    """What was looked at.

    Attributes:
        digest: of all events, to be kept elsewhere together with their number.
        problems: in order; empty when all is well.
    """

    events: int
    cases: int
    digest: str
    problems: tuple[Problem, ...]


def verify(session: Session, expected: tuple[int, str] | None = None) -> Verification:
    """Compare all cases with their history.

    Args:
        session: a fresh transaction; on PostgreSQL changes of cases wait until it ends.
        expected: how many events there were at an earlier time, and their digest.
    """
    _wait_for_writers(session)
    rows = list(History(session).rows())
    problems = {Problem("chain", number, str(seq)) for number, seq in broken_links(rows)}
    if expected is not None and (len(rows) < expected[0] or digest(rows[: expected[0]]) != expected[1]):
        problems.add(Problem("digest"))
    broken = {problem.case_number for problem in problems}
    events = _by_case(row for row in rows if row.case_number not in broken)
    cases = list(session.scalars(select(CaseRow).order_by(CaseRow.number)))
    comments = _comments(session)
    for case in cases:
        if case.number in broken:
            continue  # Its history tells nothing any more.
        found = _Look(case, events.get(case.number, []), comments.get(case.number, {})).problems()
        problems |= {Problem(kind, case.number, detail) for kind, detail in found}
    problems |= set(_number_problems(session, [case.number for case in cases]))
    ordered = sorted(problems, key=lambda item: (item.case_number or "", item.kind, item.detail))
    return Verification(len(rows), len(cases), digest(rows), tuple(ordered))


class _Look:
    """One case beside its history."""

    def __init__(self, row: CaseRow, events: list[Event], comments: dict[int, CommentRow]) -> None:
        self._row = row
        self._events = events
        self._comments = comments
        undone = {event.details.get("of") for event in events if event.action == "undone"}
        self._standing = [event for event in events if event.seq not in undone]
        actions = {event.action for event in events}
        # What was taken away on purpose is told by these.
        self._is_anonymised = "anonymised" in actions
        self._is_nameless = "name_erased" in actions

    def problems(self) -> Iterator[tuple[str, str]]:
        """Kinds and details."""
        first = self._events[0] if self._events else None
        if first is None or first.action not in _BEGINNINGS:
            yield "no_beginning", ""
            return
        yield from (("state", name) for name in self._wrong_fields(first))
        if not _fits(first.details.get("text"), self._row.description, self._row.nonce):
            yield "text", "description"
        yield from (("text", f"event {event.seq}") for event in self._standing if not self._has_text(event))
        extra = self._comments.keys() - {event.details.get("comment") for event in self._standing}
        yield from (("text", f"comment {one}") for one in sorted(extra))

    def _wrong_fields(self, first: Event) -> Iterator[str]:
        state: dict[str, Any] = dict(first.details["state"])
        state["version"] = first.details["version"]
        for event in self._events[1:]:
            state |= {name: after for name, (_, after) in event.changed.items()}
            state["version"] = event.details.get("version", state["version"])
        case = to_case(self._row)
        yield from (name for name, value in state.items() if plain(getattr(case, name)) != value)
        if sorted(case.involved_ids) != self._people(first.details["involved"], "involved", None):
            yield "involved"
        # An import brings nobody who follows a case.
        if sorted(case.watcher_ids) != self._people([], "watched", "unwatched"):
            yield "watchers"
        if first.action == "filed" and not self._has_measures():
            yield "measures"

    def _people(self, first: Iterable[str], added: str, removed: str | None) -> list[str]:
        if self._is_anonymised:
            return []
        people = set(first)
        for event in self._standing:
            someone = event.details.get("person", event.actor_id)
            if event.action == added and someone is not None:
                people.add(someone)
            elif event.action == removed:
                people.discard(someone or "")
            elif event.action == "name_erased" and added == "watched":
                people.discard(self._events[0].actor_id or "")
        return sorted(people)

    def _has_measures(self) -> bool:
        told = {
            event.details["measure"]: (
                None if self._is_anonymised else event.details["responsible"],
                event.details["deadline"],
            )
            for event in self._standing
            if event.action == "measure_added"
        }
        done = {
            event.details["measure"]: event.at for event in self._standing if event.action == "measure_done"
        }
        return {number: (*fields, done.get(number)) for number, fields in told.items()} == {
            row.position + 1: (row.responsible_id, plain(row.deadline), row.done_at)
            for row in self._row.measures
        }

    def _has_text(self, event: Event) -> bool:
        """Whether what was written in an event is still there as it was, unless it has been erased."""
        expected = event.details.get("text")
        if event.action in _ENDINGS:
            is_last = event is [one for one in self._standing if one.action in _ENDINGS][-1]
            ended = not is_last or _fits(expected, self._row.closing_note, self._row.nonce)
            return ended and self._has_comment(event, event.details.get("earlier"))
        if event.action == "measure_added":
            rows = [row for row in self._row.measures if row.position + 1 == event.details["measure"]]
            return bool(rows) and _fits(expected, rows[0].text, rows[0].nonce)
        return self._has_comment(event, expected)

    def _has_comment(self, event: Event, expected: str | None) -> bool:
        if "comment" not in event.details:
            return True
        row = self._comments.get(event.details["comment"])
        return row is not None and self._is_author(row, event) and _fits(expected, row.text, row.nonce)

    def _is_author(self, row: CommentRow, event: Event) -> bool:
        is_erased = self._is_anonymised or (self._is_nameless and row.speaker is Speaker.REPORTER)
        return row.author_id == event.actor_id or (row.author_id is None and is_erased)


def _fits(expected: str | None, words: str | None, nonce: str | None) -> bool:
    """Whether a text is the one that was sealed; one whose salt is gone has been erased."""
    return nonce is None or (words is not None and seal(words, nonce) == expected)


def _wait_for_writers(session: Session) -> None:
    """Let no event come in between: on PostgreSQL the order of ids is final only when nobody writes."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE case_events IN SHARE MODE"))


def _by_case(rows: Iterable[CaseEventRow]) -> dict[str, list[Event]]:
    events: dict[str, list[Event]] = {}
    for row in rows:
        events.setdefault(row.case_number, []).append(to_event(row))
    return events


def _comments(session: Session) -> dict[str, dict[int, CommentRow]]:
    comments: dict[str, dict[int, CommentRow]] = {}
    for row in session.scalars(select(CommentRow)):
        comments.setdefault(row.case_number, {})[row.id] = row
    return comments


def _number_problems(session: Session, numbers: list[str]) -> Iterator[Problem]:
    """Numbers that are missing in their year, and years whose series does not end at the last number."""
    series = {row.year: row.last_number for row in session.scalars(select(CaseNumberRow))}
    found: dict[int, set[int]] = {year: set() for year in series}
    for number in numbers:
        year, position = map(int, number.split("-"))
        found.setdefault(year, set()).add(position)
    for year, positions in found.items():
        highest = max(positions, default=0)
        if highest != series.get(year, 0):
            yield Problem("series", None, str(year))
        for position in sorted(set(range(1, highest + 1)) - positions):
            yield Problem("number", f"{year}-{position:05d}")
