"""Taking back what one just did: the case is as before, nobody was told, and the history knows."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from case_world import (
    ADVISER,
    COLLEAGUE,
    LEADER,
    LEADER_ABOVE,
    REPORTER,
    STRANGER,
    VERBS,
    World,
    do,
    import_organisation,
    ready_for,
    world_in,
)
from databases import Databases

from cases.categories import Status
from cases.errors import CaseNotFoundError, ChangedMeanwhileError, NothingToUndoError
from cases.verification import verify
from database.engine import reading


@pytest.fixture(scope="module")
def register(databases: Databases, migrated_database: str) -> Iterator[World]:
    url = databases.copy_of(migrated_database)
    with world_in(url) as world:
        import_organisation(world.sessions)
        yield world
        with reading(world.sessions) as session:
            found = verify(session)
        assert found.problems == ()
    databases.drop(url)


@pytest.fixture
def world(register: World) -> World:
    register.wait(hours=1)  # What other tests did is too old to be undone.
    return register


@pytest.mark.parametrize("verb", sorted(set(VERBS) - {"answer"}))
def test_undoing_restores_the_case_and_tells_nobody(world: World, verb: str) -> None:
    number = ready_for(world, verb)
    before, version = world.columns(number), world.case(number).version
    told = [row.key for row in world.notices(number)]
    done = do(world, verb, LEADER, number).event
    world.wait(minutes=4, seconds=59)
    undone = world.service.undo(world.actor(LEADER))
    assert world.columns(number) == before
    assert [row.key for row in world.notices(number)] == told
    assert world.case(number).version == version + 2
    assert done is not None
    assert undone.event == world.events(number)[-1]
    assert undone.event is not None
    assert (undone.event.action, undone.event.actor_id) == ("undone", LEADER)
    assert (undone.event.details["of"], undone.event.details["undone"]) == (done.seq, done.action)
    assert undone.event.changed == {name: [after, was] for name, (was, after) in done.changed.items()}


def test_what_is_delivered_never_comes_before_the_end_of_undoing(world: World) -> None:
    number = world.file().number
    do(world, "take", LEADER, number)
    due = next(row.not_before for row in world.notices(number) if row.template == "case_taken")
    world.now = due
    with pytest.raises(NothingToUndoError):
        world.service.undo(world.actor(LEADER))
    assert world.case(number).status is Status.UNDER_BEHANDLING


def test_undoing_again_takes_back_the_change_before(world: World) -> None:
    number = world.file().number
    states = [world.columns(number)]
    for verb in ("take", "add_measure", "finish_measure", "close", "reopen", "reject"):
        do(world, verb, LEADER, number)
        states.append(world.columns(number))
    while len(states) > 1:
        states.pop()
        world.service.undo(world.actor(LEADER))
        assert world.columns(number) == states[-1]
    with pytest.raises(NothingToUndoError):
        world.service.undo(world.actor(LEADER))


def test_a_change_after_an_undoing_is_undone_first(world: World) -> None:
    number = world.file().number
    do(world, "take", LEADER, number)
    taken = world.columns(number)
    do(world, "note", LEADER, number)
    world.service.undo(world.actor(LEADER))
    do(world, "set_likelihood", LEADER, number)
    world.service.undo(world.actor(LEADER))
    assert world.columns(number) == taken
    assert world.service.undo(world.actor(LEADER)).case.status is Status.NY


def test_only_what_is_minutes_old_is_undone(world: World) -> None:
    number = world.file().number
    do(world, "take", LEADER, number)
    world.wait(minutes=3)
    do(world, "note", LEADER, number)
    world.wait(minutes=3)
    world.service.undo(world.actor(LEADER))
    with pytest.raises(NothingToUndoError):
        world.service.undo(world.actor(LEADER))
    assert world.case(number).status is Status.UNDER_BEHANDLING


def test_what_others_built_on_is_not_undone(world: World) -> None:
    number = world.file().number
    do(world, "take", LEADER, number)
    later = do(world, "note", LEADER_ABOVE, number).event
    before = world.columns(number)
    with pytest.raises(ChangedMeanwhileError) as caught:
        world.service.undo(world.actor(LEADER))
    assert caught.value.events == (later,)
    assert world.columns(number) == before
    world.service.undo(world.actor(LEADER_ABOVE))
    assert world.service.undo(world.actor(LEADER)).case.status is Status.NY


def test_an_answer_of_a_protected_reporter_in_between_does_not_name_them(world: World) -> None:
    number = world.file(protected=True).number
    do(world, "take", LEADER, number)
    do(world, "answer", REPORTER, number)
    with pytest.raises(ChangedMeanwhileError) as caught:
        world.service.undo(world.actor(LEADER))
    assert [event.actor_id for event in caught.value.events] == [None]


def test_looking_is_not_undone_and_in_nobodys_way(world: World) -> None:
    number = world.file().number
    do(world, "take", LEADER, number)
    for who in (LEADER, LEADER_ABOVE):
        world.service.view(world.actor(who), number)
    assert world.service.undo(world.actor(LEADER)).case.status is Status.NY


def test_what_one_said_as_a_reporter_stays_and_is_not_skipped(world: World) -> None:
    """Undoing an older change instead would surprise."""
    number = world.file().number
    do(world, "take", LEADER, number)
    world.file(LEADER)
    with pytest.raises(NothingToUndoError):
        world.service.undo(world.actor(LEADER))
    assert world.case(number).status is Status.UNDER_BEHANDLING


def test_of_several_cases_the_latest_change_is_undone(world: World) -> None:
    first, second = world.file().number, world.file().number
    do(world, "take", LEADER, first)
    do(world, "take", LEADER, second)
    assert world.service.undo(world.actor(LEADER)).case.number == second
    assert world.service.undo(world.actor(LEADER)).case.number == first


def test_who_gave_away_their_own_right_can_undo_that(world: World) -> None:
    number = world.file(unit_id="HO-SOL-FUR").number
    world.handling.assign(world.actor(ADVISER), number, STRANGER)
    before = world.columns(number)
    world.handling.assign(world.actor(STRANGER), number, COLLEAGUE)
    with pytest.raises(CaseNotFoundError):
        world.service.view(world.actor(STRANGER), number)
    assert world.service.undo(world.actor(STRANGER)).case.assignee_id == STRANGER
    assert world.columns(number) == before
    world.handling.involve(world.actor(STRANGER), number, STRANGER)
    world.service.undo(world.actor(STRANGER))
    assert world.columns(number) == before


@pytest.mark.parametrize("who", [None, COLLEAGUE])
def test_who_changed_nothing_has_nothing_to_undo(world: World, who: str | None) -> None:
    do(world, "take", LEADER, world.file().number)
    with pytest.raises(NothingToUndoError):
        world.service.undo(world.actor(who))


def test_undoing_a_merge_lets_the_case_go_on_alone(world: World) -> None:
    number = world.file("E1018").number
    into = world.file().number
    world.handling.merge(world.actor(LEADER), number, into)
    world.service.undo(world.actor(LEADER))
    do(world, "take", LEADER, into)
    assert "E1018" not in world.told(into)


def test_undoing_takes_back_what_merged_reporters_were_to_hear(world: World) -> None:
    number, into = world.file("E1018").number, world.file().number
    world.handling.merge(world.actor(LEADER), number, into)
    do(world, "close", LEADER, into)
    assert world.told(into)["E1018"] == "case_closed"
    world.service.undo(world.actor(LEADER))
    assert "E1018" not in world.told(into)


def test_the_text_of_an_earlier_end_is_kept(world: World) -> None:
    number = world.file().number
    leader = world.actor(LEADER)
    world.handling.close(leader, number, "Strødd i dag.", tell_reporter=True)
    do(world, "reopen", LEADER, number)
    world.handling.close(leader, number, "Strødd hver dag.", tell_reporter=True)
    assert world.case(number).closing_note == "Strødd hver dag."
    assert [(one.text, one.internal) for one in world.comments(number)] == [("Strødd i dag.", True)]


def test_a_request_to_undo_that_is_repeated_is_done_once(world: World) -> None:
    number = world.file().number
    do(world, "take", LEADER, number)
    taken = world.columns(number)
    do(world, "note", LEADER, number)
    actor = replace(world.actor(LEADER), request="turn")
    first = world.service.undo(actor)
    assert world.service.undo(actor).event == first.event
    assert world.columns(number) == taken


def test_two_who_undo_the_same_at_once_undo_it_once(world: World) -> None:
    for _ in range(5):
        world.wait(hours=1)
        number = world.file().number
        do(world, "take", LEADER, number)
        start = Barrier(2)

        def undo(start: Barrier = start) -> bool:
            start.wait()
            try:
                world.service.undo(world.actor(LEADER))
            except NothingToUndoError:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sorted(done.result() for done in [pool.submit(undo) for _ in range(2)]) == [False, True]
        assert world.case(number).version == 3


def test_a_comment_that_was_undone_is_gone_from_the_database(world: World) -> None:
    number = world.file().number
    world.handling.comment(world.actor(LEADER), number, "Hemmelig kanarifugl")
    world.service.undo(world.actor(LEADER))
    assert "kanarifugl" not in world.tables_as_text()
    assert world.comments(number) == []
