"""Questions about how things are done."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.answer_buttons import helped_buttons, note_missing_button, report_button, see_also_buttons
from bot.actions.message import latest_message
from bot.actions.phrases import phrase
from bot.actions.question import Question, asked_as, asked_now
from bot.actions.routine_card import fitting_routine, routine_variables
from bot.actions.say import language_of, say
from bot.actions.wiring import Sender, services
from knowledge.errors import KnowledgeError
from knowledge.feedback_model import Feedback, FeedbackKind

if TYPE_CHECKING:
    from knowledge.search import Answer, Hit

log = logging.getLogger(__name__)
# What the whistleblowing routine is found by; the municipality's own document answers.
WHISTLEBLOWING_QUERY = "varsling om kritikkverdige forhold"
# From this confidence on, the owner of the nearest routine is worth asking although it is no answer.
ASK_OWNER_FROM = 0.05


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
    """Explains the difference to a deviation and shows the routine; files and stores nothing."""

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
    """Say what the routines answer, or show the other routine that a button names."""
    button = latest_message(tracker).button
    wanted = button.get("document")
    question = asked_as(tracker, button.get("question", "")) if wanted else asked_now(tracker)
    if question is None:
        say(dispatcher, "utter_old_answer" if wanted else "utter_no_words")
        return
    sender = services().sender(tracker.sender_id)
    try:
        answer = services().answer(question.query, sender)
    except KnowledgeError as error:
        log.error("search is down: %s", type(error).__name__)
        say(dispatcher, "utter_knowledge_unavailable")
        return
    if wanted:
        _show_other(dispatcher, tracker, question, answer)
    elif answer.found and answer.hits:
        _show(dispatcher, tracker, question, answer.hits, answer.hits[0], shown=[])
    else:
        _refuse(dispatcher, tracker, question, answer, sender)


def explain_whistleblowing(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """Say what whistleblowing is and where it goes. No feedback is asked for: it would store the words."""
    say(dispatcher, "utter_whistleblowing")
    sender = services().sender(tracker.sender_id)
    hit = fitting_routine(services(), WHISTLEBLOWING_QUERY, sender)
    if hit is not None:
        say(dispatcher, "utter_routine_for_case", **routine_variables(hit, services(), language_of(tracker)))


def leader_to_ask(sender: Sender, language: str) -> str:
    """Return "your leader", by name when the organisation has one."""
    leader = services().recipient(sender.unit, sender.person)
    return (
        phrase("your_leader_named", language, name=leader.name) if leader else phrase("your_leader", language)
    )


def _show_other(
    dispatcher: CollectingDispatcher, tracker: Tracker, question: Question, answer: Answer
) -> None:
    """Show the routine that a button names, if it still is among what the person may read and is near."""
    button = latest_message(tracker).button
    hit = next((hit for hit in answer.hits if hit.document.id == button["document"]), None)
    if hit is None:
        say(dispatcher, "utter_old_answer")
        return
    shown = [document for document in button.get("shown", "").split(",") if document]
    _show(dispatcher, tracker, question, answer.hits, hit, shown)


def _show(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    question: Question,
    hits: tuple[Hit, ...],
    hit: Hit,
    shown: list[str],
) -> None:
    language = language_of(tracker)
    shown = [*shown, hit.document.id]
    buttons = helped_buttons(question.key, hit, shown, language)
    buttons += see_also_buttons(question.key, hits, shown, language)
    if not _is_reporting(tracker):
        buttons.append(report_button(language))
    variables = routine_variables(hit, services(), language)
    say(dispatcher, "utter_routine_answer", buttons=buttons, **variables)


def _refuse(
    dispatcher: CollectingDispatcher, tracker: Tracker, question: Question, answer: Answer, sender: Sender
) -> None:
    """Say that there is no routine and whom to ask; the owners of routines get to see the question."""
    language = language_of(tracker)
    nearest = answer.hits[0].document if answer.hits and answer.confidence >= ASK_OWNER_FROM else None
    owner = nearest.owner if nearest else ""
    services().feedback.record(
        Feedback(question.key, FeedbackKind.UNANSWERED, question.masked, language, owner=owner)
    )
    contacts = leader_to_ask(sender, language)
    if nearest and owner:
        contacts = phrase("or_owner", language, leader=contacts, owner=owner, title=nearest.title)
    buttons = [note_missing_button(question.key, language)]
    if not _is_reporting(tracker):
        buttons.append(report_button(language))
    say(dispatcher, "utter_no_routine", buttons=buttons, contacts=contacts)


def _is_reporting(tracker: Tracker) -> bool:
    return tracker.get_slot("report") is not None
