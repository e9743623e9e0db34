"""The part of a passage that is shown, with its best sentences marked. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MAX_PASSAGE_CHARS = 1_500
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
# Where nearly all of a passage is best, marks tell nothing.
MOST_MARKED = 0.7

Span = tuple[int, int]


@dataclass(frozen=True)
class Excerpt:
    """What is shown of a passage.

    Attributes:
        text: plain text; cut parts are replaced by an ellipsis.
        marks: the best sentences as (begin, end) in characters of `text`, in order, none within another.
    """

    text: str
    marks: tuple[Span, ...] = ()


def excerpt(passage: str, best: Iterable[Span], max_chars: int = MAX_PASSAGE_CHARS) -> Excerpt:
    """Choose what to show: the passage from its beginning, or from the first best sentence if it is far in.

    Args:
        passage: plain text, steps and bullets one a line.
        best: the best sentences as (begin, end) in characters of `passage`, in any order.
    """
    passage = passage.rstrip()
    spans = _in_order(best, len(passage))
    begin = len(passage) - len(passage.lstrip())
    cut_before = ""
    if len(passage) > max_chars and spans and spans[0][1] > max_chars:
        begin, cut_before = _line_of(passage, spans[0][0], max_chars), f"{ELLIPSIS}\n"
    kept = shortened(passage[begin:], max_chars)
    shift = len(cut_before) - begin
    last = len(cut_before) + len(kept.removesuffix(f" {ELLIPSIS}"))
    moved = [(first + shift, min(end + shift, last)) for first, end in spans]
    marks = tuple((max(first, len(cut_before)), end) for first, end in moved if first < end)
    is_most = sum(end - first for first, end in marks) > MOST_MARKED * len(kept)
    return Excerpt(cut_before + kept, () if is_most else marks)


def shortened(passage: str, max_chars: int = MAX_PASSAGE_CHARS) -> str:
    """Cut a long passage at the end of a line, or of a word where lines are long."""
    if len(passage) <= max_chars:
        return passage
    cut = passage[:max_chars]
    line_end = cut.rfind("\n")
    end = line_end if line_end >= max_chars // 2 else cut.rfind(" ")
    return cut[: end if end > 0 else max_chars].rstrip() + f" {ELLIPSIS}"


def _in_order(spans: Iterable[Span], length: int) -> list[Span]:
    """Sort spans, join those that overlap, and drop what is outside of the text."""
    joined: list[Span] = []
    for begin, end in sorted((max(begin, 0), min(end, length)) for begin, end in spans):
        if begin >= end:
            continue
        if joined and begin < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _line_of(passage: str, place: int, max_chars: int) -> int:
    """Return where the line around a place begins, or the place itself when that is far back."""
    line_begins = passage.rfind("\n", 0, place) + 1
    return line_begins if place - line_begins <= max_chars // 2 else place
