"""The texts by which a document can be found."""

from knowledge.chunk import Chunk
from knowledge.documents import Document, Section, anchor_for

# A list of laws is no answer, yet it was shown as one. Left out, recall on the sample routines is the same.
_REFERENCES = {"referanser", "referansar", "kilder", "kjelder"}


def chunks_of(document: Document) -> list[Chunk]:
    """Return one chunk for the title with its tags, one per section, and one per example question.

    A section carries its title and headings, as "Fremgangsmåte" alone says little.
    """
    headline = f"{document.title}. {', '.join(document.tags)}".strip()
    chunks = [Chunk(document.id, "title", headline)]
    explaining = [s for s in document.sections if not _is_references(s)] or document.sections
    for section in explaining:
        headings = " – ".join((document.title, *section.path))
        chunks.append(
            Chunk(document.id, "section", f"{headings}\n{section.passage}", document.sections.index(section))
        )
    chunks += [Chunk(document.id, "question", question) for question in document.example_questions]
    return chunks


def _is_references(section: Section) -> bool:
    return anchor_for(section.heading) in _REFERENCES
