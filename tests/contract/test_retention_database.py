"""Anonymising: what goes, what stays, and that nothing that is counted changes."""

from collections.abc import Iterator
from typing import Any

import pytest
from case_world import (
    ADVISER,
    COLLEAGUE,
    LEADER,
    LEADER_ABOVE,
    NOW,
    REPORTER,
    SAMPLE,
    STRANGER,
    World,
    do,
    import_organisation,
    world_in,
)
from databases import Databases
from sqlalchemy import func, select, update

from cases.calendar import oslo_date
from cases.categories import Category
from cases.clerk import Clerk
from cases.clerk_tidying import tidy
from cases.erasure import former_name, is_named, pseudonymise_person
from cases.errors import StillNeededError
from cases.history import History, broken_links, digest
from cases.model import Case
from cases.notices import NoticeTimes
from cases.query import CaseQuery, Grouping
from cases.retention import Retention, Rules
from cases.sample_import import import_cases
from cases.subscriptions import Frequency, Subscription, Subscriptions
from cases.tables import AttachmentRow, BreachRow, CaseEventRow, CaseRow
from cases.times import TimedCase, closing_times, response_times
from database.engine import reading
from organisation.origin import origin_of
from organisation.tables import PersonRow
from outbox.tables import OutboxRow

RULES = Rules(dict.fromkeys(Category, 5), {"personskade": 7}, 30)
SECRET = "kanarifugl"
IN_SIX_YEARS = NOW.replace(year=2032, month=12)
IN_EIGHT_YEARS = NOW.replace(year=2034, month=12)


@pytest.fixture
def world(databases: Databases, migrated_database: str) -> Iterator[World]:
    url = databases.copy_of(migrated_database)
    with world_in(url) as made:
        import_organisation(made.sessions)
        yield made
    databases.drop(url)


def retention(world: World) -> Retention:
    return Retention(world.sessions, lambda: world.now, RULES)


def ended_case(world: World, **changes: Any) -> Case:
    """A closed case with people and words in every place that has room for them."""
    fields = {"subtype": "brann_el", "description": SECRET, "place": SECRET, "occurred_text": SECRET}
    number = world.file(**{**fields, **changes}).number
    leader = world.actor(LEADER)
    do(world, "take", LEADER, number)
    world.handling.add_measure(leader, number, SECRET, COLLEAGUE)
    world.handling.finish_measure(world.actor(COLLEAGUE), number)
    world.handling.comment(leader, number, SECRET)
    world.handling.note(leader, number, SECRET)
    if world.case(number).reporter_id == REPORTER:
        world.handling.answer(world.actor(REPORTER), number, SECRET)
    do(world, "watch", ADVISER, number)
    world.handling.involve(leader, number, STRANGER)
    with world.sessions.begin() as session:
        session.merge(
            BreachRow(
                case_number=number,
                discovered_at=NOW,
                answers={"what": SECRET},
                decision="no",
                decided_by=LEADER,
            )
        )
        session.add(
            AttachmentRow(
                case_number=number, name=SECRET, media_type="image/png", sha256="0" * 64,
                content=SECRET.encode(), added_by=REPORTER, added_at=NOW,
            )
        )  # fmt: skip
    world.handling.close(leader, number, SECRET, tell_reporter=True)
    return world.case(number)


def people_in(world: World) -> str:
    """All that is stored but people, conversations, and the sealed history."""
    return world.tables_as_text(without=("people", "conversations", "case_events", "case_subscriptions"))


def test_words_and_people_are_gone_from_a_case_whose_time_has_come(world: World) -> None:
    case = ended_case(world)
    with world.sessions.begin() as session:
        # One that could not be delivered waits for an operator, with its words.
        parked = update(OutboxRow).where(OutboxRow.topic == f"case:{case.number}")
        session.execute(parked.values(status="parked"))
    assert SECRET in people_in(world).split("outbox: ", 1)[1]
    world.now = IN_SIX_YEARS
    assert retention(world).run().cases == {Category.HMS: 1}
    left = people_in(world)
    assert SECRET not in left
    for someone in (REPORTER, LEADER, COLLEAGUE, ADVISER, STRANGER):
        assert f"'{someone}'" not in left
    assert SECRET.encode().hex() not in left
    columns = world.columns(case.number)
    assert columns["anonymised_at"] == IN_SIX_YEARS
    for name in ("nonce", "origin", "draft_id", "place", "closing_note", "reporter_id", "assignee_id"):
        assert columns[name] is None, name
    assert columns["search_text"] == columns["description"] == ""
    assert not columns["watchers"]
    assert not columns["involved"]
    assert all(item["nonce"] is None for item in columns["measures"])
    assert not world.notices(case.number)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_what_is_counted_stays(world: World) -> None:
    case = ended_case(world)
    world.now = IN_SIX_YEARS
    retention(world).run()
    after = world.case(case.number)
    for name in (
        *("number", "kind", "category", "subtype", "severity", "likelihood", "status", "unit_id", "channel"),
        *("anonymous", "reported_at", "reported_on", "occurred_at", "responded_at", "closed_at", "due_date"),
        *("merged_into", "sensitive", "routine_ids"),
    ):
        assert getattr(after, name) == getattr(case, name), name
    assert [(item.done_at, item.deadline) for item in after.measures] == [
        (item.done_at, item.deadline) for item in case.measures
    ]
    assert len(world.comments(case.number)) == 4 - 1


def test_the_history_stays_whole_and_says_that_it_was_done(world: World) -> None:
    case = ended_case(world)
    before = world.events(case.number)
    with reading(world.sessions) as session:
        sealed, count = digest(History(session).rows()), History(session).count()
    world.now = IN_SIX_YEARS
    retention(world).run()
    events = world.events(case.number)
    assert events[:-1] == before
    assert (events[-1].action, events[-1].actor_id, events[-1].channel) == ("anonymised", None, "clerk")
    assert events[-1].details == {"changed": {"assignee_id": [None, None]}, "version": case.version + 1}
    assert world.case(case.number).version == case.version + 1
    with reading(world.sessions) as session:
        assert not list(broken_links(History(session).rows()))
        assert digest(History(session).rows(up_to=count)) == sealed


def counts(world: World) -> dict[str, Any]:
    adviser = world.actor(ADVISER)
    by = (Grouping.CATEGORY, Grouping.SUBTYPE, Grouping.SEVERITY, Grouping.STATUS, Grouping.UNIT)
    found: dict[str, Any] = {
        group: world.service.search.count(adviser, CaseQuery(group_by=group))
        for group in (*by, Grouping.MONTH, Grouping.YEAR)
    }
    with reading(world.sessions) as session:
        rows = session.scalars(select(CaseRow)).all()
        timed = [TimedCase(row.category, row.reported_at, row.responded_at, row.closed_at) for row in rows]
    today = oslo_date(NOW)
    return {**found, "response": response_times(timed, today), "closing": closing_times(timed, today)}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_every_count_and_every_time_is_the_same_before_and_after(world: World) -> None:
    with world.sessions.begin() as session:
        import_cases(session, SAMPLE / "cases" / "cases.jsonl")
    do(world, "close", LEADER, world.file().number)
    before = counts(world)
    with reading(world.sessions) as session:
        ended = session.scalar(select(func.count()).where(CaseRow.closed_at.is_not(None)))
    world.now = IN_EIGHT_YEARS
    done = retention(world).run()
    assert sum(done.cases.values()) == ended
    assert ended > 50
    world.now = NOW
    assert counts(world) == before


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_open_and_young_cases_are_never_touched(world: World) -> None:
    young, long_kept = ended_case(world), ended_case(world, subtype="personskade")
    still_open = world.file(description=SECRET).number
    reopened = ended_case(world).number
    do(world, "reopen", LEADER, reopened)
    world.now = young.closed_at.replace(year=2031) if young.closed_at else NOW
    world.wait(seconds=-1)
    assert retention(world).due() == {}
    assert retention(world).run().total == 0
    world.wait(seconds=1)
    assert retention(world).due() == {Category.HMS: 1}
    assert retention(world).run().cases == {Category.HMS: 1}
    for number in (still_open, reopened, long_kept.number):
        assert world.case(number).anonymised_at is None
        assert world.case(number).description == SECRET
    world.now = IN_EIGHT_YEARS
    assert retention(world).run().cases == {Category.HMS: 1}
    assert world.case(long_kept.number).anonymised_at is not None


def test_merged_cases_go_when_the_last_of_them_is_due(world: World) -> None:
    first, second, into = (world.file(subtype="brann_el").number for _ in range(3))
    leader = world.actor(LEADER)
    world.handling.merge(leader, first, second)
    world.handling.merge(leader, second, into)
    world.now = NOW.replace(year=2029)
    world.handling.close(world.actor(LEADER), into, "Ferdig.", tell_reporter=True)
    world.now = NOW.replace(year=2033)
    assert retention(world).run().cases == {}
    with world.sessions.begin() as session:
        session.execute(update(CaseRow).where(CaseRow.number == first).values(subtype="personskade"))
        session.execute(
            update(CaseRow).where(CaseRow.number == first).values(closed_at=NOW.replace(year=2028))
        )
    world.now = NOW.replace(year=2034, month=12)
    assert retention(world).run().cases == {}
    world.now = NOW.replace(year=2035, month=12)
    assert retention(world).run().cases == {Category.HMS: 3}
    assert world.case(first).merged_into == second


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_second_run_does_nothing(world: World) -> None:
    ended_case(world)
    world.now = IN_SIX_YEARS
    retention(world).run()
    before = world.tables_as_text()
    assert retention(world).run().total == 0
    assert world.tables_as_text() == before


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_counting_what_is_due_changes_nothing(world: World) -> None:
    ended_case(world)
    world.now = IN_SIX_YEARS
    before = world.tables_as_text()
    assert retention(world).due() == {Category.HMS: 1}
    assert world.tables_as_text() == before


def test_a_run_that_is_killed_leaves_whole_cases_and_the_next_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [ended_case(world).number for _ in range(3)]
    world.now = IN_SIX_YEARS
    append, done = History.append, []

    def killed(self: History, *args: Any) -> Any:
        if len(done) == 1:
            raise KeyboardInterrupt
        done.append(args)
        return append(self, *args)

    monkeypatch.setattr(History, "append", killed)
    with pytest.raises(KeyboardInterrupt):
        retention(world).run()
    monkeypatch.undo()
    states = [(world.case(n).anonymised_at is None, world.case(n).description) for n in numbers]
    assert states == [(False, ""), (True, SECRET), (True, SECRET)]
    assert retention(world).run().cases == {Category.HMS: 2}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_the_clerk_tidies_by_the_shipped_rules(world: World) -> None:
    number = ended_case(world, category=Category.ORGANISASJON, subtype="arkiv").number
    clerk = Clerk(world.sessions, lambda: world.now, world.service, NoticeTimes())
    world.now = NOW.replace(year=2030)
    tidy(clerk)
    assert world.case(number).anonymised_at is None
    world.now = IN_SIX_YEARS
    tidy(clerk)
    assert world.case(number).anonymised_at is not None


# --- notices


def test_old_notices_of_ended_cases_go_but_none_that_waits_or_could_be_posted_again(world: World) -> None:
    ended, still_open = ended_case(world).number, world.file().number
    with world.sessions.begin() as session:
        session.execute(update(OutboxRow).values(status="delivered"))
        waiting = session.scalars(
            select(func.max(OutboxRow.id)).where(OutboxRow.topic == f"case:{ended}")
        ).one()
        session.execute(update(OutboxRow).where(OutboxRow.id == waiting).values(status="waiting"))
    world.wait(days=29)
    assert retention(world).run().notices == 0
    world.wait(days=5)
    assert retention(world).run().notices > 1
    with reading(world.sessions) as session:
        left = session.scalars(select(OutboxRow)).all()
    assert [row.id for row in left if row.topic == f"case:{ended}"] == [waiting]
    assert [row.status for row in left if row.topic == f"case:{still_open}"] == ["delivered"]


# --- people who have left


def leave(world: World, employee_id: str) -> None:
    with world.sessions.begin() as session:
        session.execute(update(PersonRow).where(PersonRow.employee_id == employee_id).values(active=False))


def name_of(world: World, employee_id: str) -> str:
    with reading(world.sessions) as session:
        return session.get_one(PersonRow, employee_id).name


def test_who_has_left_keeps_the_name_until_no_case_needs_it(world: World) -> None:
    ended_case(world)
    leave(world, COLLEAGUE)  # was responsible for a measure, and is in the history
    assert retention(world).run().people == 0
    assert name_of(world, COLLEAGUE) == "Siv Kvamme"
    world.now = IN_SIX_YEARS
    assert retention(world).run().people == 1
    with reading(world.sessions) as session:
        row = session.get_one(PersonRow, COLLEAGUE)
        assert (row.name, row.email, row.title) == (former_name(), "", "")
        assert session.scalar(select(func.count()).where(CaseEventRow.actor_id == COLLEAGUE))
    assert retention(world).run().people == 0


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_the_name_of_who_works_here_or_is_unknown_stays(world: World) -> None:
    for employee_id in (STRANGER, "E9999"):
        with pytest.raises(StillNeededError), world.sessions.begin() as session:
            pseudonymise_person(session, employee_id)
    assert name_of(world, STRANGER) != former_name()


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_who_only_looked_at_a_case_keeps_the_name_as_long_as_the_case_has_its_words(world: World) -> None:
    number = ended_case(world).number
    world.service.view(world.actor(LEADER_ABOVE), number)
    leave(world, LEADER_ABOVE)
    assert retention(world).run().people == 0
    world.now = IN_SIX_YEARS
    assert retention(world).run().people == 1
    assert name_of(world, LEADER_ABOVE) == former_name()


@pytest.mark.parametrize("verb", ["take", "watch", "involve", "add_measure", "note"])
def test_whoever_an_open_case_names_keeps_the_name(world: World, verb: str) -> None:
    number = world.file(None, conversation_id=world.open_conversation(None)).number
    who = {"involve": COLLEAGUE, "add_measure": COLLEAGUE, "watch": ADVISER}.get(verb, LEADER)
    do(world, verb, ADVISER if verb == "watch" else LEADER, number)
    with world.sessions.begin() as session:
        session.execute(update(CaseEventRow).values(actor_id=None))
        assert is_named(session, who)
        session.execute(update(CaseRow).values(anonymised_at=NOW))
        assert not is_named(session, who)


# --- a reporter's name


def test_a_name_is_taken_off_all_cases_that_bear_it(world: World) -> None:
    first, second = world.file(protected=True).number, ended_case(world).number
    others = world.file(COLLEAGUE, draft_id="x").number
    own = world.open_conversation(REPORTER)
    assert world.service.erasure.forget_reporter(world.actor(REPORTER, own)) == 2
    for number in (first, second):
        case = world.case(number)
        assert (case.reporter_id, case.anonymous, case.protected) == (None, True, False)
        event = world.events(number)[-1]
        assert (event.action, event.actor_id) == ("name_erased", None)
        assert event.details["changed"]["anonymous"] == [False, True]
        assert REPORTER not in str(event.details)
    assert world.case(others).reporter_id == COLLEAGUE
    assert f"'{REPORTER}'" not in people_in(world)
    with reading(world.sessions) as session:
        assert not list(broken_links(History(session).rows()))


def test_nobody_reads_in_the_history_who_reported_once_the_name_is_erased(world: World) -> None:
    number = world.file().number
    do(world, "answer", REPORTER, number)
    do(world, "take", LEADER, number)
    actor = world.actor(LEADER)
    assert [event.actor_id for event in world.service.history(actor, number)][:2] == [REPORTER, REPORTER]
    world.service.erasure.forget_reporter(world.actor(REPORTER))
    for who in (LEADER, ADVISER):
        events = world.service.history(world.actor(who), number)
        assert REPORTER not in {event.actor_id for event in events}
        assert LEADER in {event.actor_id for event in events}
        assert REPORTER not in str(world.service.view(world.actor(who), number))


def test_the_reporter_follows_on_in_the_conversation_only(world: World) -> None:
    conversation = world.open_conversation(REPORTER)
    number = world.file(conversation_id=conversation).number
    world.service.erasure.forget_reporter(world.actor(REPORTER, conversation))
    asker = world.person(REPORTER)
    assert [case.number for case in world.service.reported_in(asker, conversation, 9)] == [number]
    assert world.service.reported_in(asker, world.open_conversation(REPORTER), 9) == []
    world.handling.answer(world.actor(REPORTER, conversation), number, "Mer om saken.")
    assert world.comments(number)[-1].author_id is None


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_case_without_an_origin_gets_that_of_the_conversation(world: World) -> None:
    with world.sessions.begin() as session:
        import_cases(session, SAMPLE / "cases" / "cases.jsonl")
        number = session.scalars(select(CaseRow.number).where(CaseRow.reporter_id == REPORTER)).first()
    assert number is not None
    conversation = world.open_conversation(REPORTER)
    world.service.erasure.forget_reporter(world.actor(REPORTER, conversation))
    assert world.case(number).origin == origin_of(conversation, b"a key for tests")


def test_what_waits_for_the_reporter_goes_to_the_conversation(world: World) -> None:
    conversation = world.open_conversation(REPORTER)
    number = world.file(conversation_id=conversation).number
    do(world, "take", LEADER, number)
    assert REPORTER in world.told(number)
    world.service.erasure.forget_reporter(world.actor(REPORTER, conversation))
    told = world.told(number)
    assert REPORTER not in told
    assert told[world.case(number).origin] == "case_taken"


def test_subscription_and_following_end_too_and_a_second_time_changes_nothing(world: World) -> None:
    number = world.file(COLLEAGUE).number
    do(world, "watch", LEADER, number)
    with world.sessions.begin() as session:
        Subscriptions(session).put(Subscription(LEADER, Frequency.DAILY, None, 8))
    assert world.service.erasure.forget_reporter(world.actor(LEADER)) == 0
    assert not world.case(number).watcher_ids
    assert world.case(number).reporter_id == COLLEAGUE
    with reading(world.sessions) as session:
        assert not Subscriptions(session).all()
    before = world.tables_as_text()
    assert world.service.erasure.forget_reporter(world.actor(LEADER)) == 0
    assert world.tables_as_text() == before


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_unknown_senders_have_no_name_to_erase(world: World) -> None:
    conversation = world.open_conversation(None)
    number = world.file(None, conversation_id=conversation).number
    before = world.tables_as_text()
    assert world.service.erasure.forget_reporter(world.actor(None, conversation)) == 0
    assert world.tables_as_text() == before
    kept = world.service.erasure.kept_of(world.actor(None, conversation))
    assert (kept.reported, kept.handled, kept.comments, kept.notices) == (1, 0, 0, 0)
    assert world.service.erasure.kept_of(world.actor(None)).reported == 0
    assert world.case(number).origin is not None


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_what_is_kept_is_counted_for_each_person(world: World) -> None:
    ended_case(world)
    world.file(COLLEAGUE)
    kept = world.service.erasure.kept_of(world.actor(REPORTER))
    assert (kept.reported, kept.handled, kept.comments, kept.subscriptions) == (1, 0, 1, 0)
    assert kept.notices == len([row for row in world.notices("2026-00001") if row.person_id == REPORTER])
    leader = world.service.erasure.kept_of(world.actor(LEADER))
    assert (leader.reported, leader.handled, leader.comments) == (0, 2, 2)
