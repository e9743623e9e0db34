"""The words of questions about cases, from case_words.yml: one way of writing them, and what they mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.actions.case_question_patterns import ANY_WORD, Match, Meaning, Node, expanded, find_all
from bot.actions.case_spelling import spellings, swaps_of

_DOUBLED = re.compile(r"(.)\1")
# A slip in a shorter word makes another word too easily; a long word may hold two.
MIN_CHARS_FOR_ONE_SLIP, MIN_CHARS_FOR_TWO_SLIPS = 5, 9
# A beginning of a word stands for a whole family, so it must be long to be guessed.
_MIN_STEM_FOR_A_SLIP = 6
_MIN_HEAD_CHARS = 3
_MIN_PLAIN_CHARS = 4
_MOST_GUESSES = 6
_MIN_SWAPPED_CHARS = 4


class CaseWords:
    """The word lists and patterns, ready to be looked up."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self._lists: dict[str, frozenset[str]] = {}
        own = _by_variant(data["same_words"])
        shared = {word: own.get(usual, usual) for word, usual in spellings().variants.items()}
        self._same = {**shared, **own}
        self.unit_keys = _by_variant(data["unit_words"])
        self._tails = sorted(data["tails"].split(), key=len, reverse=True)
        self._root = Node()
        self.known: set[str] = set()
        self.stems: set[str] = set()
        for rank, (name, patterns) in enumerate(data["meanings"].items()):
            kind, value = name.split(".", 1)
            for pattern in patterns.split(","):
                self._add(pattern.strip(), Meaning(kind, value, rank))
        self.meant = frozenset(word for word, node in self._root.words.items() if node.meanings)
        self.stops = self.words("stop_words")
        self.known |= self.stops | self.words("time_vocabulary") | set(self._same.values())
        self.known |= set(data["numbers"]) | set(data["months"]) | set(data["weekdays"])
        self.known |= set(self.unit_keys) | set(data["unit_words"]) | self.words("case_nouns")
        self._guesses = {word for word in self.known if len(word) >= MIN_CHARS_FOR_ONE_SLIP} | {
            variant for variant in own if len(variant) >= MIN_CHARS_FOR_ONE_SLIP
        }
        self._plain = {
            plain: word for word in self.known | set(self._same) for plain in self._plain_forms(word)
        }
        self._short_forms = [
            (re.compile(form, re.IGNORECASE), written) for form, written in data["short_forms"].items()
        ]
        self._long_stems = sorted(stem for stem in self.stems if len(stem) >= _MIN_STEM_FOR_A_SLIP)
        # A vowel twice, or a consonant thrice.
        self._drawn = re.compile(rf"([{data['vowels']}])\1+|(.)\2{{2,}}")
        self._people = data["person_heads"].split()
        self._events = data["event_tails"].split()

    def words(self, name: str) -> frozenset[str]:
        """A plain list of words, with and without their usual way of writing."""
        if name not in self._lists:
            listed: list[str] = str(self.data[name]).split()
            self._lists[name] = frozenset(listed) | frozenset(self._same.get(word, word) for word in listed)
        return self._lists[name]

    def written_out(self, text: str) -> str:
        """A text with its short forms written out: "q3", "u/ ansvarlig"."""
        for form, written in self._short_forms:
            text = form.sub(written, text)
        return text

    def number(self, word: str) -> int | None:
        """The value of a number in figures or letters."""
        if word.isdigit():
            return int(word)
        value = self.data["numbers"].get(word)
        return int(value) if value is not None else None

    def is_known(self, word: str) -> bool:
        """Whether a word is in a list or begins as one of the stems."""
        return word in self.known or any(word[:end] in self.stems for end in range(3, len(word) + 1))

    def normal(self, word: str, names: frozenset[str]) -> list[str]:
        """The usual way of writing a folded word; a compound becomes two.

        Args:
            names: words of the names of units and people.
        """
        if word.isdigit():
            return [word]
        if word in self._same:
            return self._same[word].split()
        if word in names or word in self.known:
            return [word]
        if (meant := self._swapped(word) or self._drawn_out(word)) is not None:
            return self._same.get(meant, meant).split()
        if self.is_known(word):
            return [word]
        if (mended := self._mended(word, names)) is not None:
            return mended
        if word in self._plain:
            plain = self._plain[word]
            return self._same.get(plain, plain).split()
        if (parts := self._parts(word, names)) is not None:
            return parts
        guess = self._guess(word, names)
        return self._same.get(guess, guess).split()

    def _is_exact(self, word: str) -> bool:
        return word in self.known or word in self._same

    def _swapped(self, word: str) -> str | None:
        """The known word of which two letters have changed places: "alvorlgie"."""
        if len(word) < _MIN_SWAPPED_CHARS or word in spellings().real:
            return None
        return next((swap for swap in swaps_of(word) if self._is_exact(swap)), None)

    def _drawn_out(self, word: str) -> str | None:
        """The known word that was drawn out: "saaaker"."""
        short = self._drawn.sub(lambda found: found[1] or found[2] * 2, word)
        if short == word:
            return None
        return next((plain for plain in (short, _DOUBLED.sub(r"\1", short)) if self._is_exact(plain)), None)

    def _mended(self, word: str, names: frozenset[str]) -> list[str] | None:
        """A small word that was mistyped, or two words that were typed as one."""
        if (usual := spellings().usual(word)) is not None:
            return self._same.get(usual, usual).split()
        if (parts := spellings().parted(word, names)) is not None:
            return [usual for part in parts for usual in self._same.get(part, part).split()]
        return None

    def find(self, words: list[str]) -> list[Match]:
        """All patterns that stand in a row of words, overlaps too."""
        return find_all(self._root, words)

    def _add(self, pattern: str, meaning: Meaning) -> None:
        for words in expanded(pattern):
            usual = [part for word in words for part in self._same.get(word, word).split()]
            node = self._root
            for word in usual:
                node = node.child(word)
                if word.endswith("*"):
                    self.stems.add(word[:-1])
                elif word != ANY_WORD:
                    self.known.add(word)
            node.meanings.append(meaning)

    def _plain_forms(self, word: str) -> set[str]:
        """How a word looks when it is typed without the last letters of the alphabet."""
        if len(word) < _MIN_PLAIN_CHARS or word.isascii():
            return set()
        return {word.translate(str.maketrans(table)) for table in self.data["plain_letters"]}

    def _parts(self, word: str, names: frozenset[str]) -> list[str] | None:
        for head, tail in self._cuts(word):
            for candidate in (head, head.removesuffix("s"), head.removesuffix("e")):
                usual = self._same.get(candidate, candidate)
                if usual in names or self.is_known(usual):
                    return [*usual.split(), *self._same.get(tail, tail).split()]
        return self._happened_to(word)

    def _cuts(self, word: str) -> Iterator[tuple[str, str]]:
        """Head and tail of a compound, first those with a tail that is written rightly."""
        yield from (
            (head, tail)
            for tail in self._tails
            if (head := word.removesuffix(tail)) != word and len(head) >= _MIN_HEAD_CHARS
        )
        for place in range(_MIN_HEAD_CHARS, len(word) - _MIN_HEAD_CHARS):
            if (tail := spellings().usual(word[place:]) or "") in self._tails:
                yield word[:place], tail

    def _happened_to(self, word: str) -> list[str] | None:
        """A compound of whom and what: "beboerfall", a slip in the first included."""
        for tail in self._events:
            head = word.removesuffix(tail)
            if head != word and any(
                OSA.distance(head, person, score_cutoff=1) <= 1 for person in self._people
            ):
                return [head, *self._same.get(tail, tail).split()]
        return None

    def _guess(self, word: str, names: frozenset[str]) -> str:
        if (single := _DOUBLED.sub(r"\1", word)) in names:
            return single
        if len(word) < MIN_CHARS_FOR_ONE_SLIP:
            return next((name for name in sorted(names) if _is_turned(word, name)), word)
        slips = 2 if len(word) >= MIN_CHARS_FOR_TWO_SLIPS else 1
        found = [
            (hit[1], hit[0][-1] != word[-1], hit[0])
            for choices in (names, self._guesses)
            for hit in process.extract(
                word, choices, scorer=OSA.distance, score_cutoff=slips, limit=_MOST_GUESSES
            )
            if len(hit[0]) >= MIN_CHARS_FOR_ONE_SLIP
            and _begin_alike(word, hit[0])
            # "Gjerdet" is no slip in the name Gjerde.
            and not (choices is names and word.startswith(hit[0]))
        ]
        if found:
            return min(found)[2]
        return next((stem for stem in self._long_stems if _begins_nearly(word, stem)), word)


def fold(word: str) -> str:
    """Composed and without capitals, as all words are compared."""
    return unicodedata.normalize("NFC", word).casefold()


@lru_cache(maxsize=1)
def case_words() -> CaseWords:
    """The words of case_words.yml, read once."""
    data = yaml.safe_load(Path(__file__).with_name("case_words.yml").read_text("utf-8"))
    return CaseWords(data)


def _begins_nearly(word: str, stem: str) -> bool:
    beginnings = (word[: len(stem) + step] for step in (-1, 0, 1))
    return word[0] == stem[0] and any(OSA.distance(begin, stem, score_cutoff=1) <= 1 for begin in beginnings)


def _begin_alike(word: str, other: str) -> bool:
    """A slip in the first letter is rare; another word that differs there is not."""
    return other[0] == word[0] or other[:2] == word[1::-1]


def _is_turned(word: str, name: str) -> bool:
    """Tell whether two letters of a short name have changed places: "fruu"."""
    return (
        len(word) == len(name) == _MIN_PLAIN_CHARS
        and word != name
        and OSA.distance(word, name) == 1
        and sorted(word) == sorted(name)
    )


def _by_variant(table: dict[str, str]) -> dict[str, str]:
    return {variant: usual for usual, variants in table.items() for variant in variants.split()}
