"""Nearest vectors. A municipality has 10^2 to 10^4 chunks, so an exact, flat index is right."""

from pathlib import Path
from typing import Any, Protocol

import faiss
import numpy as np
import numpy.typing as npt

from knowledge.encoder import Vectors
from knowledge.errors import IndexUnavailableError

Rows = npt.NDArray[np.int64]


class VectorIndex(Protocol):
    """Port for an index over unit vectors, numbered from 0 in the order in which they were added."""

    @property
    def dimension(self) -> int: ...

    def __len__(self) -> int: ...

    def nearest(self, query: Vectors, limit: int) -> Rows:
        """Return the rows nearest to a query vector of shape (dimension,), nearest first.

        Returns:
            int64 of shape (min(limit, len(self)),).
        """
        ...

    def similarities(self, query: Vectors, rows: Rows) -> Vectors:
        """Return the inner product of the query and each of the rows; float32 of shape (len(rows),)."""
        ...

    def save(self, path: Path) -> None: ...


class FaissVectorIndex:
    """Adapter for FAISS' IndexFlatIP. Reading is safe from several threads."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def of(cls, vectors: Vectors) -> "FaissVectorIndex":
        """Make an index of float32 vectors of shape (n, dimension)."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

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
        nearest: Rows = rows[0]
        return nearest

    def similarities(self, query: Vectors, rows: Rows) -> Vectors:
        """See `VectorIndex.similarities`."""
        vectors: Vectors = self._index.reconstruct_batch(rows)
        return vectors @ query

    def save(self, path: Path) -> None:
        """Write the index to a file."""
        faiss.write_index(self._index, str(path))
