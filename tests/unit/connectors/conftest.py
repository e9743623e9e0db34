"""A migrated database with the sample organisation, and a gateway without network around it."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_socket
from gateway_fakes import FakeClock, FakeRelay, Gateway, GatewayMaker, new_browser

from connectors import outbox_delivery, worker
from connectors.app import create_app
from connectors.mailbox import Mailbox
from connectors.settings import GatewaySettings
from connectors.web import routes
from database.engine import SessionFactory, make_engine, session_factory
from database.migrate import upgrade
from organisation.csv_import import import_csv
from organisation.directory import Directory

SAMPLE = Path(__file__).parents[3] / "sample" / "organisation"


@pytest.fixture(autouse=True)
def no_network() -> Iterator[None]:
    # The event loop wakes itself through a pair of Unix sockets.
    pytest_socket.disable_socket(allow_unix_socket=True)
    yield
    pytest_socket.enable_socket()


@pytest.fixture(autouse=True)
def only_signals_wake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks again on a timer, so a bell that is not rung is a test that fails."""
    monkeypatch.setattr(worker, "POLL_S", 3600.0)
    monkeypatch.setattr(outbox_delivery, "POLL_S", 3600.0)
    monkeypatch.setattr(routes, "LOOK_AGAIN_S", 3600.0)


@pytest.fixture(scope="session")
def prepared_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("prepared") / "sifra.db"
    upgrade(f"sqlite:///{path}")
    engine = make_engine(f"sqlite:///{path}")
    with session_factory(engine).begin() as session:
        import_csv(session, SAMPLE / "units.csv", SAMPLE / "people.csv")
    engine.dispose()  # the last connection folds the write-ahead log into the file
    return path


@pytest.fixture
def url(prepared_database: Path, tmp_path: Path) -> str:
    shutil.copy(prepared_database, tmp_path / "sifra.db")
    return f"sqlite:///{tmp_path / 'sifra.db'}"


@pytest.fixture
def sessions(url: str) -> Iterator[SessionFactory]:
    engine = make_engine(url)
    yield session_factory(engine)
    engine.dispose()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def mailbox(sessions: SessionFactory, clock: FakeClock) -> Mailbox:
    return Mailbox(sessions, clock)


@pytest.fixture
def open_conversation(sessions: SessionFactory) -> Callable[[str], str]:
    def open_one(external_id: str) -> str:
        with sessions.begin() as session:
            return Directory(session).open_conversation("web", external_id, None)

    return open_one


@pytest.fixture
def conversation(open_conversation: Callable[[str], str]) -> str:
    return open_conversation("visitor:a")


@pytest.fixture
def relay() -> FakeRelay:
    return FakeRelay()


@pytest.fixture
def start_gateway(url: str, tmp_path: Path, relay: FakeRelay) -> GatewayMaker:
    """Starts a gateway in development mode; arguments change its settings."""

    @asynccontextmanager
    async def start(**changes: object) -> AsyncIterator[Gateway]:
        values = {
            "development": True,
            "host": "127.0.0.1",
            "allowed_hosts": "localhost,127.0.0.1,::1",
            "max_chars": 8_000,
            "municipality": "Fjordvik kommune",
            "rasa_token": "rasa-token-of-tests",
            "session_secret": "session-secret-of-tests",
            "origin_key": "origin-key-of-tests",
            "database_url": url,
            "index_dir": tmp_path / "index",
        }
        settings = GatewaySettings(_env_file=None, **{**values, **changes})
        app = create_app(settings, relay)
        async with app.router.lifespan_context(app), new_browser(app, settings) as client:
            yield Gateway(app, client, relay, settings)

    return start


@pytest.fixture
async def gateway(start_gateway: GatewayMaker) -> AsyncIterator[Gateway]:
    """In development mode, so that a browser keeps its cookie over plain HTTP."""
    async with start_gateway() as gateway:
        yield gateway
