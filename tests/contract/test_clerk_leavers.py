"""Cases of people who have left go on with somebody, and the history tells how."""

from collections.abc import Iterator

import pytest
from case_world import COLLEAGUE, LEADER, LEADER_ABOVE, REPORTER
from clerk_world import ClerkWorld, clerk_world

from cases import clerk_leavers
from cases.clerk import Clerk

MOVED = "case_moved_leaver"


@pytest.fixture
def world(database_url: str) -> Iterator[ClerkWorld]:
    with clerk_world(database_url, with_cases=False) as world:
        yield world.at(2026, 11, 20, 14, 10)


def test_an_open_case_goes_to_the_unit_s_leader_who_is_told(world: ClerkWorld) -> None:
    number = world.file(REPORTER).number
    world.handling.assign(world.actor(LEADER), number, COLLEAGUE)
    version = world.case(number).version
    world.leave(COLLEAGUE)
    assert [world.run("move_cases_of_leavers") for _ in range(2)] == [1, 0]
    case = world.case(number)
    assert (case.assignee_id, case.version) == (LEADER, version + 1)
    last = world.events(number)[-1]
    assert (last.action, last.actor_id, last.channel) == ("moved", None, "clerk")
    assert last.changed == {"assignee_id": [COLLEAGUE, LEADER]}
    assert world.only(MOVED, LEADER).values["number"] == number
    world.assert_whole()


def test_a_leader_s_case_goes_to_the_leader_above(world: ClerkWorld) -> None:
    number = world.file(REPORTER).number
    world.leave(LEADER)
    world.run("move_cases_of_leavers")
    assert world.case(number).assignee_id == LEADER_ABOVE


def test_it_never_goes_to_whom_it_is_about_or_who_reported_it(world: ClerkWorld) -> None:
    number = world.file(LEADER_ABOVE, subtype="vold_trusler", description="Morten Sandvik truet meg.").number
    assert world.case(number).assignee_id == LEADER
    world.leave(LEADER)
    world.run("move_cases_of_leavers")
    assert world.case(number).assignee_id == "E1001"
    assert world.people_told(MOVED) == ["E1001"]


def test_without_any_leader_nobody_has_it(world: ClerkWorld) -> None:
    number = world.file(REPORTER).number
    for leader in (LEADER, LEADER_ABOVE, "E1003", "E1001"):
        world.leave(leader)
    assert [world.run("move_cases_of_leavers") for _ in range(2)] == [1, 0]
    assert world.case(number).assignee_id is None
    assert world.events(number)[-1].changed == {"assignee_id": [LEADER, None]}
    assert world.rows(MOVED) == []
    world.assert_whole()


def test_what_has_ended_stays_with_whom_it_ended(world: ClerkWorld) -> None:
    number = world.file(REPORTER).number
    world.handling.close(world.actor(LEADER), number, "Ferdig.", tell_reporter=False)
    world.leave(LEADER)
    assert world.run("move_cases_of_leavers") == 0
    assert world.case(number).assignee_id == LEADER


def test_what_ends_at_the_last_moment_is_not_moved(
    world: ClerkWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = world.file(REPORTER).number
    world.leave(LEADER)
    real = clerk_leavers._move

    def late(clerk: Clerk, case_number: str) -> int:
        world.handling.close(world.actor(LEADER_ABOVE), case_number, "Ferdig.", tell_reporter=False)
        return real(clerk, case_number)

    monkeypatch.setattr(clerk_leavers, "_move", late)
    assert world.run("move_cases_of_leavers") == 0
    assert world.case(number).assignee_id == LEADER


def test_one_case_that_fails_keeps_no_other_waiting(
    world: ClerkWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (world.file(REPORTER).number for _ in range(2))
    world.leave(LEADER)
    real = clerk_leavers._move

    def broken(clerk: Clerk, case_number: str) -> int:
        if case_number == first:
            raise ValueError(case_number)
        return real(clerk, case_number)

    monkeypatch.setattr(clerk_leavers, "_move", broken)
    assert world.run("move_cases_of_leavers") == 1
    assert (world.case(first).assignee_id, world.case(second).assignee_id) == (LEADER, LEADER_ABOVE)
    monkeypatch.undo()
    assert world.run("move_cases_of_leavers") == 1


def test_half_a_move_is_none(world: ClerkWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    number = world.file(REPORTER).number
    world.leave(LEADER)

    def fails(*_: object) -> None:
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr(Clerk, "notices", fails)
        assert world.run("move_cases_of_leavers") == 0
    assert world.case(number).assignee_id == LEADER
    assert world.run("move_cases_of_leavers") == 1
    world.assert_whole()
