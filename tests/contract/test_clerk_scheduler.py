"""The clerk's times survive the process: missed runs are made up for, and a real process starts again."""

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import httpx
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from apscheduler.triggers.cron import CronTrigger
from clerk_world import FURU, FURU_NURSE, clerk_world
from fastapi.testclient import TestClient
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import OperationalError

from cases import clerk, clerk_server
from cases.calendar import OSLO
from cases.categories import Severity
from cases.clerk_server import TIMES, ClerkScheduler, create_app, make_scheduler
from database.engine import make_engine
from database.migrations.rooms import is_ours, load_metadata

ROOT = Path(__file__).parents[2]
CANARY = "kanarifuglen Åse falt i dusjen"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def scheduler_in(engine: Engine) -> Iterator[Callable[[], ClerkScheduler]]:
    made: list[ClerkScheduler] = []

    def make() -> ClerkScheduler:
        made.append(make_scheduler(engine))
        return made[-1]

    yield make
    for scheduler in made:
        if scheduler.state:
            scheduler.shutdown(wait=False)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Jobs that were run, in place of running them."""
    names: list[str] = []
    counting = {name: lambda _, name=name: names.append(name) or 0 for name in TIMES}
    monkeypatch.setattr(clerk, "_clerk", object())
    monkeypatch.setattr(clerk, "jobs", lambda: counting)
    return names


def wait_for(condition: Callable[[], bool], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "in vain"
        time.sleep(0.02)


def test_every_job_has_times_and_every_time_a_job() -> None:
    assert set(TIMES) == set(clerk.jobs())


def test_next_times_are_kept(scheduler_in: Callable[[], ClerkScheduler]) -> None:
    first = scheduler_in()
    times = {job.id: job.next_run_time for job in first.get_jobs()}
    assert set(times) == set(TIMES)
    assert all(moment > datetime.now(OSLO) for moment in times.values())
    first.shutdown()
    assert {job.id: job.next_run_time for job in scheduler_in().get_jobs()} == times


def test_what_was_missed_many_times_is_done_once_at_the_start(
    scheduler_in: Callable[[], ClerkScheduler], ran: list[str]
) -> None:
    before = scheduler_in()
    for name in ("escalate_unread", "tidy"):
        before.modify_job(name, next_run_time=datetime.now(OSLO) - timedelta(days=3))
    before.shutdown()
    after = scheduler_in()
    assert ran == []
    after.resume()
    wait_for(lambda: {"escalate_unread", "tidy"} <= set(ran))
    time.sleep(0.3)
    assert sorted(ran) == ["escalate_unread", "tidy"]
    assert all(job.next_run_time > datetime.now(OSLO) for job in after.get_jobs())


def test_changed_times_are_taken_over_and_removed_jobs_go(
    scheduler_in: Callable[[], ClerkScheduler], monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler_in().shutdown()
    changed = {name: times for name, times in TIMES.items() if name != "remind"}
    monkeypatch.setattr(clerk_server, "TIMES", {**changed, "tidy": {"minute": "*"}})
    jobs = {job.id: job for job in scheduler_in().get_jobs()}
    assert set(jobs) == set(changed)
    assert jobs["tidy"].next_run_time <= datetime.now(OSLO) + timedelta(minutes=1)
    assert str(jobs["tidy"].trigger) == str(CronTrigger(minute="*"))


def test_what_was_missed_is_done_before_changed_times_begin(
    scheduler_in: Callable[[], ClerkScheduler], ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = scheduler_in()
    before.modify_job("tidy", next_run_time=datetime.now(OSLO) - timedelta(hours=5))
    before.shutdown()
    monkeypatch.setattr(clerk_server, "TIMES", {**TIMES, "tidy": {"hour": "4", "minute": "4"}})
    after = scheduler_in()
    after.resume()
    wait_for(lambda: "tidy" in ran)
    wait_for(lambda: after.get_job("tidy").next_run_time.hour == 4)


def test_clerks_that_start_together_share_one_table(database_url: str) -> None:
    barrier = Barrier(3)

    def start(_: int) -> int:
        engine = make_engine(database_url)
        barrier.wait(10)
        scheduler = make_scheduler(engine)
        count = len(scheduler.get_jobs())
        scheduler.shutdown()
        engine.dispose()
        return count

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(start, range(3))) == [len(TIMES)] * 3


def test_its_table_is_none_of_the_migrations(
    engine: Engine, scheduler_in: Callable[[], ClerkScheduler]
) -> None:
    scheduler_in()
    assert "apscheduler_jobs" in inspect(engine).get_table_names()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_ours})
        assert compare_metadata(context, load_metadata()) == []


def test_a_database_that_is_away_for_a_while_does_not_stop_the_clerk(
    scheduler_in: Callable[[], ClerkScheduler], ran: list[str], monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    monkeypatch.setattr(clerk_server, "_RETRY_S", 0.05)
    scheduler = scheduler_in()
    (store,) = scheduler._jobstores.values()

    def away(*_: object) -> None:
        raise OperationalError("UPDATE", {}, OSError(CANARY))

    scheduler.modify_job("tidy", next_run_time=datetime.now(OSLO) - timedelta(seconds=1))
    with monkeypatch.context() as broken:
        broken.setattr(store, "update_job", away)
        scheduler.resume()
        wait_for(lambda: "could not look for jobs: OperationalError" in caplog.text)
    wait_for(lambda: scheduler.get_job("tidy").next_run_time > datetime.now(OSLO))
    assert scheduler.is_at_work()
    assert "tidy" in ran
    assert CANARY not in caplog.text


def test_a_job_that_fails_is_logged_without_its_text_and_stops_no_other(
    scheduler_in: Callable[[], ClerkScheduler], ran: list[str], monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    def fails(_: object) -> int:
        raise ValueError(CANARY)

    jobs = clerk.jobs()
    monkeypatch.setattr(clerk, "jobs", lambda: {**jobs, "remind": fails})
    scheduler = scheduler_in()
    with caplog.at_level(logging.INFO):
        for name in ("remind", "tidy"):
            scheduler.modify_job(name, next_run_time=datetime.now(OSLO) - timedelta(seconds=1))
        scheduler.resume()
        wait_for(lambda: "tidy" in ran and "remind failed: ValueError" in caplog.text)
    assert CANARY not in caplog.text
    assert scheduler.is_at_work()
    assert scheduler.get_job("remind").next_run_time > datetime.now(OSLO)


def test_health_tells_whether_jobs_will_be_started(scheduler_in: Callable[[], ClerkScheduler]) -> None:
    scheduler = scheduler_in()
    app = create_app(scheduler)
    assert TestClient(app).get("/health").status_code == 503
    with TestClient(app) as client:
        answer = client.get("/health")
        assert (answer.status_code, answer.json()) == (200, {"ready": True})
    assert not scheduler.running


def test_the_process_starts_again_after_a_kill_and_ends_in_a_second(
    database_url: str, tmp_path: Path
) -> None:
    with clerk_world(database_url, with_cases=True) as world:
        world.now = datetime.now(OSLO) - timedelta(hours=1)
        world.file(FURU_NURSE, unit_id=FURU, severity=Severity.KRITISK, description=CANARY)
    with contextlib.closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "clerk.log"
    process = start_process(database_url, port, log)
    try:
        wait_for(lambda: is_ready(port), 60)
        process.kill()
        process.wait(10)
        make_overdue(database_url)
        process = start_process(database_url, port, log)
        wait_for(lambda: is_ready(port), 60)
        with clerk_world(database_url, with_cases=None) as world:
            wait_for(lambda: bool(world.rows("critical_case_unread")), 30)
        process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        process.wait(10)
        assert time.monotonic() - begun < 1.5
    finally:
        process.kill()
        process.wait(10)
    written = log.read_text("utf-8")
    assert "escalate_unread: 1" in written
    assert "kanarifuglen" not in written
    assert "failed" not in written
    assert "Traceback" not in written


def make_overdue(url: str) -> None:
    """Set the next time of a job into the past, as if the clerk had been away."""
    engine = make_engine(url)
    scheduler = make_scheduler(engine)
    scheduler.modify_job("escalate_unread", next_run_time=datetime.now(OSLO) - timedelta(hours=2))
    scheduler.shutdown()
    engine.dispose()


def start_process(url: str, port: int, log: Path) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "SIFRA_DATABASE_URL": url,
        "SIFRA_CLERK_PORT": str(port),
        "SIFRA_ORIGIN_KEY": "a key for tests",
    }
    with log.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "cases.clerk_server"], cwd=ROOT, env=environment, stdout=file, stderr=file
        )


def is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
