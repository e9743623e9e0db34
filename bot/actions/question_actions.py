"""Questions about how things are done."""

from __future__ import annotations

import logging
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.message import latest_message, latest_typed_message
from bot.actions.routine_card import find_routine, routine_variables
from bot.actions.say import language_of, say
from bot.actions.wiring import services
from knowledge.errors import KnowledgeError

log = logging.getLogger(__name__)
# What the whistleblowing routine is found by; the municipality's own document answers.
WHISTLEBLOWING_QUERY = "varsling om kritikkverdige forhold"
# "I am new here" names nothing to search for; the routine for new employees answers it.
NEW_EMPLOYEE_QUERY = "mottak av nyansatte"


class ActionAnswerQuestion(Action):
    """Answers from the routines with the source, or says that there is none."""

    def name(self) -> str:
        """Name in domain.yml."""
        return "action_answer_question"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Answer the latest typed message; a button "search the routines" speaks of that too."""
        answer_question(dispatcher, tracker)
        return []


class ActionExplainWhistleblowing(Action):
    """Explains the difference to a deviation and shows the routine; files nothing."""

    def name(self) -> str:
        """Name in domain.yml."""
        return "action_explain_whistleblowing"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Utter both."""
        explain_whistleblowing(dispatcher, tracker)
        return []


def answer_question(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """Say what the routines answer to the latest typed message."""
    message = latest_message(tracker)
    query = latest_typed_message(tracker).text if message.is_button else message.text
    if message.intent == "new_employee":
        query = NEW_EMPLOYEE_QUERY
    try:
        hit = find_routine(services(), query)
    except KnowledgeError as error:
        log.error("search is down: %s", type(error).__name__)
        say(dispatcher, "utter_knowledge_unavailable")
        return
    if hit is None:
        say(dispatcher, "utter_no_routine")
    else:
        say(dispatcher, "utter_routine_answer", **routine_variables(hit, services(), language_of(tracker)))


def explain_whistleblowing(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """Say what whistleblowing is and where it goes."""
    say(dispatcher, "utter_whistleblowing")
    try:
        hit = find_routine(services(), WHISTLEBLOWING_QUERY)
    except KnowledgeError as error:
        log.error("search is down: %s", type(error).__name__)
        return
    if hit is not None:
        say(dispatcher, "utter_routine_answer", **routine_variables(hit, services(), language_of(tracker)))
