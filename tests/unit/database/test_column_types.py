"""The shared column types, stored and read back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, Table, insert, select, text
from sqlalchemy.exc import StatementError

from database.base import UtcDateTime, text_enum
from database.engine import make_engine


class Colour(StrEnum):
    DEEP_RED = "red"


SAMPLES = Table(
    "samples",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("moment", UtcDateTime),
    Column("colour", text_enum(Colour)),
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{tmp_path}/types.db")
    SAMPLES.metadata.create_all(engine)
    yield engine
    engine.dispose()


def test_a_moment_is_stored_in_utc_and_read_back_aware(engine: Engine) -> None:
    summer_evening = datetime(2026, 7, 1, 1, 30, 0, 250, tzinfo=timezone(timedelta(hours=2)))
    with engine.begin() as connection:
        connection.execute(insert(SAMPLES).values(moment=summer_evening))
        stored = connection.execute(text("SELECT moment FROM samples")).scalar_one()
        moment = connection.execute(select(SAMPLES.c.moment)).scalar_one()
    assert stored.startswith("2026-06-30 23:30:00")
    assert moment == summer_evening
    assert moment.tzinfo is UTC


def test_a_naive_moment_is_refused(engine: Engine) -> None:
    naive = datetime(2026, 7, 1)  # noqa: DTZ001  The fault under test.
    with pytest.raises(StatementError, match="offset"), engine.begin() as connection:
        connection.execute(insert(SAMPLES).values(moment=naive))


def test_no_moment_stays_none(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(insert(SAMPLES).values(moment=None))
        assert connection.execute(select(SAMPLES.c.moment)).scalar_one() is None


def test_an_enumeration_is_stored_by_value_and_read_back_as_member(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(insert(SAMPLES).values(colour=Colour.DEEP_RED))
        assert connection.execute(text("SELECT colour FROM samples")).scalar_one() == "red"
        assert connection.execute(select(SAMPLES.c.colour)).scalar_one() is Colour.DEEP_RED


def test_a_value_outside_the_enumeration_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError), engine.begin() as connection:
        connection.execute(insert(SAMPLES).values(colour="blue"))
