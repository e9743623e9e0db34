"""Lists of cases as people read them."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from bot.actions.case_question import describe
from bot.actions.phrases import format_day, phrase
from bot.actions.say import say
from bot.actions.wiring import Sender, Services, actor_of, services
from cases.labels import label
from cases.model import Case
from cases.query import CaseQuery
from organisation.model import Role

PAGE = 5


def show_list(
    dispatcher: CollectingDispatcher, sender: Sender, query: CaseQuery, language: str, offset: int = 0
) -> tuple[Case, ...]:
    """Show a page of what a question asks for, with the question as it was understood.

    Returns:
        The cases of the page.
    Raises:
        NotALeaderError: the sender asks for others' cases and has none in their charge.
    """
    page = services().cases.search.list(actor_of(sender), query, PAGE, offset)
    understood = understood_as(query, sender, language)
    if not page.cases:
        say(dispatcher, "utter_no_cases" if offset == 0 else "utter_no_more_cases", understood=understood)
        return ()
    left = page.total - offset - len(page.cases)
    more = phrase("more_left", language, left=left) if left > 0 else ""
    say(
        dispatcher,
        "utter_cases",
        buttons=_buttons(page.cases, left, language),
        understood=understood,
        total=page.total,
        more=more,
        **list_variables(page.cases, services(), language),
    )
    return page.cases


def understood_as(query: CaseQuery, sender: Sender, language: str) -> str:
    """Put a question into a line, with the part of the municipality that it is about."""
    line = describe(query, language, services().names(), services().now().date())
    person = sender.person
    if query.unit_id is not None or query.reporter is not None or person is None:
        return line
    if person.role is Role.LEADER and sender.unit is not None:
        scope = sender.unit.name
    elif person.role is Role.PRIVACY_OFFICER:
        scope = phrase("scope_information_security", language)
    elif person.role is Role.QUALITY_ADVISER:
        scope = phrase("scope_municipality", language)
    else:
        return line
    return f"{line} \N{MIDDLE DOT} {scope}"


def list_variables(cases: tuple[Case, ...], the_services: Services, language: str) -> dict[str, Any]:
    """Return the rows of a list: `lines` as text, `cases` for a card."""
    today = the_services.now().date()
    rows = [_row(case, the_services, today, language) for case in cases]
    lines = [
        phrase("case_line", language, **{**row, "due": _due(case, today, language)})
        for row, case in zip(rows, cases, strict=True)
    ]
    return {"lines": "\n".join(lines), "cases": rows}


def _row(case: Case, the_services: Services, today: date, language: str) -> dict[str, Any]:
    return {
        "number": case.number,
        "title": case.title,
        "category": label("category_short", case.category, language),
        "status": label("status", case.status, language),
        "severity": label("severity", case.severity, language),
        "due": case.due_date.isoformat() if case.is_open else "",
        "unit": the_services.unit_name(case.unit_id),
        "overdue": case.is_overdue(today),
    }


def _due(case: Case, today: date, language: str) -> str:
    if not case.is_open:
        return ""
    day = phrase("due", language, day=format_day(case.due_date, language))
    return f"{day} ({phrase('overdue', language)})" if case.is_overdue(today) else day


def _buttons(cases: tuple[Case, ...], left: int, language: str) -> list[dict[str, str]]:
    if len(cases) == 1:
        return []
    buttons = [
        {"title": case.number, "payload": f"/query_cases{json.dumps({'case_number': case.number})}"}
        for case in cases
    ]
    if left > 0:
        title = phrase("button_more", language)
        buttons.append({"title": title, "payload": '/query_cases{"topic": "more"}'})
    return buttons
