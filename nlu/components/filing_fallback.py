"""Asks instead of acting when the intent is unsure, and sooner when acting would begin a report."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.fallback_classifier import FallbackClassifier
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class FilingFallback(FallbackClassifier):
    """Rasa's fallback with a threshold of its own for reports: a question must not become a case."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Rasa's two thresholds, and the probability below which a report is asked about first."""
        return {
            **FallbackClassifier.get_default_config(),
            "report_intent": "report_deviation",
            "filing_threshold": 0.55,
        }

    def _should_fallback(self, message: Message) -> bool:
        intent = message.data[INTENT]
        is_report = intent.get("name") == self.component_config["report_intent"]
        unsure = intent.get("confidence", 0.0) < self.component_config["filing_threshold"]
        return (is_report and unsure) or bool(super()._should_fallback(message))
