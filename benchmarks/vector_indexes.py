"""Kinds of FAISS index, and vectors to try them on; used by `benchmarks/search_index.py`."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from knowledge.encoder import Vectors
from knowledge.vector_index import clustered_index, flat_index

NEAREST = 10
CANDIDATES = 200  # what a question asks the index for, see `knowledge.scoring`
QUERIES = 200
_NOISE = 0.2  # length of what is added to a mixture of two real vectors
_MEGABYTE = 1e6
_LOAD = """
import sys, faiss, psutil
before = psutil.Process().memory_info().rss
index = faiss.read_index(sys.argv[1])
print(psutil.Process().memory_info().rss - before)
"""


@dataclass(frozen=True)
class Measured:
    """One kind of index at one size."""

    size: int
    kind: str
    build_s: float
    p50_ms: float
    p95_ms: float
    candidates_p50_ms: float
    recall: float
    memory_mb: float
    file_mb: float


def mixtures(real: Vectors, count: int, rng: np.random.Generator) -> Vectors:
    """Make unit vectors like some real ones: two of them, weighed at random, plus noise in all directions."""
    made = np.empty((count, real.shape[1]), dtype=np.float32)
    for start in range(0, count, 100_000):
        part = made[start : start + 100_000]
        weights = rng.uniform(0.5, 1, size=(len(part), 1)).astype(np.float32)
        first, second = (real[rng.integers(len(real), size=len(part))] for _ in range(2))
        part[:] = weights * first + (1 - weights) * second
        part += rng.standard_normal(part.shape, dtype=np.float32) * np.float32(
            _NOISE / math.sqrt(real.shape[1])
        )
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return made


def nearest_cosine(queries: Vectors, vectors: Vectors) -> float:
    """Return the median cosine of a query and the vector nearest to it."""
    return float(np.median(flat_index(vectors).search(queries, 1)[0]))


def hnsw_index(vectors: Vectors) -> Any:
    """Make a graph index: 16 neighbours, 40 looked at to build and 128 to search, or it takes too long."""
    index = faiss.IndexHNSWFlat(vectors.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction, index.hnsw.efSearch = 40, 128
    index.add(vectors)
    return index


def quantised_index(vectors: Vectors) -> Any:
    """Make an index of as many clusters as ours that keeps 64 bytes of a vector."""
    clusters = max(min(int(4 * math.sqrt(len(vectors))), len(vectors) // 40), 1)
    # "np": without ordering the codes for a filter that is not used, which alone takes minutes.
    index: Any = faiss.index_factory(vectors.shape[1], f"IVF{clusters},PQ64np", faiss.METRIC_INNER_PRODUCT)
    index.cp.max_points_per_centroid = 40
    index.pq.cp.min_points_per_centroid = 1
    index.train(vectors)
    index.add(vectors)
    index.nprobe = min(max(clusters // 4, 16), clusters)
    return index


KINDS: dict[str, Callable[[Vectors], Any]] = {
    "Flat": flat_index,
    "IVF": clustered_index,
    "IVF-PQ": quantised_index,
    "HNSW": hnsw_index,
}


def measure(kind: str, vectors: Vectors, queries: Vectors, nearest: Vectors, folder: Path) -> Measured:
    """Build an index, save it and ask it.

    Args:
        nearest: the rows that comparing all vectors finds, shape (queries, NEAREST).
    """
    began = time.perf_counter()
    index = KINDS[kind](vectors)
    build_s = time.perf_counter() - began
    path = folder / "vectors.faiss"
    faiss.write_index(index, str(path))
    memory_mb = _loaded_mb(path)
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    times, found = _ask(index, queries, NEAREST)
    candidate_times, _ = _ask(index, queries, CANDIDATES)
    faiss.omp_set_num_threads(threads)
    recall = np.mean([len(set(a) & set(b)) / len(b) for a, b in zip(found, nearest.tolist(), strict=True)])
    p50, p95 = np.percentile(times, [50, 95]) * 1000
    return Measured(
        len(vectors), kind, build_s, float(p50), float(p95), float(np.median(candidate_times)) * 1000,
        float(recall), memory_mb, path.stat().st_size / _MEGABYTE,
    )  # fmt: skip


def _loaded_mb(path: Path) -> float:
    """See how much a fresh process grows by loading an index: in this one, freed memory is used again."""
    answer = subprocess.run(
        [sys.executable, "-c", _LOAD, str(path)], capture_output=True, text=True, check=True
    )
    return int(answer.stdout) / _MEGABYTE


def _ask(index: Any, queries: Vectors, limit: int) -> tuple[list[float], list[list[int]]]:
    times, found = [], []
    for query in queries:
        began = time.perf_counter()
        _, rows = index.search(query[np.newaxis, :], limit)
        times.append(time.perf_counter() - began)
        found.append(rows[0].tolist())
    return times, found
