"""Questions put to the search, and what it gave."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from index_builder.evaluation.rows import Question
from knowledge.documents import Document, Section

RANKED = 10  # documents looked at, by MRR@10


class FoundSection(Protocol):
    """What is needed of a hit."""

    @property
    def document(self) -> Document: ...

    @property
    def section(self) -> Section: ...

    @property
    def passage(self) -> str: ...


class SearchAnswer(Protocol):
    """What is needed of an answer."""

    @property
    def found(self) -> bool: ...

    @property
    def confidence(self) -> float: ...

    @property
    def hits(self) -> Sequence[FoundSection]: ...


class AskedSearch(Protocol):
    """The search as its users see it; see `knowledge.search.RoutineSearch`."""

    def search(self, query: str, limit: int) -> Sequence[FoundSection]: ...

    def answer(self, query: str) -> SearchAnswer: ...


@dataclass(frozen=True, slots=True)
class Reply:
    """What the search gave for one question.

    Attributes:
        documents: ids of the documents of the ranking, best first, each once; at most `RANKED`.
        sections: (document id, section) of each hit, in the order of the ranking.
        shown_document: id of the document whose passage `answer` shows first, None when it shows none.
        shown_passage: that passage, "" when it shows none.
        found: whether `answer` holds it for an answer.
        confidence: of the answer.
        answer_ms: time that `answer` took.
    """

    question: Question
    documents: tuple[str, ...]
    sections: tuple[tuple[str, Section], ...]
    shown_document: str | None
    shown_passage: str
    found: bool
    confidence: float
    answer_ms: float


def ask_all(search: AskedSearch, questions: Sequence[Question]) -> list[Reply]:
    """Ask every question as people ask it, one at a time.

    Raises:
        KnowledgeError: the index cannot be used.
    """
    if questions:
        search.answer(questions[0].text)  # the first question pays for loading the index
    return [_ask(search, question) for question in questions]


def rank_all(search: AskedSearch, questions: Sequence[Question]) -> list[tuple[str, ...]]:
    """Return the ranking of documents for every question: ids, best first, at most `RANKED`.

    Raises:
        KnowledgeError: the index cannot be used.
    """
    return [
        ranked_documents(hit.document.id for hit in search.search(question.text, limit=RANKED))
        for question in questions
    ]


def ranked_documents(document_ids: Iterable[str]) -> tuple[str, ...]:
    """Return the documents in the order in which they first occur, at most `RANKED`."""
    return tuple(dict.fromkeys(document_ids))[:RANKED]


def _ask(search: AskedSearch, question: Question) -> Reply:
    hits = search.search(question.text, limit=RANKED)
    began = time.perf_counter()
    answer = search.answer(question.text)
    answer_ms = (time.perf_counter() - began) * 1000
    # A refusal may come without hits: what would have been shown is then the first of the ranking.
    shown = next(iter(answer.hits or hits), None)
    return Reply(
        question=question,
        documents=ranked_documents(hit.document.id for hit in hits),
        sections=tuple((hit.document.id, hit.section) for hit in hits),
        shown_document=shown.document.id if shown else None,
        shown_passage=shown.passage if shown else "",
        found=answer.found,
        confidence=float(answer.confidence),
        answer_ms=answer_ms,
    )
