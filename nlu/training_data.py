"""Turns the reviewed source rows in `nlu/data` into Rasa training files.

The rows stay the source: edit them, never the generated YAML.

    deviations/*.jsonl   text, category, subtype, severity, kind, place, when   → intent report_deviation
    intents/*.jsonl      text, intent, entities[{entity, value}]                → that intent
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

DATA_DIR = Path(__file__).parent / "data"
GENERATED_DIR = Path(__file__).parent / "generated"
REPORT_INTENT = "report_deviation"
# Rasa keeps `restart` for itself: it would wipe the conversation without a word.
RENAMED_INTENTS = {"restart": "start_over"}
LABELS = ("category", "subtype", "severity", "kind")


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


def annotate(text: str, entities: list[tuple[str, str]]) -> str:
    """Mark entities the way Rasa reads them: `[value](label)`.

    Args:
        text: the message.
        entities: (label, value) pairs; a value that is not in the text, that overlaps one already
            marked or that holds a bracket is left unmarked.
    """
    marks: list[tuple[int, int, str]] = []
    for label, value in entities:
        start = text.find(value) if value else -1
        end = start + len(value)
        if start < 0 or "[" in value or "]" in value:
            continue
        if any(start < taken_end and end > taken_start for taken_start, taken_end, _ in marks):
            continue
        marks.append((start, end, label))
    for start, end, label in sorted(marks, reverse=True):
        text = f"{text[:start]}[{text[start:end]}]({label}){text[end:]}"
    return text


def report_examples(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return Rasa examples of the report intent, labels as metadata."""
    return [
        {
            "text": annotate(
                row["text"], [("place", row.get("place") or ""), ("time", row.get("when") or "")]
            ),
            "metadata": {label: row[label] for label in LABELS},
        }
        for row in rows
    ]


def other_examples(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return Rasa examples by intent."""
    examples: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        marks = [(item["entity"], item["value"]) for item in row.get("entities") or []]
        intent = RENAMED_INTENTS.get(row["intent"], row["intent"])
        examples[intent].append({"text": annotate(row["text"], marks)})
    return dict(examples)


def convert(data_dir: Path, out_dir: Path) -> dict[str, int]:
    """Write one YAML file an intent.

    Returns:
        Intent → number of examples.
    """
    examples = other_examples(read_rows(data_dir / "intents"))
    examples[REPORT_INTENT] = report_examples(read_rows(data_dir / "deviations"))
    out_dir.mkdir(parents=True, exist_ok=True)
    for stale in out_dir.glob("*.yml"):
        stale.unlink()
    for intent, rows in sorted(examples.items()):
        content = {"version": "3.1", "nlu": [{"intent": intent, "examples": rows}]}
        with (out_dir / f"{intent}.yml").open("w", encoding="utf-8") as file:
            yaml.dump(
                content, file, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=10_000
            )
    return {intent: len(rows) for intent, rows in sorted(examples.items())}


if __name__ == "__main__":
    counts = convert(DATA_DIR, GENERATED_DIR)
    sys.stdout.write(f"{sum(counts.values())} examples of {len(counts)} intents in {GENERATED_DIR}\n")
