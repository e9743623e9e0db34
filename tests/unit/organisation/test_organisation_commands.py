"""`sifra organisation import`: what operators get to see."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from sqlalchemy import func, select
from typer.testing import CliRunner

from database.engine import make_engine, session_factory
from database.migrations.rooms import load_metadata
from organisation.tables import DeputyRow, PersonRow
from sifra.cli import _Group
from sifra.organisation_commands import make_organisation_app
from sifra.settings import Stack, load_stack

UNITS = "unit_id,name,parent_id,sector\nTOP,Toppen,,x\nLOW,Låven,TOP,x\n"
PEOPLE = "employee_id,name,email,title,unit_id,role\nE1,Åse,a@example.no,Sjef,TOP,leader\n"


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    for name in [name for name in os.environ if name.startswith("SIFRA_")]:
        monkeypatch.delenv(name)
    stack = replace(load_stack(tmp_path), database_url=f"sqlite:///{tmp_path}/cli.db")
    engine = make_engine(stack.database_url)
    load_metadata().create_all(engine)
    engine.dispose()
    yield stack


def run(stack: Stack, *arguments: str) -> tuple[int, str, str]:
    app = typer.Typer(cls=_Group)
    app.add_typer(make_organisation_app(lambda: stack), name="organisation")
    result = CliRunner().invoke(app, ["organisation", *arguments])
    return result.exit_code, result.stdout, result.stderr


def run_import(stack: Stack, *flags: str, units: str = UNITS, people: str = PEOPLE) -> tuple[int, str, str]:
    (stack.root / "units.csv").write_text(units, "utf-8")
    (stack.root / "people.csv").write_text(people, "utf-8")
    paths = ("--units", str(stack.root / "units.csv"), "--people", str(stack.root / "people.csv"))
    return run(stack, "import", *paths, *flags)


def active_people(stack: Stack) -> int:
    engine = make_engine(stack.database_url)
    with session_factory(engine)() as session:
        found = session.scalar(select(func.count()).select_from(PersonRow).where(PersonRow.active))
    engine.dispose()
    return found or 0


def test_an_import_tells_what_it_did(stack: Stack) -> None:
    code, out, _ = run_import(stack)
    assert (code, out.splitlines()[0]) == (0, "unit added: 2, person added: 1")
    assert "after the next start" in out
    assert run_import(stack) == (0, "Nothing differs.\n", "")


def test_a_dry_run_lists_rows_without_names_and_changes_nothing(stack: Stack) -> None:
    run_import(stack, people=PEOPLE + "E2,Bo,b@example.no,Gjeter,LOW,employee\n")
    code, out, _ = run_import(
        stack,
        "--dry-run",
        people=PEOPLE.replace("Åse", "Eva").replace("TOP", "LOW") + ("E3,Ea,e@example.no,Sjef,TOP,leader\n"),
    )
    assert code == 0
    assert out.splitlines() == [
        "     row 2  person E1 changed: name; unit_id TOP -> LOW",
        "     row 3  person E3 added",
        " not there  person E2 deactivated",
        "person added: 1, person changed: 1, person deactivated: 1",
        "This was a dry run: nothing was changed.",
    ]
    assert active_people(stack) == 2


def test_deputies_are_imported_from_their_file(stack: Stack) -> None:
    deputies = stack.root / "deputies.csv"
    deputies.write_text("leader_id,deputy_id,begins,ends\nE1,E2,2026-11-01,\n", "utf-8")
    people = PEOPLE + "E2,Bo,b@example.no,Gjeter,LOW,employee\n"
    assert "deputy added: 1" in run_import(stack, "--deputies", str(deputies), people=people)[1]
    engine = make_engine(stack.database_url)
    with session_factory(engine)() as session:
        assert len(session.scalars(select(DeputyRow)).all()) == 1
    engine.dispose()


def test_all_faults_are_listed_and_the_command_fails(stack: Stack) -> None:
    code, out, error = run_import(
        stack, units=UNITS + "X,x,NOPE,x\n", people=PEOPLE.replace("leader", "boss")
    )
    assert (code, out) == (1, "")
    assert error == (
        "sifra: Nothing was imported, because of:\n"
        "  units.csv, row 4: unknown parent NOPE\n"
        "  people.csv, row 2: unknown role boss\n"
    )


def test_a_missing_file_and_a_missing_schema_are_said_in_a_sentence(stack: Stack) -> None:
    code, _, error = run(stack, "import", "--units", "/nowhere.csv", "--people", "/nowhere.csv")
    assert (code, error) == (1, "sifra: /nowhere.csv cannot be read: No such file or directory.\n")
    bare = replace(stack, database_url=f"sqlite:///{stack.root}/bare.db")
    code, _, error = run_import(bare)
    assert code == 1
    assert "`sifra db upgrade`" in error


def many(first: int, last: int) -> str:
    return PEOPLE + "".join(f"E{i},Bo,b{i}@example.no,Gjeter,LOW,employee\n" for i in range(first, last + 1))


def test_a_file_that_has_lost_many_people_is_refused_unless_told_otherwise(stack: Stack) -> None:
    run_import(stack, people=many(2, 40))
    code, _, error = run_import(stack, people=many(2, 30))
    assert code == 1
    assert "10 of 40 people would be deactivated" in error
    assert active_people(stack) == 40
    assert run_import(stack, people=many(2, 31))[0] == 0
    run_import(stack, people=many(2, 100))
    assert run_import(stack, people=many(2, 80))[0] == 0, "20 of 100 are not more than a fifth"
    assert run_import(stack, "--many-leave", people=many(2, 3))[0] == 0
    assert active_people(stack) == 3


def test_sync_without_settings_names_them_but_not_their_values(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIFRA_GRAPH_CLIENT_ID", "s3cret-on-the-wrong-line")
    code, _, error = run(stack, "sync")
    assert code == 1
    for name in ("TENANT_ID", "CLIENT_ID", "DEPARTMENTS"):
        assert f"SIFRA_GRAPH_{name}: " in error
    assert "s3cret" not in error
