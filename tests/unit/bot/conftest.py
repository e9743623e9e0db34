"""A migrated database with the sample organisation and cases, and conversations in it."""

import hashlib
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import pytest_socket
from bot_fakes import Clock, FakeRoutines, Opener, Stored, Talk, routine_hit
from sqlalchemy import select

from bot.actions import wiring
from bot.actions.wiring import Services
from cases.learning import CaseLearning
from cases.notices import NoticeTimes
from cases.sample_import import import_cases
from cases.service import CaseService
from cases.similar import Vectors
from database.engine import make_engine, reading, session_factory
from database.migrate import upgrade
from knowledge.feedback import FeedbackService
from knowledge.tables import RoutineFeedbackRow
from organisation.csv_import import import_csv
from organisation.directory import Directory
from outbox.pictures import PictureStore

SAMPLE = Path(__file__).parents[3] / "sample"
# Noon in Norway, a Friday.
ORIGIN_KEY = b"a key for tests only"


class WordEncoder:
    """Texts that share words are near each other."""

    def encode(self, texts: list[str]) -> Vectors:
        vectors = np.zeros((len(texts), 256), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.casefold().split():
                vectors[row, hashlib.md5(word.encode(), usedforsecurity=False).digest()[0]] += 1
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1)
        return vectors


@pytest.fixture(autouse=True)
def no_network() -> Iterator[None]:
    pytest_socket.disable_socket(allow_unix_socket=True)
    yield
    pytest_socket.enable_socket()


@pytest.fixture(scope="session")
def sample_register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("register") / "sifra.db"
    upgrade(f"sqlite:///{path}")
    engine = make_engine(f"sqlite:///{path}")
    with session_factory(engine).begin() as session:
        import_csv(session, SAMPLE / "organisation" / "units.csv", SAMPLE / "organisation" / "people.csv")
        import_cases(session, SAMPLE / "cases" / "cases.jsonl")
    engine.dispose()  # the last connection folds the write-ahead log into the file
    return path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(
    sample_register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> Iterator[Services]:
    shutil.copy(sample_register, tmp_path / "sifra.db")
    engine = make_engine(f"sqlite:///{tmp_path / 'sifra.db'}")
    sessions = session_factory(engine)
    made = Services(
        cases=CaseService(sessions, clock, ORIGIN_KEY, NoticeTimes(undo=timedelta(minutes=5), quiet=False)),
        learning=CaseLearning(sessions, clock, ORIGIN_KEY, WordEncoder()),
        routines=FakeRoutines(routine_hit()),
        feedback=FeedbackService(sessions, clock),
        sessions=sessions,
        pictures=PictureStore(sessions, clock),
        clock=clock,
    )
    monkeypatch.setattr(wiring, "_services", made)
    yield made
    engine.dispose()


@pytest.fixture
def routines(services: Services) -> FakeRoutines:
    assert isinstance(services.routines, FakeRoutines)
    return services.routines


@pytest.fixture
def stored(services: Services) -> Stored:
    """Read the feedback that is in the database."""

    def read() -> list[RoutineFeedbackRow]:
        with reading(services.sessions) as session:
            return list(session.scalars(select(RoutineFeedbackRow).order_by(RoutineFeedbackRow.id)))

    return read


@pytest.fixture
def heard() -> set[str]:
    """The response keys that were uttered in a test."""
    return set()


@pytest.fixture
def opened(services: Services, heard: set[str]) -> Opener:
    """Open a conversation: `opened("E1019")` for a person, `opened(None)` for an unknown visitor."""

    def opening(employee_id: str | None, external_id: str = "1", language: str | None = None) -> Talk:
        with services.sessions.begin() as session:
            directory = Directory(session)
            conversation_id = directory.open_conversation("web", f"{employee_id}-{external_id}", employee_id)
        return Talk(conversation_id, language, heard=heard.add)

    return opening
