"""Long texts become pieces that fit, cut where a reader would cut, and nothing is lost."""

import time
from itertools import pairwise

import pytest

from index_builder.chunking import MAX_WORDS, ChunkSize, chunks_of
from index_builder.markdown_loader import parse_document
from index_builder.text_splitting import split_text


def words(text: str) -> float:
    return len(text.split())


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("a b c", 3, ["a b c"]),
        ("a b\nc d\ne f", 4, ["a b\nc d", "e f"]),
        ("En to. Tre fire. Fem seks.", 4, ["En to. Tre fire.", "Fem seks."]),
        ("en to tre fire fem", 2, ["en to", "tre fire", "fem"]),
        ("kort\nEn to. Tre fire.\nslutt", 3, ["kort\nEn to.", "Tre fire.\nslutt"]),
        ("  a\n\n  b  ", 1, ["a", "b"]),
        ("", 5, []),
    ],
)
def test_text_is_cut_at_lines_then_sentences_then_words(text: str, limit: int, pieces: list[str]) -> None:
    assert [text[p.start : p.end] for p in split_text(text, words, limit)] == pieces


def test_run_without_a_space_is_cut() -> None:
    pieces = split_text("x" * 1000, len, 300)
    assert "".join(("x" * 1000)[p.start : p.end] for p in pieces) == "x" * 1000
    assert len(pieces) == 5


def test_section_of_20_000_words_becomes_chunks_that_fit_and_together_are_all_of_it() -> None:
    body = "\n\n".join(f"Setning {i} handler om rutinen. Den har to deler." for i in range(2500))
    document = parse_document(f"---\nid: A\ntitle: Tittel\n---\n## Overskrift\n{body}")
    began = time.perf_counter()
    chunks = chunks_of(document)[1:]
    assert time.perf_counter() - began < 2
    passage = document.sections[0].passage
    assert len(passage.split()) >= 20_000
    assert max(len(chunk.text.split()) for chunk in chunks) <= MAX_WORDS
    for chunk in chunks:
        assert chunk.text == f"Tittel – Overskrift\n{passage[chunk.start : chunk.end]}"
    assert " ".join(passage[c.start : c.end] for c in chunks).split() == passage.split()
    assert all(before.end < after.start for before, after in pairwise(chunks))


def test_section_that_fits_is_one_chunk_with_its_whole_range() -> None:
    document = parse_document("---\nid: A\ntitle: T\n---\n## H\n1. a\n2. b")
    chunk = chunks_of(document)[1]
    assert (chunk.text, chunk.start, chunk.end) == ("T – H\n1. a\n2. b", 0, 9)


def test_limit_of_the_encoder_counts_beside_the_words() -> None:
    size = ChunkSize(max_tokens=20, count_tokens=lambda text: 2 * len(text.split()))
    document = parse_document("---\nid: A\ntitle: T\n---\n" + " ".join(f"ord{i}" for i in range(40)))
    chunks = chunks_of(document, size)[1:]
    assert len(chunks) > 1
    assert all(2 * len(chunk.text.split()) <= 20 for chunk in chunks)


def test_long_headings_leave_room_for_text() -> None:
    heading = " ".join(["Kapittel"] * 150)
    document = parse_document(f"---\nid: A\ntitle: {heading}\n---\n" + "Tekst her. " * 300)
    texts = [chunk.text for chunk in chunks_of(document)[1:]]
    assert all(len(text.split()) <= MAX_WORDS and "Tekst her." in text for text in texts)
