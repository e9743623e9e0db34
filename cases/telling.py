"""What others are told of a change."""

from cases.case_work import Work
from cases.categories import Severity
from cases.history import Event, plain
from cases.model import Case
from cases.policy import Right, asker, rights_on
from cases.tables import CommentRow

# What watchers are told of, by the word that the outbox has for it.
_FOR_WATCHERS = frozenset(
    {"taken", "assigned", "measure_added", "measure_done", "closed", "rejected", "reopened", "merged"}
)
_QUESTION = "?"


def tell(work: Work, case: Case, event: Event) -> None:
    """Post the notices of an event: to the reporter, to a new handler, to those who follow the case.

    Nobody is told what they did themselves.
    """
    _tell_reporter(work, case, event)
    _tell_handler(work, case, event)
    _tell_responsible(work, case, event)
    if event.action in _FOR_WATCHERS:
        for someone in sorted(case.watcher_ids - {event.actor_id, case.assignee_id, case.reporter_id}):
            if not _may_read(work, case, someone):
                continue
            work.notices.to_handler(
                case, f"{event.seq}:{someone}:watcher", "case_update", someone,
                values={"what": event.action}, delay=work.notices.times.undo,
            )  # fmt: skip


def _tell_reporter(work: Work, case: Case, event: Event) -> None:
    name = work.notices.name

    def post(template: str, **values: str | None) -> None:
        work.notices.to_reporter(case, str(event.seq), template, values, but_not=event.actor_id)

    match event.action:
        case "taken":
            post("case_taken", handler=name(case.assignee_id))
        case "assigned":
            post("case_assigned_on", handler=name(case.assignee_id))
        case "measure_added":
            measure = work.row.measures[-1]
            post("case_measure", text=measure.text, deadline=plain(measure.deadline))
        case "commented":
            text = _comment(work, event)
            template = "case_question" if text.rstrip().endswith(_QUESTION) else "case_comment"
            post(template, text=text, author=name(event.actor_id))
        case "recategorised":
            post("case_category_changed", reason=_comment(work, event))
        case "closed" | "rejected" if event.details.get("told"):
            post(f"case_{event.action}", reason=case.closing_note)
        case "reopened":
            post("case_reopened")
        case "merged":
            post("case_merged", into=case.merged_into)


def _tell_responsible(work: Work, case: Case, event: Event) -> None:
    """Tell who is to do a measure of it, unless they handle the case or gave it to themselves."""
    if event.action != "measure_added":
        return
    measure = work.row.measures[-1]
    someone = measure.responsible_id
    if someone is None or someone in {event.actor_id, case.assignee_id}:
        return
    work.notices.to_handler(
        case, f"{event.seq}:{someone}:responsible", "measure_for_you", someone,
        values={"text": measure.text, "deadline": plain(measure.deadline)}, delay=work.notices.times.undo,
    )  # fmt: skip


def _tell_handler(work: Work, case: Case, event: Event) -> None:
    someone = case.assignee_id
    if someone is None or someone == event.actor_id:
        return
    values: dict[str, str | int | None] = {"by": work.notices.name(event.actor_id)}
    if event.action in {"assigned", "involved"} and "assignee_id" in event.changed:
        work.notices.to_handler(
            case, f"{event.seq}:{someone}", "case_assigned_to_you", someone,
            values=values, delay=work.notices.times.undo,
        )  # fmt: skip
    elif event.action == "severity_set" and case.severity is Severity.KRITISK:
        work.notices.to_handler(case, f"{event.seq}:{someone}", "new_critical_case", someone, urgent=True)
    elif event.action == "measure_done":
        work.notices.to_handler(
            case, f"{event.seq}:{someone}", "case_update", someone,
            values={"what": event.action}, delay=work.notices.times.undo,
        )  # fmt: skip
    elif event.action == "answered":
        values = {"text": _comment(work, event)}
        work.notices.to_handler(case, f"{event.seq}:{someone}", "case_answered", someone, values=values)
    elif event.action == "reopened":
        work.notices.to_handler(
            case, f"{event.seq}:{someone}", "case_reopened_leader", someone,
            values=values, delay=work.notices.times.undo,
        )  # fmt: skip


def _may_read(work: Work, case: Case, employee_id: str) -> bool:
    """Whether somebody who follows a case still sees it: it may be sensitive now, or be about them."""
    person = work.directory.person(employee_id)
    if person is None:
        return False
    return Right.READ in rights_on(asker(person, None, work.directory, work.today), case)


def _comment(work: Work, event: Event) -> str:
    row = work.session.get(CommentRow, event.details["comment"])
    return row.text if row is not None else ""
