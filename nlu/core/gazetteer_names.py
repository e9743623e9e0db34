"""Under which words a unit or place may be named: its full name, its aliases, and the parts that are names.

"Solbakken, avdeling Furu" is also "avdeling Furu", "Furu på Solbakken" and, where no other entry has one,
"Furu". What is an ordinary word in `lexicon/gazetteer.yml` never stands for a name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from pathlib import Path

import yaml
from simplemma import is_known

from nlu.core.errors import ModelFileError
from nlu.core.tokens import LEMMA_LANGUAGES, fold, lemma_of

LEXICON_PATH = Path(__file__).parent / "lexicon" / "gazetteer.yml"
# A combining ring is no letter to `\w`, and what is typed with one must stay one word.
WORD = re.compile(r"[\w\u0300-\u036f]+")
MIN_NAME_CHARS = 4
MAX_ACRONYM_CHARS = 4

# The two letters that Unicode does not take for a letter with a mark: ae, and o with a stroke.
_LETTERS = {0xE6: "a", 0xF8: "o"}
_DIGRAPHS = re.compile("aa|ae|oe")
_SEGMENT_END = frozenset({"for", "i", "pa", "ved"})


class Alone(IntEnum):
    """When words that stand by themselves are a name."""

    ALWAYS = 0
    AS_NAME = 1  # written with a capital inside a sentence, or after "på" and the like
    CAPITAL = 2  # written with a capital inside a sentence


@dataclass(frozen=True)
class Phrase:
    """Words that may name an entry.

    Attributes:
        words: keys of the words, without those that only join.
        alone: when they do.
        is_whole: whether they are the full name or an alias, rather than a part of the name.
    """

    words: tuple[str, ...]
    alone: Alone = Alone.ALWAYS
    is_whole: bool = False


@dataclass(frozen=True)
class NameWords:
    """The word lists of `gazetteer.yml`, as keys.

    Attributes:
        same: form → the form that stands for all.
    """

    same: dict[str, str]
    facilities: frozenset[str]
    parts: frozenset[str]
    links: frozenset[str]
    ordinary: frozenset[str]
    pointers: frozenset[str]
    not_before: frozenset[str]
    people: frozenset[str]
    abbreviations: frozenset[str]


@dataclass(frozen=True)
class _NameWord:
    """A word of a name: its key, and how it is written."""

    key: str
    written: str
    is_name: bool


def bare(word: str) -> str:
    """Return a word as it is compared: small, without marks; æ, ae and a are one, so are ø, oe and o."""
    plain = unicodedata.normalize("NFC", word.casefold()).translate(_LETTERS)
    plain = "".join(char for char in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(char))
    return _DIGRAPHS.sub(lambda match: match[0][0], plain)


def key_of(word: str) -> str:
    """Return the form that stands for all forms of a word: "skulen" and "skolen" are "skole"."""
    plain = bare(word)
    return name_words().same.get(plain, plain)


def phrases_of(name: str, aliases: tuple[str, ...]) -> Iterator[Phrase]:
    """Yield the phrases of one entry; the same may come twice."""
    segments = _segments(name)
    for written in (name, *aliases):
        yield _whole(written)
    for segment in segments:
        yield from _parts(segment, is_only=len(segments) == 1)
    if len(segments) == 2:
        first, second = segments
        yield Phrase(_keys(second + first))
        names = [[word for word in segment if word.is_name] for segment in segments]
        if all(names):
            yield Phrase(_keys(names[0] + names[1]))
            yield Phrase(_keys(names[1] + names[0]))


def keys_of_name(name: str) -> tuple[str, ...]:
    """Return the keys of all words of a name but those that only join."""
    return _keys([word for segment in _segments(name) for word in segment])


def _whole(written: str) -> Phrase:
    words = keys_of_name(written)
    if len(words) != 1:
        return Phrase(words, is_whole=True)
    word = fold(WORD.findall(written)[0])
    if words[0] in _never_names() and word == lemma_of(word):
        return Phrase(words, Alone.CAPITAL, is_whole=True)
    return Phrase(words, _alone(written.strip(), is_whole=True), is_whole=True)


def _parts(segment: list[_NameWord], *, is_only: bool) -> Iterator[Phrase]:
    """Yield what names the entry out of one segment such as "avdeling Furu" or "Solbakken sykehjem"."""
    names = [word for word in segment if word.is_name]
    if not names:
        return
    rest = [word for word in segment if not word.is_name]
    if rest and not is_only:
        yield Phrase(_keys(segment))
    if rest:
        yield Phrase(_keys(rest + names))
    if len(names) > 1:
        yield Phrase(_keys(names))
        yield from (Phrase((word.key,), Alone.AS_NAME) for word in names if is_acronym(word.written))
    else:
        yield Phrase(_keys(names), _alone(names[0].written, is_whole=False))


def _alone(written: str, *, is_whole: bool) -> Alone:
    """Judge one word: what the dictionary knows, or is short, could be meant as an ordinary word."""
    word = fold(written)
    if is_whole and word != lemma_of(word):  # "Hjemmetjenesten", "Biblioteket"
        return Alone.ALWAYS
    is_plain = is_known(word, lang=LEMMA_LANGUAGES) or len(word) < MIN_NAME_CHARS
    return Alone.AS_NAME if is_plain or is_acronym(written) else Alone.ALWAYS


def is_acronym(written: str) -> bool:
    """Tell whether a word is written like "NAV"."""
    return written.isupper() and 2 <= len(written) <= MAX_ACRONYM_CHARS


def _segments(name: str) -> list[list[_NameWord]]:
    """Split a name at commas and at "på", "i", "ved", "for"; words that join are left out."""
    segments: list[list[_NameWord]] = [[]]
    is_first, end = True, 0
    for match in WORD.finditer(unicodedata.normalize("NFC", name)):
        key = key_of(match[0])
        if "," in name[end : match.start()] or key in _SEGMENT_END:
            segments.append([])
        end = match.end()
        if key in name_words().links:
            continue
        is_name = (is_first or match[0][0].isupper()) and key not in _never_names()
        segments[-1].append(_NameWord(key, match[0], is_name))
        is_first = False
    return [segment for segment in segments if segment]


def _keys(words: list[_NameWord]) -> tuple[str, ...]:
    return tuple(word.key for word in words)


@lru_cache(maxsize=1)
def _never_names() -> frozenset[str]:
    words = name_words()
    return words.ordinary | words.facilities | words.parts | words.links


@lru_cache(maxsize=1)
def name_words() -> NameWords:
    """Read the word lists once.

    Raises:
        ModelFileError: the file is missing or damaged.
    """
    try:
        content = yaml.safe_load(LEXICON_PATH.read_text(encoding="utf-8"))
        abbreviations = frozenset(content.pop("abbreviations").split())
        rows = [[bare(word) for word in row.split()] for row in content.pop("same")]
        same = {form: row[0] for row in rows for form in row}
        lists = {
            name: frozenset(same.get(bare(word), bare(word)) for word in words.split())
            for name, words in content.items()
        }
        return NameWords(same=same, abbreviations=abbreviations, **lists)
    except (OSError, yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise ModelFileError(LEXICON_PATH, "not a readable list of words") from error
