"""Where a message goes that comes in the middle of a question about a case and is no answer to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.case_actions import show_cases
from bot.actions.case_talk import SLOT, CaseTalk
from bot.actions.feedback_actions import take_feedback
from bot.actions.privacy_actions import answer_privacy
from bot.actions.question_actions import answer_question, explain_whistleblowing
from bot.actions.report_start import new_draft
from bot.actions.say import say
from bot.actions.subscription_actions import subscribe

Events = list[dict[str, Any]]
Route = Callable[[CollectingDispatcher, Tracker], Events]


def route_of(intent: str | None) -> Route | None:
    """Return what takes a message of an intent, None when it stays with the question."""
    return _ROUTES.get(intent or "")


def go_elsewhere(dispatcher: CollectingDispatcher, tracker: Tracker, route: Route, talk: CaseTalk) -> Events:
    """Leave the question for something else.

    Args:
        talk: what is remembered, without the question.
    """
    return [SlotSet(SLOT, talk.as_slot()), *route(dispatcher, tracker)]


def _quietly(act: Callable[[CollectingDispatcher, Tracker], Any]) -> Route:
    """Make a route of what changes no slot."""

    def run(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        act(dispatcher, tracker)
        return []

    return run


def _utter(response: str) -> Route:
    def run(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        say(dispatcher, response)
        return []

    return run


def _begin_report(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Leave a draft behind; `ActionRest` opens its form when that of the case has ended."""
    return [SlotSet("report", new_draft(tracker).as_slot())]


_ROUTES: dict[str, Route] = {
    "query_cases": show_cases,
    "statistics": show_cases,
    "subscribe_updates": subscribe,
    "ask_routine": _quietly(answer_question),
    "new_employee": _quietly(answer_question),
    "whistleblowing": _quietly(explain_whistleblowing),
    "feedback_positive": _quietly(take_feedback),
    "feedback_negative": _quietly(take_feedback),
    "greet": _utter("utter_greet"),
    "help_capabilities": _utter("utter_help"),
    "privacy_question": answer_privacy,
    "talk_to_human": _utter("utter_talk_to_human"),
    "start_report": _begin_report,
    "start_improvement": _begin_report,
    "anonymous_request": _begin_report,
}
