"""The routine that answers a question: likeness of meaning (vectors) and of spelling, added up."""

import logging
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge.chunk import CHUNK_ADAPTER, Chunk
from knowledge.documents import Document, Section, read_documents
from knowledge.encoder import Encoder, Vectors
from knowledge.errors import IndexUnavailableError
from knowledge.index_files import CHUNKS_FILE, VECTORS_FILE, CurrentVersion, read_json_lines
from knowledge.lexical_index import LexicalIndex, top_rows
from knowledge.manifest import Manifest, check_encoder, check_files, read_manifest
from knowledge.sentence_transformer_encoder import load_encoder
from knowledge.vector_index import FaissVectorIndex, Rows, VectorIndex

# Lowest score that counts as an answer. It belongs to the embedded encoder; see MODEL_CARD.md for how it was
# measured and what it costs on either side.
ANSWER_THRESHOLD = 0.20
# A shared routine must be this much nearer than a local one to come first.
LOCAL_PREFERENCE = 0.03
# Another section must be this much nearer than the one with the numbered steps to be shown instead of it;
# with less, the statement of purpose is shown too often.
STEPS_PREFERENCE = 0.15
# Share of the meaning in a score; the spelling has the rest.
DENSE_WEIGHT = 0.6
# An owner's example question is like other questions by its form ("Who do I ring when ..."), so it counts
# only from this likeness on, and then for less than a section. Sample routines, each question asked while
# left out of the index: recall@1 0.45 when it counts in full, 0.73 like this, 0.74 without any.
QUESTION_FLOOR = 0.5
QUESTION_WEIGHT = 0.55
# Candidates from each of the two rankings: all there is in a small municipality.
_CANDIDATES = 1000
_MAX_QUERY_CHARS = 500

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hit:
    """A section that may answer, with what is needed to cite it.

    Attributes:
        score: weighted mean of the cosine of the vectors and that of the spelling, in [-1, 1].
        passage: plain text of the section.
        anchor: id of the heading on the routine page, "" for the top.
    """

    score: float
    document: Document
    section: Section

    @property
    def document_id(self) -> str:
        return self.document.id

    @property
    def title(self) -> str:
        return self.document.title

    @property
    def heading(self) -> str:
        return self.section.heading

    @property
    def anchor(self) -> str:
        return self.section.anchor

    @property
    def passage(self) -> str:
        return self.section.passage


class IndexSnapshot:
    """One index version in memory; never changed after it is made."""

    def __init__(
        self,
        manifest: Manifest,
        documents: dict[str, Document],
        chunks: list[Chunk],
        vectors: VectorIndex,
    ) -> None:
        self.manifest = manifest
        self.documents = documents
        self.chunks = chunks
        self.vectors = vectors
        self.lexical = LexicalIndex([chunk.text for chunk in chunks])
        self.is_question = np.array([chunk.kind == "question" for chunk in chunks])
        self.section_rows: dict[str, list[int]] = {doc_id: [] for doc_id in documents}
        for row, chunk in enumerate(chunks):
            if chunk.section is not None:
                self.section_rows[chunk.document_id].append(row)


def open_index(version_dir: Path, encoder: Encoder) -> IndexSnapshot:
    """Read and check one index version.

    Raises:
        IndexUnavailableError: a file is missing, damaged or does not fit the others.
        IndexMismatchError: it was built with another encoder or in another format.
    """
    manifest = read_manifest(version_dir)
    check_encoder(manifest, encoder)
    check_files(manifest, version_dir)
    chunks = read_json_lines(version_dir / CHUNKS_FILE, CHUNK_ADAPTER)
    vectors = FaissVectorIndex.load(version_dir / VECTORS_FILE)
    if not (len(chunks) == len(vectors) == manifest.chunk_count and vectors.dimension == manifest.dimension):
        raise IndexUnavailableError(version_dir / VECTORS_FILE, "the vectors do not fit the chunks")
    return IndexSnapshot(manifest, read_documents(version_dir), chunks, vectors)


class RoutineSearch:
    """Search in the live index. Share one between threads."""

    def __init__(
        self, index_dir: Path, encoder_name_or_path: str, *, answer_threshold: float = ANSWER_THRESHOLD
    ) -> None:
        """Load the encoder; the index is read at the first question.

        Raises:
            EncoderUnavailableError: the model cannot be loaded.
        """
        self._encoder = load_encoder(encoder_name_or_path)
        self._answer_threshold = answer_threshold
        self._index = CurrentVersion(index_dir, lambda version: open_index(version, self._encoder))

    def search(self, query: str, limit: int = 5) -> list[Hit]:
        """Find the routine sections nearest to a question.

        Args:
            query: any text; what comes after 500 characters is not read.
            limit: hits wanted, at least 1.
        Returns:
            First the best section of each document, then further sections where there are too few
            documents; within each group by falling score (local documents with a head start), ties by
            document id. No section comes twice. Empty for a query without letters and digits.
        Raises:
            IndexUnavailableError: there is no whole index.
            IndexMismatchError: the index was built with another encoder.
        """
        text = unicodedata.normalize("NFC", query).strip()[:_MAX_QUERY_CHARS]
        index = self._index.get()
        if not any(c.isalnum() for c in text):
            return []
        question = _Question(index, text, self._encoder.encode_query([text])[0])
        ranked = question.ranked_documents()[:limit]
        hits = [question.best_hit(document_id, score) for document_id, score in ranked]
        if len(hits) < limit:
            hits += question.further_hits(hits)[: limit - len(hits)]
        _log.debug("search chars=%d hits=%d", len(text), len(hits))
        return hits

    def answer(self, query: str) -> Hit | None:
        """Return the best hit when it is near enough to be an answer, else None.

        Raises:
            IndexUnavailableError: there is no whole index.
            IndexMismatchError: the index was built with another encoder.
        """
        hits = self.search(query, limit=1)
        return hits[0] if hits and hits[0].score >= self._answer_threshold else None


class _Question:
    """The scores of one question against one snapshot."""

    def __init__(self, index: IndexSnapshot, text: str, vector: Vectors) -> None:
        self._index = index
        self._vector = vector
        self._lexical = index.lexical.similarities(text)

    def ranked_documents(self) -> list[tuple[str, float]]:
        """Return documents with the score of their best chunk, best first."""
        rows = np.union1d(
            self._index.vectors.nearest(self._vector, _CANDIDATES), top_rows(self._lexical, _CANDIDATES)
        )
        best: dict[str, float] = {}
        for row, score in zip(rows, self._scores(rows), strict=True):
            document_id = self._index.chunks[row].document_id
            best[document_id] = max(best.get(document_id, -1.0), float(score))
        return sorted(best.items(), key=lambda item: (-item[1] - self._head_start(item[0]), item[0]))

    def best_hit(self, document_id: str, score: float) -> Hit:
        """Return the section to show for a document that was found with a score."""
        sections = self._section_scores(document_id)
        section, _ = max(sections, key=lambda s: s[1] + (STEPS_PREFERENCE if s[0].has_steps else 0.0))
        return Hit(score, self._index.documents[document_id], section)

    def further_hits(self, hits: list[Hit]) -> list[Hit]:
        """Return the sections of the same documents that are not among the hits, best first."""
        further = [
            Hit(score, hit.document, section)
            for hit in hits
            for section, score in self._section_scores(hit.document_id)
            if section is not hit.section
        ]
        return sorted(further, key=lambda h: (-h.score - self._head_start(h.document_id), h.document_id))

    def _section_scores(self, document_id: str) -> list[tuple[Section, float]]:
        document = self._index.documents[document_id]
        rows = np.array(self._index.section_rows[document_id], dtype=np.int64)
        positions = [self._index.chunks[row].section or 0 for row in rows]
        scores = self._scores(rows)
        return [(document.sections[p], float(s)) for p, s in zip(positions, scores, strict=True)]

    def _scores(self, rows: Rows) -> Vectors:
        dense = self._index.vectors.similarities(self._vector, rows)
        scores: Vectors = (
            np.float32(DENSE_WEIGHT) * dense + np.float32(1 - DENSE_WEIGHT) * self._lexical[rows]
        )
        for_question = np.where(scores >= QUESTION_FLOOR, QUESTION_WEIGHT * scores, -1.0)
        weighed: Vectors = np.where(self._index.is_question[rows], for_question, scores).astype(np.float32)
        return weighed

    def _head_start(self, document_id: str) -> float:
        return LOCAL_PREFERENCE if self._index.documents[document_id].source == "local" else 0.0
