"""Likeness of spelling, worked out by hand: words of two letters are one n-gram each ("_ab_")."""

import unicodedata
from math import log

import numpy as np
import pytest

from knowledge.lexical_index import LexicalIndex, all_words, count_units, lemmas, sum_counts, words_of

SATURATION, LENGTH_SHARE = 1.2, 0.75


def coverage(query: str, *texts: str) -> list[float]:
    covered = LexicalIndex(count_units(texts)).coverage(query)
    assert covered.dtype == np.float32
    assert covered.shape == (len(texts),)
    return [float(share) for share in covered]


def best(query: str, *texts: str) -> str:
    covered = coverage(query, *texts)
    assert max(covered) > 0
    return texts[int(np.argmax(covered))]


def test_more_of_an_ngram_counts_more_but_never_as_all() -> None:
    assert coverage("ab", "ab cd", "ab ab", "cd ef") == pytest.approx([1 / 2.2, 2 / 3.2, 0])


def test_rarer_ngrams_weigh_more() -> None:
    # Of two texts "ab" is in both and "cd" in the first only.
    common, rare = log(1 + 0.5 / 2.5), log(1 + 1.5 / 1.5)
    expected = [1 / 2.2, common * (2 / 3.2) / (common + rare)]
    assert coverage("ab cd", "ab cd", "ab ab") == pytest.approx(expected)


def test_a_text_with_the_rare_word_beats_one_with_the_common_word() -> None:
    texts = ("ab cd", "ab ef", "ab gh", "ij kl")
    assert best("ab ij", *texts) == "ij kl"


def test_an_ngram_in_a_longer_text_counts_less() -> None:
    def share(length: int) -> float:
        return 1 / (1 + SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * length / 2.5))

    assert coverage("ab", "ab", "ab cd ef gh") == pytest.approx([share(1), share(4)])


def test_a_word_asked_twice_counts_once_and_order_does_not_matter() -> None:
    texts = ("ab cd", "cd ef ef", "gh")
    assert coverage("ab ab cd", *texts) == coverage("cd ab", *texts)


def test_half_of_a_query_covers_half_as_much() -> None:
    # Both words are in one text each, so each is half of the query.
    whole, other = coverage("ab cd", "ab", "cd")
    assert whole == pytest.approx(0.5 / 2.2)
    assert other == pytest.approx(whole)


def test_scores_of_short_and_long_queries_compare() -> None:
    text = "stikkskade nål hanske såpe legevakt blodprøve avviksmelding"
    (short,), (long,) = coverage("stikkskade", text), coverage(text, text)
    assert 0 < short < 1
    assert long == pytest.approx(short, rel=0.01)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("fallforebyggig", "Fallforebygging hos eldre"),  # a letter left out
        ("falforebygging", "Fallforebygging hos eldre"),
        ("avvik på medisin", "Medisinavvik meldes samme dag"),  # parts of a compound
        ("medisinavviksskjema", "Medisinavvik meldes samme dag"),
        ("sjukemelding", "Sykemelding og egenmelding"),  # nynorsk
        ("brannøvingar", "Brannøvelse to ganger i året"),
        ("BRANNØVELSEN", "Brannøvelse to ganger i året"),
    ],
)
def test_typos_compounds_and_nynorsk_still_match(query: str, expected: str) -> None:
    texts = (
        "Fallforebygging hos eldre",
        "Medisinavvik meldes samme dag",
        "Sykemelding og egenmelding",
        "Brannøvelse to ganger i året",
        "Reiseregning og kjøregodtgjørelse",
    )
    assert best(query, *texts) == expected


def test_decomposed_letters_are_the_same_letters() -> None:
    query = "båret på måten"
    decomposed = unicodedata.normalize("NFD", query)
    assert decomposed != query
    texts = ("Slik blir hun båret", "Maten")
    assert coverage(decomposed, *texts) == coverage(query, *texts)
    assert all_words(decomposed) == all_words(query)


@pytest.mark.parametrize("query", ["", "  \n", "🙂🙂", "?!", "_", "hva er det"])
def test_a_query_without_words_of_its_own_covers_nothing(query: str) -> None:
    assert coverage(query, "ab", "hva er det", "") == [0, 0, 0]


def test_words_that_every_text_has_are_left_out() -> None:
    assert words_of("Hva gjør jeg når brannalarmen går?") == ["brannalarmen", "går"]
    assert all_words("Hva gjør jeg") == ["hva", "gjør", "jeg"]
    texts = ("ab cd", "hva er ef")
    assert coverage("hva er ab", *texts) == coverage("ab", *texts)


def test_no_texts_and_empty_texts_are_no_fault() -> None:
    assert coverage("ab") == []
    assert coverage("ab", "") == [0]


def test_count_units_marks_the_boundaries_of_words() -> None:
    counts = count_units(["katt", "katter", "ab"])
    assert counts.sum(axis=1).ravel().tolist() == [[3, 5, 1]]  # _kat katt att_; _kat katt atte tter ter_
    assert int((counts[0].multiply(counts[1]) > 0).sum()) == 2


def test_sum_counts_gives_what_counting_the_joined_texts_gives() -> None:
    counts = sum_counts(count_units(["ab cd", "ef", "ab", "gh"]), [0, 1, 0, 3], size=4)
    joined = count_units(["ab cd ab", "ef", "", "gh"])
    assert counts.shape == joined.shape
    assert (counts != joined).nnz == 0


def test_sum_counts_of_nothing_has_a_row_per_group() -> None:
    assert sum_counts(count_units([]), [], size=2).sum(axis=1).ravel().tolist() == [[0, 0]]


def test_lemmas_match_inflected_words_and_not_parts_of_them() -> None:
    index = LexicalIndex(count_units(["Bilene står ute", "bilag", "bruk av hansker"], lemmas), lemmas)
    found = [(index.coverage(query) > 0).tolist() for query in ("bilen", "bilag", "hanske", "bi")]
    first, second, third = [True, False, False], [False, True, False], [False, False, True]
    assert found == [first, second, third, [False] * 3]
    assert lemmas("").shape == (0,)
