"""The unit that is searched: a text that stands for a document or for one of its sections."""

from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Chunk:
    """One searchable text; its line number in the chunk file is its row among the vectors.

    Attributes:
        document_id: the document it belongs to.
        kind: a section with its headings, the title with its tags, or one of the owner's example questions.
        text: what is embedded and compared.
        section: position in `Document.sections` for a section, None for what stands for all of it.
        start: where the text begins in `Section.passage`, in characters; a long section has several chunks.
        end: where it ends, exclusive. Both are 0 for what stands for all of a document.
    """

    document_id: str
    kind: Literal["section", "title", "question"]
    text: str
    section: int | None = None
    start: int = 0
    end: int = 0


CHUNK_ADAPTER: TypeAdapter[Chunk] = TypeAdapter(Chunk)
