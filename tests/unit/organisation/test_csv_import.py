"""Import of units and people: what changes, and what is refused."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from database.engine import SessionFactory
from organisation.csv_import import ImportReport, import_csv
from organisation.directory import Directory
from organisation.errors import ImportFileError
from organisation.model import Role
from organisation.tables import PersonRow, UnitRow

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


def test_sample_is_imported_whole_and_once(sessions: SessionFactory, sample: Path) -> None:
    paths = sample / "units.csv", sample / "people.csv"
    with sessions.begin() as session:
        assert import_csv(session, *paths) == ImportReport(29, 0, 65, 0, 0)
    with sessions.begin() as session:
        assert import_csv(session, *paths) == ImportReport(0, 0, 0, 0, 0)


def test_changes_are_applied_and_counted(sessions: SessionFactory, tmp_path: Path) -> None:
    load(sessions, tmp_path)
    report = load(
        sessions,
        tmp_path,
        UNITS.replace("Låven", "Fjøset"),
        PEOPLE.replace("leader", "admin") + "E2,Bo,b@example.no,Gjeter,LOW,employee\n",
    )
    assert report == ImportReport(0, 1, 1, 1, 0)
    with sessions() as session:
        directory = Directory(session)
        assert [unit.name for unit in directory.units()] == ["Fjøset", "Toppen"]
        assert [person.role for person in directory.people()] == [Role.ADMIN, Role.EMPLOYEE]


def test_people_who_left_are_deactivated_and_can_return(sessions: SessionFactory, tmp_path: Path) -> None:
    load(sessions, tmp_path)
    other = PEOPLE.replace("E1,Åse", "E2,Bo")
    assert load(sessions, tmp_path, people=other) == ImportReport(0, 0, 1, 0, 1)
    with sessions() as session:
        assert Directory(session).person("E1") is None
        assert session.get(PersonRow, "E1") is not None
    assert load(sessions, tmp_path, people=PEOPLE) == ImportReport(0, 0, 0, 1, 1)
    with sessions() as session:
        assert Directory(session).person("E1") is not None


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
                ("people.csv", 4, "employee_id E1 is there twice"),
                ("people.csv", 3, "unknown unit NOPE"),
                ("people.csv", 3, "unknown role boss"),
            ],
        ),
        (
            UNITS + "X,x,NOPE,x\n",
            PEOPLE.replace("leader", "Leader"),
            [("units.csv", 4, "unknown parent NOPE"), ("people.csv", 2, "unknown role Leader")],
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
    ("content", "problem"), [(b"\xff\xfe", "not UTF-8"), (b"unit_id\0", "not CSV|missing")]
)
def test_a_file_of_another_kind_is_refused(
    sessions: SessionFactory, tmp_path: Path, content: bytes, problem: str
) -> None:
    (tmp_path / "units.csv").write_bytes(content)
    (tmp_path / "people.csv").write_text(PEOPLE, "utf-8")
    with pytest.raises(ImportFileError, match=problem), sessions.begin() as session:
        import_csv(session, tmp_path / "units.csv", tmp_path / "people.csv")
