"""Reading, lists and the import of the sample register: the database grants what the policy grants."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.calendar import oslo_date
from cases.categories import Category, Kind, Severity, Status
from cases.errors import CaseImportError, CaseNotFoundError, NotALeaderError
from cases.model import Case, NewReport
from cases.policy import may_read, visibility
from cases.repository import CaseRepository
from cases.sample_import import import_cases
from cases.service import CaseService
from cases.tables import CaseNumberRow, CaseRow
from database.engine import SessionFactory, make_engine, reading, session_factory
from database.migrate import upgrade
from organisation.csv_import import import_csv
from organisation.directory import Directory
from organisation.model import Person

SAMPLE = Path(__file__).parents[2] / "sample"
CASES = SAMPLE / "cases" / "cases.jsonl"
NOW = datetime(2026, 11, 20, 6, 12, tzinfo=UTC)
EVERYTHING = 1_000


@dataclass(frozen=True)
class Register:
    """The sample register and who asks of it."""

    sessions: SessionFactory
    service: CaseService
    people: dict[str, Person]


@pytest.fixture(scope="module")
def sample_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("sample") / "sifra.db"
    url = f"sqlite:///{path}"
    upgrade(url)
    engine = make_engine(url)
    with session_factory(engine).begin() as session:
        import_csv(session, SAMPLE / "organisation/units.csv", SAMPLE / "organisation/people.csv")
        assert import_cases(session, CASES) == 140
    engine.dispose()
    return path


@pytest.fixture
def register(sample_database: Path, tmp_path: Path) -> Iterator[Register]:
    engine = make_engine(f"sqlite:///{shutil.copy(sample_database, tmp_path)}")
    sessions = session_factory(engine)
    with reading(sessions) as session:
        people = {person.employee_id: person for person in Directory(session).people()}
    yield Register(sessions, CaseService(sessions, lambda: NOW), people)
    engine.dispose()


def all_cases(session: Session) -> list[Case]:
    adviser = Directory(session).person("E1065")
    return CaseRepository(session).newest(visibility(adviser, None, Directory(session)), EVERYTHING)


def file_anonymously(register: Register, employee_id: str) -> Case:
    with register.sessions.begin() as session:
        conversation_id = Directory(session).open_conversation("web", f"c-{employee_id}", employee_id)
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


def test_the_database_and_the_policy_agree_for_everyone_on_every_case(register: Register) -> None:
    anonymous = file_anonymously(register, "E1009")
    with reading(register.sessions) as session:
        directory = Directory(session)
        repository = CaseRepository(session)
        cases = all_cases(session)
        assert len(cases) == 141
        for actor in [None, *register.people.values()]:
            for conversation_id in (None, anonymous.conversation_id, "e" * 32):
                listed = repository.newest(visibility(actor, conversation_id, directory), EVERYTHING)
                allowed = [case for case in cases if may_read(actor, case, directory, conversation_id)]
                assert listed == allowed


def test_missing_and_forbidden_look_the_same(register: Register) -> None:
    colleague = register.people["E1008"]
    with pytest.raises(CaseNotFoundError) as forbidden:
        register.service.by_number(colleague, None, "2026-00089")
    with pytest.raises(CaseNotFoundError) as missing:
        register.service.by_number(colleague, None, "2026-99999")
    assert str(forbidden.value).replace("2026-00089", "2026-99999") == str(missing.value)


def test_a_case_comes_with_measures_and_routines_in_their_order(register: Register) -> None:
    case = register.service.by_number(register.people["E1057"], None, " 2025-00001 ")
    assert [measure.responsible_id for measure in case.measures] == ["E1046", "E1057"]
    assert case.measures[1].done_at == datetime(2025, 5, 21, 7, 0, tzinfo=UTC)
    assert case.routine_ids == ("FJO-HMS-027",)
    assert case.closing_note is not None
    assert case.closed_at == datetime(2025, 6, 18, 6, 45, tzinfo=UTC)


def test_an_anonymous_reporter_follows_up_in_the_conversation_only(register: Register) -> None:
    filed = file_anonymously(register, "E1009")
    reporter = register.people["E1009"]
    assert register.service.by_number(None, filed.conversation_id, filed.number) == filed
    assert register.service.by_number(reporter, filed.conversation_id, filed.number) == filed
    for conversation_id in (None, "e" * 32):
        with pytest.raises(CaseNotFoundError):
            register.service.by_number(reporter, conversation_id, filed.number)
    assert filed in register.service.reported_in(reporter, filed.conversation_id, EVERYTHING)
    assert filed not in register.service.reported_in(reporter, None, EVERYTHING)


def test_reported_in_is_the_reporters_own_newest_first(register: Register) -> None:
    cases = register.service.reported_in(register.people["E1035"], None, EVERYTHING)
    assert len(cases) == 7
    assert {case.reporter_id for case in cases} == {"E1035"}
    assert [case.reported_at for case in cases] == sorted((case.reported_at for case in cases), reverse=True)
    assert register.service.reported_in(register.people["E1035"], None, 2) == cases[:2]
    assert register.service.reported_in(None, None, EVERYTHING) == []


def test_a_leader_lists_the_open_cases_of_the_unit_and_those_below(register: Register) -> None:
    page = register.service.open_cases(register.people["E1003"], EVERYTHING)
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

    cases = register.service.open_cases(register.people[employee_id], EVERYTHING).cases
    assert len(cases) > 1
    assert list(cases) == sorted(cases, key=urgency)


def test_the_order_has_overdue_and_later_cases_of_several_severities(register: Register) -> None:
    cases = register.service.open_cases(register.people["E1065"], EVERYTHING).cases
    kinds = {(case.is_overdue(oslo_date(NOW)), case.severity) for case in cases}
    assert len(kinds) >= 4


def test_pages_together_are_the_list(register: Register) -> None:
    adviser = register.people["E1065"]
    whole = register.service.open_cases(adviser, EVERYTHING)
    assert whole.total == 29
    pages = [register.service.open_cases(adviser, 10, offset) for offset in (0, 10, 20, 30)]
    assert [len(page.cases) for page in pages] == [10, 10, 9, 0]
    assert tuple(case for page in pages for case in page.cases) == whole.cases
    assert {page.total for page in pages} == {29}


def test_the_privacy_officer_lists_information_security_only(register: Register) -> None:
    page = register.service.open_cases(register.people["E1002"], EVERYTHING)
    assert {case.category for case in page.cases} == {Category.INFORMASJONSSIKKERHET}


@pytest.mark.parametrize("employee_id", ["E1008", "E1061", None])
def test_employees_administrators_and_strangers_have_no_list(
    register: Register, employee_id: str | None
) -> None:
    with pytest.raises(NotALeaderError):
        register.service.open_cases(register.people[employee_id] if employee_id else None, EVERYTHING)


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


def test_an_import_without_the_organisation_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/empty.db"
    upgrade(url)
    engine = make_engine(url)
    with pytest.raises(CaseImportError, match="unknown unit"), session_factory(engine).begin() as session:
        import_cases(session, CASES)
    engine.dispose()
