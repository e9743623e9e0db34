"""When a message that can wait goes out: not at night, and not to handlers on days off."""

from datetime import UTC, datetime, timedelta

import pytest

from cases.calendar import OSLO
from cases.notices import NoticeTimes
from cases.quiet import quiet_hours


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OSLO)


@pytest.mark.parametrize(
    ("moment", "earliest"),
    [
        ("2026-11-20T11:00", "2026-11-20T11:00"),  # Friday
        ("2026-11-20T07:00", "2026-11-20T07:00"),
        ("2026-11-20T06:59:59", "2026-11-20T07:00"),
        ("2026-11-20T00:00", "2026-11-20T07:00"),
        ("2026-11-19T17:00", "2026-11-20T07:00"),
        ("2026-11-19T16:59:59", "2026-11-19T16:59:59"),
        ("2026-11-20T17:00", "2026-11-23T07:00"),
        ("2026-11-21T12:00", "2026-11-23T07:00"),
        ("2026-11-22T23:59", "2026-11-23T07:00"),
        ("2027-05-17T10:00", "2027-05-18T07:00"),  # a Monday
        ("2026-04-01T18:00", "2026-04-07T07:00"),  # Maundy Thursday to Easter Monday
        ("2026-12-24T16:00", "2026-12-24T16:00"),
        ("2026-12-24T17:00", "2026-12-28T07:00"),
        ("2026-12-31T20:00", "2027-01-04T07:00"),
        ("2026-03-27T18:00", "2026-03-30T07:00"),  # summer time begins on the Sunday,
        ("2026-10-23T18:00", "2026-10-26T07:00"),  # and ends on this one
    ],
)
def test_handlers_are_left_alone_in_the_evening_and_on_days_off(moment: str, earliest: str) -> None:
    assert quiet_hours("handlers").earliest(at(moment)) == at(earliest)


@pytest.mark.parametrize(
    ("moment", "earliest"),
    [
        ("2026-11-21T12:00", "2026-11-21T12:00"),  # Saturday
        ("2026-11-21T20:59", "2026-11-21T20:59"),
        ("2026-11-21T21:00", "2026-11-22T07:00"),
        ("2026-11-22T03:00", "2026-11-22T07:00"),
        ("2027-05-17T10:00", "2027-05-17T10:00"),
        ("2026-03-28T22:00", "2026-03-29T07:00"),
        ("2026-10-24T22:00", "2026-10-25T07:00"),
    ],
)
def test_reporters_are_left_alone_at_night_only(moment: str, earliest: str) -> None:
    assert quiet_hours("reporters").earliest(at(moment)) == at(earliest)


def test_the_hours_are_those_of_norway_in_summer_and_winter() -> None:
    hours = quiet_hours("reporters")
    assert hours.earliest(datetime(2026, 3, 28, 22, tzinfo=UTC)) == datetime(2026, 3, 29, 5, tzinfo=UTC)
    assert hours.earliest(datetime(2026, 10, 24, 22, tzinfo=UTC)) == datetime(2026, 10, 25, 6, tzinfo=UTC)


def test_the_earliest_moment_is_never_quiet_nor_before() -> None:
    for who in ("handlers", "reporters"):
        moment = at("2026-01-01T00:30")
        while moment.year == 2026:
            earliest = quiet_hours(who).earliest(moment)
            assert earliest >= moment
            assert quiet_hours(who).earliest(earliest) == earliest
            moment += timedelta(hours=13)


def test_what_is_urgent_does_not_wait_nor_does_anything_without_quiet_hours() -> None:
    night = at("2026-11-21T03:00")
    assert NoticeTimes().earliest(night, "handlers", urgent=True) == night
    assert NoticeTimes(quiet=False).earliest(night, "handlers", urgent=False) == night
    assert NoticeTimes().earliest(night, "handlers", urgent=False) > night
