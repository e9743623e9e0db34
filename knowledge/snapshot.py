"""One version of the index in memory, laid out for scoring."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge.chunk import CHUNK_ADAPTER, Chunk
from knowledge.documents import Document, read_documents
from knowledge.encoder import Encoder
from knowledge.errors import IndexUnavailableError
from knowledge.index_files import CHUNKS_FILE, VECTORS_FILE, read_json_lines
from knowledge.lexical_index import LexicalIndex, count_units, lemmas, sum_counts
from knowledge.manifest import Manifest, check_encoder, check_files, read_manifest
from knowledge.vector_index import FaissVectorIndex, Rows, VectorIndex

Mask = npt.NDArray[np.bool_]


class IndexSnapshot:
    """One index version in memory; never changed after it is made.

    Attributes:
        documents: in the order of their chunks; a document's position in this list is its number.
        document_of_row: number of the document of each chunk row, rising, int64 of shape (chunks,).
        first_row: row of each document's first chunk and, last, the number of chunks; (documents + 1,).
        is_passage, is_title, is_question: what each chunk is, bool of shape (chunks,).
        spelling_of_passages: rows are those chunks that are passages, in their order; see `passage_rows`.
        spelling_of_documents, words_of_documents, spelling_of_titles: a row per document.
    """

    def __init__(self, documents: dict[str, Document], chunks: list[Chunk], vectors: VectorIndex) -> None:
        """Lay out chunks that stand together by document.

        Raises:
            ValueError: the chunks of a document are parted by those of another, or it has none.
        """
        self.chunks = chunks
        self.vectors = vectors
        ids = list(dict.fromkeys(chunk.document_id for chunk in chunks))
        self.documents = [documents[document_id] for document_id in ids]
        number = {document_id: i for i, document_id in enumerate(ids)}
        self.document_of_row = np.array([number[chunk.document_id] for chunk in chunks], dtype=np.int64)
        if len(ids) != len(documents) or (np.diff(self.document_of_row) < 0).any():
            raise ValueError("chunks must stand together by document, and each document needs some")
        self.first_row = np.searchsorted(self.document_of_row, np.arange(len(ids) + 1))
        self.is_passage = self._kind("section")
        self.is_title = self._kind("title")
        self.is_question = self._kind("question")
        self.passage_rows: Rows = np.flatnonzero(self.is_passage)
        texts = ["" if chunk.kind == "question" else chunk.text for chunk in chunks]
        counts = count_units(texts)
        groups = [int(i) for i in self.document_of_row]
        titles = np.where(self.is_title)[0]
        self.spelling_of_passages = LexicalIndex(counts[self.passage_rows])
        self.spelling_of_documents = LexicalIndex(sum_counts(counts, groups, len(ids)))
        self.words_of_documents = LexicalIndex(
            sum_counts(count_units(texts, lemmas), groups, len(ids)), lemmas
        )
        self.spelling_of_titles = LexicalIndex(
            sum_counts(counts[titles], [groups[row] for row in titles], len(ids))
        )

    def rows_of(self, document: int) -> Rows:
        """Return the chunk rows of a document that are passages."""
        rows = np.arange(self.first_row[document], self.first_row[document + 1])
        passages: Rows = rows[self.is_passage[rows]]
        return passages

    def _kind(self, kind: str) -> Mask:
        return np.array([chunk.kind == kind for chunk in self.chunks], dtype=np.bool_)


def open_index(version_dir: Path, encoder: Encoder) -> IndexSnapshot:
    """Read and check one index version.

    Raises:
        IndexUnavailableError: a file is missing, damaged or does not fit the others.
        IndexMismatchError: it was built with another encoder or in another format.
    """
    return open_with_manifest(version_dir, encoder)[0]


def open_with_manifest(version_dir: Path, encoder: Encoder) -> tuple[IndexSnapshot, Manifest]:
    """As `open_index`, with what the version was made of."""
    manifest = read_manifest(version_dir)
    check_encoder(manifest, encoder)
    check_files(manifest, version_dir)
    chunks = read_json_lines(version_dir / CHUNKS_FILE, CHUNK_ADAPTER)
    vectors = FaissVectorIndex.load(version_dir / VECTORS_FILE)
    if not (len(chunks) == len(vectors) == manifest.chunk_count and vectors.dimension == manifest.dimension):
        raise IndexUnavailableError(version_dir / VECTORS_FILE, "the vectors do not fit the chunks")
    try:
        return IndexSnapshot(read_documents(version_dir), chunks, vectors), manifest
    except (KeyError, ValueError) as exc:
        raise IndexUnavailableError(version_dir / CHUNKS_FILE, "the chunks do not fit the documents") from exc
