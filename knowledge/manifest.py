"""What an index was made of, so that a search never mixes vectors of two models."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from knowledge.encoder import Encoder
from knowledge.errors import IndexMismatchError, IndexUnavailableError
from knowledge.index_files import MANIFEST_FILE, file_sha256

FORMAT_VERSION = 2


@dataclass(frozen=True, slots=True)
class FileStamp:
    """By what a file that nobody has touched is known without reading it.

    Attributes:
        path: relative to the source folder, NFC.
        mtime_ns: 0 when the file had been changed so lately that the next change might get the same time.
    """

    path: str
    size: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """A source file as it was when it was indexed, or skipped.

    Attributes:
        path: relative to its source folder, with "/" between, NFC.
        sha256: over the file, the file beside it and the `source.yml` above it.
        loader: name and version of what read it, "" for a format that is not read.
        files: the stamps of those files, the file itself first.
    """

    path: str
    sha256: str
    loader: str
    files: tuple[FileStamp, ...]


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """A document of the index: where it came from and how many chunks in a row are its own."""

    source: SourceEntry
    chunks: int


@dataclass(frozen=True, slots=True)
class SkippedEntry:
    """A file that is not in the index.

    Attributes:
        source_dir: the folder that its path is relative to, absolute.
        reason: in a sentence for its owner.
        id_taken: another file has its id, so it may well be indexed when that one is gone.
    """

    source: SourceEntry
    source_dir: str
    reason: str
    id_taken: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """Description of one index version.

    Attributes:
        format_version: layout of the files; raised when an older reader could not use them.
        encoder_name: model name or path, for people.
        encoder_fingerprint: identity of the model, for comparison.
        dimension: length of a vector.
        normalised: vectors have length 1, so the inner product is the cosine.
        chunk_count: vectors and lines of the chunk file.
        documents: what each document was made of, by id, in the order of documents and chunks.
        skipped: files that could not be indexed.
        source_dirs: the folders that were read, absolute.
        chunker: version of the code that cut the documents.
        files: SHA-256 of each other file of the version, by file name.
        built_at: UTC.
        tools: version of each tool that shaped the files, by package name.
    """

    format_version: int
    encoder_name: str
    encoder_fingerprint: str
    dimension: int
    normalised: bool
    chunk_count: int
    documents: dict[str, DocumentEntry]
    skipped: tuple[SkippedEntry, ...]
    source_dirs: tuple[str, ...]
    chunker: str
    files: dict[str, str]
    built_at: datetime
    tools: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Format:
    format_version: int


_ADAPTER: TypeAdapter[Manifest] = TypeAdapter(Manifest)
_FORMAT_ADAPTER: TypeAdapter[_Format] = TypeAdapter(_Format)


def write_manifest(version_dir: Path, manifest: Manifest) -> None:
    """Write the manifest into a version folder."""
    (version_dir / MANIFEST_FILE).write_bytes(_ADAPTER.dump_json(manifest, indent=2) + b"\n")


def read_manifest(version_dir: Path) -> Manifest:
    """Read the manifest of a version folder.

    Raises:
        IndexUnavailableError: the file is missing or damaged.
        IndexMismatchError: it has another format version.
    """
    path = version_dir / MANIFEST_FILE
    try:
        content = path.read_bytes()
        format_version = _FORMAT_ADAPTER.validate_json(content).format_version
        if format_version != FORMAT_VERSION:  # the rest may well look otherwise
            raise IndexMismatchError("file format", format_version, FORMAT_VERSION)
        return _ADAPTER.validate_json(content)
    except OSError as exc:
        raise IndexUnavailableError(path, "the file cannot be read") from exc
    except ValidationError as exc:
        raise IndexUnavailableError(path, "the file is damaged") from exc


def check_encoder(manifest: Manifest, encoder: Encoder) -> None:
    """Make sure that queries are encoded by the model that encoded the documents.

    Raises:
        IndexMismatchError: another model, another copy of it, or another dimension.
    """
    if manifest.encoder_fingerprint != encoder.fingerprint:
        raise IndexMismatchError(
            "the encoder",
            f"{manifest.encoder_name} ({manifest.encoder_fingerprint})",
            f"{encoder.name} ({encoder.fingerprint})",
        )
    if manifest.dimension != encoder.dimension:
        raise IndexMismatchError("dimension", manifest.dimension, encoder.dimension)


def check_files(manifest: Manifest, version_dir: Path) -> None:
    """Make sure that the files are those that the builder wrote.

    Raises:
        IndexUnavailableError: a file is missing or has other contents; the error names it.
    """
    for name, expected in manifest.files.items():
        if file_sha256(version_dir / name) != expected:
            raise IndexUnavailableError(version_dir / name, "the file is damaged")
