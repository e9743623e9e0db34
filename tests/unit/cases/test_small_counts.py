"""Small numbers cannot be worked out from what is shown."""

from collections.abc import Iterator
from itertools import product

import pytest

from cases.counts import CountRow, CountTable
from cases.query import Grouping
from cases.small_counts import Elsewhere, hide_small

MOST = 14  # what a hidden number may be, for the one who guesses


def table(*counts: int) -> CountTable:
    rows = tuple(CountRow(str(index), count) for index, count in enumerate(counts))
    return CountTable(rows, sum(counts), None, Grouping.CATEGORY)


def guesses(shown: CountTable) -> Iterator[tuple[int, ...]]:
    """Every table that fits what is shown."""
    choices = [
        [row.count] if row.count is not None
        else range(3, MOST) if row.key in shown.withheld
        else [1, 2]
        for row in shown.rows
    ]  # fmt: skip
    for counts in product(*choices):
        if shown.total is None or sum(counts) == shown.total:
            yield counts


@pytest.mark.parametrize("groups", [1, 2, 3, 4])
def test_no_small_number_can_be_worked_out(groups: int) -> None:
    for counts in product(range(6), repeat=groups):
        if counts != tuple(sorted(counts)):
            continue
        shown = hide_small(table(*counts))
        possible = list(guesses(shown))
        assert counts in possible
        for place, count in enumerate(counts):
            if count in (1, 2):
                assert {guess[place] for guess in possible} == {1, 2}, counts


@pytest.mark.parametrize(
    ("counts", "shown", "total", "withheld"),
    [
        ((5, 4, 3), (5, 4, 3), 12, set()),
        ((5, 4, 0), (5, 4, 0), 9, set()),
        ((9, 4, 1), (9, None, None), 14, {"1"}),
        ((9, 2, 1), (9, None, None), 12, set()),
        ((9, 4, 1, 1), (9, None, None, None), 15, {"1"}),
        ((9, 5, 3, 1), (9, None, None, None), 18, {"1", "2"}),
        ((2, 0), (None, 0), None, set()),
        ((1, 1, 1), (None, None, None), None, set()),
        ((), (), 0, set()),
    ],
)
def test_what_is_hidden(
    counts: tuple[int, ...], shown: tuple[int | None, ...], total: int | None, withheld: set[str]
) -> None:
    found = hide_small(table(*counts))
    assert tuple(row.count for row in found.rows) == shown
    assert found.total == total
    assert found.withheld == withheld
    assert found.hidden is (shown != counts or total is None)


def test_a_count_without_groups_is_hidden_if_small() -> None:
    assert [hide_small(CountTable((), count)).total for count in range(5)] == [0, None, None, 3, 4]
    before = [hide_small(CountTable((), 9, count)).total_before for count in (None, 0, 1, 3)]
    assert before == [None, 0, None, 3]


def test_the_compared_time_is_hidden_by_itself() -> None:
    rows = (CountRow("a", 9, 1), CountRow("b", 2, 8), CountRow("c", 2, 7), CountRow("d", 1, 9))
    found = hide_small(CountTable(rows, 14, 25))
    assert [(row.count, row.before) for row in found.rows] == [(9, None), (None, 8), (None, None), (None, 9)]
    assert (found.total, found.total_before) == (14, 25)


def test_what_the_reader_has_in_their_charge_protects_nobody_elsewhere() -> None:
    """Of nine cases they know eight, so nine tells them that there is one."""
    rows = (CountRow("a", 9), CountRow("b", 7), CountRow("c", 4))
    found = hide_small(CountTable(rows, 20, None, Grouping.CATEGORY), Elsewhere({"a": 1, "b": 7, "c": 0}))
    assert [row.count for row in found.rows] == [None, None, 4]
    assert found.withheld == {"b"}
