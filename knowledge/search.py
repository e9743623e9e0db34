"""The routine that answers a question: meaning (vectors) and spelling (n-grams), with learnt weights."""

import logging
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from knowledge.documents import Document, Section
from knowledge.encoder import Encoder, Vectors
from knowledge.errors import KnowledgeError
from knowledge.index_files import CurrentVersion
from knowledge.lay_words import LayWords
from knowledge.passages import Span, best_sentences, compose_passage, ordered_passages
from knowledge.ranking import load_ranking
from knowledge.reader import ANYONE, Reader
from knowledge.scoring import (
    AskedQuestion,
    Asking,
    candidate_documents,
    document_features,
    section_features,
)
from knowledge.sentence_transformer_encoder import load_encoder
from knowledge.snapshot import IndexSnapshot, open_index
from knowledge.vector_index import Rows

# A shared routine must be this much likelier (log-odds) than a local one to come first.
LOCAL_PREFERENCE = 0.5
_ANSWER_DOCUMENTS = 3
_MAX_QUERY_CHARS = 500
_OSLO = ZoneInfo("Europe/Oslo")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hit:
    """A section that may answer, with what is needed to cite it.

    Attributes:
        score: log-odds against other documents; higher is better.
        passage: plain text to show: the section, or the piece of a long one that answers, and other sections
            of the document where there is room; see `knowledge.passages`.
        highlights: character spans of the best sentences in `passage`, in reading order.
    """

    score: float
    document: Document
    section: Section
    passage: str
    highlights: tuple[Span, ...] = ()

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
        """Id of the heading on the routine page, "" for the top."""
        return self.section.anchor


@dataclass(frozen=True, slots=True)
class Answer:
    """What the routines say to a question.

    Attributes:
        found: whether the first hit is sure enough to be an answer.
        confidence: estimated probability that it is.
        hits: the best section of the three likeliest documents, the likeliest first.
    """

    found: bool
    confidence: float
    hits: tuple[Hit, ...]


class RoutineSearch:
    """Search in the live index. Share one between threads."""

    def __init__(
        self,
        index_dir: Path,
        encoder_name_or_path: str,
        *,
        answer_threshold: float | None = None,
        lay_words: Sequence[Path] = (),
    ) -> None:
        """Load the encoder and its weights; the index is read at the first question.

        Args:
            answer_threshold: least confidence of an answer; the learnt one when not given.
            lay_words: the municipality's own lexicons, beside the project's.
        Raises:
            LayWordsError: a lexicon is damaged.
            EncoderUnavailableError: the model or its weights cannot be loaded.
        """
        self._encoder = load_encoder(encoder_name_or_path)
        self._ranking = load_ranking(encoder_name_or_path)
        self._asking = Asking(self._encoder, LayWords.load(*lay_words))
        self._threshold = self._ranking.threshold if answer_threshold is None else answer_threshold
        self._index = CurrentVersion(index_dir, lambda version: open_index(version, self._encoder))

    @property
    def encoder(self) -> Encoder:
        """What turns texts into vectors, for others who compare texts."""
        return self._encoder

    def title(self, document_id: str) -> str:
        """The title of a document in the live index; "" when it is not there or there is no index."""
        try:
            documents = self._index.get().documents
        except KnowledgeError:
            return ""
        return next((one.title for one in documents if one.id == document_id), "")

    def search(
        self, query: str, limit: int = 5, *, reader: Reader = ANYONE, on: date | None = None
    ) -> list[Hit]:
        """Find the routine sections nearest to a question.

        Args:
            query: any text; what comes after 500 characters is not read.
            limit: hits wanted, at least 1.
            reader: who asks; they find what they may read.
            on: only documents in force on this day are found; today in Oslo when not given.
        Returns:
            First the best section of each document, then further sections where there are too few
            documents; within each group the likeliest first (local documents with a head start), ties by
            document id. No section comes twice. Empty for a query without letters and digits.
        Raises:
            IndexUnavailableError: there is no whole index.
            IndexMismatchError: the index was built with another encoder.
        """
        index = self._index.get()
        ranked = self._ranked(index, query, reader, on)
        hits = [self._hit(index, ranked, place) for place in range(min(limit, len(ranked.documents)))]
        if len(hits) < limit:
            hits += self._further_hits(index, ranked)[: limit - len(hits)]
        _log.debug("search chars=%d hits=%d", len(query), len(hits))
        return hits

    def answer(self, query: str, *, reader: Reader = ANYONE, on: date | None = None) -> Answer:
        """Return the likeliest documents' best sections, and whether the first is an answer.

        Args, Raises: as `search`.
        """
        index = self._index.get()
        ranked = self._ranked(index, query, reader, on)
        places = range(min(_ANSWER_DOCUMENTS, len(ranked.documents)))
        hits = tuple(self._hit(index, ranked, place, mark=True) for place in places)
        return Answer(bool(hits) and ranked.confidence >= self._threshold, ranked.confidence, hits)

    def _ranked(self, index: IndexSnapshot, query: str, reader: Reader, on: date | None) -> "_Ranked":
        text = unicodedata.normalize("NFC", query).strip()[:_MAX_QUERY_CHARS]
        if not any(c.isalnum() for c in text):
            return _NOTHING
        question = self._asking.ask(index, text)
        day = on or datetime.now(_OSLO).date()

        def is_allowed(document: Document) -> bool:
            return reader.may_read(document) and document.in_force(day)

        documents = candidate_documents(index, question, is_allowed)
        if not len(documents):
            return _NOTHING
        features = document_features(index, question, documents)
        is_local = [index.documents[number].source == "local" for number in documents]
        local = np.array(is_local, dtype=np.float32)
        learnt = self._ranking.document_scores(features) + np.float32(LOCAL_PREFERENCE) * local
        confidence = self._ranking.answer_confidence(float(learnt.max()), question.off_topic_meaning)
        scores = self._ranking.with_trusted_spelling(features, learnt)
        order = sorted(range(len(documents)), key=lambda i: (-scores[i], index.documents[documents[i]].id))
        return _Ranked(question, documents[order], scores[order], confidence)

    def _hit(self, index: IndexSnapshot, ranked: "_Ranked", place: int, *, mark: bool = False) -> Hit:
        """Return the best section of the document at a place of the ranking, its best sentences marked."""
        assert ranked.question is not None  # noqa: S101  there is a document, so something was asked
        document = index.documents[ranked.documents[place]]
        rows = index.rows_of(int(ranked.documents[place]))
        scores = self._ranking.section_scores(section_features(index, ranked.question, rows))
        passage = compose_passage(document, ordered_passages(index, rows.tolist(), scores))
        question = ranked.question
        marked = best_sentences(passage.text, question.text, question.vector, self._encoder) if mark else ()
        return Hit(float(ranked.scores[place]), document, passage.section, passage.text, marked)

    def _further_hits(self, index: IndexSnapshot, ranked: "_Ranked") -> list[Hit]:
        """Return the sections that are not the best of their document, document by document."""
        further = []
        for place in range(len(ranked.documents)):
            assert ranked.question is not None  # noqa: S101
            document = index.documents[ranked.documents[place]]
            rows = index.rows_of(int(ranked.documents[place]))
            scores = self._ranking.section_scores(section_features(index, ranked.question, rows))
            ordered = ordered_passages(index, rows.tolist(), scores)
            sections = list(dict.fromkeys(chunk.section or 0 for chunk in ordered))[1:]
            further += [
                Hit(float(ranked.scores[place]), document, section, section.passage)
                for section in (document.sections[number] for number in sections)
            ]
        return further


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Documents, the likeliest first, and how sure the first is."""

    question: AskedQuestion | None
    documents: Rows
    scores: Vectors
    confidence: float


_NOTHING = _Ranked(None, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32), 0.0)
