"""FAISS against plain numpy: the port's promises hold for the adapter."""

from pathlib import Path

import numpy as np
import pytest

from knowledge.encoder import Vectors
from knowledge.errors import IndexUnavailableError
from knowledge.vector_index import FLAT_UP_TO, FaissVectorIndex

DIMENSION = 16
TOLERANCE = 1e-5
LARGE = 20_000  # enough for clusters of which only some are searched


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


def clustered(vectors: Vectors) -> FaissVectorIndex:
    return FaissVectorIndex.of(vectors, flat_up_to=0)


def test_clusters_find_nearly_all_of_what_brute_force_finds() -> None:
    vectors = unit_vectors(LARGE, seed=1)
    index = clustered(vectors)
    queries = vectors[:100] + 0.1 * unit_vectors(100, seed=2)
    found = [
        len(set(index.nearest(query, 10).tolist()) & set(np.argsort(-(vectors @ query))[:10].tolist())) / 10
        for query in queries
    ]
    assert np.mean(found) > 0.9


def test_clusters_return_each_row_once_nearest_first_and_never_a_gap() -> None:
    vectors = unit_vectors(LARGE, seed=1)
    query = unit_vectors(1, seed=2)[0]
    rows = clustered(vectors).nearest(query, LARGE)
    assert 0 < len(rows) < LARGE  # some clusters were not searched
    assert len(set(rows.tolist())) == len(rows)
    assert rows.min() >= 0
    assert np.all(np.diff(vectors[rows] @ query) <= TOLERANCE)


def test_clusters_keep_every_vector_through_saving_and_loading(tmp_path: Path) -> None:
    vectors = unit_vectors(2_000, seed=1)
    index = clustered(vectors)
    index.save(tmp_path / "vectors.faiss")
    loaded = FaissVectorIndex.load(tmp_path / "vectors.faiss")
    query = unit_vectors(1, seed=3)[0]
    rows = np.array([1_999, 0, 7, 7], dtype=np.int64)
    assert (len(loaded), loaded.dimension) == (2_000, DIMENSION)
    for each in (index, loaded):
        np.testing.assert_array_equal(each.vectors(), vectors)
        np.testing.assert_allclose(each.similarities(query, rows), vectors[rows] @ query, atol=TOLERANCE)
    np.testing.assert_array_equal(loaded.nearest(query, 100), index.nearest(query, 100))


@pytest.mark.parametrize("count", [1, 3, 50])
def test_clusters_of_few_vectors_find_them_all(count: int) -> None:
    vectors = unit_vectors(count, seed=1)
    assert set(clustered(vectors).nearest(vectors[0], 1_000).tolist()) == set(range(count))


def test_the_kind_follows_the_number_of_vectors() -> None:
    vectors, query = unit_vectors(LARGE, seed=1), unit_vectors(1, seed=2)[0]
    at_the_limit = FaissVectorIndex.of(vectors, flat_up_to=LARGE)
    above = FaissVectorIndex.of(vectors, flat_up_to=LARGE - 1)
    assert len(at_the_limit.nearest(query, LARGE)) == LARGE
    assert len(above.nearest(query, LARGE)) < LARGE
    assert FLAT_UP_TO >= 10_000  # a municipality's index misses nothing
