"""The four steps of severity, and which step a report is on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from nlu.core.errors import ModelFileError
from nlu.core.linear_model import LinearModel

# From least to most; the order is what the scores and the model rely on.
SEVERITIES = ("lav", "middels", "hoy", "kritisk")
Cuts = tuple[float, float, float]
# Half-way marks; where they are better laid was found on a split by writer, see docs/measurements.md.
DEFAULT_CUTS: Cuts = (0.5, 1.5, 2.5)


class SeverityModel:
    """Chooses the step on which the expected severity lies.

    People agree within one step but not on the step itself, so the mean of the probabilities is a better
    judge than the likeliest step: it errs by less.
    """

    def __init__(self, model: LinearModel, cuts: Cuts) -> None:
        """Take a trained model.

        Args:
            model: its labels are among `SEVERITIES`.
            cuts: rising marks on the scale 0 (lav) to 3 (kritisk) that part the four steps.
        """
        self._model = model
        self._cuts = cuts
        self._steps = np.array([SEVERITIES.index(label) for label in model.labels], dtype=float)

    @classmethod
    def fit(cls, features: csr_matrix, labels: list[str], cuts: Cuts) -> SeverityModel:
        """Learn from labelled rows; labels are among `SEVERITIES`."""
        return cls(LinearModel.fit(features, labels, max_iterations=40), cuts)

    def expected(self, features: csr_matrix) -> np.ndarray:
        """Return the mean step of each row, 0 to 3, shape (rows,)."""
        return np.asarray(self._model.probabilities(features) @ self._steps)

    def choose(self, features: csr_matrix) -> tuple[str, float]:
        """Return the step of one row of features and its probability."""
        step = SEVERITIES[int(np.searchsorted(self._cuts, self.expected(features)[0]))]
        chances = dict(zip(self._model.labels, self._model.probabilities(features)[0], strict=True))
        return step, float(chances.get(step, 0.0))

    def save(self, path: Path) -> None:
        """Write to a .npz file."""
        self._model.save(path)

    @classmethod
    def load(cls, path: Path, cuts: Cuts) -> SeverityModel:
        """Read what `save` wrote.

        Raises:
            ModelFileError: the file is missing or damaged, or of other labels.
        """
        model = LinearModel.load(path)
        if not set(model.labels) <= set(SEVERITIES):
            raise ModelFileError(path, f"labels are not among {', '.join(SEVERITIES)}")
        return cls(model, cuts)
