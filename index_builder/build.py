"""Documents to a new index version that takes over from the old one."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from index_builder.chunking import ChunkSize, chunks_of
from index_builder.encoding_queue import EncodingQueue
from index_builder.errors import BuildInProgressError, NothingToIndexError
from index_builder.index_writer import IndexWriter
from index_builder.parallel_loading import load_documents
from index_builder.previous_index import PreviousIndex, ReusedDocument, open_previous
from index_builder.source_files import SourceFile, read_sources, same_content
from index_builder.verification import check_new_version
from knowledge.index_files import new_version
from knowledge.manifest import SkippedEntry, SourceEntry
from knowledge.sentence_transformer_encoder import encoder_fingerprint, load_encoder

LOCK_FILE = "build.lock"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BuildProgress:
    """How far a build is: files whose passages are all encoded, of how many, and passages encoded."""

    files_done: int
    files: int
    chunks_encoded: int


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did.

    Attributes:
        indexed: documents that were parsed and encoded.
        unchanged: documents that were taken over from the old index.
        removed: documents of the old index that are no longer there.
        chunks: passages in the whole index.
        skipped: files, each with the reason why it is not in the index.
        anew_because: why an update could take nothing over, "" when it could or should not.
        published: whether there is a new version; an update that finds nothing changed makes none.
    """

    indexed: int
    unchanged: int
    removed: int
    chunks: int
    skipped: tuple[tuple[Path, str], ...]
    elapsed_s: float
    anew_because: str = ""
    published: bool = True

    @property
    def documents(self) -> int:
        """Documents in the whole index."""
        return self.indexed + self.unchanged


OnProgress = Callable[[BuildProgress], None]


def build_index(
    source_dirs: list[Path], index_dir: Path, encoder_name_or_path: str, on_progress: OnProgress | None = None
) -> BuildReport:
    """Index all documents below some folders anew and make the result the live index.

    A file that is no usable document is skipped and reported. After any exception the old index serves on.

    Args:
        source_dirs: searched in this order; of two documents with one id the first counts.
        on_progress: called now and then, and at the end.
    Raises:
        BuildInProgressError: another build is at work on this index.
        NothingToIndexError: no file was usable.
        EncoderUnavailableError: the model cannot be loaded.
    """
    with _locked(index_dir):
        return _Build(source_dirs, index_dir, encoder_name_or_path, on_progress).run()


def update_index(
    source_dirs: list[Path],
    index_dir: Path,
    encoder_name_or_path: str,
    on_progress: OnProgress | None = None,
    *,
    read_all: bool = False,
) -> BuildReport:
    """Bring the live index up to date: only files that have changed are parsed and encoded.

    With another encoder, other tools, another way of cutting documents or a damaged index everything is made
    anew, and the report says why.

    Args:
        read_all: read every file, also those whose time, size and inode are the same as before.
    Raises:
        As `build_index`.
    """
    with _locked(index_dir):
        opened = open_previous(index_dir, encoder_fingerprint(encoder_name_or_path))
        previous, because = (None, opened) if isinstance(opened, str) else (opened, "")
        build = _Build(source_dirs, index_dir, encoder_name_or_path, on_progress, previous, read_all=read_all)
        return build.run(because) if build.has_changes() else build.unchanged_report()


@contextmanager
def _locked(index_dir: Path) -> Iterator[None]:
    index_dir.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(index_dir / LOCK_FILE, timeout=0):
            yield
    except Timeout as exc:
        raise BuildInProgressError(index_dir) from exc


class _Build:
    """One run over the source folders."""

    def __init__(
        self,
        source_dirs: list[Path],
        index_dir: Path,
        encoder_name_or_path: str,
        on_progress: OnProgress | None,
        previous: PreviousIndex | None = None,
        *,
        read_all: bool = False,
    ) -> None:
        self._began_s = time.monotonic()
        self._source_dirs = source_dirs
        self._index_dir = index_dir
        self._encoder_name_or_path = encoder_name_or_path
        self._on_progress = on_progress
        self._previous = previous
        self._sources = read_sources(source_dirs, previous.manifest if previous else None, read_all=read_all)
        self._skipped: list[SkippedEntry] = [*self._sources.problems]
        self._indexed = 0

    def has_changes(self) -> bool:
        """Tell whether a new version would differ from the live one."""
        return self._previous is None or not self._sources.same_as(self._previous.manifest)

    def unchanged_report(self) -> BuildReport:
        """Describe the live version, which stays."""
        assert self._previous is not None  # noqa: S101  the caller has asked `has_changes`
        manifest = self._previous.manifest
        self._skipped = [*manifest.skipped]
        return self._report(len(manifest.documents), 0, manifest.chunk_count, published=False)

    def run(self, anew_because: str = "") -> BuildReport:
        """Write a new version and make it the live one."""
        encoder = load_encoder(self._encoder_name_or_path)
        with new_version(self._index_dir) as folder:
            with EncodingQueue(encoder, self._tell) as queue, IndexWriter(folder, queue) as writer:
                self._write_documents(writer, ChunkSize.for_encoder(encoder))
                if not writer.document_ids:
                    raise NothingToIndexError(self._source_dirs)
                old_vectors = self._previous.vectors if self._previous else None
                writer.finish(encoder, old_vectors, tuple(self._skipped), self._source_dirs)
            check_new_version(folder, encoder)  # what cannot be opened must not go live
        self._tell(len(self._sources.files), queue.encoded)
        before = self._previous.manifest.documents.keys() if self._previous else set()
        removed = len(before - writer.document_ids)
        unchanged = len(writer.document_ids) - self._indexed
        return self._report(unchanged, removed, writer.chunk_count, anew_because)

    def _write_documents(self, writer: IndexWriter, chunk_size: ChunkSize) -> None:
        """Put every file into the new version: from the old index if it can be, else by reading it."""
        known = [self._known(entry) for _, entry in self._sources.files]
        unread = [f for (f, _), before in zip(self._sources.files, known, strict=True) if before is None]
        with closing(load_documents([(file.path, file.source_dir) for file in unread])) as loaded:
            for number, ((file, entry), before) in enumerate(zip(self._sources.files, known, strict=True), 1):
                document = next(loaded) if before is None else before
                if isinstance(document, str):
                    self._skip(file, entry, document)
                elif document.id in writer.document_ids:
                    self._skip(file, entry, f"the id {document.id} is taken by another file", id_taken=True)
                elif isinstance(document, ReusedDocument):
                    writer.add_reused(document, entry)
                else:
                    self._indexed += 1
                    writer.add_new(document, chunks_of(document, chunk_size), entry, number)

    def _known(self, entry: SourceEntry) -> ReusedDocument | str | None:
        """Look up what became of the same file at the last build; None when it is not known."""
        return None if self._previous is None else self._previous.outcome(same_content(entry))

    def _skip(self, file: SourceFile, entry: SourceEntry, reason: str, *, id_taken: bool = False) -> None:
        self._skipped.append(SkippedEntry(entry, str(file.source_dir), reason, id_taken))

    def _tell(self, files_done: int, chunks_encoded: int) -> None:
        if self._on_progress is not None:
            self._on_progress(BuildProgress(files_done, len(self._sources.files), chunks_encoded))

    def _report(
        self, unchanged: int, removed: int, chunks: int, anew_because: str = "", *, published: bool = True
    ) -> BuildReport:
        elapsed_s = time.monotonic() - self._began_s
        skipped = tuple((Path(entry.source_dir, entry.source.path), entry.reason) for entry in self._skipped)
        _log.info(
            "index indexed=%d unchanged=%d removed=%d chunks=%d skipped=%d seconds=%.1f",
            self._indexed, unchanged, removed, chunks, len(skipped), elapsed_s,
        )  # fmt: skip
        return BuildReport(
            self._indexed, unchanged, removed, chunks, skipped, elapsed_s, anew_because, published
        )
