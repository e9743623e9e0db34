"""Names of people in running Norwegian: word lists, and the words around that decide.

No trained model is behind it. A name is kept apart from a place or firm called after a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from simplemma import is_known

from nlu.core.errors import ModelFileError

LEXICON_PATH = Path(__file__).parent / "lexicon" / "person_names.yml"
MAX_NAME_WORDS = 6
# "Kari Nordmann": letters, also joined by a hyphen or apostrophe.
_WORD = re.compile(r"[^\W\d_]+(?:[-'\u2019][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?:;\n\u2022\u2026]")
_SPACE = re.compile(r"[ \t\u00a0]+")
_INITIAL_GAP = re.compile(r"\.?[ \t\u00a0]*")
_ROMAN = re.compile(r"[IVX]{2,}s?")
_NO_INITIALS = frozenset("ie")
_PATRONYMIC_ENDINGS = ("sen", "sson", "datter", "dotter")
_MONTHS = frozenset({"mai", "juni", "august"})
_LISTING = frozenset({"og", "eller"})
# "Dr", "kr": what is shorter than this and unknown is rather an abbreviation than a name.
_MIN_UNKNOWN_CHARS = 3
_MIN_UPPER_CHARS = 4


@dataclass(frozen=True)
class Word:
    """One word of the message.

    Attributes:
        text: as typed, NFC.
        key: lower case.
        start: offset of its first character.
        end: offset after its last character.
        gap: what stands between it and the word before.
        capital: it begins with a capital that means something (the message is not all capitals).
        first: it begins a sentence.
    """

    text: str
    key: str
    start: int
    end: int
    gap: str
    capital: bool
    first: bool


@dataclass(frozen=True)
class Lexicon:
    """The word lists of `lexicon/person_names.yml`, lower case; `lists` has all that need no work."""

    lists: dict[str, frozenset[str]]
    first_names: frozenset[str]
    surnames: frozenset[str]
    compounds: tuple[str, ...]
    role_endings: tuple[str, ...]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Return the word lists.

    Raises:
        ModelFileError: the file is missing or no YAML.
    """
    try:
        content: dict[str, Any] = yaml.safe_load(LEXICON_PATH.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ModelFileError(LEXICON_PATH, f"cannot be read ({type(error).__name__})") from error
    lists = {
        key: frozenset(" ".join(value.values() if isinstance(value, dict) else [value]).lower().split())
        for key, value in content.items()
    }
    lists["farms"] = frozenset(content["surnames"]["farms"].lower().split())
    return Lexicon(
        lists,
        lists["first_names"],
        lists["surnames"] | lists["word_surnames"],
        tuple(ending for ending in lists["place_endings"] if len(ending) > 4),
        tuple(lists["person_word_endings"]),
    )


def listed(name: str) -> frozenset[str]:
    """Return one list of the lexicon."""
    return lexicon().lists[name]


def find_people(text: str) -> list[tuple[int, int]]:
    """Return where people are named, in reading order: the name alone, without title or genitive s.

    Args:
        text: any text, NFC.
    """
    words = list(_words(text))
    found = []
    index = 0
    while index < len(words):
        if not _is_name(words, index) or _in_address(text, words[index]):
            index += 1
            continue
        last = _last_word(words, index)
        if not _is_place(words, index, last):
            found.append((_first_initial(words, index).start, _end_of(words, last, text)))
        index = last + 1
    return found


def _words(text: str) -> Iterator[Word]:
    letters = [char for char in text if char.isalpha()]
    shouting = len(letters) > 12 and sum(char.isupper() for char in letters) > 0.7 * len(letters)
    end, before = 0, ""
    for match in _WORD.finditer(text):
        gap = text[end : match.start()]
        abbreviated = gap.startswith(".") and (len(before) == 1 or before in listed("abbreviations"))
        first = not before or (bool(_SENTENCE_END.search(gap)) and not (abbreviated and "\n" not in gap))
        word = match.group()
        before = word.lower()
        yield Word(word, before, *match.span(), gap, word[0].isupper() and not shouting, first)
        end = match.end()


def _stem(key: str, names: frozenset[str]) -> str | None:
    """Return the name that a word is, without a genitive s, if it is one of these."""
    if key in names:
        return key
    bare = re.sub(r"['\u2019]?s$", "", key)
    if bare in names:
        return bare
    parts = bare.split("-")
    return bare if len(parts) > 1 and all(part in names for part in parts) else None


def _first_name(word: Word) -> str | None:
    return _stem(word.key, lexicon().first_names)


def _surname(word: Word) -> str | None:
    return (
        _stem(word.key, lexicon().surnames | lexicon().first_names)
        if "-" in word.key
        else (_stem(word.key, lexicon().surnames))
    )


def _near(words: list[Word], index: int) -> Word | None:
    """Return the word at an index if only white space parts it from the one before."""
    if 0 < index < len(words) and _SPACE.fullmatch(words[index].gap):
        return words[index]
    return None


def _is_name(words: list[Word], index: int) -> bool:
    word = words[index]
    if len(word.text) == 1 or (word.capital and word.text.isupper() and len(word.text) < _MIN_UPPER_CHARS):
        return False
    if not word.capital:
        return _is_lower_case_name(words, index)
    if _introduced(words, index):
        return True
    if _stem(word.key, listed("not_people")) and not _first_name(word):
        return False
    name = _first_name(word)
    if name:
        return _is_capital_name(words, index, name)
    if _is_plain_surname(words, index):
        return True
    return _is_unknown_name(words, index)


def _is_capital_name(words: list[Word], index: int, name: str) -> bool:
    if name in listed("place_like_names") and _after_place_word(words, index):
        follows = _near(words, index + 1)
        return bool(follows and follows.capital and _surname(follows))
    return name not in listed("word_names") or _is_doubtful_name(words, index, name)


def _is_plain_surname(words: list[Word], index: int) -> bool:
    """Say if it is a surname and no other word; of a farm, only where no place is meant."""
    name = _stem(words[index].key, listed("surnames"))
    if name is None or name in listed("word_surnames"):
        return False
    return name not in listed("farms") or not _after_place_word(words, index)


def _is_lower_case_name(words: list[Word], index: int) -> bool:
    """Say if a word without capital is a name and hardly anything else."""
    word = words[index]
    name = _first_name(word)
    safe = listed("first_names") - listed("word_names") - listed("lower_case_risks")
    if name and len(name) > 2 and name in safe and (name == word.key or not _known(word.key)):
        return True
    follows = _near(words, index + 1)
    if name and follows and not follows.capital and name in listed("lower_case_risks"):
        return bool(_stem(follows.key, _plain_surnames()))
    name = _stem(word.key, _plain_surnames())
    return name is not None and len(name) > 4 and name.endswith(_PATRONYMIC_ENDINGS)


@lru_cache(maxsize=1)
def _plain_surnames() -> frozenset[str]:
    """Surnames that are no word without a capital."""
    return frozenset(
        name
        for name in lexicon().surnames
        if (name not in listed("word_surnames") or not _known(name)) and len(name) > 2
    )


def _introduced(words: list[Word], index: int) -> bool:
    """Say if the word before presents a person: "fru Berg", "eleven Odd", "ho Liv"."""
    word = words[index]
    before = words[index - 1] if index else None
    if before is None or word.first or not re.fullmatch(r"\.?[ \t\u00a0]+|['\u2019]?[ \t]+", word.gap):
        return False
    blocked = word.key in listed("not_people")
    named = bool(_first_name(word)) or (bool(_surname(word)) and not blocked)
    if before.key in listed("titles"):
        return named or not (blocked or _known(word.key)) or bool(_surname(word))
    if before.key in listed("name_articles"):
        return bool(_first_name(word)) and word.key not in listed("not_people")
    if not _is_role(before.key):
        return False
    if before.key in listed("weak_person_words"):
        return bool(_first_name(word)) and not blocked
    return named or _looks_unknown(word)


def _is_role(key: str) -> bool:
    return key in listed("person_words") or (len(key) > 8 and key.endswith(lexicon().role_endings))


def _is_doubtful_name(words: list[Word], index: int, name: str) -> bool:
    """Decide for a name that is also a word: the capital counts only inside a sentence."""
    word, follows = words[index], _near(words, index + 1)
    if follows and follows.capital and (_surname(follows) or _first_name(follows)):
        return True
    if name in _MONTHS:
        return False
    if not word.first:
        return True
    if follows and follows.key in _LISTING and index + 2 < len(words) and words[index + 2].capital:
        return bool(_first_name(words[index + 2]))
    return follows is not None and name in listed("subject_names") and follows.key in listed("person_verbs")


def _is_unknown_name(words: list[Word], index: int) -> bool:
    """Decide for a capitalised word that no list has: by its ending or its neighbours."""
    word, follows = words[index], _near(words, index + 1)
    if not _looks_unknown(word):
        return False
    if _built_like_a_name(word.key.removesuffix("s")):
        return True
    if follows is None:
        return False
    if follows.capital:
        return _stem(follows.key, listed("surnames")) is not None
    if (
        word.first
        or _after_place_word(words, index)
        or word.key.endswith(tuple(listed("place_name_endings")))
    ):
        return False
    return follows.key in listed("human_verbs")


def _built_like_a_name(key: str) -> bool:
    """Say if a word is a first name with -sen or -datter, or ends as only first names do."""
    for ending in _PATRONYMIC_ENDINGS:
        stem = key.removesuffix(ending)
        if stem != key and {stem, stem + "e", stem.removesuffix("s")} & lexicon().first_names:
            return len(stem) > 2
    return len(key) > 5 and key.endswith(tuple(listed("first_name_endings")))


def _after_place_word(words: list[Word], index: int) -> bool:
    return index > 0 and not words[index].first and words[index - 1].key in listed("before_place")


def _looks_unknown(word: Word) -> bool:
    if not word.capital or not word.text[1:].islower() or len(word.text) < _MIN_UNKNOWN_CHARS:
        return False
    if word.key in listed("not_people") or _ends_as_place(word.key) or "-" in word.text:
        return False
    return not _known(word.key)


@lru_cache(maxsize=20_000)
def _known(key: str) -> bool:
    """Say if a word is in the dictionary of Bokmål or Nynorsk."""
    return bool(is_known(key, lang=("nb", "nn")))


def _last_word(words: list[Word], index: int) -> int:
    """Return the index of the last word of the name that begins here."""
    last = index
    while last + 1 < min(len(words), index + MAX_NAME_WORDS) and not _is_genitive(words[last]):
        step = _continues(words, index, last + 1)
        if not step:
            break
        last += step
    return last


def _is_genitive(word: Word) -> bool:
    for names in (lexicon().first_names, lexicon().surnames):
        name = _stem(word.key, names)
        if name:
            return name != word.key
    return "'" in word.key[-2:] or "\u2019" in word.key[-2:]


def _continues(words: list[Word], begin: int, index: int) -> int:
    """Return how many words from this one on still belong to the name."""
    word, anchor = words[index], words[begin]
    if len(word.text) == 1:
        return int(_is_initial(words, index))
    gap = _INITIAL_GAP if len(words[index - 1].text) == 1 else _SPACE
    if not gap.fullmatch(word.gap):
        return 0
    if word.key in listed("name_particles") and not word.capital:
        return _particles(words, index)
    if not anchor.capital:
        return int(bool(_stem(word.key, _plain_surnames())) or _is_lower_case_name(words, index))
    if not word.capital:
        return 0
    named = _surname(word) or _first_name(word)
    if named:
        return 1
    if not _first_name(anchor):
        return int(_looks_unknown(word))
    return int(word.key not in listed("not_people") and not word.text.isupper())


def _particles(words: list[Word], index: int) -> int:
    """Return the length of "van der Berg", 0 if no name follows."""
    for ahead in (1, 2):
        follows = _near(words, index + ahead)
        if follows is None:
            return 0
        if follows.capital:
            return ahead + 1 if _surname(follows) or _looks_unknown(follows) else 0
        if follows.key not in listed("name_particles"):
            return 0
    return 0


def _is_initial(words: list[Word], index: int) -> bool:
    """Say if this is the letter of "Kari B. Hansen" or "Kari B."."""
    word = words[index]
    return word.capital and word.key not in _NO_INITIALS and bool(_INITIAL_GAP.fullmatch(word.gap))


def _first_initial(words: list[Word], index: int) -> Word:
    """Return the word at which "K. B. Hansen" begins."""
    while (
        index
        and len(words[index - 1].text) == 1
        and words[index - 1].capital
        and words[index - 1].key not in _NO_INITIALS
        and _INITIAL_GAP.fullmatch(words[index].gap)
    ):
        index -= 1
    return words[index]


def _end_of(words: list[Word], last: int, text: str) -> int:
    word = words[last]
    if len(word.text) == 1:
        return word.end + text.startswith(".", word.end)
    if not _is_genitive(word):
        return word.end
    return word.end - (2 if word.key[-2] in "'\u2019" else 1)


def _in_address(text: str, word: Word) -> bool:
    """Say if the word is part of a web address, user name or file name."""
    around = text[max(0, word.start - 1) : word.start] + text[word.end : word.end + 1]
    if any(char in "_@\\#" or char.isdigit() for char in around):
        return True
    joined = around.startswith((".", "/")) or re.match(r"\.[^\W\d_]", text[word.end : word.end + 2])
    return bool(joined) and not word.capital


def _is_place(words: list[Word], begin: int, last: int) -> bool:
    """Say if the name is that of a place, an institution, a firm, a thing or a king."""
    inside = any(_ends_as_place(word.key) and not _surname(word) for word in words[begin + 1 : last + 1])
    return inside or _named_after(words, begin, last) or _is_firm(words, last) or _called(words, begin, last)


def _ends_as_place(key: str) -> bool:
    return key in listed("place_endings") or key.endswith(lexicon().compounds)


def _named_after(words: list[Word], begin: int, last: int) -> bool:
    follows = _near(words, last + 1)
    if follows is None:
        return False
    if _ROMAN.fullmatch(follows.text):
        return True
    if begin == last and follows.key in listed("possession_words") and _is_genitive(words[last]):
        return False
    return _ends_as_place(follows.key)


def _is_firm(words: list[Word], last: int) -> bool:
    """Say if "AS", "& Co" and the like come within three words."""
    for index in range(last + 1, min(len(words), last + 4)):
        word = words[index]
        if "&" in word.gap and not word.gap.strip(" &"):
            return True
        if not _SPACE.fullmatch(word.gap):
            return False
        if word.text.lower() in listed("org_forms") and word.text.isupper():
            return True
        tail = _near(words, index + 1)
        if word.key == "og" and tail and tail.key in listed("org_tails"):
            return True
        if not word.capital:
            return False
    return False


def _called(words: list[Word], begin: int, last: int) -> bool:
    """Say if the word before tells that something else has the name: "villa Solveig", "St. Hans"."""
    word = words[begin]
    if not begin or words[begin - 1].key not in listed("place_words_before"):
        return False
    if not re.fullmatch(r"\.?[ \t\u00a0]+[\"\u00ab\u201c]?", word.gap) or (
        word.first and words[begin - 1].key not in listed("abbreviations")
    ):
        return False
    follows = _near(words, last + 1)
    owned = words[begin - 1].key in listed("owned_words")
    return not (owned and follows and follows.key in listed("person_verbs"))
