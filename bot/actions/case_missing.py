"""Finding out what an act still lacks: which case, who, what and why; then it is done."""

from __future__ import annotations

from dataclasses import replace

from bot.actions.case_act import ME, Act, Verb
from bot.actions.case_doing import Said, Step, perform
from bot.actions.case_talk import CaseTalk, Pending
from bot.actions.wiring import Sender, Services, actor_of
from cases.errors import CaseNotFoundError
from cases.policy import Right
from cases.service import CaseView

# What a verb cannot do without, in the order in which it is asked for.
NEEDS: dict[Verb, tuple[str, ...]] = {
    Verb.ASSIGN: ("person",),
    Verb.DEADLINE: ("date",),
    Verb.MEASURE: ("text",),
    Verb.COMMENT: ("text",),
    Verb.NOTE: ("text",),
    Verb.CATEGORY: ("category", "reason"),
    Verb.SEVERITY: ("severity", "reason"),
    Verb.LIKELIHOOD: ("likelihood",),
    Verb.MERGE: ("other", "confirm"),
    Verb.CLOSE: ("reason", "tell_reporter"),
    Verb.REJECT: ("reason", "tell_reporter"),
    Verb.INVOLVE: ("person", "confirm"),
}
# Any of these rights is enough for a verb; all else wants `HANDLE`. The register checks again.
_RIGHTS: dict[Verb, frozenset[Right]] = {
    Verb.COMMENT: frozenset({Right.HANDLE, Right.ANSWER}),
    Verb.MEASURE_DONE: frozenset({Right.HANDLE, Right.FINISH_MEASURE}),
    Verb.SENSITIVE: frozenset({Right.MARK_SENSITIVE}),
    Verb.NOT_SENSITIVE: frozenset({Right.MARK_SENSITIVE}),
    Verb.WATCH: frozenset({Right.WATCH}),
    Verb.UNWATCH: frozenset({Right.READ}),
}
MAX_OPTIONS = 5


def next_step(
    pending: Pending, talk: CaseTalk, sender: Sender, services: Services, request: str, language: str
) -> Step:
    """Ask for the next thing that is missing, or do it.

    Args:
        request: names the message, so that the same message changes a case once.
    """
    act = pending.act
    if act.verb is Verb.UNDO:
        return perform(pending, sender, services, request, language, None)
    number = act.number or _meant(act, talk)
    if number is None:
        return _asking(pending, "number", talk.shown)
    pending = replace(pending, act=replace(act, number=number))
    try:
        view = services.cases.view(actor_of(sender), number)
    except CaseNotFoundError:
        return Step(said=(Said("utter_case_not_found", {"number": number}),))
    if _RIGHTS.get(act.verb, frozenset({Right.HANDLE})).isdisjoint(view.rights):
        return _not_allowed(number)
    pending = replace(pending, by_reporter=act.verb is Verb.COMMENT and Right.HANDLE not in view.rights)
    named = _with_person(pending, sender, services)
    if isinstance(named, Step):
        return named
    missing = next((need for need in _needs(named, view, sender) if _is_missing(need, named)), None)
    if missing is not None:
        others = tuple(one for one in talk.shown if one != number) if missing == "other" else ()
        return _asking(named, missing, others)
    return perform(named, sender, services, request, language, talk.seen.get(number))


def number_at(ordinal: int, talk: CaseTalk) -> str | None:
    """Return the case at a place of the list shown last; 1 is the first, -1 the last."""
    place = ordinal - 1 if ordinal > 0 else ordinal
    return talk.shown[place] if -len(talk.shown) <= place < len(talk.shown) else None


def _asking(pending: Pending, wanted: str, options: tuple[str, ...] = ()) -> Step:
    return Step(replace(pending, wanted=wanted, options=options[:MAX_OPTIONS]))


def _not_allowed(number: str) -> Step:
    return Step(said=(Said("utter_case_not_allowed", {"number": number}),))


def _needs(pending: Pending, view: CaseView, sender: Sender) -> tuple[str, ...]:
    needs = NEEDS.get(pending.act.verb, ())
    if pending.unsure and not {"confirm", "tell_reporter"} & set(needs):
        needs = (*needs, "confirm")
    if "tell_reporter" in needs and not _has_reporter(view, sender):
        return tuple("confirm" if need == "tell_reporter" else need for need in needs)
    return needs


def _has_reporter(view: CaseView, sender: Sender) -> bool:
    """Whether there is somebody to tell who is not the sender."""
    case = view.case
    if sender.person is not None and case.reporter_id == sender.person.employee_id:
        return False
    return case.reporter_id is not None or view.reporter_hidden or case.origin is not None


def _is_missing(need: str, pending: Pending) -> bool:
    act = pending.act
    if need == "confirm":
        return not pending.confirmed
    if need == "tell_reporter":
        return pending.tell_reporter is None
    if need == "person":
        return pending.person_id is None
    if need == "category":
        return act.category is None and act.subtype is None
    return not getattr(act, need)


def _meant(act: Act, talk: CaseTalk) -> str | None:
    """Which case is meant by "it", or by its place in the list."""
    if act.ordinal is not None and act.verb is not Verb.MEASURE_DONE:
        return number_at(act.ordinal, talk)
    return talk.focus or (talk.shown[0] if len(talk.shown) == 1 else None)


def _with_person(pending: Pending, sender: Sender, services: Services) -> Pending | Step:
    """Find whom a name means; ask when it is nobody, or several."""
    name = pending.act.person
    if not name or pending.person_id is not None:
        return pending
    if name == ME:
        if sender.person is None:
            return _not_allowed(pending.act.number or "")
        return replace(pending, person_id=sender.person.employee_id)
    found = services.people_named(name)
    if len(found) == 1:
        return replace(pending, person_id=found[0].employee_id)
    forgotten = replace(pending, act=replace(pending.act, person=None))
    step = _asking(forgotten, "person", tuple(person.employee_id for person in found))
    return step if found else replace(step, said=(Said("utter_case_nobody_named", {"name": name}),))
