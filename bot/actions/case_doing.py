"""Doing what a handler wants once nothing is missing, and telling what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from bot.actions.case_act import Act, Verb
from bot.actions.case_talk import Pending
from bot.actions.phrases import format_day, phrase
from bot.actions.wiring import Sender, Services, actor_of
from cases.case_work import Actor
from cases.categories import SUBTYPES, Category, Likelihood, Severity
from cases.errors import (
    CannotMergeError,
    CaseError,
    CaseNotFoundError,
    ChangedMeanwhileError,
    InvolvedHandlerError,
    NoSuchMeasureError,
    NotAllowedError,
    NothingToUndoError,
    PastDeadlineError,
    ReasonMissingError,
    TextMissingError,
    UnknownHandlerError,
    WrongStatusError,
)
from cases.handling import CaseHandling, Change
from cases.labels import label
from cases.model import Case


@dataclass(frozen=True)
class Said:
    """Something to say: a response with its variables."""

    response: str
    variables: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """What comes next.

    Attributes:
        pending: a question to ask; None when the act is done or cannot be.
        said: what to say before.
        number: the case that was changed.
        version: of that case now.
    """

    pending: Pending | None = None
    said: tuple[Said, ...] = ()
    number: str | None = None
    version: int | None = None


def perform(
    pending: Pending, sender: Sender, services: Services, request: str, language: str, seen: int | None
) -> Step:
    """Do an act that nothing is missing for.

    Args:
        request: names the message, so that the same message changes a case once.
        seen: the version that the sender saw; None when they saw none.
    """
    try:
        change = _changed(pending, services, actor_of(sender, seen, request))
    except ChangedMeanwhileError as error:
        said = Said(
            "utter_case_cannot_undo" if pending.act.verb is Verb.UNDO else "utter_case_changed_meanwhile",
            {"number": error.number, "changes": _changes(error, services, language)},
        )
        return Step(said=(said,), number=error.number, version=error.version)
    except CaseError as error:
        return Step(_asking_again(error, pending), (_refused(error, services, language),))
    said = Said(_done(change, pending), _result(change, pending, services, language))
    return Step(said=(said,), number=change.case.number, version=change.case.version)


def _changed(pending: Pending, services: Services, actor: Actor) -> Change:
    act, number = pending.act, pending.act.number or ""
    if act.verb is Verb.UNDO:
        return services.cases.undo(actor)
    if pending.by_reporter:
        return services.cases.handling.answer(actor, number, act.text or "")
    return _DO[act.verb](services.cases.handling, actor, number, pending)


def _asking_again(error: CaseError, pending: Pending) -> Pending | None:
    """What to ask anew when only one answer was wrong; None when the act cannot be done."""
    act = pending.act
    if isinstance(error, PastDeadlineError):
        return replace(pending, act=replace(act, date=None), wanted="date")
    if isinstance(error, ReasonMissingError) or (isinstance(error, TextMissingError) and act.reason):
        return replace(pending, act=replace(act, reason=None), wanted="reason")
    if isinstance(error, TextMissingError):
        return replace(pending, act=replace(act, text=None), wanted="text")
    return None


def _done(change: Change, pending: Pending) -> str:
    if change.event is None:
        return "utter_case_already_so"
    if change.event.action in {"undone", "answered"}:
        return f"utter_case_{change.event.action}"
    return f"utter_case_did_{pending.act.verb.value}"


def _result(change: Change, pending: Pending, services: Services, language: str) -> dict[str, Any]:
    case, act = change.case, pending.act
    undone = change.event.details.get("undone", "") if change.event else ""
    return {
        "number": case.number,
        "person": services.person_name(pending.person_id or case.assignee_id) or phrase("nobody", language),
        "due": format_day(act.date or case.due_date, language),
        "category": _category_words(case, language),
        "severity": label("severity", case.severity, language),
        "likelihood": label("likelihood", case.likelihood, language) if case.likelihood else "",
        "other": act.other or "",
        "written": _measure_words(pending, services, language),
        "undone": phrase(f"event_{undone}", language) if undone else "",
        "told": _told(pending, language),
    }


def _category_words(case: Case, language: str) -> str:
    words = label("category", case.category, language)
    return f"{words} \N{EN DASH} {label('subtype', case.subtype, language)}" if case.subtype else words


def _measure_words(pending: Pending, services: Services, language: str) -> str:
    """What was written, and of a measure also who is to do it and until when."""
    act, facts = pending.act, []
    if act.verb is Verb.MEASURE:
        until = phrase("until", language, day=format_day(act.date, language)) if act.date else ""
        facts = [fact for fact in (services.person_name(pending.person_id), until) if fact]
    return f"{act.text or ''} ({', '.join(facts)})" if facts else act.text or ""


def _told(pending: Pending, language: str) -> str:
    if pending.tell_reporter is None:
        return ""
    return phrase("reporter_told" if pending.tell_reporter else "reporter_not_told", language)


def _changes(error: ChangedMeanwhileError, services: Services, language: str) -> str:
    words = [
        phrase(
            "change_by",
            language,
            what=phrase(f"event_{event.action}", language),
            who=services.person_name(event.actor_id) or phrase("someone", language),
        )
        for event in error.events
    ]
    return ", ".join(words) or phrase("something_changed", language)


def _refused(error: CaseError, services: Services, language: str) -> Said:
    values: dict[str, Any] = {"number": getattr(error, "number", "")}
    if isinstance(error, WrongStatusError):
        values["status"] = label("status", error.status, language)
    elif isinstance(error, PastDeadlineError):
        values["due"] = format_day(error.due, language)
    elif isinstance(error, InvolvedHandlerError | UnknownHandlerError):
        values["person"] = services.person_name(error.employee_id) or error.employee_id
    elif isinstance(error, CannotMergeError):
        values["other"] = error.other
    return Said(REFUSALS[type(error)], values)


REFUSALS: dict[type[CaseError], str] = {
    CaseNotFoundError: "utter_case_not_found",
    NotAllowedError: "utter_case_not_allowed",
    WrongStatusError: "utter_case_wrong_status",
    PastDeadlineError: "utter_case_past_deadline",
    ReasonMissingError: "utter_case_reason_missing",
    TextMissingError: "utter_case_text_missing",
    UnknownHandlerError: "utter_case_unknown_handler",
    InvolvedHandlerError: "utter_case_involved_handler",
    NoSuchMeasureError: "utter_case_no_such_measure",
    CannotMergeError: "utter_case_cannot_merge",
    NothingToUndoError: "utter_case_nothing_to_undo",
}


def _category(handling: CaseHandling, actor: Actor, number: str, pending: Pending) -> Change:
    act = pending.act
    category = Category(act.category) if act.category else _category_of(act.subtype or "")
    return handling.recategorise(actor, number, category, act.subtype, act.reason or "")


def _category_of(subtype: str) -> Category:
    return next(category for category, subtypes in SUBTYPES.items() if subtype in subtypes)


def _end(handling: CaseHandling, actor: Actor, number: str, pending: Pending) -> Change:
    end = handling.close if pending.act.verb is Verb.CLOSE else handling.reject
    return end(actor, number, pending.act.reason or "", tell_reporter=bool(pending.tell_reporter))


def _severity(act: Act) -> tuple[Severity, str]:
    return Severity(act.severity or ""), act.reason or ""


# What is missing has been asked for; the register itself refuses what is empty all the same.
_DO: dict[Verb, Callable[[CaseHandling, Actor, str, Pending], Change]] = {
    Verb.TAKE: lambda do, who, number, it: do.take(who, number),
    Verb.ASSIGN: lambda do, who, number, it: do.assign(who, number, it.person_id or ""),
    Verb.DEADLINE: lambda do, who, number, it: do.set_deadline(who, number, it.act.date or date.min),
    Verb.MEASURE: lambda do, who, number, it: do.add_measure(
        who, number, it.act.text or "", it.person_id, it.act.date
    ),
    Verb.MEASURE_DONE: lambda do, who, number, it: do.finish_measure(who, number, it.act.ordinal),
    Verb.COMMENT: lambda do, who, number, it: do.comment(who, number, it.act.text or ""),
    Verb.NOTE: lambda do, who, number, it: do.note(who, number, it.act.text or ""),
    Verb.CATEGORY: _category,
    Verb.SEVERITY: lambda do, who, number, it: do.set_severity(who, number, *_severity(it.act)),
    Verb.LIKELIHOOD: lambda do, who, number, it: do.set_likelihood(
        who, number, Likelihood(it.act.likelihood or "")
    ),
    Verb.MERGE: lambda do, who, number, it: do.merge(who, number, it.act.other or ""),
    Verb.CLOSE: _end,
    Verb.REJECT: _end,
    Verb.REOPEN: lambda do, who, number, it: do.reopen(who, number),
    Verb.SENSITIVE: lambda do, who, number, it: do.mark_sensitive(who, number, sensitive=True),
    Verb.NOT_SENSITIVE: lambda do, who, number, it: do.mark_sensitive(who, number, sensitive=False),
    Verb.WATCH: lambda do, who, number, it: do.watch(who, number, watch=True),
    Verb.UNWATCH: lambda do, who, number, it: do.watch(who, number, watch=False),
    Verb.INVOLVE: lambda do, who, number, it: do.involve(who, number, it.person_id or ""),
}
