"""A search with a fixed ranking, and an encoder that counts words."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from index_builder.evaluation.built_index import passage_document
from index_builder.evaluation.rows import Passage
from knowledge.documents import Document, Section
from knowledge.encoder import Vectors


@dataclass(frozen=True)
class FakeHit:
    document: Document
    section: Section
    passage: str


@dataclass(frozen=True)
class FakeAnswer:
    found: bool
    confidence: float
    hits: Sequence[FakeHit]


@dataclass
class FakeSearch:
    """Gives the same (document id, heading) pairs to everybody."""

    ranking: Sequence[tuple[str, str]]
    found: bool = True
    answer_hits: int = 1
    limits: list[int] = field(default_factory=list)

    def search(self, query: str, limit: int) -> list[FakeHit]:
        self.limits.append(limit)
        return [
            FakeHit(
                passage_document(Passage(name, "", "")),
                Section(heading, (heading,), "", ""),
                f"vist {heading}",
            )
            for name, heading in self.ranking[:limit]
        ]

    def answer(self, query: str) -> FakeAnswer:
        hits = [self._hit(name, heading) for name, heading in self.ranking[: self.answer_hits]]
        return FakeAnswer(self.found, 0.5, hits)

    @staticmethod
    def _hit(name: str, heading: str) -> FakeHit:
        document = passage_document(Passage(name, "", ""))
        return FakeHit(document, Section(heading, (heading,), "", ""), f"vist {heading}")


class WordEncoder:
    """A dimension per word: how often a text holds it."""

    name = "words"
    fingerprint = "words"
    max_tokens = None

    def __init__(self, vocabulary: list[str]) -> None:
        self._vocabulary = vocabulary
        self.dimension = len(vocabulary)

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def encode_query(self, texts: list[str]) -> Vectors:
        return self.encode_document(texts)

    def encode_document(self, texts: list[str]) -> Vectors:
        rows = [[text.count(word) for word in self._vocabulary] for text in texts]
        return np.array(rows, dtype=np.float32)
