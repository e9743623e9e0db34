"""What an evaluation reads of a built index besides asking it."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from index_builder.chunking import ChunkSize, chunks_of
from index_builder.encoding_queue import EncodingQueue
from index_builder.evaluation.baselines import PassageSet
from index_builder.evaluation.rows import Passage
from index_builder.index_writer import IndexWriter
from knowledge.chunk import CHUNK_ADAPTER
from knowledge.documents import Document, Section
from knowledge.encoder import Encoder
from knowledge.index_files import CHUNKS_FILE, VECTORS_FILE, current_version_dir, new_version, read_json_lines
from knowledge.manifest import SourceEntry, read_manifest
from knowledge.vector_index import FaissVectorIndex


def source_paths(index_dir: Path) -> dict[str, str]:
    """Return document id → path of its file, relative to its source folder.

    Raises:
        KnowledgeError: the index cannot be read.
    """
    manifest = read_manifest(current_version_dir(index_dir))
    return {document_id: entry.source.path for document_id, entry in manifest.documents.items()}


def section_passages(index_dir: Path) -> PassageSet:
    """Return the passages that sections were cut into; titles and example questions are left out.

    Raises:
        KnowledgeError: the index cannot be read.
    """
    version_dir = current_version_dir(index_dir)
    chunks = read_json_lines(version_dir / CHUNKS_FILE, CHUNK_ADAPTER)
    rows = np.array([row for row, chunk in enumerate(chunks) if chunk.kind == "section"], dtype=np.int64)
    vectors = FaissVectorIndex.load(version_dir / VECTORS_FILE).vectors()[rows]
    return PassageSet([chunks[row].document_id for row in rows], [chunks[row].text for row in rows], vectors)


def index_passages(passages: Iterable[Passage], index_dir: Path, encoder: Encoder) -> None:
    """Make an index in which each passage is a document of one section, read as it is and not as Markdown."""
    chunk_size = ChunkSize.for_encoder(encoder)
    with (
        new_version(index_dir) as folder,
        EncodingQueue(encoder, lambda mark, encoded: None) as queue,
        IndexWriter(folder, queue) as writer,
    ):
        for passage in passages:
            document = passage_document(passage)
            # A passage may have no title, and then the chunk that stands for the title says nothing.
            chunks = [
                c for c in chunks_of(document, chunk_size) if any(letter.isalnum() for letter in c.text)
            ]
            writer.add_new(document, chunks, SourceEntry(passage.id, "", "", ()), 0)
        writer.finish(encoder, None, (), [])


def passage_document(passage: Passage) -> Document:
    """Return a document that holds nothing but a passage."""
    return Document(
        id=passage.id,
        title=passage.title,
        owner="",
        version="",
        valid_from=None,
        review_by=None,
        language="nb",
        categories=(),
        tags=(),
        unit="",
        source="local",
        shared_by=None,
        licence=None,
        example_questions=(),
        body_markdown=passage.text,
        sections=(Section(passage.title, (), "", passage.text),),
    )
