"""What is due soon and what is late is told on working days, to those who can do something about it."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from case_world import ADVISER, COLLEAGUE, LEADER, LEADER_ABOVE, REPORTER
from clerk_world import ClerkWorld, clerk_world

from outbox.rendering import render


@pytest.fixture
def world(database_url: str) -> Iterator[ClerkWorld]:
    with clerk_world(database_url, with_cases=False) as world:
        yield world.at(2026, 11, 2)  # a Monday


def due(world: ClerkWorld, *day: int, handler: str = LEADER) -> str:
    number = world.file(REPORTER).number
    if handler != LEADER:
        world.handling.assign(world.actor(LEADER_ABOVE), number, handler)
    world.handling.set_deadline(world.actor(LEADER_ABOVE), number, date(*day))
    return number


def told(world: ClerkWorld, template: str) -> list[tuple[str | None, object]]:
    rows = world.rows(template)
    return [(row.person_id, row.values.get("number") or row.values["list"]) for row in rows]


def numbers(world: ClerkWorld, person: str = LEADER) -> list[list[str]]:
    """The numbers of each list that somebody got, in order."""
    rows = sorted(
        (row for row in world.rows("overdue_cases") if row.person_id == person), key=lambda row: row.id
    )
    return [[line.split()[0] for line in str(row.values["list"]).splitlines()] for row in rows]


def test_what_is_due_in_two_days_is_told_once(world: ClerkWorld) -> None:
    number = due(world, 2026, 11, 5)
    assert world.run("remind") == 0
    world.at(2026, 11, 3, 7, 5)
    assert [world.run("remind") for _ in range(2)] == [1, 0]
    world.at(2026, 11, 5, 7, 5)
    assert world.run("remind") == 0
    row = world.only("due_soon", LEADER)
    assert (row.values["number"], row.values["due"]) == (number, "2026-11-05")
    assert "5. november 2026" in render("due_soon", row.values, "nn").text


@pytest.mark.parametrize(
    ("today", "last_soon"),
    [
        ((2026, 11, 6), (2026, 11, 9)),  # Friday: until Monday
        ((2026, 12, 24), (2026, 12, 28)),  # Christmas Eve: until Monday after the holidays
        ((2027, 3, 24), (2027, 3, 30)),  # Wednesday before Easter: until Tuesday
    ],
)
def test_before_days_off_the_first_working_day_after_them_is_soon(
    world: ClerkWorld, today: tuple[int, int, int], last_soon: tuple[int, int, int]
) -> None:
    number = due(world, *last_soon)
    later = due(world, last_soon[0], last_soon[1], last_soon[2] + 1)
    world.at(*today, 7, 5)
    world.run("remind")
    assert told(world, "due_soon") == [(LEADER, number)]
    assert world.case(later).due_date == world.case(number).due_date + timedelta(days=1)


def test_a_deadline_that_is_moved_is_told_again(world: ClerkWorld) -> None:
    number = due(world, 2026, 11, 3)
    assert world.run("remind") == 1
    world.handling.set_deadline(world.actor(LEADER), number, date(2026, 11, 4))
    assert world.run("remind") == 1


@pytest.mark.parametrize(
    ("due_on", "first_day"),
    [
        ((2026, 11, 3), (2026, 11, 4)),
        ((2026, 11, 6), (2026, 11, 9)),  # Friday: on Monday
        ((2026, 11, 7), (2026, 11, 9)),  # Saturday: on Monday
        ((2026, 12, 24), (2026, 12, 28)),  # before Christmas: on Monday
        ((2027, 3, 28), (2027, 3, 30)),  # Easter Sunday: on Tuesday
        ((2027, 5, 14), (2027, 5, 18)),  # before Whitsun and the 17th of May: on Tuesday
    ],
)
def test_what_became_late_is_told_on_the_first_working_day_after(
    world: ClerkWorld, due_on: tuple[int, int, int], first_day: tuple[int, int, int]
) -> None:
    number = due(world, *due_on)
    world.at(*due_on)
    while world.now.date() < date(*first_day):
        world.run("remind")
        assert told(world, "overdue_cases") == []
        world.wait(days=1)
    assert world.now.date() == date(*first_day)
    world.run("remind")
    assert numbers(world) == [[number]]
    world.wait(hours=2)
    assert world.run("remind") == 0


def test_the_first_working_day_of_a_week_tells_all_and_the_others_only_what_is_new(world: ClerkWorld) -> None:
    old, new = due(world, 2026, 11, 9), due(world, 2026, 11, 11)
    for day in range(10, 18):
        world.at(2026, 11, day, 7, 5).run("remind")
    assert numbers(world) == [[old], [new], [old, new]]
    row = world.rows("overdue_cases")[-1]
    assert row.values["count"] == 2


def test_after_a_holiday_on_monday_tuesday_tells_all(world: ClerkWorld) -> None:
    number = due(world, 2027, 3, 23)
    for day in (24, 25, 29, 30, 31):
        world.at(2027, 3, day).run("remind")
    assert numbers(world) == [[number], [number]]
    assert [row.key[-10:] for row in world.rows("overdue_cases")] == ["2027-03-24", "2027-03-30"]


def test_days_on_which_the_clerk_was_away_are_made_up_for(world: ClerkWorld) -> None:
    first = due(world, 2026, 11, 3)
    second, third = due(world, 2026, 11, 10), due(world, 2026, 11, 11)
    for day in (4, 9, 13):  # away from the 10th to the 12th
        world.at(2026, 11, day).run("remind")
    assert numbers(world) == [[first], [first], [second, third]]


def test_nobody_is_reminded_on_days_off(world: ClerkWorld) -> None:
    due(world, 2026, 11, 8)
    due(world, 2026, 12, 25)
    for day in ((2026, 11, 7), (2026, 11, 8), (2026, 12, 25), (2026, 12, 26)):
        assert world.at(*day).run("remind") == 0


def test_each_handler_gets_a_list_of_their_own_and_leavers_none(world: ClerkWorld) -> None:
    mine, other = due(world, 2026, 11, 3), due(world, 2026, 11, 3, handler=COLLEAGUE)
    due(world, 2026, 11, 3, handler="E1020")
    world.leave("E1020")
    world.at(2026, 11, 4).run("remind")
    assert numbers(world) == [[mine]]
    assert numbers(world, COLLEAGUE) == [[other]]
    assert set(world.people_told("overdue_cases")) == {LEADER, COLLEAGUE}


def test_at_most_five_are_listed_and_all_counted(world: ClerkWorld) -> None:
    late = [due(world, 2026, 11, 3) for _ in range(7)]
    world.at(2026, 11, 4).run("remind")
    assert numbers(world) == [late[:5]]
    assert world.rows("overdue_cases")[0].values["count"] == 7


def test_a_case_that_has_ended_is_not_late(world: ClerkWorld) -> None:
    number = due(world, 2026, 11, 3)
    world.handling.close(world.actor(LEADER), number, "Ferdig.", tell_reporter=False)
    world.at(2026, 11, 4).run("remind")
    assert told(world, "overdue_cases") == []


def measure(world: ClerkWorld, *day: int) -> str:
    number = due(world, 2026, 12, 18)
    world.handling.add_measure(world.actor(LEADER), number, "Strø oftere", COLLEAGUE, date(*day))
    return number


def test_who_is_responsible_for_a_measure_is_told_before_it_is_due(world: ClerkWorld) -> None:
    number = measure(world, 2026, 11, 5)
    assert world.run("remind") == 0
    world.at(2026, 11, 3)
    assert [world.run("remind") for _ in range(2)] == [1, 0]
    row = world.only("measure_due", COLLEAGUE)
    assert (row.values["number"], row.values["text"]) == (number, "Strø oftere")


def test_a_measure_whose_day_went_by_in_an_outage_is_told_late(world: ClerkWorld) -> None:
    measure(world, 2026, 11, 5)
    assert world.at(2026, 11, 9).run("remind") == 1
    measure(world, 2026, 11, 12)
    assert world.at(2026, 11, 20).run("remind") == 0


def test_a_measure_that_is_done_is_not_told(world: ClerkWorld) -> None:
    number = measure(world, 2026, 11, 5)
    world.handling.finish_measure(world.actor(LEADER), number)
    assert world.at(2026, 11, 4).run("remind") == 0


@pytest.mark.parametrize("why", ["sensitive", "involved", "left"])
def test_who_may_not_read_the_case_is_not_told_of_their_measure(world: ClerkWorld, why: str) -> None:
    number = measure(world, 2026, 11, 5)
    if why == "sensitive":
        world.handling.mark_sensitive(world.actor(LEADER), number, sensitive=True)
    elif why == "involved":
        world.handling.involve(world.actor(LEADER), number, COLLEAGUE)
    else:
        world.leave(COLLEAGUE)
    world.at(2026, 11, 4).run("remind")
    assert COLLEAGUE not in world.people_told("measure_due")


def test_a_handler_who_may_not_read_any_more_is_not_told(world: ClerkWorld) -> None:
    number = due(world, 2026, 11, 3, handler=ADVISER)
    world.handling.involve(world.actor(LEADER_ABOVE), number, ADVISER)
    world.at(2026, 11, 4).run("remind")
    assert ADVISER not in world.people_told("overdue_cases")
