"""Texts that are the same, or nearly: an evaluation on sentences seen in training measures memory."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

GRAM_CHARS = 4
SIGNS = re.compile(r"[\W_]+")


def fold_text(text: str) -> str:
    """Return what is left when case, punctuation and white space do not count.

    A text of signs only (a thumb up) has nothing else, so its signs count.
    """
    lower = unicodedata.normalize("NFC", text).casefold()
    return SIGNS.sub(" ", lower).strip() or "".join(lower.split())


def near_pairs(
    texts: Sequence[str], others: Sequence[str], threshold: float
) -> Iterator[tuple[int, int, float]]:
    """Find for each text the most similar of the others.

    Args:
        texts: folded texts; one of fewer than four characters is like nothing.
        others: folded texts.
        threshold: smallest similarity that counts, above 0 and at most 1.

    Yields:
        (index in texts, index in others, Jaccard similarity of their sets of character 4-grams).
    """
    if not texts or not any(len(text) >= GRAM_CHARS for text in others):
        return
    vectorizer = CountVectorizer(
        analyzer="char", ngram_range=(GRAM_CHARS, GRAM_CHARS), binary=True, lowercase=False, dtype=np.int32
    )
    # A gram that none of the others has is never shared: it needs no column, it is only counted.
    right = vectorizer.fit_transform(others)
    left = vectorizer.transform(texts)
    left_sizes = np.array([_gram_count(text) for text in texts])
    right_sizes = np.asarray(right.sum(axis=1)).ravel()
    shared = (left @ right.T).tocoo()
    similarity = shared.data / (left_sizes[shared.row] + right_sizes[shared.col] - shared.data)
    best: dict[int, tuple[float, int]] = {}
    for index in np.flatnonzero(similarity >= threshold):
        row, found = int(shared.row[index]), (float(similarity[index]), int(shared.col[index]))
        best[row] = max(best.get(row, found), found)
    for row, (value, column) in sorted(best.items()):
        yield row, column, value


def _gram_count(text: str) -> int:
    return len({text[start : start + GRAM_CHARS] for start in range(len(text) - GRAM_CHARS + 1)})
