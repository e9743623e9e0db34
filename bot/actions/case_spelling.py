"""How small Norwegian words are written in dialect, in a hurry and in one, from case_spelling.yml. Pure.

The readers of questions and of acts have word lists of their own; a word that these do not know is looked for
here. Nothing is guessed at the time of reading: the slips that count are made when the lists are loaded.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

# A word of fewer letters is too near to others to be guessed from a slip.
_MIN_SLIP_CHARS = 3
# "oktbr" is October; with fewer letters a rest of a word could be anything.
_MIN_SHORTENED_CHARS = 5
_MOST_LETTERS_LACKING = 2
_MIN_HEAD_CHARS, _MIN_TAIL_CHARS = 2, 2


class Spellings:
    """The usual writing of words that are written otherwise."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._usual: dict[str, str] = {}
        for usual, variants in data["usual"].items():
            for variant in variants.split():
                self._usual.setdefault(variant, usual)
        self._times: list[str] = data["times"].split()
        self._heads = sorted(data["joined_heads"].split(), key=len, reverse=True)
        self._tails = frozenset(data["joined_tails"].split())
        self._known = set(self._usual.values()) | set(self._times) | self._tails | set(self._heads)
        self.real = frozenset(data["not_swapped"].split())
        self._slips = {**self._all_slips(data), **self._all_swaps(data)}

    @property
    def variants(self) -> dict[str, str]:
        """The writings that are listed, without slips."""
        return self._usual

    def usual(self, word: str) -> str | None:
        """The usual writing of a folded word.

        Returns:
            None when the word is not one of these, or is written so already.
        """
        if word in self._usual:
            return self._usual[word]
        if word in self._known:
            return None
        return self._slips.get(word) or self._shortened(word)

    def parted(self, word: str, names: Container[str] = ()) -> tuple[str, str] | None:
        """The two words of which one was made by mistake: "hvormange".

        Args:
            names: what else the second may be.
        """
        for head in self._heads:
            tail = word.removeprefix(head)
            if len(head) < _MIN_HEAD_CHARS or tail == word or len(tail) < _MIN_TAIL_CHARS:
                continue
            meant = self.usual(tail) or tail
            if meant in self._tails or tail in names:
                return self.usual(head) or head, meant if meant in self._tails else tail
        return None

    def _all_slips(self, data: dict[str, Any]) -> dict[str, str]:
        kept = set(data["not_slips"].split()) | self._known | set(data["slips"].split())
        beside = _neighbours(data["keys"])
        found: dict[str, str] = {}
        for word in (*data["slips"].split(), *self._times):
            for slip in _slips_of(word, beside):
                if len(slip) >= _MIN_SLIP_CHARS and slip not in kept:
                    found.setdefault(slip, word)
        return found

    def _all_swaps(self, data: dict[str, Any]) -> dict[str, str]:
        kept = self.real | self._known | set(self._usual)
        return {swap: word for word in data["swapped"].split() for swap in swaps_of(word) if swap not in kept}

    def _shortened(self, word: str) -> str | None:
        if len(word) < _MIN_SHORTENED_CHARS:
            return None
        return next((time for time in self._times if _lacks_letters(word, time)), None)


@lru_cache(maxsize=1)
def spellings() -> Spellings:
    """The spellings of case_spelling.yml, read once."""
    return Spellings(yaml.safe_load(Path(__file__).with_name("case_spelling.yml").read_text("utf-8")))


def _neighbours(rows: list[str]) -> dict[str, str]:
    """Letter → the letters of the keys on its left and right."""
    return {
        letter: row[max(place - 1, 0) : place] + row[place + 1 : place + 2]
        for row in rows
        for place, letter in enumerate(row)
    }


def swaps_of(word: str) -> Iterator[str]:
    """A word with two letters that are beside each other changed about, at every place."""
    for place in range(len(word) - 1):
        if word[place] != word[place + 1]:
            yield word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _slips_of(word: str, beside: dict[str, str]) -> Iterator[str]:
    for place, letter in enumerate(word):
        yield word[:place] + word[place + 1 :]
        yield word[:place] + letter + word[place:]
        yield word[:place] + word[place + 1 : place + 2] + letter + word[place + 2 :]
        for other in beside.get(letter, ""):
            yield word[:place] + other + word[place + 1 :]


def _lacks_letters(word: str, whole: str) -> bool:
    """Tell whether a word is another without one or two letters inside it."""
    if not 0 < len(whole) - len(word) <= _MOST_LETTERS_LACKING or (word[0], word[-1]) != (
        whole[0],
        whole[-1],
    ):
        return False
    letters = iter(whole)
    return all(letter in letters for letter in word)
