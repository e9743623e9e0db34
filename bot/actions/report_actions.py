"""The report: begin, take each message, ask for what is missing, file."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import report_draft as questions
from bot.actions.case_actions import show_cases
from bot.actions.feedback_actions import take_feedback
from bot.actions.message import latest_message, sent_at
from bot.actions.phrases import format_day, format_time, names, phrase
from bot.actions.privacy_actions import answer_privacy
from bot.actions.question_actions import answer_question, explain_whistleblowing
from bot.actions.report_dialogue import take
from bot.actions.report_draft import CATEGORIES, SEVERITIES, ReportDraft
from bot.actions.report_filing import file_draft, new_report
from bot.actions.report_start import new_draft
from bot.actions.report_step import CANCEL, SEND, START_OVER
from bot.actions.routine_card import MAX_POINTER_CHARS, fitting_routine, routine_variables
from bot.actions.say import language_of, say
from bot.actions.subscription_actions import subscribe
from bot.actions.wiring import services
from cases.errors import InvalidReportError
from cases.labels import label
from cases.model import Case
from organisation.model import Person

log = logging.getLogger(__name__)
Events = list[dict[str, Any]]
FORM = "report_form"


class ActionStartReport(Action):
    """Opens a fresh draft: nothing of an earlier one can leak into it."""

    def name(self) -> str:
        """Name in domain.yml."""
        return "action_start_report"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Take from the message what it tells."""
        return [SlotSet("report", new_draft(tracker).as_slot())]


class ValidateReportForm(Action):
    """Hands each message in the form to `report_dialogue.take`; ends the form when the draft is done."""

    def name(self) -> str:
        """Name that Rasa calls for the form `report_form`."""
        return "validate_report_form"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Apply the message."""
        draft = ReportDraft.from_slot(tracker.get_slot("report"))
        if draft is None:
            return [SlotSet("report_reply", None), SlotSet("requested_slot", None)]
        if tracker.get_slot("requested_slot") is None:
            # The form has just begun: `action_start_report` has read this message already.
            return [SlotSet("report_reply", None)]
        step = take(draft, latest_message(tracker), names(), sent_at(tracker) or services().now())
        aside = _ASIDES.get(step.aside, _utter(step.aside))(dispatcher, tracker) if step.aside else None
        for response in step.say:
            say(dispatcher, response)
        events = [*(aside or []), SlotSet("report", step.draft.as_slot()), SlotSet("report_reply", None)]
        if step.draft.outcome:
            events.append(SlotSet("requested_slot", None))
        return events


class ActionAskReportReply(Action):
    """Asks the open question of the draft."""

    def name(self) -> str:
        """Name that Rasa calls to ask for the slot `report_reply`."""
        return "action_ask_report_reply"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Utter the question or the summary."""
        draft = ReportDraft.from_slot(tracker.get_slot("report"))
        if draft is not None:
            ask(dispatcher, draft, tracker.sender_id, language_of(tracker))
        return []


class ActionFinishReport(Action):
    """Files the draft if the sender confirmed it, and clears it unless filing was refused."""

    def name(self) -> str:
        """Name in domain.yml."""
        return "action_finish_report"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Check again: Rasa may come here with no draft, or with one that nobody confirmed."""
        draft = ReportDraft.from_slot(tracker.get_slot("report"))
        outcome = draft.outcome if draft else None
        if draft is not None and outcome == SEND:
            return _file(dispatcher, draft, tracker)
        if outcome == START_OVER:
            say(dispatcher, "utter_report_start_again")
        elif outcome == CANCEL:
            say(dispatcher, "utter_report_cancelled")
        else:
            say(dispatcher, "utter_report_nothing_to_send")
        return [SlotSet("report", None)]


class ActionPressOldButton(Action):
    """A button of a draft that is no longer open: a sent one answers with its receipt again."""

    def name(self) -> str:
        """Name in domain.yml."""
        return "action_press_old_button"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Repeat the receipt, or say that the report is gone."""
        button = latest_message(tracker).button
        case = services().cases.filed_as(tracker.sender_id, button.get("draft", ""))
        if button.get("do") == "send" and case is not None:
            _receipt(dispatcher, case, language_of(tracker))
        else:
            say(dispatcher, "utter_old_button")
        return []


def ask(dispatcher: CollectingDispatcher, draft: ReportDraft, conversation_id: str, language: str) -> None:
    """Utter the open question of a draft."""
    if draft.asking == questions.CONFIRM:
        _summary(dispatcher, draft, conversation_id, language)
        return
    if draft.asking == questions.TEXT and draft.text:
        say(dispatcher, "utter_ask_report_new_text", draft=draft.draft_id)
        return
    if draft.asking == questions.TEXT:
        key = "utter_ask_report_text"
        if draft.kind == "improvement":
            key = "utter_ask_improvement_text"
        elif draft.anonymous:
            key = "utter_ask_anonymous_text"
        say(dispatcher, key, draft=draft.draft_id)
        return
    choices: list[tuple[str, str]] = []
    if draft.asking == questions.CATEGORY:
        choices = [(name, label("category", name, language)) for name in draft.ranking or CATEGORIES]
    elif draft.asking == questions.SEVERITY:
        choices = [(name, label("severity", name, language).capitalize()) for name in SEVERITIES]
    buttons = [
        {"title": title, "payload": _choose(field=draft.asking, value=value, draft=draft.draft_id)}
        for value, title in choices
    ]
    say(dispatcher, f"utter_ask_report_{draft.asking}", draft=draft.draft_id, buttons=buttons)


def _choose(**values: str) -> str:
    return f"/button{json.dumps({'do': 'choose', **values})}"


def _summary(
    dispatcher: CollectingDispatcher, draft: ReportDraft, conversation_id: str, language: str
) -> None:
    sender = services().sender(conversation_id)
    unit = services().unit_of_report(sender, draft.place, draft.text)
    named = None if draft.anonymous else sender.person
    recipient = services().would_get(new_report(draft, sender, unit.unit_id if unit else None))
    percent = round(100 * draft.confidence) if draft.confidence is not None else None
    not_told = phrase("not_told", language)
    say(
        dispatcher,
        "utter_ask_report_confirm",
        draft=draft.draft_id,
        category=_category(draft.kind, draft.category, draft.subtype, language),
        confidence=phrase("sure_note", language, percent=percent) if percent is not None else "",
        sure=phrase("sure", language, percent=percent) if percent is not None else "",
        description=draft.text,
        place=draft.place or not_told,
        time=format_time(draft.time, language) or not_told,
        severity=label("severity", draft.severity, language),
        recipient=recipient or phrase("advisers", language),
        reporter=_reporter(named, draft, language),
    )


def _reporter(named: Person | None, draft: ReportDraft, language: str) -> str:
    if named is None:
        return phrase("no_name", language)
    return phrase("name_protected", language, name=named.name) if draft.protected else named.name


def _category(kind: str, category: str | None, subtype: str | None, language: str) -> str:
    name = label("category", category or CATEGORIES[0], language)
    if subtype:
        name = f"{name} \N{EN DASH} {label('subtype', subtype, language)}"
    return phrase("improvement", language, category=name) if kind == "improvement" else name


def _file(dispatcher: CollectingDispatcher, draft: ReportDraft, tracker: Tracker) -> Events:
    """File; a draft that is refused is opened again, so that nothing in it is lost."""
    sender = services().sender(tracker.sender_id)
    hit = fitting_routine(services(), draft.text, sender)
    try:
        case = file_draft(draft, sender, services(), (hit.document.id,) if hit else ())
    except InvalidReportError as error:
        log.error("draft %s cannot be filed: %s", draft.draft_id, error.field)
        say(dispatcher, "utter_filing_refused")
        opened = replace(draft, asking=questions.CHANGE, outcome=None)
        # Rasa runs a form that is active: it asks on, without reading "send" a second time.
        return [SlotSet("report", opened.as_slot()), ActiveLoop(FORM)]
    language = language_of(tracker)
    _receipt(dispatcher, case, language)
    if hit is not None:
        pointer = routine_variables(hit, services(), language, MAX_POINTER_CHARS)
        say(dispatcher, "utter_routine_for_case", **pointer)
    return [SlotSet("report", None)]


def _receipt(dispatcher: CollectingDispatcher, case: Case, language: str) -> None:
    say(
        dispatcher,
        "utter_report_filed",
        number=case.number,
        category=_category(case.kind, case.category, case.subtype, language),
        recipient=services().person_name(case.assignee_id) or phrase("advisers", language),
        due=format_day(case.due_date, language),
    )


def _utter(intent: str) -> Any:
    key = _ASIDE_RESPONSES.get(intent, f"utter_{intent}")
    return lambda dispatcher, _tracker: say(dispatcher, key)


_ASIDE_RESPONSES = {
    "act_on_case": "utter_act_after_report",
    "help_capabilities": "utter_help",
}
_ASIDES = {
    "ask_routine": answer_question,
    "feedback_positive": take_feedback,
    "feedback_negative": take_feedback,
    "whistleblowing": explain_whistleblowing,
    "privacy_question": answer_privacy,
    "query_cases": show_cases,
    "statistics": show_cases,
    "subscribe_updates": subscribe,
}
