"""How the category gets better with more training reports: features and model as in the product."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from nlu.core.deviation_model import DeviationModel, DeviationSettings
from nlu.core.features import FeatureShape, TextFeatures
from nlu.core.tokens import NorwegianTokenizer
from nlu.evaluation.metrics import category_macro_f1, report_scores
from nlu.evaluation.readings import Reading
from nlu.evaluation.rows import LabelledMessage
from nlu.training_data import DATA_DIR, read_rows

SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
CONFIG = Path(__file__).resolve().parents[2] / "config.yml"


def learning_curve(reports: Sequence[LabelledMessage]) -> list[tuple[int, float, float]]:
    """Train on growing random shares of the training reports and test on others.

    Returns:
        (training reports, macro-F1, top-2) for each share.
    """
    rows = read_rows(DATA_DIR / "deviations")
    order = np.random.default_rng(0).permutation(len(rows))
    rows = [rows[index] for index in order]
    tokenize = NorwegianTokenizer()
    tokens = [tokenize(row["text"]) for row in rows]
    asked = [tokenize(message.text) for message in reports]
    points = []
    for share in SHARES:
        count = max(int(len(rows) * share), 1)
        features = TextFeatures(feature_shape())
        features.fit(tokens[:count])
        model = DeviationModel.fit(features.transform(tokens[:count]), rows[:count], deviation_settings())
        readings = [
            Reading(None, None, model.assess(features.transform([words])).as_json()) for words in asked
        ]
        pairs = list(zip(reports, readings, strict=True))
        points.append((count, category_macro_f1(pairs) or 0.0, report_scores(pairs)["category_top2"]))
    return points


def feature_shape() -> FeatureShape:
    """Return the features as the pipeline has them."""
    return FeatureShape.from_config(component_config("TextFeaturizer"))


def deviation_settings() -> DeviationSettings:
    """Return how the pipeline's `DeviationClassifier` learns."""
    return DeviationSettings.from_config(component_config("DeviationClassifier"))


def component_config(name: str) -> dict[str, Any]:
    """Return what `config.yml` sets for a component, named without its module."""
    pipeline = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["pipeline"]
    return next(entry for entry in pipeline if entry["name"].endswith(f".{name}"))
