"""What people say is found in its forms and phrases, and nothing is found by the beginning of a word only."""

import unicodedata
from pathlib import Path

import pytest

from knowledge.errors import LayWordsError
from knowledge.lay_words import LayWordEntry, LayWords, read_lay_words

LEXICON = LayWords(
    [
        LayWordEntry(term=("legemiddel",), lay=("medisin", "pille")),
        LayWordEntry(term=("legemiddelavvik", "feilmedisinering"), lay=("feil medisin", "gitt feil pille")),
        LayWordEntry(term=("hjertestarter",), lay=("støt", "ne")),
        LayWordEntry(term=("dosering",), lay=("dosett", "pille")),
    ]
)


@pytest.mark.parametrize(
    "text", ["medisin", "Medisinen", "MEDISINA", "medisiner", "«medisinene»?", "pillene"]
)
def test_a_word_is_found_in_its_forms(text: str) -> None:
    assert "legemiddel" in LEXICON.terms(text)


@pytest.mark.parametrize(
    "text",
    ["medisinskapet", "medisi", "medi", "sykemedisin", "nesa", "net", "støtte", "støter på", "dose", "pil"],
)
def test_the_beginning_of_another_word_is_not_the_word(text: str) -> None:
    if text.startswith("støt"):
        # A word of four letters may have an ending: this is what that costs.
        assert LEXICON.terms(text) == ("hjertestarter",)
    else:
        assert LEXICON.terms(text) == ()


def test_short_words_are_found_as_they_are() -> None:
    assert LEXICON.terms("ne") == ("hjertestarter",)


def test_a_phrase_is_its_words_in_a_row_in_their_forms() -> None:
    both = ("legemiddelavvik", "feilmedisinering", "legemiddel")
    assert LEXICON.terms("Hun fikk feil medisiner i dag") == both
    assert LEXICON.terms("feil på medisin") == ("legemiddel",)
    assert LEXICON.terms("medisin feil") == ("legemiddel",)
    assert LEXICON.terms("feil") == ()
    assert LEXICON.terms("en feil") == ()  # the text ends inside the phrase


def test_overlapping_phrases_are_all_found() -> None:
    found = LEXICON.terms("gitt feil piller")
    assert found == ("legemiddelavvik", "feilmedisinering", "legemiddel", "dosering")


def test_terms_come_in_the_order_of_the_text_and_once() -> None:
    assert LEXICON.terms("støt, medisin, støt") == ("hjertestarter", "legemiddel")
    assert LEXICON.terms("medisin og støt og pille") == ("legemiddel", "hjertestarter", "dosering")


@pytest.mark.parametrize("text", ["", "🙂", "  ?!", "ukjent"])
def test_nothing_said_finds_nothing(text: str) -> None:
    assert LEXICON.terms(text) == ()


def test_decomposed_letters_are_the_same_letters() -> None:
    lexicon = LayWords([LayWordEntry(term=("sår",), lay=(unicodedata.normalize("NFD", "skår i låret"),))])
    assert lexicon.terms("skår i låret") == ("sår",)
    assert lexicon.terms(unicodedata.normalize("NFD", "skår i låret")) == ("sår",)


def test_an_entry_of_signs_only_is_left_out() -> None:
    assert LayWords([LayWordEntry(term=("x",), lay=("?!", ""))]).terms("hva ?!") == ()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"- term: [", "cannot be read as YAML"),
        (b"\xff\xfe\x00", "cannot be read as YAML"),
        (b"", "list"),
        (b"just words", "list"),
        (b"- term: [a]\n", r"0\.lay"),
        (b"- {term: [a], lay: [b]}\n- {term: [a], lay: b}\n", r"1\.lay"),
        (b"- {term: [a], lay: [nei, no]}\n", r"0\.lay\.1"),  # YAML reads a bare "no" as false
        (b"- {term: [a], lay: [b], note: c}\n", r"0\.note"),
    ],
)
def test_a_damaged_file_is_named_with_the_place(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "ord.yml"
    path.write_bytes(content)
    with pytest.raises(LayWordsError, match=rf"ord\.yml is no lexicon of lay words: .*{problem}") as caught:
        read_lay_words(path)
    assert caught.value.path == path


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LayWordsError, match=r"mangler\.yml"):
        LayWords.load(tmp_path / "mangler.yml")


def test_a_municipality_adds_its_own_words_to_those_of_the_project(tmp_path: Path) -> None:
    path = tmp_path / "ord.yml"
    path.write_text("- {term: [garderobe], lay: [kvistbua]}\n", encoding="utf-8")
    assert LayWords.load().terms("kvistbua") == ()
    assert LayWords.load(path).terms("kvistbua") == ("garderobe",)
    assert "dosett" in LayWords.load(path).terms("pilleesken")
