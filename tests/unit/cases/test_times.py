"""Waiting times: working days in Norway, and those that still wait."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from scipy.stats import CensoredData, ecdf

from cases.times import TimedCase, closing_times, response_times, survival_quantile, working_days

TODAY = date(2026, 11, 20)


def _at(month: int, day: int, hour: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (date(2026, 11, 20), date(2026, 11, 20), 0),
        (date(2026, 11, 20), date(2026, 11, 23), 1),  # from Friday to Monday
        (date(2026, 11, 16), date(2026, 11, 20), 4),
        (date(2026, 4, 1), date(2026, 4, 7), 1),  # Easter
        (date(2026, 5, 13), date(2026, 5, 15), 1),  # Ascension Day
        (date(2026, 12, 23), date(2026, 12, 28), 2),  # Christmas Eve is a working day
        (date(2025, 12, 31), date(2026, 1, 2), 1),
        (date(2026, 11, 21), date(2026, 11, 22), 0),
        (date(2026, 11, 20), date(2026, 11, 18), 0),
    ],
)
def test_working_days_are_those_in_norway(first: date, last: date, days: int) -> None:
    assert working_days(first, last) == days


def test_those_that_still_wait_make_the_median_longer() -> None:
    assert survival_quantile([1, 2, 3, 4], [], 0.5) == 2
    assert survival_quantile([1, 2, 3, 4], [9, 9, 9], 0.5) == 4
    assert survival_quantile([1, 2], [9, 9, 9], 0.5) is None
    assert survival_quantile([], [5], 0.5) is None
    assert survival_quantile([], [], 0.5) is None


def test_those_that_have_waited_too_little_to_tell_change_nothing() -> None:
    assert survival_quantile([10, 20, 30], [1, 1, 1, 1], 0.5) == 20


def test_quantiles_are_those_of_kaplan_and_meier() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        times, waits = rng.integers(0, 40, 60), rng.random(60) < 0.3
        curve = ecdf(CensoredData(uncensored=times[~waits], right=times[waits])).sf
        reached = curve.quantiles[curve.probabilities <= 0.5 + 1e-9]
        found = survival_quantile(times[~waits].tolist(), times[waits].tolist(), 0.5)
        assert found == (int(reached[0]) if reached.size else None)


def test_time_to_an_answer_is_per_group() -> None:
    cases = [
        TimedCase("B", _at(11, 16), _at(11, 17), None),
        TimedCase("A", _at(11, 16), _at(11, 18), _at(11, 19)),
        TimedCase("A", _at(11, 16), _at(11, 16), None),
        TimedCase("A", _at(11, 13), None, None),
    ]
    first, second = response_times(cases, TODAY)
    assert (first.group, first.cases, first.waiting) == ("A", 3, 1)
    assert (first.median, first.p90, first.longest_waiting) == (2, None, 5)
    assert (second.group, second.median, second.p90, second.longest_waiting) == ("B", 1, 1, None)


def test_who_closes_has_answered() -> None:
    (waiting,) = response_times([TimedCase("A", _at(11, 16), None, _at(11, 18))], TODAY)
    assert (waiting.median, waiting.waiting) == (2, 0)


def test_time_to_closing_leaves_answers_aside() -> None:
    (waiting,) = closing_times([TimedCase("A", _at(11, 16), _at(11, 16), _at(11, 19))], TODAY)
    assert waiting.median == 3


def test_the_day_is_that_in_norway() -> None:
    late = TimedCase("A", _at(11, 16, hour=23), None, _at(11, 17, hour=8))
    (waiting,) = closing_times([late], TODAY)
    assert waiting.median == 0
