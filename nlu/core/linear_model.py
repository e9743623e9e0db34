"""A linear classifier over sparse features: multinomial logistic regression, saved without pickle."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from nlu.core.errors import ModelFileError


class LinearModel:
    """Labels with probabilities.

    Attributes:
        labels: class names in the order of the probability columns.
    """

    def __init__(self, labels: list[str], weights: np.ndarray, bias: np.ndarray) -> None:
        """Take learned values.

        Args:
            labels: n class names.
            weights: float32, shape (features, n).
            bias: float32, shape (n,).
        """
        self.labels = labels
        self._weights = weights
        self._bias = bias

    @classmethod
    def fit(
        cls,
        features: csr_matrix,
        labels: list[str],
        *,
        inverse_regularisation: float = 20.0,
        prior_correction: float = 0.0,
        max_iterations: int = 60,
    ) -> LinearModel:
        """Learn from labelled rows.

        Args:
            features: shape (rows, features).
            labels: one class name a row; at least two different ones.
            inverse_regularisation: C of logistic regression.
            prior_correction: how much of the classes' frequency is taken out, 0 to 1: rows are weighed by the
                inverse of their class's size to this power.
            max_iterations: L-BFGS steps; it stops there also when it has not converged.
        """
        sizes = Counter(labels)
        even = len(labels) / len(sizes)
        model = LogisticRegression(
            C=inverse_regularisation,
            class_weight={name: (even / size) ** prior_correction for name, size in sizes.items()},
            max_iter=max_iterations,
            tol=1e-3,
        )
        model.fit(features, labels)
        weights, bias = model.coef_, model.intercept_
        if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes
            weights = np.vstack([np.zeros_like(weights), weights])
            bias = np.concatenate([np.zeros_like(bias), bias])
        names = [str(name) for name in model.classes_]
        return cls(names, np.ascontiguousarray(weights.T, dtype=np.float32), bias.astype(np.float32))

    def probabilities(self, features: csr_matrix) -> np.ndarray:
        """Return float64 probabilities of shape (rows, labels); each row sums to 1."""
        return softmax(np.asarray(features @ self._weights, dtype=np.float64) + self._bias)

    def save(self, path: Path) -> None:
        """Write to a .npz file."""
        np.savez(path, labels=np.asarray(self.labels), weights=self._weights, bias=self._bias)

    @classmethod
    def load(cls, path: Path) -> LinearModel:
        """Read what `save` wrote.

        Raises:
            ModelFileError: the file is missing, damaged or of the wrong shape.
        """
        try:
            with np.load(path, allow_pickle=False) as content:
                labels = [str(label) for label in content["labels"]]
                weights, bias = content["weights"], content["bias"]
        except Exception as error:  # zipfile and numpy raise a dozen kinds on a damaged file
            raise ModelFileError(path, f"not a saved linear model ({type(error).__name__})") from error
        if weights.shape[1:] != (len(labels),) or bias.shape != (len(labels),):
            raise ModelFileError(path, f"{len(labels)} labels but weights of shape {weights.shape}")
        return cls(labels, weights, bias)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return probabilities for scores of shape (rows, labels)."""
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))
