"""A change that is cut off anywhere is there wholly or not at all; changes that race are all there."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from case_world import (
    LEADER,
    LEADER_ABOVE,
    NOW,
    REPORTER,
    VERBS,
    World,
    do,
    import_organisation,
    make_report,
    ready_for,
    world_in,
)
from databases import Databases
from sqlalchemy import event

from cases.errors import ChangedMeanwhileError
from cases.verification import verify
from database.engine import reading

FORK = multiprocessing.get_context("fork")
VOLATILE = ("people", "conversations")


class CutOffError(Exception):
    """The end of the process, as far as the database can tell."""


@pytest.fixture(scope="module")
def register(databases: Databases, migrated_database: str) -> Iterator[World]:
    url = databases.copy_of(migrated_database)
    with world_in(url) as world:
        import_organisation(world.sessions)
        yield world
    databases.drop(url)


@pytest.fixture
def world(register: World) -> Iterator[World]:
    register.now = NOW
    yield register
    with reading(register.sessions) as session:
        assert verify(session).problems == ()


def cut_off(world: World, act: Callable[[], object], after: int) -> bool:
    """Do something, but fail right after so many statements, the commit among them.

    Returns:
        Whether it got to its end.
    """
    engine = world.sessions.kw["bind"]
    done = 0

    def count(*_: Any) -> None:
        nonlocal done
        done += 1
        if done >= after:
            raise CutOffError

    event.listen(engine, "after_cursor_execute", count)
    event.listen(engine, "commit", count)
    try:
        act()
    except CutOffError:
        return False
    finally:
        event.remove(engine, "after_cursor_execute", count)
        event.remove(engine, "commit", count)
    return True


def try_every_cut(world: World, act: Callable[[], object]) -> int:
    before = world.tables_as_text(without=VOLATILE)
    for after in range(1, 500):
        if cut_off(world, act, after):
            assert world.tables_as_text(without=VOLATILE) != before
            return after
        assert world.tables_as_text(without=VOLATILE) == before
    raise AssertionError("it never ends")


@pytest.mark.parametrize("verb", ["take", "add_measure", "recategorise", "close", "answer", "involve"])
def test_a_change_that_is_cut_off_between_two_statements_leaves_nothing(world: World, verb: str) -> None:
    number = ready_for(world, verb)
    do(world, "watch", LEADER_ABOVE, number)
    actor = world.actor(REPORTER if verb == "answer" else LEADER)
    assert try_every_cut(world, lambda: VERBS[verb](world, actor, number)) > 5


def test_a_filing_that_is_cut_off_between_two_statements_leaves_nothing(world: World) -> None:
    conversation_id = world.open_conversation(REPORTER)
    report = make_report(
        conversation_id,
        reporter_id=REPORTER,
        description="Pål Gjerde ropte til meg.",
        subtype="konflikt_trakassering",
    )
    assert try_every_cut(world, lambda: world.service.file(report)) > 5


def test_an_undoing_that_is_cut_off_between_two_statements_leaves_nothing(world: World) -> None:
    number = world.file().number
    do(world, "close", LEADER, number)
    actor = world.actor(LEADER)
    assert try_every_cut(world, lambda: world.service.undo(actor)) > 5


def die_during(url: str, number: str, after: int) -> None:
    """In a process of its own: be killed after so many statements of a change."""
    with world_in(url) as world:
        actor = world.actor(LEADER)
        done = 0

        def count(*_: Any) -> None:
            nonlocal done
            done += 1
            if done == after:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(world.sessions.kw["bind"], "after_cursor_execute", count)
        world.handling.close(actor, number, "Det er strødd.", tell_reporter=True)


def test_a_process_that_is_killed_leaves_nothing_and_no_lock(world: World) -> None:
    url = world.sessions.kw["bind"].url.render_as_string(hide_password=False)
    number = world.file().number
    before = world.tables_as_text(without=VOLATILE)
    world.sessions.kw["bind"].dispose()
    exits = []
    for after in (3, 7, 11, 1_000):
        process = FORK.Process(target=die_during, args=(url, number, after))
        process.start()
        process.join(30)
        exits.append(process.exitcode)
        assert (world.tables_as_text(without=VOLATILE) == before) is (process.exitcode != 0)
    assert exits == [-9, -9, -9, 0]
    assert do(world, "reopen", LEADER, number).event is not None


# --- races


def test_changes_that_race_are_each_there_wholly(world: World) -> None:
    number = world.file().number
    actors = [world.actor(who) for who in (LEADER, LEADER_ABOVE, "E1003", "E1065")]
    start = Barrier(4)

    def work(index: int) -> None:
        start.wait()
        for step in range(5):
            world.handling.comment(actors[index], number, f"{index}-{step}")
            world.handling.add_measure(actors[index], number, f"{index}-{step}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    events = world.events(number)
    assert [event.seq for event in events] == [*range(1, 42)]
    assert [event.details["version"] for event in events] == [*range(1, 42)]
    assert world.case(number).version == 41
    assert len(world.case(number).measures) == len(world.comments(number)) == 20
    assert len(world.notices(number)) == 1 + 40


def test_of_two_who_saw_the_same_state_one_is_told_of_the_other(world: World) -> None:
    for _ in range(5):
        number = world.file().number
        start = Barrier(2)

        def act(who: str, number: str = number, start: Barrier = start) -> ChangedMeanwhileError | None:
            actor = world.actor(who, seen=1)
            start.wait()
            try:
                world.handling.take(actor, number)
            except ChangedMeanwhileError as meanwhile:
                return meanwhile
            return None

        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(act, (LEADER, LEADER_ABOVE)))
        (error,) = [result for result in results if result is not None]
        assert error.events == (world.events(number)[-1],)
        assert world.case(number).version == 2


def test_two_who_merge_crosswise_do_not_wait_for_each_other_for_ever(world: World) -> None:
    for _ in range(5):
        pair = [world.file().number, world.file().number]
        start = Barrier(2)

        def act(numbers: list[str], start: Barrier = start) -> str:
            actor = world.actor(LEADER)
            start.wait()
            try:
                world.handling.merge(actor, *numbers)
            except Exception as error:  # noqa: BLE001  Its name is what is compared.
                return type(error).__name__
            return "merged"

        with ThreadPoolExecutor(2) as pool:
            results = sorted(pool.map(act, (pair, pair[::-1])))
        assert results[1] == "merged"
        assert results[0] in {"CannotMergeError", "WrongStatusError"}
