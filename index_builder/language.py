"""Which written language a document has, told by small words that only one of them uses."""

import re
from functools import cache
from pathlib import Path
from typing import cast

import yaml

_WORDS_FILE = Path(__file__).with_name("loader_words.yml")
_WORD = re.compile(r"[^\W\d_]+")
_DEFAULT = "nb"
_MAX_CHARS = 40_000  # enough to tell; a longer text only takes longer


def detect_language(text: str) -> str:
    """Return "nb", "nn" or "en"; "nb" for a text that has none of the words.

    Measured on SIB-200: of texts of five sentences all 182 in Bokmål and 181 of 182 in Nynorsk are right; of
    single sentences 99.7 % and 84 %, as many Nynorsk ones have none of its own words.
    """
    words = _WORD.findall(text[:_MAX_CHARS].casefold())
    scores = {
        language: sum(word in markers for word in words) for language, markers in _marker_words().items()
    }
    best = max(scores, key=lambda language: scores[language])
    return best if scores[best] > scores[_DEFAULT] else _DEFAULT


@cache
def loader_words() -> dict[str, object]:
    """Read the word lists of the loaders."""
    return cast(dict[str, object], yaml.safe_load(_WORDS_FILE.read_text(encoding="utf-8")))


@cache
def _marker_words() -> dict[str, frozenset[str]]:
    lists = cast(dict[str, str], loader_words()["languages"])
    return {language: frozenset(words.split()) for language, words in lists.items()}
