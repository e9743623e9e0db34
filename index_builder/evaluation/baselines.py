"""Plain rankings to compare with, over the same passages: BM25 in three spellings, and vectors alone."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import bm25s
import numpy as np
import simplemma
from bm25s.stopwords import STOPWORDS_NORWEGIAN

from index_builder.evaluation.asking import ranked_documents
from knowledge.encoder import Encoder, Vectors

_WORD = re.compile(r"\w+")
_STOP_WORDS = frozenset(STOPWORDS_NORWEGIAN)
_LANGUAGES = ("nb", "nn")
_NGRAM = 4
_DENSE_BATCH = 256  # questions whose scores for all passages are held at once

Spelling = Callable[[str], list[str]]
Rankings = list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class PassageSet:
    """The passages that all rankings are over; several may belong to one document.

    Attributes:
        document_ids: of each passage.
        texts: with their headings, as they are indexed.
        vectors: float32 of shape (passages, dimension).
    """

    document_ids: list[str]
    texts: list[str]
    vectors: Vectors


def baseline_rankings(
    passages: PassageSet, questions: Sequence[str], encoder: Encoder
) -> dict[str, Rankings]:
    """Rank the documents by their best passage for every question.

    Returns:
        Name of the baseline → a ranking per question: document ids, best first, at most ten. BM25 ranks only
        documents that share something with the question.
    """
    spellings = {"bm25": words, "bm25_lemmas": lemmas, "bm25_char4": character_ngrams}
    rankings = {name: _bm25(passages, questions, spelling) for name, spelling in spellings.items()}
    return {**rankings, "dense": list(_dense(passages, questions, encoder))}


def words(text: str) -> list[str]:
    """Return the words, case folded."""
    return _WORD.findall(unicodedata.normalize("NFC", text).casefold())


def lemmas(text: str) -> list[str]:
    """Return the lemmas of the words, Bokmål before Nynorsk, without stop words."""
    return [_lemma(word) for word in words(text) if word not in _STOP_WORDS]


def character_ngrams(text: str) -> list[str]:
    """Return runs of four characters within words, whose ends are marked."""
    marked = (f"<{word}>" for word in words(text))
    return [
        word[start : start + _NGRAM] for word in marked for start in range(max(len(word) - _NGRAM, 0) + 1)
    ]


@lru_cache(maxsize=200_000)
def _lemma(word: str) -> str:
    return simplemma.lemmatize(word, lang=_LANGUAGES).casefold()


def _bm25(passages: PassageSet, questions: Sequence[str], spelling: Spelling) -> Rankings:
    retriever = bm25s.BM25()
    retriever.index([spelling(text) for text in passages.texts], show_progress=False)
    rankings: Rankings = []
    for question in questions:
        known = [token for token in spelling(question) if token in retriever.vocab_dict]
        scores = retriever.get_scores(known) if known else np.zeros(len(passages.texts), dtype=np.float32)
        rankings.append(_ranking(passages, scores, above=0.0))
    return rankings


def _dense(passages: PassageSet, questions: Sequence[str], encoder: Encoder) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(questions), _DENSE_BATCH):
        queries = encoder.encode_query(list(questions[start : start + _DENSE_BATCH]))
        for scores in queries @ passages.vectors.T:
            yield _ranking(passages, scores, above=-np.inf)


def _ranking(passages: PassageSet, scores: Vectors, above: float) -> tuple[str, ...]:
    order = np.argsort(-scores, kind="stable")
    return ranked_documents(passages.document_ids[row] for row in order if scores[row] > above)
