"""Cases by message: one's own, one by number, and a leader's open ones."""

from __future__ import annotations

from datetime import date
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.message import UserMessage, latest_message
from bot.actions.phrases import format_day, phrase, speaks_of
from bot.actions.say import language_of, say
from bot.actions.wiring import Sender, Services, services
from cases.errors import CaseNotFoundError, NotALeaderError
from cases.labels import label
from cases.model import Case
from organisation.model import Role

OWN_LIMIT = 5
OPEN_LIMIT = 10


class ActionShowCases(Action):
    """Answers "how is my case doing?" and "show open cases"; rights are checked by `cases`."""

    def name(self) -> str:
        """Name in domain.yml."""
        return "action_show_cases"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Show what the sender asks for and may see."""
        show_cases(dispatcher, tracker)
        return []


def show_cases(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """Show one case, the sender's own, or the open ones in their charge."""
    message, language = latest_message(tracker), language_of(tracker)
    sender = services().sender(tracker.sender_id)
    number = message.first("case_number")
    if number is not None:
        _show_one(dispatcher, sender, number.value, language)
    elif _asks_for_own(message, sender):
        _show_own(dispatcher, sender, language)
    else:
        _show_open(dispatcher, sender, language)


def _asks_for_own(message: UserMessage, sender: Sender) -> bool:
    topic = message.button.get("topic")
    if topic:
        return topic == "own"
    if sender.person is None or sender.person.role in {Role.EMPLOYEE, Role.ADMIN}:
        return not speaks_of("unit", message.text) or speaks_of("own", message.text)
    return speaks_of("own", message.text) and not speaks_of("unit", message.text)


def _show_one(dispatcher: CollectingDispatcher, sender: Sender, number: str, language: str) -> None:
    try:
        case = services().cases.by_number(sender.person, sender.conversation_id, number)
    except CaseNotFoundError:
        say(dispatcher, "utter_case_not_found", number=number)
        return
    say(
        dispatcher,
        "utter_one_case",
        number=case.number,
        case_title=case.title,
        status=label("status", case.status, language),
        category=label("category", case.category, language),
        assignee=services().person_name(case.assignee_id) or phrase("nobody", language),
        due=format_day(case.due_date, language),
        closing_note=case.closing_note,
    )


def _show_own(dispatcher: CollectingDispatcher, sender: Sender, language: str) -> None:
    cases = services().cases.reported_in(sender.person, sender.conversation_id, OWN_LIMIT)
    if not cases:
        say(dispatcher, "utter_no_own_cases")
    elif len(cases) == 1:
        _show_one(dispatcher, sender, cases[0].number, language)
    else:
        say(dispatcher, "utter_own_cases", **_list(services(), cases, language))


def _show_open(dispatcher: CollectingDispatcher, sender: Sender, language: str) -> None:
    try:
        page = services().cases.open_cases(sender.person, OPEN_LIMIT)
    except NotALeaderError:
        say(dispatcher, "utter_not_a_leader")
        _show_own(dispatcher, sender, language)
        return
    scope = _scope(sender, language)
    if not page.cases:
        say(dispatcher, "utter_no_open_cases", scope=scope)
        return
    more = phrase("most_urgent", language, shown=len(page.cases)) if page.total > len(page.cases) else ""
    variables = _list(services(), list(page.cases), language)
    say(dispatcher, "utter_open_cases", total=page.total, scope=scope, more=more, **variables)


def _scope(sender: Sender, language: str) -> str:
    """Name what somebody's list covers; `cases.policy` decides it."""
    role = sender.person.role if sender.person else None
    if role is Role.PRIVACY_OFFICER:
        return phrase("about_information_security", language)
    if role is Role.LEADER and sender.unit is not None:
        return phrase("in_unit", language, unit=sender.unit.name)
    return phrase("in_whole_municipality", language)


def _list(the_services: Services, cases: list[Case], language: str) -> dict[str, Any]:
    today = the_services.now().date()
    rows = [
        {
            "number": case.number,
            "title": case.title,
            "category": label("category_short", case.category, language),
            "status": label("status", case.status, language),
            "severity": label("severity", case.severity, language),
            "due": case.due_date.isoformat(),
            "unit": the_services.unit_name(case.unit_id),
            "overdue": case.is_overdue(today),
        }
        for case in cases
    ]
    lines = [
        phrase("case_line", language, **{**row, "due": _due(case, today, language)})
        for row, case in zip(rows, cases, strict=True)
    ]
    return {"lines": "\n".join(lines), "cases": rows}


def _due(case: Case, today: date, language: str) -> str:
    day = format_day(case.due_date, language)
    return f"{day} ({phrase('overdue', language)})" if case.is_overdue(today) else day
