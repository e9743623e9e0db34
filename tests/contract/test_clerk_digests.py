"""Summaries come when they were asked for, with the numbers that the same person gets in the chat."""

from collections.abc import Iterator
from datetime import date

import pytest
from case_world import COLLEAGUE, LEADER, PRIVACY_OFFICER, REPORTER
from clerk_world import FURU, FURU_LEADER, FURU_NURSE, ClerkWorld, clerk_world

from cases import clerk_digests
from cases.case_work import Actor
from cases.categories import OPEN_STATUSES, Severity, Status
from cases.clerk import Clerk
from cases.clerk_texts import clerk_text
from cases.labels import label
from cases.query import CaseQuery, Days, Grouping, Want
from cases.subscriptions import Frequency, Subscription, Subscriptions
from organisation.model import Person
from outbox.rendering import render

OPEN = tuple(OPEN_STATUSES)


@pytest.fixture
def world(database_url: str) -> Iterator[ClerkWorld]:
    with clerk_world(database_url, with_cases=True) as world:
        yield world.at(2026, 11, 20, 7, 0)  # a Friday


def subscribe(world: ClerkWorld, person: str, *, weekday: int | None = None, hour: int = 8) -> None:
    frequency = Frequency.DAILY if weekday is None else Frequency.WEEKLY
    with world.sessions.begin() as session:
        Subscriptions(session).put(Subscription(person, frequency, weekday, hour))


def days(world: ClerkWorld) -> list[str]:
    return [row.key[-10:] for row in world.rows("digest")]


def test_a_daily_summary_comes_on_working_days_from_its_hour_on_once(world: ClerkWorld) -> None:
    subscribe(world, FURU_LEADER)
    assert world.at(2026, 11, 20, 7, 59).run("send_digests") == 0
    assert [world.at(2026, 11, 20, 8, minute).run("send_digests") for minute in (0, 5, 10)] == [1, 0, 0]
    for day in (21, 22):
        assert world.at(2026, 11, day, 12).run("send_digests") == 0
    assert world.at(2026, 11, 23, 15).run("send_digests") == 1  # the clerk was away in the morning
    assert days(world) == ["2026-11-20", "2026-11-23"]


def test_no_daily_summary_on_a_holiday(world: ClerkWorld) -> None:
    subscribe(world, FURU_LEADER)
    assert world.at(2026, 12, 25, 12).run("send_digests") == 0


def test_a_weekly_summary_comes_on_its_day_and_waits_when_that_is_off(world: ClerkWorld) -> None:
    subscribe(world, FURU_LEADER, weekday=4, hour=9)
    assert world.at(2026, 11, 20, 8, 59).run("send_digests") == 0
    assert world.at(2026, 11, 20, 9).run("send_digests") == 1
    for day in range(21, 27):
        assert world.at(2026, 11, day, 12).run("send_digests") == 0
    assert world.at(2026, 12, 25, 9).run("send_digests") == 1
    assert world.rows("digest")[-1].not_before == world.at(2026, 12, 28, 7).now


def test_the_hour_is_norwegian_in_summer_too(world: ClerkWorld) -> None:
    subscribe(world, FURU_LEADER)
    assert world.at(2027, 7, 1, 7, 59).run("send_digests") == 0
    assert world.at(2027, 7, 1, 8, 0).run("send_digests") == 1


def test_whoever_leads_nobody_any_more_or_has_left_gets_none_and_the_others_do(world: ClerkWorld) -> None:
    for person in (REPORTER, LEADER, FURU_LEADER):
        subscribe(world, person)
    world.leave(LEADER)
    assert world.at(2026, 11, 20).run("send_digests") == 1
    assert world.people_told("digest") == [FURU_LEADER]


def test_a_deputy_gets_what_the_leader_has_while_they_stand_in(world: ClerkWorld) -> None:
    world.stand_in(LEADER, COLLEAGUE, date(2026, 11, 20), date(2026, 11, 20))
    subscribe(world, COLLEAGUE)
    assert world.at(2026, 11, 20).run("send_digests") == 1
    assert world.at(2026, 11, 23).run("send_digests") == 0


@pytest.mark.parametrize("person", [FURU_LEADER, "E1003", "E1004", PRIVACY_OFFICER, "E1001"])
@pytest.mark.parametrize(("weekday", "since"), [(None, date(2026, 11, 19)), (4, date(2026, 11, 13))])
def test_numbers_are_those_of_the_search(
    world: ClerkWorld, person: str, weekday: int | None, since: date
) -> None:
    subscribe(world, person, weekday=weekday)
    world.at(2026, 11, 20)
    world.file(FURU_NURSE, unit_id=FURU, severity=Severity.KRITISK)
    world.run("send_digests")
    values = world.only("digest", person).values
    search, actor = world.service.search, Actor(world.person(person), None, "web")
    recent = Days(first=since)

    def count(query: CaseQuery) -> int:
        return search.list(actor, query, 1000).total

    expected = {
        "open": count(CaseQuery(statuses=OPEN)),
        "new": count(CaseQuery(reported=recent)),
        "closed": count(CaseQuery(statuses=(Status.LUKKET,), closed=recent)),
        "overdue": count(CaseQuery(overdue=True)),
        "critical": count(CaseQuery(statuses=OPEN, severities=(Severity.KRITISK,))),
    }
    groups = search.count(actor, CaseQuery(Want.COUNT, reported=recent, group_by=Grouping.SUBTYPE)).rows
    urgent = search.list(actor, CaseQuery(statuses=OPEN), 3).cases
    for language in ("nb", "nn"):
        body = str(values[f"body_{language}"]).splitlines()
        wanted = [clerk_text("digest", name, language, count=number) for name, number in expected.items()]
        assert body[:5] == wanted
        if groups:
            names = ", ".join(label("subtype", row.key, language) for row in groups[:3])
            assert body[5] == clerk_text("digest", "most", language, subtypes=names)
        assert body[len(body) - len(urgent) :] == [f"{case.number} {case.title}" for case in urgent]


def test_after_a_weekend_the_days_off_are_in_it(world: ClerkWorld) -> None:
    subscribe(world, FURU_LEADER)
    world.at(2026, 11, 20, 20)
    world.file(FURU_NURSE, unit_id=FURU)
    world.at(2026, 11, 23).run("send_digests")
    values = world.only("digest", FURU_LEADER).values
    new = world.service.search.count(
        Actor(world.person(FURU_LEADER), None, "web"),
        CaseQuery(Want.COUNT, reported=Days(first=date(2026, 11, 20))),
    )
    assert new.total
    assert clerk_text("digest", "new", "nb", count=new.total) in str(values["body_nb"])


def test_both_languages_read_well(world: ClerkWorld) -> None:
    subscribe(world, FURU_LEADER)
    world.at(2026, 11, 20).run("send_digests")
    values = world.only("digest", FURU_LEADER).values
    bokmal, nynorsk = (render("digest", values, language).text for language in ("nb", "nn"))
    assert bokmal.startswith("Sammendrag for tiden siden forrige virkedag:\nÅpne saker: ")
    assert nynorsk.startswith("Samandrag for tida sidan førre yrkedag:\nOpne saker: ")
    assert "{" not in bokmal + nynorsk


def test_a_summary_that_fails_keeps_nobody_else_waiting(
    world: ClerkWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for person in ("E1003", FURU_LEADER):
        subscribe(world, person)
    real = clerk_digests.figures

    def broken(clerk: Clerk, person: Person, since: date) -> clerk_digests.Figures:
        if person.employee_id == "E1003":
            raise ValueError("Takheisen på rom 12")
        return real(clerk, person, since)

    monkeypatch.setattr(clerk_digests, "figures", broken)
    assert world.at(2026, 11, 20).run("send_digests") == 1
    assert world.people_told("digest") == [FURU_LEADER]
    assert "Takheisen" not in caplog.text
    assert "digest:E1003:2026-11-20: ValueError" in caplog.text
    monkeypatch.undo()
    assert world.at(2026, 11, 20, 8, 5).run("send_digests") == 1


def test_those_that_were_posted_are_not_counted_again(
    world: ClerkWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(world, FURU_LEADER)
    counted: list[str] = []
    real = clerk_digests.figures

    def counting(clerk: Clerk, person: Person, since: date) -> clerk_digests.Figures:
        counted.append(person.employee_id)
        return real(clerk, person, since)

    monkeypatch.setattr(clerk_digests, "figures", counting)
    for minute in (0, 5, 10):
        world.at(2026, 11, 20, 8, minute).run("send_digests")
    assert counted == [FURU_LEADER]


def test_one_has_one_subscription_at_most(world: ClerkWorld) -> None:
    subscribe(world, FURU_LEADER)
    subscribe(world, FURU_LEADER, weekday=2, hour=14)
    with world.sessions.begin() as session:
        kept = Subscriptions(session)
        assert kept.all() == [Subscription(FURU_LEADER, Frequency.WEEKLY, 2, 14)]
        assert kept.remove(FURU_LEADER)
        assert not kept.remove(FURU_LEADER)
        assert kept.all() == []
