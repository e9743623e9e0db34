"""Scores of rankings of documents. Shares are 0 to 1; a score without rows to measure on is None."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

Ranking = Sequence[str]
Pair = tuple[Ranking, AbstractSet[str]]
"""A ranking of document ids, best first, and the ids of the right ones."""


def recall(pairs: Sequence[Pair], cutoffs: Iterable[int]) -> dict[str, float | None]:
    """Return cut-off → share of questions with a right document among the first so many."""
    return {
        str(cutoff): share(rank_of(ranking[:cutoff], right) is not None for ranking, right in pairs)
        for cutoff in cutoffs
    }


def mean_reciprocal_rank(pairs: Sequence[Pair], cutoff: int) -> float | None:
    """Return the mean of 1/rank of the first right document; 0 for none among the first `cutoff`."""
    ranks = [rank_of(ranking[:cutoff], right) for ranking, right in pairs]
    return sum(1 / rank for rank in ranks if rank) / len(ranks) if ranks else None


def rank_of(ranking: Ranking, right: AbstractSet[str]) -> int | None:
    """Return the place of the first right document, from 1; None when there is none."""
    return next((place for place, name in enumerate(ranking, start=1) if name in right), None)


def share(hits: Iterable[bool]) -> float | None:
    """Return the share of hits, None when there is nothing."""
    counted = list(hits)
    return sum(counted) / len(counted) if counted else None
