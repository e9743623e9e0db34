"""Nearest vectors: an index of usual size compares all of them, a large one those of likely clusters."""

import math
from pathlib import Path
from typing import Any, Protocol

import faiss
import numpy as np
import numpy.typing as npt

from knowledge.encoder import Vectors
from knowledge.errors import IndexUnavailableError

Rows = npt.NDArray[np.int64]

# The largest index in which every vector is compared; a municipality has 10^2 to 10^4 chunks. Measured by
# `make bench-search` (docs/measurements.md, "Search at size"): 4 ms at 10^5, less than the rest,
# but 46 ms at 10^6. Clusters keep the vectors as they are, so that an update can take them over; product
# quantisation does not, and a graph (HNSW) misses more of the nearest.
FLAT_UP_TO = 100_000
_CLUSTERS_PER_ROOT = 4  # the FAISS guide says 4 to 16 times the square root of the number of vectors
_VECTORS_PER_CLUSTER = 40  # to train with; FAISS wants 39, and more take time only
# Of the clusters. Where vectors hardly cluster, 1/16 finds 0.76 of the nearest ten, this 0.96.
_SEARCHED_SHARE = 1 / 4
_MIN_SEARCHED = 16


class VectorIndex(Protocol):
    """Port for an index over unit vectors, numbered from 0 in the order in which they were added."""

    @property
    def dimension(self) -> int: ...

    def __len__(self) -> int: ...

    def nearest(self, query: Vectors, limit: int) -> Rows:
        """Return the rows nearest to a query vector of shape (dimension,), nearest first.

        Returns:
            int64 of shape (min(limit, len(self)),), no row twice. A large index may miss some, more of them
            the further from the query they are, and may return fewer.
        """
        ...

    def similarities(self, query: Vectors, rows: Rows) -> Vectors:
        """Return the inner product of the query and each of the rows; float32 of shape (len(rows),)."""
        ...

    def save(self, path: Path) -> None: ...


class FaissVectorIndex:
    """Adapter for FAISS. Reading is safe from several threads."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def of(cls, vectors: Vectors, *, flat_up_to: int = FLAT_UP_TO) -> "FaissVectorIndex":
        """Make an index of float32 vectors of shape (n, dimension), of the kind that suits their number."""
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        return cls(flat_index(vectors) if len(vectors) <= flat_up_to else clustered_index(vectors))

    @classmethod
    def load(cls, path: Path) -> "FaissVectorIndex":
        """Read a saved index.

        Raises:
            IndexUnavailableError: the file is missing or is no FAISS index.
        """
        try:
            return cls(faiss.read_index(str(path)))
        except RuntimeError as exc:
            raise IndexUnavailableError(path, "the file is missing or damaged") from exc

    @property
    def dimension(self) -> int:
        return int(self._index.d)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def nearest(self, query: Vectors, limit: int) -> Rows:
        """See `VectorIndex.nearest`."""
        count = min(limit, len(self))
        if count < 1:
            return np.zeros(0, dtype=np.int64)
        _, rows = self._index.search(query[np.newaxis, :], count)
        nearest: Rows = rows[0][rows[0] >= 0]  # -1: the clusters that were searched hold fewer
        return nearest

    def similarities(self, query: Vectors, rows: Rows) -> Vectors:
        """See `VectorIndex.similarities`."""
        vectors: Vectors = self._index.reconstruct_batch(rows)
        return vectors @ query

    def vectors(self) -> Vectors:
        """Return a copy of all vectors, float32 of shape (n, dimension), in the order of their rows."""
        vectors: Vectors = self._index.reconstruct_n(0, len(self))
        return vectors

    def save(self, path: Path) -> None:
        """Write the index to a file."""
        faiss.write_index(self._index, str(path))


def flat_index(vectors: Vectors) -> Any:
    """Make a FAISS index that compares a query with every vector."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    return index


def clustered_index(vectors: Vectors) -> Any:
    """Make a FAISS index (IVF) that compares a query with the vectors of the nearest clusters.

    The vectors are kept as they are and can be read by their rows, also after saving and loading.
    """
    count, dimension = vectors.shape
    clusters = max(min(int(_CLUSTERS_PER_ROOT * math.sqrt(count)), count // _VECTORS_PER_CLUSTER), 1)
    index: Any = faiss.index_factory(dimension, f"IVF{clusters},Flat", faiss.METRIC_INNER_PRODUCT)
    index.cp.max_points_per_centroid = _VECTORS_PER_CLUSTER
    index.train(vectors)
    index.add(vectors)
    index.make_direct_map()  # row -> where its vector is
    index.nprobe = min(max(int(clusters * _SEARCHED_SHARE), _MIN_SEARCHED), clusters)
    return index
