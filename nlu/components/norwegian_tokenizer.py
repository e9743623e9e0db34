"""Tokens with lemmas for the whole pipeline."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from nlu.core.tokens import NorwegianToken
from nlu.core.tokens import NorwegianTokenizer as CoreTokenizer


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class NorwegianTokenizer(Tokenizer):
    """Shell around `nlu.core.tokens`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Rasa asks for its own three keys; intents are never split."""
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    @staticmethod
    def required_packages() -> list[str]:
        """Packages that must be importable."""
        return ["spacy", "simplemma"]

    def __init__(self, config: dict[str, Any]) -> None:
        """Build the spaCy rules once."""
        super().__init__(config)
        self._tokenize = CoreTokenizer()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NorwegianTokenizer:
        """Called by Rasa."""
        return cls(config)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Split one attribute of a message."""
        return [
            Token(token.text, token.start, lemma=token.lemma)
            for token in self._tokenize(message.get(attribute) or "")
        ]


def core_tokens(message: Message) -> list[NorwegianToken]:
    """Return the text tokens of a message as `nlu.core` knows them; none if it was not tokenised."""
    return [
        NorwegianToken(token.text, token.start, token.lemma) for token in message.get("text_tokens") or []
    ]
