"""What is shown of a document, and which of its sentences are marked."""

import numpy as np
import pytest
from search_fakes import TableEncoder, make_document, make_snapshot

from knowledge.chunk import Chunk
from knowledge.documents import Document
from knowledge.passages import SHOWN_WORDS, best_sentences, compose_passage, ordered_passages

QUERY = np.array([1.0, 0.0], dtype=np.float32)


def words(count: int, word: str = "ord") -> str:
    return " ".join([word] * count)


def whole(document: Document, *sections: int) -> list[Chunk]:
    """Return chunks that hold whole sections, in the order given."""
    return [
        Chunk(document.id, "section", "", number, 0, len(document.sections[number].passage))
        for number in sections
    ]


def test_a_short_section_is_followed_by_the_next_best() -> None:
    document = make_document("A", ("Formål", "Trygghet."), ("Slik", "Vask.\nRing."), ("Ansvar", "Lederen."))
    passage = compose_passage(document, whole(document, 1, 2, 0))
    assert passage.section.heading == "Slik"
    assert [section.heading for section in passage.further] == ["Ansvar"], "a purpose is no help"
    assert passage.text == "Vask.\nRing.\n\nAnsvar:\nLederen."
    assert compose_passage(document, whole(document, 0, 1)).section.heading == "Formål", (
        "unless it is asked for"
    )


def test_a_section_that_does_not_fit_is_passed_over() -> None:
    document = make_document("A", ("En", words(10)), ("To", words(SHOWN_WORDS)), ("Tre", words(10)))
    passage = compose_passage(document, whole(document, 0, 1, 2))
    assert [section.heading for section in passage.further] == ["Tre"]


@pytest.mark.parametrize(("second", "fits"), [(SHOWN_WORDS - 60 - 1, True), (SHOWN_WORDS - 60, False)])
def test_the_room_counts_headings_too(second: int, fits: bool) -> None:
    document = make_document("A", ("En", words(60)), ("To", words(second)))
    assert bool(compose_passage(document, whole(document, 0, 1)).further) is fits


def test_each_section_takes_room_from_the_next() -> None:
    document = make_document("A", ("En", words(40)), ("To", words(40)), ("Tre", words(40)))
    assert len(compose_passage(document, whole(document, 0, 1, 2)).further) == 1


def test_a_long_section_is_cut_to_the_piece_that_answers() -> None:
    text = f"{words(200, 'foran')} Vask såret. {words(200, 'bak')}"
    start = text.index("Vask")
    document = make_document("A", ("Lang", text), ("Kort", "Lederen."))
    piece = Chunk("A", "section", "", 0, start - 1, start + len("Vask såret.") + 1)
    passage = compose_passage(document, [piece, *whole(document, 1)])
    assert passage.text == "Vask såret.\n\nKort:\nLederen."
    assert passage.section is document.sections[0]


def test_no_section_comes_twice() -> None:
    document = make_document("A", ("En", "første del andre del"), ("To", "kort her"))
    chunks = [
        Chunk("A", "section", "", 0, 0, 10),
        Chunk("A", "section", "", 0, 11, 20),
        Chunk("A", "section", "", 1, 0, 4),
        Chunk("A", "section", "", 1, 5, 8),
    ]
    passage = compose_passage(document, chunks)
    assert passage.text == "første del\n\nTo:\nkort her"
    assert [section.heading for section in passage.further] == ["To"]


def test_one_section_stands_alone() -> None:
    document = make_document("A", ("En", "Vask."))
    passage = compose_passage(document, whole(document, 0))
    assert (passage.text, passage.further) == ("Vask.", ())


def marked(text: str, scores: dict[str, float], question: str = "zz") -> list[str]:
    encoder = TableEncoder({sentence: (score, 0.0) for sentence, score in scores.items()})
    spans = best_sentences(text, question, QUERY, encoder)
    assert list(spans) == sorted(spans)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    return [text[start:end] for start, end in spans]


ONE, TWO, THREE = "Vask såret med såpe.", "Ring legevakta med en gang.", "Meld avvik samme dag."


def test_at_most_two_sentences_are_marked_in_reading_order() -> None:
    text = f"{ONE} {TWO} {THREE}"
    assert marked(text, {ONE: 0.8, TWO: 0.85, THREE: 0.9}) == [TWO, THREE]
    assert marked(text, {ONE: 0.9, TWO: 0.5, THREE: 0.8}) == [ONE, THREE]


def test_a_second_sentence_that_is_much_worse_is_not_marked() -> None:
    assert marked(f"{ONE} {TWO}", {ONE: 0.5, TWO: 0.9}) == [TWO]


def test_words_of_the_question_count_beside_the_meaning() -> None:
    # One of two words is worth 0.25.
    assert marked(f"{ONE} {TWO}", {ONE: 0.6, TWO: 0.65}, "legevakta zz") == [TWO]
    assert marked(f"{ONE} {TWO}", {ONE: 0.6, TWO: 0.65}) == [ONE, TWO]


@pytest.mark.parametrize("text", ["", "  ", ONE, "Vask såret med såpe", f"Slik:\n{ONE}", f"1.\n{ONE}"])
def test_a_single_sentence_is_not_marked(text: str) -> None:
    assert marked(text, {}) == []


def test_lines_are_sentences_without_the_white_space_around_them() -> None:
    text = "Gjør slik nå med det samme\n   Ring legevakta med en gang  \n– Meld avvik samme dag"
    scores = {
        "Gjør slik nå med det samme": 0.1,
        "Ring legevakta med en gang": 0.9,
        "– Meld avvik samme dag": 0.9,
    }
    assert marked(text, scores) == ["Ring legevakta med en gang", "– Meld avvik samme dag"]


def test_a_full_stop_inside_a_number_or_an_address_ends_no_sentence() -> None:
    text = "Se www.sundoy.no innen kl. 12.30 i dag! Ring vakta nå straks."
    scores = {
        "Se www.sundoy.no innen kl.": 0.9,
        "12.30 i dag!": 0.1,
        "Ring vakta nå straks.": 0.1,
    }
    assert marked(text, scores) == ["Se www.sundoy.no innen kl."]


def test_passages_come_best_first_and_equal_ones_in_the_order_of_the_document() -> None:
    chunks = [Chunk("A", "section", str(number), number) for number in range(4)]
    index = make_snapshot([(chunk, (1.0, 0.0)) for chunk in chunks])
    scores = np.array([0.5, 0.9, 0.5, 0.9], dtype=np.float32)
    assert [c.section for c in ordered_passages(index, [0, 1, 2, 3], scores)] == [1, 3, 0, 2]
    assert [c.section for c in ordered_passages(index, [3, 2], scores[:2])] == [2, 3]
