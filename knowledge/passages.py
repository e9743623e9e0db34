"""What is shown of a document: the section that answers, short ones after it, the best sentences marked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.chunk import Chunk
from knowledge.documents import Document, Section
from knowledge.encoder import Encoder, Vectors
from knowledge.lexical_index import words_of
from knowledge.scoring import tells_purpose
from knowledge.snapshot import IndexSnapshot

Span = tuple[int, int]
# A phone shows about this many words. Sections of a few words are followed by the next best ones up to here.
SHOWN_WORDS = 110
_MAX_MARKED = 2
# A second sentence is marked when it is this near the best one.
_MARKING_RANGE = 0.15
_SPELLING_SHARE = 0.5
_SENTENCE = re.compile(r"[^\n.!?]*[^\s.!?][^\n.!?]*(?:[.!?]+(?!\s|$)[^\n.!?]*)*[.!?]*")


@dataclass(frozen=True, slots=True)
class Passage:
    """What is shown.

    Attributes:
        section: the one that answers best; the text begins with it, or with the piece of it that answers.
        text: lines of plain text; a further section begins with its heading and a colon on a line of its own.
        further: the sections after the first.
    """

    section: Section
    text: str
    further: tuple[Section, ...]


def compose_passage(document: Document, chunks: Sequence[Chunk]) -> Passage:
    """Put together what is shown; a purpose is no help beside an answer, so it is shown alone or not at all.

    Args:
        chunks: passages of the document, the best first; at least one.
    """
    first = chunks[0]
    section = document.sections[first.section or 0]
    text = section.passage[first.start : first.end].strip()
    room = SHOWN_WORDS - len(text.split())
    further: list[Section] = []
    for chunk in chunks[1:]:
        other = document.sections[chunk.section or 0]
        words = len(other.passage.split()) + len(other.heading.split())
        if other is section or other in further or words > room or tells_purpose(other.heading):
            continue
        room -= words
        further.append(other)
    parts = [text, *(f"{other.heading}:\n{other.passage}" for other in further)]
    return Passage(section, "\n\n".join(parts), tuple(further))


def best_sentences(text: str, question: str, vector: Vectors, encoder: Encoder) -> tuple[Span, ...]:
    """Find the sentences that are nearest to a question.

    Returns:
        Character spans in reading order, at most two; none when the text is one sentence.
    """
    spans = [trimmed for match in _SENTENCE.finditer(text) if (trimmed := _trimmed(text, match.span()))]
    if len(spans) < 2:
        return ()
    sentences = [text[start:end] for start, end in spans]
    scores = encoder.encode_document(sentences) @ vector
    asked = set(words_of(question))
    shared = [len(asked & set(words_of(sentence))) / max(1, len(asked)) for sentence in sentences]
    scores = scores + _SPELLING_SHARE * np.array(shared, dtype=np.float32)
    best = np.argsort(-scores)[:_MAX_MARKED]
    return tuple(sorted(spans[i] for i in best if scores[i] >= scores[best[0]] - _MARKING_RANGE))


def ordered_passages(index: IndexSnapshot, rows: Sequence[int], scores: Vectors) -> list[Chunk]:
    """Return the chunks of some rows, the best first; equal ones in the order of the document."""
    return [index.chunks[rows[i]] for i in np.argsort(-scores, kind="stable")]


def _trimmed(text: str, span: Span) -> Span | None:
    """Leave out white space at the ends; None for a line that is no more than a list marker or a heading."""
    start, end = span
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    return (start, end) if len(text[start:end].split()) >= 3 else None
