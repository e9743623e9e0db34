"""Norwegian tokens with lemmas: spaCy splits, simplemma finds the base form (Bokmål, then Nynorsk)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import spacy
from simplemma import lemmatize

LEMMA_LANGUAGES = ("nb", "nn")
# A person never types a word of this length; a pasted blob must not cost seconds.
MAX_WORD_CHARS = 60


@dataclass(frozen=True)
class NorwegianToken:
    """One token.

    Attributes:
        text: the characters as typed.
        start: offset of the first character in the message.
        lemma: base form, NFC and lower case.
    """

    text: str
    start: int
    lemma: str


@lru_cache(maxsize=50_000)
def lemma_of(word: str) -> str:
    """Return the base form of one lower-case NFC word; unknown words come back unchanged."""
    if len(word) > MAX_WORD_CHARS or not word.isalpha():
        return word[:MAX_WORD_CHARS]
    return str(lemmatize(word, lang=LEMMA_LANGUAGES)).lower()


class NorwegianTokenizer:
    """Splits with spaCy's rules for Norwegian; no trained pipeline is needed."""

    def __init__(self) -> None:
        self._nlp = spacy.blank("nb")

    def __call__(self, text: str) -> list[NorwegianToken]:
        """Split a message.

        Args:
            text: any text, also empty, decomposed or without letters.

        Returns:
            Tokens in reading order without white space; offsets refer to `text` as given.
        """
        return [
            NorwegianToken(token.text, token.idx, lemma_of(fold(token.text)))
            for token in self._nlp.make_doc(text)
            if token.text.strip()
        ]


def fold(text: str) -> str:
    """Return text as the models compare it: NFC, lower case."""
    return unicodedata.normalize("NFC", text).lower()
