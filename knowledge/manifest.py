"""What an index was made of, so that a search never mixes vectors of two models."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from knowledge.encoder import Encoder
from knowledge.errors import IndexMismatchError, IndexUnavailableError
from knowledge.index_files import MANIFEST_FILE, file_sha256

FORMAT_VERSION = 1


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
        documents: SHA-256 of each document's source file, by document id.
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
    documents: dict[str, str]
    files: dict[str, str]
    built_at: datetime
    tools: dict[str, str]


_ADAPTER: TypeAdapter[Manifest] = TypeAdapter(Manifest)


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
        manifest = _ADAPTER.validate_json(path.read_bytes())
    except OSError as exc:
        raise IndexUnavailableError(path, "the file cannot be read") from exc
    except ValidationError as exc:
        raise IndexUnavailableError(path, "the file is damaged") from exc
    if manifest.format_version != FORMAT_VERSION:
        raise IndexMismatchError("file format", manifest.format_version, FORMAT_VERSION)
    return manifest


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
