"""The texts by which a document can be found."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index_builder.text_splitting import split_text
from knowledge.chunk import Chunk
from knowledge.documents import Document, Section, anchor_for
from knowledge.encoder import Encoder

# A longer text says too many things for one vector.
MAX_WORDS = 180
# Headings may take this share of a chunk; what is over is cut off.
_HEADING_SHARE = 0.4
# A list of laws is no answer, yet it was shown as one. Left out, recall on the sample routines is the same.
_REFERENCES = {"referanser", "referansar", "kilder", "kjelder"}


@dataclass(frozen=True, slots=True)
class ChunkSize:
    """How much a chunk may hold: `size` of its text must not be above 1."""

    max_words: int = MAX_WORDS
    max_tokens: int | None = None
    count_tokens: Callable[[str], int] | None = None

    @classmethod
    def for_encoder(cls, encoder: Encoder) -> "ChunkSize":
        """Take as much as the encoder reads, and no more than says one thing."""
        return cls(MAX_WORDS, encoder.max_tokens, encoder.count_tokens)

    def size(self, text: str) -> float:
        """Return the share of a chunk that a text fills."""
        words = len(text.split()) / self.max_words
        if self.max_tokens is None or self.count_tokens is None:
            return words
        return max(words, self.count_tokens(text) / self.max_tokens)


def chunks_of(document: Document, chunk_size: ChunkSize | None = None) -> list[Chunk]:
    """Return one chunk for the title with its tags, one or more per section, and one per example question.

    A section carries its title and headings, as "Fremgangsmåte" alone says little. One that is too long
    is cut between paragraphs, list items and table rows, then between sentences; each piece has the headings.
    """
    limits = chunk_size or ChunkSize()
    headline = f"{document.title}. {', '.join(document.tags)}".strip()
    chunks = [Chunk(document.id, "title", headline)]
    explaining = [s for s in enumerate(document.sections) if not _is_references(s[1])]
    for position, section in explaining or list(enumerate(document.sections)):
        chunks += _section_chunks(document, position, section, limits)
    chunks += [Chunk(document.id, "question", question) for question in document.example_questions]
    return chunks


@cache
def chunker_version() -> str:
    """Return a hash of the code: equal versions make equal chunks of equal documents for the same encoder."""
    room = Path(__file__).parent
    code = [room / "chunking.py", room / "text_splitting.py", room.parent / "knowledge" / "chunk.py"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in code)).hexdigest()[:12]


def _section_chunks(document: Document, position: int, section: Section, limits: ChunkSize) -> list[Chunk]:
    headings = " – ".join((document.title, *section.path))
    passage = section.passage
    whole = f"{headings}\n{passage}"
    if limits.size(whole) <= 1:
        return [Chunk(document.id, "section", whole, position, 0, len(passage))]
    headings = _shortened(headings, limits)
    room = max(1 - limits.size(headings), 1 - _HEADING_SHARE)
    pieces = split_text(passage, limits.size, room)
    return [
        Chunk(document.id, "section", f"{headings}\n{passage[p.start : p.end]}", position, p.start, p.end)
        for p in pieces
    ]


def _shortened(headings: str, limits: ChunkSize) -> str:
    pieces = split_text(headings, limits.size, _HEADING_SHARE)
    return headings[pieces[0].start : pieces[0].end] if pieces else headings


def _is_references(section: Section) -> bool:
    return anchor_for(section.heading) in _REFERENCES
