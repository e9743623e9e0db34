"""Who sees what, what is kept of whom, and taking one's name away."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.message import UserMessage, latest_message
from bot.actions.phrases import speaks_of
from bot.actions.say import say
from bot.actions.wiring import actor_of, services

Events = list[dict[str, Any]]
# What the buttons below give back.
ERASE, KEEP = "erase", "keep"


class ActionAnswerPrivacy(Action):
    """Answers questions about privacy."""

    def name(self) -> str:
        """Name in domain.yml."""
        return "action_answer_privacy"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Say who sees what is reported, what is kept, or what can be erased."""
        return answer_privacy(dispatcher, tracker)


def answer_privacy(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Answer, or take the sender's name off their cases once they have pressed the button for it."""
    message = latest_message(tracker)
    actor = actor_of(services().sender(tracker.sender_id))
    pressed = message.button.get("do", "")
    if pressed == KEEP:
        say(dispatcher, "utter_erase_kept")
    elif pressed == ERASE:
        count = services().cases.erasure.forget_reporter(actor)
        say(dispatcher, "utter_erase_done" if count else "utter_erase_nothing", count=count)
    elif asks_for_erasure(message):
        say(dispatcher, "utter_erase_explain" if actor.person else "utter_erase_unknown")
    elif asks_what_is_kept(message):
        say(dispatcher, "utter_erase_access", **asdict(services().cases.erasure.kept_of(actor)))
    else:
        say(dispatcher, "utter_privacy")
    return []


def asks_for_erasure(message: UserMessage) -> bool:
    """Tell whether somebody wants erased what is kept of them."""
    return speaks_of("erase", message.text) and speaks_of("erase_self", message.text)


def asks_what_is_kept(message: UserMessage) -> bool:
    """Tell whether somebody asks what is kept of them."""
    return speaks_of("erase_access", message.text) and speaks_of("erase_self", message.text)
