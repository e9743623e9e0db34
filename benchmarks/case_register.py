"""The case register at size: how long people wait, how many reports it takes in, and what happens at once.

    .venv/bin/python benchmarks/case_register.py
    .venv/bin/python benchmarks/case_register.py --cases 20000 --units 100 --seconds 5 --databases sqlite
    .venv/bin/python benchmarks/case_register.py --databases postgresql://user@host/an_empty_database

Makes up a register (`made_up_register.py`) in an SQLite file and in a PostgreSQL server of its own, with
the settings that they have in use, and asks it as the bot does. At least 20 repetitions of every question.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial

import psutil  # type: ignore[import-untyped]
from made_up_register import ADVISER, NOW
from register_databases import ORIGIN_KEY, Register, opened
from sqlalchemy import func, select

from cases.case_work import Actor
from cases.categories import OPEN_STATUSES, Category, Kind, Severity
from cases.errors import ChangedMeanwhileError
from cases.model import NewReport
from cases.query import CaseQuery, Comparison, Days, Grouping, Order, Who
from cases.service import CaseService
from cases.tables import CaseNumberRow, CaseRow
from database.engine import make_engine, reading, session_factory

WRITERS, PROCESSES = 16, 4
STARTED_WITHIN_S = 12.0
MAX_SECONDS = 60
OPEN = CaseQuery(statuses=tuple(sorted(OPEN_STATUSES)))
THIS_YEAR = Days(date(2026, 1, 1), date(2027, 1, 1))
LISTS = {
    "open cases": OPEN,
    "newest this year": CaseQuery(reported=THIS_YEAR, order=Order.NEWEST),
    "overdue and severe": CaseQuery(overdue=True, severities=(Severity.HOY, Severity.KRITISK)),
    "a word anywhere": CaseQuery(text="medisin"),
}
COUNTS = {"count of open cases": OPEN} | {
    f"this year against the last, by {group}": CaseQuery(
        reported=THIS_YEAR, group_by=group, compare=Comparison.YEAR_BEFORE
    )
    for group in (Grouping.MONTH, Grouping.CATEGORY, Grouping.UNIT)
}
Ask = Callable[[], int | None]


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(prog="case_register.py")
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--units", type=int, default=400)
    parser.add_argument("--seconds", type=float, default=10, help=f"of each phase, at most {MAX_SECONDS}")
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"], metavar="NAME_OR_URL")
    options = parser.parse_args()
    seconds = min(options.seconds, MAX_SECONDS)
    for number, name in enumerate(options.databases):
        with opened(name, options.cases, options.units) as register:
            if number == 0:
                print("| database | what | n | p50 ms | p95 ms | p99 ms |  |")
                print("|---|---|--:|--:|--:|--:|---|")
            for line in measured(register, seconds):
                print(f"| {register.name} | {line} |", flush=True)


def measured(register: Register, seconds: float) -> Iterator[str]:
    """Every line of the table for one database."""
    began = memory_mb()
    for what, ask in questions(register):
        times, note = repeated(ask, seconds / 4)
        yield row(what, times, note)
    yield measure_filing(register, seconds)
    yield measure_acting(register, seconds)
    middle = memory_mb()
    for _what, ask in questions(register):  # once more, to see whether memory grows
        repeated(ask, seconds / 8)
    yield row("memory of this process", [], f"{began:.0f} MB, {middle:.0f} MB, {memory_mb():.0f} MB")


def questions(register: Register) -> Iterator[tuple[str, Ask]]:
    """What each kind of person asks; an answer is a number that is shown beside the times."""
    service, ward = register.service, register.ward
    for who, employee_id in (
        ("ward leader", f"L-{ward}"),
        ("sector leader", f"L-{register.places.sectors[0]}"),
        ("quality adviser", ADVISER),
    ):
        actor = register.actor(employee_id)
        for what, query in LISTS.items():
            yield f"{what}, {who}", partial(listed, service, actor, query)
        for what, query in COUNTS.items():
            yield f"{what}, {who}", partial(counted, service, actor, query)
    leader, employee = register.actor(f"L-{ward}"), register.actor(f"E-{ward}-0")
    yield "one case by number, ward leader", partial(looked_at, service, leader, number_in(register, ward))
    yield "own reports, employee", partial(reported, service, employee)
    own = CaseQuery(reporter=Who.ME, statuses=OPEN.statuses)
    yield "own open reports, employee", partial(listed, service, employee, own)


def listed(service: CaseService, actor: Actor, query: CaseQuery) -> int | None:
    """The first page of a list."""
    return service.search.list(actor, query, 10).total


def counted(service: CaseService, actor: Actor, query: CaseQuery) -> int | None:
    """A count, split as the query says."""
    return service.search.count(actor, query).total


def looked_at(service: CaseService, actor: Actor, number: str) -> int | None:
    """One case with its comments; the first look in an hour is written in its history."""
    return len(service.view(actor, number).comments)


def reported(service: CaseService, actor: Actor) -> int | None:
    """The latest of one's own reports."""
    return len(service.reported_in(actor.person, None, 10))


def repeated(ask: Ask, seconds: float) -> tuple[list[float], str]:
    """Seconds of each call, and the last answer."""
    answer = ask()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < 20 or (time.perf_counter() < end and len(times) < 500):
        began = time.perf_counter()
        answer = ask()
        times.append(time.perf_counter() - began)
    return times, f"{answer} found"


def measure_filing(register: Register, seconds: float) -> str:
    """Reports of many writers at once; checks that the year's numbers have neither gaps nor doubles.

    The writers are threads of a few processes, as in production with several action servers.
    """
    url = register.engine.url.render_as_string(hide_password=False)
    wards = [register.places.wards[writer % 8] for writer in range(WRITERS)]
    share = WRITERS // PROCESSES
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        begin = time.time() + STARTED_WITHIN_S
        started = [
            pool.submit(file_reports, url, wards, range(first, first + share), begin, seconds)
            for first in range(0, WRITERS, share)
        ]
        times = [each for done in started for each in done.result()]
    check_numbers(register, len(times))
    return row(f"filing, {WRITERS} at once", times, f"{len(times) / seconds:.0f} cases/s, no gap, no double")


def file_reports(url: str, wards: list[str], writers: range, begin: float, seconds: float) -> list[float]:
    """File as some of the writers, in a process of their own; the time of each filing in seconds."""
    engine = make_engine(url)
    service = CaseService(session_factory(engine), lambda: NOW, ORIGIN_KEY)

    def work(writer: int) -> list[float]:
        times: list[float] = []
        while time.time() < begin + seconds:
            report = new_report(f"{writer:032x}", f"b-{writer}-{len(times)}", wards[writer])
            began = time.perf_counter()
            service.file(report)
            times.append(time.perf_counter() - began)
        return times

    time.sleep(max(0.0, begin - time.time()))
    with ThreadPoolExecutor(len(writers)) as pool:
        times = [each for done in pool.map(work, writers) for each in done]
    engine.dispose()
    return times


def measure_acting(register: Register, seconds: float) -> str:
    """A leader and an adviser act on the same version of a case at once: one of them must be told."""
    ward = register.ward
    number = number_in(register, ward)
    times: list[float] = []

    def act(actor: Actor) -> int:
        began = time.perf_counter()
        try:
            register.service.handling.note(actor, number, "Sett på saken.")
        except ChangedMeanwhileError:
            return 1
        finally:
            times.append(time.perf_counter() - began)
        return 0

    end, told, rounds = time.perf_counter() + seconds, 0, 0
    with ThreadPoolExecutor(2) as pool:
        while time.perf_counter() < end and rounds < 500:
            with reading(register.sessions) as session:
                version = session.scalars(select(CaseRow.version).where(CaseRow.number == number)).one()
            actors = [register.actor(who, version) for who in (f"L-{ward}", ADVISER)]
            told += sum(pool.map(act, actors))
            rounds += 1
    if told != rounds:
        raise SystemExit(f"{rounds} times two acted on one version, but {told} were told")
    return row("acting, 2 on one version", times, f"{rounds} times one was told that it had changed")


def check_numbers(register: Register, filed: int) -> None:
    """Stop if the year's numbers are not 1, 2, ... up to the last one given out."""
    with reading(register.sessions) as session:
        given = session.scalars(select(CaseRow.number).where(CaseRow.number > "2026-"))
        numbers = sorted(int(number[5:]) for number in given)
        last = session.scalars(select(CaseNumberRow.last_number).where(CaseNumberRow.year == 2026)).one()
        new = session.scalar(select(func.count()).where(CaseRow.draft_id.startswith("b-")))
    if numbers != list(range(1, last + 1)) or new != filed:
        raise SystemExit(f"{filed} filed, {new} stored, {len(numbers)} numbers up to {last}")


def number_in(register: Register, unit_id: str) -> str:
    """An open case of a unit."""
    query = select(CaseRow.number).where(
        CaseRow.unit_id == unit_id, CaseRow.status.in_(OPEN_STATUSES), CaseRow.sensitive.is_(False)
    )
    with reading(register.sessions) as session:
        return session.scalars(query.order_by(CaseRow.number).limit(1)).one()


def new_report(conversation_id: str, draft_id: str, unit_id: str) -> NewReport:
    """A report as the bot files it."""
    return NewReport(
        draft_id=draft_id, conversation_id=conversation_id, channel="web", kind=Kind.DEVIATION,
        category=Category.TJENESTE, subtype="bemanning", severity=Severity.MIDDELS,
        description="Vi var to på vakt i stedet for fire. Ingen rakk å gi alle kveldsmat i tide.",
        unit_id=unit_id, place="Avdelingen", occurred_at=NOW - timedelta(hours=20),
        occurred_text="i går kveld", reporter_id=None, anonymous=True,
    )  # fmt: skip


def row(what: str, times: list[float], note: str) -> str:
    """A line of the table; times in seconds."""
    if not times:
        return f"{what} | | | | | {note}"
    points = statistics.quantiles(times, n=100)
    marks = " | ".join(f"{1000 * points[place]:.1f}" for place in (49, 94, 98))
    return f"{what} | {len(times)} | {marks} | {note}"


def memory_mb() -> float:
    """Resident memory of this process."""
    return float(psutil.Process().memory_info().rss) / 1e6


if __name__ == "__main__":
    main()
