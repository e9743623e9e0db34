"""Units and people that a question names, in everyday words and with slips."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from bot.actions.case_question_reading import Hit, Sentence
from bot.actions.case_question_words import CaseWords, case_words, fold
from organisation.model import Person, Unit

_WORD = re.compile(r"[^\W\d_]+")
# "kjøkkenet på selve Solbakken": words of one name stand no further apart.
_MOST_WORDS_BETWEEN = 2


@dataclass(frozen=True)
class Named:
    """What a name may mean: one id, or several between which only the asker can choose."""

    ids: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    """The directory, made once per process and again when it has changed; what follows from it is kept."""

    units: tuple[Unit, ...]
    people: tuple[Person, ...]

    @cached_property
    def names(self) -> frozenset[str]:
        """Every word of a unit's or a person's name, folded."""
        people = {word for person in self.people for word in _folded(person.name)}
        return frozenset(people | {word for unit in self.units for word in _folded(unit.name)})

    @cached_property
    def unit_index(self) -> UnitIndex:
        """For `units_in`."""
        return UnitIndex(self.units, case_words())

    @cached_property
    def people_index(self) -> PeopleIndex:
        """For `people_in`."""
        return PeopleIndex(self.people, case_words())


class UnitIndex:
    """Finds the unit that some words name.

    A unit scores one for each different word of its name; the longest name wins, and of units that score
    alike the one above all the others. Some word must be enough to know it by: the first, a proper
    name, or the kind of place.
    """

    def __init__(self, units: Iterable[Unit], words: CaseWords) -> None:
        self._units = {unit.unit_id: unit for unit in units}
        self._words = words
        self._not_before = words.words("unit_not_before")
        self._leads, self._links = words.words("unit_leads"), words.words("unit_links")
        self._weak = words.words("weak_unit_words") | words.meant
        self._tails = sorted(words.words("unit_tails"), key=len, reverse=True)
        self._keys: dict[str, frozenset[str]] = {}
        self._heads: dict[str, frozenset[str]] = {}
        self._by_key: dict[str, set[str]] = defaultdict(set)
        for unit in self._units.values():
            self._enter(unit)

    def upwards(self, unit_id: str | None) -> Iterator[str]:
        """A unit and those above it."""
        while unit_id is not None and unit_id in self._units:
            yield unit_id
            unit_id = self._units[unit_id].parent_id

    def find(self, sentence: Sentence, kinds: Iterable[Hit] = ()) -> list[Hit]:
        """All groups of words that name units.

        Args:
            kinds: names of categories; a unit does not begin within one: "ytre miljø i teknisk".
        """
        words = sentence.words
        keys = [
            None if after in self._not_before else self._key(word)
            for word, after in zip(words, [*words, ""][1:], strict=True)
        ]
        hits: list[Hit] = []
        place = 0
        while place < len(keys):
            if keys[place] is None or any(hit.start < place < hit.end for hit in kinds):
                place += 1
                continue
            last = self._last_of_group(sentence, keys, place)
            if (hit := self._hit(sentence, keys, place, last)) is not None:
                hits.append(hit)
                last = max(last, hit.end - 1)
            place = last + 1
        return hits

    def _enter(self, unit: Unit) -> None:
        written = _WORD.findall(unit.name)
        keys = [self._words.unit_keys.get(fold(word), fold(word)) for word in written]
        named = [(word, key) for word, key in zip(written, keys, strict=True) if key not in self._links]
        self._keys[unit.unit_id] = frozenset(key for _, key in named)
        kinds = set(self._words.data["unit_words"]) - self._weak | self._words.words("compass")
        heads = {
            key for place, (word, key) in enumerate(named) if not place or word[0].isupper() or key in kinds
        }
        self._heads[unit.unit_id] = frozenset(heads)
        for _, key in named:
            self._by_key[key].add(unit.unit_id)

    def _key(self, word: str) -> str | None:
        """The word of a name that a word of a message stands for."""
        for candidate in (word, word.removesuffix("s"), word.removesuffix("et"), word.removesuffix("en")):
            key = self._words.unit_keys.get(candidate, candidate)
            if key in self._by_key:
                return key
        for tail in self._tails:
            head = word.removesuffix(tail).removesuffix("s")
            key = self._words.unit_keys.get(head, head)
            if head != word and key in self._by_key:
                return key
        return None

    def _last_of_group(self, sentence: Sentence, keys: list[str | None], first: int) -> int:
        last = first
        together = self._by_key[keys[first] or ""]
        for place in range(first + 1, len(keys)):
            key = keys[place]
            if key is not None:
                both = together & self._by_key[key]
                if not both:
                    break
                together, last = both, place
            elif place - last > _MOST_WORDS_BETWEEN or sentence.word(place) not in self._links:
                break
        return last

    def _hit(self, sentence: Sentence, keys: list[str | None], first: int, last: int) -> Hit | None:
        found = {key for key in keys[first : last + 1] if key is not None}
        scores: dict[str, int] = defaultdict(int)
        for key in found:
            for unit_id in self._by_key[key]:
                scores[unit_id] += 1
        best = [unit_id for unit_id, score in scores.items() if score == max(scores.values())]
        led = sentence.word(first - 1) in self._leads or sentence.word(first - 1) in self._links - {"og"}
        known = [
            unit_id for unit_id in best if self._is_enough(unit_id, found, sentence.word(first), led=led)
        ]
        if not known:
            return None
        start = first - 1 if led and first else first
        return Hit(start, last + 1, "unit", Named(self._head_of(known)), rank=1)

    def _is_enough(self, unit_id: str, found: set[str], word: str, *, led: bool) -> bool:
        heads = found & self._heads[unit_id]
        if found >= self._keys[unit_id] and len(found) > 1:
            return True
        has_tail = any(word.endswith(tail) and word != tail for tail in self._tails)
        is_sure = led or has_tail or not heads <= self._weak
        return (bool(heads) and is_sure) or (led and len(found) > 1)

    def _head_of(self, unit_ids: list[str]) -> tuple[str, ...]:
        for candidate in unit_ids:
            if all(candidate in self.upwards(unit_id) for unit_id in unit_ids):
                return (candidate,)
        return tuple(sorted(unit_ids))


class PeopleIndex:
    """Finds the people that are named by first name, last name or both."""

    def __init__(self, people: Iterable[Person], words: CaseWords) -> None:
        self._first: dict[str, set[str]] = defaultdict(set)
        self._last: dict[str, set[str]] = defaultdict(set)
        for person in people:
            names = list(_folded(person.name))
            for name in names[:-1]:
                self._first[_sound(name)].add(person.employee_id)
            self._last[_sound(names[-1])].add(person.employee_id)
        self._doubles = words.words("name_doubles") | words.meant | words.stops | set(words.data["numbers"])
        self._leads, self._follows = words.words("person_leads"), words.words("person_follows")

    def find(self, sentence: Sentence) -> list[Hit]:
        """All groups of words that name people."""
        hits: list[Hit] = []
        place = 0
        while place < len(sentence.tokens):
            last, ids = self._group_at(sentence, place)
            if ids and self._is_person(sentence, place, last):
                hits.append(Hit(place, last + 1, "person", Named(tuple(sorted(ids)))))
            place = last + 1
        return hits

    def _ids(self, word: str) -> set[str]:
        for candidate in (word, word.removesuffix("s")):
            sound = _sound(candidate)
            if len(candidate) > 2 and (ids := self._first.get(sound) or self._last.get(sound)):
                both = self._first.get(sound, set()) | self._last.get(sound, set())
                return both if candidate == word or len(candidate) > 2 else ids
        return set()

    def _group_at(self, sentence: Sentence, place: int) -> tuple[int, set[str]]:
        ids, last = self._ids(sentence.word(place)), place
        while ids and (more := ids & self._ids(sentence.word(last + 1))):
            ids, last = more, last + 1
        return last, ids

    def _is_person(self, sentence: Sentence, first: int, last: int) -> bool:
        """Tell whether the words are a name and not ordinary words that look like one."""
        word = sentence.word(first)
        if last > first or (word not in self._doubles and word.removesuffix("s") not in self._doubles):
            return True
        if sentence.tokens[first].is_name or sentence.word(last + 1) in self._follows - {"har"}:
            return True
        return sentence.word(first - 1) in self._leads and word not in self._meant_otherwise(sentence, first)

    def _meant_otherwise(self, sentence: Sentence, place: int) -> frozenset[str]:
        """After "har" an ordinary word is the ordinary word."""
        return self._doubles if sentence.word(place - 1) == "har" else frozenset()


def _folded(name: str) -> Iterator[str]:
    return (fold(word) for word in _WORD.findall(name))


def _sound(name: str) -> str:
    """How a name sounds, so that "Kamilla" finds Camilla."""
    for letters, sound in case_words().data["sounds"].items():
        name = name.replace(letters, sound)
    return re.sub(r"(.)\1", r"\1", name)
