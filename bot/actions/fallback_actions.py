"""When Sifra is unsure: offer the likely readings, lose nothing."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.message import latest_message
from bot.actions.say import say


class ActionOfferReadings(Action):
    """Offers to report or to search with the words that were just written."""

    def name(self) -> str:
        """Name in domain.yml."""
        return "action_offer_readings"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Utter the offer; a message without letters gets a plain request instead."""
        has_words = sum(char.isalpha() for char in latest_message(tracker).text) >= 2
        say(dispatcher, "utter_offer_readings" if has_words else "utter_no_words")
        return []
