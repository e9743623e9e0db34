"""The mean of a linear and a neural model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from small_reports import BY_CATEGORY, BY_KIND, TEXTS

from nlu.core.ensemble import EnsembleModel, EnsembleSettings
from nlu.core.errors import ModelFileError
from nlu.core.linear_model import LinearModel
from nlu.core.neural_model import NeuralModel

SETTINGS = EnsembleSettings(hidden=8, epochs=60)
FILES = ["m.linear.npz", "m.neural.npz"]
# Frequency counts in both models only where it differs.
UNEVEN = ["often"] * 8 + ["seldom"] * 3 + ["once"]
ANY_ROW = csr_matrix((1, 2), dtype=np.float32)


@pytest.fixture(scope="module")
def model(matrix: csr_matrix) -> EnsembleModel:
    return EnsembleModel.fit(matrix, BY_CATEGORY, SETTINGS)


def linear_saying(*chances: float) -> LinearModel:
    return LinearModel(["a", "b", "c"], np.zeros((2, 3)), np.log(np.asarray(chances)))


def neural_saying(*chances: float, labels: tuple[str, ...] = ("a", "b", "c")) -> NeuralModel:
    layers = [np.zeros((2, 1)), np.zeros(1), np.zeros((1, 3)), np.log(np.asarray(chances))]
    return NeuralModel(list(labels), layers)


def test_the_chances_are_the_mean_of_both() -> None:
    model = EnsembleModel(linear_saying(0.6, 0.3, 0.1), neural_saying(0.2, 0.3, 0.5), sharpness=1.0)
    np.testing.assert_allclose(model.probabilities(ANY_ROW), [[0.4, 0.3, 0.3]])


@pytest.mark.parametrize("sharpness", [0.5, 2.0])
def test_sharpness_is_a_power_of_the_mean(sharpness: float) -> None:
    model = EnsembleModel(linear_saying(0.6, 0.3, 0.1), neural_saying(0.2, 0.3, 0.5), sharpness)
    powered = np.asarray([0.4, 0.3, 0.3]) ** sharpness
    np.testing.assert_allclose(model.probabilities(ANY_ROW), [powered / powered.sum()])


def test_both_learn_as_they_would_alone(matrix: csr_matrix) -> None:
    settings = EnsembleSettings(
        inverse_regularisation=3.0,
        max_iterations=30,
        hidden=5,
        epochs=20,
        prior_correction=0.5,
    )
    model = EnsembleModel.fit(matrix, UNEVEN, settings)
    linear = LinearModel.fit(
        matrix, UNEVEN, inverse_regularisation=3.0, prior_correction=0.5, max_iterations=30
    )
    neural = NeuralModel.fit(matrix, UNEVEN, hidden=5, epochs=20, prior_correction=0.5)
    np.testing.assert_allclose(
        model.probabilities(matrix),
        (linear.probabilities(matrix) + neural.probabilities(matrix)) / 2,
        atol=1e-5,
    )


def test_it_learns(model: EnsembleModel, matrix: csr_matrix) -> None:
    chances = model.probabilities(matrix)
    assert chances.shape == (len(TEXTS), 4)
    assert (chances >= 0).all()
    np.testing.assert_allclose(chances.sum(axis=1), 1.0)
    assert [model.labels[column] for column in chances.argmax(axis=1)] == BY_CATEGORY


def test_a_row_of_zeros_still_gets_chances(model: EnsembleModel, matrix: csr_matrix) -> None:
    np.testing.assert_allclose(model.probabilities(matrix[:1] * 0).sum(), 1.0)


def test_settings_take_what_a_configuration_sets() -> None:
    assert EnsembleSettings.from_config({"hidden": 3, "name": "x"}) == EnsembleSettings(hidden=3)
    assert EnsembleSettings.from_config({}) == EnsembleSettings()


def test_the_same_rows_give_the_same_files(tmp_path: Path, model: EnsembleModel, matrix: csr_matrix) -> None:
    model.save(tmp_path, "m")
    EnsembleModel.fit(matrix, BY_CATEGORY, SETTINGS).save(tmp_path, "again")
    for kind in ("linear", "neural"):
        first, again = (tmp_path / f"{name}.{kind}.npz" for name in ("m", "again"))
        assert first.read_bytes() == again.read_bytes()


def test_an_ensemble_after_loading_says_the_same(tmp_path: Path, model: EnsembleModel, matrix) -> None:
    model.save(tmp_path, "m")
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES
    loaded = EnsembleModel.load(tmp_path, "m", SETTINGS.sharpness)
    assert loaded.labels == model.labels
    np.testing.assert_allclose(loaded.probabilities(matrix), model.probabilities(matrix))
    sharper = EnsembleModel.load(tmp_path, "m", 3.0).probabilities(matrix)
    assert (sharper.max(axis=1) > model.probabilities(matrix).max(axis=1)).all()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [None, b"", b"PK broken"])
def test_each_file_is_needed_and_named(tmp_path: Path, model, name: str, content: bytes | None) -> None:
    model.save(tmp_path, "m")
    path = tmp_path / name
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(ModelFileError, match=name) as caught:
        EnsembleModel.load(tmp_path, "m", 1.0)
    assert caught.value.path == path


def test_two_models_of_other_labels_are_refused(tmp_path: Path) -> None:
    model = EnsembleModel(
        linear_saying(0.3, 0.3, 0.4), neural_saying(0.3, 0.3, 0.4, labels=("a", "c", "b")), 1
    )
    model.save(tmp_path, "m")
    with pytest.raises(ModelFileError, match=r"m\.neural\.npz: other labels"):
        EnsembleModel.load(tmp_path, "m", 1.0)


# The neural model


def test_the_chances_are_those_of_the_network(matrix: csr_matrix) -> None:
    from sklearn.neural_network import MLPClassifier

    reference = MLPClassifier(
        (6,),
        activation="tanh",
        batch_size=256,
        learning_rate_init=3e-3,
        max_iter=20,
        alpha=1e-5,
        random_state=0,
    ).fit(matrix, BY_CATEGORY)
    np.testing.assert_allclose(
        NeuralModel.fit(matrix, BY_CATEGORY, hidden=6, epochs=20).probabilities(matrix),
        reference.predict_proba(matrix),
        atol=1e-5,
    )


def test_a_prior_correction_takes_the_frequency_out_of_the_chances(matrix: csr_matrix) -> None:
    plain, corrected = (
        NeuralModel.fit(matrix, UNEVEN, hidden=4, epochs=10, prior_correction=correction)
        for correction in (0.0, 0.5)
    )
    assert plain.labels == ["often", "once", "seldom"]
    expected = plain.probabilities(matrix) / np.sqrt(np.asarray([8, 1, 3]) / 12)
    np.testing.assert_allclose(
        corrected.probabilities(matrix), expected / expected.sum(axis=1, keepdims=True), atol=1e-5
    )


def test_more_epochs_learn_more(matrix: csr_matrix) -> None:
    def right(epochs: int) -> float:
        model = NeuralModel.fit(matrix, BY_CATEGORY, hidden=8, epochs=epochs)
        columns = [model.labels.index(label) for label in BY_CATEGORY]
        return float(model.probabilities(matrix)[np.arange(len(columns)), columns].mean())

    assert right(60) > right(2) + 0.3


def test_large_scores_do_not_overflow() -> None:
    layers = [np.full((1, 1), 1e30), np.zeros(1), np.asarray([[1e4, -1e4, 0.0]]), np.zeros(3)]
    model = NeuralModel(["a", "b", "c"], layers)
    np.testing.assert_allclose(model.probabilities(csr_matrix([[1.0]])), [[1.0, 0.0, 0.0]])


ARRAYS = {"weights": (5, 2), "bias": (2,), "out_weights": (2, 3), "out_bias": (3,)}


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("weights", (5, 4)),
        ("weights", (5,)),
        ("bias", (3,)),
        ("out_weights", (2, 1)),
        ("out_weights", (3, 3)),
        ("out_bias", (1,)),
        ("out_bias", (3, 1)),
    ],
)
def test_layers_that_do_not_fit_are_refused(tmp_path: Path, name: str, shape: tuple[int, ...]) -> None:
    path = tmp_path / "m.npz"
    arrays = {key: np.zeros(of) for key, of in ARRAYS.items()}
    np.savez(path, labels=np.asarray(["a", "b", "c"]), **arrays)
    assert NeuralModel.load(path).labels == ["a", "b", "c"]
    np.savez(path, labels=np.asarray(["a", "b", "c"]), **{**arrays, name: np.zeros(shape)})
    with pytest.raises(ModelFileError, match=r"m\.npz: 3 labels but layers of shapes"):
        NeuralModel.load(path)


def test_a_linear_model_is_no_neural_one(tmp_path: Path, matrix: csr_matrix) -> None:
    path = tmp_path / "m.npz"
    LinearModel.fit(matrix, BY_KIND).save(path)
    with pytest.raises(ModelFileError, match=r"m\.npz: not a saved neural model"):
        NeuralModel.load(path)


def test_a_file_with_objects_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    np.savez(path, labels=np.asarray([{}]), **{key: np.zeros(of) for key, of in ARRAYS.items()})
    with pytest.raises(ModelFileError, match=r"m\.npz"):
        NeuralModel.load(path)
