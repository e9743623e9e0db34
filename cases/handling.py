"""Changes to cases: the one way in which a case's state changes after it was filed.

Each call is one transaction: rights, the change, its event in the history and what others are told are
written together or not at all. The row is locked meanwhile, so two who act at once take turns; who acted
on an old state is told what changed, if they say which version they saw.
"""

import logging
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from cases.case_work import Actor, CaseWork, Work, as_seen
from cases.categories import OPEN_STATUSES, SUBTYPES, Category, Likelihood, Severity, Status
from cases.errors import (
    CannotMergeError,
    CaseNotFoundError,
    InvolvedHandlerError,
    NoSuchMeasureError,
    NotAllowedError,
    PastDeadlineError,
    ReasonMissingError,
    TextMissingError,
    UnknownHandlerError,
    WrongStatusError,
)
from cases.history import Event, new_nonce, plain, seal
from cases.model import Case, Speaker
from cases.policy import Right, rights_on
from cases.repository import to_case
from cases.tables import AttachmentRow, CaseRow, InvolvedRow, MeasureRow, WatcherRow
from cases.telling import tell
from organisation.directory import Directory

MAX_ATTACHMENT_BYTES = 20 * 1024 * 1024
MAX_NAME_CHARS = 200
_log = logging.getLogger(__name__)
ENDED = frozenset({Status.LUKKET, Status.AVVIST})


@dataclass(frozen=True)
class Change:
    """What a call did. `event` is None when everything was so already.

    Attributes:
        case: as the actor may see it, after the change.
    """

    case: Case
    event: Event | None


class CaseHandling:
    """What handlers and reporters do with cases that are filed."""

    def __init__(self, work: CaseWork) -> None:
        self._work = work

    def take(self, actor: Actor, number: str) -> Change:
        """Become the handler and begin. Taking one's own case that is under way changes nothing.

        Raises:
            HandlingError: see `cases.errors`; so for every call here.
            CaseNotFoundError: there is none, or the actor may not see it.
        """

        def do(work: Work) -> str | None:
            _require_open(work)
            if work.row.assignee_id == work.me and work.row.status is not Status.NY:
                return None
            is_new = work.row.status is Status.NY
            work.set(assignee_id=work.me, status=Status.UNDER_BEHANDLING if is_new else work.row.status)
            return "taken"

        return self._change(actor, number, Right.HANDLE, do)

    def assign(self, actor: Actor, number: str, employee_id: str) -> Change:
        """Give the case to somebody, who is told."""

        def do(work: Work) -> str | None:
            _require_open(work)
            _require_handler(work, employee_id)
            if work.row.assignee_id == employee_id:
                return None
            work.set(assignee_id=employee_id)
            return "assigned"

        return self._change(actor, number, Right.HANDLE, do)

    def set_deadline(self, actor: Actor, number: str, due: date) -> Change:
        """Set the last day for handling it, today or later."""

        def do(work: Work) -> str | None:
            _require_open(work)
            _require_coming(work, due)
            return "deadline_set" if work.set(due_date=due) else None

        return self._change(actor, number, Right.HANDLE, do)

    def add_measure(
        self,
        actor: Actor,
        number: str,
        text: str,
        responsible_id: str | None = None,
        deadline: date | None = None,
    ) -> Change:
        """Write down what is to be done, by whom and until when."""

        def do(work: Work) -> str:
            _require_open(work)
            _require_coming(work, deadline)
            if responsible_id is not None:
                _require_handler(work, responsible_id)
            measure = MeasureRow(
                position=max((item.position for item in work.row.measures), default=-1) + 1,
                text=work.words(text), nonce=new_nonce(), responsible_id=responsible_id, deadline=deadline,
            )  # fmt: skip
            work.row.measures.append(measure)
            work.details |= {
                "measure": measure.position + 1, "responsible": responsible_id, "deadline": plain(deadline),
                "text": seal(measure.text, measure.nonce or ""),
            }  # fmt: skip
            work.set(status=Status.TILTAK)
            return "measure_added"

        return self._change(actor, number, Right.HANDLE, do)

    def finish_measure(self, actor: Actor, number: str, position: int | None = None) -> Change:
        """Mark a measure as done; who is responsible for one and does not handle the case, only their own.

        Args:
            position: the first is 1; None when the case has only one that is open.
        """

        def do(work: Work) -> str:
            measure = _open_measure(work, position)
            if measure.responsible_id != work.me and Right.HANDLE not in rights_on(work.asker, work.before):
                raise NotAllowedError(number)
            measure.done_at = work.now
            work.details["measure"] = measure.position + 1
            return "measure_done"

        return self._change(actor, number, Right.FINISH_MEASURE, do)

    def comment(self, actor: Actor, number: str, text: str) -> Change:
        """Write to the reporter."""
        return self._change(actor, number, Right.HANDLE, _write(text, Speaker.HANDLER, internal=False))

    def note(self, actor: Actor, number: str, text: str) -> Change:
        """Write something for those who handle the case."""
        return self._change(actor, number, Right.HANDLE, _write(text, Speaker.HANDLER, internal=True))

    def answer(self, actor: Actor, number: str, text: str) -> Change:
        """Add something as the reporter; an anonymous one through the conversation of the report only."""
        return self._change(actor, number, Right.ANSWER, _write(text, Speaker.REPORTER, internal=False))

    def recategorise(
        self, actor: Actor, number: str, category: Category, subtype: str | None, reason: str
    ) -> Change:
        """Change category or sub-type, with a reason.

        Args:
            subtype: one of the category's; None leaves it open.
        """

        def do(work: Work) -> str | None:
            _require_open(work)
            if subtype is not None and subtype not in SUBTYPES[category]:
                raise ValueError(f"{subtype} is not a sub-type of {category}")
            if (work.row.category, work.row.subtype) == (category, subtype):
                return None
            _keep_reason(work, reason, internal=False)
            work.set(category=category, subtype=subtype)
            return "recategorised"

        return self._change(actor, number, Right.HANDLE, do)

    def set_severity(self, actor: Actor, number: str, severity: Severity, reason: str) -> Change:
        """Change how severe it is, with a reason."""

        def do(work: Work) -> str | None:
            _require_open(work)
            if work.row.severity is severity:
                return None
            _keep_reason(work, reason, internal=True)
            work.set(severity=severity)
            return "severity_set"

        return self._change(actor, number, Right.HANDLE, do)

    def set_likelihood(self, actor: Actor, number: str, likelihood: Likelihood) -> Change:
        """Judge how often the like may be expected."""

        def do(work: Work) -> str | None:
            _require_open(work)
            return "likelihood_set" if work.set(likelihood=likelihood) else None

        return self._change(actor, number, Right.HANDLE, do)

    def merge(self, actor: Actor, number: str, into: str) -> Change:
        """Close a case as the same as another, which goes on; its reporter hears how that one ends.

        Raises:
            CannotMergeError: the same case, or one that is merged already.
            CaseNotFoundError: the actor may not see the other one.
        """

        def do(work: Work) -> str:
            _require_open(work)
            other = work.session.get(CaseRow, into)
            if other is None or Right.READ not in rights_on(work.asker, to_case(other)):
                raise CaseNotFoundError(into)
            if Right.HANDLE not in rights_on(work.asker, to_case(other)):
                raise NotAllowedError(into)
            if into == number or other.status not in OPEN_STATUSES:
                raise CannotMergeError(number, into)
            work.set(status=Status.LUKKET, merged_into=into, closed_at=work.now)
            return "merged"

        return self._change(actor, number, Right.HANDLE, do, into)

    def close(self, actor: Actor, number: str, reason: str, *, tell_reporter: bool) -> Change:
        """End a case; the reason is what the reporter gets to read."""
        return self._end(actor, number, Status.LUKKET, "closed", reason, tell_reporter)

    def reject(self, actor: Actor, number: str, reason: str, *, tell_reporter: bool) -> Change:
        """End a case that is none, with the reason."""
        return self._end(actor, number, Status.AVVIST, "rejected", reason, tell_reporter)

    def reopen(self, actor: Actor, number: str) -> Change:
        """Take up a case again that had ended."""

        def do(work: Work) -> str:
            if work.row.status not in ENDED or work.row.merged_into is not None:
                raise WrongStatusError(work.row.number, work.row.status)
            work.set(status=Status.UNDER_BEHANDLING, closed_at=None)
            return "reopened"

        return self._change(actor, number, Right.HANDLE, do)

    def mark_sensitive(self, actor: Actor, number: str, *, sensitive: bool) -> Change:
        """Let fewer people see the case, or more again."""

        def do(work: Work) -> str | None:
            changed = work.set(sensitive=sensitive)
            return ("marked_sensitive" if sensitive else "unmarked_sensitive") if changed else None

        return self._change(actor, number, Right.MARK_SENSITIVE, do)

    def watch(self, actor: Actor, number: str, *, watch: bool) -> Change:
        """Begin or stop to follow a case."""

        def do(work: Work) -> str | None:
            rows = [row for row in work.row.watchers if row.employee_id == work.me]
            if bool(rows) == watch:
                return None
            if watch:
                work.row.watchers.append(WatcherRow(employee_id=work.me))
            else:
                work.row.watchers.remove(rows[0])
            return "watched" if watch else "unwatched"

        return self._change(actor, number, Right.WATCH if watch else Right.READ, do)

    def involve(self, actor: Actor, number: str, employee_id: str) -> Change:
        """Say whom a case is about. They lose what they saw of it by duty; one who handled it is replaced."""

        def do(work: Work) -> str | None:
            if work.directory.person(employee_id) is None:
                raise UnknownHandlerError(work.row.number, employee_id)
            if any(row.employee_id == employee_id for row in work.row.involved):
                return None
            work.row.involved.append(InvolvedRow(employee_id=employee_id))
            work.details["person"] = employee_id
            if work.row.assignee_id == employee_id:
                work.set(assignee_id=next_handler(work.before, work.directory, {employee_id}))
            return "involved"

        return self._change(actor, number, Right.HANDLE, do)

    def attach(self, actor: Actor, number: str, name: str, media_type: str, content: bytes) -> Change:
        """Add a file to a case; its digest is sealed in the history.

        Raises:
            TextMissingError: it is empty or too large, or has no name.
        """

        def do(work: Work) -> str:
            if not 1 <= len(content) <= MAX_ATTACHMENT_BYTES or not 1 <= len(name.strip()) <= MAX_NAME_CHARS:
                raise TextMissingError(work.row.number)
            row = AttachmentRow(
                case_number=work.row.number, name=name.strip(), media_type=media_type, content=content,
                sha256=sha256(content).hexdigest(), added_by=work.me or None, added_at=work.now,
            )  # fmt: skip
            work.session.add(row)
            work.session.flush()
            work.details |= {"attachment": row.id, "sha256": row.sha256}
            return "attached"

        return self._change(actor, number, Right.HANDLE, do)

    def _end(
        self, actor: Actor, number: str, status: Status, action: str, reason: str, tell_reporter: bool
    ) -> Change:
        def do(work: Work) -> str:
            _require_open(work)
            _require_reason(work, reason)
            words = work.words(reason)
            if work.row.closing_note is not None:
                # It ended before and was reopened; why it did then stays to be read, and can be undone to.
                work.write(work.row.closing_note, Speaker.HANDLER, internal=True)
                work.details["earlier"] = work.details.pop("text")
            work.row.closing_note = words
            work.details |= {"text": seal(words, work.row.nonce or ""), "told": tell_reporter}
            work.set(status=status, closed_at=work.now)
            return action

        return self._change(actor, number, Right.HANDLE, do)

    def _change(
        self,
        actor: Actor,
        number: str,
        right: Right,
        do: Callable[[Work], str | None],
        other: str | None = None,
    ) -> Change:
        with self._work.on(actor, number, right, other) as work:
            done = work.done_before()
            action = None if done else do(work)
            if action is None:
                return Change(as_seen(to_case(work.row), work.asker), done)
            speaker = Speaker.REPORTER if action == "answered" else Speaker.HANDLER
            event = work.record(action, speaker)
            case = to_case(work.row)
            tell(work, case, event)
        _log.info("case %s: %s", number, action)
        return Change(as_seen(case, work.asker), event)


def next_handler(case: Case, directory: Directory, not_these: AbstractSet[str] = frozenset()) -> str | None:
    """Who gets a case: the nearest leader upwards whom it is not about and who did not report it by name."""
    barred = not_these | case.involved_ids | ({case.reporter_id} if case.reporter_id else set())
    unit_id = case.unit_id
    while unit_id is not None:
        leader = directory.leader_of(unit_id)
        if leader is None:
            return None
        if leader.employee_id not in barred:
            return leader.employee_id
        own = directory.unit(leader.unit_id)
        unit_id = own.parent_id if own else None
    return None


def _require_open(work: Work) -> None:
    if work.row.status not in OPEN_STATUSES:
        raise WrongStatusError(work.row.number, work.row.status)


def _require_handler(work: Work, employee_id: str) -> None:
    if work.directory.person(employee_id) is None:
        raise UnknownHandlerError(work.row.number, employee_id)
    if any(row.employee_id == employee_id for row in work.row.involved):
        raise InvolvedHandlerError(work.row.number, employee_id)


def _require_coming(work: Work, due: date | None) -> None:
    if due is not None and due < work.today:
        raise PastDeadlineError(work.row.number, due)


def _open_measure(work: Work, position: int | None) -> MeasureRow:
    waiting = [item for item in work.row.measures if item.done_at is None]
    if position is None and len(waiting) == 1:
        return waiting[0]
    for item in waiting:
        if item.position + 1 == position:
            return item
    raise NoSuchMeasureError(work.row.number, position)


def _write(text: str, speaker: Speaker, *, internal: bool) -> Callable[[Work], str]:
    def do(work: Work) -> str:
        work.write(text, speaker, internal=internal)
        if speaker is Speaker.REPORTER:
            return "answered"
        return "noted" if internal else "commented"

    return do


def _keep_reason(work: Work, reason: str, *, internal: bool) -> None:
    """Keep why something was changed; the reporter reads why the category was."""
    _require_reason(work, reason)
    work.write(reason, Speaker.HANDLER, internal=internal)


def _require_reason(work: Work, reason: str) -> None:
    if not any(char.isalnum() for char in reason):
        raise ReasonMissingError(work.row.number)
