"""What the sender wants: a linear and a neural classifier over the shared features."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.text_featurizer import TextFeaturizer, sentence_features, sentence_vector
from nlu.core.ensemble import EnsembleModel, EnsembleSettings
from nlu.core.intents import Ranked, rank_intents

MODEL_NAME = "intents"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class EnsembleIntentClassifier(IntentClassifier, GraphComponent):
    """Sets `intent` and `intent_ranking`; a message of unknown characters has no intent."""

    @classmethod
    def required_components(cls) -> list[type]:
        """Needs the shared features."""
        return [TextFeaturizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See `EnsembleSettings` and `rank_intents`."""
        return {
            "inverse_regularisation": 20.0,
            "max_iterations": 50,
            "hidden": 64,
            "epochs": 8,
            "prior_correction": 1.0,
            "sharpness": 1.0,
            "alarms": {},
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: EnsembleModel | None = None,
    ) -> None:
        """Keep what training and saving need."""
        self._alarms: dict[str, float] = config["alarms"]
        self._settings = EnsembleSettings.from_config(config)
        self._model = model
        self._model_storage = model_storage
        self._resource = resource

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EnsembleIntentClassifier:
        """Called by Rasa before training."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> EnsembleIntentClassifier:
        """Called by Rasa with a trained model; a damaged file is an error."""
        with model_storage.read_from(resource) as folder:
            model = EnsembleModel.load(folder, MODEL_NAME, config["sharpness"])
        return cls(config, model_storage, resource, model)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from all examples that have text and an intent."""
        examples = [message for message in training_data.intent_examples if message.get(TEXT)]
        self._model = EnsembleModel.fit(
            sentence_features(examples), [message.get(INTENT) for message in examples], self._settings
        )
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder, MODEL_NAME)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent and the ranking."""
        for message in messages:
            ranking = [{"name": name, "confidence": chance} for name, chance in self._rank(message)]
            top = ranking[0] if ranking else {"name": None, "confidence": 0.0}
            message.set(INTENT, top, add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def _rank(self, message: Message) -> list[Ranked]:
        vector = sentence_vector(message)
        if self._model is None or vector is None or vector.nnz == 0:
            return []
        return rank_intents(self._model.labels, self._model.probabilities(vector)[0], self._alarms)
