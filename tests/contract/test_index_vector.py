"""FAISS against plain numpy: the port's promises hold for the adapter."""

from pathlib import Path

import numpy as np
import pytest

from knowledge.encoder import Vectors
from knowledge.errors import IndexUnavailableError
from knowledge.vector_index import FaissVectorIndex

DIMENSION = 16
TOLERANCE = 1e-5


def unit_vectors(count: int, seed: int) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(count, DIMENSION))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("limit", [1, 5, 300, 1000])
def test_nearest_agrees_with_brute_force(limit: int) -> None:
    vectors = unit_vectors(300, seed=1)
    index = FaissVectorIndex.of(vectors)
    for query in unit_vectors(20, seed=2):
        scores = vectors @ query
        rows = index.nearest(query, limit)
        assert rows.dtype == np.int64
        assert len(rows) == len(set(rows.tolist())) == min(limit, 300)
        np.testing.assert_allclose(scores[rows], np.sort(scores)[::-1][:limit], atol=TOLERANCE)


def test_similarities_agree_with_brute_force() -> None:
    vectors, query = unit_vectors(300, seed=1), unit_vectors(1, seed=3)[0]
    rows = np.array([299, 0, 7, 7], dtype=np.int64)
    found = FaissVectorIndex.of(vectors).similarities(query, rows)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, vectors[rows] @ query, atol=TOLERANCE)


def test_save_and_load_give_the_same_answers(tmp_path: Path) -> None:
    index = FaissVectorIndex.of(unit_vectors(50, seed=1))
    index.save(tmp_path / "vectors.faiss")
    loaded = FaissVectorIndex.load(tmp_path / "vectors.faiss")
    query = unit_vectors(1, seed=2)[0]
    assert (len(loaded), loaded.dimension) == (50, DIMENSION)
    np.testing.assert_array_equal(loaded.nearest(query, 10), index.nearest(query, 10))


def test_empty_index_finds_nothing() -> None:
    index = FaissVectorIndex.of(np.zeros((0, DIMENSION), dtype=np.float32))
    assert index.nearest(unit_vectors(1, seed=1)[0], 5).shape == (0,)


@pytest.mark.parametrize("content", [None, b"", b"not an index"])
def test_unreadable_file_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "vectors.faiss"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(IndexUnavailableError, match=r"vectors\.faiss.*sifra index build"):
        FaissVectorIndex.load(path)
