"""One index version in memory: chunks belong to their documents, and what does not fit is refused."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from search_fakes import BagOfWordsEncoder, make_document, make_snapshot

from index_builder import build as build_module
from index_builder.build import build_index
from knowledge.chunk import Chunk
from knowledge.errors import IndexUnavailableError
from knowledge.index_files import CHUNKS_FILE, current_version_dir, file_sha256
from knowledge.manifest import read_manifest, write_manifest
from knowledge.snapshot import IndexSnapshot, open_index
from knowledge.vector_index import FaissVectorIndex

CHUNKS = (
    Chunk("A", "title", "ab"),
    Chunk("A", "section", "ab\ncd", 0),
    Chunk("A", "section", "ab\nef", 1),
    Chunk("A", "question", "gh"),
    Chunk("B", "title", "ij"),
    Chunk("B", "section", "ij\ngh", 0),
)


def snapshot(chunks: Sequence[Chunk], ids: Sequence[str] = ("A", "B")) -> IndexSnapshot:
    vectors = np.zeros((len(chunks), 2), dtype=np.float32)
    documents = {doc_id: make_document(doc_id) for doc_id in ids}
    return IndexSnapshot(documents, list(chunks), FaissVectorIndex.of(vectors))


def test_rows_know_their_document_and_their_kind() -> None:
    index = snapshot(CHUNKS)
    assert [document.id for document in index.documents] == ["A", "B"]
    assert index.document_of_row.tolist() == [0, 0, 0, 0, 1, 1]
    assert index.first_row.tolist() == [0, 4, 6]
    assert np.flatnonzero(index.is_title).tolist() == [0, 4]
    assert np.flatnonzero(index.is_question).tolist() == [3]
    assert index.passage_rows.tolist() == [1, 2, 5]
    assert (index.rows_of(0).tolist(), index.rows_of(1).tolist()) == ([1, 2], [5])


def test_documents_follow_the_chunks_and_not_the_document_file() -> None:
    index = snapshot(CHUNKS, ids=("B", "A"))
    assert [document.id for document in index.documents] == ["A", "B"]


@pytest.mark.parametrize("order", [(0, 1, 4, 5, 2, 3), (4, 0, 1, 2, 3, 5)])
def test_chunks_that_do_not_stand_together_are_an_error(order: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="together"):
        snapshot([CHUNKS[i] for i in order])


def test_document_without_chunks_is_an_error() -> None:
    with pytest.raises(ValueError, match="each document needs some"):
        snapshot(CHUNKS, ids=("A", "B", "C"))


def test_chunk_of_a_document_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        snapshot(CHUNKS, ids=("A",))


def test_spelling_is_compared_with_passages_documents_and_titles() -> None:
    index = snapshot(CHUNKS)

    def covered(query: str) -> list[list[bool]]:
        indexes = (index.spelling_of_passages, index.spelling_of_documents, index.spelling_of_titles)
        return [(each.coverage(query) > 0).tolist() for each in indexes]

    assert covered("ef") == [[False, True, False], [True, False], [False, False]]
    assert covered("ij") == [[False, False, True], [False, True], [False, True]]
    # An example question is no text of the document: A is asked for with it, B says it.
    assert covered("gh") == [[False, False, True], [False, True], [False, False]]


def test_snapshot_of_nothing_is_empty() -> None:
    index = snapshot((), ids=())
    assert index.documents == []
    assert index.first_row.tolist() == [0]
    assert index.spelling_of_passages.coverage("ab").shape == (0,)


def test_helper_gives_rows_the_vectors_of_their_chunks() -> None:
    index = make_snapshot([(CHUNKS[0], (0, 1)), (CHUNKS[1], (1, 0))])
    assert index.vectors.nearest(np.array([1, 0], dtype=np.float32), 1).tolist() == [1]


@pytest.fixture
def version_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(build_module, "load_encoder", lambda _: BagOfWordsEncoder())
    source, index_dir = tmp_path / "routines", tmp_path / "index"
    source.mkdir()
    for name in ("A", "B"):
        (source / f"{name}.md").write_text(f"---\nid: {name}\ntitle: {name}\n---\nTekst.", encoding="utf-8")
    build_index([source], index_dir, "bag-of-words")
    return current_version_dir(index_dir)


def rewrite_chunks(version_dir: Path, lines: Sequence[bytes]) -> None:
    """Change the chunk file as if the builder had written it so."""
    path = version_dir / CHUNKS_FILE
    path.write_bytes(b"".join(lines))
    manifest = read_manifest(version_dir)
    files = {**manifest.files, CHUNKS_FILE: file_sha256(path)}
    write_manifest(version_dir, replace(manifest, files=files))


def test_what_the_builder_wrote_can_be_opened(version_dir: Path) -> None:
    index = open_index(version_dir, BagOfWordsEncoder())
    assert [document.id for document in index.documents] == ["A", "B"]
    assert len(index.vectors) == len(index.chunks) == 4


def test_chunks_out_of_order_name_the_file(version_dir: Path) -> None:
    a1, a2, b1, b2 = (version_dir / CHUNKS_FILE).read_bytes().splitlines(keepends=True)
    rewrite_chunks(version_dir, [a1, b1, a2, b2])
    with pytest.raises(IndexUnavailableError, match=rf"{CHUNKS_FILE}: the chunks do not fit the documents"):
        open_index(version_dir, BagOfWordsEncoder())


def test_chunk_of_an_unknown_document_names_the_file(version_dir: Path) -> None:
    a1, a2, b1, b2 = (version_dir / CHUNKS_FILE).read_bytes().splitlines(keepends=True)
    rewrite_chunks(version_dir, [a1, a2, b1, b2.replace(b'"B"', b'"C"', 1)])
    with pytest.raises(IndexUnavailableError, match=CHUNKS_FILE):
        open_index(version_dir, BagOfWordsEncoder())


def test_fewer_chunks_than_vectors_are_refused(version_dir: Path) -> None:
    rewrite_chunks(version_dir, (version_dir / CHUNKS_FILE).read_bytes().splitlines(keepends=True)[:-1])
    with pytest.raises(IndexUnavailableError, match="the vectors do not fit the chunks"):
        open_index(version_dir, BagOfWordsEncoder())
