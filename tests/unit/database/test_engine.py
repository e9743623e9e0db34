"""Engines: what SQLite is told, and how transactions begin."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError

from database.engine import make_engine, reading, session_factory


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{tmp_path}/deep/below/sifra.db")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE counters (id INTEGER PRIMARY KEY, value INTEGER NOT NULL)"))
        connection.execute(text("CREATE TABLE marks (counter_id INTEGER REFERENCES counters (id))"))
        connection.execute(text("INSERT INTO counters VALUES (1, 0)"))
    yield engine
    engine.dispose()


def test_the_parent_folder_is_created(engine: Engine, tmp_path: Path) -> None:
    assert (tmp_path / "deep" / "below" / "sifra.db").is_file()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("foreign_keys", 1), ("busy_timeout", 10_000), ("synchronous", 2)],
)
def test_sqlite_is_durable_and_patient(engine: Engine, pragma: str, value: object) -> None:
    with engine.connect() as connection:
        assert connection.execute(text(f"PRAGMA {pragma}")).scalar_one() == value


def test_foreign_keys_are_enforced(engine: Engine) -> None:
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("INSERT INTO marks VALUES (99)"))


def test_read_then_write_transactions_in_parallel_lose_nothing(engine: Engine) -> None:
    sessions = session_factory(engine)
    start = Barrier(4)

    def work() -> None:
        start.wait()
        for _ in range(10):
            with sessions.begin() as session:
                value = session.execute(text("SELECT value FROM counters")).scalar_one()
                session.execute(text("UPDATE counters SET value = :value"), {"value": value + 1})

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work) for _ in range(4)]:
            done.result()
    with reading(sessions) as session:
        assert session.execute(text("SELECT value FROM counters")).scalar_one() == 40


def test_reading_waits_for_no_writer_and_sees_what_was_committed(engine: Engine) -> None:
    sessions = session_factory(engine)
    with sessions.begin() as writer:
        writer.execute(text("UPDATE counters SET value = 7"))
        with reading(sessions) as reader:
            assert reader.execute(text("SELECT value FROM counters")).scalar_one() == 0
    with reading(sessions) as reader:
        assert reader.execute(text("SELECT value FROM counters")).scalar_one() == 7


def test_reading_refuses_to_write_and_leaves_the_connection_fit_for_writing(engine: Engine) -> None:
    sessions = session_factory(engine)
    with pytest.raises(OperationalError, match="readonly"), reading(sessions) as session:
        session.execute(text("UPDATE counters SET value = 7"))
    with sessions.begin() as session:
        session.execute(text("UPDATE counters SET value = 8"))


def test_errors_do_not_repeat_the_values(engine: Engine) -> None:
    with pytest.raises(IntegrityError) as caught, engine.begin() as connection:
        connection.execute(text("INSERT INTO counters VALUES (1, :value)"), {"value": "canary"})
    assert "canary" not in repr(caught.value) + str(caught.value)
