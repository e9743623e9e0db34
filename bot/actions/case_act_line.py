"""A message in one spelling, with the way back to what was typed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz.distance import OSA

from bot.actions.case_spelling import spellings, swaps_of

_PATH = Path(__file__).with_name("case_act_words.yml")
# Stands before a case number in a spelt line; a character that nobody types.
MARK = "\ue000"
# The register numbers cases in five digits (cases/repository.py).
_DIGITS = 5
_WORD = re.compile(r"['\u2019]?\w+(?:['\u2019-]\w+)*")
_OPENING = re.compile(r"[(\u00ab\"\u201c]+$")
_CLOSING = re.compile(r"[)\u00bb\"\u201d!?%\u2026]+|\s%")
# Slips of the pen are looked for in words so long at least.
_MIN_TYPO_CHARS = 5
_MIN_TWO_TYPOS_CHARS = 9
_MIN_SWAPPED_CHARS = 4


@dataclass(frozen=True)
class Line:
    """A message in one spelling.

    Attributes:
        typed: what was typed, NFC, with plain white space.
        spelt: lower case, in the spelling of `case_act_words.yml`, case numbers as `MARK` and index.
        numbers: the case numbers, in reading order.
        spans: of each word: begin and end in `spelt`, begin and end in `typed`.
    """

    typed: str
    spelt: str
    numbers: tuple[str, ...]
    spans: tuple[tuple[int, int, int, int], ...]

    def as_typed(self, begin: int, end: int, *, marks: bool = True) -> str:
        """Return what was typed for a stretch of `spelt`, from its first to its last whole word.

        Args:
            marks: whether brackets, quotation marks and "!" or "?" beside these words come along.
        """
        inside = [span for span in self.spans if span[0] >= begin and span[1] <= end]
        if not inside:
            return ""
        start, stop = inside[0][2], inside[-1][3]
        if marks:
            opening = _OPENING.search(self.typed[:start])
            closing = _CLOSING.match(self.typed[stop:])
            start -= len(opening[0]) if opening else 0
            stop += len(closing[0]) if closing else 0
        return self.typed[start:stop]


def read_line(text: str, year: str, *, correct: bool = True) -> Line:
    """Spell a message in one way.

    Args:
        text: any text.
        year: of case numbers that name none; "" leaves all numbers as they are.
        correct: whether slips of the pen are mended.
    """
    typed = " ".join(_plain(text).split())
    found = _case_numbers(typed, year) if year else []
    pieces: list[str] = []
    spans: list[tuple[int, int, int, int]] = []
    place = length = 0
    for begin, end, number in _units(typed, found):
        gap = _gap(typed[place:begin])
        word = _spelling(typed[begin:end], begin == 0, correct) if number is None else f"{MARK}{number}"
        if _is_addressed(pieces[-1] if pieces else "", word) and typed[place:begin] == " ":
            place = end
            continue
        spans.append((length + len(gap), length + len(gap) + len(word), begin, end))
        pieces += [gap, word]
        length += len(gap) + len(word)
        place = end
    pieces.append(_gap(typed[place:]))
    return Line(typed, "".join(pieces), tuple(value for _, _, value in found), tuple(spans))


def _is_addressed(before: str, word: str) -> bool:
    """Tell whether a word names the one who is bid: "skriver du en kommentar" is "skriv en kommentar"."""
    addressed = _data()["addressed"]
    return word in addressed["words"].split() and before in addressed["verbs"].split()


def _plain(text: str) -> str:
    clean = unicodedata.normalize("NFC", text).replace(MARK, "").replace("\u200b", "")
    return re.sub(r"\s*\n+\s*", ". ", clean.strip())


def _gap(text: str) -> str:
    """Dashes become hyphens; quotation marks go."""
    dashes = re.sub(r"[\u2010-\u2015\u2212]", "-", text.casefold())
    return re.sub(r" +", " ", re.sub(r"[\"\u00ab\u00bb\u201c\u201d\u2026*_]", "", dashes))


def _units(typed: str, found: list[tuple[int, int, str]]) -> list[tuple[int, int, int | None]]:
    """Words and case numbers in reading order; the last is the index of the number."""
    numbers: list[tuple[int, int, int | None]] = [
        (begin, end, index) for index, (begin, end, _) in enumerate(found)
    ]
    free = [
        (word.start(), word.end(), None)
        for word in _WORD.finditer(typed)
        if not any(begin < word.end() and word.start() < end for begin, end, _ in numbers)
    ]
    return sorted([*numbers, *free])


def _case_numbers(typed: str, year: str) -> list[tuple[int, int, str]]:
    """Begin, end and value of each case number."""
    pattern = re.compile(_data()["numbers"]["case"], re.IGNORECASE)
    found = []
    for match in pattern.finditer(typed):
        digits = match["full"] or match["bare"]
        bare = match["bare"] is not None
        if int(digits) and not (
            bare and (_is_year(digits) or _numbers_something_else(typed[: match.start()]))
        ):
            value = f"{match['year'] or year}-{int(digits):0{_DIGITS}d}"
            found.append((match.start(), match.end(), value))
    return found


def _numbers_something_else(before: str) -> bool:
    """Tell whether digits after these words are no case number: "tiltak 2", "kl. 12"."""
    lists = {name: _data()["numbers"][name].split() for name in ("other_things", "numbering", "new")}
    said = [_spelling(word, False, True) for word in re.findall(r"[\w§]+\.?", before)[-3:]]
    while said and said[-1] in lists["numbering"]:
        said.pop()
    return (
        bool(said)
        and said[-1] in lists["other_things"]
        and said[-2:-1] not in [[new] for new in lists["new"]]
    )


def _is_year(digits: str) -> bool:
    return len(digits) == 4 and digits.startswith("20")


def _spelling(word: str, is_first: bool, correct: bool) -> str:
    key = word.casefold().replace("\u2019", "'")
    table = _spellings()
    if key in table:
        return table[key]
    bare = key.strip("'")
    if "'" in bare:  # "sett'n", "kan'ke"
        head, _, tail = bare.partition("'")
        split = [table.get(part, part) for part in (head, f"'{tail}" if f"'{tail}" in table else tail)]
        return " ".join(split)
    if word[:1].isupper() and not is_first:
        return key
    if not correct:
        return key
    mended = _mended(key)
    return mended if mended != key else _small_word(key) or key


@lru_cache(maxsize=4096)
def _small_word(key: str) -> str | None:
    """A word with a letter too many, a small word that was mistyped, or two words that were typed as one."""
    table = _spellings()
    if key in _real_words():
        return None
    if len(key) >= _MIN_TYPO_CHARS and (single := re.sub(r"(.)\1", r"\1", key)) in table:
        return table[single]
    if (usual := spellings().usual(key)) is not None:
        return table.get(usual, usual)
    parts = spellings().parted(key)
    return " ".join(table.get(part, part) for part in parts) if parts else None


@lru_cache(maxsize=4096)
def _mended(key: str) -> str:
    if len(key) < _MIN_SWAPPED_CHARS or key in _real_words() or not key.isalpha():
        return key
    if (swap := next((swap for swap in swaps_of(key) if swap in _own_spellings()), None)) is not None:
        return _own_spellings()[swap]
    if len(key) < _MIN_TYPO_CHARS:
        return key
    allowed = 2 if len(key) >= _MIN_TWO_TYPOS_CHARS else 1
    best, meant = allowed + 1, key
    for spelling, canonical in _own_spellings().items():
        if (
            len(spelling) < _MIN_TYPO_CHARS
            or abs(len(spelling) - len(key)) > allowed
            or spelling[0] != key[0]
        ):
            continue
        distance = OSA.distance(key, spelling, score_cutoff=allowed)
        if distance < best:
            best, meant = distance, canonical
    return meant


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(_PATH.read_text(encoding="utf-8"))
    return content


@lru_cache(maxsize=1)
def _spellings() -> dict[str, str]:
    """Spelling → the one that the patterns know, the small words of all readers too."""
    table = dict(_own_spellings())
    for variant, usual in spellings().variants.items():
        table.setdefault(variant, table.get(usual, usual))
    return table


@lru_cache(maxsize=1)
def _own_spellings() -> dict[str, str]:
    """Spelling → the one that the patterns know; also each of those itself."""
    table: dict[str, str] = {}
    for canonical, variants in _data()["spellings"].items():
        for variant in str(variants).split():
            table.setdefault(variant.casefold(), str(canonical))
    for canonical in _data()["spellings"]:
        table[str(canonical)] = str(canonical)
    for word in _data()["typo_targets"].split():
        table.setdefault(word, word)
    return table


@lru_cache(maxsize=1)
def _real_words() -> frozenset[str]:
    return frozenset(_data()["not_typos"].split()) | spellings().real
