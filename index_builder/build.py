"""Documents to a new index version that takes over from the old one."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from index_builder.chunking import chunks_of
from index_builder.errors import BuildInProgressError, DocumentError, NothingToIndexError
from index_builder.markdown_loader import load_markdown
from knowledge.chunk import CHUNK_ADAPTER, Chunk
from knowledge.documents import DOCUMENT_ADAPTER, Document
from knowledge.encoder import Encoder, Vectors
from knowledge.index_files import (
    CHUNKS_FILE,
    DOCUMENTS_FILE,
    VECTORS_FILE,
    file_sha256,
    new_version,
    write_json_lines,
)
from knowledge.manifest import FORMAT_VERSION, Manifest, write_manifest
from knowledge.search import open_index
from knowledge.sentence_transformer_encoder import load_encoder
from knowledge.vector_index import FaissVectorIndex

LOCK_FILE = "build.lock"
_BATCH_SIZE = 128
_TOOLS = ("faiss-cpu", "numpy", "scikit-learn", "sentence-transformers", "torch")

Progress = Callable[[int, int], None]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. `skipped` pairs a file with the reason why it is not in the index."""

    indexed: int
    chunks: int
    skipped: tuple[tuple[Path, str], ...]
    elapsed_s: float


def build_index(
    source_dirs: list[Path],
    index_dir: Path,
    encoder_name_or_path: str,
    on_progress: Progress | None = None,
) -> BuildReport:
    """Index all Markdown files below some folders and make the result the live index.

    A file that is no usable document is skipped and reported. After any exception the old index serves on.

    Args:
        source_dirs: searched in this order; of two documents with one id the first counts.
        on_progress: called with chunks encoded and chunks in all.
    Raises:
        BuildInProgressError: another build is at work on this index.
        NothingToIndexError: no file was usable.
        EncoderUnavailableError: the model cannot be loaded.
    """
    started = time.monotonic()
    index_dir.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(index_dir / LOCK_FILE, timeout=0):
            sources, skipped = _read_sources(source_dirs)
            if not sources:
                raise NothingToIndexError(source_dirs)
            chunks = [chunk for source in sources for chunk in chunks_of(source.document)]
            _write_version(index_dir, sources, chunks, load_encoder(encoder_name_or_path), on_progress)
    except Timeout as exc:
        raise BuildInProgressError(index_dir) from exc
    report = BuildReport(len(sources), len(chunks), tuple(skipped), time.monotonic() - started)
    _log.info("index built documents=%d chunks=%d skipped=%d", report.indexed, report.chunks, len(skipped))
    return report


@dataclass(frozen=True, slots=True)
class _Source:
    document: Document
    sha256: str


def _read_sources(source_dirs: list[Path]) -> tuple[list[_Source], list[tuple[Path, str]]]:
    sources: dict[str, _Source] = {}
    skipped: list[tuple[Path, str]] = []
    for path in _markdown_files(source_dirs):
        try:
            document = load_markdown(path)
            if document.id in sources:
                raise DocumentError(f"the id {document.id} is taken by another file")
            sources[document.id] = _Source(document, file_sha256(path))
        except DocumentError as exc:
            skipped.append((path, str(exc)))
    skipped += [(folder, "no such folder") for folder in source_dirs if not folder.is_dir()]
    return list(sources.values()), skipped


def _markdown_files(source_dirs: list[Path]) -> Iterator[Path]:
    for folder in source_dirs:
        yield from sorted(path for path in folder.rglob("*.md") if path.is_file())


def _write_version(
    index_dir: Path,
    sources: list[_Source],
    chunks: list[Chunk],
    encoder: Encoder,
    on_progress: Progress | None,
) -> None:
    with new_version(index_dir) as folder:
        write_json_lines(folder / DOCUMENTS_FILE, (s.document for s in sources), DOCUMENT_ADAPTER)
        write_json_lines(folder / CHUNKS_FILE, chunks, CHUNK_ADAPTER)
        FaissVectorIndex.of(_encode(chunks, encoder, on_progress)).save(folder / VECTORS_FILE)
        write_manifest(folder, _manifest(folder, sources, len(chunks), encoder))
        open_index(folder, encoder)  # what cannot be opened must not go live


def _encode(chunks: list[Chunk], encoder: Encoder, on_progress: Progress | None) -> Vectors:
    """Encode chunks in their order; questions as queries, for they are compared with queries."""
    vectors = np.zeros((len(chunks), encoder.dimension), dtype=np.float32)
    for start in range(0, len(chunks), _BATCH_SIZE):
        batch = range(start, min(start + _BATCH_SIZE, len(chunks)))
        for kind_is_question, encode in ((True, encoder.encode_query), (False, encoder.encode_document)):
            rows = [row for row in batch if (chunks[row].kind == "question") is kind_is_question]
            vectors[rows] = encode([chunks[row].text for row in rows])
        if on_progress is not None:
            on_progress(batch.stop, len(chunks))
    return vectors


def _manifest(folder: Path, sources: list[_Source], chunk_count: int, encoder: Encoder) -> Manifest:
    return Manifest(
        format_version=FORMAT_VERSION,
        encoder_name=encoder.name,
        encoder_fingerprint=encoder.fingerprint,
        dimension=encoder.dimension,
        normalised=True,
        chunk_count=chunk_count,
        documents={source.document.id: source.sha256 for source in sources},
        files={name: file_sha256(folder / name) for name in (CHUNKS_FILE, DOCUMENTS_FILE, VECTORS_FILE)},
        built_at=datetime.now(UTC),
        tools={tool: version(tool) for tool in _TOOLS},
    )
