"""The linear model and the assessment of a report: numbers survive saving, and a damaged file is named."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from small_reports import BY_CATEGORY, BY_KIND, CATEGORIES, ROWS, TEXTS

from nlu.core.deviation_model import DeviationModel, DeviationSettings
from nlu.core.ensemble import EnsembleModel, EnsembleSettings
from nlu.core.errors import ModelFileError
from nlu.core.linear_model import LinearModel
from nlu.core.severity import DEFAULT_CUTS

SETTINGS = DeviationSettings(EnsembleSettings(hidden=8, epochs=80))
FILES = ["kind.npz", "severity.npz", "subtypes.linear.npz", "subtypes.neural.npz"]


@pytest.fixture(scope="module")
def deviations(matrix: csr_matrix) -> DeviationModel:
    return DeviationModel.fit(matrix, ROWS, SETTINGS)


# The linear model


@pytest.mark.parametrize("labels", [BY_CATEGORY, BY_KIND], ids=["four labels", "two labels"])
def test_probabilities_are_positive_and_sum_to_one(matrix: csr_matrix, labels: list[str]) -> None:
    model = LinearModel.fit(matrix, labels)
    chances = model.probabilities(matrix)
    assert chances.shape == (len(TEXTS), len(set(labels)))
    assert (chances >= 0).all()
    np.testing.assert_allclose(chances.sum(axis=1), 1.0, atol=1e-9)
    assert [model.labels[i] for i in chances.argmax(axis=1)] == labels


@pytest.mark.parametrize("labels", [BY_CATEGORY, BY_KIND], ids=["four labels", "two labels"])
def test_probabilities_are_those_of_logistic_regression(matrix: csr_matrix, labels: list[str]) -> None:
    from sklearn.linear_model import LogisticRegression

    reference = LogisticRegression(C=20.0, max_iter=60, tol=1e-3).fit(matrix, labels)
    np.testing.assert_allclose(
        LinearModel.fit(matrix, labels).probabilities(matrix), reference.predict_proba(matrix), atol=1e-4
    )


def test_balancing_helps_the_rare_label(matrix: csr_matrix) -> None:
    rare = [
        LinearModel.fit(matrix, BY_KIND, inverse_regularisation=0.1, prior_correction=correction)
        .probabilities(matrix)[:, 1]
        .mean()
        for correction in (0.0, 1.0)
    ]
    assert rare[1] > rare[0] + 0.1


def test_a_row_of_zeros_still_gets_probabilities(matrix: csr_matrix) -> None:
    chances = LinearModel.fit(matrix, BY_CATEGORY).probabilities(
        csr_matrix((1, matrix.shape[1]), dtype=np.float32)
    )
    np.testing.assert_allclose(chances.sum(), 1.0)


def test_large_scores_do_not_overflow() -> None:
    weights = np.asarray([[1000.0, -1000.0]], dtype=np.float32)
    model = LinearModel(["a", "b"], weights, np.zeros(2, dtype=np.float32))
    np.testing.assert_allclose(model.probabilities(csr_matrix([[10.0]])), [[1.0, 0.0]])


@pytest.mark.parametrize("labels", [BY_CATEGORY, BY_KIND], ids=["four labels", "two labels"])
def test_a_linear_model_after_loading_is_the_same(tmp_path: Path, matrix, labels) -> None:
    model = LinearModel.fit(matrix, labels)
    model.save(tmp_path / "m.npz")
    loaded = LinearModel.load(tmp_path / "m.npz")
    assert loaded.labels == model.labels
    assert all(type(label) is str for label in loaded.labels)
    np.testing.assert_allclose(loaded.probabilities(matrix), model.probabilities(matrix))


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"nowhere\.npz"):
        LinearModel.load(tmp_path / "nowhere.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY", b"{}", b"\x80\x04K\x01."])
def test_a_file_of_another_kind_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.npz"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"m\.npz"):
        LinearModel.load(path)


def test_a_plain_array_and_a_pickle_are_no_models(tmp_path: Path) -> None:
    np.save(tmp_path / "plain.npy", np.zeros(3))
    with pytest.raises(ModelFileError):
        LinearModel.load(tmp_path / "plain.npy")
    np.savez(tmp_path / "objects.npz", labels=np.asarray([{}]), weights=np.zeros((1, 1)), bias=np.zeros(1))
    with pytest.raises(ModelFileError):
        LinearModel.load(tmp_path / "objects.npz")


@pytest.mark.parametrize(
    ("weights", "bias"), [((3, 3), (2,)), ((3, 2), (3,)), ((2,), (2,)), ((3, 2, 2), (2,))]
)
def test_arrays_that_do_not_fit_the_labels_are_refused(tmp_path: Path, weights, bias) -> None:
    np.savez(
        tmp_path / "m.npz", labels=np.asarray(["a", "b"]), weights=np.zeros(weights), bias=np.zeros(bias)
    )
    with pytest.raises(ModelFileError, match="2 labels"):
        LinearModel.load(tmp_path / "m.npz")


def test_any_damage_is_a_model_file_error_or_harmless(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    LinearModel(["a", "b"], np.ones((2, 2), np.float32), np.zeros(2, np.float32)).save(path)
    good = path.read_bytes()
    random_of = random.Random(7)
    refused = 0
    for round_of in range(600):
        damaged = bytearray(good)
        if round_of % 3 == 0:
            del damaged[random_of.randrange(len(good)) :]
        else:
            damaged[random_of.randrange(len(good))] = random_of.randrange(256)
        path.write_bytes(damaged)
        try:
            LinearModel.load(path)
        except ModelFileError:
            refused += 1
    assert refused > 300


# The assessment


def test_an_assessment_ranks_all_categories(deviations: DeviationModel, matrix: csr_matrix) -> None:
    for index, row in enumerate(ROWS):
        assessment = deviations.assess(matrix[index])
        chances = [choice.confidence for choice in assessment.categories]
        assert {choice.name for choice in assessment.categories} == CATEGORIES
        assert chances == sorted(chances, reverse=True)
        assert sum(chances) == pytest.approx(1.0)
        best = assessment.categories[0]
        assert (best.name, best.subtype) == (row["category"], row["subtype"])
        assert (assessment.severity.name, assessment.kind.name) == (row["severity"], row["kind"])


def test_a_category_is_the_sum_of_its_sub_types(deviations: DeviationModel, matrix: csr_matrix) -> None:
    subtypes = deviations._subtypes
    row = matrix[0] + matrix[3] + matrix[8]
    chances = dict(zip(subtypes.labels, subtypes.probabilities(row)[0], strict=True))
    for choice in deviations.assess(row).categories:
        own = {label: chance for label, chance in chances.items() if label.startswith(f"{choice.name}/")}
        assert choice.confidence == pytest.approx(sum(own.values()))
        assert f"{choice.name}/{choice.subtype}" == max(own, key=own.__getitem__)
    assert len(chances) == len({(row["category"], row["subtype"]) for row in ROWS})


def test_a_sub_type_of_the_same_name_is_another_in_each_category(deviations, matrix: csr_matrix) -> None:
    """`rutine` is one of tjeneste and one of personvern."""
    named = [deviations.assess(matrix[index]).categories[0] for index in (4, 8)]
    assert [(choice.name, choice.subtype) for choice in named] == [
        ("tjeneste", "rutine"),
        ("personvern", "rutine"),
    ]


def test_the_sub_type_is_always_one_of_its_category(deviations: DeviationModel, matrix: csr_matrix) -> None:
    allowed = {category: {r["subtype"] for r in ROWS if r["category"] == category} for category in CATEGORIES}
    noise = np.random.default_rng(3).random((40, matrix.shape[1])).astype(np.float32)
    for row in [*noise, np.zeros(matrix.shape[1], np.float32)]:
        for choice in deviations.assess(csr_matrix(row)).categories:
            assert choice.subtype in allowed[choice.name]


def test_a_deviation_model_after_loading_says_the_same(tmp_path: Path, deviations, matrix) -> None:
    deviations.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES
    loaded = DeviationModel.load(tmp_path, SETTINGS)
    for index in range(len(TEXTS)):
        assert loaded.assess(matrix[index]) == deviations.assess(matrix[index])


def test_the_same_rows_give_the_same_files(tmp_path: Path, deviations, matrix) -> None:
    for name, model in (("one", deviations), ("other", DeviationModel.fit(matrix, ROWS, SETTINGS))):
        (tmp_path / name).mkdir()
        model.save(tmp_path / name)
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_settings_decide_anew_without_new_training(tmp_path: Path, deviations, matrix) -> None:
    deviations.save(tmp_path)
    sharp = DeviationSettings(EnsembleSettings(sharpness=4.0), cuts=(-3.0, -2.0, -1.0))
    before, after = (
        DeviationModel.load(tmp_path, settings).assess(matrix[0]) for settings in (SETTINGS, sharp)
    )
    assert after.categories[0].confidence > before.categories[0].confidence
    assert (before.severity.name, after.severity.name) == ("middels", "kritisk")


def test_settings_take_what_a_configuration_sets() -> None:
    read = DeviationSettings.from_config({"severity_cuts": [0.2, 1, 2], "hidden": 3, "name": "x"})
    assert read == DeviationSettings(EnsembleSettings(hidden=3), (0.2, 1, 2))
    assert DeviationSettings.from_config({}) == DeviationSettings(EnsembleSettings(), DEFAULT_CUTS)
    with pytest.raises(ValueError, match="unpack"):
        DeviationSettings.from_config({"severity_cuts": [1, 2]})


def test_an_assessment_is_plain_json(deviations: DeviationModel, matrix: csr_matrix) -> None:
    content = deviations.assess(matrix[0]).as_json()
    assert json.loads(json.dumps(content)) == content
    assert set(content) == {"categories", "severity", "kind"}
    assert set(content["categories"][0]) == {"name", "confidence", "subtype"}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_each_part_of_a_deviation_model_is_needed(tmp_path: Path, deviations, name: str, damage: str) -> None:
    deviations.save(tmp_path)
    path = tmp_path / name
    path.unlink() if damage == "missing" else path.write_bytes(b"PK broken")
    with pytest.raises(ModelFileError) as caught:
        DeviationModel.load(tmp_path, SETTINGS)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("into", "source"),
    [
        ("severity.npz", "kind.npz"),
        ("subtypes.neural.npz", "kind.npz"),
        ("subtypes.linear.npz", "severity.npz"),
    ],
)
def test_parts_that_do_not_belong_together_are_refused(tmp_path: Path, deviations, into, source) -> None:
    deviations.save(tmp_path)
    (tmp_path / into).write_bytes((tmp_path / source).read_bytes())
    with pytest.raises(ModelFileError, match=into.split(".")[0]):
        DeviationModel.load(tmp_path, SETTINGS)


def test_sub_types_without_a_category_are_refused(tmp_path: Path, deviations, matrix) -> None:
    deviations.save(tmp_path)
    EnsembleModel.fit(matrix, BY_CATEGORY, EnsembleSettings(hidden=2, epochs=1)).save(tmp_path, "subtypes")
    with pytest.raises(ModelFileError, match=r"subtypes\.linear\.npz: labels are not category/sub-type"):
        DeviationModel.load(tmp_path, SETTINGS)
