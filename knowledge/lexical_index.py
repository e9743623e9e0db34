"""Likeness of spelling: BM25 over lemmas, and over character n-grams for compounds, nynorsk and typos.

A BM25 library would count each text three times: as a passage, as part of its document, and as a title.
Here a text is counted once, and the counts of a document are the sum of those of its passages.
"""

import re
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import simplemma
import yaml
from scipy.sparse import csc_matrix, csr_matrix, diags

from knowledge.encoder import Vectors

_GRAM_CHARS = 4
_BUCKETS = 1 << 20  # a municipality's texts have about 50,000 n-grams, so few share a bucket
_TERM_SATURATION = 1.2  # k1 of BM25
_LENGTH_SHARE = 0.75  # b of BM25
_WORD = re.compile(r"[^\W_]+")
_STOP_WORDS = frozenset(
    yaml.safe_load((Path(__file__).parent / "data" / "stop_words.yml").read_text(encoding="utf-8"))
)

Counts: TypeAlias = Any  # a csr_matrix; SciPy has no types
Grams = npt.NDArray[np.int64]
Units = Callable[[str], Grams]


def character_grams(text: str) -> Grams:
    """Return the bucket of each n-gram of each word, int64 of shape (n-grams,)."""
    words = [_grams_of_word(word) for word in words_of(text)]
    return np.concatenate(words) if words else np.zeros(0, dtype=np.int64)


def lemmas(text: str) -> Grams:
    """Return the bucket of the lemma of each word, Bokmål or Nynorsk, int64 of shape (words,)."""
    return np.array([_lemma_bucket(word) for word in words_of(text)], dtype=np.int64)


def count_units(texts: Iterable[str], units: Units = character_grams) -> Counts:
    """Count the character n-grams, or the lemmas, of each text.

    Returns:
        float32 of shape (texts, buckets).
    """
    rows = [units(text) for text in texts]
    ends = np.cumsum([0, *(len(row) for row in rows)])
    columns = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
    counts = csr_matrix(
        (np.ones(len(columns), dtype=np.float32), columns, ends), shape=(len(rows), _BUCKETS), copy=False
    )
    counts.sum_duplicates()
    return counts


class LexicalIndex:
    """BM25 scores as a share of the best score that a query could get, so that queries compare."""

    def __init__(self, counts: Counts, units: Units = character_grams) -> None:
        """Weigh counts of shape (texts, buckets), made with the same units."""
        self._units = units
        texts = max(1, counts.shape[0])
        lengths = np.asarray(counts.sum(axis=1)).ravel()
        mean_length = max(1.0, float(lengths.mean())) if len(lengths) else 1.0
        norms = _TERM_SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * lengths / mean_length)
        frequency = np.bincount(counts.indices, minlength=_BUCKETS)
        self._rarity = np.log1p((texts - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
        saturated = counts.copy()
        saturated.data = saturated.data / (saturated.data + np.repeat(norms, np.diff(counts.indptr)))
        self._weights = csc_matrix(saturated @ diags(self._rarity), dtype=np.float32)

    def coverage(self, query: str) -> Vectors:
        """Compare a query with every text.

        Returns:
            Share of the query's units, by rarity, that a text holds, float32 of shape (texts,), in [0, 1).
        """
        grams = np.unique(self._units(query))
        if not len(grams):
            return np.zeros(self._weights.shape[0], dtype=np.float32)
        scores = np.asarray(self._weights[:, grams].sum(axis=1), dtype=np.float32).ravel()
        covered: Vectors = scores / self._rarity[grams].sum()
        return covered


def sum_counts(counts: Counts, groups: Sequence[int], size: int) -> Counts:
    """Add up rows: row i goes to row groups[i] of a result with `size` rows."""
    rows = np.arange(len(groups))
    members = csr_matrix((np.ones(len(groups), dtype=np.float32), (groups, rows)), shape=(size, len(groups)))
    return csr_matrix(members @ counts)


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, without those that every text has."""
    return [word for word in all_words(text) if word not in _STOP_WORDS]


def all_words(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return _WORD.findall(unicodedata.normalize("NFC", text).lower())


@lru_cache(maxsize=100_000)
def _grams_of_word(word: str) -> Grams:
    """Return the bucket of each n-gram of a word with its boundaries; a short word is one n-gram."""
    marked = f"_{word}_"
    grams = [marked[i : i + _GRAM_CHARS] for i in range(max(1, len(marked) - _GRAM_CHARS + 1))]
    return np.array([zlib.crc32(gram.encode()) % _BUCKETS for gram in grams], dtype=np.int64)


@lru_cache(maxsize=100_000)
def _lemma_bucket(word: str) -> int:
    lemma = simplemma.lemmatize(word, lang=("nb", "nn")).lower()
    return zlib.crc32(lemma.encode()) % _BUCKETS
