"""What a report is about: category, sub-type, severity and kind, each with a probability."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from nlu.core.errors import ModelFileError
from nlu.core.linear_model import LinearModel

# Forty sub-types make each step dear, so they get fewer; not yet weighed against accuracy.
MAX_ITERATIONS = {"subtype": 30}
FIELDS = ("category", "subtype", "severity", "kind")


@dataclass(frozen=True)
class Choice:
    """One reading.

    Attributes:
        name: the id.
        confidence: probability, 0 to 1.
    """

    name: str
    confidence: float


@dataclass(frozen=True)
class CategoryChoice(Choice):
    """A category with the sub-type that is likeliest within it."""

    subtype: str


@dataclass(frozen=True)
class Assessment:
    """What a report is taken to be.

    Attributes:
        categories: all five by falling probability.
        severity: the likeliest.
        kind: deviation or improvement.
    """

    categories: list[CategoryChoice]
    severity: Choice
    kind: Choice

    def as_json(self) -> dict[str, Any]:
        """Return plain dicts, lists, strings and floats."""
        return asdict(self)


class DeviationModel:
    """Four linear models over the same features; the sub-type is chosen within the category."""

    def __init__(self, models: dict[str, LinearModel], subtypes: dict[str, list[str]]) -> None:
        """Take the trained parts.

        Args:
            models: one a field of `FIELDS`.
            subtypes: category → its sub-types as seen in training.
        """
        self._models = models
        self._subtypes = subtypes
        labels = models["subtype"].labels
        self._columns = {
            category: [labels.index(f"{category}/{name}") for name in names]
            for category, names in subtypes.items()
        }

    @classmethod
    def fit(cls, features: csr_matrix, rows: list[dict[str, str]]) -> DeviationModel:
        """Learn from labelled reports.

        Args:
            features: shape (rows, features).
            rows: the labels of each report, with the keys of `FIELDS`.
        """
        labels = {field: [row[field] for row in rows] for field in FIELDS}
        labels["subtype"] = [f"{row['category']}/{row['subtype']}" for row in rows]
        models = {
            field: LinearModel.fit(features, labels[field], max_iterations=MAX_ITERATIONS.get(field, 60))
            for field in FIELDS
        }
        return cls(models, _subtypes_of(models["subtype"].labels))

    def assess(self, features: csr_matrix) -> Assessment:
        """Read one report.

        Args:
            features: shape (1, features).
        """
        subtype_chances = self._models["subtype"].probabilities(features)[0]
        categories = []
        for choice in self._ranked("category", features):
            columns = self._columns[choice.name]
            best = int(np.argmax(subtype_chances[columns]))
            categories.append(
                CategoryChoice(choice.name, choice.confidence, self._subtypes[choice.name][best])
            )
        return Assessment(
            categories, self._ranked("severity", features)[0], self._ranked("kind", features)[0]
        )

    def save(self, folder: Path) -> None:
        """Write one file a field."""
        for field, model in self._models.items():
            model.save(folder / f"{field}.npz")

    @classmethod
    def load(cls, folder: Path) -> DeviationModel:
        """Read what `save` wrote.

        Raises:
            ModelFileError: a file is missing or damaged.
        """
        models = {field: LinearModel.load(folder / f"{field}.npz") for field in FIELDS}
        try:
            subtypes = _subtypes_of(models["subtype"].labels)
        except ValueError as error:
            raise ModelFileError(folder / "subtype.npz", "labels are not category/sub-type") from error
        if set(subtypes) != set(models["category"].labels):
            raise ModelFileError(folder / "category.npz", "other categories than those of the sub-types")
        return cls(models, subtypes)

    def _ranked(self, field: str, features: csr_matrix) -> list[Choice]:
        model = self._models[field]
        chances = model.probabilities(features)[0]
        return [Choice(model.labels[i], float(chances[i])) for i in chances.argsort()[::-1]]


def _subtypes_of(labels: list[str]) -> dict[str, list[str]]:
    subtypes: dict[str, list[str]] = {}
    for label in labels:
        category, name = label.split("/")
        subtypes.setdefault(category, []).append(name)
    return subtypes
