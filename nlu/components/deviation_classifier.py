"""Writes the assessment of a report to the message, from where it reaches tracker and actions."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.text_featurizer import TextFeaturizer, sentence_features, sentence_vector
from nlu.core.deviation_model import FIELDS, DeviationModel, DeviationSettings
from nlu.core.severity import DEFAULT_CUTS

OUTPUT_KEY = "deviation"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class DeviationClassifier(GraphComponent):
    """Sets `deviation` on every message with known words; learns from the metadata of the report examples."""

    @classmethod
    def required_components(cls) -> list[type]:
        """Needs the shared features."""
        return [TextFeaturizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The intent whose examples carry the labels; for the rest see `DeviationSettings`."""
        return {
            "report_intent": "report_deviation",
            "inverse_regularisation": 20.0,
            "max_iterations": 40,
            "hidden": 96,
            "epochs": 9,
            "prior_correction": 0.0,
            "sharpness": 1.0,
            "severity_cuts": list(DEFAULT_CUTS),
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: DeviationModel | None = None,
    ) -> None:
        """Keep what training and saving need."""
        self._report_intent = config["report_intent"]
        self._settings = DeviationSettings.from_config(config)
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
    ) -> DeviationClassifier:
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
    ) -> DeviationClassifier:
        """Called by Rasa with a trained model; a damaged file is an error."""
        with model_storage.read_from(resource) as folder:
            model = DeviationModel.load(folder, DeviationSettings.from_config(config))
        return cls(config, model_storage, resource, model)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples of the report intent."""
        examples = [
            message for message in training_data.intent_examples if message.get(INTENT) == self._report_intent
        ]
        self._model = DeviationModel.fit(
            sentence_features(examples), [_labels(message) for message in examples], self._settings
        )
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Assess each message as if it were a report; the dialogue decides whether it is one."""
        for message in messages:
            vector = sentence_vector(message)
            if self._model is not None and vector is not None and vector.nnz:
                message.set(OUTPUT_KEY, self._model.assess(vector).as_json(), add_to_output=True)
        return messages


def _labels(message: Message) -> dict[str, str]:
    metadata = (message.get("metadata") or {}).get("example") or {}
    missing = [field for field in FIELDS if field not in metadata]
    if missing:
        raise ValueError(f"a report example has no {', '.join(missing)} in its metadata")
    return {field: metadata[field] for field in FIELDS}
