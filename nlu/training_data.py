"""The reviewed messages in `nlu/data` that the dialogue model learns from.

deviations/*.jsonl   text, category, subtype, severity, kind, place, when   → intent report_deviation
intents/*.jsonl      text, intent, entities[{entity, value}]                → that intent
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DATA_DIR = Path(__file__).parent / "data"
REPORT_INTENT = "report_deviation"
# Rasa keeps `restart` for itself: it would wipe the conversation without a word.
RENAMED_INTENTS = {"restart": "start_over"}
LABELS = ("category", "subtype", "severity", "kind")


@dataclass(frozen=True)
class Mark:
    """An entity in a message: half-open offsets and a label."""

    start: int
    end: int
    label: str


@dataclass(frozen=True)
class Example:
    """A message to learn from.

    Attributes:
        labels: category, subtype, severity and kind of a report; empty for everything else.
    """

    text: str
    intent: str
    marks: tuple[Mark, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)


class TrainingRowError(ValueError):
    """A source row cannot be used; the message names file and line."""


def read_rows(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of all .jsonl files of a folder, in file and line order.

    Raises:
        TrainingRowError: a line is no JSON object with a text.
    """
    rows = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                row = json.loads(line)
                row["text"] = row["text"].strip()
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise TrainingRowError(f"{path.name}:{number}: not a row with a text") from error
            if not row["text"]:
                raise TrainingRowError(f"{path.name}:{number}: the text is empty")
            rows.append(row)
    return rows


def examples(data_dir: Path) -> Iterator[Example]:
    """Read all training messages, reports first.

    Raises:
        TrainingRowError: a row cannot be used.
        KeyError: a report lacks a label, or another row its intent.
    """
    for row in read_rows(data_dir / "deviations"):
        pairs = [("place", row.get("place") or ""), ("time", row.get("when") or "")]
        labels = {label: row[label] for label in LABELS}
        yield Example(row["text"], REPORT_INTENT, tuple(marks(row["text"], pairs)), labels)
    for row in read_rows(data_dir / "intents"):
        pairs = [(item["entity"], item["value"]) for item in row.get("entities") or []]
        intent = RENAMED_INTENTS.get(row["intent"], row["intent"])
        yield Example(row["text"], intent, tuple(marks(row["text"], pairs)))


def marks(text: str, entities: Iterable[tuple[str, str]]) -> list[Mark]:
    """Find entities in a message.

    Args:
        text: the message.
        entities: (label, value) pairs; a value that is not in the text, or that overlaps one found before it,
            is left out.

    Returns:
        The entities in reading order.
    """
    found: list[Mark] = []
    for label, value in entities:
        start = text.find(value) if value else -1
        end = start + len(value)
        if start >= 0 and not any(start < other.end and end > other.start for other in found):
            found.append(Mark(start, end, label))
    return sorted(found, key=lambda mark: mark.start)
