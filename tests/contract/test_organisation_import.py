"""The import writes the same on every database."""

from datetime import date
from pathlib import Path

from sqlalchemy import select

from database.engine import SessionFactory
from organisation.csv_import import import_csv
from organisation.directory import Directory
from organisation.model import Role
from organisation.tables import DeputyRow

SAMPLE = Path(__file__).parents[2] / "sample" / "organisation"
TODAY = date(2026, 11, 20)


def load(sessions: SessionFactory, folder: Path) -> None:
    with sessions.begin() as session:
        import_csv(session, folder / "units.csv", folder / "people.csv", folder / "deputies.csv")


def test_the_sample_comes_in_and_a_deputy_leads(sessions: SessionFactory) -> None:
    load(sessions, SAMPLE)
    with sessions() as session:
        directory = Directory(session)
        deputy = directory.person("E1007")
        assert deputy is not None
        assert directory.led_by(deputy, TODAY) == {"HO-SOL-FUR"}
        assert directory.led_by(deputy, date(2027, 1, 9)) == frozenset()
        assert [person.employee_id for person in directory.deputies_of("E1006", TODAY)] == ["E1007"]


def test_changes_of_every_kind_are_stored(sessions: SessionFactory, tmp_path: Path) -> None:
    load(sessions, SAMPLE)
    for name in ("units", "people", "deputies"):
        text = (SAMPLE / f"{name}.csv").read_text("utf-8")
        text = text.replace("Nes skole,OPP,", "Ness skole,KD,").replace(
            "HO-SOL-FUR,employee", "HO-SOL,leader"
        )
        text = text.replace("2027-01-08", "").replace(
            "E1034,E1036,2027-01-11,\n", "E1034,E1038,2027-01-11,\n"
        )
        lines = [line for line in text.splitlines() if not line.startswith("E1065,")]
        (tmp_path / f"{name}.csv").write_text("\n".join([*lines, ""]), "utf-8")
    load(sessions, tmp_path)
    with sessions() as session:
        directory = Directory(session)
        unit, person = directory.unit("OPP-NES"), directory.person("E1008")
        assert unit is not None
        assert (unit.name, unit.parent_id) == ("Ness skole", "KD")
        assert person is not None
        assert (person.unit_id, person.role) == ("HO-SOL", Role.LEADER)
        assert not directory.is_active("E1065")
        deputies = {(row.leader_id, row.deputy_id): row.ends for row in session.scalars(select(DeputyRow))}
        assert deputies == {
            ("E1006", "E1007"): None,
            ("E1005", "E1011"): date(2027, 1, 3),
            ("E1034", "E1038"): None,
        }
