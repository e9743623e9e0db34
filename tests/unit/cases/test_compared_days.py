"""With which earlier days a time is compared."""

from datetime import date

import pytest

from cases.case_search import earlier_days
from cases.query import Comparison, Days

TODAY = date(2026, 11, 20)
YEAR, PERIOD = Comparison.YEAR_BEFORE, Comparison.PERIOD_BEFORE


@pytest.mark.parametrize(
    ("days", "compare", "today", "earlier"),
    [
        # Times that are over.
        (("2026-10-01", "2026-11-01"), YEAR, "2026-11-20", ("2025-10-01", "2025-11-01")),
        (("2026-10-01", "2026-11-01"), PERIOD, "2026-11-20", ("2026-09-01", "2026-10-01")),
        (("2026-03-01", "2026-04-01"), PERIOD, "2026-11-20", ("2026-02-01", "2026-03-01")),
        (("2026-07-01", "2026-10-01"), PERIOD, "2026-11-20", ("2026-04-01", "2026-07-01")),
        (("2025-01-01", "2026-01-01"), PERIOD, "2026-11-20", ("2024-01-01", "2025-01-01")),
        (("2026-11-09", "2026-11-16"), PERIOD, "2026-11-20", ("2026-11-02", "2026-11-09")),
        (("2026-11-09", "2026-11-16"), YEAR, "2026-11-20", ("2025-11-10", "2025-11-17")),
        (("2027-02-01", "2027-03-01"), YEAR, "2027-11-20", ("2026-02-01", "2026-03-01")),
        (("2026-10-22", "2026-11-21"), PERIOD, "2026-11-20", ("2026-09-22", "2026-10-22")),
        (("2026-11-19", "2026-11-20"), PERIOD, "2026-11-20", ("2026-11-18", "2026-11-19")),
        # The leap day.
        (("2024-02-01", "2024-03-01"), YEAR, "2026-11-20", ("2023-02-01", "2023-03-01")),
        (("2025-02-01", "2025-03-01"), YEAR, "2026-11-20", ("2024-02-01", "2024-03-01")),
        (("2024-02-29", "2024-03-01"), YEAR, "2026-11-20", ("2023-02-28", "2023-03-01")),
        (("2024-02-01", "2024-03-01"), YEAR, "2024-02-28", ("2023-02-01", "2023-03-01")),
        # Times that go on: as much of the earlier one.
        (("2026-11-01", "2026-12-01"), YEAR, "2026-11-20", ("2025-11-01", "2025-11-21")),
        (("2026-11-01", "2026-12-01"), PERIOD, "2026-11-20", ("2026-10-01", "2026-10-21")),
        (("2026-01-01", "2027-01-01"), YEAR, "2026-11-20", ("2025-01-01", "2025-11-21")),
        (("2026-11-16", "2026-11-23"), PERIOD, "2026-11-20", ("2026-11-09", "2026-11-14")),
        (("2026-03-01", "2026-04-01"), PERIOD, "2026-03-30", ("2026-02-01", "2026-03-01")),
        (("2026-03-01", "2026-04-01"), PERIOD, "2026-03-28", ("2026-02-01", "2026-03-01")),
        (("2026-03-01", "2026-04-01"), PERIOD, "2026-03-27", ("2026-02-01", "2026-02-28")),
        (("2026-11-01", None), YEAR, "2026-11-20", ("2025-11-01", "2025-11-21")),
        (("2026-11-11", None), PERIOD, "2026-11-20", ("2026-11-01", "2026-11-11")),
    ],
)
def test_the_earlier_days(
    days: tuple[str, str | None], compare: Comparison, today: str, earlier: tuple[str, str]
) -> None:
    end = date.fromisoformat(days[1]) if days[1] else None
    found = earlier_days(Days(date.fromisoformat(days[0]), end), compare, date.fromisoformat(today))
    assert found == Days(*map(date.fromisoformat, earlier))


def test_all_time_until_a_day_has_no_time_before() -> None:
    assert earlier_days(Days(None, TODAY), YEAR, TODAY) is None


def test_a_time_to_come_is_compared_with_no_days() -> None:
    found = earlier_days(Days(date(2026, 12, 1), date(2027, 1, 1)), YEAR, TODAY)
    assert found == Days(date(2025, 12, 1), date(2025, 12, 1))
