"""Is an index whole: files, vectors, documents, and does the encoder still say the same?"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from index_builder.encoding_queue import encode_chunks
from knowledge.chunk import CHUNK_ADAPTER, Chunk
from knowledge.documents import DOCUMENT_ADAPTER, Document
from knowledge.encoder import Encoder, Vectors
from knowledge.errors import IndexUnavailableError
from knowledge.index_files import CHUNKS_FILE, DOCUMENTS_FILE, VECTORS_FILE, read_json_lines
from knowledge.manifest import Manifest, check_encoder, check_files, read_manifest
from knowledge.vector_index import FaissVectorIndex

SPOT_CHECKS = 50
# Batches of other sizes add the same numbers in another order.
_TOLERANCE = 1e-3


def check_new_version(version_dir: Path, encoder: Encoder) -> None:
    """Make sure that what a build has written can be opened; quick, as each build does it.

    Raises:
        IndexUnavailableError: a file is not what it should be; the error names it.
        IndexMismatchError: the manifest names another encoder.
    """
    manifest = read_manifest(version_dir)
    check_encoder(manifest, encoder)
    check_files(manifest, version_dir)
    _check_vectors(manifest, version_dir)
    with (version_dir / CHUNKS_FILE).open("rb") as file:
        if sum(1 for _ in file) != manifest.chunk_count:
            raise IndexUnavailableError(version_dir / CHUNKS_FILE, "there are too few or too many chunks")


def verify_index(version_dir: Path, encoder: Encoder) -> Manifest:
    """Check everything that can be checked about an index version.

    Returns:
        Its manifest.
    Raises:
        IndexUnavailableError: a file is damaged or does not fit the others; the error names it.
        IndexMismatchError: another format, or another encoder than this.
    """
    manifest = read_manifest(version_dir)
    check_encoder(manifest, encoder)
    check_files(manifest, version_dir)
    vectors = _check_vectors(manifest, version_dir)
    documents = read_json_lines(version_dir / DOCUMENTS_FILE, DOCUMENT_ADAPTER)
    if [document.id for document in documents] != list(manifest.documents):
        raise IndexUnavailableError(version_dir / DOCUMENTS_FILE, "they are not those of the manifest")
    chunks = read_json_lines(version_dir / CHUNKS_FILE, CHUNK_ADAPTER)
    problem = next(_chunk_problems(chunks, documents, manifest), None)
    if problem is not None:
        raise IndexUnavailableError(version_dir / CHUNKS_FILE, problem)
    _check_encoding(chunks, vectors, encoder, version_dir)
    return manifest


def _check_vectors(manifest: Manifest, version_dir: Path) -> Vectors:
    path = version_dir / VECTORS_FILE
    vectors = FaissVectorIndex.load(path).vectors()
    if vectors.shape != (manifest.chunk_count, manifest.dimension):
        raise IndexUnavailableError(path, "the vectors do not fit the chunks")
    if not np.isfinite(vectors).all():
        raise IndexUnavailableError(path, "a vector is not finite")
    lengths = np.linalg.norm(vectors, axis=1)
    if not (np.isclose(lengths, 1, atol=_TOLERANCE) | (lengths == 0)).all():  # 0: a text without any token
        raise IndexUnavailableError(path, "a vector is not of unit length")
    return vectors


def _chunk_problems(chunks: list[Chunk], documents: list[Document], manifest: Manifest) -> Iterator[str]:
    owners = [doc_id for doc_id, entry in manifest.documents.items() for _ in range(entry.chunks)]
    if [chunk.document_id for chunk in chunks] != owners:
        yield "the chunks are not those of the documents"
    sections = {document.id: document.sections for document in documents}
    for chunk in chunks:
        if chunk.section is None:
            continue
        if not 0 <= chunk.section < len(sections[chunk.document_id]):
            yield f"a chunk of {chunk.document_id} has no section"
        elif not 0 <= chunk.start < chunk.end <= len(sections[chunk.document_id][chunk.section].passage):
            yield f"a chunk of {chunk.document_id} lies outside its section"


def _check_encoding(chunks: list[Chunk], vectors: Vectors, encoder: Encoder, version_dir: Path) -> None:
    rows = np.unique(np.linspace(0, len(chunks) - 1, SPOT_CHECKS).astype(np.int64))
    again = encode_chunks([chunks[row] for row in rows], encoder)
    if not np.allclose(again, vectors[rows], atol=_TOLERANCE):
        raise IndexUnavailableError(
            version_dir / VECTORS_FILE, "the encoder gives other vectors for the same texts"
        )
