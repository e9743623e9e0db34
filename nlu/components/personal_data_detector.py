"""Marks personal data in a message; what to do about it is decided in the conversation."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.components.norwegian_tokenizer import NorwegianTokenizer
from nlu.core.person_names import lexicon
from nlu.core.personal_data import find_personal_data

PERSONAL_DATA = "personal_data"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class PersonalDataDetector(GraphComponent):
    """Sets `personal_data`: a list of type, start and end, never the value itself."""

    @classmethod
    def required_components(cls) -> list[type]:
        """Runs after the tokens, like every reader of the text."""
        return [NorwegianTokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Packages that must be importable."""
        return ["phonenumbers", "stdnum", "simplemma"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """There is nothing to set."""
        return {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PersonalDataDetector:
        """Called by Rasa; a damaged word list is an error here, not at the first message."""
        lexicon()
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the places of personal data to each message."""
        for message in messages:
            found = find_personal_data(message.get(TEXT) or "")
            spans = [{"type": item.type, "start": item.start, "end": item.end} for item in found]
            message.set(PERSONAL_DATA, spans, add_to_output=True)
        return messages
