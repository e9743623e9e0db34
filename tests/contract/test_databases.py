"""What every room relies on holds in both databases: transactions, waiting, types, errors."""

import re
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import (
    JSON,
    Engine,
    ForeignKey,
    String,
    Text,
    func,
    insert,
    make_url,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from connectors.messages import clean
from database.base import UtcDateTime
from database.engine import BUSY_TIMEOUT_S, SessionFactory, make_engine, reading, session_factory
from database.migrate import upgrade

GUIDE = Path(__file__).parents[2] / "docs" / "postgresql.md"
POSTGRESQL_ONLY = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
WAITED_S = 0.3


class Base(DeclarativeBase):
    """Tables of these tests."""


class Counter(Base):
    __tablename__ = "counters"

    id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(default=0)


class Note(Base):
    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    counter_id: Mapped[int | None] = mapped_column(ForeignKey("counters.id"))
    kind: Mapped[str] = mapped_column(String(8), default="note")
    name: Mapped[str | None] = mapped_column(String(40), unique=True)
    words: Mapped[str | None] = mapped_column(Text)
    card: Mapped[dict[str, object] | None] = mapped_column(JSON(none_as_null=True))
    moment: Mapped[datetime | None] = mapped_column(UtcDateTime)


@pytest.fixture
def engine(empty_database_url: str) -> Iterator[Engine]:
    engine = make_engine(empty_database_url)
    Base.metadata.create_all(engine)
    with session_factory(engine).begin() as session:
        session.add(Counter(id=1, value=0))
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> SessionFactory:
    return session_factory(engine)


def value(session: Session) -> int:
    return session.scalars(select(Counter.value).where(Counter.id == 1)).one()


def count_up(session: Session) -> None:
    session.execute(update(Counter).values(value=Counter.value + 1))


def store(sessions: SessionFactory, **fields: object) -> Note:
    with sessions.begin() as session:
        session.add(note := Note(**fields))
    with reading(sessions) as session:
        return session.get_one(Note, note.id)


# --- transactions


def test_a_transaction_that_fails_leaves_nothing(sessions: SessionFactory) -> None:
    with pytest.raises(RuntimeError, match="on the way"), sessions.begin() as session:
        session.add(Counter(id=2))
        count_up(session)
        session.flush()
        raise RuntimeError("on the way")
    with reading(sessions) as session:
        assert session.scalars(select(Counter.value)).all() == [0]


def test_foreign_keys_hold(sessions: SessionFactory) -> None:
    with pytest.raises(IntegrityError), sessions.begin() as session:
        session.add(Note(counter_id=99))


def test_reading_sees_one_state_while_others_commit(sessions: SessionFactory) -> None:
    with reading(sessions) as reader:
        assert value(reader) == 0
        with sessions.begin() as writer:
            count_up(writer)
            writer.add(Note(words="ny"))
        assert value(reader) == 0
        assert reader.scalar(select(func.count()).select_from(Note)) == 0
    with reading(sessions) as reader:
        assert value(reader) == 1


def test_reading_does_not_wait_for_a_writer(sessions: SessionFactory) -> None:
    with sessions.begin() as writer:
        count_up(writer)
        writer.flush()
        with reading(sessions) as reader:
            assert value(reader) == 0


def test_writing_does_not_wait_for_a_reader(sessions: SessionFactory) -> None:
    with reading(sessions) as reader:
        assert value(reader) == 0
        with sessions.begin() as writer:
            count_up(writer)


def test_reading_refuses_to_write_and_leaves_the_connection_fit_for_writing(sessions: SessionFactory) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"), reading(sessions) as session:
        count_up(session)
    with sessions.begin() as session:
        count_up(session)
        assert value(session) == 1


def test_a_writer_sees_what_was_committed_meanwhile(engine: Engine, sessions: SessionFactory) -> None:
    """A connection that was used for reading is READ COMMITTED again."""
    with reading(sessions) as session:
        value(session)
    if engine.dialect.name == "postgresql":
        with sessions.begin() as session:
            assert session.scalar(text("SHOW transaction_isolation")) == "read committed"
            assert session.scalar(text("SHOW transaction_read_only")) == "off"


# --- writers wait rather than fail


def test_a_writer_waits_for_another_on_the_same_row(sessions: SessionFactory) -> None:
    began, order = threading.Event(), []

    def second() -> None:
        began.wait(5)
        with sessions.begin() as session:
            count_up(session)
            session.flush()
            order.append("second")

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second)
        with sessions.begin() as session:
            count_up(session)
            session.flush()
            began.set()
            time.sleep(WAITED_S)
            order.append("first")
        waiting.result(10)
    assert order == ["first", "second"]
    with reading(sessions) as session:
        assert value(session) == 2


def test_increments_by_many_at_once_are_all_counted(sessions: SessionFactory) -> None:
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        for _ in range(20):
            with sessions.begin() as session:
                row = session.scalars(select(Counter).where(Counter.id == 1).with_for_update()).one()
                row.value += 1

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work) for _ in range(8)]:
            done.result()
    with reading(sessions) as session:
        assert value(session) == 160


def test_of_two_changes_of_one_version_the_later_misses(sessions: SessionFactory) -> None:
    """As the case register does it: an update that names the version it has seen."""
    start = threading.Barrier(2)

    def change() -> int:
        with reading(sessions) as session:
            seen = value(session)
        start.wait()
        with sessions.begin() as session:
            statement = update(Counter).where(Counter.id == 1, Counter.value == seen).values(value=seen + 1)
            return len(session.scalars(statement.returning(Counter.id)).all())

    with ThreadPoolExecutor(2) as pool:
        assert sorted(done.result() for done in [pool.submit(change) for _ in range(2)]) == [0, 1]


def test_workers_that_skip_locked_rows_take_each_row_once(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        session.add_all([Counter(id=number, value=-1) for number in range(10, 50)])
    start = threading.Barrier(4)

    def take() -> list[int]:
        mine: list[int] = []
        start.wait()
        while True:
            with sessions.begin() as session:
                query = select(Counter).where(Counter.value == -1).order_by(Counter.id).limit(1)
                row = session.scalars(query.with_for_update(skip_locked=True)).first()
                if row is None:
                    return mine
                row.value = 1
                mine.append(row.id)

    with ThreadPoolExecutor(4) as pool:
        taken = [done.result() for done in [pool.submit(take) for _ in range(4)]]
    assert sorted(number for mine in taken for number in mine) == list(range(10, 50))


@POSTGRESQL_ONLY
def test_a_row_that_somebody_works_on_is_skipped_at_once(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        session.add(Counter(id=2))
    query = select(Counter.id).order_by(Counter.id).limit(1).with_for_update(skip_locked=True)
    with sessions.begin() as first, sessions.begin() as second:
        assert first.scalars(query).all() == [1]
        assert second.scalars(query).all() == [2]
        with sessions.begin() as third:
            assert third.scalars(query).all() == []


# --- what is stored comes back


@pytest.mark.parametrize(
    "words",
    [
        "Ærlig talt 🚑👩🏽‍⚕️ – čáhppes",
        unicodedata.normalize("NFD", "Blåbærgrøt"),
        "'; DROP TABLE notes; -- %s :name {x} \\ \" \n\t",
        "x" * 100_000,
        "",
    ],
    ids=["emoji", "decomposed", "syntax", "long", "empty"],
)
def test_text_comes_back_as_it_went_in(sessions: SessionFactory, words: str) -> None:
    assert store(sessions, words=words).words == words


@pytest.mark.parametrize("clean_text", [clean])
def test_cleaned_text_can_be_stored(sessions: SessionFactory, clean_text: Callable[[str], str]) -> None:
    assert store(sessions, words=clean_text("a\0b\ud800c")).words == "ab?c"


def test_a_card_comes_back_as_it_went_in(sessions: SessionFactory) -> None:
    card = {
        "type": "case",
        "fields": [{"label": "Blåbær 🫐", "value": None, "n": 1.5}],
        "ok": True,
        "nul": "\0",
    }
    assert store(sessions, card=card).card == card
    with sessions.begin() as session:
        session.add(Note(id=50, card=None))
        session.flush()
        assert session.scalar(text("SELECT count(*) FROM notes WHERE card IS NULL")) == 1


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 7, 1, 1, 30, 0, 250, tzinfo=timezone(timedelta(hours=2))),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # the hour that Norway has twice
        datetime(1, 1, 2, tzinfo=UTC),
        datetime(9999, 12, 30, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
)
def test_a_moment_comes_back_in_utc(sessions: SessionFactory, moment: datetime) -> None:
    stored = store(sessions, moment=moment).moment
    assert stored == moment
    assert stored is not None
    assert stored.tzinfo is UTC


# --- errors


def test_errors_do_not_repeat_what_people_wrote(sessions: SessionFactory) -> None:
    store(sessions, name="kanarifugl")
    with pytest.raises(IntegrityError) as twice, sessions.begin() as session:
        session.add(Note(name="kanarifugl", words="kanarifugl"))
    with pytest.raises(IntegrityError) as incomplete, sessions.begin() as session:
        session.execute(insert(Note).values(kind=None, words="kanarifugl"))
    for caught in (twice, incomplete):
        error: BaseException | None = caught.value
        while error is not None:
            assert "kanari" not in f"{error!r} {error} {error.args}"
            error = error.__cause__ or error.__context__


# --- PostgreSQL alone


@POSTGRESQL_ONLY
def test_each_connection_has_its_limits(engine: Engine) -> None:
    expected = {
        "statement_timeout": "30s",
        "lock_timeout": f"{BUSY_TIMEOUT_S:.0f}s",
        "idle_in_transaction_session_timeout": "1min",
        "TimeZone": "UTC",
        "jit": "off",
        "application_name": "sifra",
    }
    with engine.connect() as connection:
        assert {name: connection.scalar(text(f"SHOW {name}")) for name in expected} == expected


@POSTGRESQL_ONLY
def test_the_url_may_set_other_limits(engine: Engine, empty_database_url: str) -> None:
    url = make_url(empty_database_url).update_query_dict(
        {"options": "-c lock_timeout=100", "application_name": "annet"}
    )
    hurried = make_engine(url.render_as_string(hide_password=False))
    with engine.begin() as holder, pytest.raises(OperationalError, match="lock timeout"):
        holder.execute(update(Counter).values(value=5))
        with hurried.begin() as connection:
            assert connection.scalar(text("SHOW application_name")) == "annet"
            connection.execute(update(Counter).values(value=6))
    hurried.dispose()


@POSTGRESQL_ONLY
def test_a_server_that_was_restarted_is_connected_anew(engine: Engine, sessions: SessionFactory) -> None:
    with engine.connect() as kept:
        backend = kept.scalar(text("SELECT pg_backend_pid()"))
    other = make_engine(engine.url.render_as_string(hide_password=False))
    with other.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": backend})
    other.dispose()
    with reading(sessions) as session:
        assert value(session) == 0


def test_the_roles_of_the_guide_have_the_rights_that_they_need(postgres_url: str) -> None:
    """Runs the SQL of docs/postgresql.md, as an administrator and as the owner."""
    create, grant = re.findall(r"```sql\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    owner, app = (
        make_url(postgres_url).set(username=name, database="sifra").render_as_string(hide_password=False)
        for name in ("sifra_owner", "sifra_app")
    )
    run_sql(postgres_url, create)
    try:
        upgrade(owner)
        run_sql(owner, grant)
        upgrade(app)  # nothing is left to do, and that needs no rights
        run_sql(app, "INSERT INTO units (unit_id, name, sector) VALUES ('A', 'A', 'x')")
        run_sql(app, "DELETE FROM units")
        for forbidden in ("DELETE FROM case_events", "UPDATE case_events SET seq = 1", "CREATE TABLE x ()"):
            with pytest.raises(InsufficientPrivilege):
                run_sql(app, forbidden)
    finally:
        run_sql(postgres_url, "DROP DATABASE sifra WITH (FORCE); DROP ROLE sifra_app; DROP ROLE sifra_owner")


def run_sql(url: str, statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in filter(str.strip, statements.split(";")):
            connection.execute(statement)
