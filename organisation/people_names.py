"""Find the people whom a text names."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA

from organisation.model import Person

# How many slips (a letter too many, too few, wrong, or two swapped) so many letters may hold. Tried on the
# names of the sample with one slip each and on 45 other names: this finds every full name and 73 % of single
# names, and takes 3 of the others for somebody. One slip from four letters on finds 89 % and takes 8 (Anna
# for Anne, Mari for Marit). A case given to the wrong person is worse than a question asked again.
SLIPS_BY_LENGTH = ((5, 1), (9, 2))
_WORD = re.compile(r"[^\W_]+")
_BETWEEN_NAMES = re.compile(r"\s+|\s*[-\u2010-\u2012]\s*")


@dataclass(frozen=True)
class _Name:
    """A person and the words of their name, folded."""

    person: Person
    words: tuple[str, ...]

    @property
    def has_both_ends(self) -> bool:
        return len(self.words) > 1

    @property
    def full_forms(self) -> tuple[str, ...]:
        """The full name without spaces, and first and last name if that is something else."""
        short = (self.words[0], self.words[-1]) if self.has_both_ends else ()
        return tuple({"".join(words) for words in (self.words, short) if words})

    def is_called(self, words: tuple[str, ...]) -> bool:
        """Whether words are the full name; names between first and last may be left out."""
        return (
            len(words) > 1 and (words[0], words[-1]) == (self.words[0], self.words[-1]) and self.holds(words)
        )

    def holds(self, words: tuple[str, ...]) -> bool:
        """Whether words all stand in the name, in order."""
        rest = iter(self.words)
        return all(word in rest for word in words)


class PeopleNames:
    """The names of people, ready to be looked for."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._people = list(people)

    def named(self, text: str) -> list[Person]:
        """People whom somebody may mean who typed this; see `Directory.people_named`."""
        words = fold_words(text)
        if not words:
            return []
        exact = self._by_key(text) or self._by_full_name(words) or self._by_part(words)
        return exact or self._like_full_name(words) or self._like_part(words)

    def mentioned_in(self, text: str) -> list[Person]:
        """People whose full name stands in a text; see `Directory.people_mentioned`."""
        found: dict[str, Person] = {}
        for words in _runs(text):
            for start, word in enumerate(words):
                for name in self._by_first_word.get(word, ()):
                    if name.has_both_ends and _continues(name.words[1:], words[start + 1 :]):
                        found[name.person.employee_id] = name.person
        return [found[employee_id] for employee_id in sorted(found)]

    @cached_property
    def _names(self) -> list[_Name]:
        return [_Name(person, fold_words(person.name)) for person in self._people]

    @cached_property
    def _by_id(self) -> dict[str, Person]:
        return {person.employee_id: person for person in self._people}

    @cached_property
    def _by_word(self) -> dict[str, list[_Name]]:
        index: dict[str, list[_Name]] = defaultdict(list)
        for name in self._names:
            for word in set(name.words):
                index[word].append(name)
        return index

    @cached_property
    def _by_first_word(self) -> dict[str, list[_Name]]:
        index: dict[str, list[_Name]] = defaultdict(list)
        for name in self._names:
            if name.words:
                index[name.words[0]].append(name)
        return index

    def _by_key(self, text: str) -> list[Person]:
        key = text.strip().casefold()
        return _sorted(
            person
            for person in self._people
            if key in (person.employee_id.casefold(), person.email.casefold())
        )

    def _by_full_name(self, words: tuple[str, ...]) -> list[Person]:
        named = self._by_word.get(words[0], [])
        whole = _sorted(name.person for name in named if name.words == words)
        return whole or _sorted(name.person for name in named if name.is_called(words))

    def _by_part(self, words: tuple[str, ...]) -> list[Person]:
        return _sorted(name.person for name in self._by_word.get(words[0], []) if name.holds(words))

    def _like_full_name(self, words: tuple[str, ...]) -> list[Person]:
        """People whose full name, or first and last, is like what was typed; spaces do not count."""
        typed = "".join(words)
        forms = [(form, name) for name in self._names for form in name.full_forms]
        found = _like(typed, [form for form, _ in forms])
        best: dict[str, tuple[float, str]] = {}
        for place, slips in found.items():
            employee_id = forms[place][1].person.employee_id
            best[employee_id] = min(best.get(employee_id, (slips, employee_id)), (slips, employee_id))
        return [self._by_id[employee_id] for _, employee_id in sorted(best.values())]

    def _like_part(self, words: tuple[str, ...]) -> list[Person]:
        """People in whose names each word is like another one, in order."""
        vocabulary = list(self._by_word)
        likes = [
            {vocabulary[place]: slips for place, slips in _like(word, vocabulary).items()} for word in words
        ]
        candidates = {name.person.employee_id: name for word in likes[0] for name in self._by_word[word]}
        slips = {
            employee_id: total
            for employee_id, name in candidates.items()
            if (total := _total(likes, name.words)) is not None
        }
        return [self._by_id[employee_id] for _, employee_id in sorted((slips[key], key) for key in slips)]


def fold_words(text: str) -> tuple[str, ...]:
    """The words of a text without case and accents."""
    return tuple(_WORD.findall(_fold(text)))


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return bare.translate(_letters())


def _runs(text: str) -> Iterator[list[str]]:
    """Words that follow each other with nothing but spaces or a hyphen between them."""
    folded = _fold(text)
    run: list[str] = []
    end = 0
    for match in _WORD.finditer(folded):
        if run and not _BETWEEN_NAMES.fullmatch(folded, end, match.start()):
            yield run
            run = []
        run.append(match[0])
        end = match.end()
    yield run


def _continues(wanted: tuple[str, ...], words: list[str]) -> bool:
    """Whether a text goes on with names, the last one for sure, perhaps in the genitive."""
    place = 0
    for word in words:
        if word in (wanted[-1], f"{wanted[-1]}s"):
            return True
        while place < len(wanted) - 1 and wanted[place] != word:
            place += 1
        if place == len(wanted) - 1:
            return False
        place += 1
    return False


def _like(typed: str, choices: list[str]) -> dict[int, int]:
    """Places of the choices that may be what somebody typed with slips, and how many slips."""
    most = max((slips for length, slips in SLIPS_BY_LENGTH if len(typed) >= length), default=0)
    found = process.extract(typed, choices, scorer=OSA.distance, score_cutoff=most, limit=None)
    return {place: slips for _, slips, place in found}


def _total(likes: list[dict[str, int]], words: tuple[str, ...]) -> int | None:
    """The slips in all that was typed, against a name; None when a typed word is like none of it."""
    place = 0
    total = 0
    for like in likes:
        while place < len(words) and words[place] not in like:
            place += 1
        if place == len(words):
            return None
        total += like[words[place]]
        place += 1
    return total


def _sorted(people: Iterable[Person]) -> list[Person]:
    return sorted(people, key=lambda person: person.employee_id)


@lru_cache(maxsize=1)
def _letters() -> dict[int, str]:
    data: dict[str, str] = yaml.safe_load(Path(__file__).with_name("letters.yml").read_text("utf-8"))
    return str.maketrans(data)
