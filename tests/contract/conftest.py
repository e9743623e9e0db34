"""Every test that asks for `database_url` or `sessions` runs twice: on SQLite and on PostgreSQL."""

from collections.abc import Iterator

import pytest
from databases import Databases, PostgresDatabases, SqliteFiles, running_postgres

from database.engine import SessionFactory, make_engine, session_factory
from database.migrate import upgrade


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server, started by the first test that wants it."""
    with running_postgres() as url:
        yield url


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Where databases come from. One kind only: `parametrize("databases", ["sqlite"], indirect=True)`."""
    if request.param == "sqlite":
        return SqliteFiles(tmp_path_factory.mktemp("databases"))
    return PostgresDatabases(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def migrated_database(databases: Databases) -> str:
    """The URL of a database that is copied, never used."""
    url = databases.empty()
    upgrade(url)
    return url


@pytest.fixture
def empty_database_url(databases: Databases) -> Iterator[str]:
    """A database without tables."""
    url = databases.empty()
    yield url
    databases.drop(url)


@pytest.fixture
def database_url(databases: Databases, migrated_database: str) -> Iterator[str]:
    """A fresh database with the newest schema."""
    url = databases.copy_of(migrated_database)
    yield url
    databases.drop(url)


@pytest.fixture
def sessions(database_url: str) -> Iterator[SessionFactory]:
    """Sessions in a fresh database."""
    engine = make_engine(database_url)
    yield session_factory(engine)
    engine.dispose()
