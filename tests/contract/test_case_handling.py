"""Every change of a case: who may make it, when, what it changes, and who is told of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from case_world import (
    ADVISER,
    BEFORE,
    COLLEAGUE,
    KEY,
    LEADER,
    LEADER_ABOVE,
    NOW,
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

from cases.calendar import OSLO
from cases.case_work import Actor
from cases.categories import Category, Likelihood, Severity, Status
from cases.errors import (
    CannotMergeError,
    CaseError,
    CaseNotFoundError,
    ChangedMeanwhileError,
    InvolvedHandlerError,
    NoSuchMeasureError,
    NotAllowedError,
    PastDeadlineError,
    ReasonMissingError,
    TextMissingError,
    UnknownHandlerError,
    WrongStatusError,
)
from cases.handling import MAX_ATTACHMENT_BYTES
from cases.history import Event
from organisation.origin import origin_of

FOR_READERS = {"unwatch"}  # What everybody may do who may read; all else takes a right.
# What stays possible once a case has ended.
ON_ENDED = {
    *("finish_measure", "comment", "note", "answer", "reopen", "watch", "unwatch", "involve"),
    *("mark_sensitive", "unmark_sensitive"),
}
CHANGED: dict[str, dict[str, list[Any]]] = {
    "take": {"status": ["ny", "under_behandling"]},
    "assign": {"assignee_id": [LEADER, COLLEAGUE]},
    "set_deadline": {"due_date": ["2026-12-11", "2026-12-24"]},
    "add_measure": {"status": ["ny", "tiltak"]},
    "recategorise": {"category": ["hms", "tjeneste"], "subtype": ["personskade", "legemiddel"]},
    "set_severity": {"severity": ["middels", "hoy"]},
    "set_likelihood": {"likelihood": [None, "hyppig"]},
    "close": {"status": ["ny", "lukket"], "closed_at": [None, NOW.isoformat()]},
    "reject": {"status": ["ny", "avvist"], "closed_at": [None, NOW.isoformat()]},
    "reopen": {"status": ["lukket", "under_behandling"], "closed_at": [NOW.isoformat(), None]},
    "mark_sensitive": {"sensitive": [False, True]},
    "unmark_sensitive": {"sensitive": [True, False]},
}
RESPONSES = {
    *("take", "set_deadline", "add_measure", "comment", "recategorise", "set_severity", "set_likelihood"),
    *("merge", "close", "reject"),
}


@pytest.fixture(scope="module")
def register(databases: Databases, migrated_database: str) -> Iterator[World]:
    url = databases.copy_of(migrated_database)
    with world_in(url) as world:
        import_organisation(world.sessions)
        yield world
    databases.drop(url)


@pytest.fixture
def world(register: World) -> World:
    register.now = NOW
    return register


def actor_of(verb: str) -> str:
    return REPORTER if verb == "answer" else LEADER


# --- each verb


@pytest.mark.parametrize("verb", VERBS)
def test_a_change_is_one_event_and_one_version(world: World, verb: str) -> None:
    number = ready_for(world, verb)
    before = world.case(number)
    change = do(world, verb, actor_of(verb), number)
    after = world.case(number)
    assert change.case == after
    assert change.event == world.events(number)[-1]
    assert isinstance(change.event, Event)
    assert (change.event.actor_id, change.event.channel, change.event.at) == (actor_of(verb), "web", NOW)
    assert after.version == before.version + 1 == change.event.details["version"]
    assert [event.seq for event in world.events(number)] == list(range(1, len(world.events(number)) + 1))
    changed = dict(change.event.changed)
    response = changed.pop("responded_at", None)
    assert response == ([None, NOW.isoformat()] if verb in RESPONSES else None)
    if verb == "merge":
        assert changed == {**CHANGED["close"], "merged_into": [None, after.merged_into]}
        assert after.merged_into is not None
    else:
        assert changed == CHANGED.get(verb, {})


@pytest.mark.parametrize("verb", sorted(set(VERBS) - FOR_READERS - {"answer"}))
def test_who_only_reads_a_case_may_not_change_it(world: World, verb: str) -> None:
    number = ready_for(world, verb)
    before = world.columns(number), world.events(number)
    with pytest.raises(NotAllowedError):
        do(world, verb, REPORTER, number)
    assert (world.columns(number), world.events(number)) == before


@pytest.mark.parametrize(("verb", "who"), [*((verb, STRANGER) for verb in VERBS), ("answer", None)])
def test_a_case_that_one_may_not_see_is_as_one_that_is_not_there(
    world: World, verb: str, who: str | None
) -> None:
    number = ready_for(world, verb)
    before = world.columns(number), world.events(number)
    problems = []
    for wanted in (number, "2026-99999"):
        with pytest.raises(CaseNotFoundError) as caught:
            if wanted == number or verb != "merge":
                do(world, verb, who, wanted)
            else:
                world.handling.merge(world.actor(who), wanted, number)
        problems.append(str(caught.value).replace(wanted, "N"))
    assert problems[0] == problems[1]
    assert (world.columns(number), world.events(number)) == before


def test_a_handler_may_not_answer_for_the_reporter(world: World) -> None:
    with pytest.raises(NotAllowedError):
        do(world, "answer", LEADER, world.file().number)


@pytest.mark.parametrize(
    ("verb", "end"),
    [
        *((verb, "close") for verb in VERBS),
        *((verb, "merge") for verb in ("take", "merge", "reopen", "answer")),
        *((verb, "reject") for verb in ("assign", "reopen", "comment")),
    ],
)
def test_what_can_be_done_to_a_case_that_has_ended(world: World, verb: str, end: str) -> None:
    number = world.file().number
    for before in BEFORE.get(verb, ()):
        if before != "close":
            do(world, before, LEADER, number)
    do(world, end, LEADER, number)
    before_it = world.columns(number), world.events(number)
    if verb in ON_ENDED and (verb, end) != ("reopen", "merge"):
        assert do(world, verb, actor_of(verb), number).event is not None
        return
    with pytest.raises(WrongStatusError) as caught:
        do(world, verb, LEADER, number)
    assert caught.value.status is (Status.AVVIST if end == "reject" else Status.LUKKET)
    assert (world.columns(number), world.events(number)) == before_it


def test_an_open_case_cannot_be_reopened(world: World) -> None:
    with pytest.raises(WrongStatusError):
        do(world, "reopen", LEADER, world.file().number)


@pytest.mark.parametrize(
    "verb",
    sorted(
        {"take", "assign", "set_deadline", "recategorise", "set_severity", "set_likelihood"}
        | {"mark_sensitive", "watch", "unwatch", "involve"}
    ),
)
def test_what_is_so_already_changes_nothing(world: World, verb: str) -> None:
    number = ready_for(world, verb)
    do(world, verb, LEADER, number)
    before = world.columns(number), world.events(number), len(world.notices(number))
    change = do(world, verb, LEADER, number)
    assert change.event is None
    assert (world.columns(number), world.events(number), len(world.notices(number))) == before


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda h, a, n: h.assign(a, n, "E9999"), UnknownHandlerError),
        (lambda h, a, n: h.set_deadline(a, n, date(2026, 11, 19)), PastDeadlineError),
        (lambda h, a, n: h.add_measure(a, n, " "), TextMissingError),
        (lambda h, a, n: h.add_measure(a, n, "x" * 10_001), TextMissingError),
        (lambda h, a, n: h.add_measure(a, n, "Strø", "E9999"), UnknownHandlerError),
        (lambda h, a, n: h.add_measure(a, n, "Strø", None, date(2026, 11, 19)), PastDeadlineError),
        (lambda h, a, n: h.finish_measure(a, n), NoSuchMeasureError),
        (lambda h, a, n: h.finish_measure(a, n, 1), NoSuchMeasureError),
        (lambda h, a, n: h.comment(a, n, "?!"), TextMissingError),
        (lambda h, a, n: h.note(a, n, ""), TextMissingError),
        (
            lambda h, a, n: h.recategorise(a, n, Category.TJENESTE, "legemiddel", "..."),
            ReasonMissingError,
        ),
        (lambda h, a, n: h.recategorise(a, n, Category.TJENESTE, "personskade", "Ja"), ValueError),
        (lambda h, a, n: h.set_severity(a, n, Severity.HOY, "  "), ReasonMissingError),
        (lambda h, a, n: h.set_severity(a, n, Severity.HOY, "x" * 10_001), TextMissingError),
        (lambda h, a, n: h.close(a, n, "-", tell_reporter=True), ReasonMissingError),
        (lambda h, a, n: h.reject(a, n, "", tell_reporter=False), ReasonMissingError),
        (lambda h, a, n: h.merge(a, n, n), CannotMergeError),
        (lambda h, a, n: h.merge(a, n, "2026-99999"), CaseNotFoundError),
        (lambda h, a, n: h.involve(a, n, "E9999"), UnknownHandlerError),
    ],
)
def test_bad_input_is_refused_and_nothing_is_kept(world: World, call: Any, error: type[Exception]) -> None:
    number = world.file().number
    before = world.columns(number), world.events(number), len(world.notices(number))
    with pytest.raises(error):
        call(world.handling, world.actor(LEADER), number)
    assert (world.columns(number), world.events(number), len(world.notices(number))) == before


def test_today_is_a_deadline_to_be_kept(world: World) -> None:
    change = world.handling.set_deadline(world.actor(LEADER), world.file().number, date(2026, 11, 20))
    assert change.case.due_date == date(2026, 11, 20)


def test_texts_are_kept_as_typed_but_for_their_edges(world: World) -> None:
    number = world.file().number
    world.handling.note(world.actor(LEADER), number, "  Bla\u030abær\0 🫐\n")
    assert [comment.text for comment in world.comments(number)] == ["Blåbær 🫐"]


# --- the first response


def test_the_first_response_is_when_a_handler_began(world: World) -> None:
    number = world.file().number
    for verb, who in (("assign", LEADER), ("note", LEADER), ("answer", REPORTER), ("watch", LEADER)):
        do(world, verb, who, number)
        assert world.case(number).responded_at is None
    world.wait(minutes=10)
    do(world, "comment", LEADER, number)
    world.wait(minutes=10)
    do(world, "take", LEADER, number)
    assert world.case(number).responded_at == NOW + timedelta(minutes=10)


# --- measures


def test_who_is_responsible_finishes_their_own_measure_only(world: World) -> None:
    number = world.file().number
    leader, colleague = world.actor(LEADER), world.actor(COLLEAGUE)
    world.handling.add_measure(leader, number, "Strø", COLLEAGUE)
    world.handling.add_measure(leader, number, "Måk", LEADER)
    with pytest.raises(NoSuchMeasureError):
        world.handling.finish_measure(colleague, number)
    with pytest.raises(NotAllowedError):
        world.handling.finish_measure(colleague, number, 2)
    world.handling.finish_measure(colleague, number, 1)
    assert [measure.done_at for measure in world.case(number).measures] == [NOW, None]
    world.handling.finish_measure(leader, number)
    with pytest.raises(NoSuchMeasureError):
        world.handling.finish_measure(leader, number, 1)


# --- whom a case is about


def test_a_handler_whom_the_case_is_about_is_replaced_and_loses_it(world: World) -> None:
    number = world.file().number
    change = world.handling.involve(world.actor(ADVISER), number, LEADER)
    assert change.case.assignee_id == LEADER_ABOVE
    assert change.case.involved_ids == {LEADER}
    with pytest.raises(CaseNotFoundError):
        world.service.view(world.actor(LEADER), number)
    assert world.told(number)[LEADER_ABOVE] == "case_assigned_to_you"
    with pytest.raises(InvolvedHandlerError):
        world.handling.assign(world.actor(ADVISER), number, LEADER)
    with pytest.raises(InvolvedHandlerError):
        world.handling.add_measure(world.actor(ADVISER), number, "Strø", LEADER)


def test_a_report_that_names_the_leader_goes_past_them(world: World) -> None:
    text = "Pål Gjerde ropte til meg foran alle."
    about = world.file(description=text, subtype="konflikt_trakassering")
    assert about.involved_ids == {LEADER}
    assert about.assignee_id == LEADER_ABOVE
    other = world.file(description=text, subtype="personskade")
    assert (other.involved_ids, other.assignee_id) == (frozenset(), LEADER)


# --- who is told


def test_the_leader_is_told_of_a_new_case_at_once(world: World) -> None:
    number = world.file().number
    (notice,) = world.notices(number)
    assert (notice.person_id, notice.template, notice.not_before) == (LEADER, "new_case", NOW)
    assert (notice.topic, notice.urgent) == (f"case:{number}", False)
    assert notice.values == {
        "number": number, "title": "Skled på isen utenfor basen", "category": "hms", "severity": "middels",
        "unit": "Hjemmetjenesten nord", "due": "2026-12-11",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("severity", "template", "hour"), [("hoy", "new_case", 7), ("kritisk", "new_critical_case", 3)]
)
def test_only_what_is_critical_disturbs_at_night(
    world: World, severity: str, template: str, hour: int
) -> None:
    world.now = datetime(2026, 11, 20, 3, 0, tzinfo=OSLO)
    (notice,) = world.notices(world.file(severity=severity).number)
    assert notice.template == template
    assert notice.not_before == datetime(2026, 11, 20, hour, 0, tzinfo=OSLO)
    assert notice.urgent is (severity == "kritisk")


TOLD: dict[str, dict[str, str]] = {
    "take": {REPORTER: "case_taken"},
    "assign": {REPORTER: "case_assigned_on", COLLEAGUE: "case_assigned_to_you"},
    "add_measure": {REPORTER: "case_measure", COLLEAGUE: "measure_for_you"},
    "comment": {REPORTER: "case_comment"},
    "recategorise": {REPORTER: "case_category_changed"},
    "close": {REPORTER: "case_closed"},
    "reject": {REPORTER: "case_rejected"},
    "merge": {REPORTER: "case_merged"},
    "reopen": {REPORTER: "case_reopened"},
    "answer": {LEADER: "case_answered"},
}
WATCHED = {"take", "assign", "add_measure", "finish_measure", "close", "reject", "reopen", "merge"}


@pytest.mark.parametrize("verb", VERBS)
def test_a_change_tells_whom_it_concerns(world: World, verb: str) -> None:
    number = ready_for(world, verb)
    if verb not in {"watch", "unwatch"}:
        do(world, "watch", LEADER_ABOVE, number)
    known = {row.key for row in world.notices(number)}
    change = do(world, verb, actor_of(verb), number)
    assert change.event is not None
    new = [row for row in world.notices(number) if row.key not in known]
    watchers = {LEADER_ABOVE: "case_update"} if verb in WATCHED else {}
    assert {row.person_id: row.template for row in new} == {**TOLD.get(verb, {}), **watchers}
    delay = timedelta() if verb == "answer" else timedelta(minutes=5)
    for row in new:
        assert row.key.startswith(f"case:{number}:{change.event.seq}:")
        assert (row.not_before, row.topic, row.urgent, row.origin) == (
            NOW + delay, f"case:{number}", False, None
        )  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_nobody_is_told_what_they_did_themselves(world: World, verb: str) -> None:
    number = world.file(LEADER).number  # the leader's own report, which lies with the leader above
    world.handling.assign(world.actor(LEADER_ABOVE), number, LEADER)
    for before in BEFORE.get(verb, ()):
        do(world, before, LEADER, number)
    known = {row.key for row in world.notices(number)}
    do(world, verb, LEADER, number)
    assert LEADER not in {row.person_id for row in world.notices(number) if row.key not in known}


def test_a_question_is_sent_as_one(world: World) -> None:
    number = world.file().number
    world.handling.comment(world.actor(LEADER), number, "Hvor var det? ")
    assert world.told(number)[REPORTER] == "case_question"


def test_a_reporter_is_not_told_of_an_end_that_they_are_not_to_hear_of(world: World) -> None:
    number = world.file().number
    world.handling.close(world.actor(LEADER), number, "Dublett", tell_reporter=False)
    assert REPORTER not in world.told(number)


def test_what_can_wait_waits_for_the_morning(world: World) -> None:
    number = world.file().number
    world.now = datetime(2026, 11, 20, 20, 57, tzinfo=OSLO)
    do(world, "assign", LEADER, number)
    morning = {row.person_id: row.not_before for row in world.notices(number)}
    assert morning[REPORTER] == datetime(2026, 11, 21, 7, 0, tzinfo=OSLO)
    assert morning[COLLEAGUE] == datetime(2026, 11, 23, 7, 0, tzinfo=OSLO)  # after the weekend


def test_who_follows_a_case_that_they_may_not_see_any_more_hears_nothing(world: World) -> None:
    number = world.file().number
    do(world, "watch", ADVISER, number)
    do(world, "mark_sensitive", LEADER, number)
    do(world, "take", LEADER, number)
    assert ADVISER not in world.told(number)


def test_reporters_of_merged_cases_hear_how_the_other_goes_on(world: World) -> None:
    first, second, third = (world.file(who).number for who in ("E1018", "E1020", REPORTER))
    leader = world.actor(LEADER)
    world.handling.merge(leader, first, second)
    world.handling.merge(leader, second, third)
    merged = [row for row in world.notices(second) if row.template == "case_merged"]
    assert {row.person_id: row.values["number"] for row in merged} == {"E1018": first, "E1020": second}
    everybody = {"E1018": first, "E1020": second, REPORTER: third}
    # What is written to one reporter is not for the others; how the case ends is.
    for verb, hearing in (("comment", {REPORTER: third}), ("close", everybody), ("reopen", everybody)):
        seq = do(world, verb, LEADER, third).event.seq  # type: ignore[union-attr]
        told = [row for row in world.notices(third) if row.key.startswith(f"case:{third}:{seq}:")]
        assert {row.person_id: row.values["number"] for row in told} == hearing


def test_a_reporter_who_acts_on_the_case_theirs_was_merged_into_is_not_told(world: World) -> None:
    mine, other, into = world.file(LEADER).number, world.file("E1018").number, world.file(LEADER).number
    for number in (mine, other):
        world.handling.merge(world.actor(LEADER_ABOVE), number, into)
    do(world, "close", LEADER, into)
    told = {row.person_id for row in world.notices(into) if row.template == "case_closed"}
    assert told == {"E1018"}


def test_merging_needs_the_right_to_both(world: World) -> None:
    mine = world.file().number
    theirs = world.file(unit_id="HO-SOL-FUR").number
    with pytest.raises(CaseNotFoundError):
        world.handling.merge(world.actor(LEADER), mine, theirs)
    reported = world.file(LEADER, unit_id="HO-SOL-FUR").number
    with pytest.raises(NotAllowedError):
        world.handling.merge(world.actor(LEADER), mine, reported)
    gone = world.file().number
    do(world, "merge", LEADER, gone)
    with pytest.raises(CannotMergeError):
        world.handling.merge(world.actor(LEADER), mine, gone)


# --- anonymous and protected reporters


@pytest.mark.parametrize("verb", [verb for verb in TOLD if verb != "answer"])
def test_an_anonymous_reporter_is_told_by_origin_only(world: World, verb: str) -> None:
    conversation_id = world.open_conversation("E1020")
    number = ready_for(world, verb, reporter_id="E1020", conversation_id=conversation_id, anonymous=True)
    do(world, verb, LEADER, number)
    origin = origin_of(conversation_id, KEY)
    assert world.told(number)[origin] == TOLD[verb][REPORTER]
    assert "E1020" not in world.told(number)


def test_an_anonymous_reporter_answers_from_their_conversation_only(world: World) -> None:
    conversation_id = world.open_conversation("E1020")
    number = world.file("E1020", conversation_id=conversation_id, anonymous=True).number
    with pytest.raises(CaseNotFoundError):
        do(world, "answer", "E1020", number)
    change = do(world, "answer", "E1020", number, conversation_id=conversation_id)
    assert change.event is not None
    assert change.event.actor_id is None
    assert [(comment.author_id, comment.internal) for comment in world.comments(number)] == [(None, False)]
    assert world.told(number)[LEADER] == "case_answered"


def test_no_table_names_an_anonymous_reporter(world: World) -> None:
    """Beside the people and conversations themselves, which were there before."""
    someone = "E1013"
    conversation_id = world.open_conversation(someone)
    number = world.file(someone, conversation_id=conversation_id, anonymous=True).number
    actor = Actor(world.person(someone), conversation_id, "web", request=f"{conversation_id}:7")
    world.handling.answer(actor, number, "Det var ved porten.")
    world.service.view(actor, number)
    for verb in ("take", "comment", "close"):
        do(world, verb, LEADER, number)
    stored = world.tables_as_text()
    assert number in stored
    for secret in (someone, conversation_id):
        assert secret not in stored


def test_a_protected_reporter_is_named_to_advisers_only(world: World) -> None:
    number = world.file(protected=True).number
    do(world, "answer", REPORTER, number)
    do(world, "comment", LEADER, number)
    for who, name in ((LEADER, None), (LEADER_ABOVE, None), (ADVISER, REPORTER), (REPORTER, REPORTER)):
        view = world.service.view(world.actor(who), number)
        assert view.case.reporter_id == name
        assert view.reporter_hidden is (name is None)
        assert [comment.author_id for comment in view.comments] == [name, LEADER]
        if who != REPORTER:
            events = world.service.history(world.actor(who), number)
            by_reporter = [event.actor_id for event in events if event.action in {"filed", "answered"}]
            assert by_reporter == [name, name]
    with pytest.raises(ChangedMeanwhileError) as caught:
        do(world, "note", LEADER, number, seen=1)
    assert [(event.action, event.actor_id) for event in caught.value.events] == [("answered", None)]
    assert do(world, "take", LEADER, number).case.reporter_id is None


def test_a_protected_reporter_who_handles_the_case_does_not_stand_out(world: World) -> None:
    number = world.file(LEADER, protected=True).number
    do(world, "comment", LEADER, number)
    view = world.service.view(world.actor(LEADER_ABOVE), number)
    assert [comment.author_id for comment in view.comments] == [LEADER]


# --- looking


def test_a_look_by_duty_is_written_down_once_an_hour(world: World) -> None:
    number = world.file().number
    for _ in range(3):
        world.service.view(world.actor(LEADER), number)
        world.service.view(world.actor(REPORTER), number)
        world.wait(minutes=25)
    reads = [(event.actor_id, event.action) for event in world.events(number)[1:]]
    assert reads == [(LEADER, "read")]
    world.service.view(world.actor(LEADER), number)
    assert len(world.events(number)) == 3
    assert world.case(number).version == 1


def test_internal_notes_and_history_are_for_handlers(world: World) -> None:
    number = world.file().number
    do(world, "note", LEADER, number)
    do(world, "comment", LEADER, number)
    texts = {
        who: [comment.text for comment in world.service.view(world.actor(who), number).comments]
        for who in (REPORTER, ADVISER)
    }
    assert texts == {REPORTER: ["Vi ser på det."], ADVISER: ["Ringte vaktmesteren.", "Vi ser på det."]}
    with pytest.raises(NotAllowedError):
        world.service.history(world.actor(REPORTER), number)


# --- the same request again


@pytest.mark.parametrize("verb", sorted(set(VERBS) - {"merge"}))
def test_a_request_that_is_repeated_is_done_once(world: World, verb: str) -> None:
    number = ready_for(world, verb)
    actor = replace(
        world.actor(actor_of(verb), seen=world.case(number).version), request=f"turn-{next(world.ids)}"
    )
    first = VERBS[verb](world, actor, number)
    stored = world.columns(number), world.events(number), len(world.notices(number))
    again = VERBS[verb](world, actor, number)
    assert again.event == first.event
    assert (world.columns(number), world.events(number), len(world.notices(number))) == stored


def test_a_request_that_took_away_ones_own_rights_can_be_repeated(world: World) -> None:
    number = world.file(unit_id="HO-SOL-FUR").number
    world.handling.assign(world.actor(ADVISER), number, STRANGER)
    actor = replace(world.actor(STRANGER), request=f"turn-{next(world.ids)}")
    first = world.handling.assign(actor, number, "E1008")
    assert world.handling.assign(actor, number, "E1008").event == first.event


# --- two at once


@pytest.mark.parametrize("verb", sorted(set(VERBS) - {"answer"}))
def test_who_acts_on_an_old_state_is_told_what_changed(world: World, verb: str) -> None:
    number = ready_for(world, verb)
    seen = world.case(number).version
    first = world.handling.note(world.actor(LEADER_ABOVE, seen=seen), number, "Jeg ser på den.")
    before = world.columns(number), world.events(number)
    with pytest.raises(ChangedMeanwhileError) as caught:
        do(world, verb, LEADER, number, seen=seen)
    assert caught.value.events == (first.event,)
    assert caught.value.version == seen + 1
    assert (world.columns(number), world.events(number)) == before
    assert do(world, verb, LEADER, number, seen=seen + 1).event is not None


def test_every_verb_is_tested_here(world: World) -> None:
    names = {name for name in dir(world.handling) if not name.startswith("_")}
    assert names == (set(VERBS) | {"attach"}) - {"unmark_sensitive", "unwatch"}
    assert issubclass(NotAllowedError, CaseError)
    assert CHANGED["set_likelihood"]["likelihood"][1] == Likelihood.HYPPIG


def test_a_file_is_kept_with_its_digest_and_an_empty_or_huge_one_is_refused(world: World) -> None:
    number = ready_for(world, "take")
    handling, leader = world.service.handling, world.actor(LEADER)
    change = handling.attach(leader, number, "bilde.jpg", "image/jpeg", b"not really a picture")
    assert change.event is not None
    assert change.event.details["sha256"] == sha256(b"not really a picture").hexdigest()
    for content in (b"", b"x" * (MAX_ATTACHMENT_BYTES + 1)):
        with pytest.raises(TextMissingError):
            handling.attach(leader, number, "bilde.jpg", "image/jpeg", content)
