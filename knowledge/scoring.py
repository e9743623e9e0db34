"""What speaks for a document, or for a section of it, as the answer to a question: numbers to weigh."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import yaml

from knowledge.documents import Document
from knowledge.encoder import Encoder, Vectors
from knowledge.lay_words import LayWords
from knowledge.snapshot import IndexSnapshot
from knowledge.vector_index import Rows

EXAMPLES = "example_question_meaning"
LAY_TERMS = "lay_terms_spelling"
DOCUMENT_FEATURES = (
    "best_passage_meaning",
    "mean_passage_meaning",
    "title_meaning",
    "best_passage_spelling",
    "document_spelling",
    "document_words",
    "title_spelling",
    EXAMPLES,
    LAY_TERMS,
)
SPELLING_FEATURES = ("best_passage_spelling", "document_spelling", "document_words")
SECTION_FEATURES = (
    "meaning",
    "spelling",
    "amount_asked_and_told",
    "person_asked_and_told",
    "purpose",
    "log_words",
)
_DATA = Path(__file__).parent / "data"
# Questions are alike by their form ("Who do I ring when ..."), so likeness counts only from here on.
_QUESTION_FLOOR = 0.6
_CANDIDATE_ROWS = 200  # from each of the two rankings
_ENOUGH_DOCUMENTS = 20  # of those that may be read


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question with what is computed once.

    Attributes:
        vector: float32 of shape (dimension,).
        terms: what routines call what the question says; see `knowledge.lay_words`.
        passage_spelling: coverage of the question by each passage row of the index.
        off_topic_meaning: cosine with the text that stands for what no routine answers.
    """

    text: str
    terms: str
    vector: Vectors
    passage_spelling: Vectors
    off_topic_meaning: float


class Asking:
    """What every question is prepared with."""

    def __init__(self, encoder: Encoder, lay_words: LayWords) -> None:
        self._encoder = encoder
        self._lay_words = lay_words
        self._off_topic: Vectors = encoder.encode_document([off_topic_passage()])[0]

    def ask(self, index: IndexSnapshot, text: str) -> AskedQuestion:
        """Encode a question and compare its spelling with all passages."""
        vector = self._encoder.encode_query([text])[0]
        return AskedQuestion(
            text,
            " ".join(self._lay_words.terms(text)),
            vector,
            index.spelling_of_passages.coverage(text),
            float(vector @ self._off_topic),
        )


def candidate_documents(
    index: IndexSnapshot, question: AskedQuestion, is_allowed: Callable[[Document], bool]
) -> Rows:
    """Return the numbers of the allowed documents that hold a near passage by meaning or by spelling, rising.

    Documents that are not allowed never crowd out those that are: more rows are looked at until there are
    enough allowed documents, or no more rows.
    """
    rows = _CANDIDATE_ROWS
    while True:
        near = _near_documents(index, question, rows)
        allowed = [number for number in near if is_allowed(index.documents[number])]
        if len(allowed) >= _ENOUGH_DOCUMENTS or len(allowed) == len(near) or rows >= len(index.chunks):
            return np.array(allowed, dtype=np.int64)
        rows *= 4


def _near_documents(index: IndexSnapshot, question: AskedQuestion, rows: int) -> Rows:
    near = index.vectors.nearest(question.vector, rows)
    count = min(rows, len(question.passage_spelling))
    spelt = np.argpartition(-question.passage_spelling, count - 1)[:count] if count else np.zeros(0, np.int64)
    documents: Rows = np.unique(index.document_of_row[np.concatenate([near, index.passage_rows[spelt]])])
    return documents


def document_features(index: IndexSnapshot, question: AskedQuestion, documents: Rows) -> Vectors:
    """Measure documents.

    Args:
        documents: numbers of documents, shape (n,).
    Returns:
        float32 of shape (n, len(DOCUMENT_FEATURES)).
    """
    rows, starts = _rows_of(index, documents)
    meaning = index.vectors.similarities(question.vector, rows)
    passage, title, example = index.is_passage[rows], index.is_title[rows], index.is_question[rows]
    spelling = np.zeros(len(index.chunks), dtype=np.float32)
    spelling[index.passage_rows] = question.passage_spelling
    passages = np.maximum(1, np.add.reduceat(passage.astype(np.int64), starts))
    floored = np.where(example, np.maximum(meaning - _QUESTION_FLOOR, 0.0), 0.0)
    columns = (
        np.maximum.reduceat(np.where(passage, meaning, -1.0), starts),
        np.add.reduceat(np.where(passage, meaning, 0.0), starts) / passages,
        np.maximum.reduceat(np.where(title, meaning, -1.0), starts),
        np.maximum.reduceat(spelling[rows], starts),
        index.spelling_of_documents.coverage(question.text)[documents],
        index.words_of_documents.coverage(question.text)[documents],
        index.spelling_of_titles.coverage(question.text)[documents],
        np.maximum.reduceat(floored, starts),
        index.spelling_of_documents.coverage(question.terms)[documents],
    )
    return np.stack(columns, axis=1).astype(np.float32)


def section_features(index: IndexSnapshot, question: AskedQuestion, rows: Rows) -> Vectors:
    """Measure passages of one document.

    Args:
        rows: chunk rows that are passages, shape (n,).
    Returns:
        float32 of shape (n, len(SECTION_FEATURES)).
    """
    cues = _cues()
    chunks = [index.chunks[row] for row in rows]
    headings = [chunk.text.partition("\n")[0] for chunk in chunks]
    passages = [chunk.text.partition("\n")[2] for chunk in chunks]
    asks_amount, asks_person = (bool(cues[k].search(question.text)) for k in ("asks_amount", "asks_person"))
    columns = (
        index.vectors.similarities(question.vector, rows),
        question.passage_spelling[np.searchsorted(index.passage_rows, rows)],
        [asks_amount and bool(cues["tells_amount"].search(text)) for text in passages],
        [asks_person and bool(cues["tells_person"].search(heading)) for heading in headings],
        [tells_purpose(heading) for heading in headings],
        [np.log1p(len(text.split())) / 5 for text in passages],
    )
    return np.stack([np.asarray(column, dtype=np.float32) for column in columns], axis=1)


def tells_purpose(heading: str) -> bool:
    """Tell whether a section says what a routine is for, and for whom, rather than what to do."""
    return bool(_cues()["purpose"].search(heading))


def _rows_of(index: IndexSnapshot, documents: Rows) -> tuple[Rows, Rows]:
    """Return all chunk rows of some documents, and where each document's begin among them."""
    sizes = index.first_row[documents + 1] - index.first_row[documents]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    rows = np.arange(sizes.sum()) + np.repeat(index.first_row[documents] - starts, sizes)
    return rows, starts


@cache
def off_topic_passage() -> str:
    """Return the text that stands for everything that no routine answers."""
    return str(yaml.safe_load((_DATA / "off_topic.yml").read_text(encoding="utf-8"))["passage"])


@cache
def _cues() -> dict[str, re.Pattern[str]]:
    cues: dict[str, list[str]] = yaml.safe_load((_DATA / "section_cues.yml").read_text(encoding="utf-8"))
    return {
        name: re.compile("|".join(rf"(?:{pattern})" for pattern in patterns), re.IGNORECASE)
        for name, patterns in cues.items()
    }
