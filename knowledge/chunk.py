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
    """

    document_id: str
    kind: Literal["section", "title", "question"]
    text: str
    section: int | None = None


CHUNK_ADAPTER: TypeAdapter[Chunk] = TypeAdapter(Chunk)
