"""Features and linear models: the numbers survive saving, and a damaged file is named."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from nlu.core.deviation_model import FIELDS, DeviationModel
from nlu.core.errors import ModelFileError
from nlu.core.features import FILE_NAME, FeatureShape, TextFeatures
from nlu.core.linear_model import LinearModel
from nlu.core.tokens import NorwegianToken, NorwegianTokenizer

TEXTS = [
    "Jeg falt på glatta utenfor skolen",
    "En beboer slo meg i ansiktet",
    "Eg fall på isen ved skulen",
    "Hun fikk feil medisin i går",
    "Medisinskapet sto ulåst hele natta",
    "Feil dose vart gitt til pasienten",
    "Det ble sendt brev til feil person",
    "En e-post med helseopplysninger gikk til feil mottaker",
    "Noen har snoket i journalen",
    "Olje renner ut i bekken bak verkstedet",
    "Det ligger malingsrester i elva",
    "Avfall er dumpet i skogen",
]
ROWS = [
    {"category": category, "subtype": subtype, "severity": severity, "kind": kind}
    for category, subtype, severity, kind in [
        ("hms", "fall", "middels", "deviation"),
        ("hms", "vold", "hoy", "deviation"),
        ("hms", "fall", "lav", "improvement"),
        ("tjeneste", "legemiddel", "hoy", "deviation"),
        ("tjeneste", "rutine", "middels", "deviation"),
        ("tjeneste", "legemiddel", "hoy", "deviation"),
        ("personvern", "feilsendt", "middels", "deviation"),
        ("personvern", "feilsendt", "hoy", "deviation"),
        ("personvern", "rutine", "hoy", "deviation"),
        ("miljo", "utslipp", "hoy", "deviation"),
        ("miljo", "utslipp", "middels", "deviation"),
        ("miljo", "avfall", "lav", "improvement"),
    ]
]
CATEGORIES = {"hms", "tjeneste", "personvern", "miljo"}


@pytest.fixture(scope="module")
def messages(tokenize: NorwegianTokenizer) -> list[list[NorwegianToken]]:
    return [tokenize(text) for text in TEXTS]


@pytest.fixture(scope="module")
def features(messages: list[list[NorwegianToken]]) -> TextFeatures:
    fitted = TextFeatures(FeatureShape(min_documents=1))
    fitted.fit(messages)
    return fitted


@pytest.fixture(scope="module")
def matrix(features: TextFeatures, messages: list[list[NorwegianToken]]) -> csr_matrix:
    return features.transform(messages)


@pytest.fixture(scope="module")
def deviations(matrix: csr_matrix) -> DeviationModel:
    return DeviationModel.fit(matrix, ROWS)


def test_features_are_one_float32_row_a_message(matrix: csr_matrix) -> None:
    assert matrix.shape[0] == len(TEXTS)
    assert matrix.dtype == np.float32
    assert matrix.getnnz(axis=1).min() > 10


def test_features_after_loading_are_the_same(tmp_path: Path, features, messages) -> None:
    features.save(tmp_path)
    loaded = TextFeatures.load(tmp_path)
    assert loaded.shape == features.shape
    np.testing.assert_allclose(
        loaded.transform(messages).toarray(), features.transform(messages).toarray(), atol=1e-5
    )


def test_word_pairs_are_features_of_their_own(features: TextFeatures, tokenize: NorwegianTokenizer) -> None:
    forwards, backwards = (features.transform([tokenize(text)]) for text in ("feil medisin", "medisin feil"))
    assert forwards.nnz == backwards.nnz + 1


def test_a_word_pair_is_not_the_compound_of_its_words(tokenize: NorwegianTokenizer) -> None:
    fitted = TextFeatures(FeatureShape(min_documents=1))
    fitted.fit([tokenize("feil medisin")])
    words = fitted.transform([tokenize("feilmedisin")])[:, :3]  # feil, medisin, and the pair
    assert fitted.transform([tokenize("feil medisin")])[:, :3].nnz == 3
    assert words.nnz == 0


@pytest.mark.parametrize("text", ["🔥🔥", "привет", "§¤", ""])
def test_unknown_characters_are_a_row_of_zeros(
    features: TextFeatures, tokenize: NorwegianTokenizer, text: str
) -> None:
    row = features.transform([tokenize(text)])
    assert row.shape[0] == 1
    assert row.nnz == 0


def test_a_huge_message_costs_no_more_than_its_first_words(features: TextFeatures, tokenize) -> None:
    first, more = (features.transform([tokenize("feil medisin " * times)]) for times in (750, 5000))
    assert (first != more).nnz == 0


def _damaged_tables(good: bytes) -> dict[str, bytes | None]:
    content = json.loads(good)
    shorter = {**content, "words": {**content["words"], "idf": content["words"]["idf"][:-1]}}
    without = {key: value for key, value in content.items() if key != "chars"}
    return {
        "missing": None,
        "empty": b"",
        "cut off": good[: len(good) // 2],
        "no JSON": b"\x00\xff\xfe",
        "list": b"[]",
        "null": b"null",
        "without a table": json.dumps(without).encode(),
        "lengths differ": json.dumps(shorter).encode(),
    }


@pytest.mark.parametrize(
    "damage",
    ["missing", "empty", "cut off", "no JSON", "list", "null", "without a table", "lengths differ"],
)
def test_a_damaged_feature_table_is_named(tmp_path: Path, features: TextFeatures, damage: str) -> None:
    features.save(tmp_path)
    path = tmp_path / FILE_NAME
    content = _damaged_tables(path.read_bytes())[damage]
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"features\.json") as caught:
        TextFeatures.load(tmp_path)
    assert caught.value.path == path


LABELS = [row["category"] for row in ROWS]
BINARY = [row["kind"] for row in ROWS]


@pytest.mark.parametrize("labels", [LABELS, BINARY], ids=["four labels", "two labels"])
def test_probabilities_are_positive_and_sum_to_one(matrix: csr_matrix, labels: list[str]) -> None:
    model = LinearModel.fit(matrix, labels)
    chances = model.probabilities(matrix)
    assert chances.shape == (len(TEXTS), len(set(labels)))
    assert (chances >= 0).all()
    np.testing.assert_allclose(chances.sum(axis=1), 1.0, atol=1e-9)
    assert [model.labels[i] for i in chances.argmax(axis=1)] == labels


@pytest.mark.parametrize("labels", [LABELS, BINARY], ids=["four labels", "two labels"])
def test_probabilities_are_those_of_logistic_regression(matrix: csr_matrix, labels: list[str]) -> None:
    from sklearn.linear_model import LogisticRegression

    reference = LogisticRegression(C=20.0, max_iter=60, tol=1e-3).fit(matrix, labels)
    np.testing.assert_allclose(
        LinearModel.fit(matrix, labels).probabilities(matrix), reference.predict_proba(matrix), atol=1e-4
    )


def test_balancing_helps_the_rare_label(matrix: csr_matrix) -> None:
    rare = [
        LinearModel.fit(matrix, BINARY, inverse_regularisation=0.1, balanced=balanced)
        .probabilities(matrix)[:, 1]
        .mean()
        for balanced in (False, True)
    ]
    assert rare[1] > rare[0] + 0.1


def test_a_row_of_zeros_still_gets_probabilities(matrix: csr_matrix) -> None:
    chances = LinearModel.fit(matrix, LABELS).probabilities(
        csr_matrix((1, matrix.shape[1]), dtype=np.float32)
    )
    np.testing.assert_allclose(chances.sum(), 1.0)


def test_large_scores_do_not_overflow() -> None:
    weights = np.asarray([[1000.0, -1000.0]], dtype=np.float32)
    model = LinearModel(["a", "b"], weights, np.zeros(2, dtype=np.float32))
    np.testing.assert_allclose(model.probabilities(csr_matrix([[10.0]])), [[1.0, 0.0]])


@pytest.mark.parametrize("labels", [LABELS, BINARY], ids=["four labels", "two labels"])
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


def test_the_sub_type_is_always_one_of_its_category(deviations: DeviationModel, matrix: csr_matrix) -> None:
    allowed = {category: {r["subtype"] for r in ROWS if r["category"] == category} for category in CATEGORIES}
    noise = np.random.default_rng(3).random((40, matrix.shape[1])).astype(np.float32)
    for row in [*noise, np.zeros(matrix.shape[1], np.float32)]:
        for choice in deviations.assess(csr_matrix(row)).categories:
            assert choice.subtype in allowed[choice.name]


def test_a_deviation_model_after_loading_says_the_same(tmp_path: Path, deviations, matrix) -> None:
    deviations.save(tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == set(FIELDS)
    loaded = DeviationModel.load(tmp_path)
    for index in range(len(TEXTS)):
        assert loaded.assess(matrix[index]) == deviations.assess(matrix[index])


def test_an_assessment_is_plain_json(deviations: DeviationModel, matrix: csr_matrix) -> None:
    content = deviations.assess(matrix[0]).as_json()
    assert json.loads(json.dumps(content)) == content
    assert set(content) == {"categories", "severity", "kind"}
    assert set(content["categories"][0]) == {"name", "confidence", "subtype"}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_each_part_of_a_deviation_model_is_needed(
    tmp_path: Path, deviations, field: str, damage: str
) -> None:
    deviations.save(tmp_path)
    path = tmp_path / f"{field}.npz"
    path.unlink() if damage == "missing" else path.write_bytes(b"PK broken")
    with pytest.raises(ModelFileError) as caught:
        DeviationModel.load(tmp_path)
    assert caught.value.path == path


@pytest.mark.parametrize(("into", "source"), [("subtype", "kind"), ("category", "severity")])
def test_parts_that_do_not_belong_together_are_refused(tmp_path: Path, deviations, into, source) -> None:
    deviations.save(tmp_path)
    (tmp_path / f"{into}.npz").write_bytes((tmp_path / f"{source}.npz").read_bytes())
    with pytest.raises(ModelFileError, match=into):
        DeviationModel.load(tmp_path)
