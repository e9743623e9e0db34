"""Encoding beside reading: while a batch of chunks is encoded, the next documents are parsed."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

import numpy as np

from knowledge.chunk import Chunk
from knowledge.encoder import Encoder, Vectors

_BATCH_SIZE = 256
_MAX_WAITING = 8  # batches; reading waits when the encoder is so far behind


class EncodingQueue:
    """Encodes chunks in the order in which they are added; a context manager, as it has a thread."""

    def __init__(self, encoder: Encoder, on_encoded: Callable[[int, int], None]) -> None:
        """Make an empty queue.

        Args:
            on_encoded: called with the `mark` of the newest chunk that is encoded and chunks encoded so far.
        """
        self._encoder = encoder
        self._on_encoded = on_encoded
        self._batch: list[Chunk] = []
        self._mark = 0
        self._waiting: deque[tuple[Future[Vectors], int]] = deque()
        self._vectors: list[Vectors] = []
        self.encoded = 0
        self._pool = ThreadPoolExecutor(max_workers=1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def add(self, chunks: list[Chunk], mark: int) -> None:
        """Queue chunks; blocks while the encoder is far behind.

        Args:
            mark: how far the caller is, for `on_encoded`.
        """
        self._batch += chunks
        self._mark = mark
        while len(self._batch) >= _BATCH_SIZE:
            self._send(self._batch[:_BATCH_SIZE])
            self._batch = self._batch[_BATCH_SIZE:]

    def vectors(self) -> Vectors:
        """Wait for the rest and return all vectors, float32 of shape (chunks added, dimension)."""
        if self._batch:
            self._send(self._batch)
            self._batch = []
        while self._waiting:
            self._collect()
        empty = np.zeros((0, self._encoder.dimension), dtype=np.float32)
        return np.concatenate([empty, *self._vectors])

    def _send(self, batch: list[Chunk]) -> None:
        self._waiting.append((self._pool.submit(encode_chunks, batch, self._encoder), self._mark))
        while len(self._waiting) > _MAX_WAITING or (self._waiting and self._waiting[0][0].done()):
            self._collect()

    def _collect(self) -> None:
        future, mark = self._waiting.popleft()
        vectors = future.result()
        self._vectors.append(vectors)
        self.encoded += len(vectors)
        self._on_encoded(mark, self.encoded)


def encode_chunks(chunks: list[Chunk], encoder: Encoder) -> Vectors:
    """Encode chunks in their order; questions as queries, for they are compared with queries.

    Returns:
        float32 of shape (len(chunks), encoder.dimension).
    """
    vectors = np.zeros((len(chunks), encoder.dimension), dtype=np.float32)
    for is_question, encode in ((True, encoder.encode_query), (False, encoder.encode_document)):
        rows = [row for row, chunk in enumerate(chunks) if (chunk.kind == "question") is is_question]
        if rows:
            vectors[rows] = encode([chunks[row].text for row in rows])
    return vectors
