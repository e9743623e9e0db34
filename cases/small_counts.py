"""Small numbers about others' units are hidden, as they may point at people."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from cases.counts import CountRow, CountTable

SMALLEST_SHOWN = 3


@dataclass(frozen=True)
class Elsewhere:
    """The part of a table that is about units outside the reader's charge; the rest they can list anyway.

    Attributes:
        counts: by group.
        before: the same of the compared time.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    before: Mapping[str, int] = field(default_factory=dict)


def hide_small(table: CountTable, elsewhere: Elsewhere | None = None) -> CountTable:
    """Hide the counts of one and two, and what would give them away.

    A single hidden number could be found from the total, so the next smallest is hidden with it, and more
    if need be; where that does not help, the total is hidden too. Nought is shown: it points at nobody. The
    same goes for the counts of the compared time.

    Args:
        table: with its true counts.
        elsewhere: which of them may point at somebody; None is all of them.
    """
    if elsewhere is None:
        elsewhere = Elsewhere(
            {row.key: row.count or 0 for row in table.rows} or {"": table.total or 0},
            {row.key: row.before or 0 for row in table.rows} or {"": table.total_before or 0},
        )
    small, withheld, shows_total = _choose(elsewhere.counts)
    small_before, withheld_before, shows_before = _choose(elsewhere.before)
    rows = tuple(
        CountRow(
            row.key,
            None if row.key in small | withheld else row.count,
            None if row.key in small_before | withheld_before else row.before,
        )
        for row in table.rows
    )
    total = table.total if shows_total else None
    before = table.total_before if shows_before else None
    hidden = rows != table.rows or (total, before) != (table.total, table.total_before)
    return replace(
        table, rows=rows, total=total, total_before=before, hidden=hidden,
        withheld=withheld | withheld_before,
    )  # fmt: skip


def _choose(counts: Mapping[str, int]) -> tuple[frozenset[str], frozenset[str], bool]:
    """Which groups are small, which others are hidden with them, and whether the total may be shown."""
    total = sum(counts.values())
    small = [key for key, count in counts.items() if not _is_shown(count)]
    others = sorted((count, key) for key, count in counts.items() if count >= SMALLEST_SHOWN)
    withheld: list[str] = []
    while others and _gives_away([counts[key] for key in small], [counts[key] for key in withheld]):
        withheld.append(others.pop(0)[1])
    given_away = _gives_away([counts[key] for key in small], [counts[key] for key in withheld])
    return frozenset(small), frozenset(withheld), _is_shown(total) and not given_away


def _gives_away(small: Collection[int], withheld: Collection[int]) -> bool:
    """Whether the sum of what is hidden, which is known from the total, tells what a small number is.

    Who reads knows that each small one is 1 or 2, and that each withheld one is at least 3.
    """
    if not small:
        return False
    least = len(small) + SMALLEST_SHOWN * len(withheld)
    hidden = sum(small) + sum(withheld)
    return hidden == least or (not withheld and hidden == 2 * len(small))


def _is_shown(count: int) -> bool:
    return count == 0 or count >= SMALLEST_SHOWN
