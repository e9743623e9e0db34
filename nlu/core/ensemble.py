"""The mean of a linear and a neural model: each errs where the other does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from scipy.sparse import csr_matrix

from nlu.core.errors import ModelFileError
from nlu.core.linear_model import LinearModel
from nlu.core.neural_model import NeuralModel


@dataclass(frozen=True)
class EnsembleSettings:
    """How the two models learn; see `LinearModel.fit` and `NeuralModel.fit`.

    Attributes:
        prior_correction: how much of the classes' frequency both forget, 0 to 1, as what is rare in training
            need not be rare in use.
        sharpness: power of the mixed probabilities, found on a split by writer; above 1 makes them surer.
    """

    inverse_regularisation: float = 20.0
    max_iterations: int = 40
    hidden: int = 64
    epochs: int = 8
    prior_correction: float = 0.0
    sharpness: float = 1.0

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> EnsembleSettings:
        """Take what a configuration sets; other keys in it are ignored."""
        return cls(**{field.name: config[field.name] for field in fields(cls) if field.name in config})


class EnsembleModel:
    """Labels with probabilities.

    Attributes:
        labels: class names in the order of the probability columns.
    """

    def __init__(self, linear: LinearModel, neural: NeuralModel, sharpness: float) -> None:
        self.labels = linear.labels
        self._linear = linear
        self._neural = neural
        self._sharpness = sharpness

    @classmethod
    def fit(cls, features: csr_matrix, labels: list[str], settings: EnsembleSettings) -> EnsembleModel:
        """Learn from labelled rows, both models at once on two cores.

        Args:
            features: shape (rows, features).
            labels: one class name a row; at least three different ones.
            settings: how the two learn.
        """
        linear, neural = Parallel(n_jobs=2, max_nbytes=None)(
            [
                delayed(LinearModel.fit)(
                    features,
                    labels,
                    inverse_regularisation=settings.inverse_regularisation,
                    prior_correction=settings.prior_correction,
                    max_iterations=settings.max_iterations,
                ),
                delayed(NeuralModel.fit)(
                    features,
                    labels,
                    hidden=settings.hidden,
                    epochs=settings.epochs,
                    prior_correction=settings.prior_correction,
                ),
            ]
        )
        return cls(linear, neural, settings.sharpness)

    def probabilities(self, features: csr_matrix) -> np.ndarray:
        """Return float64 probabilities of shape (rows, labels); each row sums to 1."""
        mixed = (self._linear.probabilities(features) + self._neural.probabilities(features)) / 2
        powered = mixed**self._sharpness
        return np.asarray(powered / powered.sum(axis=1, keepdims=True))

    def save(self, folder: Path, name: str) -> None:
        """Write `name`.linear.npz and `name`.neural.npz."""
        self._linear.save(folder / f"{name}.linear.npz")
        self._neural.save(folder / f"{name}.neural.npz")

    @classmethod
    def load(cls, folder: Path, name: str, sharpness: float) -> EnsembleModel:
        """Read what `save` wrote.

        Raises:
            ModelFileError: a file is missing or damaged, or the two know different labels.
        """
        linear = LinearModel.load(folder / f"{name}.linear.npz")
        neural = NeuralModel.load(folder / f"{name}.neural.npz")
        if linear.labels != neural.labels:
            raise ModelFileError(folder / f"{name}.neural.npz", "other labels than the linear model")
        return cls(linear, neural, sharpness)
