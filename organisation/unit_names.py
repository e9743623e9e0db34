"""Find the unit that a text names."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import yaml

from organisation.model import Unit

_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"[.!?:\n]")


@dataclass(frozen=True)
class _Word:
    """A word of a text, folded, and whether it is written as a name: capital, not first in its sentence."""

    text: str
    is_name: bool


@dataclass(frozen=True)
class _Alias:
    """Words that a text may use for a unit.

    A weak alias could be an ordinary word (Furu is also a pine): alone it counts only when the
    text writes it as a name, otherwise only beside another alias of the same unit.
    """

    unit_id: str
    words: tuple[str, ...]
    weak: bool = False


@dataclass(frozen=True)
class _NameWords:
    """The word lists of `unit_words.yml`, folded."""

    facilities: frozenset[str]
    parts: frozenset[str]
    links: frozenset[str]


class UnitNames:
    """The names of all units, ready to be looked for.

    A unit scores one for each different word of its aliases that stands in the text, so the longest name
    wins and "Furu, Solbakken" means Furu. Units that score alike are settled only when one of them is
    above all the others; otherwise the text is ambiguous.
    """

    def __init__(self, units: Iterable[Unit]) -> None:
        self._units = {unit.unit_id: unit for unit in units}
        aliases = [alias for unit in self._units.values() for alias in _aliases(unit)]
        certain = {alias.words for alias in aliases if not alias.weak}
        # What is surely a name in one unit's name is a name in another's too.
        self._aliases = [replace(alias, weak=alias.weak and alias.words not in certain) for alias in aliases]

    def named_in(self, text: str) -> Unit | None:
        """The one unit that a text names; None when it names none, or several without a common head."""
        words = list(_words(text))
        strong: dict[str, set[str]] = defaultdict(set)
        weak: dict[str, set[str]] = defaultdict(set)
        for alias in self._aliases:
            for start in _occurrences(alias.words, words):
                is_weak = alias.weak and not words[start].is_name
                (weak if is_weak else strong)[alias.unit_id].update(alias.words)
        scores = {unit_id: len(found | weak[unit_id]) for unit_id, found in strong.items()}
        best = max(scores.values(), default=0)
        return self._head_of([unit_id for unit_id, score in scores.items() if score == best])

    def _head_of(self, unit_ids: list[str]) -> Unit | None:
        for candidate in unit_ids:
            if all(candidate in self._upwards(unit_id) for unit_id in unit_ids):
                return self._units[candidate]
        return None

    def _upwards(self, unit_id: str | None) -> Iterator[str]:
        while unit_id is not None:
            yield unit_id
            unit_id = self._units[unit_id].parent_id


def _aliases(unit: Unit) -> Iterator[_Alias]:
    """A unit's full name, and the parts of it that name it by themselves."""
    written = _WORD.findall(unicodedata.normalize("NFC", unit.name))
    words = tuple(_fold(word) for word in written)
    yield _Alias(unit.unit_id, words)
    lists = _name_words()
    for place in range(1, len(words)):
        if words[place] in lists.facilities and words[place - 1] not in lists.links:
            yield _Alias(unit.unit_id, words[:place])
            return
        if written[place][0].isupper():
            yield from _split_at_name(unit.unit_id, words, place, lists)
            return


def _split_at_name(unit_id: str, words: tuple[str, ...], place: int, lists: _NameWords) -> Iterator[_Alias]:
    """The parts around a capital word inside a name: "Furu", "avdeling Furu" and "Solbakken"."""
    yield _Alias(unit_id, words[place:], weak=True)
    head_end = place
    if words[head_end - 1] in lists.parts:
        head_end -= 1
        yield _Alias(unit_id, words[head_end:])
    while head_end > 0 and words[head_end - 1] in lists.links:
        head_end -= 1
    if head_end > 0:
        yield _Alias(unit_id, words[:head_end])


def _words(text: str) -> Iterator[_Word]:
    text = unicodedata.normalize("NFC", text)
    end_of_last = 0
    for match in _WORD.finditer(text):
        gap = text[end_of_last : match.start()]
        is_first = end_of_last == 0 or _SENTENCE_END.search(gap) is not None
        yield _Word(_fold(match[0]), match[0][0].isupper() and not is_first)
        end_of_last = match.end()


def _occurrences(wanted: tuple[str, ...], words: list[_Word]) -> Iterator[int]:
    for start in range(len(words) - len(wanted) + 1):
        if all(words[start + step].text == word for step, word in enumerate(wanted)):
            yield start


def _fold(word: str) -> str:
    return unicodedata.normalize("NFC", word.casefold())


@lru_cache(maxsize=1)
def _name_words() -> _NameWords:
    data = yaml.safe_load(Path(__file__).with_name("unit_words.yml").read_text("utf-8"))
    return _NameWords(**{name: frozenset(map(_fold, words)) for name, words in data.items()})
