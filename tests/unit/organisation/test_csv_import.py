"""Import of units and people: what changes, and what is refused."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from database.engine import SessionFactory, reading
from organisation.csv_import import PEOPLE_COLUMNS, UNIT_COLUMNS, import_csv
from organisation.directory import Directory
from organisation.errors import ImportFileError
from organisation.import_report import Action, Change, FieldChange, ImportReport, Kind
from organisation.model import Role
from organisation.tables import DeputyRow, PersonRow, UnitRow

UNITS = "unit_id,name,parent_id,sector\nTOP,Toppen,,x\nLOW,Låven,TOP,x\n"
PEOPLE = "employee_id,name,email,title,unit_id,role\nE1,Åse,a@example.no,Sjef,TOP,leader\n"


def load(sessions: SessionFactory, folder: Path, units: str = UNITS, people: str = PEOPLE) -> ImportReport:
    (folder / "units.csv").write_text(units, "utf-8")
    (folder / "people.csv").write_text(people, "utf-8")
    with sessions.begin() as session:
        return import_csv(session, folder / "units.csv", folder / "people.csv")


def counts(sessions: SessionFactory) -> tuple[int, int]:
    with sessions() as session:
        units = session.scalar(select(func.count()).select_from(UnitRow))
        people = session.scalar(select(func.count()).select_from(PersonRow))
    return units or 0, people or 0


def figures(report: ImportReport) -> tuple[int, int, int, int, int]:
    return (
        report.units_added,
        report.units_changed,
        report.people_added,
        report.people_changed,
        report.people_deactivated,
    )


def test_sample_is_imported_whole_and_once(sessions: SessionFactory, sample: Path) -> None:
    paths = sample / "units.csv", sample / "people.csv", sample / "deputies.csv"
    with sessions.begin() as session:
        report = import_csv(session, *paths)
    assert figures(report) == (29, 0, 65, 0, 0)
    assert report.count(Kind.DEPUTY, Action.ADDED) == 3
    assert report.warnings == ()
    with sessions.begin() as session:
        assert import_csv(session, *paths).changes == ()


def test_changes_are_applied_and_counted(sessions: SessionFactory, tmp_path: Path) -> None:
    load(sessions, tmp_path, people=PEOPLE + "E2,Bo,b@example.no,Gjeter,LOW,employee\n")
    report = load(
        sessions,
        tmp_path,
        UNITS.replace("Låven", "Fjøset"),
        PEOPLE + "E2,Bo,b@example.no,Gjeter,TOP,leader\nE3,Ea,e@example.no,Gjeter,LOW,admin\n",
    )
    assert figures(report) == (0, 1, 1, 1, 0)
    assert report.changes == (
        Change(Kind.UNIT, Action.CHANGED, "LOW", 3, (FieldChange("name"),)),
        Change(
            Kind.PERSON,
            Action.CHANGED,
            "E2",
            3,
            (FieldChange("unit_id", "LOW", "TOP"), FieldChange("role", "employee", "leader")),
        ),
        Change(Kind.PERSON, Action.ADDED, "E3", 4),
    )
    with sessions() as session:
        directory = Directory(session)
        assert [unit.name for unit in directory.units()] == ["Fjøset", "Toppen"]
        assert [person.role for person in directory.people()] == [Role.LEADER, Role.LEADER, Role.ADMIN]


def test_people_who_left_are_deactivated_and_can_return(sessions: SessionFactory, tmp_path: Path) -> None:
    load(sessions, tmp_path)
    other = PEOPLE.replace("E1,Åse", "E2,Bo")
    assert figures(load(sessions, tmp_path, people=other)) == (0, 0, 1, 0, 1)
    with sessions() as session:
        assert Directory(session).person("E1") is None
        assert session.get(PersonRow, "E1") is not None
    assert figures(load(sessions, tmp_path, people=PEOPLE)) == (0, 0, 0, 1, 1)
    with sessions() as session:
        assert Directory(session).person("E1") is not None


def test_a_dry_run_tells_the_same_and_changes_nothing(sessions: SessionFactory, sample: Path) -> None:
    paths = sample / "units.csv", sample / "people.csv", sample / "deputies.csv"
    with reading(sessions) as session:
        planned = import_csv(session, *paths, dry_run=True)
    assert counts(sessions) == (0, 0)
    with sessions.begin() as session:
        assert import_csv(session, *paths) == planned


def test_what_a_session_has_read_is_read_again(sessions: SessionFactory, tmp_path: Path) -> None:
    load(sessions, tmp_path)
    (tmp_path / "people.csv").write_text(PEOPLE.replace("Åse", "Eva"), "utf-8")
    with sessions.begin() as session:
        row = session.get(PersonRow, "E1")
        assert row is not None
        import_csv(session, tmp_path / "units.csv", tmp_path / "people.csv")
        assert row.name == "Eva"


def test_children_may_come_before_parents(sessions: SessionFactory, tmp_path: Path) -> None:
    units = "unit_id,name,parent_id,sector\nC,c,B,x\nB,b,TOP,x\nTOP,t,,x\n"
    assert load(sessions, tmp_path, units).units_added == 3


def test_byte_order_mark_spaces_and_decomposed_letters_are_tolerated(
    sessions: SessionFactory, tmp_path: Path
) -> None:
    load(sessions, tmp_path, "\ufeff" + UNITS.replace("Låven", " La\u030aven "))
    with sessions() as session:
        unit = Directory(session).unit("LOW")
        assert unit is not None
        assert unit.name == "L\u00e5ven"


@pytest.mark.parametrize(
    ("units", "people", "expected"),
    [
        (UNITS + "X,x,NOPE,x\n", PEOPLE, [("units.csv", 4, "unknown parent NOPE")]),
        (UNITS + "LOW,igjen,TOP,x\n", PEOPLE, [("units.csv", 4, "unit_id LOW is there twice")]),
        (
            UNITS + "A,a,B,x\nB,b,A,x\n",
            PEOPLE,
            [("units.csv", 4, "A is above itself"), ("units.csv", 5, "B is above itself")],
        ),
        (UNITS + "A,a,A,x\n", PEOPLE, [("units.csv", 4, "A is above itself")]),
        (UNITS + "A,,TOP,x\n", PEOPLE, [("units.csv", 4, "name is empty")]),
        ("unit_id,name,sector\nTOP,t,x\n", PEOPLE, [("units.csv", 1, "columns are missing: parent_id")]),
        ("unit_id,name,parent_id,sector\n", PEOPLE, [("units.csv", 1, "there are no rows")]),
        (
            UNITS,
            PEOPLE + "E2,Bo,b@example.no,x,NOPE,boss\nE1,Bo,b@example.no,x,TOP,admin\n",
            [
                ("people.csv", 3, "unknown unit NOPE"),
                ("people.csv", 3, "unknown role boss"),
                ("people.csv", 4, "employee_id E1 is there twice"),
                ("people.csv", 4, "email is the same as in row 3"),
            ],
        ),
        (
            UNITS + "X,x,NOPE,x\n",
            PEOPLE.replace("leader", "Leader"),
            [("units.csv", 4, "unknown parent NOPE"), ("people.csv", 2, "unknown role Leader")],
        ),
        (
            UNITS,
            PEOPLE + "E2,Bo,A@Example.no,x,LOW,employee\n",
            [("people.csv", 3, "email is the same as in row 2")],
        ),
        (
            UNITS,
            PEOPLE.replace("a@example.no", "a@example"),
            [("people.csv", 2, "email is not an e-mail address")],
        ),
        (
            UNITS,
            PEOPLE.replace("Sjef", "Sjef, mest"),
            [
                ("people.csv", 2, "more fields than there are columns"),
                ("people.csv", 2, "unknown unit mest"),
                ("people.csv", 2, "unknown role TOP"),
            ],
        ),
        (
            UNITS,
            PEOPLE.replace("Sjef", "S" * 201),
            [("people.csv", 2, "title is longer than 200 characters")],
        ),
        (
            UNITS,
            PEOPLE.replace("Sjef", "Sj\x07ef"),
            [("people.csv", 2, "title holds a character that cannot be shown")],
        ),
        (
            UNITS,
            PEOPLE.replace("leader", "admin"),
            [("units.csv", 2, "TOP is at the top and has no leader")],
        ),
        (
            "x,y\n1,2\n",
            "x\n1\n",
            [
                ("units.csv", 1, f"columns are missing: {', '.join(UNIT_COLUMNS)}"),
                ("people.csv", 1, f"columns are missing: {', '.join(PEOPLE_COLUMNS)}"),
            ],
        ),
    ],
)
def test_faults_are_told_by_row_and_nothing_is_imported(
    sessions: SessionFactory, tmp_path: Path, units: str, people: str, expected: list[tuple[str, int, str]]
) -> None:
    with pytest.raises(ImportFileError) as caught:
        load(sessions, tmp_path, units, people)
    assert [(fault.file, fault.row, fault.problem) for fault in caught.value.problems] == expected
    assert f"row {expected[0][1]}" in str(caught.value)
    assert counts(sessions) == (0, 0)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (UNITS.encode("cp1252"), "not UTF-8 .it is probably Windows-1252"),
        (UNITS.encode("utf-16"), "not UTF-8 .it is UTF-16"),
        (b"unit_id\0", "columns are missing"),
        (UNITS.encode().replace(b"Toppen", b'"Top"pen'), "row 2: not CSV"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    sessions: SessionFactory, tmp_path: Path, content: bytes, problem: str
) -> None:
    (tmp_path / "units.csv").write_bytes(content)
    (tmp_path / "people.csv").write_text(PEOPLE.replace("a@example.no", "a"), "utf-8")
    with pytest.raises(ImportFileError, match=problem) as caught, sessions.begin() as session:
        import_csv(session, tmp_path / "units.csv", tmp_path / "people.csv")
    # The other file is looked at nevertheless, but what depends on the first is not complained about.
    assert [fault.problem for fault in caught.value.problems][1:] == ["email is not an e-mail address"]


def test_semicolons_other_columns_and_empty_rows_are_taken(sessions: SessionFactory, tmp_path: Path) -> None:
    units = UNITS.replace(",", ";").replace("\n", "\r\n") + ";;;\r\n"
    people = "role;phone, mobile;" + PEOPLE.replace(",", ";").replace(";role", "").replace(
        "E1;", "leader;99;E1;"
    ).replace(";leader", "")
    load(sessions, tmp_path, units, people)
    assert counts(sessions) == (2, 1)


def test_units_without_a_leader_are_warned_of_when_another_top_has_one(
    sessions: SessionFactory, tmp_path: Path
) -> None:
    report = load(sessions, tmp_path, UNITS + "KF,Havna,,x\nKAI,Kaia,KF,x\n")
    assert [(warning.row, warning.problem) for warning in report.warnings] == [
        (4, "neither KF nor a unit above it has a leader"),
        (5, "neither KAI nor a unit above it has a leader"),
    ]
    assert report.units_added == 4


def test_spaces_of_any_kind_become_single_plain_ones(sessions: SessionFactory, tmp_path: Path) -> None:
    load(sessions, tmp_path, people=PEOPLE.replace("Åse", '"\u00a0Åse \n\t Vik"'))
    with sessions() as session:
        person = Directory(session).person("E1")
        assert person is not None
        assert person.name == "Åse Vik"


DEPUTIES = "leader_id,deputy_id,begins,ends\nE1,E2,2026-11-01,2026-12-01\n"
TWO_PEOPLE = PEOPLE + "E2,Bo,b@example.no,Gjeter,LOW,employee\n"


def load_deputies(sessions: SessionFactory, folder: Path, deputies: str) -> ImportReport:
    (folder / "units.csv").write_text(UNITS, "utf-8")
    (folder / "people.csv").write_text(TWO_PEOPLE, "utf-8")
    (folder / "deputies.csv").write_text(deputies, "utf-8")
    with sessions.begin() as session:
        return import_csv(session, folder / "units.csv", folder / "people.csv", folder / "deputies.csv")


def stored_deputies(sessions: SessionFactory) -> set[tuple[str, str, date, date | None]]:
    with sessions() as session:
        rows = session.scalars(select(DeputyRow))
        return {(row.leader_id, row.deputy_id, row.begins, row.ends) for row in rows}


def test_deputies_are_added_changed_and_removed(sessions: SessionFactory, tmp_path: Path) -> None:
    load_deputies(sessions, tmp_path, DEPUTIES + "E1,E2,2027-01-01,\n")
    begins = date(2026, 11, 1)
    assert stored_deputies(sessions) == {
        ("E1", "E2", begins, date(2026, 12, 1)),
        ("E1", "E2", date(2027, 1, 1), None),
    }
    # A Norwegian Excel has saved it in between.
    report = load_deputies(
        sessions, tmp_path, "leader_id;deputy_id;begins;ends\nE1;E2;01.11.2026;05.12.2026\n"
    )
    assert report.changes == (
        Change(
            Kind.DEPUTY,
            Action.CHANGED,
            "E1/E2/2026-11-01",
            2,
            (FieldChange("ends", "2026-12-01", "2026-12-05"),),
        ),
        Change(Kind.DEPUTY, Action.REMOVED, "E1/E2/2027-01-01", None),
    )
    assert stored_deputies(sessions) == {("E1", "E2", begins, date(2026, 12, 5))}
    load(sessions, tmp_path, people=TWO_PEOPLE)
    assert len(stored_deputies(sessions)) == 1, "without a file of deputies they stay"
    load_deputies(sessions, tmp_path, "leader_id,deputy_id,begins,ends\n")
    assert stored_deputies(sessions) == set()


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("E1,E9,2026-11-01,", "unknown person E9"),
        ("E1,E1,2026-11-01,", "E1 is their own deputy"),
        ("E1,E2,2026-11-02,2026-11-01", "ends before it begins"),
        ("E1,E2,2026-11-01,", "the same deputy and first day are there twice"),
        ("E1,E2,,", "begins is empty"),
        ("E1,E2,2026-11-31,", "begins is no date"),
        ("E1,E2,2026-11-03,soon", "ends is no date"),
    ],
)
def test_faulty_deputies_are_refused(
    sessions: SessionFactory, tmp_path: Path, row: str, problem: str
) -> None:
    with pytest.raises(ImportFileError) as caught:
        load_deputies(sessions, tmp_path, f"{DEPUTIES}{row}\n")
    assert [str(fault) for fault in caught.value.problems] == [f"deputies.csv, row 3: {problem}"]
    assert counts(sessions) == (0, 0)


def test_a_deputy_of_somebody_who_leads_nothing_is_warned_of(
    sessions: SessionFactory, tmp_path: Path
) -> None:
    report = load_deputies(sessions, tmp_path, DEPUTIES + "E2,E1,2026-11-01,\n")
    assert [str(warning) for warning in report.warnings] == [
        "deputies.csv, row 3: E2 is no leader, so the deputy leads nothing"
    ]
