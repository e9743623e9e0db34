"""Word classes: a hand-written lexicon that lets unseen words behave like seen ones.

`lexicon/concepts.yml` lists base forms by concept ("lift", "nurse", "leak"). A compound belongs to the
concept of its head, the longest known ending: "pasientheis" to that of "heis".
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

from nlu.core.errors import ModelFileError
from nlu.core.tokens import NorwegianToken, fold

LEXICON = Path(__file__).parent / "lexicon" / "concepts.yml"
# Shorter endings ("is", "tre") are found in words that have nothing to do with them.
MIN_HEAD_CHARS = 4
MIN_MODIFIER_CHARS = 2


class ConceptLexicon:
    """Looks words up."""

    def __init__(self, words: dict[str, tuple[str, ...]]) -> None:
        """Take the table word → concepts; words are lower case and NFC."""
        self._words = words
        self._of_form = lru_cache(maxsize=50_000)(self._look_up)

    @classmethod
    def load(cls, path: Path = LEXICON) -> ConceptLexicon:
        """Read a YAML mapping concept → base forms.

        Raises:
            ModelFileError: the file is missing or not such a mapping.
        """
        words: dict[str, list[str]] = {}
        try:
            content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
            for concept, forms in content.items():
                if not isinstance(forms, list):
                    raise TypeError(concept)
                for form in forms:
                    words.setdefault(fold(form), []).append(concept)
        except (OSError, ValueError, TypeError, AttributeError, yaml.YAMLError) as error:
            raise ModelFileError(path, f"not a table of word classes ({type(error).__name__})") from error
        return cls({form: tuple(concepts) for form, concepts in words.items()})

    def concepts_of(self, token: NorwegianToken) -> tuple[str, ...]:
        """Return the concepts of a token, none for a word that the lexicon does not reach."""
        return self._of_form(fold(token.text), token.lemma)

    def _look_up(self, form: str, lemma: str) -> tuple[str, ...]:
        for word in (form, lemma):
            if word in self._words:
                return self._words[word]
        for word in (lemma, form):
            for start in range(MIN_MODIFIER_CHARS, len(word) - MIN_HEAD_CHARS + 1):
                if word[start:] in self._words:
                    return self._words[word[start:]]
        return ()
