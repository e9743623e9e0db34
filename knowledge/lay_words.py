"""What people say, and what routines call it."""

from collections.abc import Sequence
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from knowledge.errors import LayWordsError
from knowledge.lexical_index import all_words

OWN_LAY_WORDS = Path(__file__).parent / "data" / "lay_words.yml"
# An inflected word is this many letters longer at most ("nesa" is not "ne", "doseringer" is "dosering").
_ENDING_CHARS = 3
_SHORTEST_STEM = 4


class LayWordEntry(BaseModel):
    """One matter: the terms that routines use, and the words and short phrases that people use."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    term: tuple[str, ...]
    lay: tuple[str, ...]


_ENTRIES: TypeAdapter[list[LayWordEntry]] = TypeAdapter(list[LayWordEntry])


def read_lay_words(path: Path) -> list[LayWordEntry]:
    """Read a lexicon: a list of {term: [...], lay: [...]}.

    Raises:
        LayWordsError: the file cannot be read or is no lexicon.
    """
    try:
        return _ENTRIES.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise LayWordsError(path, "it cannot be read as YAML") from exc
    except ValidationError as exc:
        place = ".".join(str(step) for step in exc.errors()[0]["loc"])
        raise LayWordsError(path, f"{place}: {exc.errors()[0]['msg']}") from exc


class LayWords:
    """Finds the terms behind the words of a question."""

    def __init__(self, entries: Sequence[LayWordEntry]) -> None:
        self._by_first: dict[str, list[tuple[list[str], tuple[str, ...]]]] = {}
        for entry in entries:
            for phrase in entry.lay:
                words = all_words(phrase)
                if words:
                    self._by_first.setdefault(words[0][:_SHORTEST_STEM], []).append((words, entry.term))

    @classmethod
    def load(cls, *extra: Path) -> "LayWords":
        """Read the project's lexicon and further ones.

        Raises:
            LayWordsError: a file is no lexicon.
        """
        return cls([entry for path in (OWN_LAY_WORDS, *extra) for entry in read_lay_words(path)])

    def terms(self, text: str) -> tuple[str, ...]:
        """Return the terms for what a text says, in the order in which it says it; none twice."""
        words = all_words(text)
        found = [
            term
            for place, word in enumerate(words)
            for phrase, terms in self._by_first.get(word[:_SHORTEST_STEM], [])
            if _begins_with(words[place:], phrase)
            for term in terms
        ]
        return tuple(dict.fromkeys(found))


def _begins_with(words: list[str], phrase: list[str]) -> bool:
    return len(words) >= len(phrase) and all(map(_is_form_of, words, phrase))


def _is_form_of(word: str, stem: str) -> bool:
    if word == stem:
        return True
    is_inflected = word.startswith(stem) and len(word) - len(stem) <= _ENDING_CHARS
    return len(stem) >= _SHORTEST_STEM and is_inflected
