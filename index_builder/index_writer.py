"""The files of a new index version, written as its documents come in."""

from collections.abc import Set
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from index_builder.chunking import chunker_version
from index_builder.encoding_queue import EncodingQueue
from index_builder.previous_index import ReusedDocument
from index_builder.versions import tool_versions
from knowledge.chunk import CHUNK_ADAPTER, Chunk
from knowledge.documents import DOCUMENT_ADAPTER, Document
from knowledge.encoder import Encoder, Vectors
from knowledge.index_files import CHUNKS_FILE, DOCUMENTS_FILE, VECTORS_FILE, file_sha256
from knowledge.manifest import (
    FORMAT_VERSION,
    DocumentEntry,
    Manifest,
    SkippedEntry,
    SourceEntry,
    write_manifest,
)
from knowledge.vector_index import FaissVectorIndex


class IndexWriter:
    """Writes one version into an empty folder; a context manager, as it holds files open."""

    def __init__(self, folder: Path, queue: EncodingQueue) -> None:
        self._folder = folder
        self._queue = queue
        self._documents_file = (folder / DOCUMENTS_FILE).open("wb")
        self._chunks_file = (folder / CHUNKS_FILE).open("wb")
        self._entries: dict[str, DocumentEntry] = {}
        self._old_rows: list[int] = []  # of each chunk in the old index; -1 for one that is encoded now

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._documents_file.close()
        self._chunks_file.close()

    @property
    def document_ids(self) -> Set[str]:
        """Ids of the documents written so far."""
        return self._entries.keys()

    @property
    def chunk_count(self) -> int:
        """Chunks written so far."""
        return len(self._old_rows)

    def add_new(self, document: Document, chunks: list[Chunk], source: SourceEntry, mark: int) -> None:
        """Write a document and queue its chunks; see `EncodingQueue.add` for the mark."""
        self._documents_file.write(DOCUMENT_ADAPTER.dump_json(document) + b"\n")
        self._chunks_file.writelines(CHUNK_ADAPTER.dump_json(chunk) + b"\n" for chunk in chunks)
        self._old_rows += [-1] * len(chunks)
        self._entries[document.id] = DocumentEntry(source, len(chunks))
        self._queue.add(chunks, mark)

    def add_reused(self, document: ReusedDocument, source: SourceEntry) -> None:
        """Take a document over from the old index."""
        self._documents_file.write(document.document_line)
        self._chunks_file.writelines(document.chunk_lines)
        self._old_rows += document.rows
        self._entries[document.id] = DocumentEntry(source, len(document.rows))

    def finish(
        self,
        encoder: Encoder,
        old_vectors: Vectors | None,
        skipped: tuple[SkippedEntry, ...],
        source_dirs: list[Path],
    ) -> None:
        """Write vectors and manifest.

        Args:
            old_vectors: those that the rows of reused documents mean; None when there is no old index.
        """
        self._documents_file.close()
        self._chunks_file.close()
        vectors = self._all_vectors(self._queue.vectors(), old_vectors)
        FaissVectorIndex.of(vectors).save(self._folder / VECTORS_FILE)
        manifest = Manifest(
            format_version=FORMAT_VERSION,
            encoder_name=encoder.name,
            encoder_fingerprint=encoder.fingerprint,
            dimension=encoder.dimension,
            normalised=True,
            chunk_count=len(vectors),
            documents=self._entries,
            skipped=skipped,
            source_dirs=tuple(str(folder) for folder in source_dirs),
            chunker=chunker_version(),
            files={
                name: file_sha256(self._folder / name) for name in (CHUNKS_FILE, DOCUMENTS_FILE, VECTORS_FILE)
            },
            built_at=datetime.now(UTC),
            tools=tool_versions(),
        )
        write_manifest(self._folder, manifest)

    def _all_vectors(self, new: Vectors, old: Vectors | None) -> Vectors:
        old_rows = np.array(self._old_rows, dtype=np.int64)
        is_new = old_rows < 0
        if old is None:
            return new
        vectors = np.empty((len(old_rows), new.shape[1]), dtype=np.float32)
        vectors[is_new] = new
        vectors[~is_new] = old[old_rows[~is_new]]
        return vectors
