"""An update takes over what has not changed, and nothing that has."""

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from index_encoders import make_encoder

from index_builder import build as build_module
from index_builder import document_loader, parallel_loading, previous_index
from index_builder.build import BuildReport, build_index, update_index
from index_builder.index_status import index_status
from index_builder.verification import verify_index
from knowledge.documents import DocumentStore
from knowledge.encoder import Encoder, Vectors
from knowledge.errors import IndexMismatchError, IndexUnavailableError
from knowledge.index_files import CHUNKS_FILE, DOCUMENTS_FILE, VECTORS_FILE, current_version_dir, file_sha256
from knowledge.manifest import read_manifest, write_manifest
from knowledge.sentence_transformer_encoder import load_encoder
from knowledge.vector_index import FaissVectorIndex


class CountingEncoder:
    """Remembers which texts it was asked for."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name, self.fingerprint, self.dimension = encoder.name, encoder.fingerprint, encoder.dimension
        self.max_tokens, self.count_tokens = encoder.max_tokens, encoder.count_tokens
        self.texts: list[str] = []

    def encode_query(self, texts: list[str]) -> Vectors:
        self.texts += texts
        return self._encoder.encode_query(texts)

    def encode_document(self, texts: list[str]) -> Vectors:
        self.texts += texts
        return self._encoder.encode_document(texts)


@pytest.fixture(scope="module")
def encoder_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_encoder(tmp_path_factory.mktemp("encoder"), seed=1)


@pytest.fixture
def encoder(encoder_path: str, monkeypatch: pytest.MonkeyPatch) -> CountingEncoder:
    counting = CountingEncoder(load_encoder(encoder_path))
    monkeypatch.setattr(build_module, "load_encoder", lambda _path: counting)
    return counting


@pytest.fixture
def source_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "routines"
    folder.mkdir()
    for name in ("a", "b", "c"):
        write(folder / f"{name}.md", f"---\nid: {name}\n---\n# Tittel {name}\n\nTekst i {name}.\n")
    write(folder / "bad.md", "---\nid: [\n---\nx")
    return folder


@pytest.fixture
def index_dir(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def built(source_dir: Path, index_dir: Path, encoder: CountingEncoder, encoder_path: str) -> BuildReport:
    report = build_index([source_dir], index_dir, encoder_path)
    encoder.texts.clear()
    return report


def write(path: Path, text: str) -> None:
    """Write a file as it would look to a build that comes long after."""
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(10**18, time.time_ns() - 60 * 10**9))


def counts(report: BuildReport) -> tuple[int, int, int, int]:
    return report.indexed, report.unchanged, report.removed, len(report.skipped)


def vectors_by_text(index_dir: Path) -> dict[str, list[float]]:
    folder = current_version_dir(index_dir)
    lines = (folder / CHUNKS_FILE).read_text(encoding="utf-8").splitlines()
    vectors = FaissVectorIndex.load(folder / VECTORS_FILE).vectors()
    return {line: vector.tolist() for line, vector in zip(lines, vectors, strict=True)}


def test_update_without_changes_makes_no_version_and_reads_nothing(
    built: BuildReport, source_dir: Path, index_dir: Path, encoder_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bytes:
        raise AssertionError(f"{path} was read")

    version = current_version_dir(index_dir)
    with monkeypatch.context() as patch:
        patch.setattr(build_module, "load_documents", lambda paths: refuse(paths[0][0]))
        patch.setattr("index_builder.source_files._digest", lambda parts, _stamps: refuse(parts[0]))
        report = update_index([source_dir], index_dir, encoder_path)
    assert (counts(report), report.published) == ((0, 3, 0, 1), False)
    assert report.skipped == built.skipped
    assert current_version_dir(index_dir) == version


def test_only_changed_and_new_documents_are_encoded_and_removed_ones_go(
    built: BuildReport, source_dir: Path, index_dir: Path, encoder: CountingEncoder, encoder_path: str
) -> None:
    before = vectors_by_text(index_dir)
    write(source_dir / "b.md", "---\nid: b\n---\n# Tittel b\n\nNy tekst i b.\n")
    write(source_dir / "d.md", "---\nid: d\n---\n# Tittel d\n\nTekst i d.\n")
    (source_dir / "a.md").unlink()
    report = update_index([source_dir], index_dir, encoder_path)
    assert counts(report) == (2, 1, 1, 1)
    assert encoder.texts == ["Tittel b.", "Tittel b\nNy tekst i b.", "Tittel d.", "Tittel d\nTekst i d."]
    assert [document.id for document in DocumentStore(index_dir).all()] == ["b", "c", "d"]
    after = vectors_by_text(index_dir)
    kept = before.keys() & after.keys()
    assert sum('"document_id":"c"' in line for line in kept) == 2
    assert all(after[line] == before[line] for line in kept)
    verify_index(current_version_dir(index_dir), encoder)


def test_update_and_build_give_the_same_files(
    built: BuildReport, source_dir: Path, index_dir: Path, tmp_path: Path, encoder_path: str
) -> None:
    write(source_dir / "0.md", "---\nid: first\n---\n# Først\n\nTekst.\n")
    write(source_dir / "b.md", "---\nid: b2\n---\n# Tittel b\n\nNy tekst i b.\n")
    update_index([source_dir], index_dir, encoder_path)
    build_index([source_dir], tmp_path / "fresh", encoder_path)
    for name in (CHUNKS_FILE, DOCUMENTS_FILE, VECTORS_FILE):
        updated, fresh = (file_sha256(current_version_dir(d) / name) for d in (index_dir, tmp_path / "fresh"))
        assert updated == fresh, name


def test_touched_file_is_read_but_not_indexed_again(
    built: BuildReport, source_dir: Path, index_dir: Path, encoder_path: str
) -> None:
    (source_dir / "a.md").touch()
    report = update_index([source_dir], index_dir, encoder_path)
    assert (counts(report), report.published) == ((0, 3, 0, 1), False)


def test_change_with_the_same_size_and_time_is_seen_when_all_is_read(
    built: BuildReport, source_dir: Path, index_dir: Path, encoder_path: str
) -> None:
    path = source_dir / "a.md"
    status = path.stat()
    path.write_text(path.read_text(encoding="utf-8").replace("Tekst", "TEKST"), encoding="utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert not update_index([source_dir], index_dir, encoder_path).published
    assert counts(update_index([source_dir], index_dir, encoder_path, read_all=True)) == (1, 2, 0, 1)


def test_file_that_was_changed_just_before_the_build_is_read_again(
    source_dir: Path, index_dir: Path, encoder: CountingEncoder, encoder_path: str
) -> None:
    path = source_dir / "a.md"
    path.touch()
    build_index([source_dir], index_dir, encoder_path)
    status = path.stat()
    path.write_text(path.read_text(encoding="utf-8").replace("Tekst", "TEKST"), encoding="utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert counts(update_index([source_dir], index_dir, encoder_path)) == (1, 2, 0, 1)


@pytest.mark.parametrize("name", ["a.md.yml", "source.yml"])
def test_file_beside_or_above_counts(
    built: BuildReport, source_dir: Path, index_dir: Path, encoder_path: str, name: str
) -> None:
    write(source_dir / name, "access: employees\n")
    report = update_index([source_dir], index_dir, encoder_path)
    changed = {d.id for d in DocumentStore(index_dir).all() if d.access == ("employees",)}
    assert changed == ({"a"} if name == "a.md.yml" else {"a", "b", "c"})
    assert report.indexed == len(changed)
    (source_dir / name).unlink()
    update_index([source_dir], index_dir, encoder_path)
    assert not any(d.access for d in DocumentStore(index_dir).all())


def test_mended_file_comes_in_and_freed_id_is_taken(
    built: BuildReport, source_dir: Path, index_dir: Path, encoder_path: str
) -> None:
    write(source_dir / "bad.md", "---\nid: a\n---\n# Ny a\n\nTekst.\n")
    report = update_index([source_dir], index_dir, encoder_path)
    assert [reason for _, reason in report.skipped] == ["the id a is taken by another file"]
    assert not update_index([source_dir], index_dir, encoder_path).published
    (source_dir / "a.md").unlink()
    assert counts(update_index([source_dir], index_dir, encoder_path)) == (1, 2, 0, 0)
    document = DocumentStore(index_dir).get("a")
    assert document is not None
    assert document.title == "Ny a"


def test_moved_source_folder_keeps_its_vectors(
    built: BuildReport, source_dir: Path, index_dir: Path, encoder: CountingEncoder, encoder_path: str
) -> None:
    moved = source_dir.rename(source_dir.with_name("moved"))
    assert update_index([moved], index_dir, encoder_path).unchanged == 3
    assert not encoder.texts


def test_other_loader_version_parses_again(
    built: BuildReport, source_dir: Path, index_dir: Path, encoder_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index_builder.source_files.loader_version", lambda _path: "markdown:other")
    assert counts(update_index([source_dir], index_dir, encoder_path)) == (3, 0, 0, 1)


@pytest.mark.parametrize("change", ["chunker", "tool", "encoder", "damage", "format"])
def test_update_makes_all_anew_and_says_why(
    built: BuildReport,
    source_dir: Path,
    index_dir: Path,
    encoder_path: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: str,
) -> None:
    folder = current_version_dir(index_dir)
    manifest = read_manifest(folder)
    reasons = {
        "chunker": "cut into passages has changed",
        "tool": "torch was 0.1 and is ",
        "encoder": "The encoder has changed",
        "damage": "chunks.jsonl: the file is damaged",
        "format": "file format 1",
    }
    if change == "chunker":
        monkeypatch.setattr(previous_index, "chunker_version", lambda: "other")
    elif change == "tool":
        write_manifest(folder, replace(manifest, tools={**manifest.tools, "torch": "0.1"}))
    elif change == "encoder":
        encoder_path = make_encoder(tmp_path / "other", seed=2)
    elif change == "damage":
        (folder / CHUNKS_FILE).write_bytes(b"")
    else:
        write_manifest(folder, replace(manifest, format_version=1))
    report = update_index([source_dir], index_dir, encoder_path)
    assert counts(report) == (3, 0, 0, 1)
    assert reasons[change] in report.anew_because


def test_parallel_loading_gives_the_same_in_the_same_order(
    built: BuildReport, source_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [(path, source_dir) for path in sorted(source_dir.iterdir())]
    alone = list(parallel_loading.load_documents(paths))
    monkeypatch.setattr(parallel_loading, "MIN_FILES", 1)
    monkeypatch.setattr(parallel_loading.os, "sched_getaffinity", lambda _pid: {0, 1})
    assert list(parallel_loading.load_documents(paths)) == alone
    assert [type(item) is str for item in alone] == [False, False, True, False]


def test_killed_build_leaves_the_old_index_and_the_next_one_works(
    built: BuildReport, source_dir: Path, index_dir: Path, encoder: CountingEncoder, encoder_path: str
) -> None:
    code = (
        "import sys, time; from pathlib import Path; from index_builder import build, encoding_queue\n"
        "def hang(chunks, encoder): print('encoding', flush=True); time.sleep(600)\n"
        "encoding_queue.encode_chunks = hang\n"
        "build.build_index([Path(sys.argv[1])], Path(sys.argv[2]), sys.argv[3])"
    )
    before = current_version_dir(index_dir)
    command = [sys.executable, "-c", code, str(source_dir), str(index_dir), encoder_path]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"encoding\n"
        assert any(path.name.endswith(".tmp") for path in before.parent.iterdir())
        process.send_signal(signal.SIGKILL)
    assert current_version_dir(index_dir) == before
    verify_index(before, encoder)
    write(source_dir / "d.md", "---\nid: d\n---\n# Tittel d\n\nTekst i d.\n")
    assert counts(update_index([source_dir], index_dir, encoder_path)) == (1, 3, 0, 1)
    assert not any(path.name.endswith(".tmp") for path in before.parent.iterdir())


def test_status_counts_what_an_update_would_do(
    built: BuildReport, source_dir: Path, index_dir: Path, encoder_path: str
) -> None:
    write(source_dir / "a.md", "ny tekst")
    write(source_dir / "d.md", "tekst")
    (source_dir / "b.md").unlink()
    status = index_status(index_dir, [source_dir])
    assert (status.unchanged, status.changed, status.new, status.removed) == (2, 1, 1, 1)
    assert [entry.reason for entry in status.manifest.skipped] == ["front matter is not valid YAML"]


@pytest.mark.parametrize("vector", [np.nan, 2.0])
def test_vectors_that_are_no_unit_vectors_are_found(
    built: BuildReport, index_dir: Path, encoder: CountingEncoder, vector: float
) -> None:
    folder = current_version_dir(index_dir)
    vectors = FaissVectorIndex.load(folder / VECTORS_FILE).vectors()
    vectors[1, :] = vector
    publish(folder, VECTORS_FILE, vectors)
    with pytest.raises(IndexUnavailableError, match=r"vectors\.faiss: a vector is not"):
        verify_index(folder, encoder)


def test_vectors_of_other_texts_are_found(
    built: BuildReport, index_dir: Path, encoder: CountingEncoder
) -> None:
    folder = current_version_dir(index_dir)
    vectors = FaissVectorIndex.load(folder / VECTORS_FILE).vectors()
    publish(folder, VECTORS_FILE, vectors[::-1])
    with pytest.raises(IndexUnavailableError, match=r"vectors\.faiss: the encoder gives other vectors"):
        verify_index(folder, encoder)


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        (CHUNKS_FILE, b'"section":0', b'"section":7', "has no section"),
        (CHUNKS_FILE, b'"end":10', b'"end":99', "outside its section"),
        (CHUNKS_FILE, b'"document_id":"b"', b'"document_id":"c"', "not those of the documents"),
        (DOCUMENTS_FILE, b'"id":"b"', b'"id":"x"', "not those of the manifest"),
        (DOCUMENTS_FILE, b'{"id":"b"', b'{"i":"b"', "the file is damaged"),
    ],
)
def test_files_that_do_not_fit_each_other_are_named(
    built: BuildReport,
    index_dir: Path,
    encoder: CountingEncoder,
    name: str,
    old: bytes,
    new: bytes,
    problem: str,
) -> None:
    folder = current_version_dir(index_dir)
    content = (folder / name).read_bytes()
    assert old in content
    publish(folder, name, content.replace(old, new))
    with pytest.raises(IndexUnavailableError, match=f"{name}: .*{problem}"):
        verify_index(folder, encoder)


def test_verify_refuses_another_encoder(built: BuildReport, index_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(IndexMismatchError):
        verify_index(current_version_dir(index_dir), load_encoder(make_encoder(tmp_path / "other", seed=2)))


def publish(folder: Path, name: str, content: bytes | Vectors) -> None:
    """Damage a file in a way that its hash does not tell."""
    if isinstance(content, bytes):
        (folder / name).write_bytes(content)
    else:
        FaissVectorIndex.of(np.ascontiguousarray(content)).save(folder / name)
    manifest = read_manifest(folder)
    write_manifest(folder, replace(manifest, files={**manifest.files, name: file_sha256(folder / name)}))


@pytest.mark.parametrize("suffix", [".md", ".html", ".docx", ".pdf"])
def test_version_of_a_loader_is_over_all_modules_that_it_imports(suffix: str) -> None:
    room = Path(document_loader.__file__).parent
    loader = document_loader._LOADERS[suffix]
    named = {*document_loader._SHARED_MODULES, *loader.modules}
    imported: set[str] = set()
    waiting = ["markdown_loader.py", *loader.modules]
    while waiting:
        name = waiting.pop()
        imported.add(name)
        code = (room / name).read_text(encoding="utf-8")
        found = {
            f"{module}.py" for module in re.findall(r"^from index_builder\.(\w+) import", code, re.MULTILINE)
        }
        waiting += found - imported - {"errors.py"}
    assert imported <= named
