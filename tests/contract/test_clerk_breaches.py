"""The 72 hours of a breach are told as they run out, until it is decided; and what a decision needs."""

from collections.abc import Iterator

import pytest
from case_world import LEADER, LEADER_ABOVE, PRIVACY_OFFICER, REPORTER, STRANGER
from clerk_world import ClerkWorld, clerk_world

from cases.breaches import Decision, field_names, question
from cases.categories import Category
from cases.errors import (
    CaseNotFoundError,
    NotABreachError,
    NotAllowedError,
    ReasonMissingError,
    TextMissingError,
)


@pytest.fixture
def world(database_url: str) -> Iterator[ClerkWorld]:
    with clerk_world(database_url, with_cases=False) as world:
        yield world.at(2026, 11, 20, 15, 0)  # a Friday: the clock runs over the weekend


def breach(world: ClerkWorld, **changes: object) -> str:
    fields = {"category": Category.INFORMASJONSSIKKERHET, "subtype": "feilsendt", **changes}
    return world.file(REPORTER, **fields).number


def hours(world: ClerkWorld, person: str = PRIVACY_OFFICER) -> list[object]:
    rows = [row for row in world.rows("breach_clock") if row.person_id == person]
    return [row.values["hours_left"] for row in sorted(rows, key=lambda row: row.id)]


def test_72_hours_then_48_24_and_6_are_told_once_each_to_officer_and_handler(world: ClerkWorld) -> None:
    breach(world)
    for _ in range(4 * 75):
        world.run("watch_breaches")
        world.wait(minutes=15)
    assert hours(world) == hours(world, LEADER) == [72, 48, 24, 6]
    assert set(world.people_told("breach_clock")) == {PRIVACY_OFFICER, LEADER}
    assert all(row.not_before == row.posted_at for row in world.rows("breach_clock")), "not held back"


def test_after_an_outage_the_hours_that_are_left_are_told(world: ClerkWorld) -> None:
    breach(world)
    world.wait(hours=61, minutes=40)
    assert world.run("watch_breaches") == 2
    assert hours(world) == [72, 10]
    world.wait(hours=5)
    world.run("watch_breaches")
    assert hours(world) == [72, 10, 5]


@pytest.mark.parametrize("decision", list(Decision))
def test_a_decision_stops_the_clock(world: ClerkWorld, decision: Decision) -> None:
    number = breach(world)
    world.service.breaches.decide(world.actor(PRIVACY_OFFICER), number, decision, "Kom til rett person.")
    for _ in range(80):
        world.wait(hours=1)
        assert world.run("watch_breaches") == 0


def test_after_the_limit_nothing_more_is_told(world: ClerkWorld) -> None:
    breach(world)
    world.wait(hours=72)
    assert world.run("watch_breaches") == 0


def test_whom_it_is_about_and_who_has_left_are_not_told(world: ClerkWorld) -> None:
    number = breach(world)
    world.handling.involve(world.actor(LEADER_ABOVE), number, PRIVACY_OFFICER)
    world.leave(LEADER)
    world.wait(hours=30)
    assert world.run("watch_breaches") == 0


def test_what_is_no_breach_by_its_kind_has_no_clock_until_somebody_begins_it(world: ClerkWorld) -> None:
    number = breach(world, subtype="passord_phishing")
    leader = world.actor(LEADER)
    world.wait(hours=30)
    assert world.run("watch_breaches") == 0
    assert world.service.breaches.of(leader, number) is None
    begun = world.service.breaches.begin(leader, number)
    assert begun.discovered_at == world.case(number).reported_at
    assert world.service.breaches.begin(leader, number) == begun
    assert world.run("watch_breaches") == 2
    world.assert_whole()


def test_the_form_is_filled_in_field_by_field_and_drafted(world: ClerkWorld) -> None:
    number, officer = breach(world), world.actor(PRIVACY_OFFICER)
    breaches = world.service.breaches
    first, *others = field_names()
    assert question(first, "nb")
    assert breaches.answer(officer, number, first, "Et brev \0 til feil adresse. ").answers[first] == (
        "Et brev  til feil adresse."
    )
    found = breaches.of(officer, number)
    assert found is not None
    assert found.missing == tuple(others)
    assert found.deadline == world.case(number).reported_at.replace(day=23)
    for language in ("nb", "nn"):
        draft = breaches.draft(officer, number, language)
        assert "Et brev" in draft
        assert "Sunniva Brekke" in draft
        assert "23.11.2026 15.00" in draft
    with pytest.raises(TextMissingError):
        breaches.answer(officer, number, first, " ... ")
    with pytest.raises(ValueError, match="no field"):
        breaches.answer(officer, number, "reason", "x")
    world.assert_whole()


def test_not_to_notify_needs_a_reason_and_can_be_decided_anew(world: ClerkWorld) -> None:
    number, officer = breach(world), world.actor(PRIVACY_OFFICER)
    decide = world.service.breaches.decide
    for decision in (Decision.NOT_NOTIFIED, Decision.NO_BREACH):
        with pytest.raises(ReasonMissingError):
            decide(officer, number, decision, " . ")
    kept = decide(officer, number, Decision.NOT_NOTIFIED, "Sendt\0 kryptert. ")
    assert (kept.decision, kept.reason) == (Decision.NOT_NOTIFIED, "Sendt kryptert.")
    again = decide(officer, number, Decision.NOTIFIED)
    assert (again.decision, again.reason) == (Decision.NOTIFIED, "")
    assert [event.action for event in world.events(number)] == ["filed", "breach", "breach"]
    world.assert_whole()


def test_others_neither_see_nor_change_it(world: ClerkWorld) -> None:
    number, breaches = breach(world), world.service.breaches
    with pytest.raises(NotAllowedError):
        breaches.of(world.actor(REPORTER), number)
    for act in (breaches.of, breaches.begin):
        with pytest.raises(CaseNotFoundError):
            act(world.actor(STRANGER), number)
    other = world.file(REPORTER).number
    with pytest.raises(NotABreachError):
        breaches.begin(world.actor(LEADER), other)
    with pytest.raises(CaseNotFoundError):
        breaches.decide(world.actor(LEADER), other, Decision.NOTIFIED)
