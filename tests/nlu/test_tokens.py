"""Tokens: offsets refer to the text as given, whatever it holds, and no text costs seconds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nlu.core.tokens import MAX_UNBROKEN_CHARS, MAX_WORD_CHARS, NorwegianTokenizer, fold, lemma_of

TEXTS = [
    "Jeg falt på glatta utenfor Solbakken skole i går kveld.",
    "Eg fekk ikkje tak i vakta, og ho hadde heller ikkje svart på telefonen.",
    "æ dætt på isen utaførr skola, å no e armen brækt!",
    "A\u030apent brann\u0308skap i Bla\u030absgate, o\u0308de ga\u030ard",
    "Brann 🔥🔥 i 👩‍🚒-bilen (rom 12), ring 📞 nå!",
    "kl. 14.30, 3.5 kg – ca. 20 % «sitat» a/b e-post@kommune.no https://kommune.no/avvik?id=1",
    "  to\t\tmellomrom\n\nog\u00a0hardt  ",
    "\x00 null og \u200bnullbredde",
]


@pytest.mark.parametrize("text", TEXTS)
def test_every_token_is_the_text_at_its_offset(tokenize: NorwegianTokenizer, text: str) -> None:
    tokens = tokenize(text)
    assert len(tokens) > 3
    assert [text[token.start : token.start + len(token.text)] for token in tokens] == [
        token.text for token in tokens
    ]


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_cover_all_that_is_not_white_space_in_reading_order(
    tokenize: NorwegianTokenizer, text: str
) -> None:
    covered = [
        index for token in tokenize(text) for index in range(token.start, token.start + len(token.text))
    ]
    assert covered == sorted(set(covered))
    assert all(text[index].isspace() for index in set(range(len(text))) - set(covered))


@pytest.mark.parametrize("text", ["", " ", "\n\t \u00a0\u3000", "\u2028"])
def test_a_text_without_words_has_no_tokens(tokenize: NorwegianTokenizer, text: str) -> None:
    assert tokenize(text) == []


@pytest.mark.parametrize(
    ("word", "lemma"),
    [
        ("lekkasjer", "lekkasje"),
        ("skadet", "skade"),
        ("avvikene", "avvik"),
        ("rutinar", "rutine"),
        ("kjeldene", "kjelde"),
    ],
)
def test_lemma_is_the_base_form_in_both_written_forms(word: str, lemma: str) -> None:
    assert lemma_of(word) == lemma


def test_lemma_does_not_depend_on_case_or_composition(tokenize: NorwegianTokenizer) -> None:
    composed, decomposed, upper = (tokenize(text)[0].lemma for text in ("gården", "ga\u030arden", "GÅRDEN"))
    assert composed == decomposed == upper
    assert composed == "gård"


@pytest.mark.parametrize("word", ["blørkefnatt", "2026-00042", "a" * 500, "123", "🔥"])
def test_an_unknown_word_keeps_its_form_up_to_the_limit(word: str) -> None:
    assert lemma_of(word) == word[:MAX_WORD_CHARS]


def test_fold_is_composed_and_lower_case() -> None:
    assert fold("A\u030aPEN ÆRLIG") == "åpen ærlig"


@pytest.mark.parametrize("unit", ["(", ":", "'", "avvik ", "a", "9", "a-", "http://a.", "e@", ").("])
def test_twenty_thousand_characters_cost_as_much_as_many_short_ones(
    tokenize: NorwegianTokenizer, monkeypatch: pytest.MonkeyPatch, unit: str
) -> None:
    rules, looked_at = tokenize._nlp.tokenizer, 0

    def counted(search: Callable[[str], object]) -> Callable[[str], object]:
        def count(word: str) -> object:
            nonlocal looked_at
            looked_at += len(word)
            return search(word)

        return count

    # spaCy takes sign after sign off the edge of a word, each time looking at all that is left of it.
    monkeypatch.setattr(rules, "prefix_search", counted(rules.prefix_search))
    monkeypatch.setattr(rules, "suffix_search", counted(rules.suffix_search))
    text = (unit * 20_000)[:20_000]
    tokens = tokenize(text)
    assert 0 < looked_at <= 2 * MAX_UNBROKEN_CHARS * len(text)
    assert "".join(token.text for token in tokens) == "".join(text.split())


def test_a_long_unbroken_stretch_is_cut_and_keeps_offsets(tokenize: NorwegianTokenizer) -> None:
    text = "før " + "x" * 250 + " etter"
    tokens = tokenize(text)
    assert [len(token.text) for token in tokens] == [3, MAX_UNBROKEN_CHARS, MAX_UNBROKEN_CHARS, 50, 5]
    assert all(text.startswith(token.text, token.start) for token in tokens)


def test_half_a_surrogate_pair_becomes_a_replacement_character(tokenize: NorwegianTokenizer) -> None:
    tokens = tokenize("hei \ud83d på")
    assert [(token.text, token.start) for token in tokens] == [("hei", 0), ("\ufffd", 4), ("på", 6)]
