"""The texts by which a document can be found."""

from knowledge.chunk import Chunk
from knowledge.documents import Document


def chunks_of(document: Document) -> list[Chunk]:
    """Return one chunk for the title with its tags, one per section, and one per example question.

    A section carries its title and headings, as "Fremgangsmåte" alone says little.
    """
    headline = f"{document.title}. {', '.join(document.tags)}".strip()
    chunks = [Chunk(document.id, "title", headline)]
    for position, section in enumerate(document.sections):
        headings = " – ".join((document.title, *section.path))
        chunks.append(Chunk(document.id, "section", f"{headings}\n{section.passage}", position))
    chunks += [Chunk(document.id, "question", question) for question in document.example_questions]
    return chunks
