"""A database in memory with one employee, and a clock that stands still."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_socket
from sqlalchemy.orm import Session

from database.base import Base
from database.engine import SessionFactory, make_engine, session_factory
from organisation.model import Role
from organisation.tables import ConversationRow, PersonRow, UnitRow
from outbox.notice import Notice
from outbox.tables import OutboxRow, PictureRow

NOW = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
TABLES = [
    Base.metadata.tables[row.__tablename__]
    for row in (UnitRow, PersonRow, ConversationRow, OutboxRow, PictureRow)
]


@pytest.fixture(autouse=True)
def no_network() -> Iterator[None]:
    pytest_socket.disable_socket()
    yield
    pytest_socket.enable_socket()


@pytest.fixture
def sessions() -> Iterator[SessionFactory]:
    engine = make_engine("sqlite:///:memory:")
    Base.metadata.create_all(engine, tables=TABLES)
    sessions = session_factory(engine)
    with sessions.begin() as session:
        session.add(UnitRow(unit_id="U1", name="Solbakken", parent_id=None, sector="helse"))
        session.flush()
        for number, name in (("E1", "Live"), ("E2", "Camilla")):
            session.add(
                PersonRow(
                    employee_id=number, name=name, email=f"{number}@fjordvik.example", title="", unit_id="U1",
                    role=Role.EMPLOYEE, active=True,
                )
            )  # fmt: skip
        session.flush()
        for conversation, age in (("c" * 32, 2), ("d" * 32, 1)):
            session.add(
                ConversationRow(
                    id=conversation, channel="web", external_id=conversation, employee_id="E1",
                    created_at=NOW - timedelta(days=age),
                )
            )  # fmt: skip
    yield sessions
    engine.dispose()


@pytest.fixture
def session(sessions: SessionFactory) -> Iterator[Session]:
    with sessions() as session:
        yield session


@pytest.fixture
def clock() -> Callable[[], datetime]:
    return lambda: NOW


@pytest.fixture
def notice() -> Callable[..., Notice]:
    def make(key: str = "case:2026-00012:taken:7:E1", **changes: object) -> Notice:
        fields: dict[str, object] = {
            "template": "case_taken",
            "values": {"number": "2026-00012", "title": "Takheisen røk", "handler": "Camilla Nygård"},
            "person_id": "E1",
            "origin": None,
            "not_before": NOW,
            "topic": "case:2026-00012",
        }
        return Notice(key, **{**fields, **changes})  # type: ignore[arg-type]

    return make
