"""Filing is exactly once, and numbers have no gaps, whatever races, fails or is killed."""

import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from itertools import count
from multiprocessing.process import BaseProcess
from threading import Barrier

import pytest
from case_world import KEY, import_organisation, make_report
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError

from cases.case_work import Actor
from cases.categories import Severity, Status
from cases.errors import InvalidReportError
from cases.model import Case
from cases.service import CaseService
from cases.tables import CaseRow
from database.clock import utc_now
from database.engine import SessionFactory, make_engine, reading, session_factory
from organisation.directory import Directory
from outbox.tables import OutboxRow

NOW = datetime(2026, 11, 20, 6, 12, tzinfo=UTC)
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def url(database_url: str) -> str:
    return database_url


@pytest.fixture
def sessions(sessions: SessionFactory) -> SessionFactory:
    import_organisation(sessions)
    return sessions


@pytest.fixture
def service(sessions: SessionFactory) -> CaseService:
    return CaseService(sessions, lambda: NOW, origin_key=KEY)


def open_conversation(sessions: SessionFactory, employee_id: str | None, external_id: str = "1") -> str:
    with sessions.begin() as session:
        return Directory(session).open_conversation("web", f"{employee_id}-{external_id}", employee_id)


def stored_numbers(sessions: SessionFactory) -> list[str]:
    with reading(sessions) as session:
        return list(session.scalars(select(CaseRow.number).order_by(CaseRow.number)))


def stored_drafts(sessions: SessionFactory) -> list[str]:
    with reading(sessions) as session:
        return [draft for draft in session.scalars(select(CaseRow.draft_id)) if draft]


def gapless(last: int, year: int = 2026) -> list[str]:
    return [f"{year}-{number:05d}" for number in range(1, last + 1)]


def file_many(url: str, conversation_id: str, prefix: str, wanted: int) -> None:
    """Run in a process of its own: file reports until there are enough, for ever when `wanted` is 0."""
    engine = make_engine(url)
    service = CaseService(session_factory(engine), utc_now, origin_key=KEY)
    for index in count(1):
        service.file(make_report(conversation_id, f"{prefix}-{index}"))
        if index == wanted:
            break
    engine.dispose()


def start_filing(url: str, conversation_id: str, prefix: str, wanted: int) -> BaseProcess:
    process = SPAWN.Process(target=file_many, args=(url, conversation_id, prefix, wanted), daemon=True)
    process.start()
    return process


def test_a_filed_case_is_complete_and_read_back_the_same(
    sessions: SessionFactory, service: CaseService
) -> None:
    conversation_id = open_conversation(sessions, "E1019")
    filed = service.file(make_report(conversation_id, reporter_id="E1019"))
    assert filed.number == "2026-00001"
    assert filed.title == "Skled på isen utenfor basen"
    assert filed.status is Status.NY
    assert filed.assignee_id == "E1017"
    assert filed.due_date == date(2026, 12, 11)
    assert filed.reported_at == NOW
    with sessions() as session:
        reporter = Directory(session).person("E1019")
    view = service.view(Actor(reporter, None, "web"), "2026-00001")
    assert view.case == filed
    assert filed.version == 1
    assert filed.reported_on == date(2026, 11, 20)


def test_the_same_draft_is_the_same_case_unchanged(sessions: SessionFactory, service: CaseService) -> None:
    conversation_id = open_conversation(sessions, None)
    first = service.file(make_report(conversation_id))
    again = service.file(make_report(conversation_id, description="Noe helt annet", severity=Severity.LAV))
    assert again == first
    other = service.file(make_report(open_conversation(sessions, None, "2")))
    assert other.number == "2026-00002"
    assert stored_numbers(sessions) == gapless(2)


@pytest.mark.parametrize(
    ("unit_id", "reporter_id", "assignee_id"),
    [
        ("HO-HJT-NOR", "E1019", "E1017"),
        ("HO-HJT-NOR", "E1017", "E1016"),  # The leader's own report goes one up,
        ("HO", "E1003", "E1001"),
        ("KD", "E1001", None),  # and at the top there is nobody.
        (None, "E1019", None),
    ],
)
def test_a_case_goes_to_the_leader_of_the_unit(
    sessions: SessionFactory,
    service: CaseService,
    unit_id: str | None,
    reporter_id: str,
    assignee_id: str | None,
) -> None:
    conversation_id = open_conversation(sessions, reporter_id)
    case = service.file(make_report(conversation_id, unit_id=unit_id, reporter_id=reporter_id))
    assert case.assignee_id == assignee_id


def test_an_anonymous_report_stores_no_reporter_and_does_not_point_one_out(
    sessions: SessionFactory, service: CaseService
) -> None:
    conversation_id = open_conversation(sessions, "E1017")
    case = service.file(make_report(conversation_id, reporter_id="E1017", anonymous=True))
    assert (case.reporter_id, case.anonymous, case.assignee_id) == (None, True, "E1017")
    with reading(sessions) as session:
        assert session.scalar(select(CaseRow.reporter_id)) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("unit_id", "NOPE"), ("conversation_id", "f" * 32), ("reporter_id", "E1001"), ("reporter_id", "E9999")],
)
def test_a_report_that_points_to_nothing_or_to_another_person_is_refused(
    sessions: SessionFactory, service: CaseService, field: str, value: str
) -> None:
    changes: dict[str, object] = {"conversation_id": open_conversation(sessions, "E1019"), field: value}
    with pytest.raises(InvalidReportError) as caught:
        service.file(make_report(**changes))  # type: ignore[arg-type]
    assert caught.value.field == field
    assert stored_numbers(sessions) == []


def test_threads_file_without_gaps_or_lock_errors(sessions: SessionFactory, service: CaseService) -> None:
    conversation_ids = [open_conversation(sessions, None, str(index)) for index in range(8)]
    start = Barrier(8)

    def work(conversation_id: str) -> list[str]:
        start.wait()
        return [service.file(make_report(conversation_id, str(index))).number for index in range(25)]

    with ThreadPoolExecutor(8) as pool:
        numbers = [number for done in pool.map(work, conversation_ids) for number in done]
    assert sorted(numbers) == gapless(200) == stored_numbers(sessions)


def test_processes_file_without_gaps_or_lock_errors(url: str, sessions: SessionFactory) -> None:
    conversation_id = open_conversation(sessions, None)
    processes = [start_filing(url, conversation_id, f"p{index}", 25) for index in range(3)]
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    numbers = stored_numbers(sessions)
    assert numbers == gapless(75, year=utc_now().year)


def test_one_draft_filed_by_racing_threads_is_one_case(
    sessions: SessionFactory, service: CaseService
) -> None:
    conversation_id = open_conversation(sessions, None)
    start = Barrier(8)

    def work(_index: int) -> Case:
        start.wait()
        return service.file(make_report(conversation_id))

    with ThreadPoolExecutor(8) as pool:
        cases = list(pool.map(work, range(8)))
    assert all(case == cases[0] for case in cases)
    assert stored_numbers(sessions) == gapless(1)


def test_the_year_turns_at_midnight_in_norway(sessions: SessionFactory) -> None:
    conversation_id = open_conversation(sessions, None)
    moments = [datetime(2026, 12, 31, 22, 30, tzinfo=UTC), datetime(2026, 12, 31, 23, 30, tzinfo=UTC), NOW]
    now = moments[0]
    service = CaseService(sessions, lambda: now, origin_key=KEY)
    numbers = []
    for now in moments:
        numbers.append(service.file(make_report(conversation_id, f"d{now.isoformat()}")).number)
    assert numbers == ["2026-00001", "2027-00001", "2026-00002"]


def test_a_filing_that_fails_after_its_number_leaves_no_gap(
    sessions: SessionFactory, service: CaseService
) -> None:
    conversation_id = open_conversation(sessions, None)
    service.file(make_report(conversation_id, "before"))
    taken: list[int] = []

    def fail(_mapper: object, connection: object, _row: object) -> None:
        with sessions.kw["bind"].connect().execution_options(sifra_reading=True) as other:
            assert other.execute(text("SELECT last_number FROM case_number_series")).scalar_one() == 1
        taken.append(connection.execute(text("SELECT last_number FROM case_number_series")).scalar_one())  # type: ignore[attr-defined]
        raise RuntimeError("the disk is full")

    event.listen(CaseRow, "before_insert", fail)
    try:
        with pytest.raises(RuntimeError, match="disk"):
            service.file(make_report(conversation_id, "during"))
    finally:
        event.remove(CaseRow, "before_insert", fail)
    assert taken == [2]
    assert service.file(make_report(conversation_id, "after")).number == "2026-00002"
    assert stored_numbers(sessions) == gapless(2)


def test_an_insert_that_the_database_refuses_leaves_no_gap(
    sessions: SessionFactory, service: CaseService
) -> None:
    conversation_id = open_conversation(sessions, None)
    with sessions.begin() as session:
        session.execute(text("CREATE UNIQUE INDEX refuse ON cases (draft_id)"))
    service.file(make_report(conversation_id, "taken"))
    other_id = open_conversation(sessions, None, "2")
    with pytest.raises(IntegrityError):
        service.file(make_report(other_id, "taken"))
    assert service.file(make_report(other_id, "good")).number == "2026-00002"


def test_killed_processes_leave_no_gap_and_no_lock(url: str, sessions: SessionFactory) -> None:
    conversation_id = open_conversation(sessions, None)
    processes = [start_filing(url, conversation_id, f"p{index}", 0) for index in range(3)]
    for index, process in enumerate(processes):
        deadline = time.monotonic() + 120
        while sum(draft.startswith(f"p{index}-") for draft in stored_drafts(sessions)) < 5:
            assert process.is_alive(), "the process ended by itself"
            assert time.monotonic() < deadline, "nothing was filed"
            time.sleep(0.003)
        process.kill()
        process.join(10)
        assert process.exitcode == -9
    service = CaseService(sessions, utc_now, origin_key=KEY)
    last = service.file(make_report(conversation_id, "after"))
    numbers = stored_numbers(sessions)
    assert numbers == gapless(len(numbers), year=utc_now().year)
    assert numbers[-1] == last.number
    assert len(set(stored_drafts(sessions))) == len(numbers)
    if url.startswith("sqlite"):
        with reading(sessions) as session:
            assert session.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"


def test_a_named_report_does_not_give_an_anonymous_one_of_the_same_conversation_away(
    sessions: SessionFactory, service: CaseService
) -> None:
    conversation_id = open_conversation(sessions, "E1019")
    named = [service.file(make_report(conversation_id, draft, reporter_id="E1019")) for draft in ("a", "b")]
    nameless = service.file(make_report(conversation_id, "c", reporter_id="E1019", anonymous=True))
    assert len({case.origin for case in (*named, nameless)}) == 3
    assert service.filed_as(conversation_id, "a") == named[0]
    assert service.file(make_report(conversation_id, "b", reporter_id="E1019")) == named[1]


def test_a_case_that_nobody_handles_is_told_to_the_quality_advisers(
    sessions: SessionFactory, service: CaseService
) -> None:
    case = service.file(make_report(open_conversation(sessions, None), unit_id=None))
    assert case.assignee_id is None
    with reading(sessions) as session:
        told = set(session.scalars(select(OutboxRow.person_id).where(OutboxRow.template == "new_case")))
    assert told == {"E1004", "E1065"}
