"""Reading, lists and the import of the sample register: the database grants what the policy grants."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from case_world import KEY
from databases import Databases
from sqlalchemy import select, true
from sqlalchemy.orm import Session

from cases.calendar import oslo_date
from cases.case_work import Actor
from cases.categories import OPEN_STATUSES, Category, Kind, Severity, Status
from cases.errors import CaseImportError, CaseNotFoundError, NotALeaderError
from cases.model import Case, CasePage, NewReport
from cases.query import CaseQuery
from cases.repository import CaseRepository
from cases.sample_import import import_cases
from cases.service import CaseService
from cases.tables import CaseNumberRow, CaseRow
from database.engine import SessionFactory, make_engine, reading, session_factory
from organisation.csv_import import import_csv
from organisation.directory import Directory
from organisation.model import Person

SAMPLE = Path(__file__).parents[2] / "sample"
CASES = SAMPLE / "cases" / "cases.jsonl"
NOW = datetime(2026, 11, 20, 6, 12, tzinfo=UTC)
EVERYTHING = 1_000
OPEN = CaseQuery(statuses=tuple(sorted(OPEN_STATUSES)))


@dataclass(frozen=True)
class Register:
    """The sample register and who asks of it."""

    sessions: SessionFactory
    service: CaseService
    people: dict[str, Person]

    def actor(self, employee_id: str | None, conversation_id: str | None = None) -> Actor:
        return Actor(self.people[employee_id] if employee_id else None, conversation_id, "web")

    def read(self, employee_id: str | None, number: str, conversation_id: str | None = None) -> Case:
        return self.service.view(self.actor(employee_id, conversation_id), number).case

    def open_cases(self, employee_id: str | None, limit: int = EVERYTHING, offset: int = 0) -> CasePage:
        return self.service.search.list(self.actor(employee_id), OPEN, limit, offset)


@pytest.fixture(scope="module")
def sample_database(databases: Databases, migrated_database: str) -> str:
    url = databases.copy_of(migrated_database)
    engine = make_engine(url)
    with session_factory(engine).begin() as session:
        import_csv(session, SAMPLE / "organisation/units.csv", SAMPLE / "organisation/people.csv")
        assert import_cases(session, CASES) == 140
    engine.dispose()
    return url


@pytest.fixture
def register(databases: Databases, sample_database: str) -> Iterator[Register]:
    url = databases.copy_of(sample_database)
    engine = make_engine(url)
    sessions = session_factory(engine)
    with reading(sessions) as session:
        people = {person.employee_id: person for person in Directory(session).people()}
    yield Register(sessions, CaseService(sessions, lambda: NOW, origin_key=KEY), people)
    engine.dispose()
    databases.drop(url)


def all_cases(session: Session) -> list[Case]:
    return CaseRepository(session).newest(true(), EVERYTHING)


def conversation_of(register: Register, employee_id: str) -> str:
    with register.sessions.begin() as session:
        return Directory(session).open_conversation("web", f"c-{employee_id}", employee_id)


def file_anonymously(register: Register, employee_id: str) -> Case:
    conversation_id = conversation_of(register, employee_id)
    return register.service.file(
        NewReport(
            draft_id="d1",
            conversation_id=conversation_id,
            channel="web",
            kind=Kind.DEVIATION,
            category=Category.INFORMASJONSSIKKERHET,
            subtype=None,
            severity=Severity.KRITISK,
            description="Felles passord på vaktrommet",
            unit_id=None,
            place=None,
            occurred_at=None,
            occurred_text=None,
            reporter_id=employee_id,
            anonymous=True,
        )
    )


def test_missing_and_forbidden_look_the_same(register: Register) -> None:
    with pytest.raises(CaseNotFoundError) as forbidden:
        register.read("E1008", "2026-00089")
    with pytest.raises(CaseNotFoundError) as missing:
        register.read("E1008", "2026-99999")
    assert str(forbidden.value).replace("2026-00089", "2026-99999") == str(missing.value)


def test_a_case_comes_with_measures_and_routines_in_their_order(register: Register) -> None:
    case = register.read("E1057", " 2025-00001 ")
    assert [measure.responsible_id for measure in case.measures] == ["E1046", "E1057"]
    assert case.measures[1].done_at == datetime(2025, 5, 21, 7, 0, tzinfo=UTC)
    assert case.routine_ids == ("FJO-HMS-027",)
    assert case.closing_note is not None
    assert case.closed_at == datetime(2025, 6, 18, 6, 45, tzinfo=UTC)


def test_an_anonymous_reporter_follows_up_in_the_conversation_only(register: Register) -> None:
    filed = file_anonymously(register, "E1009")
    own = conversation_of(register, "E1009")
    assert register.read(None, filed.number, own) == filed
    assert register.read("E1009", filed.number, own) == filed
    for conversation_id in (None, "e" * 32, filed.origin):
        with pytest.raises(CaseNotFoundError):
            register.read("E1009", filed.number, conversation_id)
    reporter = register.people["E1009"]
    assert filed in register.service.reported_in(reporter, own, EVERYTHING)
    assert filed not in register.service.reported_in(reporter, None, EVERYTHING)


def test_reported_in_is_the_reporters_own_newest_first(register: Register) -> None:
    cases = register.service.reported_in(register.people["E1035"], None, EVERYTHING)
    assert len(cases) == 7
    assert {case.reporter_id for case in cases} == {"E1035"}
    assert [case.reported_at for case in cases] == sorted((case.reported_at for case in cases), reverse=True)
    assert register.service.reported_in(register.people["E1035"], None, 2) == cases[:2]
    assert register.service.reported_in(None, None, EVERYTHING) == []


def test_a_leader_lists_the_open_cases_of_the_unit_and_those_below(register: Register) -> None:
    page = register.open_cases("E1003")
    with reading(register.sessions) as session:
        units = Directory(session).unit_and_below("HO")
        expected = {
            case.number
            for case in all_cases(session)
            if case.is_open and (case.unit_id in units or case.assignee_id == "E1003")
        }
    assert {case.number for case in page.cases} == expected
    assert page.total == len(expected) > 5


@pytest.mark.parametrize("employee_id", ["E1001", "E1003", "E1034", "E1065", "E1002"])
def test_open_cases_are_the_most_urgent_first(register: Register, employee_id: str) -> None:
    today = oslo_date(NOW)
    severities = list(Severity)

    def urgency(case: Case) -> tuple[bool, int, date, str]:
        return not case.is_overdue(today), -severities.index(case.severity), case.due_date, case.number

    cases = register.open_cases(employee_id).cases
    assert len(cases) > 1
    assert list(cases) == sorted(cases, key=urgency)


def test_the_order_has_overdue_and_later_cases_of_several_severities(register: Register) -> None:
    cases = register.open_cases("E1065").cases
    kinds = {(case.is_overdue(oslo_date(NOW)), case.severity) for case in cases}
    assert len(kinds) >= 4


def test_pages_together_are_the_list(register: Register) -> None:
    whole = register.open_cases("E1065")
    assert whole.total == 29
    pages = [register.open_cases("E1065", 10, offset) for offset in (0, 10, 20, 30)]
    assert [len(page.cases) for page in pages] == [10, 10, 9, 0]
    assert tuple(case for page in pages for case in page.cases) == whole.cases
    assert {page.total for page in pages} == {29}


def test_the_privacy_officer_lists_information_security_only(register: Register) -> None:
    page = register.open_cases("E1002")
    assert {case.category for case in page.cases} == {Category.INFORMASJONSSIKKERHET}


@pytest.mark.parametrize("employee_id", ["E1008", "E1061", None])
def test_employees_administrators_and_strangers_have_no_list(
    register: Register, employee_id: str | None
) -> None:
    with pytest.raises(NotALeaderError):
        register.open_cases(employee_id)


def test_the_sample_is_imported_as_it_is_written(register: Register) -> None:
    lines = [json.loads(line) for line in CASES.read_text("utf-8").splitlines()]
    with reading(register.sessions) as session:
        cases = {case.number: case for case in all_cases(session)}
    assert len(cases) == len(lines) == 140
    for line in lines:
        case = cases[line["case_number"]]
        assert case.reported_at == datetime.fromisoformat(line["reported_at"])
        assert (case.reporter_id, case.assignee_id) == (line["reporter"], line["assignee"])
        assert case.anonymous is (line["reporter"] is None)
        assert [measure.text for measure in case.measures] == [item["text"] for item in line["measures"]]
        for name in ("title", "description", "unit_id", "place", "status", "closing_note", "subtype"):
            assert getattr(case, name) == line[name]
        assert case.due_date.isoformat() == line["due_date"]


def test_importing_again_changes_nothing(register: Register) -> None:
    with register.sessions.begin() as session:
        before = all_cases(session)
        row = session.get(CaseRow, "2026-00089")
        assert row is not None
        row.status = Status.TILTAK
    with register.sessions.begin() as session:
        assert import_cases(session, CASES) == 0
        after = all_cases(session)
        assert [case.number for case in after] == [case.number for case in before]
        assert after[0].status is Status.TILTAK
        series = session.execute(select(CaseNumberRow.year, CaseNumberRow.last_number).order_by("year"))
        assert [tuple(row) for row in series] == [(2025, 51), (2026, 89)]
    assert file_anonymously(register, "E1009").number == "2026-00090"


def test_importing_after_filing_does_not_give_a_number_twice(register: Register) -> None:
    filed = file_anonymously(register, "E1009")
    with register.sessions.begin() as session:
        import_cases(session, CASES)
    assert file_anonymously(register, "E1008").number > filed.number


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"category": "miljo"}, "miljo"),
        ({"reported_at": "i går"}, "i går"),
        ({"unit_id": "NOPE"}, "unknown unit NOPE"),
        ({"assignee": "E9999"}, "unknown person E9999"),
        ({"case_number": "2027-1-2"}, "2027-1-2 is no case number"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_imported(
    register: Register, tmp_path: Path, change: dict[str, str], problem: str
) -> None:
    lines = [json.loads(line) for line in CASES.read_text("utf-8").splitlines()[:2]]
    lines[0]["case_number"] = "2027-00001"
    lines[1]["case_number"] = "2027-00002"
    lines[1].update(change)
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    with pytest.raises(CaseImportError, match=problem) as caught, register.sessions.begin() as session:
        import_cases(session, path)
    assert caught.value.row == 2
    with reading(register.sessions) as session:
        assert len(all_cases(session)) == 140


def test_an_import_without_the_organisation_is_refused(sessions: SessionFactory) -> None:
    with pytest.raises(CaseImportError, match="unknown unit"), sessions.begin() as session:
        import_cases(session, CASES)
