"""One case as people read it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from bot.actions.passage import shortened
from bot.actions.phrases import format_day, phrase
from bot.actions.wiring import OSLO, Services
from cases.categories import Category
from cases.history import Event
from cases.labels import label
from cases.model import Case, Comment, Speaker
from cases.policy import Right
from cases.service import CaseView

# In the order of the card in domain.yml.
FACTS = (
    *("status", "category", "severity", "unit", "place", "time", "reported", "assignee", "due"),
    *("description", "measures", "comments", "closing_note", "merged_into"),
)
NOTES = {"status": "flags", "reported": "reporter"}
MAX_DESCRIPTION_CHARS = 700
MAX_COMMENTS = 5
_BY_REPORTER = frozenset({"filed", "answered"})

Button = dict[str, str]


def case_variables(view: CaseView, services: Services, language: str) -> dict[str, Any]:
    """Return what `utter_case` needs; what there is none of is ""."""
    case = view.case
    values = {
        "number": case.number,
        "case_title": case.title,
        "status": label("status", case.status, language),
        "category": category_words(case, language),
        "severity": _severity(case, language),
        "unit": services.unit_name(case.unit_id),
        "place": case.place,
        "time": format_day(case.occurred_at.astimezone(OSLO).date(), language) if case.occurred_at else "",
        "description": shortened(case.description, MAX_DESCRIPTION_CHARS),
        "reporter": _reporter(view, services, language),
        "reported": format_day(case.reported_on, language),
        "assignee": services.person_name(case.assignee_id) or phrase("nobody", language),
        "due": _due(case, services, language),
        "closing_note": case.closing_note,
        "merged_into": case.merged_into,
        "measures": "\n".join(_measures(case, services, language)),
        "comments": "\n".join(_comments(view.comments, services, language)),
        "flags": _flags(case, language),
    }
    return {**values, "facts": _facts(values, language)}


def _facts(values: dict[str, Any], language: str) -> str:
    """Return a line for each thing that there is to tell, for where no card is shown."""
    lines = []
    for name in FACTS:
        value = " ".join(filter(None, (values[name], values.get(NOTES.get(name, ""), ""))))
        if value:
            lines.append(phrase("fact", language, label=phrase(f"fact_{name}", language), value=value))
    return "\n".join(lines)


def case_buttons(view: CaseView, language: str) -> list[Button]:
    """Make the buttons for what somebody may do with a case now."""
    case = view.case
    buttons: list[Button] = []
    if Right.HANDLE in view.rights and case.is_open:
        buttons = [
            act_button(name, name, case.number, language)
            for name in ("take", "assign", "measure", "comment", "close")
            if name != "take" or case.status.value == "ny"
        ]
    elif Right.HANDLE in view.rights and case.merged_into is None:
        buttons = [act_button("reopen", "reopen", case.number, language)]
    elif Right.ANSWER in view.rights and case.is_open:
        buttons = [act_button("answer", "comment", case.number, language)]
    if Right.HANDLE in view.rights and case.category is Category.INFORMASJONSSIKKERHET:
        buttons.append(act_button("breach", "breach", case.number, language))
    if Right.READ_INTERNAL in view.rights:
        buttons.append(
            _button(phrase("button_history", language), "query_cases", case.number, topic="history")
        )
        buttons.append(
            _button(phrase("button_similar", language), "query_cases", case.number, topic="similar")
        )
    return buttons


def act_button(title: str, verb: str, number: str, language: str) -> Button:
    """Make a button that does something with a case; what is missing is asked."""
    return _button(phrase(f"button_{title}", language), "act_on_case", number, do=verb)


def category_words(case: Case, language: str) -> str:
    """Return category and sub-type in words."""
    words = label("category", case.category, language)
    if case.subtype:
        words = f"{words} \N{EN DASH} {label('subtype', case.subtype, language)}"
    return phrase("improvement", language, category=words) if case.kind == "improvement" else words


def event_lines(events: list[Event], services: Services, language: str) -> list[str]:
    """Return what happened to a case, a line each."""
    lines = []
    for event in events:
        when = format_moment(event.at, language)
        # Without a name it was the reporter who wrote, else Sifra itself.
        nameless = "reporter" if event.action in _BY_REPORTER else "someone"
        who = services.person_name(event.actor_id) or phrase(nameless, language)
        lines.append(
            phrase("event_line", language, when=when, what=phrase(f"event_{event.action}", language), who=who)
        )
    return lines


def format_moment(moment: datetime, language: str) -> str:
    """Return a day and an hour in Norway."""
    local = moment.astimezone(OSLO)
    return f"{format_day(local.date(), language)} {local.strftime('%H.%M')}"


def _severity(case: Case, language: str) -> str:
    words = label("severity", case.severity, language)
    if case.risk is None:
        return words
    return phrase("with_risk", language, severity=words, risk=label("risk", case.risk, language))


def _reporter(view: CaseView, services: Services, language: str) -> str:
    if view.reporter_hidden:
        return phrase("reporter_protected", language)
    return services.person_name(view.case.reporter_id) or phrase("no_name", language)


def _due(case: Case, services: Services, language: str) -> str:
    if not case.is_open:
        return ""
    day = format_day(case.due_date, language)
    late = case.is_overdue(services.now().date())
    return f"{day} ({phrase('overdue', language)})" if late else day


def _flags(case: Case, language: str) -> str:
    return " \N{MIDDLE DOT} ".join(
        phrase(name, language) for name in ("sensitive", "protected") if getattr(case, name)
    )


def _measures(case: Case, services: Services, language: str) -> list[str]:
    lines = []
    for number, measure in enumerate(case.measures, start=1):
        facts = [services.person_name(measure.responsible_id) or ""]
        if measure.done_at is not None:
            facts.append(phrase("done", language))
        elif measure.deadline is not None:
            facts.append(phrase("until", language, day=format_day(measure.deadline, language)))
        told = ", ".join(filter(None, facts))
        lines.append(f"{number}. {measure.text}" + (f" ({told})" if told else ""))
    return lines


def _comments(comments: tuple[Comment, ...], services: Services, language: str) -> list[str]:
    lines = []
    for comment in comments[-MAX_COMMENTS:]:
        who = services.person_name(comment.author_id)
        if who is None:
            who = phrase("reporter" if comment.speaker is Speaker.REPORTER else "someone", language)
        kind = phrase("internal", language) if comment.internal else ""
        lines.append(f"{format_moment(comment.at, language)}, {who}{kind}: {comment.text}")
    return lines


def _button(title: str, intent: str, number: str, **values: str) -> Button:
    return {"title": title, "payload": f"/{intent}{json.dumps({'case_number': number, **values})}"}
