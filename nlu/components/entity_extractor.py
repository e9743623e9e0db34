"""Entities: learned ones (CRF), case numbers (pattern), times with their instants, the written form."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.norwegian_tokenizer import NorwegianTokenizer, core_tokens
from nlu.core.entity_tagger import EntityTagger, Span
from nlu.core.language import written_form
from nlu.core.time_expressions import TimeSpan, find_times

FILE_NAME = "entities.crfsuite"
CASE_NUMBER = re.compile(r"(?<!\w)20\d\d-\d{5}(?!\w)")
TIME_LABELS = frozenset({"time", "period", "date"})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class NorwegianEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Adds entities; a time carries `resolved` with its instants."""

    @classmethod
    def required_components(cls) -> list[type]:
        """Needs tokens."""
        return [NorwegianTokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Training steps of the CRF."""
        return {"max_iterations": 40}

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        tagger: EntityTagger | None = None,
    ) -> None:
        """Keep what training and saving need."""
        self._config = config
        self._tagger = tagger
        self._model_storage = model_storage
        self._resource = resource

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NorwegianEntityExtractor:
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
    ) -> NorwegianEntityExtractor:
        """Called by Rasa with a trained model; a damaged file is an error."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, EntityTagger(folder / FILE_NAME))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from all examples: those without entities teach what is none."""
        rows = [(core_tokens(message), _spans(message)) for message in training_data.nlu_examples]
        with self._model_storage.write_to(self._resource) as folder:
            self._tagger = EntityTagger.train(
                rows, folder / FILE_NAME, max_iterations=self._config["max_iterations"]
            )
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities of each message."""
        for message in messages:
            text = message.get(TEXT) or ""
            found = message.get(ENTITIES, []) + self._learned(message, text)
            found += [_entity(text, *match.span(), "case_number") for match in CASE_NUMBER.finditer(text)]
            found = _with_times(found, text, find_times(text, sent_at(message)))
            form = written_form(text)
            if form:
                found.append({**_entity(text, 0, len(text), "language"), "value": form})
            message.set(ENTITIES, found, add_to_output=True)
        return messages

    def _learned(self, message: Message, text: str) -> list[dict[str, Any]]:
        if self._tagger is None:
            return []
        spans = self._tagger(text, core_tokens(message))
        return [
            {
                **_entity(text, span.start, span.end, span.label),
                "confidence_entity": round(span.confidence, 3),
            }
            for span in spans
            if span.label != "case_number"  # the pattern is exact
        ]


def sent_at(message: Message) -> datetime:
    """Return when the message was sent, as the gateway says it; now when it does not."""
    stamp = (message.get("metadata") or {}).get("sent_at")
    try:
        moment = datetime.fromisoformat(str(stamp))
    except ValueError:
        return datetime.now(timezone.utc)
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _spans(message: Message) -> list[Span]:
    return [Span(item["start"], item["end"], item["entity"]) for item in message.get(ENTITIES, [])]


def _entity(text: str, start: int, end: int, label: str) -> dict[str, Any]:
    return {
        "entity": label,
        "start": start,
        "end": end,
        "value": text[start:end],
        "extractor": NorwegianEntityExtractor.__name__,
    }


def _with_times(found: list[dict[str, Any]], text: str, times: list[TimeSpan]) -> list[dict[str, Any]]:
    """Give learned times their instants and add the times that only the grammar saw."""
    loose = list(times)
    for entity in found:
        if entity["entity"] not in TIME_LABELS:
            continue
        inside = [span for span in times if span.start < entity["end"] and span.end > entity["start"]]
        if inside:
            entity["resolved"] = _resolved(inside[0])
            loose = [span for span in loose if span not in inside]
    for span in loose:
        found.append({**_entity(text, span.start, span.end, "time"), "resolved": _resolved(span)})
    return found


def _resolved(span: TimeSpan) -> dict[str, str]:
    return {"begins": span.begins.isoformat(), "ends": span.ends.isoformat(), "grain": span.grain}
