"""Engines: what SQLite is told, how transactions begin, and how PostgreSQL would be connected to."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import ArgumentError, IntegrityError, OperationalError

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


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_a_postgresql_url_means_psycopg(scheme: str) -> None:
    engine = make_engine(f"{scheme}://sifra:hemmelig@db.example/sifra?sslmode=verify-full")
    assert engine.url.drivername == "postgresql+psycopg"
    assert engine.url.query == {"sslmode": "verify-full"}
    assert "hemmelig" not in repr(engine) + str(engine.url)


@pytest.mark.parametrize("url", ["mysql://host/sifra", "postgresql+psycopg2://host/sifra", "sifra.db", ""])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(ArgumentError):
        make_engine(url)


def told_to_libpq(url: str) -> dict[str, Any]:
    told: dict[str, Any] = {}

    def stop(_dialect: object, _record: object, args: object, parameters: dict[str, Any]) -> None:
        told.update(parameters)
        raise ConnectionRefusedError

    engine = make_engine(url)
    event.listen(engine, "do_connect", stop)
    with pytest.raises(ConnectionRefusedError):
        engine.connect()
    return told


def test_postgresql_is_told_every_limit() -> None:
    told = told_to_libpq("postgresql://host/sifra")
    assert told["connect_timeout"] == 5
    assert told["tcp_user_timeout"] == 60_000
    assert told["options"] == (
        "-c statement_timeout=30000 -c lock_timeout=10000 "
        "-c idle_in_transaction_session_timeout=60000 -c timezone=UTC -c jit=off"
    )


def test_what_the_url_says_of_postgresql_wins() -> None:
    told = told_to_libpq("postgresql://host/sifra?connect_timeout=1&options=-c%20lock_timeout%3D50")
    assert told["connect_timeout"] in (1, "1")
    assert told["options"].endswith(" -c lock_timeout=50")
