"""A critical case that nobody looks at reaches somebody else, and only somebody who may know of it."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from case_world import LEADER, LEADER_ABOVE, PRIVACY_OFFICER, REPORTER
from clerk_world import (
    FURU,
    FURU_DEPUTY,
    FURU_LEADER,
    FURU_NURSE,
    LEADER_ABOVE_FURU,
    ClerkWorld,
    clerk_world,
)

from cases.categories import Severity
from cases.model import Case
from cases.policy import Right, asker, rights_on
from database.engine import reading
from organisation.directory import Directory

UNREAD = "critical_case_unread"


@pytest.fixture
def world(database_url: str) -> Iterator[ClerkWorld]:
    with clerk_world(database_url, with_cases=False) as world:
        yield world.at(2026, 11, 20, 23, 0)


def at_furu(world: ClerkWorld, reporter: str | None = FURU_NURSE, **changes: object) -> Case:
    fields = {"unit_id": FURU, "severity": Severity.KRITISK, **changes}
    return world.file(reporter, **fields)


def test_the_deputy_is_told_after_half_an_hour_once_also_at_night(world: ClerkWorld) -> None:
    case = at_furu(world)
    world.wait(minutes=29, seconds=59)
    assert world.run("escalate_unread") == 0
    world.wait(seconds=1)
    assert [world.run("escalate_unread") for _ in range(3)] == [1, 0, 0]
    row = world.only(UNREAD, FURU_DEPUTY)
    assert row.not_before == world.now
    assert (row.values["number"], row.values["leader"]) == (case.number, "Camilla Nygård")


def test_without_a_deputy_on_that_day_the_leader_above_is_told(world: ClerkWorld) -> None:
    world.at(2027, 1, 9, 12, 0)
    at_furu(world)
    world.wait(minutes=31)
    world.run("escalate_unread")
    assert world.people_told(UNREAD) == [LEADER_ABOVE_FURU]


def test_the_deputy_still_stands_in_on_the_last_day(world: ClerkWorld) -> None:
    world.at(2027, 1, 8, 12, 0)
    at_furu(world)
    world.wait(minutes=31)
    world.run("escalate_unread")
    assert world.people_told(UNREAD) == [FURU_DEPUTY]


@pytest.mark.parametrize("act", ["view", "note", "take"])
def test_a_handler_who_has_looked_or_acted_is_not_passed_over(world: ClerkWorld, act: str) -> None:
    number, leader = at_furu(world).number, world.actor(FURU_LEADER)
    if act == "view":
        world.service.view(leader, number)
    elif act == "note":
        world.handling.note(leader, number, "Jeg er på vei.")
    else:
        world.handling.take(leader, number)
    world.wait(hours=1)
    assert world.run("escalate_unread") == 0


def test_a_look_by_somebody_else_stops_nothing(world: ClerkWorld) -> None:
    number = at_furu(world).number
    world.service.view(world.actor(LEADER_ABOVE_FURU), number)
    world.service.view(world.actor(FURU_NURSE), number)
    world.wait(hours=1)
    assert world.run("escalate_unread") == 1


def test_a_deputy_who_reported_it_or_whom_it_is_about_is_left_out(world: ClerkWorld) -> None:
    at_furu(world, FURU_DEPUTY)
    about = at_furu(world, subtype="vold_trusler", description="Jorunn Eikeland slo etter meg.")
    assert about.involved_ids == {FURU_DEPUTY}
    world.wait(hours=1)
    world.run("escalate_unread")
    assert world.people_told(UNREAD) == [LEADER_ABOVE_FURU, LEADER_ABOVE_FURU]


def test_a_leader_above_whom_it_is_about_is_left_out(world: ClerkWorld) -> None:
    case = world.file(
        REPORTER, severity=Severity.KRITISK, subtype="vold_trusler", description="Kristin Aasen truet meg."
    )
    assert case.involved_ids == {LEADER_ABOVE}
    world.wait(hours=1)
    world.run("escalate_unread")
    assert world.people_told(UNREAD) == ["E1003"]


def test_a_deputy_who_may_not_read_the_case_is_left_out(world: ClerkWorld) -> None:
    number = world.file(REPORTER, severity=Severity.KRITISK).number
    world.handling.assign(world.actor(LEADER_ABOVE), number, FURU_LEADER)  # of another unit
    world.wait(hours=1)
    world.run("escalate_unread")
    assert world.people_told(UNREAD) == [LEADER]


def test_whoever_is_told_may_read_the_case(world: ClerkWorld) -> None:
    case = at_furu(world)
    world.handling.mark_sensitive(world.actor(LEADER_ABOVE_FURU), case.number, sensitive=True)
    world.wait(hours=1)
    world.run("escalate_unread")
    with reading(world.sessions) as session:
        directory = Directory(session)
        for someone in world.people_told(UNREAD):
            who = asker(world.person(someone or ""), None, directory, date(2026, 11, 20))
            assert Right.READ in rights_on(who, world.case(case.number))


def test_a_new_handler_has_half_an_hour_too(world: ClerkWorld) -> None:
    number = world.file(REPORTER, severity=Severity.KRITISK).number
    world.wait(minutes=25)
    world.handling.assign(world.actor(LEADER_ABOVE), number, LEADER_ABOVE)
    world.handling.assign(world.actor(LEADER_ABOVE), number, LEADER)
    world.wait(minutes=29)
    assert world.run("escalate_unread") == 0
    world.wait(minutes=1)
    assert world.run("escalate_unread") == 1


def test_a_case_that_becomes_critical_begins_the_half_hour_then(world: ClerkWorld) -> None:
    number = world.file(REPORTER, severity=Severity.MIDDELS).number
    world.wait(hours=3)
    assert world.run("escalate_unread") == 0
    world.handling.set_severity(world.actor(LEADER_ABOVE), number, Severity.KRITISK, "Armen er brukket.")
    assert world.run("escalate_unread") == 0
    world.wait(minutes=30)
    assert world.run("escalate_unread") == 1


def test_a_case_that_has_ended_is_nobody_s_hurry(world: ClerkWorld) -> None:
    number = at_furu(world).number
    world.handling.reject(world.actor(LEADER_ABOVE_FURU), number, "Ikke et avvik.", tell_reporter=False)
    world.wait(hours=1)
    assert world.run("escalate_unread") == 0


def test_after_an_outage_it_is_told_late_but_not_after_a_week(world: ClerkWorld) -> None:
    at_furu(world)
    world.wait(days=6)
    assert world.run("escalate_unread") == 1
    at_furu(world, draft_id="d2")
    world.now += timedelta(days=7)
    assert world.run("escalate_unread") == 0


def test_the_privacy_officer_and_other_leaders_hear_nothing(world: ClerkWorld) -> None:
    at_furu(world)
    world.wait(hours=5)
    world.run("escalate_unread")
    assert PRIVACY_OFFICER not in world.people_told(UNREAD)
    assert len(world.people_told(UNREAD)) == 1
