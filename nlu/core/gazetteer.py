"""Finds the organisation's own units and places in a message, tolerant of typing.

Words are compared as keys (`gazetteer_names`), which takes care of case, letters, Bokmål and Nynorsk; what is
left over is compared with all words of all names at once, and only phrases whose words were met are tried.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist
from simplemma import is_known

from nlu.core.gazetteer_file import GazetteerEntry, read_entries
from nlu.core.gazetteer_names import WORD, Alone, Phrase, is_acronym, key_of, name_words
from nlu.core.gazetteer_targets import Target, targets_of
from nlu.core.tokens import LEMMA_LANGUAGES, fold, lemma_of

MAX_CHARS = 10_000
# Shorter words are taken as typed; from the second length on two typos are forgiven.
ONE_TYPO_CHARS, TWO_TYPOS_CHARS = 5, 9
MAX_TYPOS = 2
INFLECTED_SCORE = 0.98
# "fra hr Hansen" does not mean the department of that name.
MIN_POINTED_CHARS = 2
SENTENCE_ENDS = frozenset(".!?;:\n")


@dataclass(frozen=True)
class GazetteerSpan:
    """A name in a message.

    Attributes:
        start: offset of its first character.
        end: offset after its last character.
        label: "unit" or "place".
        name: as the organisation writes it.
        id: the organisation's own; None when the list has none, or the same name twice.
        score: 1.0 as in the list, less with typos, above 0.
    """

    start: int
    end: int
    label: str
    name: str
    id: str | None
    score: float


@dataclass(frozen=True)
class _Word:
    """A word of the message."""

    start: int
    end: int
    text: str
    key: str
    starts_sentence: bool
    ends_sentence: bool


@dataclass(frozen=True)
class _Hit:
    """A word of a name, met in the message: how well, and over how many words as typed."""

    score: float
    width: int


class Gazetteer:
    """The names of all entries, ready to be looked for."""

    def __init__(self, entries: Sequence[GazetteerEntry]) -> None:
        self._by_first: dict[str, list[Target]] = defaultdict(list)
        for label in sorted({entry.label for entry in entries}):
            for target in targets_of([entry for entry in entries if entry.label == label]):
                self._by_first[target.phrase.words[0]].append(target)
        met = (
            word for targets in self._by_first.values() for target in targets for word in target.phrase.words
        )
        self._vocabulary = sorted(set(met))
        self._known = frozenset(self._vocabulary)

    @classmethod
    def load(cls, path: Path) -> Gazetteer:
        """Read a file.

        Raises:
            ModelFileError: it is missing or damaged.
        """
        return cls(read_entries(path))

    def __call__(self, text: str) -> list[GazetteerSpan]:
        """Return the names in a message in reading order; those of one label do not overlap.

        Args:
            text: any text; what is beyond 10,000 characters is not looked at.
        """
        words = _words(text[:MAX_CHARS])
        if not words or not self._vocabulary:
            return []
        hits = self._hits(words)
        found = [span for place in range(len(words)) for span in self._spans_at(words, hits, place)]
        return sorted(_longest(found, len(text)), key=lambda span: (span.start, span.label))

    def _hits(self, words: list[_Word]) -> list[dict[str, _Hit]]:
        """For each word, the words of names that it may be."""
        typos = self._with_typos({word.key: word.text for word in words})
        hits: list[dict[str, _Hit]] = []
        for place, word in enumerate(words):
            here = {key: _Hit(score, 1) for key, score in typos.get(word.key, {}).items()}
            joined = word.key + words[place + 1].key if place + 1 < len(words) else ""
            if joined in self._known and not word.ends_sentence:
                here[joined] = _Hit(INFLECTED_SCORE, 2)
            for key, score in _forms(word):
                if key in self._known:
                    here = {key: _Hit(score, 1)}
                    break
            hits.append(here)
        return hits

    def _with_typos(self, typed: dict[str, str]) -> dict[str, dict[str, float]]:
        """Compare what is no word by itself with the words of all names."""
        queries = [
            key
            for key, text in typed.items()
            if len(key) >= ONE_TYPO_CHARS - 1
            and key not in self._known
            and not is_known(fold(text), lang=LEMMA_LANGUAGES)
        ]
        if not queries:
            return {}
        distances = cdist(
            queries, self._vocabulary, scorer=OSA.distance, score_cutoff=MAX_TYPOS, dtype=np.uint8
        )
        near: dict[str, dict[str, float]] = defaultdict(dict)
        for row, column in zip(*np.nonzero(distances <= MAX_TYPOS), strict=True):
            query, key, typos = queries[row], self._vocabulary[column], int(distances[row, column])
            if _is_typo(query, key, typos):
                near[query][key] = 1.0 - typos / len(key)
        return near

    def _spans_at(
        self, words: list[_Word], hits: list[dict[str, _Hit]], place: int
    ) -> Iterator[GazetteerSpan]:
        for first in hits[place]:
            for target in self._by_first.get(first, ()):
                match = _matched(target.phrase, words, hits, place)
                if match is None or not _is_meant(target, words, place, match):
                    continue
                entry = target.entry
                yield GazetteerSpan(
                    words[place].start,
                    words[place + match.width - 1].end,
                    entry.label,
                    entry.name,
                    entry.id,
                    round(match.score, 3),
                )


def _matched(phrase: Phrase, words: list[_Word], hits: list[dict[str, _Hit]], place: int) -> _Hit | None:
    """Follow a phrase through the message; words that join may stand between."""
    here, scores = place, []
    for rank, key in enumerate(phrase.words):
        if rank:
            if words[here - 1].ends_sentence:
                return None
            while (
                here < len(words) and words[here].key in name_words().links and not words[here].ends_sentence
            ):
                here += 1
        hit = hits[here].get(key) if here < len(words) else None
        if hit is None:
            return None
        scores.append(hit.score)
        here += hit.width
    return _Hit(sum(scores) / len(scores), here - place)


def _is_meant(target: Target, words: list[_Word], place: int, match: _Hit) -> bool:
    """Judge from the words around whether a phrase stands for its entry."""
    phrase, last = target.phrase, place + match.width - 1
    before = words[place - 1] if place and not words[place - 1].ends_sentence else None
    after = words[last + 1] if last + 1 < len(words) and not words[last].ends_sentence else None
    if not phrase.is_whole and (_is_elsewhere(target, after) or (place == last and _is_person(before))):
        return False
    if phrase.alone is Alone.ALWAYS or (phrase.alone is Alone.AS_NAME and len(words) == match.width):
        return True
    return match.score >= INFLECTED_SCORE and _is_written_as_name(phrase.alone, before, words[place], words)


def _is_elsewhere(target: Target, after: _Word | None) -> bool:
    """Tell whether the word after a part of a name makes it another: "Solbakken vei", "Solbakken skole"."""
    if after is None:
        return False
    lists = name_words()
    return after.key in lists.not_before or (after.key in lists.facilities and after.key not in target.keys)


def _is_person(before: _Word | None) -> bool:
    """Tell whether the word before a name makes it a person's: "Lars Solbakken", "fru Solbakken"."""
    if before is None:
        return False
    # The first word of a sentence has a capital anyhow: "Heisen Solbakken", "Lars Solbakken".
    is_word = before.starts_sentence and is_known(fold(before.text), lang=LEMMA_LANGUAGES)
    return (before.text[0].isupper() and not is_word) or before.key in name_words().people


def _is_written_as_name(alone: Alone, before: _Word | None, word: _Word, words: list[_Word]) -> bool:
    is_pointed_at = before is not None and before.key in name_words().pointers
    if alone is Alone.AS_NAME and is_pointed_at and len(word.key) > MIN_POINTED_CHARS:
        return True
    if not word.text[0].isupper() or not any(other.text.islower() for other in words):
        return False
    if alone is Alone.AS_NAME and is_acronym(word.text):
        return True
    # The first word of a sentence always has a capital, and "Kari Furu" is a person.
    return before is not None and not before.text[0].isupper()


def _is_typo(typed: str, key: str, typos: int) -> bool:
    if len(key) < ONE_TYPO_CHARS:
        return False
    if typos == 1:
        return True
    return len(key) >= TWO_TYPOS_CHARS and typed[0] == key[0] and abs(len(typed) - len(key)) < MAX_TYPOS


def _forms(word: _Word) -> Iterator[tuple[str, float]]:
    """The keys that a word surely has: its own, without the genitive's s, and its base form's."""
    yield word.key, 1.0
    if word.key.endswith("s"):
        yield key_of(word.key[:-1]), INFLECTED_SCORE
    base = key_of(lemma_of(fold(word.text)))
    if base in name_words().ordinary or base in name_words().facilities:
        yield base, INFLECTED_SCORE


def _words(text: str) -> list[_Word]:
    matches = list(WORD.finditer(text))
    words: list[_Word] = []
    ends = [match.start() for match in matches[1:]] + [len(text)]
    for match, end in zip(matches, ends[: len(matches)], strict=True):
        gap = text[match.end() : end]
        key = key_of(match[0])
        is_short = match[0].casefold() in name_words().abbreviations
        is_last = not SENTENCE_ENDS.isdisjoint(gap) and not (is_short and gap.strip() == ".")
        is_first = not words or words[-1].ends_sentence
        words.append(_Word(match.start(), match.end(), match[0], key, is_first, is_last))
    return words


def _longest(found: list[GazetteerSpan], chars: int) -> Iterator[GazetteerSpan]:
    """Of spans of one label that overlap, keep the longest, then the best; a tie between entries is none."""
    names: dict[tuple[object, ...], set[str]] = defaultdict(set)
    for span in found:
        names[span.label, span.start, span.end, span.score].add(span.name)
    taken: dict[str, bytearray] = defaultdict(lambda: bytearray(chars))
    for span in sorted(found, key=lambda span: (span.start - span.end, -span.score, span.start)):
        if any(taken[span.label][span.start : span.end]):
            continue
        taken[span.label][span.start : span.end] = b"x" * (span.end - span.start)
        if len(names[span.label, span.start, span.end, span.score]) == 1:
            yield span
