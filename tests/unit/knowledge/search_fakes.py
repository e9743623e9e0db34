"""Encoders whose vectors a test knows, and documents with what it needs."""

import zlib
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from knowledge.chunk import Chunk
from knowledge.documents import Document, Section, anchor_for
from knowledge.encoder import Vectors
from knowledge.lexical_index import words_of
from knowledge.snapshot import IndexSnapshot
from knowledge.vector_index import FaissVectorIndex


class BagOfWordsEncoder:
    """A text is the set of its words: each one has a place in the vector, by its hash."""

    name = "bag-of-words"
    fingerprint = "bag-of-words"
    dimension = 2048
    max_tokens = None

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def encode_query(self, texts: list[str]) -> Vectors:
        return self.encode_document(texts)

    def encode_document(self, texts: list[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in words_of(text):
                vector[zlib.crc32(word.encode()) % self.dimension] = 1.0
            vector /= max(1.0, float(np.linalg.norm(vector)))
        return vectors


class TableEncoder:
    """Gives the vectors that a table holds; a text that is not in it is an error of the test."""

    name = "table"
    fingerprint = "table"
    dimension = 2
    max_tokens = None

    def __init__(self, vectors: Mapping[str, Sequence[float]]) -> None:
        self._vectors = vectors

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def encode_query(self, texts: list[str]) -> Vectors:
        return self.encode_document(texts)

    def encode_document(self, texts: list[str]) -> Vectors:
        return np.array([self._vectors[text] for text in texts], dtype=np.float32)


def make_document(
    doc_id: str,
    *sections: tuple[str, str],
    title: str = "",
    source: str = "local",
    questions: Sequence[str] = (),
    access: Sequence[str] = (),
    valid_from: date | None = None,
    withdrawn: date | None = None,
) -> Document:
    """Make a document; sections are (heading, passage)."""
    return Document(
        id=doc_id,
        title=title or doc_id,
        owner="",
        version="",
        valid_from=valid_from,
        review_by=None,
        language="nb",
        categories=(),
        tags=(),
        unit="",
        source="shared" if source == "shared" else "local",
        shared_by=None,
        licence=None,
        example_questions=tuple(questions),
        body_markdown="",
        sections=tuple(Section(heading, (heading,), anchor_for(heading), text) for heading, text in sections),
        withdrawn=withdrawn,
        access=tuple(access),
    )


def make_snapshot(chunks: Sequence[tuple[Chunk, Sequence[float]]]) -> IndexSnapshot:
    """Lay out chunks with their vectors, under documents that hold nothing else."""
    ids = dict.fromkeys(chunk.document_id for chunk, _ in chunks)
    vectors = np.array([vector for _, vector in chunks], dtype=np.float32)
    return IndexSnapshot(
        {doc_id: make_document(doc_id) for doc_id in ids},
        [chunk for chunk, _ in chunks],
        FaissVectorIndex.of(vectors),
    )
