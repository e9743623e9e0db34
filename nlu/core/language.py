"""Which language a message has: Bokmål, Nynorsk or another one.

The witnesses, the plainest first: the script; marker words and the dictionary of lemmas, which a few foreign
words in a Norwegian sentence do not impress; lingua's n-grams.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

import yaml
from lingua import Language, LanguageDetector, LanguageDetectorBuilder
from simplemma import is_known

from nlu.core.errors import ModelFileError
from nlu.core.tokens import LEMMA_LANGUAGES, fold, without_surrogates

NYNORSK, BOKMAL, OTHER = "nn", "nb", "other"
LEXICON_PATH = Path(__file__).parent / "lexicon" / "language.yml"
# More says nothing new.
MAX_CHARS = 500
# Shorter messages ("ja", "takk") say nothing about the language; the conversation keeps the one it has.
MIN_LETTERS = 12
# A shorter message is decided by this many marker words of one form: "Kva gjer eg?"
SHORT_MARKERS = 2
# Below this lead the detector of the two forms is guessing: of the training texts that are decided, 0.3 % of
# Bokmål and 0.2 % of Nynorsk go wrong; with 0.2 it is 0.9 % and 0.7 %.
MIN_LEAD = 0.4
# Letters that are neither Latin nor to be taken for a stray sign.
MIN_FOREIGN_LETTERS = 4
# A Norwegian message has at least this share of words that the dictionary knows; names and typos lower it.
SURELY_UNKNOWN, PERHAPS_UNKNOWN = 0.5, 0.75
# The other languages must leave less than this to Norwegian and Danish together, in a few words much less.
MAX_NORWEGIAN, MAX_NORWEGIAN_IN_FEW = 0.3, 0.07
FEW_WORDS = 5

_WORD = re.compile(r"[^\W\d_]+")


def written_form(text: str) -> str | None:
    """Return "nb", "nn", "other", or None when the text is too short or too even to tell.

    A Norwegian message with foreign words in it is Norwegian, and a dialect gets the form that is nearer.
    """
    text = unicodedata.normalize("NFC", without_surrogates(text[:MAX_CHARS]))
    letters = [char for char in text if char.isalpha()]
    foreign = sum(not _is_latin(char) for char in letters)
    if foreign >= MIN_FOREIGN_LETTERS and 2 * foreign > len(letters):
        return OTHER
    words = [fold(word) for word in _WORD.findall(text)]
    if len(letters) < MIN_LETTERS:
        return _marked_form(words, SHORT_MARKERS)
    if _is_foreign(text, words):
        return OTHER
    return _marked_form(words, 1) or _weighed_form(text)


def _marked_form(words: list[str], lead: int) -> str | None:
    """Return the form that has `lead` more marker words than the other."""
    marks = _lexicon()
    difference = sum(word in marks[NYNORSK] for word in words) - sum(word in marks[BOKMAL] for word in words)
    if abs(difference) < lead:
        return None
    return NYNORSK if difference > 0 else BOKMAL


def _weighed_form(text: str) -> str | None:
    first, second = _forms().compute_language_confidence_values(text)[:2]
    if first.value - second.value < MIN_LEAD:
        return None
    return NYNORSK if first.language == Language.NYNORSK else BOKMAL


def _is_foreign(text: str, words: list[str]) -> bool:
    """Tell whether a text in Latin script is another language, in doubt not.

    Of the 8,357 training texts with letters enough, n-grams alone take 2.3 % for foreign, the dictionary
    (under 60 % known) 1.1 %, both together 0.2 %, of which a third are foreign or no language.
    """
    known = sum(is_known(word, lang=LEMMA_LANGUAGES) for word in words) / len(words)
    if known >= PERHAPS_UNKNOWN:
        return False
    if known >= SURELY_UNKNOWN and not _lexicon()["norwegian"].isdisjoint(words):
        return False
    chances = _languages().compute_language_confidence_values(text)
    norwegian = (Language.BOKMAL, Language.NYNORSK, Language.DANISH)
    limit = MAX_NORWEGIAN if len(words) > FEW_WORDS else MAX_NORWEGIAN_IN_FEW
    return sum(chance.value for chance in chances if chance.language in norwegian) < limit


@lru_cache(maxsize=2000)
def _is_latin(letter: str) -> bool:
    return letter < "\u0250" or unicodedata.name(letter, "").startswith("LATIN")


@lru_cache(maxsize=1)
def _forms() -> LanguageDetector:
    return (
        LanguageDetectorBuilder.from_languages(Language.BOKMAL, Language.NYNORSK)
        .with_preloaded_language_models()
        .build()
    )


@lru_cache(maxsize=1)
def _languages() -> LanguageDetector:
    """Weigh many languages by trigrams alone: 30 MB instead of the 600 MB of all n-grams."""
    names = {"BOKMAL", "NYNORSK", "DANISH", *(name.upper() for name in _lexicon()["others"])}
    return (
        LanguageDetectorBuilder.from_languages(*(getattr(Language, name) for name in sorted(names)))
        .with_low_accuracy_mode()
        .with_preloaded_language_models()
        .build()
    )


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, frozenset[str]]:
    try:
        content: dict[str, str] = yaml.safe_load(LEXICON_PATH.read_text(encoding="utf-8"))
        return {name: frozenset(words.split()) for name, words in content.items()}
    except (OSError, yaml.YAMLError, AttributeError) as error:
        raise ModelFileError(LEXICON_PATH, "not a readable list of words") from error
