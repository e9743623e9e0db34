"""A long text cut into pieces that an encoder can take in, at the best places that there are."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

# From the largest unit to the smallest: lines (a paragraph, list item or table row each), sentences, words.
_UNITS = (
    re.compile(r"[^\n]+"),
    re.compile(r"\S.*?(?:[.!?:;](?=\s)|$)", re.DOTALL),
    re.compile(r"\S+"),
)
_MAX_WORD_CHARS = 200  # a longer run without a space is no word: a key, a drawing of lines


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; `start` and `end` are character offsets, `end` exclusive."""

    start: int
    end: int


def split_text(text: str, size: Callable[[str], float], limit: float) -> list[Piece]:
    """Cut a text into pieces of a size at most.

    Args:
        size: of a text; of two joined texts it is no more than the sum.
        limit: the largest size of a piece, above 0.
    Returns:
        Pieces in the order of the text, without overlap and without blanks at their ends. All that is no
        blank is in one of them. A single word may be above the limit.
    """
    pieces: list[Piece] = []
    start = end = 0
    filled = 0.0
    for unit, unit_size in _units(text, 0, len(text), 0, size, limit):
        if filled and filled + unit_size > limit:
            pieces.append(Piece(start, end))
            filled = 0.0
        if not filled:
            start = unit.start
        end = unit.end
        filled += unit_size
    return [*pieces, Piece(start, end)] if filled else pieces


def _units(
    text: str, start: int, end: int, level: int, size: Callable[[str], float], limit: float
) -> Iterator[tuple[Piece, float]]:
    """Yield the largest units of a stretch of text that fit, with their sizes."""
    for match in _UNITS[level].finditer(text, start, end):
        unit = _stripped(text, match.start(), match.end())
        if unit.start == unit.end:
            continue
        unit_size = max(size(text[unit.start : unit.end]), 1e-9)
        if unit_size <= limit:
            yield unit, unit_size
        elif level + 1 < len(_UNITS):
            yield from _units(text, unit.start, unit.end, level + 1, size, limit)
        else:
            for cut in range(unit.start, unit.end, _MAX_WORD_CHARS):
                yield Piece(cut, min(cut + _MAX_WORD_CHARS, unit.end)), unit_size


def _stripped(text: str, start: int, end: int) -> Piece:
    part = text[start:end]
    return Piece(
        start + len(part) - len(part.lstrip()), start + len(part.rstrip()) if part.strip() else start
    )
