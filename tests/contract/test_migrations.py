"""The migrations build exactly the tables that the code describes, up and down."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect, text
from sqlalchemy.exc import IntegrityError

from database.engine import make_engine
from database.migrate import current_revision, downgrade, head_revision, upgrade
from database.migrations.rooms import TABLE_MODULES, load_metadata

ROOT = Path(__file__).parents[2]
VERSIONS = sorted(path.stem for path in (ROOT / "database/migrations/versions").glob("[0-9]*.py"))


@pytest.fixture
def url(empty_database_url: str) -> str:
    return empty_database_url


def table_names(url: str) -> set[str]:
    engine = make_engine(url)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_every_module_with_tables_is_known() -> None:
    found = {f"{path.parent.name}.tables" for path in ROOT.glob("*/tables.py")}
    assert found == set(TABLE_MODULES)


def test_migrated_schema_is_what_the_tables_describe(url: str) -> None:
    upgrade(url)
    engine = make_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), load_metadata()) == []
    engine.dispose()


def test_check_constraints_are_what_the_tables_describe(url: str) -> None:
    upgrade(url)
    engine = make_engine(url)
    found = {
        (table, check["name"])
        for table in load_metadata().tables
        for check in inspect(engine).get_check_constraints(table)
    }
    engine.dispose()
    assert found == {
        (table.name, str(constraint.name))
        for table in load_metadata().tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }


def test_up_down_up(url: str) -> None:
    assert current_revision(url) is None
    upgrade(url)
    assert current_revision(url) == head_revision()
    tables = table_names(url)
    downgrade(url, "base")
    assert current_revision(url) is None
    assert table_names(url) == {"alembic_version"}
    upgrade(url)
    assert table_names(url) == tables


def test_each_migration_goes_up_and_down_by_itself(url: str) -> None:
    for name in VERSIONS:
        before = table_names(url)
        revision = import_module(f"database.migrations.versions.{name}").revision
        upgrade(url, revision)
        assert current_revision(url) == revision
        downgrade(url, "-1")
        assert table_names(url) - {"alembic_version"} == before - {"alembic_version"}
        upgrade(url, revision)


def test_upgrade_to_where_it_is_changes_nothing(url: str) -> None:
    upgrade(url)
    upgrade(url)
    assert current_revision(url) == head_revision()


def test_a_migration_that_fails_leaves_nothing(url: str) -> None:
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE cases (in_the_way INTEGER)"))
    engine.dispose()
    with pytest.raises(Exception, match="already exists"):
        upgrade(url)
    assert table_names(url) == {"cases"}


def test_processes_that_start_together_migrate_once(url: str) -> None:
    command = [sys.executable, "-c", "import sys; from database.migrate import upgrade; upgrade(sys.argv[1])"]
    processes = [
        subprocess.Popen([*command, url], cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    errors = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], errors
    assert current_revision(url) == head_revision()


def test_an_anonymous_case_cannot_hold_a_reporter(url: str) -> None:
    upgrade(url)
    engine = make_engine(url)
    row = {
        "number": "2026-00001", "channel": "web", "kind": "deviation", "category": "hms", "severity": "lav",
        "status": "ny", "title": "t", "description": "d", "due_date": "2026-01-01", "anonymous": True,
        "reported_at": "2026-01-01 00:00:00.000000", "reporter_id": "E1", "search_text": "t", "version": 1,
        "protected": False, "sensitive": False, "reported_on": "2026-01-01",
    }  # fmt: skip
    insert = f"INSERT INTO cases ({', '.join(row)}) VALUES ({', '.join(':' + name for name in row)})"  # noqa: S608
    with pytest.raises(IntegrityError, match="anonymous_has_no_reporter"), engine.begin() as connection:
        connection.execute(text(insert), row)
    engine.dispose()
