"""Each job tells the same once: run twice, by two clerks at once, or again after it failed half-way."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from itertools import count
from threading import Barrier

import pytest
from case_world import COLLEAGUE, LEADER, REPORTER
from clerk_world import FURU, FURU_LEADER, FURU_NURSE, clerk_world
from databases import Databases

from cases import clerk
from cases.categories import Category, Severity
from cases.clerk import jobs
from cases.subscriptions import Frequency, Subscription, Subscriptions
from database.engine import make_engine, session_factory
from outbox.notice import Notice
from outbox.outbox import Outbox
from outbox.pictures import PictureStore

MORNING = (2026, 12, 1, 8, 45)
SERIES = (2026, 11, 20, 6, 30)  # when those of the sample are found
PNG = b"\x89PNG\r\n\x1a\n"
TELLING = sorted(set(jobs()) - {"tidy"})


def moment_of(job: str) -> tuple[int, ...]:
    return SERIES if job == "find_trends" else MORNING


@pytest.fixture(scope="module")
def busy_database(databases: Databases, migrated_database: str) -> Iterator[str]:
    url = databases.copy_of(migrated_database)
    with clerk_world(url, with_cases=True) as world:
        world.at(2026, 10, 1, 12)
        chat = world.open_conversation(LEADER)
        PictureStore(world.sessions, lambda: world.now).put(chat, PNG, PNG, "Saker per uke")
        world.at(2026, 11, 29, 12)
        world.file(REPORTER, category=Category.INFORMASJONSSIKKERHET, subtype="feilsendt")
        number = world.file(REPORTER, draft_id="d2").number
        leader = world.actor(LEADER)
        world.handling.add_measure(leader, number, "Strø oftere", COLLEAGUE, date(2026, 12, 2))
        world.handling.set_deadline(leader, number, date(2026, 12, 2))
        world.at(2026, 12, 1, 6)
        for draft in ("d1", "d2"):
            world.file(FURU_NURSE, draft_id=draft, unit_id=FURU, severity=Severity.KRITISK)
        with world.sessions.begin() as session:
            for person in (FURU_LEADER, LEADER, "E1004"):
                Subscriptions(session).put(Subscription(person, Frequency.DAILY, None, 8))
        for draft in ("d3", "d4"):
            world.handling.assign(leader, world.file(REPORTER, draft_id=draft).number, "E1020")
        world.leave("E1020")
    yield url
    databases.drop(url)


@pytest.fixture
def url(databases: Databases, busy_database: str) -> Iterator[str]:
    url = databases.copy_of(busy_database)
    yield url
    databases.drop(url)


@pytest.fixture(scope="module")
def expected(databases: Databases, busy_database: str) -> dict[str, set[tuple[str, str, str | None, str]]]:
    """What each job tells when it runs once, undisturbed."""
    found = {}
    for job in TELLING:
        url = databases.copy_of(busy_database)
        with clerk_world(url, with_cases=None) as world:
            before = world.posted()
            world.at(*moment_of(job)).run(job)
            found[job] = world.posted() - before
        databases.drop(url)
    return found


Expected = dict[str, set[tuple[str, str, str | None, str]]]


@pytest.mark.parametrize("job", TELLING)
def test_twice_tells_as_once(url: str, expected: Expected, job: str) -> None:
    with clerk_world(url, with_cases=None) as world:
        before = world.posted()
        world.at(*moment_of(job))
        assert world.run(job) > 0
        assert world.run(job) == 0
        world.wait(minutes=10)
        assert world.run(job) == 0
        assert len(expected[job]) > 1
        assert world.posted() - before == expected[job]
        world.assert_whole()


@pytest.mark.parametrize("job", TELLING)
def test_two_clerks_at_once_tell_as_one(url: str, expected: Expected, job: str) -> None:
    with clerk_world(url, with_cases=None) as world:
        before = world.posted()
        first = world.at(*moment_of(job)).clerk
        engine = make_engine(url)
        second = replace(first, sessions=session_factory(engine))
        barrier = Barrier(2)

        def work(one: clerk.Clerk) -> int:
            barrier.wait(10)
            return jobs()[job](one)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(work, (first, second)))
        engine.dispose()
        assert world.posted() - before == expected[job]
        world.assert_whole()


@pytest.mark.parametrize("job", TELLING)
@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_after_a_failure_half_way_the_rest_is_told_and_nothing_twice(
    url: str, expected: Expected, job: str, fails_at: int, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    posts, post = count(1), Outbox.post

    def unsteady(outbox: Outbox, notice: Notice) -> bool:
        if next(posts) == fails_at:
            raise OSError("Takheisen på rom 12")
        return post(outbox, notice)

    with clerk_world(url, with_cases=None) as world:
        before = world.posted()
        clerk.configure(world.at(*moment_of(job)).clerk)
        with monkeypatch.context() as broken:
            broken.setattr(Outbox, "post", unsteady)
            clerk.run(job)
        assert "Takheisen" not in caplog.text
        if len(expected[job]) >= fails_at:
            assert "OSError" in caplog.text
        world.wait(minutes=10)
        clerk.run(job)
        assert {row[:3] for row in world.posted() - before} == {row[:3] for row in expected[job]}
        world.assert_whole()


def test_old_charts_go_and_stay_gone(url: str) -> None:
    with clerk_world(url, with_cases=None) as world:
        world.at(2026, 10, 31, 11, 59)
        assert world.run("tidy") == 0
        world.at(2026, 11, 1, 12)
        assert [world.run("tidy") for _ in range(2)] == [1, 0]


def test_a_job_before_the_clerk_is_configured_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clerk, "_clerk", None)
    with pytest.raises(clerk.NotConfiguredError):
        clerk.run("tidy")
