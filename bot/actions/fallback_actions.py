"""When Sifra is unsure: offer the likely readings, lose nothing."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.case_actions import follow_up
from bot.actions.message import latest_message
from bot.actions.say import language_of, say


class ActionOfferReadings(Action):
    """Offers to report or to search with the words that were just written."""

    def name(self) -> str:
        """Name in domain.yml."""
        return "action_offer_readings"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Take a follow-up of a question about cases; else utter the offer.

        A message without letters gets a plain request instead.
        """
        message = latest_message(tracker)
        followed = (
            None if message.is_button else follow_up(dispatcher, tracker, message, language_of(tracker))
        )
        if followed is not None:
            return followed
        has_words = sum(char.isalpha() for char in message.text) >= 2
        say(dispatcher, "utter_offer_readings" if has_words else "utter_no_words")
        return []


class ActionDecline(Action):
    """Takes a follow-up of a question about cases; else says that this is not Sifra's."""

    def name(self) -> str:
        """Name in domain.yml."""
        return "action_decline"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Answer, or decline."""
        message = latest_message(tracker)
        followed = (
            None if message.is_button else follow_up(dispatcher, tracker, message, language_of(tracker))
        )
        if followed is None:
            say(dispatcher, "utter_out_of_scope")
        return followed or []
