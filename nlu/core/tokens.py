"""Norwegian tokens with lemmas: spaCy splits, simplemma finds the base form (Bokmål, then Nynorsk)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import spacy
from simplemma import lemmatize

LEMMA_LANGUAGES = ("nb", "nn")
# A person never types a word of this length; a pasted blob must not cost seconds.
MAX_WORD_CHARS = 60
# spaCy takes the signs at the edge of a word off one by one, each time looking at all the rest: 20,000
# brackets without a space took 31 s. Longer stretches are cut, which costs a pasted address one extra token.
MAX_UNBROKEN_CHARS = 100


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
            Tokens in reading order without white space; offsets refer to `text` as given. Half of a
            surrogate pair, which no encoding knows, becomes U+FFFD.
        """
        return [
            NorwegianToken(token.text, start + token.idx, lemma_of(fold(token.text)))
            for start, piece in _pieces(without_surrogates(text))
            for token in self._nlp.make_doc(piece)
            if token.text.strip()
        ]


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Yield (offset, piece); a text of ordinary words is one piece."""
    begin = 0
    for run in re.finditer(rf"\S{{{MAX_UNBROKEN_CHARS + 1},}}", text):
        for cut in range(run.start() + MAX_UNBROKEN_CHARS, run.end(), MAX_UNBROKEN_CHARS):
            yield begin, text[begin:cut]
            begin = cut
    yield begin, text[begin:]


def without_surrogates(text: str) -> str:
    """Return text of the same length that can be encoded."""
    return re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", text)


def fold(text: str) -> str:
    """Return text as the models compare it: NFC, lower case."""
    return unicodedata.normalize("NFC", text).lower()
