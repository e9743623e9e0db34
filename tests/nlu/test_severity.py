"""The step of severity is where the mean of the probabilities lies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from small_reports import ROWS

from nlu.core.errors import ModelFileError
from nlu.core.linear_model import LinearModel
from nlu.core.severity import DEFAULT_CUTS, SEVERITIES, Cuts, SeverityModel

ANY_ROW = csr_matrix((1, 2), dtype=np.float32)
LABELS = [row["severity"] for row in ROWS]


def saying(cuts: Cuts = DEFAULT_CUTS, **chances: float) -> SeverityModel:
    """Return a model that says the same of every report."""
    bias = np.log(np.asarray(list(chances.values())))
    return SeverityModel(LinearModel(list(chances), np.zeros((2, len(chances))), bias), cuts)


@pytest.mark.parametrize(("step", "name"), enumerate(["lav", "middels", "hoy", "kritisk"]))
def test_a_sure_model_is_followed(step: int, name: str) -> None:
    others = {other: 0.001 for other in SEVERITIES if other != name}
    model = saying(**others, **{name: 0.997})
    assert model.choose(ANY_ROW) == (name, pytest.approx(0.997))
    assert model.expected(ANY_ROW).shape == (1,)
    assert model.expected(ANY_ROW)[0] == pytest.approx(step, abs=0.01)


def test_the_mean_decides_and_not_the_likeliest() -> None:
    model = saying(hoy=0.25, kritisk=0.34, lav=0.4, middels=0.01)
    assert model.expected(ANY_ROW)[0] == pytest.approx(0.01 + 0.5 + 1.02)
    assert model.choose(ANY_ROW) == ("hoy", pytest.approx(0.25))


@pytest.mark.parametrize(
    ("cuts", "name"),
    [
        ((0.5, 1.5, 2.5), "middels"),
        ((1.3, 1.5, 2.5), "lav"),
        ((0.5, 1.1, 2.5), "hoy"),
        ((0.1, 0.2, 1.1), "kritisk"),
    ],
)
def test_the_cuts_part_the_steps(cuts: Cuts, name: str) -> None:
    assert saying(cuts, hoy=0.3, kritisk=0.1, lav=0.3, middels=0.3).choose(ANY_ROW)[0] == name


def test_a_step_between_those_that_were_taught_is_unsure() -> None:
    assert saying(kritisk=0.4, lav=0.6).choose(ANY_ROW) == ("middels", 0.0)


def test_rows_are_judged_alone(matrix: csr_matrix) -> None:
    model = SeverityModel.fit(matrix, LABELS, DEFAULT_CUTS)
    expected = model.expected(matrix)
    assert expected.shape == (len(LABELS),)
    assert ((expected >= 0) & (expected <= 3)).all()
    for index, label in enumerate(LABELS):
        assert model.expected(matrix[index])[0] == pytest.approx(expected[index])
        assert model.choose(matrix[index])[0] == label


def test_a_severity_model_after_loading_says_the_same(tmp_path: Path, matrix: csr_matrix) -> None:
    model = SeverityModel.fit(matrix, LABELS, DEFAULT_CUTS)
    model.save(tmp_path / "severity.npz")
    loaded = SeverityModel.load(tmp_path / "severity.npz", DEFAULT_CUTS)
    np.testing.assert_allclose(loaded.expected(matrix), model.expected(matrix))
    with_other_cuts = SeverityModel.load(tmp_path / "severity.npz", (-3.0, -2.0, -1.0))
    assert with_other_cuts.choose(matrix[0])[0] == "kritisk"


def test_the_same_rows_give_the_same_model(tmp_path: Path, matrix: csr_matrix) -> None:
    for name in ("one.npz", "other.npz"):
        SeverityModel.fit(matrix, LABELS, DEFAULT_CUTS).save(tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()


def test_a_model_of_other_labels_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "severity.npz"
    LinearModel(["deviation", "lav"], np.zeros((1, 2)), np.zeros(2)).save(path)
    with pytest.raises(ModelFileError, match=r"severity\.npz: labels are not among lav, middels"):
        SeverityModel.load(path, DEFAULT_CUTS)


@pytest.mark.parametrize("content", [None, b"", b"PK broken"])
def test_a_missing_or_damaged_file_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "severity.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"severity\.npz: ") as caught:
        SeverityModel.load(path, DEFAULT_CUTS)
    assert caught.value.path == path
