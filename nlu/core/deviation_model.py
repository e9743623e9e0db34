"""What a report is about: category, sub-type, severity and kind, each with a probability."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from scipy.sparse import csr_matrix

from nlu.core.ensemble import EnsembleModel, EnsembleSettings
from nlu.core.errors import ModelFileError
from nlu.core.linear_model import LinearModel
from nlu.core.severity import DEFAULT_CUTS, Cuts, SeverityModel

FIELDS = ("category", "subtype", "severity", "kind")
SUBTYPES, SEVERITY_FILE, KIND_FILE = "subtypes", "severity.npz", "kind.npz"


@dataclass(frozen=True)
class DeviationSettings:
    """How the parts learn and decide.

    Attributes:
        ensemble: for the sub-types.
        cuts: see `SeverityModel`.
    """

    ensemble: EnsembleSettings = field(default_factory=EnsembleSettings)
    cuts: Cuts = DEFAULT_CUTS

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> DeviationSettings:
        """Take what a configuration sets; other keys in it are ignored."""
        low, middle, high = config.get("severity_cuts", DEFAULT_CUTS)
        return cls(EnsembleSettings.from_config(config), (low, middle, high))


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
    """Sub-types in one softmax, of which a category is the sum; severity as a step on a scale; kind.

    A category is many things (a needle prick and a quarrel are both `hms`), so its sub-types are easier to
    tell apart than the categories themselves: docs/measurements.md.
    """

    def __init__(self, subtypes: EnsembleModel, severity: SeverityModel, kind: LinearModel) -> None:
        """Take the trained parts; the labels of `subtypes` are category/sub-type."""
        self._subtypes = subtypes
        self._severity = severity
        self._kind = kind
        self._columns: dict[str, list[int]] = {}
        for column, label in enumerate(subtypes.labels):
            self._columns.setdefault(label.split("/")[0], []).append(column)

    @classmethod
    def fit(
        cls, features: csr_matrix, rows: list[dict[str, str]], settings: DeviationSettings
    ) -> DeviationModel:
        """Learn from labelled reports.

        Args:
            features: shape (rows, features).
            rows: the labels of each report, with the keys of `FIELDS`.
            settings: how the parts learn.
        """
        labels = [f"{row['category']}/{row['subtype']}" for row in rows]
        subtypes = EnsembleModel.fit(features, labels, settings.ensemble)
        severity, kind = Parallel(n_jobs=2, max_nbytes=None)(
            [
                delayed(SeverityModel.fit)(features, [row["severity"] for row in rows], settings.cuts),
                delayed(LinearModel.fit)(features, [row["kind"] for row in rows]),
            ]
        )
        return cls(subtypes, severity, kind)

    def assess(self, features: csr_matrix) -> Assessment:
        """Read one report.

        Args:
            features: shape (1, features).
        """
        chances = self._subtypes.probabilities(features)[0]
        categories = []
        for category, columns in self._columns.items():
            best = columns[int(np.argmax(chances[columns]))]
            subtype = self._subtypes.labels[best].split("/")[1]
            categories.append(CategoryChoice(category, float(chances[columns].sum()), subtype))
        categories.sort(key=lambda choice: -choice.confidence)
        kinds = self._kind.probabilities(features)[0]
        kind = int(np.argmax(kinds))
        return Assessment(
            categories,
            Choice(*self._severity.choose(features)),
            Choice(self._kind.labels[kind], float(kinds[kind])),
        )

    def save(self, folder: Path) -> None:
        """Write the files of the parts."""
        self._subtypes.save(folder, SUBTYPES)
        self._severity.save(folder / SEVERITY_FILE)
        self._kind.save(folder / KIND_FILE)

    @classmethod
    def load(cls, folder: Path, settings: DeviationSettings) -> DeviationModel:
        """Read what `save` wrote.

        Raises:
            ModelFileError: a file is missing or damaged.
        """
        subtypes = EnsembleModel.load(folder, SUBTYPES, settings.ensemble.sharpness)
        if not all(label.count("/") == 1 for label in subtypes.labels):
            raise ModelFileError(folder / f"{SUBTYPES}.linear.npz", "labels are not category/sub-type")
        severity = SeverityModel.load(folder / SEVERITY_FILE, settings.cuts)
        return cls(subtypes, severity, LinearModel.load(folder / KIND_FILE))
