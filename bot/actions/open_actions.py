"""Words that depend on what one has just done: "cancel" and "no, it was ..." with nothing open."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.case_act import Verb, read_act
from bot.actions.case_acting import begin_act
from bot.actions.message import latest_message
from bot.actions.say import say
from bot.actions.wiring import services

Events = list[dict[str, Any]]


class ActionCancel(Action):
    """Takes "angre" for what was last done with a case; else there is nothing to cancel."""

    def name(self) -> str:
        """Name in domain.yml."""
        return "action_cancel"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Undo, or say that nothing is open."""
        act = read_act(latest_message(tracker).text, services().now())
        if act is not None and act.verb is Verb.UNDO:
            return begin_act(dispatcher, tracker, act)
        say(dispatcher, "utter_nothing_open")
        return []


class ActionCorrect(Action):
    """Takes a correction with no report open for one of the case that is spoken of."""

    def name(self) -> str:
        """Name in domain.yml."""
        return "action_correct"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Undo at once; for other changes tell how they are made."""
        act = read_act(latest_message(tracker).text, services().now())
        if act is not None and act.verb is Verb.UNDO:
            return begin_act(dispatcher, tracker, act)
        say(dispatcher, "utter_nothing_to_correct")
        return []
