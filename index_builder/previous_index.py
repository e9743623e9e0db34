"""What an update takes over from the index that is live."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from index_builder.chunking import chunker_version
from index_builder.source_files import same_content
from index_builder.versions import tool_versions
from knowledge.encoder import Vectors
from knowledge.errors import IndexMismatchError, IndexUnavailableError
from knowledge.index_files import (
    CHUNKS_FILE,
    DOCUMENTS_FILE,
    POINTER_FILE,
    VECTORS_FILE,
    current_version_dir,
)
from knowledge.manifest import Manifest, check_files, read_manifest
from knowledge.vector_index import FaissVectorIndex


@dataclass(frozen=True, slots=True)
class ReusedDocument:
    """An unchanged document as its lines in the old files; `rows` are those of its vectors."""

    id: str
    document_line: bytes
    chunk_lines: list[bytes]
    rows: range


class PreviousIndex:
    """The live index, whole and made with the same tools."""

    def __init__(self, version_dir: Path, manifest: Manifest) -> None:
        self.manifest = manifest
        self.vectors: Vectors = FaissVectorIndex.load(version_dir / VECTORS_FILE).vectors()
        document_lines = _lines(version_dir / DOCUMENTS_FILE)
        chunk_lines = _lines(version_dir / CHUNKS_FILE)
        starts = [0]
        for document in manifest.documents.values():
            starts.append(starts[-1] + document.chunks)
        if len(document_lines) != len(manifest.documents) or not (
            starts[-1] == len(chunk_lines) == len(self.vectors)
        ):
            raise IndexUnavailableError(version_dir / CHUNKS_FILE, "the file does not fit the others")
        self._documents = {
            same_content(entry.source): ReusedDocument(
                document_id, line, chunk_lines[start:end], range(start, end)
            )
            for (document_id, entry), line, (start, end) in zip(
                manifest.documents.items(), document_lines, pairwise(starts), strict=True
            )
        }
        self._skipped = {same_content(entry.source): entry for entry in manifest.skipped}

    def outcome(self, content: tuple[str, str, str]) -> ReusedDocument | str | None:
        """Tell what became of a file when it was the same as now.

        Returns:
            Its document, or the reason why it was skipped. None when it is new, or only its id was taken.
        """
        skipped = self._skipped.get(content)
        if skipped is not None and not skipped.id_taken:
            return skipped.reason
        return self._documents.get(content)


def open_previous(index_dir: Path, encoder_fingerprint: str) -> PreviousIndex | str:
    """Open the live index for an update.

    Returns:
        The index; or why nothing of it can be taken over, as a sentence ("" when there is none).
    """
    if not (index_dir / POINTER_FILE).exists():
        return ""
    try:
        version_dir = current_version_dir(index_dir)
        manifest = read_manifest(version_dir)
        changed = _changed_tool(manifest, encoder_fingerprint)
        if changed:
            return changed
        check_files(manifest, version_dir)
        return PreviousIndex(version_dir, manifest)
    except IndexMismatchError as exc:
        return f"The old index has {exc.field} {exc.in_index}, the new one {exc.running}."
    except IndexUnavailableError as exc:
        return f"The old index cannot be used: {exc.path}: {exc.problem}."


def _changed_tool(manifest: Manifest, encoder_fingerprint: str) -> str:
    if manifest.encoder_fingerprint != encoder_fingerprint:
        return f"The encoder has changed since {manifest.built_at:%Y-%m-%d %H:%M} UTC."
    if manifest.chunker != chunker_version():
        return "The way in which documents are cut into passages has changed."
    for tool, running in tool_versions().items():
        before = manifest.tools.get(tool, "unknown")
        if before != running:
            return f"{tool} was {before} and is {running} now."
    return ""


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines(keepends=True)
    except OSError as exc:
        raise IndexUnavailableError(path, "the file cannot be read") from exc
