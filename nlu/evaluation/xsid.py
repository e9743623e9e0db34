"""The public benchmark for intents in Norwegian dialects: xSID 0.7, Norwegian part (NoMusic, NorSID).

Source: Maehlum & Scherrer 2024; Scherrer et al. 2025 (NorSID shared task); data in mainlp/xsid, CC BY-SA 4.0.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nlu.core.ensemble import EnsembleModel, EnsembleSettings
from nlu.core.features import FeatureShape, TextFeatures
from nlu.core.tokens import NorwegianTokenizer, fold
from nlu.evaluation.rows import EvaluationDataError

# Intent accuracy on the test set, as published or as measured by others.
PUBLISHED = {
    "mBERT baseline (published)": 0.8415,
    "MaiNLP 1 (published)": 0.9347,
    "best system of the shared task (published)": 0.9802,
    "linear, characters and words (measured before)": 0.907,
}
DIALECTS = {"B": "Bokmal", "N": "North", "T": "Trondersk", "V": "West"}


@dataclass(frozen=True)
class Sentence:
    """One row: text, intent and dialect (B, N, T or V)."""

    text: str
    intent: str
    dialect: str


def read_sentences(path: Path) -> list[Sentence]:
    """Read rows {text, intent, dialect}.

    Raises:
        EvaluationDataError: the file cannot be read or a row lacks one of the three.
    """
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return [Sentence(row["text"], row["intent"], row["dialect"]) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EvaluationDataError(f"{path}: needs text, intent and dialect in each row") from error


def evaluate(
    train: Sequence[Sentence], test: Sequence[Sentence], shape: FeatureShape, settings: EnsembleSettings
) -> dict[str, Any]:
    """Train the intent part on one set and test it on the other.

    Returns:
        Accuracy: overall, per dialect, and overall without the test texts that also occur in training
        (None if all do).
    """
    tokenize = NorwegianTokenizer()
    features = TextFeatures(shape)
    tokens = [tokenize(sentence.text) for sentence in train]
    features.fit(tokens)
    model = EnsembleModel.fit(features.transform(tokens), [sentence.intent for sentence in train], settings)
    chances = model.probabilities(features.transform([tokenize(sentence.text) for sentence in test]))
    read = [model.labels[best] for best in chances.argmax(axis=1)]
    right = np.array([sentence.intent == intent for sentence, intent in zip(test, read, strict=True)])
    known = {fold(sentence.text) for sentence in train}
    unseen = np.array([fold(sentence.text) not in known for sentence in test])
    dialects = np.array([DIALECTS.get(sentence.dialect, sentence.dialect) for sentence in test])
    return {
        "accuracy": float(right.mean()),
        "accuracy_unseen": float(right[unseen].mean()) if unseen.any() else None,
        "unseen": int(unseen.sum()),
        "per_dialect": {
            name: float(right[dialects == name].mean()) for name in sorted(set(dialects.tolist()))
        },
        "train_rows": len(train),
        "test_rows": len(test),
    }
