"""Cases like this one, so that what others learned is not lost."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

# The weights beside the cosine, and the scores below which nothing is shown, were chosen on
# tests/unit/cases/similar_pairs.jsonl with the encoder that ships; docs/trends.md has the figures.
_SAME_SUBTYPE = 0.15
_SAME_CATEGORY = 0.05
_SAME_PLACE = 0.05
_RECENT = 0.02
_SOLVED = 0.05
_LEAST_SCORE = 0.525
_DUPLICATE_COSINE = 0.5
_DUPLICATE_DAYS = timedelta(days=3)
_HALF_LIFE_DAYS = 365
# Shorter words of a place, such as prepositions, say nothing about where it is.
_MIN_PLACE_WORD_CHARS = 3
_WORD = re.compile(r"[^\W_]+")


class Encoder(Protocol):
    """Port for what turns texts into vectors; whoever calls brings it."""

    def encode(self, texts: list[str]) -> Vectors:
        """Float32 of shape (len(texts), dimension); rows have length 1, or 0 for a text without any word."""
        ...


@dataclass(frozen=True)
class Traits:
    """What is known of a case besides its text.

    Attributes:
        on: the day in Norway on which it was reported.
    """

    on: date
    category: str | None = None
    subtype: str | None = None
    place: str | None = None


@dataclass(frozen=True)
class Candidate:
    """A case that may be similar.

    Attributes:
        text: title and description.
        solved: it has measures or a closing note.
        occurred_at: aware, or the time of the report.
    """

    number: str
    text: str
    traits: Traits
    solved: bool
    is_open: bool
    unit_id: str | None
    occurred_at: datetime | None


@dataclass(frozen=True)
class Similar:
    """A case that is similar. The score is a cosine in [-1, 1] and what speaks for it besides, up to 0.22."""

    number: str
    score: float
    solved: bool


def rank_similar(
    text: str, candidates: Sequence[Candidate], encoder: Encoder, limit: int, *, traits: Traits
) -> list[Similar]:
    """The cases most like a text, best first; none when none is like it.

    Solved ones come before others that are as near. The order is of score, ties by number.

    Args:
        text: title and description of a case or of a report that is being made.
        candidates: those that the asker may learn of; a case's own number is left out by the caller. All are
            encoded, so choose some hundreds beforehand when there are many.
        traits: of the case in hand.
    """
    ranked = [
        (_score(float(cosine), traits, candidate), candidate)
        for cosine, candidate in zip(_cosines(text, candidates, encoder), candidates, strict=True)
    ]
    near = [Similar(one.number, score, one.solved) for score, one in ranked if score >= _LEAST_SCORE]
    near.sort(key=lambda similar: (-similar.score - _SOLVED * similar.solved, similar.number))
    return near[:limit]


def likely_duplicates(
    text: str,
    unit_id: str,
    place: str | None,
    occurred_at: datetime,
    candidates: Sequence[Candidate],
    encoder: Encoder,
) -> list[str]:
    """Numbers of open cases that seem to be about the same event, nearest first.

    They are of the same unit, happened within three days, and tell nearly the same. Two that name different
    places are different events.

    Args:
        occurred_at: aware, as are those of the candidates.
    """
    possible = [
        candidate
        for candidate in candidates
        if candidate.is_open
        and candidate.unit_id == unit_id
        and candidate.occurred_at is not None
        and abs(candidate.occurred_at - occurred_at) <= _DUPLICATE_DAYS
        and not _different_places(place, candidate.traits.place)
    ]
    cosines = _cosines(text, possible, encoder)
    near = [(float(cosine), one.number) for cosine, one in zip(cosines, possible, strict=True)]
    found = sorted((-cosine, number) for cosine, number in near if cosine >= _DUPLICATE_COSINE)
    return [number for _, number in found]


def _cosines(text: str, candidates: Sequence[Candidate], encoder: Encoder) -> Vectors:
    if not candidates:
        return np.zeros(0, dtype=np.float32)
    vectors = encoder.encode([text, *(candidate.text for candidate in candidates)])
    return np.asarray(vectors[1:] @ vectors[0], dtype=np.float32)


def _score(cosine: float, traits: Traits, candidate: Candidate) -> float:
    other = candidate.traits
    score = cosine
    if traits.subtype is not None and traits.subtype == other.subtype:
        score += _SAME_SUBTYPE
    elif traits.category is not None and traits.category == other.category:
        score += _SAME_CATEGORY
    if _place_words(traits.place) & _place_words(other.place):
        score += _SAME_PLACE
    age_days = max((traits.on - other.on).days, 0)
    return float(score + _RECENT * 0.5 ** (age_days / _HALF_LIFE_DAYS))


def _different_places(one: str | None, other: str | None) -> bool:
    first, second = _place_words(one), _place_words(other)
    return bool(first and second) and not first & second


def _place_words(place: str | None) -> set[str]:
    words: Iterable[str] = _WORD.findall(unicodedata.normalize("NFC", place or "").casefold())
    return {word for word in words if len(word) >= _MIN_PLACE_WORD_CHARS or word.isdigit()}
