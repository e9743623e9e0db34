"""Sentence features that all classifiers share."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix

from nlu.components.norwegian_tokenizer import NorwegianTokenizer, core_tokens
from nlu.core.features import FeatureShape, TextFeatures


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class TextFeaturizer(GraphComponent):
    """Shell around `nlu.core.features`."""

    @classmethod
    def required_components(cls) -> list[type]:
        """Needs tokens."""
        return [NorwegianTokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See `FeatureShape`."""
        return asdict(FeatureShape())

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        features: TextFeatures | None = None,
    ) -> None:
        """Keep what training and saving need."""
        self._features = features or TextFeatures(FeatureShape.from_config(config))
        self._name = type(self).__name__
        self._model_storage = model_storage
        self._resource = resource

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TextFeaturizer:
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
    ) -> TextFeaturizer:
        """Called by Rasa with a trained model; a damaged file is an error, not an empty component."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, TextFeatures.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the feature tables from all examples with text."""
        self._features.fit([core_tokens(message) for message in training_data.training_examples])
        with self._model_storage.write_to(self._resource) as folder:
            self._features.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add features to the training examples."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add one sparse sentence vector a message."""
        messages_with_text = [message for message in messages if message.get(TEXT)]
        if messages_with_text:
            rows = self._features.transform([core_tokens(message) for message in messages_with_text])
            for index, message in enumerate(messages_with_text):
                message.add_features(Features(rows[index], FEATURE_TYPE_SENTENCE, TEXT, self._name))
        return messages


def sentence_features(messages: list[Message]) -> csr_matrix:
    """Return the sentence vectors of messages, shape (messages, features).

    Raises:
        ValueError: a message carries none, so the featurizer is missing from the pipeline.
    """
    rows = [row for row in map(sentence_vector, messages) if row is not None]
    if len(rows) < len(messages):
        raise ValueError("no sentence features: is TextFeaturizer in the pipeline, before this component?")
    # scipy's own vstack takes a minute over 20,000 single rows.
    ends = np.cumsum([row.nnz for row in rows])
    parts = (
        np.concatenate([row.data for row in rows]),
        np.concatenate([row.indices for row in rows]),
        np.concatenate([[0], ends]),
    )
    return csr_matrix(parts, shape=(len(rows), rows[0].shape[1]))


def sentence_vector(message: Message) -> csr_matrix | None:
    """Return a message's sparse sentence vector of shape (1, features), or None for one without text."""
    _, sentence = message.get_sparse_features(TEXT)
    return None if sentence is None else csr_matrix(sentence.features)
