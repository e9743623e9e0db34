"""Entities: learned ones, the organisation's units and places, case numbers, times with their instants.

And the language of the message, which is more than an entity: "other" never reaches the slot that chooses the
written form of the replies.
"""

from __future__ import annotations

import logging
import os
from datetime import datetime, timezone
from pathlib import Path
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
from nlu.core.case_numbers import find_case_numbers
from nlu.core.entity_tagger import EntityTagger, Span
from nlu.core.gazetteer import Gazetteer, GazetteerSpan
from nlu.core.language import OTHER, written_form
from nlu.core.time_expressions import OSLO, TimeSpan, find_times

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
FILE_NAME = "entities.crfsuite"
LANGUAGE = "language"
# Of the examples without entities every fourth: more of them cost minutes and change nothing.
UNMARKED_STEP = 4
TIME_LABELS = frozenset({"time", "period", "date"})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class NorwegianEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Adds entities, and the language of the message.

    A time carries `resolved` with its instants; a unit or place of the organisation carries its `name` there
    and its `id`; a case number's value is the number as the register writes it.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Needs tokens."""
        return [NorwegianTokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Training steps of the CRF; the file of units and places, if there is one.

        The file is read when the model is loaded, so a new one needs no training. A relative path starts at
        the project folder; `$NAME` in it is an environment variable, in its value when the model is loaded.
        """
        return {"max_iterations": 40, "gazetteer": None}

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        tagger: EntityTagger | None = None,
        gazetteer: Gazetteer | None = None,
    ) -> None:
        """Keep what training and saving need."""
        self._config = config
        self._tagger = tagger
        self._gazetteer = gazetteer
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
        """Called by Rasa with a trained model; a file that is missing or damaged is an error."""
        with model_storage.read_from(resource) as folder:
            tagger = EntityTagger(folder / FILE_NAME)
        return cls(config, model_storage, resource, tagger, _gazetteer(config["gazetteer"]))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples with entities and from a share of the rest, which teach what is none."""
        examples = training_data.nlu_examples
        marked = [message for message in examples if message.get(ENTITIES)]
        unmarked = [message for message in examples if not message.get(ENTITIES)]
        rows = [(core_tokens(message), _spans(message)) for message in [*marked, *unmarked[::UNMARKED_STEP]]]
        with self._model_storage.write_to(self._resource) as folder:
            self._tagger = EntityTagger.train(
                rows, folder / FILE_NAME, max_iterations=self._config["max_iterations"]
            )
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities of each message, and its language: "nb", "nn", "other" or None."""
        for message in messages:
            text = message.get(TEXT) or ""
            language = written_form(text)
            message.set(ENTITIES, self._entities(message, text, language), add_to_output=True)
            message.set(LANGUAGE, language, add_to_output=True)
        return messages

    def _entities(self, message: Message, text: str, language: str | None) -> list[dict[str, Any]]:
        moment = sent_at(message)
        found = message.get(ENTITIES, []) + self._learned(message, text)
        if self._gazetteer is not None:
            found = _with_names(found, text, self._gazetteer(text))
        for span in find_case_numbers(text, moment.astimezone(OSLO).year):
            found.append({**_entity(text, span.start, span.end, "case_number"), "value": span.value})
        found = _with_times(found, text, find_times(text, moment))
        # The slot that this entity fills chooses the form of the replies; another language leaves it alone.
        if language not in (None, OTHER):
            found.append({**_entity(text, 0, len(text), LANGUAGE), "value": language})
        return found

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
            if span.label != "case_number"  # the patterns are exact
        ]


def _gazetteer(path: str | None) -> Gazetteer | None:
    """Read the file that config.yml names; none when the variable in its path has no value.

    Raises:
        ModelFileError: it is missing or damaged.
    """
    located = os.path.expandvars(path or "")
    if "$" in located:
        # `sifra up` always sets it; a model that is loaded for evaluation knows no organisation.
        logger.warning("no names of units: %s has no value", located.partition("/")[0])
        return None
    return Gazetteer.load(ROOT / Path(located).expanduser()) if located else None


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


def _with_names(found: list[dict[str, Any]], text: str, names: list[GazetteerSpan]) -> list[dict[str, Any]]:
    """Add the organisation's own names. Where a learned one overlaps, the longer stretch stays.

    The name and id of the organisation are kept in either case.
    """
    kept = list(found)
    for span in names:
        rivals = [entity for entity in kept if _overlaps(entity, span)]
        kept = [entity for entity in kept if entity not in rivals]
        start, end = span.start, span.end
        if len(rivals) == 1 and sum(_overlaps(rivals[0], other) for other in names) == 1:
            start, end = max(
                (start, end), (rivals[0]["start"], rivals[0]["end"]), key=lambda it: it[1] - it[0]
            )
        kept.append(
            {
                **_entity(text, start, end, span.label),
                "confidence_entity": span.score,
                "name": span.name,
                "id": span.id,
            }
        )
    return kept


def _overlaps(entity: dict[str, Any], span: GazetteerSpan) -> bool:
    return bool(entity["entity"] == span.label and entity["start"] < span.end and entity["end"] > span.start)


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
