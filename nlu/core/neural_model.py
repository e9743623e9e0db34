"""A small neural classifier over sparse features: one hidden layer, saved without pickle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.neural_network import MLPClassifier

from nlu.core.errors import ModelFileError
from nlu.core.linear_model import softmax

BATCH_ROWS = 256
LEARNING_RATE = 3e-3


class NeuralModel:
    """Labels with probabilities.

    Attributes:
        labels: class names in the order of the probability columns.
    """

    def __init__(self, labels: list[str], layers: list[np.ndarray]) -> None:
        """Take learned values.

        Args:
            labels: n class names.
            layers: float32: weights (features, hidden), bias (hidden,), weights (hidden, n), bias (n,).
        """
        self.labels = labels
        self._layers = layers

    @classmethod
    def fit(
        cls,
        features: csr_matrix,
        labels: list[str],
        *,
        hidden: int = 64,
        epochs: int = 8,
        prior_correction: float = 0.0,
    ) -> NeuralModel:
        """Learn from labelled rows; the same rows give the same model.

        Args:
            features: shape (rows, features).
            labels: one class name a row; at least three different ones.
            hidden: units of the hidden layer.
            epochs: passes over the rows.
            prior_correction: how much of the classes' frequency is taken out of the scores, 0 to 1
                (logit adjustment, Menon et al. 2021).

        Raises:
            ValueError: fewer than three class names; scikit-learn then gives one score for two.
        """
        if len(set(labels)) < 3:
            raise ValueError(f"three labels or more are needed, not {len(set(labels))}")
        model = MLPClassifier(
            (hidden,),
            activation="tanh",
            batch_size=BATCH_ROWS,
            learning_rate_init=LEARNING_RATE,
            max_iter=epochs,
            alpha=1e-5,
            random_state=0,
        )
        model.fit(features.astype(np.float32), labels)
        names = [str(name) for name in model.classes_]
        frequency = np.array([labels.count(name) for name in names]) / len(labels)
        bias = model.intercepts_[1] - prior_correction * np.log(frequency)
        layers = [model.coefs_[0], model.intercepts_[0], model.coefs_[1], bias]
        return cls(names, [np.ascontiguousarray(layer, dtype=np.float32) for layer in layers])

    def probabilities(self, features: csr_matrix) -> np.ndarray:
        """Return float64 probabilities of shape (rows, labels); each row sums to 1."""
        weights, bias, out_weights, out_bias = self._layers
        hidden = np.tanh(np.asarray(features @ weights) + bias)
        return softmax(np.asarray(hidden @ out_weights + out_bias, dtype=np.float64))

    def save(self, path: Path) -> None:
        """Write to a .npz file."""
        weights, bias, out_weights, out_bias = self._layers
        np.savez(
            path,
            labels=np.asarray(self.labels),
            weights=weights,
            bias=bias,
            out_weights=out_weights,
            out_bias=out_bias,
        )

    @classmethod
    def load(cls, path: Path) -> NeuralModel:
        """Read what `save` wrote.

        Raises:
            ModelFileError: the file is missing, damaged or of the wrong shape.
        """
        try:
            with np.load(path, allow_pickle=False) as content:
                labels = [str(label) for label in content["labels"]]
                layers = [content[name] for name in ("weights", "bias", "out_weights", "out_bias")]
        except Exception as error:  # zipfile and numpy raise a dozen kinds on a damaged file
            raise ModelFileError(path, f"not a saved neural model ({type(error).__name__})") from error
        hidden = layers[0].shape[1:]
        shapes = [layer.shape for layer in layers[1:]]
        if shapes != [hidden, (*hidden, len(labels)), (len(labels),)]:
            raise ModelFileError(path, f"{len(labels)} labels but layers of shapes {shapes}")
        return cls(labels, layers)
