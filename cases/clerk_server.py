"""The clerk: the process that reminds, sums up, escalates and looks for trends.

    python -m cases.clerk_server

When each job runs is kept in the database, so that what was due while the process was away is done once
when it is back. Each job may run twice or late: what it posts has a key of its own, so nobody is told twice.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import stamina
import uvicorn
from apscheduler.job import Job  # type: ignore[import-untyped]
from apscheduler.jobstores.base import JobLookupError  # type: ignore[import-untyped]
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore  # type: ignore[import-untyped]
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]
from apscheduler.schedulers.base import STATE_RUNNING, STATE_STOPPED  # type: ignore[import-untyped]
from apscheduler.triggers.cron import CronTrigger  # type: ignore[import-untyped]
from fastapi import FastAPI, Response, status
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, ProgrammingError

from cases import clerk
from cases.calendar import OSLO
from cases.clerk_settings import ClerkSettings
from database.engine import make_engine

# Minute, hour and day of week as in cron, in Norwegian time. What comes once a day or less gets more than one
# try: the second does nothing if the first did its work.
TIMES: dict[str, dict[str, str]] = {
    "escalate_unread": {"minute": "*"},
    "send_digests": {"minute": "*/5"},
    "watch_breaches": {"minute": "*/15"},
    "move_cases_of_leavers": {"minute": "10"},
    "remind": {"hour": "7-16", "minute": "5", "day_of_week": "mon-fri"},
    "find_trends": {"hour": "6-8", "minute": "30"},
    "tell_recurrences": {"hour": "7-9", "minute": "40", "day_of_week": "mon-fri"},
    "tidy": {"hour": "3", "minute": "20"},
}
_RETRY_S = 10.0
_log = logging.getLogger(__name__)


class ClerkScheduler(BackgroundScheduler):  # type: ignore[misc]
    """APScheduler's, mended in two places.

    - Its thread ends for good when it cannot store a next time, as when the database is away. This one tries.
    - It looks for jobs once more when it has been shut down. What is due then is not run, but counts as done.
    """

    def _process_jobs(self) -> float | None:
        if self.state == STATE_STOPPED:
            return None
        try:
            seconds: float | None = super()._process_jobs()
        except Exception as error:  # noqa: BLE001  the edge of a thread
            _log.error("the scheduler could not look for jobs: %s", type(error).__name__)
            return _RETRY_S
        return seconds

    def is_at_work(self) -> bool:
        """Whether jobs will be started when their time comes."""
        return self.state == STATE_RUNNING and self._thread is not None and self._thread.is_alive()


def make_scheduler(engine: Engine) -> ClerkScheduler:
    """Make the scheduler with all jobs, paused; those that it kept from before keep a time that they missed.

    It makes its table `apscheduler_jobs` itself; no migration knows it. A job's state is kept pickled there:
    `cases.clerk:run`, the name of a job and its times. This is our own database and nothing else writes
    there; whoever else could write there could run code here.
    """
    store = SQLAlchemyJobStore(engine=engine)
    _make_table(store)
    scheduler = ClerkScheduler(
        jobstores={"default": store},
        timezone=OSLO,
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    scheduler.start(paused=True)
    kept: dict[str, Job] = {job.id: job for job in scheduler.get_jobs()}
    for name, times in TIMES.items():
        _schedule(scheduler, name, CronTrigger(**times, timezone=OSLO), kept.get(name))
    for name in kept.keys() - TIMES:
        with suppress(JobLookupError):  # another clerk was quicker
            scheduler.remove_job(name)
    return scheduler


@stamina.retry(on=(IntegrityError, ProgrammingError), attempts=3)
def _make_table(store: SQLAlchemyJobStore) -> None:
    # On PostgreSQL clerks that start together may both find that it is not there; the second try sees it.
    store.jobs_t.create(store.engine, checkfirst=True)


def _schedule(scheduler: ClerkScheduler, name: str, trigger: CronTrigger, kept: Job | None) -> None:
    if kept is None:
        # `replace_existing`: another clerk may add it at the same moment.
        scheduler.add_job(clerk.run, trigger, args=[name], id=name, name=name, replace_existing=True)
    elif str(kept.trigger) != str(trigger):
        if kept.next_run_time is not None and kept.next_run_time <= datetime.now(OSLO):
            scheduler.modify_job(name, trigger=trigger)  # what was missed is done first
        else:
            scheduler.reschedule_job(name, trigger=trigger)


def create_app(scheduler: ClerkScheduler) -> FastAPI:
    """Return the application that tells whether the clerk is at work."""

    @asynccontextmanager
    async def at_work(_app: FastAPI) -> AsyncIterator[None]:
        scheduler.resume()
        yield
        # What is under way is cut off: jobs work in transactions, and nobody waits for them to stop.
        scheduler.shutdown(wait=False)

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=at_work)

    @app.get("/health")
    def health(response: Response) -> dict[str, bool]:
        ready = scheduler.is_at_work()
        if not ready:
            response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
        return {"ready": ready}

    return app


def main() -> None:
    """Work until stopped."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    settings = ClerkSettings()
    engine = make_engine(settings.database_url)
    clerk.configure(clerk.build(engine, settings))
    app = create_app(make_scheduler(engine))
    uvicorn.run(
        app, host="127.0.0.1", port=settings.clerk_port, log_level="warning", access_log=False, workers=1
    )


if __name__ == "__main__":
    main()
