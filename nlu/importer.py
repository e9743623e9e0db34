"""Gives Rasa the training messages as they are.

Rasa's own way is YAML, which it checks against a schema and parses slowly: with 20,000 messages that took
longer than learning from them.
"""

from __future__ import annotations

from typing import Any

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.training_data import DATA_DIR, Example, examples


class MessageImporter(RasaFileImporter):
    """Rules, domain and configuration from Rasa's files, messages from `nlu/data`."""

    def get_nlu_data(self, language: str | None = "nb") -> TrainingData:
        """Return all training messages; there is one language."""
        return TrainingData([message_of(example) for example in examples(DATA_DIR)])


def message_of(example: Example) -> Message:
    """Return an example as Rasa's components see it: labels of a report are its metadata."""
    entities: list[dict[str, Any]] = [
        {
            "start": mark.start,
            "end": mark.end,
            "value": example.text[mark.start : mark.end],
            "entity": mark.label,
        }
        for mark in example.marks
    ]
    return Message.build(
        example.text, example.intent, entities=entities, example_metadata=example.labels or None
    )
