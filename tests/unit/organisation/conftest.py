"""A database with the sample organisation."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from database.engine import SessionFactory, make_engine, session_factory
from database.migrations.rooms import load_metadata
from organisation.csv_import import import_csv

SAMPLE = Path(__file__).parents[3] / "sample" / "organisation"


@pytest.fixture
def sample() -> Path:
    return SAMPLE


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[SessionFactory]:
    engine = make_engine(f"sqlite:///{tmp_path}/organisation.db")
    load_metadata().create_all(engine)
    yield session_factory(engine)
    engine.dispose()


@pytest.fixture
def session(sessions: SessionFactory) -> Iterator[Session]:
    with sessions.begin() as session:
        import_csv(session, SAMPLE / "units.csv", SAMPLE / "people.csv")
        yield session
