"""Whether an answer helped, and routines that are missing."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.answer_buttons import note_missing_button, see_also_buttons
from bot.actions.message import latest_message
from bot.actions.phrases import phrase
from bot.actions.question import Question, asked_as, button_for_word
from bot.actions.question_actions import leader_to_ask
from bot.actions.say import language_of, say
from bot.actions.wiring import Sender, services
from knowledge.errors import KnowledgeError
from knowledge.feedback_model import Feedback, FeedbackKind

if TYPE_CHECKING:
    from knowledge.search import Hit

log = logging.getLogger(__name__)
# What is said to a word that speaks of no answer.
_ALONE = {
    "feedback_positive": "utter_feedback_positive",
    "feedback_negative": "utter_feedback_negative",
}


class ActionTakeFeedback(Action):
    """Stores whether the answer helped, or that a routine is missing, from a button or in plain words."""

    def name(self) -> str:
        """Name in domain.yml."""
        return "action_take_feedback"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Store it and say thanks."""
        take_feedback(dispatcher, tracker)
        return []


def take_feedback(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """Take what somebody says about an answer; praise and blame of no answer get a kind word."""
    message = latest_message(tracker)
    button = message.button or button_for_word(tracker, message.intent)
    if "question" not in button:
        say(dispatcher, _ALONE.get(message.intent or "", "utter_nothing_open"))
        return
    question = asked_as(tracker, button["question"])
    if question is None:
        say(dispatcher, "utter_old_answer")
    elif button.get("do") == "missing":
        _record(tracker, question, FeedbackKind.MISSING)
        say(dispatcher, "utter_missing_noted")
    elif message.intent in {"feedback_positive", "affirm"}:
        _record(tracker, question, FeedbackKind.HELPED, button)
        say(dispatcher, "utter_feedback_positive")
    else:
        _did_not_help(dispatcher, tracker, question, button)


def _did_not_help(
    dispatcher: CollectingDispatcher, tracker: Tracker, question: Question, button: dict[str, str]
) -> None:
    """Offer what is left: what has not been shown, whom to ask, and to note a missing routine."""
    language = language_of(tracker)
    sender = services().sender(tracker.sender_id)
    hits = _found(question, sender)
    owner = next((hit.document.owner for hit in hits if hit.document.id == button.get("document")), "")
    _record(tracker, question, FeedbackKind.DID_NOT_HELP, button, owner)
    shown = button.get("shown", "").split(",")
    buttons = see_also_buttons(question.key, hits, shown, language)
    buttons.append(note_missing_button(question.key, language))
    say(
        dispatcher,
        "utter_answer_did_not_help",
        buttons=buttons,
        owner=phrase("owner_named", language, name=owner) if owner else phrase("owner_unnamed", language),
        leader=leader_to_ask(sender, language),
    )


def _found(question: Question, sender: Sender) -> tuple[Hit, ...]:
    try:
        return services().answer(question.query, sender).hits
    except KnowledgeError as error:
        log.error("no alternatives: %s", type(error).__name__)
        return ()


def _record(
    tracker: Tracker,
    question: Question,
    kind: FeedbackKind,
    button: dict[str, str] | None = None,
    owner: str = "",
) -> None:
    about = button or {}
    services().feedback.record(
        Feedback(
            question_key=question.key,
            kind=kind,
            question=question.masked,
            language=language_of(tracker),
            document_id=about.get("document", ""),
            section=about.get("section", ""),
            owner=owner,
        )
    )
