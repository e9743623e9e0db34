"""A manifest survives the disk, and tells when something does not fit."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from knowledge.encoder import Vectors
from knowledge.errors import IndexMismatchError, IndexUnavailableError
from knowledge.index_files import MANIFEST_FILE, file_sha256
from knowledge.manifest import (
    FORMAT_VERSION,
    DocumentEntry,
    FileStamp,
    Manifest,
    SkippedEntry,
    SourceEntry,
    check_encoder,
    check_files,
    read_manifest,
    write_manifest,
)

SOURCE = SourceEntry("a.md", "00", "markdown:00", (FileStamp("a.md", 10, 1, 2),))
MANIFEST = Manifest(
    format_version=FORMAT_VERSION,
    encoder_name="var/encoder",
    encoder_fingerprint="sha256:1",
    dimension=4,
    normalised=True,
    chunk_count=2,
    documents={"A": DocumentEntry(SOURCE, 2)},
    skipped=(SkippedEntry(replace(SOURCE, path="b.pdf"), "/routines", "the PDF is damaged"),),
    source_dirs=("/routines",),
    chunker="00",
    files={},
    built_at=datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
    tools={"faiss-cpu": "1.15.1"},
)


@dataclass(frozen=True)
class StillEncoder:
    name: str = "var/encoder"
    fingerprint: str = "sha256:1"
    dimension: int = 4
    max_tokens: int | None = None

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def encode_query(self, texts: list[str]) -> Vectors:
        return np.zeros((len(texts), self.dimension), dtype=np.float32)

    encode_document = encode_query


def test_round_trip(tmp_path: Path) -> None:
    write_manifest(tmp_path, MANIFEST)
    assert read_manifest(tmp_path) == MANIFEST


def test_matching_encoder_passes_under_another_name() -> None:
    check_encoder(MANIFEST, StillEncoder(name="/srv/encoder"))


@pytest.mark.parametrize("encoder", [StillEncoder(fingerprint="sha256:2"), StillEncoder(dimension=8)])
def test_other_encoder_is_a_mismatch(encoder: StillEncoder) -> None:
    with pytest.raises(IndexMismatchError, match="sifra index build"):
        check_encoder(MANIFEST, encoder)


def test_other_format_is_a_mismatch(tmp_path: Path) -> None:
    write_manifest(tmp_path, replace(MANIFEST, format_version=FORMAT_VERSION + 1))
    with pytest.raises(IndexMismatchError, match="file format"):
        read_manifest(tmp_path)


def test_format_of_another_version_is_named_even_if_nothing_else_fits(tmp_path: Path) -> None:
    (tmp_path / MANIFEST_FILE).write_text('{"format_version": 1, "documents": {"A": "00"}}', encoding="utf-8")
    with pytest.raises(IndexMismatchError, match="sifra index build"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format_version": "x"}', b"\xff"])
def test_damaged_manifest_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / MANIFEST_FILE).write_bytes(content)
    with pytest.raises(IndexUnavailableError, match=r"manifest\.json.*sifra index build"):
        read_manifest(tmp_path)


def test_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(IndexUnavailableError, match=r"manifest\.json"):
        read_manifest(tmp_path)


def test_changed_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "chunks.jsonl"
    path.write_text("a", encoding="utf-8")
    manifest = replace(MANIFEST, files={"chunks.jsonl": file_sha256(path)})
    check_files(manifest, tmp_path)
    path.write_text("b", encoding="utf-8")
    with pytest.raises(IndexUnavailableError, match=r"chunks\.jsonl"):
        check_files(manifest, tmp_path)
